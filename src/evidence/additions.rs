//! Keeps a sealed folder as it is while all of it is read: a time-stamp that comes later is added before or after.

use crate::court::id::RecordingId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{Notify, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// A lock for each recording that somebody reads or adds to: reading one, which may take minutes, holds up no other.
#[derive(Debug, Default)]
pub(super) struct Additions {
    locks: Mutex<HashMap<RecordingId, Weak<RwLock<()>>>>,
    /// Said when somebody begins to add.
    added: Notify,
}

impl Additions {
    /// Nothing is added to this recording's folder while the guard lives.
    pub(super) async fn reading(&self, recording: RecordingId) -> OwnedRwLockReadGuard<()> {
        self.lock(recording).read_owned().await
    }

    /// Nobody reads this recording's folder as a whole while the guard lives.
    pub(super) async fn adding(&self, recording: RecordingId) -> OwnedRwLockWriteGuard<()> {
        let guard = self.lock(recording).write_owned().await;
        self.added.notify_one();
        guard
    }

    /// Ends when somebody has begun to add to a recording since the last call ended. For one waiter, who waits for the end of it by
    /// [`Additions::reading`].
    pub(super) async fn added(&self) {
        self.added.notified().await;
    }

    /// Something was added without the guard: a recording that nobody knew before, or a rule or a hold of a case.
    pub(super) fn note_added(&self) {
        self.added.notify_one();
    }

    fn lock(&self, recording: RecordingId) -> Arc<RwLock<()>> {
        // Nothing that runs under this lock can panic half-way through a change.
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(&recording).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::new(RwLock::new(()));
        locks.insert(recording, Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use uuid::Uuid;

    #[tokio::test]
    async fn who_adds_waits_for_readers_of_the_same_recording_alone() {
        let additions = Additions::default();
        let (one, other) = (RecordingId(Uuid::now_v7()), RecordingId(Uuid::now_v7()));
        let reads = additions.reading(one).await;
        assert!(
            additions.reading(one).now_or_never().is_some(),
            "readers read together"
        );
        let mut adds = Box::pin(additions.adding(one));
        assert!(adds.as_mut().now_or_never().is_none());
        assert!(additions.adding(other).now_or_never().is_some());
        drop(reads);
        assert!(adds.now_or_never().is_some());
        // Locks that nobody holds are forgotten.
        drop(additions.reading(other).await);
        assert_eq!(additions.locks.lock().unwrap().len(), 1);
    }
}
