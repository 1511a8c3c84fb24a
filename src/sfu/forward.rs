//! The forwarding of one worker: its sessions and rooms, and the tables between them.
//!
//! Everything here runs on the worker's thread and owns no socket: datagrams and time come in, datagrams are fetched.

use super::event::{DownReason, RoomEvent};
use super::interceptor::Feedback;
use super::publish::{Arrived, Packet};
use super::room::{Kind, Route, Tap, TrackKey};
use super::session::{Media, Session};
use super::stats::Counters;
use super::subscribe::{Passed, StreamRef};
use crate::rtp::clock::{self, Capture, Micros};
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::sender_report::SenderReport;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Events that a slow owner is kept waiting for at most; beyond it they are dropped and counted.
const PENDING_MAX: usize = 2 * super::SESSIONS_PER_ROOM_MAX;
/// Between two looks at a room's layers, reports and sessions.
pub(super) const TICK: Duration = Duration::from_millis(50);
const LEVELS_INTERVAL: Duration = Duration::from_millis(250);
const QUALITY_INTERVAL: Duration = Duration::from_secs(2);

/// A room of the worker.
pub(super) struct RoomState {
    pub(super) id: Uuid,
    events: mpsc::Sender<RoomEvent>,
    pending: VecDeque<RoomEvent>,
    /// Slots of its sessions.
    pub(super) sessions: Vec<usize>,
    routes: Vec<Route>,
    taps: Vec<Tap>,
    levels_at: Instant,
    quality_at: Instant,
}

/// The worker's sessions and rooms.
pub(super) struct Floor {
    pub(super) sessions: Vec<Option<Session>>,
    pub(super) rooms: Vec<Option<RoomState>>,
    pub(super) by_id: HashMap<Uuid, usize>,
    pub(super) room_ids: HashMap<Uuid, usize>,
    /// Slots with something to read or to send.
    pub(super) dirty: Vec<usize>,
    /// Slots to be ended.
    pub(super) ending: Vec<usize>,
    pub(super) counters: Arc<Counters>,
    epoch: Instant,
    epoch_unix_micros: u64,
}

impl Floor {
    pub(super) fn new(counters: Arc<Counters>, now: Instant, wall: SystemTime) -> Self {
        Self {
            sessions: Vec::new(),
            rooms: Vec::new(),
            by_id: HashMap::new(),
            room_ids: HashMap::new(),
            dirty: Vec::new(),
            ending: Vec::new(),
            counters,
            epoch: now,
            epoch_unix_micros: wall
                .duration_since(UNIX_EPOCH)
                .map_or(0, |d| d.as_micros() as u64),
        }
    }

    /// Time on the clock that captures and reports are placed on.
    pub(super) fn micros(&self, now: Instant) -> Micros {
        now.saturating_duration_since(self.epoch).as_micros() as Micros
    }

    pub(super) fn session(&mut self, slot: usize) -> Option<&mut Session> {
        self.sessions.get_mut(slot)?.as_mut()
    }

    pub(super) fn touch(&mut self, slot: usize) {
        if let Some(session) = self.sessions.get_mut(slot).and_then(Option::as_mut)
            && !session.dirty
        {
            session.dirty = true;
            self.dirty.push(slot);
        }
    }

    /// Marks a session to be ended; it stays until the worker has sent its last words.
    pub(super) fn end(&mut self, slot: usize, reason: DownReason) {
        if let Some(session) = self.session(slot)
            && session.ending.is_none()
        {
            session.ending = Some(reason);
            self.ending.push(slot);
        }
    }

    pub(super) fn open_room(&mut self, id: Uuid, events: mpsc::Sender<RoomEvent>, now: Instant) {
        let state = RoomState {
            id,
            events,
            pending: VecDeque::new(),
            sessions: Vec::new(),
            routes: Vec::new(),
            taps: Vec::new(),
            levels_at: now,
            quality_at: now,
        };
        let slot = free_slot(&mut self.rooms);
        self.rooms[slot] = Some(state);
        self.room_ids.insert(id, slot);
    }

    pub(super) fn close_room(&mut self, id: Uuid, slot: usize) {
        self.room_ids.remove(&id);
        if let Some(mut state) = self.rooms.get_mut(slot).and_then(Option::take) {
            state.flush_events();
            tracing::debug!(room = %state.id, unread = state.pending.len(), "room closed");
        }
    }

    /// The stack failed inside a session: the session ends, the others go on.
    pub(super) fn broken(&mut self, slot: usize, error: &str) {
        if let Some(session) = self.session(slot)
            && session.ending.is_none()
        {
            tracing::warn!(session = %session.id, error, "the WebRTC stack failed");
            self.counters.sessions_failed.add(1);
            self.end(slot, DownReason::Failed);
        }
    }

    pub(super) fn room(&mut self, id: Uuid) -> Option<(usize, &mut RoomState)> {
        let slot = *self.room_ids.get(&id)?;
        Some((slot, self.rooms.get_mut(slot)?.as_mut()?))
    }

    /// Puts a session into its room; gives its slot.
    pub(super) fn insert(&mut self, session: Session) -> usize {
        let slot = free_slot(&mut self.sessions);
        self.by_id.insert(session.id, slot);
        if let Some(room) = self.rooms.get_mut(session.room).and_then(Option::as_mut) {
            room.sessions.push(slot);
        }
        self.sessions[slot] = Some(session);
        self.counters.sessions_opened.add(1);
        slot
    }

    /// Takes a session out: its taps end, its tracks and its end are told, nothing refers to its slot any more.
    pub(super) fn remove(&mut self, slot: usize) -> Option<Session> {
        let mut session = self.sessions.get_mut(slot)?.take()?;
        self.by_id.remove(&session.id);
        self.counters.sessions_ended.add(1);
        let reason = session.ending.unwrap_or(DownReason::Ended);
        let (room, id, peer) = (session.room, session.id, session.peer);
        if let Some(state) = self.rooms.get_mut(room).and_then(Option::as_mut) {
            state.sessions.retain(|s| *s != slot);
        }
        let mut stopped = Vec::new();
        if let Some(publication) = session.publication() {
            publication.end_taps();
            stopped.extend(
                publication
                    .tracks
                    .iter()
                    .filter(|t| t.codec.is_some())
                    .map(|t| t.source),
            );
        }
        for source in stopped {
            let track = TrackKey { session: id, source };
            self.emit(room, RoomEvent::TrackStopped { track, peer });
        }
        self.emit(
            room,
            RoomEvent::SessionDown {
                session: id,
                peer,
                direction: session.direction(),
                reason,
            },
        );
        self.apply_routes(room);
        Some(session)
    }

    /// Tells the owner of a room. Levels and quality are dropped when the owner is slow; the rest waits for it.
    pub(super) fn emit(&mut self, room: usize, event: RoomEvent) {
        let Some(state) = self.rooms.get_mut(room).and_then(Option::as_mut) else {
            return;
        };
        let passing = matches!(event, RoomEvent::AudioLevels(_) | RoomEvent::Quality { .. });
        state.flush_events();
        if state.pending.is_empty() {
            match state.events.try_send(event) {
                Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
                Err(mpsc::error::TrySendError::Full(event)) if !passing => {
                    state.pending.push_back(event);
                }
                Err(mpsc::error::TrySendError::Full(_)) => self.counters.dropped.add(1),
            }
        } else if !passing && state.pending.len() < PENDING_MAX {
            state.pending.push_back(event);
        } else {
            self.counters.dropped.add(1);
        }
    }

    pub(super) fn set_routes(&mut self, room: usize, routes: Vec<Route>) {
        if let Some(state) = self.rooms.get_mut(room).and_then(Option::as_mut) {
            state.routes = routes;
        }
        self.apply_routes(room);
    }

    pub(super) fn set_taps(&mut self, room: usize, taps: Vec<Tap>) {
        if let Some(state) = self.rooms.get_mut(room).and_then(Option::as_mut) {
            state.taps = taps;
        }
        self.apply_taps(room);
    }

    /// Puts the room's table into its outputs and tracks. Idempotent: what has not changed goes on undisturbed.
    pub(super) fn apply_routes(&mut self, room: usize) {
        let Some(state) = self.rooms.get(room).and_then(Option::as_ref) else {
            return;
        };
        // What goes where: (subscriber slot, seat, kind) to (publisher slot, track).
        let mut table: HashMap<(usize, u16, Kind), (usize, usize)> =
            HashMap::with_capacity(state.routes.len());
        for route in &state.routes {
            let matches_kind = route.track.source.is_audio() == (route.kind == Kind::Audio);
            let (Some(&to), Some(&from)) = (
                self.by_id.get(&route.subscriber),
                self.by_id.get(&route.track.session),
            ) else {
                continue;
            };
            if !matches_kind || !state.sessions.contains(&to) || !state.sessions.contains(&from) {
                continue;
            }
            let track = self
                .sessions
                .get(from)
                .and_then(Option::as_ref)
                .and_then(|s| match &s.media {
                    Media::Publish(p) => p.tracks.iter().position(|t| t.source == route.track.source),
                    Media::Subscribe(_) => None,
                });
            if let Some(track) = track {
                table.insert((to, route.seat, route.kind), (from, track));
            }
        }
        let members = state.sessions.clone();
        let mut selected: HashMap<(usize, usize), Option<usize>> = HashMap::new();
        for &slot in &members {
            if let Some(publication) = self.session(slot).and_then(Session::publication) {
                for (i, track) in publication.tracks.iter_mut().enumerate() {
                    track.targets.clear();
                    selected.insert((slot, i), track.selected);
                }
            }
        }
        let mut targets: Vec<((usize, usize), (usize, usize))> = Vec::with_capacity(table.len());
        for &slot in &members {
            let Some(subscription) = self.session(slot).and_then(Session::subscription) else {
                continue;
            };
            for (i, output) in subscription.outputs.iter_mut().enumerate() {
                let track = table.get(&(slot, output.seat, output.kind)).copied();
                let layer = track.and_then(|t| selected.get(&t).copied().flatten());
                output.route(track, layer);
                if let Some(track) = track {
                    targets.push((track, (slot, i)));
                }
            }
        }
        for ((from, track), target) in targets {
            if let Some(track) = self
                .session(from)
                .and_then(Session::publication)
                .and_then(|p| p.tracks.get_mut(track))
            {
                track.targets.push(target);
            }
        }
        self.ask_key_frames(room);
    }

    pub(super) fn apply_taps(&mut self, room: usize) {
        let Some(state) = self.rooms.get(room).and_then(Option::as_ref) else {
            return;
        };
        let taps = state.taps.clone();
        for slot in state.sessions.clone() {
            let Some(session) = self.session(slot) else {
                continue;
            };
            let id = session.id;
            let Some(publication) = session.publication() else {
                continue;
            };
            for track in &mut publication.tracks {
                let key = TrackKey {
                    session: id,
                    source: track.source,
                };
                let sink = taps.iter().find(|t| t.track == key).map(|t| t.sink.clone());
                track.set_tap(sink);
            }
        }
        self.ask_key_frames(room);
    }

    /// Notes, for every output and tap that waits for a key frame, that its layer is to be asked; then asks.
    pub(super) fn ask_key_frames(&mut self, room: usize) {
        let Some(state) = self.rooms.get(room).and_then(Option::as_ref) else {
            return;
        };
        let members = state.sessions.clone();
        let mut wanted = Vec::new();
        for &slot in &members {
            if let Some(subscription) = self.session(slot).and_then(Session::subscription) {
                wanted.extend(
                    subscription
                        .outputs
                        .iter()
                        .filter(|o| o.kind == Kind::Video)
                        .filter_map(|o| o.wanted),
                );
            }
        }
        for stream in wanted {
            if let Some(layer) = self
                .session(stream.session)
                .and_then(Session::publication)
                .and_then(|p| p.tracks.get_mut(stream.track))
                .and_then(|t| t.layers.get_mut(stream.layer))
            {
                layer.want_key_frame();
            }
        }
        for slot in members {
            if let Some(publication) = self.session(slot).and_then(Session::publication) {
                for track in &mut publication.tracks {
                    if track.tap_waits() {
                        track.want_key_frame();
                    }
                }
            }
        }
    }

    /// Forwards what a publisher sent.
    pub(super) fn arrived(&mut self, slot: usize, packet: rtc::rtp::Packet, now: Instant) {
        let at = self.micros(now);
        let mut duplicates = 0;
        let Some(session) = self.sessions.get_mut(slot).and_then(Option::as_mut) else {
            return;
        };
        let (room, id, peer) = (session.room, session.id, session.peer);
        let Media::Publish(publication) = &mut session.media else {
            return;
        };
        let arrived = publication.take(packet, session.transport.offer(), now, at, &mut duplicates);
        self.counters.packets_duplicate.add(duplicates);
        let Some(Arrived {
            track,
            layer,
            packet,
            capture,
            started,
            chosen,
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
            let (targets, selected) = (track.targets.clone(), track.selected);
            self.want(&targets, selected);
        }
        let from = StreamRef {
            session: slot,
            track,
            layer,
        };
        self.pass_on(from, &packet, capture, now);
    }

    fn pass_on(&mut self, from: StreamRef, packet: &Packet, capture: Capture, now: Instant) {
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

    fn overtakers(&mut self, from: StreamRef, sequence: i64) -> Vec<(Packet, Capture)> {
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
    fn pass_to(
        &mut self,
        slot: usize,
        output: usize,
        from: StreamRef,
        packet: &Packet,
        capture: Capture,
        now: Instant,
    ) -> bool {
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
        let Passed::Packet { packet, switched } = out.offer(from, packet, capture) else {
            return false;
        };
        self.counters.packets_out.add(1);
        if switched {
            self.counters.switches.add(1);
        }
        if let Err(broken) = session.transport.send(packet, now) {
            tracing::debug!(session = %session.id, error = %broken.0, "packet not sent");
        }
        self.touch(slot);
        if switched {
            self.report(slot, output, now);
        }
        switched
    }

    /// Sends the sender report of one output, if it is being fed and a report is due.
    fn report(&mut self, slot: usize, output: usize, now: Instant) {
        let at = self.micros(now);
        let ntp_time = clock::unix_micros_to_ntp(self.epoch_unix_micros + at as u64);
        let Some(stream) = self
            .session(slot)
            .and_then(Session::subscription)
            .and_then(|s| s.outputs.get_mut(output))
            .and_then(|o| {
                let stream = o.current?;
                o.report_due(now).then_some(stream)
            })
        else {
            return;
        };
        let Some((stream_clock, publisher)) = self
            .session(stream.session)
            .and_then(Session::publication)
            .and_then(|p| {
                let layer = p.tracks.get(stream.track)?.layers.get(stream.layer)?;
                Some((layer.clock, p.clock))
            })
        else {
            return;
        };
        let Some(session) = self.session(slot) else {
            return;
        };
        let Media::Subscribe(subscription) = &mut session.media else {
            return;
        };
        let Some(out) = subscription.outputs.get(output) else {
            return;
        };
        let Some(rtp_time) = out.rewriter.timestamp_at(at, &stream_clock, publisher) else {
            return;
        };
        let report = SenderReport {
            ssrc: out.ssrc,
            ntp_time,
            rtp_time,
            packet_count: out.packets,
            octet_count: out.octets,
            ..Default::default()
        };
        if let Err(broken) = session.transport.send_rtcp(Box::new(report), now) {
            tracing::debug!(session = %session.id, error = %broken.0, "report not sent");
        }
        self.touch(slot);
    }

    /// RTCP of a peer.
    pub(super) fn feedback(&mut self, slot: usize, feedback: Feedback) {
        let Some(session) = self.session(slot) else {
            return;
        };
        match (&mut session.media, feedback) {
            (Media::Publish(publication), Feedback::SenderReport { .. }) => {
                publication.report(feedback);
            }
            (Media::Subscribe(subscription), Feedback::KeyFrameWanted { ssrc }) => {
                let current = subscription
                    .outputs
                    .iter()
                    .find(|o| o.ssrc == ssrc)
                    .and_then(|o| o.wanted.or(o.current));
                if let Some(stream) = current
                    && let Some(layer) = self
                        .session(stream.session)
                        .and_then(Session::publication)
                        .and_then(|p| p.tracks.get_mut(stream.track))
                        .and_then(|t| t.layers.get_mut(stream.layer))
                {
                    layer.want_key_frame();
                    self.touch(stream.session);
                }
            }
            (Media::Subscribe(subscription), Feedback::ReceiverReport { ssrc, fraction_lost })
                if subscription.outputs.iter().any(|o| o.ssrc == ssrc) =>
            {
                subscription.reported(fraction_lost);
            }
            (Media::Subscribe(_), Feedback::Nack { packets }) => {
                self.counters.nacked.add(u64::from(packets));
            }
            _ => {}
        }
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
            self.touch(slot);
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
        for track in &mut publication.tracks {
            if track.source.is_audio() {
                continue;
            }
            for layer in &mut track.layers {
                if !layer.key_frame_due(now) {
                    continue;
                }
                self.counters.plis.add(1);
                let pli = PictureLossIndication {
                    sender_ssrc: 1,
                    media_ssrc: layer.ssrc,
                };
                if let Err(broken) = session.transport.send_rtcp(Box::new(pli), now) {
                    tracing::debug!(session = %session.id, error = %broken.0, "PLI not sent");
                }
            }
        }
        self.touch(slot);
    }

    /// As [`Floor::send_plis`], for a session that was just read and may be a subscriber.
    pub(super) fn send_due_plis(&mut self, slot: usize, now: Instant) {
        self.send_plis(slot, now);
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

    /// The regular look at a room.
    pub(super) fn tick(&mut self, room: usize, now: Instant) {
        let Some(state) = self.rooms.get_mut(room).and_then(Option::as_mut) else {
            return;
        };
        state.flush_events();
        let members = state.sessions.clone();
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
        self.ask_key_frames(room);
        let mut heard = Vec::new();
        for &slot in &members {
            self.send_plis(slot, now);
            let Some(session) = self.session(slot) else {
                continue;
            };
            let peer = session.peer;
            match &mut session.media {
                Media::Publish(publication) if levels => {
                    if let Some(level) = publication.take_level() {
                        heard.push((peer, level));
                    }
                }
                Media::Subscribe(subscription) if session.transport.connected() => {
                    for output in 0..subscription.outputs.len() {
                        self.report(slot, output, now);
                    }
                }
                _ => {}
            }
        }
        if !heard.is_empty() {
            self.emit(room, RoomEvent::AudioLevels(heard));
        }
        if quality {
            for &slot in &members {
                self.tell_quality(room, slot);
            }
        }
    }

    fn tell_quality(&mut self, room: usize, slot: usize) {
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

    /// Chooses the layers of a publisher anew and points the outputs to them.
    fn select_layers(&mut self, slot: usize, now: Instant) {
        let Some(publication) = self.session(slot).and_then(Session::publication) else {
            return;
        };
        let mut changed = Vec::new();
        for track in &mut publication.tracks {
            if track.select(now) {
                changed.push((track.selected, track.targets.clone()));
            }
        }
        for (selected, targets) in changed {
            self.want(&targets, selected);
        }
    }

    /// A track's first packet chose its layer: the outputs that wait for it learn of it.
    pub(super) fn want(&mut self, targets: &[(usize, usize)], layer: Option<usize>) {
        for &(slot, output) in targets {
            if let Some(out) = self
                .session(slot)
                .and_then(Session::subscription)
                .and_then(|s| s.outputs.get_mut(output))
            {
                out.want(layer);
            }
        }
    }
}

impl RoomState {
    fn flush_events(&mut self) {
        while let Some(event) = self.pending.pop_front() {
            if let Err(mpsc::error::TrySendError::Full(event)) = self.events.try_send(event) {
                self.pending.push_front(event);
                return;
            }
        }
    }
}

fn free_slot<T>(slots: &mut Vec<Option<T>>) -> usize {
    match slots.iter().position(Option::is_none) {
        Some(slot) => slot,
        None => {
            slots.push(None);
            slots.len() - 1
        }
    }
}
