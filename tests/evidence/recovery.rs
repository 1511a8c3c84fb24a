//! A crash after every step, and in the middle of most of them.

use crate::assert_attached;
use crate::courthouse::{Court, check_with_other_tools, cut_off_recording};
use oyer::court::id::RecordingId;
use oyer::court::state::RecordingState;
use oyer::evidence::{EvidenceError, Step};
use oyer::recorder::Ended;
use oyer::seal::verify::Outcome;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use time::OffsetDateTime;

/// A crash after each step, with the half-written file that a crash inside the next step leaves.
#[tokio::test]
async fn what_a_crash_cut_off_is_finished_at_the_next_start() {
    for done in 1..=Step::ALL.len() {
        for interrupted in [false, true] {
            let court = Court::new().await;
            let (recording, mut summary) = court.record().await;
            if interrupted {
                summary.ended = Ended::Crash;
            }
            for step in &Step::ALL[..done] {
                court
                    .evidence
                    .run_step(recording, *step, Some(summary.clone()))
                    .await
                    .unwrap();
            }
            let spool = court.folder.path().join("spool").join(recording.to_string());
            if spool.exists() {
                fs::write(spool.join("partial"), "half a fi").unwrap();
            }
            let court = court.restarted().await;
            let left = usize::from(done < Step::ALL.len());
            assert_eq!(
                court.evidence.recover_all().await.unwrap(),
                left,
                "after {:?}",
                Step::ALL[done - 1]
            );
            assert_attached(&court, recording, interrupted).await;
            assert_eq!(court.evidence.recover_all().await.unwrap(), 0);
        }
    }
}

/// A crash inside the last step: every state in which its statements can leave the store.
#[tokio::test]
async fn half_an_attachment_is_finished_at_the_next_start() {
    let states: [&[&str]; 6] = [
        &[
            "UPDATE recordings SET state = 'closed', custody_entries = 0",
            "DELETE FROM evidence",
            "DELETE FROM custody",
        ],
        &[
            "UPDATE recordings SET state = 'sealed', custody_entries = 0",
            "DELETE FROM evidence",
            "DELETE FROM custody",
        ],
        &[
            "UPDATE recordings SET state = 'sealed', custody_entries = 1",
            "DELETE FROM evidence",
            "DELETE FROM custody WHERE seq > 1",
        ],
        &[
            "UPDATE recordings SET state = 'sealed', custody_entries = 2",
            "DELETE FROM evidence",
            "DELETE FROM custody WHERE seq > 2",
        ],
        &[
            "UPDATE recordings SET state = 'sealed', custody_entries = 2",
            "DELETE FROM custody WHERE seq > 2",
        ],
        &["UPDATE recordings SET state = 'sealed'"],
    ];
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    let url = format!("sqlite://{}/oyer.sqlite", court.folder.path().display());
    for statements in states {
        let pool = sqlx::AnyPool::connect(&url).await.unwrap();
        for statement in statements {
            sqlx::query(*statement).execute(&pool).await.unwrap();
        }
        pool.close().await;
        // Nor was it signed where the chain of custody ends.
        let ends = court.folder.path().join("custody");
        fs::remove_file(ends.join(recording.to_string())).unwrap();
        fs::write(ends.join("adopting"), "").unwrap();
        // The move into the store may have been the last thing that happened: its folder is not locked yet.
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(court.sealed_dir(recording), open).unwrap();
        assert_eq!(court.evidence.recover_all().await.unwrap(), 1);
        assert_attached(&court, recording, false).await;
    }
}

/// What `kill -9` leaves in the recorder's folder is sealed as found.
#[tokio::test]
async fn a_recording_cut_off_in_the_middle_is_sealed_as_found() {
    let court = Court::new().await;
    let (recording, dir) = court
        .evidence
        .begin_recording(court.hearing, OffsetDateTime::now_utc())
        .await
        .unwrap();
    cut_off_recording(&court, recording, &dir).await;
    let court = court.restarted().await;
    assert_eq!(court.evidence.recover_all().await.unwrap(), 1);
    let bag = court.sealed_dir(recording);
    check_with_other_tools(&bag, &court.root(), "manifest-sha256.txt").unwrap();
    let row = court.store.recording(recording).await.unwrap().unwrap();
    assert_eq!((row.state, row.interrupted), (RecordingState::Attached, true));
    let described = court.evidence.describe(recording).await.unwrap().unwrap();
    assert_eq!(described.seal.ended, oyer::seal::document::Ended::Crash);
    assert_eq!(described.seal.tracks.len(), 1);
    assert!(
        described.seal.tracks[0].duration_ms >= 2_000,
        "{:?}",
        described.seal.tracks[0]
    );
    assert!(
        bag.join("data")
            .join(recording.to_string())
            .join("segment-001/judge-1-microphone.webm")
            .is_file()
    );
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    // The court log does not end as if the record had gone on: it says where the record was cut off.
    let last = described.log.last().unwrap();
    let segment = &described.seal.segments[0];
    assert_eq!(
        (last.kind.as_str(), last.segment, last.media_ms),
        ("interrupted", Some(1), Some(segment.duration_ms))
    );
    assert_eq!(last.at, segment.ended_at);
}

/// A thread of the process before hangs in a call to the disk, which may still be carried out: what is sealed now could change.
#[tokio::test]
async fn a_recording_that_somebody_still_writes_is_sealed_when_nobody_does() {
    let court = Court::new().await;
    let now = OffsetDateTime::now_utc();
    let (recording, dir) = court.evidence.begin_recording(court.hearing, now).await.unwrap();
    cut_off_recording(&court, recording, &dir).await;
    // Held as that thread holds it.
    let writer = fs::File::open(&dir).unwrap();
    writer.try_lock().unwrap();
    let court = court.restarted().await;
    assert_eq!(court.evidence.recover_all().await.unwrap(), 0);
    let row = court.store.recording(recording).await.unwrap().unwrap();
    assert_eq!(
        row.state,
        RecordingState::Interrupted,
        "nobody says that it goes on"
    );
    let log = court.store.log(court.hearing).await.unwrap();
    assert!(log.last().unwrap().json.contains("interrupted"), "{log:?}");
    let sealing = tokio::spawn(court.evidence.clone().keep_sealed());
    drop(writer);
    sealing.await.unwrap();
    check_with_other_tools(&court.sealed_dir(recording), &court.root(), "manifest-sha256.txt").unwrap();
    let row = court.store.recording(recording).await.unwrap().unwrap();
    assert_eq!((row.state, row.interrupted), (RecordingState::Attached, true));
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
}

/// The row is there, and of the recorder's notes nothing, or not a whole one.
#[tokio::test]
async fn a_recording_that_was_cut_off_before_it_began_is_sealed_as_empty() {
    let header = "seq\tfile\toffset\tbytes\tsha256\tchain\n";
    let left: [&[(&str, &str)]; 4] = [
        &[],
        &[("segments.jsonl", "")],
        &[("segments.jsonl", ""), ("fragments.tsv", &header[..9])],
        &[
            ("segments.jsonl", "{\"note\":\"reco"),
            ("fragments.tsv", header),
            ("gaps.jsonl", ""),
        ],
    ];
    for files in left {
        let court = Court::new().await;
        let now = OffsetDateTime::now_utc();
        let (recording, dir) = court.evidence.begin_recording(court.hearing, now).await.unwrap();
        for (name, text) in files {
            fs::create_dir_all(&dir).unwrap();
            fs::write(dir.join(name), text).unwrap();
        }
        let court = court.restarted().await;
        assert_eq!(court.evidence.recover_all().await.unwrap(), 1, "{files:?}");
        check_with_other_tools(&court.sealed_dir(recording), &court.root(), "manifest-sha256.txt").unwrap();
        let row = court.store.recording(recording).await.unwrap().unwrap();
        assert_eq!((row.state, row.interrupted), (RecordingState::Attached, true));
        let report = court.evidence.verify(recording, "Clerk").await.unwrap();
        assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
        let described = court.evidence.describe(recording).await.unwrap().unwrap();
        assert_eq!(described.log.last().unwrap().kind, "interrupted");
        assert_eq!(court.evidence.recover_all().await.unwrap(), 0);
    }
}

/// Tracks without the notes that describe them are not passed over as nothing.
#[tokio::test]
async fn a_recording_whose_notes_are_lost_is_not_taken_for_an_empty_one() {
    let court = Court::new().await;
    let (recording, _) = court.record().await;
    let dir = court.evidence.recorder_dir(recording);
    fs::remove_file(dir.join("segments.jsonl")).unwrap();
    let recovered = court.evidence.recover_recording(recording).await;
    assert!(
        matches!(recovered, Err(EvidenceError::Recorder(_))),
        "{recovered:?}"
    );
    assert!(dir.join("segment-001").is_dir() && dir.join("fragments.tsv").is_file());
    let court = court.restarted().await;
    assert_eq!(court.evidence.recover_all().await.unwrap(), 0);
    says_that_it_was_cut_off(&court, recording).await;
    assert!(dir.join("segment-001").is_dir() && dir.join("fragments.tsv").is_file());
}

/// While the store refuses, every attempt has a folder of its own: none of them stays.
#[tokio::test]
async fn a_beginning_that_the_store_refuses_leaves_no_folder() {
    let court = Court::new().await;
    let now = OffsetDateTime::now_utc();
    let spool = court.folder.path().join("spool");
    // Beside them lies the reserve, which is a file.
    let folders = || {
        let entries = fs::read_dir(&spool).unwrap();
        entries
            .filter(|entry| entry.as_ref().unwrap().path().is_dir())
            .count()
    };
    for _ in 0..3 {
        // A hearing that the store does not know.
        let refused = court
            .evidence
            .begin_recording(uuid::Uuid::now_v7().into(), now)
            .await;
        assert!(matches!(refused, Err(EvidenceError::Store(_))), "{refused:?}");
        assert_eq!(folders(), 0);
    }
    let (begun, _) = court.evidence.begin_recording(court.hearing, now).await.unwrap();
    assert!(spool.join(begun.to_string()).join("data").is_dir());

    // A failure between folder and row leaves an empty folder; and there is one with something in it.
    let (empty, full) = (uuid::Uuid::now_v7().to_string(), uuid::Uuid::now_v7().to_string());
    fs::create_dir_all(spool.join(&empty).join("data")).unwrap();
    fs::create_dir_all(spool.join(&full).join("data").join(&full)).unwrap();
    fs::write(spool.join("a file"), "kept").unwrap();
    let court = court.restarted().await;
    assert_eq!(
        court.evidence.recover_all().await.unwrap(),
        1,
        "the one that had begun"
    );
    assert!(!spool.join(&empty).exists());
    assert!(spool.join(&full).join("data").join(&full).is_dir() && spool.join("a file").is_file());
}

#[tokio::test]
async fn what_cannot_be_recovered_does_not_hold_up_the_rest() {
    let court = Court::new().await;
    let (lost, summary) = court.record().await;
    drop(summary);
    fs::remove_dir_all(court.folder.path().join("spool").join(lost.to_string())).unwrap();
    let (good, summary) = court.record().await;
    court
        .evidence
        .run_step(good, Step::Settle, Some(summary))
        .await
        .unwrap();
    let court = court.restarted().await;
    assert_eq!(court.evidence.recover_all().await.unwrap(), 1);
    assert_attached(&court, good, false).await;
    let missing = court.evidence.recover_recording(lost).await;
    assert!(
        matches!(missing, Err(EvidenceError::FolderMissing(id)) if id == lost),
        "{missing:?}"
    );
    says_that_it_was_cut_off(&court, lost).await;
}

/// Neither the row nor the court log speaks as if the record went on; a further start adds nothing.
async fn says_that_it_was_cut_off(court: &Court, recording: RecordingId) {
    for _ in 0..2 {
        let row = court.store.recording(recording).await.unwrap().unwrap();
        assert_eq!((row.state, row.interrupted), (RecordingState::Interrupted, true));
        let log = court.store.log(court.hearing).await.unwrap();
        let cut: Vec<_> = log
            .iter()
            .filter(|row| row.json.contains("\"interrupted\""))
            .collect();
        assert_eq!(cut.len(), 1, "{log:?}");
        assert_eq!(court.evidence.recover_all().await.unwrap(), 0);
    }
}

/// A step that fails is tried again from where it stood, and what is in the way is never replaced.
#[tokio::test]
async fn what_is_in_the_way_is_not_overwritten() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    let in_the_way = court.sealed_dir(recording);
    fs::create_dir(&in_the_way).unwrap();
    fs::write(in_the_way.join("somebody's file"), "kept").unwrap();
    let sealed = court.evidence.seal(recording, summary.clone()).await;
    assert!(matches!(sealed, Err(EvidenceError::Io { .. })), "{sealed:?}");
    assert_eq!(fs::read(in_the_way.join("somebody's file")).unwrap(), b"kept");
    assert_eq!(
        court.store.recording(recording).await.unwrap().unwrap().state,
        RecordingState::Closed
    );
    fs::remove_dir_all(&in_the_way).unwrap();

    let spool = court.folder.path().join("spool").join(recording.to_string());
    let manifest = fs::read(spool.join("manifest-sha256.txt")).unwrap();
    court.evidence.seal(recording, summary).await.unwrap();
    assert_eq!(
        fs::read(court.sealed_dir(recording).join("manifest-sha256.txt")).unwrap(),
        manifest
    );
    assert_attached(&court, recording, false).await;
}
