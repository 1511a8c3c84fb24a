//! A relay between a client and the server. Whatever is put into it reaches the server from the client's own address,
//! as what is forged does, and needs no privilege.

use super::server::media_address;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// What stands between a client and the server.
pub trait Between {
    /// The offer without the client's own addresses.
    fn offer(&self, sdp: &str) -> String {
        let lines = sdp.lines().filter(|l| !l.starts_with("a=candidate:"));
        lines.map(|l| format!("{l}\r\n")).collect()
    }

    /// The answer with an address of its own in place of the server's.
    fn answer(&self, sdp: &str) -> String;
}

/// The answer with this one candidate, of UDP.
pub fn through(sdp: &str, near: SocketAddr) -> String {
    let server = media_address(sdp);
    let place = |a: SocketAddr| format!(" {} {} ", a.ip(), a.port());
    sdp.lines()
        .filter(|l| !l.starts_with("a=candidate:") || l.contains(" udp "))
        .map(|l| l.replace(&place(server), &place(near)) + "\r\n")
        .collect()
}

pub struct Relay {
    /// Toward the client.
    near: Arc<UdpSocket>,
    /// Toward the server: the address that it knows the client by.
    far: Arc<UdpSocket>,
    server: Arc<Mutex<Option<SocketAddr>>>,
    /// What the client last sent that was DTLS, and what was SRTP.
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
    tasks: [JoinHandle<()>; 2],
}

/// What is remembered of a client's datagrams.
const HEARD_MAX: usize = 256;

impl Relay {
    pub async fn new() -> Self {
        let near = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let far = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let server = Arc::new(Mutex::new(None));
        let client = Arc::new(Mutex::new(None));
        let heard = Arc::new(Mutex::new(Vec::new()));
        let out = tokio::spawn({
            let (near, far, server, client, heard) = (
                near.clone(),
                far.clone(),
                server.clone(),
                client.clone(),
                heard.clone(),
            );
            async move {
                let mut buffer = [0; 2048];
                while let Ok((n, from)) = near.recv_from(&mut buffer).await {
                    *client.lock().unwrap() = Some(from);
                    let to: Option<SocketAddr> = *server.lock().unwrap();
                    {
                        let mut heard = heard.lock().unwrap();
                        if heard.len() < HEARD_MAX {
                            heard.push(buffer[..n].to_vec());
                        }
                    }
                    if let Some(to) = to {
                        far.send_to(&buffer[..n], to).await.unwrap();
                    }
                }
            }
        });
        let back = tokio::spawn({
            let (near, far) = (near.clone(), far.clone());
            async move {
                let mut buffer = [0; 2048];
                while let Ok((n, _)) = far.recv_from(&mut buffer).await {
                    let to: Option<SocketAddr> = *client.lock().unwrap();
                    if let Some(to) = to {
                        // A client that is gone hears nothing.
                        let _ = near.send_to(&buffer[..n], to).await;
                    }
                }
            }
        });
        Self {
            near,
            far,
            server,
            heard,
            tasks: [out, back],
        }
    }

    /// Sends a datagram to the server from the client's address.
    pub async fn forge(&self, datagram: Vec<u8>) {
        let server = self.server.lock().unwrap().expect("answered");
        self.far.send_to(&datagram, server).await.unwrap();
    }

    /// What the client has sent, the first of it.
    pub fn heard(&self) -> Vec<Vec<u8>> {
        self.heard.lock().unwrap().clone()
    }
}

impl Between for Relay {
    fn answer(&self, sdp: &str) -> String {
        let server = media_address(sdp);
        *self.server.lock().unwrap() = Some(server);
        through(sdp, self.near.local_addr().unwrap())
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
