//! Reading text files line by line, in bounded memory, with one way to end a line.

use std::io::{self, BufRead, Read};

/// Bounds of a text file.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Longest line in bytes, without its line feed.
    pub line_bytes_max: usize,
    /// Most lines.
    pub lines_max: u64,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The line is longer than the format allows.
    #[error("line {line}: longer than {max} bytes")]
    TooLong {
        /// From 1.
        line: u64,
        /// Allowed.
        max: usize,
    },
    /// More lines than the format allows.
    #[error("more than {max} lines")]
    TooMany {
        /// Allowed.
        max: u64,
    },
    /// Not UTF-8, or with a carriage return or another control character.
    #[error("line {line}: not plain UTF-8 text with LF line ends")]
    NotText {
        /// From 1.
        line: u64,
    },
    /// The last line has no line feed.
    #[error("line {line}: cut off, it has no line feed")]
    CutOff {
        /// From 1.
        line: u64,
        /// What there is of it.
        text: String,
    },
    /// The file could not be read.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
}

impl LineError {
    /// Whether what follows can still be read: the line is no text, but it ended.
    pub fn is_of_one_line(&self) -> bool {
        matches!(self, Self::TooLong { .. } | Self::NotText { .. })
    }
}

/// The lines of a text file, without their line feeds. It goes on after a line that is too long or no text, and is at
/// its end after any other error.
pub struct Lines<R> {
    reader: R,
    bounds: Bounds,
    line: u64,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    /// The lines of `reader` within `bounds`.
    pub fn new(reader: R, bounds: Bounds) -> Self {
        Self {
            reader,
            bounds,
            line: 0,
            ended: false,
        }
    }

    fn read(&mut self) -> Result<Option<String>, LineError> {
        let max = self.bounds.line_bytes_max;
        let mut raw = Vec::new();
        let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
        (&mut self.reader).take(limit).read_until(b'\n', &mut raw)?;
        if raw.is_empty() {
            return Ok(None);
        }
        self.line += 1;
        if self.line > self.bounds.lines_max {
            return Err(LineError::TooMany {
                max: self.bounds.lines_max,
            });
        }
        if raw.pop_if(|b| *b == b'\n').is_none() {
            if raw.len() > max {
                self.reader.skip_until(b'\n')?;
                return Err(LineError::TooLong { line: self.line, max });
            }
            return Err(LineError::CutOff {
                line: self.line,
                text: String::from_utf8_lossy(&raw).into_owned(),
            });
        }
        let text = String::from_utf8(raw).map_err(|_| LineError::NotText { line: self.line })?;
        // A tab separates columns; every other control character could hide text from a reader.
        if text.chars().any(|c| c.is_control() && c != '\t') {
            return Err(LineError::NotText { line: self.line });
        }
        Ok(Some(text))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<String, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.read().transpose();
        self.ended = match &next {
            Some(Ok(_)) => false,
            Some(Err(e)) => !e.is_of_one_line(),
            None => true,
        };
        next
    }
}

/// How a line of a ledger that is written while a recording runs turned out.
#[derive(Debug)]
pub enum LedgerLine<T> {
    /// An entry.
    Entry(T),
    /// What a write that failed left behind, ended by the next one or by the end of the file. Passed over.
    Torn,
}

/// The entries of a ledger that is written while a recording runs. A crash or a full disk can leave torn lines, and a
/// last line without its line feed; what is not of the form is torn, and what is of the form counts.
pub fn ledger_lines<T>(
    reader: impl BufRead,
    bounds: Bounds,
    parse: impl Fn(&str) -> Option<T>,
) -> impl Iterator<Item = Result<LedgerLine<T>, LineError>> {
    let read = move |text: &str| match parse(text) {
        Some(entry) => LedgerLine::Entry(entry),
        None => LedgerLine::Torn,
    };
    Lines::new(reader, bounds).map(move |line| match line {
        Ok(text) | Err(LineError::CutOff { text, .. }) => Ok(read(&text)),
        Err(e) if e.is_of_one_line() => Ok(LedgerLine::Torn),
        Err(e) => Err(e),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        line_bytes_max: 4,
        lines_max: 2,
    };

    fn read(text: &[u8]) -> Vec<Result<String, String>> {
        Lines::new(text, BOUNDS)
            .map(|l| l.map_err(|e| e.to_string()))
            .collect()
    }

    #[test]
    fn whole_lines() {
        assert_eq!(read(b""), []);
        assert_eq!(read(b"abcd\n\n"), [Ok("abcd".into()), Ok("".into())]);
    }

    #[test]
    fn bounds_and_text() {
        let long = [Err("line 1: longer than 4 bytes".into()), Ok("f".into())];
        assert_eq!(read(b"abcdefgh\nf\n"), long);
        assert_eq!(read(b"a\nb\nc\n")[2], Err("more than 2 lines".into()));
        assert_eq!(
            read(b"a\nbc")[1],
            Err("line 2: cut off, it has no line feed".into())
        );
        for bad in [&b"a\r\n"[..], b"\xff\n", b"a\0\n", "\u{85}\n".as_bytes()] {
            assert!(
                read(bad)[0].as_ref().unwrap_err().contains("not plain"),
                "{bad:?}"
            );
        }
    }
}
