//! A recording that is disposed of goes from the second store as well; where that cannot be at once, it is noted and tried again.

use super::notes::{Note, StoreNote};
use super::{Removal, SecondStore, StoreFault, now_seconds};
use crate::court::id::RecordingId;
use crate::court::state::RecordingState;
use crate::evidence::custody::{SERVER, members};
use crate::evidence::error::{EvidenceError, blocking};
use crate::evidence::{Evidence, durable};
use crate::seal::custody::CustodyAct;
use crate::seal::disposal::{CopyOutcome, DestroyedCopy};
use crate::seal::timestamp::Timestamp;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

/// What became of a disposed recording in the second store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondRemoval {
    /// Nothing was ever copied.
    NothingThere,
    /// It is deleted there as well.
    Deleted,
    /// The store has locked some of it until then, in Unix seconds, and it is deleted there afterwards. Where the recording was encrypted
    /// it says nothing any more: its key is destroyed.
    LockedUntil(i64),
    /// The store does not answer, or none is configured any more: it is tried again for as long as the server runs.
    NotReached,
    /// The store answers, and refuses without having locked it: that is told, and tried again.
    Refused,
}

impl SecondRemoval {
    /// For the chain of custody.
    pub(in crate::evidence) fn detail(self) -> Map<String, Value> {
        match self {
            Self::NothingThere => Map::new(),
            Self::Deleted => members([("second_store", json!("deleted"))]),
            Self::LockedUntil(until) => members([
                ("second_store", json!("locked")),
                ("locked_until", json!(time_of(until))),
            ]),
            Self::NotReached => members([("second_store", json!("not_reached"))]),
            Self::Refused => members([("second_store", json!("refused"))]),
        }
    }

    /// For the certificate; none where there is nothing to say.
    pub(in crate::evidence) fn certified(self, store: Uuid) -> Option<DestroyedCopy> {
        let (outcome, locked_until) = match self {
            Self::NothingThere => return None,
            Self::Deleted => (CopyOutcome::Deleted, None),
            Self::LockedUntil(until) => (CopyOutcome::Locked, Some(time_of(until))),
            Self::NotReached | Self::Refused => (CopyOutcome::NotDeleted, None),
        };
        Some(DestroyedCopy {
            store,
            outcome,
            locked_until,
        })
    }
}

fn time_of(unix_seconds: i64) -> Timestamp {
    Timestamp::new(OffsetDateTime::from_unix_timestamp(unix_seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH))
}

impl Evidence {
    /// Deletes what the second store has of a recording that is being disposed of, and says which store that is by its number. A store
    /// that fails holds up no disposal.
    pub(in crate::evidence) async fn remove_from_second(
        &self,
        recording: RecordingId,
    ) -> Result<(SecondRemoval, Uuid), EvidenceError> {
        let second = self.inner.second.get();
        // What is just written there is deleted with the rest, and nothing is written any more.
        let _put = match second {
            Some(second) => Some(second.puts.adding(recording).await),
            None => None,
        };
        let alone = match second {
            Some(second) => Some(second.notes.lock().await),
            None => None,
        };
        let folder = self.second_notes();
        let (note, begun) =
            blocking(move || Ok((Note::read(&folder, recording)?, StoreNote::read(&folder)?))).await?;
        let begun = begun.map(|begun| begun.id);
        let Some(mut note) = note.or_else(|| second.map(|_| Note::default())) else {
            return Ok((SecondRemoval::NothingThere, Uuid::nil()));
        };
        let copied_to = Some(note.store).filter(|store| !store.is_nil());
        // Written down first: a crash from here on leaves it to the next pass.
        note.to_remove = true;
        note.locked_until = None;
        let (folder, noted) = (self.second_notes(), note.clone());
        blocking(move || {
            durable::create_folder(&folder)?;
            noted.write(&folder, recording)
        })
        .await?;
        drop(alone);
        let Some(second) = second else {
            return Ok((SecondRemoval::NotReached, copied_to.or(begun).unwrap_or_default()));
        };
        let removed = match self.remove_one(second, recording).await {
            Ok(removed) => removed,
            Err(why @ EvidenceError::Second(_)) => {
                tracing::error!(%recording, %why, "a recording that is disposed of is NOT deleted in the second store; it will be tried again");
                match why {
                    EvidenceError::Second(StoreFault::Refused { .. }) => SecondRemoval::Refused,
                    _ => SecondRemoval::NotReached,
                }
            }
            Err(why) => return Err(why),
        };
        // The store may have been begun just now.
        let folder = self.second_notes();
        let begun = blocking(move || StoreNote::read(&folder))
            .await?
            .map(|begun| begun.id);
        Ok((removed, copied_to.or(begun).unwrap_or_default()))
    }

    async fn remove_one(
        &self,
        second: &SecondStore,
        recording: RecordingId,
    ) -> Result<SecondRemoval, EvidenceError> {
        let store = self.second_store_id(second).await?;
        let folder = self.second_notes();
        let noted = blocking(move || Note::read(&folder, recording)).await?;
        if noted.is_some_and(|note| !note.files.is_empty() && note.store != store) {
            return Err(StoreFault::Another("the recording was copied to another one before").into());
        }
        let mut locked = None;
        for form in ["enclosed", "recordings", "damaged"] {
            if let Removal::LockedUntil(until) = second.remove(&format!("{form}/{recording}/")).await? {
                locked = locked.max(Some(until));
            }
        }
        let folder = self.second_notes();
        if let Some(until) = locked {
            let _alone = second.notes.lock().await;
            blocking(move || {
                let mut note = Note::read(&folder, recording)?.unwrap_or_default();
                note.store = store;
                note.to_remove = true;
                note.locked_until = Some(until);
                note.write(&folder, recording)
            })
            .await?;
            return Ok(SecondRemoval::LockedUntil(until));
        }
        blocking(move || Note::remove(&folder, recording)).await?;
        Ok(SecondRemoval::Deleted)
    }

    /// Deletes there what was disposed of while the store did not answer. Gives the last refusal: it is told, and holds up nothing else.
    pub(super) async fn remove_disposed(
        &self,
        second: &SecondStore,
    ) -> Result<Option<EvidenceError>, EvidenceError> {
        let mut refused = None;
        for recording in self.noted_to_remove().await? {
            // A disposal that is under way sees to it by itself, and says so where it ends.
            if self.row(recording).await?.state != RecordingState::Disposed {
                continue;
            }
            let removed = match self.remove_one(second, recording).await {
                Err(why @ EvidenceError::Second(StoreFault::Refused { .. })) => {
                    tracing::error!(%recording, %why, "the second store does not delete what was disposed of, and has not locked it");
                    metrics::counter!("oyer_second_store_failures_total").increment(1);
                    refused = Some(why);
                    continue;
                }
                removed => removed?,
            };
            if matches!(removed, SecondRemoval::LockedUntil(_)) {
                continue;
            }
            let detail = removed.detail();
            self.append_custody(recording, CustodyAct::CopyRemoved, SERVER, detail)
                .await?;
            tracing::info!(%recording, "a recording that was disposed of is deleted in the second store as well");
        }
        Ok(refused)
    }

    /// How many are still to be deleted there.
    pub(super) async fn to_be_removed(&self) -> Result<u64, EvidenceError> {
        Ok(self.noted_to_remove().await?.len() as u64)
    }

    async fn noted_to_remove(&self) -> Result<Vec<RecordingId>, EvidenceError> {
        let folder = self.second_notes();
        blocking(move || {
            let mut found = Vec::new();
            for recording in Note::all(&folder)? {
                // What is locked waits for its date, and nobody for it.
                let waits = |note: &Note| note.locked_until.is_none_or(|until| until <= now_seconds());
                if Note::read(&folder, recording)?.is_some_and(|note| note.to_remove && waits(&note)) {
                    found.push(recording);
                }
            }
            Ok(found)
        })
        .await
    }
}
