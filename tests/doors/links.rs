//! Links in more than one hand: whoever comes by one session, and what becomes of the others of the same person.

use super::courthouse::{Court, Socket, WITNESS, said};
use futures_util::SinkExt;
use oyer::http::{hash_secret, now_ms, watch};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;

/// The court sits and the witness is in the room; their sockets.
async fn sitting(court: &Court) -> (Socket, Socket) {
    let (judge, witness) = (&court.judge.session, &court.witness.session);
    let bench = court.socket(judge).await;
    let here = court.socket(witness).await;
    for (who, act) in [
        (judge, json!({"act": "finish_check", "passed": true})),
        (witness, json!({"act": "finish_check", "passed": true})),
        (judge, json!({"act": "begin"})),
        (judge, json!({"act": "call", "participant": court.witness.id})),
    ] {
        court.act(who, act).await;
    }
    (bench, here)
}

/// A further session of the witness, by the same link.
async fn further_session(court: &Court) -> String {
    let opened = court.redeem(&court.witness.secret).send().await.unwrap();
    let opened: Value = opened.json().await.unwrap();
    opened["session"].as_str().unwrap().to_owned()
}

/// The witness, as somebody sees them now.
async fn witness_seen_by(court: &Court, session: &str) -> Value {
    let path = format!("/api/v1/hearings/{}/state", court.hearing);
    let state = court.asked(session, Method::GET, &path, None).await;
    let people = state["hearing"]["participants"].as_array().unwrap();
    let witness = people.iter().find(|p| p["id"] == json!(court.witness.id));
    witness.unwrap().clone()
}

async fn kinds(court: &Court) -> Vec<String> {
    let rows = court.app.store.log(court.hearing).await.unwrap();
    let kind = |json: &str| serde_json::from_str::<Value>(json).unwrap()["kind"].clone();
    rows.iter()
        .map(|row| kind(&row.json).as_str().unwrap().to_owned())
        .collect()
}

/// The connection lives: an act on it is answered.
async fn is_answered(socket: &mut Socket) {
    let act = json!({"type": "act", "id": 7, "act": {"act": "raise_hand", "up": true}});
    socket.send(Message::text(act.to_string())).await.unwrap();
    loop {
        let message = said(socket).await;
        assert_ne!(message["type"], "bye", "{message}");
        if message["type"] == "result" {
            return assert_eq!(message["problem"], Value::Null, "{message}");
        }
    }
}

async fn bye(socket: &mut Socket) -> Value {
    loop {
        let message = said(socket).await;
        if message["type"] == "bye" {
            return message["reason"].clone();
        }
    }
}

async fn media_ended(court: &Court, count: u64) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while court.app.engine.stats().sessions_ended < count {
        assert!(Instant::now() < deadline, "media outlived its session");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn who_says_that_a_link_is_not_theirs_leaves_whoever_is_in_the_room_there_and_the_court_learns_of_it() {
    let court = Court::open().await;
    let (_bench, mut here) = sitting(&court).await;
    let media = court.receive(&court.witness.session).await;
    let stranger = further_session(&court).await;
    let asked_at = now_ms();
    court
        .asked(&stranger, Method::DELETE, "/api/v1/session", None)
        .await;
    let log = court.log_with("link_declined").await;
    let entry = log.last().unwrap();
    assert_eq!((&entry["by"], &entry["text"]), (&Value::Null, &Value::Null));
    assert_eq!(entry["about"]["name"], WITNESS);

    is_answered(&mut here).await;
    assert!(!kinds(&court).await.contains(&"disconnected".to_owned()));
    let seen = witness_seen_by(&court, &court.judge.session).await;
    assert!(seen["link_declined_at"].as_i64().unwrap() >= asked_at, "{seen}");
    assert_eq!(
        (&seen["seat_taken_over_at"], &seen["connected"]),
        (&Value::Null, &json!(true))
    );
    let own = witness_seen_by(&court, &court.witness.session).await;
    assert_eq!(own["link_declined_at"], Value::Null, "that is for the court");
    assert!(
        court.ends(&media, &court.witness.session).await,
        "the media went on"
    );
    let me = court.ask(Method::GET, "/api/v1/me").bearer_auth(&stranger);
    assert_eq!(me.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn who_declines_a_link_when_they_are_in_already_goes_with_all_that_they_opened() {
    let court = Court::open().await;
    let (_bench, mut here) = sitting(&court).await;
    court.receive(&court.witness.session).await;
    court
        .asked(&court.witness.session, Method::DELETE, "/api/v1/session", None)
        .await;
    assert_eq!(bye(&mut here).await, "session_invalid");
    media_ended(&court, 1).await;
    let log = court.log_with("disconnected").await;
    let last: Vec<_> = log[log.len() - 2..].iter().map(|e| &e["kind"]).collect();
    assert_eq!(last, ["link_declined", "disconnected"]);
    // Also where nobody is connected: a hearing that sleeps is woken to be told.
    let next = further_session(&court).await;
    court.asked(&next, Method::DELETE, "/api/v1/session", None).await;
    let declined = kinds(&court)
        .await
        .iter()
        .filter(|k| *k == "link_declined")
        .count();
    assert_eq!(declined, 2);
}

#[tokio::test]
async fn the_court_learns_when_a_place_is_taken_over_and_a_page_that_is_loaded_again_takes_over_nothing() {
    let court = Court::open().await;
    let (_bench, mut here) = sitting(&court).await;
    let mut again = court.socket(&court.witness.session).await;
    assert_eq!(bye(&mut here).await, "opened_elsewhere");
    is_answered(&mut again).await;
    let taken = |kinds: &[String]| kinds.iter().filter(|k| *k == "seat_taken_over").count();
    assert_eq!(taken(&kinds(&court).await), 0);

    let other = further_session(&court).await;
    let asked_at = now_ms();
    let mut elsewhere = court.socket(&other).await;
    assert_eq!(bye(&mut again).await, "opened_elsewhere");
    let log = court.log_with("seat_taken_over").await;
    let entry = log.last().unwrap();
    assert_eq!(
        (&entry["by"], &entry["about"]["name"]),
        (&Value::Null, &json!(WITNESS))
    );
    let seen = witness_seen_by(&court, &court.judge.session).await;
    assert!(seen["seat_taken_over_at"].as_i64().unwrap() >= asked_at, "{seen}");
    let own = witness_seen_by(&court, &other).await;
    assert_eq!(own["seat_taken_over_at"], Value::Null);
    // Its media is its own, and nothing more is written.
    court.media("whip", &other).await;
    court.receive(&other).await;
    is_answered(&mut elsewhere).await;
    assert_eq!(taken(&kinds(&court).await), 1);
    // A voice in the place of who is connected, without a connection.
    court.media("whip", &court.witness.session).await;
    assert_eq!(taken(&kinds(&court).await), 2);
    // Whoever comes when nobody is there takes the place of nobody.
    elsewhere.close(None).await.unwrap();
    court.log_with("disconnected").await;
    let _back = court.socket(&court.witness.session).await;
    assert_eq!(taken(&kinds(&court).await), 2);
}

#[tokio::test]
async fn before_they_wait_for_the_court_people_may_try_one_device_after_another() {
    let court = Court::open().await;
    let _here = court.socket(&court.witness.session).await;
    let other = further_session(&court).await;
    let _there = court.socket(&other).await;
    let seen = witness_seen_by(&court, &other).await;
    assert_eq!(seen["state"], "checking_equipment");
    assert_eq!(kinds(&court).await, Vec::<String>::new());
}

#[tokio::test]
async fn each_media_session_ends_with_the_session_that_opened_it_and_with_no_other() {
    let court = Court::open().await;
    let path = format!("/api/v1/participants/{}/invitations", court.witness.id);
    // By the door that takes links back, and as an operator's command does it, which knows nothing of live hearings.
    for by_door in [true, false] {
        let link = court
            .asked(&court.staff, Method::POST, &path, Some(json!({})))
            .await;
        let (_, secret) = link["link"].as_str().unwrap().split_once('#').unwrap();
        let opened: Value = court.redeem(secret).send().await.unwrap().json().await.unwrap();
        let first = opened["session"].as_str().unwrap();
        let second = further_session(&court).await;
        let before = court.app.engine.stats().sessions_ended;
        court.receive(first).await;
        let stays = court.media("whip", &second).await;
        if by_door {
            let link = format!("/api/v1/invitations/{}", link["id"].as_str().unwrap());
            court.asked(&court.staff, Method::DELETE, &link, None).await;
        } else {
            let store = &court.app.store;
            let session = store.session(&hash_secret(first), now_ms()).await.unwrap();
            let invitation = session.unwrap().invitation;
            store.revoke_invitation(invitation, now_ms()).await.unwrap();
            watch::look(&court.app).await;
        }
        media_ended(&court, before + 1).await;
        assert!(court.ends(&stays, &second).await, "that was another's");
        media_ended(&court, before + 2).await;
    }
}
