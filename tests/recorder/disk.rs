//! A disk that refuses bytes in the middle of a recording, and takes them again.
//!
//! A limit on the size of files (RLIMIT_FSIZE) stands for the full disk: the kernel takes a part of a write and then
//! refuses. It holds for a whole process, so the recording runs in a process of its own.

use super::media;
use super::stage::{Sender, Stage, assert_whole, gaps};
use oyer::recorder::{Cause, RecorderEvent};
use oyer::rtp::{codec::Codec, source::Source};
use std::process::Command;
use uuid::Uuid;

const S: i64 = 1_000_000;
const CHILD: &str = "OYER_TEST_FILE_LIMIT";

#[test]
fn a_disk_that_refuses_is_reported_and_when_it_takes_again_the_record_goes_on_by_itself() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "disk::record_under_a_file_limit",
            "--ignored",
            "--nocapture",
        ])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

fn limit(bytes: libc::rlim_t) {
    let limit = libc::rlimit {
        rlim_cur: bytes,
        rlim_max: libc::RLIM_INFINITY,
    };
    // SAFETY: plain system calls on values of this process; without the signal's default the write fails instead.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &limit), 0);
    }
}

/// Not a test by itself: runs in a process with a limit.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by a_disk_that_refuses_is_reported_and_when_it_takes_again_the_record_goes_on_by_itself"]
async fn record_under_a_file_limit() {
    std::env::var(CHILD).expect("run by the test of this module");
    let (sound, pictures) = (media::sound(), media::pictures("vp8", "320x240"));
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let person = Uuid::now_v7();
    let microphone = stage.open(person, Source::Microphone, Codec::Opus).await;
    let camera = stage.open(person, Source::Camera, Codec::Vp8).await;
    let mut late = None;
    let (mut voice, mut face, mut other) = (
        Sender::new(Codec::Opus, 1),
        Sender::new(Codec::Vp8, 2),
        Sender::new(Codec::Opus, 3),
    );
    // The disk is full from 5 s to 9 s; in the middle of that somebody joins.
    for (from, to, bytes) in [
        (0, 5, libc::RLIM_INFINITY),
        (5, 7, 1),
        (7, 9, 1),
        (9, 20, libc::RLIM_INFINITY),
    ] {
        limit(bytes);
        if from == 7 {
            late = Some(stage.open(Uuid::now_v7(), Source::Microphone, Codec::Opus).await);
        }
        let span = from * S..to * S;
        for packet in sound.iter().filter(|p| span.contains(&p.at_us)) {
            stage.add(&microphone, voice.send(packet.at_us, 0, &packet.data));
            if let Some(late) = &late {
                stage.add(late, other.send(packet.at_us, 0, &packet.data));
            }
        }
        for frame in pictures.iter().filter(|f| span.contains(&f.at_us)) {
            stage.add(&camera, face.send(frame.at_us, 0, &frame.data));
        }
        stage.play().await;
    }
    stage.end(20 * S).await;
    let (dir, base) = (stage.folder(), stage.base);
    let summary = stage.recorder.finish().await.unwrap();

    // Both were confirmed, then failed and were not, then are again, and so is who came in between.
    let late = late.unwrap().track();
    let (mut failed, mut alarms, mut confirmed) = (Vec::new(), 0, Vec::new());
    while let Ok(event) = stage.events.try_recv() {
        match event {
            RecorderEvent::TrackFailed { track, .. } => failed.push(track),
            RecorderEvent::Failed { reason } => {
                assert!(reason.contains("os error 27"), "{reason}");
                alarms += 1;
            }
            RecorderEvent::Confirmed { at, tracks, .. } => {
                let second = at.duration_since(base).as_secs_f64();
                let has = |track| tracks.iter().any(|(t, _)| *t == track);
                confirmed.push((second, has(microphone.track()) && has(camera.track()), has(late)));
            }
            RecorderEvent::NeedKeyFrame { .. } => {}
        }
    }
    for track in [microphone.track(), camera.track(), late] {
        assert!(failed.contains(&track), "{failed:?}");
    }
    assert_eq!(alarms, 1, "one cause, one alarm");
    let before = confirmed
        .iter()
        .filter(|(at, both, _)| (2.0..5.0).contains(at) && *both);
    assert!(before.count() >= 5, "{confirmed:?}");
    assert!(
        !confirmed
            .iter()
            .any(|(at, both, _)| (6.0..9.0).contains(at) && *both)
    );
    let after = confirmed
        .iter()
        .filter(|(at, both, third)| *at > 17.0 && *both && *third);
    assert!(after.count() >= 5, "{confirmed:?}");

    // Nothing that was written is lost, what was not is declared, and the rest is in new files.
    let files: Vec<&str> = summary.tracks.iter().map(|t| t.file.as_str()).collect();
    assert_eq!(
        files,
        [
            "segment-001/witness-1-microphone.webm",
            "segment-001/witness-1-camera.webm",
            "segment-001/witness-1-microphone-2.webm",
            "segment-001/witness-1-microphone-3.webm",
            "segment-001/witness-1-camera-2.webm",
        ]
    );
    let on_disk = std::fs::read_dir(dir.join("segment-001")).unwrap().count();
    assert_eq!(on_disk, files.len(), "no attempt left a file that nobody knows");
    assert_whole(&dir, &summary);
    for track in &summary.tracks {
        let gaps = gaps(&dir);
        let outage = gaps
            .iter()
            .find(|g| g.file == track.file && g.cause == Cause::Outage)
            .unwrap();
        let (from, to) = match track.file.contains("microphone-2") {
            true => (7_000, 15_000),
            false => (5_500, 15_000),
        };
        assert!(
            outage.from_ms <= from && (9_000..to).contains(&outage.to_ms),
            "{outage:?}"
        );
    }
}
