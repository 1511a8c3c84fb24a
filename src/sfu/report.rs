//! RTCP that goes to a publisher, as the library writes it.

use crate::rtp::bandwidth::Report;
use crate::rtp::clock::Micros;
use crate::rtp::reception::{self, Block};
use rtc::rtcp::extended_report::ExtendedReport;
use rtc::rtcp::extended_report::dlrr::{DLRRReport, DLRRReportBlock};
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtcp::transport_feedbacks::transport_layer_cc::{
    PacketStatusChunk, RecvDelta, RunLengthChunk, StatusChunkTypeTcc, StatusVectorChunk, SymbolSizeTypeTcc,
    SymbolTypeTcc, TransportLayerCc,
};
use rtc::rtcp::transport_feedbacks::transport_layer_nack::{
    TransportLayerNack, nack_pairs_from_sequence_numbers,
};
use std::time::{Duration, Instant};

/// Our SSRC in reports.
pub(super) const OURS: u32 = 1;
/// Unit of the reference time and of the deltas of transport-wide feedback, in microseconds.
const REFERENCE: Micros = 64_000;
const DELTA: Micros = 250;
/// Statuses in one vector of two-bit symbols, and the longest run.
const VECTOR: usize = 7;
const RUN_MAX: usize = 8191;
/// Blocks in one report (RFC 3550, section 6.4.1: the count has five bits).
const BLOCKS_MAX: usize = 31;

/// A request for packets.
pub(super) fn request(ssrc: u32, numbers: &[u16]) -> TransportLayerNack {
    TransportLayerNack {
        sender_ssrc: OURS,
        media_ssrc: ssrc,
        nacks: nack_pairs_from_sequence_numbers(numbers),
    }
}

/// One block of a receiver report; `reported` is the middle of the NTP time of the last sender report and its arrival.
pub(super) fn block(
    ssrc: u32,
    block: Block,
    reported: Option<(u32, Instant)>,
    now: Instant,
) -> ReceptionReport {
    ReceptionReport {
        ssrc,
        fraction_lost: block.fraction_lost,
        total_lost: block.total_lost,
        last_sequence_number: block.highest,
        jitter: block.jitter,
        last_sender_report: reported.map_or(0, |(ntp, _)| ntp),
        delay: reported.map_or(0, |(_, at)| reception::delay(now.saturating_duration_since(at))),
    }
}

/// A report on nothing (RFC 3550, section 6.4.2): that we are here.
pub(super) fn nothing() -> ReceiverReport {
    ReceiverReport {
        ssrc: OURS,
        ..Default::default()
    }
}

/// A receiver report, if there is something to report on.
pub(super) fn reception(mut blocks: Vec<ReceptionReport>) -> Option<ReceiverReport> {
    blocks.truncate(BLOCKS_MAX);
    (!blocks.is_empty()).then(|| ReceiverReport {
        ssrc: OURS,
        reports: blocks,
        ..Default::default()
    })
}

/// The answer to a receiver that measures the way and back (RFC 3611, section 4.5): the middle of the NTP time that it sent
/// from this SSRC, and how long ago that came.
pub(super) fn time(ssrc: u32, ntp: u32, since: Duration) -> ExtendedReport {
    let block = DLRRReportBlock {
        reports: vec![DLRRReport {
            ssrc,
            last_rr: ntp,
            dlrr: reception::delay(since),
        }],
    };
    ExtendedReport {
        sender_ssrc: OURS,
        reports: vec![Box::new(block)],
    }
}

/// Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1).
pub(super) fn arrivals(report: &Report, media_ssrc: u32, count: u8) -> TransportLayerCc {
    let first = report.arrivals.iter().flatten().next().copied().unwrap_or(0);
    let reference = first.div_euclid(REFERENCE);
    let mut at = reference * REFERENCE;
    let mut deltas = Vec::with_capacity(report.arrivals.len());
    let symbols: Vec<SymbolTypeTcc> = report
        .arrivals
        .iter()
        .map(|arrival| {
            let Some(arrival) = arrival else {
                return SymbolTypeTcc::PacketNotReceived;
            };
            // Rounded to the nearest, and what was rounded is made good by the next.
            let steps = (arrival - at + DELTA / 2).div_euclid(DELTA);
            let symbol = match steps {
                0..=255 => SymbolTypeTcc::PacketReceivedSmallDelta,
                -32_768..=32_767 => SymbolTypeTcc::PacketReceivedLargeDelta,
                // Eight seconds between two packets: nobody's estimate needs this one.
                _ => return SymbolTypeTcc::PacketNotReceived,
            };
            at += steps * DELTA;
            deltas.push(RecvDelta {
                type_tcc_packet: symbol,
                delta: steps * DELTA,
            });
            symbol
        })
        .collect();
    TransportLayerCc {
        sender_ssrc: OURS,
        media_ssrc,
        base_sequence_number: report.base,
        packet_status_count: symbols.len() as u16,
        // 24 bits: it wraps after twelve days, as the draft has it.
        reference_time: (reference & 0xff_ffff) as u32,
        fb_pkt_count: count,
        packet_chunks: chunks(&symbols),
        recv_deltas: deltas,
    }
}

fn chunks(symbols: &[SymbolTypeTcc]) -> Vec<PacketStatusChunk> {
    let mut chunks = Vec::new();
    let mut rest = symbols;
    while let Some(first) = rest.first() {
        let run = rest.iter().take(RUN_MAX).take_while(|s| *s == first).count();
        let taken = if run > VECTOR || run == rest.len() {
            chunks.push(PacketStatusChunk::RunLengthChunk(RunLengthChunk {
                type_tcc: StatusChunkTypeTcc::RunLengthChunk,
                packet_status_symbol: *first,
                run_length: run as u16,
            }));
            run
        } else {
            let taken = rest.len().min(VECTOR);
            let mut symbol_list = rest[..taken].to_vec();
            symbol_list.resize(VECTOR, SymbolTypeTcc::PacketNotReceived);
            chunks.push(PacketStatusChunk::StatusVectorChunk(StatusVectorChunk {
                type_tcc: StatusChunkTypeTcc::StatusVectorChunk,
                symbol_size: SymbolSizeTypeTcc::TwoBit,
                symbol_list,
            }));
            taken
        };
        rest = &rest[taken..];
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::feedback::{self, Feedback};
    use rtc::rtcp::Packet;
    use rtc::rtcp::extended_report::rrt::ReceiverReferenceTimeReportBlock;
    use rtc::rtcp::payload_feedbacks::full_intra_request::{FirEntry, FullIntraRequest};
    use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
    use rtc::rtcp::receiver_report::ReceiverReport;
    use rtc::rtcp::reception_report::ReceptionReport;
    use rtc::rtcp::sender_report::SenderReport;
    use rtc::rtcp::transport_feedbacks::transport_layer_nack::{NackPair, TransportLayerNack};
    use rtc::shared::marshal::{Marshal, Unmarshal};

    fn told(arrivals: &[Option<Micros>]) -> Vec<Option<Micros>> {
        let report = Report {
            base: 65_530,
            arrivals: arrivals.into(),
        };
        let bytes = super::arrivals(&report, 7, 3).marshal().unwrap();
        let mut all = feedback::read(&bytes, Instant::now());
        let Some(Feedback::Arrivals(back)) = all.pop() else {
            panic!("{all:?}");
        };
        assert_eq!(back.base, 65_530);
        back.arrivals.to_vec()
    }

    /// What the stack writes is read as it was meant.
    #[test]
    fn each_kind_of_feedback_is_read_as_the_stack_writes_it() {
        let now = Instant::now();
        let reports = vec![
            ReceptionReport {
                ssrc: 5,
                fraction_lost: 6,
                ..Default::default()
            };
            2
        ];
        let all: [Box<dyn Packet>; 5] = [
            Box::new(SenderReport {
                ssrc: 4,
                ntp_time: 77 << 32,
                rtp_time: 8,
                reports: reports.clone(),
                ..Default::default()
            }),
            Box::new(ReceiverReport {
                ssrc: 4,
                reports,
                ..Default::default()
            }),
            Box::new(TransportLayerNack {
                sender_ssrc: 1,
                media_ssrc: 9,
                nacks: vec![NackPair {
                    packet_id: 65_535,
                    lost_packets: 0b101,
                }],
            }),
            Box::new(PictureLossIndication {
                sender_ssrc: 1,
                media_ssrc: 9,
            }),
            Box::new(FullIntraRequest {
                sender_ssrc: 1,
                media_ssrc: 0,
                fir: vec![FirEntry {
                    ssrc: 10,
                    sequence_number: 3,
                }],
            }),
        ];
        let bytes = rtc::rtcp::packet::marshal(&all).unwrap();
        let received = Feedback::ReceiverReport {
            ssrc: 5,
            fraction_lost: 6,
        };
        let sent = Feedback::SenderReport {
            ssrc: 4,
            ntp: 77 << 32,
            rtp: 8,
            arrival: now,
        };
        let numbers = Box::new([65_535, 0, 2]);
        assert_eq!(
            feedback::read(&bytes, now),
            [
                sent,
                received.clone(),
                received.clone(),
                received.clone(),
                received,
                Feedback::Nack { ssrc: 9, numbers },
                Feedback::KeyFrameWanted { ssrc: 9 },
                Feedback::KeyFrameWanted { ssrc: 10 },
            ]
        );
    }

    #[test]
    fn a_receiver_that_measures_the_way_is_told_its_own_time() {
        let report = ExtendedReport {
            sender_ssrc: 7,
            reports: vec![Box::new(ReceiverReferenceTimeReportBlock {
                ntp_timestamp: 0x1111_2222_3333_4444,
            })],
        };
        let since = Duration::from_millis(1500);
        let asked = feedback::read(&report.marshal().unwrap(), Instant::now());
        let [Feedback::TimeAsked { ssrc, ntp, .. }] = asked[..] else {
            panic!("{asked:?}");
        };
        assert_eq!((ssrc, ntp), (7, 0x2222_3333));
        let answer = time(ssrc, ntp, since).marshal().unwrap();
        // Block type 5, three words: the SSRC, its time, and 1.5 s in 65,536ths.
        assert_eq!(
            answer[8..],
            [5, 0, 0, 3, 0, 0, 0, 7, 0x22, 0x22, 0x33, 0x33, 0, 1, 0x80, 0]
        );
    }

    #[test]
    fn feedback_says_what_arrived_and_when() {
        let mut arrivals = vec![Some(64_000_000 + 900), None, Some(64_004_000), Some(64_003_000)];
        arrivals.extend([None; 20]);
        arrivals.extend((0..40).map(|i| Some(64_010_000 + i * 250)));
        arrivals.extend([Some(66_000_000), None, Some(65_900_000)]);
        let back = told(&arrivals);
        assert_eq!(back.len(), arrivals.len());
        for (i, (is, was)) in back.iter().zip(&arrivals).enumerate() {
            assert_eq!(is.is_some(), was.is_some(), "{i}");
            if let (Some(is), Some(was)) = (is, was) {
                assert!((is - was).abs() <= DELTA / 2, "{i}: {is} for {was}");
            }
        }
    }

    #[test]
    fn what_a_delta_cannot_hold_counts_as_lost() {
        assert_eq!(
            told(&[Some(0), Some(9_000_000), Some(1_000)]),
            [Some(0), None, Some(1_000)]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_pattern_comes_back(pattern in proptest::collection::vec(proptest::option::of(0i64..3_000_000), 1..200)) {
            proptest::prop_assume!(pattern.iter().any(Option::is_some));
            let back = told(&pattern);
            proptest::prop_assert_eq!(back.len(), pattern.len());
            for (is, was) in back.iter().zip(&pattern) {
                proptest::prop_assert_eq!(is.is_some(), was.is_some());
                if let (Some(is), Some(was)) = (is, was) {
                    proptest::prop_assert!((is - was).abs() <= DELTA / 2);
                }
            }
        }
    }

    #[test]
    fn requests_and_reports_can_be_read() {
        let bytes = request(9, &[65_535, 0, 1, 40]).marshal().unwrap();
        let nack = TransportLayerNack::unmarshal(&mut &bytes[..]).unwrap();
        let numbers: Vec<u16> = nack.nacks.iter().flat_map(|p| p.into_iter()).collect();
        assert_eq!(numbers, [65_535, 0, 1, 40]);
        let now = Instant::now();
        let one = Block {
            fraction_lost: 3,
            total_lost: 4,
            highest: 5,
            jitter: 6,
        };
        let report = reception(vec![block(9, one, Some((7, now)), now); 40]).unwrap();
        assert_eq!(report.reports.len(), BLOCKS_MAX);
        assert!(ReceiverReport::unmarshal(&mut &report.marshal().unwrap()[..]).is_ok());
        assert_eq!(reception(Vec::new()), None);
    }
}
