//! The door for media over TCP (ICE-TCP passive, RFC 6544): a thread that accepts connections and reads their first packet.
//!
//! Nothing is known of a stranger who connects. So there is a bound on connections in all, on those of one address, on
//! those that have said nothing yet, and on how long they may take: the first packet has to be a connectivity check
//! (RFC 8445) that names one of our sessions. Then the worker that owns the session gets the connection, with whatever
//! was read; whether the check is authentic is for the worker to see, which has the password.

use super::command::{Command, Mailbox};
use super::epoll::{Epoll, Ready};
use super::stats::Counters;
use super::stun;
use super::ufrags::Registry;
use super::wake::Waker;
use crate::rtp::framing::{self, PACKET_MAX, PREFIX};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::{self, Read as _};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a connection may take for its first packet.
const FIRST_WITHIN: Duration = Duration::from_secs(4);
/// How long a connection waits before it is handed over. A browser checks UDP and TCP side by side and the stack keeps the
/// pair that is nominated first: where a datagram is lost, UDP has time to send it again.
const HEAD_START: Duration = Duration::from_millis(250);
/// Connections that have not said who they are at most; beyond it the one that has waited longest is cut.
const STRANGERS_MAX: usize = 256;
/// Connections accepted before those that are here are looked at.
const ACCEPTED_TOGETHER: usize = 64;
/// Connections that wait in the kernel to be accepted.
const BACKLOG: i32 = 256;
/// A pause after the process has run out of descriptors or memory: they need time to come free.
const AFTER_FAILURE: Duration = Duration::from_millis(200);
const TELL_EVERY: Duration = Duration::from_secs(60);
/// What the kernel holds unsent of a connection, in bytes: what waits here can still be left out.
const UNSENT_MAX: u32 = 16 * 1024;
/// A peer that confirms nothing for this long is gone.
const UNHEARD_MAX: Duration = Duration::from_secs(15);

const LISTENER: u64 = 0;
const STOP: u64 = 1;
const FIRST: u64 = 2;

/// A connection whose first packet named a session.
#[derive(Debug)]
pub(super) struct Newcomer {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    /// Everything that was read of it.
    pub(super) bytes: Vec<u8>,
    pub(super) permit: Permit,
}

struct Stranger {
    newcomer: Newcomer,
    until: Instant,
}

/// How many connections there are, in all and of each address.
#[derive(Debug)]
struct Capacity {
    all_max: usize,
    each_max: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    of: HashMap<IpAddr, usize>,
}

/// The place of one connection; it comes free when this is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    capacity: Arc<Capacity>,
    network: IpAddr,
}

impl Capacity {
    fn take(self: &Arc<Self>, address: IpAddr) -> Option<Permit> {
        let network = network(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_network = taken.of.get(&network).copied().unwrap_or_default();
        if taken.all >= self.all_max || of_network >= self.each_max {
            return None;
        }
        taken.of.insert(network, of_network + 1);
        taken.all += 1;
        Some(Permit {
            capacity: self.clone(),
            network,
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut taken = self.capacity.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(count) = taken.of.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                taken.of.remove(&self.network);
            }
        }
    }
}

/// Whom an address is counted for: an IPv6 subscriber has a whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

/// Listens on TCP.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // A restart need not wait until the last connections of the run before are forgotten.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Accepts connections and hands them to the workers; runs on a thread of its own.
pub(super) struct Acceptor {
    listener: TcpListener,
    epoll: Epoll,
    stop: Arc<AtomicBool>,
    waker: Waker,
    registry: Registry,
    mailboxes: Vec<Mailbox>,
    capacity: Arc<Capacity>,
    counters: Arc<Counters>,
    /// By number, which grows: the first has waited longest.
    strangers: BTreeMap<u64, Stranger>,
    /// Those who have said which session, until when they wait, and its worker.
    waiting: VecDeque<(Instant, usize, Newcomer)>,
    next: u64,
    told: Option<Instant>,
}

/// What an acceptor works with.
pub(super) struct Door {
    pub(super) listener: TcpListener,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) waker: Waker,
    pub(super) registry: Registry,
    /// Of the workers, in their order.
    pub(super) mailboxes: Vec<Mailbox>,
    pub(super) counters: Arc<Counters>,
    /// Connections in all.
    pub(super) all_max: usize,
    /// Of one IPv4 address or one IPv6 network (/64).
    pub(super) each_max: usize,
}

impl Acceptor {
    pub(super) fn new(door: Door) -> io::Result<Self> {
        let epoll = Epoll::new()?;
        epoll.add(door.listener.as_raw_fd(), LISTENER)?;
        epoll.add(door.waker.fd(), STOP)?;
        Ok(Self {
            listener: door.listener,
            epoll,
            stop: door.stop,
            waker: door.waker,
            registry: door.registry,
            mailboxes: door.mailboxes,
            capacity: Arc::new(Capacity {
                all_max: door.all_max,
                each_max: door.each_max,
                taken: Mutex::default(),
            }),
            counters: door.counters,
            strangers: BTreeMap::new(),
            waiting: VecDeque::new(),
            next: FIRST,
            told: None,
        })
    }

    /// Runs until the engine is dropped.
    pub(super) fn run(mut self) {
        let mut ready: Vec<Ready> = Vec::new();
        while !self.stop.load(Ordering::Acquire) {
            let silent = self.strangers.values().next().map(|s| s.until);
            let next = silent
                .into_iter()
                .chain(self.waiting.front().map(|(at, ..)| *at))
                .min();
            let wait = next.map(|at| at.saturating_duration_since(Instant::now()));
            self.epoll.wait(wait, &mut ready);
            for event in &ready {
                match event.token {
                    LISTENER => self.accept(),
                    STOP => self.waker.clear(),
                    number => self.hear(number),
                }
            }
            self.hand_over();
            self.cut_the_silent();
        }
    }

    fn accept(&mut self) {
        for _ in 0..ACCEPTED_TOGETHER {
            match self.listener.accept() {
                Ok((stream, peer)) => self.greet(stream, peer),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // The peer gave up before it was accepted.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::ConnectionAborted
                            | io::ErrorKind::ConnectionReset
                            | io::ErrorKind::Interrupted
                    ) => {}
                Err(error) => {
                    if self.told.is_none_or(|at| at.elapsed() >= TELL_EVERY) {
                        self.told = Some(Instant::now());
                        tracing::error!(%error, "no media connection can be accepted over TCP");
                    }
                    std::thread::sleep(AFTER_FAILURE);
                    return;
                }
            }
        }
    }

    fn greet(&mut self, stream: TcpStream, peer: SocketAddr) {
        let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        let Some(permit) = self.capacity.take(peer.ip()) else {
            self.counters.connections_refused.add(1);
            return;
        };
        let number = self.next;
        let prepared = prepare(&stream).and_then(|()| self.epoll.add(stream.as_raw_fd(), number));
        if let Err(error) = prepared {
            tracing::debug!(%error, "a media connection could not be prepared");
            self.counters.connections_refused.add(1);
            return;
        }
        if self.strangers.len() >= STRANGERS_MAX {
            self.strangers.pop_first();
            self.counters.connections_refused.add(1);
        }
        self.next += 1;
        let newcomer = Newcomer {
            stream,
            peer,
            bytes: Vec::new(),
            permit,
        };
        let until = Instant::now() + FIRST_WITHIN;
        self.strangers.insert(number, Stranger { newcomer, until });
    }

    /// Reads a stranger's first packet, as far as it has come.
    fn hear(&mut self, number: u64) {
        let Some(mut stranger) = self.strangers.remove(&number) else {
            return;
        };
        let newcomer = &mut stranger.newcomer;
        let mut part = [0; PREFIX + PACKET_MAX];
        let room = part.len() - newcomer.bytes.len();
        match newcomer.stream.read(&mut part[..room]) {
            Ok(n) if n > 0 => newcomer.bytes.extend_from_slice(&part[..n]),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) => {}
            Ok(_) | Err(_) => {
                self.counters.connections_refused.add(1);
                return;
            }
        }
        match framing::take(&mut newcomer.bytes.as_slice()) {
            Ok(None) if newcomer.bytes.len() < PREFIX + PACKET_MAX => {
                self.strangers.insert(number, stranger);
            }
            Ok(Some(packet)) => {
                let worker = stun::local_ufrag(packet).and_then(|ufrag| self.registry.worker(ufrag));
                // The worker watches it from now on.
                let left = self.epoll.remove(newcomer.stream.as_raw_fd()).is_ok();
                match worker.filter(|_| left) {
                    Some(worker) => {
                        let at = Instant::now() + HEAD_START;
                        self.waiting.push_back((at, worker, stranger.newcomer));
                    }
                    None => self.counters.connections_refused.add(1),
                }
            }
            Ok(None) | Err(_) => self.counters.connections_refused.add(1),
        }
    }

    /// Hands over those whose time has come.
    fn hand_over(&mut self) {
        let now = Instant::now();
        while self.waiting.front().is_some_and(|(at, ..)| *at <= now) {
            let Some((_, worker, newcomer)) = self.waiting.pop_front() else {
                return;
            };
            let mailbox = self.mailboxes.get(worker);
            // A worker that is behind with a thousand commands takes no newcomer; the peer connects again.
            if mailbox.is_none_or(|m| m.try_send(Command::Adopt(newcomer)).is_err()) {
                self.counters.connections_refused.add(1);
            }
        }
    }

    fn cut_the_silent(&mut self) {
        let now = Instant::now();
        while let Some(first) = self.strangers.first_entry().filter(|s| s.get().until <= now) {
            first.remove();
            self.counters.connections_refused.add(1);
        }
    }
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    // Packets are small and wanted at once.
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_tcp_user_timeout(Some(UNHEARD_MAX))?;
    socket.set_tcp_notsent_lowat(UNSENT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_all_and_for_each_network_and_come_free() {
        let capacity = Arc::new(Capacity {
            all_max: 3,
            each_max: 2,
            taken: Mutex::default(),
        });
        let take = |address: &str| capacity.take(address.parse().unwrap());
        let first = take("2001:db8::1").unwrap();
        let _second = take("2001:db8::ffff:1").unwrap();
        assert!(take("2001:db8::2").is_none(), "the same /64");
        let _third = take("192.0.2.1").unwrap();
        assert!(take("192.0.2.2").is_none(), "no place in all");
        drop(first);
        assert!(take("::ffff:192.0.2.1").is_some());
    }
}
