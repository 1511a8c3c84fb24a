//! What ends at once for others than the court: by an order to redact in the whole hearing, and when what they were handed is destroyed.

use super::courthouse::{Court, Someone, is_problem};
use super::releases::{ok, problem, sealed};
use oyer::court::id::RecordingId;
use oyer::court::role::Role;
use reqwest::Method as M;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A release of the recording to counsel; the path that opens it.
async fn released(court: &Court, counsel: &Someone, recording: RecordingId) -> String {
    let asked = json!({"form": "bundle", "reason": "To prepare the appeal"});
    let requests = format!("/recordings/{recording}/requests");
    let request = ok(court, &counsel.session, M::POST, &requests, Some(asked)).await;
    let id = request["id"].as_str().unwrap();
    let grant = json!({"reason": "Counsel of record", "valid_days": 14});
    let path = format!("/requests/{id}/grant");
    ok(court, &court.judge.session, M::POST, &path, Some(grant)).await;
    format!("/requests/{id}/open")
}

/// Opens a release; the address of its ticket.
async fn opened(court: &Court, counsel: &Someone, open: &str) -> String {
    let opened = ok(court, &counsel.session, M::POST, open, None).await;
    opened["base"].as_str().unwrap().to_owned()
}

async fn status(court: &Court, path: &str) -> u16 {
    let answer = court.ask(M::GET, path).send().await.unwrap();
    answer.status().as_u16()
}

/// Orders a cut, and gives the order.
async fn ordered(court: &Court, recording: RecordingId, body: Value) -> Value {
    let mut order = json!({"reference": "1-1001/2026-R", "reason": "To protect a child", "intervals": []});
    order
        .as_object_mut()
        .unwrap()
        .extend(body.as_object().unwrap().clone());
    let path = format!("/recordings/{recording}/redactions");
    ok(court, &court.judge.session, M::POST, &path, Some(order)).await
}

fn cut() -> Value {
    json!({"intervals": [{"segment": 1, "kind": "cut", "participant": null, "from_ms": 100, "to_ms": 200}]})
}

#[tokio::test]
async fn an_order_ends_what_is_open_of_the_other_recordings_of_the_hearing() {
    let court = Court::open().await;
    let (first, second) = (sealed(&court, 0).await, sealed(&court, 0).await);
    let counsel = court.invite("Elena Sokolova", Role::DefenceCounsel).await;
    let open = released(&court, &counsel, second).await;
    let base = opened(&court, &counsel, &open).await;
    assert_eq!(status(&court, &format!("{base}/bundle.tar")).await, 200);

    let path = format!("/recordings/{first}/redactions");
    let nothing = json!({"reference": "R", "reason": "B", "intervals": [], "log_entries": [99]});
    problem(&court, &court.judge.session, &path, nothing, 422, "bad_redaction").await;
    let order = ordered(&court, first, cut()).await;
    assert_eq!(
        (&order["recording"], &order["log_entries"]),
        (&json!(first), &json!([]))
    );
    assert_eq!(status(&court, &format!("{base}/bundle.tar")).await, 404);
    let base = opened(&court, &counsel, &open).await;
    let pending = court.ask(M::GET, &format!("{base}/bundle.tar"));
    is_problem(
        pending.send().await.unwrap(),
        409,
        "redaction_pending",
        "the second",
    )
    .await;
    let known = format!("/hearings/{}/recordings", court.hearing);
    let known = ok(&court, &counsel.session, M::GET, &known, None).await;
    for one in known.as_array().unwrap() {
        assert_eq!(one["redacted"], json!(["1-1001/2026-R"]), "{one}");
    }
    // The court sees by which order, and about which recording.
    let path = format!("/recordings/{second}/redactions");
    let found = ok(&court, &court.judge.session, M::GET, &path, None).await;
    assert_eq!(
        (&found["orders"][0]["recording"], &found["withheld"]),
        (&json!(first), &json!(true))
    );
    let lift = format!("/redactions/{}/lift", order["id"].as_str().unwrap());
    let reason = Some(json!({"reason": "Replaced"}));
    ok(&court, &court.judge.session, M::POST, &lift, reason).await;
    let base = opened(&court, &counsel, &open).await;
    assert_eq!(status(&court, &format!("{base}/bundle.tar")).await, 200);
}

#[tokio::test]
async fn what_a_release_opens_ends_when_the_copy_that_it_hands_out_is_destroyed() {
    let court = Court::open().await;
    let recording = sealed(&court, 0).await;
    let clerk = court.invite("Olim Rahmonov", Role::Clerk).await;
    let counsel = court.invite("Elena Sokolova", Role::DefenceCounsel).await;
    let open = released(&court, &counsel, recording).await;
    ordered(&court, recording, cut()).await;
    let make = format!("/recordings/{recording}/redacted-copy");
    ok(&court, &clerk.session, M::POST, &make, None).await;
    let path = format!("/recordings/{recording}/redactions");
    let begun = Instant::now();
    let copy = loop {
        let found = ok(&court, &clerk.session, M::GET, &path, None).await;
        if let Some(copy) = found["copies"][0]["recording"].as_str() {
            break copy.to_owned();
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it never came: {found}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let base = opened(&court, &counsel, &open).await;
    assert_eq!(status(&court, &format!("{base}/release")).await, 200);

    let rule = json!({"class": "acquittal", "decided_on": "2020-02-29", "sentence_months": null});
    let kept = format!("/cases/{}/retention", court.case);
    ok(&court, &clerk.session, M::PUT, &kept, Some(rule)).await;
    let reason = || Some(json!({"reason": "Its time is over"}));
    let dispose = format!("/recordings/{copy}/disposals");
    let proposed = ok(&court, &court.judge.session, M::POST, &dispose, reason()).await;
    let id = proposed["disposals"][0]["id"].as_str().unwrap();
    let of = |act: &str| format!("/disposals/{id}/{act}");
    ok(&court, &clerk.session, M::POST, &of("approve"), reason()).await;
    ok(&court, &clerk.session, M::POST, &of("carry-out"), None).await;
    assert_eq!(status(&court, &format!("{base}/release")).await, 404);
}
