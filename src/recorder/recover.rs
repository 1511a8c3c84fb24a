//! What is left of a recording whose process is gone.
//!
//! Bytes are hashed as found and never shortened. Track files and `fragments.tsv` are opened for reading only: what is
//! beyond a file's last fragment is its tail. To the gap ledger is appended what the recorder had no time to declare, so
//! that every second on record is in a file or in that ledger. Run again, it changes nothing and says the same.

use super::append::{Hasher, sync_folder};
use super::claim::Claim;
use super::command::{RecorderError, TrackSpec};
use super::gap::{Cause, Gap, Mutes};
use super::journal::{self, JOURNAL, Journal, Note};
use super::ledger::{FRAGMENTS, GAPS, Ledger, Lines, read_fragments};
use super::probe::probe;
use super::summary::{Ended, FragmentsSummary, RecordingSummary, SegmentSummary, TrackSummary};
use super::track::TAIL_US;
use std::collections::HashMap;
use std::fs::{File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// A sound file's shortfall against the segment below which nothing is declared: the length of a frame.
const SHORT_MS: u64 = 40;
/// Longest first line that an unbegun fragment ledger can have.
const UNBEGUN_BYTES_MAX: u64 = 256;

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
    let _claim = Claim::of(dir)?;
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
    let tracks = found
        .tracks
        .iter()
        .filter_map(|track| summary(track, &files, &segments))
        .collect();
    Ok(RecordingSummary {
        recording: found.recording,
        tracks,
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

/// Describes a recording whose process was gone before it noted anything: there is nothing in it. Its ledgers are made, so
/// that it can be sealed as what it is.
pub fn recover_unbegun(dir: &Path, recording: Uuid) -> Result<RecordingSummary, RecorderError> {
    let io = |e| RecorderError::io(dir, e);
    std::fs::create_dir_all(dir).map_err(io)?;
    let _claim = Claim::of(dir)?;
    for entry in std::fs::read_dir(dir).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name();
        let unbegun = [JOURNAL, FRAGMENTS, GAPS].iter().any(|known| name == *known);
        if !unbegun || entry.metadata().map_err(io)?.len() > UNBEGUN_BYTES_MAX {
            // There is more than a beginning: that is not for us to pass over.
            return Err(RecorderError::NoRecording(dir.to_owned()));
        }
    }
    for name in [FRAGMENTS, GAPS] {
        match std::fs::remove_file(dir.join(name)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(io(e)),
            _ => {}
        }
    }
    let mut ledger = Ledger::create(dir).map_err(io)?;
    ledger.close().map_err(io)?;
    Ok(RecordingSummary {
        recording,
        segments: Vec::new(),
        tracks: Vec::new(),
        fragments: FragmentsSummary {
            count: 0,
            head_hex: hex::encode(ledger.chain()),
        },
        gaps: 0,
        ended: Ended::Crash,
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
    /// The lasting gap that was noted last, if nothing says that it ended.
    gap: Option<(u64, Cause)>,
    mutes: Mutes,
    /// Up to here the last picture of a screen stood.
    still_ms: u64,
    /// When its publication ended.
    closed_ms: Option<u64>,
    /// Duration, packets, lost: of a file that was completed.
    ended: Option<(u64, u64, u64)>,
}

/// The working notes, put together.
#[derive(Debug)]
struct Notes {
    recording: Uuid,
    /// Number, wall clock of its beginning, duration if it was ended.
    segments: Vec<(u32, OffsetDateTime, Option<u64>)>,
    /// The last time at which a segment was noted to run.
    on_record: HashMap<u32, u64>,
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
            on_record: HashMap::new(),
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
            Note::SegmentBegan { segment, at } => {
                // Noted again when the disk refused it at first.
                if self.segments.iter().all(|s| s.0 != segment) {
                    self.segments.push((segment, at, None));
                }
            }
            Note::OnRecord { segment, at_ms } => {
                let last_ms = self.on_record.entry(segment).or_default();
                *last_ms = at_ms.max(*last_ms);
            }
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
                self.tracks.push(Track {
                    spec,
                    segment,
                    file,
                    size: None,
                    gap: None,
                    mutes: Mutes::default(),
                    still_ms: 0,
                    closed_ms: None,
                    ended: None,
                });
            }
            Note::FileBegan { file, width, height } => {
                self.with(&file, |track| track.size = width.zip(height));
            }
            Note::GapOpened { file, from_ms, cause } => {
                self.with(&file, |track| track.gap = Some((from_ms, cause)));
            }
            Note::GapEnded { file } => self.with(&file, |track| track.gap = None),
            Note::FileEnded {
                file,
                duration_ms,
                packets,
                lost,
            } => {
                self.with(&file, |track| track.ended = Some((duration_ms, packets, lost)));
            }
            Note::Still { file, at_ms } => {
                // A gap that was noted before has ended, and is in the ledger.
                self.with(&file, |track| (track.still_ms, track.gap) = (at_ms, None));
            }
            Note::Finished => (self.finished, self.complete) = (true, true),
            Note::Recovered => self.complete = true,
            Note::TrackClosed { file, at_ms } => {
                self.with(&file, |track| track.closed_ms = u64::try_from(at_ms).ok());
            }
            Note::Muted { file, muted, at_ms } => {
                self.with(&file, |track| track.mutes.set(muted, at_ms.saturating_mul(1000)));
            }
            Note::Recording { .. } => {}
        }
    }

    fn with(&mut self, file: &str, change: impl FnOnce(&mut Track)) {
        if let Some(track) = self.tracks.iter_mut().find(|t| t.file == file) {
            change(track);
        }
    }

    /// A segment that was not ended lasted as long as it was noted to, or as its longest file.
    fn segments(&self, files: &[FileFound]) -> Vec<SegmentSummary> {
        let reach = |segment: u32| {
            let of = self.tracks.iter().filter(|t| t.segment == segment);
            of.filter_map(|t| files.iter().find(|f| f.name == t.file))
                .map(|f| f.end_ms)
                .chain(self.on_record.get(&segment).copied())
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
    let mut whole = Hasher::new();
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
            let still_ms = if found.packets > 0 { track.still_ms } else { 0 };
            (found.end_ms.max(still_ms), found.packets)
        }
    };
    let sha256 = whole.finish();
    Ok(Some(FileFound {
        name: track.file.clone(),
        bytes,
        sha256,
        end_ms,
        packets,
        tail_bytes: bytes.saturating_sub(covered),
    }))
}

fn summary(track: &Track, files: &[FileFound], segments: &[SegmentSummary]) -> Option<TrackSummary> {
    let file = files.iter().find(|f| f.name == track.file)?;
    let segment = segments.iter().find(|s| s.segment == track.segment);
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
        // As the recorder says it: the last packet can be longer than what was left of the segment.
        duration_ms: segment.map_or(file.end_ms, |s| file.end_ms.min(s.duration_ms)),
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
        let gap = |from_ms: u64, to_ms: u64, cause| Gap {
            segment: track.segment,
            file: track.file.clone(),
            participant: track.spec.participant,
            source: track.spec.source,
            from_ms,
            to_ms,
            cause,
        };
        let mut known: Vec<Gap> = declared
            .iter()
            .filter(|g| g.file == track.file)
            .cloned()
            .collect();
        let mut add = |from_ms, to_ms, cause| {
            for (from_ms, to_ms) in undeclared(from_ms, to_ms, &known) {
                known.push(gap(from_ms, to_ms, cause));
                missing.push(gap(from_ms, to_ms, cause));
            }
        };
        let (audio, end_ms) = (track.spec.source.is_audio(), file.map_or(0, |f| f.end_ms));
        if let Some((from_ms, cause)) = track.gap {
            // Sound: the silence that fills the gap is in the file. Pictures: nothing came up to the end.
            let to_ms = if audio { end_ms } else { segment.duration_ms };
            let ended_ms = track
                .closed_ms
                .map_or(to_ms, |at_ms| at_ms.min(to_ms).max(from_ms));
            // Whether somebody was muted changes while a gap lasts.
            let otherwise = match cause {
                Cause::Muted => Cause::Stalled,
                cause => cause,
            };
            for (from_us, to_us, cause) in track.mutes.split(micros(from_ms), micros(ended_ms), otherwise) {
                add(millis(from_us), millis(to_us), cause);
            }
            add(ended_ms, to_ms, Cause::Ended);
        }
        let short_ms = if audio { SHORT_MS } else { TAIL_US as u64 / 1000 };
        if file.is_some() && end_ms + short_ms >= segment.duration_ms {
            continue;
        }
        let closed_ms = track.closed_ms.map_or(segment.duration_ms, |at_ms| {
            at_ms.clamp(end_ms, segment.duration_ms.max(end_ms))
        });
        let cause = if file.is_none() {
            Cause::NotStarted
        } else {
            Cause::Outage
        };
        add(end_ms, closed_ms, cause);
        add(closed_ms, segment.duration_ms, Cause::Ended);
    }
    // A segment that was cut off before there was any track.
    for segment in segments {
        let of = |s: u32| s == segment.segment;
        if notes.tracks.iter().all(|t| !of(t.segment)) && declared.iter().all(|g| !of(g.segment)) {
            missing.extend(Gap::of_nobody(segment.segment, segment.duration_ms));
        }
    }
    missing
}

fn micros(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1000)
}

fn millis(us: i64) -> u64 {
    us.max(0).unsigned_abs() / 1000
}

/// What of a stretch no gap speaks of yet. Less than a millisecond is nothing.
fn undeclared(from_ms: u64, to_ms: u64, known: &[Gap]) -> Vec<(u64, u64)> {
    let mut spans: Vec<(u64, u64)> = known.iter().map(|g| (g.from_ms, g.to_ms)).collect();
    spans.sort_unstable();
    let (mut at_ms, mut rest) = (from_ms, Vec::new());
    for (begin_ms, end_ms) in spans {
        if begin_ms.min(to_ms) > at_ms {
            rest.push((at_ms, begin_ms.min(to_ms)));
        }
        at_ms = at_ms.max(end_ms);
    }
    if at_ms < to_ms {
        rest.push((at_ms, to_ms));
    }
    rest
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
