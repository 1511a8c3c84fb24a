//! What other recorders failed at, each by name. `docs/evidence.md` lists all of them, with those whose tests are elsewhere.

use super::media::{self, Encoded};
use super::stage::{Sender, Stage, assert_whole, examine, gaps, packets, sizes};
use super::{S, near, of};
use bytes::Bytes;
use oyer::recorder::tap::{TapPacket, TapSink};
use oyer::recorder::{Cause, Gap, RecorderEvent, RecordingSummary};
use oyer::rtp::{codec::Codec, source::Source};
use std::path::{Path, PathBuf};
use std::process::Command;
use uuid::Uuid;

/// What became of a recording.
struct Done {
    dir: PathBuf,
    summary: RecordingSummary,
    gaps: Vec<Gap>,
    _folder: tempfile::TempDir,
}

impl Done {
    fn file(&self, track: usize) -> PathBuf {
        self.dir.join(&self.summary.tracks[track].file)
    }
}

/// Plays, ends at `end_us`, and finds every file whole.
async fn done(mut stage: Stage, end_us: i64) -> Done {
    stage.play().await;
    stage.end(end_us).await;
    let (dir, gaps_of) = (stage.folder(), gaps);
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    assert_whole(&dir, &summary);
    let gaps = gaps_of(&dir);
    Done {
        dir,
        summary,
        gaps,
        _folder: stage.dir,
    }
}

async fn opened(codec: Codec) -> (Stage, TapSink, Sender, Vec<Encoded>) {
    let stage = Stage::new().await;
    stage.begin(0).await;
    let (source, media) = match codec {
        Codec::Opus => (Source::Microphone, media::sound()),
        codec => (Source::Camera, media::pictures(codec.name(), "320x240")),
    };
    let sink = stage.open(Uuid::now_v7(), source, codec).await;
    (stage, sink, Sender::new(codec, 1), media)
}

const CODECS: [Codec; 4] = [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::H264];

#[tokio::test(flavor = "multi_thread")]
async fn a_key_frame_that_never_comes_is_asked_for_with_back_off_and_declared() {
    for codec in [Codec::Vp8, Codec::Vp9, Codec::H264] {
        let (mut stage, sink, mut sender, frames) = opened(codec).await;
        for n in 0..750 {
            // All that is not a key frame, over and over.
            let frame = &frames[n % 49 + 1];
            stage.add(&sink, sender.send(n as i64 * 40_000, 0, &frame.data));
        }
        stage.play().await;
        stage.end(30 * S).await;
        let dir = stage.folder();
        let summary = stage.recorder.finish().await.unwrap();
        assert!(
            summary.tracks.is_empty(),
            "no file without a picture: {summary:?}"
        );
        assert_eq!(
            of(&gaps(&dir), Source::Camera),
            [(0, 30_000, Cause::LateKeyFrame)]
        );
        let mut asked = 0;
        while let Ok(event) = stage.events.try_recv() {
            asked += usize::from(event == RecorderEvent::NeedKeyFrame { track: sink.track() });
        }
        // 0.3, 0.6, 1.2, 2.4, 4.8 and then 5 s apart.
        assert!((6..=12).contains(&asked), "{codec:?}: asked {asked} times");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_resolution_in_the_same_stream_is_in_the_same_file() {
    for codec in [Codec::Vp8, Codec::Vp9, Codec::H264] {
        let (mut stage, sink, mut sender, large) = opened(codec).await;
        let small = media::pictures(codec.name(), "160x120");
        for n in 0..300usize {
            // The camera is turned at 4 s and back at 8 s, each time with a key frame.
            let frames = if (100..200).contains(&n) { &small } else { &large };
            stage.add(&sink, sender.send(n as i64 * 40_000, 0, &frames[n].data));
        }
        let done = done(stage, 12 * S).await;
        assert_eq!(done.gaps, [], "{codec:?}");
        let widths = probe(&done.file(0), "frame=width");
        let expected: Vec<&str> = [["320"; 100], ["160"; 100], ["320"; 100]].concat();
        assert_eq!(widths, expected, "{codec:?}");
        assert_eq!(done.summary.tracks[0].width, Some(320));
    }
}

/// A field of each packet or picture, by ffprobe.
fn probe(file: &Path, entry: &str) -> Vec<String> {
    let arguments = ["-v", "error", "-show_entries", entry, "-of", "csv=p=0"];
    let output = Command::new("ffprobe")
        .args(arguments)
        .arg(file)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| line.trim_end_matches(',').to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timestamp_that_jumps_moves_nothing() {
    for codec in CODECS {
        for jump_s in [3_600i64, -3_600] {
            let (mut stage, sink, mut sender, media) = opened(codec).await;
            let rate = i64::from(codec.clock_rate());
            for unit in media.iter().take_while(|u| u.at_us < 12 * S) {
                if unit.at_us == 6 * S {
                    sender.timestamp = sender.timestamp.wrapping_add((jump_s * rate) as u32);
                }
                stage.add(&sink, sender.send(unit.at_us, 0, &unit.data));
            }
            let done = done(stage, 12 * S).await;
            let times = packets(&done.file(0));
            let sent = 12 * S / media[1].at_us;
            let what = format!("{codec:?}, {jump_s} s");
            assert!(
                (sent - 3..=sent).contains(&(times.len() as i64)),
                "{what}: {}",
                times.len()
            );
            for (n, (at, _)) in times.iter().enumerate() {
                let belongs = n as f64 * media[1].at_us as f64 / 1e6;
                assert!((at - belongs).abs() < 0.06, "{what}: {n} is at {at}");
            }
            assert!(
                done.gaps.iter().all(|gap| gap.to_ms - gap.from_ms <= 60),
                "{what}: {:?}",
                done.gaps
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn timestamps_of_32_bits_that_wrap_go_on() {
    for codec in CODECS {
        let (mut stage, sink, mut sender, media) = opened(codec).await;
        // Both wrap at 6 s, in the middle of sound and pictures, with reports before and after it.
        let until = u32::try_from(6 * i64::from(codec.clock_rate())).unwrap();
        sender.timestamp = 0u32.wrapping_sub(until);
        sender.sequence = 0u16.wrapping_sub((6 * S / media[1].at_us) as u16);
        let ntp = |us: i64| ((3_900_000_000 + us / S) as u64) << 32;
        for second in 0..12 {
            let us = second * S;
            stage.add_report(&sink, us + 30_000, sender.ssrc, ntp(us), sender.timestamp_at(us));
        }
        for unit in media.iter().take_while(|u| u.at_us < 12 * S) {
            // What comes just after the wrap is held up: whoever took the wrap for a new beginning would put it where it came.
            let held = if (6 * S..6 * S + 200_000).contains(&unit.at_us) {
                6 * S + 200_000 - unit.at_us
            } else {
                0
            };
            stage.add(&sink, sender.send(unit.at_us, 30_000 + held, &unit.data));
        }
        assert!(sender.timestamp_at(5_999_000) > u32::MAX - 100 && sender.timestamp_at(6_001_000) < 100);
        let done = done(stage, 12 * S).await;
        let times = packets(&done.file(0));
        for (n, (at, _)) in times.iter().enumerate().filter(|(n, _)| *n < times.len() - 3) {
            let belongs = n as f64 * media[1].at_us as f64 / 1e6 + 0.03;
            assert!((at - belongs).abs() < 0.045, "{codec:?}: {n} is at {at}");
        }
        assert!(
            near(times.last().unwrap().1, 12.0),
            "{codec:?}: {:?}",
            times.last()
        );
        let lead_in = |gap: &Gap| gap.cause == Cause::NotStarted && gap.to_ms <= 40;
        assert!(done.gaps.iter().all(lead_in), "{codec:?}: {:?}", done.gaps);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn packets_in_another_order_come_out_in_order_and_none_is_missing() {
    for codec in CODECS {
        let (mut stage, sink, mut sender, media) = opened(codec).await;
        for (n, unit) in (0i64..).zip(media.iter().take_while(|u| u.at_us < 12 * S)) {
            for (at, packet) in sender.send(unit.at_us, 0, &unit.data) {
                // Some overtake those of the quarter of a second before; some were lost and come again after a second.
                let held = match n % 50 {
                    0 => 0,
                    7 => S,
                    _ => (n * 7919 + i64::from(packet.sequence) * 31) % 250 * 1000,
                };
                let at = (at + held).min(12 * S - 1_000);
                stage.add(&sink, [(at, packet)]);
            }
        }
        let done = done(stage, 12 * S).await;
        let track = &done.summary.tracks[0];
        assert_eq!(track.lost, 0, "{codec:?}");
        assert_eq!(
            packets(&done.file(0)).len() as i64,
            12 * S / media[1].at_us,
            "{codec:?}"
        );
        assert_eq!(done.gaps, [], "{codec:?}");
    }
}

/// Browsers probe for bandwidth with packets of padding alone: they have sequence numbers, and nothing in them.
#[tokio::test(flavor = "multi_thread")]
async fn packets_of_padding_alone_are_neither_media_nor_loss() {
    for codec in CODECS {
        let (mut stage, sink, mut sender, media) = opened(codec).await;
        let mut padding = 0;
        for (n, unit) in media.iter().take_while(|u| u.at_us < 12 * S).enumerate() {
            stage.add(&sink, sender.send(unit.at_us, 0, &unit.data));
            for _ in 0..n % 4 {
                // With the timestamp of the media before it.
                let packet = TapPacket {
                    arrival: stage.base,
                    ssrc: sender.ssrc,
                    sequence: sender.sequence,
                    timestamp: sender.timestamp_at(unit.at_us),
                    marker: false,
                    codec,
                    payload: Bytes::new(),
                };
                sender.sequence = sender.sequence.wrapping_add(1);
                padding += 1;
                stage.add(&sink, [(unit.at_us + 9_000, packet)]);
            }
        }
        assert!(padding > 400);
        let done = done(stage, 12 * S).await;
        assert_eq!(done.summary.tracks[0].lost, 0, "{codec:?}");
        assert_eq!(done.gaps, [], "{codec:?}");
        assert_eq!(
            packets(&done.file(0)).len() as i64,
            12 * S / media[1].at_us,
            "{codec:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_late_is_in_their_place_from_their_first_word_on() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let first = stage.open(Uuid::now_v7(), Source::Microphone, Codec::Opus).await;
    let mut judge = Sender::new(Codec::Opus, 1);
    let sound = media::sound();
    for packet in sound.iter().take_while(|p| p.at_us < 20 * S) {
        stage.add(&first, judge.send(packet.at_us, 0, &packet.data));
    }
    stage.play().await;
    // At 20 s, into a recording that has been running.
    let person = Uuid::now_v7();
    for codec in [Codec::Opus, Codec::Vp8] {
        let source = if codec == Codec::Opus {
            Source::Microphone
        } else {
            Source::Camera
        };
        let media = if codec == Codec::Opus {
            sound.clone()
        } else {
            media::pictures("vp8", "320x240")
        };
        let sink = stage.open(person, source, codec).await;
        let mut sender = Sender::new(codec, 2);
        for unit in media.iter().take_while(|u| u.at_us < 10 * S) {
            stage.add(&sink, sender.send(20 * S + unit.at_us, 0, &unit.data));
        }
    }
    for packet in sound.iter().filter(|p| (20 * S..30 * S).contains(&p.at_us)) {
        stage.add(&first, judge.send(packet.at_us, 0, &packet.data));
    }
    let done = done(stage, 30 * S).await;
    let declared: Vec<_> = done
        .gaps
        .iter()
        .map(|g| (g.file.as_str(), g.from_ms, g.to_ms, g.cause))
        .collect();
    assert_eq!(
        declared,
        [
            (
                "segment-001/witness-1-microphone-2.webm",
                0,
                20_000,
                Cause::NotStarted
            ),
            ("segment-001/witness-1-camera.webm", 0, 20_000, Cause::NotStarted),
        ]
    );
    let late = sizes(&done.file(1));
    assert_eq!(
        late.iter().position(|size| *size != 3),
        Some(1_000),
        "1,000 packets of silence are 20 s"
    );
    assert!(near(packets(&done.file(2))[0].0, 20.0));
}

/// While nobody speaks, an encoder with discontinuous transmission (RFC 6716, section 2.1.9) sends a packet now and then, and
/// nothing in between; sequence numbers go on without a hole, timestamps with the time.
#[tokio::test(flavor = "multi_thread")]
async fn opus_with_discontinuous_transmission_keeps_every_word_at_its_time() {
    let (mut stage, sink, mut sender, sound) = opened(Codec::Opus).await;
    let speaks = |at_us: i64| !(5 * S..12 * S).contains(&at_us) && !(15 * S..16 * S).contains(&at_us);
    for (n, packet) in sound.iter().take_while(|p| p.at_us < 20 * S).enumerate() {
        let jitter = n as i64 * 7919 % 40 * 1000;
        match (speaks(packet.at_us), n % 20) {
            (true, _) => stage.add(
                &sink,
                sender.send(packet.at_us, jitter.min(20 * S - 1 - packet.at_us), &packet.data),
            ),
            // The first byte of a packet alone: a frame in which nothing is transmitted.
            (false, 0) => stage.add(&sink, sender.send(packet.at_us, jitter, &packet.data[..1])),
            (false, _) => {}
        }
    }
    let done = done(stage, 20 * S).await;
    assert_eq!(done.summary.tracks[0].lost, 0);
    let sizes = sizes(&done.file(0));
    assert_eq!(sizes.len(), 1_000);
    // Each word is in its place, and each packet of a pause.
    for (slot, size) in sizes.iter().enumerate() {
        let at_us = slot as i64 * 20_000;
        let expected = match (speaks(at_us), slot % 20) {
            (true, _) => sound[slot].data.len(),
            (false, 0) => 1,
            (false, _) => 3,
        };
        assert_eq!(*size, expected, "at {at_us}");
    }
    // What was not sent is declared, as not sent.
    assert!(
        done.gaps.iter().all(|gap| gap.cause == Cause::Stalled),
        "{:?}",
        done.gaps
    );
    let declared: u64 = done.gaps.iter().map(|gap| gap.to_ms - gap.from_ms).sum();
    assert_eq!(
        declared,
        20 * sizes.iter().filter(|size| **size == 3).count() as u64
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_screen_and_a_camera_of_one_person_are_two_files_in_time_with_each_other() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let person = Uuid::now_v7();
    let frames = media::pictures("vp8", "320x240");
    let pages = media::pictures("vp8", "160x120");
    let camera = stage.open(person, Source::Camera, Codec::Vp8).await;
    let screen = stage.open(person, Source::Screen, Codec::Vp8).await;
    let (mut face, mut page) = (Sender::new(Codec::Vp8, 1), Sender::new(Codec::Vp8, 2));
    let ntp = |us: i64| ((3_900_000_000 + us / S) as u64) << 32;
    for second in 0..12 {
        let us = second * S;
        stage.add_report(&camera, us + 30_000, 1, ntp(us), face.timestamp_at(us));
        stage.add_report(&screen, us + 30_000, 2, ntp(us), page.timestamp_at(us));
    }
    for n in 0..300usize {
        let us = n as i64 * 40_000;
        stage.add(&camera, face.send(us, 40_000, &frames[n].data));
        // A screen of five pictures a second, large and long under way. A key frame every ten seconds.
        if n % 5 == 0 {
            stage.add(&screen, page.send(us, 190_000, &pages[n / 5 % 50].data));
        }
    }
    let done = done(stage, 12 * S).await;
    let files: Vec<&str> = done.summary.tracks.iter().map(|t| t.file.as_str()).collect();
    assert_eq!(
        files,
        [
            "segment-001/witness-1-camera.webm",
            "segment-001/witness-1-screen.webm"
        ]
    );
    let (seen, shown) = (packets(&done.file(0)), packets(&done.file(1)));
    assert!(
        seen.len() >= 298 && shown.len() >= 59,
        "{} {}",
        seen.len(),
        shown.len()
    );
    for (n, (at, _)) in shown.iter().enumerate().take(58) {
        let beside = seen[n * 5].0;
        assert!(
            (at - beside).abs() < 0.08,
            "page {n} at {at}, the camera's picture of that moment at {beside}"
        );
    }
    assert!(
        done.gaps
            .iter()
            .all(|gap| gap.cause == Cause::NotStarted && gap.to_ms <= 40),
        "{:?}",
        done.gaps
    );
}
