//! Who signed what, and when.

use super::super::bundle;
use super::super::cms::{self, SignatureError, Signed};
use super::super::digest::Digest;
use super::super::instructions::colons;
use super::super::timestamp::Timestamp;
use super::super::x509::{self, Certificate};
use super::Trust;
use super::contents::Contents;
use super::report::{CheckCode, Findings};
use time::Duration;

/// How far ahead of the verifier's clock a seal may be: clocks differ.
pub(super) const CLOCK_DIFFERENCE_MAX: Duration = Duration::days(1);

/// A seal whose signature holds.
pub(super) struct Seal {
    /// When it was made, by the sealing server's clock.
    pub(super) signing_time: Timestamp,
    /// Root to which its certificate leads; None when it leads nowhere.
    pub(super) root_fingerprint: Option<Digest>,
    /// The roots against which further signatures of this bundle are checked.
    roots: Vec<Certificate>,
    /// True when the reader trusts these; else they are what came with the seal.
    trusted: bool,
}

/// Checks the signature over the manifest and where its certificate leads.
pub(super) fn check_seal(
    contents: &Contents<'_>,
    manifest: &[u8],
    trust: &Trust,
    now: Timestamp,
    findings: &mut Findings,
) -> Option<Seal> {
    let files = [bundle::MANIFEST, bundle::MANIFEST_SIGNATURE];
    let enclosed_root = certificate(contents, bundle::ROOT_CERTIFICATE, findings);
    let enclosed_seal = certificate(contents, bundle::SEAL_CERTIFICATE, findings);
    let signed = check_signature(contents, manifest, files, CheckCode::Seal, findings)?;
    if enclosed_seal.is_some_and(|enclosed| enclosed != signed.certificate) {
        let why = "it is not the certificate under which the manifest was signed";
        findings.failed(CheckCode::Seal, bundle::SEAL_CERTIFICATE, why);
    }
    let digest = Digest::of(manifest);
    let by = signed.certificate.subject();
    findings.proved_unless_failed(
        CheckCode::Seal,
        format!("the manifest {digest} is signed by {by}"),
    );

    let trusted = !trust.roots().is_empty();
    let roots = match trusted {
        true => trust.roots().to_vec(),
        false => enclosed_root.into_iter().collect(),
    };
    let root_fingerprint = match leads_to(&signed, &roots) {
        Ok(root) => {
            let fingerprint = root.fingerprint();
            let text = colons(&fingerprint);
            match trusted {
                true => findings.trusted(
                    CheckCode::Signer,
                    format!("by your trust in the root {} with fingerprint {text}", root.subject()),
                ),
                false => findings.not_checked(
                    CheckCode::Signer,
                    format!("no trusted root was given; compare the enclosed root's fingerprint with the one the court publishes: {text}"),
                ),
            }
            Some(fingerprint)
        }
        Err(why) => {
            findings.failed(CheckCode::Signer, bundle::MANIFEST_SIGNATURE, why);
            None
        }
    };
    check_time(signed.signing_time, now, findings);
    Some(Seal {
        signing_time: signed.signing_time,
        root_fingerprint,
        roots,
        trusted,
    })
}

/// Checks another signature of the bundle against the same roots. Returns when it was made, where it holds. Without a trusted root it may
/// lead elsewhere than the seal: a court that made a new root hands out under that what was sealed under the one before, and the
/// root of which it was handed out is not in the bundle.
pub(super) fn check_further(
    contents: &Contents<'_>,
    content: &[u8],
    [content_path, path]: [&str; 2],
    seal: &Seal,
    check: CheckCode,
    findings: &mut Findings,
) -> Option<Timestamp> {
    let signed = check_signature(contents, content, [content_path, path], check, findings)?;
    match leads_to(&signed, &seal.roots) {
        Ok(_) => Some(signed.signing_time),
        Err(_) if !seal.trusted && seal.root_fingerprint.is_some() => {
            let by = signed.certificate.subject();
            let why = format!(
                "{content_path} is signed by {by}, which does not lead to the root of the seal: give the court's roots with --trust to check whose signature it is"
            );
            findings.not_checked(check, why);
            Some(signed.signing_time)
        }
        Err(why) => {
            findings.failed(check, path, why);
            None
        }
    }
}

fn check_signature(
    contents: &Contents<'_>,
    content: &[u8],
    [content_path, path]: [&str; 2],
    check: CheckCode,
    findings: &mut Findings,
) -> Option<Signed> {
    contents.size(path)?; // named as missing already
    let signature = contents.read_small(path, cms::SIGNATURE_BYTES_MAX, check, findings)?;
    match cms::verify(&signature, content) {
        Ok(signed) => Some(signed),
        Err(SignatureError::Content) => {
            findings.failed(check, content_path, "it is not what was signed");
            None
        }
        Err(e) => {
            findings.failed(check, path, e.to_string());
            None
        }
    }
}

fn leads_to<'r>(signed: &Signed, roots: &'r [Certificate]) -> Result<&'r Certificate, String> {
    let at = signed.signing_time.unix_seconds();
    signed
        .certificate
        .leads_to(roots, &signed.intermediates, at)
        .map_err(|e| format!("{}: {e}", signed.certificate.subject()))
}

fn certificate(contents: &Contents<'_>, path: &str, findings: &mut Findings) -> Option<Certificate> {
    one_certificate(contents, path, CheckCode::Seal, findings)
}

/// The only certificate of a PEM file of the bundle.
pub(super) fn one_certificate(
    contents: &Contents<'_>,
    path: &str,
    check: CheckCode,
    findings: &mut Findings,
) -> Option<Certificate> {
    contents.size(path)?; // named as missing already
    let pem = contents.read_small(path, x509::PEM_BYTES_MAX, check, findings)?;
    match Certificate::all_from_pem(&pem).map(<[Certificate; 1]>::try_from) {
        Ok(Ok([only])) => Some(only),
        Ok(Err(_)) => {
            findings.failed(check, path, "it holds more than one certificate");
            None
        }
        Err(e) => {
            findings.failed(check, path, e.to_string());
            None
        }
    }
}

fn check_time(signing_time: Timestamp, now: Timestamp, findings: &mut Findings) {
    if signing_time.at() - now.at() > CLOCK_DIFFERENCE_MAX {
        let why = format!("sealed at {signing_time}, which is after this computer's time {now}");
        findings.failed(CheckCode::SigningTime, bundle::MANIFEST_SIGNATURE, why);
    } else {
        let detail = format!("{signing_time}, by the word of the sealing server's clock");
        findings.trusted(CheckCode::SigningTime, detail);
    }
}
