use super::*;
use rtc::srtp::option::srtp_replay_protection;

fn open(opener: &mut Opener, datagram: &[u8]) -> Option<Bytes> {
    opener.open(datagram, &Header::parse(datagram)?)
}

/// RFC 3711, appendix B.3.
#[test]
fn derives_the_keys_of_the_rfc() {
    let master = Master {
        key: hex::decode("E1F97A0D3E018BE0D64FA32C06DE4139")
            .unwrap()
            .try_into()
            .unwrap(),
        salt: hex::decode("0EC675AD498AFEEBB6960B3AABE6")
            .unwrap()
            .try_into()
            .unwrap(),
        profile: None,
    };
    let provider = rtc::crypto::default_provider().unwrap();
    let (mut key, mut salt) = ([0; 16], [0; 14]);
    derive(provider.crypto(), &master, RTP[0], &mut key).unwrap();
    derive(provider.crypto(), &master, RTP[1], &mut salt).unwrap();
    assert_eq!(hex::encode_upper(key), "C61E7A93744F39EE10734AFE3FF7A087");
    assert_eq!(hex::encode_upper(salt), "30CBBC08863D8C85D49DB34A9AE1");
}

/// The stack's own contexts, made through the tap as it makes them after a handshake.
fn made_by_the_stack(profile: ProtectionProfile) -> (Context, Context, Sealer, Opener) {
    let tap = KeyTap::new().unwrap();
    // What a handshake does with the provider beforehand.
    tap.new_aead(AeadAlgorithm::Aes128Gcm, &[7; 16]).unwrap();
    let context = |byte: u8, replay| {
        let salt: Vec<u8> = (byte..).take(profile.salt_len()).collect();
        Context::new(&[byte; 16], &salt, profile, replay, None, tap.crypto()).unwrap()
    };
    let ours = context(1, None);
    let theirs = context(2, Some(srtp_replay_protection(64)));
    let (sealer, opener) = tap.take().unwrap();
    assert!(tap.take().is_none(), "keys are given once");
    (ours, theirs, sealer, opener)
}

fn packet(sequence: u16) -> Vec<u8> {
    let mut bytes = vec![0x90, 96];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend([0, 0, 0, 9, 1, 2, 3, 4]);
    // One extension of two bytes.
    bytes.extend([0xbe, 0xde, 0, 1, 0x31, 5, 6, 0]);
    bytes.extend([sequence as u8; 100]);
    bytes
}

#[test]
fn packets_are_the_same_as_those_of_the_stack() {
    for profile in [
        ProtectionProfile::AeadAes128Gcm,
        ProtectionProfile::Aes128CmHmacSha1_80,
    ] {
        let (mut ours, mut theirs, mut sealer, mut opener) = made_by_the_stack(profile);
        // Through a wrap of the sequence number.
        for index in 65_500u32..65_600 {
            let plain = packet(index as u16);
            let mut bytes = vec![9; 3];
            bytes.extend(&plain);
            let roll_over = (index >> 16) & 0xffff;
            sealer.seal(&mut bytes, 3, 20, roll_over).unwrap();
            assert_eq!(
                bytes[3..],
                ours.encrypt_rtp(&plain).unwrap()[..],
                "{profile:?} {index}"
            );
            let datagram = theirs.encrypt_rtp(&plain).unwrap();
            assert_eq!(open(&mut opener, &datagram).unwrap(), plain);
            assert_eq!(open(&mut opener, &datagram), None, "a replay");
        }
    }
}

#[test]
fn a_forged_packet_is_not_read() {
    let (_, mut theirs, _, mut opener) = made_by_the_stack(ProtectionProfile::AeadAes128Gcm);
    let good = theirs.encrypt_rtp(&packet(7)).unwrap();
    for at in 0..good.len() {
        let mut bad = good.to_vec();
        bad[at] ^= 1;
        assert_eq!(open(&mut opener, &bad), None, "byte {at}");
    }
    for length in 0..good.len() {
        assert_eq!(open(&mut opener, &good[..length]), None);
    }
    assert!(open(&mut opener, &good).is_some());
}
#[test]
fn late_packets_are_read_and_streams_are_bounded() {
    let (_, mut theirs, _, mut opener) = made_by_the_stack(ProtectionProfile::AeadAes128Gcm);
    let datagrams: Vec<_> = (65_000..66_000u32)
        .map(|i| theirs.encrypt_rtp(&packet(i as u16)).unwrap())
        .collect();
    // From the end to the wrap and back: the highest index decides which turn a number belongs to.
    for datagram in datagrams[..500].iter().chain(datagrams[500..].iter().rev()) {
        assert!(open(&mut opener, datagram).is_some());
    }
    for ssrc in 0..200u8 {
        let mut bytes = packet(1);
        bytes[11] = ssrc;
        let datagram = theirs.encrypt_rtp(&bytes).unwrap();
        let _ = open(&mut opener, &datagram);
    }
    assert_eq!(opener.streams.len(), STREAMS_MAX);
}
#[test]
fn rtcp_is_the_same_as_that_of_the_stack() {
    for profile in [
        ProtectionProfile::AeadAes128Gcm,
        ProtectionProfile::Aes128CmHmacSha1_80,
    ] {
        let (_, mut theirs, mut sealer, mut opener) = made_by_the_stack(profile);
        for i in 0..5u8 {
            let mut plain = vec![0x80, 201, 0, 3, 0, 0, 0, 7];
            plain.extend([i; 8]);
            let mut bytes = vec![1];
            sealer.seal_rtcp(&mut bytes, 1).unwrap_err();
            assert_eq!(bytes, [1], "nothing to seal");
            bytes.extend(&plain);
            sealer.seal_rtcp(&mut bytes, 1).unwrap();
            // The stack's own count begins at one as well; an index that was not used is no harm.
            let read = far_end(profile, &bytes[1..]);
            assert_eq!(read, plain, "{profile:?}");
            let datagram = theirs.encrypt_rtcp(&plain).unwrap();
            assert_eq!(opener.open_rtcp(&datagram).unwrap(), plain);
            assert_eq!(opener.open_rtcp(&datagram), None, "a replay");
            for at in 0..datagram.len() {
                let mut bad = datagram.to_vec();
                bad[at] ^= 1;
                assert_eq!(opener.open_rtcp(&bad), None, "byte {at}");
                assert_eq!(opener.open_rtcp(&datagram[..at]), None);
            }
        }
    }
}

/// The far end of what we seal: a context of the stack with the same keys, for reading.
fn far_end(profile: ProtectionProfile, datagram: &[u8]) -> Bytes {
    let provider = rtc::crypto::default_provider().unwrap();
    let salt: Vec<u8> = (1..).take(profile.salt_len()).collect();
    let mut far = Context::new(&[1; 16], &salt, profile, None, None, provider.crypto()).unwrap();
    far.decrypt_rtcp(datagram).unwrap().freeze()
}

#[test]
fn a_context_that_panicked_is_not_used_again() {
    let (context, ..) = made_by_the_stack(ProtectionProfile::Aes128CmHmacSha1_80);
    let mut cm = Cm(Some(Box::new(context)));
    assert_eq!(cm.call(|_| Some(1)), Some(1));
    assert_eq!(cm.call(|_| -> Option<u8> { panic!("of the library") }), None);
    assert_eq!(cm.call(|_| Some(1)), None);
}
