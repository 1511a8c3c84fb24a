//! The certificate of a disposal for a person to read and print. The signed one is `disposal.json`.

use super::custody::CustodyEntry;
use super::custody_certificate::{chain, verdict};
use super::digest::Digest;
use super::disposal::{Act, CopyOutcome, DisposalDocument};
use super::instructions::colons;
use super::paper::{Block, Paper, Run, plain, strong};
use super::timestamp::Timestamp;
use super::verify::Outcome;

/// The paper. `sha256` is the digest of `disposal.json`. `verified` is what a verification came to, with the fingerprint of the
/// root to which it led; none where the court itself prints what it keeps. Made at `made_at`.
pub fn paper(
    document: &DisposalDocument,
    sha256: Digest,
    custody: &[CustodyEntry],
    verified: Option<(Outcome, Option<Digest>)>,
    made_at: Timestamp,
) -> Paper {
    let mut blocks = vec![Block::Paragraph(vec![
        strong("The recording was destroyed."),
        plain(
            " This page says what was destroyed, by which rule and by whose decision. It proves nothing by itself: the signed \
             certificate is disposal.json, and oyer verify verifies its folder offline.",
        ),
    ])];
    if let Some((outcome, _)) = verified {
        blocks.push(verdict(outcome));
    }
    blocks.push(Block::Heading("What was destroyed".into()));
    blocks.push(Block::Facts(what(document)));
    blocks.push(Block::Heading("By which rule, and by whom".into()));
    blocks.push(Block::Facts(why(document)));
    blocks.push(Block::Heading("How".into()));
    blocks.push(Block::Paragraph(vec![plain(format!(
        "{}.",
        document.method.in_words()
    ))]));
    if let Some(copy) = &document.second_store {
        let sentence = format!("{}.", capital(&copy.in_words(document.method)));
        blocks.push(Block::Paragraph(vec![match copy.outcome {
            CopyOutcome::Deleted => plain(sentence),
            CopyOutcome::Locked | CopyOutcome::NotDeleted => strong(sentence),
        }]));
    }
    blocks.push(Block::Heading("The certificate".into()));
    let mut facts = vec![
        ("Issued at", plain(document.issued_at.to_string())),
        ("Issued by", plain(&document.issued_by.organisation)),
        ("Software", plain(&document.issued_by.software)),
        ("SHA-256 of disposal.json", Run::Code(sha256.to_string())),
    ];
    if let Some((_, Some(root))) = verified {
        let name = "SHA-256 fingerprint of the root certificate";
        facts.push((name, Run::Code(colons(&root))));
    }
    facts.push(("This page made at", plain(made_at.to_string())));
    blocks.push(Block::Facts(facts));
    if !document.reseals.is_empty() {
        blocks.push(Block::Table {
            title: "Reseals that were destroyed with it",
            columns: &["Folder", "SHA-512 of stamped-sha512.txt"],
            rows: document
                .reseals
                .iter()
                .map(|reseal| vec![reseal.folder.clone(), reseal.stamped_sha512.clone()])
                .collect(),
        });
    }
    if !document.annotations.is_empty() {
        blocks.push(Block::Table {
            title: "Notes that had been made of it",
            columns: &["No. in the chain of custody", "Hash"],
            rows: document
                .annotations
                .iter()
                .map(|note| vec![note.entry.to_string(), note.hash.to_string()])
                .collect(),
        });
    }
    blocks.push(chain(custody));
    Paper {
        title: format!("Certificate of disposal {}", document.recording),
        heading: "Certificate of disposal".into(),
        blocks,
        made_at,
    }
}

/// With a capital letter, as a sentence begins.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn what(document: &DisposalDocument) -> Vec<(&'static str, Run)> {
    vec![
        (
            "Case",
            plain(format!("{} — {}", document.case.reference, document.case.title)),
        ),
        ("Hearing", plain(&document.hearing.title)),
        ("Recording", plain(document.recording.to_string())),
        ("Sealed at", plain(document.sealed_at.to_string())),
        (
            "Files",
            plain(format!("{}, {} bytes", document.files, document.bytes)),
        ),
        (
            "SHA-256 of manifest-sha256.txt",
            Run::Code(document.manifest_sha256.to_string()),
        ),
    ]
}

fn why(document: &DisposalDocument) -> Vec<(&'static str, Run)> {
    let rule = &document.rule;
    let act = |act: &Act| {
        plain(format!(
            "{}, {}; SHA-256 of the reason: {}",
            act.by, act.at, act.reason_sha256
        ))
    };
    let class = rule.class.replace('_', " ");
    let class = match rule.sentence_months {
        Some(months) => format!("{class}, {months} months"),
        None => class,
    };
    vec![
        (
            "Decision of the case",
            plain(format!("{class}, {}", rule.decided_on)),
        ),
        ("To be kept until", plain(&rule.kept_until)),
        ("Proposed by", act(&document.proposed)),
        ("Approved by", act(&document.approved)),
    ]
}
