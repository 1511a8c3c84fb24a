//! What the writer can vouch for: whether all that came of a track is in its file.

/// What came and is not in the file after so long counts as not written. A missing packet is waited for, and a cluster
/// is filled, in less.
const PATIENCE_US: i64 = 2_200_000;
/// While nothing comes, what came last may wait in a cluster that is not full: nothing is wrong with the writer then.
const FLOWING_US: i64 = 1_000_000;

/// Times are arrivals, in microseconds on the segment's timeline.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Proof {
    /// The last that came.
    last_us: Option<i64>,
    /// The oldest that is not in the file.
    waiting_us: Option<i64>,
    /// The last that was given to the muxer.
    handed_us: Option<i64>,
    /// The newest that is in the file.
    written_us: Option<i64>,
    /// Our queue dropped something.
    dropped_us: Option<i64>,
}

impl Proof {
    /// Media came, whether it can be used or not.
    pub(super) fn came(&mut self, arrival_us: i64) {
        self.last_us = self.last_us.max(Some(arrival_us));
        self.waiting_us.get_or_insert(arrival_us);
    }

    /// A packet was given to the muxer (`None`: filled silence). `flushed`: all before it is in the file now.
    pub(super) fn handed(&mut self, arrival_us: Option<i64>, flushed: bool) {
        if flushed {
            self.written_us = self.written_us.max(self.handed_us);
            self.waiting_us = arrival_us;
        }
        self.handed_us = self.handed_us.max(arrival_us);
    }

    /// All that the muxer was given is in the file.
    pub(super) fn flushed(&mut self) {
        self.written_us = self.written_us.max(self.handed_us);
        // What came later was not given to it, and waits still.
        self.waiting_us = self.last_us.filter(|last_us| Some(*last_us) > self.handed_us);
    }

    /// Something did not fit into our queue.
    pub(super) fn dropped(&mut self, now_us: i64) {
        self.dropped_us = Some(now_us);
    }

    /// The arrival of the newest media in the file, if what came after it is written as it comes.
    pub(super) fn confirmed(&self, now_us: i64) -> Option<i64> {
        let flows = self.last_us.is_some_and(|last| now_us - last < FLOWING_US);
        let stuck = self.waiting_us.is_some_and(|since| now_us - since > PATIENCE_US);
        let drops = self.dropped_us.is_some_and(|at| now_us - at < PATIENCE_US);
        self.written_us.filter(|_| !(flows && stuck || drops))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000;

    #[test]
    fn what_comes_and_is_not_written_is_not_confirmed_and_silence_is_no_failure() {
        let mut proof = Proof::default();
        proof.came(0);
        assert_eq!(proof.confirmed(0), None, "nothing is written yet");
        proof.handed(Some(0), false);
        proof.came(S / 2);
        proof.handed(Some(S / 2), true);
        assert_eq!(proof.confirmed(S), Some(0));
        // It goes on coming, but nothing is handed on: no key frame, or another codec.
        for n in 0..6 {
            proof.came(S + n * S / 2);
        }
        assert_eq!(proof.confirmed(2 * S), Some(0));
        assert_eq!(proof.confirmed(4 * S), None);
        // Nothing comes any more: that is the sender's affair.
        assert_eq!(proof.confirmed(5 * S), Some(0));
        proof.dropped(6 * S);
        assert_eq!(proof.confirmed(7 * S), None, "but what we drop is ours");
    }
}
