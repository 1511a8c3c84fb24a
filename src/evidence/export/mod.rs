//! Handing out a bundle: the sealed folder as it lies, and with it the chain of custody, a certificate for people, the
//! commands for verifying, and a signed list of these.
//!
//! The ledger is told before the first byte leaves, and the bundle contains that entry; a second entry says whether
//! everything was handed over, and if not, why, or after how many bytes it broke off.

mod handed;
mod tar_stream;

pub use handed::Handed;

use super::Evidence;
use super::beside;
use super::custody::acts::OpenAct;
use super::custody::members;
use super::durable;
use super::envelope::ReadSeek;
use super::error::{EvidenceError, blocking};
use super::log;
use super::releases::plain;
use super::reseal;
use super::sealing::Bag;
use super::stamping;
use crate::court::id::RecordingId;
use crate::seal::certificate::{self, SealCertificate};
use crate::seal::custody::CustodyAct;
use crate::seal::digest::Digest;
use crate::seal::instructions::{self, Instructions};
use crate::seal::manifest::Manifest;
use crate::seal::timestamp::Timestamp;
use crate::seal::x509::Certificate;
use crate::seal::{bundle, cms};
use serde_json::{Map, Value, json};
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use time::OffsetDateTime;
use tokio::sync::mpsc;
use tracing::Instrument;

/// A file of a bundle.
enum Content {
    /// As it lies in the store when it is its turn, with its size in bytes.
    Stored(Stored, u64),
    /// Made for this export.
    Made(Vec<u8>),
}

/// A file of a recording, found when it is opened: while a bundle is written, the recording may be put into envelopes.
struct Stored {
    evidence: Evidence,
    recording: RecordingId,
    path: String,
}

impl Stored {
    /// Opens it; it has `bytes` bytes. Fewer is an error when it is read, for the reader was promised as many.
    fn open(&self, bytes: u64) -> io::Result<Exactly> {
        let bag = self.evidence.bag(self.recording).map_err(io::Error::other)?;
        let (file, _) = bag.file(&self.path)?;
        Ok(Exactly { file, left: bytes })
    }
}

/// A bundle about to be handed out.
struct Bundle {
    /// When.
    at: Timestamp,
    /// Every file, by path.
    files: Vec<(String, Content)>,
    /// Digest of the tag manifest: names this very export.
    tag_manifest: Digest,
}

impl Evidence {
    /// Writes a bundle to the folder `to`, which must not exist: nothing is ever overwritten.
    pub async fn export_folder(
        &self,
        recording: RecordingId,
        by: &str,
        to: &Path,
    ) -> Result<(), EvidenceError> {
        let path = to.to_path_buf();
        if blocking(move || durable::exists(&path)).await? {
            return Err(EvidenceError::Exists(to.to_path_buf()));
        }
        let (open, bundle) = self.prepare(recording, by, "folder").await?;
        let tag_manifest = bundle.tag_manifest;
        let path = to.to_path_buf();
        let written = blocking(move || write_folder(bundle, &path)).await;
        let broken_off = written.as_ref().err().map(plain);
        open.complete(outcome(tag_manifest, broken_off)).await?;
        written
    }

    /// A bundle as a tar file, piece by piece. Memory stays bounded however long the recording is: the next piece is
    /// made when there is room for it. An error ends the stream and leaves the tar file without its end.
    pub async fn export_tar(&self, recording: RecordingId, by: &str) -> Result<Handed, EvidenceError> {
        let (mut open, bundle) = self.prepare(recording, by, "tar").await?;
        let tag_manifest = bundle.tag_manifest;
        let (sender, receiver) = mpsc::channel(tar_stream::PIECES_MAX);
        let (handed, taken) = handed::handed(receiver);
        let writing = async move {
            // If the server stops here, the next start says so; a panic is told as what it is.
            open.if_broken_off("the making of the tar file failed".into());
            let written =
                tokio::task::spawn_blocking(move || tar_stream::write(bundle, recording, sender)).await;
            // Not before whoever reads has it all, or has gone: what waits for them is not handed out.
            let taken = taken.await;
            let broken_off = match written {
                Ok(Ok(())) if taken.is_whole => None,
                Ok(Err(why)) if why.kind() != io::ErrorKind::BrokenPipe => {
                    Some(format!("a file could not be read; {} bytes sent", taken.bytes))
                }
                Ok(_) => Some(format!("broken off, {} bytes sent", taken.bytes)),
                Err(_) => Some(format!("the server failed; {} bytes sent", taken.bytes)),
            };
            // What fails is told there, and made up for.
            let _ = open.complete(outcome(tag_manifest, broken_off)).await;
        };
        tokio::spawn(writing.in_current_span());
        Ok(handed)
    }

    /// Opens the entry of the ledger and puts the bundle together. Where it is refused, or fails, that is the outcome; it is
    /// entered also when whoever asked has gone.
    async fn prepare(
        &self,
        recording: RecordingId,
        by: &str,
        form: &str,
    ) -> Result<(OpenAct, Bundle), EvidenceError> {
        self.require_attached(recording).await?;
        let detail = members([("form", json!(form))]);
        let mut open = self.open_act(recording, CustodyAct::Exported, by, detail).await?;
        open.if_broken_off("broken off, 0 bytes sent".into());
        match self.bundle_of(recording).await {
            Ok(bundle) => Ok((open, bundle)),
            Err(why) => {
                let detail = members([("ok", json!(false)), ("why", json!(plain(&why)))]);
                // Of the two that is the one to tell.
                let _ = open.complete(detail).await;
                Err(why)
            }
        }
    }

    async fn bundle_of(&self, recording: RecordingId) -> Result<Bundle, EvidenceError> {
        let custody = self.whole_custody(recording).await?;
        let evidence = self.clone();
        let unchanging = self.inner.additions.reading(recording).await;
        let bag = self.bag(recording)?;
        let bundle = blocking(move || evidence.put_together(&bag, recording, custody)).await?;
        drop(unchanging);
        Ok(bundle)
    }

    fn put_together(
        &self,
        bag: &Bag,
        recording: RecordingId,
        custody: String,
    ) -> Result<Bundle, EvidenceError> {
        let now = OffsetDateTime::now_utc();
        let (key, at) = (self.inner.keys.at(now)?, Timestamp::new(now));
        let document = bag.document()?;
        let manifest = bag.manifest()?;
        let manifest_sha256 = Digest::of(&manifest);
        let read = |path: &str| {
            let path = bag.root.join(path);
            fs::read(&path).map_err(EvidenceError::io(&path))
        };
        let changed = |file: &str, why: String| EvidenceError::Changed {
            file: file.into(),
            why,
        };
        // The certificates of the seal, which may be older than the key in use now.
        let signature = read(bundle::MANIFEST_SIGNATURE)?;
        let signed = cms::verify(&signature, &manifest)
            .map_err(|e| changed(bundle::MANIFEST_SIGNATURE, e.to_string()))?;
        // Where the path of the seal ends, not what lies beside it: its fingerprint is what a reader compares.
        let root = beside::root_of_seal(bag, &Self::roots_of(&self.inner.data)?)?;
        let enclosed = Certificate::all_from_pem(&read(bundle::ROOT_CERTIFICATE)?).unwrap_or_default();

        let stamp = stamping::summary(bag, &signature, &root)?;
        let log = log::summary(bag)?;
        let reseals = reseal::summaries(&bag.root, &root)?;

        let redaction = bag.redaction()?;
        let page = certificate::html(&SealCertificate {
            document: &document,
            manifest_sha256,
            seal: &signed.certificate,
            root: &root,
            gaps: document.gaps.count,
            exported_at: at,
            stamp: stamp.as_ref(),
            log: log.as_ref(),
            redaction: redaction.as_ref(),
        });
        let how = instructions::text(&Instructions {
            recording: document.recording,
            organisation: &document.sealed_by.organisation,
            manifest_sha256,
            root_fingerprint: root.fingerprint(),
            sealed_at: signed.signing_time,
            exported_at: at,
            stamp,
            log,
            later_root: Some(key.root().fingerprint()).filter(|later| *later != root.fingerprint()),
            reseals,
        });
        let mut made = vec![
            (bundle::CUSTODY, custody.into_bytes()),
            (bundle::CERTIFICATE, page.into_bytes()),
            (bundle::INSTRUCTIONS, how.into_bytes()),
        ];
        let mut tags = Manifest::new();
        if enclosed != [root.clone()] {
            tracing::error!(%recording, "the root beside a seal is damaged; the export has the court's own");
            made.push((bundle::ROOT_CERTIFICATE, root.to_pem()?.into_bytes()));
        }
        let is_made = |made: &[(&str, Vec<u8>)], path: &str| made.iter().any(|(made, _)| *made == path);
        for path in bundle::STORED_TAG_FILES
            .iter()
            .filter(|path| !is_made(&made, path))
        {
            tags.insert(path, Digest::of(&read(path)?))?;
        }
        for path in bundle::OPTIONAL_TAG_FILES.concat() {
            if durable::exists(&bag.root.join(path))? {
                tags.insert(path, Digest::of(&read(path)?))?;
            }
        }
        for path in reseal::files(&bag.root)? {
            tags.insert(&path, Digest::of(&read(&path)?))?;
        }
        for (path, content) in &made {
            tags.insert(path, Digest::of(content))?;
        }
        let tags = tags.to_string().into_bytes();
        let tag_manifest = Digest::of(&tags);
        made.push((bundle::TAG_MANIFEST_SIGNATURE, key.sign(tag_manifest, at)?));
        made.push((bundle::TAG_MANIFEST, tags));

        let mut files = Vec::new();
        for found in durable::walk(&bag.root)?.into_iter().filter(|f| !f.is_folder) {
            if is_made(&made, &found.path) {
                continue;
            }
            let (_, bytes) = bag.file(&found.path).map_err(EvidenceError::io(&found.full))?;
            let stored = Stored {
                evidence: self.clone(),
                recording,
                path: found.path.clone(),
            };
            files.push((found.path, Content::Stored(stored, bytes)));
        }
        files.extend(
            made.into_iter()
                .map(|(path, content)| (path.to_string(), Content::Made(content))),
        );
        files.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Bundle {
            at,
            files,
            tag_manifest,
        })
    }
}

/// What is entered of an export that was put together; with why it was not handed over.
fn outcome(tag_manifest: Digest, broken_off: Option<String>) -> Map<String, Value> {
    let mut detail = members([
        ("ok", json!(broken_off.is_none())),
        ("tagmanifest_sha256", json!(tag_manifest)),
    ]);
    detail.extend(broken_off.map(|why| ("why".to_owned(), json!(why))));
    detail
}

/// Writes the bundle beside its destination and puts it in place in one step: what is there is whole.
fn write_folder(bundle: Bundle, to: &Path) -> Result<(), EvidenceError> {
    let name = to
        .file_name()
        .ok_or_else(|| EvidenceError::Exists(to.to_path_buf()))?;
    let parent = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut aside_name = name.to_os_string();
    aside_name.push(format!(".partial-{}", uuid::Uuid::now_v7().simple()));
    let aside = parent.join(aside_name);
    durable::create_folder(parent)?;
    fs::create_dir(&aside).map_err(EvidenceError::io(&aside))?;
    let written = write_files(&bundle, &aside).and_then(|()| {
        // An empty folder that came into being meanwhile would be replaced; one with anything in it is refused.
        if durable::exists(to)? {
            return Err(EvidenceError::Exists(to.to_path_buf()));
        }
        fs::rename(&aside, to).map_err(EvidenceError::io(to))?;
        durable::sync_folder(parent)
    });
    if written.is_err()
        && let Err(why) = fs::remove_dir_all(&aside)
        && why.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(path = %aside.display(), %why, "an unfinished export was left behind");
    }
    written
}

fn write_files(bundle: &Bundle, root: &Path) -> Result<(), EvidenceError> {
    for (path, content) in &bundle.files {
        let full = root.join(path);
        if let Some(parent) = full.parent() {
            durable::create_folder(parent)?;
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&full)
            .map_err(EvidenceError::io(&full))?;
        let written = match content {
            Content::Made(bytes) => file.write_all(bytes),
            Content::Stored(from, bytes) => from
                .open(*bytes)
                .and_then(|mut from| io::copy(&mut from, &mut file).map(drop)),
        };
        written
            .and_then(|()| file.sync_all())
            .map_err(EvidenceError::io(&full))?;
    }
    for found in durable::walk(root)?.iter().rev().filter(|found| found.is_folder) {
        durable::sync_folder(&found.full)?;
    }
    durable::sync_folder(root)
}

struct Exactly {
    file: Box<dyn ReadSeek>,
    left: u64,
}

impl Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let read = Read::by_ref(&mut self.file).take(self.left).read(buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}
