//! The court's rules: the table of roles as a golden file, and what must never happen whatever people do.

use oyer::court::act::{Act, Oath};
use oyer::court::capture::{Ruling, Step, WitnessFor};
use oyer::court::id::{CaseId, HearingId, ParticipantId, RecordingId};
use oyer::court::playback::{Exhibit, FollowState, PlayedPart};
use oyer::court::policy::{self, Flow};
use oyer::court::refusal::Refusal;
use oyer::court::role::{Capability, Role, Side};
use oyer::court::sitting::{Circumstances, Participant, Sitting};
use oyer::court::state::{HearingState, ParticipantState, Room, Testimony};
use oyer::rtp::source::Source;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use uuid::Uuid;

const SOURCES: [Source; 3] = [Source::Microphone, Source::Camera, Source::Screen];

fn sitting(roles: &[Role]) -> Sitting {
    let participants: BTreeMap<_, _> = roles
        .iter()
        .enumerate()
        .map(|(i, role)| {
            let id = ParticipantId(Uuid::from_u128(i as u128 + 1));
            (id, Participant::invited(id, format!("Person {i}"), *role))
        })
        .collect();
    Sitting {
        id: HearingId(Uuid::from_u128(100)),
        case_id: CaseId(Uuid::from_u128(200)),
        case_reference: "T-1".into(),
        title: "Hearing".into(),
        listed_for: 0,
        state: HearingState::Listed,
        in_camera: false,
        on_record: false,
        record_on_resume: false,
        adjourned: None,
        capture: None,
        playback: None,
        participants,
    }
}

fn id(i: u128) -> ParticipantId {
    ParticipantId(Uuid::from_u128(i))
}

/// Judge 1, witness 2, counsel 3, observer 4: all connected and past the check.
fn seated() -> Sitting {
    let mut s = sitting(&[Role::Judge, Role::Witness, Role::DefenceCounsel, Role::Observer]);
    for i in 1..=4 {
        s.connect(id(i)).unwrap();
        s.apply(id(i), &Act::FinishCheck { passed: true }).unwrap();
    }
    s
}

fn kinds(facts: &[oyer::court::sitting::Fact]) -> Vec<&'static str> {
    facts.iter().map(|f| f.kind).collect()
}

#[test]
fn the_table_of_roles_is_what_the_golden_file_says() {
    let mut table =
        String::from("What each role may do. A change here is a change of the court's rules.\n\n");
    let _ = write!(table, "{:<22}", "");
    for role in Role::ALL {
        let _ = write!(table, "{:<22}", role.name());
    }
    table.push('\n');
    for capability in Capability::ALL {
        let name = serde_json::to_value(capability).unwrap();
        let _ = write!(table, "{:<22}", name.as_str().unwrap());
        for role in Role::ALL {
            let _ = write!(table, "{:<22}", if role.can(capability) { "yes" } else { "-" });
        }
        table.push('\n');
    }
    let _ = write!(table, "\n{:<22}", "side");
    for role in Role::ALL {
        let _ = write!(table, "{:<22}", role.side().map_or("-", Side::name));
    }
    let _ = write!(table, "\n{:<22}", "may consult");
    for role in Role::ALL {
        let _ = write!(table, "{:<22}", if role.may_consult() { "yes" } else { "-" });
    }
    table.push('\n');
    let table: String = table.lines().map(|l| format!("{}\n", l.trim_end())).collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/roles.txt");
    if std::env::var_os("OYER_WRITE_GOLDEN").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap();
    assert_eq!(
        table, golden,
        "review the change, then run with OYER_WRITE_GOLDEN=1"
    );
}

#[test]
fn a_hearing_runs_from_the_list_to_its_close() {
    let mut s = seated();
    assert_eq!(
        s.state,
        HearingState::Open,
        "the court came in, so the rooms are open"
    );
    assert_eq!(s.participants[&id(1)].state, ParticipantState::InHearing);
    assert_eq!(s.participants[&id(2)].state, ParticipantState::Waiting);

    assert_eq!(kinds(&s.apply(id(1), &Act::Begin).unwrap()), ["began"]);
    s.apply(id(1), &Act::Admit { participant: id(3) }).unwrap();
    assert_eq!(
        s.apply(id(1), &Act::Admit { participant: id(2) }),
        Err(Refusal::CallInstead)
    );
    assert_eq!(kinds(&s.apply(id(1), &Act::GoOnRecord).unwrap()), ["on_record"]);
    s.apply(id(1), &Act::Call { participant: id(2) }).unwrap();
    s.apply(id(1), &Act::Identify { participant: id(2) }).unwrap();
    let sworn = s
        .apply(
            id(1),
            &Act::Swear {
                participant: id(2),
                form: Oath::Affirmation,
            },
        )
        .unwrap();
    assert_eq!(kinds(&sworn), ["affirmed"]);
    assert_eq!(s.participants[&id(2)].testimony, Some(Testimony::Affirmed));
    // The identity is checked after it as well, and who affirmed stays as they are; an oath taken after all is a fact of its own.
    s.apply(id(1), &Act::Identify { participant: id(2) }).unwrap();
    assert_eq!(s.participants[&id(2)].testimony, Some(Testimony::Affirmed));
    let form = Oath::Oath;
    let corrected = s
        .apply(
            id(1),
            &Act::Swear {
                participant: id(2),
                form,
            },
        )
        .unwrap();
    assert_eq!(kinds(&corrected), ["sworn"]);
    assert_eq!(s.participants[&id(2)].testimony, Some(Testimony::Sworn));

    // Pressing twice is harmless and leaves no second trace.
    assert!(s.apply(id(1), &Act::GoOnRecord).unwrap().is_empty());

    s.apply(id(1), &Act::Release { participant: id(2) }).unwrap();
    assert_eq!(s.participants[&id(2)].state, ParticipantState::Dismissed);
    assert_eq!(
        kinds(&s.apply(id(1), &Act::Close).unwrap()),
        ["off_record", "closed"]
    );
    assert_eq!(s.apply(id(1), &Act::Begin), Err(Refusal::WrongState));
}

#[test]
fn the_record_comes_back_after_a_pause_and_after_our_own_failure() {
    let mut s = seated();
    s.apply(id(1), &Act::Begin).unwrap();
    s.apply(id(1), &Act::GoOnRecord).unwrap();
    assert_eq!(
        kinds(&s.apply(id(1), &Act::Pause).unwrap()),
        ["off_record", "paused"]
    );
    assert!(!s.on_record);
    assert_eq!(
        kinds(&s.apply(id(1), &Act::Resume).unwrap()),
        ["resumed", "on_record"]
    );

    assert!(s.interrupted_by_us());
    assert_eq!((s.state, s.on_record), (HearingState::Suspended, false));
    s.connect(id(1)).unwrap();
    assert_eq!(
        kinds(&s.apply(id(1), &Act::Resume).unwrap()),
        ["resumed", "on_record"]
    );
}

#[test]
fn only_those_who_may_do_it() {
    let mut s = seated();
    for act in [
        Act::Begin,
        Act::GoOnRecord,
        Act::Close,
        Act::Admit { participant: id(4) },
    ] {
        assert_eq!(
            s.apply(id(3), &act),
            Err(Refusal::NotPermitted),
            "{act:?} by counsel"
        );
    }
    let on = Act::SetSource {
        source: Source::Microphone,
        on: true,
    };
    assert_eq!(
        s.apply(id(4), &on),
        Err(Refusal::NotPermitted),
        "an observer publishes nothing"
    );
    assert_eq!(s.apply(id(99), &Act::Leave), Err(Refusal::UnknownParticipant));
    let empty = Act::Mark { text: "  ".into() };
    assert_eq!(s.apply(id(1), &empty), Err(Refusal::BadText));
}

#[test]
fn in_camera_sends_the_public_out_and_keeps_it_out() {
    let mut s = seated();
    s.apply(id(1), &Act::Begin).unwrap();
    s.apply(id(1), &Act::Admit { participant: id(4) }).unwrap();
    let (judge, observer) = (&s.participants[&id(1)], &s.participants[&id(4)]);
    assert_eq!(policy::flow(&s, judge, observer), Flow::AudioVideo);
    s.apply(id(1), &Act::InCamera { on: true }).unwrap();
    assert_eq!(s.participants[&id(4)].state, ParticipantState::Waiting);
    assert_eq!(
        s.apply(id(1), &Act::Admit { participant: id(4) }),
        Err(Refusal::RoomNotAllowed)
    );
}

#[test]
fn a_screened_witness_is_heard_and_not_seen() {
    let mut s = seated();
    let screening = Act::Screening {
        participant: id(2),
        from: BTreeSet::from([id(3)]),
    };
    assert_eq!(s.apply(id(3), &screening), Err(Refusal::NotPermitted));
    let facts = s.apply(id(1), &screening).unwrap();
    assert_eq!(
        (facts[0].kind, facts[0].text.as_deref()),
        ("screened", Some("Person 2"))
    );
    s.apply(id(1), &Act::Begin).unwrap();
    for i in [3, 4] {
        s.apply(id(1), &Act::Admit { participant: id(i) }).unwrap();
    }
    s.apply(id(1), &Act::Call { participant: id(2) }).unwrap();
    let shown = |s: &Sitting, to| {
        SOURCES.map(|source| policy::passes(s, &s.participants[&id(2)], &s.participants[&id(to)], source))
    };
    assert_eq!(shown(&s, 3), [true, false, false], "counsel hears only");
    assert_eq!(shown(&s, 1), [true, true, false], "the judge sees");
    assert_eq!(shown(&s, 4), [true, true, false], "who was not named sees");

    // The measure outlives the person's coming and going.
    s.disconnect(id(2));
    s.connect(id(2)).unwrap();
    assert_eq!(shown(&s, 3), [true, false, false]);

    let judge = Act::Screening {
        participant: id(2),
        from: BTreeSet::from([id(1)]),
    };
    assert_eq!(s.apply(id(1), &judge), Err(Refusal::CourtSees));
    let nobody = Act::Screening {
        participant: id(2),
        from: BTreeSet::new(),
    };
    assert_eq!(kinds(&s.apply(id(1), &nobody).unwrap()), ["unscreened"]);
    assert!(s.apply(id(1), &nobody).unwrap().is_empty());
    assert_eq!(shown(&s, 3), [true, true, false]);
}

#[test]
fn each_side_has_a_private_word_of_its_own() {
    use Role::*;
    let mut s = sitting(&[
        Judge,
        Prosecutor,
        DefenceCounsel,
        Accused,
        Accused,
        Interpreter,
        Victim,
    ]);
    for i in 1..=7 {
        s.connect(id(i)).unwrap();
        s.apply(id(i), &Act::FinishCheck { passed: true }).unwrap();
        s.apply(id(1), &Act::Admit { participant: id(i) }).unwrap();
    }
    s.apply(id(1), &Act::Begin).unwrap();
    let consult = |i: u128, with: Option<u128>| Act::Move {
        participant: id(i),
        room: Room::ConsultationRoom,
        with: with.map(id),
    };
    let hears = |s: &Sitting, to: u128| -> Vec<u128> {
        (1..=7)
            .filter(|from| {
                let (from, to) = (&s.participants[&id(*from)], &s.participants[&id(to)]);
                policy::passes(s, from, to, Source::Microphone)
            })
            .collect()
    };
    // Whoever is moved without a name comes into an empty room, whoever else consults.
    for i in [2, 3, 4] {
        let facts = s.apply(id(1), &consult(i, None)).unwrap();
        assert_eq!(
            (kinds(&facts), facts[0].text.as_deref()),
            (vec!["to_consultation"], None)
        );
        assert!(hears(&s, i).is_empty(), "{i} is alone");
        assert!(
            s.apply(id(1), &consult(i, None)).unwrap().is_empty(),
            "twice is harmless"
        );
    }
    // Counsel to the accused, by name; the court log says to whom.
    let facts = s.apply(id(1), &consult(3, Some(4))).unwrap();
    assert_eq!(facts[0].text.as_deref(), Some("Person 3"));
    assert_eq!((hears(&s, 3), hears(&s, 4)), (vec![4], vec![3]));
    assert!(hears(&s, 2).is_empty() && !hears(&s, 1).contains(&3));
    // A second accused has a room of their own, and the interpreter goes from one to the other.
    s.apply(id(1), &consult(5, None)).unwrap();
    assert!(hears(&s, 5).is_empty());
    s.apply(id(1), &consult(6, Some(4))).unwrap();
    assert_eq!(hears(&s, 6), [3, 4]);
    s.apply(id(1), &consult(6, Some(5))).unwrap();
    assert_eq!((hears(&s, 6), hears(&s, 3)), (vec![5], vec![4]));
    // The other side is refused, whoever is in the room, and so are the court and a step behind.
    for (i, with) in [(2, 4), (7, 3), (3, 2)] {
        assert_eq!(
            s.apply(id(1), &consult(i, Some(with))),
            Err(Refusal::OtherSide),
            "{i} to {with}"
        );
    }
    assert_eq!(s.apply(id(1), &consult(1, Some(2))), Err(Refusal::RoomNotAllowed));
    s.apply(
        id(1),
        &Act::Move {
            participant: id(4),
            room: Room::HearingRoom,
            with: None,
        },
    )
    .unwrap();
    assert_eq!(s.apply(id(1), &consult(6, Some(4))), Err(Refusal::WrongPlace));
    assert!(hears(&s, 3).is_empty());
    assert_eq!(hears(&s, 4), [1, 7], "back in the hearing room");
    // No other room is joined by naming somebody.
    let odd = Act::Move {
        participant: id(3),
        room: Room::HearingRoom,
        with: Some(id(4)),
    };
    assert_eq!(s.apply(id(1), &odd), Err(Refusal::RoomNotAllowed));
}

#[test]
fn the_log_says_who_is_cut_off_from_a_sitting_that_runs_and_when_they_are_back() {
    let mut s = seated();
    s.apply(id(1), &Act::Admit { participant: id(3) }).unwrap();
    let lose = |s: &mut Sitting, i: u128| {
        s.disconnect(id(i));
        s.presence(id(i)).map(|f| (f.kind, f.by, f.about))
    };
    let back = |s: &mut Sitting, i: u128| {
        s.connect(id(i)).unwrap();
        s.presence(id(i)).map(|f| (f.kind, f.by, f.about))
    };
    // Before the sitting, and in the waiting room, coming and going is nobody's business.
    assert_eq!((lose(&mut s, 3), back(&mut s, 3)), (None, None));
    s.apply(id(1), &Act::Begin).unwrap();
    assert_eq!((lose(&mut s, 2), back(&mut s, 2)), (None, None));
    assert_eq!(lose(&mut s, 3), Some(("disconnected", None, Some(id(3)))));
    assert_eq!(lose(&mut s, 3), None, "once");
    assert_eq!(back(&mut s, 3), Some(("reconnected", None, Some(id(3)))));
    assert_eq!(back(&mut s, 3), None, "once");
    // Who was lost in session and is back in the pause is back.
    lose(&mut s, 3);
    s.apply(id(1), &Act::Pause).unwrap();
    assert_eq!(back(&mut s, 3), Some(("reconnected", None, Some(id(3)))));
    assert_eq!((lose(&mut s, 3), back(&mut s, 3)), (None, None));
    // Who was put out meanwhile does not come back by a connection.
    s.apply(id(1), &Act::Resume).unwrap();
    lose(&mut s, 3);
    s.apply(id(1), &Act::SendToWaiting { participant: id(3) })
        .unwrap();
    assert_eq!(back(&mut s, 3), None);
}

fn any_role() -> impl Strategy<Value = Role> {
    prop::sample::select(Role::ALL.to_vec())
}

fn any_act() -> impl Strategy<Value = Act> {
    let who = (1u128..8).prop_map(id);
    let room = prop::sample::select(vec![
        Room::WaitingRoom,
        Room::HearingRoom,
        Room::ConsultationRoom,
        Room::RetiringRoom,
    ]);
    prop_oneof![
        any::<bool>().prop_map(|passed| Act::FinishCheck { passed }),
        Just(Act::CheckEquipment),
        (prop::sample::select(SOURCES.to_vec()), any::<bool>())
            .prop_map(|(source, on)| Act::SetSource { source, on }),
        any::<bool>().prop_map(|up| Act::RaiseHand { up }),
        Just(Act::Leave),
        who.clone().prop_map(|participant| Act::Admit { participant }),
        who.clone()
            .prop_map(|participant| Act::SendToWaiting { participant }),
        who.clone().prop_map(|participant| Act::Dismiss { participant }),
        who.clone().prop_map(|participant| Act::Remove {
            participant,
            reason: "r".into()
        }),
        (who.clone(), room, prop::option::of(who.clone())).prop_map(|(participant, room, with)| Act::Move {
            participant,
            room,
            with
        }),
        // Consultations come about often enough that people meet in them.
        (who.clone(), prop::option::of(who.clone())).prop_map(|(participant, with)| Act::Move {
            participant,
            room: Room::ConsultationRoom,
            with
        }),
        (who.clone(), any::<bool>()).prop_map(|(participant, muted)| Act::Mute { participant, muted }),
        who.clone().prop_map(|participant| Act::Call { participant }),
        who.clone().prop_map(|participant| Act::Identify { participant }),
        who.clone().prop_map(|participant| Act::Swear {
            participant,
            form: Oath::Oath
        }),
        who.clone().prop_map(|participant| Act::Release { participant }),
        (who.clone(), prop::collection::btree_set(who, 0..4))
            .prop_map(|(participant, from)| Act::Screening { participant, from }),
        Just(Act::Open),
        Just(Act::Begin),
        Just(Act::Begin),
        Just(Act::Pause),
        Just(Act::Suspend { reason: "r".into() }),
        Just(Act::Resume),
        Just(Act::GoOnRecord),
        Just(Act::GoOffRecord),
        any::<bool>().prop_map(|on| Act::InCamera { on }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever seven people of any roles do in any order, these hold after every act.
    #[test]
    fn what_must_never_happen_never_happens(
        roles in prop::collection::vec(any_role(), 6),
        acts in prop::collection::vec((1u128..8, any_act()), 1..60),
    ) {
        let mut all = vec![Role::Judge];
        all.extend(roles);
        let mut s = sitting(&all);
        for i in 1..=7 {
            s.connect(id(i)).unwrap();
        }
        for (actor, act) in acts {
            let before = s.clone();
            let outcome = s.apply(id(actor), &act);
            if outcome.is_err() {
                prop_assert_eq!(&before, &s, "a refused act changed something");
            }
            prop_assert!(s.state != HearingState::Listed || before.state == HearingState::Listed, "back to the list");
            prop_assert!(!s.on_record || s.state == HearingState::InSession, "on record outside the session");
            for (from, to, source) in policy::table(&s) {
                let (from, to) = (&s.participants[&from], &s.participants[&to]);
                prop_assert!(from.role.can(Capability::Publish), "an observer is seen or heard");
                prop_assert!(from.sends(source), "something goes through that is off or silenced");
                if from.id == to.id {
                    prop_assert_eq!(from.state, ParticipantState::CheckingEquipment, "an echo outside the check");
                    continue;
                }
                prop_assert!(
                    source == Source::Microphone || !from.kept_from.contains(&to.id),
                    "a screened person is seen"
                );
                prop_assert_eq!(from.room(), to.room(), "from one room into another");
                prop_assert_eq!(from.consultation, to.consultation, "from one consultation into another");
                prop_assert_eq!(from.room() == Some(Room::ConsultationRoom), from.consultation.is_some());
                if from.consultation.is_some() {
                    for p in [from, to] {
                        prop_assert!(p.role.may_consult(), "somebody hears a private word who never may");
                    }
                    let opposed = from.role.side().zip(to.role.side()).is_some_and(|(a, b)| a != b);
                    prop_assert!(!opposed, "one side hears the private word of the other");
                }
                prop_assert!(from.room().is_some() && from.room() != Some(Room::WaitingRoom), "heard while waiting");
                if from.room() == Some(Room::HearingRoom) {
                    prop_assert_eq!(s.state, HearingState::InSession, "heard outside the session");
                    prop_assert!(!(s.in_camera && to.role.is_public()), "the public hears a closed hearing");
                    prop_assert!(to.role != Role::SupportOfficer, "support hears the hearing");
                    for p in [from, to] {
                        let testifies = matches!(p.testimony, Some(Testimony::Called | Testimony::Identified | Testimony::Sworn | Testimony::Affirmed));
                        prop_assert!(!p.role.is_sequestered() || testifies, "a witness hears before the call");
                    }
                }
            }
            for p in s.participants.values() {
                prop_assert_eq!(
                    p.state == ParticipantState::InConsultation, p.consultation.is_some(),
                    "a consultation without its room, or the other way round"
                );
                if let Some(number) = p.consultation {
                    let sides: BTreeSet<_> = s.participants.values()
                        .filter(|o| o.consultation == Some(number))
                        .filter_map(|o| o.role.side())
                        .collect();
                    prop_assert!(sides.len() <= 1, "both sides in one consultation room");
                    for other in s.participants.values().filter(|o| o.consultation != p.consultation) {
                        prop_assert!(
                            p.role.can(Capability::SeeEveryone) || !policy::may_know(p, other),
                            "who consults learns where others are"
                        );
                    }
                }
                for other in &p.kept_from {
                    prop_assert!(!s.participants[other].role.is_court(), "a picture is kept from the court");
                }
                let court = p.role.is_court();
                if policy::may_know_reason(&s, p) {
                    prop_assert!(policy::may_know_next(p), "a reason without the next date");
                    prop_assert!(court || p.room().is_some_and(|r| r != Room::WaitingRoom), "who waits learns the reason");
                    prop_assert!(
                        court || !p.role.is_sequestered()
                            || matches!(p.testimony, Some(Testimony::Called | Testimony::Identified | Testimony::Sworn | Testimony::Affirmed)),
                        "a witness who was not called learns the reason"
                    );
                }
                prop_assert!(p.state != ParticipantState::Removed || !policy::may_know_next(p), "who was put out learns the next date");
                for source in SOURCES {
                    if policy::recorded(&s, p, source) {
                        prop_assert!(s.on_record, "recorded off the record");
                        prop_assert_eq!(p.room(), Some(Room::HearingRoom), "a private room is recorded");
                        prop_assert!(p.sends(source), "recorded though switched off");
                    }
                }
                if p.state == ParticipantState::Waiting && !p.role.can(Capability::SeeEveryone) {
                    for other in s.participants.values().filter(|o| o.id != p.id) {
                        prop_assert!(!policy::may_know(p, other), "who waits learns of others");
                    }
                }
            }
        }
    }
}

// Testimony that is recorded in advance.

/// Judge 1, witness 2, defence counsel 3, prosecutor 4, observer 5, all past the check: an empty protocol, in session and on
/// the record.
fn capturing() -> Sitting {
    let mut s = sitting(&[
        Role::Judge,
        Role::Witness,
        Role::DefenceCounsel,
        Role::Prosecutor,
        Role::Observer,
    ]);
    s.capture = Some(Default::default());
    for i in 1..=5 {
        s.connect(id(i)).unwrap();
        s.apply(id(i), &Act::FinishCheck { passed: true }).unwrap();
    }
    for act in [
        Act::Begin,
        Act::Admit { participant: id(3) },
        Act::Admit { participant: id(4) },
        Act::GoOnRecord,
    ] {
        s.apply(id(1), &act).unwrap();
    }
    s
}

fn opening() -> Act {
    Act::StateOpening {
        witness: id(2),
        witness_for: WitnessFor::Defence,
        place: "Courtroom 4, Tashkent".into(),
    }
}

fn examine(by: u128, on: bool) -> Act {
    let participant = id(by);
    Act::Examine { participant, on }
}

fn leave_out(step: Step, counsel: Option<u128>, reason: &str) -> Act {
    Act::LeaveOut {
        step,
        counsel: counsel.map(id),
        reason: reason.into(),
    }
}

/// Every step in its order, with the words that it leaves in the court log.
fn whole_protocol() -> Vec<(Act, Vec<&'static str>)> {
    let form = Oath::Affirmation;
    vec![
        (opening(), vec!["opening_stated", "witness_of_defence"]),
        (Act::Call { participant: id(2) }, vec!["called"]),
        (Act::StatePresent, vec!["present_stated"; 4]),
        (
            Act::StateWitnessRoom {
                others: "nobody".into(),
            },
            vec!["witness_room_stated"],
        ),
        (Act::Identify { participant: id(2) }, vec!["identified"]),
        (
            Act::Swear {
                participant: id(2),
                form,
            },
            vec!["affirmed"],
        ),
        (examine(3, true), vec!["examination_began"]),
        // Whoever begins ends the one before.
        (examine(4, true), vec!["examination_ended", "examination_began"]),
        (examine(4, false), vec!["examination_ended"]),
        (
            Act::StateClosing {
                custody: "the registry".into(),
            },
            vec!["closing_stated"],
        ),
        (Act::Release { participant: id(2) }, vec!["released"]),
    ]
}

#[test]
fn every_step_of_testimony_in_advance_is_a_fact_and_only_then_is_it_complete() {
    let mut s = capturing();
    for (act, words) in whole_protocol() {
        assert_eq!(
            s.apply(id(1), &Act::Close),
            Err(Refusal::StepsOpen),
            "before {}",
            act.name()
        );
        assert_eq!(kinds(&s.apply(id(1), &act).unwrap()), words);
    }
    let closed = s.apply(id(1), &Act::Close).unwrap();
    // What sums it up is still on the record.
    assert_eq!(kinds(&closed), ["testimony_complete", "off_record", "closed"]);
    assert_eq!((closed[0].about, &closed[0].text), (Some(id(2)), &None));
}

#[test]
fn a_step_is_left_out_for_a_stated_reason_or_not_at_all() {
    let steps = capturing().capture.unwrap().steps(&capturing().participants);
    assert_eq!(steps.len(), 10, "each counsel examines: {steps:?}");
    for (i, left) in steps.iter().enumerate() {
        let mut s = capturing();
        for (n, step) in steps.iter().enumerate() {
            let out = leave_out(step.step, step.counsel.map(|c| c.0.as_u128()), "a reason");
            if n != i {
                assert_eq!(kinds(&s.apply(id(1), &out).unwrap()), [step.step.left_out_word()]);
                assert!(s.apply(id(1), &out).unwrap().is_empty(), "pressed twice");
            }
        }
        assert_eq!(s.apply(id(1), &Act::Close), Err(Refusal::StepsOpen), "{left:?}");
        let mute = leave_out(left.step, left.counsel.map(|c| c.0.as_u128()), " ");
        assert_eq!(s.apply(id(1), &mute), Err(Refusal::BadText));
        // It can always end; the log says what is missing.
        let ended = s
            .apply(
                id(1),
                &Act::Adjourn {
                    reason: "no power".into(),
                    next: None,
                },
            )
            .unwrap();
        assert_eq!(kinds(&ended), ["testimony_incomplete", "off_record", "adjourned"]);
        let text = ended[0].text.clone().unwrap();
        assert_eq!(text.matches("(left out)").count(), 9);
        assert_eq!(text.split(", ").filter(|t| !t.contains('(')).count(), 1);
    }
}

#[test]
fn steps_are_taken_on_the_record_and_by_the_court_alone() {
    let mut off = capturing();
    off.apply(id(1), &Act::GoOffRecord).unwrap();
    for (act, _) in whole_protocol() {
        if !matches!(act, Act::Examine { on: false, .. }) {
            let refused = off.clone().apply(id(1), &act);
            let expected = [Err(Refusal::OffRecord), Err(Refusal::WrongPlace)];
            assert!(expected.contains(&refused), "{}: {refused:?}", act.name());
        }
        for i in 2..=5 {
            let mut s = capturing();
            assert_eq!(s.apply(id(i), &act), Err(Refusal::NotPermitted), "{}", act.name());
        }
        // Nor at a hearing of another kind, save for what any hearing has.
        if act.needs() == Some(Capability::CaptureTestimony) {
            let mut s = capturing();
            s.capture = None;
            assert_eq!(s.apply(id(1), &act), Err(Refusal::NotTestimony));
        }
    }
    let skipped = leave_out(Step::Oath, None, "a child of six");
    assert_eq!(capturing().apply(id(3), &skipped), Err(Refusal::NotPermitted));
    // Said off the record as well: it makes nothing be heard.
    assert_eq!(kinds(&off.apply(id(1), &skipped).unwrap()), ["oath_left_out"]);
    // What was left out may still be taken, and then is.
    off.apply(id(1), &Act::GoOnRecord).unwrap();
    for act in [
        opening(),
        Act::Call { participant: id(2) },
        Act::Swear {
            participant: id(2),
            form: Oath::Oath,
        },
    ] {
        off.apply(id(1), &act).unwrap();
    }
    assert_eq!(off.apply(id(1), &skipped), Err(Refusal::WrongState));
}

#[test]
fn each_witness_has_a_session_of_their_own() {
    let mut s = capturing();
    let mut other = Participant::invited(id(9), "Another".into(), Role::Expert);
    other.state = ParticipantState::Waiting;
    s.participants.insert(id(9), other);
    s.apply(id(1), &Act::Call { participant: id(2) }).unwrap();
    let call = Act::Call { participant: id(9) };
    assert_eq!(s.apply(id(1), &call), Err(Refusal::OneWitness));
    s.apply(id(1), &Act::Identify { participant: id(2) }).unwrap();
    s.apply(id(1), &Act::SendToWaiting { participant: id(2) })
        .unwrap();
    assert_eq!(s.apply(id(1), &call), Err(Refusal::OneWitness));
    // Called by mistake, and nothing done with them yet.
    let mut s = capturing();
    s.participants.insert(id(9), {
        let mut other = Participant::invited(id(9), "Another".into(), Role::Expert);
        other.state = ParticipantState::Waiting;
        other
    });
    s.apply(id(1), &call).unwrap();
    s.apply(id(1), &Act::SendToWaiting { participant: id(9) })
        .unwrap();
    s.apply(id(1), &Act::Call { participant: id(2) }).unwrap();
    assert_eq!(s.capture.unwrap().witness, Some(id(2)));
}

#[test]
fn an_objection_has_its_number_its_ruling_and_its_end() {
    let mut s = capturing();
    let rule = |objection, ruling| Act::Rule { objection, ruling };
    let first = s.apply(id(3), &Act::Object).unwrap();
    assert_eq!(
        (kinds(&first), first[0].text.as_deref()),
        (vec!["objection"], Some("1"))
    );
    assert!(s.apply(id(3), &Act::Object).unwrap().is_empty(), "pressed twice");
    s.apply(id(4), &Act::Object).unwrap();
    for i in [1, 2, 5] {
        assert_eq!(s.apply(id(i), &Act::Object), Err(Refusal::NotPermitted));
    }
    // The judge rules; whoever objected takes back, and nobody else does.
    for (i, ruling, refusal) in [
        (3, Ruling::Sustained, Refusal::NotPermitted),
        (3, Ruling::Reserved, Refusal::NotPermitted),
        (4, Ruling::Withdrawn, Refusal::NotPermitted),
        (1, Ruling::Withdrawn, Refusal::NotPermitted),
    ] {
        assert_eq!(s.apply(id(i), &rule(1, ruling)), Err(refusal));
    }
    assert_eq!(
        s.apply(id(1), &rule(3, Ruling::Sustained)),
        Err(Refusal::NoObjection)
    );
    let ruled = s.apply(id(1), &rule(1, Ruling::Overruled)).unwrap();
    assert_eq!(kinds(&ruled), ["objection_overruled"]);
    assert_eq!(
        (ruled[0].about, ruled[0].text.as_deref()),
        (Some(id(3)), Some("1"))
    );
    assert!(s.apply(id(1), &rule(1, Ruling::Overruled)).unwrap().is_empty());
    assert_eq!(
        s.apply(id(3), &rule(1, Ruling::Withdrawn)),
        Err(Refusal::WrongState)
    );
    let corrected = s.apply(id(1), &rule(1, Ruling::Sustained)).unwrap();
    assert_eq!(kinds(&corrected), ["objection_sustained"]);
    s.apply(id(3), &Act::Object).unwrap();
    s.apply(id(3), &rule(3, Ruling::Withdrawn)).unwrap();
    assert_eq!(
        s.apply(id(1), &rule(3, Ruling::Sustained)),
        Err(Refusal::WrongState)
    );
    // What nobody ruled on is said at the end.
    for step in s.capture.clone().unwrap().steps(&s.participants) {
        let counsel = step.counsel.map(|c| c.0.as_u128());
        s.apply(id(1), &leave_out(step.step, counsel, "a reason"))
            .unwrap();
    }
    let closed = s.apply(id(1), &Act::Close).unwrap();
    assert_eq!(
        kinds(&closed),
        ["objection_unruled", "testimony_complete", "off_record", "closed"]
    );
    assert_eq!(
        (closed[0].about, closed[0].text.as_deref()),
        (Some(id(4)), Some("2"))
    );
}

#[test]
fn the_protocol_is_kept_in_a_snapshot_and_an_older_one_has_none() {
    let mut s = capturing();
    for (act, _) in whole_protocol().into_iter().take(7) {
        s.apply(id(1), &act).unwrap();
    }
    s.apply(id(3), &Act::Object).unwrap();
    let json = serde_json::to_value(&s).unwrap();
    assert_eq!(serde_json::from_value::<Sitting>(json.clone()).unwrap(), s);
    let mut older = json;
    older.as_object_mut().unwrap().remove("capture");
    assert_eq!(serde_json::from_value::<Sitting>(older).unwrap().capture, None);
}

// Playing it at a later hearing.

const RECORDING: RecordingId = RecordingId(Uuid::from_u128(0x77));

fn exhibit() -> Exhibit {
    let part = |segment, duration_ms| PlayedPart { segment, duration_ms };
    Exhibit {
        recording: RECORDING,
        manifest_sha256: "ab".into(),
        title: "Testimony of A.".into(),
        parts: vec![part(1, 60_000), part(2, 30_000)],
        court_only: BTreeSet::new(),
    }
}

/// Does an act of the judge's at a moment.
fn at(s: &mut Sitting, now: i64, act: Act) -> Result<Vec<oyer::court::sitting::Fact>, Refusal> {
    let exhibit = matches!(act, Act::ShowRecording { .. }).then(exhibit);
    s.apply_under(id(1), &act, &Circumstances { now, exhibit })
}

/// A hearing in session with counsel in the room, the witness outside, and the recording shown at 1000.
fn showing() -> Sitting {
    let mut s = seated();
    s.apply(id(1), &Act::Begin).unwrap();
    s.apply(id(1), &Act::Admit { participant: id(3) }).unwrap();
    let shown = at(&mut s, 1000, Act::ShowRecording { recording: RECORDING }).unwrap();
    assert_eq!(kinds(&shown), ["playback_shown"]);
    let text = shown[0].text.clone().unwrap();
    assert_eq!(text, format!("recording={RECORDING} manifest_sha256=ab"));
    s
}

#[test]
fn whoever_may_not_hear_the_court_follows_no_recording() {
    let mut s = showing();
    let follow = |s: &Sitting| -> Vec<u128> {
        let may = |p: &&Participant| policy::may_follow_playback(s, p);
        s.participants
            .values()
            .filter(may)
            .map(|p| p.id.0.as_u128())
            .collect()
    };
    assert_eq!(
        follow(&s),
        [1, 3],
        "not the witness outside, nor the observer who waits"
    );
    s.apply(id(1), &Act::Admit { participant: id(4) }).unwrap();
    assert_eq!(follow(&s), [1, 3, 4]);
    s.apply(id(1), &Act::InCamera { on: true }).unwrap();
    assert_eq!(follow(&s), [1, 3], "closed to the public");
    let apart = |room| Act::Move {
        participant: id(3),
        room,
        with: None,
    };
    s.apply(id(1), &apart(Room::ConsultationRoom)).unwrap();
    assert_eq!(follow(&s), [1]);
    s.apply(id(1), &apart(Room::HearingRoom)).unwrap();
    s.apply(id(1), &Act::Call { participant: id(2) }).unwrap();
    assert_eq!(follow(&s), [1, 2, 3], "called, so not kept apart");
    s.apply(id(1), &Act::Release { participant: id(2) }).unwrap();
    assert_eq!(follow(&s), [1, 3]);
    at(&mut s, 2000, Act::Pause).unwrap();
    assert_eq!(follow(&s), [0; 0], "while the hearing stands still");
    s.apply(id(1), &Act::Resume).unwrap();
    at(&mut s, 3000, Act::PutAwayRecording).unwrap();
    assert_eq!(follow(&s), [0; 0], "nothing is shown");
}

#[test]
fn each_stretch_that_is_played_says_from_where_to_where_and_for_whom() {
    let mut s = showing();
    let played = |facts: &[oyer::court::sitting::Fact]| -> Vec<(&'static str, String)> {
        let prefix = format!("recording={RECORDING} manifest_sha256=ab");
        let rest = |f: &oyer::court::sitting::Fact| {
            let text = f.text.clone().unwrap();
            text.strip_prefix(&prefix).unwrap().trim().to_owned()
        };
        facts.iter().map(|f| (f.kind, rest(f))).collect()
    };
    let began = at(&mut s, 2000, Act::PlayRecording).unwrap();
    assert_eq!(played(&began), [("playback_began", "from=1/0".into())]);
    assert!(
        at(&mut s, 2500, Act::PlayRecording).unwrap().is_empty(),
        "pressed twice"
    );
    assert!(s.follows(id(1), FollowState::Following));
    assert!(
        !s.follows(id(2), FollowState::Following),
        "the witness outside follows nothing"
    );
    // Counsel's page says that it cannot; somebody comes in later.
    assert!(s.follows(id(3), FollowState::Failed));
    s.apply(id(1), &Act::Admit { participant: id(4) }).unwrap();
    let moved = at(&mut s, 12_000, Act::SeekRecording { position_ms: 70_000 }).unwrap();
    assert_eq!(
        played(&moved),
        [
            (
                "playback_stopped",
                "from=1/0 to=1/10000 shown_to=Person 0 not_confirmed=Person 2; Person 3".into()
            ),
            ("playback_moved", "from=1/10000 to=2/10000".into()),
            ("playback_began", "from=2/10000".into()),
        ]
    );
    // Whoever goes out is not named in what is played after that.
    s.apply(id(1), &Act::SendToWaiting { participant: id(4) })
        .unwrap();
    s.follows(id(3), FollowState::Following);
    let paused = at(&mut s, 13_000, Act::Pause).unwrap();
    assert_eq!(paused[0].kind, "playback_stopped");
    let text = paused[0].text.clone().unwrap();
    assert!(
        text.ends_with("from=2/10000 to=2/11000 shown_to=Person 0; Person 2 not_confirmed=Person 3"),
        "{text}"
    );
    s.apply(id(1), &Act::Resume).unwrap();
    assert_eq!(
        s.playback.as_ref().unwrap().position(99_000),
        71_000,
        "it stands where it stood"
    );
    let began = at(&mut s, 20_000, Act::PlayRecording).unwrap();
    assert_eq!(played(&began), [("playback_began", "from=2/11000".into())]);
    // It ends by itself, once, and begins anew from its beginning.
    assert_eq!(s.playback_through(38_999), None);
    let end = s.playback_through(39_500).unwrap();
    assert_eq!((end.kind, end.by), ("playback_reached_end", None));
    assert!(end.text.unwrap().contains("from=2/11000 to=2/30000 "));
    assert_eq!(s.playback_through(40_000), None);
    let again = at(&mut s, 41_000, Act::PlayRecording).unwrap();
    assert_eq!(played(&again), [("playback_began", "from=1/0".into())]);
    let closed = at(&mut s, 42_000, Act::Close).unwrap();
    assert_eq!(
        kinds(&closed),
        ["playback_stopped", "playback_put_away", "closed"]
    );
    assert_eq!(s.playback, None);
}

#[test]
fn a_recording_is_shown_by_those_who_may_and_only_one_that_may_be() {
    let show = || Act::ShowRecording { recording: RECORDING };
    let all = [
        show(),
        Act::PlayRecording,
        Act::PauseRecording,
        Act::SeekRecording { position_ms: 1 },
        Act::PutAwayRecording,
    ];
    for act in &all {
        for i in [2, 3, 4] {
            let circumstances = Circumstances {
                now: 0,
                exhibit: Some(exhibit()),
            };
            let refused = showing().apply_under(id(i), act, &circumstances);
            assert_eq!(refused, Err(Refusal::NotPermitted), "{i} {}", act.name());
        }
    }
    let mut s = showing();
    assert_eq!(s.apply(id(1), &show()), Err(Refusal::NoSuchRecording));
    assert!(at(&mut s, 5, show()).unwrap().is_empty(), "it is shown already");
    at(&mut s, 6, Act::PutAwayRecording).unwrap();
    for act in [Act::PlayRecording, Act::SeekRecording { position_ms: 1 }] {
        assert_eq!(at(&mut s, 7, act), Err(Refusal::NothingShown));
    }
    assert!(at(&mut s, 8, Act::PauseRecording).unwrap().is_empty());
    let mut before = seated();
    assert_eq!(
        at(&mut before, 9, show()),
        Err(Refusal::WrongState),
        "before it began"
    );
    // The server that stops says what was played, and of its failure nothing is left running.
    let mut s = showing();
    at(&mut s, 2000, Act::PlayRecording).unwrap();
    let mut failed = s.clone();
    assert_eq!(
        kinds(&s.playback_cut(3000)),
        ["playback_stopped", "playback_put_away"]
    );
    assert!(failed.interrupted_by_us() && failed.playback.is_none());
}

#[test]
fn names_that_are_noted_are_bounded() {
    let mut s = showing();
    for i in 100..400 {
        let mut p = Participant::invited(id(i), "Я".repeat(200), Role::Observer);
        (p.state, p.connected) = (ParticipantState::InHearing, true);
        s.participants.insert(id(i), p);
    }
    at(&mut s, 2000, Act::PlayRecording).unwrap();
    let stopped = at(&mut s, 3000, Act::PauseRecording).unwrap();
    let text = stopped[0].text.clone().unwrap();
    assert!(text.len() < 20_000 && text.contains(" more"), "{}", text.len());
}
