//! The commands, and the only place that puts the pieces together.

#[cfg(feature = "server")]
pub mod rehearse;
