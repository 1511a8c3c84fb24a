//! Requests for recordings.

use super::{ground, id, on_each_database};
use oyer::court::custody::{ReleaseForm, RequestState};
use oyer::court::id::{PersonId, RecordingId, RequestId};
use oyer::court::state::RecordingState;
use oyer::store::{Decided, NewMediaRequest, StoreError};

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
