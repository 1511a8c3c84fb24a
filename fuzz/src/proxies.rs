//! The headers by which proxies say where a request comes from.

#[path = "../../src/http/proxies.rs"]
mod read;

use crate::input::Input;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use read::{Network, TrustedProxies};
use std::net::IpAddr;

/// Any lines of both headers, before a server that trusts one proxy and one that trusts none.
pub fn proxies(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(network) = text.parse::<Network>()
    {
        assert_eq!(network.to_string().parse(), Ok(network));
    }
    let mut headers = HeaderMap::new();
    let mut input = Input(data);
    while let (Some(which), Some(value)) = (input.u8(), input.piece()) {
        let name = if which & 1 == 0 {
            header::FORWARDED
        } else {
            HeaderName::from_static("x-forwarded-for")
        };
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(name, value);
        }
    }
    let proxy: IpAddr = [10, 0, 0, 7].into();
    let outside: IpAddr = [203, 0, 113, 9].into();
    let trusting = TrustedProxies::new(vec!["10.0.0.0/8".parse().expect("a network")]);
    assert_eq!(trusting.client(outside, &headers), outside, "nobody vouches");
    assert_eq!(TrustedProxies::default().client(proxy, &headers), proxy);
    let client = trusting.client(proxy, &headers);
    assert_eq!(client, client.to_canonical());
}
