//! Lines of the gap ledger (`gaps.jsonl`) and of the court log (`court-log.jsonl`): one JSON object a line.

use super::decimal;
use super::lines::Bounds;
use super::path::PATH_BYTES_MAX;
use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Bounds of `gaps.jsonl`.
pub const GAP_BOUNDS: Bounds = Bounds {
    line_bytes_max: 1024 + PATH_BYTES_MAX,
    lines_max: 4_000_000,
};
/// Bounds of `court-log.jsonl`.
pub const COURT_LOG_BOUNDS: Bounds = Bounds {
    line_bytes_max: 64 * 1024,
    lines_max: 1_000_000,
};

/// A stretch of a track that is missing, or that was filled with silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// Of which segment, from 1.
    pub segment: u32,
    /// The track file, relative to `data/<recording>/`.
    pub file: String,
    /// Whose.
    pub participant: Uuid,
    /// `microphone`, `camera` or `screen`.
    pub source: String,
    /// Milliseconds from the segment's start.
    #[serde(with = "decimal")]
    pub from_ms: u64,
    /// Milliseconds from the segment's start; later than `from_ms`.
    #[serde(with = "decimal")]
    pub to_ms: u64,
    /// Why.
    pub cause: GapCause,
}

/// Why a stretch of a track is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapCause {
    /// The participant or the court had muted it.
    Muted,
    /// Lost on the network.
    Lost,
    /// The sender sent nothing.
    Stalled,
    /// Our own failure.
    Outage,
    /// Pictures before the first key frame cannot be decoded.
    LateKeyFrame,
    /// The track began after the segment.
    NotStarted,
    /// The track ended before the segment.
    Ended,
}

impl GapCause {
    /// The word used in `gaps.jsonl`.
    pub fn name(self) -> &'static str {
        match self {
            GapCause::Muted => "muted",
            GapCause::Lost => "lost",
            GapCause::Stalled => "stalled",
            GapCause::Outage => "outage",
            GapCause::LateKeyFrame => "late_key_frame",
            GapCause::NotStarted => "not_started",
            GapCause::Ended => "ended",
        }
    }
}

/// An entry of the court log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CourtLogEntry {
    /// From 1, without a hole.
    #[serde(with = "decimal")]
    pub seq: u64,
    /// When, by the server's clock.
    pub at: Timestamp,
    /// The segment that ran; null off record.
    #[serde(deserialize_with = "Option::deserialize")]
    pub segment: Option<u32>,
    /// Milliseconds from that segment's start; null off record.
    #[serde(with = "decimal::nullable")]
    pub media_ms: Option<u64>,
    /// What happened: a stable word, such as `on_record` or `sworn`.
    pub kind: String,
    /// Who did it; null when the server did.
    #[serde(deserialize_with = "Option::deserialize")]
    pub by: Option<Person>,
    /// Whom it concerns.
    #[serde(deserialize_with = "Option::deserialize")]
    pub about: Option<Person>,
    /// Free text.
    #[serde(deserialize_with = "Option::deserialize")]
    pub text: Option<String>,
}

/// A participant as named in the court log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Identifier.
    pub participant: Uuid,
    /// Name, as the court writes it.
    pub name: String,
    /// Role in the hearing.
    pub role: String,
}

/// One line of a ledger, with its line feed.
pub fn line(entry: &impl Serialize) -> Result<String, serde_json::Error> {
    // serde_json escapes control characters, so no value can break the line.
    serde_json::to_string(entry).map(|json| json + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_written_as_agreed() {
        let text = r#"{"segment":1,"file":"segment-001/witness-1-microphone.webm","participant":"0193a5d2-0000-7000-8000-000000000001","source":"microphone","from_ms":"1234","to_ms":"2234","cause":"late_key_frame"}"#;
        let gap: Gap = serde_json::from_str(text).unwrap();
        assert_eq!(line(&gap).unwrap(), format!("{text}\n"));
    }

    #[test]
    fn every_member_must_be_there_and_no_other() {
        let good = r#"{"seq":"1","at":"2026-11-23T09:30:00.125Z","segment":null,"media_ms":null,"kind":"opened","by":null,"about":null,"text":null}"#;
        let entry: CourtLogEntry = serde_json::from_str(good).unwrap();
        assert_eq!(line(&entry).unwrap(), format!("{good}\n"));
        for (from, to) in [
            (r#","text":null"#, ""),
            (r#""segment":null,"#, ""),
            (r#""media_ms":null,"#, ""),
            (r#""text":null"#, r#""text":null,"x":1"#),
            (r#""seq":"1""#, r#""seq":1"#),
            (r#""seq":"1""#, r#""seq":"1","seq":"1""#),
        ] {
            let bad = good.replace(from, to);
            assert!(serde_json::from_str::<CourtLogEntry>(&bad).is_err(), "{bad}");
        }
    }
}
