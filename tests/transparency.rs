//! The transparency log in a bundle, and receipts: what `oyer verify` says of them.

use oyer::folder::FolderBundle;
use oyer::seal::bundle;
use oyer::seal::source::{BundleSource, EntryKind, MemoryBundle};
use oyer::seal::timestamp::Timestamp;
use oyer::seal::tlog::VerifierKey;
use oyer::seal::verify::{CheckCode, Outcome, Trust, Verdict, VerificationReport, verify};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use time::macros::datetime;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings-schema/vectors")
}

fn load(vector: &str) -> MemoryBundle {
    let folder = vectors().join(vector);
    let mut bag = MemoryBundle::new();
    for entry in FolderBundle::open(&folder).unwrap().entries().unwrap() {
        if entry.kind == EntryKind::File {
            let content = fs::read(folder.join(&entry.path)).unwrap();
            bag.insert(entry.path, content);
        }
    }
    bag
}

fn court() -> Trust {
    let pem = fs::read(vectors().join("keys/TEST-ONLY-court/root.pem")).unwrap();
    Trust::from_pem(&pem).unwrap()
}

/// The key of the log and that of its cosigner.
fn log_keys() -> Vec<VerifierKey> {
    let text = fs::read_to_string(vectors().join("keys/TEST-ONLY-log.txt")).unwrap();
    VerifierKey::all_from_text(&text).unwrap()
}

fn report(bag: &MemoryBundle, trust: &Trust) -> VerificationReport {
    verify(bag, trust, Timestamp::new(datetime!(2026-02-01 00:00 UTC)))
}

/// The verdicts of a check, with what was said.
fn lines(report: &VerificationReport, check: CheckCode) -> Vec<(Verdict, String)> {
    let of_check = report.checks.iter().filter(|c| c.check == check);
    of_check.map(|c| (c.verdict, c.detail.clone())).collect()
}

fn line(report: &VerificationReport, check: CheckCode) -> (Verdict, String) {
    let [line] = <[_; 1]>::try_from(lines(report, check)).unwrap();
    line
}

#[test]
fn what_is_proved_depends_on_whose_keys_are_trusted() {
    use CheckCode::{Cosigners, TransparencyLog};
    let bag = load("good/logged");
    let [log, cosigner] = <[_; 2]>::try_from(log_keys()).unwrap();

    let all = report(&bag, &court().with_log_keys(vec![log.clone(), cosigner.clone()]));
    assert_eq!(all.outcome, Outcome::Proved);
    let (verdict, said) = line(&all, TransparencyLog);
    assert_eq!(verdict, Verdict::Proved);
    assert!(
        said.contains("entry 256 of the 260 of the log test-only.example/log"),
        "{said}"
    );
    let (verdict, said) = line(&all, Cosigners);
    assert_eq!(verdict, Verdict::Trusted);
    assert!(said.contains("1 of the 1 cosigners"), "{said}");
    assert!(said.contains("2026-01-15T09:30:40.000Z"), "{said}");

    // Whom nobody trusts nothing is proved of, and nothing fails.
    let none = report(&bag, &court());
    assert_eq!(none.outcome, Outcome::Proved);
    for (check, hint) in [
        (TransparencyLog, "--trust-log"),
        (Cosigners, "1 further signatures"),
    ] {
        let (verdict, said) = line(&none, check);
        assert_eq!(verdict, Verdict::NotChecked);
        assert!(said.contains(hint), "{said}");
    }
    // A cosigner's word about a head is no word of the log's.
    let cosigner_alone = report(&bag, &court().with_log_keys(vec![cosigner.clone()]));
    assert_eq!(line(&cosigner_alone, TransparencyLog).0, Verdict::NotChecked);
    assert_eq!(line(&cosigner_alone, Cosigners).0, Verdict::Trusted);
    let other: VerifierKey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
        .parse()
        .unwrap();
    let stranger = report(&bag, &court().with_log_keys(vec![other]));
    assert_eq!(line(&stranger, TransparencyLog).0, Verdict::Missing);
    assert_eq!(stranger.outcome, Outcome::ProofsMissing);

    // Who names nobody hears that there is none; who names a log or a cosigner expects a proof.
    let closed = load("good/closed");
    let without = report(&closed, &court());
    assert_eq!(without.outcome, Outcome::Proved);
    for check in [TransparencyLog, Cosigners] {
        assert_eq!(line(&without, check).0, Verdict::NotChecked);
    }
    assert!(line(&without, TransparencyLog).1.contains("not in the log"));
    for (keys, cosigners) in [
        (vec![log.clone()], Verdict::NotChecked),
        (vec![cosigner.clone()], Verdict::Missing),
        (vec![log, cosigner], Verdict::Missing),
    ] {
        let without = report(&closed, &court().with_log_keys(keys));
        assert_eq!(without.outcome, Outcome::ProofsMissing);
        let (verdict, said) = line(&without, TransparencyLog);
        assert_eq!(verdict, Verdict::Missing);
        assert!(
            said.contains("no proof of the log was found although you named a log"),
            "{said}"
        );
        assert_eq!(line(&without, Cosigners).0, cosigners);
    }
}

#[test]
fn whatever_is_changed_in_the_proof_it_proves_no_more() {
    let trust = court().with_log_keys(log_keys()).with_stored_form();
    let mut bag = load("good/logged");
    // As it lies in the store, where no tag manifest holds the proof.
    for path in bundle::EXPORTED_TAG_FILES {
        bag.remove(path);
    }
    assert_eq!(report(&bag, &trust).outcome, Outcome::Proved);
    let good = bag.get(bundle::LOG_PROOF).unwrap().to_vec();
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 1;
        bag.insert(bundle::LOG_PROOF, changed);
        let report = report(&bag, &trust);
        let failed = report.outcome == Outcome::Failed;
        // A signature that names another key is one of somebody who is not known.
        let open = report.outcome == Outcome::ProofsMissing
            && line_or_none(&report, CheckCode::Cosigners) == Some(Verdict::Missing);
        assert!(failed || open, "byte {at}: {:?}", report.checks);
    }
}

fn line_or_none(report: &VerificationReport, check: CheckCode) -> Option<Verdict> {
    lines(report, check).first().map(|(verdict, _)| *verdict)
}

fn oyer_verify(vector: &str, receipt: &Path, trusts_log: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oyer"));
    command.arg("verify").arg(vectors().join(vector));
    command
        .arg("--trust")
        .arg(vectors().join("keys/TEST-ONLY-court/root.pem"));
    command.arg("--receipt").arg(receipt);
    if trusts_log {
        command
            .arg("--trust-log")
            .arg(vectors().join("keys/TEST-ONLY-log.txt"));
    }
    command.output().unwrap()
}

#[test]
fn a_receipt_fits_its_recording_and_no_other() {
    // (bundle, receipt, whether the log is trusted, status, what is said)
    for (vector, receipt, trusts_log, status, said) in [
        ("good/logged", "good", true, 0, "it is signed by the log"),
        (
            "good/logged",
            "good",
            false,
            0,
            "whether the log test-only.example/log signed it",
        ),
        // The same recording, handed out without a proof of the log: the receipt needs none, but one was asked for.
        ("good/closed", "good", true, 4, "fragments 1 to 3 of the"),
        ("good/logged", "other-head", true, 1, "it does NOT fit"),
        ("good/logged", "other-recording", true, 1, "and this bundle holds"),
        ("good/continued", "good", true, 1, "and this bundle holds"),
        (
            "good/logged",
            "contradicts-itself",
            true,
            1,
            "the receipt contradicts itself",
        ),
        // A ledger that is broken is no ground to say that a receipt fits.
        ("bad/fragment-chain-broken", "good", true, 1, "it does NOT fit"),
    ] {
        let output = oyer_verify(
            vector,
            &vectors().join(format!("receipts/{receipt}.tlog-proof")),
            trusts_log,
        );
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(status), "{vector} {receipt}: {text}");
        assert!(text.contains(said), "{vector} {receipt}: {text}");
        let fits = text.contains("it fits");
        assert_eq!(fits, status != 1, "{vector} {receipt}: {text}");
    }
}

#[test]
fn what_is_no_receipt_or_no_key_is_no_verdict() {
    let proof = vectors().join("good/logged").join(bundle::LOG_PROOF);
    let output = oyer_verify("good/logged", &proof, true);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no receipt of a hearing"), "{said}");
    assert!(output.stdout.is_empty());

    let folder = tempfile::tempdir().unwrap();
    for (text, hint) in [("\n# nothing\n", "no key in it"), ("\nx+y\n", "line 2")] {
        let file = folder.path().join("keys.txt");
        fs::write(&file, text).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_oyer"))
            .args(["verify", "--trust-log"])
            .arg(&file)
            .arg(vectors().join("good/logged"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(hint), "{said}");
    }
}

#[test]
fn a_file_of_several_receipts_fits_if_all_of_this_recording_do() {
    let folder = tempfile::tempdir().unwrap();
    let read =
        |name: &str| fs::read_to_string(vectors().join(format!("receipts/{name}.tlog-proof"))).unwrap();
    // As the page of a hearing of two recordings saves it.
    for (names, status) in [
        (&["good", "good"][..], 0),
        (&["other-recording", "good"], 0),
        (&["good", "other-head"], 1),
        (&["other-recording"], 1),
    ] {
        let file = folder.path().join("receipts");
        let text: String = names.iter().map(|name| read(name)).collect();
        fs::write(&file, text).unwrap();
        let output = oyer_verify("good/logged", &file, true);
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(status), "{names:?}: {said}");
    }
}
