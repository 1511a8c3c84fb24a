//! Cosigners of the log: `oyer cosign` as a process of its own, killed and started again.

use crate::courthouse::Court;
use crate::custody_acts;
use oyer::evidence::{Cosigner, LogSettings};
use oyer::seal::bundle;
use oyer::seal::tlog::{Checkpoint, Edge, Kind, Leaf, NoteKey, Submission, Tree, VerifierKey};
use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A cosigner; it is killed when it is dropped.
struct Process {
    child: Child,
    key: VerifierKey,
    url: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn cosign(dir: &Path, logs: &Path, name: &[&str]) -> Process {
    let mut child = Command::new(env!("CARGO_BIN_EXE_oyer"))
        .args(["cosign", "--listen", "127.0.0.1:0", "--dir"])
        .arg(dir)
        .arg("--logs")
        .arg(logs)
        .args(name)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut after = |start: &str| {
        let line = lines.next().unwrap().unwrap();
        line.strip_prefix(start).unwrap().to_owned()
    };
    let key = after("Key of this cosigner: ").parse().unwrap();
    let url = after("Cosigner is ready: ");
    Process { child, key, url }
}

impl Process {
    async fn post(&self, body: String) -> (u16, String) {
        let asked = oyer::outside::plain()
            .unwrap()
            .build()
            .unwrap()
            .post(format!("{}/add-checkpoint", self.url));
        let answer = asked.body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

/// The first `size` entries of a log of which the first is `past`.
fn submission(key: &NoteKey, past: u8, old_size: u64, size: u64) -> Submission {
    let mut edge = Edge::EMPTY;
    for n in 0..size {
        let digest = oyer::seal::digest::Digest::of(&[n as u8, if n == 0 { past } else { 0 }]);
        edge.append(Leaf::Manifest { sha256: digest }.hash());
    }
    let tiles: HashMap<_, _> = edge.partial_tiles().into_iter().collect();
    let read = |tile| {
        tiles
            .get(&tile)
            .cloned()
            .ok_or(std::io::ErrorKind::NotFound.into())
    };
    Submission {
        old_size,
        proof: Tree::new(size, &read).consistency(old_size).unwrap(),
        checkpoint: Checkpoint::sign(key, size, edge.root()),
    }
}

#[tokio::test]
async fn a_fork_is_refused_also_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let log = NoteKey::from_seed("court.example/log", Kind::Log, [1; 32]).unwrap();
    let (dir, logs) = (folder.path().join("cosigner"), folder.path().join("logs.txt"));
    fs::write(&logs, format!("{}\n", log.public())).unwrap();
    let name = ["--name", "bar.example/cosigner"];
    let cosigner = cosign(&dir, &logs, &name);
    let send = async |cosigner: &Process, s: &Submission| cosigner.post(s.to_string()).await;

    let first = submission(&log, 1, 0, 5);
    let (status, lines) = send(&cosigner, &first).await;
    assert_eq!(status, 200, "{lines}");
    let mut head = first.checkpoint.clone();
    assert!(head.take_cosignature(&lines, &cosigner.key));
    assert!(head.cosigned_at(&cosigner.key).unwrap().unwrap() > 1_700_000_000);
    assert_eq!(send(&cosigner, &submission(&log, 1, 5, 9)).await.0, 200);
    assert_eq!(
        send(&cosigner, &submission(&log, 1, 9, 9)).await.0,
        200,
        "the same once more"
    );

    let key = cosigner.key.clone();
    drop(cosigner); // killed
    let cosigner = cosign(&dir, &logs, &[]);
    assert_eq!(cosigner.key, key);
    // What it does not know is told where to go on; what has another past is refused, whatever it says.
    assert_eq!(
        send(&cosigner, &submission(&log, 1, 5, 9)).await,
        (409, "9\n".into())
    );
    assert_eq!(
        send(&cosigner, &submission(&log, 2, 0, 12)).await,
        (409, "9\n".into())
    );
    assert_eq!(
        send(&cosigner, &submission(&log, 2, 9, 9)).await,
        (409, "9\n".into())
    );
    let (status, said) = send(&cosigner, &submission(&log, 2, 9, 12)).await;
    assert!(status == 422 && !said.contains('\u{2014}'), "{status} {said}");
    assert_eq!(
        send(&cosigner, &submission(&log, 1, 4, 4)).await,
        (409, "9\n".into())
    );
    let fork = fs::read_dir(&dir).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        path.extension().is_some_and(|e| e == "fork").then_some(path)
    });
    let kept = Checkpoint::parse(&fs::read(fork.unwrap()).unwrap()).unwrap();
    assert_eq!(
        kept.check(log.public()),
        Ok(()),
        "the log's own hand proves the fork"
    );

    // Others' logs, others' keys, no head at all, and one without end.
    let stranger = NoteKey::from_seed("court.example/log", Kind::Log, [2; 32]).unwrap();
    assert_eq!(send(&cosigner, &submission(&stranger, 1, 9, 12)).await.0, 403);
    let unknown = NoteKey::from_seed("other.example/log", Kind::Log, [1; 32]).unwrap();
    assert_eq!(send(&cosigner, &submission(&unknown, 1, 0, 12)).await.0, 404);
    assert_eq!(cosigner.post("old 9\n\nnothing\n".into()).await.0, 400);
    assert_eq!(cosigner.post("x".repeat(1 << 20)).await.0, 413);
    // And the honest log goes on.
    assert_eq!(send(&cosigner, &submission(&log, 1, 9, 12)).await.0, 200);

    // Two cosigners in one folder would forget for each other.
    let second = Command::new(env!("CARGO_BIN_EXE_oyer"))
        .args(["cosign", "--listen", "127.0.0.1:0", "--dir"])
        .arg(&dir)
        .arg("--logs")
        .arg(&logs)
        .output()
        .unwrap();
    assert!(!second.status.success());
    assert!(
        String::from_utf8(second.stderr)
            .unwrap()
            .contains("another cosigner is running")
    );
}

fn with_cosigners(court: &Court, all: &[&Process]) {
    let cosigner =
        |process: &&Process| Cosigner::of_line(&format!("{} {}", process.key, process.url)).unwrap();
    court.evidence.keep_log(LogSettings {
        origin: None,
        cosigners: all.iter().map(cosigner).collect(),
    });
}

fn oyer_verify(bundle: &Path, court: &Court, keys: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_oyer"))
        .arg("verify")
        .arg(bundle)
        .arg("--trust")
        .arg(court.root())
        .arg("--trust-log")
        .arg(keys)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    said
}

#[tokio::test]
async fn a_court_s_log_is_cosigned_its_bundles_say_by_whom_and_its_fork_is_refused() {
    let court = Court::new().await;
    let log = court.evidence.log_key().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs.txt");
    fs::write(&logs, format!("{log}\n")).unwrap();
    let bar = cosign(&folder.path().join("bar"), &logs, &["--name", "bar.example/w"]);
    let appeal = cosign(
        &folder.path().join("appeal"),
        &logs,
        &["--name", "appeal.example/w"],
    );
    // The settings count before anything is entered.
    let court = court.restarted().await;
    with_cosigners(&court, &[&bar, &appeal]);

    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    let proof = court.sealed_dir(recording).join(bundle::LOG_PROOF);
    assert!(!proof.exists(), "no seal waits for a network");
    let pass = court.evidence.log_pass().await;
    assert_eq!((pass.proved, pass.waiting), (1, 0));
    assert!(
        custody_acts(&court, recording)
            .await
            .contains(&"logged".to_string())
    );
    let to = court.folder.path().join("out/bundle");
    court
        .evidence
        .export_folder(recording, "Clerk", &to)
        .await
        .unwrap();
    let keys = folder.path().join("keys.txt");
    fs::write(&keys, format!("{log}\n{}\n{}\n", bar.key, appeal.key)).unwrap();
    let said = oyer_verify(&to, &court, &keys);
    assert!(
        said.contains("2 of the 2 cosigners that you trust saw this head"),
        "{said}"
    );

    // One of them is gone: the other is enough, and the bundle says so.
    drop(appeal);
    let dir = fs::read_dir(court.folder.path().join("log"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let older = folder.path().join("older");
    assert!(
        Command::new("cp")
            .arg("-a")
            .args([&dir, &older])
            .status()
            .unwrap()
            .success()
    );
    let (recording, summary) = court.record().await;
    court.evidence.seal(recording, summary).await.unwrap();
    assert_eq!(court.evidence.log_pass().await.proved, 1);
    let to = court.folder.path().join("out/second");
    court
        .evidence
        .export_folder(recording, "Clerk", &to)
        .await
        .unwrap();
    let said = oyer_verify(&to, &court, &keys);
    assert!(
        said.contains("1 of the 2 cosigners that you trust saw this head"),
        "{said}"
    );

    // The log of before is put back, and goes on another way: the cosigner refuses, and no bundle claims its name.
    let court = court.restarted().await;
    with_cosigners(&court, &[&bar]);
    fs::remove_dir_all(&dir).unwrap();
    fs::rename(&older, &dir).unwrap();
    for _ in 0..3 {
        let (recording, summary) = court.record().await;
        court.evidence.seal(recording, summary).await.unwrap();
        assert_eq!(court.evidence.log_pass().await.proved, 0);
        let head = court.evidence.log_checkpoint().unwrap();
        let head = Checkpoint::parse(head.as_bytes()).unwrap();
        assert_eq!(head.cosigned_at(&bar.key), Ok(None));
    }
}
