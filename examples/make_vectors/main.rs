//! Makes the test vectors in `recordings-schema/vectors`: `cargo run --example make_vectors [PART OF A NAME …]`; with names,
//! only the bundles with one of them in their path are made anew.
//!
//! The media and the keys are the same each time; signatures are not (ECDSA draws a random number), so that making a bundle
//! again changes every signature file and what depends on it.

mod disposals;
mod logged;
mod media;
mod recipe;
mod redacted;
mod reseals;
mod stamps;

use oyer::evidence::key::SealKey;
use oyer::seal::bundle;
use oyer::seal::digest::Digest;
use oyer::seal::document::{Ended, Previous};
use oyer::seal::source::MemoryBundle;
use oyer::seal::verify::{CheckCode, Outcome};
use recipe::{Recording, SEALED, Take, stamped};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use time::ext::NumericalDuration;
use uuid::{Uuid, uuid};

const CLOSED: Uuid = uuid!("01930000-0000-7000-8000-0000000000a1");
const INTERRUPTED: Uuid = uuid!("01930000-0000-7000-8000-0000000000a2");
const CONTINUED: Uuid = uuid!("01930000-0000-7000-8000-0000000000a3");

fn main() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings-schema/vectors");
    let mut out = Out {
        key: key(&vectors.join("keys/TEST-ONLY-court"), "Test Court (not a court)"),
        stranger: key(
            &vectors.join("keys/TEST-ONLY-stranger"),
            "Test Court (not a court)",
        ),
        authority: key(
            &vectors.join("keys/TEST-ONLY-authority"),
            "Test Authority (not one)",
        ),
        folder: vectors,
        only: std::env::args().skip(1).collect(),
        list: Vec::new(),
    };
    if out.only.is_empty() {
        for kind in ["good", "bad", "disposals"] {
            remove(&out.folder.join(kind));
        }
    }
    good(&mut out);
    bad_bytes(&mut out);
    bad_seals(&mut out);
    stamps::bad(&mut out);
    bad_documents(&mut out);
    logged::put(&mut out);
    redacted::put(&mut out);
    reseals::good(&mut out);
    reseals::bad(&mut out);
    let disposals = disposals::put(&out);
    let list = json!({
        "schema": "oyer/vectors/1",
        "trust": "keys/TEST-ONLY-court/root.pem",
        "trust_time": "keys/TEST-ONLY-authority/root.pem",
        "trust_log": "keys/TEST-ONLY-log.txt",
        "now": "2026-02-01T00:00:00.000Z",
        "vectors": out.list,
        "disposals": disposals,
    });
    let text = serde_json::to_string_pretty(&list).expect("plain JSON") + "\n";
    fs::write(out.folder.join("vectors.json"), text).expect("the list can be written");
    println!("{} vectors in {}", out.list.len(), out.folder.display());
}

fn remove(folder: &Path) {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("old vectors can be removed");
    }
}

/// The keys in the repository are readable by all, which `SealKey` rightly refuses: it gets a private copy.
fn key(kept: &Path, organisation: &str) -> SealKey {
    let copy = tempfile::tempdir().expect("a folder for the keys");
    let folder = copy.path().join("keys");
    let made = SEALED - 1.days();
    if kept.exists() {
        fs::create_dir(&folder).expect("a folder for the keys");
        copy_files(kept, &folder, 0o600);
    }
    let (key, _) = SealKey::open(&folder, organisation, made).expect("keys");
    // Also those that were made just now.
    fs::create_dir_all(kept).expect("a folder for the keys");
    copy_files(&folder, kept, 0o644);
    key
}

fn copy_files(from: &Path, to: &Path, mode: u32) {
    for entry in fs::read_dir(from).expect("keys") {
        let entry = entry.expect("keys");
        let target = to.join(entry.file_name());
        fs::copy(entry.path(), &target).expect("a key can be copied");
        fs::set_permissions(&target, fs::Permissions::from_mode(mode)).expect("permissions");
    }
}

struct Out {
    key: SealKey,
    stranger: SealKey,
    /// An authority for time-stamps that is not the court.
    authority: SealKey,
    folder: PathBuf,
    /// Parts of the paths of those that are made anew; none: all are.
    only: Vec<String>,
    list: Vec<Value>,
}

impl Out {
    fn put(
        &mut self,
        path: &str,
        about: &str,
        bag: &MemoryBundle,
        failures: &[(CheckCode, &str)],
    ) -> PathBuf {
        let folder = self.folder.join(path);
        if self.only.is_empty() || self.only.iter().any(|part| path.contains(part.as_str())) {
            remove(&folder);
            for (file, content) in bag.iter() {
                let file = folder.join(file);
                fs::create_dir_all(file.parent().expect("a bundle is a folder")).expect("a folder");
                fs::write(file, content).expect("a file");
            }
        }
        let failures: Vec<Value> = failures
            .iter()
            .map(|(check, file)| json!({ "check": check, "file": file }))
            .collect();
        let of = |check: CheckCode| failures.iter().any(|f| f["check"] == json!(check));
        // A verifier may leave the log aside, and then says so.
        let log = of(CheckCode::TransparencyLog) || of(CheckCode::Cosigners);
        // A stranger's seal is found out by the trusted root alone, and so are a stranger's log and a cosignature.
        let only_signer = of(CheckCode::Signer)
            || of(CheckCode::Cosigners)
            || path.ends_with("of-a-stranger")
            || path == LATER_ROOT;
        let (with, without) = match (failures.is_empty(), only_signer) {
            (true, _) => (Outcome::Proved, Outcome::SignerNotChecked),
            (false, true) => (Outcome::Failed, Outcome::SignerNotChecked),
            (false, false) => (Outcome::Failed, Outcome::Failed),
        };
        let mut vector = json!({
            "path": path,
            "about": about,
            "outcome": with,
            "outcome_without_trust": without,
            "failures": failures,
        });
        if log {
            vector["log"] = json!(true);
        }
        // Whoever names an authority or a log expects their proof: a bundle without one is judged without that name, if it is good,
        // or to a verifier that leaves aside what is bad in it.
        let reseal = json!(CheckCode::Reseal);
        if log || failures.iter().all(|failure| failure["check"] == reseal) {
            let authority = self.authority.root().to_pem().expect("a certificate");
            let stamped = bag.get(bundle::TIME_STAMP_ROOT) == Some(authority.as_bytes());
            let proofs = [
                ("trust_time", stamped),
                ("trust_log", bag.get(bundle::LOG_PROOF).is_some()),
            ];
            let left_out: Vec<&str> = proofs
                .iter()
                .filter(|(_, is)| !is)
                .map(|(name, _)| *name)
                .collect();
            if !left_out.is_empty() {
                vector["left_out"] = json!(left_out);
            }
            if bag.get(bundle::CUSTODY).is_none() {
                vector["stored"] = json!(true);
            }
        }
        self.list.push(vector);
        folder
    }
}

fn takes(segments: &[u32]) -> Vec<Take> {
    let mut takes = Vec::new();
    for &segment in segments {
        for (label, source, content) in [
            ("judge-1", "microphone", media::tone(330 + 110 * segment)),
            (
                "witness-1",
                "camera",
                media::picture(if segment == 1 { "teal" } else { "olive" }),
            ),
            ("witness-1", "microphone", media::tone(660 + 110 * segment)),
        ] {
            takes.push(Take {
                segment,
                label,
                source,
                content,
                tail: 0,
            });
        }
    }
    takes
}

fn closed() -> Recording {
    Recording::new(CLOSED, Ended::Closed, &[1, 2], &takes(&[1, 2]))
}

/// Path of a file of the closed recording in its bundle.
fn data(file: &str) -> String {
    bundle::payload_path(CLOSED, file)
}

/// Whoever trusts both roots has it proved, and who trusts none finds it intact.
const LATER_ROOT: &str = "bad/handed-out-under-a-later-root";

const CAMERA: &str = "segment-001/witness-1-camera.webm";

fn good(out: &mut Out) {
    let recording = closed();
    let bag = recording.good(&out.key);
    out.put(
        "good/closed",
        "closed by the court, two segments, exported",
        &bag,
        &[],
    );
    let stored = stamped(recording.seal(&out.key, |m| m), &out.key, SEALED);
    out.put(
        "good/stored",
        "the same recording in the stored form",
        &stored,
        &[],
    );

    let mut takes = takes(&[1]);
    for take in &mut takes {
        // Killed while a cluster was being written: the file ends in the middle of one.
        let last = media::fragments(&take.content).pop().expect("a fragment");
        take.content.truncate(take.content.len() - last / 3);
        take.tail = last - last / 3;
    }
    let mut recording = Recording::new(INTERRUPTED, Ended::Crash, &[1], &takes);
    recording.edit(bundle::FRAGMENTS, |text| {
        // The write that the kill cut off, ended when the recording was found and the tails were entered.
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        lines.insert(lines.len() - takes.len(), "5\tsegment-001/witn\n");
        lines.concat()
    });
    let late = SEALED + 2.minutes();
    let bag = stamped(recording.seal(&out.key, |m| m), &out.authority, late);
    let bag = recording.export(bag, &out.key, |c| c);
    let manifest_sha256 = Digest::of(bag.get(bundle::MANIFEST).expect("a manifest"));
    let about = "cut off by a failure: tails after the last complete fragments, and a ledger line that was torn; stamped by an authority that is not the court";
    out.put("good/interrupted", about, &bag, &[]);

    let mut recording = Recording::new(CONTINUED, Ended::Closed, &[2], &self::takes(&[2]));
    recording.document.previous = Some(Previous {
        recording: INTERRUPTED,
        manifest_sha256,
    });
    let bag = recording.export(recording.seal(&out.key, |m| m), &out.key, |c| c);
    out.put(
        "good/continued",
        "the recording after good/interrupted, with a link back to it; without a time-stamp",
        &bag,
        &[],
    );
}

/// Bundles of the court that somebody changed afterwards.
fn bad_bytes(out: &mut Out) {
    use CheckCode::*;
    let good = || closed().good(&out.key);
    let flip = |path: &str| {
        let mut bag = good();
        let content = bag.get_mut(path).expect("a file of the bundle");
        let middle = content.len() / 2;
        content[middle] ^= 1;
        bag
    };
    let track = data(CAMERA);
    let flipped = flip(&track);
    let flipped_tag = flip(bundle::CERTIFICATE);
    let flipped_log = flip(&data(bundle::COURT_LOG));

    let mut changed = good();
    let other = b"other content".to_vec();
    let text = String::from_utf8(changed.get(bundle::MANIFEST).expect("a manifest").to_vec()).expect("text");
    let before = Digest::of(changed.get(&track).expect("a track")).to_string();
    changed.insert(
        bundle::MANIFEST,
        text.replace(&before, &Digest::of(&other).to_string()),
    );
    changed.insert(track.clone(), other);

    let mut missing = good();
    missing.remove(&track);
    let mut extra = good();
    extra.insert(data("segment-001/expert-1-camera.webm"), media::picture("red"));
    let mut extra_tag = good();
    extra_tag.insert("README.txt", "Read me first.\n");
    let mut cut = good();
    cut.get_mut(&track).expect("a track").truncate(900);
    let mut no_seal = good();
    no_seal.remove(bundle::MANIFEST_SIGNATURE);
    let mut swapped = good();
    let tags = swapped
        .get(bundle::TAG_MANIFEST_SIGNATURE)
        .expect("a signature")
        .to_vec();
    swapped.insert(bundle::MANIFEST_SIGNATURE, tags);
    let mut linked = good();
    linked.remove(&track);

    let oxum = (Bag, bundle::BAG_INFO);
    let t = track.as_str();
    let log = data(bundle::COURT_LOG);
    let seal = data(bundle::SEAL_DOCUMENT);
    out.put(
        "bad/flipped-byte-in-track",
        "one bit of a track",
        &flipped,
        &[(PayloadDigests, t)],
    );
    out.put(
        "bad/flipped-byte-in-court-log",
        "one bit of the court log, in the middle of a word",
        &flipped_log,
        &[(PayloadDigests, &log), (CourtLog, &log)],
    );
    out.put(
        "bad/flipped-byte-in-certificate",
        "one bit of certificate.html",
        &flipped_tag,
        &[(TagFiles, bundle::CERTIFICATE)],
    );
    out.put(
        "bad/changed-manifest",
        "a track was replaced and its digest in the manifest with it",
        &changed,
        &[
            oxum,
            (Seal, bundle::MANIFEST),
            (TagFiles, bundle::MANIFEST),
            (PayloadDigests, t),
            (Tracks, &seal),
            (Custody, bundle::CUSTODY),
        ],
    );
    out.put(
        "bad/missing-file",
        "a track was taken out",
        &missing,
        &[oxum, (PayloadComplete, t)],
    );
    let added = data("segment-001/expert-1-camera.webm");
    out.put(
        "bad/extra-file",
        "a track was put in",
        &extra,
        &[oxum, (PayloadComplete, &added)],
    );
    out.put(
        "bad/extra-tag-file",
        "a file was put beside the recording",
        &extra_tag,
        &[(Bag, "README.txt"), (TagFiles, "README.txt")],
    );
    out.put(
        "bad/truncated-track",
        "a track was cut short",
        &cut,
        &[oxum, (PayloadDigests, t)],
    );
    out.put(
        "bad/missing-seal",
        "the signature was taken out",
        &no_seal,
        &[
            (Bag, bundle::MANIFEST_SIGNATURE),
            (TagFiles, bundle::MANIFEST_SIGNATURE),
        ],
    );
    out.put(
        "bad/seal-of-something-else",
        "a good signature of the court, over another file",
        &swapped,
        &[
            (Seal, bundle::MANIFEST),
            (TimeStamp, bundle::MANIFEST_SIGNATURE),
            (TagFiles, bundle::MANIFEST_SIGNATURE),
        ],
    );
    let folder = out.put(
        "bad/symlink",
        "a track is a symbolic link to another track",
        &linked,
        &[(Names, t), oxum, (PayloadComplete, t)],
    );
    if !folder.join(&track).is_symlink() {
        symlink("../segment-002/witness-1-camera.webm", folder.join(&track)).expect("a link");
    }
}

/// Bundles whose seal is genuine in form but not what it should be.
fn bad_seals(out: &mut Out) {
    use CheckCode::*;
    let recording = closed();
    let bag = recording.good(&out.stranger);
    out.put(
        "bad/wrong-signer",
        "everything fits, but under a root that is not the court's",
        &bag,
        &[
            (Signer, bundle::MANIFEST_SIGNATURE),
            (TagFiles, bundle::TAG_MANIFEST_SIGNATURE),
        ],
    );
    let bag = stamped(recording.seal(&out.key, |m| m), &out.key, SEALED);
    let bag = recording.export(bag, &out.stranger, |c| c);
    out.put(
        LATER_ROOT,
        "sealed under the court's root and handed out under one that it made later: the one root is not enough",
        &bag,
        &[(TagFiles, bundle::TAG_MANIFEST_SIGNATURE)],
    );
    let key = &out.key;
    let tampered = |tamper: &dyn Fn(String) -> String| {
        let bag = recording.seal(key, tamper);
        recording.export(bag, key, |c| c)
    };
    let traversal = tampered(&|m| m + &format!("{}  data/../../../etc/passwd\n", Digest::of(b"")));
    let absolute = tampered(&|m| format!("{}  /etc/passwd\n{m}", Digest::of(b"")));
    let twice = tampered(&|m| {
        let first = m.split_inclusive('\n').next().unwrap_or_default().to_owned();
        first + &m
    });
    let backslash = tampered(&|m| m + &format!("{}  data\\x\n", Digest::of(b"")));
    let reordered = recording.export(recording.seal(key, |m| m), key, swap_lines);
    let endless = recording.export(recording.seal(key, |m| m), key, |chain| {
        recipe::with_entry(chain, r#"{"at":1e400}"#)
    });
    let manifest = (Manifest, bundle::MANIFEST);
    out.put(
        "bad/number-out-of-range",
        "the chain of custody has a number that no computer holds, and the tag manifest was signed anew",
        &endless,
        &[(Custody, bundle::CUSTODY)],
    );
    out.put(
        "bad/path-traversal",
        "the signed manifest leads out of the bundle",
        &traversal,
        &[manifest],
    );
    out.put(
        "bad/absolute-path",
        "the signed manifest names an absolute path",
        &absolute,
        &[manifest],
    );
    out.put(
        "bad/duplicate-manifest-line",
        "the signed manifest lists a file twice",
        &twice,
        &[manifest],
    );
    out.put(
        "bad/backslash",
        "the signed manifest has a path for Windows",
        &backslash,
        &[manifest],
    );
    out.put(
        "bad/reordered-custody",
        "two entries of the chain of custody changed places, and the tag manifest was signed anew",
        &reordered,
        &[(Custody, bundle::CUSTODY)],
    );
}

/// Exchanges the third and the fourth line.
fn swap_lines(text: String) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    lines.swap(2, 3);
    lines.concat()
}

/// Bundles under a good seal of the court whose documents contradict each other: an error of the sealing software.
fn bad_documents(out: &mut Out) {
    use CheckCode::*;
    let mut put =
        |path: &str, about: &str, tamper: &dyn Fn(&mut Recording), failures: &[(CheckCode, &str)]| {
            let mut recording = closed();
            tamper(&mut recording);
            let bag = recording.good(&out.key);
            out.put(path, about, &bag, failures);
        };
    let (seal, fragments) = (data(bundle::SEAL_DOCUMENT), data(bundle::FRAGMENTS));
    put(
        "bad/reordered-court-log",
        "two entries of the court log changed places before sealing",
        &|r| r.edit(bundle::COURT_LOG, swap_lines),
        &[(CourtLog, &data(bundle::COURT_LOG))],
    );
    put(
        "bad/fragment-chain-broken",
        "a link of the fragment chain is wrong, and all was sealed anew",
        &|r| {
            r.edit(bundle::FRAGMENTS, |text| {
                let link = text
                    .lines()
                    .nth(3)
                    .and_then(|l| l.rsplit('\t').next())
                    .unwrap_or_default();
                text.replace(link, &Digest::of(b"wrong").to_string())
            })
        },
        &[(Fragments, &fragments)],
    );
    put(
        "bad/fragment-ledger-truncated",
        "the last line of fragments.tsv is cut off, so that a fragment is missing",
        &|r| {
            r.edit(bundle::FRAGMENTS, |mut text| {
                text.truncate(text.len() - 10);
                text
            })
        },
        &[
            (Fragments, &fragments),
            (Fragments, &seal),
            (Fragments, &fragments),
        ],
    );
    put(
        "bad/seal-disagrees",
        "seal.json states another size of a track than the file has",
        &|r| r.document.tracks[0].bytes += 1,
        &[
            (PayloadDigests, &data("segment-001/judge-1-microphone.webm")),
            (Fragments, &fragments),
        ],
    );
    put(
        "bad/track-not-in-seal",
        "a sealed track is missing in seal.json",
        &|r| {
            r.document.tracks.remove(0);
        },
        &[(Tracks, &seal), (Fragments, &fragments)],
    );
    put(
        "bad/gap-count",
        "seal.json states fewer gaps than are declared",
        &|r| r.document.gaps.count -= 1,
        &[(Gaps, &data(bundle::GAPS))],
    );
}
