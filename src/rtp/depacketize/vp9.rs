//! RTP payload format for VP9 (RFC 9628) and the uncompressed header of a VP9 frame (bitstream specification, 6.2).
//!
//! Of a sender with spatial layers only the lowest is put together: it decodes alone. A container has one size, and a
//! decoder that knows nothing of layers would show all of them one after another.

use super::{Addition, Key, Piece};
use crate::rtp::picture::{Ids, PictureId};

/// The part of the payload descriptor that every packet has.
pub(in crate::rtp) struct Head<'a> {
    /// The packet begins a frame (B).
    pub begins: bool,
    /// The frame refers to another picture (P).
    pub predicted: bool,
    /// Spatial layer (SID); 0 where the sender has no layers.
    pub spatial: u8,
    /// The ids of the picture. With layers TL0PICIDX is there unless the sender is in flexible mode.
    pub ids: Ids,
    flexible: bool,
    structure: bool,
    /// What follows the layer indices and TL0PICIDX.
    rest: &'a [u8],
}

impl Head<'_> {
    /// A decoder can start with it: not predicted from another picture, begins a frame, lowest spatial layer.
    pub fn starts(&self) -> bool {
        self.begins && !self.predicted && self.spatial == 0
    }
}

/// Reads the descriptor as far as TL0PICIDX (RFC 9628, section 4.2).
pub(in crate::rtp) fn head(payload: &[u8]) -> Option<Head<'_>> {
    let first = *payload.first()?;
    let [id, predicted, has_layers, flexible, begins, structure] =
        [0x80, 0x40, 0x20, 0x10, 0x08, 0x02].map(|bit| first & bit != 0);
    let mut at = 1;
    let mut ids = Ids::default();
    if id {
        let id = PictureId::parse(payload, at)?;
        at += id.length();
        ids.picture_id = Some(id);
    }
    let mut spatial = 0;
    if has_layers {
        spatial = *payload.get(at)? >> 1 & 0x07;
        at += 1;
        if !flexible {
            ids.tl0_pic_idx = Some((at, *payload.get(at)?));
            at += 1;
        }
    }
    Some(Head {
        begins,
        predicted,
        spatial,
        ids,
        flexible,
        structure,
        rest: payload.get(at..)?,
    })
}

/// True for a packet of a spatial layer above the lowest.
pub(super) fn is_enhancement(payload: &[u8]) -> bool {
    head(payload).is_some_and(|head| head.spatial > 0)
}

/// Splits the payload descriptor off.
pub(super) fn parse(payload: &[u8]) -> Option<Piece<'_>> {
    let head = head(payload)?;
    let (_, rest) = split(&head)?;
    (!rest.is_empty()).then_some(Piece {
        begins: head.begins,
        bytes: Addition::Slice(rest),
    })
}

/// Width and height from the first packet of a key frame: of the largest layer that the scalability structure names, or
/// else from the head of the frame.
pub(in crate::rtp) fn size(payload: &[u8]) -> Option<(u16, u16)> {
    let (largest, frame) = split(&head(payload)?)?;
    largest.or_else(|| match key_frame(frame) {
        Key::Frame(width, height) => Some((width.try_into().ok()?, height.try_into().ok()?)),
        Key::Delta | Key::Damaged => None,
    })
}

/// The largest size that the scalability structure names, and what follows it: the bytes of the frame.
type Split<'a> = (Option<(u16, u16)>, &'a [u8]);

/// Reads what follows the part of the descriptor that every packet has.
fn split<'a>(head: &Head<'a>) -> Option<Split<'a>> {
    let mut rest = head.rest;
    if head.flexible && head.predicted {
        // Up to three reference indices, each says whether another follows.
        for _ in 0..3 {
            let (&reference, after) = rest.split_first()?;
            rest = after;
            if reference & 1 == 0 {
                break;
            }
        }
    }
    if head.structure {
        return structure(rest);
    }
    Some((None, rest))
}

/// Reads the scalability structure.
fn structure(mut rest: &[u8]) -> Option<Split<'_>> {
    let (&head, after) = rest.split_first()?;
    rest = after;
    let layers = usize::from(head >> 5) + 1;
    let mut largest = None;
    if head & 0x10 != 0 {
        let (sizes, after) = rest.split_at_checked(layers * 4)?;
        rest = after;
        largest = sizes
            .chunks_exact(4)
            .filter_map(|s| match s {
                [w0, w1, h0, h1] => Some((u16::from_be_bytes([*w0, *w1]), u16::from_be_bytes([*h0, *h1]))),
                _ => None,
            })
            .max_by_key(|(w, h)| u32::from(*w) * u32::from(*h));
    }
    if head & 0x08 != 0 {
        let (&pictures, mut after) = rest.split_first()?;
        for _ in 0..pictures {
            let (&picture, next) = after.split_first()?;
            after = next.get(usize::from(picture >> 2 & 3)..)?;
        }
        rest = after;
    }
    Some((largest, rest))
}

/// Reads the uncompressed header as far as the size.
pub(super) fn key_frame(frame: &[u8]) -> Key {
    read_head(frame).unwrap_or(Key::Damaged)
}

fn read_head(frame: &[u8]) -> Option<Key> {
    let mut bits = Bits { bytes: frame, at: 0 };
    if bits.take(2)? != 2 {
        return None;
    }
    let profile = bits.take(1)? | bits.take(1)? << 1;
    if profile == 3 {
        bits.take(1)?;
    }
    let show_existing = bits.take(1)? == 1;
    if show_existing || bits.take(1)? == 1 {
        return Some(Key::Delta);
    }
    bits.take(2)?; // show_frame, error_resilient_mode
    if bits.take(24)? != 0x49_8342 {
        return None;
    }
    if profile >= 2 {
        bits.take(1)?;
    }
    const SRGB: u32 = 7;
    if bits.take(3)? != SRGB {
        bits.take(1)?;
        if profile & 1 == 1 {
            bits.take(3)?;
        }
    } else if profile & 1 == 1 {
        bits.take(1)?;
    }
    Some(Key::Frame(bits.take(16)? + 1, bits.take(16)? + 1))
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = *self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_of_every_shape() {
        let bytes = |payload: &[u8]| match parse(payload)? {
            Piece {
                begins,
                bytes: Addition::Slice(bytes),
            } => Some((begins, bytes.to_vec())),
            _ => None,
        };
        assert_eq!(bytes(&[0x0C, 7]), Some((true, vec![7])));
        assert_eq!(bytes(&[0x8C, 0x81, 0x02, 7]), Some((true, vec![7])));
        assert_eq!(bytes(&[0xAC, 0x01, 0x20, 9, 7]), Some((true, vec![7]))); // layers, TL0PICIDX
        assert_eq!(bytes(&[0xD4, 0x01, 0x03, 0x02, 7]), Some((false, vec![7]))); // flexible, two references
        // Scalability structure: one layer with size, one picture with one reference.
        assert_eq!(
            bytes(&[0x0E, 0x18, 2, 128, 1, 224, 1, 0x04, 1, 7]),
            Some((true, vec![7]))
        );
        assert_eq!(bytes(&[0x0E, 0x18, 2]), None);
    }

    #[test]
    fn frame_heads() {
        assert_eq!(
            key_frame(&[0x82, 0x49, 0x83, 0x42, 0x00, 0x27, 0xF0, 0x1D, 0xF0, 0]),
            Key::Frame(640, 480)
        );
        assert_eq!(key_frame(&[0x86, 0, 0]), Key::Delta);
        assert_eq!(key_frame(&[0x12, 0, 0]), Key::Damaged);
        assert_eq!(key_frame(&[]), Key::Damaged);
    }
}
