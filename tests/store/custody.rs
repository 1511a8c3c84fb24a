//! Requests for recordings, legal holds, and disposal by two persons.

use super::{ground, id, on_each_database};
use oyer::court::custody::{DisposalState, ReleaseForm, RequestState, RetentionClass};
use oyer::court::id::{PersonId, RecordingId, RequestId};
use oyer::court::state::RecordingState;
use oyer::store::{Decided, NewDisposal, NewMediaRequest, Retention, StoreError};
use uuid::Uuid;

const RULE: &str =
    r#"{"class":"acquittal","decided_on":"1970-01-01","sentence_months":null,"kept_until":"1971-01-01"}"#;

fn request(recording: RecordingId, person: PersonId) -> NewMediaRequest {
    NewMediaRequest {
        id: id(),
        recording,
        form: ReleaseForm::Bundle,
        person,
        requested_by: "E. Sokolova (defence_counsel)".into(),
        for_self: true,
        released_to: "E. Sokolova".into(),
        reason: "To prepare".into(),
        requested_at: 10,
    }
}

#[tokio::test]
async fn a_request_is_decided_once_and_numbered_without_a_hole() {
    on_each_database(|store| async move {
        let ground = ground(&store).await;
        let recording: RecordingId = id();
        store
            .create_recording(recording, ground.hearing, RecordingState::Attached, 1, None)
            .await
            .unwrap();
        // Many at once: no number twice, none left out.
        let all = (0..8).map(|_| {
            let (store, new) = (store.clone(), request(recording, ground.judge));
            tokio::spawn(async move { store.create_media_request(&new).await.unwrap() })
        });
        let mut entered = Vec::new();
        for one in all.collect::<Vec<_>>() {
            entered.push(one.await.unwrap());
        }
        entered.sort_by_key(|r| r.number);
        assert_eq!(
            entered.iter().map(|r| r.number).collect::<Vec<_>>(),
            (1..=8).collect::<Vec<_>>()
        );
        let listed = store.media_requests(recording).await.unwrap();
        assert!(listed.iter().rev().eq(&entered));

        let by = |name: &str| Decided {
            by: name.into(),
            reason: "Because".into(),
            at: 20,
        };
        let (first, second) = (&entered[0], &entered[1]);
        assert!(!first.opens(15));
        store
            .grant_media_request(first.id, &by("judge"), 50, &[1; 32])
            .await
            .unwrap();
        for late in [
            store
                .grant_media_request(first.id, &by("clerk"), 60, &[2; 32])
                .await,
            store.refuse_media_request(first.id, &by("clerk")).await,
            store.withdraw_release(second.id, &by("clerk")).await,
            store.renew_release_link(second.id, &[3; 32]).await,
            store
                .grant_media_request(RequestId(uuid::Uuid::nil()), &by("x"), 1, &[9; 32])
                .await,
        ] {
            assert!(matches!(late, Err(StoreError::Conflict(_))), "{late:?}");
        }
        let release = store.release_by_secret(&[1; 32]).await.unwrap().unwrap();
        assert_eq!(
            (release.id, release.decided.as_ref()),
            (first.id, Some(&by("judge")))
        );
        assert_eq!((release.opens(49), release.opens(50)), (true, false));
        store.renew_release_link(first.id, &[4; 32]).await.unwrap();
        assert_eq!(store.release_by_secret(&[1; 32]).await.unwrap(), None);
        store.withdraw_release(first.id, &by("clerk")).await.unwrap();
        assert_eq!(store.release_by_secret(&[4; 32]).await.unwrap(), None);
        let withdrawn = store.media_request(first.id).await.unwrap().unwrap();
        assert_eq!(
            (withdrawn.state, withdrawn.opens(30)),
            (RequestState::Withdrawn, false)
        );
        assert_eq!(withdrawn.withdrawn, Some(by("clerk")));
        store.refuse_media_request(second.id, &by("judge")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_disposal_needs_two_persons_its_date_and_no_hold() {
    on_each_database(|store| async move {
        let ground = ground(&store).await;
        let recording: RecordingId = id();
        store
            .create_recording(recording, ground.hearing, RecordingState::Attached, 1, None)
            .await
            .unwrap();
        let (twin, second): (PersonId, PersonId) = (id(), id());
        store.create_person(twin, "n. KARIMOVA", 2).await.unwrap();
        store.create_person(second, "O. Rahmonov", 2).await.unwrap();
        let at = |at: i64| Decided {
            by: "Somebody".into(),
            reason: "Because".into(),
            at,
        };
        let new = |proposed_at| NewDisposal {
            id: Uuid::now_v7(),
            case: ground.case,
            recording,
            rule: RULE.into(),
            due_at: 100,
            person: ground.judge,
            proposed: at(proposed_at),
        };
        let acquitted = Retention {
            case: ground.case,
            class: RetentionClass::Acquittal,
            decided_on: 0,
            sentence_months: None,
            set_by: "Clerk".into(),
            set_at: 9,
        };
        store.set_retention(&acquitted).await.unwrap();
        let refused = |result: Result<(), StoreError>| {
            assert!(matches!(result, Err(StoreError::Conflict(_))), "{result:?}");
        };
        refused(store.propose_disposal(&new(99)).await);
        let hold = Uuid::now_v7();
        store.hold(hold, ground.case, &at(100)).await.unwrap();
        refused(store.propose_disposal(&new(100)).await);
        store.lift_hold(hold, &at(101)).await.unwrap();
        refused(store.lift_hold(hold, &at(102)).await);
        let one = new(100);
        store.propose_disposal(&one).await.unwrap();
        refused(store.propose_disposal(&new(100)).await);

        refused(store.begin_disposal(one.id, 200).await);
        refused(store.approve_disposal(one.id, ground.judge, &at(110)).await);
        refused(store.approve_disposal(one.id, twin, &at(110)).await);
        refused(store.approve_disposal(one.id, id(), &at(110)).await);
        refused(store.approve_disposal(one.id, second, &at(99)).await);
        store.approve_disposal(one.id, second, &at(110)).await.unwrap();
        refused(store.begin_disposal(one.id, 99).await);
        let hold = Uuid::now_v7();
        store.hold(hold, ground.case, &at(120)).await.unwrap();
        refused(store.begin_disposal(one.id, 200).await);
        store.lift_hold(hold, &at(121)).await.unwrap();
        assert_eq!(store.legal_holds(ground.case).await.unwrap().len(), 2);

        // Of a hold and the point of no return at the same time one comes first, and the other knows.
        for _ in 0..20 {
            let (hold, set) = (Uuid::now_v7(), at(130));
            let (held, begun) = tokio::join!(
                store.hold(hold, ground.case, &set),
                store.begin_disposal(one.id, 200)
            );
            held.unwrap();
            if begun.is_ok() {
                break;
            }
            store.lift_hold(hold, &at(131)).await.unwrap();
        }
        if store.disposals_under_way().await.unwrap().is_empty() {
            for held in store.legal_holds(ground.case).await.unwrap() {
                if held.lifted.is_none() {
                    store.lift_hold(held.id, &at(131)).await.unwrap();
                }
            }
            store.begin_disposal(one.id, 200).await.unwrap();
        }
        refused(store.begin_disposal(one.id, 200).await);
        refused(store.reject_disposal(one.id, second, &at(140)).await);
        assert_eq!(store.disposals_under_way().await.unwrap().len(), 1);
        store.finish_disposal(one.id, 210).await.unwrap();
        refused(store.finish_disposal(one.id, 211).await);
        let row = store.recording(recording).await.unwrap().unwrap();
        assert_eq!(row.state, RecordingState::Disposed);
        let done = &store.disposals(ground.case).await.unwrap()[0];
        assert_eq!((done.state, done.done_at), (DisposalState::Done, Some(210)));
        refused(store.propose_disposal(&new(300)).await);
    })
    .await;
}
