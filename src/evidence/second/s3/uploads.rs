//! Uploads in parts that nobody completes: what a crash leaves. A store keeps their parts without end, and they are no objects, so
//! nobody sees them who does not ask for them.

use super::super::fault::StoreFault;
use super::super::{LISTED_MAX, Patience};
use super::{Bucket, Content, good, text, within, xml};
use reqwest::{Method, StatusCode};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// A part that is just coming in may outlive one abort.
const ROUNDS: usize = 3;

/// The uploads that are running, and who may begin or end some. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Running {
    ids: Arc<Mutex<BTreeSet<String>>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// An upload is running for as long as this lives.
pub(super) struct RunningUpload(Running, String);

impl Running {
    pub(super) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    pub(super) fn add(&self, id: &str) -> RunningUpload {
        self.with(|ids| ids.insert(id.to_owned()));
        RunningUpload(self.clone(), id.to_owned())
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeSet<String>) -> T) -> T {
        work(&mut self.ids.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for RunningUpload {
    fn drop(&mut self) {
        self.0.with(|ids| ids.remove(&self.1));
    }
}

/// Which uploads are ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which<'a> {
    /// All: what they belong to is destroyed.
    All,
    /// Those that no task of this process is at.
    Left,
    /// The same of one key alone.
    LeftOf(&'a str),
}

impl Bucket {
    /// Ends what was left below keys that begin so; says how many uploads.
    pub(in super::super) async fn end_left(
        &self,
        prefixes: &[&str],
        patience: Patience,
    ) -> Result<usize, StoreFault> {
        let full: Vec<String> = prefixes.iter().map(|prefix| self.full(prefix)).collect();
        let full: Vec<&str> = full.iter().map(String::as_str).collect();
        self.end_uploads(&full, Which::Left, patience).await
    }

    /// Aborts uploads to keys that begin so, until none is listed; says how many.
    pub(super) async fn end_uploads(
        &self,
        full: &[&str],
        which: Which<'_>,
        patience: Patience,
    ) -> Result<usize, StoreFault> {
        let mut ended = BTreeSet::new();
        for _ in 0..ROUNDS {
            let turn = self.running.turn().await;
            let mut found = BTreeSet::new();
            for prefix in full {
                found.extend(self.uploads(prefix, patience).await?);
            }
            if !matches!(which, Which::LeftOf(_)) {
                // MinIO lists those below a prefix only where that is a whole key. Where one may not list all of the bucket, or there are
                // too many of others, the lists above are what there is.
                match self.uploads("", patience).await {
                    Err(StoreFault::Refused { .. } | StoreFault::TooMany) => {}
                    all => found.extend(all?),
                }
            }
            found.retain(|(key, id)| match which {
                Which::All => full.iter().any(|prefix| key.starts_with(prefix)),
                Which::Left => full.iter().any(|prefix| key.starts_with(prefix)) && !self.runs(id),
                Which::LeftOf(whole) => key == whole && !self.runs(id),
            });
            drop(turn);
            if found.is_empty() {
                return Ok(ended.len());
            }
            for (key, id) in found {
                self.abort(&key, &id, patience).await?;
                ended.insert(id);
            }
        }
        Err(StoreFault::Answer(
            "it lists an upload in parts although that was aborted",
        ))
    }

    fn runs(&self, id: &str) -> bool {
        self.running.with(|ids| ids.contains(id))
    }

    /// Key and number of each upload to a key that begins so; nothing where the store knows no uploads.
    async fn uploads(&self, full: &str, patience: Patience) -> Result<Vec<(String, String)>, StoreFault> {
        let (mut key_marker, mut id_marker) = (String::new(), String::new());
        let (mut found, mut listed) = (Vec::new(), 0);
        loop {
            let answer = within(patience.of(0), async {
                let mut query = vec![("uploads", "")];
                if !full.is_empty() {
                    query.push(("prefix", full));
                }
                if !key_marker.is_empty() {
                    query.push(("key-marker", &key_marker));
                    query.push(("upload-id-marker", &id_marker));
                }
                let answer = self.send(Method::GET, "", &query, &[], Content::Nothing).await?;
                match answer.status() {
                    StatusCode::NOT_IMPLEMENTED => Ok(None),
                    _ => text(good(answer).await?).await.map(Some),
                }
            })
            .await?;
            let Some(answer) = answer else { return Ok(found) };
            for upload in xml::all(&answer, "Upload") {
                match (xml::first(upload, "Key"), xml::first(upload, "UploadId")) {
                    (Some(key), Some(id)) => found.push((key, id)),
                    _ => return Err(StoreFault::Answer("a list of uploads")),
                }
            }
            listed += 1;
            if listed.max(found.len()) > LISTED_MAX {
                return Err(StoreFault::TooMany);
            }
            let next = xml::first(&answer, "NextKeyMarker").filter(|key| !key.is_empty());
            match next {
                Some(key) if xml::first(&answer, "IsTruncated").as_deref() == Some("true") => {
                    key_marker = key;
                    id_marker = xml::first(&answer, "NextUploadIdMarker").unwrap_or_default();
                }
                _ => return Ok(found),
            }
        }
    }
}
