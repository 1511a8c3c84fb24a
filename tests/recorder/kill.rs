//! SIGKILL in the middle of a recording in real time, at moments nobody chose.

use super::media;
use super::stage::{Sender, examine, gaps, packets};
use oyer::recorder::{Ended, Recorder, RecorderConfig, TrackSpec, recover};
use oyer::rtp::{codec::Codec, source::Source};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio::sync::mpsc;
use uuid::Uuid;

const DIR: &str = "OYER_TEST_RECORD_INTO";

/// Not a test by itself: the process that is killed. Records until then.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by kill_at_any_moment_loses_little_and_nothing_is_rewritten"]
async fn record_until_killed() {
    let dir = PathBuf::from(std::env::var(DIR).expect("run by the test of this module"));
    let (sound, pictures) = (media::sound(), media::pictures("vp8", "160x120"));
    let (events, mut reports) = mpsc::channel(64);
    tokio::spawn(async move { while reports.recv().await.is_some() {} });
    let config = RecorderConfig {
        recording: Uuid::now_v7(),
        dir,
        first_segment: 1,
        cutoff: Default::default(),
    };
    let recorder = Recorder::start(config, events).unwrap();
    let base = Instant::now();
    recorder
        .begin_segment(base, OffsetDateTime::now_utc())
        .await
        .unwrap();
    let mut sinks = Vec::new();
    for (source, codec) in [(Source::Microphone, Codec::Opus), (Source::Camera, Codec::Vp8)] {
        for label in ["judge-1", "witness-1"] {
            let (track, participant) = (Uuid::now_v7(), Uuid::now_v7());
            let spec = TrackSpec {
                track,
                participant,
                label: label.into(),
                source,
                codec,
            };
            sinks.push((recorder.open_track(spec).await.unwrap(), Sender::new(codec, 1)));
        }
    }
    // The witness's microphone is muted: its file is filled with silence.
    recorder.set_muted(sinks[1].0.track(), true, base).await;
    let mut media: Vec<(usize, &media::Encoded)> = Vec::new();
    media.extend(sound.iter().map(|p| (0, p)));
    media.extend(pictures.iter().flat_map(|p| [(2, p), (3, p)]));
    media.sort_by_key(|(_, p)| p.at_us);
    for (who, encoded) in media {
        let due = base + Duration::from_micros(encoded.at_us as u64);
        tokio::time::sleep_until(due.into()).await;
        let (sink, sender) = &mut sinks[who];
        for (_, mut packet) in sender.send(encoded.at_us, 0, &encoded.data) {
            packet.arrival = Instant::now();
            assert!(sink.send(oyer::recorder::tap::TapMessage::Packet(packet)));
        }
    }
    panic!("was not killed");
}

/// The wall clock at the beginning of the segment, by the recorder's notes.
fn began(dir: &Path) -> Option<OffsetDateTime> {
    let notes = std::fs::read_to_string(dir.join("segments.jsonl")).ok()?;
    let note = notes.lines().find(|line| line.contains("segment_began"))?;
    let note: serde_json::Value = serde_json::from_str(note).ok()?;
    OffsetDateTime::parse(
        note["at"].as_str()?,
        &time::format_description::well_known::Rfc3339,
    )
    .ok()
}

#[test]
fn kill_at_any_moment_loses_little_and_nothing_is_rewritten() {
    // Made before the processes start, as they would wait for it.
    media::sound();
    media::pictures("vp8", "160x120");
    let rounds: Vec<_> = (0..4)
        .map(|round| {
            std::thread::spawn(move || {
                let random = u64::from(Uuid::new_v4().as_bytes()[0]);
                kill_after(
                    Duration::from_millis(2500 + round * 1000 + random * 4),
                    round % 2 == 1,
                );
            })
        })
        .collect();
    rounds.into_iter().for_each(|round| round.join().unwrap());
}

/// `torn`: as after a loss of power, the gap ledger ends in the middle of a line.
fn kill_after(delay: Duration, torn: bool) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("recording");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::record_until_killed", "--ignored"])
        .env(DIR, &dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let limit = Instant::now() + Duration::from_secs(60);
    let began = loop {
        if let Some(began) = began(&dir) {
            break began;
        }
        assert!(
            Instant::now() < limit && child.try_wait().unwrap().is_none(),
            "the recording did not begin"
        );
        std::thread::sleep(Duration::from_millis(20));
    };
    std::thread::sleep(delay);
    child.kill().unwrap();
    let elapsed_ms = (OffsetDateTime::now_utc() - began).whole_milliseconds() as i64;
    child.wait().unwrap();

    let files: Vec<PathBuf> = std::fs::read_dir(dir.join("segment-001"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let as_killed: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    let ledger = std::fs::read(dir.join("fragments.tsv")).unwrap();

    if torn {
        let mut ledger = std::fs::OpenOptions::new()
            .append(true)
            .open(dir.join("gaps.jsonl"))
            .unwrap();
        ledger.write_all(b"{\"segment\":1,\"fi").unwrap();
    }
    let as_torn = std::fs::read(dir.join("gaps.jsonl")).unwrap();
    let summary = recover(&dir).unwrap();
    assert!(
        std::fs::read(dir.join("gaps.jsonl"))
            .unwrap()
            .starts_with(&as_torn),
        "only appended to"
    );
    assert_eq!(summary.ended, Ended::Crash);
    assert_eq!(summary.tracks.len(), 4);
    for (file, bytes) in files.iter().zip(&as_killed) {
        assert_eq!(&std::fs::read(file).unwrap(), bytes, "track files stay as found");
    }
    assert!(
        std::fs::read(dir.join("fragments.tsv"))
            .unwrap()
            .starts_with(&ledger)
    );
    examine(&dir, &summary);
    for track in &summary.tracks {
        let lost_ms = elapsed_ms - track.duration_ms as i64;
        println!("{}: {elapsed_ms} ms on record, {lost_ms} ms lost", track.file);
        assert!(
            lost_ms < 2000,
            "{}: {lost_ms} ms lost of {elapsed_ms}",
            track.file
        );
        assert!(track.bytes > 0 && packets(&dir.join(&track.file)).len() > 20);
    }
    let muted = gaps(&dir)
        .into_iter()
        .find(|gap| gap.cause == oyer::recorder::Cause::Muted);
    let muted = muted.expect("the muted microphone is in the gap ledger");
    assert_eq!(
        (muted.from_ms, muted.file.as_str()),
        (0, "segment-001/witness-1-microphone.webm")
    );
    let before = std::fs::read(dir.join("gaps.jsonl")).unwrap();
    assert_eq!(recover(&dir).unwrap(), summary, "a second recovery says the same");
    assert_eq!(std::fs::read(dir.join("gaps.jsonl")).unwrap(), before);
}
