//! The transparency log: whether the seal is in it, who else saw its head, and whether somebody's receipt fits.

use super::super::bundle;
use super::super::digest::Digest;
use super::super::timestamp::Timestamp;
use super::super::tlog::{self, Checkpoint, InclusionProof, Leaf, Receipt, VerifierKey};
use super::Trust;
use super::contents::Contents;
use super::recording::Documents;
use super::report::{CheckCode, Findings};
use super::signature::CLOCK_DIFFERENCE_MAX;
use time::OffsetDateTime;

/// Checks the proof that the seal is in the log, where there is one.
pub(super) fn check(
    contents: &Contents<'_>,
    manifest_sha256: Digest,
    trust: &Trust,
    now: Timestamp,
    findings: &mut Findings,
) {
    let path = bundle::LOG_PROOF;
    if contents.size(path).is_none() {
        findings.missing_if(
            trust.asks_for_log() || trust.asks_for_cosigners(),
            CheckCode::TransparencyLog,
            [
                "no proof of the log was found although you named a log or a cosigner: either it was taken out, or this seal was never \
                 entered there",
                "this bundle is not in the log: it holds no proof that its seal was entered there",
            ],
        );
        let without = "without a proof of the log nobody has signed its head for this bundle";
        findings.missing_if(
            trust.asks_for_cosigners(),
            CheckCode::Cosigners,
            [without, without],
        );
        return;
    }
    let Some(proof) = read(contents, manifest_sha256, findings) else {
        return;
    };
    let head = &proof.checkpoint;
    let (origin, size, number) = (head.origin(), head.size(), proof.index);
    match signed(head, trust) {
        Ok(true) => findings.proved(
            CheckCode::TransparencyLog,
            format!("the manifest is entry {number} of the {size} of the log {origin}, under the key that you trust"),
        ),
        Ok(false) if trust.asks_for_log() => findings.missing(
            CheckCode::TransparencyLog,
            format!("no proof of a log that you named was found: this one is of what calls itself the log {origin}"),
        ),
        Ok(false) => findings.not_checked(
            CheckCode::TransparencyLog,
            format!("the manifest is entry {number} of the {size} of what calls itself the log {origin}; give the key that the court publishes with --trust-log to check whose log it is"),
        ),
        Err(why) => findings.failed(CheckCode::TransparencyLog, path, why),
    }
    check_cosigners(head, trust, now, findings);
}

/// The proof, if it is one and of this manifest.
fn read(contents: &Contents<'_>, manifest_sha256: Digest, findings: &mut Findings) -> Option<InclusionProof> {
    let (check, path) = (CheckCode::TransparencyLog, bundle::LOG_PROOF);
    let bytes = contents.read_small(path, tlog::PROOF_BYTES_MAX, check, findings)?;
    let leaf = Leaf::Manifest {
        sha256: manifest_sha256,
    };
    let read = InclusionProof::parse(&bytes).map_err(|e| e.to_string());
    let checked = read.and_then(|proof| match (proof.check(leaf.hash()), &proof.extra) {
        (_, Some(_)) => Err("it has an extra line, which a bundle's proof must not have".into()),
        (Err(e), _) => Err(format!("it does not prove that this manifest is in the log: {e}")),
        (Ok(()), None) => Ok(proof),
    });
    checked.map_err(|why| findings.failed(check, path, why)).ok()
}

/// Whether the head of a log is signed under a trusted key; false when no key of that log is trusted. An error when one
/// is, and has not signed.
fn signed(head: &Checkpoint, trust: &Trust) -> Result<bool, String> {
    let mut why = None;
    for key in trust.logs().filter(|key| key.name() == head.origin()) {
        match head.check(key) {
            Ok(()) => return Ok(true),
            Err(e) => why = Some(e.to_string()),
        }
    }
    why.map_or(Ok(false), Err)
}

fn check_cosigners(head: &Checkpoint, trust: &Trust, now: Timestamp, findings: &mut Findings) {
    let (check, path) = (CheckCode::Cosigners, bundle::LOG_PROOF);
    let trusted: Vec<&VerifierKey> = trust.cosigners().collect();
    if trusted.is_empty() {
        let others = head.note().names().filter(|name| *name != head.origin()).count();
        let why = match others {
            0 => "nobody but the log itself has signed its head".to_owned(),
            more => format!(
                "{more} further signatures on the head of the log; give the keys of cosigners that you trust with --trust-log"
            ),
        };
        return findings.not_checked(check, why);
    }
    let mut signed = Vec::new();
    for key in &trusted {
        match head.cosigned_at(key).map(|at| at.map(moment)) {
            Ok(None) => {}
            Ok(Some(Some(at))) if at.at() - now.at() <= CLOCK_DIFFERENCE_MAX => {
                signed.push(format!("{} at {at}", key.name()));
            }
            Ok(Some(_)) => {
                let why = format!("{} signed at a time that has not come", key.name());
                return findings.failed(check, path, why);
            }
            Err(e) => return findings.failed(check, path, e.to_string()),
        }
    }
    let (some, all) = (signed.len(), trusted.len());
    match some {
        0 => {
            let why = format!("none of the {all} cosigners that you trust has signed this head of the log");
            findings.missing_if(trust.asks_for_cosigners(), check, [&why, &why]);
        }
        _ => findings.trusted(
            check,
            format!(
                "{some} of the {all} cosigners that you trust saw this head of the log and no other past: {}",
                signed.join(", ")
            ),
        ),
    }
}

fn moment(unix_seconds: u64) -> Option<Timestamp> {
    let seconds = i64::try_from(unix_seconds).ok()?;
    // The year has four digits.
    let at = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    (at.year() < 10_000).then(|| Timestamp::new(at))
}

/// Checks the receipts that the verifier brought along against this recording. Of a hearing of several recordings there are
/// receipts of the others as well: they are passed over, but for one that is of this recording.
pub(super) fn check_receipts(trust: &Trust, documents: &Documents, findings: &mut Findings) {
    let recording = documents.recording();
    let (mine, others): (Vec<_>, Vec<_>) = trust
        .receipts()
        .iter()
        .partition(|receipt| receipt.recording == recording);
    if let (true, Some(other)) = (mine.is_empty(), others.first()) {
        let why = format!(
            "it is of the recording {}, and this bundle holds {recording}",
            other.recording
        );
        findings.failed(CheckCode::Receipt, RECEIPT, why);
    }
    for receipt in mine {
        check_receipt(receipt, trust, documents, findings);
    }
}

/// What a receipt is called where a file of the bundle would be named.
const RECEIPT: &str = "receipt";

fn check_receipt(receipt: &Receipt, trust: &Trust, documents: &Documents, findings: &mut Findings) {
    let check = CheckCode::Receipt;
    let head = &receipt.proof.checkpoint;
    if let Err(e) = receipt.proof.check(receipt.leaf().hash()) {
        return findings.failed(check, RECEIPT, format!("the receipt contradicts itself: {e}"));
    }
    let Some(number) = documents.fragment_with(receipt.head) else {
        let why = "it does NOT fit: when this receipt was given, the recording had come to a point that this bundle does not \
                   contain. What is in the bundle is not what was shown then";
        return findings.failed(check, RECEIPT, why);
    };
    let (origin, entry) = (head.origin(), receipt.proof.index);
    let all = documents.fragments();
    findings.proved(
        check,
        format!(
            "it fits: fragments 1 to {} of the {all} of this recording are exactly those of which it was shown, as entry {entry} \
             of the log {origin}, that they were recorded. Of what was recorded after it, it says nothing",
            number.saturating_add(1)
        ),
    );
    match signed(head, trust) {
        Ok(true) => findings.proved(
            check,
            format!("it is signed by the log {origin}, under the key that you trust"),
        ),
        Ok(false) => findings.not_checked(
            check,
            format!(
                "whether the log {origin} signed it: give the key that the court publishes with --trust-log"
            ),
        ),
        Err(why) => findings.failed(check, RECEIPT, why),
    }
}
