//! Objects: sealed recordings, one folder each, below `<data>/objects`.
//!
//! Reading and listing go through `object_store`. Recordings come in by renaming a sealed folder on the same disk
//! (see `evidence::sealing`), so there is no call here that writes or deletes one.

use super::StoreError;
use crate::court::id::RecordingId;
use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectEntry {
    /// Path relative to the recording's folder, with `/`.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
}

/// The objects. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Objects {
    root: PathBuf,
    files: Arc<LocalFileSystem>,
}

impl Objects {
    /// Opens `<data>/objects` and makes it if there is none.
    pub fn open(data: &Path) -> Result<Objects, StoreError> {
        let root = data.join("objects");
        let recordings = root.join("recordings");
        std::fs::create_dir_all(&recordings).map_err(|source| StoreError::Io {
            path: recordings,
            source,
        })?;
        let files = LocalFileSystem::new_with_prefix(&root).map_err(StoreError::Object)?;
        Ok(Objects {
            root,
            files: Arc::new(files),
        })
    }

    /// The folder of a recording, whether it is there or not.
    pub fn recording_dir(&self, recording: RecordingId) -> PathBuf {
        self.root.join("recordings").join(recording.to_string())
    }

    /// The key of a file of a recording. Refuses paths that leave the recording's folder.
    pub fn key(recording: RecordingId, file: &str) -> Result<ObjectPath, StoreError> {
        ObjectPath::parse(format!("recordings/{recording}/{file}"))
            .ok()
            .filter(|path| path.parts_count() > 2)
            .ok_or_else(|| StoreError::Path(PathBuf::from(file)))
    }

    /// Every file of a recording, by path.
    pub async fn list(&self, recording: RecordingId) -> Result<Vec<ObjectEntry>, StoreError> {
        let prefix = ObjectPath::from(format!("recordings/{recording}"));
        let start = prefix.as_ref().len() + 1;
        let mut entries: Vec<ObjectEntry> = self
            .files
            .list(Some(&prefix))
            .map_ok(|meta| ObjectEntry {
                path: meta
                    .location
                    .as_ref()
                    .get(start..)
                    .unwrap_or_default()
                    .to_string(),
                bytes: meta.size,
            })
            .try_collect()
            .await
            .map_err(StoreError::Object)?;
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    }

    /// Size in bytes of a file of a recording; none when there is no such file.
    pub async fn size(&self, recording: RecordingId, file: &str) -> Result<Option<u64>, StoreError> {
        match self.files.head(&Self::key(recording, file)?).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(StoreError::Object(e)),
        }
    }

    /// Bytes `range` of a file of a recording.
    pub async fn read_range(
        &self,
        recording: RecordingId,
        file: &str,
        range: std::ops::Range<u64>,
    ) -> Result<bytes::Bytes, StoreError> {
        self.files
            .get_range(&Self::key(recording, file)?, range)
            .await
            .map_err(StoreError::Object)
    }
}
