//! RTP as a pure matter: codecs, descriptors, rewriting, jitter, timelines.

pub mod clock;
pub mod codec;
pub mod keyframe;
pub mod rewrite;
pub mod sequence;
pub mod source;
pub mod vp8;
pub mod depacketize;
pub mod jitter;
pub mod opus;
pub mod source;
pub mod timeline;
pub mod unwrap;
