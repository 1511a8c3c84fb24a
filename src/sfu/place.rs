//! Where a peer is reached.

use rtc::shared::TransportProtocol;
use std::net::SocketAddr;

/// The far end of a way to a peer. The same address over UDP and over TCP is two places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// Datagrams.
    Udp(SocketAddr),
    /// A TCP connection from there, with packets in frames (RFC 4571).
    Tcp(SocketAddr),
}

impl Place {
    pub(super) fn address(self) -> SocketAddr {
        match self {
            Place::Udp(address) | Place::Tcp(address) => address,
        }
    }

    pub(super) fn is_udp(self) -> bool {
        matches!(self, Place::Udp(_))
    }

    pub(super) fn protocol(self) -> TransportProtocol {
        match self {
            Place::Udp(_) => TransportProtocol::UDP,
            Place::Tcp(_) => TransportProtocol::TCP,
        }
    }

    pub(super) fn new(protocol: TransportProtocol, address: SocketAddr) -> Self {
        match protocol {
            TransportProtocol::TCP => Place::Tcp(address),
            // The stack knows no third.
            _ => Place::Udp(address),
        }
    }
}
