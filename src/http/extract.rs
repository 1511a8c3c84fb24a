//! What a request holds, read with errors in our own form: where axum would answer in plain text, we answer with a
//! problem that has a code.

use super::app::App;
use super::problem::Problem;
use axum::extract::rejection::{JsonRejection, StringRejection};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::de::DeserializeOwned;
use std::net::{IpAddr, SocketAddr};

/// Identifiers in the path.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Path(value)),
            Err(rejection) if rejection.status().is_server_error() => Err(Problem::internal(&rejection)),
            Err(_) => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "bad_id",
                "The address cannot be understood",
                "The address holds something that is not an identifier (a UUID). Check that it is complete.",
            )),
        }
    }
}

/// A JSON body; what cannot be read becomes a problem that says why.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Json(value)),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Problem::content_type("application/json")),
            Err(JsonRejection::BytesRejection(rejection)) => Err(unread(rejection.status())),
            Err(rejection) => Err(Problem::new(
                rejection.status(),
                "bad_request",
                "The request cannot be understood",
                rejection.body_text(),
            )),
        }
    }
}

/// The content type of an SDP offer or answer.
pub const SDP: &str = "application/sdp";
/// The content type of an ICE restart and of trickled candidates (RFC 8840).
pub const SDP_FRAGMENT: &str = "application/trickle-ice-sdpfrag";

/// An SDP offer.
pub struct Offer(pub String);

impl<S: Send + Sync> FromRequest<S> for Offer {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        text(request, state, SDP).await.map(Offer)
    }
}

/// A fragment of SDP.
pub struct Fragment(pub String);

impl<S: Send + Sync> FromRequest<S> for Fragment {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        text(request, state, SDP_FRAGMENT).await.map(Fragment)
    }
}

async fn text<S: Send + Sync>(
    request: Request,
    state: &S,
    content_type: &'static str,
) -> Result<String, Problem> {
    if !is_of_type(request.headers(), content_type) {
        return Err(Problem::content_type(content_type));
    }
    String::from_request(request, state)
        .await
        .map_err(|rejection| match rejection {
            StringRejection::InvalidUtf8(_) => Problem::bad_request("The body is not text in UTF-8."),
            StringRejection::FailedToBufferBody(rejection) => unread(rejection.status()),
            other => Problem::internal(&other),
        })
}

fn is_of_type(headers: &HeaderMap, content_type: &str) -> bool {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(content_type)
}

/// A body that is too large, or that ended before its time.
fn unread(status: StatusCode) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "The body is too large",
            format!(
                "A body may have {} bytes at most. Nothing was done.",
                super::BODY_BYTES_MAX
            ),
        );
    }
    Problem::bad_request("The body did not arrive whole. Send the request again.")
}

/// The upgrade to a WebSocket.
pub struct Upgrade(pub WebSocketUpgrade);

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match WebSocketUpgrade::from_request_parts(parts, state).await {
            Ok(upgrade) => Ok(Upgrade(upgrade)),
            Err(rejection) => Err(Problem::new(
                StatusCode::UPGRADE_REQUIRED,
                "upgrade_required",
                "This is the address of a WebSocket",
                format!(
                    "Open it as a WebSocket, version 13, as docs/protocol.md says. {}",
                    rejection.body_text()
                ),
            )
            .with_header(header::UPGRADE, HeaderValue::from_static("websocket"))
            .with_header(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"))),
        }
    }
}

/// The address that the request comes from, as far as it can be believed.
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let ConnectInfo(peer) = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .ok_or_else(|| Problem::internal(&"the server does not know its peer"))?;
        Ok(Self(app.proxies.client(peer.ip(), &parts.headers)))
    }
}
