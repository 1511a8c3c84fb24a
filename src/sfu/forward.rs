//! From a publisher's packet to the taps and seats that it goes to, and RTCP back.

use super::event::RoomEvent;
use super::floor::Floor;
use super::outbox::Line;
use super::publish::{Arrived, Packet};
use super::room::{Kind, TrackKey};
use super::session::{Media, Session};
use super::sound;
use super::subscribe::{Asked, Passed, StreamRef};
use crate::rtp::clock::Capture;
use crate::rtp::feedback::Feedback;
use crate::rtp::missing::Came;
use crate::rtp::packet::{Head, Header, Received};
use bytes::Bytes;
use std::time::Instant;

impl Floor {
    /// Forwards what a publisher sent: a decrypted packet.
    pub(super) fn arrived(&mut self, slot: usize, header: Header, plain: Bytes, now: Instant) {
        let at = self.micros(now);
        let Some(session) = self.sessions.get_mut(slot).and_then(Option::as_mut) else {
            return;
        };
        let id = session.id;
        let Media::Publish(publication) = &mut session.media else {
            return;
        };
        session.heard = true;
        let offer = session.transport.offer();
        let Some(sorted) = publication.ingress.sort(plain, header, offer, at) else {
            self.touch(slot);
            return;
        };
        if let Some(source) = sorted.opened {
            tracing::debug!(session = %id, ?source, "a stream was opened");
            publication.open(source, sorted.packet.header.ssrc);
        }
        for lost in sorted.within {
            self.received(slot, lost, Came::Within, now);
        }
        self.received(slot, sorted.packet, sorted.came, now);
    }

    /// Forwards one packet of media.
    fn received(&mut self, slot: usize, packet: Received, came: Came, now: Instant) {
        let at = self.micros(now);
        let mut duplicates = 0;
        let Some(session) = self.sessions.get_mut(slot).and_then(Option::as_mut) else {
            return;
        };
        let (room, id, peer) = (session.room, session.id, session.peer);
        let Media::Publish(publication) = &mut session.media else {
            return;
        };
        let offer = session.transport.offer();
        let arrived = publication.take(packet, came, offer, now, at, &mut duplicates);
        self.counters.packets_duplicate.add(duplicates);
        self.touch(slot);
        let Some(Arrived {
            track,
            layer,
            packet,
            capture,
            started,
            chosen,
            late,
        }) = arrived
        else {
            return;
        };
        self.counters.packets_in.add(1);
        if let Some((source, codec)) = started {
            let key = TrackKey { session: id, source };
            self.emit(
                room,
                RoomEvent::TrackStarted {
                    track: key,
                    peer,
                    codec,
                },
            );
        }
        if chosen
            && let Some(track) = self
                .session(slot)
                .and_then(Session::publication)
                .and_then(|p| p.tracks.get(track))
        {
            for (receiver, _) in track.targets.clone() {
                self.choose(receiver, now);
            }
        }
        let from = StreamRef {
            session: slot,
            track,
            layer,
        };
        self.pass_on(from, &packet, capture, late, now);
    }

    /// Gives a packet to the tap, and to the seats unless it is too late for them.
    fn pass_on(&mut self, from: StreamRef, packet: &Packet, capture: Capture, late: bool, now: Instant) {
        let Some(track) = self
            .sessions
            .get_mut(from.session)
            .and_then(Option::as_mut)
            .and_then(Session::publication)
            .and_then(|p| p.tracks.get_mut(from.track))
        else {
            return;
        };
        self.counters.dropped.add(track.tap(from.layer, packet));
        if late {
            return;
        }
        // Taken out for the time of the loop: the outputs belong to other sessions.
        let targets = std::mem::take(&mut track.targets);
        let mut switched = Vec::new();
        for &(slot, output) in &targets {
            if self.pass_to(slot, output, from, packet, capture, now) {
                switched.push((slot, output));
            }
        }
        // A key frame whose first packet came late: what overtook it follows now.
        if !switched.is_empty() {
            let replay = self.overtakers(from, packet.incoming.sequence);
            for (slot, output) in switched {
                for (packet, capture) in &replay {
                    self.pass_to(slot, output, from, packet, *capture, now);
                }
            }
        }
        if let Some(track) = self
            .session(from.session)
            .and_then(Session::publication)
            .and_then(|p| p.tracks.get_mut(from.track))
        {
            track.targets = targets;
        }
    }

    pub(super) fn overtakers(&mut self, from: StreamRef, sequence: i64) -> Vec<(Packet, Capture)> {
        let Some(publication) = self.session(from.session).and_then(Session::publication) else {
            return Vec::new();
        };
        let clock = publication.clock;
        publication
            .tracks
            .get(from.track)
            .and_then(|t| t.layers.get(from.layer))
            .map(|layer| {
                layer
                    .after(sequence)
                    .into_iter()
                    .filter_map(|p| {
                        let capture = layer.clock.capture(p.incoming.timestamp, clock)?;
                        Some((p, capture))
                    })
                    .collect()
            })
            .unwrap_or_default()
    }

    /// Offers a packet to one output. True if the output switched to its stream with it.
    pub(super) fn pass_to(
        &mut self,
        slot: usize,
        output: usize,
        from: StreamRef,
        packet: &Packet,
        capture: Capture,
        now: Instant,
    ) -> bool {
        let at = self.micros(now);
        let Some(session) = self.sessions.get_mut(slot).and_then(Option::as_mut) else {
            return false;
        };
        if !session.transport.connected() || session.ending.is_some() {
            return false;
        }
        let Media::Subscribe(subscription) = &mut session.media else {
            return false;
        };
        let Some(out) = subscription.outputs.get_mut(output) else {
            return false;
        };
        let Passed::Packet {
            outgoing,
            payload_type,
            switched,
        } = out.offer(from, packet, capture)
        else {
            return false;
        };
        let redundant = if out.kind == Kind::Audio {
            let along = subscription.way.as_ref().map_or(0, |way| way.redundancy());
            out.sound
                .with_redundancy(&outgoing, payload_type, &packet.payload, along)
        } else {
            None
        };
        let (payload_type, payload) = match &redundant {
            Some((payload_type, payload)) => (*payload_type, payload),
            None => (payload_type, &packet.payload),
        };
        let extension = subscription
            .way
            .as_mut()
            .and_then(|way| way.number(payload.len(), out.kind, false, at));
        let head = Head {
            marker: outgoing.marker,
            payload_type,
            sequence: outgoing.sequence(),
            timestamp: outgoing.timestamp,
            ssrc: out.ssrc,
            extension,
            padded: false,
        };
        if out.kind == Kind::Audio {
            let sent = sound::Sent {
                head,
                roll_over: outgoing.roll_over(),
                payload: payload.clone(),
            };
            out.sound.keep(outgoing.index, sent, packet.payload.clone(), now);
        }
        let line = Line {
            head,
            roll_over: outgoing.roll_over(),
            again: None,
            payload,
            ids: packet.incoming.ids.map(|ids| (ids, outgoing.shift)),
        };
        if session.seal(&mut self.outbox, &line) {
            self.counters.packets_out.add(1);
        } else {
            self.counters.dropped.add(1);
        }
        if switched {
            self.counters.switches.add(1);
        }
        self.touch(slot);
        if switched && let Some(report) = self.report(slot, output, now) {
            self.tell(slot, &[report]);
        }
        switched
    }

    /// Asks a publisher that was just heard for what is missing.
    pub(super) fn answer(&mut self, slot: usize, now: Instant) {
        self.send_plis(slot, now);
        let at = self.micros(now);
        let Some(session) = self.session(slot) else {
            return;
        };
        let Media::Publish(publication) = &mut session.media else {
            return;
        };
        let requests = publication.ingress.requests(session.transport.offer(), at);
        self.tell(slot, &requests);
    }

    /// Sends RTCP to a peer, in one datagram.
    pub(super) fn tell(&mut self, slot: usize, packets: &[Box<dyn rtc::rtcp::Packet>]) {
        let Some(session) = self.sessions.get_mut(slot).and_then(Option::as_mut) else {
            return;
        };
        if !packets.is_empty() {
            let dropped = !session.tell(&mut self.outbox, packets);
            self.counters.dropped.add(u64::from(dropped));
            self.touch(slot);
        }
    }

    /// Asks for the key frames that a receiver asked for, as far as it is to be heard now.
    pub(super) fn hear_pleas(&mut self, slot: usize, now: Instant) {
        let Some(subscription) = self.session(slot).and_then(Session::subscription) else {
            return;
        };
        let outputs = subscription.outputs.iter_mut();
        let heard: Vec<StreamRef> = outputs
            .filter_map(|o| o.wanted.or(o.current).filter(|_| o.pleas.hear(now)))
            .collect();
        for stream in heard {
            if let Some(layer) = self
                .session(stream.session)
                .and_then(Session::publication)
                .and_then(|p| p.tracks.get_mut(stream.track))
                .and_then(|t| t.layers.get_mut(stream.layer))
            {
                layer.want_key_frame();
                self.attend(stream.session);
            }
        }
    }

    /// RTCP of a peer.
    pub(super) fn feedback(&mut self, slot: usize, feedback: Feedback, now: Instant) {
        let Some(session) = self.session(slot) else {
            return;
        };
        match (&mut session.media, feedback) {
            (Media::Publish(publication), report @ Feedback::SenderReport { .. }) => {
                publication.report(report);
            }
            (Media::Subscribe(subscription), Feedback::KeyFrameWanted { ssrc }) => {
                if let Some(output) = subscription.outputs.iter_mut().find(|o| o.ssrc == ssrc) {
                    output.pleas.plead();
                    self.hear_pleas(slot, now);
                }
            }
            (Media::Subscribe(subscription), Feedback::ReceiverReport { ssrc, fraction_lost })
                if subscription.outputs.iter().any(|o| o.ssrc == ssrc) =>
            {
                subscription.reported(fraction_lost);
            }
            (Media::Subscribe(subscription), Feedback::TimeAsked { ssrc, ntp, arrival }) => {
                subscription.ask(Asked { ssrc, ntp, arrival });
            }
            (Media::Subscribe(_), Feedback::Nack { ssrc, numbers }) => {
                self.resend(slot, ssrc, &numbers, now);
            }
            (Media::Subscribe(_), Feedback::Arrivals(report)) => self.arrivals(slot, &report, now),
            _ => {}
        }
    }
}
