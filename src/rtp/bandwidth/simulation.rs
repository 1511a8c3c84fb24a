//! A receiver behind a simulated way: its width, its queue, its delay, its losses. Everything from a seed and a clock
//! that only the test moves.

use super::{Bandwidth, Report};
use crate::rtp::clock::Micros;
use crate::rtp::layers::{self, Budget, Choice, Layer, Shown, Wish};
use std::collections::BTreeMap;

const STEP: Micros = 1_000;
const TICK: Micros = 50_000;
/// Receivers report this often.
const REPORTS: Micros = 100_000;
const SOUND: usize = 160;
const PICTURE: usize = 1100;
/// What a queue of the way holds at most, as time.
const QUEUE: Micros = 300_000;

#[derive(Clone, Copy)]
struct Way {
    bits: i64,
    delay: Micros,
    jitter: Micros,
    loss_percent: u64,
}

const WIDE: Way = Way {
    bits: 20_000_000,
    delay: 20_000,
    jitter: 1_000,
    loss_percent: 0,
};

/// What the receiver has seen.
#[derive(Default)]
struct Seen {
    /// Sound: when it was sent, and how long it took; `None` if it was lost.
    sound: Vec<(Micros, Option<Micros>)>,
    /// At each tick, the choice for each seat.
    choices: Vec<(Micros, Vec<Choice>)>,
    copies: u64,
    media: u64,
}

impl Seen {
    fn at(&self, at: Micros) -> &[Choice] {
        &self.choices.iter().rfind(|(t, _)| *t <= at).expect("a tick").1
    }

    /// The first tick from `from` on at which it holds.
    fn when(&self, from: Micros, holds: impl Fn(&[Choice]) -> bool) -> Option<Micros> {
        self.choices
            .iter()
            .find(|(t, c)| *t >= from && holds(c))
            .map(|(t, _)| *t)
    }

    /// The longest time without sound that comes within 250 ms, in a span.
    fn longest_silence(&self, from: Micros, until: Micros) -> Micros {
        let heard = |s: &&(Micros, Option<Micros>)| s.1.is_some_and(|d| d <= 250_000);
        let times: Vec<_> = self
            .sound
            .iter()
            .filter(|s| (from..until).contains(&s.0))
            .filter(heard)
            .map(|s| s.0)
            .chain([until])
            .collect();
        let mut last = from;
        let mut longest = 0;
        for t in times {
            longest = longest.max(t - last);
            last = t;
        }
        longest
    }
}

/// So many people are seen by one receiver, each in three layers, for a time; the way changes as the clock says.
fn watch(people: usize, seconds: i64, way: impl Fn(Micros) -> Way) -> Seen {
    let mut bandwidth = Bandwidth::default();
    let mut seen = Seen::default();
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    let mut chance = move |n: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % n.max(1)
    };
    let mut free: Micros = 0;
    // On their way: when they arrive, in order, and their numbers.
    let mut flying: BTreeMap<(Micros, u64), u16> = BTreeMap::new();
    let mut arrived: BTreeMap<u16, Micros> = BTreeMap::new();
    let mut reports: BTreeMap<Micros, Report> = BTreeMap::new();
    let mut count = 0u64;
    let mut next_report: u16 = 0;
    let mut choices = vec![Choice::Nothing; people];
    let layers: Vec<Layer> = [(320, 180, 160_000), (640, 360, 520_000), (1280, 720, 1_600_000)]
        .into_iter()
        .enumerate()
        .map(|(id, (width, height, bits))| Layer {
            id,
            width,
            height,
            bits,
        })
        .collect();
    let sound_bits = people as u64 * SOUND as u64 * 8 * 50;
    let mut owed = vec![0i64; people];
    let mut at = 0;
    while at < seconds * 1_000_000 {
        let now = way(at);
        let mut sends: Vec<(usize, bool, bool)> = Vec::new();
        if at % 20_000 == 0 {
            sends.extend((0..people).map(|_| (SOUND, true, false)));
        }
        if at % 40_000 == 0 {
            for (person, choice) in choices.iter().enumerate() {
                if let Choice::Layer(id) = choice {
                    owed[person] += layers[*id].bits as i64 / 25 / 8;
                    while owed[person] > 0 {
                        sends.push((PICTURE, false, false));
                        owed[person] -= PICTURE as i64;
                    }
                }
            }
        }
        if at % TICK == 0 {
            let Budget { bits, proven } = bandwidth.budget(at);
            let wishes: Vec<Wish> = choices
                .iter()
                .map(|now| Wish {
                    shown: Shown::WHOLE,
                    layers: layers.clone(),
                    now: *now,
                })
                .collect();
            let budget = Budget {
                bits: bits.saturating_sub(sound_bits),
                proven,
            };
            let allocation = layers::allocate(Some(budget), &wishes);
            let wanted = allocation.wanted().map(|w| w + sound_bits);
            choices = allocation.choices;
            seen.choices.push((at, choices.clone()));
            let mut copies = bandwidth.tick(at, TICK, wanted);
            while copies > 0 {
                sends.push((PICTURE, false, true));
                copies = copies.saturating_sub(PICTURE);
            }
        }
        for (bytes, sound, copy) in sends {
            let number = bandwidth.sent(at, bytes, copy);
            if copy {
                seen.copies += bytes as u64;
            } else {
                seen.media += bytes as u64;
            }
            let start = free.max(at);
            let full = start - at > QUEUE || now.bits == 0;
            let lost = full || chance(100) < now.loss_percent;
            if !full {
                free = start + bytes as i64 * 8_000_000 / now.bits;
            }
            let jitter = chance(2 * now.jitter as u64 + 1) as i64 - now.jitter;
            let takes = free - at + now.delay + jitter;
            if sound {
                seen.sound.push((at, (!lost).then_some(takes)));
            }
            if !lost {
                count += 1;
                flying.insert((at + takes, count), number);
            }
        }
        while let Some(entry) = flying.first_entry()
            && entry.key().0 <= at
        {
            // The receiver's clock is another.
            let when = entry.key().0 + 7_000_000_000;
            arrived.insert(entry.remove(), when);
        }
        if at % REPORTS == 0 && !arrived.is_empty() {
            // From the first that was not told yet, late ones included, to the last.
            let distance = |n: u16| n.wrapping_sub(next_report) as i16;
            let first = arrived.keys().copied().map(distance).min().unwrap_or(0).min(0);
            let last = arrived.keys().copied().map(distance).max().unwrap_or(0);
            let base = next_report.wrapping_add(first as u16);
            let arrivals = (first..=last).map(|i| arrived.remove(&next_report.wrapping_add(i as u16)));
            let arrivals = arrivals.collect();
            next_report = next_report.wrapping_add(last.max(-1).wrapping_add(1) as u16);
            reports.insert(at + now.delay, Report { base, arrivals });
        }
        while let Some(entry) = reports.first_entry()
            && *entry.key() <= at
        {
            bandwidth.reported(at, &entry.remove());
        }
        at += STEP;
    }
    seen
}

fn best(choices: &[Choice]) -> bool {
    choices.iter().all(|c| *c == Choice::Layer(2))
}

fn paused(choices: &[Choice]) -> bool {
    choices.contains(&Choice::Paused)
}

#[test]
fn a_wide_way_is_found_out_and_nobody_is_paused_meanwhile() {
    let seen = watch(4, 20, |_| WIDE);
    let when = seen.when(0, best).expect("everybody whole");
    assert!(when < 6_000_000, "{when}");
    assert_eq!(seen.when(0, paused), None);
    assert!(seen.when(when, |c| !best(c)).is_none(), "and it stays so");
    assert!(seen.copies * 5 < seen.media, "{} of {}", seen.copies, seen.media);
    assert!(seen.longest_silence(0, 20_000_000) <= 40_000);
}

#[test]
fn when_the_way_narrows_sound_goes_on_and_the_picture_comes_back_after_it() {
    let narrow = Way {
        bits: 300_000,
        ..WIDE
    };
    let (from, until) = (10_000_000, 30_000_000);
    let seen = watch(
        2,
        45,
        |at| if (from..until).contains(&at) { narrow } else { WIDE },
    );
    assert!(best(seen.at(from)));
    let gap = seen.longest_silence(from, from + 3_000_000);
    assert!(gap <= 1_000_000, "at the fall: {gap}");
    let later = seen.longest_silence(from + 3_000_000, until);
    assert!(later <= 200_000, "while it is narrow: {later}");
    let when = seen.when(until, best).expect("back");
    assert!(when - until < 10_000_000, "{}", when - until);
}

#[test]
fn jitter_and_some_loss_take_nothing_away() {
    let seen = watch(3, 40, |_| Way {
        bits: 10_000_000,
        delay: 80_000,
        jitter: 20_000,
        loss_percent: 5,
    });
    assert_eq!(seen.when(0, paused), None);
    let since = seen.when(0, best).expect("everybody whole");
    assert!(since < 15_000_000, "{since}");
    assert!(seen.when(since, |c| !best(c)).is_none(), "and it stays so");
}

#[test]
fn a_moment_in_which_everything_takes_longer_is_no_queue() {
    let seen = watch(3, 40, |at| Way {
        delay: if at % 5_000_000 < 140_000 { 120_000 } else { 20_000 },
        ..WIDE
    });
    assert_eq!(seen.when(0, paused), None);
    let since = seen.when(0, best).expect("everybody whole");
    assert!(since < 15_000_000, "{since}");
    assert!(seen.when(since, |c| !best(c)).is_none(), "and it stays so");
}

#[test]
fn a_way_that_loses_whatever_is_sent_is_used_all_the_same() {
    let seen = watch(2, 40, |_| Way {
        bits: 10_000_000,
        delay: 20_000,
        jitter: 5_000,
        loss_percent: 20,
    });
    assert!(!paused(seen.at(20_000_000)));
    let good = seen
        .choices
        .iter()
        .filter(|(t, c)| *t > 15_000_000 && !paused(c))
        .count();
    let all = seen.choices.iter().filter(|(t, _)| *t > 15_000_000).count();
    assert!(good * 10 >= all * 9, "{good} of {all}");
}

#[test]
fn a_way_that_was_blocked_is_taken_up_again() {
    let blocked = Way { bits: 0, ..WIDE };
    let (from, until) = (10_000_000, 14_000_000);
    let seen = watch(2, 30, |at| {
        if (from..until).contains(&at) {
            blocked
        } else {
            WIDE
        }
    });
    assert!(best(seen.at(from)));
    assert!(paused(seen.at(until)), "nothing is sent into the void but sound");
    let when = seen.when(until, |c| !paused(c)).expect("a picture again");
    assert!(when - until < 2_000_000, "{}", when - until);
    let when = seen.when(until, best).expect("whole again");
    assert!(when - until < 8_000_000, "{}", when - until);
}

#[test]
fn a_narrow_way_is_not_hammered_by_probes() {
    let narrow = Way {
        bits: 600_000,
        ..WIDE
    };
    let seen = watch(2, 60, |_| narrow);
    assert!(
        seen.when(20_000_000, paused).is_none(),
        "both fit in their smallest layer"
    );
    let silent = seen.longest_silence(5_000_000, 60_000_000);
    assert!(silent <= 200_000, "{silent}");
    assert!(seen.copies * 10 < seen.media, "{} of {}", seen.copies, seen.media);
}

#[test]
fn a_way_that_becomes_longer_is_not_taken_for_a_narrow_one() {
    let longer = Way {
        delay: 100_000,
        jitter: 20_000,
        loss_percent: 5,
        ..WIDE
    };
    let seen = watch(2, 30, |at| if at < 10_000_000 { WIDE } else { longer });
    assert!(best(seen.at(10_000_000)));
    let since = seen.when(14_000_000, best).expect("whole again");
    assert!(since < 15_000_000, "{since}");
    assert!(seen.when(since, |c| !best(c)).is_none(), "and it stays so");
}

#[test]
fn a_way_too_narrow_even_for_sound_gets_no_pictures() {
    let narrow = Way { bits: 90_000, ..WIDE };
    let seen = watch(2, 40, |_| narrow);
    let pictures =
        |(t, c): &&(Micros, Vec<Choice>)| *t > 10_000_000 && c.iter().any(|c| *c != Choice::Paused);
    assert_eq!(seen.choices.iter().filter(pictures).count(), 0);
}
