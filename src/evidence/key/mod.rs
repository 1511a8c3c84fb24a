//! The keys: a root of our own, and under it a seal certificate and one for time-stamps, made at first start.
//!
//! `keys/root.pem` is public: its fingerprint is what a court publishes. `keys/root.key` signs nothing but the next
//! certificates. `keys/seal-NNN.pem` holds a seal certificate with its private key, `keys/time-NNN.pem` one of the built-in
//! time-stamp service; the highest number is in use, the earlier ones stay. Where the seal key is in a token (PKCS#11: a
//! smart card, an HSM), `keys/token-NNN.pem` holds a certificate of ours for it, or the court's own authority has issued
//! one, and then no root of ours vouches for seals.

mod files;
mod issuing;
mod private;
mod rotation;
mod token;

pub use rotation::{KeyFile, KeyFileKind, new_root, overview, rotate};
pub use token::{Token, TokenError, TokenName, TokenSettings};

use crate::seal::cms::{self, SignError, Signer};
use crate::seal::digest::Digest;
use crate::seal::stamp::{self, Imprint};
use crate::seal::timestamp::Timestamp;
use crate::seal::x509::{Certificate, CertificateError};
use files::{content, holds_root, newest, one_certificate, private_key, put, read_private, write_private};
use issuing::OwnRoot;
use private::PrivateKey;
use rcgen::PublicKeyData;
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

/// A key folder at some moment.
struct Folder<'a> {
    path: &'a Path,
    root: &'a Certificate,
    organisation: &'a str,
    now: OffsetDateTime,
}

impl Folder<'_> {
    /// The newest pair with its key in a file; made where there is none or where it is near its end, which is the second
    /// answer.
    fn pair(&self, for_use: Use) -> Result<(Pair, bool), KeyError> {
        let newest = newest(self.path, for_use)?;
        if let Some(number) = newest {
            let pair = Pair::load(&for_use.path(self.path, number), for_use, self.root)?;
            if pair.certificate.valid_until() >= self.now + RENEW_BEFORE_END {
                return Ok((pair, false));
            }
        } else if for_use == Use::Seal {
            return Err(KeyError::NoSealKey(self.path.to_owned()));
        }
        let path = for_use.path(self.path, newest.unwrap_or(0) + 1);
        let own = self.own_root()?;
        put(self.path, &path, |aside| {
            own.issue_with_key(aside, for_use, self.now)
        })?;
        Ok((Pair::load(&path, for_use, self.root)?, true))
    }

    /// The newest certificate of ours for the token's key; made where there is none, where it is of another key, or
    /// near its end. While the token is away the one that is there is taken as it is.
    fn pair_in_token(&self, token: &Arc<Token>) -> Result<(Pair, bool), KeyError> {
        let newest = newest(self.path, Use::Token)?;
        let known = newest
            .map(|number| one_certificate(&Use::Token.path(self.path, number)))
            .transpose()?;
        let point = match (token.public_key(), &known) {
            (Ok(point), _) => point,
            (Err(why), Some(known)) if why.may_pass() && known.valid_until() >= self.now => {
                let pair = Pair {
                    certificate: known.clone(),
                    intermediates: Vec::new(),
                    key: token.clone(),
                    tried: false,
                };
                return Ok((pair, false));
            }
            (Err(why), _) => return Err(why.into()),
        };
        let (certificate, made) = match known {
            Some(known) if is_of(&known, &point) && known.valid_until() >= self.now + RENEW_BEFORE_END => {
                (known, false)
            }
            _ => {
                let path = Use::Token.path(self.path, newest.unwrap_or(0) + 1);
                let issued = self.own_root()?.issue(&PublicKey(point), Use::Token, self.now)?;
                let pem = issued.to_pem()?;
                put(self.path, &path, |aside| write_private(aside, &pem))?;
                (issued, true)
            }
        };
        let pair = Pair {
            certificate,
            intermediates: Vec::new(),
            key: token.clone(),
            tried: true,
        };
        pair.try_out(Use::Token, self.root)?;
        Ok((pair, made))
    }

    fn own_root(&self) -> Result<OwnRoot, KeyError> {
        OwnRoot::open(self.path, self.root, self.organisation)
    }
}

/// A public key on P-256 as an uncompressed point.
struct PublicKey(Vec<u8>);

impl PublicKeyData for PublicKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

/// Whether the certificate is of that public key.
fn is_of(certificate: &Certificate, point: &[u8]) -> bool {
    let key = &certificate.fields().subject_public_key_info.subject_public_key;
    key.as_bytes() == Some(point)
}

/// A certificate and its private key.
struct Pair {
    certificate: Certificate,
    /// Between it and the root.
    intermediates: Vec<Certificate>,
    key: Arc<dyn PrivateKey>,
    /// Whether they were seen to belong together.
    tried: bool,
}

impl Pair {
    fn load(path: &Path, for_use: Use, root: &Certificate) -> Result<Self, KeyError> {
        let pem = read_private(path)?;
        let mut certificates =
            Certificate::all_from_pem(pem.as_bytes()).map_err(|e| content(path, e.to_string()))?;
        let pair = Self {
            certificate: certificates.remove(0),
            intermediates: Vec::new(),
            key: Arc::new(private_key(&pem).map_err(|why| content(path, why))?),
            tried: true,
        };
        pair.try_out(for_use, root)
            .map_err(|e| content(path, e.to_string()))?;
        Ok(pair)
    }

    /// A token's key with a certificate that somebody else has issued. While the token is away it is taken as it is.
    fn issued(token: &Arc<Token>, issued: &Issued) -> Result<Self, KeyError> {
        let mut pair = Self {
            certificate: issued.certificate.clone(),
            intermediates: issued.intermediates.clone(),
            key: token.clone(),
            tried: true,
        };
        match token.public_key() {
            Ok(point) if is_of(&issued.certificate, &point) => {
                pair.try_out(Use::Token, &issued.root)?;
            }
            Ok(_) => {
                return Err(KeyError::Issued(
                    "the first certificate is not that of the key in the token",
                ));
            }
            Err(why) if why.may_pass() => pair.tried = false,
            Err(why) => return Err(why.into()),
        }
        Ok(pair)
    }

    /// Find out now, and not when a hearing is to be sealed, that key and certificates belong together.
    fn try_out(&self, for_use: Use, root: &Certificate) -> Result<(), KeyError> {
        let from = Timestamp::new(self.certificate.valid_from());
        let roots = std::slice::from_ref(root);
        let (above, at) = (&self.intermediates, from.unix_seconds());
        let failed = |why: SignError| KeyError::Refused(why);
        match for_use {
            Use::Seal | Use::Token => {
                self.with_signer(|signer| cms::sign(Digest::ZERO, from, signer))
                    .map_err(failed)?;
                self.certificate.leads_to(roots, above, at)?;
            }
            Use::Time => {
                self.stamp(Digest::ZERO.into(), from).map_err(failed)?;
                self.certificate.stamps_under(roots, above, at)?;
            }
        }
        Ok(())
    }

    fn with_signer<T>(&self, work: impl FnOnce(&Signer<'_>) -> T) -> T {
        let sign = |message: &[u8]| self.key.sign(message);
        work(&Signer {
            certificate: &self.certificate,
            intermediates: &self.intermediates,
            sign: &sign,
        })
    }

    fn stamp(&self, content: Imprint, at: Timestamp) -> Result<Vec<u8>, SignError> {
        let serial = uuid::Uuid::new_v4().into_bytes();
        self.with_signer(|signer| stamp::make(content, at, serial, signer))
    }
}

#[cfg(test)]
#[path = "key_test.rs"]
mod tests;
