//! Encoded frames into RTP payloads and back: VP8 as RFC 7741 says; Opus needs nothing (RFC 7587, section 4.2).

use crate::rtp::vp8::Descriptor;
use bytes::{BufMut, Bytes, BytesMut};

/// The most bytes of a frame that go into one packet, so that it passes any path without being cut by IP.
const CHUNK_BYTES_MAX: usize = 1_100;

/// Cuts VP8 frames into payloads, with a 15-bit picture id.
#[derive(Debug, Default)]
pub struct Vp8Packetizer {
    picture_id: u16,
}

impl Vp8Packetizer {
    /// Starts at this picture id; only its lower 15 bits count.
    pub fn starting_at(picture_id: u16) -> Self {
        Self {
            picture_id: picture_id & 0x7fff,
        }
    }

    /// The payloads of one frame, in order; the last one's packet carries the marker.
    pub fn frame(&mut self, frame: &[u8]) -> Vec<Bytes> {
        let id = self.picture_id;
        self.picture_id = (id + 1) & 0x7fff;
        let mut payloads = Vec::with_capacity(frame.len() / CHUNK_BYTES_MAX + 1);
        for (index, chunk) in frame.chunks(CHUNK_BYTES_MAX).enumerate() {
            let mut payload = BytesMut::with_capacity(4 + chunk.len());
            payload.put_u8(if index == 0 { 0x90 } else { 0x80 }); // X, and S at the start of partition 0
            payload.put_u8(0x80); // I
            payload.put_u16(0x8000 | id); // M: 15 bits
            payload.put_slice(chunk);
            payloads.push(payload.freeze());
        }
        payloads
    }
}

/// Puts the packets of VP8 frames together again, in order; a frame with a hole is given up.
#[derive(Debug, Default)]
pub struct Vp8Assembler {
    timestamp: u32,
    next_sequence: Option<u16>,
    frame: Vec<u8>,
}

/// No frame of a test picture is longer; a sender that goes on without a marker is cut off here.
const FRAME_BYTES_MAX: usize = 1 << 20;

impl Vp8Assembler {
    /// Takes a packet; gives the frame that it completes.
    pub fn push(&mut self, sequence: u16, timestamp: u32, marker: bool, payload: &[u8]) -> Option<Vec<u8>> {
        let descriptor = Descriptor::parse(payload)?;
        let body = descriptor.frame(payload);
        if descriptor.frame_start {
            self.frame.clear();
            self.timestamp = timestamp;
        } else if self.next_sequence != Some(sequence)
            || self.timestamp != timestamp
            || self.frame.is_empty()
            || self.frame.len() + body.len() > FRAME_BYTES_MAX
        {
            self.frame.clear();
            self.next_sequence = None;
            return None;
        }
        self.frame.extend_from_slice(body);
        self.next_sequence = Some(sequence.wrapping_add(1));
        marker.then(|| std::mem::take(&mut self.frame))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_whole_and_a_hole_is_noticed() {
        let frame: Vec<u8> = (0..5_000_u32).map(|i| (i % 251) as u8).collect();
        let mut packetizer = Vp8Packetizer::starting_at(0x7fff);
        let payloads = packetizer.frame(&frame);
        assert_eq!(payloads.len(), 5);
        assert!(payloads.iter().all(|p| p.len() <= CHUNK_BYTES_MAX + 4));
        assert_eq!(&payloads[0][..4], &[0x90, 0x80, 0xff, 0xff]);
        assert_eq!(&payloads[1][..4], &[0x80, 0x80, 0xff, 0xff]);
        assert_eq!(
            &packetizer.frame(&frame)[0][..4],
            &[0x90, 0x80, 0x80, 0x00],
            "15 bits wrap"
        );

        let mut whole = Vp8Assembler::default();
        let mut holed = Vp8Assembler::default();
        for (i, payload) in payloads.iter().enumerate() {
            let sequence = 65_533_u16.wrapping_add(i as u16);
            let got = whole.push(sequence, 90, i == 4, payload);
            assert_eq!(got.as_deref(), (i == 4).then_some(&frame[..]));
            if i != 2 {
                assert_eq!(holed.push(sequence, 90, i == 4, payload), None);
            }
        }
    }
}
