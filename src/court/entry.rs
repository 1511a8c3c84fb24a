//! What people write into the court's books, checked in one place for every door: texts and dates.

use time::OffsetDateTime;
use time::macros::datetime;

/// The longest name, title or reference, in characters.
pub const LINE_CHARS_MAX: usize = 200;
/// A hearing is listed for a time from here …
const LISTED_FROM: OffsetDateTime = datetime!(2000-01-01 00:00 UTC);
/// … to here. Beyond lies a slip of the pen, such as seconds for milliseconds.
const LISTED_TO: OffsetDateTime = datetime!(2200-01-01 00:00 UTC);

/// Why what was written is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadEntry {
    /// A text is empty, too long, or not one printable line.
    #[error("`{field}` needs 1 to {LINE_CHARS_MAX} printable characters in one line.")]
    Line {
        /// Which.
        field: &'static str,
    },
    /// A date is out of all proportion.
    #[error("`{field}` must lie between the years 2000 and 2200.")]
    Date {
        /// Which.
        field: &'static str,
    },
}

/// A name, a title or a reference: without the space around it.
pub fn line(field: &'static str, text: &str) -> Result<String, BadEntry> {
    let text = text.trim();
    if is_printable_line(text, LINE_CHARS_MAX) {
        Ok(text.to_owned())
    } else {
        Err(BadEntry::Line { field })
    }
}

/// When a hearing is listed for, in unix milliseconds.
pub fn listed_for(field: &'static str, unix_ms: i64) -> Result<i64, BadEntry> {
    let seconds = unix_ms.div_euclid(1000);
    if (LISTED_FROM.unix_timestamp()..LISTED_TO.unix_timestamp()).contains(&seconds) {
        Ok(unix_ms)
    } else {
        Err(BadEntry::Date { field })
    }
}

/// True when the text shows as what it is: not blank, not too long, and without characters that steer a terminal,
/// break the line or turn the order of the others around.
pub fn is_printable_line(text: &str, chars_max: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= chars_max && !text.chars().any(is_hidden)
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{2028}' | '\u{2029}' // line and paragraph separator
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // bidirectional overrides and isolates
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}') // byte order mark, annotations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_printable_and_trimmed() {
        assert_eq!(line("name", "  O‘. Rahimov <b> ").unwrap(), "O‘. Rahimov <b>");
        // Joiners belong to the spelling of some languages, marks of direction to others.
        assert!(line("name", "می\u{200c}خواهم \u{200f}").is_ok());
        for bad in [
            "",
            " \t ",
            "a\nb",
            "a\u{1b}[2Jb",
            "a\u{0}b",
            "a\u{202e}b",
            "a\u{2029}b",
            "a\u{85}b",
        ] {
            assert_eq!(
                line("name", bad),
                Err(BadEntry::Line { field: "name" }),
                "{bad:?}"
            );
        }
        assert!(line("name", &"я".repeat(LINE_CHARS_MAX)).is_ok());
        assert!(line("name", &"я".repeat(LINE_CHARS_MAX + 1)).is_err());
    }

    #[test]
    fn a_hearing_is_listed_within_reason() {
        for good in [946_684_800_000, 1_795_426_200_000, 7_258_118_399_999] {
            assert_eq!(listed_for("listed_for", good), Ok(good));
        }
        for bad in [
            i64::MIN,
            -1,
            0,
            1_795_426_200,
            946_684_799_999,
            7_258_118_400_000,
            i64::MAX,
        ] {
            assert!(listed_for("listed_for", bad).is_err(), "{bad}");
        }
    }
}
