//! Copies for watching: everybody on one picture, with mixed sound. Derived, never evidence.
//!
//! FFmpeg makes them in a child process with bounded memory, processor time and file size, one copy at a time. The
//! result lies outside the sealed folder, at `<data>/access/<recording>.mp4`. What the sealed files do not show, the
//! copy does not show either: during a declared gap a picture is not frozen but gone.
//!
//! A copy that is released to a named person is a film of its own, with a visible mark of whom it was made for.

mod ffmpeg;
mod graph;
mod mark;

use super::Evidence;
use super::custody::members;
use super::durable;
use super::envelope::Fifo;
use super::error::{EvidenceError, blocking};
use super::reading::{SealedFile, lines_of, open};
use super::sealing::{Bag, on_record_ms};
use crate::court::custody::RequestState;
use crate::court::id::{RecordingId, RequestId};
use crate::seal::custody::CustodyAct;
use crate::seal::document::SealDocument;
use crate::seal::ledger::Gap;
use crate::seal::{bundle, digest};
use graph::Segment;
pub(super) use mark::Mark;
use serde_json::{Map, Value, json};
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

/// Which copy of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum CopyOf {
    /// The court's own.
    Court(RecordingId),
    /// The one that is released by this request.
    Release(RecordingId, RequestId),
}

impl CopyOf {
    fn recording(self) -> RecordingId {
        match self {
            CopyOf::Court(recording) | CopyOf::Release(recording, _) => recording,
        }
    }
}

/// The copies that are being made or failed since the start.
pub(super) struct Copies {
    jobs: Mutex<HashMap<CopyOf, Job>>,
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
    fn with_jobs<T>(&self, change: impl FnOnce(&mut HashMap<CopyOf, Job>) -> T) -> T {
        // Nothing that runs under this lock can panic half-way through a change.
        change(&mut self.jobs.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Evidence {
    /// Where the access copy of a recording stands.
    pub fn access_copy(&self, recording: RecordingId) -> AccessCopyStatus {
        self.copy_status(CopyOf::Court(recording))
    }

    /// Where a copy stands.
    pub(super) fn copy_status(&self, copy: CopyOf) -> AccessCopyStatus {
        let job = self.inner.copies.with_jobs(|jobs| {
            jobs.get(&copy).map(|job| match job {
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
            None if self.copy_path(copy).is_file() => AccessCopyStatus::Done,
            None => AccessCopyStatus::None,
        }
    }

    /// Begins to make an access copy, unless it is there or being made, and says where it stands.
    pub async fn start_access_copy(
        &self,
        recording: RecordingId,
        by: &str,
    ) -> Result<AccessCopyStatus, EvidenceError> {
        self.start_copy(CopyOf::Court(recording), None, by, members([]))
            .await
    }

    /// Begins to make a copy, unless it is there or being made. `detail`: what the chain of custody says of it beside.
    pub(super) async fn start_copy(
        &self,
        copy: CopyOf,
        mark: Option<Mark>,
        by: &str,
        detail: Map<String, Value>,
    ) -> Result<AccessCopyStatus, EvidenceError> {
        let recording = copy.recording();
        self.require_attached(recording).await?;
        if self.copy_status(copy) == AccessCopyStatus::Done {
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
            match jobs.get(&copy) {
                Some(Job::Running { .. }) => Ok(false),
                _ if running >= JOBS_MAX => Err(EvidenceError::Busy(
                    "too many access copies are waiting; try again later",
                )),
                _ => {
                    jobs.insert(copy, job);
                    Ok(true)
                }
            }
        })?;
        if entered {
            let begun = self
                .begin_act(recording, CustodyAct::AccessCopy, by, detail.clone())
                .await;
            let begun = match begun {
                Ok(begun) => begun,
                Err(why) => {
                    self.end_job(copy, Err(why.to_string()));
                    return Err(why);
                }
            };
            let (evidence, by) = (self.clone(), by.to_string());
            let span = tracing::info_span!("access_copy", %hearing, %recording);
            let job = Making {
                copy,
                mark,
                percent,
                cancel,
            };
            let job = async move { evidence.run_job(job, &by, begun, detail).await };
            tokio::spawn(job.instrument(span));
        }
        Ok(self.copy_status(copy))
    }

    /// Calls off the access copy that is being made; nothing when there is none. One that is there stays.
    pub async fn cancel_access_copy(&self, recording: RecordingId) {
        self.cancel_copy(CopyOf::Court(recording));
    }

    /// Calls off a copy that is being made.
    pub(super) fn cancel_copy(&self, copy: CopyOf) {
        self.inner.copies.with_jobs(|jobs| match jobs.get(&copy) {
            Some(Job::Running { cancel, .. }) => cancel.cancel(),
            Some(Job::Failed { .. }) => {
                jobs.remove(&copy);
            }
            None => {}
        });
    }

    /// Removes a copy that is there; it is derived, and can be made again.
    pub(super) async fn remove_copy(&self, copy: CopyOf) -> Result<(), EvidenceError> {
        let path = self.copy_path(copy);
        blocking(move || match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(EvidenceError::io(&path)(e)),
            _ => durable::sync_folder(path.parent().unwrap_or(Path::new("."))),
        })
        .await
    }

    /// Opens the access copy; none when it is not there.
    pub async fn open_access_copy(
        &self,
        recording: RecordingId,
    ) -> Result<Option<SealedFile>, EvidenceError> {
        self.open_copy(CopyOf::Court(recording)).await
    }

    /// Opens a copy; none when it is not there.
    pub(super) async fn open_copy(&self, copy: CopyOf) -> Result<Option<SealedFile>, EvidenceError> {
        match self.copy_status(copy) {
            AccessCopyStatus::Done => open(self.copy_path(copy)).await.map(Some),
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

    fn copy_path(&self, copy: CopyOf) -> PathBuf {
        let name = match copy {
            CopyOf::Court(recording) => format!("{recording}.mp4"),
            CopyOf::Release(_, request) => format!("release-{request}.mp4"),
        };
        self.inner.data.join("access").join(name)
    }

    fn end_job(&self, copy: CopyOf, end: Result<(), String>) {
        self.inner.copies.with_jobs(|jobs| match end {
            Ok(()) => jobs.remove(&copy),
            Err(detail) => jobs.insert(copy, Job::Failed { detail }),
        });
    }

    async fn run_job(&self, job: Making, by: &str, begun: u64, detail: Map<String, Value>) {
        let (copy, recording) = (job.copy, job.copy.recording());
        let made = match self.make_copy(&job).await {
            Ok(made) => self.still_released(copy).await.map(|()| made),
            Err(why) => Err(why),
        };
        let mut said = match &made {
            Ok((sha256, bytes)) => members([
                ("ok", json!(true)),
                ("sha256", json!(sha256)),
                ("bytes", json!(bytes.to_string())),
            ]),
            Err(why) => members([("ok", json!(false)), ("why", json!(why.to_string()))]),
        };
        said.extend(detail);
        let entered = self
            .complete_act(recording, CustodyAct::AccessCopy, by, begun, said)
            .await;
        if let Err(why) = entered {
            tracing::error!(%why, "the end of an access copy is missing in the chain of custody");
        }
        if let Err(why) = &made {
            tracing::warn!(%why, "no access copy");
        }
        self.end_job(copy, made.map(drop).map_err(|why| why.to_string()));
    }

    /// A release may have been withdrawn while its copy was put in place: then that does not stay.
    async fn still_released(&self, copy: CopyOf) -> Result<(), EvidenceError> {
        let CopyOf::Release(_, request) = copy else {
            return Ok(());
        };
        let request = self.store().media_request(request).await?;
        if request.is_some_and(|request| request.state == RequestState::Granted) {
            return Ok(());
        }
        self.remove_copy(copy).await?;
        Err(EvidenceError::Cancelled)
    }

    async fn make_copy(&self, job: &Making) -> Result<(digest::Digest, u64), EvidenceError> {
        let Making {
            copy,
            mark,
            percent,
            cancel,
        } = job;
        let recording = copy.recording();
        let _turn = tokio::select! {
            turn = self.inner.copies.turn.acquire() => turn.map_err(|_| EvidenceError::Cancelled)?,
            () = cancel.cancelled() => return Err(EvidenceError::Cancelled),
        };
        let workshop = self.copy_path(*copy).with_extension("partial");
        let (dir, bag) = (workshop.clone(), self.bag(recording)?);
        let (document, gaps) = blocking(move || {
            clear(&dir)?;
            durable::create_folder(&dir)?;
            Ok((bag.document()?, lines_of::<Gap>(&bag, bundle::GAPS)?))
        })
        .await?;
        let total_ms = on_record_ms(&document).max(1);
        let font = graph::font();
        if mark.is_some() && font.is_none() {
            // Nothing is released without its mark.
            return Err(EvidenceError::Ffmpeg(
                "there is no font on this machine to write the mark with".into(),
            ));
        }
        let mut done_ms = 0;
        let mut list = String::new();
        for listed in &document.segments {
            // Asked for each part anew: it may be put into envelopes meanwhile.
            let bag = self.bag(recording)?;
            let pipes_dir = workshop.join("pipes");
            let payload = match bag.is_enclosed() {
                true => &pipes_dir,
                false => &bag.payload,
            };
            let segment = Segment::new(&document, listed, &gaps, payload);
            if segment.is_too_short() {
                continue;
            }
            let texts = segment.texts().into_iter().chain(mark.iter().map(Mark::text));
            for (name, text) in texts {
                let path = workshop.join(name);
                tokio::fs::write(&path, text)
                    .await
                    .map_err(EvidenceError::io(&path))?;
            }
            let output = format!("segment-{:03}.mp4", listed.segment);
            let arguments = segment.arguments(font, mark.as_ref(), &output);
            let observe = |out_ms: u64| {
                // The last hundredth is for putting the segments together.
                let part = (done_ms + out_ms.min(listed.duration_ms)).saturating_mul(99) / total_ms;
                percent.store(u8::try_from(part.min(99)).unwrap_or(99), Ordering::Relaxed);
            };
            let pipes = match bag.is_enclosed() {
                true => {
                    let (document, of) = (document.clone(), listed.segment);
                    let dir = pipes_dir.clone();
                    blocking(move || pipes(&bag, &document, of, &dir)).await?
                }
                false => Vec::new(),
            };
            let run = ffmpeg::run(&workshop, &arguments, listed.duration_ms, cancel, observe).await;
            // Their writers end with the reader.
            blocking(move || {
                drop(pipes);
                Ok(())
            })
            .await?;
            run?;
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

        let to = self.copy_path(*copy);
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

/// A pipe for each track of a part: what lies in envelopes comes to FFmpeg without coming onto the disk in clear. (The copy itself lies in clear.)
fn pipes(
    bag: &Bag,
    document: &SealDocument,
    segment: u32,
    folder: &Path,
) -> Result<Vec<Fifo>, EvidenceError> {
    let tracks = document.tracks.iter().filter(|track| track.segment == segment);
    tracks
        .map(|track| Fifo::new(folder.join(&track.file), bag.payload_file(&track.file)?.0))
        .collect()
}

/// A copy that is about to be made.
struct Making {
    copy: CopyOf,
    mark: Option<Mark>,
    percent: Arc<AtomicU8>,
    cancel: CancellationToken,
}

/// Removes what an earlier attempt left.
fn clear(workshop: &Path) -> Result<(), EvidenceError> {
    match fs::remove_dir_all(workshop) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(EvidenceError::io(workshop)(e)),
        _ => Ok(()),
    }
}
