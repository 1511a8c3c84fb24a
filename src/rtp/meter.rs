//! How much flows: bits a second over a window that moves with time.

use super::clock::Micros;

const BUCKET: Micros = 100_000;
const BUCKETS: usize = 10;

/// Bits a second over the last second.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    bytes: [u64; BUCKETS],
    /// The bucket that is being filled, counted from time 0.
    newest: i64,
    /// When the first bytes came.
    since: Option<Micros>,
}

impl Meter {
    /// Counts bytes.
    pub fn add(&mut self, at: Micros, bytes: usize) {
        self.advance(at);
        self.since.get_or_insert(at);
        if let Some(bucket) = self.bytes.get_mut(slot(self.newest)) {
            *bucket += bytes as u64;
        }
    }

    /// Bits a second up to now. Of less than three tenths of a second nothing sure can be said; it is taken for as long.
    pub fn bits_per_second(&mut self, at: Micros) -> u64 {
        let Some(since) = self.since else {
            return 0;
        };
        self.advance(at);
        let window = (BUCKETS as i64 - 1) * BUCKET + at.rem_euclid(BUCKET);
        let span = (at - since).clamp(3 * BUCKET, window.max(3 * BUCKET));
        let bits: u64 = 8 * self.bytes.iter().sum::<u64>();
        bits * 1_000_000 / span as u64
    }

    fn advance(&mut self, at: Micros) {
        let bucket = at.div_euclid(BUCKET);
        let steps = bucket - self.newest;
        if steps <= 0 {
            return;
        }
        for step in 1..=steps.min(BUCKETS as i64) {
            self.bytes[slot(self.newest + step)] = 0;
        }
        self.newest = bucket;
    }
}

fn slot(bucket: i64) -> usize {
    bucket.rem_euclid(BUCKETS as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_is_measured_and_an_end_is_seen() {
        let mut meter = Meter::default();
        assert_eq!(meter.bits_per_second(5), 0);
        // 1250 bytes each 10 ms: 1 Mbit/s, beginning anywhere.
        for i in 0..500 {
            meter.add(7_123_456 + i * 10_000, 1250);
            let rate = meter.bits_per_second(7_123_456 + i * 10_000);
            if i > 40 {
                assert!((950_000..=1_060_000).contains(&rate), "{i}: {rate}");
            }
        }
        let end = 7_123_456 + 500 * 10_000;
        assert!(meter.bits_per_second(end + 500_000) < 600_000);
        assert_eq!(meter.bits_per_second(end + 1_100_000), 0);
        assert_eq!(
            meter.bits_per_second(end),
            0,
            "time that goes back changes nothing"
        );
    }

    #[test]
    fn a_burst_at_the_start_is_not_taken_for_a_rate() {
        let mut meter = Meter::default();
        meter.add(0, 3000);
        assert_eq!(meter.bits_per_second(0), 80_000);
    }
}
