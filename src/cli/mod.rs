//! The `oyer` command: the only place that puts the pieces together.

#[cfg(feature = "server")]
mod admin;
#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod cosign;
pub mod custody;
#[cfg(feature = "server")]
pub mod demo;
#[cfg(feature = "server")]
pub mod doctor;
#[cfg(feature = "server")]
pub mod keys;
#[cfg(feature = "server")]
pub mod load;
#[cfg(feature = "server")]
mod own_server;
#[cfg(feature = "server")]
pub mod rehearse;
#[cfg(feature = "server")]
pub mod reseal;
#[cfg(feature = "server")]
pub mod seal_key;
#[cfg(feature = "server")]
pub mod serve;
pub mod verify;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Remote hearings and video testimony: live, recorded, sealed, verifiable by anyone.
#[derive(Debug, Parser)]
#[command(name = "oyer", version, about)]
pub struct Cli {
    #[cfg(feature = "server")]
    #[command(flatten)]
    place: config::Place,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    // Its help, with the exit statuses, is that of the arguments.
    Verify(verify::VerifyArgs),
    Custody(custody::CustodyArgs),
    /// Runs the server.
    #[cfg(feature = "server")]
    Serve {
        #[command(flatten)]
        written: config::Written,
        /// Prepares a demo case and prints a link per person.
        #[arg(long)]
        demo: bool,
    },
    // Its help is that of the arguments.
    #[cfg(feature = "server")]
    Cosign(cosign::CosignArgs),
    /// Exports the bundle of a recording.
    #[cfg(feature = "server")]
    Export(admin::ExportArgs),
    /// Reads every sealed recording again and says which are not as they were sealed; the server does so once a day.
    #[cfg(feature = "server")]
    Scrub,
    /// Seal keys and certificates: lists and renews them.
    #[cfg(feature = "server")]
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    // Its help is that of the arguments.
    #[cfg(feature = "server")]
    Reseal(reseal::ResealArgs),
    /// Cases.
    #[cfg(feature = "server")]
    #[command(subcommand)]
    Case(admin::CaseCommand),
    /// Hearings.
    #[cfg(feature = "server")]
    #[command(subcommand)]
    Hearing(admin::HearingCommand),
    /// Participants, links, staff tokens.
    #[cfg(feature = "server")]
    #[command(subcommand)]
    Person(admin::PersonCommand),
    /// Holds a complete hearing without a browser, over the real network protocols, and verifies its evidence.
    #[cfg(feature = "server")]
    Rehearse(rehearse::RehearseArgs),
    /// Puts a load of hearings on a server, over the real network protocols, and measures what it costs.
    #[cfg(feature = "server")]
    Load(load::LoadArgs),
    // Its help, with the exit statuses, is that of the arguments.
    #[cfg(feature = "server")]
    Doctor(doctor::DoctorArgs),
    /// Prints the configuration that is in force, without secrets.
    #[cfg(feature = "server")]
    Config {
        #[command(flatten)]
        written: config::Written,
    },
}

/// Runs the command line; errors go to standard error in one plain sentence.
pub fn run() -> ExitCode {
    match dispatch(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("oyer: {error}");
            ExitCode::FAILURE
        }
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[cfg(not(feature = "server"))]
fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    Ok(match cli.command {
        Command::Verify(args) => verify::run(&args),
        Command::Custody(args) => custody::run(&args),
    })
}

#[cfg(feature = "server")]
fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    let place = cli.place;
    match cli.command {
        Command::Verify(args) => {
            place.is_none_of("verify")?;
            return Ok(verify::run(&args));
        }
        Command::Custody(args) => {
            place.is_none_of("custody")?;
            return Ok(custody::run(&args));
        }
        Command::Rehearse(args) => {
            place.is_none_of("rehearse")?;
            return Ok(rehearse::run(args));
        }
        Command::Load(args) => {
            place.is_none_of("load")?;
            return Ok(load::run(&args));
        }
        Command::Cosign(args) => {
            place.is_none_of("cosign")?;
            log_to_stderr(false);
            block_on(cosign::run(args))?;
        }
        Command::Serve { written, demo } => {
            let config = config::load(place, written)?;
            log_to_stderr(config.log_json);
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            let ended = runtime.block_on(serve::run(config, demo));
            runtime.shutdown_timeout(serve::FILES_WITHIN);
            ended?;
        }
        Command::Doctor(args) => {
            let config = config::here(place)?;
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            return Ok(runtime.block_on(doctor::run(&config, args)));
        }
        Command::Scrub => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            return Ok(runtime.block_on(admin::scrub(&config::here(place)?))?);
        }
        Command::Reseal(args) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            return Ok(runtime.block_on(reseal::run(&config::here(place)?, args))?);
        }
        Command::Keys(command) => block_on(keys::run(&config::here(place)?, command))?,
        Command::Export(args) => block_on(admin::export(&config::here(place)?, args))?,
        Command::Case(command) => block_on(admin::case(&config::here(place)?, command))?,
        Command::Hearing(command) => block_on(admin::hearing(&config::here(place)?, command))?,
        Command::Person(command) => block_on(admin::person(&config::here(place)?, command))?,
        Command::Config { written } => print!("{}", config::load(place, written)?.display()),
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "server")]
fn block_on<E: std::error::Error + Send + Sync + 'static>(
    work: impl Future<Output = Result<(), E>>,
) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    Ok(runtime.block_on(work)?)
}

/// Logs go to standard error; `OYER_LOG` sets what is logged (`info` by default).
#[cfg(feature = "server")]
fn log_to_stderr(json: bool) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("OYER_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,rtc=error,webrtc=error,sqlx=warn"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        // A log on a full disk must not end the thread that has something to say.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    if json {
        builder.json().flatten_event(true).init();
    } else {
        builder.init();
    }
}
