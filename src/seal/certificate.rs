//! `certificate.html`: the certificate of the seal, for a person to read and to print.
//!
//! It states what was sealed. It proves nothing by itself; the files beside it do.

use super::digest::Digest;
use super::document::{Ended, SealDocument};
use super::instructions::{LogSummary, StampSummary, colons};
use super::paper::{Block, code, escape, fact, page, plain, strong, table};
use super::redaction::RedactionDocument;
use super::timestamp::Timestamp;
use super::x509::Certificate;

/// What the certificate states.
pub struct SealCertificate<'a> {
    /// The seal document.
    pub document: &'a SealDocument,
    /// SHA-256 of `manifest-sha256.txt`.
    pub manifest_sha256: Digest,
    /// The certificate under which it was signed.
    pub seal: &'a Certificate,
    /// Its root.
    pub root: &'a Certificate,
    /// Number of gaps declared.
    pub gaps: u64,
    /// When the bundle was handed out.
    pub exported_at: Timestamp,
    /// The time-stamp over the seal, if there is one.
    pub stamp: Option<&'a StampSummary>,
    /// Where the seal is in the transparency log, if the bundle has a proof of it.
    pub log: Option<&'a LogSummary>,
    /// What was taken out, of a redacted copy.
    pub redaction: Option<&'a RedactionDocument>,
}

const INTERRUPTED: [&str; 2] = [
    "Interrupted.",
    " A failure cut this recording off. It was sealed as it was found; nothing was repaired or removed.",
];

/// Said of a recording that a failure cut off.
pub(super) fn interrupted() -> Block {
    Block::Notice(vec![strong(INTERRUPTED[0]), plain(INTERRUPTED[1])])
}

/// The page. It loads nothing from anywhere and runs no script.
pub fn html(about: &SealCertificate<'_>) -> String {
    let document = about.document;
    let mut body = String::new();
    if document.ended == Ended::Crash {
        let [what, more] = INTERRUPTED;
        body.push_str(&format!(
            "<p class=\"notice\"><strong>{what}</strong>{more}</p>\n"
        ));
    }
    if let Some(redaction) = about.redaction {
        redacted(&mut body, redaction);
    }
    body.push_str("<h2>What was sealed</h2>\n<dl>\n");
    fact(
        &mut body,
        "Case",
        &format!("{} — {}", document.case.reference, document.case.title),
    );
    fact(&mut body, "Hearing", &document.hearing.title);
    fact(&mut body, "Listed for", &document.hearing.listed_for.to_string());
    fact(&mut body, "Recording", &document.recording.to_string());
    if let Some(previous) = &document.previous {
        fact(&mut body, "Continues recording", &previous.recording.to_string());
    }
    let on_record_ms: u64 = document
        .segments
        .iter()
        .fold(0, |sum, s| sum.saturating_add(s.duration_ms));
    fact(&mut body, "On record", &duration(on_record_ms));
    fact(
        &mut body,
        "Declared gaps",
        &format!("{} (gaps.jsonl)", about.gaps),
    );
    fact(
        &mut body,
        "Court log",
        &format!("{} entries (court-log.jsonl)", document.court_log.entries),
    );
    body.push_str("</dl>\n<h2>Seal</h2>\n<dl>\n");
    fact(&mut body, "Sealed by", &document.sealed_by.organisation);
    fact(
        &mut body,
        "Sealed at",
        &format!("{} (by the court’s own clock)", document.sealed_at),
    );
    match about.stamp {
        Some(stamp) => {
            let value = format!("{}, {} ({})", stamp.at, stamp.by, stamp.worth());
            fact(&mut body, "Time-stamp", &value);
        }
        None => fact(&mut body, "Time-stamp", "none"),
    }
    fact(&mut body, "Transparency log", &LogSummary::in_words(about.log));
    fact(&mut body, "Software", &document.sealed_by.software);
    fact(&mut body, "Seal certificate", &about.seal.subject());
    code(
        &mut body,
        "SHA-256 of manifest-sha256.txt",
        &about.manifest_sha256.to_string(),
    );
    code(
        &mut body,
        "SHA-256 fingerprint of the root certificate",
        &colons(&about.root.fingerprint()),
    );
    fact(&mut body, "Handed out", &about.exported_at.to_string());
    body.push_str("</dl>\n");
    segments(&mut body, document);
    tracks(&mut body, document);
    page(
        &format!("Certificate of seal {}", document.recording),
        "Certificate of seal",
        "<p>This page describes a sealed recording. It proves nothing by itself: how to verify the recording, without any \
         software of the court, is written in VERIFY.txt beside it. Compare the fingerprint of the root certificate with \
         the one that the court publishes elsewhere.</p>\n",
        &body,
    )
}

/// Says of a redacted copy that it is one.
fn redacted(body: &mut String, redaction: &RedactionDocument) {
    body.push_str(&format!(
        "<p class=\"notice\"><strong>Redacted.</strong> By order of the court, parts were taken out: {}. What was taken out is in \
         redaction.json. This is a copy of recording {}, whose manifest-sha256.txt has the SHA-256 <code>{}</code>; that is not in \
         this bundle.</p>\n",
        escape(&redaction.references()),
        redaction.derived_from.recording,
        redaction.derived_from.manifest_sha256
    ));
}

fn segments(body: &mut String, document: &SealDocument) {
    let rows = document.segments.iter().map(|segment| {
        [
            segment.segment.to_string(),
            segment.started_at.to_string(),
            segment.ended_at.to_string(),
            duration(segment.duration_ms),
        ]
    });
    table(
        body,
        "On the record",
        &["Segment", "From", "Until", "Length"],
        rows,
    );
}

fn tracks(body: &mut String, document: &SealDocument) {
    let rows = document.tracks.iter().map(|track| {
        [
            track.name.clone(),
            track.role.replace('_', " "),
            format!("{} ({})", track.source, track.codec),
            duration(track.duration_ms),
            track.file.clone(),
        ]
    });
    table(
        body,
        "Tracks",
        &["Participant", "Role", "Source", "Length", "File"],
        rows,
    );
}

fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    format!(
        "{}:{:02}:{:02}.{:03}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        ms % 1000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_hours_minutes_and_seconds() {
        assert_eq!(duration(3_723_004), "1:02:03.004");
    }
}
