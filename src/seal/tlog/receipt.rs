//! Receipts: what somebody who took part in a hearing was shown of the log while the record ran.
//!
//! A receipt is a proof as it stands in a file, of the entry that says how far the recording had come; which recording and
//! which link of its chain that is stands in the extra line. Nothing vouches for that line by itself: the entry is made
//! from it, and so the proof holds only if it is right. With the receipt in hand no connection is needed and nothing of
//! the bundle but its `fragments.tsv`.

use super::super::digest::Digest;
use super::Leaf;
use super::proof::{FIRST_LINE as PROOF, InclusionProof, PROOF_BYTES_MAX, ProofFileError};
use uuid::Uuid;

/// First line of what stands in the extra line.
const FIRST_LINE: &str = "oyer/receipt/1";

/// Most receipts in a file.
const RECEIPTS_MAX: usize = 128;
/// Largest file of receipts in bytes.
pub const RECEIPTS_BYTES_MAX: u64 = RECEIPTS_MAX as u64 * PROOF_BYTES_MAX / 8;

/// What is no receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not a proof in a file.
    #[error(transparent)]
    Proof(#[from] ProofFileError),
    /// Does not say of what it is.
    #[error("it does not say of which recording it is: it is no receipt of a hearing")]
    Extra,
}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The recording.
    pub recording: Uuid,
    /// The last link of its chain of fragments at that time.
    pub head: Digest,
    /// That the log says so.
    pub proof: InclusionProof,
}

impl Receipt {
    /// The receipt that `proof`, of the entry of `recording` and `head`, makes.
    pub fn new(recording: Uuid, head: Digest, mut proof: InclusionProof) -> Self {
        proof.extra = Some(format!("{FIRST_LINE}\n{recording}\n{head}\n").into_bytes());
        Self {
            recording,
            head,
            proof,
        }
    }

    /// Reads a receipt. Nothing of it is checked yet.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let proof = InclusionProof::parse(bytes)?;
        let (recording, head) = proof
            .extra
            .as_deref()
            .and_then(|extra| extra_of(std::str::from_utf8(extra).ok()?))
            .ok_or(ReceiptError::Extra)?;
        Ok(Self {
            recording,
            head,
            proof,
        })
    }

    /// Reads a file of receipts, one after another; at least one. Nothing of them is checked yet.
    pub fn all_from_file(bytes: &[u8]) -> Result<Vec<Self>, ReceiptError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ProofFileError::Form)?;
        let mut starts: Vec<usize> = text.match_indices(PROOF).map(|(at, _)| at).collect();
        // In the middle of a line it begins nothing.
        starts.retain(|at| *at == 0 || text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\n'));
        if starts.first() != Some(&0) || starts.len() > RECEIPTS_MAX {
            return Err(ProofFileError::Form.into());
        }
        let ends = starts.iter().skip(1).copied().chain([text.len()]);
        starts
            .iter()
            .zip(ends)
            .map(|(from, to)| Self::parse(text.get(*from..to).unwrap_or_default().as_bytes()))
            .collect()
    }

    /// The entry that it is of.
    pub fn leaf(&self) -> Leaf {
        Leaf::Fragments {
            recording: self.recording,
            head: self.head,
        }
    }
}

fn extra_of(extra: &str) -> Option<(Uuid, Digest)> {
    let mut lines = extra.strip_suffix('\n')?.split('\n');
    if lines.next()? != FIRST_LINE {
        return None;
    }
    let (id, head) = (lines.next()?, lines.next()?.parse().ok()?);
    let recording = Uuid::try_parse(id).ok().filter(|uuid| uuid.to_string() == id)?;
    lines.next().is_none().then_some((recording, head))
}

impl std::fmt::Display for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.proof.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::super::checkpoint::Checkpoint;
    use super::super::key::{Kind, NoteKey};
    use super::super::merkle::leaf_hash;
    use super::*;

    #[test]
    fn written_read_and_bound_to_its_recording() {
        let log = NoteKey::from_seed("court.example/log", Kind::Log, [1; 32]).unwrap();
        let (recording, head) = (
            uuid::uuid!("01930000-0000-7000-8000-0000000000a1"),
            Digest::of(b"head"),
        );
        let leaf = Leaf::Fragments { recording, head };
        let proof = InclusionProof {
            extra: None,
            index: 0,
            hashes: Vec::new(),
            checkpoint: Checkpoint::sign(&log, 1, leaf_hash(&leaf.entry())),
        };
        let receipt = Receipt::new(recording, head, proof.clone());
        let mut again = Receipt::parse(receipt.to_string().as_bytes()).unwrap();
        assert_eq!(again, receipt);
        assert_eq!(again.proof.check(again.leaf().hash()), Ok(()));
        again.head = Digest::of(b"another");
        assert!(again.proof.check(again.leaf().hash()).is_err());
        let one = receipt.to_string();
        let several = Receipt::all_from_file(format!("{one}{one}").as_bytes());
        assert_eq!(several, Ok(vec![receipt.clone(), receipt]));
        for bad in [
            String::new(),
            format!("\n{one}"),
            format!("{one}x\n{one}"),
            one.repeat(129),
        ] {
            assert!(Receipt::all_from_file(bad.as_bytes()).is_err());
        }
        let bare = Receipt::parse(proof.to_string().as_bytes());
        assert_eq!(bare, Err(ReceiptError::Extra));
    }
}
