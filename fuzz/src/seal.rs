//! The parts of a bundle that may come from an enemy.

use oyer::seal::custody;
use oyer::seal::disposal::DisposalDocument;
use oyer::seal::document::SealDocument;
use oyer::seal::fragments::Ledger;
use oyer::seal::ledger::{CourtLogEntry, Gap};
use oyer::seal::manifest::Manifest;
use oyer::seal::x509::Certificate;
use oyer::seal::{bundle, cms, path, stamp};

/// A manifest, and the paths in it.
pub fn manifest(data: &[u8]) {
    let Ok(read) = Manifest::parse(data) else { return };
    for (name, digest) in read.iter() {
        assert_eq!(path::check(name), Ok(()));
        assert!(!name.starts_with('/') && !name.contains('\\'));
        assert!(name.split('/').all(|part| !matches!(part, "" | "." | "..")));
        assert_eq!(read.get(name), Some(digest));
    }
    let written = read.to_string();
    let again = Manifest::parse(written.as_bytes()).expect("what was read is read again");
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
