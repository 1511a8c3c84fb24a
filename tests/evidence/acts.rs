//! Each act that is begun gets its outcome in the chain of custody: when it is refused, fails, breaks off, or the server stops.

use crate::courthouse::Court;
use crate::{custody_acts, eventually};
use futures_util::poll;
use oyer::court::id::RecordingId;
use oyer::evidence::EvidenceError;
use oyer::seal::custody::{self, CustodyAct, CustodyEntry, Head, NewEntry};
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::Outcome;
use oyer::store::ActEnd;
use serde_json::{Value, json};
use std::fs;
use time::OffsetDateTime;

async fn sealed(court: &Court) -> RecordingId {
    court.evidence.recover_all().await.unwrap();
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    recording
}

async fn entries(court: &Court, recording: RecordingId) -> Vec<CustodyEntry> {
    let rows = court.store.custody(recording).await.unwrap();
    let entries = rows.iter().map(|row| serde_json::from_str(&row.line));
    entries.collect::<Result<_, _>>().unwrap()
}

fn said<'a>(entry: &'a CustodyEntry, member: &str) -> &'a str {
    entry
        .detail
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The last entry, which ends the act that the one before opened.
async fn outcome(court: &Court, recording: RecordingId) -> CustodyEntry {
    let mut found = entries(court, recording).await;
    let (last, opened) = (found.pop().unwrap(), found.pop().unwrap());
    assert_eq!(
        (said(&opened, "stage"), said(&last, "stage")),
        ("begun", "completed")
    );
    assert_eq!(said(&last, "begun"), opened.seq.to_string());
    assert!(court.store.open_acts().await.unwrap().is_empty());
    last
}

#[tokio::test]
async fn an_export_that_is_refused_or_fails_while_it_is_put_together_says_so() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    let signature = court.sealed_dir(recording).join("seal/manifest-sha256.txt.p7s");
    let end = court.folder.path().join("custody").join(recording.to_string());
    let to = court.folder.path().join("handed-out");
    crate::courthouse::tool(court.folder.path(), "chmod", &["-R", "u+w", "objects"]).unwrap();
    // Its own form of an end, signed by nobody.
    for (file, content, why) in [
        (&signature, None, "a file could not be read or written"),
        (&end, Some("not an end"), "the chain of custody was changed"),
    ] {
        let kept = fs::read(file).unwrap();
        match content {
            None => fs::remove_file(file).unwrap(),
            Some(content) => fs::write(file, content).unwrap(),
        }
        for form in ["folder", "tar"] {
            let exported = match form {
                "folder" => court.evidence.export_folder(recording, "Clerk", &to).await,
                _ => court.evidence.export_tar(recording, "Clerk").await.map(drop),
            };
            assert!(exported.is_err(), "{form}");
            let last = outcome(&court, recording).await;
            assert_eq!((last.act, last.by.as_str()), (CustodyAct::Exported, "Clerk"));
            assert_eq!(last.detail.get("ok"), Some(&json!(false)));
            assert!(said(&last, "why").contains(why), "{form}: {last:?}");
        }
        fs::write(file, kept).unwrap();
    }
    assert!(!to.exists());
}

#[tokio::test]
async fn whoever_goes_away_in_the_middle_has_as_many_bytes_as_the_chain_says() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    for pieces_taken in [0, 1, 2] {
        let mut pieces = court.evidence.export_tar(recording, "Clerk").await.unwrap();
        let mut bytes = 0;
        for _ in 0..pieces_taken {
            bytes += pieces.recv().await.unwrap().unwrap().len();
        }
        drop(pieces);
        eventually(async || court.store.open_acts().await.unwrap().is_empty().then_some(())).await;
        let last = outcome(&court, recording).await;
        assert_eq!(last.detail.get("ok"), Some(&json!(false)));
        assert_eq!(said(&last, "why"), format!("broken off, {bytes} bytes sent"));
    }
    // All that waits for whoever reads is not handed out before they have it.
    let mut pieces = court.evidence.export_tar(recording, "Clerk").await.unwrap();
    while let Some(piece) = pieces.recv().await {
        piece.unwrap();
    }
    eventually(async || court.store.open_acts().await.unwrap().is_empty().then_some(())).await;
    let last = outcome(&court, recording).await;
    assert_eq!(
        (last.detail.get("ok"), said(&last, "why")),
        (Some(&json!(true)), "")
    );
}

/// Whoever asked hangs up at each moment at which that can be: the request is dropped after so many steps.
#[tokio::test]
async fn whoever_hangs_up_at_any_moment_leaves_no_act_without_an_outcome() {
    const STEPS_MAX: usize = 10_000;
    let court = Court::new().await;
    let recording = sealed(&court).await;
    let mut ended = false;
    for steps in 0..STEPS_MAX {
        let mut asking = Box::pin(court.evidence.export_tar(recording, "Clerk"));
        for _ in 0..steps {
            ended = poll!(&mut asking).is_ready();
            if ended {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        drop(asking);
        if ended {
            break;
        }
    }
    assert!(ended, "it comes to its end when nobody hangs up");
    // What was on its way when it was dropped comes to its end as well.
    let acts = eventually(async || {
        let acts = custody_acts(&court, recording).await;
        let count = |end: &str| acts.iter().filter(|act| act.starts_with(end)).count();
        let (begun, completed) = (count("exported begun"), count("exported completed ok=false"));
        let is_all = begun > 0 && begun == completed;
        (is_all && court.store.open_acts().await.unwrap().is_empty()).then_some(acts)
    });
    acts.await;
    let found = entries(&court, recording).await;
    let broken_off = found
        .iter()
        .filter(|entry| said(entry, "why") == "broken off, 0 bytes sent");
    assert!(broken_off.count() >= 1);
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
}

async fn begun(court: &Court, recording: RecordingId, act: CustodyAct) -> u64 {
    let entry = NewEntry {
        at: Timestamp::new(OffsetDateTime::now_utc()),
        act,
        by: "N. Karimova (judge)",
        detail: json!({"stage": "begun"}).as_object().unwrap().clone(),
    };
    let opened = court
        .store
        .append_custody_end(recording, ActEnd::Opens, |_, last| {
            let last: CustodyEntry = serde_json::from_str(last.unwrap()).unwrap();
            let head = Head {
                seq: last.seq,
                hash: last.hash,
            };
            let (line, _) = custody::append(head, &entry).unwrap();
            Ok(line.trim_end().to_owned())
        });
    opened.await.unwrap().seq
}

#[tokio::test]
async fn what_a_stop_left_open_is_entered_as_unknown_at_the_next_start_and_once() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    let mut left = Vec::new();
    for act in [
        CustodyAct::Exported,
        CustodyAct::Released,
        CustodyAct::Verified,
        CustodyAct::AccessCopy,
        CustodyAct::Disposed,
        CustodyAct::Enclosed,
    ] {
        left.push((act, begun(&court, recording, act).await));
    }
    let court = court.restarted().await;
    for _ in 0..2 {
        court.evidence.recover_all().await.unwrap();
        let found = entries(&court, recording).await;
        let settled: Vec<_> = found
            .iter()
            .filter(|entry| said(entry, "outcome") == "unknown")
            .collect();
        assert_eq!(settled.len(), left.len(), "{found:?}");
        for (entry, (act, seq)) in settled.into_iter().zip(&left) {
            assert_eq!((entry.act, entry.by.as_str()), (*act, "oyer"));
            assert_eq!(said(entry, "begun"), seq.to_string());
            assert_eq!(said(entry, "why"), "outcome unknown: the server stopped");
            assert!(!entry.detail.contains_key("ok") && !entry.detail.contains_key("holds"));
        }
        assert!(court.store.open_acts().await.unwrap().is_empty());
    }
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
}

#[tokio::test]
async fn an_outcome_that_the_database_does_not_take_is_entered_when_it_does() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    let url = format!("sqlite://{}/oyer.sqlite", court.folder.path().display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    let refuse =
        "CREATE TRIGGER refuse BEFORE INSERT ON custody WHEN NEW.line LIKE '%\"stage\":\"completed\"%'
        BEGIN SELECT RAISE(ABORT, 'not now'); END";
    sqlx::query(refuse).execute(&pool).await.unwrap();
    let to = court.folder.path().join("handed-out");
    let exported = court.evidence.export_folder(recording, "Clerk", &to).await;
    assert!(matches!(exported, Err(EvidenceError::Store(_))), "{exported:?}");
    assert_eq!(court.store.open_acts().await.unwrap().len(), 1);
    sqlx::query("DROP TRIGGER refuse").execute(&pool).await.unwrap();
    pool.close().await;
    eventually(async || court.store.open_acts().await.unwrap().is_empty().then_some(())).await;
    // It was handed out: that, and not what came after, is the outcome.
    assert_eq!(
        outcome(&court, recording).await.detail.get("ok"),
        Some(&json!(true))
    );
}
