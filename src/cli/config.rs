//! Configuration: a file, then `OYER_…` environment variables, then flags. What is written and what is in force are
//! two types; nothing downstream checks again.

use crate::court::entry::is_printable_line;
use crate::http::{BadNetwork, Network};
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use reqwest::Url;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// Where the data is: for every command that works on it, before or after the command's name.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Where the data is")]
pub struct Place {
    /// Configuration file (TOML). Environment variables OYER_… and flags win over it.
    #[arg(long, value_name = "FILE", env = "OYER_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// Folder for the database, the recordings and the keys.
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    /// Database URL (sqlite:… or postgres:…); by default SQLite in the data folder.
    #[arg(long, value_name = "URL", global = true)]
    database: Option<String>,
}

impl Place {
    /// For a command that works on no data folder: a flag that would be ignored is refused.
    pub fn is_none_of(&self, command: &'static str) -> Result<(), ConfigError> {
        if self.data.is_some() || self.database.is_some() {
            return Err(ConfigError::NoPlace(command));
        }
        Ok(())
    }
}

/// As written. Every field may be missing.
#[derive(Debug, Clone, Default, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, default)]
pub struct Written {
    /// Folder for the database, the recordings and the keys. As a flag: [`Place`].
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Address of the HTTP server, such as 127.0.0.1:8080. Port 0 takes any free one.
    #[arg(long, value_name = "ADDR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// Where the links lead, such as https://hearings.court.example, if a proxy stands before the server.
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// First UDP port for media; one port per worker follows. 0 takes any free ones.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_port: Option<u16>,
    /// TCP port for media of people whose network blocks UDP; by default the port of --listen and one. 0 is none.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_tcp_port: Option<u16>,
    /// Address on which media is received, such as :: for IPv4 and IPv6; by default that of --listen, if it is loopback or
    /// IPv6, else all of IPv4.
    #[arg(long, value_name = "IP")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_address: Option<IpAddr>,
    /// Address that clients reach the media ports at, over UDP and TCP, if it is not one of this machine's own, as behind
    /// NAT. May be repeated, for IPv4 and IPv6.
    #[arg(long, value_name = "IP")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub public_address: Vec<IpAddr>,
    /// A proxy before the server (an address or a network such as 10.0.0.0/8) that is believed when it says, by
    /// Forwarded or X-Forwarded-For, where a request comes from. May be repeated. Without it no proxy is believed.
    #[arg(long = "trusted-proxy", value_name = "NETWORK")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trusted_proxies: Vec<String>,
    /// Media worker threads; by default one per core.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<usize>,
    /// Database URL (sqlite:… or postgres:…); by default SQLite in the data folder. As a flag: [`Place`].
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// The court's name, as it stands in the seal's certificate.
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// The court's name, as people read it on every page. Without it the pages name no court.
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub court_name: Option<String>,
    /// Telephone for people who need help with a hearing, such as "+998 71 200 00 00"; on every page beside the name.
    #[arg(long, value_name = "NUMBER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub court_telephone: Option<String>,
    /// Time-stamp authority (RFC 3161) that stamps seals, such as http://tsa.example/stamp; by default the built-in service,
    /// which is the court's own word.
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp_url: Option<String>,
    /// PEM file with the root certificate of that authority.
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp_root: Option<PathBuf>,
    /// Relay for people whose network lets neither UDP nor TCP to the media ports through (TURN, best over TLS at port 443),
    /// such as turns:turn.court.example:443?transport=tcp. Its secret is turn_secret in the file, or OYER_TURN_SECRET.
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn_url: Option<String>,
    /// The secret that the relay shares with this server (coturn: static-auth-secret). No flag: flags are seen by everybody
    /// on the machine.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn_secret: Option<Hidden>,
    /// Logs as JSON lines.
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub log_json: bool,
}

/// A secret: it is shown nowhere.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct Hidden(pub String);

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// What is no text, such as a number in the file, is an error that does not repeat it.
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Hidden;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a secret in quotes")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Hidden, E> {
                Ok(Hidden(text.to_owned()))
            }

            fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Hidden, E> {
                Err(E::custom("write the secret in quotes"))
            }

            fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Hidden, E> {
                Err(E::custom("write the secret in quotes"))
            }

            fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Hidden, E> {
                Err(E::custom("write the secret in quotes"))
            }
        }
        deserializer.deserialize_any(Text)
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// In force: complete and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder for everything that is kept.
    pub data: PathBuf,
    /// Address of the HTTP server.
    pub listen: SocketAddr,
    /// Where the links lead; none: at the address that is listened on.
    pub base_url: Option<String>,
    /// First UDP port.
    pub media_port: u16,
    /// TCP port for media; 0 takes any free one, none: no media over TCP.
    pub media_tcp_port: Option<u16>,
    /// Address on which media is received.
    pub media_address: IpAddr,
    /// Addresses to advertise.
    pub public_addresses: Vec<IpAddr>,
    /// Proxies whose word on where a request comes from is taken.
    pub trusted_proxies: Vec<Network>,
    /// Media worker threads.
    pub workers: usize,
    /// Database URL; none: SQLite in the data folder.
    pub database: Option<String>,
    /// The court's name, in the seal's certificate.
    pub organisation: String,
    /// The court's name on the pages; none: the pages name no court.
    pub court_name: Option<String>,
    /// Telephone for people who need help.
    pub court_telephone: Option<String>,
    /// Who stamps seals: the address of an authority and the file with its root; none: the built-in service.
    pub timestamp: Option<(String, PathBuf)>,
    /// The relay and the secret shared with it.
    pub turn: Option<(String, Hidden)>,
    /// Logs as JSON lines.
    pub log_json: bool,
}

/// What is wrong with the configuration, and how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file or the environment cannot be read.
    #[error("The configuration cannot be read: {0}")]
    Unreadable(Box<figment::Error>),
    /// The file is not there.
    #[error("There is no configuration file {0}. Name another with --config, or leave --config out.")]
    Missing(PathBuf),
    /// The command has no data folder.
    #[error("`oyer {0}` works on no data folder: leave out --data and --database.")]
    NoPlace(&'static str),
    /// A value is not possible.
    #[error("`{field}` is {value:?}: {mend}")]
    Bad {
        /// Which.
        field: &'static str,
        /// What was given.
        value: String,
        /// What to write instead.
        mend: &'static str,
    },
}

/// The configuration of an operator's command, which takes no flags but where the data is.
pub fn here(place: Place) -> Result<Config, ConfigError> {
    load(place, Written::default())
}

/// Reads file, environment and flags, the later winning, and checks the outcome.
pub fn load(place: Place, mut flags: Written) -> Result<Config, ConfigError> {
    flags.data = place.data;
    flags.database = place.database;
    let mut sources = Figment::new();
    if let Some(file) = place.config {
        if !file.is_file() {
            return Err(ConfigError::Missing(file));
        }
        sources = sources.merge(Toml::file_exact(file));
    }
    let written: Written = sources
        .merge(Environment)
        .merge(Serialized::defaults(flags))
        .extract()
        .map_err(|e| ConfigError::Unreadable(Box::new(e)))?;
    check(written)
}

/// The `OYER_…` variables that are configuration. Unlike figment's own reading, a text stays a text: a telephone number is
/// no number, and `10.0.0.1` no attempt at one. A list is written with commas between its parts.
struct Environment;

/// Variables of ours that configure something else.
const NO_CONFIGURATION: [&str; 5] = ["config", "log", "token", "write_wire", "test_postgres"];

impl Provider for Environment {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment (`OYER_…`)")
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
        "public_address" | "trusted_proxies" => {
            // As in the file, `["10.0.0.1"]`, as well.
            let parts = text.trim_matches(['[', ']']).split(',');
            let parts: Vec<_> = parts.map(|part| part.trim().trim_matches('"')).collect();
            let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            Value::from(parts)
        }
        "log_json" => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        key if key == "workers" || key.ends_with("_port") => {
            text.parse::<u64>().map_or_else(|_| text.into(), Value::from)
        }
        _ => text.into(),
    }
}

fn check(written: Written) -> Result<Config, ConfigError> {
    let listen_text = written.listen.unwrap_or_else(|| "127.0.0.1:8080".into());
    let listen: SocketAddr = listen_text.parse().map_err(|_| ConfigError::Bad {
        field: "listen",
        value: listen_text,
        mend: "write an IP address and a port, such as 127.0.0.1:8080 or [::]:8080",
    })?;
    let base_url = written.base_url.map(base_url).transpose()?;
    let trusted_proxies = written
        .trusted_proxies
        .into_iter()
        .map(|text| {
            text.parse().map_err(|_: BadNetwork| ConfigError::Bad {
                field: "trusted_proxies",
                value: text,
                mend: "write the address of the proxy, or its network, such as 127.0.0.1 or 10.0.0.0/8",
            })
        })
        .collect::<Result<_, _>>()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = written.workers.unwrap_or(cores.min(64));
    if workers == 0 || workers > 256 {
        return Err(ConfigError::Bad {
            field: "workers",
            value: workers.to_string(),
            mend: "write a number from 1 to 256; one per core is best",
        });
    }
    let media_port = written.media_port.unwrap_or(0);
    if media_port != 0 && usize::from(media_port) + workers - 1 > usize::from(u16::MAX) {
        return Err(ConfigError::Bad {
            field: "media_port",
            value: media_port.to_string(),
            mend: "the ports of all workers must end at 65535; choose a lower one",
        });
    }
    let media_tcp_port = media_tcp_port(written.media_tcp_port, listen.port())?;
    let organisation = written
        .organisation
        .unwrap_or_else(|| "Demonstration Court".into());
    if !is_printable_line(&organisation, 64) {
        return Err(ConfigError::Bad {
            field: "organisation",
            value: organisation,
            mend: "write the court's name in 1 to 64 printable characters",
        });
    }
    if let Some(name) = written
        .court_name
        .as_ref()
        .filter(|name| !is_printable_line(name, COURT_NAME_CHARS_MAX))
    {
        return Err(ConfigError::Bad {
            field: "court_name",
            value: name.clone(),
            mend: "write the court's name in 1 to 100 printable characters, or leave it out",
        });
    }
    if let Some(number) = written
        .court_telephone
        .as_ref()
        .filter(|number| !is_telephone(number))
    {
        return Err(ConfigError::Bad {
            field: "court_telephone",
            value: number.clone(),
            mend: "write one number of 3 to 20 digits, with spaces, ( ) - . / and a + before it if you like, or leave it out",
        });
    }
    let timestamp = match (written.timestamp_url, written.timestamp_root) {
        (None, None) => None,
        (Some(url), Some(root)) => Some((url, root)),
        (Some(url), None) => {
            return Err(ConfigError::Bad {
                field: "timestamp_url",
                value: shown(&url),
                mend: "name the file with the authority's root certificate as timestamp_root as well",
            });
        }
        (None, Some(root)) => {
            return Err(ConfigError::Bad {
                field: "timestamp_root",
                value: root.display().to_string(),
                mend: "write the authority's address as timestamp_url as well",
            });
        }
    };
    let turn = turn(written.turn_url, written.turn_secret)?;
    let media_address = written.media_address.unwrap_or(match listen.ip() {
        loopback if loopback.is_loopback() => loopback,
        // Of both families: `::` takes IPv4 as well.
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    });
    check_public_addresses(&written.public_address, media_address)?;
    Ok(Config {
        data: written.data.unwrap_or_else(|| PathBuf::from("oyer-data")),
        listen,
        base_url,
        media_port,
        media_tcp_port,
        media_address,
        public_addresses: written.public_address,
        trusted_proxies,
        workers,
        database: written.database,
        organisation,
        court_name: written.court_name.map(|name| name.trim().to_owned()),
        court_telephone: written.court_telephone.map(|number| number.trim().to_owned()),
        timestamp,
        turn,
        log_json: written.log_json,
    })
}

impl Config {
    /// The configuration in force, as a file that would bring it about; names, passwords and parameters of URLs are left
    /// out.
    pub fn display(&self) -> String {
        let mut out = format!(
            "data = {:?}\nlisten = \"{}\"\nmedia_port = {}\nmedia_address = \"{}\"\npublic_address = {:?}\ntrusted_proxies = {:?}\nworkers = {}\norganisation = {:?}\nlog_json = {}\n",
            self.data,
            self.listen,
            self.media_port,
            self.media_address,
            self.public_addresses
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            self.trusted_proxies
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            self.workers,
            self.organisation,
            self.log_json
        );
        match self.media_tcp_port {
            None => out.push_str("media_tcp_port = 0\n"),
            Some(0) => out.push_str("# media_tcp_port: any free one\n"),
            Some(port) => out.push_str(&format!("media_tcp_port = {port}\n")),
        }
        if let Some(name) = &self.court_name {
            out.push_str(&format!("court_name = {name:?}\n"));
        }
        if let Some(number) = &self.court_telephone {
            out.push_str(&format!("court_telephone = {number:?}\n"));
        }
        if let Some(url) = &self.base_url {
            out.push_str(&format!("base_url = {url:?}\n"));
        }
        match &self.timestamp {
            Some((url, root)) => {
                let url = shown(url);
                out.push_str(&format!("timestamp_url = {url:?}\ntimestamp_root = {root:?}\n"));
            }
            None => out.push_str("# timestamp_url: the built-in service\n"),
        }
        match &self.turn {
            Some((url, _)) => out.push_str(&format!("turn_url = {url:?}\n# turn_secret: set, not shown\n")),
            None => out.push_str("# turn_url: no relay\n"),
        }
        match &self.database {
            Some(url) => out.push_str(&format!("database = {:?}\n", shown(url))),
            None => out.push_str("# database: SQLite in the data folder\n"),
        }
        out
    }
}

/// The relay, if there is one. Its address goes into a header and to every page.
fn turn(url: Option<String>, secret: Option<Hidden>) -> Result<Option<(String, Hidden)>, ConfigError> {
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

/// The port for media over TCP: what is written, else HTTP's neighbour. HTTP at any free port has no neighbour to name.
fn media_tcp_port(written: Option<u16>, http: u16) -> Result<Option<u16>, ConfigError> {
    let bad = |value: u16, mend| ConfigError::Bad {
        field: "media_tcp_port",
        value: value.to_string(),
        mend,
    };
    match written {
        Some(0) => Ok(None),
        Some(port) if port == http => Err(bad(
            port,
            "the pages have this port; choose another, or 0 for no media over TCP",
        )),
        Some(port) => Ok(Some(port)),
        None if http == 0 => Ok(Some(0)),
        None => http
            .checked_add(1)
            .map(Some)
            .ok_or_else(|| bad(http, "the port after that of --listen does not exist; choose one")),
    }
}

/// A packet from an IPv6 address does not come to a socket of IPv4, and nobody sends to `0.0.0.0`.
fn check_public_addresses(all: &[IpAddr], media: IpAddr) -> Result<(), ConfigError> {
    let bad = |address: &IpAddr, mend| ConfigError::Bad {
        field: "public_address",
        value: address.to_string(),
        mend,
    };
    for address in all {
        if address.is_unspecified() || address.is_multicast() {
            return Err(bad(address, "write the address of one machine"));
        }
        if address.is_ipv6() && media.is_ipv4() {
            return Err(bad(
                address,
                "media is received on IPv4 only; write media_address = \"::\" as well",
            ));
        }
    }
    Ok(())
}

const COURT_NAME_CHARS_MAX: usize = 100;

/// True for what a telephone dials, as people write it.
fn is_telephone(text: &str) -> bool {
    let number = text.trim();
    let number = number.strip_prefix('+').unwrap_or(number);
    let digits = number.chars().filter(char::is_ascii_digit).count();
    (3..=20).contains(&digits)
        && number.len() <= 40
        && number.chars().all(|c| c.is_ascii_digit() || " ()-./".contains(c))
}

/// Where the links lead, checked. It goes into every link, so it must hold no secret.
pub fn base_url(url: String) -> Result<String, ConfigError> {
    let bad = |mend| ConfigError::Bad {
        field: "base_url",
        value: shown(&url),
        mend,
    };
    let whole = bad("write the address of the page, such as https://hearings.court.example");
    let Some(rest) = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
    else {
        return Err(whole);
    };
    if rest.contains('@') {
        return Err(bad(
            "leave out the name and password: the address goes into every link",
        ));
    }
    let is_plain =
        !rest.contains(['#', '?', '\\']) && !rest.contains(|c: char| c.is_whitespace() || c.is_control());
    match Url::parse(&url) {
        Ok(parsed) if is_plain && parsed.has_host() => Ok(url.trim_end_matches('/').to_owned()),
        _ => Err(whole),
    }
}

/// A URL as it may be shown: scheme, host, port and path. A name, a password or a parameter is never shown, and of a
/// text that is no such URL nothing is.
fn shown(url: &str) -> String {
    // SQLite knows no password, but its parameters are nobody's business either.
    if let Some(path) = url.strip_prefix("sqlite:") {
        return format!("sqlite:{}", path.split('?').next().unwrap_or_default());
    }
    let known = ["postgres", "postgresql", "http", "https"];
    match Url::parse(url) {
        Ok(parsed) if known.contains(&parsed.scheme()) => {
            let host = parsed.host_str().unwrap_or_default();
            let port = parsed.port().map(|port| format!(":{port}")).unwrap_or_default();
            // What stands behind an @ in the path may be the rest of a password that was not escaped.
            let path = if parsed.path().contains('@') {
                "/…"
            } else {
                parsed.path()
            };
            format!("{}://{host}{port}{path}", parsed.scheme())
        }
        _ => "(not shown: it cannot be read as a URL)".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_force(flags: Written) -> Result<Config, ConfigError> {
        load(Place::default(), flags)
    }

    #[test]
    fn flags_win_and_nonsense_is_named() {
        let flags = Written {
            listen: Some("[::1]:0".into()),
            workers: Some(3),
            trusted_proxies: vec!["10.0.0.0/8".into(), "::1".into()],
            ..Written::default()
        };
        let config = in_force(flags).unwrap();
        assert_eq!(config.listen.to_string(), "[::1]:0");
        assert_eq!(config.workers, 3);
        assert!(config.media_address.is_loopback());
        assert_eq!(config.media_tcp_port, Some(0));
        // What nobody configured is said nowhere.
        assert_eq!(
            (config.court_name.as_ref(), config.court_telephone.as_ref()),
            (None, None)
        );
        let shown = config.display();
        assert!(
            shown.contains(r#"trusted_proxies = ["10.0.0.0/8", "::1/128"]"#),
            "{shown}"
        );

        let wrong = |flags| in_force(flags).unwrap_err().to_string();
        let listen = wrong(Written {
            listen: Some("8080".into()),
            ..Written::default()
        });
        assert!(listen.contains("`listen` is \"8080\""), "{listen}");
        let proxy = wrong(Written {
            trusted_proxies: vec!["proxy.example".into()],
            ..Written::default()
        });
        assert!(
            proxy.contains("`trusted_proxies` is \"proxy.example\""),
            "{proxy}"
        );
        let organisation = wrong(Written {
            organisation: Some("Court\u{1b}[2J".into()),
            ..Written::default()
        });
        assert!(organisation.contains("`organisation`"), "{organisation}");
        for number in [
            "",
            "call me",
            "+",
            "12",
            "1+2345",
            "javascript:123",
            "+998 71 200 00 00 71 200 00 00 9",
        ] {
            let error = wrong(Written {
                court_telephone: Some(number.into()),
                ..Written::default()
            });
            assert!(error.contains("`court_telephone`"), "{error}");
        }
        let name = wrong(Written {
            court_name: Some(" ".into()),
            ..Written::default()
        });
        assert!(name.contains("`court_name`"), "{name}");
        let missing = Place {
            config: Some("/nonexistent.toml".into()),
            ..Place::default()
        };
        assert!(load(missing, Written::default()).is_err());
    }

    #[test]
    fn media_over_tcp_is_beside_the_pages_unless_it_is_said_otherwise() {
        let port = |listen: &str, media_tcp_port| {
            let flags = Written {
                listen: Some(listen.into()),
                media_tcp_port,
                ..Written::default()
            };
            in_force(flags).map(|config| config.media_tcp_port)
        };
        assert_eq!(port("127.0.0.1:8080", None).unwrap(), Some(8081));
        assert_eq!(port("127.0.0.1:8080", Some(443)).unwrap(), Some(443));
        assert_eq!(port("127.0.0.1:8080", Some(0)).unwrap(), None);
        for wrong in [port("127.0.0.1:8080", Some(8080)), port("127.0.0.1:65535", None)] {
            assert!(wrong.unwrap_err().to_string().contains("`media_tcp_port`"));
        }
    }

    #[test]
    fn a_relay_needs_its_secret_and_shows_it_nowhere() {
        let with = |url: Option<&str>, secret: Option<&str>| {
            in_force(Written {
                turn_url: url.map(Into::into),
                turn_secret: secret.map(|s| Hidden(s.into())),
                ..Written::default()
            })
        };
        let url = "turns:turn.court.example:443?transport=tcp";
        let config = with(Some(url), Some("not a word of it shown")).unwrap();
        for shown in [config.display(), format!("{config:?}")] {
            assert!(shown.contains("turn.court.example:443"), "{shown}");
            assert!(!shown.contains("word of it"), "{shown}");
        }
        for (url, secret) in [
            (Some(url), None),
            (Some(url), Some("short")),
            (None, Some("not a word of it shown")),
            (Some("https://turn.court.example"), Some("not a word of it shown")),
            (
                Some("turns:u:a word of it@turn.court.example"),
                Some("not a word of it shown"),
            ),
            (Some("turns:u:a%20word of it@turn.court.example:443"), None),
            (Some("turns:turn>;"), Some("not a word of it shown")),
            (Some("turns:"), Some("not a word of it shown")),
        ] {
            let error = with(url, secret).unwrap_err().to_string();
            assert!(
                error.contains("`turn_") && !error.contains("word of it"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_secret_of_digits_is_not_repeated_in_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("oyer.toml");
        for secret in ["1234567890123456789", "-12345678901234567", "12345678901.2345"] {
            let text = format!("turn_url = \"turns:turn.court.example\"\nturn_secret = {secret}\n");
            std::fs::write(&file, text).unwrap();
            let place = Place {
                config: Some(file.clone()),
                ..Place::default()
            };
            let error = load(place, Written::default()).unwrap_err().to_string();
            assert!(error.contains("in quotes"), "{error}");
            assert!(!error.contains("1234567"), "{error}");
        }
    }

    #[test]
    fn addresses_of_both_families_are_taken_where_they_can_be_reached() {
        let with = |listen: &str, public: &[&str]| {
            in_force(Written {
                listen: Some(listen.into()),
                public_address: public.iter().map(|a| a.parse().unwrap()).collect(),
                ..Written::default()
            })
        };
        let both = with("[::]:8080", &["192.0.2.1", "2001:db8::1"]).unwrap();
        assert_eq!(both.media_address.to_string(), "::");
        assert_eq!(both.public_addresses.len(), 2);
        let four = with("0.0.0.0:8080", &["192.0.2.1"]).unwrap();
        assert_eq!(four.media_address.to_string(), "0.0.0.0");
        for (listen, public) in [
            ("0.0.0.0:8080", "2001:db8::1"),
            ("[::]:8080", "0.0.0.0"),
            ("[::]:8080", "ff02::1"),
        ] {
            let error = with(listen, &[public]).unwrap_err().to_string();
            assert!(error.contains("`public_address`"), "{error}");
        }
    }

    #[test]
    fn what_is_shown_can_be_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("oyer.toml");
        let config = in_force(Written {
            base_url: Some("https://hearings.court.example/".into()),
            trusted_proxies: vec!["10.0.0.1".into()],
            database: None,
            court_name: Some("Suv \"City\" Court".into()),
            court_telephone: Some("+998 (71) 200-00-00".into()),
            ..Written::default()
        });
        let shown = config.unwrap().display();
        std::fs::write(&file, &shown).unwrap();
        let place = Place {
            config: Some(file),
            ..Place::default()
        };
        assert_eq!(load(place, Written::default()).unwrap().display(), shown);
    }

    #[test]
    fn no_form_of_a_database_url_shows_a_password() {
        for (url, expected) in [
            (
                "postgres://u:secret@db.example/oyer?sslkey=secret",
                "postgres://db.example/oyer",
            ),
            (
                "postgres://u:secret@db.example:5433/oyer",
                "postgres://db.example:5433/oyer",
            ),
            (
                "postgresql://db.example/oyer?user=u&password=secret",
                "postgresql://db.example/oyer",
            ),
            (
                "postgres:///oyer?host=/run/postgresql&password=secret",
                "postgres:///oyer",
            ),
            ("postgres://db.example/oyer#secret", "postgres://db.example/oyer"),
            (
                "postgres://u:p%40secret@db.example/oyer",
                "postgres://db.example/oyer",
            ),
            ("sqlite:///tmp/x.sqlite", "sqlite:///tmp/x.sqlite"),
            ("sqlite:x.sqlite?key=secret", "sqlite:x.sqlite"),
        ] {
            assert_eq!(shown(url), expected, "{url}");
        }
        // Passwords that should have been escaped, and texts that are no URL at all.
        for url in [
            "postgres://u:se/secret@db.example/oyer",
            "postgres://u:se?secret@db.example/oyer",
            "postgres://u:se#secret@db.example/oyer",
            "postgres://u:12/secret@db.example/oyer",
            "postgres:u:secret@db.example/oyer",
            "u:secret@db.example/oyer",
            "host=db.example password=secret",
            "mysql://u:secret@db.example/oyer",
        ] {
            assert!(!shown(url).contains("secret"), "{url} is shown as {}", shown(url));
        }
    }

    #[test]
    fn the_address_of_the_page_holds_no_secret_and_is_an_address() {
        let ok = |url: &str| base_url(url.into());
        assert_eq!(
            ok("https://court.example/hearings/").unwrap(),
            "https://court.example/hearings"
        );
        assert_eq!(ok("http://[::1]:8080").unwrap(), "http://[::1]:8080");
        for bad in [
            "court.example",
            "ftp://court.example",
            "https://",
            "https://court.example/#x",
            "https://court.example/?x",
            "https://court .example",
            "https://court.example/\u{7}",
            "http://:80",
        ] {
            assert!(ok(bad).is_err(), "{bad}");
        }
        for secret in [
            "https://u:secret@court.example",
            "https://secret@court.example",
            "u:secret@court.example",
        ] {
            let error = ok(secret).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
