//! `certificate.html`: the certificate of the seal, for a person to read and to print.
//!
//! It states what was sealed. It proves nothing by itself; the files beside it do.

use super::digest::Digest;
use super::document::{Ended, SealDocument};
use super::instructions::{LogSummary, StampSummary, colons};
use super::redaction::RedactionDocument;
use super::timestamp::Timestamp;
use super::x509::Certificate;
use std::fmt::Write;

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

const STYLE: &str = "
body { font: 1rem/1.5 system-ui, sans-serif; color: #0b0c0c; background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.75rem; line-height: 1.2 }
h2 { font-size: 1.25rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #b1b4b6; padding: .4rem .6rem .4rem 0; text-align: left; vertical-align: top; overflow-wrap: break-word }
td:last-child { overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .3rem 1.5rem; margin: 0 }
dt { font-weight: 600 }
dd { margin: 0; overflow-wrap: anywhere }
code { font: .875rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere }
.notice { border-left: .5rem solid #d4351c; padding: .5rem 1rem; margin: 1rem 0 }
@media (max-width: 40rem) { dl { display: block } dd { margin-bottom: .5rem }
  table, tbody, tr, td { display: block } thead { display: none } tr { border-bottom: 1px solid #b1b4b6; padding: .5rem 0 }
  td { border: 0; padding: 0 } td::before { content: attr(data-label) ': '; font-weight: 600 } }
@media print { body { margin: 0; max-width: none } }
";

/// Said of a recording that a failure cut off.
pub(super) const INTERRUPTED: &str = "<p class=\"notice\"><strong>Interrupted.</strong> A failure cut this recording off. It was sealed as it was found; nothing \
     was repaired or removed.</p>\n";

/// The page. It loads nothing from anywhere and runs no script.
pub fn html(about: &SealCertificate<'_>) -> String {
    let document = about.document;
    let mut body = String::new();
    if document.ended == Ended::Crash {
        body.push_str(INTERRUPTED);
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
    // Writing to a String cannot fail.
    let _ = writeln!(
        body,
        "<p class=\"notice\"><strong>Redacted.</strong> By order of the court, parts were taken out: {}. What was taken out is in \
         redaction.json. This is a copy of recording {}, whose manifest-sha256.txt has the SHA-256 <code>{}</code>; that is not in \
         this bundle.</p>",
        escape(&redaction.references()),
        redaction.derived_from.recording,
        redaction.derived_from.manifest_sha256
    );
}

/// A whole page, from text that is HTML already.
pub(super) fn page(title: &str, heading: &str, lead: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>{heading}</h1>\n{lead}{body}</main>\n</body>\n</html>\n"
    )
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

// Writing to a String cannot fail, so the results below are of no interest.

pub(super) fn fact(body: &mut String, name: &str, value: &str) {
    let _ = writeln!(body, "<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
}

pub(super) fn code(body: &mut String, name: &str, value: &str) {
    let _ = writeln!(
        body,
        "<dt>{}</dt><dd><code>{}</code></dd>",
        escape(name),
        escape(value)
    );
}

/// A table; on a narrow screen each row is a list, and each cell says what it is.
pub(super) fn table<const N: usize>(
    body: &mut String,
    title: &str,
    columns: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) {
    let head: String = columns
        .iter()
        .map(|column| format!("<th scope=\"col\">{column}</th>"))
        .collect();
    let _ = writeln!(
        body,
        "<h2>{title}</h2>\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>"
    );
    for row in rows {
        let cells: String = columns
            .iter()
            .zip(&row)
            .map(|(column, cell)| format!("<td data-label=\"{column}\">{}</td>", escape(cell)))
            .collect();
        let _ = writeln!(body, "<tr>{cells}</tr>");
    }
    body.push_str("</tbody>\n</table>\n");
}

pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Bidirectional controls could make a name read as another one.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
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
    fn text_of_others_stays_text() {
        assert_eq!(
            escape("<b title=\"x\">'&\u{202e}\n"),
            "&lt;b title=&quot;x&quot;&gt;&#39;&amp; "
        );
        assert_eq!(duration(3_723_004), "1:02:03.004");
    }
}
