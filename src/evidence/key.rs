//! The built-in keys: a root of our own, and under it a seal certificate and one for time-stamps, made at first start.
//!
//! `keys/root.pem` is public: its fingerprint is what a court publishes. `keys/root.key` signs nothing but the next
//! certificates. `keys/seal-NNN.pem` holds a seal certificate with its private key, `keys/time-NNN.pem` one of the built-in
//! time-stamp service; the highest number is in use, the earlier ones stay. A court with a certificate authority and an
//! HSM replaces all of this.

use crate::seal::cms::{self, SignError, Signer};
use crate::seal::digest::Digest;
use crate::seal::stamp;
use crate::seal::timestamp::Timestamp;
use crate::seal::x509::{Certificate, CertificateError};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SerialNumber, SigningKey,
};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
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
    /// A certificate could not be made.
    #[error("cannot make a certificate: {0}")]
    Making(#[from] rcgen::Error),
    /// A certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The root is near its end, so no seal certificate can be made under it.
    #[error(
        "the root certificate ends too soon to seal under it; move the keys folder away to have a new root made, and publish its \
         fingerprint. What was sealed under this one stays trusted: the roots folder keeps it"
    )]
    RootEnds,
    /// There is another root than before.
    #[error(
        "there is another root certificate in the keys folder than at the start; start the server anew to seal under it"
    )]
    RootChanged,
}

/// The seal key in use and that of the built-in time-stamp service, with their certificates.
pub struct SealKey {
    root: Certificate,
    seal: Pair,
    time: Pair,
}

/// What [`SealKey::open`] had to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// The keys were there.
    Found,
    /// Root and seal certificate were made: publish the root's fingerprint.
    Created,
    /// The seal certificate was near its end; a new one was made under the same root.
    Renewed,
}

impl SealKey {
    /// Opens the keys in `folder`; makes them when there is no such folder, and renews the certificates in time.
    pub fn open(folder: &Path, organisation: &str, now: OffsetDateTime) -> Result<(Self, Opened), KeyError> {
        let mut opened = Opened::Found;
        if !holds_root(folder)? {
            create(folder, organisation, now)?;
            opened = Opened::Created;
        }
        let root = one_certificate(&folder.join("root.pem"))?;
        let (seal, renewed) = Pair::open(folder, Use::Seal, &root, organisation, now)?;
        if renewed {
            opened = Opened::Renewed;
        }
        let (time, _) = Pair::open(folder, Use::Time, &root, organisation, now)?;
        Ok((Self { root, seal, time }, opened))
    }

    /// The root certificate. Its fingerprint is to be published.
    pub fn root(&self) -> &Certificate {
        &self.root
    }

    /// The certificate under which seals are made now.
    pub fn certificate(&self) -> &Certificate {
        &self.seal.certificate
    }

    /// Until when both certificates in use are valid.
    pub fn valid_until(&self) -> OffsetDateTime {
        let (seal, time) = (&self.seal.certificate, &self.time.certificate);
        seal.valid_until().min(time.valid_until())
    }

    /// True when it is time for new certificates.
    pub fn is_near_its_end(&self, now: OffsetDateTime) -> bool {
        self.valid_until() < now + RENEW_BEFORE_END
    }

    /// A detached signature over the content whose SHA-256 is `content`.
    pub fn sign(&self, content: Digest, at: Timestamp) -> Result<Vec<u8>, SignError> {
        self.seal.with_signer(|signer| cms::sign(content, at, signer))
    }

    /// A time-stamp (TimeStampResp in DER) of the built-in service over the content whose SHA-256 is `content`. It is
    /// the court's own word once more, and its certificate says so.
    pub fn stamp(&self, content: Digest, at: Timestamp) -> Result<Vec<u8>, SignError> {
        self.time.stamp(content, at)
    }
}

/// What a certificate of ours is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Seals.
    Seal,
    /// Time-stamps of the built-in service.
    Time,
}

impl Use {
    /// First part of the names of its files.
    fn name(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Time => "time",
        }
    }

    /// End of its common name: at most 15 characters.
    fn title(self) -> &'static str {
        match self {
            Self::Seal => "recording seal",
            Self::Time => "own time stamp",
        }
    }

    fn path(self, folder: &Path, number: u32) -> PathBuf {
        folder.join(format!("{}-{number:03}.pem", self.name()))
    }
}

/// A certificate under our root and its private key.
struct Pair {
    certificate: Certificate,
    key: KeyPair,
}

impl Pair {
    /// The newest of the folder; made where there is none or where it is near its end, which is the second answer.
    fn open(
        folder: &Path,
        for_use: Use,
        root: &Certificate,
        organisation: &str,
        now: OffsetDateTime,
    ) -> Result<(Self, bool), KeyError> {
        let newest = newest(folder, for_use)?;
        if let Some(number) = newest {
            let pair = Self::load(&for_use.path(folder, number), for_use, root)?;
            if pair.certificate.valid_until() >= now + RENEW_BEFORE_END {
                return Ok((pair, false));
            }
        } else if for_use == Use::Seal {
            return Err(KeyError::Content {
                path: folder.to_owned(),
                why: "there is a root but no seal key".into(),
            });
        }
        let number = newest.unwrap_or(0) + 1;
        let path = renew(folder, for_use, number, root, organisation, now)?;
        Ok((Self::load(&path, for_use, root)?, true))
    }

    fn load(path: &Path, for_use: Use, root: &Certificate) -> Result<Self, KeyError> {
        let content = |why: String| KeyError::Content {
            path: path.to_owned(),
            why,
        };
        let pem = read_private(path)?;
        let mut certificates =
            Certificate::all_from_pem(pem.as_bytes()).map_err(|e| content(e.to_string()))?;
        let certificate = certificates.remove(0);
        let key = private_key(&pem).map_err(content)?;
        let pair = Self { certificate, key };
        // Find out now, and not when a hearing is to be sealed, that key and certificates belong together.
        let from = Timestamp::new(pair.certificate.valid_from());
        let roots = std::slice::from_ref(root);
        let signed = match for_use {
            Use::Seal => pair.with_signer(|signer| cms::sign(Digest::ZERO, from, signer)),
            Use::Time => pair.stamp(Digest::ZERO, from),
        };
        signed.map_err(|e| content(e.to_string()))?;
        match for_use {
            Use::Seal => pair.certificate.leads_to(roots, &[], from.unix_seconds()),
            Use::Time => pair.certificate.stamps_under(roots, &[], from.unix_seconds()),
        }
        .map_err(|e| content(e.to_string()))?;
        Ok(pair)
    }

    fn with_signer<T>(&self, work: impl FnOnce(&Signer<'_>) -> T) -> T {
        let sign = |message: &[u8]| self.key.sign(message).map_err(|e| SignError::Key(e.to_string()));
        work(&Signer {
            certificate: &self.certificate,
            intermediates: &[],
            sign: &sign,
        })
    }

    fn stamp(&self, content: Digest, at: Timestamp) -> Result<Vec<u8>, SignError> {
        let serial = uuid::Uuid::new_v4().into_bytes();
        self.with_signer(|signer| stamp::make(content, at, serial, signer))
    }
}

fn holds_root(folder: &Path) -> Result<bool, KeyError> {
    folder.join("root.pem").try_exists().map_err(at(folder))
}

/// Makes the folder aside and puts it in place in one step: a crash leaves all keys or none.
fn create(folder: &Path, organisation: &str, now: OffsetDateTime) -> Result<(), KeyError> {
    let aside = folder.with_extension("partial");
    if aside.exists() {
        fs::remove_dir_all(&aside).map_err(at(&aside))?;
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&aside)
        .map_err(at(&aside))?;

    let root_key = KeyPair::generate()?;
    let mut params = params(organisation, "seal root", now, ROOT_VALID)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let root = Certificate::from_der(params.self_signed(&root_key)?.der())?;
    write_private(&aside.join("root.key"), &root_key.serialize_pem())?;
    write_private(&aside.join("root.pem"), &root.to_pem()?)?;
    for for_use in [Use::Seal, Use::Time] {
        issue(
            &for_use.path(&aside, 1),
            for_use,
            &root,
            &root_key,
            organisation,
            now,
        )?;
    }
    sync_folder(&aside)?;
    fs::rename(&aside, folder).map_err(at(folder))?;
    sync_folder(folder.parent().unwrap_or(Path::new(".")))
}

fn renew(
    folder: &Path,
    for_use: Use,
    number: u32,
    root: &Certificate,
    organisation: &str,
    now: OffsetDateTime,
) -> Result<PathBuf, KeyError> {
    let path = folder.join("root.key");
    let root_key = private_key(&read_private(&path)?).map_err(|why| KeyError::Content { path, why })?;
    let aside = folder.join(format!("{}.partial", for_use.name()));
    if aside.exists() {
        fs::remove_file(&aside).map_err(at(&aside))?;
    }
    issue(&aside, for_use, root, &root_key, organisation, now)?;
    let path = for_use.path(folder, number);
    fs::rename(&aside, &path).map_err(at(&path))?;
    sync_folder(folder)?;
    Ok(path)
}

/// Makes a key and a certificate and writes both into one file.
fn issue(
    path: &Path,
    for_use: Use,
    root: &Certificate,
    root_key: &KeyPair,
    organisation: &str,
    now: OffsetDateTime,
) -> Result<(), KeyError> {
    if root.valid_until() < now + RENEW_BEFORE_END {
        return Err(KeyError::RootEnds);
    }
    let key = KeyPair::generate()?;
    let mut params = params(organisation, for_use.title(), now, VALID)?;
    // A certificate that outlives its root would look valid and not be.
    params.not_after = params.not_after.min(root.valid_until());
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ];
    if for_use == Use::Time {
        params.custom_extensions.push(for_time_stamps_alone());
    }
    params.use_authority_key_identifier_extension = true;
    let issuer = Issuer::new(issuer_params(root)?, root_key);
    let certificate = Certificate::from_der(params.signed_by(&key, &issuer)?.der())?;
    let both = format!("{}{}", certificate.to_pem()?, key.serialize_pem());
    write_private(path, &both)
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

/// The highest number among the files of that use.
fn newest(folder: &Path, for_use: Use) -> Result<Option<u32>, KeyError> {
    let mut newest = None;
    for entry in fs::read_dir(folder).map_err(at(folder))? {
        let name = entry.map_err(at(folder))?.file_name();
        let number = name.to_str().and_then(|name| {
            let rest = name.strip_prefix(for_use.name())?.strip_prefix('-')?;
            rest.strip_suffix(".pem")?.parse::<u32>().ok()
        });
        newest = newest.max(number);
    }
    Ok(newest)
}

fn one_certificate(path: &Path) -> Result<Certificate, KeyError> {
    let content = |why: String| KeyError::Content {
        path: path.to_owned(),
        why,
    };
    let pem = fs::read(path).map_err(at(path))?;
    let mut all = Certificate::all_from_pem(&pem).map_err(|e| content(e.to_string()))?;
    match all.len() {
        1 => Ok(all.remove(0)),
        _ => Err(content("more than one certificate".into())),
    }
}

/// The private key of a PEM file that may hold certificates as well.
fn private_key(pem: &str) -> Result<KeyPair, String> {
    let key = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|e| e.to_string())?;
    KeyPair::from_pkcs8_der_and_sign_algo(&key, &rcgen::PKCS_ECDSA_P256_SHA256).map_err(|e| e.to_string())
}

fn read_private(path: &Path) -> Result<String, KeyError> {
    let mode = fs::metadata(path).map_err(at(path))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    fs::read_to_string(path).map_err(at(path))
}

fn write_private(path: &Path, text: &str) -> Result<(), KeyError> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(at(path))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(at(path))
}

fn sync_folder(folder: &Path) -> Result<(), KeyError> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(at(folder))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> KeyError + '_ {
    move |error| KeyError::File {
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-23 10:00:00.5 UTC);

    fn opened(folder: &Path, now: OffsetDateTime) -> (SealKey, Opened) {
        SealKey::open(folder, "Tashkent City Court", now).unwrap()
    }

    #[test]
    fn made_once_private_and_renewed_in_time() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("data/keys");
        let (first, how) = opened(&folder, NOW);
        assert_eq!(how, Opened::Created);
        for entry in fs::read_dir(&folder).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600);
        }
        let (again, how) = opened(&folder, NOW + Duration::days(1000));
        assert_eq!(how, Opened::Found);
        assert_eq!(again.certificate(), first.certificate());

        let (renewed, how) = opened(&folder, NOW + Duration::days(1070));
        assert_eq!(how, Opened::Renewed);
        assert_eq!(renewed.root(), first.root());
        assert_ne!(renewed.certificate(), first.certificate());

        let late = SealKey::open(&folder, "Court", NOW + Duration::days(3640));
        assert!(matches!(late, Err(KeyError::RootEnds)));
    }

    #[test]
    fn exposed_and_foreign_keys_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (mine, other) = (dir.path().join("mine"), dir.path().join("other"));
        opened(&mine, NOW);
        opened(&other, NOW);
        let seal = Use::Seal.path(&mine, 1);
        fs::set_permissions(&seal, fs::Permissions::from_mode(0o644)).unwrap();
        let exposed = SealKey::open(&mine, "Court", NOW).err().unwrap();
        assert!(exposed.to_string().contains("chmod 600"), "{exposed}");

        fs::copy(Use::Seal.path(&other, 1), &seal).unwrap();
        let foreign = SealKey::open(&mine, "Court", NOW);
        assert!(matches!(foreign, Err(KeyError::Content { .. })));
    }

    #[test]
    fn openssl_accepts_the_signature_and_notices_another_content() {
        let dir = tempfile::tempdir().unwrap();
        let (key, _) = opened(&dir.path().join("keys"), NOW);
        let content = b"any bytes\n";
        let signature = key.sign(Digest::of(content), Timestamp::new(NOW)).unwrap();
        let signed = cms::verify(&signature, content).unwrap();
        assert_eq!(signed.signing_time.to_string(), "2026-11-23T10:00:00.000Z");
        assert_eq!(&signed.certificate, key.certificate());
        let at = NOW.unix_timestamp();
        let root = signed
            .certificate
            .leads_to(std::slice::from_ref(key.root()), &[], at);
        assert_eq!(root.unwrap(), key.root());

        fs::write(dir.path().join("content"), content).unwrap();
        fs::write(dir.path().join("other"), b"any bytes").unwrap();
        fs::write(dir.path().join("p7s"), &signature).unwrap();
        let openssl = |content: &str| {
            Command::new("openssl")
                .args(
                    "cms -verify -binary -inform DER -in p7s -CAfile keys/root.pem -out /dev/null".split(' '),
                )
                .args(["-purpose", "any", "-attime", &at.to_string(), "-content", content])
                .current_dir(dir.path())
                .output()
                .unwrap()
        };
        let good = openssl("content");
        assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
        assert!(!openssl("other").status.success());
    }

    #[test]
    fn openssl_accepts_the_stamp_and_notices_another_content() {
        let dir = tempfile::tempdir().unwrap();
        let (key, _) = opened(&dir.path().join("keys"), NOW);
        let content = b"a signature";
        let answer = key.stamp(Digest::of(content), Timestamp::new(NOW)).unwrap();
        let stamped = stamp::verify(&answer, content).unwrap();
        assert_eq!(stamped.at.to_string(), "2026-11-23T10:00:00.000Z");
        assert!(stamped.certificate.subject().contains("own time stamp"));
        assert_eq!(
            stamped.root(std::slice::from_ref(key.root())).unwrap(),
            key.root()
        );
        let other = stamp::verify(&answer, b"another").unwrap_err();
        assert!(matches!(other, stamp::StampError::Content), "{other}");

        fs::write(dir.path().join("content"), content).unwrap();
        fs::write(dir.path().join("other"), b"another").unwrap();
        fs::write(dir.path().join("tsr"), &answer).unwrap();
        let openssl = |content: &str| {
            Command::new("openssl")
                .args("ts -verify -in tsr -CAfile keys/root.pem".split(' '))
                .args(["-attime", &NOW.unix_timestamp().to_string(), "-data", content])
                .current_dir(dir.path())
                .output()
                .unwrap()
        };
        let good = openssl("content");
        assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
        assert!(!openssl("other").status.success());
    }

    #[test]
    fn seal_and_stamp_certificates_do_not_stand_in_for_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let (key, _) = opened(&dir.path().join("keys"), NOW);
        let (root, at) = (std::slice::from_ref(key.root()), NOW.unix_timestamp());
        assert!(key.seal.certificate.stamps_under(root, &[], at).is_err());
        assert!(key.time.certificate.leads_to(root, &[], at).is_err());
    }

    #[test]
    fn a_folder_of_before_there_were_stamps_gets_a_key_for_them() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("keys");
        let (before, _) = opened(&folder, NOW);
        fs::remove_file(Use::Time.path(&folder, 1)).unwrap();
        let (after, how) = opened(&folder, NOW + Duration::days(1));
        assert_eq!(how, Opened::Found);
        assert_eq!(after.certificate(), before.certificate());
        assert!(
            after
                .stamp(Digest::ZERO, Timestamp::new(NOW + Duration::days(1)))
                .is_ok()
        );
    }
}
