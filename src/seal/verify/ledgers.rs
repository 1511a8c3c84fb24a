//! The three ledgers: fragments, gaps, court log.

use super::super::bundle;
use super::super::document::SealDocument;
use super::super::fragments::Ledger;
use super::super::ledger::{COURT_LOG_BOUNDS, CourtLogEntry, GAP_BOUNDS, Gap};
use super::super::lines::{LedgerLine, Lines, ledger_lines};
use super::super::strict;
use super::contents::Contents;
use super::recording::{SOURCES, in_segment};
use super::report::{CheckCode, Findings};
use std::collections::BTreeSet;
use std::io::{BufReader, Read};
use uuid::Uuid;

pub(super) fn check_fragments(
    document: &SealDocument,
    ledger: &Ledger,
    recording: Uuid,
    findings: &mut Findings,
) {
    let check = CheckCode::Fragments;
    let path = bundle::payload_path(recording, bundle::FRAGMENTS);
    let seal_path = bundle::payload_path(recording, bundle::SEAL_DOCUMENT);
    if (ledger.count, ledger.head) != (document.fragments.count, document.fragments.head) {
        let why = format!(
            "it says {} fragments ending in {}; fragments.tsv has {} ending in {}",
            document.fragments.count, document.fragments.head, ledger.count, ledger.head
        );
        findings.failed(check, &seal_path, why);
    }
    let tracks: BTreeSet<&str> = document.tracks.iter().map(|t| t.file.as_str()).collect();
    for track in &document.tracks {
        let covered = ledger.covered(&track.file);
        // After a crash the tail may stand outside the ledger, which is left as it was found. (A closed recording has
        // no tail; another check sees to that.)
        if covered != track.bytes && covered.checked_add(track.tail_bytes) != Some(track.bytes) {
            let why = format!(
                "{}: the fragments cover {covered} of {} bytes, and the tail is {}",
                track.file, track.bytes, track.tail_bytes
            );
            findings.failed(check, &path, why);
        }
    }
    for file in ledger.files.keys().filter(|f| !tracks.contains(f.as_str())) {
        findings.failed(check, &path, format!("{file}: is no track of the recording"));
    }
    let tails: u64 = document
        .tracks
        .iter()
        .fold(0, |sum, t| sum.saturating_add(t.tail_bytes));
    let mut detail = format!(
        "{} fragments, chained without a break, cover every track",
        ledger.count
    );
    if tails > 0 {
        detail.push_str(&format!("; {tails} bytes were found after the failure"));
    }
    detail.push_str(&torn(ledger.torn_lines));
    findings.proved_unless_failed(check, detail);
}

pub(super) fn check_gaps(
    contents: &Contents<'_>,
    document: &SealDocument,
    recording: Uuid,
    findings: &mut Findings,
) {
    let path = bundle::payload_path(recording, bundle::GAPS);
    let counted = count_gaps(contents, document, &path);
    report_count(CheckCode::Gaps, &path, counted, document.gaps.count, findings);
}

fn count_gaps(contents: &Contents<'_>, document: &SealDocument, path: &str) -> Result<(u64, String), String> {
    let segments: BTreeSet<u32> = document.segments.iter().map(|s| s.segment).collect();
    let parse = |text: &str| strict::from_json::<Gap>(text.as_bytes()).ok();
    let (mut count, mut torn_lines) = (0u64, 0u64);
    for (line, number) in ledger_lines(open(contents, path)?, GAP_BOUNDS, parse).zip(1u64..) {
        let LedgerLine::Entry(gap) = line.map_err(|e| e.to_string())? else {
            torn_lines += 1;
            continue;
        };
        count += 1;
        if let Some(fault) = gap_fault(&gap, &segments) {
            return Err(format!("line {number}: {fault}"));
        }
    }
    Ok((count, format!("{count} gaps declared{}", torn(torn_lines))))
}

fn gap_fault(gap: &Gap, segments: &BTreeSet<u32>) -> Option<&'static str> {
    if !segments.contains(&gap.segment) {
        return Some("there is no such segment");
    }
    if !in_segment(&gap.file, gap.segment) {
        return Some("the file is not in the folder of its segment");
    }
    if !SOURCES.contains(&gap.source.as_str()) {
        return Some("its source is none of the format");
    }
    (gap.from_ms >= gap.to_ms).then_some("it does not end after it begins")
}

pub(super) fn check_court_log(
    contents: &Contents<'_>,
    document: &SealDocument,
    recording: Uuid,
    findings: &mut Findings,
) {
    let path = bundle::payload_path(recording, bundle::COURT_LOG);
    let counted = count_log(contents, document, &path);
    report_count(
        CheckCode::CourtLog,
        &path,
        counted,
        document.court_log.entries,
        findings,
    );
}

fn count_log(contents: &Contents<'_>, document: &SealDocument, path: &str) -> Result<(u64, String), String> {
    let segments: BTreeSet<u32> = document.segments.iter().map(|s| s.segment).collect();
    let (mut count, mut elsewhere, mut last_segment) = (0u64, 0u64, 0);
    let mut ended = None;
    for line in Lines::new(open(contents, path)?, COURT_LOG_BOUNDS) {
        let text = line.map_err(|e| e.to_string())?;
        count += 1;
        let fault = |why: &str| format!("line {count}: {why}");
        let entry: CourtLogEntry = strict::from_json(text.as_bytes()).map_err(|e| fault(&e.to_string()))?;
        if entry.seq != count {
            return Err(fault("it is out of order: numbers go up from 1 without a hole"));
        }
        let word = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
        if !entry.kind.starts_with(|c: char| c.is_ascii_lowercase()) || !entry.kind.bytes().all(word) {
            return Err(fault("its kind is not a word of a-z 0-9 _"));
        }
        ended = end_of_record(ended, &entry);
        match (entry.segment, entry.media_ms) {
            (None, None) => {}
            (Some(segment), Some(_)) if segment >= last_segment => {
                last_segment = segment;
                elsewhere += u64::from(!segments.contains(&segment));
            }
            (Some(_), Some(_)) => {
                return Err(fault("its segment is earlier than that of an entry before it"));
            }
            _ => return Err(fault("segment and media time go together")),
        }
    }
    let elsewhere = match elsewhere {
        0 => String::new(),
        n => format!("; {n} of them speak of segments that this recording does not hold"),
    };
    let ended = ended.map_or_else(String::new, |ended| format!("; at last {ended}"));
    Ok((count, format!("{count} entries in order{elsewhere}{ended}")))
}

/// How the record ended by the log up to and with this entry, if it did not run again since.
fn end_of_record(before: Option<String>, entry: &CourtLogEntry) -> Option<String> {
    let what = match entry.kind.as_str() {
        "on_record" | "resumed" | "record_restored" => return None,
        "off_record" => "off the record",
        "paused" => "the sitting was paused",
        "adjourned" => "the sitting was adjourned",
        "closed" => "the hearing was closed",
        "suspended" => "the sitting was suspended",
        "interrupted" => "the record was cut off by a failure",
        "record_failed" => "the recorder stopped by itself",
        _ => return before,
    };
    let by = match entry.by {
        Some(_) => "by the court",
        // The record had ended already.
        None if before.is_some() => return before,
        None => "by the server, no act of the court",
    };
    Some(format!("{what} ({by})"))
}

/// Words about torn lines, for the end of a sentence.
fn torn(lines: u64) -> String {
    match lines {
        0 => String::new(),
        1 => "; 1 line that a failed write left torn was passed over".into(),
        n => format!("; {n} lines that failed writes left torn were passed over"),
    }
}

pub(super) fn open<'a>(
    contents: &'a Contents<'_>,
    path: &str,
) -> Result<BufReader<Box<dyn Read + 'a>>, String> {
    match contents.size(path) {
        None => Err("it is missing".into()),
        Some(_) => {
            let file = contents
                .open(path)
                .map_err(|e| format!("it cannot be read: {e}"))?;
            Ok(BufReader::new(file))
        }
    }
}

fn report_count(
    check: CheckCode,
    path: &str,
    counted: Result<(u64, String), String>,
    stated: u64,
    findings: &mut Findings,
) {
    match counted {
        Ok((count, _)) if count != stated => {
            findings.failed(
                check,
                path,
                format!("it has {count} lines, but {stated} were sealed"),
            );
        }
        Ok((_, detail)) => findings.proved(check, detail),
        Err(why) => findings.failed(check, path, why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(entries: &[(&str, bool)]) -> Option<String> {
        entries.iter().fold(None, |ended, (kind, by_a_person)| {
            let by = serde_json::json!({"participant": Uuid::nil(), "name": "J", "role": "judge"});
            let entry = serde_json::json!({
                "seq": "1", "at": "2026-01-15T09:00:00.000Z", "segment": null, "media_ms": null, "kind": kind,
                "by": by_a_person.then_some(by), "about": null, "text": null,
            });
            end_of_record(ended, &serde_json::from_value(entry).unwrap())
        })
    }

    #[test]
    fn a_stop_of_the_server_is_not_called_an_act_of_the_court() {
        let begun = [("began", true), ("on_record", true)];
        let with = |entries: &[(&str, bool)]| ended(&[&begun[..], entries].concat());
        assert_eq!(with(&[]), None);
        let stopped = with(&[("suspended", false), ("disconnected", false)]);
        assert_eq!(
            stopped.as_deref(),
            Some("the sitting was suspended (by the server, no act of the court)")
        );
        let closed = with(&[("closed", true), ("left", true)]);
        assert_eq!(closed.as_deref(), Some("the hearing was closed (by the court)"));
        assert_eq!(with(&[("suspended", false), ("resumed", true)]), None);
        let off = with(&[("off_record", true), ("suspended", false)]);
        assert_eq!(off.as_deref(), Some("off the record (by the court)"));
    }
}
