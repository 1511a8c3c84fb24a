//! A second store in a folder, best on another machine's disk: each file written once under a name of its own, synced, read back,
//! made read-only and only then given its name, which is synced as well.
//!
//! A disk of a network may hang, and a call to it cannot be called off. So every operation has a thread of its own, of which there
//! are few, and whoever waits for one stops waiting when its time is over. The thread ends by itself when the disk answers.

use super::fault::StoreFault;
use super::{LISTED_MAX, Patience, Removal, Stored, Written, damaged};
use crate::evidence::durable;
use crate::evidence::error::EvidenceError;
use crate::seal::digest::{Digest, Hasher};
use rustix::fs::{Advice, CWD, RenameFlags, fadvise, renameat_with};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;
use uuid::Uuid;

/// Threads that may wait for the disk at the same time. All of them do when it hangs; further operations are refused.
const THREADS: usize = 4;
/// Where files are written before they get their names, and folders deleted.
const PARTIAL: &str = "partial";
/// What has lain there for so long was left by a crash: nothing that is written stands still for a day.
const LEFT_FOR: Duration = Duration::from_secs(24 * 3600);
/// Read and written at a time.
const PIECE: usize = 1 << 20;

/// The folder. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    root: PathBuf,
    threads: Arc<Semaphore>,
}

/// Said when nobody waits for an operation any more.
#[derive(Clone, Default)]
struct GivenUp(Arc<AtomicBool>);

impl GivenUp {
    fn check(&self) -> io::Result<()> {
        match self.0.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(io::Error::other("given up")),
        }
    }
}

struct SaysSo(GivenUp);

impl Drop for SaysSo {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

impl Folder {
    pub(super) fn new(root: &Path) -> Folder {
        Folder {
            root: root.to_path_buf(),
            threads: Arc::new(Semaphore::new(THREADS)),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Does `work` on a thread of its own, and waits for it for so long.
    async fn within<T: Send + 'static>(
        &self,
        within: Duration,
        work: impl FnOnce(&Path, &GivenUp) -> Result<T, StoreFault> + Send + 'static,
    ) -> Result<T, StoreFault> {
        let too_slow = || StoreFault::TooSlow(within.as_secs());
        let turn = timeout(within, self.threads.clone().acquire_owned());
        let turn = turn.await.map_err(|_| too_slow())?;
        let turn = turn.map_err(|_| StoreFault::Unreachable("it is closed".into()))?;
        let (tell, told) = oneshot::channel();
        let given_up = GivenUp::default();
        let says_so = SaysSo(given_up.clone());
        let root = self.root.clone();
        let run = move || {
            // Whoever gave up does not want it.
            let _ = tell.send(work(&root, &given_up));
            drop(turn);
        };
        // Not one of the runtime's threads: the end of the server would wait for it.
        std::thread::Builder::new()
            .name("second-store".into())
            .spawn(run)
            .map_err(|e| StoreFault::Unreachable(e.to_string()))?;
        let done = timeout(within, told).await.map_err(|_| too_slow())?;
        drop(says_so);
        done.map_err(|_| StoreFault::Unreachable("a thread ended before its time".into()))?
    }

    /// A small file; none when there is none.
    pub(super) async fn read_small(
        &self,
        key: &str,
        patience: Patience,
    ) -> Result<Option<Vec<u8>>, StoreFault> {
        let key = key.to_owned();
        self.within(patience.of(0), move |root, _| {
            let path = root.join(&key);
            let Some(file) = open(&path)? else { return Ok(None) };
            let mut content = Vec::new();
            file.take(super::SMALL_MAX)
                .read_to_end(&mut content)
                .map_err(StoreFault::io(&path))?;
            Ok(Some(content))
        })
        .await
    }

    /// Writes the file at `from`, of which `digest` and `bytes` are known, as `key`. What lies there otherwise is put aside first, below
    /// `damaged/`; what lies there already stays.
    pub(super) async fn put(
        &self,
        key: &str,
        from: &Path,
        digest: Digest,
        bytes: u64,
        patience: Patience,
    ) -> Result<Written, StoreFault> {
        let (key, from) = (key.to_owned(), from.to_path_buf());
        self.within(patience.of(bytes), move |root, given_up| {
            let to = root.join(&key);
            if let Some(there) = open(&to)? {
                match hash(&to, there, bytes, given_up) {
                    Ok(found) if found == (digest, bytes) => return Ok(Written::default()),
                    // What cannot be read is no copy.
                    Ok(_) | Err(StoreFault::Io { .. }) => {
                        given_up.check().map_err(StoreFault::io(&to))?;
                        put_aside(root, &key)?;
                    }
                    Err(why) => return Err(why),
                }
            }
            write(root, &key, &from, (digest, bytes), given_up)?;
            Ok(Written::default())
        })
        .await
    }

    /// Digest and size of a file, read from the disk; none when there is none.
    pub(super) async fn digest(
        &self,
        key: &str,
        bytes: u64,
        patience: Patience,
    ) -> Result<Option<(Digest, u64)>, StoreFault> {
        let key = key.to_owned();
        self.within(patience.of(bytes), move |root, given_up| {
            let path = root.join(&key);
            match open(&path)? {
                None => Ok(None),
                Some(file) => hash(&path, file, bytes, given_up).map(Some),
            }
        })
        .await
    }

    /// Copies a file to `to`, where there is none, and syncs it; false when there is no such file, or a longer one.
    pub(super) async fn fetch(
        &self,
        key: &str,
        bytes: u64,
        to: &Path,
        patience: Patience,
    ) -> Result<bool, StoreFault> {
        let (key, to) = (key.to_owned(), to.to_path_buf());
        self.within(patience.of(bytes), move |root, given_up| {
            let path = root.join(&key);
            let Some(file) = open(&path)? else {
                return Ok(false);
            };
            let copy = OpenOptions::new().write(true).create_new(true).open(&to);
            let mut copy = copy.map_err(StoreFault::io(&to))?;
            let (_, read) = through(&path, file, bytes, given_up, |piece| copy.write_all(piece))?;
            if read > bytes {
                fs::remove_file(&to).map_err(StoreFault::io(&to))?;
                return Ok(false);
            }
            copy.sync_all().map_err(StoreFault::io(&to))?;
            Ok(true)
        })
        .await
    }

    /// Everything below a prefix that ends in `/`, by what follows it.
    pub(super) async fn list(&self, prefix: &str, patience: Patience) -> Result<Vec<Stored>, StoreFault> {
        let prefix = prefix.to_owned();
        self.within(patience.of(0), move |root, given_up| {
            listed(&root.join(&prefix), LISTED_MAX, given_up)
        })
        .await
    }

    /// Deletes everything below a prefix that ends in `/`, and what crashes left of writing or deleting it.
    pub(super) async fn remove(&self, prefix: &str, patience: Patience) -> Result<Removal, StoreFault> {
        let prefix = prefix.to_owned();
        self.within(patience.of(0), move |root, given_up| {
            let folder = root.join(prefix.trim_end_matches('/'));
            let (partial, aside) = (root.join(PARTIAL), aside_of(&prefix));
            durable::create_folder(&partial).map_err(fault)?;
            // In one step: whoever reads finds all of it or nothing.
            durable::move_folder(&folder, &partial.join(format!("{aside}{}", Uuid::new_v4())))
                .map_err(fault)?;
            delete_in(&partial, given_up, |name, _| name.starts_with(&aside))?;
            Ok(Removal::Gone)
        })
        .await
    }

    /// Deletes what crashes left half written or half deleted, once it has lain for so long that nobody can be at it; says how much.
    pub(super) async fn end_left(&self, patience: Patience) -> Result<usize, StoreFault> {
        self.within(patience.of(0), move |root, given_up| {
            let partial = root.join(PARTIAL);
            if !partial.try_exists().map_err(StoreFault::io(&partial))? {
                return Ok(0);
            }
            let is_old = |meta: &fs::Metadata| {
                meta.modified()
                    .is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LEFT_FOR))
            };
            delete_in(&partial, given_up, |_, meta| is_old(meta))
        })
        .await
    }
}

/// What files and folders that belong to a key are called while they are written or deleted: with the recording that they are of, so that
/// they go with it.
fn aside_of(key: &str) -> String {
    let mut parts = key.splitn(3, '/');
    let (form, recording) = (parts.next().unwrap_or_default(), parts.next());
    format!("{form}.{}.", recording.unwrap_or_default())
}

/// Deletes the entries of a folder of which that is to become; says how many.
fn delete_in(
    folder: &Path,
    given_up: &GivenUp,
    is_meant: impl Fn(&str, &fs::Metadata) -> bool,
) -> Result<usize, StoreFault> {
    let mut deleted = 0;
    for entry in fs::read_dir(folder).map_err(StoreFault::io(folder))? {
        given_up.check().map_err(StoreFault::io(folder))?;
        let path = entry.map_err(StoreFault::io(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let meta = match fs::symlink_metadata(&path) {
            // It has just been given its name.
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            meta => meta.map_err(StoreFault::io(&path))?,
        };
        if !is_meant(&name, &meta) {
            continue;
        }
        if meta.is_dir() {
            unlock_below(&path, given_up)?;
            fs::remove_dir_all(&path).map_err(StoreFault::io(&path))?;
        } else {
            fs::remove_file(&path).map_err(StoreFault::io(&path))?;
        }
        deleted += 1;
    }
    durable::sync_folder(folder).map_err(fault)?;
    Ok(deleted)
}

/// Folders that are locked let go of nothing.
fn unlock_below(root: &Path, given_up: &GivenUp) -> Result<(), StoreFault> {
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        durable::unlock_folder(&folder).map_err(fault)?;
        for entry in fs::read_dir(&folder).map_err(StoreFault::io(&folder))? {
            given_up.check().map_err(StoreFault::io(&folder))?;
            let entry = entry.map_err(StoreFault::io(&folder))?;
            if entry.file_type().map_err(StoreFault::io(&folder))?.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    Ok(())
}

fn fault(error: EvidenceError) -> StoreFault {
    match error {
        EvidenceError::Io { path, source } => StoreFault::Io { path, source },
        other => StoreFault::Unreachable(other.to_string()),
    }
}

/// Every file below a folder; nothing where there is none. Of one with more in it than any recording has, no more is read: a store that
/// somebody else fills must not fill the memory here.
fn listed(root: &Path, most: usize, given_up: &GivenUp) -> Result<Vec<Stored>, StoreFault> {
    if !root.try_exists().map_err(StoreFault::io(root))? {
        return Ok(Vec::new());
    }
    let (mut found, mut seen) = (Vec::new(), 0);
    let mut folders = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(StoreFault::io(&folder))? {
            given_up.check().map_err(StoreFault::io(&folder))?;
            let entry = entry.map_err(StoreFault::io(&folder))?;
            seen += 1;
            if seen > most {
                return Err(StoreFault::TooMany);
            }
            let full = entry.path();
            let strange = |why| StoreFault::io(&full)(io::Error::other(why));
            let name = entry.file_name().into_string();
            let name = name.map_err(|_| strange("its name is not UTF-8"))?;
            let meta = fs::symlink_metadata(&full).map_err(StoreFault::io(&full))?;
            let path = format!("{prefix}{name}");
            if meta.is_dir() {
                folders.push((full, format!("{path}/")));
            } else if meta.is_file() {
                let bytes = meta.len();
                found.push(Stored { path, bytes });
            } else {
                return Err(strange("it is neither a file nor a folder"));
            }
        }
    }
    Ok(found)
}

fn open(path: &Path) -> Result<Option<File>, StoreFault> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(StoreFault::io(path)(e)),
    }
}

/// Reads a file to its end, piece by piece, until somebody gives up. Of one that is longer than expected no more than that and one byte:
/// it is another, however long it is.
fn through(
    path: &Path,
    file: File,
    expected: u64,
    given_up: &GivenUp,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<(Digest, u64), StoreFault> {
    let mut piece = vec![0; PIECE];
    let (mut hasher, mut bytes) = (Hasher::new(), 0);
    let mut file = file.take(expected.saturating_add(1));
    let mut step = || -> io::Result<usize> {
        given_up.check()?;
        let read = file.read(&mut piece)?;
        let read_bytes = piece.get(..read).unwrap_or_default();
        hasher.update(read_bytes);
        each(read_bytes)?;
        bytes += read as u64;
        Ok(read)
    };
    while step().map_err(StoreFault::io(path))? > 0 {}
    Ok((hasher.finish(), bytes))
}

/// From the disk, as far as the system lets one say so: what is in memory may be better than what is on the disk.
fn hash(path: &Path, file: File, expected: u64, given_up: &GivenUp) -> Result<(Digest, u64), StoreFault> {
    fadvise(&file, 0, None, Advice::DontNeed).map_err(|e| StoreFault::io(path)(e.into()))?;
    through(path, file, expected, given_up, |_| Ok(()))
}

fn write(
    root: &Path,
    key: &str,
    from: &Path,
    expected: (Digest, u64),
    given_up: &GivenUp,
) -> Result<(), StoreFault> {
    let partial = root.join(PARTIAL);
    durable::create_folder(&partial).map_err(fault)?;
    let aside = partial.join(format!("{}{}", aside_of(key), Uuid::new_v4()));
    let written = write_aside(&aside, key, from, expected, given_up).and_then(|()| {
        given_up.check().map_err(StoreFault::io(&aside))?;
        give_name(root, key, &aside)
    });
    if written.is_err() {
        // Half a copy takes the space that others need.
        let _ = fs::remove_file(&aside);
    }
    written
}

fn write_aside(
    aside: &Path,
    key: &str,
    from: &Path,
    expected: (Digest, u64),
    given_up: &GivenUp,
) -> Result<(), StoreFault> {
    let source = File::open(from).map_err(StoreFault::io(from))?;
    let copy = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(aside);
    let mut copy = copy.map_err(StoreFault::io(aside))?;
    let mut failed = None;
    let read = through(from, source, expected.1, given_up, |piece| {
        copy.write_all(piece).inspect_err(|e| failed = Some(e.kind()))
    });
    if let (Err(_), Some(kind)) = (&read, failed) {
        return Err(StoreFault::io(aside)(kind.into()));
    }
    if read? != expected {
        return Err(StoreFault::Changed(key.into()));
    }
    copy.sync_all().map_err(StoreFault::io(aside))?;
    drop(copy);
    let again = File::open(aside).map_err(StoreFault::io(aside))?;
    match hash(aside, again, expected.1, given_up)? == expected {
        true => fs::set_permissions(aside, Permissions::from_mode(0o444)).map_err(StoreFault::io(aside)),
        false => Err(StoreFault::ReadsDifferently(key.into())),
    }
}

/// The commit point of a file: it gets its name, unless something has it.
fn give_name(root: &Path, key: &str, aside: &Path) -> Result<(), StoreFault> {
    let to = root.join(key);
    let folders = folders_of(root, &to);
    for folder in &folders {
        durable::create_folder(folder).map_err(fault)?;
        durable::unlock_folder(folder).map_err(fault)?;
    }
    renameat_with(CWD, aside, CWD, &to, RenameFlags::NOREPLACE).map_err(|e| StoreFault::io(&to)(e.into()))?;
    // From the leaves up: a folder is synced when all in it is final.
    for folder in folders.iter().rev() {
        durable::lock_folder(folder).map_err(fault)?;
    }
    let above = folders.first().and_then(|first| first.parent()).unwrap_or(root);
    for folder in above.ancestors().take_while(|folder| folder.starts_with(root)) {
        durable::sync_folder(folder).map_err(fault)?;
    }
    Ok(())
}

/// The folders of one recording above `file`, from the recording's own down: the third level and those below, for what is above is
/// of many recordings.
fn folders_of(root: &Path, file: &Path) -> Vec<PathBuf> {
    let mut above: Vec<PathBuf> = file
        .ancestors()
        .skip(1)
        .take_while(|folder| folder.starts_with(root) && *folder != root)
        .map(Path::to_path_buf)
        .collect();
    above.reverse();
    above.into_iter().skip(1).collect()
}

/// What lies at `key` is kept aside: it may tell what happened to it.
fn put_aside(root: &Path, key: &str) -> Result<(), StoreFault> {
    let from = root.join(key);
    let to = root.join(damaged(key));
    let to_folder = to.parent().unwrap_or(root).to_path_buf();
    let from_folder = from.parent().unwrap_or(root).to_path_buf();
    durable::create_folder(&to_folder).map_err(fault)?;
    durable::unlock_folder(&from_folder).map_err(fault)?;
    fs::rename(&from, &to).map_err(StoreFault::io(&from))?;
    durable::sync_folder(&to_folder).map_err(fault)?;
    durable::lock_folder(&from_folder).map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_too_much_in_it_is_not_read_to_its_end() {
        let root = tempfile::tempdir().unwrap();
        let (folder, nobody) = (root.path().join("a"), GivenUp::default());
        assert!(listed(&folder, 3, &nobody).unwrap().is_empty());
        fs::create_dir_all(folder.join("b")).unwrap();
        fs::write(folder.join("one"), b"1").unwrap();
        fs::write(folder.join("b/two"), b"22").unwrap();
        let mut found = listed(&folder, 3, &nobody).unwrap();
        found.sort_by(|a, b| a.path.cmp(&b.path));
        let found: Vec<_> = found.iter().map(|f| (f.path.as_str(), f.bytes)).collect();
        assert_eq!(found, [("b/two", 2), ("one", 1)]);
        // Folders without a file in them take memory as well.
        fs::create_dir(folder.join("b/c")).unwrap();
        let failed = listed(&folder, 3, &nobody);
        assert!(matches!(failed, Err(StoreFault::TooMany)), "{failed:?}");
        // Nobody waits for it any more.
        drop(SaysSo(nobody.clone()));
        assert!(matches!(listed(&folder, 9, &nobody), Err(StoreFault::Io { .. })));
    }
}
