//! Media sessions of the participants, and what the engine reports of them.

use super::super::command::MediaError;
use super::super::live::{Publication, Subscription};
use super::Task;
use crate::court::id::ParticipantId;
use crate::court::refusal::Refusal;
use crate::court::role::Capability;
use crate::court::state::ParticipantState;
use crate::rtp::layers::Shown;
use crate::sfu::{Answer, Direction, RoomEvent};
use crate::store::TokenHash;
use crate::wire::message::{PICTURES_MAX, Quality, ShownPicture};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;
use time::OffsetDateTime;
use uuid::Uuid;

impl Task {
    pub(super) fn owns(&self, id: ParticipantId, session: Uuid) -> bool {
        self.live
            .publications
            .get(&id)
            .is_some_and(|p| p.session == session)
            || self
                .live
                .subscriptions
                .get(&id)
                .is_some_and(|s| s.session == session)
    }

    pub(super) fn forget_session(&mut self, id: ParticipantId, session: Uuid) {
        if self
            .live
            .publications
            .get(&id)
            .is_some_and(|p| p.session == session)
        {
            self.live.publications.remove(&id);
        }
        if self
            .live
            .subscriptions
            .get(&id)
            .is_some_and(|s| s.session == session)
        {
            self.live.subscriptions.remove(&id);
        }
        self.sinks.retain(|k, _| k.session != session);
    }

    /// Opens a publish session. The caller answers, and tells of the change.
    pub(super) async fn publish(
        &mut self,
        id: ParticipantId,
        opened_by: TokenHash,
        offer: String,
    ) -> Result<Answer, MediaError> {
        let p = self.live.sitting.participant(id)?;
        if !p.role.can(Capability::Publish) {
            return Err(Refusal::NotPermitted.into());
        }
        self.may_have_media(id)?;
        let answer = self.room.publish(id.0, offer).await?;
        self.note_media_taken_over(
            id,
            self.live.publications.get(&id).map(|p| p.opened_by),
            opened_by,
        );
        let fresh = Publication {
            session: answer.session,
            opened_by,
            tracks: BTreeMap::new(),
        };
        if let Some(old) = self.live.publications.insert(id, fresh) {
            self.sinks.retain(|k, _| k.session != old.session);
            self.room.end_session(old.session).await;
        }
        Ok(answer)
    }

    /// Opens a subscribe session. The caller answers, and tells of the change.
    pub(super) async fn subscribe(
        &mut self,
        id: ParticipantId,
        opened_by: TokenHash,
        offer: String,
    ) -> Result<Answer, MediaError> {
        self.may_have_media(id)?;
        let answer = self.room.subscribe(id.0, offer).await?;
        // The seats it really has are told by SeatsNegotiated; until then nothing is routed to it.
        self.note_media_taken_over(
            id,
            self.live.subscriptions.get(&id).map(|s| s.opened_by),
            opened_by,
        );
        let fresh = Subscription {
            session: answer.session,
            opened_by,
            seats: 0,
            paused: BTreeSet::new(),
            shows: Vec::new(),
        };
        if let Some(old) = self.live.subscriptions.insert(id, fresh) {
            self.room.end_session(old.session).await;
        }
        if let Some(shown) = self.live.shown.get(&id) {
            self.room.set_shown(answer.session, shown.clone()).await;
        }
        Ok(answer)
    }

    /// Media in the place of what another session opened. Whoever holds the place by their connection has taken it over
    /// already, and that is noted; who has media and no connection holds it by that.
    fn note_media_taken_over(&mut self, id: ParticipantId, media: Option<TokenHash>, by: TokenHash) {
        let holder = self.audience.session_of(id).or(media);
        self.note_taken_over(id, holder, by);
    }

    /// How large a page shows its seats: for the subscription there is, and for one that comes after it.
    pub(super) async fn shows(&mut self, id: ParticipantId, pictures: &[ShownPicture]) {
        let shown: Vec<_> = pictures
            .iter()
            .take(PICTURES_MAX)
            .map(|p| {
                let shown = Shown {
                    width: p.width,
                    height: p.height,
                };
                (p.seat, shown)
            })
            .collect();
        if let Some(subscription) = self.live.subscriptions.get(&id) {
            self.room.set_shown(subscription.session, shown.clone()).await;
        }
        self.live.shown.insert(id, shown);
    }

    pub(super) fn may_have_media(&self, id: ParticipantId) -> Result<(), Refusal> {
        let p = self.live.sitting.participant(id)?;
        let out = matches!(p.state, ParticipantState::Removed | ParticipantState::Dismissed);
        if out || self.live.sitting.state.is_over() {
            return Err(Refusal::WrongState);
        }
        Ok(())
    }

    pub(super) async fn media(&mut self, event: RoomEvent) {
        match event {
            RoomEvent::TrackStarted { track, peer, codec } => {
                let Some(publication) = self.live.publications.get_mut(&ParticipantId(peer)) else {
                    return;
                };
                if publication.session == track.session
                    && publication.tracks.insert(track.source, codec).is_none()
                {
                    self.live.note_sent(ParticipantId(peer), track.source);
                    self.changed().await;
                }
            }
            RoomEvent::TrackStopped { track, peer } => {
                self.sinks.remove(&track);
                let Some(publication) = self.live.publications.get_mut(&ParticipantId(peer)) else {
                    return;
                };
                if publication.session == track.session && publication.tracks.remove(&track.source).is_some()
                {
                    self.changed().await;
                }
            }
            RoomEvent::SeatsNegotiated {
                session,
                seats,
                shows,
            } => {
                if let Some(s) = self
                    .live
                    .subscriptions
                    .values_mut()
                    .find(|s| s.session == session)
                {
                    s.seats = seats;
                    s.shows = shows;
                    self.changed().await;
                }
            }
            RoomEvent::SessionDown {
                session,
                peer,
                direction,
                reason,
            } => {
                let id = ParticipantId(peer);
                if self.owns(id, session) {
                    tracing::info!(participant = %id, ?direction, ?reason, "media session ended");
                    self.forget_session(id, session);
                    self.changed().await;
                }
            }
            RoomEvent::SessionUp {
                session,
                peer,
                direction,
            } => {
                tracing::debug!(%session, %peer, ?direction, "media session connected");
            }
            RoomEvent::Paused { session, peer, seats } => {
                if let Some(subscription) = self.live.subscriptions.get_mut(&ParticipantId(peer))
                    && subscription.session == session
                {
                    subscription.paused = seats.into_iter().collect();
                    self.audience.tell(&self.live);
                }
            }
            RoomEvent::AudioLevels { from, to, levels } => {
                let levels: Vec<_> = levels.into_iter().map(|(p, l)| (ParticipantId(p), l)).collect();
                let marks = self.speech.heard(from, to, &levels, self.journal.has_room());
                self.note_speech(marks, OffsetDateTime::now_utc());
                self.keep_log().await;
                if let Some(speaking) = self.speaking.heard(&levels, Instant::now()) {
                    self.audience.speaking(&self.live, &speaking);
                }
            }
            RoomEvent::Quality {
                peer,
                direction: Direction::Publish,
                lost_permille,
                ..
            } => {
                let quality = match lost_permille {
                    0..=30 => Quality::Good,
                    31..=150 => Quality::Weak,
                    _ => Quality::Bad,
                };
                self.audience.quality(&self.live, ParticipantId(peer), quality);
            }
            RoomEvent::Quality { .. } => {}
        }
    }
}
