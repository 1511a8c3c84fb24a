//! Last step: the rows and ledger entries that make a sealed folder part of its case.

use super::{on_record_ms, unix_ms};
use crate::court::state::RecordingState;
use crate::evidence::Evidence;
use crate::evidence::custody::members;
use crate::evidence::error::{EvidenceError, blocking};
use crate::seal::custody::CustodyAct;
use crate::seal::digest::Digest;
use crate::seal::document::Ended;
use crate::store::recordings::{NewEvidence, Recording};
use serde_json::json;
use uuid::Uuid;

impl Evidence {
    pub(super) async fn attach(&self, row: &Recording) -> Result<(), EvidenceError> {
        if row.state == RecordingState::Attached {
            return Ok(());
        }
        let bag = self.bag(row.id)?;
        let (document, redaction, manifest_sha256) =
            blocking(move || Ok((bag.document()?, bag.redaction()?, Digest::of(&bag.manifest()?)))).await?;
        let duration_ms = on_record_ms(&document);
        let (ended, state) = match document.ended {
            Ended::Closed => ("closed", RecordingState::Closed),
            Ended::Crash => ("crash", RecordingState::Interrupted),
        };
        if row.state == RecordingState::Capturing {
            // The store was put back to an earlier day than the folder: the folder says how it ended.
            self.store().set_recording_state(row.id, state).await?;
        }
        self.store()
            .set_recording_state(row.id, RecordingState::Sealed)
            .await?;

        let mut first = members([
            ("segments", json!(document.segments.len().to_string())),
            ("duration_ms", json!(duration_ms.to_string())),
        ]);
        let act = match redaction {
            None => {
                first.insert("ended".into(), json!(ended));
                CustodyAct::Recorded
            }
            Some(redaction) => {
                let of = redaction.derived_from;
                first.insert("derived_from".into(), json!(of.recording));
                first.insert("original_manifest_sha256".into(), json!(of.manifest_sha256));
                first.insert("made_by".into(), json!(redaction.made_by));
                let references = redaction.orders.iter().map(|order| &order.reference);
                first.insert("references".into(), references.map(|r| json!(r)).collect());
                CustodyAct::Derived
            }
        };
        self.append_custody_once(row.id, act, first).await?;
        let sealed = members([("manifest_sha256", json!(manifest_sha256))]);
        self.append_custody_once(row.id, CustodyAct::Sealed, sealed)
            .await?;

        self.store()
            .attach_evidence(NewEvidence {
                id: Uuid::now_v7(),
                case_id: document.case.id.into(),
                hearing_id: document.hearing.id.into(),
                recording_id: row.id,
                manifest_sha256: manifest_sha256.to_string(),
                sealed_at: unix_ms(document.sealed_at.at()),
                title: document.hearing.title.clone(),
                duration_ms: i64::try_from(duration_ms).unwrap_or(i64::MAX),
            })
            .await?;
        let attached = members([
            ("case", json!(document.case.id)),
            ("reference", json!(document.case.reference)),
        ]);
        self.append_custody_once(row.id, CustodyAct::Attached, attached)
            .await?;
        // The commit point: an attached recording is complete, and no start looks at it again.
        self.store()
            .set_recording_state(row.id, RecordingState::Attached)
            .await?;
        self.note_bound(row.id).await;
        Ok(())
    }
}
