//! Reading sealed recordings: what a case file shows of them, and their files.

use super::Evidence;
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
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

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
        let bag = Bag::new(self.sealed_dir(recording), recording);
        blocking(move || {
            Ok(Some(Described {
                evidence,
                seal: bag.document()?,
                gaps: lines_of(&bag.payload.join(bundle::GAPS))?,
                log: lines_of(&bag.payload.join(bundle::COURT_LOG))?,
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
        let bag = Bag::new(self.sealed_dir(recording), recording);
        blocking(move || bag.document()).await
    }

    /// Opens a track file for reading, with its size in bytes. Only the files that `seal.json` names as tracks can be
    /// opened; for any other name there is none.
    pub async fn open_track(
        &self,
        recording: RecordingId,
        file: &str,
    ) -> Result<Option<(tokio::fs::File, u64)>, EvidenceError> {
        if self.readable(recording).await?.is_none() {
            return Ok(None);
        }
        let document = self.document(recording).await?;
        let Some(track) = document.tracks.iter().find(|track| track.file == file) else {
            return Ok(None);
        };
        let path = Bag::new(self.sealed_dir(recording), recording)
            .payload
            .join(&track.file);
        open(path).await.map(Some)
    }

    /// Opens a list that was made for comparing, as it was sealed, with its size in bytes; none when there is no such
    /// evidence.
    pub async fn open_list(
        &self,
        recording: RecordingId,
        list: SealedList,
    ) -> Result<Option<(tokio::fs::File, u64)>, EvidenceError> {
        if self.readable(recording).await?.is_none() {
            return Ok(None);
        }
        let bag = Bag::new(self.sealed_dir(recording), recording);
        let path = match list {
            SealedList::Manifest => bag.root.join(bundle::MANIFEST),
            SealedList::Fragments => bag.payload.join(bundle::FRAGMENTS),
        };
        open(path).await.map(Some)
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

/// Opens a file, with its size in bytes.
pub(super) async fn open(path: PathBuf) -> Result<(tokio::fs::File, u64), EvidenceError> {
    let file = tokio::fs::File::open(&path)
        .await
        .map_err(EvidenceError::io(&path))?;
    let bytes = file.metadata().await.map_err(EvidenceError::io(&path))?.len();
    Ok((file, bytes))
}

/// The lines of a ledger that can be read. After a crash the last line may be torn, and one that was torn and then
/// ended with a line feed may stand between good ones.
pub(super) fn lines_of<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, EvidenceError> {
    let file = File::open(path).map_err(EvidenceError::io(path))?;
    let mut entries = Vec::new();
    for line in Lines::new(BufReader::new(file), GAP_BOUNDS) {
        match line {
            Ok(line) => entries.extend(serde_json::from_str(&line).ok()),
            Err(LineError::Read(source)) => return Err(EvidenceError::io(path)(source)),
            Err(_) => break,
        }
    }
    Ok(entries)
}
