//! Acts: first what people see and hear, then what is written about it, then the answer.

use super::super::command::Reply;
use super::super::record::Order;
use super::{Task, answer, millis, unix_ms};
use crate::court::act::Act;
use crate::court::id::ParticipantId;
use crate::court::playback::Exhibit;
use crate::court::refusal::Refusal;
use crate::court::role::Capability;
use crate::court::sitting::{Circumstances, Fact, Sitting};
use crate::court::state::HearingState;
use crate::rtp::source::Source;
use crate::seal::ledger::{CourtLogEntry, Person};
use crate::seal::timestamp::Timestamp;
use crate::sfu::TrackKey;
use crate::wire::message::ByeReason;
use std::time::Instant;
use time::OffsetDateTime;

impl Task {
    #[cfg(test)]
    pub(in crate::hearing) async fn act(
        &mut self,
        actor: ParticipantId,
        act: Act,
        reply: Reply<Result<(), Refusal>>,
    ) {
        self.act_with(actor, act, None, reply).await;
    }

    /// Does an act; `exhibit` is the recording that it would show, if there is one.
    pub(in crate::hearing) async fn act_with(
        &mut self,
        actor: ParticipantId,
        act: Act,
        exhibit: Option<Exhibit>,
        reply: Reply<Result<(), Refusal>>,
    ) {
        if self.journal.is_full() && !act.ends_something() {
            // The court log cannot be kept. Without an answer whoever asks is told that the hearing cannot be reached.
            tracing::error!(participant = %actor, act = act.name(), "refused: too much of the court log waits for the store");
            return;
        }
        if act.needs() == Some(Capability::PlayRecording) && !act.ends_something() && !self.played.has_room()
        {
            // The chain of custody of what would be played cannot be kept. Said in the same way.
            tracing::error!(participant = %actor, act = act.name(), "refused: too much of the chain of custody waits for the store");
            return;
        }
        let at = Instant::now();
        let wall = OffsetDateTime::now_utc();
        let circumstances = Circumstances {
            now: unix_ms(wall),
            exhibit,
        };
        let before = self.live.sitting.clone();
        let was_on_record = before.on_record;
        let facts = match self.live.sitting.apply_under(actor, &act, &circumstances) {
            Ok(facts) => facts,
            Err(refusal) => {
                tracing::info!(participant = %actor, act = act.name(), about = about(&act), refusal = refusal.code(), "act refused");
                return answer(reply, Err(refusal));
            }
        };
        if facts.is_empty() && before == self.live.sitting && !matches!(act, Act::Leave) {
            // Pressed twice: nothing follows.
            return answer(reply, Ok(()));
        }
        let begins = self.live.sitting.on_record && !was_on_record;
        let ends = was_on_record && !self.live.sitting.on_record;
        if begins {
            self.broken = false;
            self.segment = self.segment.saturating_add(1);
            self.running = Some((self.segment, at));
            self.live.record_since = Some(unix_ms(wall));
            self.proofs.begin();
            self.order(Order::Begin {
                segment: self.segment,
                at,
                wall,
            });
        }
        if ends {
            self.record.cut(at);
        }
        self.forget_screens(&before).await;
        // Before the act itself: whoever it silences has spoken until then.
        self.follow_speech(&self.live.recorded_tracks(), at, wall);
        // First what people see and hear, then what is written about it.
        self.enforce(at).await;
        self.log(&facts, at, wall);
        if ends {
            self.running = None;
            self.live.record_since = None;
            self.order(Order::End { at });
        }
        self.depart(actor, &act, &facts).await;
        if self.live.sitting.state.is_over() && !self.sealing {
            self.sealing = true;
            self.finish = true;
        }
        self.changed().await;
        let sitting = &self.live.sitting;
        tracing::info!(
            participant = %actor,
            act = act.name(),
            about = about(&act),
            state = sitting.state.name(),
            on_record = sitting.on_record,
            "act done"
        );
        answer(reply, Ok(()));
    }

    /// Of screens that were switched on or off by what just happened: what they showed before is not for the record.
    async fn forget_screens(&mut self, before: &Sitting) {
        for (id, publication) in &self.live.publications {
            let shows = |sitting: &Sitting| sitting.participants.get(id).is_some_and(|p| p.screen);
            if shows(before) != shows(&self.live.sitting) {
                let track = TrackKey {
                    session: publication.session,
                    source: Source::Screen,
                };
                self.room.forget(track).await;
            }
        }
    }

    /// Those whose part is over are told so, and their media ends.
    pub(super) async fn depart(&mut self, actor: ParticipantId, act: &Act, facts: &[Fact]) {
        if matches!(act, Act::Leave) {
            self.live.sitting.disconnect(actor);
            self.part(actor, ByeReason::Left).await;
        }
        for fact in facts {
            let reason = match fact.kind {
                "dismissed" | "released" => ByeReason::Dismissed,
                "removed" => ByeReason::Removed,
                _ => continue,
            };
            if let Some(id) = fact.about {
                self.live.sitting.disconnect(id);
                self.part(id, reason).await;
            }
        }
        let reason = match self.live.sitting.state {
            HearingState::Closed => ByeReason::HearingClosed,
            HearingState::Adjourned => ByeReason::HearingAdjourned,
            _ => return,
        };
        // The last view first: it says why and until when.
        self.live.revision = self.live.revision.wrapping_add(1);
        self.audience.tell(&self.live);
        let all: Vec<(ParticipantId, bool)> = self
            .live
            .sitting
            .participants
            .values()
            .map(|p| (p.id, p.role.can(Capability::SeeCase)))
            .collect();
        for (id, stays) in all {
            if stays {
                // They see the sealing through, but nobody is seen or heard any more.
                self.end_media(id).await;
                continue;
            }
            self.live.sitting.disconnect(id);
            self.part(id, reason).await;
        }
    }

    pub(super) fn log(&mut self, facts: &[Fact], at: Instant, wall: OffsetDateTime) {
        for fact in facts {
            self.log_seq = self.log_seq.saturating_add(1);
            let named = |id: Option<ParticipantId>| {
                let p = self.live.sitting.participants.get(&id?)?;
                Some(Person {
                    participant: p.id.0,
                    name: p.name.clone(),
                    role: p.role.name().to_owned(),
                })
            };
            let media_ms = self
                .running
                .map(|(_, start)| millis(at.saturating_duration_since(start)));
            let entry = CourtLogEntry {
                seq: self.log_seq.unsigned_abs(),
                at: Timestamp::new(wall),
                segment: self.running.map(|(n, _)| n),
                media_ms,
                kind: fact.kind.to_owned(),
                by: named(fact.by),
                about: named(fact.about),
                text: fact.text.clone(),
            };
            self.journal.append(self.log_seq, unix_ms(wall), &entry);
            self.note_played(fact, entry.seq);
        }
    }
}

/// Whom an act is about, for the operator's log: the id and nothing else.
fn about(act: &Act) -> Option<tracing::field::DisplayValue<ParticipantId>> {
    act.about().map(tracing::field::display)
}
