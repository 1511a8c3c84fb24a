//! How far a link reaches: one case, for as long as its person takes part, and not over the bench of a court that sits.

use super::courthouse::{Court, Someone, is_problem};
use oyer::court::id::{CaseId, HearingId, ParticipantId};
use oyer::court::role::Role;
use oyer::http::now_ms;
use oyer::store::{NewCase, NewHearing, NewParticipant};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn who_was_put_out_sees_and_does_nothing_any_more_until_let_wait_again() {
    let court = Court::open().await;
    let judge = &court.judge.session;
    let Someone {
        id,
        secret,
        session: clerk,
    } = court.invite("Olim Rahmonov", Role::Clerk).await;
    let case = format!("/api/v1/cases/{}", court.case);
    let state = format!("/api/v1/hearings/{}/state", court.hearing);
    let get = async |path: &str| {
        court
            .ask(Method::GET, path)
            .bearer_auth(&clerk)
            .send()
            .await
            .unwrap()
    };
    assert_eq!(get(&case).await.status(), 200);
    court
        .act(
            judge,
            json!({"act": "remove", "participant": id, "reason": "disturbs"}),
        )
        .await;

    for path in [
        &case,
        "/api/v1/cases",
        &format!("/api/v1/hearings/{}/participants", court.hearing),
        &format!("/api/v1/hearings/{}/ice-servers", court.hearing),
        &state,
    ] {
        is_problem(get(path).await, 403, "removed", path).await;
    }
    is_problem(
        court.redeem(&secret).send().await.unwrap(),
        403,
        "removed",
        "the link",
    )
    .await;

    court
        .act(judge, json!({"act": "send_to_waiting", "participant": id}))
        .await;
    assert_eq!(court.redeem(&secret).send().await.unwrap().status(), 200);
    assert_eq!(get(&case).await.status(), 200);
}

#[tokio::test]
async fn a_link_opens_no_other_case_whatever_the_person_does_there() {
    let court = Court::open().await;
    let store = &court.app.store;
    let people = store.participants(court.hearing).await.unwrap();
    let judge = people.iter().find(|p| p.role == Role::Judge).unwrap();
    let (other, hearing) = (CaseId(Uuid::now_v7()), HearingId(Uuid::now_v7()));
    let case = NewCase {
        id: other,
        reference: "1-2002/2026".into(),
        title: "State v. Other".into(),
        created_at: now_ms(),
    };
    store.create_case(case).await.unwrap();
    let listed = NewHearing {
        id: hearing,
        case_id: other,
        title: "Another".into(),
        listed_for: now_ms(),
        created_at: now_ms(),
    };
    store.create_hearing(listed).await.unwrap();
    store
        .add_participant(NewParticipant {
            id: ParticipantId(Uuid::now_v7()),
            hearing_id: hearing,
            person_id: judge.person_id,
            role: Role::Judge,
            name: judge.name.clone(),
        })
        .await
        .unwrap();
    let get = async |path: String| {
        let asked = court.ask(Method::GET, &path).bearer_auth(&court.judge.session);
        asked.send().await.unwrap()
    };
    is_problem(
        get(format!("/api/v1/cases/{}", other)).await,
        404,
        "not_found",
        "the other case",
    )
    .await;
    let listed: Value = get("/api/v1/cases".into()).await.json().await.unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
}

#[tokio::test]
async fn while_the_court_sits_a_clerk_does_not_decide_who_presides() {
    let court = Court::open().await;
    let clerk = court.invite("Olim Rahmonov", Role::Clerk).await.session;
    let people = court.app.store.participants(court.hearing).await.unwrap();
    let judge = people.iter().find(|p| p.role == Role::Judge).unwrap().id;
    let link = court.app.store.invitations(court.hearing).await.unwrap();
    let link = link.iter().find(|i| i.participant == judge).unwrap().id;
    let invite = format!("/api/v1/participants/{judge}/invitations");
    let further = format!("/api/v1/hearings/{}/participants", court.hearing);
    let post = async |path: &str, body: Value| {
        let asked = court.ask(Method::POST, path).bearer_auth(&clerk).json(&body);
        asked.send().await.unwrap()
    };
    assert_eq!(post(&invite, json!({})).await.status(), 201, "before the sitting");

    court.act(&court.judge.session, json!({"act": "begin"})).await;
    is_problem(post(&invite, json!({})).await, 403, "bench_protected", "a link").await;
    let new = json!({"name": "A. Nother", "role": "judge"});
    is_problem(
        post(&further, new).await,
        403,
        "bench_protected",
        "a further judge",
    )
    .await;
    let revoke = court
        .ask(Method::DELETE, &format!("/api/v1/invitations/{link}"))
        .bearer_auth(&clerk);
    is_problem(
        revoke.send().await.unwrap(),
        403,
        "bench_protected",
        "the judge's link",
    )
    .await;
    let new = json!({"name": "A. Witness", "role": "witness"});
    assert_eq!(post(&further, new).await.status(), 201);
}
