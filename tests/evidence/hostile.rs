//! A second store in the hands of somebody who means ill: what it lists, sends and refuses. It speaks as much of S3 as is asked of it.

use crate::courthouse::Court;
use crate::disposal::{approved, assert_proved, certificate, document_of, verified};
use crate::second::{flip, only, scrub, sealed, track};
use oyer::court::condition::CopyFault;
use oyer::evidence::{BucketSettings, LockMode, Parts, SecondPlace};
use oyer::seal::disposal::CopyOutcome;
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

/// What it does beside what it should.
#[derive(Default)]
struct Ways {
    objects: BTreeMap<String, Vec<u8>>,
    /// Listed below each prefix that has anything.
    also_lists: Option<&'static str>,
    /// Listed among the versions below any prefix.
    also_has: Option<String>,
    /// Every object goes on and on.
    is_endless: bool,
    /// Most bytes that anybody took of one.
    taken: usize,
    /// Nothing is deleted, and what is said of its lock is over.
    keeps: bool,
    /// What it was asked to delete while it keeps everything.
    kept: std::collections::BTreeSet<String>,
}

struct Store {
    address: SocketAddr,
    ways: Arc<Mutex<Ways>>,
}

/// More than anybody should take of a small object: what lies between two sockets is a few MiB.
const ENDLESS: usize = 512 << 20;
const TAKEN_MAX: usize = 64 << 20;

impl Store {
    fn new() -> Store {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ways = Arc::new(Mutex::new(Ways::default()));
        let of = ways.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let ways = of.clone();
                std::thread::spawn(move || answer(stream, &ways));
            }
        });
        Store { address, ways }
    }

    fn use_for(&self, court: &Court, lock: Option<(LockMode, u32)>) {
        let settings = BucketSettings {
            endpoint: format!("http://{}", self.address),
            roots: None,
            bucket: "court".into(),
            prefix: None,
            region: "us-east-1".into(),
            key_id: "AK".into(),
            secret: "SK".into(),
            lock,
            parts: Parts::default(),
        };
        let place = SecondPlace::Bucket(settings);
        court.evidence.use_second_store(place).unwrap();
    }
}

fn answer(stream: TcpStream, ways: &Mutex<Ways>) -> Option<()> {
    let mut from = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    from.read_line(&mut line).ok()?;
    let (method, rest) = line.split_once(' ')?;
    let target = rest.split(' ').next()?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut length = 0;
    loop {
        let mut header = String::new();
        from.read_line(&mut header).ok()?;
        let header = header.trim().to_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if header.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    let key = path
        .strip_prefix("/court")
        .unwrap_or(path)
        .trim_start_matches('/');
    let prefix = query.split('&').find_map(|part| part.strip_prefix("prefix="));
    let prefix = prefix.unwrap_or_default().replace("%2F", "/");
    let say = |status: &str, headers: &str, body: &[u8]| {
        let mut to = &stream;
        let length = body.len();
        let head =
            format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
        to.write_all(head.as_bytes()).ok()?;
        to.write_all(body).ok()
    };
    let mut of = ways.lock().unwrap();
    match method {
        "PUT" if query.is_empty() => {
            of.objects.insert(key.to_owned(), body);
            say("200 OK", "x-amz-version-id: 1\r\n", b"")
        }
        "PUT" => say("200 OK", "", b""),
        "DELETE" if of.keeps => {
            of.kept.insert(key.to_owned());
            say("403 Forbidden", "", b"<Error><Code>AccessDenied</Code></Error>")
        }
        "DELETE" => {
            of.objects.remove(key);
            say("204 No Content", "", b"")
        }
        "HEAD" => {
            let until = match of.kept.contains(key) {
                true => "2020-01-01T00:00:00Z",
                false => "2999-01-01T00:00:00Z",
            };
            let lock = format!(
                "x-amz-object-lock-mode: COMPLIANCE\r\nx-amz-object-lock-retain-until-date: {until}\r\n"
            );
            say("200 OK", &lock, b"")
        }
        _ if key.is_empty() => {
            let element = match query.contains("versions") {
                true => "Version",
                false => "Contents",
            };
            let mut listed: Vec<(String, usize)> = of
                .objects
                .iter()
                .filter(|(key, _)| key.starts_with(&prefix))
                .map(|(key, content)| (key.clone(), content.len()))
                .collect();
            if let (Some(also), false) = (of.also_lists, listed.is_empty()) {
                listed.push((format!("{prefix}{also}"), 5));
            }
            if let (Some(also), true) = (&of.also_has, element == "Version") {
                listed.push((also.clone(), 5));
            }
            let listed: String = listed
                .iter()
                .map(|(key, bytes)| {
                    format!(
                        "<{element}><Key>{key}</Key><Size>{bytes}</Size><VersionId>1</VersionId></{element}>"
                    )
                })
                .collect();
            say("200 OK", "", format!("<List>{listed}</List>").as_bytes())
        }
        _ if of.is_endless && of.objects.contains_key(key) && key != "oyer-second-store" => {
            drop(of);
            let mut to = &stream;
            to.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                .ok()?;
            let mut taken = 0;
            while taken < ENDLESS && to.write_all(&[0; 1 << 16]).is_ok() {
                taken += 1 << 16;
            }
            let mut of = ways.lock().unwrap();
            of.taken = of.taken.max(taken);
            Some(())
        }
        _ if key.ends_with("victim") => say("200 OK", "", b"OWNED"),
        _ => match of.objects.get(key) {
            Some(content) => say("200 OK", "x-amz-version-id: 1\r\n", content),
            None => say("404 Not Found", "", b"<Error><Code>NoSuchKey</Code></Error>"),
        },
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_leads_out_of_the_folder_writes_nothing_there() {
    let (court, store) = (Court::new().await, Store::new());
    store.use_for(&court, None);
    let recording = sealed(&court).await;
    court.evidence.copy_waiting().await.unwrap();
    store.ways.lock().unwrap().also_lists = Some("../../../keys/victim");
    let victim = court.folder.path().join("keys/victim");
    fs::write(&victim, "a key of the court").unwrap();
    // Any damage beside the data.
    let certificates = court.sealed_dir(recording).join("seal/certs");
    fs::set_permissions(&certificates, Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(certificates.join("seal.pem")).unwrap();
    let scrubbed = scrub(&court).await;
    assert_eq!(fs::read_to_string(&victim).unwrap(), "a key of the court");
    assert!(
        only(&scrubbed).is_mended(),
        "the rest of the list is as good as any: {scrubbed:?}"
    );
    // Nor a name that is one of a recording's folder and of no file that it has.
    store.ways.lock().unwrap().also_lists = Some("seal/victim");
    fs::set_permissions(&certificates, Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(certificates.join("seal.pem")).unwrap();
    let scrubbed = scrub(&court).await;
    assert!(only(&scrubbed).is_mended(), "{scrubbed:?}");
    assert!(!court.sealed_dir(recording).join("seal/victim").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disposal_deletes_nothing_of_another_recording_whatever_is_listed() {
    let (court, store) = (Court::new().await, Store::new());
    store.use_for(&court, None);
    let (_, id) = approved(&court).await;
    let other = sealed(&court).await;
    court.evidence.copy_waiting().await.unwrap();
    let object = format!("recordings/{other}/bagit.txt");
    store.ways.lock().unwrap().also_has = Some(object.clone());
    court
        .evidence
        .carry_out_disposal(id, "O. Rahmonov (clerk)")
        .await
        .unwrap();
    assert!(store.ways.lock().unwrap().objects.contains_key(&object));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_on_and_on_is_not_read_to_its_end() {
    let (court, store) = (Court::new().await, Store::new());
    store.use_for(&court, None);
    let recording = sealed(&court).await;
    court.evidence.copy_waiting().await.unwrap();
    store.ways.lock().unwrap().is_endless = true;
    let certificates = court.sealed_dir(recording).join("seal/certs");
    fs::set_permissions(&certificates, Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(certificates.join("seal.pem")).unwrap();
    let track = track(&court.sealed_dir(recording));
    flip(&court.sealed_dir(recording).join(&track));
    let scrubbed = scrub(&court).await;
    assert!(!only(&scrubbed).is_mended());
    assert_eq!(scrubbed.second_unread, None, "it is no store that is too slow");
    let taken = store.ways.lock().unwrap().taken;
    assert!(taken < TAKEN_MAX, "{taken}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_deletes_nothing_though_its_lock_is_over_is_told_and_asked_again() {
    let (court, store) = (Court::new().await, Store::new());
    store.use_for(&court, Some((LockMode::Compliance, 30)));
    let (recording, id) = approved(&court).await;
    court.evidence.copy_waiting().await.unwrap();
    store.ways.lock().unwrap().keeps = true;
    court
        .evidence
        .carry_out_disposal(id, "O. Rahmonov (clerk)")
        .await
        .unwrap();
    let rows = court.store.custody(recording).await.unwrap();
    let last = &rows.last().unwrap().line;
    assert!(last.contains(r#""second_store":"refused""#), "{last}");
    let bundle = certificate(&court, recording).await;
    assert_proved(&verified(&court, &bundle));
    let copy = document_of(&bundle).second_store.unwrap();
    assert_eq!(copy.outcome, CopyOutcome::NotDeleted);
    // It goes on waiting, and holds up no other recording.
    let other = sealed(&court).await;
    let pass = court.evidence.copy_waiting().await.unwrap();
    assert!(pass.waiting == 1 && pass.files > 10, "{pass:?}");
    let trouble = court.evidence.second_store_trouble().unwrap();
    assert_eq!(trouble.why, CopyFault::Refused);
    let state = court.evidence.second_copy(other).await.unwrap().unwrap().state;
    assert_eq!(state, oyer::evidence::SecondState::Kept);
    store.ways.lock().unwrap().keeps = false;
    assert_eq!(court.evidence.copy_waiting().await.unwrap().waiting, 0);
    assert!(court.evidence.second_store_trouble().is_none());
    let rows = court.store.custody(recording).await.unwrap();
    assert!(rows.last().unwrap().line.contains(r#""act":"copy_removed""#));
}
