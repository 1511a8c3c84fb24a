//! How a stream is received, for receiver reports (RFC 3550, sections 6.4.1 and A.8).

use super::clock::{Micros, ticks};
use std::time::Duration;

/// Counts of one stream.
#[derive(Debug, Clone, Default)]
pub struct Reception {
    first: Option<i64>,
    highest: i64,
    received: u64,
    /// Expected and received when the last block was made.
    reported: (u64, u64),
    /// Interarrival jitter in ticks, times 16.
    jitter: i64,
    /// Transit time of the newest packet, in ticks.
    transit: Option<i64>,
}

/// One block of a receiver report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Lost since the last block, in 256ths.
    pub fraction_lost: u8,
    /// Lost since the beginning, 24 bits.
    pub total_lost: u32,
    /// Highest extended sequence number.
    pub highest: u32,
    /// Interarrival jitter in ticks.
    pub jitter: u32,
}

impl Reception {
    /// A packet arrived that is no copy: its extended number and timestamp, on a clock of `rate` Hz.
    pub fn arrived(&mut self, sequence: i64, timestamp: i64, rate: u32, at: Micros) {
        let newer = self.first.is_none() || sequence > self.highest;
        self.first = Some(self.first.map_or(sequence, |f| f.min(sequence)));
        self.received += 1;
        if newer {
            self.highest = sequence;
            let transit = ticks(at, rate) - timestamp;
            if let Some(before) = self.transit {
                self.jitter += (transit - before).abs() - ((self.jitter + 8) >> 4);
            }
            self.transit = Some(transit);
        }
    }

    /// The next block. `None` if nothing has arrived yet.
    pub fn block(&mut self) -> Option<Block> {
        let expected = u64::try_from(self.highest - self.first? + 1).ok()?;
        let (expected_then, received_then) = std::mem::replace(&mut self.reported, (expected, self.received));
        let expected_since = expected.saturating_sub(expected_then);
        let lost_since = expected_since.saturating_sub(self.received - received_then);
        Some(Block {
            fraction_lost: (lost_since * 256)
                .checked_div(expected_since)
                .unwrap_or(0)
                .min(255) as u8,
            total_lost: expected.saturating_sub(self.received).min(0x7f_ffff) as u32,
            highest: self.highest as u32,
            jitter: (self.jitter.max(0) >> 4) as u32,
        })
    }
}

/// The time since a sender report as a block carries it: units of 1/65536 s.
pub fn delay(since: Duration) -> u32 {
    u32::try_from((since.as_micros() << 16) / 1_000_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_is_told_since_the_last_block_and_in_sum() {
        let mut r = Reception::default();
        assert_eq!(r.block(), None);
        for sequence in [100i64, 101, 102, 104] {
            r.arrived(sequence, sequence * 3000, 90_000, sequence * 33_333);
        }
        let block = r.block().unwrap();
        assert_eq!(
            (block.fraction_lost, block.total_lost, block.highest),
            (51, 1, 104)
        );
        assert!(block.jitter <= 1);
        r.arrived(103, 0, 90_000, 0);
        r.arrived(105, 105 * 3000, 90_000, 105 * 33_333);
        let block = r.block().unwrap();
        assert_eq!((block.fraction_lost, block.total_lost), (0, 0));
        assert_eq!(r.block().unwrap().fraction_lost, 0, "nothing new");
    }

    #[test]
    fn jitter_grows_with_uneven_arrivals() {
        let mut r = Reception::default();
        for i in 0..200i64 {
            r.arrived(
                i,
                i * 960,
                48_000,
                i * 20_000 + if i % 2 == 0 { 10_000 } else { 0 },
            );
        }
        // Every step is 480 ticks off: the estimate nears that.
        assert!((400..=480).contains(&r.block().unwrap().jitter));
        assert_eq!(delay(Duration::from_millis(1500)), 98_304);
        assert_eq!(delay(Duration::from_secs(1 << 40)), u32::MAX);
    }
}
