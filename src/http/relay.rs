//! A relay (TURN, RFC 8656) for people whose network lets nothing else through, as configured. It is the court's own, and
//! takes credentials that this server makes from a secret which both know, each good for a time: the user name is the end
//! of that time and a name, the password their HMAC (the scheme that coturn calls `use-auth-secret`).

use super::app::{App, now_ms};
use super::caller::Participant;
use super::extract::Path;
use super::problem::Problem;
use crate::court::id::HearingId;
use crate::wire::api::IceServer;
use axum::extract::State;
use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use uuid::Uuid;

/// How long credentials are good: a day in court. The relay looks at them when a way through it is opened, not later.
const GOOD_FOR_S: i64 = 12 * 3600;

/// The relay and the secret that it shares with this server.
pub struct Relay {
    url: String,
    key: hmac::Key,
}

impl Relay {
    /// The relay at `url` (`turn:` or `turns:`, RFC 7065), checked already, and its secret.
    pub fn new(url: String, secret: &str) -> Self {
        Self {
            url,
            key: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes()),
        }
    }

    /// Fresh credentials. Their name is random: the relay's operator learns nothing of who takes part.
    pub fn credentials(&self, now_ms: i64) -> IceServer {
        let user = Uuid::new_v4().simple();
        let username = format!("{}:{user}", now_ms / 1000 + GOOD_FOR_S);
        let credential = STANDARD.encode(hmac::sign(&self.key, username.as_bytes()));
        IceServer {
            urls: vec![self.url.clone()],
            username,
            credential,
        }
    }

    /// The same as a header of an answer to WHIP or WHEP (RFC 9725, section 4.6).
    pub(super) fn link(&self, now_ms: i64) -> Option<HeaderValue> {
        let server = self.credentials(now_ms);
        let text = format!(
            "<{}>; rel=\"ice-server\"; username=\"{}\"; credential=\"{}\"; credential-type=\"password\"",
            self.url, server.username, server.credential
        );
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// The relays that a participant's browser may use, with credentials for a day. None where none is configured.
#[utoipa::path(get, path = "/hearings/{id}/ice-servers", tag = "media", params(("id" = String, Path)), responses((status = 200, body = Vec<IceServer>), (status = 403)))]
pub async fn ice_servers(
    State(app): State<App>,
    caller: Participant,
    Path(id): Path<HearingId>,
) -> Result<axum::Json<Vec<IceServer>>, Problem> {
    caller.in_hearing(id)?;
    caller.still_takes_part(&app).await?;
    let servers = app.relay.iter().map(|relay| relay.credentials(now_ms()));
    Ok(axum::Json(servers.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_what_a_relay_computes_and_end_in_time() {
        let relay = Relay::new("turns:turn.court.example:5349".into(), "north");
        let server = relay.credentials(1_700_000_000_999);
        let (until, user) = server.username.split_once(':').unwrap();
        assert_eq!(until, (1_700_000_000 + GOOD_FOR_S).to_string());
        assert_eq!(user.len(), 32);
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"north");
        let tag = STANDARD.decode(&server.credential).unwrap();
        assert!(hmac::verify(&key, server.username.as_bytes(), &tag).is_ok());
        assert_ne!(relay.credentials(0).username, relay.credentials(0).username);
        let link = relay.link(0).unwrap();
        let text = link.to_str().unwrap();
        assert!(
            text.starts_with("<turns:turn.court.example:5349>; rel=\"ice-server\"; username=\"43200:"),
            "{text}"
        );
        assert!(!format!("{link:?}").contains("credential"));
    }
}
