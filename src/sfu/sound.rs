//! Sound on its way to one seat: what of it can be sent again, and what goes along with the next packet (RFC 2198).
//!
//! Browsers know no stream of retransmissions for sound, so a packet is sent again as it was, to the bit: its number in
//! SRTP has been used, and under a number nothing else may ever be encrypted.

use super::resend;
use crate::rtp::packet::Head;
use crate::rtp::red;
use crate::rtp::rewrite::Outgoing;
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Packets that are kept, and for how long: a listener's jitter buffer waits no longer.
const KEPT: usize = 32;
const KEPT_FOR: Duration = Duration::from_millis(600);
/// How often one packet is sent again at most.
const TIMES_MAX: u8 = 4;

/// A packet that was sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) head: Head,
    pub(super) roll_over: u32,
    /// What it carried, redundancy and all.
    pub(super) payload: Bytes,
}

#[derive(Debug)]
struct Kept {
    index: u64,
    sent: Sent,
    /// The sound in it.
    frame: Bytes,
    /// When it was sent, and last sent again.
    at: Instant,
    last: Option<Instant>,
    times: u8,
}

/// The sound of one output that came from the track it is fed by now.
#[derive(Debug, Default)]
pub(super) struct Sound {
    /// The payload type of sound with redundancy, if the receiver knows it.
    pub(super) red: Option<u8>,
    /// The receiver may ask for packets again.
    pub(super) nack: bool,
    /// By rising index.
    kept: VecDeque<Kept>,
}

impl Sound {
    /// The payload type and the payload of a packet that takes up to so many of the packets before it along. `None` if there
    /// is nothing to take along, or the receiver would not understand it.
    pub(super) fn with_redundancy(
        &self,
        outgoing: &Outgoing,
        payload_type: u8,
        frame: &Bytes,
        most: usize,
    ) -> Option<(u8, Bytes)> {
        let red = self.red.filter(|_| most > 0)?;
        let mut before = Vec::with_capacity(most);
        for kept in self.kept.iter().rev().take(most) {
            let offset = outgoing.timestamp.wrapping_sub(kept.sent.head.timestamp);
            // A late packet has followers, not packets before it.
            if kept.index >= outgoing.index || !(1..=red::OFFSET_MAX).contains(&offset) {
                break;
            }
            before.push((offset, &kept.frame[..]));
        }
        if before.is_empty() {
            return None;
        }
        before.reverse();
        let payload = red::write(payload_type, &before, frame)?;
        Some((red, payload.into()))
    }

    /// Keeps a packet that is sent, if the receiver has use for that.
    pub(super) fn keep(&mut self, index: u64, sent: Sent, frame: Bytes, now: Instant) {
        if self.red.is_none() && !self.nack {
            return;
        }
        let old = |k: &Kept| now.saturating_duration_since(k.at) > KEPT_FOR;
        while self.kept.len() >= KEPT || self.kept.front().is_some_and(old) {
            self.kept.pop_front();
        }
        let at = self.kept.partition_point(|k| k.index < index);
        self.kept.insert(
            at,
            Kept {
                index,
                sent,
                frame,
                at: now,
                last: None,
                times: 0,
            },
        );
    }

    /// Nothing of what was sent may be sent again, nor go along: the seat is another's now.
    pub(super) fn forget(&mut self) {
        self.kept.clear();
    }

    /// The packet of a number that the receiver asks for; `None` if it is not kept, too old to be of use, has just been sent
    /// again, or was so too often.
    pub(super) fn again(&mut self, number: u16, rtt: Duration, now: Instant) -> Option<Sent> {
        let newest = self.kept.back()?.index;
        let index = newest.checked_sub(u64::from((newest as u16).wrapping_sub(number)))?;
        let at = self.kept.binary_search_by_key(&index, |k| k.index).ok()?;
        let kept = self.kept.get_mut(at)?;
        let too_old = now.saturating_duration_since(kept.at) > KEPT_FOR;
        let just = |last| now.saturating_duration_since(last) < resend::within(rtt);
        if too_old || kept.times >= TIMES_MAX || kept.last.is_some_and(just) {
            return None;
        }
        kept.times += 1;
        kept.last = Some(now);
        Some(kept.sent.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::picture::Shift;

    fn outgoing(index: u64) -> Outgoing {
        Outgoing {
            index,
            timestamp: index as u32 * 960,
            marker: false,
            shift: Shift::default(),
        }
    }

    fn frame(index: u64) -> Bytes {
        Bytes::from(vec![0xf8, index as u8])
    }

    fn keep(sound: &mut Sound, index: u64, now: Instant) {
        let sent = Sent {
            head: Head {
                marker: false,
                payload_type: 111,
                sequence: index as u16,
                timestamp: index as u32 * 960,
                ssrc: 1,
                extension: Some((3, index as u16)),
                padded: false,
            },
            roll_over: 0,
            payload: frame(index),
        };
        sound.keep(index, sent, frame(index), now);
    }

    fn sound() -> Sound {
        Sound {
            red: Some(63),
            nack: true,
            ..Sound::default()
        }
    }

    #[test]
    fn what_went_before_goes_along() {
        let mut sound = sound();
        let now = Instant::now();
        assert_eq!(sound.with_redundancy(&outgoing(5), 111, &frame(5), 2), None);
        for index in [5, 6, 8] {
            keep(&mut sound, index, now);
        }
        let (pt, payload) = sound.with_redundancy(&outgoing(9), 111, &frame(9), 2).unwrap();
        let blocks = red::parse(&payload).unwrap();
        let told: Vec<_> = blocks
            .iter()
            .map(|b| (b.offset, payload[b.range.clone()][1]))
            .collect();
        assert_eq!((pt, &told[..]), (63, &[(3 * 960, 6), (960, 8), (0, 9)][..]));
        assert_eq!(
            sound.with_redundancy(&outgoing(7), 111, &frame(7), 2),
            None,
            "late"
        );
        assert_eq!(sound.with_redundancy(&outgoing(9), 111, &frame(9), 0), None);
        assert_eq!(
            sound.with_redundancy(&outgoing(60), 111, &frame(60), 2),
            None,
            "after a pause"
        );
        sound.forget();
        assert_eq!(
            sound.with_redundancy(&outgoing(9), 111, &frame(9), 2),
            None,
            "another's"
        );
    }

    #[test]
    fn a_packet_is_sent_again_as_it_was_in_measure_and_in_time() {
        let mut sound = sound();
        let (rtt, start) = (Duration::from_millis(100), Instant::now());
        for index in 65_530..65_540 {
            keep(&mut sound, index, start);
        }
        let again = sound.again(1, rtt, start).unwrap();
        assert_eq!(
            (again.head.sequence, again.head.extension, again.payload),
            (1, Some((3, 1)), frame(65_537))
        );
        let later = (1..600).filter(|ms| {
            let at = start + Duration::from_millis(*ms);
            sound.again(1, rtt, at).is_some()
        });
        assert_eq!(later.count(), usize::from(TIMES_MAX) - 1);
        assert!(sound.again(100, rtt, start).is_none(), "never sent");
        assert!(
            sound.again(0, rtt, start + 2 * KEPT_FOR).is_none(),
            "of no use any more"
        );
        for index in 65_540..65_640 {
            keep(&mut sound, index, start);
        }
        assert_eq!(sound.kept.len(), KEPT);
        sound.forget();
        assert!(sound.again(103, rtt, start).is_none());
    }

    #[test]
    fn nothing_is_kept_for_a_receiver_that_asks_for_nothing() {
        let mut sound = Sound::default();
        keep(&mut sound, 1, Instant::now());
        assert!(sound.kept.is_empty());
    }
}
