//! A server that fails in mid-hearing. `kill -9`: the recording is there, sealed as found; the people come back; both parts
//! verify. A disk that is full or hangs: the hearing goes on, everybody is told, and the record goes on by itself when there is space.

mod hangs;
mod kills;
mod outside;
#[path = "store/postgres.rs"]
mod postgres;
mod stopped;

use oyer::client::api::Api;
use oyer::client::media::look::{LOOKS, Look};
use oyer::client::person::Person;
use oyer::court::act::Act;
use oyer::court::id::RecordingId;
use oyer::court::role::Role;
use oyer::court::state::{HearingState, ParticipantState, RecordingState};
use oyer::recorder::tap::HELD_FOR;
use oyer::rtp::source::Source;
use oyer::wire::api::{Evidence, Me};
use oyer::wire::view::{HearingView, RecordingStatus};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(15);
/// What may be missing of any track before the moment of the kill.
const LOST_SECONDS_MAX: f64 = 2.0;

struct Server {
    child: Child,
    demo: serde_json::Value,
    api: Api,
}

impl Server {
    async fn start(data: &Path) -> Self {
        Self::start_with(data, &[]).await
    }

    async fn start_with(data: &Path, more: &[&std::ffi::OsStr]) -> Self {
        let old = std::fs::read(data.join("demo.json")).unwrap_or_default();
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(data.with_extension("log"))
            .unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_oyer"));
        // SAFETY: between fork and exec, a plain system call. A write beyond a limit fails then, as on a full disk, and is
        // not answered with a signal that ends the process.
        unsafe {
            command.pre_exec(|| {
                libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
                Ok(())
            })
        };
        let mut child = command
            .args([
                "serve",
                "--demo",
                "--listen",
                "127.0.0.1:0",
                "--media-port",
                "0",
                "--data",
            ])
            .arg(data)
            .args(more)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            assert!(Instant::now() < deadline, "not ready: {}", log_of(data));
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the server ended with {status}: {}", log_of(data));
            }
            let demo = std::fs::read(data.join("demo.json")).unwrap_or_default();
            if demo != old
                && let Ok(demo) = serde_json::from_slice::<serde_json::Value>(&demo)
            {
                let api = Api::new(demo["base_url"].as_str().unwrap()).unwrap();
                if api.ready().await {
                    return Self { child, demo, api };
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn link(&self, role: &str) -> &str {
        let people = self.demo["participants"].as_array().unwrap();
        let person = people.iter().find(|p| p["role"] == role).unwrap();
        person["link"].as_str().unwrap()
    }

    /// From now on no file may grow: of whatever is written next, the database and the log included, nothing is taken.
    fn disk_is_full(&self, full: bool) {
        let limit = libc::rlimit {
            rlim_cur: if full { 1 } else { libc::RLIM_INFINITY },
            rlim_max: libc::RLIM_INFINITY,
        };
        let pid = libc::pid_t::try_from(self.child.id()).unwrap();
        // SAFETY: a plain system call on the process that this test started.
        let set = unsafe { libc::prlimit(pid, libc::RLIMIT_FSIZE, &limit, std::ptr::null_mut()) };
        assert_eq!(set, 0, "{}", std::io::Error::last_os_error());
    }

    /// SIGKILL: no goodbye, no flush.
    fn kill(&mut self) -> Instant {
        self.child.kill().unwrap();
        let at = Instant::now();
        self.child.wait().unwrap();
        at
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone after `kill`; a failed test must not leave it behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn log_of(data: &Path) -> String {
    std::fs::read_to_string(data.with_extension("log")).unwrap_or_default()
}

async fn enter(server: &Server, role: &str) -> Person {
    let person = Person::arrive(&server.api, server.link(role)).await.unwrap();
    person.witnesses(&[person.look], SOON).await.unwrap();
    person.act(Act::FinishCheck { passed: true }).await.unwrap();
    let states = [ParticipantState::Waiting, ParticipantState::InHearing];
    person.is_in(&states, SOON).await.unwrap();
    person
}

async fn admitted(judge: &Person, person: &Person) {
    if person.state() == Some(ParticipantState::InHearing) {
        return;
    }
    let participant = person.id();
    let act = match person.me.role {
        Role::Witness => Act::Call { participant },
        _ => Act::Admit { participant },
    };
    judge.act(act).await.unwrap();
    person.is_in(&[ParticipantState::InHearing], SOON).await.unwrap();
}

async fn each_sees_the_others(people: &[&Person]) {
    for person in people {
        let others: Vec<_> = people
            .iter()
            .filter(|p| p.id() != person.id())
            .map(|p| p.look)
            .collect();
        person.witnesses(&others, SOON).await.unwrap();
    }
}

async fn recording(person: &Person, status: RecordingStatus) {
    person
        .socket
        .hearing_where("the recording status", SOON, |h| h.recording == status)
        .await
        .unwrap();
}

/// The evidence of the hearing, once this many recordings are attached.
async fn evidence(api: &Api, me: &Me, count: usize) -> Vec<Evidence> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let case = api.case(me.case).await.unwrap();
        let mut ours: Vec<_> = case
            .evidence
            .into_iter()
            .filter(|e| e.hearing == me.hearing)
            .collect();
        ours.sort_by_key(|e| e.recording);
        if ours.len() >= count && ours.iter().all(|e| e.state == RecordingState::Attached) {
            return ours;
        }
        assert!(
            Instant::now() < deadline,
            "{count} recordings should be attached: {ours:?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn bundle(api: &Api, recording: RecordingId, folder: &Path) -> PathBuf {
    let tar = folder.join(format!("{recording}.tar"));
    api.download_bundle(recording, &tar).await.unwrap();
    let target = folder.join(recording.to_string());
    std::fs::create_dir(&target).unwrap();
    let unpacked = outside::run(
        "tar",
        &["-xf", tar.to_str().unwrap(), "-C", target.to_str().unwrap()],
        folder,
    );
    assert!(unpacked.status.success());
    if target.join("bagit.txt").exists() {
        return target;
    }
    let below = std::fs::read_dir(&target)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    assert!(below.join("bagit.txt").exists());
    below
}

/// Judge, clerk and witness in the hearing room; each sees the others.
async fn in_session(server: &Server) -> [Person; 3] {
    let judge = enter(server, "judge").await;
    let clerk = enter(server, "clerk").await;
    let witness = enter(server, "witness").await;
    judge.act(Act::Open).await.unwrap();
    for person in [&judge, &clerk] {
        admitted(&judge, person).await;
    }
    judge.act(Act::Begin).await.unwrap();
    admitted(&judge, &witness).await;
    each_sees_the_others(&[&judge, &clerk, &witness]).await;
    [judge, clerk, witness]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_at_most_two_seconds_and_the_hearing_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::start(&data).await;

    let [judge, clerk, witness] = in_session(&server).await;
    judge.act(Act::GoOnRecord).await.unwrap();
    let on_record = Instant::now();
    recording(&judge, RecordingStatus::Recording).await;

    // A moment that nothing in the program is aligned with.
    let moment = Duration::from_millis(3_000 + u64::from(uuid::Uuid::new_v4().as_u128() as u16) % 3_000);
    tokio::time::sleep(moment).await;
    let killed = server.kill();
    let recorded = (killed - on_record).as_secs_f64();
    println!("killed {recorded:.3} s after going on record");

    let mut people = Vec::new();
    for person in [judge, clerk, witness] {
        people.push(person.vanish().await.unwrap());
    }
    let server = Server::start(&data).await;
    // Before anybody is back, the case file says what happened.
    let (api, me) = &people[1];
    let clerk = server.api.with_session(api.session().unwrap());
    let case = clerk.case(me.case).await.unwrap();
    let listed = case.hearings.iter().find(|h| h.id == me.hearing).unwrap();
    assert_eq!(listed.state, HearingState::Suspended);
    let mut back = Vec::new();
    for (api, me) in people {
        let api = server.api.with_session(api.session().unwrap());
        back.push(Person::connect(api, me).await.unwrap());
    }
    let [judge, clerk, witness] = &back[..] else {
        panic!("three came back");
    };

    let first = evidence(&clerk.api, &clerk.me, 1).await;
    let [interrupted] = &first[..] else {
        panic!("one recording before the kill: {first:?}");
    };
    assert!(interrupted.interrupted, "{interrupted:?}");

    for person in &back {
        person.is_in(&[ParticipantState::InHearing], SOON).await.unwrap();
    }
    if [HearingState::Suspended, HearingState::Paused].contains(&judge.socket.hearing().state) {
        judge.act(Act::Resume).await.unwrap();
    }
    each_sees_the_others(&[judge, clerk, witness]).await;
    // Going on may have put the hearing back on record by itself; then this changes nothing.
    judge.act(Act::GoOnRecord).await.unwrap();
    recording(judge, RecordingStatus::Recording).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    judge.act(Act::Close).await.unwrap();
    let all = evidence(&clerk.api, &clerk.me, 2).await;

    let root = folder.path().join("seal-root.pem");
    std::fs::write(&root, server.api.seal_root().await.unwrap()).unwrap();
    let mut ends = Vec::new();
    for evidence in &all {
        let bundle = bundle(&clerk.api, evidence.recording, folder.path()).await;
        outside::bundle(&bundle, &root).unwrap();
        let (ok, said) = outside::oyer_verify(&bundle, &root);
        assert!(ok, "{said}");
        let seal = outside::seal(&bundle);
        let crashed = evidence.recording == interrupted.recording;
        assert_eq!(seal["ended"], if crashed { "crash" } else { "closed" });
        ends.push((crashed, seal, bundle));
    }
    let (_, seal, bundle) = ends.iter().find(|(crashed, ..)| *crashed).unwrap();
    let tracks = seal["tracks"].as_array().unwrap();
    assert_eq!(tracks.len(), 6, "three people, two sources");
    for track in tracks {
        let file = outside::payload(bundle).join(track["file"].as_str().unwrap());
        let lost = recorded - outside::end_seconds(&file);
        println!("{}: {lost:.3} s lost", file.display());
        assert!(lost <= LOST_SECONDS_MAX, "{} lost {lost:.3} s", file.display());
        assert!(lost > -0.5, "{} is longer than the hearing", file.display());
    }
}

/// For so long everybody is told that all is recorded, after a moment for it to begin.
async fn all_are_recorded_for(judge: &Person, long: Duration) {
    /// What begins to flow is confirmed within this time, and the pages are told within half a second.
    const BEGINS: Duration = Duration::from_millis(3_000);
    let began = Instant::now();
    while began.elapsed() < long {
        let told = judge.socket.hearing();
        let after = began.elapsed();
        assert!(
            told.record_failing.is_empty(),
            "after {after:?}: {:?}",
            told.recording
        );
        assert_eq!(told.recording, RecordingStatus::Recording, "after {after:?}");
        assert!(
            after < BEGINS || told.record_starting.is_empty(),
            "after {after:?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The one screen file of a bundle, as the seal describes it, and its gaps but for its beginning.
fn screen_of(bundle: &Path) -> (serde_json::Value, PathBuf, Vec<serde_json::Value>) {
    let seal = outside::seal(bundle);
    let tracks = seal["tracks"].as_array().unwrap().iter();
    let screens: Vec<_> = tracks.filter(|t| t["source"] == "screen").collect();
    let [screen] = screens[..] else {
        panic!("one screen: {screens:?}")
    };
    let beginnings = ["not_started", "late_key_frame"];
    let mut gaps = outside::gaps(bundle);
    gaps.retain(|g| g["file"] == screen["file"] && !beginnings.contains(&g["cause"].as_str().unwrap()));
    let file = outside::payload(bundle).join(screen["file"].as_str().unwrap());
    (screen.clone(), file, gaps)
}

/// The next picture from this second on is of this page.
fn shows(file: &Path, second: f64, page: Look) {
    let colour = outside::colour_at(file, second);
    assert!(
        colour.distance(page.colour) < 40,
        "{colour:?} is not {}",
        page.name
    );
}

/// The clerk shares a document. A page of it is sent once, and nothing more while it stands.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_stands_still_is_on_the_record_and_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::start(&data).await;
    let share = Act::SetSource {
        source: Source::Screen,
        on: true,
    };
    let (first_page, second_page) = (LOOKS[4], LOOKS[5]);

    let [judge, clerk, witness] = in_session(&server).await;
    judge.act(Act::GoOnRecord).await.unwrap();
    let on_record = Instant::now();
    recording(&judge, RecordingStatus::Recording).await;
    clerk.publisher.show_page(first_page);
    clerk.act(share.clone()).await.unwrap();
    all_are_recorded_for(&judge, Duration::from_secs(6)).await;
    let recorded = (server.kill() - on_record).as_secs_f64();

    let mut people = Vec::new();
    for person in [judge, clerk, witness] {
        people.push(person.vanish().await.unwrap());
    }
    let server = Server::start(&data).await;
    let mut back = Vec::new();
    for (api, me) in people {
        let api = server.api.with_session(api.session().unwrap());
        back.push(Person::connect(api, me).await.unwrap());
    }
    let [judge, clerk, witness] = &back[..] else {
        panic!("three came back");
    };
    for person in &back {
        person.is_in(&[ParticipantState::InHearing], SOON).await.unwrap();
    }
    judge.act(Act::Resume).await.unwrap();
    each_sees_the_others(&[judge, clerk, witness]).await;
    judge.act(Act::GoOnRecord).await.unwrap();
    recording(judge, RecordingStatus::Recording).await;
    clerk.publisher.show_page(first_page);
    clerk.act(share).await.unwrap();
    all_are_recorded_for(judge, Duration::from_secs(4)).await;
    clerk.publisher.show_page(second_page);
    all_are_recorded_for(judge, Duration::from_secs(4)).await;
    judge.act(Act::Close).await.unwrap();
    let all = evidence(&clerk.api, &clerk.me, 2).await;

    let root = folder.path().join("seal-root.pem");
    std::fs::write(&root, server.api.seal_root().await.unwrap()).unwrap();
    for evidence in &all {
        let bundle = bundle(&clerk.api, evidence.recording, folder.path()).await;
        let (ok, said) = outside::oyer_verify(&bundle, &root);
        assert!(ok, "{said}");
        let (track, file, gaps) = screen_of(&bundle);
        outside::plays(&file).unwrap();
        let stood = outside::number(&track["duration_ms"]) as f64 / 1000.0;
        let length = outside::number(&outside::seal(&bundle)["segments"][0]["duration_ms"]) as f64 / 1000.0;
        let end = outside::end_seconds(&file);
        if evidence.interrupted {
            assert!(recorded - stood <= LOST_SECONDS_MAX, "{stood} of {recorded} s");
            // It is not known whether it stood for the last moment.
            let outage = gaps.iter().all(|g| g["cause"] == "outage");
            assert!(
                outage && gaps.len() <= 1 && length - stood < 1.0,
                "{stood} of {length} s: {gaps:#?}"
            );
            shows(&file, end - 0.05, first_page);
        } else {
            assert_eq!(gaps, Vec::<serde_json::Value>::new());
            assert!(length - stood < 0.2, "it stood for {stood} of {length} s");
            assert!(length - end < 0.2, "the file ends at {end} of {length} s");
            shows(&file, 0.0, first_page);
            shows(&file, end - 0.05, second_page);
        }
    }
    for person in back {
        person.go().await.unwrap();
    }
}

/// What a screen stood with when it was switched off is not what it shows when it is switched on again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_that_is_switched_on_again_begins_with_what_it_shows_then() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data")).await;
    let switch = |on| Act::SetSource {
        source: Source::Screen,
        on,
    };
    let (before, after) = (LOOKS[4], LOOKS[5]);

    let people = in_session(&server).await;
    let [judge, clerk, _witness] = &people;
    judge.act(Act::GoOnRecord).await.unwrap();
    recording(judge, RecordingStatus::Recording).await;
    clerk.act(switch(true)).await.unwrap();
    clerk.publisher.show_page(before);
    all_are_recorded_for(judge, Duration::from_secs(4)).await;
    clerk.publisher.set_source(Source::Screen, false);
    clerk.act(switch(false)).await.unwrap();
    judge.act(Act::GoOffRecord).await.unwrap();

    judge.act(Act::GoOnRecord).await.unwrap();
    recording(judge, RecordingStatus::Recording).await;
    clerk.act(switch(true)).await.unwrap();
    // Time for what stood before to be taken for what stands now, and not so long that the record misses the screen.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    clerk.publisher.show_page(after);
    all_are_recorded_for(judge, Duration::from_secs(4)).await;
    judge.act(Act::Close).await.unwrap();

    let all = evidence(&clerk.api, &clerk.me, 1).await;
    let bundle = bundle(&clerk.api, all[0].recording, folder.path()).await;
    let seal = outside::seal(&bundle);
    let screens = seal["tracks"].as_array().unwrap().iter();
    let files: Vec<_> = screens
        .filter(|t| t["source"] == "screen")
        .map(|t| outside::payload(&bundle).join(t["file"].as_str().unwrap()))
        .collect();
    assert_eq!(files.len(), 2);
    for (file, page) in files.iter().zip([before, after]) {
        shows(file, 0.0, page);
        shows(file, outside::end_seconds(file) - 0.05, page);
    }
    for person in people {
        person.go().await.unwrap();
    }
}

/// A disk of its own, in memory; it goes with this.
struct Disk(std::path::PathBuf);

impl Disk {
    fn mount(at: &Path, bytes: u64) -> Self {
        std::fs::create_dir_all(at).unwrap();
        let size = format!("size={bytes}");
        let at = at.to_str().unwrap();
        let mounted = outside::run(
            "mount",
            &["-t", "tmpfs", "-o", &size, "tmpfs", at],
            Path::new("/"),
        );
        assert!(
            mounted.status.success(),
            "{}",
            String::from_utf8_lossy(&mounted.stderr)
        );
        Self(at.into())
    }

    /// Takes what is left of it.
    fn fill(&self) {
        let mut filler = std::fs::File::create(self.0.join("filler")).unwrap();
        let error = std::io::copy(&mut std::io::repeat(1), &mut filler).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOSPC));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Also with files that are still open.
        outside::run("umount", &["-l", self.0.to_str().unwrap()], Path::new("/"));
    }
}

/// A full disk, and another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_disk_takes_over_and_the_reserve_lets_the_end_be_sealed_on_the_full_one() {
    let folder = tempfile::tempdir().unwrap();
    let [data, second] = ["data", "second"].map(|name| folder.path().join(name));
    let disk = Disk::mount(&data, 64 << 20);
    let database = format!("sqlite:{}?mode=rwc", folder.path().join("store.sqlite").display());
    let more = [
        "--second-spool".as_ref(),
        second.as_os_str(),
        "--database".as_ref(),
        database.as_ref(),
    ];
    let server = Server::start_with(&data, &more).await;
    let [judge, clerk, witness] = in_session(&server).await;
    judge.act(Act::GoOnRecord).await.unwrap();
    let on_record = Instant::now();
    recording(&judge, RecordingStatus::Recording).await;
    tokio::time::sleep(Duration::from_secs(3)).await;

    disk.fill();
    let full = on_record.elapsed();
    let failing = |h: &HearingView| h.recording == RecordingStatus::Failing;
    judge
        .socket
        .hearing_where("the alarm", SOON, failing)
        .await
        .unwrap();
    let mended = |h: &HearingView| h.recording == RecordingStatus::Recording && h.record_failing.is_empty();
    let within = Duration::from_secs(20);
    judge
        .socket
        .hearing_where("the record on the other disk", within, mended)
        .await
        .unwrap();
    let again = on_record.elapsed();
    println!(
        "recorded on the other disk {:.2} s later",
        (again - full).as_secs_f64()
    );
    let spools = || std::fs::read_dir(&second).unwrap().count();
    assert_eq!(spools(), 2, "the reserve, and the recording");
    tokio::time::sleep(Duration::from_secs(2)).await;
    judge.act(Act::Close).await.unwrap();

    // Both are sealed though the first disk is still full.
    let all = evidence(&clerk.api, &clerk.me, 2).await;
    assert_eq!(spools(), 1, "the reserve");
    let root = folder.path().join("seal-root.pem");
    std::fs::write(&root, server.api.seal_root().await.unwrap()).unwrap();
    let mut parts = Vec::new();
    for sealed in &all {
        let to = folder.path().join(sealed.recording.to_string());
        std::fs::create_dir(&to).unwrap();
        let bundle = bundle(&clerk.api, sealed.recording, &to).await;
        outside::bundle(&bundle, &root).unwrap();
        let (ok, said) = outside::oyer_verify(&bundle, &root);
        assert!(ok, "{said}");
        let seal = outside::seal(&bundle);
        let segment = &seal["segments"][0];
        parts.push((
            outside::number(&segment["duration_ms"]),
            segment["started_at"].clone(),
            outside::gaps(&bundle),
            seal.clone(),
        ));
    }
    parts.sort_by_key(|(length, ..)| *length);
    let [(first, began, ..), (whole, same, gaps, seal)] = &parts[..] else {
        panic!("{all:?}")
    };
    // One segment on one timeline; what lies between is an outage, in the second part, of every track.
    assert_eq!(began, same);
    assert!(u128::from(*first) >= full.as_millis() && u128::from(*whole) >= again.as_millis());
    for track in seal["tracks"].as_array().unwrap() {
        let of = gaps.iter().filter(|g| g["file"] == track["file"]);
        let outage = of
            .filter(|g| g["cause"] == "outage")
            .map(|g| outside::number(&g["to_ms"]))
            .max();
        assert!(outage.is_some_and(|to| to + 100 >= *first), "{track} {gaps:#?}");
    }
    for person in [judge, clerk, witness] {
        person.go().await.unwrap();
    }
}

/// The files of a segment that has ended are read-only.
async fn files_are_closed(data: &Path) {
    let deadline = Instant::now() + SOON;
    let spool = data.join("spool");
    let open = || outside::run("find", &[".", "-name", "*.webm", "-perm", "/222"], &spool).stdout;
    while !open().is_empty() {
        assert!(Instant::now() < deadline, "{}", String::from_utf8_lossy(&open()));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_no_hearing_and_the_record_goes_on_when_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data).await;
    let [judge, clerk, witness] = in_session(&server).await;
    judge.act(Act::GoOnRecord).await.unwrap();
    let on_record = Instant::now();
    recording(&judge, RecordingStatus::Recording).await;
    tokio::time::sleep(Duration::from_secs(2)).await;

    recording(&judge, RecordingStatus::Recording).await;
    server.disk_is_full(true);
    let full = Instant::now();
    let everybody = [judge.id(), clerk.id(), witness.id()];
    for person in [&judge, &clerk] {
        let told = |h: &HearingView| {
            h.recording == RecordingStatus::Failing
                && everybody.iter().all(|id| h.record_failing.contains(id))
        };
        person
            .socket
            .hearing_where("the alarm", SOON, told)
            .await
            .unwrap();
    }
    println!(
        "everybody was told {:.2} s after the disk was full",
        full.elapsed().as_secs_f64()
    );
    assert!(full.elapsed() < Duration::from_secs(3));
    // The hearing goes on: acts are done, and all see each other as they are now.
    judge
        .act(Act::Mute {
            participant: witness.id(),
            muted: true,
        })
        .await
        .unwrap();
    judge
        .act(Act::Mute {
            participant: witness.id(),
            muted: false,
        })
        .await
        .unwrap();
    each_sees_the_others(&[&judge, &clerk, &witness]).await;
    assert_eq!(judge.socket.hearing().recording, RecordingStatus::Failing);
    tokio::time::sleep(Duration::from_secs(1)).await;

    server.disk_is_full(false);
    let space = on_record.elapsed().as_secs_f64();
    let mended = |h: &HearingView| h.recording == RecordingStatus::Recording && h.record_failing.is_empty();
    let within = Duration::from_secs(20);
    judge
        .socket
        .hearing_where("the end of the alarm", within, mended)
        .await
        .unwrap();
    let again = on_record.elapsed().as_secs_f64();
    println!("recorded again {:.2} s after there was space", again - space);
    tokio::time::sleep(Duration::from_secs(3)).await;

    // The disk is full when the court goes on record: the order is carried out when there is space.
    judge.act(Act::GoOffRecord).await.unwrap();
    files_are_closed(&data).await;
    server.disk_is_full(true);
    judge.act(Act::GoOnRecord).await.unwrap();
    let second = Instant::now();
    let told = |h: &HearingView| h.recording == RecordingStatus::Failing;
    judge.socket.hearing_where("the alarm", SOON, told).await.unwrap();
    assert!(second.elapsed() < Duration::from_secs(3));
    // Longer than what is said is held for the recorder.
    tokio::time::sleep(HELD_FOR + Duration::from_secs(1)).await;
    server.disk_is_full(false);
    let second_space = second.elapsed().as_millis() as u64;
    judge
        .socket
        .hearing_where("the end of the alarm", within, mended)
        .await
        .unwrap();
    let second_again = second.elapsed().as_millis() as u64;
    tokio::time::sleep(Duration::from_secs(2)).await;
    judge.act(Act::Close).await.unwrap();
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
    let seal = outside::seal(&bundle);
    let length = outside::number(&seal["segments"][0]["duration_ms"]);
    let gaps = outside::gaps(&bundle);
    let failed = (full - on_record).as_millis() as u64;
    for person in [&judge, &clerk, &witness] {
        for source in ["microphone", "camera"] {
            let id = serde_json::json!(person.id());
            let mine = |v: &&serde_json::Value| v["participant"] == id && v["source"] == source;
            let end = |t: &serde_json::Value| outside::number(&t["duration_ms"]);
            // A camera that stalls on a busy computer may end earlier, if the ledger says so.
            let reach = |t: &serde_json::Value| {
                let of = gaps.iter().filter(|g| g["file"] == t["file"]);
                of.map(|g| outside::number(&g["to_ms"])).fold(end(t), u64::max)
            };
            let mut files: Vec<_> = seal["tracks"].as_array().unwrap().iter().filter(mine).collect();
            files.sort_by_key(|t| (t["segment"].as_u64(), end(t)));
            let [before, after, late] = files[..] else {
                panic!("a file before, one after, and one of the second time: {files:?}");
            };
            assert!(
                end(before) < failed + 1_500 && reach(after) + 200 > length,
                "{files:?}"
            );
            // The hole is in the ledger, from the last byte of the one file to the first of the other.
            // (A busy computer that opens a file late has an outage before it as well.)
            // It may be said in several pieces that meet.
            let outage = |file: &serde_json::Value| {
                let of = |g: &&serde_json::Value| g["file"] == file["file"] && g["cause"] == "outage";
                let pieces = gaps.iter().filter(of);
                let mut pieces: Vec<_> = pieces
                    .map(|g| (outside::number(&g["from_ms"]), outside::number(&g["to_ms"])))
                    .collect();
                pieces.sort_unstable();
                let mut pieces = pieces.into_iter().rev();
                let mut hole = pieces.next().unwrap_or_else(|| panic!("{gaps:#?}"));
                for piece in pieces {
                    if piece.1 < hole.0 {
                        break;
                    }
                    hole = (hole.0.min(piece.0), hole.1.max(piece.1));
                }
                hole
            };
            let (hole, same) = (outage(before), outage(after));
            // The other file may begin earlier, with what was waiting for the writer then; sound begins on a packet.
            assert!(
                hole.0 == same.0 && same.1 <= hole.1 + 40,
                "said of both files: {hole:?} {same:?}"
            );
            let hole = (hole.0, same.1);
            assert!(
                hole.0 <= failed + 1_500 && hole.1 as f64 >= space * 1000.0 - 100.0,
                "{hole:?} {space}"
            );
            assert!(hole.1 as f64 <= again * 1000.0, "{hole:?} {again}");
            // Of the second time what could not be recorded is missing from its first moment on, less what was held.
            let hole = outage(late);
            assert_eq!((&late["segment"], hole.0), (&serde_json::json!(2), 0));
            let held = HELD_FOR.as_millis() as u64 + 100;
            assert!(
                (second_space.saturating_sub(held)..=second_again).contains(&hole.1),
                "{hole:?} {second_space} {second_again}"
            );
            println!("hole {hole:?}, space after {second_space}, again after {second_again}");
            for file in [after, late] {
                let file = outside::payload(&bundle).join(file["file"].as_str().unwrap());
                outside::decodes(&file).unwrap();
            }
        }
    }
    for person in [judge, clerk, witness] {
        person.go().await.unwrap();
    }
}
