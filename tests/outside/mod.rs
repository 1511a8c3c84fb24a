//! The checks of a bundle by tools that are not ours: coreutils, OpenSSL and FFmpeg.
#![allow(dead_code)] // each test program uses its own part

pub mod sums;

use oyer::client::media::look::Rgb;
use oyer::client::media::picture::PROBE;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Runs a tool and gives what it said.
pub fn run(program: &str, args: &[&str], folder: &Path) -> Output {
    Command::new(program)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("{program} could not be run: {e}"))
}

fn said(output: &Output) -> String {
    format!(
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// `sha256sum -c --strict` over a manifest of the bundle.
pub fn sha256sum(bundle: &Path, manifest: &str) -> Result<(), String> {
    let output = run("sha256sum", &["-c", "--strict", "--quiet", manifest], bundle);
    if output.status.success() {
        Ok(())
    } else {
        Err(said(&output))
    }
}

/// `openssl cms -verify` of a detached signature over a file of the bundle, against the root.
pub fn openssl(bundle: &Path, content: &str, root: &Path) -> Result<(), String> {
    let signature = format!("seal/{content}.p7s");
    let root = root.to_str().unwrap();
    let args = [
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-in",
        &signature,
        "-content",
        content,
        "-CAfile",
        root,
        // Else every authority that this computer trusts is believed as well.
        "-no-CApath",
        "-no-CAstore",
        "-purpose",
        "any",
        "-out",
        "/dev/null",
    ];
    let output = run("openssl", &args, bundle);
    if output.status.success() {
        Ok(())
    } else {
        Err(said(&output))
    }
}

/// Everything that outside tools check of a bundle as a whole: both manifests and both signatures.
pub fn bundle(bundle: &Path, root: &Path) -> Result<(), String> {
    openssl(bundle, "manifest-sha256.txt", root)?;
    openssl(bundle, "tagmanifest-sha256.txt", root)?;
    sha256sum(bundle, "manifest-sha256.txt")?;
    sha256sum(bundle, "tagmanifest-sha256.txt")
}

/// Seconds from the first packet's timestamp zero to the end of the last packet, as ffprobe reads them.
pub fn end_seconds(file: &Path) -> f64 {
    let args = [
        "-v",
        "error",
        "-show_entries",
        "packet=pts_time,duration_time",
        "-of",
        "json",
    ];
    let folder = file.parent().unwrap();
    let output = run(
        "ffprobe",
        &[&args[..], &[file.to_str().unwrap()]].concat(),
        folder,
    );
    assert!(
        output.status.success(),
        "ffprobe {}: {}",
        file.display(),
        said(&output)
    );
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let seconds = |packet: &serde_json::Value, key: &str| -> f64 {
        packet[key].as_str().and_then(|s| s.parse().ok()).unwrap_or(0.0)
    };
    json["packets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|packet| seconds(packet, "pts_time") + seconds(packet, "duration_time"))
        .fold(0.0, f64::max)
}

/// Decodes the whole file; any complaint is an error.
pub fn decodes(file: &Path) -> Result<(), String> {
    let args = [
        "-v",
        "error",
        "-xerror",
        "-i",
        file.to_str().unwrap(),
        "-f",
        "null",
        "-",
    ];
    let output = run("ffmpeg", &args, file.parent().unwrap());
    if output.status.success() && output.stderr.is_empty() {
        Ok(())
    } else {
        Err(said(&output))
    }
}

/// Decodes a file that a kill may have cut off, up to where it is cut off, with no other complaint.
pub fn plays(file: &Path) -> Result<(), String> {
    match decodes(file) {
        // The kernel cuts a write short for a process that is killed.
        Err(said) if said.starts_with("exit status: 0") => {
            let complaints: Vec<&str> = said.lines().skip(1).filter(|line| !line.is_empty()).collect();
            match complaints[..] {
                [one] if one.contains("File ended prematurely") => Ok(()),
                _ => Err(said),
            }
        }
        decoded => decoded,
    }
}

/// The background colour of the picture at this second of a file made by our test camera.
pub fn colour_at(file: &Path, second: f64) -> Rgb {
    let (x, y, width, height) = PROBE;
    let filter = format!("select='gte(t,{second})',crop={width}:{height}:{x}:{y},scale=1:1:flags=area");
    let args = [
        "-v",
        "error",
        // Without it FFmpeg moves the first picture to second 0.
        "-copyts",
        "-i",
        file.to_str().unwrap(),
        "-vf",
        &filter,
        "-frames:v",
        "1",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-",
    ];
    let output = run("ffmpeg", &args, file.parent().unwrap());
    match output.stdout[..] {
        [r, g, b] => Rgb(r, g, b),
        _ => panic!(
            "no picture at {second} s of {}: {}",
            file.display(),
            said(&output)
        ),
    }
}

/// The sound of a file, as samples from -1 to 1 at 48 kHz.
pub fn sound(file: &Path) -> Vec<f32> {
    let args = [
        "-v",
        "error",
        "-i",
        file.to_str().unwrap(),
        "-ac",
        "1",
        "-ar",
        "48000",
        "-f",
        "f32le",
        "-",
    ];
    let output = run("ffmpeg", &args, file.parent().unwrap());
    assert!(output.status.success(), "{}", said(&output));
    output
        .stdout
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect()
}

/// When the flash of the test picture begins, in seconds, by the frames' own timestamps.
pub fn flash_starts(file: &Path) -> Vec<f64> {
    let folder = file.parent().unwrap();
    let name = file.to_str().unwrap();
    let args = [
        "-v",
        "error",
        "-show_entries",
        "frame=pts_time",
        "-of",
        "csv=p=0",
        name,
    ];
    let times = run("ffprobe", &args, folder);
    let times: Vec<f64> = String::from_utf8(times.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.trim_end_matches(',').parse().ok())
        .collect();
    let filter = "crop=96:24:496:312,scale=1:1:flags=area,format=gray";
    let args = [
        "-v",
        "error",
        "-i",
        name,
        "-vf",
        filter,
        "-fps_mode",
        "passthrough",
        "-f",
        "rawvideo",
        "-",
    ];
    let frames = run("ffmpeg", &args, folder).stdout;
    assert_eq!(frames.len(), times.len(), "one grey value a frame of {name}");
    starts(frames.iter().map(|grey| *grey > 170).zip(times))
}

/// When the beep begins, in seconds, to 5 ms.
pub fn beep_starts(file: &Path) -> Vec<f64> {
    let filter = "aresample=48000:async=1:first_pts=0";
    let args = [
        "-v",
        "error",
        "-i",
        file.to_str().unwrap(),
        "-af",
        filter,
        "-ac",
        "1",
        "-f",
        "f32le",
        "-",
    ];
    let output = run("ffmpeg", &args, file.parent().unwrap());
    let windows = output.stdout.chunks_exact(240 * 4).enumerate();
    starts(windows.map(|(index, window)| {
        let samples = window
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()).abs());
        (samples.fold(0.0, f32::max) > 0.3, index as f64 * 0.005)
    }))
}

/// The times at which something that was off comes on.
fn starts(steps: impl Iterator<Item = (bool, f64)>) -> Vec<f64> {
    let mut was_on = true; // what is on from the beginning has no start to be seen
    let mut starts = Vec::new();
    for (on, at) in steps {
        if on && !was_on {
            starts.push(at);
        }
        was_on = on;
    }
    starts
}

/// Every file of a bundle, relative to it, sorted.
pub fn files(bundle: &Path) -> Vec<PathBuf> {
    fn walk(folder: &Path, root: &Path, files: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, root, files);
            } else {
                files.push(path.strip_prefix(root).unwrap().to_path_buf());
            }
        }
    }
    let mut files = Vec::new();
    walk(bundle, bundle, &mut files);
    files.sort();
    files
}

/// The folder `data/<recording>` of a bundle.
pub fn payload(bundle: &Path) -> PathBuf {
    let mut folders = std::fs::read_dir(bundle.join("data")).unwrap();
    let folder = folders.next().unwrap().unwrap().path();
    assert!(folders.next().is_none(), "one recording a bundle");
    folder
}

/// `seal.json` of a bundle.
pub fn seal(bundle: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(payload(bundle).join("seal.json")).unwrap()).unwrap()
}

/// `gaps.jsonl` of a bundle, without torn lines.
pub fn gaps(bundle: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(payload(bundle).join("gaps.jsonl")).unwrap();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// The lines of its court log.
pub fn court_log(bundle: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(payload(bundle).join("court-log.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A number that the schemas write as a string.
pub fn number(value: &serde_json::Value) -> u64 {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is not a string"))
        .parse()
        .unwrap()
}

/// The verdict of the verifier in Python, which knows the bundle's description alone.
pub fn verify_py(bundle: &Path, root: &Path) -> Result<(), String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings-schema/verify.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(bundle)
        .arg("--trust")
        .arg(root)
        .output()
        .map_err(|e| e.to_string())?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|e| format!("{e}: {}", String::from_utf8_lossy(&output.stderr)))?;
    match report["outcome"].as_str() {
        Some("proved") => Ok(()),
        _ => Err(report.to_string()),
    }
}

/// Runs `oyer verify`. Gives success and everything it printed.
pub fn oyer_verify(bundle: &Path, root: &Path) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_oyer"))
        .arg("verify")
        .arg(bundle)
        .arg("--trust")
        .arg(root)
        .output()
        .unwrap();
    (output.status.success(), said(&output))
}
