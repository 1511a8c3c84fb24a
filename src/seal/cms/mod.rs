//! Detached signatures: CMS SignedData (RFC 5652) in the profile of `oyer/seal/1`.
//!
//! The profile is narrow, so that no byte of a signature file can change unnoticed, although a CMS signature by itself
//! leaves many of its own bytes unprotected:
//! - one signer, named by issuer and serial number; no content inside; no revocation lists; no unsigned attributes;
//! - signed attributes: content-type, message-digest, signing-time, signing-certificate-v2 (RFC 5035), each once;
//! - signing-certificate-v2 lists the digests of all enclosed certificates, the signer's first;
//! - the file is DER, and encoding what was read gives the same bytes again.

mod sign;
mod verify;

pub(super) use sign::sign_enclosed;
pub use sign::{SignError, SignFn, Signer, sign};
pub(super) use verify::{AttributeValue, algorithms, digest_of, value};
pub use verify::{SignatureError, Signed, verify};

use der::asn1::{Any, ObjectIdentifier, OctetString};
use der::{Sequence, Tag};
use spki::AlgorithmIdentifierOwned;

/// Largest signature file in bytes.
pub const SIGNATURE_BYTES_MAX: u64 = 256 * 1024;
/// Most certificates in a signature.
const CERTIFICATES_MAX: usize = 8;

const ID_DATA: ObjectIdentifier = const_oid::db::rfc5911::ID_DATA;
pub(super) const ID_SIGNED_DATA: ObjectIdentifier = const_oid::db::rfc5911::ID_SIGNED_DATA;
pub(super) const CONTENT_TYPE: ObjectIdentifier = const_oid::db::rfc5911::ID_CONTENT_TYPE;
pub(super) const MESSAGE_DIGEST: ObjectIdentifier = const_oid::db::rfc5911::ID_MESSAGE_DIGEST;
const SIGNING_TIME: ObjectIdentifier = const_oid::db::rfc5911::ID_SIGNING_TIME;
/// id-aa-signingCertificateV2, RFC 5035 section 3.
pub(super) const SIGNING_CERTIFICATE_V2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

pub(super) const SHA256: ObjectIdentifier = const_oid::db::rfc5912::ID_SHA_256;
const SHA384: ObjectIdentifier = const_oid::db::rfc5912::ID_SHA_384;
pub(super) const SHA512: ObjectIdentifier = const_oid::db::rfc5912::ID_SHA_512;

/// ESSCertIDv2 (RFC 5035, section 4). The hash is SHA-256 where no algorithm is named.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct EssCertIdV2 {
    #[asn1(optional = "true")]
    pub(super) hash_algorithm: Option<AlgorithmIdentifierOwned>,
    pub(super) cert_hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}

/// SigningCertificateV2 (RFC 5035, section 3).
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct SigningCertificateV2 {
    pub(super) certs: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

/// Whether the parameters of a digest algorithm are as RFC 5754 wants them: absent, or NULL for old software.
fn digest_parameters_fit(algorithm: &AlgorithmIdentifierOwned) -> bool {
    use der::Tagged;
    match &algorithm.parameters {
        None => true,
        Some(parameters) => parameters.tag() == Tag::Null && parameters.value().is_empty(),
    }
}
