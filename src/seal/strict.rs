//! Reading JSON of which every value has one spelling.
//!
//! Libraries are generous: one takes a UUID in braces, another in capitals. Two verifiers shall not come to different
//! verdicts for that, so what would be written differently is refused.

use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Error, Value};

/// Reads a `T` whose text has each of its values as we would write it. White space and the order of members are free.
pub fn from_json<T: DeserializeOwned + Serialize>(text: &[u8]) -> Result<T, Error> {
    let read: T = serde_json::from_slice(text)?;
    let as_found: Value = serde_json::from_slice(text)?;
    match serde_json::to_value(&read)? == as_found {
        true => Ok(read),
        false => Err(Error::custom(
            "a value is spelled otherwise than the format has it",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn one_spelling() {
        let id = "01930000-0000-7000-8000-0000000000a1";
        let read = |text: &str| from_json::<Uuid>(format!("\"{text}\"").as_bytes()).is_ok();
        assert!(read(id));
        for other in [
            id.to_uppercase(),
            format!("{{{id}}}"),
            format!("urn:uuid:{id}"),
            id.replace('-', ""),
        ] {
            assert!(!read(&other), "{other}");
        }
    }
}
