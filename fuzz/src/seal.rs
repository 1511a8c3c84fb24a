//! The parts of a bundle that may come from an enemy.

use oyer::seal::custody;
use oyer::seal::digest::{Digest, Digest512};
use oyer::seal::disposal::DisposalDocument;
use oyer::seal::document::SealDocument;
use oyer::seal::fragments::Ledger;
use oyer::seal::ledger::{CourtLogEntry, Gap};
use oyer::seal::manifest::{FileList, Listed};
use oyer::seal::redaction::{MARGIN_MS, RedactionDocument, redacted_entry};
use oyer::seal::tlog::{Checkpoint, InclusionProof, Leaf, Receipt, Submission, VerifierKey};
use oyer::seal::x509::Certificate;
use oyer::seal::{bundle, cms, path, stamp};

/// A manifest, and the paths in it.
pub fn manifest(data: &[u8]) {
    list::<Digest>(data);
    list::<Digest512>(data);
}

fn list<D: Listed + PartialEq + std::fmt::Debug>(data: &[u8]) {
    let Ok(read) = FileList::<D>::parse(data) else {
        return;
    };
    for (name, digest) in read.iter() {
        assert_eq!(path::check(name), Ok(()));
        assert!(!name.starts_with('/') && !name.contains('\\'));
        assert!(name.split('/').all(|part| !matches!(part, "" | "." | "..")));
        assert_eq!(read.get(name), Some(digest));
    }
    let written = read.to_string();
    let again = FileList::<D>::parse(written.as_bytes()).expect("what was read is read again");
    assert_eq!(again.to_string(), written);
}

/// The ledger of fragments, the chain of custody, the lines of the other ledgers, the bag's own facts.
pub fn ledgers(data: &[u8]) {
    if let Ok(ledger) = Ledger::read(data) {
        let _ = ledger.covered("segment-001/judge-1-microphone.webm");
    }
    let mut entries = 0;
    let checked = custody::check(data, |_| entries += 1);
    assert!(checked.is_err() || entries <= data.len());
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = bundle::payload_oxum(text);
        for line in text.lines() {
            let _ = serde_json::from_str::<Gap>(line);
            let _ = serde_json::from_str::<CourtLogEntry>(line);
        }
    }
}

/// `seal.json` and `disposal.json`.
pub fn documents(data: &[u8]) {
    let _ = DisposalDocument::parse(data);
    let Ok(read) = SealDocument::parse(data) else {
        return;
    };
    let written = read.to_bytes().expect("what was read can be written");
    let again = SealDocument::parse(&written).expect("and read again");
    assert_eq!(again.to_bytes().expect("as before"), written);
}

/// `redaction.json`, and what its orders leave of a court log.
pub fn redaction(data: &[u8]) {
    let Ok(read) = RedactionDocument::parse(data) else {
        return;
    };
    let written = read.to_bytes().expect("what was read can be written");
    assert_eq!(
        RedactionDocument::parse(&written).expect("and read again"),
        read
    );
    // Segments that hold every interval, so that what stands behind that is reached.
    let intervals = read.orders.iter().flat_map(|order| &order.intervals);
    let segments: Vec<(u32, u64)> = intervals.clone().map(|i| (i.segment, u64::MAX)).collect();
    if read.fault(read.recording, &segments).is_none() {
        assert!(!read.films.is_empty() && !read.orders.is_empty() && read.margin_ms == MARGIN_MS);
        assert!(
            read.films
                .iter()
                .all(|film| path::check(&film.file).is_ok() && !film.file.contains('/'))
        );
    }
    let _ = (read.references(), read.fault(read.recording, &[]));
    let mut entry: CourtLogEntry = serde_json::from_str(LOG_ENTRY).expect("an entry");
    for interval in intervals {
        let (from, to) = interval.widened();
        assert!(from <= interval.from_ms && to >= interval.to_ms);
        entry.segment = Some(interval.segment);
        entry.media_ms = Some(from);
        let left = redacted_entry(&entry, &read.orders);
        assert!(from > to || left.is_none(), "its log speaks of what was taken out");
    }
}

const LOG_ENTRY: &str = r#"{"seq":"1","at":"2026-01-15T09:00:00.000Z","segment":null,"media_ms":null,"kind":"marker","by":null,"about":null,"text":"a name"}"#;

/// A CMS signature.
pub fn signature(data: &[u8]) {
    let content = include_bytes!("../../recordings-schema/vectors/good/closed/manifest-sha256.txt");
    let _ = cms::verify(data, content);
}

/// A time-stamp.
pub fn time_stamp(data: &[u8]) {
    let stamped = include_bytes!("../../recordings-schema/vectors/good/closed/seal/manifest-sha256.txt.p7s");
    if let Ok(stamp) = stamp::verify(data, stamped) {
        let _ = (stamp.answers(7), stamp.root(&[]));
    }
}

/// The transparency log: heads, proofs, receipts, what a cosigner is sent, keys.
pub fn log(data: &[u8]) {
    let key: VerifierKey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
        .parse()
        .expect("a key");
    let read = [
        Checkpoint::parse(data).ok(),
        InclusionProof::parse(data).ok().map(|proof| proof.checkpoint),
        Submission::parse(data)
            .ok()
            .map(|submission| submission.checkpoint),
    ];
    for head in read.into_iter().flatten() {
        let again = Checkpoint::parse(head.to_string().as_bytes()).expect("what was read is read again");
        assert_eq!(again, head);
        assert!(
            head.check(&key).is_err(),
            "nobody forges the key of the Go checksum database"
        );
        assert!(!matches!(head.cosigned_at(&key), Ok(Some(_))));
    }
    if let Ok(proof) = InclusionProof::parse(data) {
        let again = InclusionProof::parse(proof.to_string().as_bytes());
        assert_eq!(again.as_ref(), Ok(&proof));
        let sha256 = oyer::seal::digest::Digest::ZERO;
        let _ = proof.check(Leaf::Manifest { sha256 }.hash());
    }
    if let Ok(submission) = Submission::parse(data) {
        assert_eq!(
            Submission::parse(submission.to_string().as_bytes()).as_ref(),
            Ok(&submission)
        );
        let _ = submission.check(&key, Some(&submission.checkpoint));
    }
    for receipt in Receipt::all_from_file(data).unwrap_or_default() {
        assert_eq!(
            Receipt::parse(receipt.to_string().as_bytes()).as_ref(),
            Ok(&receipt)
        );
        let _ = receipt.proof.check(receipt.leaf().hash());
    }
    if let Ok(text) = std::str::from_utf8(data) {
        for key in VerifierKey::all_from_text(text).unwrap_or_default() {
            assert_eq!(key.to_string().parse::<VerifierKey>().as_ref(), Ok(&key));
        }
    }
}

/// Certificates, as DER and as PEM.
pub fn certificate(data: &[u8]) {
    let read = Certificate::from_der(data).into_iter();
    let more = Certificate::all_from_pem(data).unwrap_or_default();
    for certificate in read.chain(more) {
        let _ = (certificate.subject(), certificate.fingerprint());
        let _ = (certificate.valid_from(), certificate.valid_until());
        let pem = certificate.to_pem().expect("what was read can be written");
        let again = Certificate::all_from_pem(pem.as_bytes()).expect("and read again");
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].fingerprint(), certificate.fingerprint());
    }
}
