//! That an order about another recording of the hearing binds a recording, in that recording's own chain of custody.
//!
//! Neither the order nor its lifting waits for these entries, nor does a seal: the order is in force whether they are there or not. They are worked
//! out from what the store has, whenever something changes and at each start, so that one that could not be entered is made up for.

use super::super::Evidence;
use super::super::custody::acts::said;
use super::super::custody::{SERVER, members};
use super::super::error::EvidenceError;
use super::super::releases::{digest_of, time_of};
use crate::court::id::RecordingId;
use crate::court::state::RecordingState;
use crate::seal::custody::{CustodyAct, CustodyEntry};
use crate::store::{Decided, RedactionOrder};
use serde_json::json;

impl Evidence {
    /// Enters in the chain of custody of each recording of the hearing of `about` which orders about others of it bind it, or do no
    /// more. What fails is logged, and made up for.
    pub(in crate::evidence) async fn note_bound_of_hearing(&self, about: RecordingId) {
        let noted = async {
            let hearing = self.row(about).await?.hearing_id;
            for other in self.store().recordings_of_hearing(hearing).await? {
                self.note_bound(other.id).await;
            }
            Ok::<_, EvidenceError>(())
        };
        if let Err(why) = noted.await {
            tracing::error!(recording = %about, %why, "which recordings of its hearing an order binds is not in their chains of custody yet");
        }
    }

    /// The same for one recording, as when it has just been sealed.
    pub(in crate::evidence) async fn note_bound(&self, recording: RecordingId) {
        if let Err(why) = self.try_note_bound(recording).await {
            tracing::error!(%recording, %why, "which orders bind a recording is not in its chain of custody yet");
        }
    }

    /// The same at a start, for every recording of a hearing about which there is an order.
    pub(in crate::evidence) async fn note_all_bound(&self) -> Result<(), EvidenceError> {
        for recording in self.store().recordings_beside_redacted().await? {
            self.note_bound(recording).await;
        }
        Ok(())
    }

    async fn try_note_bound(&self, recording: RecordingId) -> Result<(), EvidenceError> {
        // One after another: each entry is made once.
        let _alone = self.inner.binding.lock().await;
        if self.row(recording).await?.state != RecordingState::Attached {
            // Of one that is not sealed nobody knows yet what it will have.
            return Ok(());
        }
        let mut binding = self.binding(recording).await?;
        binding.retain(|order| order.recording != recording);
        if binding.is_empty() {
            return Ok(());
        }
        let entries = self.custody_entries(recording).await?;
        for order in &binding {
            let is_entered = |act: CustodyAct| {
                let number = order.number.to_string();
                let about = order.recording.to_string();
                let of_order =
                    |entry: &CustodyEntry| said(entry, "order") == number && said(entry, "about") == about;
                entries.iter().any(|entry| entry.act == act && of_order(entry))
            };
            let was_bound = is_entered(CustodyAct::RedactionOrdered);
            match &order.lifted {
                // Sealed after it was lifted: it was never bound.
                Some(_) if !was_bound => {}
                Some(lifted) if !is_entered(CustodyAct::RedactionLifted) => {
                    self.enter_bound(recording, CustodyAct::RedactionLifted, order, lifted)
                        .await?;
                }
                None if !was_bound => {
                    self.enter_bound(recording, CustodyAct::RedactionOrdered, order, &order.ordered)
                        .await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The server enters it: whoever decided did so about another recording, at the time that the entry says.
    async fn enter_bound(
        &self,
        recording: RecordingId,
        act: CustodyAct,
        order: &RedactionOrder,
        decided: &Decided,
    ) -> Result<(), EvidenceError> {
        let detail = members([
            ("order", json!(order.number.to_string())),
            ("reference", json!(order.reference)),
            ("about", json!(order.recording)),
            ("decided_by", json!(decided.by)),
            ("decided_at", json!(time_of(decided.at))),
            ("reason_sha256", json!(digest_of(&decided.reason))),
        ]);
        self.append_custody(recording, act, SERVER, detail).await?;
        Ok(())
    }
}
