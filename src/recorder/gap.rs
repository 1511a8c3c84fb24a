//! Why a stretch of a track holds no media.

use crate::rtp::source::Source;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Shorter than this between a change of muting and the media following it is the delay of the messages.
const MUTE_EDGE_US: i64 = 1_000_000;

/// The cause of a gap, as in `gaps.jsonl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The participant or the court had muted the track.
    Muted,
    /// Sent, but not received in time, or not usable for want of what was lost.
    Lost,
    /// The sender sent nothing, or nothing new.
    Stalled,
    /// Our own fault: queue full, disk refused, process gone.
    Outage,
    /// Pictures came, but no key frame to begin with.
    LateKeyFrame,
    /// Nothing had come yet.
    NotStarted,
    /// The publication had ended.
    Ended,
}

/// A line of `gaps.jsonl`. Times are milliseconds on the segment's timeline; numbers of 64 bits are strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Segment.
    pub segment: u32,
    /// Track file. It does not exist when the track never delivered a picture.
    pub file: String,
    /// Whose track it is.
    pub participant: Uuid,
    /// What it shows.
    pub source: Source,
    /// Where the gap begins.
    #[serde(with = "decimal")]
    pub from_ms: u64,
    /// Where it ends.
    #[serde(with = "decimal")]
    pub to_ms: u64,
    /// Why.
    pub cause: Cause,
}

impl Gap {
    /// The gap of a segment in which no track was open at all: it is nobody's. None when the segment has no length.
    pub(super) fn of_nobody(segment: u32, duration_ms: u64) -> Option<Gap> {
        (duration_ms > 0).then(|| Gap {
            segment,
            file: format!("{}/none", super::segment::folder(segment)),
            participant: Uuid::nil(),
            source: Source::Microphone,
            from_ms: 0,
            to_ms: duration_ms,
            cause: Cause::NotStarted,
        })
    }
}

mod decimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// When a track was muted, in order; microseconds on the segment's timeline.
#[derive(Debug, Clone, Default)]
pub(super) struct Mutes {
    spans: Vec<(i64, Option<i64>)>,
}

impl Mutes {
    pub(super) fn set(&mut self, muted: bool, at_us: i64) {
        match (self.spans.last_mut(), muted) {
            (Some((_, end @ None)), false) => *end = Some(at_us),
            (Some((_, None)), true) | (_, false) => {}
            (_, true) => self.spans.push((at_us, None)),
        }
    }

    pub(super) fn muted(&self) -> bool {
        matches!(self.spans.last(), Some((_, None)))
    }

    /// When it was next muted after `from_us`, or the time itself if it was muted then. That it was until a moment after
    /// `from_us` is the delay of the messages.
    pub(super) fn next(&self, from_us: i64) -> Option<i64> {
        let open = |(_, end): &&(i64, Option<i64>)| end.is_none_or(|end| end > from_us + MUTE_EDGE_US);
        self.spans
            .iter()
            .find(open)
            .map(|(start, _)| (*start).max(from_us))
    }

    /// Cuts a gap into muted stretches and those with another cause. Other stretches at the edge of a muted one that
    /// are shorter than [`MUTE_EDGE_US`] belong to it.
    pub(super) fn split(&self, from_us: i64, to_us: i64, otherwise: Cause) -> Vec<(i64, i64, Cause)> {
        let mut pieces = Vec::new();
        let mut at = from_us;
        for &(start, end) in &self.spans {
            let start = start.max(at);
            let end = end.unwrap_or(to_us).min(to_us);
            if start >= end {
                continue;
            }
            if start > at {
                if start - at < MUTE_EDGE_US {
                    pieces.push((at, start, Cause::Muted));
                } else {
                    pieces.push((at, start, otherwise));
                }
            }
            pieces.push((start, end, Cause::Muted));
            at = end;
        }
        if at < to_us {
            let muted = !pieces.is_empty() && to_us - at < MUTE_EDGE_US;
            pieces.push((at, to_us, if muted { Cause::Muted } else { otherwise }));
        }
        pieces.dedup_by(|later, earlier| {
            let same = earlier.2 == later.2;
            if same {
                earlier.1 = later.1;
            }
            same
        });
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const S: i64 = 1_000_000;

    #[test]
    fn a_muted_stretch_takes_its_edges_and_leaves_the_rest() {
        let mut mutes = Mutes::default();
        mutes.set(true, 10 * S);
        mutes.set(true, 11 * S);
        mutes.set(false, 20 * S);
        mutes.set(false, 21 * S);
        let split = |from, to| mutes.split(from, to, Cause::Stalled);
        assert_eq!(
            split(10 * S - 50_000, 20 * S + 90_000),
            [(9_950_000, 20_090_000, Cause::Muted)]
        );
        assert_eq!(
            split(10 * S, 30 * S),
            [(10 * S, 20 * S, Cause::Muted), (20 * S, 30 * S, Cause::Stalled)]
        );
        assert_eq!(split(3 * S, 4 * S), [(3 * S, 4 * S, Cause::Stalled)]);
        assert_eq!(
            split(20 * S, 20 * S + 20_000),
            [(20 * S, 20 * S + 20_000, Cause::Stalled)]
        );
        assert!(!mutes.muted());
    }

    #[test]
    fn a_line_of_the_ledger() {
        let gap = Gap {
            segment: 1,
            file: "segment-001/witness-1-microphone.webm".into(),
            participant: Uuid::nil(),
            source: Source::Microphone,
            from_ms: 1234,
            to_ms: 2234,
            cause: Cause::LateKeyFrame,
        };
        let line = serde_json::to_string(&gap).unwrap();
        assert_eq!(
            line,
            "{\"segment\":1,\"file\":\"segment-001/witness-1-microphone.webm\",\
             \"participant\":\"00000000-0000-0000-0000-000000000000\",\"source\":\"microphone\",\
             \"from_ms\":\"1234\",\"to_ms\":\"2234\",\"cause\":\"late_key_frame\"}"
        );
        assert_eq!(serde_json::from_str::<Gap>(&line).unwrap(), gap);
    }

    proptest! {
        #[test]
        fn pieces_cover_the_gap_without_overlap(
            edges in proptest::collection::vec(0i64..60 * S, 0..12),
            from in 0i64..60 * S,
            length in 1i64..60 * S,
        ) {
            let mut edges = edges;
            edges.sort();
            let mut mutes = Mutes::default();
            for (n, at) in edges.iter().enumerate() {
                mutes.set(n % 2 == 0, *at);
            }
            let pieces = mutes.split(from, from + length, Cause::Stalled);
            prop_assert_eq!(pieces.first().unwrap().0, from);
            prop_assert_eq!(pieces.last().unwrap().1, from + length);
            for pair in pieces.windows(2) {
                prop_assert_eq!(pair[0].1, pair[1].0);
                prop_assert_ne!(pair[0].2, pair[1].2);
            }
        }
    }
}
