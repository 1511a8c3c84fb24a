//! How much one person, or one address, may ask for.

use super::courthouse::{Court, is_problem};
use futures_util::{SinkExt, StreamExt};
use oyer::court::id::{CaseId, RecordingId};
use oyer::court::state::RecordingState;
use oyer::http::TrustedProxies;
use oyer::store::NewCase;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Far above any limit here; a test that needs more found none.
const ENOUGH: usize = 2000;

fn refused(answer: &Response) -> bool {
    answer.status() == 429
}

/// A refusal says when to come back, in the header and in words.
async fn says_when(answer: Response, what: &str) {
    let seconds: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{what}: {seconds} s");
    let detail = is_problem(answer, 429, "too_many_requests", what).await;
    assert!(detail.contains(&format!("{seconds} s")), "{what}: {detail}");
}

#[tokio::test]
async fn a_participant_has_one_budget_for_every_door() {
    let court = Court::open().await;
    let hearing = court.hearing;
    let judge = |method: Method, path: &str| {
        let path = format!("/api/v1/hearings/{hearing}{path}");
        court.ask(method, &path).bearer_auth(&court.judge.session)
    };
    let act = || judge(Method::POST, "/acts").json(&json!({"act": "raise_hand", "up": true}));
    let mut done = 0;
    let first_refusal = loop {
        let answer = act().send().await.unwrap();
        if refused(&answer) {
            break answer;
        }
        assert!(
            answer.status().is_success() || answer.status() == 403,
            "{answer:?}"
        );
        done += 1;
        assert!(done < ENOUGH, "no limit");
    };
    assert!(done >= 40, "a page does not come near the limit: {done}");
    says_when(first_refusal, "acts").await;

    // The budget is spent for media and for reading as well. It fills while we ask, so each is asked until refused.
    let session = uuid::Uuid::now_v7();
    let sdp =
        |request: reqwest::RequestBuilder| request.header("content-type", "application/sdp").body("v=0");
    for (what, request) in [
        ("WHIP", sdp(judge(Method::POST, "/whip"))),
        ("WHEP", sdp(judge(Method::POST, "/whep"))),
        ("PATCH", judge(Method::PATCH, &format!("/whip/{session}"))),
        ("DELETE", judge(Method::DELETE, &format!("/whep/{session}"))),
        ("state", judge(Method::GET, "/state")),
    ] {
        let mut asked = 0;
        let refusal = loop {
            let answer = request.try_clone().unwrap().send().await.unwrap();
            if refused(&answer) {
                break answer;
            }
            asked += 1;
            assert!(asked < ENOUGH, "no limit for {what}");
        };
        says_when(refusal, what).await;
    }

    // Another's budget is another's.
    let witness = court
        .ask(Method::GET, "/api/v1/me")
        .bearer_auth(&court.witness.session)
        .send()
        .await
        .unwrap();
    assert_eq!(witness.status(), 200);
}

/// A new connection of the witness, and what it is told.
async fn says_hello(court: &Court) -> (Socket, Value) {
    let base = court.base.replacen("http", "ws", 1);
    let url = format!("{base}/api/v1/hearings/{}/ws", court.hearing);
    let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    let hello = json!({"type": "hello", "version": 1, "session": court.witness.session}).to_string();
    socket.send(Message::text(hello)).await.unwrap();
    loop {
        if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
            return (socket, serde_json::from_str(&text).unwrap());
        }
    }
}

/// The court log has a line of each, and a verifier reads all of it.
#[tokio::test]
async fn coming_and_going_is_bounded_more_narrowly() {
    let court = Court::open().await;
    let began = std::time::Instant::now();
    // Long enough that the budget for requests alone would let more in.
    let (mut welcomes, mut refused) = (0u64, 0);
    while began.elapsed().as_secs() < 4 {
        match says_hello(&court).await.1["type"].as_str().unwrap() {
            "welcome" => welcomes += 1,
            "bye" => refused += 1,
            other => panic!("{other} before a welcome"),
        }
    }
    let most = 60 + began.elapsed().as_secs() + 1;
    assert!(
        refused > 0 && (20..=most).contains(&welcomes),
        "{welcomes} of {most}"
    );
}

#[tokio::test]
async fn a_new_websocket_brings_no_new_budget() {
    let court = Court::open().await;
    let mut welcomes = 0;
    let reason = loop {
        let (mut socket, answer) = says_hello(&court).await;
        match answer["type"].as_str().unwrap() {
            "welcome" => welcomes += 1,
            "bye" => break answer["reason"].clone(),
            other => panic!("{other} before a welcome"),
        }
        // Each connection also says something, as a page does.
        for _ in 0..5 {
            let quality = json!({"type": "quality", "loss_per_mille": 0, "rtt_ms": 20}).to_string();
            socket.send(Message::text(quality)).await.unwrap();
        }
        assert!(welcomes < ENOUGH, "no limit");
    };
    assert_eq!(reason, "server_stops", "the client may come back later by itself");
    assert!(welcomes >= 5, "{welcomes}");
}

#[tokio::test]
async fn evidence_work_is_bounded_before_it_begins() {
    let court = Court::open().await;
    let recording = RecordingId(uuid::Uuid::now_v7());
    court
        .app
        .store
        .create_recording(recording, court.hearing, RecordingState::Attached, 1, None)
        .await
        .unwrap();
    let path = format!("/api/v1/recordings/{recording}/tickets");
    let ask = || court.ask(Method::POST, &path).bearer_auth(&court.staff).send();
    let mut tickets = 0;
    let refusal = loop {
        let answer = ask().await.unwrap();
        if refused(&answer) {
            break answer;
        }
        assert_eq!(answer.status(), 201);
        tickets += 1;
        assert!(tickets < ENOUGH, "no limit");
    };
    says_when(refusal, "tickets").await;
    let ledger = court.app.store.custody(recording).await.unwrap();
    assert_eq!(
        ledger.len(),
        tickets,
        "what was refused is not in the chain of custody"
    );
}

#[tokio::test]
async fn one_ticket_hands_out_no_bundles_without_end() {
    let court = Court::open().await;
    let recording = RecordingId(uuid::Uuid::now_v7());
    court
        .app
        .store
        .create_recording(recording, court.hearing, RecordingState::Attached, 1, None)
        .await
        .unwrap();
    let path = format!("/api/v1/recordings/{recording}/tickets");
    let ticket = court.ask(Method::POST, &path).bearer_auth(&court.staff).send();
    let ticket: Value = ticket.await.unwrap().json().await.unwrap();
    let bundle = format!("{}/bundle.tar", ticket["base"].as_str().unwrap());
    let mut fetched = 0;
    let refusal = loop {
        // There are no files behind it: of each there is an entry in the chain of custody that it begins, and one that it failed.
        let answer = court.ask(Method::GET, &bundle).send().await.unwrap();
        if refused(&answer) {
            break answer;
        }
        fetched += 1;
        assert!(fetched < 100, "no limit");
    };
    says_when(refusal, "bundles").await;
    assert!(fetched >= 10, "{fetched}");
    let ledger = court.app.store.custody(recording).await.unwrap();
    assert_eq!(
        ledger.len(),
        1 + 2 * fetched,
        "what was refused is not in the chain of custody"
    );
}

#[tokio::test]
async fn wrong_links_are_counted_and_right_ones_still_open() {
    let court = Court::open().await;
    for _ in 0..100 {
        let opened = court.redeem(&court.judge.secret).send().await.unwrap();
        if opened.status() != 200 {
            // A hundred sessions for one person are their own doing, and told as such.
            says_when(opened, "the same link, over and over").await;
            break;
        }
    }
    let mut wrong = 0;
    let refusal = loop {
        let answer = court.redeem("a-guess").send().await.unwrap();
        if refused(&answer) {
            break answer;
        }
        assert_eq!(answer.status(), 404);
        wrong += 1;
        assert!(wrong < ENOUGH, "no limit");
    };
    assert!(wrong >= 40, "{wrong}");
    says_when(refusal, "wrong links").await;
    let opened = court.redeem(&court.witness.secret).send().await.unwrap();
    assert_eq!(
        opened.status(),
        200,
        "a building behind one address is not locked out"
    );
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_is_counted_alone() {
    let untrusted = Court::open().await;
    let trusted = Court::behind(TrustedProxies::new(vec!["127.0.0.1".parse().unwrap()])).await;
    for (court, alone) in [(untrusted, false), (trusted, true)] {
        let guess = |from: &'static str| court.redeem("a-guess").header("x-forwarded-for", from).send();
        let mut wrong = 0;
        while !refused(&guess("1.1.1.1, 203.0.113.7").await.unwrap()) {
            wrong += 1;
            assert!(wrong < ENOUGH, "no limit");
        }
        // Who writes something into the header is who they were.
        let mut asked = 0;
        while !refused(&guess("2.2.2.2, 203.0.113.7").await.unwrap()) {
            asked += 1;
            assert!(asked < 10, "a client escaped by what it wrote itself");
        }
        let another = guess("203.0.113.8").await.unwrap();
        assert_eq!(refused(&another), !alone);
    }
}

#[tokio::test]
async fn cases_come_a_hundred_at_a_time_and_say_where_the_older_ones_are() {
    let court = Court::open().await;
    for n in 0..150 {
        let new = NewCase {
            id: CaseId(uuid::Uuid::now_v7()),
            reference: format!("2-{n}/2026"),
            title: "T".into(),
            created_at: n,
        };
        court.app.store.create_case(new).await.unwrap();
    }
    let mut path = "/api/v1/cases".to_owned();
    let mut seen = Vec::new();
    loop {
        let answer = court
            .ask(Method::GET, &path)
            .bearer_auth(&court.staff)
            .send()
            .await
            .unwrap();
        let next = answer
            .headers()
            .get("link")
            .map(|link| link.to_str().unwrap().to_owned());
        let cases: Vec<Value> = answer.json().await.unwrap();
        assert!(cases.len() <= 100);
        seen.extend(
            cases
                .iter()
                .map(|case| case["reference"].as_str().unwrap().to_owned()),
        );
        let Some(next) = next else { break };
        path = next
            .strip_prefix('<')
            .and_then(|next| next.strip_suffix(">; rel=\"next\""))
            .unwrap()
            .to_owned();
    }
    let newest_first: Vec<String> = (0..150).rev().map(|n| format!("2-{n}/2026")).collect();
    assert_eq!(seen[..150], newest_first);
    assert_eq!(seen.len(), 151, "and the court's first case");
    let wrong = court
        .ask(Method::GET, "/api/v1/cases?before=yesterday")
        .bearer_auth(&court.staff);
    is_problem(wrong.send().await.unwrap(), 400, "bad_request", "a wrong place").await;
}

#[tokio::test]
async fn staff_have_a_budget_too() {
    let court = Court::open().await;
    for _ in 0..ENOUGH {
        let answer = court
            .ask(Method::GET, "/api/v1/cases")
            .bearer_auth(&court.staff)
            .send()
            .await
            .unwrap();
        if refused(&answer) {
            return says_when(answer, "staff").await;
        }
    }
    panic!("no limit");
}
