//! The tables of a room: which track goes to which seat, which to the recorder. Without an entry nothing flows.

use super::floor::Floor;
use super::room::{Kind, Route, Tap, TrackKey};
use super::session::{Media, Session};
use std::collections::HashMap;
use std::time::Instant;

impl Floor {
    pub(super) fn set_routes(&mut self, room: usize, routes: Vec<Route>, now: Instant) {
        if let Some(state) = self.rooms.get_mut(room).and_then(Option::as_mut) {
            state.routes = routes;
        }
        self.apply_routes(room, now);
    }

    pub(super) fn set_taps(&mut self, room: usize, taps: Vec<Tap>) {
        if let Some(state) = self.rooms.get_mut(room).and_then(Option::as_mut) {
            state.taps = taps;
        }
        self.apply_taps(room);
    }

    /// Puts the room's table into its outputs and tracks. Idempotent: what has not changed goes on undisturbed.
    pub(super) fn apply_routes(&mut self, room: usize, now: Instant) {
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
        for &slot in &members {
            if let Some(publication) = self.session(slot).and_then(Session::publication) {
                for track in &mut publication.tracks {
                    track.targets.clear();
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
                output.route(track);
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
        for slot in members {
            self.choose(slot, now);
        }
        self.ask_key_frames(room);
    }

    /// The source of a track was switched on or off.
    pub(super) fn forget(&mut self, key: TrackKey) {
        if let Some(&slot) = self.by_id.get(&key.session)
            && let Some(publication) = self.session(slot).and_then(Session::publication)
            && let Some(track) = publication.track_mut(key.source)
        {
            track.forget_standing();
        }
    }

    pub(super) fn apply_taps(&mut self, room: usize) {
        let Some(state) = self.rooms.get(room).and_then(Option::as_ref) else {
            return;
        };
        let taps = state.taps.clone();
        let mut dropped = 0;
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
                dropped += track.set_tap(taps.iter().find(|t| t.track == key).map(|t| t.sink.clone()));
            }
        }
        self.counters.dropped.add(dropped);
        self.ask_key_frames(room);
    }

    /// Notes, for every output and tap that waits for a key frame, that its layer is to be asked; then asks.
    pub(super) fn ask_key_frames(&mut self, room: usize) {
        let Some(state) = self.rooms.get(room).and_then(Option::as_ref) else {
            return;
        };
        let members = state.sessions.clone();
        for &slot in &members {
            self.ask_key_frames_of(slot);
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

    /// The same for one receiver.
    pub(super) fn ask_key_frames_of(&mut self, slot: usize) {
        let Some(subscription) = self.session(slot).and_then(Session::subscription) else {
            return;
        };
        let outputs = subscription.outputs.iter().filter(|o| o.kind == Kind::Video);
        let wanted: Vec<_> = outputs.filter_map(|o| o.wanted).collect();
        for stream in wanted {
            if let Some(layer) = self
                .session(stream.session)
                .and_then(Session::publication)
                .and_then(|p| p.tracks.get_mut(stream.track))
                .and_then(|t| t.layers.get_mut(stream.layer))
            {
                layer.want_key_frame();
                self.touch(stream.session);
            }
        }
    }
}
