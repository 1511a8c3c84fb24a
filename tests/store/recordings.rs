//! What is only ever added to: court log, recordings, custody, objects.

use crate::{ground, id, on_each_database};
use oyer::court::id::RecordingId;
use oyer::court::state::RecordingState;
use oyer::store::{ACT_IS_OVER, ActEnd, NewEvidence, Store, StoreError};
use uuid::Uuid;

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
async fn which_acts_are_open_is_known_and_an_outcome_is_entered_once() {
    on_each_database(|store| async move {
        let g = ground(&store).await;
        let recording: RecordingId = id();
        store
            .create_recording(recording, g.hearing, RecordingState::Capturing, 1, None)
            .await
            .unwrap();
        let enter = async |end: ActEnd| {
            let entered = store.append_custody_end(recording, end, |seq, _| Ok(seq.to_string()));
            entered.await.map(|row| row.seq)
        };
        assert_eq!(enter(ActEnd::Opens).await.unwrap(), 1);
        assert_eq!(enter(ActEnd::Only).await.unwrap(), 2);
        assert_eq!(enter(ActEnd::Opens).await.unwrap(), 3);
        assert_eq!(store.open_acts().await.unwrap(), [(recording, 1), (recording, 3)]);
        assert_eq!(enter(ActEnd::Closes(1)).await.unwrap(), 4);
        assert_eq!(enter(ActEnd::ClosesIfOpen(3)).await.unwrap(), 5);
        assert!(store.open_acts().await.unwrap().is_empty());
        for begun in [1, 3, 99] {
            let again = enter(ActEnd::ClosesIfOpen(begun)).await;
            assert!(
                matches!(again, Err(StoreError::Conflict(ACT_IS_OVER))),
                "{again:?}"
            );
        }
        let lines = store.custody(recording).await.unwrap();
        assert_eq!(lines.len(), 5, "what is over leaves no trace");
        // Who knows the outcome enters it, also after the start that did not.
        assert_eq!(enter(ActEnd::Closes(3)).await.unwrap(), 6);
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
