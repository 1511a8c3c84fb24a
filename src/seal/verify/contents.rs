//! What is in the bundle: names, kinds, form.

use super::super::bundle;
use super::super::path;
use super::super::reseal::Number;
use super::super::source::{BundleSource, Entry, EntryKind};
use super::report::{CheckCode, Findings};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

/// The files of a bundle whose names are fit to be used.
pub(super) struct Contents<'a> {
    source: &'a dyn BundleSource,
    files: BTreeMap<String, u64>,
    folders: Vec<String>,
}

impl<'a> Contents<'a> {
    /// Lists the bundle and refuses what no bundle may hold. None when it cannot be listed.
    pub(super) fn list(source: &'a dyn BundleSource, findings: &mut Findings) -> Option<Self> {
        let entries = match source.entries() {
            Ok(entries) => entries,
            Err(e) => {
                findings.failed(CheckCode::Names, ".", format!("the bundle cannot be listed: {e}"));
                return None;
            }
        };
        let mut files = BTreeMap::new();
        let mut folders = Vec::new();
        let mut folded = BTreeSet::new();
        for Entry { path, kind, bytes } in entries {
            if let Err(why) = path::check(&path) {
                findings.failed(CheckCode::Names, &path, why.to_string());
                continue;
            }
            // Two names that differ in case only are one file on Windows and macOS.
            if !folded.insert(path.to_ascii_lowercase()) {
                findings.failed(
                    CheckCode::Names,
                    &path,
                    "another entry has the same name but for case",
                );
                continue;
            }
            match kind {
                EntryKind::File => {
                    files.insert(path, bytes);
                }
                EntryKind::Folder => folders.push(path),
                EntryKind::Symlink => {
                    findings.failed(CheckCode::Names, &path, "it is a symbolic link");
                }
                EntryKind::Other => {
                    findings.failed(CheckCode::Names, &path, "it is neither a file nor a folder");
                }
            }
        }
        findings.proved_unless_failed(
            CheckCode::Names,
            format!("{} files with portable names, no links", files.len()),
        );
        Some(Self {
            source,
            files,
            folders,
        })
    }

    /// Checks `bagit.txt` and which tag files there are. True for the exported form.
    pub(super) fn check_form(&self, findings: &mut Findings) -> bool {
        let check = CheckCode::Bag;
        if let Some(text) = self.read_small(bundle::BAGIT, 1024, check, findings)
            && text != bundle::BAGIT_TEXT.as_bytes()
        {
            findings.failed(check, bundle::BAGIT, "it does not say BagIt 1.0 in UTF-8");
        }
        let is_there = |path: &&str| self.files.contains_key(*path);
        let exported = bundle::EXPORTED_TAG_FILES.iter().any(is_there);
        let mut expected: BTreeSet<&str> = bundle::STORED_TAG_FILES.iter().copied().collect();
        if exported {
            expected.extend(bundle::EXPORTED_TAG_FILES);
        }
        for together in bundle::OPTIONAL_TAG_FILES {
            if together.iter().any(is_there) {
                expected.extend(*together);
            }
        }
        for path in expected.iter().filter(|path| !is_there(path)) {
            // Two of them are missed by the checks that read them.
            if ![bundle::BAGIT, bundle::MANIFEST].contains(path) {
                findings.failed(check, path, "it is missing");
            }
        }
        let belongs = |path: &&str| expected.contains(path) || Number::of(path).is_some();
        for path in self.tag_files().filter(|path| !belongs(path)) {
            findings.failed(check, path, "it does not belong into a bundle");
        }
        for folder in self.empty_folders() {
            let why = "it is an extra folder: it holds no file, so nothing that is sealed knows of it";
            findings.failed(check, folder, why);
        }
        self.check_oxum(findings);
        let form = if exported { "exported" } else { "stored" };
        findings.proved_unless_failed(
            check,
            format!("a BagIt 1.0 bag in the {form} form, all parts present"),
        );
        exported
    }

    fn check_oxum(&self, findings: &mut Findings) {
        let path = bundle::BAG_INFO;
        if !self.files.contains_key(path) {
            return; // named as missing already
        }
        let Some(text) = self.read_small(path, 64 * 1024, CheckCode::Bag, findings) else {
            return;
        };
        let bytes = self
            .payload()
            .fold(0u64, |sum, (_, bytes)| sum.saturating_add(bytes));
        let files = self.payload().count() as u64;
        let stated = std::str::from_utf8(&text).ok().and_then(bundle::payload_oxum);
        if stated != Some((bytes, files)) {
            let why = format!("Payload-Oxum is not {bytes}.{files}, as the files below data/ add up to");
            findings.failed(CheckCode::Bag, path, why);
        }
    }

    /// Folders without a file at any depth, the outermost of them only.
    fn empty_folders(&self) -> Vec<&str> {
        let is_empty = |folder: &str| {
            let inside = format!("{folder}/");
            let next = self.files.range(inside.clone()..).next();
            !next.is_some_and(|(path, _)| path.starts_with(&inside))
        };
        let all = self.folders.iter().map(String::as_str);
        all.filter(|folder| is_empty(folder))
            .filter(|folder| folder.rsplit_once('/').is_none_or(|(above, _)| !is_empty(above)))
            .collect()
    }

    /// Size of a file; None when it is not there.
    pub(super) fn size(&self, path: &str) -> Option<u64> {
        self.files.get(path).copied()
    }

    /// Files below `data/` with their sizes.
    pub(super) fn payload(&self) -> impl Iterator<Item = (&str, u64)> {
        let all = self.files.iter().map(|(path, bytes)| (path.as_str(), *bytes));
        all.filter(|(path, _)| path.starts_with(bundle::DATA))
    }

    /// Every file.
    pub(super) fn all_files(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Files beside `data/`.
    pub(super) fn tag_files(&self) -> impl Iterator<Item = &str> {
        let all = self.files.keys().map(String::as_str);
        all.filter(|path| !path.starts_with(bundle::DATA))
    }

    /// The content of a file that is among the files and not too large for what it is. It ends one byte after the size that
    /// was listed: enough to be noticed, and an end for a file that has none.
    pub(super) fn open(&self, path: &str) -> io::Result<Box<dyn Read + '_>> {
        let size = self.size(path).ok_or(io::ErrorKind::NotFound)?;
        let bytes_max = if path.starts_with(bundle::DATA) {
            bundle::PAYLOAD_BYTES_MAX
        } else {
            bundle::TAG_FILE_BYTES_MAX
        };
        if size > bytes_max {
            let why = format!("it has {size} bytes, and such a file may have {bytes_max}");
            return Err(io::Error::other(why));
        }
        self.open_of_size(path, size)
    }

    /// The content of a file whose size, however large, is what the recording says of it.
    pub(super) fn open_of_size(&self, path: &str, size: u64) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.source.open(path)?.take(size.saturating_add(1))))
    }

    /// The whole content of a file that the format keeps small. Says so under `check` when it is not to be had.
    pub(super) fn read_small(
        &self,
        path: &str,
        bytes_max: u64,
        check: CheckCode,
        findings: &mut Findings,
    ) -> Option<Vec<u8>> {
        if self.size(path).is_none() {
            findings.failed(check, path, "it is missing");
            return None;
        }
        let mut bytes = Vec::new();
        // One more than allowed tells a file of just that size from a larger one.
        let read = self
            .open(path)
            .and_then(|file| file.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes));
        match read {
            Ok(_) if bytes.len() as u64 > bytes_max => {
                findings.failed(check, path, format!("it is larger than {bytes_max} bytes"));
                None
            }
            Ok(_) => Some(bytes),
            Err(e) => {
                findings.failed(check, path, format!("it cannot be read: {e}"));
                None
            }
        }
    }
}
