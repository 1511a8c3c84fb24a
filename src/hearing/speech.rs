//! Who spoke on the record, and when: spells of speech, from audio levels, for the court log. No task, no clock of its
//! own: moments come in with everything that happens.
//!
//! Only levels of people whose sound goes into the record are looked at, and of them only those that were taken wholly
//! while it did: that somebody speaks off the record is kept nowhere here.

use super::speaking::is_speech;
use crate::court::id::ParticipantId;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Sound that is measured shorter than this is a noise and no speech.
const SHORTEST: Duration = Duration::from_millis(500);
/// Silence from here on ends a spell.
const PAUSE: Duration = Duration::from_secs(2);
/// Levels may wait in the hearing's queue: the clock alone ends a spell only when they have had time to come.
const LATE: Duration = Duration::from_millis(500);
/// A person's spells that may follow each other as they come. After them there is one for every [`EACH`].
const AT_ONCE: u32 = 60;
const EACH: Duration = Duration::from_secs(6);

/// One end of a spell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// Who speaks.
    pub who: ParticipantId,
    /// When the first sound of the spell was heard at the earliest, or the last at the latest.
    pub at: Instant,
    /// True for its beginning.
    pub begins: bool,
}

/// The spells that run, and how many each person may have.
#[derive(Debug, Default)]
pub(super) struct Speech {
    people: BTreeMap<ParticipantId, Person>,
}

#[derive(Debug, Default)]
struct Person {
    /// Since when their sound goes into the record without a break; none while it does not.
    since: Option<Instant>,
    spell: Option<Spell>,
    allowance: Allowance,
}

#[derive(Debug)]
struct Spell {
    from: Instant,
    /// End of the last level that was speech.
    last: Instant,
    /// Since when there is speech in every level.
    run: Instant,
    /// It is long enough to be no noise.
    long: bool,
    /// Its beginning has been told.
    told: bool,
}

/// How many spells a person may still have; fills up with time.
#[derive(Debug, Default)]
struct Allowance {
    used_until: Option<Instant>,
}

impl Allowance {
    fn has(&self, now: Instant) -> bool {
        let used = self
            .used_until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        used <= EACH * (AT_ONCE - 1)
    }

    fn take(&mut self, now: Instant) -> bool {
        let has = self.has(now);
        if has {
            self.used_until = Some(self.used_until.map_or(now, |until| until.max(now)) + EACH);
        }
        has
    }
}

impl Speech {
    /// From `at` on the sound of these people goes into the record, and of nobody else. `room`: the court log has room for
    /// a further spell, here and below; one that finds none is told as soon as there is some, or not at all.
    pub fn recorded(&mut self, people: &BTreeSet<ParticipantId>, at: Instant, room: bool) -> Vec<Mark> {
        let mut marks = Vec::new();
        for (who, person) in &mut self.people {
            if !people.contains(who) {
                person.end(*who, at, room, &mut marks);
                person.since = None;
            }
        }
        for who in people {
            self.people.entry(*who).or_default().since.get_or_insert(at);
        }
        marks
    }

    /// Ends a person's spell though their sound may go on being recorded; what they say next begins another.
    pub fn cut(&mut self, who: ParticipantId, at: Instant, room: bool) -> Vec<Mark> {
        let mut marks = Vec::new();
        if let Some(person) = self.people.get_mut(&who) {
            person.end(who, at, room, &mut marks);
            person.since = person.since.map(|_| at);
        }
        marks
    }

    /// Takes the loudest levels between two moments.
    pub fn heard(
        &mut self,
        from: Instant,
        to: Instant,
        levels: &[(ParticipantId, u8)],
        room: bool,
    ) -> Vec<Mark> {
        let mut marks = Vec::new();
        for (who, level) in levels {
            let Some(person) = self.people.get_mut(who).filter(|_| is_speech(*level)) else {
                continue;
            };
            // A level that began before they were recorded may be of a sound that is not in the record.
            if person.since.is_some_and(|since| from >= since) {
                person.hear(*who, from, to, room, &mut marks);
            }
        }
        marks
    }

    /// Time has passed.
    pub fn passed(&mut self, now: Instant, room: bool) -> Vec<Mark> {
        let mut marks = Vec::new();
        for (who, person) in &mut self.people {
            let silent = |spell: &Spell| now.saturating_duration_since(spell.last) >= PAUSE + LATE;
            if person.spell.as_ref().is_some_and(silent) {
                person.settle(*who, now, room, &mut marks);
            }
        }
        marks
    }
}

impl Person {
    fn hear(&mut self, who: ParticipantId, from: Instant, to: Instant, room: bool, marks: &mut Vec<Mark>) {
        let paused = |spell: &Spell| from.saturating_duration_since(spell.last) >= PAUSE;
        if self.spell.as_ref().is_some_and(paused) {
            self.settle(who, from, room, marks);
        }
        let spell = self.spell.get_or_insert(Spell {
            from,
            last: to,
            run: from,
            long: false,
            told: false,
        });
        if from > spell.last {
            spell.run = from;
            if !spell.long {
                // What went before was a noise.
                spell.from = from;
            }
        }
        spell.last = spell.last.max(to);
        spell.long |= to.saturating_duration_since(spell.run) >= SHORTEST;
        self.tell(who, to, room, marks);
    }

    /// Tells the beginning of the spell, once it is one and the person may have it.
    fn tell(&mut self, who: ParticipantId, now: Instant, room: bool, marks: &mut Vec<Mark>) {
        let Some(spell) = self.spell.as_mut().filter(|s| s.long && !s.told) else {
            return;
        };
        if room && self.allowance.take(now) {
            spell.told = true;
            let (at, begins) = (spell.from, true);
            marks.push(Mark { who, at, begins });
        }
    }

    /// After a pause. Whoever has used up their spells keeps this one until there may be another: so all that they say is
    /// in a spell, with longer pauses inside.
    fn settle(&mut self, who: ParticipantId, now: Instant, room: bool, marks: &mut Vec<Mark>) {
        self.tell(who, now, room, marks);
        let over = self
            .spell
            .as_ref()
            .is_some_and(|s| !s.long || s.told && self.allowance.has(now));
        if over {
            self.end(who, now, room, marks);
        }
    }

    fn end(&mut self, who: ParticipantId, now: Instant, room: bool, marks: &mut Vec<Mark>) {
        self.tell(who, now, room, marks);
        if let Some(spell) = self.spell.take().filter(|spell| spell.told) {
            let (at, begins) = (spell.last.min(now), false);
            marks.push(Mark { who, at, begins });
        }
    }
}

#[cfg(test)]
#[path = "speech_test.rs"]
mod tests;
