//! What comes to a worker: datagrams of its socket, packets of its TCP connections, and new such connections. Each is of
//! one session, or of nobody.

use super::acceptor::Newcomer;
use super::floor::Floor;
use super::place::Place;
use super::socket::Flushed;
use super::streams::Got;
use super::stun::{self, Protocol};
use super::ufrags::Ufrags;
use super::worker::Worker;
use crate::rtp::{framing, packet};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Instant;

/// Batches of datagrams, or buffers of one TCP connection, between two rounds of timeouts and sending.
const BATCHES_PER_ROUND: usize = 4;

impl Worker {
    /// True if more datagrams may be waiting.
    pub(super) fn take_datagrams(&mut self) -> bool {
        for _ in 0..BATCHES_PER_ROUND {
            let count = self.socket.receive();
            let now = Instant::now();
            let mut bytes = 0;
            for i in 0..count {
                let Some((datagram, from)) = self.socket.datagram(i) else {
                    continue;
                };
                bytes += datagram.len() as u64;
                let Some(slot) = route(&self.by_address, &self.ufrags, &self.floor, datagram, from, now)
                else {
                    self.counters.datagrams_unknown.add(1);
                    continue;
                };
                if stun::protocol(datagram) == Protocol::Media {
                    self.floor.media(slot, datagram, Place::Udp(from), now);
                    if self.floor.outbox.is_full() {
                        self.hand_out(now);
                    }
                    continue;
                }
                let Some(session) = self.floor.session(slot) else {
                    continue;
                };
                let known = session.addresses.contains(&from);
                if !known && !session.transport.gate.admits_address(now) {
                    self.counters.datagrams_unknown.add(1);
                    continue;
                }
                let result = session.transport.receive(datagram, Place::Udp(from), now);
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

    /// Takes a TCP connection whose first packet names a session here, if that packet was made with its password.
    pub(super) fn adopt(&mut self, mut newcomer: Newcomer, now: Instant) {
        let bytes = std::mem::take(&mut newcomer.bytes);
        let first = framing::take(&mut bytes.as_slice()).ok().flatten();
        let named = first.and_then(|first| {
            let slot = self.ufrags.get(stun::local_ufrag(first)?)?;
            let session = self.floor.session(slot)?;
            let admitted = stun::is_authentic(first, session.transport.local_pwd())
                && session.transport.gate.admits_address(now);
            admitted.then_some(slot)
        });
        let Some(slot) = named.and_then(|session| self.streams.adopt(newcomer, session, now)) else {
            self.counters.connections_refused.add(1);
            return;
        };
        self.counters.connections_opened.add(1);
        let (mut buffer, _) = self.streams.lend(slot);
        let end = bytes.len().min(buffer.len());
        buffer[..end].copy_from_slice(&bytes[..end]);
        self.take_stream(slot, buffer, end, now);
        self.forget_streams();
    }

    /// True if more may be waiting on TCP connections.
    pub(super) fn take_frames(&mut self) -> bool {
        let now = Instant::now();
        let mut flushed = Flushed::default();
        let readable = self.streams.readable(now, &mut flushed);
        self.count(flushed);
        let mut more = false;
        for slot in readable {
            let (mut buffer, kept) = self.streams.lend(slot);
            match self.streams.read(slot, &mut buffer, kept, now) {
                Got::Bytes(n) => {
                    self.counters.bytes_in.add(n as u64);
                    // The rest, and what else is ready, is told again: waiting does not forget it.
                    more |= kept + n == buffer.len();
                    self.take_stream(slot, buffer, kept + n, now);
                }
                Got::Nothing => self.streams.give_back(slot, buffer, 0..kept),
                Got::Ended => {
                    self.streams.give_back(slot, buffer, 0..0);
                    self.streams.remove(slot);
                }
            }
        }
        self.forget_streams();
        more
    }

    /// Takes the packets at the beginning of a buffer that holds so many bytes of a connection, and gives the buffer back.
    fn take_stream(&mut self, stream: usize, buffer: Vec<u8>, end: usize, now: Instant) {
        let mut rest = buffer.get(..end).unwrap_or_default();
        let broken = loop {
            match framing::take(&mut rest) {
                Ok(Some(packet)) => self.take_packet(stream, packet, now),
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        let begin = end - rest.len();
        self.streams.give_back(stream, buffer, begin..end);
        if broken {
            self.streams.cut(stream);
        }
    }

    fn take_packet(&mut self, stream: usize, packet: &[u8], now: Instant) {
        self.counters.datagrams_in.add(1);
        let Some((slot, from)) = self.streams.session(stream) else {
            return;
        };
        let from = Place::Tcp(from);
        if stun::protocol(packet) == Protocol::Media {
            self.floor.media(slot, packet, from, now);
            if self.floor.outbox.is_full() {
                self.hand_out(now);
            }
            return;
        }
        // A connection stays with its session: another one that it names later is not given to it.
        let of_another = stun::local_ufrag(packet).is_some_and(|ufrag| self.ufrags.get(ufrag) != Some(slot));
        let Some(session) = self.floor.session(slot).filter(|_| !of_another) else {
            self.counters.datagrams_unknown.add(1);
            return;
        };
        if let Err(broken) = session.transport.receive(packet, from, now) {
            self.floor.broken(slot, &broken.0);
        }
        self.floor.attend(slot);
    }

    /// Tells the sessions which of their TCP connections have ended.
    pub(super) fn forget_streams(&mut self) {
        while let Some((slot, peer)) = self.streams.gone.pop() {
            if let Some(session) = self.floor.session(slot) {
                session.transport.lost(Place::Tcp(peer));
            }
        }
        let (ended, cut) = (&mut self.streams.ended, &mut self.streams.cut);
        self.counters.connections_ended.add(std::mem::take(ended));
        self.counters.connections_cut.add(std::mem::take(cut));
    }
}

impl Floor {
    /// Takes a packet of media or RTCP. The stack sees none of it; before the handshake it is nobody's.
    fn media(&mut self, slot: usize, datagram: &[u8], from: Place, now: Instant) {
        let Some(session) = self.session(slot) else {
            return;
        };
        if packet::is_rtcp(datagram) {
            let all = session.transport.open_rtcp(datagram, now);
            if !all.is_empty() {
                session.heard_at = Some(now);
                session.transport.heard_from(from);
            }
            all.into_iter().for_each(|f| self.feedback(slot, f, now));
        } else if let Some((header, plain)) = session.transport.open(datagram) {
            session.heard_at = Some(now);
            session.transport.heard_from(from);
            self.arrived(slot, header, plain, now);
        }
    }
}

/// The session that a datagram belongs to: by our user fragment in a binding request, else by where it comes from.
fn route(
    by_address: &HashMap<SocketAddr, usize>,
    ufrags: &Ufrags,
    floor: &Floor,
    datagram: &[u8],
    from: SocketAddr,
    now: Instant,
) -> Option<usize> {
    let known = by_address.get(&from).copied();
    let Some(ufrag) = stun::local_ufrag(datagram) else {
        return known;
    };
    let named = ufrags.get(ufrag)?;
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
