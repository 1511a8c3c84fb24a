//! The layout of a sealed recording: a BagIt bag (RFC 8493) in which every file has one place.
//!
//! Two forms: **stored**, as it lies in the court's store after sealing, and **exported**, as it is handed out. The
//! exported form adds what changes after sealing (the chain of custody) and what is written for people, and a signed
//! tag manifest over all of it.

use super::timestamp::Timestamp;
use std::fmt::Write;
use uuid::Uuid;

/// The bag declaration (RFC 8493, section 2.1.1).
pub const BAGIT: &str = "bagit.txt";
/// The only content the bag declaration may have.
pub const BAGIT_TEXT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
/// Bag metadata (RFC 8493, section 2.2.2).
pub const BAG_INFO: &str = "bag-info.txt";
/// Digests of every file below `data/`. This is what the seal signs.
pub const MANIFEST: &str = "manifest-sha256.txt";
/// The seal: a detached signature over the manifest.
pub const MANIFEST_SIGNATURE: &str = "seal/manifest-sha256.txt.p7s";
/// Root certificate, for convenience. A root inside the bundle proves nothing.
pub const ROOT_CERTIFICATE: &str = "seal/certs/root.pem";
/// The certificate under which the manifest was signed.
pub const SEAL_CERTIFICATE: &str = "seal/certs/seal.pem";
/// A time-stamp over the seal's signature file: the authority's answer as it was received. Where there is one.
pub const TIME_STAMP: &str = "seal/manifest-sha256.txt.p7s.tsr";
/// Root certificate of the time-stamp, for convenience. Beside every time-stamp.
pub const TIME_STAMP_ROOT: &str = "seal/certs/time-stamp-root.pem";
/// Proof that the manifest is in the court's transparency log. Where there is one.
pub const LOG_PROOF: &str = "seal/manifest-sha256.txt.tlog-proof";
/// Chain of custody. Exported form only.
pub const CUSTODY: &str = "custody.jsonl";
/// The certificate of the seal, for a person to read and print. Exported form only.
pub const CERTIFICATE: &str = "certificate.html";
/// How to verify without Oyer. Exported form only.
pub const INSTRUCTIONS: &str = "VERIFY.txt";
/// Digests of every tag file but itself and its signature. Exported form only.
pub const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";
/// A detached signature over the tag manifest. Exported form only.
pub const TAG_MANIFEST_SIGNATURE: &str = "seal/tagmanifest-sha256.txt.p7s";

/// Tag files of the stored form.
pub const STORED_TAG_FILES: &[&str] = &[
    BAGIT,
    BAG_INFO,
    MANIFEST,
    MANIFEST_SIGNATURE,
    ROOT_CERTIFICATE,
    SEAL_CERTIFICATE,
];
/// Tag files of either form that come together or not at all.
pub const OPTIONAL_TAG_FILES: &[&[&str]] = &[&[TIME_STAMP, TIME_STAMP_ROOT], &[LOG_PROOF]];
/// Tag files that the exported form has besides those of the stored form.
pub const EXPORTED_TAG_FILES: &[&str] = &[
    CUSTODY,
    CERTIFICATE,
    INSTRUCTIONS,
    TAG_MANIFEST,
    TAG_MANIFEST_SIGNATURE,
];

/// Largest file beside `data/`. A chain of custody of this size has some 500 000 entries.
pub const TAG_FILE_BYTES_MAX: u64 = 256 << 20;
/// Largest file below `data/` that is no track. A fragment ledger of this size is that of 100 tracks for a day.
pub const PAYLOAD_BYTES_MAX: u64 = 1 << 30;

/// The seal document, below `data/<recording>/`.
pub const SEAL_DOCUMENT: &str = "seal.json";
/// The fragment ledger, below `data/<recording>/`.
pub const FRAGMENTS: &str = "fragments.tsv";
/// The gap ledger, below `data/<recording>/`.
pub const GAPS: &str = "gaps.jsonl";
/// The court log, below `data/<recording>/`.
pub const COURT_LOG: &str = "court-log.jsonl";

/// What was redacted, below `data/<recording>/`. In a redacted copy only.
pub const REDACTION: &str = "redaction.json";

/// The folder of the payload, with its slash.
pub const DATA: &str = "data/";

/// Path of a payload file inside the bundle; `file` is relative to the recording.
pub fn payload_path(recording: Uuid, file: &str) -> String {
    format!("{DATA}{recording}/{file}")
}

/// Folder of a segment, relative to the recording, with its slash.
pub fn segment_folder(segment: u32) -> String {
    format!("segment-{segment:03}/")
}

/// What `bag-info.txt` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BagInfo<'a> {
    /// The court.
    pub organisation: &'a str,
    /// Case reference.
    pub case_reference: &'a str,
    /// Title of the hearing.
    pub hearing_title: &'a str,
    /// The recording.
    pub recording: Uuid,
    /// When the bag was made.
    pub bagged_at: Timestamp,
    /// Sum of the sizes of the files below `data/`.
    pub payload_bytes: u64,
    /// Their number.
    pub payload_files: u64,
    /// Software and version.
    pub software: &'a str,
}

/// The text of `bag-info.txt`.
pub fn bag_info(info: &BagInfo<'_>) -> String {
    let date = info.bagged_at.at().date();
    let mut text = String::new();
    for (label, value) in [
        ("Source-Organization", info.organisation),
        ("External-Identifier", &info.recording.to_string()),
        (
            "External-Description",
            &format!("{}: {}", info.case_reference, info.hearing_title),
        ),
        ("Bagging-Date", &date.to_string()),
        (
            "Payload-Oxum",
            &format!("{}.{}", info.payload_bytes, info.payload_files),
        ),
        ("Bag-Software-Agent", info.software),
    ] {
        // A line break in a title would start another label.
        let value: String = value
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{label}: {value}");
    }
    text
}

/// Payload size and number of files from the text of `bag-info.txt` (`Payload-Oxum`, RFC 8493 section 2.2.2).
pub fn payload_oxum(bag_info: &str) -> Option<(u64, u64)> {
    let mut values = bag_info.lines().filter_map(|l| l.strip_prefix("Payload-Oxum: "));
    let (bytes, files) = values.next()?.split_once('.')?;
    let oxum = (super::decimal::parse(bytes)?, super::decimal::parse(files)?);
    values.next().is_none().then_some(oxum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn bag_info_cannot_be_broken_out_of() {
        let text = bag_info(&BagInfo {
            organisation: "Court\nPayload-Oxum: 1.1",
            case_reference: "1-23/2026",
            hearing_title: "Hearing",
            recording: Uuid::nil(),
            bagged_at: Timestamp::new(datetime!(2026-11-23 23:59 UTC)),
            payload_bytes: 12345,
            payload_files: 7,
            software: "oyer/0.1.0",
        });
        assert_eq!(
            text,
            "Source-Organization: Court Payload-Oxum: 1.1\n\
             External-Identifier: 00000000-0000-0000-0000-000000000000\n\
             External-Description: 1-23/2026: Hearing\n\
             Bagging-Date: 2026-11-23\n\
             Payload-Oxum: 12345.7\n\
             Bag-Software-Agent: oyer/0.1.0\n"
        );
        assert_eq!(payload_oxum(&text), Some((12345, 7)));
        assert_eq!(payload_oxum(&format!("{text}Payload-Oxum: 1.1\n")), None);
    }
}
