//! The sessions and rooms of one worker, and what is told of them to their owners.
//!
//! Everything here and in its neighbours `table`, `forward` and `tick` runs on the worker's thread and owns no socket:
//! datagrams and time come in, datagrams are fetched.

use super::event::{DownReason, RoomEvent};
use super::outbox::Outbox;
use super::room::{Route, Tap, TrackKey};
use super::session::Session;
use super::stats::Counters;
use crate::rtp::clock::Micros;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Events that a slow owner is kept waiting for at most; beyond it they are dropped and counted.
const PENDING_MAX: usize = 2 * super::SESSIONS_PER_ROOM_MAX;

/// A room of the worker.
pub(super) struct RoomState {
    pub(super) id: Uuid,
    /// As many flows are expected of it ([`super::load::flows`]).
    pub(super) flows: usize,
    pub(super) events: mpsc::Sender<RoomEvent>,
    pub(super) pending: VecDeque<RoomEvent>,
    /// Slots of its sessions.
    pub(super) sessions: Vec<usize>,
    pub(super) routes: Vec<Route>,
    pub(super) taps: Vec<Tap>,
    pub(super) levels_at: Instant,
    pub(super) quality_at: Instant,
}

/// The worker's sessions and rooms.
pub(super) struct Floor {
    pub(super) sessions: Vec<Option<Session>>,
    pub(super) rooms: Vec<Option<RoomState>>,
    pub(super) by_id: HashMap<Uuid, usize>,
    pub(super) room_ids: HashMap<Uuid, usize>,
    /// What goes out in this round.
    pub(super) outbox: Outbox,
    /// Slots with something to read or to send.
    pub(super) dirty: Vec<usize>,
    /// Slots to be ended.
    pub(super) ending: Vec<usize>,
    pub(super) counters: Arc<Counters>,
    pub(super) epoch: Instant,
    pub(super) epoch_unix_micros: u64,
}

impl Floor {
    pub(super) fn new(counters: Arc<Counters>, now: Instant, wall: SystemTime) -> Self {
        Self {
            sessions: Vec::new(),
            rooms: Vec::new(),
            by_id: HashMap::new(),
            room_ids: HashMap::new(),
            outbox: Outbox::default(),
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

    /// A session has something to send.
    pub(super) fn touch(&mut self, slot: usize) {
        if let Some(session) = self.sessions.get_mut(slot).and_then(Option::as_mut)
            && !session.dirty
        {
            session.dirty = true;
            self.dirty.push(slot);
        }
    }

    /// The stack of a session was given something to send.
    pub(super) fn stir(&mut self, slot: usize) {
        if let Some(session) = self.session(slot) {
            session.stirred = true;
        }
        self.touch(slot);
    }

    /// A session was given something, or something is wanted of it: it is read as well.
    pub(super) fn attend(&mut self, slot: usize) {
        if let Some(session) = self.session(slot) {
            session.fed = true;
        }
        self.stir(slot);
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

    pub(super) fn open_room(
        &mut self,
        id: Uuid,
        flows: usize,
        events: mpsc::Sender<RoomEvent>,
        now: Instant,
    ) {
        let state = RoomState {
            id,
            flows,
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
            let (id, room) = (session.id, session.room);
            // A room has the id of its hearing.
            let hearing = self.rooms.get(room).and_then(Option::as_ref).map(|r| r.id);
            let hearing = hearing.map(tracing::field::display);
            tracing::warn!(hearing, session = %id, error, "the WebRTC stack failed");
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
    pub(super) fn remove(&mut self, slot: usize, now: Instant) -> Option<Session> {
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
        self.apply_routes(room, now);
        Some(session)
    }

    /// Tells the owner of a room. Levels and quality are dropped when the owner is slow; the rest waits for it.
    pub(super) fn emit(&mut self, room: usize, event: RoomEvent) {
        let Some(state) = self.rooms.get_mut(room).and_then(Option::as_mut) else {
            return;
        };
        let passing = matches!(event, RoomEvent::AudioLevels { .. } | RoomEvent::Quality { .. });
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
}

impl RoomState {
    pub(super) fn flush_events(&mut self) {
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
