//! Verifying a bundle that may come from an enemy, offline, in bounded memory, without a panic.
//!
//! The order is that of `recordings-schema/README.md`: first what is there at all, then who signed what, then the
//! bytes, then whether the documents agree with each other. A later check relies on nothing that an earlier one refused.

mod contents;
mod derived;
mod disposal;
mod ledgers;
mod log;
mod payload;
mod recording;
mod report;
mod reseal;
mod signature;
mod stamp;
mod tags;

pub use disposal::{is_disposal, verify_disposal};
pub use report::{Check, CheckCode, Outcome, Verdict, VerificationReport};

use super::bundle;
use super::digest::Digest;
use super::manifest::{self, Manifest};
use super::source::BundleSource;
use super::timestamp::Timestamp;
use super::tlog::{Kind, Receipt, VerifierKey};
use super::x509::{Certificate, CertificateError};
use contents::Contents;
use report::Findings;

/// Whom the verifier trusts, and what they have in their own hands.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    roots: Vec<Certificate>,
    time_roots: Vec<Certificate>,
    log_keys: Vec<VerifierKey>,
    receipts: Vec<Receipt>,
    stored: bool,
    asks_for_nothing: bool,
}

impl Trust {
    /// Nobody: whose seal it is will not be checked.
    pub fn none() -> Self {
        Self::default()
    }

    /// The root certificates of a PEM file, which must come from elsewhere than the bundle.
    pub fn from_pem(pem: &[u8]) -> Result<Self, CertificateError> {
        let roots = Certificate::all_from_pem(pem)?;
        Ok(Self {
            roots,
            ..Self::default()
        })
    }

    /// Trusts the root certificates of a PEM file for time-stamps, and for nothing else: an authority of time-stamps
    /// that issues other certificates as well could otherwise issue one for a seal.
    pub fn with_time_roots(mut self, pem: &[u8]) -> Result<Self, CertificateError> {
        self.time_roots = Certificate::all_from_pem(pem)?;
        Ok(self)
    }

    /// Trusts these keys of transparency logs and of cosigners, which must come from elsewhere than the bundle.
    pub fn with_log_keys(mut self, keys: Vec<VerifierKey>) -> Self {
        self.log_keys.extend(keys);
        self
    }

    /// Means the form in which a court stores a recording, whose chain of custody lies elsewhere.
    pub fn with_stored_form(mut self) -> Self {
        self.stored = true;
        self
    }

    /// Asks for no proof. Whoever names a log or an authority otherwise expects theirs, and of a bundle its chain of custody;
    /// the court itself knows which of its recordings have none yet.
    pub fn asking_for_nothing(mut self) -> Self {
        self.asks_for_nothing = true;
        self
    }

    /// Holds the recording against a receipt that somebody had at the hearing.
    pub fn with_receipt(mut self, receipt: Receipt) -> Self {
        self.receipts.push(receipt);
        self
    }

    /// The keys of logs that are trusted.
    pub fn logs(&self) -> impl Iterator<Item = &VerifierKey> {
        self.log_keys.iter().filter(|key| key.kind() == Kind::Log)
    }

    /// The keys of cosigners that are trusted.
    pub fn cosigners(&self) -> impl Iterator<Item = &VerifierKey> {
        self.log_keys.iter().filter(|key| key.kind() == Kind::Cosigner)
    }

    /// Whether a proof of one of the named logs is expected.
    fn asks_for_log(&self) -> bool {
        !self.asks_for_nothing && self.logs().next().is_some()
    }

    /// Whether the word of one of the named cosigners is expected.
    fn asks_for_cosigners(&self) -> bool {
        !self.asks_for_nothing && self.cosigners().next().is_some()
    }

    /// Whether a time-stamp of one of the named authorities is expected.
    fn asks_for_time(&self) -> bool {
        !self.asks_for_nothing && !self.time_roots.is_empty()
    }

    /// Whether the chain of custody is expected.
    fn asks_for_custody(&self) -> bool {
        !self.asks_for_nothing && !self.stored
    }

    /// Whether a root is one for seals, and so the court's: what is stamped under it is no word of anybody else.
    fn is_of_the_court(&self, root: &Certificate) -> bool {
        self.roots
            .iter()
            .any(|own| own.fingerprint() == root.fingerprint())
    }

    /// The receipts.
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// The trusted roots.
    pub fn roots(&self) -> &[Certificate] {
        &self.roots
    }

    /// The roots trusted for time-stamps alone.
    pub fn time_roots(&self) -> &[Certificate] {
        &self.time_roots
    }
}

/// Verifies a bundle against `trust`. `now` is the verifier's clock; it serves only to notice a seal from the future.
pub fn verify(source: &dyn BundleSource, trust: &Trust, now: Timestamp) -> VerificationReport {
    verify_observed(source, trust, now, &OneByOne, &|_| ())
}

/// How far the reading of the payload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read so far.
    pub bytes_done: u64,
    /// Bytes to be read.
    pub bytes_total: u64,
}

/// Who reads the files of the payload. There are no threads on the ground floor: whoever has some brings them.
pub trait Readers {
    /// Calls `read` once with each number below `files`, from as many threads as it likes, and comes back after the last one.
    fn read(&self, files: usize, read: &(dyn Fn(usize) + Sync));
}

/// One file after another.
#[derive(Debug, Clone, Copy)]
pub struct OneByOne;

impl Readers for OneByOne {
    fn read(&self, files: usize, read: &(dyn Fn(usize) + Sync)) {
        (0..files).for_each(read);
    }
}

/// Like [`verify`], and tells `observe` how far it has come, a few times for each megabyte.
pub fn verify_observed(
    source: &dyn BundleSource,
    trust: &Trust,
    now: Timestamp,
    readers: &dyn Readers,
    observe: &(dyn Fn(Progress) + Sync),
) -> VerificationReport {
    let mut findings = Findings::new();
    let Some(contents) = Contents::list(source, &mut findings) else {
        return findings.into_report(None, None, None);
    };
    let exported = contents.check_form(&mut findings);

    let Some((manifest_bytes, manifest)) = read_manifest(&contents, bundle::MANIFEST, &mut findings) else {
        return findings.into_report(None, None, None);
    };
    let manifest_sha256 = Digest::of(&manifest_bytes);
    let seal = signature::check_seal(&contents, &manifest_bytes, trust, now, &mut findings);
    stamp::check(&contents, seal.as_ref(), trust, now, &mut findings);
    log::check(&contents, manifest_sha256, trust, now, &mut findings);
    if exported {
        tags::check(&contents, seal.as_ref(), &mut findings);
    }

    let recording = payload::recording(&manifest, &mut findings);
    payload::check_complete(&contents, &manifest, &mut findings);
    if let Some(recording) = recording {
        let documents = recording::read(&contents, recording, seal.as_ref(), trust, &mut findings);
        payload::check_digests(&contents, &manifest, &documents, readers, observe, &mut findings);
        recording::check(&contents, &manifest, &documents, &mut findings);
        log::check_receipts(trust, &documents, &mut findings);
    } else {
        payload::check_digests(
            &contents,
            &manifest,
            &Default::default(),
            readers,
            observe,
            &mut findings,
        );
    }
    let against = reseal::Against {
        contents: &contents,
        manifest: &manifest,
        seal: seal.as_ref(),
        trust,
        now,
    };
    reseal::check(&against, readers, observe, &mut findings);
    match exported {
        true => tags::check_custody(&contents, manifest_sha256, &mut findings),
        false => findings.missing_if(
            trust.asks_for_custody(),
            CheckCode::Custody,
            [
                "the chain of custody and the signed list of the files beside the recording are not there: with a bundle that a \
                 court hands out they come. If this is how the court stores it, say so with --stored",
                "this is the stored form; the chain of custody comes with an exported bundle",
            ],
        ),
    }
    say_what_is_open(&mut findings);
    let root = seal.and_then(|s| s.root_fingerprint);
    findings.into_report(recording, Some(manifest_sha256), root)
}

/// Reads and parses one of the two manifests.
fn read_manifest(
    contents: &Contents<'_>,
    path: &str,
    findings: &mut Findings,
) -> Option<(Vec<u8>, Manifest)> {
    let check = match path {
        bundle::MANIFEST => CheckCode::Manifest,
        _ => CheckCode::TagFiles,
    };
    let bytes = contents.read_small(path, manifest::BYTES_MAX, check, findings)?;
    match Manifest::parse(&bytes) {
        Ok(manifest) => {
            if check == CheckCode::Manifest {
                let files = manifest.len();
                findings.proved(check, format!("{files} files are listed, each once and in order"));
            }
            Some((bytes, manifest))
        }
        Err(e) => {
            findings.failed(check, path, e.to_string());
            None
        }
    }
}

/// What no bundle can prove, said each time, so that nobody takes silence for a proof.
fn say_what_is_open(findings: &mut Findings) {
    findings.not_checked(
        CheckCode::Revocation,
        "whether a certificate was revoked needs a connection; ask the court",
    );
    findings.not_checked(
        CheckCode::Content,
        "that the bytes are unchanged says nothing of who is seen and what is said",
    );
}
