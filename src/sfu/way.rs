//! The way to one receiver: numbers on what goes out, what its feedback says of them, and the probes that follow.

use super::floor::Floor;
use super::negotiate::Offer;
use super::outbox::Line;
use super::publish::OVERHEAD;
use super::resend::Sent;
use super::room::Kind;
use super::session::{Media, Session};
use crate::rtp::bandwidth::{Bandwidth, Report};
use crate::rtp::clock::Micros;
use crate::rtp::layers::Budget;
use crate::rtp::meter::Meter;
use crate::rtp::packet::Head;
use std::time::{Duration, Instant};

/// Copies that one look sends at most.
const COPIES_MAX: usize = 64;
/// As much padding as a packet may have: its last byte counts it (RFC 3550, section 5.1).
static PADDING: [u8; 255] = {
    let mut padding = [0; 255];
    padding[254] = 255;
    padding
};
/// Loss from which on sound takes the packet before along, from which on the two before, and below which it does not any
/// more.
const LOSS_ONE: f64 = 0.02;
const LOSS_TWO: f64 = 0.08;
const LOSS_NONE: f64 = 0.005;
/// How much of a loss is believed at each look; it is forgotten more slowly, since loss comes and goes.
const LOSS_RISES: f64 = 0.2;
const LOSS_FALLS: f64 = 0.02;
/// Sound that takes others along may be so small a part of what the way carries, so that it does not crowd what is lost.
const SOUND_PART: u64 = 2;

/// The way to a receiver that reports what arrives.
#[derive(Debug)]
pub(super) struct Way {
    bandwidth: Bandwidth,
    /// Extension ids of the number, for sound and for pictures.
    sound: Option<u8>,
    pictures: Option<u8>,
    sound_sent: Meter,
    /// Share of packets lost, smoothed.
    loss: f64,
    /// How many packets before it a packet of sound takes along.
    redundancy: usize,
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
            loss: 0.0,
            redundancy: 0,
            looked: None,
            wanted: None,
        })
    }

    /// The extension id and the transport-wide number of a packet that goes out with so many bytes of payload.
    pub(super) fn number(&mut self, payload: usize, kind: Kind, copy: bool, at: Micros) -> Option<(u8, u16)> {
        let bytes = payload + OVERHEAD;
        if kind == Kind::Audio {
            self.sound_sent.add(at, bytes);
        }
        let id = match kind {
            Kind::Audio => self.sound,
            Kind::Video => self.pictures,
        };
        let id = id?;
        Some((id, self.bandwidth.sent(at, bytes, copy)))
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

    pub(super) fn rtt(&self) -> Duration {
        Duration::from_micros(self.bandwidth.rtt().max(0) as u64)
    }

    /// How many packets before it a packet of sound takes along.
    pub(super) fn redundancy(&self) -> usize {
        self.redundancy
    }

    /// Looks how much is lost, and what sound does about it.
    fn protect_sound(&mut self, at: Micros) {
        if let Some(loss) = self.bandwidth.loss() {
            let step = if loss > self.loss { LOSS_RISES } else { LOSS_FALLS };
            self.loss += (loss - self.loss) * step;
        }
        let wanted = match self.loss {
            loss if loss >= LOSS_TWO => 2,
            loss if loss >= LOSS_ONE => 1,
            loss if loss >= LOSS_NONE => self.redundancy.min(1),
            _ => 0,
        };
        // What it would be with so many along, reckoned from what it is.
        let sound = self.sound_sent.bits_per_second(at) / (1 + self.redundancy as u64);
        let carried = self.bandwidth.budget(at).bits;
        let most = (carried / SOUND_PART).checked_div(sound).unwrap_or(u64::MAX);
        self.redundancy = wanted.min(usize::try_from(most.saturating_sub(1)).unwrap_or(usize::MAX));
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
        let Some(output) = subscription.outputs.iter().position(|o| o.ssrc == ssrc) else {
            return;
        };
        for number in numbers {
            let Some(subscription) = self.session(slot).and_then(Session::subscription) else {
                return;
            };
            let rtt = subscription
                .way
                .as_deref()
                .map_or(Duration::from_millis(100), Way::rtt);
            let Some(out) = subscription.outputs.get_mut(output) else {
                return;
            };
            if out.kind == Kind::Audio {
                if self.sound_again(slot, output, *number, rtt, now) == Some(0) {
                    break;
                }
                continue;
            }
            let Some(sent) = out.resend.again(*number, rtt, now) else {
                continue;
            };
            if self.send_again(slot, output, sent, false, at) == Some(0) {
                break;
            }
        }
    }

    /// Sends a packet of sound once more, as it was. Gives the bytes of its payload; 0 if there is no room for it now, `None`
    /// if it is of no use.
    fn sound_again(
        &mut self,
        slot: usize,
        output: usize,
        number: u16,
        rtt: Duration,
        now: Instant,
    ) -> Option<usize> {
        let at = self.micros(now);
        let session = self.sessions.get_mut(slot).and_then(Option::as_mut)?;
        if !session.transport.connected() || session.ending.is_some() {
            return None;
        }
        let Media::Subscribe(subscription) = &mut session.media else {
            return None;
        };
        // Before it is taken as sent.
        let carried = subscription.way.as_ref().map(|way| way.bandwidth.budget(at).bits);
        let out = subscription.outputs.get_mut(output)?;
        let sent = out.sound.again(number, rtt, now)?;
        let bytes = sent.payload.len();
        if !subscription.sound_again.take(bytes + OVERHEAD, carried, at) {
            return Some(0);
        }
        if let (Some((_, number)), Some(way)) = (sent.head.extension, &mut subscription.way) {
            way.bandwidth.sent_again(number);
        }
        let line = Line {
            head: sent.head,
            roll_over: sent.roll_over,
            again: None,
            payload: &sent.payload,
            ids: None,
        };
        let dropped = !session.seal(&mut self.outbox, &line);
        self.counters.dropped.add(u64::from(dropped));
        self.touch(slot);
        Some(bytes)
    }

    /// Sends a packet of an output once more, as a retransmission where the receiver knows them. Gives the bytes of its
    /// payload; 0 if there is no room for it now, `None` if the publisher has it no longer.
    fn send_again(
        &mut self,
        slot: usize,
        output: usize,
        sent: Sent,
        copy: bool,
        at: Micros,
    ) -> Option<usize> {
        let track = self
            .session(slot)
            .and_then(Session::subscription)
            .and_then(|s| s.outputs.get(output)?.routed)?;
        let packet = self
            .session(track.0)
            .and_then(Session::publication)
            .and_then(|p| {
                p.tracks
                    .get(track.1)?
                    .layers
                    .get(usize::from(sent.layer))?
                    .kept(sent.original)
            })
            .filter(|p| p.ssrc == sent.ssrc)?
            .clone();
        let session = self.sessions.get_mut(slot).and_then(Option::as_mut)?;
        if !session.transport.connected() || session.ending.is_some() {
            return None;
        }
        let Media::Subscribe(subscription) = &mut session.media else {
            return None;
        };
        let out = subscription.outputs.get_mut(output)?;
        if !out.may_repeat(subscription.way.is_some()) {
            return None;
        }
        let bytes = packet.payload.len();
        let carried = subscription.way.as_ref().map(|way| way.bandwidth.budget(at).bits);
        if !copy && !subscription.again.take(bytes + OVERHEAD, carried, at) {
            return Some(0);
        }
        let extension = subscription
            .way
            .as_mut()
            .and_then(|way| way.number(bytes, out.kind, copy, at));
        let (index, ssrc, payload_type, again) = match out.resend.payload_type {
            Some(pt) => (
                out.resend.next_index(),
                out.resend.ssrc,
                pt,
                Some(sent.outgoing.sequence()),
            ),
            None => (sent.outgoing.index, out.ssrc, out.payload_type?, None),
        };
        let line = Line {
            head: Head {
                marker: sent.outgoing.marker,
                payload_type,
                sequence: index as u16,
                timestamp: sent.outgoing.timestamp,
                ssrc,
                extension,
                padded: false,
            },
            roll_over: (index >> 16) as u32,
            again,
            payload: &packet.payload,
            ids: packet.incoming.ids.map(|ids| (ids, sent.outgoing.shift)),
        };
        let dropped = !session.seal(&mut self.outbox, &line);
        self.counters.dropped.add(u64::from(dropped));
        self.touch(slot);
        Some(bytes)
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
        way.protect_sound(at);
        let past = at - way.looked.replace(at).unwrap_or(at);
        let mut bytes = way.bandwidth.tick(at, past, way.wanted);
        for _ in 0..COPIES_MAX {
            if bytes == 0 {
                break;
            }
            let Some(subscription) = self.session(slot).and_then(Session::subscription) else {
                return;
            };
            let copy = subscription
                .outputs
                .iter_mut()
                .enumerate()
                .find_map(|(i, o)| Some((i, o.resend.copy()?)));
            // While every picture is paused there is nothing of which to send a copy.
            let sent = copy
                .and_then(|(output, copy)| self.send_again(slot, output, copy, true, at))
                .or_else(|| self.send_padding(slot, at));
            let Some(sent) = sent else {
                break;
            };
            bytes = bytes.saturating_sub(sent + OVERHEAD);
        }
    }

    /// Sends a retransmission that carries nothing but padding. Gives its bytes; `None` if no picture has been sent yet, to
    /// which it could belong.
    fn send_padding(&mut self, slot: usize, at: Micros) -> Option<usize> {
        let session = self.sessions.get_mut(slot).and_then(Option::as_mut)?;
        if !session.transport.connected() || session.ending.is_some() {
            return None;
        }
        let Media::Subscribe(subscription) = &mut session.media else {
            return None;
        };
        let out = subscription
            .outputs
            .iter_mut()
            .find(|o| o.resend.payload_type.is_some() && o.rewriter.last_timestamp().is_some())?;
        let bytes = PADDING.len();
        let extension = subscription.way.as_mut()?.number(bytes, out.kind, true, at);
        let index = out.resend.next_index();
        let line = Line {
            head: Head {
                marker: false,
                payload_type: out.resend.payload_type?,
                sequence: index as u16,
                timestamp: out.rewriter.last_timestamp()?,
                ssrc: out.resend.ssrc,
                extension,
                padded: true,
            },
            roll_over: (index >> 16) as u32,
            again: None,
            payload: &PADDING,
            ids: None,
        };
        let dropped = !session.seal(&mut self.outbox, &line);
        self.counters.dropped.add(u64::from(dropped));
        self.touch(slot);
        Some(bytes)
    }
}
