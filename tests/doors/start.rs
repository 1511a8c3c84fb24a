//! What a start after a crash makes of a hearing that ran.

use super::courthouse::Court;
use oyer::court::state::HearingState;
use oyer::hearing::Hearings;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_hearing_that_was_cut_off_is_suspended_before_anybody_comes() {
    let court = Court::open().await;
    let app = &court.app;
    for act in ["open", "begin"] {
        let path = format!("/api/v1/hearings/{}/acts", court.hearing);
        let request = court.ask(Method::POST, &path).bearer_auth(&court.judge.session);
        let done = request.json(&json!({ "act": act })).send().await.unwrap();
        assert_eq!(done.status(), 204, "{act}");
    }
    assert_eq!(listed(&court).await, "in_session");

    // A second server over the same store, as after a crash: the first never said goodbye.
    let again = Hearings::new(app.engine.clone(), app.store.clone(), app.evidence.clone());
    assert_eq!(again.wake_interrupted().await.unwrap(), 1);
    assert_eq!(listed(&court).await, "suspended");
    let last = app.store.log(court.hearing).await.unwrap().pop().unwrap();
    let last: Value = serde_json::from_str(&last.json).unwrap();
    assert_eq!(
        (&last["kind"], &last["text"]),
        (&json!("suspended"), &json!("the server failed"))
    );
    assert_eq!(last["by"], Value::Null, "nobody of the court did it");

    // A start that follows finds nothing to do, and the log is as it was.
    let entries = app.store.log(court.hearing).await.unwrap().len();
    let third = Hearings::new(app.engine.clone(), app.store.clone(), app.evidence.clone());
    assert_eq!(third.wake_interrupted().await.unwrap(), 0);
    assert_eq!(app.store.log(court.hearing).await.unwrap().len(), entries);
    let row = app.store.hearing(court.hearing).await.unwrap().unwrap();
    assert_eq!(row.state, HearingState::Suspended);
}

/// The state of the hearing as the case file shows it.
async fn listed(court: &Court) -> String {
    let path = format!("/api/v1/cases/{}", court.case);
    let answer = court
        .ask(Method::GET, &path)
        .bearer_auth(&court.staff)
        .send()
        .await
        .unwrap();
    let case: Value = answer.json().await.unwrap();
    case["hearings"][0]["state"].as_str().unwrap().to_owned()
}
