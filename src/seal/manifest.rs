//! `manifest-sha256.txt`: the file that is signed, in the format of `sha256sum` and of BagIt (RFC 8493, section 2.1.3); and
//! the lists of a reseal, in that of `sha512sum`.
//!
//! `<hex digits><two spaces><path><LF>` for each file, sorted by the bytes of the path. There is exactly one manifest
//! for a set of files, so that rebuilding it gives the same bytes.

use super::digest::{Digest, Digest512};
use super::lines::{Bounds, LineError, Lines};
use super::path::{self, PathError};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Most files in a manifest.
pub const ENTRIES_MAX: u64 = 100_000;
/// Largest manifest in bytes.
pub const BYTES_MAX: u64 = 32 * 1024 * 1024;

/// A digest as it stands in a list: hexadecimal digits in lower case, of which there are always as many.
pub trait Listed: Copy + fmt::Display + FromStr {
    /// How many digits.
    const DIGITS: usize;
}

impl Listed for Digest {
    const DIGITS: usize = 64;
}

impl Listed for Digest512 {
    const DIGITS: usize = 128;
}

/// The digests of a set of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileList<D> {
    files: BTreeMap<String, D>,
}

/// By SHA-256.
pub type Manifest = FileList<Digest>;
/// By SHA-512.
pub type Manifest512 = FileList<Digest512>;

/// What is wrong with a manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// As text.
    #[error(transparent)]
    Line(#[from] LineError),
    /// Not of the form digest, two spaces, path.
    #[error("line {line}: expected {digits} hexadecimal digits, two spaces and a path")]
    Form {
        /// From 1.
        line: u64,
        /// Of the digest.
        digits: usize,
    },
    /// A path that no bundle may have.
    #[error("line {line}: `{path}`: {why}")]
    Path {
        /// From 1.
        line: u64,
        /// As printed, controls escaped.
        path: String,
        /// Why not.
        why: PathError,
    },
    /// The same path twice.
    #[error("line {line}: `{path}` is listed twice")]
    Duplicate {
        /// From 1.
        line: u64,
        /// The path.
        path: String,
    },
    /// A line out of order.
    #[error("line {line}: `{path}` is out of order; lines are sorted by path")]
    Order {
        /// From 1.
        line: u64,
        /// The path.
        path: String,
    },
}

impl ManifestError {
    /// The path that the line at fault speaks of, if it got that far.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Path { path, .. } | Self::Duplicate { path, .. } | Self::Order { path, .. } => Some(path),
            Self::Line(_) | Self::Form { .. } => None,
        }
    }
}

impl<D> Default for FileList<D> {
    fn default() -> Self {
        let files = BTreeMap::new();
        Self { files }
    }
}

impl<D: Listed> FileList<D> {
    const BOUNDS: Bounds = Bounds {
        line_bytes_max: D::DIGITS + 2 + path::PATH_BYTES_MAX,
        lines_max: ENTRIES_MAX,
    };

    /// Of nothing so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file. Refuses a path that no bundle may have and a path that is there already.
    pub fn insert(&mut self, path: &str, digest: D) -> Result<(), ManifestError> {
        let line = self.files.len() as u64 + 1;
        path::check(path).map_err(|why| ManifestError::Path {
            line,
            path: path.escape_debug().to_string(),
            why,
        })?;
        if self.files.contains_key(path) {
            let path = path.to_owned();
            return Err(ManifestError::Duplicate { line, path });
        }
        self.files.insert(path.to_owned(), digest);
        Ok(())
    }

    /// Reads a manifest that may come from an enemy.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let mut manifest = Self::new();
        for (text, line) in Lines::new(bytes, Self::BOUNDS).zip(1u64..) {
            let text = text?;
            let digits = D::DIGITS;
            let form = || ManifestError::Form { line, digits };
            let (digest, path) = text.split_once("  ").ok_or_else(form)?;
            let digest = digest.parse().map_err(|_| form())?;
            path::check(path).map_err(|why| ManifestError::Path {
                line,
                path: path.escape_debug().to_string(),
                why,
            })?;
            let last = manifest.files.last_key_value().map(|(path, _)| path.as_str());
            if last.is_some_and(|last| last > path) {
                let duplicate = manifest.files.contains_key(path);
                let path = path.to_owned();
                return Err(match duplicate {
                    true => ManifestError::Duplicate { line, path },
                    false => ManifestError::Order { line, path },
                });
            }
            manifest.insert(path, digest)?;
        }
        Ok(manifest)
    }

    /// The digest of a file.
    pub fn get(&self, path: &str) -> Option<D> {
        self.files.get(path).copied()
    }

    /// The files in order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, D)> {
        self.files.iter().map(|(path, digest)| (path.as_str(), *digest))
    }

    /// How many files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// True when there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

impl<D: Listed> fmt::Display for FileList<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files
            .iter()
            .try_for_each(|(path, digest)| writeln!(f, "{digest}  {path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Manifest {
        let mut manifest = Manifest::new();
        manifest.insert("data/b", Digest::of(b"b")).unwrap();
        manifest.insert("data/a", Digest::of(b"a")).unwrap();
        manifest
    }

    #[test]
    fn there_and_back() {
        let text = example().to_string();
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        assert_eq!(text, format!("{a}  data/a\n{b}  data/b\n"));
        assert_eq!(Manifest::parse(text.as_bytes()).unwrap(), example());
        assert!(Manifest::parse(b"").unwrap().is_empty());
    }

    #[test]
    fn hostile_input() {
        let d = Digest::of(b"");
        for (text, why) in [
            (format!("{d}  data/a"), "cut off"),
            (format!("{d} data/a\n"), "expected 64"),
            (format!("{d} *data/a\n"), "expected 64"),
            (format!("\\{d}  data/a\n"), "expected 64"),
            (format!("{d}   data/a\n"), "character"),
            (
                format!("{}  data/a\n", d.to_string().to_uppercase()),
                "expected 64",
            ),
            (format!("{d}  ../a\n"), "steps to"),
            (format!("{d}  /a\n"), "absolute"),
            (format!("{d}  data\\a\n"), "character"),
            (format!("{d}  data/a\r\n"), "not plain"),
            (format!("{d}  b\n{d}  a\n"), "out of order"),
            (format!("{d}  a\n{d}  a\n"), "listed twice"),
            (format!("{d}  a\n{d}  b\n{d}  a\n"), "listed twice"),
            (format!("{d}  {}\n", "a".repeat(600)), "longer than"),
            ("\n".into(), "expected 64"),
        ] {
            let error = Manifest::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{text:?}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_prints_what_it_read(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            if let Ok(manifest) = Manifest::parse(&bytes) {
                assert_eq!(manifest.to_string().as_bytes(), &bytes[..]);
            }
        }
    }
}
