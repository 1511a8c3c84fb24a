//! Bundles whose time-stamp is not what it should be.

use super::recipe::{SEALED, stamped};
use super::{Out, closed};
use oyer::seal::bundle;
use oyer::seal::verify::CheckCode;
use time::ext::NumericalDuration;

/// Bundles under a good seal of the court, with a time-stamp that is not what it should be, handed out as they are.
pub fn bad(out: &mut Out) {
    use CheckCode::*;
    let recording = closed();
    let sealed = || recording.seal(&out.key, |m| m);
    let export = |bag| recording.export(bag, &out.key, |c| c);
    let good = stamped(sealed(), &out.authority, SEALED);

    let mut swapped = stamped(sealed(), &out.authority, SEALED);
    swapped.insert(
        bundle::MANIFEST_SIGNATURE,
        sealed().get(bundle::MANIFEST_SIGNATURE).expect("a seal"),
    );
    let early = stamped(sealed(), &out.authority, SEALED - 3.days());
    let mut other_root = stamped(sealed(), &out.stranger, SEALED);
    other_root.insert(
        bundle::TIME_STAMP_ROOT,
        out.authority.root().to_pem().expect("a root"),
    );
    let mut no_root = stamped(sealed(), &out.authority, SEALED);
    no_root.remove(bundle::TIME_STAMP_ROOT);
    let mut no_stamp = stamped(sealed(), &out.authority, SEALED);
    no_stamp.remove(bundle::TIME_STAMP);
    let mut flipped = export(good);
    let stamp = flipped.get_mut(bundle::TIME_STAMP).expect("a stamp");
    let last = stamp.len() - 1;
    stamp[last] ^= 1;

    let (stamp, root) = (bundle::TIME_STAMP, bundle::TIME_STAMP_ROOT);
    for (path, about, bag, failures) in [
        (
            "bad/stamp-of-something-else",
            "the time-stamp is over another signature",
            export(swapped),
            &[(TimeStamp, bundle::MANIFEST_SIGNATURE)][..],
        ),
        (
            "bad/stamp-before-the-seal",
            "the time-stamp is three days older than what it is over",
            export(early),
            &[(TimeStamp, stamp)],
        ),
        (
            "bad/stamp-under-another-root",
            "the time-stamp does not lead to the root that is enclosed with it",
            export(other_root),
            &[(TimeStamp, stamp)],
        ),
        (
            "bad/stamp-without-its-root",
            "the root of the time-stamp is missing",
            export(no_root),
            &[(Bag, root)],
        ),
        (
            "bad/stamp-root-without-stamp",
            "the time-stamp was taken out before the bundle was handed out",
            export(no_stamp),
            &[(Bag, stamp)],
        ),
        (
            "bad/flipped-byte-in-stamp",
            "the last bit of the time-stamp's signature",
            flipped,
            &[(TimeStamp, stamp), (TagFiles, stamp)],
        ),
    ] {
        out.put(path, about, &bag, failures);
    }
}
