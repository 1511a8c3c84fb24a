//! The log on the disk: tiles, entries and the signed head, in the folder that is served as it lies.
//!
//! The rule is that nothing is ever shown that the disk may still forget. Tiles are written and synced first, then the head
//! that covers them; only then is the head given to anybody. A crash before the head is in place leaves tiles that no head
//! covers and that the next entries replace; a crash after it leaves the new head, and the next start goes on from there. An
//! error does not say which of the two it was, and so after any error everything is read from the disk again, and written once
//! more before it counts: by the code that every start runs.

use super::LogError;
use crate::evidence::durable;
use crate::evidence::error::EvidenceError;
use crate::seal::tlog::{
    Checkpoint, Edge, InclusionProof, Leaf, NoteKey, TILE_WIDTH, Tile, Tree, entries, leaf_hash,
};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The signed head.
pub(super) const CHECKPOINT: &str = "checkpoint";
/// How long another process may hold the log.
const LOCK_WITHIN: Duration = Duration::from_secs(2);
/// Most entries that are appended at once.
pub(super) const APPEND_MAX: usize = 1024;

/// A log in a folder, whose key is here.
pub(super) struct LogFolder {
    dir: PathBuf,
    key: NoteKey,
    edge: Edge,
    /// Entries of the tile that is not full yet, each with its length before it.
    tail: Vec<u8>,
    /// The head as it lies on the disk; none before the first entry.
    head: Option<Checkpoint>,
}

impl LogFolder {
    /// Opens the log, or begins it where there is none.
    pub(super) fn open(dir: PathBuf, key: NoteKey) -> Result<Self, LogError> {
        durable::create_folder_for_good(&dir, 2)?;
        let mut log = Self {
            dir,
            key,
            edge: Edge::EMPTY,
            tail: Vec::new(),
            head: None,
        };
        let _lock = log.lock()?;
        log.load()?;
        Ok(log)
    }

    /// The head as it lies on the disk.
    pub(super) fn head(&self) -> Option<&Checkpoint> {
        self.head.as_ref()
    }

    /// The key that signs it.
    pub(super) fn key(&self) -> &NoteKey {
        &self.key
    }

    /// Appends entries. When it comes back the new head is on the disk, and it gives the number of the first of them. After
    /// an error nobody knows whether they are in the log, and this value must not be used any more.
    pub(super) fn append(&mut self, leaves: &[Leaf]) -> Result<u64, LogError> {
        let _lock = self.lock()?;
        self.follow()?;
        let first = self.edge.size();
        if leaves.is_empty() {
            return Ok(first);
        }
        let (mut edge, mut tail) = (self.edge.clone(), self.tail.clone());
        let mut full = Vec::new();
        for leaf in leaves.iter().take(APPEND_MAX) {
            let entry = leaf.entry();
            let length = u16::try_from(entry.len()).map_err(|_| LogError::Damaged("an entry".into()))?;
            tail.extend(length.to_be_bytes());
            tail.extend(&entry);
            for (tile, content) in edge.append(leaf_hash(&entry)) {
                if tile.level == 0 {
                    self.write(&entries(tile.index, tile.width), &tail)?;
                    tail.clear();
                }
                self.write(&tile.path(), &content)?;
                full.push(tile);
            }
        }
        self.write_edge(&edge, &tail)?;
        let head = Checkpoint::sign(&self.key, edge.size(), edge.root());
        // The commit point. Until it is in place nobody has seen anything of the new entries, and a crash takes them all.
        self.write(CHECKPOINT, head.to_string().as_bytes())?;
        (self.edge, self.tail, self.head) = (edge, tail, Some(head));
        for tile in full {
            self.prune(tile);
        }
        Ok(first)
    }

    /// Puts the cosignatures of `cosigned` under the head, if it is still the same.
    pub(super) fn put_cosigned(&mut self, cosigned: &Checkpoint) -> Result<bool, LogError> {
        let _lock = self.lock()?;
        self.follow()?;
        let same = |head: &Checkpoint| head.note().text() == cosigned.note().text();
        if !self.head.as_ref().is_some_and(same) {
            return Ok(false);
        }
        self.write(CHECKPOINT, cosigned.to_string().as_bytes())?;
        self.head = Some(cosigned.clone());
        Ok(true)
    }

    /// The proof that entry `index`, which is `leaf`, is in the log under `head`, a head of this log. It was checked.
    pub(super) fn prove(
        &self,
        leaf: &Leaf,
        index: u64,
        head: &Checkpoint,
    ) -> Result<InclusionProof, LogError> {
        let read = |tile: Tile| self.read(tile);
        let proof = InclusionProof {
            extra: None,
            index,
            hashes: Tree::new(head.size(), &read).inclusion(index)?,
            checkpoint: head.clone(),
        };
        proof
            .check(leaf.hash())
            .map_err(|why| LogError::Damaged(format!("the proof of entry {index}: {why}")))?;
        Ok(proof)
    }

    /// The proof that the log under `head` goes on from its first `old` entries.
    pub(super) fn consistency(
        &self,
        old: u64,
        head: &Checkpoint,
    ) -> Result<Vec<crate::seal::digest::Digest>, LogError> {
        let read = |tile: Tile| self.read(tile);
        Ok(Tree::new(head.size(), &read).consistency(old)?)
    }

    /// A tile of a tree that may have grown since: a tile that is full by now begins with what it was.
    fn read(&self, tile: Tile) -> io::Result<Vec<u8>> {
        match fs::read(self.dir.join(tile.path())) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let width = TILE_WIDTH as u16;
                let mut content = fs::read(self.dir.join(Tile { width, ..tile }.path()))?;
                content.truncate(32 * usize::from(tile.width));
                Ok(content)
            }
            content => content,
        }
    }

    /// Goes on from the disk where another process has appended.
    fn follow(&mut self) -> Result<(), LogError> {
        let text = self.head.as_ref().map(Checkpoint::to_string);
        match self.read_small(CHECKPOINT)? {
            found if found.as_deref() == text.as_deref().map(str::as_bytes) => Ok(()),
            _ => self.load(),
        }
    }

    /// Reads the log's edge, holds it against the signed head, and writes both once more: what an earlier write may have left
    /// in memory alone is on the disk before anything is built on it.
    fn load(&mut self) -> Result<(), LogError> {
        let Some(bytes) = self.read_small(CHECKPOINT)? else {
            if self.head.is_some() {
                return Err(LogError::Damaged("its head is gone".into()));
            }
            return Ok(());
        };
        let head = Checkpoint::parse(&bytes)?;
        head.check(self.key.public())?;
        if self
            .head
            .as_ref()
            .is_some_and(|before| before.size() > head.size())
        {
            return Err(LogError::Damaged("it has become shorter".into()));
        }
        let edge = Edge::load(head.size(), &|tile| self.read(tile))?;
        if edge.root() != head.root() {
            return Err(LogError::Damaged(
                "its tiles are not those that its head was signed over".into(),
            ));
        }
        let width = head.size() % TILE_WIDTH;
        let tail = match width {
            0 => Vec::new(),
            _ => {
                let path = entries(head.size() / TILE_WIDTH, width as u16);
                let tail = self.read_small(&path)?.unwrap_or_default();
                let tile = edge.partial_tiles().into_iter().find(|(tile, _)| tile.level == 0);
                if tile.is_none_or(|(_, hashes)| hashes != hashes_of(&tail)) {
                    return Err(LogError::Damaged(path));
                }
                tail
            }
        };
        self.write_edge(&edge, &tail)?;
        self.write(CHECKPOINT, &bytes)?;
        (self.edge, self.tail, self.head) = (edge, tail, Some(head));
        Ok(())
    }

    fn write_edge(&self, edge: &Edge, tail: &[u8]) -> Result<(), LogError> {
        for (tile, content) in edge.partial_tiles() {
            if tile.level == 0 {
                self.write(&entries(tile.index, tile.width), tail)?;
            }
            self.write(&tile.path(), &content)?;
        }
        Ok(())
    }

    /// Writes a file, whole or not at all, and sees it onto the disk with the folders above it.
    fn write(&self, path: &str, content: &[u8]) -> Result<(), LogError> {
        let full = self.dir.join(path);
        let folder = full.parent().unwrap_or(&self.dir);
        if !durable::exists(folder)? {
            let above = folder
                .strip_prefix(&self.dir)
                .map_or(0, |below| below.components().count());
            durable::create_folder_for_good(folder, above)?;
        }
        Ok(durable::write(&full, &self.dir.join("partial"), content)?)
    }

    /// A file of bounded size; none where there is none.
    fn read_small(&self, path: &str) -> Result<Option<Vec<u8>>, LogError> {
        let full = self.dir.join(path);
        match fs::read(&full) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(EvidenceError::io(&full)(e).into()),
            Ok(bytes) => Ok(Some(bytes)),
        }
    }

    /// Takes away what a full tile has in it as well.
    fn prune(&self, tile: Tile) {
        let mut paths = vec![tile.path()];
        if tile.level == 0 {
            paths.push(entries(tile.index, tile.width));
        }
        for path in paths {
            let partial = self.dir.join(format!("{path}.p"));
            match fs::remove_dir_all(&partial) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(path = %partial.display(), error = %e, "a part of a full tile of the log was left behind");
                }
                _ => {}
            }
        }
    }

    /// One process at a time.
    fn lock(&self) -> Result<File, LogError> {
        let path = self.dir.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(EvidenceError::io(&path))?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_WITHIN => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(TryLockError::WouldBlock) => return Err(LogError::Busy),
                Err(TryLockError::Error(e)) => return Err(EvidenceError::io(&path)(e).into()),
            }
        }
    }
}

/// The hashes of entries, each with its length before it; what is cut off has none.
fn hashes_of(mut entries: &[u8]) -> Vec<u8> {
    let mut hashes = Vec::new();
    while let Some((length, rest)) = entries.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let Some((entry, rest)) = rest.split_at_checked(length) else {
            return hashes;
        };
        hashes.extend(leaf_hash(entry).0);
        entries = rest;
    }
    hashes
}

/// A file of the log as it is served, if `head` covers it: tiles that no head covers have not been shown to anybody.
pub(super) fn served(dir: &Path, head: &Checkpoint, path: &str) -> io::Result<Option<Vec<u8>>> {
    let Some(tile) = served_tile(path).filter(|tile| is_covered(tile, head.size())) else {
        return Ok(None);
    };
    let path = match path.starts_with("entries/") {
        true => entries(tile.index, tile.width),
        false => tile.path(),
    };
    match fs::read(dir.join(path)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        content => content.map(Some),
    }
}

fn is_covered(tile: &Tile, size: u64) -> bool {
    let shift = 8 * u32::from(tile.level);
    let there = size.checked_shr(shift).unwrap_or(0);
    let end = tile
        .index
        .checked_mul(TILE_WIDTH)
        .and_then(|first| first.checked_add(tile.width.into()));
    end.is_some_and(|end| end <= there)
}

/// The tile that a path below `tile/` names, in its only spelling; `entries` in the place of a level is that of level 0.
fn served_tile(path: &str) -> Option<Tile> {
    let (level, rest) = path.split_once('/')?;
    let is_entries = level == "entries";
    let level: u8 = match is_entries {
        true => 0,
        false => level.parse().ok().filter(|level| *level < 8)?,
    };
    let (number, width) = match rest.split_once(".p/") {
        Some((number, width)) => (
            number,
            width.parse::<u16>().ok().filter(|w| (1..=255).contains(w))?,
        ),
        None => (rest, TILE_WIDTH as u16),
    };
    let mut index = 0u64;
    for part in number.split('/') {
        let digits = part.strip_prefix('x').unwrap_or(part);
        let plain = digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit());
        let value: u64 = plain.then(|| digits.parse().ok()).flatten()?;
        index = index.checked_mul(1000)?.checked_add(value)?;
    }
    let tile = Tile { level, index, width };
    let spelled = match is_entries {
        true => entries(index, width),
        false => tile.path(),
    };
    (spelled.strip_prefix("tile/") == Some(path)).then_some(tile)
}

#[cfg(test)]
#[path = "folder_test.rs"]
mod tests;
