//! What becomes of a recording that has ended: it is sealed, beside a record that may go on. A token that takes its time to sign, or a
//! store that does, holds up other seals and no word.

use super::super::backoff::Backoff;
use super::patience::Patience;
use crate::court::id::RecordingId;
use crate::evidence::Evidence;
use crate::recorder::RecordingSummary;
use std::collections::VecDeque;
use tokio::task::JoinHandle;
use tracing::Instrument;

/// A recording that nothing is written to any more.
enum Ended {
    /// Summed up by its recorder.
    Summed(RecordingId, Box<RecordingSummary>),
    /// To be sealed as found on the disk, by the same code as after a crash.
    Found(RecordingId),
}

impl Ended {
    fn recording(&self) -> RecordingId {
        match self {
            Ended::Summed(recording, _) | Ended::Found(recording) => *recording,
        }
    }
}

/// The seals of one hearing, one after the other in the order in which its recordings ended.
pub(super) struct Sealing {
    evidence: Evidence,
    waiting: VecDeque<Ended>,
    running: Option<(RecordingId, JoinHandle<Result<(), String>>)>,
    /// They could not be sealed, and are tried again as found.
    failed: Vec<RecordingId>,
    again: Backoff,
}

impl Sealing {
    pub(super) fn new(evidence: Evidence) -> Self {
        Self {
            evidence,
            waiting: VecDeque::new(),
            running: None,
            failed: Vec::new(),
            again: Backoff::default(),
        }
    }

    /// Has a recording sealed: as its recorder has summed it up, or as found.
    pub(super) fn ended(&mut self, recording: RecordingId, summary: Option<RecordingSummary>) {
        self.waiting.push_back(match summary {
            Some(summary) => Ended::Summed(recording, Box::new(summary)),
            None => Ended::Found(recording),
        });
    }

    /// True when everything that has ended is sealed.
    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.running.is_none() && self.failed.is_empty()
    }

    /// The next recording that is sealed. Waits for ever when there is none. May be dropped at any time: the seal goes on.
    pub(super) async fn next(&mut self) -> RecordingId {
        loop {
            if self.waiting.is_empty() && self.running.is_none() {
                // Without failures nothing is due.
                Backoff::due(self.again.next().filter(|_| !self.failed.is_empty())).await;
                self.waiting
                    .extend(std::mem::take(&mut self.failed).into_iter().map(Ended::Found));
            }
            if let Some(sealed) = self.one().await {
                return sealed;
            }
        }
    }

    /// Ends what is under way and waits, and tries once more what failed. When a server stops, what takes too long is left to
    /// the next start.
    pub(super) async fn finish(&mut self, patience: &Patience) -> Vec<RecordingId> {
        self.waiting
            .extend(std::mem::take(&mut self.failed).into_iter().map(Ended::Found));
        let mut sealed = Vec::new();
        while let Some(recording) = self.first() {
            tokio::select! {
                biased;
                one = self.one() => sealed.extend(one),
                () = patience.is_over_for_seal(recording) => {
                    self.leave();
                    break;
                }
            }
        }
        sealed
    }

    /// Which is under way, or is next.
    fn first(&self) -> Option<RecordingId> {
        let next = self.waiting.front().map(Ended::recording);
        self.running.as_ref().map(|(recording, _)| *recording).or(next)
    }

    fn leave(&mut self) {
        let running = self.running.take().map(|(recording, _)| recording);
        for recording in running
            .into_iter()
            .chain(self.waiting.drain(..).map(|e| e.recording()))
        {
            tracing::error!(%recording, "the seal of a recording is not waited for: it is sealed at the next start");
        }
    }

    /// Goes on with one: which, if it is sealed then.
    async fn one(&mut self) -> Option<RecordingId> {
        if self.running.is_none() {
            self.running = self.waiting.pop_front().map(|ended| self.begin(ended));
        }
        let (recording, task) = self.running.as_mut()?;
        let (recording, sealed) = (*recording, task.await);
        self.running = None;
        match sealed.unwrap_or_else(|broken| Err(broken.to_string())) {
            Ok(()) => {
                tracing::info!(%recording, "sealed and attached to the case");
                if self.failed.is_empty() {
                    self.again.done();
                }
                Some(recording)
            }
            Err(error) => {
                tracing::error!(%recording, error, "sealing failed; it is tried again");
                self.failed.push(recording);
                self.again.failed();
                None
            }
        }
    }

    fn begin(&self, ended: Ended) -> (RecordingId, JoinHandle<Result<(), String>>) {
        let evidence = self.evidence.clone();
        let recording = ended.recording();
        let seal = async move {
            let sealed = match ended {
                Ended::Summed(recording, summary) => evidence.seal(recording, *summary).await.map(drop),
                Ended::Found(recording) => evidence.recover_recording(recording).await,
            };
            sealed.map_err(|e| e.to_string())
        };
        (recording, tokio::spawn(seal.in_current_span()))
    }
}
