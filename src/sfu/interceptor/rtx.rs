//! Unwraps retransmissions (RFC 4588) before anything else sees them.
//!
//! The stack unwraps RTX only after its own chain and does not know the repaired-rid extension: its NACK generator
//! would never see what it asked for and go on asking, and retransmissions of simulcast layers would be lost.

use super::super::negotiate::Offer;
use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtp;
use rtc::sansio::Protocol;
use rtc::shared::error::Error;
use std::collections::{HashMap, VecDeque};
use std::time::Instant;

/// SSRCs and rids that are remembered. A publication has six streams and their repairs; more is somebody else's game.
const STREAMS_MAX: usize = 64;

/// The link, to be put nearest to the wire.
#[derive(Default)]
pub(in crate::sfu) struct RtxUnwrap {
    /// Payload type of the retransmission to that of the media.
    repairs: HashMap<u8, u8>,
    rid_extension: Option<u8>,
    repaired_rid_extension: Option<u8>,
    /// rid to media SSRC, learnt from media packets.
    by_rid: HashMap<Box<[u8]>, u32>,
    /// SSRC of the retransmission to that of the media.
    by_ssrc: HashMap<u32, u32>,
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

impl RtxUnwrap {
    pub(in crate::sfu) fn new(offer: &Offer) -> Self {
        Self {
            repairs: offer.repairs.iter().copied().collect(),
            rid_extension: offer.rid_extension,
            repaired_rid_extension: offer.repaired_rid_extension,
            by_ssrc: offer.repair_ssrcs.iter().copied().collect(),
            ..Self::default()
        }
    }

    /// Unwraps a retransmission in place. One that carries nothing, or repairs no stream we know, stays as it is: it is
    /// padding by which the sender probes the network, and the transport feedback must not call it lost.
    fn unwrap(&mut self, packet: &mut rtp::Packet) {
        let header = &mut packet.header;
        let Some(&payload_type) = self.repairs.get(&header.payload_type) else {
            if let Some(rid) = self.rid_extension.and_then(|id| header.get_extension(id))
                && !self.by_rid.contains_key(&rid[..])
                && self.by_rid.len() < STREAMS_MAX
            {
                self.by_rid.insert(rid[..].into(), header.ssrc);
            }
            return;
        };
        if let Some(rid) = self
            .repaired_rid_extension
            .and_then(|id| header.get_extension(id))
            && let Some(&ssrc) = self.by_rid.get(&rid[..])
            && self.by_ssrc.len() < STREAMS_MAX
        {
            self.by_ssrc.insert(header.ssrc, ssrc);
        }
        let Some(&ssrc) = self.by_ssrc.get(&header.ssrc) else {
            return;
        };
        let [high, low, ..] = packet.payload[..] else {
            return;
        };
        if packet.payload.len() == 2 {
            return;
        }
        header.sequence_number = u16::from_be_bytes([high, low]);
        header.ssrc = ssrc;
        header.payload_type = payload_type;
        packet.payload = packet.payload.slice(2..);
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for RtxUnwrap {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, mut tagged: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtp(packet) = &mut tagged.message.packet {
            self.unwrap(packet);
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

impl Interceptor for RtxUnwrap {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, info: &StreamInfo) {
        if let Some(rtx) = info.ssrc_rtx
            && self.by_ssrc.len() < STREAMS_MAX
        {
            self.by_ssrc.insert(rtx, info.ssrc);
        }
    }
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
