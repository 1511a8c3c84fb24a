//! The vectors of `recordings-schema/`, good and bad, through the library and through `oyer verify`; the good ones also
//! through tools that are not ours.

mod asked;
mod python;
mod reseals;
mod schemas;
mod tools;

use base64::Engine as _;
use oyer::folder::FolderBundle;
use oyer::seal::bundle;
use oyer::seal::digest::Digest;
use oyer::seal::strict;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::tlog::VerifierKey;
use oyer::seal::verify::{
    CheckCode, Outcome, Trust, Verdict, VerificationReport, is_disposal, verify, verify_disposal,
};
use oyer::seal::x509::Certificate;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tools::{instructions, outside_tools};

#[derive(Deserialize)]
struct VectorList {
    schema: String,
    trust: String,
    trust_time: String,
    trust_log: String,
    now: Timestamp,
    vectors: Vec<Vector>,
    /// Certificates of disposals.
    disposals: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    path: String,
    outcome: Value,
    outcome_without_trust: Value,
    failures: BTreeSet<Failure>,
    /// Whom of those of the list the verifier does not name.
    #[serde(default)]
    left_out: Vec<String>,
    /// The form in which a court stores it.
    #[serde(default)]
    stored: bool,
    /// Found by nobody who leaves the log aside.
    #[serde(default)]
    log: bool,
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Failure {
    check: String,
    file: String,
}

fn schema_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings-schema")
}

fn vectors_folder() -> PathBuf {
    schema_folder().join("vectors")
}

fn vectors() -> VectorList {
    let list: VectorList =
        serde_json::from_slice(&fs::read(vectors_folder().join("vectors.json")).unwrap()).unwrap();
    assert_eq!(list.schema, "oyer/vectors/1");
    list
}

fn trust() -> Trust {
    trust_but(&[])
}

fn trust_but(left_out: &[String]) -> Trust {
    let names = |what: &str| !left_out.iter().any(|left| left == what);
    let mut trust = Trust::from_pem(&fs::read(root_pem()).unwrap()).unwrap();
    if names("trust_time") {
        let time = fs::read(time_root_pem()).unwrap();
        trust = trust.with_time_roots(&time).unwrap();
    }
    if names("trust_log") {
        let keys = fs::read_to_string(log_keys()).unwrap();
        trust = trust.with_log_keys(VerifierKey::all_from_text(&keys).unwrap());
    }
    trust
}

impl Vector {
    fn trust(&self) -> Trust {
        let trust = trust_but(&self.left_out);
        match self.stored {
            true => trust.with_stored_form(),
            false => trust,
        }
    }

    /// The same for a command; the log only for one that knows of it.
    fn arguments(&self, knows_log: bool) -> Vec<String> {
        let mut arguments = vec!["--trust".to_owned(), root_pem().display().to_string()];
        for (name, option, file) in [
            ("trust_time", "--trust-time", time_root_pem()),
            ("trust_log", "--trust-log", log_keys()),
        ] {
            let known = knows_log || name != "trust_log";
            if known && !self.left_out.iter().any(|left| left == name) {
                arguments.extend([option.to_owned(), file.display().to_string()]);
            }
        }
        if self.stored {
            arguments.push("--stored".to_owned());
        }
        arguments
    }
}

fn log_keys() -> PathBuf {
    vectors_folder().join(vectors().trust_log)
}

fn time_root_pem() -> PathBuf {
    vectors_folder().join(vectors().trust_time)
}

fn root_pem() -> PathBuf {
    vectors_folder().join(vectors().trust)
}

fn verify_folder(folder: &Path, trust: &Trust) -> VerificationReport {
    let folder = FolderBundle::open(folder).unwrap();
    match is_disposal(&folder) {
        true => verify_disposal(&folder, trust, vectors().now),
        false => verify(&folder, trust, vectors().now),
    }
}

fn failures(report: &VerificationReport) -> BTreeSet<Failure> {
    report
        .failures()
        .map(|check| Failure {
            check: json!(check.check).as_str().unwrap().to_owned(),
            file: check.file.clone().unwrap(),
        })
        .collect()
}

fn oyer_verify(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_oyer"))
        .arg("verify")
        .arg(folder)
        .args(arguments)
        .output()
        .unwrap()
}

/// The page in the browser has the same list (`web-client/tests/verifier-strict.test.ts`).
#[test]
fn odd_certificates_are_taken_or_refused_as_everywhere() {
    #[derive(Deserialize)]
    struct Row {
        about: String,
        certificate: String,
        root: String,
        accepted: bool,
    }
    #[derive(Deserialize)]
    struct List {
        at: Timestamp,
        certificates: Vec<Row>,
    }
    let list = fs::read(vectors_folder().join("certificates.json")).unwrap();
    let list: List = serde_json::from_slice(&list).unwrap();
    let read = |text: &str| {
        let der = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
        Certificate::from_der(&der)
    };
    for row in list.certificates {
        let found = read(&row.certificate).and_then(|one| {
            let root = read(&row.root)?;
            let at = list.at.unix_seconds();
            one.leads_to(std::slice::from_ref(&root), &[], at).map(|_| ())
        });
        assert_eq!(found.is_ok(), row.accepted, "{}: {found:?}", row.about);
    }
}

/// A copy of a vector that may be damaged.
fn copy(vector: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in files(&vectors_folder().join(vector)) {
        let to = copy.path().join(&file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(vectors_folder().join(vector).join(&file), to).unwrap();
    }
    copy
}

/// Every file below a folder, as paths in the bundle.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_vector_has_its_verdict() {
    let list = vectors();
    let on_disk = ["good", "bad", "disposals"].iter().flat_map(|kind| {
        let entries = fs::read_dir(vectors_folder().join(kind)).unwrap();
        entries.map(move |e| format!("{kind}/{}", e.unwrap().file_name().to_str().unwrap()))
    });
    let all = || list.vectors.iter().chain(&list.disposals);
    let listed: BTreeSet<String> = all().map(|v| v.path.clone()).collect();
    assert_eq!(on_disk.collect::<BTreeSet<_>>(), listed);
    for vector in all() {
        let folder = vectors_folder().join(&vector.path);
        let report = verify_folder(&folder, &vector.trust());
        assert_eq!(failures(&report), vector.failures, "{}", vector.path);
        assert_eq!(json!(report.outcome), vector.outcome, "{}", vector.path);
        let report = verify_folder(&folder, &Trust::none());
        assert_eq!(
            json!(report.outcome),
            vector.outcome_without_trust,
            "{}",
            vector.path
        );
    }
}

#[test]
fn the_command_agrees_with_the_library() {
    let list = vectors();
    for vector in list.vectors.iter().chain(&list.disposals) {
        let trust = vector.arguments(true);
        let trust: Vec<&str> = trust.iter().map(String::as_str).collect();
        let folder = vectors_folder().join(&vector.path);
        let good = vector.outcome == json!(Outcome::Proved);
        let text = oyer_verify(&folder, &trust);
        assert_eq!(
            text.status.code(),
            Some(if good { 0 } else { 1 }),
            "{}",
            vector.path
        );
        let said = String::from_utf8(text.stdout).unwrap();
        for failure in &vector.failures {
            let line = said
                .lines()
                .find(|l| l.starts_with("FAILED") && l.contains(&failure.file));
            assert!(
                line.is_some(),
                "{}: {} is not named in\n{said}",
                vector.path,
                failure.file
            );
        }
        let report = oyer_verify(&folder, &[&trust[..], &["--json"]].concat());
        let report: Value = serde_json::from_slice(&report.stdout).unwrap();
        assert_eq!(report["outcome"], vector.outcome, "{}", vector.path);
        // Without a root an intact bundle is told from a proved one and from a broken one.
        let alone = match vector.outcome_without_trust == json!(Outcome::SignerNotChecked) {
            true => 3,
            false => 1,
        };
        for arguments in [&[][..], &["--json"]] {
            let status = oyer_verify(&folder, arguments).status;
            assert_eq!(status.code(), Some(alone), "{}", vector.path);
        }
    }
}

#[test]
fn without_a_root_a_bundle_is_intact_and_no_more_for_people_and_for_scripts() {
    let output = oyer_verify(&vectors_folder().join("bad/wrong-signer"), &[]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("\nIntact, signer NOT checked"), "{said}");
    assert!(!said.contains("under a root that you trust"), "{said}");
    let help = Command::new(env!("CARGO_BIN_EXE_oyer"))
        .args(["verify", "--help"])
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for status in [
        "0 when every proof holds",
        "1 when",
        "2 when",
        "3 without",
        "4 when",
        "--trust",
    ] {
        assert!(help.replace("\n", " ").contains(status), "{status}: {help}");
    }
}

#[test]
fn what_cannot_be_verified_is_no_verdict() {
    let good = vectors_folder().join("good/closed");
    let missing = oyer_verify(Path::new("/nonexistent"), &[]);
    let file = oyer_verify(&good.join("bagit.txt"), &[]);
    let trust = oyer_verify(&good, &["--trust", good.join("bagit.txt").to_str().unwrap()]);
    for output in [missing, file, trust] {
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn a_folder_that_is_no_bundle_is_told_where_one_is() {
    let folder = tempfile::tempdir().unwrap();
    let said = |json: &[&str]| {
        let output = oyer_verify(folder.path(), json);
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty(), "no verdict on what is no bundle");
        String::from_utf8(output.stderr).unwrap()
    };
    for arguments in [&[][..], &["--json"]] {
        let empty = said(arguments);
        assert!(
            empty.contains("there is no bundle in") && !empty.contains("Did you mean"),
            "{empty}"
        );
        assert_eq!(empty.lines().count(), 1, "{empty}");
    }
    let bundle = |name: &str| {
        let below = folder.path().join(name);
        std::fs::create_dir(&below).unwrap();
        std::fs::write(below.join("bagit.txt"), "").unwrap();
        below.display().to_string()
    };
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let first = bundle("b");
    let one = said(&[]);
    assert!(one.contains(&format!("Did you mean {first}?")), "{one}");
    let second = bundle("a");
    let two = said(&[]);
    assert!(
        two.contains(&format!("Did you mean {second} or {first}?")),
        "{two}"
    );
    bundle("c");
    bundle("d");
    let many = said(&[]);
    assert!(
        many.contains("Several folders") && !many.contains(&first),
        "{many}"
    );

    // What has lost its bagit.txt is no stranger's folder: it has failed.
    let robbed = tempfile::tempdir().unwrap();
    std::fs::copy(
        vectors_folder().join("good/closed/manifest-sha256.txt"),
        robbed.path().join("manifest-sha256.txt"),
    )
    .unwrap();
    let output = oyer_verify(robbed.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    let verdict = String::from_utf8(output.stdout).unwrap();
    assert!(verdict.contains("bagit.txt: it is missing"), "{verdict}");
}

#[test]
fn a_folder_without_a_file_is_extra() {
    let bundle = copy("good/closed");
    fs::create_dir_all(bundle.path().join("data/interview/segment-001")).unwrap();
    let report = verify_folder(bundle.path(), &trust());
    let extra = Failure {
        check: "bag".into(),
        file: "data/interview".into(),
    };
    assert_eq!(failures(&report), BTreeSet::from([extra]));
    let mut python = Command::new("python3");
    python
        .arg("-B")
        .arg(schema_folder().join("verify.py"))
        .arg(bundle.path())
        .args(["--now", &vectors().now.to_string()]);
    let report: Value = serde_json::from_slice(&python.output().unwrap().stdout).unwrap();
    assert_eq!(report["outcome"], "failed", "{report}");
    assert_eq!(
        report["failures"][0],
        json!(["bag", "data/interview"]),
        "{report}"
    );
}

#[test]
fn a_root_for_time_stamps_is_no_root_for_seals() {
    let time_alone = Trust::none();
    let pem = fs::read(root_pem()).unwrap();
    let time_alone = time_alone.with_time_roots(&pem).unwrap();
    let report = verify_folder(&vectors_folder().join("good/closed"), &time_alone);
    assert_eq!(report.outcome, Outcome::SignerNotChecked);
}

/// As whoever wants a verifier to read for hours does it; the files take no room on a disk.
#[test]
fn a_file_that_was_blown_up_is_named_and_not_read() {
    const HUGE: u64 = 1 << 42; // 4 TiB: hours, if it were read
    let script = schema_folder().join("verify.py");
    let root = root_pem();
    for file in files(&vectors_folder().join("good/closed")) {
        let damaged = copy("good/closed");
        let path = damaged.path().join(&file);
        let blown = fs::OpenOptions::new().write(true).open(path).unwrap();
        blown.set_len(HUGE).unwrap();
        let report = verify_folder(damaged.path(), &trust());
        assert_eq!(report.outcome, Outcome::Failed);
        let named = report
            .failures()
            .any(|c| c.file.as_deref() == Some(file.as_str()));
        assert!(named, "{file}: {:?}", failures(&report));
        let python = Command::new("python3")
            .arg(&script)
            .arg(damaged.path())
            .arg("--trust")
            .arg(&root)
            .args(["--now", &vectors().now.to_string()])
            .output()
            .unwrap();
        assert_eq!(python.status.code(), Some(1), "{file}");
        let said = String::from_utf8(python.stdout).unwrap();
        assert!(said.contains(&file), "{file}: {said}");
    }
}

#[test]
fn one_flipped_byte_in_any_file_is_noticed_and_named() {
    let trust = trust();
    let how = instructions("good/closed");
    let original = vectors_folder().join("good/closed");
    for file in files(&original) {
        let damaged = copy("good/closed");
        let path = damaged.path().join(&file);
        let bytes = fs::read(&path).unwrap();
        // In the library at many places, by the command and outside tools in the middle.
        let step = (bytes.len() / 40).max(1);
        for at in (0..bytes.len())
            .step_by(step)
            .chain([bytes.len() - 1, bytes.len() / 2])
        {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x01;
            fs::write(&path, &flipped).unwrap();
            let report = verify_folder(damaged.path(), &trust);
            let named = report
                .failures()
                .any(|c| c.file.as_deref() == Some(file.as_str()));
            assert!(named, "byte {at} of {file}: {:?}", failures(&report));
        }
        let output = oyer_verify(damaged.path(), &["--trust", root_pem().to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "{file}");
        assert!(
            String::from_utf8(output.stdout).unwrap().contains(&file),
            "{file}"
        );
        let outside = outside_tools(damaged.path(), &how);
        assert!(
            outside.iter().any(|(_, success)| !success),
            "outside tools pass over {file}"
        );
    }
}

#[test]
fn the_check_codes_are_those_of_the_readme() {
    let readme = fs::read_to_string(schema_folder().join("README.md")).unwrap();
    for code in CheckCode::ALL {
        let name = format!("`{}`", json!(code).as_str().unwrap());
        assert!(readme.contains(&name), "{name}");
    }
}

/// The certificate of custody says what was verified, and nothing that a stranger wrote becomes part of the page.
#[test]
fn the_certificate_of_custody_stands_on_a_verified_bundle() {
    let custody = |folder: &Path, more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_oyer"));
        command.arg("custody").arg(folder).arg("--certificate").args(more);
        command.output().unwrap()
    };
    let folder = vectors_folder().join("good/closed");
    let root = root_pem();
    let proved = custody(&folder, &["--trust", root.to_str().unwrap()]);
    assert_eq!(proved.status.code(), Some(0));
    let page = String::from_utf8(proved.stdout).unwrap();
    for said in [
        "Every proof held",
        "Clerk Test",
        "902(14)",
        "Every file is as it was sealed",
    ] {
        assert_eq!(
            page.contains(said),
            said != "Every file is as it was sealed",
            "{said}"
        );
    }
    let manifest = Digest::of(&fs::read(folder.join(bundle::MANIFEST)).unwrap()).to_string();
    assert!(page.contains(&manifest));
    assert!(!page.contains("<script") && !page.contains("http:") && !page.contains("https:"));

    let unknown = custody(&folder, &[]);
    assert_eq!(unknown.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&unknown.stdout).contains("signer not checked"));

    let changed = custody(&vectors_folder().join("bad/flipped-byte-in-track"), &[]);
    assert_eq!(changed.status.code(), Some(1));
    assert!(changed.stdout.is_empty());
    let stored = custody(&vectors_folder().join("good/stored"), &[]);
    assert_eq!(stored.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&stored.stderr).contains("stored form"),
        "{stored:?}"
    );
}
