//! Bundles with reseals, good and bad.

use super::recipe::{SEALED, resealed, stamped, with_reseals};
use super::{Out, closed, data};
use oyer::seal::bundle;
use oyer::seal::digest::Digest512;
use oyer::seal::reseal::{FILES, Number};
use oyer::seal::source::MemoryBundle;
use oyer::seal::verify::CheckCode::{self, Custody, Reseal, TagFiles};
use time::ext::NumericalDuration;

const CAMERA: &str = "segment-001/witness-1-camera.webm";

/// A list of what a reseal covers, before it is signed.
type List = Vec<(String, Digest512)>;

impl Out {
    /// Stamped by the authority and resealed twice: the seal, then every file.
    fn twice(&self, tamper: impl FnOnce(&mut List)) -> MemoryBundle {
        let bag = stamped(closed().seal(&self.key, |m| m), &self.authority, SEALED);
        let by = [&self.key, &self.authority];
        let bag = resealed(bag, 1, by, false, SEALED + 1.hours(), |_| ());
        resealed(bag, 2, by, true, SEALED + 2.hours(), tamper)
    }

    fn handed_out(&self, bag: MemoryBundle) -> MemoryBundle {
        let with = bag.clone();
        closed().export(bag, &self.key, |custody| with_reseals(custody, &with))
    }
}

pub(super) fn good(out: &mut Out) {
    let bag = out.handed_out(out.twice(|_| ()));
    let about = "stamped by an authority and resealed twice: the seal, then every file by SHA-512";
    out.put("good/resealed", about, &bag, &[]);

    let bag = closed().good(&out.key);
    let by = [&out.key, &out.key];
    let bag = resealed(bag, 1, by, true, SEALED + 4.days(), |_| ());
    let about = "handed out, and resealed by the court's own service after that";
    out.put("good/resealed-later", about, &bag, &[]);
}

pub(super) fn bad(out: &mut Out) {
    let good = out.handed_out(out.twice(|_| ()));
    let (first, second) = (Number(1), Number(2));
    let files = |number: Number| FILES.map(|file| format!("{number}/{file}"));

    let mut removed = good.clone();
    files(second).iter().for_each(|path| drop(removed.remove(path)));
    let mut failures: Vec<(CheckCode, String)> = files(second).map(|f| (TagFiles, f)).to_vec();
    failures.push((Custody, second.stamped()));
    put(
        out,
        "removed",
        "the last reseal was taken out",
        &removed,
        failures,
    );

    let mut hole = good.clone();
    files(first).iter().for_each(|path| drop(hole.remove(path)));
    let mut failures: Vec<(CheckCode, String)> = files(first).map(|f| (TagFiles, f)).to_vec();
    failures.extend(files(first).map(|f| (Reseal, f)));
    failures.push((Reseal, first.to_string()));
    failures.push((Custody, first.stamped()));
    put(
        out,
        "hole",
        "the first of two reseals was taken out",
        &hole,
        failures,
    );

    let mut altered = good.clone();
    let list = String::from_utf8(good.get(&first.list()).expect("a list").to_vec()).expect("text");
    let shorter = list
        .lines()
        .skip(1)
        .map(|line| format!("{line}\n"))
        .collect::<String>();
    altered.insert(first.list(), shorter);
    let failures = vec![(TagFiles, first.list()), (Reseal, first.list())];
    put(
        out,
        "altered",
        "a line of a reseal's list was taken out",
        &altered,
        failures,
    );

    let bag = out.twice(|list| {
        let seal = list
            .iter_mut()
            .find(|(path, _)| path == bundle::MANIFEST_SIGNATURE);
        seal.expect("it covers the seal").1 = Digest512::of(b"another seal");
    });
    let bag = out.handed_out(bag);
    let failures = vec![(Reseal, bundle::MANIFEST_SIGNATURE.to_owned())];
    put(
        out,
        "of-something-else",
        "a reseal that the court made over another seal",
        &bag,
        failures,
    );

    let bag = out.twice(|list| list.retain(|(path, _)| !path.ends_with(CAMERA)));
    let bag = out.handed_out(bag);
    let about = "a reseal that covers all files but one, as signed by the court";
    put(out, "but-one-file", about, &bag, vec![(Reseal, second.list())]);

    let bag = out.twice(|list| {
        let track = list.iter_mut().find(|(path, _)| path.ends_with(CAMERA));
        track.expect("it covers the track").1 = Digest512::of(b"another track");
    });
    let bag = out.handed_out(bag);
    let about = "a reseal that is over another track, as signed by the court";
    put(out, "of-another-track", about, &bag, vec![(Reseal, data(CAMERA))]);

    let bag = stamped(closed().seal(&out.key, |m| m), &out.authority, SEALED);
    let by = [&out.key, &out.authority];
    let bag = resealed(bag, 1, by, false, SEALED + 4.days(), |_| ());
    let bag = resealed(bag, 2, by, false, SEALED + 1.hours(), |_| ());
    let bag = out.handed_out(bag);
    let about = "a reseal that was stamped days before the one that it is over";
    put(
        out,
        "before-the-other",
        about,
        &bag,
        vec![(Reseal, second.stamp())],
    );

    let mut flipped = good.clone();
    let stamp = flipped.get_mut(&second.stamp()).expect("a stamp");
    let last = stamp.len() - 1;
    stamp[last] ^= 1;
    let failures = vec![(TagFiles, second.stamp()), (Reseal, second.stamp())];
    put(
        out,
        "flipped-byte-in-stamp",
        "the last bit of a reseal's time-stamp",
        &flipped,
        failures,
    );
}

fn put(out: &mut Out, name: &str, about: &str, bag: &MemoryBundle, failures: Vec<(CheckCode, String)>) {
    let failures: Vec<(CheckCode, &str)> = failures.iter().map(|(c, f)| (*c, f.as_str())).collect();
    out.put(&format!("bad/reseal-{name}"), about, bag, &failures);
}
