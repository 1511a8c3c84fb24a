//! What an exported bundle has beside the payload: tag manifest and chain of custody.

use super::super::bundle;
use super::super::custody::{self, CustodyAct};
use super::super::digest::{self, Digest};
use super::super::reseal::Number;
use super::contents::Contents;
use super::report::{CheckCode, Findings};
use super::signature::{self, Seal};
use serde_json::Value;
use std::io::BufReader;

const CHECK: CheckCode = CheckCode::TagFiles;

/// Checks the tag manifest, its signature, and every tag file against it.
pub(super) fn check(contents: &Contents<'_>, seal: Option<&Seal>, findings: &mut Findings) {
    let path = bundle::TAG_MANIFEST;
    if contents.size(path).is_none() {
        return; // named as missing already
    }
    let Some((bytes, manifest)) = super::read_manifest(contents, path, findings) else {
        return;
    };
    let unlisted = [path, bundle::TAG_MANIFEST_SIGNATURE];
    let resealed = manifest.iter().filter_map(|(path, _)| Number::of(path));
    let last_reseal = resealed.map(|(number, _)| number).max();
    for path in contents.tag_files().filter(|path| !unlisted.contains(path)) {
        let Some(expected) = manifest.get(path) else {
            if Number::of(path).is_some_and(|(number, _)| Some(number) > last_reseal) {
                continue; // made after the bundle was handed out
            }
            findings.failed(CHECK, path, "it is not listed in tagmanifest-sha256.txt");
            continue;
        };
        match contents.open(path).and_then(digest::of_stream) {
            Ok((found, _)) if found == expected => {}
            Ok(_) => findings.failed(CHECK, path, "it is not as it was handed out"),
            Err(e) => findings.failed(CHECK, path, format!("it cannot be read: {e}")),
        }
    }
    for (listed, _) in manifest.iter() {
        if listed.starts_with(bundle::DATA) || unlisted.contains(&listed) {
            findings.failed(CHECK, path, format!("it lists {listed}, which is no tag file"));
        } else if contents.size(listed).is_none() {
            findings.failed(
                CHECK,
                listed,
                "it is listed in tagmanifest-sha256.txt and missing",
            );
        }
    }
    let files = [path, bundle::TAG_MANIFEST_SIGNATURE];
    // Without a seal that holds there is no root to check against, and the bundle has failed already.
    let Some(seal) = seal else {
        return;
    };
    if let Some(at) = signature::check_further(contents, &bytes, files, seal, CHECK, findings) {
        let detail = format!("{} files as they were handed out, signed {at}", manifest.len());
        findings.proved_unless_failed(CHECK, detail);
    }
}

/// Checks the chain of custody and that it speaks of this seal.
pub(super) fn check_custody(contents: &Contents<'_>, manifest_sha256: Digest, findings: &mut Findings) {
    let check = CheckCode::Custody;
    let path = bundle::CUSTODY;
    if contents.size(path).is_none() {
        return; // named as missing already
    }
    let file = match contents.open(path) {
        Ok(file) => BufReader::new(file),
        Err(e) => return findings.failed(check, path, format!("it cannot be read: {e}")),
    };
    let mut sealed = 0u64;
    let mut sealed_otherwise = None;
    let mut resealed = Vec::new();
    let read = custody::check(file, |entry| {
        resealed.extend(custody::resealed(entry));
        if entry.act == CustodyAct::Sealed {
            sealed += 1;
            let said = entry.detail.get("manifest_sha256").and_then(Value::as_str);
            if said != Some(&manifest_sha256.to_string()) {
                sealed_otherwise = Some(entry.seq);
            }
        }
    });
    match (read, sealed_otherwise) {
        (Err(e), _) => findings.failed(check, path, e.to_string()),
        (Ok(_), Some(seq)) => {
            let why = format!("entry {seq} speaks of the sealing of another manifest");
            findings.failed(check, path, why);
        }
        (Ok(_), None) if sealed != 1 => {
            findings.failed(
                check,
                path,
                format!("it has {sealed} entries of the sealing, expected 1"),
            );
        }
        (Ok(head), None) => {
            super::reseal::check_entered(contents, &resealed, findings);
            let detail = format!(
                "{} entries, chained without a break, ending in {}",
                head.seq, head.hash
            );
            findings.proved_unless_failed(check, detail);
            findings.trusted(check, "that every act was entered: by the word of the court");
        }
    }
}
