//! Counters that wrap: sequence numbers and timestamps extended to 64 bits, and the filter that drops duplicates.

/// The number nearest to `to` that has this sequence number for its lowest 16 bits.
pub fn nearest(to: i64, sequence: u16) -> i64 {
    to + i64::from(sequence.wrapping_sub(to as u16) as i16)
}

/// Extends 16-bit sequence numbers (RFC 3550, appendix A.1): each is taken to be the nearest to the highest seen.
#[derive(Debug, Clone, Copy, Default)]
pub struct SequenceUnwrapper {
    highest: Option<i64>,
}

impl SequenceUnwrapper {
    /// The extended number. The first starts in the second cycle, so that packets older than it stay positive.
    pub fn extend(&mut self, sequence: u16) -> i64 {
        let Some(highest) = self.highest else {
            let first = i64::from(sequence) + (1 << 16);
            self.highest = Some(first);
            return first;
        };
        let extended = nearest(highest, sequence);
        self.highest = Some(highest.max(extended));
        extended
    }

    /// The highest extended number so far.
    pub fn highest(&self) -> Option<i64> {
        self.highest
    }
}

/// Extends 32-bit RTP timestamps in the same way.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimestampUnwrapper {
    highest: Option<i64>,
}

impl TimestampUnwrapper {
    /// The extended timestamp; remembers the highest.
    pub fn extend(&mut self, timestamp: u32) -> i64 {
        let extended = self.peek(timestamp);
        self.highest = Some(self.highest.map_or(extended, |h| h.max(extended)));
        extended
    }

    /// The highest extended timestamp so far.
    pub fn highest(&self) -> Option<i64> {
        self.highest
    }

    /// The extended timestamp, without remembering it: for sender reports, which may run ahead of the media.
    pub fn peek(&self, timestamp: u32) -> i64 {
        match self.highest {
            None => i64::from(timestamp) + (1 << 32),
            Some(highest) => {
                let delta = timestamp.wrapping_sub(highest as u32) as i32;
                highest + i64::from(delta)
            }
        }
    }
}

const WINDOW: i64 = 1024;
const WORDS: usize = WINDOW as usize / 64;

/// Tells packets that are new from copies. Browsers pad with copies of old packets, sent by retransmission; a copy
/// of an old key frame must not pass for a new one.
///
/// It remembers the last 1024 sequence numbers; what is older is called a copy.
#[derive(Debug, Clone, Default)]
pub struct DuplicateFilter {
    highest: Option<i64>,
    seen: [u64; WORDS],
}

impl DuplicateFilter {
    /// True the first time this extended sequence number is shown.
    pub fn fresh(&mut self, sequence: i64) -> bool {
        let highest = *self.highest.get_or_insert(sequence);
        if sequence > highest {
            if sequence - highest >= WINDOW {
                self.seen = [0; WORDS];
            } else {
                for skipped in highest + 1..=sequence {
                    let (word, bit) = slot(skipped);
                    self.seen[word] &= !bit;
                }
            }
            self.highest = Some(sequence);
        } else if highest - sequence >= WINDOW {
            return false;
        }
        let (word, bit) = slot(sequence);
        let fresh = self.seen[word] & bit == 0;
        self.seen[word] |= bit;
        fresh
    }
}

fn slot(sequence: i64) -> (usize, u64) {
    let j = sequence.rem_euclid(WINDOW) as usize;
    (j / 64, 1 << (j % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_numbers_extend_over_wraps_and_disorder() {
        let mut u = SequenceUnwrapper::default();
        let first = u.extend(65_534);
        assert_eq!(u.extend(65_535), first + 1);
        assert_eq!(u.extend(1), first + 3);
        assert_eq!(u.extend(0), first + 2);
        assert_eq!(u.extend(65_533), first - 1);
        assert_eq!(u.highest(), Some(first + 3));
    }

    #[test]
    fn three_full_cycles_stay_monotone() {
        let mut u = SequenceUnwrapper::default();
        let first = u.extend(0);
        for i in 1..200_000i64 {
            assert_eq!(u.extend(i as u16), first + i);
        }
    }

    #[test]
    fn timestamps_extend_and_peeking_changes_nothing() {
        let mut u = TimestampUnwrapper::default();
        let first = u.extend(u32::MAX - 10);
        assert_eq!(u.peek(20), first + 31);
        assert_eq!(u.extend(u32::MAX - 20), first - 10);
        assert_eq!(u.extend(20), first + 31);
    }

    #[test]
    fn copies_are_told_from_late_packets() {
        let mut f = DuplicateFilter::default();
        assert!(f.fresh(100));
        assert!(!f.fresh(100));
        assert!(f.fresh(103));
        assert!(f.fresh(101), "late, not a copy");
        assert!(!f.fresh(101));
        assert!(f.fresh(102));
        assert!(f.fresh(99), "older than the first, still inside the window");
        assert!(f.fresh(103 + 1023));
        assert!(!f.fresh(103), "a copy at the edge of the window");
        assert!(!f.fresh(102), "older than the window counts as a copy");
    }

    #[test]
    fn a_jump_clears_the_window() {
        let mut f = DuplicateFilter::default();
        assert!(f.fresh(0));
        assert!(f.fresh(5000));
        assert!(f.fresh(5000 - 1023));
        assert!(!f.fresh(5000 - 1024));
    }

    proptest::proptest! {
        /// Against a plain set: within the window the filter gives the same verdicts.
        #[test]
        fn agrees_with_a_set(steps in proptest::collection::vec(-40i64..60, 1..400)) {
            let mut f = DuplicateFilter::default();
            let mut set = std::collections::HashSet::new();
            let mut at = 100_000i64;
            for step in steps {
                at += step;
                proptest::prop_assert_eq!(f.fresh(at), set.insert(at));
                at = at.max(*set.iter().max().unwrap_or(&at) - 500);
            }
        }
    }
}
