//! Proofs in a file (C2SP tlog-proof): that an entry is in a log, with the head of the log beside it.

use super::super::decimal;
use super::super::digest::Digest;
use super::checkpoint::{Checkpoint, CheckpointError};
use super::merkle::{ProofError, check_inclusion};
use super::{base64, digest_from_base64, from_base64};
use std::fmt;

/// Largest proof in bytes.
pub const PROOF_BYTES_MAX: u64 = 128 * 1024;
/// First line of the file.
pub(super) const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// Most hashes: those of a tree of 2^63 entries.
const HASHES_MAX: usize = 63;
/// Most bytes of what is beside the proof.
const EXTRA_BYTES_MAX: usize = 1024;

/// What is no proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofFileError {
    /// Not of the form.
    #[error("it is not a proof of the form c2sp.org/tlog-proof@v1")]
    Form,
    /// Its head of the log is none.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// A proof as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// What whoever wrote it has to say besides. Nothing vouches for it.
    pub extra: Option<Vec<u8>>,
    /// Number of the entry, from 0.
    pub index: u64,
    /// From its sibling upward.
    pub hashes: Vec<Digest>,
    /// The head of the log.
    pub checkpoint: Checkpoint,
}

impl InclusionProof {
    /// Reads a proof. Neither it nor the signatures are checked yet.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFileError> {
        if bytes.len() as u64 > PROOF_BYTES_MAX {
            return Err(ProofFileError::Form);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ProofFileError::Form)?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(ProofFileError::Form)?;
        let (extra, index, hashes) = lines(head).ok_or(ProofFileError::Form)?;
        Ok(Self {
            extra,
            index,
            hashes,
            checkpoint: Checkpoint::parse(checkpoint.as_bytes())?,
        })
    }

    /// Checks that the entry with this hash is in the log under this head. Whose head it is must be checked as well.
    pub fn check(&self, leaf: Digest) -> Result<(), ProofError> {
        let (size, root) = (self.checkpoint.size(), self.checkpoint.root());
        check_inclusion(leaf, self.index, size, root, &self.hashes)
    }
}

type Head = (Option<Vec<u8>>, u64, Vec<Digest>);

fn lines(head: &str) -> Option<Head> {
    let mut lines = head.split('\n').peekable();
    if lines.next()? != FIRST_LINE {
        return None;
    }
    let extra = match lines.peek()?.strip_prefix("extra ") {
        Some(text) => {
            lines.next();
            Some(from_base64(text).filter(|bytes| bytes.len() <= EXTRA_BYTES_MAX)?)
        }
        None => None,
    };
    let index = decimal::parse(lines.next()?.strip_prefix("index ")?)?;
    let hashes: Option<Vec<Digest>> = lines.map(digest_from_base64).collect();
    let hashes = hashes.filter(|hashes| hashes.len() <= HASHES_MAX)?;
    Some((extra, index, hashes))
}

impl fmt::Display for InclusionProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", base64(&hash.0))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::{Kind, NoteKey};
    use super::super::tiles::Edge;
    use super::*;

    fn proof(extra: Option<Vec<u8>>) -> InclusionProof {
        let log = NoteKey::from_seed("court.example/log", Kind::Log, [1; 32]).unwrap();
        let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
        let mut edge = Edge::EMPTY;
        edge.append(one);
        edge.append(two);
        InclusionProof {
            extra,
            index: 1,
            hashes: vec![one],
            checkpoint: Checkpoint::sign(&log, 2, edge.root()),
        }
    }

    #[test]
    fn written_and_read() {
        for extra in [None, Some(b"more".to_vec())] {
            let good = proof(extra);
            let again = InclusionProof::parse(good.to_string().as_bytes()).unwrap();
            assert_eq!(again, good);
            assert_eq!(again.check(Digest::of(b"two")), Ok(()));
            assert_eq!(again.check(Digest::of(b"one")), Err(ProofError::Root));
        }
    }

    #[test]
    fn what_is_not_of_the_form_is_refused() {
        let good = proof(None).to_string();
        for (what, bad) in [
            ("another version", good.replace("@v1", "@v2")),
            (
                "a number with a zero before it",
                good.replace("index 1", "index 01"),
            ),
            ("a number below none", good.replace("index 1", "index -1")),
            ("a short hash", good.replacen("=\n", "\n", 1)),
            (
                "extra that is not base64",
                good.replace("index", "extra !\nindex"),
            ),
            ("no head", good.split("\n\n").next().unwrap().to_owned()),
            (
                "hashes without end",
                good.replace(
                    "index 1\n",
                    &format!("index 1\n{}", format!("{}\n", base64(&[0; 32])).repeat(64)),
                ),
            ),
            ("nothing", String::new()),
        ] {
            assert!(InclusionProof::parse(bad.as_bytes()).is_err(), "{what}");
        }
    }
}
