//! Video frames out of RTP payloads that come in order.
//!
//! A frame comes out whole or not at all. After a loss, and at the beginning, everything up to the next key frame is
//! held back: a decoder fed with the output never misses a reference. A new codec is a file here and an arm in
//! [`Depacketizer::push`].

pub(super) mod h264;
mod vp8;
pub(super) mod vp9;

use crate::rtp::codec::Codec;

/// The largest frame that is put together; more is taken for a fault of the sender.
const FRAME_BYTES_MAX: usize = 8 << 20;

/// One encoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// RTP timestamp, unwrapped.
    pub timestamp: i64,
    /// Arrival of its first packet, microseconds.
    pub arrival_us: i64,
    /// Decodable without any other.
    pub key: bool,
    /// Width and height, on key frames.
    pub size: Option<(u32, u32)>,
    /// As the file wants it: VP8 and VP9 frames bare, H.264 with Annex B start codes.
    pub data: Vec<u8>,
}

/// What a codec's payload format says about one packet.
struct Piece<'a> {
    /// The packet begins a frame.
    begins: bool,
    /// What it adds to the frame.
    bytes: Addition<'a>,
}

enum Addition<'a> {
    Slice(&'a [u8]),
    Owned(Vec<u8>),
}

/// Puts the frames of one SSRC together.
#[derive(Debug)]
pub struct Depacketizer {
    codec: Codec,
    frame: Option<Frame>,
    /// References are missing until the next key frame.
    broken: bool,
    h264: h264::State,
    held_back: u64,
}

impl Depacketizer {
    /// A depacketizer that waits for its first key frame.
    pub fn new(codec: Codec) -> Self {
        Self {
            codec,
            frame: None,
            broken: true,
            h264: h264::State::default(),
            held_back: 0,
        }
    }

    /// Takes the payload of the next packet in and appends finished frames to `out`. An empty payload is padding.
    /// What cannot be understood counts as lost.
    pub fn push(
        &mut self,
        timestamp: i64,
        arrival_us: i64,
        marker: bool,
        payload: &[u8],
        out: &mut Vec<Frame>,
    ) {
        if payload.is_empty() {
            return;
        }
        // Some senders leave the marker out: a new timestamp ends a frame too.
        if self.frame.as_ref().is_some_and(|f| f.timestamp != timestamp) {
            self.complete(out);
        }
        let open = self.frame.is_some();
        let piece = match self.codec {
            Codec::Vp8 => vp8::parse(payload),
            Codec::Vp9 => {
                if open && vp9::is_enhancement(payload) {
                    if marker {
                        self.complete(out);
                    }
                    return;
                }
                vp9::parse(payload)
            }
            Codec::H264 => self.h264.parse(payload, open),
            Codec::Opus => None,
        };
        let Some(piece) = piece else {
            self.lost();
            return;
        };
        if !open {
            if !piece.begins {
                self.lost();
                return;
            }
            self.frame = Some(Frame {
                timestamp,
                arrival_us,
                key: false,
                size: None,
                data: Vec::new(),
            });
        }
        let Some(frame) = &mut self.frame else { return };
        let bytes = match &piece.bytes {
            Addition::Slice(bytes) => bytes,
            Addition::Owned(bytes) => bytes.as_slice(),
        };
        if frame.data.len() + bytes.len() > FRAME_BYTES_MAX {
            self.lost();
            return;
        }
        frame.data.extend_from_slice(bytes);
        if marker {
            self.complete(out);
        }
    }

    /// Packets before the next one are missing.
    pub fn lost(&mut self) {
        if self.frame.take().is_some() {
            self.held_back += 1;
        }
        self.broken = true;
    }

    /// True while nothing can come out before a key frame does.
    pub fn needs_key_frame(&self) -> bool {
        self.broken
    }

    /// Frames that were damaged or could not be decoded for want of another.
    pub fn held_back(&self) -> u64 {
        self.held_back
    }

    /// Codec parameters for the file's header, where the codec has any beside its key frames.
    pub fn parameters(&self) -> Option<Vec<u8>> {
        self.h264.parameters()
    }

    fn complete(&mut self, out: &mut Vec<Frame>) {
        let Some(mut frame) = self.frame.take() else {
            return;
        };
        let key = match self.codec {
            Codec::Vp8 => vp8::key_frame(&frame.data),
            Codec::Vp9 => vp9::key_frame(&frame.data),
            Codec::H264 => self.h264.key_frame(&mut frame.data),
            Codec::Opus => Key::Damaged,
        };
        match key {
            Key::Frame(width, height) => {
                frame.key = true;
                frame.size = Some((width, height));
                self.broken = false;
            }
            Key::Delta if !self.broken => {}
            Key::Delta => {
                self.held_back += 1;
                return;
            }
            Key::Damaged => {
                self.held_back += 1;
                self.broken = true;
                return;
            }
        }
        out.push(frame);
    }
}

/// What the head of a frame says.
#[derive(Debug, PartialEq, Eq)]
enum Key {
    /// A key frame of this width and height.
    Frame(u32, u32),
    /// It refers to others.
    Delta,
    /// Not a frame of this codec.
    Damaged,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A VP8 payload: descriptor without extension, then bytes.
    fn vp8(begins: bool, bytes: &[u8]) -> Vec<u8> {
        [&[if begins { 0x10 } else { 0x00 }], bytes].concat()
    }

    const KEY: [u8; 10] = [0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0xE0, 0x01];
    const DELTA: [u8; 4] = [0x11, 0, 0, 0];

    #[test]
    fn nothing_before_a_key_frame_then_frames_whole() {
        let mut depacketizer = Depacketizer::new(Codec::Vp8);
        let mut out = Vec::new();
        depacketizer.push(0, 0, true, &vp8(true, &DELTA), &mut out);
        assert!(out.is_empty() && depacketizer.needs_key_frame());
        depacketizer.push(3000, 5, false, &vp8(true, &KEY), &mut out);
        depacketizer.push(3000, 6, false, &[], &mut out);
        depacketizer.push(3000, 7, true, &vp8(false, &[1, 2]), &mut out);
        depacketizer.push(6000, 8, true, &vp8(true, &DELTA), &mut out);
        assert_eq!(out.len(), 2);
        assert_eq!(
            (out[0].key, out[0].size, out[0].arrival_us),
            (true, Some((640, 480)), 5)
        );
        assert_eq!(out[0].data, [&KEY[..], &[1, 2]].concat());
        assert_eq!((out[1].key, out[1].timestamp), (false, 6000));
    }

    #[test]
    fn after_a_loss_nothing_until_the_next_key_frame() {
        let mut depacketizer = Depacketizer::new(Codec::Vp8);
        let mut out = Vec::new();
        depacketizer.push(0, 0, true, &vp8(true, &KEY), &mut out);
        depacketizer.push(3000, 0, false, &vp8(true, &DELTA), &mut out);
        depacketizer.lost();
        depacketizer.push(3000, 0, true, &vp8(false, &DELTA), &mut out);
        depacketizer.push(6000, 0, true, &vp8(true, &DELTA), &mut out);
        depacketizer.push(9000, 0, true, &vp8(true, &KEY), &mut out);
        depacketizer.push(12000, 0, true, &vp8(true, &DELTA), &mut out);
        assert_eq!(
            out.iter().map(|f| f.timestamp).collect::<Vec<_>>(),
            [0, 9000, 12000]
        );
        assert_eq!(depacketizer.held_back(), 2);
    }

    #[test]
    fn a_new_timestamp_ends_a_frame_without_marker() {
        let mut depacketizer = Depacketizer::new(Codec::Vp8);
        let mut out = Vec::new();
        depacketizer.push(0, 0, false, &vp8(true, &KEY), &mut out);
        depacketizer.push(3000, 0, false, &vp8(true, &DELTA), &mut out);
        assert_eq!(out.len(), 1);
    }

    proptest! {
        #[test]
        fn no_payload_breaks_it(
            codec in 0usize..3,
            packets in proptest::collection::vec(
                (any::<bool>(), 0i64..3, proptest::collection::vec(any::<u8>(), 0..40)), 0..60),
        ) {
            let mut depacketizer = Depacketizer::new([Codec::Vp8, Codec::Vp9, Codec::H264][codec]);
            let mut out = Vec::new();
            for (n, (marker, ts, payload)) in packets.iter().enumerate() {
                depacketizer.push(*ts, n as i64, *marker, payload, &mut out);
            }
            if let Some(first) = out.first() {
                prop_assert!(first.key);
            }
        }
    }
}
