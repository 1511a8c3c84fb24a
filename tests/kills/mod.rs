//! Many kills of one server in one hearing, one after another, at moments nobody chose.
//!
//! The ordinary tests kill it a few times. `KILLS=200 cargo nextest run --test crash many_kills --no-capture` does it as often as
//! is said; `KILLS_SEED` gives other moments. The moments come from the seed, which is printed.

use super::outside::{self, sums};
use super::{Server, bundle, each_sees_the_others, enter, evidence, recording};
use oyer::client::person::Person;
use oyer::court::act::Act;
use oyer::court::state::{HearingState, ParticipantState};
use oyer::wire::view::RecordingStatus;
use std::path::Path;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const SOON: Duration = Duration::from_secs(30);
/// What may be missing of sound and of pictures before the kill, in milliseconds.
const SOUND_LOST_MAX: i64 = 1_000;
const PICTURE_LOST_MAX: i64 = 2_000;
/// The last kill comes so long after the record began.
const LATEST_MS: u64 = 6_000;

fn setting(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(said) => said.parse().unwrap_or_else(|_| panic!("{name} is a number")),
        Err(_) => otherwise,
    }
}

/// Numbers that look random and come again from the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// What one kill took.
struct Loss {
    sound_ms: i64,
    picture_ms: i64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_kills_at_any_moment_lose_little_and_every_part_is_sealed_as_found() {
    let (kills, seed) = (setting("KILLS", 3), setting("KILLS_SEED", 1));
    println!("{kills} kills, seed {seed}");
    let mut dice = Dice(seed);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::start(&data).await;
    let judge = enter(&server, "judge").await;
    let witness = enter(&server, "witness").await;
    judge.act(Act::Open).await.unwrap();
    super::admitted(&judge, &judge).await;
    judge.act(Act::Begin).await.unwrap();
    super::admitted(&judge, &witness).await;
    let (clerk, me) = Person::redeem(&server.api, server.link("clerk")).await.unwrap();
    let root = folder.path().join("seal-root.pem");
    let mut people = vec![judge, witness];
    let mut losses = Vec::new();
    for kill in 1..=kills {
        let [judge, witness] = &people[..] else {
            panic!("two people")
        };
        each_sees_the_others(&[judge, witness]).await;
        judge.act(Act::GoOnRecord).await.unwrap();
        recording(judge, RecordingStatus::Recording).await;
        let moment = dice.roll(LATEST_MS);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        server.kill();
        let killed = OffsetDateTime::now_utc();

        let mut gone = Vec::new();
        for person in std::mem::take(&mut people) {
            gone.push(person.vanish().await.unwrap());
        }
        server = Server::start(&data).await;
        // By itself, before anybody is back.
        let clerk = server.api.with_session(clerk.session().unwrap());
        let sealed = evidence(&clerk, &me, kill as usize).await;
        let newest = sealed.iter().max_by_key(|e| e.recording).unwrap();
        assert!(newest.interrupted, "{newest:?}");
        std::fs::write(&root, server.api.seal_root().await.unwrap()).unwrap();
        let bundle = bundle(&clerk, newest.recording, folder.path()).await;
        let loss = examine(&bundle, &root, killed);
        println!(
            "kill {kill:>3}: {moment:>4} ms after the record was confirmed; lost of sound {:>4} ms, of pictures {:>4} ms",
            loss.sound_ms, loss.picture_ms
        );
        losses.push(loss);
        std::fs::remove_dir_all(folder.path().join(newest.recording.to_string())).unwrap();

        for (api, me) in gone {
            let api = server.api.with_session(api.session().unwrap());
            people.push(Person::connect(api, me).await.unwrap());
        }
        for person in &people {
            person.is_in(&[ParticipantState::InHearing], SOON).await.unwrap();
        }
        let judge = &people[0];
        if [HearingState::Suspended, HearingState::Paused].contains(&judge.socket.hearing().state) {
            judge.act(Act::Resume).await.unwrap();
        }
    }
    assert_eq!(losses.len() as u64, kills);
    for (what, of, most) in [
        ("sound", (|l| l.sound_ms) as fn(&Loss) -> i64, SOUND_LOST_MAX),
        ("pictures", |l| l.picture_ms, PICTURE_LOST_MAX),
    ] {
        let mut lost: Vec<i64> = losses.iter().map(of).collect();
        lost.sort_unstable();
        let (median, worst) = (lost[lost.len() / 2], lost[lost.len() - 1]);
        println!(
            "{kills} kills, all sealed as found and verified: of {what} lost in the middle {median} ms, at the most {worst} ms"
        );
        assert!(worst <= most, "{worst} ms of {what} lost: {lost:?}");
    }
}

/// Verifies a bundle, plays all of it, adds it up, and says what is missing before the kill.
fn examine(bundle: &Path, root: &Path, killed: OffsetDateTime) -> Loss {
    outside::bundle(bundle, root).unwrap();
    let (ok, said) = outside::oyer_verify(bundle, root);
    assert!(ok, "{said}");
    let seal = outside::seal(bundle);
    assert_eq!(seal["ended"], "crash");
    let dir = outside::payload(bundle);
    let segments = seal["segments"].as_array().unwrap();
    let segment = segments.last().unwrap();
    let began = OffsetDateTime::parse(segment["started_at"].as_str().unwrap(), &Rfc3339).unwrap();
    let on_record_ms = (killed - began).whole_milliseconds() as i64;
    let length_ms = outside::number(&segment["duration_ms"]);
    let mut loss = Loss {
        sound_ms: 0,
        picture_ms: 0,
    };
    let tracks = seal["tracks"].as_array().unwrap();
    for source in ["microphone", "camera"] {
        let of = tracks.iter().filter(|t| t["source"] == source);
        let mut reach: Vec<i64> = of
            .map(|t| reach_ms(&dir, t["file"].as_str().unwrap(), length_ms))
            .collect();
        // Who has no file yet has lost all of it.
        reach.resize(2, 0);
        let lost = on_record_ms - reach.into_iter().min().unwrap();
        assert!(lost > -100, "longer than the record: {lost} ms");
        match source {
            "camera" => loss.picture_ms = lost,
            _ => loss.sound_ms = lost,
        }
    }
    loss
}

/// Up to where a file can be played. All of it can, and what is not in it is declared.
fn reach_ms(dir: &Path, file: &str, length_ms: u64) -> i64 {
    let packets = sums::packets(&dir.join(file));
    if !packets.is_empty() {
        outside::plays(&dir.join(file)).unwrap();
    }
    let sum = sums::sum(dir, file, length_ms, None);
    assert!(sum.neither_ms() < 40, "{file}: {}: {:?}", sum.line(), sum.neither);
    // A picture stands for the length of a frame at the least.
    let end = |(from, to, _): &(u64, u64, usize)| *to.max(&(from + 33)) as i64;
    packets.iter().map(end).max().unwrap_or(0)
}
