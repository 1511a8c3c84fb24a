//! Configuration: a file, then `OYER_…` environment variables, then flags. What is written and what is in force are
//! two types; nothing downstream checks again.

use crate::court::custody::RetentionPolicy;
use crate::court::entry::is_printable_line;
use crate::evidence::{Cosigner, SecondPlace};
use crate::http::{BadNetwork, Network};
use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

mod address;
mod environment;
mod place;
mod relay;
mod store;
mod token;
mod wording;

pub use address::base_url;
use address::{check_public_addresses, media_tcp_port, shown};
use environment::Environment;
pub use place::{NoPlace, Place};
use relay::turn;
pub use token::{Pin, SealToken};

/// As written. Every field may be missing.
#[derive(Debug, Clone, Default, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, default)]
pub struct Written {
    /// Folder for the database, the recordings and the keys. As a flag: [`Place`].
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Folder on another disk in which recordings are written when the disk of the data folder fails or is full.
    #[arg(long, value_name = "FOLDER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_spool: Option<PathBuf>,
    /// Where everything that is sealed is kept once more: a folder, best on a disk of another machine, or s3://BUCKET/PREFIX. What is
    /// damaged in one of the two is mended from the other.
    #[arg(long, value_name = "PLACE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_store: Option<String>,
    /// Address of the S3 store, such as https://s3.court.example:9000; http:// to this machine alone. No flags here, so that every command finds the same store.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_store_endpoint: Option<String>,
    /// Certificates (PEM) under which the store's own must be; by default those that this system believes.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_store_ca: Option<PathBuf>,
    /// Its region; by default us-east-1.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_store_region: Option<String>,
    /// Name of the access key.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_store_key: Option<String>,
    /// The secret access key.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_store_secret: Option<Hidden>,
    /// Object Lock: `governance` or `compliance`; by default none.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_store_lock: Option<String>,
    /// For how many days from now what is written is locked at least; by default 30.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_store_lock_days: Option<u64>,
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
    /// Name of the transparency log, such as hearings.court.example/log, when it is begun; by default one made of random
    /// digits. It never changes afterwards.
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_origin: Option<String>,
    /// Somebody elsewhere who signs the heads of the log (`oyer cosign`, or any C2SP tlog-witness): their key, a space, and
    /// their address, such as "bar.example/w+0123abcd+BASE64 http://cosigner.bar.example". May be repeated.
    #[arg(long = "cosigner", value_name = "KEY URL")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cosigners: Vec<String>,
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
    /// Folder of the keys under which sealed recordings are encrypted where they are kept, best on a disk of its own and backed up
    /// apart. Without it they lie in clear.
    #[arg(long, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_keys: Option<PathBuf>,
    /// For how many years recordings are kept after the decision, as the table `[retention]` of the file.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<RetentionPolicy>,
    /// PKCS#11 module (a shared library) of the token that holds the seal key: a smart card or an HSM. No flags here, so
    /// that every command seals and signs alike.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pkcs11_module: Option<PathBuf>,
    /// The token's label.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pkcs11_token: Option<String>,
    /// In place of the label, the number of the token's slot.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pkcs11_slot: Option<u64>,
    /// Label of the key, on the curve P-256.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pkcs11_key: Option<String>,
    /// The user's PIN.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pkcs11_pin: Option<Hidden>,
    /// In place of the PIN, the file that holds it, which nobody else may read.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pkcs11_pin_file: Option<PathBuf>,
    /// PEM file with the key's certificate, those between it and the root, and the root; by default this court's own root
    /// issues one.
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pkcs11_certificate: Option<PathBuf>,
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
    /// Where recordings are written when the disk of the data folder fails.
    pub second_spool: Option<PathBuf>,
    /// Where everything that is sealed is kept once more.
    pub second_store: Option<SecondPlace>,
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
    /// Name of the transparency log.
    pub log_origin: Option<String>,
    /// Cosigners of the log: key and address.
    pub cosigners: Vec<String>,
    /// The token that holds the seal key; none: a file of the data folder holds it.
    pub token: Option<SealToken>,
    /// The relay and the secret shared with it.
    pub turn: Option<(String, Hidden)>,
    /// Folder of the keys of recordings; none: they are not encrypted at rest.
    pub recording_keys: Option<PathBuf>,
    /// For how many years recordings are kept.
    pub retention: RetentionPolicy,
    /// Logs as JSON lines.
    pub log_json: bool,
}

/// What is wrong with the configuration, and how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file or the environment cannot be read.
    #[error("The configuration cannot be read: {0}")]
    Unreadable(String),
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
        .map_err(|e| ConfigError::Unreadable(wording::in_words(e)))?;
    check(written)
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
    let token = token::Written {
        module: written.pkcs11_module,
        token: written.pkcs11_token,
        slot: written.pkcs11_slot,
        key: written.pkcs11_key,
        pin: written.pkcs11_pin,
        pin_file: written.pkcs11_pin_file,
        certificate: written.pkcs11_certificate,
    }
    .check()?;
    let turn = turn(written.turn_url, written.turn_secret)?;
    let second_store = store::Written {
        place: written.second_store,
        endpoint: written.second_store_endpoint,
        ca: written.second_store_ca,
        region: written.second_store_region,
        key: written.second_store_key,
        secret: written.second_store_secret,
        lock: written.second_store_lock,
        lock_days: written.second_store_lock_days,
    }
    .check()?;
    if let Some(name) = written.log_origin.as_ref().filter(|name| !is_log_name(name)) {
        return Err(ConfigError::Bad {
            field: "log_origin",
            value: name.clone(),
            mend: "write a name such as hearings.court.example/log: 1 to 255 characters without spaces or +",
        });
    }
    check_cosigners(&written.cosigners)?;
    let retention = written.retention.unwrap_or_default();
    let years = [
        retention.acquittal_years,
        retention.non_custodial_years,
        retention.custodial_years,
        retention.life_years,
    ];
    if let Some(years) = years.into_iter().find(|years| !(1..=500).contains(years)) {
        return Err(ConfigError::Bad {
            field: "retention",
            value: years.to_string(),
            mend: "recordings are kept for 1 to 500 years",
        });
    }
    let media_address = written.media_address.unwrap_or(match listen.ip() {
        loopback if loopback.is_loopback() => loopback,
        // Of both families: `::` takes IPv4 as well.
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    });
    check_public_addresses(&written.public_address, media_address)?;
    Ok(Config {
        data: written.data.unwrap_or_else(|| PathBuf::from("oyer-data")),
        second_spool: written.second_spool,
        second_store,
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
        log_origin: written.log_origin,
        cosigners: written.cosigners,
        token,
        turn,
        recording_keys: written.recording_keys,
        retention,
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
        if let Some(folder) = &self.second_spool {
            out.push_str(&format!("second_spool = {folder:?}\n"));
        }
        match &self.second_store {
            Some(place) => out.push_str(&store::display(place)),
            None => out.push_str("# second_store: recordings are kept in the data folder alone\n"),
        }
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
        match &self.log_origin {
            Some(name) => out.push_str(&format!("log_origin = {name:?}\n")),
            None => out.push_str("# log_origin: as the log was begun\n"),
        }
        out.push_str(&format!("cosigners = {:?}\n", self.cosigners));
        match &self.token {
            Some(token) => out.push_str(&token.display()),
            None => out.push_str("# pkcs11_module: the seal key is in a file of the data folder\n"),
        }
        match &self.turn {
            Some((url, _)) => out.push_str(&format!("turn_url = {url:?}\n# turn_secret: set, not shown\n")),
            None => out.push_str("# turn_url: no relay\n"),
        }
        match &self.database {
            Some(url) => out.push_str(&format!("database = {:?}\n", shown(url))),
            None => out.push_str("# database: SQLite in the data folder\n"),
        }
        match &self.recording_keys {
            Some(folder) => out.push_str(&format!("recording_keys = {folder:?}\n")),
            None => out.push_str("# recording_keys: recordings are not encrypted at rest\n"),
        }
        let kept = &self.retention;
        out.push_str(&format!(
            "[retention]\nacquittal_years = {}\nnon_custodial_years = {}\ncustodial_years = {}\nlife_years = {}\n",
            kept.acquittal_years, kept.non_custodial_years, kept.custodial_years, kept.life_years
        ));
        out
    }
}

fn is_log_name(name: &str) -> bool {
    let plain = |c: char| c != '+' && !c.is_whitespace() && !c.is_control();
    (1..=255).contains(&name.len()) && name.chars().all(plain)
}

/// Most cosigners: each is asked for every head.
const COSIGNERS_MAX: usize = 16;

fn check_cosigners(lines: &[String]) -> Result<(), ConfigError> {
    let wrong = |line: &&String| Cosigner::of_line(line).is_err();
    let (value, mend) = match lines.iter().find(wrong) {
        Some(line) => (
            line.clone(),
            "write the cosigner's key, a space, and its address, such as bar.example/w+0123abcd+BASE64 http://cosigner.bar.example",
        ),
        None if lines.len() > COSIGNERS_MAX => (lines.len().to_string(), "name at most 16 cosigners"),
        None => return Ok(()),
    };
    Err(ConfigError::Bad {
        field: "cosigners",
        value,
        mend,
    })
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

#[cfg(test)]
#[path = "config_test.rs"]
mod tests;
