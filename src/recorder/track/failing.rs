//! A track that cannot be written is tried again, in a new file. What it lost is declared as our own outage.

use super::{Proof, Track};
use crate::recorder::audio::Grid;
use crate::recorder::gap::Cause;
use crate::recorder::tap::HELD_FOR;
use crate::recorder::track_file::{Books, TrackFile, WriteError};

/// Back-off of attempts.
const RETRY_FIRST_US: i64 = 1_000_000;
const RETRY_LAST_US: i64 = 10_000_000;
/// A track that was written for so long begins its back-off anew.
const STEADY_US: i64 = 10_000_000;
/// A track that is opened this much later than it was to be was kept from it by us. Until then what came of it was held
/// ([`HELD_FOR`], less some time for handing it over).
const LATE_US: i64 = HELD_FOR.as_micros() as i64 - 100_000;

/// Where a track stands that is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is written.
    Written,
    /// It is not, and is tried again at this time.
    Failed { retry_us: i64 },
    /// From this time on it goes on in another file.
    Replaced { at_us: i64 },
}

/// The back-off of a track's attempts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Backoff {
    began_us: i64,
    wait_us: i64,
}

impl Backoff {
    fn next(&mut self, now_us: i64) -> i64 {
        self.wait_us = if now_us - self.began_us > STEADY_US || self.wait_us == 0 {
            RETRY_FIRST_US
        } else {
            (self.wait_us * 2).min(RETRY_LAST_US)
        };
        now_us + self.wait_us
    }
}

impl Track {
    /// Gives the file up as it is. What cannot be entered for a failing disk waits in the ledgers.
    pub(super) fn fail_file(&mut self, books: &mut Books) -> Result<(), WriteError> {
        let abandoned = match &mut self.file {
            Some(file) => file.abandon(books).map(|_| ()),
            None => Ok(()),
        };
        // Silence that was filled in and is in the file.
        let declared = match self.gap_us.take() {
            Some(from_us) => {
                let cause = self.cause(self.lost_since);
                self.declare(from_us, self.written_us(), cause, books)
            }
            None => Ok(()),
        };
        abandoned.and(declared)
    }

    /// The track can be written no longer: it is tried again later.
    pub(in crate::recorder) fn fail(&mut self, now_us: i64, books: &mut Books) -> Result<(), WriteError> {
        if self.standing != Standing::Written {
            return Ok(());
        }
        self.postpone(now_us);
        self.fail_file(books)
    }

    /// It could not be tried again.
    pub(in crate::recorder) fn postpone(&mut self, now_us: i64) {
        let retry_us = self.backoff.next(now_us);
        self.standing = Standing::Failed { retry_us };
    }

    /// It is time to try again.
    pub(in crate::recorder) fn retry_is_due(&self, now_us: i64) -> bool {
        let due = matches!(self.standing, Standing::Failed { retry_us } if retry_us <= now_us);
        due && self.ended_us.is_none()
    }

    /// Whether there is a file: then the track can only go on in another.
    pub(in crate::recorder) fn has_file(&self) -> bool {
        self.file.is_some()
    }

    /// The track goes on in a file of this name from now on; this one is as it is.
    pub(in crate::recorder) fn successor(&mut self, name: String, now_us: i64) -> Track {
        let mut next = Track::new(
            self.spec.clone(),
            name,
            &self.dir,
            self.segment,
            now_us,
            self.dropped.clone(),
        );
        next.dropped_seen = self.dropped_seen;
        next.mutes = self.mutes.clone();
        next.backoff = self.backoff;
        next.outage_us = Some((self.written_us(), now_us));
        self.standing = Standing::Replaced { at_us: now_us };
        self.streams.clear();
        next
    }

    /// Begins to write: for the first time, or again after a failure that left no file.
    pub(in crate::recorder) fn begin(&mut self, now_us: i64, books: &mut Books) -> Result<(), WriteError> {
        if self.standing != Standing::Written {
            self.streams.clear();
            (self.grid, self.active, self.proof) = (Grid::default(), None, Proof::default());
        }
        let since_us = match (self.standing, self.outage_us) {
            (_, Some((from_us, _))) => from_us,
            (Standing::Written, None) => self.wanted_us,
            (_, None) => self.first_arrival_us.unwrap_or(self.wanted_us),
        };
        if self.outage_us.is_some() || now_us - since_us > LATE_US {
            self.outage_us = Some((since_us, now_us));
        }
        self.backoff.began_us = now_us;
        self.standing = Standing::Written;
        self.note_gap_ended(books)?;
        if !std::mem::replace(&mut self.noted, true) {
            books.note(&self.opened_note(now_us))?;
        }
        if self.spec.source.is_audio() {
            // A picture's header needs the size of the first picture.
            self.file = Some(TrackFile::create(
                &self.dir,
                &self.name,
                &self.format(None),
                books,
            )?);
        }
        Ok(())
    }

    /// Declares the rest of a file that could not be written to the end of its segment.
    pub(in crate::recorder) fn declare_failed(
        &mut self,
        end_us: i64,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        let from_us = self.written_us();
        match self.standing {
            Standing::Replaced { at_us } => {
                let at_us = at_us.clamp(from_us.min(end_us), end_us);
                self.declare_undeclared(from_us, at_us, Cause::Outage, books)?;
                self.declare_undeclared(at_us.max(from_us), end_us, Cause::Ended, books)
            }
            _ => self.declare_undeclared(from_us, end_us, Cause::Outage, books),
        }
    }

    /// The file was not written to the end.
    pub(in crate::recorder) fn failed(&self) -> bool {
        self.standing != Standing::Written
    }

    /// It goes on in another file.
    pub(in crate::recorder) fn is_replaced(&self) -> bool {
        matches!(self.standing, Standing::Replaced { .. })
    }
}
