//! The hearings of a load: listed, filled and begun through the same doors as any other.

use super::LoadError;
use super::plan::Plan;
use crate::client::api::{Api, ApiError};
use crate::court::act::Act;
use crate::court::id::{CaseId, HearingId, ParticipantId};
use crate::court::role::Role;
use crate::wire::api::{NewCase, NewHearing, NewParticipant};
use std::time::{SystemTime, UNIX_EPOCH};

/// How long a link opens: nobody uses it later.
const LINK_SECONDS: u32 = 3600;

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
            kind: None,
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

    /// Who publishes and who receives, with their sessions, for another load generator.
    pub fn doors(&self, number: usize, plan: &Plan) -> serde_json::Value {
        let door = |person: &Person, way: &str| {
            let seats = plan.publishing() - u32::from(person.part.publishes);
            serde_json::json!({
                "url": format!("/api/v1/hearings/{}/{way}", self.id),
                "token": person.api.session(),
                "audio": seats,
                "video": seats,
            })
        };
        let who = |takes_part: fn(&Part) -> bool, way| -> Vec<_> {
            let people = self.people.iter().filter(|p| takes_part(&p.part));
            people.map(|p| door(p, way)).collect()
        };
        serde_json::json!({
            "room": number,
            "publishers": who(|p| p.publishes, "whip"),
            "subscribers": who(|p| p.receives, "whep"),
        })
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
    let link = staff.invite(participant, LINK_SECONDS).await?.link;
    let (_, secret) = link.rsplit_once('#').unwrap_or_default();
    let session = staff.redeem(secret).await?;
    Ok((participant, staff.with_session(&session.session)))
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
