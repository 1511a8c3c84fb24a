//! What arrives in the seats of a subscription: counted, recognised by colour and pitch, and held against whom the
//! person may see and hear.

use super::media::look::Look;
use crate::rtp::sequence::{DuplicateFilter, SequenceUnwrapper};
use std::time::{Duration, Instant};

/// Packets of one stream: how many came, and how many are missing (RFC 3550, appendix A.3, without the guessing:
/// duplicates are not counted as arrivals, and a late packet fills its hole).
#[derive(Debug, Clone)]
pub struct SequenceLog {
    numbers: SequenceUnwrapper,
    filter: DuplicateFilter,
    first: i64,
    highest: i64,
    received: u64,
}

impl SequenceLog {
    /// Starts with the first packet.
    pub fn new(sequence: u16) -> Self {
        let (mut numbers, mut filter) = (SequenceUnwrapper::default(), DuplicateFilter::default());
        let first = numbers.extend(sequence);
        filter.fresh(first);
        Self {
            numbers,
            filter,
            first,
            highest: first,
            received: 1,
        }
    }

    /// Takes the next packet as it arrived. False for a duplicate, and for one too old to tell.
    pub fn push(&mut self, sequence: u16) -> bool {
        let number = self.numbers.extend(sequence);
        let fresh = self.filter.fresh(number);
        if fresh {
            self.first = self.first.min(number);
            self.highest = self.highest.max(number);
            self.received += 1;
        }
        fresh
    }

    /// Packets that came, each counted once.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Packets between the first and the highest that did not come.
    pub fn lost(&self) -> u64 {
        (self.highest - self.first)
            .unsigned_abs()
            .saturating_add(1)
            .saturating_sub(self.received)
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
    /// Whom the stream showed, and when the latest packet that showed them came: at most one entry a look.
    shown: Vec<(Look, Instant)>,
}

impl StreamReception {
    /// Counts a packet. False for a duplicate.
    fn packet(&mut self, packet: &rtc::rtp::Packet, at: Instant) -> bool {
        let sequence = packet.header.sequence_number;
        let new = match &mut self.log {
            Some(log) => log.push(sequence),
            None => {
                self.log = Some(SequenceLog::new(sequence));
                true
            }
        };
        self.bytes += packet.payload.len() as u64;
        self.first_at.get_or_insert(at);
        self.last_at = Some(at);
        new
    }

    /// Notes that a packet that came at `at` showed somebody.
    fn recognise(&mut self, look: Look, at: Instant) {
        match self.shown.iter_mut().find(|(known, _)| *known == look) {
            Some((_, latest)) => *latest = at.max(*latest),
            None => self.shown.push((look, at)),
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

    /// Whom packets that came after this moment showed.
    fn shown_after(&self, moment: Instant) -> impl Iterator<Item = Look> {
        let after = self.shown.iter().filter(move |(_, at)| *at > moment);
        after.map(|(look, _)| *look)
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

/// What one seat brought in a stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeatWindow {
    /// Who was seen.
    pub seen: Vec<Look>,
    /// Who was heard.
    pub heard: Vec<Look>,
    /// True when anything came at all.
    pub active: bool,
}

/// What came although it was not permitted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Strays {
    /// Packets, where none were permitted.
    pub packets: u64,
    /// People who were seen or heard; each once.
    pub people: Vec<Look>,
}

/// Everything that one person receives, and whom they may see and hear.
#[derive(Debug, Clone)]
pub struct Reception {
    /// By seat.
    pub seats: Vec<SeatReception>,
    /// Everybody as long as nothing is said.
    permitted: Option<(Instant, Vec<Look>)>,
    strays: Strays,
}

/// How long a packet may wait on this computer for the task that reads its track.
const ON_THE_WAY: Duration = Duration::from_secs(1);

impl Reception {
    /// Nothing received yet, everybody permitted.
    pub fn new(seats: usize) -> Self {
        Self {
            seats: vec![SeatReception::default(); seats],
            permitted: None,
            strays: Strays::default(),
        }
    }

    /// From so soon after this moment as what is on its way has come, only these may be seen or heard; with nobody among
    /// them not one packet may come.
    pub fn permit(&mut self, people: &[Look], from: Instant) {
        self.permitted = Some((from + ON_THE_WAY, people.to_vec()));
    }

    /// Who may be seen and heard at this moment; none if that is not settled.
    fn permitted(&self, at: Instant) -> Option<&[Look]> {
        let (from, people) = self.permitted.as_ref()?;
        (at > *from).then_some(people.as_slice())
    }

    /// Counts a packet of a seat. False for a duplicate, and for a seat that there is not.
    pub fn packet(&mut self, seat: usize, is_audio: bool, packet: &rtc::rtp::Packet, at: Instant) -> bool {
        if self.permitted(at).is_some_and(<[Look]>::is_empty) {
            self.strays.packets += 1;
        }
        self.stream(seat, is_audio)
            .is_some_and(|stream| stream.packet(packet, at))
    }

    /// Notes whom a packet that came at `at` showed.
    pub fn recognise(&mut self, seat: usize, is_audio: bool, look: Look, at: Instant) {
        let stray = self.permitted(at).is_some_and(|p| !p.contains(&look));
        if stray && !self.strays.people.contains(&look) {
            self.strays.people.push(look);
        }
        if let Some(stream) = self.stream(seat, is_audio) {
            stream.recognise(look, at);
        }
    }

    /// What came that was not permitted.
    pub fn strays(&self) -> &Strays {
        &self.strays
    }

    /// What each seat brought after this moment.
    pub fn window(&self, after: Instant) -> Vec<SeatWindow> {
        let window = |seat: &SeatReception| SeatWindow {
            seen: seat.video.shown_after(after).collect(),
            heard: seat.audio.shown_after(after).collect(),
            active: [&seat.video, &seat.audio]
                .iter()
                .any(|stream| stream.last_at.is_some_and(|at| at > after)),
        };
        self.seats.iter().map(window).collect()
    }

    fn stream(&mut self, seat: usize, is_audio: bool) -> Option<&mut StreamReception> {
        let seat = self.seats.get_mut(seat)?;
        Some(if is_audio {
            &mut seat.audio
        } else {
            &mut seat.video
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::media::look::LOOKS;
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

    fn hear(reception: &mut Reception, look: Look, number: u16, at: Instant) {
        let mut packet = rtc::rtp::Packet::default();
        packet.header.sequence_number = number;
        assert!(reception.packet(0, true, &packet, at));
        reception.recognise(0, true, look, at);
    }

    #[test]
    fn recognition_belongs_to_its_time_and_is_forgotten_with_it() {
        let start = Instant::now();
        let ms = |n: u64| start + Duration::from_millis(n);
        let mut reception = Reception::new(2);
        hear(&mut reception, LOOKS[0], 1, ms(10));
        hear(&mut reception, LOOKS[1], 2, ms(20));
        let heard = |after| reception.window(ms(after))[0].heard.clone();
        assert_eq!(heard(0), [LOOKS[0], LOOKS[1]], "a window that holds both");
        assert_eq!(heard(10), [LOOKS[1]]);
        assert_eq!(heard(20), []);
        let quiet = reception.window(ms(20));
        assert!(!quiet[0].active && !quiet[1].active);
        let nowhere = rtc::rtp::Packet::default();
        assert!(!reception.packet(7, true, &nowhere, ms(30)), "no such seat");
    }

    #[test]
    fn what_is_not_permitted_is_kept_for_good() {
        let start = Instant::now();
        let s = |n: u64| start + Duration::from_secs(n);
        let mut reception = Reception::new(1);
        hear(&mut reception, LOOKS[2], 1, s(0));
        reception.permit(&[LOOKS[0]], s(1));
        hear(&mut reception, LOOKS[2], 2, s(2));
        hear(&mut reception, LOOKS[0], 3, s(4));
        assert_eq!(
            *reception.strays(),
            Strays::default(),
            "what was on its way is none"
        );
        hear(&mut reception, LOOKS[2], 4, s(4));
        hear(&mut reception, LOOKS[2], 5, s(5));
        assert_eq!(reception.strays().people, [LOOKS[2]], "once");
        assert_eq!(reception.strays().packets, 0);
        reception.permit(&[], s(6));
        hear(&mut reception, LOOKS[2], 6, s(8));
        assert_eq!(
            reception.strays().packets,
            1,
            "where nobody may be heard each packet counts"
        );
        reception.permit(&[LOOKS[0], LOOKS[2]], s(9));
        hear(&mut reception, LOOKS[2], 7, s(12));
        assert_eq!(
            (reception.strays().packets, reception.strays().people.len()),
            (1, 1)
        );
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
