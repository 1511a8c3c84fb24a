//! The chain of custody of a sealed recording: who did what with it, each entry chained to the one before.
//!
//! An act that takes time has two entries: one before it begins, one with its outcome that names the first. Of an act that a crash
//! cut off between the two the next start enters that its outcome is unknown (`acts`). A view is one entry, written before the first
//! byte is served.

pub(super) mod acts;
pub(super) mod ends;

use super::Evidence;
use super::error::EvidenceError;
use crate::court::id::RecordingId;
use crate::seal::custody::{self, CustodyAct, CustodyEntry, Head, NewEntry};
use crate::seal::timestamp::Timestamp;
use crate::store::ActEnd;
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// The number of the entry, for the acts that every recording has exactly once and in this order.
fn fixed_seq(act: CustodyAct) -> Option<u64> {
    match act {
        CustodyAct::Recorded | CustodyAct::Derived => Some(1),
        CustodyAct::Sealed => Some(2),
        CustodyAct::Attached => Some(3),
        _ => None,
    }
}

/// The particulars of an entry.
pub(super) fn members<const N: usize>(of: [(&str, Value); N]) -> Map<String, Value> {
    of.into_iter()
        .map(|(name, value)| (name.to_string(), value))
        .collect()
}

/// The name under which the server itself acts.
pub const SERVER: &str = "oyer";

/// Which end of an act that takes time an entry tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The act is about to begin.
    Opened,
    /// The act is over.
    Completed {
        /// Number of the entry that opened it.
        opened_by: u64,
        /// How it ended.
        ending: Ending,
    },
}

/// How an act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was done; of a verification: every proof held.
    Succeeded,
    /// It was refused, failed or broke off.
    Failed,
    /// Nobody knows: the server stopped before it was entered, or a verification broke off.
    Unknown,
}

/// The phase that an entry tells; none for an act of a single entry.
pub fn phase(entry: &CustodyEntry) -> Option<Phase> {
    let detail = &entry.detail;
    match detail.get("stage").and_then(Value::as_str)? {
        "begun" => Some(Phase::Opened),
        "completed" => Some(Phase::Completed {
            opened_by: detail.get("begun").and_then(Value::as_str)?.parse().ok()?,
            ending: ending(entry.act, detail),
        }),
        _ => None,
    }
}

fn ending(act: CustodyAct, detail: &Map<String, Value>) -> Ending {
    // One that broke off says why, and found neither that every proof holds nor that one does not.
    let is_unknown = match act {
        CustodyAct::Verified => !detail.contains_key("holds"),
        _ => detail.get("outcome").and_then(Value::as_str) == Some("unknown"),
    };
    let is_done = |member: &&str| detail.get(*member) == Some(&Value::Bool(true));
    match ["holds", "ok"].iter().any(is_done) {
        _ if is_unknown => Ending::Unknown,
        true => Ending::Succeeded,
        false => Ending::Failed,
    }
}

impl Evidence {
    /// Adds an entry and returns its number.
    pub(super) async fn append_custody(
        &self,
        recording: RecordingId,
        act: CustodyAct,
        by: &str,
        detail: Map<String, Value>,
    ) -> Result<u64, EvidenceError> {
        self.append_custody_end(recording, act, by, ActEnd::Only, detail)
            .await
    }

    /// The same for an end of an act.
    async fn append_custody_end(
        &self,
        recording: RecordingId,
        act: CustodyAct,
        by: &str,
        end: ActEnd,
        detail: Map<String, Value>,
    ) -> Result<u64, EvidenceError> {
        let entry = NewEntry {
            at: Timestamp::new(OffsetDateTime::now_utc()),
            act,
            by,
            detail,
        };
        self.begin_custody(recording).await?;
        let row = self
            .store()
            .append_custody_end(recording, end, |seq, last| {
                if fixed_seq(act).is_some_and(|fixed| fixed != seq) {
                    return Err(format!("entry {seq} of the ledger cannot be `{}`", act.name()));
                }
                line(&entry, last)
            })
            .await?;
        self.end_custody_with(recording, &row.line).await;
        Ok(row.seq)
    }

    /// Adds the entry of an act that every recording has once; nothing when it is there.
    pub(super) async fn append_custody_once(
        &self,
        recording: RecordingId,
        act: CustodyAct,
        detail: Map<String, Value>,
    ) -> Result<(), EvidenceError> {
        let entries = self.store().custody(recording).await?.len() as u64;
        if fixed_seq(act).is_some_and(|fixed| entries >= fixed) {
            return Ok(());
        }
        self.append_custody(recording, act, SERVER, detail).await?;
        Ok(())
    }

    /// Notes that somebody looks at the recording. To be called before the first byte is served.
    pub async fn note_viewed(&self, recording: RecordingId, by: &str) -> Result<(), EvidenceError> {
        self.require_attached(recording).await?;
        self.append_custody(recording, CustodyAct::Viewed, by, Map::new())
            .await?;
        Ok(())
    }

    /// The chain of custody as it stands.
    pub(super) async fn custody_entries(
        &self,
        recording: RecordingId,
    ) -> Result<Vec<CustodyEntry>, EvidenceError> {
        let rows = self.store().custody(recording).await?;
        let entries = rows.iter().map(|row| serde_json::from_str(&row.line));
        entries
            .collect::<Result<_, _>>()
            .map_err(|source| EvidenceError::Json {
                what: "custody".into(),
                source,
            })
    }

    /// `custody.jsonl` as it stands: every line with its line feed.
    pub(super) async fn custody_text(&self, recording: RecordingId) -> Result<String, EvidenceError> {
        let rows = self.store().custody(recording).await?;
        Ok(rows.into_iter().map(|row| row.line + "\n").collect())
    }
}

/// The line that continues the ledger after `last`, without its line feed.
fn line(entry: &NewEntry<'_>, last: Option<&str>) -> Result<String, String> {
    let head = match last {
        None => Head::EMPTY,
        Some(line) => {
            let last: CustodyEntry = serde_json::from_str(line).map_err(|e| format!("last entry: {e}"))?;
            Head {
                seq: last.seq,
                hash: last.hash,
            }
        }
    };
    let (mut line, _) = custody::append(head, entry).map_err(|e| e.to_string())?;
    line.truncate(line.trim_end_matches('\n').len());
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::digest::Digest;
    use serde_json::json;

    fn entry(act: CustodyAct, detail: Value) -> CustodyEntry {
        CustodyEntry {
            seq: 5,
            at: Timestamp::new(OffsetDateTime::UNIX_EPOCH),
            act,
            by: "N. Karimova (clerk)".into(),
            detail: detail.as_object().unwrap().clone(),
            prev: Digest::ZERO,
            hash: Digest::ZERO,
        }
    }

    #[test]
    fn both_ends_of_an_act_are_told_apart() {
        let completed = |ending| Some(Phase::Completed { opened_by: 4, ending });
        for (act, detail, expected) in [
            (CustodyAct::Viewed, json!({}), None),
            (CustodyAct::Sealed, json!({"manifest_sha256": "00"}), None),
            (
                CustodyAct::Verified,
                json!({"stage": "begun"}),
                Some(Phase::Opened),
            ),
            (
                CustodyAct::Verified,
                json!({"stage": "completed", "begun": "4", "holds": true}),
                completed(Ending::Succeeded),
            ),
            (
                CustodyAct::Verified,
                json!({"stage": "completed", "begun": "4", "holds": false}),
                completed(Ending::Failed),
            ),
            (
                CustodyAct::Verified,
                json!({"stage": "completed", "begun": "4", "why": "gone"}),
                completed(Ending::Unknown),
            ),
            (
                CustodyAct::Exported,
                json!({"stage": "completed", "begun": "4", "ok": true}),
                completed(Ending::Succeeded),
            ),
            (
                CustodyAct::AccessCopy,
                json!({"stage": "completed", "begun": "4", "ok": false, "why": "called off"}),
                completed(Ending::Failed),
            ),
            (
                CustodyAct::Exported,
                json!({"stage": "completed", "begun": "4", "outcome": "unknown", "why": "the server stopped"}),
                completed(Ending::Unknown),
            ),
        ] {
            assert_eq!(phase(&entry(act, detail.clone())), expected, "{act:?} {detail}");
        }
    }
}
