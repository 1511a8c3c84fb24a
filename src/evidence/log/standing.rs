//! How the log stands, for whoever looks after the server.

use super::folder::CHECKPOINT;
use super::{LogError, dir_of};
use crate::evidence::error::EvidenceError;
use crate::seal::tlog::{Checkpoint, NOTE_BYTES_MAX, VerifierKey};
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::SystemTime;

/// The head of a log as it lies on the disk.
#[derive(Debug)]
pub struct LogStanding {
    /// The head, which is signed with the log's key.
    pub head: Checkpoint,
    /// When the file was written last: by an entry, or by a cosignature that came to it.
    pub written: SystemTime,
}

impl LogStanding {
    /// That of the log of a data folder; none where nothing was entered yet. Nothing is begun or written.
    ///
    /// # Errors
    /// Where key or head cannot be read, or the head is not the key's.
    pub fn of(data: &Path) -> Result<Option<Self>, LogError> {
        let path = data.join("keys/log.vkey");
        let key = match fs::read_to_string(&path) {
            Ok(text) => text.trim().parse::<VerifierKey>()?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(EvidenceError::io(&path)(e).into()),
        };
        let path = dir_of(data, &key).join(CHECKPOINT);
        let read = || {
            let file = fs::File::open(&path)?;
            let written = file.metadata()?.modified()?;
            let mut bytes = Vec::new();
            file.take(NOTE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
            Ok((bytes, written))
        };
        let (bytes, written) = match read() {
            Ok(read) => read,
            Err(e) if io::Error::kind(&e) == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(EvidenceError::io(&path)(e).into()),
        };
        let head = Checkpoint::parse(&bytes)?;
        head.check(&key)?;
        Ok(Some(Self { head, written }))
    }
}
