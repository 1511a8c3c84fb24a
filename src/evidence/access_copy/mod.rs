//! Copies for watching: everybody on one picture, with mixed sound. Derived, never evidence.
//!
//! FFmpeg makes them in a child process with bounded memory, processor time and file size, one copy at a time, which
//! has no network and reads nothing but the recording at hand ([`sandbox`]). One that a stop of the server breaks off goes
//! on at the next start, with the segment that it was at. The result lies outside the sealed folder, at `<data>/access/<recording>.mp4`. What the sealed files do not show, the
//! copy does not show either: during a declared gap a picture is not frozen but gone.
//!
//! A copy that is released to a named person is a film of its own, with a visible mark of whom it was made for. A redacted copy is
//! made in the same way, without what was ordered to be taken out, and then sealed as a recording of its own ([`redacted`]).

mod ffmpeg;
mod film;
mod graph;
mod mark;
mod redacted;
mod resume;
mod sandbox;
mod veil;

use super::Evidence;
use super::custody::members;
use super::durable;
use super::error::{EvidenceError, blocking};
use super::reading::{SealedFile, open};
use crate::court::custody::RequestState;
use crate::court::id::{HearingId, RecordingId, RequestId};
use crate::seal::custody::CustodyAct;
use crate::seal::digest;
use film::Film;
pub(super) use mark::Mark;
pub(super) use redacted::Redacting;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};
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
    /// The one that is released by this request, made from this recording: what was asked for, or a redacted copy of it.
    Release(RecordingId, RequestId),
    /// A redacted copy of it, which becomes a recording of its own.
    Redacted(RecordingId),
}

impl CopyOf {
    fn recording(self) -> RecordingId {
        match self {
            CopyOf::Court(recording) | CopyOf::Release(recording, _) | CopyOf::Redacted(recording) => {
                recording
            }
        }
    }

    /// As the chain of custody calls it.
    fn act(self) -> CustodyAct {
        match self {
            CopyOf::Redacted(_) => CustodyAct::Redacted,
            CopyOf::Court(_) | CopyOf::Release(..) => CustodyAct::AccessCopy,
        }
    }
}

/// By which release a copy is made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ByRelease {
    /// The recording that it is made from.
    pub recording: RecordingId,
    /// The request that was granted.
    pub request: RequestId,
    /// Its number.
    pub number: u64,
    /// What is written over every picture.
    pub mark: Mark,
}

impl ByRelease {
    /// What the chain of custody says of it beside.
    fn detail(of: Option<&ByRelease>) -> Map<String, Value> {
        match of {
            None => Map::new(),
            Some(release) => members([("request", json!(release.number.to_string()))]),
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
    Running(Running),
    Failed { detail: String },
}

/// A copy that is being made.
#[derive(Clone, Default)]
struct Running {
    percent: Arc<AtomicU8>,
    /// Calls it off.
    cancel: CancellationToken,
    /// Cancelled when nothing of it runs any more.
    ended: CancellationToken,
}

/// Who asked for a copy, kept in its workshop while it is made.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Asked {
    /// As the chain of custody names them.
    by: String,
    /// Number of the entry that opened the act.
    begun: u64,
    /// By which release; none for the court's own copy.
    #[serde(default)]
    release: Option<ByRelease>,
    /// Of a redacted copy: what is taken out.
    #[serde(default)]
    redacting: Option<Redacting>,
}

impl Asked {
    /// What the chain of custody says of it beside.
    fn detail(&self) -> Map<String, Value> {
        let mut detail = ByRelease::detail(self.release.as_ref());
        detail.extend(self.redacting.iter().flat_map(Redacting::detail));
        detail
    }
}

/// File name of [`Asked`].
const ASKED: &str = "asked.json";

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
                Job::Running(running) => AccessCopyStatus::Running {
                    percent: running.percent.load(Ordering::Relaxed),
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
        self.start_copy(CopyOf::Court(recording), by, None, None).await
    }

    /// Begins to make a copy, unless it is there or being made.
    pub(super) async fn start_copy(
        &self,
        copy: CopyOf,
        by: &str,
        release: Option<ByRelease>,
        redacting: Option<Redacting>,
    ) -> Result<AccessCopyStatus, EvidenceError> {
        let recording = copy.recording();
        self.require_attached(recording).await?;
        if self.is_being_disposed_of(recording).await? {
            return Err(EvidenceError::Disposed(recording));
        }
        if self.copy_status(copy) == AccessCopyStatus::Done {
            return Ok(AccessCopyStatus::Done);
        }
        let hearing = self.row(recording).await?.hearing_id;
        let running = Running::default();
        let ended = running.ended.clone().drop_guard();
        let job = Job::Running(running.clone());
        // Entered before the first await, so that two requests at once make one copy.
        let entered = self.inner.copies.with_jobs(|jobs| {
            let under_way = jobs.values().filter(|j| matches!(j, Job::Running(_))).count();
            match jobs.get(&copy) {
                Some(Job::Running(_)) => Ok(false),
                _ if under_way >= JOBS_MAX => Err(EvidenceError::Busy(
                    "too many access copies are waiting; try again later",
                )),
                _ => {
                    jobs.insert(copy, job);
                    Ok(true)
                }
            }
        })?;
        if entered {
            let asked = Asked {
                by: by.to_string(),
                begun: 0,
                release,
                redacting,
            };
            let evidence = self.clone();
            // A task of its own: if whoever asked goes away meanwhile, neither the entry nor the job is left half-way.
            let asking = async move {
                match evidence.ask_copy(copy, asked).await {
                    Ok(asked) => {
                        evidence.spawn_job(hearing, copy, asked, running, ended);
                        Ok(())
                    }
                    Err(why) => {
                        evidence.end_job(copy, Err(why.to_string()));
                        Err(why)
                    }
                }
            };
            let asking = tokio::spawn(asking.in_current_span());
            asking.await.map_err(|_| EvidenceError::Task)??;
        }
        Ok(self.copy_status(copy))
    }

    /// Opens the entry in the chain of custody, and keeps in the workshop who asked: a restart goes on from there.
    async fn ask_copy(&self, copy: CopyOf, mut asked: Asked) -> Result<Asked, EvidenceError> {
        let open = self
            .open_act(copy.recording(), copy.act(), &asked.by, asked.detail())
            .await?;
        // What is in the workshop lets the next start enter its outcome.
        asked.begun = open.goes_on();
        let (workshop, kept) = (self.workshop(copy), asked.clone());
        let written = blocking(move || {
            clear(&workshop)?;
            durable::create_folder(&workshop)?;
            let path = workshop.join(ASKED);
            let text = serde_json::to_string(&kept).map_err(|e| EvidenceError::io(&path)(e.into()))?;
            durable::write(&path, &path.with_extension("new"), text.as_bytes())
        })
        .await;
        if let Err(why) = written {
            self.note_end(copy, &asked, &Err(why)).await?;
            return Err(EvidenceError::Ffmpeg("its folder cannot be written".into()));
        }
        Ok(asked)
    }

    /// `ended` tells whoever waits for it that nothing of it runs any more, however it ends.
    fn spawn_job(&self, hearing: HearingId, copy: CopyOf, asked: Asked, running: Running, ended: DropGuard) {
        let (evidence, recording) = (self.clone(), copy.recording());
        let span = tracing::info_span!("access_copy", %hearing, %recording);
        let job = async move {
            let _ended = ended;
            evidence.run_job(copy, &asked, &running).await;
        };
        tokio::spawn(job.instrument(span));
    }

    /// Calls off the access copy that is being made; nothing when there is none. One that is there stays.
    pub async fn cancel_access_copy(&self, recording: RecordingId) {
        self.cancel_copy(CopyOf::Court(recording));
    }

    /// Calls off a copy that is being made.
    pub(super) fn cancel_copy(&self, copy: CopyOf) {
        self.inner.copies.with_jobs(|jobs| match jobs.get(&copy) {
            Some(Job::Running(running)) => running.cancel.cancel(),
            Some(Job::Failed { .. }) => {
                jobs.remove(&copy);
            }
            None => {}
        });
    }

    /// Calls off a copy, waits until nothing of it runs any more, and removes it with all that the making of it left. For what is
    /// destroyed: no film of it may be put in place afterwards.
    pub(super) async fn discard_copy(&self, copy: CopyOf) -> Result<(), EvidenceError> {
        let running = self.inner.copies.with_jobs(|jobs| match jobs.get(&copy) {
            Some(Job::Running(running)) => Some(running.clone()),
            Some(Job::Failed { .. }) => {
                jobs.remove(&copy);
                None
            }
            None => None,
        });
        if let Some(running) = running {
            running.cancel.cancel();
            running.ended.cancelled().await;
        }
        let workshop = self.workshop(copy);
        blocking(move || clear(&workshop)).await?;
        self.remove_copy(copy).await
    }

    /// Removes a copy that is there; it is derived, and can be made again.
    pub(super) async fn remove_copy(&self, copy: CopyOf) -> Result<(), EvidenceError> {
        let path = self.copy_path(copy);
        blocking(move || {
            remove(&path)?;
            durable::sync_folder(path.parent().unwrap_or(Path::new(".")))
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

    fn copy_path(&self, copy: CopyOf) -> PathBuf {
        let name = match copy {
            CopyOf::Court(recording) => format!("{recording}.mp4"),
            CopyOf::Release(recording, request) => format!("{OF_RELEASE}{request}-{recording}.mp4"),
            // Never there: it is sealed instead.
            CopyOf::Redacted(recording) => format!("{OF_REDACTION}{recording}.mp4"),
        };
        self.inner.data.join("access").join(name)
    }

    /// Where it is made.
    fn workshop(&self, copy: CopyOf) -> PathBuf {
        self.copy_path(copy).with_extension("partial")
    }

    fn end_job(&self, copy: CopyOf, end: Result<(), String>) {
        self.inner.copies.with_jobs(|jobs| match end {
            Ok(()) => jobs.remove(&copy),
            Err(detail) => jobs.insert(copy, Job::Failed { detail }),
        });
    }

    async fn run_job(&self, copy: CopyOf, asked: &Asked, running: &Running) {
        let made = match self
            .make_copy(copy, asked, &running.percent, &running.cancel)
            .await
        {
            Ok(made) => self.still_wanted(copy).await.map(|()| made),
            Err(why) => Err(why),
        };
        if let Err(why) = &made {
            tracing::warn!(%why, "no access copy");
        }
        let workshop = self.workshop(copy);
        let ended = match self.note_end(copy, asked, &made).await {
            Ok(()) => blocking(move || clear(&workshop)).await,
            Err(why) => Err(why),
        };
        if let Err(why) = ended {
            // What is in the workshop lets the next start do it.
            tracing::error!(%why, "the end of an access copy is not entered yet in the chain of custody, or not cleared away");
        }
        self.end_job(copy, made.map(drop).map_err(|why| why.to_string()));
    }

    async fn note_end(
        &self,
        copy: CopyOf,
        asked: &Asked,
        made: &Result<(digest::Digest, u64), EvidenceError>,
    ) -> Result<(), EvidenceError> {
        let mut detail = match made {
            // What was made is a recording: its digest is that of its manifest.
            Ok((manifest, _)) if asked.redacting.is_some() => {
                members([("ok", json!(true)), ("manifest_sha256", json!(manifest))])
            }
            Ok((sha256, bytes)) => members([
                ("ok", json!(true)),
                ("sha256", json!(sha256)),
                ("bytes", json!(bytes.to_string())),
            ]),
            Err(why) => members([("ok", json!(false)), ("why", json!(why.to_string()))]),
        };
        detail.extend(asked.detail());
        let (recording, act) = (copy.recording(), copy.act());
        self.complete_act(recording, act, &asked.by, asked.begun, detail)
            .await
    }

    /// A release may have been withdrawn, a redaction ordered, or the destruction of the recording begun, while its copy was put in
    /// place: then that does not stay.
    async fn still_wanted(&self, copy: CopyOf) -> Result<(), EvidenceError> {
        let recording = copy.recording();
        let is_attached = match self.require_attached(recording).await {
            Ok(()) => !self.is_being_disposed_of(recording).await?,
            Err(EvidenceError::Disposed(_)) => false,
            Err(other) => return Err(other),
        };
        if !is_attached {
            self.remove_copy(copy).await?;
            return Err(EvidenceError::Disposed(recording));
        }
        let CopyOf::Release(from, request) = copy else {
            return Ok(());
        };
        let request = self.store().media_request(request).await?;
        if let Some(request) = request.filter(|request| request.state == RequestState::Granted)
            && self.handed_out(request.recording).await?.recording() == Some(from)
        {
            return Ok(());
        }
        self.remove_copy(copy).await?;
        Err(EvidenceError::Cancelled)
    }

    async fn make_copy(
        &self,
        of: CopyOf,
        asked: &Asked,
        percent: &AtomicU8,
        cancel: &CancellationToken,
    ) -> Result<(digest::Digest, u64), EvidenceError> {
        let _turn = tokio::select! {
            turn = self.inner.copies.turn.acquire() => turn.map_err(|_| EvidenceError::Cancelled)?,
            () = cancel.cancelled() => return Err(EvidenceError::Cancelled),
        };
        let (workshop, copy) = (self.workshop(of), self.copy_path(of));
        let mut film = Film {
            recording: of.recording(),
            workshop: &workshop,
            mark: asked.release.as_ref().map(|release| &release.mark),
            orders: &[],
            percent,
            cancel,
        };
        if let Some(redacting) = &asked.redacting {
            film.orders = &redacting.orders;
            return self.make_redacted(&film, redacting, &asked.by).await;
        }
        if copy.is_file() {
            // Made, and broken off before that was entered.
            return blocking(move || described(&copy)).await;
        }
        let whole = self.film(&film).await?;
        blocking(move || {
            put_into_place(&whole, &copy)?;
            described(&copy)
        })
        .await
    }
}

/// How the names of released copies begin.
const OF_RELEASE: &str = "release-";
/// How the names of workshops of redacted copies begin.
const OF_REDACTION: &str = "redaction-";

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
