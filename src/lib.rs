//! Oyer: remote hearings and video testimony, recorded, sealed and verifiable by anyone.
//!
//! The rooms of the house, from the ground up; a room imports only from floors below it (see ARCHITECTURE.md).

// Ground floor: pure. No clock, randomness, socket, file, task or lock.
#[cfg(feature = "ground")]
pub mod court;
#[cfg(feature = "ground")]
pub mod rtp;
pub mod seal;
#[cfg(feature = "ground")]
pub mod wire;

// First floor.
pub mod folder;
#[cfg(feature = "server")]
pub mod outside;
#[cfg(feature = "server")]
pub mod recorder;
#[cfg(feature = "server")]
pub mod sfu;
#[cfg(feature = "server")]
pub mod store;

// Second floor.
#[cfg(feature = "server")]
pub mod evidence;
#[cfg(feature = "server")]
pub mod hearing;

// Third floor.
#[cfg(feature = "server")]
pub mod http;

// Between the floors: an outside client. It imports only `court`, `rtp`, `wire` and `outside`, and reaches the rest by network.
#[cfg(feature = "server")]
pub mod client;

// Fourth floor.
pub mod cli;
