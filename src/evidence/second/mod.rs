//! A second store: everything that is kept of a sealed recording is kept once more, in another folder or in a bucket of an S3 store,
//! and a recording that is damaged in one of the two is mended from the other.
//!
//! The copy is of the files as they lie here: in envelopes where recordings are encrypted. The second store is never believed: what
//! comes from it is held against the seal before it takes the place of anything.

mod copying;
mod fault;
mod folder;
mod left;
mod notes;
mod removal;
mod repair;
mod s3;
mod state;
mod tags;

pub use copying::Copying;
pub(super) use copying::LiesHere;
pub use fault::StoreFault;
pub use removal::SecondRemoval;
pub use repair::Mended;
pub use s3::{BucketSettings, LockMode, Parts};
pub use state::{SecondCopy, SecondState};

use super::Evidence;
use super::additions::Additions;
use super::error::{EvidenceError, blocking};
use crate::seal::digest::Digest;
use crate::seal::path;
use folder::Folder;
use notes::StoreNote;
use s3::Bucket;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use uuid::Uuid;

/// Most that is read of the store's own small files.
const SMALL_MAX: u64 = 64 * 1024;
/// Most files that a list may have: a recording has fewer by far.
const LISTED_MAX: usize = 100_000;
/// The file by which the store is known.
const MARKER: &str = "oyer-second-store";

/// How long an operation may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For each, whatever its size.
    pub each: Duration,
    /// Beside that, for each so many bytes a second.
    pub bytes_per_second: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            each: Duration::from_secs(30),
            bytes_per_second: 1 << 20,
        }
    }
}

impl Patience {
    fn of(&self, bytes: u64) -> Duration {
        self.each + Duration::from_secs(bytes / self.bytes_per_second.max(1))
    }
}

/// What an operator configures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecondPlace {
    /// A folder, best on a disk of another machine.
    Folder(PathBuf),
    /// A bucket of an S3 store.
    Bucket(BucketSettings),
}

/// A second store that is configured.
#[derive(Debug)]
pub(super) struct SecondStore {
    place: Place,
    patience: Patience,
    /// Held by whoever changes the note of a recording.
    notes: tokio::sync::Mutex<()>,
    /// Held of a recording while one file of it is written there; a disposal waits for the end of that, and no longer.
    puts: Additions,
    /// When it was looked last for what crashes left there.
    looked: std::sync::Mutex<Option<Instant>>,
}

#[derive(Debug)]
enum Place {
    Folder(Folder),
    Bucket(Bucket),
}

/// A file in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stored {
    /// Its path after the prefix.
    path: String,
    /// Size in bytes.
    bytes: u64,
}

/// A file that was written.
#[derive(Debug, Clone, Default)]
struct Written {
    /// The store's name for this version of it, where it keeps versions.
    version: Option<String>,
    /// Until then nobody can delete it, in Unix seconds.
    locked_until: Option<i64>,
}

/// What became of what was to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Removal {
    /// It is gone.
    Gone,
    /// The store keeps some of it until then, in Unix seconds; the rest is gone.
    LockedUntil(i64),
}

/// Whether the second store of a data folder answers and is the one that was begun; false where none was begun there yet. Nothing
/// is written.
pub async fn probe(place: &SecondPlace, data: &Path) -> Result<bool, EvidenceError> {
    let second = SecondStore::open(place, Patience::default())?;
    let folder = data.join("notes/second");
    let known = blocking(move || StoreNote::read(&folder)).await?;
    let known = known.filter(|known| known.place == second.name());
    let marker = second.marker().await?;
    match (known, marker) {
        (Some(known), Some(marker)) if known.id.to_string() == marker => Ok(true),
        (Some(_), Some(_)) | (None, Some(_)) => Err(StoreFault::Another("it is of another court").into()),
        (Some(known), None) if known.begun => Err(StoreFault::Another("its marker is missing").into()),
        (_, None) => Ok(false),
    }
}

impl SecondStore {
    fn open(place: &SecondPlace, patience: Patience) -> Result<SecondStore, StoreFault> {
        Ok(SecondStore {
            place: match place {
                SecondPlace::Folder(root) => Place::Folder(Folder::new(root)),
                SecondPlace::Bucket(settings) => Place::Bucket(Bucket::new(settings)?),
            },
            patience,
            notes: tokio::sync::Mutex::default(),
            puts: Additions::default(),
            looked: std::sync::Mutex::default(),
        })
    }

    /// How the store locks what is written, and for how many days at least; none where it does not.
    fn lock(&self) -> Option<u32> {
        match &self.place {
            Place::Folder(_) => None,
            Place::Bucket(bucket) => bucket.lock().map(|(_, days)| days),
        }
    }

    /// Locks a file until a date, in Unix seconds, where the store can.
    async fn extend(&self, key: &str, version: Option<&str>, until: i64) -> Result<(), StoreFault> {
        match &self.place {
            Place::Folder(_) => Ok(()),
            Place::Bucket(bucket) => bucket.extend(key, version, until, self.patience).await,
        }
    }

    /// Tells the store of a legal hold on a file, or of its end, where it can be told.
    async fn hold(&self, key: &str, version: Option<&str>, held: bool) -> Result<(), StoreFault> {
        match &self.place {
            Place::Folder(_) => Ok(()),
            Place::Bucket(bucket) => bucket.hold(key, version, held, self.patience).await,
        }
    }

    /// What its marker says; none where there is none.
    async fn marker(&self) -> Result<Option<String>, StoreFault> {
        let marker = self.read_small(MARKER).await?;
        Ok(marker.map(|text| String::from_utf8_lossy(&text).trim().to_owned()))
    }

    /// Names the place, without anything secret.
    fn name(&self) -> String {
        match &self.place {
            Place::Folder(folder) => folder.root().display().to_string(),
            Place::Bucket(bucket) => bucket.name(),
        }
    }

    async fn read_small(&self, key: &str) -> Result<Option<Vec<u8>>, StoreFault> {
        match &self.place {
            Place::Folder(folder) => folder.read_small(key, self.patience).await,
            Place::Bucket(bucket) => bucket.read_small(key, self.patience).await,
        }
    }

    /// Writes a file, reads it back and compares. What lies there otherwise is kept aside.
    async fn put(&self, key: &str, from: &Path, digest: Digest, bytes: u64) -> Result<Written, StoreFault> {
        match &self.place {
            Place::Folder(folder) => folder.put(key, from, digest, bytes, self.patience).await,
            Place::Bucket(bucket) => bucket.put(key, from, digest, bytes, self.patience).await,
        }
    }

    /// Reads a file and says what it holds; none when there is none. `bytes` is what is expected of its size: of a longer one, no more
    /// than one byte more is read.
    async fn digest(&self, key: &str, bytes: u64) -> Result<Option<(Digest, u64)>, StoreFault> {
        match &self.place {
            Place::Folder(folder) => folder.digest(key, bytes, self.patience).await,
            Place::Bucket(bucket) => bucket.digest(key, bytes, self.patience).await,
        }
    }

    /// Copies a file here, to where there is none; false when the store has none, or one of more than `bytes`.
    async fn fetch(&self, key: &str, bytes: u64, to: &Path) -> Result<bool, StoreFault> {
        match &self.place {
            Place::Folder(folder) => folder.fetch(key, bytes, to, self.patience).await,
            Place::Bucket(bucket) => bucket.fetch(key, bytes, to, self.patience).await,
        }
    }

    /// Everything below a prefix that ends in `/`, by what follows it. What no file of a recording could be called is passed over: such
    /// a name may lead out of the folder to which it is joined.
    async fn list(&self, prefix: &str) -> Result<Vec<Stored>, StoreFault> {
        let mut listed = match &self.place {
            Place::Folder(folder) => folder.list(prefix, self.patience).await?,
            Place::Bucket(bucket) => bucket.list(prefix, self.patience).await?,
        };
        let all = listed.len();
        listed.retain(|file| path::check(&file.path).is_ok());
        let refused = all - listed.len();
        if refused > 0 {
            tracing::error!(
                refused,
                "the second store lists names that no file of a recording has: somebody else writes to it"
            );
            metrics::counter!("oyer_second_store_names_refused_total").increment(refused as u64);
        }
        Ok(listed)
    }

    async fn remove(&self, prefix: &str) -> Result<Removal, StoreFault> {
        match &self.place {
            Place::Folder(folder) => folder.remove(prefix, self.patience).await,
            Place::Bucket(bucket) => bucket.remove(prefix, self.patience).await,
        }
    }
}

impl Evidence {
    /// Keeps everything that is sealed in a second store as well. Once, before anything is served.
    pub fn use_second_store(&self, place: SecondPlace) -> Result<(), EvidenceError> {
        self.use_second_store_with(place, Patience::default())
    }

    /// The same with another patience than the usual one.
    pub fn use_second_store_with(&self, place: SecondPlace, patience: Patience) -> Result<(), EvidenceError> {
        // The first one stays: a copy must not be looked for in two places.
        let _ = self.inner.second.set(SecondStore::open(&place, patience)?);
        Ok(())
    }

    /// Whether the second store answers and is the one that was begun; none when none is configured. Begins it where it is new.
    pub async fn reach_second_store(&self) -> Option<Result<(), EvidenceError>> {
        let second = self.inner.second.get()?;
        Some(self.second_store_id(second).await.map(|_| ()))
    }

    /// The number of the store, once it is known to be the one that was begun here; a new one is begun.
    async fn second_store_id(&self, second: &SecondStore) -> Result<Uuid, EvidenceError> {
        let folder = self.second_notes();
        let known = blocking(move || StoreNote::read(&folder)).await?;
        let known = known.filter(|known| known.place == second.name());
        let marker = second.marker().await?;
        match (known, marker) {
            (Some(known), Some(marker)) if known.id.to_string() == marker => Ok(known.id),
            (Some(_), Some(_)) => Err(StoreFault::Another("it is of another court").into()),
            (Some(known), None) if known.begun => Err(StoreFault::Another("its marker is missing").into()),
            (None, Some(_)) => {
                Err(StoreFault::Another("another court began it, or this one with other data").into())
            }
            // What is noted before the marker is written is this court's own, also after a crash between the two.
            (known, None) => {
                let mut note = known.unwrap_or_else(|| StoreNote {
                    id: Uuid::new_v4(),
                    place: second.name(),
                    begun: false,
                });
                let folder = self.second_notes();
                let text = note.id.to_string();
                let marker = folder.join("marker");
                let (at, written, first) = (marker.clone(), text.clone(), note.clone());
                blocking(move || {
                    first.write(&folder)?;
                    super::durable::write(&at, &at.with_extension("partial"), written.as_bytes())
                })
                .await?;
                let (digest, bytes) = (Digest::of(text.as_bytes()), text.len() as u64);
                second.put(MARKER, &marker, digest, bytes).await?;
                note.begun = true;
                let (folder, id) = (self.second_notes(), note.id);
                blocking(move || note.write(&folder)).await?;
                Ok(id)
            }
        }
    }

    fn second_notes(&self) -> PathBuf {
        self.inner.data.join("notes/second")
    }
}

/// Unix seconds of now.
/// Where what lies at `key` is kept when it is damaged: it may tell what happened to it. The recording's number comes first, so that
/// all of it goes when the recording is disposed of.
fn damaged(key: &str) -> String {
    let mut parts = key.splitn(3, '/');
    let mut part = || parts.next().unwrap_or_default();
    let (form, recording, rest) = (part(), part(), part());
    format!("damaged/{recording}/{}/{form}/{rest}", Uuid::now_v7())
}

fn now_seconds() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}
