//! What one may still do when a link has expired or a part is over; and what the case file says of an adjournment.

use super::courthouse::Court;
use oyer::court::id::{InvitationId, RecordingId};
use oyer::court::role::Role;
use oyer::court::state::RecordingState;
use oyer::http::{fresh_secret, now_ms};
use oyer::store::NewEvidence;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// What a player compares with, each with its type.
const LISTS: [(&str, &str); 2] = [
    ("manifest-sha256.txt", "text/plain"),
    ("fragments.tsv", "text/tab-separated-values"),
];

impl Court {
    async fn found(&self, session: &str, path: &str) -> Value {
        let asked = self.ask(Method::GET, path).bearer_auth(session);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    async fn me_is(&self, session: &str) -> u16 {
        let asked = self.ask(Method::GET, "/api/v1/me").bearer_auth(session);
        asked.send().await.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn an_expired_link_puts_nobody_out_of_the_hearing_and_lets_nobody_in() {
    let court = Court::open().await;
    let (judge, witness) = (&court.judge.session, &court.witness.session);
    let (store, now) = (&court.app.store, now_ms());
    let (link, expired) = (InvitationId(Uuid::now_v7()), fresh_secret::<32>().unwrap());
    store
        .create_invitation(
            link,
            court.witness.id,
            &fresh_secret::<16>().unwrap().hash,
            now - 2_000,
            now - 1_000,
        )
        .await
        .unwrap();
    store
        .create_session(
            &expired.hash,
            court.witness.id,
            link,
            now - 2_000,
            now + 3_600_000,
        )
        .await
        .unwrap();
    let expired = &expired.text;
    assert_eq!(court.me_is(expired).await, 401, "nobody comes in by it");
    for act in ["open", "begin"] {
        court.act(judge, json!({ "act": act })).await;
    }
    court.act(witness, json!({"act": "check_equipment"})).await;
    court
        .act(witness, json!({"act": "finish_check", "passed": true}))
        .await;
    assert_eq!(court.me_is(expired).await, 200, "they wait");
    court
        .act(judge, json!({"act": "call", "participant": court.witness.id}))
        .await;
    assert_eq!(court.me_is(expired).await, 200, "they testify");
    court.act(expired, json!({"act": "leave"})).await;
    assert_eq!(court.me_is(expired).await, 401, "they left");
    assert_eq!(court.me_is(witness).await, 200, "another link is another matter");

    court.act(witness, json!({"act": "check_equipment"})).await;
    court
        .act(witness, json!({"act": "finish_check", "passed": true}))
        .await;
    court
        .act(judge, json!({"act": "call", "participant": court.witness.id}))
        .await;
    assert_eq!(court.me_is(expired).await, 200);
    court.act(judge, json!({"act": "close"})).await;
    assert_eq!(court.me_is(expired).await, 401, "the hearing is over");

    // Whoever opens a link is told no later end than that of the link.
    let short = court.invite("Somebody", Role::Observer).await;
    let session: Value = court
        .redeem(&short.secret)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(
        session["expires_at"].as_i64().unwrap() <= now_ms() + 3_600_000,
        "{session}"
    );
}

#[tokio::test]
async fn a_ticket_ends_with_the_right_of_whoever_asked_for_it() {
    let court = Court::open().await;
    let recording = RecordingId(Uuid::now_v7());
    let store = &court.app.store;
    store
        .create_recording(recording, court.hearing, RecordingState::Attached, 1, None)
        .await
        .unwrap();
    let sealed = NewEvidence {
        id: Uuid::now_v7(),
        case_id: court.case,
        hearing_id: court.hearing,
        recording_id: recording,
        manifest_sha256: "0".repeat(64),
        sealed_at: now_ms(),
        title: "Main hearing".into(),
        duration_ms: 0,
    };
    store.attach_evidence(sealed).await.unwrap();
    let bag = court
        .folder()
        .join("objects/recordings")
        .join(recording.to_string());
    let payload = bag.join("data").join(recording.to_string());
    std::fs::create_dir_all(&payload).unwrap();
    std::fs::write(bag.join(LISTS[0].0), LISTS[0].0).unwrap();
    std::fs::write(payload.join(LISTS[1].0), LISTS[1].0).unwrap();
    let judge = &court.judge.session;
    court.act(judge, json!({"act": "open"})).await;
    let path = format!("/api/v1/recordings/{recording}/tickets");
    for (over, name) in [
        ("dismiss", "First Clerk"),
        ("remove", "Second Clerk"),
        ("leave", "Third Clerk"),
    ] {
        let clerk = court.invite(name, Role::Clerk).await;
        court
            .act(&clerk.session, json!({"act": "finish_check", "passed": true}))
            .await;
        let asked = court.ask(Method::POST, &path).bearer_auth(&clerk.session).send();
        let ticket: Value = asked.await.unwrap().json().await.unwrap();
        let bundle = format!("{}/bundle.tar", ticket["base"].as_str().unwrap());
        let base = ticket["base"].as_str().unwrap().to_owned();
        // There is no bundle behind it; the entry in the chain of custody comes first, and tells that it opened.
        let opens = async || {
            let mut given = 0;
            // The lists are there, and are given as they lie there.
            for (list, kind) in LISTS {
                let answer = court.ask(Method::GET, &format!("{base}/{list}")).send();
                let answer = answer.await.unwrap();
                if answer.status() == 200 {
                    assert!(
                        answer.headers()["content-type"]
                            .to_str()
                            .unwrap()
                            .starts_with(kind)
                    );
                    assert_eq!(answer.headers()["cache-control"], "private, no-store");
                    assert_eq!(answer.text().await.unwrap(), list);
                    given += 1;
                } else {
                    assert_eq!(answer.status(), 404, "{list}");
                }
            }
            let before = store.custody(recording).await.unwrap().len();
            let status = court.ask(Method::GET, &bundle).send().await.unwrap().status();
            let opened = store.custody(recording).await.unwrap().len() > before;
            assert_eq!(opened, status != 404, "{over}: {status}");
            (opened, given)
        };
        assert_eq!(opens().await, (true, LISTS.len()), "{over}");
        match over {
            "leave" => {
                let end = court
                    .ask(Method::DELETE, "/api/v1/session")
                    .bearer_auth(&clerk.session);
                assert_eq!(end.send().await.unwrap().status(), 204);
            }
            "remove" => {
                let act = json!({"act": over, "participant": clerk.id, "reason": "r"});
                court.act(judge, act).await;
            }
            _ => {
                court
                    .act(judge, json!({"act": over, "participant": clerk.id}))
                    .await
            }
        }
        assert_eq!(opens().await, (false, 0), "{over}");
    }
}

#[tokio::test]
async fn the_case_file_says_why_a_hearing_was_adjourned_to_those_who_see_the_case() {
    let court = Court::open().await;
    let (judge, next) = (&court.judge.session, "2031-03-04T10:00:00+05:00");
    let case = format!("/api/v1/cases/{}", court.case);
    let hearing = format!("/api/v1/hearings/{}", court.hearing);
    for act in ["open", "begin"] {
        court.act(judge, json!({ "act": act })).await;
    }
    assert_eq!(court.found(judge, &hearing).await["adjourned"], Value::Null);
    court
        .act(
            judge,
            json!({"act": "adjourn", "reason": "The expert is ill", "next": next}),
        )
        .await;
    let told = json!({"reason": "The expert is ill", "next": next});
    for by in [judge, &court.staff] {
        assert_eq!(court.found(by, &hearing).await["adjourned"], told);
        assert_eq!(court.found(by, &case).await["hearings"][0]["adjourned"], told);
    }
    let witness = court.found(&court.witness.session, &hearing).await;
    assert_eq!(
        (&witness["state"], &witness["adjourned"]),
        (&json!("adjourned"), &Value::Null)
    );
}
