//! Requests for recordings and releases: who gets what, until when, and what the chain of custody says of it.

use super::courthouse::{Court, Someone, is_problem};
use oyer::court::id::RecordingId;
use oyer::court::role::Role;
use oyer::http::now_ms;
use oyer::recorder::{Ended, FragmentsSummary, RecordingSummary, SegmentSummary};
use oyer::seal::custody;
use oyer::seal::digest::Digest;
use oyer::store::Decided;
use reqwest::Method as M;
use serde_json::{Value, json};
use std::fs;
use time::OffsetDateTime;

/// A sealed recording of the court's hearing: half a second on record, in which nobody sent anything. `stray_bytes` more lie
/// beside it, so that a bundle takes a while to fetch.
pub async fn sealed(court: &Court, stray_bytes: usize) -> RecordingId {
    let (recording, summary) = recorded(court, stray_bytes).await;
    court.app.evidence.seal(recording, summary).await.unwrap();
    recording
}

/// The same before it is sealed.
pub async fn recorded(court: &Court, stray_bytes: usize) -> (RecordingId, RecordingSummary) {
    let now = OffsetDateTime::now_utc();
    let evidence = &court.app.evidence;
    let (recording, dir) = evidence.begin_recording(court.hearing, now).await.unwrap();
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("segments.jsonl"), "working notes\n").unwrap();
    fs::write(
        dir.join("fragments.tsv"),
        "seq\tfile\toffset\tbytes\tsha256\tchain\n",
    )
    .unwrap();
    fs::write(dir.join("gaps.jsonl"), "").unwrap();
    if stray_bytes > 0 {
        fs::write(dir.join("stray.bin"), vec![7; stray_bytes]).unwrap();
    }
    let summary = RecordingSummary {
        recording: recording.0,
        segments: vec![SegmentSummary {
            segment: 1,
            started_at: now,
            ended_at: now + time::Duration::milliseconds(500),
            duration_ms: 500,
        }],
        tracks: Vec::new(),
        fragments: FragmentsSummary {
            count: 0,
            head_hex: Digest::ZERO.to_string(),
        },
        gaps: 0,
        ended: Ended::Closed,
    };
    (recording, summary)
}

pub async fn ok(court: &Court, who: &str, method: M, path: &str, body: Option<Value>) -> Value {
    let mut ask = court.ask(method, &format!("/api/v1{path}")).bearer_auth(who);
    if let Some(body) = body {
        ask = ask.json(&body);
    }
    let answer = ask.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

pub async fn problem(court: &Court, who: &str, path: &str, body: Value, status: u16, code: &str) {
    let ask = court.ask(M::POST, &format!("/api/v1{path}")).bearer_auth(who);
    is_problem(ask.json(&body).send().await.unwrap(), status, code, path).await;
}

async fn asked(court: &Court, by: &Someone, recording: RecordingId, form: &str) -> Value {
    let body = json!({"form": form, "reason": "To prepare the appeal"});
    ok(
        court,
        &by.session,
        M::POST,
        &format!("/recordings/{recording}/requests"),
        Some(body),
    )
    .await
}

async fn granted(court: &Court, id: &str) -> Value {
    let body = json!({"reason": "Counsel of record", "valid_days": 14});
    ok(
        court,
        &court.judge.session,
        M::POST,
        &format!("/requests/{id}/grant"),
        Some(body),
    )
    .await
}

/// Opens the link of a release; the base path of what it opens.
async fn opened(court: &Court, link: &Value) -> String {
    let (_, secret) = link["link"].as_str().unwrap().split_once("/release#").unwrap();
    let ask = court.ask(M::POST, "/api/v1/releases/open");
    let answer = ask.json(&json!({ "secret": secret })).send().await.unwrap();
    let status = answer.status();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(status, 200, "{body}");
    body["base"].as_str().unwrap().to_owned()
}

async fn status_of(court: &Court, path: &str) -> u16 {
    court.ask(M::GET, path).send().await.unwrap().status().as_u16()
}

/// The chain of custody after attaching: act, stage or nothing, who.
async fn chain(court: &Court, recording: RecordingId) -> Vec<(String, String, Value)> {
    let rows = court.app.store.custody(recording).await.unwrap();
    let text: String = rows.into_iter().map(|row| row.line + "\n").collect();
    let mut acts = Vec::new();
    custody::check(text.as_bytes(), |entry| {
        let stage = entry.detail.get("stage").and_then(Value::as_str).unwrap_or("");
        let detail = Value::Object(entry.detail.clone());
        acts.push((format!("{} {stage}", entry.act.name()), entry.by.clone(), detail));
    })
    .unwrap();
    acts.split_off(3)
}

#[tokio::test]
async fn a_request_is_granted_to_a_named_person_and_every_act_is_in_the_chain() {
    let court = Court::open().await;
    let recording = sealed(&court, 0).await;
    let counsel = court.invite("Elena Sokolova", Role::DefenceCounsel).await;
    let other = court.invite("Botir Aliyev", Role::Prosecutor).await;
    let list = format!("/recordings/{recording}/requests");

    // Counsel learns of the recording and nothing more of the case.
    let of_hearing = format!("/hearings/{}/recordings", court.hearing);
    let known = ok(&court, &counsel.session, M::GET, &of_hearing, None).await;
    assert_eq!(known[0]["recording"], json!(recording));
    let refused = court.ask(M::GET, &format!("/api/v1/recordings/{recording}"));
    let refused = refused.bearer_auth(&counsel.session).send().await.unwrap();
    is_problem(refused, 403, "not_permitted", "the recording itself").await;

    let request = asked(&court, &counsel, recording, "bundle").await;
    assert_eq!(
        (&request["number"], &request["state"]),
        (&json!(1), &json!("pending"))
    );
    assert_eq!(request["released_to"], "Elena Sokolova");
    let id = request["id"].as_str().unwrap();
    assert_eq!(
        ok(&court, &counsel.session, M::GET, &list, None)
            .await
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let seen = ok(&court, &other.session, M::GET, &list, None).await;
    assert_eq!(seen, json!([]), "nobody sees what others asked for");
    let seen = ok(&court, &court.judge.session, M::GET, &list, None).await;
    assert_eq!(seen[0]["reason"], "To prepare the appeal");

    let decide = json!({"reason": "No", "valid_days": 14});
    problem(
        &court,
        &counsel.session,
        &format!("/requests/{id}/grant"),
        decide.clone(),
        403,
        "not_permitted",
    )
    .await;
    problem(
        &court,
        &counsel.session,
        &format!("/requests/{id}/open"),
        json!(null),
        410,
        "release_over",
    )
    .await;
    let link = granted(&court, id).await;
    assert_eq!(link["request"]["state"], "granted");
    assert_eq!(link["request"]["decision"]["reason"], "Counsel of record");
    problem(
        &court,
        &court.judge.session,
        &format!("/requests/{id}/grant"),
        decide,
        409,
        "already_decided",
    )
    .await;
    problem(
        &court,
        &other.session,
        &format!("/requests/{id}/open"),
        json!(null),
        404,
        "not_found",
    )
    .await;

    // By its link, and by the session of whoever asked: the bundle, and nothing that the court's own tickets open.
    let base = opened(&court, &link).await;
    let own = ok(
        &court,
        &counsel.session,
        M::POST,
        &format!("/requests/{id}/open"),
        None,
    )
    .await;
    for base in [base.as_str(), own["base"].as_str().unwrap()] {
        assert_eq!(status_of(&court, &format!("{base}/bundle.tar")).await, 200);
        for path in [
            "access.mp4",
            "manifest-sha256.txt",
            "fragments.tsv",
            "track/segment-001/x.webm",
        ] {
            assert_eq!(status_of(&court, &format!("{base}/{path}")).await, 404, "{path}");
        }
        let played = court.ask(M::POST, &format!("{base}/playbacks"));
        let played = played.json(&json!({"segment": null, "from_ms": 0, "to_ms": 400}));
        assert_eq!(played.send().await.unwrap().status(), 204);
    }

    // Another link ends the first.
    let again = ok(
        &court,
        &court.judge.session,
        M::POST,
        &format!("/requests/{id}/link"),
        None,
    )
    .await;
    let (_, old) = link["link"].as_str().unwrap().split_once('#').unwrap();
    problem(
        &court,
        "",
        "/releases/open",
        json!({ "secret": old }),
        404,
        "release_unknown",
    )
    .await;
    assert_eq!(status_of(&court, &format!("{base}/bundle.tar")).await, 404);
    let base = opened(&court, &again).await;

    let withdraw = json!({"reason": "Counsel was replaced"});
    let path = format!("/requests/{id}/withdraw");
    let withdrawn = ok(
        &court,
        &court.judge.session,
        M::POST,
        &path,
        Some(withdraw.clone()),
    )
    .await;
    assert_eq!(
        (&withdrawn["state"], &withdrawn["opens"]),
        (&json!("withdrawn"), &json!(false))
    );
    problem(&court, &court.judge.session, &path, withdraw, 409, "not_released").await;
    assert_eq!(status_of(&court, &format!("{base}/bundle.tar")).await, 404);
    problem(
        &court,
        &counsel.session,
        &format!("/requests/{id}/open"),
        json!(null),
        410,
        "release_over",
    )
    .await;

    let chain = chain(&court, recording).await;
    let acts: Vec<&str> = chain.iter().map(|(act, ..)| act.as_str()).collect();
    let exported = ["exported begun", "exported completed"];
    let mut expected = vec!["media_requested begun", "media_requested completed"];
    expected.extend(["released begun", "released completed", "viewed ", "viewed "]);
    for _ in 0..2 {
        expected.extend(exported);
        expected.push("played ");
    }
    expected.extend([
        "viewed ",
        "release_withdrawn begun",
        "release_withdrawn completed",
    ]);
    let (mut acts, mut wanted) = (acts, expected);
    // The end of an export is entered by whoever writes it, when it is written.
    acts.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(acts, wanted);
    let of = |act: &str| chain.iter().find(|(a, ..)| a == act).unwrap();
    let (_, by, detail) = of("released begun");
    assert!(by.starts_with("Nilufar Karimova"), "{by}");
    assert_eq!(
        (&detail["request"], &detail["to"]),
        (&json!("1"), &json!("Elena Sokolova"))
    );
    assert!(detail["expires_at"].is_string() && detail["reason_sha256"].is_string());
    assert!(
        !chain
            .iter()
            .any(|(.., detail)| detail.to_string().contains("appeal")),
        "reasons are not handed out"
    );
    let (_, by, detail) = of("played ");
    assert_eq!(by, "Elena Sokolova (by the link of request 1)");
    assert_eq!(
        (&detail["from_ms"], &detail["to_ms"]),
        (&json!("0"), &json!("400"))
    );
}

/// Whoever fetches a bundle while the release is withdrawn gets no more of it.
#[tokio::test]
async fn a_withdrawal_cuts_off_what_is_being_fetched() {
    let court = Court::open().await;
    // Far more than what lies in the buffers on the way.
    let recording = sealed(&court, 64 << 20).await;
    let body = json!({"form": "bundle", "reason": "Rogatory letter 12", "released_to": "Court of Tallinn"});
    let path = format!("/recordings/{recording}/requests");
    let request = ok(&court, &court.staff, M::POST, &path, Some(body)).await;
    let id = request["id"].as_str().unwrap();
    let base = opened(&court, &granted(&court, id).await).await;
    let mut fetched = court
        .ask(M::GET, &format!("{base}/bundle.tar"))
        .send()
        .await
        .unwrap();
    assert!(fetched.chunk().await.unwrap().is_some());
    let withdraw = Some(json!({"reason": "Sent to the wrong court"}));
    ok(
        &court,
        &court.judge.session,
        M::POST,
        &format!("/requests/{id}/withdraw"),
        withdraw,
    )
    .await;
    let mut bytes = 0;
    let end = loop {
        match fetched.chunk().await {
            Ok(Some(piece)) => bytes += piece.len(),
            Ok(None) => break Ok(()),
            Err(why) => break Err(why),
        }
    };
    assert!(end.is_err() && bytes < 64 << 20, "{bytes} bytes, {end:?}");
}

#[tokio::test]
async fn a_release_that_has_expired_opens_nothing() {
    let court = Court::open().await;
    let recording = sealed(&court, 0).await;
    let counsel = court.invite("Elena Sokolova", Role::DefenceCounsel).await;
    let request = asked(&court, &counsel, recording, "bundle").await;
    let id = request["id"].as_str().unwrap();
    let row = court
        .app
        .store
        .media_request(id.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let decided = Decided {
        by: "N. Karimova (judge)".into(),
        reason: "Counsel of record".into(),
        at: now_ms() - 2,
    };
    let secret = oyer::http::fresh_secret::<16>().unwrap();
    let evidence = &court.app.evidence;
    evidence
        .release(&row, &decided, now_ms() - 1, &secret.hash)
        .await
        .unwrap();
    problem(
        &court,
        "",
        "/releases/open",
        json!({ "secret": secret.text }),
        410,
        "release_over",
    )
    .await;
    problem(
        &court,
        &counsel.session,
        &format!("/requests/{id}/open"),
        json!(null),
        410,
        "release_over",
    )
    .await;
}

#[tokio::test]
async fn a_request_says_for_whom_and_why_and_too_many_wait_for_nobody() {
    let court = Court::open().await;
    let recording = sealed(&court, 0).await;
    let counsel = court.invite("Elena Sokolova", Role::DefenceCounsel).await;
    let path = format!("/recordings/{recording}/requests");
    let body =
        |reason: &str, to: Option<&str>| json!({"form": "bundle", "reason": reason, "released_to": to});
    for (who, body) in [
        (&counsel.session, body(" ", None)),
        (&counsel.session, body("For a friend", Some("A friend"))),
        (&court.staff, body("By letter", None)),
    ] {
        problem(&court, who, &path, body, 400, "bad_request").await;
    }
    for _ in 0..5 {
        asked(&court, &counsel, recording, "bundle").await;
    }
    problem(
        &court,
        &counsel.session,
        &path,
        body("Once more", None),
        409,
        "busy",
    )
    .await;
    let first = &ok(&court, &court.staff, M::GET, &path, None).await[4];
    let refuse = json!({"reason": "Not a party"});
    let refused = format!("/requests/{}/refuse", first["id"].as_str().unwrap());
    let answer = ok(&court, &court.staff, M::POST, &refused, Some(refuse)).await;
    assert_eq!(
        (&answer["state"], &answer["number"]),
        (&json!("refused"), &json!(1))
    );
    asked(&court, &counsel, recording, "bundle").await;
}
