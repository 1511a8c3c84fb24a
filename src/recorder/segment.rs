//! The running segment: its clock and its tracks.

use super::command::{RecorderError, TrackSpec};
use super::journal::Note;
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
}

/// A track that cannot go on.
pub(super) struct Failure {
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
        let folder = dir.join(folder(number));
        std::fs::create_dir(&folder).map_err(|e| RecorderError::io(&folder, e))?;
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
        })
    }

    /// Microseconds on the segment's timeline.
    pub(super) fn since(&self, at: Instant) -> i64 {
        since(self.at, at)
    }

    pub(super) fn open_track(
        &mut self,
        spec: TrackSpec,
        now: Instant,
        dir: &Path,
        queue: SyncSender<(Uuid, TapMessage)>,
        books: &mut Books,
    ) -> Result<TapSink, RecorderError> {
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
        let at_us = self.since(now).max(0);
        let track =
            Track::open(spec, name, dir, self.number, at_us, dropped, books).map_err(into_recorder)?;
        self.tracks.push(track);
        Ok(sink)
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
        let reported = matches!(message, TapMessage::SenderReport { .. });
        let begin = self.at;
        let Some(track) = self.tracks.iter_mut().find(|t| t.spec.track == track) else {
            return;
        };
        track.take(message, |at| since(begin, at));
        if reported {
            let participant = track.spec.participant;
            self.share_clock(participant);
        }
    }

    /// The fastest sender report of any track tells best how the participant's clock stands to ours.
    fn share_clock(&mut self, participant: Uuid) {
        let of_participant = |t: &&mut Track| t.spec.participant == participant;
        let clocks: Vec<i64> = self
            .tracks
            .iter()
            .filter(|t| t.spec.participant == participant)
            .filter_map(Track::clock_offset_us)
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

    pub(super) fn close_track(&mut self, track: Uuid, at: Instant, books: &mut Books) -> Option<Failure> {
        let at_us = self.since(at).max(0);
        let track = self.tracks.iter_mut().find(|t| t.spec.track == track)?;
        track.close(at_us, books).err().map(|error| Failure {
            track: track.spec.track,
            error,
        })
    }

    pub(super) fn set_muted(
        &mut self,
        track: Uuid,
        muted: bool,
        at: Instant,
        books: &mut Books,
    ) -> Option<Failure> {
        let at_us = self.since(at).max(0);
        let track = self.tracks.iter_mut().find(|t| t.spec.track == track)?;
        track.set_muted(muted, at_us, books).err().map(|error| Failure {
            track: track.spec.track,
            error,
        })
    }

    /// Writes what is due. Tracks that fail are given up and reported.
    pub(super) fn pump(&mut self, now: Instant, books: &mut Books) -> Vec<Failure> {
        let now_us = self.since(now);
        let mut failures = Vec::new();
        for track in &mut self.tracks {
            if let Err(error) = track.pump(now_us, None, books) {
                failures.push(give_up(track, error, books));
            }
        }
        failures
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
                failures.push(give_up(track, error, books));
            }
            if track.failed()
                && let Err(error) = track.declare_failed(end_us, books)
            {
                failures.push(Failure {
                    track: track.spec.track,
                    error,
                });
            }
            let closed = match track.finish(books) {
                Ok(closed) => closed,
                Err(error) => {
                    failures.push(give_up(track, error, books));
                    track.as_found()
                }
            };
            summaries.extend(closed.map(|closed| summary(track, self.number, &closed)));
        }
        let duration_ms = to_ms(end_us);
        let finished = books
            .note(&Note::SegmentEnded {
                segment: self.number,
                duration_ms,
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

fn give_up(track: &mut Track, error: WriteError, books: &mut Books) -> Failure {
    // The ledger keeps an entry that fails and tries again; the first error is the one to report.
    let error = match (track.fail(books), &error) {
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
