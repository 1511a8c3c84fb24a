//! Connections and media live no longer than the session that opened them, also when nobody asks anything more with it.
//!
//! A WebSocket looks after its own session. A client may have media without one, and an operator's command that takes a
//! link back knows of no live hearing: so every few seconds each live hearing is asked which sessions opened what is there.

use super::app::{App, now_ms};
use crate::hearing::HearingHandle;
use std::time::Duration;
use tokio::time::timeout;

/// Shorter than the five seconds that are promised, by the time that looking takes.
const LOOK_EVERY: Duration = Duration::from_secs(4);
/// A hearing that is too busy to answer must not keep the watch from the others.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// Looks after sessions for as long as the server runs.
pub async fn keep_watch(app: App) {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        look(&app).await;
    }
}

/// Ends whatever was opened by a session that has ended, in every live hearing.
pub async fn look(app: &App) {
    for live in app.hearings.all_live() {
        if timeout(ANSWERS_WITHIN, end_what_outlived_its_session(app, &live))
            .await
            .is_err()
        {
            tracing::warn!("a live hearing did not say in time whose sessions are in it; it is asked again");
        }
    }
}

/// Ends what sessions that have ended opened in this hearing. A store that does not answer says nothing about a session.
pub(super) async fn end_what_outlived_its_session(app: &App, live: &HearingHandle) {
    // A hearing that is gone has no connections and no media.
    let Ok(bearers) = live.bearers().await else {
        return;
    };
    for (participant, session) in bearers {
        if let Ok(None) = app.store.session(&session, now_ms()).await {
            // As above.
            let _ = live.end_access(participant, session).await;
        }
    }
}
