//! The RTP header (RFC 3550, section 5.1) with one-byte and two-byte header extensions (RFC 8285): read where it lies,
//! and written in front of a payload.

use bytes::Bytes;

/// Profile of one-byte extensions (RFC 8285, section 4.2).
const ONE_BYTE: u16 = 0xbede;
/// Bytes of a header that is written here with one extension of two bytes.
pub const WRITTEN_MAX: usize = 20;

/// What the header of a packet says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Marker bit.
    pub marker: bool,
    /// Payload type.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp, in ticks of the codec's clock.
    pub timestamp: u32,
    /// SSRC.
    pub ssrc: u32,
    /// Bytes of the header with its extensions.
    pub length: usize,
    /// The padding bit: the last byte of the (decrypted) packet says how much of its end is padding.
    pub padded: bool,
    /// Where the extension elements begin and end, and their profile.
    extensions: Option<(usize, usize, u16)>,
}

/// True for RTCP that shares its port with RTP (RFC 5761, section 4).
pub fn is_rtcp(datagram: &[u8]) -> bool {
    datagram.get(1).is_some_and(|b| (192..=223).contains(b))
}

impl Header {
    /// Reads the header at the start of a packet. `None` if it is no RTP of version 2, or too short for what it
    /// announces.
    pub fn parse(packet: &[u8]) -> Option<Self> {
        let fixed: &[u8; 12] = packet.first_chunk()?;
        if fixed[0] >> 6 != 2 {
            return None;
        }
        let mut length = 12 + 4 * usize::from(fixed[0] & 0x0f);
        let mut extensions = None;
        if fixed[0] & 0x10 != 0 {
            let head = packet.get(length..length + 4)?;
            let profile = u16::from_be_bytes([head[0], head[1]]);
            let begin = length + 4;
            length = begin + 4 * usize::from(u16::from_be_bytes([head[2], head[3]]));
            extensions = Some((begin, length, profile));
        }
        if packet.len() < length {
            return None;
        }
        Some(Self {
            marker: fixed[1] & 0x80 != 0,
            payload_type: fixed[1] & 0x7f,
            sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
            timestamp: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
            ssrc: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
            length,
            padded: fixed[0] & 0x20 != 0,
            extensions,
        })
    }

    /// The value of an extension element in the packet of which this was read.
    pub fn extension<'a>(&self, packet: &'a [u8], id: u8) -> Option<&'a [u8]> {
        let (begin, end, profile) = self.extensions?;
        let mut rest = packet.get(begin..end)?;
        while let Some((&first, after)) = rest.split_first() {
            if first == 0 {
                // Padding between elements.
                rest = after;
                continue;
            }
            let (found, length, after) = if profile == ONE_BYTE {
                // 15 ends them, and so does a 0 that claims a length (RFC 8285, section 4.2).
                if matches!(first >> 4, 0 | 15) {
                    return None;
                }
                (first >> 4, usize::from(first & 0x0f) + 1, after)
            } else if profile & 0xfff0 == 0x1000 {
                let (&length, after) = after.split_first()?;
                (first, usize::from(length), after)
            } else {
                return None;
            };
            let (value, after) = after.split_at_checked(length)?;
            if found == id {
                return Some(value);
            }
            rest = after;
        }
        None
    }

    /// Where the payload of a decrypted packet lies, padding left out. `None` if the padding is longer than the payload.
    pub fn payload(&self, packet: &[u8]) -> Option<std::ops::Range<usize>> {
        let mut end = packet.len();
        if self.padded {
            let padding = usize::from(*packet.get(self.length..)?.last()?);
            if padding == 0 {
                return None;
            }
            end = end.checked_sub(padding).filter(|end| *end >= self.length)?;
        }
        Some(self.length..end)
    }
}

/// A packet of media as it was received.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its header; of a retransmission, that of the packet which is sent again.
    pub header: Header,
    /// The element of its audio level (RFC 6464, section 3), if there is one.
    pub audio_level: Option<u8>,
    /// Its payload, padding left out.
    pub payload: Bytes,
}

/// A header to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Marker bit.
    pub marker: bool,
    /// Payload type.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp.
    pub timestamp: u32,
    /// SSRC.
    pub ssrc: u32,
    /// Id (1 to 14) and value of the one extension, if there is one.
    pub extension: Option<(u8, u16)>,
    /// The packet ends with padding.
    pub padded: bool,
}

impl Head {
    /// Adds the header to `bytes`; gives its length.
    pub fn write(&self, bytes: &mut Vec<u8>) -> usize {
        let mut header = [0; WRITTEN_MAX];
        header[0] = 0x80 | if self.padded { 0x20 } else { 0 };
        header[1] = self.payload_type & 0x7f | if self.marker { 0x80 } else { 0 };
        header[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        header[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        header[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        let length = match self.extension {
            Some((id @ 1..=14, value)) => {
                header[0] |= 0x10;
                header[12..16].copy_from_slice(&[0xbe, 0xde, 0, 1]);
                // The element's length is written less one.
                header[16] = id << 4 | 1;
                header[17..19].copy_from_slice(&value.to_be_bytes());
                WRITTEN_MAX
            }
            _ => 12,
        };
        bytes.extend_from_slice(&header[..length]);
        length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Head = Head {
        marker: true,
        payload_type: 96,
        sequence: 0xfffe,
        timestamp: 0x0102_0304,
        ssrc: 0x0a0b_0c0d,
        extension: Some((3, 0x1234)),
        padded: false,
    };

    #[test]
    fn reads_what_it_writes() {
        let mut bytes = Vec::new();
        let length = HEAD.write(&mut bytes);
        bytes.extend([1, 2, 3]);
        let header = Header::parse(&bytes).unwrap();
        assert_eq!(header.length, length);
        assert_eq!(
            (
                header.marker,
                header.payload_type,
                header.sequence,
                header.timestamp,
                header.ssrc
            ),
            (true, 96, 0xfffe, 0x0102_0304, 0x0a0b_0c0d)
        );
        assert_eq!(header.extension(&bytes, 3), Some(&[0x12, 0x34][..]));
        assert_eq!(header.extension(&bytes, 4), None);
        assert_eq!(header.payload(&bytes), Some(20..23));
    }

    #[test]
    fn the_stack_reads_it_too() {
        use rtc::shared::marshal::Unmarshal;
        for extension in [None, Some((14, 7))] {
            let mut bytes = Vec::new();
            Head { extension, ..HEAD }.write(&mut bytes);
            let read = rtc::rtp::Header::unmarshal(&mut &bytes[..]).unwrap();
            assert_eq!(
                (read.sequence_number, read.timestamp, read.marker),
                (0xfffe, 0x0102_0304, true)
            );
            let value = extension.map(|(id, _)| read.get_extension(id).unwrap());
            assert_eq!(value.as_deref(), extension.map(|_| &[0, 7][..]));
        }
    }

    #[test]
    fn reads_two_byte_extensions_and_contributing_sources() {
        let mut bytes = vec![0x91, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 9, 9];
        bytes.extend([0x10, 0, 0, 2, 0, 5, 0, 7, 2, 0xaa, 0xbb, 0]);
        let header = Header::parse(&bytes).unwrap();
        assert_eq!(header.length, 28);
        assert_eq!(header.extension(&bytes, 7), Some(&[0xaa, 0xbb][..]));
        assert_eq!(header.extension(&bytes, 5), Some(&[][..]));
    }

    #[test]
    fn a_zero_that_claims_a_length_ends_the_extensions() {
        let mut bytes = vec![0x90, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xbe, 0xde, 0, 2];
        bytes.extend([0x10, 7, 0, 0x01, 8, 8, 0x30, 9]);
        let header = Header::parse(&bytes).unwrap();
        assert_eq!(header.extension(&bytes, 1), Some(&[7][..]));
        assert_eq!(header.extension(&bytes, 0), None);
        assert_eq!(header.extension(&bytes, 3), None, "what stands behind it");
    }

    #[test]
    fn refuses_what_is_too_short_for_its_word() {
        let mut bytes = Vec::new();
        HEAD.write(&mut bytes);
        for length in 0..20 {
            assert_eq!(Header::parse(&bytes[..length]), None, "{length}");
        }
        assert!(Header::parse(&bytes).is_some());
        // An element that runs past the extensions.
        bytes[16] = 3 << 4 | 15;
        assert_eq!(Header::parse(&bytes).unwrap().extension(&bytes, 3), None);
        bytes[0] = 0x50;
        assert_eq!(Header::parse(&bytes), None, "version 1");
    }

    #[test]
    fn padding_is_left_out_and_never_longer_than_the_payload() {
        let mut bytes = Vec::new();
        Head {
            extension: None,
            padded: true,
            ..HEAD
        }
        .write(&mut bytes);
        bytes.extend([1, 2, 3, 2]);
        let header = Header::parse(&bytes).unwrap();
        assert_eq!(header.payload(&bytes), Some(12..14));
        for (last, range) in [(4, Some(12..12)), (5, None), (0, None), (255, None)] {
            *bytes.last_mut().unwrap() = last;
            assert_eq!(header.payload(&bytes), range);
        }
        assert_eq!(header.payload(&bytes[..12]), None);
    }

    #[test]
    fn tells_rtcp_from_rtp() {
        assert!(is_rtcp(&[0x80, 200]) && is_rtcp(&[0x81, 205]));
        assert!(!is_rtcp(&[0x80, 96]) && !is_rtcp(&[0x80, 0x80 | 111]) && !is_rtcp(&[]));
    }
}
