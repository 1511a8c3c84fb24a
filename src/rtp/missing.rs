//! Which packets of a stream are missing, and when to ask for them (NACK, RFC 4585, section 6.2.1).

use super::clock::Micros;
use std::collections::VecDeque;

/// Missing packets that are followed at most; what is older is given up.
const MISSING_MAX: usize = 512;
/// How long a packet may be late before it is asked for: networks swap neighbours, and some by more than others. Learnt
/// from those that came late of themselves, within these bounds.
const DISORDER_MIN: Micros = 5_000;
const DISORDER_MAX: Micros = 60_000;
/// Nobody waits longer for a picture's packet.
const PICTURES_FOR: Micros = 2_000_000;
/// The recorder waits for a packet of sound about as long (`recorder::stream`); a listener does not, and leaves it.
const SOUND_FOR: Micros = 1_200_000;
/// The first request is repeated so soon: it may have been lost itself, and would else be missed for a round trip. A browser
/// answers both once.
const REPEATED_AFTER: Micros = 25_000;
/// How often one packet is asked for.
const TIMES_MAX: u8 = 10;
/// What the way to the sender and back is taken to last before it was measured, and the bounds of what is believed.
const RTT_FIRST: Micros = 100_000;
const RTT_MIN: Micros = 10_000;
const RTT_MAX: Micros = 500_000;

/// How a packet came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// In its own stream; that can be an answer to a request as well, where there is no stream of retransmissions.
    Itself,
    /// In a stream of retransmissions (RFC 4588).
    Again,
    /// Inside a later packet (RFC 2198).
    Within,
}

#[derive(Debug, Clone, Copy)]
struct Hole {
    sequence: i64,
    since: Micros,
    /// When it was asked for last, the repetition left out.
    asked: Option<Micros>,
    repeated: bool,
    times: u8,
}

/// The holes of one stream.
#[derive(Debug)]
pub struct Missing {
    highest: Option<i64>,
    /// By rising number.
    holes: VecDeque<Hole>,
    /// Request to answer, smoothed.
    rtt: Option<Micros>,
    /// Retransmissions have a stream of their own.
    apart: bool,
    disorder: Micros,
    useful_for: Micros,
}

impl Missing {
    /// Nothing is missing yet, of sound or of pictures.
    pub fn new(sound: bool) -> Self {
        Self {
            highest: None,
            holes: VecDeque::new(),
            rtt: None,
            apart: false,
            disorder: DISORDER_MIN,
            useful_for: if sound { SOUND_FOR } else { PICTURES_FOR },
        }
    }

    /// A packet arrived that is no copy, with its extended sequence number.
    pub fn arrived(&mut self, sequence: i64, came: Came, at: Micros) {
        self.apart |= came == Came::Again;
        let highest = *self.highest.get_or_insert(sequence);
        if sequence <= highest {
            let place = self.holes.partition_point(|h| h.sequence < sequence);
            if let Some(hole) = self.holes.get(place).copied()
                && hole.sequence == sequence
            {
                self.holes.remove(place);
                self.learn(hole, came, at);
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
                repeated: false,
                times: 0,
            });
        }
        self.highest = Some(sequence);
    }

    /// What a filled hole tells of the way: how long an answer takes, or how late packets come of themselves.
    fn learn(&mut self, hole: Hole, came: Came, at: Micros) {
        let waited = hole.asked.map(|asked| at - asked);
        let answer = match came {
            Came::Again => true,
            Came::Itself => !self.apart && waited.is_some_and(|w| w >= self.rtt.unwrap_or(RTT_FIRST) / 2),
            Came::Within => return,
        };
        if !answer {
            let late = (at - hole.since).clamp(DISORDER_MIN, DISORDER_MAX);
            // Quickly up and slowly down: about as late as all but a few.
            self.disorder += (late - self.disorder) / if late > self.disorder { 4 } else { 32 };
        } else if let (Some(waited), 1) = (waited, hole.times) {
            // Only what was asked for once tells which request was answered.
            let sample = waited.clamp(RTT_MIN, RTT_MAX);
            self.rtt = Some(self.rtt.map_or(sample, |rtt| rtt + (sample - rtt) / 8));
        }
    }

    /// The extended number that is nearest to what arrived last, if it has not arrived.
    pub fn lacks(&self, sequence: u16) -> bool {
        let Some(highest) = self.highest else {
            return false;
        };
        let sequence = super::sequence::nearest(highest, sequence);
        sequence > highest || self.holes.binary_search_by_key(&sequence, |h| h.sequence).is_ok()
    }

    /// True if nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.holes.is_empty()
    }

    /// How long an answer takes, if that is known.
    pub fn rtt(&self) -> Option<Micros> {
        self.rtt
    }

    /// Adds the numbers that are to be asked for now; they are then taken as asked for. Again and again, a little more
    /// than a round trip apart, which `elsewhere` tells where it is not known from this stream.
    pub fn due(&mut self, at: Micros, elsewhere: Option<Micros>, numbers: &mut Vec<u16>) {
        let again = self.rtt.or(elsewhere).unwrap_or(RTT_FIRST) * 5 / 4;
        let (useful_for, disorder) = (self.useful_for, self.disorder);
        self.holes.retain(|h| {
            at - h.since < useful_for && (h.times < TIMES_MAX || h.asked.is_some_and(|a| at - a < again))
        });
        for hole in &mut self.holes {
            let due = match hole.asked {
                None => at - hole.since >= disorder,
                Some(asked) => at - asked >= again && hole.times < TIMES_MAX,
            };
            let repeat = !hole.repeated && hole.asked.is_some_and(|a| at - a >= REPEATED_AFTER);
            if due {
                hole.asked = Some(at);
                hole.times += 1;
            }
            if due || repeat {
                hole.repeated |= repeat;
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
        missing.due(ms * 1000, None, &mut numbers);
        numbers
    }

    #[test]
    fn a_hole_is_asked_for_until_it_is_filled() {
        let mut missing = Missing::new(false);
        missing.arrived(65_534, Came::Itself, 0);
        missing.arrived(65_538, Came::Itself, 0);
        assert_eq!(due(&mut missing, 4), [0u16; 0], "it may only be late");
        missing.arrived(65_536, Came::Itself, 4_000);
        assert_eq!(due(&mut missing, 5), [65_535, 1]);
        assert_eq!(due(&mut missing, 30), [65_535, 1], "the request may be lost");
        assert_eq!(due(&mut missing, 50), [0u16; 0], "the answer is on its way");
        missing.arrived(65_535, Came::Again, 45_000);
        // The round trip of 40 ms is known now.
        assert_eq!(due(&mut missing, 54), [0u16; 0]);
        assert_eq!(due(&mut missing, 55), [1]);
        missing.arrived(65_537, Came::Itself, 90_000);
        assert!(missing.is_empty());
    }

    #[test]
    fn nothing_is_asked_for_without_end() {
        let mut missing = Missing::new(false);
        missing.arrived(1, Came::Itself, 0);
        missing.arrived(3, Came::Itself, 0);
        let asked: usize = (0..5_000).map(|ms| due(&mut missing, ms).len()).sum();
        assert_eq!(asked, usize::from(TIMES_MAX) + 1);
        assert!(missing.is_empty());
    }

    #[test]
    fn a_jump_costs_no_more_than_the_list() {
        let mut missing = Missing::new(false);
        missing.arrived(0, Came::Itself, 0);
        missing.arrived(30_000, Came::Itself, 0);
        assert_eq!(due(&mut missing, 10).len(), MISSING_MAX);
        missing.arrived(1 << 40, Came::Itself, 0);
        assert_eq!(due(&mut missing, 20).len(), MISSING_MAX);
    }

    #[test]
    fn late_packets_from_before_the_first_make_no_hole() {
        let mut missing = Missing::new(false);
        missing.arrived(10, Came::Itself, 0);
        missing.arrived(5, Came::Itself, 0);
        missing.arrived(11, Came::Itself, 0);
        assert!(missing.is_empty());
    }

    #[test]
    fn what_comes_late_of_itself_is_waited_for_next_time() {
        let mut missing = Missing::new(false);
        missing.arrived(0, Came::Itself, 0);
        // Each third packet overtakes its neighbour, which comes 30 ms later.
        let mut asked = Vec::new();
        for i in 0..200i64 {
            let at = i * 40_000;
            missing.arrived(2 + 2 * i, Came::Itself, at);
            let before = asked.len();
            for ms in 0..30 {
                missing.due(at + ms * 1000, None, &mut asked);
            }
            missing.arrived(1 + 2 * i, Came::Itself, at + 30_000);
            assert!(i < 30 || asked.len() == before, "{i} was asked for");
        }
        assert!(!asked.is_empty(), "at first it is not known");
        assert_eq!(missing.rtt(), None, "none of them was an answer");
    }

    #[test]
    fn what_is_found_within_a_later_packet_is_not_asked_for() {
        let mut missing = Missing::new(true);
        assert!(!missing.lacks(7), "nothing came yet");
        missing.arrived(65_535, Came::Itself, 0);
        assert!(missing.lacks(0) && !missing.lacks(65_535) && !missing.lacks(65_534));
        missing.arrived(65_536, Came::Within, 20_000);
        missing.arrived(65_537, Came::Itself, 20_000);
        assert!(missing.is_empty());
        missing.arrived(65_540, Came::Itself, 40_000);
        assert_eq!(due(&mut missing, 50), [2, 3]);
        assert!(missing.lacks(2) && !missing.lacks(4));
        // Sound has no stream of retransmissions: the answer comes in the stream itself.
        missing.arrived(65_538, Came::Itself, 150_000);
        assert_eq!(missing.rtt(), Some(100_000));
        assert_eq!(due(&mut missing, 1_240), [0u16; 0], "nobody waits so long");
        assert!(missing.is_empty());
    }
}
