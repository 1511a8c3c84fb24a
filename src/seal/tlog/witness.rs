//! What a log hands a cosigner (C2SP tlog-witness, `add-checkpoint`): a new head, and the proof that it goes on from the
//! one that the cosigner signed last.

use super::super::decimal;
use super::super::digest::Digest;
use super::checkpoint::{Checkpoint, CheckpointError};
use super::key::VerifierKey;
use super::merkle::{ProofError, check_consistency};
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

/// Why a cosigner must not sign a head.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not signed by the log.
    #[error("it is not signed by the log: {0}")]
    NotSigned(CheckpointError),
    /// The head is of fewer entries than the one that it is said to go on from.
    #[error("a log of {new} entries cannot go on from one of {old}")]
    Backwards {
        /// Said to be signed last.
        old: u64,
        /// Submitted.
        new: u64,
    },
    /// The log is wrong about what was signed last.
    #[error("what was signed last has {0} entries")]
    OldSize(u64),
    /// As many entries as were signed, and others: a fork, proved by the log's own signatures.
    #[error("a FORK: the log has signed two different heads of {0} entries")]
    Fork(u64),
    /// The proof does not hold.
    #[error("it does not go on from what was signed last: {0}")]
    Inconsistent(ProofError),
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

impl Submission {
    /// Whether a cosigner may sign this head of the log with this key, who signed `last` before; nothing, where that is None. To be
    /// asked under a lock, and what was signed last to be replaced, on the disk, before anybody gets the signature.
    pub fn check(&self, log: &VerifierKey, last: Option<&Checkpoint>) -> Result<(), Refusal> {
        let head = &self.checkpoint;
        head.check(log).map_err(Refusal::NotSigned)?;
        let (old, new) = (self.old_size, head.size());
        if old > new {
            return Err(Refusal::Backwards { old, new });
        }
        let signed = last.map_or(0, Checkpoint::size);
        if old != signed {
            return Err(Refusal::OldSize(signed));
        }
        let Some(last) = last else {
            return match self.proof.is_empty() {
                true => Ok(()),
                false => Err(Refusal::Inconsistent(ProofError::Root)),
            };
        };
        if old == new && last.root() != head.root() {
            return Err(Refusal::Fork(new));
        }
        check_consistency((old, last.root()), (new, head.root()), &self.proof).map_err(Refusal::Inconsistent)
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
    use super::super::tiles::{Edge, Tree};
    use super::*;
    use std::collections::HashMap;

    /// A log of so many entries, all the same but the first.
    fn tree(first: u8, size: u64) -> Vec<Digest> {
        let entry = |n: u64| super::super::leaf_hash(&[if n == 0 { first } else { 0 }, n as u8]);
        (0..size).map(entry).collect()
    }

    fn head(key: &NoteKey, first: u8, size: u64) -> Checkpoint {
        let mut edge = Edge::EMPTY;
        tree(first, size)
            .into_iter()
            .for_each(|leaf| drop(edge.append(leaf)));
        Checkpoint::sign(key, size, edge.root())
    }

    fn submission(key: &NoteKey, first: u8, old_size: u64, size: u64) -> Submission {
        let mut edge = Edge::EMPTY;
        tree(first, size)
            .into_iter()
            .for_each(|leaf| drop(edge.append(leaf)));
        let tiles: HashMap<_, _> = edge.partial_tiles().into_iter().collect();
        let read = |tile| {
            tiles
                .get(&tile)
                .cloned()
                .ok_or(std::io::ErrorKind::NotFound.into())
        };
        Submission {
            old_size,
            proof: Tree::new(size, &read).consistency(old_size).unwrap(),
            checkpoint: head(key, first, size),
        }
    }

    #[test]
    fn only_what_goes_on_from_what_was_signed_last_may_be_signed() {
        let log = NoteKey::from_seed("court.example/log", Kind::Log, [1; 32]).unwrap();
        let other = NoteKey::from_seed("court.example/log", Kind::Log, [2; 32]).unwrap();
        let may = |submission: Submission, last: Option<&Checkpoint>| submission.check(log.public(), last);
        let last = head(&log, 1, 5);
        assert_eq!(may(submission(&log, 1, 0, 5), None), Ok(()));
        for size in [5, 6, 7, 9, 100] {
            assert_eq!(may(submission(&log, 1, 5, size), Some(&last)), Ok(()), "{size}");
        }
        // Another past: with as many entries, and with more.
        assert_eq!(may(submission(&log, 2, 5, 5), Some(&last)), Err(Refusal::Fork(5)));
        let longer = may(submission(&log, 2, 5, 9), Some(&last));
        assert_eq!(longer, Err(Refusal::Inconsistent(ProofError::Root)));
        // An older log, and one that says that nothing was signed yet.
        let back = Refusal::Backwards { old: 5, new: 4 };
        let mut older = submission(&log, 1, 0, 4);
        older.old_size = 5;
        assert_eq!(may(older, Some(&last)), Err(back));
        assert_eq!(
            may(submission(&log, 1, 4, 4), Some(&last)),
            Err(Refusal::OldSize(5))
        );
        assert_eq!(
            may(submission(&log, 2, 0, 9), Some(&last)),
            Err(Refusal::OldSize(5))
        );
        let stranger = may(submission(&other, 1, 5, 9), Some(&last));
        assert!(matches!(stranger, Err(Refusal::NotSigned(_))), "{stranger:?}");
        let mut more = submission(&log, 1, 0, 5);
        more.proof.push(Digest::ZERO);
        assert!(may(more, None).is_err());
    }

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
