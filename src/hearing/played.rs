//! What was played at a hearing, into the chain of custody of what was played. A task of its own: a store that fails keeps no
//! act waiting, and what could not be entered is tried again until it is.

use super::backoff::Backoff;
use crate::court::id::RecordingId;
use crate::evidence::{Evidence, EvidenceError, PlayedEvent};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Entries that may wait. Past that nothing further is played.
const WAITING_MAX: usize = 512;

/// An entry of the chain of custody of a recording.
pub(super) struct Entry {
    pub recording: RecordingId,
    /// Who, as the chain of custody names people.
    pub by: String,
    pub event: PlayedEvent,
}

enum Order {
    Enter(Entry),
    Flush(oneshot::Sender<()>),
}

/// Enters what was played, in its order.
pub(super) struct Played {
    orders: mpsc::Sender<Order>,
}

impl Played {
    pub fn start(evidence: Evidence) -> Self {
        let (orders, inbox) = mpsc::channel(WAITING_MAX);
        tokio::spawn(run(evidence, inbox));
        Self { orders }
    }

    /// True while an act that plays something may be done: its entries, and those of its end, find room.
    pub fn has_room(&self) -> bool {
        self.orders.capacity() > WAITING_MAX / 2
    }

    /// Enters it as soon as the store takes it.
    pub fn enter(&self, entry: Entry) {
        let recording = entry.recording;
        if self.orders.try_send(Order::Enter(entry)).is_err() {
            // Half of the room is kept for what ends something, so this takes hundreds of ends; the court log has them all.
            tracing::error!(%recording, "what was played could not be entered into the chain of custody");
        }
    }

    /// Waits until all is entered, for so long at most. True when it is.
    pub async fn flush(&self, within: Duration) -> bool {
        let flushed = async {
            let (done, entered) = oneshot::channel();
            self.orders.send(Order::Flush(done)).await.ok()?;
            entered.await.ok()
        };
        matches!(timeout(within, flushed).await, Ok(Some(())))
    }
}

async fn run(evidence: Evidence, mut inbox: mpsc::Receiver<Order>) {
    while let Some(order) = inbox.recv().await {
        let entry = match order {
            Order::Enter(entry) => entry,
            Order::Flush(done) => {
                // Whoever asked may have given up waiting.
                let _ = done.send(());
                continue;
            }
        };
        let mut retry = Backoff::default();
        while let Err(error) = evidence
            .note_played(entry.recording, &entry.by, &entry.event)
            .await
        {
            use EvidenceError::{Disposed, NotFound, NotSealed};
            if matches!(error, NotFound(_) | NotSealed(_) | Disposed(_)) {
                // It has no chain of custody any more to which this could be added; the court log of the hearing has it.
                tracing::error!(recording = %entry.recording, %error, "what was played is in no chain of custody");
                break;
            }
            tracing::error!(recording = %entry.recording, %error, "what was played is not yet in the chain of custody; it is tried again");
            retry.failed();
            Backoff::due(retry.next()).await;
        }
    }
}
