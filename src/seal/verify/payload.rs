//! The bytes: which files there are, and whether each is as it was sealed.

use super::super::bundle;
use super::super::digest::{Digest, Hasher};
use super::super::fragments::Piece;
use super::super::manifest::Manifest;
use super::contents::Contents;
use super::recording::Documents;
use super::report::{CheckCode, Findings};
use super::{Progress, Readers};
use std::io::{self, ErrorKind, Read};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// Bytes between two reports of progress.
const PROGRESS_STEP_BYTES: u64 = 256 * 1024;

/// The recording whose payload this is: the only folder below `data/`.
pub(super) fn recording(manifest: &Manifest, findings: &mut Findings) -> Option<Uuid> {
    let mut recording = None;
    for (path, _) in manifest.iter() {
        let folder = path.strip_prefix(bundle::DATA).and_then(|p| p.split_once('/'));
        let id = folder.and_then(|(name, _)| {
            let id = Uuid::try_parse(name).ok()?;
            // Hyphenated and in lower case, as it is written everywhere else.
            (id.to_string() == name).then_some(id)
        });
        match (id, recording) {
            (Some(id), None) => recording = Some(id),
            (Some(id), Some(one)) if id == one => {}
            _ => {
                let why = format!("it lists {path}, which is not below the one folder data/<recording>/");
                findings.failed(CheckCode::Manifest, bundle::MANIFEST, why);
                return None;
            }
        }
    }
    if recording.is_none() {
        findings.failed(CheckCode::Manifest, bundle::MANIFEST, "it lists no file");
    }
    recording
}

/// Checks that exactly the listed files are there.
pub(super) fn check_complete(contents: &Contents<'_>, manifest: &Manifest, findings: &mut Findings) {
    let check = CheckCode::PayloadComplete;
    for (path, _) in manifest.iter() {
        if contents.size(path).is_none() {
            findings.failed(check, path, "it was sealed and is missing");
        }
    }
    for (path, _) in contents.payload() {
        if manifest.get(path).is_none() {
            findings.failed(check, path, "it was not sealed: somebody added it");
        }
    }
    let files = manifest.len();
    findings.proved_unless_failed(
        check,
        format!("{files} files were sealed and are there, and no other"),
    );
}

/// Reads every sealed file once and checks its digest; of a track, the digests of its fragments as well. What is
/// found is said in the manifest's order, whoever reads what first.
pub(super) fn check_digests(
    contents: &Contents<'_>,
    manifest: &Manifest,
    documents: &Documents,
    readers: &dyn Readers,
    observe: &(dyn Fn(Progress) + Sync),
    findings: &mut Findings,
) {
    let check = CheckCode::PayloadDigests;
    let mut jobs = Vec::new();
    for (path, expected) in manifest.iter() {
        let Some(size) = contents.size(path) else {
            continue; // named as missing already
        };
        let sealed_bytes = documents.sealed_bytes(path);
        if let Some(bytes) = sealed_bytes.filter(|bytes| *bytes != size) {
            // Spares reading a file that was blown up to terabytes.
            let why = format!("it has {size} bytes, and had {bytes} when it was sealed");
            findings.failed(check, path, why);
            continue;
        }
        jobs.push(Job {
            path,
            expected,
            size,
            sealed_bytes,
            pieces: documents.pieces(path),
            found: OnceLock::new(),
        });
    }
    read_all(contents, &jobs, readers, observe);
    let mut read_total = 0u64;
    for job in jobs {
        let (path, expected) = (job.path, job.expected);
        match job
            .found
            .into_inner()
            .unwrap_or_else(|| Err(ErrorKind::Interrupted.into()))
        {
            Ok(found) => {
                read_total = read_total.saturating_add(found.bytes);
                if found.digest != expected {
                    findings.failed(
                        check,
                        path,
                        format!("it is not as it was sealed{}", found.where_to_look()),
                    );
                } else if let Some((from, to)) = found.differing.first() {
                    // The seal holds, so whoever sealed contradicts himself.
                    let why = format!("bytes {from} to {to} are not what fragments.tsv says");
                    findings.failed(CheckCode::Fragments, path, why);
                }
            }
            Err(e) => findings.failed(check, path, format!("it cannot be read: {e}")),
        }
    }
    findings.proved_unless_failed(check, format!("{} files, {read_total} bytes", manifest.len()));
}

/// A file to be read, and what was found.
struct Job<'a> {
    path: &'a str,
    expected: Digest,
    size: u64,
    /// Bytes that the recording says it has.
    sealed_bytes: Option<u64>,
    pieces: &'a [Piece],
    found: OnceLock<io::Result<Found>>,
}

/// Reads the files, each by one reader.
fn read_all(
    contents: &Contents<'_>,
    jobs: &[Job<'_>],
    readers: &dyn Readers,
    observe: &(dyn Fn(Progress) + Sync),
) {
    let bytes_total = jobs.iter().fold(0u64, |sum, job| sum.saturating_add(job.size));
    let bytes_done = AtomicU64::new(0);
    let progressed = |bytes: u64| {
        let before = bytes_done.fetch_add(bytes, Ordering::Relaxed);
        observe(Progress {
            bytes_done: before.saturating_add(bytes),
            bytes_total,
        });
    };
    readers.read(jobs.len(), &|file| {
        let Some(job) = jobs.get(file) else { return };
        let file = match job.sealed_bytes {
            Some(bytes) => contents.open_of_size(job.path, bytes),
            None => contents.open(job.path),
        };
        let found = file.and_then(|file| read(file, job.pieces, progressed));
        // Nobody else has this file.
        let _ = job.found.set(found);
    });
}

struct Found {
    digest: Digest,
    bytes: u64,
    /// First and last byte of each fragment that differs, the first few of them.
    differing: Vec<(u64, u64)>,
}

impl Found {
    fn where_to_look(&self) -> String {
        match self.differing.as_slice() {
            [] => String::new(),
            [(from, to)] => format!("; the change is in bytes {from} to {to}"),
            [(from, _), .., (_, to)] => format!("; the changes are in bytes {from} to {to}"),
        }
    }
}

/// Most differing fragments that are kept for one file.
const DIFFERING_MAX: usize = 1000;

/// Reads a file to its end; `progressed` is told how many bytes more were read, now and then.
fn read(mut file: impl Read, pieces: &[Piece], progressed: impl Fn(u64)) -> io::Result<Found> {
    let mut whole = Hasher::new();
    let mut tracker = PieceTracker::new(pieces);
    let mut buffer = vec![0; 64 * 1024];
    let (mut bytes, mut unreported) = (0u64, 0u64);
    loop {
        let n = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let chunk = buffer.get(..n).unwrap_or_default();
        whole.update(chunk);
        tracker.update(chunk);
        bytes = bytes.saturating_add(n as u64);
        unreported += n as u64;
        if unreported >= PROGRESS_STEP_BYTES {
            progressed(std::mem::take(&mut unreported));
        }
    }
    progressed(unreported);
    Ok(Found {
        digest: whole.finish(),
        bytes,
        differing: tracker.finish(),
    })
}

/// Hashes the fragments of a file while it streams by.
struct PieceTracker<'a> {
    pieces: std::slice::Iter<'a, Piece>,
    current: Option<(Piece, Hasher, u64)>,
    offset: u64,
    differing: Vec<(u64, u64)>,
}

impl<'a> PieceTracker<'a> {
    fn new(pieces: &'a [Piece]) -> Self {
        let mut pieces = pieces.iter();
        let current = pieces.next().map(|p| (*p, Hasher::new(), p.bytes));
        Self {
            pieces,
            current,
            offset: 0,
            differing: Vec::new(),
        }
    }

    fn update(&mut self, mut chunk: &[u8]) {
        while let Some((piece, hasher, left)) = &mut self.current {
            let take = usize::try_from(*left).unwrap_or(usize::MAX).min(chunk.len());
            let (now, later) = chunk.split_at(take);
            hasher.update(now);
            *left -= now.len() as u64;
            chunk = later;
            if *left > 0 {
                return;
            }
            let (piece, hasher) = (*piece, std::mem::take(hasher));
            self.end(piece, hasher);
        }
    }

    fn end(&mut self, piece: Piece, hasher: Hasher) {
        let end = self.offset.saturating_add(piece.bytes);
        if hasher.finish() != piece.sha256 && self.differing.len() < DIFFERING_MAX {
            self.differing.push((self.offset, end.saturating_sub(1)));
        }
        self.offset = end;
        self.current = self.pieces.next().map(|p| (*p, Hasher::new(), p.bytes));
    }

    /// A fragment that the file was too short for differs as well.
    fn finish(mut self) -> Vec<(u64, u64)> {
        if let Some((piece, _, _)) = self.current.take() {
            let end = self.offset.saturating_add(piece.bytes).saturating_sub(1);
            self.differing.push((self.offset, end));
        }
        self.differing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_found_whatever_the_size_of_the_reads() {
        let content: Vec<u8> = (0..=255).collect();
        let bounds = [0, 1, 100, 200, 256];
        let pieces: Vec<Piece> = bounds
            .windows(2)
            .map(|w| Piece {
                bytes: (w[1] - w[0]) as u64,
                sha256: Digest::of(&content[w[0]..w[1]]),
            })
            .collect();
        for step in [1, 7, 99, 256] {
            let differing = |content: &[u8]| {
                let mut tracker = PieceTracker::new(&pieces);
                content.chunks(step).for_each(|c| tracker.update(c));
                tracker.finish()
            };
            assert_eq!(differing(&content), []);
            let mut flipped = content.clone();
            flipped[150] ^= 1;
            assert_eq!(differing(&flipped), [(100, 199)]);
            assert_eq!(differing(&content[..210]), [(200, 255)]);
        }
    }
}
