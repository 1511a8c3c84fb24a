//! Whether the server lives and can serve, and its metrics.

use super::app::App;
use super::problem::Problem;
use crate::sfu::EngineStats;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "operation", security(()), responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can serve: its store answers.
#[utoipa::path(get, path = "/readyz", tag = "operation", security(()), responses((status = 200, body = String, content_type = "text/plain"), (status = 503)))]
pub async fn readyz(State(app): State<App>) -> Result<&'static str, Problem> {
    if app.store.is_ready().await {
        return Ok("ready\n");
    }
    tracing::error!("the store does not answer");
    Err(Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "not_ready",
        "The server cannot serve",
        "The store does not answer.",
    )
    .retry_after(1))
}

/// Prometheus metrics.
#[utoipa::path(get, path = "/metrics", tag = "operation", security(()), responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn metrics(State(app): State<App>) -> Response {
    publish(&app.engine.stats());
    metrics::gauge!("oyer_hearings_live").set(app.hearings.count() as f64);
    let runtime = tokio::runtime::Handle::current().metrics();
    metrics::gauge!("oyer_tasks").set(runtime.num_alive_tasks() as f64);
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        app.metrics.render(),
    )
        .into_response()
}

/// The engine's own counters, set to where they stand.
fn publish(stats: &EngineStats) {
    let counters = [
        ("oyer_datagrams_in_total", stats.datagrams_in),
        ("oyer_datagrams_out_total", stats.datagrams_out),
        ("oyer_datagrams_unknown_total", stats.datagrams_unknown),
        ("oyer_media_bytes_in_total", stats.bytes_in),
        ("oyer_media_bytes_out_total", stats.bytes_out),
        ("oyer_rtp_packets_in_total", stats.packets_in),
        ("oyer_rtp_packets_out_total", stats.packets_out),
        ("oyer_rtp_packets_lost_total", stats.packets_lost),
        ("oyer_rtp_packets_duplicate_total", stats.packets_duplicate),
        ("oyer_rtp_nacked_total", stats.nacked),
        ("oyer_plis_total", stats.plis),
        ("oyer_sessions_opened_total", stats.sessions_opened),
        ("oyer_sessions_ended_total", stats.sessions_ended),
        ("oyer_sessions_failed_total", stats.sessions_failed),
        ("oyer_media_connections_opened_total", stats.connections_opened),
        ("oyer_media_connections_ended_total", stats.connections_ended),
        ("oyer_media_connections_cut_total", stats.connections_cut),
        ("oyer_media_connections_refused_total", stats.connections_refused),
        ("oyer_media_dropped_total", stats.dropped_by_worker.iter().sum()),
    ];
    for (name, value) in counters {
        metrics::counter!(name).absolute(value);
    }
}
