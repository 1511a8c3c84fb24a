//! Small real WebM files, made by FFmpeg with settings that give the same bytes each time.

use std::process::Command;

/// Three seconds of a tone, Opus.
pub fn tone(hertz: u32) -> Vec<u8> {
    let source = format!("sine=frequency={hertz}:duration=3");
    ffmpeg(&[
        "-f", "lavfi", "-i", &source, "-c:a", "libopus", "-b:a", "6k", "-ac", "1",
    ])
}

/// Three seconds of a moving picture of one colour, VP8, 64 by 48 pixels.
pub fn picture(colour: &str) -> Vec<u8> {
    let source = format!("color={colour}:size=64x48:rate=10:duration=3,hue=b='sin(t)'");
    ffmpeg(&[
        "-f", "lavfi", "-i", &source, "-c:v", "libvpx", "-b:v", "20k", "-g", "10", "-threads", "1",
    ])
}

fn ffmpeg(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin"])
        .args(arguments)
        .args([
            "-fflags",
            "+bitexact",
            "-flags",
            "+bitexact",
            "-map_metadata",
            "-1",
        ])
        .args(["-cluster_time_limit", "1000", "-f", "webm", "pipe:1"])
        .output()
        .expect("ffmpeg runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ffmpeg: {complaint}");
    output.stdout
}

/// Lengths of the fragments of a file: its head with the first cluster, then one cluster each.
pub fn fragments(webm: &[u8]) -> Vec<usize> {
    const CLUSTER: [u8; 4] = [0x1f, 0x43, 0xb6, 0x75];
    let clusters: Vec<usize> = webm
        .windows(CLUSTER.len())
        .enumerate()
        .filter(|(_, bytes)| *bytes == CLUSTER)
        .map(|(at, _)| at)
        .collect();
    assert!(clusters.len() >= 2, "a test file has at least two clusters");
    let mut bounds = vec![0];
    bounds.extend(&clusters[1..]);
    bounds.push(webm.len());
    bounds.windows(2).map(|pair| pair[1] - pair[0]).collect()
}
