//! What arrived from a sender that numbers its packets transport-wide, and when: what its congestion control is told
//! (draft-holmer-rmcat-transport-wide-cc-extensions-01).

use super::bandwidth::Report;
use super::clock::Micros;
use super::sequence::SequenceUnwrapper;

/// Arrivals between two reports that are kept; a sender of more than this is told of the first only.
const PENDING_MAX: usize = 4096;
/// Packets that one report speaks of at most: what a sender that leaves out numbers is told of.
const SPAN_MAX: i64 = 2000;

/// The arrivals since the last report.
#[derive(Debug, Default)]
pub struct Arrivals {
    numbers: SequenceUnwrapper,
    pending: Vec<(i64, Micros)>,
    /// The number after the last that was reported.
    next: Option<i64>,
}

impl Arrivals {
    /// A packet arrived.
    pub fn arrived(&mut self, number: u16, at: Micros) {
        let number = self.numbers.extend(number);
        if self.pending.len() < PENDING_MAX {
            self.pending.push((number, at));
        }
    }

    /// What arrived since the last call, and what between did not. `None` if nothing arrived.
    pub fn take(&mut self) -> Option<Report> {
        self.pending.sort_unstable();
        let (first, last) = (self.pending.first()?.0, self.pending.last()?.0);
        let base = self.next.unwrap_or(first).min(first).max(last - SPAN_MAX + 1);
        let mut arrivals = vec![None; usize::try_from(last - base + 1).ok()?];
        for (number, at) in self.pending.drain(..) {
            // Of a packet that came twice the first arrival counts.
            if let Some(place) = usize::try_from(number - base)
                .ok()
                .and_then(|i| arrivals.get_mut(i))
            {
                place.get_or_insert(at);
            }
        }
        self.next = Some(self.next.map_or(last + 1, |next| next.max(last + 1)));
        Some(Report {
            base: base as u16,
            arrivals: arrivals.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_came_and_what_did_not() {
        let mut arrivals = Arrivals::default();
        assert_eq!(arrivals.take(), None);
        for (number, at) in [(65_534, 1), (0, 3), (65_535, 2), (0, 9), (3, 4)] {
            arrivals.arrived(number, at);
        }
        let report = arrivals.take().unwrap();
        assert_eq!(report.base, 65_534);
        assert_eq!(
            report.arrivals[..],
            [Some(1), Some(2), Some(3), None, None, Some(4)]
        );
        // What is lost at the end of one report is told by the next.
        arrivals.arrived(6, 7);
        assert_eq!(arrivals.take().unwrap().arrivals[..], [None, None, Some(7)]);
        // One that was called lost came after all.
        arrivals.arrived(5, 8);
        let late = arrivals.take().unwrap();
        assert_eq!((late.base, &late.arrivals[..]), (5, &[Some(8)][..]));
        arrivals.arrived(7, 9);
        assert_eq!(arrivals.take().unwrap().base, 7);
    }

    #[test]
    fn a_jump_makes_no_long_report_and_a_flood_is_bounded() {
        let mut arrivals = Arrivals::default();
        arrivals.arrived(0, 1);
        arrivals.arrived(30_000, 2);
        let report = arrivals.take().unwrap();
        assert_eq!(report.arrivals.len(), SPAN_MAX as usize);
        assert_eq!(report.arrivals.last(), Some(&Some(2)));
        for i in 0..20_000u16 {
            arrivals.arrived(i, 3);
        }
        assert_eq!(arrivals.pending.len(), PENDING_MAX);
        assert!(arrivals.take().is_some());
    }
}
