//! The body of a request, read when the handler asks for it: after it has looked who asks and what they may. What cannot
//! be read becomes a problem that names the field, in our own words.

use super::problem::Problem;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, StringRejection};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};
use std::convert::Infallible;

/// The content type of an SDP offer or answer.
pub const SDP: &str = "application/sdp";
/// The content type of an ICE restart and of trickled candidates (RFC 8840).
pub const SDP_FRAGMENT: &str = "application/trickle-ice-sdpfrag";
const JSON: &str = "application/json";
/// Of what the client wrote, no more is said back to it.
const ECHO_CHARS_MAX: usize = 40;
/// Fields that are looked at to find the one at fault; no body of ours has more.
const FIELDS_MAX: usize = 32;

/// A body that is not read yet.
pub struct Body(Request);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        Ok(Self(request))
    }
}

impl Body {
    /// Reads it as JSON.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, Problem> {
        self.is_of_type(JSON)?;
        let bytes = Bytes::from_request(self.0, &()).await;
        read(&bytes.map_err(|rejection: BytesRejection| unread(rejection.status()))?)
    }

    /// Reads it as an SDP offer.
    pub async fn offer(self) -> Result<String, Problem> {
        self.text(SDP).await
    }

    /// Reads it as a fragment of SDP.
    pub async fn fragment(self) -> Result<String, Problem> {
        self.text(SDP_FRAGMENT).await
    }

    async fn text(self, content_type: &'static str) -> Result<String, Problem> {
        self.is_of_type(content_type)?;
        String::from_request(self.0, &())
            .await
            .map_err(|rejection| match rejection {
                StringRejection::InvalidUtf8(_) => Problem::bad_request("The body is not text in UTF-8."),
                StringRejection::FailedToBufferBody(rejection) => unread(rejection.status()),
                other => Problem::internal(&other),
            })
    }

    fn is_of_type(&self, content_type: &'static str) -> Result<(), Problem> {
        if essence(self.0.headers()).eq_ignore_ascii_case(content_type) {
            Ok(())
        } else {
            Err(Problem::content_type(content_type))
        }
    }
}

/// The content type without its parameters.
fn essence(headers: &HeaderMap) -> &str {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim()
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

/// What the bytes say, or a problem that names what is wrong with them.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let (path, error) = match serde_path_to_error::deserialize(&mut json) {
        Ok(value) => match json.end() {
            Ok(()) => return Ok(value),
            Err(error) => (None, error),
        },
        Err(error) => (Some(error.path().clone()), error.into_inner()),
    };
    if !error.is_data() {
        return Err(Problem::bad_request(format!(
            "The body is not JSON: it cannot be read from line {}, column {}.",
            error.line(),
            error.column()
        )));
    }
    let field = path.map(|path| name_of(&path)).filter(|name| !name.is_empty());
    let detail = fault(&error.to_string(), field, || field_at_fault::<T>(bytes));
    Err(Problem::unprocessable(detail))
}

/// `hearings[2].title`
fn name_of(path: &Path) -> String {
    let mut name = String::new();
    for segment in path {
        match segment {
            Segment::Map { key } if name.is_empty() => name += &shortened(key),
            Segment::Map { key } => name += &format!(".{}", shortened(key)),
            Segment::Seq { index } => name += &format!("[{index}]"),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    name
}

/// What is wrong, in plain words. `said` is the parser's own report; its first quoted word is the name that it is about.
fn fault(said: &str, field: Option<String>, find: impl FnOnce() -> Option<String>) -> String {
    let mut quoted = said.split('`').skip(1).step_by(2);
    let named = shortened(quoted.next().unwrap_or_default());
    let known = quoted
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let inside = |name: &str| match &field {
        Some(field) if field != name => format!("{field}.{name}"),
        _ => name.to_owned(),
    };
    if said.starts_with("missing field") {
        return format!("`{}` is missing.", inside(&named));
    }
    if said.starts_with("duplicate field") {
        return format!("`{}` is given twice.", inside(&named));
    }
    if said.starts_with("unknown field") {
        if known.is_empty() {
            return format!("`{named}` is not known here. No field is.");
        }
        return format!("`{named}` is not known here. Known are: {known}.");
    }
    let Some(field) = field.clone().or_else(find) else {
        return "The body is not of the form that is needed here; /api/v1/openapi.json describes it."
            .to_owned();
    };
    if said.starts_with("unknown variant") {
        return format!("`{field}` is `{named}`, which is none of: {known}.");
    }
    format!("`{field}` is not of the form that is needed here; /api/v1/openapi.json describes it.")
}

/// The field at fault where the parser does not say: the one without which it finds another fault, or none.
fn field_at_fault<T: DeserializeOwned>(bytes: &[u8]) -> Option<String> {
    let body: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
    let report = |body: Map<String, Value>| T::deserialize(Value::Object(body)).err().map(|e| e.to_string());
    let whole = report(body.clone());
    let is_at_fault = |field: &&String| {
        let mut without = body.clone();
        without.remove(*field);
        report(without) != whole
    };
    let at_fault: Vec<&String> = body.keys().take(FIELDS_MAX).filter(is_at_fault).collect();
    // Without the word that says what kind of body it is, nothing is right: it is at fault only if nothing else is.
    let field = at_fault
        .iter()
        .find(|f| f.as_str() != "act")
        .or(at_fault.first())?;
    Some(shortened(field))
}

fn shortened(text: &str) -> String {
    let mut short: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(ECHO_CHARS_MAX)
        .collect();
    if text.chars().count() > ECHO_CHARS_MAX {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::court::act::Act;
    use crate::wire::api::{NewHearing, NewParticipant};

    fn detail<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> String {
        let body = read::<T>(body.as_bytes()).unwrap_err().body();
        assert_eq!(body.code, "bad_request");
        body.detail
    }

    #[test]
    fn a_body_that_is_not_understood_is_told_by_its_field_and_in_plain_words() {
        let hearing = detail::<NewHearing>;
        assert_eq!(hearing(r#"{"title":"T"}"#), "`listed_for` is missing.");
        assert!(hearing(r#"{"title":1,"listed_for":2}"#).starts_with("`title` is not of the form"));
        assert!(
            hearing(r#"{"title":"T","listed_for":"soon"}"#).starts_with("`listed_for` is not of the form")
        );
        assert_eq!(hearing(r#"{"title":"T","title":"U"}"#), "`title` is given twice.");
        assert!(hearing("7").starts_with("The body is not of the form"));
        assert!(hearing("{").starts_with("The body is not JSON"));
        assert!(hearing(r#"{"title":"T","listed_for":2} x"#).contains("line 1, column 30"));
        let role = detail::<NewParticipant>(r#"{"name":"N","role":"king","person":null}"#);
        assert!(
            role.starts_with("`role` is `king`, which is none of: `judge`, "),
            "{role}"
        );

        let act = detail::<Act>;
        assert_eq!(act("{}"), "`act` is missing.");
        assert_eq!(act(r#"{"act":"admit"}"#), "`participant` is missing.");
        assert!(
            act(r#"{"act":"dance"}"#).starts_with("`act` is `dance`, which is none of: `finish_check`, ")
        );
        assert!(act(r#"{"act":"admit","participant":7}"#).starts_with("`participant` is not of the form"));
        assert!(act(r#"{"act":"mute","participant":"x","muted":true}"#).starts_with("`participant` is not"));
        let unknown = act(r#"{"act":"mark","text":"t","at":1}"#);
        assert!(
            unknown.starts_with("`at` is not known here. Known are: "),
            "{unknown}"
        );
        for name in [
            "check_equipment",
            "leave",
            "open",
            "begin",
            "pause",
            "resume",
            "close",
            "go_on_record",
            "go_off_record",
        ] {
            assert!(read::<Act>(format!(r#"{{"act":"{name}"}}"#).as_bytes()).is_ok());
            let unknown = act(&format!(r#"{{"act":"{name}","reason":"late"}}"#));
            assert_eq!(unknown, "`reason` is not known here. No field is.", "{name}");
        }
        let long = act(&format!(r#"{{"act":"{}"}}"#, "x".repeat(10_000)));
        assert!(long.chars().count() < 2_000, "{long}");
    }

    #[test]
    fn nothing_of_the_parser_is_said() {
        for body in [
            "",
            "{",
            "[]",
            "7",
            "null",
            r#"{"act":7}"#,
            r#"{"act":"mute","muted":"x"}"#,
            "{}x",
        ] {
            let said = detail::<Act>(body);
            for word in [
                "expected",
                "invalid type",
                "deserialize",
                "variant",
                "struct",
                "serde",
                "EOF",
            ] {
                assert!(!said.contains(word), "{body}: {said}");
            }
        }
    }
}
