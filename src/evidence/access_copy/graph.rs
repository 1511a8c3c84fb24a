//! What FFmpeg is told: one segment as a grid of pictures with mixed sound, on the segment's timeline.

use super::mark::Mark;
use super::veil::{self, Veil};
use crate::seal::document::{self, SealDocument, Track};
use crate::seal::ledger::Gap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use uuid::Uuid;

pub(super) const WIDTH: u32 = 1280;
pub(super) const HEIGHT: u32 = 720;
/// Height of the line at the bottom.
const LINE: u32 = 32;
const FRAMES_PER_SECOND: u32 = 25;
const BACKGROUND: &str = "0x12161c";
/// Shorter gaps of a picture are not shown; it stands still for so long.
const GAP_SHOWN_MS: u64 = 1_000;
/// Most gaps of one picture that are shown, so that the command line stays bounded.
const GAPS_SHOWN_MAX: usize = 200;
/// Shorter segments hold no picture.
const SHORTEST_MS: u64 = 40;

/// Fonts that are looked for, in this order.
const FONTS: &[&str] = &[
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    "/usr/share/fonts/truetype/freefont/FreeSans.ttf",
];

/// A font for names and times, if there is one on this machine. Without it the copy bears no names.
pub(super) fn font() -> Option<&'static str> {
    FONTS.iter().copied().find(|path| Path::new(path).is_file())
}

/// One place in the grid: a person's camera, or a screen that somebody shared.
struct Cell<'a> {
    participant: Uuid,
    is_screen: bool,
    title: String,
    pictures: Vec<Picture<'a>>,
}

/// A video file of a cell. A person who came back after a failure has several.
struct Picture<'a> {
    track: &'a Track,
    /// Stretches without a picture, milliseconds.
    gaps: Vec<(u64, u64)>,
}

/// A segment to be drawn.
pub(super) struct Segment<'a> {
    duration_ms: u64,
    line: String,
    cells: Vec<Cell<'a>>,
    sounds: Vec<&'a Track>,
    payload: &'a Path,
    veil: Veil,
}

impl<'a> Segment<'a> {
    /// Gathers what belongs to the segment `listed`; `payload` is the folder of the track files, `veil` what is taken out.
    pub(super) fn new(
        document: &'a SealDocument,
        listed: &document::Segment,
        gaps: &[Gap],
        payload: &'a Path,
        veil: Veil,
    ) -> Segment<'a> {
        let mut cells: Vec<Cell<'a>> = Vec::new();
        let mut sounds = Vec::new();
        for track in document.tracks.iter().filter(|t| t.segment == listed.segment) {
            let is_screen = track.source == "screen";
            let at = cells
                .iter()
                .position(|c| c.participant == track.participant && c.is_screen == is_screen);
            let cell = match at.and_then(|at| cells.get_mut(at)) {
                Some(cell) => cell,
                None => {
                    let screen = if is_screen { ": screen" } else { "" };
                    cells.push(Cell {
                        participant: track.participant,
                        is_screen,
                        title: format!("{} ({}){screen}", track.name, track.role.replace('_', " ")),
                        pictures: Vec::new(),
                    });
                    match cells.last_mut() {
                        Some(cell) => cell,
                        None => continue,
                    }
                }
            };
            if track.source == "microphone" {
                sounds.push(track);
            } else {
                let gaps = gaps
                    .iter()
                    .filter(|gap| {
                        gap.file == track.file && gap.to_ms.saturating_sub(gap.from_ms) >= GAP_SHOWN_MS
                    })
                    .take(GAPS_SHOWN_MAX)
                    .map(|gap| (gap.from_ms, gap.to_ms))
                    .collect();
                cell.pictures.push(Picture { track, gaps });
            }
        }
        Segment {
            duration_ms: listed.duration_ms,
            line: format!(
                "{}   Segment {}, {}   Copy for watching, not the sealed recording",
                document.case.reference, listed.segment, listed.started_at
            ),
            veil,
            cells,
            sounds,
            payload,
        }
    }

    /// True when not even one frame would come of it.
    pub(super) fn is_too_short(&self) -> bool {
        self.duration_ms < SHORTEST_MS
    }

    /// The texts to be drawn, as files: no text of a person is ever part of a filter's syntax.
    pub(super) fn texts(&self) -> Vec<(String, String)> {
        let one_line = |text: &str| text.replace(|c: char| c.is_control(), " ");
        let mut texts = vec![("line.txt".to_string(), one_line(&self.line))];
        for (n, cell) in self.cells.iter().enumerate() {
            texts.push((format!("name-{n}.txt"), one_line(&cell.title)));
        }
        let redacted = self.veil.texts().into_iter();
        texts.extend(redacted.map(|(file, text)| (file, one_line(&text))));
        texts
    }

    /// Arguments that make the segment as `output`.
    pub(super) fn arguments(&self, font: Option<&str>, mark: Option<&Mark>, output: &str) -> Vec<String> {
        let mut inputs: Vec<PathBuf> = Vec::new();
        let graph = self.filters(font, mark, &mut inputs);
        let mut arguments: Vec<String> = Vec::new();
        // Files are on the segment's timeline: their timestamps must not be moved to begin at zero.
        arguments.push("-copyts".into());
        for input in inputs {
            // A picture may change its size in the middle. The scalers cope with that; building the whole graph
            // anew, which is the default, would start its clock again.
            for argument in [
                "-threads",
                "1",
                "-reinit_filter",
                "0",
                "-protocol_whitelist",
                "file,pipe",
            ] {
                arguments.push(argument.into());
            }
            arguments.push("-i".into());
            arguments.push(format!("file:{}", input.display()));
        }
        let seconds = seconds(self.duration_ms);
        let rest = [
            "-filter_complex_threads",
            "1",
            "-filter_complex",
            graph.as_str(),
            "-map",
            "[picture]",
            "-map",
            "[sound]",
            "-t",
            seconds.as_str(),
        ];
        arguments.extend(rest.map(String::from));
        arguments.extend(PICTURE_CODING.map(String::from));
        let rest = [
            "-threads",
            "2",
            "-c:a",
            "aac",
            "-b:a",
            "128k",
            "-ar",
            "48000",
            "-map_metadata",
            "-1",
            "-n",
            output,
        ];
        arguments.extend(rest.map(String::from));
        arguments
    }

    fn filters(&self, font: Option<&str>, mark: Option<&Mark>, inputs: &mut Vec<PathBuf>) -> String {
        let seconds = seconds(self.duration_ms);
        let mut graph = format!(
            "color=c={BACKGROUND}:s={WIDTH}x{HEIGHT}:r={FRAMES_PER_SECOND}:d={seconds},format=yuv420p[base0]"
        );
        // Writing to a String cannot fail.
        let mut base = 0;
        let mut names = String::new();
        for (n, (cell, place)) in self.cells.iter().zip(places(self.cells.len())).enumerate() {
            let Place { x, y, width, height } = place;
            // A screen stands for long after it was sent: by its own clock more would be covered than was ordered.
            let covered = match cell.is_screen {
                true => String::new(),
                false => self.veil.cover(cell.participant, 0, 0, width, height),
            };
            for picture in &cell.pictures {
                let input = inputs.len();
                inputs.push(self.payload.join(&picture.track.file));
                let _ = write!(
                    graph,
                    ";[{input}:v]scale={width}:{height}:force_original_aspect_ratio=decrease:eval=frame,\
                     pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:color={BACKGROUND}:eval=frame,setsar=1,format=yuv420p{covered}\
                     [in{input}];[base{base}][in{input}]overlay=x={x}:y={y}:eof_action={}[base{}]",
                    shown(picture, cell.is_screen),
                    base + 1
                );
                base += 1;
            }
            let over = self.veil.cover(cell.participant, x, y, width, height);
            if !over.is_empty() {
                let _ = write!(graph, ";[base{base}]null{over}[base{}]", base + 1);
                base += 1;
            }
            if let Some(font) = font {
                let size = (height / 14).clamp(14, 26);
                let _ = write!(
                    names,
                    ",drawtext=fontfile={font}:textfile=name-{n}.txt:expansion=none:fontsize={size}:fontcolor=white:\
                     box=1:boxborderw=6:boxcolor=black@0.55:x={}:y={}",
                    x + 10,
                    y + height - size - 14
                );
            }
        }
        let mut clock = self.veil.card(WIDTH, HEIGHT - LINE);
        if let Some(font) = font {
            let y = HEIGHT - LINE + 8;
            let unredacted = match self.veil.while_any() {
                None => String::new(),
                Some(when) => {
                    let _ = write!(
                        clock,
                        ",drawtext=fontfile={font}:textfile={}:expansion=none:fontsize=16:fontcolor=0xffd800:x=12:y={y}:enable='{when}'",
                        veil::LINE_FILE
                    );
                    format!(":enable='not({when})'")
                }
            };
            if let Some(when) = self.veil.while_cut() {
                let _ = write!(
                    clock,
                    ",drawtext=fontfile={font}:textfile={}:expansion=none:fontsize=26:fontcolor=white:x=(w-tw)/2:y=(h-th)/2:enable='{when}'",
                    veil::CARD_FILE
                );
            }
            let _ = write!(
                clock,
                ",drawtext=fontfile={font}:textfile=line.txt:expansion=none:fontsize=16:fontcolor=white:x=12:y={y}{unredacted},\
                 drawtext=fontfile={font}:text='%{{pts\\:hms}}':fontsize=16:fontcolor=white:x=w-tw-12:y={y}"
            );
        }
        // Over everything else, so that nothing covers it.
        let mark = match (mark, font) {
            (Some(mark), Some(font)) => mark.filters(font),
            _ => String::new(),
        };
        let _ = write!(graph, ";[base{base}]null{names}{clock}{mark}[picture]");
        self.sound(&mut graph, inputs);
        graph
    }

    fn sound(&self, graph: &mut String, inputs: &mut Vec<PathBuf>) {
        let seconds = seconds(self.duration_ms);
        let mut labels = String::new();
        for track in &self.sounds {
            let input = inputs.len();
            inputs.push(self.payload.join(&track.file));
            // By the clock of the sound as it was recorded, and by that of the copy.
            let silence = self.veil.silence(track.participant);
            let _ = write!(
                graph,
                ";[{input}:a]anull{silence},aresample=48000:async=1:first_pts=0,aformat=channel_layouts=stereo{silence}[in{input}]"
            );
            let _ = write!(labels, "[in{input}]");
        }
        let _ = match self.sounds.len() {
            0 => write!(graph, ";anullsrc=r=48000:cl=stereo,atrim=0:{seconds}[sound]"),
            // Not divided by the number of people, who seldom speak at once; the limiter takes care of when they do.
            n => write!(
                graph,
                ";{labels}amix=inputs={n}:duration=longest:normalize=0,alimiter=limit=0.95,apad,atrim=0:{seconds}[sound]"
            ),
        };
    }
}

/// When a picture is shown: not while there is a declared gap, and after its last frame only if it is of a screen, which
/// stands up to the end of its track.
fn shown(picture: &Picture<'_>, is_screen: bool) -> String {
    let mut hidden: Vec<String> = picture
        .gaps
        .iter()
        .map(|(from, to)| format!("between(t,{},{})", seconds(*from), seconds(*to)))
        .collect();
    if is_screen {
        hidden.push(format!("gte(t,{})", seconds(picture.track.duration_ms)));
    }
    let after = if is_screen { "repeat" } else { "pass" };
    match hidden.is_empty() {
        true => after.to_owned(),
        false => format!("{after}:enable='not({})'", hidden.join("+")),
    }
}

/// A rectangle of the canvas, in pixels; even, as 4:2:0 sampling wants it.
struct Place {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
}

/// A grid for `count` pictures of equal size.
fn places(count: usize) -> Vec<Place> {
    let count = u32::try_from(count).unwrap_or(u32::MAX).max(1);
    let columns = (1..=count)
        .find(|c| c.saturating_mul(*c) >= count)
        .unwrap_or(count);
    let rows = count.div_ceil(columns);
    let width = (WIDTH / columns).max(2) & !1;
    let height = ((HEIGHT - LINE) / rows).max(2) & !1;
    (0..count)
        .map(|n| Place {
            x: n % columns * width,
            y: n / columns * height,
            width,
            height,
        })
        .collect()
}

/// As FFmpeg writes a time.
pub(super) fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// Arguments that make a film that was sealed once more, with the mark if there is one.
pub(super) fn again(film: &Path, font: Option<&str>, mark: Option<&Mark>, output: &str) -> Vec<String> {
    let mut arguments: Vec<String> = ["-protocol_whitelist", "file,pipe", "-i"]
        .map(String::from)
        .to_vec();
    arguments.push(format!("file:{}", film.display()));
    match (mark, font) {
        (Some(mark), Some(font)) => {
            let filters = format!("null{}", mark.filters(font));
            let coded = ["-vf", &filters, "-c:a", "copy", "-threads", "2"];
            arguments.extend(coded.map(String::from));
            arguments.extend(PICTURE_CODING.map(String::from));
        }
        _ => arguments.extend(["-c", "copy"].map(String::from)),
    }
    arguments.extend(["-map_metadata", "-1", "-n", output].map(String::from));
    arguments
}

/// Arguments that split a film into pieces of about so many seconds, each of which begins with a key frame.
pub(super) fn split(film: &str, seconds: u64, output: &str) -> Vec<String> {
    let seconds = seconds.max(1).to_string();
    [
        "-protocol_whitelist",
        "file,pipe",
        "-i",
        film,
        "-c",
        "copy",
        "-map_metadata",
        "-1",
        "-f",
        "segment",
        "-segment_time",
        &seconds,
        "-segment_start_number",
        "1",
        "-segment_format",
        "mp4",
        "-segment_format_options",
        "movflags=+faststart",
        "-reset_timestamps",
        "1",
        output,
    ]
    .map(String::from)
    .to_vec()
}

/// How pictures are coded.
const PICTURE_CODING: [&str; 14] = [
    "-c:v", "libx264", "-preset", "veryfast", "-crf", "26",
    // So that the largest film that is sealed has a known size: see `redacted`.
    "-maxrate", "3M", "-bufsize", "6M", "-pix_fmt", "yuv420p", "-g", "100",
];

/// Arguments that put the segments named in `list` together as `output`.
pub(super) fn join(list: &str, output: &str) -> Vec<String> {
    [
        "-f",
        "concat",
        "-safe",
        "1",
        "-protocol_whitelist",
        "file,pipe",
        "-i",
        list,
        "-c",
        "copy",
        "-movflags",
        "+faststart",
        "-map_metadata",
        "-1",
        "-n",
        output,
    ]
    .map(String::from)
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_holds_everybody_and_stays_inside() {
        for count in 1..=50 {
            let places = places(count);
            assert_eq!(places.len(), count);
            for (n, a) in places.iter().enumerate() {
                assert!(a.x + a.width <= WIDTH && a.y + a.height <= HEIGHT - LINE);
                assert!(a.x % 2 + a.y % 2 + a.width % 2 + a.height % 2 == 0);
                for b in &places[n + 1..] {
                    let apart = a.x + a.width <= b.x
                        || b.x + b.width <= a.x
                        || a.y + a.height <= b.y
                        || b.y + b.height <= a.y;
                    assert!(apart, "{count} pictures overlap");
                }
            }
        }
    }

    #[test]
    fn a_picture_is_not_shown_during_its_gaps() {
        let track = Track {
            file: "segment-001/clerk-1-screen.webm".into(),
            participant: Uuid::nil(),
            name: "C".into(),
            role: "clerk".into(),
            source: "screen".into(),
            codec: "vp8".into(),
            segment: 1,
            bytes: 1,
            sha256: crate::seal::digest::Digest::ZERO,
            duration_ms: 90_500,
            width: None,
            height: None,
            packets: 1,
            lost: 0,
            tail_bytes: 0,
        };
        let picture = |gaps: &[(u64, u64)]| Picture {
            track: &track,
            gaps: gaps.to_vec(),
        };
        assert_eq!(shown(&picture(&[]), false), "pass");
        assert_eq!(
            shown(&picture(&[(0, 1500), (60_000, 61_001)]), false),
            "pass:enable='not(between(t,0.000,1.500)+between(t,60.000,61.001))'"
        );
        assert_eq!(
            shown(&picture(&[(0, 1500)]), true),
            "repeat:enable='not(between(t,0.000,1.500)+gte(t,90.500))'"
        );
    }
}
