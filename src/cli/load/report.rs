//! What came of a load, for people and for programs.

use super::plan::Plan;
use crate::client::fleet::Counts;
use crate::client::fleet::histogram::Histogram;
use serde_json::{Value, json};
use std::fmt;
use std::time::Duration;

/// What a core is planned to be used of at most; the rest is for what comes all at once.
const PLANNED_SHARE: f64 = 0.7;

/// How long it took to join.
#[derive(Debug, Clone, Default)]
pub struct Joins {
    /// From the WHIP POST to the publisher's first packet at anybody.
    pub publishers: Histogram,
    /// From the WHEP POST to the first packet.
    pub receivers: Histogram,
}

/// What the server's process used.
#[derive(Debug, Clone, Copy)]
pub struct Server {
    /// While it was measured.
    pub cpu: Duration,
    /// Before anybody joined.
    pub rss_kib_empty: u64,
    /// At the end of the measurement.
    pub rss_kib: u64,
    /// The most that was seen while it was measured.
    pub rss_kib_peak: u64,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Report {
    /// What was asked for.
    pub plan: Plan,
    /// How long was measured.
    pub measured: Duration,
    /// What the people of the load counted.
    pub counts: Counts,
    /// How they joined.
    pub joins: Joins,
    /// What the server used, if its process is known.
    pub server: Option<Server>,
    /// What the load itself used.
    pub own_cpu: Duration,
}

impl Report {
    fn seconds(&self) -> f64 {
        self.measured.as_secs_f64()
    }

    fn cpu_us_per_packet(&self) -> Option<f64> {
        let cpu = self.server?.cpu.as_secs_f64();
        (self.counts.received > 0).then(|| cpu * 1e6 / self.counts.received as f64)
    }

    /// Cores that the server kept busy.
    fn cores(&self) -> Option<f64> {
        Some(self.server?.cpu.as_secs_f64() / self.seconds())
    }

    /// Such hearings that one core should be given.
    fn hearings_per_core(&self) -> Option<f64> {
        let cores = self.cores().filter(|cores| *cores > 0.0)?;
        Some(f64::from(self.plan.hearings) * PLANNED_SHARE / cores)
    }

    fn memory_kib_per_person(&self) -> Option<u64> {
        let server = self.server?;
        let grown = server.rss_kib.saturating_sub(server.rss_kib_empty);
        Some(grown / u64::from(self.plan.everybody().max(1)))
    }

    /// One object. Absent is what was not measured: `null`.
    pub fn to_json(&self) -> Value {
        let plan = &self.plan;
        let counts = &self.counts;
        let joins = &self.joins;
        json!({
            "hearings": plan.hearings,
            "people_per_hearing": plan.in_hearing(),
            "publishers_per_hearing": plan.publishing(),
            "receivers_per_hearing": plan.parts().iter().filter(|p| p.receives).count(),
            "kbps": plan.kbps,
            "simulcast": plan.simulcast,
            "loss_percent": plan.loss,
            "record": plan.record,
            "seconds": rounded(self.seconds(), 2),
            "packets_sent": counts.sent,
            "packets_forwarded": counts.received,
            "packets_forwarded_per_second": rounded(counts.received as f64 / self.seconds(), 0),
            "mbit_forwarded_per_second": rounded(counts.bytes as f64 * 8e-6 / self.seconds(), 1),
            "packets_dropped_on_purpose": counts.dropped,
            "packets_missing": counts.pictures.missing + counts.sound.missing,
            "picture_missing_percent": counts.pictures.percent().map(|p| rounded(p, 4)),
            "sound_missing_percent": counts.sound.percent().map(|p| rounded(p, 4)),
            "silent_streams": counts.silent,
            "through_us_p50": micros(&counts.through, 0.5),
            "through_us_p99": micros(&counts.through, 0.99),
            "join_publish_ms_p50": millis(&joins.publishers, 0.5),
            "join_publish_ms_p95": millis(&joins.publishers, 0.95),
            "join_receive_ms_p50": millis(&joins.receivers, 0.5),
            "join_receive_ms_p95": millis(&joins.receivers, 0.95),
            "server_cpu_seconds": self.server.map(|s| rounded(s.cpu.as_secs_f64(), 2)),
            "server_cores": self.cores().map(|c| rounded(c, 3)),
            "cpu_us_per_packet": self.cpu_us_per_packet().map(|c| rounded(c, 2)),
            "hearings_per_core": self.hearings_per_core().map(|h| rounded(h, 1)),
            "server_rss_kib_empty": self.server.map(|s| s.rss_kib_empty),
            "server_rss_kib": self.server.map(|s| s.rss_kib),
            "server_rss_kib_peak": self.server.map(|s| s.rss_kib_peak),
            "memory_kib_per_person": self.memory_kib_per_person(),
            "load_cpu_seconds": rounded(self.own_cpu.as_secs_f64(), 2),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.counts;
        let known = |value: Option<f64>, digits: usize| match value {
            Some(value) => format!("{value:.digits$}"),
            None => "–".to_owned(),
        };
        let pair = |histogram: &Histogram, of: fn(&Histogram, f64) -> Option<f64>, high| {
            format!(
                "{} / {}",
                known(of(histogram, 0.5), 1),
                known(of(histogram, high), 1)
            )
        };
        let mut row = |name: &str, value: String| writeln!(f, "  {name:<44}{value}");
        row(
            "forwarded, packets a second (Mbit/s)",
            format!(
                "{:.0} ({:.1})",
                counts.received as f64 / self.seconds(),
                counts.bytes as f64 * 8e-6 / self.seconds()
            ),
        )?;
        row(
            "missing after repair, %, of pictures / sound",
            format!(
                "{} / {}",
                known(counts.pictures.percent(), 4),
                known(counts.sound.percent(), 4)
            ),
        )?;
        row(
            "time through the server, ms, median / p99",
            pair(
                &counts.through,
                |h, q| micros(h, q).map(|us| us as f64 / 1000.0),
                0.99,
            ),
        )?;
        row(
            "WHIP POST to first packet forwarded, ms, median / p95",
            pair(&self.joins.publishers, millis, 0.95),
        )?;
        row(
            "WHEP POST to first packet, ms, median / p95",
            pair(&self.joins.receivers, millis, 0.95),
        )?;
        if let Some(server) = self.server {
            row(
                "server: processor time for a packet, µs",
                known(self.cpu_us_per_packet(), 2),
            )?;
            row("server: cores busy", known(self.cores(), 2))?;
            row(
                "server: memory, MiB (for each person, KiB)",
                format!(
                    "{:.1} ({})",
                    server.rss_kib as f64 / 1024.0,
                    self.memory_kib_per_person().unwrap_or_default()
                ),
            )?;
            row(
                "such hearings for each core, at 70 %",
                known(self.hearings_per_core(), 0),
            )?;
        }
        row(
            "the load itself: cores busy",
            format!("{:.2}", self.own_cpu.as_secs_f64() / self.seconds()),
        )?;
        if counts.silent > 0 {
            row("streams that fell silent", counts.silent.to_string())?;
        }
        Ok(())
    }
}

fn micros(histogram: &Histogram, share: f64) -> Option<u64> {
    let quantile = histogram.quantile(share)?;
    u64::try_from(quantile.as_micros()).ok()
}

fn millis(histogram: &Histogram, share: f64) -> Option<f64> {
    Some(rounded(histogram.quantile(share)?.as_secs_f64() * 1000.0, 1))
}

fn rounded(value: f64, digits: i32) -> f64 {
    let unit = 10f64.powi(digits);
    (value * unit).round() / unit
}
