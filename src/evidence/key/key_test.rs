//! The keys of a folder.

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-23 10:00:00.5 UTC);

fn opened(folder: &Path, now: OffsetDateTime) -> (SealKey, Opened) {
    SealKey::open(folder, "Tashkent City Court", now).unwrap()
}

#[test]
fn made_once_private_and_renewed_in_time() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data/keys");
    let (first, how) = opened(&folder, NOW);
    assert_eq!(how, Opened::Created);
    for entry in fs::read_dir(&folder).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
    }
    let (again, how) = opened(&folder, NOW + Duration::days(1000));
    assert_eq!(how, Opened::Found);
    assert_eq!(again.certificate(), first.certificate());

    let (renewed, how) = opened(&folder, NOW + Duration::days(1070));
    assert_eq!(how, Opened::Renewed);
    assert_eq!(renewed.root(), first.root());
    assert_ne!(renewed.certificate(), first.certificate());

    let late = SealKey::open(&folder, "Court", NOW + Duration::days(3640));
    assert!(matches!(late, Err(KeyError::RootEnds)));
}

#[test]
fn exposed_and_foreign_keys_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (mine, other) = (dir.path().join("mine"), dir.path().join("other"));
    opened(&mine, NOW);
    opened(&other, NOW);
    let seal = Use::Seal.path(&mine, 1);
    fs::set_permissions(&seal, fs::Permissions::from_mode(0o644)).unwrap();
    let exposed = SealKey::open(&mine, "Court", NOW).err().unwrap();
    assert!(exposed.to_string().contains("chmod 600"), "{exposed}");

    fs::copy(Use::Seal.path(&other, 1), &seal).unwrap();
    let foreign = SealKey::open(&mine, "Court", NOW);
    assert!(matches!(foreign, Err(KeyError::Content { .. })));
}

#[test]
fn openssl_accepts_the_signature_and_notices_another_content() {
    let dir = tempfile::tempdir().unwrap();
    let (key, _) = opened(&dir.path().join("keys"), NOW);
    let content = b"any bytes\n";
    let signature = key.sign(Digest::of(content), Timestamp::new(NOW)).unwrap();
    let signed = cms::verify(&signature, content).unwrap();
    assert_eq!(signed.signing_time.to_string(), "2026-11-23T10:00:00.000Z");
    assert_eq!(&signed.certificate, key.certificate());
    let at = NOW.unix_timestamp();
    let root = signed
        .certificate
        .leads_to(std::slice::from_ref(key.root()), &[], at);
    assert_eq!(root.unwrap(), key.root());

    fs::write(dir.path().join("content"), content).unwrap();
    fs::write(dir.path().join("other"), b"any bytes").unwrap();
    fs::write(dir.path().join("p7s"), &signature).unwrap();
    let openssl = |content: &str| {
        Command::new("openssl")
            .args("cms -verify -binary -inform DER -in p7s -CAfile keys/root.pem -out /dev/null".split(' '))
            .args(["-purpose", "any", "-attime", &at.to_string(), "-content", content])
            .current_dir(dir.path())
            .output()
            .unwrap()
    };
    let good = openssl("content");
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    assert!(!openssl("other").status.success());
}

#[test]
fn openssl_accepts_the_stamp_and_notices_another_content() {
    let dir = tempfile::tempdir().unwrap();
    let (key, _) = opened(&dir.path().join("keys"), NOW);
    let content = b"a signature";
    let answer = key.stamp(Digest::of(content), Timestamp::new(NOW)).unwrap();
    let stamped = stamp::verify(&answer, content).unwrap();
    assert_eq!(stamped.at.to_string(), "2026-11-23T10:00:00.000Z");
    assert!(stamped.certificate.subject().contains("own time stamp"));
    assert_eq!(
        stamped.root(std::slice::from_ref(key.root())).unwrap(),
        key.root()
    );
    let other = stamp::verify(&answer, b"another").unwrap_err();
    assert!(matches!(other, stamp::StampError::Content), "{other}");

    fs::write(dir.path().join("content"), content).unwrap();
    fs::write(dir.path().join("other"), b"another").unwrap();
    fs::write(dir.path().join("tsr"), &answer).unwrap();
    let openssl = |content: &str| {
        Command::new("openssl")
            .args("ts -verify -in tsr -CAfile keys/root.pem".split(' '))
            .args(["-attime", &NOW.unix_timestamp().to_string(), "-data", content])
            .current_dir(dir.path())
            .output()
            .unwrap()
    };
    let good = openssl("content");
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    assert!(!openssl("other").status.success());
}

#[test]
fn seal_and_stamp_certificates_do_not_stand_in_for_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let (key, _) = opened(&dir.path().join("keys"), NOW);
    let (root, at) = (std::slice::from_ref(key.root()), NOW.unix_timestamp());
    assert!(key.seal.certificate.stamps_under(root, &[], at).is_err());
    assert!(
        key.time
            .as_ref()
            .unwrap()
            .certificate
            .leads_to(root, &[], at)
            .is_err()
    );
}

#[test]
fn a_folder_of_before_there_were_stamps_gets_a_key_for_them() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("keys");
    let (before, _) = opened(&folder, NOW);
    fs::remove_file(Use::Time.path(&folder, 1)).unwrap();
    let (after, how) = opened(&folder, NOW + Duration::days(1));
    assert_eq!(how, Opened::Found);
    assert_eq!(after.certificate(), before.certificate());
    assert!(
        after
            .stamp(Digest::ZERO, Timestamp::new(NOW + Duration::days(1)))
            .is_ok()
    );
}
