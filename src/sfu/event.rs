//! What a room reports to its owner.

use super::room::TrackKey;
use crate::rtp::codec::Codec;
use std::time::Instant;
use uuid::Uuid;

/// Which way the media of a session flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the participant to the server (WHIP).
    Publish,
    /// From the server to the participant (WHEP).
    Subscribe,
}

/// Why a session came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DownReason {
    /// Asked for by the program: DELETE, or the room was closed.
    Ended,
    /// The other side closed its DTLS association.
    ClosedByPeer,
    /// No connection came about in time.
    NeverConnected,
    /// The connection was lost and did not come back in time.
    Lost,
    /// The handshake or the WebRTC stack failed.
    Failed,
}

/// An event of a room. The queue is bounded; an event that does not fit is dropped and counted, except that
/// [`RoomEvent::SessionDown`] and [`RoomEvent::TrackStopped`] are kept and tried again.
#[derive(Debug, Clone)]
pub enum RoomEvent {
    /// The transport of a session is connected (again).
    SessionUp {
        /// The session.
        session: Uuid,
        /// Whose it is.
        peer: Uuid,
        /// Its direction.
        direction: Direction,
    },
    /// A session has ended; its id means nothing any more.
    SessionDown {
        /// The session.
        session: Uuid,
        /// Whose it was.
        peer: Uuid,
        /// Its direction.
        direction: Direction,
        /// Why.
        reason: DownReason,
    },
    /// The first packet of a track arrived.
    TrackStarted {
        /// The track.
        track: TrackKey,
        /// Whose it is.
        peer: Uuid,
        /// What it is encoded with.
        codec: Codec,
    },
    /// A track ended with its session.
    TrackStopped {
        /// The track.
        track: TrackKey,
        /// Whose it was.
        peer: Uuid,
    },
    /// The loudest level of each publisher with sound between two moments: a few times a second at most.
    AudioLevels {
        /// Where the levels before these ended.
        from: Instant,
        /// When these were taken.
        to: Instant,
        /// Peer and level in -dBov (RFC 6464): 0 is the loudest, 127 silence.
        levels: Vec<(Uuid, u8)>,
    },
    /// How many seats a subscriber has after an offer of its own.
    SeatsNegotiated {
        /// The subscribe session.
        session: Uuid,
        /// Seats: the larger of its audio and video lines.
        seats: u16,
        /// Codecs in which every seat can show pictures.
        shows: Vec<Codec>,
    },
    /// Other seats of a subscriber than before have no picture because the connection does not carry it.
    Paused {
        /// The subscribe session.
        session: Uuid,
        /// Whose it is.
        peer: Uuid,
        /// All of them, in order.
        seats: Vec<u16>,
    },
    /// How well a session's media crosses the network: about every two seconds.
    Quality {
        /// The session.
        session: Uuid,
        /// Whose it is.
        peer: Uuid,
        /// Its direction.
        direction: Direction,
        /// Packets lost in the last interval, in thousandths of those expected.
        lost_permille: u16,
    },
}
