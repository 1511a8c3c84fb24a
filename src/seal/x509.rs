//! Certificates: reading them, naming them, and whether one leads to a trusted root (RFC 5280).

use super::digest::Digest;
use der::asn1::ObjectIdentifier;
use der::{Decode, Encode};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, UnixTime};
use std::time::Duration;
use time::OffsetDateTime;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage};

/// Largest certificate file in bytes.
pub const PEM_BYTES_MAX: u64 = 256 * 1024;

/// Algorithms with which certificates of the chain may be signed.
const CHAIN_ALGORITHMS: &[&dyn rustls_pki_types::SignatureVerificationAlgorithm] = &[
    webpki::ring::ECDSA_P256_SHA256,
    webpki::ring::ECDSA_P256_SHA384,
    webpki::ring::ECDSA_P384_SHA256,
    webpki::ring::ECDSA_P384_SHA384,
    webpki::ring::ED25519,
    webpki::ring::RSA_PKCS1_2048_8192_SHA256,
    webpki::ring::RSA_PKCS1_2048_8192_SHA384,
    webpki::ring::RSA_PKCS1_2048_8192_SHA512,
    webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    webpki::ring::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    webpki::ring::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];

/// What is wrong with a certificate or its chain.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The file holds no certificate.
    #[error("there is no certificate in PEM form")]
    NoCertificate,
    /// PEM armour (RFC 7468) is broken.
    #[error("not a PEM file: {0}")]
    Pem(String),
    /// Not an X.509 certificate.
    #[error("not an X.509 certificate: {0}")]
    Form(String),
    /// It does not lead to a trusted root, or did not at that time.
    #[error("the certificate does not lead to a trusted root: {0}")]
    Chain(String),
    /// The certificate is not meant for signatures.
    #[error("the certificate is not meant for signatures (key usage)")]
    Usage,
    /// The certificate is not meant for time-stamps, or not for them alone.
    #[error("the certificate is not one for time-stamps alone (extended key usage, critical)")]
    NotForTimeStamps,
    /// The root was not valid at that time.
    #[error("the root certificate was not valid at that time")]
    RootExpired,
    /// A time before 1970.
    #[error("the time is before 1970")]
    Time,
}

/// A certificate that can be read. Holds its exact bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: CertificateDer<'static>,
    parsed: x509_cert::Certificate,
}

impl Certificate {
    /// From its DER form.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let parsed =
            x509_cert::Certificate::from_der(der).map_err(|e| CertificateError::Form(e.to_string()))?;
        Ok(Self {
            der: CertificateDer::from(der.to_vec()),
            parsed,
        })
    }

    /// Every certificate of a PEM file; at least one.
    pub fn all_from_pem(pem: &[u8]) -> Result<Vec<Self>, CertificateError> {
        let all = CertificateDer::pem_slice_iter(pem)
            .map(|der| Self::from_der(&der.map_err(|e| CertificateError::Pem(e.to_string()))?))
            .collect::<Result<Vec<_>, _>>()?;
        if all.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        Ok(all)
    }

    /// DER form.
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// Fields of the certificate.
    pub fn fields(&self) -> &x509_cert::TbsCertificate {
        &self.parsed.tbs_certificate
    }

    /// The whole parsed certificate.
    pub(super) fn parsed(&self) -> &x509_cert::Certificate {
        &self.parsed
    }

    /// SHA-256 of the DER form.
    pub fn fingerprint(&self) -> Digest {
        Digest::of(&self.der)
    }

    /// The subject as text (RFC 4514).
    pub fn subject(&self) -> String {
        self.fields().subject.to_string()
    }

    /// The certificate in PEM form, as OpenSSL writes it.
    pub fn to_pem(&self) -> Result<String, CertificateError> {
        der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, &self.der)
            .map_err(|e| CertificateError::Form(e.to_string()))
    }

    /// Seconds since 1970 from which and until which it is valid.
    fn validity(&self) -> (u64, u64) {
        let validity = self.fields().validity;
        let seconds = |t: x509_cert::time::Time| t.to_unix_duration().as_secs();
        (seconds(validity.not_before), seconds(validity.not_after))
    }

    /// From when it is valid.
    pub fn valid_from(&self) -> OffsetDateTime {
        instant(self.validity().0)
    }

    /// Until when it is valid.
    pub fn valid_until(&self) -> OffsetDateTime {
        instant(self.validity().1)
    }

    /// Whether the key may sign things: digitalSignature or nonRepudiation, where a key usage is given.
    fn may_sign(&self) -> Result<bool, CertificateError> {
        match self.fields().get::<KeyUsage>() {
            Ok(None) => Ok(true),
            Ok(Some((_, usage))) => Ok(usage.digital_signature() || usage.non_repudiation()),
            Err(e) => Err(CertificateError::Form(e.to_string())),
        }
    }

    /// Whether the certificate leads, by way of `intermediates`, to one of `roots`, all of them valid at
    /// `unix_seconds`, and may sign documents. Returns the root.
    ///
    /// Revocation is not looked up: that needs a network, and the answer of a later day.
    pub fn leads_to<'r>(
        &self,
        roots: &'r [Certificate],
        intermediates: &[Certificate],
        unix_seconds: i64,
    ) -> Result<&'r Certificate, CertificateError> {
        self.path_to(roots, intermediates, unix_seconds, Purpose::Documents)
    }

    /// Like [`Certificate::leads_to`], for a certificate that time-stamps are made with: it is for nothing else, and
    /// says so in a critical extension (RFC 3161, section 2.3).
    pub fn stamps_under<'r>(
        &self,
        roots: &'r [Certificate],
        intermediates: &[Certificate],
        unix_seconds: i64,
    ) -> Result<&'r Certificate, CertificateError> {
        let usage = self.fields().get::<ExtendedKeyUsage>();
        match usage.map_err(|e| CertificateError::Form(e.to_string()))? {
            Some((true, usage)) if usage.0 == [TIME_STAMPING] => {}
            _ => return Err(CertificateError::NotForTimeStamps),
        }
        self.path_to(roots, intermediates, unix_seconds, Purpose::TimeStamps)
    }

    fn path_to<'r>(
        &self,
        roots: &'r [Certificate],
        intermediates: &[Certificate],
        unix_seconds: i64,
        purpose: Purpose,
    ) -> Result<&'r Certificate, CertificateError> {
        let at = u64::try_from(unix_seconds).map_err(|_| CertificateError::Time)?;
        if !self.may_sign()? {
            return Err(CertificateError::Usage);
        }
        let chain_error = |e: webpki::Error| CertificateError::Chain(in_words(&e));
        let intermediates: Vec<_> = intermediates.iter().map(|c| c.der.clone()).collect();
        let end_entity = webpki::EndEntityCert::try_from(&self.der).map_err(chain_error)?;
        let mut result = Err(CertificateError::NoCertificate);
        // One root at a time, so that we know which one it was.
        for root in roots {
            let anchor = [webpki::anchor_from_trusted_cert(&root.der).map_err(chain_error)?];
            let path = end_entity.verify_for_usage(
                CHAIN_ALGORITHMS,
                &anchor,
                &intermediates,
                UnixTime::since_unix_epoch(Duration::from_secs(at)),
                purpose,
                None,
                None,
            );
            match path {
                // webpki takes an anchor as valid for ever; OpenSSL does not, and neither do we.
                Ok(_) => {
                    let (from, until) = root.validity();
                    if (from..=until).contains(&at) {
                        return Ok(root);
                    }
                    result = Err(CertificateError::RootExpired);
                }
                Err(e) => result = Err(chain_error(e)),
            }
        }
        result
    }

    /// The algorithms that fit a signature with `algorithm` and `digest` under this certificate's key: they are tried
    /// in turn, since the curve stands in the key and not in the algorithm.
    pub(super) fn verify_signature(
        &self,
        algorithms: &[&dyn rustls_pki_types::SignatureVerificationAlgorithm],
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let Ok(key) = webpki::EndEntityCert::try_from(&self.der) else {
            return false;
        };
        algorithms
            .iter()
            .any(|algorithm| key.verify_signature(*algorithm, message, signature).is_ok())
    }

    /// Issuer and serial number, as a signature names its signer (RFC 5652, section 10.2.4).
    pub(super) fn issuer_and_serial(&self) -> cms::cert::IssuerAndSerialNumber {
        cms::cert::IssuerAndSerialNumber {
            issuer: self.fields().issuer.clone(),
            serial_number: self.fields().serial_number.clone(),
        }
    }
}

/// What a certificate is to be used for: the extended key usages that fit, where any are given.
#[derive(Clone, Copy)]
enum Purpose {
    /// Document signing (RFC 9336), e-mail protection, or any.
    Documents,
    /// Time-stamping, or any: the signer's own certificate is held to more before.
    TimeStamps,
}

const ANY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
/// id-kp-timeStamping, RFC 5280 section 4.2.1.12.
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");

impl Purpose {
    fn usages(self) -> &'static [ObjectIdentifier] {
        const DOCUMENTS: &[ObjectIdentifier] = &[
            ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36"),
            ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4"),
            ANY_USAGE,
        ];
        match self {
            Self::Documents => DOCUMENTS,
            Self::TimeStamps => &[TIME_STAMPING, ANY_USAGE],
        }
    }

    /// The usage named in an error.
    fn required(self) -> webpki::KeyUsage {
        webpki::KeyUsage::required(match self {
            Self::Documents => &[0x2b, 6, 1, 5, 5, 7, 3, 36],
            Self::TimeStamps => &[0x2b, 6, 1, 5, 5, 7, 3, 8],
        })
    }
}

impl webpki::ExtendedKeyUsageValidator for Purpose {
    fn validate(&self, present: webpki::KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        let mut none = true;
        for purpose in present {
            none = false;
            let purpose = purpose?.to_decoded_oid();
            let fits = |usage: &ObjectIdentifier| {
                usage
                    .arcs()
                    .map(|a| usize::try_from(a).ok())
                    .eq(purpose.iter().copied().map(Some))
            };
            if self.usages().iter().any(fits) {
                return Ok(());
            }
        }
        match none {
            true => Ok(()),
            false => Err(webpki::Error::RequiredEkuNotFoundContext(
                webpki::RequiredEkuNotFoundContext {
                    required: self.required(),
                    present: Vec::new(),
                },
            )),
        }
    }
}

/// The errors that a person will meet, in plain words.
fn in_words(error: &webpki::Error) -> String {
    match error {
        // The second: a root of the same name, but with another key.
        webpki::Error::UnknownIssuer | webpki::Error::InvalidSignatureForPublicKey => {
            "none of the trusted roots issued it".into()
        }
        webpki::Error::CertExpired { .. } => "it had run out at the time of signing".into(),
        webpki::Error::CertNotValidYet { .. } => "it was not yet valid at the time of signing".into(),
        other => other.to_string(),
    }
}

/// Seconds since 1970 as an instant; the end of time where there is no such instant.
fn instant(seconds: u64) -> OffsetDateTime {
    i64::try_from(seconds)
        .ok()
        .and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok())
        .unwrap_or(time::PrimitiveDateTime::MAX.assume_utc())
}

/// DER of anything, with the error as text.
pub(super) fn der_of(value: &impl Encode) -> Result<Vec<u8>, String> {
    value.to_der().map_err(|e| e.to_string())
}
