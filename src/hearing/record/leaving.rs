//! Recorders of which nothing more is asked than to end. Each ends beside a record that goes on, however long its disk takes for
//! it; then its recording is sealed.

use super::patience::Patience;
use crate::court::id::RecordingId;
use crate::evidence::Evidence;
use crate::recorder::{Recorder, RecordingSummary};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::{Id, JoinSet};
use tokio::time::timeout;
use tracing::Instrument;

/// So many may be left to disks that hang. Past that a recorder that hangs is waited for: each keeps a thread and what came for
/// it (at the most 8192 packets).
const LEFT_MAX: usize = 8;
/// How long the hearing may take to enter into the court log that the record broke off, before it is sealed without.
const NOTED_WITHIN: Duration = Duration::from_secs(5);

/// Whether another recorder may be left.
#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    pub(super) fn is_left(&self) -> bool {
        self.0.available_permits() > 0
    }
}

/// A recorder that is to end.
pub(super) struct Last {
    pub recording: RecordingId,
    pub recorder: Recorder,
    /// Where its segment ends, if that is not to be where it is found to end.
    pub at: Option<Instant>,
    /// The disk refuses: what was set aside on it is given up.
    pub is_full: bool,
    /// Told when the court log says that the record broke off.
    pub noted: Option<oneshot::Receiver<()>>,
}

impl Last {
    async fn ends(self, evidence: Evidence) -> Option<RecordingSummary> {
        if self.is_full {
            evidence.release_reserve_of(self.recording).await;
        }
        if let Some(at) = self.at {
            // It may have ended already, or never begun; what fails is in the files.
            let _ = self.recorder.end_segment(at).await;
        }
        let finished = self.recorder.finish().await;
        if let Some(noted) = self.noted {
            is_noted(noted).await;
        }
        finished
            .inspect_err(
                |why| tracing::error!(recording = %self.recording, %why, "a recorder did not end in order"),
            )
            .ok()
    }
}

/// Ends when the court log says that the record broke off. A hearing that is gone, or that waits for us to end, notes nothing more.
pub(super) async fn is_noted(noted: oneshot::Receiver<()>) {
    let _ = timeout(NOTED_WITHIN, noted).await;
}

/// The recorders of one hearing that are left to end.
pub(super) struct Leaving {
    tasks: JoinSet<Option<RecordingSummary>>,
    recordings: HashMap<Id, RecordingId>,
    room: Room,
}

impl Leaving {
    pub(super) fn new() -> Self {
        Self {
            tasks: JoinSet::new(),
            recordings: HashMap::new(),
            room: Room(Arc::new(Semaphore::new(LEFT_MAX))),
        }
    }

    pub(super) fn room(&self) -> Room {
        self.room.clone()
    }

    /// Leaves a recorder to itself.
    pub(super) fn leave(&mut self, last: Last, evidence: Evidence) {
        self.add(last.recording, last.ends(evidence));
    }

    /// Waits, beside all else, for a recording that ends so; without a summary it is sealed as found.
    pub(super) fn add(
        &mut self,
        recording: RecordingId,
        ends: impl Future<Output = Option<RecordingSummary>> + Send + 'static,
    ) {
        // What has ended in order takes a place for a moment, also where there is none.
        let place = self.room.0.clone().try_acquire_owned().ok();
        let ends = async move {
            let summary = ends.await;
            drop(place);
            summary
        };
        let task = self.tasks.spawn(ends.in_current_span());
        self.recordings.insert(task.id(), recording);
    }

    /// True when all have ended.
    pub(super) fn is_done(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The next that has ended. Waits for ever when there is none. May be dropped at any time.
    pub(super) async fn next(&mut self) -> (RecordingId, Option<RecordingSummary>) {
        loop {
            let (task, summary) = match self.tasks.join_next_with_id().await {
                Some(Ok(ended)) => ended,
                Some(Err(broken)) => (broken.id(), None),
                None => std::future::pending().await,
            };
            if let Some(recording) = self.recordings.remove(&task) {
                return (recording, summary);
            }
        }
    }

    /// Waits for all; when a server stops, for so long at most. What has not ended then is left to the next start.
    pub(super) async fn finish(
        &mut self,
        patience: &Patience,
    ) -> Vec<(RecordingId, Option<RecordingSummary>)> {
        let mut ended = Vec::new();
        while !self.is_done() {
            match patience.until_over(self.next()).await {
                Ok(one) => ended.push(one),
                Err(_) => break,
            }
        }
        for (_, recording) in self.recordings.drain() {
            tracing::error!(
                %recording,
                "the disk of a recording does not answer: it is left, and sealed as found at the next start"
            );
        }
        self.tasks.detach_all();
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};
    use uuid::Uuid;

    #[tokio::test]
    async fn each_ends_in_its_own_time_and_only_so_many_are_left_behind() {
        let mut leaving = Leaving::new();
        let room = leaving.room();
        let [hangs, ends, breaks] = [(); 3].map(|()| RecordingId(Uuid::now_v7()));
        leaving.add(hangs, pending());
        leaving.add(ends, ready(None));
        assert_eq!(leaving.next().await.0, ends);
        leaving.add(breaks, async { panic!("as a bug would") });
        assert_eq!(leaving.next().await.0, breaks, "it is sealed as found");
        assert!(!leaving.is_done());
        for _ in 1..LEFT_MAX {
            assert!(room.is_left());
            leaving.add(RecordingId(Uuid::now_v7()), pending());
        }
        assert!(!room.is_left());
        // What has ended in order is still taken.
        leaving.add(ends, ready(None));
        assert_eq!(leaving.next().await.0, ends);
    }
}
