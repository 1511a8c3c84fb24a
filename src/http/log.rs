//! The transparency log, for everybody: the signed head and the tiles, as C2SP tlog-tiles has them below `/log`. There is
//! nothing in it but digests.

use super::app::App;
use super::problem::Problem;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

/// The signed head of the log.
#[utoipa::path(get, path = "/log/checkpoint", tag = "operation", security(()), responses((status = 200, body = String, content_type = "text/plain"), (status = 404)))]
pub async fn checkpoint(State(app): State<App>) -> Result<Response, Problem> {
    let head = app.evidence.log_checkpoint();
    let head = head.ok_or_else(Problem::not_found)?;
    Ok((
        [
            (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
        ],
        head,
    )
        .into_response())
}

/// A tile of the log's tree, or a bundle of its entries: `/log/tile/0/000`, `/log/tile/entries/000.p/5`.
#[utoipa::path(get, path = "/log/tile/{*path}", tag = "operation", params(("path" = String, Path, description = "Level and number as in C2SP tlog-tiles")), security(()), responses((status = 200, body = [u8], content_type = "application/octet-stream"), (status = 404)))]
pub async fn tile(State(app): State<App>, Path(path): Path<String>) -> Result<Response, Problem> {
    let content = app
        .evidence
        .log_tile(path)
        .await
        .map_err(|e| Problem::internal(&e))?;
    let content = content.ok_or_else(Problem::not_found)?;
    Ok((
        [
            (header::CONTENT_TYPE, "application/octet-stream"),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ],
        content,
    )
        .into_response())
}
