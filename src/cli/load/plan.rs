//! What is asked of the load generator, and whether a server could take it at all.

use super::hearings::Part;
use crate::cli::config::NoPlace;
use std::path::PathBuf;

/// Limits of a server, see `sfu`: media sessions of one hearing, and seats of one receiver.
const SESSIONS_MAX: u32 = crate::sfu::SESSIONS_PER_ROOM_MAX as u32;
const SEATS_MAX: u32 = crate::sfu::SEATS_MAX as u32;

/// What `oyer load` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct Plan {
    /// A server that is there already, such as http://127.0.0.1:8080. Without it one is started for the load.
    #[arg(long, requires = "token")]
    pub server: Option<String>,
    /// A staff token of that server (`oyer person token`), for listing the hearings of the load.
    // One token in 64 begins with a hyphen.
    #[arg(long, env = "OYER_TOKEN", hide_env_values = true, allow_hyphen_values = true)]
    pub token: Option<String>,
    /// The process of that server, if it runs on this machine: its processor time and memory are measured.
    #[arg(long, requires = "server", value_name = "PID")]
    pub server_pid: Option<u32>,
    /// Media worker threads of a server that is started for the load; by default one per core.
    #[arg(long, conflicts_with = "server", value_name = "N")]
    pub workers: Option<u16>,
    /// Hearings at the same time.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub hearings: u32,
    /// People in each hearing who publish and see and hear all others. 5, if nobody else is asked for.
    #[arg(long)]
    pub people: Option<u32>,
    /// People in each hearing who only publish.
    #[arg(long, default_value_t = 0)]
    pub publishers: u32,
    /// People in each hearing who only see and hear.
    #[arg(long, default_value_t = 0)]
    pub receivers: u32,
    /// Kilobits a second of each camera. Each microphone adds 32.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(16..=50_000))]
    pub kbps: u32,
    /// Three layers of each camera instead of one: --kbps, 28 % and 8 % of it.
    #[arg(long)]
    pub simulcast: bool,
    /// Percent of the media packets that are lost, each way, at each connection.
    #[arg(long, default_value_t = 0.0, value_parser = percent)]
    pub loss: f64,
    /// Seconds that are measured.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub seconds: u32,
    /// Seconds before that, for everything to settle.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub warm: u32,
    /// Put the hearings on the record.
    #[arg(long)]
    pub record: bool,
    /// Threads that play the people.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: u16,
    /// Where a server of its own keeps its data and its log; kept. A folder that is removed afterwards without it.
    #[arg(long, value_name = "DIR", conflicts_with = "server")]
    pub out: Option<PathBuf>,
    /// List the hearings and bring everybody in, but connect nobody: write who publishes and receives where, with which
    /// session, for another load generator that speaks WHIP and WHEP. A JSON line a hearing; the sessions are secrets.
    #[arg(long, value_name = "FILE", requires = "server")]
    pub prepare: Option<PathBuf>,
    /// Print nothing but the result, as JSON.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    _no_place: NoPlace,
}

fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse::<f64>() {
        Ok(percent) if (0.0..=90.0).contains(&percent) => Ok(percent),
        _ => Err("a percentage from 0 to 90".into()),
    }
}

impl Plan {
    fn people(&self) -> u32 {
        let nobody_else = self.publishers == 0 && self.receivers == 0;
        self.people.unwrap_or(if nobody_else { 5 } else { 0 })
    }

    /// Those of one hearing who publish.
    pub fn publishing(&self) -> u32 {
        self.people().saturating_add(self.publishers)
    }

    /// Everybody in one hearing.
    pub fn in_hearing(&self) -> u32 {
        self.publishing().saturating_add(self.receivers)
    }

    /// Everybody.
    pub fn everybody(&self) -> u32 {
        self.hearings.saturating_mul(self.in_hearing())
    }

    /// What each person of one hearing does. Those who publish and those who receive take turns, so that most
    /// publishers have a listener when they join.
    pub fn parts(&self) -> Vec<Part> {
        let part = |publishes, receives| Part { publishes, receives };
        let mut parts = vec![part(true, true); self.people() as usize];
        for i in 0..self.publishers.max(self.receivers) {
            if i < self.publishers {
                parts.push(part(true, false));
            }
            if i < self.receivers {
                parts.push(part(false, true));
            }
        }
        parts
    }

    /// Says what is wrong with the plan.
    pub fn check(&self) -> Result<(), String> {
        let (publishing, all) = (self.publishing(), self.in_hearing());
        if publishing == 0 {
            return Err("somebody has to publish: give --people or --publishers".into());
        }
        if publishing > SEATS_MAX {
            return Err(format!(
                "{publishing} people publish in one hearing; a receiver has {SEATS_MAX} seats at most"
            ));
        }
        let sessions = all.saturating_add(self.people());
        if sessions > SESSIONS_MAX {
            return Err(format!(
                "one hearing would have {sessions} media sessions (two for each who publishes and receives); a \
                 server takes {SESSIONS_MAX}"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        plan: Plan,
    }

    fn plan(line: &[&str]) -> Plan {
        Line::parse_from(std::iter::once(&"load").chain(line)).plan
    }

    #[test]
    fn five_people_are_the_default_and_others_take_turns() {
        assert_eq!(plan(&[]).in_hearing(), 5);
        let mixed = plan(&["--publishers", "1", "--receivers", "2"]);
        let parts: Vec<_> = mixed.parts().iter().map(|p| (p.publishes, p.receives)).collect();
        assert_eq!(parts, [(true, false), (false, true), (false, true)]);
        assert_eq!(mixed.check(), Ok(()));
    }

    #[test]
    fn what_no_server_takes_is_refused_with_the_reason() {
        let refused = |line: &[&str]| plan(line).check().unwrap_err();
        assert!(refused(&["--receivers", "3"]).contains("--publishers"));
        assert!(refused(&["--people", "65"]).contains("64 seats"));
        assert!(refused(&["--people", "60", "--receivers", "150"]).contains("270 media sessions"));
        assert!(Line::try_parse_from(["load", "--loss", "101"]).is_err());
        assert!(Line::try_parse_from(["load", "--server", "http://127.0.0.1:1"]).is_err());
    }
}
