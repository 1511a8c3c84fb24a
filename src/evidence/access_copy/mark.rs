//! The visible mark of a released copy: whom it was made for, when, by which request.

use super::graph::{HEIGHT, WIDTH};
use std::fmt::Write;

/// Longest line, in characters: at the size of the mark it fits the picture.
const LINE_CHARS_MAX: usize = 44;
/// Most lines that a name takes; a longer one ends in an ellipsis.
const NAME_LINES_MAX: usize = 3;
const SIZE: u32 = 30;
/// Where the mark stands, in per cent of the height: cut away, it is still there twice.
const ROWS: [u32; 3] = [12, 46, 80];
/// File of its text.
const FILE: &str = "mark.txt";

/// What is written over every picture of a released copy.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(in crate::evidence) struct Mark {
    lines: Vec<String>,
}

impl Mark {
    /// For a person, on a day (`2026-11-28`), by the request of that number.
    pub(in crate::evidence) fn new(name: &str, day: &str, request: u64) -> Mark {
        let mut lines = wrapped(name);
        if lines.len() > NAME_LINES_MAX {
            lines.truncate(NAME_LINES_MAX);
            if let Some(last) = lines.last_mut() {
                last.push('…');
            }
        }
        lines.push(format!("{day} / No. {request}"));
        Mark { lines }
    }

    /// The text to be drawn, as a file: no text of a person is ever part of a filter's syntax.
    pub(super) fn text(&self) -> (String, String) {
        (FILE.to_owned(), self.lines.join("\n"))
    }

    /// The filters that draw it: light letters with a dark rim, seen on dark and on light, which let the picture through.
    pub(super) fn filters(&self, font: &str) -> String {
        let mut filters = String::new();
        for (n, row) in ROWS.iter().enumerate() {
            let y = HEIGHT * row / 100;
            // Each row stands elsewhere: a straight strip cannot be cut out.
            let x = match n % 3 {
                0 => "24".to_owned(),
                1 => "(w-tw)/2".to_owned(),
                _ => format!("{WIDTH}-tw-24"),
            };
            // Writing to a String cannot fail.
            let _ = write!(
                filters,
                ",drawtext=fontfile={font}:textfile={FILE}:expansion=none:fontsize={SIZE}:fontcolor=white@0.55:\
                 borderw=2:bordercolor=black@0.55:line_spacing=4:x={x}:y={y}"
            );
        }
        filters
    }
}

/// A text in lines that fit, broken at its spaces where it has any.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let pieces: Vec<char> = word.chars().filter(|c| !c.is_control()).collect();
        for piece in pieces.chunks(LINE_CHARS_MAX) {
            let piece: String = piece.iter().collect();
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + piece.chars().count() <= LINE_CHARS_MAX => {
                    line.push(' ');
                    line.push_str(&piece);
                }
                _ => lines.push(piece),
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_fits_the_picture_whatever_the_name() {
        let mark = Mark::new("Elena Sokolova", "2026-11-28", 7);
        assert_eq!(mark.text().1, "Elena Sokolova\n2026-11-28 / No. 7");
        for name in ["x".repeat(200), "Имя ".repeat(50), "a\nb\u{7}c".to_owned()] {
            let text = Mark::new(&name, "2026-11-28", 1).text().1;
            assert!(
                text.lines()
                    .all(|line| line.chars().count() <= LINE_CHARS_MAX + 1),
                "{text}"
            );
            assert!(text.lines().count() <= NAME_LINES_MAX + 1, "{text}");
            assert!(text.ends_with("2026-11-28 / No. 1"), "{text}");
            assert!(!text.contains('\u{7}'));
        }
    }

    #[test]
    fn no_text_of_a_person_is_part_of_the_filters() {
        let filters = Mark::new("':x=0,crop=1:1", "2026-11-28", 1).filters("/font.ttf");
        assert!(!filters.contains("crop"), "{filters}");
        assert_eq!(filters.matches("drawtext=").count(), ROWS.len());
    }
}
