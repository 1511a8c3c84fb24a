//! Sealing, reading and verifying.

use crate::courthouse::{Court, Tape};
use crate::{assert_attached, custody_acts};
use oyer::evidence::{EvidenceError, SealedList, Verification};
use oyer::recorder::{Recorder, RecorderConfig};
use oyer::rtp::codec::Codec;
use oyer::rtp::source::Source;
use oyer::seal::digest::Digest;
use oyer::seal::verify::{CheckCode, Outcome};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio::time::timeout;
use uuid::Uuid;

#[tokio::test]
async fn a_recording_is_sealed_and_part_of_its_case() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    let begun = Instant::now();
    let sealed = court.evidence.seal(recording, summary.clone()).await.unwrap();
    eprintln!("sealed in {:?}", begun.elapsed());
    assert_attached(&court, recording, false).await;

    let again = court.evidence.seal(recording, summary).await.unwrap();
    assert_eq!(again.manifest_sha256, sealed.manifest_sha256);
    assert_attached(&court, recording, false).await;

    let described = court.evidence.describe(recording).await.unwrap().unwrap();
    assert_eq!(described.seal.tracks.len(), 8);
    assert_eq!(described.seal.tracks[1].name, "N. Karimova");
    assert_eq!(
        (described.gaps.len(), described.log.len(), described.custody.len()),
        (1, 3, 3)
    );
    assert_eq!(described.seal.court_log.entries, 3);
    assert_eq!(court.evidence.last_segment(court.hearing).await.unwrap(), 2);

    let file = "segment-001/judge-1-camera.webm";
    let opened = court.evidence.open_track(recording, file).await.unwrap().unwrap();
    assert_eq!(
        opened.bytes(),
        described
            .seal
            .tracks
            .iter()
            .find(|t| t.file == file)
            .unwrap()
            .bytes
    );
    for other in [
        "seal.json",
        "../../../../keys/root.key",
        "",
        "segment-001/none.webm",
    ] {
        assert!(
            court
                .evidence
                .open_track(recording, other)
                .await
                .unwrap()
                .is_none(),
            "{other}"
        );
    }
    // What a player compares with: the list that the seal signs, and by it the ledger of fragments.
    let list = async |list| {
        let file = court.evidence.open_list(recording, list).await.unwrap().unwrap();
        let bytes = file.bytes();
        let mut pieces = file.pieces(0, bytes);
        let mut text = Vec::new();
        while let Some(piece) = pieces.recv().await {
            text.extend_from_slice(&piece.unwrap());
        }
        assert_eq!(text.len() as u64, bytes);
        String::from_utf8(text).unwrap()
    };
    let manifest = list(SealedList::Manifest).await;
    assert_eq!(Digest::of(manifest.as_bytes()), sealed.manifest_sha256);
    let fragments = Digest::of(list(SealedList::Fragments).await.as_bytes());
    let line = format!("{fragments}  data/{recording}/fragments.tsv");
    assert!(manifest.lines().any(|l| l == line), "{manifest}");
    for none in [SealedList::Manifest, SealedList::Fragments] {
        let other = court.evidence.open_list(Uuid::now_v7().into(), none).await;
        assert!(other.unwrap().is_none());
    }
    assert!(
        court
            .evidence
            .describe(Uuid::now_v7().into())
            .await
            .unwrap()
            .is_none()
    );
    court.evidence.note_viewed(recording, "Clerk").await.unwrap();
    assert_eq!(custody_acts(&court, recording).await.last().unwrap(), "viewed");
}

#[tokio::test]
async fn the_next_recording_names_the_one_before() {
    let court = Court::new().await;
    let (first, summary) = court.record().await;
    let sealed = court.evidence.seal(first, summary).await.unwrap();
    let (second, summary) = court.record().await;
    let next = court.evidence.seal(second, summary).await.unwrap();
    let previous = next.document.previous.unwrap();
    assert_eq!(previous.recording, first.0);
    assert_eq!(previous.manifest_sha256, sealed.manifest_sha256);
    assert_attached(&court, second, false).await;
}

#[tokio::test]
async fn a_file_that_changed_before_sealing_is_not_sealed() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    let file = court
        .evidence
        .recorder_dir(recording)
        .join("segment-001/judge-1-camera.webm");
    let mut content = fs::read(&file).unwrap();
    content.pop();
    fs::write(&file, content).unwrap();
    let sealed = court.evidence.seal(recording, summary).await;
    assert!(
        matches!(&sealed, Err(EvidenceError::Changed { file, .. }) if file.ends_with("judge-1-camera.webm"))
    );
    assert!(!court.sealed_dir(recording).exists());

    let (recording, mut summary) = court.record().await;
    summary.tracks[0].participant = Uuid::now_v7();
    let sealed = court.evidence.seal(recording, summary).await;
    assert!(matches!(sealed, Err(EvidenceError::UnknownParticipant { .. })));
}

/// On the record for a while with nobody who sends anything: the recorder makes a folder for the segment, and no file.
#[tokio::test]
async fn a_segment_in_which_nothing_was_written_leaves_no_folder_that_a_verifier_refuses() {
    let court = Court::new().await;
    let wall = OffsetDateTime::now_utc();
    let begun = court.evidence.begin_recording(court.hearing, wall).await;
    let (recording, dir) = begun.unwrap();
    let (events, _heard) = tokio::sync::mpsc::channel(64);
    let config = RecorderConfig {
        recording: recording.0,
        dir: dir.clone(),
        first_segment: 1,
        cutoff: Default::default(),
    };
    let recorder = Recorder::start(config, events).unwrap();
    let at = Instant::now();
    recorder.begin_segment(at, wall).await.unwrap();
    recorder.end_segment(at + Duration::from_secs(2)).await.unwrap();
    assert!(dir.join("segment-001").exists());
    let summary = recorder.finish().await.unwrap();
    court.evidence.seal(recording, summary).await.unwrap();
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert!(report.holds(), "{:#?}", report.checks);
    let described = court.evidence.describe(recording).await.unwrap().unwrap();
    assert_eq!((described.seal.segments.len(), described.gaps.len()), (1, 1));
}

/// Bytes that this process has read so far, from wherever.
fn bytes_read() -> u64 {
    let io = fs::read_to_string("/proc/self/io").unwrap();
    let rchar = io.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap();
    rchar.parse().unwrap()
}

/// Eight hours of eight tracks are some 100 GB. Of a track not a byte is read again, so it takes as long as for ten
/// minutes: counted, since a clock would tell of the computer as well.
#[tokio::test]
async fn sealing_reads_no_more_of_a_long_hearing_than_of_a_short_one() {
    let mut read = Vec::new();
    for (minutes, bytes) in [(10, 2 << 30), (8 * 60, 100 << 30)] {
        let court = Court::new().await;
        let (recording, dir) = court
            .evidence
            .begin_recording(court.hearing, OffsetDateTime::now_utc())
            .await
            .unwrap();
        let mut tape = Tape::new(recording, &dir);
        tape.segment(1, minutes * 60_000);
        let file = "segment-001/judge-1-camera.webm".to_string();
        // A file with a hole: it has its length, and takes no room.
        fs::File::create_new(dir.join(&file))
            .unwrap()
            .set_len(bytes)
            .unwrap();
        tape.enter_with(
            file,
            court.judge,
            Source::Camera,
            Codec::Vp8,
            1,
            Digest::ZERO,
            bytes,
        );
        let summary = tape.finish();
        let before = bytes_read();
        court.evidence.seal(recording, summary).await.unwrap();
        read.push(bytes_read() - before);
        eprintln!(
            "{minutes} minutes, {bytes} bytes: {} bytes read",
            read.last().unwrap()
        );
    }
    // Other tests of the same process may read a little meanwhile.
    const LITTLE: u64 = 64 << 20;
    assert!(read.iter().all(|bytes| *bytes < LITTLE), "{read:?}");
}

#[tokio::test]
async fn verifying_is_entered_and_notices_a_changed_file_and_a_changed_ledger() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    let early = court.evidence.verify(recording, "Clerk").await;
    assert!(matches!(early, Err(EvidenceError::NotSealed(_))));
    court.evidence.seal(recording, summary).await.unwrap();
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    let custody = report
        .checks
        .iter()
        .find(|c| c.check == CheckCode::Custody)
        .unwrap();
    assert!(custody.detail.starts_with("4 entries"), "{custody:?}");
    let acts = custody_acts(&court, recording).await;
    assert_eq!(acts[3..], ["verified begun", "verified completed"]);

    let file = court
        .sealed_dir(recording)
        .join("data")
        .join(recording.to_string())
        .join("segment-001/judge-1-camera.webm");
    let good = fs::read(&file).unwrap();
    let mut bad = good.clone();
    bad[200] ^= 1;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&file, bad).unwrap();
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert!(
        report
            .failures()
            .all(|c| c.file.as_ref().unwrap().ends_with("judge-1-camera.webm"))
    );
    assert_eq!(report.outcome, Outcome::Failed);
    fs::write(&file, good).unwrap();

    let url = format!("sqlite://{}/oyer.sqlite", court.folder.path().display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    let forged = "UPDATE custody SET line = REPLACE(line, 'Clerk', 'Usher') WHERE seq = 4";
    sqlx::query(forged).execute(&pool).await.unwrap();
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    let failed: Vec<_> = report.failures().map(|c| c.check).collect();
    assert_eq!(failed, [CheckCode::Custody]);
    assert_eq!(report.outcome, Outcome::Failed);
}

/// A root comes to its end, its folder is moved away, and another is made: what was sealed before stays trusted.
#[tokio::test]
async fn what_was_sealed_under_an_earlier_root_stays_verifiable() {
    let court = Court::new().await;
    let (old, summary) = court.record().await;
    court.evidence.seal(old, summary).await.unwrap();
    let first = court.evidence.root_fingerprint();
    let keys = court.folder.path().join("keys");
    std::fs::rename(&keys, court.folder.path().join("keys-of-2026")).unwrap();
    let court = court.restarted().await;
    assert_ne!(court.evidence.root_fingerprint(), first);
    let (new, summary) = court.record().await;
    court.evidence.seal(new, summary).await.unwrap();
    for recording in [old, new] {
        let report = court.evidence.verify(recording, "Clerk").await.unwrap();
        assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    }
    // A root that is not ours is not trusted for lying in the bag.
    std::fs::remove_file(court.folder.path().join(format!("roots/{first}.pem"))).unwrap();
    let report = court.evidence.verify(old, "Clerk").await.unwrap();
    assert_ne!(report.outcome, Outcome::Proved);
}

/// The verification of a long recording outlasts the patience of whoever asked.
#[tokio::test]
async fn a_verification_goes_on_when_whoever_asked_hangs_up_and_its_outcome_is_entered() {
    let court = Court::new().await;
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    assert!(
        court
            .evidence
            .verification(recording, Duration::ZERO)
            .await
            .unwrap()
            .is_none()
    );
    let entries = async |what: &str| {
        let acts = custody_acts(&court, recording).await;
        acts.iter().filter(|act| *act == what).count()
    };
    let mut left_midway = false;
    for n in 1..=20 {
        let mut asked = Box::pin(court.evidence.verify(recording, "Clerk"));
        // One look at a time, until it has begun.
        let under_way = loop {
            if timeout(Duration::ZERO, &mut asked).await.is_ok() {
                break false;
            }
            if entries("verified begun").await == n {
                break true;
            }
        };
        left_midway |= under_way;
        drop(asked);
        while entries("verified completed").await < n {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(entries("verified begun").await, n);
        if left_midway {
            break;
        }
    }
    assert!(left_midway, "nobody hung up");
    // Who asks later is told.
    let end = court
        .evidence
        .verification(recording, Duration::from_secs(60))
        .await
        .unwrap();
    let Some(Verification::Done(report)) = end else {
        panic!("{end:?}");
    };
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
}
