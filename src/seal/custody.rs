//! `custody.jsonl`: who did what with a recording after it was made. Each line holds the hash of the line before.
//!
//! The hashed bytes of a line are its own text without the `hash` member: everything up to `,"hash":"`, and a closing
//! brace. So nobody has to agree on a canonical form of JSON; the line as written is the form.

use super::decimal;
use super::digest::Digest;
use super::lines::{Bounds, LineError, Lines};
use super::strict;
use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::io::BufRead;

/// Bounds of `custody.jsonl`.
pub const BOUNDS: Bounds = Bounds {
    line_bytes_max: 64 * 1024,
    lines_max: 1_000_000,
};

/// What was done with a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustodyAct {
    /// Capturing came to its end.
    Recorded,
    /// Sealed. `detail.manifest_sha256` holds the digest of the signed manifest.
    Sealed,
    /// Entered into the case as electronic evidence.
    Attached,
    /// An authority's time-stamp was put beside the seal. `detail.sha256` holds the digest of its file.
    TimeStamped,
    /// The proof that it is in the transparency log was put beside the seal. `detail.sha256` holds the digest of its file.
    Logged,
    /// A reseal was added. In the entry that completes it, `detail.reseal` names its folder and `detail.stamped_sha512` the
    /// SHA-512 of its `stamped-sha512.txt`.
    Resealed,
    /// A note was made at a moment: `detail.segment`, `detail.media_ms` and `detail.text`.
    Annotated,
    /// Looked at or listened to.
    Viewed,
    /// Verified.
    Verified,
    /// A bundle was handed out.
    Exported,
    /// A copy for watching was made.
    AccessCopy,
    /// Its files were encrypted where the court keeps them.
    Enclosed,
    /// Files that were damaged or missing in one of the two stores were put back from the other: `detail.store` is the one that was mended,
    /// `detail.files` has each with its digest.
    Repaired,
    /// After the disposal: what the second store had of it is deleted there too, or what of it the store keeps until when.
    CopyRemoved,
    /// Somebody asked for the recording. `detail.request` is the number of the request.
    MediaRequested,
    /// The court refused a request.
    RequestRefused,
    /// The court granted a request: the recording is released to a named person until `detail.expires_at`.
    Released,
    /// The court took a release back.
    ReleaseWithdrawn,
    /// A stretch of it was played, from `detail.from_ms` to `detail.to_ms`.
    Played,
    /// The rule by which it is kept was set.
    RetentionSet,
    /// Put under a legal hold: it is not disposed of while that lasts.
    Held,
    /// A legal hold was lifted.
    HoldLifted,
    /// Somebody proposed to dispose of it.
    DisposalProposed,
    /// A second person decided about the proposal.
    DisposalDecided,
    /// Disposed of: its files are destroyed. `detail.certificate_sha256` is the digest of the certificate.
    Disposed,
    /// A judge ordered that parts of it are redacted; in force from then on. `detail.order` is the number of the order,
    /// `detail.reference` its reference.
    RedactionOrdered,
    /// A judge lifted such an order.
    RedactionLifted,
    /// A redacted copy was made of it. In the entry that completes it, `detail.derivative` names the recording that the copy is,
    /// and `detail.manifest_sha256` its manifest.
    Redacted,
    /// The first entry of a redacted copy: it was made from the recording `detail.derived_from`.
    Derived,
}

impl CustodyAct {
    /// The word in the ledger.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Sealed => "sealed",
            Self::Attached => "attached",
            Self::TimeStamped => "time_stamped",
            Self::Logged => "logged",
            Self::Resealed => "resealed",
            Self::Annotated => "annotated",
            Self::Viewed => "viewed",
            Self::Verified => "verified",
            Self::Exported => "exported",
            Self::AccessCopy => "access_copy",
            Self::Enclosed => "enclosed",
            Self::Repaired => "repaired",
            Self::CopyRemoved => "copy_removed",
            Self::MediaRequested => "media_requested",
            Self::RequestRefused => "request_refused",
            Self::Released => "released",
            Self::ReleaseWithdrawn => "release_withdrawn",
            Self::Played => "played",
            Self::RetentionSet => "retention_set",
            Self::Held => "held",
            Self::HoldLifted => "hold_lifted",
            Self::DisposalProposed => "disposal_proposed",
            Self::DisposalDecided => "disposal_decided",
            Self::Disposed => "disposed",
            Self::RedactionOrdered => "redaction_ordered",
            Self::RedactionLifted => "redaction_lifted",
            Self::Redacted => "redacted",
            Self::Derived => "derived",
        }
    }
}

/// An entry of the ledger, as read back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodyEntry {
    /// From 1, without a hole.
    #[serde(with = "decimal")]
    pub seq: u64,
    /// When, by the server's clock.
    pub at: Timestamp,
    /// What.
    pub act: CustodyAct,
    /// Who: a name, or the software where no person acted.
    pub by: String,
    /// Particulars; their members depend on the act.
    pub detail: Map<String, Value>,
    /// Hash of the entry before; 64 zeros in the first.
    pub prev: Digest,
    /// `SHA-256(prev || text)`, where text is the line without this member.
    pub hash: Digest,
}

/// What is to be entered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewEntry<'a> {
    /// When.
    pub at: Timestamp,
    /// What.
    pub act: CustodyAct,
    /// Who.
    pub by: &'a str,
    /// Particulars.
    pub detail: Map<String, Value>,
}

/// Where a ledger ends: what the next entry is chained to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Number of the last entry; 0 in an empty ledger.
    pub seq: u64,
    /// Hash of the last entry; zeros in an empty ledger.
    pub hash: Digest,
}

impl Head {
    /// Of a ledger without entries.
    pub const EMPTY: Head = Head {
        seq: 0,
        hash: Digest::ZERO,
    };
}

/// Why a line does not continue the ledger.
#[derive(Debug, thiserror::Error)]
pub enum CustodyError {
    /// As text.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Not an entry.
    #[error("line {line}: not an entry: {why}")]
    Form {
        /// From 1.
        line: u64,
        /// What the JSON parser says.
        why: String,
    },
    /// A number that does not follow.
    #[error("line {line}: has number {seq}, expected {line}")]
    Sequence {
        /// From 1.
        line: u64,
        /// Found.
        seq: u64,
    },
    /// Not chained to the entry before.
    #[error("line {line}: is not chained to the entry before it")]
    Chain {
        /// From 1.
        line: u64,
    },
    /// The text is not what its hash says.
    #[error("line {line}: the text is not what its hash says")]
    Hash {
        /// From 1.
        line: u64,
    },
}

/// The folder of a reseal and the digest of what was stamped in it, where the entry says that one was added.
pub fn resealed(entry: &CustodyEntry) -> Option<(String, String)> {
    if entry.act != CustodyAct::Resealed {
        return None;
    }
    let text = |member| Some(entry.detail.get(member)?.as_str()?.to_owned());
    Some((text("reseal")?, text("stamped_sha512")?))
}

const HASH_MEMBER: &str = ",\"hash\":\"";

/// The line for a new entry (with its line feed) and the ledger's new head.
pub fn append(head: Head, entry: &NewEntry<'_>) -> Result<(String, Head), serde_json::Error> {
    #[derive(Serialize)]
    struct Unhashed<'a> {
        #[serde(with = "decimal")]
        seq: u64,
        at: Timestamp,
        act: CustodyAct,
        by: &'a str,
        detail: &'a Map<String, Value>,
        prev: Digest,
    }
    let seq = head.seq.saturating_add(1);
    let text = serde_json::to_string(&Unhashed {
        seq,
        at: entry.at,
        act: entry.act,
        by: entry.by,
        detail: &entry.detail,
        prev: head.hash,
    })?;
    let hash = head.hash.chain(text.as_bytes());
    let open = text.strip_suffix('}').unwrap_or(&text);
    Ok((format!("{open}{HASH_MEMBER}{hash}\"}}\n"), Head { seq, hash }))
}

/// Checks that `line` (without line feed) continues the ledger that ends at `head`.
pub fn check_line(head: Head, line: &str) -> Result<CustodyEntry, CustodyError> {
    let number = head.seq.saturating_add(1);
    let form = |why: String| CustodyError::Form { line: number, why };
    let entry: CustodyEntry = strict::from_json(line.as_bytes()).map_err(|e| form(e.to_string()))?;
    let (open, rest) = line
        .rsplit_once(HASH_MEMBER)
        .ok_or_else(|| form("`hash` is not the last member".into()))?;
    if rest != format!("{}\"}}", entry.hash) {
        return Err(form("`hash` is not the last member".into()));
    }
    if entry.seq != number {
        return Err(CustodyError::Sequence {
            line: number,
            seq: entry.seq,
        });
    }
    if entry.prev != head.hash {
        return Err(CustodyError::Chain { line: number });
    }
    if entry.prev.chain(format!("{open}}}").as_bytes()) != entry.hash {
        return Err(CustodyError::Hash { line: number });
    }
    Ok(entry)
}

/// Checks a whole ledger and hands each entry to `each`; returns where the ledger ends.
pub fn check(ledger: impl BufRead, mut each: impl FnMut(&CustodyEntry)) -> Result<Head, CustodyError> {
    let mut head = Head::EMPTY;
    for line in Lines::new(ledger, BOUNDS) {
        let entry = check_line(head, &line?)?;
        head = Head {
            seq: entry.seq,
            hash: entry.hash,
        };
        each(&entry);
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    fn ledger(by: &[&str]) -> String {
        let mut head = Head::EMPTY;
        let mut text = String::new();
        for by in by {
            let mut detail = Map::new();
            detail.insert("note".into(), Value::from(r#"x,"hash":"y"#));
            let entry = NewEntry {
                at: Timestamp::new(datetime!(2026-11-23 10:00 UTC)),
                act: CustodyAct::Viewed,
                by,
                detail,
            };
            let (line, next) = append(head, &entry).unwrap();
            text.push_str(&line);
            head = next;
        }
        assert_eq!(check(text.as_bytes(), |_| ()).unwrap(), head);
        text
    }

    #[test]
    fn known_answer() {
        let text = ledger(&["Clerk"]);
        let open = r#"{"seq":"1","at":"2026-11-23T10:00:00.000Z","act":"viewed","by":"Clerk","detail":{"note":"x,\"hash\":\"y"},"prev":"0000000000000000000000000000000000000000000000000000000000000000""#;
        let mut hashed = vec![0; 32];
        hashed.extend_from_slice(open.as_bytes());
        hashed.push(b'}');
        assert_eq!(text, format!("{open},\"hash\":\"{}\"}}\n", Digest::of(&hashed)));
    }

    #[test]
    fn reordered_dropped_and_altered() {
        let text = ledger(&["A", "B", "C"]);
        let lines: Vec<&str> = text.lines().collect();
        let check = |lines: &[&str]| {
            let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
            check(text.as_bytes(), |_| ()).map_err(|e| e.to_string())
        };
        assert!(check(&lines).is_ok());
        assert!(
            check(&[lines[0], lines[2], lines[1]])
                .unwrap_err()
                .starts_with("line 2")
        );
        assert!(check(&lines[1..]).unwrap_err().starts_with("line 1"));
        let altered = lines[1].replace("\"B\"", "\"b\"");
        assert!(
            check(&[lines[0], &altered, lines[2]])
                .unwrap_err()
                .contains("hash says")
        );
        let spaced = lines[1].replace(",\"hash\":\"", ", \"hash\":\"");
        assert!(check(&[lines[0], &spaced]).unwrap_err().contains("last member"));
    }

    proptest! {
        #[test]
        fn any_flipped_byte_is_noticed(at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let text = ledger(&["Judge Karimova", "Clerk"]);
            let mut bytes = text.clone().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(check(&bytes[..], |_| ()).is_err(), "{}", String::from_utf8_lossy(&bytes));
        }
    }
}
