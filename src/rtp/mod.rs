//! RTP as a pure matter: codecs, descriptors, rewriting, layers, bandwidth, jitter, timelines.

pub mod arrivals;
pub mod bandwidth;
pub mod clock;
pub mod codec;
pub mod depacketize;
pub mod feedback;
pub mod framing;
pub mod jitter;
pub mod keyframe;
pub mod layers;
pub mod meter;
pub mod missing;
pub mod opus;
pub mod packet;
pub mod payload;
pub mod picture;
pub mod reception;
pub mod red;
pub mod rewrite;
pub mod sequence;
pub mod source;
pub mod timeline;
pub mod vp8;
