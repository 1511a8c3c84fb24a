//! Which hearings are live, and how one comes to life: from its snapshot, or anew from the list.

use super::awake::Awake;
use super::command::{Command, QUEUE};
use super::handle::HearingHandle;
use super::journal::{Journal, Snapshot};
use super::live::Live;
use super::played::Played;
use super::record::Record;
use super::task::{Inputs, Task};
use crate::court::capture::HearingKind;
use crate::court::id::{HearingId, ParticipantId, RecordingId};
use crate::court::sitting::{Participant, Sitting};
use crate::court::state::{HearingState, ParticipantState, RecordingState};
use crate::evidence::{Evidence, EvidenceError};
use crate::sfu::Engine;
use crate::store::{Store, StoreError};
use crate::wire::view::{Adjournment, HearingView};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::Instrument;

const MEDIA_EVENTS: usize = 1024;
const REPORTS: usize = 256;
/// How long a server that stops waits for a hearing that is waking. Nothing is recorded of it yet.
const WOKEN_WITHIN: Duration = Duration::from_secs(5);

/// Why a hearing cannot be brought to life.
#[derive(Debug, thiserror::Error)]
pub enum HearingError {
    /// There is no such hearing.
    #[error("There is no such hearing.")]
    Unknown,
    /// The server stops: no hearing comes to life any more.
    #[error("The server stops.")]
    Stopping,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The evidence of the hearing cannot be read.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// What is stored of the hearing cannot be read.
    #[error("The stored state of the hearing cannot be read: {0}")]
    Snapshot(#[from] serde_json::Error),
}

/// The live hearings of this node. Cheap to clone.
#[derive(Clone)]
pub struct Hearings {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    store: Store,
    evidence: Evidence,
    live: Awake<HearingHandle>,
}

impl Hearings {
    /// No hearing is live yet; each comes to life when it is first asked for.
    pub fn new(engine: Engine, store: Store, evidence: Evidence) -> Self {
        Self {
            inner: Arc::new(Inner {
                engine,
                store,
                evidence,
                live: Awake::default(),
            }),
        }
    }

    /// The hearing's handle; brings the hearing to life if it is not.
    pub async fn get(&self, id: HearingId) -> Result<HearingHandle, HearingError> {
        let found = self.inner.live.get(id, self.inner.start(id)).await;
        found.unwrap_or(Err(HearingError::Stopping))
    }

    /// The handle of a hearing that is live already.
    pub fn if_live(&self, id: HearingId) -> Option<HearingHandle> {
        self.inner.live.if_awake(id)
    }

    /// The handles of all hearings that are live.
    pub fn all_live(&self) -> Vec<HearingHandle> {
        self.inner.live.all()
    }

    /// True while a live hearing is shown this recording.
    pub async fn is_shown(&self, recording: RecordingId) -> bool {
        for hearing in self.all_live() {
            // One that is gone shows nothing.
            if matches!(hearing.shown().await, Ok(Some(shown)) if shown == recording) {
                return true;
            }
        }
        false
    }

    /// Where a participant stands, without bringing the hearing to life; none if they are not in its list.
    pub async fn standing(
        &self,
        id: HearingId,
        participant: ParticipantId,
    ) -> Result<Option<ParticipantState>, HearingError> {
        if let Some(live) = self.if_live(id)
            && let Ok(view) = live.view(participant).await
        {
            let own = |view: HearingView| view.participants.into_iter().find(|p| p.id == participant);
            return Ok(view.and_then(own).map(|p| p.state));
        }
        let Some(json) = self.inner.store.hearing_snapshot(id).await? else {
            return Ok(None);
        };
        let snapshot: Snapshot = serde_json::from_str(&json)?;
        Ok(snapshot.sitting.participants.get(&participant).map(|p| p.state))
    }

    /// Why the hearing was adjourned and until when, as it is stored with its state: the whole of it, for those who may
    /// know both. None for a hearing that is not adjourned.
    pub async fn adjournment(&self, id: HearingId) -> Result<Option<Adjournment>, HearingError> {
        let Some(json) = self.inner.store.hearing_snapshot(id).await? else {
            return Ok(None);
        };
        let sitting = serde_json::from_str::<Snapshot>(&json)?.sitting;
        let is_adjourned = sitting.state == HearingState::Adjourned;
        Ok(sitting
            .adjourned
            .filter(|_| is_adjourned)
            .map(|(reason, next)| Adjournment {
                reason: Some(reason),
                next,
            }))
    }

    /// To be called at start, after evidence was recovered: each hearing that ran when the server died is brought back,
    /// suspended, so that lists and case files do not say until somebody comes that it runs. Says how many there were.
    pub async fn wake_interrupted(&self) -> Result<usize, StoreError> {
        let running = self
            .inner
            .store
            .hearings_in_states(&[HearingState::InSession])
            .await?;
        let mut woken = 0;
        for hearing in running {
            match self.get(hearing.id).await {
                Ok(_) => woken += 1,
                // It does not hold up the others; whoever opens it is told the same.
                Err(why) => {
                    tracing::error!(hearing = %hearing.id, %why, "a hearing that was cut off could not be brought back")
                }
            }
        }
        Ok(woken)
    }

    /// The hearing's task before it runs, for tests that put something else in the place of a part of it.
    #[cfg(test)]
    pub(super) async fn assemble(
        &self,
        id: HearingId,
    ) -> Result<(Task, Inputs, HearingHandle), HearingError> {
        self.inner.assemble(id).await
    }

    /// How many hearings are live.
    pub fn count(&self) -> usize {
        self.inner.live.count()
    }

    /// Ends every live hearing's record in order and says goodbye; they go on when the server is back. From here on none
    /// comes to life: a page that comes back at once would begin what nobody ends.
    pub async fn shutdown(&self) {
        let mut ending: JoinSet<()> = JoinSet::new();
        // All at once: where one waits for a disk, so does the next.
        for handle in self.inner.live.drain(WOKEN_WITHIN).await {
            ending.spawn(async move { handle.shutdown().await }.in_current_span());
        }
        while ending.join_next().await.is_some() {}
    }
}

impl Inner {
    async fn start(&self, id: HearingId) -> Result<HearingHandle, HearingError> {
        // At the level of errors, so that an error line has it whatever level is logged; and not below the request that
        // happens to wake the hearing.
        let span = tracing::error_span!(parent: None, "hearing", hearing = %id);
        async {
            let (task, inputs, handle) = self.assemble(id).await?;
            let sitting = &task.live.sitting;
            tracing::info!(
                state = sitting.state.name(),
                participants = sitting.participants.len(),
                "the hearing is awake"
            );
            tokio::spawn(task.run(inputs).instrument(tracing::Span::current()));
            Ok(handle)
        }
        .instrument(span)
        .await
    }

    /// The hearing as it is stored, ready to run.
    async fn assemble(&self, id: HearingId) -> Result<(Task, Inputs, HearingHandle), HearingError> {
        let hearing = self.store.hearing(id).await?.ok_or(HearingError::Unknown)?;
        let case = self
            .store
            .case(hearing.case_id)
            .await?
            .ok_or(HearingError::Unknown)?;
        let listed: BTreeMap<ParticipantId, Participant> = self
            .store
            .participants(id)
            .await?
            .into_iter()
            .map(|row| (row.id, Participant::invited(row.id, row.name, row.role)))
            .collect();
        let fresh = Sitting {
            id,
            case_id: case.id,
            case_reference: case.reference,
            title: hearing.title,
            listed_for: hearing.listed_for,
            state: HearingState::Listed,
            in_camera: false,
            on_record: false,
            record_on_resume: false,
            adjourned: None,
            capture: (hearing.kind == HearingKind::Testimony).then(Default::default),
            playback: None,
            participants: BTreeMap::new(),
        };
        let mut snapshot = match self.store.hearing_snapshot(id).await? {
            Some(json) => serde_json::from_str::<Snapshot>(&json)?,
            None => Snapshot {
                sitting: fresh,
                log_seq: 0,
                segment: 0,
            },
        };
        for (id, participant) in listed {
            snapshot.sitting.participants.entry(id).or_insert(participant);
        }
        // A log line may have been stored when the snapshot was not: numbers are never used twice.
        let last_logged = self.store.last_log_seq(id).await?.unwrap_or(0);
        snapshot.log_seq = snapshot.log_seq.max(last_logged);
        snapshot.segment = snapshot.segment.max(self.evidence.last_segment(id).await?);
        let interrupted = snapshot.sitting.interrupted_by_us();

        let sealed = self
            .store
            .recordings_of_hearing(id)
            .await?
            .into_iter()
            .filter(|r| r.state == RecordingState::Attached)
            .map(|r| r.id)
            .collect();
        let (commands, command_inbox) = mpsc::channel::<Command>(QUEUE);
        let (media, media_inbox) = mpsc::channel(MEDIA_EVENTS);
        let (reports, report_inbox) = mpsc::channel(REPORTS);
        let over = snapshot.sitting.state.is_over();
        let people = snapshot.sitting.participants.len();
        let mut task = Task {
            live: Live::new(snapshot.sitting, sealed),
            room: self.engine.open_room(id.0, people, media),
            record: Record::start(id, self.evidence.clone(), reports),
            played: Played::start(self.evidence.clone()),
            journal: Journal::new(id, self.store.clone(), self.evidence.clone()),
            log_seq: snapshot.log_seq,
            segment: snapshot.segment,
            audience: Default::default(),
            speaking: Default::default(),
            speech: Default::default(),
            sinks: BTreeMap::new(),
            running: None,
            proofs: Default::default(),
            media_gone: false,
            saved: true,
            idle_since: None,
            sealing: over,
            finish: false,
            missing: BTreeMap::new(),
            broken: false,
        };
        let inputs = Inputs {
            commands: command_inbox,
            media: media_inbox,
            reports: report_inbox,
        };
        if interrupted {
            tracing::warn!("the server failed while the hearing was in session: it is suspended");
            task.note_interruption("the server failed");
            task.keep().await;
        }
        Ok((
            task,
            inputs,
            HearingHandle::new(id, commands, self.evidence.clone()),
        ))
    }
}
