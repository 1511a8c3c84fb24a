//! Objects that are sent in parts, as files above 5 GiB must be, or copied in parts within the store.
//!
//! Each part is hashed, sent with its SHA-256, which the store checks, and tried again where that may help. Where the store says what it
//! makes of the whole, that is the SHA-256 of those of the parts; that of the file is proved by reading the object back, here as for
//! files that are sent in one request.
//!
//! An upload that fails is aborted, in a time of its own; one that nobody is left to abort is found later (`uploads`).

use super::super::Patience;
use super::super::fault::StoreFault;
use super::uploads::{RunningUpload, Which};
use super::{Bucket, Content, good, really_good, text, within, xml};
use crate::seal::digest::{Digest, Hasher};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

/// Most parts that an object may have.
const PARTS_MAX: u64 = 10_000;
/// The largest object that there may be.
pub(super) const OBJECT_MAX: u64 = 5 << 40;
/// So often each part is tried, and the end of an upload.
const TRIES: u32 = 3;
/// Read at a time.
const PIECE: usize = 1 << 20;

/// What is sent in parts, and how large they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// A file, or an object that is copied, of more bytes than these.
    pub above: u64,
    /// So many bytes each but the last, more where that would make more than 10,000 parts. S3 takes none below 5 MiB.
    pub each: u64,
}

impl Default for Parts {
    /// Parts of 64 MiB, above 256 MiB.
    fn default() -> Self {
        Self {
            above: 256 << 20,
            each: 64 << 20,
        }
    }
}

impl Parts {
    /// The size of each part of an object but the last.
    fn size(self, bytes: u64) -> u64 {
        let least = bytes.div_ceil(PARTS_MAX);
        match least <= self.each {
            true => self.each.max(1),
            false => least.next_multiple_of(1 << 20),
        }
    }

    /// Where each part begins, and how long it is.
    fn of(self, bytes: u64) -> impl Iterator<Item = (u64, u64)> {
        let size = self.size(bytes);
        (0..bytes.div_ceil(size)).map(move |number| (number * size, size.min(bytes - number * size)))
    }
}

/// An upload that was begun. What the store has of it stays until it is completed or aborted.
struct Upload {
    key: String,
    id: String,
    _running: RunningUpload,
}

/// A part that the store has.
struct Sent {
    etag: String,
    /// None of a part that was copied.
    sha256: Option<Digest>,
}

impl Bucket {
    /// Sends a file of which digest and size are known; its version, where the store names one. Of what is not the file that is expected
    /// no object is made.
    pub(super) async fn put_in_parts(
        &self,
        full: &str,
        from: &Path,
        expected: (Digest, u64),
        headers: &[(&str, String)],
        patience: Patience,
    ) -> Result<Option<String>, StoreFault> {
        // A crash may have left one of the same file. Some stores list no others.
        self.end_uploads(&[full], Which::LeftOf(full), patience).await?;
        let mut headers = headers.to_vec();
        headers.push(("x-amz-checksum-algorithm", "SHA256".to_owned()));
        let upload = self.begin(full, &headers, patience).await?;
        let done = self.send_parts(&upload, from, expected, patience).await;
        self.ended(&upload, done, patience).await
    }

    /// Copies an object to a key, within the store.
    pub(super) async fn copy_in_parts(
        &self,
        source: &str,
        bytes: u64,
        to: &str,
        patience: Patience,
    ) -> Result<(), StoreFault> {
        let upload = self.begin(to, &[], patience).await?;
        let done = self.copy_parts(&upload, source, bytes, patience).await;
        self.ended(&upload, done, patience).await.map(drop)
    }

    async fn begin(
        &self,
        full: &str,
        headers: &[(&str, String)],
        patience: Patience,
    ) -> Result<Upload, StoreFault> {
        // Whoever looks for what was left sees no upload that is not known as running yet.
        let turn = self.running.turn().await;
        let id = within(patience.of(0), async {
            let answer = self
                .send(Method::POST, full, &[("uploads", "")], headers, Content::Nothing)
                .await?;
            let answer = text(good(answer).await?).await?;
            xml::first(&answer, "UploadId")
                .filter(|id| !id.is_empty())
                .ok_or(StoreFault::Answer("the begin of an upload in parts"))
        })
        .await?;
        let running = self.running.add(&id);
        drop(turn);
        Ok(Upload {
            key: full.to_owned(),
            id,
            _running: running,
        })
    }

    /// Aborts an upload that failed. The time that it was given may be over, so this has its own.
    async fn ended<T>(
        &self,
        upload: &Upload,
        done: Result<T, StoreFault>,
        patience: Patience,
    ) -> Result<T, StoreFault> {
        if done.is_err()
            && let Err(why) = self.abort(&upload.key, &upload.id, patience).await
        {
            tracing::warn!(%why, "what was sent of a file is still in the second store; it is deleted at the next look for such");
        }
        done
    }

    async fn send_parts(
        &self,
        upload: &Upload,
        from: &Path,
        (digest, bytes): (Digest, u64),
        patience: Patience,
    ) -> Result<Option<String>, StoreFault> {
        let (mut parts, mut whole) = (Vec::new(), Hasher::new());
        for (begin, length) in self.settings.parts.of(bytes) {
            let (path, so_far) = (from.to_path_buf(), whole);
            let hashed = tokio::task::spawn_blocking(move || hash(&path, begin, length, so_far)).await;
            let hashed =
                hashed.map_err(|_| StoreFault::Unreachable("a task ended before its time".into()))?;
            let (sha256, so_far) = hashed.map_err(|why| match why.kind() {
                io::ErrorKind::UnexpectedEof => StoreFault::Changed(upload.key.clone()),
                _ => StoreFault::io(from)(why),
            })?;
            whole = so_far;
            let mut tries = Tries::new(patience);
            let etag = loop {
                let content = Content::File {
                    at: from,
                    from: begin,
                    bytes: length,
                    sha256,
                };
                let sent = self.send_part(upload, parts.len() + 1, content);
                match within(patience.of(length), sent).await {
                    Ok(etag) => break etag,
                    Err(why) => tries.after(why).await?,
                }
            };
            parts.push(Sent {
                etag,
                sha256: Some(sha256),
            });
        }
        if whole.finish() != digest {
            return Err(StoreFault::Changed(upload.key.clone()));
        }
        self.complete(upload, &parts, patience.of(bytes), patience).await
    }

    async fn copy_parts(
        &self,
        upload: &Upload,
        source: &str,
        bytes: u64,
        patience: Patience,
    ) -> Result<Option<String>, StoreFault> {
        let mut parts = Vec::new();
        for (begin, length) in self.settings.parts.of(bytes) {
            let mut tries = Tries::new(patience);
            let etag = loop {
                let range = format!("bytes={begin}-{}", begin + length - 1);
                let copied = self.copy_part(upload, parts.len() + 1, source, range);
                match within(patience.of(length), copied).await {
                    Ok(etag) => break etag,
                    Err(why) => tries.after(why).await?,
                }
            };
            parts.push(Sent { etag, sha256: None });
        }
        self.complete(upload, &parts, patience.of(bytes), patience).await
    }

    async fn send_part(
        &self,
        upload: &Upload,
        number: usize,
        content: Content<'_>,
    ) -> Result<String, StoreFault> {
        let number = number.to_string();
        let query = [("partNumber", number.as_str()), ("uploadId", upload.id.as_str())];
        let answer = self.send(Method::PUT, &upload.key, &query, &[], content).await?;
        let answer = good(answer).await?;
        let etag = answer.headers().get(reqwest::header::ETAG);
        let etag = etag.and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        etag.ok_or(StoreFault::Answer("a part of an upload"))
    }

    async fn copy_part(
        &self,
        upload: &Upload,
        number: usize,
        source: &str,
        range: String,
    ) -> Result<String, StoreFault> {
        let number = number.to_string();
        let query = [("partNumber", number.as_str()), ("uploadId", upload.id.as_str())];
        let headers = [
            ("x-amz-copy-source", source.to_owned()),
            ("x-amz-copy-source-range", range),
        ];
        let answer = self
            .send(Method::PUT, &upload.key, &query, &headers, Content::Nothing)
            .await?;
        let answer = really_good(answer).await?;
        xml::first(&answer, "ETag").ok_or(StoreFault::Answer("the copy of a part"))
    }

    /// The commit point: of the parts an object is made. A crash after it leaves an object without a lock, which the next pass finds and
    /// locks.
    async fn complete(
        &self,
        upload: &Upload,
        parts: &[Sent],
        time: Duration,
        patience: Patience,
    ) -> Result<Option<String>, StoreFault> {
        let (list, mut tries, mut was_lost) = (list(parts), Tries::new(patience), false);
        loop {
            match within(time, self.end(upload, parts, list.clone())).await {
                Ok(version) => return Ok(version),
                // It ended, and the answer was lost; what is there is read back.
                Err(StoreFault::Refused { status: 404, .. }) if was_lost => return Ok(None),
                Err(why) => {
                    was_lost |= matches!(why, StoreFault::Unreachable(_) | StoreFault::TooSlow(_));
                    tries.after(why).await?;
                }
            }
        }
    }

    async fn end(&self, upload: &Upload, parts: &[Sent], list: String) -> Result<Option<String>, StoreFault> {
        let query = [("uploadId", upload.id.as_str())];
        let answer = self
            .send(Method::POST, &upload.key, &query, &[], Content::List(list))
            .await?;
        let version = Self::version(&answer);
        let answer = really_good(answer).await?;
        if !answer.contains("<CompleteMultipartUploadResult") {
            return Err(StoreFault::Answer("the end of an upload in parts"));
        }
        match xml::first(&answer, "ChecksumSHA256") {
            Some(told) if !is_composite(&told, parts) => {
                Err(StoreFault::Answer("the checksum of an upload in parts"))
            }
            _ => Ok(version),
        }
    }

    pub(super) async fn abort(&self, full: &str, id: &str, patience: Patience) -> Result<(), StoreFault> {
        within(patience.of(0), async {
            let answer = self
                .send(Method::DELETE, full, &[("uploadId", id)], &[], Content::Nothing)
                .await?;
            match answer.status() {
                StatusCode::NOT_FOUND => Ok(()),
                _ => good(answer).await.map(drop),
            }
        })
        .await
    }
}

/// How often something is done again that may go better then.
struct Tries {
    left: u32,
    pause: Duration,
}

impl Tries {
    fn new(patience: Patience) -> Self {
        Self {
            left: TRIES,
            pause: patience.each / 30,
        }
    }

    /// Waits after a failure for the next try; gives the failure back where there is none.
    async fn after(&mut self, why: StoreFault) -> Result<(), StoreFault> {
        self.left -= 1;
        if self.left == 0 || !may_pass(&why) {
            return Err(why);
        }
        tokio::time::sleep(self.pause).await;
        Ok(())
    }
}

fn may_pass(why: &StoreFault) -> bool {
    match why {
        StoreFault::Unreachable(_) | StoreFault::TooSlow(_) => true,
        StoreFault::Refused { status: 200, why } => {
            ["InternalError", "ServiceUnavailable", "SlowDown"].contains(&why.as_str())
        }
        StoreFault::Refused { status, .. } => *status == 429 || *status >= 500,
        _ => false,
    }
}

/// The digest of so many bytes of a file, while the whole is hashed on.
fn hash(path: &Path, begin: u64, length: u64, mut whole: Hasher) -> io::Result<(Digest, Hasher)> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(begin))?;
    let (mut part, mut piece) = (Hasher::new(), vec![0; PIECE]);
    let mut left = length;
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        let piece = piece.get_mut(..most).unwrap_or_default();
        file.read_exact(piece)?;
        part.update(piece);
        whole.update(piece);
        left -= most as u64;
    }
    Ok((part.finish(), whole))
}

fn list(parts: &[Sent]) -> String {
    let mut list =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (index, part) in parts.iter().enumerate() {
        let checksum = part.sha256.map(|sha256| STANDARD.encode(sha256.0));
        let checksum = checksum.map(|of| format!("<ChecksumSHA256>{of}</ChecksumSHA256>"));
        list.push_str(&format!(
            "<Part>{}<ETag>{}</ETag><PartNumber>{}</PartNumber></Part>",
            checksum.unwrap_or_default(),
            xml::escaped(&part.etag),
            index + 1
        ));
    }
    list.push_str("</CompleteMultipartUpload>");
    list
}

/// Whether a store's word for an object in parts, the SHA-256 of those of its parts and how many they are, is that of these. Of parts of
/// which nothing is known here, it is not known either.
fn is_composite(told: &str, parts: &[Sent]) -> bool {
    let mut all = Hasher::new();
    for part in parts {
        let Some(sha256) = part.sha256 else { return true };
        all.update(&sha256.0);
    }
    let expected = STANDARD.encode(all.finish().0);
    told == expected || told == format!("{expected}-{}", parts.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn parts_cover_a_file_and_are_never_more_than_there_may_be() {
        let parts = Parts::default();
        for (bytes, size) in [
            (parts.above + 1, 64 * MIB),
            (6 << 30, 64 * MIB),
            (PARTS_MAX * 64 * MIB, 64 * MIB),
            (PARTS_MAX * 64 * MIB + 1, 65 * MIB),
            (OBJECT_MAX, 525 * MIB),
        ] {
            let (mut end, mut count) = (0, 0);
            for (begin, length) in parts.of(bytes) {
                assert_eq!(begin, end, "{bytes}");
                assert!(length > 0 && length <= size, "{bytes}");
                (end, count) = (begin + length, count + 1);
            }
            assert_eq!((end, parts.size(bytes)), (bytes, size));
            assert!(count <= PARTS_MAX, "{bytes}: {count}");
        }
        assert_eq!(
            Parts { above: 9, each: 4 }.of(10).collect::<Vec<_>>(),
            [(0, 4), (4, 4), (8, 2)]
        );
    }

    #[test]
    fn a_checksum_of_checksums_is_known_with_its_number_and_without() {
        let digests = [Digest::of(b"a"), Digest::of(b"b")];
        let parts = digests.map(|sha256| Sent {
            etag: String::new(),
            sha256: Some(sha256),
        });
        let of = STANDARD.encode(Digest::of(&[digests[0].0, digests[1].0].concat()).0);
        assert!(is_composite(&of, &parts) && is_composite(&format!("{of}-2"), &parts));
        assert!(!is_composite(&format!("{of}-3"), &parts));
        // That of the whole is no such one.
        assert!(!is_composite(&STANDARD.encode(Digest::of(b"ab").0), &parts));
    }
}
