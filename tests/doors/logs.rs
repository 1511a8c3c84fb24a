//! A line in the log says which hearing it is about, and nothing of the people there.

use super::courthouse::{Court, JUDGE};
use oyer::court::id::RecordingId;
use oyer::court::state::RecordingState;
use reqwest::Method;
use serde_json::Value;
use std::io::Write;
use std::sync::{Arc, Mutex};

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
    for personal in [JUDGE, "Karimova", &court.judge.session, &court.judge.secret] {
        assert!(!text.contains(personal), "{text}");
    }
}
