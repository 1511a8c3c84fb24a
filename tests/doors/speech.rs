//! Who spoke on the record, as the court log has it: real people with real sound, and rooms that are none of the record's.

use super::courthouse::{Court, JUDGE, WITNESS};
use oyer::client::api::Api;
use oyer::client::media::look::LOOKS;
use oyer::client::publish::Publisher;
use oyer::court::role::Role;
use oyer::rtp::source::Source;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const COUNSEL: &str = "Bobur Yusupov";

fn ms(entry: &Value) -> u64 {
    entry["media_ms"].as_str().unwrap().parse().unwrap()
}

fn about<'a>(entry: &'a Value, name: &str) -> Option<&'a str> {
    (entry["about"]["name"] == name).then(|| entry["kind"].as_str().unwrap())
}

/// The log as soon as it has so many entries of this kind about somebody.
async fn log_with(court: &Court, kind: &str, name: &str, count: usize) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let rows = court.app.store.log(court.hearing).await.unwrap();
        let log: Vec<Value> = rows
            .iter()
            .map(|row| serde_json::from_str(&row.json).unwrap())
            .collect();
        let found = log.iter().filter(|e| about(e, name) == Some(kind)).count();
        if found >= count {
            return log;
        }
        assert!(
            Instant::now() < deadline,
            "{found} of {count} {kind} about {name}: {log:#?}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_court_log_says_who_spoke_on_the_record_and_nothing_of_any_other_room() {
    let court = Court::open().await;
    let (judge, witness) = (&court.judge.session, &court.witness.session);
    let server = Api::new(&court.base).unwrap();
    let publish = async |session: &str, look| {
        Publisher::start(&server.with_session(session), court.hearing, LOOKS[look], "x")
            .await
            .unwrap()
    };
    let (_judge, _witness) = (court.socket(judge).await, court.socket(witness).await);
    let counsel = court.invite(COUNSEL, Role::DefenceCounsel).await;
    let _counsel = court.socket(&counsel.session).await;
    let (on_bench, in_stand) = (publish(judge, 0).await, publish(witness, 2).await);
    let at_bar = publish(&counsel.session, 3).await;
    for who in [judge, witness, &counsel.session] {
        court
            .act(who, json!({"act": "finish_check", "passed": true}))
            .await;
    }
    let id = court.witness.id;
    court.act(judge, json!({"act": "begin"})).await;
    court.act(judge, json!({"act": "go_on_record"})).await;
    // The judge is heard on the record; the witness talks as loudly in the waiting room.
    log_with(&court, "speech_began", JUDGE, 1).await;
    court.act(judge, json!({"act": "call", "participant": id})).await;
    log_with(&court, "speech_began", WITNESS, 1).await;
    // Silenced by the court: the spell ends with that, and not two seconds later.
    court
        .act(judge, json!({"act": "mute", "participant": id, "muted": true}))
        .await;
    log_with(&court, "speech_ended", WITNESS, 1).await;
    court
        .act(judge, json!({"act": "mute", "participant": id, "muted": false}))
        .await;
    log_with(&court, "speech_began", WITNESS, 2).await;
    // Nothing is sent: the spell ends by itself, where the last sound was.
    in_stand.set_source(Source::Microphone, false);
    log_with(&court, "speech_ended", WITNESS, 2).await;
    in_stand.set_source(Source::Microphone, true);
    log_with(&court, "speech_began", WITNESS, 3).await;
    // Counsel talks in the room, and goes on talking in a consultation; the witness does so in the waiting room.
    court
        .act(judge, json!({"act": "admit", "participant": counsel.id}))
        .await;
    log_with(&court, "speech_began", COUNSEL, 1).await;
    court
        .act(
            judge,
            json!({"act": "move", "participant": counsel.id, "room": "consultation_room"}),
        )
        .await;
    court
        .act(judge, json!({"act": "send_to_waiting", "participant": id}))
        .await;
    court.act(judge, json!({"act": "go_off_record"})).await;
    court.act(judge, json!({"act": "go_on_record"})).await;
    log_with(&court, "speech_began", JUDGE, 2).await;
    court.act(judge, json!({"act": "close"})).await;
    on_bench.vanish().await.unwrap();
    in_stand.vanish().await.unwrap();
    at_bar.vanish().await.unwrap();

    let log = court.log_with("closed").await;
    let kinds = |name| -> Vec<&str> { log.iter().filter_map(|e| about(e, name)).collect() };
    assert_eq!(
        kinds(JUDGE),
        [
            "entered",
            "speech_began",
            "speech_ended",
            "speech_began",
            "speech_ended"
        ]
    );
    assert_eq!(
        kinds(WITNESS),
        [
            "called",
            "speech_began",
            "speech_ended",
            "muted",
            "unmuted",
            "speech_began",
            "speech_ended",
            "speech_began",
            "speech_ended",
            "sent_to_waiting"
        ]
    );
    assert_eq!(
        kinds(COUNSEL),
        ["admitted", "speech_began", "speech_ended", "to_consultation"]
    );
    let at = |kind: &str, nth: usize| log.iter().filter(|e| e["kind"] == kind).nth(nth).unwrap();
    let of_witness = |nth: usize| {
        let speech = log
            .iter()
            .filter(|e| about(e, WITNESS).is_some_and(|k| k.starts_with("speech")));
        ms(speech.into_iter().nth(nth).unwrap())
    };
    // Each lies between the acts that allowed and ended it.
    assert!(ms(at("called", 0)) <= of_witness(0), "not before the call");
    assert!(of_witness(1) <= ms(at("muted", 0)) && of_witness(1) - of_witness(0) >= 500);
    assert!(ms(at("unmuted", 0)) <= of_witness(2));
    assert!(of_witness(3) + 2_000 <= of_witness(4), "a pause of two seconds");
    assert!(of_witness(5) <= ms(at("sent_to_waiting", 0)));
    for pair in log.windows(2) {
        assert!(
            pair[0]["at"].as_str() <= pair[1]["at"].as_str(),
            "times go back: {pair:#?}"
        );
    }
    for entry in log
        .iter()
        .filter(|e| e["kind"].as_str().unwrap().starts_with("speech"))
    {
        assert!(entry["by"].is_null() && entry["text"].is_null(), "{entry}");
        assert!(entry["segment"].is_u64(), "off the record: {entry}");
    }
    let part = |segment: u64| -> Vec<&str> {
        log.iter()
            .filter(|e| e["segment"] == segment)
            .map(|e| e["kind"].as_str().unwrap())
            .collect()
    };
    assert_eq!(
        part(2),
        [
            "on_record",
            "speech_began",
            "speech_ended",
            "off_record",
            "closed"
        ]
    );
    assert_eq!(part(1).iter().filter(|k| k.starts_with("speech")).count(), 10);
}
