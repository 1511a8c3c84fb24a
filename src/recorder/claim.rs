//! Who may write to the folder of a recording: one at a time. A thread that hangs in a call to its disk outlives the end of its
//! process, and what it had asked for is carried out when the disk answers. What was not closed is not to be summed up before
//! that.

use super::command::RecorderError;
use std::fs::{File, TryLockError};
use std::path::Path;

/// Held by whoever writes, until it is dropped or the last thread of the process is gone.
#[derive(Debug)]
pub struct Claim {
    _folder: Option<File>,
}

impl Claim {
    /// Claims the folder of a recorder. Fails while another holds it.
    pub fn of(dir: &Path) -> Result<Claim, RecorderError> {
        let folder = File::open(dir).map_err(|e| RecorderError::io(dir, e))?;
        let folder = match folder.try_lock() {
            Ok(()) => Some(folder),
            Err(TryLockError::WouldBlock) => return Err(RecorderError::StillWritten(dir.to_owned())),
            // A file system without locks for folders, as one over the network.
            Err(TryLockError::Error(_)) => None,
        };
        Ok(Claim { _folder: folder })
    }
}
