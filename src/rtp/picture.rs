//! The running ids of pictures that VP8 and VP9 carry in their payload descriptors, and how they are rewritten in place.

/// Where the ids of one packet stand in its RTP payload, and what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ids {
    /// The picture id, if there is one.
    pub picture_id: Option<PictureId>,
    /// TL0PICIDX and where it stands, if there is one.
    pub tl0_pic_idx: Option<(usize, u8)>,
}

/// A picture id: 7 or 15 bits wide, with the width in the highest bit (RFC 7741, section 4.2; RFC 9628, section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureId {
    /// Where it stands.
    pub offset: usize,
    /// True for 15 bits.
    pub long: bool,
    /// Its value.
    pub value: u16,
}

impl PictureId {
    /// Reads the id that stands at `offset` of a payload.
    pub fn parse(payload: &[u8], offset: usize) -> Option<Self> {
        let high = *payload.get(offset)?;
        let long = high & 0x80 != 0;
        let value = if long {
            u16::from(high & 0x7f) << 8 | u16::from(*payload.get(offset + 1)?)
        } else {
            u16::from(high)
        };
        Some(Self { offset, long, value })
    }

    /// Bytes that it takes.
    pub fn length(self) -> usize {
        if self.long { 2 } else { 1 }
    }
}

/// How the ids of one source are shifted so that they continue those of the source before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shift {
    /// Added to picture ids, modulo their width.
    pub picture_id: u16,
    /// Added to TL0PICIDX, modulo 256.
    pub tl0_pic_idx: u8,
}

impl Shift {
    /// The shifted picture id.
    pub fn picture_id(&self, id: PictureId) -> u16 {
        id.value.wrapping_add(self.picture_id) & if id.long { 0x7fff } else { 0x7f }
    }

    /// The shifted TL0PICIDX.
    pub fn tl0_pic_idx(&self, value: u8) -> u8 {
        value.wrapping_add(self.tl0_pic_idx)
    }

    /// Writes the shifted ids into `payload`, of which `ids` were read. Bytes that are not there are left out.
    pub fn apply(&self, ids: &Ids, payload: &mut [u8]) {
        if let Some(id) = ids.picture_id {
            let value = self.picture_id(id);
            if id.long {
                if let Some(bytes) = payload.get_mut(id.offset..id.offset + 2) {
                    bytes.copy_from_slice(&(value | 0x8000).to_be_bytes());
                }
            } else if let Some(byte) = payload.get_mut(id.offset) {
                *byte = value as u8;
            }
        }
        if let Some((offset, value)) = ids.tl0_pic_idx
            && let Some(byte) = payload.get_mut(offset)
        {
            *byte = self.tl0_pic_idx(value);
        }
    }
}
