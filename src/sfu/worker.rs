//! The worker's loop: commands, a batch of datagrams, due timeouts, events and packets, forwarding, a batch out.

use super::command::Command;
use super::connection::{Surroundings, certificate};
use super::event::{DownReason, RoomEvent};
use super::floor::Floor;
use super::session::Media;
use super::socket::{self, MediaSocket};
use super::stats::Counters;
use super::stun::{self, Protocol};
use super::tick::TICK;
use super::transport::Told;
use super::wake::Waker;
use crate::rtp::packet;
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::mpsc::{self, error::TryRecvError};

/// Longest sleep: a lost wake-up would cost this much.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// Commands between two batches of datagrams, so that a flood of commands does not stop the media.
const COMMANDS_PER_ROUND: usize = 16;
/// How long the first datagram waits for those behind it. The packets of a picture follow one another within this:
/// together they cost one waking and one message to each receiver instead of one each.
const GATHER: Duration = Duration::from_micros(250);
/// Batches of datagrams between two rounds of timeouts and sending.
const BATCHES_PER_ROUND: usize = 4;

/// Who wants to be called at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wants {
    Session(usize),
    Room(usize),
}

/// One worker: runs on its own thread.
pub(super) struct Worker {
    socket: MediaSocket,
    pub(super) surroundings: Surroundings,
    waker: Waker,
    commands: mpsc::Receiver<Command>,
    counters: Arc<Counters>,
    /// Rooms that are open here, for whoever opens the next.
    pub(super) rooms: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    pub(super) floor: Floor,
    pub(super) deadlines: BTreeSet<(Instant, Wants)>,
    by_address: HashMap<SocketAddr, usize>,
    pub(super) by_ufrag: HashMap<String, usize>,
    commands_left: bool,
    datagrams_left: bool,
}

impl Worker {
    pub(super) fn new(
        socket: MediaSocket,
        candidates: Vec<SocketAddr>,
        waker: Waker,
        commands: mpsc::Receiver<Command>,
        counters: Arc<Counters>,
        rooms: Arc<AtomicUsize>,
        stop: Arc<AtomicBool>,
    ) -> Result<Self, String> {
        Ok(Self {
            socket,
            surroundings: Surroundings {
                candidates,
                certificate: certificate()?,
            },
            waker,
            commands,
            counters: counters.clone(),
            rooms,
            stop,
            floor: Floor::new(counters, Instant::now(), SystemTime::now()),
            deadlines: BTreeSet::new(),
            by_address: HashMap::new(),
            by_ufrag: HashMap::new(),
            commands_left: false,
            datagrams_left: false,
        })
    }

    /// Runs until the engine is dropped.
    pub(super) fn run(mut self) {
        socket::sleep_precisely();
        while !self.stop.load(Ordering::Acquire) {
            self.sleep();
            self.commands_left = self.take_commands();
            self.datagrams_left = self.take_datagrams();
            self.take_deadlines();
            self.serve();
            self.end_sessions();
            self.flush();
        }
        self.close_everything();
    }

    fn sleep(&self) {
        if self.commands_left || self.datagrams_left {
            return;
        }
        let now = Instant::now();
        let until = self
            .deadlines
            .first()
            .map_or(SLEEP_MAX, |(at, _)| at.saturating_duration_since(now));
        let [datagrams, commands] = socket::wait([self.socket.fd(), self.waker.fd()], until.min(SLEEP_MAX));
        if commands {
            self.waker.clear();
        } else if datagrams {
            std::thread::sleep(GATHER);
        }
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

    /// True if more datagrams may be waiting.
    fn take_datagrams(&mut self) -> bool {
        for _ in 0..BATCHES_PER_ROUND {
            let count = self.socket.receive();
            let now = Instant::now();
            let mut bytes = 0;
            for i in 0..count {
                let Some((datagram, from)) = self.socket.datagram(i) else {
                    continue;
                };
                bytes += datagram.len() as u64;
                let Some(slot) = route(&self.by_address, &self.by_ufrag, &self.floor, datagram, from, now)
                else {
                    self.counters.datagrams_unknown.add(1);
                    continue;
                };
                let Some(session) = self.floor.session(slot) else {
                    continue;
                };
                if stun::protocol(datagram) == Protocol::Media {
                    // The stack sees none of it; before the handshake it is nobody's.
                    if packet::is_rtcp(datagram) {
                        match session.transport.open_rtcp(datagram, now) {
                            Ok(all) => {
                                if !all.is_empty() {
                                    session.heard_at = Some(now);
                                }
                                all.into_iter().for_each(|f| self.floor.feedback(slot, f, now));
                            }
                            Err(broken) => self.floor.broken(slot, &broken.0),
                        }
                    } else if let Some((header, plain)) = session.transport.open(datagram) {
                        session.heard_at = Some(now);
                        self.floor.arrived(slot, header, plain, now);
                    }
                    if self.floor.outbox.is_full() {
                        self.hand_out(now);
                    }
                    continue;
                }
                let known = session.addresses.contains(&from);
                if !known && !session.transport.gate.admits_address(now) {
                    self.counters.datagrams_unknown.add(1);
                    continue;
                }
                let result = session.transport.receive(datagram, from, now);
                if !known {
                    let forgotten = session.remember(from);
                    if let Some(old) = self.by_address.insert(from, slot)
                        && old != slot
                        && let Some(other) = self.floor.session(old)
                    {
                        other.addresses.retain(|a| *a != from);
                    }
                    if let Some(address) = forgotten {
                        self.by_address.remove(&address);
                    }
                }
                if let Err(broken) = result {
                    self.floor.broken(slot, &broken.0);
                }
                self.floor.attend(slot);
            }
            self.counters.datagrams_in.add(count as u64);
            self.counters.bytes_in.add(bytes);
            if !self.socket.was_full() {
                return false;
            }
        }
        true
    }

    fn take_deadlines(&mut self) {
        let now = Instant::now();
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
    fn hand_out(&mut self, now: Instant) {
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
                        if !span.is_some_and(|span| self.socket.queue(span, to)) {
                            dropped += 1;
                        }
                    }
                    Ok(None) => break session.transport.next_timeout(),
                    Err(broken) => break Err(broken),
                }
            }
        } else {
            Ok(session.deadline)
        };
        let peer = session.transport.peer();
        if !session.out.is_empty() {
            session.told_at = Some(now);
        }
        for span in session.out.drain(..) {
            if !peer.is_some_and(|to| self.socket.queue(span, to)) {
                dropped += 1;
            }
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
        let flushed = self.socket.flush(&mut self.floor.outbox);
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
                        let _ = self.socket.queue(span, to);
                    }
                }
                if let Some(at) = session.deadline {
                    self.deadlines.remove(&(at, Wants::Session(slot)));
                }
                self.by_ufrag.remove(session.transport.local_ufrag());
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

/// The session that a datagram belongs to: by our user fragment in a binding request, else by where it comes from.
fn route(
    by_address: &HashMap<SocketAddr, usize>,
    by_ufrag: &HashMap<String, usize>,
    floor: &Floor,
    datagram: &[u8],
    from: SocketAddr,
    now: Instant,
) -> Option<usize> {
    let known = by_address.get(&from).copied();
    let Some(ufrag) = stun::local_ufrag(datagram) else {
        return known;
    };
    let named = by_ufrag.get(ufrag).copied()?;
    if known == Some(named) {
        return known;
    }
    // A request from a new place moves the place to the session only if it knows the session's password: otherwise
    // anyone could forge a sender's address and cut it off.
    let session = floor.sessions.get(named)?.as_ref()?;
    // And not while another session's true media comes from there: a participant has a password as well.
    let of_another = known
        .and_then(|slot| floor.sessions.get(slot)?.as_ref())
        .is_some_and(|other| other.is_heard_from(from, now));
    if of_another {
        return None;
    }
    stun::is_authentic(datagram, session.transport.local_pwd()).then_some(named)
}
