//! A paper as a PDF.

use super::Paper;
use super::layout::{Face, Layout, Node, PAGE, Part, Piece};
use crate::seal::digest::Digest;
use krilla::color::rgb;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, SpanTag, TableHeaderScope, Tag, TagGroup,
    TagKind, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};
use std::num::NonZeroU16;

/// Most pages of a PDF. A chain of custody of some ten thousand entries fits.
pub const PAGES_MAX: usize = 5_000;

/// DejaVu Sans (see `fonts/LICENSE`): Latin with the letters of Uzbek, Cyrillic, Greek, Armenian, Georgian.
const FONTS: [&[u8]; 2] = [
    include_bytes!("fonts/DejaVuSans.ttf"),
    include_bytes!("fonts/DejaVuSans-Bold.ttf"),
];

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// Nobody would print it.
    #[error("it would have more than {PAGES_MAX} pages; take the HTML")]
    TooLong,
    /// The enclosed font cannot be used.
    #[error("the enclosed font cannot be read")]
    Font,
    /// The library refused it.
    #[error("the PDF cannot be made: {0}")]
    Library(String),
}

/// The PDF of a paper.
pub(super) fn of(paper: &Paper) -> Result<Vec<u8>, PdfError> {
    let faces = match FONTS.map(Face::new) {
        [Some(regular), Some(bold)] => [regular, bold],
        _ => return Err(PdfError::Font),
    };
    let fonts = match FONTS.map(|bytes| Font::new(bytes.into(), 0)) {
        [Some(regular), Some(bold)] => [regular, bold],
        _ => return Err(PdfError::Font),
    };
    let writer = Writer { faces, fonts };
    let layout = Layout::new(paper, &writer.faces, PAGES_MAX);
    if layout.pages > PAGES_MAX {
        return Err(PdfError::TooLong);
    }
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|e| PdfError::Library(format!("{e:?}")))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    });
    let mut marks: Vec<Option<Identifier>> = vec![None; layout.pieces.len()];
    let mut pieces = layout.pieces.iter().enumerate().peekable();
    let mut rules = layout.rules.clone();
    rules.sort_by_key(|(page, _)| *page);
    let mut rules = rules.into_iter().peekable();
    for number in 0..layout.pages {
        let size = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or(PdfError::Font)?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        surface.set_fill(Some(ink(11, 12, 12)));
        while let Some((index, piece)) = pieces.next_if(|(_, piece)| piece.page == number) {
            let tag = match piece.repeated {
                true => ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)),
                false => ContentTag::Span(SpanTag::empty()),
            };
            let id = surface.start_tagged(tag);
            writer.draw(&mut surface, piece);
            surface.end_tagged();
            if let (false, Some(mark)) = (piece.repeated, marks.get_mut(index)) {
                *mark = Some(id);
            }
        }
        surface.set_fill(Some(ink(177, 180, 182)));
        while let Some((_, y)) = rules.next_if(|(page, _)| *page == number) {
            rule(&mut surface, y);
        }
        surface.set_fill(Some(ink(80, 90, 95)));
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
        let text = format!("{} — page {} of {}", paper.title, number + 1, layout.pages);
        writer.draw(&mut surface, &footer(text));
        surface.end_tagged();
        surface.finish();
        page.finish();
    }
    let mut outline = Outline::new();
    for (text, page, y) in &layout.headings {
        let there = XyzDestination::new(*page, Point::from_xy(0.0, *y));
        outline.push_child(OutlineNode::new(text.clone(), there));
    }
    document.set_outline(outline);
    let mut tree = TagTree::new().with_lang(Some("en".into()));
    for node in &layout.nodes {
        tree.push(group(node, &marks));
    }
    document.set_tag_tree(tree);
    document.set_metadata(metadata(paper));
    document.finish().map_err(|e| PdfError::Library(format!("{e:?}")))
}

struct Writer {
    faces: [Face; 2],
    fonts: [Font; 2],
}

impl Writer {
    fn draw(&self, surface: &mut Surface<'_>, piece: &Piece) {
        let ([regular, heavy], [font, bold]) = (&self.faces, &self.fonts);
        let (face, font) = if piece.bold {
            (heavy, bold)
        } else {
            (regular, font)
        };
        let glyphs: Vec<KrillaGlyph> = piece
            .text
            .char_indices()
            .filter_map(|(at, c)| {
                let (glyph, advance) = face.glyph(c)?;
                let range = at..at + c.len_utf8();
                Some(KrillaGlyph::new(
                    GlyphId::new(glyph),
                    advance,
                    0.0,
                    0.0,
                    0.0,
                    range,
                    None,
                ))
            })
            .collect();
        let at = Point::from_xy(piece.at.0, piece.at.1);
        surface.draw_glyphs(at, &glyphs, font.clone(), &piece.text, piece.size, false);
    }
}

fn footer(text: String) -> Piece {
    Piece {
        page: 0,
        at: (56.0, PAGE.1 - 32.0),
        size: 7.0,
        bold: false,
        text,
        repeated: true,
    }
}

fn ink(red: u8, green: u8, blue: u8) -> Fill {
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        rule: Default::default(),
    }
}

fn rule(surface: &mut Surface<'_>, y: f32) {
    let Some(line) = Rect::from_ltrb(56.0, y, PAGE.0 - 56.0, y + 0.5) else {
        return;
    };
    let mut path = PathBuilder::new();
    path.push_rect(line);
    let Some(path) = path.finish() else { return };
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
    surface.draw_path(&path);
    surface.end_tagged();
}

fn group(node: &Node, marks: &[Option<Identifier>]) -> TagGroup {
    let tag: TagKind = match &node.part {
        Part::Heading(level, title) => Tag::Hn(
            NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN),
            Some(title.clone()),
        )
        .into(),
        Part::Paragraph => Tag::P.into(),
        Part::Numbered => Tag::L(ListNumbering::Decimal).into(),
        Part::Item => Tag::LI.into(),
        Part::Number => Tag::Lbl.into(),
        Part::ItemBody => Tag::LBody.into(),
        Part::Table => Tag::Table.into(),
        Part::Head => Tag::THead.into(),
        Part::Body => Tag::TBody.into(),
        Part::Row => Tag::TR.into(),
        Part::NameOfColumn => Tag::TH(TableHeaderScope::Column).into(),
        Part::NameOfRow => Tag::TH(TableHeaderScope::Row).into(),
        Part::Cell => Tag::TD.into(),
    };
    let mut group = TagGroup::new(tag);
    for piece in &node.pieces {
        if let Some(Some(mark)) = marks.get(*piece) {
            group.push(mark.clone());
        }
    }
    for inner in &node.inner {
        group.push(self::group(inner, marks));
    }
    group
}

fn metadata(paper: &Paper) -> Metadata {
    let at = paper.made_at.at();
    let made = DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(at.month().into())
        .day(at.day())
        .hour(at.hour())
        .minute(at.minute())
        .second(at.second())
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    let id = format!("{} {}", paper.title, paper.made_at);
    Metadata::new()
        .title(paper.title.clone())
        .language("en".into())
        .creator("Oyer".into())
        .creation_date(made)
        .document_id(Digest::of(id.as_bytes()).to_string())
}
