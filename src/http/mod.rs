//! The doors: REST under `/api/v1`, the hearing's WebSocket, WHIP and WHEP, health, metrics, and the page.
//!
//! Doors know who calls and translate; what is allowed is decided below them.

mod app;
mod caller;
mod cases;
mod extract;
mod health;
mod hearings;
pub mod invitations;
mod limits;
mod media;
mod page;
mod problem;
mod recordings;
mod secret;
mod socket;
mod tickets;

pub use app::{App, now_ms};
pub use limits::Limits;
pub use problem::Problem;
pub use secret::{NoRandomness, Secret, fresh as fresh_secret, hash as hash_secret};
pub use tickets::Tickets;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The largest body that any route takes: an SDP offer of 64 seats is far below.
const BODY_BYTES_MAX: usize = 256 * 1024;
const REQUEST_WITHIN: Duration = Duration::from_secs(30);

/// The API's description, completed from the routes.
#[derive(OpenApi)]
#[openapi(
    info(title = "Oyer", description = "Remote hearings and video testimony: live, recorded, sealed. The hearing's WebSocket is described in docs/protocol.md.", license(name = "Apache-2.0")),
    servers((url = "/api/v1")),
    modifiers(&Bearer)
)]
struct Api;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("session", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        api.security = Some(vec![SecurityRequirement::new("session", Vec::<String>::new())]);
    }
}

fn api() -> (Router<App>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Api::openapi())
        .routes(routes!(invitations::redeem))
        .routes(routes!(invitations::me))
        .routes(routes!(invitations::end_session))
        .routes(routes!(invitations::invite))
        .routes(routes!(invitations::revoke))
        .routes(routes!(cases::list, cases::create))
        .routes(routes!(cases::file))
        .routes(routes!(cases::list_hearing))
        .routes(routes!(cases::hearing))
        .routes(routes!(cases::participants, cases::add_participant))
        .routes(routes!(cases::create_person))
        .routes(routes!(hearings::state))
        .routes(routes!(hearings::act))
        .routes(routes!(socket::open))
        .routes(routes!(media::whip))
        .routes(routes!(media::whep))
        .routes(routes!(media::more_seats, media::restart_whep, media::end_whep))
        .routes(routes!(media::restart_whip, media::end_whip))
        .routes(routes!(recordings::one))
        .routes(routes!(recordings::verify))
        .routes(routes!(recordings::ticket))
        .routes(routes!(
            recordings::access_copy,
            recordings::make_access_copy,
            recordings::cancel_access_copy
        ))
        .routes(routes!(recordings::root))
        .split_for_parts()
}

/// The API's description as served at `/api/v1/openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api().1
}

/// Every door of the server.
pub fn router(app: App) -> Router {
    let (api, description) = api();
    let docs = utoipa_swagger_ui::SwaggerUi::new("/api/docs").url("/api/v1/openapi.json", description);
    let timed = Router::new()
        .nest("/api/v1", api)
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            REQUEST_WITHIN,
        ));
    // What a ticket opens may take as long as the download takes.
    let downloads = Router::new()
        .route("/api/v1/tickets/{ticket}/bundle.tar", get(recordings::bundle))
        .route(
            "/api/v1/tickets/{ticket}/access.mp4",
            get(recordings::access_file),
        )
        .route("/api/v1/tickets/{ticket}/track/{*file}", get(recordings::track));
    let own = Router::new()
        .merge(timed)
        .merge(downloads)
        .route("/api/{*rest}", get(unknown).merge(post(unknown)))
        .fallback(get(page::serve))
        .layer(header_layer(
            header::CONTENT_SECURITY_POLICY,
            page::CONTENT_SECURITY_POLICY,
        ));
    Router::new()
        .merge(own)
        .merge(docs)
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
        .with_state(app)
}

async fn unknown() -> Problem {
    Problem::not_found()
}

fn header_layer(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// A panic in a handler ends that request and nothing else; it is a bug, and is logged as one.
fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> axum::response::Response {
    tracing::error!("a request handler panicked");
    Problem::internal(&"panic").into_response()
}
