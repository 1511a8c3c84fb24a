//! The running segment: its clock and its tracks.

use super::command::{RecorderError, TrackSpec};
use super::gap::Gap;
use super::journal::Note;
use super::ledger::GAPS;
use super::mux::extension;
use super::summary::{SegmentSummary, TrackSummary};
use super::tap::{TapMessage, TapSink};
use super::track::{Track, to_ms};
use super::track_file::{Books, Closed, WriteError};
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use uuid::Uuid;

/// Clocks of one participant's tracks that differ by more than this are of different machines.
const SAME_CLOCK_US: i64 = 500_000;

pub(super) struct Segment {
    pub number: u32,
    at: Instant,
    wall: OffsetDateTime,
    tracks: Vec<Track>,
    names: HashSet<String>,
    /// Where it will end, if that is known.
    limit_us: Option<i64>,
}

/// What could not be written.
pub(super) struct Failure {
    /// The track that cannot go on; nil where none is concerned.
    pub track: Uuid,
    pub error: WriteError,
}

impl Segment {
    pub(super) fn begin(
        number: u32,
        at: Instant,
        wall: OffsetDateTime,
        dir: &Path,
        books: &mut Books,
    ) -> Result<Segment, RecorderError> {
        books.flush().map_err(into_recorder)?;
        let folder = dir.join(folder(number));
        match std::fs::create_dir(&folder) {
            // Left by an attempt that failed; files in it are never opened, only made.
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => made.map_err(|e| RecorderError::io(&folder, e))?,
        }
        super::append::sync_folder(dir).map_err(|e| RecorderError::io(dir, e))?;
        books
            .note(&Note::SegmentBegan {
                segment: number,
                at: wall,
            })
            .map_err(into_recorder)?;
        Ok(Segment {
            number,
            at,
            wall,
            tracks: Vec::new(),
            names: HashSet::new(),
            limit_us: None,
        })
    }

    /// Microseconds on the segment's timeline.
    pub(super) fn since(&self, at: Instant) -> i64 {
        since(self.at, at)
    }

    /// Opens a track that belongs to the record since `since`. If it cannot be written now, it is tried again.
    pub(super) fn open_track(
        &mut self,
        spec: TrackSpec,
        since: Instant,
        now: Instant,
        dir: &Path,
        queue: SyncSender<(Uuid, TapMessage)>,
        books: &mut Books,
    ) -> Result<(TapSink, Option<Failure>), RecorderError> {
        let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if !(1..=64).contains(&spec.label.len()) || !spec.label.chars().all(safe) {
            return Err(RecorderError::Label(spec.label));
        }
        if spec.source.is_audio() != spec.codec.is_audio() {
            return Err(RecorderError::Codec(spec.source.name(), spec.codec.name()));
        }
        if self.tracks.iter().any(|t| t.spec.track == spec.track) {
            return Err(RecorderError::TrackOpen(spec.track));
        }
        let name = self.free_name(&spec);
        let dropped = Arc::new(AtomicU64::new(0));
        let sink = TapSink::new(spec.track, queue, dropped.clone());
        let now_us = self.since(now).max(0);
        let wanted_us = self.since(since).clamp(0, now_us);
        let mut track = Track::new(spec, name, dir, self.number, wanted_us, dropped);
        let failure = begin(&mut track, now_us, books);
        self.tracks.push(track);
        Ok((sink, failure))
    }

    /// Tries a track again, in a new file if it has one.
    fn reopen(&mut self, at: usize, now_us: i64, books: &mut Books) -> Option<Failure> {
        let behind = books.flush().is_err();
        let track = self.tracks.get_mut(at)?;
        if behind {
            track.postpone(now_us);
            return None;
        }
        if !track.has_file() {
            return begin(track, now_us, books);
        }
        let spec = track.spec.clone();
        let name = self.free_name(&spec);
        let mut next = self.tracks.get_mut(at)?.successor(name, now_us);
        let failure = begin(&mut next, now_us, books);
        self.tracks.push(next);
        failure
    }

    /// The track as it is written now.
    fn track(&mut self, track: Uuid) -> Option<&mut Track> {
        self.tracks
            .iter_mut()
            .find(|t| t.spec.track == track && !t.is_replaced())
    }

    /// `segment-001/witness-1-camera.webm`; for the next publication of the same person `…-camera-2.webm`.
    fn free_name(&mut self, spec: &TrackSpec) -> String {
        let stem = format!("{}/{}-{}", folder(self.number), spec.label, spec.source.name());
        let extension = extension(spec.codec);
        let mut name = format!("{stem}.{extension}");
        let mut number = 2;
        while !self.names.insert(name.clone()) {
            name = format!("{stem}-{number}.{extension}");
            number += 1;
        }
        name
    }

    pub(super) fn take(&mut self, track: Uuid, message: TapMessage) {
        let reported = match &message {
            TapMessage::SenderReport { arrival, .. } => Some(self.since(*arrival)),
            _ => None,
        };
        let begin = self.at;
        let Some(track) = self.track(track) else {
            return;
        };
        track.take(message, |at| since(begin, at));
        if let Some(now_us) = reported {
            let participant = track.spec.participant;
            self.share_clock(participant, now_us);
        }
    }

    /// The fastest sender report of any track tells best how the participant's clock stands to ours.
    fn share_clock(&mut self, participant: Uuid, now_us: i64) {
        let of_participant = |t: &&mut Track| t.spec.participant == participant;
        let clocks: Vec<i64> = self
            .tracks
            .iter()
            .filter(|t| t.spec.participant == participant)
            .filter_map(|t| t.clock_offset_us(now_us))
            .collect();
        let least = clocks.iter().min().copied();
        let same = clocks
            .iter()
            .max()
            .zip(least)
            .is_some_and(|(max, min)| max - min <= SAME_CLOCK_US);
        let shared = least.filter(|_| same);
        self.tracks
            .iter_mut()
            .filter(of_participant)
            .for_each(|t| t.share_clock(shared));
    }

    pub(super) fn close_track(
        &mut self,
        track: Uuid,
        at: Instant,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        let at_us = self.since(at).max(0);
        self.track(track)
            .map_or(Ok(()), |track| track.close(at_us, books))
    }

    pub(super) fn set_muted(
        &mut self,
        track: Uuid,
        muted: bool,
        at: Instant,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        let at_us = self.since(at).max(0);
        self.track(track)
            .map_or(Ok(()), |track| track.set_muted(muted, at_us, books))
    }

    /// Writes what is due, but nothing from `cutoff` on. Tracks that fail are reported, and tried again later.
    pub(super) fn pump(&mut self, now: Instant, cutoff: Option<Instant>, books: &mut Books) -> Vec<Failure> {
        let now_us = self.since(now);
        // An earlier one ended another segment.
        let limit_us = cutoff.map(|at| self.since(at)).filter(|limit_us| *limit_us >= 0);
        self.limit_us = limit_us;
        let mut failures = Vec::new();
        for at in 0..self.tracks.len() {
            let Some(track) = self.tracks.get_mut(at) else {
                break;
            };
            track.limit(limit_us);
            if track.retry_is_due(now_us) {
                failures.extend(self.reopen(at, now_us, books));
            } else if let Err(error) = track.pump(now_us, None, books) {
                failures.push(give_up(track, now_us, error, books));
            }
        }
        self.cut(now_us, books, &mut failures);
        failures
    }

    /// Cuts the fragments that are due, and with them those of other tracks that have enough for one: they are entered
    /// together. Each file has to wait for the disk; the ledger then waits once for all.
    fn cut(&mut self, now_us: i64, books: &mut Books, failures: &mut Vec<Failure>) {
        let mut due = false;
        for track in &mut self.tracks {
            due |= track.fragment_is_due(now_us);
        }
        if !due {
            return;
        }
        let mut cut = Vec::new();
        for (at, track) in self.tracks.iter_mut().enumerate() {
            match track.cut(now_us) {
                Ok(fragment) => cut.extend(fragment.map(|fragment| (at, fragment))),
                Err(error) => failures.push(give_up(track, now_us, error, books)),
            }
        }
        let names = cut
            .iter()
            .filter_map(|(at, fragment)| Some((self.tracks.get(*at)?.name.as_str(), *fragment)));
        // The files are well: what the ledger does not take waits there, and they are written on.
        if let Err(error) = books.enter(names) {
            failures.push(Failure {
                track: Uuid::nil(),
                error,
            });
        }
    }

    /// Notes how far the segment has come.
    pub(super) fn note(&self, now: Instant, books: &mut Books) -> Result<(), WriteError> {
        let at_us = self.since(now).min(self.limit_us.unwrap_or(i64::MAX));
        books.note(&Note::OnRecord {
            segment: self.number,
            at_ms: to_ms(at_us),
        })?;
        for note in self.tracks.iter().filter_map(|t| t.still_note(at_us)) {
            books.note(&note)?;
        }
        Ok(())
    }

    /// The tracks whose media is written as it comes, and up to which arrival.
    pub(super) fn confirmed(&self, now: Instant) -> Vec<(Uuid, Instant)> {
        let now_us = self.since(now);
        self.tracks
            .iter()
            .filter_map(|t| {
                let arrival = Duration::from_micros(t.confirmed(now_us)?.max(0).unsigned_abs());
                Some((t.spec.track, self.at + arrival))
            })
            .collect()
    }

    /// Tracks that need a key frame.
    pub(super) fn ask_key_frames(&mut self, now: Instant) -> Vec<Uuid> {
        let now_us = self.since(now);
        self.tracks
            .iter_mut()
            .filter_map(|t| t.ask_key_frame(now_us).then_some(t.spec.track))
            .collect()
    }

    /// Ends the segment at `at`: writes all that was taken in, completes the files, describes them.
    pub(super) fn end(
        &mut self,
        at: Instant,
        now: Instant,
        dir: &Path,
        books: &mut Books,
    ) -> (SegmentSummary, Vec<TrackSummary>, Vec<Failure>) {
        let end_us = self.since(at).max(0);
        let now_us = self.since(now);
        let mut failures = Vec::new();
        let mut summaries = Vec::new();
        for track in &mut self.tracks {
            if let Err(error) = track.pump(now_us, Some(end_us), books) {
                failures.push(give_up(track, now_us, error, books));
            }
            let finished = track.finish(end_us, books);
            let closed = finished.unwrap_or_else(|error| {
                failures.push(give_up(track, now_us, error, books));
                track.as_found(end_us)
            });
            if track.failed()
                && let Err(error) = track.declare_failed(end_us, books)
            {
                failures.push(Failure {
                    track: track.spec.track,
                    error,
                });
            }
            summaries.extend(closed.map(|closed| summary(track, self.number, &closed)));
        }
        let duration_ms = to_ms(end_us);
        let nobody = match self.tracks.is_empty() {
            true => enter_nobody(self.number, duration_ms, books),
            false => Ok(()),
        };
        let finished = nobody
            .and_then(|()| {
                books.note(&Note::SegmentEnded {
                    segment: self.number,
                    duration_ms,
                })
            })
            .and_then(|()| {
                let folder = dir.join(folder(self.number));
                super::append::sync_folder(&folder).map_err(|e| WriteError::disk(folder, e))
            });
        if let Err(error) = finished {
            failures.push(Failure {
                track: Uuid::nil(),
                error,
            });
        }
        let segment = SegmentSummary {
            segment: self.number,
            started_at: self.wall,
            ended_at: self.wall + Duration::from_micros(end_us.unsigned_abs()),
            duration_ms,
        };
        (segment, summaries, failures)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.tracks.iter().map(Track::bytes).sum()
    }

    pub(super) fn media_ms(&self) -> u64 {
        self.tracks.iter().map(Track::written_us).max().map_or(0, to_ms)
    }
}

/// Begins to write a track.
fn begin(track: &mut Track, now_us: i64, books: &mut Books) -> Option<Failure> {
    let error = track.begin(now_us, books).err()?;
    Some(give_up(track, now_us, error, books))
}

/// A segment in which there was no track at all is not passed over in silence.
fn enter_nobody(number: u32, duration_ms: u64, books: &mut Books) -> Result<(), WriteError> {
    match Gap::of_nobody(number, duration_ms) {
        Some(gap) => books.ledger.gap(&gap).map_err(|e| WriteError::disk(GAPS, e)),
        None => Ok(()),
    }
}

fn give_up(track: &mut Track, now_us: i64, error: WriteError, books: &mut Books) -> Failure {
    // The ledger keeps an entry that fails and tries again; the first error is the one to report.
    let error = match (track.fail(now_us, books), &error) {
        (Err(disk @ WriteError::Disk(_)), WriteError::Mux(_)) => disk,
        _ => error,
    };
    Failure {
        track: track.spec.track,
        error,
    }
}

fn summary(track: &Track, segment: u32, closed: &Closed) -> TrackSummary {
    TrackSummary {
        file: track.name.clone(),
        track: track.spec.track,
        participant: track.spec.participant,
        source: track.spec.source,
        codec: track.spec.codec,
        segment,
        bytes: closed.bytes,
        sha256: closed.sha256,
        offset_ms: 0,
        duration_ms: to_ms(closed.end_us),
        width: closed.size.map(|(width, _)| width),
        height: closed.size.map(|(_, height)| height),
        packets: track.packets,
        lost: track.lost,
        tail_bytes: 0,
    }
}

/// Folder of a segment.
pub(super) fn folder(number: u32) -> String {
    format!("segment-{number:03}")
}

fn since(begin: Instant, at: Instant) -> i64 {
    let forward = at.saturating_duration_since(begin).as_micros();
    let backward = begin.saturating_duration_since(at).as_micros();
    let us = if backward > 0 {
        -(backward as i128)
    } else {
        forward as i128
    };
    us.clamp(i128::from(i64::MIN / 4), i128::from(i64::MAX / 4)) as i64
}

fn into_recorder(error: WriteError) -> RecorderError {
    match error {
        WriteError::Disk(error) => error,
        WriteError::Mux(error) => RecorderError::Mux(error.to_string()),
    }
}
