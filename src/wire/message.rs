//! Messages on a hearing's WebSocket, `GET /api/v1/hearings/{id}/ws`. JSON text frames, tagged by `type`.
//!
//! The client's first message is `hello`, within ten seconds; the server answers `welcome` or closes with a reason.

use super::api::Problem;
use super::view::{HearingView, Seat, You};
use crate::court::act::Act;
use crate::court::id::{ParticipantId, RecordingId};
use crate::court::playback::FollowState;
use serde::{Deserialize, Serialize};

/// From the client to the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export_to = "wire.ts")]
pub enum ClientMessage {
    /// Who I am. First, and once.
    Hello {
        /// `PROTOCOL_VERSION` of the client.
        version: u32,
        /// The session's secret, as redeemed from an invitation.
        session: String,
    },
    /// An act. Answered by `result` with the same id.
    Act {
        /// Chosen by the client.
        id: u32,
        /// What to do.
        act: Act,
    },
    /// How well the connection works, as the client measures it, every few seconds.
    Quality {
        /// Packets lost toward the client in the last interval, in per mille.
        loss_per_mille: u16,
        /// Round-trip time in milliseconds.
        rtt_ms: u32,
    },
    /// How the page follows the recording that is shown to the hearing, whenever that changes.
    Follows {
        /// Which.
        recording: RecordingId,
        /// How.
        state: FollowState,
    },
    /// How large the page shows the pictures of its seats, whenever that changes. It replaces what was said before; a
    /// seat that is not named is taken to be shown as large as can be.
    Shows {
        /// At most `PICTURES_MAX`.
        pictures: Vec<ShownPicture>,
    },
}

/// Pictures that one `shows` may name.
pub const PICTURES_MAX: usize = 64;

/// How large the picture of one seat is shown, in pixels of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
#[ts(export_to = "wire.ts")]
pub struct ShownPicture {
    /// The seat.
    pub seat: u16,
    /// Width; 0 if nobody can see it now.
    pub width: u16,
    /// Height; 0 if nobody can see it now.
    pub height: u16,
}

/// From the server to the client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum ServerMessage {
    /// The answer to `hello`.
    Welcome {
        /// `PROTOCOL_VERSION` of the server.
        version: u32,
        /// Who the client is.
        you: You,
        /// The hearing now.
        hearing: HearingView,
        /// The seats now.
        seats: Vec<Seat>,
        /// The server's clock, unix milliseconds.
        #[ts(type = "number")]
        server_time: i64,
    },
    /// The hearing changed.
    Hearing {
        /// As it is now.
        hearing: HearingView,
    },
    /// The seats changed. A seat that is not in the list is empty.
    Seats {
        /// As they are now.
        seats: Vec<Seat>,
    },
    /// Who speaks, among those whom the receiver may hear; empty when nobody does.
    Speaking {
        /// Loudest first.
        participants: Vec<ParticipantId>,
    },
    /// How an act ended.
    Result {
        /// The id of the act.
        id: u32,
        /// None when it was done.
        problem: Option<Problem>,
    },
    /// The connection of another participant got worse or better.
    PeerQuality {
        /// Whose.
        participant: ParticipantId,
        /// How it is.
        quality: Quality,
    },
    /// The server ends the connection; the client does not come back by itself.
    Bye {
        /// Why.
        reason: ByeReason,
    },
}

/// Connection quality in three steps, plain enough for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum Quality {
    /// Works.
    Good,
    /// Losing packets or slow.
    Weak,
    /// Hardly anything gets through.
    Bad,
}

/// Why the server says goodbye.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum ByeReason {
    /// The hearing was closed.
    HearingClosed,
    /// The hearing was adjourned.
    HearingAdjourned,
    /// The court dismissed the participant.
    Dismissed,
    /// The court removed the participant.
    Removed,
    /// The participant left.
    Left,
    /// The same link was opened elsewhere; the newer place holds the seat.
    OpenedElsewhere,
    /// The session is not (or no longer) valid.
    SessionInvalid,
    /// The client speaks another version of the protocol.
    VersionMismatch,
    /// The client did not keep up with, or did not keep to, the protocol.
    ProtocolError,
    /// The server stops; come back in a moment.
    ServerStops,
}
