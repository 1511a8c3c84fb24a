//! Recordings of testimony that are played at a later hearing: which may be, and what is noted of it.

use super::Evidence;
use super::custody::members;
use super::error::EvidenceError;
use crate::court::capture::HearingKind;
use crate::court::id::{CaseId, HearingId, RecordingId};
use crate::court::playback::{Exhibit, PlayedPart, Protocol};
use crate::court::state::RecordingState;
use crate::seal::custody::CustodyAct;
use crate::seal::ledger::CourtLogEntry;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Something that was done with a recording at a hearing, as the chain of custody of the recording tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayedEvent {
    /// At which hearing.
    pub hearing: HearingId,
    /// The word of that hearing's court log.
    pub kind: String,
    /// Number of the entry there; none before the act.
    pub entry: Option<u64>,
    /// The text of the entry there: from where to where, and for whom it was shown.
    pub text: Option<String>,
}

impl Evidence {
    /// The recording as it may be played at a hearing of the case; none unless it is sealed, of the same case, and of a hearing
    /// that recorded testimony.
    pub async fn exhibit(
        &self,
        recording: RecordingId,
        case: CaseId,
    ) -> Result<Option<Exhibit>, EvidenceError> {
        let Some(row) = self.store().recording(recording).await? else {
            return Ok(None);
        };
        let Some(hearing) = self.store().hearing(row.hearing_id).await? else {
            return Ok(None);
        };
        let may = row.state == RecordingState::Attached
            && hearing.case_id == case
            && hearing.kind == HearingKind::Testimony
            // A redacted copy has no tracks to be followed; the original is not shown while an order is in force.
            && row.derived_from.is_none()
            && !self.is_being_disposed_of(recording).await?
            && self.handed_out(recording).await?.recording() == Some(recording);
        if !may {
            return Ok(None);
        }
        let Some(found) = self.describe(recording).await? else {
            return Ok(None);
        };
        let screened = screened(&found.log);
        let pictures = found.seal.tracks.iter().filter(|t| t.source != "microphone");
        Ok(Some(Exhibit {
            recording,
            manifest_sha256: found.evidence.manifest_sha256,
            title: hearing.title,
            parts: found
                .seal
                .segments
                .iter()
                .map(|s| PlayedPart {
                    segment: s.segment,
                    duration_ms: s.duration_ms,
                })
                .collect(),
            court_only: pictures
                .filter(|t| screened.contains(&t.participant))
                .map(|t| t.file.clone())
                .collect(),
            protocol: protocol(&found.log),
            closed: found.log.iter().any(|e| e.kind == "in_camera"),
        }))
    }

    /// Notes what is done with the recording at a hearing.
    pub async fn note_played(
        &self,
        recording: RecordingId,
        by: &str,
        event: &PlayedEvent,
    ) -> Result<(), EvidenceError> {
        self.require_attached(recording).await?;
        let mut detail = members([
            ("hearing", json!(event.hearing.to_string())),
            ("played", json!(event.kind)),
        ]);
        if let Some(entry) = event.entry {
            detail.insert("court_log_entry".into(), json!(entry.to_string()));
        }
        if let Some(text) = &event.text {
            detail.insert("what".into(), json!(text));
        }
        self.append_custody(recording, CustodyAct::Viewed, by, detail)
            .await?;
        Ok(())
    }
}

/// What the log sums up at its end.
fn protocol(log: &[CourtLogEntry]) -> Protocol {
    match log.iter().rfind(|e| e.kind == "testimony_complete") {
        Some(end) if end.text.is_none() => Protocol::Complete,
        Some(_) => Protocol::LeftOut,
        None => Protocol::Incomplete,
    }
}

/// Whose picture was ever kept from somebody at that hearing. From whom is no matter: people are others at another hearing, so
/// such a picture is for the court alone.
fn screened(log: &[CourtLogEntry]) -> BTreeSet<Uuid> {
    let of = log.iter().filter(|e| e.kind == "screened");
    of.filter_map(|e| e.about.as_ref())
        .map(|p| p.participant)
        .collect()
}
