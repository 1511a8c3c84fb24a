//! The proof of the log in a certificate of disposal: who hands the certificate on can neither leave it out nor exchange it.

use crate::courthouse::Court;
use crate::custody_acts;
use crate::disposal::{approved, assert_proved, certificate, verified};
use oyer::court::id::RecordingId;
use oyer::evidence::key::SealKey;
use oyer::seal::bundle;
use oyer::seal::custody::{self, CustodyAct, CustodyEntry, Head, NewEntry};
use oyer::seal::digest::Digest;
use oyer::seal::disposal::{self, DisposalDocument};
use oyer::seal::source::MemoryBundle;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{Check, CheckCode, Trust, Verdict, verify_disposal};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use time::OffsetDateTime;

/// The lines of a chain of custody that `keep` keeps, with all hashes made to fit.
fn rechained(bundle: &MemoryBundle, keep: impl Fn(&CustodyEntry) -> bool) -> Vec<u8> {
    let text = std::str::from_utf8(bundle.get(bundle::CUSTODY).unwrap()).unwrap();
    let mut head = Head::EMPTY;
    let mut out = String::new();
    for line in text.lines() {
        let entry: CustodyEntry = serde_json::from_str(line).unwrap();
        if keep(&entry) {
            let new = NewEntry {
                at: entry.at,
                act: entry.act,
                by: &entry.by,
                detail: entry.detail,
            };
            let (line, next) = custody::append(head, &new).unwrap();
            out.push_str(&line);
            head = next;
        }
    }
    out.into_bytes()
}

async fn times_logged(court: &Court, recording: RecordingId) -> usize {
    let acts = custody_acts(court, recording).await;
    acts.iter().filter(|act| act.starts_with("logged")).count()
}

/// Another proof of the same entry is put beside the seal, under a later head, and entered; gives the one before, which is sound as well.
async fn proved_anew(court: &Court, recording: RecordingId) -> Vec<u8> {
    let proof = court.sealed_dir(recording).join(bundle::LOG_PROOF);
    let before = fs::read(&proof).unwrap();
    let folder = proof.parent().unwrap();
    fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(&proof).unwrap();
    let (other, summary) = court.record().await;
    court.evidence.seal(other, summary).await.unwrap();
    court.evidence.log_pass().await;
    assert_ne!(fs::read(&proof).unwrap(), before);
    before
}

/// Fails with the file, whatever the verifier trusts.
fn assert_fails(court: &Court, bundle: &MemoryBundle, check: CheckCode, file: &str, what: &str) {
    let root = Trust::from_pem(&fs::read(court.root()).unwrap()).unwrap();
    for trust in [Trust::none(), root] {
        let report = verify_disposal(bundle, &trust, Timestamp::new(OffsetDateTime::now_utc()));
        let of = |c: &Check| c.check == check && c.file.as_deref() == Some(file);
        assert!(report.failures().any(of), "{what}: {:?}", report.checks);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proof_of_the_log_cannot_be_left_out_of_a_certificate() {
    let court = Court::new().await;
    let (recording, id) = approved(&court).await;
    let proof = fs::read(court.sealed_dir(recording).join(bundle::LOG_PROOF)).unwrap();
    // It was made with the seal; the chain of custody names it from the disposal on.
    assert_eq!(times_logged(&court, recording).await, 0);
    court.evidence.carry_out_disposal(id, "Clerk").await.unwrap();
    assert_eq!(times_logged(&court, recording).await, 1);
    let whole = certificate(&court, recording).await;
    assert_eq!(whole.get(bundle::LOG_PROOF).unwrap(), proof);
    assert_proved(&verified(&court, &whole));

    let mut without = whole.clone();
    without.remove(bundle::LOG_PROOF);
    let (in_log, custody) = (CheckCode::TransparencyLog, CheckCode::Custody);
    assert_fails(&court, &without, in_log, bundle::LOG_PROOF, "left out");
    // The entry taken out as well, and everything behind it made to fit: the certificate is signed over the chain.
    let unsaid = rechained(&whole, |entry| entry.act != CustodyAct::Logged);
    without.insert(bundle::CUSTODY, unsaid);
    assert_fails(&court, &without, custody, bundle::CUSTODY, "and unsaid");
    let rewritten = rechained(&whole, |_| true);
    assert_eq!(rewritten, whole.get(bundle::CUSTODY).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_proof_of_the_log_in_a_certificate_cannot_be_exchanged() {
    let court = Court::new().await;
    let (recording, id) = approved(&court).await;
    let other = proved_anew(&court, recording).await;
    court.evidence.carry_out_disposal(id, "Clerk").await.unwrap();
    assert_eq!(times_logged(&court, recording).await, 1, "it was named already");
    let mut bundle = certificate(&court, recording).await;
    assert_proved(&verified(&court, &bundle));
    bundle.insert(bundle::LOG_PROOF, other);
    let in_log = CheckCode::TransparencyLog;
    assert_fails(&court, &bundle, in_log, bundle::LOG_PROOF, "exchanged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_of_the_log_that_is_not_as_it_was_is_made_anew_before_the_disposal() {
    for change in ["lost", "damaged", "exchanged"] {
        let court = Court::new().await;
        let (recording, id) = approved(&court).await;
        let proof = court.sealed_dir(recording).join(bundle::LOG_PROOF);
        let before = proved_anew(&court, recording).await;
        fs::set_permissions(proof.parent().unwrap(), Permissions::from_mode(0o755)).unwrap();
        fs::remove_file(&proof).unwrap();
        match change {
            "damaged" => fs::write(&proof, &before[..before.len() / 2]).unwrap(),
            "exchanged" => fs::write(&proof, &before).unwrap(),
            _ => {}
        }
        court.evidence.carry_out_disposal(id, "Clerk").await.unwrap();
        assert_eq!(times_logged(&court, recording).await, 2, "{change}");
        assert_proved(&verified(&court, &certificate(&court, recording).await));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_certificate_whose_chain_names_no_proof_it_is_said_that_one_can_be_left_out() {
    let court = Court::new().await;
    let (recording, id) = approved(&court).await;
    court.evidence.carry_out_disposal(id, "Clerk").await.unwrap();
    // As it was made before the chain named what came with the seal: the court's own signature over a chain without the entry.
    let mut older = certificate(&court, recording).await;
    let chain = rechained(&older, |entry| entry.act != CustodyAct::Logged);
    let mut hashes = Vec::new();
    custody::check(chain.as_slice(), |entry| hashes.push(entry.hash)).unwrap();
    let mut document = DisposalDocument::parse(older.get(disposal::DOCUMENT).unwrap()).unwrap();
    document.custody.entries -= 1;
    document.custody.head = hashes[document.custody.entries as usize - 1];
    let text = serde_json::to_vec(&document).unwrap();
    let keys = court.folder.path().join("keys");
    let now = OffsetDateTime::now_utc();
    let (key, _) = SealKey::open(&keys, crate::courthouse::ORGANISATION, now).unwrap();
    let signature = key.sign(Digest::of(&text), Timestamp::new(now)).unwrap();
    let stamp = key.stamp(Digest::of(&signature), Timestamp::new(now)).unwrap();
    let before = Digest::of(older.get(disposal::DOCUMENT).unwrap()).to_string();
    let chain = String::from_utf8(chain).unwrap();
    let chain = chain.replace(&before, &Digest::of(&text).to_string());
    older.insert(bundle::CUSTODY, chain);
    older.insert(bundle::CUSTODY, rechained(&older, |_| true));
    older.insert(disposal::TIME_STAMP, stamp);
    older.insert(disposal::SIGNATURE, signature);
    older.insert(disposal::DOCUMENT, text);
    let report = verified(&court, &older);
    assert_proved(&report);
    let said = |c: &Check| c.verdict == Verdict::NotChecked && c.detail.contains("it can be left out");
    assert!(report.checks.iter().any(said), "{:?}", report.checks);
    older.remove(bundle::LOG_PROOF);
    assert_proved(&verified(&court, &older));
}
