//! What the rehearsal did, and when: what a recording of it may and may not hold.

use crate::client::media::look::Look;
use crate::client::publish::Pause;
use crate::court::id::ParticipantId;
use crate::rtp::source::Source;
use std::time::{Duration, Instant};

/// A moment that lies between the order of an act and its acceptance.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The act was sent.
    pub ordered: Instant,
    /// The server had said that it is done.
    pub accepted: Instant,
}

/// A stretch on the record.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// On the record.
    pub began: Moment,
    /// When everybody had been told that it runs: before that nobody may rely on it.
    pub confirmed: Instant,
    /// Off the record.
    pub ended: Moment,
}

impl Stretch {
    /// How far a length of time is from any that this stretch can have had.
    pub fn deviation(&self, length: Duration) -> Duration {
        let least = self.ended.ordered.saturating_duration_since(self.began.accepted);
        let most = self.ended.accepted.saturating_duration_since(self.began.ordered);
        least.saturating_sub(length).max(length.saturating_sub(most))
    }

    /// The earliest moment that can be so many milliseconds from the start.
    pub fn earliest(&self, ms: i64) -> Instant {
        self.began.ordered + millis(ms)
    }

    /// The latest moment that can be so many milliseconds from the start.
    pub fn latest(&self, ms: i64) -> Instant {
        self.began.accepted + millis(ms)
    }
}

/// One person's part.
#[derive(Debug, Clone)]
pub struct Part {
    /// Who.
    pub participant: ParticipantId,
    /// A short name for messages.
    pub name: &'static str,
    /// Colour and pitch.
    pub look: Look,
    /// When the clock in the picture stood at zero.
    pub clock_started: Instant,
    /// When they were let into the room, if that was on the record.
    pub entered: Option<Moment>,
    /// When everybody saw and heard them after that.
    pub seen: Option<Instant>,
    /// When they were sent out of it, if that was on the record.
    pub left: Option<Moment>,
    /// When their microphone was off.
    pub muted: Option<(Moment, Moment)>,
    /// When their computer did not keep up.
    pub pauses: Vec<Pause>,
}

impl Part {
    /// The longest time on this stretch in which their computer did not keep up.
    pub fn longest_pause(&self, source: Source, stretch: &Stretch) -> Duration {
        let within = |pause: &&Pause| {
            pause.source == source
                && pause.to >= stretch.began.ordered
                && pause.from <= stretch.ended.accepted
        };
        let pauses = self.pauses.iter().filter(within);
        pauses
            .map(|pause| pause.to - pause.from)
            .max()
            .unwrap_or_default()
    }
}

/// The whole hearing.
#[derive(Debug, Clone, Default)]
pub struct Course {
    /// On the record, in order.
    pub stretches: Vec<Stretch>,
    /// Who took part.
    pub parts: Vec<Part>,
}

impl Course {
    /// The part of a participant.
    pub fn part(&self, participant: ParticipantId) -> Option<&Part> {
        self.parts.iter().find(|part| part.participant == participant)
    }

    /// The stretch of a segment, which count from 1.
    pub fn stretch(&self, segment: u32) -> Option<&Stretch> {
        self.stretches.get(segment.checked_sub(1)? as usize)
    }
}

/// Milliseconds of the API; what is negative is none.
pub fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_between_order_and_acceptance_is_right_whatever_the_load() {
        let start = Instant::now();
        let moment = |ordered, accepted| Moment {
            ordered: start + millis(ordered),
            accepted: start + millis(accepted),
        };
        let stretch = Stretch {
            began: moment(0, 300),
            confirmed: start + millis(800),
            ended: moment(10_000, 10_500),
        };
        for (length, off) in [(9_500, 200), (9_700, 0), (10_000, 0), (10_500, 0), (10_800, 300)] {
            assert_eq!(stretch.deviation(millis(length)), millis(off), "{length}");
        }
    }
}
