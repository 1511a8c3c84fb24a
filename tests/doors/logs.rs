//! A line in the log says which hearing it is about, and nothing of the people there.

use super::courthouse::{Court, JUDGE, WITNESS, said};
use futures_util::SinkExt;
use oyer::court::id::RecordingId;
use oyer::court::state::RecordingState;
use oyer::hearing::Hearings;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tokio_tungstenite::tungstenite::Message;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// All lines so far.
    fn lines(&self) -> Vec<Value> {
        let bytes = self.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The lines about failed requests since the last time.
    fn failures(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        let failed = text.lines().filter(|line| line.contains("request failed"));
        failed.map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn a_failed_request_is_logged_with_its_hearing_and_without_names() {
    let log = Log::default();
    let writer = log.clone();
    // As in operation, but with errors only: the span must not be lost with its level.
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(tracing::Level::ERROR)
        .with_writer(move || writer.clone())
        .init();
    let court = Court::open().await;
    let hearing = court.hearing.to_string();

    // The folder of this recording is nowhere, so it cannot be verified: a failure after the caller is known, and on
    // a path that does not name the hearing.
    let recording = RecordingId(uuid::Uuid::now_v7());
    court
        .app
        .store
        .create_recording(recording, court.hearing, RecordingState::Attached, 1, None)
        .await
        .unwrap();
    log.failures();
    let ask = |method, path: String| court.ask(method, &path).bearer_auth(&court.judge.session).send();
    let verify = ask(Method::POST, format!("/api/v1/recordings/{recording}/verify"));
    assert_eq!(verify.await.unwrap().status(), 500);
    let line = only(log.failures());
    assert_eq!(line["span"]["hearing"], hearing, "{line}");
    assert_eq!(line["span"]["recording"], recording.to_string(), "{line}");
    assert_eq!(line["span"]["route"], "/api/v1/recordings/{id}/verify", "{line}");
    bears_nothing_personal(&line, &court);

    // The store is gone: nobody knows the caller, but the path names the hearing.
    court.app.store.close().await;
    let state = ask(Method::GET, format!("/api/v1/hearings/{hearing}/state"));
    assert_eq!(state.await.unwrap().status(), 500);
    let line = only(log.failures());
    assert_eq!(line["span"]["hearing"], hearing, "{line}");
    bears_nothing_personal(&line, &court);
}

fn only(lines: Vec<String>) -> Value {
    assert_eq!(lines.len(), 1, "{lines:?}");
    serde_json::from_str(&lines[0]).unwrap()
}

fn bears_nothing_personal(line: &Value, court: &Court) {
    let text = line.to_string();
    for personal in [
        JUDGE,
        "Karimova",
        WITNESS,
        "Rahimova",
        &court.judge.session,
        &court.judge.secret,
        &court.witness.session,
        &court.witness.secret,
        "127.0.0.1",
    ] {
        assert!(!text.contains(personal), "{text}");
    }
}

#[tokio::test]
async fn the_operator_can_follow_a_hearing_in_the_log_and_learns_nothing_of_the_people() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_max_level(tracing::Level::INFO)
        .with_writer(move || writer.clone())
        .finish();
    // Every task of this test runs on its thread.
    let _guard = tracing::subscriber::set_default(subscriber);
    let court = Court::open().await;
    let (judge, witness) = (&court.judge.session, &court.witness.session);
    let _judge = court.socket(judge).await;
    let there = court.socket(witness).await;
    for act in [
        json!({"act": "finish_check", "passed": true}),
        json!({"act": "begin"}),
        json!({"act": "go_on_record"}),
        json!({"act": "mark", "text": "a secret remark"}),
    ] {
        court.act(judge, act).await;
    }
    drop(there);
    until(&log, "disconnected").await;
    let refused = court
        .ask(Method::POST, &format!("/api/v1/hearings/{}/acts", court.hearing))
        .bearer_auth(witness)
        .json(&json!({"act": "close"}));
    assert_eq!(refused.send().await.unwrap().status(), 403);
    until(&log, "the record begins").await;
    court.act(judge, json!({"act": "close"})).await;
    until(&log, "sealed and attached to the case").await;

    let lines = log.lines();
    let acts: Vec<(&str, &str)> = lines
        .iter()
        .filter_map(|line| Some((line["message"].as_str()?, line["act"].as_str()?)))
        .collect();
    assert_eq!(
        acts,
        [
            ("act done", "finish_check"),
            ("act done", "begin"),
            ("act done", "go_on_record"),
            ("act done", "mark"),
            ("act refused", "close"),
            ("act done", "close"),
        ]
    );
    for message in [
        "the hearing is awake",
        "connected",
        "disconnected",
        "the record begins",
        "the record ends",
        "sealed and attached to the case",
    ] {
        assert!(
            lines.iter().any(|line| line["message"] == message),
            "{message}: {lines:?}"
        );
    }
    let refusal = lines
        .iter()
        .find(|line| line["message"] == "act refused")
        .unwrap();
    assert_eq!(refusal["refusal"], "not_permitted");
    let hearing = court.hearing.to_string();
    for line in &lines {
        let twice = line["span"]["hearing"].is_string() && line["hearing"].is_string();
        assert!(!twice, "{line}");
        let of_it = line["span"]["hearing"] == hearing || line["hearing"] == hearing;
        let about_a_hearing = line["target"].as_str().unwrap().starts_with("oyer::hearing");
        assert!(of_it || !about_a_hearing, "{line}");
        bears_nothing_personal(line, &court);
        assert!(!line.to_string().contains("a secret remark"), "{line}");
    }

    // A start after a crash says which hearing it suspended.
    let court = Court::open().await;
    let judge = &court.judge.session;
    for act in ["open", "begin"] {
        court.act(judge, json!({ "act": act })).await;
    }
    let app = &court.app;
    let again = Hearings::new(app.engine.clone(), app.store.clone(), app.evidence.clone());
    again.wake_interrupted().await.unwrap();
    let lines = log.lines();
    let suspended = lines.iter().find(|line| line["level"] == "WARN").unwrap();
    assert!(
        suspended["message"].as_str().unwrap().contains("suspended"),
        "{suspended}"
    );
    assert_eq!(suspended["span"]["hearing"], court.hearing.to_string());
}

#[tokio::test]
async fn a_line_of_text_names_its_hearing_once() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing::Level::INFO)
        .with_writer(move || writer.clone())
        .finish();
    // Every task of this test runs on its thread.
    let _guard = tracing::subscriber::set_default(subscriber);
    let court = Court::open().await;
    // The caller is known, as the path is, and then it fails: both name the hearing.
    court.app.hearings.shutdown().await;
    let mut socket = court.silent_socket().await;
    let hello = json!({"type": "hello", "version": 1, "session": court.judge.session});
    socket.send(Message::text(hello.to_string())).await.unwrap();
    assert_eq!(said(&mut socket).await["type"], "bye");
    let state = format!("/api/v1/hearings/{}/state", court.hearing);
    let asked = court.ask(Method::GET, &state).bearer_auth(&court.judge.session);
    assert!(asked.send().await.unwrap().status().is_server_error());
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let about: Vec<&str> = text.lines().filter(|line| line.contains("hearing=")).collect();
    assert!(!about.is_empty(), "{text}");
    for line in about {
        assert_eq!(line.matches("hearing=").count(), 1, "{line}");
    }
}

async fn until(log: &Log, message: &str) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !log.lines().iter().any(|line| line["message"] == message) {
        assert!(
            std::time::Instant::now() < deadline,
            "{message}: {:?}",
            log.lines()
        );
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
