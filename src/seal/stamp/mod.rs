//! Time-stamps (RFC 3161): somebody's signed word that a seal existed at a time.
//!
//! What is stamped is the signature file of the seal, byte for byte, so that the stamp speaks of the signature and not
//! only of what was signed. The file beside it is the authority's answer (TimeStampResp) exactly as it was received:
//! `openssl ts -verify` reads it. An authority is not ours to shape, so no narrow profile can be asked of it as of our own
//! signatures; the tag manifest protects every byte of its answer in a bundle that is handed out.

mod make;
mod request;
mod verify;

pub use make::make;
pub use request::request;
pub use verify::{StampError, Stamped, verify};

use super::digest::{Digest, Digest512};
use der::asn1::ObjectIdentifier;

/// Largest time-stamp file in bytes.
pub const STAMP_BYTES_MAX: u64 = 64 * 1024;

/// id-ct-TSTInfo, RFC 3161 section 2.4.2.
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// A hash and its algorithm, as request and answer name what is stamped.
#[derive(Clone, Debug, PartialEq, Eq, der::Sequence)]
struct MessageImprint {
    algorithm: spki::AlgorithmIdentifierOwned,
    hash: der::asn1::OctetString,
}

/// The digest of what is to be stamped.
#[derive(Debug, Clone, Copy)]
pub enum Imprint {
    /// Of a seal's signature.
    Sha256(Digest),
    /// Of a reseal.
    Sha512(Digest512),
}

impl From<Digest> for Imprint {
    fn from(digest: Digest) -> Self {
        Self::Sha256(digest)
    }
}

impl From<Digest512> for Imprint {
    fn from(digest: Digest512) -> Self {
        Self::Sha512(digest)
    }
}

impl MessageImprint {
    fn of(imprint: Imprint) -> der::Result<Self> {
        let (oid, hash) = match &imprint {
            Imprint::Sha256(digest) => (super::cms::SHA256, &digest.0[..]),
            Imprint::Sha512(digest) => (super::cms::SHA512, &digest.0[..]),
        };
        Ok(Self {
            algorithm: spki::AlgorithmIdentifierOwned {
                oid,
                parameters: None,
            },
            hash: der::asn1::OctetString::new(hash)?,
        })
    }
}
