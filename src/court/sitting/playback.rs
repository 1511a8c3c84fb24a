//! A recording of testimony that is played to the hearing, as acts. Each stretch that was played leaves two facts: where it began,
//! and where it ended and who was shown it.

use super::super::id::ParticipantId;
use super::super::playback::{Exhibit, FollowState, Playback};
use super::super::policy;
use super::super::refusal::Refusal;
use super::super::state::HearingState;
use super::{Fact, Facts, Sitting};
use std::fmt::Write;

/// The longest list of names in a fact, in bytes: an entry of the court log is bounded.
const NAMES_BYTES_MAX: usize = 16 * 1024;

impl Sitting {
    fn playback_mut(&mut self) -> Result<&mut Playback, Refusal> {
        self.playback.as_mut().ok_or(Refusal::NothingShown)
    }

    pub(super) fn show_recording(
        &mut self,
        exhibit: Option<&Exhibit>,
        now: i64,
        facts: &mut Facts,
    ) -> Result<(), Refusal> {
        let exhibit = exhibit.ok_or(Refusal::NoSuchRecording)?;
        if self.state != HearingState::InSession {
            return Err(Refusal::WrongState);
        }
        if let Some(shown) = &self.playback
            && shown.exhibit.recording == exhibit.recording
        {
            return Ok(());
        }
        self.put_away(now, facts);
        let playback = Playback::of(exhibit.clone(), now);
        facts.note("playback_shown", Some(what(&playback.exhibit)));
        self.playback = Some(playback);
        Ok(())
    }

    pub(super) fn play_recording(&mut self, now: i64, facts: &mut Facts) -> Result<(), Refusal> {
        if self.state != HearingState::InSession {
            return Err(Refusal::WrongState);
        }
        let playback = self.playback_mut()?;
        if playback.playing {
            return Ok(());
        }
        if playback.position_ms >= playback.exhibit.duration_ms() {
            playback.position_ms = 0;
        }
        self.run(now, facts);
        Ok(())
    }

    fn run(&mut self, now: i64, facts: &mut Facts) {
        let Some(playback) = self.playback.as_mut() else {
            return;
        };
        playback.playing = true;
        playback.at = now;
        playback.offered.clear();
        playback.followed.clear();
        let from = place(&playback.exhibit, playback.position_ms);
        facts.note(
            "playback_began",
            Some(format!("{} from={from}", what(&playback.exhibit))),
        );
        self.offer_playback();
    }

    /// The stretch that runs ends, if one does.
    pub(super) fn stop_playback(&mut self, kind: &'static str, now: i64, facts: &mut Facts) {
        let text = self.stretch(now);
        if let Some(playback) = self.playback.as_mut().filter(|p| p.playing) {
            playback.position_ms = playback.position(now);
            playback.playing = false;
            playback.at = now;
            facts.note(kind, text);
        }
    }

    pub(super) fn seek_recording(&mut self, to: u64, now: i64, facts: &mut Facts) -> Result<(), Refusal> {
        if self.state != HearingState::InSession {
            return Err(Refusal::WrongState);
        }
        let playback = self.playback_mut()?;
        let to = to.min(playback.exhibit.duration_ms());
        let (from, playing) = (playback.position(now), playback.playing);
        if from == to {
            return Ok(());
        }
        self.stop_playback("playback_stopped", now, facts);
        let playback = self.playback_mut()?;
        playback.position_ms = to;
        playback.at = now;
        let (from, place_to) = (place(&playback.exhibit, from), place(&playback.exhibit, to));
        let text = format!("{} from={from} to={place_to}", what(&playback.exhibit));
        facts.note("playback_moved", Some(text));
        if playing {
            self.run(now, facts);
        }
        Ok(())
    }

    pub(super) fn put_away(&mut self, now: i64, facts: &mut Facts) {
        self.stop_playback("playback_stopped", now, facts);
        if let Some(playback) = self.playback.take() {
            facts.note("playback_put_away", Some(what(&playback.exhibit)));
        }
    }

    /// To be asked from time to time: what must be noted of a recording that has come to its end by itself.
    pub fn playback_through(&mut self, now: i64) -> Option<Fact> {
        self.playback.as_ref().filter(|p| p.is_through(now))?;
        let text = self.stretch(now);
        let playback = self.playback.as_mut()?;
        playback.position_ms = playback.exhibit.duration_ms();
        playback.playing = false;
        playback.at = now;
        Some(Fact {
            kind: "playback_reached_end",
            by: None,
            about: None,
            text,
        })
    }

    /// The server stops in order: what was played until now is noted, and it is not shown any more.
    pub fn playback_cut(&mut self, now: i64) -> Vec<Fact> {
        let stopped = self.stretch(now).map(|text| ("playback_stopped", text));
        let put_away = self.playback.take();
        let put_away = put_away.map(|p| ("playback_put_away", what(&p.exhibit)));
        let facts = stopped.into_iter().chain(put_away);
        facts
            .map(|(kind, text)| Fact {
                kind,
                by: None,
                about: None,
                text: Some(text),
            })
            .collect()
    }

    /// To be called after every change: whoever may follow a stretch that runs is offered it from here on.
    pub fn offer_playback(&mut self) {
        let may = |p: &&super::Participant| p.connected && policy::may_follow_playback(self, p);
        let now: Vec<ParticipantId> = self.participants.values().filter(may).map(|p| p.id).collect();
        if let Some(playback) = self.playback.as_mut() {
            playback.says.retain(|id, _| now.contains(id));
            if playback.playing {
                let follows = |id: &&ParticipantId| playback.says.get(*id) == Some(&FollowState::Following);
                playback.followed.extend(now.iter().filter(follows));
                playback.offered.extend(now);
            }
        }
    }

    /// A person's page says how it follows. True when anything changed.
    pub fn follows(&mut self, id: ParticipantId, state: FollowState) -> bool {
        let may = self
            .participants
            .get(&id)
            .is_some_and(|p| policy::may_follow_playback(self, p));
        let Some(playback) = self.playback.as_mut().filter(|_| may) else {
            return false;
        };
        let changed = playback.says.insert(id, state) != Some(state);
        if state == FollowState::Following && playback.playing {
            playback.followed.insert(id);
        }
        changed
    }

    /// What was played in the stretch that runs, up to now, and for whom.
    fn stretch(&self, now: i64) -> Option<String> {
        let playback = self.playback.as_ref().filter(|p| p.playing)?;
        let exhibit = &playback.exhibit;
        let (from, to) = (
            place(exhibit, playback.position_ms),
            place(exhibit, playback.position(now)),
        );
        let mut text = format!("{} from={from} to={to}", what(exhibit));
        let (seen, unseen): (Vec<_>, Vec<_>) = playback
            .offered
            .iter()
            .partition(|id| playback.followed.contains(*id));
        for (word, ids) in [("shown_to", seen), ("not_confirmed", unseen)] {
            if !ids.is_empty() {
                let _ = write!(text, " {word}={}", self.names(&ids));
            }
        }
        Some(text)
    }

    fn names(&self, ids: &[&ParticipantId]) -> String {
        let mut names = String::new();
        for (n, id) in ids.iter().enumerate() {
            let Some(p) = self.participants.get(id) else {
                continue;
            };
            if names.len() + p.name.len() > NAMES_BYTES_MAX {
                let _ = write!(names, "; and {} more", ids.len() - n);
                break;
            }
            if !names.is_empty() {
                names.push_str("; ");
            }
            names.push_str(&p.name);
        }
        names
    }
}

/// The recording by what cannot be mistaken.
fn what(exhibit: &Exhibit) -> String {
    format!(
        "recording={} manifest_sha256={}",
        exhibit.recording, exhibit.manifest_sha256
    )
}

/// A moment as segment and milliseconds from its start.
fn place(exhibit: &Exhibit, ms: u64) -> String {
    let (segment, ms) = exhibit.place(ms);
    format!("{segment}/{ms}")
}
