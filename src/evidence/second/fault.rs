//! What can go wrong with the second store. Nothing of it says anything of a recording.

use super::LISTED_MAX;
use std::io;
use std::path::{Path, PathBuf};

/// An error of the second store.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    /// It cannot be reached.
    #[error("the second store cannot be reached: {0}")]
    Unreachable(String),
    /// It did not answer within the time that an operation is given. What was begun there is given up.
    #[error("the second store did not answer within {0} seconds")]
    TooSlow(u64),
    /// What is there is not the store that was begun: a disk that is not mounted, the bucket of another court.
    #[error(
        "it is not the second store that was begun ({0}): see whether its disk is mounted, or name the right one"
    )]
    Another(&'static str),
    /// It answers, and refuses.
    #[error("the second store refuses ({status}): {why}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The store's word for the reason, such as `AccessDenied`.
        why: String,
    },
    /// It answers what is not understood.
    #[error("the second store answers what is not understood: {0}")]
    Answer(&'static str),
    /// It lists more than it can have by right.
    #[error(
        "the second store lists more than {} names where only those of one recording should be: somebody else writes to it",
        LISTED_MAX
    )]
    TooMany,
    /// What was written reads differently.
    #[error("{0}: its copy in the second store reads differently from what was written")]
    ReadsDifferently(String),
    /// A file that is to be copied is not what it was a moment ago.
    #[error("{0}: it changed while it was copied")]
    Changed(String),
    /// A file or folder of the store, or the file here that is copied.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl StoreFault {
    /// For `map_err`: an I/O error of `path`.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> StoreFault + use<> {
        let path = path.to_path_buf();
        move |source| StoreFault::Io { path, source }
    }
}
