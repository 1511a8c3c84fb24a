//! Files that are there whole or not at all, and that stay as they are.

use super::error::EvidenceError;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Writes `bytes` to `path` in one step: into `aside` first, synced, then renamed. A crash leaves the old file or the
/// new one, and perhaps `aside`, which the next call writes anew.
pub(super) fn write(path: &Path, aside: &Path, bytes: &[u8]) -> Result<(), EvidenceError> {
    match fs::remove_file(aside) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(EvidenceError::io(aside)(e)),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(aside)
        .map_err(EvidenceError::io(aside))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(EvidenceError::io(aside))?;
    fs::rename(aside, path).map_err(EvidenceError::io(path))?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Like [`write`], for a file that nobody may write to afterwards.
pub(super) fn write_locked(path: &Path, aside: &Path, bytes: &[u8]) -> Result<(), EvidenceError> {
    write(path, aside, bytes)?;
    fs::set_permissions(path, Permissions::from_mode(0o444)).map_err(EvidenceError::io(path))
}

/// Makes a folder and those above it.
pub(super) fn create_folder(path: &Path) -> Result<(), EvidenceError> {
    fs::create_dir_all(path).map_err(EvidenceError::io(path))
}

/// Makes a folder and those above it, and sees it onto the disk together with the `above` folders above it.
pub(super) fn create_folder_for_good(path: &Path, above: usize) -> Result<(), EvidenceError> {
    create_folder(path)?;
    path.ancestors().take(above + 1).try_for_each(sync_folder)
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> Result<(), EvidenceError> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(EvidenceError::io(path))
}

/// A file or folder below some root.
pub(super) struct Found {
    /// Path from the root, with `/`.
    pub path: String,
    /// Path to open it by.
    pub full: PathBuf,
    /// True for a folder.
    pub is_folder: bool,
    /// Size in bytes.
    pub bytes: u64,
}

/// Everything below `root`, folders before what is in them. Refuses whatever is neither a file nor a folder.
pub(super) fn walk(root: &Path) -> Result<Vec<Found>, EvidenceError> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(EvidenceError::io(&folder))? {
            let entry = entry.map_err(EvidenceError::io(&folder))?;
            let full = entry.path();
            let name = entry
                .file_name()
                .into_string()
                .map_err(|name| EvidenceError::Changed {
                    file: name.to_string_lossy().into_owned(),
                    why: "its name is not UTF-8".into(),
                })?;
            let path = format!("{prefix}{name}");
            let meta = fs::symlink_metadata(&full).map_err(EvidenceError::io(&full))?;
            if meta.is_dir() {
                folders.push((full.clone(), format!("{path}/")));
            } else if !meta.is_file() {
                let why = "it is neither a file nor a folder".into();
                return Err(EvidenceError::Changed { file: path, why });
            }
            found.push(Found {
                path,
                full,
                is_folder: meta.is_dir(),
                bytes: meta.len(),
            });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Syncs every file and folder below `root` and takes away the right to write to them. The root itself stays writable,
/// for it has yet to be renamed; see [`lock_folder`].
pub(super) fn lock_below(root: &Path) -> Result<(), EvidenceError> {
    let found = walk(root)?;
    // From the leaves up: a folder is synced when all in it is final.
    for entry in found.iter().rev() {
        File::open(&entry.full)
            .and_then(|file| file.sync_all())
            .map_err(EvidenceError::io(&entry.full))?;
        let mode = if entry.is_folder { 0o555 } else { 0o444 };
        fs::set_permissions(&entry.full, Permissions::from_mode(mode))
            .map_err(EvidenceError::io(&entry.full))?;
    }
    sync_folder(root)
}

/// Moves a folder that is locked, on the same disk, in one step; nothing when it is not there.
pub(super) fn move_folder(from: &Path, to: &Path) -> Result<(), EvidenceError> {
    if !exists(from)? {
        return Ok(());
    }
    // A folder that is locked cannot be moved by everybody.
    unlock_folder(from)?;
    fs::rename(from, to).map_err(EvidenceError::io(from))?;
    for path in [from, to] {
        sync_folder(path.parent().unwrap_or(Path::new(".")))?;
    }
    Ok(())
}

/// Takes away the right to write to one folder.
pub(super) fn lock_folder(path: &Path) -> Result<(), EvidenceError> {
    fs::set_permissions(path, Permissions::from_mode(0o555)).map_err(EvidenceError::io(path))?;
    sync_folder(path)
}

/// Gives the right to write to one folder back, to add something to it. What is in it stays locked.
pub(super) fn unlock_folder(path: &Path) -> Result<(), EvidenceError> {
    fs::set_permissions(path, Permissions::from_mode(0o755)).map_err(EvidenceError::io(path))
}

/// True when the owner may write to the folder: it is not locked.
pub(super) fn is_writable(path: &Path) -> Result<bool, EvidenceError> {
    let mode = fs::metadata(path)
        .map_err(EvidenceError::io(path))?
        .permissions()
        .mode();
    Ok(mode & 0o200 != 0)
}

/// True when there is something at `path`.
pub(super) fn exists(path: &Path) -> Result<bool, EvidenceError> {
    path.try_exists().map_err(EvidenceError::io(path))
}
