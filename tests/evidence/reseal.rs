//! Recordings that are resealed in the store.

use super::courthouse::{Court, tool};
use super::custody_acts;
use oyer::court::id::RecordingId;
use oyer::evidence::EvidenceError;
use oyer::seal::reseal::Number;
use oyer::seal::verify::{CheckCode, Outcome, Verdict};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};
use time::{Duration, OffsetDateTime};

async fn sealed(court: &Court) -> RecordingId {
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    recording
}

/// The digest of every file, by path.
fn contents(folder: &Path) -> BTreeMap<String, String> {
    let listed = tool(folder, "sh", &["-c", "find . -type f -exec sha256sum {} +"]).unwrap();
    let lines = listed.lines().map(|line| line.split_once("  ").unwrap());
    lines
        .map(|(digest, path)| (path.to_owned(), digest.to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reseal_is_added_and_nothing_that_was_there_is_touched() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    let bag = court.sealed_dir(recording);
    let before = contents(&bag);
    let first = court
        .evidence
        .reseal(recording, "Archivist", false)
        .await
        .unwrap();
    let second = court.evidence.reseal(recording, "Archivist", true).await.unwrap();
    assert_eq!(
        (first.reseal.as_str(), second.reseal.as_str()),
        ("reseal-001", "reseal-002")
    );
    let mut after = contents(&bag);
    after.retain(|path, _| !path.starts_with("./reseal-"));
    assert_eq!(after, before);
    assert_eq!(tool(&bag, "find", &[".", "-perm", "/222"]).unwrap(), "");
    assert_eq!(
        custody_acts(&court, recording).await,
        [
            "recorded",
            "sealed",
            "attached",
            "resealed begun",
            "resealed completed ok=true",
            "resealed begun",
            "resealed completed ok=true",
        ]
    );
    // By tools of others.
    for number in [1, 2].map(Number) {
        tool(&bag, "sha512sum", &["--check", "--strict", &number.list()]).unwrap();
        tool(&bag, "sha512sum", &["--check", "--strict", &number.stamped()]).unwrap();
        let root = court.root();
        let root = root.to_str().unwrap();
        let (data, stamp) = (number.stamped(), number.stamp());
        tool(
            &bag,
            "openssl",
            &["ts", "-verify", "-data", &data, "-in", &stamp, "-CAfile", root],
        )
        .unwrap();
    }
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    let lines = report.checks.iter().filter(|c| c.check == CheckCode::Reseal);
    let proved: Vec<_> = lines.filter(|c| c.verdict == Verdict::Proved).collect();
    assert_eq!(proved.len(), 2, "{report:#?}");
    assert!(
        court
            .evidence
            .scrub(None, |_, _| ())
            .await
            .unwrap()
            .damaged
            .is_empty()
    );

    // It is handed out with the bundle; a further one can be added to that.
    let exported = court.folder.path().join("exported");
    court
        .evidence
        .export_folder(recording, "Clerk", &exported)
        .await
        .unwrap();
    let verify = |folder: &Path| -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oyer"));
        command.arg("verify").arg(folder).arg("--trust").arg(court.root());
        command.output().unwrap()
    };
    let said = String::from_utf8(verify(&exported).stdout).unwrap();
    assert!(
        said.contains("reseal-002 covers the seal, its time-stamp, reseal-001 and each of the"),
        "{said}"
    );
    let instructions = fs::read_to_string(exported.join("VERIFY.txt")).unwrap();
    assert!(instructions.contains("sha512sum --check --strict reseal-002/manifest-sha512.txt"));
    let handed_out = contents(&exported);
    let third = court.evidence.reseal_bundle(&exported, true).await.unwrap();
    assert_eq!(third.reseal, "reseal-003");
    let mut after = contents(&exported);
    after.retain(|path, _| !path.starts_with("./reseal-003"));
    assert_eq!(after, handed_out);
    let verified = verify(&exported);
    let said = String::from_utf8(verified.stdout).unwrap();
    assert!(
        verified.status.success() && said.contains("reseal-003 covers"),
        "{said}"
    );
    assert_eq!(
        tool(&exported, "ls", &["-A", ".."])
            .unwrap()
            .matches(".reseal-")
            .count(),
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_damaged_is_not_resealed_and_a_reseal_that_is_gone_is_missed() {
    let court = Court::new().await;
    let (damaged, other) = (sealed(&court).await, sealed(&court).await);
    let seal = court
        .sealed_dir(damaged)
        .join("data")
        .join(damaged.to_string())
        .join("seal.json");
    fs::set_permissions(&seal, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&seal, b"{}").unwrap();
    let refused = court.evidence.reseal(damaged, "Archivist", true).await;
    assert!(
        matches!(refused, Err(EvidenceError::Changed { .. })),
        "{refused:?}"
    );
    assert!(!court.sealed_dir(damaged).join("reseal-001").exists());
    let acts = custody_acts(&court, damaged).await;
    assert!(
        acts.ends_with(&["resealed begun".into(), "resealed completed ok=false".into()]),
        "{acts:?}"
    );

    // Older than a day is none of them; of now on both are, until one is resealed. One that cannot be read always is.
    let now = OffsetDateTime::now_utc();
    let old = async |before| {
        court
            .evidence
            .due_for_reseal(move |p| p.at < before)
            .await
            .unwrap()
    };
    assert_eq!(old(now - Duration::days(1)).await, []);
    assert_eq!(old(now + Duration::days(1)).await, [damaged, other]);
    let stamp = court.sealed_dir(damaged).join("seal/manifest-sha256.txt.p7s.tsr");
    fs::set_permissions(&stamp, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&stamp, b"no stamp").unwrap();
    assert_eq!(old(now - Duration::days(1)).await, [damaged]);
    let between = OffsetDateTime::now_utc();
    court.evidence.reseal(other, "Archivist", false).await.unwrap();
    // A stamp tells whole seconds.
    assert_eq!(old(between - Duration::seconds(1)).await, [damaged]);
    let bag = court.sealed_dir(other);
    let aside = court.folder.path().join("aside");
    fs::set_permissions(&bag, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(bag.join("reseal-001"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(bag.join("reseal-001"), &aside).unwrap();
    let report = court.evidence.verify(other, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Failed);
    let failed: Vec<_> = report.failures().collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].detail.contains("speaks of reseal-001"), "{failed:?}");
}

/// What a crash left of one does not keep the next from being made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rest_of_an_attempt_that_was_cut_off_is_cleared_away() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    let aside = court.folder.path().join(format!("notes/{recording}.reseal"));
    fs::create_dir_all(aside.join("certs")).unwrap();
    fs::write(aside.join("certs/half"), b"half").unwrap();
    for folder in [aside.join("certs"), aside.clone()] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
    }
    court
        .evidence
        .reseal(recording, "Archivist", false)
        .await
        .unwrap();
    assert!(!aside.exists());
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
}
