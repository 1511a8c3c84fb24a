//! Where on which page each line of a paper stands.

use super::{Block, Paper, Run, shown};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider as _};

/// A4, in points.
pub(super) const PAGE: (f32, f32) = (595.0, 842.0);
const MARGIN: f32 = 56.0;
const BOTTOM: f32 = PAGE.1 - MARGIN;
const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
const LEADING: f32 = 1.4;
const BODY: f32 = 9.5;
const SMALL: f32 = 7.5;
/// Of the column that holds the names of facts.
const NAME_WIDTH: f32 = 140.0;
/// Widest column of a table, but the last.
const COLUMN_MAX: f32 = 116.0;
const BETWEEN_COLUMNS: f32 = 8.0;

/// One of the two fonts, with what is asked of it.
pub(super) struct Face {
    font: FontRef<'static>,
    pub(super) units_per_em: f32,
}

impl Face {
    pub(super) fn new(bytes: &'static [u8]) -> Option<Self> {
        let font = FontRef::new(bytes).ok()?;
        let metrics = font.metrics(Size::unscaled(), LocationRef::default());
        Some(Self {
            font,
            units_per_em: f32::from(metrics.units_per_em),
        })
    }

    /// Number and width (at a size of 1) of the glyph of a character; none when it cannot be set.
    pub(super) fn glyph(&self, c: char) -> Option<(u32, f32)> {
        // To set these takes more than putting one glyph after the other.
        let from_the_right =
            matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}');
        let glyph = self.font.charmap().map(c).filter(|_| !from_the_right)?;
        let widths = self.font.glyph_metrics(Size::unscaled(), LocationRef::default());
        Some((glyph.to_u32(), widths.advance_width(glyph)? / self.units_per_em))
    }
}

/// A piece of text at its place.
pub(super) struct Piece {
    pub(super) page: usize,
    /// Left end and base line, from the top left corner of the page.
    pub(super) at: (f32, f32),
    pub(super) size: f32,
    pub(super) bold: bool,
    pub(super) text: String,
    /// True for what is repeated for the eye alone.
    pub(super) repeated: bool,
}

/// What a part of the text is.
pub(super) enum Part {
    Heading(u16, String),
    Paragraph,
    Numbered,
    Item,
    Number,
    ItemBody,
    Table,
    Head,
    Body,
    Row,
    NameOfColumn,
    NameOfRow,
    Cell,
}

/// The text as it is read: parts in parts, and the pieces of the innermost.
pub(super) struct Node {
    pub(super) part: Part,
    pub(super) inner: Vec<Node>,
    /// Indices of its pieces.
    pub(super) pieces: Vec<usize>,
}

impl Node {
    fn new(part: Part) -> Self {
        Self {
            part,
            inner: Vec::new(),
            pieces: Vec::new(),
        }
    }
}

/// A line below a row of a table: page, and height on it.
pub(super) type Rule = (usize, f32);

/// A paper laid out.
pub(super) struct Layout<'f> {
    faces: &'f [Face; 2],
    pub(super) pages: usize,
    /// No page beyond this one is begun; what is more is lost, and `pages` says so.
    pages_max: usize,
    y: f32,
    pub(super) pieces: Vec<Piece>,
    pub(super) rules: Vec<Rule>,
    pub(super) nodes: Vec<Node>,
    /// Headings with page and height, for the list of contents.
    pub(super) headings: Vec<(String, usize, f32)>,
}

/// A character of a line with its weight.
type Letter = (char, bool);
type Line = Vec<Letter>;

impl<'f> Layout<'f> {
    /// Lays a paper out, on one page more than `pages_max` at most.
    pub(super) fn new(paper: &Paper, faces: &'f [Face; 2], pages_max: usize) -> Self {
        let mut layout = Self {
            faces,
            pages: 1,
            pages_max,
            y: MARGIN,
            pieces: Vec::new(),
            rules: Vec::new(),
            nodes: Vec::new(),
            headings: Vec::new(),
        };
        layout.heading(1, &paper.heading, 18.0);
        for block in &paper.blocks {
            if layout.pages > pages_max {
                break;
            }
            layout.block(block);
        }
        layout
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => self.heading(2, text, 12.5),
            Block::Paragraph(runs) | Block::Notice(runs) => {
                let mut node = Node::new(Part::Paragraph);
                let top = (self.pages, self.y);
                let notice = matches!(block, Block::Notice(_));
                let indent = if notice { 10.0 } else { 0.0 };
                self.write(runs, indent, WIDTH - indent, &mut node);
                if notice && top.0 == self.pages {
                    // A notice stands between two lines.
                    self.rules.push((self.pages - 1, top.1 - 1.0));
                    self.rules.push((self.pages - 1, self.y + 2.0));
                }
                self.nodes.push(node);
                self.y += 7.0;
            }
            Block::Facts(facts) => self.facts(facts),
            Block::Numbered(items) => self.numbered(items),
            Block::Table { title, columns, rows } => {
                self.heading(2, title, 12.5);
                self.table(columns, rows);
            }
        }
    }

    /// Makes room for a height, on the next page if need be.
    fn room(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.pages += 1;
            self.y = MARGIN;
        }
    }

    fn heading(&mut self, level: u16, text: &str, size: f32) {
        let mut node = Node::new(Part::Heading(level, text.to_owned()));
        self.y += if level == 1 { 0.0 } else { 8.0 };
        // Not alone at the end of a page.
        self.room(size * LEADING + 3.0 * BODY * LEADING);
        self.headings.push((text.to_owned(), self.pages - 1, self.y));
        for line in self.lines(&[Run::Strong(text.to_owned())], WIDTH, size) {
            self.put(&line, MARGIN, size, &mut node, false);
            self.y += size * LEADING;
        }
        self.nodes.push(node);
        self.y += 4.0;
    }

    fn write(&mut self, runs: &[Run], indent: f32, width: f32, node: &mut Node) {
        for line in self.lines(runs, width, BODY) {
            self.room(BODY * LEADING);
            self.put(&line, MARGIN + indent, BODY, node, false);
            self.y += BODY * LEADING;
        }
    }

    fn facts(&mut self, facts: &[(&'static str, Run)]) {
        let mut body = Node::new(Part::Body);
        for (name, value) in facts {
            let mut row = Node::new(Part::Row);
            let cells = [
                (Part::NameOfRow, 0.0, NAME_WIDTH, Run::Strong((*name).to_owned())),
                (
                    Part::Cell,
                    NAME_WIDTH + BETWEEN_COLUMNS,
                    WIDTH - NAME_WIDTH - BETWEEN_COLUMNS,
                    value.clone(),
                ),
            ];
            let cells = cells.map(|(part, x, width, run)| (part, x, self.lines(&[run], width, BODY)));
            self.row(cells.into(), BODY, &mut row, None);
            body.inner.push(row);
        }
        let mut table = Node::new(Part::Table);
        table.inner.push(body);
        self.nodes.push(table);
        self.y += 7.0;
    }

    fn numbered(&mut self, items: &[Vec<Run>]) {
        let mut list = Node::new(Part::Numbered);
        for (item, number) in items.iter().zip(1..) {
            let mut node = Node::new(Part::Item);
            let (mut label, mut body) = (Node::new(Part::Number), Node::new(Part::ItemBody));
            self.room(BODY * LEADING);
            for line in self.lines(&[Run::Plain(format!("{number}."))], 18.0, BODY) {
                self.put(&line, MARGIN, BODY, &mut label, false);
            }
            self.write(item, 20.0, WIDTH - 20.0, &mut body);
            node.inner.extend([label, body]);
            list.inner.push(node);
            self.y += 5.0;
        }
        self.nodes.push(list);
        self.y += 2.0;
    }

    fn table(&mut self, columns: &[&'static str], rows: &[Vec<String>]) {
        let widths = self.widths(columns, rows);
        let lines_of = |layout: &Self, texts: &[String], heads: bool| {
            let mut x = 0.0;
            let mut cells = Vec::with_capacity(widths.len());
            for (text, width) in texts.iter().zip(&widths) {
                let (part, run) = match heads {
                    true => (Part::NameOfColumn, Run::Strong(text.clone())),
                    false => (Part::Cell, Run::Plain(text.clone())),
                };
                cells.push((part, x, layout.lines(&[run], *width, SMALL)));
                x += width + BETWEEN_COLUMNS;
            }
            cells
        };
        let names: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        let head = lines_of(self, &names, true);
        let again: Vec<(f32, Vec<Line>)> = head.iter().map(|(_, x, lines)| (*x, lines.clone())).collect();
        let mut head_row = Node::new(Part::Row);
        self.row(head, SMALL, &mut head_row, None);
        let mut table = Node::new(Part::Table);
        table.inner.push(Node::new(Part::Head));
        if let Some(first) = table.inner.first_mut() {
            first.inner.push(head_row);
        }
        let mut body = Node::new(Part::Body);
        for row in rows {
            if self.pages > self.pages_max {
                break;
            }
            let mut node = Node::new(Part::Row);
            let cells = lines_of(self, row, false);
            self.row(cells, SMALL, &mut node, Some(&again));
            body.inner.push(node);
        }
        table.inner.push(body);
        self.nodes.push(table);
        self.y += 7.0;
    }

    /// As wide as what is in them, within bounds; the last takes the rest.
    fn widths(&self, columns: &[&str], rows: &[Vec<String>]) -> Vec<f32> {
        let last = columns.len().saturating_sub(1);
        let mut widths: Vec<f32> = columns.iter().map(|name| self.width(name, true)).collect();
        for row in rows {
            for (cell, width) in row.iter().zip(&mut widths) {
                if *width < COLUMN_MAX {
                    *width = width.max(self.width(cell, false));
                }
            }
        }
        let mut left = WIDTH;
        for width in widths.iter_mut().take(last) {
            // A hair more: sums of fractions differ.
            *width = width.min(COLUMN_MAX) + 0.1;
            left -= *width + BETWEEN_COLUMNS;
        }
        if let Some(width) = widths.get_mut(last) {
            *width = left;
        }
        widths
    }

    fn width(&self, text: &str, bold: bool) -> f32 {
        let letters = text.chars().take(200).map(|c| self.advance((c, bold)));
        letters.sum::<f32>() * SMALL
    }

    /// Writes cells beside each other, a line at a time, so that a row may be longer than a page. `again` is set on each page
    /// that it comes to.
    fn row(
        &mut self,
        cells: Vec<(Part, f32, Vec<Line>)>,
        size: f32,
        row: &mut Node,
        again: Option<&[(f32, Vec<Line>)]>,
    ) {
        let leading = size * LEADING;
        let height = cells.iter().map(|(.., lines)| lines.len()).max().unwrap_or(0);
        // Together if it fits on a page.
        let whole = height as f32 * leading;
        if whole < (BOTTOM - MARGIN) / 2.0 {
            self.next_page_unless(whole, again);
        }
        let mut nodes: Vec<Node> = Vec::with_capacity(cells.len());
        let mut lines_of = Vec::with_capacity(cells.len());
        for (part, x, lines) in cells {
            nodes.push(Node::new(part));
            lines_of.push((x, lines));
        }
        for i in 0..height {
            if self.pages > self.pages_max {
                break;
            }
            self.next_page_unless(leading, again);
            for ((x, lines), node) in lines_of.iter().zip(&mut nodes) {
                if let Some(line) = lines.get(i) {
                    self.put(line, MARGIN + x, size, node, false);
                }
            }
            self.y += leading;
        }
        self.rules.push((self.pages - 1, self.y + 1.0));
        self.y += 3.0;
        row.inner.extend(nodes);
    }

    fn next_page_unless(&mut self, height: f32, again: Option<&[(f32, Vec<Line>)]>) {
        let before = self.pages;
        self.room(height);
        let (Some(head), true) = (again, self.pages > before) else {
            return;
        };
        let mut nobody = Node::new(Part::Row);
        let most = head.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0);
        for i in 0..most {
            for (x, lines) in head {
                if let Some(line) = lines.get(i) {
                    self.put(line, MARGIN + x, SMALL, &mut nobody, true);
                }
            }
            self.y += SMALL * LEADING;
        }
        self.rules.push((self.pages - 1, self.y + 1.0));
        self.y += 3.0;
    }

    /// Puts a line where the page has come to: a piece for each stretch of one weight.
    fn put(&mut self, line: &[Letter], x: f32, size: f32, node: &mut Node, repeated: bool) {
        let mut x = x;
        for stretch in line.chunk_by(|a, b| a.1 == b.1) {
            let text: String = stretch.iter().map(|(c, _)| c).collect();
            let width: f32 = stretch.iter().map(|letter| self.advance(*letter)).sum();
            if !repeated {
                node.pieces.push(self.pieces.len());
            }
            self.pieces.push(Piece {
                page: self.pages - 1,
                at: (x, self.y + size),
                size,
                bold: stretch.first().is_some_and(|(_, bold)| *bold),
                text,
                repeated,
            });
            x += width * size;
        }
    }

    fn face(&self, bold: bool) -> &Face {
        let [regular, heavy] = self.faces;
        if bold { heavy } else { regular }
    }

    fn advance(&self, (c, bold): Letter) -> f32 {
        self.face(bold).glyph(c).map_or(0.0, |(_, advance)| advance)
    }

    /// The letters of runs; what cannot be set stands there as its number.
    fn letters(&self, runs: &[Run]) -> Vec<Letter> {
        let mut letters = Vec::new();
        for run in runs {
            let bold = matches!(run, Run::Strong(_));
            for c in shown(run.text()) {
                match self.face(bold).glyph(c) {
                    Some(_) => letters.push((c, bold)),
                    None => letters.extend(format!("[U+{:04X}]", c as u32).chars().map(|c| (c, bold))),
                }
            }
        }
        letters
    }

    /// Breaks text into lines: after a space or hyphen where there is one in the line, else anywhere. A space at the end of a
    /// line stays, so that whoever copies the text has the words apart.
    fn lines(&self, runs: &[Run], width: f32, size: f32) -> Vec<Line> {
        let letters = self.letters(runs);
        let mut lines = Vec::new();
        let (mut start, mut used, mut fit) = (0, 0.0, None);
        let mut at = 0;
        while let Some(letter) = letters.get(at) {
            let advance = self.advance(*letter) * size;
            let overflows = used + advance > width && letter.0 != ' ' && at > start;
            if overflows {
                let end = fit.filter(|end| *end > start).unwrap_or(at);
                lines.push(letters.get(start..end).unwrap_or_default().to_vec());
                (start, at, used, fit) = (end, end, 0.0, None);
                continue;
            }
            used += advance;
            at += 1;
            if matches!(letter.0, ' ' | '-' | '/' | ';') {
                fit = Some(at);
            }
        }
        if start < letters.len() || lines.is_empty() {
            lines.push(letters.get(start..).unwrap_or_default().to_vec());
        }
        lines
    }
}
