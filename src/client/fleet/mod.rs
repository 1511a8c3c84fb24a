//! Many participants in one process, for load: real ICE, DTLS and SRTP, WHIP and WHEP, but no encoder and no decoder.
//!
//! Each connection is one small task on the fleet's own runtime, around the bare `rtc` core: a person of
//! [`super::person`] costs a hundred times as much. What they measure together is in [`Counts`].

pub mod histogram;
mod line;
mod link;
mod reception;
pub mod source;

use super::api::{Api, ApiError};
use crate::court::id::HearingId;
use histogram::Histogram;
use link::{Link, Role};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

const CONNECT_WITHIN: Duration = Duration::from_secs(15);

/// Why a participant of the fleet could not join.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// The WebRTC core refused.
    #[error("WebRTC: {0}")]
    WebRtc(#[from] rtc::shared::error::Error),
    /// The server refused.
    #[error("{0}")]
    Api(#[from] ApiError),
    /// A socket or the fleet's threads could not be had.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// ICE or DTLS did not come up.
    #[error("a media connection did not come up within {0:?}")]
    NotConnected(Duration),
}

/// What each participant sends and suffers.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Kilobits a second of each picture (of its largest layer).
    pub kbps: u32,
    /// Three layers instead of one.
    pub simulcast: bool,
    /// Share of the SRTP and SRTCP packets that is lost, each way, at each connection: 0 to 1.
    pub loss: f64,
}

/// What the connections are to do. Each step follows the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Media flows and is not counted.
    Warm,
    /// Media is counted.
    Measure,
    /// Nothing new is sent; what is on its way still counts as arrived.
    Drain,
    /// The connections end.
    Over,
}

/// What receivers should have had, by sequence numbers, and never had, whatever was sent again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gaps {
    /// Packets that they should have had.
    pub expected: u64,
    /// Packets that they never had.
    pub missing: u64,
}

impl Gaps {
    fn add(&mut self, other: Gaps) {
        self.expected += other.expected;
        self.missing += other.missing;
    }

    /// Missing ones in a hundred; `None` if none were expected.
    pub fn percent(self) -> Option<f64> {
        (self.expected > 0).then(|| self.missing as f64 * 100.0 / self.expected as f64)
    }
}

/// What was counted while the fleet measured.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// RTP packets that publishers sent.
    pub sent: u64,
    /// RTP packets that reached receivers, before any were lost on purpose.
    pub received: u64,
    /// Bytes of those, with SRTP and without UDP.
    pub bytes: u64,
    /// Of the sound at the receivers.
    pub sound: Gaps,
    /// Of the pictures.
    pub pictures: Gaps,
    /// Packets lost on purpose, both ways.
    pub dropped: u64,
    /// Streams that a receiver had before and not while it was counted.
    pub silent: u64,
    /// From a packet's sending to its arrival, repairs included.
    pub through: Histogram,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.sent += other.sent;
        self.received += other.received;
        self.bytes += other.bytes;
        self.sound.add(other.sound);
        self.pictures.add(other.pictures);
        self.dropped += other.dropped;
        self.silent += other.silent;
        self.through.add(&other.through);
    }
}

/// What all connections share: the beginning of time, and who was first heard when.
#[derive(Debug)]
struct Shared {
    epoch: Instant,
    load: Load,
    /// First packet of each publisher at any receiver, in nanoseconds since the epoch.
    forwarded: Box<[AtomicU64]>,
}

impl Shared {
    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    fn arrived(&self, publisher: u32, at: Duration) {
        if let Some(first) = self.forwarded.get(publisher as usize)
            && first.load(Ordering::Relaxed) == u64::MAX
        {
            first.fetch_min(nanos(at), Ordering::Relaxed);
        }
    }
}

fn nanos(at: Duration) -> u64 {
    u64::try_from(at.as_nanos()).unwrap_or(u64::MAX)
}

/// A publisher that joined.
#[derive(Debug, Clone, Copy)]
pub struct Joined {
    publisher: usize,
    posted: Duration,
}

/// The participants.
pub struct Fleet {
    runtime: Option<Runtime>,
    shared: Arc<Shared>,
    phase: watch::Sender<Phase>,
    connections: Vec<JoinHandle<Counts>>,
    publishers: u32,
}

impl Fleet {
    /// A fleet of nobody, with room for so many publishers.
    pub fn new(load: Load, publishers: usize, threads: usize) -> Result<Self, FleetError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("fleet")
            .enable_all()
            .build()?;
        Ok(Self {
            runtime: Some(runtime),
            shared: Arc::new(Shared {
                epoch: Instant::now(),
                load,
                forwarded: (0..publishers).map(|_| AtomicU64::new(u64::MAX)).collect(),
            }),
            phase: watch::Sender::new(Phase::Warm),
            connections: Vec::new(),
            publishers: 0,
        })
    }

    /// Publishes by WHIP, and returns when media can flow.
    pub async fn publish(&mut self, api: &Api, hearing: HearingId) -> Result<Joined, FleetError> {
        let publisher = self.publishers;
        self.publishers += 1;
        let role = Role::Publish { publisher };
        let (posted, _) = self.join(api, &format!("/hearings/{hearing}/whip"), role).await?;
        Ok(Joined {
            publisher: publisher as usize,
            posted,
        })
    }

    /// Subscribes by WHEP with so many seats, and returns when media can flow. Gives what will tell how long it took
    /// from the POST to the first packet.
    pub async fn subscribe(
        &mut self,
        api: &Api,
        hearing: HearingId,
        seats: usize,
    ) -> Result<FirstPacket, FleetError> {
        let (first, receiver) = oneshot::channel();
        let role = Role::Subscribe { seats, first };
        let (posted, _) = self.join(api, &format!("/hearings/{hearing}/whep"), role).await?;
        Ok(FirstPacket { posted, receiver })
    }

    async fn join(&mut self, api: &Api, path: &str, role: Role) -> Result<(Duration, Duration), FleetError> {
        let mut link = Link::new(api.local_address(), role, Arc::clone(&self.shared))?;
        let offer = link.offer()?;
        let posted = self.shared.now();
        let (_, answer) = api.offer(path, offer).await?;
        link.answer(answer)?;
        let (connected, up) = oneshot::channel();
        let task = link.run(connected, self.phase.subscribe());
        if let Some(runtime) = &self.runtime {
            self.connections.push(runtime.spawn(task));
        }
        match tokio::time::timeout(CONNECT_WITHIN, up).await {
            Ok(Ok(())) => Ok((posted, self.shared.now())),
            _ => Err(FleetError::NotConnected(CONNECT_WITHIN)),
        }
    }

    /// From a publisher's POST to the first of its packets that reached anybody. `None` while none has.
    pub fn forwarded_after(&self, joined: Joined) -> Option<Duration> {
        let first = self
            .shared
            .forwarded
            .get(joined.publisher)?
            .load(Ordering::Relaxed);
        (first != u64::MAX).then(|| Duration::from_nanos(first).saturating_sub(joined.posted))
    }

    /// From now on everything counts.
    pub fn measure(&self) {
        self.phase.send_replace(Phase::Measure);
    }

    /// Nothing more is sent; what is on its way may arrive.
    pub fn drain(&self) {
        self.phase.send_replace(Phase::Drain);
    }

    /// Ends the connections, without a word to the server, and gives what they counted.
    pub async fn end(mut self) -> Counts {
        self.phase.send_replace(Phase::Over);
        let mut counts = Counts::default();
        for connection in std::mem::take(&mut self.connections) {
            match connection.await {
                Ok(counted) => counts.add(&counted),
                Err(error) => tracing::warn!(%error, "a connection of the fleet failed"),
            }
        }
        counts
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        // A runtime must not be waited for where others may run.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Tells when a receiver's first packet came.
#[derive(Debug)]
pub struct FirstPacket {
    posted: Duration,
    receiver: oneshot::Receiver<Duration>,
}

impl FirstPacket {
    /// From the POST to the first packet; `None` if there was none yet.
    pub fn after(&mut self) -> Option<Duration> {
        let at = self.receiver.try_recv().ok()?;
        Some(at.saturating_sub(self.posted))
    }
}
