//! One SSRC of a track: order, timeline and frames.

use super::tap::TapPacket;
use crate::rtp::codec::Codec;
use crate::rtp::depacketize::{Depacketizer, Frame};
use crate::rtp::jitter::{Inserted, JitterBuffer, Step};
use crate::rtp::sequence::TimestampUnwrapper;
use crate::rtp::timeline::Timeline;
use bytes::Bytes;

/// How long a missing packet is waited for. With a cluster of half a second it keeps what a crash can take below 2 s.
const WAIT_US: i64 = 1_400_000;
/// How long the first packets are held: those that came late, in a burst after a stall of ours, are placed by the fastest.
const SETTLE_US: i64 = 200_000;
/// Packets that may wait behind a missing one.
const WAITING_MAX: usize = 4096;

/// A packet in order, placed on the segment's timeline.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub timestamp: i64,
    pub arrival_us: i64,
    marker: bool,
    pub payload: Bytes,
}

/// What a stream gives, in order.
#[derive(Debug)]
pub(super) enum Out {
    /// So many packets are lost.
    Lost(u64),
    /// An Opus packet and its media time.
    Sound(Unit, i64),
    /// A video frame and its media time.
    Picture(Frame, i64),
}

#[derive(Debug)]
pub(super) struct Stream {
    pub ssrc: u32,
    pub timeline: Timeline,
    timestamps: TimestampUnwrapper,
    jitter: JitterBuffer<Unit>,
    depacketizer: Option<Depacketizer>,
    first_arrival_us: Option<i64>,
    last_arrival_us: i64,
    frames: Vec<Frame>,
}

impl Stream {
    pub(super) fn new(ssrc: u32, codec: Codec) -> Self {
        Self {
            ssrc,
            timeline: Timeline::new(codec.clock_rate()),
            timestamps: TimestampUnwrapper::default(),
            jitter: JitterBuffer::new(WAIT_US, WAITING_MAX),
            depacketizer: (!codec.is_audio()).then(|| Depacketizer::new(codec)),
            first_arrival_us: None,
            last_arrival_us: i64::MIN / 4,
            frames: Vec::new(),
        }
    }

    pub(super) fn insert(&mut self, packet: TapPacket, arrival_us: i64) -> Inserted {
        self.first_arrival_us.get_or_insert(arrival_us);
        self.last_arrival_us = self.last_arrival_us.max(arrival_us);
        let timestamp = self.timestamps.extend(packet.timestamp);
        self.timeline.arrived(timestamp, arrival_us);
        let unit = Unit {
            timestamp,
            arrival_us,
            marker: packet.marker,
            payload: packet.payload,
        };
        self.jitter.insert(packet.sequence, arrival_us, unit)
    }

    pub(super) fn report(&mut self, ntp: u64, rtp: u32, arrival_us: i64) {
        // It may come before the first packet, and says then in which cycle the timestamps are.
        let timestamp = match self.first_arrival_us.is_some() {
            true => self.timestamps.peek(rtp),
            false => self.timestamps.extend(rtp),
        };
        self.timeline.report(ntp, timestamp, arrival_us);
    }

    /// Everything that is due at `now_us`.
    pub(super) fn pull(&mut self, now_us: i64, out: &mut Vec<Out>) {
        if self
            .first_arrival_us
            .is_none_or(|first| now_us.saturating_sub(first) < SETTLE_US)
        {
            return;
        }
        while let Some(step) = self.jitter.pop(now_us) {
            let unit = match step {
                Step::Lost(count) => {
                    if let Some(depacketizer) = &mut self.depacketizer {
                        depacketizer.lost();
                    }
                    out.push(Out::Lost(count));
                    continue;
                }
                Step::Packet(unit) => unit,
            };
            let at_us = self.timeline.place(unit.timestamp, unit.arrival_us);
            let Some(depacketizer) = &mut self.depacketizer else {
                if !unit.payload.is_empty() {
                    out.push(Out::Sound(unit, at_us));
                }
                continue;
            };
            depacketizer.push(
                unit.timestamp,
                unit.arrival_us,
                unit.marker,
                &unit.payload,
                &mut self.frames,
            );
            for frame in self.frames.drain(..) {
                let at_us = self.timeline.at(frame.timestamp).unwrap_or(frame.arrival_us);
                out.push(Out::Picture(frame, at_us));
            }
        }
    }

    /// Nothing can come of this stream without a key frame, or it is likely to be so soon.
    pub(super) fn wants_key_frame(&self, now_us: i64) -> bool {
        const HOPEFUL_US: i64 = 600_000;
        let missing = self
            .jitter
            .waiting_us(now_us)
            .is_some_and(|waiting| waiting > HOPEFUL_US);
        self.depacketizer
            .as_ref()
            .is_some_and(|d| d.needs_key_frame() || missing)
    }

    /// No packet waits.
    pub(super) fn is_idle(&self) -> bool {
        self.jitter.is_empty()
    }

    pub(super) fn last_arrival_us(&self) -> i64 {
        self.last_arrival_us
    }

    /// Codec parameters for the file's header.
    pub(super) fn parameters(&self) -> Option<Vec<u8>> {
        self.depacketizer.as_ref()?.parameters()
    }
}
