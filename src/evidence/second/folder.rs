//! A second store in a folder, best on another machine's disk: each file written once under a name of its own, synced, read back,
//! made read-only and only then given its name, which is synced as well.
//!
//! A disk of a network may hang, and a call to it cannot be called off. So every operation has a thread of its own, of which there
//! are few, and whoever waits for one stops waiting when its time is over. The thread ends by itself when the disk answers.

use super::fault::StoreFault;
use super::{Patience, Removal, Stored, Written};
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
        self.within(patience.of(0), move |root, _| {
            let folder = root.join(&prefix);
            if !folder.try_exists().map_err(StoreFault::io(&folder))? {
                return Ok(Vec::new());
            }
            let found = durable::walk(&folder).map_err(fault)?;
            Ok(found
                .into_iter()
                .filter(|found| !found.is_folder)
                .map(|found| Stored {
                    path: found.path,
                    bytes: found.bytes,
                })
                .collect())
        })
        .await
    }

    /// Deletes everything below a prefix that ends in `/`.
    pub(super) async fn remove(&self, prefix: &str, patience: Patience) -> Result<Removal, StoreFault> {
        let prefix = prefix.to_owned();
        self.within(patience.of(0), move |root, _| {
            let folder = root.join(prefix.trim_end_matches('/'));
            let aside = root.join("partial").join(format!("remove-{}", Uuid::new_v4()));
            durable::create_folder(&root.join("partial")).map_err(fault)?;
            crate::evidence::disposal::take_away(&folder, &aside).map_err(fault)?;
            Ok(Removal::Gone)
        })
        .await
    }
}

fn fault(error: EvidenceError) -> StoreFault {
    match error {
        EvidenceError::Io { path, source } => StoreFault::Io { path, source },
        other => StoreFault::Unreachable(other.to_string()),
    }
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
    let partial = root.join("partial");
    durable::create_folder(&partial).map_err(fault)?;
    let aside = partial.join(Uuid::new_v4().to_string());
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
    // The recording's number comes first, so that all of it goes when the recording is disposed of.
    let mut parts = key.splitn(3, '/');
    let (form, recording, rest) = (parts.next(), parts.next(), parts.next());
    let name = format!(
        "damaged/{}/{}/{}/{}",
        recording.unwrap_or_default(),
        Uuid::now_v7(),
        form.unwrap_or_default(),
        rest.unwrap_or_default()
    );
    let to = root.join(name);
    let to_folder = to.parent().unwrap_or(root).to_path_buf();
    let from_folder = from.parent().unwrap_or(root).to_path_buf();
    durable::create_folder(&to_folder).map_err(fault)?;
    durable::unlock_folder(&from_folder).map_err(fault)?;
    fs::rename(&from, &to).map_err(StoreFault::io(&from))?;
    durable::sync_folder(&to_folder).map_err(fault)?;
    durable::lock_folder(&from_folder).map_err(fault)
}
