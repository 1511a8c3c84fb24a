//! An order to redact binds the hearing: what it takes out of one recording is in the court log of the next one as well.

use crate::courthouse::{Court, Tape};
use crate::eventually;
use oyer::court::custody::ReleaseForm;
use oyer::court::id::{ParticipantId, RecordingId, RequestId};
use oyer::court::redaction::{RedactedInterval, RedactionKind};
use oyer::evidence::{AccessCopyStatus, HandedOut, RedactionFault};
use oyer::folder::FolderBundle;
use oyer::seal::custody::CustodyEntry;
use oyer::seal::ledger::{self, CourtLogEntry};
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{Outcome, Trust, verify};
use oyer::store::{Decided, NewMediaRequest, NewRedactionOrder, RedactionOrder};
use std::fs;
use time::OffsetDateTime;
use uuid::Uuid;

const SECRET: &str = "THE PROTECTED ADDRESS";
const LATER: i64 = 4_000_000_000_000;

fn decided() -> Decided {
    Decided {
        by: "N. Karimova (judge)".into(),
        reason: "To protect a person".into(),
        at: 5,
    }
}

/// A marker in the log of the hearing, at a moment of its first segment.
async fn marked(court: &Court, seq: u64, media_ms: u64) {
    let entry = CourtLogEntry {
        seq,
        at: "2026-11-23T09:30:10.000Z".parse().unwrap(),
        segment: Some(1),
        media_ms: Some(media_ms),
        kind: "marker".into(),
        by: None,
        about: None,
        text: Some(SECRET.into()),
    };
    let line = ledger::line(&entry).unwrap();
    let at = i64::try_from(seq).unwrap();
    let appended = court.store.append_log(court.hearing, at, 4, line.trim_end());
    appended.await.unwrap();
}

async fn begun(court: &Court, segment: u32) -> (RecordingId, Tape) {
    let now = OffsetDateTime::now_utc();
    let begun = court.evidence.begin_recording(court.hearing, now).await;
    let (recording, dir) = begun.unwrap();
    let mut tape = Tape::new(recording, &dir);
    tape.segment(segment, 2_000);
    let whose = [
        (court.judge, "judge-1", "red"),
        (court.witness, "witness-1", "blue"),
    ];
    for (of, name, colour) in whose.into_iter().take(if segment == 1 { 2 } else { 1 }) {
        tape.picture(segment, &format!("{name}-camera"), of, colour);
        tape.sound(segment, &format!("{name}-microphone"), of, 440);
    }
    (recording, tape)
}

/// A recording of that segment of the hearing, sealed. Of the witness there is something in the first alone.
async fn recorded(court: &Court, segment: u32) -> RecordingId {
    let (recording, tape) = begun(court, segment).await;
    court.evidence.seal(recording, tape.finish()).await.unwrap();
    recording
}

fn mute(of: ParticipantId) -> RedactedInterval {
    RedactedInterval {
        segment: 1,
        kind: RedactionKind::Mute,
        participant: Some(of),
        from_ms: 1_400,
        to_ms: 1_600,
    }
}

async fn order(
    court: &Court,
    recording: RecordingId,
    intervals: Vec<RedactedInterval>,
    log_entries: Vec<u64>,
) -> Result<RedactionOrder, RedactionFault> {
    let judge = court.store.participant(court.judge).await.unwrap().unwrap();
    let new = NewRedactionOrder {
        id: Uuid::now_v7(),
        recording,
        reference: "R-1".into(),
        intervals,
        log_entries,
        person: judge.person_id,
        ordered: decided(),
    };
    court.evidence.order_redaction(new).await.unwrap()
}

async fn made(court: &Court, recording: RecordingId) -> RecordingId {
    court
        .evidence
        .make_redacted_copy(recording, "Clerk")
        .await
        .unwrap();
    let found = eventually(async || {
        let found = court.evidence.redactions(recording).await.unwrap();
        (!matches!(found.making, AccessCopyStatus::Running { .. })).then_some(found)
    })
    .await;
    assert_eq!(found.making, AccessCopyStatus::Done);
    found.current.unwrap()
}

fn sealed_file(court: &Court, recording: RecordingId, name: &str) -> String {
    let payload = court
        .sealed_dir(recording)
        .join("data")
        .join(recording.to_string());
    fs::read_to_string(payload.join(name)).unwrap()
}

/// As a stranger's verifier finds its bundle.
async fn assert_verified(court: &Court, recording: RecordingId) {
    let bundle = court.folder.path().join(format!("bundle-{recording}"));
    let export = court.evidence.export_folder(recording, "Clerk", &bundle);
    export.await.unwrap();
    let trust = Trust::from_pem(&fs::read(court.root()).unwrap()).unwrap();
    let source = FolderBundle::open(&bundle).unwrap();
    let report = verify(&source, &trust, Timestamp::new(OffsetDateTime::now_utc()));
    let failures: Vec<_> = report.failures().collect();
    assert_eq!((report.outcome, failures), (Outcome::Proved, vec![]));
}

/// What the chain of custody of a recording says of orders about another one of its hearing.
async fn bound(court: &Court, recording: RecordingId) -> Vec<String> {
    let rows = court.store.custody(recording).await.unwrap();
    let entries = rows
        .iter()
        .map(|row| serde_json::from_str::<CustodyEntry>(&row.line).unwrap());
    let bound = entries.filter(|entry| entry.detail.contains_key("about"));
    let of = |entry: &CustodyEntry, member: &str| entry.detail[member].as_str().unwrap().to_owned();
    bound
        .map(|entry| {
            assert_eq!(of(&entry, "decided_by"), decided().by);
            let (act, order, about) = (entry.act.name(), of(&entry, "order"), of(&entry, "about"));
            format!(
                "{} {act} {order} {} of {about}",
                entry.by,
                of(&entry, "reference")
            )
        })
        .collect()
}

async fn handed_out(court: &Court, recording: RecordingId) -> HandedOut {
    court.evidence.handed_out(recording).await.unwrap()
}

fn withheld() -> HandedOut {
    HandedOut::Withheld {
        references: vec!["R-1".into()],
    }
}

#[tokio::test]
async fn what_is_taken_out_of_one_recording_is_not_handed_out_in_the_log_of_the_next() {
    let court = Court::new().await;
    marked(&court, 4, 1_500).await;
    let first = recorded(&court, 1).await;
    let second = recorded(&court, 2).await;
    assert!(sealed_file(&court, second, "court-log.jsonl").contains(SECRET));
    // Somebody has the second already, as a film.
    let asker = court.store.participant(court.witness).await.unwrap().unwrap();
    let asked = NewMediaRequest {
        id: RequestId(Uuid::now_v7()),
        recording: second,
        form: ReleaseForm::AccessCopy,
        person: asker.person_id,
        requested_by: "Clerk".into(),
        for_self: false,
        released_to: "Elena Sokolova".into(),
        reason: "To prepare".into(),
        requested_at: 4,
    };
    let request = court.evidence.request_media(&asked).await.unwrap();
    let by = decided();
    let release = court.evidence.release(&request, &by, LATER, &[7; 32]);
    let release = release.await.unwrap();
    let film = eventually(async || court.evidence.open_release_copy(&release).await.unwrap()).await;
    drop(film);
    assert_eq!(handed_out(&court, second).await, HandedOut::Original(second));

    let ordered = order(&court, first, vec![mute(court.witness)], Vec::new())
        .await
        .unwrap();
    assert_eq!(handed_out(&court, first).await, withheld());
    assert_eq!(handed_out(&court, second).await, withheld());
    let of_order = vec![format!("oyer redaction_ordered 1 R-1 of {first}")];
    assert_eq!(bound(&court, first).await, Vec::<String>::new());
    assert_eq!(bound(&court, second).await, of_order);
    let film = court.evidence.open_release_copy(&release).await.unwrap();
    assert!(film.is_none());
    let access = court.folder.path().join("access");
    assert!(
        !access
            .join(format!("release-{}-{second}.mp4", release.id))
            .exists()
    );
    // One that begins after the order is bound as well, from its beginning.
    let (third, tape) = begun(&court, 3).await;
    assert_eq!(handed_out(&court, third).await, withheld());
    assert_eq!(bound(&court, third).await, Vec::<String>::new());
    court.evidence.seal(third, tape.finish()).await.unwrap();
    assert_eq!(bound(&court, third).await, of_order);
    assert_eq!(handed_out(&court, third).await, withheld());

    let copy = made(&court, second).await;
    let redacted = HandedOut::Redacted {
        derivative: copy,
        references: vec!["R-1".into()],
    };
    assert_eq!(handed_out(&court, second).await, redacted);
    assert_eq!(handed_out(&court, third).await, withheld());
    assert_eq!(handed_out(&court, copy).await, HandedOut::Original(copy));
    assert!(!sealed_file(&court, copy, "court-log.jsonl").contains(SECRET));
    let says = sealed_file(&court, copy, "redaction.json");
    assert!(says.contains(&format!("\"about\": \"{first}\"")), "{says}");
    assert!(says.contains("\"log_entries_left_out\": \"1\""), "{says}");
    assert_verified(&court, copy).await;
    let listed = court.evidence.redactions(second).await.unwrap();
    assert_eq!(listed.orders, std::slice::from_ref(&ordered));

    let court = court.restarted().await;
    court.evidence.recover_all().await.unwrap();
    for recording in [second, third] {
        assert_eq!(bound(&court, recording).await, of_order, "each is entered once");
    }
    assert_eq!(handed_out(&court, second).await, redacted);
    assert_eq!(handed_out(&court, third).await, withheld());
    court.evidence.lift_redaction(&ordered, &decided()).await.unwrap();
    for recording in [first, second, third] {
        assert_eq!(
            handed_out(&court, recording).await,
            HandedOut::Original(recording)
        );
    }
    let and_lifted = [
        of_order[0].clone(),
        format!("oyer redaction_lifted 1 R-1 of {first}"),
    ];
    for recording in [second, third] {
        assert_eq!(bound(&court, recording).await, and_lifted);
        assert_verified(&court, recording).await;
    }
    // What is sealed after that was never bound.
    let fourth = recorded(&court, 4).await;
    assert_eq!(bound(&court, fourth).await, Vec::<String>::new());
}

/// The server stopped, or the database failed, between an order and what it binds.
#[tokio::test]
async fn what_an_order_binds_is_entered_at_the_next_start_where_it_could_not_be() {
    let court = Court::new().await;
    marked(&court, 4, 1_500).await;
    let first = recorded(&court, 1).await;
    let second = recorded(&court, 2).await;
    let url = format!("sqlite://{}/oyer.sqlite", court.folder.path().display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON custody WHEN NEW.line LIKE '%\"about\":%'
        BEGIN SELECT RAISE(ABORT, 'not now'); END";
    sqlx::query(refuse).execute(&pool).await.unwrap();
    order(&court, first, vec![mute(court.witness)], Vec::new())
        .await
        .unwrap();
    assert_eq!(
        handed_out(&court, second).await,
        withheld(),
        "it is in force all the same"
    );
    assert_eq!(bound(&court, second).await, Vec::<String>::new());
    sqlx::query("DROP TRIGGER refuse").execute(&pool).await.unwrap();
    pool.close().await;
    let court = court.restarted().await;
    court.evidence.recover_all().await.unwrap();
    assert_eq!(
        bound(&court, second).await,
        [format!("oyer redaction_ordered 1 R-1 of {first}")]
    );
    assert_verified(&court, second).await;
}

#[tokio::test]
async fn an_order_may_name_single_entries_of_the_court_log() {
    let court = Court::new().await;
    // Typed after the interval was over, and about it.
    marked(&court, 4, 1_990).await;
    let first = recorded(&court, 1).await;
    let second = recorded(&court, 2).await;
    for wrong in [vec![5], vec![4, 99], vec![0], (1..=101).collect()] {
        let refused = order(&court, first, Vec::new(), wrong).await;
        assert_eq!(refused, Err(RedactionFault::NoEntry));
    }
    assert!(matches!(
        order(&court, first, Vec::new(), Vec::new()).await,
        Err(RedactionFault::Interval(_))
    ));
    assert_eq!(handed_out(&court, first).await, HandedOut::Original(first));
    // That the record began stays in any copy, so this takes nothing out of the second.
    let frame = order(&court, first, Vec::new(), vec![1]).await.unwrap();
    assert_eq!(handed_out(&court, first).await, withheld());
    assert_eq!(handed_out(&court, second).await, HandedOut::Original(second));
    court.evidence.lift_redaction(&frame, &decided()).await.unwrap();

    let ordered = order(&court, first, Vec::new(), vec![4, 4]).await.unwrap();
    assert_eq!(ordered.log_entries, [4]);
    for recording in [first, second] {
        assert_eq!(handed_out(&court, recording).await, withheld());
        let copy = made(&court, recording).await;
        assert_eq!(handed_out(&court, recording).await.recording(), Some(copy));
        assert!(!sealed_file(&court, copy, "court-log.jsonl").contains(SECRET));
        assert_verified(&court, copy).await;
    }
}
