//! A recording that is shown to the hearing: who may follow it, where it ends, and what of it goes into its chain of custody.

use super::super::command::Following;
use super::super::played::Entry;
use super::super::view;
use super::{Task, unix_ms};
use crate::court::id::{CaseId, ParticipantId, RecordingId};
use crate::court::playback::{FollowState, named_in};
use crate::court::role::Capability;
use crate::court::sitting::Fact;
use crate::evidence::PlayedEvent;
use std::time::Instant;
use time::OffsetDateTime;

/// As the chain of custody names the server.
const SERVER: &str = "oyer";

impl Task {
    /// The recording that is shown, if this person may follow it now.
    pub(in crate::hearing) fn following(&self, id: ParticipantId) -> Option<Following> {
        let sitting = &self.live.sitting;
        let viewer = sitting.participants.get(&id)?;
        let view = view::playback(sitting, viewer)?;
        let kept = sitting.playback.as_ref().map(|p| &p.exhibit.court_only);
        Some(Following {
            view,
            hidden: kept
                .filter(|_| !viewer.role.is_court())
                .cloned()
                .unwrap_or_default(),
        })
    }

    /// The recording that is shown.
    pub(in crate::hearing) fn shown(&self) -> Option<RecordingId> {
        let playback = self.live.sitting.playback.as_ref();
        playback.map(|playback| playback.exhibit.recording)
    }

    /// Of which case they may show a recording, and how its chain of custody names them.
    pub(super) fn may_play(&self, id: ParticipantId) -> Option<(CaseId, String)> {
        let sitting = &self.live.sitting;
        let p = sitting.participants.get(&id)?;
        p.role
            .can(Capability::PlayRecording)
            .then(|| (sitting.case_id, self.named(id)))
    }

    fn named(&self, id: ParticipantId) -> String {
        let p = self.live.sitting.participants.get(&id);
        p.map_or_else(
            || SERVER.to_owned(),
            |p| format!("{} ({})", p.name, p.role.name()),
        )
    }

    /// A page says how it follows.
    pub(in crate::hearing) fn follows(
        &mut self,
        id: ParticipantId,
        recording: RecordingId,
        state: FollowState,
    ) {
        let shown = self.live.sitting.playback.as_ref();
        if shown.is_some_and(|p| p.exhibit.recording == recording) && self.live.sitting.follows(id, state) {
            self.live.revision = self.live.revision.wrapping_add(1);
            self.audience.tell(&self.live);
        }
    }

    /// It has come to its end by itself.
    pub(in crate::hearing) async fn playback_through(&mut self) {
        let wall = OffsetDateTime::now_utc();
        if let Some(fact) = self.live.sitting.playback_through(unix_ms(wall)) {
            self.log(&[fact], Instant::now(), wall);
            self.changed().await;
        }
    }

    /// The server stops.
    pub(super) fn cut_playback(&mut self) {
        let wall = OffsetDateTime::now_utc();
        let facts = self.live.sitting.playback_cut(unix_ms(wall));
        self.log(&facts, Instant::now(), wall);
    }

    /// What the court log says of a recording that is shown goes into the recording's own chain of custody as well.
    pub(super) fn note_played(&self, fact: &Fact, entry: u64) {
        if !fact.kind.starts_with("playback_") {
            return;
        }
        let Some(recording) = fact.text.as_deref().and_then(named_in) else {
            tracing::error!(kind = fact.kind, "an entry of the court log names no recording");
            return;
        };
        self.played.enter(Entry {
            recording,
            by: fact.by.map_or_else(|| SERVER.to_owned(), |id| self.named(id)),
            event: PlayedEvent {
                hearing: self.live.sitting.id,
                kind: fact.kind.to_owned(),
                entry: Some(entry),
                text: fact.text.clone(),
            },
        });
    }
}
