//! Looks at what lies on the disk, shared by those who ask at once and bounded. Nobody is told what a look found that began before
//! they asked: what changed in between would be told as it was.

use super::error::EvidenceError;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OnceCell, Semaphore};

/// A look that has not begun: whoever asks until then gets what it finds.
type Next<T> = Arc<OnceCell<T>>;

/// Looks about things that have a key.
#[derive(Debug)]
pub(super) struct Looks<K, T> {
    next: Mutex<HashMap<K, Next<T>>>,
    /// So many go on at once.
    turns: Semaphore,
}

impl<K: Hash + Eq + Copy, T: Clone> Looks<K, T> {
    pub(super) fn at_once(looks: usize) -> Self {
        Self {
            next: Mutex::default(),
            turns: Semaphore::new(looks),
        }
    }

    fn with<R>(&self, change: impl FnOnce(&mut HashMap<K, Next<T>>) -> R) -> R {
        // Nothing that runs under this lock can panic half-way through a change.
        change(&mut self.next.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a look finds that begins from now on.
    pub(super) async fn of(
        &self,
        key: K,
        look: impl Future<Output = Result<T, EvidenceError>>,
    ) -> Result<T, EvidenceError> {
        let next = self.with(|next| next.entry(key).or_default().clone());
        // Whoever gives up waiting leaves it to the next of those who wait.
        let found = next.get_or_try_init(|| async {
            let turn = self.turns.acquire().await;
            let _turn = turn.map_err(|_| EvidenceError::Cancelled)?;
            // It begins: whoever asks from now on gets the one after it.
            self.with(|waiting| {
                if waiting.get(&key).is_some_and(|other| Arc::ptr_eq(other, &next)) {
                    waiting.remove(&key);
                }
            });
            look.await
        });
        found.await.cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use futures_util::future::join_all;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;

    #[tokio::test]
    async fn many_who_ask_at_once_share_a_look_and_none_gets_one_that_began_before_they_asked() {
        let looks = Looks::<u32, usize>::at_once(1);
        let (state, begun) = (AtomicUsize::new(1), AtomicUsize::new(0));
        let (started, go) = (Notify::new(), Notify::new());
        let look = || async {
            begun.fetch_add(1, Ordering::SeqCst);
            let seen = state.load(Ordering::SeqCst);
            started.notify_one();
            go.notified().await;
            Ok(seen)
        };
        let first = looks.of(7, look());
        let later = async {
            started.notified().await;
            // The first look has seen what was; it changes while that goes on.
            state.store(2, Ordering::SeqCst);
            let asked = join_all((0..50).map(|_| looks.of(7, look())));
            let goes_on = async {
                go.notify_one();
                started.notified().await;
                go.notify_one();
            };
            tokio::join!(asked, goes_on).0
        };
        let (first, later) = tokio::join!(first, later);
        assert_eq!(first.unwrap(), 1);
        for found in later {
            assert_eq!(
                found.unwrap(),
                2,
                "what was told had changed before it was asked for"
            );
        }
        assert_eq!(
            begun.load(Ordering::SeqCst),
            2,
            "fifty who ask at once have one look"
        );
        assert!(looks.with(|next| next.is_empty()), "nothing is kept");
    }

    #[tokio::test]
    async fn a_look_that_fails_or_is_given_up_is_another_ones_to_make() {
        let looks = Looks::<u32, usize>::at_once(1);
        let fails = async { Err::<usize, _>(EvidenceError::Cancelled) };
        let (failed, other) = tokio::join!(looks.of(1, fails), looks.of(1, async { Ok(3) }));
        assert!(failed.is_err());
        assert_eq!(other.unwrap(), 3);
        assert!(looks.of(1, std::future::pending()).now_or_never().is_none());
        assert_eq!(looks.of(1, async { Ok(4) }).await.unwrap(), 4);
    }
}
