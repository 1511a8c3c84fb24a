//! What keeps failing, since when and why: told to people, and kept over a restart. Nothing is decided by it.
//!
//! Each trouble is a small file, so that a start does not make a week of failing look like a minute. Where the disk itself is the
//! trouble, that file may not be written; then it is known until the restart alone.

use super::durable;
use super::error::EvidenceError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Something that has failed each time it was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble<W> {
    /// When it failed first, in Unix milliseconds.
    pub since: i64,
    /// Why, the last time.
    pub why: W,
    /// True when this process tries again; otherwise the next start does.
    pub by_itself: bool,
}

/// The troubles of one kind, by what they are about.
#[derive(Debug)]
pub(super) struct Troubles<W> {
    folder: PathBuf,
    known: Mutex<HashMap<String, Trouble<W>>>,
}

impl<W: Copy + PartialEq + Serialize + DeserializeOwned> Troubles<W> {
    /// Those that an earlier run left. A file that cannot be understood is none.
    pub(super) fn open(folder: PathBuf) -> Result<Self, EvidenceError> {
        durable::create_folder(&folder)?;
        let mut known = HashMap::new();
        for entry in fs::read_dir(&folder).map_err(EvidenceError::io(&folder))? {
            let path = entry.map_err(EvidenceError::io(&folder))?.path();
            let about = path.file_stem().and_then(|name| name.to_str());
            let Some(about) = about.filter(|_| path.extension().is_some_and(|kind| kind == "json")) else {
                continue;
            };
            let text = fs::read(&path).map_err(EvidenceError::io(&path))?;
            if let Ok(trouble) = serde_json::from_slice(&text) {
                known.insert(about.to_owned(), trouble);
            }
        }
        Ok(Self {
            folder,
            known: Mutex::new(known),
        })
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Trouble<W>>> {
        // Nothing that runs under this lock can panic half-way through a change.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn of(&self, about: &str) -> Option<Trouble<W>> {
        self.known().get(about).copied()
    }

    /// Everything that there is a trouble about.
    pub(super) fn about(&self) -> Vec<String> {
        self.known().keys().cloned().collect()
    }

    /// It failed, again or for the first time. Writes a file.
    pub(super) fn note(&self, about: &str, why: W, by_itself: bool, now_ms: i64) {
        let (trouble, is_new) = {
            let mut known = self.known();
            let before = known.get(about).copied();
            let since = before.map_or(now_ms, |before| before.since);
            let trouble = Trouble {
                since,
                why,
                by_itself,
            };
            known.insert(about.to_owned(), trouble);
            (trouble, before != Some(trouble))
        };
        if !is_new {
            return;
        }
        let path = self.path(about);
        let written = serde_json::to_vec(&trouble)
            .map_err(|source| EvidenceError::Json {
                what: "trouble".into(),
                source,
            })
            .and_then(|text| durable::write(&path, &path.with_extension("partial"), &text));
        if let Err(why) = written {
            tracing::warn!(%why, "since when something fails is not known after a restart");
        }
    }

    /// It succeeded. Nothing where there was no trouble.
    pub(super) fn end(&self, about: &str) {
        if self.known().remove(about).is_none() {
            return;
        }
        match fs::remove_file(self.path(about)) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%why, "a trouble that is over may be told of again after a restart");
            }
            _ => {}
        }
    }

    fn path(&self, about: &str) -> PathBuf {
        self.folder.join(format!("{about}.json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::court::condition::SealFault;

    #[test]
    fn a_trouble_keeps_its_beginning_over_a_restart_until_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Troubles::<SealFault>::open(dir.path().join("unsealed")).unwrap();
        let troubles = open();
        troubles.note("one", SealFault::Key, true, 1_000);
        troubles.note("one", SealFault::DiskFull, false, 2_000);
        let expected = Trouble {
            since: 1_000,
            why: SealFault::DiskFull,
            by_itself: false,
        };
        assert_eq!(troubles.of("one"), Some(expected));
        let troubles = open();
        assert_eq!(troubles.of("one"), Some(expected));
        assert_eq!(troubles.about(), ["one"]);
        troubles.end("one");
        troubles.end("another");
        assert_eq!(troubles.of("one"), None);
        assert_eq!(open().about(), Vec::<String>::new());
        // What cannot be understood, as after a change by hand, hinders no start.
        fs::write(dir.path().join("unsealed/two.json"), "{").unwrap();
        assert_eq!(open().of("two"), None);
    }

    #[test]
    fn where_nothing_can_be_written_it_is_known_until_the_restart() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("unsealed");
        let troubles = Troubles::<SealFault>::open(folder.clone()).unwrap();
        fs::remove_dir(&folder).unwrap();
        troubles.note("one", SealFault::Disk, true, 1);
        assert!(troubles.of("one").is_some());
    }
}
