//! What each fuzz target does with the bytes it is given. A target that returns has found nothing; a panic is a find.
//!
//! Beside not panicking, most hold what they read to something that must be true of it whatever the bytes are.

// The name by which the included files of the server know the ground floor.
use oyer::rtp;

mod bundle;
mod input;
mod media;
mod proxies;
mod seal;
mod sfu;
mod stores;
mod streams;
mod wire;

pub use bundle::bundle;
pub use media::{depacketize, feedback, framing, keyframe, packet, red, vp8};
pub use proxies::proxies;
pub use seal::{certificate, documents, ledgers, log, manifest, redaction, signature, time_stamp};
pub use sfu::{gate, sdp_fragment, sdp_offer, stun};
pub use stores::{envelope, s3_list};
pub use streams::{bandwidth, jitter, layers, reception, rewrite, timeline};
pub use wire::wire_messages;
