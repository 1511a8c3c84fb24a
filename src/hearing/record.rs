//! The record of a live hearing, in a task of its own: a disk that hangs must not stop the hearing.
//!
//! The hearing's task sends orders and never waits; what comes back are reports. Orders are carried out one after the
//! other. One that the disk or the store refuses is tried again until it succeeds, and those after it wait: what was to be
//! on record in the meantime is declared as our own outage.

mod sealing;

use self::sealing::Sealing;
use super::backoff::Backoff;
use super::live::RecordedTrack;
use crate::court::id::{HearingId, RecordingId};
use crate::evidence::Evidence;
use crate::recorder::tap::TapSink;
use crate::recorder::{Cutoff, Recorder, RecorderConfig, RecorderEvent, TrackSpec};
use crate::sfu::TrackKey;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tracing::Instrument;
use uuid::Uuid;

/// Orders on the way to the record's task, and orders that wait there or before it. Past that the record counts as
/// failing.
const ORDERS: usize = 256;
const WAITING_MAX: usize = 1024;
const RECORDER_EVENTS: usize = 1024;
/// How long the hearing may take to enter into the court log that the record broke off, before it is sealed without.
const NOTED_WITHIN: Duration = Duration::from_secs(5);

/// How long the disk may go on refusing before the record goes on on another one, if there is one.
const DISK_PATIENCE: Duration = Duration::from_secs(1);

/// What the hearing wants of the record.
pub enum Order {
    /// On the record.
    Begin {
        /// Number of the segment.
        segment: u32,
        /// The instant that is media time 0.
        at: Instant,
        /// The same instant on the wall clock.
        wall: OffsetDateTime,
    },
    /// The tracks that belong to the record now.
    Tracks {
        /// All of them.
        tracks: Vec<RecordedTrack>,
        /// Since when.
        at: Instant,
    },
    /// Off the record.
    End {
        /// The instant of the act.
        at: Instant,
    },
    /// The sitting is over: seal what was recorded.
    Finish,
    /// The server stops: end the record in order, and seal it. Answered when that is done.
    Shutdown {
        /// Tells that it is done.
        done: oneshot::Sender<()>,
    },
}

/// What the record tells the hearing.
pub enum Report {
    /// A segment has begun.
    Began {
        /// Its number.
        segment: u32,
    },
    /// A track is open: its packets go here.
    Open {
        /// The track.
        key: TrackKey,
        /// Where to.
        sink: TapSink,
    },
    /// The writer needs a key frame.
    NeedKeyFrame {
        /// Of which track.
        key: TrackKey,
    },
    /// The writer's word that the record runs.
    Confirmed {
        /// When.
        at: Instant,
        /// The tracks that are written as they come, with the arrival of the newest media on the disk.
        tracks: BTreeMap<TrackKey, Instant>,
    },
    /// The record does not run though it should.
    Failed,
    /// The recorder stopped by itself: what it wrote is sealed as found, and the record goes on in another recording. The
    /// court log must say so before the first is sealed with it.
    BrokenOff {
        /// To be told when the court log says so.
        noted: oneshot::Sender<()>,
    },
    /// A track is not recorded though it should be.
    TrackFailed {
        /// Which.
        key: TrackKey,
    },
    /// A recording was sealed and attached to its case.
    Sealed {
        /// Which.
        recording: RecordingId,
    },
}

/// The hearing's end of the record.
pub struct Record {
    orders: mpsc::Sender<Order>,
    waiting: VecDeque<Order>,
    cutoff: Cutoff,
    /// Orders given, and how many of them had come when nothing was left to be done.
    given: u64,
    settled: Arc<AtomicU64>,
}

impl Record {
    /// Starts the record's task. Nothing is written before the first [`Order::Begin`].
    pub fn start(hearing: HearingId, evidence: Evidence, reports: mpsc::Sender<Report>) -> Self {
        let (record, mut driver, mut inbox) = Self::new(hearing, evidence, reports);
        // At the level of errors, so that an error line has it whatever level is logged.
        let span = tracing::error_span!(parent: None, "record", %hearing);
        tokio::spawn(async move { driver.run(&mut inbox).await }.instrument(span));
        record
    }

    fn new(
        hearing: HearingId,
        evidence: Evidence,
        reports: mpsc::Sender<Report>,
    ) -> (Self, Driver, mpsc::Receiver<Order>) {
        let (orders, inbox) = mpsc::channel(ORDERS);
        let cutoff = Cutoff::default();
        let driver = Driver {
            hearing,
            reports,
            cutoff: cutoff.clone(),
            backlog: VecDeque::new(),
            retry: Backoff::default(),
            prepared: None,
            current: None,
            running: None,
            tracks: Vec::new(),
            since: BTreeMap::new(),
            opened: BTreeMap::new(),
            failing: None,
            sealing: Sealing::new(evidence.clone()),
            evidence,
            came: 0,
            settled: Arc::default(),
        };
        let record = Self {
            orders,
            waiting: VecDeque::new(),
            cutoff,
            given: 0,
            settled: driver.settled.clone(),
        };
        (record, driver, inbox)
    }

    /// From this instant on nothing goes into the record, whenever the order to end the segment is carried out.
    pub fn cut(&self, at: Instant) {
        self.cutoff.set(at);
    }

    /// Gives an order. False when the record cannot take it now: it is stuck or gone. The order waits for
    /// [`Record::flush`].
    pub fn order(&mut self, order: Order) -> bool {
        if self.waiting.len() >= WAITING_MAX {
            return false;
        }
        enqueue(&mut self.waiting, order);
        self.flush()
    }

    /// Gives the orders that wait. False when some still do.
    pub fn flush(&mut self) -> bool {
        while let Some(order) = self.waiting.pop_front() {
            if let Err(refused) = self.orders.try_send(order) {
                self.waiting.push_front(refused.into_inner());
                return false;
            }
            self.given += 1;
        }
        true
    }

    /// True when every order is carried out and everything that was recorded is sealed.
    pub fn is_settled(&self) -> bool {
        self.waiting.is_empty() && self.settled.load(Ordering::Acquire) == self.given
    }

    /// Ends the record and waits until it is sealed, or until the task is gone.
    pub async fn shutdown(&mut self) {
        let (done, finished) = oneshot::channel();
        self.waiting.push_back(Order::Shutdown { done });
        for order in self.waiting.drain(..) {
            if self.orders.send(order).await.is_err() {
                return;
            }
        }
        // An error means that the task ended: nothing is left to wait for.
        let _ = finished.await;
    }
}

/// Of two lists of tracks with nothing between them only the later counts.
fn enqueue(orders: &mut VecDeque<Order>, order: Order) {
    if matches!(order, Order::Tracks { .. }) && matches!(orders.back(), Some(Order::Tracks { .. })) {
        orders.pop_back();
    }
    orders.push_back(order);
}

struct Current {
    id: RecordingId,
    recorder: Recorder,
    events: mpsc::Receiver<RecorderEvent>,
}

struct Opened {
    track: Uuid,
    muted: bool,
}

/// A segment by order.
#[derive(Clone, Copy)]
struct Segment {
    number: u32,
    at: Instant,
    wall: OffsetDateTime,
}

struct Driver {
    hearing: HearingId,
    evidence: Evidence,
    reports: mpsc::Sender<Report>,
    cutoff: Cutoff,
    /// Orders that are still to be carried out.
    backlog: VecDeque<Order>,
    /// The first of them failed.
    retry: Backoff,
    /// A recording whose recorder could not be started.
    prepared: Option<(RecordingId, PathBuf)>,
    current: Option<Current>,
    /// The segment that was begun.
    running: Option<Segment>,
    tracks: Vec<RecordedTrack>,
    /// Since when each track belongs to the record, by order.
    since: BTreeMap<TrackKey, Instant>,
    opened: BTreeMap<TrackKey, Opened>,
    /// Since when the disk refuses what the recorder writes.
    failing: Option<Instant>,
    /// Recordings that have ended.
    sealing: Sealing,
    /// Orders that have come.
    came: u64,
    settled: Arc<AtomicU64>,
}

impl Driver {
    async fn run(&mut self, inbox: &mut mpsc::Receiver<Order>) {
        loop {
            let gives_up = self.gives_up_on_disk();
            let event = async {
                match self.current.as_mut() {
                    Some(current) => current.events.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(order) => self.take(order),
                    None => break,
                },
                event = event => match event {
                    Some(event) => self.event(event).await,
                    None => self.restart().await,
                },
                () = Backoff::due(self.retry.next()) => {}
                recording = self.sealing.next() => self.report(Report::Sealed { recording }).await,
                () = Backoff::due(gives_up) => self.go_elsewhere().await,
            }
            self.work().await;
            let nothing_left = self.backlog.is_empty()
                && self.current.is_none()
                && self.prepared.is_none()
                && self.sealing.is_done();
            if nothing_left {
                self.settled.store(self.came, Ordering::Release);
            }
        }
        self.finish_all().await;
    }

    /// Ends what is left, and waits until it is sealed.
    async fn finish_all(&mut self) {
        self.end_current(false).await;
        for recording in self.sealing.finish().await {
            self.report(Report::Sealed { recording }).await;
        }
    }

    async fn report(&self, report: Report) {
        // The hearing's task is gone: nobody is left to tell.
        let _ = self.reports.send(report).await;
    }

    async fn failed(&self, reason: String) {
        tracing::error!(reason, "the record does not run");
        self.report(Report::Failed).await;
    }

    async fn track_failed(&self, key: TrackKey, reason: String) {
        tracing::error!(source = key.source.name(), reason, "a track is not recorded");
        self.report(Report::TrackFailed { key }).await;
    }

    fn take(&mut self, order: Order) {
        self.came += 1;
        if let Order::Tracks { tracks, at } = &order {
            self.since
                .retain(|key, _| tracks.iter().any(|track| track.key == *key));
            for track in tracks {
                self.since.entry(track.key).or_insert(*at);
            }
        }
        let begins = matches!(order, Order::Begin { .. });
        if begins {
            self.since.clear();
        }
        // Somebody goes on and off the record for hours while nothing can be written. The rest of a segment that is
        // not begun comes to nothing.
        if !begins || self.backlog.len() < WAITING_MAX {
            enqueue(&mut self.backlog, order);
        }
    }

    /// Carries out what is due.
    async fn work(&mut self) {
        // Before the end everything gets a last chance.
        let last = self.backlog.iter().any(|o| matches!(o, Order::Shutdown { .. }));
        while last || !self.retry.must_wait() {
            let Some(order) = self.backlog.pop_front() else {
                self.retry.done();
                break;
            };
            match order {
                Order::Begin { segment, at, wall } => {
                    let number = segment;
                    if let Err(reason) = self.begin(Segment { number, at, wall }).await {
                        self.failed(reason).await;
                        if !last {
                            self.retry.failed();
                            self.backlog.push_front(Order::Begin { segment, at, wall });
                            return;
                        }
                    }
                }
                Order::Tracks { tracks, at } => self.tracks(tracks, at).await,
                Order::End { at } => self.end(at).await,
                Order::Finish => self.end_current(false).await,
                Order::Shutdown { done } => {
                    self.end(Instant::now()).await;
                    self.finish_all().await;
                    // Whoever asked may have given up waiting.
                    let _ = done.send(());
                }
            }
            self.retry.done();
        }
    }

    async fn begin(&mut self, segment: Segment) -> Result<(), String> {
        if self.current.is_none() {
            let (id, dir) = match self.prepared.take() {
                Some(prepared) => prepared,
                None => self
                    .evidence
                    .begin_recording(self.hearing, segment.wall)
                    .await
                    .map_err(|e| e.to_string())?,
            };
            let (events, inbox) = mpsc::channel(RECORDER_EVENTS);
            let config = RecorderConfig {
                recording: id.0,
                dir: dir.clone(),
                first_segment: segment.number,
                cutoff: self.cutoff.clone(),
            };
            match Recorder::start(config, events) {
                Ok(recorder) => {
                    self.current = Some(Current {
                        id,
                        recorder,
                        events: inbox,
                    });
                }
                Err(e) => {
                    if self.evidence.distrust_spool_of(id) {
                        self.sealing.found(id);
                    } else {
                        self.prepared = Some((id, dir));
                    }
                    return Err(e.to_string());
                }
            }
        }
        let Some(current) = self.current.as_ref() else {
            return Ok(());
        };
        let begun = current.recorder.begin_segment(segment.at, segment.wall).await;
        let number = match begun {
            Ok(number) => number,
            Err(e) => {
                if self.evidence.distrust_spool_of(current.id)
                    && let Some(current) = self.current.take()
                {
                    self.sealing.found(current.id);
                    // What could not be summed up is found again on the disk.
                    let _ = current.recorder.finish().await;
                }
                return Err(e.to_string());
            }
        };
        self.opened.clear();
        self.running = Some(segment);
        tracing::info!(recording = %current.id, segment = number, "the record begins");
        self.report(Report::Began { segment: number }).await;
        Ok(())
    }

    async fn tracks(&mut self, tracks: Vec<RecordedTrack>, at: Instant) {
        self.tracks.clone_from(&tracks);
        let Some(current) = self.current.as_ref().filter(|_| self.running.is_some()) else {
            return;
        };
        let gone: Vec<TrackKey> = self
            .opened
            .keys()
            .filter(|k| !tracks.iter().any(|t| t.key == **k))
            .copied()
            .collect();
        for key in gone {
            if let Some(opened) = self.opened.remove(&key) {
                current.recorder.close_track(opened.track, at).await;
            }
        }
        let mut failures = Vec::new();
        let mut reports = Vec::new();
        for track in tracks {
            let muted = !track.flowing;
            if let Some(opened) = self.opened.get_mut(&track.key) {
                if opened.muted != muted {
                    opened.muted = muted;
                    current.recorder.set_muted(opened.track, muted, at).await;
                }
                continue;
            }
            let id = Uuid::now_v7();
            let spec = TrackSpec {
                track: id,
                participant: track.participant.0,
                label: track.label.clone(),
                source: track.key.source,
                codec: track.codec,
            };
            let since = self.since.get(&track.key).copied().unwrap_or(at);
            match current.recorder.open_track_late(spec, since).await {
                Ok(sink) => {
                    if muted {
                        current.recorder.set_muted(id, true, at).await;
                    }
                    self.opened.insert(track.key, Opened { track: id, muted });
                    reports.push(Report::Open { key: track.key, sink });
                }
                Err(e) => failures.push((track.key, e.to_string())),
            }
        }
        for report in reports {
            self.report(report).await;
        }
        for (key, reason) in failures {
            self.track_failed(key, reason).await;
        }
    }

    async fn end(&mut self, at: Instant) {
        if self.running.take().is_none() {
            return;
        }
        self.opened.clear();
        let Some(current) = self.current.as_ref() else {
            return;
        };
        if self.failing.is_some() {
            self.evidence.release_reserve_of(current.id).await;
        }
        match current.recorder.end_segment(at).await {
            Ok(ended) => tracing::info!(
                recording = %current.id,
                segment = ended.segment,
                duration_ms = ended.duration_ms,
                "the record ends"
            ),
            Err(e) => self.failed(e.to_string()).await,
        }
    }

    fn key_of(&self, track: Uuid) -> Option<TrackKey> {
        let of = self.opened.iter().find(|(_, opened)| opened.track == track);
        of.map(|(key, _)| *key)
    }

    async fn event(&mut self, event: RecorderEvent) {
        match event {
            RecorderEvent::Confirmed { at, tracks, .. } => {
                let tracks: BTreeMap<_, _> = tracks
                    .into_iter()
                    .filter_map(|(track, newest)| Some((self.key_of(track)?, newest)))
                    .collect();
                // A disk that takes a line now and then has not recovered.
                if self.opened.keys().all(|key| tracks.contains_key(key)) {
                    self.failing = None;
                }
                self.report(Report::Confirmed { at, tracks }).await;
            }
            RecorderEvent::NeedKeyFrame { track } => {
                if let Some(key) = self.key_of(track) {
                    self.report(Report::NeedKeyFrame { key }).await;
                }
            }
            RecorderEvent::TrackFailed { track, reason } => match self.key_of(track) {
                Some(key) => self.track_failed(key, reason).await,
                // Of a segment that has ended.
                None => tracing::error!(%track, reason, "a track was not recorded to its end"),
            },
            RecorderEvent::Failed { reason } => {
                self.failing.get_or_insert_with(Instant::now);
                self.failed(reason).await;
            }
        }
    }

    /// The recorder's thread ended without being asked to: what it wrote is sealed, and the segment goes on in another
    /// recording, on the same timeline.
    async fn restart(&mut self) {
        self.failed("the recorder stopped".into()).await;
        let (noted, is_noted) = oneshot::channel();
        self.report(Report::BrokenOff { noted }).await;
        // A hearing that is gone, or that waits for us to end, notes nothing more.
        let _ = timeout(NOTED_WITHIN, is_noted).await;
        let segment = self.running;
        self.end_current(true).await;
        if let Some(segment) = segment {
            self.begin_again(segment);
            // Not at once: what ended the thread may do so again.
            self.retry.failed();
        }
    }

    /// When another disk is looked for.
    fn gives_up_on_disk(&self) -> Option<tokio::time::Instant> {
        let since = self.failing.filter(|_| self.running.is_some())?;
        Some((since + DISK_PATIENCE).into())
    }

    /// The disk goes on failing: if recordings may be written on another one, the segment goes on there, in another recording
    /// on the same timeline, and only then what was written here is given to be sealed.
    async fn go_elsewhere(&mut self) {
        let there_is = |current: &Current| self.evidence.distrust_spool_of(current.id);
        if !self.current.as_ref().is_some_and(there_is) {
            self.failing = Some(Instant::now());
            return;
        }
        let (Some(current), Some(segment)) = (self.current.take(), self.running.take()) else {
            return;
        };
        tracing::warn!(recording = %current.id, "the record goes on on another disk");
        self.failing = None;
        self.opened.clear();
        let (noted, is_noted) = oneshot::channel();
        self.report(Report::BrokenOff { noted }).await;
        // A hearing that is gone, or that waits for us to end, notes nothing more.
        let _ = timeout(NOTED_WITHIN, is_noted).await;
        self.evidence.release_reserve_of(current.id).await;
        let finished = current.recorder.finish().await;
        self.begin_again(segment);
        self.work().await;
        match finished {
            Ok(summary) => self.sealing.summed(current.id, summary),
            Err(_) => self.sealing.found(current.id),
        }
    }

    /// The segment goes on, before anything else.
    fn begin_again(&mut self, segment: Segment) {
        let tracks = std::mem::take(&mut self.tracks);
        self.backlog.push_front(Order::Tracks {
            tracks,
            at: Instant::now(),
        });
        let Segment { number, at, wall } = segment;
        let segment = number;
        self.backlog.push_front(Order::Begin { segment, at, wall });
    }

    /// Ends the current recording; it is sealed and attached to the case beside what comes next. `interrupted`: its recorder ended by
    /// itself.
    async fn end_current(&mut self, interrupted: bool) {
        self.opened.clear();
        self.running = None;
        if let Some((id, _)) = self.prepared.take() {
            self.sealing.found(id);
        }
        let Some(current) = self.current.take() else {
            return;
        };
        let id = current.id;
        if self.failing.take().is_some() {
            self.evidence.release_reserve_of(id).await;
        }
        // What the recorder does not sum up itself is sealed as found on the disk, by the same code as after a crash.
        if interrupted {
            drop(current.recorder);
            self.sealing.found(id);
            return;
        }
        match current.recorder.finish().await {
            Ok(summary) => self.sealing.summed(id, summary),
            Err(e) => {
                self.failed(e.to_string()).await;
                self.sealing.found(id);
            }
        }
    }
}

#[cfg(test)]
#[path = "record_test.rs"]
mod tests;
