//! Copying: in the background, one file after another, and never in the way of a seal.
//!
//! There is no queue that could be lost: what is to be copied is found on the disk, by comparing what lies there with what is noted
//! as copied. So a start, a crash and a store that was away for a month are all the same.

use super::notes::{Copied, Note};
use super::tags::{changed_ns, is_fixed};
use super::{Removal, SecondStore, StoreFault, now_seconds};
use crate::court::id::RecordingId;
use crate::court::state::RecordingState;
use crate::evidence::condition::About;
use crate::evidence::error::{EvidenceError, blocking};
use crate::evidence::{Evidence, durable};
use crate::seal::bundle;
use crate::seal::digest::{self, Digest};
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// How often it is looked for what is not copied, beside at each addition.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// After a failure it is tried again so much later, then later and later.
const PAUSE_FIRST: Duration = Duration::from_secs(5);
const PAUSE_MAX: Duration = Duration::from_secs(600);

/// What a pass came to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Copying {
    /// Files that were written to the second store.
    pub files: u64,
    /// Recordings of which something is still to be copied or deleted there.
    pub waiting: u64,
}

/// A file of a sealed folder.
#[derive(Debug)]
pub(in crate::evidence) struct Here {
    pub path: String,
    pub full: PathBuf,
    pub bytes: u64,
    pub changed_ns: i64,
}

/// The form in which a recording lies here, and its files; none where it cannot be read. Shared by those who asked at once.
pub(in crate::evidence) type LiesHere = Option<Arc<(&'static str, Vec<Here>)>>;

impl Evidence {
    /// Copies whatever is not in the second store yet, and deletes there what was disposed of. A recording that cannot be copied is
    /// logged and waits; when the store itself fails, the pass ends. Nothing when none is configured.
    pub async fn copy_waiting(&self) -> Result<Copying, EvidenceError> {
        let Some(second) = self.inner.second.get() else {
            return Ok(Copying::default());
        };
        let attached = self
            .store()
            .recordings_in_states(&[RecordingState::Attached])
            .await?;
        let mut pass = Copying {
            files: 0,
            waiting: attached.len() as u64,
        };
        let store = match self.second_store_id(second).await {
            Ok(store) => store,
            Err(why) => {
                tell(pass, false);
                self.note_copying(About::Store, Some(&why)).await;
                return Err(why);
            }
        };
        let (mut refused, mut failed) = match self.remove_disposed(second).await {
            Ok(refused) => (refused, None),
            Err(why) => (None, Some(why)),
        };
        if let Err(why) = second.end_left().await {
            tracing::error!(%why, "what is left of files that were not written whole is still in the second store; it will be tried again (the key of a bucket needs ListBucketMultipartUploads and AbortMultipartUpload)");
            metrics::counter!("oyer_second_store_failures_total").increment(1);
            refused.get_or_insert(why.into());
        }
        for row in attached {
            if failed.is_some() {
                break;
            }
            match self.copy_one(second, store, row.id).await {
                Ok(files) => {
                    pass.files += files;
                    pass.waiting -= 1;
                    self.note_copying(About::Recording(row.id), None).await;
                }
                Err(why) => {
                    tracing::warn!(recording = %row.id, %why, "a sealed recording is not in the second store yet; it will be tried again");
                    metrics::counter!("oyer_second_store_failures_total").increment(1);
                    match why {
                        EvidenceError::Second(_) => failed = Some(why),
                        why => self.note_copying(About::Recording(row.id), Some(&why)).await,
                    }
                }
            }
        }
        pass.waiting += self.to_be_removed().await?;
        tell(pass, failed.is_none());
        self.note_copying(About::Store, failed.as_ref().or(refused.as_ref()))
            .await;
        match failed {
            None => Ok(pass),
            Some(why) => Err(why),
        }
    }

    /// Keeps the second store as full as this one for as long as the server runs; ends at once when there is none.
    pub async fn keep_copied(self) {
        if self.inner.second.get().is_none() {
            return;
        }
        let mut pause = PAUSE_FIRST;
        loop {
            match self.copy_waiting().await {
                Ok(Copying { waiting: 0, .. }) => pause = PAUSE_FIRST,
                other => {
                    if let Err(why) = other {
                        tracing::error!(%why, "recordings are NOT copied to the second store");
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                    continue;
                }
            }
            // Either will do.
            let _ = timeout(LOOK_EVERY, self.inner.additions.added()).await;
        }
    }

    /// Copies what is not copied of one recording; says how many files.
    async fn copy_one(
        &self,
        second: &SecondStore,
        store: Uuid,
        recording: RecordingId,
    ) -> Result<u64, EvidenceError> {
        // One that is to be encrypted is copied when it is, and never in clear.
        if self.inner.vault.get().is_some() && self.sealed_dir(recording) != self.enclosed_dir(recording) {
            return Err(EvidenceError::Busy("it waits for its encryption"));
        }
        let mut note = self.note_of(store, recording).await?;
        let (form, here) = self.lies_here(recording).await?;
        let mut files = 0;
        for file in &here {
            let key = format!("{form}/{recording}/{}", file.path);
            let is_copied = note
                .files
                .get(&key)
                .is_some_and(|copied| copied.bytes == file.bytes && copied.changed_ns == file.changed_ns);
            if is_copied {
                continue;
            }
            // A disposal may have begun: nothing is written there any more.
            let _put = second.puts.reading(recording).await;
            if self.is_gone_or_going(recording).await? {
                return Ok(files);
            }
            let known = note.files.get(&key).filter(|_| is_fixed(&file.path));
            let known = known.map(|copied| copied.sha256);
            let copied = self.copy_file(second, &key, file, known).await?;
            note.files.insert(key, copied);
            files += 1;
            // Not every few bytes of a folder of small files, but so that a crash repeats little.
            if file.bytes > 1 << 20 && !self.write_note(second, recording, &mut note).await? {
                return Ok(files);
            }
        }
        let other = match form {
            "enclosed" => "recordings",
            _ => "enclosed",
        };
        // What was copied before it was encrypted.
        let stale = format!("{other}/{recording}/");
        let is_stale = note.files.keys().any(|key| key.starts_with(&stale));
        if is_stale && let Removal::LockedUntil(until) = second.remove(&stale).await? {
            tracing::warn!(%recording, until, "the second store keeps a recording in another form as well, until its lock ends");
        }
        let before = note.files.len();
        // What is gone here is not forgotten: it is there to be mended from.
        note.files.retain(|key, _| !key.starts_with(&stale));
        let locked = self.keep_locked(second, recording, &mut note).await?;
        if files > 0 || locked || note.verified_at.is_none() || before != note.files.len() {
            note.verified_at = Some(now_seconds());
            self.write_note(second, recording, &mut note).await?;
            metrics::counter!("oyer_second_store_files_total").increment(files);
        }
        Ok(files)
    }

    /// Keeps what was copied locked where the store locks: until the recording may be disposed of, where that is known, and for the days
    /// that are configured at least; and under a legal hold while the case is. True when anything changed.
    async fn keep_locked(
        &self,
        second: &SecondStore,
        recording: RecordingId,
        note: &mut Note,
    ) -> Result<bool, EvidenceError> {
        let Some(days) = second.lock() else {
            return Ok(false);
        };
        let attached = self.store().evidence_of_recording(recording).await?;
        let case = attached.ok_or(EvidenceError::NotSealed(recording))?.case_id;
        let held = self.store().legal_holds(case).await?;
        let held = held.iter().any(|hold| hold.lifted.is_none());
        let term = i64::from(days).saturating_mul(24 * 3600);
        let due = self.kept_by(case).await?.map(|kept| kept.due_at.div_euclid(1000));
        let wanted = due.unwrap_or(0).max(now_seconds().saturating_add(term));
        // Put off when half of it is over, not at each look.
        let least = due.unwrap_or(0).max(now_seconds().saturating_add(term / 2));
        let mut changed = false;
        for (key, copied) in &mut note.files {
            let version = copied.version.as_deref();
            if copied.locked_until.is_none_or(|until| until < least) {
                second.extend(key, version, wanted).await?;
                copied.locked_until = Some(wanted);
                changed = true;
            }
            if copied.held != held {
                second.hold(key, version, held).await?;
                copied.held = held;
                changed = true;
            }
        }
        note.locked_until = note.files.values().filter_map(|copied| copied.locked_until).min();
        Ok(changed)
    }

    /// Writes one file there. It is read here once before, for its digest; where that is not the `known` one, nothing is written: what
    /// is damaged here takes the place of nothing there.
    pub(super) async fn copy_file(
        &self,
        second: &SecondStore,
        key: &str,
        file: &Here,
        known: Option<Digest>,
    ) -> Result<Copied, EvidenceError> {
        let full = file.full.clone();
        let (sha256, bytes) = blocking(move || {
            File::open(&full)
                .and_then(digest::of_stream)
                .map_err(EvidenceError::io(&full))
        })
        .await?;
        if bytes != file.bytes {
            return Err(StoreFault::Changed(file.path.clone()).into());
        }
        if known.is_some_and(|known| known != sha256) {
            return Err(EvidenceError::Changed {
                file: file.path.clone(),
                why: "it is not what it was when it was copied".into(),
            });
        }
        let written = second.put(key, &file.full, sha256, bytes).await?;
        Ok(Copied {
            bytes,
            sha256,
            changed_ns: file.changed_ns,
            version: written.version,
            locked_until: written.locked_until,
            held: false,
        })
    }

    /// The files of a recording as they lie here, and whether they lie in envelopes.
    ///
    /// Their bytes are copied as they lie, so this is one of the few places that open files below `data/` without the recording's key.
    pub(super) async fn lies_here(
        &self,
        recording: RecordingId,
    ) -> Result<(&'static str, Vec<Here>), EvidenceError> {
        let _unchanging = self.inner.additions.reading(recording).await;
        let folder = self.sealed_dir(recording);
        let form = match folder == self.enclosed_dir(recording) {
            true => "enclosed",
            false => "recordings",
        };
        let here = blocking(move || {
            let mut here = Vec::new();
            for found in durable::walk(&folder)?.into_iter().filter(|f| !f.is_folder) {
                let meta = fs::metadata(&found.full).map_err(EvidenceError::io(&found.full))?;
                here.push(Here {
                    path: found.path,
                    full: found.full,
                    bytes: found.bytes,
                    changed_ns: changed_ns(&meta),
                });
            }
            // The signature last: where it lies, all the rest lies.
            here.sort_by_key(|file| file.path == bundle::MANIFEST_SIGNATURE);
            Ok(here)
        })
        .await?;
        Ok((form, here))
    }

    /// What is noted of a recording in this store; nothing where that was another.
    pub(super) async fn note_of(&self, store: Uuid, recording: RecordingId) -> Result<Note, EvidenceError> {
        let folder = self.second_notes();
        let note = blocking(move || Note::read(&folder, recording)).await?;
        Ok(note.filter(|note| note.store == store).unwrap_or(Note {
            store,
            ..Note::default()
        }))
    }

    /// Notes what was copied. False when the recording is disposed of by now: then what was copied meanwhile is noted as to be
    /// deleted.
    pub(super) async fn write_note(
        &self,
        second: &SecondStore,
        recording: RecordingId,
        note: &mut Note,
    ) -> Result<bool, EvidenceError> {
        let _alone = second.notes.lock().await;
        note.to_remove = self.is_gone_or_going(recording).await?;
        let (folder, written) = (self.second_notes(), note.clone());
        blocking(move || written.write(&folder, recording)).await?;
        Ok(!note.to_remove)
    }
}

fn tell(pass: Copying, answers: bool) {
    metrics::gauge!("oyer_second_store_waiting").set(pass.waiting as f64);
    metrics::gauge!("oyer_second_store_answers").set(f64::from(u8::from(answers)));
}
