//! RTP as a pure matter: codecs, descriptors, rewriting, jitter, timelines.

pub mod codec;
pub mod depacketize;
pub mod jitter;
pub mod opus;
pub mod source;
pub mod timeline;
pub mod unwrap;
