//! What a reseal covers, and whether that is as it was then.

use super::super::super::bundle;
use super::super::super::digest::Digest512;
use super::super::super::manifest::{Manifest, Manifest512};
use super::super::super::reseal::{ALWAYS_COVERED, Number, covers};
use super::super::contents::Contents;
use super::super::report::Findings;
use super::super::{Progress, Readers};
use super::{Against, CHECK};
use std::collections::BTreeMap;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes between two reports of progress.
const PROGRESS_STEP_BYTES: u64 = 256 * 1024;

/// The SHA-512 of every file of the payload, once a reseal has asked for it: all of it is read for that.
pub(super) struct Covered<'a> {
    contents: &'a Contents<'a>,
    manifest: &'a Manifest,
    readers: &'a dyn Readers,
    observe: &'a (dyn Fn(Progress) + Sync),
    payload: Option<BTreeMap<String, Option<Digest512>>>,
}

impl<'a> Covered<'a> {
    pub(super) fn new(
        against: &Against<'a>,
        readers: &'a dyn Readers,
        observe: &'a (dyn Fn(Progress) + Sync),
    ) -> Self {
        Self {
            contents: against.contents,
            manifest: against.manifest,
            readers,
            observe,
            payload: None,
        }
    }

    /// Checks the list of a reseal; what it covers, in words.
    pub(super) fn check(&mut self, number: Number, list: &Manifest512, findings: &mut Findings) -> String {
        let path = number.list();
        let contents = self.contents;
        let seal = list.iter().filter(|(path, _)| !path.starts_with(bundle::DATA));
        for (listed, expected) in seal {
            if !covers(number, listed) {
                findings.failed(CHECK, &path, format!("it lists {listed}, which no reseal covers"));
            } else if contents.size(listed).is_none() {
                findings.failed(CHECK, listed, format!("{number} covers it, and it is missing"));
            } else {
                let found = contents
                    .open(listed)
                    .and_then(|f| Digest512::of_stream(f, |_| ()));
                if !found.is_ok_and(|found| found == expected) {
                    findings.failed(
                        CHECK,
                        listed,
                        format!("it is not as it was when {number} was made"),
                    );
                }
            }
        }
        let earlier = contents
            .tag_files()
            .filter(|path| Number::of(path).is_some_and(|(n, _)| n < number));
        for must in earlier.chain(ALWAYS_COVERED) {
            if list.get(must).is_none() {
                findings.failed(CHECK, &path, format!("it does not list {must}"));
            }
        }
        let mut words = String::from("the seal");
        if list.get(bundle::TIME_STAMP).is_some() {
            words.push_str(", its time-stamp");
        }
        match number.0 {
            1 => {}
            2 => words.push_str(", reseal-001"),
            n => words.push_str(&format!(", reseal-001 to {}", Number(n - 1))),
        }
        let files = list
            .iter()
            .filter(|(path, _)| path.starts_with(bundle::DATA))
            .count();
        if files == 0 {
            words.push_str(", and through the seal's list, by SHA-256, every file");
            return words;
        }
        self.check_payload(number, list, findings);
        words.push_str(&format!(" and each of the {files} files, all by SHA-512"));
        words
    }

    fn check_payload(&mut self, number: Number, list: &Manifest512, findings: &mut Findings) {
        let path = number.list();
        for (listed, _) in list.iter().filter(|(path, _)| path.starts_with(bundle::DATA)) {
            if self.manifest.get(listed).is_none() {
                findings.failed(CHECK, &path, format!("it lists {listed}, which was not sealed"));
            }
        }
        let manifest = self.manifest;
        if self.payload.is_none() {
            self.payload = Some(self.read(findings));
        }
        let Some(payload) = &self.payload else { return };
        for (sealed, _) in manifest.iter() {
            match (list.get(sealed), payload.get(sealed)) {
                (None, _) => findings.failed(CHECK, &path, format!("it does not list {sealed}")),
                (Some(expected), Some(Some(found))) if expected == *found => {}
                // Whatever it is, it was named already, as a file that is missing or not as it was sealed.
                (Some(_), None) => {}
                (Some(_), Some(_)) => {
                    let why = format!("it is not as it was when {number} was made");
                    findings.failed(CHECK, sealed, why);
                }
            }
        }
    }

    /// Reads every file that is as it was sealed. None for one that cannot be read a second time.
    fn read(&self, findings: &Findings) -> BTreeMap<String, Option<Digest512>> {
        let files: Vec<(&str, u64)> = self
            .contents
            .payload()
            .filter(|(path, _)| self.manifest.get(path).is_some() && !findings.names(path))
            .collect();
        let found: Vec<OnceLock<io::Result<Digest512>>> = files.iter().map(|_| OnceLock::new()).collect();
        let bytes_total = files
            .iter()
            .fold(0u64, |sum, (_, bytes)| sum.saturating_add(*bytes));
        let bytes_done = AtomicU64::new(0);
        self.readers.read(files.len(), &|file| {
            let (Some((path, bytes)), Some(found)) = (files.get(file), found.get(file)) else {
                return;
            };
            let mut unreported = 0;
            let digest = self.contents.open_of_size(path, *bytes).and_then(|content| {
                Digest512::of_stream(content, |bytes| {
                    unreported += bytes;
                    if unreported >= PROGRESS_STEP_BYTES {
                        let bytes = std::mem::take(&mut unreported);
                        let bytes_done = bytes_done
                            .fetch_add(bytes, Ordering::Relaxed)
                            .saturating_add(bytes);
                        (self.observe)(Progress {
                            bytes_done,
                            bytes_total,
                        });
                    }
                })
            });
            // Nobody else has this file.
            let _ = found.set(digest);
        });
        files
            .iter()
            .zip(found)
            .map(|((path, _), found)| {
                let digest = found.into_inner().and_then(Result::ok);
                ((*path).to_owned(), digest)
            })
            .collect()
    }
}
