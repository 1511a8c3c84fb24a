//! The condition of evidence: what a person has to know of each recording. It is put together from what lasts: the state of its row,
//! the chain of custody, the notes of the second store, and the troubles that are kept on the disk. So a restart forgets none of it.

use super::custody::{Phase, phase};
use super::error::{EvidenceError, blocking};
use super::sealing::unix_ms;
use super::second::{SecondCopy, SecondState};
use super::troubles::Trouble;
use super::{Evidence, StoreFault};
use crate::court::condition::{CopyFault, EncryptFault, SealFault, SealStage};
use crate::court::id::{CaseId, RecordingId};
use crate::court::state::RecordingState;
use crate::recorder::RecorderError;
use crate::seal::custody::{CustodyAct, CustodyEntry};
use crate::store::StoreError;
use crate::store::recordings::Recording;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io;
use time::OffsetDateTime;

/// What of copying has its trouble.
#[derive(Debug, Clone, Copy)]
pub(super) enum About {
    /// Nothing at all is copied.
    Store,
    /// The copies cannot be read to be compared.
    Reading,
    /// This recording is not copied.
    Recording(RecordingId),
}

impl About {
    fn name(self) -> String {
        match self {
            About::Store => "store".into(),
            About::Reading => "reading".into(),
            About::Recording(id) => id.to_string(),
        }
    }
}

/// A recording may wait so long for its encryption before that needs somebody, in milliseconds.
const ENCRYPTED_WITHIN: i64 = 3_600_000;

/// Damage that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// When it was found first, in Unix milliseconds.
    pub found_at: i64,
    /// When all of the recording was next found as it was sealed; none while it is damaged.
    pub well_at: Option<i64>,
}

/// The condition of a recording.
#[derive(Debug, Clone)]
pub struct Condition {
    /// How far it has come.
    pub stage: SealStage,
    /// What hinders its sealing.
    pub hindered: Option<Trouble<SealFault>>,
    /// The last damage that was found, mended or not.
    pub damage: Option<Damage>,
    /// Its copy in the second store; none when none is configured.
    pub copy: Option<SecondCopy>,
    /// What hinders the copying of this recording, or of all of them.
    pub copy_hindered: Option<Trouble<CopyFault>>,
    /// Why it lies in clear though it is to be encrypted.
    pub unencrypted: Option<Trouble<EncryptFault>>,
    /// True when somebody has to do something for this recording.
    pub needs_somebody: bool,
}

/// What the chain of custody says of damage: a verification that failed, and the next one that held.
fn damage(custody: &[CustodyEntry]) -> Option<Damage> {
    let mut last: Option<Damage> = None;
    for entry in custody.iter().filter(|entry| entry.act == CustodyAct::Verified) {
        let Some(Phase::Completed { .. }) = phase(entry) else {
            continue;
        };
        let at = unix_ms(entry.at.at());
        match (entry.detail.get("holds").and_then(Value::as_bool), &mut last) {
            (Some(false), Some(open)) if open.well_at.is_none() => {}
            (Some(false), _) => {
                last = Some(Damage {
                    found_at: at,
                    well_at: None,
                });
            }
            (Some(true), Some(open)) => {
                open.well_at.get_or_insert(at);
            }
            // One that broke off says nothing.
            _ => {}
        }
    }
    last
}

fn now_ms() -> i64 {
    unix_ms(OffsetDateTime::now_utc())
}

impl Evidence {
    /// The condition of a recording.
    pub async fn condition(&self, row: &Recording) -> Result<Condition, EvidenceError> {
        let mut condition = Condition {
            stage: match row.state {
                RecordingState::Capturing => SealStage::Recording,
                RecordingState::Attached => SealStage::Sealed,
                RecordingState::Disposed => SealStage::Disposed,
                _ => SealStage::Sealing,
            },
            hindered: None,
            damage: None,
            copy: None,
            copy_hindered: None,
            unencrypted: None,
            needs_somebody: false,
        };
        match condition.stage {
            SealStage::Disposed => {}
            SealStage::Sealed => {
                condition.damage = self.damage_of(row.id).await?;
                condition.unencrypted = self.encryption_trouble(row.id);
                match self.second_copy(row.id).await {
                    Ok(copy) => {
                        condition.copy = copy;
                        condition.copy_hindered = copy.and_then(|copy| self.copy_trouble(row.id, copy.state));
                    }
                    Err(why) => {
                        // That nothing can be said of the copy must not hide the rest.
                        tracing::warn!(recording = %row.id, %why, "how the copy stands cannot be told");
                        condition.copy = Some(SecondCopy {
                            state: SecondState::Waiting,
                            verified_at: None,
                            locked_until: None,
                        });
                        condition.copy_hindered = Some(Trouble {
                            since: now_ms(),
                            why: CopyFault::Here,
                            by_itself: true,
                        });
                    }
                }
            }
            _ => {
                condition.hindered = self.inner.unsealed.of(&row.id.to_string());
                if condition.hindered.is_some() {
                    condition.stage = SealStage::Waiting;
                }
            }
        }
        let is_damaged = condition.damage.is_some_and(|damage| damage.well_at.is_none());
        let state = condition.copy.map(|copy| copy.state);
        let is_behind = state == Some(SecondState::Waiting)
            && condition.copy_hindered.is_some_and(|trouble| {
                trouble.why != CopyFault::NotEncrypted || trouble.since + ENCRYPTED_WITHIN < now_ms()
            });
        condition.needs_somebody = condition.hindered.is_some()
            || is_damaged
            || state == Some(SecondState::Damaged)
            || is_behind
            || condition.unencrypted.is_some();
        Ok(condition)
    }

    /// Recordings that are not in their case file yet, of this case or of all: those that are being made or sealed, and those that
    /// cannot be. Copies with redactions are told of with their redactions, unless their sealing fails.
    pub async fn unattached(&self, case: Option<CaseId>) -> Result<Vec<Recording>, EvidenceError> {
        use RecordingState::{Capturing, Closed, Interrupted, Sealed};
        let rows = self
            .store()
            .recordings_in_states(&[Capturing, Closed, Interrupted, Sealed])
            .await?;
        let mut found = Vec::new();
        for row in rows {
            if row.derived_from.is_some() && self.inner.unsealed.of(&row.id.to_string()).is_none() {
                continue;
            }
            if let Some(case) = case {
                let hearing = self.store().hearing(row.hearing_id).await?;
                if hearing.is_none_or(|hearing| hearing.case_id != case) {
                    continue;
                }
            }
            found.push(row);
        }
        Ok(found)
    }

    /// Recordings that may need somebody, each for once. Whether they do, [`Evidence::condition`] says.
    pub async fn suspects(&self) -> Result<Vec<Recording>, EvidenceError> {
        let mut found = self.unattached(None).await?;
        found.retain(|row| self.inner.unsealed.of(&row.id.to_string()).is_some());
        let mut kept: BTreeSet<RecordingId> = self
            .store()
            .recordings_once_damaged()
            .await?
            .into_iter()
            .collect();
        if self.inner.vault.get().is_some() {
            let unenclosed = self.inner.unenclosed.about();
            kept.extend(
                unenclosed
                    .iter()
                    .filter_map(|name| name.parse().ok().map(RecordingId)),
            );
        }
        if self.inner.second.get().is_some() {
            kept.extend(self.differing_there().await?);
            let hindered = self.inner.uncopied.about();
            kept.extend(
                hindered
                    .iter()
                    .filter_map(|name| name.parse().ok().map(RecordingId)),
            );
        }
        for id in kept {
            let row = self.store().recording(id).await?;
            found.extend(row.filter(|row| row.state == RecordingState::Attached));
        }
        Ok(found)
    }

    /// Why nothing at all is copied to the second store, or nothing there can be compared; none when it takes and gives what it is asked
    /// for, or none is configured.
    pub fn second_store_trouble(&self) -> Option<Trouble<CopyFault>> {
        self.inner.second.get()?;
        let of = |about: About| self.inner.uncopied.of(&about.name());
        of(About::Store).or_else(|| of(About::Reading))
    }

    /// What hinders the encryption of a recording; none where nothing is to be encrypted.
    fn encryption_trouble(&self, recording: RecordingId) -> Option<Trouble<EncryptFault>> {
        self.inner.vault.get()?;
        self.inner.unenclosed.of(&recording.to_string())
    }

    /// Keeps in mind how putting a recording into envelopes ended.
    pub(super) async fn note_enclosing(&self, recording: RecordingId, failed: Option<&EvidenceError>) {
        // One that is being destroyed is not to be encrypted any more.
        let failed = failed.filter(|why| !matches!(why, EvidenceError::Disposed(_)));
        let why = failed.map(encrypt_fault);
        let evidence = self.clone();
        let noted = blocking(move || {
            let (unenclosed, about) = (&evidence.inner.unenclosed, recording.to_string());
            match why {
                Some(why) => unenclosed.note(&about, why, true, now_ms()),
                None => unenclosed.end(&about),
            }
            Ok(())
        });
        if let Err(why) = noted.await {
            tracing::error!(%recording, %why, "how an encryption ended is not told to people");
        }
    }

    /// What hinders the copying of a recording that waits for it, or the reading of one that is copied.
    fn copy_trouble(&self, recording: RecordingId, state: SecondState) -> Option<Trouble<CopyFault>> {
        let of = |about: About| self.inner.uncopied.of(&about.name());
        match state {
            SecondState::Waiting => of(About::Store).or_else(|| of(About::Recording(recording))),
            SecondState::Kept | SecondState::Damaged => self.second_store_trouble(),
        }
    }

    async fn damage_of(&self, recording: RecordingId) -> Result<Option<Damage>, EvidenceError> {
        let custody = self.custody_entries(recording).await?;
        Ok(damage(&custody))
    }

    /// Recordings that were not as they were sealed when they were last verified.
    pub(super) async fn known_damaged(&self) -> Result<BTreeSet<RecordingId>, EvidenceError> {
        let mut damaged = BTreeSet::new();
        for id in self.store().recordings_once_damaged().await? {
            let row = self.store().recording(id).await?;
            if row.is_none_or(|row| row.state != RecordingState::Attached) {
                continue;
            }
            if self
                .damage_of(id)
                .await?
                .is_some_and(|found| found.well_at.is_none())
            {
                damaged.insert(id);
            }
        }
        Ok(damaged)
    }

    /// Keeps in mind how the sealing of a recording ended.
    pub(super) async fn note_sealing(
        &self,
        recording: RecordingId,
        failed: Option<&EvidenceError>,
        by_itself: bool,
    ) {
        let why = failed.map(seal_fault);
        let evidence = self.clone();
        let noted = blocking(move || {
            let (unsealed, about) = (&evidence.inner.unsealed, recording.to_string());
            match why {
                Some(why) => unsealed.note(&about, why, by_itself, now_ms()),
                None => unsealed.end(&about),
            }
            Ok(())
        });
        if let Err(why) = noted.await {
            tracing::error!(%recording, %why, "how a sealing ended is not told to people");
        }
    }

    /// Keeps in mind how copying ended.
    pub(super) async fn note_copying(&self, of: About, failed: Option<&EvidenceError>) {
        let why = failed.map(copy_fault);
        let evidence = self.clone();
        let noted = blocking(move || {
            let about = of.name();
            match why {
                Some(why) => evidence.inner.uncopied.note(&about, why, true, now_ms()),
                None => evidence.inner.uncopied.end(&about),
            }
            Ok(())
        });
        if let Err(why) = noted.await {
            tracing::error!(%why, "how a copying ended is not told to people");
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// The reason in a word, without the path that the error names.
fn seal_fault(error: &EvidenceError) -> SealFault {
    let of_io = |error: &io::Error| match is_full(error) {
        true => SealFault::DiskFull,
        false => SealFault::Disk,
    };
    match error {
        EvidenceError::Io { source, .. } | EvidenceError::Recorder(RecorderError::Io { source, .. }) => {
            of_io(source)
        }
        EvidenceError::Hangs | EvidenceError::Recorder(RecorderError::StillWritten(_)) => SealFault::Disk,
        EvidenceError::Store(StoreError::Io { source, .. }) => of_io(source),
        EvidenceError::Store(_) => SealFault::Database,
        EvidenceError::Key(_) | EvidenceError::Sign(_) | EvidenceError::Certificate(_) => SealFault::Key,
        EvidenceError::FolderMissing(_) | EvidenceError::Recorder(RecorderError::NoRecording(_)) => {
            SealFault::FilesMissing
        }
        EvidenceError::Changed { .. } => SealFault::FilesChanged,
        _ => SealFault::Other,
    }
}

fn encrypt_fault(error: &EvidenceError) -> EncryptFault {
    match error {
        EvidenceError::Vault(_) => EncryptFault::Key,
        EvidenceError::Io { source, .. } if is_full(source) => EncryptFault::DiskFull,
        EvidenceError::Io { .. } => EncryptFault::Disk,
        EvidenceError::Changed { .. } => EncryptFault::FilesChanged,
        EvidenceError::Store(_) => EncryptFault::Database,
        _ => EncryptFault::Other,
    }
}

fn copy_fault(error: &EvidenceError) -> CopyFault {
    match error {
        EvidenceError::Second(fault) => match fault {
            StoreFault::Unreachable(_) | StoreFault::TooSlow(_) => CopyFault::Unreachable,
            StoreFault::Another(_) => CopyFault::AnotherStore,
            StoreFault::Refused { .. } => CopyFault::Refused,
            StoreFault::Io { source, .. } if is_full(source) => CopyFault::Full,
            StoreFault::Io { .. } | StoreFault::ReadsDifferently(_) => CopyFault::Disk,
            StoreFault::Answer(_) | StoreFault::TooMany | StoreFault::Changed(_) => CopyFault::Other,
        },
        EvidenceError::Busy(_) => CopyFault::NotEncrypted,
        EvidenceError::Io { .. } => CopyFault::Here,
        _ => CopyFault::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::digest::Digest;
    use crate::seal::timestamp::Timestamp;
    use serde_json::json;
    use std::path::PathBuf;

    fn verified(second: i64, detail: Value) -> CustodyEntry {
        CustodyEntry {
            seq: second.unsigned_abs(),
            at: Timestamp::new(OffsetDateTime::from_unix_timestamp(second).unwrap()),
            act: CustodyAct::Verified,
            by: "oyer".into(),
            detail: detail.as_object().unwrap().clone(),
            prev: Digest::ZERO,
            hash: Digest::ZERO,
        }
    }

    #[test]
    fn damage_is_open_until_a_verification_holds() {
        let failed = |at| verified(at, json!({"stage": "completed", "begun": "1", "holds": false}));
        let held = |at| verified(at, json!({"stage": "completed", "begun": "1", "holds": true}));
        let broke_off = |at| verified(at, json!({"stage": "completed", "begun": "1", "why": "gone"}));
        let begun = |at| verified(at, json!({"stage": "begun"}));
        let found = |found_at, well_at| Some(Damage { found_at, well_at });
        for (custody, expected) in [
            (vec![], None),
            (vec![held(1), broke_off(2)], None),
            (vec![held(1), failed(2)], found(2_000, None)),
            // Every pass finds it again: it is the same damage.
            (
                vec![failed(2), failed(3), begun(4), broke_off(5)],
                found(2_000, None),
            ),
            (
                vec![failed(2), failed(3), held(4), held(5)],
                found(2_000, Some(4_000)),
            ),
            (vec![failed(2), held(4), failed(6)], found(6_000, None)),
        ] {
            assert_eq!(damage(&custody), expected, "{custody:?}");
        }
        let mut other = failed(2);
        other.act = CustodyAct::Repaired;
        assert_eq!(damage(&[other]), None);
    }

    #[test]
    fn a_reason_is_a_word_and_names_no_path() {
        let io = |kind: io::ErrorKind| EvidenceError::Io {
            path: PathBuf::from("/secret/place"),
            source: kind.into(),
        };
        assert_eq!(seal_fault(&io(io::ErrorKind::StorageFull)), SealFault::DiskFull);
        assert_eq!(seal_fault(&io(io::ErrorKind::PermissionDenied)), SealFault::Disk);
        let missing = EvidenceError::FolderMissing(RecordingId(uuid::Uuid::nil()));
        assert_eq!(seal_fault(&missing), SealFault::FilesMissing);
        let full = StoreFault::Io {
            path: PathBuf::from("/secret/place"),
            source: io::ErrorKind::StorageFull.into(),
        };
        assert_eq!(copy_fault(&full.into()), CopyFault::Full);
        let no_room = encrypt_fault(&io(io::ErrorKind::StorageFull));
        assert_eq!(no_room, EncryptFault::DiskFull);
        assert_eq!(encrypt_fault(&EvidenceError::Vault("gone")), EncryptFault::Key);
        assert_eq!(copy_fault(&StoreFault::TooSlow(3).into()), CopyFault::Unreachable);
        assert_eq!(copy_fault(&io(io::ErrorKind::NotFound)), CopyFault::Here);
    }
}
