//! Reseals: whether each holds, what it covers, who made it and when; and what the proof of the whole rests on by now.

mod covered;
mod lasting;

use super::super::cms::{self, SignatureError, Signed};
use super::super::digest::Digest512;
use super::super::instructions::colons;
use super::super::manifest::{Manifest, Manifest512};
use super::super::reseal::{LIST_BYTES_MAX, Number, RESEALS_MAX, STAMPED_BYTES_MAX};
use super::super::stamp::{self, STAMP_BYTES_MAX, StampError, Stamped};
use super::super::timestamp::Timestamp;
use super::super::x509::{Certificate, PEM_BYTES_MAX};
use super::contents::Contents;
use super::report::{CheckCode, Findings};
use super::signature::{self, CLOCK_DIFFERENCE_MAX, Seal};
use super::{Progress, Readers, Trust};
use covered::Covered;
use lasting::{Proof, Worth};
use std::collections::BTreeSet;
use std::io::Read;

const CHECK: CheckCode = CheckCode::Reseal;

/// What reseals are checked against.
pub(super) struct Against<'a> {
    pub(super) contents: &'a Contents<'a>,
    pub(super) manifest: &'a Manifest,
    pub(super) seal: Option<&'a Seal>,
    pub(super) trust: &'a Trust,
    pub(super) now: Timestamp,
}

/// Checks every reseal of the bundle, and says what the whole rests on.
pub(super) fn check(
    against: &Against<'_>,
    readers: &dyn Readers,
    observe: &(dyn Fn(Progress) + Sync),
    findings: &mut Findings,
) {
    let mut payload = Covered::new(against, readers, observe);
    let mut proofs: Vec<Proof> = lasting::first(against).into_iter().collect();
    // What a reseal came after.
    let mut before = against.seal.map(|seal| seal.signing_time);
    for number in numbers(against.contents, findings) {
        if let Some(proof) = one(against, number, before, &mut payload, findings) {
            before = Some(proof.at);
            proofs.push(proof);
        }
    }
    lasting::say(&proofs, against.now, findings);
}

/// The reseals that are there, in order; a hole in their numbers is a failure.
fn numbers(contents: &Contents<'_>, findings: &mut Findings) -> BTreeSet<Number> {
    let found = contents.tag_files().filter_map(Number::of);
    let found: BTreeSet<Number> = found.map(|(number, _)| number).collect();
    let last = found.last().map_or(0, |last| last.0.min(RESEALS_MAX));
    for number in (1..=last).map(Number).filter(|number| !found.contains(number)) {
        findings.failed(
            CHECK,
            &number.to_string(),
            "it is missing, and later ones are there",
        );
    }
    found
}

/// A file of a reseal as it lies in the bundle.
fn read(contents: &Contents<'_>, path: &str, bytes_max: u64, findings: &mut Findings) -> Option<Vec<u8>> {
    contents.read_small(path, bytes_max, CHECK, findings)
}

/// Checks one reseal; what it proves, where it holds.
fn one(
    against: &Against<'_>,
    number: Number,
    before: Option<Timestamp>,
    payload: &mut Covered<'_>,
    findings: &mut Findings,
) -> Option<Proof> {
    let contents = against.contents;
    let failures = findings.failed_in(CHECK);
    // Each of them is asked for, so that each that is missing is named.
    let list = read(contents, &number.list(), LIST_BYTES_MAX, findings);
    let signature = read(contents, &number.signature(), cms::SIGNATURE_BYTES_MAX, findings);
    let stamped = read(contents, &number.stamped(), STAMPED_BYTES_MAX, findings);
    let answer = read(contents, &number.stamp(), STAMP_BYTES_MAX, findings);
    let root = certificate(contents, &number.root(), findings);
    let seal = certificate(contents, &number.certificate(), findings);
    let stamp_root = certificate(contents, &number.stamp_root(), findings);
    let (list, signature, stamped, answer) = (list?, signature?, stamped?, answer?);

    check_stamped_list(contents, number, &stamped, findings);
    let signed = signed(number, &signature, &list, findings)?;
    if seal.is_some_and(|enclosed| enclosed != signed.certificate) {
        let why = "it is not the certificate under which the reseal was signed";
        findings.failed(CHECK, &number.certificate(), why);
    }
    let stamp = match stamp::verify(&answer, &stamped) {
        Ok(stamp) => stamp,
        Err(StampError::Content) => {
            findings.failed(CHECK, &number.stamped(), "it is not what was stamped");
            return None;
        }
        Err(e) => {
            findings.failed(CHECK, &number.stamp(), e.to_string());
            return None;
        }
    };
    if let Some(why) = wrong_time(&stamp, &signed, before, against.now) {
        findings.failed(CHECK, &number.stamp(), why);
    }
    let signer = lead(against.trust.roots(), root, |roots| {
        let at = signed.signing_time.unix_seconds();
        let led = signed.certificate.leads_to(roots, &signed.intermediates, at);
        led.cloned().map_err(|e| e.to_string())
    });
    let signer = named(signer, &signed.certificate, &number.signature(), findings)?;
    let time_roots = [against.trust.roots(), against.trust.time_roots()].concat();
    let stamper = lead(&time_roots, stamp_root, |roots| {
        stamp.root(roots).cloned().map_err(|e| e.to_string())
    });
    let stamper = named(stamper, &stamp.certificate, &number.stamp(), findings)?;

    let covers = match Manifest512::parse(&list) {
        Ok(list) => payload.check(number, &list, findings),
        Err(e) => {
            findings.failed(CHECK, &number.list(), e.to_string());
            return None;
        }
    };
    if findings.failed_in(CHECK) > failures {
        return None;
    }
    findings.proved(
        CHECK,
        format!(
            "{number} covers {covers}; signed {} by {}, and stamped",
            signed.signing_time,
            signed.certificate.subject()
        ),
    );
    let of_the_court = [
        Some(signer.root.fingerprint()),
        against.seal.and_then(|s| s.root_fingerprint),
    ];
    let own = of_the_court.contains(&Some(stamper.root.fingerprint()))
        || against.trust.is_of_the_court(&stamper.root);
    let worth = match (own, stamper.trusted) {
        (true, _) => Worth::Own,
        (false, true) => Worth::Trusted,
        (false, false) => Worth::Unknown,
    };
    say_whose(number, &signer, &stamper, &stamp, worth, findings);
    Some(Proof {
        name: number.to_string(),
        at: stamp.at,
        by: stamp.certificate.subject(),
        until: stamp.certificate.valid_until().min(stamper.root.valid_until()),
        worth,
    })
}

/// The list that is stamped names exactly the reseal's own files, as they are.
fn check_stamped_list(contents: &Contents<'_>, number: Number, stamped: &[u8], findings: &mut Findings) {
    let path = number.stamped();
    let list = match Manifest512::parse(stamped) {
        Ok(list) => list,
        Err(e) => return findings.failed(CHECK, &path, e.to_string()),
    };
    let files = number.stamped_files();
    if !list
        .iter()
        .map(|(path, _)| path)
        .eq(files.iter().map(String::as_str))
    {
        return findings.failed(CHECK, &path, "it does not list the reseal's own four files");
    }
    for (file, expected) in list.iter() {
        // One that is missing is named already.
        let content = contents.size(file).and_then(|_| contents.open(file).ok());
        let found = content.map(|content| Digest512::of_stream(content.take(LIST_BYTES_MAX), |_| ()));
        if found.is_some_and(|found| !found.is_ok_and(|found| found == expected)) {
            findings.failed(CHECK, file, "it is not as it was stamped");
        }
    }
}

fn signed(number: Number, signature: &[u8], list: &[u8], findings: &mut Findings) -> Option<Signed> {
    match cms::verify(signature, list) {
        Ok(signed) => Some(signed),
        Err(SignatureError::Content) => {
            findings.failed(CHECK, &number.list(), "it is not what was signed");
            None
        }
        Err(e) => {
            findings.failed(CHECK, &number.signature(), e.to_string());
            None
        }
    }
}

fn certificate(contents: &Contents<'_>, path: &str, findings: &mut Findings) -> Option<Certificate> {
    read(contents, path, PEM_BYTES_MAX, findings)?;
    signature::one_certificate(contents, path, CHECK, findings)
}

/// A reseal is neither older than what it is over nor of a day that has not come, and stamped when it was signed.
fn wrong_time(stamp: &Stamped, signed: &Signed, before: Option<Timestamp>, now: Timestamp) -> Option<String> {
    let (at, signed_at) = (stamp.at, signed.signing_time);
    if at.at() - now.at() > CLOCK_DIFFERENCE_MAX {
        return Some(format!("made at {at}, which is after this computer's time {now}"));
    }
    if (at.at() - signed_at.at()).abs() > CLOCK_DIFFERENCE_MAX {
        return Some(format!(
            "made at {at}, more than a day from {signed_at}, when it was signed"
        ));
    }
    let before = before.filter(|before| before.at() - at.at() > CLOCK_DIFFERENCE_MAX)?;
    Some(format!(
        "made at {at}, before what it is over, which is of {before}"
    ))
}

/// A root, and whether the verifier trusts it.
struct Led {
    root: Certificate,
    trusted: bool,
}

/// Where a certificate leads: to a trusted root, or else at least to the one that came with it.
fn lead(
    trusted: &[Certificate],
    enclosed: Option<Certificate>,
    to: impl Fn(&[Certificate]) -> Result<Certificate, String>,
) -> Option<Result<Led, String>> {
    // Without one, that failed already.
    let enclosed = [enclosed?];
    let led = |root, trusted| Led { root, trusted };
    Some(
        to(trusted)
            .map(|root| led(root, true))
            .or_else(|_| to(&enclosed).map(|root| led(root, false))),
    )
}

fn named(
    led: Option<Result<Led, String>>,
    certificate: &Certificate,
    path: &str,
    findings: &mut Findings,
) -> Option<Led> {
    led?.map_err(|why| findings.failed(CHECK, path, format!("{}: {why}", certificate.subject())))
        .ok()
}

/// On whose word it rests.
fn say_whose(
    number: Number,
    signer: &Led,
    stamper: &Led,
    stamp: &Stamped,
    worth: Worth,
    findings: &mut Findings,
) {
    let fingerprint = colons(&signer.root.fingerprint());
    match signer.trusted {
        true => findings.trusted(
            CHECK,
            format!("who made {number}: by your trust in the root {} with fingerprint {fingerprint}", signer.root.subject()),
        ),
        false => findings.not_checked(
            CHECK,
            format!("who made {number}: its root is none that you trust; compare the enclosed one's fingerprint with what the court publishes: {fingerprint}"),
        ),
    }
    let (at, by) = (stamp.at, stamp.certificate.subject());
    let fingerprint = colons(&stamper.root.fingerprint());
    match worth {
        Worth::Trusted => findings.trusted(
            CHECK,
            format!("when {number} was made: {at}, by your trust in the root {} with fingerprint {fingerprint}", stamper.root.subject()),
        ),
        Worth::Own => findings.not_checked(
            CHECK,
            format!("when {number} was made: {at}, by the word of {by}, the court's own service"),
        ),
        Worth::Unknown => findings.not_checked(
            CHECK,
            format!("when {number} was made: {at}, says {by}; give the authority's root with --trust-time, the enclosed one has the fingerprint {fingerprint}"),
        ),
    }
}

/// Checks that a reseal of which the chain of custody speaks is there, with these bytes.
pub(super) fn check_entered(contents: &Contents<'_>, entered: &[(String, String)], findings: &mut Findings) {
    for (folder, expected) in entered {
        let path = format!("{folder}/stamped-sha512.txt");
        let known = Number::of(&path).is_some();
        let content = known.then(|| contents.open(&path).ok()).flatten();
        let found = content.map(|content| Digest512::of_stream(content.take(STAMPED_BYTES_MAX), |_| ()));
        match found {
            Some(Ok(found)) if found.to_string() == *expected => {}
            Some(_) => findings.failed(
                CheckCode::Custody,
                &path,
                "it is not the reseal that the chain of custody speaks of",
            ),
            None => findings.failed(
                CheckCode::Custody,
                &path,
                "the chain of custody speaks of this reseal, and it is missing",
            ),
        }
    }
}
