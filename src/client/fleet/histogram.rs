//! Durations counted in classes of about three per cent, in a fixed amount of memory.

use std::time::Duration;

/// Classes for each doubling.
const STEPS: u64 = 32;
/// Microseconds beyond this are counted as this: about an hour.
const MICROS_MAX: u64 = (1 << 32) - 1;
const CLASSES: usize = class(MICROS_MAX) + 1;

/// How often which duration was seen.
#[derive(Debug, Clone)]
pub struct Histogram {
    classes: Box<[u64; CLASSES]>,
    count: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            classes: Box::new([0; CLASSES]),
            count: 0,
        }
    }
}

impl Histogram {
    /// Counts one.
    pub fn record(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(MICROS_MAX);
        self.classes[class(micros.min(MICROS_MAX))] += 1;
        self.count += 1;
    }

    /// Takes in what another one counted.
    pub fn add(&mut self, other: &Histogram) {
        for (mine, others) in self.classes.iter_mut().zip(other.classes.iter()) {
            *mine += others;
        }
        self.count += other.count;
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The duration that this share of all does not exceed, as the upper end of its class. `None` if nothing was
    /// counted.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        if self.count == 0 {
            return None;
        }
        let rank = ((self.count as f64 * share).ceil() as u64).clamp(1, self.count);
        let mut seen = 0;
        let class = self.classes.iter().position(|n| {
            seen += n;
            seen >= rank
        })?;
        Some(Duration::from_micros(upper(class)))
    }
}

/// The class of a number: itself up to `2 * STEPS`, then `STEPS` classes for each doubling.
const fn class(micros: u64) -> usize {
    if micros < 2 * STEPS {
        return micros as usize;
    }
    let shift = 63 - micros.leading_zeros() as u64 - STEPS.trailing_zeros() as u64;
    (shift * STEPS + (micros >> shift)) as usize
}

/// The largest number of a class.
fn upper(class: usize) -> u64 {
    let class = class as u64;
    if class < 2 * STEPS {
        return class;
    }
    let shift = class / STEPS - 1;
    (((class - shift * STEPS) + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_one_another_and_are_narrow() {
        let mut last = 0;
        for micros in (0..100_000).chain([MICROS_MAX - 1, MICROS_MAX]) {
            let class = class(micros);
            assert!(class == last || class == last + 1 || micros > 100_000, "{micros}");
            assert!(upper(class) >= micros, "{micros}");
            assert!((upper(class) - micros) as f64 <= micros as f64 / 30.0, "{micros}");
            last = class;
        }
    }

    #[test]
    fn quantiles_are_those_of_what_was_counted() {
        let mut a = Histogram::default();
        let mut b = Histogram::default();
        assert_eq!(a.quantile(0.5), None);
        for micros in 1..=50 {
            a.record(Duration::from_micros(micros));
            b.record(Duration::from_micros(50 + micros));
        }
        b.record(Duration::from_secs(100_000));
        a.add(&b);
        assert_eq!(a.count(), 101);
        assert_eq!(a.quantile(0.5), Some(Duration::from_micros(51)));
        assert_eq!(a.quantile(1.0), Some(Duration::from_micros(MICROS_MAX)));
        assert_eq!(a.quantile(0.0), Some(Duration::from_micros(1)));
    }
}
