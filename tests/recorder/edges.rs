//! Refusals, overflows, and callers that leave.

use super::near;
use super::stage::{Sender, Stage, examine, gaps, packets};
use super::{S, media};
use oyer::recorder::tap::TapMessage;
use oyer::recorder::{Cause, Ended, Recorder, RecorderConfig, RecorderError, TrackSpec, recover};
use oyer::rtp::{codec::Codec, source::Source};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_recorded_is_refused_with_a_reason() {
    let stage = Stage::new().await;
    let spec = |label: &str, source, codec| TrackSpec {
        track: Uuid::now_v7(),
        participant: Uuid::now_v7(),
        label: label.into(),
        source,
        codec,
    };
    let good = spec("judge-1", Source::Microphone, Codec::Opus);
    let early = stage.recorder.open_track(good.clone()).await;
    assert!(matches!(early, Err(RecorderError::NoSegment)));
    stage.begin(0).await;
    let again = stage
        .recorder
        .begin_segment(stage.at(0), time::OffsetDateTime::now_utc())
        .await;
    assert!(matches!(again, Err(RecorderError::SegmentRuns)));
    for label in ["", "../judge", "a/b", "Judge", "a b", &"x".repeat(65)] {
        let refused = stage
            .recorder
            .open_track(spec(label, Source::Microphone, Codec::Opus))
            .await;
        assert!(matches!(refused, Err(RecorderError::Label(_))), "{label}");
    }
    let silent = stage
        .recorder
        .open_track(spec("judge-1", Source::Microphone, Codec::Vp8))
        .await;
    assert!(matches!(silent, Err(RecorderError::Codec(..))));
    stage.recorder.open_track(good.clone()).await.unwrap();
    let twice = stage.recorder.open_track(good).await;
    assert!(matches!(twice, Err(RecorderError::TrackOpen(_))));
    // A recording is never written over another, nor summed up while it is written.
    let config = RecorderConfig {
        recording: Uuid::now_v7(),
        dir: stage.folder(),
        first_segment: 1,
        cutoff: Default::default(),
    };
    let over = || Recorder::start(config.clone(), mpsc::channel(1).0);
    assert!(matches!(over(), Err(RecorderError::StillWritten(_))));
    let summed = recover(&stage.folder());
    assert!(
        matches!(summed, Err(RecorderError::StillWritten(_))),
        "{summed:?}"
    );
    assert!(matches!(
        recover(stage.dir.path()),
        Err(RecorderError::NoRecording(_))
    ));
    stage.recorder.finish().await.unwrap();
    assert!(matches!(over(), Err(RecorderError::Io { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorder_that_is_dropped_closes_its_files_in_good_order() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let microphone = stage.open(Uuid::now_v7(), Source::Microphone, Codec::Opus).await;
    let mut voice = Sender::new(Codec::Opus, 1);
    for packet in media::sound().iter().take_while(|p| p.at_us < 5 * S) {
        stage.add(&microphone, voice.send(packet.at_us, 0, &packet.data));
    }
    stage.play().await;
    let dir = stage.folder();
    drop(stage.recorder);
    // The end of the channel tells when the thread is done.
    while stage.events.recv().await.is_some() {}
    let summary = recover(&dir).unwrap();
    examine(&dir, &summary);
    assert_eq!((summary.ended, summary.tracks.len()), (Ended::Closed, 1));
    assert!(near(summary.tracks[0].duration_ms as f64 / 1000.0, 5.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_overflows_is_declared_as_our_own_outage() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let microphone = stage.open(Uuid::now_v7(), Source::Microphone, Codec::Opus).await;
    let mut voice = Sender::new(Codec::Opus, 1);
    let sound = media::sound();
    for packet in sound.iter().take_while(|p| p.at_us < 5 * S) {
        stage.add(&microphone, voice.send(packet.at_us, 0, &packet.data));
    }
    stage.play().await;
    // More at once than the queue holds, while the recorder is busy with a flood of another track.
    let flood = stage.open(Uuid::now_v7(), Source::Microphone, Codec::Opus).await;
    let report = || TapMessage::SenderReport {
        ssrc: 9,
        ntp: 0,
        rtp: 0,
        arrival: stage.at(5 * S),
    };
    let mut lost = 0;
    for packet in sound.iter().filter(|p| (5 * S..9 * S).contains(&p.at_us)) {
        while flood.send(report()) {}
        for (at, mut packet) in voice.send(packet.at_us, 0, &packet.data) {
            packet.arrival = stage.at(at);
            lost += u64::from(!microphone.send(TapMessage::Packet(packet)));
        }
    }
    stage.recorder.progress().await.unwrap();
    for packet in sound.iter().filter(|p| (9 * S..12 * S).contains(&p.at_us)) {
        let packets = voice.send(packet.at_us, 0, &packet.data);
        stage.add(&microphone, packets);
    }
    stage.play().await;
    stage.end(12 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    assert!(lost > 0, "the queue did not overflow");
    let file = &summary.tracks[0].file;
    let outage: u64 = gaps(&dir)
        .iter()
        .filter(|g| &g.file == file && g.cause == Cause::Outage)
        .map(|g| g.to_ms - g.from_ms)
        .sum();
    assert_eq!(outage, lost * 20, "{lost} packets did not fit");
    assert_eq!(packets(&dir.join(file)).len(), 600);
}

/// Where a recorder's log lines go in this test.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_recorders_thread_logs_bears_the_marks_of_its_caller() {
    let log = Log::default();
    let lines = log.clone();
    tracing_subscriber::fmt()
        .json()
        .with_writer(move || lines.clone())
        .init();
    let dir = tempfile::tempdir().unwrap();
    let config = RecorderConfig {
        recording: Uuid::now_v7(),
        dir: dir.path().join("recording"),
        first_segment: 1,
        cutoff: Default::default(),
    };
    let (sender, mut events) = mpsc::channel(8);
    let span = tracing::info_span!("record", hearing = "the-hearing");
    let recorder = span.in_scope(|| Recorder::start(config, sender)).unwrap();
    // Its folder is gone, so that it cannot close the recording.
    std::fs::remove_dir_all(dir.path()).unwrap();
    drop(recorder);
    while events.recv().await.is_some() {}
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let line = log.lines().find(|line| line.contains("closing a recording"));
    assert!(line.unwrap_or_default().contains("the-hearing"), "{log}");
}
