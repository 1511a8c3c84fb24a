//! A second store in a bucket of an S3 store, with Object Lock where it is asked for: then nobody can delete or replace what was
//! written before its date, in the mode `compliance` not even whoever owns the bucket.
//!
//! Each file is one object, sent in one request, or a large one in parts, of which the store checks the SHA-256 before it keeps
//! anything, and read back. In a bucket that keeps versions, as one with Object Lock does, nothing is ever replaced: a version is laid
//! over another.

mod multipart;
mod put;
mod remove;
mod sign;
mod uploads;
mod xml;

pub use multipart::Parts;

use super::fault::StoreFault;
use super::{LISTED_MAX, Patience, Stored};
use crate::outside;
use crate::seal::digest::{Digest, Hasher};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use reqwest::{Client, Method, Response, StatusCode, Url};
use sign::{Credentials, ToSign};
use std::fmt;
use std::future::Future;
use std::io::SeekFrom;
use std::path::Path;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter};
use tokio::time::timeout;
use tokio_util::io::ReaderStream;
use uploads::Running;

/// Most that is read of an answer that is no file.
const ANSWER_MAX: usize = 8 << 20;
/// Of a file that is sent so much is in memory at a time.
const PIECE: usize = 1 << 16;

/// How Object Lock keeps a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    /// Whoever has the right to bypass it can delete a version before its date.
    Governance,
    /// Nobody can.
    Compliance,
}

impl LockMode {
    fn name(self) -> &'static str {
        match self {
            Self::Governance => "GOVERNANCE",
            Self::Compliance => "COMPLIANCE",
        }
    }
}

/// A bucket as it is configured.
#[derive(Clone, PartialEq, Eq)]
pub struct BucketSettings {
    /// Address of the store, such as `https://s3.court.example:9000`.
    pub endpoint: String,
    /// Certificates (PEM) under which its own must be, in place of the system's roots.
    pub roots: Option<String>,
    /// The bucket.
    pub bucket: String,
    /// What every key begins with; none, or without `/` at its ends.
    pub prefix: Option<String>,
    /// The region that requests are signed for.
    pub region: String,
    /// Name of the access key.
    pub key_id: String,
    /// The access key.
    pub secret: String,
    /// How versions are locked, and for how many days from now at least; none: they are not.
    pub lock: Option<(LockMode, u32)>,
    /// What is sent in parts, and how large they are.
    pub parts: Parts,
}

impl fmt::Debug for BucketSettings {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketSettings")
            .field("endpoint", &self.endpoint)
            .field("bucket", &self.bucket)
            .field("prefix", &self.prefix)
            .field("lock", &self.lock)
            .finish_non_exhaustive()
    }
}

/// The bucket. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    client: Client,
    settings: BucketSettings,
    /// What is just being sent in parts.
    running: Running,
}

/// What a request carries.
enum Content<'a> {
    Nothing,
    Text(String),
    /// A list of parts. Without a checksum header, which would be taken for that of the object.
    List(String),
    /// So many bytes of a file, from there on.
    File {
        at: &'a Path,
        from: u64,
        bytes: u64,
        sha256: Digest,
    },
}

impl Bucket {
    pub(super) fn new(settings: &BucketSettings) -> Result<Bucket, StoreFault> {
        let no_client = |why: &dyn fmt::Display| StoreFault::Unreachable(why.to_string());
        let endpoint = settings.endpoint.parse::<Url>().map_err(|e| no_client(&e))?;
        // Its answers are not signed.
        outside::private(&endpoint).map_err(|e| no_client(&e))?;
        let client = outside::client(&endpoint, settings.roots.as_deref())
            .map_err(|e| no_client(&e))?
            .no_proxy()
            .connect_timeout(Duration::from_secs(10))
            .build()
            .map_err(unreachable)?;
        Ok(Bucket {
            client,
            settings: settings.clone(),
            running: Running::default(),
        })
    }

    pub(super) fn name(&self) -> String {
        let BucketSettings { endpoint, bucket, .. } = &self.settings;
        format!(
            "s3://{bucket}/{} at {endpoint}",
            self.settings.prefix.as_deref().unwrap_or_default()
        )
    }

    pub(super) fn lock(&self) -> Option<(LockMode, u32)> {
        self.settings.lock
    }

    fn full(&self, key: &str) -> String {
        match &self.settings.prefix {
            Some(prefix) => format!("{prefix}/{key}"),
            None => key.to_owned(),
        }
    }

    /// Sends a request for an object, or for the bucket where `key` is empty.
    async fn send(
        &self,
        method: Method,
        key: &str,
        query: &[(&str, &str)],
        headers: &[(&str, String)],
        content: Content<'_>,
    ) -> Result<Response, StoreFault> {
        let path = match key.is_empty() {
            true => format!("/{}", sign::encode(&self.settings.bucket, true)),
            false => format!(
                "/{}/{}",
                sign::encode(&self.settings.bucket, true),
                sign::encode(key, true)
            ),
        };
        let mut all = vec![("host".to_owned(), host_of(&self.settings.endpoint))];
        all.extend(
            headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
        let payload = match &content {
            Content::Nothing => Digest::of(b""),
            Content::Text(text) | Content::List(text) => Digest::of(text.as_bytes()),
            Content::File { sha256, .. } => *sha256,
        };
        if matches!(content, Content::Text(_) | Content::File { .. }) {
            all.push(("x-amz-checksum-sha256".into(), STANDARD.encode(payload.0)));
            // Without it some stores take nothing that is to be locked.
            all.push(("x-amz-sdk-checksum-algorithm".into(), "SHA256".into()));
        }
        let of = ToSign {
            method: method.as_str(),
            path: &path,
            query,
            headers: &all,
            payload,
        };
        let by = Credentials {
            key_id: self.settings.key_id.clone(),
            secret: self.settings.secret.clone(),
            region: self.settings.region.clone(),
        };
        let signed = sign::sign(&of, &by, OffsetDateTime::now_utc());
        let mut url = format!("{}{path}", self.settings.endpoint);
        if !query.is_empty() {
            url = format!("{url}?{}", sign::query(query));
        }
        let mut request = self.client.request(method, url);
        for (name, value) in signed.iter().filter(|(name, _)| name != "host") {
            request = request.header(name, value);
        }
        request = match content {
            Content::Nothing => request,
            Content::Text(text) | Content::List(text) => request.body(text),
            Content::File { at, from, bytes, .. } => {
                let mut file = tokio::fs::File::open(at).await.map_err(StoreFault::io(at))?;
                file.seek(SeekFrom::Start(from))
                    .await
                    .map_err(StoreFault::io(at))?;
                let pieces = ReaderStream::with_capacity(file.take(bytes), PIECE);
                request
                    .header(reqwest::header::CONTENT_LENGTH, bytes)
                    .body(reqwest::Body::wrap_stream(pieces))
            }
        };
        request.send().await.map_err(unreachable)
    }

    /// The versions of a bucket are numbered, or there is one of each object.
    fn version(response: &Response) -> Option<String> {
        let version = response.headers().get("x-amz-version-id")?.to_str().ok()?;
        (version != "null").then(|| version.to_owned())
    }

    pub(super) async fn read_small(
        &self,
        key: &str,
        patience: Patience,
    ) -> Result<Option<Vec<u8>>, StoreFault> {
        within(patience.of(0), async {
            let response = self
                .send(Method::GET, &self.full(key), &[], &[], Content::Nothing)
                .await?;
            if response.status() == StatusCode::NOT_FOUND {
                let text = text(response).await?;
                // Of a bucket that is not there, nothing can be begun in it.
                return match xml::first(&text, "Code").as_deref() {
                    Some("NoSuchBucket") => Err(StoreFault::Another("there is no such bucket")),
                    _ => Ok(None),
                };
            }
            Ok(Some(text(good(response).await?).await?.into_bytes()))
        })
        .await
    }

    /// Reads an object to its end; its digest, its size and its version. Of one that is longer than expected, no more than what shows
    /// that it is another.
    async fn read(
        &self,
        key: &str,
        expected: u64,
        mut out: Option<(&mut BufWriter<tokio::fs::File>, &Path)>,
    ) -> Result<Option<(Digest, u64, Option<String>)>, StoreFault> {
        let response = self.send(Method::GET, key, &[], &[], Content::Nothing).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let response = good(response).await?;
        let version = Self::version(&response);
        let (mut hasher, mut bytes) = (Hasher::new(), 0_u64);
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(unreachable)?;
            hasher.update(&piece);
            bytes = bytes.saturating_add(piece.len() as u64);
            if bytes > expected {
                break;
            }
            if let Some((out, path)) = &mut out {
                out.write_all(&piece).await.map_err(StoreFault::io(path))?;
            }
        }
        Ok(Some((hasher.finish(), bytes, version)))
    }

    pub(super) async fn digest(
        &self,
        key: &str,
        bytes: u64,
        patience: Patience,
    ) -> Result<Option<(Digest, u64)>, StoreFault> {
        let full = self.full(key);
        let read = self.read(&full, bytes, None);
        let read = within(patience.of(bytes), read).await?;
        Ok(read.map(|(digest, bytes, _)| (digest, bytes)))
    }

    pub(super) async fn fetch(
        &self,
        key: &str,
        bytes: u64,
        to: &Path,
        patience: Patience,
    ) -> Result<bool, StoreFault> {
        let full = self.full(key);
        within(patience.of(bytes), async {
            let failed = |e: std::io::Error| StoreFault::io(to)(e);
            let file = tokio::fs::File::create_new(to).await.map_err(failed)?;
            let mut out = BufWriter::with_capacity(1 << 20, file);
            let found = self.read(&full, bytes, Some((&mut out, to))).await?;
            let found = found.filter(|(_, read, _)| *read <= bytes);
            out.flush().await.map_err(failed)?;
            out.get_ref().sync_all().await.map_err(failed)?;
            if found.is_none() {
                tokio::fs::remove_file(to).await.map_err(failed)?;
            }
            Ok(found.is_some())
        })
        .await
    }

    pub(super) async fn list(&self, prefix: &str, patience: Patience) -> Result<Vec<Stored>, StoreFault> {
        let full = self.full(prefix);
        within(patience.of(0), async {
            let (mut found, mut next) = (Vec::new(), None::<String>);
            loop {
                let mut query = vec![("list-type", "2"), ("prefix", full.as_str())];
                if let Some(next) = &next {
                    query.push(("continuation-token", next));
                }
                let answer = self.send(Method::GET, "", &query, &[], Content::Nothing).await?;
                let answer = text(good(answer).await?).await?;
                for object in xml::all(&answer, "Contents") {
                    let key = xml::first(object, "Key").unwrap_or_default();
                    let bytes = xml::first(object, "Size").and_then(|size| size.parse().ok());
                    match (key.strip_prefix(&full), bytes) {
                        (Some(path), Some(bytes)) => found.push(Stored {
                            path: path.to_owned(),
                            bytes,
                        }),
                        _ => return Err(StoreFault::Answer("a list of objects")),
                    }
                }
                if found.len() > LISTED_MAX {
                    return Err(StoreFault::TooMany);
                }
                next = xml::first(&answer, "NextContinuationToken");
                if next.is_none() {
                    return Ok(found);
                }
            }
        })
        .await
    }

    /// Locks a version until a date, in Unix seconds. A date can be put off, never brought forward.
    pub(super) async fn extend(
        &self,
        key: &str,
        version: Option<&str>,
        until: i64,
        patience: Patience,
    ) -> Result<(), StoreFault> {
        let Some((mode, _)) = self.lock() else {
            return Ok(());
        };
        let content = format!(
            "<Retention xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Mode>{}</Mode><RetainUntilDate>{}</RetainUntilDate></Retention>",
            mode.name(),
            instant(until)?
        );
        self.say(key, "retention", version, content, patience).await
    }

    /// Tells the store of a legal hold on a version, or of its end.
    pub(super) async fn hold(
        &self,
        key: &str,
        version: Option<&str>,
        held: bool,
        patience: Patience,
    ) -> Result<(), StoreFault> {
        self.say(key, "legal-hold", version, legal_hold(held), patience)
            .await
    }

    async fn say(
        &self,
        key: &str,
        what: &str,
        version: Option<&str>,
        content: String,
        patience: Patience,
    ) -> Result<(), StoreFault> {
        let full = self.full(key);
        within(patience.of(0), async {
            let mut query = vec![(what, "")];
            query.extend(version.map(|version| ("versionId", version)));
            let answer = self
                .send(Method::PUT, &full, &query, &[], Content::Text(content))
                .await?;
            good(answer).await.map(|_| ())
        })
        .await
    }
}

/// The host as it is sent: a port that is the usual one is left out there, and has to be in what is signed.
fn host_of(endpoint: &str) -> String {
    let url = reqwest::Url::parse(endpoint).ok();
    let host = url.as_ref().and_then(|url| Some((url.host_str()?, url.port())));
    match host {
        Some((host, Some(port))) => format!("{host}:{port}"),
        Some((host, None)) => host.to_owned(),
        None => String::new(),
    }
}

/// Unix seconds so many days from now.
pub(super) fn in_days(days: u32) -> i64 {
    super::now_seconds().saturating_add(i64::from(days).saturating_mul(24 * 3600))
}

fn legal_hold(held: bool) -> String {
    let status = match held {
        true => "ON",
        false => "OFF",
    };
    format!(
        "<LegalHold xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>{status}</Status></LegalHold>"
    )
}

fn instant(seconds: i64) -> Result<String, StoreFault> {
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .ok_or(StoreFault::Answer("a date beyond the calendar"))
}

async fn within<T>(
    time: Duration,
    work: impl Future<Output = Result<T, StoreFault>>,
) -> Result<T, StoreFault> {
    timeout(time, work)
        .await
        .map_err(|_| StoreFault::TooSlow(time.as_secs()))?
}

/// Without the address, which may be long and is known.
fn unreachable(error: reqwest::Error) -> StoreFault {
    StoreFault::Unreachable(outside::why(&error.without_url()))
}

async fn good(answer: Response) -> Result<Response, StoreFault> {
    match answer.status().is_success() {
        true => Ok(answer),
        false => Err(refusal(answer).await),
    }
}

async fn refusal(answer: Response) -> StoreFault {
    let status = answer.status().as_u16();
    refused(status, &text(answer).await.unwrap_or_default())
}

/// What takes its time is answered before it is known how it ends: the refusal stands in what follows the status.
async fn really_good(answer: Response) -> Result<String, StoreFault> {
    let answer = good(answer).await?;
    let status = answer.status().as_u16();
    let text = text(answer).await?;
    match text.contains("<Error>") {
        true => Err(refused(status, &text)),
        false => Ok(text),
    }
}

fn refused(status: u16, text: &str) -> StoreFault {
    let code = xml::first(text, "Code").filter(|code| code.chars().all(|c| c.is_ascii_alphanumeric()));
    StoreFault::Refused {
        status,
        why: code.unwrap_or_else(|| "it does not say why".into()),
    }
}

async fn text(answer: Response) -> Result<String, StoreFault> {
    let mut all = Vec::new();
    let mut pieces = answer.bytes_stream();
    while let Some(piece) = pieces.next().await {
        all.extend_from_slice(&piece.map_err(unreachable)?);
        if all.len() > ANSWER_MAX {
            return Err(StoreFault::Answer("it is too long"));
        }
    }
    Ok(String::from_utf8_lossy(&all).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_port_is_not_signed() {
        for (endpoint, host) in [
            ("http://s3.court.example:80", "s3.court.example"),
            ("https://s3.court.example:443", "s3.court.example"),
            ("http://s3.court.example:443", "s3.court.example:443"),
            ("http://127.0.0.1:9000", "127.0.0.1:9000"),
            ("http://[::1]:80", "[::1]"),
            ("https://s3.court.example", "s3.court.example"),
        ] {
            assert_eq!(host_of(endpoint), host, "{endpoint}");
        }
    }
}
