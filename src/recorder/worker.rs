//! The recorder's thread: takes from the taps, carries out commands, writes, and reports.

use super::claim::Claim;
use super::command::{Command, Progress, RecorderConfig, RecorderError, RecorderEvent, TrackSpec};
use super::journal::Note;
use super::segment::{Failure, Segment};
use super::summary::{Ended, FragmentsSummary, RecordingSummary, SegmentSummary, TrackSummary};
use super::tap::{TapMessage, TapSink};
use super::track_file::{Books, WriteError};
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::{TryRecvError, TrySendError};
use uuid::Uuid;

/// Messages of all taps that may wait. What does not fit is counted by the tap and declared as an outage.
const QUEUE_MAX: usize = 8192;
/// How often there is a look at what came. Commands wake this thread, packets do not: being woken by each costs more, here
/// and where it is sent, than all that is done with it.
const LOOK: Duration = Duration::from_millis(40);
/// How often what is due is done, by the arrival of what came.
const TICK: Duration = Duration::from_millis(20);
/// Messages taken before the next look. When so many came, the next look is at once.
const BATCH: usize = 1024;
/// How often confirmed bytes are reported.
const CONFIRM: Duration = Duration::from_millis(500);
/// Reports that wait for a caller who does not listen; the oldest failures are kept.
const REPORTS_MAX: usize = 64;

pub(super) struct Worker {
    /// Let go of before anybody learns that the thread has ended.
    claim: Option<Claim>,
    config: RecorderConfig,
    inbox: mpsc::Receiver<Command>,
    events: mpsc::Sender<RecorderEvent>,
    taps: Receiver<(Uuid, TapMessage)>,
    queue: SyncSender<(Uuid, TapMessage)>,
    books: Books,
    segment: Option<Segment>,
    next_segment: u32,
    segments: Vec<SegmentSummary>,
    tracks: Vec<TrackSummary>,
    /// The latest arrival seen. Time is told by the packets as much as by the clock, so that a recording made faster
    /// than real time comes out the same.
    latest: Instant,
    pumped: Instant,
    confirmed: Instant,
    reports: VecDeque<RecorderEvent>,
    disk_failed: bool,
}

impl Worker {
    pub(super) fn new(
        config: RecorderConfig,
        inbox: mpsc::Receiver<Command>,
        events: mpsc::Sender<RecorderEvent>,
    ) -> Result<Worker, RecorderError> {
        if config.first_segment == 0 {
            return Err(RecorderError::SegmentNumber);
        }
        let io = |e| RecorderError::io(&config.dir, e);
        std::fs::create_dir_all(&config.dir).map_err(io)?;
        if let Some(above) = config.dir.parent() {
            super::append::sync_folder(above).map_err(io)?;
        }
        let claim = Claim::of(&config.dir)?;
        let books = Books::create(&config.dir, config.recording, config.first_segment).map_err(io)?;
        let (queue, taps) = sync_channel(QUEUE_MAX);
        let now = Instant::now();
        Ok(Worker {
            claim: Some(claim),
            next_segment: config.first_segment,
            config,
            inbox,
            events,
            taps,
            queue,
            books,
            segment: None,
            segments: Vec::new(),
            tracks: Vec::new(),
            latest: now,
            pumped: now,
            confirmed: now,
            reports: VecDeque::new(),
            disk_failed: false,
        })
    }

    pub(super) fn run(mut self) {
        loop {
            if self.drain(BATCH) < BATCH {
                std::thread::park_timeout(LOOK);
            }
            loop {
                match self.inbox.try_recv() {
                    Ok(Command::Finish { reply }) => {
                        self.drain(QUEUE_MAX);
                        let finished = self.finish();
                        self.claim = None;
                        // A caller who no longer waits finds the same in the files.
                        let _ = reply.send(finished);
                        return;
                    }
                    Ok(command) => {
                        self.drain(QUEUE_MAX);
                        self.obey(command);
                    }
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        self.drain(QUEUE_MAX);
                        if let Err(error) = self.finish() {
                            tracing::error!(recording = %self.config.recording, %error, "closing a recording");
                        }
                        return;
                    }
                }
            }
            if self.now().saturating_duration_since(self.pumped) >= TICK {
                self.pump();
            }
            self.report();
        }
    }

    fn now(&self) -> Instant {
        self.latest.max(Instant::now())
    }

    fn take(&mut self, track: Uuid, message: TapMessage) {
        match &message {
            TapMessage::Packet(packet) => self.latest = self.latest.max(packet.arrival),
            TapMessage::SenderReport { arrival, .. } => self.latest = self.latest.max(*arrival),
            TapMessage::Heard { arrival } => self.latest = self.latest.max(*arrival),
            TapMessage::NoKeyFrame { .. } | TapMessage::Ended => {}
        }
        let ended = matches!(message, TapMessage::Ended);
        if let Some(segment) = &mut self.segment {
            segment.take(track, message);
        }
        if ended || self.latest.saturating_duration_since(self.pumped) >= TICK {
            self.pump();
        }
    }

    /// Takes what is there, at most `most` messages; gives their number.
    fn drain(&mut self, most: usize) -> usize {
        for taken in 0..most {
            match self.taps.try_recv() {
                Ok((track, message)) => self.take(track, message),
                Err(_) => return taken,
            }
        }
        most
    }

    fn pump(&mut self) {
        let now = self.now();
        self.pumped = now;
        let Some(segment) = &mut self.segment else { return };
        let failures = segment.pump(now, self.config.cutoff.get(), &mut self.books);
        let wanted = segment.ask_key_frames(now);
        for track in wanted {
            // Asked again with back-off: one that finds no room is no loss.
            let _ = self.events.try_send(RecorderEvent::NeedKeyFrame { track });
        }
        failures.into_iter().for_each(|failure| self.failed(failure));
        self.confirm();
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::BeginSegment { at, wall, reply } => _ = reply.send(self.begin(at, wall)),
            Command::OpenTrack { spec, since, reply } => {
                let opened = self.open_track(spec, since);
                let _ = reply.send(opened);
            }
            Command::CloseTrack { track, at } => {
                if let Some(segment) = &mut self.segment
                    && let Err(error) = segment.close_track(track, at, &mut self.books)
                {
                    self.disk_failed(error.to_string());
                }
            }
            Command::SetMuted { track, muted, at } => {
                if let Some(segment) = &mut self.segment
                    && let Err(error) = segment.set_muted(track, muted, at, &mut self.books)
                {
                    self.disk_failed(error.to_string());
                }
            }
            Command::EndSegment { at, reply } => {
                let ended = self.end(at);
                let _ = reply.send(ended.ok_or(RecorderError::NoSegment));
            }
            Command::Progress { reply } => {
                self.pump();
                let _ = reply.send(Ok(self.progress()));
            }
            // Taken in `run`, as it ends the thread.
            Command::Finish { .. } => {}
        }
    }

    fn open_track(&mut self, spec: TrackSpec, since: Option<Instant>) -> Result<TapSink, RecorderError> {
        let now = self.now();
        let segment = self.segment.as_mut().ok_or(RecorderError::NoSegment)?;
        let (dir, queue) = (&self.config.dir, self.queue.clone());
        let (sink, failure) =
            segment.open_track(spec, since.unwrap_or(now), now, dir, queue, &mut self.books)?;
        failure.into_iter().for_each(|failure| self.failed(failure));
        Ok(sink)
    }

    fn begin(&mut self, at: Instant, wall: time::OffsetDateTime) -> Result<u32, RecorderError> {
        if self.segment.is_some() {
            return Err(RecorderError::SegmentRuns);
        }
        let number = self.next_segment;
        let begun = Segment::begin(number, at, wall, &self.config.dir, &mut self.books);
        self.segment = Some(begun?);
        self.next_segment += 1;
        self.latest = self.latest.max(at);
        self.confirmed = self.latest;
        self.disk_failed = false;
        Ok(number)
    }

    fn end(&mut self, at: Instant) -> Option<SegmentSummary> {
        let now = self.now();
        let mut segment = self.segment.take()?;
        let (summary, tracks, failures) = segment.end(at, now, &self.config.dir, &mut self.books);
        failures.into_iter().for_each(|failure| self.failed(failure));
        self.tracks.extend(tracks);
        self.segments.push(summary.clone());
        Some(summary)
    }

    fn finish(&mut self) -> Result<RecordingSummary, RecorderError> {
        let now = self.now();
        self.end(now);
        self.report();
        let dir = &self.config.dir;
        let io = |e| RecorderError::io(dir, e);
        self.books.ledger.close().map_err(io)?;
        self.books.journal.note(&Note::Finished).map_err(io)?;
        self.books.journal.close().map_err(io)?;
        super::append::sync_folder(dir).map_err(io)?;
        Ok(RecordingSummary {
            recording: self.config.recording,
            segments: std::mem::take(&mut self.segments),
            tracks: std::mem::take(&mut self.tracks),
            fragments: FragmentsSummary {
                count: self.books.ledger.count(),
                head_hex: hex::encode(self.books.ledger.chain()),
            },
            gaps: self.books.ledger.gap_count(),
            ended: Ended::Closed,
        })
    }

    fn progress(&self) -> Progress {
        let closed: u64 = self.tracks.iter().map(|t| t.bytes).sum();
        Progress {
            bytes: closed + self.segment.as_ref().map_or(0, Segment::bytes),
            media_ms: self.segment.as_ref().map_or(0, Segment::media_ms),
        }
    }

    fn confirm(&mut self) {
        let at = self.now();
        let Some(segment) = &self.segment else { return };
        if at.saturating_duration_since(self.confirmed) < CONFIRM {
            return;
        }
        self.confirmed = at;
        // Nobody is told of an instant that a crash would take from the record.
        let noted = match self.books.are_behind() {
            true => self.books.flush(),
            false => segment.note(at, &mut self.books),
        };
        if let Err(error) = noted {
            self.disk_failed(error.to_string());
            return;
        }
        let tracks = segment.confirmed(at);
        let Progress { bytes, media_ms } = self.progress();
        self.disk_failed = false;
        // A newer one follows: one that finds no room is no loss.
        let _ = self.events.try_send(RecorderEvent::Confirmed {
            bytes,
            media_ms,
            at,
            tracks,
        });
    }

    fn failed(&mut self, Failure { track, error }: Failure) {
        let reason = error.to_string();
        if !track.is_nil() && self.reports.len() < REPORTS_MAX {
            self.reports.push_back(RecorderEvent::TrackFailed {
                track,
                reason: reason.clone(),
            });
        }
        if matches!(error, WriteError::Disk(_)) {
            self.disk_failed(reason);
        }
    }

    /// Said once until there is a confirmation again: the first error is the cause, the others follow from it.
    fn disk_failed(&mut self, reason: String) {
        if !std::mem::replace(&mut self.disk_failed, true) {
            self.reports.push_front(RecorderEvent::Failed { reason });
        }
    }

    /// Offers failures until they are taken.
    fn report(&mut self) {
        while let Some(report) = self.reports.pop_front() {
            match self.events.try_send(report) {
                Ok(()) => {}
                Err(TrySendError::Full(report)) => {
                    self.reports.push_front(report);
                    return;
                }
                Err(TrySendError::Closed(_)) => {
                    self.reports.clear();
                    return;
                }
            }
        }
    }
}
