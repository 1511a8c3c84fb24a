//! Permission first: whoever may not is told the same, whatever they ask for and however they write it.

use super::courthouse::{Court, is_problem};
use oyer::court::id::{HearingId, ParticipantId, PersonId, RecordingId};
use oyer::court::role::Role;
use oyer::court::state::RecordingState;
use oyer::http::{invitations, now_ms};
use oyer::store::{NewHearing, NewParticipant};
use reqwest::Method as M;
use uuid::Uuid;

/// A hearing that is none of the witness's business, with somebody invited and a recording.
struct Other {
    hearing: HearingId,
    participant: ParticipantId,
    invitation: Uuid,
    recording: RecordingId,
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
    Other {
        hearing,
        participant,
        invitation,
        recording,
    }
}

#[tokio::test]
async fn who_may_not_learns_neither_what_is_there_nor_what_is_wrong_with_the_body() {
    let court = Court::open().await;
    let other = other_hearing(&court).await;
    let (json, sdp) = ("application/json", "application/sdp");
    let none = Uuid::now_v7();
    // For each: the path, with what is there and with what is not; a body that is none; status and code.
    let both = |path: &str, id: Uuid| {
        [
            path.replace("{}", &id.to_string()),
            path.replace("{}", &none.to_string()),
        ]
    };
    #[rustfmt::skip]
    let table = [
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
        (M::POST,   both("/recordings/{}/annotations", other.recording.0), json, 403, "not_permitted"),
        (M::GET,    both("/recordings/{}/access-copy", other.recording.0), json, 403, "not_permitted"),
        (M::POST,   both("/recordings/{}/access-copy", other.recording.0), json, 403, "not_permitted"),
        (M::DELETE, both("/recordings/{}/access-copy", other.recording.0), json, 403, "not_permitted"),
        (M::GET,    both("/hearings/{}/state", other.hearing.0),    json, 404, "not_found"),
        (M::GET,    both("/hearings/{}/ice-servers", other.hearing.0), json, 404, "not_found"),
        (M::POST,   both("/hearings/{}/acts", other.hearing.0),     json, 404, "not_found"),
        (M::POST,   both("/hearings/{}/whip", other.hearing.0),     json, 404, "not_found"),
        (M::POST,   both("/hearings/{}/whep", other.hearing.0),     sdp,  404, "not_found"),
        (M::PATCH,  both(&format!("/hearings/{{}}/whip/{none}"), other.hearing.0), json, 404, "not_found"),
        (M::POST,   both(&format!("/hearings/{{}}/whep/{none}"), other.hearing.0), json, 404, "not_found"),
    ];
    for (method, paths, content_type, status, code) in table {
        let mut told = Vec::new();
        for path in paths {
            let what = format!("{method} {path}");
            let ask = || {
                court
                    .ask(method.clone(), &format!("/api/v1{path}"))
                    .header("content-type", content_type)
                    .body(b"\xff{".to_vec())
            };
            let stranger = ask().send().await.unwrap();
            is_problem(stranger, 401, "session_invalid", &what).await;
            let answer = ask().bearer_auth(&court.witness.session).send().await.unwrap();
            told.push(is_problem(answer, status, code, &what).await);
        }
        assert_eq!(told[0], told[1], "{method}: what is there and what is not");
    }
}
