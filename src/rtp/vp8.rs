//! The VP8 payload descriptor (RFC 7741, section 4.2).

use super::picture::{Ids, PictureId};

/// What the descriptor of one packet says. Offsets are into the RTP payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descriptor {
    /// Where the descriptor ends and the bytes of the frame begin.
    pub length: usize,
    /// First packet of a frame: start of partition 0.
    pub frame_start: bool,
    /// First packet of a key frame: start of partition 0, and the frame header's P bit is 0.
    pub key_frame_start: bool,
    /// The ids of the picture.
    pub ids: Ids,
    /// Width and height of a key frame, from its first packet.
    pub size: Option<(u16, u16)>,
}

impl Descriptor {
    /// Reads the descriptor at the start of an RTP payload. `None` if the payload is too short for what it announces.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let first = *payload.first()?;
        let mut at = 1;
        let mut picture_id = None;
        let mut tl0_pic_idx = None;
        if first & 0x80 != 0 {
            let extension = *payload.get(at)?;
            at += 1;
            if extension & 0x80 != 0 {
                let id = PictureId::parse(payload, at)?;
                at += id.length();
                picture_id = Some(id);
            }
            if extension & 0x40 != 0 {
                tl0_pic_idx = Some((at, *payload.get(at)?));
                at += 1;
            }
            if extension & 0x30 != 0 {
                at += 1;
            }
        }
        let frame = payload.get(at..).filter(|frame| !frame.is_empty())?;
        let frame_start = first & 0x10 != 0 && first & 0x07 == 0;
        let key_frame_start = frame_start && is_key_frame(frame);
        Some(Self {
            length: at,
            frame_start,
            key_frame_start,
            ids: Ids {
                picture_id,
                tl0_pic_idx,
            },
            size: key_frame_size(frame).filter(|_| key_frame_start),
        })
    }

    /// The bytes of the frame in the payload of which this was read.
    pub fn frame<'a>(&self, payload: &'a [u8]) -> &'a [u8] {
        payload.get(self.length..).unwrap_or_default()
    }
}

/// True when the head of a frame says that it is a key frame: P, the lowest bit of the frame tag, is 0 (RFC 6386,
/// section 9.1).
pub fn is_key_frame(frame: &[u8]) -> bool {
    frame.first().is_some_and(|tag| tag & 1 == 0)
}

/// Width and height from the head of a key frame: after the frame tag of three bytes the start code, then twice 14
/// bits of size under two of scale.
pub fn key_frame_size(frame: &[u8]) -> Option<(u16, u16)> {
    let [_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..] = frame else {
        return None;
    };
    let size = |low: &u8, high: &u8| u16::from_le_bytes([*low, *high]) & 0x3fff;
    Some((size(w0, w1), size(h0, h1)))
}

#[cfg(test)]
mod tests {
    use super::super::picture::Shift;
    use super::*;

    /// X, I with 15 bits, L, K; key frame 640x360.
    const LONG: [u8; 16] = [
        0x90, 0xe0, 0x81, 0x02, 0x07, 0x00, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01,
    ];

    #[test]
    fn reads_the_long_form() {
        let d = Descriptor::parse(&LONG).unwrap();
        assert!(d.key_frame_start);
        assert_eq!(
            d.ids.picture_id,
            Some(PictureId {
                offset: 2,
                long: true,
                value: 0x102
            })
        );
        assert_eq!(d.ids.tl0_pic_idx, Some((4, 7)));
        assert_eq!(d.size, Some((640, 360)));
        assert_eq!(d.length, 6);
    }

    #[test]
    fn the_frame_begins_where_a_descriptor_of_any_shape_ends() {
        let bytes =
            |payload: &'static [u8]| Descriptor::parse(payload).map(|d| (d.frame_start, d.frame(payload)));
        assert_eq!(bytes(&[0x10, 7]), Some((true, &[7][..])));
        assert_eq!(bytes(&[0x11, 7]), Some((false, &[7][..])), "second partition");
        assert_eq!(bytes(&[0x90, 0x80, 0x01, 7]), Some((true, &[7][..])));
        assert_eq!(bytes(&[0x90, 0x80, 0x81, 0x01, 7]), Some((true, &[7][..])));
        assert_eq!(bytes(&[0x90, 0xf0, 0x81, 0x01, 2, 3, 7]), Some((true, &[7][..])));
        assert_eq!(bytes(&[0x90, 0x20, 3, 7]), Some((true, &[7][..])));
        for short in [
            &[][..],
            &[0x10],
            &[0x90],
            &[0x90, 0x80],
            &[0x00],
            &[0x90, 0xf0, 0x81, 1, 2, 3],
        ] {
            assert_eq!(bytes(short), None, "{short:?}");
        }
    }

    #[test]
    fn reads_the_short_form_and_the_bare_one() {
        let d = Descriptor::parse(&[0x80, 0x80, 0x7f, 0x01]).unwrap();
        assert!(!d.key_frame_start);
        assert_eq!(d.ids.picture_id.map(|p| (p.long, p.value)), Some((false, 127)));
        let d = Descriptor::parse(&[0x10, 0x00]).unwrap();
        assert!(d.key_frame_start);
        assert_eq!(d.ids.picture_id, None);
        assert_eq!(d.size, None);
        let d = Descriptor::parse(&[0x00, 0x00]).unwrap();
        assert!(!d.key_frame_start, "continues a partition");
    }

    #[test]
    fn a_short_payload_is_no_descriptor() {
        for n in 0..6 {
            assert_eq!(Descriptor::parse(&LONG[..n]), None, "{n} bytes");
        }
    }

    #[test]
    fn shifts_wrap_at_their_width() {
        let mut payload = LONG;
        let d = Descriptor::parse(&payload).unwrap();
        let shift = Shift {
            picture_id: 0x7fff,
            tl0_pic_idx: 250,
        };
        shift.apply(&d.ids, &mut payload);
        let after = Descriptor::parse(&payload).unwrap();
        assert_eq!(after.ids.picture_id.unwrap().value, 0x101);
        assert_eq!(after.ids.tl0_pic_idx, Some((4, 1)));
        assert_eq!(after.size, Some((640, 360)), "nothing else is touched");

        let mut short = [0x80, 0x80, 0x7f, 0x01];
        let d = Descriptor::parse(&short).unwrap();
        Shift {
            picture_id: 1,
            tl0_pic_idx: 0,
        }
        .apply(&d.ids, &mut short);
        assert_eq!(short[2], 0);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..24)) {
            if let Some(d) = Descriptor::parse(&bytes) {
                let mut copy = bytes.clone();
                Shift { picture_id: 77, tl0_pic_idx: 3 }.apply(&d.ids, &mut copy);
                let after = Descriptor::parse(&copy).expect("still a descriptor");
                proptest::prop_assert_eq!(after.key_frame_start, d.key_frame_start);
                proptest::prop_assert_eq!(after.ids.picture_id.map(|p| p.long), d.ids.picture_id.map(|p| p.long));
            }
        }
    }
}
