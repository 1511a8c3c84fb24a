//! The time-stamp over the seal: when somebody else than the sealing server saw it.

use super::super::bundle;
use super::super::cms;
use super::super::instructions::colons;
use super::super::stamp::{self, StampError, Stamped};
use super::super::timestamp::Timestamp;
use super::super::x509::Certificate;
use super::Trust;
use super::contents::Contents;
use super::report::{CheckCode, Findings};
use super::signature::{self, CLOCK_DIFFERENCE_MAX, Seal};

/// Checks the time-stamp, where there is one, and says what it is worth.
pub(super) fn check(
    contents: &Contents<'_>,
    seal: Option<&Seal>,
    trust: &Trust,
    now: Timestamp,
    findings: &mut Findings,
) {
    if contents.size(bundle::TIME_STAMP).is_none() {
        let why = "there is no time-stamp: the time of the seal is the court's word alone";
        findings.not_checked(CheckCode::TimeStamp, why);
        findings.missing_if(
            trust.asks_for_time(),
            CheckCode::IndependentTime,
            [
                "no time-stamp was found although you named an authority: either it was taken out, or this seal was never stamped",
                "the bundle holds no time-stamp of an independent authority",
            ],
        );
        return;
    }
    let enclosed_root =
        signature::one_certificate(contents, bundle::TIME_STAMP_ROOT, CheckCode::TimeStamp, findings);
    let Some(stamped) = read(contents, findings) else {
        return;
    };
    if let Some(why) = wrong_time(&stamped, seal, now) {
        findings.failed(CheckCode::TimeStamp, bundle::TIME_STAMP, why);
    }
    check_origin(&stamped, seal, trust, enclosed_root, findings);
}

/// The time-stamp, if it is one and is over this seal.
fn read(contents: &Contents<'_>, findings: &mut Findings) -> Option<Stamped> {
    let check = CheckCode::TimeStamp;
    let answer = contents.read_small(bundle::TIME_STAMP, stamp::STAMP_BYTES_MAX, check, findings)?;
    contents.size(bundle::MANIFEST_SIGNATURE)?; // named as missing already
    let signature = contents.read_small(
        bundle::MANIFEST_SIGNATURE,
        cms::SIGNATURE_BYTES_MAX,
        check,
        findings,
    )?;
    match stamp::verify(&answer, &signature) {
        Ok(stamped) => Some(stamped),
        Err(StampError::Content) => {
            findings.failed(check, bundle::MANIFEST_SIGNATURE, "it is not what was stamped");
            None
        }
        Err(e) => {
            findings.failed(check, bundle::TIME_STAMP, e.to_string());
            None
        }
    }
}

/// A stamp cannot be older than what it is over, nor of a day that has not come. Clocks differ, though.
fn wrong_time(stamped: &Stamped, seal: Option<&Seal>, now: Timestamp) -> Option<String> {
    let at = stamped.at;
    if at.at() - now.at() > CLOCK_DIFFERENCE_MAX {
        return Some(format!("made at {at}, which is after this computer's time {now}"));
    }
    let signed_at = seal?.signing_time;
    (signed_at.at() - at.at() > CLOCK_DIFFERENCE_MAX)
        .then(|| format!("made at {at}, long before {signed_at}, the time of the seal"))
}

/// Whose stamp it is, and whether that is anybody else than the court.
fn check_origin(
    stamped: &Stamped,
    seal: Option<&Seal>,
    trust: &Trust,
    enclosed_root: Option<Certificate>,
    findings: &mut Findings,
) {
    let (at, by) = (stamped.at, stamped.certificate.subject());
    let trusted: Vec<Certificate> = [trust.roots(), trust.time_roots()].concat();
    // Without one, that failed already.
    let Some(enclosed) = enclosed_root.map(|root| [root]) else {
        return;
    };
    let is_trusted = stamped.root(&trusted);
    // Whatever is trusted, it must at least lead to the root that came with it.
    let root = match is_trusted.as_ref().or(stamped.root(&enclosed).as_ref()) {
        Ok(root) => *root,
        Err(why) => {
            return findings.failed(CheckCode::TimeStamp, bundle::TIME_STAMP, format!("{by}: {why}"));
        }
    };
    findings.proved_unless_failed(
        CheckCode::TimeStamp,
        format!("the seal's signature was stamped at {at} by {by}"),
    );
    let of_the_seal = seal.is_some_and(|seal| seal.root_fingerprint == Some(root.fingerprint()));
    let fingerprint = colons(&root.fingerprint());
    let word = "it is the court's word once more";
    let why = if of_the_seal {
        format!("the stamp is of the court's own service, under the root of the seal: {word}")
    } else if trust.is_of_the_court(root) {
        format!("the stamp is of the court's own service, under a root that you trust for seals: {word}")
    } else if is_trusted.is_ok() {
        return findings.trusted(
            CheckCode::IndependentTime,
            format!(
                "{at}, by your trust in the root {} with fingerprint {fingerprint}",
                root.subject()
            ),
        );
    } else {
        format!(
            "whose stamp it is: give the authority's root with --trust-time; the enclosed one has the fingerprint {fingerprint}"
        )
    };
    let missing = format!("no time-stamp of an authority that you named was found: {why}");
    findings.missing_if(
        trust.asks_for_time(),
        CheckCode::IndependentTime,
        [&missing, &why],
    );
}
