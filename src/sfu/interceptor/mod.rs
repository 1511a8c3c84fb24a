//! Our own links in the chain of interceptors of a peer connection.

mod feedback;

#[cfg(test)]
pub(super) use feedback::arrivals;
pub(super) use feedback::{Feedback, FeedbackTap};
