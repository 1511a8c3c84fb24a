//! Every millisecond on record is in a track file or in the gap ledger: added up from outside, for every track, with every
//! cause of a gap in one recording; and once more for what a kill leaves of it.
//!
//! What may be missing, and why: of sound the last 19 ms of a segment, for packets of 20 ms lie end to end from its
//! beginning, and one that would reach beyond its end is not written. Of pictures nothing: how long one stands is
//! settled (500 ms for a camera, 74 ms at the end, see `tests/outside/sums.rs`), and the ledger has the rest.

use super::media::{self, Encoded};
use super::stage::{Sender, Stage, decode, examine};
use super::sums::{Sum, sum};
use oyer::recorder::tap::{TapMessage, TapSink};
use oyer::recorder::{TrackSpec, recover};
use oyer::rtp::{codec::Codec, source::Source};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use uuid::Uuid;

const S: i64 = 1_000_000;
/// Less than a packet of sound.
const SOUND_END_MS: u64 = 19;

/// One publication.
struct Track {
    sink: TapSink,
    sender: Sender,
}

impl Track {
    async fn opens(stage: &Stage, label: &str, participant: Uuid, source: Source, codec: Codec) -> Track {
        let sink = stage
            .recorder
            .open_track(spec(label, participant, source, codec))
            .await;
        Track::of(sink.unwrap(), codec)
    }

    fn of(sink: TapSink, codec: Codec) -> Track {
        let sender = Sender::new(codec, 7);
        Track { sink, sender }
    }

    /// Enters what is sent in these milliseconds, jittered; `arrives` says what the network does with each packet, by its
    /// time and its place in the picture.
    fn sends(&mut self, stage: &mut Stage, from_ms: i64, to_ms: i64, arrives: impl Fn(i64, usize) -> bool) {
        let media = media_of(self.sender.codec);
        let step_us = media[1].at_us;
        let first = |ms: i64| (ms * 1000 + step_us - 1) / step_us;
        for n in first(from_ms)..first(to_ms) {
            let jitter_us = n * 7919 % 50 * 1000;
            let unit = &media[n as usize % media.len()];
            let mut packets = self.sender.send(n * step_us, jitter_us, &unit.data);
            let mut place = 0..;
            packets.retain(|(at, _)| arrives(*at / 1000, place.next().unwrap()));
            stage.add(&self.sink, packets);
        }
    }

    async fn switches(&self, stage: &Stage, off: bool, at_ms: i64) {
        let at = stage.at(at_ms * 1000);
        stage.recorder.set_muted(self.sink.track(), off, at).await;
    }

    async fn closes(&self, stage: &Stage, at_ms: i64) {
        stage
            .recorder
            .close_track(self.sink.track(), stage.at(at_ms * 1000))
            .await;
    }
}

fn spec(label: &str, participant: Uuid, source: Source, codec: Codec) -> TrackSpec {
    TrackSpec {
        track: Uuid::now_v7(),
        participant,
        label: label.into(),
        source,
        codec,
    }
}

fn media_of(codec: Codec) -> Vec<Encoded> {
    match codec {
        // Whole seconds, so that it can be played over and over: a key frame every 2 s stays where it is.
        Codec::Opus => media::sound()[..3_000].to_vec(),
        codec => media::pictures(codec.name(), "160x120")[..600].to_vec(),
    }
}

fn all(_: i64, _: usize) -> bool {
    true
}

/// Lengths of the segments, and up to when a screen's last picture stood, by the recorder's notes.
fn notes(dir: &Path) -> (BTreeMap<u64, u64>, BTreeMap<String, u64>) {
    let text = std::fs::read_to_string(dir.join("segments.jsonl")).unwrap();
    let (mut lengths, mut stood) = (BTreeMap::new(), BTreeMap::new());
    for line in text.lines() {
        let note: serde_json::Value = serde_json::from_str(line).unwrap();
        let ms = |key: &str| note[key].as_u64().unwrap();
        match note["note"].as_str().unwrap() {
            "segment_ended" => _ = lengths.insert(ms("segment"), ms("duration_ms")),
            "file_ended" => _ = stood.insert(note["file"].as_str().unwrap().to_owned(), ms("duration_ms")),
            _ => {}
        }
    }
    (lengths, stood)
}

/// Adds up every track of a recording, those without a file as well.
fn add_up(dir: &Path, lengths: &BTreeMap<u64, u64>, stood: &BTreeMap<String, u64>) -> BTreeMap<String, Sum> {
    let mut files = BTreeSet::new();
    for gap in super::sums::gaps(dir) {
        files.insert(gap["file"].as_str().unwrap().to_owned());
    }
    for segment in lengths.keys() {
        let folder = format!("segment-{segment:03}");
        for entry in std::fs::read_dir(dir.join(&folder)).into_iter().flatten() {
            files.insert(format!(
                "{folder}/{}",
                entry.unwrap().file_name().to_str().unwrap()
            ));
        }
    }
    let added = files.into_iter().map(|file| {
        let segment: u64 = file["segment-".len()..][..3].parse().unwrap();
        let stood = file
            .contains("screen")
            .then(|| stood.get(&file).copied().unwrap_or(0));
        let sum = sum(dir, &file, lengths[&segment], stood);
        (file, sum)
    });
    added.collect()
}

/// That nothing is missing, and nothing counted twice but for `left_out` packets of sound.
fn holds(file: &str, sum: &Sum, left_out: u64) {
    let line = sum.line();
    println!("{file:<44} {line}");
    let sound_end = [(sum.length_ms.saturating_sub(SOUND_END_MS), sum.length_ms)];
    let allowed = |hole: &(u64, u64)| file.contains("microphone") && sound_end[0].0 <= hole.0;
    assert!(
        sum.neither.iter().all(allowed),
        "{file}: {line}: {:?}",
        sum.neither
    );
    assert_eq!((sum.silence_ms, sum.pictures_in_gaps), (0, 0), "{file}: {line}");
    assert!(file.contains("microphone") || sum.both_ms == 0, "{file}: {line}");
    assert!(sum.both_ms <= left_out * 20, "{file}: {line}");
    let added = sum.media_ms + sum.gaps_ms() - sum.both_ms + sum.neither_ms();
    assert_eq!(added, sum.length_ms, "{file}: {line}");
}

/// What a kill at this moment leaves, found again.
fn killed(stage: &Stage, name: &str) -> PathBuf {
    let found = stage.dir.path().join(name);
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .args([stage.folder(), found.clone()])
        .status();
    assert!(copied.unwrap().success());
    found
}

/// Plays the script, then looks at what a kill would leave.
async fn play(stage: &mut Stage, at: &str) {
    stage.play().await;
    let found = killed(stage, at);
    let summary = recover(&found).unwrap();
    let lengths = summary
        .segments
        .iter()
        .map(|s| (u64::from(s.segment), s.duration_ms))
        .collect();
    let stood = summary
        .tracks
        .iter()
        .map(|t| (t.file.clone(), t.duration_ms))
        .collect();
    println!("killed {at}");
    for (file, sum) in add_up(&found, &lengths, &stood) {
        holds(&file, &sum, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_millisecond_of_every_track_is_in_its_file_or_in_the_ledger() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let (judge, witness, expert) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let (mic, cam) = (Source::Microphone, Source::Camera);
    let mut voice = Track::opens(&stage, "judge-1", judge, mic, Codec::Opus).await;
    let mut face = Track::opens(&stage, "judge-1", judge, cam, Codec::Vp8).await;
    let mut page = Track::opens(&stage, "judge-1", judge, Source::Screen, Codec::Vp8).await;
    // Pictures of which no key frame ever comes, and a track of which nothing comes at all.
    let mut blind = Track::opens(&stage, "expert-1", expert, cam, Codec::Vp8).await;
    let silent = Track::opens(&stage, "expert-1", expert, mic, Codec::Opus).await;
    // Losses: of sound two seconds and a packet now and then; of pictures one packet, which costs all up to a key frame.
    voice.sends(&mut stage, 0, 10_000, |ms, _| {
        !(4_000..6_000).contains(&ms) && ms % 997 > 25
    });
    face.sends(&mut stage, 0, 10_000, |ms, n| {
        n > 0 || !(5_200..5_250).contains(&ms)
    });
    page.sends(&mut stage, 2_000, 2_120, all);
    heard(&mut stage, &page, 2_000, 10_000);
    blind.sends(&mut stage, 1_000, 10_000, |ms, _| ms > 2_000 && ms % 2_000 > 100);
    play(&mut stage, "after losses").await;

    // Switched off for eight seconds; the clock of the microphone stands still meanwhile, that of the camera does not.
    for track in [&voice, &face] {
        track.switches(&stage, true, 10_000).await;
        track.switches(&stage, false, 18_000).await;
    }
    voice.sender.timestamp = voice.sender.timestamp.wrapping_sub(8 * 48_000);
    voice.sends(&mut stage, 18_000, 20_000, all);
    face.sends(&mut stage, 18_000, 20_000, all);
    heard(&mut stage, &page, 10_000, 20_000);
    play(&mut stage, "after muting").await;

    // Stalled: nothing is sent. The screen's sender is not heard of. Somebody joins late, and their pictures begin without a
    // key frame (at 24 s there is one).
    voice.sends(&mut stage, 23_000, 30_000, all);
    face.sends(&mut stage, 24_700, 30_000, all);
    let mut late = Track::opens(&stage, "witness-1", witness, mic, Codec::Opus).await;
    let mut seen = Track::opens(&stage, "witness-1", witness, cam, Codec::Vp9).await;
    late.sends(&mut stage, 22_500, 28_000, all);
    seen.sends(&mut stage, 22_500, 28_000, all);
    play(&mut stage, "after stalls").await;

    // The late joiner loses the connection and comes back; what is sent in between nobody sees.
    for track in [&late, &seen] {
        track.closes(&stage, 28_000).await;
    }
    voice.sends(&mut stage, 30_000, 40_000, all);
    face.sends(&mut stage, 30_000, 40_000, all);
    heard(&mut stage, &page, 30_000, 34_000);
    page.sends(&mut stage, 34_000, 34_120, all);
    heard(&mut stage, &page, 34_000, 40_000);
    stage.play().await;
    let mut again = Track::opens(&stage, "witness-1", witness, mic, Codec::Opus).await;
    let mut seen_again = Track::opens(&stage, "witness-1", witness, cam, Codec::H264).await;
    again.sends(&mut stage, 40_000, 50_000, all);
    seen_again.sends(&mut stage, 40_000, 50_000, all);
    voice.sends(&mut stage, 40_000, 50_000, all);
    face.sends(&mut stage, 40_000, 50_000, all);
    page.closes(&stage, 44_000).await;
    play(&mut stage, "after a reconnection").await;

    // Our own outage, twice: a track that could not be opened for five seconds, and a queue that is full.
    let since = stage.at(45 * S);
    let outage = spec("clerk-1", Uuid::now_v7(), mic, Codec::Opus);
    let outage = stage.recorder.open_track_late(outage, since).await.unwrap();
    let mut outage = Track::of(outage, Codec::Opus);
    outage.sends(&mut stage, 50_000, 60_000, all);
    let dropped = overflows(&stage, &mut voice, &silent, 50_000, 53_000).await;
    for track in [&mut voice, &mut again, &mut face, &mut seen_again] {
        let from_ms = if track.sender.codec == Codec::Opus {
            53_000
        } else {
            50_000
        };
        track.sends(&mut stage, from_ms, 60_000, all);
    }
    play(&mut stage, "after an outage").await;
    stage.end(60_313_700).await;

    // A second segment that ends in the middle of everything, and a third with nobody in it.
    stage.begin(70 * S).await;
    let mut voice = Track::opens(&stage, "judge-1", judge, mic, Codec::Opus).await;
    let mut face = Track::opens(&stage, "judge-1", judge, cam, Codec::Vp8).await;
    voice.sends(&mut stage, 70_000, 75_500, all);
    face.sends(&mut stage, 70_000, 75_100, all);
    stage.cutoff.set(stage.at(75_017_300));
    stage.play().await;
    stage.end(75_017_300).await;
    stage.begin(80 * S).await;
    stage.end(81 * S).await;

    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    let (lengths, stood) = notes(&dir);
    assert_eq!(lengths, BTreeMap::from([(1, 60_314), (2, 5_017), (3, 1_000)]));
    println!("closed in good order");
    let sums = add_up(&dir, &lengths, &stood);
    assert_eq!(sums.len(), 13, "{:?}", sums.keys());
    let mut causes: BTreeMap<&str, u64> = BTreeMap::new();
    for (file, sum) in &sums {
        holds(file, sum, 0);
        for (cause, ms) in &sum.declared_ms {
            *causes.entry(cause).or_default() += ms;
        }
        if dir.join(file).exists() {
            decode(&dir.join(file));
        }
    }
    println!("{causes:?}");
    let every = [
        "ended",
        "late_key_frame",
        "lost",
        "muted",
        "not_started",
        "outage",
        "stalled",
    ];
    assert!(causes.keys().eq(&every), "{causes:?}");

    // And what the ledger says is what was done.
    let said = |file: &str, cause: &str| {
        sums[&format!("segment-001/{file}")]
            .declared_ms
            .get(cause)
            .copied()
            .unwrap_or(0)
    };
    let near = |ms: u64, expected: u64| assert!(ms.abs_diff(expected) <= 100, "{ms} ms, not {expected}");
    near(said("judge-1-microphone.webm", "muted"), 8_000);
    near(said("judge-1-microphone.webm", "stalled"), 3_000);
    assert_eq!(said("judge-1-microphone.webm", "outage"), dropped * 20);
    near(said("judge-1-camera.webm", "muted"), 8_000);
    near(said("judge-1-camera.webm", "lost"), 840);
    near(said("judge-1-camera.webm", "stalled"), 4_760);
    near(said("expert-1-camera.webm", "not_started"), 2_120);
    near(said("expert-1-camera.webm", "late_key_frame"), 60_314 - 2_120);
    near(said("expert-1-microphone.webm", "not_started"), 60_314);
    near(said("witness-1-microphone.webm", "ended"), 60_314 - 28_000);
    near(said("witness-1-camera.webm", "late_key_frame"), 1_500);
    near(said("witness-1-microphone-2.webm", "not_started"), 40_000);
    near(said("clerk-1-microphone.webm", "outage"), 5_000);
    near(said("judge-1-screen.webm", "stalled"), 14_100);
    near(said("judge-1-screen.webm", "ended"), 60_314 - 44_000);
}

/// The sender of a shared screen is heard of.
fn heard(stage: &mut Stage, page: &Track, from_ms: i64, to_ms: i64) {
    for ms in (from_ms..to_ms).step_by(50) {
        let arrival = stage.at(ms * 1000);
        stage.script(ms * 1000, &page.sink, TapMessage::Heard { arrival });
    }
}

/// More comes at once than the recorder's queue holds; gives how many packets of `voice` did not fit.
async fn overflows(stage: &Stage, voice: &mut Track, flood: &Track, from_ms: i64, to_ms: i64) -> u64 {
    let sound = media_of(Codec::Opus);
    let report = || TapMessage::SenderReport {
        ssrc: 9,
        ntp: 0,
        rtp: 0,
        arrival: stage.at(from_ms * 1000),
    };
    let mut dropped = 0;
    for n in from_ms / 20..to_ms / 20 {
        while flood.sink.send(report()) {}
        for (at, mut packet) in voice
            .sender
            .send(n * 20_000, 0, &sound[n as usize % sound.len()].data)
        {
            packet.arrival = stage.at(at);
            dropped += u64::from(!voice.sink.send(TapMessage::Packet(packet)));
        }
    }
    stage.recorder.progress().await.unwrap();
    assert!(dropped > 0, "the queue did not overflow");
    dropped
}
