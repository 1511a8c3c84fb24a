//! What a worker has to do: measured, and expected of the rooms that are open on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Time over which a worker's load is measured.
const WINDOW: Duration = Duration::from_secs(1);
/// Flows, each a person's sound and pictures on their way to one other, that keep one worker busy for a thousandth of the
/// time: a hearing of five takes about a twentieth of a core.
const BUSY_OF_FLOWS: (u32, usize) = (5, 2);
/// Flows that one worker gets before the next: six hearings of five.
const TOGETHER: usize = 120;

/// The load of one worker, as the engine sees it.
#[derive(Debug, Clone, Default)]
pub(super) struct Load {
    /// Flows of the rooms that are open.
    expected: Arc<AtomicUsize>,
    /// Thousandths of the time that it was awake.
    busy: Arc<AtomicU32>,
}

/// The flows of a hearing of so many people in which everybody is seen and heard by all others.
pub(super) fn flows(people: usize) -> usize {
    people.saturating_mul(people.saturating_sub(1)).max(1)
}

impl Load {
    /// A room is opened, of so many flows.
    pub(super) fn add(&self, flows: usize) {
        self.expected.fetch_add(flows, Ordering::Relaxed);
    }

    /// It is closed.
    pub(super) fn remove(&self, flows: usize) {
        self.expected.fetch_sub(flows, Ordering::Relaxed);
    }

    /// In flows: what is expected or what is measured, whichever is more.
    fn flows(&self) -> usize {
        let (busy, flows) = BUSY_OF_FLOWS;
        let measured = self.busy.load(Ordering::Relaxed) as usize * flows / busy as usize;
        self.expected.load(Ordering::Relaxed).max(measured)
    }
}

/// The worker for a room of so many flows. A worker is filled with a few rooms before the next gets one: their packets then
/// share its wake-ups and its calls into the kernel. What does not fit goes where least is to be done.
pub(super) fn choose(workers: &[&Load], room: usize) -> usize {
    let fits = |load: &&Load| load.flows().saturating_add(room) <= TOGETHER;
    let idlest = || {
        let all = workers.iter().enumerate();
        all.min_by_key(|(_, load)| load.flows()).map(|(at, _)| at)
    };
    workers.iter().position(fits).or_else(idlest).unwrap_or(0)
}

/// Measures how much of its time a worker is awake.
#[derive(Debug)]
pub(super) struct Clock {
    load: Load,
    since: Instant,
    asleep: Duration,
}

impl Clock {
    pub(super) fn new(load: Load, now: Instant) -> Self {
        Self {
            load,
            since: now,
            asleep: Duration::ZERO,
        }
    }

    /// The worker slept for so long.
    pub(super) fn slept(&mut self, time: Duration) {
        self.asleep += time;
    }

    /// A room was closed.
    pub(super) fn remove(&self, flows: usize) {
        self.load.remove(flows);
    }

    /// The regular look.
    pub(super) fn look(&mut self, now: Instant) {
        let window = now.saturating_duration_since(self.since);
        if window < WINDOW {
            return;
        }
        let awake = window.saturating_sub(self.asleep);
        let busy = awake.as_micros() * 1000 / window.as_micros().max(1);
        self.load.busy.store(busy as u32, Ordering::Relaxed);
        (self.since, self.asleep) = (now, Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(loads: &[Load], people: usize) -> usize {
        let at = choose(&loads.iter().collect::<Vec<_>>(), flows(people));
        loads[at].add(flows(people));
        at
    }

    #[test]
    fn few_small_rooms_share_a_worker_and_many_are_spread() {
        let loads = [Load::default(), Load::default(), Load::default()];
        let placed: Vec<_> = (0..18).map(|_| place(&loads, 5)).collect();
        assert_eq!(placed[..6], [0; 6]);
        assert_eq!(placed[6..12], [1; 6]);
        let expected = |load: &Load| load.expected.load(Ordering::Relaxed);
        for _ in 0..4 {
            place(&loads, 5);
        }
        let flows = loads.each_ref().map(expected);
        let [most, least] = [flows.iter().max(), flows.iter().min()].map(|n| *n.unwrap());
        assert!(most - least <= 20, "{flows:?}");
        loads[1].remove(expected(&loads[1]));
        assert_eq!(place(&loads, 5), 1, "what became free is filled first");
    }

    #[test]
    fn large_rooms_have_a_worker_each() {
        let loads = [Load::default(), Load::default(), Load::default()];
        let placed: Vec<_> = (0..3).map(|_| place(&loads, 25)).collect();
        assert_eq!(placed, [0, 1, 2]);
    }

    #[test]
    fn a_worker_that_is_busier_than_was_expected_gets_no_more() {
        let loads = [Load::default(), Load::default()];
        assert_eq!(place(&loads, 5), 0);
        let start = Instant::now();
        let mut clock = Clock::new(loads[0].clone(), start);
        clock.slept(Duration::from_millis(400));
        clock.look(start + WINDOW);
        assert_eq!(place(&loads, 5), 1);
        // Two seconds later it had slept for nearly all of the time.
        clock.slept(Duration::from_millis(1990));
        clock.look(start + WINDOW * 3);
        assert_eq!(place(&loads, 5), 0);
    }
}
