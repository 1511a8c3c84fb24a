//! Deleting what a bucket has of a recording: every version of it, but what is locked.

use super::super::fault::StoreFault;
use super::super::{LISTED_MAX, Patience, Removal, now_seconds};
use super::uploads::Which;
use super::{Bucket, Content, good, legal_hold, text, within, xml};
use reqwest::{Method, Response, StatusCode};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

impl Bucket {
    /// Deletes everything below a prefix, each version and what was sent of an object in parts and is no object yet; says until when
    /// what is locked stays.
    pub(in super::super) async fn remove(
        &self,
        prefix: &str,
        patience: Patience,
    ) -> Result<Removal, StoreFault> {
        let full = self.full(prefix);
        // First: what is aborted becomes no object while others are deleted.
        self.end_uploads(&[full.as_str()], Which::All, patience).await?;
        let mut locked = None;
        // Each pass deletes what it finds; what is locked is passed by.
        let (mut key_marker, mut version_marker) = (String::new(), String::new());
        let mut listed = 0;
        loop {
            let answer = within(patience.of(0), async {
                let mut query = vec![("versions", ""), ("prefix", full.as_str())];
                if !key_marker.is_empty() {
                    query.push(("key-marker", &key_marker));
                    query.push(("version-id-marker", &version_marker));
                }
                let answer = self.send(Method::GET, "", &query, &[], Content::Nothing).await?;
                // A store without versions knows no such list.
                match answer.status() {
                    StatusCode::NOT_IMPLEMENTED => Ok(None),
                    _ => text(good(answer).await?).await.map(Some),
                }
            })
            .await?;
            let Some(answer) = answer else {
                return self.remove_plain(prefix, patience).await;
            };
            let versions = xml::all(&answer, "Version");
            listed += 1 + versions.len();
            if listed > LISTED_MAX {
                return Err(StoreFault::TooMany);
            }
            for version in versions.iter().chain(&xml::all(&answer, "DeleteMarker")) {
                // Nothing else is deleted, whatever is listed.
                let key = xml::first(version, "Key").filter(|key| key.starts_with(&full));
                let key = key.ok_or(StoreFault::Answer("a list of versions"))?;
                let id = xml::first(version, "VersionId").unwrap_or_else(|| "null".into());
                let until = within(patience.of(0), self.remove_version(&key, &id)).await?;
                locked = locked.max(until);
            }
            let next = (
                xml::first(&answer, "NextKeyMarker"),
                xml::first(&answer, "NextVersionIdMarker"),
            );
            match next {
                (Some(key), version) if xml::first(&answer, "IsTruncated").as_deref() == Some("true") => {
                    (key_marker, version_marker) = (key, version.unwrap_or_default());
                }
                _ => break,
            }
        }
        Ok(match locked {
            None => Removal::Gone,
            Some(until) => Removal::LockedUntil(until),
        })
    }

    async fn remove_plain(&self, prefix: &str, patience: Patience) -> Result<Removal, StoreFault> {
        for object in self.list(prefix, patience).await? {
            let key = self.full(&format!("{prefix}{}", object.path));
            within(patience.of(0), async {
                let answer = self
                    .send(Method::DELETE, &key, &[], &[], Content::Nothing)
                    .await?;
                good(answer).await.map(|_| ())
            })
            .await?;
        }
        Ok(Removal::Gone)
    }

    /// Deletes a version; until when it is locked, where it is. A legal hold is taken off: whoever deletes has seen that there is none.
    async fn remove_version(&self, key: &str, id: &str) -> Result<Option<i64>, StoreFault> {
        let query = [("versionId", id)];
        let delete = || self.send(Method::DELETE, key, &query, &[], Content::Nothing);
        let mut refused = match deleted(delete().await?).await {
            Ok(()) => return Ok(None),
            Err(refused) => refused,
        };
        if !matches!(
            refused,
            StoreFault::Refused {
                status: 400 | 403 | 409,
                ..
            }
        ) {
            return Err(refused);
        }
        let kept = self
            .send(Method::HEAD, key, &query, &[], Content::Nothing)
            .await?;
        let said = |name: &str| kept.headers().get(name)?.to_str().ok();
        let until = said("x-amz-object-lock-retain-until-date")
            .and_then(|date| OffsetDateTime::parse(date, &Rfc3339).ok())
            .map(OffsetDateTime::unix_timestamp);
        if said("x-amz-object-lock-legal-hold").is_some_and(|hold| hold.eq_ignore_ascii_case("on")) {
            let query = [("legal-hold", ""), ("versionId", id)];
            let answer = self
                .send(Method::PUT, key, &query, &[], Content::Text(legal_hold(false)))
                .await?;
            good(answer).await?;
            refused = match deleted(delete().await?).await {
                Ok(()) => return Ok(None),
                Err(refused) => refused,
            };
        }
        // Not locked, or no longer: then there is another reason, which does not go away by itself.
        let locked = until.filter(|until| *until > now_seconds());
        locked.map(Some).ok_or(refused)
    }
}

async fn deleted(answer: Response) -> Result<(), StoreFault> {
    match answer.status() {
        StatusCode::NOT_FOUND => Ok(()),
        _ => good(answer).await.map(drop),
    }
}
