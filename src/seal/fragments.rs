//! `fragments.tsv`: the hash chain that grows while the recording runs, a link about every two seconds of each track.
//!
//! A header, then one line a fragment in the order of writing; six columns, see [`HEADER`]. Every byte of
//! every track file is in exactly one fragment. `chain` is `SHA-256(chain before || sha256)` over raw bytes.

use super::decimal;
use super::digest::Digest;
use super::lines::{Bounds, LedgerLine, LineError, ledger_lines};
use super::path::{self, PathError};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, Read};

/// First line of the file, without its line feed.
pub const HEADER: &str = "seq\tfile\toffset\tbytes\tsha256\tchain";

/// Most fragments: 100 tracks for 24 hours, twice over.
pub const FRAGMENTS_MAX: u64 = 10_000_000;

const BOUNDS: Bounds = Bounds {
    line_bytes_max: path::PATH_BYTES_MAX + 3 * 20 + 2 * 64 + 5,
    lines_max: FRAGMENTS_MAX,
};

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// From 0, across all files.
    pub seq: u64,
    /// Track file, relative to `data/<recording>/`.
    pub file: String,
    /// First byte in the file.
    pub offset: u64,
    /// Length in bytes, at least 1.
    pub bytes: u64,
    /// Digest of these bytes.
    pub sha256: Digest,
    /// The link.
    pub chain: Digest,
}

impl fmt::Display for Fragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seq,
            file,
            offset,
            bytes,
            sha256,
            chain,
        } = self;
        write!(f, "{seq}\t{file}\t{offset}\t{bytes}\t{sha256}\t{chain}")
    }
}

/// A piece of a file, as the ledger describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Length in bytes.
    pub bytes: u64,
    /// Digest of these bytes.
    pub sha256: Digest,
}

/// A ledger that was read and whose chain holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// Pieces of each file, in order and without a hole from byte 0.
    pub files: BTreeMap<String, Vec<Piece>>,
    /// Number of fragments.
    pub count: u64,
    /// Last link; zeros when there is none.
    pub head: Digest,
    /// Torn lines that were passed over: the remains of writes that failed.
    pub torn_lines: u64,
}

/// Why the ledger is refused.
#[derive(Debug, thiserror::Error)]
pub enum FragmentError {
    /// As text.
    #[error(transparent)]
    Line(#[from] LineError),
    /// The first line is not the header.
    #[error("line 1: expected the header")]
    Header,
    /// A path that no bundle may have.
    #[error("line {line}: the file's path is refused: {why}")]
    Path {
        /// From 1.
        line: u64,
        /// Why.
        why: PathError,
    },
    /// A number that does not follow.
    #[error("line {line}: has number {seq}, expected {expected}")]
    Sequence {
        /// From 1.
        line: u64,
        /// Found.
        seq: u64,
        /// Expected.
        expected: u64,
    },
    /// Not where the file's last fragment ended.
    #[error("line {line}: begins at byte {offset} of {file}, expected {expected}")]
    Offset {
        /// From 1.
        line: u64,
        /// The file.
        file: String,
        /// Found.
        offset: u64,
        /// Expected.
        expected: u64,
    },
    /// Not chained to the line before.
    #[error("line {line}: the chain is broken")]
    Chain {
        /// From 1.
        line: u64,
    },
}

/// The next link of the chain.
pub fn link(previous: &Digest, fragment: &Digest) -> Digest {
    previous.chain(&fragment.0)
}

impl Ledger {
    /// Reads a ledger and checks numbers, offsets and chain. Torn lines are passed over and counted; since numbers and
    /// offsets go on without a hole, nothing can hide in them.
    pub fn read(ledger: impl BufRead) -> Result<Self, FragmentError> {
        Self::read_observed(ledger, &mut |_| ())
    }

    /// Like [`Ledger::read`], and shows each fragment that holds.
    pub fn read_observed(
        mut ledger: impl BufRead,
        observe: &mut dyn FnMut(&Fragment),
    ) -> Result<Self, FragmentError> {
        let mut read = Self {
            files: BTreeMap::new(),
            count: 0,
            head: Digest::ZERO,
            torn_lines: 0,
        };
        let mut ends: BTreeMap<String, u64> = BTreeMap::new();
        let mut header = Vec::new();
        let limit = HEADER.len() as u64 + 1;
        let first = (&mut ledger).take(limit).read_until(b'\n', &mut header);
        first.map_err(LineError::Read)?;
        if header.strip_suffix(b"\n") != Some(HEADER.as_bytes()) {
            return Err(FragmentError::Header);
        }
        for (text, line) in ledger_lines(ledger, BOUNDS, parse).zip(2u64..) {
            let fragment = match text? {
                LedgerLine::Entry(fragment) => fragment,
                LedgerLine::Torn => {
                    read.torn_lines += 1;
                    continue;
                }
            };
            path::check(&fragment.file).map_err(|why| FragmentError::Path { line, why })?;
            let expected = read.count;
            if fragment.seq != expected {
                let seq = fragment.seq;
                return Err(FragmentError::Sequence { line, seq, expected });
            }
            let expected = ends.get(&fragment.file).copied().unwrap_or(0);
            let end = fragment.offset.checked_add(fragment.bytes);
            let Some(end) = end.filter(|_| fragment.offset == expected) else {
                return Err(FragmentError::Offset {
                    line,
                    file: fragment.file,
                    offset: fragment.offset,
                    expected,
                });
            };
            if link(&read.head, &fragment.sha256) != fragment.chain {
                return Err(FragmentError::Chain { line });
            }
            observe(&fragment);
            read.head = fragment.chain;
            read.count += 1;
            ends.insert(fragment.file.clone(), end);
            read.files.entry(fragment.file).or_default().push(Piece {
                bytes: fragment.bytes,
                sha256: fragment.sha256,
            });
        }
        Ok(read)
    }

    /// How many bytes of a file the fragments cover.
    pub fn covered(&self, file: &str) -> u64 {
        let pieces = self.files.get(file).map_or(&[][..], Vec::as_slice);
        pieces.iter().map(|p| p.bytes).sum()
    }
}

fn parse(line: &str) -> Option<Fragment> {
    let mut columns = line.split('\t');
    let fragment = Fragment {
        seq: decimal::parse(columns.next()?)?,
        file: columns.next()?.to_owned(),
        offset: decimal::parse(columns.next()?)?,
        bytes: decimal::parse(columns.next()?).filter(|b| *b > 0)?,
        sha256: columns.next()?.parse().ok()?,
        chain: columns.next()?.parse().ok()?,
    };
    columns.next().is_none().then_some(fragment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(pieces: &[(&str, u64, u64)]) -> String {
        let mut text = format!("{HEADER}\n");
        let mut chain = Digest::ZERO;
        for (&(file, offset, bytes), seq) in pieces.iter().zip(0..) {
            let sha256 = Digest::of(file.as_bytes());
            chain = link(&chain, &sha256);
            let fragment = Fragment {
                seq,
                file: file.into(),
                offset,
                bytes,
                sha256,
                chain,
            };
            text.push_str(&format!("{fragment}\n"));
        }
        text
    }

    fn read(text: &str) -> Result<Ledger, String> {
        Ledger::read(text.as_bytes()).map_err(|e| e.to_string())
    }

    #[test]
    fn interleaved_files() {
        let good = read(&ledger(&[("a", 0, 5), ("b", 0, 1), ("a", 5, 2)])).unwrap();
        assert_eq!(
            (
                good.count,
                good.covered("a"),
                good.covered("b"),
                good.covered("c")
            ),
            (3, 7, 1, 0)
        );
        let empty = read(&ledger(&[])).unwrap();
        assert_eq!((empty.count, empty.head), (0, Digest::ZERO));
    }

    #[test]
    fn broken() {
        let text = ledger(&[("a", 0, 5), ("b", 0, 1), ("a", 5, 2)]);
        let lines: Vec<&str> = text.lines().collect();
        let join = |order: &[usize]| {
            order
                .iter()
                .map(|i| format!("{}\n", lines[*i]))
                .collect::<String>()
        };
        let other = Digest::of(b"other").to_string();
        let b = Digest::of(b"b").to_string();
        for (bad, why) in [
            (join(&[1, 2, 3]), "header"),
            (join(&[0, 2, 1, 3]), "has number 1"),
            (join(&[0, 1, 3]), "has number 2"),
            (text.replace(&b, &other), "chain is broken"),
            (ledger(&[("a", 0, 5), ("a", 4, 2)]), "begins at byte 4"),
            (ledger(&[("a", 0, 5), ("a", 6, 2)]), "begins at byte 6"),
            (ledger(&[("a", 1, 5)]), "begins at byte 1"),
            (
                ledger(&[("a", 0, u64::MAX), ("a", u64::MAX, 1)]),
                "begins at byte",
            ),
            (ledger(&[("../a", 0, 1)]), "path is refused"),
            (String::new(), "header"),
        ] {
            let error = read(&bad).unwrap_err();
            assert!(error.contains(why), "{why}: {error}");
        }
    }

    #[test]
    fn torn_lines_are_passed_over_and_hide_nothing() {
        let text = ledger(&[("a", 0, 5), ("b", 0, 1), ("a", 5, 2)]);
        let whole = read(&text).unwrap();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let torn = format!("{}{}2\ta\t5\n{}", lines[0..2].concat(), lines[2], lines[3]);
        let read_torn = read(&torn).unwrap();
        assert_eq!(
            (read_torn.torn_lines, &read_torn.files, read_torn.head),
            (1, &whole.files, whole.head)
        );
        let cut = read(&text[..text.len() - 10]).unwrap();
        assert_eq!((cut.torn_lines, cut.count), (1, 2));
        // Cut between the entry and its line feed: the entry is there.
        assert_eq!(read(&text[..text.len() - 1]).unwrap(), whole);
        // Whatever is torn in the middle leaves a hole.
        let hole = format!("{}{}\n{}", lines[0..2].concat(), &lines[2][..20], lines[3]);
        assert!(read(&hole).unwrap_err().contains("has number 2"));
        assert_eq!(read(&ledger(&[("a", 0, 0)])).unwrap().torn_lines, 1);
        let noise = format!("{text}{}\n", "x".repeat(5000));
        assert_eq!(read(&noise).unwrap().torn_lines, 1);
    }
}
