//! Real encoded media, made by the ffmpeg program, cut into RTP payloads as a browser would.

use std::path::{Path, PathBuf};
use std::process::Command;

/// An encoded frame or packet and its time.
#[derive(Clone)]
pub struct Encoded {
    pub at_us: i64,
    pub data: Vec<u8>,
}

/// Runs ffmpeg once for all tests; several may come here at a time.
fn made(name: &str, arguments: &[&str]) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = dir.join(name);
    if !path.exists() {
        let draft = dir.join(format!("{}-{name}", std::process::id()));
        let output = Command::new("ffmpeg")
            .args(["-v", "error", "-y"])
            .args(arguments)
            .arg(&draft)
            .output()
            .expect("ffmpeg is installed");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        std::fs::rename(&draft, &path).unwrap();
    }
    path
}

/// Moving pictures of 25 frames a second, a key frame every 2 s.
pub fn pictures(codec: &str, size: &str) -> Vec<Encoded> {
    if codec == "h264" {
        return h264(size);
    }
    let seconds = "25";
    let source = format!("testsrc2=size={size}:rate=25");
    let encoder = format!("libvpx{}", if codec == "vp9" { "-vp9" } else { "" });
    let path = made(
        &format!("{codec}-{size}.ivf"),
        &[
            "-f",
            "lavfi",
            "-i",
            &source,
            "-t",
            seconds,
            "-c:v",
            &encoder,
            "-b:v",
            "250k",
            "-g",
            "50",
            "-deadline",
            "realtime",
            "-cpu-used",
            "8",
            "-auto-alt-ref",
            "0",
            "-lag-in-frames",
            "0",
        ],
    );
    let file = std::fs::read(path).unwrap();
    let mut frames = Vec::new();
    let mut rest = &file[32..];
    while rest.len() > 12 {
        let length = u32::from_le_bytes(rest[..4].try_into().unwrap()) as usize;
        frames.push(Encoded {
            at_us: frames.len() as i64 * 40_000,
            data: rest[12..12 + length].to_vec(),
        });
        rest = &rest[12 + length..];
    }
    assert_eq!(frames.len(), 625);
    frames
}

/// A tone in Opus packets of 20 ms.
pub fn sound() -> Vec<Encoded> {
    tone(440)
}

/// A minute of a tone of so many Hz, in Opus packets of 20 ms.
pub fn tone(hz: u32) -> Vec<Encoded> {
    let source = format!("sine=frequency={hz}");
    let path = made(
        &format!("tone-{hz}.ogg"),
        &[
            "-f", "lavfi", "-i", &source, "-t", "60", "-c:a", "libopus", "-b:a", "32k", "-ac", "2",
        ],
    );
    let file = std::fs::read(path).unwrap();
    let (mut packets, mut packet) = (Vec::new(), Vec::new());
    let mut rest = &file[..];
    while rest.len() > 27 {
        let count = rest[26] as usize;
        let lacing = &rest[27..27 + count];
        let mut body = &rest[27 + count..];
        for &length in lacing {
            packet.extend_from_slice(&body[..length as usize]);
            body = &body[length as usize..];
            if length < 255 {
                packets.push(std::mem::take(&mut packet));
            }
        }
        rest = body;
    }
    // OpusHead and OpusTags come first.
    let packets = packets.split_off(2);
    assert!(packets.len() >= 3000);
    packets
        .into_iter()
        .enumerate()
        .map(|(n, data)| Encoded {
            at_us: n as i64 * 20_000,
            data,
        })
        .collect()
}

/// RTP payloads of a VP8 frame (RFC 7741), with a 15-bit picture id.
pub fn vp8_payloads(frame: &[u8], picture: u16) -> Vec<Vec<u8>> {
    let id = (picture & 0x7FFF | 0x8000).to_be_bytes();
    let payload = |(n, chunk): (usize, &[u8])| {
        [&[if n == 0 { 0x90 } else { 0x80 }, 0x80, id[0], id[1]], chunk].concat()
    };
    frame.chunks(1100).enumerate().map(payload).collect()
}

/// RTP payloads of a VP9 frame (RFC 9628), without layers.
pub fn vp9_payloads(frame: &[u8], picture: u16) -> Vec<Vec<u8>> {
    let id = (picture & 0x7FFF | 0x8000).to_be_bytes();
    let chunks: Vec<&[u8]> = frame.chunks(1100).collect();
    let predicted = frame[0] & 0x04 != 0;
    let last = chunks.len() - 1;
    let payload = |(n, chunk): (usize, &&[u8])| {
        let mut head = 0x80 | if predicted { 0x40 } else { 0 };
        head |= if n == 0 { 0x08 } else { 0 } | if n == last { 0x04 } else { 0 };
        [&[head, id[0], id[1]], *chunk].concat()
    };
    chunks.iter().enumerate().map(payload).collect()
}

/// As [`pictures`], baseline profile, each access unit with Annex B start codes.
fn h264(size: &str) -> Vec<Encoded> {
    let source = format!("testsrc2=size={size}:rate=25");
    let path = made(
        &format!("h264-{size}.h264"),
        &[
            "-f",
            "lavfi",
            "-i",
            &source,
            "-t",
            "25",
            "-c:v",
            "libx264",
            "-profile:v",
            "baseline",
            "-pix_fmt",
            "yuv420p",
            "-preset",
            "ultrafast",
            "-b:v",
            "250k",
            "-x264-params",
            "aud=1:keyint=50:scenecut=0",
        ],
    );
    let file = std::fs::read(path).unwrap();
    // An access unit delimiter begins each.
    let delimiter = [0, 0, 0, 1, 9];
    let mut starts: Vec<usize> = (0..file.len())
        .filter(|at| file[*at..].starts_with(&delimiter))
        .collect();
    starts.push(file.len());
    let units: Vec<Encoded> = starts
        .windows(2)
        .enumerate()
        .map(|(n, span)| Encoded {
            at_us: n as i64 * 40_000,
            data: file[span[0]..span[1]].to_vec(),
        })
        .collect();
    assert_eq!(units.len(), 625);
    units
}

/// RTP payloads of an access unit (RFC 6184): parameter sets together in a STAP-A, slices whole or as FU-A.
pub fn h264_payloads(unit: &[u8]) -> Vec<Vec<u8>> {
    let mut starts: Vec<usize> = (0..unit.len())
        .filter(|at| unit[*at..].starts_with(&[0, 0, 1]))
        .collect();
    starts.push(unit.len() + 1);
    let mut payloads = Vec::new();
    let mut stap = vec![24];
    for span in starts.windows(2) {
        let nal = &unit[span[0] + 3..(span[1] - 1).min(unit.len())];
        let nal = if span[1] > unit.len() {
            &unit[span[0] + 3..]
        } else {
            nal
        };
        match nal[0] & 0x1F {
            9 | 6 => {}
            7 | 8 => {
                let nal = nal.strip_suffix(&[0]).unwrap_or(nal);
                stap.extend_from_slice(&(nal.len() as u16).to_be_bytes());
                stap.extend_from_slice(nal);
            }
            kind if nal.len() > 1100 => {
                let chunks: Vec<&[u8]> = nal[1..].chunks(1100).collect();
                for (n, chunk) in chunks.iter().enumerate() {
                    let start = if n == 0 { 0x80 } else { 0 };
                    let end = if n + 1 == chunks.len() { 0x40 } else { 0 };
                    payloads.push([&[nal[0] & 0xE0 | 28, start | end | kind], *chunk].concat());
                }
            }
            _ => payloads.push(nal.to_vec()),
        }
    }
    if stap.len() > 1 {
        payloads.insert(0, stap);
    }
    payloads
}
