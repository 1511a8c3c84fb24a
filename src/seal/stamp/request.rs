//! Asking an authority for a time-stamp.

use super::{Imprint, MessageImprint};
use der::Encode;
use der::asn1::Int;

/// TimeStampReq (RFC 3161, section 2.4.1).
#[derive(der::Sequence)]
struct TimeStampReq {
    version: u8,
    imprint: MessageImprint,
    nonce: Int,
    cert_req: bool,
}

/// A request in DER for a stamp over the bytes whose digest is `of`. The authority is to enclose its certificate, and
/// to repeat `nonce`, so that an old answer cannot pass for this one.
pub fn request(of: Imprint, nonce: u64) -> der::Result<Vec<u8>> {
    TimeStampReq {
        version: 1,
        imprint: MessageImprint::of(of)?,
        nonce: Int::new(&positive(&nonce.to_be_bytes()))?,
        cert_req: true,
    }
    .to_der()
}

/// The bytes of an unsigned number as those of a positive INTEGER: without needless zeros, with one where the first bit
/// would make it negative.
pub(super) fn positive(bytes: &[u8]) -> Vec<u8> {
    let significant = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len());
    let mut number = bytes.get(significant..).unwrap_or_default().to_vec();
    if number.first().is_none_or(|first| first & 0x80 != 0) {
        number.insert(0, 0);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::digest::Digest;

    #[test]
    fn numbers_are_positive_and_short() {
        for (bytes, expected) in [
            (&[0u8, 0, 0][..], &[0u8][..]),
            (&[0, 0x7f], &[0x7f]),
            (&[0, 0x80], &[0, 0x80]),
            (&[], &[0]),
        ] {
            assert_eq!(positive(bytes), expected);
        }
        for nonce in [0, 1, 0x80, u64::MAX] {
            request(Digest::ZERO.into(), nonce).unwrap();
        }
    }
}
