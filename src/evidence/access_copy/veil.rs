//! What is taken out of one segment of a redacted copy, as FFmpeg is told it.
//!
//! Everything is taken out of what is *drawn and mixed*, before it is coded: nothing of it comes into the film. It begins before and
//! ends after what was ordered, by [`MARGIN_MS`](redaction::MARGIN_MS). A camera is covered twice: by the clock of the copy, and by
//! the clock of its own pictures, for one that is slow stands for a moment after it was taken.

use crate::court::redaction::join_spans;
use crate::seal::redaction::{Kind, Order};
use std::fmt::Write;
use uuid::Uuid;

/// The colour of what is covered: that of the background would look as if nobody were there.
pub(super) const VEIL: &str = "0x3a4048";
/// File of the line that stands at the bottom while something is taken out.
pub(super) const LINE_FILE: &str = "redacted.txt";
/// File of the text of the card that stands for what is cut.
pub(super) const CARD_FILE: &str = "card.txt";
/// Longest text, in characters: at its size it fits the picture.
const TEXT_CHARS_MAX: usize = 70;

/// Spans of time in milliseconds, in order, none touching the next.
type Spans = Vec<(u64, u64)>;

/// What is taken out of one segment.
#[derive(Debug, Clone, Default)]
pub(super) struct Veil {
    cut: Spans,
    muted: Vec<(Option<Uuid>, (u64, u64))>,
    covered: Vec<(Option<Uuid>, (u64, u64))>,
    references: String,
}

impl Veil {
    /// Of that segment.
    pub(super) fn new(orders: &[Order], segment: u32) -> Veil {
        let mut veil = Veil::default();
        let mut references = Vec::new();
        for order in orders {
            let intervals = || order.intervals.iter().filter(|i| i.segment == segment);
            for interval in intervals() {
                let span = interval.widened();
                match interval.kind {
                    Kind::Cut => veil.cut.push(span),
                    Kind::Mute => veil.muted.push((interval.participant, span)),
                    Kind::Cover => veil.covered.push((interval.participant, span)),
                }
            }
            if intervals().next().is_some() {
                references.push(order.reference.as_str());
            }
        }
        veil.cut = join_spans(veil.cut);
        veil.references = references.join("; ");
        veil
    }

    /// True when nothing is taken out.
    pub(super) fn is_empty(&self) -> bool {
        self.cut.is_empty() && self.muted.is_empty() && self.covered.is_empty()
    }

    /// When a person's sound is taken out.
    fn silent(&self, participant: Uuid) -> Spans {
        self.spans_of(&self.muted, participant)
    }

    /// When a person's pictures are covered.
    fn hidden(&self, participant: Uuid) -> Spans {
        self.spans_of(&self.covered, participant)
    }

    fn spans_of(&self, all: &[(Option<Uuid>, (u64, u64))], participant: Uuid) -> Spans {
        let own = all.iter().filter(|(of, _)| of.is_none_or(|of| of == participant));
        join_spans(
            own.map(|(_, span)| *span)
                .chain(self.cut.iter().copied())
                .collect(),
        )
    }

    fn any(&self) -> Spans {
        let spans = self.muted.iter().chain(&self.covered).map(|(_, span)| *span);
        join_spans(spans.chain(self.cut.iter().copied()).collect())
    }

    /// A filter that covers a rectangle while a person's pictures are covered; empty when they never are. With its comma.
    pub(super) fn cover(&self, participant: Uuid, x: u32, y: u32, width: u32, height: u32) -> String {
        filled(&self.hidden(participant), x, y, width, height)
    }

    /// A filter that covers a rectangle with everything in it while all is cut; empty when it never is. With its comma.
    pub(super) fn card(&self, width: u32, height: u32) -> String {
        filled(&self.cut, 0, 0, width, height)
    }

    /// A filter that silences a person; empty when they are never silenced. With its comma.
    pub(super) fn silence(&self, participant: Uuid) -> String {
        match while_in(&self.silent(participant)) {
            None => String::new(),
            Some(when) => format!(",volume=volume=0:enable='{when}'"),
        }
    }

    /// When anything is taken out, as an expression; none when nothing ever is.
    pub(super) fn while_any(&self) -> Option<String> {
        while_in(&self.any())
    }

    /// When all is cut, as an expression.
    pub(super) fn while_cut(&self) -> Option<String> {
        while_in(&self.cut)
    }

    /// The texts to be drawn, as files.
    pub(super) fn texts(&self) -> Vec<(String, String)> {
        if self.is_empty() {
            return Vec::new();
        }
        let text = |lead: &str| {
            let text = format!("{lead} {}", self.references);
            match text.chars().count() > TEXT_CHARS_MAX {
                true => text.chars().take(TEXT_CHARS_MAX).chain(['…']).collect(),
                false => text,
            }
        };
        vec![
            (LINE_FILE.to_owned(), text("Redacted by order of the court:")),
            (CARD_FILE.to_owned(), text("Cut by order of the court:")),
        ]
    }
}

fn filled(spans: &Spans, x: u32, y: u32, width: u32, height: u32) -> String {
    match while_in(spans) {
        None => String::new(),
        Some(when) => {
            format!(",drawbox=x={x}:y={y}:w={width}:h={height}:color={VEIL}:t=fill:enable='{when}'")
        }
    }
}

/// True within the spans, both ends included, as an expression of FFmpeg.
fn while_in(spans: &Spans) -> Option<String> {
    let mut when = String::new();
    for (from, to) in spans {
        let plus = if when.is_empty() { "" } else { "+" };
        // Writing to a String cannot fail.
        let _ = write!(
            when,
            "{plus}between(t,{},{})",
            super::graph::seconds(*from),
            super::graph::seconds(*to)
        );
    }
    (!when.is_empty()).then_some(when)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::redaction::Interval;

    const ONE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn order(reference: &str, intervals: &[(u32, Kind, Option<Uuid>, u64, u64)]) -> Order {
        let interval = |&(segment, kind, participant, from_ms, to_ms)| Interval {
            segment,
            kind,
            participant,
            from_ms,
            to_ms,
        };
        Order {
            number: 1,
            reference: reference.into(),
            reason: "B".into(),
            ordered_by: "J".into(),
            ordered_at: "2026-01-15T09:00:00.000Z".parse().unwrap(),
            about: None,
            intervals: intervals.iter().map(interval).collect(),
            log_entries: Vec::new(),
        }
    }

    #[test]
    fn everything_is_widened_and_of_whom_it_is() {
        let orders = [
            order(
                "A",
                &[(1, Kind::Mute, Some(ONE), 1000, 2000), (2, Kind::Cut, None, 0, 1)],
            ),
            order(
                "B':x",
                &[
                    (1, Kind::Cover, None, 100, 2000),
                    (1, Kind::Mute, None, 2100, 3000),
                ],
            ),
        ];
        let veil = Veil::new(&orders, 1);
        assert_eq!(veil.silent(ONE), [(800, 3200)]);
        assert_eq!(veil.silent(OTHER), [(1900, 3200)]);
        assert_eq!(veil.hidden(OTHER), [(0, 2200)]);
        assert_eq!(
            veil.silence(OTHER),
            ",volume=volume=0:enable='between(t,1.900,3.200)'"
        );
        assert_eq!((veil.card(2, 2), veil.while_cut()), (String::new(), None));
        assert_eq!(veil.while_any().as_deref(), Some("between(t,0.000,3.200)"));
        assert!(veil.texts()[0].1.ends_with("A; B':x"));
        // A cut silences and covers everybody.
        let second = Veil::new(&orders, 2);
        assert_eq!(
            (second.silent(OTHER), second.hidden(ONE)),
            (vec![(0, 201)], vec![(0, 201)])
        );
        assert!(second.card(8, 4).starts_with(",drawbox=x=0:y=0:w=8:h=4:"));
        assert!(Veil::new(&orders, 3).is_empty() && Veil::new(&orders, 3).texts().is_empty());
    }
}
