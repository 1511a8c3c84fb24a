//! State machines that a peer feeds with packets and reports: order, time, numbers, bandwidth, layers.

use crate::input::Input;
use oyer::rtp::arrivals::Arrivals;
use oyer::rtp::bandwidth::{Bandwidth, Report};
use oyer::rtp::clock::{Capture, StreamClock};
use oyer::rtp::codec::Codec;
use oyer::rtp::jitter::{Inserted, JitterBuffer, Step};
use oyer::rtp::layers::{self, Budget, Choice, Layer, Shown, Wish};
use oyer::rtp::missing::{Came, Missing};
use oyer::rtp::reception::Reception;
use oyer::rtp::rewrite::{Incoming, Rewriter, Seed};
use oyer::rtp::sequence::{DuplicateFilter, SequenceUnwrapper, TimestampUnwrapper, nearest};
use oyer::rtp::timeline::Timeline;
use oyer::rtp::vp8::Descriptor;
use std::collections::HashSet;

/// The recorder's jitter buffer: every packet held comes out once.
pub fn jitter(data: &[u8]) {
    const CAPACITY: usize = 16;
    let mut buffer = JitterBuffer::new(1_400_000, CAPACITY);
    let mut input = Input(data);
    let (mut now, mut held) = (0, 0);
    let mut seen = HashSet::new();
    for n in 0u32.. {
        let (Some(sequence), Some(past)) = (input.u16(), input.u16()) else {
            break;
        };
        now += i64::from(past) * 16;
        held += usize::from(buffer.insert(sequence, now, n) == Inserted::Held);
        while let Some(step) = buffer.pop(now) {
            match step {
                Step::Packet(n) => assert!(seen.insert(n), "twice"),
                Step::Lost(count) => assert!((1..=100_000).contains(&count)),
            }
        }
        assert!(buffer.len() <= CAPACITY + 8);
        assert!(buffer.waiting_us(now).is_none_or(|us| us >= 0));
    }
    while let Some(step) = buffer.pop(i64::MAX) {
        if let Step::Packet(n) = step {
            assert!(seen.insert(n), "twice");
        }
    }
    // A stray number is taken for held until it is known to be one.
    assert!(buffer.is_empty() && seen.len() <= held);
}

/// Packets and sender reports on a timeline: nothing is placed far from when it came.
pub fn timeline(data: &[u8]) {
    let mut input = Input(data);
    let mut timeline = Timeline::new(48_000);
    let mut timestamps = TimestampUnwrapper::default();
    let mut now = 0i64;
    while let (Some(act), Some(past), Some(timestamp)) = (input.u8(), input.u16(), input.u32()) {
        now += i64::from(past) * 64;
        match act % 4 {
            0 => {
                let Some(ntp) = input.u64() else { break };
                timeline.report(ntp, timestamps.peek(timestamp), now);
            }
            1 => timeline.expect_pause(now),
            2 => timeline.share_clock(timeline.clock_offset_us(now).map(|us| us + i64::from(past))),
            _ => {
                let timestamp = timestamps.extend(timestamp);
                timeline.arrived(timestamp, now);
                let placed = timeline.place(timestamp, now);
                assert!(
                    (-7_000_000..=700_000).contains(&(placed - now)),
                    "{}",
                    placed - now
                );
                assert!(timeline.at(timestamp).is_some());
            }
        }
    }
}

/// Sources that take turns at one seat. A number that was sent is never sent again: SRTP would use a key stream twice.
pub fn rewrite(data: &[u8]) {
    let mut input = Input(data);
    let Some(codec) = input.u8() else { return };
    let codec = if codec & 1 == 0 { Codec::Opus } else { Codec::Vp8 };
    let seed = Seed {
        sequence: 30_000,
        timestamp: u32::MAX - 5000,
        picture_id: 0x7ff0,
        tl0_pic_idx: 250,
    };
    let mut rewriter = Rewriter::new(codec, seed);
    let mut sources: [_; 3] = std::array::from_fn(|_| {
        (
            SequenceUnwrapper::default(),
            TimestampUnwrapper::default(),
            DuplicateFilter::default(),
            StreamClock::new(codec.clock_rate()),
        )
    });
    let (mut now, mut current) = (0i64, None);
    let mut highest: i64 = 30_000;
    let mut sent = HashSet::new();
    while let (Some(act), Some(sequence), Some(timestamp)) = (input.u8(), input.u16(), input.u32()) {
        now += 1000 * i64::from(act >> 3);
        let from = usize::from(act % 3);
        let (sequences, timestamps, filter, clock) = &mut sources[from];
        if act & 0x80 != 0 {
            let Some(ntp) = input.u64() else { break };
            clock.reported(ntp, timestamps.peek(timestamp));
        }
        let extended = sequences.extend(sequence);
        if !filter.fresh(extended) {
            continue;
        }
        let timestamp = timestamps.extend(timestamp);
        clock.arrived(timestamp, now, false);
        let capture: Capture = clock
            .capture(timestamp, clock.publisher_offset())
            .expect("a packet came");
        let payload = [0x90, 0xe0, 0x80 | act, sequence as u8, act, 0x20, act, 0];
        let incoming = Incoming {
            sequence: extended,
            timestamp,
            marker: act & 0x40 != 0,
            empty: act & 0x20 != 0,
            ids: (codec == Codec::Vp8)
                .then(|| Descriptor::parse(&payload).map(|d| d.ids))
                .flatten(),
        };
        let mut switched = false;
        if current != Some(from) {
            if incoming.empty || act & 0x10 == 0 {
                continue;
            }
            rewriter.switch(&incoming, capture);
            current = Some(from);
            switched = true;
        }
        let Some(outgoing) = rewriter.forward(&incoming, capture) else {
            assert!(!switched || codec == Codec::Opus, "a picture's first packet");
            continue;
        };
        let number = nearest(highest, outgoing.sequence());
        assert!(sent.insert(number), "sent again: {number}");
        // What SRTP counts by is what the receiver makes of the number.
        assert_eq!(outgoing.index, number as u64);
        // A hole of the source stays one; a switch makes none.
        assert!(!switched || number == highest + 1, "{number} after {highest}");
        highest = highest.max(number);
        let _ = rewriter.timestamp_at(now, clock, clock.publisher_offset());
        if act == 0xff {
            rewriter.release();
            current = None;
        }
    }
}

/// Packets sent and reports about them: the estimate stays within its bounds, and probes within it.
pub fn bandwidth(data: &[u8]) {
    let mut input = Input(data);
    let mut bandwidth = Bandwidth::default();
    let mut now = 0i64;
    while let (Some(act), Some(past)) = (input.u8(), input.u8()) {
        now += i64::from(past) * 500;
        match act % 4 {
            0 | 1 => {
                let Some(bytes) = input.u8() else { break };
                bandwidth.sent(now, usize::from(bytes) * 6, act & 4 != 0);
            }
            2 => {
                let (Some(base), Some(start)) = (input.u16(), input.u32()) else {
                    break;
                };
                let deltas = input.piece().unwrap_or_default();
                let mut at = i64::from(start & 0xff_ffff) * 64_000;
                let arrivals = deltas.iter().map(|d| {
                    at += (i64::from(*d) - 64) * 2000;
                    (*d != 0).then_some(at)
                });
                let arrivals = arrivals.collect();
                bandwidth.reported(now, &Report { base, arrivals });
            }
            _ => {
                let copies = bandwidth.tick(now, i64::from(past) * 500, Some(u64::from(act) << 18));
                assert!(copies <= 2_000_000, "{copies}");
            }
        }
        let bits = bandwidth.budget(now).bits;
        assert!(bits == 0 || (30_000..=50_000_000).contains(&bits), "{bits}");
        assert!(bandwidth.loss().is_none_or(|l| (0.0..=1.0).contains(&l)));
    }
}

/// What a publisher is told of its packets: what is missing, what arrived when, how the stream is received.
pub fn reception(data: &[u8]) {
    let mut input = Input(data);
    let (mut sequences, mut timestamps) = (SequenceUnwrapper::default(), TimestampUnwrapper::default());
    let sound = data.len() % 2 == 1;
    let (mut missing, mut arrivals, mut received) =
        (Missing::new(sound), Arrivals::default(), Reception::default());
    let mut now = 0i64;
    let mut numbers = Vec::new();
    while let (Some(act), Some(past), Some(number), Some(timestamp)) =
        (input.u8(), input.u8(), input.u16(), input.u32())
    {
        now += i64::from(past) * 1000;
        arrivals.arrived(number, now);
        let (sequence, timestamp) = (sequences.extend(number), timestamps.extend(timestamp));
        let came = match act >> 6 {
            0 | 1 => Came::Itself,
            2 => Came::Again,
            _ => Came::Within,
        };
        missing.arrived(sequence, came, now);
        received.arrived(sequence, timestamp, 90_000, now);
        if act & 1 != 0 {
            numbers.clear();
            let elsewhere = (act & 8 != 0).then_some(i64::from(timestamp));
            missing.due(now, elsewhere, &mut numbers);
            assert!(numbers.len() <= 512);
            assert!(!numbers.contains(&number), "asked for what has come");
        }
        if act & 2 != 0 {
            let report = arrivals.take().expect("one has arrived");
            assert!((1..=2000).contains(&report.arrivals.len()));
            assert!(report.arrivals.iter().flatten().all(|at| (0..=now).contains(at)));
        }
        if act & 4 != 0 {
            let block = received.block().expect("one has arrived");
            assert!(block.total_lost <= 0x7f_ffff);
        }
    }
}

/// Seats of any size, layers of any, and what they may cost.
pub fn layers(data: &[u8]) {
    let mut input = Input(data);
    let Some(bits) = input.u32() else { return };
    let mut wishes = Vec::new();
    while let (Some(width), Some(height), Some(now)) = (input.u16(), input.u16(), input.u8()) {
        let mut layers = Vec::new();
        for id in 0..usize::from(now % 4) {
            let (Some(width), Some(height), Some(bits)) = (input.u16(), input.u16(), input.u32()) else {
                return;
            };
            layers.push(Layer {
                id,
                width,
                height,
                bits: bits.into(),
            });
        }
        wishes.push(Wish {
            shown: Shown { width, height },
            layers,
            now: match now >> 4 {
                0 => Choice::Nothing,
                1 => Choice::Paused,
                id => Choice::Layer(id.into()),
            },
        });
    }
    let budget = Budget {
        bits: bits.into(),
        proven: true,
    };
    let given = layers::allocate(Some(budget), &wishes);
    assert!(given.bits <= budget.bits);
    assert_eq!(given.choices.len(), wishes.len());
    for (choice, wish) in given.choices.iter().zip(&wishes) {
        match choice {
            Choice::Layer(id) => assert!(wish.layers.iter().any(|l| l.id == *id) && !wish.shown.is_hidden()),
            Choice::Paused => assert!(!wish.layers.is_empty() && !wish.shown.is_hidden()),
            Choice::Nothing => assert!(wish.layers.is_empty() || wish.shown.is_hidden()),
        }
    }
    let _ = given.wanted();
    assert_eq!(layers::allocate(None, &wishes).next, None);
}
