//! `oyer doctor` against running servers, and the addresses at which they take media: both families, and those of a
//! configuration behind NAT.
#![cfg(feature = "server")]

#[path = "networks/relay.rs"]
mod relay;

use oyer::seal::digest::Digest;
use oyer::seal::tlog::{Checkpoint, Kind, NoteKey};
use serde_json::Value;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const READY_WITHIN: Duration = Duration::from_secs(60);

fn oyer() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oyer"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OYER_")) {
        command.env_remove(name);
    }
    command
}

struct Server {
    child: Child,
    folder: tempfile::TempDir,
    demo: Value,
}

impl Server {
    fn start(listen: &str, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = oyer()
            .args(["serve", "--demo", "--workers", "1", "--listen", listen])
            .args(more)
            .arg("--data")
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let demo = loop {
            let read = std::fs::read(data.join("demo.json")).ok();
            if let Some(demo) = read.and_then(|b| serde_json::from_slice(&b).ok()) {
                break demo;
            }
            let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
            assert!(begun.elapsed() < READY_WITHIN, "{log}");
            std::thread::sleep(Duration::from_millis(50));
        };
        Self { child, folder, demo }
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    fn base(&self) -> &str {
        self.demo["base_url"].as_str().unwrap()
    }

    fn link(&self) -> &str {
        self.demo["participants"][0]["link"].as_str().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| {
        panic!(
            "{e}: {} {}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

fn doctor(arguments: &[&str]) -> (i32, Value) {
    let output = oyer()
        .arg("doctor")
        .arg("--json")
        .args(arguments)
        .output()
        .unwrap();
    (output.status.code().unwrap(), report(&output))
}

/// The outcomes of a check, with their sentences.
fn of<'a>(report: &'a Value, check: &str) -> Vec<(&'a str, &'a str)> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings
        .filter(|f| f["check"] == check)
        .map(|f| (f["outcome"].as_str().unwrap(), f["text"].as_str().unwrap()))
        .collect()
}

fn outcomes<'a>(report: &'a Value, check: &str) -> Vec<&'a str> {
    of(report, check)
        .into_iter()
        .map(|(outcome, _)| outcome)
        .collect()
}

#[test]
fn a_server_that_takes_media_is_told_apart_from_one_that_does_not() {
    let server = Server::start("127.0.0.1:0", &[]);
    let (status, report) = doctor(&["--server", server.base()]);
    assert_eq!(outcomes(&report, "http"), ["ok"], "{report}");
    assert_eq!(outcomes(&report, "clock_difference"), ["ok"], "{report}");
    assert_eq!(outcomes(&report, "udp"), ["not_checked"], "{report}");
    assert_eq!(status, 3);
    let (status, report) = doctor(&["--server", server.base(), "--link", server.link()]);
    assert_eq!(outcomes(&report, "udp"), ["ok"], "{report}");
    assert_eq!(outcomes(&report, "tcp"), ["ok"], "{report}");
    assert_eq!(status, 3, "the machine is not looked at from elsewhere");
    let text = report.to_string();
    let (_, secret) = server.link().split_once('#').unwrap();
    assert!(!text.contains(secret), "the link is a secret");

    let (status, report) = doctor(&["--server", server.base(), "--link", "http://127.0.0.1/join#wrong"]);
    assert_eq!(outcomes(&report, "link"), ["failed"], "{report}");
    assert_eq!(status, 1);

    // Nobody is at 127.0.0.9: what a wrong public address is like.
    let lost = Server::start(
        "127.0.0.1:0",
        &["--public-address", "127.0.0.9", "--public-address", "127.0.0.1"],
    );
    let (status, report) = doctor(&["--server", lost.base(), "--link", lost.link()]);
    for check in ["udp", "tcp"] {
        let found = of(&report, check);
        let at = |address: &str| {
            let all: Vec<_> = found.iter().filter(|(_, text)| text.contains(address)).collect();
            assert_eq!(all.len(), 1, "{report}");
            all[0].0
        };
        assert_eq!((at("127.0.0.9:"), at("127.0.0.1:")), ("failed", "ok"), "{report}");
    }
    assert_eq!(status, 1);

    let without = Server::start("127.0.0.1:0", &["--media-tcp-port", "0"]);
    let (status, report) = doctor(&["--server", without.base(), "--link", without.link()]);
    assert_eq!(
        (outcomes(&report, "udp"), outcomes(&report, "tcp")),
        (vec!["ok"], vec!["failed"])
    );
    assert_eq!(status, 1);
}

/// A relay asked for a way, as a browser would with the credentials of a participant.
#[test]
fn a_relay_that_gives_a_way_is_told_apart_from_one_that_does_not() {
    let running = relay::Relay::start("127.0.0.1");
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("oyer.toml");
    let ask = |url: &str, secret: &str, roots: Option<&Path>| {
        let text = format!(
            "listen = \"127.0.0.1:9\"\ndata = {:?}\nturn_url = {url:?}\nturn_secret = {secret:?}\n",
            folder.path()
        );
        std::fs::write(&config, text).unwrap();
        let mut doctor = oyer();
        doctor.args(["doctor", "--json", "--config"]).arg(&config);
        if let Some(roots) = roots {
            doctor.env("SSL_CERT_FILE", roots);
        }
        let report = report(&doctor.output().unwrap());
        assert!(!report.to_string().contains(secret), "it is a secret");
        let found = of(&report, "relay");
        assert_eq!(found.len(), 1, "{report}");
        (found[0].0.to_owned(), found[0].1.to_owned())
    };
    let certificate = running.certificate();
    let (outcome, text) = ask(&running.url, relay::SECRET, Some(&certificate));
    assert_eq!(outcome, "ok", "{text} {}", running.log());
    let other = "another one than the relay has";
    for (url, secret, roots, said) in [
        (
            running.url.as_str(),
            other,
            Some(certificate.as_path()),
            "turn_secret",
        ),
        (&running.url, relay::SECRET, None, "certificate"),
        // What listens there speaks TLS.
        (
            &running.url.replace("turns:", "turn:"),
            relay::SECRET,
            None,
            "does not answer",
        ),
        // Port 9 is discard: nobody is there.
        (
            "turns:127.0.0.1:9",
            relay::SECRET,
            Some(&certificate),
            "nothing listens",
        ),
    ] {
        let (outcome, text) = ask(url, secret, roots);
        assert_eq!(outcome, "failed", "{text}");
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn the_own_machine_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("oyer.toml");
    let write = |data: &Path| {
        // Port 9 is discard: nobody is there.
        let text = format!("listen = \"127.0.0.1:9\"\ndata = {data:?}\n");
        std::fs::write(&config, text).unwrap();
        doctor(&["--config", config.to_str().unwrap()])
    };
    let (status, report) = write(folder.path());
    assert_eq!(outcomes(&report, "http"), ["failed"], "{report}");
    assert_eq!(outcomes(&report, "ffmpeg"), ["ok"], "{report}");
    assert_eq!(outcomes(&report, "udp"), ["not_checked"], "{report}");
    assert_eq!(outcomes(&report, "clock").len(), 1, "{report}");
    assert_eq!(outcomes(&report, "disk").len(), 1, "{report}");
    assert!(of(&report, "disk")[0].1.contains("GiB free"), "{report}");
    assert_eq!(status, 1);
    let (_, report) = write(&folder.path().join("absent"));
    assert_eq!(outcomes(&report, "disk"), ["failed"], "{report}");
}

#[test]
fn media_is_taken_over_both_families_at_the_addresses_of_the_configuration() {
    let server = Server::start(
        "[::1]:0",
        &[
            "--media-address",
            "::",
            "--public-address",
            "::1",
            "--public-address",
            "127.0.0.1",
        ],
    );
    let (_, report) = doctor(&["--server", server.base(), "--link", server.link()]);
    for check in ["udp", "tcp"] {
        let found = of(&report, check);
        assert_eq!(outcomes(&report, check), ["ok", "ok"], "{report}");
        assert!(found[0].1.contains("[::1]:"), "{report}");
        assert!(found[1].1.contains("127.0.0.1:"), "{report}");
    }
    // A hearing by our own client over IPv6: everybody gets every packet.
    let data = server.data();
    let token = oyer()
        .args(["person", "token", "--name", "Load", "--data"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(
        token.status.success(),
        "{}",
        String::from_utf8_lossy(&token.stderr)
    );
    let said = String::from_utf8(token.stdout).unwrap();
    let token = said.split_whitespace().last().unwrap();
    let output = oyer()
        .args([
            "load",
            "--json",
            "--hearings",
            "1",
            "--people",
            "2",
            "--seconds",
            "2",
            "--warm",
            "1",
        ])
        .args(["--server", server.base(), "--token", token])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let load: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert!(load["packets_forwarded"].as_f64().unwrap() > 100.0, "{load}");
    assert_eq!(load["packets_missing"], 0.0, "{load}");
    assert_eq!(load["silent_streams"], 0.0, "{load}");
}

#[test]
fn the_log_and_its_cosigners_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir_all(data.join("keys")).unwrap();
    // Taken again at once: nobody listens there.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let key = "test-only.example/cosigner+3f0dd7d2+BIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";
    let cosigner = format!("{key} http://{nobody}");
    let config = folder.path().join("oyer.toml");
    let text = format!("listen = \"{nobody}\"\ndata = {data:?}\ncosigners = [{cosigner:?}]\n");
    std::fs::write(&config, text).unwrap();
    let look = || doctor(&["--config", config.to_str().unwrap()]).1;
    let report = look();
    let (outcome, said) = of(&report, "log")[0];
    assert!(outcome == "ok" && said.contains("no entry yet"), "{report}");
    let (outcome, said) = of(&report, "cosigner")[0];
    assert!(
        outcome == "failed" && said.contains("test-only.example/cosigner"),
        "{report}"
    );

    // A head that is the log's own, and one that was changed.
    let log = NoteKey::from_seed("court.example/log", Kind::Log, [1; 32]).unwrap();
    std::fs::write(data.join("keys/log.vkey"), format!("{}\n", log.public())).unwrap();
    let id: String = log.public().id().iter().map(|b| format!("{b:02x}")).collect();
    let of_log = data.join("log").join(id);
    std::fs::create_dir_all(&of_log).unwrap();
    let head = Checkpoint::sign(&log, 7, Digest::of(b"root")).to_string();
    std::fs::write(of_log.join("checkpoint"), &head).unwrap();
    let report = look();
    let (outcome, said) = of(&report, "log")[0];
    assert!(
        outcome == "ok" && said.contains("7 entries") && said.contains("seconds ago"),
        "{report}"
    );
    std::fs::write(of_log.join("checkpoint"), head.replace("\n7\n", "\n8\n")).unwrap();
    assert_eq!(outcomes(&look(), "log"), ["failed"]);
}
