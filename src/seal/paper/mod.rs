//! What is written for people to read, print and sign: one text, as a page (HTML) and as a PDF.

mod html;
#[cfg(feature = "pdf")]
mod layout;
#[cfg(feature = "pdf")]
mod pdf;

pub(super) use html::{code, escape, fact, page, table};
#[cfg(feature = "pdf")]
pub use pdf::{PAGES_MAX, PdfError};

use super::timestamp::Timestamp;

/// A text with its parts, in the order in which they are read.
#[derive(Debug, Clone)]
pub struct Paper {
    /// What a reader's window and a list of files call it.
    pub title: String,
    /// The heading at the top.
    pub heading: String,
    /// What follows.
    pub blocks: Vec<Block>,
    /// When it was made. The PDF states it.
    pub made_at: Timestamp,
}

/// A part of a [`Paper`].
#[derive(Debug, Clone)]
pub enum Block {
    /// A heading of the second level.
    Heading(String),
    /// A paragraph.
    Paragraph(Vec<Run>),
    /// A paragraph that must not be overlooked.
    Notice(Vec<Run>),
    /// Names and what they stand for.
    Facts(Vec<(&'static str, Run)>),
    /// Numbered from 1.
    Numbered(Vec<Vec<Run>>),
    /// A table under a heading of its own; every row has as many cells as there are columns.
    Table {
        /// The heading.
        title: &'static str,
        /// Names of the columns.
        columns: &'static [&'static str],
        /// From above to below.
        rows: Vec<Vec<String>>,
    },
}

/// A piece of text. It may be anybody's: what has a meaning in HTML is written so that it has none.
#[derive(Debug, Clone)]
pub enum Run {
    /// As it is.
    Plain(String),
    /// Of weight.
    Strong(String),
    /// Digits to be compared one by one.
    Code(String),
}

impl Run {
    /// Its text.
    pub fn text(&self) -> &str {
        let (Self::Plain(text) | Self::Strong(text) | Self::Code(text)) = self;
        text
    }
}

/// Text without weight.
pub fn plain(text: impl Into<String>) -> Run {
    Run::Plain(text.into())
}

/// Text of weight.
pub fn strong(text: impl Into<String>) -> Run {
    Run::Strong(text.into())
}

impl Paper {
    /// As a page that loads nothing from anywhere and runs no script.
    pub fn html(&self) -> String {
        html::of(self)
    }

    /// As a PDF that holds all it needs (PDF/A-2a, PDF/UA-1): tagged for screen readers, in the font DejaVu Sans, of which the
    /// glyphs that are used are enclosed. A character of a script that it cannot set, such as those that are written from right
    /// to left, stands there as its number, `[U+05D0]`.
    ///
    /// # Errors
    /// A paper of more than [`pdf::PAGES_MAX`] pages, and one that the standards refuse.
    #[cfg(feature = "pdf")]
    pub fn pdf(&self) -> Result<Vec<u8>, PdfError> {
        pdf::of(self)
    }
}

/// Text as it may be shown: without marks that make it read in another order, and without controls.
pub(super) fn shown(text: &str) -> impl Iterator<Item = char> + '_ {
    // Bidirectional controls could make a name read as another one.
    let turns = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .filter(move |c| !turns(c))
        .map(|c| if c.is_control() { ' ' } else { c })
}
