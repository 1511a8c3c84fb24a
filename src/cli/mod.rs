//! The `oyer` command: the only place that puts the pieces together.

#[cfg(feature = "server")]
mod admin;
#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod demo;
#[cfg(feature = "server")]
pub mod load;
#[cfg(feature = "server")]
mod own_server;
#[cfg(feature = "server")]
pub mod rehearse;
#[cfg(feature = "server")]
pub mod serve;
pub mod verify;

#[cfg(feature = "server")]
use clap::Args;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Remote hearings and video testimony: live, recorded, sealed, verifiable by anyone.
#[derive(Debug, Parser)]
#[command(name = "oyer", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verifies a bundle, offline and without trusting the server.
    Verify(verify::VerifyArgs),
    /// Runs the server.
    #[cfg(feature = "server")]
    Serve {
        #[command(flatten)]
        common: Common,
        /// Prepares a demo case and prints a link per person.
        #[arg(long)]
        demo: bool,
    },
    /// Exports the bundle of a recording.
    #[cfg(feature = "server")]
    Export {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        args: admin::ExportArgs,
    },
    /// Cases.
    #[cfg(feature = "server")]
    Case {
        #[command(flatten)]
        common: Common,
        #[command(subcommand)]
        command: admin::CaseCommand,
    },
    /// Hearings.
    #[cfg(feature = "server")]
    Hearing {
        #[command(flatten)]
        common: Common,
        #[command(subcommand)]
        command: admin::HearingCommand,
    },
    /// Participants, links, staff tokens.
    #[cfg(feature = "server")]
    Person {
        #[command(flatten)]
        common: Common,
        #[command(subcommand)]
        command: admin::PersonCommand,
    },
    /// Holds a complete hearing without a browser, over the real network protocols, and verifies its evidence.
    #[cfg(feature = "server")]
    Rehearse(rehearse::RehearseArgs),
    /// Puts a load of hearings on a server, over the real network protocols, and measures what it costs.
    #[cfg(feature = "server")]
    Load(load::LoadArgs),
    /// Prints the configuration that is in force, without secrets.
    #[cfg(feature = "server")]
    Config {
        #[command(flatten)]
        common: Common,
    },
}

/// What every command that works on a data folder takes.
#[cfg(feature = "server")]
#[derive(Debug, Args)]
struct Common {
    /// Configuration file (TOML). Environment variables OYER_… and flags win over it.
    #[arg(long, value_name = "FILE", env = "OYER_CONFIG")]
    config: Option<std::path::PathBuf>,
    #[command(flatten)]
    written: config::Written,
}

/// Runs the command line; errors go to standard error in one plain sentence.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("oyer: {error}");
            ExitCode::FAILURE
        }
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

// Without the server there is but one command, and it returns by itself.
#[cfg_attr(not(feature = "server"), allow(unreachable_code))]
fn dispatch(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Verify(args) => return Ok(verify::run(&args)),
        #[cfg(feature = "server")]
        Command::Serve { common, demo } => {
            let config = config::load(common.config, common.written)?;
            log_to_stderr(config.log_json);
            block_on(serve::run(config, demo))?;
        }
        #[cfg(feature = "server")]
        Command::Export { common, args } => {
            let config = config::load(common.config, common.written)?;
            block_on(admin::export(&config, args))?;
        }
        #[cfg(feature = "server")]
        Command::Case { common, command } => {
            let config = config::load(common.config, common.written)?;
            block_on(admin::case(&config, command))?;
        }
        #[cfg(feature = "server")]
        Command::Hearing { common, command } => {
            let config = config::load(common.config, common.written)?;
            block_on(admin::hearing(&config, command))?;
        }
        #[cfg(feature = "server")]
        Command::Person { common, command } => {
            let config = config::load(common.config, common.written)?;
            block_on(admin::person(&config, command))?;
        }
        #[cfg(feature = "server")]
        Command::Rehearse(args) => return Ok(rehearse::run(args)),
        #[cfg(feature = "server")]
        Command::Load(args) => return Ok(load::run(&args)),
        #[cfg(feature = "server")]
        Command::Config { common } => {
            print!("{}", config::load(common.config, common.written)?.display());
        }
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
        .with_writer(std::io::stderr);
    if json {
        builder.json().flatten_event(true).init();
    } else {
        builder.init();
    }
}
