//! Errors as a client sees them: RFC 9457 problem details with a stable code. What happened inside is logged, not told.

use crate::court::entry::BadEntry;
use crate::court::refusal::Refusal;
use crate::hearing::{HearingError, MediaError, Unreachable};
use crate::sfu::NegotiationError;
use crate::store::StoreError;
use crate::wire::api;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// An error on its way out.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A redaction is ordered, and the copy that carries it out is not made yet.
    pub fn redaction_pending() -> Self {
        Problem::new(
            StatusCode::CONFLICT,
            "redaction_pending",
            "The redacted copy is not ready",
            "The court has ordered that parts of this recording are redacted. The redacted copy is not made yet. Ask the court.",
        )
    }

    /// A problem with a stable code.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            title,
            detail: detail.into(),
            headers: Vec::new(),
        }
    }

    /// Says after how many seconds to try again.
    pub fn retry_after(self, seconds: u64) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Adds a header to the answer.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// No session, or one that is no longer valid.
    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "session_invalid",
            "No valid session",
            "Open your invitation link again to sign in.",
        )
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// The caller may not do this.
    pub fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "not_permitted",
            "Not permitted",
            "Your role does not allow this.",
        )
    }

    /// The court has put the caller out of the hearing.
    pub fn removed() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "removed",
            "You were removed from the hearing",
            "The court has removed you from this hearing. Your link opens again if the court lets you wait again; call the \
             court if you think that this is a mistake.",
        )
    }

    /// There is no such thing, or none that the caller may know of.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "Not found",
            "There is nothing at this address that you may see.",
        )
    }

    /// The request cannot be understood.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad_request",
            "The request cannot be understood",
            detail,
        )
    }

    /// The body can be read, and is not what is needed.
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_request",
            "The request cannot be understood",
            detail,
        )
    }

    /// The body is of another type than the one that is taken here.
    pub fn content_type(wanted: &str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "bad_content_type",
            "Wrong content type",
            format!("Send the body as {wanted}."),
        )
    }

    /// The address is there, but not for this method.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "Method not allowed",
            "This address does not take this method. The header `Allow` names those that it takes.",
        )
    }

    /// It took too long.
    pub fn timed_out() -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "timed_out",
            "It took too long",
            "The request was given up. Look whether it was done before you send it again.",
        )
    }

    /// Something failed here; `error` goes to the log, not to the caller.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The server failed",
            "The server could not do this. Nothing was lost; try again, and tell the court's support if it stays.",
        )
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The body as it goes over the wire.
    pub fn body(&self) -> api::Problem {
        api::Problem {
            r#type: format!("https://oyer.example/problems/{}", self.code),
            title: self.title.to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.to_owned(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let json = serde_json::to_vec(&self.body()).unwrap_or_default();
        let mut response = (
            self.status,
            [(header::CONTENT_TYPE, "application/problem+json")],
            json,
        )
            .into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}

impl From<BadEntry> for Problem {
    fn from(bad: BadEntry) -> Self {
        Self::bad_request(bad.to_string())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::NotPermitted => StatusCode::FORBIDDEN,
            Refusal::UnknownParticipant => StatusCode::NOT_FOUND,
            Refusal::BadText | Refusal::BadDate => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::CONFLICT,
        };
        Self::new(
            status,
            refusal.code(),
            "The act was not done",
            refusal.to_string(),
        )
    }
}

impl From<Unreachable> for Problem {
    fn from(error: Unreachable) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "hearing_unreachable",
            "The hearing cannot be reached",
            error.to_string(),
        )
        .retry_after(1)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(_) => Self::not_found(),
            StoreError::Conflict(why) => Self::new(
                StatusCode::CONFLICT,
                "conflict",
                "It is there already, or was changed",
                format!("Nothing was done: {why}."),
            ),
            other => Self::internal(&other),
        }
    }
}

impl From<HearingError> for Problem {
    fn from(error: HearingError) -> Self {
        match error {
            HearingError::Unknown => Self::not_found(),
            HearingError::Stopping => Unreachable.into(),
            HearingError::Store(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<NegotiationError> for Problem {
    fn from(error: NegotiationError) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "offer_refused",
            "The offer cannot be answered",
            error.to_string(),
        )
    }
}

impl From<MediaError> for Problem {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Refused(refusal) => refusal.into(),
            MediaError::NoSession => Self::not_found(),
            MediaError::Negotiation(e) => e.into(),
            MediaError::Gone => Unreachable.into(),
        }
    }
}
