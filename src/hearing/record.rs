//! The record of a live hearing, in a task of its own: a disk that hangs must not stop the hearing.
//!
//! The hearing's task sends orders and never waits; what comes back are reports. Orders are carried out one after the
//! other. One that the disk or the store refuses is tried again until it succeeds, and those after it wait: what was to be
//! on record in the meantime is declared as our own outage.

mod breaking;
mod driver;
mod leaving;
mod patience;
mod sealing;

use self::driver::Driver;
use self::patience::SEALED_WITHIN;
use super::live::RecordedTrack;
use crate::court::id::{HearingId, RecordingId};
use crate::evidence::Evidence;
use crate::recorder::Cutoff;
use crate::recorder::tap::TapSink;
use crate::sfu::TrackKey;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout_at;
use tracing::Instrument;

/// Orders on the way to the record's task, and orders that wait there or before it. Past that the record counts as
/// failing.
const ORDERS: usize = 256;
const WAITING_MAX: usize = 1024;
/// How long a server that stops waits for the disks of its recorders. What hangs longer is left, and sealed as found at the
/// next start.
const STOPS_WITHIN: Duration = Duration::from_secs(10);
/// What is left for the record's task to say that it is done with that.
const SAID_WITHIN: Duration = Duration::from_secs(5);

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
    /// Until when disks are waited for, once the server stops.
    stops: watch::Sender<Option<tokio::time::Instant>>,
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
        let (stops, stopping) = watch::channel(None);
        let cutoff = Cutoff::default();
        let driver = Driver::new(hearing, evidence, reports, cutoff.clone(), stopping);
        let record = Self {
            orders,
            waiting: VecDeque::new(),
            cutoff,
            given: 0,
            settled: driver.settled(),
            stops,
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

    /// Ends the record and waits until it is sealed, until the task is gone, or until the time is over that disks have when a
    /// server stops. What hangs then is sealed as found at the next start.
    pub async fn shutdown(&mut self) {
        let stops = tokio::time::Instant::now() + STOPS_WITHIN;
        self.stops.send_replace(Some(stops));
        let (done, finished) = oneshot::channel();
        self.waiting.push_back(Order::Shutdown { done });
        let orders = std::mem::take(&mut self.waiting);
        let ended = async {
            for order in orders {
                if self.orders.send(order).await.is_err() {
                    return;
                }
            }
            // An error means that the task ended: nothing is left to wait for.
            let _ = finished.await;
        };
        if timeout_at(stops + SEALED_WITHIN + SAID_WITHIN, ended)
            .await
            .is_err()
        {
            tracing::error!(
                "the record does not end: what is not sealed is sealed as found at the next start"
            );
        }
    }
}

/// Of two lists of tracks with nothing between them only the later counts.
fn enqueue(orders: &mut VecDeque<Order>, order: Order) {
    if matches!(order, Order::Tracks { .. }) && matches!(orders.back(), Some(Order::Tracks { .. })) {
        orders.pop_back();
    }
    orders.push_back(order);
}
