//! What of a seat's picture can be sent again: because the receiver lost it (NACK, RFC 4585), or as copies by which the
//! way to it is probed. It goes out as retransmissions (RFC 4588) where the receiver knows them.
//!
//! Only the numbers are kept, a few bytes for each packet; the payloads lie once in the publisher's layer, whoever
//! receives them.

use crate::rtp::clock::Micros;
use crate::rtp::picture::Shift;
use crate::rtp::rewrite::Outgoing;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Packets that are kept.
const KEPT: usize = 512;
/// For how long: see [`kept_for`].
const KEPT_FOR_MIN: Duration = Duration::from_millis(300);
pub(super) const KEPT_FOR_MAX: Duration = Duration::from_secs(1);
/// How often one packet is sent again at most.
const TIMES_MAX: u8 = 6;
/// Requests for the same packet within this are one: the first answer may still be on its way.
const WITHIN_MIN: Duration = Duration::from_millis(20);
const WITHIN_MAX: Duration = Duration::from_millis(200);

/// What resent packets may cost together: so many bytes a second whatever the way carries, this part of what it carries, and
/// so many bytes at once.
const RESENT_MIN: u64 = 30_000;
const RESENT_PART: u64 = 2;
const RESENT_BURST: u64 = 120_000;

/// For how long a packet that was sent again is not sent once more.
pub(super) fn within(rtt: Duration) -> Duration {
    (rtt * 3 / 4).clamp(WITHIN_MIN, WITHIN_MAX)
}

/// For how long packets are kept for a receiver that is so far away: it may ask three times and more. Over a short way that is
/// a third of what a long one needs, and most of what a hearing takes of memory.
pub(super) fn kept_for(rtt: Option<Duration>) -> Duration {
    rtt.map_or(KEPT_FOR_MAX, |rtt| {
        (rtt * 4 + Duration::from_millis(200)).clamp(KEPT_FOR_MIN, KEPT_FOR_MAX)
    })
}

/// What may be sent again to one receiver, whatever it asks for.
#[derive(Debug)]
pub(super) struct Allowance {
    bytes: u64,
    since: Micros,
}

impl Default for Allowance {
    fn default() -> Self {
        Self {
            bytes: RESENT_BURST,
            since: 0,
        }
    }
}

impl Allowance {
    /// Takes so many bytes, if there are so many. `carried` is what the way carries in bits a second, if that is known.
    pub(super) fn take(&mut self, bytes: usize, carried: Option<u64>, at: Micros) -> bool {
        let rate = RESENT_MIN.max(carried.unwrap_or(0) / 8 / RESENT_PART);
        let past = (at - self.since).clamp(0, 10_000_000) as u64;
        self.bytes = (self.bytes + rate * past / 1_000_000).min(RESENT_BURST);
        self.since = at;
        let bytes = bytes as u64;
        let may = self.bytes >= bytes;
        self.bytes -= if may { bytes } else { 0 };
        may
    }
}

/// A packet that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) outgoing: Outgoing,
    /// The publisher's layer it came from, by place and SSRC, and its extended number there.
    pub(super) layer: u8,
    pub(super) ssrc: u32,
    pub(super) original: i64,
}

/// A packet that was sent, in few bytes: a second of it is kept for each seat of each receiver.
#[derive(Debug, Clone, Copy)]
struct Kept {
    index: u64,
    original: i64,
    timestamp: u32,
    ssrc: u32,
    /// When it was sent, and last sent again, in milliseconds since the output began.
    at: u32,
    last: u32,
    shift: Shift,
    layer: u8,
    marker: bool,
    times: u8,
}

impl Kept {
    fn sent(&self) -> Sent {
        Sent {
            outgoing: Outgoing {
                index: self.index,
                timestamp: self.timestamp,
                marker: self.marker,
                shift: self.shift,
            },
            layer: self.layer,
            ssrc: self.ssrc,
            original: self.original,
        }
    }
}

/// The packets of one output that came from the track it is fed by now.
#[derive(Debug)]
pub(super) struct Resend {
    pub(super) ssrc: u32,
    /// The payload type of retransmissions, if the receiver knows them.
    pub(super) payload_type: Option<u8>,
    /// Retransmissions sent, added to where they began.
    index: u64,
    /// By rising index.
    kept: VecDeque<Kept>,
    kept_for_ms: u32,
    /// How far back the next copy for a probe lies.
    back: usize,
    began: Instant,
}

impl Resend {
    pub(super) fn new(ssrc: u32, sequence: u16) -> Self {
        Self {
            ssrc,
            payload_type: None,
            index: u64::from(sequence),
            kept: VecDeque::new(),
            kept_for_ms: KEPT_FOR_MAX.as_millis() as u32,
            back: 0,
            began: Instant::now(),
        }
    }

    /// For how long packets are kept from now on.
    pub(super) fn keep_for(&mut self, time: Duration) {
        self.kept_for_ms = time.min(KEPT_FOR_MAX).as_millis() as u32;
    }

    fn millis(&self, now: Instant) -> u32 {
        now.saturating_duration_since(self.began).as_millis() as u32
    }

    /// Keeps a packet that is sent.
    pub(super) fn keep(&mut self, sent: Sent, now: Instant) {
        let at = self.millis(now);
        let kept_for = self.kept_for_ms;
        let old = |k: &Kept| at.saturating_sub(k.at) > kept_for;
        while self.kept.len() >= KEPT || self.kept.front().is_some_and(old) {
            self.kept.pop_front();
        }
        let Outgoing {
            index,
            timestamp,
            marker,
            shift,
        } = sent.outgoing;
        let kept = Kept {
            index,
            original: sent.original,
            timestamp,
            ssrc: sent.ssrc,
            at,
            last: 0,
            shift,
            layer: sent.layer,
            marker,
            times: 0,
        };
        let after = |k: &Kept| k.index < index;
        if self.kept.back().is_none_or(after) {
            self.kept.push_back(kept);
            self.back = 0;
        } else {
            let at = self.kept.partition_point(after);
            self.kept.insert(at, kept);
        }
    }

    /// Nothing of what was sent may be sent again: the seat is another's now.
    pub(super) fn forget(&mut self) {
        self.kept.clear();
        self.back = 0;
    }

    /// The packet to send for a number that the receiver asks for; `None` if it is not kept, has just been sent again,
    /// or was so too often.
    pub(super) fn again(&mut self, number: u16, rtt: Duration, now: Instant) -> Option<Sent> {
        let newest = self.kept.back()?.index;
        let index = newest.checked_sub(u64::from((newest as u16).wrapping_sub(number)))?;
        let at = self.kept.partition_point(|k| k.index < index);
        let now = self.millis(now);
        let kept = self.kept.get_mut(at).filter(|k| k.index == index)?;
        let since = Duration::from_millis(now.saturating_sub(kept.last).into());
        if kept.times >= TIMES_MAX || kept.times > 0 && since < within(rtt) {
            return None;
        }
        kept.times += 1;
        kept.last = now;
        Some(kept.sent())
    }

    /// A recent packet of which to send a copy, going back from the newest; `None` if there is none.
    pub(super) fn copy(&mut self) -> Option<Sent> {
        // Without retransmissions the receiver would take it for the same packet once more.
        self.payload_type?;
        let at = self.kept.len().checked_sub(1 + self.back);
        match at.and_then(|at| self.kept.get(at)) {
            Some(kept) => {
                self.back = (self.back + 1) % 32;
                Some(kept.sent())
            }
            None => {
                self.back = 0;
                None
            }
        }
    }

    /// The packet index of the next retransmission.
    pub(super) fn next_index(&mut self) -> u64 {
        self.index += 1;
        self.index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(index: u64) -> Sent {
        Sent {
            outgoing: Outgoing {
                index,
                timestamp: 0,
                marker: false,
                shift: Shift::default(),
            },
            layer: 0,
            ssrc: 1,
            original: index as i64 + 7,
        }
    }

    #[test]
    fn a_storm_of_requests_is_answered_in_measure() {
        let mut resend = Resend::new(2, 65_535);
        let (rtt, start) = (Duration::from_millis(100), Instant::now());
        let old = start + 2 * KEPT_FOR_MAX;
        for index in 65_000..=65_700 {
            resend.keep(sent(index), start);
        }
        assert_eq!(resend.again(65_500, rtt, start), Some(sent(65_500)));
        assert_eq!(
            resend.again(100, rtt, start),
            Some(sent(65_636)),
            "after the wrap"
        );
        let mut again = 0;
        for ms in 0..10_000 {
            let at = start + Duration::from_millis(ms);
            again += u8::from(resend.again(65_500, rtt, at).is_some());
        }
        assert_eq!(again, TIMES_MAX - 1);
        assert_eq!(resend.again(65_100, rtt, start), None, "no longer kept");
        assert_eq!(resend.again(300, rtt, start), None, "never sent");
        resend.keep(sent(65_701), old);
        assert_eq!(resend.again(164, rtt, old), None, "too old");
        resend.forget();
        assert_eq!(resend.again(165, rtt, old), None);
    }

    #[test]
    fn what_is_sent_again_is_rated_with_and_without_feedback() {
        let mut allowance = Allowance::default();
        let mut sent = 0;
        for ms in 0..10_000 {
            sent += u64::from(allowance.take(1200, None, ms * 1000)) * 1200;
        }
        assert!(
            (400_000..=RESENT_BURST + 10 * RESENT_MIN).contains(&sent),
            "{sent}"
        );
        for ms in 10_000..20_000 {
            sent += u64::from(allowance.take(1200, Some(8_000_000), ms * 1000)) * 1200;
        }
        assert!(sent > 5_000_000, "{sent}: as the way carries");
        assert!(!allowance.take(RESENT_BURST as usize + 1, None, i64::MAX / 2));
    }

    #[test]
    fn packets_are_kept_for_as_long_as_their_receiver_may_ask() {
        let ms = Duration::from_millis;
        assert_eq!(kept_for(None), KEPT_FOR_MAX);
        assert_eq!(kept_for(Some(ms(1))), KEPT_FOR_MIN);
        assert_eq!(kept_for(Some(ms(100))), ms(600));
        assert_eq!(kept_for(Some(ms(700))), KEPT_FOR_MAX);
        let mut resend = Resend::new(2, 0);
        resend.keep_for(KEPT_FOR_MIN);
        let start = Instant::now();
        resend.keep(sent(1), start);
        resend.keep(sent(2), start + ms(200));
        resend.keep(sent(3), start + ms(400));
        assert_eq!(resend.kept.len(), 2);
    }

    #[test]
    fn a_late_packet_is_found_in_its_place() {
        let mut resend = Resend::new(2, 0);
        for index in [5, 9, 7, 10] {
            resend.keep(sent(index), Instant::now());
        }
        let mut found = |number| resend.again(number, Duration::ZERO, Instant::now()).is_some();
        assert_eq!(
            [5, 6, 7, 8, 9, 10, 11].map(&mut found),
            [true, false, true, false, true, true, false]
        );
    }

    #[test]
    fn copies_go_back_from_the_newest_and_only_as_retransmissions() {
        let mut resend = Resend::new(2, 0);
        assert_eq!(resend.copy(), None);
        resend.keep(sent(7), Instant::now());
        assert_eq!(
            resend.copy(),
            None,
            "the receiver would take it for a copy of the same"
        );
        resend.payload_type = Some(97);
        resend.keep(sent(8), Instant::now());
        let mut copy = || resend.copy().map(|s| s.outgoing.index);
        assert_eq!(
            [copy(), copy(), copy(), copy()],
            [Some(8), Some(7), None, Some(8)],
            "and anew"
        );
        assert_eq!((resend.next_index(), resend.next_index()), (1, 2));
    }
}
