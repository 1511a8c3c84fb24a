//! Whether the documents of a recording agree with each other and with the files.

use super::super::bundle;
use super::super::digest::Digest;
use super::super::document::{self, Ended, SealDocument, Track};
use super::super::fragments::{Fragment, Ledger, Piece};
use super::super::manifest::Manifest;
use super::super::path;
use super::Trust;
use super::contents::Contents;
use super::derived;
use super::ledgers;
use super::report::{CheckCode, Findings};
use super::signature::Seal;
use std::collections::{BTreeMap, BTreeSet};
use time::Duration;
use uuid::Uuid;

/// How far the clock may have been set back between writing `seal.json` and signing. Later is no fault: after a crash
/// in between the signing is made up for at the next start.
const CLOCK_SET_BACK_MAX: Duration = Duration::hours(1);

/// What a track may show.
pub(super) const SOURCES: [&str; 3] = ["microphone", "camera", "screen"];
/// How a track may be coded.
const CODECS: [&str; 5] = ["opus", "vp8", "vp9", "h264", "av1"];

/// The documents of a recording, as far as they could be read.
#[derive(Default)]
pub(super) struct Documents {
    recording: Uuid,
    seal: Option<SealDocument>,
    fragments: Option<Ledger>,
    /// Numbers of the fragments whose links a receipt names.
    receipted: BTreeMap<Digest, u64>,
}

impl Documents {
    fn file<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(&bundle::payload_path(self.recording, ""))
    }

    /// The recording.
    pub(super) fn recording(&self) -> Uuid {
        self.recording
    }

    /// Number, from 0, of the fragment with this link, which a receipt names. None unless the whole ledger holds.
    pub(super) fn fragment_with(&self, link: Digest) -> Option<u64> {
        self.fragments.as_ref()?;
        self.receipted.get(&link).copied()
    }

    /// Number of fragments.
    pub(super) fn fragments(&self) -> u64 {
        self.fragments.as_ref().map_or(0, |ledger| ledger.count)
    }

    /// Size of a track when it was sealed; `path` is in the bundle.
    pub(super) fn sealed_bytes(&self, path: &str) -> Option<u64> {
        let file = self.file(path)?;
        let tracks = &self.seal.as_ref()?.tracks;
        // They are sorted, or the document would have been refused.
        let index = tracks.binary_search_by(|t| t.file.as_str().cmp(file)).ok()?;
        tracks.get(index).map(|t| t.bytes)
    }

    /// Fragments of a track; `path` is in the bundle.
    pub(super) fn pieces(&self, path: &str) -> &[Piece] {
        let pieces = self
            .file(path)
            .and_then(|file| self.fragments.as_ref()?.files.get(file));
        pieces.map_or(&[], Vec::as_slice)
    }
}

/// Reads `seal.json` and `fragments.tsv`.
pub(super) fn read(
    contents: &Contents<'_>,
    recording: Uuid,
    seal: Option<&Seal>,
    trust: &Trust,
    findings: &mut Findings,
) -> Documents {
    let document = read_seal_document(contents, recording, findings);
    if let (Some(document), Some(seal)) = (&document, seal)
        && document.sealed_at.at() - seal.signing_time.at() > CLOCK_SET_BACK_MAX
    {
        let path = bundle::payload_path(recording, bundle::SEAL_DOCUMENT);
        let why = format!(
            "it says sealed at {}, but was signed before, at {}",
            document.sealed_at, seal.signing_time
        );
        findings.failed(CheckCode::SealDocument, &path, why);
    }
    let mut receipted = BTreeMap::new();
    let sought: BTreeSet<Digest> = trust.receipts().iter().map(|receipt| receipt.head).collect();
    let mut observe = |fragment: &Fragment| {
        if sought.contains(&fragment.chain) {
            receipted.insert(fragment.chain, fragment.seq);
        }
    };
    Documents {
        recording,
        fragments: read_fragments(contents, recording, &mut observe, findings),
        seal: document,
        receipted,
    }
}

fn read_seal_document(
    contents: &Contents<'_>,
    recording: Uuid,
    findings: &mut Findings,
) -> Option<SealDocument> {
    let check = CheckCode::SealDocument;
    let path = bundle::payload_path(recording, bundle::SEAL_DOCUMENT);
    let bytes = contents.read_small(&path, document::BYTES_MAX, check, findings)?;
    let document = match SealDocument::parse(&bytes) {
        Ok(document) => document,
        Err(e) => {
            findings.failed(check, &path, format!("it is not a seal document: {e}"));
            return None;
        }
    };
    let mut faults = Vec::new();
    if document.schema != document::SCHEMA {
        faults.push(format!("its schema is not {}", document::SCHEMA));
    }
    if document.recording != recording {
        faults.push("it is about another recording than the folder it lies in".into());
    }
    let names = [
        &document.fragments.file,
        &document.gaps.file,
        &document.court_log.file,
    ];
    if names != [bundle::FRAGMENTS, bundle::GAPS, bundle::COURT_LOG] {
        faults.push("it names other ledgers than the format has".into());
    }
    let numbers = document.segments.iter().map(|s| s.segment);
    if !numbers.clone().is_sorted_by(|a, b| a < b) || numbers.clone().next() == Some(0) {
        faults.push("its segments are not numbered upwards from 1 or more".into());
    }
    if !document.tracks.is_sorted_by(|a, b| a.file < b.file) {
        faults.push("its tracks are not sorted by file, each once".into());
    }
    for fault in &faults {
        findings.failed(check, &path, fault.as_str());
    }
    faults.is_empty().then_some(document)
}

fn read_fragments(
    contents: &Contents<'_>,
    recording: Uuid,
    observe: &mut dyn FnMut(&Fragment),
    findings: &mut Findings,
) -> Option<Ledger> {
    let path = bundle::payload_path(recording, bundle::FRAGMENTS);
    let check = CheckCode::Fragments;
    let ledger = ledgers::open(contents, &path);
    match ledger.and_then(|file| Ledger::read_observed(file, observe).map_err(|e| e.to_string())) {
        Ok(ledger) => Some(ledger),
        Err(why) => {
            findings.failed(check, &path, why);
            None
        }
    }
}

/// Checks that the documents agree with each other and with the sealed files.
pub(super) fn check(
    contents: &Contents<'_>,
    manifest: &Manifest,
    documents: &Documents,
    findings: &mut Findings,
) {
    let Some(document) = &documents.seal else {
        return; // refused already
    };
    let recording = documents.recording;
    let ended = match document.ended {
        // By an act of the court or by a stop of the server: which of them, the court log says.
        Ended::Closed => "ended in good order",
        Ended::Crash => "cut off by a failure and sealed as found",
    };
    findings.proved_unless_failed(
        CheckCode::SealDocument,
        format!(
            "{} segments, {} tracks, {ended}",
            document.segments.len(),
            document.tracks.len()
        ),
    );
    let redaction = derived::check(contents, manifest, document, recording, findings);
    let redacted = derived::files(redaction.as_ref(), recording);
    check_tracks(manifest, document, recording, &redacted, findings);
    if let Some(ledger) = &documents.fragments {
        ledgers::check_fragments(document, ledger, recording, findings);
    }
    ledgers::check_gaps(contents, document, recording, findings);
    ledgers::check_court_log(contents, document, recording, findings);
    if let Some(previous) = &document.previous {
        findings.not_checked(
            CheckCode::Previous,
            format!(
                "this continues recording {}, whose manifest-sha256.txt has the digest {}: verify that bundle as well",
                previous.recording, previous.manifest_sha256
            ),
        );
    }
}

/// `redacted`: the files that a redacted copy has in the place of tracks.
fn check_tracks(
    manifest: &Manifest,
    document: &SealDocument,
    recording: Uuid,
    redacted: &[String],
    findings: &mut Findings,
) {
    let check = CheckCode::Tracks;
    let seal_path = bundle::payload_path(recording, bundle::SEAL_DOCUMENT);
    let segments: BTreeSet<u32> = document.segments.iter().map(|s| s.segment).collect();
    let mut listed = BTreeSet::new();
    for track in &document.tracks {
        if let Some(fault) = track_fault(track, document.ended, &segments) {
            findings.failed(
                check,
                &seal_path,
                format!("{}: {fault}", track.file.escape_debug()),
            );
            continue;
        }
        let path = bundle::payload_path(recording, &track.file);
        match manifest.get(&path) {
            Some(digest) if digest == track.sha256 => {}
            Some(_) => findings.failed(
                check,
                &seal_path,
                format!("{path}: the manifest has another digest"),
            ),
            None => findings.failed(
                check,
                &seal_path,
                format!("{path}: the manifest does not list it"),
            ),
        }
        listed.insert(path);
    }
    let known: BTreeSet<String> = [
        bundle::SEAL_DOCUMENT,
        bundle::FRAGMENTS,
        bundle::GAPS,
        bundle::COURT_LOG,
    ]
    .iter()
    .map(|file| bundle::payload_path(recording, file))
    .chain(redacted.iter().cloned())
    .collect();
    let in_segments = bundle::payload_path(recording, "segment-");
    for (path, _) in manifest.iter() {
        if path.starts_with(&in_segments) && !listed.contains(path) {
            findings.failed(
                check,
                &seal_path,
                format!("{path}: sealed, but no track of the recording"),
            );
        } else if !listed.contains(path) && !known.contains(path) {
            findings.not_checked(
                check,
                format!("{path} is as it was sealed; this format says nothing of its meaning"),
            );
        }
    }
    let bytes = document
        .tracks
        .iter()
        .fold(0u64, |sum, t| sum.saturating_add(t.bytes));
    let tracks = document.tracks.len();
    findings.proved_unless_failed(
        check,
        format!("{tracks} tracks, {bytes} bytes, as in the seal document"),
    );
}

/// Whether a file lies directly in the folder of a segment.
pub(super) fn in_segment(file: &str, segment: u32) -> bool {
    let name = file.strip_prefix(&bundle::segment_folder(segment));
    path::check(file).is_ok() && name.is_some_and(|name| !name.contains('/'))
}

fn track_fault(track: &Track, ended: Ended, segments: &BTreeSet<u32>) -> Option<&'static str> {
    if !in_segment(&track.file, track.segment) {
        return Some("the file is not in the folder of its segment");
    }
    if !segments.contains(&track.segment) {
        return Some("there is no such segment");
    }
    if !SOURCES.contains(&track.source.as_str()) || !CODECS.contains(&track.codec.as_str()) {
        return Some("its source or codec is none of the format");
    }
    if track.width == Some(0) || track.height == Some(0) {
        return Some("its picture has no size");
    }
    if ended == Ended::Closed && track.tail_bytes > 0 {
        return Some("it has a tail, although the recording was closed");
    }
    if track.tail_bytes > track.bytes {
        return Some("its tail is longer than the file");
    }
    None
}
