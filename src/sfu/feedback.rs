//! RTCP of a peer, read: what the session has use for.

use crate::rtp::bandwidth::Report;
use crate::rtp::clock::Micros;
use rtc::rtcp::extended_report::ExtendedReport;
use rtc::rtcp::extended_report::rrt::ReceiverReferenceTimeReportBlock;
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtcp::sender_report::SenderReport;
use rtc::rtcp::transport_feedbacks::transport_layer_cc::{
    PacketStatusChunk, SymbolTypeTcc, TransportLayerCc,
};
use rtc::rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;
use std::time::Instant;

/// Pieces of one datagram that are read at most.
const PIECES_MAX: usize = 128;
/// Numbers of one request that are read.
const NUMBERS_MAX: usize = 512;
/// Packets of one transport-wide report that are read: more than are sent between two of them. A report of forty bytes
/// can claim to tell of 65,535.
const ARRIVALS_MAX: usize = 2048;
/// Unit of the reference time of transport-wide feedback, in microseconds.
const REFERENCE_TICK: Micros = 64_000;

/// One piece of RTCP feedback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Feedback {
    /// The receiver of this SSRC cannot decode (PLI or FIR).
    KeyFrameWanted { ssrc: u32 },
    /// The receiver of this SSRC asks for packets again.
    Nack { ssrc: u32, numbers: Box<[u16]> },
    /// A receiver measures the way and back (RFC 3611, section 4.4): its SSRC, and the middle of its NTP time.
    TimeAsked { ssrc: u32, ntp: u32, arrival: Instant },
    /// What arrived, and when (draft-holmer-rmcat-transport-wide-cc).
    Arrivals(Report),
    /// RFC 3550, section 6.4.1.
    SenderReport {
        ssrc: u32,
        ntp: u64,
        rtp: u32,
        arrival: Instant,
    },
    /// RFC 3550, section 6.4.2: lost since the last report, in 256ths.
    ReceiverReport { ssrc: u32, fraction_lost: u8 },
}

/// Reads a decrypted datagram of RTCP. What is malformed in it is left out; from the library's parsers the caller is
/// guarded.
pub(super) fn read(plain: &[u8], arrival: Instant) -> Vec<Feedback> {
    let mut all = Vec::new();
    for piece in pieces(plain) {
        if is_excessive(piece) {
            continue;
        }
        let Ok(packet) = rtc::rtcp::packet::unmarshal(&mut &piece[..]) else {
            continue;
        };
        let Some(packet) = packet.first() else {
            continue;
        };
        let any = packet.as_any();
        if let Some(pli) = any.downcast_ref::<PictureLossIndication>() {
            all.push(Feedback::KeyFrameWanted { ssrc: pli.media_ssrc });
        } else if let Some(fir) = any.downcast_ref::<FullIntraRequest>() {
            let wanted = fir.fir.iter().map(|entry| entry.ssrc);
            all.extend(wanted.map(|ssrc| Feedback::KeyFrameWanted { ssrc }));
        } else if let Some(nack) = any.downcast_ref::<TransportLayerNack>() {
            all.push(Feedback::Nack {
                ssrc: nack.media_ssrc,
                numbers: numbers(nack),
            });
        } else if let Some(feedback) = any.downcast_ref::<TransportLayerCc>() {
            all.push(Feedback::Arrivals(arrivals(feedback)));
        } else if let Some(report) = any.downcast_ref::<SenderReport>() {
            all.push(Feedback::SenderReport {
                ssrc: report.ssrc,
                ntp: report.ntp_time,
                rtp: report.rtp_time,
                arrival,
            });
            all.extend(report.reports.iter().map(receiver_report));
        } else if let Some(report) = any.downcast_ref::<ReceiverReport>() {
            all.extend(report.reports.iter().map(receiver_report));
        } else if let Some(report) = any.downcast_ref::<ExtendedReport>() {
            let asked = report.reports.iter().find_map(|block| {
                let block = block
                    .as_any()
                    .downcast_ref::<ReceiverReferenceTimeReportBlock>()?;
                Some(block.ntp_timestamp)
            });
            all.extend(asked.map(|ntp| Feedback::TimeAsked {
                ssrc: report.sender_ssrc,
                ntp: (ntp >> 16) as u32,
                arrival,
            }));
        }
        if all.len() >= PIECES_MAX {
            all.truncate(PIECES_MAX);
            break;
        }
    }
    all
}

/// The packets of a datagram (RFC 3550, section 6.1), as far as they are whole.
fn pieces(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let [_, _, high, low, ..] = rest else {
            return None;
        };
        let length = 4 * (usize::from(u16::from_be_bytes([*high, *low])) + 1);
        let (piece, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(piece)
    })
    .take(PIECES_MAX)
}

/// True for transport-wide feedback on more packets than are read. The library makes room for as many as it claims before it
/// looks how many are there.
fn is_excessive(piece: &[u8]) -> bool {
    const TRANSPORT_FEEDBACK: u8 = 205;
    const TRANSPORT_CC: u8 = 15;
    let count = piece.get(14..16).and_then(<[u8]>::first_chunk);
    matches!(piece, [kind, TRANSPORT_FEEDBACK, ..] if kind & 0x1f == TRANSPORT_CC)
        && count.is_some_and(|count| usize::from(u16::from_be_bytes(*count)) > ARRIVALS_MAX)
}

fn receiver_report(block: &ReceptionReport) -> Feedback {
    Feedback::ReceiverReport {
        ssrc: block.ssrc,
        fraction_lost: block.fraction_lost,
    }
}

/// The numbers that are asked for.
fn numbers(nack: &TransportLayerNack) -> Box<[u16]> {
    nack.nacks
        .iter()
        .flat_map(|pair| {
            let after = (0..16u16).filter(|bit| pair.lost_packets >> bit & 1 == 1);
            std::iter::once(pair.packet_id).chain(after.map(|bit| pair.packet_id.wrapping_add(bit + 1)))
        })
        .take(NUMBERS_MAX)
        .collect()
}

/// Reads transport-wide feedback: the arrivals, on the receiver's clock. The last chunk may say more than was counted.
pub(super) fn arrivals(feedback: &TransportLayerCc) -> Report {
    let mut at = Micros::from(feedback.reference_time) * REFERENCE_TICK;
    let mut deltas = feedback.recv_deltas.iter();
    let symbols = feedback.packet_chunks.iter().flat_map(|chunk| {
        let (run, list) = match chunk {
            PacketStatusChunk::RunLengthChunk(run) => {
                (Some((run.packet_status_symbol, run.run_length)), None)
            }
            PacketStatusChunk::StatusVectorChunk(vector) => (None, Some(&vector.symbol_list)),
        };
        let run = run
            .into_iter()
            .flat_map(|(symbol, n)| std::iter::repeat_n(symbol, usize::from(n)));
        run.chain(list.into_iter().flatten().copied())
    });
    let arrivals = symbols
        .take(usize::from(feedback.packet_status_count).min(ARRIVALS_MAX))
        .map(|symbol| match symbol {
            SymbolTypeTcc::PacketReceivedSmallDelta | SymbolTypeTcc::PacketReceivedLargeDelta => {
                at += deltas.next()?.delta;
                Some(at)
            }
            SymbolTypeTcc::PacketNotReceived | SymbolTypeTcc::PacketReceivedWithoutDelta => None,
        })
        .collect();
    Report {
        base: feedback.base_sequence_number,
        arrivals,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtc::rtcp::transport_feedbacks::transport_layer_cc::{RecvDelta, RunLengthChunk, StatusVectorChunk};
    use rtc::rtcp::transport_feedbacks::transport_layer_nack::NackPair;
    use rtc::shared::marshal::Marshal;

    #[test]
    fn requests_are_read_and_bounded() {
        let nack = |pairs: usize| TransportLayerNack {
            nacks: vec![
                NackPair {
                    packet_id: 65_535,
                    lost_packets: 0b101,
                };
                pairs
            ],
            ..Default::default()
        };
        assert_eq!(numbers(&nack(1))[..], [65_535, 0, 2]);
        assert_eq!(numbers(&nack(1000)).len(), NUMBERS_MAX);
    }

    #[test]
    fn a_datagram_of_many_pieces_is_read_up_to_a_bound() {
        let now = Instant::now();
        let pli = PictureLossIndication {
            sender_ssrc: 1,
            media_ssrc: 9,
        };
        let bytes = pli.marshal().unwrap();
        assert_eq!(read(&bytes, now), [Feedback::KeyFrameWanted { ssrc: 9 }]);
        assert_eq!(read(&bytes.repeat(1000), now).len(), PIECES_MAX);
        assert_eq!(read(&bytes[..7], now), []);
        let reports = vec![
            ReceptionReport {
                ssrc: 5,
                fraction_lost: 6,
                ..Default::default()
            };
            2
        ];
        let report = SenderReport {
            ssrc: 4,
            reports,
            ..Default::default()
        };
        assert_eq!(read(&report.marshal().unwrap(), now).len(), 3);
    }

    #[test]
    fn a_report_that_claims_too_much_is_not_read_and_what_follows_is() {
        let claims = |count: u16| {
            let mut piece = vec![0x8f, 205, 0, 5, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1];
            piece.extend(count.to_be_bytes());
            piece.extend([0, 0, 1, 0]);
            // A run of packets that did not arrive, and no delta.
            piece.extend([count.min(8191).to_be_bytes(), [0, 0]].concat());
            piece
        };
        let pli = PictureLossIndication {
            sender_ssrc: 1,
            media_ssrc: 9,
        };
        let wanted = || Feedback::KeyFrameWanted { ssrc: 9 };
        let after = |mut first: Vec<u8>| {
            first.extend_from_slice(&pli.marshal().unwrap());
            read(&first, Instant::now())
        };
        assert_eq!(after(claims(u16::MAX)), [wanted()]);
        assert_eq!(after(claims(ARRIVALS_MAX as u16 + 1)), [wanted()]);
        assert!(matches!(&after(claims(10))[..], [Feedback::Arrivals(r), _] if r.arrivals.len() == 10));
        assert_eq!(after(vec![0x81, 205, 0, 0]), [wanted()], "a NACK that is cut off");
    }

    #[test]
    fn a_receiver_that_measures_the_way_is_told_its_own_time() {
        let report = ExtendedReport {
            sender_ssrc: 7,
            reports: vec![Box::new(ReceiverReferenceTimeReportBlock {
                ntp_timestamp: 0x1111_2222_3333_4444,
            })],
        };
        let (now, since) = (Instant::now(), std::time::Duration::from_millis(1500));
        let asked = read(&report.marshal().unwrap(), now);
        let [Feedback::TimeAsked { ssrc, ntp, .. }] = asked[..] else {
            panic!("{asked:?}");
        };
        assert_eq!((ssrc, ntp), (7, 0x2222_3333));
        let answer = super::super::report::time(ssrc, ntp, since).marshal().unwrap();
        // Block type 5, three words: the SSRC, its time, and 1.5 s in 65,536ths.
        assert_eq!(
            answer[8..],
            [5, 0, 0, 3, 0, 0, 0, 7, 0x22, 0x22, 0x33, 0x33, 0, 1, 0x80, 0]
        );
    }

    #[test]
    fn arrivals_add_up_and_padding_is_no_packet() {
        let delta = |delta| RecvDelta {
            delta,
            ..Default::default()
        };
        let feedback = TransportLayerCc {
            base_sequence_number: 65_534,
            packet_status_count: 5,
            reference_time: 2,
            packet_chunks: vec![
                PacketStatusChunk::RunLengthChunk(RunLengthChunk {
                    packet_status_symbol: SymbolTypeTcc::PacketReceivedSmallDelta,
                    run_length: 2,
                    ..Default::default()
                }),
                PacketStatusChunk::StatusVectorChunk(StatusVectorChunk {
                    symbol_list: vec![
                        SymbolTypeTcc::PacketNotReceived,
                        SymbolTypeTcc::PacketReceivedLargeDelta,
                        SymbolTypeTcc::PacketReceivedSmallDelta,
                        SymbolTypeTcc::PacketNotReceived,
                    ],
                    ..Default::default()
                }),
            ],
            recv_deltas: vec![delta(250), delta(1000), delta(-500)],
            ..Default::default()
        };
        let report = arrivals(&feedback);
        assert_eq!(report.base, 65_534);
        // The fifth is said to have come, but not when.
        assert_eq!(
            report.arrivals[..],
            [Some(128_250), Some(129_250), None, Some(128_750), None]
        );
    }
}
