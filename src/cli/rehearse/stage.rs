//! Where the rehearsal is held: a server of its own, as a child process, or one that is there already.

use super::super::own_server::OwnServer;
use super::{RehearseError, io};
use crate::client::api::Api;
use crate::court::role::Role;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// `<data>/demo.json`: the demo case and the links of its people.
#[derive(Debug, Clone, Deserialize)]
pub struct Demo {
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
    own: Option<OwnServer>,
}

/// The folder for what the rehearsal leaves behind. It must not hold an earlier one.
pub fn folder(out: Option<&Path>) -> Result<PathBuf, RehearseError> {
    let out = match out {
        Some(out) => out.to_path_buf(),
        None => std::env::temp_dir().join(format!("oyer-rehearsal-{}", uuid::Uuid::now_v7())),
    };
    std::fs::create_dir_all(&out).map_err(io(format!("{}", out.display())))?;
    let out = out.canonicalize().map_err(io(format!("{}", out.display())))?;
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
    /// Starts a server with its data in `<out>/data`. What it says goes to `<out>/server.log`.
    pub async fn start(out: &Path) -> Result<Self, RehearseError> {
        let server = OwnServer::start(out, &[]).await?;
        Ok(Self {
            base_url: server.base_url.clone(),
            demo: read_demo(&server.demo_file())?,
            own: Some(server),
        })
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
            own: None,
        })
    }

    /// The link of the first person in this role.
    pub fn link(&self, role: Role) -> Result<&str, RehearseError> {
        let person = self.demo.participants.iter().find(|p| p.role == role);
        person
            .map(|p| p.link.as_str())
            .ok_or_else(|| RehearseError::Stage(format!("demo.json names no {}", role.name())))
    }

    /// Ends the server, if it is our own.
    pub async fn stop(self) -> Result<(), RehearseError> {
        match self.own {
            Some(server) => Ok(server.stop().await?),
            None => Ok(()),
        }
    }
}

fn read_demo(path: &Path) -> Result<Demo, RehearseError> {
    let text = std::fs::read(path).map_err(io(format!("{}", path.display())))?;
    serde_json::from_slice(&text).map_err(|e| RehearseError::Stage(format!("{}: {e}", path.display())))
}
