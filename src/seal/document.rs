//! `seal.json`: what was recorded, of whom, in which files, and when it was sealed.
//!
//! Paths are relative to `data/<recording>/`. Numbers that may pass 2^53 are strings. A member that is not named here
//! is refused: a new member is a new schema.

use super::decimal;
use super::digest::Digest;
use super::strict;
use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The schema of this document.
pub const SCHEMA: &str = "oyer/seal/1";
/// Largest `seal.json` in bytes.
pub const BYTES_MAX: u64 = 16 * 1024 * 1024;

/// `seal.json`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealDocument {
    /// [`SCHEMA`]
    pub schema: String,
    /// The recording.
    pub recording: Uuid,
    /// The case it belongs to.
    pub case: CaseSummary,
    /// The hearing that was recorded.
    pub hearing: HearingSummary,
    /// How capturing came to its end.
    pub ended: Ended,
    /// The recording of the same hearing before this one.
    #[serde(deserialize_with = "Option::deserialize")]
    pub previous: Option<Previous>,
    /// On-record intervals, in order.
    pub segments: Vec<Segment>,
    /// Track files, sorted by path.
    pub tracks: Vec<Track>,
    /// The fragment ledger.
    pub fragments: FragmentLedger,
    /// The gap ledger.
    pub gaps: GapLedger,
    /// The court log.
    pub court_log: CourtLog,
    /// When it was sealed, by the clock of the sealing server.
    pub sealed_at: Timestamp,
    /// Who sealed it.
    pub sealed_by: SealedBy,
}

/// The case as it was called when the recording was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseSummary {
    /// Identifier.
    pub id: Uuid,
    /// As the court writes it.
    pub reference: String,
    /// Title.
    pub title: String,
}

/// The hearing as it was called when the recording was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HearingSummary {
    /// Identifier.
    pub id: Uuid,
    /// Title.
    pub title: String,
    /// When it was listed for.
    pub listed_for: Timestamp,
}

/// How capturing came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// In good order: by an act of the court, or by a stop of the server.
    Closed,
    /// A failure cut it off; sealed as found.
    Crash,
}

/// The recording of the same hearing before this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    /// The recording.
    pub recording: Uuid,
    /// SHA-256 of its `manifest-sha256.txt`.
    pub manifest_sha256: Digest,
}

/// An on-record interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// From 1.
    pub segment: u32,
    /// On record.
    pub started_at: Timestamp,
    /// Off record.
    pub ended_at: Timestamp,
    /// Length by the monotonic clock, milliseconds.
    #[serde(with = "decimal")]
    pub duration_ms: u64,
}

/// A track file: one participant's microphone, camera or screen in one segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// Path.
    pub file: String,
    /// Whose.
    pub participant: Uuid,
    /// Name, as the court writes it.
    pub name: String,
    /// Role in the hearing, such as `witness`.
    pub role: String,
    /// `microphone`, `camera` or `screen`.
    pub source: String,
    /// `opus`, `vp8`, `vp9`, `h264` or `av1`.
    pub codec: String,
    /// Of which segment.
    pub segment: u32,
    /// Size of the file.
    #[serde(with = "decimal")]
    pub bytes: u64,
    /// Digest of the file.
    pub sha256: Digest,
    /// Length on the segment's timeline, from the segment's start, milliseconds.
    #[serde(with = "decimal")]
    pub duration_ms: u64,
    /// Picture width of the first key frame, pixels; null for sound.
    #[serde(deserialize_with = "Option::deserialize")]
    pub width: Option<u32>,
    /// Picture height of the first key frame, pixels; null for sound.
    #[serde(deserialize_with = "Option::deserialize")]
    pub height: Option<u32>,
    /// RTP packets received.
    #[serde(with = "decimal")]
    pub packets: u64,
    /// RTP packets lost for good.
    #[serde(with = "decimal")]
    pub lost: u64,
    /// Bytes beyond the last fragment that was entered while capturing; zero unless that was cut off.
    #[serde(with = "decimal")]
    pub tail_bytes: u64,
}

/// Where the fragment ledger is and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FragmentLedger {
    /// `fragments.tsv`
    pub file: String,
    /// Complete lines, without the header.
    #[serde(with = "decimal")]
    pub count: u64,
    /// The last link of the chain; 64 zeros when there is none.
    pub head: Digest,
}

/// Where the gap ledger is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GapLedger {
    /// `gaps.jsonl`
    pub file: String,
    /// Complete lines.
    #[serde(with = "decimal")]
    pub count: u64,
}

/// Where the court log is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CourtLog {
    /// `court-log.jsonl`
    pub file: String,
    /// Complete lines.
    #[serde(with = "decimal")]
    pub entries: u64,
}

/// Who sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedBy {
    /// Software and version, such as `oyer/0.1.0`.
    pub software: String,
    /// The court or authority.
    pub organisation: String,
}

impl SealDocument {
    /// Reads `seal.json`.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        strict::from_json(bytes)
    }

    /// The bytes of `seal.json`: indented for people, ending with a line feed.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}
