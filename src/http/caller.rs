//! Who calls: a participant with a session, or staff with a token.

use super::app::{App, now_ms};
use super::problem::Problem;
use super::{secret, trace};
use crate::court::id::{CaseId, HearingId, ParticipantId, PersonId};
use crate::court::role::{Capability, Role};
use crate::court::sitting;
use crate::court::state::{HearingState, ParticipantState};
use crate::hearing::HearingHandle;
use crate::store::{Hearing as HearingRow, Session, TokenHash};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};

/// A participant of one hearing.
#[derive(Debug, Clone)]
pub struct Participant {
    /// Who.
    pub id: ParticipantId,
    /// The person behind.
    pub person: PersonId,
    /// Name.
    pub name: String,
    /// Role in this hearing.
    pub role: Role,
    /// The hearing.
    pub hearing: HearingId,
    /// Hash of the session's secret.
    pub session_hash: TokenHash,
}

impl Participant {
    /// The participant of a session's secret. Each time is one of the requests that they may make.
    pub async fn of_session(app: &App, session: &str) -> Result<Self, Problem> {
        let participant = Self::holding(app, secret::hash(session))
            .await?
            .ok_or_else(Problem::unauthorized)?;
        app.limits.request(participant.id)?;
        trace::about_hearing(participant.hearing);
        Ok(participant)
    }

    /// The participant of the session with that hash; none when it is not in force.
    pub async fn holding(app: &App, session_hash: TokenHash) -> Result<Option<Self>, Problem> {
        let Some(session) = session_in_force(app, &session_hash).await? else {
            return Ok(None);
        };
        let row = app.store.participant(session.participant).await?;
        Ok(row.map(|row| Self {
            id: row.id,
            person: row.person_id,
            name: row.name,
            role: row.role,
            hearing: row.hearing_id,
            session_hash,
        }))
    }

    /// The live hearing, in which this participant is known: they may have been added to its list after it came to life.
    pub async fn live(&self, app: &App, hearing: HearingId) -> Result<HearingHandle, Problem> {
        self.in_hearing(hearing)?;
        let live = app.hearings.get(hearing).await?;
        let listed = sitting::Participant::invited(self.id, self.name.clone(), self.role);
        live.add_participant(listed).await?;
        Ok(live)
    }

    /// The case of their hearing.
    pub async fn case(&self, app: &App) -> Result<CaseId, Problem> {
        let hearing = app.store.hearing(self.hearing).await?;
        Ok(hearing.ok_or_else(Problem::not_found)?.case_id)
    }

    /// Their part is not over: whoever was put out or dismissed sees and does nothing any more, whatever their role.
    pub async fn still_takes_part(&self, app: &App) -> Result<(), Problem> {
        match app.hearings.standing(self.hearing, self.id).await? {
            Some(ParticipantState::Removed) => Err(Problem::removed()),
            Some(ParticipantState::Dismissed) => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "dismissed",
                "Your part is over",
                "Your part in this hearing is over. Ask the court if you think that this is a mistake.",
            )),
            _ => Ok(()),
        }
    }

    /// The caller belongs to this hearing.
    pub fn in_hearing(&self, hearing: HearingId) -> Result<(), Problem> {
        if self.hearing == hearing {
            Ok(())
        } else {
            Err(Problem::not_found())
        }
    }
}

/// The session of that token, while it is in force: until it runs out or its link is withdrawn or expires. A link that expires
/// puts nobody out of a sitting hearing: as long as the person has a place there, the session holds.
pub(super) async fn session_in_force(app: &App, hash: &TokenHash) -> Result<Option<Session>, Problem> {
    let now = now_ms();
    let Some(session) = app.store.session(hash, now).await? else {
        return Ok(None);
    };
    if session.link_expires_at > now {
        return Ok(Some(session));
    }
    let hearing = app.store.hearing(session.hearing).await?;
    if hearing.is_none_or(|hearing| hearing.state.is_over()) {
        return Ok(None);
    }
    let place = app
        .hearings
        .standing(session.hearing, session.participant)
        .await?;
    let is_there = matches!(
        place,
        Some(
            ParticipantState::Waiting
                | ParticipantState::InHearing
                | ParticipantState::InConsultation
                | ParticipantState::Retired
        )
    );
    Ok(Some(session).filter(|_| is_there))
}

impl FromRequestParts<App> for Participant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Participant::of_session(app, bearer(parts)?).await
    }
}

/// Anybody who may see to cases: a participant in a role that may, or staff.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A participant of a hearing.
    Participant(Participant),
    /// Staff with a token of their own.
    Staff {
        /// Who.
        person: PersonId,
        /// Name.
        name: String,
        /// Hash of the token.
        token_hash: TokenHash,
    },
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = bearer(parts)?;
        if let Some(person) = app.store.staff_by_token(&secret::hash(token), now_ms()).await? {
            app.limits.staff_request(person.id)?;
            return Ok(Caller::Staff {
                person: person.id,
                name: person.name,
                token_hash: secret::hash(token),
            });
        }
        let participant = Participant::of_session(app, token).await?;
        participant.still_takes_part(app).await?;
        Ok(Caller::Participant(participant))
    }
}

impl Caller {
    /// As the chain of custody names them.
    pub fn named(&self) -> String {
        match self {
            Caller::Participant(p) => format!("{} ({})", p.name, p.role.name()),
            Caller::Staff { name, .. } => format!("{name} (staff)"),
        }
    }

    /// Hash of the session or token that the caller came with.
    pub fn holder(&self) -> TokenHash {
        match self {
            Caller::Participant(p) => p.session_hash,
            Caller::Staff { token_hash, .. } => *token_hash,
        }
    }

    /// The person behind.
    pub fn person(&self) -> PersonId {
        match self {
            Caller::Participant(p) => p.person,
            Caller::Staff { person, .. } => *person,
        }
    }

    /// Staff, and nobody else.
    pub fn require_staff(&self) -> Result<(), Problem> {
        match self {
            Caller::Staff { .. } => Ok(()),
            Caller::Participant(_) => Err(Problem::forbidden()),
        }
    }

    /// Staff, or a participant whose role includes the capability.
    pub fn require(&self, capability: Capability) -> Result<(), Problem> {
        match self {
            Caller::Participant(p) if !p.role.can(capability) => Err(Problem::forbidden()),
            _ => Ok(()),
        }
    }

    /// The caller may do this in this case. A link is for one person in one hearing, and opens no other case, whatever else
    /// the person does elsewhere.
    pub async fn require_in_case(
        &self,
        app: &App,
        case: CaseId,
        capability: Capability,
    ) -> Result<(), Problem> {
        let Caller::Participant(p) = self else {
            return Ok(());
        };
        self.require(capability)?;
        if p.case(app).await? == case {
            return Ok(());
        }
        // Whether the case exists is not told.
        Err(Problem::not_found())
    }

    /// While the court sits, nobody but the judge and staff changes who may come in as the bench: whoever could would
    /// decide who presides.
    pub fn require_over_bench(&self, hearing: &HearingRow, of: Role) -> Result<(), Problem> {
        let sits = matches!(
            hearing.state,
            HearingState::InSession | HearingState::Paused | HearingState::Suspended
        );
        let bench = matches!(of, Role::Judge | Role::PanelMember);
        match self {
            Caller::Participant(p) if sits && bench && p.role != Role::Judge => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "bench_protected",
                "Not while the court sits",
                "While the court sits, only the judge and the court's staff may invite to the bench or withdraw a link to it.",
            )),
            _ => Ok(()),
        }
    }
}

fn bearer(parts: &Parts) -> Result<&str, Problem> {
    parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty() && token.len() <= 256)
        .ok_or_else(Problem::unauthorized)
}
