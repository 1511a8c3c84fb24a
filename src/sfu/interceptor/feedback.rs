//! Copies incoming RTCP to the session: the stack keeps it to itself otherwise.

use crate::rtp::bandwidth::Report;
use crate::rtp::clock::Micros;
use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::sender_report::SenderReport;
use rtc::rtcp::transport_feedbacks::transport_layer_cc::{
    PacketStatusChunk, SymbolTypeTcc, TransportLayerCc,
};
use rtc::rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;
use rtc::sansio::Protocol;
use rtc::shared::error::Error;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

/// What waits to be read at most. The session reads after every batch; more than this in one batch is a flood, and
/// each kind of feedback comes again.
const QUEUE_MAX: usize = 256;

/// Numbers of one request that are read.
const NUMBERS_MAX: usize = 512;
/// Packets of one transport-wide report that are read: more than are sent between two of them. A report of forty bytes
/// can claim to tell of 65,535.
const ARRIVALS_MAX: usize = 2048;
/// Unit of the reference time of transport-wide feedback, in microseconds.
const REFERENCE_TICK: Micros = 64_000;

/// One piece of RTCP feedback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sfu) enum Feedback {
    /// The receiver of this SSRC cannot decode (PLI or FIR).
    KeyFrameWanted { ssrc: u32 },
    /// The receiver of this SSRC asks for packets again.
    Nack { ssrc: u32, numbers: Box<[u16]> },
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

/// The link, to be put nearest to the application.
pub(in crate::sfu) struct FeedbackTap {
    queue: SyncSender<Feedback>,
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

impl FeedbackTap {
    pub(in crate::sfu) fn new() -> (Self, Receiver<Feedback>) {
        let (queue, receiver) = sync_channel(QUEUE_MAX);
        (
            Self {
                queue,
                inbound: VecDeque::new(),
                outbound: VecDeque::new(),
            },
            receiver,
        )
    }

    fn put(&self, feedback: Feedback) {
        // Full: see QUEUE_MAX.
        let _ = self.queue.try_send(feedback);
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for FeedbackTap {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, tagged: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(packets) = &tagged.message.packet {
            for packet in packets {
                let any = packet.as_any();
                if let Some(pli) = any.downcast_ref::<PictureLossIndication>() {
                    self.put(Feedback::KeyFrameWanted { ssrc: pli.media_ssrc });
                } else if let Some(fir) = any.downcast_ref::<FullIntraRequest>() {
                    for entry in &fir.fir {
                        self.put(Feedback::KeyFrameWanted { ssrc: entry.ssrc });
                    }
                } else if let Some(nack) = any.downcast_ref::<TransportLayerNack>() {
                    self.put(Feedback::Nack {
                        ssrc: nack.media_ssrc,
                        numbers: numbers(nack),
                    });
                } else if let Some(feedback) = any.downcast_ref::<TransportLayerCc>() {
                    self.put(Feedback::Arrivals(arrivals(feedback)));
                } else if let Some(report) = any.downcast_ref::<SenderReport>() {
                    self.put(Feedback::SenderReport {
                        ssrc: report.ssrc,
                        ntp: report.ntp_time,
                        rtp: report.rtp_time,
                        arrival: tagged.now,
                    });
                } else if let Some(report) = any.downcast_ref::<ReceiverReport>() {
                    for block in &report.reports {
                        self.put(Feedback::ReceiverReport {
                            ssrc: block.ssrc,
                            fraction_lost: block.fraction_lost,
                        });
                    }
                }
            }
        }
        self.inbound.push_back(tagged);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }

    fn handle_write(&mut self, tagged: TaggedPacket) -> Result<(), Error> {
        self.outbound.push_back(tagged);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outbound.pop_front()
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
pub(in crate::sfu) fn arrivals(feedback: &TransportLayerCc) -> Report {
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

impl Interceptor for FeedbackTap {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtc::rtcp::transport_feedbacks::transport_layer_cc::{RecvDelta, RunLengthChunk, StatusVectorChunk};
    use rtc::rtcp::transport_feedbacks::transport_layer_nack::NackPair;

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
