//! The REST API, WHIP and WHEP, over plain HTTP.

use crate::court::act::Act;
use crate::court::id::{CaseId, HearingId, ParticipantId, RecordingId};
use crate::outside;
use crate::wire::api::{
    Case, CaseFile, Hearing, HearingNow, Invitation, Me, NewCase, NewHearing, NewInvitation, NewParticipant,
    Participant, Problem, Recording, RedeemRequest, Session, Ticket, Verification,
};
use futures_util::StreamExt;
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs, UdpSocket};
use std::path::Path;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The server could not be reached, or the connection broke.
    #[error("{}", with_causes(.0))]
    Http(#[from] reqwest::Error),
    /// The server refused, and said why (RFC 9457).
    #[error("{} ({}): {}", .0.title, .0.code, .0.detail)]
    Problem(Box<Problem>),
    /// An answer that the API does not promise.
    #[error("unexpected answer to {call}: {status} {body}")]
    Unexpected {
        /// Which call.
        call: String,
        /// HTTP status.
        status: StatusCode,
        /// The start of the body.
        body: String,
    },
    /// The address of the server makes no sense.
    #[error("{0} is not the address of a server: {1}")]
    Address(String, String),
    /// A file could not be written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl ApiError {
    /// The problem's stable code, if the server gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            ApiError::Problem(problem) => Some(&problem.code),
            _ => None,
        }
    }
}

/// The API of one server, as one session.
#[derive(Debug, Clone)]
pub struct Api {
    client: reqwest::Client,
    origin: reqwest::Url,
    local: IpAddr,
    session: Option<String>,
}

const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How often something that takes time is asked how it stands.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long is waited in all when the server asks for it.
const WAIT_MAX: Duration = Duration::from_secs(120);
const BODY_SHOWN_MAX: usize = 300;

impl Api {
    /// For the server at this address, `http://host:port`, without a session.
    pub fn new(base_url: &str) -> Result<Self, ApiError> {
        let wrong = |why: &dyn std::fmt::Display| ApiError::Address(base_url.to_owned(), why.to_string());
        let mut origin: reqwest::Url = base_url.parse().map_err(|e| wrong(&e))?;
        if origin.scheme() != "http" {
            return Err(wrong(
                &"only http:// is spoken here; give the address behind the TLS proxy",
            ));
        }
        origin.set_path("/");
        origin.set_query(None);
        origin.set_fragment(None);
        let host = origin.host_str().ok_or_else(|| wrong(&"it names no host"))?;
        let port = origin
            .port_or_known_default()
            .ok_or_else(|| wrong(&"it names no port"))?;
        let local = address_toward(host.trim_matches(['[', ']']), port)?;
        let client = outside::plain().map_err(|e| wrong(&e))?;
        let client = client.connect_timeout(Duration::from_secs(5)).build()?;
        Ok(Self {
            client,
            origin,
            local,
            session: None,
        })
    }

    /// The same server, as this session.
    pub fn with_session(&self, session: &str) -> Self {
        Self {
            session: Some(session.to_owned()),
            ..self.clone()
        }
    }

    /// The address of this computer on the way to the server.
    pub fn local_address(&self) -> IpAddr {
        self.local
    }

    /// The session's secret, if there is one.
    pub fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// Address of the hearing's WebSocket.
    pub fn socket_url(&self, hearing: HearingId) -> String {
        let mut url = self.origin.clone();
        url.set_path(&format!("/api/v1/hearings/{hearing}/ws"));
        url.as_str().replacen("http", "ws", 1)
    }

    /// Redeems the secret of a link (what follows `#`).
    pub async fn redeem(&self, secret: &str) -> Result<Session, ApiError> {
        let body = RedeemRequest {
            secret: secret.to_owned(),
        };
        self.json(self.request(Method::POST, "/invitations/redeem").json(&body))
            .await
    }

    /// Who the session is.
    pub async fn me(&self) -> Result<Me, ApiError> {
        self.get("/me").await
    }

    /// The hearing as the session may see it.
    pub async fn hearing_now(&self, hearing: HearingId) -> Result<HearingNow, ApiError> {
        self.get(&format!("/hearings/{hearing}/state")).await
    }

    /// An act, by REST.
    pub async fn act(&self, hearing: HearingId, act: &Act) -> Result<(), ApiError> {
        let request = self.request(Method::POST, &format!("/hearings/{hearing}/acts"));
        self.send(request.json(act)).await.map(drop)
    }

    /// Opens a case. Needs a staff token as its session.
    pub async fn create_case(&self, case: &NewCase) -> Result<Case, ApiError> {
        self.json(self.request(Method::POST, "/cases").json(case)).await
    }

    /// A case with its hearings and evidence.
    pub async fn case(&self, case: CaseId) -> Result<CaseFile, ApiError> {
        self.get(&format!("/cases/{case}")).await
    }

    /// Lists a further hearing of a case.
    pub async fn list_hearing(&self, case: CaseId, hearing: &NewHearing) -> Result<Hearing, ApiError> {
        let request = self.request(Method::POST, &format!("/cases/{case}/hearings"));
        self.json(request.json(hearing)).await
    }

    /// Who is expected at a hearing.
    pub async fn participants(&self, hearing: HearingId) -> Result<Vec<Participant>, ApiError> {
        self.get(&format!("/hearings/{hearing}/participants")).await
    }

    /// Adds somebody to a hearing.
    pub async fn add_participant(
        &self,
        hearing: HearingId,
        participant: &NewParticipant,
    ) -> Result<Participant, ApiError> {
        let request = self.request(Method::POST, &format!("/hearings/{hearing}/participants"));
        self.json(request.json(participant)).await
    }

    /// Makes a link for a participant.
    pub async fn invite(
        &self,
        participant: ParticipantId,
        valid_seconds: u32,
    ) -> Result<Invitation, ApiError> {
        let request = self.request(Method::POST, &format!("/participants/{participant}/invitations"));
        self.json(request.json(&NewInvitation {
            valid_seconds: Some(valid_seconds),
        }))
        .await
    }

    /// A recording with its log, gaps and custody.
    pub async fn recording(&self, recording: RecordingId) -> Result<Recording, ApiError> {
        self.get(&format!("/recordings/{recording}")).await
    }

    /// Has the server verify a recording, and waits for the verdict.
    pub async fn verify(&self, recording: RecordingId) -> Result<Verification, ApiError> {
        let path = format!("/recordings/{recording}/verify");
        let mut method = Method::POST;
        loop {
            let request = self.request(method, &path).timeout(ANSWER_WITHIN);
            let answer = self.send(request).await?;
            if answer.status() != StatusCode::ACCEPTED {
                return Ok(answer.json().await?);
            }
            tokio::time::sleep(LOOK_EVERY).await;
            method = Method::GET;
        }
    }

    /// The root certificate of the server's seal, PEM.
    pub async fn seal_root(&self) -> Result<String, ApiError> {
        Ok(self
            .send(self.request(Method::GET, "/seal/root.pem"))
            .await?
            .text()
            .await?)
    }

    /// Downloads the bundle of a recording, a tar, into a file. Gives its size in bytes.
    pub async fn download_bundle(&self, recording: RecordingId, to: &Path) -> Result<u64, ApiError> {
        let request = self.request(Method::POST, &format!("/recordings/{recording}/tickets"));
        let ticket: Ticket = self.json(request).await?;
        let url = self.resolve(&format!("{}/bundle.tar", ticket.base))?;
        let response = self.send(self.client.get(url)).await?;
        let mut file = tokio::fs::File::create(to).await?;
        let mut body = response.bytes_stream();
        let mut bytes = 0;
        while let Some(chunk) = body.next().await {
            let chunk = chunk?;
            bytes += chunk.len() as u64;
            file.write_all(&chunk).await?;
        }
        file.sync_all().await?;
        Ok(bytes)
    }

    /// Posts an SDP offer (RFC 9725, section 4.2). Gives the session's Location and the answer.
    pub async fn offer(&self, path: &str, sdp: String) -> Result<(String, String), ApiError> {
        let request = self
            .request(Method::POST, path)
            .header(CONTENT_TYPE, "application/sdp")
            .header(ACCEPT, "application/sdp")
            .body(sdp)
            .timeout(ANSWER_WITHIN);
        let response = self.send(request).await?;
        let location = response.headers().get(LOCATION).and_then(|l| l.to_str().ok());
        match (response.status(), location.map(str::to_owned)) {
            (StatusCode::CREATED, Some(location)) => Ok((location, response.text().await?)),
            (status, _) => Err(ApiError::Unexpected {
                call: format!("POST {path}"),
                status,
                body: "201 with a Location was promised".to_owned(),
            }),
        }
    }

    /// Ends a WHIP or WHEP session at its Location. One that is gone already is no error.
    pub async fn end_media_session(&self, location: &str) -> Result<(), ApiError> {
        let url = self.resolve(location)?;
        let request = self.authorised(self.client.delete(url)).timeout(ANSWER_WITHIN);
        match self.send(request).await {
            Ok(_) => Ok(()),
            Err(ApiError::Problem(problem)) if [404, 410].contains(&problem.status) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// True when the server answers that it is ready.
    pub async fn ready(&self) -> bool {
        let Ok(url) = self.resolve("/readyz") else {
            return false;
        };
        let response = self.client.get(url).timeout(Duration::from_secs(2)).send().await;
        response.is_ok_and(|response| response.status().is_success())
    }

    fn resolve(&self, location: &str) -> Result<reqwest::Url, ApiError> {
        self.origin
            .join(location)
            .map_err(|e| ApiError::Address(location.to_owned(), e.to_string()))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut url = self.origin.clone();
        url.set_path(&format!("/api/v1{path}"));
        self.authorised(self.client.request(method, url))
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.session {
            Some(session) => request.bearer_auth(session),
            None => request,
        }
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        self.json(self.request(Method::GET, path)).await
    }

    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ApiError> {
        Ok(self.send(request.timeout(ANSWER_WITHIN)).await?.json().await?)
    }

    /// Sends a request. When the server asks to wait, which means that it has done nothing, waits and asks again.
    async fn send(&self, mut request: RequestBuilder) -> Result<Response, ApiError> {
        let mut waited = Duration::ZERO;
        let response = loop {
            let again = request.try_clone();
            let response = request.send().await?;
            match wait_asked(&response).zip(again) {
                Some((wait, again)) if waited + wait <= WAIT_MAX => {
                    waited += wait;
                    tokio::time::sleep(wait).await;
                    request = again;
                }
                _ => break response,
            }
        };
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let call = response.url().path().to_owned();
        let body = response.text().await?;
        Err(match serde_json::from_str::<Problem>(&body) {
            Ok(problem) => ApiError::Problem(Box::new(problem)),
            Err(_) => ApiError::Unexpected {
                call,
                status,
                body: body.chars().take(BODY_SHOWN_MAX).collect(),
            },
        })
    }
}

/// How long the server asks to wait because it was asked for too much (RFC 6585, section 4).
fn wait_asked(response: &Response) -> Option<Duration> {
    if response.status() != StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).max(Duration::from_millis(100)))
}

/// An error and what caused it: alone, that of an HTTP client only says that there was one.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"))
}

/// The local address that the system would send from; no packet is sent to find out.
fn address_toward(host: &str, port: u16) -> Result<IpAddr, ApiError> {
    let wrong = |why: String| ApiError::Address(format!("{host}:{port}"), why);
    let remote = (host, port)
        .to_socket_addrs()
        .map_err(|e| wrong(e.to_string()))?
        .next()
        .ok_or_else(|| wrong("the name has no address".to_owned()))?;
    let any: IpAddr = if remote.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        std::net::Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(remote)?;
    Ok(socket.local_addr()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_and_the_socket_has_its_own_scheme() {
        let api = Api::new("http://127.0.0.1:8080/join#secret").unwrap();
        assert_eq!(api.local_address(), IpAddr::V4(Ipv4Addr::LOCALHOST));
        let hearing = HearingId(uuid::Uuid::nil());
        assert_eq!(
            api.socket_url(hearing),
            format!("ws://127.0.0.1:8080/api/v1/hearings/{hearing}/ws")
        );
        for wrong in ["https://127.0.0.1", "nonsense", "http://"] {
            assert!(matches!(Api::new(wrong), Err(ApiError::Address(..))), "{wrong}");
        }
    }

    #[tokio::test]
    async fn who_is_asked_to_wait_waits_and_asks_again() {
        use axum::http::StatusCode;
        use axum::routing::post;
        use std::sync::atomic::{AtomicU32, Ordering};
        static ASKED: AtomicU32 = AtomicU32::new(0);
        async fn offer(body: String) -> axum::response::Response {
            use axum::response::IntoResponse;
            match ASKED.fetch_add(1, Ordering::Relaxed) {
                0 => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "0")]).into_response(),
                _ => (StatusCode::CREATED, [("location", "/there")], body).into_response(),
            }
        }
        let app = axum::Router::new().route("/api/v1/whip", post(offer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        let api = Api::new(&format!("http://{address}")).unwrap();
        let answered = api.offer("/whip", "v=0".into()).await.unwrap();
        assert_eq!(answered, ("/there".to_owned(), "v=0".to_owned()));
        assert_eq!(ASKED.load(Ordering::Relaxed), 2);
        server.abort();
    }

    #[tokio::test]
    async fn a_problem_keeps_its_code_and_other_answers_are_shown() {
        use axum::http::StatusCode;
        use axum::routing::{get, post};
        let problem = Problem {
            r#type: "https://oyer.example/problems/invitation_expired".into(),
            title: "Expired".into(),
            status: 410,
            detail: "Ask for a new link.".into(),
            code: "invitation_expired".into(),
        };
        let app = axum::Router::new()
            .route(
                "/api/v1/invitations/redeem",
                post(move || async move { (StatusCode::GONE, axum::Json(problem)) }),
            )
            .route("/api/v1/me", get(|| async { (StatusCode::BAD_GATEWAY, "proxy") }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        let api = Api::new(&format!("http://{address}")).unwrap();
        assert_eq!(
            api.redeem("x").await.unwrap_err().code(),
            Some("invitation_expired")
        );
        let unexpected = api.me().await.unwrap_err();
        assert!(unexpected.to_string().contains("proxy"), "{unexpected}");
        assert!(!api.ready().await);
        server.abort();
    }
}
