//! `oyer load` against a server of its own: real media flows, and what is told of it is so.

use serde_json::Value;
use std::process::Command;

fn load(more: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_oyer"))
        .args([
            "load",
            "--json",
            "--hearings",
            "1",
            "--seconds",
            "3",
            "--warm",
            "1",
        ])
        .args(more)
        .output()
        .expect("oyer load runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let text = String::from_utf8(output.stdout).expect("text");
    serde_json::from_str(text.lines().last().expect("a line")).expect("JSON")
}

fn number(report: &Value, field: &str) -> f64 {
    report[field]
        .as_f64()
        .unwrap_or_else(|| panic!("{field} in {report}"))
}

#[test]
fn everybody_gets_every_packet_and_the_cost_is_told() {
    let report = load(&["--people", "3", "--receivers", "1", "--kbps", "300"]);
    // Three publish 50 sounds and 25 pictures of two packets a second; four receive two or three of them.
    let sent = number(&report, "packets_sent");
    let forwarded = number(&report, "packets_forwarded");
    assert!(sent >= 3.0 * 90.0 * 2.0, "{report}");
    assert!((2.8..3.2).contains(&(forwarded / sent)), "{report}");
    assert_eq!(number(&report, "packets_missing"), 0.0, "{report}");
    assert_eq!(number(&report, "silent_streams"), 0.0, "{report}");
    for measured in [
        "through_us_p50",
        "through_us_p99",
        "join_publish_ms_p50",
        "join_receive_ms_p95",
        "cpu_us_per_packet",
        "memory_kib_per_person",
        "load_cpu_seconds",
    ] {
        assert!(number(&report, measured) > 0.0, "{measured} in {report}");
    }
}

#[test]
fn one_layer_of_simulcast_is_forwarded() {
    let report = load(&["--people", "2", "--kbps", "800", "--simulcast"]);
    // Two people, each receiving the other: without a choice of layer it would be as much as is sent.
    let share = number(&report, "packets_forwarded") / number(&report, "packets_sent");
    assert!((0.5..0.95).contains(&share), "{report}");
}

#[test]
fn lost_pictures_are_repaired_and_lost_sounds_are_not_asked_for() {
    let report = load(&["--people", "2", "--kbps", "800", "--loss", "3"]);
    assert!(number(&report, "packets_dropped_on_purpose") > 10.0, "{report}");
    assert!(number(&report, "sound_missing_percent") > 0.5, "{report}");
    assert!(number(&report, "picture_missing_percent") < 1.0, "{report}");
}

#[test]
fn a_load_that_no_server_takes_is_refused_in_a_sentence() {
    let output = Command::new(env!("CARGO_BIN_EXE_oyer"))
        .args(["load", "--people", "100"])
        .output()
        .expect("oyer load runs");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("64 seats"));
}
