//! A publication: its tracks, their simulcast layers, and what is known of their clocks.

use super::ingress::Ingress;
use super::negotiate::Offer;
use super::resend::KEPT_FOR_MAX;
use crate::recorder::tap::TapMessage;
use crate::rtp::clock::{Capture, Micros, PublisherOffset};
use crate::rtp::codec::Codec;
use crate::rtp::feedback::Feedback;
use crate::rtp::layers;
use crate::rtp::missing::Came;
use crate::rtp::packet::Received;
use crate::rtp::payload::Payload;
use crate::rtp::rewrite::Incoming;
use crate::rtp::source::Source;
use std::time::{Duration, Instant};

mod layer;
mod tap;

pub(super) use layer::{Layer, Packet};
use tap::TapState;

/// Streams of one track: three simulcast layers, and room for a sender that changes its SSRCs.
const LAYERS_MAX: usize = 8;
/// Sound that lies so far behind the newest, in ticks, is not sent on: a browser that hears of it would make all that
/// follows wait as long.
const LATE: i64 = 48_000 * 400 / 1000;
/// What a packet costs beside its payload: IP, UDP, RTP with its extensions, SRTP.
pub(super) const OVERHEAD: usize = 64;

/// One track.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) source: Source,
    pub(super) codec: Option<Codec>,
    pub(super) layers: Vec<Layer>,
    /// The best layer that flows: what is recorded, and the only one of sound.
    pub(super) selected: Option<usize>,
    /// Subscriber slots and their outputs that this track goes to.
    pub(super) targets: Vec<(usize, usize)>,
    /// For how long its packets are kept: as long as the farthest of its receivers needs.
    pub(super) kept_for: Duration,
    tap: Option<TapState>,
}

impl Track {
    fn new(source: Source) -> Self {
        Self {
            source,
            codec: None,
            layers: Vec::new(),
            selected: None,
            targets: Vec::new(),
            kept_for: KEPT_FOR_MAX,
            tap: None,
        }
    }

    /// Chooses the layer with the most pixels among those that flow steadily; the old one stays while none flows. True if
    /// the choice changed.
    pub(super) fn select(&mut self, now: Instant) -> bool {
        // Nothing comes of a screen on which nothing changes.
        if self.source == Source::Camera {
            let newest = self.layers.iter().filter_map(|l| l.last_packet).max();
            self.layers.iter_mut().for_each(|l| l.compare(newest, now));
        }
        let best = self
            .layers
            .iter()
            .enumerate()
            .filter(|(_, layer)| layer.flowing(now))
            .max_by_key(|(i, layer)| {
                let chosen = self.selected == Some(*i);
                (layer.steady(now), layer.pixels(), chosen, layer.bytes)
            })
            .map(|(i, _)| i);
        if best.is_none() || best == self.selected {
            return false;
        }
        self.selected = best;
        if let Some(tap) = &mut self.tap {
            tap.want(best);
        }
        true
    }

    /// The layers that can be forwarded: those that flow, or else the one that did so last. A layer whose size is not
    /// known yet is asked for a key frame, and left out while there are others.
    pub(super) fn ladder(&mut self, now: Instant, at: Micros) -> Vec<layers::Layer> {
        let selected = self.selected;
        let none_flows = !self.layers.iter().any(|l| l.flowing(now));
        let mut ladder = Vec::with_capacity(self.layers.len());
        for (id, layer) in self.layers.iter_mut().enumerate() {
            let cost = layer.cost(at);
            let last_to_flow = none_flows && selected == Some(id);
            if !(layer.flowing(now) || last_to_flow) {
                continue;
            }
            if layer.pixels() == 0 {
                layer.want_key_frame();
            }
            ladder.push(layers::Layer {
                id,
                width: layer.size.0,
                height: layer.size.1,
                bits: cost,
            });
        }
        if ladder.iter().any(|l| l.width > 0) {
            ladder.retain(|l| l.width > 0);
        }
        ladder
    }

    /// It was switched on or off: what stands was shown before, and what is shown next is something else.
    pub(super) fn forget_standing(&mut self) {
        self.layers.iter_mut().for_each(Layer::forget_standing);
    }

    /// Asks every layer for a key frame.
    pub(super) fn want_key_frames(&mut self) {
        for layer in &mut self.layers {
            layer.want_key_frame();
        }
    }

    /// Asks the selected layer for a key frame.
    pub(super) fn want_key_frame(&mut self) {
        if let Some(layer) = self.selected.and_then(|i| self.layers.get_mut(i)) {
            layer.want_key_frame();
        }
    }
}

/// The media of one publish session.
#[derive(Debug)]
pub(super) struct Publication {
    pub(super) tracks: Vec<Track>,
    pub(super) clock: Option<PublisherOffset>,
    pub(super) ingress: Ingress,
    loudest: Option<u8>,
}

/// Where a packet belongs, and the packet.
pub(super) struct Arrived {
    pub(super) track: usize,
    pub(super) layer: usize,
    pub(super) packet: Packet,
    pub(super) capture: Capture,
    /// The track's first packet.
    pub(super) started: Option<(Source, Codec)>,
    /// The packet led to another choice of layer.
    pub(super) chosen: bool,
    /// Sound that comes too late for whoever listens now: it is for the record.
    pub(super) late: bool,
}

impl Publication {
    pub(super) fn new(offer: &Offer) -> Self {
        let mut tracks: Vec<Track> = offer
            .sections
            .iter()
            .filter_map(|s| offer.source(&s.mid))
            .map(Track::new)
            .collect();
        tracks.sort_by_key(|t| t.source);
        Self {
            tracks,
            clock: None,
            ingress: Ingress::default(),
            loudest: None,
        }
    }

    pub(super) fn track_mut(&mut self, source: Source) -> Option<&mut Track> {
        self.tracks.iter_mut().find(|t| t.source == source)
    }

    /// A stream was opened.
    pub(super) fn open(&mut self, source: Source, ssrc: u32) {
        let Some(track) = self.track_mut(source) else {
            return;
        };
        if track.layers.iter().any(|l| l.ssrc == ssrc) || track.layers.len() >= LAYERS_MAX {
            return;
        }
        let rate = if source.is_audio() { 48_000 } else { 90_000 };
        track.layers.push(Layer::new(ssrc, rate));
    }

    /// Reads a packet. `None` for a copy, for an unknown stream, and for a codec that is not ours.
    pub(super) fn take(
        &mut self,
        packet: Received,
        came: Came,
        offer: &Offer,
        arrival: Instant,
        at: Micros,
        duplicates: &mut u64,
    ) -> Option<Arrived> {
        let header = packet.header;
        let codec = offer.codec(header.payload_type)?;
        let (track_at, layer_at) = self.tracks.iter().enumerate().find_map(|(t, track)| {
            let l = track.layers.iter().position(|l| l.ssrc == header.ssrc)?;
            Some((t, l))
        })?;
        let clock = self.clock;
        let track = self.tracks.get_mut(track_at)?;
        if codec.is_audio() != track.source.is_audio() {
            return None;
        }
        let started = if track.codec.is_none() && !packet.payload.is_empty() {
            track.codec = Some(codec);
            Some((track.source, codec))
        } else {
            None
        };
        let layer = track.layers.get_mut(layer_at)?;
        let sequence = layer.sequences.extend(header.sequence);
        if !layer.filter.fresh(sequence) {
            *duplicates += 1;
            return None;
        }
        let timestamp = layer.timestamps.extend(header.timestamp);
        let behind = layer.timestamps.highest().map_or(0, |newest| newest - timestamp);
        let late = codec.is_audio() && behind > LATE;
        self.ingress
            .taken(header.ssrc, (sequence, timestamp), codec.clock_rate(), came, at);
        layer.clock.arrived(timestamp, at, clock.is_some());
        let capture = layer.clock.capture(timestamp, clock)?;
        let read = Payload::read(codec, &packet.payload);
        if let Some(size) = read.size {
            layer.size = size;
        }
        layer.received += 1;
        layer.bytes += packet.payload.len() as u64;
        layer.meter.add(at, packet.payload.len() + OVERHEAD);
        if !packet.payload.is_empty() {
            layer.last_packet = Some(arrival);
        }
        let packet_read = Packet {
            incoming: Incoming {
                sequence,
                timestamp,
                marker: header.marker,
                empty: packet.payload.is_empty(),
                ids: read.ids,
            },
            starts: read.starts,
            codec,
            ssrc: header.ssrc,
            sequence: header.sequence,
            timestamp: header.timestamp,
            payload: packet.payload,
            arrival,
        };
        if !codec.is_audio() {
            if packet_read.starts {
                layer.key_frames.answered();
            }
            layer.keep(
                packet_read.clone(),
                track.source == Source::Screen,
                track.kept_for,
            );
        } else if let Some(level) = packet.audio_level {
            // RFC 6464, section 3: the voice flag, then the level in -dBov.
            let level = level & 0x7f;
            self.loudest = Some(self.loudest.map_or(level, |l| l.min(level)));
        }
        let chosen = track.selected.is_none() && track.select(arrival);
        Some(Arrived {
            track: track_at,
            layer: layer_at,
            packet: packet_read,
            capture,
            started,
            chosen,
            late,
        })
    }

    /// A sender report of one of the streams; the tap of its track gets it as well.
    pub(super) fn report(&mut self, feedback: Feedback) {
        let Feedback::SenderReport {
            ssrc,
            ntp,
            rtp,
            arrival,
        } = feedback
        else {
            return;
        };
        self.ingress.reported(ssrc, ntp, arrival);
        for track in &mut self.tracks {
            let Some((at, layer)) = track.layers.iter_mut().enumerate().find(|(_, l)| l.ssrc == ssrc) else {
                continue;
            };
            layer.clock.reported(ntp, layer.timestamps.peek(rtp));
            // Sound places the publisher's clock, once; everything else of the publisher follows it.
            if track.source.is_audio() && self.clock.is_none() {
                self.clock = layer.clock.publisher_offset();
            }
            let message = TapMessage::SenderReport {
                ssrc,
                ntp,
                rtp,
                arrival,
            };
            if let Some(tap) = &mut track.tap {
                tap.reported(at, &message);
            }
            layer.last_report = Some(message);
        }
    }

    /// The sender was heard of at `at`: the recorder of a screen is told, for a still one sends nothing. One that stood
    /// already when it came on the record is given as it stands: its sender may have no other picture for a long time.
    pub(super) fn heard(&mut self, at: Instant, now: Instant) {
        for track in self.tracks.iter_mut().filter(|t| t.source == Source::Screen) {
            track.heard(at, now);
        }
    }

    /// The loudest level since the last call, in -dBov.
    pub(super) fn take_level(&mut self) -> Option<u8> {
        self.loudest.take()
    }

    /// Expected and lost packets since the last call, over all streams.
    pub(super) fn take_loss(&mut self) -> (u64, u64) {
        self.tracks
            .iter_mut()
            .flat_map(|t| &mut t.layers)
            .map(Layer::loss)
            .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    }

    /// Ends every tap.
    pub(super) fn end_taps(&mut self) {
        for track in &mut self.tracks {
            track.set_tap(None);
        }
    }
}

#[cfg(test)]
#[path = "publish_test.rs"]
mod tests;
