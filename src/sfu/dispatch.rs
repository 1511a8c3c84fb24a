//! What a worker does with each command.

use super::SESSIONS_PER_ROOM_MAX;
use super::command::Command;
use super::error::{NegotiationError, RoomGone};
use super::event::{DownReason, RoomEvent};
use super::formats;
use super::negotiate::Offer;
use super::publish::Publication;
use super::room::{Answer, Kind};
use super::sdpfrag::Fragment;
use super::session::{Media, Session};
use super::subscribe::Subscription;
use super::tick::TICK;
use super::transport::Transport;
use super::way::Way;
use super::worker::{Wants, Worker};
use std::time::Instant;
use uuid::Uuid;

impl Worker {
    pub(super) fn command(&mut self, command: Command) {
        let now = Instant::now();
        // A caller that no longer waits for its reply is no error: what it asked for was done.
        match command {
            Command::OpenRoom { room, flows, events } => {
                self.floor.open_room(room, flows, events, now);
                if let Some((slot, _)) = self.floor.room(room) {
                    self.deadlines.insert((now + TICK, Wants::Room(slot)));
                }
            }
            Command::Adopt(newcomer) => self.adopt(newcomer, now),
            Command::CloseRoom { room, reply } => {
                if let Some((slot, state)) = self.floor.room(room) {
                    let flows = state.flows;
                    for session in state.sessions.clone() {
                        self.floor.end(session, DownReason::Ended);
                    }
                    self.end_sessions();
                    self.floor.close_room(room, slot);
                    self.clock.remove(flows);
                }
                let _ = reply.send(());
            }
            Command::Publish {
                room,
                peer,
                offer,
                reply,
            } => {
                let result = self.publish(room, peer, &offer, now);
                let _ = reply.send(result);
            }
            Command::Subscribe {
                room,
                peer,
                offer,
                reply,
            } => {
                let result = self.subscribe(room, peer, &offer, now);
                let _ = reply.send(result);
            }
            Command::Renegotiate {
                room,
                session,
                offer,
                reply,
            } => {
                let result = self.renegotiate(room, session, &offer, now);
                let _ = reply.send(result);
            }
            Command::RestartIce {
                room,
                session,
                sdpfrag,
                reply,
            } => {
                let result = self.restart_ice(room, session, &sdpfrag, now);
                let _ = reply.send(result);
            }
            Command::EndSession { room, session, reply } => {
                if let Ok(slot) = self.find(room, session) {
                    self.floor.end(slot, DownReason::Ended);
                    self.end_sessions();
                }
                let _ = reply.send(());
            }
            Command::SetRoutes { room, routes, reply } => {
                let result = self.floor.room(room).map(|(slot, _)| slot).ok_or(RoomGone);
                if let Ok(slot) = result {
                    self.floor.set_routes(slot, routes, now);
                    self.floor.send_room_plis(slot, now);
                }
                let _ = reply.send(result.map(|_| ()));
            }
            Command::SetShown {
                room,
                session,
                shown,
                reply,
            } => {
                if let Ok(slot) = self.find(room, session) {
                    self.floor.show(slot, shown, now);
                }
                let _ = reply.send(());
            }
            Command::SetTaps { room, taps, reply } => {
                let result = self.floor.room(room).map(|(slot, _)| slot).ok_or(RoomGone);
                if let Ok(slot) = result {
                    self.floor.set_taps(slot, taps);
                    self.floor.send_room_plis(slot, now);
                }
                let _ = reply.send(result.map(|_| ()));
            }
            Command::Forget { room, track, reply } => {
                if self.find(room, track.session).is_ok() {
                    self.floor.forget(track);
                }
                let _ = reply.send(());
            }
            Command::RequestKeyFrame { room, track, reply } => {
                if self.find(room, track.session).is_ok() {
                    self.floor.request_key_frame(track);
                }
                let _ = reply.send(());
            }
        }
    }

    /// The slot of a session of this room.
    fn find(&mut self, room: Uuid, session: Uuid) -> Result<usize, NegotiationError> {
        let (_, state) = self.floor.room(room).ok_or(NegotiationError::RoomGone)?;
        let members = state.sessions.clone();
        self.floor
            .by_id
            .get(&session)
            .copied()
            .filter(|slot| members.contains(slot))
            .ok_or(NegotiationError::NoSession)
    }

    fn room_with_space(&mut self, room: Uuid) -> Result<usize, NegotiationError> {
        let (slot, state) = self.floor.room(room).ok_or(NegotiationError::RoomGone)?;
        if state.sessions.len() >= SESSIONS_PER_ROOM_MAX {
            return Err(NegotiationError::Full("sessions of one room"));
        }
        Ok(slot)
    }

    fn publish(
        &mut self,
        room: Uuid,
        peer: Uuid,
        sdp: &str,
        now: Instant,
    ) -> Result<Answer, NegotiationError> {
        let room = self.room_with_space(room)?;
        let offer = Offer::publish(sdp)?;
        let publication = Publication::new(&offer);
        let mut transport = Transport::new(true, offer.clone(), self.surroundings.clone(), now)?;
        let sdp = transport.negotiate(offer, Vec::new(), now)?;
        let session = self.admit(room, peer, transport, Media::Publish(publication), now);
        let slot = self.floor.by_id.get(&session).copied();
        let tapped = slot.and_then(|s| self.floor.session(s)).map(|s| s.room);
        if let Some(room) = tapped {
            // A table may have been set for this session before it was there to be found.
            self.floor.apply_routes(room, now);
            self.floor.apply_taps(room);
        }
        Ok(Answer { session, sdp })
    }

    fn subscribe(
        &mut self,
        room: Uuid,
        peer: Uuid,
        sdp: &str,
        now: Instant,
    ) -> Result<Answer, NegotiationError> {
        let room = self.room_with_space(room)?;
        let offer = Offer::subscribe(sdp)?;
        let seats = offer.seats() as u16;
        let mut subscription = Subscription::new();
        let mut transport = Transport::new(false, offer.clone(), self.surroundings.clone(), now)?;
        let sdp = grow(&mut transport, &mut subscription, offer, now)?;
        let shows = subscription.shows();
        let session = self.admit(room, peer, transport, Media::Subscribe(subscription), now);
        self.floor.apply_routes(room, now);
        self.floor.emit(
            room,
            RoomEvent::SeatsNegotiated {
                session,
                seats,
                shows,
            },
        );
        Ok(Answer { session, sdp })
    }

    fn admit(&mut self, room: usize, peer: Uuid, transport: Transport, media: Media, now: Instant) -> Uuid {
        let id = Uuid::now_v7();
        let ufrag = transport.local_ufrag().to_string();
        let slot = self.floor.insert(Session {
            id,
            peer,
            room,
            transport,
            media,
            up: false,
            down_since: Some(now),
            addresses: Vec::new(),
            deadline: None,
            out: Vec::new(),
            dirty: false,
            fed: false,
            told_at: None,
            heard: false,
            heard_at: None,
            stirred: false,
            ending: None,
        });
        self.ufrags.insert(ufrag, slot);
        self.floor.attend(slot);
        self.joining(now);
        id
    }

    fn renegotiate(
        &mut self,
        room: Uuid,
        session: Uuid,
        sdp: &str,
        now: Instant,
    ) -> Result<Answer, NegotiationError> {
        let slot = self.find(room, session)?;
        let offer = Offer::subscribe(sdp)?;
        let seats = offer.seats() as u16;
        let state = self.floor.session(slot).ok_or(NegotiationError::NoSession)?;
        let room = state.room;
        let before = state.transport.local_ufrag().to_string();
        let Media::Subscribe(subscription) = &mut state.media else {
            return Err(NegotiationError::Unsupported(
                "a new offer of a publication; open a new session instead".into(),
            ));
        };
        let sdp = grow(&mut state.transport, subscription, offer, now)?;
        let shows = subscription.shows();
        let after = state.transport.local_ufrag().to_string();
        self.renamed(slot, before, after);
        self.floor.attend(slot);
        self.floor.apply_routes(room, now);
        self.floor.emit(
            room,
            RoomEvent::SeatsNegotiated {
                session,
                seats,
                shows,
            },
        );
        Ok(Answer { session, sdp })
    }

    fn restart_ice(
        &mut self,
        room: Uuid,
        session: Uuid,
        sdpfrag: &str,
        now: Instant,
    ) -> Result<String, NegotiationError> {
        let slot = self.find(room, session)?;
        let fragment = Fragment::parse(sdpfrag)?;
        let state = self.floor.session(slot).ok_or(NegotiationError::NoSession)?;
        let before = state.transport.local_ufrag().to_string();
        let answer = state.transport.patch(&fragment, now)?;
        let after = state.transport.local_ufrag().to_string();
        self.renamed(slot, before, after);
        self.floor.attend(slot);
        Ok(answer)
    }

    fn renamed(&mut self, slot: usize, before: String, after: String) {
        if before != after {
            self.ufrags.remove(&before);
            self.ufrags.insert(after, slot);
        }
    }
}

/// Answers a subscriber's offer with the outputs that it needs.
fn grow(
    transport: &mut Transport,
    subscription: &mut Subscription,
    offer: Offer,
    now: Instant,
) -> Result<String, NegotiationError> {
    let (mut outputs, tracks) = subscription.grow(offer.count(Kind::Audio), offer.count(Kind::Video))?;
    let sdp = transport.negotiate(offer, tracks, now)?;
    let answered = formats::answered(&sdp);
    let offer = transport.offer();
    for output in &mut outputs {
        let taken = offer
            .place(output.kind, usize::from(output.seat))
            .and_then(|at| answered.get(at));
        output.formats = offer.formats(output.kind, usize::from(output.seat)).to_vec();
        // Nothing is ever sent that the answer does not have.
        output
            .formats
            .retain(|f| taken.is_some_and(|types| types.contains(&f.payload_type)));
        for format in &mut output.formats {
            format.repair = format
                .repair
                .filter(|pt| taken.is_some_and(|types| types.contains(pt)));
        }
        if output.kind == Kind::Audio && !output.formats.is_empty() {
            output.sound.red = offer
                .red
                .filter(|pt| taken.is_some_and(|types| types.contains(pt)));
            output.sound.nack = offer.sound_nack;
        }
    }
    if subscription.way.is_none() {
        subscription.way = Way::of(transport.offer()).map(Box::new);
    }
    subscription.outputs.append(&mut outputs);
    Ok(sdp)
}
