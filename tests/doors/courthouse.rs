//! A court behind its doors: one case, one hearing, a judge and a witness, a member of staff.

use axum::http::StatusCode;
use futures_util::{SinkExt, StreamExt};
use oyer::court::id::{CaseId, HearingId, ParticipantId, PersonId};
use oyer::court::role::Role;
use oyer::evidence::Evidence;
use oyer::hearing::Hearings;
use oyer::http::connections::{self, Bounds};
use oyer::http::{self, App, Limits, Tickets, TrustedProxies, fresh_secret, now_ms};
use oyer::sfu::{Engine, EngineConfig};
use oyer::store::{NewCase, NewHearing, NewParticipant, Store};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A WebSocket from the client's end.
pub type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

pub const JUDGE: &str = "Nilufar Karimova";
pub const WITNESS: &str = "Aziza Rahimova";

pub struct Court {
    pub app: App,
    pub base: String,
    pub case: CaseId,
    pub hearing: HearingId,
    pub judge: Someone,
    pub witness: Someone,
    /// A staff token.
    pub staff: String,
    client: reqwest::Client,
    folder: tempfile::TempDir,
}

/// A participant with a link and a session.
pub struct Someone {
    pub id: ParticipantId,
    pub secret: String,
    pub session: String,
}

impl Court {
    /// The data folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The same court after a restart of its server, which has a door of its own.
    pub async fn restarted(mut self) -> Self {
        let (store, now) = (self.app.store.clone(), time::OffsetDateTime::now_utc());
        let (evidence, _) = Evidence::open(store.clone(), self.folder(), "Tashkent City Court", now).unwrap();
        self.app.hearings = Hearings::new(self.app.engine.clone(), store, evidence.clone());
        self.app.evidence = evidence;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(connections::serve(
            listener,
            http::router(self.app.clone()),
            Bounds::of_descriptors(1024),
            |_| true,
            CancellationToken::new(),
        ));
        self
    }

    pub async fn open() -> Self {
        Self::behind(TrustedProxies::default()).await
    }

    /// A court with proxies before it.
    pub async fn behind(proxies: TrustedProxies) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_embedded(folder.path()).await.unwrap();
        let now = time::OffsetDateTime::now_utc();
        let (evidence, _) = Evidence::open(store.clone(), folder.path(), "Tashkent City Court", now).unwrap();
        let engine = Engine::start(EngineConfig {
            workers: 1,
            bind: Ipv4Addr::LOCALHOST.into(),
            first_port: 0,
            ..EngineConfig::default()
        })
        .unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = App {
            hearings: Hearings::new(engine.clone(), store.clone(), evidence.clone()),
            store: store.clone(),
            evidence,
            engine,
            base_url: base.as_str().into(),
            court: Arc::new(oyer::wire::api::Court {
                name: Some("Tashkent City Court".into()),
                telephone: None,
            }),
            limits: Arc::new(Limits::default()),
            proxies: Arc::new(proxies),
            tickets: Arc::new(Tickets::default()),
            relay: Some(Arc::new(http::Relay::new(
                "turns:turn.court.example:5349?transport=tcp".into(),
                "shared",
            ))),
            metrics: metrics_exporter_prometheus::PrometheusBuilder::new()
                .build_recorder()
                .handle(),
        };
        let router = http::router(app.clone());
        let bounds = Bounds::of_descriptors(1024);
        tokio::spawn(connections::serve(
            listener,
            router,
            bounds,
            |_| true,
            CancellationToken::new(),
        ));

        let (case, hearing) = (CaseId(Uuid::now_v7()), HearingId(Uuid::now_v7()));
        let new = NewCase {
            id: case,
            reference: "1-1001/2026".into(),
            title: "State v. Example".into(),
            created_at: now_ms(),
        };
        store.create_case(new).await.unwrap();
        let new = NewHearing {
            id: hearing,
            case_id: case,
            title: "Main hearing".into(),
            listed_for: now_ms(),
            created_at: now_ms(),
        };
        store.create_hearing(new).await.unwrap();
        let client = oyer::outside::plain().unwrap().build().unwrap();
        let judge = Someone::invited(&app, &client, hearing, JUDGE, Role::Judge).await;
        let witness = Someone::invited(&app, &client, hearing, WITNESS, Role::Witness).await;
        let person = PersonId(Uuid::now_v7());
        store.create_person(person, "Registrar", now_ms()).await.unwrap();
        let staff = fresh_secret::<32>().unwrap();
        store
            .create_staff_token(Uuid::now_v7(), person, &staff.hash, now_ms() + 3_600_000)
            .await
            .unwrap();
        Self {
            app,
            base,
            case,
            hearing,
            judge,
            witness,
            staff: staff.text,
            client,
            folder,
        }
    }

    /// Somebody more, with a link and a session.
    pub async fn invite(&self, name: &str, role: Role) -> Someone {
        Someone::invited(&self.app, &self.client, self.hearing, name, role).await
    }

    /// A request to a path of the server.
    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// An act of somebody, by REST.
    pub async fn act(&self, session: &str, act: Value) {
        let path = format!("/api/v1/hearings/{}/acts", self.hearing);
        let done = self.ask(Method::POST, &path).bearer_auth(session).json(&act);
        let answer = done.send().await.unwrap();
        let status = answer.status();
        assert_eq!(
            status,
            StatusCode::NO_CONTENT,
            "{act}: {}",
            answer.text().await.unwrap()
        );
    }

    /// The hearing's WebSocket, without a word said.
    pub async fn silent_socket(&self) -> Socket {
        let base = self.base.replacen("http", "ws", 1);
        let url = format!("{base}/api/v1/hearings/{}/ws", self.hearing);
        tokio_tungstenite::connect_async(url).await.unwrap().0
    }

    /// The hearing's WebSocket, with a participant welcomed there.
    pub async fn socket(&self, session: &str) -> Socket {
        let mut socket = self.silent_socket().await;
        let hello = serde_json::json!({"type": "hello", "version": 1, "session": session});
        socket.send(Message::text(hello.to_string())).await.unwrap();
        let welcome = said(&mut socket).await;
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        socket
    }

    /// The court log as soon as it has an entry of this kind.
    pub async fn log_with(&self, kind: &str) -> Vec<Value> {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            let rows = self.app.store.log(self.hearing).await.unwrap();
            let log: Vec<Value> = rows
                .iter()
                .map(|row| serde_json::from_str(&row.json).unwrap())
                .collect();
            if log.iter().any(|entry| entry["kind"] == kind) {
                return log;
            }
            assert!(std::time::Instant::now() < deadline, "no {kind} in {log:?}");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    /// Opens a link, and gives what came of it.
    pub fn redeem(&self, secret: &str) -> RequestBuilder {
        let body = serde_json::json!({ "secret": secret });
        self.ask(Method::POST, "/api/v1/invitations/redeem").json(&body)
    }
}

/// The next message of the server.
pub async fn said(socket: &mut Socket) -> Value {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Close(frame) => panic!("closed: {frame:?}"),
            _ => continue,
        }
    }
}

impl Someone {
    pub async fn invited(
        app: &App,
        client: &reqwest::Client,
        hearing: HearingId,
        name: &str,
        role: Role,
    ) -> Self {
        let (id, person) = (ParticipantId(Uuid::now_v7()), PersonId(Uuid::now_v7()));
        app.store.create_person(person, name, now_ms()).await.unwrap();
        let listed = NewParticipant {
            id,
            hearing_id: hearing,
            person_id: person,
            role,
            name: name.into(),
        };
        app.store.add_participant(listed).await.unwrap();
        let invitation = http::invitations::create(app, id, 3_600_000).await.unwrap();
        let (_, secret) = invitation.link.split_once('#').unwrap();
        let answer = client
            .post(format!("{}/api/v1/invitations/redeem", app.base_url))
            .json(&serde_json::json!({ "secret": secret }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let session: Value = answer.json().await.unwrap();
        Self {
            id,
            secret: secret.to_owned(),
            session: session["session"].as_str().unwrap().to_owned(),
        }
    }
}

/// The answer is a problem as RFC 9457 writes it, with this status and code. Gives its detail.
pub async fn is_problem(answer: Response, status: u16, code: &str, what: &str) -> String {
    let headers = answer.headers().clone();
    let got = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    assert_eq!(got, status, "{what}: {text}");
    assert_eq!(
        headers["content-type"], "application/problem+json",
        "{what}: {text}"
    );
    assert_eq!(headers["x-content-type-options"], "nosniff", "{what}");
    let problem: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{what}: {e}: {text}"));
    assert_eq!(problem["code"], code, "{what}: {text}");
    assert_eq!(problem["status"], status, "{what}");
    assert!(
        problem["type"].as_str().unwrap().ends_with(code),
        "{what}: {text}"
    );
    assert!(!problem["title"].as_str().unwrap().is_empty(), "{what}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(!detail.is_empty(), "{what}");
    detail.to_owned()
}
