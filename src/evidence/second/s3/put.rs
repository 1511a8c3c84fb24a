//! Writing a file into a bucket: what is there, what is put aside, the file itself, and what is there then.

use super::super::fault::StoreFault;
use super::super::{Patience, Written, damaged};
use super::multipart::OBJECT_MAX;
use super::{Bucket, Content, LockMode, good, in_days, instant, really_good, sign, within};
use crate::seal::digest::Digest;
use reqwest::{Method, StatusCode};
use std::path::Path;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

impl Bucket {
    /// Writes a file and reads it back, and its lock where it is to have one. What lies there otherwise stays as an earlier version; where
    /// the bucket keeps none, it is copied below `damaged/` first.
    pub(in super::super) async fn put(
        &self,
        key: &str,
        from: &Path,
        digest: Digest,
        bytes: u64,
        patience: Patience,
    ) -> Result<Written, StoreFault> {
        if bytes > OBJECT_MAX {
            return Err(StoreFault::Answer(
                "a file of more than 5 TiB cannot be sent to it",
            ));
        }
        let full = self.full(key);
        let lock = self.lock().map(|(mode, days)| (mode, in_days(days)));
        match within(patience.of(bytes), self.read(&full, bytes, None)).await? {
            Some((there, size, version)) if (there, size) == (digest, bytes) => {
                // Whether it is locked is not known: it is locked anew.
                return Ok(Written {
                    version,
                    locked_until: None,
                });
            }
            Some((_, _, None)) => self.copy_aside(key, patience).await?,
            _ => {}
        }
        let mut headers = Vec::new();
        if let Some((mode, until)) = lock {
            headers.push(("x-amz-object-lock-mode", mode.name().to_owned()));
            headers.push(("x-amz-object-lock-retain-until-date", instant(until)?));
        }
        let in_parts = bytes > self.settings.parts.above;
        let version = match in_parts {
            true => {
                self.put_in_parts(&full, from, (digest, bytes), &headers, patience)
                    .await?
            }
            false => {
                within(patience.of(bytes), async {
                    let content = Content::File {
                        at: from,
                        from: 0,
                        bytes,
                        sha256: digest,
                    };
                    let answer = self.send(Method::PUT, &full, &[], &headers, content).await?;
                    Ok(Self::version(&good(answer).await?))
                })
                .await?
            }
        };
        let read = within(patience.of(bytes), self.read(&full, bytes, None)).await?;
        let (there, size, read_version) = read.ok_or_else(|| StoreFault::ReadsDifferently(key.to_owned()))?;
        if (there, size) != (digest, bytes) {
            return Err(StoreFault::ReadsDifferently(key.to_owned()));
        }
        // The answer that names it may have been lost.
        let version = version.or(read_version);
        if let Some((mode, until)) = lock {
            if in_parts {
                // Some stores lose what was said when the upload was begun.
                self.extend(key, version.as_deref(), until, patience).await?;
            }
            within(
                patience.of(0),
                self.see_lock(&full, version.as_deref(), mode, until),
            )
            .await?;
        }
        Ok(Written {
            version,
            locked_until: lock.map(|(_, until)| until),
        })
    }

    /// That a store says nothing against a lock does not mean that it locks.
    async fn see_lock(
        &self,
        full: &str,
        version: Option<&str>,
        mode: LockMode,
        until: i64,
    ) -> Result<(), StoreFault> {
        let query: Vec<_> = version
            .map(|version| ("versionId", version))
            .into_iter()
            .collect();
        let kept = self
            .send(Method::HEAD, full, &query, &[], Content::Nothing)
            .await?;
        let kept = good(kept).await?;
        let said = |name: &str| kept.headers().get(name)?.to_str().ok();
        let locked = said("x-amz-object-lock-retain-until-date")
            .and_then(|date| OffsetDateTime::parse(date, &Rfc3339).ok())
            .is_some_and(|kept| kept.unix_timestamp() >= until);
        match locked
            && said("x-amz-object-lock-mode").is_some_and(|said| said.eq_ignore_ascii_case(mode.name()))
        {
            true => Ok(()),
            false => Err(StoreFault::Answer(
                "the lock that it was told of is not seen; see whether the bucket has Object Lock and the key may read it (GetObjectRetention)",
            )),
        }
    }

    /// Copies what lies at a key below `damaged/`, within the store.
    async fn copy_aside(&self, key: &str, patience: Patience) -> Result<(), StoreFault> {
        let (full, to) = (self.full(key), self.full(&damaged(key)));
        let source = format!(
            "/{}/{}",
            sign::encode(&self.settings.bucket, true),
            sign::encode(&full, true)
        );
        // It is not as long as the file that is expected there.
        let size = within(patience.of(0), async {
            let there = self.send(Method::HEAD, &full, &[], &[], Content::Nothing).await?;
            if there.status() == StatusCode::NOT_FOUND {
                return Ok(None);
            }
            let there = good(there).await?;
            let size = there.headers().get(reqwest::header::CONTENT_LENGTH);
            let size = size.and_then(|size| size.to_str().ok()?.parse::<u64>().ok());
            size.map(Some).ok_or(StoreFault::Answer("the size of an object"))
        });
        let Some(size) = size.await? else { return Ok(()) };
        if size > self.settings.parts.above {
            return self.copy_in_parts(&source, size, &to, patience).await;
        }
        let headers = [("x-amz-copy-source", source)];
        within(patience.of(size), async {
            let answer = self
                .send(Method::PUT, &to, &[], &headers, Content::Nothing)
                .await?;
            really_good(answer).await.map(drop)
        })
        .await
    }
}
