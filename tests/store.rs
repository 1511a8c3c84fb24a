//! Every function of the store against SQLite, and against PostgreSQL where there is one.
#![cfg(feature = "server")]

mod postgres;

use oyer::court::id::{CaseId, HearingId, InvitationId, ParticipantId, PersonId, RecordingId};
use oyer::court::role::Role;
use oyer::court::state::{HearingState, RecordingState};
use oyer::store::cases::NewCase;
use oyer::store::hearings::NewHearing;
use oyer::store::people::NewParticipant;
use oyer::store::recordings::NewEvidence;
use oyer::store::{Store, StoreError};
use std::future::Future;
use uuid::Uuid;

/// Runs `test` on a fresh database of each kind. Each kind is a run of its own, so a failure says which one it was.
async fn on_each_database<F, R>(test: F)
where
    F: Fn(Store) -> R,
    R: Future<Output = ()>,
{
    let data = tempfile::tempdir().unwrap();
    eprintln!("store test on SQLite");
    test(Store::open_embedded(data.path()).await.unwrap()).await;
    match postgres::fresh_database().await {
        Some(database) => {
            eprintln!("store test on PostgreSQL");
            let store = Store::open(&database.url).await.unwrap();
            test(store.clone()).await;
            store.close().await;
        }
        None => eprintln!("SKIPPED on PostgreSQL: no OYER_TEST_POSTGRES and no /usr/lib/postgresql/15/bin"),
    }
}

fn id<T: From<Uuid>>() -> T {
    T::from(Uuid::now_v7())
}

struct Ground {
    case: CaseId,
    hearing: HearingId,
    judge: PersonId,
    participant: ParticipantId,
}

async fn ground(store: &Store) -> Ground {
    let ground = Ground {
        case: id(),
        hearing: id(),
        judge: id(),
        participant: id(),
    };
    let case = NewCase {
        id: ground.case,
        reference: format!("1-10/{}", ground.case),
        title: "Case".into(),
        created_at: 1_000,
    };
    store.create_case(case).await.unwrap();
    store
        .create_person(ground.judge, "N. Karimova", 1_001)
        .await
        .unwrap();
    let hearing = NewHearing {
        id: ground.hearing,
        case_id: ground.case,
        title: "Hearing".into(),
        listed_for: 2_000,
        created_at: 1_002,
    };
    store.create_hearing(hearing).await.unwrap();
    let participant = NewParticipant {
        id: ground.participant,
        hearing_id: ground.hearing,
        person_id: ground.judge,
        role: Role::Judge,
        name: "Judge Karimova".into(),
    };
    store.add_participant(participant).await.unwrap();
    ground
}

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
        let all = store.cases().await.unwrap();
        assert_eq!(all.iter().map(|c| c.id).collect::<Vec<_>>(), [later.id, g.case]);
        assert_eq!(all[0].title, later.title);
        let hers = store.cases_of_person(g.judge).await.unwrap();
        assert_eq!(hers.iter().map(|c| c.id).collect::<Vec<_>>(), [g.case]);
        assert!(store.cases_of_person(id()).await.unwrap().is_empty());

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
async fn the_court_log_is_only_added_to() {
    on_each_database(|store| async move {
        let g = ground(&store).await;
        store
            .append_log(g.hearing, 1, 10, r#"{"kind":"open"}"#)
            .await
            .unwrap();
        store
            .append_log(g.hearing, 2, 20, r#"{"kind":"begin"}"#)
            .await
            .unwrap();
        assert_eq!(store.last_log_seq(g.hearing).await.unwrap(), Some(2));
        assert_eq!(store.last_log_seq(id()).await.unwrap(), None);
        // The same entry again is a repeated write; another one under its number is a mistake.
        store
            .append_log(g.hearing, 2, 20, r#"{"kind":"begin"}"#)
            .await
            .unwrap();
        let again = store.append_log(g.hearing, 2, 21, "{}").await;
        assert!(matches!(again, Err(StoreError::Conflict(_))));
        assert!(matches!(
            store.append_log(id(), 1, 1, "{}").await,
            Err(StoreError::Dangling)
        ));
        let log = store.log(g.hearing).await.unwrap();
        assert_eq!(
            log.iter().map(|e| (e.seq, e.at)).collect::<Vec<_>>(),
            [(1, 10), (2, 20)]
        );
        assert_eq!(log[1].json, r#"{"kind":"begin"}"#);
    })
    .await;
}

#[tokio::test]
async fn recordings_go_on_and_never_back() {
    use RecordingState::*;
    on_each_database(|store| async move {
        let g = ground(&store).await;
        let (first, second): (RecordingId, RecordingId) = (id(), id());
        store
            .create_recording(first, g.hearing, Capturing, 100, None)
            .await
            .unwrap();
        store
            .create_recording(second, g.hearing, Capturing, 200, Some(first))
            .await
            .unwrap();
        let again = store
            .create_recording(first, g.hearing, Capturing, 100, None)
            .await;
        assert!(matches!(again, Err(StoreError::Conflict(_))));
        assert!(
            matches!(
                store.set_recording_state(first, Sealed).await,
                Err(StoreError::Conflict(_))
            ),
            "not over a state"
        );

        store.set_recording_state(first, Interrupted).await.unwrap();
        store.set_recording_state(first, Interrupted).await.unwrap();
        assert!(matches!(
            store.set_recording_state(first, Closed).await,
            Err(StoreError::Conflict(_))
        ));
        store.set_recording_state(first, Sealed).await.unwrap();
        assert!(matches!(
            store.set_recording_state(first, Capturing).await,
            Err(StoreError::Conflict(_))
        ));
        let row = store.recording(first).await.unwrap().unwrap();
        assert!(row.interrupted && row.state == Sealed && row.previous.is_none());
        assert!(matches!(
            store.set_recording_state(id(), Closed).await,
            Err(StoreError::NotFound("recording"))
        ));

        let both = store.recordings_of_hearing(g.hearing).await.unwrap();
        assert_eq!(
            both.iter().map(|r| (r.id, r.previous)).collect::<Vec<_>>(),
            [(first, None), (second, Some(first))]
        );
        let open = store.recordings_in_states(&[Capturing, Closed]).await.unwrap();
        assert_eq!(open.iter().map(|r| r.id).collect::<Vec<_>>(), [second]);
        assert!(store.recordings_in_states(&[]).await.unwrap().is_empty());

        let evidence = NewEvidence {
            id: Uuid::now_v7(),
            case_id: g.case,
            hearing_id: g.hearing,
            recording_id: first,
            manifest_sha256: "ab".repeat(32),
            sealed_at: 300,
            title: "Hearing".into(),
            duration_ms: 60_000,
        };
        store.attach_evidence(evidence.clone()).await.unwrap();
        store
            .attach_evidence(NewEvidence {
                id: Uuid::now_v7(),
                ..evidence.clone()
            })
            .await
            .unwrap();
        let other = NewEvidence {
            id: Uuid::now_v7(),
            manifest_sha256: "cd".repeat(32),
            ..evidence.clone()
        };
        assert!(matches!(
            store.attach_evidence(other).await,
            Err(StoreError::Conflict(_))
        ));
        store.set_recording_state(first, Attached).await.unwrap();
        let rows = store.evidence_of_case(g.case).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].id, evidence.id);
        assert!(rows[0].interrupted && rows[0].state == Attached && rows[0].duration_ms == 60_000);
        assert_eq!(store.evidence_of_recording(second).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn appends_at_once_never_fork_the_chain() {
    on_each_database(|store| async move {
        let g = ground(&store).await;
        let recording: RecordingId = id();
        store
            .create_recording(recording, g.hearing, RecordingState::Capturing, 1, None)
            .await
            .unwrap();
        let refused = store.append_custody(recording, |_, _| Err("no".into())).await;
        assert!(matches!(refused, Err(StoreError::Refused(why)) if why == "no"));
        assert!(
            store.custody(recording).await.unwrap().is_empty(),
            "a refusal leaves no trace"
        );
        assert!(matches!(
            store.append_custody(id(), |_, _| Ok(String::new())).await,
            Err(StoreError::NotFound(_))
        ));

        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..24 {
            let store = store.clone();
            tasks.spawn(async move {
                store
                    .append_custody(recording, |seq, last| {
                        let previous = last
                            .map_or("0", |l| l.split('>').next_back().unwrap())
                            .to_string();
                        Ok(format!("task {task}: {previous}>{seq}"))
                    })
                    .await
                    .unwrap()
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        let lines = store.custody(recording).await.unwrap();
        assert_eq!(lines.len(), 24);
        for (i, row) in lines.iter().enumerate() {
            assert_eq!(row.seq, i as u64 + 1);
            assert!(row.line.ends_with(&format!(": {}>{}", i, i + 1)), "{row:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_embedded_store_is_there_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let dir = data.path().join("a folder with ?, # and % in its name");
    std::fs::create_dir(&dir).unwrap();
    let store = Store::open_embedded(&dir).await.unwrap();
    let g = ground(&store).await;
    store.close().await;
    assert!(dir.join("oyer.sqlite").is_file());
    let store = Store::open_embedded(&dir).await.unwrap();
    assert_eq!(store.participants(g.hearing).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_row_changed_from_outside_is_an_error_and_no_panic() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open_embedded(data.path()).await.unwrap();
    let g = ground(&store).await;
    let url = format!("sqlite://{}/oyer.sqlite", data.path().display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    sqlx::query("UPDATE participants SET role = 'jester'")
        .execute(&pool)
        .await
        .unwrap();
    let read = store.participant(g.participant).await;
    assert!(
        matches!(read, Err(StoreError::Corrupt { column: "role", .. })),
        "{read:?}"
    );
}

#[tokio::test]
async fn objects_are_listed_and_read_and_paths_stay_inside() {
    use oyer::store::objects::Objects;
    let data = tempfile::tempdir().unwrap();
    let objects = Objects::open(data.path()).unwrap();
    let recording: RecordingId = id();
    assert!(objects.list(recording).await.unwrap().is_empty());
    let dir = objects.recording_dir(recording);
    std::fs::create_dir_all(dir.join("data/segment-001")).unwrap();
    std::fs::write(dir.join("data/segment-001/judge-camera.webm"), b"0123456789").unwrap();
    std::fs::write(dir.join("bagit.txt"), b"bag").unwrap();
    let listed: Vec<_> = objects
        .list(recording)
        .await
        .unwrap()
        .into_iter()
        .map(|e| (e.path, e.bytes))
        .collect();
    assert_eq!(
        listed,
        [
            ("bagit.txt".to_string(), 3),
            ("data/segment-001/judge-camera.webm".to_string(), 10)
        ]
    );
    let file = "data/segment-001/judge-camera.webm";
    assert_eq!(objects.size(recording, file).await.unwrap(), Some(10));
    assert_eq!(objects.size(recording, "data/none").await.unwrap(), None);
    assert_eq!(
        &objects.read_range(recording, file, 2..5).await.unwrap()[..],
        b"234"
    );
    for outside in ["../../../etc/passwd", "data/../../x", "", "a//b"] {
        assert!(
            matches!(objects.size(recording, outside).await, Err(StoreError::Path(_))),
            "{outside:?}"
        );
    }
}
