//! A disk that hangs in the middle of a recorded hearing: an ext4 file system in a file, frozen by the kernel (fsfreeze). Whoever
//! writes to it gets no error; the call does not come back before the disk is thawed.

use super::{SOON, Server, bundle, each_sees_the_others, evidence, in_session, log_of, outside, recording};
use oyer::client::person::Person;
use oyer::court::act::Act;
use oyer::court::state::{HearingState, ParticipantState, RecordingState};
use oyer::wire::api::Evidence;
use oyer::wire::view::{HearingView, RecordingStatus};
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// How soon everybody knows that the record does not run.
const TOLD_WITHIN: Duration = Duration::from_secs(3);
/// How soon the record runs elsewhere, or again.
const AGAIN_WITHIN: Duration = Duration::from_secs(20);
/// How long a server may take to stop: ten seconds for the recorders, and five each for connections and for the files.
const STOPPED_WITHIN: Duration = Duration::from_secs(25);
/// A test that is killed leaves no frozen disk behind.
const THAWED_AFTER_SECONDS: u32 = 180;

/// A disk of its own; it goes with this.
struct Disk(PathBuf);

impl Disk {
    /// None where this machine lends no loop device.
    fn mount(image: &Path, at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        std::fs::File::create(image).unwrap().set_len(128 << 20).unwrap();
        let [image, path] = [image, at].map(|path| path.to_str().unwrap());
        let made = outside::run("mkfs.ext4", &["-q", "-F", image], Path::new("/"));
        let mounted = outside::run("mount", &["-o", "loop", image, path], Path::new("/"));
        if !made.status.success() || !mounted.status.success() {
            eprintln!("SKIPPED: {}", String::from_utf8_lossy(&mounted.stderr));
            return None;
        }
        let disk = Self(at.into());
        std::fs::remove_dir(at.join("lost+found")).unwrap();
        Some(disk)
    }

    fn freeze(&self) -> Frozen {
        let path = self.0.to_str().unwrap().to_owned();
        let later = format!("sleep {THAWED_AFTER_SECONDS}; fsfreeze -u {path}; umount -l {path}");
        let guard = Command::new("setsid").args(["sh", "-c", &later]).spawn().unwrap();
        let frozen = Frozen { path, guard };
        let done = outside::run("fsfreeze", &["-f", &frozen.path], Path::new("/"));
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        frozen
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Also with files that are still open.
        outside::run("umount", &["-l", self.0.to_str().unwrap()], Path::new("/"));
    }
}

/// The disk hangs for as long as this lives. To be made after the server was started: what is made last goes first, and a server
/// that hangs cannot be waited for.
struct Frozen {
    path: String,
    guard: Child,
}

impl Drop for Frozen {
    fn drop(&mut self) {
        outside::run("fsfreeze", &["-u", &self.path], Path::new("/"));
        let group = libc::pid_t::try_from(self.guard.id()).unwrap();
        // SAFETY: a plain system call, on the group of the process that this started.
        unsafe { libc::kill(-group, libc::SIGKILL) };
        let _ = self.guard.wait();
    }
}

/// A folder for everything, and what the server is told: its database is on another disk.
struct Place {
    folder: tempfile::TempDir,
    data: PathBuf,
    more: Vec<OsString>,
}

impl Place {
    fn new(with_second: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}?mode=rwc", folder.path().join("store.sqlite").display());
        let mut more: Vec<OsString> = vec!["--database".into(), database.into()];
        if with_second {
            more.extend(["--second-spool".into(), folder.path().join("second").into()]);
        }
        Self {
            data: folder.path().join("data"),
            folder,
            more,
        }
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("disk.img")
    }

    /// Only the owner may look into a data folder.
    fn close(&self) {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::create_dir_all(&self.data).unwrap();
        std::fs::set_permissions(&self.data, std::fs::Permissions::from_mode(0o700)).unwrap();
    }

    async fn start(&self) -> Server {
        let more: Vec<&OsStr> = self.more.iter().map(OsString::as_os_str).collect();
        Server::start_with(&self.data, &more).await
    }

    fn recordings_in_second(&self) -> usize {
        let second = std::fs::read_dir(self.folder.path().join("second")).unwrap();
        second.count() - 1
    }

    /// The sealed parts, each verified by our own verifier and by others, by their length.
    async fn verified(&self, server: &Server, clerk: &Person, all: &[Evidence]) -> Vec<Part> {
        let root = self.folder.path().join("seal-root.pem");
        std::fs::write(&root, server.api.seal_root().await.unwrap()).unwrap();
        let mut parts = Vec::new();
        for sealed in all {
            let to = self.folder.path().join(sealed.recording.to_string());
            std::fs::create_dir(&to).unwrap();
            let bundle = bundle(&clerk.api, sealed.recording, &to).await;
            outside::bundle(&bundle, &root).unwrap();
            let (ok, said) = outside::oyer_verify(&bundle, &root);
            assert!(ok, "{said}");
            let seal = outside::seal(&bundle);
            parts.push(Part {
                length_ms: outside::number(&seal["segments"][0]["duration_ms"]),
                gaps: outside::gaps(&bundle),
                kinds: outside::court_log(&bundle)
                    .iter()
                    .map(|entry| entry["kind"].as_str().unwrap().to_owned())
                    .collect(),
                seal,
            });
        }
        parts.sort_by_key(|part| part.length_ms);
        parts
    }
}

struct Part {
    length_ms: u64,
    seal: Value,
    gaps: Vec<Value>,
    kinds: Vec<String>,
}

impl Part {
    /// Up to when a file is declared as missing by our own outage, from the beginning on.
    fn outage_to(&self, file: &Value) -> u64 {
        let of = |gap: &&Value| gap["file"] == *file && gap["cause"] == "outage";
        let to = self
            .gaps
            .iter()
            .filter(of)
            .map(|gap| outside::number(&gap["to_ms"]));
        to.max().unwrap_or(0)
    }
}

fn is_failing(hearing: &HearingView) -> bool {
    hearing.recording == RecordingStatus::Failing
}

fn runs(hearing: &HearingView) -> bool {
    hearing.recording == RecordingStatus::Recording && hearing.record_failing.is_empty()
}

/// Everybody is told in time that the record does not run, and the hearing goes on.
async fn is_told(people: &[Person; 3], since: Instant) {
    for person in &people[..2] {
        person
            .socket
            .hearing_where("the alarm", SOON, is_failing)
            .await
            .unwrap();
    }
    println!(
        "everybody was told {:.2} s after the disk hung",
        since.elapsed().as_secs_f64()
    );
    assert!(since.elapsed() < TOLD_WITHIN, "{:?}", since.elapsed());
}

async fn the_hearing_goes_on(people: &[Person; 3]) {
    let [judge, clerk, witness] = people;
    for muted in [true, false] {
        let participant = witness.id();
        let asked = Instant::now();
        judge.act(Act::Mute { participant, muted }).await.unwrap();
        assert!(
            asked.elapsed() < TOLD_WITHIN,
            "an act waits for the disk: {:?}",
            asked.elapsed()
        );
    }
    each_sees_the_others(&[judge, clerk, witness]).await;
}

async fn is_recorded(judge: &Person) {
    judge
        .socket
        .hearing_where("the record", AGAIN_WITHIN, runs)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_disk_takes_over_from_one_that_hangs_and_both_parts_are_sealed_when_it_answers() {
    let place = Place::new(true);
    let Some(disk) = Disk::mount(&place.image(), &place.data) else {
        return;
    };
    place.close();
    let server = place.start().await;
    let people = in_session(&server).await;
    let [judge, clerk, _] = &people;
    judge.act(Act::GoOnRecord).await.unwrap();
    let on_record = Instant::now();
    recording(judge, RecordingStatus::Recording).await;
    tokio::time::sleep(Duration::from_secs(3)).await;

    let frozen = disk.freeze();
    let since = Instant::now();
    is_told(&people, since).await;
    is_recorded(judge).await;
    let again = on_record.elapsed();
    println!(
        "recorded on the other disk {:.2} s after the first hung",
        since.elapsed().as_secs_f64()
    );
    assert_eq!(place.recordings_in_second(), 1);
    the_hearing_goes_on(&people).await;
    // Longer than one is held to be slow, and it goes on.
    let steady = Instant::now();
    while steady.elapsed() < Duration::from_secs(6) {
        assert!(
            runs(&judge.socket.hearing()),
            "{:?}",
            judge.socket.hearing().recording
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    judge.act(Act::Close).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(
        judge.socket.hearing().sealed.is_empty(),
        "sealed on a disk that hangs"
    );

    drop(frozen);
    let all = evidence(&clerk.api, &clerk.me, 2).await;
    assert!(
        all.iter().all(|e| !e.interrupted),
        "both were ended in order: {all:?}"
    );
    assert_eq!(place.recordings_in_second(), 0);
    let parts = place.verified(&server, clerk, &all).await;
    let [first, whole] = &parts[..] else {
        panic!("{all:?}")
    };
    // One segment on one timeline; what lies between is an outage, in the second part, of every track.
    assert_eq!(
        first.seal["segments"][0]["started_at"],
        whole.seal["segments"][0]["started_at"]
    );
    let hung = (since - on_record).as_millis();
    assert!(u128::from(first.length_ms) > hung && u128::from(whole.length_ms) >= again.as_millis());
    let tracks = whole.seal["tracks"].as_array().unwrap();
    assert_eq!(tracks.len(), 6, "three people, two sources");
    for track in tracks {
        let to = whole.outage_to(&track["file"]);
        println!(
            "{}: declared up to {to} ms, the first part has {} ms",
            track["file"], first.length_ms
        );
        assert!(to + 100 >= first.length_ms, "{track} {:#?}", whole.gaps);
        // What was said while the disks changed was held: the other part has it.
        if track["source"] == "microphone" {
            assert!(to <= first.length_ms + 500, "{track} {:#?}", whole.gaps);
        }
    }
    for kind in ["record_failed", "record_restored"] {
        let count = whole.kinds.iter().filter(|k| *k == kind).count();
        assert_eq!(count, 1, "{:?}", whole.kinds);
    }
    for person in people {
        person.go().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_no_other_disk_the_hearing_goes_on_and_the_record_does_when_the_disk_answers() {
    let place = Place::new(false);
    let Some(disk) = Disk::mount(&place.image(), &place.data) else {
        return;
    };
    place.close();
    let server = place.start().await;
    let people = in_session(&server).await;
    let [judge, clerk, witness] = &people;
    judge.act(Act::GoOnRecord).await.unwrap();
    recording(judge, RecordingStatus::Recording).await;
    tokio::time::sleep(Duration::from_secs(2)).await;

    let frozen = disk.freeze();
    let since = Instant::now();
    is_told(&people, since).await;
    the_hearing_goes_on(&people).await;
    // Also when the record is to end there, and to begin again.
    judge.act(Act::GoOffRecord).await.unwrap();
    judge.act(Act::GoOnRecord).await.unwrap();
    while since.elapsed() < Duration::from_secs(10) {
        let told = judge.socket.hearing().recording;
        assert_ne!(told, RecordingStatus::Recording, "after {:?}", since.elapsed());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    each_sees_the_others(&[judge, clerk, witness]).await;

    drop(frozen);
    let thawed = Instant::now();
    is_recorded(judge).await;
    println!(
        "recorded again {:.2} s after the disk answered",
        thawed.elapsed().as_secs_f64()
    );
    tokio::time::sleep(Duration::from_secs(2)).await;
    judge.act(Act::Close).await.unwrap();
    let all = evidence(&clerk.api, &clerk.me, 1).await;
    assert!(all.len() == 1 && !all[0].interrupted, "{all:?}");
    let parts = place.verified(&server, clerk, &all).await;
    let segments = parts[0].seal["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 2);
    for person in people {
        person.go().await.unwrap();
    }
}

/// A process of which a thread hangs in a call to the disk is not quite gone before the disk answers. It has ended when it does
/// nothing any more.
fn has_ended(child: &mut Child) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    let state = stat
        .rsplit_once(')')
        .and_then(|(_, rest)| rest.split_whitespace().next());
    state.is_none_or(|state| state == "Z") || child.try_wait().unwrap().is_some()
}

/// Asks the server to stop, and waits until it has.
async fn stop(server: &mut Server) {
    let pid = libc::pid_t::try_from(server.child.id()).unwrap();
    // SAFETY: a plain system call, on the process that this test started.
    unsafe { libc::kill(pid, libc::SIGTERM) };
    let asked = Instant::now();
    while !has_ended(&mut server.child) {
        assert!(asked.elapsed() < STOPPED_WITHIN, "the server does not stop");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!(
        "the server had stopped {:.2} s after it was asked to",
        asked.elapsed().as_secs_f64()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_stops_while_its_disk_hangs_and_the_next_start_seals_what_it_left() {
    let place = Place::new(false);
    let Some(disk) = Disk::mount(&place.image(), &place.data) else {
        return;
    };
    place.close();
    let mut server = place.start().await;
    let people = in_session(&server).await;
    people[0].act(Act::GoOnRecord).await.unwrap();
    recording(&people[0], RecordingStatus::Recording).await;
    tokio::time::sleep(Duration::from_secs(3)).await;

    let frozen = disk.freeze();
    is_told(&people, Instant::now()).await;
    stop(&mut server).await;
    let log = log_of(&place.data);
    assert!(
        log.contains("is left, and sealed as found at the next start"),
        "{log}"
    );

    drop(frozen);
    server.child.wait().unwrap();
    let server = place.start().await;
    let [judge, clerk, witness] = people;
    let (api, me) = clerk.vanish().await.unwrap();
    let clerk = server.api.with_session(api.session().unwrap());
    let all = evidence(&clerk, &me, 1).await;
    assert!(all.len() == 1 && all[0].interrupted, "{all:?}");
    assert!(log.contains(&all[0].recording.to_string()), "it is named");
    let clerk = Person::connect(clerk, me).await.unwrap();
    let parts = place.verified(&server, &clerk, &all).await;
    assert_eq!(parts[0].seal["ended"], "crash");
    clerk.go().await.unwrap();
    for person in [judge, witness] {
        person.vanish().await.unwrap();
    }
}

/// The first folder for recordings alone is on the disk that hangs, also over a restart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_starts_while_the_first_disk_for_recordings_hangs_and_records_on_the_second() {
    let place = Place::new(true);
    place.close();
    let Some(disk) = Disk::mount(&place.image(), &place.data.join("spool")) else {
        return;
    };
    let mut server = place.start().await;
    let people = in_session(&server).await;
    people[0].act(Act::GoOnRecord).await.unwrap();
    recording(&people[0], RecordingStatus::Recording).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    // Declared before the freeze, and so waited for after it.
    let mut next: Option<Server> = None;

    let frozen = disk.freeze();
    is_told(&people, Instant::now()).await;
    is_recorded(&people[0]).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    stop(&mut server).await;

    let asked = Instant::now();
    let server_again = next.insert(place.start().await);
    println!(
        "started {:.2} s after it was asked to",
        asked.elapsed().as_secs_f64()
    );
    let mut back = Vec::new();
    for person in people {
        let (api, me) = person.vanish().await.unwrap();
        let api = server_again.api.with_session(api.session().unwrap());
        back.push(Person::connect(api, me).await.unwrap());
    }
    let [judge, clerk, witness] = &back[..] else {
        panic!("three came back")
    };
    for person in &back {
        person.is_in(&[ParticipantState::InHearing], SOON).await.unwrap();
    }
    // The second part is sealed, and the case file says of the first that it is not.
    let case = clerk.api.case(clerk.me.case).await.unwrap();
    let attached = |e: &&Evidence| e.state == RecordingState::Attached;
    assert_eq!(
        case.evidence.iter().filter(attached).count(),
        1,
        "{:?}",
        case.evidence
    );
    if [HearingState::Suspended, HearingState::Paused].contains(&judge.socket.hearing().state) {
        judge.act(Act::Resume).await.unwrap();
    }
    each_sees_the_others(&[judge, clerk, witness]).await;
    judge.act(Act::GoOnRecord).await.unwrap();
    is_recorded(judge).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    judge.act(Act::Close).await.unwrap();

    drop(frozen);
    let all = evidence(&clerk.api, &clerk.me, 3).await;
    let interrupted: Vec<_> = all.iter().filter(|e| e.interrupted).collect();
    assert_eq!(interrupted.len(), 1, "{all:?}");
    place.verified(server_again, clerk, &all).await;
    for person in back {
        person.go().await.unwrap();
    }
}
