//! Where a worker writes the datagrams of one round: one piece of memory, used again and again. A packet is written
//! and encrypted in its place, and the kernel takes it from there.

use super::srtp::{Sealer, TAG_MAX};
use crate::rtp::packet::{Head, WRITTEN_MAX};
use crate::rtp::picture::{Ids, Shift};

/// Bytes that are written before a round's datagrams are handed to the kernel at the latest, and that are kept for the next.
const ROUND: usize = 256 << 10;
/// Bytes that are never passed: a datagram beyond them is dropped.
const BYTES_MAX: usize = 8 << 20;

/// A datagram in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    length: u32,
}

impl Span {
    pub(super) fn len(self) -> usize {
        self.length as usize
    }
}

/// An RTP packet to be written.
pub(super) struct Line<'a> {
    pub(super) head: Head,
    /// How often the sequence number has wrapped.
    pub(super) roll_over: u32,
    /// The number of the packet that is sent again, in front of its payload (RFC 4588, section 4).
    pub(super) again: Option<u16>,
    pub(super) payload: &'a [u8],
    /// The ids in the payload, and how to change them.
    pub(super) ids: Option<(Ids, Shift)>,
}

/// The datagrams of one round.
#[derive(Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
}

impl Outbox {
    /// True when the round should end.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= ROUND
    }

    /// Writes and encrypts a packet. `None`: there is no room, or it cannot be encrypted; it is dropped.
    pub(super) fn seal(&mut self, sealer: &mut Sealer, line: &Line<'_>) -> Option<Span> {
        let bytes = &mut self.bytes;
        let start = bytes.len();
        let most = WRITTEN_MAX + 2 + line.payload.len() + TAG_MAX;
        if start + most > BYTES_MAX {
            return None;
        }
        bytes.reserve(most);
        let header = line.head.write(bytes);
        if let Some(number) = line.again {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        let payload = bytes.len();
        bytes.extend_from_slice(line.payload);
        if let Some((ids, shift)) = &line.ids
            && let Some(payload) = bytes.get_mut(payload..)
        {
            shift.apply(ids, payload);
        }
        sealer.seal(bytes, start, header, line.roll_over).ok()?;
        self.span(start)
    }

    /// Writes and encrypts a datagram of RTCP. `None`: there is no room, or it cannot be encrypted; it is dropped.
    pub(super) fn seal_rtcp(&mut self, sealer: &mut Sealer, plain: &[u8]) -> Option<Span> {
        let start = self.bytes.len();
        if start + plain.len() + TAG_MAX + 4 > BYTES_MAX {
            return None;
        }
        self.bytes.extend_from_slice(plain);
        sealer.seal_rtcp(&mut self.bytes, start).ok()?;
        self.span(start)
    }

    /// Copies a datagram that is ready. `None`: there is no room; it is dropped.
    pub(super) fn put(&mut self, datagram: &[u8]) -> Option<Span> {
        let start = self.bytes.len();
        if start + datagram.len() > BYTES_MAX {
            return None;
        }
        self.bytes.extend_from_slice(datagram);
        self.span(start)
    }

    fn span(&self, start: usize) -> Option<Span> {
        Some(Span {
            start: u32::try_from(start).ok()?,
            length: u32::try_from(self.bytes.len() - start).ok()?,
        })
    }

    /// A datagram. Empty if it is not of this round.
    pub(super) fn get(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        self.bytes.get(start..start + span.len()).unwrap_or_default()
    }

    /// Forgets the round.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(2 * ROUND);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_stay_apart_and_the_bytes_are_bounded() {
        let mut outbox = Outbox::default();
        let spans: Vec<Span> = (1..=3u8)
            .filter_map(|i| outbox.put(&vec![i; usize::from(i)]))
            .collect();
        assert_eq!(outbox.get(spans[0]), [1]);
        assert_eq!(outbox.get(spans[2]), [3, 3, 3]);
        let half = vec![0; BYTES_MAX / 2];
        assert!(outbox.put(&half).is_some());
        assert!(outbox.is_full());
        assert!(outbox.put(&half).is_none());
        outbox.clear();
        assert!(!outbox.is_full());
        assert_eq!(outbox.get(spans[2]), [0u8; 0]);
    }
}
