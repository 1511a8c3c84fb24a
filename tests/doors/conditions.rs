//! The condition of evidence, as those who handle it are told: what fails, what is damaged, how the copy stands; nothing to others,
//! and no path.

use super::courthouse::{Court, is_problem};
use super::releases::{ok, recorded, sealed};
use oyer::court::id::{CaseId, HearingId, RecordingId};
use oyer::court::role::Role;
use oyer::evidence::{SecondPlace, Vault};
use oyer::http::now_ms;
use oyer::store::{NewCase, NewHearing};
use reqwest::Method as M;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use uuid::Uuid;

async fn get(court: &Court, who: &str, path: &str) -> Value {
    let told = ok(court, who, M::GET, path, None).await;
    let folder = court.folder().to_str().unwrap();
    assert!(!told.to_string().contains(folder), "a path is told: {told}");
    told
}

async fn of(court: &Court, recording: RecordingId) -> Value {
    let path = format!("/recordings/{recording}/condition");
    get(court, &court.judge.session, &path).await
}

async fn alarms(court: &Court, who: &str) -> Value {
    get(court, who, "/alarms").await
}

fn no_alarm() -> Value {
    json!({"recordings": [], "count": 0, "second_store": null})
}

/// A file that must not be there, in the place of the sealed recording.
fn in_the_way(court: &Court, recording: RecordingId) -> PathBuf {
    court
        .folder()
        .join("objects/recordings")
        .join(recording.to_string())
}

fn flip(path: &Path) {
    let mut content = fs::read(path).unwrap();
    content[0] ^= 1;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, content).unwrap();
}

fn stray(court: &Court, recording: RecordingId) -> PathBuf {
    let folder = court.folder().join(format!("objects/recordings/{recording}"));
    folder.join(format!("data/{recording}/stray.bin"))
}

async fn scrub(court: &Court) {
    court.app.evidence.scrub(None, |_, _| ()).await.unwrap();
}

#[tokio::test]
async fn those_who_handle_evidence_are_told_and_nobody_else() {
    let court = Court::open().await;
    let recording = sealed(&court, 10).await;
    let paths = [
        format!("/recordings/{recording}/condition"),
        format!("/cases/{}/conditions", court.case),
        "/alarms".to_owned(),
    ];
    for role in Role::ALL {
        let who = court.invite("Somebody", role).await;
        for path in &paths {
            let ask = court
                .ask(M::GET, &format!("/api/v1{path}"))
                .bearer_auth(&who.session);
            let answer = ask.send().await.unwrap();
            let what = format!("{} {path}", role.name());
            match role {
                Role::Judge | Role::Clerk => assert_eq!(answer.status(), 200, "{what}"),
                _ => drop(is_problem(answer, 403, "not_permitted", &what).await),
            }
        }
    }
    for path in &paths {
        get(&court, &court.staff, path).await;
        let stranger = court.ask(M::GET, &format!("/api/v1{path}"));
        is_problem(stranger.send().await.unwrap(), 401, "session_invalid", path).await;
    }
}

#[tokio::test]
async fn a_link_to_one_case_tells_nothing_of_another() {
    let court = Court::open().await;
    let store = &court.app.store;
    let (case, hearing) = (CaseId(Uuid::now_v7()), HearingId(Uuid::now_v7()));
    let new = NewCase {
        id: case,
        reference: "2".into(),
        title: "Another".into(),
        created_at: now_ms(),
    };
    store.create_case(new).await.unwrap();
    let new = NewHearing {
        id: hearing,
        case_id: case,
        title: "Another".into(),
        listed_for: now_ms(),
        created_at: now_ms(),
    };
    store.create_hearing(new).await.unwrap();
    let begun = court
        .app
        .evidence
        .begin_recording(hearing, time::OffsetDateTime::now_utc());
    let (other, _) = begun.await.unwrap();
    // Nothing was noted in its folder: it cannot be sealed.
    fs::remove_dir_all(court.folder().join(format!("spool/{other}"))).unwrap();
    court.app.evidence.recover_all().await.unwrap();

    let judge = &court.judge.session;
    assert_eq!(alarms(&court, judge).await, no_alarm());
    for path in [
        format!("/recordings/{other}/condition"),
        format!("/cases/{case}/conditions"),
    ] {
        let ask = court.ask(M::GET, &format!("/api/v1{path}")).bearer_auth(judge);
        is_problem(ask.send().await.unwrap(), 404, "not_found", &path).await;
    }
    let told = alarms(&court, &court.staff).await;
    assert_eq!(told["count"], 1);
    let first = &told["recordings"][0];
    assert_eq!(first["recording"], other.to_string());
    assert_eq!(first["case_reference"], "2");
    let hindered = &first["hindered"];
    assert_eq!(
        (&hindered["why"], &hindered["by_itself"]),
        (&json!("files_missing"), &json!(false))
    );
}

#[tokio::test]
async fn a_sealing_that_fails_is_told_until_it_succeeds_over_a_restart() {
    let court = Court::open().await;
    let (recording, summary) = recorded(&court, 10).await;
    assert_eq!(of(&court, recording).await["stage"], "recording");
    let before = now_ms();
    let way = in_the_way(&court, recording);
    fs::create_dir_all(way.join("something")).unwrap();
    court.app.evidence.seal(recording, summary).await.unwrap_err();
    let failed = of(&court, recording).await;
    let since = failed["hindered"]["since"].as_i64().unwrap();
    assert!(since >= before && since <= now_ms());
    let expected = json!({"since": since, "why": "disk", "by_itself": true});
    assert_eq!(
        (&failed["stage"], &failed["hindered"]),
        (&json!("waiting"), &expected)
    );
    assert_eq!(failed["needs_somebody"], true);
    assert_eq!(failed["copy"], Value::Null);
    let judge = &court.judge.session;
    let told = alarms(&court, judge).await;
    assert_eq!((&told["count"], &told["recordings"][0]), (&json!(1), &failed));
    let listed = get(&court, judge, &format!("/cases/{}/conditions", court.case)).await;
    assert_eq!(listed, json!([failed]));

    // The restart tries again, and fails: it has failed since the first time.
    let court = court.restarted().await;
    assert_eq!(of(&court, recording).await["hindered"]["since"], since);
    court.app.evidence.recover_all().await.unwrap();
    let again = of(&court, recording).await;
    let expected = json!({"since": since, "why": "disk", "by_itself": false});
    assert_eq!(again["hindered"], expected);

    fs::remove_dir_all(&way).unwrap();
    court.app.evidence.recover_all().await.unwrap();
    let well = of(&court, recording).await;
    assert_eq!(
        (&well["stage"], &well["hindered"]),
        (&json!("sealed"), &Value::Null)
    );
    assert_eq!(well["copy"]["stage"], "none");
    assert_eq!(alarms(&court, &court.judge.session).await, no_alarm());
    let court = court.restarted().await;
    assert_eq!(of(&court, recording).await["needs_somebody"], false);
}

#[tokio::test]
async fn damage_is_told_until_the_recording_is_whole_again_over_a_restart() {
    let court = Court::open().await;
    let recording = sealed(&court, 10).await;
    scrub(&court).await;
    assert_eq!(of(&court, recording).await["damage"], Value::Null);
    flip(&stray(&court, recording));
    scrub(&court).await;
    let found = of(&court, recording).await["damage"].clone();
    assert!(found["found_at"].as_i64().is_some() && found["well_at"].is_null());

    let court = court.restarted().await;
    let damaged = of(&court, recording).await;
    assert_eq!(
        (&damaged["damage"], &damaged["needs_somebody"]),
        (&found, &json!(true))
    );
    // Found again by the next pass: it is the same damage.
    scrub(&court).await;
    assert_eq!(of(&court, recording).await["damage"], found);
    assert_eq!(alarms(&court, &court.judge.session).await["count"], 1);

    // Restored by hand.
    flip(&stray(&court, recording));
    scrub(&court).await;
    let mended = of(&court, recording).await;
    assert_eq!(mended["damage"]["found_at"], found["found_at"]);
    assert!(mended["damage"]["well_at"].as_i64() >= found["found_at"].as_i64());
    assert_eq!(mended["needs_somebody"], false);
    assert_eq!(alarms(&court, &court.judge.session).await, no_alarm());
    // One entry more tells it, and no pass after that leaves one.
    let entries = court.app.store.custody(recording).await.unwrap().len();
    scrub(&court).await;
    assert_eq!(court.app.store.custody(recording).await.unwrap().len(), entries);
}

#[tokio::test]
async fn a_second_store_that_is_away_or_differs_is_told_over_a_restart() {
    let court = Court::open().await;
    let store = court.folder().join("second");
    let place = || SecondPlace::Folder(store.clone());
    fs::create_dir(&store).unwrap();
    court.app.evidence.use_second_store(place()).unwrap();
    let recording = sealed(&court, 10).await;
    assert_eq!(of(&court, recording).await["copy"]["stage"], "waiting");
    assert_eq!(
        alarms(&court, &court.judge.session).await,
        no_alarm(),
        "a moment only"
    );
    court.app.evidence.copy_waiting().await.unwrap();
    let kept = of(&court, recording).await["copy"].clone();
    assert_eq!(
        (&kept["stage"], &kept["hindered"]),
        (&json!("kept"), &Value::Null)
    );
    assert!(kept["verified_at"].as_i64().is_some());

    // Its disk is not mounted any more.
    fs::rename(&store, court.folder().join("away")).unwrap();
    fs::create_dir(&store).unwrap();
    let other = sealed(&court, 10).await;
    court.app.evidence.copy_waiting().await.unwrap_err();
    let told = alarms(&court, &court.judge.session).await;
    let since = told["second_store"]["since"].as_i64().unwrap();
    let away = json!({"since": since, "why": "another_store"});
    assert_eq!(told["second_store"], away);
    let court = court.restarted().await;
    court.app.evidence.use_second_store(place()).unwrap();
    let behind = of(&court, other).await;
    assert_eq!(
        behind["copy"],
        json!({"stage": "waiting", "verified_at": null, "hindered": away})
    );
    assert_eq!(behind["needs_somebody"], true);
    let copied = of(&court, recording).await;
    assert_eq!(
        (&copied["copy"]["stage"], &copied["needs_somebody"]),
        (&json!("kept"), &json!(false))
    );

    fs::remove_dir(&store).unwrap();
    fs::rename(court.folder().join("away"), &store).unwrap();
    court.app.evidence.copy_waiting().await.unwrap();
    assert_eq!(of(&court, other).await["copy"]["stage"], "kept");
    assert_eq!(alarms(&court, &court.judge.session).await, no_alarm());

    // A file there is gone and cannot be put back: nothing can be written.
    let copy = store.join(format!("recordings/{recording}"));
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(copy.join("bagit.txt")).unwrap();
    fs::remove_dir_all(store.join("partial")).unwrap();
    fs::write(store.join("partial"), "in the way").unwrap();
    scrub(&court).await;
    let court = court.restarted().await;
    court.app.evidence.use_second_store(place()).unwrap();
    let differs = of(&court, recording).await;
    assert_eq!(
        (&differs["copy"]["stage"], &differs["needs_somebody"]),
        (&json!("differs"), &json!(true)),
        "{differs}"
    );
    let told = alarms(&court, &court.judge.session).await;
    assert_eq!(
        (&told["count"], &told["recordings"][0]["recording"]),
        (&json!(1), &json!(recording))
    );

    fs::remove_file(store.join("partial")).unwrap();
    scrub(&court).await;
    assert_eq!(of(&court, recording).await["copy"]["stage"], "kept");
    assert_eq!(alarms(&court, &court.judge.session).await, no_alarm());

    // It takes no part in a scrub: that it was copied to before and after does not end the alarm, but the next scrub does.
    fs::rename(&store, court.folder().join("away")).unwrap();
    scrub(&court).await;
    fs::rename(court.folder().join("away"), &store).unwrap();
    court.app.evidence.copy_waiting().await.unwrap();
    assert!(alarms(&court, &court.judge.session).await["second_store"]["why"].is_string());
    scrub(&court).await;
    assert_eq!(alarms(&court, &court.judge.session).await, no_alarm());
}

#[tokio::test]
async fn a_recording_of_which_the_folder_is_gone_is_told_as_damaged() {
    let court = Court::open().await;
    let recording = sealed(&court, 10).await;
    fs::rename(
        court.folder().join(format!("objects/recordings/{recording}")),
        court.folder().join("elsewhere"),
    )
    .unwrap();
    scrub(&court).await;
    let told = of(&court, recording).await;
    assert_eq!(
        (&told["stage"], &told["needs_somebody"]),
        (&json!("sealed"), &json!(true))
    );
    assert!(told["damage"]["well_at"].is_null());
}

#[tokio::test]
async fn a_recording_that_cannot_be_encrypted_is_told_also_where_there_is_no_second_store() {
    let court = Court::open().await;
    let keys = court.folder().join("recording-keys");
    let use_vault = |court: &Court| court.app.evidence.use_vault(Vault::open(&keys).unwrap());
    use_vault(&court);
    let recording = sealed(&court, 10).await;
    assert_eq!(
        of(&court, recording).await["unencrypted"],
        Value::Null,
        "a moment only"
    );
    // Its key is not one that was wrapped here.
    let key = keys.join(format!("{recording}.key"));
    fs::write(&key, "no key").unwrap();
    assert_eq!(court.app.evidence.enclose_waiting().await.unwrap(), 0);
    let told = of(&court, recording).await;
    let since = told["unencrypted"]["since"].as_i64().unwrap();
    let hindered = json!({"since": since, "why": "key"});
    assert_eq!(
        (
            &told["unencrypted"],
            &told["needs_somebody"],
            &told["copy"]["stage"]
        ),
        (&hindered, &json!(true), &json!("none"))
    );
    let path = format!("/cases/{}/conditions", court.case);
    let of_case = get(&court, &court.judge.session, &path).await;
    assert_eq!(of_case[0]["unencrypted"], hindered);
    let all = alarms(&court, &court.judge.session).await;
    assert_eq!(
        (&all["count"], &all["recordings"][0]["unencrypted"]),
        (&json!(1), &hindered)
    );

    let court = court.restarted().await;
    // Nothing is to be encrypted any more, and so nothing fails.
    assert_eq!(of(&court, recording).await["unencrypted"], Value::Null);
    assert_eq!(alarms(&court, &court.judge.session).await, no_alarm());
    use_vault(&court);
    assert_eq!(of(&court, recording).await["unencrypted"], hindered);
    fs::remove_file(&key).unwrap();
    assert_eq!(court.app.evidence.enclose_waiting().await.unwrap(), 1);
    let told = of(&court, recording).await;
    assert_eq!(
        (&told["unencrypted"], &told["needs_somebody"]),
        (&Value::Null, &json!(false))
    );
    assert_eq!(alarms(&court, &court.judge.session).await, no_alarm());
}
