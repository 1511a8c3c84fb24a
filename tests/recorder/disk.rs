//! A disk that refuses bytes in the middle of a recording.
//!
//! A limit on the size of files (RLIMIT_FSIZE) stands for the full disk: the kernel takes a part of a write and then
//! refuses. It holds for a whole process, so the recording runs in a process of its own.

use super::media;
use super::stage::{Sender, Stage, examine, gaps};
use oyer::recorder::{Cause, RecorderEvent};
use oyer::rtp::{codec::Codec, source::Source};
use std::process::Command;
use uuid::Uuid;

const LIMIT: u64 = 150_000;
const CHILD: &str = "OYER_TEST_FILE_LIMIT";

#[test]
fn a_refused_write_is_reported_and_the_rest_goes_on() {
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

/// Not a test by itself: runs in a process with a limit.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by a_refused_write_is_reported_and_the_rest_goes_on"]
async fn record_under_a_file_limit() {
    std::env::var(CHILD).expect("run by the test of this module");
    let (sound, pictures) = (media::sound(), media::pictures("vp8", "320x240"));
    let limit = libc::rlimit {
        rlim_cur: LIMIT,
        rlim_max: libc::RLIM_INFINITY,
    };
    // SAFETY: plain system calls on values of this process; without the signal's default the write fails instead.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &limit), 0);
    }
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let person = Uuid::now_v7();
    let microphone = stage.open(person, Source::Microphone, Codec::Opus).await;
    let camera = stage.open(person, Source::Camera, Codec::Vp8).await;
    let (mut voice, mut face) = (Sender::new(Codec::Opus, 1), Sender::new(Codec::Vp8, 2));
    for packet in sound.iter().take_while(|p| p.at_us < 15 * 1_000_000) {
        stage.add(&microphone, voice.send(packet.at_us, 0, &packet.data));
    }
    for frame in pictures.iter().take_while(|f| f.at_us < 15 * 1_000_000) {
        stage.add(&camera, face.send(frame.at_us, 0, &frame.data));
    }
    stage.play().await;
    stage.end(15 * 1_000_000).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    let (mut track, mut whole) = (0, 0);
    while let Ok(event) = stage.events.try_recv() {
        match event {
            RecorderEvent::TrackFailed { track: failed, .. } => {
                assert_eq!(failed, camera.track());
                track += 1;
            }
            RecorderEvent::Failed { reason } => {
                assert!(reason.contains("witness-1-camera.webm"), "{reason}");
                whole += 1;
            }
            _ => {}
        }
    }
    assert_eq!((track, whole), (1, 1));
    // The file is as long as the disk let it be, hashed to the last byte, and in fragments.
    let file = &summary.tracks[1];
    assert_eq!(file.bytes, LIMIT);
    let gap = gaps(&dir).into_iter().rfind(|gap| gap.file == file.file).unwrap();
    assert_eq!((gap.cause, gap.to_ms), (Cause::Outage, 15_000));
    assert!(gap.from_ms.abs_diff(file.duration_ms) < 50);
    // The sound is complete.
    assert!(summary.tracks[0].duration_ms.abs_diff(15_000) < 50);
    // Its last cluster is cut off: all but decoding must hold.
    let mut but_decoding = summary.clone();
    but_decoding.tracks.remove(1);
    examine(&dir, &but_decoding);
}
