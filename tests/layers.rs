//! The floors of ARCHITECTURE.md: a room imports only from the rooms that it may.

use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms that it may name. `client` and `cli` are checked for what they must not name.
const ROOMS: &[(&str, &[&str])] = &[
    ("court", &["rtp"]),
    ("rtp", &[]),
    ("seal", &[]),
    ("wire", &["court", "rtp"]),
    ("sfu", &["rtp", "recorder"]),
    ("recorder", &["rtp"]),
    ("store", &["court"]),
    ("evidence", &["court", "recorder", "rtp", "seal", "store", "wire"]),
    (
        "hearing",
        &[
            "court", "evidence", "recorder", "rtp", "seal", "sfu", "store", "wire",
        ],
    ),
    (
        "http",
        &[
            "court", "evidence", "hearing", "rtp", "seal", "sfu", "store", "wire",
        ],
    ),
    ("client", &["court", "rtp", "wire"]),
];

/// What a ground-floor room must not own: clocks, randomness, sockets, files, tasks, locks.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "tokio::",
    "SystemTime::now",
    "Instant::now",
    "now_utc()",
    "SystemRandom",
    "thread::",
    "Mutex",
    "RwLock",
    "std::process",
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

/// The file without its test module, its comments and its documentation.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    text.lines()
        .filter(|l| !l.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn room(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name)
}

#[test]
fn a_room_imports_only_from_below() {
    let mut wrong = Vec::new();
    for (name, allowed) in ROOMS {
        for path in files(&room(name)) {
            if path
                .file_stem()
                .is_some_and(|s| s.to_string_lossy().ends_with("_test"))
            {
                continue;
            }
            let code = code(&path);
            for (_, rest) in code
                .match_indices("crate::")
                .map(|(i, m)| code.split_at(i + m.len()))
            {
                let target: String = rest
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                let is_room = room(&target).is_dir();
                if is_room && target != *name && !allowed.contains(&target.as_str()) {
                    wrong.push(format!("{} names {target}", path.display()));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports against the floors:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_ground_floor_is_pure() {
    let mut wrong = Vec::new();
    for name in ["court", "rtp", "seal", "wire"] {
        for path in files(&room(name)) {
            let is_test = path
                .file_stem()
                .is_some_and(|s| s.to_string_lossy().ends_with("_test"));
            // The TypeScript twin is checked by its own test.
            if is_test || path.ends_with("wire/typescript.rs") {
                continue;
            }
            let code = code(&path);
            for impure in IMPURE.iter().filter(|i| code.contains(**i)) {
                wrong.push(format!("{} uses {impure}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "not pure:\n{}", wrong.join("\n"));
}

/// A client that is made elsewhere follows redirects and finds no cryptography for TLS: it panics.
#[test]
fn clients_for_other_hosts_are_made_in_one_place() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let ours = [room("outside.rs"), tests.join("layers.rs")];
    let makers = [
        "reqwest::get",
        "Client::new()",
        "Client::builder()",
        "ClientBuilder::new()",
    ];
    for path in [files(&room("")), files(&tests)].concat() {
        let text = fs::read_to_string(&path).unwrap();
        let makes = text.contains("reqwest") && makers.iter().any(|maker| text.contains(maker));
        assert!(
            !makes || ours.contains(&path),
            "{} makes a client",
            path.display()
        );
    }
}

#[test]
fn every_room_of_the_house_is_in_the_table() {
    for entry in fs::read_dir(room("")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "cli" && name != "bin" {
            assert!(
                ROOMS.iter().any(|(r, _)| *r == name),
                "src/{name} is in no floor: add it to ARCHITECTURE.md and here"
            );
        }
    }
}
