//! A bridge between a client that speaks UDP and the server's TCP port: what a browser does where UDP is blocked.

use super::relay::{Between, through};
use super::server::tcp_address;
use oyer::rtp::framing;
use socket2::{Domain, Socket, Type};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the bridge's kernel takes in ahead of a bridge that does not read, in bytes.
const RECEIVE_BUFFER: usize = 8 * 1024;

pub struct Bridge {
    near: Arc<UdpSocket>,
    reads: watch::Sender<bool>,
    /// The bridge's own end of the connection.
    pub local: Mutex<Option<SocketAddr>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Bridge {
    pub async fn new() -> Self {
        Self {
            near: Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap()),
            reads: watch::Sender::new(true),
            local: Mutex::default(),
            tasks: Mutex::default(),
        }
    }

    /// Whether the bridge reads what the server sends.
    pub fn read(&self, reads: bool) {
        self.reads.send_replace(reads);
    }
}

impl Between for Bridge {
    fn answer(&self, sdp: &str) -> String {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(RECEIVE_BUFFER).unwrap();
        socket.connect(&tcp_address(sdp).into()).unwrap();
        socket.set_nonblocking(true).unwrap();
        let stream = TcpStream::from_std(socket.into()).unwrap();
        stream.set_nodelay(true).unwrap();
        *self.local.lock().unwrap() = Some(stream.local_addr().unwrap());
        let (mut from_server, mut to_server) = stream.into_split();
        let client = Arc::new(Mutex::new(None::<SocketAddr>));
        let out = tokio::spawn({
            let (near, client) = (self.near.clone(), client.clone());
            async move {
                let mut buffer = [0; 2048];
                while let Ok((n, from)) = near.recv_from(&mut buffer).await {
                    *client.lock().unwrap() = Some(from);
                    let mut frame = Vec::new();
                    framing::put(&buffer[..n], &mut frame);
                    // In two parts, wherever they may be cut.
                    let (head, tail) = frame.split_at(1 + n / 2);
                    for part in [head, tail] {
                        if to_server.write_all(part).await.is_err() {
                            return;
                        }
                    }
                }
            }
        });
        let back = tokio::spawn({
            let (near, mut reads) = (self.near.clone(), self.reads.subscribe());
            async move {
                let mut kept = Vec::new();
                let mut buffer = [0; 4096];
                while reads.wait_for(|reads| *reads).await.is_ok() {
                    let Ok(n @ 1..) = from_server.read(&mut buffer).await else {
                        return;
                    };
                    kept.extend_from_slice(&buffer[..n]);
                    let mut rest = kept.as_slice();
                    while let Some(packet) = framing::take(&mut rest).unwrap() {
                        let to: Option<SocketAddr> = *client.lock().unwrap();
                        if let Some(to) = to {
                            // A client that is gone hears nothing.
                            let _ = near.send_to(packet, to).await;
                        }
                    }
                    kept = rest.to_vec();
                }
            }
        });
        self.tasks.lock().unwrap().extend([out, back]);
        through(sdp, self.near.local_addr().unwrap())
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        for task in self.tasks.lock().unwrap().iter() {
            task.abort();
        }
    }
}
