//! A certificate and its private key: found in the key folder, or made there, or in a token.

use super::files::{content, newest, one_certificate, private_key, put, read_private, write_private};
use super::issuing::OwnRoot;
use super::private::PrivateKey;
use super::{Issued, KeyError, RENEW_BEFORE_END, Token, Use};
use crate::seal::cms::{self, SignError, Signer};
use crate::seal::digest::Digest;
use crate::seal::stamp::{self, Imprint};
use crate::seal::timestamp::Timestamp;
use crate::seal::x509::Certificate;
use rcgen::PublicKeyData;
use std::path::Path;
use std::sync::Arc;
use time::OffsetDateTime;

/// A key folder at some moment.
pub(super) struct Folder<'a> {
    pub(super) path: &'a Path,
    pub(super) root: &'a Certificate,
    pub(super) organisation: &'a str,
    pub(super) now: OffsetDateTime,
}

impl Folder<'_> {
    /// The newest pair with its key in a file; made where there is none or where it is near its end, which is the second
    /// answer.
    pub(super) fn pair(&self, for_use: Use) -> Result<(Pair, bool), KeyError> {
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
    pub(super) fn pair_in_token(&self, token: &Arc<Token>) -> Result<(Pair, bool), KeyError> {
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
pub(super) struct PublicKey(pub(super) Vec<u8>);

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
pub(super) struct Pair {
    pub(super) certificate: Certificate,
    /// Between it and the root.
    intermediates: Vec<Certificate>,
    key: Arc<dyn PrivateKey>,
    /// Whether they were seen to belong together.
    pub(super) tried: bool,
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
    pub(super) fn issued(token: &Arc<Token>, issued: &Issued) -> Result<Self, KeyError> {
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

    pub(super) fn with_signer<T>(&self, work: impl FnOnce(&Signer<'_>) -> T) -> T {
        let sign = |message: &[u8]| self.key.sign(message);
        work(&Signer {
            certificate: &self.certificate,
            intermediates: &self.intermediates,
            sign: &sign,
        })
    }

    pub(super) fn stamp(&self, content: Imprint, at: Timestamp) -> Result<Vec<u8>, SignError> {
        let serial = uuid::Uuid::new_v4().into_bytes();
        self.with_signer(|signer| stamp::make(content, at, serial, signer))
    }
}
