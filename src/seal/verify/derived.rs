//! Whether a redacted copy is what it says: its films are those that were sealed, and its court log says nothing of what was taken
//! out.

use super::super::bundle;
use super::super::document::SealDocument;
use super::super::ledger::{COURT_LOG_BOUNDS, CourtLogEntry};
use super::super::lines::Lines;
use super::super::manifest::Manifest;
use super::super::redaction::{self, RedactionDocument, may_stand};
use super::contents::Contents;
use super::ledgers;
use super::report::{CheckCode, Findings};
use uuid::Uuid;

const CHECK: CheckCode = CheckCode::Derived;

/// The files that a redacted copy has in the place of tracks, by their paths in the bundle; none for a recording that is none.
pub(super) fn files(document: Option<&RedactionDocument>, recording: Uuid) -> Vec<String> {
    let films = document.iter().flat_map(|document| &document.films);
    let films = films.map(|film| bundle::payload_path(recording, &film.file));
    let own = document.map(|_| bundle::payload_path(recording, bundle::REDACTION));
    films.chain(own).collect()
}

/// Reads `redaction.json`, where there is one, and checks it against the rest.
pub(super) fn check(
    contents: &Contents<'_>,
    manifest: &Manifest,
    seal: &SealDocument,
    recording: Uuid,
    findings: &mut Findings,
) -> Option<RedactionDocument> {
    let path = bundle::payload_path(recording, bundle::REDACTION);
    contents.size(&path)?;
    let bytes = contents.read_small(&path, redaction::BYTES_MAX, CHECK, findings)?;
    let document = match RedactionDocument::parse(&bytes) {
        Ok(document) => document,
        Err(e) => {
            findings.failed(CHECK, &path, format!("it does not say what was redacted: {e}"));
            return None;
        }
    };
    let segments: Vec<(u32, u64)> = seal.segments.iter().map(|s| (s.segment, s.duration_ms)).collect();
    if let Some(fault) = document.fault(recording, &segments) {
        findings.failed(CHECK, &path, fault);
        return None;
    }
    if !seal.tracks.is_empty() || seal.gaps.count > 0 {
        findings.failed(
            CHECK,
            &path,
            "a redacted copy has films, and no track and no gap of one",
        );
    }
    for film in &document.films {
        let file = bundle::payload_path(recording, &film.file);
        // That the file is as the manifest says is another check.
        if manifest.get(&file) != Some(film.sha256) || contents.size(&file) != Some(film.bytes) {
            findings.failed(
                CHECK,
                &path,
                format!("{}: not the film that was sealed", film.file),
            );
        }
    }
    if let Err(why) = check_log(contents, &document, recording) {
        let log = bundle::payload_path(recording, bundle::COURT_LOG);
        findings.failed(CHECK, &log, why);
    }
    let intervals: usize = document.orders.iter().map(|order| order.intervals.len()).sum();
    findings.proved_unless_failed(
        CHECK,
        format!(
            "a redacted copy: {} films as sealed, {intervals} intervals taken out, of which its court log says nothing",
            document.films.len()
        ),
    );
    for order in &document.orders {
        findings.trusted(
            CHECK,
            format!(
                "order {}, by {} on {}: {} (by the word of the court)",
                order.reference.escape_debug(),
                order.ordered_by.escape_debug(),
                order.ordered_at,
                order.reason.escape_debug()
            ),
        );
    }
    let original = &document.derived_from;
    findings.not_checked(
        CHECK,
        format!(
            "it was made from recording {}, sealed at {}, whose manifest-sha256.txt has the digest {}: the original is not in \
             this bundle",
            original.recording, original.sealed_at, original.manifest_sha256
        ),
    );
    Some(document)
}

fn check_log(contents: &Contents<'_>, document: &RedactionDocument, recording: Uuid) -> Result<(), String> {
    let path = bundle::payload_path(recording, bundle::COURT_LOG);
    for line in Lines::new(ledgers::open(contents, &path)?, COURT_LOG_BOUNDS) {
        let text = line.map_err(|e| e.to_string())?;
        // One that is not of the form is found by another check.
        let Ok(entry) = serde_json::from_str::<CourtLogEntry>(&text) else {
            continue;
        };
        if !may_stand(&entry, &document.orders) {
            return Err(format!(
                "entry {} lies in an interval that was taken out",
                entry.seq
            ));
        }
    }
    Ok(())
}
