//! One track's file: muxer, append-only file, and its fragments in the ledger.

use super::append::{AppendFile, Fragment};
use super::command::RecorderError;
use super::journal::{JOURNAL, Journal, Note};
use super::ledger::{FRAGMENTS, GAPS, Ledger};
use super::mux::{Format, Mux, MuxError};
use std::io;
use std::path::Path;
use uuid::Uuid;

/// A fragment is cut at the first cluster boundary after so much media.
const FRAGMENT_US: i64 = 1_900_000;
/// And where so much media does not come, after so long.
const FRAGMENT_LATEST_US: i64 = 2 * FRAGMENT_US;
/// When another track's fragment is cut, so much media is enough: what is cut together is entered together, and the disk
/// is waited for once.
const FRAGMENT_TOGETHER_US: i64 = FRAGMENT_US / 2;

/// The books that every file is entered in.
#[derive(Debug)]
pub(super) struct Books {
    pub ledger: Ledger,
    pub journal: Journal,
}

impl Books {
    /// The books of a new recording. If they cannot be begun, nothing is left of them: it may be tried again.
    pub(super) fn create(dir: &Path, recording: Uuid, first_segment: u32) -> io::Result<Books> {
        // Others' files are never removed.
        for name in [FRAGMENTS, GAPS] {
            if dir.join(name).try_exists()? {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
        }
        let journal = Journal::create(dir)?;
        Self::begin(journal, dir, recording, first_segment).inspect_err(|_| {
            for name in [JOURNAL, FRAGMENTS, GAPS] {
                // If it stays, the next attempt fails and says so.
                let _ = std::fs::remove_file(dir.join(name));
            }
        })
    }

    fn begin(mut journal: Journal, dir: &Path, recording: Uuid, first_segment: u32) -> io::Result<Books> {
        // The ledgers first: without the note there is no recording yet.
        let ledger = Ledger::create(dir)?;
        journal.note(&Note::Recording {
            recording,
            first_segment,
        })?;
        Ok(Books { ledger, journal })
    }

    pub(super) fn note(&mut self, note: &Note) -> Result<(), WriteError> {
        self.journal.note(note).map_err(|e| WriteError::disk(JOURNAL, e))
    }

    /// Enters fragments whose bytes are on the disk.
    pub(super) fn enter<'a>(
        &mut self,
        cut: impl IntoIterator<Item = (&'a str, Fragment)>,
    ) -> Result<(), WriteError> {
        let entered = self.ledger.fragments(cut);
        entered.map_err(|e| WriteError::disk(self.ledger.path(), e))
    }

    /// Writes what waits for the disk. What was said before goes before what is said next.
    pub(super) fn flush(&mut self) -> Result<(), WriteError> {
        self.journal.flush().map_err(|e| WriteError::disk(JOURNAL, e))?;
        self.ledger
            .flush()
            .map_err(|e| WriteError::disk(self.ledger.path(), e))
    }

    /// Something waits for the disk.
    pub(super) fn are_behind(&self) -> bool {
        self.journal.is_behind() || self.ledger.is_behind()
    }
}

/// Why a track can be written no longer.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    /// The disk refused: this concerns the whole recording.
    #[error(transparent)]
    Disk(RecorderError),
    /// FFmpeg refused: this concerns the track.
    #[error(transparent)]
    Mux(#[from] MuxError),
}

impl WriteError {
    pub(super) fn disk(path: impl AsRef<Path>, source: io::Error) -> Self {
        WriteError::Disk(RecorderError::io(path.as_ref(), source))
    }
}

pub(super) struct TrackFile {
    /// Path below the recording's folder.
    name: String,
    file: AppendFile,
    mux: Option<Mux>,
    /// End of the last frame given to the muxer.
    end_us: i64,
    /// End of the frame before it.
    before_us: i64,
    /// The muxer keeps the last frame until it is given another: of sound.
    keeps_one: bool,
    /// End of the last frame whose bytes are in the file.
    written_us: i64,
    cut_us: i64,
    /// When that was, on the segment's timeline.
    cut_now_us: Option<i64>,
    /// Frames given to the muxer.
    frames: u64,
    /// The last of them are not in the file.
    pending: bool,
    size: Option<(u32, u32)>,
}

/// What a complete file holds.
#[derive(Debug, Clone)]
pub(super) struct Closed {
    pub bytes: u64,
    pub sha256: [u8; 32],
    pub end_us: i64,
    pub size: Option<(u32, u32)>,
}

impl Closed {
    /// Of a picture that stood up to this time, whether or not the file says so.
    pub(super) fn up_to(self, stood_us: Option<i64>) -> Closed {
        Closed {
            end_us: self.end_us.max(stood_us.unwrap_or(0)),
            ..self
        }
    }

    /// As part of a segment that ends at `end_us`. The last packet can be longer than what was left of the segment: a
    /// picture stands until a next one that is off the record, and what sound there is in it beyond the end belongs to
    /// no moment of the segment.
    pub(super) fn within(self, end_us: i64) -> Closed {
        Closed {
            end_us: self.end_us.min(end_us),
            ..self
        }
    }
}

impl TrackFile {
    /// Begins a file. One whose header cannot be written leaves nothing behind.
    pub(super) fn create(
        dir: &Path,
        name: &str,
        format: &Format,
        books: &mut Books,
    ) -> Result<TrackFile, WriteError> {
        let (mux, head) = Mux::open(format)?;
        let (width, height) = format.size.unzip();
        books.note(&Note::FileBegan {
            file: name.to_owned(),
            width,
            height,
        })?;
        let path = dir.join(name);
        let mut file = AppendFile::create(&path).map_err(|e| WriteError::disk(name, e))?;
        if let Err(error) = file.write(&head) {
            // It never held any media, and a file that no ledger knows has no place in a recording. Its name may then
            // be used again; if it cannot be removed, the next attempt says so.
            let _ = std::fs::remove_file(&path);
            return Err(WriteError::disk(name, error));
        }
        Ok(TrackFile {
            name: name.to_owned(),
            file,
            mux: Some(mux),
            end_us: 0,
            before_us: 0,
            keeps_one: format.codec.is_audio(),
            written_us: 0,
            cut_us: 0,
            cut_now_us: None,
            frames: 0,
            pending: false,
            size: format.size,
        })
    }

    /// Appends a frame. Its bytes reach the file when its cluster is complete; true when those before it did now.
    pub(super) fn write(
        &mut self,
        data: &[u8],
        at_us: i64,
        duration_us: i64,
        key: bool,
    ) -> Result<bool, WriteError> {
        let Some(mux) = &mut self.mux else {
            return Ok(false);
        };
        let bytes = mux.write(data, at_us, duration_us, key)?;
        self.frames += 1;
        self.pending = true;
        self.append(&bytes)?;
        self.before_us = self.end_us;
        self.end_us = self.end_us.max(at_us + duration_us);
        Ok(!bytes.is_empty())
    }

    /// Brings what waits for a next frame in the muxer into the file.
    pub(super) fn flush(&mut self) -> Result<(), WriteError> {
        let Some(mux) = &mut self.mux else { return Ok(()) };
        let bytes = mux.flush()?;
        self.append(&bytes)?;
        self.pending = false;
        Ok(())
    }

    /// Frames given to the muxer so far.
    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    /// The last of them are not in the file yet.
    pub(super) fn is_pending(&self) -> bool {
        self.pending
    }

    /// A fragment is due. Between calls the file ends on a cluster boundary: the muxer gives whole clusters only.
    pub(super) fn is_due(&mut self, now_us: i64) -> bool {
        let since_us = *self.cut_now_us.get_or_insert(now_us);
        let idle = self.file.is_uncut() && now_us - since_us >= FRAGMENT_LATEST_US;
        idle || self.written_us - self.cut_us >= FRAGMENT_US
    }

    /// None is due, but there is enough for one.
    pub(super) fn may_be_cut(&self) -> bool {
        self.written_us - self.cut_us >= FRAGMENT_TOGETHER_US
    }

    /// Cuts a fragment, if there is anything since the last. What it covers is on the disk when this returns; it is still
    /// to be entered in the ledger, under this file's name.
    pub(super) fn cut_at(&mut self, now_us: i64) -> Result<Option<Fragment>, WriteError> {
        self.cut_now_us = Some(now_us);
        self.cut()
    }

    /// Completes the file.
    pub(super) fn finish(&mut self, books: &mut Books) -> Result<Closed, WriteError> {
        if let Some(mux) = self.mux.take() {
            let tail = mux.finish()?;
            self.append(&tail)?;
            self.written_us = self.end_us;
            if let Some(fragment) = self.cut()? {
                self.enter(fragment, books)?;
            }
        }
        self.file.close().map_err(|e| WriteError::disk(&self.name, e))?;
        Ok(self.closed())
    }

    /// Leaves the file as it is after a failure and enters what it holds. Errors of the ledger are left to the
    /// caller, who is dealing with a failing disk already.
    pub(super) fn abandon(&mut self, books: &mut Books) -> Result<Closed, WriteError> {
        self.mux = None;
        let fragment = self.file.cut_unsynced();
        let closed = self.closed();
        let entered = match fragment {
            Some(fragment) => self.enter(fragment, books),
            None => Ok(()),
        };
        self.file.close().map_err(|e| WriteError::disk(&self.name, e))?;
        entered?;
        Ok(closed)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.file.len()
    }

    pub(super) fn written_us(&self) -> i64 {
        self.written_us
    }

    /// What the file holds as it stands.
    pub(super) fn closed(&self) -> Closed {
        Closed {
            bytes: self.file.len(),
            sha256: self.file.sha256(),
            end_us: self.written_us,
            size: self.size,
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let whole = self.file.len() + bytes.len() as u64;
        let written = self.file.write(bytes);
        // A disk may take all and still report an error.
        if self.file.len() == whole {
            // The frame at hand opened the next cluster, or the one before it if that was kept: what was complete before is
            // written.
            self.written_us = if self.keeps_one {
                self.before_us
            } else {
                self.end_us
            };
        }
        written.map_err(|e| WriteError::disk(&self.name, e))
    }

    fn cut(&mut self) -> Result<Option<Fragment>, WriteError> {
        let fragment = self.file.cut().map_err(|e| WriteError::disk(&self.name, e))?;
        self.cut_us = self.written_us;
        Ok(fragment)
    }

    fn enter(&self, fragment: Fragment, books: &mut Books) -> Result<(), WriteError> {
        books.enter([(self.name.as_str(), fragment)])
    }
}
