//! Media and gaps of every track add up to the time on record, whatever came when; and nothing is written beyond it.

use super::media;
use super::stage::{Dice, Sender, Stage, assert_whole, examine, gaps, packets};
use oyer::recorder::tap::TapMessage;
use oyer::recorder::{Cause, Recorder, RecorderConfig, RecorderEvent, recover};
use oyer::rtp::{codec::Codec, source::Source};
use std::time::Instant;
use tokio::sync::mpsc;
use uuid::Uuid;

const S: i64 = 1_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn media_and_gaps_add_up_to_the_time_on_record() {
    for seed in 1..=5 {
        schedule(seed).await;
    }
}

/// Two segments of sound and pictures that come late, in bursts, with holes, and stop when they like. The segments end
/// wherever the seed has it, with packets still under way.
async fn schedule(seed: u64) {
    let mut dice = Dice(seed);
    let mut stage = Stage::new().await;
    let (sound, pictures) = (media::sound(), media::pictures("vp8", "160x120"));
    let mut begin = 0;
    for segment in 0..2 {
        let end = begin + 6 * S + dice.roll(6_000) * 1000;
        stage.begin(begin).await;
        for (source, codec, media) in [
            (Source::Microphone, Codec::Opus, &sound),
            (Source::Camera, Codec::Vp8, &pictures),
        ] {
            let sink = stage.open(Uuid::now_v7(), source, codec).await;
            let mut sender = Sender::new(codec, 10 + segment);
            let starts = dice.roll(3_000) * 1000;
            let stops = if dice.roll(2) == 0 {
                end - begin - dice.roll(2_500) * 1000
            } else {
                i64::MAX
            };
            let mut hole = 0;
            let mut burst = 0;
            for packet in media.iter().filter(|p| p.at_us < end - begin) {
                if dice.roll(60) == 0 {
                    hole = packet.at_us + dice.roll(1_500) * 1000;
                }
                if dice.roll(50) == 0 {
                    burst = packet.at_us + dice.roll(900) * 1000;
                }
                let sent = sender.send(begin + packet.at_us, 0, &packet.data);
                if packet.at_us < starts.max(hole) || packet.at_us > stops {
                    continue;
                }
                let held = (burst - packet.at_us).max(0) + dice.roll(80) * 1000;
                // The taps go when the segment ends.
                let arrived = sent.into_iter().map(|(at, packet)| (at + held, packet));
                stage.add(&sink, arrived.filter(|(at, _)| *at < end));
            }
            if dice.roll(3) == 0 {
                stage.script(end - dice.roll(1_000) * 1000, &sink, TapMessage::Ended);
            }
        }
        stage.play().await;
        stage.end(end).await;
        begin = end + dice.roll(2_000) * 1000;
    }
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    assert_eq!(summary.segments.len(), 2);
    assert_whole(&dir, &summary);
}

/// A sender report that puts the pictures 0.7 s earlier than they were placed, and a camera that hands over what it took
/// in a stall all at once: the pictures catch up, and no tool complains of it.
#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_catch_up_decode_without_a_word() {
    for codec in [Codec::Vp8, Codec::Vp9] {
        let mut stage = Stage::new().await;
        stage.begin(0).await;
        let camera = stage.open(Uuid::now_v7(), Source::Camera, codec).await;
        let mut face = Sender::new(codec, 2);
        let ntp =
            |us: i64| (((3_900_000_000 + us / S) as u64) << 32) | ((((us % S) as u64) << 32) / S as u64);
        for frame in media::pictures(codec.name(), "320x240")
            .iter()
            .take_while(|f| f.at_us < 12 * S)
        {
            // Taken in a stall: 30 pictures 3 ms apart by the camera's clock.
            let taken = match frame.at_us {
                us if us >= 8 * S => {
                    8 * S + ((us - 8 * S) / 40_000).min(30) * 3_000 + (us - 9_200_000).max(0)
                }
                us => us,
            };
            stage.add(&camera, face.send(taken, 700_000, &frame.data));
        }
        stage.add_report(&camera, 4 * S, 2, ntp(4 * S), face.timestamp_at(4 * S));
        stage.play().await;
        stage.end(12 * S).await;
        let dir = stage.folder();
        let summary = stage.recorder.finish().await.unwrap();
        // A full decode, among others.
        examine(&dir, &summary);
        let times = packets(&dir.join(&summary.tracks[0].file));
        let steps: Vec<f64> = times.windows(2).map(|p| p[1].0 - p[0].0).collect();
        let close = steps.iter().filter(|step| **step < 0.015).count();
        assert!(close > 20, "nothing caught up: {steps:?}");
        assert!(steps.iter().all(|step| *step >= 0.0099), "{steps:?}");
        // In step again: the picture taken at 7 s lies there.
        assert!(times.iter().any(|(at, _)| (at - 7.0).abs() < 0.002), "{times:?}");
    }
}

/// No clock runs like that: whoever sends 30 s of media within one must not be at the end of a file before the court is.
#[tokio::test(flavor = "multi_thread")]
async fn a_sender_in_a_hurry_does_not_run_away_from_the_record() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    for (source, codec, media) in [
        (Source::Microphone, Codec::Opus, media::sound()),
        (Source::Camera, Codec::Vp8, media::pictures("vp8", "160x120")),
    ] {
        let sink = stage.open(Uuid::now_v7(), source, codec).await;
        let mut sender = Sender::new(codec, 1);
        for packet in media.iter().take_while(|p| p.at_us < 30 * S) {
            let early = packet.at_us / 30 - packet.at_us;
            stage.add(&sink, sender.send(packet.at_us, early, &packet.data));
        }
    }
    stage.play().await;
    stage.end(2 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    assert_eq!(summary.tracks.len(), 2);
    for track in &summary.tracks {
        assert!(track.duration_ms <= 2_000, "{track:?}");
        let end = packets(&dir.join(&track.file)).last().unwrap().1;
        assert!(end < 6.5, "{} ends at {end}", track.file);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_to_end_that_comes_late_leaves_nothing_beyond_the_end_in_the_files() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let microphone = stage.open(Uuid::now_v7(), Source::Microphone, Codec::Opus).await;
    let camera = stage.open(Uuid::now_v7(), Source::Camera, Codec::Vp8).await;
    let muted = stage.open(Uuid::now_v7(), Source::Microphone, Codec::Opus).await;
    stage.recorder.set_muted(muted.track(), true, stage.at(0)).await;
    let (mut voice, mut face) = (Sender::new(Codec::Opus, 1), Sender::new(Codec::Vp8, 2));
    for packet in media::sound().iter().take_while(|p| p.at_us < 9 * S) {
        stage.add(&microphone, voice.send(packet.at_us, 0, &packet.data));
    }
    for frame in media::pictures("vp8", "160x120")
        .iter()
        .take_while(|f| f.at_us < 9 * S)
    {
        stage.add(&camera, face.send(frame.at_us, 0, &frame.data));
    }
    // Off the record at 5 s. The order is carried out at 9 s; until then time goes on for the recorder.
    stage.cutoff.set(stage.at(5 * S));
    stage.play().await;
    stage.end(5 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    assert_eq!(summary.tracks.len(), 3);
    for track in &summary.tracks {
        let end = packets(&dir.join(&track.file)).last().unwrap().1;
        assert!((4.9..=5.05).contains(&end), "{} ends at {end}", track.file);
        assert!((4_900..=5_000).contains(&track.duration_ms), "{track:?}");
    }
    assert!(
        gaps(&dir).iter().all(|gap| gap.to_ms <= 5_000),
        "{:?}",
        gaps(&dir)
    );
    assert_whole(&dir, &summary);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_is_cut_off_before_any_track_is_known_for_as_long_as_it_ran() {
    let dir = tempfile::tempdir().unwrap();
    let (sender, mut events) = mpsc::channel(100);
    let config = RecorderConfig {
        recording: Uuid::now_v7(),
        dir: dir.path().join("recording"),
        first_segment: 3,
        cutoff: Default::default(),
    };
    let recorder = Recorder::start(config, sender).unwrap();
    let (at, wall) = (Instant::now(), time::OffsetDateTime::now_utc());
    recorder.begin_segment(at, wall).await.unwrap();
    let mut last = at;
    for _ in 0..2 {
        match events.recv().await {
            Some(RecorderEvent::Confirmed { at, tracks, .. }) => {
                assert!(tracks.is_empty());
                last = at;
            }
            other => panic!("{other:?}"),
        }
    }
    // As a kill at this moment leaves it.
    let killed = dir.path().join("killed");
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .args([dir.path().join("recording"), killed.clone()])
        .status();
    assert!(copied.unwrap().success());
    let summary = recover(&killed).unwrap();
    let ran = u64::try_from(last.duration_since(at).as_millis()).unwrap();
    let [segment] = &summary.segments[..] else {
        panic!("{summary:?}")
    };
    assert!(segment.duration_ms >= ran && ran >= 900, "{ran}: {segment:?}");
    let gaps = gaps(&killed);
    let [gap] = &gaps[..] else { panic!("{gaps:?}") };
    assert_eq!(
        (gap.segment, gap.from_ms, gap.to_ms, gap.participant, gap.cause),
        (3, 0, segment.duration_ms, Uuid::nil(), Cause::NotStarted)
    );
    assert_eq!(recover(&killed).unwrap(), summary, "once");
}
