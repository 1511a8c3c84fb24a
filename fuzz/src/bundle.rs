//! A good bundle that was tampered with, verified as a whole.

use crate::input::Input;
use oyer::folder::FolderBundle;
use oyer::seal::source::{BundleSource, Entry, EntryKind, MemoryBundle};
use oyer::seal::timestamp::Timestamp;
use oyer::seal::verify::{Trust, verify};
use std::path::Path;
use std::sync::LazyLock;
use time::macros::datetime;

struct Good {
    bag: MemoryBundle,
    paths: Vec<String>,
    trust: Trust,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../recordings-schema/vectors");
    let folder = vectors.join("good/resealed");
    let source = FolderBundle::open(&folder).expect("the vectors are there");
    let mut bag = MemoryBundle::new();
    let mut paths = Vec::new();
    for entry in source.entries().expect("a readable folder") {
        if entry.kind == EntryKind::File {
            bag.insert(
                entry.path.clone(),
                std::fs::read(folder.join(&entry.path)).expect("a readable file"),
            );
            paths.push(entry.path);
        }
    }
    paths.sort();
    let pem = std::fs::read(vectors.join("keys/TEST-ONLY-court/root.pem")).expect("its root");
    Good {
        bag,
        paths,
        trust: Trust::from_pem(&pem).expect("a certificate"),
    }
});

/// Each act names a file and does something to it. Whoever the seal is trusted from, a changed payload does not hold.
pub fn bundle(data: &[u8]) {
    let mut bag = GOOD.bag.clone();
    let mut input = Input(data);
    while let (Some(act), Some(file), Some(at), Some(piece)) =
        (input.u8(), input.u8(), input.u16(), input.piece())
    {
        let path = &GOOD.paths[usize::from(file) % GOOD.paths.len()];
        let Some(content) = bag.get_mut(path) else {
            continue;
        };
        let at = usize::from(at) % (content.len() + 1);
        match act % 6 {
            0 => content.truncate(at),
            1 => drop(content.splice(at..at, piece.iter().copied())),
            2 => {
                let end = (at + piece.len()).min(content.len());
                content.splice(at..end, piece.iter().copied());
            }
            3 => drop(bag.remove(path)),
            4 => {
                let Ok(name) = std::str::from_utf8(piece) else {
                    continue;
                };
                let content = content.clone();
                bag.insert(name, content);
            }
            _ => bag.insert_entry(Entry {
                path: String::from_utf8_lossy(piece).into_owned(),
                kind: if act & 0x40 != 0 {
                    EntryKind::File
                } else {
                    EntryKind::Folder
                },
                bytes: at as u64,
            }),
        }
    }
    let report = verify(&bag, &GOOD.trust, Timestamp::new(datetime!(2026-02-01 00:00 UTC)));
    if report.holds() {
        let changed = GOOD
            .paths
            .iter()
            .filter(|p| p.starts_with("data/"))
            .find(|p| bag.get(p) != GOOD.bag.get(p));
        assert_eq!(changed, None, "{report:?}");
    }
}
