//! Making a detached signature.

use super::super::digest::Digest;
use super::super::timestamp::Timestamp;
use super::super::x509::Certificate;
use super::*;
use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedAttributes, SignedData, SignerIdentifier, SignerInfo,
    SignerInfos,
};
use der::asn1::SetOfVec;
use der::{Decode, Encode};
use x509_cert::attr::Attribute;

/// Who signs: a certificate and its private key, wherever that is kept (a file, a smart card, an HSM).
pub struct Signer<'a> {
    /// The seal certificate. Its key is on the curve P-256.
    pub certificate: &'a Certificate,
    /// Certificates between it and the root, without the root.
    pub intermediates: &'a [Certificate],
    /// Signs a message with ECDSA on P-256 and SHA-256; the signature is in ASN.1 form (RFC 3279, section 2.2.3).
    pub sign: &'a SignFn<'a>,
}

/// Signs a message.
pub type SignFn<'a> = dyn Fn(&[u8]) -> Result<Vec<u8>, SignError> + 'a;

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The private key could not be used.
    #[error("the seal key refused to sign: {0}")]
    Key(String),
    /// The structure could not be encoded.
    #[error("the signature could not be encoded: {0}")]
    Encoding(#[from] der::Error),
    /// The key does not fit the certificate.
    #[error("the seal key does not belong to the seal certificate")]
    KeyMismatch,
    /// A year that UTCTime cannot hold.
    #[error("the signing time is not between 1950 and 2049")]
    Time,
}

/// A detached signature in DER over the content whose SHA-256 is `content`, made at `at` by the signer's clock.
pub fn sign(content: Digest, at: Timestamp, signer: &Signer<'_>) -> Result<Vec<u8>, SignError> {
    let unenclosed = EncapsulatedContentInfo {
        econtent_type: ID_DATA,
        econtent: None,
    };
    signed_data(unenclosed, content, at, signer)
}

/// A signature in DER that encloses its content, which is of the type `content_type`.
pub(in super::super) fn sign_enclosed(
    content_type: ObjectIdentifier,
    content: &[u8],
    at: Timestamp,
    signer: &Signer<'_>,
) -> Result<Vec<u8>, SignError> {
    let enclosed = EncapsulatedContentInfo {
        econtent_type: content_type,
        econtent: Some(any(&OctetString::new(content)?)?),
    };
    signed_data(enclosed, Digest::of(content), at, signer)
}

fn signed_data(
    content: EncapsulatedContentInfo,
    digest: Digest,
    at: Timestamp,
    signer: &Signer<'_>,
) -> Result<Vec<u8>, SignError> {
    let attributes = signed_attributes(content.econtent_type, digest, at, signer)?;
    let message = attributes.to_der()?;
    let signature = (signer.sign)(&message)?;
    // A seal under the wrong certificate would be found out years later, when nobody can seal again.
    let fits = signer
        .certificate
        .verify_signature(&[webpki::ring::ECDSA_P256_SHA256], &message, &signature);
    if !fits {
        return Err(SignError::KeyMismatch);
    }

    let sha256 = AlgorithmIdentifierOwned {
        oid: SHA256,
        parameters: None,
    };
    let signer_info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(signer.certificate.issuer_and_serial()),
        digest_alg: sha256.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm: AlgorithmIdentifierOwned {
            oid: const_oid::db::rfc5912::ECDSA_WITH_SHA_256,
            parameters: None,
        },
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let certificates = std::iter::once(signer.certificate)
        .chain(signer.intermediates)
        .map(|c| CertificateChoices::Certificate(c.parsed().clone()))
        .collect::<Vec<_>>();
    let signed_data = SignedData {
        // RFC 5652, section 5.1: 3 where the content is not plain data.
        version: match content.econtent_type == ID_DATA {
            true => CmsVersion::V1,
            false => CmsVersion::V3,
        },
        digest_algorithms: SetOfVec::try_from(vec![sha256])?,
        encap_content_info: content,
        certificates: Some(CertificateSet(SetOfVec::try_from(certificates)?)),
        crls: None,
        signer_infos: SignerInfos(SetOfVec::try_from(vec![signer_info])?),
    };
    Ok(ContentInfo {
        content_type: ID_SIGNED_DATA,
        content: any(&signed_data)?,
    }
    .to_der()?)
}

fn signed_attributes(
    content_type: ObjectIdentifier,
    content: Digest,
    at: Timestamp,
    signer: &Signer<'_>,
) -> Result<SignedAttributes, SignError> {
    let seconds = u64::try_from(at.unix_seconds()).map_err(|_| SignError::Time)?;
    let time = der::asn1::UtcTime::from_unix_duration(std::time::Duration::from_secs(seconds))
        .map_err(|_| SignError::Time)?;
    let certs = std::iter::once(signer.certificate)
        .chain(signer.intermediates)
        .map(|c| {
            Ok(EssCertIdV2 {
                hash_algorithm: None,
                cert_hash: OctetString::new(c.fingerprint().0)?,
                issuer_serial: None,
            })
        })
        .collect::<Result<Vec<_>, der::Error>>()?;
    let signing_certificate = SigningCertificateV2 {
        certs,
        policies: None,
    };
    let attributes = vec![
        attribute(CONTENT_TYPE, any(&content_type)?)?,
        attribute(MESSAGE_DIGEST, any(&OctetString::new(content.0)?)?)?,
        attribute(SIGNING_TIME, any(&time)?)?,
        attribute(SIGNING_CERTIFICATE_V2, any(&signing_certificate)?)?,
    ];
    Ok(SignedAttributes::try_from(attributes)?)
}

fn attribute(oid: ObjectIdentifier, value: Any) -> Result<Attribute, der::Error> {
    Ok(Attribute {
        oid,
        values: SetOfVec::try_from(vec![value])?,
    })
}

fn any(value: &impl Encode) -> Result<Any, der::Error> {
    Any::from_der(&value.to_der()?)
}
