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

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const SDP: &str = "v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 00\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:0\r\na=sendonly\r\na=rtpmap:96 VP8/90000\r\na=fmtp:97 apt=96\r\na=ssrc-group:FID 10 20\r\n\
        a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n\
        a=extmap:5 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n";

    fn packet(pt: u8, ssrc: u32, extension: Option<(u8, &'static str)>, payload: &[u8]) -> rtp::Packet {
        let mut packet = rtp::Packet {
            header: rtp::Header {
                version: 2,
                payload_type: pt,
                ssrc,
                sequence_number: 9,
                ..Default::default()
            },
            payload: Bytes::copy_from_slice(payload),
        };
        if let Some((id, value)) = extension {
            packet
                .header
                .set_extension(id, Bytes::from_static(value.as_bytes()))
                .unwrap();
        }
        packet
    }

    fn unwrapped(link: &mut RtxUnwrap, mut p: rtp::Packet) -> (u8, u32, u16, Vec<u8>) {
        link.unwrap(&mut p);
        (
            p.header.payload_type,
            p.header.ssrc,
            p.header.sequence_number,
            p.payload.to_vec(),
        )
    }

    #[test]
    fn a_declared_repair_becomes_the_packet_it_repairs() {
        let mut link = RtxUnwrap::new(&Offer::publish(SDP).unwrap());
        let repair = packet(97, 20, None, &[1, 2, 7, 8]);
        assert_eq!(unwrapped(&mut link, repair), (96, 10, 0x102, vec![7, 8]));
        let media = packet(96, 10, None, &[5]);
        assert_eq!(unwrapped(&mut link, media), (96, 10, 9, vec![5]));
    }

    #[test]
    fn a_simulcast_repair_finds_its_layer_by_rid() {
        let mut link = RtxUnwrap::new(&Offer::publish(SDP).unwrap());
        unwrapped(&mut link, packet(96, 100, Some((4, "f")), &[5]));
        let named = packet(97, 200, Some((5, "f")), &[0, 3, 9]);
        assert_eq!(unwrapped(&mut link, named), (96, 100, 3, vec![9]));
        let unnamed = packet(97, 200, None, &[0, 4, 9]);
        assert_eq!(unwrapped(&mut link, unnamed), (96, 100, 4, vec![9]));
    }

    #[test]
    fn padding_and_unknown_repairs_stay_as_they_are() {
        let mut link = RtxUnwrap::new(&Offer::publish(SDP).unwrap());
        for payload in [&[][..], &[1], &[1, 2]] {
            let p = packet(97, 20, None, payload);
            assert_eq!(unwrapped(&mut link, p), (97, 20, 9, payload.to_vec()));
        }
        let stranger = packet(97, 999, None, &[1, 2, 3]);
        assert_eq!(unwrapped(&mut link, stranger).1, 999);
    }

    #[test]
    fn a_flood_of_names_is_bounded() {
        let mut link = RtxUnwrap::new(&Offer::publish(SDP).unwrap());
        for i in 0..500u32 {
            let mut p = packet(96, i, None, &[5]);
            p.header.set_extension(4, Bytes::from(i.to_string())).unwrap();
            link.unwrap(&mut p);
        }
        assert!(link.by_rid.len() <= STREAMS_MAX);
    }
}
