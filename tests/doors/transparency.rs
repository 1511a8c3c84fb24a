//! The transparency log as it is served to everybody, and receipts to those who take part.

use super::courthouse::Court;
use oyer::seal::digest::Digest;
use oyer::seal::fragments::{Fragment, HEADER, link};
use oyer::seal::tlog::{Checkpoint, Leaf, Receipt};
use reqwest::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;

impl Court {
    async fn receipts(&self, session: &str) -> (u16, Value) {
        let path = format!("/api/v1/hearings/{}/receipts", self.hearing);
        let asked = self.ask(Method::GET, &path).bearer_auth(session);
        let answer = asked.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn status(&self, path: &str) -> u16 {
        self.ask(Method::GET, path)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }
}

/// Through the check: the court into the room, everybody else into the waiting room.
async fn enter(court: &Court, session: &str) {
    court.act(session, json!({"act": "check_equipment"})).await;
    court
        .act(session, json!({"act": "finish_check", "passed": true}))
        .await;
}

#[tokio::test]
async fn receipts_are_for_those_in_the_rooms_and_the_log_is_for_everybody() {
    let court = Court::open().await;
    let (judge, witness) = (&court.judge.session, &court.witness.session);
    let evidence = &court.app.evidence;
    assert_eq!(court.status("/log/checkpoint").await, 404);
    assert_eq!(court.status("/log/tile/0/000.p/1").await, 404);
    for act in ["open", "begin"] {
        court.act(judge, json!({ "act": act })).await;
    }
    assert_eq!(
        court.receipts(judge).await,
        (200, json!([])),
        "not in the room yet"
    );
    enter(&court, judge).await;
    assert_eq!(
        court.receipts(judge).await,
        (200, json!([])),
        "nothing was recorded"
    );

    let now = OffsetDateTime::now_utc();
    let (recording, dir) = evidence.begin_recording(court.hearing, now).await.unwrap();
    std::fs::create_dir_all(&dir).unwrap();
    let sha256 = Digest::of(b"sound");
    let fragment = Fragment {
        seq: 0,
        file: "segment-001/judge-1-microphone.webm".into(),
        offset: 0,
        bytes: 5,
        sha256,
        chain: link(&Digest::ZERO, &sha256),
    };
    std::fs::write(dir.join("fragments.tsv"), format!("{HEADER}\n{fragment}\n")).unwrap();
    assert_eq!(evidence.log_pass().await.heads, 1);

    let (status, receipts) = court.receipts(judge).await;
    assert_eq!((status, receipts.as_array().unwrap().len()), (200, 1));
    assert_eq!(receipts[0]["recording"], recording.to_string());
    let receipt = Receipt::parse(receipts[0]["text"].as_str().unwrap().as_bytes()).unwrap();
    assert_eq!((receipt.recording, receipt.head), (recording.0, fragment.chain));
    receipt.proof.check(receipt.leaf().hash()).unwrap();

    // Whoever waits was shown nothing; the witness who is called is.
    enter(&court, witness).await;
    assert_eq!(court.receipts(witness).await, (200, json!([])));
    court
        .act(judge, json!({"act": "call", "participant": court.witness.id}))
        .await;
    assert_eq!(court.receipts(witness).await.1, receipts);
    court
        .act(
            judge,
            json!({"act": "remove", "participant": court.witness.id, "reason": "a test"}),
        )
        .await;
    assert_eq!(court.receipts(witness).await.0, 403);

    // Without a session, as a monitor does.
    let head = court.ask(Method::GET, "/log/checkpoint").send().await.unwrap();
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(head.headers()["cache-control"], "no-store");
    let head = Checkpoint::parse(head.text().await.unwrap().as_bytes()).unwrap();
    head.check(&evidence.log_key().await.unwrap()).unwrap();
    assert_eq!(head.size(), 1);
    let tile = court
        .ask(Method::GET, "/log/tile/0/000.p/1")
        .send()
        .await
        .unwrap();
    assert_eq!(tile.headers()["content-type"], "application/octet-stream");
    assert_eq!(tile.bytes().await.unwrap(), receipt.leaf().hash().0[..]);
    let entries = court
        .ask(Method::GET, "/log/tile/entries/000.p/1")
        .send()
        .await
        .unwrap();
    let leaf = Leaf::Fragments {
        recording: recording.0,
        head: fragment.chain,
    };
    assert_eq!(entries.bytes().await.unwrap()[2..], leaf.entry());
    for path in [
        "/log/tile/0/000",
        "/log/tile/0/000.p/2",
        "/log/tile/1/000.p/1",
        "/log/tile/entries/000.p/01",
        "/log/tile/..%2f..%2f..%2fkeys%2flog.skey",
        "/log/tile/%00",
    ] {
        assert_eq!(court.status(path).await, 404, "{path}");
    }
}
