//! Errors as a client sees them: RFC 9457 problem details with a stable code. What happened inside is logged, not told.

use crate::court::refusal::Refusal;
use crate::hearing::{HearingError, MediaError, Unreachable};
use crate::sfu::NegotiationError;
use crate::store::StoreError;
use crate::wire::api;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// An error on its way out.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    /// Seconds after which to try again.
    retry_after: Option<u64>,
}

impl Problem {
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
            retry_after: None,
        }
    }

    /// Says after how many seconds to try again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
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
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
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
        Self::internal(&error)
    }
}

impl From<HearingError> for Problem {
    fn from(error: HearingError) -> Self {
        match error {
            HearingError::Unknown => Self::not_found(),
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
