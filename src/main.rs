//! The `oyer` command.

fn main() -> std::process::ExitCode {
    oyer::cli::run()
}
