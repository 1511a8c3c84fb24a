//! What arrives in the seats of a subscription: counted, and recognised by colour and pitch.

use super::media::look::Look;
use std::time::Instant;

/// Packets of one stream: how many came, and how many are missing (RFC 3550, appendix A.3, without the guessing:
/// duplicates are not counted as arrivals, and a late packet fills its hole).
#[derive(Debug, Clone)]
pub struct SequenceLog {
    first: u64,
    highest: u64,
    received: u64,
    /// One bit a packet, for the latest `WINDOW` sequence numbers.
    seen: [u64; (WINDOW / 64) as usize],
}

const WINDOW: u64 = 1_024;

impl SequenceLog {
    /// Starts with the first packet.
    pub fn new(sequence: u16) -> Self {
        // Room below, so that a packet overtaken by the first one has a number too.
        let first = (1 << 16) + u64::from(sequence);
        let mut log = Self {
            first,
            highest: first,
            received: 1,
            seen: [0; (WINDOW / 64) as usize],
        };
        log.mark(first);
        log
    }

    /// Takes the next packet as it arrived. False for a duplicate, and for one too old to tell.
    pub fn push(&mut self, sequence: u16) -> bool {
        let step = sequence.wrapping_sub(self.highest as u16) as i16;
        let number = self.highest.wrapping_add_signed(i64::from(step));
        if step > 0 {
            for skipped in self.highest + 1..=number.min(self.highest + WINDOW) {
                self.clear(skipped);
            }
            self.highest = number;
        } else if self.highest - number >= WINDOW || self.is_marked(number) {
            return false;
        } else {
            self.first = self.first.min(number);
        }
        self.mark(number);
        self.received += 1;
        true
    }

    /// Packets that came, each counted once.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Packets between the first and the highest that did not come.
    pub fn lost(&self) -> u64 {
        (self.highest - self.first + 1).saturating_sub(self.received)
    }

    fn slot(number: u64) -> (usize, u64) {
        let bit = number % WINDOW;
        ((bit / 64) as usize, 1 << (bit % 64))
    }

    fn mark(&mut self, number: u64) {
        let (word, bit) = Self::slot(number);
        self.seen[word] |= bit;
    }

    fn clear(&mut self, number: u64) {
        let (word, bit) = Self::slot(number);
        self.seen[word] &= !bit;
    }

    fn is_marked(&self, number: u64) -> bool {
        let (word, bit) = Self::slot(number);
        self.seen[word] & bit != 0
    }
}

/// One stream of a seat.
#[derive(Debug, Clone, Default)]
pub struct StreamReception {
    /// Sequence numbers; none before the first packet.
    pub log: Option<SequenceLog>,
    /// Payload bytes.
    pub bytes: u64,
    /// When the first packet came.
    pub first_at: Option<Instant>,
    /// When the latest packet came.
    pub last_at: Option<Instant>,
    /// RTP timestamps of the first and the latest packet.
    pub timestamps: Option<(u32, u32)>,
    /// Who was recognised last, and when.
    pub recognised: Option<(Look, Instant)>,
    /// Everybody who was ever recognised here, in order of first sight.
    pub ever: Vec<Look>,
}

impl StreamReception {
    /// Counts a packet. False for a duplicate.
    pub fn packet(&mut self, sequence: u16, timestamp: u32, payload_bytes: usize, at: Instant) -> bool {
        let new = match &mut self.log {
            Some(log) => log.push(sequence),
            None => {
                self.log = Some(SequenceLog::new(sequence));
                true
            }
        };
        self.bytes += payload_bytes as u64;
        self.first_at.get_or_insert(at);
        self.last_at = Some(at);
        let first = self.timestamps.map_or(timestamp, |(first, _)| first);
        self.timestamps = Some((first, timestamp));
        new
    }

    /// Notes who was recognised.
    pub fn recognise(&mut self, look: Look, at: Instant) {
        self.recognised = Some((look, at));
        if !self.ever.contains(&look) {
            self.ever.push(look);
        }
    }

    /// Packets received.
    pub fn packets(&self) -> u64 {
        self.log.as_ref().map_or(0, SequenceLog::received)
    }

    /// Packets lost.
    pub fn lost(&self) -> u64 {
        self.log.as_ref().map_or(0, SequenceLog::lost)
    }

    /// Whom the stream showed at or after this moment.
    pub fn recognised_since(&self, since: Instant) -> Option<Look> {
        self.recognised
            .filter(|(_, at)| *at >= since)
            .map(|(look, _)| look)
    }
}

/// Sound and picture of one seat.
#[derive(Debug, Clone, Default)]
pub struct SeatReception {
    /// Sound.
    pub audio: StreamReception,
    /// Picture.
    pub video: StreamReception,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn holes_are_counted_and_filled_across_the_wrap() {
        let mut log = SequenceLog::new(65_533);
        for sequence in [65_534, 0, 1, 3] {
            assert!(log.push(sequence));
        }
        assert_eq!((log.received(), log.lost()), (5, 2));
        assert!(log.push(65_535));
        assert!(!log.push(65_535), "a duplicate");
        assert_eq!((log.received(), log.lost()), (6, 1));
        assert!(log.push(65_532), "older than the first");
        assert_eq!((log.received(), log.lost()), (7, 1));
    }

    proptest! {
        #[test]
        fn whatever_the_order_arrivals_and_holes_add_up(
            start: u16,
            lost in proptest::collection::hash_set(1_u16..399, 0..60),
            swaps in proptest::collection::vec((1_usize..300, 1_usize..40), 0..50),
        ) {
            let mut order: Vec<u16> = (0..400).filter(|i| !lost.contains(i)).collect();
            let end = order.len() - 2;
            for (at, by) in swaps {
                order.swap(at.min(end), (at + by).min(end));
            }
            let mut log = SequenceLog::new(start.wrapping_add(order[0]));
            for step in &order[1..] {
                prop_assert!(log.push(start.wrapping_add(*step)));
                prop_assert!(!log.push(start.wrapping_add(*step)));
            }
            prop_assert_eq!(log.received(), order.len() as u64);
            prop_assert_eq!(log.lost(), lost.len() as u64);
        }
    }
}
