//! What a publisher sends, packet by packet: which stream it belongs to, retransmissions unwrapped (RFC 4588), and what
//! the publisher is told in return: what is missing, what arrived when, how the streams are received.

use super::negotiate::Offer;
use super::report;
use crate::rtp::arrivals::Arrivals;
use crate::rtp::clock::Micros;
use crate::rtp::codec::Codec;
use crate::rtp::missing::{Came, Missing};
use crate::rtp::opus;
use crate::rtp::packet::{Header, Received};
use crate::rtp::reception::Reception;
use crate::rtp::red;
use crate::rtp::source::Source;
use bytes::Bytes;
use rtc::rtcp::Packet as Rtcp;
use std::time::{Duration, Instant};

/// Streams that are told apart: three layers of two pictures, sound, their retransmissions, and room for a sender that
/// changes its SSRCs.
const STREAMS_MAX: usize = 32;
/// Between two pieces of transport-wide feedback, and between receiver reports.
const ARRIVALS_INTERVAL: Duration = Duration::from_millis(100);
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// What a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Media(Source),
    /// Retransmissions of the stream of this SSRC, if that is known.
    Repair(Option<u32>),
}

#[derive(Debug)]
struct Stream {
    ssrc: u32,
    role: Role,
    rid: Option<Box<[u8]>>,
    missing: Missing,
    reception: Reception,
    /// NTP time, middle 32 bits, of its last sender report, and when that came.
    reported: Option<(u32, Instant)>,
}

/// The incoming side of a publication.
#[derive(Debug, Default)]
pub(super) struct Ingress {
    streams: Vec<Stream>,
    arrivals: Arrivals,
    feedback_count: u8,
    arrivals_at: Option<Instant>,
    reports_at: Option<Instant>,
}

/// A packet of a media stream.
pub(super) struct Sorted {
    pub(super) packet: Received,
    pub(super) came: Came,
    /// Lost packets that were found in it, oldest first.
    pub(super) within: Vec<Received>,
    /// Of which source its stream is, if this is the stream's first packet.
    pub(super) opened: Option<Source>,
}

impl Ingress {
    /// Sorts a decrypted packet. `None` if it carries no media: padding by which the sender probes the network, or a
    /// stream that cannot be told.
    pub(super) fn sort(&mut self, plain: Bytes, header: Header, offer: &Offer, at: Micros) -> Option<Sorted> {
        // The congestion control hears of every packet, whatever it carries.
        let number = offer
            .any_transport_cc()
            .and_then(|id| header.extension(&plain, id));
        if let Some(&[high, low]) = number {
            self.arrivals.arrived(u16::from_be_bytes([high, low]), at);
        }
        let payload = header.payload(&plain)?;
        let known = self.streams.iter().position(|s| s.ssrc == header.ssrc);
        let opened = known.is_none();
        let place = match known {
            Some(place) => place,
            None => self.learn(&header, &plain, offer)?,
        };
        let stream = self.streams.get(place)?;
        match stream.role {
            Role::Media(source) => {
                let audio_level = offer
                    .audio_level()
                    .and_then(|id| header.extension(&plain, id)?.first().copied());
                let payload = plain.slice(payload);
                let mut packet = Received {
                    header,
                    audio_level,
                    payload,
                };
                let red = source.is_audio() && offer.red == Some(header.payload_type);
                let unfolded = if red {
                    unfold(&mut packet, &stream.missing, offer)
                } else {
                    Some(Vec::new())
                };
                let Some(within) = unfolded else {
                    // A stream begins with a packet that is taken: only of that the publication is told.
                    if opened {
                        self.streams.remove(place);
                    }
                    return None;
                };
                Some(Sorted {
                    packet,
                    came: Came::Itself,
                    within,
                    opened: opened.then_some(source),
                })
            }
            Role::Repair(of) => {
                let of = of.or_else(|| self.repaired(place, &header, &plain, offer))?;
                let (_, payload_type) = *offer.repairs.iter().find(|(pt, _)| *pt == header.payload_type)?;
                let wrapped = plain.get(payload.clone())?;
                let number = u16::from_be_bytes(*wrapped.first_chunk()?);
                if wrapped.len() == 2 {
                    return None;
                }
                let mut header = header;
                (header.ssrc, header.payload_type, header.sequence) = (of, payload_type, number);
                Some(Sorted {
                    packet: Received {
                        header,
                        audio_level: None,
                        payload: plain.slice(payload.start + 2..payload.end),
                    },
                    came: Came::Again,
                    within: Vec::new(),
                    opened: None,
                })
            }
        }
    }

    /// A packet of a media stream was taken that is no copy: its extended number and timestamp.
    pub(super) fn taken(
        &mut self,
        ssrc: u32,
        (sequence, timestamp): (i64, i64),
        rate: u32,
        came: Came,
        at: Micros,
    ) {
        if let Some(stream) = self.streams.iter_mut().find(|s| s.ssrc == ssrc) {
            stream.missing.arrived(sequence, came, at);
            // What was lost and mended is lost in the reports: by them an encoder measures its protection.
            if came == Came::Itself {
                stream.reception.arrived(sequence, timestamp, rate, at);
            }
        }
    }

    /// A sender report came.
    pub(super) fn reported(&mut self, ssrc: u32, ntp: u64, arrival: Instant) {
        if let Some(stream) = self.streams.iter_mut().find(|s| s.ssrc == ssrc) {
            stream.reported = Some(((ntp >> 16) as u32, arrival));
        }
    }

    /// The requests for missing packets that are due, of those streams whose packets the sender keeps.
    pub(super) fn requests(&mut self, offer: &Offer, at: Micros) -> Vec<Box<dyn Rtcp>> {
        let mut requests: Vec<Box<dyn Rtcp>> = Vec::new();
        let mut numbers = Vec::new();
        // All streams of a publisher go the same way.
        let rtt = self.streams.iter().filter_map(|s| s.missing.rtt()).max();
        for stream in &mut self.streams {
            let Role::Media(source) = stream.role else {
                continue;
            };
            if stream.missing.is_empty() {
                continue;
            }
            numbers.clear();
            stream.missing.due(at, rtt, &mut numbers);
            if !numbers.is_empty() && offer.nack(source) {
                requests.push(Box::new(report::request(stream.ssrc, &numbers)));
            }
        }
        requests
    }

    /// Feedback and reports that are due.
    pub(super) fn reports(&mut self, now: Instant) -> Vec<Box<dyn Rtcp>> {
        let due = |at: &mut Option<Instant>, interval| {
            let due = at.is_none_or(|at| now.saturating_duration_since(at) >= interval);
            if due {
                *at = Some(now);
            }
            due
        };
        let mut reports: Vec<Box<dyn Rtcp>> = Vec::new();
        if due(&mut self.arrivals_at, ARRIVALS_INTERVAL)
            && let Some(arrivals) = self.arrivals.take()
        {
            let media = self.streams.first().map_or(0, |s| s.ssrc);
            reports.push(Box::new(report::arrivals(&arrivals, media, self.feedback_count)));
            self.feedback_count = self.feedback_count.wrapping_add(1);
        }
        if due(&mut self.reports_at, REPORT_INTERVAL) {
            let blocks = self
                .streams
                .iter_mut()
                .filter(|s| matches!(s.role, Role::Media(_)))
                .filter_map(|s| Some(report::block(s.ssrc, s.reception.block()?, s.reported, now)));
            reports.extend(report::reception(blocks.collect()).map(|r| Box::new(r) as Box<dyn Rtcp>));
        }
        reports
    }

    /// Finds out what a new stream is (RFC 8843, section 9.2), and remembers it.
    fn learn(&mut self, header: &Header, plain: &[u8], offer: &Offer) -> Option<usize> {
        if self.streams.len() >= STREAMS_MAX {
            return None;
        }
        let extension = |id: Option<u8>| id.and_then(|id| header.extension(plain, id));
        let repair = offer.repairs.iter().any(|(pt, _)| *pt == header.payload_type);
        let (role, rid) = if repair {
            let declared = offer.repair_ssrcs.iter().find(|(rtx, _)| *rtx == header.ssrc);
            (Role::Repair(declared.map(|(_, of)| *of)), None)
        } else {
            let red = (offer.red == Some(header.payload_type)).then_some(Codec::Opus);
            let codec = red.or_else(|| offer.codec(header.payload_type))?;
            let by_mid = extension(offer.mid_extension).and_then(|mid| {
                let mid = std::str::from_utf8(mid).ok()?;
                offer.sections.iter().position(|s| s.mid == mid)
            });
            let declared = || {
                offer
                    .ssrcs
                    .iter()
                    .find(|(ssrc, _)| *ssrc == header.ssrc)
                    .map(|(_, at)| *at)
            };
            let section = by_mid
                .or_else(declared)
                .or_else(|| offer.only(codec.is_audio()))?;
            let source = offer.source(&offer.sections.get(section)?.mid)?;
            (Role::Media(source), extension(offer.rid_extension).map(Box::from))
        };
        self.streams.push(Stream {
            ssrc: header.ssrc,
            role,
            rid,
            missing: Missing::new(matches!(role, Role::Media(source) if source.is_audio())),
            reception: Reception::default(),
            reported: None,
        });
        Some(self.streams.len() - 1)
    }

    /// The SSRC that a stream of retransmissions repairs: by the rid that its packets name, or the only one there is.
    fn repaired(&mut self, place: usize, header: &Header, plain: &[u8], offer: &Offer) -> Option<u32> {
        let media = |s: &&Stream| matches!(s.role, Role::Media(source) if !source.is_audio());
        let named = offer
            .repaired_rid_extension
            .and_then(|id| header.extension(plain, id));
        let of = match named {
            Some(rid) => self
                .streams
                .iter()
                .find(|s| s.rid.as_deref() == Some(rid))
                .map(|s| s.ssrc)?,
            None => {
                let mut all = self.streams.iter().filter(media);
                let only = all.next().filter(|_| all.next().is_none())?;
                only.ssrc
            }
        };
        self.streams.get_mut(place)?.role = Role::Repair(Some(of));
        Some(of)
    }
}

/// Makes of a packet with redundancy (RFC 2198) the packet of its primary; gives what of the rest had not arrived, oldest
/// first. `None` if the primary is not what was negotiated.
fn unfold(packet: &mut Received, missing: &Missing, offer: &Offer) -> Option<Vec<Received>> {
    let mut blocks = red::parse(&packet.payload)?;
    let primary = blocks.pop()?;
    if offer.codec(primary.payload_type) != Some(Codec::Opus) {
        return None;
    }
    let whole = packet.payload.clone();
    packet.header.payload_type = primary.payload_type;
    packet.payload = whole.slice(primary.range);
    let mut within = Vec::new();
    // A block has no number. The one before another is that which ends where the other begins.
    let (mut offset, mut sequence) = (0, packet.header.sequence);
    for block in blocks.into_iter().rev() {
        let frame = whole.slice(block.range);
        let ends = opus::samples(&frame).and_then(|samples| block.offset.checked_sub(samples as u32));
        if ends != Some(offset) || offer.codec(block.payload_type) != Some(Codec::Opus) {
            break;
        }
        offset = block.offset;
        sequence = sequence.wrapping_sub(1);
        if missing.lacks(sequence) {
            let mut header = packet.header;
            header.sequence = sequence;
            header.timestamp = header.timestamp.wrapping_sub(offset);
            header.payload_type = block.payload_type;
            header.marker = false;
            within.push(Received {
                header,
                audio_level: None,
                payload: frame,
            });
        }
    }
    within.reverse();
    Some(within)
}

#[cfg(test)]
#[path = "ingress_test.rs"]
mod tests;
