//! Verifying the certificate of a disposal, offline.

use super::super::bundle;
use super::super::cms;
use super::super::custody::{self, CustodyAct, CustodyEntry};
use super::super::digest::Digest;
use super::super::disposal::{self, Additions, DisposalDocument};
use super::super::source::BundleSource;
use super::super::stamp;
use super::super::timestamp::Timestamp;
use super::super::tlog;
use super::super::x509::Certificate;
use super::contents::Contents;
use super::report::{CheckCode, Findings, VerificationReport};
use super::signature::{self, CLOCK_DIFFERENCE_MAX, Seal};
use super::{Trust, log, read_manifest, stamp as seal_stamp};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::BufReader;

const CHECK: CheckCode = CheckCode::Disposal;

/// Files of a certificate.
const FILES: [&str; 9] = [
    disposal::DOCUMENT,
    disposal::SIGNATURE,
    disposal::TIME_STAMP,
    disposal::TIME_STAMP_ROOT,
    bundle::CUSTODY,
    bundle::MANIFEST,
    bundle::MANIFEST_SIGNATURE,
    bundle::ROOT_CERTIFICATE,
    bundle::SEAL_CERTIFICATE,
];

/// True when the folder is the certificate of a disposal and no recording.
pub fn is_disposal(source: &dyn BundleSource) -> bool {
    source
        .entries()
        .is_ok_and(|entries| entries.iter().any(|entry| entry.path == disposal::DOCUMENT))
}

/// Verifies the certificate of a disposal against `trust`. `now` is the verifier's clock.
pub fn verify_disposal(source: &dyn BundleSource, trust: &Trust, now: Timestamp) -> VerificationReport {
    let mut findings = Findings::new();
    let Some(contents) = Contents::list(source, &mut findings) else {
        return findings.into_report(None, None, None);
    };
    check_files(&contents, &mut findings);
    let Some((manifest_bytes, manifest)) = read_manifest(&contents, bundle::MANIFEST, &mut findings) else {
        return findings.into_report(None, None, None);
    };
    let manifest_sha256 = Digest::of(&manifest_bytes);
    // What was destroyed: the seal over the list of its files still holds.
    let seal = signature::check_seal(&contents, &manifest_bytes, trust, now, &mut findings);
    seal_stamp::check(&contents, seal.as_ref(), trust, now, &mut findings);
    // That it had been entered in the log can be proved without it.
    log::check(&contents, manifest_sha256, trust, now, &mut findings);
    let document = check_document(&contents, manifest_sha256, manifest.len() as u64, &mut findings);
    if let (Some((bytes, document)), Some(seal)) = (&document, &seal) {
        check_signed(&contents, bytes, document, seal, trust, now, &mut findings);
        check_custody(&contents, bytes, document, manifest_sha256, &mut findings);
    }
    findings.not_checked(
        CheckCode::Content,
        "that nothing is left anywhere cannot be proved: the court says what it destroyed",
    );
    findings.not_checked(
        CheckCode::Revocation,
        "whether a certificate was revoked needs a connection; ask the court",
    );
    let recording = document.map(|(_, document)| document.recording);
    let root = seal.and_then(|seal| seal.root_fingerprint);
    findings.into_report(recording, Some(manifest_sha256), root)
}

fn check_files(contents: &Contents<'_>, findings: &mut Findings) {
    let seal_stamp = [bundle::TIME_STAMP, bundle::TIME_STAMP_ROOT];
    for file in FILES.iter().filter(|file| contents.size(file).is_none()) {
        findings.failed(CHECK, file, "it is missing");
    }
    if contents.size(seal_stamp[0]).is_some() != contents.size(seal_stamp[1]).is_some() {
        findings.failed(CHECK, seal_stamp[0], "a time-stamp and its root come together");
    }
    for file in contents.all_files() {
        let optional = seal_stamp.contains(&file) || file == bundle::LOG_PROOF;
        if !FILES.contains(&file) && !optional {
            findings.failed(CHECK, file, "it does not belong to a certificate of disposal");
        }
    }
}

/// The document by itself, and that it is of this list of files.
fn check_document(
    contents: &Contents<'_>,
    manifest: Digest,
    files: u64,
    findings: &mut Findings,
) -> Option<(Vec<u8>, DisposalDocument)> {
    let path = disposal::DOCUMENT;
    contents.size(path)?;
    let bytes = contents.read_small(path, disposal::BYTES_MAX, CHECK, findings)?;
    let document = match DisposalDocument::parse(&bytes) {
        Ok(document) if document.schema == disposal::SCHEMA => document,
        Ok(document) => {
            let why = format!("its schema is {:?}, not {:?}", document.schema, disposal::SCHEMA);
            findings.failed(CHECK, path, why);
            return None;
        }
        Err(e) => {
            findings.failed(CHECK, path, e.to_string());
            return None;
        }
    };
    let mut wrong = |why: &str| findings.failed(CHECK, path, why);
    if document.manifest_sha256 != manifest {
        wrong("it speaks of another list of files");
    }
    if document.files != files {
        wrong("it counts other files than the list has");
    }
    if document.proposed.by == document.approved.by {
        wrong("one person proposed and approved it");
    }
    if document
        .second_store
        .as_ref()
        .is_some_and(|copy| !copy.is_whole())
    {
        wrong("of the second store it has a date without a lock, or a lock without a date");
    }
    let times = [
        document.sealed_at,
        document.proposed.at,
        document.approved.at,
        document.issued_at,
    ];
    if !times.is_sorted() {
        wrong("its times are out of order");
    }
    // Written as the days of one calendar, they sort as text.
    let day = |at: Timestamp| at.to_string().chars().take(10).collect::<String>();
    if document.rule.kept_until >= day(document.proposed.at) {
        wrong("it was proposed before the rule allowed it");
    }
    Some((bytes, document))
}

/// Signature and time-stamp of the document.
fn check_signed(
    contents: &Contents<'_>,
    bytes: &[u8],
    document: &DisposalDocument,
    seal: &Seal,
    trust: &Trust,
    now: Timestamp,
    findings: &mut Findings,
) {
    let files = [disposal::DOCUMENT, disposal::SIGNATURE];
    let Some(at) = signature::check_further(contents, bytes, files, seal, CHECK, findings) else {
        return;
    };
    let apart = (at.at() - document.issued_at.at()).abs();
    if apart > CLOCK_DIFFERENCE_MAX || at.at() - now.at() > CLOCK_DIFFERENCE_MAX {
        let why = format!("it was signed at {at}, and says {}", document.issued_at);
        findings.failed(CHECK, disposal::SIGNATURE, why);
    }
    let stamped = check_stamp(contents, at, trust, now, findings);
    findings.proved_unless_failed(
        CHECK,
        format!(
            "the certificate is signed, {at}{}: {} files with {} bytes, kept until {} ({}, decided on {})",
            stamped.unwrap_or_default(),
            document.files,
            document.bytes,
            document.rule.kept_until,
            document.rule.class.escape_debug(),
            document.rule.decided_on.escape_debug(),
        ),
    );
    findings.trusted(
        CHECK,
        format!(
            "proposed by {}, approved by {}; {}: by the word of the court",
            document.proposed.by.escape_debug(),
            document.approved.by.escape_debug(),
            document.method.in_words()
        ),
    );
    if let Some(copy) = &document.second_store {
        let word = copy.in_words(document.method);
        findings.trusted(CHECK, format!("{word}: by the word of the court"));
    }
}

/// The time-stamp over the signature; says by whom and when.
fn check_stamp(
    contents: &Contents<'_>,
    signed_at: Timestamp,
    trust: &Trust,
    now: Timestamp,
    findings: &mut Findings,
) -> Option<String> {
    let path = disposal::TIME_STAMP;
    contents.size(path)?;
    contents.size(disposal::SIGNATURE)?;
    let answer = contents.read_small(path, stamp::STAMP_BYTES_MAX, CHECK, findings)?;
    let signature = contents.read_small(disposal::SIGNATURE, cms::SIGNATURE_BYTES_MAX, CHECK, findings)?;
    let enclosed = signature::one_certificate(contents, disposal::TIME_STAMP_ROOT, CHECK, findings)?;
    let stamped = match stamp::verify(&answer, &signature) {
        Ok(stamped) => stamped,
        Err(e) => {
            findings.failed(CHECK, path, e.to_string());
            return None;
        }
    };
    let trusted: Vec<Certificate> = [trust.roots(), trust.time_roots(), &[enclosed]].concat();
    if let Err(e) = stamped.root(&trusted) {
        findings.failed(CHECK, path, e.to_string());
    }
    let at = stamped.at;
    if (at.at() - signed_at.at()).abs() > CLOCK_DIFFERENCE_MAX || at.at() - now.at() > CLOCK_DIFFERENCE_MAX {
        findings.failed(
            CHECK,
            path,
            format!("it was made at {at}, far from the signature"),
        );
    }
    Some(format!(", stamped {at} by {}", stamped.certificate.subject()))
}

/// The chain of custody: unbroken, of this seal, with the disposal in it.
fn check_custody(
    contents: &Contents<'_>,
    bytes: &[u8],
    document: &DisposalDocument,
    manifest: Digest,
    findings: &mut Findings,
) {
    let (check, path) = (CheckCode::Custody, bundle::CUSTODY);
    if contents.size(path).is_none() {
        return; // named as missing already
    }
    let file = match contents.open(path) {
        Ok(file) => BufReader::new(file),
        Err(e) => return findings.failed(check, path, format!("it cannot be read: {e}")),
    };
    let said = |entry: &CustodyEntry, member: &str, value: &str| {
        entry.detail.get(member).and_then(Value::as_str) == Some(value)
    };
    let mut logged: Option<String> = None;
    let (manifest, certificate) = (manifest.to_string(), Digest::of(bytes).to_string());
    let mut seen = [false; 5];
    // Numbers of the entries by which the approver set out to approve it, for the reason that the certificate has. What was turned down,
    // or refused by the court's rules, is no approval.
    let mut approving = BTreeSet::new();
    let reason = document.approved.reason_sha256.to_string();
    let mut additions = Additions::default();
    let read = custody::check(file, |entry| {
        let done = entry.detail.get("ok") == Some(&Value::Bool(true));
        let found = match entry.act {
            CustodyAct::Sealed if said(entry, "manifest_sha256", &manifest) => Some(0),
            CustodyAct::DisposalProposed if entry.by == document.proposed.by => Some(1),
            CustodyAct::DisposalDecided if entry.by == document.approved.by => {
                let approves = entry.detail.get("approves") == Some(&Value::Bool(true));
                let begun = entry
                    .detail
                    .get("begun")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                if approves && said(entry, "reason_sha256", &reason) {
                    approving.insert(entry.seq.to_string());
                }
                (done && approving.contains(begun)).then_some(2)
            }
            CustodyAct::Disposed if done && said(entry, "certificate_sha256", &certificate) => Some(4),
            _ => None,
        };
        if let Some(seen) = found.and_then(|n| seen.get_mut(n)) {
            *seen = true;
        }
        if entry.seq <= document.custody.entries {
            additions.take(entry);
            // Up to there the signed certificate holds the chain, and a later proof takes the place of an earlier one.
            if entry.act == CustodyAct::Logged {
                let named = entry.detail.get("sha256").and_then(Value::as_str);
                logged = Some(named.unwrap_or_default().to_owned());
            }
        }
        if entry.seq == document.custody.entries && entry.hash == document.custody.head {
            seen[3] = true;
        }
    });
    let missing = [
        "the sealing of this list of files",
        "the proposal",
        "the approval",
        "the entry at which the certificate was written",
        "the end of the disposal, with this certificate",
    ];
    match read {
        Err(e) => findings.failed(check, path, e.to_string()),
        Ok(head) => {
            if additions.reseals != document.reseals || additions.annotations != document.annotations {
                let why = "it names other reseals or notes than the chain of custody has";
                findings.failed(CHECK, disposal::DOCUMENT, why);
            }
            check_log_proof(contents, logged.as_deref(), findings);
            for (what, _) in missing.iter().zip(seen).filter(|(_, seen)| !seen) {
                findings.failed(check, path, format!("it lacks {what}"));
            }
            findings.proved_unless_failed(
                check,
                format!(
                    "{} entries, chained without a break, ending in {}",
                    head.seq, head.hash
                ),
            );
        }
    }
}

/// The proof of the log is the one that the chain of custody names. Nothing else in the certificate says that there was one.
fn check_log_proof(contents: &Contents<'_>, named: Option<&str>, findings: &mut Findings) {
    let (check, path) = (CheckCode::TransparencyLog, bundle::LOG_PROOF);
    match (named, contents.size(path).is_some()) {
        (Some(_), false) => findings.failed(check, path, "it is missing; the chain of custody names it"),
        (Some(named), true) => {
            let read = contents.read_small(path, tlog::PROOF_BYTES_MAX, check, findings);
            if read.is_some_and(|bytes| Digest::of(&bytes).to_string() != named) {
                findings.failed(check, path, "it is another than the chain of custody names");
            }
        }
        (None, true) => findings.not_checked(
            check,
            "the chain of custody does not name the proof of the log: an older certificate, from which it can be left out",
        ),
        (None, false) => {}
    }
}
