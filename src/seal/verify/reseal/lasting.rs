//! What the proof of a recording rests on after years: a time-stamp is good for as long as its certificate is, or the next
//! one came before that (RFC 4998, section 5.3).

use super::super::super::bundle;
use super::super::super::cms;
use super::super::super::stamp;
use super::super::super::timestamp::Timestamp;
use super::super::report::{CheckCode, Findings};
use super::Against;
use std::io::Read;
use time::OffsetDateTime;

const CHECK: CheckCode = CheckCode::Lasting;

/// Whose word a time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    /// Of an authority that the verifier trusts and that is not the court.
    Trusted,
    /// The court's own.
    Own,
    /// Of somebody whom the verifier does not know.
    Unknown,
}

/// Something that shows that the recording was there at a time.
pub(super) struct Proof {
    pub(super) name: String,
    pub(super) at: Timestamp,
    pub(super) by: String,
    /// Until when its certificate, and its root's, are valid.
    pub(super) until: OffsetDateTime,
    pub(super) worth: Worth,
}

/// The proof that the recording was sealed with: its time-stamp, or else its signature. What does not hold failed already.
pub(super) fn first(against: &Against<'_>) -> Option<Proof> {
    let seal = against.seal?;
    let signature = read(against, bundle::MANIFEST_SIGNATURE, cms::SIGNATURE_BYTES_MAX)?;
    let stamped = read(against, bundle::TIME_STAMP, stamp::STAMP_BYTES_MAX)
        .and_then(|answer| stamp::verify(&answer, &signature).ok());
    Some(match stamped {
        Some(stamped) => {
            let roots = [against.trust.roots(), against.trust.time_roots()].concat();
            let root = stamped.root(&roots).ok();
            let worth = match root {
                Some(root) if Some(root.fingerprint()) == seal.root_fingerprint => Worth::Own,
                Some(root) if against.trust.is_of_the_court(root) => Worth::Own,
                Some(_) => Worth::Trusted,
                None => Worth::Unknown,
            };
            let until = stamped.certificate.valid_until();
            Proof {
                name: "the time-stamp of the seal".into(),
                at: stamped.at,
                by: stamped.certificate.subject(),
                until: root.map_or(until, |root| until.min(root.valid_until())),
                worth,
            }
        }
        None => {
            let manifest = read(
                against,
                bundle::MANIFEST,
                super::super::super::manifest::BYTES_MAX,
            )?;
            let signed = cms::verify(&signature, &manifest).ok()?;
            Proof {
                name: "the signature of the seal".into(),
                at: signed.signing_time,
                by: signed.certificate.subject(),
                until: signed.certificate.valid_until(),
                worth: Worth::Own,
            }
        }
    })
}

fn read(against: &Against<'_>, path: &str, bytes_max: u64) -> Option<Vec<u8>> {
    against.contents.size(path)?;
    let mut bytes = Vec::new();
    let file = against.contents.open(path).ok()?;
    file.take(bytes_max).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Says what the oldest and the newest proof are, and where the line of them is broken; nothing of a recording that has one
/// alone, under a certificate that is valid.
pub(super) fn say(proofs: &[Proof], now: Timestamp, findings: &mut Findings) {
    let (Some(oldest), Some(newest)) = (proofs.first(), proofs.last()) else {
        return;
    };
    let day = |at: OffsetDateTime| Timestamp::new(at);
    let over = |proof: &Proof| proof.until < now.at();
    let mut doubts: Vec<String> = proofs
        .iter()
        .zip(proofs.iter().skip(1))
        .filter(|(earlier, later)| later.at.at() > earlier.until)
        .map(|(earlier, later)| {
            let until = day(earlier.until);
            format!(
                "{} came when the certificate of {} had run out at {until}: that nobody had its key by then is the court's word",
                later.name, earlier.name
            )
        })
        .collect();
    if proofs.len() == 1 {
        if over(oldest) {
            let (name, at, until) = (&oldest.name, oldest.at, day(oldest.until));
            findings.not_checked(
                CHECK,
                format!(
                    "{name}, of {at}, is under a certificate that ran out at {until}, and nothing was added before that: that \
                     nobody had its key later is the court's word"
                ),
            );
        }
        return;
    }
    if over(newest) {
        doubts.push(format!(
            "the certificate of {} ran out at {}, and nothing was added before that",
            newest.name,
            day(newest.until)
        ));
    }
    match newest.worth {
        Worth::Trusted => {}
        Worth::Own => doubts.push("its time is the court's own word".into()),
        Worth::Unknown => doubts.push("whose time it is was not checked".into()),
    }
    let runs = |proof: &Proof| match over(proof) {
        true => "ran",
        false => "runs",
    };
    let detail = format!(
        "the oldest proof is {}, of {}, whose certificate {} out at {}; the newest is {}, of {}, by {}, whose certificate {} out at {}",
        oldest.name,
        oldest.at,
        runs(oldest),
        day(oldest.until),
        newest.name,
        newest.at,
        newest.by,
        runs(newest),
        day(newest.until),
    );
    match doubts.is_empty() {
        true => findings.trusted(CHECK, detail),
        false => findings.not_checked(CHECK, format!("{detail}. But {}", doubts.join("; "))),
    }
}
