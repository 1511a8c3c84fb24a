//! Connections and media live no longer than the session that opened them, also when nobody asks anything more with it.
//!
//! A WebSocket looks after its own session. A client may have media without one, and an operator's command that takes a
//! link back knows of no live hearing: so every few seconds each live hearing is asked which sessions opened what is there.

use super::app::App;
use super::caller::session_in_force;
use crate::court::id::ParticipantId;
use crate::hearing::HearingHandle;
use crate::store::TokenHash;
use futures_util::stream::{self, Stream, StreamExt};
use std::future;
use std::time::Duration;
use tokio::time::timeout;

/// Shorter than the five seconds that are promised, by the time that looking takes.
const LOOK_EVERY: Duration = Duration::from_secs(4);
/// A hearing that is too busy to answer, or a session that the store is slow to find, must not keep the watch from the
/// others: each has this time for itself, for one limit for all of them would never come to the last.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);
/// How many hearings, and how many sessions, are asked for at once: half of the store's connections.
const AT_ONCE: usize = 4;

/// Who has something open in a hearing, by which session.
struct Bearer {
    live: HearingHandle,
    participant: ParticipantId,
    session: TokenHash,
}

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
    let bearers = stream::iter(app.hearings.all_live())
        .map(bearers)
        .buffer_unordered(AT_ONCE)
        .flat_map(stream::iter);
    end_if_over(app, bearers).await;
}

/// Ends what sessions that have ended opened in this hearing. What does not answer in time is asked again by the watch.
pub(super) async fn end_what_outlived_its_session(app: &App, live: &HearingHandle) {
    let bearers = bearers(live.clone()).await;
    end_if_over(app, stream::iter(bearers)).await;
}

/// A hearing that is gone has no connections and no media.
async fn bearers(live: HearingHandle) -> Vec<Bearer> {
    let Ok(answer) = timeout(ANSWERS_WITHIN, live.bearers()).await else {
        tracing::warn!("a live hearing did not say in time whose sessions are in it; it is asked again");
        return Vec::new();
    };
    let bearers = answer.into_iter().flatten();
    bearers
        .map(|(participant, session)| Bearer {
            live: live.clone(),
            participant,
            session,
        })
        .collect()
}

async fn end_if_over(app: &App, bearers: impl Stream<Item = Bearer>) {
    let late = late(bearers, ANSWERS_WITHIN, |bearer| async move {
        // A store that does not answer says nothing about a session.
        if let Ok(None) = session_in_force(app, &bearer.session).await {
            // As of a hearing that is gone.
            let _ = bearer.live.end_access(bearer.participant, bearer.session).await;
        }
    });
    let late = late.await;
    if late > 0 {
        tracing::warn!(
            sessions = late,
            "sessions could not be looked at in time; they are looked at again"
        );
    }
}

/// Looks at every one, some at once, each for no longer than that; how many were not done then.
async fn late<T, F: Future<Output = ()>>(
    all: impl Stream<Item = T>,
    within: Duration,
    look: impl Fn(T) -> F,
) -> usize {
    all.map(|one| timeout(within, look(one)))
        .buffer_unordered(AT_ONCE)
        .filter(|outcome| future::ready(outcome.is_err()))
        .count()
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[tokio::test]
    async fn the_last_is_looked_at_however_many_before_it_never_answer() {
        let seen = Mutex::new(Vec::new());
        let hung = 3 * AT_ONCE;
        let seen_by = |one: usize| {
            let seen = &seen;
            async move {
                if one < hung {
                    future::pending::<()>().await;
                }
                seen.lock().unwrap().push(one);
            }
        };
        let late = late(stream::iter(0..=hung), Duration::from_millis(20), seen_by).await;
        assert_eq!(late, hung);
        assert_eq!(*seen.lock().unwrap(), [hung]);
    }
}
