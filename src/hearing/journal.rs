//! The hearing's durable memory: the court log, and a snapshot from which the hearing goes on after a restart.
//!
//! A store that fails does not stop the hearing: lines wait here, in order, and are written when it is back. Meanwhile they are kept
//! aside on the disk as well, from where the next start takes them in if the server is killed.

use crate::court::id::HearingId;
use crate::court::sitting::Sitting;
use crate::court::state::HearingState;
use crate::evidence::{Evidence, LogLine};
use crate::seal::ledger::CourtLogEntry;
use crate::store::Store;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// How long the store may take before the hearing goes on without it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long it may take when it has failed before, and how often it is asked then: the hearing waits meanwhile.
const PATIENCE_AGAIN: Duration = Duration::from_millis(400);
const ASKED_EVERY: Duration = Duration::from_secs(2);

/// How long the disk may take to keep entries aside before the hearing goes on.
const ASIDE_WITHIN: Duration = Duration::from_millis(200);

/// Entries that may wait for the store. Past that only acts are done that end something, each of them once.
const UNSAVED_MAX: usize = 4096;

/// What a hearing needs to go on after a restart.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Snapshot {
    /// The court's state.
    pub sitting: Sitting,
    /// Number of the last court-log entry.
    pub log_seq: i64,
    /// Number of the last segment.
    pub segment: u32,
}

/// Writes the court log and the snapshot.
pub struct Journal {
    hearing: HearingId,
    store: Store,
    unsaved: VecDeque<(i64, i64, String)>,
    snapshot: Option<(HearingState, String, i64)>,
    /// The state that the store has.
    stored: Option<String>,
    /// When the store was asked in vain.
    failed_at: Option<Instant>,
    /// Where entries are kept aside.
    evidence: Evidence,
    /// Number of the last entry that is being kept aside, or is; none where nothing is.
    aside: Option<i64>,
    /// What writes them; gives false when that failed.
    writing: Option<JoinHandle<bool>>,
}

impl Journal {
    /// A journal of one hearing.
    pub fn new(hearing: HearingId, store: Store, evidence: Evidence) -> Self {
        Self {
            hearing,
            store,
            unsaved: VecDeque::new(),
            snapshot: None,
            stored: None,
            failed_at: None,
            evidence,
            aside: None,
            writing: None,
        }
    }

    /// Takes a court-log entry; [`Journal::save`] writes it.
    pub fn append(&mut self, seq: i64, at_ms: i64, entry: &CourtLogEntry) {
        match serde_json::to_string(entry) {
            Ok(line) => self.unsaved.push_back((seq, at_ms, line)),
            Err(e) => {
                tracing::error!(error = %e, "a court-log entry cannot be written as JSON")
            }
        }
    }

    /// Takes the state as it is now; only the latest matters. What the store has already is not written again: whoever
    /// joins or is heard changes the media, not the court's state, and does not wait for the disk.
    pub fn remember(&mut self, snapshot: &Snapshot, at_ms: i64) {
        match serde_json::to_string(snapshot) {
            Ok(json) if self.stored.as_ref() == Some(&json) => self.snapshot = None,
            Ok(json) => self.snapshot = Some((snapshot.sitting.state, json, at_ms)),
            Err(e) => {
                tracing::error!(error = %e, "the hearing's state cannot be written as JSON")
            }
        }
    }

    /// True when too much waits for the store.
    pub fn is_full(&self) -> bool {
        self.unsaved.len() >= UNSAVED_MAX
    }

    /// True while the store keeps up well enough that what is no act may be noted as well.
    pub fn has_room(&self) -> bool {
        self.unsaved.len() < UNSAVED_MAX / 2
    }

    /// How many entries wait for the store.
    pub fn waiting(&self) -> usize {
        self.unsaved.len()
    }

    /// True when an entry waits for the store.
    pub fn waits(&self) -> bool {
        !self.unsaved.is_empty()
    }

    /// Writes what waits. True when nothing is left; what could not be written stays for the next time, and is kept aside.
    pub async fn save(&mut self) -> bool {
        let saved = self.write(PATIENCE).await;
        self.keep_aside(saved).await;
        saved
    }

    /// As [`Journal::save`], after it failed; a store that was asked just now is left alone for a while.
    pub async fn try_again(&mut self) -> bool {
        if self.failed_at.is_some_and(|at| at.elapsed() < ASKED_EVERY) {
            self.keep_aside(false).await;
            return false;
        }
        let saved = self.write(PATIENCE_AGAIN).await;
        self.keep_aside(saved).await;
        saved
    }

    /// Keeps aside what waits and is not kept yet, or forgets it when all is stored. One at a time, and no longer than the hearing
    /// can wait: a disk that hangs holds nothing up.
    pub async fn keep_aside(&mut self, saved: bool) {
        if let Some(writing) = &mut self.writing {
            match tokio::time::timeout(ASIDE_WITHIN, writing).await {
                // It is looked for with the next tick.
                Err(_) => return,
                Ok(Ok(true)) => {}
                // All of it is written again: an entry that is there twice does no harm.
                Ok(_) => self.aside = saved.then_some(0),
            }
            self.writing = None;
        }
        let (evidence, hearing) = (self.evidence.clone(), self.hearing);
        if saved {
            if self.aside.take().is_some() {
                self.writing = Some(tokio::spawn(async move {
                    let forgotten = evidence.forget_log_aside(hearing).await;
                    told(forgotten.map_err(|e| e.to_string()))
                }));
            }
            return;
        }
        let kept = self.aside.unwrap_or(0);
        let new = self.unsaved.iter().filter(|(seq, _, _)| *seq > kept);
        let lines: Vec<LogLine> = new
            .map(|(seq, at, entry)| LogLine {
                seq: *seq,
                at: *at,
                entry: entry.clone(),
            })
            .collect();
        let Some(last) = lines.last() else {
            return;
        };
        self.aside = Some(last.seq);
        let mut writing = tokio::spawn(async move {
            told(
                evidence
                    .keep_log_aside(hearing, lines)
                    .await
                    .map_err(|e| e.to_string()),
            )
        });
        match tokio::time::timeout(ASIDE_WITHIN, &mut writing).await {
            Ok(Ok(true)) => {}
            Ok(_) => self.aside = None,
            Err(_) => self.writing = Some(writing),
        }
    }

    async fn write(&mut self, patience: Duration) -> bool {
        while let Some((seq, at, line)) = self.unsaved.front() {
            let written =
                tokio::time::timeout(patience, self.store.append_log(self.hearing, *seq, *at, line)).await;
            match written {
                Ok(Ok(())) => {
                    self.unsaved.pop_front();
                }
                Ok(Err(e)) => return self.failing(&e.to_string()),
                Err(_) => return self.failing("the store does not answer"),
            }
        }
        if let Some((state, json, at)) = &self.snapshot {
            // Until the store has answered nobody knows which of the two it has.
            self.stored = None;
            let written = tokio::time::timeout(
                patience,
                self.store.set_hearing_snapshot(self.hearing, *state, json, *at),
            )
            .await;
            match written {
                Ok(Ok(())) => self.stored = self.snapshot.take().map(|(_, json, _)| json),
                Ok(Err(e)) => return self.failing(&e.to_string()),
                Err(_) => return self.failing("the store does not answer"),
            }
        }
        true
    }

    fn failing(&mut self, why: &str) -> bool {
        self.failed_at = Some(Instant::now());
        tracing::error!(
            waiting = self.unsaved.len(),
            why,
            "the court log could not be stored; it is tried again"
        );
        false
    }
}

fn told(done: Result<(), String>) -> bool {
    if let Err(why) = &done {
        tracing::error!(
            why,
            "the court log is not kept aside either: a server that is killed now loses it"
        );
    }
    done.is_ok()
}
