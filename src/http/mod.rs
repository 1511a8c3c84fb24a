//! The doors: REST under `/api/v1`, the hearing's WebSocket, WHIP and WHEP, health, metrics, and the page.
//!
//! Doors know who calls and translate; what is allowed is decided below them.

mod annotations;
mod app;
mod body;
mod caller;
mod cases;
mod conditions;
pub mod connections;
mod court;
mod deadline;
mod description;
mod downloads;
mod extract;
mod health;
mod hearings;
pub mod invitations;
mod limits;
mod log;
mod media;
mod page;
mod playback;
mod problem;
mod proxies;
mod recording_body;
mod recordings;
mod redactions;
mod relay;
mod releases;
mod requests;
mod retention;
mod secret;
mod socket;
mod tickets;
mod trace;
pub mod watch;

pub use app::{App, now_ms};
pub use limits::Limits;
pub use problem::Problem;
pub use proxies::{BadNetwork, Network, TrustedProxies};
pub use relay::Relay;
pub use secret::{NoRandomness, Secret, fresh as fresh_secret, hash as hash_secret};
pub use tickets::Tickets;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The largest body that any route takes: an SDP offer of 64 seats is far below.
const BODY_BYTES_MAX: usize = 256 * 1024;
const REQUEST_WITHIN: Duration = Duration::from_secs(30);

/// The API below `/api/v1`, and what is beside it for those who operate the server; routes and description in one: what is
/// not described is not reachable.
fn api() -> (Router<App>, Router<App>, utoipa::openapi::OpenApi) {
    let timed = OpenApiRouter::with_openapi(description::base())
        .routes(routes!(invitations::redeem))
        .routes(routes!(invitations::me))
        .routes(routes!(invitations::end_session))
        .routes(routes!(invitations::invite))
        .routes(routes!(invitations::issued))
        .routes(routes!(invitations::revoke))
        .routes(routes!(court::court))
        .routes(routes!(cases::list, cases::create))
        .routes(routes!(cases::file))
        .routes(routes!(cases::list_hearing))
        .routes(routes!(cases::hearing))
        .routes(routes!(cases::participants, cases::add_participant))
        .routes(routes!(cases::create_person))
        .routes(routes!(hearings::state))
        .routes(routes!(hearings::act))
        .routes(routes!(hearings::receipts))
        .routes(routes!(playback::playback))
        .routes(routes!(socket::open))
        .routes(routes!(relay::ice_servers))
        .routes(routes!(media::whip))
        .routes(routes!(media::whep))
        .routes(routes!(media::more_seats, media::restart_whep, media::end_whep))
        .routes(routes!(media::restart_whip, media::end_whip))
        .routes(routes!(recordings::one))
        .routes(routes!(recordings::verify, recordings::verification))
        .routes(routes!(recordings::ticket))
        .routes(routes!(recordings::second_store))
        .routes(routes!(
            recordings::access_copy,
            recordings::make_access_copy,
            recordings::cancel_access_copy
        ))
        .routes(routes!(conditions::of_recording))
        .routes(routes!(conditions::of_case))
        .routes(routes!(conditions::alarms))
        .routes(routes!(annotations::annotate))
        .routes(routes!(redactions::list, redactions::order))
        .routes(routes!(redactions::lift))
        .routes(routes!(redactions::make, redactions::cancel))
        .routes(routes!(recordings::root))
        .routes(routes!(requests::of_hearing))
        .routes(routes!(requests::create, requests::list))
        .routes(routes!(requests::grant))
        .routes(routes!(requests::refuse))
        .routes(routes!(requests::withdraw))
        .routes(routes!(requests::link))
        .routes(routes!(requests::open))
        .routes(routes!(releases::open))
        .routes(routes!(releases::release))
        .routes(routes!(releases::played_release))
        .routes(routes!(releases::played))
        .routes(routes!(retention::one, retention::set))
        .routes(routes!(retention::hold))
        .routes(routes!(retention::lift))
        .routes(routes!(retention::propose))
        .routes(routes!(retention::approve))
        .routes(routes!(retention::reject))
        .routes(routes!(retention::carry_out))
        .routes(routes!(retention::disposed))
        .routes(routes!(retention::certificate))
        .routes(routes!(retention::certificate_pdf))
        .layer(from_fn_with_state(REQUEST_WITHIN, deadline::within));
    // What a ticket opens may take as long as the download takes.
    let downloads = OpenApiRouter::new()
        .routes(routes!(downloads::bundle))
        .routes(routes!(downloads::access_file))
        .routes(routes!(downloads::track))
        .routes(routes!(downloads::manifest))
        .routes(routes!(downloads::fragments));
    let (router, api) = timed.merge(downloads).split_for_parts();
    let (beside, operation) = OpenApiRouter::new()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .routes(routes!(log::checkpoint))
        .routes(routes!(log::tile))
        .layer(from_fn_with_state(REQUEST_WITHIN, deadline::within))
        .split_for_parts();
    (router, beside, description::complete(api, operation))
}

/// The API's description as served at `/api/v1/openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api().2
}

/// Every door of the server.
pub fn router(app: App) -> Router {
    let (api, beside, description) = api();
    // The bar of the other layout has a logo with a style of its own, which our policy refuses.
    let layout = utoipa_swagger_ui::Config::default().use_base_layout();
    let docs = utoipa_swagger_ui::SwaggerUi::new("/api/docs")
        .config(layout)
        .url("/api/v1/openapi.json", description);
    Router::new()
        .nest("/api/v1", api)
        .merge(beside)
        .merge(docs)
        .fallback(page::serve)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(header_layer(
            header::CONTENT_SECURITY_POLICY,
            page::CONTENT_SECURITY_POLICY,
        ))
        .layer(header_layer(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header_layer(header::REFERRER_POLICY, "no-referrer"))
        .layer(header_layer(header::X_FRAME_OPTIONS, "DENY"))
        .layer(header_layer(
            HeaderName::from_static("permissions-policy"),
            "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=()",
        ))
        .layer(header_layer(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        .layer(
            CompressionLayer::new().compress_when(
                SizeAbove::new(1024)
                    .and(NotForContentType::const_new("video/"))
                    .and(NotForContentType::const_new("audio/"))
                    .and(NotForContentType::const_new("application/x-tar"))
                    .and(NotForContentType::GRPC),
            ),
        )
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(trace::in_span))
        .with_state(app)
}

async fn method_not_allowed() -> Problem {
    Problem::method_not_allowed()
}

fn header_layer(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// A panic in a handler ends that request and nothing else; it is a bug, and is logged as one.
fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> axum::response::Response {
    tracing::error!("a request handler panicked");
    Problem::internal(&"panic").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::api;
    use axum::routing::get;

    async fn panics() {
        panic!("a bug")
    }

    #[tokio::test]
    async fn a_panic_and_a_request_without_end_are_problems_and_the_server_goes_on() {
        let app: Router = Router::new()
            .route("/panics", get(panics))
            .route("/hangs", get(std::future::pending::<()>))
            .route("/works", get(|| async { "yes" }))
            .layer(from_fn_with_state(Duration::from_millis(20), deadline::within))
            .layer(CatchPanicLayer::custom(panicked));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        let client = crate::outside::plain().unwrap().build().unwrap();
        for (path, status, code) in [("/panics", 500, "internal"), ("/hangs", 504, "timed_out")] {
            let answer = client.get(format!("{base}{path}")).send().await.unwrap();
            assert_eq!(answer.status(), status);
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
            let problem: api::Problem = answer.json().await.unwrap();
            assert_eq!((problem.code.as_str(), problem.status), (code, status));
            assert!(!problem.detail.contains("a bug"));
        }
        let works = client.get(format!("{base}/works")).send().await.unwrap();
        assert_eq!(works.text().await.unwrap(), "yes");
        server.abort();
    }
}
