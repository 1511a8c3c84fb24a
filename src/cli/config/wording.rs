//! What cannot be read of the configuration, by the names that the operator wrote and without what they wrote as a secret.

use super::environment;
use figment::error::{Actual, Kind};
use figment::{Error, Metadata};

/// Every error in a sentence, or nearly.
pub(super) fn in_words(error: Error) -> String {
    let all: Vec<_> = error.into_iter().map(|error| one(&error)).collect();
    all.join("; ")
}

fn one(error: &Error) -> String {
    let written = Written::of(error.metadata.as_ref());
    let subject = match error.path.first() {
        Some(key) => written.name(key) + &written.place(" in "),
        None => written.place(""),
    };
    match &error.kind {
        Kind::UnknownField(_, known) => {
            let known: Vec<_> = known.iter().map(|key| written.plain_name(key)).collect();
            format!("{subject} is no setting; there are {}", known.join(", "))
        }
        Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => {
            format!("{subject} is {}: write {}", value(actual), plain(expected))
        }
        Kind::Message(message) if subject.is_empty() => without_source(message),
        Kind::Message(message) => format!("{subject}: {}", without_source(message)),
        other if subject.is_empty() => other.to_string(),
        other => format!("{subject}: {other}"),
    }
}

/// Where something was written.
enum Written {
    File(String),
    Environment,
    /// As a flag, or nobody knows.
    Elsewhere,
}

impl Written {
    fn of(metadata: Option<&Metadata>) -> Self {
        let file = metadata
            .and_then(|metadata| metadata.source.as_ref())
            .and_then(|source| source.file_path());
        match file {
            Some(path) => Self::File(path.display().to_string()),
            None if metadata.is_some_and(|metadata| metadata.name == environment::NAME) => Self::Environment,
            None => Self::Elsewhere,
        }
    }

    fn plain_name(&self, key: &str) -> String {
        match self {
            Self::Environment => format!("OYER_{}", key.to_uppercase()),
            Self::File(_) | Self::Elsewhere => key.to_owned(),
        }
    }

    fn name(&self, key: &str) -> String {
        format!("`{}`", self.plain_name(key))
    }

    /// The file; a variable's name says by itself where it stands.
    fn place(&self, before: &str) -> String {
        match self {
            Self::File(path) => format!("{before}{path}"),
            Self::Environment | Self::Elsewhere => String::new(),
        }
    }
}

fn value(actual: &Actual) -> String {
    match actual {
        Actual::Bool(value) => value.to_string(),
        Actual::Unsigned(value) => value.to_string(),
        Actual::Signed(value) => value.to_string(),
        Actual::Float(value) => value.to_string(),
        Actual::Str(value) => format!("{value:?}"),
        Actual::Seq => "a list".into(),
        Actual::Map => "a table".into(),
        other => other.to_string(),
    }
}

/// What Rust calls a type, for people.
fn plain(expected: &str) -> &str {
    match expected {
        "u16" => "a whole number from 0 to 65535",
        "usize" => "a whole number",
        "a string" => "text in quotes",
        "path string" => "a path in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list in brackets",
        other => other,
    }
}

/// A message on one line, without the line of the file that a TOML error repeats: a secret may stand there.
fn without_source(message: &str) -> String {
    let is_source = |line: &&str| {
        line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ')
            .starts_with('|')
    };
    let kept: Vec<_> = message
        .lines()
        .filter(|line| !is_source(line) && !line.trim().is_empty())
        .collect();
    kept.join(": ")
}
