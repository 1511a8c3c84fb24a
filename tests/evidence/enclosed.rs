//! Recordings encrypted at rest: every reader finds what was sealed, and nobody without the key finds anything.

use crate::courthouse::{Court, check_with_other_tools, tool};
use crate::{custody_acts, eventually};
use oyer::court::custody::RetentionClass;
use oyer::court::id::{PersonId, RecordingId};
use oyer::court::state::RecordingState;
use oyer::evidence::{AccessCopyStatus, EvidenceError, Vault};
use oyer::folder::FolderBundle;
use oyer::seal::disposal::Method;
use oyer::seal::source::MemoryBundle;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{CheckCode, Outcome, Trust, verify, verify_disposal};
use oyer::store::{Decided, NewDisposal, Retention};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use uuid::Uuid;

fn vault_of(court: &Court) -> PathBuf {
    court.folder.path().join("vault")
}

fn enclosed(court: &Court, recording: RecordingId) -> PathBuf {
    let folder = court.folder.path().join("objects/enclosed");
    folder.join(recording.to_string())
}

pub fn use_vault(court: &Court) {
    court.evidence.use_vault(Vault::open(&vault_of(court)).unwrap());
}

/// A court that encrypts, with a sealed recording that still lies in clear.
async fn sealed() -> (Court, RecordingId) {
    let court = Court::new().await;
    use_vault(&court);
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    (court, recording)
}

async fn restarted(court: Court) -> Court {
    let court = court.restarted().await;
    use_vault(&court);
    court
}

fn files(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let listed = tool(root, "find", &[".", "-type", "f"]).unwrap();
    let paths = listed
        .lines()
        .map(|line| root.join(line.trim_start_matches("./")));
    paths
        .map(|path| (path.clone(), fs::read(&path).unwrap()))
        .collect()
}

fn trust(court: &Court) -> Trust {
    Trust::from_pem(&fs::read(court.root()).unwrap()).unwrap()
}

fn now() -> Timestamp {
    Timestamp::new(OffsetDateTime::now_utc())
}

fn flip(path: &Path) {
    let mut content = fs::read(path).unwrap();
    let at = content.len() / 2;
    content[at] ^= 1;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o444)).unwrap();
}

#[tokio::test]
async fn every_reader_finds_what_was_sealed_and_nothing_lies_in_clear() {
    let (court, recording) = sealed().await;
    let clear = files(&court.sealed_dir(recording));
    assert_eq!(court.evidence.enclose_waiting().await.unwrap(), 1);
    assert_eq!(court.evidence.enclose_waiting().await.unwrap(), 0);
    assert!(!court.sealed_dir(recording).exists());
    let kept = files(&enclosed(&court, recording));
    assert_eq!(kept.len(), clear.len());
    for (path, content) in &kept {
        let is_payload = path.to_str().unwrap().contains("/data/");
        let says = |what: &[u8]| content.windows(what.len()).any(|w| w == what);
        assert!(
            !is_payload || (!says(b"Karimova") && !says(b"webm")),
            "{path:?} lies in clear"
        );
    }
    let others = fs::read_dir(court.folder.path().join("objects/enclosed")).unwrap();
    assert_eq!(others.count(), 1);
    let writable = tool(&enclosed(&court, recording), "find", &[".", "-perm", "/222"]).unwrap();
    assert_eq!(writable, "", "nothing in a sealed folder can be written");

    let court = restarted(court).await;
    assert_eq!(court.evidence.recover_all().await.unwrap(), 0);
    let described = court.evidence.describe(recording).await.unwrap().unwrap();
    assert_eq!((described.gaps.len(), described.log.len()), (1, 3));
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert!(report.holds(), "{:?}", report.failures().collect::<Vec<_>>());
    assert_eq!(
        court.evidence.scrub(None, |_, _| ()).await.unwrap().damaged.len(),
        0
    );
    // Any range of a track, as a browser asks for it.
    let track = &described.seal.tracks[0];
    let (_, original) = clear
        .iter()
        .find(|(path, _)| path.ends_with(&track.file))
        .unwrap();
    for (from, to) in [
        (0, original.len()),
        (1000, 1001),
        (original.len() - 7, original.len()),
    ] {
        let opened = court
            .evidence
            .open_track(recording, &track.file)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(opened.bytes(), original.len() as u64);
        let mut pieces = opened.pieces(from as u64, to as u64);
        let mut found = Vec::new();
        while let Some(piece) = pieces.recv().await {
            found.extend_from_slice(&piece.unwrap());
        }
        assert!(found == original[from..to], "{from} to {to}");
    }
    // What is handed out is what was sealed: strangers need no key.
    let out = court.folder.path().join("out");
    court
        .evidence
        .export_folder(recording, "Clerk", &out)
        .await
        .unwrap();
    check_with_other_tools(&out, &court.root(), "manifest-sha256.txt").unwrap();
    check_with_other_tools(&out, &court.root(), "tagmanifest-sha256.txt").unwrap();
    let report = verify(&FolderBundle::open(&out).unwrap(), &trust(&court), now());
    assert_eq!(report.outcome, Outcome::Proved);
    for (path, content) in &clear {
        let inside = path.strip_prefix(court.sealed_dir(recording)).unwrap();
        assert!(&fs::read(out.join(inside)).unwrap() == content, "{inside:?}");
    }
    let acts = custody_acts(&court, recording).await;
    assert_eq!(acts[3..5], ["enclosed begun", "enclosed completed ok=true"]);
}

#[tokio::test]
async fn a_copy_for_watching_is_made_from_envelopes_as_from_clear_files() {
    let (court, recording) = sealed().await;
    court.evidence.enclose_waiting().await.unwrap();
    court
        .evidence
        .start_access_copy(recording, "Clerk")
        .await
        .unwrap();
    let end = eventually(async || match court.evidence.access_copy(recording) {
        AccessCopyStatus::Running { .. } => None,
        end => Some(end),
    });
    assert_eq!(end.await, AccessCopyStatus::Done);
    let file = court
        .folder
        .path()
        .join("access")
        .join(format!("{recording}.mp4"));
    let probe = [
        "-v",
        "error",
        "-show_entries",
        "format=duration",
        "-of",
        "csv=p=0",
        file.to_str().unwrap(),
    ];
    let seconds: f64 = tool(court.folder.path(), "ffprobe", &probe)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!((seconds - 4.0).abs() < 0.2, "{seconds}");
    // Nothing is left of the pipes, and the film is the same as from clear files.
    assert_eq!(
        fs::read_dir(court.folder.path().join("access")).unwrap().count(),
        1
    );
    let plain = Court::new().await;
    let (other, summary) = plain.record().await;
    plain.evidence.seal(other, summary).await.unwrap();
    plain.evidence.start_access_copy(other, "Clerk").await.unwrap();
    let end = eventually(async || match plain.evidence.access_copy(other) {
        AccessCopyStatus::Running { .. } => None,
        end => Some(end),
    });
    assert_eq!(end.await, AccessCopyStatus::Done);
    let other = plain.folder.path().join("access").join(format!("{other}.mp4"));
    let frames = |file: &Path| {
        let of = [
            "-v",
            "error",
            "-i",
            file.to_str().unwrap(),
            "-map",
            "0:v",
            "-vf",
            "crop=1280:680:0:0",
            "-f",
            "framemd5",
            "-",
        ];
        tool(plain.folder.path(), "ffmpeg", &of).unwrap()
    };
    assert_eq!(frames(&file), frames(&other));
}

#[tokio::test]
async fn what_is_not_as_it_was_is_found_and_what_is_damaged_before_is_left_as_it_is() {
    let (court, recording) = sealed().await;
    court.evidence.enclose_waiting().await.unwrap();
    let (path, _) = files(&enclosed(&court, recording))
        .into_iter()
        .find(|(path, _)| path.to_str().unwrap().ends_with("judge-1-camera.webm"))
        .unwrap();
    flip(&path);
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    let failed: Vec<_> = report
        .failures()
        .map(|c| (c.check, c.file.clone().unwrap_or_default()))
        .collect();
    assert!(failed.iter().any(|(check, file)| *check == CheckCode::PayloadDigests
        && file.ends_with("judge-1-camera.webm")), "{failed:?}");
    assert_eq!(
        court.evidence.scrub(None, |_, _| ()).await.unwrap().damaged.len(),
        1
    );

    let (court, recording) = sealed().await;
    let (path, _) = files(&court.sealed_dir(recording))
        .into_iter()
        .find(|(path, _)| path.to_str().unwrap().ends_with("judge-1-camera.webm"))
        .unwrap();
    flip(&path);
    assert_eq!(court.evidence.enclose_waiting().await.unwrap(), 0);
    assert!(court.sealed_dir(recording).exists() && !enclosed(&court, recording).exists());
    let acts = custody_acts(&court, recording).await;
    assert_eq!(acts[3..5], ["enclosed begun", "enclosed completed ok=false"]);
}

/// Wherever it is cut off, one whole recording is there, and the next pass ends it.
#[tokio::test]
async fn a_crash_leaves_one_whole_recording() {
    for obstacle in ["partial/data", "clear/something"] {
        let (court, recording) = sealed().await;
        let folder = court.folder.path().join("objects/enclosed");
        let path = folder.join(format!("{recording}.{obstacle}"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // What an earlier attempt left half-written is done anew; what is in the way of the last step is not.
        fs::write(&path, "half").unwrap();
        let done = court.evidence.enclose_waiting().await.unwrap();
        assert_eq!(done, usize::from(obstacle.starts_with("partial")));
        assert!(
            court.evidence.verify(recording, "Clerk").await.unwrap().holds(),
            "{obstacle}"
        );
        if done == 0 {
            assert!(court.sealed_dir(recording).exists() && enclosed(&court, recording).exists());
            fs::remove_dir_all(path.parent().unwrap()).unwrap();
        }
        let court = restarted(court).await;
        assert_eq!(court.evidence.enclose_waiting().await.unwrap(), 0);
        assert!(!court.sealed_dir(recording).exists());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "{obstacle}");
        assert!(
            court.evidence.verify(recording, "Clerk").await.unwrap().holds(),
            "{obstacle}"
        );
    }
}

#[tokio::test]
async fn without_its_key_nobody_reads_a_recording_and_a_disposal_destroys_that_key() {
    let (court, recording) = sealed().await;
    court.evidence.enclose_waiting().await.unwrap();
    let court = court.restarted().await;
    let unread = court.evidence.describe(recording).await;
    assert!(
        matches!(unread, Err(EvidenceError::Vault(_))),
        "no vault is configured: {unread:?}"
    );
    let court = restarted(court).await;
    assert!(court.evidence.describe(recording).await.is_ok());

    // A backup of everything but the vault.
    let backup = court.folder.path().join("backup");
    tool(
        court.folder.path(),
        "cp",
        &["-a", "objects", backup.to_str().unwrap()],
    )
    .unwrap();
    let at = i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap();
    let decided = |by: &str| Decided {
        by: by.into(),
        reason: "Its time is over".into(),
        at,
    };
    let rule = Retention {
        case: court.case,
        class: RetentionClass::Acquittal,
        decided_on: 1_500_000_000_000,
        sentence_months: None,
        set_by: "Clerk".into(),
        set_at: at,
    };
    court.evidence.set_retention(&rule).await.unwrap();
    let kept = court.evidence.kept_by(court.case).await.unwrap().unwrap();
    let judge = court.store.participant(court.judge).await.unwrap().unwrap();
    let new = NewDisposal {
        id: Uuid::now_v7(),
        case: court.case,
        recording,
        rule: serde_json::to_string(&kept.rule).unwrap(),
        due_at: kept.due_at,
        person: judge.person_id,
        proposed: decided("N. Karimova (judge)"),
    };
    court.evidence.propose_disposal(&new).await.unwrap();
    let of = court.store.disposal(new.id).await.unwrap().unwrap();
    let second = PersonId(Uuid::now_v7());
    court.store.create_person(second, "O. Rahmonov", 9).await.unwrap();
    let by = decided("O. Rahmonov (clerk)");
    court
        .evidence
        .decide_disposal(&of, second, &by, true)
        .await
        .unwrap();
    court.evidence.carry_out_disposal(of.id, &by.by).await.unwrap();

    let row = court.store.recording(recording).await.unwrap().unwrap();
    assert_eq!(row.state, RecordingState::Disposed);
    assert!(!enclosed(&court, recording).exists());
    assert!(!vault_of(&court).join(format!("{recording}.key")).exists());
    let certificate = court
        .evidence
        .disposal_certificate(recording)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(certificate.document.method, Method::KeyDestroyed);
    let mut bundle = MemoryBundle::new();
    for (path, content) in certificate.files {
        bundle.insert(path, content);
    }
    let report = verify_disposal(&bundle, &trust(&court), now());
    assert_eq!(
        report.outcome,
        Outcome::Proved,
        "{:?}",
        report.failures().collect::<Vec<_>>()
    );

    // The backup put back: the folder is there, and says nothing.
    let from = backup.join("enclosed").join(recording.to_string());
    tool(
        court.folder.path(),
        "cp",
        &["-a", from.to_str().unwrap(), "objects/enclosed/"],
    )
    .unwrap();
    let court = restarted(court).await;
    let report = verify(
        &FolderBundle::open(enclosed(&court, recording)).unwrap(),
        &trust(&court),
        now(),
    );
    assert_eq!(report.outcome, Outcome::Failed);
    assert!(matches!(
        court.evidence.describe(recording).await,
        Err(EvidenceError::Disposed(_))
    ));
}
