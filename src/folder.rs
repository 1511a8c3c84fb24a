//! A bundle in a folder of this computer, for reading.

use crate::seal::path;
use crate::seal::source::{BundleSource, ENTRIES_MAX, Entry, EntryKind};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A bundle in a folder. Links in it are reported and never followed.
///
/// It is meant for a folder that nobody changes at the same time: what is listed is what will be opened.
#[derive(Debug, Clone)]
pub struct FolderBundle {
    top: PathBuf,
}

impl FolderBundle {
    /// The bundle in `top`, which must be a folder.
    pub fn open(top: impl Into<PathBuf>) -> io::Result<Self> {
        let top = top.into();
        match fs::metadata(&top)?.is_dir() {
            true => Ok(Self { top }),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }
}

/// Bytes that the user of this process may still write there.
#[cfg(feature = "server")]
pub fn free_space(path: &Path) -> io::Result<u64> {
    use std::os::unix::ffi::OsStrExt as _;
    let path = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: zero is a valid value of this plain C structure.
    let mut found: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: the path ends with a zero, and both live until the call returns.
    if unsafe { libc::statvfs(path.as_ptr(), &mut found) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

impl BundleSource for FolderBundle {
    fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        // Folders still to be listed, with their paths in the bundle.
        let mut open = vec![(self.top.clone(), String::new())];
        while let Some((folder, prefix)) = open.pop() {
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                if entries.len() >= ENTRIES_MAX {
                    let why = format!("it has more than {ENTRIES_MAX} entries");
                    return Err(io::Error::other(why));
                }
                // A name that is not UTF-8 becomes one that the verifier refuses.
                let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
                let metadata = fs::symlink_metadata(entry.path())?;
                let kind = kind(&metadata);
                // A name that is refused is not gone into: that also ends folders nested without end.
                if kind == EntryKind::Folder && path::check(&path).is_ok() {
                    open.push((entry.path(), format!("{path}/")));
                }
                let bytes = if kind == EntryKind::File {
                    metadata.len()
                } else {
                    0
                };
                entries.push(Entry { path, kind, bytes });
            }
        }
        Ok(entries)
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>> {
        path::check(path).map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
        let full = self.top.join(Path::new(path));
        if kind(&fs::symlink_metadata(&full)?) != EntryKind::File {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is not a regular file",
            ));
        }
        Ok(Box::new(File::open(full)?))
    }
}

fn kind(metadata: &fs::Metadata) -> EntryKind {
    let kind = metadata.file_type();
    if kind.is_symlink() {
        EntryKind::Symlink
    } else if kind.is_file() {
        EntryKind::File
    } else if kind.is_dir() {
        EntryKind::Folder
    } else {
        EntryKind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_seen_and_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().join("bundle");
        fs::create_dir_all(top.join("data/x")).unwrap();
        fs::write(top.join("data/x/a"), b"abc").unwrap();
        symlink("/etc", top.join("data/etc")).unwrap();
        symlink("x/a", top.join("data/link")).unwrap();
        let bundle = FolderBundle::open(&top).unwrap();
        let mut entries = bundle.entries().unwrap();
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        let found: Vec<_> = entries
            .iter()
            .map(|e| (e.path.as_str(), e.kind, e.bytes))
            .collect();
        assert_eq!(
            found,
            [
                ("data", EntryKind::Folder, 0),
                ("data/etc", EntryKind::Symlink, 0),
                ("data/link", EntryKind::Symlink, 0),
                ("data/x", EntryKind::Folder, 0),
                ("data/x/a", EntryKind::File, 3),
            ]
        );
        let mut content = String::new();
        bundle
            .open("data/x/a")
            .unwrap()
            .read_to_string(&mut content)
            .unwrap();
        assert_eq!(content, "abc");
        for refused in ["data/link", "../bundle/data/x/a", "/etc/passwd", "data"] {
            assert!(bundle.open(refused).is_err(), "{refused}");
        }
        assert!(FolderBundle::open(top.join("data/x/a")).is_err());
    }
}
