//! Folders of the spool that belong to no recording: the store refused the row, or a failure fell between folder and row.
//! And folders of a recording in which there is nothing.

use crate::court::id::RecordingId;
use crate::evidence::Evidence;
use crate::evidence::durable;
use crate::evidence::error::{EvidenceError, blocking};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Removes a folder of the spool in which there is nothing but an empty `data/`. Any other is left as it is.
pub(super) fn remove_if_empty(spool: &Path) -> Result<(), EvidenceError> {
    for folder in [&spool.join("data"), spool] {
        // The system itself refuses to remove a folder that has anything in it.
        match std::fs::remove_dir(folder) {
            Err(e) if e.kind() == ErrorKind::DirectoryNotEmpty => return Ok(()),
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(EvidenceError::io(folder)(e)),
            _ => {}
        }
    }
    durable::sync_folder(spool.parent().unwrap_or(Path::new(".")))
}

/// Removes the folders below `root` that hold no file at any depth, as of a segment in which nothing was written: no
/// manifest can list them, and a verifier refuses what none lists.
pub(super) fn remove_empty_below(root: &Path) -> Result<(), EvidenceError> {
    let found = durable::walk(root)?;
    let holds_a_file = |folder: &str| {
        let inside = format!("{folder}/");
        found.iter().any(|f| !f.is_folder && f.path.starts_with(&inside))
    };
    // What is inside of a folder comes after it.
    for folder in found
        .iter()
        .rev()
        .filter(|f| f.is_folder && !holds_a_file(&f.path))
    {
        std::fs::remove_dir(&folder.full).map_err(EvidenceError::io(&folder.full))?;
    }
    Ok(())
}

impl Evidence {
    /// Clears these folders for recordings of empty ones that no row speaks of. Says how many were removed.
    ///
    /// To be run at start, before anything is live: a folder is made before its row.
    pub(in crate::evidence) async fn clear_unbegun(
        &self,
        folders: &[PathBuf],
    ) -> Result<usize, EvidenceError> {
        let folders = folders.to_vec();
        let found = blocking(move || {
            let mut found: Vec<PathBuf> = Vec::new();
            for above in folders {
                let entries = std::fs::read_dir(&above).map_err(EvidenceError::io(&above))?;
                found.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
            }
            Ok(found)
        })
        .await?;
        let mut removed = 0;
        for spool in found {
            let name = spool.file_name().and_then(|name| name.to_str());
            let Some(id) = name.and_then(|name| name.parse::<uuid::Uuid>().ok()) else {
                continue;
            };
            if self.store().recording(RecordingId(id)).await?.is_some() {
                continue;
            }
            removed += usize::from(
                blocking(move || {
                    remove_if_empty(&spool)?;
                    Ok(!durable::exists(&spool)?)
                })
                .await?,
            );
        }
        Ok(removed)
    }
}
