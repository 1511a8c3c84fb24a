//! A second store in a bucket, against the server of `moto` (PyPI), which speaks S3 with versions and Object Lock. It is no store that
//! a court would use: what is shown is that requests are signed, sent and understood as they are meant. Without it (`scripts/setup
//! --test` installs it) these tests fail, and say so.

use crate::courthouse::{Court, tool};
use crate::disposal::{approved, assert_proved, certificate, document_of, verified};
use crate::eventually;
use crate::second::{flip, only, scrub, sealed, state, track};
use oyer::court::id::RecordingId;
use oyer::evidence::{
    BucketSettings, EvidenceError, LockMode, Parts, Patience, SecondPlace, SecondState, StoreFault,
};
use oyer::seal::disposal::CopyOutcome;
use oyer::seal::verify::Check;
use oyer::store::Decided;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A server of its own, which ends with the test.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// With a bucket `court`, with Object Lock or without versions.
    pub(crate) fn new(locks: bool) -> Server {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/target/tools/moto/bin/moto_server");
        // Nobody else takes a port that was free a moment ago, or the server says so and ends.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            // Where S3 demands 5 MiB.
            .env("S3_UPLOAD_PART_MIN_SIZE", "256")
            .env("MOTO_S3_DEFAULT_KEY_BUFFER_SIZE", "1048576")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto's server is installed by scripts/setup --test");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let server = Server { child, address };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "the server does not come"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        let lock = match locks {
            true => "x-amz-bucket-object-lock-enabled: true\r\n",
            false => "",
        };
        assert!(server.ask("PUT", "/court", lock).starts_with("HTTP/1.1 200"));
        server
    }

    /// As anybody with the right to do so asks it, without going through Oyer.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str) -> String {
        String::from_utf8_lossy(&self.send(method, path, headers, b"")).into_owned()
    }

    /// The same with something to send; head and content of the answer.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &str, content: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let host = self.address;
        let authorization = "Authorization: AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{authorization}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
            content.len()
        )
        .unwrap();
        stream.write_all(content).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    pub(crate) fn settings(&self, lock: Option<(LockMode, u32)>) -> BucketSettings {
        BucketSettings {
            endpoint: format!("http://{}", self.address),
            roots: None,
            bucket: "court".into(),
            prefix: Some("oyer/one".into()),
            region: "us-east-1".into(),
            key_id: "AK".into(),
            secret: "SK".into(),
            lock,
            parts: Parts::default(),
        }
    }

    fn use_for(&self, court: &Court, lock: Option<(LockMode, u32)>) {
        let place = SecondPlace::Bucket(self.settings(lock));
        court.evidence.use_second_store(place).unwrap();
    }

    pub(crate) fn object(recording: RecordingId, path: &str) -> String {
        format!("/court/oyer/one/recordings/{recording}/{path}")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_is_filled_scrubbed_and_mended_both_ways() {
    let (court, server) = (Court::new().await, Server::new(false));
    server.use_for(&court, None);
    let recording = sealed(&court).await;
    let pass = court.evidence.copy_waiting().await.unwrap();
    assert!(pass.files > 10 && pass.waiting == 0, "{pass:?}");
    assert_eq!(state(&court, recording).await, SecondState::Kept);
    assert_eq!(court.evidence.copy_waiting().await.unwrap().files, 0);
    assert!(scrub(&court).await.damaged.is_empty());

    let here = court.sealed_dir(recording);
    let track = track(&here);
    let whole = fs::read(here.join(&track)).unwrap();
    flip(&here.join(&track));
    assert!(only(&scrub(&court).await).is_mended());
    assert_eq!(fs::read(here.join(&track)).unwrap(), whole);
    court.evidence.copy_waiting().await.unwrap();

    // Somebody replaces one object and deletes another.
    assert!(
        server
            .ask("PUT", &Server::object(recording, &track), "")
            .starts_with("HTTP/1.1 200")
    );
    assert!(
        server
            .ask("DELETE", &Server::object(recording, "bagit.txt"), "")
            .starts_with("HTTP/1.1 204")
    );
    let scrubbed = scrub(&court).await;
    assert!(only(&scrubbed).is_mended(), "{scrubbed:?}");
    assert_eq!(only(&scrubbed).mended_there.len(), 2);
    let listed = server.ask(
        "GET",
        &format!("/court?list-type=2&prefix=oyer/one/damaged/{recording}/"),
        "",
    );
    assert_eq!(
        listed.matches("<Key>").count(),
        1,
        "what was replaced is kept aside: {listed}"
    );
    assert!(scrub(&court).await.damaged.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_locked_cannot_be_deleted_before_its_date_and_a_hold_is_passed_on() {
    let (court, server) = (Court::new().await, Server::new(true));
    server.use_for(&court, Some((LockMode::Compliance, 30)));
    let recording = sealed(&court).await;
    court.evidence.copy_waiting().await.unwrap();
    let copy = court.evidence.second_copy(recording).await.unwrap().unwrap();
    let days = (copy.locked_until.unwrap() - time::OffsetDateTime::now_utc().unix_timestamp()) / 86_400;
    assert!((29..=30).contains(&days), "{days}");
    let object = Server::object(recording, "bagit.txt");
    let head = server.ask("HEAD", &object, "").to_lowercase();
    assert!(head.contains("x-amz-object-lock-mode: compliance"), "{head}");
    let version = head
        .lines()
        .find_map(|line| line.strip_prefix("x-amz-version-id: "))
        .unwrap();
    let version = server
        .ask("HEAD", &object, "")
        .lines()
        .find_map(|line| {
            line.to_lowercase()
                .starts_with("x-amz-version-id")
                .then(|| line[18..].to_owned())
        })
        .unwrap_or_else(|| version.to_owned());
    let refused = server.ask("DELETE", &format!("{object}?versionId={version}"), "");
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");

    let hold = Uuid::now_v7();
    let decided = Decided {
        by: "Clerk".into(),
        reason: "Appeal".into(),
        at: 5,
    };
    court.evidence.hold(hold, court.case, &decided).await.unwrap();
    court.evidence.copy_waiting().await.unwrap();
    let held = server.ask("HEAD", &object, "").to_lowercase();
    assert!(held.contains("x-amz-object-lock-legal-hold: on"), "{held}");
    court
        .evidence
        .lift_hold(hold, court.case, &decided)
        .await
        .unwrap();
    court.evidence.copy_waiting().await.unwrap();
    let lifted = server.ask("HEAD", &object, "").to_lowercase();
    assert!(lifted.contains("x-amz-object-lock-legal-hold: off"), "{lifted}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disposal_says_until_when_the_bucket_keeps_what_is_locked() {
    let (court, server) = (Court::new().await, Server::new(true));
    server.use_for(&court, Some((LockMode::Compliance, 30)));
    let (recording, id) = approved(&court).await;
    court.evidence.copy_waiting().await.unwrap();
    court
        .evidence
        .carry_out_disposal(id, "O. Rahmonov (clerk)")
        .await
        .unwrap();
    let rows = court.store.custody(recording).await.unwrap();
    let last = &rows.last().unwrap().line;
    assert!(
        last.contains(r#""second_store":"locked""#) && last.contains("locked_until"),
        "{last}"
    );
    // What is signed says so as well, in every form.
    let bundle = certificate(&court, recording).await;
    let report = verified(&court, &bundle);
    assert_proved(&report);
    let copy = document_of(&bundle).second_store.unwrap();
    assert_eq!(copy.outcome, CopyOutcome::Locked);
    let until = copy.locked_until.unwrap().to_string();
    assert!(last.contains(&until), "{last}");
    let told = |check: &Check| check.detail.contains(&format!("locked until {until}"));
    assert!(report.checks.iter().any(told), "{:?}", report.checks);
    let pdf = court.evidence.disposal_pdf(recording).await.unwrap().unwrap();
    let out = tempfile::tempdir().unwrap();
    fs::write(out.path().join("c.pdf"), pdf).unwrap();
    let text = tool(out.path(), "pdftotext", &["c.pdf", "-"]).unwrap();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(&format!("locked until {until}")), "{text}");
    // It waits for its date, and nobody for it.
    assert_eq!(court.evidence.copy_waiting().await.unwrap().waiting, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_reaches_the_bucket_without_waiting_for_the_next_look() {
    let (court, server) = (Court::new().await, Server::new(true));
    server.use_for(&court, Some((LockMode::Compliance, 30)));
    let recording = sealed(&court).await;
    let copies = tokio::spawn(court.evidence.clone().keep_copied());
    eventually(async || (state(&court, recording).await == SecondState::Kept).then_some(())).await;
    let decided = Decided {
        by: "Clerk".into(),
        reason: "Appeal".into(),
        at: 5,
    };
    court
        .evidence
        .hold(Uuid::now_v7(), court.case, &decided)
        .await
        .unwrap();
    let object = Server::object(recording, "bagit.txt");
    eventually(async || {
        let head = server.ask("HEAD", &object, "").to_lowercase();
        head.contains("x-amz-object-lock-legal-hold: on").then_some(())
    })
    .await;
    copies.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_was_lifted_does_not_outlive_the_recording() {
    let (court, server) = (Court::new().await, Server::new(true));
    server.use_for(&court, Some((LockMode::Compliance, 30)));
    let (recording, id) = approved(&court).await;
    let object = Server::object(recording, "bagit.txt");
    let hold = Uuid::now_v7();
    let decided = Decided {
        by: "Clerk".into(),
        reason: "Appeal".into(),
        at: 5,
    };
    court.evidence.hold(hold, court.case, &decided).await.unwrap();
    court.evidence.copy_waiting().await.unwrap();
    let held = server.ask("HEAD", &object, "").to_lowercase();
    assert!(held.contains("x-amz-object-lock-legal-hold: on"), "{held}");
    court
        .evidence
        .lift_hold(hold, court.case, &decided)
        .await
        .unwrap();
    // Before a pass tells the bucket.
    court
        .evidence
        .carry_out_disposal(id, "O. Rahmonov (clerk)")
        .await
        .unwrap();
    let lifted = server.ask("HEAD", &object, "").to_lowercase();
    assert!(lifted.contains("x-amz-object-lock-legal-hold: off"), "{lifted}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disposal_empties_a_bucket_that_locks_nothing() {
    let (court, server) = (Court::new().await, Server::new(false));
    server.use_for(&court, None);
    let (recording, id) = approved(&court).await;
    court.evidence.copy_waiting().await.unwrap();
    court
        .evidence
        .carry_out_disposal(id, "O. Rahmonov (clerk)")
        .await
        .unwrap();
    let listed = server.ask("GET", "/court?list-type=2", "");
    assert_eq!(listed.matches("<Key>").count(), 1, "the marker alone: {listed}");
    let rows = court.store.custody(recording).await.unwrap();
    assert!(rows.last().unwrap().line.contains(r#""second_store":"deleted""#));
}

/// Takes connections, reads what comes, and never answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_never_answers_is_given_up_in_time() {
    let court = Court::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let held: Vec<_> = listener
            .incoming()
            .flatten()
            .inspect(|stream| {
                let mut line = String::new();
                let _ = BufReader::new(stream).read_line(&mut line);
            })
            .collect();
        drop(held);
    });
    let settings = BucketSettings {
        endpoint: format!("http://{address}"),
        roots: None,
        bucket: "court".into(),
        prefix: None,
        region: "us-east-1".into(),
        key_id: "AK".into(),
        secret: "SK".into(),
        lock: None,
        parts: Parts::default(),
    };
    let patience = Patience {
        each: Duration::from_millis(300),
        bytes_per_second: 1 << 10,
    };
    court
        .evidence
        .use_second_store_with(SecondPlace::Bucket(settings), patience)
        .unwrap();
    sealed(&court).await;
    let begun = Instant::now();
    let failed = court.evidence.copy_waiting().await;
    assert!(
        matches!(failed, Err(EvidenceError::Second(StoreFault::TooSlow(_)))),
        "{failed:?}"
    );
    assert!(scrub(&court).await.second_unread.is_some());
    assert!(begun.elapsed() < Duration::from_secs(30));
}
