//! Encoded frames into RTP payloads: VP8 as RFC 7741 says, VP9 as RFC 9628, H.264 as RFC 6184; Opus needs nothing
//! (RFC 7587, section 4.2).

use crate::rtp::codec::Codec;
use bytes::{BufMut, Bytes, BytesMut};

/// The most bytes of a frame that go into one packet, so that it passes any path without being cut by IP.
const CHUNK_BYTES_MAX: usize = 1_100;

/// Cuts the frames of one codec into payloads; VP8 and VP9 with a 15-bit picture id.
#[derive(Debug)]
pub struct Packetizer {
    codec: Codec,
    picture_id: u16,
}

impl Packetizer {
    /// Starts at this picture id; only its lower 15 bits count.
    pub fn starting_at(codec: Codec, picture_id: u16) -> Self {
        Self {
            codec,
            picture_id: picture_id & 0x7fff,
        }
    }

    /// The payloads of one frame, in order; the last one's packet carries the marker.
    pub fn frame(&mut self, frame: &[u8]) -> Vec<Bytes> {
        let id = 0x8000 | self.picture_id; // M: 15 bits
        self.picture_id = (self.picture_id + 1) & 0x7fff;
        match self.codec {
            Codec::Opus => vec![Bytes::copy_from_slice(frame)],
            Codec::Vp8 => cut(frame, |payload, first, _| {
                payload.put_u8(if first { 0x90 } else { 0x80 }); // X, and S at the start of partition 0
                payload.put_u8(0x80); // I
                payload.put_u16(id);
            }),
            Codec::Vp9 => {
                // Frame type 0, and not the repetition of a frame (bitstream specification, 6.2).
                let key = frame.first().is_some_and(|head| head & 0x0c == 0);
                cut(frame, |payload, first, last| {
                    let flag = |is: bool, bit: u8| if is { bit } else { 0 };
                    // I; P; B and E at the ends of the frame.
                    payload.put_u8(0x80 | flag(!key, 0x40) | flag(first, 0x08) | flag(last, 0x04));
                    payload.put_u16(id);
                })
            }
            Codec::H264 => units(frame).into_iter().flat_map(unit).collect(),
        }
    }
}

/// Pieces of a frame, each behind the head that `head` writes: it is told whether the piece is the first or the last.
fn cut(frame: &[u8], head: impl Fn(&mut BytesMut, bool, bool)) -> Vec<Bytes> {
    let count = frame.chunks(CHUNK_BYTES_MAX).count();
    frame
        .chunks(CHUNK_BYTES_MAX)
        .enumerate()
        .map(|(index, chunk)| {
            let mut payload = BytesMut::with_capacity(4 + chunk.len());
            head(&mut payload, index == 0, index + 1 == count);
            payload.put_slice(chunk);
            payload.freeze()
        })
        .collect()
}

/// The NAL units of an Annex B byte stream.
fn units(stream: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut begun: Option<usize> = None;
    let mut at = 0;
    while at + 3 <= stream.len() {
        if stream.get(at..at + 3) == Some(&[0, 0, 1]) {
            if let Some(from) = begun {
                found.push((from, at));
            }
            begun = Some(at + 3);
            at += 3;
        } else {
            at += 1;
        }
    }
    if let Some(from) = begun {
        found.push((from, stream.len()));
    }
    found
        .into_iter()
        .filter_map(|(from, to)| {
            // A start code of four bytes has one that looks like the end of the unit before it.
            let unit = stream.get(from..to)?;
            let end = unit.iter().rposition(|byte| *byte != 0)? + 1;
            unit.get(..end)
        })
        .collect()
}

/// A NAL unit alone, or cut into FU-A (RFC 6184, section 5.8).
fn unit(unit: &[u8]) -> Vec<Bytes> {
    let Some((&head, rest)) = unit.split_first() else {
        return Vec::new();
    };
    if unit.len() <= CHUNK_BYTES_MAX {
        return vec![Bytes::copy_from_slice(unit)];
    }
    cut(rest, |payload, first, last| {
        let flag = |is: bool, bit: u8| if is { bit } else { 0 };
        payload.put_u8(head & 0xe0 | 28);
        payload.put_u8(flag(first, 0x80) | flag(last, 0x40) | head & 0x1f);
    })
}

#[cfg(test)]
mod tests {
    use super::super::decode::PictureDecoder;
    use super::super::encode::PictureEncoder;
    use super::super::look::{LOOKS, Look};
    use super::*;
    use crate::rtp::depacketize::Depacketizer;
    use crate::rtp::payload::Payload;
    use std::time::Duration;

    #[test]
    fn a_vp8_frame_is_cut_with_its_picture_id() {
        let frame: Vec<u8> = (0..5_000_u32).map(|i| (i % 251) as u8).collect();
        let mut packetizer = Packetizer::starting_at(Codec::Vp8, 0x7fff);
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
    }

    #[test]
    fn pictures_of_every_codec_come_back_whole_and_say_where_a_decoder_can_start() {
        for codec in [Codec::Vp8, Codec::Vp9, Codec::H264] {
            let mut encoder = PictureEncoder::new(codec, LOOKS[1], "CLERK").unwrap();
            let mut packetizer = Packetizer::starting_at(codec, 7);
            let mut depacketizer = Depacketizer::new(codec);
            let mut decoder = PictureDecoder::new(codec).unwrap();
            for number in 0..20 {
                let asked = number == 9;
                let data = encoder
                    .encode(Duration::from_millis(number * 40), number, asked)
                    .unwrap()
                    .expect("a live encoder holds nothing back");
                let payloads = packetizer.frame(&data);
                let starts = payloads.iter().any(|p| Payload::read(codec, p).starts);
                assert_eq!(starts, number == 0 || asked, "{codec:?}, picture {number}");
                if starts {
                    let size = payloads.iter().find_map(|p| Payload::read(codec, p).size);
                    assert_eq!(size, Some((640, 360)), "{codec:?}");
                }
                let mut frames = Vec::new();
                for (index, payload) in payloads.iter().enumerate() {
                    let last = index + 1 == payloads.len();
                    depacketizer.push(number as i64 * 3_600, 0, last, payload, &mut frames);
                }
                assert_eq!(frames.len(), 1, "{codec:?}, picture {number}");
                assert_eq!(frames[0].key, starts);
                let shown = decoder.look(&frames[0].data).unwrap().unwrap();
                assert_eq!(Look::by_colour(shown.background), Some(LOOKS[1]), "{codec:?}");
            }
        }
    }
}
