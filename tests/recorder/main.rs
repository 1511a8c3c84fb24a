//! The recorder, with real media in and programs of others to judge what comes out.

mod adding;
mod clocks;
mod crash;
mod disk;
mod edges;
mod failures;
mod faults;
mod hole;
mod kill;
mod ledger;
mod media;
mod page;
mod stage;
mod still;
#[path = "../outside/sums.rs"]
mod sums;
mod whole;

use oyer::recorder::tap::TapMessage;
use oyer::recorder::{Cause, Gap, RecorderEvent};
use oyer::rtp::{codec::Codec, source::Source};
use stage::{Sender, Stage, examine, gaps, packets};
use uuid::Uuid;

const S: i64 = 1_000_000;

/// Gaps of one source, as (from, to, cause).
fn of(gaps: &[Gap], source: Source) -> Vec<(u64, u64, Cause)> {
    gaps.iter()
        .filter(|g| g.source == source)
        .map(|g| (g.from_ms, g.to_ms, g.cause))
        .collect()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.2
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_and_picture_of_one_person_come_out_whole_and_as_long_as_the_record() {
    let mut stage = Stage::new().await;
    assert_eq!(stage.begin(0).await, 1);
    let person = Uuid::now_v7();
    let microphone = stage.open(person, Source::Microphone, Codec::Opus).await;
    let camera = stage.open(person, Source::Camera, Codec::Vp8).await;
    let (mut voice, mut face) = (Sender::new(Codec::Opus, 1), Sender::new(Codec::Vp8, 2));
    for packet in media::sound().iter().take_while(|p| p.at_us < 20 * S) {
        stage.add(&microphone, voice.send(packet.at_us, 30_000, &packet.data));
    }
    for frame in media::pictures("vp8", "320x240")
        .iter()
        .take_while(|f| f.at_us < 20 * S)
    {
        // Jitter of up to 60 ms, so that packets overtake each other.
        let jitter = frame.at_us / 40_000 * 7919 % 60 * 1000;
        stage.add(&camera, face.send(frame.at_us, 40_000 + jitter, &frame.data));
    }
    stage.play().await;
    stage.end(20 * S + 100_000).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    assert_eq!(summary.segments[0].duration_ms, 20_100);
    for track in &summary.tracks {
        let times = packets(&dir.join(&track.file));
        assert!(near(times[0].0, 0.0), "{times:?}");
        assert!(near(times.last().unwrap().1, 20.1), "{:?}", times.last());
        assert_eq!(track.lost, 0);
    }
    let (sound, picture) = (&summary.tracks[0], &summary.tracks[1]);
    assert_eq!(
        (sound.file.as_str(), sound.codec),
        ("segment-001/witness-1-microphone.webm", Codec::Opus)
    );
    assert_eq!((picture.width, picture.height), (Some(320), Some(240)));
    // 20.1 s of Opus are 1005 packets of 20 ms, end to end.
    assert_eq!(packets(&dir.join(&sound.file)).len(), 1005);
    assert!(of(&gaps(&dir), Source::Camera).iter().all(|g| g.1 - g.0 < 200));
    let mut confirmed = Vec::new();
    while let Ok(event) = stage.events.try_recv() {
        match event {
            RecorderEvent::Confirmed { media_ms, .. } => confirmed.push(media_ms),
            RecorderEvent::NeedKeyFrame { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(confirmed.len() > 20 && confirmed.is_sorted(), "{confirmed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_of_thirty_seconds_is_filled_with_silence_and_declared() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let microphone = stage.open(Uuid::now_v7(), Source::Microphone, Codec::Opus).await;
    let mut voice = Sender::new(Codec::Opus, 1);
    for packet in media::sound().iter().take_while(|p| p.at_us < 45 * S) {
        let sent = voice.send(packet.at_us, 0, &packet.data);
        // The sender goes on, the network does not.
        if !(10 * S..40 * S).contains(&packet.at_us) {
            stage.add(&microphone, sent);
        }
    }
    stage.play().await;
    stage.end(45 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    let file = dir.join(&summary.tracks[0].file);
    assert_eq!(packets(&file).len(), 45 * 50);
    assert_eq!(
        of(&gaps(&dir), Source::Microphone),
        [(10_000, 40_000, Cause::Lost)]
    );
    assert_eq!(summary.tracks[0].lost, 1500);
    // What ffmpeg decodes is as long as the record: later speech is not early.
    assert!(near(decoded_seconds(&file), 45.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn vp9_and_h264_are_recorded_in_their_containers() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    for (codec, name) in [(Codec::Vp9, "vp9"), (Codec::H264, "h264")] {
        let camera = stage.open(Uuid::now_v7(), Source::Camera, codec).await;
        let mut face = Sender::new(codec, 2);
        // From 2 s on, so that the time before has to be kept in the file.
        for frame in media::pictures(name, "320x240")
            .iter()
            .take_while(|f| f.at_us < 10 * S)
        {
            let packets = face.send(frame.at_us + 2 * S, 0, &frame.data);
            stage.add(&camera, packets);
        }
    }
    stage.play().await;
    stage.end(12 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    let files: Vec<&str> = summary.tracks.iter().map(|t| t.file.as_str()).collect();
    assert_eq!(
        files,
        [
            "segment-001/witness-1-camera.webm",
            "segment-001/witness-1-camera.mp4"
        ]
    );
    for track in &summary.tracks {
        assert_eq!((track.width, track.height), (Some(320), Some(240)));
        let times = packets(&dir.join(&track.file));
        assert_eq!(times.len(), 250, "{}", track.file);
        assert!(near(times[0].0, 2.0), "{}: {:?}", track.file, times[0]);
        assert!(
            near(times.last().unwrap().1, 12.0),
            "{}: {:?}",
            track.file,
            times.last()
        );
    }
}

/// Length of the decoded sound, by counting samples.
fn decoded_seconds(file: &std::path::Path) -> f64 {
    let output = std::process::Command::new("ffmpeg")
        .args([
            "-v",
            "error",
            "-i",
            file.to_str().unwrap(),
            "-f",
            "s16le",
            "-ac",
            "1",
            "-ar",
            "48000",
            "-",
        ])
        .output()
        .unwrap();
    output.stdout.len() as f64 / 2.0 / 48_000.0
}

#[tokio::test(flavor = "multi_thread")]
async fn muting_is_the_cause_where_it_is_and_stalling_elsewhere() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let person = Uuid::now_v7();
    let microphone = stage.open(person, Source::Microphone, Codec::Opus).await;
    let mut voice = Sender::new(Codec::Opus, 1);
    let sound = media::sound();
    let mut say = |stage: &mut Stage, from: i64, to: i64| {
        for packet in sound.iter().filter(|p| (from..to).contains(&p.at_us)) {
            let packets = voice.send(packet.at_us, 0, &packet.data);
            stage.add(&microphone, packets);
        }
    };
    say(&mut stage, 0, 5 * S);
    stage.play().await;
    stage
        .recorder
        .set_muted(microphone.track(), true, stage.at(5 * S + 50_000))
        .await;
    stage
        .recorder
        .set_muted(microphone.track(), false, stage.at(12 * S))
        .await;
    // Unmuted at 12 s, but the sender's RTP clock stood still meanwhile: it is 7 s behind.
    voice.timestamp = voice.timestamp.wrapping_sub(7 * 48_000);
    for packet in sound.iter().filter(|p| (12 * S..20 * S).contains(&p.at_us)) {
        let packets = voice.send(packet.at_us, 0, &packet.data);
        stage.add(&microphone, packets);
    }
    // Three seconds in which nothing is sent.
    for packet in sound.iter().filter(|p| (23 * S..25 * S).contains(&p.at_us)) {
        let packets = voice.send(packet.at_us, 0, &packet.data);
        stage.add(&microphone, packets);
    }
    stage.play().await;
    stage
        .recorder
        .close_track(microphone.track(), stage.at(25 * S))
        .await;
    stage.end(30 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    assert_eq!(
        of(&gaps(&dir), Source::Microphone),
        [
            (5_000, 12_000, Cause::Muted),
            (20_000, 23_000, Cause::Stalled),
            (25_000, 30_000, Cause::Ended),
        ]
    );
    let file = dir.join(&summary.tracks[0].file);
    assert_eq!(packets(&file).len(), 30 * 50);
}

/// As for somebody who was muted when they went to a consultation room: whether they are muted there is nobody's business.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_muted_when_their_track_ended_is_not_called_muted_for_the_rest() {
    let sound = media::sound();
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let microphone = stage.open(Uuid::now_v7(), Source::Microphone, Codec::Opus).await;
    let mut voice = Sender::new(Codec::Opus, 1);
    for packet in sound.iter().filter(|p| (0..5 * S).contains(&p.at_us)) {
        let packets = voice.send(packet.at_us, 0, &packet.data);
        stage.add(&microphone, packets);
    }
    stage.play().await;
    let recorder = &stage.recorder;
    recorder
        .set_muted(microphone.track(), true, stage.at(5 * S))
        .await;
    recorder.close_track(microphone.track(), stage.at(9 * S)).await;
    stage.end(15 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    assert_eq!(
        of(&gaps(&dir), Source::Microphone),
        [(5_000, 9_000, Cause::Muted), (9_000, 15_000, Cause::Ended)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_lost_packet_the_picture_waits_for_a_key_frame() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let camera = stage.open(Uuid::now_v7(), Source::Camera, Codec::Vp8).await;
    let mut face = Sender::new(Codec::Vp8, 2);
    for frame in media::pictures("vp8", "320x240")
        .iter()
        .take_while(|f| f.at_us < 12 * S)
    {
        let mut packets = face.send(frame.at_us, 0, &frame.data);
        match frame.at_us {
            // One packet is gone for good (key frames are at 4 s and 6 s)...
            4_200_000 => drop(packets.pop()),
            // ...and one comes a second later, by retransmission.
            7_000_000 => packets.last_mut().unwrap().0 += S,
            _ => {}
        }
        stage.add(&camera, packets);
    }
    stage.play().await;
    stage.end(12 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    assert_eq!(summary.tracks[0].lost, 1);
    assert_eq!(of(&gaps(&dir), Source::Camera), [(4_160, 6_000, Cause::Lost)]);
    let times = packets(&dir.join(&summary.tracks[0].file));
    assert_eq!(times.len(), 300 - 45);
    assert!(near(times.last().unwrap().1, 12.0));
    let mut asked = 0;
    while let Ok(event) = stage.events.try_recv() {
        asked += usize::from(
            event
                == RecorderEvent::NeedKeyFrame {
                    track: camera.track(),
                },
        );
    }
    assert!(asked >= 2, "asked {asked} times");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_key_frame_is_asked_for_and_the_lead_in_declared() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let camera = stage.open(Uuid::now_v7(), Source::Camera, Codec::Vp8).await;
    let mut face = Sender::new(Codec::Vp8, 2);
    // On record in the middle: the first picture that comes at 1 s needs others; the next key frame is at 3 s.
    for frame in media::pictures("vp8", "320x240")
        .iter()
        .filter(|f| f.at_us > S && f.at_us < 11 * S)
    {
        let at = frame.at_us + S;
        let packets = face.send(at, 0, &frame.data);
        stage.add(&camera, packets);
    }
    stage.play().await;
    stage.end(14 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    assert_eq!(
        of(&gaps(&dir), Source::Camera),
        [
            (0, 2_040, Cause::NotStarted),
            (2_040, 3_000, Cause::LateKeyFrame),
            (11_960, 14_000, Cause::Stalled),
        ]
    );
    let mut asked = 0;
    while let Ok(event) = stage.events.try_recv() {
        asked += usize::from(
            event
                == RecorderEvent::NeedKeyFrame {
                    track: camera.track(),
                },
        );
    }
    assert!((3..10).contains(&asked), "asked {asked} times");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_better_layer_takes_over_at_its_key_frame() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let camera = stage.open(Uuid::now_v7(), Source::Camera, Codec::Vp8).await;
    let (mut low, mut high) = (Sender::new(Codec::Vp8, 2), Sender::new(Codec::Vp8, 3));
    high.timestamp = 77;
    high.sequence = 10;
    for frame in media::pictures("vp8", "160x120")
        .iter()
        .filter(|f| f.at_us < 5 * S)
    {
        let packets = low.send(frame.at_us, 0, &frame.data);
        stage.add(&camera, packets);
    }
    // The other layer comes from 4.5 s on, in the middle of its pictures, overlapping.
    for frame in media::pictures("vp8", "320x240")
        .iter()
        .filter(|f| (4_520_000..12 * S).contains(&f.at_us))
    {
        let packets = high.send(frame.at_us, 1000, &frame.data);
        stage.add(&camera, packets);
    }
    stage.play().await;
    stage.end(12 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    assert_eq!(
        (summary.tracks[0].width, summary.tracks[0].height),
        (Some(160), Some(120))
    );
    let file = dir.join(&summary.tracks[0].file);
    let sizes = std::process::Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-show_entries",
            "frame=width",
            "-of",
            "csv=p=0",
            file.to_str().unwrap(),
        ])
        .output()
        .unwrap();
    let sizes = String::from_utf8(sizes.stdout).unwrap();
    assert!(
        sizes.starts_with("160") && sizes.trim_end().ends_with("320"),
        "{sizes}"
    );
    // Low until its end at 5 s, high from its key frame at 6 s.
    assert_eq!(of(&gaps(&dir), Source::Camera), [(4_960, 6_001, Cause::Stalled)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_gets_a_second_file_and_a_second_segment_starts_anew() {
    let mut stage = Stage::new().await;
    let person = Uuid::now_v7();
    let sound = media::sound();
    assert_eq!(stage.begin(0).await, 1);
    for (ssrc, from, to) in [(1, 0, 5 * S), (2, 7 * S, 10 * S)] {
        let microphone = stage.open(person, Source::Microphone, Codec::Opus).await;
        let mut voice = Sender::new(Codec::Opus, ssrc);
        for packet in sound.iter().filter(|p| (from..to).contains(&p.at_us)) {
            let packets = voice.send(packet.at_us, 0, &packet.data);
            stage.add(&microphone, packets);
        }
        stage.play().await;
        stage.recorder.close_track(microphone.track(), stage.at(to)).await;
    }
    stage.end(11 * S).await;
    assert!(stage.recorder.end_segment(stage.at(12 * S)).await.is_err());
    assert_eq!(stage.begin(20 * S).await, 2);
    let microphone = stage.open(person, Source::Microphone, Codec::Opus).await;
    let mut voice = Sender::new(Codec::Opus, 3);
    for packet in sound.iter().filter(|p| (18 * S..23 * S).contains(&p.at_us)) {
        let packets = voice.send(packet.at_us, 0, &packet.data);
        stage.add(&microphone, packets);
    }
    stage.play().await;
    stage.end(23 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    let files: Vec<(&str, u32, u64)> = summary
        .tracks
        .iter()
        .map(|t| (t.file.as_str(), t.segment, t.duration_ms))
        .collect();
    assert_eq!(
        files,
        [
            ("segment-001/witness-1-microphone.webm", 1, 11_000),
            ("segment-001/witness-1-microphone-2.webm", 1, 11_000),
            ("segment-002/witness-1-microphone.webm", 2, 3_000),
        ]
    );
    let all: Vec<(u64, u64, Cause)> = of(&gaps(&dir), Source::Microphone);
    assert_eq!(
        all,
        [
            (0, 7_000, Cause::NotStarted),
            (5_000, 11_000, Cause::Ended),
            (10_000, 11_000, Cause::Ended),
        ]
    );
    // Nothing from before the segment is in it: 23 - 20 s, although 5 s were sent.
    assert_eq!(
        packets(&dir.join("segment-002/witness-1-microphone.webm")).len(),
        150
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tap_that_ends_and_comes_back_goes_on_in_the_same_file() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let microphone = stage.open(Uuid::now_v7(), Source::Microphone, Codec::Opus).await;
    let mut voice = Sender::new(Codec::Opus, 1);
    for packet in media::sound().iter().take_while(|p| p.at_us < 20 * S) {
        let packets = voice.send(packet.at_us, 0, &packet.data);
        // Away, in a room that is not recorded.
        match packet.at_us {
            5_000_000 => stage.script(5 * S, &microphone, TapMessage::Ended),
            at if (5 * S..15 * S).contains(&at) => {}
            _ => stage.add(&microphone, packets),
        }
    }
    stage.play().await;
    stage.end(20 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    assert_eq!(packets(&dir.join(&summary.tracks[0].file)).len(), 1000);
    assert_eq!(
        of(&gaps(&dir), Source::Microphone),
        [(5_000, 15_000, Cause::Ended)]
    );
    assert_eq!(summary.tracks[0].lost, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sender_reports_put_sound_and_picture_in_time() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let person = Uuid::now_v7();
    let microphone = stage.open(person, Source::Microphone, Codec::Opus).await;
    let camera = stage.open(person, Source::Camera, Codec::Vp8).await;
    let (mut voice, mut face) = (Sender::new(Codec::Opus, 1), Sender::new(Codec::Vp8, 2));
    // Whole seconds only.
    let ntp = |us: i64| ((3_900_000_000 + us / S) as u64) << 32;
    // The first one was sent before the record began: the tap repeats it.
    for second in 0..20 {
        let us = second * S;
        stage.add_report(&microphone, us + 30_000, 1, ntp(us), voice.timestamp_at(us));
        stage.add_report(&camera, us + 30_000, 2, ntp(us), face.timestamp_at(us));
    }
    for packet in media::sound().iter().take_while(|p| p.at_us < 20 * S) {
        stage.add(&microphone, voice.send(packet.at_us, 30_000, &packet.data));
    }
    // The picture is 150 ms longer under way than the sound.
    for frame in media::pictures("vp8", "320x240")
        .iter()
        .take_while(|f| f.at_us < 20 * S)
    {
        stage.add(&camera, face.send(frame.at_us, 180_000, &frame.data));
    }
    stage.play().await;
    stage.end(20 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    // The last picture was captured at 19.8 s (what came after 20 s is off the record) and belongs 30 ms later.
    let times = packets(&dir.join(&summary.tracks[1].file));
    let captured = (times.len() - 1) as f64 * 0.04;
    let error = times.last().unwrap().0 - captured - 0.03;
    assert!(error.abs() < 0.02, "{error}");
}
