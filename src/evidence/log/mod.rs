//! The court's transparency log: while a recording runs, how far it has come is entered every minute, and its seal when it is
//! sealed. What is on the record can then not be changed without those who kept a head of the log, or a receipt, noticing.
//!
//! An error of the log stops neither a hearing nor a seal: a recording that is not in the log yet is entered later, and says
//! so until then.

mod cosigners;
mod entering;
mod folder;
mod heads;
mod key;
mod standing;

pub use cosigners::{Cosigner, CosignerError};
pub use entering::LogPass;
pub(super) use entering::summary;
pub use standing::LogStanding;

use super::error::EvidenceError;
use super::{Evidence, durable, roots};
use crate::court::id::RecordingId;
use crate::seal::digest::Digest;
use crate::seal::tlog::{
    Checkpoint, CheckpointError, InclusionProof, KeyError, Leaf, Receipt, TreeError, VerifierKey,
};
use folder::LogFolder;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;

/// How long whoever needs the log waits for it, and then for its answer.
const WITHIN: Duration = Duration::from_secs(5);
/// Receipts and entries of recordings that are remembered; the oldest recordings are forgotten first.
const REMEMBERED_MAX: usize = 1024;

/// Why something is not in the log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A file of the log, or its key.
    #[error(transparent)]
    Disk(#[from] EvidenceError),
    /// Another process has it.
    #[error("another process holds the log")]
    Busy,
    /// No answer in time.
    #[error("the disk of the log did not answer in time")]
    Slow,
    /// The proof of a seal has to wait for them.
    #[error("the cosigners of the log have yet to sign the proof of this recording; try again in a minute")]
    Uncosigned,
    /// It is not as it was written.
    #[error(
        "the log is not as it was written: {0}; restore the log folder. Never restore an older one: that is a fork, and cosigners refuse it"
    )]
    Damaged(String),
    /// The name in the configuration is not that of the log.
    #[error(
        "the log is called {is}, not {should}: a log keeps its name. Take log_origin out of the configuration"
    )]
    Renamed {
        /// As it was made.
        is: String,
        /// As it was asked for.
        should: String,
    },
    /// There are no random numbers for a key.
    #[error("the system gives no random numbers")]
    NoRandomness,
    /// The key or the name.
    #[error("the key of the log: {0}")]
    Key(#[from] KeyError),
    /// The head.
    #[error(transparent)]
    Head(#[from] CheckpointError),
    /// The tiles.
    #[error("the log's tiles: {0}")]
    Tree(#[from] TreeError),
}

/// How the log is to be kept.
#[derive(Debug, Default)]
pub struct LogSettings {
    /// Its name, such as `court.example/log`; without, one that nobody else has. It counts when the log is begun.
    pub origin: Option<String>,
    /// Who is asked to sign its heads.
    pub cosigners: Vec<Cosigner>,
}

/// The log as everybody may see it.
struct Shown {
    dir: PathBuf,
    head: Option<Checkpoint>,
}

/// What is remembered of recordings, as long as the server runs.
#[derive(Default)]
struct Memory {
    /// The last link that was entered.
    heads: BTreeMap<RecordingId, Digest>,
    /// The latest receipt.
    receipts: BTreeMap<RecordingId, Receipt>,
    /// Number of the entry of the seal, and how often cosigners were asked in vain.
    seals: HashMap<RecordingId, (u64, u32)>,
}

pub(super) struct Log {
    data: PathBuf,
    settings: OnceLock<LogSettings>,
    folder: Arc<tokio::sync::Mutex<Option<LogFolder>>>,
    shown: Arc<RwLock<Option<Shown>>>,
    memory: Mutex<Memory>,
    /// Said when a seal waits to be entered.
    to_enter: Notify,
}

impl Log {
    pub(super) fn new(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            settings: OnceLock::new(),
            folder: Arc::default(),
            shown: Arc::default(),
            memory: Mutex::default(),
            to_enter: Notify::new(),
        }
    }

    fn settings(&self) -> &LogSettings {
        self.settings.get_or_init(LogSettings::default)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Nothing that runs under this lock can panic half-way through a change.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that a seal waits to be entered.
    pub(super) fn wake(&self) {
        self.to_enter.notify_one();
    }

    /// The head as it may be shown to everybody.
    fn head(&self) -> Option<Checkpoint> {
        let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner);
        shown.as_ref()?.head.clone()
    }

    /// Works on the log, which is opened where it is not. Whoever holds it for too long is not waited for.
    async fn with_folder<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut LogFolder) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let held = timeout(WITHIN, self.folder.clone().lock_owned()).await;
        let mut held = held.map_err(|_| LogError::Slow)?;
        let (data, shown) = (self.data.clone(), self.shown.clone());
        let origin = self.settings().origin.clone();
        let working = tokio::task::spawn_blocking(move || {
            let mut folder = match held.take() {
                Some(folder) => folder,
                None => open(&data, origin.as_deref())?,
            };
            let done = work(&mut folder)?;
            let now = Shown {
                dir: dir_of(&data, folder.key().public()),
                head: folder.head().cloned(),
            };
            *shown.write().unwrap_or_else(PoisonError::into_inner) = Some(now);
            // After an error it is not put back: the next to come reads it from the disk.
            *held = Some(folder);
            Ok(done)
        });
        match timeout(WITHIN, working).await {
            Ok(done) => done.map_err(|_| EvidenceError::Task)?,
            Err(_) => Err(LogError::Slow),
        }
    }

    /// Appends entries and proves each under the new head.
    async fn append(&self, leaves: Vec<Leaf>) -> Result<Vec<InclusionProof>, LogError> {
        self.with_folder(move |folder| {
            let mut proofs = Vec::with_capacity(leaves.len());
            for some in leaves.chunks(folder::APPEND_MAX) {
                let first = folder.append(some)?;
                let Some(head) = folder.head() else { break };
                for (leaf, index) in some.iter().zip(first..) {
                    proofs.push(folder.prove(leaf, index, head)?);
                }
            }
            Ok(proofs)
        })
        .await
    }

    /// The proof that `leaf` is entry `index`, under the head with all its cosignatures.
    async fn prove(&self, leaf: Leaf, index: u64) -> Result<Option<InclusionProof>, LogError> {
        self.with_folder(move |folder| {
            let head = folder.head();
            head.map(|head| folder.prove(&leaf, index, head)).transpose()
        })
        .await
    }
}

fn dir_of(data: &Path, key: &VerifierKey) -> PathBuf {
    // Another key is another log: what was signed with the one before stays as it is.
    data.join("log").join(hex::encode(key.id()))
}

fn open(data: &Path, origin: Option<&str>) -> Result<LogFolder, LogError> {
    let keys = data.join("keys");
    let key = key::open(&keys, origin)?;
    let public = keys.join("log.vkey");
    let text = format!("{}\n", key.public());
    // Of a key that is there no more, another one's may be left.
    if std::fs::read_to_string(&public).ok().as_ref() != Some(&text) {
        durable::write(&public, &keys.join("log.vkey.partial"), text.as_bytes())?;
    }
    roots::keep_log_key(&data.join("roots"), key.public())?;
    LogFolder::open(dir_of(data, key.public()), key)
}

/// Says that the log failed, where people look for it.
fn failed(why: &LogError, what: &'static str) {
    metrics::counter!("oyer_log_errors_total").increment(1);
    tracing::error!(%why, "{what}");
}

impl Evidence {
    /// Says how the log is to be kept; without, it has a name of its own and no cosigners. To be called once, before
    /// anything is entered; later calls change nothing.
    pub fn keep_log(&self, settings: LogSettings) {
        let _ = self.inner.log.settings.set(settings);
    }

    /// The key of the log, to be published; the log is begun where there is none.
    pub async fn log_key(&self) -> Result<VerifierKey, LogError> {
        self.inner
            .log
            .with_folder(|folder| Ok(folder.key().public().clone()))
            .await
    }

    /// The keys of those who are asked to sign the heads of the log.
    pub(super) fn cosigner_keys(&self) -> Vec<VerifierKey> {
        let cosigners = self.inner.log.settings().cosigners.iter();
        cosigners.map(|cosigner| cosigner.key().clone()).collect()
    }

    /// The signed head of the log, for everybody; none before its first entry.
    pub fn log_checkpoint(&self) -> Option<String> {
        self.inner.log.head().map(|head| head.to_string())
    }

    /// A tile of the log by its path below `tile/`; none where the head covers no such tile.
    pub async fn log_tile(&self, path: String) -> io::Result<Option<Vec<u8>>> {
        let at = {
            let shown = self
                .inner
                .log
                .shown
                .read()
                .unwrap_or_else(PoisonError::into_inner);
            shown
                .as_ref()
                .and_then(|shown| Some((shown.dir.clone(), shown.head.clone()?)))
        };
        let Some((dir, head)) = at else {
            return Ok(None);
        };
        tokio::task::spawn_blocking(move || folder::served(&dir, &head, &path))
            .await
            .map_err(io::Error::other)?
    }

    /// The latest receipts of these recordings, as files. Those of the last recordings alone are remembered, and only as long as
    /// the server runs.
    pub fn receipts(&self, recordings: &[RecordingId]) -> Vec<(RecordingId, String)> {
        let memory = self.inner.log.memory();
        recordings
            .iter()
            .filter_map(|id| Some((*id, memory.receipts.get(id)?.to_string())))
            .collect()
    }
}
