//! Checkpoints (C2SP tlog-checkpoint): the signed head of a log.

use super::super::decimal;
use super::super::digest::Digest;
use super::key::{Kind, NoteKey, VerifierKey};
use super::note::{NoteError, Signed, SignedNote};
use super::{base64, digest_from_base64};
use std::fmt;

/// Most lines that a log may add to its heads.
const EXTENSIONS_MAX: usize = 16;

/// What is no checkpoint, or none of the log in question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// No signed note.
    #[error("the head of the log: {0}")]
    Note(#[from] NoteError),
    /// A note that is no head.
    #[error("the head of the log is not a name, a number of entries and a digest")]
    Form,
    /// Of another log.
    #[error("it is the head of the log {found}, not of {expected}")]
    Origin {
        /// Whose it says it is.
        found: String,
        /// Whose it should be.
        expected: String,
    },
    /// Not signed by the log.
    #[error("the head of the log is not signed with the key of {0}")]
    NotSigned(String),
    /// Signed badly.
    #[error("the signature of {0} on the head of the log does not hold")]
    Signature(String),
}

/// The head of a log, with its signatures as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Digest,
    note: SignedNote,
}

impl Checkpoint {
    /// A head of the log whose key it is, signed with it.
    pub fn sign(key: &NoteKey, size: u64, root: Digest) -> Self {
        let origin = key.public().name().to_owned();
        let mut note = SignedNote::new(format!("{origin}\n{size}\n{}\n", base64(&root.0)));
        note.sign(key);
        Self {
            origin,
            size,
            root,
            note,
        }
    }

    /// Reads a head. Its signatures have yet to be checked.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        Self::of_note(SignedNote::parse(bytes)?)
    }

    fn of_note(note: SignedNote) -> Result<Self, CheckpointError> {
        let mut lines = note.text().strip_suffix('\n').unwrap_or_default().split('\n');
        let parts = (|| {
            let origin = lines.next().filter(|origin| !origin.is_empty())?.to_owned();
            let size = decimal::parse(lines.next()?)?;
            let root = digest_from_base64(lines.next()?)?;
            let more: Vec<&str> = lines.collect();
            let plain = more.len() <= EXTENSIONS_MAX && !more.contains(&"");
            plain.then_some((origin, size, root))
        })();
        let (origin, size, root) = parts.ok_or(CheckpointError::Form)?;
        Ok(Self {
            origin,
            size,
            root,
            note,
        })
    }

    /// The log, by its own word.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Entries of the log.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over them.
    pub fn root(&self) -> Digest {
        self.root
    }

    /// The note that it is.
    pub fn note(&self) -> &SignedNote {
        &self.note
    }

    /// Checks that it is of the log with this key, and signed with it.
    pub fn check(&self, log: &VerifierKey) -> Result<(), CheckpointError> {
        let name = || log.name().to_owned();
        if self.origin != log.name() {
            return Err(CheckpointError::Origin {
                found: self.origin.clone(),
                expected: name(),
            });
        }
        match self.note.signed_by(log) {
            Signed::Well(()) => Ok(()),
            Signed::Not => Err(CheckpointError::NotSigned(name())),
            Signed::Badly => Err(CheckpointError::Signature(name())),
        }
    }

    /// When the cosigner with this key signed it, in seconds since 1970 by its clock; None when it did not.
    pub fn cosigned_at(&self, cosigner: &VerifierKey) -> Result<Option<u64>, CheckpointError> {
        match self.note.cosigned_by(cosigner) {
            Signed::Well(at) => Ok(Some(at)),
            Signed::Not => Ok(None),
            Signed::Badly => Err(CheckpointError::Signature(cosigner.name().to_owned())),
        }
    }

    /// Adds a cosignature. To be called by whoever has seen that this head is consistent with all they signed before.
    pub fn cosign(&mut self, cosigner: &NoteKey, at_unix_seconds: u64) {
        debug_assert_eq!(cosigner.public().kind(), Kind::Cosigner);
        self.note.cosign(cosigner, at_unix_seconds);
    }

    /// As [`SignedNote::take_cosignature`].
    pub fn take_cosignature(&mut self, lines: &str, cosigner: &VerifierKey) -> bool {
        self.note.take_cosignature(lines, cosigner)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> (NoteKey, NoteKey) {
        let log = NoteKey::from_seed("court.example/log", Kind::Log, [1; 32]).unwrap();
        let bar = NoteKey::from_seed("bar.example/w", Kind::Cosigner, [2; 32]).unwrap();
        (log, bar)
    }

    #[test]
    fn signed_cosigned_written_and_read() {
        let (log, bar) = keys();
        let mut head = Checkpoint::sign(&log, 7, Digest::of(b"root"));
        assert_eq!(head.cosigned_at(bar.public()), Ok(None));
        head.cosign(&bar, 1_768_469_400);
        let again = Checkpoint::parse(head.to_string().as_bytes()).unwrap();
        assert_eq!(again, head);
        assert_eq!(again.check(log.public()), Ok(()));
        assert_eq!(again.cosigned_at(bar.public()), Ok(Some(1_768_469_400)));
        assert_eq!((again.size(), again.root()), (7, Digest::of(b"root")));
        assert_eq!(again.note().names().count(), 2);

        // The same name with another key, and a cosigner's key in the place of a log's.
        let other = NoteKey::from_seed("court.example/log", Kind::Log, [3; 32]).unwrap();
        let refused = again.check(other.public()).unwrap_err();
        assert!(matches!(refused, CheckpointError::NotSigned(_)), "{refused}");
        let refused = again.check(bar.public()).unwrap_err();
        assert!(matches!(refused, CheckpointError::Origin { .. }), "{refused}");
        let as_log = NoteKey::from_seed("bar.example/w", Kind::Log, [2; 32]).unwrap();
        assert_eq!(again.cosigned_at(as_log.public()), Ok(None));
    }

    #[test]
    fn whatever_is_changed_is_noticed() {
        let (log, bar) = keys();
        let mut head = Checkpoint::sign(&log, 7, Digest::of(b"root"));
        head.cosign(&bar, 1_768_469_400);
        let good = head.to_string();
        let text = good.replace("\n7\n", "\n8\n");
        let changed = Checkpoint::parse(text.as_bytes()).unwrap();
        assert!(matches!(
            changed.check(log.public()),
            Err(CheckpointError::Signature(_))
        ));
        assert!(changed.cosigned_at(bar.public()).is_err());
        for (what, bad) in [
            ("number", good.replace("\n7\n", "\n07\n")),
            ("empty line", good.replace("\n7\n", "\n7\n\n")),
            ("carriage return", good.replace("\n7\n", "\r\n7\n")),
            ("no signature", good.split("\n\n").next().unwrap().to_owned()),
            ("dash", good.replace('\u{2014}', "-")),
            ("cut off", good[..good.len() - 1].to_owned()),
            ("padding", good.replace("=\n", "\n")),
            ("endless", format!("{good}{}", "x".repeat(70_000))),
        ] {
            assert!(Checkpoint::parse(bad.as_bytes()).is_err(), "{what}");
        }
    }

    #[test]
    fn a_cosignature_is_taken_if_it_is_theirs_and_of_this_head() {
        let (log, bar) = keys();
        let mut head = Checkpoint::sign(&log, 7, Digest::of(b"root"));
        let mut theirs = head.clone();
        theirs.cosign(&bar, 5);
        let lines = theirs.note().lines_of(bar.public());
        assert!(head.take_cosignature(&lines, bar.public()));
        assert!(head.take_cosignature(&lines, bar.public()), "and again");
        assert_eq!(head.note().names().count(), 2);
        let mut next = Checkpoint::sign(&log, 8, Digest::of(b"next"));
        assert!(!next.take_cosignature(&lines, bar.public()));
        for bad in ["", "x", "\u{2014} bar.example/w AAAA\n"] {
            assert!(!next.take_cosignature(bad, bar.public()), "{bad}");
        }
        assert_eq!(next.note().names().count(), 1);
    }
}
