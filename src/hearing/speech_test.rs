//! Spells from levels, by a clock that the tests move.

use super::*;

const STEP: Duration = Duration::from_millis(250);
const LOUD: u8 = 20;
const QUIET: u8 = 80;

fn person(n: u128) -> ParticipantId {
    ParticipantId(uuid::Uuid::from_u128(n))
}

/// One person's speech and the moments of a clock that moves by levels.
struct Court {
    speech: Speech,
    start: Instant,
    now: Instant,
    marks: Vec<Mark>,
}

impl Court {
    fn on_record() -> Self {
        let start = Instant::now();
        let mut court = Self {
            speech: Speech::default(),
            start,
            now: start,
            marks: Vec::new(),
        };
        court.recorded(true);
        court
    }

    fn recorded(&mut self, yes: bool) {
        let people = BTreeSet::from_iter(yes.then_some(person(1)));
        self.marks.extend(self.speech.recorded(&people, self.now, true));
    }

    /// So many levels, in each of which the person is heard or not. The clock looks in between, as the hearing's does.
    fn levels(&mut self, count: u32, level: u8) {
        for _ in 0..count {
            let from = self.now;
            self.now += STEP;
            let levels = [(person(1), level)];
            self.marks
                .extend(self.speech.heard(from, self.now, &levels, true));
            self.marks.extend(self.speech.passed(self.now, true));
        }
    }

    /// What was told, in milliseconds from the start: `[begin, end]` each; an end that was not told is the largest number.
    fn spells(&self) -> Vec<[u64; 2]> {
        let mut spells: Vec<[u64; 2]> = Vec::new();
        for mark in &self.marks {
            let ms = mark.at.duration_since(self.start).as_millis() as u64;
            match (mark.begins, spells.last_mut()) {
                (true, last) => {
                    assert!(last.is_none_or(|s| s[1] < u64::MAX), "begun in another");
                    spells.push([ms, u64::MAX]);
                }
                (false, Some(last)) if last[1] == u64::MAX => last[1] = ms,
                (false, last) => panic!("ended and not begun: {last:?}"),
            }
        }
        spells
    }
}

#[test]
fn a_spell_goes_from_the_first_sound_to_the_last_over_short_pauses() {
    let mut court = Court::on_record();
    court.levels(4, QUIET);
    court.levels(2, LOUD);
    assert_eq!(court.spells(), [[1_000, u64::MAX]], "told as soon as it is one");
    court.levels(7, QUIET);
    court.levels(1, LOUD);
    court.levels(20, QUIET);
    assert_eq!(court.spells(), [[1_000, 3_500]]);
    court.levels(4, LOUD);
    court.levels(8, QUIET);
    court.levels(4, LOUD);
    court.recorded(false);
    assert_eq!(
        court.spells()[1..],
        [[8_500, 9_500], [11_500, 12_500]],
        "a pause of two seconds parts them"
    );
}

#[test]
fn a_noise_is_no_spell_and_no_part_of_the_one_after_it() {
    let mut court = Court::on_record();
    for _ in 0..20 {
        court.levels(1, LOUD);
        court.levels(3, QUIET);
    }
    assert_eq!(court.spells(), [] as [[u64; 2]; 0]);
    court.levels(2, LOUD);
    court.recorded(false);
    assert_eq!(court.spells(), [[20_000, 20_500]]);
}

#[test]
fn nothing_of_what_is_not_recorded_is_kept() {
    let mut court = Court::on_record();
    court.levels(8, LOUD);
    court.now += STEP / 2;
    court.recorded(false);
    assert_eq!(court.spells(), [[0, 2_000]]);
    court.levels(40, LOUD);
    assert_eq!(court.spells().len(), 1, "off the record");
    // The level that is being taken while the record begins is not all of the record.
    let from = court.now;
    court.now += STEP / 2;
    court.recorded(true);
    let begun = court.now.duration_since(court.start).as_millis() as u64;
    court.now += STEP / 2;
    let levels = [(person(1), LOUD), (person(2), LOUD)];
    court
        .marks
        .extend(court.speech.heard(from, court.now, &levels, true));
    court.levels(8, LOUD);
    court.recorded(false);
    let spells = court.spells();
    assert_eq!(spells.len(), 2);
    assert_eq!(spells[1], [begun + 125, begun + 2_125]);
    assert!(
        court.marks.iter().all(|m| m.who == person(1)),
        "nobody else is recorded"
    );
}

#[test]
fn a_lost_connection_ends_a_spell_and_what_is_heard_after_it_is_another() {
    let mut court = Court::on_record();
    court.levels(8, LOUD);
    let (now, who) = (court.now, person(1));
    court.marks.extend(court.speech.cut(who, now, true));
    court.levels(8, LOUD);
    court.recorded(false);
    assert_eq!(court.spells(), [[0, 2_000], [2_000, 4_000]]);
    assert_eq!(court.speech.cut(person(9), now, true), []);
}

#[test]
fn who_coughs_without_end_floods_no_log_and_is_still_in_a_spell_with_every_cough() {
    let mut court = Court::on_record();
    let cycles = 1_200;
    let mut coughs = Vec::new();
    for _ in 0..cycles {
        let from = court.now.duration_since(court.start).as_millis() as u64;
        coughs.push([from, from + 500]);
        court.levels(2, LOUD);
        court.levels(8, QUIET);
    }
    court.recorded(false);
    let spells = court.spells();
    let seconds = cycles * 10 / 4;
    assert!(
        spells.len() as u64 <= u64::from(AT_ONCE) + seconds / EACH.as_secs() + 1,
        "{}",
        spells.len()
    );
    assert!(spells.len() as u64 > u64::from(AT_ONCE), "{}", spells.len());
    for [from, to] in coughs {
        assert!(
            spells.iter().any(|s| s[0] <= from && to <= s[1]),
            "{from} is in no spell"
        );
    }
}

#[test]
fn a_log_without_room_is_told_later_or_not_at_all() {
    let mut court = Court::on_record();
    let (from, who) = (court.now, person(1));
    court.now += STEP * 4;
    let to = court.now;
    assert_eq!(court.speech.heard(from, to, &[(who, LOUD)], false), []);
    assert_eq!(court.speech.passed(to + PAUSE * 2, false), []);
    court.marks = court.speech.passed(to + PAUSE * 2, true);
    assert_eq!(court.spells(), [[0, 1_000]]);
    let from = to + PAUSE * 3;
    let to = from + STEP * 4;
    assert_eq!(court.speech.heard(from, to, &[(who, LOUD)], false), []);
    assert_eq!(court.speech.recorded(&BTreeSet::new(), to, false), []);
}

/// A fixed sequence of numbers that look like chance (xorshift).
fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |sides| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % sides
    }
}

#[test]
fn spells_never_overlap_lie_in_the_record_and_hold_everything_that_is_no_noise() {
    let mut told = 0;
    for seed in 1..300 {
        let mut roll = dice(seed);
        let mut court = Court::on_record();
        // What was on the record, and what was heard there, a run of levels each.
        let (mut records, mut runs) = (vec![[0, u64::MAX]], Vec::<[u64; 2]>::new());
        for _ in 0..60 {
            let ms = court.now.duration_since(court.start).as_millis() as u64;
            let on = records.last().is_some_and(|r| r[1] == u64::MAX);
            if roll(8) == 0 {
                court.recorded(!on);
                match on {
                    true => records.last_mut().unwrap()[1] = ms,
                    false => records.push([ms, u64::MAX]),
                }
                continue;
            }
            let (count, loud) = (1 + roll(14) as u32, roll(2) == 0);
            court.levels(count, if loud { LOUD } else { QUIET });
            if loud && on {
                let to = ms + u64::from(count) * 250;
                match runs
                    .last_mut()
                    .filter(|r| r[1] == ms && records.last().unwrap()[0] < ms)
                {
                    Some(last) => last[1] = to,
                    None => runs.push([ms, to]),
                }
            }
        }
        court.recorded(false);
        let spells = court.spells();
        told += spells.len();
        for pair in spells.windows(2) {
            assert!(pair[0][1] <= pair[1][0], "{seed}: {pair:?} overlap");
        }
        for s in &spells {
            assert!(s[1] - s[0] >= 500, "{seed}: {s:?} is a noise");
            assert!(
                records.iter().any(|r| r[0] <= s[0] && s[1] <= r[1]),
                "{seed}: {s:?} is not in the record {records:?}"
            );
            let heard = |at: u64| runs.iter().any(|r| r[0] == at || r[1] == at);
            assert!(heard(s[0]) && heard(s[1]), "{seed}: {s:?} ends in silence");
        }
        for r in runs.iter().filter(|r| r[1] - r[0] >= 500) {
            assert!(
                spells.iter().any(|s| s[0] <= r[0] && r[1] <= s[1]),
                "{seed}: {r:?} is in none of {spells:?}"
            );
        }
    }
    assert!(told > 1_000, "{told}");
}
