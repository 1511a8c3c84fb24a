//! Making certificates: the root of our own, and what is issued under it.

use super::files::{at, private_key, read_private, sync_folder, write_private};
use super::{BACKDATED, KeyError, RENEW_BEFORE_END, ROOT_VALID, Use, VALID};
use crate::seal::x509::Certificate;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData, SerialNumber,
};
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use time::{Duration, OffsetDateTime};

/// Makes the folder aside and puts it in place in one step: a crash leaves all keys or none.
pub(super) fn create(
    folder: &Path,
    organisation: &str,
    now: OffsetDateTime,
    uses: &[Use],
) -> Result<(), KeyError> {
    let aside = folder.with_extension("partial");
    if aside.exists() {
        fs::remove_dir_all(&aside).map_err(at(&aside))?;
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&aside)
        .map_err(at(&aside))?;
    let (root, root_key) = root(organisation, now)?;
    write_private(&aside.join("root.key"), &root_key.serialize_pem())?;
    write_private(&aside.join("root.pem"), &root.to_pem()?)?;
    let issuer = OwnRoot {
        root,
        key: root_key,
        organisation: organisation.to_owned(),
    };
    for for_use in uses {
        issuer.issue_with_key(&for_use.path(&aside, 1), *for_use, now)?;
    }
    sync_folder(&aside)?;
    fs::rename(&aside, folder).map_err(at(folder))?;
    sync_folder(folder.parent().unwrap_or(Path::new(".")))
}

fn root(organisation: &str, now: OffsetDateTime) -> Result<(Certificate, KeyPair), KeyError> {
    let key = KeyPair::generate()?;
    let mut params = params(organisation, "seal root", now, ROOT_VALID)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let root = Certificate::from_der(params.self_signed(&key)?.der())?;
    Ok((root, key))
}

/// The root of our own with its private key, to issue under it.
pub(super) struct OwnRoot {
    root: Certificate,
    key: KeyPair,
    organisation: String,
}

impl OwnRoot {
    /// That of the folder.
    pub(super) fn open(folder: &Path, root: &Certificate, organisation: &str) -> Result<Self, KeyError> {
        let path = folder.join("root.key");
        let key = private_key(&read_private(&path)?).map_err(|why| KeyError::Content { path, why })?;
        Ok(Self {
            root: root.clone(),
            key,
            organisation: organisation.to_owned(),
        })
    }

    /// Makes a key and a certificate and writes both into one file.
    pub(super) fn issue_with_key(
        &self,
        path: &Path,
        for_use: Use,
        now: OffsetDateTime,
    ) -> Result<(), KeyError> {
        let key = KeyPair::generate()?;
        let certificate = self.issue(&key, for_use, now)?;
        let both = format!("{}{}", certificate.to_pem()?, key.serialize_pem());
        write_private(path, &both)
    }

    /// A certificate for a public key on P-256.
    pub(super) fn issue(
        &self,
        key: &impl PublicKeyData,
        for_use: Use,
        now: OffsetDateTime,
    ) -> Result<Certificate, KeyError> {
        if self.root.valid_until() < now + RENEW_BEFORE_END {
            return Err(KeyError::RootEnds);
        }
        let mut params = params(&self.organisation, for_use.title(), now, VALID)?;
        // A certificate that outlives its root would look valid and not be.
        params.not_after = params.not_after.min(self.root.valid_until());
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::ContentCommitment,
        ];
        if for_use == Use::Time {
            params.custom_extensions.push(for_time_stamps_alone());
        }
        params.use_authority_key_identifier_extension = true;
        let issuer = Issuer::new(issuer_params(&self.root)?, &self.key);
        Ok(Certificate::from_der(params.signed_by(key, &issuer)?.der())?)
    }
}

/// Extended key usage timeStamping and nothing else, critical, as RFC 3161 wants it (section 2.3).
fn for_time_stamps_alone() -> CustomExtension {
    const EXTENDED_KEY_USAGE: &[u64] = &[2, 5, 29, 37];
    // SEQUENCE { OBJECT IDENTIFIER 1.3.6.1.5.5.7.3.8 }
    let time_stamping = vec![0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 8];
    let mut extension = CustomExtension::from_oid_content(EXTENDED_KEY_USAGE, time_stamping);
    extension.set_criticality(true);
    extension
}

/// What rcgen has to know of the root to issue under it: the very name that the root certificate bears.
fn issuer_params(root: &Certificate) -> Result<CertificateParams, KeyError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.distinguished_name = DistinguishedName::new();
    for part in root.fields().subject.0.iter().flat_map(|name| name.0.iter()) {
        let value = String::from_utf8_lossy(part.value.value()).into_owned();
        let oid: Vec<u64> = part.oid.arcs().map(u64::from).collect();
        params.distinguished_name.push(DnType::from_oid(&oid), value);
    }
    Ok(params)
}

fn params(
    organisation: &str,
    what: &str,
    now: OffsetDateTime,
    valid: Duration,
) -> Result<CertificateParams, KeyError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, organisation);
    // RFC 5280 allows 64 characters in a common name.
    let short: String = organisation.chars().take(48).collect();
    params
        .distinguished_name
        .push(DnType::CommonName, format!("{short} {what}"));
    params.not_before = now - BACKDATED;
    params.not_after = now + valid;
    // 16 random bytes; the first bit is cleared so that it is a positive number (RFC 5280, section 4.1.2.2).
    let mut serial = uuid::Uuid::new_v4().into_bytes();
    serial[0] &= 0x7f;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    Ok(params)
}
