//! The court's rules: the table of roles as a golden file, and what must never happen whatever people do.

use oyer::court::act::{Act, Oath};
use oyer::court::id::{CaseId, HearingId, ParticipantId};
use oyer::court::policy::{self, Flow};
use oyer::court::refusal::Refusal;
use oyer::court::role::{Capability, Role, Side};
use oyer::court::sitting::{Participant, Sitting};
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
