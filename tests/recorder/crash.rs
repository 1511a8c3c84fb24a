//! What is said of gaps after a crash: what the recorder declared itself, and no more than is missing beyond that.

use super::media;
use super::stage::{Sender, Stage, gaps};
use oyer::recorder::tap::{TapMessage, TapSink};
use oyer::recorder::{Cause, recover};
use oyer::rtp::{codec::Codec, source::Source};
use std::path::PathBuf;
use uuid::Uuid;

const S: i64 = 1_000_000;

/// Somebody's three tracks.
struct Person {
    sinks: Vec<(TapSink, Sender)>,
}

impl Person {
    async fn comes(stage: &Stage) -> Person {
        let id = Uuid::now_v7();
        let mut sinks = Vec::new();
        for (ssrc, source, codec) in [
            (1, Source::Microphone, Codec::Opus),
            (2, Source::Camera, Codec::Vp8),
            (3, Source::Screen, Codec::Vp8),
        ] {
            sinks.push((stage.open(id, source, codec).await, Sender::new(codec, ssrc)));
        }
        Person { sinks }
    }

    async fn sends(&mut self, stage: &mut Stage, from_us: i64, to_us: i64) {
        for (sink, sender) in &mut self.sinks {
            let media = match sender.codec {
                Codec::Opus => media::sound(),
                _ => media::pictures("vp8", "320x240"),
            };
            for unit in media.iter().take_while(|unit| unit.at_us < to_us - from_us) {
                stage.add(sink, sender.send(from_us + unit.at_us, 0, &unit.data));
            }
        }
        stage.play().await;
    }

    async fn switches(&self, stage: &Stage, off: bool, at_us: i64) {
        for (sink, _) in &self.sinks {
            stage.recorder.set_muted(sink.track(), off, stage.at(at_us)).await;
        }
    }

    /// Is there, and sends nothing.
    async fn is_still(&self, stage: &mut Stage, from_us: i64, to_us: i64) {
        for us in (from_us..to_us).step_by(20_000) {
            let arrival = stage.at(us);
            for (sink, _) in &self.sinks {
                stage.script(us, sink, TapMessage::Heard { arrival });
            }
        }
        stage.play().await;
    }
}

/// What is on the disk at this moment, as after `kill -9`.
fn killed(stage: &Stage) -> PathBuf {
    let found = stage.dir.path().join("found");
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .args([stage.folder(), found.clone()])
        .status();
    assert!(copied.unwrap().success());
    recover(&found).unwrap();
    found
}

/// Gaps of a source that lie in part after `from_ms`.
fn after(found: &std::path::Path, source: Source, from_ms: u64) -> Vec<(u64, u64, Cause)> {
    gaps(found)
        .iter()
        .filter(|g| g.source == source && g.to_ms > from_ms)
        .map(|g| (g.from_ms, g.to_ms, g.cause))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_that_was_over_does_not_last_to_the_crash() {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let mut person = Person::comes(&stage).await;
    person.sends(&mut stage, 0, 4 * S).await;
    person.switches(&stage, true, 4 * S).await;
    person.is_still(&mut stage, 4 * S, 8 * S).await;
    person.switches(&stage, false, 8 * S).await;
    person.sends(&mut stage, 8 * S, 20 * S).await;
    let found = killed(&stage);
    for source in [Source::Microphone, Source::Camera, Source::Screen] {
        let gaps = after(&found, source, 4_200);
        let Some(((from, to, Cause::Muted), rest)) = gaps.split_first() else {
            panic!("{source:?}: {gaps:?}");
        };
        assert!(
            (3_900..=4_100).contains(from) && (7_900..=8_100).contains(to),
            "{source:?}: {gaps:?}"
        );
        // What was under way when it was cut off.
        assert!(rest.iter().all(|gap| gap.0 > 17_900), "{source:?}: {gaps:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_called_muted_up_to_the_crash_who_was_not() {
    for leaves in [false, true] {
        let mut stage = Stage::new().await;
        stage.begin(0).await;
        let mut person = Person::comes(&stage).await;
        person.sends(&mut stage, 0, 4 * S).await;
        person.switches(&stage, true, 4 * S).await;
        person.is_still(&mut stage, 4 * S, 8 * S).await;
        if leaves {
            for (sink, _) in &person.sinks {
                stage.recorder.close_track(sink.track(), stage.at(8 * S)).await;
            }
        } else {
            person.switches(&stage, false, 8 * S).await;
        }
        person.is_still(&mut stage, 8 * S, 16 * S).await;
        let found = killed(&stage);
        for source in [Source::Microphone, Source::Camera, Source::Screen] {
            let gaps = after(&found, source, 4_200);
            let muted: Vec<_> = gaps.iter().filter(|gap| gap.2 == Cause::Muted).collect();
            assert!(
                muted.iter().all(|gap| gap.1 <= 8_000),
                "{leaves} {source:?}: {gaps:?}"
            );
            assert_eq!(muted.len(), 1, "{leaves} {source:?}: {gaps:?}");
            let next = gaps[1];
            assert!(
                next.0 == 8_000 && next.1 > 12_000,
                "{leaves} {source:?}: {gaps:?}"
            );
            assert_eq!(next.2 == Cause::Ended, leaves, "{source:?}: {gaps:?}");
        }
    }
}
