//! Reading and checking a detached signature that may come from an enemy.

use super::super::timestamp::Timestamp;
use super::super::x509::{Certificate, CertificateError, der_of};
use super::*;
use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignedAttributes, SignedData, SignerIdentifier, SignerInfo};
use der::{Decode, Encode};
use rustls_pki_types::SignatureVerificationAlgorithm;
use time::OffsetDateTime;
use x509_cert::time::Time;

/// What a good signature says.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The certificate whose key signed.
    pub certificate: Certificate,
    /// Other enclosed certificates.
    pub intermediates: Vec<Certificate>,
    /// When it was signed, by the signer's own clock. Nothing but the signer's word.
    pub signing_time: Timestamp,
}

/// Why a signature is refused.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// Larger than the profile allows.
    #[error("the signature file is larger than {SIGNATURE_BYTES_MAX} bytes")]
    TooLarge,
    /// Not CMS.
    #[error("not a CMS signature: {0}")]
    Form(String),
    /// CMS, but not as the profile wants it.
    #[error("not a signature of this format: {0}")]
    Profile(&'static str),
    /// An algorithm that is not accepted.
    #[error("the signature uses an algorithm that is not accepted: {0}")]
    Algorithm(String),
    /// An enclosed certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The content is not what was signed.
    #[error("the content is not what was signed")]
    Content,
    /// The signature does not match.
    #[error("the signature does not match its certificate")]
    Mismatch,
}

/// Checks that `signature` is a signature over exactly `content`, made with the key of the certificate that it names.
///
/// Whose certificate that is, is another question: see [`Certificate::leads_to`].
pub fn verify(signature: &[u8], content: &[u8]) -> Result<Signed, SignatureError> {
    if signature.len() as u64 > SIGNATURE_BYTES_MAX {
        return Err(SignatureError::TooLarge);
    }
    let form = |e: der::Error| SignatureError::Form(e.to_string());
    let info = ContentInfo::from_der(signature).map_err(form)?;
    if info.content_type != ID_SIGNED_DATA {
        return Err(SignatureError::Profile("it is not SignedData"));
    }
    let data: SignedData = info.content.decode_as().map_err(form)?;
    // What the parser sorted or passed over would show here as other bytes.
    let again = ContentInfo {
        content_type: ID_SIGNED_DATA,
        content: Any::encode_from(&data).map_err(form)?,
    };
    if again.to_der().map_err(form)? != signature {
        return Err(SignatureError::Profile("it is not in DER"));
    }
    let signer = only_signer(&data)?;
    let attributes = signer
        .signed_attrs
        .as_ref()
        .ok_or(SignatureError::Profile("it has no signed attributes"))?;
    if attributes.len() != 4 {
        return Err(SignatureError::Profile(
            "it has other signed attributes than the four",
        ));
    }

    let content_type: ObjectIdentifier = value(attributes, CONTENT_TYPE)?;
    if content_type != ID_DATA || data.encap_content_info.econtent_type != ID_DATA {
        return Err(SignatureError::Profile("the content type is not data"));
    }
    let digest: OctetString = value(attributes, MESSAGE_DIGEST)?;
    let signing_time: Time = value(attributes, SIGNING_TIME)?;
    let named: SigningCertificateV2 = value(attributes, SIGNING_CERTIFICATE_V2)?;

    let (certificate, intermediates) = certificates(&data, &named)?;
    if signer.sid != SignerIdentifier::IssuerAndSerialNumber(certificate.issuer_and_serial()) {
        return Err(SignatureError::Profile(
            "the signer is not the certificate it names",
        ));
    }
    // Signed is the SET OF attributes in DER, not the implicitly tagged form in the file (RFC 5652, section 5.4).
    let message = der_of(attributes).map_err(SignatureError::Form)?;
    let algorithms = algorithms(signer)?;
    if !certificate.verify_signature(&algorithms, &message, signer.signature.as_bytes()) {
        return Err(SignatureError::Mismatch);
    }
    // Last: only of a signature that holds can it be said that the content, and not the signature, was changed.
    if digest_of(&signer.digest_alg, content)? != digest.as_bytes() {
        return Err(SignatureError::Content);
    }
    let seconds = signing_time.to_unix_duration().as_secs();
    let signing_time = i64::try_from(seconds)
        .ok()
        .and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok())
        .map(Timestamp::new)
        .ok_or(SignatureError::Profile("the signing time is out of range"))?;
    Ok(Signed {
        certificate,
        intermediates,
        signing_time,
    })
}

fn only_signer(data: &SignedData) -> Result<&SignerInfo, SignatureError> {
    let profile = SignatureError::Profile;
    if data.version != CmsVersion::V1 {
        return Err(profile("the version is not 1"));
    }
    if data.encap_content_info.econtent.is_some() {
        return Err(profile("it holds content of its own"));
    }
    if data.crls.is_some() {
        return Err(profile("it holds revocation lists"));
    }
    let [signer] = data.signer_infos.0.as_slice() else {
        return Err(profile("it does not have exactly one signer"));
    };
    if signer.version != CmsVersion::V1 {
        return Err(profile("the signer's version is not 1"));
    }
    if signer.unsigned_attrs.is_some() {
        return Err(profile("it has unsigned attributes"));
    }
    let [digest] = data.digest_algorithms.as_slice() else {
        return Err(profile("it does not have exactly one digest algorithm"));
    };
    if *digest != signer.digest_alg {
        return Err(profile("the signer uses another digest algorithm than announced"));
    }
    Ok(signer)
}

/// The only value of the only attribute with that name.
pub(in super::super) fn value<'a, T>(
    attributes: &'a SignedAttributes,
    oid: ObjectIdentifier,
) -> Result<T, SignatureError>
where
    T: AttributeValue<'a>,
{
    let mut found = attributes.iter().filter(|a| a.oid == oid);
    let (Some(attribute), None) = (found.next(), found.next()) else {
        return Err(SignatureError::Profile(
            "a signed attribute is missing or repeated",
        ));
    };
    let [value] = attribute.values.as_slice() else {
        return Err(SignatureError::Profile(
            "a signed attribute has not exactly one value",
        ));
    };
    T::from_any(value).map_err(|e| SignatureError::Form(e.to_string()))
}

/// What stands in an attribute.
pub(in super::super) trait AttributeValue<'a>: Sized {
    fn from_any(value: &'a Any) -> der::Result<Self>;
}

macro_rules! attribute_values {
    ($($type:ty),*) => {$(
        impl<'a> AttributeValue<'a> for $type {
            fn from_any(value: &'a Any) -> der::Result<Self> {
                value.decode_as()
            }
        }
    )*};
}
attribute_values!(ObjectIdentifier, OctetString, SigningCertificateV2);

impl<'a> AttributeValue<'a> for Time {
    fn from_any(value: &'a Any) -> der::Result<Self> {
        Time::from_der(&value.to_der()?)
    }
}

/// The signer's certificate and the others, every one of which must be listed in signing-certificate-v2.
fn certificates(
    data: &SignedData,
    named: &SigningCertificateV2,
) -> Result<(Certificate, Vec<Certificate>), SignatureError> {
    let enclosed = data.certificates.as_ref().map_or(&[][..], |c| c.0.as_slice());
    if enclosed.len() > CERTIFICATES_MAX || enclosed.len() != named.certs.len() || named.policies.is_some() {
        return Err(SignatureError::Profile(
            "signing-certificate-v2 does not list exactly the enclosed certificates",
        ));
    }
    let mut enclosed = enclosed
        .iter()
        .map(|choice| match choice {
            CertificateChoices::Certificate(c) => {
                Ok(Certificate::from_der(&der_of(c).map_err(SignatureError::Form)?)?)
            }
            CertificateChoices::Other(_) => Err(SignatureError::Profile(
                "it holds a certificate that is not X.509",
            )),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut listed = Vec::with_capacity(named.certs.len());
    for id in &named.certs {
        let mut found = None;
        for (index, certificate) in enclosed.iter().enumerate() {
            if hash_of(id, certificate.der())? == id.cert_hash.as_bytes() {
                found = Some(index);
            }
        }
        let index = found.ok_or(SignatureError::Profile(
            "signing-certificate-v2 lists a certificate that is not enclosed",
        ))?;
        listed.push(enclosed.swap_remove(index));
    }
    let mut listed = listed.into_iter();
    let signer = listed
        .next()
        .ok_or(SignatureError::Profile("it holds no certificate"))?;
    Ok((signer, listed.collect()))
}

fn hash_of(id: &EssCertIdV2, certificate: &[u8]) -> Result<Vec<u8>, SignatureError> {
    match &id.hash_algorithm {
        None => Ok(super::super::digest::Digest::of(certificate).0.to_vec()),
        Some(algorithm) => digest_of(algorithm, certificate),
    }
}

pub(in super::super) fn digest_of(
    algorithm: &AlgorithmIdentifierOwned,
    content: &[u8],
) -> Result<Vec<u8>, SignatureError> {
    let ring_algorithm = match algorithm.oid {
        SHA256 => &ring::digest::SHA256,
        SHA384 => &ring::digest::SHA384,
        SHA512 => &ring::digest::SHA512,
        other => return Err(SignatureError::Algorithm(other.to_string())),
    };
    if !digest_parameters_fit(algorithm) {
        return Err(SignatureError::Profile("a digest algorithm has parameters"));
    }
    Ok(ring::digest::digest(ring_algorithm, content).as_ref().to_vec())
}

/// The algorithms that the signature's identifier may stand for; the curve is the key's.
pub(in super::super) fn algorithms(
    signer: &SignerInfo,
) -> Result<Vec<&'static dyn SignatureVerificationAlgorithm>, SignatureError> {
    use const_oid::db::rfc5912 as oid;
    use webpki::ring as alg;
    let algorithm = &signer.signature_algorithm;
    let rsa: bool = [
        oid::RSA_ENCRYPTION,
        oid::SHA_256_WITH_RSA_ENCRYPTION,
        oid::SHA_384_WITH_RSA_ENCRYPTION,
        oid::SHA_512_WITH_RSA_ENCRYPTION,
    ]
    .contains(&algorithm.oid);
    let parameters_fit = match rsa {
        true => digest_parameters_fit(algorithm),
        false => algorithm.parameters.is_none(),
    };
    if !parameters_fit {
        return Err(SignatureError::Profile("the signature algorithm has parameters"));
    }
    match (algorithm.oid, signer.digest_alg.oid) {
        (oid::ECDSA_WITH_SHA_256, SHA256) => Ok(vec![alg::ECDSA_P256_SHA256, alg::ECDSA_P384_SHA256]),
        (oid::ECDSA_WITH_SHA_384, SHA384) => Ok(vec![alg::ECDSA_P384_SHA384, alg::ECDSA_P256_SHA384]),
        (oid::RSA_ENCRYPTION | oid::SHA_256_WITH_RSA_ENCRYPTION, SHA256) => {
            Ok(vec![alg::RSA_PKCS1_2048_8192_SHA256])
        }
        (oid::RSA_ENCRYPTION | oid::SHA_384_WITH_RSA_ENCRYPTION, SHA384) => {
            Ok(vec![alg::RSA_PKCS1_2048_8192_SHA384])
        }
        (oid::RSA_ENCRYPTION | oid::SHA_512_WITH_RSA_ENCRYPTION, SHA512) => {
            Ok(vec![alg::RSA_PKCS1_2048_8192_SHA512])
        }
        (other, digest) => Err(SignatureError::Algorithm(format!("{other} with {digest}"))),
    }
}
