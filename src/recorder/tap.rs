//! The seam between forwarding and recording: what a tap on a track delivers.
//!
//! The sender side never blocks. When the queue is full the message is dropped and counted; the recorder reads the
//! count and declares the loss, so that nothing disappears in silence.

use crate::rtp::codec::Codec;
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long what belongs to the record is held for a recorder that is still opening its files.
pub const HELD_FOR: Duration = Duration::from_secs(2);

/// One RTP packet as it came in: RTX unwrapped, duplicates removed, nothing rewritten.
#[derive(Debug, Clone)]
pub struct TapPacket {
    /// When it reached the server.
    pub arrival: Instant,
    /// Synchronization source (RFC 3550, section 5.1). It changes when a better simulcast layer is taken.
    pub ssrc: u32,
    /// RTP sequence number.
    pub sequence: u16,
    /// RTP timestamp in units of the codec's clock.
    pub timestamp: u32,
    /// RTP marker bit.
    pub marker: bool,
    /// Codec of the payload.
    pub codec: Codec,
    /// RTP payload, still in its payload format. Empty in a packet of padding alone: it must be handed over as well, or
    /// its sequence number counts as lost.
    pub payload: Bytes,
}

/// What flows through a tap.
#[derive(Debug, Clone)]
pub enum TapMessage {
    /// A packet of the track.
    Packet(TapPacket),
    /// A sender report of the track's source (RFC 3550, section 6.4.1).
    SenderReport {
        /// The source it speaks of.
        ssrc: u32,
        /// NTP timestamp, 32.32 fixed point.
        ntp: u64,
        /// The RTP timestamp of the same instant.
        rtp: u32,
        /// When it reached the server.
        arrival: Instant,
    },
    /// The track's sender was heard of: a screen of which nothing comes has not changed. Only of a screen, about once a
    /// second, and only while its packets are passed on.
    Heard {
        /// When it was last heard of.
        arrival: Instant,
    },
    /// Pictures come that cannot be decoded yet: the tap waits for a key frame.
    NoKeyFrame {
        /// Since when pictures come, as far as that matters: before the tap was put on, or after.
        since: Instant,
    },
    /// The tap was taken off the track. If it is put on again, with the same sink, the record goes on in the same file.
    Ended,
}

/// The sending end of a tap. Cheap to clone; never blocks.
#[derive(Debug, Clone)]
pub struct TapSink {
    track: Uuid,
    queue: SyncSender<(Uuid, TapMessage)>,
    dropped: Arc<AtomicU64>,
}

impl TapSink {
    /// A sink that puts its messages into `queue`, labelled with `track`; `dropped` counts what did not fit.
    pub fn new(track: Uuid, queue: SyncSender<(Uuid, TapMessage)>, dropped: Arc<AtomicU64>) -> Self {
        Self {
            track,
            queue,
            dropped,
        }
    }

    /// The recorder's name of the track.
    pub fn track(&self) -> Uuid {
        self.track
    }

    /// Hands a message over. False when the queue was full or its reader is gone: the message is dropped and counted.
    pub fn send(&self, message: TapMessage) -> bool {
        match self.queue.try_send((self.track, message)) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                false
            }
        }
    }
}
