//! The second store, as it is configured.

use super::{ConfigError, Hidden};
use crate::evidence::{BucketSettings, LockMode, Parts, SecondPlace};
use crate::outside;
use std::path::{Path, PathBuf};

/// Days for which what is written is locked where nothing is said.
const LOCK_DAYS: u64 = 30;
/// Most that may be asked for: ten years, after which it is put off again.
const LOCK_DAYS_MAX: u64 = 3_650;

/// As written.
pub(super) struct Written {
    pub place: Option<String>,
    pub endpoint: Option<String>,
    pub ca: Option<PathBuf>,
    pub region: Option<String>,
    pub key: Option<String>,
    pub secret: Option<Hidden>,
    pub lock: Option<String>,
    pub lock_days: Option<u64>,
}

impl Written {
    pub(super) fn check(self) -> Result<Option<SecondPlace>, ConfigError> {
        let Some(place) = &self.place else {
            return Ok(None);
        };
        let bad = |field, value: &str, mend| ConfigError::Bad {
            field,
            value: value.to_owned(),
            mend,
        };
        let Some(rest) = place.strip_prefix("s3://") else {
            return match Path::new(place).is_absolute() {
                true => Ok(Some(SecondPlace::Folder(place.into()))),
                false => Err(bad(
                    "second_store",
                    place,
                    "write the whole path of a folder, from / on, or s3://BUCKET/PREFIX",
                )),
            };
        };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if bucket.is_empty() || !bucket.chars().all(plain) {
            return Err(bad(
                "second_store",
                place,
                "write s3://BUCKET/PREFIX with the name of a bucket",
            ));
        }
        let prefix = prefix.trim_matches('/');
        if !prefix.chars().all(|c| plain(c) || c == '/') || prefix.contains("//") {
            return Err(bad(
                "second_store",
                place,
                "write the prefix in letters, digits, and - . _ /",
            ));
        }
        let endpoint = self.endpoint.unwrap_or_default();
        let scheme = ["https://", "http://"]
            .into_iter()
            .find(|scheme| endpoint.starts_with(scheme));
        let scheme = scheme.unwrap_or_default();
        let host = endpoint
            .strip_prefix(scheme)
            .filter(|_| !scheme.is_empty())
            .map(|host| host.trim_end_matches('/'));
        let Some(host) = host.filter(|host| !host.is_empty() && !host.contains(['/', '@', '?', '#'])) else {
            return Err(bad(
                "second_store_endpoint",
                &endpoint,
                "write the address of the S3 store, such as https://s3.court.example:9000",
            ));
        };
        let endpoint = format!("{scheme}{host}");
        let Ok(url) = reqwest::Url::parse(&endpoint) else {
            return Err(bad(
                "second_store_endpoint",
                &endpoint,
                "write the address of the S3 store, such as https://s3.court.example:9000",
            ));
        };
        if outside::private(&url).is_err() {
            return Err(bad(
                "second_store_endpoint",
                &endpoint,
                "write https:// and not http://: the store's answers are not signed, and whoever sits on the way could read the recordings \
                 and answer in its place. A store without TLS needs a proxy with TLS before it, or one on this machine (http://127.0.0.1:…)",
            ));
        }
        let roots = match &self.ca {
            None => None,
            Some(path) => Some(std::fs::read_to_string(path).map_err(|_| {
                bad(
                    "second_store_ca",
                    &path.display().to_string(),
                    "write the path of a file of certificates in PEM that this user may read",
                )
            })?),
        };
        let (Some(key_id), Some(secret)) = (self.key, self.secret) else {
            return Err(bad(
                "second_store_key",
                "",
                "write the name of the access key here, and the secret one as second_store_secret",
            ));
        };
        let lock = match self.lock.as_deref() {
            None | Some("none") => None,
            Some("governance") => Some(LockMode::Governance),
            Some("compliance") => Some(LockMode::Compliance),
            Some(other) => {
                return Err(bad(
                    "second_store_lock",
                    other,
                    "write none, governance or compliance",
                ));
            }
        };
        let days = self.lock_days.unwrap_or(LOCK_DAYS);
        let days = u32::try_from(days)
            .ok()
            .filter(|days| (1..=LOCK_DAYS_MAX).contains(&u64::from(*days)));
        let Some(days) = days else {
            let value = self.lock_days.unwrap_or_default().to_string();
            return Err(bad("second_store_lock_days", &value, "write 1 to 3650 days"));
        };
        Ok(Some(SecondPlace::Bucket(BucketSettings {
            endpoint,
            roots,
            bucket: bucket.to_owned(),
            prefix: (!prefix.is_empty()).then(|| prefix.to_owned()),
            region: self.region.unwrap_or_else(|| "us-east-1".into()),
            key_id,
            secret: secret.0,
            lock: lock.map(|mode| (mode, days)),
            parts: Parts::default(),
        })))
    }
}

/// As lines of the configuration's file, without the secret.
pub(super) fn display(place: &SecondPlace) -> String {
    let of = match place {
        SecondPlace::Folder(path) => return format!("second_store = {path:?}\n"),
        SecondPlace::Bucket(of) => of,
    };
    let prefix = of
        .prefix
        .as_ref()
        .map(|prefix| format!("/{prefix}"))
        .unwrap_or_default();
    let mut out = format!(
        "second_store = \"s3://{}{prefix}\"\nsecond_store_endpoint = {:?}\nsecond_store_region = {:?}\nsecond_store_key = {:?}\n# second_store_secret: set, not shown\n",
        of.bucket, of.endpoint, of.region, of.key_id
    );
    if let Some((mode, days)) = of.lock {
        let mode = match mode {
            LockMode::Governance => "governance",
            LockMode::Compliance => "compliance",
        };
        out.push_str(&format!(
            "second_store_lock = {mode:?}\nsecond_store_lock_days = {days}\n"
        ));
    }
    out
}
