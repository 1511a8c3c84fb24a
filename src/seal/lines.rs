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
        /// Bytes of the unfinished line.
        bytes: u64,
    },
    /// The file could not be read.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
}

/// The lines of a text file, without their line feeds. After an error it is at its end.
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
                return Err(LineError::TooLong { line: self.line, max });
            }
            return Err(LineError::CutOff {
                line: self.line,
                bytes: raw.len() as u64,
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
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
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
        assert_eq!(read(b"abcde\n"), [Err("line 1: longer than 4 bytes".into())]);
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
