//! What a log hands a cosigner (C2SP tlog-witness, `add-checkpoint`): a new head, and the proof that it goes on from the
//! one that the cosigner signed last.

use super::super::decimal;
use super::super::digest::Digest;
use super::checkpoint::{Checkpoint, CheckpointError};
use super::{base64, digest_from_base64};
use std::fmt;

/// Largest request in bytes.
pub const REQUEST_BYTES_MAX: usize = 128 * 1024;
/// Most hashes of a proof.
const HASHES_MAX: usize = 63;

/// What is no such request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// Not of the form.
    #[error("the request is not `old N`, hashes, an empty line and the head of a log")]
    Form,
    /// Its head is none.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// A head to be cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Entries of the log at the head that the cosigner signed last, as the log believes; 0 for none.
    pub old_size: u64,
    /// That the new head goes on from that one.
    pub proof: Vec<Digest>,
    /// The new head.
    pub checkpoint: Checkpoint,
}

impl Submission {
    /// Reads a request. Nothing of it is checked yet.
    pub fn parse(bytes: &[u8]) -> Result<Self, SubmissionError> {
        if bytes.len() > REQUEST_BYTES_MAX {
            return Err(SubmissionError::Form);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| SubmissionError::Form)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(SubmissionError::Form)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old "));
        let old_size = old.and_then(decimal::parse).ok_or(SubmissionError::Form)?;
        let proof: Option<Vec<Digest>> = lines.map(digest_from_base64).collect();
        let proof = proof.filter(|hashes| hashes.len() <= HASHES_MAX);
        Ok(Self {
            old_size,
            proof: proof.ok_or(SubmissionError::Form)?,
            checkpoint: Checkpoint::parse(checkpoint.as_bytes())?,
        })
    }
}

impl fmt::Display for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        for hash in &self.proof {
            writeln!(f, "{}", base64(&hash.0))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::{Kind, NoteKey};
    use super::*;

    #[test]
    fn written_and_read() {
        let log = NoteKey::from_seed("court.example/log", Kind::Log, [1; 32]).unwrap();
        let good = Submission {
            old_size: 3,
            proof: vec![Digest::of(b"a"), Digest::of(b"b")],
            checkpoint: Checkpoint::sign(&log, 5, Digest::of(b"root")),
        };
        let text = good.to_string();
        assert_eq!(Submission::parse(text.as_bytes()), Ok(good));
        for bad in [
            text.replace("old 3", "old 03"),
            text.replace("old 3", "3"),
            text.replacen("=\n", "\n", 1),
            text.replace("\n\n", "\n"),
        ] {
            assert!(Submission::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
