//! A server of one's own, as a child process with its data in a folder: for the rehearsal and for load.

use super::demo::Demo;
use crate::client::api::{Api, ApiError};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

const READY_WITHIN: Duration = Duration::from_secs(60);
const STOP_WITHIN: Duration = Duration::from_secs(10);
const POLL_EVERY: Duration = Duration::from_millis(50);

/// Why the server could not be had.
#[derive(Debug, thiserror::Error)]
pub enum OwnServerError {
    /// A file or a process.
    #[error("{what}: {source}")]
    Io {
        /// Which.
        what: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It ended by itself.
    #[error("the server ended with {status}; see {}", .log.display())]
    Ended {
        /// How.
        status: std::process::ExitStatus,
        /// What it said.
        log: PathBuf,
    },
    /// It did not come up.
    #[error("the server was not ready within {} s; see {}", READY_WITHIN.as_secs(), .0.display())]
    NotReady(PathBuf),
    /// It did not go down.
    #[error("the server did not end within {} s and was ended by force", STOP_WITHIN.as_secs())]
    NotStopped,
    /// No token could be made.
    #[error("no staff token could be made: {0}")]
    Token(String),
    /// Its address.
    #[error("{0}")]
    Api(#[from] ApiError),
}

fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> OwnServerError {
    let what = what.into();
    move |source| OwnServerError::Io { what, source }
}

/// A running `oyer serve --demo`.
pub struct OwnServer {
    /// `http://host:port`
    pub base_url: String,
    /// Its process.
    pub pid: u32,
    data: PathBuf,
    child: Child,
}

impl OwnServer {
    /// Starts it with data in `<out>/data` on free ports, and waits until it is ready. What it says goes to
    /// `<out>/server.log`.
    pub async fn start(out: &Path, more: &[String]) -> Result<Self, OwnServerError> {
        let data = out.join("data");
        let log_path = out.join("server.log");
        let log = std::fs::File::create(&log_path).map_err(io(log_path.display().to_string()))?;
        let errors = log.try_clone().map_err(io("server.log"))?;
        let fixed = ["serve", "--demo", "--listen", "127.0.0.1:0", "--media-port", "0"];
        let mut child = Command::new(program()?)
            .args(fixed)
            .args(more)
            .arg("--data")
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .map_err(io("starting the server"))?;
        let deadline = Instant::now() + READY_WITHIN;
        while Instant::now() < deadline {
            if let Some(status) = child.try_wait().map_err(io("the server's process"))? {
                return Err(OwnServerError::Ended {
                    status,
                    log: log_path,
                });
            }
            // Written in one step by the server; until then it is not there.
            let demo = std::fs::read(data.join("demo.json"))
                .ok()
                .and_then(|text| serde_json::from_slice::<Demo>(&text).ok());
            if let (Some(demo), Some(pid)) = (demo, child.id())
                && Api::new(&demo.base_url)?.ready().await
            {
                return Ok(Self {
                    base_url: demo.base_url,
                    pid,
                    data,
                    child,
                });
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
        Err(OwnServerError::NotReady(log_path))
    }

    /// The links of its demo hearing.
    pub fn demo_file(&self) -> PathBuf {
        self.data.join("demo.json")
    }

    /// A token for a member of staff, made as an operator makes one.
    pub async fn staff_token(&self, name: &str) -> Result<String, OwnServerError> {
        let output = Command::new(program()?)
            .args(["person", "--data"])
            .arg(&self.data)
            .args(["token", "--name", name, "--days", "1"])
            .stdin(Stdio::null())
            .output()
            .await
            .map_err(io("making a staff token"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(OwnServerError::Token(said.trim().to_owned()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Asks the server to end (SIGTERM) and waits for it; ends it by force after ten seconds.
    pub async fn stop(mut self) -> Result<(), OwnServerError> {
        if let Some(pid) = self.child.id().and_then(|pid| libc::pid_t::try_from(pid).ok()) {
            // SAFETY: kill takes two integers; the child was not waited for, so the id is still its own.
            unsafe { libc::kill(pid, libc::SIGTERM) };
        }
        match tokio::time::timeout(STOP_WITHIN, self.child.wait()).await {
            Ok(status) => status.map(drop).map_err(io("the server's process")),
            Err(_) => {
                self.child.kill().await.map_err(io("the server's process"))?;
                Err(OwnServerError::NotStopped)
            }
        }
    }
}

fn program() -> Result<PathBuf, OwnServerError> {
    std::env::current_exe().map_err(io("finding the oyer program"))
}
