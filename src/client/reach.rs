//! Whether a server's media candidates answer from here: a true connectivity check to each (RFC 8445), over UDP and over
//! TCP (RFC 6544), with the credentials of a session. A server answers nobody else.

use crate::rtp::framing;
use ring::hmac;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

/// How long an answer is waited for before the check is sent again, over UDP.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Checks over UDP. One may be lost.
const TRIES: usize = 5;
/// How long a TCP connection and the answer on it may take.
const TCP_WITHIN: Duration = Duration::from_secs(4);
/// Longest answer that is read, in bytes.
const ANSWER_MAX: usize = 1500;
/// Candidates that are read of one answer.
const CANDIDATES_MAX: usize = 64;

const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const PRIORITY: u16 = 0x0024;
const ICE_CONTROLLING: u16 = 0x802a;

/// How a candidate is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Datagrams.
    Udp,
    /// A connection that the server accepts.
    Tcp,
}

/// Where the server takes media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// How.
    pub protocol: Protocol,
    /// Where.
    pub address: SocketAddr,
}

/// Why a candidate did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Unreached {
    /// Nothing came.
    #[error("no answer")]
    Silent,
    /// The connection was not made, or broke.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Something answered that has not the session's password.
    #[error("the answer is not the court's server's")]
    Stranger,
}

/// A session that is asked for so that its candidates can be checked. No media ever flows in it.
#[derive(Debug)]
pub struct Probe {
    ufrag: String,
    fingerprint: String,
    password: String,
}

/// What the server's answer offers.
#[derive(Debug)]
pub struct Offered {
    user: String,
    password: String,
    /// In the answer's order.
    pub candidates: Vec<Candidate>,
}

impl Default for Probe {
    fn default() -> Self {
        Self::new()
    }
}

impl Probe {
    /// Fresh credentials.
    pub fn new() -> Self {
        let token = || uuid::Uuid::new_v4().simple().to_string();
        let bytes: Vec<String> = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()]
            .iter()
            .flat_map(|u| u.into_bytes())
            .map(|b| format!("{b:02X}"))
            .collect();
        Self {
            ufrag: token().chars().take(8).collect(),
            fingerprint: bytes.join(":"),
            password: token(),
        }
    }

    /// The offer to be made by WHEP: one line of sound. The fingerprint is nobody's: there will be no handshake.
    pub fn offer(&self) -> String {
        format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\n\
             a=fingerprint:sha-256 {}\r\na=setup:actpass\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n\
             a=recvonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n",
            self.ufrag, self.password, self.fingerprint
        )
    }

    /// What an answer to the offer says. `None` if it has no credentials.
    pub fn offered(&self, answer: &str) -> Option<Offered> {
        let line = |name: &str| answer.lines().find_map(|l| l.trim().strip_prefix(name));
        let ufrag = line("a=ice-ufrag:")?;
        let mut candidates = Vec::new();
        for candidate in answer.lines().filter_map(candidate) {
            if !candidates.contains(&candidate) && candidates.len() < CANDIDATES_MAX {
                candidates.push(candidate);
            }
        }
        Some(Offered {
            user: format!("{ufrag}:{}", self.ufrag),
            password: line("a=ice-pwd:")?.to_owned(),
            candidates,
        })
    }
}

/// A host candidate of UDP, or a passive one of TCP.
fn candidate(line: &str) -> Option<Candidate> {
    let words: Vec<&str> = line
        .strip_prefix("a=candidate:")?
        .split_ascii_whitespace()
        .collect();
    let [_, _, protocol, _, ip, port, ..] = words.as_slice() else {
        return None;
    };
    let protocol = match protocol.to_ascii_lowercase().as_str() {
        "udp" => Protocol::Udp,
        "tcp" if words.windows(2).any(|w| w == ["tcptype", "passive"]) => Protocol::Tcp,
        _ => return None,
    };
    let ip: IpAddr = ip.parse().ok()?;
    let address = SocketAddr::new(ip, port.parse().ok()?);
    Some(Candidate { protocol, address })
}

impl Offered {
    /// Sends a check to a candidate and waits for its answer. Gives how long it took, over TCP with the connection.
    ///
    /// # Errors
    /// Why there was none.
    pub async fn check(&self, candidate: Candidate) -> Result<Duration, Unreached> {
        match candidate.protocol {
            Protocol::Udp => self.check_udp(candidate.address).await,
            Protocol::Tcp => tokio::time::timeout(TCP_WITHIN, self.check_tcp(candidate.address))
                .await
                .unwrap_or(Err(Unreached::Silent)),
        }
    }

    async fn check_udp(&self, to: SocketAddr) -> Result<Duration, Unreached> {
        let any: IpAddr = match to {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind((any, 0)).await?;
        socket.connect(to).await?;
        let mut strangers = false;
        let mut buffer = [0; ANSWER_MAX];
        for _ in 0..TRIES {
            let (check, transaction) = self.request();
            let sent = Instant::now();
            socket.send(&check).await?;
            while let Ok(received) = tokio::time::timeout(
                AGAIN_AFTER.saturating_sub(sent.elapsed()),
                socket.recv(&mut buffer),
            )
            .await
            {
                let length = received?;
                match self.judge(buffer.get(..length).unwrap_or_default(), &transaction) {
                    Some(true) => return Ok(sent.elapsed()),
                    Some(false) => strangers = true,
                    None => {}
                }
            }
        }
        Err(if strangers {
            Unreached::Stranger
        } else {
            Unreached::Silent
        })
    }

    async fn check_tcp(&self, to: SocketAddr) -> Result<Duration, Unreached> {
        let begun = Instant::now();
        let mut stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        let (check, transaction) = self.request();
        let mut frame = Vec::new();
        framing::put(&check, &mut frame);
        stream.write_all(&frame).await?;
        let mut kept = Vec::new();
        let mut buffer = [0; ANSWER_MAX];
        loop {
            let length = stream.read(&mut buffer).await?;
            if length == 0 {
                return Err(Unreached::Silent);
            }
            kept.extend_from_slice(buffer.get(..length).unwrap_or_default());
            let mut rest = kept.as_slice();
            while let Some(packet) = framing::take(&mut rest).map_err(|_| Unreached::Stranger)? {
                match self.judge(packet, &transaction) {
                    Some(true) => return Ok(begun.elapsed()),
                    Some(false) => return Err(Unreached::Stranger),
                    None => {}
                }
            }
            kept = rest.to_vec();
        }
    }

    /// A binding request that nominates nothing.
    fn request(&self) -> (Vec<u8>, [u8; 12]) {
        let (mut transaction, random) = ([0; 12], uuid::Uuid::new_v4().into_bytes());
        transaction.copy_from_slice(&random[..12]);
        let mut message = BINDING_REQUEST.to_be_bytes().to_vec();
        message.extend([0, 0, 0x21, 0x12, 0xa4, 0x42]);
        message.extend(transaction);
        let attributes: [(u16, &[u8]); 3] = [
            (USERNAME, self.user.as_bytes()),
            // Of a peer-reflexive candidate.
            (PRIORITY, &[0x6e, 0xff, 0xff, 0xff]),
            (ICE_CONTROLLING, &random[8..]),
        ];
        for (kind, value) in attributes {
            message.extend(kind.to_be_bytes());
            message.extend((value.len() as u16).to_be_bytes());
            message.extend(value);
            message.resize(message.len().next_multiple_of(4), 0);
        }
        // As if the message ended with the attribute that is to come (RFC 8489, section 14.5).
        let length = (message.len() - 20 + 24) as u16;
        message[2..4].copy_from_slice(&length.to_be_bytes());
        let tag = hmac::sign(&self.key(), &message);
        message.extend(MESSAGE_INTEGRITY.to_be_bytes());
        message.extend([0, 20]);
        message.extend(tag.as_ref());
        (message, transaction)
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.password.as_bytes())
    }

    /// Whether a packet is the answer to a request. `None` if it is something else: the server checks us as well.
    fn judge(&self, packet: &[u8], transaction: &[u8; 12]) -> Option<bool> {
        let head = packet.get(..20)?;
        if head[..2] != BINDING_SUCCESS.to_be_bytes() || head[8..] != *transaction {
            return None;
        }
        let mut at = 20;
        while let Some([t0, t1, l0, l1]) = packet.get(at..at + 4) {
            let length = usize::from(u16::from_be_bytes([*l0, *l1]));
            if u16::from_be_bytes([*t0, *t1]) == MESSAGE_INTEGRITY {
                let (Some(before), Some(tag)) = (packet.get(..at), packet.get(at + 4..at + 24)) else {
                    return Some(false);
                };
                let mut signed = before.to_vec();
                signed[2..4].copy_from_slice(&((at + 24 - 20) as u16).to_be_bytes());
                return Some(hmac::verify(&self.key(), &signed, tag).is_ok());
            }
            at += 4 + length.next_multiple_of(4);
        }
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_of_an_answer_are_read_each_once() {
        let probe = Probe::new();
        let answer = "v=0\r\na=ice-ufrag:them\r\na=ice-pwd:secret\r\n\
            a=candidate:1 1 udp 2130706431 192.0.2.1 4000 typ host\r\n\
            a=candidate:2 1 tcp 1518280447 2001:db8::1 8081 typ host tcptype passive\r\n\
            a=candidate:3 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active\r\n\
            a=candidate:1 1 udp 2130706431 192.0.2.1 4000 typ host\r\n\
            a=candidate:4 1 udp 2130706431 name.local 4000 typ host\r\n\
            a=candidate:5 1 udp\r\n";
        let offered = probe.offered(answer).unwrap();
        let of = |protocol, address: &str| Candidate {
            protocol,
            address: address.parse().unwrap(),
        };
        assert_eq!(
            offered.candidates,
            [
                of(Protocol::Udp, "192.0.2.1:4000"),
                of(Protocol::Tcp, "[2001:db8::1]:8081")
            ]
        );
        assert_eq!(offered.user, format!("them:{}", probe.ufrag));
        assert!(probe.offered("v=0\r\n").is_none());
    }

    #[tokio::test]
    async fn an_answer_counts_only_with_the_password() {
        let offered = |password: &str| Offered {
            user: "them:us".into(),
            password: password.into(),
            candidates: vec![],
        };
        for (theirs, known) in [("right", true), ("wrong", false)] {
            let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let address = server.local_addr().unwrap();
            let answering = tokio::spawn(async move {
                let mut buffer = [0; 1500];
                while let Ok((length, from)) = server.recv_from(&mut buffer).await {
                    let mut answer = buffer[..20].to_vec();
                    assert!(length > 20);
                    answer[..4].copy_from_slice(&[1, 1, 0, 24]);
                    let tag = hmac::sign(&offered(theirs).key(), &answer);
                    answer.extend([0, 8, 0, 20]);
                    answer.extend(tag.as_ref());
                    // What is not the answer is passed over.
                    server.send_to(&buffer[..20], from).await.unwrap();
                    server.send_to(&answer, from).await.unwrap();
                }
            });
            let candidate = Candidate {
                protocol: Protocol::Udp,
                address,
            };
            match offered("right").check(candidate).await {
                Ok(_) => assert!(known),
                Err(error) => assert!(!known && matches!(error, Unreached::Stranger), "{error}"),
            }
            answering.abort();
        }
    }
}
