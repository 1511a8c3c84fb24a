//! The certificate of custody, for a person to read, print, complete and sign: who had the recording since it was made, and
//! the draft of a certification under the Federal Rules of Evidence, 902(13) and 902(14).

use super::case_uco::Exhibit;
use super::certificate::{INTERRUPTED, code, escape, fact, page, table};
use super::document::Ended;
use super::instructions::colons;
use super::timestamp::Timestamp;
use super::verify::{Outcome, VerificationReport};
use serde_json::Value;
use std::fmt::Write;

/// The page. It loads nothing from anywhere and runs no script. `report` is that of the verification on which it stands, made
/// at `verified_at` by this computer's clock.
pub fn html(exhibit: &Exhibit<'_>, report: &VerificationReport, verified_at: Timestamp) -> String {
    let seal = exhibit.seal;
    let mut body = String::new();
    body.push_str(verdict(report.outcome));
    if seal.ended == Ended::Crash {
        body.push_str(INTERRUPTED);
    }
    body.push_str("<h2>The recording</h2>\n<dl>\n");
    let case = format!("{} — {}", seal.case.reference, seal.case.title);
    for (name, value) in [
        ("Case", case),
        ("Hearing", seal.hearing.title.clone()),
        ("Recording", seal.recording.to_string()),
        ("Sealed by", seal.sealed_by.organisation.clone()),
        (
            "Sealed at",
            format!("{} (by the court’s own clock)", seal.sealed_at),
        ),
        (
            "Verified at",
            format!("{verified_at} (by the clock of the computer that made this page)"),
        ),
    ] {
        fact(&mut body, name, &value);
    }
    let manifest = exhibit.manifest_sha256.to_string();
    code(&mut body, "SHA-256 of manifest-sha256.txt", &manifest);
    let root = report.root_fingerprint.map(|root| colons(&root));
    if let Some(root) = &root {
        code(&mut body, "SHA-256 fingerprint of the root certificate", root);
    }
    body.push_str("</dl>\n");
    let rows = exhibit.custody.iter().map(|entry| {
        let mut particulars: Vec<String> = entry.detail.iter().map(particular).collect();
        particulars.push(format!("hash: {}", entry.hash));
        [
            entry.seq.to_string(),
            entry.at.to_string(),
            entry.act.name().replace('_', " "),
            entry.by.clone(),
            particulars.join("; "),
        ]
    });
    table(
        &mut body,
        "Chain of custody",
        &["No.", "At", "Act", "By", "Particulars"],
        rows,
    );
    body.push_str(
        "<p>Each hash covers the entry and the hash before it. Times are those of the court’s server. What happened to copies \
         that were handed out is not known here.</p>\n",
    );
    draft(&mut body, exhibit, &manifest);
    page(
        &format!("Certificate of custody {}", seal.recording),
        "Certificate of custody",
        "<p>This page was made from a bundle, after verifying it. It proves nothing by itself: whoever relies on it verifies \
         the bundle (VERIFY.txt).</p>\n",
        &body,
    )
}

fn particular((name, value): (&String, &Value)) -> String {
    let name = name.replace('_', " ");
    match value {
        Value::String(text) => format!("{name}: {text}"),
        other => format!("{name}: {other}"),
    }
}

fn verdict(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Proved => {
            "<p><strong>Every proof held</strong> when this page was made: the recording is as it was sealed, under a root \
             certificate that the person who made this page trusts.</p>\n"
        }
        Outcome::SignerNotChecked => {
            "<p class=\"notice\"><strong>Intact, signer not checked.</strong> Every file is as it was sealed, but nobody said \
             whose seal to trust. Make this page again with the court’s root certificate.</p>\n"
        }
        Outcome::Failed => {
            "<p class=\"notice\"><strong>Not proved.</strong> At least one check failed: this page must not be signed.</p>\n"
        }
    }
}

const BLANK: &str = "____________________";

/// The draft. What only a person can know is left blank.
fn draft(body: &mut String, exhibit: &Exhibit<'_>, manifest: &str) {
    let seal = exhibit.seal;
    let software = &seal.sealed_by.software;
    let files = seal.tracks.len();
    let interrupted = match seal.ended {
        Ended::Closed => "",
        Ended::Crash => " A failure cut it off, and it was sealed as it was found.",
    };
    let mut say = |text: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(body, "{text}");
    };
    say("<h2>Draft of a certification (Federal Rules of Evidence 902(13) and 902(14))</h2>");
    say(
        "<p class=\"notice\"><strong>A draft, not a certification.</strong> It becomes one when a qualified person completes and \
         signs it, who answers for what it says. Strike out what does not apply. The party that offers the record gives \
         reasonable written notice before the trial or hearing, and makes the record and the certification available for \
         inspection (Rule 902(11)).</p>",
    );
    say(&format!("<p>I, {BLANK}, declare:</p>\n<ol>"));
    say(&format!(
        "<li>I am {BLANK} (position) at {BLANK}. I am qualified to make this certification by {BLANK} (training, experience).</li>"
    ));
    say(&format!(
        "<li>Rule 902(13). The recording {} of the hearing “{}” in the case {} was generated by an electronic process: the \
         software {} received the encoded sound and pictures of the participants while the hearing was on the record and wrote \
         them to {files} files without encoding them anew. It placed them on one timeline: missing sound was filled with \
         silence and noted in gaps.jsonl with missing pictures, single packets of sound were left out where a sender’s clock \
         ran fast, and the picture of a shared screen that stood still was written again. It chained the digests of what it \
         wrote in fragments.tsv while it wrote.{interrupted} To my knowledge the process produces an accurate result. My knowledge rests on {BLANK}.</li>",
        seal.recording,
        escape(&seal.hearing.title),
        escape(&seal.case.reference),
        escape(software),
    ));
    say(&format!(
        "<li>Rule 902(14). The data offered are a copy, authenticated by a process of digital identification: the SHA-256 digest of \
         every file of the recording (all below data/) is listed in manifest-sha256.txt, and the digest of that list is <code>{manifest}</code>. On {BLANK} (date) \
         I computed these digests of the copy with {BLANK} (program and version), and they were the same as those of the \
         original that is kept by {BLANK}.</li>"
    ));
    say(
        "<li>The record was made at the time of the hearing, is kept in the course of a regularly conducted activity of the court, \
         and making it is a regular practice of that activity (Rule 902(11)).</li>\n</ol>",
    );
    say(&format!(
        "<p>I declare under penalty of perjury that the foregoing is true and correct (28 U.S.C. § 1746).</p>\n\
         <p>Executed on {BLANK} at {BLANK}</p>\n<p>Signature {BLANK}</p>"
    ));
}
