//! How long the record waits for a disk. A call that a disk keeps to itself does not come back: whoever waits for it has to go on
//! without, where there is anything to go on with.

use super::leaving::Room;
use crate::court::id::RecordingId;
use crate::evidence::Evidence;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

/// A recorder that has not answered for so long hangs.
pub(super) const HANGS_AFTER: Duration = Duration::from_secs(3);
/// When a server stops, seals have so long beyond the time of the recorders, for as long as the disks answer: to copy a long
/// recording from one disk to another takes a while.
pub(super) const SEALED_WITHIN: Duration = Duration::from_secs(50);
/// How often the disks are asked meanwhile.
const ASKED_EVERY: Duration = Duration::from_secs(2);

/// The disk did not answer in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the disk of the record does not answer")]
pub(super) struct Hangs;

pub(super) struct Patience {
    evidence: Evidence,
    /// Recorders that are left wait for their disks in here.
    room: Room,
    /// Until when disks are waited for, once the server stops.
    stops: watch::Receiver<Option<Instant>>,
}

impl Patience {
    pub(super) fn new(evidence: Evidence, room: Room, stops: watch::Receiver<Option<Instant>>) -> Self {
        Self {
            evidence,
            room,
            stops,
        }
    }

    /// The record of this recording fails. True when it can go on elsewhere: on another disk that is not known to hang, and if
    /// not too many recorders are left behind already.
    pub(super) fn goes_elsewhere(&self, recording: RecordingId) -> bool {
        self.evidence.distrust_spool_of(recording) && self.room.is_left()
    }

    /// Waits for what the disk of this recording does. When it hangs it is given up if the record can go on elsewhere; if not,
    /// when the server stops.
    pub(super) async fn with<T>(
        &self,
        recording: RecordingId,
        call: impl Future<Output = T>,
    ) -> Result<T, Hangs> {
        tokio::pin!(call);
        let mut said = false;
        loop {
            tokio::select! {
                biased;
                answer = &mut call => return Ok(answer),
                () = self.is_over() => return Err(Hangs),
                () = sleep(HANGS_AFTER) => {}
            }
            if self.goes_elsewhere(recording) {
                return Err(Hangs);
            }
            if !std::mem::replace(&mut said, true) {
                tracing::error!(%recording, "the disk of the record does not answer: there is no other to go to");
            }
        }
    }

    /// Waits for what has its own limits, unless the server stops.
    pub(super) async fn until_over<T>(&self, call: impl Future<Output = T>) -> Result<T, Hangs> {
        tokio::select! {
            biased;
            answer = call => Ok(answer),
            () = self.is_over() => Err(Hangs),
        }
    }

    /// Ends when a server that stops waits for no recorder any longer.
    pub(super) async fn is_over(&self) {
        sleep_until(self.stops().await).await;
    }

    /// Ends when a server that stops does not wait for the seal of this recording any longer.
    pub(super) async fn is_over_for_seal(&self, recording: RecordingId) {
        let stops = self.stops().await;
        sleep_until(stops).await;
        while Instant::now() < stops + SEALED_WITHIN && self.evidence.disks_answer(recording).await {
            sleep(ASKED_EVERY).await;
        }
    }

    /// Until when recorders are waited for, once the server stops.
    async fn stops(&self) -> Instant {
        let mut stops = self.stops.clone();
        let at = stops.wait_for(Option::is_some).await.ok().and_then(|at| *at);
        match at {
            Some(at) => at,
            // The hearing is gone and the server does not stop: there is time.
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::leaving::Leaving;
    use super::*;
    use crate::hearing::scene_test::Scene;
    use std::future::pending;
    use time::OffsetDateTime;

    #[tokio::test]
    async fn what_hangs_is_given_up_where_there_is_another_disk_and_else_when_the_server_stops() {
        let scene = Scene::new().await;
        let both = scene.evidence_with_second_spool(&scene.folder.path().join("second"));
        let wall = OffsetDateTime::now_utc();
        let (here, _) = scene.evidence.begin_recording(scene.hearing, wall).await.unwrap();
        let (there, _) = both.begin_recording(scene.hearing, wall).await.unwrap();
        let (stops, stopping) = watch::channel(None);
        let of =
            |evidence: &Evidence| Patience::new(evidence.clone(), Leaving::new().room(), stopping.clone());
        let (alone, patience) = (of(&scene.evidence), of(&both));
        assert_eq!(patience.with(there, async { 7 }).await, Ok(7));
        let began = Instant::now();
        // Where there is no other disk, one that takes its time is waited for.
        let slow = sleep(HANGS_AFTER + Duration::from_secs(1));
        let (given_up, waited) = tokio::join!(patience.with(there, pending::<()>()), alone.with(here, slow));
        assert_eq!((given_up, waited), (Err(Hangs), Ok(())));
        assert!(began.elapsed() > HANGS_AFTER);
        stops.send_replace(Some(Instant::now() + Duration::from_millis(200)));
        assert_eq!(alone.with(here, pending::<()>()).await, Err(Hangs));
        assert_eq!(alone.until_over(pending::<()>()).await, Err(Hangs));
        assert_eq!(
            alone.until_over(async { 7 }).await,
            Ok(7),
            "what is there is taken"
        );
    }

    #[tokio::test]
    async fn no_recorder_is_left_where_too_many_are_already() {
        let scene = Scene::new().await;
        let both = scene.evidence_with_second_spool(&scene.folder.path().join("second"));
        let begun = both.begin_recording(scene.hearing, OffsetDateTime::now_utc());
        let (recording, _) = begun.await.unwrap();
        let mut leaving = Leaving::new();
        let (_stops, stopping) = watch::channel(None);
        let patience = Patience::new(both, leaving.room(), stopping);
        assert!(patience.goes_elsewhere(recording));
        while leaving.room().is_left() {
            leaving.add(recording, pending());
        }
        assert!(!patience.goes_elsewhere(recording));
    }
}
