//! A hearing of two people in real Chromiums, one of them behind a bad network, judged by the browser's own statistics.
//! The bounds here catch what is broken on any machine; what is measured is printed. It runs alone (`.config/nextest.toml`):
//! three programs of real time share the processor. Needs root (for a network namespace and TUN devices), Chromium, and the built page.
#![cfg(feature = "server")]

mod browser;
mod relay;
mod way;

use browser::Browser;
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use way::{Way, Weather};

const PATIENCE: Duration = Duration::from_secs(60);

struct Server {
    child: Child,
    folder: tempfile::TempDir,
    demo: Value,
}

impl Server {
    fn start(address: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_oyer"))
            .args([
                "serve",
                "--demo",
                "--media-port",
                "0",
                "--media-address",
                address.trim_matches(['[', ']']),
                "--listen",
            ])
            .arg(format!("{address}:0"))
            .args(more)
            .arg("--data")
            .arg(folder.path().join("data"))
            .env("RUST_LOG", "info,oyer::sfu::choose=debug")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let demo = loop {
            let read = std::fs::read(folder.path().join("data/demo.json")).ok();
            if let Some(demo) = read.and_then(|b| serde_json::from_slice(&b).ok()) {
                break demo;
            }
            let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < PATIENCE, "{log}");
            std::thread::sleep(Duration::from_millis(50));
        };
        Self { child, folder, demo }
    }

    fn person(&self, role: &str, field: &str) -> String {
        let people = self.demo["participants"].as_array().unwrap();
        let person = people.iter().find(|p| p["role"] == role).unwrap();
        person[field].as_str().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            eprintln!("{log}");
        }
    }
}

/// Joins through the equipment check. Gives the way that the check says was found.
fn join(browser: &mut Browser, link: &str) -> Value {
    browser.go(link);
    browser.press("join-continue");
    browser.until(
        "the check comes to an end",
        "/^(good|no_sound)/.test(document.querySelector('[data-testid=\"check-verdict\"]')?.dataset.verdict)",
        PATIENCE,
    );
    let path = browser.eval("document.querySelector('[data-testid=\"check-path\"]')?.dataset.path ?? null");
    browser.press("check-continue");
    path
}

/// An act of this page's person.
fn act(browser: &mut Browser, hearing: &str, act: &str) {
    let status = browser.eval(&format!(
        "fetch('/api/v1/hearings/{hearing}/acts', {{method: 'POST', body: JSON.stringify({act}), headers: {{'content-type': 'application/json', \
         authorization: 'Bearer ' + JSON.parse(sessionStorage.getItem('oyer.session')).session}}}}).then((r) => r.status)"
    ));
    assert_eq!(status, 204, "{act}");
}

/// Both get pictures and sound for five seconds.
fn see_and_hear(judge: &mut Browser, counsel: &mut Browser) {
    for (who, browser) in [("judge", judge), ("counsel", counsel)] {
        let before = browser.received();
        std::thread::sleep(Duration::from_secs(5));
        let after = browser.received();
        let of = |field| between(&before, &after, field);
        eprintln!("what {who} gets in five seconds: {before} to {after}");
        assert!(of("framesDecoded") > 25.0, "{who} sees");
        let concealed = of("concealed") / of("samples").max(1.0);
        assert!(concealed < 0.2, "{who}: {concealed} of the sound was made up");
    }
}

fn number(value: &Value, field: &str) -> f64 {
    value[field].as_f64().unwrap_or(0.0)
}

/// How much of a sum came in between two readings.
fn between(before: &Value, after: &Value, field: &str) -> f64 {
    number(after, field) - number(before, field)
}

/// A judge here and counsel behind the way, in one hearing, who see and hear one another. `counsels_path` is what
/// counsel's equipment check has to say of their way.
fn hearing_of_two(way: &Way, server: &Server, counsels_path: &str) -> (Browser, Browser) {
    let origin = server.demo["base_url"].as_str().unwrap().to_owned();
    let hearing = server.demo["hearing_id"].as_str().unwrap().to_owned();
    let mut judge = Browser::open(None, &origin);
    let mut counsel = Browser::open(Some(&way.namespace), &origin);
    assert_eq!(join(&mut judge, &server.person("judge", "link")), "direct");
    assert_eq!(
        join(&mut counsel, &server.person("defence_counsel", "link")),
        counsels_path
    );
    judge.until(
        "the bench is shown",
        "document.querySelector('[data-testid=\"bench\"]') !== null",
        PATIENCE,
    );
    act(&mut judge, &hearing, "{act: 'begin'}");
    let id = server.person("defence_counsel", "id");
    act(
        &mut judge,
        &hearing,
        &format!("{{act: 'admit', participant: '{id}'}}"),
    );
    for browser in [&mut judge, &mut counsel] {
        browser.until(
            "the other is seen",
            "window.__received().then((r) => r.framesDecoded > 50 && r.samples > 48000)",
            PATIENCE,
        );
    }

    (judge, counsel)
}

#[test]
fn a_hearing_goes_on_over_a_bad_network() {
    let way = Way::new();
    let server = Server::start(&way.here, &[]);
    let (mut judge, mut counsel) = hearing_of_two(&way, &server, "direct");
    some_loss_and_jitter(&way, &mut counsel);
    a_narrow_way(&way, &mut counsel, &mut judge);
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
    let (mut judge, mut counsel) = hearing_of_two(&way, &server, "tcp");
    for (who, browser, protocol) in [("judge", &mut judge, "udp"), ("counsel", &mut counsel, "tcp")] {
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
    see_and_hear(&mut judge, &mut counsel);
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
    let (mut judge, mut counsel) = hearing_of_two(&way, &server, "relay");
    for one in counsel.eval("window.__ways()").as_array().unwrap() {
        let took = number(one, "milliseconds");
        eprintln!("counsel was connected over {} after {took:.0} ms", one["local"]);
        assert_eq!(one["local"]["candidateType"], "relay", "{one}");
        assert_eq!(one["local"]["relayProtocol"], "tls", "{one}");
        assert!(took < 5000.0, "{took} ms");
    }
    see_and_hear(&mut judge, &mut counsel);
}

/// 5 % loss, 80 ± 20 ms each way: pictures go on, what is lost is sent again in measure.
fn some_loss_and_jitter(way: &Way, counsel: &mut Browser) {
    way.set(Weather {
        loss_percent: 5,
        delay: Duration::from_millis(80),
        jitter: Duration::from_millis(20),
        ..Weather::default()
    });
    // The jitter buffer has learnt of it.
    std::thread::sleep(Duration::from_secs(5));
    let before = counsel.received();
    std::thread::sleep(Duration::from_secs(15));
    let after = counsel.received();
    let of = |field| between(&before, &after, field);
    eprintln!("5 % loss, 80±20 ms: {before} to {after}");
    let (received, decoded) = (of("framesReceived"), of("framesDecoded"));
    assert!(received > 100.0, "{received} frames");
    assert!(
        decoded >= 0.85 * received,
        "{decoded} of {received} frames decoded"
    );
    assert!(of("frozen") <= 4.0, "frozen for {} s", of("frozen"));
    let lost = (of("packets") * 0.05).max(20.0);
    assert!(of("resent") <= 3.0 * lost, "{} sent again", of("resent"));
    way.set(Weather::default());
}

/// The way narrows to 300 kbit/s for a while: sound goes on, and the picture comes back.
fn a_narrow_way(way: &Way, counsel: &mut Browser, judge: &mut Browser) {
    std::thread::sleep(Duration::from_secs(3));
    way.set(Weather {
        delay: Duration::from_millis(20),
        bits: 300_000,
        ..Weather::default()
    });
    // What was sent before it was known that the way is narrow has to drain.
    std::thread::sleep(Duration::from_secs(4));
    let before = [counsel.received(), judge.received()];
    std::thread::sleep(Duration::from_secs(10));
    let after = [counsel.received(), judge.received()];
    // Down to counsel by our own measure, up from counsel by the browser's, from our reports.
    for (whose, (before, after)) in ["counsel", "judge"].into_iter().zip(before.iter().zip(&after)) {
        eprintln!("300 kbit/s, what {whose} gets: {before} to {after}");
        let concealed = between(before, after, "concealed") / between(before, after, "samples").max(1.0);
        assert!(concealed < 0.05, "{whose}: {concealed} of the sound was made up");
    }
    assert!(
        between(&before[1], &after[1], "framesDecoded") > 20.0,
        "counsel's picture goes on, smaller"
    );
    way.set(Weather::default());
    let frames = number(&counsel.received(), "framesDecoded");
    let back = counsel.until(
        "the picture is back",
        &format!(
            "window.__received().then((r) => r.framesDecoded > {})",
            frames + 5.0
        ),
        PATIENCE,
    );
    let paused = "document.querySelector('[data-testid=\"picture-paused\"]') === null";
    counsel.until("no sign of a pause any more", paused, PATIENCE);
    eprintln!("the picture was back after {back:?}");
}
