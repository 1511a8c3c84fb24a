//! The commands, and the only place that puts the pieces together.

#[cfg(feature = "server")]
pub mod rehearse;
pub mod verify;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Remote hearings and video testimony: live, recorded, sealed, verifiable by anyone.
#[derive(Debug, Parser)]
#[command(name = "oyer", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(verify::VerifyArgs),
}

impl Cli {
    /// Does what the command line asks for.
    pub fn run(self) -> ExitCode {
        match self.command {
            Command::Verify(args) => verify::run(&args),
        }
    }
}
