//! After a crash: every recording that did not get to its case is brought there, by the code of the normal path.
//!
//! To be run at start, before anything is live. What was being captured is sealed as found, with `ended` = crash.

use super::Evidence;
use super::durable;
use super::error::{EvidenceError, blocking};
use crate::court::id::{HearingId, RecordingId};
use crate::court::state::RecordingState;
use crate::recorder;

impl Evidence {
    /// Finishes every recording that is not attached to its case, oldest first, and says how many there were.
    ///
    /// One that cannot be finished does not hold up the others or the start: it is logged, stays in its state, and is
    /// tried again at the next start.
    pub async fn recover_all(&self) -> Result<usize, EvidenceError> {
        use RecordingState::*;
        self.clear_unfinished_copies().await?;
        let unfinished = self
            .store()
            .recordings_in_states(&[Capturing, Closed, Interrupted, Sealed])
            .await?;
        let mut recovered = 0;
        for recording in unfinished {
            match self.recover_recording(recording.id).await {
                Ok(()) => recovered += 1,
                Err(why) => {
                    tracing::error!(recording = %recording.id, hearing = %recording.hearing_id, %why,
                        "a recording could not be recovered");
                }
            }
        }
        Ok(recovered)
    }

    /// Finishes one recording from wherever a crash left it.
    pub async fn recover_recording(&self, recording: RecordingId) -> Result<(), EvidenceError> {
        if self.is_kept(recording).await? || self.is_settled(recording).await? {
            self.finish_sealing(recording).await?;
            return Ok(());
        }
        let dir = self.recorder_dir(recording);
        let summary = blocking(move || {
            if !durable::exists(&dir)? {
                return Err(EvidenceError::FolderMissing(recording));
            }
            Ok(recorder::recover(&dir)?)
        })
        .await?;
        self.seal(recording, summary).await?;
        Ok(())
    }

    /// The highest segment number of the hearing's sealed recordings; 0 when there is none.
    pub async fn last_segment(&self, hearing: HearingId) -> Result<u32, EvidenceError> {
        let mut last = 0;
        for recording in self.store().recordings_of_hearing(hearing).await? {
            if self.is_kept(recording.id).await? {
                let document = self.document(recording.id).await?;
                last = last.max(document.segments.iter().map(|s| s.segment).max().unwrap_or(0));
            }
        }
        Ok(last)
    }
}
