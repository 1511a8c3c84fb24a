//! 64-bit numbers as JSON strings: JSON libraries silently round numbers above 2^53.
//!
//! For `#[serde(with = "decimal")]`. One spelling each: no sign, no leading zero, no space.

use serde::{Deserialize, Deserializer, Serializer};

/// Reads a decimal number in its only spelling.
pub fn parse(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    (digits && !leading_zero).then(|| text.parse().ok()).flatten()
}

/// Writes the number as a string.
pub fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

/// Reads the number from a string.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).ok_or_else(|| serde::de::Error::custom("expected a decimal number in a string"))
}

/// The same for a member that may be null.
pub mod nullable {
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the number as a string, or null.
    pub fn serialize<S: Serializer>(number: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
        match number {
            Some(number) => serializer.collect_str(number),
            None => serializer.serialize_none(),
        }
    }

    /// Reads the number from a string, or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| {
                super::parse(&text)
                    .ok_or_else(|| serde::de::Error::custom("expected a decimal number in a string or null"))
            })
            .transpose()
    }
}

/// The same for a list.
pub mod list {
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes each number as a string.
    pub fn serialize<S: Serializer>(numbers: &[u64], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(numbers.iter().map(u64::to_string))
    }

    /// Reads each number from a string.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
        let numbers = Vec::<String>::deserialize(deserializer)?;
        let number = |text: String| {
            super::parse(&text).ok_or_else(|| serde::de::Error::custom("expected decimal numbers in strings"))
        };
        numbers.into_iter().map(number).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn one_spelling_only() {
        assert_eq!(parse("0"), Some(0));
        assert_eq!(parse("18446744073709551615"), Some(u64::MAX));
        for bad in [
            "",
            "00",
            "01",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1.0",
            "1e3",
            "18446744073709551616",
            "١",
        ] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }
}
