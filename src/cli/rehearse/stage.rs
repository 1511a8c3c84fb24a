//! Where the rehearsal is held: a server of its own, as a child process, or one that is there already.

use super::super::own_server::OwnServer;
use super::progress::Progress;
use super::{RehearseError, io};
use crate::client::api::Api;
use crate::client::person::Person;
use crate::court::role::Role;
use crate::court::state::HearingState;
use crate::wire::api::{Me, NewHearing, NewParticipant};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A link of the rehearsal's own making is used at once.
const LINK_SECONDS: u32 = 3_600;

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

    /// Ends the server, if it is our own.
    pub async fn stop(self) -> Result<(), RehearseError> {
        match self.own {
            Some(server) => Ok(server.stop().await?),
            None => Ok(()),
        }
    }
}

/// Lists a hearing like that of the clerk's session, and gives the links of its people.
async fn further_hearing(clerk: &Api, me: &Me) -> Result<Vec<(Role, String)>, RehearseError> {
    let listed = NewHearing {
        title: me.hearing_title.clone(),
        listed_for: me.listed_for,
        kind: None,
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
