//! The certificate of custody, for a person to read, print, complete and sign: who had the recording since it was made, and
//! the draft of a certification under the Federal Rules of Evidence, 902(13) and 902(14).

use super::case_uco::Exhibit;
use super::certificate::interrupted;
use super::custody::CustodyEntry;
use super::document::Ended;
use super::instructions::colons;
use super::paper::{Block, Paper, Run, plain, strong};
use super::timestamp::Timestamp;
use super::verify::{Outcome, VerificationReport};
use serde_json::Value;

/// The paper. `report` is that of the verification on which it stands, made at `verified_at` by this computer's clock.
pub fn paper(exhibit: &Exhibit<'_>, report: &VerificationReport, verified_at: Timestamp) -> Paper {
    let seal = exhibit.seal;
    let mut blocks = vec![
        Block::Paragraph(vec![plain(
            "This page was made from a bundle, after verifying it. It proves nothing by itself: whoever relies on it verifies the \
             bundle (VERIFY.txt).",
        )]),
        verdict(report.outcome),
    ];
    if seal.ended == Ended::Crash {
        blocks.push(interrupted());
    }
    blocks.push(Block::Heading("The recording".into()));
    let manifest = exhibit.manifest_sha256.to_string();
    let mut facts = vec![
        (
            "Case",
            plain(format!("{} — {}", seal.case.reference, seal.case.title)),
        ),
        ("Hearing", plain(&seal.hearing.title)),
        ("Recording", plain(seal.recording.to_string())),
        ("Sealed by", plain(&seal.sealed_by.organisation)),
        (
            "Sealed at",
            plain(format!("{} (by the court’s own clock)", seal.sealed_at)),
        ),
        (
            "Verified at",
            plain(format!(
                "{verified_at} (by the clock of the computer that made this page)"
            )),
        ),
        ("SHA-256 of manifest-sha256.txt", Run::Code(manifest.clone())),
    ];
    if let Some(root) = report.root_fingerprint {
        facts.push((
            "SHA-256 fingerprint of the root certificate",
            Run::Code(colons(&root)),
        ));
    }
    blocks.push(Block::Facts(facts));
    blocks.push(chain(exhibit.custody));
    blocks.push(Block::Paragraph(vec![plain(
        "Each hash covers the entry and the hash before it. Times are those of the court’s server. What happened to copies that \
         were handed out is not known here.",
    )]));
    draft(&mut blocks, exhibit, &manifest);
    Paper {
        title: format!("Certificate of custody {}", seal.recording),
        heading: "Certificate of custody".into(),
        blocks,
        made_at: verified_at,
    }
}

/// A chain of custody as a table.
pub(super) fn chain(custody: &[CustodyEntry]) -> Block {
    let rows = custody.iter().map(|entry| {
        let mut particulars: Vec<String> = entry.detail.iter().map(particular).collect();
        particulars.push(format!("hash: {}", entry.hash));
        vec![
            entry.seq.to_string(),
            entry.at.to_string(),
            entry.act.name().replace('_', " "),
            entry.by.clone(),
            particulars.join("; "),
        ]
    });
    Block::Table {
        title: "Chain of custody",
        columns: &["No.", "At", "Act", "By", "Particulars"],
        rows: rows.collect(),
    }
}

fn particular((name, value): (&String, &Value)) -> String {
    let name = name.replace('_', " ");
    match value {
        Value::String(text) => format!("{name}: {text}"),
        other => format!("{name}: {other}"),
    }
}

/// What the verification came to.
pub(super) fn verdict(outcome: Outcome) -> Block {
    match outcome {
        Outcome::Proved => Block::Paragraph(vec![
            strong("Every proof held"),
            plain(
                " when this page was made: what was sealed is as it was, under a root certificate that the person who made this page \
                 trusts.",
            ),
        ]),
        Outcome::SignerNotChecked => Block::Notice(vec![
            strong("Intact, signer not checked."),
            plain(
                " Everything is as it was sealed, but nobody said whose seal to trust. Make this page again with the court’s root \
                 certificate.",
            ),
        ]),
        Outcome::ProofsMissing => Block::Notice(vec![
            strong("Proofs are missing."),
            plain(
                " What is there is as it was sealed, under a root certificate that the person who made this page trusts, but a proof \
                 that they asked for is not there. Ask the court for the whole bundle.",
            ),
        ]),
        Outcome::Failed => Block::Notice(vec![
            strong("Not proved."),
            plain(" At least one check failed: this page must not be signed."),
        ]),
    }
}

const BLANK: &str = "____________________";

/// The draft. What only a person can know is left blank.
fn draft(blocks: &mut Vec<Block>, exhibit: &Exhibit<'_>, manifest: &str) {
    let seal = exhibit.seal;
    let software = &seal.sealed_by.software;
    let files = seal.tracks.len();
    let interrupted = match seal.ended {
        Ended::Closed => "",
        Ended::Crash => " A failure cut it off, and it was sealed as it was found.",
    };
    let say = |text: String| vec![plain(text)];
    let heading = "Draft of a certification (Federal Rules of Evidence 902(13) and 902(14))";
    blocks.push(Block::Heading(heading.into()));
    blocks.push(Block::Notice(vec![
        strong("A draft, not a certification."),
        plain(
            " It becomes one when a qualified person completes and signs it, who answers for what it says. Strike out what does \
             not apply. The party that offers the record gives reasonable written notice before the trial or hearing, and makes \
             the record and the certification available for inspection (Rule 902(11)).",
        ),
    ]));
    blocks.push(Block::Paragraph(say(format!("I, {BLANK}, declare:"))));
    blocks.push(Block::Numbered(vec![
        say(format!(
            "I am {BLANK} (position) at {BLANK}. I am qualified to make this certification by {BLANK} (training, experience)."
        )),
        say(format!(
            "Rule 902(13). The recording {} of the hearing “{}” in the case {} was generated by an electronic process: the \
             software {software} received the encoded sound and pictures of the participants while the hearing was on the record and wrote \
             them to {files} files without encoding them anew. It placed them on one timeline: missing sound was filled with \
             silence and noted in gaps.jsonl with missing pictures, single packets of sound were left out where a sender’s clock \
             ran fast, and the picture of a shared screen that stood still was written again. It chained the digests of what it \
             wrote in fragments.tsv while it wrote.{interrupted} To my knowledge the process produces an accurate result. My knowledge rests on {BLANK}.",
            seal.recording, seal.hearing.title, seal.case.reference,
        )),
        vec![
            plain(
                "Rule 902(14). The data offered are a copy, authenticated by a process of digital identification: the SHA-256 digest of \
                 every file of the recording (all below data/) is listed in manifest-sha256.txt, and the digest of that list is ",
            ),
            Run::Code(manifest.into()),
            plain(format!(
                ". On {BLANK} (date) I computed these digests of the copy with {BLANK} (program and version), and they were the same \
                 as those of the original that is kept by {BLANK}."
            )),
        ],
        say(
            "The record was made at the time of the hearing, is kept in the course of a regularly conducted activity of the court, \
             and making it is a regular practice of that activity (Rule 902(11))."
                .into(),
        ),
    ]));
    for text in [
        "I declare under penalty of perjury that the foregoing is true and correct (28 U.S.C. § 1746)."
            .into(),
        format!("Executed on {BLANK} at {BLANK}"),
        format!("Signature {BLANK}"),
    ] {
        blocks.push(Block::Paragraph(say(text)));
    }
}
