//! The certificate of a disposal: what was destroyed, by which rule, on whose proposal and whose approval.
//!
//! It is a folder of its own, for the recording is gone: `disposal.json` with its signature and time-stamp, the signed list of the
//! destroyed files (`manifest-sha256.txt`) with the seal over it, and the chain of custody.

use super::decimal;
use super::digest::Digest;
use super::document::{CaseSummary, HearingSummary, SealedBy};
use super::strict;
use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The schema of the document.
pub const SCHEMA: &str = "oyer/disposal/1";
/// The document.
pub const DOCUMENT: &str = "disposal.json";
/// A detached signature over the document.
pub const SIGNATURE: &str = "disposal.json.p7s";
/// A time-stamp over the signature.
pub const TIME_STAMP: &str = "disposal.json.p7s.tsr";
/// Root certificate of that time-stamp, for convenience.
pub const TIME_STAMP_ROOT: &str = "time-stamp-root.pem";
/// Largest document in bytes.
pub const BYTES_MAX: u64 = 64 * 1024;

/// `disposal.json`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisposalDocument {
    /// [`SCHEMA`]
    pub schema: String,
    /// The recording that was destroyed.
    pub recording: Uuid,
    /// Its case.
    pub case: CaseSummary,
    /// Its hearing.
    pub hearing: HearingSummary,
    /// When it had been sealed.
    pub sealed_at: Timestamp,
    /// Digest of the signed list of its files.
    pub manifest_sha256: Digest,
    /// How many files there were.
    #[serde(with = "decimal")]
    pub files: u64,
    /// How many bytes they had.
    #[serde(with = "decimal")]
    pub bytes: u64,
    /// By which rule.
    pub rule: Rule,
    /// Who proposed it.
    pub proposed: Act,
    /// Who approved it: another person.
    pub approved: Act,
    /// How it was destroyed.
    pub method: Method,
    /// Where the chain of custody stood.
    pub custody: CustodyHead,
    /// When the destruction was over and this was written.
    pub issued_at: Timestamp,
    /// Who wrote it.
    pub issued_by: SealedBy,
}

/// The rule by which the recording was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// How the case was decided: a word of the court.
    pub class: String,
    /// Day of the decision, `2026-11-28`.
    pub decided_on: String,
    /// Months of a custodial sentence.
    #[serde(deserialize_with = "Option::deserialize")]
    pub sentence_months: Option<u32>,
    /// Last day on which it had to be kept.
    pub kept_until: String,
}

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// As the chain of custody names them.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Digest of the reason, of which the text stays with the court.
    pub reason_sha256: Digest,
}

/// How a recording was destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Its files were deleted from the court's store. What backups hold, and what a disk may still hold, is not said.
    FilesDeleted,
    /// Its files had been encrypted, and the only key to them was destroyed; then they were deleted.
    KeyDestroyed,
}

impl Method {
    /// What was done and what was not, for people.
    pub fn in_words(self) -> &'static str {
        match self {
            Method::FilesDeleted => {
                "its files were deleted from the court's store; of backups, of copies that were handed out, and of what the disk may \
                 still hold, nothing is said"
            }
            Method::KeyDestroyed => {
                "the key under which its files were encrypted was destroyed, and the files and copies for watching were deleted from \
                 the court's store; of backups of that key and of copies for watching, of copies that were handed out, and of what \
                 the disk may still hold from before it was encrypted, nothing is said"
            }
        }
    }
}

/// An end of the chain of custody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodyHead {
    /// How many entries it had.
    #[serde(with = "decimal")]
    pub entries: u64,
    /// Hash of the last.
    pub head: Digest,
}

impl DisposalDocument {
    /// Reads the document; every value has one spelling.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        strict::from_json(bytes)
    }
}
