//! Sealing: from a folder that the recorder left to a signed bag that is part of its case.
//!
//! Five steps, each of which may be cut off at any point and done again. They read what they need from the folder and
//! the store, so that the next start goes on where a crash left off, by the same code (see `recovery`). Two points
//! matter: when `seal.json` is in place, what was recorded is settled and nothing of it is worked out again; when the
//! folder is in the object store, it is evidence, and only rows are missing.
//!
//! A step that hangs in a call to the disk outlives its process; none is begun before its claim on the folder is gone.
//!
//! No step reads a track file: their digests were made while they were written. So sealing takes as long for eight
//! hours as for ten minutes.

mod across;
mod attach;
mod clear;
mod list;
mod settle;
mod sign;

use super::Evidence;
use super::durable;
use super::envelope::RecordingKey;
use super::error::{EvidenceError, blocking, blocking_within};
use super::stamping;
use crate::court::id::{HearingId, RecordingId};
use crate::court::state::RecordingState;
use crate::recorder::{Claim, Ended, RecordingSummary};
use crate::seal::bundle;
use crate::seal::digest::Digest;
use crate::seal::document::{self, SealDocument, SealedBy};
use crate::store::recordings::Recording;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// How long a disk may take to make the folder of a new recording.
const BEGUN_WITHIN: Duration = Duration::from_secs(5);

/// A step of sealing. [`Step::ALL`] is their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Writes `court-log.jsonl` and `seal.json`.
    Settle,
    /// Writes the manifest and the bag's own files.
    List,
    /// Signs the manifest, stamps the signature where the built-in service does that, and enters the seal in the log.
    Sign,
    /// Makes everything read-only and moves it into the object store.
    Keep,
    /// Enters it into the case.
    Attach,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Step; 5] = [Step::Settle, Step::List, Step::Sign, Step::Keep, Step::Attach];
}

/// A recording that is part of its case.
#[derive(Debug, Clone)]
pub struct SealedRecording {
    /// The recording.
    pub recording: RecordingId,
    /// Digest of the signed manifest.
    pub manifest_sha256: Digest,
    /// What was sealed.
    pub document: SealDocument,
}

pub(super) use across::remove as remove_folder;

/// The paths of a bag.
pub(super) struct Bag {
    /// The bag's folder.
    pub root: PathBuf,
    /// `data/<recording>` in it.
    pub payload: PathBuf,
    /// The key of its envelopes; none where what is below `data/` lies in clear.
    pub(super) key: Option<Arc<RecordingKey>>,
}

impl Bag {
    pub(super) fn new(root: PathBuf, recording: RecordingId) -> Bag {
        let payload = root.join("data").join(recording.to_string());
        let key = None;
        Bag { root, payload, key }
    }

    /// The same with everything below `data/` in envelopes.
    pub(super) fn enclosed(root: PathBuf, recording: RecordingId, key: Arc<RecordingKey>) -> Bag {
        let key = Some(key);
        Bag {
            key,
            ..Bag::new(root, recording)
        }
    }

    /// True when what is below `data/` lies in envelopes.
    pub(super) fn is_enclosed(&self) -> bool {
        self.key.is_some()
    }

    /// Where a file of the bag is written before it gets its name: outside `data/`, where every file is evidence.
    fn aside(&self) -> PathBuf {
        self.root.join("partial")
    }

    /// Writes a file of the bag, in one step.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), EvidenceError> {
        durable::write(path, &self.aside(), bytes)
    }

    /// `seal.json`, read back.
    pub(super) fn document(&self) -> Result<SealDocument, EvidenceError> {
        let path = self.payload.join(bundle::SEAL_DOCUMENT);
        let mut bytes = Vec::new();
        let (file, _) = self.payload_file(bundle::SEAL_DOCUMENT)?;
        file.take(document::BYTES_MAX)
            .read_to_end(&mut bytes)
            .map_err(EvidenceError::io(&path))?;
        SealDocument::parse(&bytes).map_err(|source| EvidenceError::Json {
            what: "seal.json".into(),
            source,
        })
    }

    /// The exact bytes that are signed.
    pub(super) fn manifest(&self) -> Result<Vec<u8>, EvidenceError> {
        let path = self.root.join(bundle::MANIFEST);
        std::fs::read(&path).map_err(EvidenceError::io(&path))
    }
}

impl Evidence {
    /// Makes the row of a recording that is about to start, and says where the recorder is to write it. The last
    /// recording of the same hearing becomes its predecessor.
    pub async fn begin_recording(
        &self,
        hearing: HearingId,
        wall: OffsetDateTime,
    ) -> Result<(RecordingId, PathBuf), EvidenceError> {
        let earlier = self.store().recordings_of_hearing(hearing).await?;
        let id = RecordingId(Uuid::now_v7());
        let previous = earlier.last().map(|r| r.id);
        // The folder first: a row whose folder is missing would be taken for a loss at the next start.
        let spool = self.inner.spools.for_new(id).await?;
        let dir = Bag::new(spool.clone(), id).payload;
        let made = spool.clone();
        let making = move || durable::create_folder_for_good(&made.join("data"), 2);
        // What a disk that hangs makes of it later is an empty folder, which a start clears away.
        if let Err(why) = blocking_within(BEGUN_WITHIN, making).await {
            // If there is another disk, the next attempt goes there.
            self.inner.spools.distrust(id);
            self.inner.spools.forget(id);
            return Err(why);
        }
        self.restore_reserve_of(spool.clone()).await;
        let made = self
            .store()
            .create_recording(id, hearing, RecordingState::Capturing, unix_ms(wall), previous)
            .await;
        if let Err(refused) = made {
            match self.store().recording(id).await {
                // Only the answer was lost.
                Ok(Some(_)) => {}
                // Whoever tries again gets another folder: this one is nobody's.
                Ok(None) => {
                    self.inner.spools.forget(id);
                    blocking_within(BEGUN_WITHIN, move || clear::remove_if_empty(&spool)).await?;
                    return Err(refused.into());
                }
                // Unknown. If there is no row, the next start clears the folder away.
                Err(_) => return Err(refused.into()),
            }
        }
        Ok((id, dir))
    }

    /// Seals a recording that the recorder has finished, or that was recovered, and attaches it to its case.
    /// Doing it again changes nothing.
    pub async fn seal(
        &self,
        recording: RecordingId,
        summary: RecordingSummary,
    ) -> Result<SealedRecording, EvidenceError> {
        let sealed = async {
            self.run_step(recording, Step::Settle, Some(summary)).await?;
            self.finish_sealing(recording).await
        };
        let sealed = sealed.await;
        self.note_sealing(recording, sealed.as_ref().err(), true).await;
        sealed
    }

    /// Does what is left to do after [`Step::Settle`].
    pub(super) async fn finish_sealing(
        &self,
        recording: RecordingId,
    ) -> Result<SealedRecording, EvidenceError> {
        for step in Step::ALL {
            self.run_step(recording, step, None).await?;
        }
        self.inner.spools.forget(recording);
        self.inner.to_stamp.notify_one();
        self.inner.log.wake();
        self.inner.to_enclose.notify_one();
        self.inner.additions.note_added();
        let bag = self.bag(recording)?;
        blocking(move || {
            Ok(SealedRecording {
                recording,
                manifest_sha256: Digest::of(&bag.manifest()?),
                document: bag.document()?,
            })
        })
        .await
    }

    /// Does one step, or nothing where it is done. Settling needs the recorder's summary, unless it is done.
    ///
    /// [`Evidence::seal`] does all steps in their order; a single one is of use where a crash is rehearsed.
    pub async fn run_step(
        &self,
        recording: RecordingId,
        step: Step,
        summary: Option<RecordingSummary>,
    ) -> Result<(), EvidenceError> {
        let row = self.row(recording).await?;
        if step == Step::Attach {
            return self.attach(&row).await;
        }
        if self.is_kept(recording).await? {
            // A crash may have fallen between the move and the lock of the moved folder, or the removal of what was copied.
            let (dir, left) = (self.sealed_dir(recording), self.spool_dir(recording));
            return blocking(move || {
                durable::lock_folder(&dir)?;
                across::remove(&left)
            })
            .await;
        }
        let bag = Bag::new(self.spool_dir(recording), recording);
        match step {
            Step::Settle => self.settle(bag, &row, summary).await,
            Step::List => {
                blocking(move || {
                    let _claim = Claim::of(&bag.payload)?;
                    list::write(&bag)
                })
                .await
            }
            Step::Sign => {
                let evidence = self.clone();
                let bag = blocking(move || {
                    let _claim = Claim::of(&bag.payload)?;
                    let inner = &evidence.inner;
                    let key = inner.keys.at(OffsetDateTime::now_utc())?;
                    sign::write(&bag, &key)?;
                    stamping::write_own(&bag, &key, inner.authority.is_some())?;
                    Ok(bag)
                })
                .await?;
                self.enter_seal(recording, bag).await;
                Ok(())
            }
            Step::Keep | Step::Attach => {
                let to = self.sealed_dir(recording);
                blocking(move || {
                    let _claim = Claim::of(&bag.payload)?;
                    keep(&bag, &to)
                })
                .await
            }
        }
    }

    /// True when the sealed folder is in the object store. Anything else in its place is in the way, and an error when
    /// the folder is to be moved there.
    pub(super) async fn is_kept(&self, recording: RecordingId) -> Result<bool, EvidenceError> {
        let signature = self.sealed_dir(recording).join(bundle::MANIFEST_SIGNATURE);
        blocking(move || durable::exists(&signature)).await
    }

    /// True when `seal.json` is in place.
    pub(super) async fn is_settled(&self, recording: RecordingId) -> Result<bool, EvidenceError> {
        let path = self.recorder_dir(recording).join("seal.json");
        blocking(move || durable::exists(&path)).await
    }

    async fn settle(
        &self,
        bag: Bag,
        row: &Recording,
        summary: Option<RecordingSummary>,
    ) -> Result<(), EvidenceError> {
        let notes = self
            .inner
            .data
            .join("notes")
            .join(format!("{}.segments.jsonl", row.id));
        if self.is_settled(row.id).await? {
            return blocking(move || {
                let _claim = Claim::of(&bag.payload)?;
                settle::put_notes_away(&bag, &notes)
            })
            .await;
        }
        let summary = summary.ok_or(EvidenceError::FolderMissing(row.id))?;
        if summary.recording != row.id.0 {
            return Err(EvidenceError::Changed {
                file: "segments.jsonl".into(),
                why: format!("it is of recording {}, not of {}", summary.recording, row.id),
            });
        }
        if row.state == RecordingState::Capturing {
            let state = match summary.ended {
                Ended::Closed => RecordingState::Closed,
                Ended::Crash => RecordingState::Interrupted,
            };
            self.store().set_recording_state(row.id, state).await?;
        }
        let facts = self.facts(row).await?;
        let by = SealedBy {
            software: super::SOFTWARE.into(),
            organisation: self.inner.organisation.clone(),
        };
        blocking(move || {
            let _claim = Claim::of(&bag.payload)?;
            let document = settle::document(&summary, &facts, by, OffsetDateTime::now_utc())?;
            settle::write(&bag, &facts, &document)?;
            settle::put_notes_away(&bag, &notes)
        })
        .await
    }
}

/// Makes everything read-only and moves the bag to where evidence is kept.
fn keep(bag: &Bag, to: &Path) -> Result<(), EvidenceError> {
    let aside = bag.aside();
    if durable::exists(&aside)? {
        std::fs::remove_file(&aside).map_err(EvidenceError::io(&aside))?;
    }
    clear::remove_empty_below(&bag.payload)?;
    durable::lock_below(&bag.root)?;
    // The commit point: from here on the recording is evidence. `rename` refuses to replace a folder that has
    // anything in it, so no sealed recording is ever overwritten.
    match std::fs::rename(&bag.root, to) {
        Err(e) if e.kind() == std::io::ErrorKind::CrossesDevices => across::take(&bag.root, to)?,
        moved => moved.map_err(EvidenceError::io(to))?,
    }
    for folder in [bag.root.as_path(), to] {
        durable::sync_folder(folder.parent().unwrap_or(Path::new(".")))?;
    }
    durable::lock_folder(to)
}

/// Milliseconds on record, all segments together.
pub(super) fn on_record_ms(document: &SealDocument) -> u64 {
    document
        .segments
        .iter()
        .fold(0, |sum, segment| sum.saturating_add(segment.duration_ms))
}

/// Unix milliseconds.
pub(super) fn unix_ms(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}
