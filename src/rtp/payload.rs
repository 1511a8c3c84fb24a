//! What forwarding needs to know of a packet's payload, for each codec.

use super::codec::Codec;
use super::depacketize::{h264, vp9};
use super::keyframe;
use super::picture::Ids;
use super::vp8;

/// What was read of one payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Payload {
    /// A decoder can start with it. Sound can start anywhere.
    pub starts: bool,
    /// The ids of its picture, for codecs that have them.
    pub ids: Option<Ids>,
    /// Width and height of the pictures from here on, where it says so.
    pub size: Option<(u16, u16)>,
}

impl Payload {
    /// Reads a payload. What cannot be understood starts nothing.
    pub fn read(codec: Codec, payload: &[u8]) -> Self {
        match codec {
            Codec::Opus => Self {
                starts: true,
                ..Self::default()
            },
            Codec::Vp8 => vp8::Descriptor::parse(payload).map_or_else(Self::default, |d| Self {
                starts: d.key_frame_start,
                ids: Some(d.ids),
                size: d.size,
            }),
            Codec::Vp9 => vp9::head(payload).map_or_else(Self::default, |head| {
                let starts = head.starts();
                Self {
                    starts,
                    ids: Some(head.ids),
                    size: starts.then(|| vp9::size(payload)).flatten(),
                }
            }),
            Codec::H264 => {
                let starts = keyframe::starts_here(Codec::H264, payload);
                Self {
                    starts,
                    ids: None,
                    size: starts.then(|| h264::size(payload)).flatten(),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::picture::PictureId;
    use super::*;

    #[test]
    fn a_vp9_key_frame_tells_its_ids_and_its_size() {
        // I, B and V; a structure of one layer with its size.
        let structured = [0x8a, 0x81, 0x02, 0x10, 2, 128, 1, 224, 0x82, 0x49];
        let read = Payload::read(Codec::Vp9, &structured);
        assert!(read.starts);
        assert_eq!(read.size, Some((640, 480)));
        let id = PictureId {
            offset: 1,
            long: true,
            value: 0x102,
        };
        assert_eq!(read.ids.unwrap().picture_id, Some(id));
        // Without a structure the frame's own header says it.
        let bare = [
            0x88, 0x05, 0x82, 0x49, 0x83, 0x42, 0x00, 0x27, 0xf0, 0x1d, 0xf0, 0,
        ];
        assert_eq!(Payload::read(Codec::Vp9, &bare).size, Some((640, 480)));
        // Two spatial layers: the larger counts.
        let layers = [
            0xaa, 0x81, 0x02, 0x00, 9, 0x30, 1, 64, 0, 240, 2, 128, 1, 224, 0x82,
        ];
        let read = Payload::read(Codec::Vp9, &layers);
        assert_eq!(read.size, Some((640, 480)));
        assert_eq!(read.ids.unwrap().tl0_pic_idx, Some((4, 9)));
        let delta = [0xc8, 0x81, 0x03, 0x86];
        let read = Payload::read(Codec::Vp9, &delta);
        assert!(!read.starts && read.size.is_none() && read.ids.is_some());
    }

    #[test]
    fn an_h264_parameter_set_tells_the_size() {
        // Constrained baseline, 640x360, alone and in a STAP-A.
        let sps = [0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x00, 0xa0, 0x2f, 0xf9, 0x50];
        let alone = Payload::read(Codec::H264, &sps);
        assert!(alone.starts);
        let size = alone.size.unwrap();
        let mut together = vec![0x78, 0, sps.len() as u8];
        together.extend(sps);
        together.extend([0, 2, 0x68, 0xce]);
        assert_eq!(Payload::read(Codec::H264, &together).size, Some(size));
        assert_eq!(size.0, 640);
        let idr = Payload::read(Codec::H264, &[0x65, 0x88]);
        assert!(idr.starts && idr.size.is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..40)) {
            for codec in [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::H264] {
                let read = Payload::read(codec, &bytes);
                proptest::prop_assert_eq!(read.starts, keyframe::starts_here(codec, &bytes));
                if let Some(ids) = read.ids {
                    let mut copy = bytes.clone();
                    super::super::picture::Shift { picture_id: 77, tl0_pic_idx: 3 }.apply(&ids, &mut copy);
                    let after = Payload::read(codec, &copy);
                    proptest::prop_assert_eq!(after.starts, read.starts);
                    proptest::prop_assert_eq!(after.size, read.size);
                }
            }
        }
    }
}
