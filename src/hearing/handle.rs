//! The handle of a live hearing: what the doors (HTTP, WebSocket, WHIP, WHEP) hold.

use super::command::{Accepted, Command, Following, MediaError, Unreachable};
use crate::court::act::Act;
use crate::court::id::{HearingId, ParticipantId, RecordingId};
use crate::court::playback::{Exhibit, FollowState};
use crate::court::refusal::Refusal;
use crate::court::sitting::Participant;
use crate::evidence::{Evidence, PlayedEvent};
use crate::sfu::Answer;
use crate::store::TokenHash;
use crate::wire::message::{ByeReason, ServerMessage, ShownPicture};
use crate::wire::view::HearingView;
use std::collections::BTreeSet;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Cheap to clone. The hearing's one task does what is asked, in the order in which it is asked.
#[derive(Clone)]
pub struct HearingHandle {
    hearing: HearingId,
    commands: mpsc::Sender<Command>,
    evidence: Evidence,
}

impl HearingHandle {
    pub(super) fn new(hearing: HearingId, commands: mpsc::Sender<Command>, evidence: Evidence) -> Self {
        Self {
            hearing,
            commands,
            evidence,
        }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.commands.is_closed()
    }

    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, Unreachable> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .send(command(reply))
            .await
            .map_err(|_| Unreachable)?;
        answer.await.map_err(|_| Unreachable)
    }

    /// A signalling connection of a participant, by the session `opened_by`. An older one of the same participant is told
    /// that the newer holds the seat; if it was opened by another session, the court learns of it.
    pub async fn connect(
        &self,
        participant: ParticipantId,
        opened_by: TokenHash,
        connection: u64,
        outbox: mpsc::Sender<ServerMessage>,
    ) -> Result<Result<Accepted, ByeReason>, Unreachable> {
        self.ask(|reply| Command::Connect {
            participant,
            opened_by,
            connection,
            outbox,
            reply,
        })
        .await
    }

    /// The connection is gone. The seat is kept.
    pub async fn disconnect(&self, participant: ParticipantId, connection: u64) {
        // A hearing that is gone has nobody connected.
        let _ = self
            .commands
            .send(Command::Disconnect {
                participant,
                connection,
            })
            .await;
    }

    /// How well the participant's connection works, as their client measures it.
    pub fn quality(&self, participant: ParticipantId, loss_per_mille: u16, rtt_ms: u32) {
        // A measurement that does not fit is worth nothing a moment later.
        let _ = self.commands.try_send(Command::Quality {
            participant,
            loss_per_mille,
            rtt_ms,
        });
    }

    /// How large the participant's page shows the pictures of its seats.
    pub async fn shows(&self, participant: ParticipantId, pictures: Vec<ShownPicture>) {
        // A hearing that is gone shows nobody.
        let _ = self
            .commands
            .send(Command::Shows {
                participant,
                pictures,
            })
            .await;
    }

    /// Does an act. When this returns, what it allows and forbids is in force, and the court log is stored; if the store fails
    /// at that moment, the entries wait in memory, are written when it is back, and come before the seal.
    pub async fn act(
        &self,
        participant: ParticipantId,
        act: Act,
    ) -> Result<Result<(), Refusal>, Unreachable> {
        let exhibit = match &act {
            Act::ShowRecording { recording } => self.exhibit(participant, *recording).await?,
            _ => None,
        };
        self.ask(|reply| Command::Act {
            participant,
            act,
            exhibit: exhibit.map(Box::new),
            reply,
        })
        .await
    }

    /// The recording that somebody wants to show: looked up here, so that a slow disk stops no hearing, and entered into its chain
    /// of custody before anything of it is shown. None if there is no such recording, or if they may show none.
    async fn exhibit(
        &self,
        participant: ParticipantId,
        recording: RecordingId,
    ) -> Result<Option<Exhibit>, Unreachable> {
        let Some((case, by)) = self.ask(|reply| Command::MayPlay { participant, reply }).await? else {
            return Ok(None);
        };
        let failed = |error| {
            tracing::error!(%recording, %error, "a recording could not be made ready to be shown");
            Unreachable
        };
        let exhibit = self.evidence.exhibit(recording, case).await.map_err(failed)?;
        if exhibit.is_some() {
            let event = PlayedEvent {
                hearing: self.hearing,
                kind: "playback_asked_for".into(),
                entry: None,
                text: None,
            };
            self.evidence
                .note_played(recording, &by, &event)
                .await
                .map_err(failed)?;
        }
        Ok(exhibit)
    }

    /// How a participant's page follows the recording that is shown.
    pub async fn follows(&self, participant: ParticipantId, recording: RecordingId, state: FollowState) {
        // A hearing that is gone shows nothing.
        let _ = self
            .commands
            .send(Command::Follows {
                participant,
                recording,
                state,
            })
            .await;
    }

    /// The recording that is shown to the hearing, if the participant may follow it at this moment.
    pub async fn playback(&self, participant: ParticipantId) -> Result<Option<Following>, Unreachable> {
        self.ask(|reply| Command::Playback { participant, reply }).await
    }

    /// The recording that is shown to the hearing, whoever may follow it.
    pub async fn shown(&self) -> Result<Option<RecordingId>, Unreachable> {
        self.ask(|reply| Command::Shown { reply }).await
    }

    /// The hearing as the participant may see it.
    pub async fn view(&self, participant: ParticipantId) -> Result<Option<HearingView>, Unreachable> {
        self.ask(|reply| Command::View { participant, reply }).await
    }

    /// Somebody was added to the hearing's list.
    pub async fn add_participant(&self, participant: Participant) -> Result<(), Unreachable> {
        self.commands
            .send(Command::AddParticipant { participant })
            .await
            .map_err(|_| Unreachable)
    }

    /// A session of the participant has ended: the connection and the media that it opened end now. What another session
    /// of theirs opened stays.
    pub async fn end_access(
        &self,
        participant: ParticipantId,
        opened_by: TokenHash,
    ) -> Result<(), Unreachable> {
        self.commands
            .send(Command::EndAccess {
                participant,
                opened_by,
            })
            .await
            .map_err(|_| Unreachable)
    }

    /// Whoever holds this session says that they are not the participant: the court learns of it, and what the session opened
    /// ends, as in [`HearingHandle::end_access`].
    pub async fn decline_link(
        &self,
        participant: ParticipantId,
        opened_by: TokenHash,
    ) -> Result<(), Unreachable> {
        self.ask(|reply| Command::DeclineLink {
            participant,
            opened_by,
            reply,
        })
        .await
    }

    /// Whose connection and media there are at this moment, and which sessions opened them.
    pub async fn bearers(&self) -> Result<BTreeSet<(ParticipantId, TokenHash)>, Unreachable> {
        self.ask(|reply| Command::Bearers { reply }).await
    }

    /// Opens a publish session by the bearer session `opened_by`, with which it ends; an older one of the same participant
    /// ends.
    pub async fn publish(
        &self,
        participant: ParticipantId,
        opened_by: TokenHash,
        offer: String,
    ) -> Result<Answer, MediaError> {
        self.ask(|reply| Command::Publish {
            participant,
            opened_by,
            offer,
            reply,
        })
        .await
        .map_err(|_| MediaError::Gone)?
    }

    /// Opens a subscribe session by the bearer session `opened_by`, with which it ends; an older one of the same participant
    /// ends.
    pub async fn subscribe(
        &self,
        participant: ParticipantId,
        opened_by: TokenHash,
        offer: String,
    ) -> Result<Answer, MediaError> {
        self.ask(|reply| Command::Subscribe {
            participant,
            opened_by,
            offer,
            reply,
        })
        .await
        .map_err(|_| MediaError::Gone)?
    }

    /// Takes an offer with more seats.
    pub async fn renegotiate(
        &self,
        participant: ParticipantId,
        session: Uuid,
        offer: String,
    ) -> Result<Answer, MediaError> {
        self.ask(|reply| Command::Renegotiate {
            participant,
            session,
            offer,
            reply,
        })
        .await
        .map_err(|_| MediaError::Gone)?
    }

    /// Restarts ICE or takes trickled candidates (RFC 9725, section 4.3).
    pub async fn restart_ice(
        &self,
        participant: ParticipantId,
        session: Uuid,
        sdpfrag: String,
    ) -> Result<String, MediaError> {
        self.ask(|reply| Command::RestartIce {
            participant,
            session,
            sdpfrag,
            reply,
        })
        .await
        .map_err(|_| MediaError::Gone)?
    }

    /// Ends a media session.
    pub async fn end_session(&self, participant: ParticipantId, session: Uuid) -> Result<(), MediaError> {
        self.ask(|reply| Command::EndSession {
            participant,
            session,
            reply,
        })
        .await
        .map_err(|_| MediaError::Gone)?
    }

    /// Says goodbye to everybody and ends the record cleanly; the hearing goes on when the server is back.
    pub async fn shutdown(&self) {
        // A hearing that is gone is shut down.
        let _ = self.ask(|reply| Command::Shutdown { reply }).await;
    }
}
