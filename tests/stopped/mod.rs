//! A PostgreSQL that stops answering in the middle of a recorded hearing: every process of a real one is stopped (SIGSTOP), so
//! that what is asked is left without an answer and new connections are taken and not answered. Later it goes on.

use super::{SOON, Server, bundle, each_sees_the_others, evidence, in_session, outside, postgres, recording};
use oyer::court::act::Act;
use oyer::wire::view::{HearingView, RecordingStatus};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long an act may take while the store hangs, and how soon everybody knows that the record does not run.
const WITHIN: Duration = Duration::from_secs(3);

/// The processes of a PostgreSQL, stopped until this is dropped.
struct Stopped(BTreeSet<libc::pid_t>);

impl Stopped {
    /// Of a private cluster; none of one that belongs to somebody else.
    fn stop(database: &postgres::Database) -> Option<Self> {
        let (_, folder) = database.url.split_once("?host=")?;
        let file = std::fs::read_to_string(Path::new(folder).join("data/postmaster.pid")).ok()?;
        let postmaster: libc::pid_t = file.lines().next()?.parse().ok()?;
        let mut stopped = Self(BTreeSet::new());
        stopped.add(postmaster);
        // It starts no more of them now.
        for process in children(postmaster) {
            stopped.add(process);
        }
        Some(stopped)
    }

    fn add(&mut self, process: libc::pid_t) {
        signal(process, libc::SIGSTOP);
        self.0.insert(process);
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        for process in &self.0 {
            signal(*process, libc::SIGCONT);
        }
    }
}

fn signal(process: libc::pid_t, signal: libc::c_int) {
    // SAFETY: a plain system call, on a process that this test started.
    unsafe { libc::kill(process, signal) };
}

fn children(parent: libc::pid_t) -> Vec<libc::pid_t> {
    let processes = std::fs::read_dir("/proc").unwrap();
    let of = |name: String| {
        let process: libc::pid_t = name.parse().ok()?;
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // Behind the name, which may hold anything: the state, and the parent.
        let (_, rest) = stat.rsplit_once(')')?;
        (rest.split_whitespace().nth(1)?.parse() == Ok(parent)).then_some(process)
    };
    processes
        .filter_map(|entry| of(entry.ok()?.file_name().into_string().ok()?))
        .collect()
}

async fn on_postgres() -> Option<(postgres::Database, tempfile::TempDir, Server)> {
    let database = postgres::fresh_database().await?;
    // One that somebody else runs is not stopped.
    drop(Stopped::stop(&database)?);
    let folder = tempfile::tempdir().unwrap();
    let more = [OsStr::new("--database"), OsStr::new(&database.url)];
    let server = Server::start_with(&folder.path().join("data"), &more).await;
    Some((database, folder, server))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_hangs_stops_neither_the_hearing_nor_its_record() {
    let Some((database, folder, server)) = on_postgres().await else {
        eprintln!("SKIPPED: no PostgreSQL of its own");
        return;
    };
    let [judge, clerk, witness] = in_session(&server).await;
    judge.act(Act::GoOnRecord).await.unwrap();
    recording(&judge, RecordingStatus::Recording).await;

    let hangs = Stopped::stop(&database).unwrap();
    let since = Instant::now();
    // The court is told that its log is not stored, and how much waits; nobody else is.
    assert_eq!(judge.socket.hearing().log_waiting, 0);
    judge
        .act(Act::Mark {
            text: "Not stored".into(),
        })
        .await
        .unwrap();
    for person in [&judge, &clerk] {
        let told = |h: &HearingView| h.log_waiting >= 1;
        person
            .socket
            .hearing_where("that the log is not stored", SOON, told)
            .await
            .unwrap();
    }
    println!("the court was told after {:?}", since.elapsed());
    assert!(since.elapsed() < WITHIN, "{:?}", since.elapsed());
    assert_eq!(witness.socket.hearing().log_waiting, 0);
    let mut acts = Vec::new();
    // More often than the hearing has connections to the store, and for longer than it waits for one.
    for round in 0..12 {
        let asked = Instant::now();
        let mute = Act::Mute {
            participant: witness.id(),
            muted: round % 2 == 0,
        };
        judge.act(mute).await.unwrap();
        acts.push(asked.elapsed());
        assert!(
            acts.iter().all(|took| *took < WITHIN),
            "an act waits for the store: {acts:?}"
        );
        // What is written is on the disk, and the pages say no more than that.
        let told = judge.socket.hearing();
        assert_eq!(
            told.recording,
            RecordingStatus::Recording,
            "after {:?}",
            since.elapsed()
        );
        assert!(told.record_failing.is_empty(), "{:?}", told.record_failing);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    println!("acts while the store hung: {acts:?}");
    each_sees_the_others(&[&judge, &clerk, &witness]).await;
    judge.act(Act::GoOffRecord).await.unwrap();
    // A further segment of the same recording needs nothing of the store.
    judge.act(Act::GoOnRecord).await.unwrap();
    recording(&judge, RecordingStatus::Recording).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    judge.act(Act::Close).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(
        judge.socket.hearing().sealed.is_empty(),
        "sealed without its court log"
    );

    assert!(
        judge.socket.hearing().log_waiting >= 15,
        "every act of that time waits"
    );
    drop(hangs);
    let stored = |h: &HearingView| h.log_waiting == 0;
    judge
        .socket
        .hearing_where("that the log is stored", Duration::from_secs(30), stored)
        .await
        .unwrap();
    let all = evidence(&clerk.api, &clerk.me, 1).await;
    let [sealed] = &all[..] else {
        panic!("one recording: {all:?}")
    };
    assert!(!sealed.interrupted, "it was closed in good order: {sealed:?}");
    let root = folder.path().join("seal-root.pem");
    std::fs::write(&root, server.api.seal_root().await.unwrap()).unwrap();
    let bundle = bundle(&clerk.api, sealed.recording, folder.path()).await;
    outside::bundle(&bundle, &root).unwrap();
    let (ok, said) = outside::oyer_verify(&bundle, &root);
    assert!(ok, "{said}");
    // Everything that was done while nobody wrote it down is in the sealed log, once and in order.
    let log = outside::court_log(&bundle);
    let kinds: Vec<&str> = log.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    let count = |kind: &str| kinds.iter().filter(|k| **k == kind).count();
    assert_eq!(count("muted") + count("unmuted"), 12, "{kinds:?}");
    assert_eq!((count("on_record"), count("closed")), (2, 1), "{kinds:?}");
    // Nothing of the record is missing for it.
    let outages = outside::gaps(&bundle);
    let outages: Vec<_> = outages
        .iter()
        .filter(|gap| gap["cause"] == "outage" && outside::number(&gap["from_ms"]) > 0)
        .collect();
    assert!(outages.is_empty(), "{outages:?}");
    for person in [judge, clerk, witness] {
        person.go().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_cannot_begin_while_the_store_hangs_is_not_shown_and_begins_when_it_is_back() {
    let Some((database, folder, server)) = on_postgres().await else {
        eprintln!("SKIPPED: no PostgreSQL of its own");
        return;
    };
    let [judge, clerk, witness] = in_session(&server).await;
    let hangs = Stopped::stop(&database).unwrap();
    let asked = Instant::now();
    judge.act(Act::GoOnRecord).await.unwrap();
    for person in [&judge, &clerk, &witness] {
        let told = |h: &HearingView| h.recording == RecordingStatus::Failing;
        person
            .socket
            .hearing_where("the alarm", SOON, told)
            .await
            .unwrap();
    }
    println!("everybody was told after {:?}", asked.elapsed());
    assert!(asked.elapsed() < WITHIN, "{:?}", asked.elapsed());
    // It goes on, and nobody is told that it is recorded.
    while asked.elapsed() < Duration::from_secs(14) {
        let told = judge.socket.hearing().recording;
        assert_eq!(told, RecordingStatus::Failing, "after {:?}", asked.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    each_sees_the_others(&[&judge, &clerk, &witness]).await;
    drop(hangs);
    let back = asked.elapsed().as_millis() as u64;
    let mended = |h: &HearingView| h.recording == RecordingStatus::Recording && h.record_failing.is_empty();
    judge
        .socket
        .hearing_where("the end of the alarm", Duration::from_secs(30), mended)
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    judge.act(Act::Close).await.unwrap();
    let all = evidence(&clerk.api, &clerk.me, 1).await;
    let [sealed] = &all[..] else {
        panic!("one recording: {all:?}")
    };
    let root = folder.path().join("seal-root.pem");
    std::fs::write(&root, server.api.seal_root().await.unwrap()).unwrap();
    let bundle = bundle(&clerk.api, sealed.recording, folder.path()).await;
    outside::bundle(&bundle, &root).unwrap();
    let (ok, said) = outside::oyer_verify(&bundle, &root);
    assert!(ok, "{said}");
    // What could not be recorded is said of every track, from the order on.
    let gaps = outside::gaps(&bundle);
    let held = oyer::recorder::tap::HELD_FOR.as_millis() as u64 + 500;
    for track in outside::seal(&bundle)["tracks"].as_array().unwrap() {
        let of = |gap: &&serde_json::Value| gap["file"] == track["file"] && gap["cause"] == "outage";
        let hole = gaps.iter().filter(of).fold((u64::MAX, 0), |hole, gap| {
            let (from, to) = (outside::number(&gap["from_ms"]), outside::number(&gap["to_ms"]));
            (from.min(hole.0), to.max(hole.1))
        });
        assert!(hole.0 == 0 && hole.1 + held > back, "{hole:?} {back} {track}");
    }
    for person in [judge, clerk, witness] {
        person.go().await.unwrap();
    }
}

/// The store hangs, the server is killed, and both are started again: what was done meanwhile is in the court log, and in the seal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_while_the_store_hung_outlives_a_kill() {
    let Some((database, folder, mut server)) = on_postgres().await else {
        eprintln!("SKIPPED: no PostgreSQL of its own");
        return;
    };
    let people = in_session(&server).await;
    let judge = &people[0];
    judge.act(Act::GoOnRecord).await.unwrap();
    recording(judge, RecordingStatus::Recording).await;
    let hangs = Stopped::stop(&database).unwrap();
    for n in 1..=3 {
        judge
            .act(Act::Mark {
                text: format!("Said {n}"),
            })
            .await
            .unwrap();
    }
    // That is said of what the judge saw done.
    server.kill();
    let mut left = Vec::new();
    for person in people {
        left.push(person.vanish().await.unwrap());
    }
    drop(hangs);
    let more = [OsStr::new("--database"), OsStr::new(&database.url)];
    let server = Server::start_with(&folder.path().join("data"), &more).await;
    let (api, me) = &left[1];
    let clerk = server.api.with_session(api.session().unwrap());
    let all = evidence(&clerk, me, 1).await;
    let [sealed] = &all[..] else {
        panic!("one recording: {all:?}")
    };
    let root = folder.path().join("seal-root.pem");
    std::fs::write(&root, server.api.seal_root().await.unwrap()).unwrap();
    let bundle = bundle(&clerk, sealed.recording, folder.path()).await;
    let (ok, said) = outside::oyer_verify(&bundle, &root);
    assert!(ok, "{said}");
    let log = outside::court_log(&bundle);
    let marks = log.iter().filter_map(|entry| entry["text"].as_str());
    let marks: Vec<&str> = marks.filter(|text| text.starts_with("Said ")).collect();
    assert_eq!(marks, ["Said 1", "Said 2", "Said 3"], "{log:?}");
    let left = std::fs::read_dir(folder.path().join("data/log-aside")).unwrap();
    assert_eq!(left.count(), 0, "it is taken in once");
}
