//! Who speaks, from audio levels: quick to say so, slow to take it back, so that the mark does not flicker.

use crate::court::id::ParticipantId;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Levels up to this are speech (RFC 6464: -dBov; 0 is the loudest, 127 silence).
const SPEECH_MAX: u8 = 45;
const HOLD: Duration = Duration::from_millis(900);

/// True when a level is loud enough to be speech.
pub(super) fn is_speech(level: u8) -> bool {
    level <= SPEECH_MAX
}

/// Remembers who was heard, and when.
#[derive(Debug, Default)]
pub(super) struct Speaking {
    heard: BTreeMap<ParticipantId, (Instant, u8)>,
    last: Vec<ParticipantId>,
}

impl Speaking {
    /// Who speaks, as told last.
    pub fn now(&self) -> &[ParticipantId] {
        &self.last
    }

    /// Takes levels; gives who speaks, loudest first, when that changed.
    pub fn heard(&mut self, levels: &[(ParticipantId, u8)], now: Instant) -> Option<Vec<ParticipantId>> {
        for (who, level) in levels {
            if is_speech(*level) {
                self.heard.insert(*who, (now, *level));
            }
        }
        self.heard
            .retain(|_, (at, _)| now.saturating_duration_since(*at) < HOLD);
        let mut speaking: Vec<_> = self
            .heard
            .iter()
            .map(|(who, (_, level))| (*level, *who))
            .collect();
        speaking.sort();
        let speaking: Vec<_> = speaking.into_iter().map(|(_, who)| who).collect();
        let mut before = self.last.clone();
        let mut now_set = speaking.clone();
        before.sort();
        now_set.sort();
        if before == now_set {
            return None;
        }
        self.last = speaking.clone();
        Some(speaking)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_comes_at_once_and_goes_after_a_moment() {
        let who = ParticipantId(uuid::Uuid::from_u128(1));
        let start = Instant::now();
        let mut speaking = Speaking::default();
        assert_eq!(speaking.heard(&[(who, 80)], start), None);
        assert_eq!(speaking.heard(&[(who, 20)], start), Some(vec![who]));
        assert_eq!(
            speaking.heard(&[(who, 80)], start + Duration::from_millis(500)),
            None
        );
        assert_eq!(
            speaking.heard(&[], start + Duration::from_millis(1_000)),
            Some(vec![])
        );
    }
}
