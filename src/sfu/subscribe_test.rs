use super::*;

#[test]
fn seats_never_become_fewer() {
    let mut subscription = Subscription::new();
    let (mut outputs, tracks) = subscription.grow(2, 2).unwrap();
    assert_eq!((outputs.len(), tracks.len()), (4, 4));
    let kinds: Vec<(Kind, u16)> = outputs.iter().map(|o| (o.kind, o.seat)).collect();
    assert_eq!(
        kinds,
        [
            (Kind::Audio, 0),
            (Kind::Audio, 1),
            (Kind::Video, 0),
            (Kind::Video, 1)
        ]
    );
    let mut ssrcs: Vec<u32> = outputs.iter().map(|o| o.ssrc).collect();
    ssrcs.sort_unstable();
    ssrcs.dedup();
    assert_eq!(ssrcs.len(), 4);
    subscription.outputs.append(&mut outputs);
    assert!(subscription.grow(1, 2).is_err());
    assert_eq!(subscription.grow(3, 2).unwrap().0.len(), 1);
}

/// A receiver takes the roll-over counter of a stream's first packet for 0.
#[test]
fn numbers_begin_so_low_that_none_wraps_before_a_receiver_has_seen_one() {
    for _ in 0..32 {
        let (outputs, _) = Subscription::new().grow(0, 8).unwrap();
        for mut output in outputs {
            assert!(output.resend.next_index() <= 1 << 15);
        }
    }
}

/// A receiver that knows retransmissions of one codec and not of another gets none of the other: its packets have numbers of
/// the way in their headers.
#[test]
fn without_retransmissions_nothing_is_sent_under_a_number_twice_with_another_header() {
    let (mut outputs, _) = Subscription::new().grow(0, 1).unwrap();
    let output = &mut outputs[0];
    assert!(output.may_repeat(false), "to the bit");
    assert!(!output.may_repeat(true));
    output.resend.payload_type = Some(97);
    assert!(output.may_repeat(true));
}
