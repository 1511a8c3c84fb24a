//! Whom people turn to who need help: the court's name and telephone, as configured.

use super::app::App;
use crate::wire::api::Court;
use axum::extract::State;

/// The court's name and telephone. Asks for no session: who cannot open their link needs it most.
#[utoipa::path(get, path = "/court", tag = "people", security(()), responses((status = 200, body = Court)))]
pub async fn court(State(app): State<App>) -> axum::Json<Court> {
    axum::Json(Court::clone(&app.court))
}
