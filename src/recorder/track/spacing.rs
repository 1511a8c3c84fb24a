//! Keeps pictures apart: no two may fall on one step of the time scale that readers take from the file's header.

use crate::recorder::mux::PICTURES_APART_US;

/// A camera that is too fast for the file may fall behind the sound by so much.
const BEHIND_US: i64 = 100_000;
/// Its pictures then follow each other as closely as the file can say.
const CLOSE_US: i64 = 1_000;
/// The pace before it is known.
const PACE_US: i64 = 40_000;
/// Of so many pictures the pace is taken. A few that come in a burst after a stall do not make a fast camera.
const PACE_OF: i64 = 32;
/// A longer time between two pictures is a pause, not a pace.
const PAUSE_US: i64 = 500_000;

/// The pace of the stream whose pictures are being written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spacing {
    captured_us: Option<i64>,
    pace_us: i64,
}

impl Spacing {
    /// A stream takes over; of its pace nothing is known yet.
    pub(super) fn new(captured_us: i64) -> Self {
        Self {
            captured_us: Some(captured_us),
            pace_us: PACE_US,
        }
    }

    /// Where a picture goes that belongs at `at_us` and follows one at `last_us`; `captured_us` is the sender's clock.
    ///
    /// One that comes too close behind is moved a little. Where that adds up (the timeline went back, or pictures catch
    /// up after a stall) it comes to nothing soon: those that follow are further apart than [`PICTURES_APART_US`]. Only
    /// a camera that is faster than that would fall behind for good, and is let off.
    pub(super) fn place(&mut self, last_us: i64, at_us: i64, captured_us: i64) -> i64 {
        let since_us = self.captured_us.map(|before| captured_us.saturating_sub(before));
        self.captured_us = Some(captured_us);
        if let Some(since_us) = since_us.filter(|us| (0..PAUSE_US).contains(us)) {
            self.pace_us += (since_us - self.pace_us) / PACE_OF;
        }
        let apart_us = at_us.max(last_us + PICTURES_APART_US);
        if self.pace_us < PICTURES_APART_US && apart_us - at_us > BEHIND_US {
            at_us.max(last_us + CLOSE_US)
        } else {
            apart_us
        }
    }
}

impl Default for Spacing {
    fn default() -> Self {
        Self {
            captured_us: None,
            pace_us: PACE_US,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays pictures, as (captured, belongs at), and gives where they were put.
    fn play(pictures: impl IntoIterator<Item = (i64, i64)>) -> Vec<(i64, i64)> {
        let mut spacing = Spacing::default();
        let mut placed: Vec<(i64, i64)> = Vec::new();
        for (captured_us, at_us) in pictures {
            let at = match placed.last() {
                Some((last, _)) => spacing.place(*last, at_us, captured_us),
                None => at_us,
            };
            placed.push((at, at_us));
        }
        placed
    }

    fn closest(placed: &[(i64, i64)]) -> i64 {
        placed.windows(2).map(|p| p[1].0 - p[0].0).min().unwrap()
    }

    #[test]
    fn after_the_timeline_went_back_pictures_stay_apart_and_are_in_step_again_within_two_seconds() {
        // The first second was placed 0.7 s late; then it is known better.
        let placed = play((0..200).map(|n| (n * 40_000, n * 40_000 + if n < 25 { 700_000 } else { 0 })));
        assert!(closest(&placed) >= PICTURES_APART_US, "{placed:?}");
        assert!(
            placed[75..].iter().all(|(at, belongs)| at == belongs),
            "{placed:?}"
        );
    }

    #[test]
    fn a_burst_after_a_stall_stays_apart() {
        let placed = play((0..200).map(|n| {
            // Ten pictures 2 ms apart.
            let us = if (100..110).contains(&n) {
                4_000_000 + (n - 100) * 2_000
            } else {
                n * 40_000
            };
            (us, us)
        }));
        assert!(closest(&placed) >= PICTURES_APART_US, "{placed:?}");
        assert!(
            placed.iter().all(|(at, belongs)| at - belongs <= 100_000),
            "{placed:?}"
        );
    }

    #[test]
    fn a_camera_of_sixty_pictures_a_second_is_not_moved_and_a_faster_one_keeps_to_the_sound() {
        let placed = play((0..1_000).map(|n| (n * 16_667, n * 16_667)));
        assert!(placed.iter().all(|(at, belongs)| at == belongs));
        let placed = play((0..5_000).map(|n| (n * 4_000, n * 4_000)));
        let behind = placed.iter().map(|(at, belongs)| at - belongs).max().unwrap();
        assert!(behind <= 400_000, "{behind}");
        assert!(
            placed[1_000..]
                .iter()
                .all(|(at, belongs)| at - belongs <= BEHIND_US + PICTURES_APART_US)
        );
        assert!(closest(&placed) >= CLOSE_US);
    }

    #[test]
    fn a_sender_clock_from_outside_does_not_overflow() {
        let mut spacing = Spacing::new(i64::MAX);
        for captured in [i64::MIN, i64::MAX, 0] {
            assert_eq!(spacing.place(0, 40_000, captured), 40_000);
        }
    }
}
