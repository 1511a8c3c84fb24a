//! RTP payload format for VP8 (RFC 7741) and the head of a VP8 frame (RFC 6386, section 9.1).

use super::{Addition, Key, Piece};

/// Splits the payload descriptor off.
pub(super) fn parse(payload: &[u8]) -> Option<Piece<'_>> {
    let (&first, mut rest) = payload.split_first()?;
    let begins = first & 0x10 != 0 && first & 0x07 == 0;
    if first & 0x80 != 0 {
        let (&extension, after) = rest.split_first()?;
        rest = after;
        if extension & 0x80 != 0 {
            // The picture id has 7 or 15 bits.
            let long = *rest.first()? & 0x80 != 0;
            rest = rest.get(if long { 2 } else { 1 }..)?;
        }
        if extension & 0x40 != 0 {
            rest = rest.get(1..)?;
        }
        if extension & 0x30 != 0 {
            rest = rest.get(1..)?;
        }
    }
    (!rest.is_empty()).then_some(Piece {
        begins,
        bytes: Addition::Slice(rest),
    })
}

/// Reads frame tag and, in a key frame, start code and size.
pub(super) fn key_frame(frame: &[u8]) -> Key {
    let &[tag, _, _, ..] = frame else {
        return Key::Damaged;
    };
    if tag & 1 != 0 {
        return Key::Delta;
    }
    match frame.get(3..10) {
        Some(&[0x9D, 0x01, 0x2A, w0, w1, h0, h1]) => {
            let width = u32::from(u16::from_le_bytes([w0, w1]) & 0x3FFF);
            let height = u32::from(u16::from_le_bytes([h0, h1]) & 0x3FFF);
            if width == 0 || height == 0 {
                Key::Damaged
            } else {
                Key::Frame(width, height)
            }
        }
        _ => Key::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(payload: &[u8]) -> Option<(bool, &[u8])> {
        match parse(payload)? {
            Piece {
                begins,
                bytes: Addition::Slice(bytes),
            } => Some((begins, bytes)),
            _ => None,
        }
    }

    #[test]
    fn descriptors_of_every_shape() {
        assert_eq!(bytes(&[0x10, 7]), Some((true, &[7][..])));
        assert_eq!(bytes(&[0x11, 7]), Some((false, &[7][..]))); // second partition
        assert_eq!(bytes(&[0x90, 0x80, 0x01, 7]), Some((true, &[7][..])));
        assert_eq!(bytes(&[0x90, 0x80, 0x81, 0x01, 7]), Some((true, &[7][..])));
        assert_eq!(bytes(&[0x90, 0xF0, 0x81, 0x01, 2, 3, 7]), Some((true, &[7][..])));
        assert_eq!(bytes(&[0x90, 0x20, 3, 7]), Some((true, &[7][..])));
        assert_eq!(bytes(&[0x90, 0xF0, 0x81, 0x01, 2, 3]), None);
        assert_eq!(bytes(&[0x10]), None);
        assert_eq!(bytes(&[0x90]), None);
    }

    #[test]
    fn frame_heads() {
        assert_eq!(
            key_frame(&[0x10, 0, 0, 0x9D, 1, 0x2A, 0x80, 0x42, 0xE0, 0x81]),
            Key::Frame(640, 480)
        );
        assert_eq!(
            key_frame(&[0x10, 0, 0, 0x9D, 1, 0x2B, 0x80, 0x02, 0xE0, 0x01]),
            Key::Damaged
        );
        assert_eq!(key_frame(&[0x11, 0, 0]), Key::Delta);
        assert_eq!(key_frame(&[0x11]), Key::Damaged);
    }
}
