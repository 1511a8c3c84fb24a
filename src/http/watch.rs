//! Media lives no longer than the session that opened it, also when nobody asks anything more with it.
//!
//! A WebSocket looks after its own session. A client may have media without one, and an operator's command that takes a
//! link back knows of no live hearing: so whoever opened media is looked up here every few seconds.

use super::app::App;
use super::caller::{Participant, session_in_force};
use crate::court::id::{HearingId, ParticipantId};
use crate::store::TokenHash;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Who opened media, and by which session: one entry a participant, for as long as their hearing is live.
#[derive(Default)]
pub struct Watch {
    opened: Mutex<HashMap<ParticipantId, (HearingId, TokenHash)>>,
}

impl Watch {
    /// The participant opened a media session.
    pub(super) fn opened(&self, by: &Participant) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.insert(by.id, (by.hearing, by.session_hash));
    }

    /// The session by which the participant opened media last, if they did.
    pub(super) fn session_of(&self, id: ParticipantId) -> Option<TokenHash> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.get(&id).map(|(_, session)| *session)
    }

    fn forget(&self, id: ParticipantId, session: TokenHash) {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        // A newer session may have taken the place of the one that ended.
        if opened.get(&id).is_some_and(|(_, newest)| *newest == session) {
            opened.remove(&id);
        }
    }

    fn all(&self) -> Vec<(ParticipantId, (HearingId, TokenHash))> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.iter().map(|(id, of)| (*id, *of)).collect()
    }
}

/// Looks after media sessions for as long as the server runs.
pub async fn keep_watch(app: App) {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        look(&app).await;
    }
}

/// Ends the media of everybody whose session has ended. A store that does not answer says nothing about a session.
pub async fn look(app: &App) {
    for (id, (hearing, session)) in app.watch.all() {
        let Some(live) = app.hearings.if_live(hearing) else {
            app.watch.forget(id, session);
            continue;
        };
        if let Ok(None) = session_in_force(app, &session).await {
            app.watch.forget(id, session);
            // A hearing that is gone has no media.
            let _ = live.end_access(id).await;
        }
    }
}
