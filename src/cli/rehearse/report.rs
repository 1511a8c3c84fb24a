//! The result of a rehearsal.

use crate::client::person::Person;
use crate::court::id::{HearingId, RecordingId};
use crate::wire::view::RecordingStatus;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// Packets that one stream of one seat missed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Loss {
    /// Whose seat.
    pub who: &'static str,
    /// Which seat.
    pub seat: usize,
    /// audio or video.
    pub kind: &'static str,
    /// Packets that came.
    pub packets: u64,
    /// Packets that did not.
    pub lost: u64,
}

/// What came of the rehearsal. `conclude` decides whether it was well.
#[derive(Debug, Default)]
pub struct Report {
    /// True when nothing failed and everything was reached.
    pub ok: bool,
    /// What was wrong.
    pub failures: Vec<String>,
    /// The hearing.
    pub hearing: Option<HearingId>,
    /// The sealed recordings.
    pub recordings: Vec<RecordingId>,
    /// Milliseconds on the record, as the sealed segments say.
    pub on_record_ms: i64,
    /// The folder of everything.
    pub out: Option<PathBuf>,
    /// The exported bundle of the first recording, a folder.
    pub bundle: Option<PathBuf>,
    /// The root of the seal, PEM, outside the bundle.
    pub trust: Option<PathBuf>,
    /// `oyer verify` and the server both said yes, for every recording.
    pub verified: bool,
    /// From the acceptance of the closing to the recordings being attached.
    pub sealed_in: Option<Duration>,
    /// From each WHIP or WHEP POST until media flowed.
    pub joins: Vec<Duration>,
    /// RTP packets received by the people.
    pub packets: u64,
    /// RTP packets that never came.
    pub packets_lost: u64,
    /// Where they were missed.
    pub losses: Vec<Loss>,
}

impl Report {
    /// Notes a failure.
    pub fn fail(&mut self, what: impl Into<String>) {
        self.failures.push(what.into());
    }

    /// What people were told of the record: on, off, on, and never that it fails.
    pub fn compare_statuses(&mut self, people: &[&Person]) {
        for person in people {
            if let Some(objection) = status_objection(&person.socket.record_told()) {
                self.fail(format!("{}: {objection}", person.name()));
            }
        }
    }

    /// Decides.
    pub fn conclude(&mut self) {
        if self.failures.is_empty() {
            if self.recordings.is_empty() {
                self.fail("no recording was sealed");
            }
            if !self.verified {
                self.fail("the recording was not verified");
            }
            if self.sealed_in.is_none() || self.joins.is_empty() || self.packets == 0 {
                self.fail("not everything was measured");
            }
        }
        self.ok = self.failures.is_empty();
    }

    /// The median of the joins, in milliseconds.
    fn join_ms_p50(&self) -> Option<u64> {
        let mut joins = self.joins.clone();
        joins.sort();
        joins.get(joins.len() / 2).map(|join| join.as_millis() as u64)
    }

    /// One line of JSON.
    pub fn to_json(&self) -> String {
        json!({
            "ok": self.ok,
            "hearing_id": self.hearing,
            "seconds_on_record": self.on_record_ms as f64 / 1000.0,
            "recordings": self.recordings,
            "bundle": self.bundle,
            "trust": self.trust,
            "verified": self.verified,
            "seal_ms": self.sealed_in.map(|t| t.as_millis() as u64),
            "join_ms_p50": self.join_ms_p50(),
            "packets": self.packets,
            "packets_lost": self.packets_lost,
            "losses": self.losses,
            "out": self.out,
            "error": self.failures.first(),
            "failures": self.failures,
        })
        .to_string()
    }
}

/// What is wrong with what a client was told of a record that ran twice.
fn status_objection(told: &[RecordingStatus]) -> Option<String> {
    use RecordingStatus::{Failing, Off, Recording, Starting};
    if told.contains(&Failing) {
        return Some("the record was shown as failing".to_owned());
    }
    let settled: Vec<_> = told
        .iter()
        .copied()
        .filter(|status| *status != Starting)
        .collect();
    match settled.as_slice() {
        [Off, Recording, Off, Recording] | [Off, Recording, Off, Recording, Off] => None,
        _ => Some(format!(
            "the record was shown as {told:?} instead of on, off and on"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_ever_failed_or_fell_silent_is_not_well() {
        use RecordingStatus::{Failing, Off, Recording, Starting};
        let well = [Off, Starting, Recording, Off, Starting, Recording, Off];
        assert_eq!(status_objection(&well), None);
        assert_eq!(status_objection(&well[..6]), None);
        for told in [
            &[Off, Recording, Failing, Recording, Off, Recording, Off][..],
            &[Off, Recording],
            &[Off, Recording, Off, Recording, Off, Recording],
            &[],
        ] {
            assert!(status_objection(told).is_some(), "{told:?}");
        }
    }

    #[test]
    fn an_empty_report_is_not_ok() {
        let mut report = Report::default();
        report.conclude();
        assert!(!report.ok);
        assert!(report.to_json().contains("\"ok\":false"));
    }

    #[test]
    fn the_median_of_the_joins_is_told_in_milliseconds() {
        let report = Report {
            joins: [30, 10, 20].map(Duration::from_millis).to_vec(),
            ..Report::default()
        };
        assert_eq!(report.join_ms_p50(), Some(20));
    }
}
