//! Points in time as they are written into evidence.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use time::format_description::FormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

const FORMAT: &[FormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// An instant in UTC, to the millisecond. Written as RFC 3339 in exactly one way: `2026-11-23T09:30:00.125Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

/// Text that is not a time in the form `2026-11-23T09:30:00.125Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time of the form 2026-11-23T09:30:00.125Z")]
pub struct NotATimestamp;

impl Timestamp {
    /// The instant, cut to the millisecond below, in UTC.
    pub fn new(at: OffsetDateTime) -> Self {
        let at = at.to_offset(UtcOffset::UTC);
        let whole_ms = at.nanosecond() / 1_000_000 * 1_000_000;
        Self(at.replace_nanosecond(whole_ms).unwrap_or(at))
    }

    /// The instant.
    pub fn at(&self) -> OffsetDateTime {
        self.0
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn unix_seconds(&self) -> i64 {
        self.0.unix_timestamp()
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(at: OffsetDateTime) -> Self {
        Self::new(at)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(&FORMAT).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = NotATimestamp;

    fn from_str(text: &str) -> Result<Self, NotATimestamp> {
        // The length fixes the year to four digits and the fraction to three.
        if text.len() != "2026-11-23T09:30:00.125Z".len() {
            return Err(NotATimestamp);
        }
        let at = PrimitiveDateTime::parse(text, &FORMAT).map_err(|_| NotATimestamp)?;
        Ok(Self(at.assume_utc()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn there_and_back() {
        let at = Timestamp::new(datetime!(2026-11-23 14:30:00.125_999 +5));
        assert_eq!(at.to_string(), "2026-11-23T09:30:00.125Z");
        assert_eq!(at.to_string().parse::<Timestamp>().unwrap(), at);
    }

    #[test]
    fn one_spelling_only() {
        for bad in [
            "2026-11-23T09:30:00Z",
            "2026-11-23T09:30:00.1250Z",
            "2026-11-23T09:30:00.125+00:00",
            "2026-11-23t09:30:00.125Z",
            "2026-02-30T09:30:00.125Z",
            "+026-11-23T09:30:00.125Z",
        ] {
            assert_eq!(bad.parse::<Timestamp>(), Err(NotATimestamp), "{bad}");
        }
    }
}
