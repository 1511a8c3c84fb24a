//! Where recordings are written until they are sealed: a folder, and perhaps a second one on another disk, which takes over
//! when the first fails. In each lies a reserve: space that is given up when a full disk would take the end of a recording.

use super::Evidence;
use super::durable;
use super::error::{EvidenceError, blocking};
use crate::court::id::RecordingId;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// For the last clusters of a recording's tracks, its ledgers, `seal.json` and the seal.
const RESERVE_BYTES: u64 = 16 << 20;
/// File name of the reserve.
const RESERVE: &str = "reserve";
/// How long a folder whose disk has failed comes after the other.
const DISTRUSTED: Duration = Duration::from_secs(600);

/// The folders, the first before the second.
pub(super) struct Spools {
    folders: Vec<PathBuf>,
    /// When the disk of each failed last.
    failed: Mutex<Vec<Option<Instant>>>,
}

impl Spools {
    pub(super) fn open(first: PathBuf) -> Result<Self, EvidenceError> {
        durable::create_folder(&first)?;
        set_aside(&first);
        Ok(Self {
            folders: vec![first],
            failed: Mutex::new(vec![None]),
        })
    }

    pub(super) fn add(&mut self, folder: &Path) -> Result<(), EvidenceError> {
        durable::create_folder(folder)?;
        set_aside(folder);
        self.folders.push(folder.to_owned());
        self.with_failed(|failed| failed.push(None));
        Ok(())
    }

    fn with_failed<T>(&self, change: impl FnOnce(&mut Vec<Option<Instant>>) -> T) -> T {
        // Nothing that runs under this lock can panic half-way through a change.
        change(&mut self.failed.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// All of them.
    pub(super) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// The folder of a recording that was begun; of one that was not, where it would be in the first.
    pub(super) fn of(&self, recording: RecordingId) -> PathBuf {
        let name = recording.to_string();
        let begun = self.folders.iter().map(|folder| folder.join(&name));
        begun
            .clone()
            .find(|path| path.is_dir())
            .or_else(|| begun.clone().next())
            .unwrap_or_default()
    }

    /// Where a new recording is to be written: in the first folder whose disk has not failed lately; if all have, where it
    /// is longest ago.
    pub(super) fn for_new(&self, recording: RecordingId) -> PathBuf {
        let failed = self.with_failed(|failed| failed.clone());
        let lately = |at: &Option<Instant>| at.filter(|at| at.elapsed() < DISTRUSTED);
        let best = self.folders.iter().zip(&failed).min_by_key(|(_, at)| lately(at));
        best.map(|(folder, _)| folder.join(recording.to_string()))
            .unwrap_or_else(|| self.of(recording))
    }

    /// The disk below this recording has failed. True if new ones go elsewhere now.
    fn distrust(&self, recording: RecordingId) -> bool {
        let here = self.of(recording);
        self.distrust_folder_of(&here);
        self.for_new(recording).parent() != here.parent()
    }

    /// As [`Spools::distrust`], by the recording's folder.
    pub(super) fn distrust_folder_of(&self, spool: &Path) {
        for (folder, at) in self.folders.iter().zip(0..) {
            if spool.parent() == Some(folder.as_path()) {
                self.with_failed(|failed: &mut Vec<Option<Instant>>| {
                    if let Some(failed) = failed.get_mut::<usize>(at) {
                        *failed = Some(Instant::now());
                    }
                });
            }
        }
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

    /// The disk that this recording is written to has failed. True if a new recording would go to another one.
    pub fn distrust_spool_of(&self, recording: RecordingId) -> bool {
        self.inner.spools.distrust(recording)
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

    /// Sets the reserve aside again beside this recording, which begins.
    pub(super) async fn restore_reserve_of(&self, spool: PathBuf) -> Result<(), EvidenceError> {
        blocking(move || {
            if let Some(folder) = spool.parent() {
                set_aside(folder);
            }
            Ok(())
        })
        .await
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

    #[test]
    fn the_second_folder_takes_over_and_each_recording_stays_where_it_was_begun() {
        let all = tempfile::tempdir().unwrap();
        let [first, second] = ["a", "b"].map(|name| all.path().join(name));
        let mut spools = Spools::open(first.clone()).unwrap();
        let [one, two, three] = [(); 3].map(|()| RecordingId(Uuid::now_v7()));
        assert!(!spools.distrust(one), "there is no other");
        spools.add(&second).unwrap();
        let begin = |spools: &Spools, id| {
            let dir = spools.for_new(id);
            fs::create_dir(&dir).unwrap();
            dir
        };
        // The failure from before is remembered.
        assert_eq!(begin(&spools, one), second.join(one.to_string()));
        assert!(spools.distrust(one));
        assert_eq!(begin(&spools, two), first.join(two.to_string()));
        assert!(spools.distrust(two));
        assert_eq!(begin(&spools, three), second.join(three.to_string()));
        assert_eq!(spools.of(one), second.join(one.to_string()));
        assert_eq!(spools.of(two), first.join(two.to_string()));
        for folder in [first, second] {
            assert_eq!(fs::metadata(folder.join(RESERVE)).unwrap().len(), RESERVE_BYTES);
        }
    }
}
