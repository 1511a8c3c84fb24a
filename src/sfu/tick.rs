//! What happens by the clock: layers chosen, key frames asked for, sender reports, levels, quality, patience.

use super::event::{DownReason, RoomEvent};
use super::floor::Floor;
use super::report;
use super::resend::kept_for;
use super::room::TrackKey;
use super::session::{Media, Session};
use super::way::Way;
use crate::rtp::clock;
use rtc::rtcp::Packet;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::sender_report::SenderReport;
use std::time::{Duration, Instant};

/// Between two looks at a room's layers, reports and sessions.
pub(super) const TICK: Duration = Duration::from_millis(50);
/// How long a peer is told nothing.
const SIGN_INTERVAL: Duration = Duration::from_millis(250);
/// Sender reports in one datagram: they fit 1200 bytes.
const REPORTS_TOGETHER: usize = 40;
const LEVELS_INTERVAL: Duration = Duration::from_millis(250);
const QUALITY_INTERVAL: Duration = Duration::from_secs(2);

impl Floor {
    /// The regular look at a room.
    pub(super) fn tick(&mut self, room: usize, now: Instant) {
        let Some(state) = self.rooms.get_mut(room).and_then(Option::as_mut) else {
            return;
        };
        state.flush_events();
        let members = state.sessions.clone();
        let levels_from = state.levels_at;
        let levels = now.saturating_duration_since(state.levels_at) >= LEVELS_INTERVAL;
        let quality = now.saturating_duration_since(state.quality_at) >= QUALITY_INTERVAL;
        if levels {
            state.levels_at = now;
        }
        if quality {
            state.quality_at = now;
        }
        for &slot in &members {
            let over = self.session(slot).and_then(|s| {
                if s.transport.closed_by_peer() {
                    Some(DownReason::ClosedByPeer)
                } else {
                    s.overdue(now)
                }
            });
            if let Some(reason) = over {
                self.end(slot, reason);
            }
            self.select_layers(slot, now);
        }
        if levels {
            self.keep_for_receivers(&members);
        }
        for &slot in &members {
            self.choose(slot, now);
            self.probe(slot, now);
            self.hear_pleas(slot, now);
        }
        self.ask_key_frames(room);
        let mut heard = Vec::new();
        for &slot in &members {
            let Some(session) = self.session(slot) else {
                continue;
            };
            let (peer, heard_at) = (session.peer, session.heard_at);
            match &mut session.media {
                Media::Publish(publication) => {
                    if let Some(at) = heard_at {
                        publication.heard(at, now);
                    }
                    if levels && let Some(level) = publication.take_level() {
                        heard.push((peer, level));
                    }
                    if session.transport.connected() {
                        let reports = publication.ingress.reports(now);
                        self.tell(slot, &reports);
                        self.answer(slot, now);
                    }
                }
                Media::Subscribe(subscription) if session.transport.connected() => {
                    let outputs = 0..subscription.outputs.len();
                    let mut reports: Vec<_> = outputs.filter_map(|o| self.report(slot, o, now)).collect();
                    let subscription = self.session(slot).and_then(Session::subscription);
                    let asked = subscription.map(|s| std::mem::take(&mut s.asked));
                    for a in asked.unwrap_or_default() {
                        let since = now.saturating_duration_since(a.arrival);
                        reports.push(Box::new(report::time(a.ssrc, a.ntp, since)));
                    }
                    for together in reports.chunks(REPORTS_TOGETHER) {
                        self.tell(slot, together);
                    }
                }
                _ => {}
            }
        }
        for &slot in &members {
            self.give_sign_of_life(slot, now);
        }
        if !heard.is_empty() {
            let levels = RoomEvent::AudioLevels {
                from: levels_from,
                to: now,
                levels: heard,
            };
            self.emit(room, levels);
        }
        if quality {
            for &slot in &members {
                self.tell_quality(room, slot);
            }
        }
    }

    /// Looks how far away the receivers are, and so for how long what is sent to them is kept.
    fn keep_for_receivers(&mut self, members: &[usize]) {
        for &slot in members {
            if let Some(publication) = self.session(slot).and_then(Session::publication) {
                publication
                    .tracks
                    .iter_mut()
                    .for_each(|t| t.kept_for = kept_for(Some(Duration::ZERO)));
            }
        }
        for &slot in members {
            let Some(subscription) = self.session(slot).and_then(Session::subscription) else {
                continue;
            };
            let time = kept_for(subscription.way.as_deref().map(Way::rtt));
            for at in 0..subscription.outputs.len() {
                let routed = self
                    .session(slot)
                    .and_then(Session::subscription)
                    .and_then(|s| s.outputs.get_mut(at))
                    .and_then(|output| {
                        output.resend.keep_for(time);
                        output.routed
                    });
                let track = routed.and_then(|(from, track)| {
                    self.session(from)
                        .and_then(Session::publication)
                        .and_then(|p| p.tracks.get_mut(track))
                });
                if let Some(track) = track {
                    track.kept_for = track.kept_for.max(time);
                }
            }
        }
    }

    /// A peer that is told nothing else for a while is told that we are here, by a report on nothing: from silence it
    /// concludes that the way is broken.
    fn give_sign_of_life(&mut self, slot: usize, now: Instant) {
        let Some(session) = self.session(slot) else {
            return;
        };
        let silent = |at| now.saturating_duration_since(at) >= SIGN_INTERVAL;
        // What this round sends is written already and not yet on its way.
        if session.transport.connected() && session.out.is_empty() && session.told_at.is_none_or(silent) {
            self.tell(slot, &[Box::new(report::nothing())]);
        }
    }

    pub(super) fn tell_quality(&mut self, room: usize, slot: usize) {
        let Some(session) = self.session(slot) else {
            return;
        };
        let (id, peer, direction) = (session.id, session.peer, session.direction());
        let mut missing = 0;
        let lost_permille = match &mut session.media {
            Media::Publish(publication) => {
                let (expected, lost) = publication.take_loss();
                missing = lost;
                (expected > 0).then(|| (lost * 1000 / expected).min(1000) as u16)
            }
            Media::Subscribe(subscription) => subscription.take_loss(),
        };
        self.counters.packets_lost.add(missing);
        if let Some(lost_permille) = lost_permille {
            self.emit(
                room,
                RoomEvent::Quality {
                    session: id,
                    peer,
                    direction,
                    lost_permille,
                },
            );
        }
    }

    /// Looks which of a publisher's layers is the best now.
    fn select_layers(&mut self, slot: usize, now: Instant) {
        if let Some(publication) = self.session(slot).and_then(Session::publication) {
            for track in &mut publication.tracks {
                track.select(now);
            }
        }
    }

    /// The sender report of one output, if it is being fed and a report is due.
    pub(super) fn report(&mut self, slot: usize, output: usize, now: Instant) -> Option<Box<dyn Packet>> {
        let at = self.micros(now);
        let ntp_time = clock::unix_micros_to_ntp(self.epoch_unix_micros + at as u64);
        let stream = self
            .session(slot)
            .and_then(Session::subscription)
            .and_then(|s| s.outputs.get_mut(output))
            .and_then(|o| {
                let stream = o.current?;
                o.report_due(now).then_some(stream)
            })?;
        let (stream_clock, publisher) = self
            .session(stream.session)
            .and_then(Session::publication)
            .and_then(|p| {
                let layer = p.tracks.get(stream.track)?.layers.get(stream.layer)?;
                Some((layer.clock, p.clock))
            })?;
        let out = self
            .session(slot)
            .and_then(Session::subscription)
            .and_then(|s| s.outputs.get(output))?;
        Some(Box::new(SenderReport {
            ssrc: out.ssrc,
            ntp_time,
            rtp_time: out.rewriter.timestamp_at(at, &stream_clock, publisher)?,
            packet_count: out.packets,
            octet_count: out.octets,
            ..Default::default()
        }))
    }

    /// Asks for the key frame of a track on behalf of the program.
    pub(super) fn request_key_frame(&mut self, key: TrackKey) {
        if let Some(&slot) = self.by_id.get(&key.session)
            && let Some(track) = self
                .session(slot)
                .and_then(Session::publication)
                .and_then(|p| p.track_mut(key.source))
        {
            track.want_key_frame();
            self.attend(slot);
        }
    }

    /// Sends the key frame requests of a publisher that are due.
    pub(super) fn send_plis(&mut self, slot: usize, now: Instant) {
        let Some(session) = self.sessions.get_mut(slot).and_then(Option::as_mut) else {
            return;
        };
        let Media::Publish(publication) = &mut session.media else {
            return;
        };
        if !session.transport.connected() {
            return;
        }
        let mut requests: Vec<Box<dyn Packet>> = Vec::new();
        for track in &mut publication.tracks {
            if track.source.is_audio() {
                continue;
            }
            for layer in &mut track.layers {
                if layer.key_frame_due(now) {
                    requests.push(Box::new(PictureLossIndication {
                        sender_ssrc: report::OURS,
                        media_ssrc: layer.ssrc,
                    }));
                }
            }
        }
        self.counters.plis.add(requests.len() as u64);
        self.tell(slot, &requests);
    }

    /// Sends the key frame requests of a whole room.
    pub(super) fn send_room_plis(&mut self, room: usize, now: Instant) {
        let members = self
            .rooms
            .get(room)
            .and_then(Option::as_ref)
            .map(|r| r.sessions.clone())
            .unwrap_or_default();
        for slot in members {
            self.send_plis(slot, now);
        }
    }
}
