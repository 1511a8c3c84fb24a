//! Whether a disk answers at all. One that hangs returns no error: the call does not come back, and neither does the thread that
//! made it. So a thread of its own asks, and no second one is sent after it while it is away.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::watch;
use tokio::time::timeout;

/// A disk that has not answered after so long hangs. A busy one takes tens of milliseconds.
pub(in crate::evidence) const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Asks the disk of one folder.
pub(in crate::evidence) struct Pulse {
    folder: PathBuf,
    /// Since when it is asked. The channel closes with the answer.
    asked: Mutex<Option<(Instant, watch::Receiver<()>)>>,
}

impl Pulse {
    pub(in crate::evidence) fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            asked: Mutex::new(None),
        }
    }

    /// True when the disk answers in time. That it refuses is an answer.
    pub(in crate::evidence) async fn answers(&self) -> bool {
        if self.hangs() {
            return false;
        }
        let (_, mut answer) = self.ask();
        // Nothing is ever sent.
        timeout(ANSWERS_WITHIN, answer.changed()).await.is_ok()
    }

    /// True when it was asked and has not answered in time.
    pub(in crate::evidence) fn hangs(&self) -> bool {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let open = asked.as_ref().filter(|(_, answer)| answer.has_changed().is_ok());
        open.is_some_and(|(since, _)| since.elapsed() > ANSWERS_WITHIN)
    }

    /// Has the disk asked, unless that is under way.
    pub(in crate::evidence) fn ask(&self) -> (Instant, watch::Receiver<()>) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = asked.as_ref().filter(|(_, answer)| answer.has_changed().is_ok()) {
            return open.clone();
        }
        let (answered, answer) = watch::channel(());
        let folder = self.folder.clone();
        let asking = move || {
            // Any outcome is an answer: whoever writes there is told the error.
            let _ = touch(&folder);
            drop(answered);
        };
        // A thread that cannot be started drops the sender: as if it had answered, and the next call says what is wrong.
        let _ = std::thread::Builder::new()
            .name("disk pulse".into())
            .spawn(asking);
        let open = (Instant::now(), answer);
        *asked = Some(open.clone());
        open
    }
}

/// Changes something on the disk that means nothing and takes no room on a full one, and sees it there.
fn touch(folder: &Path) -> io::Result<()> {
    let folder = File::open(folder)?;
    folder.set_modified(SystemTime::now())?;
    folder.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_answers_also_one_that_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path().to_owned(), folder.path().join("none")] {
            let pulse = Pulse::of(&path);
            assert!(pulse.answers().await && !pulse.hangs());
            assert!(pulse.answers().await, "and again");
        }
    }

    #[tokio::test]
    async fn one_that_does_not_answer_hangs_until_it_does_and_one_thread_waits_for_it() {
        let folder = tempfile::tempdir().unwrap();
        // To open a pipe takes as long as nobody writes to it.
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let pulse = Pulse::of(&pipe);
        assert!(!pulse.hangs(), "it was not asked");
        let (since, mut answer) = pulse.ask();
        assert!(!pulse.answers().await && pulse.hangs());
        assert_eq!(pulse.ask().0, since, "no second thread is sent after the first");
        let writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        assert!(answer.changed().await.is_err(), "nothing is ever sent");
        assert!(pulse.answers().await && !pulse.hangs());
        drop(writer);
    }
}
