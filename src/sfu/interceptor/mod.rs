//! Our own links in the chain of interceptors of a peer connection.

mod feedback;
mod rtx;

pub(super) use feedback::{Feedback, FeedbackTap};
pub(super) use rtx::RtxUnwrap;
