//! The relay (TURN) that media may take, as it is written.

use super::{ConfigError, Hidden};

/// The relay, if there is one. Its address goes into a header and to every page.
pub(super) fn turn(
    url: Option<String>,
    secret: Option<Hidden>,
) -> Result<Option<(String, Hidden)>, ConfigError> {
    let (url, secret) = match (url, secret) {
        (None, None) => return Ok(None),
        (Some(url), Some(secret)) => (url, secret),
        (Some(url), None) => {
            return Err(ConfigError::Bad {
                field: "turn_url",
                value: shown_relay(url),
                mend: "write the secret that the relay shares as turn_secret as well, or in OYER_TURN_SECRET",
            });
        }
        (None, Some(_)) => {
            return Err(ConfigError::Bad {
                field: "turn_secret",
                value: "(not shown)".into(),
                mend: "write the relay's address as turn_url as well",
            });
        }
    };
    if !is_turn(&url) {
        return Err(ConfigError::Bad {
            field: "turn_url",
            value: shown_relay(url),
            mend: "write turns: or turn:, host and port, such as turns:turn.court.example:443?transport=tcp, without a name or a \
                   password",
        });
    }
    if secret.0.len() < 16 {
        return Err(ConfigError::Bad {
            field: "turn_secret",
            value: "(not shown)".into(),
            mend: "write at least 16 characters; whoever guesses it uses the relay",
        });
    }
    Ok(Some((url, secret)))
}

/// A relay's address as it may be shown: what is no such address may hold a password.
fn shown_relay(url: String) -> String {
    match is_turn(&url) {
        true => url,
        false => "(not shown)".into(),
    }
}

/// RFC 7065: scheme, host, port, transport; no name and no password.
fn is_turn(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("turns:").or_else(|| url.strip_prefix("turn:")) else {
        return false;
    };
    let (place, query) = rest.split_once('?').unwrap_or((rest, "transport=tcp"));
    let is_host = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    !place.is_empty() && place.chars().all(is_host) && ["transport=tcp", "transport=udp"].contains(&query)
}
