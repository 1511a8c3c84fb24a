//! Whoever may write to the database can neither shorten a chain of custody nor write it anew without that showing.

use crate::courthouse::Court;
use oyer::court::id::RecordingId;
use oyer::evidence::EvidenceError;
use oyer::seal::custody::{self, CustodyEntry, Head, NewEntry};
use oyer::seal::verify::{CheckCode, Outcome};
use std::fs;
use std::path::PathBuf;

async fn sealed(court: &Court) -> RecordingId {
    // A server has started: no chain is taken as it is any more.
    court.evidence.recover_all().await.unwrap();
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    recording
}

fn signed_end(court: &Court, recording: RecordingId) -> PathBuf {
    court.folder.path().join("custody").join(recording.to_string())
}

async fn in_database(court: &Court, statements: &[(&'static str, Vec<String>)]) {
    let url = format!("sqlite://{}/oyer.sqlite", court.folder.path().display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    for (statement, values) in statements {
        let query = values
            .iter()
            .fold(sqlx::query(*statement), |query, value| query.bind(value.clone()));
        query.execute(&pool).await.unwrap();
    }
    pool.close().await;
}

/// What the court finds, in each place where it looks or hands something out.
async fn assert_told(court: &Court, recording: RecordingId, why: &str) {
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Failed);
    let failed: Vec<_> = report.failures().collect();
    assert!(
        failed.len() == 1 && failed[0].check == CheckCode::Custody && failed[0].detail.contains(why),
        "{failed:?}"
    );
    let mut alarms = Vec::new();
    let scrubbed = court
        .evidence
        .scrub(None, |_, damaged| alarms.extend(damaged.map(|d| d.what.clone())));
    let scrubbed = scrubbed.await.unwrap();
    assert_eq!(scrubbed.damaged.len(), 1);
    assert!(alarms[0].len() == 1 && alarms[0][0].contains(why), "{alarms:?}");
    let to = court.folder.path().join("refused");
    match court.evidence.export_folder(recording, "Clerk", &to).await {
        Err(EvidenceError::Ledger(told)) => assert!(told.contains(why), "{told}"),
        other => panic!("{other:?}"),
    }
    assert!(!to.exists());
}

#[tokio::test]
async fn entries_that_were_taken_out_of_the_database_are_missed() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    court
        .evidence
        .note_viewed(recording, "X. (prosecutor)")
        .await
        .unwrap();
    court.evidence.note_viewed(recording, "Y. (clerk)").await.unwrap();
    assert_eq!(
        court.evidence.verify(recording, "Clerk").await.unwrap().outcome,
        Outcome::Proved
    );
    in_database(
        &court,
        &[
            ("DELETE FROM custody WHERE seq > 3", vec![]),
            ("UPDATE recordings SET custody_entries = 3", vec![]),
        ],
    )
    .await;
    // Entries 4 to 7: two views and a verification. What is entered from here on does not hide it.
    assert_told(&court, recording, "the court has signed").await;
    for _ in 0..6 {
        court.evidence.note_viewed(recording, "Y. (clerk)").await.unwrap();
    }
    assert_told(
        &court,
        recording,
        "its entry 7 is not the one that the court has signed",
    )
    .await;
    let court = court.restarted().await;
    court.evidence.recover_all().await.unwrap();
    assert_told(
        &court,
        recording,
        "its entry 7 is not the one that the court has signed",
    )
    .await;
}

#[tokio::test]
async fn a_chain_that_was_written_anew_is_noticed_with_the_next_entry_too() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    court
        .evidence
        .note_viewed(recording, "X. (prosecutor)")
        .await
        .unwrap();
    // As many entries, chained without a break: somebody else has viewed it.
    let rows = court.store.custody(recording).await.unwrap();
    let last: CustodyEntry = serde_json::from_str(&rows.last().unwrap().line).unwrap();
    let before = Head {
        seq: last.seq - 1,
        hash: last.prev,
    };
    let forged = NewEntry {
        at: last.at,
        act: last.act,
        by: "Z. (clerk)",
        detail: last.detail,
    };
    let (line, _) = custody::append(before, &forged).unwrap();
    let line = line.trim_end().to_owned();
    let (seq, all) = (last.seq.to_string(), rows.len());
    let change = "UPDATE custody SET line = $1 WHERE seq = CAST($2 AS INTEGER)";
    in_database(&court, &[(change, vec![line, seq])]).await;
    let why = format!("its entry {all} is not the one that the court has signed");
    court.evidence.note_viewed(recording, "Y. (clerk)").await.unwrap();
    assert_told(&court, recording, &why).await;
}

#[tokio::test]
async fn a_signed_end_that_is_gone_or_of_another_is_noticed() {
    let court = Court::new().await;
    let (one, other) = (sealed(&court).await, sealed(&court).await);
    let [ours, theirs] = [one, other].map(|recording| signed_end(&court, recording));
    let kept = fs::read(&ours).unwrap();
    fs::write(&ours, fs::read(&theirs).unwrap()).unwrap();
    let report = court.evidence.verify(one, "Clerk").await.unwrap();
    assert!(
        report
            .failures()
            .any(|check| check.detail.contains("cannot be read")),
        "{report:?}"
    );
    // The numbers and hash of another entry, under the signature of this one.
    let text = String::from_utf8(kept.clone()).unwrap();
    fs::write(&ours, text.replacen("\n3\n", "\n2\n", 1)).unwrap();
    let report = court.evidence.verify(one, "Clerk").await.unwrap();
    assert!(
        report
            .failures()
            .any(|check| check.detail.contains("does not hold")),
        "{report:?}"
    );
    fs::write(&ours, &kept).unwrap();
    assert_eq!(
        court.evidence.verify(one, "Clerk").await.unwrap().outcome,
        Outcome::Proved
    );
    fs::remove_file(&ours).unwrap();
    court.evidence.note_viewed(one, "Y. (clerk)").await.unwrap();
    assert_eq!(
        court.evidence.verify(other, "Clerk").await.unwrap().outcome,
        Outcome::Proved
    );
    let report = court.evidence.verify(one, "Clerk").await.unwrap();
    assert!(
        report.failures().any(|check| check.detail.contains("is missing")),
        "{report:?}"
    );
}

#[tokio::test]
async fn an_entry_that_could_not_be_signed_is_signed_later() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    let (folder, away) = (
        court.folder.path().join("custody"),
        court.folder.path().join("away"),
    );
    fs::rename(&folder, &away).unwrap();
    court.evidence.note_viewed(recording, "Y. (clerk)").await.unwrap();
    fs::rename(&away, &folder).unwrap();
    let end = || fs::read_to_string(signed_end(&court, recording)).unwrap();
    assert_eq!(end().lines().nth(2), Some("3"));
    court.evidence.note_viewed(recording, "Y. (clerk)").await.unwrap();
    assert_eq!(end().lines().nth(2), Some("5"));
    assert_eq!(
        court.evidence.verify(recording, "Clerk").await.unwrap().outcome,
        Outcome::Proved
    );
}

#[tokio::test]
async fn chains_of_an_earlier_version_are_signed_as_they_are_once() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    fs::remove_dir_all(court.folder.path().join("custody")).unwrap();
    let court = court.restarted().await;
    court.evidence.recover_all().await.unwrap();
    let end = signed_end(&court, recording);
    assert_eq!(fs::read_to_string(&end).unwrap().lines().nth(2), Some("3"));
    assert_eq!(
        court.evidence.verify(recording, "Clerk").await.unwrap().outcome,
        Outcome::Proved
    );
    // Once: from now on one that is missing is missed.
    fs::remove_file(&end).unwrap();
    let court = court.restarted().await;
    court.evidence.recover_all().await.unwrap();
    assert!(!end.exists());
    assert_eq!(
        court.evidence.verify(recording, "Clerk").await.unwrap().outcome,
        Outcome::Failed
    );
}
