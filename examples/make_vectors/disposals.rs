//! Certificates of disposal: of `good/logged`, as it lies among the vectors.

use super::recipe::SEALED;
use super::{CLOSED, Out};
use oyer::evidence::key::SealKey;
use oyer::folder::FolderBundle;
use oyer::seal::bundle;
use oyer::seal::custody::{self, CustodyAct, Head, NewEntry};
use oyer::seal::digest::Digest;
use oyer::seal::disposal::*;
use oyer::seal::document::SealDocument;
use oyer::seal::manifest::Manifest;
use oyer::seal::source::{BundleSource, EntryKind, MemoryBundle};
use oyer::seal::verify::CheckCode::{self, *};
use oyer::seal::verify::Outcome;
use serde_json::{Map, Value, json};
use std::fs;
use time::OffsetDateTime;
use time::ext::NumericalDuration;
use time::macros::datetime;

const PROPOSED: OffsetDateTime = datetime!(2026-01-20 09:00 UTC);
const APPROVED: OffsetDateTime = datetime!(2026-01-21 09:00 UTC);
const ISSUED: OffsetDateTime = datetime!(2026-01-21 10:00 UTC);
const CLERK: &str = "Clerk Test";
const JUDGE: &str = "Judge Test";

/// What of a certificate is made otherwise than it should be.
#[derive(Clone)]
struct Made {
    approved_by: &'static str,
    kept_until: &'static str,
    /// Whether the chain of custody says that the recording was put into the log.
    logged: bool,
    /// Whether the second person approved it.
    approves: bool,
}

const GOOD: Made = Made {
    approved_by: JUDGE,
    kept_until: "2026-01-18",
    logged: true,
    approves: true,
};

/// Writes them; gives the list.
pub fn put(out: &Out) -> Vec<Value> {
    let bundle = load(out, "good/logged");
    let good = certificate(&bundle, &out.key, &GOOD);
    let mut list = Vec::new();
    let mut put = |name: &str, about: &str, bag: &MemoryBundle, failures: &[(CheckCode, &str)], alone| {
        let path = format!("disposals/{name}");
        write(out, &path, bag);
        let failures: Vec<Value> = failures
            .iter()
            .map(|(check, file)| json!({ "check": check, "file": file }))
            .collect();
        let outcome = match failures.is_empty() {
            true => Outcome::Proved,
            false => Outcome::Failed,
        };
        list.push(json!({
            "path": path,
            "about": about,
            "outcome": outcome,
            "outcome_without_trust": alone,
            "failures": failures,
            "left_out": ["trust_time"],
        }));
    };
    let open = Outcome::SignerNotChecked;
    put(
        "good",
        "of a recording that was in the log, by two persons, after its time",
        &good,
        &[],
        open,
    );
    let made = Made {
        approved_by: CLERK,
        ..GOOD
    };
    put(
        "one-person",
        "one person proposed and approved it",
        &certificate(&bundle, &out.key, &made),
        &[(Disposal, DOCUMENT)],
        Outcome::Failed,
    );
    let made = Made {
        kept_until: "2026-01-20",
        ..GOOD
    };
    put(
        "too-early",
        "it was proposed on the last day on which it had to be kept",
        &certificate(&bundle, &out.key, &made),
        &[(Disposal, DOCUMENT)],
        Outcome::Failed,
    );
    let made = Made {
        approves: false,
        ..GOOD
    };
    put(
        "turned-down",
        "the second person turned it down",
        &certificate(&bundle, &out.key, &made),
        &[(Custody, bundle::CUSTODY)],
        Outcome::Failed,
    );
    let mut bag = good.clone();
    let text = String::from_utf8(bag.get(DOCUMENT).expect("the document").to_vec()).expect("text");
    bag.insert(DOCUMENT, text.replace("\"T-1/2026\"", "\"T-2/2026\""));
    put(
        "another-case",
        "the case was changed in disposal.json",
        &bag,
        &[(Disposal, DOCUMENT), (Custody, bundle::CUSTODY)],
        Outcome::Failed,
    );
    let mut bag = good.clone();
    bag.remove(bundle::LOG_PROOF);
    put(
        "log-proof-left-out",
        "the proof of the log was taken out; the chain of custody names it",
        &bag,
        &[(TransparencyLog, bundle::LOG_PROOF)],
        Outcome::Failed,
    );
    let mut bag = good.clone();
    sign(&mut bag, &out.stranger);
    put(
        "signed-by-a-stranger",
        "the certificate is signed and stamped by somebody else than the court",
        &bag,
        &[(Disposal, SIGNATURE)],
        open,
    );
    let mut bag = good.clone();
    let chain = String::from_utf8(bag.get(bundle::CUSTODY).expect("the chain").to_vec()).expect("text");
    let shorter: String = chain.lines().take(6).map(|line| format!("{line}\n")).collect();
    bag.insert(bundle::CUSTODY, shorter);
    put(
        "custody-cut-short",
        "the chain of custody ends before the disposal",
        &bag,
        &[(Custody, bundle::CUSTODY)],
        Outcome::Failed,
    );
    let made = Made {
        logged: false,
        ..GOOD
    };
    let mut bag = certificate(&bundle, &out.key, &made);
    bag.remove(bundle::LOG_PROOF);
    bag.remove(bundle::SEAL_CERTIFICATE);
    put(
        "without-a-certificate",
        "seal.pem is missing",
        &bag,
        &[(Disposal, bundle::SEAL_CERTIFICATE)],
        Outcome::Failed,
    );
    list
}

fn load(out: &Out, vector: &str) -> MemoryBundle {
    let folder = out.folder.join(vector);
    let source = FolderBundle::open(&folder).expect("a vector");
    let mut bag = MemoryBundle::new();
    for entry in source.entries().expect("its entries") {
        if entry.kind == EntryKind::File {
            let content = fs::read(folder.join(&entry.path)).expect("a file");
            bag.insert(entry.path, content);
        }
    }
    bag
}

fn write(out: &Out, path: &str, bag: &MemoryBundle) {
    if !out.only.is_empty() && !out.only.iter().any(|part| path.contains(part.as_str())) {
        return;
    }
    let folder = out.folder.join(path);
    super::remove(&folder);
    for (file, content) in bag.iter() {
        let file = folder.join(file);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, content).expect("a file");
    }
}

/// What is left of `bundle`, with the certificate.
fn certificate(bundle: &MemoryBundle, key: &SealKey, made: &Made) -> MemoryBundle {
    let mut bag = MemoryBundle::new();
    for path in [
        bundle::MANIFEST,
        bundle::MANIFEST_SIGNATURE,
        bundle::ROOT_CERTIFICATE,
        bundle::SEAL_CERTIFICATE,
        bundle::TIME_STAMP,
        bundle::TIME_STAMP_ROOT,
        bundle::LOG_PROOF,
    ] {
        bag.insert(path, bundle.get(path).expect("a part of the bundle"));
    }
    let manifest = bundle.get(bundle::MANIFEST).expect("a manifest");
    let seal = bundle::payload_path(CLOSED, bundle::SEAL_DOCUMENT);
    let seal = SealDocument::parse(bundle.get(&seal).expect("a seal document")).expect("read");
    let proof = Digest::of(bundle.get(bundle::LOG_PROOF).expect("a proof"));
    let mut chain = Chain::default();
    let sealed = json!({ "manifest_sha256": Digest::of(manifest).to_string() });
    chain.enter(SEALED, CustodyAct::Recorded, "oyer", json!({}));
    chain.enter(SEALED, CustodyAct::Sealed, "oyer", sealed);
    if made.logged {
        let logged = json!({ "sha256": proof.to_string() });
        chain.enter(SEALED + 1.minutes(), CustodyAct::Logged, "oyer", logged);
    }
    let noted = json!({ "segment": 1, "media_ms": "1000", "text": "A note" });
    chain.enter(SEALED + 2.hours(), CustodyAct::Annotated, CLERK, noted);
    let annotated = chain.head;
    let reason = Digest::of(b"Its time is over");
    let proposed = json!({ "reason_sha256": reason.to_string() });
    chain.act(PROPOSED, CustodyAct::DisposalProposed, CLERK, proposed);
    let decided = json!({ "approves": made.approves, "reason_sha256": reason.to_string() });
    chain.act(APPROVED, CustodyAct::DisposalDecided, made.approved_by, decided);
    let begun = json!({ "stage": "begun" });
    chain.enter(APPROVED, CustodyAct::Disposed, CLERK, begun);
    let act = |by: &str, at: OffsetDateTime| Act {
        by: by.into(),
        at: at.into(),
        reason_sha256: reason,
    };
    let document = DisposalDocument {
        schema: SCHEMA.into(),
        recording: CLOSED,
        case: seal.case,
        hearing: seal.hearing,
        sealed_at: seal.sealed_at,
        manifest_sha256: Digest::of(manifest),
        files: Manifest::parse(manifest).expect("a manifest").len() as u64,
        bytes: bundle
            .iter()
            .filter(|(path, _)| path.starts_with(bundle::DATA))
            .map(|(_, content)| content.len() as u64)
            .sum(),
        rule: Rule {
            class: "acquittal".into(),
            decided_on: "2026-01-16".into(),
            sentence_months: None,
            kept_until: made.kept_until.into(),
        },
        proposed: act(CLERK, PROPOSED),
        approved: act(made.approved_by, APPROVED),
        method: Method::FilesDeleted,
        reseals: Vec::new(),
        annotations: vec![NotedEntry {
            entry: annotated.seq,
            hash: annotated.hash,
        }],
        second_store: None,
        custody: CustodyHead {
            entries: chain.head.seq,
            head: chain.head.hash,
        },
        issued_at: ISSUED.into(),
        issued_by: seal.sealed_by,
    };
    let mut bytes = serde_json::to_vec_pretty(&document).expect("plain JSON");
    bytes.push(b'\n');
    let done = json!({
        "stage": "completed", "begun": document.custody.entries.to_string(), "ok": true,
        "certificate_sha256": Digest::of(&bytes).to_string(),
    });
    chain.enter(ISSUED, CustodyAct::Disposed, CLERK, done);
    bag.insert(bundle::CUSTODY, chain.text);
    bag.insert(DOCUMENT, bytes);
    sign(&mut bag, key);
    bag
}

fn sign(bag: &mut MemoryBundle, key: &SealKey) {
    let document = Digest::of(bag.get(DOCUMENT).expect("the document"));
    let signature = key.sign(document, ISSUED.into()).expect("a signature");
    let stamp = key.stamp(Digest::of(&signature), ISSUED.into()).expect("a stamp");
    bag.insert(SIGNATURE, signature);
    bag.insert(TIME_STAMP, stamp);
    bag.insert(TIME_STAMP_ROOT, key.root().to_pem().expect("a certificate"));
}

/// A chain of custody in the making.
struct Chain {
    head: Head,
    text: String,
}

impl Default for Chain {
    fn default() -> Self {
        Self {
            head: Head::EMPTY,
            text: String::new(),
        }
    }
}

impl Chain {
    /// An act with its two entries.
    fn act(&mut self, at: OffsetDateTime, act: CustodyAct, by: &str, mut detail: Value) {
        detail["stage"] = json!("begun");
        self.enter(at, act, by, detail);
        let begun = self.head.seq.to_string();
        self.enter(
            at,
            act,
            by,
            json!({ "stage": "completed", "begun": begun, "ok": true }),
        );
    }

    fn enter(&mut self, at: OffsetDateTime, act: CustodyAct, by: &str, detail: Value) {
        let detail: Map<String, Value> = detail.as_object().expect("members").clone();
        let entry = NewEntry {
            at: at.into(),
            act,
            by,
            detail,
        };
        let (line, next) = custody::append(self.head, &entry).expect("a line");
        self.text.push_str(&line);
        self.head = next;
    }
}
