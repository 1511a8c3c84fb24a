//! The record's task: carries out the hearing's orders, one after the other, and passes on what the recorder says.

use super::leaving::Leaving;
use super::patience::{Hangs, Patience};
use super::sealing::Sealing;
use super::{Order, Report, WAITING_MAX, enqueue};
use crate::court::id::{HearingId, RecordingId};
use crate::evidence::Evidence;
use crate::hearing::backoff::Backoff;
use crate::hearing::live::RecordedTrack;
use crate::recorder::tap::TapSink;
use crate::recorder::{Cutoff, Recorder, RecorderConfig, RecorderError, RecorderEvent, TrackSpec};
use crate::sfu::TrackKey;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use time::OffsetDateTime;
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

const RECORDER_EVENTS: usize = 1024;

pub(super) struct Current {
    pub id: RecordingId,
    pub recorder: Recorder,
    pub events: mpsc::Receiver<RecorderEvent>,
}

pub(super) struct Opened {
    track: Uuid,
    muted: bool,
}

/// A segment by order.
#[derive(Clone, Copy)]
pub(super) struct Segment {
    pub number: u32,
    pub at: Instant,
    pub wall: OffsetDateTime,
}

pub(super) struct Driver {
    hearing: HearingId,
    pub(super) evidence: Evidence,
    reports: mpsc::Sender<Report>,
    cutoff: Cutoff,
    /// How long a disk is waited for.
    pub(super) patience: Patience,
    /// Orders that are still to be carried out.
    pub(super) backlog: VecDeque<Order>,
    /// The first of them failed.
    pub(super) retry: Backoff,
    /// A recording whose recorder could not be started.
    prepared: Option<(RecordingId, PathBuf)>,
    pub(super) current: Option<Current>,
    /// The segment that was begun.
    pub(super) running: Option<Segment>,
    pub(super) tracks: Vec<RecordedTrack>,
    /// Since when each track belongs to the record, by order.
    since: BTreeMap<TrackKey, Instant>,
    pub(super) opened: BTreeMap<TrackKey, Opened>,
    /// Since when the disk refuses what the recorder writes.
    pub(super) failing: Option<Instant>,
    /// When the recorder gave its word last that it writes, or began.
    pub(super) heard: Option<Instant>,
    /// It was said that the recorder is silent.
    pub(super) is_silent: bool,
    /// The recorder has given its word since the segment began.
    pub(super) has_run: bool,
    /// Recorders that are left to end by themselves.
    pub(super) leaving: Leaving,
    /// Recordings that have ended.
    sealing: Sealing,
    /// Orders that have come.
    came: u64,
    settled: Arc<AtomicU64>,
}

impl Driver {
    pub(super) fn new(
        hearing: HearingId,
        evidence: Evidence,
        reports: mpsc::Sender<Report>,
        cutoff: Cutoff,
        stops: watch::Receiver<Option<tokio::time::Instant>>,
    ) -> Self {
        let leaving = Leaving::new();
        Self {
            hearing,
            reports,
            cutoff,
            patience: Patience::new(evidence.clone(), leaving.room(), stops),
            backlog: VecDeque::new(),
            retry: Backoff::default(),
            prepared: None,
            current: None,
            running: None,
            tracks: Vec::new(),
            since: BTreeMap::new(),
            opened: BTreeMap::new(),
            failing: None,
            heard: None,
            is_silent: false,
            has_run: false,
            leaving,
            sealing: Sealing::new(evidence.clone()),
            evidence,
            came: 0,
            settled: Arc::default(),
        }
    }

    /// How many orders had come when nothing was left to be done.
    pub(super) fn settled(&self) -> Arc<AtomicU64> {
        self.settled.clone()
    }

    pub(super) async fn run(&mut self, inbox: &mut mpsc::Receiver<Order>) {
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
                (recording, summary) = self.leaving.next() => self.sealing.ended(recording, summary),
                () = Backoff::due(gives_up) => self.go_elsewhere().await,
            }
            self.work().await;
            let nothing_left = self.backlog.is_empty()
                && self.current.is_none()
                && self.prepared.is_none()
                && self.leaving.is_done()
                && self.sealing.is_done();
            if nothing_left {
                self.settled.store(self.came, Ordering::Release);
            }
        }
        self.finish_all().await;
    }

    /// Ends what is left, and waits until it is sealed; when the server stops, for so long at most.
    async fn finish_all(&mut self) {
        self.end_current();
        for (recording, summary) in self.leaving.finish(&self.patience).await {
            self.sealing.ended(recording, summary);
        }
        for recording in self.sealing.finish(&self.patience).await {
            self.report(Report::Sealed { recording }).await;
        }
    }

    pub(super) async fn report(&self, report: Report) {
        // The hearing's task is gone: nobody is left to tell.
        let _ = self.reports.send(report).await;
    }

    pub(super) async fn failed(&self, reason: String) {
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
                Order::Tracks { tracks, at } => {
                    if self.tracks(tracks, at).await.is_err() {
                        tracing::warn!("the recorder does not answer: the record goes on on another disk");
                        self.break_off().await;
                        continue;
                    }
                }
                Order::End { at } => self.end(at).await,
                Order::Finish => self.end_current(),
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
            self.current = Some(self.start(segment).await?);
        }
        let Some(current) = self.current.as_ref() else {
            return Ok(());
        };
        let begun = current.recorder.begin_segment(segment.at, segment.wall);
        let number = match self.patience.with(current.id, begun).await {
            Ok(Ok(number)) => number,
            Ok(Err(e)) => {
                if self.patience.goes_elsewhere(current.id) {
                    self.leave(None, None);
                }
                return Err(e.to_string());
            }
            Err(hangs) => {
                self.leave(Some(segment.at), None);
                return Err(hangs.to_string());
            }
        };
        self.opened.clear();
        self.running = Some(segment);
        self.heard = Some(Instant::now());
        self.has_run = false;
        tracing::info!(recording = %current.id, segment = number, "the record begins");
        self.report(Report::Began { segment: number }).await;
        Ok(())
    }

    /// A further recording, and its recorder.
    async fn start(&mut self, segment: Segment) -> Result<Current, String> {
        let (id, dir) = match self.prepared.take() {
            Some(prepared) => prepared,
            None => {
                let begun = self.evidence.begin_recording(self.hearing, segment.wall);
                let begun = self.patience.until_over(begun).await;
                begun.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?
            }
        };
        let (events, inbox) = mpsc::channel(RECORDER_EVENTS);
        let config = RecorderConfig {
            recording: id.0,
            dir: dir.clone(),
            first_segment: segment.number,
            cutoff: self.cutoff.clone(),
        };
        // Off the threads that serve hearings: it makes files.
        let span = tracing::Span::current();
        let start = move || span.in_scope(|| Recorder::start(config, events));
        let mut starting = tokio::task::spawn_blocking(start);
        let started = match self.patience.with(id, &mut starting).await {
            Ok(started) => started.unwrap_or(Err(RecorderError::Gone)),
            Err(hangs) => {
                // When it comes about there is nothing in it, and it is sealed as that.
                let nothing = async move { starting.await.ok()?.ok()?.finish().await.ok() };
                self.leaving.add(id, nothing);
                return Err(hangs.to_string());
            }
        };
        match started {
            Ok(recorder) => Ok(Current {
                id,
                recorder,
                events: inbox,
            }),
            Err(e) => {
                if self.patience.goes_elsewhere(id) {
                    self.sealing.ended(id, None);
                } else {
                    self.prepared = Some((id, dir));
                }
                Err(e.to_string())
            }
        }
    }

    /// Fails when the recorder hangs and the record can go on elsewhere.
    async fn tracks(&mut self, tracks: Vec<RecordedTrack>, at: Instant) -> Result<(), Hangs> {
        self.tracks.clone_from(&tracks);
        let Some(current) = self.current.as_ref().filter(|_| self.running.is_some()) else {
            return Ok(());
        };
        let (recording, recorder) = (current.id, &current.recorder);
        let gone: Vec<TrackKey> = self
            .opened
            .keys()
            .filter(|k| !tracks.iter().any(|t| t.key == **k))
            .copied()
            .collect();
        for key in gone {
            if let Some(opened) = self.opened.remove(&key) {
                let closed = recorder.close_track(opened.track, at);
                self.patience.with(recording, closed).await?;
            }
        }
        let mut failures = Vec::new();
        let mut reports = Vec::new();
        for track in tracks {
            let muted = !track.flowing;
            if let Some(opened) = self.opened.get_mut(&track.key) {
                if opened.muted != muted {
                    opened.muted = muted;
                    let told = recorder.set_muted(opened.track, muted, at);
                    self.patience.with(recording, told).await?;
                }
                continue;
            }
            let since = self.since.get(&track.key).copied().unwrap_or(at);
            let opened = open(recorder, &track, since, at);
            match self.patience.with(recording, opened).await? {
                Ok((id, sink)) => {
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
        Ok(())
    }

    async fn end(&mut self, at: Instant) {
        if self.running.take().is_none() {
            return;
        }
        self.opened.clear();
        let Some(current) = self.current.as_ref() else {
            return;
        };
        let ends = async {
            if self.failing.is_some() {
                self.evidence.release_reserve_of(current.id).await;
            }
            current.recorder.end_segment(at).await
        };
        match self.patience.with(current.id, ends).await {
            Ok(Ok(ended)) => tracing::info!(
                recording = %current.id,
                segment = ended.segment,
                duration_ms = ended.duration_ms,
                "the record ends"
            ),
            Ok(Err(e)) => self.failed(e.to_string()).await,
            Err(hangs) => {
                self.failed(hangs.to_string()).await;
                // It ends there as soon as the disk answers; what comes next is recorded elsewhere.
                self.leave(Some(at), None);
            }
        }
    }

    fn key_of(&self, track: Uuid) -> Option<TrackKey> {
        let of = self.opened.iter().find(|(_, opened)| opened.track == track);
        of.map(|(key, _)| *key)
    }

    pub(super) async fn event(&mut self, event: RecorderEvent) {
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
                self.heard = Some(Instant::now());
                (self.has_run, self.is_silent) = (true, false);
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

    /// Ends the current recording; it is sealed and attached to the case beside what comes next.
    fn end_current(&mut self) {
        if let Some((id, _)) = self.prepared.take() {
            self.sealing.ended(id, None);
        }
        self.leave(None, None);
    }
}

/// Opens a track that belongs to the record since then.
async fn open(
    recorder: &Recorder,
    track: &RecordedTrack,
    since: Instant,
    at: Instant,
) -> Result<(Uuid, TapSink), RecorderError> {
    let id = Uuid::now_v7();
    let spec = TrackSpec {
        track: id,
        participant: track.participant.0,
        label: track.label.clone(),
        source: track.key.source,
        codec: track.codec,
    };
    let sink = recorder.open_track_late(spec, since).await?;
    if !track.flowing {
        recorder.set_muted(id, true, at).await;
    }
    Ok((id, sink))
}

#[cfg(test)]
#[path = "driver_test.rs"]
mod tests;
