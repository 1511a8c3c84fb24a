//! What the stock interceptor chain of `rtc` leaves out: hearing requests for key frames, and unwrapping RTX before
//! the NACK generator looks at sequence numbers.

use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::sansio::Protocol;
use rtc::shared::error::Error;
use std::collections::{HashMap, VecDeque};
use std::time::Instant;

type KeyFrameAction = Box<dyn Fn() + Send + Sync>;

/// Calls an action when the other side asks for a key frame by PLI (RFC 4585, 6.3.1) or FIR (RFC 5104, 4.3.1).
pub struct KeyFrameRequests {
    action: KeyFrameAction,
    queue: PassThrough,
}

impl KeyFrameRequests {
    /// With what to do when asked.
    pub fn new(action: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            action: Box::new(action),
            queue: PassThrough::default(),
        }
    }
}

/// Unwraps retransmissions (RFC 4588, section 4) into the packets that they carry. The stock chain does so only
/// after the NACK generator, which therefore asks again and again for what has long arrived.
pub struct RtxUnwrap {
    /// Payload type of RTX -> of what it repairs.
    payload_types: HashMap<u8, u8>,
    /// SSRC of RTX -> of what it repairs.
    ssrcs: HashMap<u32, u32>,
    queue: PassThrough,
}

impl RtxUnwrap {
    /// With the payload types of RTX and of what each repairs.
    pub fn new(payload_types: impl IntoIterator<Item = (u8, u8)>) -> Self {
        Self {
            payload_types: payload_types.into_iter().collect(),
            ssrcs: HashMap::new(),
            queue: PassThrough::default(),
        }
    }

    fn unwrap_packet(&self, packet: &mut rtc::rtp::Packet) {
        let Some(payload_type) = self.payload_types.get(&packet.header.payload_type) else {
            return;
        };
        let Some(ssrc) = self.ssrcs.get(&packet.header.ssrc) else {
            return;
        };
        let Some([high, low]) = packet.payload.first_chunk::<2>().copied() else {
            return; // padding only
        };
        packet.header.payload_type = *payload_type;
        packet.header.ssrc = *ssrc;
        packet.header.sequence_number = u16::from_be_bytes([high, low]);
        packet.payload = packet.payload.slice(2..);
    }
}

#[derive(Default)]
struct PassThrough {
    read: VecDeque<TaggedPacket>,
    write: VecDeque<TaggedPacket>,
}

macro_rules! pass_through {
    ($name:ident, |$this:ident, $message:ident| $body:block) => {
        impl Protocol<TaggedPacket, TaggedPacket, ()> for $name {
            type Rout = TaggedPacket;
            type Wout = TaggedPacket;
            type Eout = ();
            type Error = Error;
            type Time = Instant;

            fn handle_read(&mut self, mut $message: TaggedPacket) -> Result<(), Error> {
                let $this = &mut *self;
                $body
                self.queue.read.push_back($message);
                Ok(())
            }

            fn poll_read(&mut self) -> Option<TaggedPacket> {
                self.queue.read.pop_front()
            }

            fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Error> {
                self.queue.write.push_back(message);
                Ok(())
            }

            fn poll_write(&mut self) -> Option<TaggedPacket> {
                self.queue.write.pop_front()
            }
        }
    };
}

pass_through!(KeyFrameRequests, |this, message| {
    if let Packet::Rtcp(packets) = &mut message.message.packet {
        let asks = packets.iter().any(|packet| {
            let packet = packet.as_any();
            packet.is::<PictureLossIndication>() || packet.is::<FullIntraRequest>()
        });
        if asks {
            (this.action)();
        }
    }
});

pass_through!(RtxUnwrap, |this, message| {
    if let Packet::Rtp(packet) = &mut message.message.packet {
        this.unwrap_packet(packet);
    }
});

impl Interceptor for KeyFrameRequests {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

impl Interceptor for RtxUnwrap {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, info: &StreamInfo) {
        if let Some(rtx) = info.ssrc_rtx {
            self.ssrcs.insert(rtx, info.ssrc);
        }
    }
    fn unbind_remote_stream(&mut self, info: &StreamInfo) {
        if let Some(rtx) = info.ssrc_rtx {
            self.ssrcs.remove(&rtx);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn a_retransmission_becomes_the_packet_that_it_carries() {
        let mut unwrap = RtxUnwrap::new([(97, 96)]);
        unwrap.bind_remote_stream(&StreamInfo {
            ssrc: 5,
            ssrc_rtx: Some(6),
            ..Default::default()
        });
        let packet = |payload: &'static [u8], ssrc| rtc::rtp::Packet {
            header: rtc::rtp::Header {
                version: 2,
                payload_type: 97,
                sequence_number: 900,
                ssrc,
                ..Default::default()
            },
            payload: Bytes::from_static(payload),
        };
        let mut repaired = packet(&[0x12, 0x34, 7, 8], 6);
        unwrap.unwrap_packet(&mut repaired);
        assert_eq!(repaired.header.sequence_number, 0x1234);
        assert_eq!((repaired.header.ssrc, repaired.header.payload_type), (5, 96));
        assert_eq!(&repaired.payload[..], &[7, 8]);

        for mut left_alone in [packet(&[1], 6), packet(&[1, 2, 3], 99)] {
            let before = left_alone.clone();
            unwrap.unwrap_packet(&mut left_alone);
            assert_eq!(left_alone, before);
        }
    }
}
