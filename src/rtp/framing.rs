//! Packets over a stream (RFC 4571): each stands behind its length, two bytes in network order.

use thiserror::Error;

/// Longest packet that is taken, in bytes. What WebRTC sends fits an Ethernet frame.
pub const PACKET_MAX: usize = 2048;
/// Bytes of the length before each packet.
pub const PREFIX: usize = 2;

/// A packet says that it is longer than [`PACKET_MAX`].
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
#[error("a packet of {0} bytes is too long")]
pub struct TooLong(pub usize);

/// Takes the first packet off `stream`. `None` while it is not whole; what has come of it stays. Packets of no byte, which
/// RFC 4571 allows, are passed over.
///
/// # Errors
/// The packet is longer than any that is taken: the stream cannot be read on.
pub fn take<'a>(stream: &mut &'a [u8]) -> Result<Option<&'a [u8]>, TooLong> {
    while let [high, low, rest @ ..] = *stream {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if length == 0 {
            *stream = rest;
            continue;
        }
        if length > PACKET_MAX {
            return Err(TooLong(length));
        }
        let Some((packet, after)) = rest.split_at_checked(length) else {
            return Ok(None);
        };
        *stream = after;
        return Ok(Some(packet));
    }
    Ok(None)
}

/// Appends a packet with its length. One that is too long for a length of two bytes is left out.
pub fn put(packet: &[u8], stream: &mut Vec<u8>) {
    if let Ok(length) = u16::try_from(packet.len()) {
        stream.extend_from_slice(&length.to_be_bytes());
        stream.extend_from_slice(packet);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_out_as_they_went_in_however_the_stream_is_cut() {
        let packets: [&[u8]; 4] = [&[1], &[2; 300], &[3; PACKET_MAX], &[4, 4]];
        let mut stream = Vec::new();
        for packet in packets {
            put(packet, &mut stream);
            put(&[], &mut stream);
        }
        for step in [1, 2, 3, 7, 299, 5000] {
            let (mut seen, mut kept) = (Vec::new(), Vec::new());
            for part in stream.chunks(step) {
                kept.extend_from_slice(part);
                let mut rest = kept.as_slice();
                while let Some(packet) = take(&mut rest).unwrap() {
                    seen.push(packet.to_vec());
                }
                kept = rest.to_vec();
                assert!(kept.len() < PREFIX + PACKET_MAX);
            }
            assert_eq!(seen, packets, "in steps of {step}");
            assert!(kept.is_empty());
        }
    }

    #[test]
    fn a_length_beyond_the_longest_is_an_error_before_a_byte_of_it_has_come() {
        assert_eq!(take(&mut &[0x08, 0x01][..]), Err(TooLong(2049)));
        assert_eq!(take(&mut &[0xff, 0xff, 1, 2][..]), Err(TooLong(65_535)));
        assert_eq!(take(&mut &[0x08, 0x00][..]), Ok(None));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let mut rest = bytes.as_slice();
            while let Ok(Some(packet)) = take(&mut rest) {
                proptest::prop_assert!(!packet.is_empty());
            }
        }
    }
}
