//! Where a decoder can start: the first packet of a key frame, for each codec.

use super::codec::Codec;
use super::depacketize::vp9;
use super::vp8;

/// True if a decoder can start with this packet's payload. Sound can start anywhere.
pub fn starts_here(codec: Codec, payload: &[u8]) -> bool {
    match codec {
        Codec::Opus => true,
        Codec::Vp8 => vp8::Descriptor::parse(payload).is_some_and(|d| d.key_frame_start),
        Codec::Vp9 => vp9::head(payload).is_some_and(|head| head.starts()),
        Codec::H264 => h264(payload),
    }
}

/// RFC 6184, section 5.2: a sequence parameter set or an IDR slice, alone, in a STAP-A, or at the start of an FU-A.
/// Encoders send the parameter sets ahead of the IDR slice, so the parameter set is where a decoder starts; an IDR
/// slice without one is taken as well.
fn h264(payload: &[u8]) -> bool {
    const IDR: u8 = 5;
    const SPS: u8 = 7;
    let starts = |nal: u8| matches!(nal & 0x1f, IDR | SPS);
    match payload {
        [nal, ..] if starts(*nal) => true,
        // STAP-A: two bytes of length before each unit.
        [stap, rest @ ..] if stap & 0x1f == 24 => {
            let mut rest = rest;
            while let [l0, l1, unit @ ..] = rest {
                let length = usize::from(u16::from_be_bytes([*l0, *l1]));
                if unit.first().is_some_and(|nal| starts(*nal)) {
                    return true;
                }
                let Some(next) = unit.get(length..) else {
                    return false;
                };
                rest = next;
            }
            false
        }
        // FU-A: the start bit, and the type in the second byte.
        [fu, header, ..] if fu & 0x1f == 28 => header & 0x80 != 0 && header & 0x1f == IDR,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h264_starts_at_parameter_sets_and_idr_slices() {
        assert!(starts_here(Codec::H264, &[0x67, 0x42]));
        assert!(starts_here(Codec::H264, &[0x65, 0x88]));
        assert!(!starts_here(Codec::H264, &[0x41, 0x9a]));
        assert!(starts_here(
            Codec::H264,
            &[0x78, 0, 2, 0x06, 0xff, 0, 2, 0x67, 0x42]
        ));
        assert!(!starts_here(Codec::H264, &[0x78, 0, 2, 0x06, 0xff]));
        assert!(
            !starts_here(Codec::H264, &[0x78, 0xff, 0xff, 0x06]),
            "a length past the end"
        );
        assert!(starts_here(Codec::H264, &[0x7c, 0x85, 0]));
        assert!(
            !starts_here(Codec::H264, &[0x7c, 0x05, 0]),
            "the middle of a fragmented slice"
        );
        assert!(!starts_here(Codec::H264, &[]));
    }

    #[test]
    fn vp9_starts_at_the_lowest_layer_of_an_intra_frame() {
        assert!(starts_here(Codec::Vp9, &[0x08, 0]));
        assert!(!starts_here(Codec::Vp9, &[0x48, 0]));
        assert!(!starts_here(Codec::Vp9, &[0x00, 0]));
        assert!(starts_here(Codec::Vp9, &[0xa8, 0x80, 0x01, 0x00, 7]));
        assert!(!starts_here(Codec::Vp9, &[0xa8, 0x80, 0x01, 0x02, 7]));
        assert!(!starts_here(Codec::Vp9, &[0xa8]));
    }

    #[test]
    fn sound_starts_anywhere() {
        assert!(starts_here(Codec::Opus, &[]));
    }
}
