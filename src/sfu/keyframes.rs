//! Requests for key frames: one receiver may ask for a few, and what all of them ask of a layer becomes one request at a
//! time. A key frame is large, and everybody who sees the publisher gets it. None is forgotten: what comes too soon waits.

use std::time::{Duration, Instant};

/// Between two requests to a layer: until the key frame is there, and after it.
const UNANSWERED: Duration = Duration::from_millis(300);
const ANSWERED: Duration = Duration::from_millis(500);
/// What a receiver may ask for one picture at once, and after so long once more.
const PLEAS: u32 = 5;
const PLEA_EACH: Duration = Duration::from_secs(1);

/// What is to be asked of a layer.
#[derive(Debug, Default)]
pub(super) struct Requests {
    wanted: bool,
    sent: Option<Instant>,
    answered: bool,
}

impl Requests {
    /// A key frame is wanted, now or as soon as there may be another.
    pub(super) fn want(&mut self) {
        self.wanted = true;
    }

    /// A key frame came.
    pub(super) fn answered(&mut self) {
        self.answered = true;
    }

    /// True if a request is to be sent now; it is then taken as sent.
    pub(super) fn due(&mut self, now: Instant) -> bool {
        let apart = if self.answered { ANSWERED } else { UNANSWERED };
        let due = self.wanted
            && self
                .sent
                .is_none_or(|at| now.saturating_duration_since(at) >= apart);
        if due {
            *self = Self {
                wanted: false,
                sent: Some(now),
                answered: false,
            };
        }
        due
    }
}

/// What the receiver of a picture asks for.
#[derive(Debug, Default)]
pub(super) struct Pleas {
    pending: bool,
    /// How many were heard lately, and since when one is forgotten.
    heard: u32,
    since: Option<Instant>,
}

impl Pleas {
    /// The receiver asks.
    pub(super) fn plead(&mut self) {
        self.pending = true;
    }

    /// The receiver is sent a key frame.
    pub(super) fn answered(&mut self) {
        self.pending = false;
    }

    /// True if the receiver asked and is to be heard now.
    pub(super) fn hear(&mut self, now: Instant) -> bool {
        if !self.pending {
            return false;
        }
        let since = self.since.get_or_insert(now);
        while self.heard > 0 && now.saturating_duration_since(*since) >= PLEA_EACH {
            self.heard -= 1;
            *since += PLEA_EACH;
        }
        if self.heard == 0 {
            *since = now;
        }
        let heard = self.heard < PLEAS;
        self.heard += u32::from(heard);
        self.pending = !heard;
        heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(from: Instant, ms: u64, mut run: impl FnMut(Instant) -> bool) -> usize {
        (0..ms)
            .filter(|ms| run(from + Duration::from_millis(*ms)))
            .count()
    }

    #[test]
    fn many_wishes_are_one_request_and_none_is_lost() {
        let (mut requests, start) = (Requests::default(), Instant::now());
        assert!(!requests.due(start));
        requests.want();
        requests.want();
        assert!(requests.due(start) && !requests.due(start));
        requests.want();
        assert!(!requests.due(start + UNANSWERED / 2));
        assert!(
            requests.due(start + UNANSWERED),
            "it had to wait, and was not lost"
        );
        requests.answered();
        requests.want();
        assert!(!requests.due(start + UNANSWERED * 2));
        assert!(requests.due(start + UNANSWERED + ANSWERED));
        let mut all = |now| {
            requests.want();
            requests.answered();
            requests.due(now)
        };
        assert_eq!(times(start + Duration::from_secs(10), 10_000, &mut all), 20);
    }

    #[test]
    fn a_receiver_that_asks_without_end_is_heard_once_a_second() {
        let (mut pleas, start) = (Pleas::default(), Instant::now());
        assert!(!pleas.hear(start));
        let heard = times(start, 20_000, |now| {
            pleas.plead();
            pleas.hear(now)
        });
        assert!(
            (PLEAS as usize + 18..=PLEAS as usize + 20).contains(&heard),
            "{heard}"
        );
        // What was not heard waits, unless the key frame comes first.
        let end = start + Duration::from_secs(20);
        pleas.plead();
        assert_eq!(times(end, 3_000, |now| pleas.hear(now)), 1);
        pleas.plead();
        pleas.answered();
        assert!(!pleas.hear(end + Duration::from_secs(60)));
    }
}
