//! What a crash leaves in the second store, and nobody would see.

use super::{Place, SecondStore, StoreFault};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// How often it is looked for, beside at a start.
const LOOK_EVERY: Duration = Duration::from_secs(24 * 3600);
/// Everything but the marker lies below these.
const FORMS: [&str; 3] = ["enclosed/", "recordings/", "damaged/"];

impl SecondStore {
    /// Deletes what is left of files that were not written whole. In a bucket that are the parts that nobody in this process is sending:
    /// another process that just sends some, as a scrub by hand may, begins again at its next pass. Of a store that is known to be the
    /// one that was begun.
    pub(super) async fn end_left(&self) -> Result<(), StoreFault> {
        let looked = || self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked().is_some_and(|looked| looked.elapsed() < LOOK_EVERY) {
            return Ok(());
        }
        let ended = match &self.place {
            Place::Folder(folder) => folder.end_left(self.patience).await?,
            Place::Bucket(bucket) => bucket.end_left(&FORMS, self.patience).await?,
        };
        if ended > 0 {
            tracing::info!(
                ended,
                "what was left of files that had not been written whole is deleted in the second store"
            );
        }
        *looked() = Some(Instant::now());
        Ok(())
    }
}
