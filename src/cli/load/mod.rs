//! `oyer load`: a load of hearings on a server, and what it costs: a load generator and capacity planner.
//!
//! The people of the load come in through the doors that everybody uses, and their connections are real; only their
//! pictures and sounds are made up.

mod hearings;
mod plan;
mod process;
mod report;

use super::own_server::{OwnServer, OwnServerError};
use crate::client::api::{Api, ApiError};
use crate::client::fleet::{FirstPacket, Fleet, FleetError, Joined, Load};
use crate::court::act::Act;
use hearings::Hearing;
pub use plan::Plan as LoadArgs;
use process::{Process, Usage};
use report::{Joins, Report};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Between two joins, so that each is measured for itself.
const JOIN_GAP: Duration = Duration::from_millis(5);
/// Until everybody has seen a first packet.
const FIRST_PACKETS_WITHIN: Duration = Duration::from_secs(10);
/// For packets on their way, and for the last ones to be asked for again.
const DRAIN: Duration = Duration::from_millis(700);
/// Between two looks at the server's memory.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error("{0}")]
    Plan(String),
    #[error("{what}: {source}")]
    Io {
        what: String,
        #[source]
        source: std::io::Error,
    },
    #[error(transparent)]
    OwnServer(#[from] OwnServerError),
    #[error("the server: {0}")]
    Api(#[from] ApiError),
    #[error(transparent)]
    Fleet(#[from] FleetError),
    #[error("{0} of {1} who should see and hear somebody never got a packet")]
    Deaf(usize, usize),
}

/// Puts the load on the server. The last line on stdout is the result, one JSON object.
pub fn run(plan: &LoadArgs) -> ExitCode {
    let outcome = tokio::runtime::Builder::new_multi_thread()
        // The fleet has threads of its own; these only carry the signalling.
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|source| LoadError::Io {
            what: "the runtime".into(),
            source,
        })
        .and_then(|runtime| runtime.block_on(load(plan)));
    match outcome {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(report)) => {
            if !plan.json {
                eprint!("{report}");
            }
            println!("{}", report.to_json());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("oyer load: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn load(plan: &LoadArgs) -> Result<Option<Report>, LoadError> {
    plan.check().map_err(LoadError::Plan)?;
    if let (Some(server), Some(token)) = (&plan.server, &plan.token) {
        let staff = Api::new(server)?.with_session(token);
        let hearings = prepare(plan, &staff).await?;
        if let Some(file) = &plan.prepare {
            write_doors(file, &hearings, plan)?;
            return Ok(None);
        }
        let server = plan.server_pid.map(Process);
        return measure(plan, &hearings, server).await.map(Some);
    }
    let scratch = Scratch::new(plan.out.as_deref())?;
    let workers = plan.workers.map(|n| vec!["--workers".to_owned(), n.to_string()]);
    say(plan, "starting a server for the load");
    let server = OwnServer::start(&scratch.folder, &workers.unwrap_or_default()).await?;
    let token = server.staff_token("oyer load").await?;
    let staff = Api::new(&server.base_url)?.with_session(&token);
    let process = Process(server.pid);
    let outcome = match prepare(plan, &staff).await {
        Ok(hearings) => measure(plan, &hearings, Some(process)).await,
        Err(error) => Err(error),
    };
    let stopped = server.stop().await;
    let report = outcome?;
    stopped?;
    Ok(Some(report))
}

/// The hearings, in session, with nobody connected.
async fn prepare(plan: &LoadArgs, staff: &Api) -> Result<Vec<Hearing>, LoadError> {
    say(
        plan,
        &format!("listing {} hearings of {}", plan.hearings, plan.in_hearing()),
    );
    let case = hearings::open_case(staff).await?;
    let mut hearings = Vec::new();
    for number in 1..=plan.hearings {
        hearings.push(Hearing::prepare(staff, case, number, plan).await?);
    }
    Ok(hearings)
}

/// Only its owner may read the file: sessions are secrets.
fn write_doors(file: &Path, hearings: &[Hearing], plan: &LoadArgs) -> Result<(), LoadError> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let lines: String = hearings
        .iter()
        .enumerate()
        .map(|(number, hearing)| format!("{}\n", hearing.doors(number, plan)))
        .collect();
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut out| out.write_all(lines.as_bytes()))
        .map_err(|source| LoadError::Io {
            what: file.display().to_string(),
            source,
        })
}

fn say(plan: &LoadArgs, what: &str) {
    if !plan.json {
        eprintln!("{what}");
    }
}

async fn measure(
    plan: &LoadArgs,
    hearings: &[Hearing],
    server: Option<Process>,
) -> Result<Report, LoadError> {
    let shape = Load {
        kbps: plan.kbps,
        simulcast: plan.simulcast,
        loss: plan.loss / 100.0,
    };
    let publishers = plan.hearings.saturating_mul(plan.publishing()) as usize;
    let mut fleet = Fleet::new(shape, publishers, usize::from(plan.threads))?;
    let empty = usage(server)?;
    say(plan, "joining");
    let joins = join(&mut fleet, hearings, plan).await?;
    if plan.record {
        for hearing in hearings {
            hearing.preside(&Act::GoOnRecord).await?;
        }
    }
    tokio::time::sleep(Duration::from_secs(u64::from(plan.warm))).await;

    say(plan, &format!("measuring for {} s", plan.seconds));
    let (before, own_before) = (usage(server)?, usage(Some(Process::own()))?);
    let began = Instant::now();
    fleet.measure();
    let mut peak_rss_kib = before.map_or(0, |u| u.rss_kib);
    let end = began + Duration::from_secs(u64::from(plan.seconds));
    while Instant::now() < end {
        tokio::time::sleep(LOOK_EVERY.min(end.saturating_duration_since(Instant::now()))).await;
        peak_rss_kib = peak_rss_kib.max(usage(server)?.map_or(0, |u| u.rss_kib));
    }
    let (after, own_after) = (usage(server)?, usage(Some(Process::own()))?);
    let measured = began.elapsed();
    fleet.drain();
    tokio::time::sleep(DRAIN).await;
    let counts = fleet.end().await;
    for hearing in hearings {
        if let Err(error) = hearing.preside(&Act::Close).await {
            eprintln!("oyer load: a hearing of the load could not be closed: {error}");
        }
    }
    Ok(Report {
        plan: plan.clone(),
        measured,
        counts,
        joins,
        server: empty
            .zip(before)
            .zip(after)
            .map(|((empty, before), after)| report::Server {
                cpu: after.cpu.saturating_sub(before.cpu),
                rss_kib_empty: empty.rss_kib,
                rss_kib: after.rss_kib,
                rss_kib_peak: peak_rss_kib,
            }),
        own_cpu: own_after
            .zip(own_before)
            .map_or(Duration::ZERO, |(after, before)| {
                after.cpu.saturating_sub(before.cpu)
            }),
    })
}

fn usage(process: Option<Process>) -> Result<Option<Usage>, LoadError> {
    process
        .map(Process::usage)
        .transpose()
        .map_err(|source| LoadError::Io {
            what: "reading what the server uses".into(),
            source,
        })
}

/// Everybody joins, one after the other: a hearing's people in the order of the plan.
async fn join(fleet: &mut Fleet, hearings: &[Hearing], plan: &LoadArgs) -> Result<Joins, LoadError> {
    let mut publishing: Vec<Joined> = Vec::new();
    let mut receiving: Vec<FirstPacket> = Vec::new();
    for hearing in hearings {
        let mut listeners = false;
        for person in &hearing.people {
            if person.part.publishes {
                let joined = fleet.publish(&person.api, hearing.id).await?;
                // The first one of a hearing waits for listeners, not for the server.
                if listeners {
                    publishing.push(joined);
                }
                tokio::time::sleep(JOIN_GAP).await;
            }
            if person.part.receives {
                // Nobody is shown to themselves.
                let seats = plan.publishing() - u32::from(person.part.publishes);
                if seats == 0 {
                    continue;
                }
                let first = fleet.subscribe(&person.api, hearing.id, seats as usize).await?;
                receiving.push(first);
                listeners = true;
                tokio::time::sleep(JOIN_GAP).await;
            }
        }
    }
    let deadline = Instant::now() + FIRST_PACKETS_WITHIN;
    let expected = receiving.len();
    let mut joins = Joins::default();
    loop {
        receiving.retain_mut(|first| match first.after() {
            Some(after) => {
                joins.receivers.record(after);
                false
            }
            None => true,
        });
        if receiving.is_empty() {
            break;
        }
        if Instant::now() > deadline {
            return Err(LoadError::Deaf(receiving.len(), expected));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    for joined in publishing {
        if let Some(after) = fleet.forwarded_after(joined) {
            joins.publishers.record(after);
        }
    }
    Ok(joins)
}

/// The folder of a server of its own.
struct Scratch {
    folder: PathBuf,
    kept: bool,
}

impl Scratch {
    fn new(out: Option<&Path>) -> Result<Self, LoadError> {
        let folder = match out {
            Some(out) => out.to_path_buf(),
            None => std::env::temp_dir().join(format!("oyer-load-{}", uuid::Uuid::now_v7())),
        };
        std::fs::create_dir_all(&folder).map_err(|source| LoadError::Io {
            what: folder.display().to_string(),
            source,
        })?;
        Ok(Self {
            folder,
            kept: out.is_some(),
        })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = std::fs::remove_dir_all(&self.folder)
        {
            eprintln!("oyer load: {} was left behind: {error}", self.folder.display());
        }
    }
}
