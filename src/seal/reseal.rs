//! Reseals: proofs that are added to a sealed recording in later years, before those it has grow weak.
//!
//! A certificate runs out and a hash function is broken one day; what was signed before that day is still good, for whoever
//! can show that it was there. So a new signature and a new time-stamp are made over the old ones (RFC 4998, sections 5.2
//! and 5.3), by SHA-512, in a folder of their own: `reseal-001/`, then `reseal-002/` over that one as well. Nothing that is
//! there is touched. A reseal covers the seal and, if it was made so, every file of the recording by SHA-512 too, so that it
//! no longer rests on SHA-256.

use super::bundle;
use super::cms;
use super::digest::{Digest, Digest512};
use super::instructions::StampSummary;
use super::manifest::{Manifest512, ManifestError};
use super::stamp;
use super::timestamp::Timestamp;
use super::x509::Certificate;
use std::fmt;

/// Most reseals of a recording: the number has three digits.
pub const RESEALS_MAX: u32 = 999;
/// Largest list of a reseal in bytes.
pub const LIST_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Largest list of what is stamped: four lines.
pub const STAMPED_BYTES_MAX: u64 = 4 * 1024;

/// A reseal by its number, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub u32);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "reseal-{:03}", self.0)
    }
}

/// The files of a reseal, below its folder.
pub const FILES: [&str; 7] = [
    LIST,
    SIGNATURE,
    STAMPED,
    STAMP,
    "certs/root.pem",
    "certs/seal.pem",
    "certs/time-stamp-root.pem",
];
/// The SHA-512 of every file that it covers. This is what is signed.
const LIST: &str = "manifest-sha512.txt";
/// The signature over the list.
const SIGNATURE: &str = "manifest-sha512.txt.p7s";
/// The SHA-512 of the list, of its signature and of the certificates. This is what is stamped.
const STAMPED: &str = "stamped-sha512.txt";
/// The time-stamp.
const STAMP: &str = "stamped-sha512.txt.tsr";

impl Number {
    /// The number and the file of a path of a reseal; none for any other path.
    pub fn of(path: &str) -> Option<(Self, &str)> {
        let (folder, file) = path.split_once('/')?;
        let digits = folder.strip_prefix("reseal-")?;
        let number = digits.parse().ok().map(Self)?;
        // Three digits, and not `+01`.
        (number.to_string() == folder && (1..=RESEALS_MAX).contains(&number.0) && FILES.contains(&file))
            .then_some((number, file))
    }

    /// Path in the bundle of the list that is signed.
    pub fn list(self) -> String {
        self.path(LIST)
    }

    /// Path of the signature over the list.
    pub fn signature(self) -> String {
        self.path(SIGNATURE)
    }

    /// Path of the list that is stamped.
    pub fn stamped(self) -> String {
        self.path(STAMPED)
    }

    /// Path of the time-stamp.
    pub fn stamp(self) -> String {
        self.path(STAMP)
    }

    /// Path of the root certificate, for convenience.
    pub fn root(self) -> String {
        self.path("certs/root.pem")
    }

    /// Path of the certificate under which the list was signed.
    pub fn certificate(self) -> String {
        self.path("certs/seal.pem")
    }

    /// Path of the root certificate of the time-stamp, for convenience.
    pub fn stamp_root(self) -> String {
        self.path("certs/time-stamp-root.pem")
    }

    /// Paths of the files that the stamped list is of, sorted.
    pub fn stamped_files(self) -> [String; 4] {
        [self.root(), self.certificate(), self.list(), self.signature()]
    }

    fn path(self, file: &str) -> String {
        format!("{self}/{file}")
    }
}

/// Files beside `data/` that a reseal covers: those of the seal, and those of the reseals before it.
pub fn covers(number: Number, path: &str) -> bool {
    match Number::of(path) {
        Some((earlier, _)) => earlier < number,
        None => {
            path == bundle::MANIFEST || path.starts_with("seal/") && path != bundle::TAG_MANIFEST_SIGNATURE
        }
    }
}

/// The files that every reseal covers, whatever else there is.
pub const ALWAYS_COVERED: [&str; 4] = [
    bundle::MANIFEST,
    bundle::ROOT_CERTIFICATE,
    bundle::SEAL_CERTIFICATE,
    bundle::MANIFEST_SIGNATURE,
];

/// A reseal that is signed and has yet to be stamped.
pub struct Unstamped {
    number: Number,
    files: Vec<(String, Vec<u8>)>,
    stamped: Vec<u8>,
}

/// The certificates of a reseal in PEM form.
pub struct Certificates {
    /// Of the root.
    pub root: String,
    /// Of the key that signs.
    pub seal: String,
}

impl Unstamped {
    /// Has the list of what is covered signed: `sign` is given its SHA-256, and signs it as a seal is signed.
    pub fn new<E>(
        number: Number,
        covered: &Manifest512,
        certificates: Certificates,
        sign: impl FnOnce(Digest) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E>
    where
        E: From<ManifestError>,
    {
        let list = covered.to_string().into_bytes();
        let signature = sign(Digest::of(&list))?;
        let files = vec![
            (number.root(), certificates.root.into_bytes()),
            (number.certificate(), certificates.seal.into_bytes()),
            (number.list(), list),
            (number.signature(), signature),
        ];
        let mut stamped = Manifest512::new();
        for (path, content) in &files {
            stamped.insert(path, Digest512::of(content))?;
        }
        Ok(Self {
            number,
            files,
            stamped: stamped.to_string().into_bytes(),
        })
    }

    /// What is to be stamped, by its SHA-512.
    pub fn to_stamp(&self) -> &[u8] {
        &self.stamped
    }

    /// Every file of the reseal, with the authority's answer and its root in PEM form.
    pub fn with_stamp(mut self, answer: Vec<u8>, root_pem: String) -> Vec<(String, Vec<u8>)> {
        self.files.push((self.number.stamped(), self.stamped));
        self.files.push((self.number.stamp(), answer));
        self.files.push((self.number.stamp_root(), root_pem.into_bytes()));
        self.files
    }
}

/// What there is to say about a reseal that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResealSummary {
    /// Which.
    pub number: Number,
    /// When it was signed.
    pub signed_at: Timestamp,
    /// Under which root: SHA-256 of its DER form.
    pub root_fingerprint: Digest,
    /// Whether that is the root of the seal as well.
    pub same_root: bool,
    /// Its time-stamp.
    pub stamp: StampSummary,
}

impl ResealSummary {
    /// Of the reseal whose files `read` gives, of a recording sealed under `seal_root`; none where it does not hold.
    pub fn of(
        number: Number,
        seal_root: &Certificate,
        read: impl Fn(&str) -> Option<Vec<u8>>,
    ) -> Option<Self> {
        let one = |path: &str| Certificate::all_from_pem(&read(path)?).ok()?.pop();
        let signed = cms::verify(&read(&number.signature())?, &read(&number.list())?).ok()?;
        let stamped = stamp::verify(&read(&number.stamp())?, &read(&number.stamped())?).ok()?;
        let (root, stamp_root) = (one(&number.root())?, one(&number.stamp_root())?);
        Some(Self {
            number,
            signed_at: signed.signing_time,
            root_fingerprint: root.fingerprint(),
            same_root: root == *seal_root,
            stamp: StampSummary {
                at: stamped.at,
                by: stamped.certificate.subject(),
                root_fingerprint: stamp_root.fingerprint(),
                ours: [&root, seal_root].contains(&&stamp_root),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reseal_has_one_spelling() {
        let of = |path| Number::of(path).map(|(number, file)| (number.0, file));
        assert_eq!(of("reseal-001/manifest-sha512.txt"), Some((1, LIST)));
        assert_eq!(of("reseal-999/certs/root.pem"), Some((999, "certs/root.pem")));
        for other in [
            "reseal-000/manifest-sha512.txt",
            "reseal-1/manifest-sha512.txt",
            "reseal-0001/manifest-sha512.txt",
            "reseal-+01/manifest-sha512.txt",
            "reseal-1000/manifest-sha512.txt",
            "reseal-001/other.txt",
            "reseal-001",
            "data/reseal-001/manifest-sha512.txt",
            "seal/manifest-sha256.txt.p7s",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
        let mut sorted = Number(7).stamped_files();
        sorted.sort();
        assert_eq!(sorted, Number(7).stamped_files());
    }

    #[test]
    fn a_reseal_covers_the_seal_and_what_is_before_it() {
        let covers = |path: &str| covers(Number(2), path);
        for covered in ALWAYS_COVERED
            .iter()
            .chain(&[bundle::TIME_STAMP, "reseal-001/stamped-sha512.txt"])
        {
            assert!(covers(covered), "{covered}");
        }
        for not in [
            "reseal-002/certs/root.pem",
            bundle::CUSTODY,
            bundle::TAG_MANIFEST_SIGNATURE,
            bundle::BAG_INFO,
        ] {
            assert!(!covers(not), "{not}");
        }
    }
}
