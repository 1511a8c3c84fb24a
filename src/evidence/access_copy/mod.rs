//! Copies for watching: everybody on one picture, with mixed sound. Derived, never evidence.
//!
//! FFmpeg makes them in a child process with bounded memory, processor time and file size, one copy at a time. The
//! result lies outside the sealed folder, at `<data>/access/<recording>.mp4`. What the sealed files do not show, the
//! copy does not show either: during a declared gap a picture is not frozen but gone.

mod ffmpeg;
mod graph;

use super::Evidence;
use super::custody::members;
use super::durable;
use super::error::{EvidenceError, blocking};
use super::reading::{lines_of, open};
use super::sealing::{Bag, on_record_ms};
use crate::court::id::RecordingId;
use crate::seal::custody::CustodyAct;
use crate::seal::ledger::Gap;
use crate::seal::{bundle, digest};
use graph::Segment;
use serde_json::json;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// Where an access copy stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccessCopyStatus {
    /// Nobody asked for one.
    None,
    /// It is being made, or waits for its turn.
    Running {
        /// 0 to 100.
        percent: u8,
    },
    /// It is there.
    Done,
    /// It could not be made, or was called off.
    Failed {
        /// Why, for people.
        detail: String,
    },
}

/// The copies that are being made or failed since the start.
pub(super) struct Copies {
    jobs: Mutex<HashMap<RecordingId, Job>>,
    /// One at a time: the processors belong to the hearings.
    turn: Semaphore,
}

impl Default for Copies {
    fn default() -> Self {
        Copies {
            jobs: Mutex::default(),
            turn: Semaphore::new(1),
        }
    }
}

enum Job {
    Running {
        percent: Arc<AtomicU8>,
        cancel: CancellationToken,
    },
    Failed {
        detail: String,
    },
}

/// Most copies that may wait or run at once.
const JOBS_MAX: usize = 64;

impl Copies {
    fn with_jobs<T>(&self, change: impl FnOnce(&mut HashMap<RecordingId, Job>) -> T) -> T {
        // Nothing that runs under this lock can panic half-way through a change.
        change(&mut self.jobs.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Evidence {
    /// Where the access copy of a recording stands.
    pub fn access_copy(&self, recording: RecordingId) -> AccessCopyStatus {
        let job = self.inner.copies.with_jobs(|jobs| {
            jobs.get(&recording).map(|job| match job {
                Job::Running { percent, .. } => AccessCopyStatus::Running {
                    percent: percent.load(Ordering::Relaxed),
                },
                Job::Failed { detail } => AccessCopyStatus::Failed {
                    detail: detail.clone(),
                },
            })
        });
        match job {
            Some(status) => status,
            None if self.copy_path(recording).is_file() => AccessCopyStatus::Done,
            None => AccessCopyStatus::None,
        }
    }

    /// Begins to make an access copy, unless it is there or being made, and says where it stands.
    pub async fn start_access_copy(
        &self,
        recording: RecordingId,
        by: &str,
    ) -> Result<AccessCopyStatus, EvidenceError> {
        self.require_attached(recording).await?;
        if self.access_copy(recording) == AccessCopyStatus::Done {
            return Ok(AccessCopyStatus::Done);
        }
        let hearing = self.row(recording).await?.hearing_id;
        let percent = Arc::new(AtomicU8::new(0));
        let cancel = CancellationToken::new();
        let job = Job::Running {
            percent: percent.clone(),
            cancel: cancel.clone(),
        };
        // Entered before the first await, so that two requests at once make one copy.
        let entered = self.inner.copies.with_jobs(|jobs| {
            let running = jobs.values().filter(|j| matches!(j, Job::Running { .. })).count();
            match jobs.get(&recording) {
                Some(Job::Running { .. }) => Ok(false),
                _ if running >= JOBS_MAX => Err(EvidenceError::Busy(
                    "too many access copies are waiting; try again later",
                )),
                _ => {
                    jobs.insert(recording, job);
                    Ok(true)
                }
            }
        })?;
        if entered {
            let begun = self
                .begin_act(recording, CustodyAct::AccessCopy, by, members([]))
                .await;
            let begun = match begun {
                Ok(begun) => begun,
                Err(why) => {
                    self.end_job(recording, Err(why.to_string()));
                    return Err(why);
                }
            };
            let (evidence, by) = (self.clone(), by.to_string());
            let span = tracing::info_span!("access_copy", %hearing, %recording);
            let job = async move { evidence.run_job(recording, &by, begun, percent, cancel).await };
            tokio::spawn(job.instrument(span));
        }
        Ok(self.access_copy(recording))
    }

    /// Calls off the access copy that is being made; nothing when there is none. One that is there stays.
    pub async fn cancel_access_copy(&self, recording: RecordingId) {
        self.inner.copies.with_jobs(|jobs| match jobs.get(&recording) {
            Some(Job::Running { cancel, .. }) => cancel.cancel(),
            Some(Job::Failed { .. }) => {
                jobs.remove(&recording);
            }
            None => {}
        });
    }

    /// Opens the access copy, with its size in bytes; none when it is not there.
    pub async fn open_access_copy(
        &self,
        recording: RecordingId,
    ) -> Result<Option<(tokio::fs::File, u64)>, EvidenceError> {
        match self.access_copy(recording) {
            AccessCopyStatus::Done => open(self.copy_path(recording)).await.map(Some),
            _ => Ok(None),
        }
    }

    /// Removes what a crash left of copies that were being made. Nothing of them was ever shown to anybody.
    pub(super) async fn clear_unfinished_copies(&self) -> Result<(), EvidenceError> {
        let folder = self.inner.data.join("access");
        blocking(move || {
            for entry in fs::read_dir(&folder).map_err(EvidenceError::io(&folder))? {
                let path = entry.map_err(EvidenceError::io(&folder))?.path();
                if path.extension().is_some_and(|e| e == "partial") {
                    clear(&path)?;
                }
            }
            Ok(())
        })
        .await
    }

    fn copy_path(&self, recording: RecordingId) -> PathBuf {
        self.inner.data.join("access").join(format!("{recording}.mp4"))
    }

    fn end_job(&self, recording: RecordingId, end: Result<(), String>) {
        self.inner.copies.with_jobs(|jobs| match end {
            Ok(()) => jobs.remove(&recording),
            Err(detail) => jobs.insert(recording, Job::Failed { detail }),
        });
    }

    async fn run_job(
        &self,
        recording: RecordingId,
        by: &str,
        begun: u64,
        percent: Arc<AtomicU8>,
        cancel: CancellationToken,
    ) {
        let made = self.make_copy(recording, &percent, &cancel).await;
        let detail = match &made {
            Ok((sha256, bytes)) => members([
                ("ok", json!(true)),
                ("sha256", json!(sha256)),
                ("bytes", json!(bytes.to_string())),
            ]),
            Err(why) => members([("ok", json!(false)), ("why", json!(why.to_string()))]),
        };
        let entered = self
            .complete_act(recording, CustodyAct::AccessCopy, by, begun, detail)
            .await;
        if let Err(why) = entered {
            tracing::error!(%why, "the end of an access copy is missing in the chain of custody");
        }
        if let Err(why) = &made {
            tracing::warn!(%why, "no access copy");
        }
        self.end_job(recording, made.map(drop).map_err(|why| why.to_string()));
    }

    async fn make_copy(
        &self,
        recording: RecordingId,
        percent: &AtomicU8,
        cancel: &CancellationToken,
    ) -> Result<(digest::Digest, u64), EvidenceError> {
        let _turn = tokio::select! {
            turn = self.inner.copies.turn.acquire() => turn.map_err(|_| EvidenceError::Cancelled)?,
            () = cancel.cancelled() => return Err(EvidenceError::Cancelled),
        };
        let workshop = self.copy_path(recording).with_extension("partial");
        let (dir, bag) = (workshop.clone(), Bag::new(self.sealed_dir(recording), recording));
        let (document, gaps) = blocking(move || {
            clear(&dir)?;
            durable::create_folder(&dir)?;
            Ok((bag.document()?, lines_of::<Gap>(&bag.payload.join(bundle::GAPS))?))
        })
        .await?;
        let payload = Bag::new(self.sealed_dir(recording), recording).payload;
        let total_ms = on_record_ms(&document).max(1);
        let font = graph::font();
        let mut done_ms = 0;
        let mut list = String::new();
        for listed in &document.segments {
            let segment = Segment::new(&document, listed, &gaps, &payload);
            if segment.is_too_short() {
                continue;
            }
            for (name, text) in segment.texts() {
                let path = workshop.join(name);
                tokio::fs::write(&path, text)
                    .await
                    .map_err(EvidenceError::io(&path))?;
            }
            let output = format!("segment-{:03}.mp4", listed.segment);
            let arguments = segment.arguments(font, &output);
            let observe = |out_ms: u64| {
                // The last hundredth is for putting the segments together.
                let part = (done_ms + out_ms.min(listed.duration_ms)).saturating_mul(99) / total_ms;
                percent.store(u8::try_from(part.min(99)).unwrap_or(99), Ordering::Relaxed);
            };
            ffmpeg::run(&workshop, &arguments, listed.duration_ms, cancel, observe).await?;
            list.push_str(&format!("file '{output}'\n"));
            done_ms += listed.duration_ms;
        }
        if list.is_empty() {
            return Err(EvidenceError::Ffmpeg("there is nothing on record".into()));
        }
        let path = workshop.join("list.txt");
        tokio::fs::write(&path, list)
            .await
            .map_err(EvidenceError::io(&path))?;
        ffmpeg::run(
            &workshop,
            &graph::join("list.txt", "whole.mp4"),
            total_ms,
            cancel,
            |_| (),
        )
        .await?;

        let to = self.copy_path(recording);
        blocking(move || {
            let whole = workshop.join("whole.mp4");
            let (sha256, bytes) = File::open(&whole)
                .and_then(|file| {
                    file.sync_all()?;
                    digest::of_stream(file)
                })
                .map_err(EvidenceError::io(&whole))?;
            fs::rename(&whole, &to).map_err(EvidenceError::io(&to))?;
            durable::sync_folder(to.parent().unwrap_or(Path::new(".")))?;
            clear(&workshop)?;
            Ok((sha256, bytes))
        })
        .await
    }
}

/// Removes what an earlier attempt left.
fn clear(workshop: &Path) -> Result<(), EvidenceError> {
    match fs::remove_dir_all(workshop) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(EvidenceError::io(workshop)(e)),
        _ => Ok(()),
    }
}
