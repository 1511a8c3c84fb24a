//! Reading the files of a sealed recording, whether they lie in clear or in envelopes: every reader goes through here.

use super::super::durable;
use super::super::error::EvidenceError;
use super::super::sealing::Bag;
use super::{Envelope, ReadSeek};
use crate::folder::FolderBundle;
use crate::seal::bundle;
use crate::seal::source::{BundleSource, Entry, EntryKind};
use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

/// A sealed recording as a bundle for the verifier.
pub(in crate::evidence) struct SealedSource {
    folder: FolderBundle,
    bag: Bag,
}

impl SealedSource {
    /// The recording in `bag`.
    pub(in crate::evidence) fn open(bag: Bag) -> io::Result<Self> {
        Ok(Self {
            folder: FolderBundle::open(&bag.root)?,
            bag,
        })
    }
}

impl BundleSource for SealedSource {
    fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = self.folder.entries()?;
        if self.bag.key.is_some() {
            for entry in entries.iter_mut().filter(|e| e.kind == EntryKind::File) {
                if entry.path.starts_with(bundle::DATA) {
                    // One that cannot be opened is found when it is read.
                    entry.bytes = self.bag.file(&entry.path).map_or(0, |(_, bytes)| bytes);
                }
            }
        }
        Ok(entries)
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>> {
        // Looked at by the folder first: names that lead out of it, and links.
        let clear = self.folder.open(path)?;
        match self.bag.key.is_some() && path.starts_with(bundle::DATA) {
            true => Ok(Box::new(self.bag.file(path)?.0)),
            false => Ok(clear),
        }
    }
}

impl Bag {
    /// Opens a file of the bag by its path in it, with the length of its content.
    pub(in crate::evidence) fn file(&self, path: &str) -> io::Result<(Box<dyn ReadSeek>, u64)> {
        let file = File::open(self.root.join(path))?;
        match &self.key {
            Some(key) if path.starts_with(bundle::DATA) => {
                let envelope = Envelope::open(file, key.bytes())?;
                let bytes = envelope.len();
                Ok((Box::new(envelope), bytes))
            }
            _ => {
                let bytes = file.metadata()?.len();
                Ok((Box::new(file), bytes))
            }
        }
    }

    /// Opens a file below the recording's own folder, `segment-001/judge-1-camera.webm` for instance.
    pub(in crate::evidence) fn payload_file(
        &self,
        path: &str,
    ) -> Result<(Box<dyn ReadSeek>, u64), EvidenceError> {
        let full = self.payload.join(path);
        let inside = full.strip_prefix(&self.root).unwrap_or(&full);
        self.file(&inside.to_string_lossy())
            .map_err(EvidenceError::io(&full))
    }
}

/// A pipe in a folder through which another program reads a file of a recording that lies in an envelope: the file does not come
/// onto the disk in clear.
pub(in crate::evidence) struct Fifo {
    path: PathBuf,
    writer: Option<JoinHandle<()>>,
}

impl Fifo {
    /// Makes the pipe at `path`, and writes `content` into it when somebody reads there.
    pub(in crate::evidence) fn new(
        path: PathBuf,
        mut content: Box<dyn ReadSeek>,
    ) -> Result<Self, EvidenceError> {
        if let Some(above) = path.parent() {
            durable::create_folder(above)?;
        }
        make_pipe(&path).map_err(EvidenceError::io(&path))?;
        let to = path.clone();
        let writer = std::thread::Builder::new()
            .name("envelope".into())
            .spawn(move || {
                // Waits for the reader. One that ends early is no fault; what cannot be decrypted ends the pipe too soon, which the
                // reader notices as a file that is cut off, and which is logged.
                let written = fs::OpenOptions::new()
                    .write(true)
                    .open(&to)
                    .and_then(|mut pipe| io::copy(&mut content, &mut pipe));
                let is_nobody = |why: &io::Error| {
                    matches!(why.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::NotFound)
                };
                if let Err(why) = written
                    && !is_nobody(&why)
                {
                    tracing::error!(%why, "a file of a recording could not be read to its end");
                }
            })
            .map_err(EvidenceError::io(&path))?;
        Ok(Self {
            path,
            writer: Some(writer),
        })
    }

    /// True once the writer has ended.
    #[cfg(test)]
    fn has_ended(&self) -> bool {
        self.writer.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Fifo {
    /// Lets a writer go for whom no reader came, and removes the pipe.
    fn drop(&mut self) {
        let reader = fs::OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(&self.path);
        // A writer that waited for a reader has had one, and one that comes only now finds no name.
        if let Err(why) = fs::remove_file(&self.path) {
            tracing::warn!(%why, "a pipe was left behind");
        }
        drop(reader);
        // Without a reader the next write ends it.
        if let Some(Err(_)) = self.writer.take().map(JoinHandle::join) {
            tracing::error!("the writer of a pipe panicked");
        }
    }
}

fn make_pipe(path: &Path) -> io::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: the path is a string that ends in a zero and lives until the call returns.
    match unsafe { libc::mkfifo(path.as_ptr(), 0o600) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn a_pipe_hands_the_content_over_and_waits_for_nobody_at_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let content = vec![3; 300_000];
        let read = Fifo::new(dir.path().join("read"), Box::new(Cursor::new(content.clone()))).unwrap();
        assert_eq!(fs::read(dir.path().join("read")).unwrap(), content);
        drop(read);
        // Nobody reads at all, and somebody who goes in the middle.
        let unread = Fifo::new(dir.path().join("unread"), Box::new(Cursor::new(content.clone()))).unwrap();
        assert!(!unread.has_ended());
        drop(unread);
        let cut = Fifo::new(dir.path().join("cut"), Box::new(Cursor::new(content))).unwrap();
        let mut reader = File::open(dir.path().join("cut")).unwrap();
        reader.read_exact(&mut [0; 10]).unwrap();
        drop(reader);
        drop(cut);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
