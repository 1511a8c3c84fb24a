//! Seals stamped by an authority that is not ours: `openssl ts` behind a small HTTP server.

use crate::courthouse::{Court, ORGANISATION, tool};
use crate::custody_acts;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use oyer::court::id::RecordingId;
use oyer::evidence::key::{KeyPlace, Opened};
use oyer::evidence::{Authority, AuthorityError, Evidence, EvidenceError, Stamping, Step};
use oyer::folder::FolderBundle;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{CheckCode, Outcome, Trust, Verdict, VerificationReport, verify};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use time::OffsetDateTime;

/// What the authority does when it is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// Stamps.
    Well,
    /// Answers with an error of its own.
    Ill,
    /// Answers with what it answered last.
    Repeating,
    /// Answers with bytes without end.
    Endless,
    /// Refuses to stamp.
    Refusing,
}

/// A time-stamp authority with a root, a certificate of its own, and a port of this computer.
struct Tsa {
    folder: tempfile::TempDir,
    url: String,
    mood: Arc<Mutex<Mood>>,
}

const CONFIGURATION: &str = "
[tsa]
default_tsa = it
[it]
serial = serial
crypto_device = builtin
signer_cert = tsa.pem
signer_key = tsa.key
certs = root.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1, millisecs:500
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
[stamps]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
";

#[derive(Clone)]
struct Served {
    folder: PathBuf,
    mood: Arc<Mutex<Mood>>,
}

impl Tsa {
    /// With an RSA root and a P-256 certificate, unlike ours.
    async fn open() -> Tsa {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::write(at.join("tsa.cnf"), CONFIGURATION).unwrap();
        fs::write(at.join("serial"), "01\n").unwrap();
        for command in [
            "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out root.key",
            "req -new -key root.key -out root.csr -subj /O=Authority/CN=Root",
            "x509 -req -in root.csr -out root.pem -signkey root.key -days 30 -extfile tsa.cnf -extensions ca",
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out tsa.key",
            "req -new -key tsa.key -out tsa.csr -subj /O=Authority/CN=Stamps",
            "x509 -req -in tsa.csr -out tsa.pem -CA root.pem -CAkey root.key -days 30 -extfile tsa.cnf -extensions stamps",
        ] {
            openssl(at, command);
        }
        let mood = Arc::new(Mutex::new(Mood::Well));
        let served = Served {
            folder: at.to_path_buf(),
            mood: mood.clone(),
        };
        let router = Router::new().route("/stamp", post(answer)).with_state(served);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/stamp", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Tsa { folder, url, mood }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn authority(&self) -> Authority {
        Authority::new(&self.url, &fs::read(self.root()).unwrap()).unwrap()
    }
}

fn openssl(folder: &Path, command: &str) {
    tool(folder, "openssl", &command.split(' ').collect::<Vec<_>>()).unwrap();
}

async fn answer(State(served): State<Served>, query: Bytes) -> Response {
    match *served.mood.lock().unwrap() {
        Mood::Ill => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::Endless => return vec![0; 1 << 20].into_response(),
        Mood::Repeating => return fs::read(served.folder.join("answer")).unwrap().into_response(),
        // OpenSSL answers nonsense with a well-formed refusal.
        Mood::Refusing => fs::write(served.folder.join("query"), b"nonsense").unwrap(),
        Mood::Well => fs::write(served.folder.join("query"), &query).unwrap(),
    }
    let command = "ts -reply -config tsa.cnf -queryfile query -out answer";
    openssl(&served.folder, command);
    fs::read(served.folder.join("answer")).unwrap().into_response()
}

/// The same court, with an authority for its time-stamps.
fn with_authority(mut court: Court, authority: Authority) -> Court {
    let now = OffsetDateTime::now_utc();
    let opened = Evidence::open_with(
        court.store.clone(),
        court.folder.path(),
        ORGANISATION,
        now,
        Some(authority),
        KeyPlace::File,
    );
    court.evidence = opened.unwrap().0;
    court
}

async fn sealed(court: &Court) -> RecordingId {
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    recording
}

fn verdict(report: &VerificationReport, check: CheckCode) -> Verdict {
    let found = report.checks.iter().find(|c| c.check == check);
    found.unwrap_or_else(|| panic!("{report:#?}")).verdict
}

/// The bundle as it is handed out, its report, and what `openssl ts` says of the stamp by the command in VERIFY.txt.
async fn handed_out(court: &Court, recording: RecordingId, time_root: &Path) -> VerificationReport {
    let out = tempfile::tempdir().unwrap();
    let to = out.path().join("bundle");
    court
        .evidence
        .export_folder(recording, "Clerk", &to)
        .await
        .unwrap();
    let how = fs::read_to_string(to.join("VERIFY.txt"))
        .unwrap()
        .replace("\\\n", " ");
    // As they stand, by a person who saved the roots where the text says.
    fs::copy(court.root(), out.path().join("ROOT.pem")).unwrap();
    fs::copy(time_root, out.path().join("TIME-ROOT.pem")).unwrap();
    let commands: Vec<&str> = how
        .lines()
        .filter_map(|line| line.strip_prefix("       "))
        .collect();
    for command in &commands {
        tool(&to, "bash", &["-c", command]).unwrap_or_else(|said| panic!("{command}: {said}"));
    }
    let stamps = commands.iter().filter(|c| c.starts_with("openssl ts ")).count();
    assert_eq!(commands.len() - stamps, 6, "{commands:#?}");
    let trust = Trust::from_pem(&fs::read(court.root()).unwrap()).unwrap();
    let trust = trust.with_time_roots(&fs::read(time_root).unwrap()).unwrap();
    let now = Timestamp::new(OffsetDateTime::now_utc());
    let report = verify(&FolderBundle::open(&to).unwrap(), &trust, now);
    // Who names somebody for the time expects their stamp.
    let expected = match verdict(&report, CheckCode::IndependentTime) {
        Verdict::Trusted => Outcome::Proved,
        _ => Outcome::ProofsMissing,
    };
    assert_eq!(report.outcome, expected, "{report:#?}");
    assert_eq!(
        verdict(&report, CheckCode::TimeStamp) == Verdict::Proved,
        stamps == 1,
        "VERIFY.txt speaks of a stamp where there is one"
    );
    report
}

fn is_locked(court: &Court, recording: RecordingId) -> bool {
    let found = tool(&court.sealed_dir(recording), "find", &[".", "-perm", "/222"]).unwrap();
    found.is_empty()
}

#[tokio::test]
async fn without_an_authority_the_court_stamps_and_says_that_it_is_its_own_word() {
    let court = Court::new().await;
    let recording = sealed(&court).await;
    let report = handed_out(&court, recording, &court.root()).await;
    assert_eq!(verdict(&report, CheckCode::TimeStamp), Verdict::Proved);
    assert_eq!(verdict(&report, CheckCode::IndependentTime), Verdict::Missing);
    let alone = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(alone.outcome, Outcome::Proved, "{alone:#?}");
    assert_eq!(verdict(&alone, CheckCode::IndependentTime), Verdict::NotChecked);
    assert_eq!(
        court.evidence.stamp_waiting().await.unwrap(),
        Stamping {
            stamped: 0,
            waiting: 0
        }
    );
}

#[tokio::test]
async fn an_authority_that_fails_does_not_hold_up_the_seal_and_is_asked_again() {
    let tsa = Tsa::open().await;
    let court = with_authority(Court::new().await, tsa.authority());
    tsa.is(Mood::Well);
    let first = sealed(&court).await;
    let both = |stamped, waiting| Stamping { stamped, waiting };
    assert_eq!(court.evidence.stamp_waiting().await.unwrap(), both(1, 0));

    let second = sealed(&court).await;
    for mood in [Mood::Ill, Mood::Endless, Mood::Repeating, Mood::Refusing] {
        tsa.is(mood);
        assert_eq!(court.evidence.stamp_waiting().await.unwrap(), both(0, 1));
        assert!(is_locked(&court, second));
    }
    let acts = custody_acts(&court, second).await;
    assert_eq!(acts, ["recorded", "sealed", "attached"]);
    let report = handed_out(&court, second, &tsa.root()).await;
    assert_eq!(verdict(&report, CheckCode::TimeStamp), Verdict::NotChecked);

    // The server was restarted meanwhile, and the authority is well again.
    let court = with_authority(court.restarted().await, tsa.authority());
    tsa.is(Mood::Well);
    assert_eq!(court.evidence.stamp_waiting().await.unwrap(), both(1, 0));
    assert_eq!(court.evidence.stamp_waiting().await.unwrap(), both(0, 0));
    for recording in [first, second] {
        assert!(is_locked(&court, recording));
        let report = handed_out(&court, recording, &tsa.root()).await;
        assert_eq!(verdict(&report, CheckCode::IndependentTime), Verdict::Trusted);
        let acts = custody_acts(&court, recording).await;
        assert_eq!(acts[..2], ["recorded", "sealed"]);
        assert_eq!(acts.iter().filter(|act| *act == "time_stamped").count(), 1);
    }
    let report = court.evidence.verify(second, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    assert_eq!(verdict(&report, CheckCode::IndependentTime), Verdict::Trusted);
}

#[tokio::test]
async fn a_crash_after_the_stamp_is_made_up_for() {
    let tsa = Tsa::open().await;
    let court = with_authority(Court::new().await, tsa.authority());
    let (recording, summary) = court.record().await;
    for step in Step::ALL {
        let summary = (step == Step::Settle).then(|| summary.clone());
        court.evidence.run_step(recording, step, summary).await.unwrap();
    }
    court.evidence.stamp_waiting().await.unwrap();
    // As the crash leaves it: the stamp is there, the folder is not locked yet.
    let seal = court.sealed_dir(recording).join("seal");
    fs::set_permissions(&seal, fs::Permissions::from_mode(0o755)).unwrap();
    let before = fs::read(seal.join("manifest-sha256.txt.p7s.tsr")).unwrap();
    tsa.is(Mood::Ill);
    let outcome = court.evidence.stamp_waiting().await.unwrap();
    assert_eq!((outcome.stamped, outcome.waiting), (1, 0));
    assert!(is_locked(&court, recording));
    let after = fs::read(seal.join("manifest-sha256.txt.p7s.tsr")).unwrap();
    assert_eq!(before, after);
    let acts = custody_acts(&court, recording).await;
    assert_eq!(acts, ["recorded", "sealed", "attached", "time_stamped"]);
}

#[tokio::test]
async fn a_stamp_under_another_root_than_the_configured_one_is_refused() {
    let (tsa, other) = (Tsa::open().await, Tsa::open().await);
    let wrong = Authority::new(&tsa.url, &fs::read(other.root()).unwrap()).unwrap();
    let court = with_authority(Court::new().await, wrong);
    let recording = sealed(&court).await;
    let outcome = court.evidence.stamp_waiting().await.unwrap();
    assert_eq!((outcome.stamped, outcome.waiting), (0, 1));
    assert!(
        !court
            .sealed_dir(recording)
            .join("seal/manifest-sha256.txt.p7s.tsr")
            .exists()
    );

    let root = fs::read(tsa.root()).unwrap();
    for url in ["ftp://tsa.example/", "tsa.example", "file:///etc/passwd", ""] {
        let refused = Authority::new(url, &root).err().unwrap();
        assert!(matches!(refused, AuthorityError::Url(_)), "{url}: {refused}");
        let told = EvidenceError::from(refused).to_string();
        assert!(told.contains("http://"), "{told}");
    }
}

#[tokio::test]
async fn seals_and_stamps_outlive_the_renewal_of_their_certificates() {
    let mut court = Court::new().await;
    let keys = court.folder.path().join("keys");
    fs::remove_dir_all(&keys).unwrap();
    let made = OffsetDateTime::now_utc() - time::Duration::days(1070);
    let opened = Evidence::open(court.store.clone(), court.folder.path(), ORGANISATION, made);
    let (evidence, how) = opened.unwrap();
    assert_eq!(how, Opened::Created);
    court.evidence = evidence;
    // It is time for new certificates, and none can be made: the old ones serve until their end.
    fs::rename(keys.join("root.key"), court.folder.path().join("root.key")).unwrap();
    let earlier = sealed(&court).await;
    // The server goes on, and makes them as soon as it can.
    fs::rename(court.folder.path().join("root.key"), keys.join("root.key")).unwrap();
    let later = sealed(&court).await;
    let certificate = |recording| fs::read(court.sealed_dir(recording).join("seal/certs/seal.pem")).unwrap();
    assert_ne!(certificate(earlier), certificate(later));
    for recording in [earlier, later] {
        // The earlier bundle is handed out under the later certificate.
        let report = handed_out(&court, recording, &court.root()).await;
        assert_eq!(verdict(&report, CheckCode::TimeStamp), Verdict::Proved);
        let report = court.evidence.verify(recording, "Clerk").await.unwrap();
        assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    }
}

/// A reseal is stamped by the authority at once, or not made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reseal_is_stamped_by_the_authority() {
    let tsa = Tsa::open().await;
    let court = with_authority(Court::new().await, tsa.authority());
    let recording = sealed(&court).await;
    court.evidence.stamp_waiting().await.unwrap();
    tsa.is(Mood::Ill);
    let refused = court.evidence.reseal(recording, "Archivist", true).await;
    assert!(refused.is_err());
    assert!(!court.sealed_dir(recording).join("reseal-001").exists());
    tsa.is(Mood::Well);
    court.evidence.reseal(recording, "Archivist", true).await.unwrap();
    let report = court.evidence.verify(recording, "Clerk").await.unwrap();
    assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
    assert_eq!(verdict(&report, CheckCode::Lasting), Verdict::Trusted);
}
