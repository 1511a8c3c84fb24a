//! What is shown on stderr while the rehearsal runs.

use super::report::Report;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// A line that turns on a terminal; plain lines elsewhere; nothing when only the result is wanted.
pub struct Progress {
    started: Instant,
    quiet: bool,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Starts the clock.
    pub fn new(quiet: bool) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self {
            started: Instant::now(),
            quiet,
            bar,
        }
    }

    /// Says what happens now.
    pub fn step(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(what.to_owned()),
            None => self.line(what),
        }
    }

    /// Says what was found to be so; stays on the screen.
    pub fn found(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.println(format!("  ✓ {what}")),
            None => self.line(&format!("ok: {what}")),
        }
    }

    /// The last word.
    pub fn conclude(&self, report: &Report) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if self.quiet {
            return;
        }
        for failure in &report.failures {
            eprintln!("FAILED: {failure}");
        }
        if report.ok {
            self.line("everything held");
        }
    }

    fn line(&self, what: &str) {
        if !self.quiet {
            eprintln!("{:7.2} s  {what}", self.started.elapsed().as_secs_f64());
        }
    }
}
