//! An act between its two entries. Whatever becomes of it, its outcome is entered: by whoever does it; when it is dropped in between,
//! as "broken off"; and what a stop of the server left open, at the next start, as unknown.
//!
//! Both entries are written by tasks of their own. Whoever asked may hang up, or the time for a request may be over, between an entry
//! that is in the database and the line of code that would have gone on from it.

use super::super::Evidence;
use super::super::error::{EvidenceError, blocking};
use super::{Phase, SERVER, members, phase};
use crate::court::id::RecordingId;
use crate::seal::custody::{CustodyAct, CustodyEntry};
use crate::store::{ACT_IS_OVER, ActEnd, StoreError};
use serde_json::{Map, Value, json};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tracing::Instrument;

/// What is entered of an act of which a stop of the server left no outcome.
const UNKNOWN: &str = "outcome unknown: the server stopped";
/// What is entered of an act that was dropped.
const BROKEN_OFF: &str = "broken off";
/// How long the first pause is before an outcome that could not be entered is entered again; each further one is twice as long.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// So often it is tried: about an hour. After that, and where more wait than [`WAITING_MAX`], the next start says what can be said.
const TRIES_MAX: usize = 66;
/// Most outcomes that wait to be entered.
const WAITING_MAX: usize = 256;

/// Bounds what waits to be entered.
pub(in crate::evidence) struct Unentered(Arc<Semaphore>);

impl Default for Unentered {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(WAITING_MAX)))
    }
}

/// An act that has begun: its first entry is in the chain of custody. To be completed, or it is entered as broken off.
#[must_use]
pub(in crate::evidence) struct OpenAct {
    /// None once its outcome is somebody else's to enter.
    outcome: Option<Outcome>,
}

/// What there is to enter.
struct Outcome {
    evidence: Evidence,
    recording: RecordingId,
    act: CustodyAct,
    by: String,
    begun: u64,
    detail: Map<String, Value>,
}

impl Outcome {
    async fn enter(self) -> Result<(), EvidenceError> {
        let Outcome {
            evidence,
            recording,
            act,
            by,
            begun,
            detail,
        } = self;
        let entered = evidence
            .complete_act(recording, act, &by, begun, detail.clone())
            .await;
        if let Err(why) = &entered {
            tracing::error!(%recording, act = act.name(), %why, "the outcome of an act is not in the chain of custody yet");
            let again = Waiting {
                evidence: Arc::downgrade(&evidence.inner),
                recording,
                act,
                by,
                begun,
                detail,
            };
            match evidence.inner.unentered.0.clone().try_acquire_owned() {
                Ok(room) => {
                    let trying = async move {
                        again.keep_trying().await;
                        drop(room);
                    };
                    tokio::spawn(trying.in_current_span());
                }
                Err(_) => {
                    tracing::error!(%recording, act = act.name(), "too many outcomes wait: the next start enters that this one is unknown");
                }
            }
        }
        entered
    }
}

/// An outcome that the store did not take. It ends with the evidence that it is of.
struct Waiting {
    evidence: Weak<super::super::Inner>,
    recording: RecordingId,
    act: CustodyAct,
    by: String,
    begun: u64,
    detail: Map<String, Value>,
}

impl Waiting {
    async fn keep_trying(self) {
        let mut pause = PAUSE_FIRST;
        for _ in 0..TRIES_MAX {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
            let Some(inner) = self.evidence.upgrade() else {
                return;
            };
            let evidence = Evidence { inner };
            let entered = evidence
                .complete_if_open(
                    self.recording,
                    self.act,
                    &self.by,
                    self.begun,
                    self.detail.clone(),
                )
                .await;
            match entered {
                Ok(_) => return,
                Err(why) => {
                    tracing::warn!(recording = %self.recording, act = self.act.name(), %why, "the outcome of an act is not in the chain of custody yet");
                }
            }
        }
        tracing::error!(recording = %self.recording, act = self.act.name(), "the outcome of an act was given up: the next start enters that it is unknown");
    }
}

impl OpenAct {
    /// Enters the outcome.
    pub(in crate::evidence) async fn complete(
        mut self,
        detail: Map<String, Value>,
    ) -> Result<(), EvidenceError> {
        let Some(mut outcome) = self.outcome.take() else {
            return Ok(());
        };
        outcome.detail = detail;
        let entering = tokio::spawn(outcome.enter().in_current_span());
        entering.await.map_err(|_| EvidenceError::Task)?
    }

    /// What else is said of it when it is broken off.
    pub(in crate::evidence) fn if_broken_off(&mut self, why: String) {
        if let Some(outcome) = &mut self.outcome {
            outcome.detail.insert("why".into(), json!(why));
        }
    }

    /// Number of its first entry, for what goes on with it after a restart and so enters the outcome itself.
    pub(in crate::evidence) fn goes_on(mut self) -> u64 {
        self.outcome.take().map_or(0, |outcome| outcome.begun)
    }
}

impl Drop for OpenAct {
    fn drop(&mut self) {
        let (Some(outcome), Ok(runtime)) = (self.outcome.take(), Handle::try_current()) else {
            // Without a runtime the server stops: the next start enters it.
            return;
        };
        // What fails is told there.
        runtime.spawn(
            async move {
                let _ = outcome.enter().await;
            }
            .in_current_span(),
        );
    }
}

impl Evidence {
    /// Opens the entry of an act that is about to begin.
    pub(in crate::evidence) async fn open_act(
        &self,
        recording: RecordingId,
        act: CustodyAct,
        by: &str,
        mut detail: Map<String, Value>,
    ) -> Result<OpenAct, EvidenceError> {
        detail.insert("stage".into(), json!("begun"));
        let (evidence, by) = (self.clone(), by.to_owned());
        let opening = async move {
            let begun = evidence
                .append_custody_end(recording, act, &by, ActEnd::Opens, detail)
                .await?;
            let outcome = Outcome {
                evidence,
                recording,
                act,
                by,
                begun,
                detail: members([("ok", json!(false)), ("why", json!(BROKEN_OFF))]),
            };
            Ok(OpenAct {
                outcome: Some(outcome),
            })
        };
        // Where nobody waits for it any more, what this gives is dropped, and so entered as broken off.
        let opening = tokio::spawn(opening.in_current_span());
        opening.await.map_err(|_| EvidenceError::Task)?
    }

    /// Enters the outcome of the act that entry `begun` opened.
    pub(in crate::evidence) async fn complete_act(
        &self,
        recording: RecordingId,
        act: CustodyAct,
        by: &str,
        begun: u64,
        detail: Map<String, Value>,
    ) -> Result<(), EvidenceError> {
        let detail = completed(begun, detail);
        self.append_custody_end(recording, act, by, ActEnd::Closes(begun), detail)
            .await?;
        Ok(())
    }

    /// The same where its outcome may be there by now: false then, and nothing is entered.
    async fn complete_if_open(
        &self,
        recording: RecordingId,
        act: CustodyAct,
        by: &str,
        begun: u64,
        detail: Map<String, Value>,
    ) -> Result<bool, EvidenceError> {
        let detail = completed(begun, detail);
        let entered = self
            .append_custody_end(recording, act, by, ActEnd::ClosesIfOpen(begun), detail)
            .await;
        match entered {
            Ok(_) => Ok(true),
            Err(EvidenceError::Store(StoreError::Conflict(ACT_IS_OVER))) => Ok(false),
            Err(why) => Err(why),
        }
    }

    /// At the start of a server, before anything is live: enters of each act that an earlier run left without an outcome, and that
    /// nothing goes on with, that its outcome is unknown.
    pub(in crate::evidence) async fn settle_open_acts(&self) -> Result<(), EvidenceError> {
        let mut settled = 0_usize;
        for (recording, begun) in self.store().open_acts().await? {
            match self.settle_open_act(recording, begun).await {
                Ok(true) => settled += 1,
                Ok(false) => {}
                // One that cannot be settled does not hold up the others or the start.
                Err(why) => {
                    tracing::error!(%recording, %why, "an act without an outcome stays so until the next start");
                }
            }
        }
        if settled > 0 {
            tracing::warn!(
                settled,
                "the outcome of acts that a stop cut off is unknown, and entered so"
            );
        }
        Ok(())
    }

    async fn settle_open_act(&self, recording: RecordingId, begun: u64) -> Result<bool, EvidenceError> {
        let found = self.custody_entries(recording).await?;
        let Some(opened) = found.iter().find(|entry| entry.seq == begun) else {
            // Taken out of the database: the chain itself is an alarm.
            return Ok(false);
        };
        if phase(opened) != Some(Phase::Opened) || self.goes_on_by_itself(recording, opened).await? {
            return Ok(false);
        }
        // The outcome is the word of the server, whoever began the act.
        let detail = members([("outcome", json!("unknown")), ("why", json!(UNKNOWN))]);
        self.complete_if_open(recording, opened.act, SERVER, begun, detail)
            .await
    }

    /// True when something goes on with the act after a start, and enters its outcome.
    async fn goes_on_by_itself(
        &self,
        recording: RecordingId,
        opened: &CustodyEntry,
    ) -> Result<bool, EvidenceError> {
        Ok(match opened.act {
            CustodyAct::Disposed => self.is_being_disposed_of(recording).await?,
            CustodyAct::AccessCopy | CustodyAct::Redacted => self.copy_goes_on(recording, opened.seq).await?,
            // It lies in envelopes, and the next look enters that.
            CustodyAct::Enclosed => {
                let evidence = self.clone();
                blocking(move || Ok(evidence.sealed_dir(recording) == evidence.enclosed_dir(recording)))
                    .await?
            }
            _ => false,
        })
    }
}

/// A member of an entry's particulars that is text; empty where there is none.
pub(in crate::evidence) fn said<'a>(entry: &'a CustodyEntry, member: &str) -> &'a str {
    entry
        .detail
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn completed(begun: u64, mut detail: Map<String, Value>) -> Map<String, Value> {
    detail.insert("stage".into(), json!("completed"));
    detail.insert("begun".into(), json!(begun.to_string()));
    detail
}
