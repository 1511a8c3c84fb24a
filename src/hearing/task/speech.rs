//! Who speaks on the record, into the court log.

use super::super::live::RecordedTrack;
use super::super::speech::Mark;
use super::Task;
use crate::court::id::ParticipantId;
use crate::court::sitting::Fact;
use crate::rtp::source::Source;
use std::time::Instant;
use time::OffsetDateTime;

impl Task {
    /// From `at` on only those speak on the record whose microphone is among the recorded tracks.
    pub(super) fn follow_speech(&mut self, tracks: &[RecordedTrack], at: Instant, wall: OffsetDateTime) {
        let runs = self.running.is_some() && !self.broken;
        let people = tracks
            .iter()
            .filter(|t| runs && t.flowing && t.key.source == Source::Microphone)
            .map(|t| t.participant)
            .collect();
        let marks = self.speech.recorded(&people, at, self.journal.has_room());
        self.note_speech(marks, wall);
    }

    /// A person's connection is lost, or is another's now: what is heard of them after that is another spell.
    pub(super) fn cut_speech(&mut self, id: ParticipantId) {
        let marks = self.speech.cut(id, Instant::now(), self.journal.has_room());
        self.note_speech(marks, OffsetDateTime::now_utc());
    }

    /// Writes the ends of spells into the court log, at their place in the record. Storing them is left to the caller.
    pub(super) fn note_speech(&mut self, marks: Vec<Mark>, wall: OffsetDateTime) {
        for Mark { who, at, begins } in marks {
            let fact = Fact {
                kind: if begins { "speech_began" } else { "speech_ended" },
                by: None,
                about: Some(who),
                text: None,
            };
            self.log(&[fact], at, wall);
        }
    }
}
