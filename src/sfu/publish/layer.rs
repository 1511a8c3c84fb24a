//! One stream of a track: what is known of it, and its newest packets.

use crate::recorder::tap::{TapMessage, TapPacket};
use crate::rtp::clock::{Micros, StreamClock};
use crate::rtp::codec::Codec;
use crate::rtp::meter::Meter;
use crate::rtp::rewrite::Incoming;
use crate::rtp::sequence::{DuplicateFilter, SequenceUnwrapper, TimestampUnwrapper};
use crate::sfu::keyframes::Requests;
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Packets of a video layer that are kept: for a key frame whose first packet comes late, and for receivers that ask again.
const KEPT_MAX: usize = 512;
/// A layer that sends nothing for this long is not flowing.
pub(super) const STOPPED_AFTER: Duration = Duration::from_secs(1);
/// A layer that is so far behind the others of its track stands: a busy sender leaves the pictures of the largest one out.
/// With the key frame of another it makes less than what the record calls a gap.
const STANDS_AFTER: Duration = Duration::from_millis(300);
/// One that stood has to go on for so long before it counts as steady.
const STEADY_AFTER: Duration = Duration::from_secs(1);
/// What follows a key frame of a screen within this is the same page in better quality. What comes later may be another page,
/// and the one before was perhaps not on the record.
const SAME_PAGE: Duration = Duration::from_secs(2);
/// Pictures of a standing screen that are not to be seen lie so far apart, in ticks: 1 ms.
const APART: u32 = 90;

/// How often the cost of a layer falls by a 64th: a quarter in a second.
const COST_STEP_US: Micros = 50_000;
/// After so many steps nothing is left of it that matters.
const COST_STEPS_MAX: Micros = 1024;

/// An RTP packet of a layer, read and numbered.
#[derive(Debug, Clone)]
pub(in crate::sfu) struct Packet {
    pub(in crate::sfu) incoming: Incoming,
    /// A decoder can start here.
    pub(in crate::sfu) starts: bool,
    pub(in crate::sfu) codec: Codec,
    pub(in crate::sfu) ssrc: u32,
    pub(in crate::sfu) sequence: u16,
    pub(in crate::sfu) timestamp: u32,
    pub(in crate::sfu) payload: Bytes,
    pub(in crate::sfu) arrival: Instant,
}

/// One stream of a track.
#[derive(Debug)]
pub(in crate::sfu) struct Layer {
    pub(in crate::sfu) ssrc: u32,
    pub(super) sequences: SequenceUnwrapper,
    pub(super) timestamps: TimestampUnwrapper,
    pub(super) filter: DuplicateFilter,
    pub(in crate::sfu) clock: StreamClock,
    pub(super) last_report: Option<TapMessage>,
    pub(super) last_packet: Option<Instant>,
    /// When it was last seen to stand while others went on.
    stood: Option<Instant>,
    /// Width and height of the last key frame; 0 while unknown.
    pub(super) size: (u16, u16),
    pub(super) bytes: u64,
    pub(super) meter: Meter,
    /// What forwarding it costs, in bits a second, and when it was last reckoned.
    cost: u64,
    cost_at: Option<Micros>,
    /// By rising number.
    kept: VecDeque<Packet>,
    /// Number of the packet that began the last key frame.
    key: Option<i64>,
    pub(super) key_frames: Requests,
    pub(super) received: u64,
    /// Highest number and count of received packets when the loss was last asked for.
    counted: (i64, u64),
}

impl Layer {
    pub(super) fn new(ssrc: u32, rate: u32) -> Self {
        Self {
            ssrc,
            sequences: SequenceUnwrapper::default(),
            timestamps: TimestampUnwrapper::default(),
            filter: DuplicateFilter::default(),
            clock: StreamClock::new(rate),
            last_report: None,
            last_packet: None,
            stood: None,
            size: (0, 0),
            bytes: 0,
            meter: Meter::default(),
            cost: 0,
            cost_at: None,
            kept: VecDeque::new(),
            key: None,
            key_frames: Requests::default(),
            received: 0,
            counted: (0, 0),
        }
    }

    /// What forwarding it costs, in bits a second: as measured, and falling slowly, since a still picture moves again. How
    /// many receivers ask, and how often, makes no difference.
    pub(super) fn cost(&mut self, at: Micros) -> u64 {
        let steps = (at - *self.cost_at.get_or_insert(at)) / COST_STEP_US;
        if steps > 0 {
            self.cost_at = self.cost_at.map(|since| since + steps * COST_STEP_US);
            for _ in 0..steps.min(COST_STEPS_MAX) {
                self.cost -= self.cost / 64;
            }
        }
        self.cost = self.cost.max(self.meter.bits_per_second(at));
        self.cost
    }

    pub(super) fn pixels(&self) -> u32 {
        u32::from(self.size.0) * u32::from(self.size.1)
    }

    pub(super) fn flowing(&self, now: Instant) -> bool {
        self.last_packet
            .is_some_and(|at| now.saturating_duration_since(at) < STOPPED_AFTER)
    }

    /// Notes whether it stands, by the newest packet of all layers of its track.
    pub(super) fn compare(&mut self, newest: Option<Instant>, now: Instant) {
        let behind =
            |last| newest.is_some_and(|newest| newest.saturating_duration_since(last) >= STANDS_AFTER);
        if self.last_packet.is_some_and(behind) {
            self.stood = Some(now);
        }
    }

    /// It has not stood lately.
    pub(super) fn steady(&self, now: Instant) -> bool {
        self.stood
            .is_none_or(|at| now.saturating_duration_since(at) >= STEADY_AFTER)
    }

    /// Asks for a key frame, now or as soon as the interval allows.
    pub(in crate::sfu) fn want_key_frame(&mut self) {
        self.key_frames.want();
    }

    /// True if a request is to be sent now; it is then taken as sent.
    pub(in crate::sfu) fn key_frame_due(&mut self, now: Instant) -> bool {
        self.key_frames.due(now)
    }

    /// Kept packets that come after a sequence number, in order.
    pub(in crate::sfu) fn after(&self, sequence: i64) -> Vec<Packet> {
        let from = self.kept.partition_point(|p| p.incoming.sequence <= sequence);
        self.kept.range(from..).cloned().collect()
    }

    /// The kept packet of an extended number.
    pub(in crate::sfu) fn kept(&self, sequence: i64) -> Option<&Packet> {
        let at = self.kept.partition_point(|p| p.incoming.sequence < sequence);
        self.kept.get(at).filter(|p| p.incoming.sequence == sequence)
    }

    /// `stands`: the last picture is shown until the next one, however long that takes, so all that it needs is kept.
    pub(super) fn keep(&mut self, packet: Packet, stands: bool, kept_for: Duration) {
        if packet.starts {
            self.key = Some(packet.incoming.sequence);
        }
        let key = self.key.filter(|_| stands).unwrap_or(i64::MAX);
        while self.kept.len() >= KEPT_MAX
            || self.kept.front().is_some_and(|p| {
                packet.arrival.saturating_duration_since(p.arrival) > kept_for && p.incoming.sequence < key
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
    pub(super) fn message(&self, packet: &Packet, codec: Codec) -> TapMessage {
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

    /// What stands now is not what is shown from now on.
    pub(super) fn forget_standing(&mut self) {
        self.key = None;
    }

    /// The picture that stands: the last key frame and all that followed, as if it had been taken at `now`. Nothing if some
    /// of it is missing, or if there was another page since the key frame: then a new one has to come, for a file that is
    /// evidence must not hold what was shown before it began.
    pub(super) fn standing(&self, now: Instant) -> Vec<Packet> {
        let all = |p: &Packet| self.key.is_some_and(|key| p.incoming.sequence >= key);
        let mut packets: Vec<Packet> = self.kept.iter().filter(|p| all(p)).cloned().collect();
        let in_a_row = packets
            .windows(2)
            .all(|two| two[0].incoming.sequence + 1 == two[1].incoming.sequence);
        let (Some(first), Some(last)) = (packets.first(), packets.last()) else {
            return Vec::new();
        };
        let one_page = last.arrival.saturating_duration_since(first.arrival) <= SAME_PAGE;
        if !in_a_row || !one_page || Some(first.incoming.sequence) != self.key || !last.incoming.marker {
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
    pub(super) fn loss(&mut self) -> (u64, u64) {
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
