//! What is left of a recording whose process is gone.
//!
//! Bytes are hashed as found and never shortened. Track files and `fragments.tsv` are opened for reading only: what is
//! beyond a file's last fragment is its tail. To the gap ledger is appended what the recorder had no time to declare, so
//! that every second on record is in a file or in that ledger. Run again, it changes nothing and says the same.

use super::append::sync_folder;
use super::command::{RecorderError, TrackSpec};
use super::gap::{Cause, Gap};
use super::journal::{self, JOURNAL, Journal, Note};
use super::ledger::{FRAGMENTS, GAPS, Lines, read_fragments};
use super::probe::probe;
use super::summary::{Ended, FragmentsSummary, RecordingSummary, SegmentSummary, TrackSummary};
use super::track::STALL_US;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::{File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// A file's shortfall against the segment below which nothing is declared: the length of a frame.
const SHORT_MS: u64 = 40;

/// Describes the recording in `dir`, completing its ledgers if it was interrupted. Blocks: reads every byte.
pub fn recover(dir: &Path) -> Result<RecordingSummary, RecorderError> {
    let io = |path: &str| {
        let path = dir.join(path);
        move |e| RecorderError::io(path, e)
    };
    let (notes, journal_torn) = match journal::read(dir) {
        Ok(read) => read,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(RecorderError::NoRecording(dir.to_owned()));
        }
        Err(e) => return Err(io(JOURNAL)(e)),
    };
    let found = Notes::read(notes).ok_or_else(|| RecorderError::NoRecording(dir.to_owned()))?;
    let ledger = read_fragments(dir).map_err(io(FRAGMENTS))?;
    let (gaps, gaps_torn) = read_gaps(dir).map_err(io(GAPS))?;
    let mut files = Vec::new();
    for track in &found.tracks {
        if let Some(file) = examine(dir, track, &ledger.covered).map_err(io(&track.file))? {
            files.push(file);
        }
    }
    let segments = found.segments(&files);
    let mut gap_count = gaps.len() as u64;
    if !found.complete {
        let missing = missing(&found, &files, &segments, &gaps);
        gap_count += declare(dir, &missing, gaps_torn).map_err(io(GAPS))?;
        close(&dir.join(FRAGMENTS)).map_err(io(FRAGMENTS))?;
        let mut journal = Journal::resume(dir, journal_torn).map_err(io(JOURNAL))?;
        journal.note(&Note::Recovered).map_err(io(JOURNAL))?;
        journal.close().map_err(io(JOURNAL))?;
        sync_folder(dir).map_err(io(""))?;
    }
    Ok(RecordingSummary {
        recording: found.recording,
        tracks: found
            .tracks
            .iter()
            .filter_map(|track| summary(track, &files))
            .collect(),
        segments,
        fragments: FragmentsSummary {
            count: ledger.count,
            head_hex: hex::encode(ledger.chain),
        },
        gaps: gap_count,
        ended: if found.finished {
            Ended::Closed
        } else {
            Ended::Crash
        },
    })
}

/// Appends to the gap ledger; gives the number of lines. A torn last line stays as it is and is ended; readers pass it
/// over.
fn declare(dir: &Path, missing: &[Gap], torn: bool) -> io::Result<u64> {
    let mut lines = Lines::resume(dir.join(GAPS))?;
    if torn {
        lines.append("")?;
    }
    let mut count = 0;
    for gap in missing {
        lines.append(&serde_json::to_string(gap)?)?;
        count += 1;
    }
    lines.close()?;
    Ok(count)
}

/// Makes a file read-only and sees it onto the disk. One that was never made is left out.
fn close(path: &Path) -> io::Result<()> {
    let file = match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        file => file?,
    };
    file.set_permissions(Permissions::from_mode(0o444))?;
    file.sync_all()
}

/// A track by the notes.
#[derive(Debug)]
struct Track {
    spec: TrackSpec,
    segment: u32,
    file: String,
    size: Option<(u32, u32)>,
    /// The last lasting gap that was noted.
    gap: Option<(u64, Cause)>,
    /// Duration, packets, lost: of a file that was completed.
    ended: Option<(u64, u64, u64)>,
}

/// The working notes, put together.
#[derive(Debug)]
struct Notes {
    recording: Uuid,
    /// Number, wall clock of its beginning, duration if it was ended.
    segments: Vec<(u32, OffsetDateTime, Option<u64>)>,
    tracks: Vec<Track>,
    /// Ended in good order.
    finished: bool,
    /// Nothing is left to do.
    complete: bool,
}

impl Notes {
    fn read(notes: Vec<Note>) -> Option<Notes> {
        let mut notes = notes.into_iter();
        let Some(Note::Recording { recording, .. }) = notes.next() else {
            return None;
        };
        let mut found = Notes {
            recording,
            segments: Vec::new(),
            tracks: Vec::new(),
            finished: false,
            complete: false,
        };
        for note in notes {
            found.take(note);
        }
        Some(found)
    }

    fn take(&mut self, note: Note) {
        match note {
            Note::SegmentBegan { segment, at } => self.segments.push((segment, at, None)),
            Note::SegmentEnded { segment, duration_ms } => {
                if let Some(s) = self.segments.iter_mut().find(|s| s.0 == segment) {
                    s.2 = Some(duration_ms);
                }
            }
            Note::TrackOpened {
                segment,
                track,
                participant,
                label,
                source,
                codec,
                file,
                ..
            } => {
                // A codec that this version does not know is a file that it does not describe.
                let Some(codec) = journal::codec(&codec) else {
                    return;
                };
                let spec = TrackSpec {
                    track,
                    participant,
                    label,
                    source,
                    codec,
                };
                let (size, gap, ended) = (None, None, None);
                self.tracks.push(Track {
                    spec,
                    segment,
                    file,
                    size,
                    gap,
                    ended,
                });
            }
            Note::FileBegan { file, width, height } => {
                self.with(&file, |track| track.size = width.zip(height));
            }
            Note::GapOpened { file, from_ms, cause } => {
                self.with(&file, |track| track.gap = Some((from_ms, cause)));
            }
            Note::FileEnded {
                file,
                duration_ms,
                packets,
                lost,
            } => {
                self.with(&file, |track| track.ended = Some((duration_ms, packets, lost)));
            }
            Note::Finished => (self.finished, self.complete) = (true, true),
            Note::Recovered => self.complete = true,
            Note::Recording { .. } | Note::Muted { .. } | Note::TrackClosed { .. } => {}
        }
    }

    fn with(&mut self, file: &str, change: impl FnOnce(&mut Track)) {
        if let Some(track) = self.tracks.iter_mut().find(|t| t.file == file) {
            change(track);
        }
    }

    /// A segment that was not ended is as long as its longest file.
    fn segments(&self, files: &[FileFound]) -> Vec<SegmentSummary> {
        let reach = |segment: u32| {
            let of = self.tracks.iter().filter(|t| t.segment == segment);
            of.filter_map(|t| files.iter().find(|f| f.name == t.file))
                .map(|f| f.end_ms)
                .max()
                .unwrap_or(0)
        };
        let summary = |&(segment, started_at, ended): &(u32, OffsetDateTime, Option<u64>)| {
            let duration_ms = ended.unwrap_or_else(|| reach(segment));
            let ended_at = started_at + Duration::from_millis(duration_ms);
            SegmentSummary {
                segment,
                started_at,
                ended_at,
                duration_ms,
            }
        };
        self.segments.iter().map(summary).collect()
    }
}

/// A track file as found.
#[derive(Debug)]
struct FileFound {
    name: String,
    bytes: u64,
    sha256: [u8; 32],
    end_ms: u64,
    packets: u64,
    /// Bytes that no fragment covers.
    tail_bytes: u64,
}

/// Hashes a file and sees it onto the disk, read-only.
fn examine(dir: &Path, track: &Track, covered: &HashMap<String, u64>) -> io::Result<Option<FileFound>> {
    let path = dir.join(&track.file);
    let mut file = match File::open(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let covered = covered.get(&track.file).copied().unwrap_or(0);
    let mut whole = Sha256::new();
    let mut bytes = 0u64;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let chunk = buffer.get(..read).unwrap_or_default();
        whole.update(chunk);
        bytes += read as u64;
    }
    file.set_permissions(Permissions::from_mode(0o444))?;
    file.sync_all()?;
    if let Some(folder) = path.parent() {
        sync_folder(folder)?;
    }
    let (end_ms, packets) = match track.ended {
        Some((duration_ms, packets, _)) => (duration_ms, packets),
        None => {
            let found = probe(&path, track.spec.codec);
            (found.end_ms, found.packets)
        }
    };
    let sha256 = whole.finalize().into();
    Ok(Some(FileFound {
        name: track.file.clone(),
        bytes,
        sha256,
        end_ms,
        packets,
        tail_bytes: bytes.saturating_sub(covered),
    }))
}

fn summary(track: &Track, files: &[FileFound]) -> Option<TrackSummary> {
    let file = files.iter().find(|f| f.name == track.file)?;
    Some(TrackSummary {
        file: track.file.clone(),
        track: track.spec.track,
        participant: track.spec.participant,
        source: track.spec.source,
        codec: track.spec.codec,
        segment: track.segment,
        bytes: file.bytes,
        sha256: file.sha256,
        offset_ms: 0,
        duration_ms: file.end_ms,
        width: track.size.map(|size| size.0),
        height: track.size.map(|size| size.1),
        packets: file.packets,
        lost: track.ended.map_or(0, |ended| ended.2),
        tail_bytes: file.tail_bytes,
    })
}

/// Gaps that the recorder had no time to declare.
fn missing(notes: &Notes, files: &[FileFound], segments: &[SegmentSummary], declared: &[Gap]) -> Vec<Gap> {
    let mut missing = Vec::new();
    for track in notes.tracks.iter().filter(|t| t.ended.is_none()) {
        let Some(segment) = segments.iter().find(|s| s.segment == track.segment) else {
            continue;
        };
        let file = files.iter().find(|f| f.name == track.file);
        let end_ms = file.map_or(0, |f| f.end_ms);
        let mut add = |from_ms: u64, to_ms: u64, cause| {
            if to_ms > from_ms {
                missing.push(Gap {
                    segment: track.segment,
                    file: track.file.clone(),
                    participant: track.spec.participant,
                    source: track.spec.source,
                    from_ms,
                    to_ms,
                    cause,
                });
            }
        };
        let known = |from_ms| {
            declared
                .iter()
                .any(|gap| gap.file == track.file && gap.from_ms == from_ms)
        };
        let open = track.gap.filter(|(from_ms, _)| !known(*from_ms));
        let mut reached_ms = end_ms;
        if let Some((from_ms, cause)) = open {
            // Sound: the silence that fills the gap is in the file. Pictures: nothing came up to the end.
            let to_ms = if track.spec.source.is_audio() {
                end_ms
            } else {
                segment.duration_ms
            };
            add(from_ms, to_ms, cause);
            reached_ms = reached_ms.max(to_ms);
        }
        let short_ms = if track.spec.source.is_audio() {
            SHORT_MS
        } else {
            STALL_US as u64 / 1000
        };
        if file.is_none() && open.is_none() {
            add(0, segment.duration_ms, Cause::NotStarted);
        } else if segment.duration_ms > reached_ms + short_ms {
            add(reached_ms, segment.duration_ms, Cause::Outage);
        }
    }
    missing
}

/// All gaps that can be read, and whether the last line is torn.
fn read_gaps(dir: &Path) -> io::Result<(Vec<Gap>, bool)> {
    let text = match std::fs::read(dir.join(GAPS)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
        text => text?,
    };
    let torn = text.last().is_some_and(|last| *last != b'\n');
    Ok((
        text.split(|b| *b == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect(),
        torn,
    ))
}
