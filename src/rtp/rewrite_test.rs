use super::*;
use crate::rtp::sequence::DuplicateFilter;

const SEED: Seed = Seed {
    sequence: 65_000,
    timestamp: u32::MAX - 5_000,
    picture_id: 0x7ffe,
    tl0_pic_idx: 254,
};

fn exact(at: Micros) -> Capture {
    Capture { at, exact: true }
}

fn guessed(at: Micros) -> Capture {
    Capture { at, exact: false }
}

fn sound(sequence: i64, timestamp: i64) -> Incoming {
    Incoming {
        sequence,
        timestamp,
        marker: false,
        empty: false,
        ids: None,
    }
}

fn picture(sequence: i64, timestamp: i64, id: u16, key: bool) -> Incoming {
    let mut payload = vec![0x90, 0xc0];
    payload.extend((id & 0x7fff | 0x8000).to_be_bytes());
    payload.extend([id as u8, u8::from(!key), 0]);
    Incoming {
        ids: crate::rtp::vp8::Descriptor::parse(&payload).map(|d| d.ids),
        ..sound(sequence, timestamp)
    }
}

fn id_out(incoming: &Incoming, outgoing: &Outgoing) -> u16 {
    outgoing
        .shift
        .picture_id(incoming.ids.unwrap().picture_id.unwrap())
}

#[test]
fn nothing_comes_out_before_the_first_switch_or_after_a_release() {
    let mut r = Rewriter::new(Codec::Opus, SEED);
    assert_eq!(r.forward(&sound(1, 1), exact(0)), None);
    r.switch(&sound(2, 2), exact(0));
    assert!(r.forward(&sound(2, 2), exact(0)).is_some());
    r.release();
    assert_eq!(r.forward(&sound(3, 3), exact(0)), None);
}

#[test]
fn numbers_continue_over_a_switch_of_speakers() {
    let mut r = Rewriter::new(Codec::Opus, SEED);
    r.switch(&sound(500, 960_000), exact(1_000_000));
    let a = r.forward(&sound(500, 960_000), exact(1_000_000)).unwrap();
    assert_eq!(a.sequence(), 65_001);
    assert!(a.marker, "a new speaker begins a talk spurt");
    let b = r.forward(&sound(501, 960_960), exact(1_020_000)).unwrap();
    assert_eq!(b.sequence(), 65_002);
    assert_eq!(b.timestamp.wrapping_sub(a.timestamp), 960);
    assert!(!b.marker);
    // Another speaker, other numbers, 40 ms later on the server's clock.
    r.switch(&sound(9, 77), exact(1_060_000));
    let c = r.forward(&sound(9, 77), exact(1_060_000)).unwrap();
    assert_eq!(c.sequence(), 65_003);
    assert_eq!(c.timestamp.wrapping_sub(b.timestamp), 1920);
}

#[test]
fn sound_that_overlaps_is_left_out_without_a_hole() {
    let mut r = Rewriter::new(Codec::Opus, SEED);
    r.switch(&sound(0, 0), exact(100_000));
    let a = r.forward(&sound(0, 0), exact(100_000)).unwrap();
    // The next speaker's first two packets were captured before what was already sent.
    r.switch(&sound(50, 0), exact(70_000));
    assert_eq!(r.forward(&sound(50, 0), exact(70_000)), None);
    assert_eq!(r.forward(&sound(51, 960), exact(90_000)), None);
    let b = r.forward(&sound(52, 1920), exact(110_000)).unwrap();
    assert_eq!(b.sequence(), a.sequence().wrapping_add(1));
    assert_eq!(b.timestamp.wrapping_sub(a.timestamp), 480);
}

/// A speaker whose clock runs ahead: by timestamps that jump just less than a new count would, or by a sender report
/// from the future. Whoever speaks at the seat after them is heard at once.
#[test]
fn nobody_is_silenced_by_the_clock_of_the_speaker_before() {
    const DAY: Micros = 86_400_000_000;
    for capture in [20_000, DAY] {
        let mut r = Rewriter::new(Codec::Opus, SEED);
        r.switch(&sound(0, 0), exact(capture));
        let mut last = r.forward(&sound(0, 0), exact(capture)).unwrap();
        for n in 1..100 {
            let racing = sound(n, n * 48_000 * 59);
            last = r.forward(&racing, exact(capture + n * 20_000)).unwrap();
        }
        let now = 2_100_000;
        r.switch(&sound(9, 77), exact(now));
        for n in 0..50 {
            let next = r.forward(&sound(9 + n, 77 + n * 960), exact(now + n * 20_000));
            let next = next.expect("heard");
            assert_eq!(next.sequence(), last.sequence().wrapping_add(1));
            assert_eq!(next.timestamp.wrapping_sub(last.timestamp), 960);
            last = next;
        }
    }
}

#[test]
fn nobodys_picture_is_squeezed_by_the_clock_of_the_source_before() {
    const HOUR: Micros = 3_600_000_000;
    let mut r = Rewriter::new(Codec::Vp8, SEED);
    let liar = picture(1, 0, 1, true);
    r.switch(&liar, exact(HOUR));
    r.forward(&liar, exact(HOUR)).unwrap();
    // The next one is placed by its arrival first, and then by its reports.
    let first = picture(50, 9000, 1, true);
    r.switch(&first, guessed(1_000_000));
    let mut last = r.forward(&first, guessed(1_000_000)).unwrap();
    for n in 1..30 {
        let at = 1_000_000 + n * 33_333;
        let capture = if n < 10 { guessed(at) } else { exact(at) };
        let next = picture(50 + n, 9000 + n * 3000, 1 + n as u16, false);
        let next = r.forward(&next, capture).unwrap();
        let step = next.timestamp.wrapping_sub(last.timestamp);
        assert!((1800..=3000).contains(&step), "{n}: {step}");
        last = next;
    }
}

#[test]
fn a_speaker_whose_count_falls_back_is_heard_on() {
    let mut r = Rewriter::new(Codec::Opus, SEED);
    r.switch(&sound(0, 48_000 * 50), exact(0));
    let a = r.forward(&sound(0, 48_000 * 50), exact(0)).unwrap();
    // The encoder began anew, thirty seconds before.
    let b = r.forward(&sound(1, 48_000 * 20), exact(20_000)).expect("heard");
    assert_eq!(b.sequence(), a.sequence().wrapping_add(1));
    assert_eq!(b.timestamp.wrapping_sub(a.timestamp), 960);
}

/// Numbers that leap, with packets or with padding: the receiver's 16 bits and SRTP's count of their turns must follow.
#[test]
fn no_leap_of_the_source_makes_numbers_come_again() {
    let mut r = Rewriter::new(Codec::Vp8, SEED);
    let first = picture(100, 0, 1, true);
    r.switch(&first, exact(0));
    let mut last = r.forward(&first, exact(0)).unwrap().sequence();
    let mut sequence = 100;
    for n in 1..200i64 {
        let at = n * 33_333;
        for _ in 0..n % 4 {
            sequence += 32_767;
            let padding = Incoming {
                empty: true,
                ..sound(sequence, n * 3000)
            };
            assert_eq!(r.forward(&padding, exact(at)), None);
        }
        sequence += 32_767;
        let next = r
            .forward(&picture(sequence, n * 3000, 1 + n as u16, false), exact(at))
            .unwrap();
        assert_eq!(
            next.sequence().wrapping_sub(last),
            2,
            "one is missing, and no more"
        );
        last = next.sequence();
        // What comes late out of the leap is not sent: its number would come again.
        let late = picture(sequence - 500, n * 3000 - 1, n as u16, false);
        assert_eq!(r.forward(&late, exact(at)), None);
    }
    // A loss that a receiver can still ask for stays one.
    let next = r
        .forward(&picture(sequence + 300, 900_000, 300, false), exact(9_000_000))
        .unwrap();
    assert_eq!(next.sequence().wrapping_sub(last), 300);
}

#[test]
fn a_switch_takes_up_picture_ids_and_drops_what_is_older() {
    let mut r = Rewriter::new(Codec::Vp8, SEED);
    let first = picture(10, 3000, 100, true);
    r.switch(&first, exact(0));
    let a = r.forward(&first, exact(0)).unwrap();
    assert_eq!(id_out(&first, &a), 0x7fff);
    assert_eq!(a.shift.tl0_pic_idx(100), 255);
    let second = picture(11, 6000, 101, false);
    let b = r.forward(&second, exact(33_000)).unwrap();
    assert_eq!(id_out(&second, &b), 0, "15 bits wrap");
    let other = picture(900, 50, 7, true);
    r.switch(&other, exact(66_000));
    let c = r.forward(&other, exact(66_000)).unwrap();
    assert_eq!((id_out(&other, &c), c.shift.tl0_pic_idx(7)), (1, 1));
    assert_eq!(
        r.forward(&picture(899, 50, 6, false), exact(60_000)),
        None,
        "older than the switch"
    );
}

#[test]
fn packets_of_one_frame_share_a_timestamp_even_when_late_and_clamped() {
    let mut r = Rewriter::new(Codec::Vp8, SEED);
    r.switch(&picture(0, 0, 0, true), exact(1_000_000));
    let a = r.forward(&picture(0, 0, 0, true), exact(1_000_000)).unwrap();
    // A layer whose capture time would fall behind.
    r.switch(&picture(70, 500, 0, true), exact(990_000));
    let b = r.forward(&picture(70, 500, 0, true), exact(990_000)).unwrap();
    assert_eq!(b.timestamp.wrapping_sub(a.timestamp), 90);
    let d = r.forward(&picture(73, 3500, 1, false), exact(1_023_000)).unwrap();
    let c = r.forward(&picture(71, 500, 0, false), exact(990_000)).unwrap();
    assert_eq!(c.timestamp, b.timestamp, "late, and still of its frame");
    assert_eq!(c.sequence(), b.sequence().wrapping_add(1));
    assert_eq!(d.sequence(), b.sequence().wrapping_add(3));
}

#[test]
fn pictures_are_placed_anew_once_when_the_publishers_clock_is_known() {
    let mut r = Rewriter::new(Codec::Vp8, SEED);
    r.switch(&picture(0, 0, 0, true), guessed(1_200_000));
    let a = r.forward(&picture(0, 0, 0, true), guessed(1_200_000)).unwrap();
    // Reports say that capture was 80 ms earlier than the guess; the next frame is 500 ms later.
    let b = r
        .forward(&picture(1, 45_000, 1, false), exact(1_620_000))
        .unwrap();
    assert_eq!(b.timestamp.wrapping_sub(a.timestamp), 420 * 90);
    let c = r
        .forward(&picture(2, 48_000, 2, false), exact(1_000_000))
        .unwrap();
    assert_eq!(c.timestamp.wrapping_sub(b.timestamp), 3000, "only once");
}

#[test]
fn padding_makes_no_hole_and_reuses_no_number() {
    let mut r = Rewriter::new(Codec::Vp8, SEED);
    r.switch(&picture(0, 0, 0, true), exact(0));
    let a = r.forward(&picture(0, 0, 0, true), exact(0)).unwrap();
    let padding = Incoming {
        empty: true,
        ..sound(2, 0)
    };
    assert_eq!(r.forward(&padding, exact(0)), None);
    let c = r.forward(&picture(3, 3000, 1, false), exact(33_000)).unwrap();
    assert_eq!(
        c.sequence(),
        a.sequence().wrapping_add(2),
        "1 is still on its way, 2 is left out"
    );
    let b = r.forward(&picture(1, 0, 0, false), exact(0)).unwrap();
    assert_eq!(b.sequence(), a.sequence().wrapping_add(1));
}

#[test]
fn a_number_sent_late_is_not_given_to_the_next_source() {
    let mut r = Rewriter::new(Codec::Vp8, SEED);
    r.switch(&picture(0, 0, 0, true), exact(0));
    r.forward(&picture(0, 0, 0, true), exact(0)).unwrap();
    let padding = Incoming {
        empty: true,
        ..sound(2, 0)
    };
    r.forward(&padding, exact(0));
    let late = r.forward(&picture(1, 0, 0, false), exact(0)).unwrap();
    r.switch(&picture(90, 9, 0, true), exact(40_000));
    let next = r.forward(&picture(90, 9, 0, true), exact(40_000)).unwrap();
    assert_eq!(next.sequence(), late.sequence().wrapping_add(1));
}

#[test]
fn more_than_half_a_cycle_of_one_source_goes_through() {
    let mut r = Rewriter::new(Codec::Opus, SEED);
    r.switch(&sound(0, 0), exact(0));
    for i in 0..100_000i64 {
        let out = r.forward(&sound(i, i * 960), exact(i * 20_000));
        assert_eq!(out.map(|o| o.sequence()), Some((65_001 + i) as u16), "packet {i}");
    }
}

#[test]
fn an_encoder_that_counts_anew_is_followed() {
    for codec in [Codec::Opus, Codec::Vp8] {
        let mut r = Rewriter::new(codec, SEED);
        let start = 10_000_000_000;
        r.switch(&sound(0, start), exact(0));
        let a = r.forward(&sound(0, start), exact(0)).unwrap();
        let b = r.forward(&sound(1, 5), exact(20_000)).unwrap();
        let c = r.forward(&sound(2, 965), exact(40_000)).unwrap();
        assert!(b.timestamp.wrapping_sub(a.timestamp) < 10_000);
        assert_eq!(c.timestamp.wrapping_sub(b.timestamp), 960);
    }
}

#[test]
fn a_report_names_the_timestamp_of_its_instant() {
    let mut clock = StreamClock::new(90_000);
    clock.arrived(0, 500_000, false);
    let mut r = Rewriter::new(Codec::Vp8, SEED);
    assert_eq!(r.timestamp_at(0, &clock, None), None);
    let capture = clock.capture(0, None).unwrap();
    r.switch(&picture(0, 0, 0, true), capture);
    let a = r.forward(&picture(0, 0, 0, true), capture).unwrap();
    assert_eq!(r.timestamp_at(500_000, &clock, None), Some(a.timestamp));
    assert_eq!(
        r.timestamp_at(600_000, &clock, None),
        Some(a.timestamp.wrapping_add(9000))
    );
}

proptest::proptest! {
    /// Two sources with loss, disorder, padding and copies, switched at will: no outgoing number is used twice, and
    /// those of one source stand in its order.
    #[test]
    fn no_number_is_used_twice(steps in proptest::collection::vec((0u8..2, -3i64..6, 0u8..10, proptest::bool::weighted(0.1)), 1..600)) {
        let mut r = Rewriter::new(Codec::Vp8, SEED);
        let mut at = [1_000i64, 70_000];
        let mut filters = [DuplicateFilter::default(), DuplicateFilter::default()];
        let mut current = None;
        let mut used = std::collections::HashSet::new();
        let mut now = 0;
        for (source, step, kind, switch) in steps {
            let s = source as usize;
            at[s] += step;
            now += 5_000;
            if !filters[s].fresh(at[s]) {
                continue;
            }
            let mut packet = picture(at[s], at[s] * 1500, at[s] as u16, false);
            packet.empty = kind == 0;
            if switch && !packet.empty {
                r.switch(&packet, exact(now));
                current = Some(s);
            }
            if current != Some(s) {
                continue;
            }
            if let Some(out) = r.forward(&packet, exact(now)) {
                proptest::prop_assert!(used.insert(out.index), "{} twice", out.index);
            }
        }
    }
}
