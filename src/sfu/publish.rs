//! A publication: its tracks, their simulcast layers, and what is known of their clocks.

use super::feedback::Feedback;
use super::ingress::Ingress;
use super::keyframes::Requests;
use super::negotiate::Offer;
use crate::recorder::tap::{HELD_FOR, TapMessage, TapPacket, TapSink};
use crate::rtp::clock::{Capture, Micros, PublisherOffset, StreamClock};
use crate::rtp::codec::Codec;
use crate::rtp::layers;
use crate::rtp::meter::Meter;
use crate::rtp::missing::Came;
use crate::rtp::packet::Received;
use crate::rtp::payload::Payload;
use crate::rtp::rewrite::Incoming;
use crate::rtp::sequence::{DuplicateFilter, SequenceUnwrapper, TimestampUnwrapper};
use crate::rtp::source::Source;
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Streams of one track: three simulcast layers, and room for a sender that changes its SSRCs.
const LAYERS_MAX: usize = 8;
/// Packets of a video layer that are kept, and for how long: for a key frame whose first packet comes late, and for
/// receivers that ask again.
const KEPT_MAX: usize = 512;
const KEPT_FOR: Duration = Duration::from_secs(1);
/// Messages that are held at most for a recorder that is not ready.
const HELD_MAX: usize = 2048;
/// A layer that sends nothing for this long is not flowing.
const STOPPED_AFTER: Duration = Duration::from_secs(1);
/// How often the recorder of a screen is told that its sender is there.
const HEARD_INTERVAL: Duration = Duration::from_secs(1);
/// Sound that lies so far behind the newest, in ticks, is not sent on: a browser that hears of it would make all that
/// follows wait as long.
const LATE: i64 = 48_000 * 400 / 1000;
/// Pictures of a standing screen that are not to be seen lie so far apart, in ticks: 1 ms.
const APART: u32 = 90;
/// What a packet costs beside its payload: IP, UDP, RTP with its extensions, SRTP.
pub(super) const OVERHEAD: usize = 64;

/// An RTP packet of a layer, read and numbered.
#[derive(Debug, Clone)]
pub(super) struct Packet {
    pub(super) incoming: Incoming,
    /// A decoder can start here.
    pub(super) starts: bool,
    pub(super) codec: Codec,
    pub(super) ssrc: u32,
    pub(super) sequence: u16,
    pub(super) timestamp: u32,
    pub(super) payload: Bytes,
    pub(super) arrival: Instant,
}

/// One stream of a track.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) ssrc: u32,
    sequences: SequenceUnwrapper,
    timestamps: TimestampUnwrapper,
    filter: DuplicateFilter,
    pub(super) clock: StreamClock,
    last_report: Option<TapMessage>,
    last_packet: Option<Instant>,
    /// Width and height of the last key frame; 0 while unknown.
    size: (u16, u16),
    bytes: u64,
    meter: Meter,
    /// What forwarding it costs, in bits a second: as measured, and falling slowly, since a still picture moves again.
    cost: u64,
    /// By rising number.
    kept: VecDeque<Packet>,
    /// Number of the packet that began the last key frame.
    key: Option<i64>,
    key_frames: Requests,
    received: u64,
    /// Highest number and count of received packets when the loss was last asked for.
    counted: (i64, u64),
}

impl Layer {
    fn new(ssrc: u32, rate: u32) -> Self {
        Self {
            ssrc,
            sequences: SequenceUnwrapper::default(),
            timestamps: TimestampUnwrapper::default(),
            filter: DuplicateFilter::default(),
            clock: StreamClock::new(rate),
            last_report: None,
            last_packet: None,
            size: (0, 0),
            bytes: 0,
            meter: Meter::default(),
            cost: 0,
            kept: VecDeque::new(),
            key: None,
            key_frames: Requests::default(),
            received: 0,
            counted: (0, 0),
        }
    }

    fn pixels(&self) -> u32 {
        u32::from(self.size.0) * u32::from(self.size.1)
    }

    fn flowing(&self, now: Instant) -> bool {
        self.last_packet
            .is_some_and(|at| now.saturating_duration_since(at) < STOPPED_AFTER)
    }

    /// Asks for a key frame, now or as soon as the interval allows.
    pub(super) fn want_key_frame(&mut self) {
        self.key_frames.want();
    }

    /// True if a request is to be sent now; it is then taken as sent.
    pub(super) fn key_frame_due(&mut self, now: Instant) -> bool {
        self.key_frames.due(now)
    }

    /// Kept packets that come after a sequence number, in order.
    pub(super) fn after(&self, sequence: i64) -> Vec<Packet> {
        let from = self.kept.partition_point(|p| p.incoming.sequence <= sequence);
        self.kept.range(from..).cloned().collect()
    }

    /// The kept packet of an extended number.
    pub(super) fn kept(&self, sequence: i64) -> Option<&Packet> {
        let at = self.kept.partition_point(|p| p.incoming.sequence < sequence);
        self.kept.get(at).filter(|p| p.incoming.sequence == sequence)
    }

    /// `stands`: the last picture is shown until the next one, however long that takes, so all that it needs is kept.
    fn keep(&mut self, packet: Packet, stands: bool) {
        if packet.starts {
            self.key = Some(packet.incoming.sequence);
        }
        let key = self.key.filter(|_| stands).unwrap_or(i64::MAX);
        while self.kept.len() >= KEPT_MAX
            || self.kept.front().is_some_and(|p| {
                packet.arrival.saturating_duration_since(p.arrival) > KEPT_FOR && p.incoming.sequence < key
            })
        {
            self.kept.pop_front();
        }
        let before = |p: &Packet| p.incoming.sequence < packet.incoming.sequence;
        if self.kept.back().is_none_or(before) {
            self.kept.push_back(packet);
        } else {
            let at = self.kept.partition_point(before);
            self.kept.insert(at, packet);
        }
    }

    /// A packet, as the recorder gets it.
    fn message(&self, packet: &Packet, codec: Codec) -> TapMessage {
        TapMessage::Packet(TapPacket {
            arrival: packet.arrival,
            ssrc: self.ssrc,
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            marker: packet.incoming.marker,
            codec,
            payload: packet.payload.clone(),
        })
    }

    /// The picture that stands: the last key frame and all that followed, as if it had been taken at `now`. Nothing if some
    /// of it is missing.
    fn standing(&self, now: Instant) -> Vec<Packet> {
        let all = |p: &Packet| self.key.is_some_and(|key| p.incoming.sequence >= key);
        let mut packets: Vec<Packet> = self.kept.iter().filter(|p| all(p)).cloned().collect();
        let in_a_row = packets
            .windows(2)
            .all(|two| two[0].incoming.sequence + 1 == two[1].incoming.sequence);
        let (Some(first), Some(last)) = (packets.first(), packets.last()) else {
            return Vec::new();
        };
        if !in_a_row || Some(first.incoming.sequence) != self.key || !last.incoming.marker {
            return Vec::new();
        }
        // The pictures before the last one are not to be seen: they lie together right before it.
        let pictures = packets.chunk_by(|a, b| a.timestamp == b.timestamp).count() as u32;
        let past = now.saturating_duration_since(last.arrival).as_micros() * 9 / 100;
        let end = last.timestamp.wrapping_add(past as u32);
        let (mut before, mut picture) = (None, 0);
        for packet in &mut packets {
            if before.is_some_and(|before| before != packet.timestamp) {
                picture += 1;
            }
            before = Some(packet.timestamp);
            packet.timestamp = end.wrapping_sub((pictures - 1 - picture) * APART);
            packet.arrival = now;
        }
        packets
    }

    /// Expected and lost packets since the last call.
    fn loss(&mut self) -> (u64, u64) {
        let Some(highest) = self.sequences.highest() else {
            return (0, 0);
        };
        let (highest_then, received_then) = self.counted;
        self.counted = (highest, self.received);
        if highest_then == 0 {
            return (0, 0);
        }
        let expected = u64::try_from(highest - highest_then).unwrap_or(0);
        (expected, expected.saturating_sub(self.received - received_then))
    }
}

/// The recorder's copy of a track.
#[derive(Debug)]
struct TapState {
    to: Drain,
    current: Option<usize>,
    wanted: Option<usize>,
    first: i64,
    /// When the last packet came that was before the tap.
    before: Option<Instant>,
    /// The recorder knows that pictures come without a key frame.
    told: bool,
    /// When the sender was heard of, as the recorder knows.
    heard: Option<Instant>,
}

/// Where a tap leads.
#[derive(Debug)]
enum Drain {
    Sink(TapSink),
    /// To a recorder that is not ready yet.
    Held(VecDeque<TapMessage>),
}

impl Drain {
    /// False if there was no room.
    fn put(&mut self, message: TapMessage) -> bool {
        match self {
            Self::Sink(sink) => sink.send(message),
            Self::Held(held) => {
                let newest = arrival(&message);
                let old = |m: &TapMessage| match (arrival(m), newest) {
                    (Some(at), Some(newest)) => newest.saturating_duration_since(at) > HELD_FOR,
                    _ => false,
                };
                // What is held for so long is an outage that the recorder declares.
                while held.len() >= HELD_MAX || held.front().is_some_and(old) {
                    held.pop_front();
                }
                held.push_back(message);
                true
            }
        }
    }
}

fn arrival(message: &TapMessage) -> Option<Instant> {
    match message {
        TapMessage::Packet(packet) => Some(packet.arrival),
        TapMessage::SenderReport { arrival, .. } | TapMessage::Heard { arrival } => Some(*arrival),
        TapMessage::NoKeyFrame { since } => Some(*since),
        TapMessage::Ended => None,
    }
}

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
            tap: None,
        }
    }

    /// Chooses the layer with the most pixels among those that flow; the old one stays while none does. True if the
    /// choice changed.
    pub(super) fn select(&mut self, now: Instant) -> bool {
        let best = self
            .layers
            .iter()
            .enumerate()
            .filter(|(_, layer)| layer.flowing(now))
            .max_by_key(|(i, layer)| (layer.pixels(), self.selected == Some(*i), layer.bytes))
            .map(|(i, _)| i);
        if best.is_none() || best == self.selected {
            return false;
        }
        self.selected = best;
        if let Some(tap) = &mut self.tap {
            tap.wanted = best.filter(|_| best != tap.current);
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
            let (measured, fallen) = (layer.meter.bits_per_second(at), layer.cost - layer.cost / 64);
            layer.cost = measured.max(fallen);
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
                bits: layer.cost,
            });
        }
        if ladder.iter().any(|l| l.width > 0) {
            ladder.retain(|l| l.width > 0);
        }
        ladder
    }

    /// Starts, keeps or ends the tap. A tap with the same sink goes on undisturbed; one that held what came gives it to the
    /// sink. Gives the number of messages that the sink had no room for.
    pub(super) fn set_tap(&mut self, tap: Option<Option<TapSink>>) -> u64 {
        let mut dropped = 0;
        match (&mut self.tap, &tap) {
            (None, None) => return 0,
            (Some(TapState { to, .. }), Some(sink)) => match (&mut *to, sink) {
                (Drain::Held(_), None) => return 0,
                (Drain::Sink(old), Some(sink)) if old.track() == sink.track() => return 0,
                (Drain::Held(held), Some(sink)) => {
                    for message in std::mem::take(held) {
                        dropped += u64::from(!sink.send(message));
                    }
                    *to = Drain::Sink(sink.clone());
                    return dropped;
                }
                _ => {}
            },
            _ => {}
        }
        if let Some(TapState {
            to: Drain::Sink(old), ..
        }) = self.tap.take()
        {
            old.send(TapMessage::Ended);
        }
        let selected = self.selected.and_then(|at| self.layers.get(at));
        let before = selected.and_then(|layer| layer.last_packet);
        self.tap = tap.map(|sink| TapState {
            to: sink.map_or_else(|| Drain::Held(VecDeque::new()), Drain::Sink),
            current: None,
            wanted: self.selected,
            first: i64::MIN,
            before,
            told: false,
            heard: None,
        });
        self.want_key_frame();
        dropped
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

    /// True while the tap waits for a key frame of a layer.
    pub(super) fn tap_waits(&self) -> bool {
        self.tap.as_ref().is_some_and(|t| t.wanted.is_some())
    }

    /// Gives a tap that waits for a key frame the picture that stands. The sink counts what it drops.
    fn tap_standing(&mut self, now: Instant) {
        let (Some(codec), Some(at), Some(tap)) = (self.codec, self.selected, &mut self.tap) else {
            return;
        };
        let Some(stream) = self.layers.get(at) else {
            return;
        };
        if tap.current.is_some() || tap.wanted != Some(at) || tap.told {
            return;
        }
        let packets = stream.standing(now);
        let Some(first) = packets.first() else { return };
        (tap.current, tap.wanted, tap.told) = (Some(at), None, true);
        tap.first = first.incoming.sequence;
        let since = tap.before.unwrap_or(now);
        let known = [Some(TapMessage::NoKeyFrame { since }), stream.last_report.clone()];
        let pictures = packets.iter().map(|packet| stream.message(packet, codec));
        for message in known.into_iter().flatten().chain(pictures) {
            tap.to.put(message);
        }
    }

    /// Gives a packet to the tap. Returns the number of messages that it had no room for.
    pub(super) fn tap(&mut self, layer: usize, packet: &Packet) -> u64 {
        let (Some(codec), Some(tap)) = (self.codec, &mut self.tap) else {
            return 0;
        };
        let mut replay = Vec::new();
        let mut dropped = 0;
        let Some(stream) = self.layers.get(layer) else {
            return 0;
        };
        let first = !packet.payload.is_empty() && !std::mem::replace(&mut tap.told, true);
        if first && !codec.is_audio() {
            // Pictures that came until now have not begun with this one, be it a key frame or not.
            let flowed = |at: &Instant| packet.arrival.saturating_duration_since(*at) < STOPPED_AFTER;
            let since = tap.before.filter(flowed).unwrap_or(packet.arrival);
            dropped += u64::from(!tap.to.put(TapMessage::NoKeyFrame { since }));
        }
        if tap.wanted == Some(layer) && packet.starts && !packet.payload.is_empty() {
            tap.current = Some(layer);
            tap.wanted = None;
            tap.first = packet.incoming.sequence;
            replay = stream.after(packet.incoming.sequence);
            if let Some(report) = &stream.last_report
                && !tap.to.put(report.clone())
            {
                dropped += 1;
            }
        }
        if tap.current != Some(layer) || packet.incoming.sequence < tap.first {
            return dropped;
        }
        for packet in std::iter::once(packet).chain(&replay) {
            if !tap.to.put(stream.message(packet, codec)) {
                dropped += 1;
            }
        }
        dropped
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
            layer.keep(packet_read.clone(), track.source == Source::Screen);
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
            if let Some(tap) = &mut track.tap
                && tap.current == Some(at)
            {
                // The sink counts what it drops.
                tap.to.put(message.clone());
            }
            layer.last_report = Some(message);
        }
    }

    /// The sender was heard of at `at`: the recorder of a screen is told, for a still one sends nothing. One that stood
    /// already when it came on the record is given as it stands: its sender may have no other picture for a long time.
    pub(super) fn heard(&mut self, at: Instant, now: Instant) {
        for track in self.tracks.iter_mut().filter(|t| t.source == Source::Screen) {
            if now.saturating_duration_since(at) < HEARD_INTERVAL * 2 {
                track.tap_standing(now);
            }
            let Some(tap) = track.tap.as_mut().filter(|tap| tap.current.is_some()) else {
                continue;
            };
            let known = |known: Instant| at.saturating_duration_since(known) < HEARD_INTERVAL;
            if !tap.heard.is_some_and(known) {
                tap.heard = Some(at);
                // The sink counts what it drops.
                tap.to.put(TapMessage::Heard { arrival: at });
            }
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
