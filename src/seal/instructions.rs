//! `VERIFY.txt`: how to verify a bundle with tools that everybody has, and nothing of ours.

use super::digest::Digest;
use super::reseal::ResealSummary;
use super::timestamp::Timestamp;
use uuid::Uuid;

/// What the text is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instructions<'a> {
    /// The recording.
    pub recording: Uuid,
    /// The court.
    pub organisation: &'a str,
    /// SHA-256 of `manifest-sha256.txt`.
    pub manifest_sha256: Digest,
    /// SHA-256 of the DER form of the root certificate.
    pub root_fingerprint: Digest,
    /// Signing time of the seal.
    pub sealed_at: Timestamp,
    /// Signing time of the tag manifest.
    pub exported_at: Timestamp,
    /// The time-stamp over the seal, if there is one.
    pub stamp: Option<StampSummary>,
    /// Where the seal is in the transparency log, if this bundle has a proof of it.
    pub log: Option<LogSummary>,
    /// SHA-256 of the DER form of the root under which the bundle was handed out, where that is another than the seal's: the court
    /// made a new root since.
    pub later_root: Option<Digest>,
    /// What was added in later years, in order.
    pub reseals: Vec<ResealSummary>,
}

/// What there is to say about a proof that the seal is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSummary {
    /// Name of the log.
    pub origin: String,
    /// Number of the entry, from 0.
    pub entry: u64,
}

impl LogSummary {
    /// Which entry of which log; or that there is no proof.
    pub fn in_words(log: Option<&Self>) -> String {
        match log {
            Some(Self { origin, entry }) => format!("entry {entry} of the log {origin}"),
            None => "this bundle is not in the log".into(),
        }
    }
}

/// What there is to say about a time-stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampSummary {
    /// When, by the authority's clock.
    pub at: Timestamp,
    /// Whose.
    pub by: String,
    /// SHA-256 of the DER form of the authority's root certificate.
    pub root_fingerprint: Digest,
    /// Whether it is the court's own service, under the root of the seal.
    pub ours: bool,
}

impl StampSummary {
    /// What this stamp proves of the time, as the end of a sentence.
    pub fn worth(&self) -> &'static str {
        match self.ours {
            true => "by the court’s own time-stamp service: not independent of the court",
            false => "by an authority other than the court",
        }
    }
}

/// The text of `VERIFY.txt`.
pub fn text(about: &Instructions<'_>) -> String {
    let Instructions {
        recording,
        organisation,
        manifest_sha256,
        root_fingerprint,
        sealed_at,
        exported_at,
        stamp,
        log,
        later_root,
        reseals,
    } = about;
    let organisation: String = organisation.chars().filter(|c| !c.is_control()).collect();
    let fingerprint = colons(root_fingerprint);
    let sealed = sealed_at.unix_seconds();
    let exported = exported_at.unix_seconds();
    let mut stamp_step = stamp.as_ref().map_or(String::new(), stamp_step);
    for (reseal, step) in reseals.iter().zip(7..) {
        stamp_step.push_str(&reseal_step(reseal, step));
    }
    let (handed_out_root, roots) = match later_root {
        Some(_) => ("../NEW-ROOT.pem", "../ROOTS.pem"),
        None => ("../ROOT.pem", "../ROOT.pem"),
    };
    let later_step = later_root.as_ref().map_or(String::new(), later_step);
    let log_step = log_step(log.as_ref(), roots);
    let time_proof = match stamp {
        Some(stamp) if !stamp.ours => "that\nnothing",
        _ => "the time of\nsigning (it is the court's own clock), that nothing",
    };
    format!(
        "How to verify this recording
============================

Recording  {recording}
Sealed by  {organisation}, {sealed_at}
Handed out {exported_at}

You need no software of the court and no connection. The commands below use sha256sum (GNU coreutils) and OpenSSL 3;
run them with bash in the folder that holds this file. With Oyer at hand, `oyer verify . --trust {roots}` does all of
it and more.

1. Get the court's root certificate from the court itself, not from this bundle: save it as ROOT.pem beside this
   folder, not in it. The one in seal/certs/root.pem is a copy for convenience and proves nothing by itself. Compare

       openssl x509 -in ../ROOT.pem -noout -fingerprint -sha256

   with the fingerprint that the court publishes. For this bundle it should be
   {fingerprint}
{later_step}
2. Is every file as it was sealed? Each line must end in OK.

       sha256sum --check --strict manifest-sha256.txt
       sha256sum --check --strict tagmanifest-sha256.txt

3. Is there no file that was not sealed? This must print nothing.

       find data -type f | LC_ALL=C sort | diff - <(cut -c67- manifest-sha256.txt)

4. Did the court sign the list? Both must say \"CAdES Verification successful\".

       openssl cms -verify -cades -binary -inform DER -in seal/manifest-sha256.txt.p7s -content manifest-sha256.txt \\
           -CAfile ../ROOT.pem -no-CApath -no-CAstore -purpose any -attime {sealed} -out /dev/null
       openssl cms -verify -cades -binary -inform DER -in seal/tagmanifest-sha256.txt.p7s -content tagmanifest-sha256.txt \\
           -CAfile {handed_out_root} -no-CApath -no-CAstore -purpose any -attime {exported} -out /dev/null

   No other authority that this computer trusts is to be believed here: hence -no-CApath and -no-CAstore.
   The number after -attime is the time of signing in seconds since 1970, so that the check still holds when the
   certificates have run out.

5. Is it the list that the court knows? The digest of manifest-sha256.txt, which you may ask the court to confirm, is
   {manifest_sha256}
{stamp_step}{log_step}
What this proves: these are the bytes that the holder of the court's seal key signed. What it does not prove: {time_proof} was left unrecorded (see gaps.jsonl for what the court declared
missing), and who the persons in the recording are. The format is described in recordings-schema/README.md of Oyer.
"
    )
}

/// What is said of a root that the court made after the seal.
fn later_step(root: &Digest) -> String {
    format!(
        "
   Since it was sealed the court has made a new root, and handed this bundle out under that one. Get it from the court as
   well and save it as NEW-ROOT.pem beside the other. Its fingerprint should be
   {}
   Programs that take one file of roots get both:

       cat ../ROOT.pem ../NEW-ROOT.pem > ../ROOTS.pem
",
        colons(root)
    )
}

/// The step about the time-stamp.
fn stamp_step(stamp: &StampSummary) -> String {
    let StampSummary { at, by, ours, .. } = stamp;
    let by: String = by.chars().filter(|c| !c.is_control()).collect();
    let fingerprint = colons(&stamp.root_fingerprint);
    let seconds = at.unix_seconds();
    let (root, from) = match ours {
        true => (
            "../ROOT.pem",
            "It was made by the court's own time-stamp service, under the court's root:\n   it is the court's word once more, and says so here."
                .to_string(),
        ),
        false => (
            "../TIME-ROOT.pem",
            format!("Get the root certificate of that authority from the authority and save it as\n   TIME-ROOT.pem beside this folder. Its fingerprint should be\n   {fingerprint}"),
        ),
    };
    format!(
        "
6. When was it signed at the latest? The signature was stamped at {at} by
   {by}
   {from}
   This must say \"Verification: OK\".

       openssl ts -verify -data seal/manifest-sha256.txt.p7s -in seal/manifest-sha256.txt.p7s.tsr \\
           -CAfile {root} -attime {seconds}
"
    )
}

/// What is said about the transparency log.
fn log_step(log: Option<&LogSummary>, roots: &str) -> String {
    let said = LogSummary::in_words(log);
    match log {
        None => format!(
            "
The transparency log: {said}. It holds no proof that its seal was entered there.
"
        ),
        Some(_) => format!(
            "
The transparency log: the seal is {said}, a public list that only grows.
   seal/manifest-sha256.txt.tlog-proof proves it. The commands above do not check that; with the key of the log, which the
   court publishes, in ../LOG.txt this does, and says who else has signed the log:
   oyer verify . --trust {roots} --trust-log ../LOG.txt
   Whoever saved a receipt after the hearing adds: --receipt FILE
"
        ),
    }
}

/// The step about a reseal.
fn reseal_step(reseal: &ResealSummary, step: u32) -> String {
    let ResealSummary {
        number,
        signed_at,
        root_fingerprint,
        same_root,
        stamp,
    } = reseal;
    let by: String = stamp.by.chars().filter(|c| !c.is_control()).collect();
    let (signed, stamped) = (signed_at.unix_seconds(), stamp.at.unix_seconds());
    let (root, mut roots) = match same_root {
        true => ("../ROOT.pem".to_string(), String::new()),
        false => (
            format!("../ROOT-{number}.pem"),
            format!(
                "\n   It is under a later root of the court: get it from the court and save it as ROOT-{number}.pem beside\n   this folder. Its fingerprint should be\n   {}",
                colons(root_fingerprint)
            ),
        ),
    };
    let time_root = match stamp.ours {
        true => {
            roots.push_str("\n   The stamp is by the court's own service: it is the court's word once more.");
            root.as_str()
        }
        false => {
            let fingerprint = colons(&stamp.root_fingerprint);
            roots.push_str(&format!(
                "\n   The fingerprint of that authority's root, TIME-ROOT.pem, should be\n   {fingerprint}"
            ));
            "../TIME-ROOT.pem"
        }
    };
    format!(
        "
{step}. {number} was added at {signed_at} and stamped at {at} by
   {by}{roots}
   It covers what its list names, by SHA-512: each line must end in OK, and the other two commands succeed.

       sha512sum --check --strict {number}/manifest-sha512.txt
       sha512sum --check --strict {number}/stamped-sha512.txt
       openssl cms -verify -cades -binary -inform DER -in {number}/manifest-sha512.txt.p7s -content {number}/manifest-sha512.txt \\
           -CAfile {root} -no-CApath -no-CAstore -purpose any -attime {signed} -out /dev/null
       openssl ts -verify -data {number}/stamped-sha512.txt -in {number}/stamped-sha512.txt.tsr \\
           -CAfile {time_root} -attime {stamped}
",
        at = stamp.at,
    )
}

/// A fingerprint as OpenSSL prints it.
pub fn colons(fingerprint: &Digest) -> String {
    fingerprint
        .0
        .iter()
        .map(|b| format!("{b:02X}"))
        .collect::<Vec<_>>()
        .join(":")
}
