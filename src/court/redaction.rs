//! Redaction: what a judge may order to be taken out of a recording that others than the court are given, and how it is bounded.
//!
//! Times are on the clock of the recording: milliseconds from the start of a segment. Nothing that is ordered moves that clock: a
//! stretch that is cut is as long in the redacted copy as in the recording.

use super::id::ParticipantId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most intervals of one order.
pub const INTERVALS_MAX: usize = 100;
/// Most entries of the court log that one order names.
pub const LOG_ENTRIES_MAX: usize = 100;
/// Most intervals and named entries of all orders about recordings of one hearing that are in force at once.
pub const IN_FORCE_MAX: usize = 300;
/// Most orders about one recording, those that were lifted among them.
pub const ORDERS_MAX: usize = 100;

/// What is done with an interval.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ts_rs::TS,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum RedactionKind {
    /// Everybody's sound and picture are taken out; a plain card of the same length stands in their place.
    Cut,
    /// Sound is taken out: of everybody, or of one person.
    Mute,
    /// Pictures are covered: of everybody, or of one person, with the screen that they share.
    Cover,
}

impl RedactionKind {
    /// The word of the wire, the store and the sealed document.
    pub fn name(self) -> &'static str {
        match self {
            RedactionKind::Cut => "cut",
            RedactionKind::Mute => "mute",
            RedactionKind::Cover => "cover",
        }
    }
}

/// An interval of a recording, and what is to be done with it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema,
)]
#[serde(deny_unknown_fields)]
#[ts(export_to = "wire.ts")]
pub struct RedactedInterval {
    /// Of which segment, from 1.
    pub segment: u32,
    /// What is done.
    pub kind: RedactionKind,
    /// Whose sound or picture; null for everybody's.
    pub participant: Option<ParticipantId>,
    /// Milliseconds from the segment's start.
    #[ts(type = "number")]
    pub from_ms: u64,
    /// Milliseconds from the segment's start; later than `from_ms`.
    #[ts(type = "number")]
    pub to_ms: u64,
}

/// What of a person a segment of the recording holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// In which segment.
    pub segment: u32,
    /// Who.
    pub participant: ParticipantId,
    /// True for a microphone, false for a camera or a screen.
    pub is_sound: bool,
}

/// Why intervals cannot be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IntervalFault {
    /// None, or too many.
    #[error("an order has 1 to {INTERVALS_MAX} intervals")]
    Number,
    /// It ends where it begins, or before.
    #[error("an interval ends after it begins")]
    Backwards,
    /// The recording has no such moment.
    #[error("an interval lies inside one segment of the recording")]
    Outside,
    /// A cut is of everybody.
    #[error("a cut takes everybody out: it names no person")]
    CutOfOne,
    /// Of that person there is no sound or no picture in that segment.
    #[error("the recording has no such sound or picture of that person in that segment")]
    NobodyThere,
}

/// Checks the intervals of an order against the recording, and gives them in order, with those that overlap or touch joined where
/// they are of the same kind and person. `segments`: number and length in milliseconds.
pub fn check(
    intervals: &[RedactedInterval],
    segments: &[(u32, u64)],
    heard: &[Heard],
) -> Result<Vec<RedactedInterval>, IntervalFault> {
    if intervals.is_empty() || intervals.len() > INTERVALS_MAX {
        return Err(IntervalFault::Number);
    }
    for interval in intervals {
        if interval.from_ms >= interval.to_ms {
            return Err(IntervalFault::Backwards);
        }
        let is_inside =
            |(segment, length): &(u32, u64)| *segment == interval.segment && interval.to_ms <= *length;
        if !segments.iter().any(is_inside) {
            return Err(IntervalFault::Outside);
        }
        let Some(participant) = interval.participant else {
            continue;
        };
        let is_sound = match interval.kind {
            RedactionKind::Cut => return Err(IntervalFault::CutOfOne),
            RedactionKind::Mute => true,
            RedactionKind::Cover => false,
        };
        let sought = Heard {
            segment: interval.segment,
            participant,
            is_sound,
        };
        if !heard.contains(&sought) {
            return Err(IntervalFault::NobodyThere);
        }
    }
    Ok(joined(intervals))
}

fn joined(intervals: &[RedactedInterval]) -> Vec<RedactedInterval> {
    let mut by_target: BTreeMap<_, Vec<(u64, u64)>> = BTreeMap::new();
    for i in intervals {
        let target = (i.segment, i.kind, i.participant);
        by_target.entry(target).or_default().push((i.from_ms, i.to_ms));
    }
    let mut all: Vec<RedactedInterval> = by_target
        .into_iter()
        .flat_map(|((segment, kind, participant), spans)| {
            let span = move |(from_ms, to_ms)| RedactedInterval {
                segment,
                kind,
                participant,
                from_ms,
                to_ms,
            };
            join_spans(spans).into_iter().map(span)
        })
        .collect();
    all.sort_by_key(|i| (i.segment, i.from_ms, i.to_ms, i.kind, i.participant));
    all
}

/// Spans in order, with those that overlap or touch made one.
pub fn join_spans(mut spans: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    spans.sort_unstable();
    let mut joined: Vec<(u64, u64)> = Vec::with_capacity(spans.len());
    for (from, to) in spans {
        match joined.last_mut() {
            Some((_, end)) if from <= *end => *end = (*end).max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use RedactionKind::*;
    use uuid::Uuid;

    const WITNESS: ParticipantId = ParticipantId(Uuid::from_u128(7));
    const JUDGE: ParticipantId = ParticipantId(Uuid::from_u128(1));

    fn of(
        kind: RedactionKind,
        participant: Option<ParticipantId>,
        from_ms: u64,
        to_ms: u64,
    ) -> RedactedInterval {
        RedactedInterval {
            segment: 2,
            kind,
            participant,
            from_ms,
            to_ms,
        }
    }

    fn checked(intervals: &[RedactedInterval]) -> Result<Vec<RedactedInterval>, IntervalFault> {
        let heard = |participant, is_sound| Heard {
            segment: 2,
            participant,
            is_sound,
        };
        let heard = [heard(WITNESS, true), heard(WITNESS, false), heard(JUDGE, true)];
        check(intervals, &[(1, 900), (2, 5000)], &heard)
    }

    #[test]
    fn intervals_lie_inside_the_recording_and_are_of_what_is_there() {
        for (interval, fault) in [
            (of(Cut, None, 1000, 1000), IntervalFault::Backwards),
            (of(Cut, None, 1001, 1000), IntervalFault::Backwards),
            (of(Cut, None, 0, 5001), IntervalFault::Outside),
            (of(Cut, None, u64::MAX - 1, u64::MAX), IntervalFault::Outside),
            (
                RedactedInterval {
                    segment: 1,
                    ..of(Cut, None, 0, 1000)
                },
                IntervalFault::Outside,
            ),
            (
                RedactedInterval {
                    segment: 3,
                    ..of(Cut, None, 0, 1)
                },
                IntervalFault::Outside,
            ),
            (of(Cut, Some(WITNESS), 0, 1), IntervalFault::CutOfOne),
            (of(Cover, Some(JUDGE), 0, 1), IntervalFault::NobodyThere),
            (
                RedactedInterval {
                    segment: 1,
                    ..of(Mute, Some(JUDGE), 0, 1)
                },
                IntervalFault::NobodyThere,
            ),
        ] {
            assert_eq!(checked(&[interval]), Err(fault), "{interval:?}");
        }
        assert_eq!(checked(&[]), Err(IntervalFault::Number));
        assert_eq!(
            checked(&[of(Cut, None, 0, 5000); 101]),
            Err(IntervalFault::Number)
        );
        assert_eq!(checked(&[of(Cut, None, 0, 5000); 100]).unwrap().len(), 1);
        assert!(checked(&[of(Mute, Some(JUDGE), 0, 1), of(Cover, Some(WITNESS), 0, 1)]).is_ok());
    }

    #[test]
    fn what_overlaps_is_one_where_it_is_of_the_same_kind_and_person() {
        let found = checked(&[
            of(Mute, Some(WITNESS), 3000, 4000),
            of(Mute, Some(WITNESS), 1000, 2000),
            of(Mute, Some(WITNESS), 1500, 2500),
            of(Mute, Some(WITNESS), 2500, 2600),
            of(Mute, None, 2000, 3500),
            of(Cover, Some(WITNESS), 1500, 1600),
        ]);
        assert_eq!(
            found.unwrap(),
            [
                of(Mute, Some(WITNESS), 1000, 2600),
                of(Cover, Some(WITNESS), 1500, 1600),
                of(Mute, None, 2000, 3500),
                of(Mute, Some(WITNESS), 3000, 4000),
            ]
        );
    }
}
