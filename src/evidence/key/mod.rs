//! The keys: a root of our own, and under it a seal certificate and one for time-stamps, made at first start.
//!
//! `keys/root.pem` is public: its fingerprint is what a court publishes. `keys/root.key` signs nothing but the next
//! certificates. `keys/seal-NNN.pem` holds a seal certificate with its private key, `keys/time-NNN.pem` one of the built-in
//! time-stamp service; the highest number is in use, the earlier ones stay. Where the seal key is in a token (PKCS#11: a
//! smart card, an HSM), `keys/token-NNN.pem` holds a certificate of ours for it, or the court's own authority has issued
//! one, and then no root of ours vouches for seals.

mod files;
mod issuing;
mod pair;
mod private;
mod rotation;
mod token;

pub use rotation::{KeyFile, KeyFileKind, new_root, overview, rotate};
pub use token::{Token, TokenError, TokenName, TokenSettings};

use crate::seal::cms::{self, SignError};
use crate::seal::digest::Digest;
use crate::seal::stamp::Imprint;
use crate::seal::timestamp::Timestamp;
use crate::seal::x509::{Certificate, CertificateError};
use files::{holds_root, newest, one_certificate};
use pair::{Folder, Pair};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// How long the root is valid.
const ROOT_VALID: Duration = Duration::days(3652);
/// How long a certificate under it is valid.
const VALID: Duration = Duration::days(1096);
/// A new certificate is made when the one in use has less than this left.
const RENEW_BEFORE_END: Duration = Duration::days(30);
/// Certificates are valid from a little earlier, so that a verifier whose clock is slow does not refuse them.
const BACKDATED: Duration = Duration::hours(1);

/// Why there is no seal key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file of the key folder cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Others than the owner may read a private key.
    #[error(
        "{path}: others than the owner may read this private key (mode {mode:o}); it may no longer be secret. If you know \
         that nobody read it: chmod 600 {path}"
    )]
    Exposed {
        /// Which.
        path: PathBuf,
        /// Permission bits.
        mode: u32,
    },
    /// A file does not hold what it should.
    #[error("{path}: {why}; restore the folder from a backup")]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// There is a root, and no seal key under it.
    #[error(
        "{0}: there is a root but no seal key; restore the folder from a backup, or, if the key was in a token until now, have \
         another made: oyer keys rotate"
    )]
    NoSealKey(PathBuf),
    /// A certificate could not be made.
    #[error("cannot make a certificate: {0}")]
    Making(#[from] rcgen::Error),
    /// A certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The root is near its end, so no seal certificate can be made under it.
    #[error(
        "the root certificate ends too soon to seal under it; have a new one made with `oyer keys new-root`, and publish its \
         fingerprint. What was sealed under this one stays trusted: the roots folder keeps it"
    )]
    RootEnds,
    /// There is another root than before.
    #[error(
        "there is another root certificate in the keys folder than at the start; start the server anew to seal under it"
    )]
    RootChanged,
    /// The key is in a token that gives none.
    #[error("the seal key in the token: {0}")]
    Token(#[from] TokenError),
    /// The key cannot be used.
    #[error(transparent)]
    Refused(SignError),
    /// The certificate has run out.
    #[error(
        "the certificate of the seal key ran out at {0}: have another issued, and name it as pkcs11_certificate"
    )]
    Ended(OffsetDateTime),
    /// The certificates that were given for the token's key do not fit.
    #[error("pkcs11_certificate: {0}")]
    Issued(&'static str),
}

/// Where the private key of seals is.
#[derive(Clone)]
pub enum KeyPlace {
    /// In a file of the key folder.
    File,
    /// In a token.
    Token {
        /// Which.
        token: Arc<Token>,
        /// The certificate that an authority has issued for its key; none: our own root issues one.
        issued: Option<Box<Issued>>,
    },
}

/// A certificate for a key of ours that is under somebody else's root.
#[derive(Debug, Clone)]
pub struct Issued {
    certificate: Certificate,
    intermediates: Vec<Certificate>,
    root: Certificate,
}

impl Issued {
    /// From a PEM file: first the key's certificate, then those between it and the root, last the root.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let mut all = Certificate::all_from_pem(pem)?;
        let root = all.pop().ok_or(KeyError::Issued("it is empty"))?;
        if all.is_empty() {
            return Err(KeyError::Issued(
                "it must hold the key's certificate first and the root's last",
            ));
        }
        let certificate = all.remove(0);
        if root.fields().issuer != root.fields().subject {
            return Err(KeyError::Issued("the last certificate is no root"));
        }
        Ok(Self {
            certificate,
            intermediates: all,
            root,
        })
    }
}

/// The seal key in use and that of the built-in time-stamp service, with their certificates.
pub struct SealKey {
    root: Certificate,
    seal: Pair,
    /// None under somebody else's root: a stamp under a root of ours would look like that of another house.
    time: Option<Pair>,
    /// The newest files of the folder when it was opened: others mean that an operator has had new keys made.
    files: Files,
}

/// What [`SealKey::open`] had to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// The keys were there.
    Found,
    /// Root and seal certificate were made: publish the root's fingerprint.
    Created,
    /// The seal certificate was near its end, or of another key; a new one was made under the same root.
    Renewed,
}

impl SealKey {
    /// Opens the keys in `folder`; makes them when there is no such folder, and renews the certificates in time.
    pub fn open(folder: &Path, organisation: &str, now: OffsetDateTime) -> Result<(Self, Opened), KeyError> {
        Self::open_at(folder, organisation, now, &KeyPlace::File)
    }

    /// Like [`SealKey::open`], with the private key of seals in `place`.
    pub fn open_at(
        folder: &Path,
        organisation: &str,
        now: OffsetDateTime,
        place: &KeyPlace,
    ) -> Result<(Self, Opened), KeyError> {
        let mut opened = Opened::Found;
        if !holds_root(folder)? {
            issuing::create(folder, organisation, now, uses_in_files(place))?;
            opened = Opened::Created;
        }
        let own = one_certificate(&folder.join("root.pem"))?;
        let place_of = Folder {
            path: folder,
            root: &own,
            organisation,
            now,
        };
        let (seal, renewed) = match place {
            KeyPlace::File => place_of.pair(Use::Seal)?,
            KeyPlace::Token { token, issued: None } => place_of.pair_in_token(token)?,
            KeyPlace::Token {
                token,
                issued: Some(issued),
            } => (Pair::issued(token, issued)?, false),
        };
        if renewed && opened == Opened::Found {
            opened = Opened::Renewed;
        }
        let (root, time) = match place {
            KeyPlace::Token {
                issued: Some(issued), ..
            } => (issued.root.clone(), None),
            _ => (own.clone(), Some(place_of.pair(Use::Time)?.0)),
        };
        let files = Files::newest(folder)?;
        let key = Self {
            root,
            seal,
            time,
            files,
        };
        Ok((key, opened))
    }

    /// The root certificate. Its fingerprint is to be published.
    pub fn root(&self) -> &Certificate {
        &self.root
    }

    /// The certificate under which seals are made now.
    pub fn certificate(&self) -> &Certificate {
        &self.seal.certificate
    }

    /// Until when the certificates in use are valid.
    pub fn valid_until(&self) -> OffsetDateTime {
        let seal = self.seal.certificate.valid_until();
        match &self.time {
            Some(time) => seal.min(time.certificate.valid_until()),
            None => seal,
        }
    }

    /// True when it is time for new certificates.
    pub fn is_near_its_end(&self, now: OffsetDateTime) -> bool {
        self.valid_until() < now + RENEW_BEFORE_END
    }

    /// False while the token was away when the key was opened, so that it is not known whether it fits its certificate.
    pub(super) fn is_tried(&self) -> bool {
        self.seal.tried
    }

    /// True when the folder holds other keys by now.
    pub(super) fn was_replaced(&self, folder: &Path) -> Result<bool, KeyError> {
        Ok(Files::newest(folder)? != self.files)
    }

    /// Whether there is a built-in time-stamp service.
    pub fn stamps(&self) -> bool {
        self.time.is_some()
    }

    /// A detached signature over the content whose SHA-256 is `content`.
    pub fn sign(&self, content: Digest, at: Timestamp) -> Result<Vec<u8>, SignError> {
        self.seal.with_signer(|signer| cms::sign(content, at, signer))
    }

    /// A time-stamp (TimeStampResp in DER) of the built-in service over the content whose digest is `content`. It is
    /// the court's own word once more, and its certificate says so.
    pub fn stamp(&self, content: impl Into<Imprint>, at: Timestamp) -> Result<Vec<u8>, SignError> {
        let time = self.time.as_ref().ok_or_else(|| {
            SignError::Key("under another authority's root there is no built-in time-stamp service".into())
        })?;
        time.stamp(content.into(), at)
    }
}

/// The keys that are in files: where seals are made by a token, no file shall be able to.
fn uses_in_files(place: &KeyPlace) -> &'static [Use] {
    match place {
        KeyPlace::File => &[Use::Seal, Use::Time],
        KeyPlace::Token { .. } => &[Use::Time],
    }
}

/// The highest number of each kind of file of a folder, and its root.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Files {
    newest: [Option<u32>; 3],
    root: Vec<u8>,
}

impl Files {
    fn newest(folder: &Path) -> Result<Self, KeyError> {
        let mut numbers = [None; 3];
        for (number, for_use) in numbers.iter_mut().zip([Use::Seal, Use::Token, Use::Time]) {
            *number = newest(folder, for_use)?;
        }
        let path = folder.join("root.pem");
        Ok(Self {
            newest: numbers,
            root: std::fs::read(&path).map_err(files::at(&path))?,
        })
    }
}

/// What a certificate of ours is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Seals, with the key in the same file.
    Seal,
    /// Seals, with the key in a token.
    Token,
    /// Time-stamps of the built-in service.
    Time,
}

impl Use {
    /// First part of the names of its files.
    fn name(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Token => "token",
            Self::Time => "time",
        }
    }

    /// End of its common name: at most 15 characters.
    fn title(self) -> &'static str {
        match self {
            Self::Seal | Self::Token => "recording seal",
            Self::Time => "own time stamp",
        }
    }

    fn path(self, folder: &Path, number: u32) -> PathBuf {
        folder.join(format!("{}-{number:03}.pem", self.name()))
    }
}

#[cfg(test)]
#[path = "key_test.rs"]
mod tests;
