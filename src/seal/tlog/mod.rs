//! The transparency log: an append-only list of digests under signed heads, so that nobody can be shown another past than
//! anybody else.
//!
//! Hashing as in RFC 6962, tiles as in C2SP tlog-tiles, heads ("checkpoints") as C2SP signed notes under Ed25519,
//! cosignatures as in C2SP tlog-cosignature, proofs in a file as in C2SP tlog-proof. What it takes of them is written here:
//! some hundred lines that anybody can hold against these texts, and no crate more for the verifier.
//!
//! An entry is one line that holds a digest and nothing else: no name, no case, no recording.

mod checkpoint;
mod key;
mod merkle;
mod note;
mod proof;
mod receipt;
mod tiles;
mod witness;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use key::{KeyError, Kind, NoteKey, VerifierKey};
pub use merkle::{ProofError, check_consistency, check_inclusion, leaf_hash};
pub use note::{NOTE_BYTES_MAX, NoteError, SignedNote};
pub use proof::{InclusionProof, PROOF_BYTES_MAX, ProofFileError};
pub use receipt::{RECEIPTS_BYTES_MAX, Receipt, ReceiptError};
pub use tiles::{Completed, Edge, TILE_WIDTH, Tile, Tree, TreeError, entries};
pub use witness::{REQUEST_BYTES_MAX, Refusal, Submission, SubmissionError};

use super::digest::Digest;
use uuid::Uuid;

/// What an entry of the log stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    /// How far a recording had come: the last link of its `fragments.tsv`.
    Fragments {
        /// The recording.
        recording: Uuid,
        /// The link.
        head: Digest,
    },
    /// That a recording was sealed.
    Manifest {
        /// SHA-256 of its `manifest-sha256.txt`.
        sha256: Digest,
    },
}

impl Leaf {
    /// The entry as it stands in the log. Whoever does not know the recording learns nothing from it, not even which
    /// entries belong together: neither digest can be guessed, since the digests of media are in both.
    pub fn entry(&self) -> Vec<u8> {
        let (kind, digest) = match self {
            Leaf::Fragments { recording, head } => {
                let mut hasher = super::digest::Hasher::new();
                hasher.update(recording.as_bytes());
                hasher.update(&head.0);
                ("fragments", hasher.finish())
            }
            Leaf::Manifest { sha256 } => ("manifest", *sha256),
        };
        format!("oyer/log/1 {kind} {digest}").into_bytes()
    }

    /// Its hash in the tree.
    pub fn hash(&self) -> Digest {
        leaf_hash(&self.entry())
    }
}

/// Text in standard base64, as the C2SP formats have it: padded, and with one spelling for the same bytes.
fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

/// A digest in base64.
fn digest_from_base64(text: &str) -> Option<Digest> {
    Some(Digest(from_base64(text)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_digest_and_nothing_else() {
        let recording = uuid::uuid!("01930000-0000-7000-8000-0000000000a1");
        let head = Digest::of(b"head");
        let entry = String::from_utf8(Leaf::Fragments { recording, head }.entry()).unwrap();
        let mut raw = recording.as_bytes().to_vec();
        raw.extend(head.0);
        assert_eq!(entry, format!("oyer/log/1 fragments {}", Digest::of(&raw)));
        let entry = String::from_utf8(Leaf::Manifest { sha256: head }.entry()).unwrap();
        assert_eq!(entry, format!("oyer/log/1 manifest {head}"));
    }
}
