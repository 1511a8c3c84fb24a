//! The jitter buffer of a recorded stream: packets come out in order; what is missing is waited for, then named.
//!
//! Unlike a player's buffer it adds no delay to packets that come in order, and it never drops a packet for being
//! slow unless its place has been given up.

use super::sequence::nearest;
use std::collections::BTreeMap;

/// A jump forward of more than this many packets is taken for a restart of the sender's numbering.
const FORWARD_MAX: i64 = 12_000;
/// So is a jump backward of more than this many.
const BACKWARD_MAX: i64 = 1_000;
/// That many packets have to follow each other in the new numbering before it is believed.
const PROBATION: usize = 8;

/// What comes out, in order.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<T> {
    /// The next packet.
    Packet(T),
    /// So many packets before the next one are given up.
    Lost(u64),
}

/// What became of a packet that was put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It waits for its turn.
    Held,
    /// It was there already.
    Duplicate,
    /// Its place has been passed.
    Late,
}

#[derive(Debug)]
struct Held<T> {
    arrival_us: i64,
    item: T,
}

/// Orders the packets of one SSRC. Times are microseconds of any one clock.
#[derive(Debug)]
pub struct JitterBuffer<T> {
    wait_us: i64,
    capacity: usize,
    next: Option<i64>,
    highest: i64,
    held: BTreeMap<i64, Held<T>>,
    probation: Vec<(u16, i64, T)>,
}

impl<T> JitterBuffer<T> {
    /// A buffer that waits `wait_us` for a missing packet and holds at most `capacity` packets; when it is full the
    /// oldest hole is given up at once.
    pub fn new(wait_us: i64, capacity: usize) -> Self {
        Self {
            wait_us,
            capacity: capacity.max(1),
            next: None,
            highest: 0,
            held: BTreeMap::new(),
            probation: Vec::new(),
        }
    }

    /// Takes a packet in.
    pub fn insert(&mut self, sequence: u16, arrival_us: i64, item: T) -> Inserted {
        let Some(next) = self.next else {
            self.highest = i64::from(sequence);
            self.next = Some(self.highest);
            return self.hold(self.highest, arrival_us, item);
        };
        let number = nearest(self.highest, sequence);
        if !(-BACKWARD_MAX..=FORWARD_MAX).contains(&(number - self.highest)) {
            return self.doubt(sequence, arrival_us, item);
        }
        self.probation.clear();
        if number < next {
            return Inserted::Late;
        }
        self.highest = self.highest.max(number);
        self.hold(number, arrival_us, item)
    }

    /// The next packet or loss that is due at `now_us`; `None` when it is better to wait.
    pub fn pop(&mut self, now_us: i64) -> Option<Step<T>> {
        let next = self.next?;
        let (&number, first) = self.held.first_key_value()?;
        if number > next {
            let due = now_us.saturating_sub(first.arrival_us) >= self.wait_us;
            if !due && self.held.len() < self.capacity {
                return None;
            }
            self.next = Some(number);
            return Some(Step::Lost((number - next) as u64));
        }
        let (_, held) = self.held.pop_first()?;
        self.next = Some(number + 1);
        Some(Step::Packet(held.item))
    }

    /// For how long the next packet has been missing while later ones are there.
    pub fn waiting_us(&self, now_us: i64) -> Option<i64> {
        let (&number, first) = self.held.first_key_value()?;
        (number > self.next?).then(|| now_us.saturating_sub(first.arrival_us))
    }

    /// Packets held.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// True when nothing is held.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn hold(&mut self, number: i64, arrival_us: i64, item: T) -> Inserted {
        if self.held.contains_key(&number) {
            return Inserted::Duplicate;
        }
        self.held.insert(number, Held { arrival_us, item });
        Inserted::Held
    }

    /// A number far from the others: a stray, or the sender began anew. A new numbering is put behind the old one
    /// with a hole of one between them, so that it is declared as a loss.
    fn doubt(&mut self, sequence: u16, arrival_us: i64, item: T) -> Inserted {
        if self
            .probation
            .last()
            .is_some_and(|(last, ..)| last.wrapping_add(1) != sequence)
        {
            self.probation.clear();
        }
        self.probation.push((sequence, arrival_us, item));
        if self.probation.len() < PROBATION {
            return Inserted::Held;
        }
        let first = self.probation.first().map_or(sequence, |(first, ..)| *first);
        // The first number beyond the old ones and a hole that has the low 16 bits of the new numbering.
        let floor = self.highest + 2;
        let base = floor + i64::from(first.wrapping_sub(floor as u16));
        for (number, (_, arrival_us, item)) in (base..).zip(std::mem::take(&mut self.probation)) {
            self.highest = number;
            self.hold(number, arrival_us, item);
        }
        self.relabel(base);
        Inserted::Held
    }

    /// Keeps the hole before a new numbering at one packet, whatever the distance of the numbers.
    fn relabel(&mut self, base: i64) {
        if self.held.range(..base).next().is_none() {
            self.next = Some(base - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WAIT: i64 = 1_400_000;

    fn drain(buffer: &mut JitterBuffer<u64>, now: i64, out: &mut Vec<Step<u64>>) {
        while let Some(step) = buffer.pop(now) {
            out.push(step);
        }
    }

    #[test]
    fn a_missing_packet_is_waited_for_and_then_named() {
        let mut buffer = JitterBuffer::new(WAIT, 512);
        buffer.insert(65_534, 0, 1);
        buffer.insert(0, 10_000, 3);
        assert_eq!(buffer.pop(10_000), Some(Step::Packet(1)));
        assert_eq!(buffer.pop(10_000 + WAIT - 1), None);
        assert_eq!(buffer.pop(10_000 + WAIT), Some(Step::Lost(1)));
        assert_eq!(buffer.insert(65_535, 10_001 + WAIT, 2), Inserted::Late);
        assert_eq!(buffer.pop(10_000 + WAIT), Some(Step::Packet(3)));
    }

    #[test]
    fn a_full_buffer_gives_up_the_hole_at_once() {
        let mut buffer = JitterBuffer::new(WAIT, 4);
        buffer.insert(1, 0, 1);
        assert_eq!(buffer.pop(0), Some(Step::Packet(1)));
        for n in 3..7 {
            buffer.insert(n, 0, u64::from(n));
        }
        assert_eq!(buffer.pop(0), Some(Step::Lost(1)));
    }

    #[test]
    fn one_stray_number_changes_nothing_but_a_new_numbering_is_followed() {
        let mut buffer = JitterBuffer::new(WAIT, 512);
        let mut out = Vec::new();
        for n in 100..110u16 {
            buffer.insert(n, 0, u64::from(n));
        }
        buffer.insert(40_000, 0, 0);
        buffer.insert(110, 0, 110);
        for n in 0..20u16 {
            buffer.insert(30_000 + n, 0, 30_000 + u64::from(n));
        }
        drain(&mut buffer, WAIT, &mut out);
        let mut expected: Vec<Step<u64>> = (100..=110).map(Step::Packet).collect();
        drain(&mut buffer, WAIT, &mut out);
        let lost = out.iter().filter(|s| matches!(s, Step::Lost(_))).count();
        assert_eq!(lost, 1);
        out.retain(|s| !matches!(s, Step::Lost(_)));
        expected.extend((30_000..30_020).map(Step::Packet));
        assert_eq!(out, expected);
    }

    proptest! {
        /// Reordered, duplicated and lost as the network pleases: out come the packets in order, each once, and the
        /// losses are exactly the missing ones.
        #[test]
        fn out_in_order_and_every_loss_counted(
            start in any::<u16>(),
            fates in proptest::collection::vec((0u8..10, 0i64..300_000), 2..400),
        ) {
            let mut arrivals = Vec::new();
            for (n, (fate, jitter)) in fates.iter().enumerate() {
                let sent = n as i64 * 10_000;
                // The first packet anchors the stream and the last one shows the losses before it.
                let edge = n == 0 || n + 1 == fates.len();
                if *fate != 0 || edge {
                    arrivals.push((if n == 0 { 0 } else { sent + jitter }, n as u64));
                }
                if *fate == 1 {
                    arrivals.push((sent + jitter + 1, n as u64));
                }
            }
            arrivals.sort();
            let mut buffer = JitterBuffer::new(WAIT, 4096);
            let mut out = Vec::new();
            for (arrival, n) in &arrivals {
                buffer.insert(start.wrapping_add(*n as u16), *arrival, *n);
                drain(&mut buffer, *arrival, &mut out);
            }
            drain(&mut buffer, i64::MAX, &mut out);
            prop_assert!(buffer.is_empty());
            let mut next = 0;
            for step in out {
                match step {
                    Step::Packet(n) => {
                        prop_assert_eq!(n, next);
                        next += 1;
                    }
                    Step::Lost(count) => {
                        for n in next..next + count {
                            prop_assert!(!arrivals.iter().any(|(_, a)| *a == n));
                        }
                        next += count;
                    }
                }
            }
            prop_assert_eq!(next as usize, fates.len());
        }

        #[test]
        fn nothing_from_outside_breaks_it(packets in proptest::collection::vec(any::<(u16, u32)>(), 0..600)) {
            let mut buffer = JitterBuffer::new(WAIT, 64);
            let mut out = Vec::new();
            let mut taken = 0;
            for (sequence, arrival) in packets {
                if buffer.insert(sequence, i64::from(arrival), 0) == Inserted::Held {
                    taken += 1;
                }
                drain(&mut buffer, i64::from(arrival), &mut out);
                prop_assert!(buffer.len() <= 64 + PROBATION);
            }
            drain(&mut buffer, i64::MAX, &mut out);
            prop_assert!(out.iter().filter(|s| matches!(s, Step::Packet(_))).count() <= taken);
        }
    }
}
