//! RTCP of a peer, read in place: what a session has use for. What is malformed is left out, and the rest is read.

use super::bandwidth::Report;
use super::clock::Micros;
use std::time::Instant;

/// Pieces of one datagram that are read, and that one datagram can come to, at most.
const PIECES_MAX: usize = 128;
/// Numbers of one request that are read.
const NUMBERS_MAX: usize = 512;
/// Packets of one transport-wide report that are read: more than are sent between two of them. A report of forty bytes
/// can claim to tell of 65,535.
const ARRIVALS_MAX: usize = 2048;
/// Units of the reference time and of the deltas of transport-wide feedback, in microseconds.
const REFERENCE_TICK: Micros = 64_000;
const DELTA_TICK: Micros = 250;

/// Packet types (RFC 3550, section 12.1; RFC 4585, section 6.1; RFC 3611, section 2).
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
const EXTENDED_REPORT: u8 = 207;
/// Feedback message types (RFC 4585, sections 6.2 and 6.3; RFC 5104, section 4.3.1; draft-holmer-rmcat-transport-wide-cc).
const NACK: u8 = 1;
const TRANSPORT_CC: u8 = 15;
const PLI: u8 = 1;
const FIR: u8 = 4;
/// Block type of a receiver reference time report (RFC 3611, section 4.4).
const REFERENCE_TIME: u8 = 4;
/// Bytes of a reception report, and of a sender's part before them.
const RECEPTION_BYTES: usize = 24;
const SENDER_BYTES: usize = 24;

/// One piece of RTCP feedback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feedback {
    /// The receiver of this SSRC cannot decode (PLI or FIR).
    KeyFrameWanted {
        /// Which.
        ssrc: u32,
    },
    /// The receiver of this SSRC asks for packets again.
    Nack {
        /// Which.
        ssrc: u32,
        /// Their sequence numbers.
        numbers: Box<[u16]>,
    },
    /// A receiver measures the way and back (RFC 3611, section 4.4).
    TimeAsked {
        /// The receiver's SSRC.
        ssrc: u32,
        /// The middle 32 bits of its NTP time.
        ntp: u32,
        /// When it was read.
        arrival: Instant,
    },
    /// What arrived, and when (draft-holmer-rmcat-transport-wide-cc).
    Arrivals(Report),
    /// RFC 3550, section 6.4.1.
    SenderReport {
        /// Of which stream.
        ssrc: u32,
        /// NTP time.
        ntp: u64,
        /// The same instant as an RTP timestamp.
        rtp: u32,
        /// When it was read.
        arrival: Instant,
    },
    /// RFC 3550, section 6.4.2.
    ReceiverReport {
        /// Of which stream.
        ssrc: u32,
        /// Lost since the last report, in 256ths.
        fraction_lost: u8,
    },
}

/// Reads a decrypted datagram of RTCP (RFC 3550, section 6.1).
pub fn read(datagram: &[u8], arrival: Instant) -> Vec<Feedback> {
    let mut all = Vec::new();
    for piece in pieces(datagram) {
        // What was read of a piece before it turned out to be malformed is as true as the rest.
        let _ = read_piece(piece, arrival, &mut all);
        if all.len() >= PIECES_MAX {
            all.truncate(PIECES_MAX);
            break;
        }
    }
    all
}

/// The packets of a datagram, as far as they are whole.
fn pieces(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let length = 4 * (usize::from(u16_at(rest, 2)?) + 1);
        let (piece, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(piece)
    })
    .take(PIECES_MAX)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// What stands behind the header of a piece, without its padding.
fn body(piece: &[u8]) -> Option<&[u8]> {
    let [first, _, _, _, body @ ..] = piece else {
        return None;
    };
    if first >> 6 != 2 {
        return None;
    }
    let padding = match first & 0x20 {
        0 => 0,
        _ => usize::from(*body.last()?),
    };
    body.get(..body.len().checked_sub(padding)?)
}

fn read_piece(piece: &[u8], arrival: Instant, all: &mut Vec<Feedback>) -> Option<()> {
    let body = body(piece)?;
    let (format, kind) = (piece.first()? & 0x1f, *piece.get(1)?);
    match (kind, format) {
        (SENDER_REPORT, count) => {
            let reports = body.get(SENDER_BYTES..)?;
            all.push(Feedback::SenderReport {
                ssrc: u32_at(body, 0)?,
                ntp: u64_at(body, 4)?,
                rtp: u32_at(body, 12)?,
                arrival,
            });
            reception(reports, count, all);
        }
        (RECEIVER_REPORT, count) => reception(body.get(4..)?, count, all),
        (TRANSPORT_FEEDBACK, NACK) => all.push(Feedback::Nack {
            ssrc: u32_at(body, 4)?,
            numbers: numbers(body.get(8..)?),
        }),
        (TRANSPORT_FEEDBACK, TRANSPORT_CC) => all.push(Feedback::Arrivals(arrivals(body.get(8..)?)?)),
        (PAYLOAD_FEEDBACK, PLI) => all.push(Feedback::KeyFrameWanted {
            ssrc: u32_at(body, 4)?,
        }),
        (PAYLOAD_FEEDBACK, FIR) => {
            let wanted = body
                .get(8..)?
                .chunks_exact(8)
                .filter_map(|entry| u32_at(entry, 0));
            all.extend(wanted.map(|ssrc| Feedback::KeyFrameWanted { ssrc }));
        }
        (EXTENDED_REPORT, _) => all.push(Feedback::TimeAsked {
            ssrc: u32_at(body, 0)?,
            ntp: (reference_time(body.get(4..)?)? >> 16) as u32,
            arrival,
        }),
        _ => {}
    }
    Some(())
}

fn reception(reports: &[u8], count: u8, all: &mut Vec<Feedback>) {
    let reports = reports.chunks_exact(RECEPTION_BYTES).take(count.into());
    all.extend(reports.filter_map(|report| {
        Some(Feedback::ReceiverReport {
            ssrc: u32_at(report, 0)?,
            fraction_lost: *report.get(4)?,
        })
    }));
}

/// The numbers that are asked for: each with those of the sixteen after it whose bits are set.
fn numbers(pairs: &[u8]) -> Box<[u16]> {
    pairs
        .chunks_exact(4)
        .filter_map(|pair| Some((u16_at(pair, 0)?, u16_at(pair, 2)?)))
        .flat_map(|(first, more)| {
            let after = (0..16u16).filter(move |bit| more >> bit & 1 == 1);
            std::iter::once(first).chain(after.map(move |bit| first.wrapping_add(bit + 1)))
        })
        .take(NUMBERS_MAX)
        .collect()
}

/// NTP time of the first block that tells it.
fn reference_time(mut blocks: &[u8]) -> Option<u64> {
    loop {
        let length = 4 * usize::from(u16_at(blocks, 2)?);
        let (block, after) = blocks.get(4..)?.split_at_checked(length)?;
        if *blocks.first()? == REFERENCE_TIME {
            return u64_at(block, 0);
        }
        blocks = after;
    }
}

/// How a packet is told of.
#[derive(Clone, Copy)]
enum Symbol {
    Missing,
    /// With a delta of one byte.
    Small,
    /// With one of two, signed.
    Large,
    /// It came, and it is not said when.
    Undated,
}

impl Symbol {
    fn of(bits: u16) -> Self {
        match bits & 3 {
            0 => Symbol::Missing,
            1 => Symbol::Small,
            2 => Symbol::Large,
            _ => Symbol::Undated,
        }
    }
}

/// How many packets a chunk tells of.
fn told(chunk: u16) -> usize {
    match chunk >> 14 {
        0 | 1 => usize::from(chunk & 0x1fff),
        2 => 14,
        _ => 7,
    }
}

/// What a chunk says of one of its packets.
fn symbol(chunk: u16, at: usize) -> Symbol {
    match chunk >> 14 {
        0 | 1 => Symbol::of(chunk >> 13),
        2 => Symbol::of(chunk >> (13 - at) & 1),
        _ => Symbol::of(chunk >> (12 - 2 * at)),
    }
}

/// Reads transport-wide feedback behind its two SSRCs: the arrivals, on the receiver's clock. The last chunk may say more than
/// was counted.
fn arrivals(body: &[u8]) -> Option<Report> {
    let (base, count) = (u16_at(body, 0)?, usize::from(u16_at(body, 2)?));
    if count > ARRIVALS_MAX {
        return None;
    }
    let mut at = Micros::from(u32_at(body, 4)? >> 8) * REFERENCE_TICK;
    let chunks = body.get(8..)?;
    // The deltas begin behind the last chunk.
    let (mut counted, mut last) = (0, 0);
    while counted < count {
        counted += told(u16_at(chunks, last)?);
        last += 2;
    }
    let (chunks, mut deltas) = chunks.split_at_checked(last)?;
    let symbols = chunks
        .chunks_exact(2)
        .filter_map(|chunk| u16_at(chunk, 0))
        .flat_map(|chunk| (0..told(chunk)).map(move |at| symbol(chunk, at)));
    let mut arrivals = Vec::with_capacity(count);
    for symbol in symbols.take(count) {
        let delta = match symbol {
            Symbol::Small => {
                let (delta, rest) = deltas.split_first()?;
                deltas = rest;
                Micros::from(*delta)
            }
            Symbol::Large => {
                let (delta, rest) = deltas.split_first_chunk()?;
                deltas = rest;
                Micros::from(i16::from_be_bytes(*delta))
            }
            Symbol::Missing | Symbol::Undated => {
                arrivals.push(None);
                continue;
            }
        };
        at += delta * DELTA_TICK;
        arrivals.push(Some(at));
    }
    Some(Report {
        base,
        arrivals: arrivals.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet of this format, type and body.
    fn piece(format: u8, kind: u8, body: &[u8]) -> Vec<u8> {
        let words = (body.len() / 4) as u16;
        let mut piece = vec![0x80 | format, kind];
        piece.extend(words.to_be_bytes());
        piece.extend_from_slice(body);
        piece
    }

    fn pli(ssrc: u32) -> Vec<u8> {
        piece(
            PLI,
            PAYLOAD_FEEDBACK,
            &[[0, 0, 0, 1], ssrc.to_be_bytes()].concat(),
        )
    }

    fn wanted(ssrc: u32) -> Feedback {
        Feedback::KeyFrameWanted { ssrc }
    }

    #[test]
    fn requests_are_read_and_bounded() {
        let nack = |pairs: usize| {
            let pairs = [255, 255, 0, 0b101].repeat(pairs);
            let body = [vec![0, 0, 0, 1, 0, 0, 0, 9], pairs].concat();
            match &read(&piece(NACK, TRANSPORT_FEEDBACK, &body), Instant::now())[..] {
                [Feedback::Nack { ssrc: 9, numbers }] => numbers.to_vec(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(nack(1), [65_535, 0, 2]);
        assert_eq!(nack(1000).len(), NUMBERS_MAX);
    }

    #[test]
    fn a_datagram_of_many_pieces_is_read_up_to_a_bound() {
        let now = Instant::now();
        let one = pli(9);
        assert_eq!(read(&one, now), [wanted(9)]);
        assert_eq!(read(&one.repeat(1000), now).len(), PIECES_MAX);
        assert_eq!(read(&one[..7], now), []);
        let entries = [0, 0, 0, 5, 1, 0, 0, 0].repeat(2);
        let fir = piece(FIR, PAYLOAD_FEEDBACK, &[vec![0; 8], entries].concat());
        assert_eq!(read(&fir, now), [wanted(5), wanted(5)]);
        let mut report = [0; SENDER_BYTES];
        report[..16].copy_from_slice(&[0, 0, 0, 4, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 6]);
        let mut block = [0; RECEPTION_BYTES];
        block[..5].copy_from_slice(&[0, 0, 0, 5, 7]);
        let body = [&report[..], &block, &block].concat();
        let sent = Feedback::SenderReport {
            ssrc: 4,
            ntp: 0x0102_0304_0506_0708,
            rtp: 6,
            arrival: now,
        };
        let received = Feedback::ReceiverReport {
            ssrc: 5,
            fraction_lost: 7,
        };
        let all = [sent, received.clone(), received.clone()];
        assert_eq!(read(&piece(2, SENDER_REPORT, &body), now), all);
        assert_eq!(read(&piece(1, SENDER_REPORT, &body), now), all[..2]);
        let body = [&report[..4], &block].concat();
        assert_eq!(read(&piece(1, RECEIVER_REPORT, &body), now), [received]);
    }

    #[test]
    fn padding_and_other_versions_are_not_read() {
        let now = Instant::now();
        let mut padded = piece(
            NACK,
            TRANSPORT_FEEDBACK,
            &[0, 0, 0, 1, 0, 0, 0, 9, 0, 7, 0, 0, 0, 0, 0, 4],
        );
        padded[0] |= 0x20;
        assert!(matches!(&read(&padded, now)[..], [Feedback::Nack { numbers, .. }] if numbers[..] == [7]));
        *padded.last_mut().unwrap() = 200;
        assert_eq!(read(&padded, now), []);
        let mut other = pli(9);
        other[0] = 0x41;
        assert_eq!(read(&[other, pli(8)].concat(), now), [wanted(8)]);
    }

    #[test]
    fn a_report_that_claims_too_much_is_not_read_and_what_follows_is() {
        let claims = |count: u16| {
            let mut body = vec![0, 0, 0, 1, 0, 0, 0, 2, 0, 1];
            body.extend(count.to_be_bytes());
            body.extend([0, 0, 1, 0]);
            // A run of packets that did not arrive, and no delta.
            body.extend([count.min(8191).to_be_bytes(), [0, 0]].concat());
            piece(TRANSPORT_CC, TRANSPORT_FEEDBACK, &body)
        };
        let after = |first: Vec<u8>| read(&[first, pli(9)].concat(), Instant::now());
        assert_eq!(after(claims(u16::MAX)), [wanted(9)]);
        assert_eq!(after(claims(ARRIVALS_MAX as u16 + 1)), [wanted(9)]);
        assert!(matches!(&after(claims(10))[..], [Feedback::Arrivals(r), _] if r.arrivals.len() == 10));
        assert_eq!(
            after(piece(NACK, TRANSPORT_FEEDBACK, &[])),
            [wanted(9)],
            "cut off"
        );
    }

    #[test]
    fn a_receiver_that_measures_the_way_says_its_time() {
        let now = Instant::now();
        let other = [1, 0, 0, 1, 9, 9, 9, 9];
        let time = [4, 0, 0, 2, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44];
        let body = [&[0, 0, 0, 7][..], &other, &time].concat();
        let asked = Feedback::TimeAsked {
            ssrc: 7,
            ntp: 0x2222_3333,
            arrival: now,
        };
        assert_eq!(read(&piece(0, EXTENDED_REPORT, &body), now), [asked]);
        assert_eq!(read(&piece(0, EXTENDED_REPORT, &body[..12]), now), []);
    }

    #[test]
    fn arrivals_add_up_and_padding_is_no_packet() {
        // Five packets from 65,534 on, reference time 2: a run of two small deltas; seven symbols of two bits, of which three
        // count: none, large, small.
        let body = [
            &[0, 0, 0, 1, 0, 0, 0, 2, 255, 254, 0, 5, 0, 0, 2, 0][..],
            &[0x20, 2, 0b1100_1001, 0, 1, 4, 255, 254, 8, 0, 0, 0],
        ]
        .concat();
        let all = read(&piece(TRANSPORT_CC, TRANSPORT_FEEDBACK, &body), Instant::now());
        let [Feedback::Arrivals(report)] = &all[..] else {
            panic!("{all:?}");
        };
        assert_eq!(report.base, 65_534);
        let ms = 128_000;
        assert_eq!(
            report.arrivals[..],
            [
                Some(ms + 250),
                Some(ms + 1250),
                None,
                Some(ms + 750),
                Some(ms + 2750)
            ]
        );
        // Fourteen symbols of one bit.
        let body = [
            0,
            0,
            0,
            1,
            0,
            0,
            0,
            2,
            0,
            0,
            0,
            3,
            0,
            0,
            0,
            0,
            0b1010_1000,
            0,
            1,
            2,
        ];
        let all = read(&piece(TRANSPORT_CC, TRANSPORT_FEEDBACK, &body), Instant::now());
        assert!(
            matches!(&all[..], [Feedback::Arrivals(r)] if r.arrivals[..] == [Some(250), None, Some(750)]),
            "{all:?}"
        );
    }
}
