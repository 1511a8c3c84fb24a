//! What a start after a crash makes of a hearing that ran.

use super::courthouse::Court;
use oyer::cli::demo;
use oyer::court::state::HearingState;
use oyer::hearing::Hearings;
use oyer::http::{hash_secret, now_ms};
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

#[tokio::test]
async fn a_demo_that_cannot_be_kept_is_made_anew_or_the_error_says_how_to_mend_it() {
    let court = Court::open().await;
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("demo.json");
    let first = demo::prepare(&court.app, data.path()).await.unwrap();
    let kept = demo::prepare(&court.app, data.path()).await.unwrap();
    assert_eq!((kept.case_id, kept.hearing_id), (first.case_id, first.hearing_id));
    assert_eq!(kept.participants[2].link, first.participants[2].link);
    assert_eq!(kept.note, None);

    // The file is gone a moment later, and again: each case has a reference of its own.
    for _ in 0..3 {
        std::fs::remove_file(&file).unwrap();
        let other = demo::prepare(&court.app, data.path()).await.unwrap();
        assert_ne!(other.case_id, first.case_id);
    }

    // The database is another one.
    let elsewhere = Court::open().await;
    let anew = demo::prepare(&elsewhere.app, data.path()).await.unwrap();
    assert!(
        elsewhere
            .app
            .store
            .hearing(anew.hearing_id)
            .await
            .unwrap()
            .is_some()
    );
    assert!(anew.to_string().contains("not in this database"), "{anew}");

    // Torn in the middle.
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &text[..text.len() / 2]).unwrap();
    let why = demo::prepare(&elsewhere.app, data.path()).await.unwrap_err();
    let why = why.to_string();
    assert!(
        why.contains(file.to_str().unwrap()) && why.contains("Remove it"),
        "{why}"
    );
}

#[tokio::test]
async fn demo_links_that_have_expired_are_renewed_and_one_that_was_taken_back_is_not() {
    let court = Court::open().await;
    let (store, data) = (&court.app.store, tempfile::tempdir().unwrap());
    let mut demo = demo::prepare(&court.app, data.path()).await.unwrap();
    let secret = |link: &str| link.split_once('#').unwrap().1.to_owned();
    let opens = async |link: &str| court.redeem(&secret(link)).send().await.unwrap().status();
    // As a month later: the judge's link is one that has run out, the clerk's was taken back.
    let short = oyer::http::invitations::create(&court.app, demo.participants[0].id, 1).await;
    demo.participants[0].link = short.unwrap().link;
    while opens(&demo.participants[0].link).await != 410 {
        tokio::task::yield_now().await;
    }
    let clerk = hash_secret(&secret(&demo.participants[1].link));
    let clerk = store.invitation_by_secret(&clerk).await.unwrap().unwrap();
    store.revoke_invitation(clerk.id, now_ms()).await.unwrap();
    let text = serde_json::to_vec(&demo).unwrap();
    std::fs::write(data.path().join("demo.json"), text).unwrap();

    let next = demo::prepare(&court.app, data.path()).await.unwrap();
    assert!(next.to_string().contains("had expired"), "{next}");
    assert_eq!(next.hearing_id, demo.hearing_id);
    assert_eq!(next.participants[0].id, demo.participants[0].id);
    assert_eq!(opens(&next.participants[0].link).await, 200);
    for same in 1..demo.participants.len() {
        assert_eq!(next.participants[same].link, demo.participants[same].link);
    }
}
