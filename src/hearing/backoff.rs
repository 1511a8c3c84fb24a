//! When something that failed is tried again: soon at first, then less and less often, and never given up.

use std::time::Duration;
use tokio::time::Instant;

const FIRST: Duration = Duration::from_secs(1);
const LAST: Duration = Duration::from_secs(10);

/// The next attempt, if one is owed.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    wait: Option<Duration>,
    next: Option<Instant>,
}

impl Backoff {
    /// It failed.
    pub fn failed(&mut self) {
        let wait = self.wait.map_or(FIRST, |wait| (wait * 2).min(LAST));
        (self.wait, self.next) = (Some(wait), Some(Instant::now() + wait));
    }

    /// It succeeded, or is no longer wanted.
    pub fn done(&mut self) {
        *self = Self::default();
    }

    /// The time for the next attempt has not come.
    pub fn must_wait(&self) -> bool {
        self.next.is_some_and(|next| Instant::now() < next)
    }

    /// Ends when the next attempt is due; never while none is owed.
    pub async fn due(next: Option<Instant>) {
        match next {
            Some(next) => tokio::time::sleep_until(next).await,
            None => std::future::pending().await,
        }
    }

    /// When the next attempt is due.
    pub fn next(&self) -> Option<Instant> {
        self.next
    }
}
