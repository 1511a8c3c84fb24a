//! Seals made by software that is not ours, under keys that we do not make: RSA, P-384, and a chain of three.

use oyer::folder::FolderBundle;
use oyer::seal::bundle;
use oyer::seal::cms::{self, SignError, Signer};
use oyer::seal::digest::Digest;
use oyer::seal::source::MemoryBundle;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{CheckCode, Outcome, Trust, Verdict, verify};
use oyer::seal::x509::{Certificate, CertificateError};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use std::fs;
use std::path::Path;
use std::process::Command;
use time::{Duration, OffsetDateTime};

const RSA: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"];
const P384: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
const P256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

const EXTENSIONS: &str = "
[ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[seal]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature,nonRepudiation
[encipher]
basicConstraints = critical,CA:false
keyUsage = critical,keyEncipherment
[server]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
[document]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = 1.3.6.1.5.5.7.3.36
";

fn openssl(folder: &Path, arguments: &str, more: &[&str]) {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .args(more)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments}: {said}");
}

/// `<name>.key` and `<name>.pem`, issued by `<issuer>`, or by itself.
fn issue(folder: &Path, name: &str, key: &[&str], issuer: Option<&str>, extensions: &str) {
    fs::write(folder.join("ext.cnf"), EXTENSIONS).unwrap();
    openssl(folder, &format!("genpkey -out {name}.key"), key);
    openssl(
        folder,
        &format!("req -new -key {name}.key -out {name}.csr -subj /O=Other/CN={name}"),
        &[],
    );
    let by = match issuer {
        Some(issuer) => format!("-CA {issuer}.pem -CAkey {issuer}.key"),
        None => format!("-signkey {name}.key"),
    };
    let request = format!("x509 -req -in {name}.csr -out {name}.pem {by} -days 30 -extfile ext.cnf");
    openssl(folder, &request, &["-extensions", extensions]);
}

fn pem(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap()
}

fn certificate(folder: &Path, name: &str) -> Certificate {
    Certificate::all_from_pem(&pem(folder, &format!("{name}.pem")))
        .unwrap()
        .remove(0)
}

fn now() -> Timestamp {
    Timestamp::new(OffsetDateTime::now_utc())
}

/// The good recording of the vectors, sealed anew by OpenSSL's own `cms -sign` under another authority.
fn sealed_by_openssl(folder: &Path, digest: &str) -> MemoryBundle {
    let vector = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings-schema/vectors/good/stored");
    let mut bag = MemoryBundle::new();
    let source = FolderBundle::open(&vector).unwrap();
    use oyer::seal::source::{BundleSource, EntryKind};
    for entry in source.entries().unwrap() {
        if entry.kind == EntryKind::File {
            bag.insert(entry.path.clone(), fs::read(vector.join(&entry.path)).unwrap());
        }
    }
    // The seal document was made in the past; only here, not in the profile, does that matter.
    let path = bag
        .iter()
        .map(|(path, _)| path.to_owned())
        .find(|path| path.ends_with(bundle::SEAL_DOCUMENT))
        .unwrap();
    let text = String::from_utf8(bag.get(&path).unwrap().to_vec()).unwrap();
    let sealed_at = format!("\"sealed_at\": \"{}\"", now());
    let before = Digest::of(text.as_bytes());
    let from = text.find("\"sealed_at\"").unwrap();
    let to = from + text[from..].find(',').unwrap();
    let text = format!("{}{sealed_at}{}", &text[..from], &text[to..]);
    let manifest = String::from_utf8(bag.get(bundle::MANIFEST).unwrap().to_vec()).unwrap();
    let manifest = manifest.replace(&before.to_string(), &Digest::of(text.as_bytes()).to_string());
    bag.insert(path, text);
    fs::write(folder.join("manifest"), &manifest).unwrap();
    bag.insert(bundle::MANIFEST, manifest);
    let sign = "cms -sign -binary -cades -nosmimecap -outform DER -in manifest -out p7s -signer seal.pem -inkey seal.key";
    openssl(folder, sign, &["-md", digest]);
    bag.insert(bundle::MANIFEST_SIGNATURE, pem(folder, "p7s"));
    // The stamp was over the court's signature.
    bag.remove(bundle::TIME_STAMP);
    bag.remove(bundle::TIME_STAMP_ROOT);
    bag.insert(bundle::ROOT_CERTIFICATE, pem(folder, "root.pem"));
    bag.insert(bundle::SEAL_CERTIFICATE, pem(folder, "seal.pem"));
    bag
}

#[test]
fn openssl_seals_under_rsa_and_p384_are_accepted() {
    for (key, digest) in [
        (RSA, "sha256"),
        (RSA, "sha512"),
        (P384, "sha384"),
        (P384, "sha256"),
        (P256, "sha256"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        issue(dir.path(), "root", key, None, "ca");
        issue(dir.path(), "seal", key, Some("root"), "seal");
        let mut bag = sealed_by_openssl(dir.path(), digest);
        let trust = Trust::from_pem(&pem(dir.path(), "root.pem"))
            .unwrap()
            .with_stored_form();
        let report = verify(&bag, &trust, now());
        let failures: Vec<_> = report.failures().collect();
        assert_eq!(report.outcome, Outcome::Proved, "{key:?} {digest}: {failures:?}");

        bag.get_mut(bundle::MANIFEST).unwrap()[3] ^= 1;
        assert_eq!(
            verify(&bag, &trust, now()).outcome,
            Outcome::Failed,
            "{key:?} {digest}"
        );
    }
}

#[test]
fn a_weak_digest_and_additional_attributes_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    issue(dir.path(), "root", RSA, None, "ca");
    issue(dir.path(), "seal", RSA, Some("root"), "seal");
    fs::write(dir.path().join("content"), b"content").unwrap();
    let sign = "cms -sign -binary -outform DER -in content -out p7s -signer seal.pem -inkey seal.key";
    for (options, why) in [
        (&["-cades", "-nosmimecap", "-md", "sha1"][..], "missing"),
        (&["-cades", "-md", "sha256"], "other signed attributes"),
        (&["-nosmimecap", "-md", "sha256"], "other signed attributes"),
        (&["-cades", "-nosmimecap", "-nodetach"], "content of its own"),
        (&["-noattr"], "no signed attributes"),
        (&["-cades", "-nosmimecap", "-nocerts"], "signing-certificate-v2"),
        (&["-cades", "-nosmimecap", "-keyid"], ""),
        (
            &["-cades", "-nosmimecap", "-certfile", "root.pem"],
            "signing-certificate-v2",
        ),
    ] {
        openssl(dir.path(), sign, options);
        let refused = cms::verify(&pem(dir.path(), "p7s"), b"content")
            .unwrap_err()
            .to_string();
        assert!(refused.contains(why), "{options:?}: {refused}");
    }
}

#[test]
fn a_chain_of_three_and_what_a_certificate_is_for() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    issue(folder, "root", RSA, None, "ca");
    issue(folder, "middle", P384, Some("root"), "ca");
    let root = [certificate(folder, "root")];
    let middle = [certificate(folder, "middle")];
    for (usage, good) in [
        ("seal", true),
        ("document", true),
        ("encipher", false),
        ("server", false),
        ("ca", false),
    ] {
        let name = format!("{usage}-certificate");
        issue(folder, &name, P256, Some("middle"), usage);
        let at = now();
        let signer = certificate(folder, &name);
        let key = PrivatePkcs8KeyDer::from_pem_file(folder.join(format!("{name}.key"))).unwrap();
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.secret_pkcs8_der(), &random)
            .unwrap();
        let sign = |message: &[u8]| {
            let signature = key.sign(&random, message);
            signature
                .map(|s| s.as_ref().to_vec())
                .map_err(|e| SignError::Key(e.to_string()))
        };
        let signer = Signer {
            certificate: &signer,
            intermediates: &middle,
            sign: &sign,
        };
        let signature = cms::sign(Digest::of(b"content"), at, &signer).unwrap();
        let signed = cms::verify(&signature, b"content").unwrap();
        assert_eq!(signed.intermediates, middle);
        let leads_to = |intermediates: &[Certificate], at: Timestamp| {
            signed
                .certificate
                .leads_to(&root, intermediates, at.unix_seconds())
                .map(|root| root.fingerprint())
        };
        let found = leads_to(&middle, at);
        assert_eq!(found.is_ok(), good, "{usage}: {found:?}");
        if usage == "seal" {
            let without = leads_to(&[], at).unwrap_err();
            assert!(matches!(without, CertificateError::Chain(_)), "{without}");
            let late = Timestamp::new(at.at() + Duration::days(40));
            assert!(
                leads_to(&middle, late)
                    .unwrap_err()
                    .to_string()
                    .contains("run out")
            );
            let early = Timestamp::new(at.at() - Duration::days(1));
            assert!(
                leads_to(&middle, early)
                    .unwrap_err()
                    .to_string()
                    .contains("not yet valid")
            );
        }
    }
}

#[test]
fn a_key_that_does_not_fit_its_certificate_never_seals() {
    let dir = tempfile::tempdir().unwrap();
    issue(dir.path(), "root", P256, None, "ca");
    let certificate = certificate(dir.path(), "root");
    let signer = Signer {
        certificate: &certificate,
        intermediates: &[],
        sign: &|_| Ok(vec![0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01]),
    };
    let refused = cms::sign(Digest::ZERO, now(), &signer);
    assert!(matches!(refused, Err(SignError::KeyMismatch)));
}

#[test]
fn a_seal_from_the_future_is_refused() {
    let vector = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings-schema/vectors/good/stored");
    let source = FolderBundle::open(&vector).unwrap();
    let long_ago = Timestamp::new(time::macros::datetime!(2026-01-14 09:00 UTC));
    let report = verify(&source, &Trust::none(), long_ago);
    let failed: Vec<_> = report.failures().map(|c| c.check).collect();
    assert_eq!(failed, [CheckCode::SigningTime, CheckCode::TimeStamp]);
    let earlier_that_day = Timestamp::new(time::macros::datetime!(2026-01-15 00:00 UTC));
    let report = verify(&source, &Trust::none(), earlier_that_day);
    assert!(report.holds());
    assert!(report.checks.iter().any(|c| c.verdict == Verdict::Trusted));
}
