//! Orders to redact: bounded however many are entered at once, and read for the whole hearing. The rule of a disposal is the one that
//! is set.

use super::{ground, id, on_each_database};
use oyer::court::custody::RetentionClass;
use oyer::court::id::{PersonId, RecordingId};
use oyer::court::redaction::{IN_FORCE_MAX, RedactedInterval, RedactionKind};
use oyer::court::state::RecordingState;
use oyer::store::{Decided, NewDisposal, NewRedactionOrder, Retention, StoreError, TOO_MANY_ORDERS};
use uuid::Uuid;

fn decided(at: i64) -> Decided {
    Decided {
        by: "Somebody".into(),
        reason: "Because".into(),
        at,
    }
}

fn order(recording: RecordingId, person: PersonId, intervals: u64, log_entries: &[u64]) -> NewRedactionOrder {
    let interval = |n: u64| RedactedInterval {
        segment: 1,
        kind: RedactionKind::Cut,
        participant: None,
        from_ms: n * 10,
        to_ms: n * 10 + 5,
    };
    NewRedactionOrder {
        id: Uuid::now_v7(),
        recording,
        reference: "R".into(),
        intervals: (0..intervals).map(interval).collect(),
        log_entries: log_entries.to_vec(),
        person,
        ordered: decided(5),
    }
}

#[tokio::test]
async fn orders_are_bounded_in_the_transaction_and_read_for_the_whole_hearing() {
    on_each_database(|store| async move {
        let (ground, elsewhere) = (ground(&store).await, ground(&store).await);
        let recordings: [RecordingId; 3] = [id(), id(), id()];
        let hearings = [ground.hearing, ground.hearing, elsewhere.hearing];
        for (recording, hearing) in recordings.into_iter().zip(hearings) {
            store
                .create_recording(recording, hearing, RecordingState::Attached, 1, None)
                .await
                .unwrap();
        }
        let [first, second, other] = recordings;
        let unknown = store
            .create_redaction_order(&order(id(), ground.judge, 1, &[]))
            .await;
        assert!(matches!(unknown, Err(StoreError::NotFound(_))), "{unknown:?}");
        // Eight at once, of 100 intervals each, about two recordings of the hearing: three find room.
        let all = (0..8).map(|n| {
            let (store, about) = (store.clone(), [first, second][n % 2]);
            let new = order(about, ground.judge, 100, &[]);
            tokio::spawn(async move { store.create_redaction_order(&new).await })
        });
        let mut entered = Vec::new();
        for one in all.collect::<Vec<_>>() {
            match one.await.unwrap() {
                Ok(order) => entered.push(order),
                Err(StoreError::Conflict(TOO_MANY_ORDERS)) => {}
                Err(other) => panic!("{other}"),
            }
        }
        entered.sort_by_key(|order| order.number);
        assert_eq!(entered.len(), IN_FORCE_MAX / 100);
        for recording in [first, second] {
            let found = store.redaction_orders_of_hearing(recording).await.unwrap();
            assert_eq!(found, entered);
        }
        assert!(store.redaction_orders_of_hearing(other).await.unwrap().is_empty());
        let named = order(other, elsewhere.judge, 0, &[3, 7]);
        let named = store.create_redaction_order(&named).await.unwrap();
        assert_eq!((named.number, named.log_entries.as_slice()), (4, &[3, 7][..]));
        let one = order(second, ground.judge, 0, &[3]);
        assert!(store.create_redaction_order(&one).await.is_err());
        store
            .lift_redaction_order(entered[0].id, &decided(6))
            .await
            .unwrap();
        store.create_redaction_order(&one).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_disposal_is_by_the_rule_that_is_set_at_each_step() {
    on_each_database(|store| async move {
        let ground = ground(&store).await;
        let recording: RecordingId = id();
        store
            .create_recording(recording, ground.hearing, RecordingState::Attached, 1, None)
            .await
            .unwrap();
        let second: PersonId = id();
        store.create_person(second, "O. Rahmonov", 2).await.unwrap();
        let set = |class, sentence_months, day: i64| Retention {
            case: ground.case,
            class,
            decided_on: day * 24 * 3600 * 1000,
            sentence_months,
            set_by: "Clerk".into(),
            set_at: 9,
        };
        let acquitted = set(RetentionClass::Acquittal, None, 0);
        let rule =
            r#"{"class":"acquittal","decided_on":"1970-01-01","sentence_months":null,"kept_until":"1971-01-01"}"#;
        let new = NewDisposal {
            id: Uuid::now_v7(),
            case: ground.case,
            recording,
            rule: rule.into(),
            due_at: 100,
            person: ground.judge,
            proposed: decided(100),
        };
        let refused = |result: Result<(), StoreError>| {
            assert!(matches!(result, Err(StoreError::Conflict(_))), "{result:?}");
        };
        refused(store.propose_disposal(&new).await);
        for other in [
            set(RetentionClass::Custodial, Some(240), 0),
            set(RetentionClass::Life, None, 0),
            set(RetentionClass::Acquittal, None, 1),
        ] {
            store.set_retention(&other).await.unwrap();
            refused(store.propose_disposal(&new).await);
        }
        // Of a proposal and another rule at the same time one comes first, and the other knows.
        store.set_retention(&acquitted).await.unwrap();
        let life = set(RetentionClass::Life, None, 0);
        let (proposed, changed) = tokio::join!(store.propose_disposal(&new), store.set_retention(&life));
        assert!(proposed.is_ok() != changed.is_ok(), "{proposed:?} {changed:?}");
        if changed.is_ok() {
            store.set_retention(&acquitted).await.unwrap();
            store.propose_disposal(&new).await.unwrap();
        }
        refused(store.set_retention(&life).await);
        store.approve_disposal(new.id, second, &decided(110)).await.unwrap();
        store.begin_disposal(new.id, 120).await.unwrap();
    })
    .await;
}
