//! The live sitting: one task owns a hearing, its admission, its movement, its media and its record.
//!
//! Start at [`Hearings`]; the task itself is in `task.rs`.

mod audience;
mod awake;
mod backoff;
#[cfg(test)]
mod capture_test;
mod command;
mod handle;
mod journal;
pub mod live;
mod played;
mod proof;
mod record;
#[cfg(test)]
mod scene_test;
pub mod seating;
mod speaking;
mod speech;
mod start;
mod task;
pub mod view;

pub use command::{Accepted, Following, MediaError, OUTBOX, Unreachable};
pub use handle::HearingHandle;
pub use start::{HearingError, Hearings};
