//! Signed notes (C2SP signed-note): a text, and under it a line for each signature.

use super::key::{Kind, NoteKey, VerifierKey, check_name};
use super::{base64, from_base64};
use std::fmt;

/// Largest note in bytes.
pub const NOTE_BYTES_MAX: u64 = 64 * 1024;
/// Most signatures under it.
const SIGNATURES_MAX: usize = 100;
/// What each line of a signature begins with.
const DASH: &str = "\u{2014} ";

/// Bytes that are no signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Too long.
    #[error("it is longer than {NOTE_BYTES_MAX} bytes")]
    TooLong,
    /// No text.
    #[error("it is not plain UTF-8 text")]
    NotText,
    /// Not a text, an empty line and signatures.
    #[error("it is not a text, an empty line and signatures")]
    Form,
}

/// A signature under a note. It may be of a kind or under a key that nobody here knows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    name: String,
    key_id: [u8; 4],
    bytes: Vec<u8>,
}

/// A text with signatures, which have yet to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<Signature>,
}

/// What a note says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed<T> {
    /// There is no signature under it.
    Not,
    /// There is, and it does not hold.
    Badly,
    /// There is, and it holds.
    Well(T),
}

impl SignedNote {
    /// A text without signatures. It ends with a line feed.
    pub(super) fn new(text: String) -> Self {
        Self {
            text,
            signatures: Vec::new(),
        }
    }

    /// Reads a note.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() as u64 > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        let all = std::str::from_utf8(bytes).map_err(|_| NoteError::NotText)?;
        if all.chars().any(|c| c.is_control() && c != '\n') {
            return Err(NoteError::NotText);
        }
        let (text, signatures) = all.rsplit_once("\n\n").ok_or(NoteError::Form)?;
        let mut note = Self::new(format!("{text}\n"));
        note.add(signatures)?;
        match note.signatures.is_empty() || text.is_empty() {
            true => Err(NoteError::Form),
            false => Ok(note),
        }
    }

    /// Adds signatures from lines as they stand under a note. Whether they hold is another matter.
    ///
    /// # Errors
    /// Where a line is none.
    fn add(&mut self, lines: &str) -> Result<(), NoteError> {
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form)?;
        for line in lines.split('\n') {
            let signature = line.strip_prefix(DASH).and_then(signature);
            self.signatures.push(signature.ok_or(NoteError::Form)?);
            if self.signatures.len() > SIGNATURES_MAX {
                return Err(NoteError::Form);
            }
        }
        Ok(())
    }

    /// The signed text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names under which it is signed, by the note's own word.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.signatures.iter().map(|s| s.name.as_str())
    }

    fn of<'a>(&'a self, key: &VerifierKey) -> impl Iterator<Item = &'a [u8]> {
        let (name, id) = (key.name().to_owned(), key.id());
        let of_key = move |s: &&Signature| s.name == name && s.key_id == id;
        self.signatures.iter().filter(of_key).map(|s| s.bytes.as_slice())
    }

    /// Whether the log with this key signed it.
    pub(super) fn signed_by(&self, key: &VerifierKey) -> Signed<()> {
        let mut state = Signed::Not;
        for bytes in self.of(key).filter(|_| key.kind() == Kind::Log) {
            match key.verifies(self.text.as_bytes(), bytes) {
                true => return Signed::Well(()),
                false => state = Signed::Badly,
            }
        }
        state
    }

    /// Whether the cosigner with this key signed it, and when by its own clock, in seconds since 1970; the latest, where
    /// it signed more than once.
    pub(super) fn cosigned_by(&self, key: &VerifierKey) -> Signed<u64> {
        let mut state: Signed<u64> = Signed::Not;
        for bytes in self.of(key).filter(|_| key.kind() == Kind::Cosigner) {
            let parts = bytes.split_first_chunk::<8>();
            let at = parts
                .map(|(time, signature)| (u64::from_be_bytes(*time), signature))
                .filter(|(time, signature)| key.verifies(&cosigned(*time, &self.text), signature))
                .map(|(time, _)| time);
            state = match (at, state) {
                (Some(at), Signed::Well(before)) => Signed::Well(before.max(at)),
                (Some(at), _) => Signed::Well(at),
                (None, Signed::Well(before)) => Signed::Well(before),
                (None, _) => Signed::Badly,
            };
        }
        state
    }

    /// Signs as a log.
    pub(super) fn sign(&mut self, key: &NoteKey) {
        let bytes = key.sign(self.text.as_bytes());
        self.put(key, bytes);
    }

    /// Signs as a cosigner at `at`, in seconds since 1970.
    pub(super) fn cosign(&mut self, key: &NoteKey, at: u64) {
        let mut bytes = at.to_be_bytes().to_vec();
        bytes.extend(key.sign(&cosigned(at, &self.text)));
        self.put(key, bytes);
    }

    fn put(&mut self, key: &NoteKey, bytes: Vec<u8>) {
        self.signatures.push(Signature {
            name: key.public().name().to_owned(),
            key_id: key.public().id(),
            bytes,
        });
    }

    /// The lines of the signatures under this key.
    pub fn lines_of(&self, key: &VerifierKey) -> String {
        let lines = self.of(key).map(|bytes| line(key.name(), key.id(), bytes));
        lines.collect()
    }

    /// Takes the signature of a cosigner out of `lines`, if it is there and holds; in place of one it gave before. False
    /// when there is none.
    pub fn take_cosignature(&mut self, lines: &str, key: &VerifierKey) -> bool {
        let mut theirs = Self::new(self.text.clone());
        if lines.len() as u64 > NOTE_BYTES_MAX || theirs.add(lines).is_err() {
            return false;
        }
        if !matches!(theirs.cosigned_by(key), Signed::Well(_)) {
            return false;
        }
        let id = key.id();
        let of_key = |s: &Signature| s.name == key.name() && s.key_id == id;
        self.signatures.retain(|s| !of_key(s));
        self.signatures
            .extend(theirs.signatures.into_iter().filter(of_key));
        true
    }
}

/// What a cosigner signs (C2SP tlog-cosignature).
fn cosigned(at: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {at}\n{text}").into_bytes()
}

fn signature(line: &str) -> Option<Signature> {
    let (name, encoded) = line.split_once(' ')?;
    check_name(name).ok()?;
    let raw = from_base64(encoded)?;
    let (id, bytes) = raw.split_first_chunk::<4>()?;
    (!bytes.is_empty()).then(|| Signature {
        name: name.to_owned(),
        key_id: *id,
        bytes: bytes.to_vec(),
    })
}

fn line(name: &str, id: [u8; 4], bytes: &[u8]) -> String {
    format!("{DASH}{name} {}\n", base64(&[&id[..], bytes].concat()))
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for Signature { name, key_id, bytes } in &self.signatures {
            f.write_str(&line(name, *key_id, bytes))?;
        }
        Ok(())
    }
}
