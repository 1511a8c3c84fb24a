//! `segments.jsonl`: the recorder's working notes, so that a recording can be described after its process is gone.
//!
//! Each note is on the disk before the recorder goes on. Times are milliseconds on the segment's timeline.

use super::command::TrackSpec;
use super::gap::Cause;
use super::ledger::Lines;
use crate::rtp::codec::Codec;
use crate::rtp::source::Source;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;
use time::OffsetDateTime;
use uuid::Uuid;

/// File name of the notes.
pub(super) const JOURNAL: &str = "segments.jsonl";

/// Notes that may wait for a disk that takes none. What people do (muting, say) makes notes at their pace, not at ours.
const WAITING_BYTES_MAX: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub(super) enum Note {
    Recording {
        recording: Uuid,
        first_segment: u32,
    },
    SegmentBegan {
        segment: u32,
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
    /// The segment ran at this time: what is missing of it before a crash is a gap, also where no file tells.
    OnRecord {
        segment: u32,
        at_ms: u64,
    },
    TrackOpened {
        segment: u32,
        track: Uuid,
        participant: Uuid,
        label: String,
        source: Source,
        codec: String,
        file: String,
        at_ms: i64,
    },
    /// The file's first bytes follow.
    FileBegan {
        file: String,
        width: Option<u32>,
        height: Option<u32>,
    },
    Muted {
        file: String,
        muted: bool,
        at_ms: i64,
    },
    /// A gap that lasts; its line in the gap ledger is written when it ends.
    GapOpened {
        file: String,
        from_ms: u64,
        cause: Cause,
    },
    /// It has ended, and its line is written, if one was due.
    GapEnded {
        file: String,
    },
    /// All that had come of a screen at this time is in its file, and its last picture stands.
    Still {
        file: String,
        at_ms: u64,
    },
    TrackClosed {
        file: String,
        at_ms: i64,
    },
    /// The file is complete.
    FileEnded {
        file: String,
        duration_ms: u64,
        packets: u64,
        lost: u64,
    },
    SegmentEnded {
        segment: u32,
        duration_ms: u64,
    },
    /// Everything was written and closed in good order.
    Finished,
    /// A recovery has declared the gaps that were left.
    Recovered,
}

impl Note {
    pub(super) fn track_opened(segment: u32, spec: &TrackSpec, file: &str, at_ms: i64) -> Note {
        Note::TrackOpened {
            segment,
            track: spec.track,
            participant: spec.participant,
            label: spec.label.clone(),
            source: spec.source,
            codec: spec.codec.name().to_owned(),
            file: file.to_owned(),
            at_ms,
        }
    }
}

/// The codec that [`Note::TrackOpened`] names.
pub(super) fn codec(name: &str) -> Option<Codec> {
    Codec::from_name(name)
}

/// The notes being written.
#[derive(Debug)]
pub(super) struct Journal {
    lines: Lines,
}

impl Journal {
    pub(super) fn create(dir: &Path) -> io::Result<Self> {
        Ok(Self {
            lines: Lines::create(dir.join(JOURNAL))?,
        })
    }

    /// Goes on after a crash; a torn last line is ended first, readers skip it.
    pub(super) fn resume(dir: &Path, torn: bool) -> io::Result<Self> {
        let mut lines = Lines::resume(dir.join(JOURNAL))?;
        if torn {
            lines.append("")?;
        }
        Ok(Self { lines })
    }

    /// Writes a note. One that the disk does not take waits for the next, as far as there is room.
    pub(super) fn note(&mut self, note: &Note) -> io::Result<()> {
        if self.lines.waiting() > WAITING_BYTES_MAX {
            self.lines.flush()?;
        }
        self.lines.append(&serde_json::to_string(note)?)?;
        self.lines.sync()
    }

    /// Tries what the disk has not taken yet.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.lines.flush()?;
        self.lines.sync()
    }

    /// Notes wait for the disk, or are in doubt.
    pub(super) fn is_behind(&self) -> bool {
        self.lines.is_behind()
    }

    pub(super) fn close(&mut self) -> io::Result<()> {
        self.lines.close()
    }
}

/// All notes that can be read, and whether the last line is torn.
pub(super) fn read(dir: &Path) -> io::Result<(Vec<Note>, bool)> {
    let text = std::fs::read(dir.join(JOURNAL))?;
    let torn = text.last().is_some_and(|last| *last != b'\n');
    let notes = text
        .split(|b| *b == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    Ok((notes, torn))
}
