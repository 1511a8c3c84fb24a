//! The hearings of a load: listed, filled and begun through the same doors as any other.

use super::LoadError;
use super::plan::Plan;
use crate::client::api::{Api, ApiError};
use crate::court::act::Act;
use crate::court::id::{CaseId, HearingId, ParticipantId};
use crate::court::role::Role;
use crate::wire::api::{NewCase, NewHearing, NewInvitation, NewParticipant};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long a link opens: nobody uses it later.
const LINK_SECONDS: u32 = 3600;
/// Where a server limits how many links one address opens, it is asked again after this.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a participant of the load does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Sends sound and pictures.
    pub publishes: bool,
    /// Sees and hears the others.
    pub receives: bool,
}

/// One participant.
pub struct Person {
    /// The API with their session.
    pub api: Api,
    /// What they do.
    pub part: Part,
}

/// A hearing in session, with nobody connected by media yet. The first person presides.
pub struct Hearing {
    /// Which.
    pub id: HearingId,
    /// Who.
    pub people: Vec<Person>,
}

impl Hearing {
    /// Lists a hearing of a case, brings everybody in and begins.
    pub async fn prepare(staff: &Api, case: CaseId, number: u32, plan: &Plan) -> Result<Self, LoadError> {
        let listed = NewHearing {
            title: format!("Load {number}"),
            listed_for: now_ms(),
        };
        let id = staff.list_hearing(case, &listed).await?.id;
        let mut people: Vec<Person> = Vec::new();
        for part in plan.parts() {
            let role = match (people.is_empty(), part.publishes) {
                (true, _) => Role::Judge,
                (false, true) => Role::DefenceCounsel,
                (false, false) => Role::Observer,
            };
            let (participant, api) = arrive(staff, id, role, people.len()).await?;
            api.act(id, &Act::CheckEquipment).await?;
            api.act(id, &Act::FinishCheck { passed: true }).await?;
            if let Some(judge) = people.first() {
                judge.api.act(id, &Act::Admit { participant }).await?;
            }
            people.push(Person { api, part });
        }
        let hearing = Self { id, people };
        hearing.preside(&Act::Begin).await?;
        Ok(hearing)
    }

    /// An act of the one who presides.
    pub async fn preside(&self, act: &Act) -> Result<(), ApiError> {
        match self.people.first() {
            Some(judge) => judge.api.act(self.id, act).await,
            None => Ok(()),
        }
    }
}

/// The case that holds the hearings of one load.
pub async fn open_case(staff: &Api) -> Result<CaseId, LoadError> {
    let case = NewCase {
        reference: format!("LOAD-{}", now_ms()),
        title: "Load, not a case".into(),
    };
    Ok(staff.create_case(&case).await?.id)
}

async fn arrive(
    staff: &Api,
    hearing: HearingId,
    role: Role,
    number: usize,
) -> Result<(ParticipantId, Api), LoadError> {
    let new = NewParticipant {
        name: format!("{} {number}", role.name().replace('_', " ")),
        role,
        person: None,
    };
    let participant = staff.add_participant(hearing, &new).await?.id;
    let invitation = NewInvitation {
        valid_seconds: LINK_SECONDS,
    };
    let link = staff.invite(participant, &invitation).await?.link;
    let (_, secret) = link.rsplit_once('#').unwrap_or_default();
    loop {
        match staff.redeem(secret).await {
            Ok(session) => return Ok((participant, staff.with_session(&session.session))),
            Err(error) if error.code() == Some("too_many_requests") => {
                eprintln!(
                    "oyer load: the server lets one address open so many links a minute and no more; waiting \
                     (its `redeem_per_minute` sets how many)"
                );
                tokio::time::sleep(PATIENCE).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
