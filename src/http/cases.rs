//! Cases, their hearings, and the people expected there.

use super::app::{App, now_ms};
use super::body::Body;
use super::caller::Caller;
use super::extract::{Path, Query};
use super::invitations::{hearing_for, hearing_of};
use super::problem::Problem;
use crate::court::entry;
use crate::court::id::{CaseId, HearingId, ParticipantId, PersonId};
use crate::court::role::Capability;
use crate::court::sitting;
use crate::court::state::HearingState;
use crate::store;
use crate::wire::api::{
    Case, CaseFile, Hearing, NewCase, NewHearing, NewParticipant, NewPerson, Participant, Person,
};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

/// How many cases one answer holds.
const CASES_AT_ONCE: u32 = 100;

/// Which cases are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only those older than this one.
    before: Option<CaseId>,
}

/// The cases that the caller may see: that of their link, or for staff all. Newest first, a hundred at a time. `Link: <…>; rel="next"` (RFC 8288) says where the
/// older ones are, if there may be any.
#[utoipa::path(get, path = "/cases", tag = "cases", params(Wanted), responses((status = 200, body = [Case])))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<(HeaderMap, axum::Json<Vec<Case>>), Problem> {
    let (found, last) = match &caller {
        Caller::Staff { .. } => {
            let cases = app.store.cases(wanted.before, CASES_AT_ONCE).await?;
            let last = last_of(&cases);
            (cases, last)
        }
        Caller::Participant(p) => {
            caller.require(Capability::SeeCase)?;
            let own = app.store.case(p.case(&app).await?).await?;
            let wanted = |case: &store::Case| wanted.before.is_none_or(|before| case.id < before);
            (own.into_iter().filter(wanted).collect(), None)
        }
    };
    let mut headers = HeaderMap::new();
    if let Some(last) = last {
        let next = format!("</api/v1/cases?before={last}>; rel=\"next\"");
        headers.insert(header::LINK, next.parse().map_err(|e| Problem::internal(&e))?);
    }
    Ok((headers, axum::Json(found.into_iter().map(case_body).collect())))
}

/// The last case of a full page: there may be more behind it.
fn last_of(cases: &[store::Case]) -> Option<CaseId> {
    let full = u32::try_from(cases.len()).is_ok_and(|n| n >= CASES_AT_ONCE);
    cases.last().filter(|_| full).map(|case| case.id)
}

/// A new case.
#[utoipa::path(post, path = "/cases", tag = "cases", request_body = NewCase, responses((status = 201, body = Case), (status = 403)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    body: Body,
) -> Result<(StatusCode, axum::Json<Case>), Problem> {
    caller.require_staff()?;
    let new: NewCase = body.json().await?;
    let case = store::NewCase {
        id: CaseId(Uuid::now_v7()),
        reference: entry::line("reference", &new.reference)?,
        title: entry::line("title", &new.title)?,
        created_at: now_ms(),
    };
    let id = case.id;
    app.store.create_case(case).await?;
    let case = app.store.case(id).await?.ok_or_else(Problem::not_found)?;
    Ok((StatusCode::CREATED, axum::Json(case_body(case))))
}

/// A case with its hearings and its evidence.
#[utoipa::path(get, path = "/cases/{id}", tag = "cases", params(("id" = String, Path)), responses((status = 200, body = CaseFile), (status = 404)))]
pub async fn file(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<CaseId>,
) -> Result<axum::Json<CaseFile>, Problem> {
    caller.require_in_case(&app, id, Capability::SeeCase).await?;
    let case = app.store.case(id).await?.ok_or_else(Problem::not_found)?;
    let mut hearings = Vec::new();
    for row in app.store.hearings_of_case(id).await? {
        hearings.push(hearing_body(&app, row, true).await?);
    }
    let evidence = super::recordings::evidence_of_case(&app, id).await?;
    Ok(axum::Json(CaseFile {
        case: case_body(case),
        hearings,
        evidence,
    }))
}

/// Lists a hearing of a case.
#[utoipa::path(post, path = "/cases/{id}/hearings", tag = "cases", params(("id" = String, Path)), request_body = NewHearing, responses((status = 201, body = Hearing)))]
pub async fn list_hearing(
    State(app): State<App>,
    caller: Caller,
    Path(case): Path<CaseId>,
    body: Body,
) -> Result<(StatusCode, axum::Json<Hearing>), Problem> {
    caller.require_in_case(&app, case, Capability::Invite).await?;
    app.store.case(case).await?.ok_or_else(Problem::not_found)?;
    let new: NewHearing = body.json().await?;
    let id = HearingId(Uuid::now_v7());
    app.store
        .create_hearing_of(
            store::NewHearing {
                id,
                case_id: case,
                title: entry::line("title", &new.title)?,
                listed_for: entry::listed_for("listed_for", new.listed_for)?,
                created_at: now_ms(),
            },
            new.kind.unwrap_or_default(),
        )
        .await?;
    let listed = hearing_of(&app, id).await?;
    Ok((
        StatusCode::CREATED,
        axum::Json(hearing_body(&app, listed, true).await?),
    ))
}

/// A hearing as listed.
#[utoipa::path(get, path = "/hearings/{id}", tag = "hearings", params(("id" = String, Path)), responses((status = 200, body = Hearing)))]
pub async fn hearing(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<HearingId>,
) -> Result<axum::Json<Hearing>, Problem> {
    let row = match &caller {
        Caller::Participant(p) if p.hearing == id => hearing_of(&app, id).await?,
        _ => hearing_for(&app, &caller, id, Capability::SeeCase).await?,
    };
    let sees_case = caller.require(Capability::SeeCase).is_ok();
    Ok(axum::Json(hearing_body(&app, row, sees_case).await?))
}

/// Everybody expected at a hearing.
#[utoipa::path(get, path = "/hearings/{id}/participants", tag = "hearings", params(("id" = String, Path)), responses((status = 200, body = [Participant])))]
pub async fn participants(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<HearingId>,
) -> Result<axum::Json<Vec<Participant>>, Problem> {
    hearing_for(&app, &caller, id, Capability::SeeCase).await?;
    let list = app.store.participants(id).await?;
    Ok(axum::Json(list.into_iter().map(participant_body).collect()))
}

/// Adds a participant to a hearing.
#[utoipa::path(post, path = "/hearings/{id}/participants", tag = "hearings", params(("id" = String, Path)), request_body = NewParticipant, responses((status = 201, body = Participant)))]
pub async fn add_participant(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<HearingId>,
    body: Body,
) -> Result<(StatusCode, axum::Json<Participant>), Problem> {
    let hearing = hearing_for(&app, &caller, id, Capability::Invite).await?;
    let new: NewParticipant = body.json().await?;
    caller.require_over_bench(&hearing, new.role)?;
    let name = entry::line("name", &new.name)?;
    let person = match new.person {
        Some(person) => app.store.person(person).await?.ok_or_else(Problem::not_found)?.id,
        None => {
            let person = PersonId(Uuid::now_v7());
            app.store.create_person(person, &name, now_ms()).await?;
            person
        }
    };
    let participant = ParticipantId(Uuid::now_v7());
    app.store
        .add_participant(store::NewParticipant {
            id: participant,
            hearing_id: id,
            person_id: person,
            role: new.role,
            name: name.clone(),
        })
        .await?;
    if let Some(live) = app.hearings.if_live(id) {
        live.add_participant(sitting::Participant::invited(participant, name.clone(), new.role))
            .await?;
    }
    Ok((
        StatusCode::CREATED,
        axum::Json(Participant {
            id: participant,
            person,
            name,
            role: new.role,
        }),
    ))
}

/// A new person.
#[utoipa::path(post, path = "/persons", tag = "people", request_body = NewPerson, responses((status = 201, body = Person)))]
pub async fn create_person(
    State(app): State<App>,
    caller: Caller,
    body: Body,
) -> Result<(StatusCode, axum::Json<Person>), Problem> {
    caller.require_staff()?;
    let new: NewPerson = body.json().await?;
    let id = PersonId(Uuid::now_v7());
    let name = entry::line("name", &new.name)?;
    app.store.create_person(id, &name, now_ms()).await?;
    Ok((StatusCode::CREATED, axum::Json(Person { id, name })))
}

pub(super) fn case_body(row: store::Case) -> Case {
    Case {
        id: row.id,
        reference: row.reference,
        title: row.title,
        created_at: row.created_at,
    }
}

/// A hearing as one may know it who sees its case, or who does not: a witness learns from the hearing's own view what they
/// may know of an adjournment.
async fn hearing_body(app: &App, row: store::Hearing, sees_case: bool) -> Result<Hearing, Problem> {
    let adjourned = match row.state {
        HearingState::Adjourned if sees_case => app.hearings.adjournment(row.id).await?,
        _ => None,
    };
    Ok(Hearing {
        id: row.id,
        case_id: row.case_id,
        title: row.title,
        listed_for: row.listed_for,
        state: row.state,
        kind: row.kind,
        adjourned,
    })
}

fn participant_body(row: store::Participant) -> Participant {
    Participant {
        id: row.id,
        person: row.person_id,
        role: row.role,
        name: row.name,
    }
}
