//! The vectors of `recordings-schema/`, good and bad, through the library and through `oyer verify`; the good ones also
//! through tools that are not ours.

use oyer::folder::FolderBundle;
use oyer::seal::bundle;
use oyer::seal::strict;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{CheckCode, Outcome, Trust, VerificationReport, verify};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[derive(Deserialize)]
struct VectorList {
    schema: String,
    trust: String,
    now: Timestamp,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    path: String,
    outcome: Value,
    outcome_without_trust: Value,
    failures: BTreeSet<Failure>,
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
    let pem = fs::read(root_pem()).unwrap();
    Trust::from_pem(&pem).unwrap()
}

fn root_pem() -> PathBuf {
    vectors_folder().join(vectors().trust)
}

fn verify_folder(folder: &Path, trust: &Trust) -> VerificationReport {
    verify(&FolderBundle::open(folder).unwrap(), trust, vectors().now)
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
    let trust = trust();
    let on_disk = ["good", "bad"].iter().flat_map(|kind| {
        let entries = fs::read_dir(vectors_folder().join(kind)).unwrap();
        entries.map(move |e| format!("{kind}/{}", e.unwrap().file_name().to_str().unwrap()))
    });
    let listed: BTreeSet<String> = list.vectors.iter().map(|v| v.path.clone()).collect();
    assert_eq!(on_disk.collect::<BTreeSet<_>>(), listed);
    for vector in &list.vectors {
        let folder = vectors_folder().join(&vector.path);
        let report = verify_folder(&folder, &trust);
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
    let root = root_pem();
    let root = root.to_str().unwrap();
    for vector in &vectors().vectors {
        let folder = vectors_folder().join(&vector.path);
        let good = vector.outcome == json!(Outcome::Proved);
        let text = oyer_verify(&folder, &["--trust", root]);
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
        let report = oyer_verify(&folder, &["--trust", root, "--json"]);
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
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(oyer_verify(empty.path(), &[]).status.code(), Some(1));
}

/// The commands of `VERIFY.txt`, taken from that very file, each with whether it succeeded.
fn outside_tools(folder: &Path, instructions: &str) -> Vec<(String, bool)> {
    let commands = instructions.replace("\\\n", " ");
    let commands = commands
        .lines()
        .filter_map(|line| line.strip_prefix("       "))
        .filter(|line| {
            ["sha256sum", "find", "openssl cms"]
                .iter()
                .any(|c| line.starts_with(c))
        });
    let run = |command: &str| {
        let filled = command.replace("ROOT.pem", root_pem().to_str().unwrap());
        let output = Command::new("bash")
            .args(["-c", &filled])
            .current_dir(folder)
            .output()
            .unwrap();
        (command.to_owned(), output.status.success())
    };
    commands.map(run).collect()
}

fn instructions(vector: &str) -> String {
    fs::read_to_string(vectors_folder().join(vector).join(bundle::INSTRUCTIONS)).unwrap()
}

#[test]
fn outside_tools_accept_the_good_ones() {
    for vector in ["good/closed", "good/interrupted", "good/continued"] {
        let results = outside_tools(&vectors_folder().join(vector), &instructions(vector));
        assert_eq!(results.len(), 5, "{results:?}");
        for (command, success) in results {
            assert!(success, "{vector}: {command}");
        }
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
fn json_schemas_accept_what_is_written_and_refuse_what_the_verifier_refuses() {
    let schema = |name: &str| {
        let text = fs::read(schema_folder().join(name)).unwrap();
        let schema: Value = serde_json::from_slice(&text).unwrap();
        assert!(jsonschema::meta::is_valid(&schema), "{name}");
        jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .unwrap()
    };
    let seal = schema("seal.schema.json");
    let by_line = [
        (bundle::COURT_LOG, schema("court-log-entry.schema.json")),
        (bundle::GAPS, schema("gap.schema.json")),
        (bundle::CUSTODY, schema("custody-entry.schema.json")),
    ];
    let mut checked = 0;
    for vector in vectors().vectors.iter().filter(|v| v.path.starts_with("good/")) {
        let folder = vectors_folder().join(&vector.path);
        for file in files(&folder) {
            let text = || fs::read_to_string(folder.join(&file)).unwrap();
            if file.ends_with(bundle::SEAL_DOCUMENT) {
                let document: Value = serde_json::from_str(&text()).unwrap();
                assert!(seal.is_valid(&document), "{}/{file}", vector.path);
                every_member_counts(&seal, &document, |bytes| {
                    oyer::seal::document::SealDocument::parse(bytes).is_ok()
                });
                checked += 1;
            }
            for (name, schema) in by_line.iter().filter(|(name, _)| file.ends_with(name)) {
                for line in text().lines() {
                    let entry: Value = serde_json::from_str(line).unwrap();
                    assert!(schema.is_valid(&entry), "{name}: {line}");
                    every_member_counts(schema, &entry, |bytes| match *name {
                        bundle::COURT_LOG => parses::<oyer::seal::ledger::CourtLogEntry>(bytes),
                        bundle::GAPS => parses::<oyer::seal::ledger::Gap>(bytes),
                        _ => parses::<oyer::seal::custody::CustodyEntry>(bytes),
                    });
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 20, "{checked}");
}

fn parses<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> bool {
    strict::from_json::<T>(bytes).is_ok()
}

/// Schema and program agree: without any one member, with one more, or with a number for a string, both refuse.
fn every_member_counts(schema: &jsonschema::Validator, good: &Value, parses: impl Fn(&[u8]) -> bool) {
    let both = |value: &Value, about: &str| {
        let by_schema = schema.is_valid(value);
        let by_program = parses(&serde_json::to_vec(value).unwrap());
        assert_eq!((by_schema, by_program), (false, false), "{about}: {value}");
    };
    for pointer in pointers(good, String::new()) {
        let object = good.pointer(&pointer).unwrap().as_object().unwrap();
        if pointer.ends_with("/detail") {
            continue; // open by design
        }
        let mut more = good.clone();
        more.pointer_mut(&pointer).unwrap()["x"] = json!(1);
        both(&more, &format!("{pointer}/x"));
        for name in object.keys() {
            let mut less = good.clone();
            less.pointer_mut(&pointer)
                .unwrap()
                .as_object_mut()
                .unwrap()
                .remove(name);
            both(&less, &format!("without {pointer}/{name}"));
            if object[name].is_string() {
                let mut other = good.clone();
                other.pointer_mut(&pointer).unwrap()[name] = json!(1);
                both(&other, &format!("number at {pointer}/{name}"));
                if let Ok(id) = object[name].as_str().unwrap().parse::<uuid::Uuid>() {
                    let mut braced = good.clone();
                    braced.pointer_mut(&pointer).unwrap()[name] = json!(id.braced().to_string());
                    both(&braced, &format!("braces at {pointer}/{name}"));
                }
            }
        }
    }
}

/// Where the objects in a value are.
fn pointers(value: &Value, at: String) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let inner = members
                .iter()
                .flat_map(|(name, v)| pointers(v, format!("{at}/{name}")));
            let inner: Vec<String> = inner.collect();
            [vec![at], inner].concat()
        }
        Value::Array(items) => {
            let inner = items.iter().enumerate();
            inner
                .flat_map(|(i, v)| pointers(v, format!("{at}/{i}")))
                .collect()
        }
        _ => Vec::new(),
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
