//! What of a track is missing, and why.

use super::{FRAME_US, STALL_US, Track, UNDER_WAY_US, to_ms};
use crate::recorder::audio;
use crate::recorder::gap::{Cause, Gap};
use crate::recorder::journal::Note;
use crate::recorder::ledger::GAPS;
use crate::recorder::track_file::{Books, WriteError};

impl Track {
    /// A packet that came when its place was filled. In an open gap it counts as lost there; else (the sender's clock
    /// runs fast) it is declared here.
    pub(super) fn left_out(&mut self, samples: i64, books: &mut Books) -> Result<(), WriteError> {
        self.lost += 1;
        if self.gap_us.is_some() {
            self.lost_since += 1;
            return Ok(());
        }
        let to_us = self.grid.next_us();
        self.declare(
            to_us - to_us.min(audio::to_us(samples)),
            to_us,
            Cause::Lost,
            books,
        )
    }

    /// Sound comes again at `to_us`; `samples` is the length of its packets.
    pub(super) fn close_gap(
        &mut self,
        to_us: i64,
        samples: i64,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        let Some(from_us) = self.gap_us.take() else {
            return Ok(());
        };
        // Packets lost explain a gap as long as they were; a longer one began with the sender.
        let explained = self.lost_since.min(1 << 20) as i64 * audio::to_us(samples) * 2 >= to_us - from_us;
        let cause = match self.cause(self.lost_since) {
            Cause::Lost if !explained => Cause::Stalled,
            cause => cause,
        };
        self.declare(from_us, to_us, cause, books)?;
        self.note_gap_ended(books)
    }

    /// Why nothing comes, leaving muting aside.
    pub(super) fn cause(&self, lost: u64) -> Cause {
        if self.first_arrival_us.is_none() || self.spec.source.is_audio() && !self.grid.has_packet() {
            Cause::NotStarted
        } else if self.outage_since {
            Cause::Outage
        } else if self.untapped {
            Cause::Ended
        } else if lost > 0 {
            Cause::Lost
        } else {
            Cause::Stalled
        }
    }

    /// Declares what was not to be seen before the picture at `at_us`.
    pub(super) fn picture_gap(&mut self, at_us: i64, books: &mut Books) -> Result<(), WriteError> {
        match self.picture_us {
            None => self.lead_in(at_us, books)?,
            Some(last) if self.may_stand_still() => self.declare_still(last, at_us, books)?,
            Some(last) => {
                let lost = self.lost_since > 0 || self.outage_since;
                if at_us - last > STALL_US || lost && at_us - last > FRAME_US * 3 {
                    let cause = self.cause(self.lost_since);
                    self.declare(last, at_us, cause, books)?;
                }
            }
        }
        self.note_gap_ended(books)
    }

    /// From the segment's start to the first picture, or to its end: first nothing came, then no key frame.
    pub(super) fn lead_in(&mut self, to_us: i64, books: &mut Books) -> Result<(), WriteError> {
        let came_us = self.first_arrival_us.unwrap_or(to_us).clamp(0, to_us.max(0));
        self.declare(0, came_us, Cause::NotStarted, books)?;
        self.declare(came_us, to_us, Cause::LateKeyFrame, books)
    }

    /// Declares what is missing at the end of the segment. After the end of the publication, and when it is so short
    /// that it was still under way, the cause is the end itself.
    pub(super) fn declare_rest(
        &mut self,
        from_us: i64,
        to_us: i64,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        let cause = match self.cause(self.lost_since) {
            Cause::Stalled if to_us - from_us < UNDER_WAY_US => Cause::Ended,
            cause => cause,
        };
        match self.ended_us.map(|ended_us| ended_us.clamp(from_us, to_us)) {
            None => self.declare(from_us, to_us, cause, books),
            Some(ended_us) if ended_us - from_us < UNDER_WAY_US => {
                self.declare(from_us, to_us, Cause::Ended, books)
            }
            Some(ended_us) => {
                self.declare(from_us, ended_us, cause, books)?;
                self.declare(ended_us, to_us, Cause::Ended, books)
            }
        }
    }

    pub(super) fn declare(
        &mut self,
        from_us: i64,
        to_us: i64,
        otherwise: Cause,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        if to_us <= from_us {
            return Ok(());
        }
        let written_us = self.written_us();
        self.declared.retain(|(_, to_us)| *to_us > written_us);
        self.declared.push((from_us, to_us));
        for (from_us, to_us, cause) in self.mutes.split(from_us, to_us, otherwise) {
            for (from_us, to_us, cause) in self.part_outage(from_us, to_us, cause) {
                self.enter(from_us, to_us, cause, books)?;
            }
        }
        Ok(())
    }

    /// As [`Track::declare`], but for what is declared already.
    pub(super) fn declare_undeclared(
        &mut self,
        from_us: i64,
        to_us: i64,
        cause: Cause,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        let mut declared = self.declared.clone();
        declared.sort_unstable();
        let mut at_us = from_us;
        for (begin_us, end_us) in declared {
            self.declare(at_us, begin_us.min(to_us), cause, books)?;
            at_us = at_us.max(end_us);
        }
        self.declare(at_us, to_us, cause, books)
    }

    fn enter(&self, from_us: i64, to_us: i64, cause: Cause, books: &mut Books) -> Result<(), WriteError> {
        let (from_ms, to_ms) = (to_ms(from_us), to_ms(to_us));
        // Less than a millisecond.
        if to_ms <= from_ms {
            return Ok(());
        }
        let gap = Gap {
            segment: self.segment,
            file: self.name.clone(),
            participant: self.spec.participant,
            source: self.spec.source,
            from_ms,
            to_ms,
            cause,
        };
        books.ledger.gap(&gap).map_err(|e| WriteError::disk(GAPS, e))
    }

    /// Whatever else may have been so: while the track could not be written, that was the cause. Only who was muted was
    /// not to be heard anyway.
    fn part_outage(&self, from_us: i64, to_us: i64, cause: Cause) -> Vec<(i64, i64, Cause)> {
        let Some((begin_us, end_us)) = self.outage_us.filter(|_| cause != Cause::Muted) else {
            return vec![(from_us, to_us, cause)];
        };
        let begin_us = begin_us.clamp(from_us, to_us);
        let end_us = end_us.clamp(begin_us, to_us);
        let parts = [
            (from_us, begin_us, cause),
            (begin_us, end_us, Cause::Outage),
            (end_us, to_us, cause),
        ];
        parts
            .into_iter()
            .filter(|(from_us, to_us, _)| from_us < to_us)
            .collect()
    }

    pub(super) fn note_gap(
        &mut self,
        from_us: i64,
        cause: Cause,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        let cause = if self.mutes.muted() { Cause::Muted } else { cause };
        books.note(&Note::GapOpened {
            file: self.name.clone(),
            from_ms: to_ms(from_us),
            cause,
        })
    }

    /// The gap that was noted last is over, and what was missing is in the ledger: a crash that comes later leaves nothing of
    /// it to be declared.
    pub(super) fn note_gap_ended(&mut self, books: &mut Books) -> Result<(), WriteError> {
        match std::mem::take(&mut self.gap_noted) {
            true => books.note(&Note::GapEnded {
                file: self.name.clone(),
            }),
            false => Ok(()),
        }
    }
}
