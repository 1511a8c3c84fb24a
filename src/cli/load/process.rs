//! What a process costs, from /proc (proc(5)).

use std::io;
use std::time::Duration;

/// A process of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Process(pub u32);

/// What it has used and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Processor time of all its threads, user and system.
    pub cpu: Duration,
    /// Resident memory.
    pub rss_kib: u64,
}

impl Process {
    /// This program.
    pub fn own() -> Self {
        Self(std::process::id())
    }

    /// As of now.
    pub fn usage(self) -> io::Result<Usage> {
        let read = |name| std::fs::read_to_string(format!("/proc/{}/{name}", self.0));
        let cpu = cpu(&read("stat")?, ticks_per_second());
        let rss_kib = rss_kib(&read("status")?);
        match (cpu, rss_kib) {
            (Some(cpu), Some(rss_kib)) => Ok(Usage { cpu, rss_kib }),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "/proc has another form than proc(5) says",
            )),
        }
    }
}

fn ticks_per_second() -> u64 {
    // SAFETY: sysconf takes a number and gives one.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    u64::try_from(ticks).ok().filter(|t| *t > 0).unwrap_or(100)
}

/// Fields 14 and 15 of stat. The second field, the name, may hold spaces and brackets: what follows its last bracket
/// is counted.
fn cpu(stat: &str, ticks_per_second: u64) -> Option<Duration> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * 1000 / ticks_per_second))
}

fn rss_kib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_found_behind_any_name() {
        let stat = "42 (a) b (c)) S 1 1 1 0 -1 4194560 100 0 0 0 250 150 0 0 20 0 9 0 100 0 0";
        assert_eq!(cpu(stat, 100), Some(Duration::from_secs(4)));
        assert_eq!(cpu("42 (a) S 1", 100), None);
        assert_eq!(rss_kib("Name:\ta\nVmRSS:\t  1234 kB\n"), Some(1234));
    }

    #[test]
    fn this_process_has_used_something() {
        let usage = Process::own().usage().unwrap();
        assert!(usage.rss_kib > 1000);
        assert!(Process(u32::MAX).usage().is_err());
    }
}
