//! What is said to the recorder's thread, and what it says back.

use super::summary::{RecordingSummary, SegmentSummary};
use super::tap::TapSink;
use crate::rtp::codec::Codec;
use crate::rtp::source::Source;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use time::OffsetDateTime;
use tokio::sync::oneshot;
use uuid::Uuid;

/// What a recorder needs to begin.
#[derive(Debug, Clone)]
pub struct RecorderConfig {
    /// Identity of the recording.
    pub recording: Uuid,
    /// Folder of the recording. Made if absent; it must not hold a recording yet.
    pub dir: PathBuf,
    /// Number of the first segment, from 1; higher when this recording goes on from an interrupted one.
    pub first_segment: u32,
    /// Tells the thread at once where the running segment will end.
    pub cutoff: Cutoff,
}

/// Where the running segment ends, told ahead of the order to end it: an order may wait, and until it is carried out
/// the recorder would go on writing. Nothing from the cutoff on is written. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Cutoff(Arc<Mutex<Option<Instant>>>);

impl Cutoff {
    /// The segment that runs at this instant ends there. One that begins later does not mind.
    pub fn set(&self, at: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }

    pub(super) fn get(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A track to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackSpec {
    /// The caller's name of the track. It may be used again in a later segment.
    pub track: Uuid,
    /// Whose it is. Tracks of one participant share a sender clock: sound and picture are kept in time by it.
    pub participant: Uuid,
    /// First part of the file name: 1 to 64 of `a-z`, `0-9`, `-`, `_`.
    pub label: String,
    /// What it shows.
    pub source: Source,
    /// Its codec. Packets of another codec are not recorded.
    pub codec: Codec,
}

/// How far the record has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of media written to files, all tracks together.
    pub bytes: u64,
    /// How far the furthest track file of the running segment reaches on its timeline.
    pub media_ms: u64,
}

/// What the recorder reports by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecorderEvent {
    /// The record runs: the ledgers are on the disk, and so are the tracks named. Comes about every 500 ms while a
    /// segment runs, and not while the disk refuses the ledgers.
    Confirmed {
        /// Bytes of media written so far, all tracks together.
        bytes: u64,
        /// How far the furthest track file of the running segment reaches.
        media_ms: u64,
        /// When this was so.
        at: Instant,
        /// The tracks that are written as they come, each with the arrival of the newest media in its file. A track that
        /// is missing here is not recorded, or not yet.
        tracks: Vec<(Uuid, Instant)>,
    },
    /// The recorder cannot use the pictures of this track without a key frame. Repeated with back-off.
    NeedKeyFrame {
        /// The track.
        track: Uuid,
    },
    /// One track is not recorded now; what is in its file stays valid. It is tried again, with back-off, in a new file.
    TrackFailed {
        /// The track.
        track: Uuid,
        /// For the operator's log.
        reason: String,
    },
    /// The record does not run, or not whole: the disk refused bytes. The court must be told. It goes on by itself when
    /// the disk takes bytes again: see `Confirmed`.
    Failed {
        /// For the operator's log.
        reason: String,
    },
}

/// Why a recorder did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    /// A file or folder could not be made, written or synced.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A segment number below 1.
    #[error("the first segment of a recording is 1 or higher")]
    SegmentNumber,
    /// `begin_segment` while one runs.
    #[error("a segment is already running")]
    SegmentRuns,
    /// An act that needs a running segment.
    #[error("no segment is running")]
    NoSegment,
    /// The label cannot be part of a file name.
    #[error("track label {0:?} is not 1 to 64 of a-z 0-9 - _")]
    Label(String),
    /// The track is open already in this segment.
    #[error("track {0} is already open in this segment")]
    TrackOpen(Uuid),
    /// Source and codec do not go together.
    #[error("a {0} track cannot carry {1}")]
    Codec(&'static str, &'static str),
    /// FFmpeg would not begin a file.
    #[error("{0}")]
    Mux(String),
    /// The folder holds no recording that could be recovered.
    #[error("{0}: no recording found (segments.jsonl is missing or empty)")]
    NoRecording(PathBuf),
    /// A recorder has not let go of the folder: it hangs, in this process or in one that ended as far as it could.
    #[error("{0}: a recorder is still writing there; its disk may hang")]
    StillWritten(PathBuf),
    /// The thread ended before it answered.
    #[error("the recorder's thread is gone")]
    Gone,
}

impl RecorderError {
    pub(super) fn io(path: impl Into<PathBuf>, source: io::Error) -> Self {
        RecorderError::Io {
            path: path.into(),
            source,
        }
    }
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, RecorderError>>;

/// Each is carried out after everything that the taps handed over before it.
pub(super) enum Command {
    BeginSegment {
        at: Instant,
        wall: OffsetDateTime,
        reply: Reply<u32>,
    },
    OpenTrack {
        spec: TrackSpec,
        since: Option<Instant>,
        reply: Reply<TapSink>,
    },
    CloseTrack {
        track: Uuid,
        at: Instant,
    },
    SetMuted {
        track: Uuid,
        muted: bool,
        at: Instant,
    },
    EndSegment {
        at: Instant,
        reply: Reply<SegmentSummary>,
    },
    Progress {
        reply: Reply<Progress>,
    },
    Finish {
        reply: Reply<RecordingSummary>,
    },
}
