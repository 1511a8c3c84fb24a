//! What of the configuration is written in the environment.

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

/// The `OYER_…` variables that are configuration. Unlike figment's own reading, a text stays a text: a telephone number is
/// no number, and `10.0.0.1` no attempt at one. A list is written with commas between its parts.
pub(super) struct Environment;

/// What the source is called in errors.
pub(super) const NAME: &str = "environment";

/// Variables of ours that configure something else.
const NO_CONFIGURATION: [&str; 5] = ["config", "log", "token", "write_wire", "test_postgres"];

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named(NAME)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut written = Dict::new();
        for (name, text) in std::env::vars_os() {
            let (Some(name), Some(text)) = (name.to_str(), text.to_str()) else {
                continue;
            };
            let Some(key) = name.strip_prefix("OYER_").map(str::to_lowercase) else {
                continue;
            };
            if !NO_CONFIGURATION.contains(&key.as_str()) {
                let value = from_environment(&key, text.trim());
                written.insert(key, value);
            }
        }
        Ok(Map::from([(Profile::Default, written)]))
    }
}

/// What cannot be read as what it should be stays a text, and the error says what was expected.
fn from_environment(key: &str, text: &str) -> Value {
    match key {
        "public_address" | "trusted_proxies" | "cosigners" => {
            // As in the file, `["10.0.0.1"]`, as well.
            let parts = text.trim_matches(['[', ']']).split(',');
            let parts: Vec<_> = parts.map(|part| part.trim().trim_matches('"')).collect();
            let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            Value::from(parts)
        }
        "log_json" => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        key if ["workers", "pkcs11_slot", "second_store_lock_days"].contains(&key)
            || key.ends_with("_port") =>
        {
            text.parse::<u64>().map_or_else(|_| text.into(), Value::from)
        }
        _ => text.into(),
    }
}
