//! A second on record is either in a track file or in the gap ledger: whatever the network and the sender do.

use super::media;
use super::stage::{Dice, Sender, Stage, examine, gaps, packets, sizes};
use oyer::recorder::Cause;
use oyer::rtp::{codec::Codec, source::Source};
use uuid::Uuid;

const S: i64 = 1_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn every_silence_that_was_filled_in_is_declared_to_the_millisecond() {
    for seed in 1..=12 {
        misfortune(seed).await;
    }
}

/// Forty seconds of sound with losses, stalls, mutings, restarts and jitter, as the seed has it.
async fn misfortune(seed: u64) {
    let sound = media::sound();
    let mut dice = Dice(seed);
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let microphone = stage.open(Uuid::now_v7(), Source::Microphone, Codec::Opus).await;
    let mut voice = Sender::new(Codec::Opus, 1);
    let mut at = dice.roll(3000) * 1000;
    let mut told = Vec::new();
    while at < 40 * S {
        let until = at + (200 + dice.roll(3000)) * 1000;
        let trouble = dice.roll(8);
        if trouble == 0 {
            // Nothing is sent; the sender's clock goes on.
            told.push(format!("{at}: stalls until {until}"));
            at = until;
            continue;
        }
        if trouble == 1 {
            // Muted: nothing is sent and the sender's clock stands still.
            told.push(format!("{at}: muted until {until}"));
            stage.play().await;
            stage
                .recorder
                .set_muted(microphone.track(), true, stage.at(at))
                .await;
            stage
                .recorder
                .set_muted(microphone.track(), false, stage.at(until))
                .await;
            voice.timestamp = voice.timestamp.wrapping_sub(((until - at) * 48 / 1000) as u32);
            at = until;
            continue;
        }
        if trouble == 2 {
            told.push(format!("{at}: a new source"));
            let ssrc = voice.ssrc + 1;
            voice = Sender {
                ssrc,
                sequence: dice.roll(60_000) as u16,
                ..voice
            };
            voice.timestamp = dice.roll(1 << 32) as u32;
        }
        while at < until.min(40 * S) {
            let packet = &sound[(at / 20_000) as usize];
            let jitter = dice.roll(60) * 1000;
            let mut sent = voice.send(at, jitter, &packet.data);
            // What arrives after the end is off the record.
            sent.retain(|(arrival, _)| *arrival < 40 * S);
            // With trouble 3 all are lost, with 4 one in five.
            if trouble != 3 && (trouble != 4 || dice.roll(5) != 0) {
                stage.add(&microphone, sent);
            }
            at += 20_000;
        }
        if trouble == 3 {
            told.push(format!("..{at}: lost"));
        }
    }
    stage.play().await;
    stage.end(40 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    let file = dir.join(&summary.tracks[0].file);
    // A source is placed by its first packet, which may have been late by the jitter: up to 60 ms.
    assert!(
        (2000..=2003).contains(&packets(&file).len()),
        "seed {seed}: {told:#?}"
    );
    let gaps = gaps(&dir);
    assert!(gaps.iter().all(|gap| gap.from_ms < gap.to_ms), "{gaps:#?}");
    let mut left_out = 0;
    for (slot, size) in sizes(&file).into_iter().enumerate() {
        let at = slot as u64 * 20;
        let declared = gaps.iter().find(|gap| gap.from_ms <= at && at < gap.to_ms);
        match (size == 3, declared) {
            (true, Some(_)) | (false, None) => {}
            // A packet whose place was taken by another (around a change of source) is declared there as lost.
            (false, Some(gap)) if gap.cause == Cause::Lost => left_out += 1,
            (silent, _) => panic!("seed {seed}: {at} ms, silent {silent}: {told:#?}, {gaps:#?}"),
        }
    }
    assert!(left_out < 10, "seed {seed}: {left_out}");
    // Muted stretches are declared as such, but for those too short to be told from the network's delay.
    for line in told.iter().filter(|line| line.contains("muted")) {
        let (from, to) = line.split_once(": muted until ").unwrap();
        let [from, to] = [from, to].map(|us| us.parse::<u64>().unwrap() / 1000);
        if to - from < 600 {
            continue;
        }
        let muted = gaps
            .iter()
            .any(|gap| gap.cause == Cause::Muted && gap.from_ms <= from + 200 && from < gap.to_ms);
        assert!(muted, "seed {seed}: {line} is not in {gaps:#?}");
    }
}
