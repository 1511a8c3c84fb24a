//! Reading sealed recordings: what a case file shows of them, and their files.

use super::Evidence;
use super::envelope::ReadSeek;
use super::error::{EvidenceError, blocking};
use super::sealing::Bag;
use crate::court::id::{CaseId, RecordingId};
use crate::court::state::RecordingState;
use crate::seal::bundle;
use crate::seal::custody::CustodyEntry;
use crate::seal::document::SealDocument;
use crate::seal::ledger::{CourtLogEntry, GAP_BOUNDS, Gap};
use crate::seal::lines::{LineError, Lines};
use crate::store::recordings as rows;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::PathBuf;
use tokio::sync::mpsc;

/// Everything there is to say about a sealed recording, without its pictures and sound.
#[derive(Debug, Clone)]
pub struct Described {
    /// Its row in the case.
    pub evidence: rows::Evidence,
    /// What was sealed.
    pub seal: SealDocument,
    /// What is missing or filled, and why. Lines that a crash tore are left out here; the file has them.
    pub gaps: Vec<Gap>,
    /// Court log.
    pub log: Vec<CourtLogEntry>,
    /// Chain of custody.
    pub custody: Vec<CustodyEntry>,
}

/// A list of digests in a sealed recording, with which others compare what they are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedList {
    /// `manifest-sha256.txt`: every file, the ledger of fragments among them. It is what the seal signs.
    Manifest,
    /// `fragments.tsv`: every piece of about two seconds of each track.
    Fragments,
}

impl Evidence {
    /// The evidence of a case, newest first.
    pub async fn list_case(&self, case: CaseId) -> Result<Vec<rows::Evidence>, EvidenceError> {
        Ok(self.store().evidence_of_case(case).await?)
    }

    /// A recording as its case file shows it; none when there is no such evidence.
    pub async fn describe(&self, recording: RecordingId) -> Result<Option<Described>, EvidenceError> {
        let Some(evidence) = self.readable(recording).await? else {
            return Ok(None);
        };
        let rows = self.store().custody(recording).await?;
        let custody = rows
            .iter()
            .map(|row| serde_json::from_str(&row.line))
            .collect::<Result<_, _>>()
            .map_err(|source| EvidenceError::Json {
                what: "custody".into(),
                source,
            })?;
        let bag = self.bag(recording)?;
        blocking(move || {
            Ok(Some(Described {
                evidence,
                seal: bag.document()?,
                gaps: lines_of(&bag, bundle::GAPS)?,
                log: lines_of(&bag, bundle::COURT_LOG)?,
                custody,
            }))
        })
        .await
    }

    /// The evidence that the recording is, if its files are there to be read: not once it was disposed of.
    async fn readable(&self, recording: RecordingId) -> Result<Option<rows::Evidence>, EvidenceError> {
        let evidence = self.store().evidence_of_recording(recording).await?;
        match evidence {
            Some(evidence) if evidence.state == RecordingState::Disposed => {
                Err(EvidenceError::Disposed(recording))
            }
            other => Ok(other),
        }
    }

    /// `seal.json` of a sealed recording.
    pub(super) async fn document(&self, recording: RecordingId) -> Result<SealDocument, EvidenceError> {
        let bag = self.bag(recording)?;
        blocking(move || bag.document()).await
    }

    /// Opens a track file for reading. Only the files that `seal.json` names as tracks can be
    /// opened; for any other name there is none.
    pub async fn open_track(
        &self,
        recording: RecordingId,
        file: &str,
    ) -> Result<Option<SealedFile>, EvidenceError> {
        if self.readable(recording).await?.is_none() {
            return Ok(None);
        }
        let document = self.document(recording).await?;
        let Some(track) = document.tracks.iter().find(|track| track.file == file) else {
            return Ok(None);
        };
        let (bag, file) = (self.bag(recording)?, track.file.clone());
        blocking(move || SealedFile::of(bag.payload_file(&file)?).map(Some)).await
    }

    /// Opens a list that was made for comparing, as it was sealed; none when there is no such
    /// evidence.
    pub async fn open_list(
        &self,
        recording: RecordingId,
        list: SealedList,
    ) -> Result<Option<SealedFile>, EvidenceError> {
        if self.readable(recording).await?.is_none() {
            return Ok(None);
        }
        let bag = self.bag(recording)?;
        blocking(move || {
            let file = match list {
                SealedList::Manifest => {
                    let path = bag.root.join(bundle::MANIFEST);
                    bag.file(bundle::MANIFEST).map_err(EvidenceError::io(&path))?
                }
                SealedList::Fragments => bag.payload_file(bundle::FRAGMENTS)?,
            };
            SealedFile::of(file).map(Some)
        })
        .await
    }

    /// An error unless the recording is part of its case.
    pub(super) async fn require_attached(&self, recording: RecordingId) -> Result<(), EvidenceError> {
        match self.row(recording).await?.state {
            RecordingState::Attached => Ok(()),
            RecordingState::Disposed => Err(EvidenceError::Disposed(recording)),
            _ => Err(EvidenceError::NotSealed(recording)),
        }
    }
}

/// A file of a recording or a copy that is open for reading, wherever and however it lies.
pub struct SealedFile {
    reader: Box<dyn ReadSeek>,
    bytes: u64,
}

/// Most pieces of a file that wait for whoever fetches it.
const PIECES_MAX: usize = 4;
/// Size of a piece in bytes.
const PIECE_BYTES: usize = 64 * 1024;

impl SealedFile {
    fn of((reader, bytes): (Box<dyn ReadSeek>, u64)) -> Result<Self, EvidenceError> {
        Ok(Self { reader, bytes })
    }

    /// A file that lies in clear.
    ///
    /// # Errors
    /// When its size cannot be told.
    pub fn clear(file: File) -> io::Result<Self> {
        let bytes = file.metadata()?.len();
        let reader = Box::new(file);
        Ok(Self { reader, bytes })
    }

    /// Its length in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes from `from` to before `to`, piece by piece; a file that is shorter or cannot be read ends in an error. The next piece is
    /// read when there is room for it.
    pub fn pieces(mut self, from: u64, to: u64) -> mpsc::Receiver<io::Result<Bytes>> {
        let (sender, receiver) = mpsc::channel(PIECES_MAX);
        tokio::task::spawn_blocking(move || {
            let sent = self.send(from, to, &sender);
            if let Err(why) = sent {
                // When nobody reads any more, nobody has to know.
                let _ = sender.blocking_send(Err(why));
            }
        });
        receiver
    }

    fn send(&mut self, from: u64, to: u64, sender: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
        self.reader.seek(io::SeekFrom::Start(from))?;
        let mut left = to.saturating_sub(from);
        while left > 0 {
            let size = usize::try_from(left).unwrap_or(usize::MAX).min(PIECE_BYTES);
            let mut piece = vec![0; size];
            self.reader.read_exact(&mut piece)?;
            left -= size as u64;
            if sender.blocking_send(Ok(piece.into())).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Opens a file that lies in clear.
pub(super) async fn open(path: PathBuf) -> Result<SealedFile, EvidenceError> {
    blocking(move || {
        File::open(&path)
            .and_then(SealedFile::clear)
            .map_err(EvidenceError::io(&path))
    })
    .await
}

/// The lines of a ledger that can be read. After a crash the last line may be torn, and one that was torn and then
/// ended with a line feed may stand between good ones.
pub(super) fn lines_of<T: DeserializeOwned>(bag: &Bag, name: &str) -> Result<Vec<T>, EvidenceError> {
    let (path, (file, _)) = (bag.payload.join(name), bag.payload_file(name)?);
    let mut entries = Vec::new();
    for line in Lines::new(BufReader::new(file), GAP_BOUNDS) {
        match line {
            Ok(line) => entries.extend(serde_json::from_str(&line).ok()),
            Err(LineError::Read(source)) => return Err(EvidenceError::io(&path)(source)),
            Err(_) => break,
        }
    }
    Ok(entries)
}
