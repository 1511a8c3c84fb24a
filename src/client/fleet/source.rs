//! Made-up sound and pictures: packets of the shape, size and rhythm of real ones, each with a mark that says whose it
//! is and when it was sent. Pure: it is told the time.

use bytes::{BufMut, Bytes, BytesMut};
use std::time::Duration;

/// Payload of a picture packet at most; with RTP, SRTP and UDP it stays below 1280 bytes.
const PAYLOAD_MAX: usize = 1180;
/// Payload of a sound packet: 20 ms of Opus at 32 kbit/s.
const SOUND_BYTES: usize = 80;
const SOUND_EVERY: Duration = Duration::from_millis(20);
/// 25 pictures a second.
const PICTURE_EVERY: Duration = Duration::from_millis(40);
/// Pictures between two key frames that nobody asked for.
const KEY_FRAME_EVERY: u32 = 250;
/// Where the mark stands in a payload: behind all that a forwarder rewrites and a depacketizer reads.
const MARK_AT: usize = 16;
const MARK: u32 = u32::from_be_bytes(*b"Oyer");
const MARK_BYTES: usize = 16;

/// A layer of the picture: its share of the bit rate, and its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerShape {
    /// RTP stream id of simulcast.
    pub rid: &'static str,
    /// Share of the bit rate that was asked for, in thousandths.
    permille: u32,
    width: u16,
    height: u16,
}

/// The layers of simulcast, as Chromium splits a picture.
pub const LAYERS: [LayerShape; 3] = [
    LayerShape {
        rid: "h",
        permille: 1000,
        width: 1280,
        height: 720,
    },
    LayerShape {
        rid: "m",
        permille: 280,
        width: 640,
        height: 360,
    },
    LayerShape {
        rid: "l",
        permille: 80,
        width: 320,
        height: 180,
    },
];

/// What a packet is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// The microphone.
    Sound,
    /// The camera; with which layer of [`LAYERS`].
    Picture(usize),
}

/// A packet to be sent.
#[derive(Debug, Clone)]
pub struct Made {
    /// Which stream.
    pub stream: Stream,
    /// Of that stream.
    pub sequence: u16,
    /// RTP timestamp.
    pub timestamp: u32,
    /// The last of its picture.
    pub marker: bool,
    /// The payload, but for the moment of sending: [`stamp`] writes it.
    pub payload: BytesMut,
}

/// The mark of a packet that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Who sent it.
    pub publisher: u32,
    /// When, since the beginning of the fleet.
    pub sent: Duration,
}

/// One publisher's microphone and camera.
#[derive(Debug)]
pub struct Source {
    publisher: u32,
    kbps: u32,
    layers: usize,
    /// When the next sound and the next picture are due.
    sound_due: Duration,
    picture_due: Duration,
    sounds: u32,
    pictures: u32,
    sequences: [u16; LAYERS.len()],
    key_frame: bool,
}

impl Source {
    /// Begins at `now`; `kbps` is the rate of the picture, that of the largest layer with simulcast.
    pub fn new(publisher: u32, kbps: u32, simulcast: bool, now: Duration) -> Self {
        Self {
            publisher,
            kbps,
            layers: if simulcast { LAYERS.len() } else { 1 },
            sound_due: now,
            picture_due: now,
            sounds: 0,
            pictures: 0,
            sequences: [0; LAYERS.len()],
            key_frame: true,
        }
    }

    /// The next picture is to be a key frame.
    pub fn want_key_frame(&mut self) {
        self.key_frame = true;
    }

    /// When something is due next.
    pub fn due(&self) -> Duration {
        self.sound_due.min(self.picture_due)
    }

    /// Makes everything that is due. What a late caller missed is made up for, as an encoder's output is.
    pub fn make(&mut self, now: Duration, out: &mut Vec<Made>) {
        while self.sound_due <= now {
            self.sound_due += SOUND_EVERY;
            self.sounds = self.sounds.wrapping_add(1);
            let mut payload = BytesMut::zeroed(SOUND_BYTES);
            payload[0] = 0xfc;
            self.mark(&mut payload);
            out.push(Made {
                stream: Stream::Sound,
                sequence: self.sounds as u16,
                timestamp: self.sounds.wrapping_mul(960),
                marker: false,
                payload,
            });
        }
        while self.picture_due <= now {
            self.picture_due += PICTURE_EVERY;
            let key = std::mem::take(&mut self.key_frame) || self.pictures.is_multiple_of(KEY_FRAME_EVERY);
            for layer in 0..self.layers {
                self.picture(layer, key, out);
            }
            self.pictures = self.pictures.wrapping_add(1);
        }
    }

    fn picture(&mut self, layer: usize, key: bool, out: &mut Vec<Made>) {
        let shape = LAYERS[layer];
        let rate = u64::from(self.kbps) * u64::from(shape.permille) / 1000;
        let bytes = (rate * 1000 / 8 / 25).max(64) as usize;
        let packets = bytes.div_ceil(PAYLOAD_MAX);
        for part in 0..packets {
            // As even as it goes, for that is what encoders' packetizers do.
            let size = (bytes * (part + 1) / packets - bytes * part / packets).max(MARK_AT + MARK_BYTES);
            let mut payload = BytesMut::with_capacity(size);
            // RFC 7741, section 4.2: extension and start of partition 0; a 15-bit picture id.
            payload.put_u8(0x80 | if part == 0 { 0x10 } else { 0 });
            payload.put_u8(0x80);
            payload.put_u16(0x8000 | (self.pictures as u16 & 0x7fff));
            if part == 0 {
                // RFC 6386, section 9.1: a shown frame, and for a key frame the start code and the size.
                payload.put_slice(&[0x10 | u8::from(!key), 2, 0]);
                if key {
                    payload.put_slice(&[0x9d, 0x01, 0x2a]);
                    payload.put_u16_le(shape.width);
                    payload.put_u16_le(shape.height);
                }
            }
            payload.resize(size, 0x55);
            self.mark(&mut payload);
            self.sequences[layer] = self.sequences[layer].wrapping_add(1);
            out.push(Made {
                stream: Stream::Picture(layer),
                sequence: self.sequences[layer],
                timestamp: self.pictures.wrapping_mul(3600),
                marker: part + 1 == packets,
                payload,
            });
        }
    }

    fn mark(&self, payload: &mut BytesMut) {
        payload[MARK_AT..MARK_AT + 4].copy_from_slice(&MARK.to_be_bytes());
        payload[MARK_AT + 4..MARK_AT + 8].copy_from_slice(&self.publisher.to_be_bytes());
    }
}

/// Writes the moment of sending into a packet's payload.
pub fn stamp(mut payload: BytesMut, now: Duration) -> Bytes {
    let nanos = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
    payload[MARK_AT + 8..MARK_AT + MARK_BYTES].copy_from_slice(&nanos.to_be_bytes());
    payload.freeze()
}

/// The mark of a payload, if it has one.
pub fn read_mark(payload: &[u8]) -> Option<Mark> {
    let mark = payload.get(MARK_AT..MARK_AT + MARK_BYTES)?;
    let (word, rest) = mark.split_first_chunk::<4>()?;
    let (publisher, nanos) = rest.split_first_chunk::<4>()?;
    (u32::from_be_bytes(*word) == MARK).then_some(Mark {
        publisher: u32::from_be_bytes(*publisher),
        sent: Duration::from_nanos(u64::from_be_bytes(*nanos.first_chunk::<8>()?)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::codec::Codec;
    use crate::rtp::keyframe;
    use crate::rtp::vp8::Descriptor;

    const SECOND: Duration = Duration::from_millis(999);

    #[test]
    fn a_second_has_the_rate_that_was_asked_for() {
        let mut source = Source::new(7, 1000, true, Duration::ZERO);
        let mut made = Vec::new();
        source.make(SECOND, &mut made);
        let bytes = |stream| {
            let of = made.iter().filter(|m| m.stream == stream);
            of.map(|m| m.payload.len()).sum::<usize>()
        };
        assert_eq!(bytes(Stream::Sound), 50 * SOUND_BYTES);
        assert_eq!(bytes(Stream::Picture(0)), 125_000);
        assert_eq!(bytes(Stream::Picture(1)), 35_000);
        assert_eq!(bytes(Stream::Picture(2)), 10_000);
        assert!(made.iter().all(|m| m.payload.len() <= PAYLOAD_MAX));
        assert_eq!(source.due(), Duration::from_secs(1));
    }

    #[test]
    fn pictures_read_as_vp8_and_begin_with_a_key_frame_as_does_one_asked_for() {
        let mut source = Source::new(7, 1000, false, Duration::ZERO);
        let mut made = Vec::new();
        source.make(Duration::from_millis(100), &mut made);
        source.want_key_frame();
        source.make(Duration::from_millis(130), &mut made);
        let pictures: Vec<_> = made.iter().filter(|m| m.stream == Stream::Picture(0)).collect();
        let starts: Vec<u32> = pictures
            .iter()
            .filter(|m| keyframe::starts_here(Codec::Vp8, &m.payload))
            .map(|m| m.timestamp)
            .collect();
        assert_eq!(starts, [0, 3 * 3600]);
        let first = Descriptor::parse(&pictures[0].payload).unwrap();
        assert_eq!(first.size, Some((1280, 720)));
        assert_eq!(first.ids.picture_id.map(|id| id.value), Some(0));
        let sequences: Vec<u16> = pictures.iter().map(|m| m.sequence).collect();
        assert_eq!(sequences, (1..=pictures.len() as u16).collect::<Vec<_>>());
    }

    #[test]
    fn the_mark_comes_back_from_every_packet() {
        let mut source = Source::new(7, 200, true, Duration::ZERO);
        let mut made = Vec::new();
        source.make(Duration::from_millis(40), &mut made);
        for packet in made {
            let payload = stamp(packet.payload, Duration::from_micros(1234));
            let mark = read_mark(&payload).unwrap();
            assert_eq!((mark.publisher, mark.sent), (7, Duration::from_micros(1234)));
        }
        assert_eq!(read_mark(&[0; 100]), None);
        assert_eq!(read_mark(&[]), None);
    }
}
