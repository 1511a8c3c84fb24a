//! A bag that was written on another disk than evidence is kept on: copied, compared, then put into place in one step.

use crate::evidence::durable;
use crate::evidence::error::EvidenceError;
use crate::folder;
use crate::seal::digest;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Seek};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Where a copy is made, beside its place.
fn incoming(to: &Path) -> PathBuf {
    to.with_extension("incoming")
}

/// Copies the bag at `from`, in which nothing changes any more, to `to`, and removes it. Every file is read back and
/// compared before the copy gets its name; a crash before that leaves the bag as it was.
pub(super) fn take(from: &Path, to: &Path) -> Result<(), EvidenceError> {
    let aside = incoming(to);
    remove(&aside)?;
    if let Err(why) = copy_all(from, &aside) {
        // Half a copy takes the space that others need.
        remove(&aside)?;
        return Err(why);
    }
    durable::lock_below(&aside)?;
    fs::rename(&aside, to).map_err(EvidenceError::io(to))?;
    durable::sync_folder(to.parent().unwrap_or(Path::new(".")))?;
    remove(from)
}

fn copy_all(from: &Path, aside: &Path) -> Result<(), EvidenceError> {
    durable::create_folder(aside)?;
    let all = durable::walk(from)?;
    let bytes = all
        .iter()
        .fold(0, |sum: u64, found| sum.saturating_add(found.bytes));
    if folder::free_space(aside).map_err(EvidenceError::io(aside))? < bytes {
        return Err(EvidenceError::io(aside)(io::ErrorKind::StorageFull.into()));
    }
    for found in all {
        let copy = aside.join(&found.path);
        if found.is_folder {
            durable::create_folder(&copy)?;
        } else {
            copy_file(&found.full, &copy, &found.path)?;
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path, name: &str) -> Result<(), EvidenceError> {
    let mut source = File::open(from).map_err(EvidenceError::io(from))?;
    let mut copy = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(to)
        .map_err(EvidenceError::io(to))?;
    io::copy(&mut source, &mut copy)
        .and_then(|_| copy.sync_all())
        .map_err(EvidenceError::io(to))?;
    source.rewind().map_err(EvidenceError::io(from))?;
    let written = digest::of_stream(source).map_err(EvidenceError::io(from))?;
    let read = File::open(to)
        .and_then(digest::of_stream)
        .map_err(EvidenceError::io(to))?;
    if written == read {
        return Ok(());
    }
    Err(EvidenceError::Changed {
        file: name.to_owned(),
        why: "its copy on the other disk reads differently".into(),
    })
}

/// Removes a folder with all that is in it, locked or not; nothing when there is none.
pub(in crate::evidence) fn remove(folder: &Path) -> Result<(), EvidenceError> {
    if !durable::exists(folder)? {
        return Ok(());
    }
    for found in durable::walk(folder)?.iter().filter(|found| found.is_folder) {
        fs::set_permissions(&found.full, Permissions::from_mode(0o755))
            .map_err(EvidenceError::io(&found.full))?;
    }
    fs::set_permissions(folder, Permissions::from_mode(0o755)).map_err(EvidenceError::io(folder))?;
    fs::remove_dir_all(folder).map_err(EvidenceError::io(folder))?;
    durable::sync_folder(folder.parent().unwrap_or(Path::new(".")))
}
