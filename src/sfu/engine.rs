//! The engine: starts the workers and pins each room to one of them.

use super::acceptor::{self, Acceptor, Door};
use super::command::{Command, Mailbox};
use super::error::EngineError;
use super::event::RoomEvent;
use super::load::{self, Load};
use super::room::Room;
use super::socket::{self, MediaSocket};
use super::stats::{Counters, EngineStats};
use super::ufrags::{Registry, Ufrags};
use super::wake::Waker;
use super::worker::{Given, Worker};
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::mpsc;
use uuid::Uuid;

/// How to start the engine.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Worker threads, each with one UDP socket.
    pub workers: usize,
    /// Where the sockets listen; may be unspecified (`0.0.0.0`, `::`).
    pub bind: IpAddr,
    /// Worker i binds `first_port + i`; 0 takes any free port.
    pub first_port: u16,
    /// Where media is taken over TCP as well (RFC 6544), by all workers together; 0 takes any free port, `None` is nowhere.
    pub tcp_port: Option<u16>,
    /// TCP connections at most: in all, and of one IPv4 address or one IPv6 network (/64).
    pub tcp_connections_max: (usize, usize),
    /// Addresses to advertise as host candidates, of UDP and TCP. Empty: the bind address, or those of all interfaces if that is
    /// unspecified.
    pub public_addresses: Vec<IpAddr>,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            workers: 1,
            bind: IpAddr::from([127, 0, 0, 1]),
            first_port: 0,
            tcp_port: None,
            tcp_connections_max: (1024, 256),
            public_addresses: Vec::new(),
        }
    }
}

struct Lane {
    mailbox: Mailbox,
    counters: Arc<Counters>,
    address: SocketAddr,
    waker: Waker,
    load: Load,
}

struct Inner {
    lanes: Vec<Lane>,
    /// Where TCP is accepted, and what wakes the thread that does.
    tcp: Option<(SocketAddr, Waker)>,
    stop: Arc<AtomicBool>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        for lane in &self.lanes {
            lane.waker.wake();
        }
        if let Some((_, waker)) = &self.tcp {
            waker.wake();
        }
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // It cannot have panicked: that ends the process.
            let _ = thread.join();
        }
    }
}

/// The media engine. Cheap to clone; the workers stop when the last clone is dropped.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("addresses", &self.local_addresses())
            .finish()
    }
}

impl Engine {
    /// Opens the sockets and starts the worker threads.
    pub fn start(config: EngineConfig) -> Result<Engine, EngineError> {
        if config.workers == 0 {
            return Err(EngineError::NoWorkers);
        }
        let advertised = advertised(&config)?;
        let listener = config.tcp_port.map(|port| {
            let address = SocketAddr::new(config.bind, port);
            let bound = acceptor::listen(address).and_then(|l| Ok((l.local_addr()?, l)));
            bound.map_err(|source| EngineError::BindTcp { address, source })
        });
        let listener = listener.transpose()?;
        let tcp_candidates: Vec<SocketAddr> = listener
            .iter()
            .flat_map(|(bound, _)| advertised.iter().map(|ip| SocketAddr::new(*ip, bound.port())))
            .collect();
        let registry = Registry::default();
        let stop = Arc::new(AtomicBool::new(false));
        let mut lanes = Vec::with_capacity(config.workers);
        let mut threads = Vec::with_capacity(config.workers);
        for i in 0..config.workers {
            let port = match config.first_port {
                0 => 0,
                first => u16::try_from(i)
                    .ok()
                    .and_then(|i| first.checked_add(i))
                    .ok_or_else(|| EngineError::Setup("media ports run past 65535".into()))?,
            };
            let wanted = SocketAddr::new(config.bind, port);
            let socket = MediaSocket::bind(wanted).map_err(|source| EngineError::Bind {
                address: wanted,
                source,
            })?;
            let bound = socket.local_addr();
            let candidates: Vec<SocketAddr> = advertised
                .iter()
                .map(|ip| SocketAddr::new(*ip, bound.port()))
                .collect();
            let waker =
                Waker::new().map_err(|e| EngineError::Setup(format!("no wake-up descriptor: {e}")))?;
            let (mailbox, commands) = Mailbox::new(waker.clone());
            let counters = Arc::new(Counters::default());
            let load = Load::default();
            let worker = Worker::new(Given {
                socket,
                candidates,
                tcp_candidates: tcp_candidates.clone(),
                ufrags: Ufrags::new(registry.clone(), i),
                waker: waker.clone(),
                commands,
                counters: counters.clone(),
                load: load.clone(),
                stop: stop.clone(),
            })
            .map_err(EngineError::Setup)?;
            let thread = std::thread::Builder::new()
                .name(format!("sfu-{i}"))
                .spawn(move || {
                    // A worker that is gone would leave its hearings silent, and nobody would know. The next start finds
                    // them as they were and says so.
                    if catch_unwind(AssertUnwindSafe(|| worker.run())).is_err() {
                        tracing::error!("a media worker panicked; the server ends, to be started again");
                        std::process::abort();
                    }
                })
                .map_err(|e| EngineError::Setup(format!("no thread for a worker: {e}")))?;
            threads.push(thread);
            lanes.push(Lane {
                mailbox,
                counters,
                address: bound,
                waker,
                load,
            });
        }
        let tcp = match listener {
            None => None,
            Some((bound, listener)) => {
                let waker =
                    Waker::new().map_err(|e| EngineError::Setup(format!("no wake-up descriptor: {e}")))?;
                let (all_max, each_max) = config.tcp_connections_max;
                let acceptor = Acceptor::new(Door {
                    listener,
                    stop: stop.clone(),
                    waker: waker.clone(),
                    registry,
                    mailboxes: lanes.iter().map(|lane: &Lane| lane.mailbox.clone()).collect(),
                    counters: lanes[0].counters.clone(),
                    all_max,
                    each_max,
                })
                .map_err(|e| EngineError::Setup(format!("no epoll descriptor: {e}")))?;
                let thread = std::thread::Builder::new()
                    .name("sfu-tcp".into())
                    .spawn(move || {
                        // As above: people whose network blocks UDP would be shut out, and nobody would know.
                        if catch_unwind(AssertUnwindSafe(|| acceptor.run())).is_err() {
                            tracing::error!(
                                "the acceptor of media connections panicked; the server ends, to be started again"
                            );
                            std::process::abort();
                        }
                    })
                    .map_err(|e| EngineError::Setup(format!("no thread for TCP: {e}")))?;
                threads.push(thread);
                Some((bound, waker))
            }
        };
        Ok(Engine(Arc::new(Inner {
            lanes,
            tcp,
            stop,
            threads: Mutex::new(threads),
        })))
    }

    /// Opens a room for about so many people, on a worker that has time for it; there it stays. `events` is bounded by its
    /// maker.
    pub fn open_room(&self, room: Uuid, people: usize, events: mpsc::Sender<RoomEvent>) -> Room {
        let flows = load::flows(people);
        let loads: Vec<&Load> = self.0.lanes.iter().map(|l| &l.load).collect();
        // `lanes` is never empty: `start` refuses zero workers.
        let lane = &self.0.lanes[load::choose(&loads, flows)];
        lane.load.add(flows);
        let open = Command::OpenRoom { room, flows, events };
        if lane.mailbox.try_send(open).is_err() {
            lane.load.remove(flows);
            // The room's methods will all answer RoomGone.
            tracing::error!(hearing = %room, "a media worker takes no more commands; the room is not open");
        }
        Room::new(room, lane.mailbox.clone())
    }

    /// Counters of all workers together, and the drops of each queue.
    pub fn stats(&self) -> EngineStats {
        let mut stats = EngineStats::default();
        for lane in &self.0.lanes {
            lane.counters.add_to(&mut stats);
        }
        stats
    }

    /// Where media is taken over TCP, if it is.
    pub fn tcp_address(&self) -> Option<SocketAddr> {
        self.0.tcp.as_ref().map(|(address, _)| *address)
    }

    /// The addresses the workers listen on, in worker order.
    pub fn local_addresses(&self) -> Vec<SocketAddr> {
        self.0.lanes.iter().map(|lane| lane.address).collect()
    }
}

fn advertised(config: &EngineConfig) -> Result<Vec<IpAddr>, EngineError> {
    let list = if !config.public_addresses.is_empty() {
        config.public_addresses.clone()
    } else if config.bind.is_unspecified() {
        socket::interface_addresses(config.bind.is_ipv4())
            .map_err(|e| EngineError::Setup(format!("interfaces cannot be listed: {e}")))?
    } else {
        vec![config.bind]
    };
    if list.is_empty() {
        return Err(EngineError::NoAddress);
    }
    Ok(list)
}
