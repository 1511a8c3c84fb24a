//! Sound that carries what went before it once more (RED, RFC 2198): a lost packet is found again in the next.

use std::ops::Range;

/// Blocks of one payload that are read at most, the primary among them.
const BLOCKS_MAX: usize = 8;
/// How far back a block may lie, in ticks, and how long it may be: fields of 14 and 10 bits.
pub const OFFSET_MAX: u32 = (1 << 14) - 1;
/// Longest redundant block, in bytes.
pub const LENGTH_MAX: usize = (1 << 10) - 1;

/// A block of a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its payload type.
    pub payload_type: u8,
    /// By how many ticks its timestamp lies before that of the packet; 0 for the primary.
    pub offset: u32,
    /// Where it lies in the payload.
    pub range: Range<usize>,
}

/// The blocks of a payload as they stand in it, the primary last. `None` if it is no such payload, or has more blocks than
/// anybody sends.
pub fn parse(payload: &[u8]) -> Option<Vec<Block>> {
    let mut headers = Vec::with_capacity(2);
    let mut rest = payload;
    // RFC 2198, section 3: four bytes for each redundant block, one for the primary.
    let primary = loop {
        match rest {
            [f, o, ol, l, after @ ..] if f & 0x80 != 0 => {
                if headers.len() + 1 >= BLOCKS_MAX {
                    return None;
                }
                let offset = u32::from(*o) << 6 | u32::from(*ol >> 2);
                let length = usize::from(*ol & 3) << 8 | usize::from(*l);
                headers.push((f & 0x7f, offset, length));
                rest = after;
            }
            [f, after @ ..] if f & 0x80 == 0 => {
                rest = after;
                break *f;
            }
            _ => return None,
        }
    };
    let mut at = payload.len() - rest.len();
    let mut blocks = Vec::with_capacity(headers.len() + 1);
    for (payload_type, offset, length) in headers {
        let range = at..at + length;
        at = range.end;
        blocks.push(Block {
            payload_type,
            offset,
            range,
        });
    }
    blocks.push(Block {
        payload_type: primary,
        offset: 0,
        range: at..payload.len(),
    });
    (at <= payload.len()).then_some(blocks)
}

/// A payload of a primary and what went before it, oldest first, each with how many ticks before. All of one payload type.
/// `None` if a block does not fit its fields.
pub fn write(payload_type: u8, before: &[(u32, &[u8])], primary: &[u8]) -> Option<Vec<u8>> {
    let redundant: usize = before.iter().map(|(_, block)| 4 + block.len()).sum();
    let mut payload = Vec::with_capacity(redundant + 1 + primary.len());
    for (offset, block) in before {
        if *offset > OFFSET_MAX || block.len() > LENGTH_MAX {
            return None;
        }
        let field = *offset << 10 | block.len() as u32;
        payload.push(payload_type | 0x80);
        payload.extend_from_slice(&field.to_be_bytes()[1..]);
    }
    payload.push(payload_type & 0x7f);
    for (_, block) in before {
        payload.extend_from_slice(block);
    }
    payload.extend_from_slice(primary);
    Some(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let payload = write(111, &[(1920, &[1, 2, 3]), (960, &[4; 700])], &[9, 9]).unwrap();
        let blocks = parse(&payload).unwrap();
        let told: Vec<_> = blocks
            .iter()
            .map(|b| (b.payload_type, b.offset, &payload[b.range.clone()]))
            .collect();
        assert_eq!(
            told,
            [
                (111, 1920, &[1, 2, 3][..]),
                (111, 960, &[4; 700]),
                (111, 0, &[9, 9])
            ]
        );
        assert_eq!(write(111, &[], &[7]).unwrap(), [111, 7]);
        assert_eq!(write(111, &[(OFFSET_MAX + 1, &[])], &[7]), None);
        assert_eq!(write(111, &[(1, &[0; LENGTH_MAX + 1])], &[7]), None);
    }

    #[test]
    fn a_browsers_payload_is_read() {
        // F and 111, 960 ticks before, 2 bytes; 111; then both.
        let payload = [0x80 | 111, 0x0f, 0x00, 2, 111, 0xaa, 0xbb, 0xcc];
        let blocks = parse(&payload).unwrap();
        assert_eq!((blocks[0].offset, blocks[0].range.clone()), (960, 5..7));
        assert_eq!((blocks[1].offset, blocks[1].range.clone()), (0, 7..8));
    }

    #[test]
    fn what_is_cut_off_or_endless_is_refused() {
        let payload = write(111, &[(960, &[1, 2, 3])], &[]).unwrap();
        assert!(
            parse(&payload).is_some(),
            "an empty primary is for the caller to judge"
        );
        for length in 0..payload.len() {
            assert_eq!(parse(&payload[..length]), None, "{length}");
        }
        assert_eq!(parse(&[0xff; 400]), None);
        assert_eq!(parse(&[]), None);
    }

    proptest::proptest! {
        #[test]
        fn blocks_lie_inside_and_in_a_row(payload in proptest::collection::vec(proptest::num::u8::ANY, 0..100)) {
            if let Some(blocks) = parse(&payload) {
                proptest::prop_assert!(blocks.len() <= BLOCKS_MAX);
                for pair in blocks.windows(2) {
                    proptest::prop_assert_eq!(pair[0].range.end, pair[1].range.start);
                }
                proptest::prop_assert_eq!(blocks.last().map(|b| b.range.end), Some(payload.len()));
            }
        }
    }
}
