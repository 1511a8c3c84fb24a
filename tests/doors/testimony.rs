//! Testimony recorded in advance and played at a later hearing: what whose door gives, at every moment of it.

use super::courthouse::{Court, Socket, is_problem, said};
use futures_util::SinkExt;
use oyer::client::api::Api;
use oyer::client::media::look::LOOKS;
use oyer::client::publish::Publisher;
use oyer::court::custody::RetentionClass;
use oyer::court::id::{HearingId, PersonId, RecordingId};
use oyer::court::role::Role;
use oyer::store::{Decided, NewDisposal, Retention};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

impl Court {
    async fn refused(&self, session: &str, act: Value, code: &str) {
        let path = format!("/api/v1/hearings/{}/acts", self.hearing);
        let asked = self.ask(Method::POST, &path).bearer_auth(session).json(&act);
        is_problem(asked.send().await.unwrap(), 409, code, &act.to_string()).await;
    }

    /// What somebody's page needs to follow; the status when they get nothing.
    async fn playback(&self, session: &str) -> Result<Value, u16> {
        let path = format!("/api/v1/hearings/{}/playback", self.hearing);
        let answer = self.ask(Method::GET, &path).bearer_auth(session).send();
        let answer = answer.await.unwrap();
        match answer.status().as_u16() {
            200 => Ok(answer.json().await.unwrap()),
            other => Err(other),
        }
    }

    /// The status of what a ticket opens.
    async fn opens(&self, base: &str, file: &str) -> u16 {
        let asked = self.ask(Method::GET, &format!("{base}/{file}"));
        let answer = asked.header("Range", "bytes=0-9").send().await.unwrap();
        answer.status().as_u16()
    }

    async fn until<T>(&self, what: &str, mut found: impl AsyncFnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(found) = found().await {
                return found;
            }
            assert!(Instant::now() < deadline, "{what} does not come");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A disposal of the recording that two persons have agreed on.
    async fn approved_disposal(&self, recording: RecordingId) -> Uuid {
        let store = &self.app.store;
        let retention = Retention {
            case: self.case,
            class: RetentionClass::Acquittal,
            decided_on: 0,
            sentence_months: None,
            set_by: "Clerk".into(),
            set_at: 1,
        };
        store.set_retention(&retention).await.unwrap();
        let kept = self.app.evidence.kept_by(self.case).await.unwrap().unwrap();
        let (one, other) = (PersonId(Uuid::now_v7()), PersonId(Uuid::now_v7()));
        store.create_person(one, "A. Karimova", 1).await.unwrap();
        store.create_person(other, "O. Rahmonov", 1).await.unwrap();
        let decided = Decided {
            by: "Somebody".into(),
            reason: "Its time is over".into(),
            at: oyer::http::now_ms(),
        };
        let new = NewDisposal {
            id: Uuid::now_v7(),
            case: self.case,
            recording,
            rule: serde_json::to_string(&kept.rule).unwrap(),
            due_at: kept.due_at,
            person: one,
            proposed: decided.clone(),
        };
        store.propose_disposal(&new).await.unwrap();
        store.approve_disposal(new.id, other, &decided).await.unwrap();
        new.id
    }

    /// Records the testimony of a screened witness at a hearing of its own, and gives its sealed recording.
    async fn record_testimony(&mut self) -> RecordingId {
        let path = format!("/api/v1/cases/{}/hearings", self.case);
        let new =
            json!({"title": "Testimony of A.", "listed_for": oyer::http::now_ms(), "kind": "testimony"});
        let listed = self.ask(Method::POST, &path).bearer_auth(&self.staff).json(&new);
        let listed: Value = listed.send().await.unwrap().json().await.unwrap();
        assert_eq!(listed["kind"], "testimony");
        let testimony: HearingId = listed["id"].as_str().unwrap().parse().unwrap();
        let main = std::mem::replace(&mut self.hearing, testimony);

        let judge = self.invite("Judge of the testimony", Role::Judge).await;
        let witness = self.invite("Aziza", Role::Witness).await;
        let prosecutor = self.invite("Prosecutor", Role::Prosecutor).await;
        let mut sockets = Vec::new();
        for who in [&judge, &witness, &prosecutor] {
            sockets.push(self.socket(&who.session).await);
            let act = json!({"act": "finish_check", "passed": true});
            self.act(&who.session, act).await;
        }
        let server = Api::new(&self.base).unwrap();
        let api = server.with_session(&witness.session);
        let in_stand = Publisher::start(&api, self.hearing, LOOKS[2], "x").await.unwrap();
        let judge = &judge.session;
        self.act(judge, json!({"act": "begin"})).await;
        self.refused(
            judge,
            json!({"act": "call", "participant": witness.id}),
            "off_record",
        )
        .await;
        for act in [
            json!({"act": "go_on_record"}),
            json!({"act": "admit", "participant": prosecutor.id}),
            json!({"act": "screening", "participant": witness.id, "from": [prosecutor.id]}),
            json!({"act": "call", "participant": witness.id}),
        ] {
            self.act(judge, act).await;
        }
        self.log_with("speech_began").await;
        self.act(&prosecutor.session, json!({"act": "object"})).await;
        self.refused(judge, json!({"act": "close"}), "steps_open").await;
        let state = format!("/api/v1/hearings/{}/state", self.hearing);
        let seen = self
            .ask(Method::GET, &state)
            .bearer_auth(judge)
            .send()
            .await
            .unwrap();
        let seen: Value = seen.json().await.unwrap();
        for step in seen["hearing"]["capture"]["steps"].as_array().unwrap() {
            if step["state"] == "open" {
                let mut act = json!({"act": "leave_out", "step": step["step"], "reason": "a test"});
                if !step["counsel"].is_null() {
                    act["counsel"] = step["counsel"].clone();
                }
                self.act(judge, act).await;
            }
        }
        self.act(judge, json!({"act": "close"})).await;
        in_stand.vanish().await.unwrap();
        let case = format!("/api/v1/cases/{}", self.case);
        let sealed = self
            .until("the sealed recording", async || {
                let file = self.ask(Method::GET, &case).bearer_auth(&self.staff).send();
                let file: Value = file.await.unwrap().json().await.unwrap();
                Some(file["evidence"].get(0)?["recording"].as_str()?.parse().unwrap())
            })
            .await;
        self.hearing = main;
        sealed
    }
}

/// The next view of the hearing that is as wanted.
async fn view_with(socket: &mut Socket, wanted: impl Fn(&Value) -> bool) -> Value {
    let found = async {
        loop {
            let message = said(socket).await;
            if message["type"] == "hearing" && wanted(&message["hearing"]) {
                return message["hearing"].clone();
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), found)
        .await
        .expect("no such view")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_testimony_is_played_to_those_who_hear_the_court_and_no_door_gives_it_to_anybody_else() {
    let mut court = Court::open().await;
    let recording = court.record_testimony().await;
    let (judge, witness) = (&court.judge.session, &court.witness.session);
    let counsel = court.invite("Counsel", Role::DefenceCounsel).await;
    let observer = court.invite("Observer", Role::Observer).await;
    let mut judges_page = court.socket(judge).await;
    let mut counsels_page = court.socket(&counsel.session).await;
    let _others = (court.socket(witness).await, court.socket(&observer.session).await);
    for who in [judge, witness, &counsel.session, &observer.session] {
        let act = json!({"act": "finish_check", "passed": true});
        court.act(who, act).await;
    }
    let show = json!({"act": "show_recording", "recording": recording});
    court.refused(judge, show.clone(), "wrong_state").await;
    court.act(judge, json!({"act": "begin"})).await;
    court
        .act(judge, json!({"act": "admit", "participant": counsel.id}))
        .await;
    // What is no sealed testimony of this case is not shown, and nobody but the court shows anything.
    let other = json!({"act": "show_recording", "recording": uuid::Uuid::now_v7()});
    court.refused(judge, other, "no_such_recording").await;
    let path = format!("/api/v1/hearings/{}/acts", court.hearing);
    for who in [&counsel, &observer] {
        let asked = court
            .ask(Method::POST, &path)
            .bearer_auth(&who.session)
            .json(&show);
        is_problem(asked.send().await.unwrap(), 403, "not_permitted", "show").await;
    }
    assert_eq!(court.playback(judge).await, Err(404), "nothing is shown yet");
    court.act(judge, show).await;
    let id = court.approved_disposal(recording).await;
    let carry_out = court.ask(Method::POST, &format!("/api/v1/disposals/{id}/carry-out"));
    let refused = carry_out.bearer_auth(&court.staff).send().await.unwrap();
    is_problem(refused, 409, "busy", "what is shown is not destroyed").await;

    // The court sees all of it; counsel hears the witness whose picture was kept from somebody, and does not see it.
    let (mine, theirs) = (
        court.playback(judge).await.unwrap(),
        court.playback(&counsel.session).await.unwrap(),
    );
    let files = |of: &Value| -> Vec<String> {
        let tracks = of["tracks"].as_array().unwrap();
        let mut files: Vec<_> = tracks
            .iter()
            .map(|t| t["file"].as_str().unwrap().to_owned())
            .collect();
        files.sort();
        files
    };
    let (all, some) = (files(&mine), files(&theirs));
    let pictures: Vec<_> = all
        .iter()
        .filter(|f| !f.contains("microphone"))
        .cloned()
        .collect();
    assert!(!pictures.is_empty() && !some.is_empty(), "{all:?} {some:?}");
    assert!(some.iter().all(|f| f.contains("microphone")), "{some:?}");
    assert_eq!(theirs["hidden"], json!(pictures));
    assert_eq!(
        (&mine["hidden"], &mine["playback"]["playing"]),
        (&json!([]), &json!(false))
    );
    assert!(theirs["playback"]["unseen"].is_null());
    assert_eq!(mine["playback"]["protocol"], "left_out");
    for session in [witness, &observer.session] {
        assert_eq!(court.playback(session).await, Err(404), "whoever waits");
    }
    let base = |of: &Value| of["ticket"]["base"].as_str().unwrap().to_owned();
    let (judges, counsels) = (base(&mine), base(&theirs));
    let sound = format!("track/{}", some[0]);
    let picture = format!("track/{}", pictures[0]);
    for (ticket, file, status) in [
        (&judges, sound.as_str(), 206),
        (&judges, picture.as_str(), 206),
        (&counsels, sound.as_str(), 206),
        (&counsels, picture.as_str(), 404),
        (&counsels, "manifest-sha256.txt", 206),
        (&counsels, "fragments.tsv", 206),
        (&counsels, "bundle.tar", 404),
        (&counsels, "access.mp4", 404),
        (&judges, "bundle.tar", 404),
    ] {
        assert_eq!(court.opens(ticket, file).await, status, "{file}");
    }

    court.act(judge, json!({"act": "play_recording"})).await;
    // The judge is told whose page does not show it, and counsel is not.
    let both = |v: &Value| v["playback"]["unseen"].as_array().map(Vec::len) == Some(2);
    view_with(&mut judges_page, both).await;
    for page in [&mut judges_page, &mut counsels_page] {
        let says = json!({"type": "follows", "recording": recording, "state": "following"});
        page.send(Message::text(says.to_string())).await.unwrap();
    }
    let none = |v: &Value| v["playback"]["unseen"] == json!([]);
    view_with(&mut judges_page, none).await;
    let says = json!({"type": "follows", "recording": recording, "state": "failed"});
    counsels_page.send(Message::text(says.to_string())).await.unwrap();
    let one = |v: &Value| v["playback"]["unseen"] == json!([counsel.id]);
    view_with(&mut judges_page, one).await;

    // Whoever goes to another room, and everybody while the hearing stands still, gets nothing more by a ticket they have.
    let room = |room: &str| json!({"act": "move", "participant": counsel.id, "room": room});
    for (away, back) in [
        (room("consultation_room"), room("hearing_room")),
        (json!({"act": "pause"}), json!({"act": "resume"})),
    ] {
        court.act(judge, away.clone()).await;
        for file in [sound.as_str(), "manifest-sha256.txt"] {
            assert_eq!(court.opens(&counsels, file).await, 404, "{away} {file}");
        }
        assert_eq!(court.playback(&counsel.session).await, Err(404), "{away}");
        court.act(judge, back).await;
        assert_eq!(court.opens(&counsels, &sound).await, 206);
    }
    assert_eq!(court.opens(&judges, &picture).await, 206);
    court
        .act(judge, json!({"act": "seek_recording", "position_ms": 100}))
        .await;
    court.act(judge, json!({"act": "play_recording"})).await;
    // It ends by itself.
    court.log_with("playback_reached_end").await;
    court.act(judge, json!({"act": "put_away_recording"})).await;
    assert_eq!(court.opens(&judges, &sound).await, 404, "put away");
    assert_eq!(court.playback(judge).await, Err(404));

    // Both books tell it: the court log of this hearing, and the chain of custody of what was played.
    let log = court.log_with("playback_put_away").await;
    let of_log: Vec<(String, String)> = log
        .iter()
        .filter(|e| e["kind"].as_str().unwrap().starts_with("playback_"))
        .map(|e| {
            (
                e["kind"].as_str().unwrap().into(),
                e["text"].as_str().unwrap().into(),
            )
        })
        .collect();
    let kinds: Vec<&str> = of_log.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "playback_shown",
            "playback_began",
            "playback_stopped",
            "playback_moved",
            "playback_began",
            "playback_reached_end",
            "playback_put_away"
        ]
    );
    let manifest = mine["playback"]["manifest_sha256"].as_str().unwrap();
    for (kind, text) in &of_log {
        let named = format!("recording={recording} manifest_sha256={manifest}");
        assert!(text.starts_with(&named), "{kind}: {text}");
    }
    assert!(of_log[2].1.contains("shown_to="), "{}", of_log[2].1);
    let entered = court
        .until("the chain of custody", async || {
            let rows = court.app.store.custody(recording).await.unwrap();
            let entries: Vec<Value> = rows
                .iter()
                .map(|r| serde_json::from_str(&r.line).unwrap())
                .collect();
            let played: Vec<Value> = entries
                .into_iter()
                .filter(|e| !e["detail"]["played"].is_null())
                .collect();
            let last = played.last()?;
            (last["detail"]["played"] == "playback_put_away").then_some(played)
        })
        .await;
    let of_custody: Vec<&str> = entered
        .iter()
        .map(|e| e["detail"]["played"].as_str().unwrap())
        .collect();
    // That somebody asked for it was entered before anything was shown, also when it was refused.
    assert_eq!(of_custody[..2], ["playback_asked_for"; 2]);
    assert_eq!(of_custody[2..], kinds[..]);
    assert!(
        entered
            .iter()
            .all(|e| e["act"] == "viewed" && e["detail"]["hearing"] == court.hearing.to_string())
    );
    assert_eq!(entered[3]["by"], "Nilufar Karimova (judge)");
    let report = court.app.evidence.verify(recording, "test").await.unwrap();
    assert!(report.holds(), "{report:?}");
}
