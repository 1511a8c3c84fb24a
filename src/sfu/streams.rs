//! A worker's TCP connections. Each belongs to the session that its first connectivity check named, for as long as it
//! lives: an address of TCP cannot be forged, and no other session can take it.

use super::acceptor::{Newcomer, Permit};
use super::backlog::{Backlog, Put};
use super::epoll::{Epoll, Ready};
use super::outbox::{Outbox, Span};
use super::socket::Flushed;
use crate::rtp::framing::{self, PACKET_MAX, PREFIX};
use std::collections::HashMap;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsRawFd as _, RawFd};
use std::time::{Duration, Instant};

/// Connections of one session: two pages' worth, and those that a bad network has left behind.
const OF_ONE_SESSION_MAX: usize = 16;
/// A peer that takes not a byte of what waits for it for this long is gone.
const STALLED_MAX: Duration = Duration::from_secs(10);
/// A connection on which nothing came for this long is of no use; ICE says something each few seconds.
const SILENT_MAX: Duration = Duration::from_secs(60);
/// Between two looks for connections of these kinds.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Read of one connection at once, in bytes.
const READ: usize = 64 * 1024;

struct Stream {
    stream: TcpStream,
    peer: SocketAddr,
    token: u64,
    _permit: Permit,
    /// Slot of its session; `None` once that has ended.
    session: Option<usize>,
    /// What has come of a packet that is not whole.
    rest: Vec<u8>,
    heard_at: Instant,
    /// What it is given in this round, and whether it is of a picture.
    out: Vec<(Span, bool)>,
    backlog: Backlog,
    wants_write: bool,
}

/// What reading a connection came to.
pub(super) enum Got {
    /// So many bytes, behind those that were kept.
    Bytes(usize),
    Nothing,
    Ended,
}

/// The connections of one worker.
pub(super) struct Streams {
    epoll: Epoll,
    streams: Vec<Option<Stream>>,
    by_peer: HashMap<SocketAddr, usize>,
    /// Tells a connection from the one that had its slot before.
    generation: u32,
    ready: Vec<Ready>,
    /// Those that are given something in this round.
    due: Vec<usize>,
    /// One round of one connection as it goes to the kernel.
    frames: Vec<u8>,
    buffer: Vec<u8>,
    looked_at: Instant,
    /// Those that have ended: their sessions' slots and their peers. For the worker to tell the sessions.
    pub(super) gone: Vec<(usize, SocketAddr)>,
    /// How many have ended, and how many of them were cut, since the worker last looked.
    pub(super) ended: u64,
    pub(super) cut: u64,
}

impl Streams {
    pub(super) fn new(now: Instant) -> io::Result<Self> {
        Ok(Self {
            epoll: Epoll::new()?,
            streams: Vec::new(),
            by_peer: HashMap::new(),
            generation: 0,
            ready: Vec::new(),
            due: Vec::new(),
            frames: Vec::new(),
            buffer: Vec::new(),
            looked_at: now,
            gone: Vec::new(),
            ended: 0,
            cut: 0,
        })
    }

    /// What to wait for. `None` while there are no connections: waiting for them costs nothing then.
    pub(super) fn fd(&self) -> Option<RawFd> {
        (!self.by_peer.is_empty()).then(|| self.epoll.fd())
    }

    /// Gives a connection to a session. `None`: the session has too many, or the peer has one already.
    pub(super) fn adopt(&mut self, newcomer: Newcomer, session: usize, now: Instant) -> Option<usize> {
        let of_session = self.streams.iter().flatten();
        let of_session = of_session.filter(|s| s.session == Some(session)).count();
        if of_session >= OF_ONE_SESSION_MAX || self.by_peer.contains_key(&newcomer.peer) {
            return None;
        }
        let slot = self.streams.iter().position(Option::is_none).unwrap_or_else(|| {
            self.streams.push(None);
            self.streams.len() - 1
        });
        self.generation = self.generation.wrapping_add(1);
        let token = (u64::from(self.generation) << 32) | slot as u64;
        self.epoll.add(newcomer.stream.as_raw_fd(), token).ok()?;
        self.by_peer.insert(newcomer.peer, slot);
        self.streams[slot] = Some(Stream {
            stream: newcomer.stream,
            peer: newcomer.peer,
            token,
            _permit: newcomer.permit,
            session: Some(session),
            rest: Vec::new(),
            heard_at: now,
            out: Vec::new(),
            backlog: Backlog::default(),
            wants_write: false,
        });
        Some(slot)
    }

    fn get(&mut self, slot: usize) -> Option<&mut Stream> {
        self.streams.get_mut(slot)?.as_mut()
    }

    /// Slots of the connections that have something to read. Those that take more are given it.
    pub(super) fn readable(&mut self, now: Instant, flushed: &mut Flushed) -> Vec<usize> {
        let mut ready = std::mem::take(&mut self.ready);
        self.epoll.wait(Some(Duration::ZERO), &mut ready);
        let mut readable = Vec::new();
        for event in &ready {
            let slot = (event.token & u64::from(u32::MAX)) as usize;
            if self.get(slot).is_none_or(|s| s.token != event.token) {
                continue;
            }
            if event.writable {
                self.drain(slot, now, flushed);
            }
            if event.readable {
                readable.push(slot);
            }
        }
        self.ready = ready;
        readable
    }

    /// Slots of what is left to be read may have ended meanwhile; the session that a connection belongs to.
    pub(super) fn session(&self, slot: usize) -> Option<(usize, SocketAddr)> {
        let stream = self.streams.get(slot)?.as_ref()?;
        Some((stream.session?, stream.peer))
    }

    /// The buffer to read into, with what is kept of a connection at its beginning, and how long that is.
    pub(super) fn lend(&mut self, slot: usize) -> (Vec<u8>, usize) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(PREFIX + PACKET_MAX + READ, 0);
        let kept = self.get(slot).map_or(0, |stream| {
            let kept = stream.rest.len();
            buffer[..kept].copy_from_slice(&stream.rest);
            stream.rest.clear();
            kept
        });
        (buffer, kept)
    }

    /// Reads behind what is kept.
    pub(super) fn read(&mut self, slot: usize, buffer: &mut [u8], kept: usize, now: Instant) -> Got {
        let Some(stream) = self.get(slot) else {
            return Got::Nothing;
        };
        match stream.stream.read(buffer.get_mut(kept..).unwrap_or_default()) {
            Ok(0) => Got::Ended,
            Ok(n) => {
                stream.heard_at = now;
                Got::Bytes(n)
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) =>
            {
                Got::Nothing
            }
            Err(_) => Got::Ended,
        }
    }

    /// Gives the buffer back and keeps what is not a whole packet.
    pub(super) fn give_back(&mut self, slot: usize, buffer: Vec<u8>, rest: std::ops::Range<usize>) {
        if let Some(stream) = self.get(slot) {
            stream
                .rest
                .extend_from_slice(buffer.get(rest).unwrap_or_default());
        }
        self.buffer = buffer;
    }

    /// Queues a packet of the outbox; false if there is no such connection.
    pub(super) fn queue(&mut self, packet: Span, to: SocketAddr, is_picture: bool) -> bool {
        let Some(&slot) = self.by_peer.get(&to) else {
            return false;
        };
        let Some(stream) = self.get(slot) else {
            return false;
        };
        let first = stream.out.is_empty();
        stream.out.push((packet, is_picture));
        if first {
            self.due.push(slot);
        }
        true
    }

    /// Sends what is queued, out of the outbox, as far as the connections take it. What they do not take waits, within
    /// bounds; a connection that takes nothing is cut.
    pub(super) fn flush(&mut self, outbox: &Outbox, now: Instant) -> Flushed {
        let mut flushed = Flushed::default();
        for slot in std::mem::take(&mut self.due) {
            self.send(slot, outbox, now, &mut flushed);
        }
        if !self.by_peer.is_empty() && now.saturating_duration_since(self.looked_at) >= LOOK_EVERY {
            self.looked_at = now;
            self.cut_the_dead(now);
        }
        flushed
    }

    fn send(&mut self, slot: usize, outbox: &Outbox, now: Instant, flushed: &mut Flushed) {
        let Some(stream) = self.streams.get_mut(slot).and_then(Option::as_mut) else {
            return;
        };
        let mut frames = std::mem::take(&mut self.frames);
        frames.clear();
        let mut kept = Ok(());
        let out = std::mem::take(&mut stream.out);
        let mut written = 0;
        if stream.backlog.is_empty() {
            for (span, _) in &out {
                framing::put(outbox.get(*span), &mut frames);
            }
            match stream.stream.write(&frames) {
                Ok(n) => written = n,
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                    ) => {}
                Err(_) => kept = Err(()),
            }
            flushed.bytes += written as u64;
        }
        let mut end = 0;
        for (span, is_picture) in &out {
            let begin = end;
            end += PREFIX + span.len();
            if end <= written {
                flushed.datagrams += 1;
            } else if begin < written {
                stream
                    .backlog
                    .begin(frames.get(written..end).unwrap_or_default(), now);
                flushed.datagrams += 1;
            } else {
                let mut frame = Vec::with_capacity(PREFIX + span.len());
                framing::put(outbox.get(*span), &mut frame);
                match stream.backlog.put(&frame, *is_picture, now) {
                    Put::Kept => flushed.datagrams += 1,
                    Put::LeftOut => flushed.dropped += 1,
                    Put::Overflow => {
                        flushed.dropped += 1;
                        kept = Err(());
                    }
                }
            }
        }
        stream.out = out;
        stream.out.clear();
        self.frames = frames;
        if kept.is_err() || self.watch(slot).is_err() {
            self.cut(slot);
        } else if self.streams[slot].as_ref().is_some_and(|s| s.session.is_none()) {
            // Its session has ended; these were the last words.
            self.remove(slot);
        }
    }

    fn drain(&mut self, slot: usize, now: Instant, flushed: &mut Flushed) {
        let Some(stream) = self.get(slot) else {
            return;
        };
        let writer = &mut stream.stream;
        match stream.backlog.drain(|bytes| writer.write(bytes), now) {
            Ok(bytes) => flushed.bytes += bytes,
            Err(_) => return self.remove(slot),
        }
        if self.watch(slot).is_err() {
            self.cut(slot);
        }
    }

    /// Asks to be told when a connection takes more, if something waits for it.
    fn watch(&mut self, slot: usize) -> io::Result<()> {
        let Some(stream) = self.streams.get_mut(slot).and_then(Option::as_mut) else {
            return Ok(());
        };
        let wants = !stream.backlog.is_empty();
        if wants != stream.wants_write {
            self.epoll
                .want_write(stream.stream.as_raw_fd(), stream.token, wants)?;
            stream.wants_write = wants;
        }
        Ok(())
    }

    fn cut_the_dead(&mut self, now: Instant) {
        let for_long = |since: Instant, most| now.saturating_duration_since(since) >= most;
        for slot in 0..self.streams.len() {
            let dead = self.get(slot).is_some_and(|s| {
                for_long(s.heard_at, SILENT_MAX)
                    || s.backlog
                        .stalled_since()
                        .is_some_and(|since| for_long(since, STALLED_MAX))
            });
            if dead {
                self.cut(slot);
            }
        }
    }

    /// Ends a connection for what its peer did or did not do.
    pub(super) fn cut(&mut self, slot: usize) {
        self.cut += u64::from(self.get(slot).is_some());
        self.remove(slot);
    }

    /// Ends a connection.
    pub(super) fn remove(&mut self, slot: usize) {
        let Some(stream) = self.streams.get_mut(slot).and_then(Option::take) else {
            return;
        };
        self.by_peer.remove(&stream.peer);
        self.ended += 1;
        if let Some(session) = stream.session {
            self.gone.push((session, stream.peer));
        }
    }

    /// The connections of a session end, once they have been given what is queued for them.
    pub(super) fn leave(&mut self, session: usize) {
        for slot in 0..self.streams.len() {
            let Some(stream) = self.get(slot).filter(|s| s.session == Some(session)) else {
                continue;
            };
            stream.session = None;
            if stream.out.is_empty() {
                self.remove(slot);
            }
        }
    }
}
