//! Permission first: whoever may not is told the same, whatever they ask for and however they write it.

use super::courthouse::{Court, is_problem};
use super::description;
use oyer::court::custody::{ReleaseForm, RetentionClass};
use oyer::court::id::{HearingId, ParticipantId, PersonId, RecordingId, RequestId};
use oyer::court::role::Role;
use oyer::court::state::RecordingState;
use oyer::http::{invitations, now_ms};
use oyer::store::{
    Decided, NewDisposal, NewHearing, NewMediaRequest, NewParticipant, NewRedactionOrder, Retention,
};
use reqwest::Method as M;
use std::collections::BTreeSet;
use uuid::Uuid;

const RULE: &str =
    r#"{"class":"acquittal","decided_on":"1970-01-01","sentence_months":null,"kept_until":"1971-01-01"}"#;

/// A hearing that is none of the witness's business, with somebody invited and a recording.
struct Other {
    hearing: HearingId,
    participant: ParticipantId,
    invitation: Uuid,
    recording: RecordingId,
    request: Uuid,
    hold: Uuid,
    disposal: Uuid,
    redaction: Uuid,
}

async fn other_hearing(court: &Court) -> Other {
    let store = &court.app.store;
    let (hearing, participant) = (HearingId(Uuid::now_v7()), ParticipantId(Uuid::now_v7()));
    let new = NewHearing {
        id: hearing,
        case_id: court.case,
        title: "Another".into(),
        listed_for: now_ms(),
        created_at: now_ms(),
    };
    store.create_hearing(new).await.unwrap();
    let person = PersonId(Uuid::now_v7());
    store.create_person(person, "Somebody", now_ms()).await.unwrap();
    let listed = NewParticipant {
        id: participant,
        hearing_id: hearing,
        person_id: person,
        role: Role::Expert,
        name: "Somebody".into(),
    };
    store.add_participant(listed).await.unwrap();
    let invitation = invitations::create(&court.app, participant, 60_000)
        .await
        .unwrap()
        .id
        .0;
    let recording = RecordingId(Uuid::now_v7());
    store
        .create_recording(recording, hearing, RecordingState::Attached, 1, None)
        .await
        .unwrap();
    let request = NewMediaRequest {
        id: RequestId(Uuid::now_v7()),
        recording,
        form: ReleaseForm::Bundle,
        person,
        requested_by: "Somebody (expert)".into(),
        for_self: true,
        released_to: "Somebody".into(),
        reason: "To prepare".into(),
        requested_at: 1,
    };
    let request = store.create_media_request(&request).await.unwrap().id.0;
    let decided = Decided {
        by: "Somebody".into(),
        reason: "Because".into(),
        at: 1,
    };
    let disposal = NewDisposal {
        id: Uuid::now_v7(),
        case: court.case,
        recording,
        rule: RULE.into(),
        due_at: 0,
        person,
        proposed: decided.clone(),
    };
    let retention = Retention {
        case: court.case,
        class: RetentionClass::Acquittal,
        decided_on: 0,
        sentence_months: None,
        set_by: "Clerk".into(),
        set_at: 1,
    };
    store.set_retention(&retention).await.unwrap();
    store.propose_disposal(&disposal).await.unwrap();
    let hold = Uuid::now_v7();
    store.hold(hold, court.case, &decided).await.unwrap();
    let redaction = NewRedactionOrder {
        id: Uuid::now_v7(),
        recording,
        reference: "1-1001/2026-R".into(),
        intervals: Vec::new(),
        log_entries: Vec::new(),
        person,
        ordered: decided,
    };
    store.create_redaction_order(&redaction).await.unwrap();
    Other {
        hearing,
        participant,
        invitation,
        recording,
        request,
        hold,
        disposal: disposal.id,
        redaction: redaction.id,
    }
}

/// A path with what is there, and with what is not.
fn both(path: &str, id: Uuid) -> [String; 2] {
    [id, Uuid::now_v7()].map(|id| path.replace("{}", &id.to_string()))
}

type Row = (M, [String; 2], &'static str, u16, &'static str);

/// Whoever has no session is told that; the witness gets status and code, and the same of both paths.
async fn told_alike(court: &Court, table: &[Row]) {
    for (method, paths, content_type, status, code) in table {
        let mut told = Vec::new();
        for path in paths {
            let what = format!("{method} {path}");
            let ask = || {
                court
                    .ask(method.clone(), &format!("/api/v1{path}"))
                    .header("content-type", *content_type)
                    .body(b"\xff{".to_vec())
            };
            let stranger = ask().send().await.unwrap();
            is_problem(stranger, 401, "session_invalid", &what).await;
            let answer = ask().bearer_auth(&court.witness.session).send().await.unwrap();
            told.push(is_problem(answer, *status, code, &what).await);
        }
        assert_eq!(told[0], told[1], "{method}: what is there and what is not");
    }
}

/// For each: the path, with what is there and with what is not; a body that is none; status and code.
fn hearings(court: &Court, other: &Other) -> Vec<Row> {
    let (json, sdp) = ("application/json", "application/sdp");
    let none = Uuid::now_v7();
    #[rustfmt::skip]
    let table = vec![
        (M::POST,   both("/cases", none),                           json, 403, "not_permitted"),
        (M::POST,   both("/persons", none),                         json, 403, "not_permitted"),
        (M::GET,    both("/cases/{}", court.case.0),                json, 403, "not_permitted"),
        (M::POST,   both("/cases/{}/hearings", court.case.0),       json, 403, "not_permitted"),
        (M::GET,    both("/hearings/{}", other.hearing.0),          json, 403, "not_permitted"),
        (M::GET,    both("/hearings/{}/participants", other.hearing.0), json, 403, "not_permitted"),
        (M::POST,   both("/hearings/{}/participants", other.hearing.0), json, 403, "not_permitted"),
        (M::POST,   both("/participants/{}/invitations", other.participant.0), json, 403, "not_permitted"),
        (M::DELETE, both("/invitations/{}", other.invitation),      json, 403, "not_permitted"),
        (M::GET,    both("/recordings/{}", other.recording.0),      json, 403, "not_permitted"),
        (M::POST,   both("/recordings/{}/verify", other.recording.0), json, 403, "not_permitted"),
        (M::POST,   both("/recordings/{}/tickets", other.recording.0), json, 403, "not_permitted"),
        (M::GET,    both("/recordings/{}/condition", other.recording.0), json, 403, "not_permitted"),
        (M::GET,    both("/cases/{}/conditions", court.case.0),     json, 403, "not_permitted"),
        (M::GET,    both("/alarms", none),                          json, 403, "not_permitted"),
        (M::POST,   both("/recordings/{}/annotations", other.recording.0), json, 403, "not_permitted"),
        (M::GET,    both("/recordings/{}/access-copy", other.recording.0), json, 403, "not_permitted"),
        (M::POST,   both("/recordings/{}/access-copy", other.recording.0), json, 403, "not_permitted"),
        (M::DELETE, both("/recordings/{}/access-copy", other.recording.0), json, 403, "not_permitted"),
        (M::GET,    both("/hearings/{}/state", other.hearing.0),    json, 404, "not_found"),
        (M::GET,    both("/hearings/{}/ice-servers", other.hearing.0), json, 404, "not_found"),
        (M::POST,   both("/hearings/{}/acts", other.hearing.0),     json, 404, "not_found"),
        (M::POST,   both("/hearings/{}/whip", other.hearing.0),     json, 404, "not_found"),
        (M::POST,   both("/hearings/{}/whep", other.hearing.0),     sdp,  404, "not_found"),
    ];
    table
}

fn media(other: &Other) -> Vec<Row> {
    let (json, none) = ("application/json", Uuid::now_v7());
    let media = |kind: &str| both(&format!("/hearings/{{}}/{kind}/{none}"), other.hearing.0);
    #[rustfmt::skip]
    let table = vec![
        (M::PATCH,  media("whip"),                                  json, 404, "not_found"),
        (M::PATCH,  media("whep"),                                  json, 404, "not_found"),
        (M::POST,   media("whep"),                                  json, 404, "not_found"),
        (M::DELETE, media("whip"),                                  json, 404, "not_found"),
        (M::DELETE, media("whep"),                                  json, 404, "not_found"),
        (M::GET,    both("/hearings/{}/invitations", other.hearing.0), json, 403, "not_permitted"),
        (M::GET,    both("/hearings/{}/playback", other.hearing.0), json, 404, "not_found"),
        (M::GET,    both("/hearings/{}/receipts", other.hearing.0), json, 404, "not_found"),
    ];
    table
}

fn evidence(court: &Court, other: &Other) -> Vec<Row> {
    let (json, code) = ("application/json", "not_permitted");
    let (recording, hearing, request) = (other.recording.0, other.hearing.0, other.request);
    #[rustfmt::skip]
    let table = vec![
        (M::GET,  both("/recordings/{}/requests", recording),  json, 403, code),
        (M::POST, both("/recordings/{}/requests", recording),  json, 403, code),
        (M::POST, both("/recordings/{}/playbacks", recording), json, 403, code),
        (M::GET,  both("/hearings/{}/recordings", hearing),    json, 403, code),
        (M::POST, both("/requests/{}/grant", request),         json, 403, code),
        (M::POST, both("/requests/{}/refuse", request),        json, 403, code),
        (M::POST, both("/requests/{}/withdraw", request),      json, 403, code),
        (M::POST, both("/requests/{}/link", request),          json, 403, code),
        (M::POST, both("/requests/{}/open", request),          json, 403, code),
        (M::GET,  both("/cases/{}/retention", court.case.0),   json, 403, code),
        (M::PUT,  both("/cases/{}/retention", court.case.0),   json, 403, code),
        (M::POST, both("/cases/{}/holds", court.case.0),       json, 403, code),
        (M::POST, both("/holds/{}/lift", other.hold),          json, 403, code),
        (M::POST, both("/recordings/{}/disposals", recording), json, 403, code),
        (M::GET,  both("/recordings/{}/disposal", recording),  json, 403, code),
        (M::GET,  both("/recordings/{}/disposal/certificate.tar", recording), json, 403, code),
        (M::GET,  both("/recordings/{}/disposal/certificate.pdf", recording), json, 403, code),
        (M::POST, both("/disposals/{}/approve", other.disposal), json, 403, code),
        (M::POST, both("/disposals/{}/reject", other.disposal), json, 403, code),
        (M::POST, both("/disposals/{}/carry-out", other.disposal), json, 403, code),
    ];
    table
}

fn redaction(other: &Other) -> Vec<Row> {
    let (json, code, recording) = ("application/json", "not_permitted", other.recording.0);
    #[rustfmt::skip]
    let table = vec![
        (M::GET,  both("/recordings/{}/redactions", recording), json, 403, code),
        (M::POST, both("/recordings/{}/redactions", recording), json, 403, code),
        (M::POST, both("/redactions/{}/lift", other.redaction), json, 403, code),
        (M::POST, both("/recordings/{}/redacted-copy", recording), json, 403, code),
        (M::DELETE, both("/recordings/{}/redacted-copy", recording), json, 403, code),
        (M::GET,  both("/recordings/{}/second-store", recording), json, 403, code),
        (M::GET,  both("/recordings/{}/verify", recording),    json, 403, code),
    ];
    table
}

#[tokio::test]
async fn who_may_not_learns_neither_what_is_there_nor_what_is_wrong_with_the_body() {
    let court = Court::open().await;
    let other = other_hearing(&court).await;
    told_alike(&court, &hearings(&court, &other)).await;
}

#[tokio::test]
async fn who_may_not_decide_about_recordings_learns_nothing_of_them() {
    let court = Court::open().await;
    let other = other_hearing(&court).await;
    told_alike(&court, &evidence(&court, &other)).await;
}

#[tokio::test]
async fn who_may_not_learns_nothing_of_media() {
    let court = Court::open().await;
    let other = other_hearing(&court).await;
    told_alike(&court, &media(&other)).await;
}

#[tokio::test]
async fn who_may_not_redact_learns_nothing_of_what_is_redacted() {
    let court = Court::open().await;
    let other = other_hearing(&court).await;
    told_alike(&court, &redaction(&other)).await;
}

/// What answers everybody who has a session, each with what is theirs.
const OWN: [&str; 3] = ["DELETE /session", "GET /cases", "GET /me"];

/// `GET /hearings/{}/state`, whatever stands in the braces or in their place.
fn door(method: &str, path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        id if id.starts_with('{') || Uuid::parse_str(id).is_ok() => "{}",
        word => word,
    });
    format!("{method} {}", parts.collect::<Vec<_>>().join("/"))
}

#[tokio::test]
async fn no_door_is_left_out_here() {
    let court = Court::open().await;
    let other = other_hearing(&court).await;
    let tables = [
        hearings(&court, &other),
        evidence(&court, &other),
        redaction(&other),
        media(&other),
    ]
    .concat();
    let tried: BTreeSet<_> = tables.iter().map(|row| door(row.0.as_str(), &row.1[0])).collect();
    let open = description::OPEN.iter().chain(&OWN);
    let excused: BTreeSet<_> = open
        .filter_map(|line| line.split_once(' '))
        .map(|(method, path)| door(method, path))
        .collect();
    let described = description::operations(&description::described());
    let all: BTreeSet<_> = described
        .iter()
        .map(|(method, path, _)| door(method, path))
        .collect();
    let left: Vec<_> = all
        .difference(&tried)
        .filter(|door| !excused.contains(*door))
        .collect();
    assert!(left.is_empty(), "nobody tries these: {left:?}");
}
