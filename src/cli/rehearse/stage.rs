//! Where the rehearsal is held: a server of its own, as a child process, or one that is there already.

use super::progress::Progress;
use super::{RehearseError, io};
use crate::client::api::Api;
use crate::client::person::Person;
use crate::court::role::Role;
use crate::court::state::HearingState;
use crate::wire::api::{Me, NewHearing, NewParticipant};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

const READY_WITHIN: Duration = Duration::from_secs(60);
const STOP_WITHIN: Duration = Duration::from_secs(10);
const POLL_EVERY: Duration = Duration::from_millis(50);
/// A link of the rehearsal's own making is used at once.
const LINK_SECONDS: u32 = 3_600;

/// `<data>/demo.json`: the demo case and the links of its people.
#[derive(Debug, Clone, Deserialize)]
pub struct Demo {
    base_url: String,
    participants: Vec<DemoParticipant>,
}

#[derive(Debug, Clone, Deserialize)]
struct DemoParticipant {
    role: Role,
    link: String,
}

/// A running server, and the links.
pub struct Stage {
    /// `http://host:port`
    pub base_url: String,
    demo: Demo,
    child: Option<Child>,
}

/// The folder for what the rehearsal leaves behind. It must not hold an earlier one, and must take files: better to
/// know that before the hearing than after it.
pub fn folder(out: Option<&Path>) -> Result<PathBuf, RehearseError> {
    let out = match out {
        Some(out) => out.to_path_buf(),
        None => std::env::temp_dir().join(format!("oyer-rehearsal-{}", uuid::Uuid::now_v7())),
    };
    let unusable = |error: std::io::Error| {
        RehearseError::Stage(format!(
            "{} cannot be written to ({error}); give a folder with --out that can",
            out.display()
        ))
    };
    std::fs::create_dir_all(&out).map_err(unusable)?;
    let trial = out.join(format!(".trial-{}", uuid::Uuid::now_v7()));
    std::fs::write(&trial, []).map_err(unusable)?;
    std::fs::remove_file(&trial).map_err(unusable)?;
    let out = out.canonicalize().map_err(unusable)?;
    for name in ["bundle", "data"] {
        if out.join(name).exists() {
            return Err(RehearseError::Stage(format!(
                "{} is there from an earlier rehearsal; give another --out or move it away",
                out.join(name).display()
            )));
        }
    }
    Ok(out)
}

impl Stage {
    /// Starts `oyer serve --demo` with data in `<out>/data` on free ports, and waits until it is ready. What it says
    /// goes to `<out>/server.log`.
    pub async fn start(out: &Path) -> Result<Self, RehearseError> {
        let program = std::env::current_exe().map_err(io("finding the oyer program"))?;
        let data = out.join("data");
        let log_path = out.join("server.log");
        let log = std::fs::File::create(&log_path).map_err(io(format!("{}", log_path.display())))?;
        let errors = log.try_clone().map_err(io("server.log"))?;
        let child = Command::new(&program)
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
            .stdout(log)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .map_err(io(format!("starting {}", program.display())))?;
        Self::ready(child, &data.join("demo.json"), &log_path).await
    }

    async fn ready(mut child: Child, demo_file: &Path, log: &Path) -> Result<Self, RehearseError> {
        let deadline = Instant::now() + READY_WITHIN;
        while Instant::now() < deadline {
            if let Some(status) = child.try_wait().map_err(io("the server's process"))? {
                return Err(RehearseError::Stage(format!(
                    "the server ended with {status}; see {}",
                    log.display()
                )));
            }
            // Written in one step by the server; until then it is not there or not whole.
            if let Ok(demo) = read_demo(demo_file)
                && Api::new(&demo.base_url)?.ready().await
            {
                return Ok(Self {
                    base_url: demo.base_url.clone(),
                    demo,
                    child: Some(child),
                });
            }
            tokio::time::sleep(POLL_EVERY).await;
        }
        Err(RehearseError::Stage(format!(
            "the server was not ready within {} s; see {}",
            READY_WITHIN.as_secs(),
            log.display()
        )))
    }

    /// A server that is there already.
    pub async fn at(server: &str, demo_file: &Path) -> Result<Self, RehearseError> {
        let demo = read_demo(demo_file)?;
        if !Api::new(server)?.ready().await {
            return Err(RehearseError::Stage(format!(
                "{server} does not answer /readyz; is the server running?"
            )));
        }
        Ok(Self {
            base_url: server.to_owned(),
            demo,
            child: None,
        })
    }

    /// Opens the links of judge, clerk, counsel and witness. A hearing that was held already is not held again: the
    /// clerk lists a further one of the same case, for the same people.
    pub async fn open_links(
        &self,
        server: &Api,
        progress: &Progress,
    ) -> Result<[(Api, Me); 4], RehearseError> {
        let links = |links: &[(Role, String)], role: Role| {
            let found = links.iter().find(|(of, _)| *of == role);
            found
                .map(|(_, link)| link.clone())
                .ok_or_else(|| RehearseError::Stage(format!("the demo file names no {}", role.name())))
        };
        let given: Vec<_> = self
            .demo
            .participants
            .iter()
            .map(|p| (p.role, p.link.clone()))
            .collect();
        let clerk = Person::redeem(server, &links(&given, Role::Clerk)?).await?;
        let given = if clerk.1.hearing_state == HearingState::Listed {
            given
        } else {
            progress.step("the hearing of the links was held before; the clerk lists a further one");
            further_hearing(&clerk.0, &clerk.1).await?
        };
        let open = async |role| Ok::<_, RehearseError>(Person::redeem(server, &links(&given, role)?).await?);
        Ok([
            open(Role::Judge).await?,
            open(Role::Clerk).await?,
            open(Role::DefenceCounsel).await?,
            open(Role::Witness).await?,
        ])
    }

    /// Asks the server to end (SIGTERM) and waits for it; ends it by force after ten seconds.
    pub async fn stop(mut self) -> Result<(), RehearseError> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        if let Some(pid) = child.id().and_then(|pid| libc::pid_t::try_from(pid).ok()) {
            // SAFETY: kill takes two integers; the child was not waited for, so the id is still its own.
            unsafe { libc::kill(pid, libc::SIGTERM) };
        }
        match tokio::time::timeout(STOP_WITHIN, child.wait()).await {
            Ok(status) => status.map(drop).map_err(io("the server's process")),
            Err(_) => {
                child.kill().await.map_err(io("the server's process"))?;
                Err(RehearseError::Late(
                    "the end of the server",
                    STOP_WITHIN.as_secs(),
                ))
            }
        }
    }
}

/// Lists a hearing like that of the clerk's session, and gives the links of its people.
async fn further_hearing(clerk: &Api, me: &Me) -> Result<Vec<(Role, String)>, RehearseError> {
    let listed = NewHearing {
        title: me.hearing_title.clone(),
        listed_for: me.listed_for,
    };
    let hearing = clerk.list_hearing(me.case, &listed).await?;
    let mut links = Vec::new();
    for expected in clerk.participants(me.hearing).await? {
        let participant = NewParticipant {
            name: expected.name,
            role: expected.role,
            person: Some(expected.person),
        };
        let participant = clerk.add_participant(hearing.id, &participant).await?;
        let invitation = clerk.invite(participant.id, LINK_SECONDS).await?;
        links.push((participant.role, invitation.link));
    }
    Ok(links)
}

fn read_demo(path: &Path) -> Result<Demo, RehearseError> {
    let text = std::fs::read(path).map_err(io(format!("{}", path.display())))?;
    serde_json::from_slice(&text).map_err(|e| RehearseError::Stage(format!("{}: {e}", path.display())))
}
