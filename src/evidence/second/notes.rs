//! What is noted here of the second store: which it is, and of each recording what was copied and found as it should be. The notes
//! say what need not be copied again, and what is shown; nothing is proved by them.

use crate::court::id::RecordingId;
use crate::evidence::durable;
use crate::evidence::error::EvidenceError;
use crate::seal::digest::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Folder of empty files: each is named as a recording whose copy differs.
const DIFFERING: &str = "differing";

/// Which store was begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoreNote {
    /// As its marker says.
    pub id: Uuid,
    /// Its name in the configuration.
    pub place: String,
    /// True once its marker was written.
    pub begun: bool,
}

/// What the second store has of a recording.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Note {
    /// In this store.
    pub store: Uuid,
    /// Every file that was written there, read back and found right, by its key.
    pub files: BTreeMap<String, Copied>,
    /// When all that there was to copy had been copied, or was last found as it should be, in Unix seconds.
    pub verified_at: Option<i64>,
    /// Files that were not as they should be, and are not mended.
    #[serde(default)]
    pub damaged: Vec<String>,
    /// The recording was disposed of, and what the store has of it is still to be deleted.
    #[serde(default)]
    pub to_remove: bool,
    /// Until then the store deletes nothing of it, in Unix seconds.
    #[serde(default)]
    pub locked_until: Option<i64>,
}

/// A file that was copied.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Copied {
    /// Size.
    pub bytes: u64,
    /// Of the bytes as they lie.
    pub sha256: Digest,
    /// When the file here was changed last, in nanoseconds: one that was replaced since is copied again.
    pub changed_ns: i64,
    /// The store's name for this version, where it keeps versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Until then nobody can delete this version, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked_until: Option<i64>,
    /// True when the store was told of a legal hold.
    #[serde(default)]
    pub held: bool,
}

impl StoreNote {
    pub(super) fn read(folder: &Path) -> Result<Option<StoreNote>, EvidenceError> {
        read(&folder.join("store.json"))
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), EvidenceError> {
        durable::create_folder(folder)?;
        write(&folder.join("store.json"), self)
    }
}

impl Note {
    pub(super) fn path(folder: &Path, recording: RecordingId) -> PathBuf {
        folder.join(format!("{recording}.json"))
    }

    pub(super) fn read(folder: &Path, recording: RecordingId) -> Result<Option<Note>, EvidenceError> {
        read(&Self::path(folder, recording))
    }

    pub(super) fn write(&self, folder: &Path, recording: RecordingId) -> Result<(), EvidenceError> {
        let (differing, name) = (folder.join(DIFFERING), recording.to_string());
        // Before the note where it differs, after it where it does not: a crash between the two leaves one name too many.
        if !self.damaged.is_empty() {
            durable::create_folder(&differing)?;
            durable::write(&differing.join(&name), &differing.join("partial"), b"")?;
        }
        write(&Self::path(folder, recording), self)?;
        if self.damaged.is_empty() {
            remove_file(&differing.join(&name))?;
        }
        Ok(())
    }

    /// Recordings whose copies differ and are not mended: these names alone, for there may be many notes and few of those.
    pub(super) fn differing(folder: &Path) -> Result<Vec<RecordingId>, EvidenceError> {
        let differing = folder.join(DIFFERING);
        if !durable::exists(&differing)? {
            return Ok(Vec::new());
        }
        let found = durable::walk(&differing)?;
        Ok(found
            .iter()
            .filter_map(|found| found.path.parse().ok().map(RecordingId))
            .collect())
    }

    pub(super) fn remove(folder: &Path, recording: RecordingId) -> Result<(), EvidenceError> {
        remove_file(&Self::path(folder, recording))?;
        remove_file(&folder.join(DIFFERING).join(recording.to_string()))?;
        durable::sync_folder(folder)
    }

    /// Every recording of which there is a note.
    pub(super) fn all(folder: &Path) -> Result<Vec<RecordingId>, EvidenceError> {
        if !durable::exists(folder)? {
            return Ok(Vec::new());
        }
        let found = durable::walk(folder)?;
        let names = found.iter().filter_map(|found| found.path.strip_suffix(".json"));
        Ok(names
            .filter_map(|name| name.parse().ok().map(RecordingId))
            .collect())
    }
}

fn remove_file(path: &Path) -> Result<(), EvidenceError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(EvidenceError::io(path)(e)),
        _ => Ok(()),
    }
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Option<T>, EvidenceError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(EvidenceError::io(path)(e)),
    };
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|source| EvidenceError::Json {
            what: path.display().to_string(),
            source,
        })
}

fn write(path: &Path, of: &impl Serialize) -> Result<(), EvidenceError> {
    let text = serde_json::to_vec_pretty(of).map_err(|source| EvidenceError::Json {
        what: path.display().to_string(),
        source,
    })?;
    durable::write(path, &path.with_extension("partial"), &text)
}
