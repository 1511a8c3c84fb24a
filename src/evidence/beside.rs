//! What lies beside `data/` in a sealed folder has no digest in the sealed list. What it must say follows from the seal and from the
//! roots of the court, and is held against them here: a verifier elsewhere trusts roots that it was given, and does not look at the
//! copies that come with a bundle.

use super::error::EvidenceError;
use super::sealing::Bag;
use crate::seal::bundle::{self, BagInfo};
use crate::seal::cms;
use crate::seal::stamp;
use crate::seal::verify::{Check, CheckCode, Trust, Verdict};
use crate::seal::x509::Certificate;
use std::fs;

/// The root of this court to which the seal leads; the copy of it in the folder is not asked.
pub(super) fn root_of_seal(bag: &Bag, roots: &[Certificate]) -> Result<Certificate, EvidenceError> {
    let changed = |why: String| EvidenceError::Changed {
        file: bundle::MANIFEST_SIGNATURE.into(),
        why,
    };
    let path = bag.root.join(bundle::MANIFEST_SIGNATURE);
    let signature = fs::read(&path).map_err(EvidenceError::io(&path))?;
    let signed = cms::verify(&signature, &bag.manifest()?).map_err(|e| changed(e.to_string()))?;
    let at = signed.signing_time.unix_seconds();
    let root = signed.certificate.leads_to(roots, &signed.intermediates, at);
    root.cloned().map_err(|e| changed(e.to_string()))
}

/// Files beside `data/` that do not say what they must, and why. What cannot be read, and what the verification finds by itself, is
/// left to it.
pub(super) fn failures(bag: &Bag, trust: &Trust) -> Vec<(String, String)> {
    let roots = trust.roots();
    let known = [roots, trust.time_roots()].concat();
    let mut found = Vec::new();
    let mut wrong = |file: &str, why: &str| found.push((file.to_owned(), why.to_owned()));
    let read = |path: &str| fs::read(bag.root.join(path)).ok();
    let one = |path: &str| {
        let all = Certificate::all_from_pem(&read(path)?).ok()?;
        <[Certificate; 1]>::try_from(all).ok()
    };
    if let (Ok(root), Some([enclosed])) = (root_of_seal(bag, roots), one(bundle::ROOT_CERTIFICATE))
        && enclosed != root
    {
        wrong(
            bundle::ROOT_CERTIFICATE,
            "it is not the court's root to which the seal leads",
        );
    }
    let stamped = read(bundle::TIME_STAMP).zip(read(bundle::MANIFEST_SIGNATURE));
    let stamped = stamped.and_then(|(answer, signature)| stamp::verify(&answer, &signature).ok());
    if let (Some(stamped), Some(enclosed @ [only])) = (&stamped, &one(bundle::TIME_STAMP_ROOT))
        && (stamped.root(enclosed).is_err() || is_spoilt(only, &known))
    {
        wrong(
            bundle::TIME_STAMP_ROOT,
            "it is not the root to which the time-stamp leads",
        );
    }
    let info = read(bundle::BAG_INFO).and_then(|text| String::from_utf8(text).ok());
    if let (Some(info), Ok(document)) = (info, bag.document())
        && let Some((payload_bytes, payload_files)) = bundle::payload_oxum(&info)
    {
        let expected = bundle::bag_info(&BagInfo {
            organisation: &document.sealed_by.organisation,
            case_reference: &document.case.reference,
            hearing_title: &document.hearing.title,
            recording: document.recording,
            bagged_at: document.sealed_at,
            // The verification counts.
            payload_bytes,
            payload_files,
            software: &document.sealed_by.software,
        });
        if info != expected {
            wrong(bundle::BAG_INFO, "it says something else than seal.json");
        }
    }
    found
}

/// True for what says to be a root that is known, and is not. An authority may have had others, which are not known here.
fn is_spoilt(root: &Certificate, known: &[Certificate]) -> bool {
    let names = |of: &Certificate| (of.subject(), of.valid_from(), of.valid_until());
    !known.contains(root) && known.iter().any(|known| names(known) == names(root))
}

/// As it stands in a report.
pub(super) fn failed((file, detail): (String, String)) -> Check {
    Check {
        verdict: Verdict::Failed,
        check: CheckCode::TagFiles,
        what: CheckCode::TagFiles.title(),
        detail,
        file: Some(file),
    }
}
