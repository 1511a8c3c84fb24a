//! The record of a live hearing, in a task of its own: a disk that hangs must not stop the hearing.
//!
//! The hearing's task sends orders and never waits; what comes back are reports.

use super::live::RecordedTrack;
use crate::court::id::{HearingId, RecordingId};
use crate::evidence::Evidence;
use crate::recorder::tap::TapSink;
use crate::recorder::{Ended, Recorder, RecorderConfig, RecorderEvent, TrackSpec};
use crate::sfu::TrackKey;
use std::collections::BTreeMap;
use std::time::Instant;
use time::OffsetDateTime;
use tokio::sync::mpsc;
use tracing::Instrument;
use uuid::Uuid;

/// Orders that may wait while the disk is slow. Past that the record counts as failing.
const ORDERS: usize = 256;
const RECORDER_EVENTS: usize = 1024;

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
        done: tokio::sync::oneshot::Sender<()>,
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
    /// Bytes reached the disk.
    Confirmed {
        /// When.
        at: Instant,
    },
    /// The record, or a track of it, does not run though it should.
    Failed,
    /// A recording was sealed and attached to its case.
    Sealed {
        /// Which.
        recording: RecordingId,
    },
}

/// The hearing's end of the record.
pub struct Record {
    orders: mpsc::Sender<Order>,
}

impl Record {
    /// Starts the record's task. Nothing is written before the first [`Order::Begin`].
    pub fn start(hearing: HearingId, evidence: Evidence, reports: mpsc::Sender<Report>) -> Self {
        let (orders, inbox) = mpsc::channel(ORDERS);
        let driver = Driver {
            hearing,
            evidence,
            reports,
            current: None,
            opened: BTreeMap::new(),
            in_segment: false,
        };
        tokio::spawn(
            driver
                .run(inbox)
                .instrument(tracing::info_span!("record", %hearing)),
        );
        Self { orders }
    }

    /// Gives an order. False when the record cannot take it: it is stuck or gone.
    pub fn order(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
    }

    /// Ends the record and waits until it is sealed, or until the task is gone.
    pub async fn shutdown(&self) {
        let (done, finished) = tokio::sync::oneshot::channel();
        if self.orders.send(Order::Shutdown { done }).await.is_ok() {
            // An error means that the task ended: nothing is left to wait for.
            let _ = finished.await;
        }
    }
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

struct Driver {
    hearing: HearingId,
    evidence: Evidence,
    reports: mpsc::Sender<Report>,
    current: Option<Current>,
    opened: BTreeMap<TrackKey, Opened>,
    in_segment: bool,
}

impl Driver {
    async fn run(mut self, mut inbox: mpsc::Receiver<Order>) {
        loop {
            let event = async {
                match self.current.as_mut() {
                    Some(current) => current.events.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(order) => self.order(order).await,
                    None => break,
                },
                event = event => match event {
                    Some(event) => self.event(event).await,
                    None => {
                        // The recorder's thread ended without being asked to.
                        self.failed("the recorder stopped".into()).await;
                        self.seal_current(true).await;
                    }
                },
            }
        }
        self.seal_current(false).await;
    }

    async fn report(&self, report: Report) {
        // The hearing's task is gone: nobody is left to tell.
        let _ = self.reports.send(report).await;
    }

    async fn failed(&self, reason: String) {
        tracing::error!(hearing = %self.hearing, reason, "the record does not run");
        self.report(Report::Failed).await;
    }

    async fn track_failed(&self, reason: String) {
        tracing::error!(hearing = %self.hearing, reason, "a track is not recorded");
        self.report(Report::Failed).await;
    }

    async fn order(&mut self, order: Order) {
        match order {
            Order::Begin { segment, at, wall } => {
                if let Err(reason) = self.begin(segment, at, wall).await {
                    self.failed(reason).await;
                }
            }
            Order::Tracks { tracks, at } => self.tracks(tracks, at).await,
            Order::End { at } => self.end(at).await,
            Order::Finish => self.seal_current(false).await,
            Order::Shutdown { done } => {
                self.end(Instant::now()).await;
                self.seal_current(false).await;
                // Whoever asked may have given up waiting.
                let _ = done.send(());
            }
        }
    }

    async fn begin(&mut self, segment: u32, at: Instant, wall: OffsetDateTime) -> Result<(), String> {
        if self.current.is_none() {
            let (id, dir) = self
                .evidence
                .begin_recording(self.hearing, wall)
                .await
                .map_err(|e| e.to_string())?;
            let (events, inbox) = mpsc::channel(RECORDER_EVENTS);
            let config = RecorderConfig {
                recording: id.0,
                dir,
                first_segment: segment,
            };
            let recorder = Recorder::start(config, events).map_err(|e| e.to_string())?;
            self.current = Some(Current {
                id,
                recorder,
                events: inbox,
            });
        }
        let Some(current) = self.current.as_ref() else {
            return Ok(());
        };
        let begun = current
            .recorder
            .begin_segment(at, wall)
            .await
            .map_err(|e| e.to_string())?;
        self.opened.clear();
        self.in_segment = true;
        self.report(Report::Began { segment: begun }).await;
        Ok(())
    }

    async fn tracks(&mut self, tracks: Vec<RecordedTrack>, at: Instant) {
        let Some(current) = self.current.as_ref() else {
            return;
        };
        if !self.in_segment {
            return;
        }
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
            match current.recorder.open_track(spec).await {
                Ok(sink) => {
                    if muted {
                        current.recorder.set_muted(id, true, at).await;
                    }
                    self.opened.insert(track.key, Opened { track: id, muted });
                    reports.push(Report::Open { key: track.key, sink });
                }
                Err(e) => failures.push(e.to_string()),
            }
        }
        for report in reports {
            self.report(report).await;
        }
        for reason in failures {
            self.track_failed(reason).await;
        }
    }

    async fn end(&mut self, at: Instant) {
        if !std::mem::take(&mut self.in_segment) {
            return;
        }
        self.opened.clear();
        let Some(current) = self.current.as_ref() else {
            return;
        };
        if let Err(e) = current.recorder.end_segment(at).await {
            self.failed(e.to_string()).await;
        }
    }

    async fn event(&mut self, event: RecorderEvent) {
        match event {
            RecorderEvent::Confirmed { at, .. } => self.report(Report::Confirmed { at }).await,
            RecorderEvent::NeedKeyFrame { track } => {
                let key = self
                    .opened
                    .iter()
                    .find(|(_, o)| o.track == track)
                    .map(|(k, _)| *k);
                if let Some(key) = key {
                    self.report(Report::NeedKeyFrame { key }).await;
                }
            }
            RecorderEvent::TrackFailed { reason, .. } => self.track_failed(reason).await,
            RecorderEvent::Failed { reason } => {
                self.failed(reason).await;
            }
        }
    }

    /// Ends the current recording, seals it and attaches it to the case.
    async fn seal_current(&mut self, interrupted: bool) {
        self.opened.clear();
        self.in_segment = false;
        let Some(current) = self.current.take() else {
            return;
        };
        let id = current.id;
        let sealed = match current.recorder.finish().await {
            Ok(mut summary) => {
                if interrupted {
                    summary.ended = Ended::Crash;
                }
                self.evidence.seal(id, summary).await.map(|_| ())
            }
            // What is on the disk is sealed as found, by the same code as after a crash.
            Err(e) => {
                self.failed(e.to_string()).await;
                self.evidence.recover_recording(id).await
            }
        };
        match sealed {
            Ok(()) => self.report(Report::Sealed { recording: id }).await,
            Err(e) => {
                tracing::error!(hearing = %self.hearing, recording = %id, error = %e, "sealing failed; it is tried again at the next start");
                self.report(Report::Failed).await;
            }
        }
    }
}
