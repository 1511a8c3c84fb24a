//! The recorder's copy of a track: from a key frame on, of one layer at a time.

use super::layer::STOPPED_AFTER;
use super::{Packet, Track};
use crate::recorder::tap::{HELD_FOR, TapMessage, TapSink};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Messages that are held at most for a recorder that is not ready.
const HELD_MAX: usize = 2048;
/// How often the recorder of a screen is told that its sender is there.
const HEARD_INTERVAL: Duration = Duration::from_secs(1);

/// What is copied to the recorder, and to where.
#[derive(Debug)]
pub(super) struct TapState {
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

impl TapState {
    /// Another layer is to be copied, from its next key frame on.
    pub(super) fn want(&mut self, layer: Option<usize>) {
        self.wanted = layer.filter(|_| layer != self.current);
    }

    /// A sender report of a layer came. The sink counts what it drops.
    pub(super) fn reported(&mut self, layer: usize, report: &TapMessage) {
        if self.current == Some(layer) {
            self.to.put(report.clone());
        }
    }
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

impl Track {
    /// Starts, keeps or ends the tap. A tap with the same sink goes on undisturbed; one that held what came gives it to the
    /// sink. Gives the number of messages that the sink had no room for.
    pub(in crate::sfu) fn set_tap(&mut self, tap: Option<Option<TapSink>>) -> u64 {
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
        // Of any layer: the camera was there, though the best layer may just have stopped.
        let before = self.layers.iter().filter_map(|layer| layer.last_packet).max();
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

    /// True while the tap waits for a key frame of a layer.
    pub(in crate::sfu) fn tap_waits(&self) -> bool {
        self.tap.as_ref().is_some_and(|t| t.wanted.is_some())
    }

    /// The sender of a screen was heard of at `at`: see [`super::Publication::heard`].
    pub(super) fn heard(&mut self, at: Instant, now: Instant) {
        if now.saturating_duration_since(at) < HEARD_INTERVAL * 2 {
            self.tap_standing(now);
        }
        let Some(tap) = self.tap.as_mut().filter(|tap| tap.current.is_some()) else {
            return;
        };
        let known = |known: Instant| at.saturating_duration_since(known) < HEARD_INTERVAL;
        if !tap.heard.is_some_and(known) {
            tap.heard = Some(at);
            // The sink counts what it drops.
            tap.to.put(TapMessage::Heard { arrival: at });
        }
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
    pub(in crate::sfu) fn tap(&mut self, layer: usize, packet: &Packet) -> u64 {
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
