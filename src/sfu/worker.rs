//! The worker's loop: commands, a batch of datagrams, due timeouts, events and packets, forwarding, a batch out.

use super::command::Command;
use super::connection::{Surroundings, certificate};
use super::event::{DownReason, RoomEvent};
use super::floor::Floor;
use super::load::{Clock, Load};
use super::place::Place;
use super::session::Media;
use super::socket::{self, Flushed, MediaSocket};
use super::stats::Counters;
use super::streams::Streams;
use super::tick::TICK;
use super::transport::Told;
use super::ufrags::Ufrags;
use super::wake::Waker;
use crate::rtp::packet;
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::mpsc::{self, error::TryRecvError};

/// Longest sleep: a lost wake-up would cost this much.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// Commands between two batches of datagrams, so that a flood of commands does not stop the media.
const COMMANDS_PER_ROUND: usize = 16;
/// How long the first datagram waits for those behind it. The packets of a picture follow one another within this:
/// together they cost one waking and one message to each receiver instead of one each.
const GATHER: Duration = Duration::from_micros(250);

/// How long after a session was opened nothing is gathered: each turn of its handshake would wait for it.
const HANDSHAKE: Duration = Duration::from_millis(300);

/// Who wants to be called at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wants {
    Session(usize),
    Room(usize),
}

/// One worker: runs on its own thread.
pub(super) struct Worker {
    pub(super) socket: MediaSocket,
    pub(super) streams: Streams,
    pub(super) surroundings: Surroundings,
    waker: Waker,
    commands: mpsc::Receiver<Command>,
    pub(super) counters: Arc<Counters>,
    /// How busy this worker is, for whoever opens the next room.
    pub(super) clock: Clock,
    stop: Arc<AtomicBool>,
    pub(super) floor: Floor,
    pub(super) deadlines: BTreeSet<(Instant, Wants)>,
    pub(super) by_address: HashMap<SocketAddr, usize>,
    pub(super) ufrags: Ufrags,
    /// Until then somebody probably shakes hands.
    joining_until: Instant,
    commands_left: bool,
    datagrams_left: bool,
    /// A TCP connection has something to read or takes more.
    frames_wait: bool,
    frames_left: bool,
}

/// What a worker is given.
pub(super) struct Given {
    pub(super) socket: MediaSocket,
    /// Addresses to advertise for its socket.
    pub(super) candidates: Vec<SocketAddr>,
    /// Addresses to advertise for TCP.
    pub(super) tcp_candidates: Vec<SocketAddr>,
    pub(super) ufrags: Ufrags,
    pub(super) waker: Waker,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) counters: Arc<Counters>,
    pub(super) load: Load,
    pub(super) stop: Arc<AtomicBool>,
}

impl Worker {
    pub(super) fn new(given: Given) -> Result<Self, String> {
        let Given {
            socket,
            candidates,
            tcp_candidates,
            ufrags,
            waker,
            commands,
            counters,
            load,
            stop,
        } = given;
        let now = Instant::now();
        let streams = Streams::new(now).map_err(|e| format!("no epoll descriptor: {e}"))?;
        Ok(Self {
            socket,
            streams,
            surroundings: Surroundings {
                candidates,
                tcp_candidates,
                certificate: certificate()?,
            },
            waker,
            commands,
            counters: counters.clone(),
            clock: Clock::new(load, now),
            stop,
            floor: Floor::new(counters, now, SystemTime::now()),
            deadlines: BTreeSet::new(),
            by_address: HashMap::new(),
            ufrags,
            joining_until: now,
            commands_left: false,
            datagrams_left: false,
            frames_wait: false,
            frames_left: false,
        })
    }

    /// Runs until the engine is dropped.
    pub(super) fn run(mut self) {
        socket::sleep_precisely();
        while !self.stop.load(Ordering::Acquire) {
            self.sleep();
            self.commands_left = self.take_commands();
            self.datagrams_left = self.take_datagrams();
            if self.frames_wait || self.frames_left {
                self.frames_left = self.take_frames();
            }
            self.take_deadlines();
            self.serve();
            self.end_sessions();
            self.flush();
        }
        self.close_everything();
    }

    /// A handshake begins.
    pub(super) fn joining(&mut self, now: Instant) {
        self.joining_until = now + HANDSHAKE;
    }

    fn sleep(&mut self) {
        // A round that follows at once looks at the connections as well: a flood of datagrams holds up nobody there.
        self.frames_wait = self.streams.fd().is_some();
        if self.commands_left || self.datagrams_left || self.frames_left {
            return;
        }
        let now = Instant::now();
        let until = self
            .deadlines
            .first()
            .map_or(SLEEP_MAX, |(at, _)| at.saturating_duration_since(now));
        let streams = self.streams.fd().unwrap_or(-1);
        let [datagrams, commands, frames] =
            socket::wait([self.socket.fd(), self.waker.fd(), streams], until.min(SLEEP_MAX));
        self.frames_wait = frames;
        if commands {
            self.waker.clear();
        } else if datagrams && Instant::now() >= self.joining_until {
            std::thread::sleep(GATHER);
        }
        self.clock.slept(now.elapsed());
    }

    /// True if more commands may be waiting.
    fn take_commands(&mut self) -> bool {
        for _ in 0..COMMANDS_PER_ROUND {
            match self.commands.try_recv() {
                Ok(command) => self.command(command),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return false,
            }
        }
        true
    }

    fn take_deadlines(&mut self) {
        let now = Instant::now();
        self.clock.look(now);
        while let Some(&(at, wants)) = self.deadlines.first() {
            if at > now {
                return;
            }
            self.deadlines.pop_first();
            match wants {
                Wants::Session(slot) => {
                    let Some(session) = self.floor.session(slot) else {
                        continue;
                    };
                    session.deadline = None;
                    if let Err(broken) = session.transport.timeout(now) {
                        self.floor.broken(slot, &broken.0);
                    }
                    self.floor.attend(slot);
                }
                Wants::Room(room) => {
                    if self.floor.rooms.get(room).is_some_and(Option::is_some) {
                        self.floor.tick(room, now);
                        self.deadlines.insert((now + TICK, Wants::Room(room)));
                    }
                }
            }
        }
    }

    /// Reads what the sessions have to tell and forwards it; then hands out what they have to send.
    fn serve(&mut self) {
        let now = Instant::now();
        // Forwarding touches further sessions while the list is worked off; those have nothing to read, only to send.
        let mut at = 0;
        while let Some(&slot) = self.floor.dirty.get(at) {
            at += 1;
            let fed = self
                .floor
                .session(slot)
                .is_some_and(|s| std::mem::take(&mut s.fed));
            if fed {
                self.read(slot, now);
            }
            let heard = self
                .floor
                .session(slot)
                .is_some_and(|s| std::mem::take(&mut s.heard));
            if heard {
                self.floor.answer(slot, now);
            }
        }
        self.hand_out(now);
        for slot in std::mem::take(&mut self.floor.dirty) {
            if let Some(session) = self.floor.session(slot) {
                session.dirty = false;
            }
        }
    }

    /// Gives the kernel what the sessions have to send.
    pub(super) fn hand_out(&mut self, now: Instant) {
        let dirty = std::mem::take(&mut self.floor.dirty);
        for &slot in &dirty {
            self.write(slot, now);
        }
        self.floor.dirty = dirty;
        self.flush();
    }

    fn read(&mut self, slot: usize, now: Instant) {
        loop {
            let Some(session) = self.floor.session(slot) else {
                return;
            };
            match session.transport.next_event(now) {
                Ok(Some(told)) => self.told(slot, told, now),
                Ok(None) => break,
                Err(broken) => return self.floor.broken(slot, &broken.0),
            }
        }
        self.floor.send_plis(slot, now);
    }

    fn told(&mut self, slot: usize, told: Told, now: Instant) {
        let Some(session) = self.floor.session(slot) else {
            return;
        };
        match told {
            Told::Connected => {
                let again = session.up;
                session.up = true;
                session.down_since = None;
                let (room, event) = (
                    session.room,
                    RoomEvent::SessionUp {
                        session: session.id,
                        peer: session.peer,
                        direction: session.direction(),
                    },
                );
                if again {
                    // Packets were lost on the way: whoever shows this publisher, or is this subscriber, starts afresh.
                    match &mut session.media {
                        Media::Publish(publication) => {
                            for track in &mut publication.tracks {
                                track.want_key_frames();
                            }
                        }
                        Media::Subscribe(subscription) => {
                            for output in &mut subscription.outputs {
                                output.restart();
                            }
                        }
                    }
                }
                self.floor.emit(room, event);
                self.floor.ask_key_frames(room);
                self.floor.send_room_plis(room, now);
            }
            Told::Interrupted | Told::Failed => {
                session.down_since.get_or_insert(now);
            }
            Told::Closed => self.floor.end(slot, DownReason::ClosedByPeer),
        }
    }

    fn write(&mut self, slot: usize, now: Instant) {
        let Some(session) = self.floor.sessions.get_mut(slot).and_then(Option::as_mut) else {
            return;
        };
        let mut dropped = 0;
        // Media moves none of the stack's timers and queues; asking for them costs as much as a packet.
        let result = if std::mem::take(&mut session.stirred) {
            loop {
                match session.transport.next_datagram() {
                    Ok(Some((datagram, to))) => {
                        let span = self.floor.outbox.put(&datagram);
                        let queued = span.is_some_and(|span| match to {
                            Place::Udp(to) => self.socket.queue(span, to),
                            Place::Tcp(to) => self.streams.queue(span, to, false),
                        });
                        dropped += u64::from(!queued);
                    }
                    Ok(None) => break session.transport.next_timeout(),
                    Err(broken) => break Err(broken),
                }
            }
        } else {
            Ok(session.deadline)
        };
        if !session.out.is_empty() {
            session.told_at = Some(now);
        }
        match session.transport.peer() {
            Some(Place::Udp(to)) => {
                for span in session.out.drain(..) {
                    dropped += u64::from(!self.socket.queue(span, to));
                }
            }
            Some(Place::Tcp(to)) => {
                for span in session.out.drain(..) {
                    let packet = self.floor.outbox.get(span);
                    let is_picture = !packet::is_rtcp(packet)
                        && packet
                            .get(1)
                            .is_some_and(|b| session.transport.offer().is_picture(b & 0x7f));
                    dropped += u64::from(!self.streams.queue(span, to, is_picture));
                }
            }
            None => dropped += session.out.drain(..).count() as u64,
        }
        self.counters.dropped.add(dropped);
        match result {
            Ok(next) => {
                if next != session.deadline {
                    if let Some(old) = session.deadline {
                        self.deadlines.remove(&(old, Wants::Session(slot)));
                    }
                    session.deadline = next;
                    if let Some(next) = next {
                        self.deadlines.insert((next.max(now), Wants::Session(slot)));
                        session.deadline = Some(next.max(now));
                    }
                }
            }
            Err(broken) => self.floor.broken(slot, &broken.0),
        }
    }

    fn flush(&mut self) {
        if self.streams.fd().is_some() {
            let flushed = self.streams.flush(&self.floor.outbox, Instant::now());
            self.count(flushed);
            self.forget_streams();
        }
        let flushed = self.socket.flush(&mut self.floor.outbox);
        self.count(flushed);
    }

    pub(super) fn count(&self, flushed: Flushed) {
        self.counters.datagrams_out.add(flushed.datagrams);
        self.counters.bytes_out.add(flushed.bytes);
        self.counters.dropped.add(flushed.dropped);
    }

    pub(super) fn end_sessions(&mut self) {
        while let Some(slot) = self.floor.ending.pop() {
            if let Some(session) = self.floor.sessions.get_mut(slot).and_then(Option::as_mut) {
                session.transport.close();
                while let Ok(Some((datagram, to))) = session.transport.next_datagram() {
                    // Last words; a full queue loses them, and the peer finds out by itself.
                    if let Some(span) = self.floor.outbox.put(&datagram) {
                        let _ = match to {
                            Place::Udp(to) => self.socket.queue(span, to),
                            Place::Tcp(to) => self.streams.queue(span, to, false),
                        };
                    }
                }
                self.streams.leave(slot);
                if let Some(at) = session.deadline {
                    self.deadlines.remove(&(at, Wants::Session(slot)));
                }
                self.ufrags.remove(session.transport.local_ufrag());
                for address in &session.addresses {
                    if self.by_address.get(address) == Some(&slot) {
                        self.by_address.remove(address);
                    }
                }
            }
            self.floor.remove(slot, Instant::now());
        }
    }

    fn close_everything(&mut self) {
        for slot in 0..self.floor.sessions.len() {
            self.floor.end(slot, DownReason::Ended);
        }
        self.end_sessions();
        self.flush();
    }
}
