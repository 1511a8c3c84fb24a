//! Where a bundle comes from: a folder on a disk, or memory. The ground floor opens no file itself.

use std::collections::BTreeMap;
use std::io::{self, Read};

/// Most entries a bundle may have, folders included.
pub const ENTRIES_MAX: usize = 120_000;

/// What an entry of a bundle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link. No bundle may hold one: it could lead out of it.
    Symlink,
    /// Anything else: a device, a socket, a pipe.
    Other,
}

/// An entry of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path from the bundle's top, with `/` between names. As found; it may be any text.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Size of a file; zero for anything else.
    pub bytes: u64,
}

/// A bundle that can be read, several files of it at a time.
pub trait BundleSource: Sync {
    /// Every entry at every depth, in any order; links are not followed. Fails when there are more than
    /// [`ENTRIES_MAX`].
    fn entries(&self) -> io::Result<Vec<Entry>>;

    /// The content of the file at `path`, which was among the entries as a file.
    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>>;
}

/// A bundle in memory. It can hold what no folder can, such as two entries of one name.
#[derive(Debug, Clone, Default)]
pub struct MemoryBundle {
    files: BTreeMap<String, Vec<u8>>,
    others: Vec<Entry>,
}

impl MemoryBundle {
    /// With nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a file at `path`, in place of the one that was there.
    pub fn insert(&mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), content.into());
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) -> Option<Vec<u8>> {
        self.files.remove(path)
    }

    /// Adds an entry that is not a file of its own.
    pub fn insert_entry(&mut self, entry: Entry) {
        self.others.push(entry);
    }

    /// The content of a file.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// The content of a file, to be altered.
    pub fn get_mut(&mut self, path: &str) -> Option<&mut Vec<u8>> {
        self.files.get_mut(path)
    }

    /// The files in order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .map(|(path, content)| (path.as_str(), content.as_slice()))
    }
}

impl BundleSource for MemoryBundle {
    fn entries(&self) -> io::Result<Vec<Entry>> {
        let files = self.files.iter().map(|(path, content)| Entry {
            path: path.clone(),
            kind: EntryKind::File,
            bytes: content.len() as u64,
        });
        Ok(files.chain(self.others.iter().cloned()).collect())
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>> {
        match self.files.get(path) {
            Some(content) => Ok(Box::new(content.as_slice())),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}
