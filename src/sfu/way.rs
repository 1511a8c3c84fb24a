//! The way to one receiver: numbers on what goes out, what its feedback says of them, and the probes that follow.

use super::floor::Floor;
use super::negotiate::Offer;
use super::publish::OVERHEAD;
use super::room::Kind;
use super::session::{Media, Session};
use crate::rtp::bandwidth::{Bandwidth, Report};
use crate::rtp::clock::Micros;
use crate::rtp::layers::Budget;
use crate::rtp::meter::Meter;
use bytes::Bytes;
use rtc::rtp::Packet;
use std::time::{Duration, Instant};

/// Copies that one look sends at most.
const COPIES_MAX: usize = 64;
/// What resent packets may cost together, in bytes a second, whatever the estimate says, and at once.
const RESENT_MIN: u64 = 30_000;
const RESENT_BURST: u64 = 120_000;

/// Every transport-wide number as it stands in a packet, so that none has to be made.
static NUMBERS: [[u8; 2]; 1 << 16] = {
    let mut numbers = [[0; 2]; 1 << 16];
    let mut i = 0;
    while i < numbers.len() {
        numbers[i] = (i as u16).to_be_bytes();
        i += 1;
    }
    numbers
};

/// The way to a receiver that reports what arrives.
#[derive(Debug)]
pub(super) struct Way {
    bandwidth: Bandwidth,
    /// Extension ids of the number, for sound and for pictures.
    sound: Option<u8>,
    pictures: Option<u8>,
    sound_sent: Meter,
    /// Bytes of resent packets that may go out now, and when that was reckoned.
    resent_left: u64,
    resent_at: Micros,
    looked: Option<Micros>,
    /// What would be sent if there were room.
    pub(super) wanted: Option<u64>,
}

impl Way {
    /// A way, if the receiver offers to report on its pictures and takes retransmissions: by them it is probed, and a
    /// number may stand on a packet once only.
    pub(super) fn of(offer: &Offer) -> Option<Self> {
        let pictures = offer
            .transport_cc(Kind::Video)
            .filter(|_| !offer.repairs.is_empty())?;
        Some(Self {
            bandwidth: Bandwidth::default(),
            sound: offer.transport_cc(Kind::Audio),
            pictures: Some(pictures),
            sound_sent: Meter::default(),
            resent_left: RESENT_BURST,
            resent_at: 0,
            looked: None,
            wanted: None,
        })
    }

    /// Puts its number on a packet that goes out.
    pub(super) fn number(&mut self, packet: &mut Packet, kind: Kind, copy: bool, at: Micros) {
        let bytes = packet.payload.len() + OVERHEAD;
        if kind == Kind::Audio {
            self.sound_sent.add(at, bytes);
        }
        let id = match kind {
            Kind::Audio => self.sound,
            Kind::Video => self.pictures,
        };
        let Some(id) = id else {
            return;
        };
        let number = self.bandwidth.sent(at, bytes, copy);
        let value = Bytes::from_static(&NUMBERS[usize::from(number)]);
        // Two bytes always fit; a packet without its number counts as lost, no more.
        let _ = packet.header.set_extension(id, value);
    }

    /// What pictures may cost.
    pub(super) fn for_pictures(&mut self, at: Micros) -> Budget {
        let sound = self.sound_sent.bits_per_second(at);
        let budget = self.bandwidth.budget(at);
        Budget {
            bits: budget.bits.saturating_sub(sound),
            ..budget
        }
    }

    /// Pictures would cost so much if the next step were taken.
    pub(super) fn want(&mut self, pictures: Option<u64>, at: Micros) {
        let sound = self.sound_sent.bits_per_second(at);
        self.wanted = pictures.map(|p| p + sound);
    }

    fn rtt(&self) -> Duration {
        Duration::from_micros(self.bandwidth.rtt().max(0) as u64)
    }

    /// True if a resent packet of so many bytes may go out now.
    fn may_resend(&mut self, bytes: usize, at: Micros) -> bool {
        let rate = RESENT_MIN.max(self.bandwidth.budget(at).bits / 16);
        let past = (at - self.resent_at).clamp(0, 10_000_000) as u64;
        self.resent_left = (self.resent_left + rate * past / 1_000_000).min(RESENT_BURST);
        self.resent_at = at;
        let bytes = bytes as u64;
        let may = self.resent_left >= bytes;
        self.resent_left -= if may { bytes } else { 0 };
        may
    }
}

impl Floor {
    /// A receiver reports what arrived.
    pub(super) fn arrivals(&mut self, slot: usize, report: &Report, now: Instant) {
        let at = self.micros(now);
        if let Some(way) = self
            .session(slot)
            .and_then(Session::subscription)
            .and_then(|s| s.way.as_mut())
        {
            let before = way.bandwidth.budget(at);
            way.bandwidth.reported(at, report);
            // What is too much must not wait for the next look.
            if way.bandwidth.budget(at).bits < before.bits {
                self.choose(slot, now);
            }
        }
    }

    /// A receiver asks for packets again.
    pub(super) fn resend(&mut self, slot: usize, ssrc: u32, numbers: &[u16], now: Instant) {
        self.counters.nacked.add(numbers.len() as u64);
        let at = self.micros(now);
        let Some(session) = self.session(slot) else {
            return;
        };
        let Media::Subscribe(subscription) = &mut session.media else {
            return;
        };
        let Some(output) = subscription.outputs.iter_mut().find(|o| o.ssrc == ssrc) else {
            return;
        };
        for number in numbers {
            let rtt = subscription
                .way
                .as_deref()
                .map_or(Duration::from_millis(100), Way::rtt);
            let Some(mut packet) = output.resend.again(*number, rtt, now) else {
                continue;
            };
            if let Some(way) = &mut subscription.way {
                if !way.may_resend(packet.payload.len() + OVERHEAD, at) {
                    break;
                }
                way.number(&mut packet, output.kind, false, at);
            }
            if let Err(broken) = session.transport.send(packet, now) {
                tracing::debug!(session = %session.id, error = %broken.0, "packet not sent again");
            }
        }
        self.touch(slot);
    }

    /// The regular look at the way to a receiver: sends the copies of a probe, if one is due.
    pub(super) fn probe(&mut self, slot: usize, now: Instant) {
        let at = self.micros(now);
        let Some(session) = self.session(slot) else {
            return;
        };
        let Media::Subscribe(subscription) = &mut session.media else {
            return;
        };
        let Some(way) = &mut subscription.way else {
            return;
        };
        let past = at - way.looked.replace(at).unwrap_or(at);
        let mut bytes = way.bandwidth.tick(at, past, way.wanted);
        let mut sent = 0;
        while bytes > 0 && sent < COPIES_MAX {
            let copy = subscription.outputs.iter_mut().find_map(|o| o.resend.copy());
            let Some(mut copy) = copy else {
                break;
            };
            bytes = bytes.saturating_sub(copy.payload.len() + OVERHEAD);
            sent += 1;
            way.number(&mut copy, Kind::Video, true, at);
            if let Err(broken) = session.transport.send(copy, now) {
                tracing::debug!(session = %session.id, error = %broken.0, "copy not sent");
                break;
            }
        }
        if sent > 0 {
            self.touch(slot);
        }
    }
}
