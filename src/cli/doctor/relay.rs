//! Whether the relay (TURN, RFC 8656) that is configured lets media through: a way is asked of it with such credentials as a
//! participant gets, as their browser would ask.

use super::{Outcome, Report};
use crate::cli::config::Config;
use crate::http::Relay;
use crate::outside;
use crate::wire::api::IceServer;
use bytes::BytesMut;
use rtc::sansio::Protocol;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};
use rtc_turn::client::{Client, ClientConfig, Event};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long the relay may take for each step.
const WITHIN: Duration = Duration::from_secs(5);
/// Messages that are read before the answer has come.
const MESSAGES_MAX: usize = 16;
/// Bytes of a STUN message's head, where its length stands, and of the longest one that is read.
const HEAD: usize = 20;
const MESSAGE_MAX: usize = 2048;

/// Where a relay is, and how it is spoken to (RFC 7065).
#[derive(Debug, PartialEq, Eq)]
struct Place {
    host: String,
    port: u16,
    tls: bool,
    udp: bool,
}

impl Place {
    /// Of an address that the configuration has taken.
    fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once(':')?;
        let tls = scheme == "turns";
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                (host, port.strip_prefix(':'))
            }
            None => match place.rsplit_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        let port = match port {
            Some(port) => port.parse().ok()?,
            None if tls => 5349,
            None => 3478,
        };
        Some(Self {
            host: host.to_owned(),
            port,
            tls,
            udp: query == "transport=udp" || query.is_empty() && !tls,
        })
    }

    fn way(&self) -> &'static str {
        match (self.tls, self.udp) {
            (true, false) => "TLS",
            (true, true) => "DTLS",
            (false, false) => "TCP",
            (false, true) => "UDP",
        }
    }
}

/// Asks the relay for a way, if there is one.
pub(super) async fn relay(report: &mut Report, config: &Config) {
    let Some((url, secret)) = &config.turn else {
        return;
    };
    let Some(place) = Place::of(url) else {
        return report.say("relay", Outcome::Failed, format!("Relay: {url} names no port."));
    };
    let (port, way) = (place.port, place.way());
    if place.tls && place.udp {
        let text = "Relay: DTLS is not spoken here; whether it lets media through shows in the equipment check of a page.";
        return report.say("relay", Outcome::NotChecked, text);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let server = Relay::new(url.clone(), &secret.0).credentials(now.as_millis() as i64);
    let asked = tokio::task::spawn_blocking(move || ask(&place, &server)).await;
    match asked {
        Ok(Ok(())) => report.say(
            "relay",
            Outcome::Ok,
            format!("Relay: it gives a way through it, over {way} at port {port}, to whoever has this server's credentials."),
        ),
        Ok(Err(why)) => report.say(
            "relay",
            Outcome::Failed,
            format!("Relay over {way} at port {port}: {why}."),
        ),
        Err(_) => report.say("relay", Outcome::Failed, "Relay: the check broke off."),
    }
}

/// How messages go to and fro.
enum Line {
    Stream(Box<dyn Stream>),
    Datagrams(UdpSocket),
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

impl Line {
    fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            Self::Stream(stream) => {
                stream.write_all(message)?;
                stream.flush()
            }
            Self::Datagrams(socket) => socket.send(message).map(drop),
        }
    }

    /// The next STUN message. On a stream it says itself how long it is (RFC 8489, section 6.2.2).
    fn receive(&mut self) -> io::Result<BytesMut> {
        let mut message = BytesMut::zeroed(MESSAGE_MAX);
        let length = match self {
            Self::Stream(stream) => {
                stream.read_exact(&mut message[..HEAD])?;
                let length = HEAD + usize::from(u16::from_be_bytes([message[2], message[3]]));
                let body = message.get_mut(HEAD..length).ok_or(io::ErrorKind::InvalidData)?;
                stream.read_exact(body)?;
                length
            }
            Self::Datagrams(socket) => socket.recv(&mut message)?,
        };
        message.truncate(length);
        Ok(message)
    }
}

fn ask(place: &Place, server: &IceServer) -> Result<(), String> {
    let address = (place.host.as_str(), place.port)
        .to_socket_addrs()
        .ok()
        .and_then(|mut all| all.next())
        .ok_or("its name has no address: look at the name in turn_url, and at this machine's name server")?;
    let (line, local) = open(place, address)?;
    let protocol = match place.udp {
        true => TransportProtocol::UDP,
        false => TransportProtocol::TCP,
    };
    let config = ClientConfig {
        stun_serv_addr: String::new(),
        turn_serv_addr: address.to_string(),
        local_addr: local,
        transport_protocol: protocol,
        username: server.username.clone(),
        password: server.credential.clone(),
        realm: String::new(),
        software: String::new(),
        rto_in_ms: 0,
        allocation_refresh_interval_cap: None,
    };
    let crypto = rtc::crypto::default_provider().map_err(|e| e.to_string())?;
    let client = Client::new(config, crypto).map_err(|e| e.to_string())?;
    allocate(
        client,
        line,
        TransportContext {
            local_addr: local,
            peer_addr: address,
            transport_protocol: protocol,
            ecn: None,
        },
    )
}

fn open(place: &Place, address: SocketAddr) -> Result<(Line, SocketAddr), String> {
    let said = |error: io::Error| match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
        io::ErrorKind::TimedOut => "it does not answer: a firewall may be in between".to_owned(),
        _ => error.to_string(),
    };
    if place.udp {
        let any: SocketAddr = match address {
            SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
            SocketAddr::V6(_) => ([0u16; 8], 0).into(),
        };
        let socket = UdpSocket::bind(any).map_err(said)?;
        socket.connect(address).map_err(said)?;
        socket.set_read_timeout(Some(WITHIN)).map_err(said)?;
        let local = socket.local_addr().map_err(said)?;
        return Ok((Line::Datagrams(socket), local));
    }
    let stream = TcpStream::connect_timeout(&address, WITHIN).map_err(said)?;
    stream.set_read_timeout(Some(WITHIN)).map_err(said)?;
    stream.set_write_timeout(Some(WITHIN)).map_err(said)?;
    let local = stream.local_addr().map_err(said)?;
    let stream: Box<dyn Stream> = match place.tls {
        true => Box::new(outside::over_tls(&place.host, stream).map_err(|e| e.to_string())?),
        false => Box::new(stream),
    };
    Ok((Line::Stream(stream), local))
}

/// Asks for a way through the relay (RFC 8656, section 7), and gives it up again.
fn allocate(mut client: Client, mut line: Line, transport: TransportContext) -> Result<(), String> {
    client.allocate(Instant::now()).map_err(|e| e.to_string())?;
    let mut given = Err("it does not answer as a relay does".to_owned());
    for _ in 0..MESSAGES_MAX {
        while let Some(out) = client.poll_write() {
            line.send(&out.message).map_err(|e| outside::why_not(&e))?;
        }
        match client.poll_event() {
            Some(Event::AllocateResponse(..)) => {
                given = Ok(());
                break;
            }
            Some(Event::AllocateError(_, error)) => return Err(refused(&error.to_string())),
            Some(_) => continue,
            None => {}
        }
        let message = line.receive().map_err(|e| match e.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "it does not answer".to_owned(),
            io::ErrorKind::UnexpectedEof => {
                "it hung up: is it a relay that listens there, and so spoken to?".to_owned()
            }
            _ => outside::why_not(&e),
        })?;
        let read = client.handle_read(TaggedBytesMut {
            now: Instant::now(),
            transport,
            message,
        });
        read.map_err(|_| "it does not answer as a relay does".to_owned())?;
    }
    // The way would end by itself in ten minutes.
    if client.close().is_ok() {
        while let Some(out) = client.poll_write() {
            let _ = line.send(&out.message);
        }
    }
    given
}

fn refused(error: &str) -> String {
    let mend = if error.contains("401") || error.contains("431") || error.contains("441") {
        "it does not take this server's credentials: is turn_secret the relay's own secret, and do both clocks agree"
    } else if error.contains("486") || error.contains("508") {
        "it has no way to give: its quota or its ports are used up"
    } else {
        "it refuses"
    };
    format!("{mend} ({error})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_relay_is_read_as_browsers_read_it() {
        let place = |host: &str, port, tls, udp| Place {
            host: host.into(),
            port,
            tls,
            udp,
        };
        for (url, read) in [
            ("turns:t.example", place("t.example", 5349, true, false)),
            (
                "turns:t.example:443?transport=tcp",
                place("t.example", 443, true, false),
            ),
            ("turn:t.example", place("t.example", 3478, false, true)),
            (
                "turn:10.0.0.1:80?transport=tcp",
                place("10.0.0.1", 80, false, false),
            ),
            ("turn:[::1]:99?transport=udp", place("::1", 99, false, true)),
            ("turns:[::1]", place("::1", 5349, true, false)),
        ] {
            assert_eq!(Place::of(url), Some(read), "{url}");
        }
        assert_eq!(Place::of("turn:t.example:no"), None);
    }
}
