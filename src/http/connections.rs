//! The connections to the doors, bounded: how many there may be, and how long one may take to say what it wants.
//!
//! Whoever opens connections and leaves their requests half said would otherwise hold every descriptor of the process,
//! and the record would have none left for its files.

use super::limits::network;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::server::conn::http1;
use hyper::service::Service as _;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Enough for a telephone on a bad network to say a kilobyte.
const HEAD_WITHIN: Duration = Duration::from_secs(20);
/// A peer that takes nothing of what is sent to it for this long is gone.
const UNHEARD_MAX: Duration = Duration::from_secs(60);
/// After the process has run out of something: it needs time to come free.
const AFTER_FAILURE: Duration = Duration::from_millis(500);
/// More than a court has at its busiest hour.
const CONNECTIONS_MAX: u64 = 8_192;
const TELL_EVERY: Duration = Duration::from_secs(60);

/// How many connections there may be, and how long they may be silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// In all. Those that come after them wait until one ends.
    pub all: usize,
    /// From one IPv4 address or one IPv6 network (/64). Those above are closed at once.
    pub per_address: usize,
    /// How long a connection may take to say the head of a request, the first as well as the next one.
    pub head_within: Duration,
}

impl Bounds {
    /// What a process with so many descriptors may give away: half of them. The others are for media, store and the files
    /// of the record.
    pub fn of_descriptors(descriptors: u64) -> Self {
        let all = (descriptors / 2).clamp(16, CONNECTIONS_MAX);
        Self {
            all: usize::try_from(all).unwrap_or(usize::MAX),
            per_address: usize::try_from(all / 4).unwrap_or(usize::MAX),
            head_within: HEAD_WITHIN,
        }
    }
}

/// Serves until `stop`, then until every request that was begun is answered. `unbounded` says whose connections are not
/// counted by address: they stand for many people.
///
/// # Errors
/// None: what goes wrong with one connection ends that connection.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    unbounded: impl Fn(IpAddr) -> bool,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(bounds.all));
    let by_address = ByAddress::new(bounds.per_address);
    let tasks = TaskTracker::new();
    let mut refusals = Refusals::default();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = stop.cancelled() => break,
        };
        let (stream, peer, place) = accepted;
        let held = match by_address.take(peer.ip(), unbounded(peer.ip().to_canonical())) {
            Some(held) => held,
            None => {
                refusals.note();
                continue;
            }
        };
        let io = Connection {
            stream,
            _place: place,
            _held: held,
        };
        tasks.spawn(one(io, peer, router.clone(), bounds.head_within, stop.clone()));
    }
    tasks.close();
    tasks.wait().await;
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            // Nobody closes it.
            return std::future::pending().await;
        };
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) if of_peer(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// The peer gave up before it was accepted.
fn of_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

async fn one(
    io: Connection,
    peer: SocketAddr,
    router: Router,
    head_within: Duration,
    stop: CancellationToken,
) {
    let socket = socket2::SockRef::from(&io.stream);
    // Events are small and wanted at once. A socket that takes neither option still serves.
    if let Err(error) = socket
        .set_tcp_nodelay(true)
        .and_then(|()| socket.set_tcp_user_timeout(Some(UNHEARD_MAX)))
    {
        tracing::debug!(%error, "a connection takes no options");
    }
    let router = TowerToHyperService::new(router);
    let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_within)
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

/// A connection and its place, which it keeps for as long as it lives, also as a WebSocket.
struct Connection {
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
    _held: Held,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, from)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, from)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// How many connections each address has.
#[derive(Clone)]
struct ByAddress {
    max: usize,
    of: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl ByAddress {
    fn new(max: usize) -> Self {
        Self {
            max,
            of: Arc::default(),
        }
    }

    /// One more of this address, if it may have one more.
    fn take(&self, address: IpAddr, unbounded: bool) -> Option<Held> {
        if unbounded {
            return Some(Held { counted: None });
        }
        let address = network(address);
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let count = of.entry(address).or_insert(0);
        if *count >= self.max {
            return None;
        }
        *count += 1;
        Some(Held {
            counted: Some((self.clone(), address)),
        })
    }

    fn give_back(&self, address: IpAddr) {
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = of.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                of.remove(&address);
            }
        }
    }
}

/// A connection that is counted for its address.
struct Held {
    counted: Option<(ByAddress, IpAddr)>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some((by_address, address)) = self.counted.take() {
            by_address.give_back(address);
        }
    }
}

/// Refusals, told in sums: a flood must not fill the log.
#[derive(Default)]
struct Refusals {
    untold: u64,
    told: Option<Instant>,
}

impl Refusals {
    fn note(&mut self) {
        metrics::counter!("oyer_connections_refused_total").increment(1);
        self.untold += 1;
        if self.told.is_none_or(|at| at.elapsed() >= TELL_EVERY) {
            tracing::warn!(
                connections = self.untold,
                "refused: their address has too many connections already. If a proxy stands before this server, name it \
                 with --trusted-proxy"
            );
            (self.untold, self.told) = (0, Some(Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use std::future::IntoFuture as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    const HALF: &[u8] = b"GET / HTTP/1.1\r\nHost: court\r\nX-Half:";
    const WHOLE: &[u8] = b"GET / HTTP/1.1\r\nHost: court\r\n\r\n";

    struct Door {
        address: SocketAddr,
        stop: CancellationToken,
        serving: tokio::task::JoinHandle<()>,
    }

    impl Door {
        async fn open(bounds: Bounds, unbounded: bool) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let router = Router::new().route(
                "/",
                get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }),
            );
            let stop = CancellationToken::new();
            let serving = tokio::spawn(serve(listener, router, bounds, move |_| unbounded, stop.clone()));
            Self {
                address,
                stop,
                serving,
            }
        }

        async fn say(&self, what: &[u8]) -> TcpStream {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            stream.write_all(what).await.unwrap();
            stream
        }
    }

    async fn answered(stream: &mut TcpStream) -> bool {
        let mut head = [0; 15];
        stream.read_exact(&mut head).await.is_ok() && &head == b"HTTP/1.1 200 OK"
    }

    #[test]
    fn half_of_the_descriptors_may_go_to_connections() {
        assert_eq!(
            Bounds::of_descriptors(1024),
            Bounds {
                all: 512,
                per_address: 128,
                head_within: HEAD_WITHIN,
            }
        );
        assert_eq!(Bounds::of_descriptors(u64::MAX).all, 8_192);
    }

    #[tokio::test]
    async fn one_address_has_so_many_connections_and_gets_places_back() {
        let door = Door::open(
            Bounds {
                all: 10,
                per_address: 2,
                head_within: HEAD_WITHIN,
            },
            false,
        )
        .await;
        let mut first = door.say(WHOLE).await;
        let mut second = door.say(WHOLE).await;
        assert!(answered(&mut first).await && answered(&mut second).await);
        let mut third = door.say(WHOLE).await;
        assert!(!answered(&mut third).await, "one too many");
        drop(first);
        // The server learns of the end at some moment: the next that it lets in shows it.
        loop {
            let mut next = door.say(WHOLE).await;
            if answered(&mut next).await {
                break;
            }
        }
    }

    #[tokio::test]
    async fn when_all_places_hold_half_said_requests_the_next_is_served_once_they_are_cut() {
        let door = Door::open(
            Bounds {
                all: 3,
                per_address: 1,
                head_within: Duration::from_millis(300),
            },
            true,
        )
        .await;
        let mut halves = Vec::new();
        for _ in 0..3 {
            halves.push(door.say(HALF).await);
        }
        let mut next = door.say(WHOLE).await;
        assert!(answered(&mut next).await);
        for mut half in halves {
            let mut rest = Vec::new();
            // A cut connection ends or is reset.
            let _ = half.read_to_end(&mut rest).await;
        }
    }

    #[tokio::test]
    async fn a_stop_lets_idle_connections_go() {
        let door = Door::open(Bounds::of_descriptors(1024), true).await;
        let mut idle = door.say(WHOLE).await;
        assert!(answered(&mut idle).await);
        door.stop.cancel();
        door.serving.into_future().await.unwrap();
    }
}
