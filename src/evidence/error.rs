//! What can go wrong with evidence.

use super::authority::AuthorityError;
use super::key::KeyError;
use crate::court::id::RecordingId;
use crate::recorder::RecorderError;
use crate::seal::cms::SignError;
use crate::seal::manifest::ManifestError;
use crate::seal::stamp::StampError;
use crate::seal::x509::CertificateError;
use crate::store::StoreError;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// An error of evidence.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// There is no such thing.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The recording is not sealed yet.
    #[error("recording {0} is not sealed yet")]
    NotSealed(RecordingId),
    /// The recording was disposed of: there is a certificate in its place.
    #[error("recording {0} was disposed of")]
    Disposed(RecordingId),
    /// The folder of a recording is neither where recordings are written nor where they are kept.
    #[error("the folder of recording {0} is missing: restore it from a backup, or the recording is lost")]
    FolderMissing(RecordingId),
    /// A file is not what it was when it was written.
    #[error("{file}: {why}")]
    Changed {
        /// Path inside the recording.
        file: String,
        /// What is different.
        why: String,
    },
    /// A recorded track belongs to nobody at the hearing.
    #[error("track {file} belongs to participant {participant}, who is not of this hearing")]
    UnknownParticipant {
        /// Path of the track file.
        file: String,
        /// The participant.
        participant: uuid::Uuid,
    },
    /// The destination of an export is there already; exports never overwrite.
    #[error("{0} exists already; an export never overwrites: choose another name")]
    Exists(PathBuf),
    /// An access copy is being made already, or there is nothing to cancel.
    #[error("{0}")]
    Busy(&'static str),
    /// A verification came to no verdict.
    #[error("not verified: {0}")]
    NotVerified(Arc<str>),
    /// FFmpeg could not make an access copy.
    #[error("FFmpeg: {0}")]
    Ffmpeg(String),
    /// It was called off.
    #[error("called off")]
    Cancelled,
    /// A file or folder.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A disk does not come back with an answer.
    #[error("the disk of the recordings does not answer")]
    Hangs,
    /// A stored JSON document cannot be read or written.
    #[error("{what}: {source}")]
    Json {
        /// Which document.
        what: String,
        /// Why.
        source: serde_json::Error,
    },
    /// A certificate for people.
    #[error("the certificate cannot be set: {0}")]
    Paper(#[from] crate::seal::paper::PdfError),
    /// The keys of encrypted recordings.
    #[error("{0}")]
    Vault(&'static str),
    /// A line of a ledger.
    #[error("{0}")]
    Ledger(String),
    /// The second store.
    #[error(transparent)]
    Second(#[from] super::second::StoreFault),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The recorder's folder.
    #[error(transparent)]
    Recorder(#[from] RecorderError),
    /// The seal key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The signature.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// Nobody stamps reseals.
    #[error(
        "a reseal needs a time-stamp: name an authority as timestamp_url, for under another authority's certificate there is \
         no built-in service"
    )]
    NoTimeStamps,
    /// The authority that stamps seals.
    #[error("time-stamp authority: {0}")]
    Authority(#[from] AuthorityError),
    /// A time-stamp in a sealed folder.
    #[error("time-stamp: {0}")]
    Stamp(#[from] StampError),
    /// A certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The manifest.
    #[error("manifest: {0}")]
    Manifest(#[from] ManifestError),
    /// The log, where nothing goes on without it.
    #[error("the proof of the log, which the certificate is to keep, cannot be made whole: {0}")]
    LogProof(#[source] Box<super::log::LogError>),
    /// A blocking task ended without a result.
    #[error("a task ended before its time")]
    Task,
}

impl EvidenceError {
    /// For `map_err`: an I/O error of `path`.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> EvidenceError + use<> {
        let path = path.to_path_buf();
        move |source| EvidenceError::Io { path, source }
    }
}

/// Runs file work off the threads that serve requests.
pub(super) async fn blocking<T, F>(work: F) -> Result<T, EvidenceError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, EvidenceError> + Send + 'static,
{
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| EvidenceError::Task)?
}

/// As [`blocking`], and not waited for any longer than this: a call that a disk keeps to itself never comes back. What it may
/// still do later must harm nobody.
pub(super) async fn blocking_within<T, F>(within: Duration, work: F) -> Result<T, EvidenceError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, EvidenceError> + Send + 'static,
{
    timeout(within, blocking(work))
        .await
        .map_err(|_| EvidenceError::Hangs)?
}
