//! What every screen may claim about the record. "Recording" means: of every track that should be in the record, the
//! writer has said lately that what came of it is on the disk. Pure: told the time.

use crate::court::id::ParticipantId;
use crate::sfu::TrackKey;
use crate::wire::view::RecordingStatus;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Without a word of the writer for this long the record counts as failing (COURT.md: alarmed in less than 2 s).
const WORD_MAX: Duration = Duration::from_millis(1_800);
/// A track that begins to flow is confirmed within this time, key frame and first cluster included. With the hearing's
/// tick of half a second a failure is known within 3 s.
const FIRST_MAX: Duration = Duration::from_millis(2_400);

/// A track that should be in the record.
#[derive(Debug, Clone, Copy)]
struct Flow {
    participant: ParticipantId,
    since: Instant,
    /// The writer's last word confirmed it.
    confirmed: bool,
    /// It was confirmed before, or failed: there is nothing left to wait for.
    due: bool,
}

/// What may be claimed of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Of the record as a whole.
    pub status: RecordingStatus,
    /// Who is not being recorded though they should be.
    pub failing: Vec<ParticipantId>,
    /// Who has just begun to send and is not confirmed yet.
    pub starting: Vec<ParticipantId>,
}

impl Claim {
    /// The same of everybody.
    pub fn of_all(status: RecordingStatus) -> Self {
        Self {
            status,
            failing: Vec::new(),
            starting: Vec::new(),
        }
    }
}

/// The running segment, as far as the writer has vouched for it.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    flows: BTreeMap<TrackKey, Flow>,
    word: Option<Instant>,
    /// All that flowed was confirmed at some time: who comes later does not make the record "start" again.
    ran: bool,
    failed: bool,
}

impl Proofs {
    /// A segment begins: nothing is confirmed.
    pub fn begin(&mut self) {
        *self = Self::default();
    }

    /// The tracks that should be in the record from `at` on.
    pub fn flowing(&mut self, tracks: &[(TrackKey, ParticipantId)], at: Instant) {
        self.flows.retain(|key, _| tracks.iter().any(|(k, _)| k == key));
        for (key, participant) in tracks {
            self.flows.entry(*key).or_insert(Flow {
                participant: *participant,
                since: at,
                confirmed: false,
                due: false,
            });
        }
        self.ran &= !self.flows.is_empty();
    }

    /// The writer's word: these tracks are written as they come, with the arrival of the newest media on the disk.
    pub fn confirmed(&mut self, at: Instant, tracks: &BTreeMap<TrackKey, Instant>) {
        self.word = Some(at);
        for (key, flow) in &mut self.flows {
            flow.confirmed = tracks.get(key).is_some_and(|newest| *newest >= flow.since);
            flow.due |= flow.confirmed;
        }
        if self.flows.values().all(|flow| flow.confirmed) {
            self.failed = false;
            self.ran = !self.flows.is_empty();
        }
    }

    /// A track is not written.
    pub fn track_failed(&mut self, key: TrackKey) {
        if let Some(flow) = self.flows.get_mut(&key) {
            (flow.confirmed, flow.due) = (false, true);
        }
    }

    /// The record does not run as ordered. It does again when everything is confirmed.
    pub fn failed(&mut self) {
        self.failed = true;
    }

    /// What may be claimed of a segment that began at `start`, and whose tracks are not written. `missing` are those of whom
    /// nothing comes though it should, and since when.
    pub fn claim(&self, start: Instant, now: Instant, missing: &BTreeMap<ParticipantId, Instant>) -> Claim {
        let silent = now.saturating_duration_since(self.word.unwrap_or(start)) > WORD_MAX;
        let fails = |flow: &&Flow| {
            let late = flow.due || now.saturating_duration_since(flow.since) > FIRST_MAX;
            silent || !flow.confirmed && late
        };
        let starts = |flow: &&Flow| !flow.confirmed && !fails(flow);
        let (late, awaited): (Vec<_>, Vec<_>) = missing
            .iter()
            .partition(|(_, since)| now.saturating_duration_since(**since) > FIRST_MAX);
        let of = |flow: &Flow| flow.participant;
        let failing = sorted(
            self.flows
                .values()
                .filter(fails)
                .map(of)
                .chain(late.into_iter().map(|(id, _)| *id)),
        );
        let mut starting = sorted(
            self.flows
                .values()
                .filter(starts)
                .map(of)
                .chain(awaited.into_iter().map(|(id, _)| *id)),
        );
        starting.retain(|id| !failing.contains(id));
        let status = if silent || self.failed || !failing.is_empty() {
            RecordingStatus::Failing
        } else if self.word.is_none() {
            RecordingStatus::Starting
        } else if self.flows.is_empty() {
            RecordingStatus::NothingToRecord
        } else if self.ran {
            RecordingStatus::Recording
        } else {
            RecordingStatus::Starting
        };
        Claim {
            status,
            failing,
            starting,
        }
    }
}

/// Each once.
fn sorted(participants: impl Iterator<Item = ParticipantId>) -> Vec<ParticipantId> {
    participants.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::source::Source;
    use RecordingStatus::*;
    use uuid::Uuid;

    struct Scene {
        start: Instant,
        proofs: Proofs,
        judge: (TrackKey, ParticipantId),
        witness: (TrackKey, ParticipantId),
    }

    impl Scene {
        fn new() -> Self {
            let track = || {
                let key = TrackKey {
                    session: Uuid::now_v7(),
                    source: Source::Microphone,
                };
                (key, ParticipantId(Uuid::now_v7()))
            };
            Self {
                start: Instant::now(),
                proofs: Proofs::default(),
                judge: track(),
                witness: track(),
            }
        }

        fn at(&self, ms: u64) -> Instant {
            self.start + Duration::from_millis(ms)
        }

        /// The writer's word at `ms`: everything that came of these is written.
        fn word(&mut self, ms: u64, tracks: &[(TrackKey, ParticipantId)]) {
            let at = self.at(ms);
            let tracks = tracks.iter().map(|(key, _)| (*key, at)).collect();
            self.proofs.confirmed(at, &tracks);
        }

        /// The status, and who fails.
        fn status(&self, ms: u64) -> (RecordingStatus, Vec<ParticipantId>) {
            let claim = self.proofs.claim(self.start, self.at(ms), &BTreeMap::new());
            (claim.status, claim.failing)
        }

        fn starting(&self, ms: u64) -> Vec<ParticipantId> {
            self.proofs
                .claim(self.start, self.at(ms), &BTreeMap::new())
                .starting
        }
    }

    #[test]
    fn with_nobody_publishing_there_is_nothing_to_record_and_that_is_no_failure() {
        let mut scene = Scene::new();
        assert_eq!(scene.status(100).0, Starting);
        for ms in (500..60_000).step_by(500) {
            scene.word(ms, &[]);
            assert_eq!(scene.status(ms + 499).0, NothingToRecord);
        }
        assert_eq!(scene.status(63_000).0, Failing, "but the writer must be there");
    }

    #[test]
    fn every_track_must_be_confirmed_and_the_one_that_is_not_is_named() {
        let mut scene = Scene::new();
        let (judge, witness) = (scene.judge, scene.witness);
        scene.proofs.flowing(&[judge, witness], scene.start);
        scene.word(500, &[]);
        scene.word(1_000, &[judge]);
        assert_eq!(scene.status(1_400), (Starting, vec![]));
        scene.word(1_500, &[judge]);
        scene.word(2_000, &[judge]);
        scene.word(2_500, &[judge]);
        assert_eq!(scene.status(2_600), (Failing, vec![witness.1]));
        scene.word(3_000, &[judge, witness]);
        assert_eq!(scene.status(3_000), (Recording, vec![]));
        assert!(scene.starting(3_000).is_empty());
        // One fails later: known at once, by the writer's alarm or by its next word, until it is confirmed again.
        scene.proofs.track_failed(witness.0);
        assert_eq!(scene.status(3_100), (Failing, vec![witness.1]));
        scene.word(3_500, &[judge]);
        assert_eq!(scene.status(3_600), (Failing, vec![witness.1]));
        scene.word(4_000, &[judge, witness]);
        assert_eq!(scene.status(4_000), (Recording, vec![]));
    }

    #[test]
    fn who_comes_later_has_time_for_a_first_word_and_old_words_do_not_count() {
        let mut scene = Scene::new();
        let (judge, witness) = (scene.judge, scene.witness);
        scene.proofs.flowing(&[judge], scene.start);
        scene.word(500, &[judge]);
        scene.proofs.flowing(&[judge, witness], scene.at(600));
        assert_eq!(scene.status(700), (Recording, vec![]));
        assert_eq!(
            scene.starting(700),
            [witness.1],
            "and nothing is claimed of them yet"
        );
        // The newest sound of the witness that is on the disk is of before they were to be heard.
        let old = BTreeMap::from([(judge.0, scene.at(2_800)), (witness.0, scene.at(300))]);
        scene.proofs.confirmed(scene.at(2_900), &old);
        assert_eq!(scene.status(2_999), (Recording, vec![]));
        assert_eq!(scene.status(3_100), (Failing, vec![witness.1]));
        assert!(scene.starting(3_100).is_empty());
        scene.proofs.flowing(&[judge], scene.at(3_200));
        assert_eq!(
            scene.status(3_200),
            (Recording, vec![]),
            "and who goes needs none"
        );
    }

    #[test]
    fn of_whom_nothing_comes_though_it_should_the_record_fails() {
        let mut scene = Scene::new();
        let (judge, witness) = (scene.judge, scene.witness);
        scene.proofs.flowing(&[judge], scene.start);
        scene.word(500, &[judge]);
        let missing = BTreeMap::from([(witness.1, scene.at(500))]);
        let claim = |scene: &Scene, ms| scene.proofs.claim(scene.start, scene.at(ms), &missing);
        let soon = claim(&scene, 1_000);
        assert_eq!((soon.status, soon.starting), (Recording, vec![witness.1]));
        for ms in (1_000..3_000).step_by(500) {
            scene.word(ms, &[judge]);
        }
        let late = claim(&scene, 3_000);
        assert_eq!((late.status, late.failing), (Failing, vec![witness.1]));
        assert!(late.starting.is_empty());
    }

    #[test]
    fn a_writer_that_falls_silent_fails_everybody_and_a_failure_lasts_until_all_are_confirmed() {
        let mut scene = Scene::new();
        let (judge, witness) = (scene.judge, scene.witness);
        scene.proofs.flowing(&[judge, witness], scene.start);
        scene.word(500, &[judge, witness]);
        let mut both = vec![judge.1, witness.1];
        both.sort_unstable();
        assert_eq!(scene.status(2_400), (Failing, both));
        scene.proofs.failed();
        scene.word(2_500, &[judge]);
        assert_eq!(scene.status(2_500).0, Failing);
        scene.word(3_000, &[judge, witness]);
        assert_eq!(scene.status(3_000).0, Recording);
    }
}
