//! The transparency log of a court: what is entered and when, what a bundle proves by it, and that its failures stop nothing.

use crate::courthouse::Court;
use crate::{assert_attached, custody_acts};
use oyer::court::id::RecordingId;
use oyer::evidence::{LogError, LogPass, LogSettings};
use oyer::folder::FolderBundle;
use oyer::seal::bundle;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::tlog::{Checkpoint, Receipt, Tile, Tree, VerifierKey, check_consistency, leaf_hash};
use oyer::seal::verify::{CheckCode, Outcome, Trust, Verdict, VerificationReport, verify};
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use time::OffsetDateTime;

fn report(folder: &Path, court: &Court, keys: Vec<VerifierKey>, receipt: Option<&str>) -> VerificationReport {
    let mut trust = Trust::from_pem(&fs::read(court.root()).unwrap())
        .unwrap()
        .with_log_keys(keys);
    if let Some(receipt) = receipt {
        trust = trust.with_receipt(Receipt::parse(receipt.as_bytes()).unwrap());
    }
    let bundle = FolderBundle::open(folder).unwrap();
    verify(&bundle, &trust, Timestamp::new(OffsetDateTime::now_utc()))
}

fn verdicts(report: &VerificationReport, check: CheckCode) -> Vec<Verdict> {
    let of_check = report.checks.iter().filter(|c| c.check == check);
    of_check.map(|c| c.verdict).collect()
}

fn receipt(court: &Court, recording: RecordingId) -> Option<String> {
    let mut receipts = court.evidence.receipts(&[recording]);
    assert!(receipts.len() <= 1);
    receipts.pop().map(|(_, receipt)| receipt)
}

async fn export(court: &Court, recording: RecordingId, name: &str) -> std::path::PathBuf {
    let to = court.folder.path().join("out").join(name);
    court
        .evidence
        .export_folder(recording, "Clerk", &to)
        .await
        .unwrap();
    to
}

#[tokio::test]
async fn what_runs_is_entered_and_its_receipts_fit_what_is_sealed() {
    let court = Court::new().await;
    let key = court.evidence.log_key().await.unwrap();
    assert_eq!(court.evidence.log_checkpoint(), None);
    let (recording, summary) = court.record().await;
    let ledger = court.evidence.recorder_dir(recording).join(bundle::FRAGMENTS);
    let whole = fs::read_to_string(&ledger).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let pass = async |text: &str| {
        fs::write(&ledger, text).unwrap();
        court.evidence.log_pass().await.heads
    };
    // Nothing yet; then three fragments, and one being written; and once more the same.
    assert_eq!(pass(lines[0]).await, 0);
    assert_eq!(receipt(&court, recording), None);
    assert_eq!(
        pass(&format!("{}{}", lines[..4].concat(), &lines[4][..20])).await,
        1
    );
    let early = receipt(&court, recording).unwrap();
    assert_eq!(pass(&lines[..4].concat()).await, 0);
    assert_eq!(pass(&lines[..6].concat()).await, 1);
    let later = receipt(&court, recording).unwrap();
    fs::write(&ledger, &whole).unwrap();
    court.evidence.seal(recording, summary).await.unwrap();
    assert_attached(&court, recording, false).await;
    let last = receipt(&court, recording).unwrap();
    assert_eq!(
        Receipt::parse(last.as_bytes()).unwrap().proof.checkpoint.size(),
        4
    );

    let folder = export(&court, recording, "bundle").await;
    for (text, fragments) in [
        (&early, "1 to 3 of the 8"),
        (&later, "1 to 5 of the 8"),
        (&last, "1 to 8 of the 8"),
    ] {
        let report = report(&folder, &court, vec![key.clone()], Some(text));
        assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
        assert_eq!(verdicts(&report, CheckCode::TransparencyLog), [Verdict::Proved]);
        assert_eq!(verdicts(&report, CheckCode::Receipt), [Verdict::Proved; 2]);
        let mut said = report.checks.iter().filter(|c| c.check == CheckCode::Receipt);
        let said = &said.next().unwrap().detail;
        assert!(said.contains(fragments), "{said}");
    }
    let how = fs::read_to_string(folder.join(bundle::INSTRUCTIONS)).unwrap();
    assert!(
        how.contains(&format!("entry 3 of the log {}", key.name())),
        "{how}"
    );

    // Another recording is not the one that was shown.
    let (other, summary) = court.record().await;
    court.evidence.seal(other, summary).await.unwrap();
    let other = export(&court, other, "other").await;
    let report = report(&other, &court, vec![key], Some(&early));
    assert_eq!(verdicts(&report, CheckCode::Receipt), [Verdict::Failed]);
    assert_eq!(report.outcome, Outcome::Failed);
}

/// A log as a monitor follows it, over what is served alone.
#[tokio::test]
async fn whoever_follows_it_finds_every_entry_and_every_head_goes_on_from_the_one_before() {
    let court = Court::new().await;
    let key = court.evidence.log_key().await.unwrap();
    let mut before: Option<Checkpoint> = None;
    let mut entries = 0;
    for _ in 0..3 {
        let (recording, summary) = court.record().await;
        court.evidence.seal(recording, summary).await.unwrap();
        entries += 2; // how far it came, and its seal
        let head = court.evidence.log_checkpoint().unwrap();
        let head = Checkpoint::parse(head.as_bytes()).unwrap();
        head.check(&key).unwrap();
        assert_eq!(head.size(), entries);
        let width = u16::try_from(entries).unwrap();
        let served = async |path: String| court.evidence.log_tile(path).await.unwrap();
        let tile = Tile {
            level: 0,
            index: 0,
            width,
        };
        let hashes = served(format!("0/000.p/{width}")).await.unwrap();
        let bundle = served(format!("entries/000.p/{width}")).await.unwrap();
        let mut rest = &bundle[..];
        let mut leaves = Vec::new();
        while let Some((length, more)) = rest.split_first_chunk::<2>() {
            let (entry, more) = more.split_at(usize::from(u16::from_be_bytes(*length)));
            let text = std::str::from_utf8(entry).unwrap();
            let digest = text
                .strip_prefix("oyer/log/1 ")
                .unwrap()
                .split_once(' ')
                .unwrap()
                .1;
            assert!(
                digest.len() == 64 && hex::decode(digest).is_ok(),
                "{text}: nothing but a digest"
            );
            leaves.extend(leaf_hash(entry).0);
            rest = more;
        }
        assert_eq!(leaves, hashes);
        let tiles = HashMap::from([(tile, hashes)]);
        let read = |tile: Tile| {
            tiles
                .get(&tile)
                .cloned()
                .ok_or(std::io::ErrorKind::NotFound.into())
        };
        let tree = Tree::new(entries, &read);
        assert_eq!(tree.root().unwrap(), head.root());
        if let Some(old) = &before {
            let proof = tree.consistency(old.size()).unwrap();
            check_consistency((old.size(), old.root()), (head.size(), head.root()), &proof).unwrap();
        }
        assert_eq!(served(format!("0/000.p/{}", width + 1)).await, None);
        before = Some(head);
    }
}

#[tokio::test]
async fn a_log_that_fails_stops_no_seal_and_is_made_up_for() {
    let court = Court::new().await;
    let key = court.evidence.log_key().await.unwrap();
    let file = court.folder.path().join("keys/log.skey");
    let dir = fs::read_dir(court.folder.path().join("log"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let (kept, summary) = court.record().await;
    court.evidence.seal(kept, summary).await.unwrap();
    let head = fs::read(dir.join("checkpoint")).unwrap();

    // Others may read the key, and the log is not as it was written: nothing is signed.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(dir.join("checkpoint"), "nothing\n").unwrap();
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    let sealed = court.sealed_dir(recording);
    assert!(!sealed.join(bundle::LOG_PROOF).exists());
    assert_eq!(
        custody_acts(&court, recording).await,
        ["recorded", "sealed", "attached"]
    );
    let pass = court.evidence.log_pass().await;
    assert_eq!((pass.proved, pass.waiting), (0, 1));
    let folder = export(&court, recording, "without").await;
    let without = report(&folder, &court, vec![key.clone()], None);
    assert_eq!(without.outcome, Outcome::ProofsMissing);
    assert_eq!(verdicts(&without, CheckCode::TransparencyLog), [Verdict::Missing]);
    for file in [bundle::INSTRUCTIONS, bundle::CERTIFICATE] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        assert!(text.contains("this bundle is not in the log"), "{text}");
    }

    // One of the two mended is not enough.
    fs::write(dir.join("checkpoint"), &head).unwrap();
    court.evidence.log_pass().await;
    assert!(!sealed.join(bundle::LOG_PROOF).exists());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let pass = court.evidence.log_pass().await;
    let made_up = LogPass {
        heads: 0,
        proved: 1,
        waiting: 0,
    };
    assert_eq!(pass, made_up);
    assert_eq!(
        custody_acts(&court, recording).await[3..],
        ["exported begun", "exported completed ok=true", "logged"]
    );
    let writable = crate::courthouse::tool(&sealed, "find", &[".", "-perm", "/222"]).unwrap();
    assert_eq!(writable, "", "nothing in a sealed folder can be written");
    let folder = export(&court, recording, "with").await;
    let with = report(&folder, &court, vec![key], None);
    assert_eq!(
        verdicts(&with, CheckCode::TransparencyLog),
        [Verdict::Proved],
        "{with:#?}"
    );
    assert_eq!(court.evidence.log_pass().await, LogPass::default());
}

#[tokio::test]
async fn it_goes_on_after_a_restart_and_under_another_key_it_is_another_log() {
    let court = Court::new().await;
    let key = court.evidence.log_key().await.unwrap();
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    let before = Checkpoint::parse(court.evidence.log_checkpoint().unwrap().as_bytes()).unwrap();
    let court = court.restarted().await;
    assert_eq!(court.evidence.log_key().await.unwrap(), key);
    let head = court.evidence.log_checkpoint().unwrap();
    assert_eq!(Checkpoint::parse(head.as_bytes()).unwrap(), before);

    // A name that was configured too late is said, and nothing is renamed.
    let court = court.restarted().await;
    court.evidence.keep_log(LogSettings {
        origin: Some("court.example/log".into()),
        cosigners: Vec::new(),
    });
    let renamed = court.evidence.log_key().await;
    assert!(matches!(renamed, Err(LogError::Renamed { .. })), "{renamed:?}");

    fs::remove_file(court.folder.path().join("keys/log.skey")).unwrap();
    let court = court.restarted().await;
    let other = court.evidence.log_key().await.unwrap();
    assert_ne!(other, key);
    assert_eq!(court.evidence.log_checkpoint(), None);
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    let folder = export(&court, recording, "bundle").await;
    let report = report(&folder, &court, vec![other], None);
    assert_eq!(verdicts(&report, CheckCode::TransparencyLog), [Verdict::Proved]);
}
