//! Which hearings are awake. Each wakes on its own: one whose store is slow delays nobody else.

use super::handle::HearingHandle;
use crate::court::id::HearingId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

/// What stands for a live hearing; it may end by itself.
pub(super) trait Ends: Clone {
    /// It has ended.
    fn is_gone(&self) -> bool;
}

impl Ends for HearingHandle {
    fn is_gone(&self) -> bool {
        HearingHandle::is_gone(self)
    }
}

/// The hearings that are awake or waking. The lock is held for a look only.
#[derive(Debug)]
pub(super) struct Awake<H> {
    places: Mutex<Places<H>>,
}

#[derive(Debug)]
struct Places<H> {
    of: HashMap<HearingId, Arc<OnceCell<H>>>,
    /// No further one wakes.
    closed: bool,
}

impl<H> Default for Awake<H> {
    fn default() -> Self {
        Self {
            places: Mutex::new(Places {
                of: HashMap::new(),
                closed: false,
            }),
        }
    }
}

impl<H: Ends> Awake<H> {
    fn places(&self) -> MutexGuard<'_, Places<H>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The hearing, if need be woken by `wake`. Whoever asks meanwhile waits for the same; if it fails, the next to ask
    /// tries again. None after [`Awake::drain`].
    pub async fn get<E>(
        &self,
        id: HearingId,
        wake: impl Future<Output = Result<H, E>>,
    ) -> Option<Result<H, E>> {
        let place = {
            let mut places = self.places();
            if places.closed {
                return None;
            }
            places
                .of
                .retain(|_, place| place.get().is_none_or(|h| !h.is_gone()));
            places.of.entry(id).or_default().clone()
        };
        let woken = place.get_or_try_init(|| wake).await.cloned();
        if woken.is_err() {
            let mut places = self.places();
            // Two are ours and the table's: nobody else waits in it, and nobody can come while the table is locked.
            let alone = |p: &Arc<OnceCell<H>>| Arc::ptr_eq(p, &place) && Arc::strong_count(p) == 2;
            if places.of.get(&id).is_some_and(alone) {
                places.of.remove(&id);
            }
        }
        Some(woken)
    }

    /// The hearing, if it is awake.
    pub fn if_awake(&self, id: HearingId) -> Option<H> {
        let place = self.places().of.get(&id)?.clone();
        place.get().filter(|h| !h.is_gone()).cloned()
    }

    /// All that are awake.
    pub fn all(&self) -> Vec<H> {
        let places = self.places();
        let awake = places.of.values().filter_map(|place| place.get());
        awake.filter(|h| !h.is_gone()).cloned().collect()
    }

    /// How many are awake.
    pub fn count(&self) -> usize {
        let awake = |place: &&Arc<OnceCell<H>>| place.get().is_some_and(|h| !h.is_gone());
        self.places().of.values().filter(awake).count()
    }

    /// Takes all out, and lets none wake any more. Those that are waking are waited for, so long at most.
    pub async fn drain(&self, within: Duration) -> Vec<H> {
        let places: Vec<_> = {
            let mut places = self.places();
            places.closed = true;
            places.of.drain().map(|(_, place)| place).collect()
        };
        let mut awake = Vec::new();
        let until = Instant::now() + within;
        for place in places {
            let woken = place.get_or_try_init(async || Err::<H, ()>(()));
            if let Ok(Ok(h)) = timeout_at(until, woken).await {
                awake.push(h.clone());
            }
        }
        awake
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use tokio::sync::oneshot;
    use uuid::Uuid;

    #[derive(Debug, Clone, Default)]
    struct Hearing(Arc<AtomicBool>);

    impl Ends for Hearing {
        fn is_gone(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }

    fn id() -> HearingId {
        HearingId(Uuid::now_v7())
    }

    #[tokio::test]
    async fn one_that_is_slow_to_wake_keeps_nobody_else_waiting() {
        let awake = Arc::new(Awake::<Hearing>::default());
        let (slow, quick) = (id(), id());
        let (release, released) = oneshot::channel::<()>();
        let (begun, begins) = oneshot::channel::<()>();
        let waking = tokio::spawn({
            let awake = awake.clone();
            async move {
                let wake = async {
                    begun.send(()).unwrap();
                    released.await.map_err(drop)?;
                    Ok::<_, ()>(Hearing::default())
                };
                awake.get(slow, wake).await.unwrap()
            }
        });
        begins.await.unwrap();
        assert!(awake.if_awake(slow).is_none());
        awake
            .get(quick, async { Ok::<_, ()>(Hearing::default()) })
            .await
            .unwrap()
            .unwrap();
        assert_eq!(awake.count(), 1);
        release.send(()).unwrap();
        let first = waking.await.unwrap().unwrap();
        let again = awake.get(slow, async { Err(()) }).await.unwrap().unwrap();
        assert!(Arc::ptr_eq(&first.0, &again.0), "one hearing is woken once");
        assert_eq!(awake.drain(Duration::from_secs(5)).await.len(), 2);
        let late = awake.get(quick, async { Ok::<_, ()>(Hearing::default()) }).await;
        assert!(late.is_none(), "it would begin what nobody ends");
    }

    #[tokio::test]
    async fn what_does_not_wake_or_has_ended_leaves_no_place() {
        let awake = Awake::<Hearing>::default();
        let (bad, ended) = (id(), id());
        assert_eq!(
            awake
                .get(bad, async { Err("no such hearing") })
                .await
                .unwrap()
                .err(),
            Some("no such hearing")
        );
        assert!(awake.places().of.is_empty());
        let first = awake
            .get(ended, async { Ok::<_, ()>(Hearing::default()) })
            .await
            .unwrap()
            .unwrap();
        first.0.store(true, Ordering::Relaxed);
        assert!(awake.if_awake(ended).is_none());
        let second = awake
            .get(ended, async { Ok::<_, ()>(Hearing::default()) })
            .await
            .unwrap()
            .unwrap();
        assert!(!second.is_gone() && awake.places().of.len() == 1);
    }
}
