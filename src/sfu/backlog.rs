//! What waits for a TCP connection that takes no more. Sound and what ICE, DTLS and RTCP say overtakes pictures; pictures
//! wait for a moment and are then left out, as a network leaves out what it cannot carry. Nothing grows without end.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

/// Bytes of pictures that wait at most; a key frame of every seat fits.
const PICTURES_MAX: usize = 512 * 1024;
/// While a picture has waited for this long, no further one is taken: it would be old when it comes.
const PICTURES_WAIT: Duration = Duration::from_millis(400);
/// Bytes of everything else that wait at most: some ten seconds of sound from four people.
const OTHERS_MAX: usize = 256 * 1024;
/// Frames of pictures that are handed over at once: what overtakes them waits for these.
const TOGETHER: usize = 8;

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    Kept,
    /// It was left out: a picture that would come too late.
    LeftOut,
    /// There is no room for what must not be left out: the peer does not read.
    Overflow,
}

/// Frames that wait, each with its length before it.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    /// What is being written, and how much of it has been. A frame that was begun has to be ended.
    begun: Vec<u8>,
    written: usize,
    others: VecDeque<Vec<u8>>,
    others_bytes: usize,
    pictures: VecDeque<(Instant, Vec<u8>)>,
    pictures_bytes: usize,
    /// When bytes were last taken, or the first began to wait.
    moved_at: Option<Instant>,
}

impl Backlog {
    pub(super) fn is_empty(&self) -> bool {
        self.begun.len() == self.written && self.others.is_empty() && self.pictures.is_empty()
    }

    /// Since when something waits without a byte being taken.
    pub(super) fn stalled_since(&self) -> Option<Instant> {
        self.moved_at.filter(|_| !self.is_empty())
    }

    /// The rest of a frame that was written in part. Nothing waits yet.
    pub(super) fn begin(&mut self, rest: &[u8], now: Instant) {
        self.begun.clear();
        self.begun.extend_from_slice(rest);
        self.written = 0;
        self.moved_at = Some(now);
    }

    /// Takes a frame.
    pub(super) fn put(&mut self, frame: &[u8], is_picture: bool, now: Instant) -> Put {
        if self.is_empty() {
            self.moved_at = Some(now);
        }
        if is_picture {
            let late = |(since, _): &(Instant, _)| now.saturating_duration_since(*since) >= PICTURES_WAIT;
            if self.pictures_bytes + frame.len() > PICTURES_MAX || self.pictures.front().is_some_and(late) {
                return Put::LeftOut;
            }
            self.pictures_bytes += frame.len();
            self.pictures.push_back((now, frame.to_vec()));
        } else {
            if self.others_bytes + frame.len() > OTHERS_MAX {
                return Put::Overflow;
            }
            self.others_bytes += frame.len();
            self.others.push_back(frame.to_vec());
        }
        Put::Kept
    }

    /// Writes as much as is taken. Gives the bytes.
    ///
    /// # Errors
    /// Those of `write`, but for [`io::ErrorKind::WouldBlock`] and [`io::ErrorKind::Interrupted`].
    pub(super) fn drain(
        &mut self,
        mut write: impl FnMut(&[u8]) -> io::Result<usize>,
        now: Instant,
    ) -> io::Result<u64> {
        let mut bytes = 0;
        while !self.is_empty() {
            if self.written == self.begun.len() {
                self.take_next();
            }
            match write(self.begun.get(self.written..).unwrap_or_default()) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => {
                    self.written += n;
                    bytes += n as u64;
                    self.moved_at = Some(now);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(bytes)
    }

    fn take_next(&mut self) {
        self.begun.clear();
        self.written = 0;
        for frame in self.others.drain(..) {
            self.begun.extend_from_slice(&frame);
        }
        self.others_bytes = 0;
        if self.begun.is_empty() {
            for (_, frame) in self.pictures.drain(..TOGETHER.min(self.pictures.len())) {
                self.pictures_bytes -= frame.len();
                self.begun.extend_from_slice(&frame);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes, then no more.
    fn taker(mut room: usize, seen: &mut Vec<u8>) -> impl FnMut(&[u8]) -> io::Result<usize> + '_ {
        move |bytes| {
            let n = bytes.len().min(room);
            if n == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            room -= n;
            seen.extend_from_slice(&bytes[..n]);
            Ok(n)
        }
    }

    #[test]
    fn sound_overtakes_pictures_and_a_frame_that_was_begun_is_ended_first() {
        let now = Instant::now();
        let mut backlog = Backlog::default();
        backlog.begin(&[1; 5], now);
        for _ in 0..TOGETHER + 1 {
            assert_eq!(backlog.put(&[2; 10], true, now), Put::Kept);
        }
        assert_eq!(backlog.put(&[3; 4], false, now), Put::Kept);
        let mut seen = Vec::new();
        assert_eq!(backlog.drain(taker(3, &mut seen), now).unwrap(), 3);
        assert_eq!(backlog.drain(taker(21, &mut seen), now).unwrap(), 21);
        // In the middle of the pictures a sound comes: they are ended as far as they were taken.
        assert_eq!(backlog.put(&[4; 4], false, now), Put::Kept);
        assert!(!backlog.is_empty());
        backlog.drain(taker(1000, &mut seen), now).unwrap();
        assert!(backlog.is_empty());
        let order: Vec<u8> = seen.chunk_by(|a, b| a == b).map(|run| run[0]).collect();
        assert_eq!(order, [1, 3, 2, 4, 2]);
        assert_eq!(seen.iter().filter(|b| **b == 2).count(), 10 * (TOGETHER + 1));
    }

    #[test]
    fn a_peer_that_does_not_read_is_bounded_and_seen() {
        let then = Instant::now();
        let mut backlog = Backlog::default();
        let mut kept = 0;
        while backlog.put(&[0; 1200], true, then) == Put::Kept {
            kept += 1200;
        }
        assert!((PICTURES_MAX - 1200..=PICTURES_MAX).contains(&kept));
        while backlog.put(&[0; 100], false, then) == Put::Kept {
            kept += 100;
        }
        assert_eq!(backlog.put(&[0; 100], false, then), Put::Overflow);
        assert!(kept <= PICTURES_MAX + OTHERS_MAX);
        assert_eq!(backlog.stalled_since(), Some(then));
        let later = then + Duration::from_secs(1);
        backlog.drain(taker(1, &mut Vec::new()), later).unwrap();
        assert_eq!(backlog.stalled_since(), Some(later));
    }

    #[test]
    fn pictures_do_not_wait_long() {
        let then = Instant::now();
        let mut backlog = Backlog::default();
        assert_eq!(backlog.put(&[0; 9], true, then), Put::Kept);
        let soon = then + PICTURES_WAIT - Duration::from_millis(1);
        assert_eq!(backlog.put(&[0; 9], true, soon), Put::Kept);
        assert_eq!(backlog.put(&[0; 9], true, then + PICTURES_WAIT), Put::LeftOut);
        assert_eq!(backlog.put(&[0; 9], false, then + PICTURES_WAIT), Put::Kept);
        backlog.drain(taker(1000, &mut Vec::new()), soon).unwrap();
        assert_eq!(backlog.put(&[0; 9], true, then + PICTURES_WAIT), Put::Kept);
    }
}
