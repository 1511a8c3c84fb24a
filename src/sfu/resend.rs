//! Packets of a seat's picture that can be sent again: because the receiver lost them (NACK, RFC 4585), or as copies by
//! which the way to it is probed. They go out as retransmissions (RFC 4588) where the receiver knows them.

use rtc::rtp::{Header, Packet};
use std::time::{Duration, Instant};

/// Packets that are kept: about two seconds of good video. A power of two, so that numbers wrap in step.
const KEPT: usize = 512;
/// How often one packet is sent again at most.
const TIMES_MAX: u8 = 6;
/// Requests for the same packet within this are one: the first answer may still be on its way.
const WITHIN_MIN: Duration = Duration::from_millis(20);
const WITHIN_MAX: Duration = Duration::from_millis(200);

#[derive(Debug)]
struct Kept {
    packet: Packet,
    times: u8,
    last: Option<Instant>,
}

/// The packets of one output.
#[derive(Debug)]
pub(super) struct Resend {
    ssrc: u32,
    /// The payload type of retransmissions, if the receiver knows them.
    pub(super) payload_type: Option<u8>,
    sequence: u16,
    kept: Vec<Option<Kept>>,
    newest: Option<u16>,
    /// How far back the next copy for a probe lies.
    back: u16,
}

impl Resend {
    pub(super) fn new(ssrc: u32, sequence: u16) -> Self {
        Self {
            ssrc,
            payload_type: None,
            sequence,
            kept: Vec::new(),
            newest: None,
            back: 0,
        }
    }

    /// Keeps a packet that is sent.
    pub(super) fn keep(&mut self, packet: &Packet) {
        if self.kept.is_empty() {
            self.kept.resize_with(KEPT, || None);
        }
        let number = packet.header.sequence_number;
        if self.newest.is_none_or(|n| (number.wrapping_sub(n) as i16) > 0) {
            self.newest = Some(number);
            self.back = 0;
        }
        if let Some(place) = self.kept.get_mut(usize::from(number) % KEPT) {
            *place = Some(Kept {
                packet: packet.clone(),
                times: 0,
                last: None,
            });
        }
    }

    /// The packet to send for a number that the receiver asks for; `None` if it is not kept, has just been sent again,
    /// or was so too often.
    pub(super) fn again(&mut self, number: u16, rtt: Duration, now: Instant) -> Option<Packet> {
        let kept = self.kept.get_mut(usize::from(number) % KEPT)?.as_mut()?;
        let within = (rtt * 3 / 4).clamp(WITHIN_MIN, WITHIN_MAX);
        let too_soon = kept
            .last
            .is_some_and(|l| now.saturating_duration_since(l) < within);
        if kept.packet.header.sequence_number != number || kept.times >= TIMES_MAX || too_soon {
            return None;
        }
        kept.times += 1;
        kept.last = Some(now);
        let packet = kept.packet.clone();
        Some(self.wrap(packet))
    }

    /// A copy of a recent packet, going back from the newest; `None` if there is none.
    pub(super) fn copy(&mut self) -> Option<Packet> {
        self.payload_type?;
        let number = self.newest?.wrapping_sub(self.back);
        self.back = (self.back + 1) % 32;
        let kept = self.kept.get(usize::from(number) % KEPT)?.as_ref();
        match kept.filter(|k| k.packet.header.sequence_number == number) {
            Some(kept) => {
                let packet = kept.packet.clone();
                Some(self.wrap(packet))
            }
            None => {
                self.back = 0;
                None
            }
        }
    }

    /// As a retransmission; without one the very same packet goes out again.
    fn wrap(&mut self, packet: Packet) -> Packet {
        let Some(payload_type) = self.payload_type else {
            return packet;
        };
        let mut payload = Vec::with_capacity(2 + packet.payload.len());
        payload.extend(packet.header.sequence_number.to_be_bytes());
        payload.extend_from_slice(&packet.payload);
        self.sequence = self.sequence.wrapping_add(1);
        Packet {
            header: Header {
                version: 2,
                ssrc: self.ssrc,
                payload_type,
                sequence_number: self.sequence,
                timestamp: packet.header.timestamp,
                marker: packet.header.marker,
                ..Default::default()
            },
            payload: payload.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn packet(number: u16) -> Packet {
        Packet {
            header: Header {
                version: 2,
                sequence_number: number,
                ssrc: 1,
                payload_type: 96,
                ..Default::default()
            },
            payload: Bytes::from_static(&[9, 8]),
        }
    }

    #[test]
    fn a_storm_of_requests_is_answered_in_measure() {
        let mut resend = Resend::new(2, 65_535);
        resend.payload_type = Some(97);
        for number in 65_000..=65_535u16 {
            resend.keep(&packet(number));
        }
        let (rtt, start) = (Duration::from_millis(100), Instant::now());
        let first = resend.again(65_500, rtt, start).unwrap();
        assert_eq!(
            (
                first.header.ssrc,
                first.header.payload_type,
                first.header.sequence_number
            ),
            (2, 97, 0)
        );
        assert_eq!(first.payload[..], [0xff, 0xdc, 9, 8]);
        let mut sent = 0;
        for ms in 0..10_000 {
            sent += u8::from(
                resend
                    .again(65_500, rtt, start + Duration::from_millis(ms))
                    .is_some(),
            );
        }
        assert_eq!(sent, TIMES_MAX - 1);
        assert!(resend.again(65_000, rtt, start).is_none(), "no longer kept");
        assert!(resend.again(3, rtt, start).is_none(), "never sent");
    }

    #[test]
    fn copies_go_back_from_the_newest_and_only_as_retransmissions() {
        let mut resend = Resend::new(2, 0);
        assert!(resend.copy().is_none());
        resend.keep(&packet(7));
        assert!(
            resend.copy().is_none(),
            "the receiver would take it for a copy of the same"
        );
        resend.payload_type = Some(97);
        resend.keep(&packet(8));
        let original = |p: Option<Packet>| p.map(|p| u16::from_be_bytes([p.payload[0], p.payload[1]]));
        assert_eq!(original(resend.copy()), Some(8));
        assert_eq!(original(resend.copy()), Some(7));
        assert_eq!(original(resend.copy()), None);
        assert_eq!(original(resend.copy()), Some(8), "and anew");
    }

    #[test]
    fn without_retransmissions_the_same_packet_goes_out_again() {
        let mut resend = Resend::new(2, 0);
        resend.keep(&packet(7));
        let again = resend.again(7, Duration::ZERO, Instant::now());
        assert_eq!(again, Some(packet(7)));
    }
}
