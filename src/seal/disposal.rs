//! The certificate of a disposal: what was destroyed, by which rule, on whose proposal and whose approval.
//!
//! It is a folder of its own, for the recording is gone: `disposal.json` with its signature and time-stamp, the signed list of the
//! destroyed files (`manifest-sha256.txt`) with the seal over it, and the chain of custody.

use super::custody::{CustodyAct, CustodyEntry};
use super::decimal;
use super::digest::Digest;
use super::document::{CaseSummary, HearingSummary, SealedBy};
use super::strict;
use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
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
    /// Reseals that were destroyed with it, in the order in which they were made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reseals: Vec<DestroyedReseal>,
    /// Notes that were made of it after it was sealed, by their entries in the chain of custody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub annotations: Vec<NotedEntry>,
    /// What had become of the copy in the court's second store; absent where it was never copied to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_store: Option<DestroyedCopy>,
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

/// A reseal, as the chain of custody has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestroyedReseal {
    /// Its folder, `reseal-001`.
    pub folder: String,
    /// SHA-512 of its `stamped-sha512.txt`, in hexadecimal digits.
    pub stamped_sha512: String,
}

/// A note, which is an entry of the chain of custody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotedEntry {
    /// Its number there.
    #[serde(with = "decimal")]
    pub entry: u64,
    /// Its hash.
    pub hash: Digest,
}

/// What a chain of custody tells of additions to a recording, up to where a certificate of disposal takes it in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Additions {
    /// Reseals, in order.
    pub reseals: Vec<DestroyedReseal>,
    /// Notes, in order.
    pub annotations: Vec<NotedEntry>,
}

impl Additions {
    /// Takes what an entry tells.
    pub fn take(&mut self, entry: &CustodyEntry) {
        let text = |member: &str| entry.detail.get(member).and_then(Value::as_str);
        match entry.act {
            CustodyAct::Annotated => self.annotations.push(NotedEntry {
                entry: entry.seq,
                hash: entry.hash,
            }),
            CustodyAct::Resealed => {
                // An entry that only opens the act names no digest.
                if let (Some(folder), Some(digest)) = (text("reseal"), text("stamped_sha512")) {
                    self.reseals.push(DestroyedReseal {
                        folder: folder.to_owned(),
                        stamped_sha512: digest.to_owned(),
                    });
                }
            }
            _ => {}
        }
    }
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

/// The copy in the second store when the certificate was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestroyedCopy {
    /// Number of the store, by which the court knows it.
    pub store: Uuid,
    /// What had become of it.
    pub outcome: CopyOutcome,
    /// Until then the store deletes nothing of it. With [`CopyOutcome::Locked`] alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked_until: Option<Timestamp>,
}

/// What had become of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyOutcome {
    /// Nothing of it was left there.
    Deleted,
    /// The store has locked some or all of it, also against the court.
    Locked,
    /// The store did not answer or refused.
    NotDeleted,
}

impl DestroyedCopy {
    /// True where a date comes with a lock, and with nothing else.
    pub fn is_whole(&self) -> bool {
        self.locked_until.is_some() == (self.outcome == CopyOutcome::Locked)
    }

    /// What had become of it, for people. `method`: how the recording was destroyed.
    pub fn in_words(&self, method: Method) -> String {
        let copy = format!("the copy in the court's second store (number {})", self.store);
        let left = match method {
            Method::FilesDeleted => "until then it can be read by whoever may read that store",
            Method::KeyDestroyed => "it is encrypted, and the key was destroyed",
        };
        match (self.outcome, self.locked_until) {
            (CopyOutcome::Deleted, _) => format!("{copy} was deleted as well"),
            (CopyOutcome::Locked, Some(until)) => {
                format!("{copy} was NOT deleted yet: that store keeps it locked until {until}; {left}")
            }
            _ => format!("{copy} was NOT deleted yet: that store did not answer or refused; {left}"),
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
