//! Copies for watching: everybody on one picture, with mixed sound. Derived, never evidence.
//!
//! FFmpeg makes them in a child process with bounded memory, processor time and file size, one copy at a time, which
//! has no network and reads nothing but the recording at hand ([`sandbox`]). One that a stop of the server breaks off goes
//! on at the next start, with the segment that it was at. The result lies outside the sealed folder, at `<data>/access/<recording>.mp4`. What the sealed files do not show, the
//! copy does not show either: during a declared gap a picture is not frozen but gone.

mod ffmpeg;
mod graph;
mod sandbox;

use super::Evidence;
use super::custody::members;
use super::durable;
use super::error::{EvidenceError, blocking};
use super::reading::{lines_of, open};
use super::sealing::{Bag, on_record_ms};
use crate::court::id::{HearingId, RecordingId};
use crate::seal::custody::CustodyAct;
use crate::seal::ledger::Gap;
use crate::seal::{bundle, digest};
use graph::Segment;
use serde::{Deserialize, Serialize};
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

/// Who asked for a copy, kept in its workshop while it is made.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Asked {
    /// As the chain of custody names them.
    by: String,
    /// Number of the entry that opened the act.
    begun: u64,
}

/// File name of [`Asked`].
const ASKED: &str = "asked.json";
/// The segment that is being made; a complete one has its own name.
const PART: &str = "part.mp4";

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
            let asked = match self.ask_copy(recording, by).await {
                Ok(asked) => asked,
                Err(why) => {
                    self.end_job(recording, Err(why.to_string()));
                    return Err(why);
                }
            };
            self.spawn_job(hearing, recording, asked, percent, cancel);
        }
        Ok(self.access_copy(recording))
    }

    /// Opens the entry in the chain of custody, and keeps in the workshop who asked: a restart goes on from there.
    async fn ask_copy(&self, recording: RecordingId, by: &str) -> Result<Asked, EvidenceError> {
        let begun = self
            .begin_act(recording, CustodyAct::AccessCopy, by, members([]))
            .await?;
        let asked = Asked {
            by: by.to_string(),
            begun,
        };
        let (workshop, kept) = (self.workshop(recording), asked.clone());
        let written = blocking(move || {
            clear(&workshop)?;
            durable::create_folder(&workshop)?;
            let path = workshop.join(ASKED);
            let text = serde_json::to_string(&kept).map_err(|e| EvidenceError::io(&path)(e.into()))?;
            durable::write(&path, &path.with_extension("new"), text.as_bytes())
        })
        .await;
        if let Err(why) = written {
            self.note_end(recording, &asked, &Err(why)).await?;
            return Err(EvidenceError::Ffmpeg("its folder cannot be written".into()));
        }
        Ok(asked)
    }

    fn spawn_job(
        &self,
        hearing: HearingId,
        recording: RecordingId,
        asked: Asked,
        percent: Arc<AtomicU8>,
        cancel: CancellationToken,
    ) {
        let evidence = self.clone();
        let span = tracing::info_span!("access_copy", %hearing, %recording);
        let job = async move { evidence.run_job(recording, &asked, percent, cancel).await };
        tokio::spawn(job.instrument(span));
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

    /// Goes on with the copies that a stop or a crash broke off. Nothing of them was ever shown to anybody.
    pub(super) async fn resume_copies(&self) -> Result<(), EvidenceError> {
        let folder = self.inner.data.join("access");
        let broken_off = blocking(move || {
            let mut found = Vec::new();
            for entry in fs::read_dir(&folder).map_err(EvidenceError::io(&folder))? {
                let path = entry.map_err(EvidenceError::io(&folder))?.path();
                if path.extension().is_some_and(|e| e == "partial") {
                    match asked_in(&path) {
                        Some(asked) if found.len() < JOBS_MAX => found.push(asked),
                        _ => clear(&path)?,
                    }
                }
            }
            Ok(found)
        })
        .await?;
        for (recording, asked) in broken_off {
            let Ok(row) = self.row(recording).await else {
                let workshop = self.workshop(recording);
                blocking(move || clear(&workshop)).await?;
                continue;
            };
            let (percent, cancel) = (Arc::new(AtomicU8::new(0)), CancellationToken::new());
            let job = Job::Running {
                percent: percent.clone(),
                cancel: cancel.clone(),
            };
            self.inner.copies.with_jobs(|jobs| jobs.insert(recording, job));
            self.spawn_job(row.hearing_id, recording, asked, percent, cancel);
        }
        Ok(())
    }

    fn copy_path(&self, recording: RecordingId) -> PathBuf {
        self.inner.data.join("access").join(format!("{recording}.mp4"))
    }

    /// Where it is made.
    fn workshop(&self, recording: RecordingId) -> PathBuf {
        self.copy_path(recording).with_extension("partial")
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
        asked: &Asked,
        percent: Arc<AtomicU8>,
        cancel: CancellationToken,
    ) {
        let made = self.make_copy(recording, &percent, &cancel).await;
        if let Err(why) = &made {
            tracing::warn!(%why, "no access copy");
        }
        let workshop = self.workshop(recording);
        let ended = match self.note_end(recording, asked, &made).await {
            Ok(()) => blocking(move || clear(&workshop)).await,
            Err(why) => Err(why),
        };
        if let Err(why) = ended {
            // What is in the workshop lets the next start do it.
            tracing::error!(%why, "the end of an access copy is not entered yet in the chain of custody, or not cleared away");
        }
        self.end_job(recording, made.map(drop).map_err(|why| why.to_string()));
    }

    async fn note_end(
        &self,
        recording: RecordingId,
        asked: &Asked,
        made: &Result<(digest::Digest, u64), EvidenceError>,
    ) -> Result<(), EvidenceError> {
        let detail = match made {
            Ok((sha256, bytes)) => members([
                ("ok", json!(true)),
                ("sha256", json!(sha256)),
                ("bytes", json!(bytes.to_string())),
            ]),
            Err(why) => members([("ok", json!(false)), ("why", json!(why.to_string()))]),
        };
        self.complete_act(recording, CustodyAct::AccessCopy, &asked.by, asked.begun, detail)
            .await
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
        let (workshop, copy) = (self.workshop(recording), self.copy_path(recording));
        if copy.is_file() {
            // Made, and broken off before that was entered.
            return blocking(move || described(&copy)).await;
        }
        let bag = Bag::new(self.sealed_dir(recording), recording);
        let (document, gaps) =
            blocking(move || Ok((bag.document()?, lines_of::<Gap>(&bag.payload.join(bundle::GAPS))?)))
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
            list.push_str(&format!("file '{output}'\n"));
            let (complete, part) = (workshop.join(&output), workshop.join(PART));
            if complete.is_file() {
                done_ms += listed.duration_ms;
                continue;
            }
            remove(&part)?;
            let arguments = segment.arguments(font, PART);
            let observe = |out_ms: u64| {
                // The last hundredth is for putting the segments together.
                let part = (done_ms + out_ms.min(listed.duration_ms)).saturating_mul(99) / total_ms;
                percent.store(u8::try_from(part.min(99)).unwrap_or(99), Ordering::Relaxed);
            };
            ffmpeg::run(
                &workshop,
                &[&payload],
                &arguments,
                listed.duration_ms,
                cancel,
                observe,
            )
            .await?;
            blocking(move || put_into_place(&part, &complete)).await?;
            done_ms += listed.duration_ms;
        }
        if list.is_empty() {
            return Err(EvidenceError::Ffmpeg("there is nothing on record".into()));
        }
        remove(&workshop.join("whole.mp4"))?;
        let path = workshop.join("list.txt");
        tokio::fs::write(&path, list)
            .await
            .map_err(EvidenceError::io(&path))?;
        ffmpeg::run(
            &workshop,
            &[],
            &graph::join("list.txt", "whole.mp4"),
            total_ms,
            cancel,
            |_| (),
        )
        .await?;

        blocking(move || {
            put_into_place(&workshop.join("whole.mp4"), &copy)?;
            described(&copy)
        })
        .await
    }
}

/// SHA-256 and size of a file.
fn described(file: &Path) -> Result<(digest::Digest, u64), EvidenceError> {
    File::open(file)
        .and_then(digest::of_stream)
        .map_err(EvidenceError::io(file))
}

/// Gives a complete file its name, for good.
fn put_into_place(file: &Path, name: &Path) -> Result<(), EvidenceError> {
    File::open(file)
        .and_then(|file| file.sync_all())
        .map_err(EvidenceError::io(file))?;
    fs::rename(file, name).map_err(EvidenceError::io(name))?;
    durable::sync_folder(name.parent().unwrap_or(Path::new(".")))
}

/// Who asked for the copy that is made in this workshop; none when it cannot be gone on with.
fn asked_in(workshop: &Path) -> Option<(RecordingId, Asked)> {
    let recording = workshop.file_stem()?.to_str()?.parse().ok()?;
    let text = fs::read(workshop.join(ASKED)).ok()?;
    Some((recording, serde_json::from_slice(&text).ok()?))
}

/// Removes a file that may be there.
fn remove(file: &Path) -> Result<(), EvidenceError> {
    match fs::remove_file(file) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(EvidenceError::io(file)(e)),
        _ => Ok(()),
    }
}

/// Removes what an earlier attempt left.
fn clear(workshop: &Path) -> Result<(), EvidenceError> {
    match fs::remove_dir_all(workshop) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(EvidenceError::io(workshop)(e)),
        _ => Ok(()),
    }
}
