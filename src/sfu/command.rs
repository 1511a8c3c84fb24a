//! The worker's mailbox: a bounded queue of commands, and the wake-up that goes with each.

use super::acceptor::Newcomer;
use super::error::{NegotiationError, RoomGone};
use super::event::RoomEvent;
use super::room::{Answer, Route, Tap, TrackKey};
use super::wake::Waker;
use crate::rtp::layers::Shown;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Commands that wait for a worker at most; a sender waits when the queue is full.
pub(super) const COMMANDS_MAX: usize = 1024;

/// What a worker can be asked to do.
#[derive(Debug)]
pub(super) enum Command {
    OpenRoom {
        room: Uuid,
        /// What is expected of it ([`super::load::flows`]).
        flows: usize,
        events: mpsc::Sender<RoomEvent>,
    },
    /// A TCP connection whose first packet names a session of this worker.
    Adopt(Newcomer),
    CloseRoom {
        room: Uuid,
        reply: oneshot::Sender<()>,
    },
    Publish {
        room: Uuid,
        peer: Uuid,
        offer: String,
        reply: oneshot::Sender<Result<Answer, NegotiationError>>,
    },
    Subscribe {
        room: Uuid,
        peer: Uuid,
        offer: String,
        reply: oneshot::Sender<Result<Answer, NegotiationError>>,
    },
    Renegotiate {
        room: Uuid,
        session: Uuid,
        offer: String,
        reply: oneshot::Sender<Result<Answer, NegotiationError>>,
    },
    RestartIce {
        room: Uuid,
        session: Uuid,
        sdpfrag: String,
        reply: oneshot::Sender<Result<String, NegotiationError>>,
    },
    EndSession {
        room: Uuid,
        session: Uuid,
        reply: oneshot::Sender<()>,
    },
    SetRoutes {
        room: Uuid,
        routes: Vec<Route>,
        reply: oneshot::Sender<Result<(), RoomGone>>,
    },
    SetShown {
        room: Uuid,
        session: Uuid,
        shown: Vec<(u16, Shown)>,
        reply: oneshot::Sender<()>,
    },
    SetTaps {
        room: Uuid,
        taps: Vec<Tap>,
        reply: oneshot::Sender<Result<(), RoomGone>>,
    },
    Forget {
        room: Uuid,
        track: TrackKey,
        reply: oneshot::Sender<()>,
    },
    RequestKeyFrame {
        room: Uuid,
        track: TrackKey,
        reply: oneshot::Sender<()>,
    },
}

/// The sending end of a worker's queue.
#[derive(Debug, Clone)]
pub(super) struct Mailbox {
    queue: mpsc::Sender<Command>,
    waker: Waker,
}

impl Mailbox {
    pub(super) fn new(waker: Waker) -> (Self, mpsc::Receiver<Command>) {
        let (queue, receiver) = mpsc::channel(COMMANDS_MAX);
        (Self { queue, waker }, receiver)
    }

    /// Queues a command and wakes the worker; waits while the queue is full.
    pub(super) async fn send(&self, command: Command) -> Result<(), RoomGone> {
        self.queue.send(command).await.map_err(|_| RoomGone)?;
        self.waker.wake();
        Ok(())
    }

    /// Queues a command without waiting; for callers that are not asynchronous.
    pub(super) fn try_send(&self, command: Command) -> Result<(), RoomGone> {
        self.queue.try_send(command).map_err(|_| RoomGone)?;
        self.waker.wake();
        Ok(())
    }
}
