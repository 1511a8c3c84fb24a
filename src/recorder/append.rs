//! A file that can only grow, and that knows the hash of what it holds.

use ring::digest::{Context, SHA256};
use std::fmt;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A stretch of a track file, from one cut to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fragment {
    pub offset: u64,
    pub bytes: u64,
    pub sha256: [u8; 32],
}

/// SHA-256 in the making. Everything that is recorded goes through two of them: `ring`'s costs half of `sha2`'s.
#[derive(Clone)]
pub(super) struct Hasher(Context);

impl Hasher {
    pub(super) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn finish(self) -> [u8; 32] {
        let mut raw = [0; 32];
        raw.copy_from_slice(self.0.finish().as_ref());
        raw
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

/// Evidence is written once: there is no way here to seek, shorten or overwrite, and an existing file is not opened.
#[derive(Debug)]
pub(super) struct AppendFile {
    path: PathBuf,
    file: File,
    whole: Hasher,
    part: Hasher,
    len: u64,
    cut_at: u64,
}

impl AppendFile {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            file: create_new(path)?,
            whole: Hasher::new(),
            part: Hasher::new(),
            len: 0,
            cut_at: 0,
        })
    }

    /// Appends. When the disk refuses, the bytes that it took are in the file and in the hashes.
    pub(super) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let taken = match self.file.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(taken) => taken,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => {
                    // It may have taken them all the same.
                    let taken = taken_beyond(&self.path, self.len, bytes).unwrap_or(0);
                    self.took(bytes.get(..taken).unwrap_or_default());
                    return Err(e);
                }
            };
            let (written, rest) = bytes.split_at(taken.min(bytes.len()));
            self.took(written);
            bytes = rest;
        }
        Ok(())
    }

    fn took(&mut self, bytes: &[u8]) {
        self.whole.update(bytes);
        self.part.update(bytes);
        self.len += bytes.len() as u64;
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Something was written since the last cut.
    pub(super) fn is_uncut(&self) -> bool {
        self.len > self.cut_at
    }

    /// Ends a fragment here, after its bytes are on the disk. `None` when nothing was written since the last cut.
    pub(super) fn cut(&mut self) -> io::Result<Option<Fragment>> {
        if self.len > self.cut_at {
            self.file.sync_data()?;
        }
        Ok(self.cut_unsynced())
    }

    /// As [`Self::cut`] for a file whose disk has failed: describes the bytes, promises nothing about the disk.
    pub(super) fn cut_unsynced(&mut self) -> Option<Fragment> {
        let bytes = self.len - self.cut_at;
        if bytes == 0 {
            return None;
        }
        let sha256 = std::mem::replace(&mut self.part, Hasher::new()).finish();
        let fragment = Fragment {
            offset: self.cut_at,
            bytes,
            sha256,
        };
        self.cut_at = self.len;
        Some(fragment)
    }

    /// SHA-256 of all that was written.
    pub(super) fn sha256(&self) -> [u8; 32] {
        self.whole.clone().finish()
    }

    /// Makes the file read-only and sees it and its folder's entry onto the disk.
    pub(super) fn close(&self) -> io::Result<()> {
        self.file.set_permissions(Permissions::from_mode(0o444))?;
        self.file.sync_all()?;
        match self.path.parent() {
            Some(folder) => sync_folder(folder),
            None => Ok(()),
        }
    }
}

/// Makes a file to be appended to. When that fails no empty file is left in the way of the next attempt.
pub(super) fn create_new(path: &Path) -> io::Result<File> {
    let made = OpenOptions::new().append(true).create_new(true).open(path);
    made.inspect_err(|error| {
        let ours = error.kind() != io::ErrorKind::AlreadyExists;
        if ours && std::fs::metadata(path).is_ok_and(|found| found.len() == 0) {
            // If it stays, the next attempt says so.
            let _ = std::fs::remove_file(path);
        }
    })
}

/// How many of these bytes are in the file from `len` on, after a write that failed.
pub(super) fn taken_beyond(path: &Path, len: u64, bytes: &[u8]) -> io::Result<usize> {
    let mut file = File::open(path)?;
    file.seek(io::SeekFrom::Start(len))?;
    let mut found = Vec::new();
    file.take(bytes.len() as u64).read_to_end(&mut found)?;
    Ok(found
        .iter()
        .zip(bytes)
        .take_while(|(found, byte)| found == byte)
        .count())
}

/// Sees the entries of a folder onto the disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn cuts_cover_every_byte_and_an_existing_file_is_never_opened() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("track");
        let mut file = AppendFile::create(&path).unwrap();
        assert_eq!(file.cut().unwrap(), None);
        file.write(b"one").unwrap();
        let first = file.cut().unwrap().unwrap();
        file.write(b"two").unwrap();
        file.write(b"three").unwrap();
        let second = file.cut().unwrap().unwrap();
        file.close().unwrap();
        assert_eq!((first.offset, first.bytes), (0, 3));
        assert_eq!((second.offset, second.bytes), (3, 8));
        assert_eq!(second.sha256, <[u8; 32]>::from(Sha256::digest(b"twothree")));
        assert_eq!(
            file.sha256(),
            <[u8; 32]>::from(Sha256::digest(std::fs::read(&path).unwrap()))
        );
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o444
        );
        let again = AppendFile::create(&path).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_full_disk_keeps_hash_and_length_true() {
        let Ok(mut file) = OpenOptions::new()
            .append(true)
            .open("/dev/full")
            .map(|file| AppendFile {
                path: "/dev/full".into(),
                file,
                whole: Hasher::new(),
                part: Hasher::new(),
                len: 0,
                cut_at: 0,
            })
        else {
            return;
        };
        assert_eq!(file.write(b"x").unwrap_err().raw_os_error(), Some(28));
        assert_eq!(file.len(), 0);
        assert_eq!(file.sha256(), <[u8; 32]>::from(Sha256::digest(b"")));
    }
}
