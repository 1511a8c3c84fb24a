//! What every door shares.

use super::limits::Limits;
use super::proxies::TrustedProxies;
use super::relay::Relay;
use super::tickets::Tickets;
use crate::evidence::Evidence;
use crate::hearing::Hearings;
use crate::sfu::Engine;
use crate::store::Store;
use crate::wire::api::Court;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use time::OffsetDateTime;

/// The shared state of the doors. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Cases, hearings, people.
    pub store: Store,
    /// The live hearings.
    pub hearings: Hearings,
    /// Sealed recordings.
    pub evidence: Evidence,
    /// The media engine, for its counters.
    pub engine: Engine,
    /// Where the links lead: `https://court.example`.
    pub base_url: Arc<str>,
    /// Whom people turn to who need help.
    pub court: Arc<Court>,
    /// How much one person or one address may ask for.
    pub limits: Arc<Limits>,
    /// The proxies whose word on an address is taken.
    pub proxies: Arc<TrustedProxies>,
    /// Short-lived addresses for what a browser fetches by itself.
    pub tickets: Arc<Tickets>,
    /// A relay for people whose network lets nothing else through, if there is one.
    pub relay: Option<Arc<Relay>>,
    /// The metrics to be read at `/metrics`.
    pub metrics: PrometheusHandle,
}

/// The wall clock in unix milliseconds.
pub fn now_ms() -> i64 {
    i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}
