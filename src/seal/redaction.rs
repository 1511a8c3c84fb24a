//! `redaction.json`: what makes a sealed recording a redacted copy of another: from which it was made, on whose order, what was
//! taken out, and in which films the rest is. It lies below `data/<recording>/`, and so under the seal.

use super::decimal;
use super::digest::Digest;
use super::ledger::{CourtLogEntry, Person};
use super::strict;
use super::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The schema of this document.
pub const SCHEMA: &str = "oyer/redaction/1";
/// What a recording with this document is.
pub const KIND: &str = "redacted_derivative";
/// Largest `redaction.json` in bytes.
pub const BYTES_MAX: u64 = 4 * 1024 * 1024;
/// By how many milliseconds everything that is taken out is widened on both sides, so that no frame of sound or picture at its edges
/// stays: more than a frame of sound (120 ms at most) and than the slowest picture that is shown as one (5 a second).
pub const MARGIN_MS: u64 = 200;

/// `redaction.json`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedactionDocument {
    /// [`SCHEMA`]
    pub schema: String,
    /// [`KIND`]
    pub kind: String,
    /// The recording that this copy is.
    pub recording: Uuid,
    /// What it was made from.
    pub derived_from: Original,
    /// The orders that it carries out, by number.
    pub orders: Vec<Order>,
    /// Whoever is named in an interval, as the court writes them.
    pub people: Vec<Person>,
    /// By how many milliseconds each interval was widened on both sides.
    #[serde(with = "decimal")]
    pub margin_ms: u64,
    /// How many entries of the court log were left out because they lie in an interval, or because an order names them.
    #[serde(with = "decimal")]
    pub log_entries_left_out: u64,
    /// What is left, one film after another.
    pub films: Vec<Film>,
    /// Who made it.
    pub made_by: String,
    /// When, by the clock of the server.
    pub made_at: Timestamp,
}

/// The recording that a copy was made from. It is not in the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Original {
    /// Identifier.
    pub recording: Uuid,
    /// SHA-256 of its `manifest-sha256.txt`: what its seal signs.
    pub manifest_sha256: Digest,
    /// When it was sealed.
    pub sealed_at: Timestamp,
}

/// An order of a judge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its number in the court.
    #[serde(with = "decimal")]
    pub number: u64,
    /// As the court files it.
    pub reference: String,
    /// Why.
    pub reason: String,
    /// Who ordered it.
    pub ordered_by: String,
    /// When.
    pub ordered_at: Timestamp,
    /// The recording that it is about, where that is another of the same hearing: its intervals are on the clock of the hearing's
    /// segments, of which this recording may have some or none, and it binds the court log that both have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Uuid>,
    /// What is taken out.
    pub intervals: Vec<Interval>,
    /// Entries of the court log that are taken out, by their numbers in the log of the original; they go strictly up.
    #[serde(default, with = "decimal::list", skip_serializing_if = "Vec::is_empty")]
    pub log_entries: Vec<u64>,
}

/// A stretch that is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Of which segment.
    pub segment: u32,
    /// How.
    pub kind: Kind,
    /// Whose sound or picture; null for everybody's.
    #[serde(deserialize_with = "Option::deserialize")]
    pub participant: Option<Uuid>,
    /// Milliseconds from the segment's start, as ordered.
    #[serde(with = "decimal")]
    pub from_ms: u64,
    /// Milliseconds from the segment's start, as ordered; later than `from_ms`.
    #[serde(with = "decimal")]
    pub to_ms: u64,
}

/// How a stretch is taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Sound and picture of everybody; a plain card of the same length stands in their place.
    Cut,
    /// Sound.
    Mute,
    /// Picture.
    Cover,
}

/// A film of what is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Film {
    /// `film-001.mp4`, `film-002.mp4` and so on.
    pub file: String,
    /// Size.
    #[serde(with = "decimal")]
    pub bytes: u64,
    /// Digest of the file.
    pub sha256: Digest,
}

/// The name of the film of that number, from 1.
pub fn film_name(number: usize) -> String {
    format!("film-{number:03}.mp4")
}

impl Interval {
    /// The interval with the margin on both sides.
    pub fn widened(&self) -> (u64, u64) {
        (
            self.from_ms.saturating_sub(MARGIN_MS),
            self.to_ms.saturating_add(MARGIN_MS),
        )
    }

    fn holds(&self, entry: &CourtLogEntry) -> bool {
        let (from, to) = self.widened();
        entry.segment == Some(self.segment) && entry.media_ms.is_some_and(|at| (from..=to).contains(&at))
    }
}

/// Entries that say when the record ran, and how it ended. They stay, without their text.
const FRAMING: &[&str] = &[
    "on_record",
    "off_record",
    "began",
    "paused",
    "resumed",
    "suspended",
    "adjourned",
    "closed",
    "interrupted",
    "record_failed",
    "record_restored",
];

/// The entry as it stands in the court log of a copy that carries out the orders: none when it lies in an interval, or when an order
/// names it. Its number is that of the original before and after.
pub fn redacted_entry(entry: &CourtLogEntry, orders: &[Order]) -> Option<CourtLogEntry> {
    let is_named = orders.iter().any(|order| order.log_entries.contains(&entry.seq));
    if !is_named && !lies_in_interval(entry, orders) {
        return Some(entry.clone());
    }
    FRAMING.contains(&entry.kind.as_str()).then(|| CourtLogEntry {
        text: None,
        ..entry.clone()
    })
}

/// True when an entry may stand in the court log of a copy that carries out the orders. Entries of a copy are numbered anew: which of
/// them an order named cannot be told.
pub fn may_stand(entry: &CourtLogEntry, orders: &[Order]) -> bool {
    let is_frame = FRAMING.contains(&entry.kind.as_str()) && entry.text.is_none();
    is_frame || !lies_in_interval(entry, orders)
}

fn lies_in_interval(entry: &CourtLogEntry, orders: &[Order]) -> bool {
    let mut intervals = orders.iter().flat_map(|order| &order.intervals);
    intervals.any(|interval| interval.holds(entry))
}

impl RedactionDocument {
    /// Reads `redaction.json`.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        strict::from_json(bytes)
    }

    /// The bytes of `redaction.json`: indented for people, ending with a line feed.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The references of its orders, in words.
    pub fn references(&self) -> String {
        let references: Vec<&str> = self.orders.iter().map(|order| order.reference.as_str()).collect();
        references.join("; ")
    }

    /// What contradicts the format in this document by itself. `segments`: number and length in milliseconds.
    pub fn fault(&self, recording: Uuid, segments: &[(u32, u64)]) -> Option<&'static str> {
        if self.schema != SCHEMA || self.kind != KIND {
            return Some("its schema or kind is none of the format");
        }
        if self.recording != recording {
            return Some("it is about another recording than the folder it lies in");
        }
        if self.derived_from.recording == recording {
            return Some("it says that the copy was made from itself");
        }
        if self.margin_ms != MARGIN_MS {
            return Some("its margin is not that of the format");
        }
        if self.orders.is_empty() || !self.orders.is_sorted_by(|a, b| a.number < b.number) {
            return Some("its orders are none, or not in the order of their numbers");
        }
        let takes_nothing = |order: &Order| order.intervals.is_empty() && order.log_entries.is_empty();
        if self.orders.iter().any(takes_nothing) {
            return Some("one of its orders takes nothing out");
        }
        let is_ascending = |order: &Order| order.log_entries.is_sorted_by(|a, b| a < b);
        if !self.orders.iter().all(is_ascending) {
            return Some("the entries of the court log that an order names are not in order");
        }
        let is_of_itself = |about: Uuid| about == recording || about == self.derived_from.recording;
        if self
            .orders
            .iter()
            .filter_map(|order| order.about)
            .any(is_of_itself)
        {
            return Some("one of its orders says that it is about another recording, and is not");
        }
        let is_inside = |order: &Order, interval: &Interval| {
            let mut of = segments
                .iter()
                .filter(|(segment, _)| *segment == interval.segment);
            // Of another recording of the hearing this one does not know the segments.
            interval.from_ms < interval.to_ms
                && (order.about.is_some() || of.any(|(_, length)| interval.to_ms <= *length))
        };
        let all_inside = |order: &Order| order.intervals.iter().all(|i| is_inside(order, i));
        if !self.orders.iter().all(all_inside) {
            return Some("one of its intervals is not inside a segment");
        }
        let mut named = self
            .orders
            .iter()
            .flat_map(|order| &order.intervals)
            .filter_map(|i| i.participant);
        if !named.all(|id| self.people.iter().any(|person| person.participant == id)) {
            return Some("it does not say who one of those is whose sound or picture was taken out");
        }
        let names = self
            .films
            .iter()
            .zip(1..)
            .all(|(film, n)| film.file == film_name(n));
        match self.films.is_empty() || !names {
            true => Some("its films are none, or not numbered from 1"),
            false => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: &str, at: Option<u64>) -> CourtLogEntry {
        serde_json::from_value(serde_json::json!({
            "seq": "4", "at": "2026-01-15T09:00:00.000Z", "segment": at.map(|_| 2), "media_ms": at.map(|at| at.to_string()),
            "kind": kind, "by": null, "about": null, "text": "a name",
        }))
        .unwrap()
    }

    fn orders() -> Vec<Order> {
        let interval = |kind, from_ms, to_ms| Interval {
            segment: 2,
            kind,
            participant: None,
            from_ms,
            to_ms,
        };
        vec![Order {
            number: 1,
            reference: "R".into(),
            reason: "B".into(),
            ordered_by: "J".into(),
            ordered_at: "2026-01-15T09:00:00.000Z".parse().unwrap(),
            about: None,
            log_entries: Vec::new(),
            intervals: vec![
                interval(Kind::Cut, 100, 1000),
                interval(Kind::Mute, 5000, 6000),
                interval(Kind::Cover, 9000, u64::MAX - 1),
            ],
        }]
    }

    #[test]
    fn the_log_says_nothing_of_what_was_taken_out() {
        let orders = orders();
        let left = |kind: &str, at| redacted_entry(&entry(kind, at), &orders);
        for at in [0, 100, 1000, 1200, 4800, 5500, 6200, 9000, u64::MAX] {
            assert_eq!(left("marker", Some(at)), None, "{at}");
            let frame = left("adjourned", Some(at)).unwrap();
            assert_eq!((frame.kind.as_str(), frame.text), ("adjourned", None), "{at}");
        }
        for at in [Some(1201), Some(4799), Some(6201), Some(8799), None] {
            assert_eq!(left("marker", at), Some(entry("marker", at)));
        }
        // One that was written down later, and an order names. Its number says nothing in a copy.
        let named = [Order {
            intervals: Vec::new(),
            log_entries: vec![4],
            ..orders[0].clone()
        }];
        assert_eq!(redacted_entry(&entry("marker", Some(7000)), &named), None);
        let frame = redacted_entry(&entry("paused", None), &named).unwrap();
        assert_eq!(frame.text, None);
        let next = CourtLogEntry {
            seq: 5,
            ..entry("marker", None)
        };
        assert_eq!(redacted_entry(&next, &named), Some(next));
        assert!(may_stand(&entry("marker", Some(7000)), &named));
        assert!(
            !may_stand(&entry("marker", Some(500)), &orders)
                && !may_stand(&entry("paused", Some(500)), &orders)
        );
        assert!(may_stand(&left("paused", Some(500)).unwrap(), &orders));
        // Another segment has another clock.
        let elsewhere = CourtLogEntry {
            segment: Some(1),
            ..entry("marker", Some(500))
        };
        assert_eq!(redacted_entry(&elsewhere, &orders), Some(elsewhere));
    }

    #[test]
    fn a_document_that_contradicts_itself_is_found() {
        let recording = Uuid::from_u128(2);
        let good = RedactionDocument {
            schema: SCHEMA.into(),
            kind: KIND.into(),
            recording,
            derived_from: Original {
                recording: Uuid::from_u128(1),
                manifest_sha256: Digest::ZERO,
                sealed_at: "2026-01-15T09:00:00.000Z".parse().unwrap(),
            },
            orders: orders(),
            people: Vec::new(),
            margin_ms: MARGIN_MS,
            log_entries_left_out: 3,
            films: vec![Film {
                file: film_name(1),
                bytes: 1,
                sha256: Digest::ZERO,
            }],
            made_by: "C".into(),
            made_at: "2026-01-15T09:00:00.000Z".parse().unwrap(),
        };
        let segments = [(2, u64::MAX)];
        assert_eq!(good.fault(recording, &segments), None);
        let read = RedactionDocument::parse(&good.to_bytes().unwrap()).unwrap();
        assert_eq!(read, good);
        type Change = fn(&mut RedactionDocument);
        let changes: &[Change] = &[
            |d| d.kind = "copy".into(),
            |d| d.derived_from.recording = d.recording,
            |d| d.recording = Uuid::nil(),
            |d| d.margin_ms = 0,
            |d| d.orders.clear(),
            |d| d.orders.extend(orders()),
            |d| d.orders[0].intervals.clear(),
            |d| d.orders[0].intervals[0].segment = 1,
            |d| d.orders[0].log_entries = vec![3, 3],
            |d| d.orders[0].about = Some(d.recording),
            |d| d.orders[0].about = Some(d.derived_from.recording),
            |d| {
                d.orders[0].about = Some(Uuid::from_u128(9));
                d.orders[0].intervals[0].to_ms = 100;
            },
            |d| d.orders[0].intervals[0].to_ms = 100,
            |d| d.orders[0].intervals[1].participant = Some(Uuid::nil()),
            |d| d.films.clear(),
            |d| d.films[0].file = "film-002.mp4".into(),
            |d| d.films[0].file = "../film-001.mp4".into(),
        ];
        for (n, change) in changes.iter().enumerate() {
            let mut bad = good.clone();
            change(&mut bad);
            assert!(bad.fault(recording, &segments).is_some(), "{n}");
        }
        assert!(good.fault(recording, &[(2, 8999)]).is_some());
        // An order about another recording of the hearing, and one that names entries of the log alone.
        let mut further = good.clone();
        further.orders[0].about = Some(Uuid::from_u128(9));
        further.orders.push(Order {
            number: 2,
            intervals: Vec::new(),
            log_entries: vec![3, 7],
            ..orders()[0].clone()
        });
        assert_eq!(further.fault(recording, &[(5, 1)]), None);
        let text = String::from_utf8(further.to_bytes().unwrap()).unwrap();
        assert!(text.contains("\"log_entries\": [\n        \"3\""), "{text}");
        assert_eq!(RedactionDocument::parse(text.as_bytes()).unwrap(), further);
        assert!(
            !String::from_utf8(good.to_bytes().unwrap())
                .unwrap()
                .contains("about")
        );
    }
}
