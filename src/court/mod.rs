//! The court: its words, its rules, its states. Pure; everything else asks here who may do, see and hear what.
//!
//! Neighbour used: `rtp::source`, the names of a person's tracks.

pub mod act;
pub mod capture;
pub mod condition;
pub mod custody;
pub mod entry;
pub mod id;
pub mod playback;
pub mod policy;
pub mod redaction;
pub mod refusal;
pub mod role;
pub mod sitting;
pub mod state;
