//! Keys of signed notes (C2SP signed-note): a name, what the key is for, and Ed25519.

use super::super::digest::Digest;
use super::{base64, from_base64};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use std::fmt;
use std::str::FromStr;

/// Longest name of a key in bytes.
const NAME_BYTES_MAX: usize = 255;

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The heads of its own log.
    Log,
    /// Cosignatures with a time on heads of others' logs (cosignature/v1).
    Cosigner,
}

impl Kind {
    fn byte(self) -> u8 {
        match self {
            Kind::Log => 1,
            Kind::Cosigner => 4,
        }
    }

    fn of(byte: u8) -> Option<Self> {
        [Kind::Log, Kind::Cosigner]
            .into_iter()
            .find(|kind| kind.byte() == byte)
    }
}

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A name that no key may have.
    #[error("a key's name has 1 to 255 bytes without spaces, plus signs and control characters")]
    Name,
    /// Not of the form.
    #[error("not a key of the form name+0123abcd+base64, for Ed25519 of a log or of a cosigner")]
    Form,
    /// Its middle part does not fit the others: mistyped or cut off.
    #[error("the key's digits do not fit its name and content: it is mistyped or cut off")]
    Id,
}

/// A public key with its name (`vkey`): what a court or a cosigner publishes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    kind: Kind,
    key: [u8; 32],
}

impl VerifierKey {
    /// Its name: for a log, the log's own.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// First bytes of a digest over all of it, by which a signature names its key.
    pub fn id(&self) -> [u8; 4] {
        let mut text = self.name.clone().into_bytes();
        text.push(b'\n');
        text.extend(self.typed());
        let [a, b, c, d, ..] = Digest::of(&text).0;
        [a, b, c, d]
    }

    fn typed(&self) -> Vec<u8> {
        [&[self.kind.byte()][..], &self.key].concat()
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.key);
        key.verify(message, signature).is_ok()
    }

    /// The keys of a text, one a line; empty lines and those that begin with `#` are passed over.
    ///
    /// # Errors
    /// The number of the first line that is no key, from 1, and why.
    pub fn all_from_text(text: &str) -> Result<Vec<Self>, (usize, KeyError)> {
        let lines = text.lines().map(str::trim).zip(1..);
        lines
            .filter(|(line, _)| !line.is_empty() && !line.starts_with('#'))
            .map(|(line, number)| line.parse().map_err(|why| (number, why)))
            .collect()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, key) = (hex::encode(self.id()), base64(&self.typed()));
        write!(f, "{}+{id}+{key}", self.name)
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut parts = text.splitn(3, '+');
        let (name, id, key) = (parts.next(), parts.next(), parts.next());
        let (Some(name), Some(id), Some(key)) = (name, id, key) else {
            return Err(KeyError::Form);
        };
        check_name(name)?;
        let raw = from_base64(key).ok_or(KeyError::Form)?;
        let (kind, key) = raw.split_first().ok_or(KeyError::Form)?;
        let key = Self {
            name: name.to_owned(),
            kind: Kind::of(*kind).ok_or(KeyError::Form)?,
            key: key.try_into().map_err(|_| KeyError::Form)?,
        };
        match hex::encode(key.id()) == id {
            true => Ok(key),
            false => Err(KeyError::Id),
        }
    }
}

pub(super) fn check_name(name: &str) -> Result<(), KeyError> {
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len())
        && !name
            .chars()
            .any(|c| c == '+' || c.is_whitespace() || c.is_control());
    fits.then_some(()).ok_or(KeyError::Name)
}

/// A private key with its name. It is never shown; [`NoteKey::to_secret_text`] is for the file that keeps it.
pub struct NoteKey {
    public: VerifierKey,
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

/// How the file of a private key begins, as other programs for signed notes write it.
const SECRET: &str = "PRIVATE+KEY+";

impl NoteKey {
    /// The key made from 32 random bytes.
    ///
    /// # Errors
    /// Where the name is none, or the bytes cannot be a key.
    pub fn from_seed(name: &str, kind: Kind, seed: [u8; 32]) -> Result<Self, KeyError> {
        check_name(name)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| KeyError::Form)?;
        let key = pair.public_key().as_ref();
        let public = VerifierKey {
            name: name.to_owned(),
            kind,
            key: key.try_into().map_err(|_| KeyError::Form)?,
        };
        Ok(Self { public, seed, pair })
    }

    /// Reads what [`NoteKey::to_secret_text`] wrote.
    ///
    /// # Errors
    /// Where it is no such text.
    pub fn from_secret_text(text: &str) -> Result<Self, KeyError> {
        let text = text.trim().strip_prefix(SECRET).ok_or(KeyError::Form)?;
        let mut parts = text.splitn(3, '+');
        let (name, id, key) = (parts.next(), parts.next(), parts.next());
        let (Some(name), Some(id), Some(key)) = (name, id, key) else {
            return Err(KeyError::Form);
        };
        let raw = from_base64(key).ok_or(KeyError::Form)?;
        let (kind, seed) = raw.split_first().ok_or(KeyError::Form)?;
        let kind = Kind::of(*kind).ok_or(KeyError::Form)?;
        let key = Self::from_seed(name, kind, seed.try_into().map_err(|_| KeyError::Form)?)?;
        match hex::encode(key.public.id()) == id {
            true => Ok(key),
            false => Err(KeyError::Id),
        }
    }

    /// The secret itself, as one line.
    pub fn to_secret_text(&self) -> String {
        let typed = [&[self.public.kind.byte()][..], &self.seed].concat();
        let (name, id) = (&self.public.name, hex::encode(self.public.id()));
        format!("{SECRET}{name}+{id}+{}\n", base64(&typed))
    }

    /// The public part.
    pub fn public(&self) -> &VerifierKey {
        &self.public
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteKey({})", self.public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_the_go_checksum_database() {
        // Published by Go since 2019; not ours, and so a check that name, digits and content go together as elsewhere.
        let text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
        let key: VerifierKey = text.parse().unwrap();
        assert_eq!((key.name(), key.kind()), ("sum.golang.org", Kind::Log));
        assert_eq!(key.to_string(), text);
    }

    #[test]
    fn written_and_read_and_mistypings_noticed() {
        let key = NoteKey::from_seed("bar.example/w", Kind::Cosigner, [7; 32]).unwrap();
        let text = key.public().to_string();
        assert_eq!(&text.parse::<VerifierKey>().unwrap(), key.public());
        let again = NoteKey::from_secret_text(&key.to_secret_text()).unwrap();
        assert_eq!(again.public(), key.public());
        assert!(!format!("{key:?}").contains(&base64(&[7; 32])[2..]));

        let other = text.replace("bar.example", "law.example");
        assert_eq!(other.parse::<VerifierKey>(), Err(KeyError::Id));
        assert_eq!(text[..text.len() - 4].parse::<VerifierKey>(), Err(KeyError::Form));
        assert_eq!("a b+00000000+AQ==".parse::<VerifierKey>(), Err(KeyError::Name));
        assert_eq!("".parse::<VerifierKey>(), Err(KeyError::Form));
        assert!(NoteKey::from_seed("a+b", Kind::Log, [7; 32]).is_err());

        let list = format!("# the bar\n\n{text}\n");
        assert_eq!(VerifierKey::all_from_text(&list).unwrap().len(), 1);
        let wrong = VerifierKey::all_from_text(&format!("{list}x\n"));
        assert_eq!(wrong, Err((4, KeyError::Form)));
    }
}
