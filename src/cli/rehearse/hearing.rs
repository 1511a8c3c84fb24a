//! The hearing that is rehearsed, and what must be so at each step.

use super::RehearseError;
use super::course::{Course, Moment, Part, Stretch};
use super::progress::Progress;
use super::report::{Loss, Report};
use super::stage::Stage;
use crate::client::api::Api;
use crate::client::media::look::Look;
use crate::client::person::{Person, PersonError, names};
use crate::court::act::{Act, Oath};
use crate::court::id::{CaseId, HearingId};
use crate::court::state::{HearingState, ParticipantState, Testimony};
use crate::rtp::source::Source;
use crate::wire::view::{HearingView, RecordingStatus};
use futures_util::future::try_join_all;
use std::time::{Duration, Instant};

/// Nothing waits for this long but what has gone wrong: long enough for a key frame that was asked for, and a decoder, on
/// a computer that builds something else meanwhile.
const SOON: Duration = Duration::from_secs(30);
/// How long the record pauses in the middle: long enough to tell what was taken in between.
const OFF_RECORD_MIN: Duration = Duration::from_secs(2);
const OFF_RECORD_MAX: Duration = Duration::from_secs(10);
/// How long all four are on the record again at least.
const HEARD_AGAIN: Duration = Duration::from_secs(2);
/// How long it is watched that nothing arrives.
const SILENCE: Duration = Duration::from_millis(2_500);

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
    /// What was done, and when.
    pub course: Course,
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
    let [judge, clerk, counsel, witness] = stage.open_links(server, progress).await?;
    report.hearing = Some(judge.1.hearing);
    let cast = Cast {
        judge: Person::connect(judge.0, judge.1).await?,
        clerk: Person::connect(clerk.0, clerk.1).await?,
        counsel: Person::connect(counsel.0, counsel.1).await?,
        witness: Person::connect(witness.0, witness.1).await?,
    };
    let mut script = Script::default();
    let held = sitting(&cast, seconds, progress, &mut script).await;
    // What was seen and heard on the way counts, however far it came.
    for person in cast.all() {
        look_back(person, report);
    }
    let closed = held?;
    report.compare_statuses(&cast.all());
    let held = Held {
        hearing: cast.judge.hearing(),
        case: cast.judge.me.case,
        clerk: cast.clerk.api.clone(),
        closed,
        course: Course {
            stretches: script.stretches.clone(),
            parts: cast.all().map(|person| script.part(person, &cast)).to_vec(),
        },
    };
    for person in [cast.judge, cast.clerk, cast.counsel, cast.witness] {
        person.go().await?;
    }
    Ok(held)
}

/// The sitting itself; gives when its closing was accepted.
async fn sitting(
    cast: &Cast,
    seconds: u32,
    progress: &Progress,
    script: &mut Script,
) -> Result<Instant, RehearseError> {
    check_equipment(cast, progress).await?;
    begin(cast, progress).await?;
    testimony(cast, seconds, progress, script).await?;
    progress.step("the judge closes the hearing");
    let closing = moment(cast.judge.act(Act::Close)).await?;
    script.off_record(closing);
    Ok(closing.accepted)
}

/// What a person received in all, and what should not have been.
fn look_back(person: &Person, report: &mut Report) {
    let who = person.name();
    report.joins.push(person.publisher.joined_in);
    report.joins.extend(person.subscriber.joined_in());
    count_packets(person, report);
    let strays = person.subscriber.strays();
    if strays.packets > 0 {
        let packets = strays.packets;
        report.fail(format!(
            "{who} was to receive nothing and received {packets} packets"
        ));
    }
    if !strays.people.is_empty() {
        let whom = names(&strays.people).join(", ");
        report.fail(format!("{who} saw or heard somebody they may not: {whom}"));
    }
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
    for person in cast.all() {
        person.subscriber.permit(&[person.look]);
    }
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
    try_join_all([&cast.counsel, &cast.witness].map(is_alone)).await?;
    progress.found("each saw and heard only themselves while checking");
    Ok(())
}

/// The court opens and begins; counsel is admitted; the witness waits and must not get a single packet.
async fn begin(cast: &Cast, progress: &Progress) -> Result<(), RehearseError> {
    progress.step("the judge opens the rooms and begins");
    let court = [&cast.judge, &cast.clerk];
    may_meet(&court);
    cast.judge.act(Act::Open).await?;
    for person in court {
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
    everybody_in_the_room(&court).await?;
    progress.found("judge and clerk see and hear each other; who waits gets nothing");

    progress.step("counsel is admitted");
    let room = [&cast.judge, &cast.clerk, &cast.counsel];
    may_meet(&room);
    let admit = Act::Admit {
        participant: cast.counsel.id(),
    };
    cast.judge.act(admit).await?;
    cast.counsel.is_in(&[ParticipantState::InHearing], SOON).await?;
    everybody_in_the_room(&room).await?;
    progress.found("counsel is in; the waiting witness still gets nothing");
    Ok(())
}

/// On the record, the witness called and sworn, off and on again, the witness released.
async fn testimony(
    cast: &Cast,
    seconds: u32,
    progress: &Progress,
    script: &mut Script,
) -> Result<(), RehearseError> {
    let total = Duration::from_secs(u64::from(seconds));
    let (first, off) = (total / 2, (total / 10).clamp(OFF_RECORD_MIN, OFF_RECORD_MAX));

    progress.step("on record; the witness is called");
    go_on_record(cast, script).await?;
    let witness = cast.witness.id();
    may_meet(&cast.all());
    script.called = Some(moment(cast.judge.act(Act::Call { participant: witness })).await?);
    cast.witness.is_in(&[ParticipantState::InHearing], SOON).await?;
    everybody_in_the_room(&cast.all()).await?;
    script.witnessed = Some(Instant::now());
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
            .any(|p| p.id == witness && p.testimony == Some(Testimony::Affirmed))
    })
    .await?;
    let mark = Act::Mark {
        text: "Examination in chief".to_owned(),
    };
    cast.clerk.act(mark).await?;
    progress.step("testimony");
    if seconds >= 15 {
        counsel_is_silent_for_a_second(cast, script).await?;
    }
    script.until(first).await;

    progress.step("off record");
    script.off_record(moment(cast.clerk.act(Act::GoOffRecord)).await?);
    status(cast, RecordingStatus::Off).await?;
    tokio::time::sleep(off).await;
    progress.found("off the record, and everybody is told so");

    progress.step("on record again");
    go_on_record(cast, script).await?;
    // However short the rehearsal: of each person there is something to hear.
    everybody_in_the_room(&cast.all()).await?;
    tokio::time::sleep(HEARD_AGAIN).await;
    script
        .until(total.saturating_sub(Duration::from_millis(3_500)))
        .await;
    progress.step("the witness is released");
    script.released = Some(moment(cast.judge.act(Act::Release { participant: witness })).await?);
    is_alone(&cast.witness).await?;
    everybody_in_the_room(&[&cast.judge, &cast.clerk, &cast.counsel]).await?;
    script.until(total).await;
    tokio::time::sleep(SILENCE).await;
    progress.found("released, the witness gets nothing more");
    Ok(())
}

/// A microphone that is switched off: the record must declare the gap.
async fn counsel_is_silent_for_a_second(cast: &Cast, script: &mut Script) -> Result<(), RehearseError> {
    let switch = async |on| {
        cast.counsel.publisher.set_source(Source::Microphone, on);
        let set = Act::SetSource {
            source: Source::Microphone,
            on,
        };
        moment(cast.counsel.act(set)).await
    };
    let off = switch(false).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    script.muted = Some((off, switch(true).await?));
    Ok(())
}

async fn go_on_record(cast: &Cast, script: &mut Script) -> Result<(), RehearseError> {
    let began = moment(cast.clerk.act(Act::GoOnRecord)).await?;
    script.began = Some((began, began.accepted));
    status(cast, RecordingStatus::Recording).await?;
    script.began = Some((began, Instant::now()));
    Ok(())
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

/// From here on these people may see and hear each other, besides whom they may already.
fn may_meet(people: &[&Person]) {
    for person in people {
        let others: Vec<Look> = people.iter().map(|other| other.look).collect();
        person.subscriber.permit(&others);
    }
}

/// Each of these sees and hears all the others of these, and nobody else, now and until more is permitted; and was told
/// so by the seats.
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
        let looks: Vec<Look> = others.iter().map(|other| other.look).collect();
        person.witnesses(&looks, SOON).await?;
        person.subscriber.permit(&looks);
        Ok::<_, RehearseError>(())
    });
    try_join_all(all).await.map(drop)
}

/// Waits until what was on its way has come, and from then on not a packet may reach this person.
async fn is_alone(person: &Person) -> Result<(), RehearseError> {
    person.witnesses(&[], SOON).await?;
    person.subscriber.permit(&[]);
    Ok(())
}

/// Awaits an act and notes when it was ordered and when accepted.
async fn moment(act: impl Future<Output = Result<(), PersonError>>) -> Result<Moment, RehearseError> {
    let ordered = Instant::now();
    act.await?;
    Ok(Moment {
        ordered,
        accepted: Instant::now(),
    })
}

/// When the acts were that the recording must show.
#[derive(Default)]
struct Script {
    stretches: Vec<Stretch>,
    /// And when the writer had confirmed it to everybody.
    began: Option<(Moment, Instant)>,
    called: Option<Moment>,
    /// Everybody saw and heard the witness in the room.
    witnessed: Option<Instant>,
    released: Option<Moment>,
    muted: Option<(Moment, Moment)>,
}

impl Script {
    fn off_record(&mut self, ended: Moment) {
        if let Some((began, confirmed)) = self.began.take() {
            self.stretches.push(Stretch {
                began,
                confirmed,
                ended,
            });
        }
    }

    /// Waits until the record has surely run for so long, all stretches together.
    async fn until(&self, total: Duration) {
        let before: Duration = self
            .stretches
            .iter()
            .map(|s| s.ended.ordered.saturating_duration_since(s.began.accepted))
            .sum();
        let now = self
            .began
            .map_or(Duration::ZERO, |(began, _)| began.accepted.elapsed());
        tokio::time::sleep(total.saturating_sub(before + now)).await;
    }

    fn part(&self, person: &Person, cast: &Cast) -> Part {
        let (is_witness, is_counsel) = (person.id() == cast.witness.id(), person.id() == cast.counsel.id());
        Part {
            participant: person.id(),
            name: person.name(),
            look: person.look,
            clock_started: person.publisher.clock_started(),
            entered: self.called.filter(|_| is_witness),
            seen: self.witnessed.filter(|_| is_witness),
            left: self.released.filter(|_| is_witness),
            muted: self.muted.filter(|_| is_counsel),
            pauses: person.publisher.pauses(),
        }
    }
}
