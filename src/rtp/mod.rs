//! RTP as a pure matter: codecs, descriptors, rewriting, jitter, timelines.

pub mod codec;
pub mod source;
