//! A headless Chromium, driven through its debugging pipe (which, unlike a port, reaches into another namespace).

use super::way::pipe;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::{AsRawFd as _, IntoRawFd as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// Runs in every page before its own code: see there.
const WATCH: &str = include_str!("watch.js");

pub struct Browser {
    child: Child,
    commands: File,
    replies: Receiver<Value>,
    next: u64,
    page: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Opens a browser, in a namespace or here, to which `origin` is as good as HTTPS.
    pub fn open(namespace: Option<&str>, origin: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let (ours, theirs) = (pipe(), pipe());
        let (their_in, their_out) = (ours.0.into_raw_fd(), theirs.1.into_raw_fd());
        let namespace = namespace.map(|n| File::open(format!("/var/run/netns/{n}")).unwrap());
        let mut command = Command::new("/usr/bin/chromium");
        command
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                "--autoplay-policy=no-user-gesture-required",
                "--remote-debugging-pipe",
                // The relay's certificate is the test's own.
                "--ignore-certificate-errors",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("--unsafely-treat-insecure-origin-as-secure={origin}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // SAFETY: between fork and exec only system calls on descriptors that are open. The pipe's ends go through high
        // numbers first, so that neither is overwritten by the other.
        unsafe {
            command.pre_exec(move || {
                if let Some(file) = &namespace
                    && libc::setns(file.as_raw_fd(), libc::CLONE_NEWNET) != 0
                {
                    return Err(std::io::Error::last_os_error());
                }
                let high = (
                    libc::fcntl(their_in, libc::F_DUPFD, 100),
                    libc::fcntl(their_out, libc::F_DUPFD, 100),
                );
                libc::dup2(high.0, 3);
                libc::dup2(high.1, 4);
                Ok(())
            });
        }
        let child = command.spawn().expect("Chromium at /usr/bin/chromium");
        // SAFETY: the child has copies of its own; these are ours and not used again.
        unsafe {
            libc::close(their_in);
            libc::close(their_out);
        }
        let (tx, replies) = channel();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(theirs.0);
            let mut message = Vec::new();
            while reader.read_until(0, &mut message).is_ok_and(|n| n > 0) {
                message.pop();
                let value: Value = serde_json::from_slice(&message).unwrap_or_default();
                message.clear();
                if value["id"].is_u64() && tx.send(value).is_err() {
                    return;
                }
            }
        });
        let mut browser = Self {
            child,
            commands: ours.1,
            replies,
            next: 1,
            page: String::new(),
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attached = browser.call(
            "Target.attachToTarget",
            json!({"targetId": target["targetId"], "flatten": true}),
        );
        browser.page = attached["sessionId"].as_str().expect("a session").to_owned();
        browser.call("Page.enable", json!({}));
        browser.call("Page.addScriptToEvaluateOnNewDocument", json!({"source": WATCH}));
        browser
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.next;
        self.next += 1;
        let mut message = json!({"id": id, "method": method, "params": params});
        if !self.page.is_empty() {
            message["sessionId"] = self.page.clone().into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.commands.write_all(&bytes).unwrap();
        loop {
            let reply = self
                .replies
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|e| panic!("{method}: {e}"));
            if reply["id"] == id {
                assert!(reply["error"].is_null(), "{method}: {reply}");
                return reply["result"].clone();
            }
        }
    }

    pub fn go(&mut self, url: &str) {
        self.call("Page.navigate", json!({"url": url}));
    }

    /// What an expression gives; promises are awaited.
    pub fn eval(&mut self, expression: &str) -> Value {
        let result = self.call(
            "Runtime.evaluate",
            json!({"expression": expression, "awaitPromise": true, "returnByValue": true}),
        );
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub fn until(&mut self, what: &str, expression: &str, patience: Duration) -> Duration {
        let begun = Instant::now();
        while self.eval(expression) != json!(true) {
            assert!(
                begun.elapsed() < patience,
                "{what}: {}",
                self.eval("document.body.innerText")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        begun.elapsed()
    }

    /// Presses what has this test id, as soon as it is there.
    pub fn press(&mut self, testid: &str) {
        let find = format!("document.querySelector('[data-testid=\"{testid}\"]')");
        self.until(testid, &format!("{find} !== null && !{find}.disabled"), PATIENCE);
        self.eval(&format!("{find}.click()"));
    }

    /// The sums of what came in and went out so far.
    pub fn sums(&mut self) -> Value {
        self.eval("window.__sums()")
    }

    /// Begins to look, many times a second, how what comes in goes on.
    pub fn watch(&mut self) {
        self.eval("window.__watch()");
    }

    /// What was seen since: the longest stretches, in milliseconds, in which no sound was there and no picture moved, and by
    /// how much lips and voice were apart.
    pub fn seen(&mut self) -> Value {
        self.eval("window.__seen()")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
