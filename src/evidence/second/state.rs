//! What is said of the second store: of a recording, on its page, and of the store, to its operator.

use super::copying::Here;
use super::notes::Note;
use crate::court::id::RecordingId;
use crate::evidence::Evidence;
use crate::evidence::error::{EvidenceError, blocking};
use std::sync::Arc;

/// Where a recording stands in the second store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondState {
    /// Something of it is not copied yet.
    Waiting,
    /// All of it was written there, read back and found the same.
    Kept,
    /// Something of it there is damaged, and could not be mended.
    Damaged,
}

/// What is known of a recording's copy in the second store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondCopy {
    /// Where it stands.
    pub state: SecondState,
    /// When it was last found as it should be, in Unix seconds.
    pub verified_at: Option<i64>,
    /// Until then the store deletes nothing of it, in Unix seconds; none where it keeps no such promise.
    pub locked_until: Option<i64>,
}

impl Evidence {
    /// Recordings of which something in the second store is damaged and not mended, by the notes here.
    pub(in crate::evidence) async fn differing_there(&self) -> Result<Vec<RecordingId>, EvidenceError> {
        let folder = self.second_notes();
        blocking(move || Note::differing(&folder)).await
    }

    /// Where a recording stands in the second store; none when none is configured. By the notes here: the store is not asked.
    pub async fn second_copy(&self, recording: RecordingId) -> Result<Option<SecondCopy>, EvidenceError> {
        if self.inner.second.get().is_none() {
            return Ok(None);
        }
        let folder = self.second_notes();
        let (note, store) = blocking(move || {
            Ok((
                Note::read(&folder, recording)?,
                super::StoreNote::read(&folder)?.map(|store| store.id),
            ))
        })
        .await?;
        let note = note.filter(|note| Some(note.store) == store);
        let Some(note) = note else {
            return Ok(Some(SecondCopy {
                state: SecondState::Waiting,
                verified_at: None,
                locked_until: None,
            }));
        };
        // The folder is looked at anew for whoever asks, and not once for each of them.
        let look = async {
            match self.lies_here(recording).await {
                Ok(here) => Ok(Some(Arc::new(here))),
                Err(EvidenceError::Io { .. }) => Ok(None),
                Err(why) => Err(why),
            }
        };
        let all = match self.inner.looks.of(recording, look).await?.as_deref() {
            Some((form, here)) => {
                let is_copied = |file: &Here| {
                    let copied = note.files.get(&format!("{form}/{recording}/{}", file.path));
                    copied.is_some_and(|copied| {
                        copied.bytes == file.bytes && copied.changed_ns == file.changed_ns
                    })
                };
                !here.is_empty() && here.iter().all(is_copied)
            }
            // What is gone here is not gone there.
            None => note.verified_at.is_some(),
        };
        let state = match (note.damaged.is_empty(), all) {
            (false, _) => SecondState::Damaged,
            (true, true) => SecondState::Kept,
            (true, false) => SecondState::Waiting,
        };
        Ok(Some(SecondCopy {
            state,
            verified_at: note.verified_at,
            locked_until: note.locked_until,
        }))
    }
}
