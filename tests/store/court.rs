//! Cases, people, hearings, invitations and sessions.

use crate::{ground, id, on_each_database};
use oyer::court::id::InvitationId;
use oyer::court::role::Role;
use oyer::court::state::HearingState;
use oyer::store::{NewCase, NewHearing, NewParticipant, Store, StoreError};
use uuid::Uuid;

#[tokio::test]
async fn cases_and_people() {
    on_each_database(|store| async move {
        assert!(store.is_ready().await);
        let g = ground(&store).await;
        let case = store.case(g.case).await.unwrap().unwrap();
        assert_eq!(
            (case.id, case.title.as_str(), case.created_at),
            (g.case, "Case", 1_000)
        );
        assert_eq!(store.case(id()).await.unwrap(), None);

        let twice = NewCase {
            id: id(),
            reference: case.reference.clone(),
            title: String::new(),
            created_at: 0,
        };
        assert!(matches!(
            store.create_case(twice).await,
            Err(StoreError::Conflict(_))
        ));

        let later = NewCase {
            id: id(),
            reference: "later".into(),
            title: "'; DROP TABLE cases; --".into(),
            created_at: 9_000,
        };
        store.create_case(later.clone()).await.unwrap();
        let all = store.cases(None, 10).await.unwrap();
        assert_eq!(all.iter().map(|c| c.id).collect::<Vec<_>>(), [later.id, g.case]);
        assert_eq!(all[0].title, later.title);
        assert_eq!(store.cases(None, 1).await.unwrap(), all[..1]);
        assert_eq!(store.cases(Some(later.id), 10).await.unwrap(), all[1..]);
        assert!(store.cases(Some(g.case), 10).await.unwrap().is_empty());

        let person = store.person(g.judge).await.unwrap().unwrap();
        assert_eq!((person.name.as_str(), person.created_at), ("N. Karimova", 1_001));
        assert_eq!(store.person(id()).await.unwrap(), None);
        assert!(matches!(
            store.create_person(g.judge, "Again", 0).await,
            Err(StoreError::Conflict(_))
        ));
        store.create_person(id(), "A. First", 1_500).await.unwrap();
        let names: Vec<_> = store
            .persons()
            .await
            .unwrap()
            .into_iter()
            .map(|p| p.name)
            .collect();
        assert_eq!(names, ["A. First", "N. Karimova"]);
    })
    .await;
}

#[tokio::test]
async fn staff_tokens_expire_and_are_revoked() {
    on_each_database(|store| async move {
        let g = ground(&store).await;
        let token = Uuid::now_v7();
        store
            .create_staff_token(token, g.judge, &[7; 32], 5_000)
            .await
            .unwrap();
        assert_eq!(
            store.staff_by_token(&[7; 32], 4_999).await.unwrap().unwrap().id,
            g.judge
        );
        assert_eq!(store.staff_by_token(&[7; 32], 5_000).await.unwrap(), None);
        assert_eq!(store.staff_by_token(&[8; 32], 1).await.unwrap(), None);
        let taken = store
            .create_staff_token(Uuid::now_v7(), g.judge, &[7; 32], 1)
            .await;
        assert!(matches!(taken, Err(StoreError::Conflict(_))));
        let nobody = store.create_staff_token(Uuid::now_v7(), id(), &[9; 32], 1).await;
        assert!(matches!(nobody, Err(StoreError::Dangling)), "{nobody:?}");
        store.revoke_staff_token(token, 3_000).await.unwrap();
        assert_eq!(store.staff_by_token(&[7; 32], 4_000).await.unwrap(), None);
        let unknown = store.revoke_staff_token(Uuid::now_v7(), 1).await;
        assert!(matches!(unknown, Err(StoreError::NotFound("staff token"))));
    })
    .await;
}

#[tokio::test]
async fn hearings_and_their_snapshots() {
    on_each_database(|store| async move {
        let g = ground(&store).await;
        let hearing = store.hearing(g.hearing).await.unwrap().unwrap();
        assert_eq!(hearing.state, HearingState::Listed);
        assert_eq!(
            (hearing.case_id, hearing.listed_for, hearing.created_at),
            (g.case, 2_000, 1_002)
        );
        assert_eq!(store.hearing(id()).await.unwrap(), None);
        assert_eq!(store.hearing_snapshot(g.hearing).await.unwrap(), None);

        let second = NewHearing {
            id: id(),
            case_id: g.case,
            title: "Second".into(),
            listed_for: 3_000,
            created_at: 1_003,
        };
        store.create_hearing(second.clone()).await.unwrap();
        assert!(matches!(
            store.create_hearing(second.clone()).await,
            Err(StoreError::Conflict(_))
        ));
        let lost = NewHearing {
            id: id(),
            case_id: id(),
            ..second.clone()
        };
        assert!(matches!(
            store.create_hearing(lost).await,
            Err(StoreError::Dangling)
        ));
        let of_case: Vec<_> = store
            .hearings_of_case(g.case)
            .await
            .unwrap()
            .into_iter()
            .map(|h| h.id)
            .collect();
        assert_eq!(of_case, [second.id, g.hearing]);

        store
            .set_hearing_snapshot(g.hearing, HearingState::InSession, r#"{"a":1}"#, 2_500)
            .await
            .unwrap();
        assert_eq!(
            store.hearing_snapshot(g.hearing).await.unwrap().as_deref(),
            Some(r#"{"a":1}"#)
        );
        assert_eq!(
            store.hearing(g.hearing).await.unwrap().unwrap().state,
            HearingState::InSession
        );
        let live = store
            .hearings_in_states(&[HearingState::Open, HearingState::InSession])
            .await
            .unwrap();
        assert_eq!(live.iter().map(|h| h.id).collect::<Vec<_>>(), [g.hearing]);
        assert!(store.hearings_in_states(&[]).await.unwrap().is_empty());
        let unknown = store
            .set_hearing_snapshot(id(), HearingState::Open, "{}", 1)
            .await;
        assert!(matches!(unknown, Err(StoreError::NotFound("hearing"))));
        assert!(matches!(
            store.hearing_snapshot(id()).await,
            Err(StoreError::NotFound("hearing"))
        ));
    })
    .await;
}

#[tokio::test]
async fn participants() {
    on_each_database(|store| async move {
        let g = ground(&store).await;
        let clerk = NewParticipant {
            id: id(),
            hearing_id: g.hearing,
            person_id: g.judge,
            role: Role::Clerk,
            name: "Clerk".into(),
        };
        store.add_participant(clerk.clone()).await.unwrap();
        let same_role = NewParticipant {
            id: id(),
            ..clerk.clone()
        };
        assert!(matches!(
            store.add_participant(same_role).await,
            Err(StoreError::Conflict(_))
        ));
        let all = store.participants(g.hearing).await.unwrap();
        assert_eq!(
            all.iter().map(|p| (p.id, p.role)).collect::<Vec<_>>(),
            [(g.participant, Role::Judge), (clerk.id, Role::Clerk)]
        );
        let one = store.participant(clerk.id).await.unwrap().unwrap();
        assert_eq!(
            (one.hearing_id, one.person_id, one.name.as_str()),
            (g.hearing, g.judge, "Clerk")
        );
        assert_eq!(store.participant(id()).await.unwrap(), None);
        assert!(store.participants(id()).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn invitations_and_sessions() {
    on_each_database(|store| async move {
        let g = ground(&store).await;
        let (first, second): (InvitationId, InvitationId) = (id(), id());
        store
            .create_invitation(first, g.participant, &[1; 32], 100, 10_000)
            .await
            .unwrap();
        store
            .create_invitation(second, g.participant, &[2; 32], 200, 10_000)
            .await
            .unwrap();
        let taken = store.create_invitation(id(), g.participant, &[1; 32], 1, 2).await;
        assert!(matches!(taken, Err(StoreError::Conflict(_))));

        let invitation = store.invitation_by_secret(&[1; 32]).await.unwrap().unwrap();
        assert_eq!(
            (invitation.id, invitation.participant, invitation.hearing),
            (first, g.participant, g.hearing)
        );
        assert_eq!((invitation.redeemed_at, invitation.redemptions), (None, 0));
        assert!(invitation.is_open(9_999) && !invitation.is_open(10_000));
        assert_eq!(store.invitation_by_secret(&[3; 32]).await.unwrap(), None);

        store.note_redeemed(first, 300).await.unwrap();
        store.note_redeemed(first, 400).await.unwrap();
        let invitation = store.invitation(first).await.unwrap().unwrap();
        assert_eq!((invitation.redeemed_at, invitation.redemptions), (Some(400), 2));
        assert!(matches!(
            store.note_redeemed(id(), 1).await,
            Err(StoreError::NotFound("invitation"))
        ));

        for (token, invitation, expires_at) in [
            ([11; 32], first, 5_000),
            ([12; 32], first, 900),
            ([13; 32], second, 5_000),
        ] {
            store
                .create_session(&token, g.participant, invitation, 500, expires_at)
                .await
                .unwrap();
        }
        let session = store.session(&[11; 32], 600).await.unwrap().unwrap();
        assert_eq!(
            (session.participant, session.hearing, session.invitation),
            (g.participant, g.hearing, first)
        );
        assert_eq!((session.created_at, session.expires_at), (500, 5_000));
        assert_eq!(store.session(&[11; 32], 5_000).await.unwrap(), None, "expired");
        assert_eq!(store.session(&[99; 32], 600).await.unwrap(), None, "unknown");
        assert_eq!(store.purge_expired_sessions(900).await.unwrap(), 1);
        assert_eq!(store.end_sessions_of_invitation(first).await.unwrap(), 1);
        assert_eq!(
            store.session(&[11; 32], 600).await.unwrap(),
            None,
            "ended with its invitation"
        );
        assert!(store.session(&[13; 32], 600).await.unwrap().is_some());

        store.revoke_invitation(second, 700).await.unwrap();
        store.revoke_invitation(second, 800).await.unwrap();
        let revoked = store.invitation(second).await.unwrap().unwrap();
        assert_eq!(revoked.revoked_at, Some(700), "the first revocation counts");
        assert!(!revoked.is_open(750));
        assert_eq!(
            store.session(&[13; 32], 600).await.unwrap(),
            None,
            "a revoked link ends its sessions"
        );
        assert!(matches!(
            store.revoke_invitation(id(), 1).await,
            Err(StoreError::NotFound("invitation"))
        ));

        store
            .create_session(&[14; 32], g.participant, first, 500, 5_000)
            .await
            .unwrap();
        store.end_session(&[14; 32]).await.unwrap();
        store.end_session(&[14; 32]).await.unwrap();
        assert_eq!(store.session(&[14; 32], 600).await.unwrap(), None);
        let all: Vec<_> = store
            .invitations(g.hearing)
            .await
            .unwrap()
            .into_iter()
            .map(|i| i.id)
            .collect();
        assert_eq!(all, [first, second]);
    })
    .await;
}

#[tokio::test]
async fn one_server_works_with_a_database_of_many_clients() {
    // Beside SQLite it is the data folder that is locked.
    let Some(database) = crate::postgres::fresh_database().await else {
        return eprintln!("SKIPPED: no PostgreSQL");
    };
    let first = Store::open(&database.url).await.unwrap();
    let second = Store::open(&database.url).await.unwrap();
    let claim = first.claim().await.unwrap();
    let said = second.claim().await.unwrap_err().to_string();
    assert!(said.contains("another server"), "{said}");
    // A command of the operator beside it needs no claim.
    assert!(second.is_ready().await);
    drop(claim);
    second.claim().await.unwrap();
    first.close().await;
    second.close().await;
}
