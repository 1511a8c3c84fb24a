//! The seal key in a token: SoftHSM, by the same PKCS#11 module interface as a real one.

use super::courthouse::{Court, ORGANISATION, check_with_other_tools, tool};
use super::{custody_acts, eventually};
use oyer::court::state::RecordingState;
use oyer::evidence::Evidence;
use oyer::evidence::key::{Issued, KeyError, KeyPlace, Opened, SealKey, Token, TokenName, TokenSettings};
use oyer::seal::cms;
use oyer::seal::digest::Digest;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{CheckCode, Outcome, Verdict};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PIN: &str = "58-secret-13";
/// Tells a test that it runs in a process of its own, and where its token is.
const FOLDER: &str = "TOKEN_TEST_FOLDER";

/// A folder for SoftHSM. Its module reads the environment once in a process, so each test has a process of its own: the
/// first answer is none where that process has done the test.
fn hsm(test: &str) -> Option<Hsm> {
    if let Some(folder) = env::var_os(FOLDER) {
        return Some(Hsm(folder.into()));
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("tokens")).unwrap();
    let tokens = folder.path().join("tokens");
    let conf = folder.path().join("softhsm2.conf");
    fs::write(&conf, format!("directories.tokendir = {}\n", tokens.display())).unwrap();
    let done = Command::new(env::current_exe().unwrap())
        .args(["--exact", &format!("token::{test}"), "--nocapture"])
        .env(FOLDER, folder.path())
        .env("SOFTHSM2_CONF", &conf)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
    assert!(!said.contains(PIN), "the PIN is shown: {said}");
    None
}

struct Hsm(PathBuf);

impl Hsm {
    fn util(&self, arguments: &[&str]) {
        tool(&self.0, "softhsm2-util", arguments).unwrap();
    }

    /// A token called `court` with a key called `label`.
    fn with_key(self, label: &str) -> Self {
        self.util(&[
            "--init-token",
            "--free",
            "--label",
            "court",
            "--so-pin",
            "12345678",
            "--pin",
            PIN,
        ]);
        self.add_key(label, "01");
        self
    }

    /// A further key. Its private part is in the token, and nowhere else.
    fn add_key(&self, label: &str, id: &str) {
        let pem = self.0.join("imported.pem");
        let make = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out imported.pem";
        tool(&self.0, "sh", &["-c", make]).unwrap();
        self.util(&[
            "--import",
            "imported.pem",
            "--token",
            "court",
            "--label",
            label,
            "--id",
            id,
            "--pin",
            PIN,
        ]);
        fs::remove_file(pem).unwrap();
    }

    fn token(&self, key: &str, pin: &str) -> Arc<Token> {
        let settings = TokenSettings {
            module: MODULE.into(),
            token: TokenName::Label("court".into()),
            key: key.into(),
            pin: pin.into(),
        };
        Arc::new(Token::new(settings).unwrap())
    }

    fn place(&self) -> KeyPlace {
        KeyPlace::Token {
            token: self.token("seal", PIN),
            issued: None,
        }
    }

    /// The token is pulled out, or the network to it is down.
    fn away(&self) {
        fs::rename(self.0.join("tokens"), self.0.join("elsewhere")).unwrap();
        fs::create_dir(self.0.join("tokens")).unwrap();
    }

    fn back(&self) {
        fs::remove_dir_all(self.0.join("tokens")).unwrap();
        fs::rename(self.0.join("elsewhere"), self.0.join("tokens")).unwrap();
    }
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

async fn court_with(place: KeyPlace) -> Court {
    let mut court = Court::new().await;
    court.evidence = reopened(&court, place);
    court
}

fn reopened(court: &Court, place: KeyPlace) -> Evidence {
    let (store, folder) = (court.store.clone(), court.folder.path());
    let opened = Evidence::open_with(store, folder, ORGANISATION, now(), None, place);
    opened.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn seals_and_bundles_are_signed_by_the_token_and_no_file_could() {
    let Some(hsm) = hsm("seals_and_bundles_are_signed_by_the_token_and_no_file_could") else {
        return;
    };
    let hsm = hsm.with_key("seal");
    let folder = hsm.0.join("keys");
    let (key, opened) = SealKey::open_at(&folder, ORGANISATION, now(), &hsm.place()).unwrap();
    assert_eq!(opened, Opened::Created);
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["root.key", "root.pem", "time-001.pem", "token-001.pem"]);
    let certificate = fs::read_to_string(folder.join("token-001.pem")).unwrap();
    assert!(!certificate.contains("PRIVATE"));
    let signature = key.sign(Digest::of(b"x"), Timestamp::new(now())).unwrap();
    assert_eq!(
        &cms::verify(&signature, b"x").unwrap().certificate,
        key.certificate()
    );
    // The same certificate serves as long as it is valid, and another one after that, for the same key.
    let (again, opened) = SealKey::open_at(&folder, ORGANISATION, now(), &hsm.place()).unwrap();
    assert_eq!((again.certificate(), opened), (key.certificate(), Opened::Found));
    let later = now() + Duration::days(1080);
    let (renewed, opened) = SealKey::open_at(&folder, ORGANISATION, later, &hsm.place()).unwrap();
    assert_eq!(opened, Opened::Renewed);
    assert_ne!(renewed.certificate(), key.certificate());
    assert_eq!(renewed.root(), key.root());
    assert!(renewed.sign(Digest::of(b"x"), Timestamp::new(later)).is_ok());

    let court = court_with(hsm.place()).await;
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    let bag = court.sealed_dir(recording);
    check_with_other_tools(&bag, &court.root(), "manifest-sha256.txt").unwrap();
    let used = fs::read(bag.join("seal/certs/seal.pem")).unwrap();
    assert_eq!(
        used,
        fs::read(court.folder.path().join("keys/token-001.pem")).unwrap()
    );
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    let exported = court.folder.path().join("exported");
    court
        .evidence
        .export_folder(recording, "Clerk", &exported)
        .await
        .unwrap();
    check_with_other_tools(&exported, &court.root(), "tagmanifest-sha256.txt").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_waits_for_a_token_that_went_away_and_is_sealed_when_it_is_back() {
    let Some(hsm) = hsm("a_recording_waits_for_a_token_that_went_away_and_is_sealed_when_it_is_back") else {
        return;
    };
    let hsm = hsm.with_key("seal");
    let court = court_with(hsm.place()).await;
    let (first, summary) = court.record().await;
    hsm.away();
    let refused = court.evidence.seal(first, summary).await.unwrap_err();
    assert!(refused.to_string().contains("token"), "{refused}");
    let state = async |id| court.store.recording(id).await.unwrap().unwrap().state;
    assert_eq!(state(first).await, RecordingState::Closed);
    // The court goes on meanwhile.
    let (second, summary) = court.record().await;
    assert!(court.evidence.seal(second, summary).await.is_err());
    hsm.back();
    court.evidence.recover_recording(first).await.unwrap();
    assert_eq!(state(first).await, RecordingState::Attached);
    assert_eq!(
        custody_acts(&court, first).await,
        ["recorded", "sealed", "attached"]
    );

    // A server that is started while the token is away starts; what waits is sealed when the token is back.
    hsm.away();
    let evidence = reopened(&court, hsm.place());
    assert_eq!(evidence.recover_all().await.unwrap(), 0);
    let sealing = tokio::spawn(evidence.clone().keep_sealed());
    assert_eq!(state(second).await, RecordingState::Closed);
    hsm.back();
    eventually(async || (state(second).await == RecordingState::Attached).then_some(())).await;
    sealing.await.unwrap();
    let report = evidence.verify(second, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");

    // A key folder without any certificate for the token knows nothing to begin with.
    hsm.away();
    let unknown = SealKey::open_at(&hsm.0.join("keys"), ORGANISATION, now(), &hsm.place());
    let why = unknown.err().unwrap().to_string();
    assert!(why.contains("there is no token \"court\""), "{why}");
    hsm.back();
}

#[test]
fn what_is_wrong_with_the_token_is_said_and_a_wrong_pin_is_not_tried_again() {
    let Some(hsm) = hsm("what_is_wrong_with_the_token_is_said_and_a_wrong_pin_is_not_tried_again") else {
        return;
    };
    let hsm = hsm.with_key("seal");
    let said = |token: &Token| token.public_key().unwrap_err().to_string();
    let absent = said(&hsm.token("another", PIN));
    assert!(
        absent.contains("no private key") && absent.contains("\"another\""),
        "{absent}"
    );
    let wrong = hsm.token("seal", "0000");
    assert!(said(&wrong).contains("refuses the PIN"));
    // The token is not even looked for: a few wrong PINs would lock it.
    hsm.away();
    assert!(said(&wrong).contains("refuses the PIN"));
    let gone = hsm.token("seal", PIN);
    assert!(said(&gone).contains("there is no token"));
    hsm.back();
    assert!(gone.public_key().is_ok());

    // As the operator meets it.
    let data = hsm.0.join("data");
    let serve = |key: &str, pin: &str| -> Output {
        Command::new(env!("CARGO_BIN_EXE_oyer"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .env("OYER_PKCS11_MODULE", MODULE)
            .env("OYER_PKCS11_TOKEN", "court")
            .env("OYER_PKCS11_KEY", key)
            .env("OYER_PKCS11_PIN", pin)
            .output()
            .unwrap()
    };
    for (key, pin, expected) in [
        ("seal", "1111-wrong", "refuses the PIN"),
        ("another", PIN, "no private key"),
    ] {
        let refused = serve(key, pin);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && said.contains(expected), "{said}");
        assert!(!said.contains(pin), "{said}");
    }
}

#[test]
fn another_key_of_the_token_gets_a_certificate_of_its_own() {
    let Some(hsm) = hsm("another_key_of_the_token_gets_a_certificate_of_its_own") else {
        return;
    };
    let hsm = hsm.with_key("seal");
    let folder = hsm.0.join("keys");
    let (first, _) = SealKey::open_at(&folder, ORGANISATION, now(), &hsm.place()).unwrap();
    hsm.add_key("seal-2", "02");
    let place = KeyPlace::Token {
        token: hsm.token("seal-2", PIN),
        issued: None,
    };
    let (second, opened) = SealKey::open_at(&folder, ORGANISATION, now(), &place).unwrap();
    assert_eq!(opened, Opened::Renewed);
    assert_ne!(first.certificate(), second.certificate());
    assert!(folder.join("token-002.pem").exists());
    assert!(second.sign(Digest::of(b"x"), Timestamp::new(now())).is_ok());
    // Two keys of one name are one too many.
    hsm.add_key("seal", "03");
    let twice = SealKey::open_at(&folder, ORGANISATION, now(), &hsm.place());
    assert!(twice.err().unwrap().to_string().contains("several private keys"));
}

/// A certificate authority of a state, with one authority below its root; the certificate is for the token's key, which
/// stays where it is: OpenSSL signs the public key alone.
fn issue(hsm: &Hsm, point: &[u8]) -> Vec<u8> {
    // SubjectPublicKeyInfo of a key on P-256 (RFC 5480): everything before the point is the same for all.
    let before = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
    let spki = [hex::decode(before).unwrap(), point.to_vec()].concat();
    fs::write(hsm.0.join("public.der"), spki).unwrap();
    let script = r#"
set -e
key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
key root.key; key ca.key; key dummy.key
openssl req -x509 -new -key root.key -subj "/O=State/CN=State root" -days 3650 -out root.pem
printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n' > ca.ext
printf 'basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n' > seal.ext
openssl req -new -key ca.key -subj "/O=State/CN=State authority" -out ca.csr
openssl x509 -req -in ca.csr -CA root.pem -CAkey root.key -days 3000 -extfile ca.ext -out ca.pem 2>/dev/null
openssl req -new -key dummy.key -subj "/O=Court/CN=Court seal" -out seal.csr
openssl x509 -req -in seal.csr -force_pubkey public.der -CA ca.pem -CAkey ca.key -days 1000 -extfile seal.ext -out seal.pem 2>/dev/null
cat seal.pem ca.pem root.pem
"#;
    tool(&hsm.0, "sh", &["-c", script]).unwrap().into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_court_may_seal_under_a_certificate_that_an_authority_has_issued() {
    let Some(hsm) = hsm("a_court_may_seal_under_a_certificate_that_an_authority_has_issued") else {
        return;
    };
    let hsm = hsm.with_key("seal");
    let token = hsm.token("seal", PIN);
    let pem = issue(&hsm, &token.public_key().unwrap());
    let issued = Issued::from_pem(&pem).unwrap();
    let court = court_with(KeyPlace::Token {
        token,
        issued: Some(Box::new(issued.clone())),
    })
    .await;
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    let bag = court.sealed_dir(recording);
    check_with_other_tools(&bag, &hsm.0.join("root.pem"), "manifest-sha256.txt").unwrap();
    assert!(check_with_other_tools(&bag, &court.root(), "manifest-sha256.txt").is_err());
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    // Nothing of ours stamps there: it would look like somebody else.
    let stamp = report
        .checks
        .iter()
        .find(|c| c.check == CheckCode::TimeStamp)
        .unwrap();
    assert_eq!(stamp.verdict, Verdict::NotChecked);
    let exported = hsm.0.join("exported");
    court
        .evidence
        .export_folder(recording, "Clerk", &exported)
        .await
        .unwrap();
    check_with_other_tools(&exported, &hsm.0.join("root.pem"), "tagmanifest-sha256.txt").unwrap();

    // A certificate of another key, and a file that is not a chain.
    hsm.add_key("seal-2", "02");
    let other = KeyPlace::Token {
        token: hsm.token("seal-2", PIN),
        issued: Some(Box::new(issued)),
    };
    let refused = SealKey::open_at(&hsm.0.join("keys"), ORGANISATION, now(), &other);
    assert!(matches!(refused.err(), Some(KeyError::Issued(_))));
    assert!(Issued::from_pem(&fs::read(hsm.0.join("seal.pem")).unwrap()).is_err());
    let no_root = [read(&hsm, "seal.pem"), read(&hsm, "ca.pem")].concat();
    assert!(Issued::from_pem(&no_root).is_err());
}

fn read(hsm: &Hsm, name: &str) -> Vec<u8> {
    fs::read(Path::new(&hsm.0).join(name)).unwrap()
}
