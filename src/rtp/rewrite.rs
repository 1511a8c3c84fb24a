//! One outgoing stream fed by one source after another: its numbers continue, whoever speaks.
//!
//! A receiver must see one RTP stream: sequence numbers without holes of our making, timestamps that rise with the
//! server's clock, the picture ids of VP8 and VP9 in a row. A number once used is never used for another packet: SRTP would reuse a
//! key stream.

use super::clock::{Capture, Micros, PublisherOffset, StreamClock, ticks};
use super::codec::Codec;
use super::picture::{Ids, Shift};
use std::collections::VecDeque;

/// Frames whose outgoing timestamp is remembered, so that late packets of a frame get the frame's timestamp.
const FRAMES: usize = 64;
/// Changes of the sequence offset that are remembered for late packets.
const OFFSETS: usize = 32;
/// What a frame that would fall behind its predecessor is put after it, in ticks: 1 ms at 90 kHz.
const CLAMP_TICKS: i64 = 90;
/// By as much a source may lie before what was sent already: two clocks are never placed quite alike. What lies further
/// back is no overlap: a source before it had run ahead.
const BEHIND_MAX_MS: i64 = 500;
/// Media time that cannot pass between two packets of a stream that is being forwarded; more is a new count.
const JUMP_SECONDS: i64 = 60;

/// Numbers that one packet may leave out. A receiver asks for no more, and a hole of half the numbers, made of padding or
/// of nothing, would have SRTP take what follows for what was sent before.
const HOLE_MAX: i64 = 3_000;

/// Where an outgoing stream starts counting; random, from the caller.
#[derive(Debug, Clone, Copy)]
pub struct Seed {
    /// First sequence number.
    pub sequence: u16,
    /// Timestamp at server time 0.
    pub timestamp: u32,
    /// First picture id.
    pub picture_id: u16,
    /// First TL0PICIDX.
    pub tl0_pic_idx: u8,
}

/// An incoming packet, in extended numbers of its layer.
#[derive(Debug, Clone, Copy)]
pub struct Incoming {
    /// Extended sequence number.
    pub sequence: i64,
    /// Extended timestamp.
    pub timestamp: i64,
    /// Marker bit.
    pub marker: bool,
    /// No payload: padding only.
    pub empty: bool,
    /// The ids of its picture, for codecs that have them.
    pub ids: Option<Ids>,
}

/// The header fields of the packet to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outgoing {
    /// Packet index: the sequence number below, how often it has wrapped above (RFC 3711, section 3.3.1). It never comes
    /// twice.
    pub index: u64,
    /// Timestamp.
    pub timestamp: u32,
    /// Marker bit.
    pub marker: bool,
    /// How to shift the ids of the picture.
    pub shift: Shift,
}

impl Outgoing {
    /// The sequence number.
    pub fn sequence(&self) -> u16 {
        self.index as u16
    }

    /// How often the sequence number has wrapped.
    pub fn roll_over(&self) -> u32 {
        (self.index >> 16) as u32
    }
}

/// Where extended sequence numbers begin: numbers before the first stay positive.
const BEFORE: i64 = 1 << 16;

/// The numbers of one source within the stream.
#[derive(Debug, Clone)]
struct Anchor {
    /// Packets before this extended number belong to before the switch.
    first: i64,
    /// Highest extended number taken.
    highest: i64,
    /// Offsets by the extended number from which they hold, oldest first.
    offsets: VecDeque<(i64, i64)>,
    /// Added to extended timestamps.
    timestamp: i64,
    /// The offset follows from sender reports.
    exact: bool,
    /// Highest extended timestamp taken.
    newest: Option<i64>,
    /// Incoming and outgoing timestamps of recent frames.
    frames: VecDeque<(i64, i64)>,
    shift: Shift,
}

/// An outgoing stream.
#[derive(Debug, Clone)]
pub struct Rewriter {
    codec: Codec,
    base: i64,
    /// Highest extended sequence number sent, or the one before the first.
    sequence: i64,
    last_timestamp: Option<i64>,
    picture_id: u16,
    tl0_pic_idx: u8,
    anchor: Option<Anchor>,
}

impl Rewriter {
    /// A stream that has sent nothing.
    pub fn new(codec: Codec, seed: Seed) -> Self {
        Self {
            codec,
            base: i64::from(seed.timestamp) + (1 << 33),
            sequence: i64::from(seed.sequence) + BEFORE,
            last_timestamp: None,
            picture_id: seed.picture_id,
            tl0_pic_idx: seed.tl0_pic_idx,
            anchor: None,
        }
    }

    /// The codec of the stream.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// The next packets come from another source or layer, beginning with `first`, which a decoder can start with.
    pub fn switch(&mut self, first: &Incoming, capture: Capture) {
        let mut shift = Shift::default();
        if let Some(ids) = &first.ids {
            if let Some(id) = ids.picture_id {
                shift.picture_id = self.picture_id.wrapping_add(1).wrapping_sub(id.value);
            }
            if let Some((_, value)) = ids.tl0_pic_idx {
                shift.tl0_pic_idx = self.tl0_pic_idx.wrapping_add(1).wrapping_sub(value);
            }
        }
        let mut offsets = VecDeque::with_capacity(OFFSETS);
        offsets.push_back((first.sequence, self.sequence + 1 - first.sequence));
        self.anchor = Some(Anchor {
            first: first.sequence,
            highest: first.sequence - 1,
            offsets,
            timestamp: self.timestamp_offset(first.timestamp, capture.at),
            exact: capture.exact,
            newest: None,
            frames: VecDeque::with_capacity(FRAMES),
            shift,
        });
    }

    /// The newest timestamp sent, if anything was.
    pub fn last_timestamp(&self) -> Option<u32> {
        self.last_timestamp.map(|t| t as u32)
    }

    /// Nothing feeds the stream until the next switch.
    pub fn release(&mut self) {
        self.anchor = None;
    }

    /// The packet to send for `incoming`, which must not be a copy. `None`: send nothing.
    pub fn forward(&mut self, incoming: &Incoming, capture: Capture) -> Option<Outgoing> {
        let video = !self.codec.is_audio();
        let better = self.timestamp_offset(incoming.timestamp, capture.at);
        let anchor = self.anchor.as_mut()?;
        if incoming.sequence < anchor.first {
            return None;
        }
        let newer = incoming.sequence > anchor.highest;
        if incoming.empty {
            // Take the number out of the row, so that the receiver sees no hole. A late one has its hole already.
            if newer {
                anchor.skip(incoming.sequence);
            }
            return None;
        }
        let rate = i64::from(self.codec.clock_rate());
        if newer
            && let (Some(newest), Some(last)) = (anchor.newest, self.last_timestamp)
            && !(-rate * BEHIND_MAX_MS / 1000..=rate * JUMP_SECONDS).contains(&(incoming.timestamp - newest))
        {
            // The source has begun to count anew without a word (an encoder that restarted).
            anchor.timestamp = last + rate / 50 - incoming.timestamp;
            anchor.newest = None;
            anchor.frames.clear();
        }
        let newer_frame = anchor.newest.is_none_or(|n| incoming.timestamp > n);
        if video && !anchor.exact && capture.exact && newer_frame {
            anchor.timestamp = better;
            anchor.exact = true;
        }
        let mut timestamp = incoming.timestamp + anchor.timestamp;
        if video {
            if newer_frame {
                if let Some(last) = self.last_timestamp
                    && timestamp <= last
                {
                    timestamp = last + CLAMP_TICKS;
                }
                if anchor.frames.len() == FRAMES {
                    anchor.frames.pop_front();
                }
                anchor.frames.push_back((incoming.timestamp, timestamp));
            } else if let Some((_, sent)) = anchor.frames.iter().rev().find(|f| f.0 == incoming.timestamp) {
                // The newest frame is the likeliest.
                timestamp = *sent;
            }
        } else if newer && self.last_timestamp.is_some_and(|last| timestamp <= last) {
            // Sound that overlaps what the former speaker's packets already covered.
            anchor.skip(incoming.sequence);
            return None;
        }
        let mut sequence = incoming.sequence + anchor.offset(incoming.sequence)?;
        let first_of_source = anchor.highest < anchor.first;
        if (sequence - self.sequence).abs() > HOLE_MAX {
            if !newer {
                return None;
            }
            // The hole is shut but for one number, which tells that there was one. What comes late out of it is left out.
            sequence = self.sequence + 2;
            anchor.first = incoming.sequence;
            anchor.offsets.clear();
            anchor
                .offsets
                .push_back((incoming.sequence, sequence - incoming.sequence));
        }
        // A late packet can hold the highest number sent, if all newer ones were left out.
        self.sequence = self.sequence.max(sequence);
        if newer {
            anchor.highest = incoming.sequence;
            anchor.newest = Some(
                anchor
                    .newest
                    .map_or(incoming.timestamp, |n| n.max(incoming.timestamp)),
            );
            self.last_timestamp = Some(self.last_timestamp.map_or(timestamp, |l| l.max(timestamp)));
            if let Some(ids) = &incoming.ids {
                if let Some(id) = ids.picture_id {
                    self.picture_id = anchor.shift.picture_id(id);
                }
                if let Some((_, value)) = ids.tl0_pic_idx {
                    self.tl0_pic_idx = anchor.shift.tl0_pic_idx(value);
                }
            }
        }
        Some(Outgoing {
            index: u64::try_from(sequence - BEFORE).ok()?,
            timestamp: timestamp as u32,
            // RFC 3551, section 4.1: the marker begins a talk spurt; the receiver may then move its playout point.
            marker: incoming.marker || (!video && first_of_source),
            shift: anchor.shift,
        })
    }

    /// The RTP timestamp that the stream would have at server time `at`, for a sender report. `source` is the clock of
    /// the layer that feeds it.
    pub fn timestamp_at(
        &self,
        at: Micros,
        source: &StreamClock,
        publisher: Option<PublisherOffset>,
    ) -> Option<u32> {
        let anchor = self.anchor.as_ref()?;
        let exact = anchor.exact || self.codec.is_audio();
        let incoming = source.timestamp_at(at, publisher, exact)?;
        Some((incoming + anchor.timestamp) as u32)
    }

    /// What places a timestamp at its capture; or right behind what was sent, if that has run far ahead. A sender says
    /// itself when it captured something, and whoever is heard after it must not wait until its time has come.
    fn timestamp_offset(&self, timestamp: i64, captured: Micros) -> i64 {
        let rate = i64::from(self.codec.clock_rate());
        let placed = self.base + ticks(captured, self.codec.clock_rate());
        match self.last_timestamp {
            Some(last) if placed < last - rate * BEHIND_MAX_MS / 1000 => last + rate / 50 - timestamp,
            _ => placed - timestamp,
        }
    }
}

impl Anchor {
    /// Leaves `sequence` out: what follows it moves up by one.
    fn skip(&mut self, sequence: i64) {
        let offset = self.offsets.back().map_or(0, |o| o.1);
        if self.offsets.len() == OFFSETS {
            self.offsets.pop_front();
        }
        self.offsets.push_back((sequence + 1, offset - 1));
        self.highest = sequence;
    }

    /// The offset in force for a number; `None` if it is too late for that to be known.
    fn offset(&self, sequence: i64) -> Option<i64> {
        self.offsets
            .iter()
            .rev()
            .find(|(from, _)| *from <= sequence)
            .map(|(_, offset)| *offset)
    }
}

#[cfg(test)]
#[path = "rewrite_test.rs"]
mod tests;
