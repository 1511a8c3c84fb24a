//! A whole hearing through the real server, and its bundle in the hands of tools that are not ours.

mod outside;

use oyer::client::media::look::Look;
use oyer::client::media::tone;
use oyer::client::person::look_of;
use oyer::court::role::Role;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How far a duration may be from the time on record.
const SECONDS_TOLERANCE: f64 = 0.2;

/// COURT.md: lip-sync error below 100 ms. A frame lasts 40 ms, and a beep is seen to 5 ms.
const SKEW_SECONDS_MAX: f64 = 0.1;

struct Rehearsed {
    report: serde_json::Value,
    bundle: PathBuf,
    trust: PathBuf,
    _folder: tempfile::TempDir,
}

fn rehearse(seconds: u32) -> Rehearsed {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_oyer"))
        .args(["rehearse", "--seconds", &seconds.to_string(), "--out"])
        .arg(folder.path())
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let log = std::fs::read_to_string(folder.path().join("server.log")).unwrap_or_default();
    let last = stdout.lines().last().unwrap_or_default();
    let report: serde_json::Value =
        serde_json::from_str(last).unwrap_or_else(|e| panic!("{e}: {stdout}\n{errors}\n{log}"));
    assert!(output.status.success(), "{report:#}\n{errors}\n{log}");
    assert_eq!(report["ok"], true);
    assert_eq!(report["verified"], true);
    let path = |key: &str| PathBuf::from(report[key].as_str().unwrap());
    Rehearsed {
        bundle: path("bundle"),
        trust: path("trust"),
        report,
        _folder: folder,
    }
}

#[test]
fn a_hearing_is_held_recorded_sealed_and_holds_in_the_hands_of_strangers() {
    let rehearsed = rehearse(6);
    let (bundle, trust) = (&rehearsed.bundle, &rehearsed.trust);
    assert!(
        !trust.starts_with(bundle),
        "a root inside the bundle proves nothing"
    );
    outside::bundle(bundle, trust).unwrap();
    let (ok, said) = outside::oyer_verify(bundle, trust);
    assert!(ok, "{said}");

    let on_record = rehearsed.report["seconds_on_record"].as_f64().unwrap();
    assert!((5.5..8.0).contains(&on_record), "{on_record} s on record");
    tracks_are_whole_and_show_the_right_person(bundle, on_record);
    sound_and_picture_are_in_step(bundle);
    a_flipped_byte_is_found_in_every_file(bundle, trust);
}

fn tracks_are_whole_and_show_the_right_person(bundle: &Path, on_record: f64) {
    let seal = outside::seal(bundle);
    assert_eq!(seal["ended"], "closed");
    let segments = seal["segments"].as_array().unwrap();
    let lengths: Vec<f64> = segments
        .iter()
        .map(|s| outside::number(&s["duration_ms"]) as f64 / 1000.0)
        .collect();
    assert_eq!(lengths.len(), 2);
    assert!((lengths.iter().sum::<f64>() - on_record).abs() < 0.001);

    let (mut whole, mut cut_short) = (0, 0);
    for track in seal["tracks"].as_array().unwrap() {
        let file = outside::payload(bundle).join(track["file"].as_str().unwrap());
        let role = Role::from_name(track["role"].as_str().unwrap()).unwrap();
        let segment = track["segment"].as_u64().unwrap() as usize;
        outside::decodes(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let end = outside::end_seconds(&file);
        let length = lengths[segment - 1];
        // The witness is released before the end of the second segment; the others stay.
        if role == Role::Witness && segment == 2 {
            cut_short += 1;
            assert!(end <= length + SECONDS_TOLERANCE);
        } else {
            whole += 1;
            assert!(
                (end - length).abs() <= SECONDS_TOLERANCE,
                "{} ends at {end} s of {length} s",
                file.display()
            );
        }
        let look = look_of(role);
        match track["source"].as_str().unwrap() {
            "camera" => {
                let colour = outside::colour_at(&file, (end - 0.7).max(0.0));
                assert_eq!(
                    Look::by_colour(colour),
                    Some(look),
                    "{} shows {colour:?}",
                    file.display()
                );
            }
            "microphone" => {
                // Silence that the recorder filled in, and the beeps, are nobody's.
                let sound = outside::sound(&file);
                let heard: Vec<u32> = sound.chunks(tone::FRAME_SAMPLES).filter_map(tone::hear).collect();
                assert!(
                    heard.len() > 5,
                    "{}: {} frames heard",
                    file.display(),
                    heard.len()
                );
                let others = heard.iter().filter(|hz| **hz != look.tone_hz).count();
                assert_eq!(others, 0, "{} lets others be heard: {heard:?}", file.display());
            }
            other => panic!("nobody shared a {other}"),
        }
    }
    assert_eq!(
        (whole, cut_short),
        (14, 2),
        "four people, two sources, two segments"
    );
}

/// The flash of the picture and the beep of the sound, each second: recorded as two tracks, they must meet.
fn sound_and_picture_are_in_step(bundle: &Path) {
    let seal = outside::seal(bundle);
    let tracks = seal["tracks"].as_array().unwrap();
    let mut compared = 0;
    for camera in tracks.iter().filter(|t| t["source"] == "camera") {
        let same = |t: &&serde_json::Value| {
            t["source"] == "microphone"
                && t["participant"] == camera["participant"]
                && t["segment"] == camera["segment"]
        };
        let microphone = tracks.iter().find(same).unwrap();
        let path = |t: &serde_json::Value| outside::payload(bundle).join(t["file"].as_str().unwrap());
        let beeps = outside::beep_starts(&path(microphone));
        for flash in outside::flash_starts(&path(camera)) {
            let Some(beep) = beeps
                .iter()
                .copied()
                .min_by(|a, b| (a - flash).abs().total_cmp(&(b - flash).abs()))
            else {
                panic!("no beep in {microphone}");
            };
            let skew = flash - beep;
            // At the edges of a file one of the two may be outside.
            if skew.abs() < 0.5 {
                compared += 1;
                assert!(
                    skew.abs() < SKEW_SECONDS_MAX,
                    "{camera} is {skew:.3} s off its sound"
                );
            }
        }
    }
    assert!(compared > 15, "{compared} flashes were compared");
}

/// The byte in the middle of each file, one file after the other.
fn a_flipped_byte_is_found_in_every_file(bundle: &Path, trust: &Path) {
    let files = outside::files(bundle);
    assert!(files.len() > 20, "{files:?}");
    for file in files {
        let path = bundle.join(&file);
        make_writable(&path);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        match bad.len() / 2 {
            0 => bad.push(b'x'),
            middle => bad[middle] ^= 1,
        }
        std::fs::write(&path, &bad).unwrap();
        let name = file.to_str().unwrap();
        let (ok, said) = outside::oyer_verify(bundle, trust);
        assert!(!ok, "oyer verify passed a flipped byte in {name}: {said}");
        assert!(said.contains(name), "oyer verify did not name {name}: {said}");
        assert!(
            outside::bundle(bundle, trust).is_err(),
            "{name}: the outside tools passed a flipped byte"
        );
        std::fs::write(&path, &good).unwrap();
    }
    outside::bundle(bundle, trust).unwrap();
}

#[allow(clippy::permissions_set_readonly_false)] // a copy in a private temporary folder
fn make_writable(path: &Path) {
    let mut permissions = std::fs::metadata(path).unwrap().permissions();
    permissions.set_readonly(false);
    std::fs::set_permissions(path, permissions).unwrap();
}
