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

impl MessageImprint {
    /// By SHA-256, which is what we ask for and what we stamp.
    fn sha256(digest: super::digest::Digest) -> der::Result<Self> {
        Ok(Self {
            algorithm: spki::AlgorithmIdentifierOwned {
                oid: super::cms::SHA256,
                parameters: None,
            },
            hash: der::asn1::OctetString::new(digest.0)?,
        })
    }
}
