//! Who cannot come by the plain way: UDP is blocked, there is IPv6 alone, or nothing but TLS comes through.

use super::browser::Browser;
use super::relay;
use super::way::{Way, Weather};
use super::{Hearing, Server, between, join, number};
use std::time::Duration;

impl Hearing {
    /// Both get pictures and sound for five seconds.
    fn see_and_hear(&mut self) {
        let before = [self.judge.sums(), self.counsel.sums()];
        self.listen(5);
        let after = [self.judge.sums(), self.counsel.sums()];
        for (who, (before, after)) in ["judge", "counsel"].iter().zip(before.iter().zip(&after)) {
            let of = |field| between(before, after, field);
            eprintln!("what {who} gets in five seconds: {before} to {after}");
            assert!(of("framesDecoded") > 25.0, "{who} sees");
            let made_up = (of("concealed") - of("silent")) / of("samples").max(1.0);
            assert!(made_up < 0.2, "{who}: {made_up} of the sound was made up");
        }
    }
}

/// A firewall that lets no UDP through: counsel joins over TCP, soon, is seen and heard and sees and hears.
#[test]
fn where_udp_is_blocked_a_hearing_is_joined_over_tcp() {
    let way = Way::new();
    let server = Server::start(&way.here, &[]);
    way.set(Weather {
        without_udp: true,
        delay: Duration::from_millis(20),
        ..Weather::default()
    });
    let mut hearing = Hearing::of(way, server, "tcp");
    for (who, browser, protocol) in [
        ("judge", &mut hearing.judge, "udp"),
        ("counsel", &mut hearing.counsel, "tcp"),
    ] {
        let ways = browser.eval("window.__ways()");
        let ways = ways.as_array().unwrap();
        assert_eq!(ways.len(), 2, "{who}: a connection up and one down");
        for one in ways {
            let took = number(one, "milliseconds");
            eprintln!(
                "{who} was connected over {} after {took:.0} ms",
                one["remote"]["protocol"]
            );
            assert_eq!(one["remote"]["protocol"], protocol, "{who}: {one}");
            assert!(took < 5000.0, "{who}: {took} ms");
        }
    }
    hearing.see_and_hear();
}

/// The server has an IPv6 address and no other: the equipment check passes over UDP, and without UDP over TCP.
#[test]
fn a_hearing_is_joined_over_ipv6() {
    let way = Way::new();
    let server = Server::start(&format!("[{}]", way.here_v6), &[]);
    let origin = server.demo["base_url"].as_str().unwrap().to_owned();
    // Each takes the check once.
    for (role, without_udp, path) in [("defence_counsel", false, "direct"), ("prosecutor", true, "tcp")] {
        way.set(Weather {
            without_udp,
            ..Weather::default()
        });
        let mut browser = Browser::open(Some(&way.namespace), &origin);
        assert_eq!(join(&mut browser, &server.person(role, "link")), path);
        let ways = browser.eval("window.__ways()");
        assert_eq!(ways.as_array().unwrap().len(), 2);
        for one in ways.as_array().unwrap() {
            let address = one["remote"]["address"].as_str().unwrap();
            assert_eq!(address.trim_matches(['[', ']']), way.here_v6, "{one}");
        }
    }
}

/// A firewall that lets nothing through to the media ports, and a relay over TLS.
#[test]
fn where_only_tls_comes_through_a_hearing_is_joined_over_a_relay() {
    let way = Way::new();
    let relay = relay::Relay::start(&way.here);
    let config = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "media_tcp_port = 0\nturn_url = {:?}\nturn_secret = {:?}\n",
        relay.url,
        relay::SECRET
    );
    std::fs::write(config.path(), text).unwrap();
    let server = Server::start(&way.here, &["--config", config.path().to_str().unwrap()]);
    way.set(Weather {
        without_udp: true,
        ..Weather::default()
    });
    let mut hearing = Hearing::of(way, server, "relay");
    for one in hearing.counsel.eval("window.__ways()").as_array().unwrap() {
        let took = number(one, "milliseconds");
        eprintln!("counsel was connected over {} after {took:.0} ms", one["local"]);
        assert_eq!(one["local"]["candidateType"], "relay", "{one}");
        assert_eq!(one["local"]["relayProtocol"], "tls", "{one}");
        assert!(took < 5000.0, "{took} ms");
    }
    hearing.see_and_hear();
}
