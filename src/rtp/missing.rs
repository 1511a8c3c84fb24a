//! Which packets of a stream are missing, and when to ask for them (NACK, RFC 4585, section 6.2.1).

use super::clock::Micros;
use std::collections::VecDeque;

/// Missing packets that are followed at most; what is older is given up.
const MISSING_MAX: usize = 512;
/// How long a packet may be late before it is asked for: networks swap neighbours.
const DISORDER: Micros = 5_000;
/// Nobody waits longer for a packet.
const GIVEN_UP_AFTER: Micros = 2_000_000;
/// How often one packet is asked for.
const TIMES_MAX: u8 = 10;
/// What the way to the sender and back is taken to last before it was measured, and the bounds of what is believed.
const RTT_FIRST: Micros = 100_000;
const RTT_MIN: Micros = 10_000;
const RTT_MAX: Micros = 500_000;

#[derive(Debug, Clone, Copy)]
struct Hole {
    sequence: i64,
    since: Micros,
    asked: Option<Micros>,
    times: u8,
}

/// The holes of one stream.
#[derive(Debug, Default)]
pub struct Missing {
    highest: Option<i64>,
    /// By rising number.
    holes: VecDeque<Hole>,
    /// Request to answer, smoothed.
    rtt: Option<Micros>,
}

impl Missing {
    /// A packet arrived, with its extended sequence number.
    pub fn arrived(&mut self, sequence: i64, at: Micros) {
        let highest = *self.highest.get_or_insert(sequence);
        if sequence <= highest {
            let place = self.holes.partition_point(|h| h.sequence < sequence);
            if let Some(hole) = self.holes.get(place).copied()
                && hole.sequence == sequence
            {
                self.holes.remove(place);
                // Only what was asked for once tells which request was answered.
                if let (Some(asked), 1) = (hole.asked, hole.times) {
                    let sample = (at - asked).clamp(RTT_MIN, RTT_MAX);
                    self.rtt = Some(self.rtt.map_or(sample, |rtt| rtt + (sample - rtt) / 8));
                }
            }
            return;
        }
        // Of a hole that is wider than the list only its end can still be of use.
        for sequence in (highest + 1).max(sequence - MISSING_MAX as i64)..sequence {
            if self.holes.len() == MISSING_MAX {
                self.holes.pop_front();
            }
            self.holes.push_back(Hole {
                sequence,
                since: at,
                asked: None,
                times: 0,
            });
        }
        self.highest = Some(sequence);
    }

    /// True if nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.holes.is_empty()
    }

    /// Adds the numbers that are to be asked for now; they are then taken as asked for. Again and again, a little more
    /// than a round trip apart.
    pub fn due(&mut self, at: Micros, numbers: &mut Vec<u16>) {
        let again = self.rtt.unwrap_or(RTT_FIRST) * 5 / 4;
        self.holes.retain(|h| {
            at - h.since < GIVEN_UP_AFTER && (h.times < TIMES_MAX || h.asked.is_some_and(|a| at - a < again))
        });
        for hole in &mut self.holes {
            let due = match hole.asked {
                None => at - hole.since >= DISORDER,
                Some(asked) => at - asked >= again && hole.times < TIMES_MAX,
            };
            if due {
                hole.asked = Some(at);
                hole.times += 1;
                numbers.push(hole.sequence as u16);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(missing: &mut Missing, ms: i64) -> Vec<u16> {
        let mut numbers = Vec::new();
        missing.due(ms * 1000, &mut numbers);
        numbers
    }

    #[test]
    fn a_hole_is_asked_for_until_it_is_filled() {
        let mut missing = Missing::default();
        missing.arrived(65_534, 0);
        missing.arrived(65_538, 0);
        assert_eq!(due(&mut missing, 4), [0u16; 0], "it may only be late");
        missing.arrived(65_536, 4_000);
        assert_eq!(due(&mut missing, 5), [65_535, 1]);
        assert_eq!(due(&mut missing, 50), [0u16; 0], "the answer is on its way");
        missing.arrived(65_535, 45_000);
        // The round trip of 40 ms is known now.
        assert_eq!(due(&mut missing, 54), [0u16; 0]);
        assert_eq!(due(&mut missing, 55), [1]);
        missing.arrived(65_537, 90_000);
        assert!(missing.is_empty());
    }

    #[test]
    fn nothing_is_asked_for_without_end() {
        let mut missing = Missing::default();
        missing.arrived(1, 0);
        missing.arrived(3, 0);
        let asked: usize = (0..5_000).map(|ms| due(&mut missing, ms).len()).sum();
        assert_eq!(asked, usize::from(TIMES_MAX));
        assert!(missing.is_empty());
    }

    #[test]
    fn a_jump_costs_no_more_than_the_list() {
        let mut missing = Missing::default();
        missing.arrived(0, 0);
        missing.arrived(30_000, 0);
        assert_eq!(due(&mut missing, 10).len(), MISSING_MAX);
        missing.arrived(1 << 40, 0);
        assert_eq!(due(&mut missing, 20).len(), MISSING_MAX);
    }

    #[test]
    fn late_packets_from_before_the_first_make_no_hole() {
        let mut missing = Missing::default();
        missing.arrived(10, 0);
        missing.arrived(5, 0);
        missing.arrived(11, 0);
        assert!(missing.is_empty());
    }
}
