//! Configuration: a file, then `OYER_…` environment variables, then flags. What is written and what is in force are
//! two types; nothing downstream checks again.

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// As written. Every field may be missing.
#[derive(Debug, Clone, Default, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, default)]
pub struct Written {
    /// Folder for the database, the recordings and the keys.
    #[arg(long, value_name = "DIR")]
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
    /// Address on which media is received; by default that of --listen, if it is loopback, else all.
    #[arg(long, value_name = "IP")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_address: Option<IpAddr>,
    /// Address that clients reach the media ports at, if it is not one of this machine's own. May be repeated.
    #[arg(long, value_name = "IP")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub public_address: Vec<IpAddr>,
    /// Media worker threads; by default one per core.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<usize>,
    /// Database URL (sqlite:… or postgres:…); by default SQLite in the data folder.
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// The court's name, as it stands in the seal's certificate.
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// Time-stamp authority (RFC 3161) that stamps seals, such as http://tsa.example/stamp; by default the built-in service,
    /// which is the court's own word.
    #[arg(long, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp_url: Option<String>,
    /// PEM file with the root certificate of that authority.
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp_root: Option<PathBuf>,
    /// Logs as JSON lines.
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub log_json: bool,
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
    /// Address on which media is received.
    pub media_address: IpAddr,
    /// Addresses to advertise.
    pub public_addresses: Vec<IpAddr>,
    /// Media worker threads.
    pub workers: usize,
    /// Database URL; none: SQLite in the data folder.
    pub database: Option<String>,
    /// The court's name.
    pub organisation: String,
    /// Who stamps seals: the address of an authority and the file with its root; none: the built-in service.
    pub timestamp: Option<(String, PathBuf)>,
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

/// Reads file, environment and flags, the later winning, and checks the outcome.
pub fn load(file: Option<PathBuf>, flags: Written) -> Result<Config, ConfigError> {
    let mut sources = Figment::new();
    if let Some(file) = file {
        if !file.is_file() {
            return Err(ConfigError::Missing(file));
        }
        sources = sources.merge(Toml::file_exact(file));
    }
    let written: Written = sources
        .merge(Env::prefixed("OYER_").ignore(&["config", "log", "write_wire", "test_postgres"]))
        .merge(Serialized::defaults(flags))
        .extract()
        .map_err(|e| ConfigError::Unreadable(Box::new(e)))?;
    check(written)
}

fn check(written: Written) -> Result<Config, ConfigError> {
    let listen_text = written.listen.unwrap_or_else(|| "127.0.0.1:8080".into());
    let listen: SocketAddr = listen_text.parse().map_err(|_| ConfigError::Bad {
        field: "listen",
        value: listen_text,
        mend: "write an IP address and a port, such as 127.0.0.1:8080 or [::]:8080",
    })?;
    let base_url = written
        .base_url
        .map(|url| {
            match url
                .strip_prefix("https://")
                .or_else(|| url.strip_prefix("http://"))
            {
                Some(rest) if !rest.is_empty() && !rest.contains(['#', '?', ' ']) => {
                    Ok(url.trim_end_matches('/').to_owned())
                }
                _ => Err(ConfigError::Bad {
                    field: "base_url",
                    value: url,
                    mend: "write the address of the page, such as https://hearings.court.example",
                }),
            }
        })
        .transpose()?;
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
    let organisation = written
        .organisation
        .unwrap_or_else(|| "Demonstration Court".into());
    if organisation.trim().is_empty() || organisation.chars().count() > 64 {
        return Err(ConfigError::Bad {
            field: "organisation",
            value: organisation,
            mend: "write the court's name in 1 to 64 characters",
        });
    }
    let timestamp = match (written.timestamp_url, written.timestamp_root) {
        (None, None) => None,
        (Some(url), Some(root)) => Some((url, root)),
        (Some(url), None) => {
            return Err(ConfigError::Bad {
                field: "timestamp_url",
                value: url,
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
    let media_address = written.media_address.unwrap_or(if listen.ip().is_loopback() {
        listen.ip()
    } else {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED)
    });
    Ok(Config {
        data: written.data.unwrap_or_else(|| PathBuf::from("oyer-data")),
        listen,
        base_url,
        media_port,
        media_address,
        public_addresses: written.public_address,
        workers,
        database: written.database,
        organisation,
        timestamp,
        log_json: written.log_json,
    })
}

impl Config {
    /// The configuration in force, as a file that would bring it about; a password in the database's URL is left out.
    pub fn display(&self) -> String {
        let mut out = format!(
            "data = {:?}\nlisten = \"{}\"\nmedia_port = {}\nmedia_address = \"{}\"\npublic_address = {:?}\nworkers = {}\norganisation = {:?}\nlog_json = {}\n",
            self.data,
            self.listen,
            self.media_port,
            self.media_address,
            self.public_addresses
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            self.workers,
            self.organisation,
            self.log_json
        );
        if let Some(url) = &self.base_url {
            out.push_str(&format!("base_url = {url:?}\n"));
        }
        match &self.timestamp {
            Some((url, root)) => {
                out.push_str(&format!("timestamp_url = {url:?}\ntimestamp_root = {root:?}\n"));
            }
            None => out.push_str("# timestamp_url: the built-in service\n"),
        }
        match &self.database {
            Some(url) => out.push_str(&format!("database = {:?}\n", without_password(url))),
            None => out.push_str("# database: SQLite in the data folder\n"),
        }
        out
    }
}

fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    // What comes before the last @ of the authority may hold a name and a password; parameters may as well.
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = path.split('?').next().unwrap_or_default();
    format!("{scheme}://{host}/{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_and_nonsense_is_named() {
        let flags = Written {
            listen: Some("[::1]:0".into()),
            workers: Some(3),
            ..Written::default()
        };
        let config = load(None, flags).unwrap();
        assert_eq!(config.listen.to_string(), "[::1]:0");
        assert_eq!(config.workers, 3);
        assert!(config.media_address.is_loopback());

        let error = load(
            None,
            Written {
                listen: Some("8080".into()),
                ..Written::default()
            },
        )
        .unwrap_err();
        assert!(error.to_string().contains("`listen` is \"8080\""), "{error}");
        assert!(load(Some("/nonexistent.toml".into()), Written::default()).is_err());
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(
            without_password("postgres://u:p@db.example/oyer?sslkey=x"),
            "postgres://db.example/oyer"
        );
        assert_eq!(
            without_password("sqlite:///tmp/x.sqlite"),
            "sqlite:///tmp/x.sqlite"
        );
    }
}
