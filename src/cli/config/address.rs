//! Addresses, as they are written and as they may be shown.

use super::ConfigError;
use reqwest::Url;
use std::net::IpAddr;

/// Where the links lead, checked. It goes into every link, so it must hold no secret.
pub fn base_url(url: String) -> Result<String, ConfigError> {
    let bad = |mend| ConfigError::Bad {
        field: "base_url",
        value: shown(&url),
        mend,
    };
    let whole = bad("write the address of the page, such as https://hearings.court.example");
    let Some(rest) = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
    else {
        return Err(whole);
    };
    if rest.contains('@') {
        return Err(bad(
            "leave out the name and password: the address goes into every link",
        ));
    }
    let is_plain =
        !rest.contains(['#', '?', '\\']) && !rest.contains(|c: char| c.is_whitespace() || c.is_control());
    match Url::parse(&url) {
        Ok(parsed) if is_plain && parsed.has_host() => Ok(url.trim_end_matches('/').to_owned()),
        _ => Err(whole),
    }
}

/// A URL as it may be shown: scheme, host, port and path. A name, a password or a parameter is never shown, and of a
/// text that is no such URL nothing is.
pub(super) fn shown(url: &str) -> String {
    // SQLite knows no password, but its parameters are nobody's business either.
    if let Some(path) = url.strip_prefix("sqlite:") {
        return format!("sqlite:{}", path.split('?').next().unwrap_or_default());
    }
    let known = ["postgres", "postgresql", "http", "https"];
    match Url::parse(url) {
        Ok(parsed) if known.contains(&parsed.scheme()) => {
            let host = parsed.host_str().unwrap_or_default();
            let port = parsed.port().map(|port| format!(":{port}")).unwrap_or_default();
            // What stands behind an @ in the path may be the rest of a password that was not escaped.
            let path = if parsed.path().contains('@') {
                "/…"
            } else {
                parsed.path()
            };
            format!("{}://{host}{port}{path}", parsed.scheme())
        }
        _ => "(not shown: it cannot be read as a URL)".into(),
    }
}

/// The port for media over TCP: what is written, else HTTP's neighbour. HTTP at any free port has no neighbour to name.
pub(super) fn media_tcp_port(written: Option<u16>, http: u16) -> Result<Option<u16>, ConfigError> {
    let bad = |value: u16, mend| ConfigError::Bad {
        field: "media_tcp_port",
        value: value.to_string(),
        mend,
    };
    match written {
        Some(0) => Ok(None),
        Some(port) if port == http => Err(bad(
            port,
            "the pages have this port; choose another, or 0 for no media over TCP",
        )),
        Some(port) => Ok(Some(port)),
        None if http == 0 => Ok(Some(0)),
        None => http
            .checked_add(1)
            .map(Some)
            .ok_or_else(|| bad(http, "the port after that of --listen does not exist; choose one")),
    }
}

/// A packet from an IPv6 address does not come to a socket of IPv4, and nobody sends to `0.0.0.0`.
pub(super) fn check_public_addresses(all: &[IpAddr], media: IpAddr) -> Result<(), ConfigError> {
    let bad = |address: &IpAddr, mend| ConfigError::Bad {
        field: "public_address",
        value: address.to_string(),
        mend,
    };
    for address in all {
        if address.is_unspecified() || address.is_multicast() {
            return Err(bad(address, "write the address of one machine"));
        }
        if address.is_ipv6() && media.is_ipv4() {
            return Err(bad(
                address,
                "media is received on IPv4 only; write media_address = \"::\" as well",
            ));
        }
    }
    Ok(())
}
