//! Copies incoming RTCP to the session: the stack keeps it to itself otherwise.

use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::sender_report::SenderReport;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;
use rtc::sansio::Protocol;
use rtc::shared::error::Error;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

/// What waits to be read at most. The session reads after every batch; more than this in one batch is a flood, and
/// each kind of feedback comes again.
const QUEUE_MAX: usize = 256;

/// One piece of RTCP feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sfu) enum Feedback {
    /// The receiver of this SSRC cannot decode (PLI or FIR).
    KeyFrameWanted { ssrc: u32 },
    /// The receiver asks for so many packets again.
    Nack { packets: u32 },
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
                    let packets = nack
                        .nacks
                        .iter()
                        .map(|pair| 1 + pair.lost_packets.count_ones())
                        .sum();
                    self.put(Feedback::Nack { packets });
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

impl Interceptor for FeedbackTap {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
