//! Which files beside `data/` there are, and what they were when they were copied.
//!
//! They have no digest in the sealed list. Most of what they say follows from the seal; all of them were read when they were copied, and
//! what they held then is in the notes.

use super::StoreNote;
use super::notes::{Copied, Note};
use crate::court::id::RecordingId;
use crate::evidence::Evidence;
use crate::evidence::error::{EvidenceError, blocking};
use crate::seal::bundle;
use crate::seal::digest;
use crate::seal::reseal;
use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// True for a file that is never written again once it lies there. Stamps and proofs of the log may give way to later ones.
pub(super) fn is_fixed(path: &str) -> bool {
    path.starts_with(bundle::DATA) || bundle::STORED_TAG_FILES.contains(&path) || is_of_reseal(path)
}

/// True for a file that a sealed folder may have beside `data/`.
pub(super) fn is_tag_file(path: &str) -> bool {
    bundle::STORED_TAG_FILES.contains(&path)
        || bundle::OPTIONAL_TAG_FILES.concat().contains(&path)
        || is_of_reseal(path)
}

fn is_of_reseal(path: &str) -> bool {
    reseal::Number::of(path).is_some()
}

/// When a file was changed last, in nanoseconds; 0 where the system does not say.
pub(super) fn changed_ns(meta: &Metadata) -> i64 {
    let changed = meta.modified().ok();
    let changed = changed.and_then(|changed| changed.duration_since(UNIX_EPOCH).ok());
    i64::try_from(changed.unwrap_or_default().as_nanos()).unwrap_or(i64::MAX)
}

impl Evidence {
    /// Files beside `data/` of a sealed folder that are not what they were when they were copied, and why. What was written since then
    /// by right says so by its time, but what is written once stays as it was.
    pub(in crate::evidence) async fn differing_from_copied(
        &self,
        recording: RecordingId,
        folder: &Path,
        is_enclosed: bool,
    ) -> Result<Vec<(String, String)>, EvidenceError> {
        let form = match is_enclosed {
            true => "enclosed",
            false => "recordings",
        };
        let copied = self.copied_of(recording, form).await?;
        let folder = folder.to_path_buf();
        blocking(move || {
            let mut found = Vec::new();
            for (path, copied) in copied.into_iter().filter(|(path, _)| is_tag_file(path)) {
                let full = folder.join(&path);
                let why = match fs::metadata(&full) {
                    Err(e) if e.kind() == io::ErrorKind::NotFound => {
                        "it is missing, and was there when it was copied"
                    }
                    // The verification says so.
                    Err(_) => continue,
                    Ok(meta) if !is_fixed(&path) && changed_ns(&meta) != copied.changed_ns => continue,
                    Ok(_) => match File::open(&full).and_then(digest::of_stream) {
                        Ok(here) if here != (copied.sha256, copied.bytes) => {
                            "it is not what it was when it was copied"
                        }
                        _ => continue,
                    },
                };
                found.push((path, why.to_owned()));
            }
            Ok(found)
        })
        .await
    }

    /// What was copied of a recording in this form, by its path; nothing where no second store is configured.
    pub(super) async fn copied_of(
        &self,
        recording: RecordingId,
        form: &str,
    ) -> Result<BTreeMap<String, Copied>, EvidenceError> {
        if self.inner.second.get().is_none() {
            return Ok(BTreeMap::new());
        }
        let folder = self.second_notes();
        let note = blocking(move || {
            let store = StoreNote::read(&folder)?.map(|store| store.id);
            let note = Note::read(&folder, recording)?;
            Ok(note.filter(|note| Some(note.store) == store))
        });
        let files = note.await?.map(|note| note.files).unwrap_or_default();
        let prefix = format!("{form}/{recording}/");
        let of = |(key, copied): (String, Copied)| Some((key.strip_prefix(&prefix)?.to_owned(), copied));
        Ok(files.into_iter().filter_map(of).collect())
    }
}
