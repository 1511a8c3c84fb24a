//! Rules of retention, legal holds and disposal, as the court does them by the doors.

use super::courthouse::{Court, is_problem};
use super::releases::{ok, problem, sealed};
use oyer::court::role::Role;
use oyer::seal::source::MemoryBundle;
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{Outcome, Trust, verify_disposal};
use reqwest::Method as M;
use serde_json::{Value, json};
use std::io::Read;
use time::OffsetDateTime;

#[tokio::test]
async fn a_recording_is_kept_held_and_destroyed_by_the_court_alone_and_by_two_of_it() {
    let court = Court::open().await;
    let recording = sealed(&court, 0).await;
    let clerk = court.invite("Olim Rahmonov", Role::Clerk).await;
    let panel = court.invite("Botir Aliyev", Role::PanelMember).await;
    let (judge, clerk) = (&court.judge.session, &clerk.session);
    let kept = format!("/cases/{}/retention", court.case);
    let reason = |text: &str| json!({ "reason": text });

    // Nobody said how the case was decided: it is kept.
    let dispose = format!("/recordings/{recording}/disposals");
    problem(&court, judge, &dispose, reason("Old"), 409, "no_retention_rule").await;
    let put = async |who: &str, body: Value| {
        let ask = court.ask(M::PUT, &format!("/api/v1{kept}")).bearer_auth(who);
        ask.json(&body).send().await.unwrap()
    };
    let rule = json!({"class": "acquittal", "decided_on": "2020-02-29", "sentence_months": null});
    is_problem(
        put(judge, rule.clone()).await,
        403,
        "not_permitted",
        "a judge sets no rule",
    )
    .await;
    for bad in [
        json!({"class": "acquittal", "decided_on": "2999-01-01", "sentence_months": null}),
        json!({"class": "acquittal", "decided_on": "29.02.2020", "sentence_months": null}),
        json!({"class": "acquittal", "decided_on": "2020-02-29", "sentence_months": 12}),
        json!({"class": "custodial", "decided_on": "2020-02-29", "sentence_months": null}),
        json!({"class": "custodial", "decided_on": "2020-02-29", "sentence_months": 1201}),
    ] {
        is_problem(
            put(clerk, bad.clone()).await,
            400,
            "bad_request",
            &bad.to_string(),
        )
        .await;
    }
    let long = json!({"class": "custodial", "decided_on": "2020-02-29", "sentence_months": 300});
    let set: Value = put(clerk, long).await.json().await.unwrap();
    assert_eq!(
        (&set["rule"]["kept_until"], &set["rule"]["due"]),
        (&json!("2045-02-28"), &json!(false))
    );
    problem(&court, judge, &dispose, reason("Old"), 409, "conflict").await;
    let set: Value = put(clerk, rule).await.json().await.unwrap();
    assert_eq!(
        (&set["rule"]["kept_until"], &set["rule"]["due"]),
        (&json!("2021-02-28"), &json!(true))
    );

    problem(
        &court,
        &panel.session,
        &dispose,
        reason("Old"),
        403,
        "not_permitted",
    )
    .await;
    let proposed = ok(&court, judge, M::POST, &dispose, Some(reason("Its time is over"))).await;
    let disposal = &proposed["disposals"][0];
    assert_eq!(
        (&disposal["state"], &disposal["own"]),
        (&json!("proposed"), &json!(true))
    );
    let path = |act: &str| format!("/disposals/{}/{act}", disposal["id"].as_str().unwrap());
    problem(&court, judge, &path("approve"), reason("Yes"), 409, "conflict").await;
    problem(&court, clerk, &path("carry-out"), json!(null), 409, "conflict").await;
    ok(
        &court,
        clerk,
        M::POST,
        &path("approve"),
        Some(reason("Checked the file")),
    )
    .await;
    let held = ok(
        &court,
        judge,
        M::POST,
        &format!("/cases/{}/holds", court.case),
        Some(reason("Review")),
    )
    .await;
    assert_eq!(held["held"], true);
    problem(&court, clerk, &path("carry-out"), json!(null), 409, "conflict").await;
    let lift = format!("/holds/{}/lift", held["holds"][0]["id"].as_str().unwrap());
    let lifted = ok(&court, clerk, M::POST, &lift, Some(reason("Review over"))).await;
    assert_eq!(
        (&lifted["held"], &lifted["holds"][0]["lifted"]["reason"]),
        (&json!(false), &json!("Review over"))
    );

    let ticket = ok(
        &court,
        judge,
        M::POST,
        &format!("/recordings/{recording}/tickets"),
        None,
    )
    .await;
    let done = ok(&court, clerk, M::POST, &path("carry-out"), None).await;
    assert_eq!(done["disposals"][0]["state"], "done");
    let gone = court.ask(
        M::GET,
        &format!("{}/manifest-sha256.txt", ticket["base"].as_str().unwrap()),
    );
    assert_eq!(gone.send().await.unwrap().status(), 404);
    let one = format!("/recordings/{recording}");
    let gone = court
        .ask(M::GET, &format!("/api/v1{one}"))
        .bearer_auth(judge)
        .send()
        .await
        .unwrap();
    is_problem(gone, 410, "disposed", "the recording").await;
    problem(
        &court,
        judge,
        &format!("{one}/tickets"),
        json!(null),
        410,
        "disposed",
    )
    .await;
    let file = ok(&court, judge, M::GET, &format!("/cases/{}", court.case), None).await;
    assert_eq!(file["evidence"][0]["state"], "disposed");
    let left = ok(&court, &panel.session, M::GET, &format!("{one}/disposal"), None).await;
    assert_eq!(left["kept_until"], "2021-02-28");
    assert!(
        left["proposed_by"]
            .as_str()
            .unwrap()
            .starts_with("Nilufar Karimova")
    );
    assert!(left["custody"].as_array().unwrap().len() > 8);

    // What is handed out instead of the recording, verified as a stranger does.
    let tar = court.ask(M::GET, &format!("/api/v1{one}/disposal/certificate.tar"));
    let tar = tar.bearer_auth(judge).send().await.unwrap();
    assert_eq!(tar.headers()["content-type"], "application/x-tar");
    let tar = tar.bytes().await.unwrap();
    // And the same for people.
    let pdf = court.ask(M::GET, &format!("/api/v1{one}/disposal/certificate.pdf"));
    let pdf = pdf.bearer_auth(judge).send().await.unwrap();
    assert_eq!(pdf.headers()["content-type"], "application/pdf");
    let name = pdf.headers()["content-disposition"].to_str().unwrap();
    assert_eq!(name, format!("attachment; filename=\"disposal-{recording}.pdf\""));
    assert!(pdf.bytes().await.unwrap().starts_with(b"%PDF-1.7"));
    let mut bundle = MemoryBundle::new();
    for entry in tar::Archive::new(&tar[..]).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        bundle.insert(path.split_once('/').unwrap().1, content);
    }
    let trust = Trust::from_pem(court.app.evidence.root_pem().unwrap().as_bytes()).unwrap();
    let report = verify_disposal(&bundle, &trust, Timestamp::new(OffsetDateTime::now_utc()));
    assert_eq!(
        report.outcome,
        Outcome::Proved,
        "{:?}",
        report.failures().collect::<Vec<_>>()
    );
}
