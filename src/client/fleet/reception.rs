//! What one receiver got: by stream, how many packets and which are missing.

use super::super::peer::OPUS_PAYLOAD_TYPE;
use super::source::read_mark;
use super::{Counts, Gaps};
use crate::rtp::sequence::{DuplicateFilter, SequenceUnwrapper};
use std::collections::HashMap;
use std::time::Duration;

/// Streams that are counted at most: those of the most seats that a server gives, several times over.
const STREAMS_MAX: usize = 1024;

/// One stream, since its first packet or since the count began.
#[derive(Debug, Default)]
struct Stream {
    numbers: SequenceUnwrapper,
    filter: DuplicateFilter,
    /// Highest number when the count began.
    from: Option<i64>,
    received: u64,
    sound: bool,
}

/// The streams of one receiver.
#[derive(Debug, Default)]
pub(super) struct Reception {
    streams: HashMap<u32, Stream>,
}

impl Reception {
    /// A packet arrived, of the media or sent again. Gives whose it is.
    pub(super) fn take(
        &mut self,
        packet: &rtc::rtp::Packet,
        arrival: Duration,
        counts: &mut Counts,
    ) -> Option<u32> {
        if self.streams.len() >= STREAMS_MAX && !self.streams.contains_key(&packet.header.ssrc) {
            return None;
        }
        let stream = self.streams.entry(packet.header.ssrc).or_default();
        stream.sound = packet.header.payload_type == OPUS_PAYLOAD_TYPE;
        let number = stream.numbers.extend(packet.header.sequence_number);
        if !stream.filter.fresh(number) {
            return None;
        }
        let from = *stream.from.get_or_insert(number - 1);
        if number > from {
            stream.received += 1;
        }
        let mark = read_mark(&packet.payload)?;
        counts.through.record(arrival.saturating_sub(mark.sent));
        Some(mark.publisher)
    }

    /// The count begins anew.
    pub(super) fn restart(&mut self) {
        for stream in self.streams.values_mut() {
            stream.from = stream.numbers.highest();
            stream.received = 0;
        }
    }

    /// Puts into the counts what is missing.
    pub(super) fn conclude(&self, counts: &mut Counts) {
        for stream in self.streams.values() {
            let (Some(highest), Some(from)) = (stream.numbers.highest(), stream.from) else {
                continue;
            };
            let expected = u64::try_from(highest - from).unwrap_or(0);
            let gaps = if stream.sound {
                &mut counts.sound
            } else {
                &mut counts.pictures
            };
            gaps.add(Gaps {
                expected,
                missing: expected.saturating_sub(stream.received),
            });
            counts.silent += u64::from(expected == 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(ssrc: u32, sequence_number: u16) -> rtc::rtp::Packet {
        rtc::rtp::Packet {
            header: rtc::rtp::Header {
                version: 2,
                ssrc,
                sequence_number,
                ..Default::default()
            },
            payload: bytes::Bytes::from_static(&[0; 40]),
        }
    }

    fn counted(reception: &Reception) -> (u64, u64, u64) {
        let mut counts = Counts::default();
        reception.conclude(&mut counts);
        (counts.pictures.expected, counts.pictures.missing, counts.silent)
    }

    #[test]
    fn gaps_count_until_they_are_filled_and_copies_do_not() {
        let mut reception = Reception::default();
        let mut counts = Counts::default();
        for sequence in [65_534, 65_535, 2, 2, 3] {
            reception.take(&packet(1, sequence), Duration::ZERO, &mut counts);
        }
        assert_eq!(counted(&reception), (6, 2, 0));
        reception.take(&packet(1, 0), Duration::ZERO, &mut counts);
        assert_eq!(counted(&reception), (6, 1, 0));
    }

    #[test]
    fn a_restart_leaves_out_what_was_before() {
        let mut reception = Reception::default();
        let mut counts = Counts::default();
        for (ssrc, sequence) in [(1, 10), (1, 13), (2, 5)] {
            reception.take(&packet(ssrc, sequence), Duration::ZERO, &mut counts);
        }
        reception.restart();
        assert_eq!(counted(&reception), (0, 0, 2));
        // An old gap that is filled late belongs to the time before.
        for sequence in [11, 14, 16] {
            reception.take(&packet(1, sequence), Duration::ZERO, &mut counts);
        }
        assert_eq!(counted(&reception), (3, 1, 1));
    }
}
