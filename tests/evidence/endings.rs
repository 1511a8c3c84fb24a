//! What is destroyed is gone: by the rule in force, with every film of it, and without a new key for what is not there any more.

use crate::courthouse::Court;
use crate::disposal::{approved, assert_proved, certificate, second_person, verified};
use crate::{custody_acts, enclosed};
use oyer::court::custody::{RetentionClass, RetentionPolicy};
use oyer::court::id::{PersonId, RecordingId};
use oyer::evidence::{AccessCopyStatus, EvidenceError};
use oyer::seal::verify::CheckCode;
use oyer::store::{Decided, NewDisposal, Retention, StoreError};
use std::fs;
use time::OffsetDateTime;
use uuid::Uuid;

const DAY_MS: i64 = 24 * 3600 * 1000;

fn now_ms() -> i64 {
    i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap()
}

fn decided() -> Decided {
    Decided {
        by: "O. Rahmonov (clerk)".into(),
        reason: "Its time is over".into(),
        at: now_ms(),
    }
}

async fn kept_by(court: &Court, class: RetentionClass, sentence_months: Option<u32>) {
    let retention = Retention {
        case: court.case,
        class,
        decided_on: (now_ms() / DAY_MS - 400) * DAY_MS,
        sentence_months,
        set_by: "Clerk".into(),
        set_at: now_ms(),
    };
    court.evidence.set_retention(&retention).await.unwrap();
}

/// A proposal as it is worked out by the rule of this moment.
async fn worked_out(court: &Court, recording: RecordingId) -> NewDisposal {
    let kept = court.evidence.kept_by(court.case).await.unwrap().unwrap();
    let judge = court.store.participant(court.judge).await.unwrap().unwrap();
    NewDisposal {
        id: Uuid::now_v7(),
        case: court.case,
        recording,
        rule: serde_json::to_string(&kept.rule).unwrap(),
        due_at: kept.due_at,
        person: judge.person_id,
        proposed: Decided {
            by: "N. Karimova (judge)".into(),
            ..decided()
        },
    }
}

async fn sealed(court: &Court) -> RecordingId {
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    recording
}

fn is_conflict<T: std::fmt::Debug>(result: Result<T, EvidenceError>) {
    assert!(
        matches!(result, Err(EvidenceError::Store(StoreError::Conflict(_)))),
        "{result:?}"
    );
}

#[tokio::test]
async fn nothing_is_destroyed_by_a_rule_that_was_replaced_after_it_was_worked_out() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    kept_by(&court, RetentionClass::Acquittal, None).await;
    let new = worked_out(&court, recording).await;
    kept_by(&court, RetentionClass::Custodial, Some(240)).await;
    is_conflict(court.evidence.propose_disposal(&new).await);
    assert!(court.sealed_dir(recording).exists());
    assert!(court.store.disposal(new.id).await.unwrap().is_none());

    // The figures of the configuration are others since the server was started anew.
    let court = Court::new().await;
    let (recording, id) = approved(&court).await;
    let court = court.restarted().await;
    court.evidence.set_retention_policy(RetentionPolicy {
        acquittal_years: 30,
        ..RetentionPolicy::default()
    });
    is_conflict(court.evidence.carry_out_disposal(id, "Clerk").await);
    assert!(court.sealed_dir(recording).exists());
}

#[tokio::test]
async fn what_was_turned_down_or_refused_is_no_approval() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    kept_by(&court, RetentionClass::Acquittal, None).await;
    let second: PersonId = second_person(&court).await;
    let turned_down = worked_out(&court, recording).await;
    court.evidence.propose_disposal(&turned_down).await.unwrap();
    let of = court.store.disposal(turned_down.id).await.unwrap().unwrap();
    let no = decided();
    let decide = court.evidence.decide_disposal(&of, second, &no, false);
    decide.await.unwrap();
    let new = worked_out(&court, recording).await;
    court.evidence.propose_disposal(&new).await.unwrap();
    let of = court.store.disposal(new.id).await.unwrap().unwrap();
    // While a hold is in force the approval is refused.
    let hold = Uuid::now_v7();
    court.evidence.hold(hold, court.case, &decided()).await.unwrap();
    is_conflict(
        court
            .evidence
            .decide_disposal(&of, second, &decided(), true)
            .await,
    );
    court
        .evidence
        .lift_hold(hold, court.case, &decided())
        .await
        .unwrap();
    // Approved behind the back of the chain of custody.
    court
        .store
        .approve_disposal(new.id, second, &decided())
        .await
        .unwrap();
    court.evidence.carry_out_disposal(new.id, "Clerk").await.unwrap();
    let report = verified(&court, &certificate(&court, recording).await);
    let failed: Vec<_> = report.failures().map(|c| (c.check, c.detail.as_str())).collect();
    assert_eq!(failed, [(CheckCode::Custody, "it lacks the approval")]);
}

#[tokio::test]
async fn no_film_and_no_workshop_outlives_the_recording() {
    let court = Court::new().await;
    let (recording, id) = approved(&court).await;
    let access = court.folder.path().join("access");
    // What a copy left of which the end could not be entered.
    let workshop = access.join(format!("{recording}.partial"));
    fs::create_dir(&workshop).unwrap();
    fs::write(workshop.join("segment-001.mp4"), "what was seen").unwrap();
    court.evidence.carry_out_disposal(id, "Clerk").await.unwrap();
    assert_eq!(fs::read_dir(&access).unwrap().count(), 0);
    assert_proved(&verified(&court, &certificate(&court, recording).await));

    // One is being made: it is ended before the destruction goes on, and comes to nothing.
    let court = Court::new().await;
    let (recording, id) = approved(&court).await;
    let started = court.evidence.start_access_copy(recording, "Clerk").await;
    assert!(matches!(started, Ok(AccessCopyStatus::Running { .. })));
    court.evidence.carry_out_disposal(id, "Clerk").await.unwrap();
    let left = court.evidence.access_copy(recording);
    assert!(!matches!(left, AccessCopyStatus::Running { .. }), "{left:?}");
    let access = court.folder.path().join("access");
    assert_eq!(fs::read_dir(&access).unwrap().count(), 0);
    let acts = custody_acts(&court, recording).await;
    let at = |what: &str| acts.iter().position(|act| act == what).unwrap();
    assert!(
        at("access_copy completed ok=false") < at("disposed completed ok=true"),
        "{acts:?}"
    );
}

#[tokio::test]
async fn a_film_that_is_finished_while_the_recording_is_destroyed_does_not_stay() {
    let court = Court::new().await;
    let (recording, id) = approved(&court).await;
    court.store.begin_disposal(id, now_ms()).await.unwrap();
    // None is begun any more.
    let refused = court.evidence.start_access_copy(recording, "Clerk").await;
    assert!(matches!(refused, Err(EvidenceError::Disposed(_))), "{refused:?}");
    // One that had been asked for before, and is gone on with after a start.
    let access = court.folder.path().join("access");
    let workshop = access.join(format!("{recording}.partial"));
    fs::create_dir(&workshop).unwrap();
    fs::write(workshop.join("asked.json"), r#"{"by":"Clerk","begun":1}"#).unwrap();
    fs::write(access.join(format!("{recording}.mp4")), "made before the stop").unwrap();
    court.evidence.recover_all().await.unwrap();
    crate::eventually(async || {
        let running = matches!(
            court.evidence.access_copy(recording),
            AccessCopyStatus::Running { .. }
        );
        (!running).then_some(())
    })
    .await;
    assert_eq!(fs::read_dir(&access).unwrap().count(), 0);
}

#[tokio::test]
async fn what_is_being_destroyed_gets_no_key_and_leaves_nothing_half_encrypted() {
    let court = Court::new().await;
    let (recording, id) = approved(&court).await;
    enclosed::use_vault(&court);
    court.store.begin_disposal(id, now_ms()).await.unwrap();
    assert_eq!(court.evidence.enclose_waiting().await.unwrap(), 0);
    assert!(court.sealed_dir(recording).exists());
    let acts = custody_acts(&court, recording).await;
    assert!(!acts.iter().any(|act| act.starts_with("enclosed")), "{acts:?}");

    let court = Court::new().await;
    let (recording, id) = approved(&court).await;
    enclosed::use_vault(&court);
    let enclosed = court.folder.path().join("objects/enclosed");
    let half = enclosed.join(format!("{recording}.partial/data"));
    fs::create_dir_all(&half).unwrap();
    fs::write(half.join("track"), "half of it").unwrap();
    court.evidence.carry_out_disposal(id, "Clerk").await.unwrap();
    assert_eq!(fs::read_dir(&enclosed).unwrap().count(), 0);
}
