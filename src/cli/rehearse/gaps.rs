//! Every gap that the ledger declares must be one that the rehearsal provoked.

use super::course::{Course, Moment, Part, Stretch, millis};
use crate::rtp::source::Source;
use crate::wire::api::{Gap, RecordedTrack, Segment};
use std::time::{Duration, Instant};

/// A track may begin so much later than its stretch: the order reaches the publisher, a key frame comes back.
const BEGINNING: Duration = Duration::from_millis(1_000);
/// How far the edges of a gap may be from what provoked it.
const EDGE: Duration = Duration::from_millis(500);
/// A third of the time between two pictures: so soon after the beginning a camera's first packet may be the first that counts.
const FIRST: Duration = Duration::from_millis(10);

/// Why this gap should not be there; none if the rehearsal provoked it. `lost_somewhere`: packets were missed by the
/// people too, so the network did lose some.
pub fn objection(
    gap: &Gap,
    course: &Course,
    tracks: &[RecordedTrack],
    segments: &[Segment],
    lost_somewhere: bool,
) -> Option<String> {
    let Some(track) = tracks.iter().find(|track| track.file == gap.file) else {
        return Some("there is no such track".to_owned());
    };
    let (Some(part), Some(stretch), Some(segment)) = (
        course.part(track.participant),
        course.stretch(gap.segment),
        segments.iter().find(|segment| segment.segment == gap.segment),
    ) else {
        return Some("nobody and nothing was on the record then".to_owned());
    };
    let scene = Scene {
        gap,
        source: track.source,
        part,
        stretch,
    };
    let provoked = match gap.cause.as_str() {
        "not_started" => scene.is_a_beginning() && scene.had_not_begun(),
        "late_key_frame" => scene.is_a_beginning() && scene.waited_for_a_key_frame(),
        "ended" => scene.is_an_end(segment.duration_ms),
        "muted" => scene.is_the_mute(),
        "stalled" => scene.own_pauses() + EDGE >= scene.length(),
        // Sound that a stalled computer sends late finds its place filled.
        "lost" => lost_somewhere || scene.pauses_of_the_stretch() >= scene.length(),
        _ => false,
    };
    (!provoked).then(|| match gap.cause.as_str() {
        "lost" => "no packet was lost on the way to anybody".to_owned(),
        "outage" => "that is the server's own failure".to_owned(),
        "stalled" => format!(
            "{} paused for {} ms in that time",
            part.name,
            scene.own_pauses().as_millis()
        ),
        _ => "nothing in the rehearsal provoked it".to_owned(),
    })
}

struct Scene<'a> {
    gap: &'a Gap,
    source: Source,
    part: &'a Part,
    stretch: &'a Stretch,
}

impl Scene<'_> {
    fn length(&self) -> Duration {
        millis(self.gap.to_ms - self.gap.from_ms)
    }

    fn from(&self) -> Instant {
        self.stretch.earliest(self.gap.from_ms)
    }

    fn to(&self) -> Instant {
        self.stretch.latest(self.gap.to_ms)
    }

    /// At most so long after the later of going on the record and coming into the room, each as it was told to everybody:
    /// how long the computer took for that is not the record's fault.
    fn is_a_beginning(&self) -> bool {
        let began = match (self.entered(), self.part.seen) {
            (Some(_), Some(seen)) => seen,
            (Some(entered), None) => entered.accepted,
            (None, _) => self.stretch.confirmed,
        };
        self.stretch.earliest(self.gap.to_ms) <= began + BEGINNING + self.own_pauses()
    }

    /// A camera that others saw before was there: it waited for a key frame. (Sound needs none: up to its first packet it
    /// has not begun.)
    fn had_not_begun(&self) -> bool {
        self.source.is_audio() || self.entered().is_some() || self.length() <= FIRST
    }

    /// Pictures came, and whose they are was in the room.
    fn waited_for_a_key_frame(&self) -> bool {
        let there = self
            .entered()
            .map_or(self.stretch.began.ordered, |moment| moment.ordered);
        !self.source.is_audio() && self.stretch.latest(self.gap.from_ms) + EDGE >= there
    }

    fn entered(&self) -> Option<Moment> {
        self.part.entered.filter(|moment| self.holds(*moment))
    }

    /// From being sent out of the room, or, for a moment, at the end of the stretch.
    fn is_an_end(&self, duration_ms: i64) -> bool {
        match self.part.left.filter(|moment| self.holds(*moment)) {
            Some(left) => {
                self.to() + EDGE > left.ordered
                    && self.stretch.latest(self.gap.from_ms) + EDGE >= left.ordered
            }
            None => millis(duration_ms - self.gap.to_ms) <= EDGE && self.length() <= EDGE + self.own_pauses(),
        }
    }

    fn is_the_mute(&self) -> bool {
        let muted = self.part.muted.filter(|_| self.source == Source::Microphone);
        muted.is_some_and(|(off, on)| self.to() + EDGE >= off.ordered && self.from() <= on.accepted + EDGE)
    }

    fn holds(&self, moment: Moment) -> bool {
        moment.accepted >= self.stretch.began.ordered && moment.ordered <= self.stretch.ended.accepted
    }

    /// How long, in the whole stretch, this person's own computer sent nothing.
    fn pauses_of_the_stretch(&self) -> Duration {
        self.pauses_between(self.stretch.began.ordered, self.stretch.ended.accepted)
    }

    /// How long, near the gap, this person's own computer sent nothing.
    fn own_pauses(&self) -> Duration {
        let (from, to) = (
            self.from().checked_sub(EDGE).unwrap_or(self.from()),
            self.to() + EDGE,
        );
        self.pauses_between(from, to)
    }

    fn pauses_between(&self, from: Instant, to: Instant) -> Duration {
        let own = self
            .part
            .pauses
            .iter()
            .filter(|pause| pause.source == self.source);
        own.map(|pause| pause.to.min(to).saturating_duration_since(pause.from.max(from)))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::media::look::LOOKS;
    use crate::client::publish::Pause;
    use crate::court::id::ParticipantId;
    use crate::court::role::Role;

    const FILE: &str = "segment-001/witness-1-microphone.webm";

    struct Case {
        course: Course,
        start: Instant,
    }

    impl Case {
        fn new() -> Self {
            let start = Instant::now() + Duration::from_secs(10);
            let at = |ms: i64| Moment {
                ordered: start + millis(ms),
                accepted: start + millis(ms + 20),
            };
            let course = Course {
                stretches: vec![Stretch {
                    began: at(0),
                    confirmed: start + millis(500),
                    ended: at(20_000),
                }],
                parts: vec![Part {
                    participant: ParticipantId(uuid::Uuid::nil()),
                    name: "witness",
                    look: LOOKS[2],
                    clock_started: start,
                    entered: Some(at(3_000)),
                    seen: Some(start + millis(3_200)),
                    left: Some(at(18_000)),
                    muted: Some((at(6_000), at(7_000))),
                    pauses: vec![Pause {
                        source: Source::Microphone,
                        from: start + millis(10_000),
                        to: start + millis(10_900),
                    }],
                }],
            };
            Self { course, start }
        }

        fn objection(&self, cause: &str, from_ms: i64, to_ms: i64, lost: bool) -> Option<String> {
            self.objection_of(Source::Microphone, cause, from_ms, to_ms, lost)
        }

        fn objection_of(
            &self,
            source: Source,
            cause: &str,
            from_ms: i64,
            to_ms: i64,
            lost: bool,
        ) -> Option<String> {
            let gap = Gap {
                segment: 1,
                file: FILE.into(),
                from_ms,
                to_ms,
                cause: cause.into(),
            };
            let track = RecordedTrack {
                file: FILE.into(),
                participant: ParticipantId(uuid::Uuid::nil()),
                name: "W".into(),
                role: Role::Witness,
                source,
                codec: "opus".into(),
                segment: 1,
                bytes: 1,
                sha256: String::new(),
                duration_ms: 20_000,
            };
            let segment = Segment {
                segment: 1,
                started_at: String::new(),
                ended_at: String::new(),
                duration_ms: 20_000,
            };
            objection(&gap, &self.course, &[track], &[segment], lost)
        }
    }

    #[test]
    fn what_was_provoked_is_accepted_and_nothing_else() {
        let case = Case::new();
        for (cause, from, to, lost) in [
            ("not_started", 0, 3_600, false),
            ("muted", 5_900, 7_150, false),
            ("stalled", 10_020, 10_900, false),
            ("lost", 12_000, 12_020, true),
            ("lost", 12_000, 12_020, false),
            ("ended", 18_050, 20_000, false),
        ] {
            assert_eq!(case.objection(cause, from, to, lost), None, "{cause} {from}-{to}");
        }
        for (cause, from, to) in [
            ("not_started", 0, 5_000),
            ("late_key_frame", 8_000, 9_000),
            ("muted", 12_000, 13_000),
            ("stalled", 14_000, 15_000),
            ("stalled", 9_900, 12_500),
            ("lost", 12_000, 13_000),
            ("outage", 0, 20),
            ("ended", 12_000, 13_000),
            ("a word of its own", 0, 20),
        ] {
            assert!(
                case.objection(cause, from, to, false).is_some(),
                "{cause} {from}-{to}"
            );
        }
        assert!(case.start > Instant::now());
    }

    #[test]
    fn whose_camera_was_seen_before_waited_for_a_key_frame_and_who_came_later_had_not_begun() {
        let mut case = Case::new();
        let camera = |case: &Case, cause, from, to| case.objection_of(Source::Camera, cause, from, to, false);
        assert_eq!(camera(&case, "not_started", 0, 3_100), None);
        assert_eq!(camera(&case, "late_key_frame", 3_100, 3_400), None);
        assert!(
            camera(&case, "late_key_frame", 0, 3_400).is_some(),
            "nothing came"
        );
        case.course.parts[0].entered = None;
        case.course.parts[0].seen = None;
        assert_eq!(camera(&case, "late_key_frame", 0, 360), None);
        assert!(camera(&case, "not_started", 0, 360).is_some(), "it was seen");
        assert_eq!(camera(&case, "not_started", 0, 2), None);
        assert_eq!(case.objection("not_started", 0, 20, false), None);
        assert!(
            case.objection("late_key_frame", 0, 20, false).is_some(),
            "of sound"
        );
    }

    #[test]
    fn who_stays_to_the_end_ends_with_the_stretch() {
        let mut case = Case::new();
        case.course.parts[0].left = None;
        case.course.parts[0].pauses.clear();
        assert!(case.objection("lost", 12_000, 12_020, false).is_some());
        assert_eq!(case.objection("ended", 19_700, 20_000, false), None);
        assert!(case.objection("ended", 19_000, 20_000, false).is_some());
        assert!(case.objection("ended", 18_000, 18_300, false).is_some());
    }
}
