//! The hearing's WebSocket: who comes and goes, and what is too much.

use super::courthouse::{Court, Socket, WITNESS, said};
use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

#[tokio::test]
async fn the_court_log_says_whose_connection_was_lost_in_session_and_that_it_came_back() {
    let court = Court::open().await;
    let (judge, witness) = (&court.judge.session, &court.witness.session);
    let _judge = court.socket(judge).await;
    court
        .act(judge, json!({"act": "finish_check", "passed": true}))
        .await;
    let here = court.socket(witness).await;
    court
        .act(witness, json!({"act": "finish_check", "passed": true}))
        .await;
    court.act(judge, json!({"act": "begin"})).await;
    // Who waits outside is not yet part of what is logged.
    drop(here);
    let here = court.socket(witness).await;
    court
        .act(judge, json!({"act": "call", "participant": id_of(&court).await}))
        .await;
    drop(here);
    let log = court.log_with("disconnected").await;
    let lost = log.last().unwrap();
    assert_eq!(
        (&lost["by"], &lost["text"]),
        (&Value::Null, &Value::Null),
        "{lost}"
    );
    assert_eq!(lost["about"]["name"], WITNESS, "{lost}");
    assert_eq!(lost["about"]["participant"], id_of(&court).await, "{lost}");
    let _again = court.socket(witness).await;
    let log = court.log_with("reconnected").await;
    let kinds: Vec<&str> = log.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "entered",
            "opened",
            "began",
            "called",
            "disconnected",
            "reconnected"
        ],
        "each once"
    );
    assert_eq!(log[5]["about"]["name"], WITNESS);
    // Leaving is an act, and logged as such.
    court.act(witness, json!({"act": "leave"})).await;
    let log = court.log_with("left").await;
    assert_eq!(log.len(), 7, "{log:?}");
}

async fn id_of(court: &Court) -> Value {
    let listed = court.app.store.participants(court.hearing).await.unwrap();
    let witness = listed.iter().find(|p| p.name == WITNESS).unwrap();
    json!(witness.id)
}

/// What the server says last, and how it closes.
async fn last_words(mut socket: Socket) -> (Value, CloseFrame) {
    let mut last = said(&mut socket).await;
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => last = serde_json::from_str(&text).unwrap(),
            Message::Close(frame) => return (last, frame.unwrap()),
            _ => continue,
        }
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_is_answered_before_the_connection_ends() {
    let court = Court::open().await;
    let fits = "x".repeat(16 * 1024 - 64);
    for bytes in [16 * 1024 + 1, 256 * 1024] {
        let large = "x".repeat(bytes);
        for welcomed in [false, true] {
            for message in [Message::text(large.clone()), Message::binary(large.clone())] {
                let mut socket = match welcomed {
                    true => court.socket(&court.judge.session).await,
                    false => court.silent_socket().await,
                };
                socket.send(message).await.unwrap();
                let (last, close) = last_words(socket).await;
                assert_eq!(
                    last,
                    json!({"type": "bye", "reason": "protocol_error"}),
                    "{bytes} {welcomed}"
                );
                assert_eq!(close.code, CloseCode::Size, "{bytes} {welcomed}");
                assert!(close.reason.contains("16384"), "{close:?}");
            }
        }
    }
    // One that fits is read: an act that is refused for its text, and the connection goes on.
    let mut socket = court.socket(&court.judge.session).await;
    let act = json!({"type": "act", "id": 1, "act": {"act": "mark", "text": fits}});
    socket.send(Message::text(act.to_string())).await.unwrap();
    let result = loop {
        let message = said(&mut socket).await;
        if message["type"] == "result" {
            break message;
        }
    };
    assert_eq!(result["problem"]["code"], "bad_text");
    // Any other mistake is told as before.
    socket.send(Message::text("what?")).await.unwrap();
    let (last, close) = last_words(socket).await;
    assert_eq!(
        (&last["reason"], close.code),
        (&json!("protocol_error"), CloseCode::Normal)
    );
}

#[tokio::test]
async fn an_act_with_a_field_that_is_not_known_is_refused_by_its_name_on_either_way() {
    let court = Court::open().await;
    let mut socket = court.socket(&court.judge.session).await;
    let acts = [
        (
            json!({"act": "open", "reason": "late"}),
            "`reason` is not known here. No field is.",
        ),
        (
            json!({"act": "mark", "text": "t", "at": 1}),
            "`at` is not known here. Known are: ",
        ),
        (json!({"act": "admit"}), "`participant` is missing."),
    ];
    for (id, (act, said_so)) in acts.into_iter().enumerate() {
        let message = json!({"type": "act", "id": id, "act": act});
        socket.send(Message::text(message.to_string())).await.unwrap();
        let result = loop {
            let message = said(&mut socket).await;
            if message["type"] == "result" {
                break message;
            }
        };
        assert_eq!(result["id"], id, "{result}");
        assert_eq!(result["problem"]["code"], "bad_request", "{result}");
        let detail = result["problem"]["detail"].as_str().unwrap();
        assert!(detail.starts_with(said_so), "{detail}");

        let path = format!("/api/v1/hearings/{}/acts", court.hearing);
        let by_rest = court.ask(Method::POST, &path).bearer_auth(&court.judge.session);
        let answer = by_rest.json(&act).send().await.unwrap();
        let same = super::courthouse::is_problem(answer, 422, "bad_request", "an act").await;
        assert_eq!(same, detail);
    }
    assert_eq!(
        court.app.store.log(court.hearing).await.unwrap().len(),
        0,
        "an act was done"
    );
}

#[tokio::test]
async fn a_server_that_stops_brings_no_hearing_to_life_for_a_page_that_comes_back() {
    let court = Court::open().await;
    let mut judge = court.socket(&court.judge.session).await;
    court.app.hearings.shutdown().await;
    let bye = loop {
        let message = said(&mut judge).await;
        if message["type"] == "bye" {
            break message;
        }
    };
    assert_eq!(bye["reason"], "server_stops");
    let mut again = court.silent_socket().await;
    let hello = json!({"type": "hello", "version": 1, "session": court.judge.session});
    again.send(Message::text(hello.to_string())).await.unwrap();
    assert_eq!(said(&mut again).await["reason"], "server_stops");
    assert_eq!(court.app.hearings.count(), 0);
}

#[tokio::test]
async fn a_witness_who_was_not_called_learns_when_the_hearing_goes_on_but_not_why_it_was_adjourned() {
    let court = Court::open().await;
    let (judge, witness) = (&court.judge.session, &court.witness.session);
    let mut bench = court.socket(judge).await;
    let mut outside = court.socket(witness).await;
    for (who, act) in [
        (judge, json!({"act": "finish_check", "passed": true})),
        (witness, json!({"act": "finish_check", "passed": true})),
        (judge, json!({"act": "begin"})),
    ] {
        court.act(who, act).await;
    }
    let (reason, next) = (
        "The first witness has named an accomplice",
        "2026-12-01T09:00:00Z",
    );
    court
        .act(judge, json!({"act": "adjourn", "reason": reason, "next": next}))
        .await;
    assert_eq!(
        adjourned(&mut bench).await,
        json!({"reason": reason, "next": next})
    );
    assert_eq!(
        adjourned(&mut outside).await,
        json!({"reason": null, "next": next})
    );
    // Nor by another way.
    let path = format!("/api/v1/hearings/{}/state", court.hearing);
    let state = court.ask(reqwest::Method::GET, &path).bearer_auth(witness).send();
    let state = state.await.unwrap().text().await.unwrap();
    assert!(state.contains(next) && !state.contains("accomplice"), "{state}");
}

/// What the first view of an adjourned hearing says of it.
async fn adjourned(socket: &mut Socket) -> Value {
    loop {
        let message = said(socket).await;
        if message["type"] == "hearing" && message["hearing"]["state"] == "adjourned" {
            return message["hearing"]["adjourned"].clone();
        }
    }
}
