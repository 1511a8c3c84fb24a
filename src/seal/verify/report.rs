//! What a verification found: one line a check, and proved, trusted and not checked kept apart.

use super::super::digest::Digest;
use serde::Serialize;
use std::fmt;
use uuid::Uuid;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Follows from mathematics: anybody who repeats the check comes to the same result.
    Proved,
    /// Rests on somebody's word, named in the detail.
    Trusted,
    /// Was not looked at, and why.
    NotChecked,
    /// The verifier asked for it, and it is not there: nothing contradicts itself, but somebody may have taken it out.
    Missing,
    /// Does not hold.
    Failed,
}

impl Verdict {
    /// The word used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Proved => "proved",
            Verdict::Trusted => "trusted",
            Verdict::NotChecked => "not_checked",
            Verdict::Missing => "missing",
            Verdict::Failed => "failed",
        }
    }
}

/// The checks. Their names are part of the format: see `recordings-schema/README.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckCode {
    /// Names and kinds of all entries.
    Names,
    /// `bagit.txt`, and which form of bundle it is.
    Bag,
    /// `manifest-sha256.txt` as text.
    Manifest,
    /// The seal over the manifest.
    Seal,
    /// The certificate leads to a root.
    Signer,
    /// The time of the seal.
    SigningTime,
    /// No file of the payload is missing or added.
    PayloadComplete,
    /// Every payload file is as it was sealed.
    PayloadDigests,
    /// `seal.json`.
    SealDocument,
    /// The tracks in `seal.json` are the files.
    Tracks,
    /// `fragments.tsv` and the bytes it covers.
    Fragments,
    /// `gaps.jsonl`.
    Gaps,
    /// `court-log.jsonl`.
    CourtLog,
    /// `tagmanifest-sha256.txt`, its files and its signature.
    TagFiles,
    /// `custody.jsonl`.
    Custody,
    /// The recording before this one.
    Previous,
    /// The time-stamp over the seal.
    TimeStamp,
    /// Time from somebody else than the court.
    IndependentTime,
    /// The seal is in the transparency log.
    TransparencyLog,
    /// Others than the court saw the head of the log.
    Cosigners,
    /// Somebody's receipt fits the recording.
    Receipt,
    /// A redacted copy, and what it was made from.
    Derived,
    /// What was added in later years, one line and more for each reseal.
    Reseal,
    /// What the proof of the whole rests on by now.
    Lasting,
    /// Whether a certificate was revoked.
    Revocation,
    /// The certificate of a disposal.
    Disposal,
    /// What is to be seen and heard.
    Content,
}

impl CheckCode {
    /// Every check.
    pub const ALL: [CheckCode; 27] = [
        Self::Names,
        Self::Bag,
        Self::Manifest,
        Self::Seal,
        Self::Signer,
        Self::SigningTime,
        Self::TimeStamp,
        Self::IndependentTime,
        Self::TransparencyLog,
        Self::Cosigners,
        Self::TagFiles,
        Self::PayloadComplete,
        Self::PayloadDigests,
        Self::SealDocument,
        Self::Tracks,
        Self::Fragments,
        Self::Gaps,
        Self::CourtLog,
        Self::Derived,
        Self::Reseal,
        Self::Lasting,
        Self::Custody,
        Self::Previous,
        Self::Receipt,
        Self::Revocation,
        Self::Disposal,
        Self::Content,
    ];

    /// The stable word of the format, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Bag => "bag",
            Self::Manifest => "manifest",
            Self::Seal => "seal",
            Self::Signer => "signer",
            Self::SigningTime => "signing_time",
            Self::PayloadComplete => "payload_complete",
            Self::PayloadDigests => "payload_digests",
            Self::SealDocument => "seal_document",
            Self::Tracks => "tracks",
            Self::Fragments => "fragments",
            Self::Gaps => "gaps",
            Self::CourtLog => "court_log",
            Self::TagFiles => "tag_files",
            Self::Custody => "custody",
            Self::Previous => "previous",
            Self::TimeStamp => "time_stamp",
            Self::IndependentTime => "independent_time",
            Self::TransparencyLog => "transparency_log",
            Self::Cosigners => "cosigners",
            Self::Receipt => "receipt",
            Self::Derived => "derived",
            Self::Reseal => "reseal",
            Self::Lasting => "lasting",
            Self::Revocation => "revocation",
            Self::Disposal => "disposal",
            Self::Content => "content",
        }
    }

    /// What is checked, in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Names => "file names",
            Self::Bag => "form of the bundle",
            Self::Manifest => "list of sealed files",
            Self::Seal => "signature of the seal",
            Self::Signer => "who sealed",
            Self::SigningTime => "time of the seal",
            Self::PayloadComplete => "no file missing or added",
            Self::PayloadDigests => "every file as it was sealed",
            Self::SealDocument => "seal document",
            Self::Tracks => "tracks",
            Self::Fragments => "fragments",
            Self::Gaps => "declared gaps",
            Self::CourtLog => "court log",
            Self::TagFiles => "files beside the recording",
            Self::Custody => "chain of custody",
            Self::Previous => "earlier recording",
            Self::TimeStamp => "time-stamp of the seal",
            Self::IndependentTime => "time from elsewhere",
            Self::TransparencyLog => "transparency log",
            Self::Cosigners => "cosigners of the log",
            Self::Receipt => "receipt from the hearing",
            Self::Derived => "redacted copy",
            Self::Reseal => "proofs of later years",
            Self::Lasting => "oldest and newest proof",
            Self::Revocation => "revoked certificates",
            Self::Disposal => "certificate of disposal",
            Self::Content => "what is seen and heard",
        }
    }
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// How it ended.
    pub verdict: Verdict,
    /// What was checked.
    pub check: CheckCode,
    /// The same in words.
    pub what: &'static str,
    /// What was found.
    pub detail: String,
    /// The file at fault, or the one the check is about.
    pub file: Option<String>,
}

/// How a verification ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every proof holds, and the seal is that of a root the verifier trusts.
    Proved,
    /// What is there holds under a root that the verifier trusts, but a proof that they asked for is not there.
    ProofsMissing,
    /// Every proof holds, but the verifier named no root: whose seal it is was not checked.
    SignerNotChecked,
    /// At least one check failed.
    Failed,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerificationReport {
    /// How it ended.
    pub outcome: Outcome,
    /// The recording that the bundle says it holds.
    pub recording: Option<Uuid>,
    /// Digest of the signed manifest as it lies in the bundle.
    pub manifest_sha256: Option<Digest>,
    /// Fingerprint of the root to which the seal leads.
    pub root_fingerprint: Option<Digest>,
    /// One line a check, in the order in which they were made.
    pub checks: Vec<Check>,
}

impl VerificationReport {
    /// True when nothing failed. Whose seal it is may still be open: see [`Outcome::SignerNotChecked`].
    pub fn holds(&self) -> bool {
        self.outcome != Outcome::Failed
    }

    /// The proofs that were asked for and are not there.
    pub fn missing(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|c| c.verdict == Verdict::Missing)
    }

    /// The checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|c| c.verdict == Verdict::Failed)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Proved => "proved",
            Self::Trusted => "trusted",
            Self::NotChecked => "not checked",
            Self::Missing => "MISSING",
            Self::Failed => "FAILED",
        })
    }
}

/// Most failures that are listed for one check: a bundle of garbage shall not print for hours.
const FAILURES_LISTED_MAX: usize = 50;

/// A report in the making.
pub(super) struct Findings {
    checks: Vec<Check>,
    suppressed: usize,
}

impl Findings {
    pub(super) fn new() -> Self {
        Self {
            checks: Vec::new(),
            suppressed: 0,
        }
    }

    fn add(&mut self, verdict: Verdict, check: CheckCode, detail: String, file: Option<String>) {
        self.checks.push(Check {
            verdict,
            check,
            what: check.title(),
            detail,
            file,
        });
    }

    pub(super) fn proved(&mut self, check: CheckCode, detail: impl Into<String>) {
        self.add(Verdict::Proved, check, detail.into(), None);
    }

    pub(super) fn trusted(&mut self, check: CheckCode, detail: impl Into<String>) {
        self.add(Verdict::Trusted, check, detail.into(), None);
    }

    pub(super) fn not_checked(&mut self, check: CheckCode, detail: impl Into<String>) {
        self.add(Verdict::NotChecked, check, detail.into(), None);
    }

    /// Says that what the verifier asked for is not there.
    pub(super) fn missing(&mut self, check: CheckCode, detail: impl Into<String>) {
        self.add(Verdict::Missing, check, detail.into(), None);
    }

    /// The same, unless nobody asked for it: then it is not checked.
    pub(super) fn missing_if(&mut self, asked: bool, check: CheckCode, detail: [&str; 2]) {
        let [missing, open] = detail;
        match asked {
            true => self.missing(check, missing),
            false => self.not_checked(check, open),
        }
    }

    pub(super) fn failed(&mut self, check: CheckCode, file: &str, detail: impl Into<String>) {
        let listed = self.failures(check);
        if listed < FAILURES_LISTED_MAX {
            // The path may be any text, also one that would paint lines of its own onto a terminal.
            let file = file.escape_debug().to_string();
            self.add(Verdict::Failed, check, detail.into(), Some(file));
        } else {
            self.suppressed += 1;
        }
    }

    /// How many failures of that check there are, those that are not listed left out.
    pub(super) fn failed_in(&self, check: CheckCode) -> usize {
        self.failures(check)
    }

    /// True when a failure that is listed is of this file.
    pub(super) fn names(&self, file: &str) -> bool {
        let failed = |c: &Check| c.verdict == Verdict::Failed && c.file.as_deref() == Some(file);
        self.checks.iter().any(failed)
    }

    fn failures(&self, check: CheckCode) -> usize {
        let failed = |c: &&Check| c.check == check && c.verdict == Verdict::Failed;
        self.checks.iter().filter(failed).count()
    }

    /// Says that a check holds, unless something of it failed.
    pub(super) fn proved_unless_failed(&mut self, check: CheckCode, detail: impl Into<String>) {
        if self.failures(check) == 0 {
            self.proved(check, detail);
        }
    }

    pub(super) fn into_report(
        mut self,
        recording: Option<Uuid>,
        manifest_sha256: Option<Digest>,
        root_fingerprint: Option<Digest>,
    ) -> VerificationReport {
        if self.suppressed > 0
            && let Some(last) = self.checks.iter_mut().rfind(|c| c.verdict == Verdict::Failed)
        {
            last.detail
                .push_str(&format!(" ({} more failures not listed)", self.suppressed));
        }
        let any = |verdict| self.checks.iter().any(|c| c.verdict == verdict);
        let signer_open = self
            .checks
            .iter()
            .any(|c| c.check == CheckCode::Signer && c.verdict == Verdict::NotChecked);
        let outcome = if any(Verdict::Failed) || self.checks.is_empty() {
            Outcome::Failed
        } else if signer_open {
            Outcome::SignerNotChecked
        } else if any(Verdict::Missing) {
            Outcome::ProofsMissing
        } else {
            Outcome::Proved
        };
        VerificationReport {
            outcome,
            recording,
            manifest_sha256,
            root_fingerprint,
            checks: self.checks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CheckCode;

    #[test]
    fn the_name_of_a_check_is_the_word_of_the_report() {
        for check in CheckCode::ALL {
            assert_eq!(serde_json::json!(check), check.name());
        }
    }
}
