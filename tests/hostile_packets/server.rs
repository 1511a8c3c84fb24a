//! A server as a process of its own, watched from outside.

use oyer::client::api::Api;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const READY_WITHIN: Duration = Duration::from_secs(60);
/// Until the server has read what was sent to it.
const READ_WITHIN: Duration = Duration::from_secs(30);
/// Datagrams that are under way at a time: fewer than the smallest receive buffer holds.
const IN_FLIGHT: usize = 64;

pub struct Server {
    child: Child,
    pub demo: serde_json::Value,
    pub api: Api,
    pub http: reqwest::Client,
    folder: tempfile::TempDir,
}

impl Server {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_oyer"))
            .args([
                "serve",
                "--demo",
                "--listen",
                "127.0.0.1:0",
                "--media-port",
                "0",
                "--data",
            ])
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            assert_eq!(child.try_wait().unwrap(), None, "the server ended at its start");
            assert!(Instant::now() < deadline, "the server is not ready");
            let demo = std::fs::read(data.join("demo.json")).unwrap_or_default();
            if let Ok(demo) = serde_json::from_slice::<serde_json::Value>(&demo) {
                let api = Api::new(demo["base_url"].as_str().unwrap()).unwrap();
                if api.ready().await {
                    return Self {
                        child,
                        demo,
                        api,
                        http: oyer::outside::plain().unwrap().build().unwrap(),
                        folder,
                    };
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub fn base(&self) -> &str {
        self.demo["base_url"].as_str().unwrap()
    }

    /// The process runs.
    pub fn lives(&mut self, after: &str) {
        let ended = self.child.try_wait().unwrap();
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(20).collect();
        assert_eq!(
            ended, None,
            "after {after} the server ended; it said last: {tail:#?}"
        );
        assert!(!log.contains("panicked"), "after {after}: {tail:#?}");
    }

    /// Memory in KiB that is the process's own.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|l| l.starts_with("RssAnon:")).unwrap();
        line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Processor time that the process has used, in hundredths of a second.
    pub fn work(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // The name of the program, in brackets, may hold spaces.
        let (_, rest) = stat.rsplit_once(')').unwrap();
        let field = |n: usize| -> u64 { rest.split_ascii_whitespace().nth(n).unwrap().parse().unwrap() };
        field(11) + field(12)
    }

    /// Open descriptors that are no TCP connections ([`Server::connections`]) and nothing in the data folder: the store's
    /// connections are a pool, and what is written there comes and goes.
    pub fn descriptors(&self) -> usize {
        let data = self.folder.path().to_string_lossy();
        self.open(|to, tcp| !tcp && !to.starts_with(&*data))
    }

    /// Files of recordings that it has open.
    #[allow(dead_code)] // The soak looks at them.
    pub fn recordings(&self) -> usize {
        let data = self.folder.path().join("data");
        let folders = ["spool", "objects"].map(|name| data.join(name).to_string_lossy().into_owned());
        self.open(|to, _| folders.iter().any(|folder| to.starts_with(folder.as_str())))
    }

    /// Its TCP connections: those of HTTP, which clients keep for a while for their next request, WebSockets, and media.
    #[allow(dead_code)] // As above.
    pub fn connections(&self) -> usize {
        self.open(|_, tcp| tcp)
    }

    fn open(&self, counts: impl Fn(&str, bool) -> bool) -> usize {
        let table = std::fs::read_to_string(format!("/proc/{}/net/tcp", self.child.id())).unwrap();
        let inodes: std::collections::HashSet<&str> = table
            .lines()
            .filter_map(|l| l.split_ascii_whitespace().nth(9))
            .collect();
        let links = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap();
        links
            .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
            .filter(|to| {
                let to = to.to_string_lossy();
                let inode = to.strip_prefix("socket:[").and_then(|t| t.strip_suffix(']'));
                counts(&to, inode.is_some_and(|inode| inodes.contains(inode)))
            })
            .count()
    }

    /// One of its counters.
    pub async fn counter(&self, name: &str) -> u64 {
        let text = self
            .http
            .get(format!("{}/metrics", self.base()))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        let line = text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} in {text}"))
            .trim()
            .parse()
            .unwrap()
    }

    /// Sends datagrams by `send` and waits, a few at a time, until the server has read them.
    pub async fn reads(
        &self,
        datagrams: impl IntoIterator<Item = Vec<u8>>,
        send: impl AsyncFn(Vec<u8>),
    ) -> usize {
        let mut count = 0;
        let mut datagrams = datagrams.into_iter().peekable();
        while datagrams.peek().is_some() {
            let before = self.counter("oyer_datagrams_in_total").await;
            let mut sent = 0;
            for datagram in datagrams.by_ref().take(IN_FLIGHT) {
                send(datagram).await;
                sent += 1;
            }
            let deadline = Instant::now() + READ_WITHIN;
            // Others send as well, so this is reached a little early at worst: the next round is as small.
            while self.counter("oyer_datagrams_in_total").await < before + sent as u64 {
                assert!(Instant::now() < deadline, "the server no longer reads");
                tokio::task::yield_now().await;
            }
            count += sent;
        }
        count
    }

    /// A request by a participant.
    pub fn ask(&self, method: reqwest::Method, path: &str, session: &str) -> reqwest::RequestBuilder {
        let url = format!("{}/api/v1{path}", self.base());
        self.http.request(method, url).bearer_auth(session)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, which the test has then said.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the server takes media over UDP, as an answer says.
pub fn media_address(answer: &str) -> SocketAddr {
    address_of(answer, " udp ")
}

/// Where it takes media over TCP.
pub fn tcp_address(answer: &str) -> SocketAddr {
    address_of(answer, " typ host tcptype passive")
}

fn address_of(answer: &str, mark: &str) -> SocketAddr {
    let line = answer
        .lines()
        .find(|l| l.starts_with("a=candidate:") && l.contains(mark))
        .expect("a candidate");
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    SocketAddr::new(words[4].parse().unwrap(), words[5].parse().unwrap())
}
