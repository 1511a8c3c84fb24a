//! The `oyer` command.

use clap::Parser;
use oyer::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    Cli::parse().run()
}
