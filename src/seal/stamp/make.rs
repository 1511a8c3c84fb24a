//! Making a time-stamp: the built-in service of a court that has no authority of its own.

use super::request::positive;
use super::{Imprint, MessageImprint, TST_INFO};
use crate::seal::cms::{self, SignError, Signer};
use crate::seal::timestamp::Timestamp;
use der::asn1::{Any, GeneralizedTime, Int, ObjectIdentifier};
use der::{Decode, Encode};
use std::time::Duration;

/// anyPolicy: the stamp is made under no policy that anybody has published.
const NO_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");

/// TSTInfo (RFC 3161, section 2.4.2) with the fields that we fill in.
#[derive(der::Sequence)]
struct TstInfo {
    version: u8,
    policy: ObjectIdentifier,
    imprint: MessageImprint,
    serial: Int,
    at: GeneralizedTime,
}

/// TimeStampResp (RFC 3161, section 2.4.2) of a request that was granted.
#[derive(der::Sequence)]
struct TimeStampResp {
    status: Granted,
    token: Any,
}

#[derive(der::Sequence)]
struct Granted {
    status: u8,
}

/// The answer of a time-stamp service in DER: `signer`, whose certificate is for nothing else, says that the bytes whose
/// digest is `of` were there at `at`. `serial` is never used twice.
pub fn make(of: Imprint, at: Timestamp, serial: [u8; 16], signer: &Signer<'_>) -> Result<Vec<u8>, SignError> {
    let seconds = u64::try_from(at.unix_seconds()).map_err(|_| SignError::Time)?;
    let info = TstInfo {
        version: 1,
        policy: NO_POLICY,
        imprint: MessageImprint::of(of)?,
        serial: Int::new(&positive(&serial))?,
        at: GeneralizedTime::from_unix_duration(Duration::from_secs(seconds)).map_err(|_| SignError::Time)?,
    };
    let token = cms::sign_enclosed(TST_INFO, &info.to_der()?, at, signer)?;
    Ok(TimeStampResp {
        status: Granted { status: 0 },
        token: Any::from_der(&token)?,
    }
    .to_der()?)
}
