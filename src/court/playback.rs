//! Testimony that was recorded in advance, played to everybody who may hear the court, in step: what is played, where it
//! stands, and who follows it. Time comes in as unix milliseconds of the server's clock.

use super::id::{ParticipantId, RecordingId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A part of a recording: an interval on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
#[ts(export_to = "wire.ts")]
pub struct PlayedPart {
    /// Its segment.
    pub segment: u32,
    /// How long it is, in milliseconds.
    #[ts(type = "number")]
    pub duration_ms: u64,
}

/// A sealed recording of the case that may be played at a hearing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exhibit {
    /// The recording.
    pub recording: RecordingId,
    /// Hex SHA-256 of its signed manifest.
    pub manifest_sha256: String,
    /// Title of the hearing at which it was made.
    pub title: String,
    /// Its parts, in their order. One after the other they are one timeline.
    pub parts: Vec<PlayedPart>,
    /// Pictures that were kept from somebody when the recording was made (screening): the court alone sees them now.
    pub court_only: BTreeSet<String>,
}

impl Exhibit {
    /// How long all of it is, in milliseconds.
    pub fn duration_ms(&self) -> u64 {
        self.parts.iter().map(|p| p.duration_ms).sum()
    }

    /// The segment in which a moment of the whole lies, and where in it.
    pub fn place(&self, ms: u64) -> (u32, u64) {
        let mut rest = ms;
        let mut last = (0, 0);
        for part in &self.parts {
            if rest < part.duration_ms {
                return (part.segment, rest);
            }
            last = (part.segment, part.duration_ms);
            rest -= part.duration_ms;
        }
        last
    }
}

/// How a person's page says that it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "wire.ts")]
pub enum FollowState {
    /// It shows what all others see.
    Following,
    /// It waits for bytes.
    Waiting,
    /// It cannot show it.
    Failed,
}

/// A recording that is shown to the hearing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playback {
    /// What.
    pub exhibit: Exhibit,
    /// Where it stood at `at`, in milliseconds from the beginning of the whole.
    pub position_ms: u64,
    /// Unix milliseconds.
    pub at: i64,
    /// It runs.
    pub playing: bool,
    /// Who was offered the stretch that runs.
    pub(super) offered: BTreeSet<ParticipantId>,
    /// Whose page has said that it followed some of that stretch.
    pub(super) followed: BTreeSet<ParticipantId>,
    /// What each page said last.
    pub(super) says: BTreeMap<ParticipantId, FollowState>,
}

impl Playback {
    /// Nothing of it has been played.
    pub(super) fn of(exhibit: Exhibit, now: i64) -> Self {
        Self {
            exhibit,
            position_ms: 0,
            at: now,
            playing: false,
            offered: BTreeSet::new(),
            followed: BTreeSet::new(),
            says: BTreeMap::new(),
        }
    }

    /// Where it stands at a moment; never past its end.
    pub fn position(&self, now: i64) -> u64 {
        let run = if self.playing {
            u64::try_from(now.saturating_sub(self.at)).unwrap_or(0)
        } else {
            0
        };
        self.position_ms
            .saturating_add(run)
            .min(self.exhibit.duration_ms())
    }

    /// True when it runs and has come to its end.
    pub fn is_through(&self, now: i64) -> bool {
        self.playing && self.position(now) >= self.exhibit.duration_ms()
    }

    /// What a person's page said last.
    pub fn says(&self, of: ParticipantId) -> Option<FollowState> {
        self.says.get(&of).copied()
    }
}

/// The recording that the text of such a fact names.
pub fn named_in(text: &str) -> Option<RecordingId> {
    text.strip_prefix("recording=")?.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn exhibit() -> Exhibit {
        Exhibit {
            recording: RecordingId(Uuid::nil()),
            manifest_sha256: "00".into(),
            title: "Testimony".into(),
            parts: vec![
                PlayedPart {
                    segment: 1,
                    duration_ms: 1000,
                },
                PlayedPart {
                    segment: 3,
                    duration_ms: 500,
                },
            ],
            court_only: BTreeSet::new(),
        }
    }

    #[test]
    fn the_recording_is_found_in_what_is_noted_of_it() {
        let id = RecordingId(Uuid::from_u128(7));
        assert_eq!(
            named_in(&format!("recording={id} manifest_sha256=00 from=1/0")),
            Some(id)
        );
        for other in ["", "recording=", "recording=x y", " recording=1"] {
            assert_eq!(named_in(other), None, "{other}");
        }
    }

    #[test]
    fn its_parts_are_one_timeline() {
        let exhibit = exhibit();
        for (ms, place) in [
            (0, (1, 0)),
            (999, (1, 999)),
            (1000, (3, 0)),
            (1499, (3, 499)),
            (1500, (3, 500)),
            (9000, (3, 500)),
        ] {
            assert_eq!(exhibit.place(ms), place, "{ms}");
        }
        let nothing = Exhibit {
            parts: Vec::new(),
            ..exhibit
        };
        assert_eq!((nothing.place(5), nothing.duration_ms()), ((0, 0), 0));
    }

    #[test]
    fn it_runs_by_the_clock_and_not_past_its_end() {
        let mut playback = Playback::of(exhibit(), 10_000);
        assert_eq!(playback.position(99_000), 0, "it stands");
        playback.playing = true;
        assert_eq!(playback.position(10_700), 700);
        assert_eq!(playback.position(9_000), 0, "a clock that was set back");
        assert!(!playback.is_through(11_499) && playback.is_through(11_500));
        assert_eq!(playback.position(99_000), 1500);
    }
}
