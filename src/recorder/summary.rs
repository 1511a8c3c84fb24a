//! What a recording turned out to hold: the input of its seal.

use crate::rtp::codec::Codec;
use crate::rtp::source::Source;
use time::OffsetDateTime;
use uuid::Uuid;

/// How a recording came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// In good order.
    Closed,
    /// The process was gone before the end; the files are as found.
    Crash,
}

impl Ended {
    /// The word used in `seal.json`.
    pub fn name(self) -> &'static str {
        match self {
            Ended::Closed => "closed",
            Ended::Crash => "crash",
        }
    }
}

/// One stretch on the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentSummary {
    /// Number of the segment; the first of a recording is [`super::RecorderConfig::first_segment`].
    pub segment: u32,
    /// Wall clock at media time 0.
    pub started_at: OffsetDateTime,
    /// Wall clock at the end, reckoned from the start by the monotonic clock.
    pub ended_at: OffsetDateTime,
    /// Time on record. After a crash: as far as the files reach.
    pub duration_ms: u64,
}

/// One track file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackSummary {
    /// Path below the recording's folder, with `/`.
    pub file: String,
    /// The caller's name of the track.
    pub track: Uuid,
    /// Whose track it is.
    pub participant: Uuid,
    /// What it shows.
    pub source: Source,
    /// Codec of the payload, stored as it came.
    pub codec: Codec,
    /// The segment it belongs to.
    pub segment: u32,
    /// Length of the file.
    pub bytes: u64,
    /// SHA-256 of the whole file.
    pub sha256: [u8; 32],
    /// Media time 0 of the file on the segment's timeline: always 0, files are written on that timeline.
    pub offset_ms: u64,
    /// End of the last packet on the segment's timeline, and no later than the end of the segment.
    pub duration_ms: u64,
    /// Width of the first picture.
    pub width: Option<u32>,
    /// Height of the first picture.
    pub height: Option<u32>,
    /// RTP packets taken in. After a crash: media packets found in the file.
    pub packets: u64,
    /// RTP packets declared lost. After a crash: unknown, 0; the gap ledger has the times.
    pub lost: u64,
    /// After a crash: bytes beyond the last complete fragment.
    pub tail_bytes: u64,
}

/// The state of `fragments.tsv` at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FragmentsSummary {
    /// Number of fragments.
    pub count: u64,
    /// Last link of the hash chain, lower-case hexadecimal; 64 zeros when there is no fragment.
    pub head_hex: String,
}

/// A whole recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingSummary {
    /// Its identity.
    pub recording: Uuid,
    /// Segments in order.
    pub segments: Vec<SegmentSummary>,
    /// Track files in order of opening. A track that never delivered a picture has no file and is not listed; its
    /// absence is in the gap ledger.
    pub tracks: Vec<TrackSummary>,
    /// The fragment ledger.
    pub fragments: FragmentsSummary,
    /// Entries in `gaps.jsonl`.
    pub gaps: u64,
    /// How it ended.
    pub ended: Ended,
}
