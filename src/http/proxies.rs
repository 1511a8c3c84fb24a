//! Where a request comes from when proxies stand before the server.
//!
//! `Forwarded` (RFC 7239) and `X-Forwarded-For` are what their sender writes. They are read only when the connection
//! comes from a proxy that the court trusts, and from the right: each trusted proxy vouches for the one before it.

use axum::http::{HeaderMap, HeaderName, header};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// An address, or a network such as 10.0.0.0/8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The text names no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address or a network is needed, such as 127.0.0.1 or 10.0.0.0/8")]
pub struct BadNetwork;

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| BadNetwork)?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.trim().parse().map_err(|_| BadNetwork)?,
            None => bits,
        };
        if prefix > bits {
            return Err(BadNetwork);
        }
        Ok(Self { address, prefix })
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Network {
    fn holds(&self, address: IpAddr) -> bool {
        let (own, other, bits) = match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (own.to_bits().into(), other.to_bits().into(), 32),
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits(), other.to_bits(), 128),
            _ => return false,
        };
        let ignored = bits - u32::from(self.prefix);
        let differing: u128 = own ^ other;
        differing.checked_shr(ignored).unwrap_or(0) == 0
    }
}

/// The proxies whose word is taken.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// These networks hold trusted proxies and nobody else.
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Where the request comes from.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let by_standard = self.behind(peer, &nodes(headers, &header::FORWARDED, forwarded_for));
        let by_custom = self.behind(peer, &nodes(headers, &X_FORWARDED_FOR, |node| Some(node)));
        match (
            headers.contains_key(header::FORWARDED),
            headers.contains_key(X_FORWARDED_FOR),
        ) {
            (true, false) => by_standard,
            (false, true) => by_custom,
            // A proxy that writes one header may let the other through as the client wrote it.
            (true, true) if by_standard == by_custom => by_standard,
            _ => peer,
        }
    }

    /// Walks from the nearest hop to the first that is no trusted proxy. What cannot be read ends the walk.
    fn behind(&self, peer: IpAddr, nodes: &[Option<IpAddr>]) -> IpAddr {
        let mut client = peer;
        for node in nodes.iter().rev() {
            let Some(address) = node else { break };
            client = *address;
            if !self.trusts(client) {
                break;
            }
        }
        client
    }

    /// True when the address is that of a trusted proxy.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }
}

/// The hops that every line of a header names, nearest last; none where a hop is not an address.
fn nodes(headers: &HeaderMap, name: &HeaderName, node: fn(&str) -> Option<&str>) -> Vec<Option<IpAddr>> {
    let mut nodes = Vec::new();
    for value in headers.get_all(name) {
        // A comma in a quoted string cannot be part of an address, so splitting there only ends the walk.
        match value.to_str() {
            Ok(text) => nodes.extend(text.split(',').map(|part| node(part).and_then(address))),
            Err(_) => nodes.push(None),
        }
    }
    nodes
}

/// The value of `for` in an element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value)
    })
}

/// The address of a hop: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`, quoted or not.
fn address(node: &str) -> Option<IpAddr> {
    let node = node.trim().trim_matches('"');
    let bare = node.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = match bare.unwrap_or(node).parse::<IpAddr>() {
        Ok(address) => address,
        Err(_) => node.parse::<SocketAddr>().ok()?.ip(),
    };
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn client(trusted: &[&str], peer: &str, lines: &[(&str, &'static str)]) -> String {
        let proxies = TrustedProxies::new(trusted.iter().map(|t| t.parse().unwrap()).collect());
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_static(value));
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let says = [("x-forwarded-for", "203.0.113.7")];
        assert_eq!(client(&[], "192.0.2.1", &says), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], "192.0.2.1", &says), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &says), "203.0.113.7");
        assert_eq!(client(&["10.0.0.0/8"], "::ffff:10.1.2.3", &says), "203.0.113.7");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn what_the_client_wrote_itself_is_never_reached() {
        let behind = |value| client(&["10.0.0.0/8"], "10.0.0.1", &[("x-forwarded-for", value)]);
        assert_eq!(behind("1.1.1.1, 203.0.113.7"), "203.0.113.7");
        assert_eq!(behind("1.1.1.1, 203.0.113.7, 10.0.0.2"), "203.0.113.7");
        assert_eq!(behind("1.1.1.1, unknown, 10.0.0.2"), "10.0.0.2", "the walk ends");
        assert_eq!(behind("10.0.0.3, 10.0.0.2"), "10.0.0.3", "trusted to the end");
        assert_eq!(behind(""), "10.0.0.1");
        let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.7")];
        assert_eq!(client(&["10.0.0.1"], "10.0.0.1", &lines), "203.0.113.7");
    }

    #[test]
    fn every_form_of_the_standard_header_is_read() {
        let behind = |value| client(&["::1"], "::1", &[("forwarded", value)]);
        assert_eq!(behind("for=192.0.2.43;proto=https;by=203.0.113.43"), "192.0.2.43");
        assert_eq!(behind("For=\"[2001:db8:cafe::17]:4711\""), "2001:db8:cafe::17");
        assert_eq!(behind("for=\"[2001:db8:cafe::17]\""), "2001:db8:cafe::17");
        assert_eq!(behind("for=1.1.1.1, for=\"192.0.2.43:80\""), "192.0.2.43");
        assert_eq!(behind("for=_hidden"), "::1");
        assert_eq!(behind("proto=https"), "::1");
        assert_eq!(behind("for=\"1.1.1.1, for=2.2.2.2"), "2.2.2.2");
    }

    #[test]
    fn two_headers_that_disagree_are_not_believed() {
        let both = |standard, custom| {
            client(
                &["10.0.0.1"],
                "10.0.0.1",
                &[("forwarded", standard), ("x-forwarded-for", custom)],
            )
        };
        assert_eq!(both("for=203.0.113.7", "203.0.113.7"), "203.0.113.7");
        assert_eq!(both("for=1.1.1.1", "203.0.113.7"), "10.0.0.1");
    }

    #[test]
    fn a_network_is_read_or_refused() {
        for good in ["127.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "fd00::/8", "::/0"] {
            assert!(good.parse::<Network>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "localhost",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0/8",
            "1.2.3.4/-1",
        ] {
            assert_eq!(bad.parse::<Network>(), Err(BadNetwork), "{bad}");
        }
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.holds("255.255.255.255".parse().unwrap()));
        assert!(!all.holds("::1".parse().unwrap()));
        let host: Network = "10.1.2.3".parse().unwrap();
        assert!(!host.holds("10.1.2.2".parse().unwrap()));
    }
}
