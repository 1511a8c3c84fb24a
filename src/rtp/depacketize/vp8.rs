//! VP8 frames out of payloads: the descriptor is read by [`crate::rtp::vp8`].

use super::{Addition, Key, Piece};
use crate::rtp::vp8::{Descriptor, is_key_frame, key_frame_size};

/// Splits the payload descriptor off.
pub(super) fn parse(payload: &[u8]) -> Option<Piece<'_>> {
    let descriptor = Descriptor::parse(payload)?;
    Some(Piece {
        begins: descriptor.frame_start,
        bytes: Addition::Slice(descriptor.frame(payload)),
    })
}

/// Reads frame tag and, in a key frame, start code and size.
pub(super) fn key_frame(frame: &[u8]) -> Key {
    if frame.len() < 3 {
        return Key::Damaged;
    }
    if !is_key_frame(frame) {
        return Key::Delta;
    }
    match key_frame_size(frame) {
        Some((width, height)) if width > 0 && height > 0 => Key::Frame(width.into(), height.into()),
        _ => Key::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
