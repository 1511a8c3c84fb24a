//! What can be asked of a live hearing. Every queue here is bounded: a hearing that cannot keep up says so.

use crate::court::act::Act;
use crate::court::id::{CaseId, ParticipantId, RecordingId};
use crate::court::playback::{Exhibit, FollowState};
use crate::court::refusal::Refusal;
use crate::court::sitting::Participant;
use crate::sfu::{Answer, NegotiationError};
use crate::store::TokenHash;
use crate::wire::message::{ByeReason, ServerMessage, ShownPicture};
use crate::wire::view::{HearingView, PlaybackView, Seat, You};
use std::collections::BTreeSet;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Commands that may wait in a hearing's queue.
pub const QUEUE: usize = 1024;
/// Messages that may wait for one client; one that does not read is disconnected.
pub const OUTBOX: usize = 256;

/// What a client gets when its connection is accepted.
#[derive(Debug)]
pub struct Accepted {
    /// Who they are.
    pub you: You,
    /// The hearing now.
    pub hearing: HearingView,
    /// Their seats now.
    pub seats: Vec<Seat>,
}

/// A recording that is shown to the hearing, for somebody who may follow it.
#[derive(Debug, Clone)]
pub struct Following {
    /// What, and where it stands.
    pub view: PlaybackView,
    /// Files of it that this person may not see.
    pub hidden: BTreeSet<String>,
}

/// Why a media session could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The hearing does not let this participant do so now.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such session of this participant.
    #[error("There is no such media session.")]
    NoSession,
    /// The offer could not be answered.
    #[error(transparent)]
    Negotiation(#[from] NegotiationError),
    /// The hearing has ended.
    #[error("The hearing has ended.")]
    Gone,
}

/// The hearing's task is gone or too busy to take a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The hearing cannot be reached; try again in a moment.")]
pub struct Unreachable;

pub(super) type Reply<T> = oneshot::Sender<T>;

pub(super) enum Command {
    Connect {
        participant: ParticipantId,
        opened_by: TokenHash,
        connection: u64,
        outbox: mpsc::Sender<ServerMessage>,
        reply: Reply<Result<Accepted, ByeReason>>,
    },
    Disconnect {
        participant: ParticipantId,
        connection: u64,
    },
    Quality {
        participant: ParticipantId,
        loss_per_mille: u16,
        rtt_ms: u32,
    },
    Shows {
        participant: ParticipantId,
        pictures: Vec<ShownPicture>,
    },
    Act {
        participant: ParticipantId,
        act: Act,
        exhibit: Option<Box<Exhibit>>,
        reply: Reply<Result<(), Refusal>>,
    },
    Follows {
        participant: ParticipantId,
        recording: RecordingId,
        state: FollowState,
    },
    Playback {
        participant: ParticipantId,
        reply: Reply<Option<Following>>,
    },
    Shown {
        reply: Reply<Option<RecordingId>>,
    },
    MayPlay {
        participant: ParticipantId,
        reply: Reply<Option<(CaseId, String)>>,
    },
    View {
        participant: ParticipantId,
        reply: Reply<Option<HearingView>>,
    },
    AddParticipant {
        participant: Participant,
    },
    EndAccess {
        participant: ParticipantId,
        opened_by: TokenHash,
    },
    DeclineLink {
        participant: ParticipantId,
        opened_by: TokenHash,
        reply: Reply<()>,
    },
    Bearers {
        reply: Reply<BTreeSet<(ParticipantId, TokenHash)>>,
    },
    Publish {
        participant: ParticipantId,
        opened_by: TokenHash,
        offer: String,
        reply: Reply<Result<Answer, MediaError>>,
    },
    Subscribe {
        participant: ParticipantId,
        opened_by: TokenHash,
        offer: String,
        reply: Reply<Result<Answer, MediaError>>,
    },
    Renegotiate {
        participant: ParticipantId,
        session: Uuid,
        offer: String,
        reply: Reply<Result<Answer, MediaError>>,
    },
    RestartIce {
        participant: ParticipantId,
        session: Uuid,
        sdpfrag: String,
        reply: Reply<Result<String, MediaError>>,
    },
    EndSession {
        participant: ParticipantId,
        session: Uuid,
        reply: Reply<Result<(), MediaError>>,
    },
    Shutdown {
        reply: Reply<()>,
    },
}
