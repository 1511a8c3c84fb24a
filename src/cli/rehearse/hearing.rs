//! The hearing that is rehearsed, and what must be so at each step.

use super::RehearseError;
use super::progress::Progress;
use super::report::{Loss, Report};
use super::stage::Stage;
use crate::client::api::Api;
use crate::client::media::look::Look;
use crate::client::person::{Person, PersonError};
use crate::court::act::{Act, Oath};
use crate::court::id::{CaseId, HearingId};
use crate::court::role::Role;
use crate::court::state::{HearingState, ParticipantState, Testimony};
use crate::rtp::source::Source;
use crate::wire::view::{HearingView, RecordingStatus};
use futures_util::future::try_join_all;
use std::time::{Duration, Instant};

/// Long enough for a key frame that was asked for, a busy computer, and a decoder.
const SOON: Duration = Duration::from_secs(10);
/// How long packets on the way may still arrive after a route was cut.
const IN_FLIGHT: Duration = Duration::from_millis(400);
/// How long it is watched that nothing arrives.
const SILENCE: Duration = Duration::from_millis(1_200);

/// What the hearing leaves for the aftermath.
pub struct Held {
    /// The hearing.
    pub hearing: HearingId,
    /// Its case.
    pub case: CaseId,
    /// The clerk's session: reads the case after the closing.
    pub clerk: Api,
    /// When the closing was accepted.
    pub closed: Instant,
    /// How long the record ran by the rehearsal's own clock.
    pub on_record: Duration,
}

struct Cast {
    judge: Person,
    clerk: Person,
    counsel: Person,
    witness: Person,
}

impl Cast {
    fn all(&self) -> [&Person; 4] {
        [&self.judge, &self.clerk, &self.counsel, &self.witness]
    }
}

/// Holds it, from the links to the closing.
pub async fn hold(
    stage: &Stage,
    server: &Api,
    seconds: u32,
    progress: &Progress,
    report: &mut Report,
) -> Result<Held, RehearseError> {
    progress.step("four people open their links and connect");
    let cast = Cast {
        judge: Person::arrive(server, stage.link(Role::Judge)?).await?,
        clerk: Person::arrive(server, stage.link(Role::Clerk)?).await?,
        counsel: Person::arrive(server, stage.link(Role::DefenceCounsel)?).await?,
        witness: Person::arrive(server, stage.link(Role::Witness)?).await?,
    };
    report.hearing = Some(cast.judge.hearing());
    check_equipment(&cast, progress).await?;
    begin(&cast, progress, report).await?;
    let on_record = testimony(&cast, seconds, progress, report).await?;

    progress.step("the judge closes the hearing");
    cast.judge.act(Act::Close).await?;
    let closed = Instant::now();
    let on_record = on_record.conclude(closed);
    for person in cast.all() {
        report.joins.push(person.publisher.joined_in);
        report.joins.extend(person.subscriber.joined_in());
        count_packets(person, report);
        if person.publisher.dropped() > 0 {
            let (who, frames) = (person.name(), person.publisher.dropped());
            report.fail(format!(
                "{who}: {frames} frames could not be sent in time; the computer is too busy"
            ));
        }
    }
    let held = Held {
        hearing: cast.judge.hearing(),
        case: cast.judge.me.case,
        clerk: cast.clerk.api.clone(),
        closed,
        on_record,
    };
    for person in [cast.judge, cast.clerk, cast.counsel, cast.witness] {
        person.go().await?;
    }
    Ok(held)
}

/// What the person received, and what they missed.
fn count_packets(person: &Person, report: &mut Report) {
    for (seat, reception) in person.subscriber.seats().into_iter().enumerate() {
        for (kind, stream) in [("audio", reception.audio), ("video", reception.video)] {
            let (packets, lost) = (stream.packets(), stream.lost());
            report.packets += packets;
            report.packets_lost += lost;
            if lost > 0 {
                report.losses.push(Loss {
                    who: person.name(),
                    seat,
                    kind,
                    packets,
                    lost,
                });
            }
        }
    }
}

/// Everybody sees and hears themselves through the server, and nobody else; then they wait.
async fn check_equipment(cast: &Cast, progress: &Progress) -> Result<(), RehearseError> {
    progress.step("everybody checks their equipment through the server");
    try_join_all(cast.all().map(|person| async {
        let own = [person.look];
        person.witnesses(&own, SOON).await
    }))
    .await?;
    for person in cast.all() {
        person.act(Act::FinishCheck { passed: true }).await?;
        let next = [ParticipantState::Waiting, ParticipantState::InHearing];
        // The court may go straight in; the others wait.
        let states = if person.me.role.is_court() {
            &next[..]
        } else {
            &next[..1]
        };
        person.is_in(states, SOON).await?;
    }
    progress.found("each saw and heard only themselves while checking");
    Ok(())
}

/// The court opens and begins; counsel is admitted; the witness waits and must not get a single packet.
async fn begin(cast: &Cast, progress: &Progress, report: &mut Report) -> Result<(), RehearseError> {
    progress.step("the judge opens the rooms and begins");
    tokio::time::sleep(IN_FLIGHT).await;
    let waiting = Waiting::from_now(&[&cast.counsel, &cast.witness]);
    cast.judge.act(Act::Open).await?;
    for person in [&cast.judge, &cast.clerk] {
        if person.state() != Some(ParticipantState::InHearing) {
            let admit = Act::Admit {
                participant: person.id(),
            };
            cast.judge.act(admit).await?;
            person.is_in(&[ParticipantState::InHearing], SOON).await?;
        }
    }
    cast.judge.act(Act::Begin).await?;
    told(&cast.clerk, "the sitting", |h| h.state == HearingState::InSession).await?;
    everybody_in_the_room(&[&cast.judge, &cast.clerk]).await?;
    tokio::time::sleep(SILENCE).await;
    waiting.nothing_came(&[&cast.counsel, &cast.witness], report);
    progress.found("judge and clerk see and hear each other; who waits gets nothing");

    progress.step("counsel is admitted");
    let waiting = Waiting::from_now(&[&cast.witness]);
    let admit = Act::Admit {
        participant: cast.counsel.id(),
    };
    cast.judge.act(admit).await?;
    cast.counsel.is_in(&[ParticipantState::InHearing], SOON).await?;
    everybody_in_the_room(&[&cast.judge, &cast.clerk, &cast.counsel]).await?;
    tokio::time::sleep(SILENCE).await;
    waiting.nothing_came(&[&cast.witness], report);
    let own = [cast.witness.look];
    if cast.witness.subscriber.ever() != own {
        report.fail("the witness saw or heard somebody else before being called");
    }
    progress.found("counsel is in; the waiting witness still gets nothing");
    Ok(())
}

/// On the record, the witness called and sworn, off and on again, the witness released.
async fn testimony(
    cast: &Cast,
    seconds: u32,
    progress: &Progress,
    report: &mut Report,
) -> Result<OnRecord, RehearseError> {
    let total = Duration::from_secs(u64::from(seconds));
    let (first, off) = (total / 2, (total / 10).max(Duration::from_secs(2)));
    let mut record = OnRecord::default();

    progress.step("on record; the witness is called");
    go_on_record(cast, &mut record).await?;
    let witness = cast.witness.id();
    cast.judge.act(Act::Call { participant: witness }).await?;
    cast.witness.is_in(&[ParticipantState::InHearing], SOON).await?;
    everybody_in_the_room(&cast.all()).await?;
    progress.found("recording; the four see and hear each other, each the right others");
    cast.judge.act(Act::Identify { participant: witness }).await?;
    let swear = Act::Swear {
        participant: witness,
        form: Oath::Affirmation,
    };
    cast.judge.act(swear).await?;
    told(&cast.counsel, "the affirmation", |hearing| {
        hearing
            .participants
            .iter()
            .any(|p| p.id == witness && p.testimony == Some(Testimony::Sworn))
    })
    .await?;
    let mark = Act::Mark {
        text: "Examination in chief".to_owned(),
    };
    cast.clerk.act(mark).await?;
    progress.step("testimony");
    if seconds >= 15 {
        counsel_is_silent_for_a_second(cast).await?;
    }
    record.until(first).await;

    progress.step("off record");
    cast.clerk.act(Act::GoOffRecord).await?;
    record.stopped();
    status(cast, RecordingStatus::Off).await?;
    tokio::time::sleep(off).await;

    progress.step("on record again");
    go_on_record(cast, &mut record).await?;
    record
        .until(total.saturating_sub(Duration::from_millis(1_500)))
        .await;
    progress.step("the witness is released");
    cast.judge.act(Act::Release { participant: witness }).await?;
    tokio::time::sleep(IN_FLIGHT).await;
    let gone = Waiting::from_now(&[&cast.witness]);
    everybody_in_the_room(&[&cast.judge, &cast.clerk, &cast.counsel]).await?;
    record.until(total).await;
    gone.nothing_came(&[&cast.witness], report);
    progress.found("released, the witness gets nothing more");
    Ok(record)
}

/// A microphone that is switched off: the record must declare the gap.
async fn counsel_is_silent_for_a_second(cast: &Cast) -> Result<(), RehearseError> {
    for on in [false, true] {
        cast.counsel.publisher.set_source(Source::Microphone, on);
        let set = Act::SetSource {
            source: Source::Microphone,
            on,
        };
        cast.counsel.act(set).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

async fn go_on_record(cast: &Cast, record: &mut OnRecord) -> Result<(), RehearseError> {
    cast.clerk.act(Act::GoOnRecord).await?;
    record.began();
    status(cast, RecordingStatus::Recording).await
}

/// Everybody who is in the room is told so.
async fn status(cast: &Cast, status: RecordingStatus) -> Result<(), RehearseError> {
    for person in [&cast.judge, &cast.clerk, &cast.counsel] {
        told(person, &format!("the record {status:?}"), |hearing| {
            hearing.recording == status
        })
        .await?;
    }
    Ok(())
}

async fn told(
    person: &Person,
    what: &str,
    is_so: impl FnMut(&HearingView) -> bool,
) -> Result<(), RehearseError> {
    person
        .socket
        .hearing_where(what, SOON, is_so)
        .await
        .map(drop)
        .map_err(|e| PersonError::Socket(person.name().to_owned(), e).into())
}

async fn sees_and_hears(person: &Person, others: &[&Person]) -> Result<(), RehearseError> {
    let looks: Vec<Look> = others.iter().map(|other| other.look).collect();
    Ok(person.witnesses(&looks, SOON).await?)
}

/// Each of these sees and hears all the others of these, and nobody else; and was told so by the seats.
async fn everybody_in_the_room(people: &[&Person]) -> Result<(), RehearseError> {
    let all = people.iter().map(|person| async {
        let others: Vec<&Person> = people
            .iter()
            .copied()
            .filter(|other| other.id() != person.id())
            .collect();
        person
            .socket
            .seats_where("the seats of the others", SOON, |seats| {
                seats.len() == others.len()
                    && others.iter().all(|other| {
                        seats
                            .iter()
                            .any(|s| s.participant == other.id() && s.audio && s.video)
                    })
            })
            .await
            .map_err(|e| PersonError::Socket(person.name().to_owned(), e))?;
        sees_and_hears(person, &others).await
    });
    try_join_all(all).await.map(drop)
}

/// People who must not receive anything.
struct Waiting(Vec<u64>);

impl Waiting {
    fn from_now(people: &[&Person]) -> Self {
        Self(people.iter().map(|p| p.subscriber.packets()).collect())
    }

    fn nothing_came(&self, people: &[&Person], report: &mut Report) {
        for (person, before) in people.iter().zip(&self.0) {
            let came = person.subscriber.packets() - before;
            if came > 0 {
                report.fail(format!(
                    "{} was to receive nothing and received {came} packets",
                    person.name()
                ));
            }
        }
    }
}

/// How long the record ran, by the rehearsal's clock: from the acceptance of one act to the acceptance of the other.
#[derive(Default)]
struct OnRecord {
    before: Duration,
    since: Option<Instant>,
}

impl OnRecord {
    fn began(&mut self) {
        self.since = Some(Instant::now());
    }

    fn stopped(&mut self) {
        if let Some(since) = self.since.take() {
            self.before += since.elapsed();
        }
    }

    fn so_far(&self) -> Duration {
        self.before + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Waits until the record has run for so long.
    async fn until(&self, total: Duration) {
        tokio::time::sleep(total.saturating_sub(self.so_far())).await;
    }

    fn conclude(self, at: Instant) -> Duration {
        self.before
            + self
                .since
                .map_or(Duration::ZERO, |since| at.saturating_duration_since(since))
    }
}
