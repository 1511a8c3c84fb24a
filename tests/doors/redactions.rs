//! Redaction: who may order it, who is handed what, and what of it is told to whom.

use super::courthouse::{Court, is_problem};
use super::releases::{ok, problem, sealed};
use oyer::court::id::RecordingId;
use oyer::court::role::Role;
use reqwest::Method as M;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn order(from_ms: u64, to_ms: u64) -> Value {
    let cut = json!({"segment": 1, "kind": "cut", "participant": null, "from_ms": from_ms, "to_ms": to_ms});
    json!({"reference": "1-1001/2026-R", "reason": "To protect a child", "intervals": [cut]})
}

/// What the court is shown, once no copy is being made.
async fn settled(court: &Court, recording: RecordingId) -> Value {
    let begun = Instant::now();
    loop {
        let path = format!("/recordings/{recording}/redactions");
        let found = ok(court, &court.judge.session, M::GET, &path, None).await;
        if found["making"]["state"] != "running" {
            return found;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it never came: {found}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The names of the files in a tar.
fn files(tar: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().unwrap();
    entries
        .map(|entry| entry.unwrap().path().unwrap().to_string_lossy().into_owned())
        .collect()
}

#[tokio::test]
async fn only_a_judge_orders_and_others_are_handed_the_redacted_copy() {
    let court = Court::open().await;
    let recording = sealed(&court, 0).await;
    let clerk = court.invite("Olim Rahmonov", Role::Clerk).await;
    let panel = court.invite("Botir Aliyev", Role::PanelMember).await;
    let counsel = court.invite("Elena Sokolova", Role::DefenceCounsel).await;
    let path = format!("/recordings/{recording}/redactions");
    let judge = court.judge.session.clone();

    // Counsel has the recording, as it is.
    let asked = json!({"form": "bundle", "reason": "To prepare the appeal"});
    let requests = format!("/recordings/{recording}/requests");
    let request = ok(&court, &counsel.session, M::POST, &requests, Some(asked.clone())).await;
    let id = request["id"].as_str().unwrap().to_owned();
    let grant = json!({"reason": "Counsel of record", "valid_days": 14});
    ok(
        &court,
        &judge,
        M::POST,
        &format!("/requests/{id}/grant"),
        Some(grant),
    )
    .await;
    let open = format!("/requests/{id}/open");
    let opened = ok(&court, &counsel.session, M::POST, &open, None).await;
    assert_eq!(opened["release"]["redacted"], Value::Null);
    let before = opened["base"].as_str().unwrap().to_owned();

    for (who, session) in [("clerk", &clerk), ("panel member", &panel), ("counsel", &counsel)] {
        problem(
            &court,
            &session.session,
            &path,
            order(100, 200),
            403,
            "not_permitted",
        )
        .await;
        let found = court
            .ask(M::GET, &format!("/api/v1{path}"))
            .bearer_auth(&session.session);
        let status = found.send().await.unwrap().status().as_u16();
        assert_eq!(status, if who == "counsel" { 403 } else { 200 }, "{who}");
    }
    problem(&court, &court.staff, &path, order(100, 200), 403, "not_permitted").await;
    problem(&court, &judge, &path, order(100, 501), 422, "bad_redaction").await;
    problem(&court, &judge, &path, order(200, 100), 422, "bad_redaction").await;
    let still = court
        .ask(M::GET, &format!("{before}/bundle.tar"))
        .send()
        .await
        .unwrap();
    assert_eq!(still.status(), 200, "what was refused is not in force");

    let ordered = ok(&court, &judge, M::POST, &path, Some(order(100, 200))).await;
    assert_eq!(ordered["intervals"][0]["from_ms"], 100);
    // In force at once: the ticket opens nothing, and a new one neither, but says why.
    let gone = court
        .ask(M::GET, &format!("{before}/bundle.tar"))
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), 404);
    let opened = ok(&court, &counsel.session, M::POST, &open, None).await;
    assert_eq!(
        opened["release"]["redacted"],
        json!({"references": ["1-1001/2026-R"], "ready": false})
    );
    let base = opened["base"].as_str().unwrap();
    let pending = court
        .ask(M::GET, &format!("{base}/bundle.tar"))
        .send()
        .await
        .unwrap();
    is_problem(pending, 409, "redaction_pending", "no copy yet").await;
    let known = ok(
        &court,
        &counsel.session,
        M::GET,
        &format!("/hearings/{}/recordings", court.hearing),
        None,
    )
    .await;
    assert_eq!(known[0]["redacted"], json!(["1-1001/2026-R"]));

    // The clerk carries it out; counsel does not.
    let make = format!("/recordings/{recording}/redacted-copy");
    problem(&court, &counsel.session, &make, json!({}), 403, "not_permitted").await;
    ok(&court, &clerk.session, M::POST, &make, None).await;
    let found = settled(&court, recording).await;
    assert_eq!(
        (&found["withheld"], &found["may_order"]),
        (&json!(false), &json!(true)),
        "{found}"
    );
    let copy = found["copies"][0]["recording"].as_str().unwrap().to_owned();
    assert_eq!(found["copies"][0]["current"], true);

    // Counsel gets the copy, under the same request.
    let opened = ok(&court, &counsel.session, M::POST, &open, None).await;
    assert_eq!(opened["release"]["redacted"]["ready"], true);
    let base = opened["base"].as_str().unwrap();
    let bundle = court
        .ask(M::GET, &format!("{base}/bundle.tar"))
        .send()
        .await
        .unwrap();
    let name = bundle.headers()["content-disposition"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        name.contains(&copy) && !name.contains(&recording.to_string()),
        "{name}"
    );
    let files = files(&bundle.bytes().await.unwrap());
    assert!(
        files
            .iter()
            .any(|f| f.ends_with(&format!("data/{copy}/film-001.mp4"))),
        "{files:?}"
    );
    assert!(
        !files.iter().any(|f| f.contains(&recording.to_string())),
        "{files:?}"
    );
    // Nobody asks for the one or the other, and the copy is no recording of the hearing beside it.
    let other = court.ask(M::POST, &format!("/api/v1/recordings/{copy}/requests"));
    let other = other
        .bearer_auth(&counsel.session)
        .json(&asked)
        .send()
        .await
        .unwrap();
    is_problem(other, 404, "not_found", "a request for the copy").await;
    let known = ok(
        &court,
        &counsel.session,
        M::GET,
        &format!("/hearings/{}/recordings", court.hearing),
        None,
    )
    .await;
    assert_eq!(known.as_array().unwrap().len(), 1);

    // The court has both, and the copy says what it is.
    let one = ok(
        &court,
        &clerk.session,
        M::GET,
        &format!("/recordings/{copy}"),
        None,
    )
    .await;
    assert_eq!(one["evidence"]["derived_from"], json!(recording));
    assert_eq!(one["redacted"]["recording"], json!(recording));
    assert_eq!(one["redacted"]["orders"][0]["reference"], "1-1001/2026-R");
    let ticket = ok(
        &court,
        &clerk.session,
        M::POST,
        &format!("/recordings/{recording}/tickets"),
        None,
    )
    .await;
    let whole = format!("{}/bundle.tar", ticket["base"].as_str().unwrap());
    let whole = court.ask(M::GET, &whole).send().await.unwrap();
    assert_eq!(whole.status(), 200);
    let film = ok(
        &court,
        &clerk.session,
        M::POST,
        &format!("/recordings/{copy}/tickets"),
        None,
    )
    .await;
    let film = format!("{}/access.mp4", film["base"].as_str().unwrap());
    assert_eq!(court.ask(M::GET, &film).send().await.unwrap().status(), 200);
    problem(
        &court,
        &judge,
        &format!("/recordings/{copy}/redactions"),
        order(0, 1),
        422,
        "bad_redaction",
    )
    .await;

    // Lifted by a judge alone; then the recording is handed out again.
    let lift = format!("/redactions/{}/lift", ordered["id"].as_str().unwrap());
    let why = json!({"reason": "The child is of age"});
    problem(&court, &clerk.session, &lift, why.clone(), 403, "not_permitted").await;
    let lifted = ok(&court, &judge, M::POST, &lift, Some(why.clone())).await;
    assert_eq!(lifted["orders"][0]["lifted"]["reason"], why["reason"]);
    problem(&court, &judge, &lift, why, 409, "conflict").await;
    let opened = ok(&court, &counsel.session, M::POST, &open, None).await;
    assert_eq!(opened["release"]["redacted"], Value::Null);
}
