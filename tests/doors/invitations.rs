//! Links: made, listed, taken back; and the court's telephone for those whose link does not open.

use super::courthouse::{Court, is_problem};
use oyer::court::id::HearingId;
use oyer::http::now_ms;
use oyer::store::NewHearing;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

const DAY_MS: i64 = 24 * 3600 * 1000;

impl Court {
    pub async fn asked(&self, session: &str, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self.ask(method, path).bearer_auth(session);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        if answer.status() == 204 {
            return Value::Null;
        }
        answer.json().await.unwrap()
    }

    async fn me(&self, session: &str) -> String {
        let me = self.asked(session, Method::GET, "/api/v1/me", None).await;
        me["participant"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn links_are_listed_without_their_secrets_and_say_where_they_stand() {
    let court = Court::open().await;
    let witness = court.me(&court.witness.session).await;
    let list = format!("/api/v1/hearings/{}/invitations", court.hearing);
    let make = format!("/api/v1/participants/{witness}/invitations");
    let by = &court.staff;
    let made = court.asked(by, Method::POST, &make, Some(json!({}))).await;
    let short = court
        .asked(by, Method::POST, &make, Some(json!({ "valid_seconds": 1 })))
        .await;
    let back = court.asked(by, Method::POST, &make, Some(json!({}))).await;
    let path = format!("/api/v1/invitations/{}", back["id"].as_str().unwrap());
    court.asked(by, Method::DELETE, &path, None).await;
    while now_ms() < short["expires_at"].as_i64().unwrap() {
        tokio::task::yield_now().await;
    }

    let all = court.asked(by, Method::GET, &list, None).await;
    let text = all.to_string();
    for link in [&made, &short, &back] {
        let (_, secret) = link["link"].as_str().unwrap().split_once('#').unwrap();
        assert!(!text.contains(secret), "a secret is listed");
    }
    let of = |id: &Value| {
        let mut found = all.as_array().unwrap().iter().filter(|i| i["id"] == *id);
        found.next().unwrap()
    };
    assert_eq!(of(&made["id"])["state"], "unused");
    assert_eq!(of(&made["id"])["redeemed_at"], Value::Null);
    assert_eq!(of(&made["id"])["expires_at"], made["expires_at"]);
    assert_eq!(of(&short["id"])["state"], "expired");
    assert_eq!(of(&back["id"])["state"], "revoked");
    let used: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .filter(|i| i["state"] == "used")
        .collect();
    assert_eq!(used.len(), 2, "those by which judge and witness came: {all}");
    assert!(used.iter().all(|i| i["redeemed_at"].is_i64()));

    // The list is for those who invite, not for a witness.
    let refused = court
        .ask(Method::GET, &list)
        .bearer_auth(&court.witness.session)
        .send()
        .await
        .unwrap();
    assert!(
        [403, 404].contains(&refused.status().as_u16()),
        "{}",
        refused.status()
    );
}

#[tokio::test]
async fn a_link_outlasts_its_hearing_unless_somebody_says_otherwise() {
    let court = Court::open().await;
    let far = now_ms() + 200 * DAY_MS;
    let hearing = HearingId(Uuid::now_v7());
    let new = NewHearing {
        id: hearing,
        case_id: court.case,
        title: "Judgment".into(),
        listed_for: far,
        created_at: now_ms(),
    };
    court.app.store.create_hearing(new).await.unwrap();
    let path = format!("/api/v1/hearings/{hearing}/participants");
    let body = json!({ "name": "Aziza Rahimova", "role": "witness", "person": null });
    let added = court.asked(&court.staff, Method::POST, &path, Some(body)).await;
    let make = format!(
        "/api/v1/participants/{}/invitations",
        added["id"].as_str().unwrap()
    );
    let made = court
        .asked(&court.staff, Method::POST, &make, Some(json!({})))
        .await;
    let expires = made["expires_at"].as_i64().unwrap();
    assert!(
        (far + 6 * DAY_MS..far + 8 * DAY_MS).contains(&expires),
        "{expires}"
    );

    for (days, taken) in [(210, true), (289, true), (291, false), (0, false)] {
        let answer = court
            .ask(Method::POST, &make)
            .bearer_auth(&court.staff)
            .json(&json!({ "valid_seconds": days * DAY_MS / 1000 }))
            .send()
            .await
            .unwrap();
        if taken {
            assert_eq!(answer.status(), 201, "{days} days");
        } else {
            is_problem(answer, 400, "bad_request", &format!("{days} days")).await;
        }
    }
}

#[tokio::test]
async fn taking_back_one_link_leaves_whoever_came_by_another_where_they_are() {
    let court = Court::open().await;
    let engine = &court.app.engine;
    let by = &court.staff;
    let list = format!("/api/v1/hearings/{}/invitations", court.hearing);
    let witness = court.me(&court.witness.session).await;
    let made = court.asked(by, Method::GET, &list, None).await;
    let mut links = made.as_array().unwrap().iter();
    let first = links.find(|i| i["participant"] == *witness).unwrap();
    let make = format!("/api/v1/participants/{witness}/invitations");
    let second = court.asked(by, Method::POST, &make, Some(json!({}))).await;
    let revoke = |link: &Value| format!("/api/v1/invitations/{}", link["id"].as_str().unwrap());

    let media = court.receive(&court.witness.session).await;
    court.asked(by, Method::DELETE, &revoke(&second), None).await;
    // What the revoking had ended would not be there to be ended.
    let done = court
        .ask(Method::DELETE, &media)
        .bearer_auth(&court.witness.session);
    assert!(
        done.send().await.unwrap().status().is_success(),
        "put out by another's link"
    );
    let ended = async |count: u64| {
        let deadline = Instant::now() + Duration::from_secs(10);
        while engine.stats().sessions_ended < count {
            assert!(Instant::now() < deadline, "the media outlived its link");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    ended(1).await;

    court.receive(&court.witness.session).await;
    court.asked(by, Method::DELETE, &revoke(first), None).await;
    ended(2).await;
}

#[tokio::test]
async fn whoever_has_no_session_is_told_whom_to_call() {
    let court = Court::open().await;
    let answer = court.ask(Method::GET, "/api/v1/court").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body, json!({ "name": "Tashkent City Court", "telephone": null }));
}
