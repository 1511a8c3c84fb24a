//! `VERIFY.txt`: how to verify a bundle with tools that everybody has, and nothing of ours.

use super::digest::Digest;
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
    } = about;
    let organisation: String = organisation.chars().filter(|c| !c.is_control()).collect();
    let fingerprint = colons(root_fingerprint);
    let sealed = sealed_at.unix_seconds();
    let exported = exported_at.unix_seconds();
    format!(
        "How to verify this recording
============================

Recording  {recording}
Sealed by  {organisation}, {sealed_at}
Handed out {exported_at}

You need no software of the court and no connection. The commands below use sha256sum (GNU coreutils) and OpenSSL 3;
run them with bash in the folder that holds this file. With Oyer at hand, `oyer verify . --trust ROOT.pem` does all of it and more.

1. Get the court's root certificate from the court itself, not from this bundle: save it as ROOT.pem outside this
   folder. The one in seal/certs/root.pem is a copy for convenience and proves nothing by itself. Compare

       openssl x509 -in ROOT.pem -noout -fingerprint -sha256

   with the fingerprint that the court publishes. For this bundle it should be
   {fingerprint}

2. Is every file as it was sealed? Each line must end in OK.

       sha256sum --check --strict manifest-sha256.txt
       sha256sum --check --strict tagmanifest-sha256.txt

3. Is there no file that was not sealed? This must print nothing.

       find data -type f | LC_ALL=C sort | diff - <(cut -c67- manifest-sha256.txt)

4. Did the court sign the list? Both must say \"CMS Verification successful\".

       openssl cms -verify -binary -inform DER -in seal/manifest-sha256.txt.p7s -content manifest-sha256.txt \\
           -CAfile ROOT.pem -purpose any -attime {sealed} -out /dev/null
       openssl cms -verify -binary -inform DER -in seal/tagmanifest-sha256.txt.p7s -content tagmanifest-sha256.txt \\
           -CAfile ROOT.pem -purpose any -attime {exported} -out /dev/null

   The number after -attime is the time of signing in seconds since 1970, so that the check still holds when the
   certificates have run out.

5. Is it the list that the court knows? The digest of manifest-sha256.txt, which you may ask the court to confirm, is
   {manifest_sha256}

What this proves: these are the bytes that the holder of the court's seal key signed. What it does not prove: the time
of signing (it is the court's own clock), that nothing was left unrecorded (see gaps.jsonl for what the court declared
missing), and who the persons in the recording are. The format is described in recordings-schema/README.md of Oyer.
"
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
