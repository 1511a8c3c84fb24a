//! `oyer rehearse`: a complete hearing without any browser, from the first link to verified evidence.
//!
//! Everything goes through the doors that people use: links, WebSocket, WHIP, WHEP, UDP, and for the evidence the
//! API and `oyer verify` in a process of its own.

mod aftermath;
mod course;
mod films;
mod gaps;
mod hearing;
mod progress;
mod report;
mod stage;

use super::config::NoPlace;
use super::own_server::OwnServerError;
use crate::client::api::{Api, ApiError};
use crate::client::media::MediaError;
use crate::client::person::PersonError;
use std::path::PathBuf;
use std::process::ExitCode;

/// What `oyer rehearse` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct RehearseArgs {
    /// A server that is there already, such as http://127.0.0.1:8080. Without it one is started for the rehearsal.
    #[arg(long)]
    server: Option<String>,
    /// The demo.json of that server: the links of the people.
    #[arg(long)]
    demo_file: Option<PathBuf>,
    /// Seconds on the record, in all; a few more where the acts of the hearing need them.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
    /// Where the bundle, the trust file and, with a server of its own, the data go. A new folder under the system's
    /// temporary folder without it.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print nothing but the JSON result.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    _no_place: NoPlace,
}

/// Why the rehearsal could not be held. What is held and found wrong is in the report instead.
#[derive(Debug, thiserror::Error)]
enum RehearseError {
    #[error("{what}: {source}")]
    Io {
        what: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{0}")]
    Stage(String),
    #[error(transparent)]
    OwnServer(#[from] OwnServerError),
    #[error(transparent)]
    Person(#[from] PersonError),
    #[error("{0}")]
    Api(#[from] ApiError),
    #[error(transparent)]
    Media(#[from] MediaError),
    #[error("{0} did not happen within {1} s")]
    Late(&'static str, u64),
}

fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> RehearseError {
    let what = what.into();
    move |source| RehearseError::Io { what, source }
}

/// Holds the rehearsal. The last line on stdout is the report, one JSON object; success only if all of it is well.
pub fn run(args: RehearseArgs) -> ExitCode {
    ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Error);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("oyer rehearse: the runtime could not be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let report = runtime.block_on(rehearse(args));
    let ok = report.ok;
    println!("{}", report.to_json());
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn rehearse(args: RehearseArgs) -> report::Report {
    let progress = progress::Progress::new(args.json);
    let mut report = report::Report::default();
    if let Err(error) = hold(&args, &progress, &mut report).await {
        report.fail(error.to_string());
    }
    // A folder of our own making that nothing came into is of no use to anybody; one that holds something stays.
    if args.out.is_none()
        && report
            .out
            .as_ref()
            .is_some_and(|out| std::fs::remove_dir(out).is_ok())
    {
        report.out = None;
    }
    report.conclude();
    progress.conclude(&report);
    report
}

async fn hold(
    args: &RehearseArgs,
    progress: &progress::Progress,
    report: &mut report::Report,
) -> Result<(), RehearseError> {
    ffmpeg_next::init().map_err(MediaError::from)?;
    let (stage, out) = match (&args.server, &args.demo_file) {
        // The folder only when there is somewhere to rehearse: whoever named the wrong server is left no empty one.
        (Some(server), Some(demo)) => {
            let stage = stage::Stage::at(server, demo).await?;
            (stage, folder(args, report)?)
        }
        (Some(_), None) => {
            return Err(RehearseError::Stage(
                "--server needs --demo-file as well: the demo.json in that server's data folder".to_owned(),
            ));
        }
        (None, Some(_)) => {
            return Err(RehearseError::Stage(
                "--demo-file needs --server as well: the address of the server that wrote it".to_owned(),
            ));
        }
        (None, None) => {
            progress.step("starting a server for the rehearsal");
            let out = folder(args, report)?;
            (stage::Stage::start(&out).await?, out)
        }
    };
    let server = Api::new(&stage.base_url)?;
    let outcome = play(args, &stage, &server, &out, progress, report).await;
    if let Err(error) = stage.stop().await {
        report.fail(error.to_string());
    }
    outcome
}

fn folder(args: &RehearseArgs, report: &mut report::Report) -> Result<PathBuf, RehearseError> {
    let out = stage::folder(args.out.as_deref())?;
    report.out = Some(out.clone());
    Ok(out)
}

async fn play(
    args: &RehearseArgs,
    stage: &stage::Stage,
    server: &Api,
    out: &std::path::Path,
    progress: &progress::Progress,
    report: &mut report::Report,
) -> Result<(), RehearseError> {
    let held = hearing::hold(stage, server, args.seconds, progress, report).await?;
    aftermath::examine(&held, server, out, progress, report).await
}
