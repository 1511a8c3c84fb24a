//! Bundles with a proof that they are in a transparency log.

use super::recipe::{Recording, SEALED, stamped};
use super::{CLOSED, Out, closed};
use oyer::seal::bundle;
use oyer::seal::digest::Digest;
use oyer::seal::fragments::Ledger;
use oyer::seal::source::MemoryBundle;
use oyer::seal::tlog::{Checkpoint, Edge, InclusionProof, Kind, Leaf, NoteKey, Receipt, Tile, Tree};
use oyer::seal::verify::CheckCode::*;
use std::collections::HashMap;
use std::io;
use std::path::Path;
use time::ext::NumericalDuration;

/// Keys for tests alone; that of a log and of somebody who cosigns it.
fn keys() -> (NoteKey, NoteKey) {
    let key = |name: &str, kind, seed| NoteKey::from_seed(name, kind, [seed; 32]).expect("a key");
    (
        key("test-only.example/log", Kind::Log, 1),
        key("test-only.example/cosigner", Kind::Cosigner, 2),
    )
}

/// A log in memory.
#[derive(Default)]
struct Log {
    edge: Edge,
    tiles: HashMap<Tile, Vec<u8>>,
}

impl Log {
    fn append(&mut self, leaf: &Leaf) -> u64 {
        let index = self.edge.size();
        let full = self.edge.append(leaf.hash());
        self.tiles.extend(full);
        self.tiles.extend(self.edge.partial_tiles());
        index
    }

    fn fill(&mut self, entries: u8) {
        for n in 0..entries {
            let sha256 = Digest::of(&[n]);
            self.append(&Leaf::Manifest { sha256 });
        }
    }

    fn proof(&self, index: u64, key: &NoteKey) -> InclusionProof {
        let read = |tile: Tile| {
            self.tiles
                .get(&tile)
                .cloned()
                .ok_or(io::ErrorKind::NotFound.into())
        };
        let hashes = Tree::new(self.edge.size(), &read).inclusion(index);
        InclusionProof {
            extra: None,
            index,
            hashes: hashes.expect("a proof"),
            checkpoint: Checkpoint::sign(key, self.edge.size(), self.edge.root()),
        }
    }
}

/// When the cosigner signed, in seconds since 1970.
fn cosigned_at() -> u64 {
    u64::try_from((SEALED + 40.seconds()).unix_timestamp()).expect("after 1970")
}

/// The recording sealed, in the log and cosigned, in the stored form; and a receipt of it.
fn logged(recording: &Recording, out: &Out) -> (MemoryBundle, InclusionProof, Receipt) {
    let (log_key, cosigner) = keys();
    let bag = stamped(recording.seal(&out.key, |m| m), &out.key, SEALED);
    let ledger = recording.payload.get(bundle::FRAGMENTS).expect("a ledger");
    // As it was when half of it was written.
    let half = ledger
        .split_inclusive(|b| *b == b'\n')
        .take(4)
        .collect::<Vec<_>>()
        .concat();
    let head = Ledger::read(&half[..]).expect("a ledger").head;
    let leaf = Leaf::Fragments {
        recording: CLOSED,
        head,
    };
    let mut log = Log::default();
    log.fill(5);
    let entry = log.append(&leaf);
    let receipt = Receipt::new(CLOSED, head, log.proof(entry, &log_key));
    log.fill(250);
    let sha256 = Digest::of(bag.get(bundle::MANIFEST).expect("a manifest"));
    let entry = log.append(&Leaf::Manifest { sha256 });
    log.fill(3);
    let mut proof = log.proof(entry, &log_key);
    proof.checkpoint.cosign(&cosigner, cosigned_at());
    (bag, proof, receipt)
}

/// Writes the public keys, a good bundle with receipts, and bad ones.
pub fn put(out: &mut Out) {
    let (log_key, cosigner) = keys();
    let text = format!(
        "# Keys of a log and of a cosigner, for tests only.\n{}\n{}\n",
        log_key.public(),
        cosigner.public()
    );
    write(&out.folder.join("keys/TEST-ONLY-log.txt"), &text);

    let recording = closed();
    let (bag, proof, receipt) = logged(&recording, out);
    let path = bundle::LOG_PROOF;
    let with = |out: &Out, proof: String| {
        let mut bag = bag.clone();
        bag.insert(path, proof);
        recording.export(bag, &out.key, |c| c)
    };
    write(&out.folder.join("receipts/good.tlog-proof"), &receipt.to_string());
    let (mut other_head, mut other_recording) = (receipt.clone(), receipt.clone());
    other_head.head = Digest::of(b"what was shown was something else");
    other_recording.recording = super::CONTINUED;
    for (name, receipt) in [("other-head", other_head), ("other-recording", other_recording)] {
        let mut log = Log::default();
        let entry = log.append(&receipt.leaf());
        let proof = log.proof(entry, &log_key);
        let receipt = Receipt::new(receipt.recording, receipt.head, proof);
        let file = format!("receipts/{name}.tlog-proof");
        write(&out.folder.join(file), &receipt.to_string());
    }
    let mut misread = receipt.clone();
    misread.proof.extra = Receipt::new(CLOSED, Digest::of(b"x"), receipt.proof.clone())
        .proof
        .extra;
    write(
        &out.folder.join("receipts/contradicts-itself.tlog-proof"),
        &misread.proof.to_string(),
    );

    let good = with(out, proof.to_string());
    let about = "in the log of the court, of which somebody else signed the head";
    out.put("good/logged", about, &good, &[]);

    let mut elsewhere = proof.clone();
    elsewhere.index -= 1;
    let mut cut = proof.clone();
    cut.hashes.pop();
    let stranger = NoteKey::from_seed("test-only.example/log", Kind::Log, [9; 32]).expect("a key");
    let mut stranger = InclusionProof {
        checkpoint: Checkpoint::sign(&stranger, proof.checkpoint.size(), proof.checkpoint.root()),
        ..proof.clone()
    };
    stranger.checkpoint.cosign(&cosigner, cosigned_at());
    let mut forged = proof.clone();
    let as_cosigner = "test-only.example/cosigner ";
    let text = forged.to_string();
    let (before, after) = text.split_once(as_cosigner).expect("a cosignature");
    // A digit of the time at which the cosigner signed.
    let at = 9;
    let (same, digit, rest) = (&after[..at], &after[at..=at], &after[at + 1..]);
    let other = if digit == "B" { "C" } else { "B" };
    let text = format!("{before}{as_cosigner}{same}{other}{rest}");
    forged.checkpoint = InclusionProof::parse(text.as_bytes())
        .expect("a proof")
        .checkpoint;
    let mut early = proof.clone();
    early.checkpoint = Checkpoint::sign(&log_key, proof.checkpoint.size(), proof.checkpoint.root());
    early
        .checkpoint
        .cosign(&cosigner, cosigned_at() + 200 * 365 * 24 * 3600);
    for (name, about, proof, check) in [
        (
            "log-proof-of-another-entry",
            "the proof is of the entry before",
            elsewhere,
            TransparencyLog,
        ),
        (
            "log-proof-cut-short",
            "a hash of the proof is missing",
            cut,
            TransparencyLog,
        ),
        (
            "log-head-of-a-stranger",
            "the head of the log is signed with another key of the same name",
            stranger,
            TransparencyLog,
        ),
        (
            "log-cosignature-forged",
            "the time of a cosignature was changed",
            forged,
            Cosigners,
        ),
        (
            "log-cosignature-of-a-day-to-come",
            "a cosignature is of a day that has not come",
            early,
            Cosigners,
        ),
    ] {
        let bag = with(out, proof.to_string());
        out.put(&format!("bad/{name}"), about, &bag, &[(check, path)]);
    }
    let not_one = with(out, "index 1\n".into());
    let about = "in the place of the proof is something else";
    out.put(
        "bad/log-proof-is-none",
        about,
        &not_one,
        &[(TransparencyLog, path)],
    );
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}
