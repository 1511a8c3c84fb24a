//! What the court knows about a recording: the words that go into its seal.

use super::Evidence;
use super::error::EvidenceError;
use crate::court::id::{ParticipantId, RecordingId};
use crate::seal::digest::Digest;
use crate::seal::document::Previous;
use crate::store::cases::Case;
use crate::store::hearings::Hearing;
use crate::store::people::Participant;
use crate::store::recordings::Recording;

/// Case, hearing and people of a recording, as they are called at the time of sealing.
#[derive(Debug, Clone)]
pub struct CaseFacts {
    /// The case.
    pub case: Case,
    /// The hearing.
    pub hearing: Hearing,
    /// Its participants.
    pub participants: Vec<Participant>,
    /// The recording of the same hearing before this one, if it was sealed.
    pub previous: Option<Previous>,
    /// The court log of the hearing so far: one JSON text an entry.
    pub court_log: Vec<String>,
}

impl CaseFacts {
    /// The participant of that identifier.
    pub fn participant(&self, id: ParticipantId) -> Option<&Participant> {
        self.participants.iter().find(|p| p.id == id)
    }
}

impl Evidence {
    /// The recording's row.
    pub(super) async fn row(&self, id: RecordingId) -> Result<Recording, EvidenceError> {
        self.store()
            .recording(id)
            .await?
            .ok_or(EvidenceError::NotFound("recording"))
    }

    /// What the court knows about a recording now.
    pub(super) async fn facts(&self, recording: &Recording) -> Result<CaseFacts, EvidenceError> {
        let hearing = self
            .store()
            .hearing(recording.hearing_id)
            .await?
            .ok_or(EvidenceError::NotFound("hearing"))?;
        let case = self
            .store()
            .case(hearing.case_id)
            .await?
            .ok_or(EvidenceError::NotFound("case"))?;
        let participants = self.store().participants(hearing.id).await?;
        let previous = match recording.previous {
            None => None,
            Some(id) => self.previous(id).await?,
        };
        let log = self.store().log(hearing.id).await?;
        Ok(CaseFacts {
            case,
            hearing,
            participants,
            previous,
            court_log: log.into_iter().map(|entry| entry.json).collect(),
        })
    }

    /// The nearest recording before this one that was sealed. One that could not be sealed must not keep the next ones
    /// from being sealed, and does not break the chain between those that were.
    async fn previous(&self, id: RecordingId) -> Result<Option<Previous>, EvidenceError> {
        let mut next = Some(id);
        while let Some(id) = next {
            if let Some(evidence) = self.store().evidence_of_recording(id).await? {
                let digest = evidence.manifest_sha256.parse();
                let manifest_sha256: Digest = digest.map_err(|_| EvidenceError::Changed {
                    file: "evidence.manifest_sha256".into(),
                    why: "the stored digest is not readable".into(),
                })?;
                return Ok(Some(Previous {
                    recording: id.0,
                    manifest_sha256,
                }));
            }
            tracing::warn!(recording = %id, "a recording before the one that is sealed now is not sealed itself");
            // A row can only name one that was there before it, so this comes to an end.
            next = self.row(id).await?.previous;
        }
        Ok(None)
    }
}
