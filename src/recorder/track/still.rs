//! A shared screen on which nothing changes: nothing comes, and that is no gap. Its last picture stands until the next
//! one, as long as its sender is heard of and shares it.

use super::{FRAME_US, Track, to_ms};
use crate::recorder::gap::Cause;
use crate::recorder::journal::Note;
use crate::recorder::track_file::{Books, TrackFile, WriteError};
use crate::rtp::codec::Codec;
use crate::rtp::depacketize::Frame;
use crate::rtp::source::Source;

/// A sender of whom nothing was heard for so long was gone from then on: what it showed meanwhile is not known. One that
/// is there sends reports far more often, whatever it shows.
const SILENT_US: i64 = 5_000_000;
/// Pictures over again follow each other so closely: none but the last of them is seen.
const AGAIN_US: i64 = 1_000;
/// So much of a screen is kept in memory to be written over again.
const GROUP_BYTES_MAX: usize = 4 << 20;
const GROUP_FRAMES_MAX: usize = 512;
/// A picture that stands for so long is asked for as a key frame, where without one it could not be written again.
const STOOD_US: i64 = 1_500_000;

/// What is known of a screen beyond its pictures. Times are microseconds on the segment's timeline.
#[derive(Debug, Default)]
pub(super) struct Still {
    /// When its sender was last heard of.
    heard_us: Option<i64>,
    /// When it was not, and no gap says so yet.
    silences: Vec<(i64, i64)>,
    /// The tap was taken off the track.
    untapped_us: Option<i64>,
    /// Up to here the last picture stood, in a segment that has ended.
    pub stood_us: Option<i64>,
    group: Group,
}

/// The last key frame and what followed: all that is needed to show the last picture again.
#[derive(Debug, Default)]
struct Group {
    frames: Vec<Vec<u8>>,
    bytes: usize,
}

impl Group {
    fn take(&mut self, frame: &Frame) {
        if frame.key {
            *self = Self::default();
        } else if self.frames.is_empty() {
            return;
        }
        self.bytes += frame.data.len();
        self.frames.push(frame.data.clone());
        if self.bytes > GROUP_BYTES_MAX || self.frames.len() > GROUP_FRAMES_MAX {
            *self = Self::default();
        }
    }

    /// What shows the last picture again: each frame as it came, all but the last not to be seen. `None` where that
    /// cannot be said in the codec.
    fn again(mut self, codec: Codec) -> Option<Vec<Vec<u8>>> {
        let last = self.frames.len().checked_sub(1)?;
        for frame in self.frames.get_mut(..last)? {
            match (codec, frame.first_mut()) {
                // RFC 6386, section 9.1: the bit `show_frame`.
                (Codec::Vp8, Some(first)) => *first &= !0x10,
                _ => return None,
            }
        }
        Some(self.frames)
    }
}

impl Still {
    pub(super) fn heard(&mut self, at_us: i64) {
        match self.heard_us {
            Some(before) if at_us - before > SILENT_US => self.silences.push((before, at_us)),
            _ => {}
        }
        self.heard_us = self.heard_us.max(Some(at_us));
    }

    pub(super) fn untapped(&mut self, at_us: i64) {
        self.untapped_us.get_or_insert(at_us);
    }

    pub(super) fn came(&mut self) {
        self.untapped_us = None;
    }

    pub(super) fn picture(&mut self, frame: &Frame) {
        self.group.take(frame);
    }

    /// Since when nothing is heard of the sender, if it is so.
    fn silent_since(&self, now_us: i64) -> Option<i64> {
        self.heard_us.filter(|heard_us| now_us - heard_us > SILENT_US)
    }
}

impl Track {
    /// Nothing is missing while nothing comes.
    pub(super) fn may_stand_still(&self) -> bool {
        self.spec.source == Source::Screen && self.lost_since == 0 && !self.outage_since
    }

    /// Up to when the picture at `last_us` stands, silences aside: then it was switched off, or had ended.
    fn stands_to(&self, last_us: i64, to_us: i64) -> i64 {
        let ends = [self.still.untapped_us, self.ended_us, self.mutes.next(last_us)];
        let end_us = ends.into_iter().flatten().min().unwrap_or(to_us);
        end_us.clamp(last_us.min(to_us), to_us)
    }

    /// Declares what of a screen is not known between the picture at `last_us` and `to_us`.
    pub(super) fn declare_still(
        &mut self,
        last_us: i64,
        to_us: i64,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        self.declare_silences(last_us, to_us, books)?;
        let stands_us = self.stands_to(last_us, to_us);
        self.declare(stands_us, to_us, Cause::Ended, books)
    }

    fn declare_silences(&mut self, last_us: i64, to_us: i64, books: &mut Books) -> Result<(), WriteError> {
        let stands_us = self.stands_to(last_us, to_us);
        let silences = std::mem::take(&mut self.still.silences);
        for &(from_us, until_us) in &silences {
            self.declare(
                from_us.max(last_us),
                until_us.min(stands_us),
                Cause::Stalled,
                books,
            )?;
        }
        match silences.is_empty() {
            true => Ok(()),
            false => self.note_gap_ended(books),
        }
    }

    /// Notes gaps that last.
    pub(super) fn watch_still(
        &mut self,
        last_us: i64,
        now_us: i64,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        self.declare_silences(last_us, now_us, books)?;
        let stands_us = self.stands_to(last_us, now_us);
        let silent = self.still.silent_since(now_us);
        let gap = match silent.filter(|since_us| *since_us < stands_us) {
            Some(since_us) => Some((since_us.max(last_us), Cause::Stalled)),
            None => (stands_us < now_us).then_some((stands_us, Cause::Ended)),
        };
        match gap {
            Some((from_us, cause)) if !std::mem::replace(&mut self.gap_noted, true) => {
                self.note_gap(from_us, cause, books)
            }
            _ => Ok(()),
        }
    }

    /// All that came up to `now_us` is in the file, and its last picture stands.
    pub(in crate::recorder) fn still_note(&self, now_us: i64) -> Option<Note> {
        let last_us = self.picture_us.filter(|_| self.may_stand_still())?;
        let written = self.file.as_ref().is_some_and(|file| !file.is_pending())
            && self.streams.iter().all(|s| s.is_idle())
            && !self.failed();
        let stands = last_us < now_us
            && self.stands_to(last_us, now_us) == now_us
            && self.still.silent_since(now_us).is_none();
        (written && stands).then(|| Note::Still {
            file: self.name.clone(),
            at_ms: to_ms(now_us),
        })
    }

    /// It stands, and what is kept of it does not suffice to write it over again.
    pub(super) fn still_wants_key_frame(&self, now_us: i64) -> bool {
        let stands = self.may_stand_still() && self.picture_us.is_some_and(|last| now_us - last > STOOD_US);
        stands && {
            let frames = self.still.group.frames.len();
            frames == 0 || frames > 1 && self.spec.codec != Codec::Vp8
        }
    }

    /// The segment ends at `end_us`. The file of a picture that stands says so: it ends with the same picture.
    pub(super) fn wind_up_still(
        &mut self,
        last_us: i64,
        end_us: i64,
        books: &mut Books,
    ) -> Result<(), WriteError> {
        if let Some(since_us) = self.still.silent_since(end_us) {
            self.still.silences.push((since_us, end_us));
        }
        let mut stood_us = self.stands_to(last_us, end_us);
        for &(from_us, until_us) in self.still.silences.iter().rev() {
            if until_us >= stood_us {
                stood_us = stood_us.min(from_us.max(last_us));
            }
        }
        self.declare_still(last_us, end_us, books)?;
        self.still.stood_us = Some(stood_us);
        let Some(frames) = std::mem::take(&mut self.still.group).again(self.spec.codec) else {
            return Ok(());
        };
        let Some(file) = &mut self.file else { return Ok(()) };
        write_again(file, &frames, last_us, stood_us)
    }
}

fn write_again(
    file: &mut TrackFile,
    frames: &[Vec<u8>],
    last_us: i64,
    stood_us: i64,
) -> Result<(), WriteError> {
    let Some(before) = frames.len().checked_sub(1) else {
        return Ok(());
    };
    let first_us = stood_us - FRAME_US - before as i64 * AGAIN_US;
    if first_us < last_us + FRAME_US {
        return Ok(());
    }
    for (n, data) in (0i64..).zip(frames) {
        file.write(data, first_us + n * AGAIN_US, FRAME_US, n == 0)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(key: bool, first: u8) -> Frame {
        Frame {
            timestamp: 0,
            arrival_us: 0,
            key,
            size: None,
            data: vec![first, 0, 0],
        }
    }

    #[test]
    fn a_picture_is_written_again_with_all_that_it_needs_and_is_the_only_one_seen() {
        let group = |frames: &[Frame]| {
            let mut group = Group::default();
            frames.iter().for_each(|f| group.take(f));
            group
        };
        let frames = [
            frame(false, 0x11),
            frame(true, 0x10),
            frame(false, 0x31),
            frame(false, 0x51),
        ];
        let first = |codec| {
            let again = group(&frames).again(codec)?;
            Some(again.iter().map(|f| f[0]).collect::<Vec<_>>())
        };
        assert_eq!(first(Codec::Vp8), Some(vec![0x00, 0x21, 0x51]));
        assert_eq!(first(Codec::Vp9), None);
        assert_eq!(group(&frames[..2]).again(Codec::Vp9).map(|f| f.len()), Some(1));
        assert!(group(&frames[..1]).again(Codec::Vp8).is_none());
        let mut long = group(&frames[1..2]);
        (0..GROUP_FRAMES_MAX).for_each(|_| long.take(&frames[0]));
        assert!(long.again(Codec::Vp8).is_none(), "and it is bounded");
    }
}
