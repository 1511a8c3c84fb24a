//! WebRTC transport and selective forwarding.
//!
//! The engine knows rooms, sessions, tracks and seats. It knows no judge: who may receive what is decided above, and
//! comes down as a table of routes. Nothing is forwarded without a route in force.
//!
//! One OS thread per worker owns one UDP socket and every session of its rooms; the rest of the program talks to it
//! through [`Room`], whose methods put a command into the worker's bounded queue and await the reply.

mod acceptor;
mod backlog;
mod choose;
mod command;
mod connection;
mod dispatch;
mod engine;
mod epoll;
mod error;
mod event;
mod floor;
mod formats;
mod forward;
mod gate;
mod ingress;
mod intake;
mod keyframes;
mod kind;
mod load;
mod negotiate;
mod outbox;
mod place;
mod publish;
mod report;
mod resend;
mod room;
mod sdpfrag;
mod session;
mod socket;
mod sound;
mod srtp;
mod stats;
mod streams;
mod stun;
mod subscribe;
mod table;
mod tick;
mod transport;
mod ufrags;
mod wake;
mod way;
mod worker;

pub use engine::{Engine, EngineConfig};
pub use error::{EngineError, NegotiationError, RoomGone};
pub use event::{Direction, DownReason, RoomEvent};
pub use kind::Kind;
pub use negotiate::{SDP_BYTES_MAX, SEATS_MAX};
pub use room::{Answer, Room, Route, Tap, TrackKey};
pub use stats::EngineStats;

/// Most sessions that one room takes, both directions together.
pub const SESSIONS_PER_ROOM_MAX: usize = 256;
