//! Places Opus packets end to end on a segment's timeline, so that a player which counts samples and one which reads
//! timestamps hear the same word at the same time.

use crate::rtp::opus::{RATE, SILENCE_SAMPLES};

/// How far sample count and timeline may be apart before silence is put in (sender's clock slow) or a packet left out
/// (sender's clock fast).
const DRIFT: i64 = RATE * 30 / 1000;
/// Sound that follows without a hole loses at most one packet in such a stretch, however far it is behind: a word stays
/// a word, and the lips come back to it within seconds.
const BETWEEN_LEFT_OUT: i64 = RATE / 2;
/// Sound is never further ahead of the timeline than that, whatever is sent: a sender whose clock runs at twice the speed
/// would else be at the end of its file long before the segment is. The timeline itself goes back by less.
const AHEAD_MAX: i64 = RATE * 4;
/// An absence shorter than this is a rounding, not a gap.
const ABSENCE: i64 = SILENCE_SAMPLES / 2;

/// What to do with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// Write so many frames of silence, then the packet.
    Write { silence: i64 },
    /// Its place is taken already: leave it out and say so.
    TooLate,
}

/// The end of the sound written so far. Positions are samples at 48 kHz from the segment's start.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Grid {
    next: i64,
    last: Option<Last>,
    left_out_at: Option<i64>,
}

/// End of the last real packet: of which stream, in its RTP time, and on the grid.
#[derive(Debug, Clone, Copy)]
struct Last {
    stream: u32,
    timestamp: i64,
    position: i64,
}

impl Grid {
    /// Where the next frame goes.
    pub(super) fn next(&self) -> i64 {
        self.next
    }

    pub(super) fn next_us(&self) -> i64 {
        to_us(self.next)
    }

    /// A packet was written: there is more here than filled silence.
    pub(super) fn has_packet(&self) -> bool {
        self.last.is_some()
    }

    /// Decides on a packet of `stream` that the timeline puts at `media_us`. RTP timestamps, which know no jitter,
    /// say how it follows the one before; the timeline says so when they have drifted apart.
    pub(super) fn plan(&mut self, stream: u32, timestamp: i64, media_us: i64) -> Plan {
        let mapped = to_samples(media_us);
        let target = match self.last {
            Some(last) if last.stream == stream => {
                let along = last.position + (timestamp - last.timestamp);
                if (mapped - along).abs() <= DRIFT {
                    along
                } else {
                    mapped
                }
            }
            _ => mapped,
        };
        let missing = target - self.next;
        if missing >= ABSENCE {
            Plan::Write {
                silence: (missing + ABSENCE) / SILENCE_SAMPLES,
            }
        } else if missing > -(DRIFT + SILENCE_SAMPLES)
            || missing > -AHEAD_MAX && self.follows(stream, timestamp) && self.left_out_lately()
        {
            Plan::Write { silence: 0 }
        } else {
            self.left_out_at = Some(self.next);
            Plan::TooLate
        }
    }

    /// True when the packet comes right after the last one, or after one that was left out, and nothing was put in.
    fn follows(&self, stream: u32, timestamp: i64) -> bool {
        self.last.is_some_and(|last| {
            last.stream == stream
                && self.next - last.position < ABSENCE
                && timestamp - last.timestamp <= 2 * SILENCE_SAMPLES
        })
    }

    fn left_out_lately(&self) -> bool {
        self.left_out_at
            .is_some_and(|at| self.next - at < BETWEEN_LEFT_OUT)
    }

    /// One frame of silence was written.
    pub(super) fn silence(&mut self) {
        self.next += SILENCE_SAMPLES;
    }

    /// The packet was written; `timestamp` is that of its beginning.
    pub(super) fn packet(&mut self, stream: u32, timestamp: i64, samples: i64) {
        self.next += samples;
        self.last = Some(Last {
            stream,
            timestamp: timestamp + samples,
            position: self.next,
        });
    }
}

/// Samples at a time, to the nearest.
fn to_samples(us: i64) -> i64 {
    (i128::from(us) * i128::from(RATE)).div_euclid(1_000_000) as i64
}

/// Microseconds of a position.
pub(super) fn to_us(samples: i64) -> i64 {
    (i128::from(samples) * 1_000_000 / i128::from(RATE)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(grid: &mut Grid, stream: u32, timestamp: i64, media_us: i64) -> Plan {
        let plan = grid.plan(stream, timestamp, media_us);
        if let Plan::Write { silence } = plan {
            (0..silence).for_each(|_| grid.silence());
            grid.packet(stream, timestamp, 960);
        }
        plan
    }

    #[test]
    fn a_hole_is_filled_to_the_sample() {
        let mut grid = Grid::default();
        assert_eq!(write(&mut grid, 1, 5000, 31_000), Plan::Write { silence: 2 });
        assert_eq!(grid.next(), 3 * 960);
        assert_eq!(write(&mut grid, 1, 5960, 58_000), Plan::Write { silence: 0 });
        assert_eq!(
            write(&mut grid, 1, 5960 + 960 * 1501, 30_071_000),
            Plan::Write { silence: 1500 }
        );
        assert_eq!(grid.next(), 1505 * 960);
    }

    #[test]
    fn a_packet_whose_place_was_filled_is_left_out() {
        let mut grid = Grid::default();
        write(&mut grid, 1, 0, 0);
        (0..100).for_each(|_| grid.silence());
        assert_eq!(write(&mut grid, 1, 960, 20_000), Plan::TooLate);
        assert_eq!(
            write(&mut grid, 1, 960 * 102, 2_040_000),
            Plan::Write { silence: 1 }
        );
    }

    #[test]
    fn a_timeline_that_jumps_back_takes_no_word_away() {
        let mut grid = Grid::default();
        // The first second was placed 0.7 s late; then it is known better.
        let (mut run, mut longest, mut left_out) = (0, 0, 0);
        for n in 0..3_000i64 {
            let media_us = n * 20_000 + if n < 50 { 700_000 } else { 0 };
            match write(&mut grid, 1, n * 960, media_us) {
                Plan::Write { .. } => run = 0,
                Plan::TooLate => {
                    left_out += 1;
                    run += 1;
                }
            }
            longest = longest.max(run);
        }
        assert_eq!(longest, 1, "packets left out one after another");
        assert!((30..=36).contains(&left_out), "{left_out}");
        assert!((grid.next_us() - 3_000 * 20_000).abs() <= 60_000, "in step again");
    }

    #[test]
    fn a_sender_at_twice_the_speed_does_not_run_away() {
        let mut grid = Grid::default();
        for n in 0..6_000i64 {
            // 20 ms of sound every 10 ms; the timeline believes the arrivals.
            write(&mut grid, 1, n * 960, n * 10_000);
            assert!(
                grid.next_us() - n * 10_000 <= 4_100_000,
                "{n}: {}",
                grid.next_us()
            );
        }
    }

    #[test]
    fn a_slow_sender_gets_silence_and_a_fast_one_loses_a_packet_now_and_then() {
        for drift in [1_000i64, -1_000] {
            let mut grid = Grid::default();
            let (mut silence, mut left_out) = (0, 0);
            for n in 0..10_000i64 {
                let media_us = n * 20_000 + n * 20_000 * drift / 1_000_000;
                match write(&mut grid, 1, n * 960, media_us) {
                    Plan::Write { silence: frames } => silence += frames,
                    Plan::TooLate => left_out += 1,
                }
                assert!(
                    (grid.next_us() - media_us).abs() < 85_000,
                    "{n}: {}",
                    grid.next_us() - media_us
                );
            }
            // 200 s at 0.1 % are 200 ms: ten frames, less what the tolerance holds.
            let corrections = if drift > 0 { silence } else { left_out };
            assert!((7..=10).contains(&corrections), "{drift}: {silence} {left_out}");
            assert_eq!(silence.min(left_out), 0);
        }
    }
}
