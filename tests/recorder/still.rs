//! A shared screen on which nothing changes. It sends a key frame and a picture or two, and then nothing.

use super::media;
use super::stage::{Sender, Stage, assert_whole, decode, examine, gaps, packets};
use oyer::recorder::tap::{TapMessage, TapSink};
use oyer::recorder::{Cause, RecorderEvent, RecordingSummary, recover};
use oyer::rtp::{codec::Codec, source::Source};
use std::path::Path;
use uuid::Uuid;

const S: i64 = 1_000_000;

/// A screen from 1 s on: its first pictures in the codec, all within a moment.
async fn shared(stage: &mut Stage, codec: Codec) -> (TapSink, Sender) {
    let sink = stage.open(Uuid::now_v7(), Source::Screen, codec).await;
    let mut sender = Sender::new(codec, 7);
    for (n, frame) in (0..).zip(media::pictures(codec.name(), "320x240").iter().take(3)) {
        stage.add(&sink, sender.send(S + n * 40_000, 0, &frame.data));
    }
    (sink, sender)
}

/// Its sender is heard of.
fn heard(stage: &mut Stage, sink: &TapSink, from_us: i64, to_us: i64) {
    for us in (from_us..to_us).step_by(50_000) {
        let arrival = stage.at(us);
        stage.script(us, sink, TapMessage::Heard { arrival });
    }
}

fn causes(dir: &Path) -> Vec<(u64, u64, Cause)> {
    gaps(dir).iter().map(|g| (g.from_ms, g.to_ms, g.cause)).collect()
}

const LEAD_IN: (u64, u64, Cause) = (0, 1_000, Cause::NotStarted);

async fn finish(stage: Stage, end_us: i64) -> (RecordingSummary, Vec<(u64, u64, Cause)>, tempfile::TempDir) {
    stage.end(end_us).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    let causes = causes(&dir);
    (summary, causes, stage.dir)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_is_confirmed_within_a_second_and_stands_to_the_end() {
    for codec in [Codec::Vp8, Codec::Vp9, Codec::H264] {
        let mut stage = Stage::new().await;
        stage.begin(0).await;
        let (sink, _) = shared(&mut stage, codec).await;
        heard(&mut stage, &sink, S, 20 * S);
        stage.play().await;
        let mut confirmed = None;
        while let Ok(event) = stage.events.try_recv() {
            if let RecorderEvent::Confirmed { at, tracks, .. } = event {
                let ours = tracks.iter().any(|(track, _)| *track == sink.track());
                confirmed = confirmed.or_else(|| ours.then_some(at));
                assert!(
                    ours || confirmed.is_none(),
                    "{codec:?}: confirmed once, and no more"
                );
            }
        }
        let took = confirmed.expect("confirmed") - stage.at(S + 80_000);
        assert!(took.as_millis() <= 1_000, "{codec:?}: confirmed after {took:?}");
        let dir = stage.folder();
        let (summary, causes, _folder) = finish(stage, 20 * S).await;
        assert_eq!(causes, [LEAD_IN], "{codec:?}");
        assert_eq!(summary.tracks[0].duration_ms, 20_000, "{codec:?}");
        let file = dir.join(&summary.tracks[0].file);
        decode(&file);
        if codec == Codec::Vp8 {
            // The file says so by itself.
            examine(&dir, &summary);
            assert_whole(&dir, &summary);
            assert_eq!(
                packets(&file).len(),
                3 + 3,
                "and all it needs for that is the same pictures over again"
            );
        } else {
            assert_eq!(packets(&file).len(), 3);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stands_until_another_picture_and_not_while_nobody_is_there() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let (sink, mut sender) = shared(&mut stage, Codec::Vp8).await;
    heard(&mut stage, &sink, S, 8 * S);
    // The connection is dead up to 16 s, and comes back to the same picture; another one follows.
    heard(&mut stage, &sink, 16 * S, 20 * S);
    let next = &media::pictures("vp8", "320x240")[3].data;
    stage.add(&sink, sender.send(18 * S, 0, next));
    // Dead again.
    stage.play().await;
    let dir = stage.folder();
    let (summary, causes, _folder) = finish(stage, 30 * S).await;
    let dead = |from, to| (from, to, Cause::Stalled);
    assert_eq!(causes, [LEAD_IN, dead(7_950, 16_000), dead(19_950, 30_000)]);
    assert_eq!(summary.tracks[0].duration_ms, 19_950);
    examine(&dir, &summary);
    assert_whole(&dir, &summary);
}

#[tokio::test(flavor = "multi_thread")]
async fn switched_off_or_gone_it_stands_no_longer() {
    for muted in [true, false] {
        let mut stage = Stage::new().await;
        stage.begin(0).await;
        let (sink, _) = shared(&mut stage, Codec::Vp8).await;
        heard(&mut stage, &sink, S, 10 * S);
        stage.play().await;
        let at = stage.at(10 * S);
        match muted {
            true => stage.recorder.set_muted(sink.track(), true, at).await,
            false => stage.recorder.close_track(sink.track(), at).await,
        }
        heard(&mut stage, &sink, 10 * S, 15 * S);
        stage.play().await;
        let dir = stage.folder();
        let (summary, causes, _folder) = finish(stage, 15 * S).await;
        let cause = if muted { Cause::Muted } else { Cause::Ended };
        assert_eq!(causes, [LEAD_IN, (10_000, 15_000, cause)]);
        assert_eq!(summary.tracks[0].duration_ms, 10_000);
        examine(&dir, &summary);
        assert_whole(&dir, &summary);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_stops_without_a_word_is_a_gap_as_ever() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let sink = stage.open(Uuid::now_v7(), Source::Camera, Codec::Vp8).await;
    let mut sender = Sender::new(Codec::Vp8, 7);
    for (n, frame) in (0..).zip(media::pictures("vp8", "320x240").iter().take(3)) {
        stage.add(&sink, sender.send(S + n * 40_000, 0, &frame.data));
    }
    heard(&mut stage, &sink, S, 10 * S);
    stage.play().await;
    let (_, causes, _folder) = finish(stage, 10 * S).await;
    assert_eq!(causes, [LEAD_IN, (1_080, 10_000, Cause::Stalled)]);
}

/// What is on the disk at a moment, as after `kill -9`.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_it_stood_for_as_long_as_was_noted() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let (sink, _) = shared(&mut stage, Codec::Vp8).await;
    heard(&mut stage, &sink, S, 10 * S);
    stage.play().await;
    let found = stage.dir.path().join("found");
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .args([stage.folder(), found.clone()])
        .status();
    assert!(copied.unwrap().success());
    let summary = recover(&found).unwrap();
    let track = &summary.tracks[0];
    assert_eq!(
        packets(&found.join(&track.file)).len(),
        3,
        "all that came is there"
    );
    assert_eq!(causes(&found), [LEAD_IN]);
    assert!(track.duration_ms >= 9_400, "{track:?}");
    assert_eq!(track.duration_ms, summary.segments[0].duration_ms);
    assert_eq!(recover(&found).unwrap(), summary, "and once more the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_came_before_the_record_waits_for_a_key_frame() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let sink = stage.open(Uuid::now_v7(), Source::Camera, Codec::Vp8).await;
    // Seen since long before: the tap passes nothing on, and says why.
    let since = stage.base - std::time::Duration::from_millis(30);
    stage.script(3_000, &sink, TapMessage::NoKeyFrame { since });
    let mut sender = Sender::new(Codec::Vp8, 7);
    for (n, frame) in (0..).zip(media::pictures("vp8", "320x240").iter().take(60)) {
        stage.add(&sink, sender.send(360_000 + n * 40_000, 0, &frame.data));
    }
    stage.play().await;
    let (_, causes, _folder) = finish(stage, 360_000 + 60 * 40_000).await;
    assert_eq!(causes, [(0, 360, Cause::LateKeyFrame)]);
}
