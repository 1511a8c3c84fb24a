//! Adds up a recording as a stranger would: what FFmpeg finds in the track files, and what the gap ledger declares.
#![allow(dead_code)] // each test program uses its own part

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// A camera's picture that stands longer than this is a gap.
const STANDS_MS: u64 = 500;
/// The last picture of a file stands for so long by itself: it is shown for a frame, and one more may have been due.
const LAST_MS: u64 = 74;
/// Filled silence: what stands in a file for sound that did not come.
const SILENCE_BYTES: usize = 3;

/// What became of every millisecond of one track.
#[derive(Debug, Default)]
pub struct Sum {
    /// The time on record.
    pub length_ms: u64,
    /// In a packet of the file that is not filled silence, or in a picture that stands.
    pub media_ms: u64,
    /// In the gap ledger, by cause.
    pub declared_ms: BTreeMap<String, u64>,
    /// Sound in the file that the ledger says is missing.
    pub both_ms: u64,
    /// Pictures in the file that begin within a gap of the ledger.
    pub pictures_in_gaps: usize,
    /// Silence in the file of which the ledger does not speak.
    pub silence_ms: u64,
    /// Neither in the file nor in the ledger, as (from, to).
    pub neither: Vec<(u64, u64)>,
}

impl Sum {
    /// Milliseconds that are nowhere.
    pub fn neither_ms(&self) -> u64 {
        self.neither.iter().map(|(from, to)| to - from).sum()
    }

    /// Milliseconds that are in the ledger.
    pub fn gaps_ms(&self) -> u64 {
        self.declared_ms.values().sum()
    }

    /// For a table.
    pub fn line(&self) -> String {
        let causes = self.declared_ms.iter().map(|(cause, ms)| format!("{cause} {ms}"));
        format!(
            "{:>7} = {:>7} media + {:>6} declared ({}) - {} in both + {} in neither",
            self.length_ms,
            self.media_ms,
            self.gaps_ms(),
            causes.collect::<Vec<_>>().join(", "),
            self.both_ms,
            self.neither_ms()
        )
    }
}

/// Times in milliseconds of the packets of a file: begin, end (for sound), size. None if there is no file, or nothing in it.
pub fn packets(file: &Path) -> Vec<(u64, u64, usize)> {
    let output = Command::new("ffprobe")
        .args([
            "-v",
            "quiet",
            "-show_entries",
            "packet=pts_time,duration_time,size",
        ])
        .args(["-of", "default=nw=1"])
        .arg(file)
        .output()
        .expect("ffprobe is installed");
    let ms = |value: &str| value.parse::<f64>().map(|s| (s * 1000.0).round() as u64);
    let (mut found, mut at, mut lasts) = (Vec::new(), 0, 0);
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        match line.split_once('=').unwrap() {
            ("pts_time", value) => at = ms(value).unwrap(),
            ("duration_time", value) => lasts = ms(value).unwrap_or(0),
            // It comes last.
            ("size", value) => found.push((at, at + lasts, value.parse().unwrap())),
            _ => {}
        }
    }
    found
}

/// The lines of the gap ledger that are whole.
pub fn gaps(dir: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(dir.join("gaps.jsonl")).unwrap();
    text.lines()
        .filter_map(|l| serde_json::from_str(l).ok())
        .collect()
}

fn number(value: &serde_json::Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

/// Adds up a track file of the recording in `dir` (which need not exist), in a segment of so many milliseconds.
///
/// `stood_ms`: up to here the last picture of a shared screen stood; of anything else, `None`.
pub fn sum(dir: &Path, file: &str, length_ms: u64, stood_ms: Option<u64>) -> Sum {
    let mut marks = vec![(false, false, false); length_ms as usize];
    let mut sum = Sum {
        length_ms,
        ..Sum::default()
    };
    let span =
        |from: u64, to: u64| from.min(length_ms) as usize..to.clamp(from.min(length_ms), length_ms) as usize;
    let mut declared = Vec::new();
    for gap in gaps(dir).iter().filter(|g| g["file"] == file) {
        let (from, to) = (number(&gap["from_ms"]), number(&gap["to_ms"]));
        assert!(
            from < to && to <= length_ms,
            "a gap beyond the time on record: {gap}"
        );
        marks[span(from, to)].iter_mut().for_each(|m| m.1 = true);
        let cause = gap["cause"].as_str().unwrap().to_owned();
        *sum.declared_ms.entry(cause).or_default() += to - from;
        declared.push((from, to));
    }
    declared.sort_unstable();
    for pair in declared.windows(2) {
        assert!(pair[0].1 <= pair[1].0, "{file}: declared twice: {pair:?}");
    }
    let sound = file.contains("microphone");
    let media = packets(&dir.join(file));
    for (n, &(from, end, size)) in media.iter().enumerate() {
        if sound {
            let of = if size == SILENCE_BYTES {
                |m: &mut (bool, bool, bool)| m.2 = true
            } else {
                |m: &mut (bool, bool, bool)| m.0 = true
            };
            marks[span(from, end)].iter_mut().for_each(of);
            continue;
        }
        let stands = if stood_ms.is_some() { u64::MAX } else { STANDS_MS };
        let end = match media.get(n + 1) {
            Some((next, ..)) => (*next).min(from.saturating_add(stands)),
            None => (from + LAST_MS).max(stood_ms.unwrap_or(0)),
        };
        // It stands but for the gaps: one begins with the last picture before it, and a screen may go on after it.
        marks[span(from, end)].iter_mut().for_each(|m| m.0 = !m.1);
        sum.pictures_in_gaps += usize::from(declared.iter().any(|(gap, to)| *gap < from && from < *to));
    }
    for (at, &(media, gap, silence)) in (0..).zip(&marks) {
        sum.media_ms += u64::from(media);
        sum.both_ms += u64::from(media && gap);
        sum.silence_ms += u64::from(silence && !media && !gap);
        if !media && !gap && !silence {
            match sum.neither.last_mut() {
                Some((_, to)) if *to == at => *to = at + 1,
                _ => sum.neither.push((at, at + 1)),
            }
        }
    }
    sum
}
