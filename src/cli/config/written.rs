//! The configuration as it is written: in the file, in the environment, as flags.

use crate::court::custody::RetentionPolicy;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::path::PathBuf;

/// As written. Every field may be missing.
#[derive(Debug, Clone, Default, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, default)]
pub struct Written {
    /// Folder for the database, the recordings and the keys. As a flag: [`Place`].
    #[arg(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Folder on another disk in which recordings are written when the disk of the data folder fails, is full or does not answer.
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
