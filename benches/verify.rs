//! How fast a bundle is verified, beside the hash alone: `cargo bench --bench verify`. The bundle is a test vector whose tracks
//! were made large and which was sealed anew with the test court's key. Each way reads the same files from the page cache.

use oyer::cli::verify::Threads;
use oyer::evidence::key::SealKey;
use oyer::folder::FolderBundle;
use oyer::seal::bundle;
use oyer::seal::digest::Digest;
use oyer::seal::fragments::{self, Fragment};
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{Outcome, Trust, verify_observed};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use time::macros::datetime;

const RECORDING: &str = "data/01930000-0000-7000-8000-0000000000a1";
/// A camera at 1 Mbit/s: nine minutes of it, in fragments of two seconds.
const TRACK_BYTES: usize = 64 * 1024 * 1024;
const FRAGMENT_BYTES: usize = 250_000;
const ROUNDS: usize = 5;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bytes = enlarge(folder.path());
    let trust = fs::read(vectors().join("keys/TEST-ONLY-court/root.pem")).expect("the test root");
    let trust = Trust::from_pem(&trust).expect("the test root");
    let files = tracks(folder.path());
    let readers = |n| {
        let (folder, trust) = (folder.path(), &trust);
        move || {
            let source = FolderBundle::open(folder).expect("the bundle");
            let now = Timestamp::new(datetime!(2026-02-01 00:00 UTC));
            let report = verify_observed(&source, trust, now, &Threads(n), &|_| ());
            assert_eq!(report.outcome, Outcome::Proved, "{report:#?}");
        }
    };
    let openssl = || {
        let mut command = Command::new("openssl");
        command.args(["dgst", "-sha256"]).args(&files);
        let status = command.stdout(Stdio::null()).status().expect("openssl");
        assert!(status.success());
    };
    let (one, two) = (readers(1), readers(2));
    let ways: [(&str, &dyn Fn()); 3] = [
        ("openssl dgst -sha256, one core", &openssl),
        ("verify, one reader", &one),
        ("verify, two readers", &two),
    ];
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (times, (_, way)) in times.iter_mut().zip(&ways) {
            let began = Instant::now();
            way();
            times.push(began.elapsed());
        }
    }
    let median = |times: &mut Vec<Duration>| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    };
    let base = median(&mut times[0]);
    println!(
        "{} MiB in {} tracks, median of {ROUNDS}",
        bytes >> 20,
        files.len()
    );
    for (times, (name, _)) in times.iter_mut().zip(&ways) {
        let took = median(times);
        println!(
            "{name:<32} {:>6.0} MB/s  {:.2}",
            bytes as f64 / took / 1e6,
            base / took
        );
    }
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings-schema/vectors")
}

fn tracks(bundle: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = ["segment-001", "segment-002"]
        .iter()
        .flat_map(|segment| fs::read_dir(bundle.join(RECORDING).join(segment)).expect("a segment"))
        .map(|entry| entry.expect("a track").path())
        .collect();
    files.sort();
    files
}

/// Makes the bundle; gives the bytes of its tracks.
fn enlarge(to: &Path) -> u64 {
    let from = vectors().join("good/stored");
    let status = Command::new("cp").arg("-r").arg(from.join(".")).arg(to).status();
    assert!(status.expect("cp").success());
    // Without its stamp: that was over another seal.
    for stamp in [bundle::TIME_STAMP, bundle::TIME_STAMP_ROOT] {
        fs::remove_file(to.join(stamp)).expect("a time-stamp");
    }
    let folder = to.join(RECORDING);
    let path = folder.join("seal.json");
    let mut seal: serde_json::Value =
        serde_json::from_slice(&fs::read(&path).expect("the seal")).expect("the seal");
    let mut ledger = format!("{}\n", fragments::HEADER);
    let (mut seq, mut head, mut total) = (0, Digest::ZERO, 0);
    let mut random = 1u64;
    for track in seal["tracks"].as_array_mut().expect("tracks") {
        let file = track["file"].as_str().expect("a file").to_owned();
        let content: Vec<u8> = (0..TRACK_BYTES / 8)
            .flat_map(|_| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                random.to_le_bytes()
            })
            .collect();
        let mut offset = 0;
        for piece in content.chunks(FRAGMENT_BYTES) {
            let sha256 = Digest::of(piece);
            head = fragments::link(&head, &sha256);
            let fragment = Fragment {
                seq,
                file: file.clone(),
                offset,
                bytes: piece.len() as u64,
                sha256,
                chain: head,
            };
            writeln!(ledger, "{fragment}").expect("memory");
            (seq, offset) = (seq + 1, offset + piece.len() as u64);
        }
        track["bytes"] = content.len().to_string().into();
        track["sha256"] = Digest::of(&content).to_string().into();
        total += content.len() as u64;
        fs::write(folder.join(file), content).expect("a track");
    }
    seal["fragments"]["count"] = seq.to_string().into();
    seal["fragments"]["head"] = head.to_string().into();
    fs::write(folder.join("fragments.tsv"), ledger).expect("the ledger");
    fs::write(path, serde_json::to_vec(&seal).expect("the seal")).expect("the seal");
    list(to);
    total
}

/// Lists the payload and signs the list.
fn list(bag: &Path) {
    let old = fs::read_to_string(bag.join(bundle::MANIFEST)).expect("the manifest");
    let (mut manifest, mut bytes) = (String::new(), 0);
    for path in old
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(_, path)| path)
    {
        let content = fs::read(bag.join(path)).expect("a file");
        bytes += content.len();
        writeln!(manifest, "{}  {path}", Digest::of(&content)).expect("memory");
    }
    let oxum = format!("Payload-Oxum: {bytes}.{}", manifest.lines().count());
    let info = fs::read_to_string(bag.join(bundle::BAG_INFO)).expect("the bag's description");
    let info: String = info
        .lines()
        .map(|line| {
            if line.starts_with("Payload-Oxum") {
                &oxum
            } else {
                line
            }
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    fs::write(bag.join(bundle::BAG_INFO), info).expect("the bag's description");

    let keys = tempfile::tempdir().expect("a temporary folder");
    let keys = keys.path().join("keys");
    fs::create_dir(&keys).expect("a folder of keys");
    for entry in fs::read_dir(vectors().join("keys/TEST-ONLY-court")).expect("the test keys") {
        let entry = entry.expect("a key");
        let to = keys.join(entry.file_name());
        fs::copy(entry.path(), &to).expect("a key");
        fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).expect("a key");
    }
    let sealed = datetime!(2026-01-15 09:30 UTC);
    let (key, _) = SealKey::open(&keys, "Test", sealed).expect("the test key");
    let seal = key
        .sign(Digest::of(manifest.as_bytes()), sealed.into())
        .expect("a seal");
    fs::write(bag.join(bundle::MANIFEST_SIGNATURE), seal).expect("the seal");
    fs::write(bag.join(bundle::MANIFEST), manifest).expect("the manifest");
}
