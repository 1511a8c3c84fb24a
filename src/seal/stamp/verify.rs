//! Reading and checking a time-stamp that may come from an enemy.

use super::request::positive;
use super::{MessageImprint, STAMP_BYTES_MAX, TST_INFO};
use crate::seal::cms::{self, EssCertIdV2, SignatureError, SigningCertificateV2};
use crate::seal::timestamp::Timestamp;
use crate::seal::x509::{Certificate, CertificateError, der_of};
use ::cms::cert::CertificateChoices;
use ::cms::content_info::ContentInfo;
use ::cms::signed_data::{SignedAttributes, SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{Any, AnyRef, Int, ObjectIdentifier, OctetString};
use der::{Decode, Reader, SliceReader, Tag, Tagged};
use time::format_description::FormatItem;
use time::macros::format_description;
use time::{Duration, PrimitiveDateTime};
use x509_cert::ext::Extension;

/// Most certificates in a stamp.
const CERTIFICATES_MAX: usize = 16;
/// id-aa-signingCertificate, RFC 2634 section 5.4: by SHA-1, as RFC 3161 had it before RFC 5816.
const SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");

/// What a good time-stamp says.
#[derive(Debug, Clone)]
pub struct Stamped {
    /// When the stamped bytes were there, by the authority's clock.
    pub at: Timestamp,
    /// The authority's certificate.
    pub certificate: Certificate,
    /// Other enclosed certificates.
    pub intermediates: Vec<Certificate>,
    /// The number that the request had, if any, as in the file.
    nonce: Option<Vec<u8>>,
}

impl Stamped {
    /// Whether it answers the request that had this number.
    pub fn answers(&self, nonce: u64) -> bool {
        self.nonce.as_deref() == Some(&positive(&nonce.to_be_bytes()))
    }

    /// The one of `roots` under which the authority stamps, where all certificates on the way were valid when it did.
    pub fn root<'r>(&self, roots: &'r [Certificate]) -> Result<&'r Certificate, CertificateError> {
        self.certificate
            .stamps_under(roots, &self.intermediates, self.at.unix_seconds())
    }
}

/// Why a time-stamp is refused.
#[derive(Debug, thiserror::Error)]
pub enum StampError {
    /// Larger than the format allows.
    #[error("the time-stamp is larger than {STAMP_BYTES_MAX} bytes")]
    TooLarge,
    /// Not the answer of a time-stamp authority.
    #[error("not a time-stamp: {0}")]
    Form(String),
    /// The authority refused.
    #[error("the authority made no stamp (status {0})")]
    Refused(u64),
    /// An answer, but not as RFC 3161 wants it.
    #[error("not a time-stamp of RFC 3161: {0}")]
    Profile(&'static str),
    /// The signature of the authority.
    #[error("the time-stamp's signature: {0}")]
    Signature(#[from] SignatureError),
    /// An enclosed certificate cannot be read.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// It is over other bytes.
    #[error("it is not what was stamped")]
    Content,
}

impl From<der::Error> for StampError {
    fn from(error: der::Error) -> Self {
        Self::Form(error.to_string())
    }
}

/// Checks that `answer` (TimeStampResp in DER) is a time-stamp over exactly `stamped`, made with the key of the
/// certificate that it names. Whose certificate that is, is another question: see [`Stamped::root`].
pub fn verify(answer: &[u8], stamped: &[u8]) -> Result<Stamped, StampError> {
    let profile = StampError::Profile;
    if answer.len() as u64 > STAMP_BYTES_MAX {
        return Err(StampError::TooLarge);
    }
    let info = ContentInfo::from_der(&token(answer)?)?;
    if info.content_type != cms::ID_SIGNED_DATA {
        return Err(profile("it is not SignedData"));
    }
    let data: SignedData = info.content.decode_as()?;
    let enclosed = &data.encap_content_info;
    if enclosed.econtent_type != TST_INFO {
        return Err(profile("it does not hold a TSTInfo"));
    }
    let content = enclosed.econtent.as_ref().ok_or(profile("it holds nothing"))?;
    let content: OctetString = content.decode_as()?;
    let [signer] = data.signer_infos.0.as_slice() else {
        return Err(profile("it does not have exactly one signer"));
    };
    let attributes = signer
        .signed_attrs
        .as_ref()
        .ok_or(profile("it has no signed attributes"))?;

    let (certificate, intermediates) = certificates(&data, signer, attributes)?;
    let message = der_of(attributes).map_err(StampError::Form)?;
    let algorithms = cms::algorithms(signer)?;
    if !certificate.verify_signature(&algorithms, &message, signer.signature.as_bytes()) {
        return Err(SignatureError::Mismatch.into());
    }
    let content_type: ObjectIdentifier = cms::value(attributes, cms::CONTENT_TYPE)?;
    if content_type != TST_INFO {
        return Err(profile("the signed content type is not TSTInfo"));
    }
    let digest: OctetString = cms::value(attributes, cms::MESSAGE_DIGEST)?;
    if cms::digest_of(&signer.digest_alg, content.as_bytes())? != digest.as_bytes() {
        return Err(SignatureError::Content.into());
    }
    let info = TstInfo::parse(content.as_bytes())?;
    // Last, so that it is said of a stamp that holds: it is over something else.
    if cms::digest_of(&info.imprint.algorithm, stamped)? != info.imprint.hash.as_bytes() {
        return Err(StampError::Content);
    }
    Ok(Stamped {
        at: info.at,
        certificate,
        intermediates,
        nonce: info.nonce,
    })
}

/// The token of an answer (TimeStampResp) by which the request was granted.
fn token(answer: &[u8]) -> Result<Vec<u8>, StampError> {
    let mut reader = SliceReader::new(answer)?;
    let (status, token) = reader.sequence(|inner| {
        let status: AnyRef<'_> = inner.decode()?;
        let token = Option::<AnyRef<'_>>::decode(inner)?;
        Ok((status, token))
    })?;
    reader.finish(())?;
    if status.tag() != Tag::Sequence {
        return Err(StampError::Profile("it has no status"));
    }
    let status = u64::decode(&mut SliceReader::new(status.value())?)?;
    match (status, token) {
        // granted, granted with modifications
        (0 | 1, Some(token)) => der_of(&token).map_err(StampError::Form),
        _ => Err(StampError::Refused(status)),
    }
}

/// The authority's certificate, which the signing-certificate attribute names first, and the others.
fn certificates(
    data: &SignedData,
    signer: &SignerInfo,
    attributes: &SignedAttributes,
) -> Result<(Certificate, Vec<Certificate>), StampError> {
    let profile = StampError::Profile;
    let enclosed = data.certificates.as_ref().map_or(&[][..], |c| c.0.as_slice());
    if enclosed.len() > CERTIFICATES_MAX {
        return Err(profile("it holds too many certificates"));
    }
    let mut all = Vec::with_capacity(enclosed.len());
    for choice in enclosed {
        if let CertificateChoices::Certificate(certificate) = choice {
            all.push(Certificate::from_der(
                &der_of(certificate).map_err(StampError::Form)?,
            )?);
        }
    }
    let named = Named::read(attributes)?;
    let at = all
        .iter()
        .position(|certificate| named.is(certificate))
        .ok_or(profile("it does not enclose the certificate that it names"))?;
    let certificate = all.swap_remove(at);
    match &signer.sid {
        SignerIdentifier::IssuerAndSerialNumber(id) if *id != certificate.issuer_and_serial() => {
            Err(profile("the signer is not the certificate it names"))
        }
        // A key identifier may name any key: that it is this one, the signature shows.
        _ => Ok((certificate, all)),
    }
}

/// The digest by which the signed attributes name the signer's certificate: what keeps anybody from putting another
/// certificate with the same key in its place.
struct Named {
    algorithm: &'static ring::digest::Algorithm,
    hash: Vec<u8>,
}

impl Named {
    fn read(attributes: &SignedAttributes) -> Result<Self, StampError> {
        let missing = StampError::Profile("signing-certificate names nothing");
        if attributes.iter().any(|a| a.oid == cms::SIGNING_CERTIFICATE_V2) {
            let list: SigningCertificateV2 = cms::value(attributes, cms::SIGNING_CERTIFICATE_V2)?;
            let EssCertIdV2 {
                hash_algorithm,
                cert_hash,
                ..
            } = list.certs.first().ok_or(missing)?;
            let algorithm = match hash_algorithm.as_ref().map(|a| a.oid) {
                None => &ring::digest::SHA256,
                Some(const_oid::db::rfc5912::ID_SHA_256) => &ring::digest::SHA256,
                Some(const_oid::db::rfc5912::ID_SHA_384) => &ring::digest::SHA384,
                Some(const_oid::db::rfc5912::ID_SHA_512) => &ring::digest::SHA512,
                Some(other) => return Err(SignatureError::Algorithm(other.to_string()).into()),
            };
            let hash = cert_hash.as_bytes().to_vec();
            return Ok(Self { algorithm, hash });
        }
        let list: SigningCertificate = cms::value(attributes, SIGNING_CERTIFICATE)?;
        Ok(Self {
            algorithm: &ring::digest::SHA1_FOR_LEGACY_USE_ONLY,
            hash: list.certs.first().ok_or(missing)?.hash.as_bytes().to_vec(),
        })
    }

    fn is(&self, certificate: &Certificate) -> bool {
        ring::digest::digest(self.algorithm, certificate.der()).as_ref() == self.hash
    }
}

/// SigningCertificate (RFC 2634, section 5.4).
#[derive(Clone, Debug, PartialEq, Eq, der::Sequence)]
struct SigningCertificate {
    certs: Vec<EssCertId>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

#[derive(Clone, Debug, PartialEq, Eq, der::Sequence)]
struct EssCertId {
    hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}

impl<'a> cms::AttributeValue<'a> for SigningCertificate {
    fn from_any(value: &'a Any) -> der::Result<Self> {
        value.decode_as()
    }
}

/// What the authority signed (RFC 3161, section 2.4.2).
struct TstInfo {
    imprint: MessageImprint,
    at: Timestamp,
    nonce: Option<Vec<u8>>,
}

impl TstInfo {
    fn parse(bytes: &[u8]) -> Result<Self, StampError> {
        let profile = StampError::Profile;
        let whole = AnyRef::from_der(bytes)?;
        if whole.tag() != Tag::Sequence {
            return Err(profile("its TSTInfo is no sequence"));
        }
        let mut reader = SliceReader::new(whole.value())?;
        if u64::decode(&mut reader)? != 1 {
            return Err(profile("its version is not 1"));
        }
        ObjectIdentifier::decode(&mut reader)?;
        let imprint = MessageImprint::decode(&mut reader)?;
        Int::decode(&mut reader)?;
        let at = AnyRef::decode(&mut reader)?;
        if at.tag() != Tag::GeneralizedTime {
            return Err(profile("it has no time"));
        }
        let at = generalized_time(at.value()).ok_or(profile("its time is not one"))?;
        let mut nonce = None;
        while !reader.is_finished() {
            let field = AnyRef::decode(&mut reader)?;
            match field.tag() {
                Tag::Integer => nonce = Some(field.value().to_vec()),
                // Accuracy, and whether stamps can be put in order by time: neither changes what is proved.
                Tag::Sequence | Tag::Boolean => {}
                Tag::ContextSpecific { number, .. } if number.value() == 1 => no_critical(field.value())?,
                Tag::ContextSpecific { .. } => {}
                _ => return Err(profile("its TSTInfo has an unknown field")),
            }
        }
        Ok(Self { imprint, at, nonce })
    }
}

/// A critical extension changes the meaning in a way that nobody here knows.
fn no_critical(extensions: &[u8]) -> Result<(), StampError> {
    let mut reader = SliceReader::new(extensions)?;
    while !reader.is_finished() {
        if Extension::decode(&mut reader)?.critical {
            return Err(StampError::Profile("it has a critical extension"));
        }
    }
    Ok(())
}

/// `20260115093000Z`, perhaps with a fraction of a second (RFC 3161, section 2.4.2), which X.509 does not allow.
fn generalized_time(text: &[u8]) -> Option<Timestamp> {
    const SECONDS: &[FormatItem<'_>] = format_description!("[year][month][day][hour][minute][second]");
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if seconds.len() != 14 || !digits(seconds) || !digits(fraction) {
        return None;
    }
    let at = PrimitiveDateTime::parse(seconds, SECONDS).ok()?;
    let ms: String = fraction.chars().chain("000".chars()).take(3).collect();
    let at = at.checked_add(Duration::milliseconds(ms.parse().ok()?))?;
    Some(Timestamp::new(at.assume_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_and_without_fractions() {
        for (text, expected) in [
            ("20260115093000Z", "2026-01-15T09:30:00.000Z"),
            ("20260115093000.5Z", "2026-01-15T09:30:00.500Z"),
            ("20260115093000.1239Z", "2026-01-15T09:30:00.123Z"),
        ] {
            assert_eq!(generalized_time(text.as_bytes()).unwrap().to_string(), expected);
        }
        for bad in [
            "",
            "Z",
            "20260115093000",
            "20260115093000.Z",
            "20261315093000Z",
            "2026011509300Z",
            "+0260115093000Z",
            "20260115093000.-1Z",
        ] {
            assert!(generalized_time(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn garbage_is_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            assert!(verify(&bytes, b"").is_err());
            assert!(TstInfo::parse(&bytes).is_err());
        }
    }
}
