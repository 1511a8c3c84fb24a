//! What can go wrong, as told to the rest of the program.

use std::io;
use thiserror::Error;

/// The engine could not be started.
#[derive(Debug, Error)]
pub enum EngineError {
    /// No worker was asked for.
    #[error("the media engine needs at least one worker")]
    NoWorkers,
    /// A UDP port could not be opened.
    #[error("UDP {address} cannot be opened for media: {source}")]
    Bind {
        /// The address wanted.
        address: std::net::SocketAddr,
        /// The system's answer.
        source: io::Error,
    },
    /// The TCP port could not be opened.
    #[error("TCP {address} cannot be opened for media: {source}")]
    BindTcp {
        /// The address wanted.
        address: std::net::SocketAddr,
        /// The system's answer.
        source: io::Error,
    },
    /// Nothing to advertise: the bind address is unspecified and no interface has an address.
    #[error("no address to advertise for media: name one with the public address setting")]
    NoAddress,
    /// A thread, a certificate or a wake-up descriptor could not be made.
    #[error("the media engine could not be set up: {0}")]
    Setup(String),
}

/// An offer, or a later change of a session, was not accepted.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum NegotiationError {
    /// The text is not a usable session description.
    #[error("the session description is not acceptable: {0}")]
    Malformed(String),
    /// The text is understood and asks for something that is not offered here.
    #[error("the offer asks for something that is not supported: {0}")]
    Unsupported(String),
    /// A bound of the engine is reached.
    #[error("no capacity left: {0}")]
    Full(&'static str),
    /// The session does not exist (any more).
    #[error("there is no such session")]
    NoSession,
    /// The room does not exist (any more), or the engine has stopped.
    #[error("the room is closed")]
    RoomGone,
    /// The WebRTC stack refused.
    #[error("the WebRTC stack refused the offer: {0}")]
    Refused(String),
}

/// The room does not exist (any more), or the engine has stopped.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
#[error("the room is closed")]
pub struct RoomGone;

impl From<RoomGone> for NegotiationError {
    fn from(_: RoomGone) -> Self {
        NegotiationError::RoomGone
    }
}
