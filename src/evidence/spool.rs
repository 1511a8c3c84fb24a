//! Where recordings are written until they are sealed: a folder, and perhaps a second one on another disk, which takes over
//! when the first fails or hangs. In each lies a reserve: space that is given up when a full disk would take the end of a
//! recording.

mod pulse;

pub(super) use pulse::Pulse;

use super::Evidence;
use super::durable;
use super::error::{EvidenceError, blocking, blocking_within};
use crate::court::id::RecordingId;
use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

/// For the last clusters of a recording's tracks, its ledgers, `seal.json` and the seal.
const RESERVE_BYTES: u64 = 16 << 20;
/// File name of the reserve.
const RESERVE: &str = "reserve";
/// How long a folder whose disk has failed comes after the other.
const DISTRUSTED: Duration = Duration::from_secs(600);
/// How long the disk of a folder may take at a start to make the folder and its reserve, and how long to set it aside anew.
const PREPARED_WITHIN: Duration = Duration::from_secs(5);

/// The folders, the first before the second.
pub(super) struct Spools {
    folders: Vec<Folder>,
    /// In which of them each recording of this run lies. To look for it would be to ask a disk that may hang.
    begun: Mutex<HashMap<RecordingId, usize>>,
}

struct Folder {
    path: PathBuf,
    pulse: Pulse,
    /// When its disk failed last.
    failed: Mutex<Option<Instant>>,
}

impl Folder {
    fn failed(&self) -> MutexGuard<'_, Option<Instant>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn distrust(&self) {
        *self.failed() = Some(Instant::now());
    }
}

impl Spools {
    pub(super) fn open(first: PathBuf) -> Result<Self, EvidenceError> {
        let mut spools = Self {
            folders: Vec::new(),
            begun: Mutex::default(),
        };
        spools.add(&first)?;
        Ok(spools)
    }

    pub(super) fn add(&mut self, path: &Path) -> Result<(), EvidenceError> {
        let folder = Folder {
            path: path.to_owned(),
            pulse: Pulse::of(path),
            failed: Mutex::default(),
        };
        if !prepare(path)? {
            tracing::error!(folder = %path.display(), "the disk of a folder for recordings does not answer");
            folder.pulse.ask();
            folder.distrust();
        }
        self.folders.push(folder);
        Ok(())
    }

    fn begun(&self) -> MutexGuard<'_, HashMap<RecordingId, usize>> {
        // Nothing that runs under this lock can panic half-way through a change.
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The folders whose disks answer.
    pub(super) async fn answering(&self) -> Vec<PathBuf> {
        let mut answering = Vec::new();
        for folder in &self.folders {
            if folder.pulse.answers().await {
                answering.push(folder.path.clone());
            }
        }
        answering
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.folders.len()
    }

    /// Keeps in mind in which folder a recording was found.
    pub(super) fn found(&self, recording: RecordingId, folder: &Path) {
        if let Some(at) = self.folders.iter().position(|f| f.path == folder) {
            self.begun().insert(recording, at);
        }
    }

    /// Forgets where it lay, as nothing of it is here any more.
    pub(super) fn forget(&self, recording: RecordingId) {
        self.begun().remove(&recording);
    }

    fn known(&self, recording: RecordingId) -> Option<&Folder> {
        let at = self.begun().get(&recording).copied()?;
        self.folders.get(at)
    }

    /// The folder of a recording that was begun; of one that was not, where it would be in the first.
    pub(super) fn of(&self, recording: RecordingId) -> PathBuf {
        let name = recording.to_string();
        if let Some(folder) = self.known(recording) {
            return folder.path.join(name);
        }
        let begun = self.folders.iter().map(|folder| folder.path.join(&name));
        begun
            .clone()
            .find(|path| path.is_dir())
            .or_else(|| begun.clone().next())
            .unwrap_or_default()
    }

    /// In this order a new recording is offered to the folders: those whose disks have not failed lately, then where that is
    /// longest ago.
    fn order(&self) -> Vec<(usize, &Folder)> {
        let lately = |folder: &Folder| folder.failed().filter(|at| at.elapsed() < DISTRUSTED);
        let mut order: Vec<_> = self.folders.iter().enumerate().collect();
        order.sort_by_key(|(_, folder)| lately(folder));
        order
    }

    /// Where a new recording is to be written: in the best of the folders whose disk answers.
    pub(super) async fn for_new(&self, recording: RecordingId) -> Result<PathBuf, EvidenceError> {
        for (at, folder) in self.order() {
            if folder.pulse.answers().await {
                self.begun().insert(recording, at);
                return Ok(folder.path.join(recording.to_string()));
            }
            folder.distrust();
        }
        Err(EvidenceError::Hangs)
    }

    /// The disk below this recording has failed. True if new ones go elsewhere now. Asks no disk and waits for none.
    pub(super) fn distrust(&self, recording: RecordingId) -> bool {
        let Some(here) = self.known(recording) else {
            return false;
        };
        here.distrust();
        // If it hangs, that is known for as long as it does.
        here.pulse.ask();
        self.folders
            .iter()
            .any(|other| !std::ptr::eq(other, here) && !other.pulse.hangs())
    }

    /// True when the disk below this recording answers.
    async fn answers(&self, recording: RecordingId) -> bool {
        match self.known(recording) {
            Some(folder) => folder.pulse.answers().await,
            None => true,
        }
    }
}

/// Makes a folder and its reserve. False when its disk does not answer: the thread that asks it is left to its fate.
fn prepare(folder: &Path) -> Result<bool, EvidenceError> {
    let (done, prepared) = mpsc::channel();
    let path = folder.to_owned();
    let preparing = move || {
        let made = durable::create_folder(&path);
        if made.is_ok() {
            set_aside(&path);
        }
        // Nobody may be waiting any more.
        let _ = done.send(made);
    };
    let started = std::thread::Builder::new().name("spool".into()).spawn(preparing);
    started.map_err(EvidenceError::io(folder))?;
    match prepared.recv_timeout(PREPARED_WITHIN) {
        Ok(made) => made.map(|()| true),
        Err(_) => Ok(false),
    }
}

impl Evidence {
    /// Also writes recordings in `folder`, which is best on another disk, when the disk of the first fails. To be called
    /// before anything is live.
    pub fn with_second_spool(mut self, folder: &Path) -> Result<Self, EvidenceError> {
        match std::sync::Arc::get_mut(&mut self.inner) {
            Some(inner) => inner.spools.add(folder)?,
            None => return Err(EvidenceError::Busy("recordings are being written already")),
        }
        Ok(self)
    }

    /// The disk that this recording is written to has failed, or hangs. True if a new recording would go to another one.
    pub fn distrust_spool_of(&self, recording: RecordingId) -> bool {
        self.inner.spools.distrust(recording)
    }

    /// True when the disks answer on which this recording lies, and on which it will be kept.
    pub async fn disks_answer(&self, recording: RecordingId) -> bool {
        self.inner.spools.answers(recording).await && self.inner.kept_on.answers().await
    }

    /// Gives up the reserve of the disk that this recording is written to, so that its end can be written though the disk
    /// is full. It is set aside again when the next recording begins there, or at the next start.
    pub async fn release_reserve_of(&self, recording: RecordingId) {
        let reserve = self.inner.spools.of(recording).with_file_name(RESERVE);
        let removed = blocking(move || fs::remove_file(&reserve).map_err(EvidenceError::io(&reserve))).await;
        match removed {
            Ok(()) => tracing::warn!("the disk of the recordings is full: its reserve is given up"),
            Err(why) => tracing::warn!(%why, "there is no reserve on the disk of the recordings"),
        }
    }

    /// Sets the reserve aside again beside this recording, which begins. A disk that takes long for it is not waited for.
    pub(super) async fn restore_reserve_of(&self, spool: PathBuf) {
        let set = blocking_within(PREPARED_WITHIN, move || {
            if let Some(folder) = spool.parent() {
                set_aside(folder);
            }
            Ok(())
        });
        if let Err(why) = set.await {
            tracing::warn!(%why, "no space can be set aside for the end of a recording");
        }
    }
}

/// Sets the reserve aside. That there is no room for it hinders nobody: it is said, and `oyer doctor` looks at the space.
fn set_aside(folder: &Path) {
    let path = folder.join(RESERVE);
    let set = || -> io::Result<()> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)?;
        if file.metadata()?.len() == RESERVE_BYTES {
            return Ok(());
        }
        // SAFETY: a plain call on a descriptor that is open for writing. Blocks are taken, not only a length.
        match unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, RESERVE_BYTES as libc::off_t) } {
            0 => file.sync_all(),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    };
    if let Err(error) = set() {
        tracing::warn!(%error, "no space can be set aside for the end of a recording");
        // Half a reserve is none, and what is left of it is in the way.
        let _ = fs::remove_file(&path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    async fn begin(spools: &Spools, id: RecordingId) -> PathBuf {
        let dir = spools.for_new(id).await.unwrap();
        fs::create_dir(&dir).unwrap();
        dir
    }

    #[tokio::test]
    async fn the_second_folder_takes_over_and_each_recording_stays_where_it_was_begun() {
        let all = tempfile::tempdir().unwrap();
        let [first, second] = ["a", "b"].map(|name| all.path().join(name));
        let mut spools = Spools::open(first.clone()).unwrap();
        let [zero, one, two, three] = [(); 4].map(|()| RecordingId(Uuid::now_v7()));
        begin(&spools, zero).await;
        assert!(!spools.distrust(zero), "there is no other");
        spools.add(&second).unwrap();
        // The failure from before is remembered.
        assert_eq!(begin(&spools, one).await, second.join(one.to_string()));
        assert!(spools.distrust(one));
        assert_eq!(begin(&spools, two).await, first.join(two.to_string()));
        assert!(spools.distrust(two));
        assert_eq!(begin(&spools, three).await, second.join(three.to_string()));
        // Whether they are kept in mind or looked for.
        for _ in 0..2 {
            assert_eq!(spools.of(one), second.join(one.to_string()));
            assert_eq!(spools.of(two), first.join(two.to_string()));
            [one, two].iter().for_each(|id| spools.forget(*id));
        }
        for folder in [first, second] {
            assert_eq!(fs::metadata(folder.join(RESERVE)).unwrap().len(), RESERVE_BYTES);
        }
    }

    /// In the place of a folder there is a pipe: to open it does not come back until somebody writes to it.
    #[tokio::test]
    async fn nothing_is_begun_on_a_disk_that_hangs_and_it_is_nowhere_to_go() {
        let all = tempfile::tempdir().unwrap();
        let [first, second] = ["a", "b"].map(|name| all.path().join(name));
        let mut spools = Spools::open(first.clone()).unwrap();
        spools.add(&second).unwrap();
        let [one, two, three] = [(); 3].map(|()| RecordingId(Uuid::now_v7()));
        begin(&spools, one).await;
        let hang = |folder: &Path| {
            fs::rename(folder, folder.with_extension("aside")).unwrap();
            let made = std::process::Command::new("mkfifo").arg(folder).status();
            assert!(made.unwrap().success());
        };
        hang(&second);
        assert!(spools.distrust(one), "nothing is known of the other");
        assert_eq!(spools.for_new(two).await.unwrap(), first.join(two.to_string()));
        assert!(!spools.distrust(one), "the other hangs");
        hang(&first);
        let refused = spools.for_new(three).await;
        assert!(matches!(refused, Err(EvidenceError::Hangs)), "{refused:?}");
        assert!(spools.answering().await.is_empty());
        // Whoever opens it is let go, and finds what is no folder.
        let open = |folder: &PathBuf| OpenOptions::new().write(true).open(folder).unwrap();
        let _writers = [&first, &second].map(open);
        // Each answers once the thread that asked it is back.
        let both = async {
            while spools.answering().await.len() < 2 {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(std::time::Duration::from_secs(20), both).await;
        assert!(waited.is_ok());
    }
}
