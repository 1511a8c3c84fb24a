//! Files that are sent to a bucket in parts, against the server of `moto`; and a way to it on which things go wrong as they do with a
//! store that is busy, far away, or changes its mind after it has said that all is well.

use crate::bucket::Server;
use crate::courthouse::Court;
use crate::disposal::approved;
use crate::second::{flip, only, scrub, sealed, state, track};
use oyer::court::id::RecordingId;
use oyer::evidence::{
    BucketSettings, EvidenceError, LockMode, Parts, Patience, SecondPlace, SecondState, StoreFault,
};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The track of a test is larger, of 1.5 KB.
const PARTS: Parts = Parts {
    above: 1000,
    each: 500,
};

/// What becomes of a request on its way.
enum Fate {
    Arrives,
    /// It does not, and somebody answers so.
    Answered(String),
    /// It does, and the answer is lost.
    AnswerLost,
    /// Nobody ever answers.
    Swallowed,
}

/// A way to the server.
struct Way {
    address: SocketAddr,
    /// The head of each request, in order.
    heads: Arc<Mutex<Vec<String>>>,
}

impl Way {
    fn to(server: &Server, fate: impl Fn(&str) -> Fate + Send + Sync + 'static) -> Way {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, server) = (listener.local_addr().unwrap(), server.address);
        let (heads, fate) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(fate));
        let seen = heads.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, fate) = (seen.clone(), fate.clone());
                // Whoever hangs up hears nothing more.
                std::thread::spawn(move || pass(&stream, server, &seen, &*fate));
            }
        });
        Way { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// The heads of requests that begin so and have all of it.
    fn seen(&self, method: &str, all: &[&str]) -> Vec<String> {
        let mut heads = self.heads();
        heads.retain(|head| head.starts_with(method) && all.iter().all(|part| head.contains(part)));
        heads
    }
}

/// One request, and then the connection ends.
fn pass(
    mut stream: &TcpStream,
    server: SocketAddr,
    seen: &Mutex<Vec<String>>,
    fate: &(impl Fn(&str) -> Fate + ?Sized),
) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let lower = line.to_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut content = vec![0; length];
    reader.read_exact(&mut content)?;
    seen.lock().unwrap().push(head.to_lowercase());
    let fate = fate(&head);
    if let Fate::Answered(answer) = fate {
        return stream.write_all(answer.as_bytes());
    }
    if let Fate::Swallowed = fate {
        // Until whoever asks gives up.
        return io::copy(&mut reader, &mut io::sink()).map(drop);
    }
    let mut upstream = TcpStream::connect(server)?;
    upstream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
    upstream.write_all(&content)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    match fate {
        Fate::AnswerLost => stream.shutdown(Shutdown::Both),
        _ => stream.write_all(&answer),
    }
}

fn answer(status: &str, content: &str) -> Fate {
    let length = content.len();
    Fate::Answered(format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{content}"
    ))
}

fn error(code: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code></Error>")
}

fn is_part(head: &str, number: u32) -> bool {
    head.starts_with("PUT ") && head.contains(&format!("?partNumber={number}&uploadId="))
}

fn is_end(head: &str) -> bool {
    head.starts_with("POST ") && head.contains("?uploadId=")
}

fn use_for(
    court: &Court,
    server: &Server,
    way: Option<&Way>,
    lock: Option<(LockMode, u32)>,
    patience: Patience,
) {
    let mut settings: BucketSettings = server.settings(lock);
    settings.parts = PARTS;
    if let Some(way) = way {
        settings.endpoint = format!("http://{}", way.address);
    }
    let place = SecondPlace::Bucket(settings);
    court.evidence.use_second_store_with(place, patience).unwrap();
}

fn content(server: &Server, path: &str) -> Vec<u8> {
    let answer = server.send("GET", path, "", b"");
    let begin = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    answer[begin..].to_vec()
}

/// How many uploads there are that nobody completed.
fn uploads(server: &Server) -> usize {
    server
        .ask("GET", "/court?uploads", "")
        .matches("<UploadId>")
        .count()
}

fn begin(server: &Server, object: &str) {
    let begun = server.ask("POST", &format!("{object}?uploads"), "");
    let (_, id) = begun.split_once("<UploadId>").unwrap();
    let (id, _) = id.split_once('<').unwrap();
    let sent = server.send(
        "PUT",
        &format!("{object}?partNumber=1&uploadId={id}"),
        "",
        &[7; 8 << 10],
    );
    assert!(sent.starts_with(b"HTTP/1.1 200"));
}

fn large(court: &Court, recording: RecordingId) -> (String, Vec<u8>) {
    let here = court.sealed_dir(recording);
    let track = track(&here);
    let whole = fs::read(here.join(&track)).unwrap();
    assert!(whole.len() as u64 > PARTS.above + PARTS.each, "{}", whole.len());
    (track, whole)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_goes_in_parts_is_locked_and_mends_and_is_mended() {
    let (court, server) = (Court::new().await, Server::new(true));
    let way = Way::to(&server, |_| Fate::Arrives);
    use_for(
        &court,
        &server,
        Some(&way),
        Some((LockMode::Compliance, 30)),
        Patience::default(),
    );
    let recording = sealed(&court).await;
    let (track, whole) = large(&court, recording);
    court.evidence.copy_waiting().await.unwrap();
    assert_eq!(state(&court, recording).await, SecondState::Kept);
    assert_eq!(uploads(&server), 0);
    let object = Server::object(recording, &track);
    assert_eq!(content(&server, &object), whole);

    // What it is to be is said when it is begun, of each part its own checksum, and nothing of the whole.
    let name = object.to_lowercase();
    let begun = way.seen("post", &[&format!("{name}?uploads=")]);
    let [begun] = begun.as_slice() else {
        panic!("{begun:?}")
    };
    for said in [
        "x-amz-object-lock-mode: compliance",
        "x-amz-object-lock-retain-until-date: ",
        "x-amz-checksum-algorithm: sha256",
    ] {
        assert!(begun.contains(said), "{said}: {begun}");
    }
    let parts = way.seen("put", &[&format!("{name}?partnumber=")]);
    assert_eq!(parts.len() as u64, (whole.len() as u64).div_ceil(PARTS.each));
    for part in &parts {
        assert!(part.contains("x-amz-checksum-sha256: "), "{part}");
    }
    let ended = way.seen("post", &[&format!("{name}?uploadid=")]);
    let [ended] = ended.as_slice() else {
        panic!("{ended:?}")
    };
    assert!(!ended.contains("x-amz-checksum"), "{ended}");

    let head = server.ask("HEAD", &object, "").to_lowercase();
    assert!(head.contains("x-amz-object-lock-mode: compliance"), "{head}");
    assert!(
        head.contains(&format!("-{}\"", parts.len())),
        "it is an object in parts: {head}"
    );
    let version = head
        .lines()
        .find_map(|line| line.strip_prefix("x-amz-version-id: "));
    let deleted = format!("{object}?versionId={}", version.unwrap());
    assert!(server.ask("DELETE", &deleted, "").starts_with("HTTP/1.1 403"));
    let copy = court.evidence.second_copy(recording).await.unwrap().unwrap();
    assert!(copy.locked_until.is_some());

    // It is compared by its content.
    assert!(scrub(&court).await.damaged.is_empty());
    let here = court.sealed_dir(recording).join(&track);
    flip(&here);
    assert!(only(&scrub(&court).await).is_mended());
    assert_eq!(fs::read(&here).unwrap(), whole);
    court.evidence.copy_waiting().await.unwrap();
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    assert!(
        server
            .send("PUT", &object, "", &damaged)
            .starts_with(b"HTTP/1.1 200")
    );
    let scrubbed = scrub(&court).await;
    assert_eq!(only(&scrubbed).mended_there.len(), 1, "{scrubbed:?}");
    assert_eq!(content(&server, &object), whole);
    assert!(scrub(&court).await.damaged.is_empty());
    assert_eq!(uploads(&server), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_damaged_object_is_put_aside_in_parts() {
    let (court, server) = (Court::new().await, Server::new(false));
    let way = Way::to(&server, |_| Fate::Arrives);
    use_for(&court, &server, Some(&way), None, Patience::default());
    let recording = sealed(&court).await;
    let (track, whole) = large(&court, recording);
    court.evidence.copy_waiting().await.unwrap();
    let object = Server::object(recording, &track);
    // Longer than what it takes the place of, and of no length that parts have.
    let planted: Vec<u8> = (0..whole.len() * 2 + 77).map(|i| (i % 251) as u8).collect();
    assert!(
        server
            .send("PUT", &object, "", &planted)
            .starts_with(b"HTTP/1.1 200")
    );
    let scrubbed = scrub(&court).await;
    assert_eq!(only(&scrubbed).mended_there.len(), 1, "{scrubbed:?}");
    assert_eq!(content(&server, &object), whole);
    let copied = way.seen("put", &["x-amz-copy-source-range: bytes="]);
    assert_eq!(copied.len() as u64, (planted.len() as u64).div_ceil(PARTS.each));
    let listed = server.ask(
        "GET",
        &format!("/court?list-type=2&prefix=oyer/one/damaged/{recording}/"),
        "",
    );
    let (_, key) = listed.split_once("<Key>").unwrap();
    let (key, _) = key.split_once('<').unwrap();
    assert_eq!(content(&server, &format!("/court/{key}")), planted);
    assert_eq!(uploads(&server), 0);
    assert!(scrub(&court).await.damaged.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_never_gets_through_is_aborted() {
    for (of_part, told) in [(false, "hangs"), (true, "refuses")] {
        let (court, server) = (Court::new().await, Server::new(false));
        let way = Way::to(&server, move |head| match is_part(head, 2) {
            false => Fate::Arrives,
            true if of_part => answer("503 Slow Down", &error("SlowDown")),
            true => Fate::Swallowed,
        });
        // Long enough for what is answered.
        let patience = Patience {
            each: Duration::from_secs(5),
            bytes_per_second: 1 << 20,
        };
        use_for(&court, &server, Some(&way), None, patience);
        let recording = sealed(&court).await;
        let (track, _) = large(&court, recording);
        let failed = court.evidence.copy_waiting().await;
        match (of_part, &failed) {
            (false, Err(EvidenceError::Second(StoreFault::TooSlow(_))))
            | (true, Err(EvidenceError::Second(StoreFault::Refused { status: 503, .. }))) => {}
            _ => panic!("{told}: {failed:?}"),
        }
        let tries = way
            .heads()
            .iter()
            .filter(|head| head.contains("?partnumber=2&"))
            .count();
        assert_eq!(tries, 3, "{told}");
        assert_eq!(uploads(&server), 0, "{told}");
        let head = server.ask("HEAD", &Server::object(recording, &track), "");
        assert!(head.starts_with("HTTP/1.1 404"), "{told}: {head}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_that_fails_once_is_sent_again_and_nothing_else_is() {
    let (court, server) = (Court::new().await, Server::new(false));
    let failed = Mutex::new(false);
    let way = Way::to(&server, move |head| {
        let first = is_part(head, 2) && !std::mem::replace(&mut *failed.lock().unwrap(), true);
        match first {
            true => answer("500 Internal Server Error", &error("InternalError")),
            false => Fate::Arrives,
        }
    });
    use_for(&court, &server, Some(&way), None, Patience::default());
    let recording = sealed(&court).await;
    let (track, whole) = large(&court, recording);
    court.evidence.copy_waiting().await.unwrap();
    assert_eq!(content(&server, &Server::object(recording, &track)), whole);
    let begun = way.seen("post", &["?uploads="]).len();
    let firsts = way.seen("put", &["?partnumber=1&"]).len();
    let seconds = way.seen("put", &["?partnumber=2&"]).len();
    assert_eq!((firsts, seconds), (begun, begun + 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_after_the_status_is_an_error() {
    let (court, server) = (Court::new().await, Server::new(false));
    // The last comes first.
    let left = Mutex::new(vec![
        answer("200 OK", ""),
        answer("200 OK", &error("InternalError")),
        // As AWS sends it: first that all is well, and some white space while it works.
        answer("200 OK", &format!("\n\n\n{}", error("InvalidPart"))),
    ]);
    let way = Way::to(&server, move |head| match is_end(head) {
        true => left.lock().unwrap().pop().unwrap_or(Fate::Arrives),
        false => Fate::Arrives,
    });
    use_for(&court, &server, Some(&way), None, Patience::default());
    let recording = sealed(&court).await;
    let (track, whole) = large(&court, recording);
    let failed = court.evidence.copy_waiting().await;
    match &failed {
        Err(EvidenceError::Second(StoreFault::Refused { status: 200, why })) => {
            assert_eq!(why, "InvalidPart")
        }
        _ => panic!("{failed:?}"),
    }
    let object = Server::object(recording, &track);
    assert!(server.ask("HEAD", &object, "").starts_with("HTTP/1.1 404"));
    assert_eq!(uploads(&server), 0);
    // One that may pass is tried again, and one of which nothing came but its head is none.
    let failed = court.evidence.copy_waiting().await;
    assert!(
        matches!(failed, Err(EvidenceError::Second(StoreFault::Answer(_)))),
        "{failed:?}"
    );
    assert_eq!(uploads(&server), 0);
    court.evidence.copy_waiting().await.unwrap();
    assert_eq!(content(&server, &object), whole);
    assert_eq!(
        (uploads(&server), state(&court, recording).await),
        (0, SecondState::Kept)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_whose_answer_is_lost_is_believed_when_it_reads_back() {
    let (court, server) = (Court::new().await, Server::new(true));
    let ended = Mutex::new(BTreeSet::new());
    let way = Way::to(&server, move |head| match is_end(head) {
        true if ended
            .lock()
            .unwrap()
            .insert(head.split(' ').nth(1).map(str::to_owned)) =>
        {
            Fate::AnswerLost
        }
        // As a store says that has forgotten an upload which it ended.
        true => answer("404 Not Found", &error("NoSuchUpload")),
        false => Fate::Arrives,
    });
    let lock = Some((LockMode::Governance, 30));
    use_for(&court, &server, Some(&way), lock, Patience::default());
    let recording = sealed(&court).await;
    let (track, whole) = large(&court, recording);
    court.evidence.copy_waiting().await.unwrap();
    assert_eq!(state(&court, recording).await, SecondState::Kept);
    let object = Server::object(recording, &track);
    assert_eq!(content(&server, &object), whole);
    let head = server.ask("HEAD", &object, "").to_lowercase();
    assert!(head.contains("x-amz-object-lock-mode: governance"), "{head}");
    let ends = way.seen("post", &[&object.to_lowercase(), "?uploadid="]);
    assert_eq!((ends.len(), uploads(&server)), (2, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_crash_left_is_deleted_at_the_next_start_and_nothing_of_others() {
    let (court, server) = (Court::new().await, Server::new(false));
    use_for(&court, &server, None, None, Patience::default());
    let recording = sealed(&court).await;
    court.evidence.copy_waiting().await.unwrap();
    begin(
        &server,
        &Server::object(recording, "data/segment-001/judge-1-camera.webm"),
    );
    begin(&server, &format!("/court/oyer/one/enclosed/{recording}/data/x"));
    begin(&server, "/court/oyer/one/elsewhere");
    begin(&server, "/court/oyer/two/recordings/x");
    assert_eq!(uploads(&server), 4);
    // It has just been looked for.
    court.evidence.copy_waiting().await.unwrap();
    assert_eq!(uploads(&server), 4);
    let court = court.restarted().await;
    use_for(&court, &server, None, None, Patience::default());
    court.evidence.copy_waiting().await.unwrap();
    let listed = server.ask("GET", "/court?uploads", "");
    assert!(listed.contains("oyer/one/elsewhere") && listed.contains("oyer/two/recordings/x"));
    assert_eq!(uploads(&server), 2, "{listed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disposal_leaves_no_version_and_no_part() {
    let (court, server) = (Court::new().await, Server::new(true));
    let way = Way::to(&server, |_| Fate::Arrives);
    use_for(&court, &server, Some(&way), None, Patience::default());
    let (recording, id) = approved(&court).await;
    court.evidence.copy_waiting().await.unwrap();
    let (track, whole) = large(&court, recording);
    let object = Server::object(recording, &track);
    assert!(!way.seen("post", &["?uploads="]).is_empty());
    // One version more, and what a crash left of a third.
    assert!(
        server
            .send("PUT", &object, "", &whole)
            .starts_with(b"HTTP/1.1 200")
    );
    assert!(server.ask("DELETE", &object, "").starts_with("HTTP/1.1 204"));
    begin(&server, &object);
    begin(
        &server,
        &format!("/court/oyer/one/damaged/{recording}/0/recordings/{track}"),
    );
    court
        .evidence
        .carry_out_disposal(id, "O. Rahmonov (clerk)")
        .await
        .unwrap();
    assert_eq!(uploads(&server), 0);
    let listed = server.ask("GET", "/court?versions", "");
    assert_eq!(listed.matches("<Key>").count(), 1, "the marker alone: {listed}");
    let rows = court.store.custody(recording).await.unwrap();
    assert!(rows.last().unwrap().line.contains(r#""second_store":"deleted""#));
    assert_eq!(way.seen("delete", &["?uploadid="]).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_is_not_seen_is_none() {
    let (court, server) = (Court::new().await, Server::new(true));
    // As a store does that takes what it does not understand.
    let way = Way::to(&server, |head| match head.starts_with("HEAD ") {
        true => answer("200 OK", ""),
        false => Fate::Arrives,
    });
    let lock = Some((LockMode::Compliance, 30));
    use_for(&court, &server, Some(&way), lock, Patience::default());
    let recording = sealed(&court).await;
    let failed = court.evidence.copy_waiting().await;
    match &failed {
        Err(EvidenceError::Second(StoreFault::Answer(why))) => assert!(why.contains("the lock"), "{why}"),
        _ => panic!("{failed:?}"),
    }
    assert_eq!(state(&court, recording).await, SecondState::Waiting);
}
