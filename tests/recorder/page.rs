//! The layout of a track in H.264: the recording's page reads it by itself (`web-client/src/core/mp4.ts`), so it may not
//! change unnoticed.

use super::media;
use super::stage::{Sender, Stage, examine, packets};
use oyer::recorder::tap::TapMessage;
use oyer::rtp::{codec::Codec, source::Source};
use uuid::Uuid;

const S: i64 = 1_000_000;
const FRAME_US: i64 = 40_000;
/// What the page's tests play.
const TRACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/web-client/dev/camera.mp4");

/// A camera from 0.9 s on that stands still from 3.86 to 4.9 s, goes on without a key frame, and sends another size from
/// 6.98 to 12 s.
async fn recorded() -> Vec<u8> {
    let mut stage = Stage::new().await;
    stage.begin(0).await;
    let sink = stage.open(Uuid::now_v7(), Source::Camera, Codec::H264).await;
    let mut large = Sender::new(Codec::H264, 1);
    for (n, frame) in (0..127).zip(media::pictures("h264", "64x48")) {
        let stood_us = if n < 75 { 0 } else { S };
        let at_us = S * 9 / 10 + n * FRAME_US + stood_us;
        stage.add(&sink, large.send(at_us, 0, &frame.data));
    }
    let mut small = Sender::new(Codec::H264, 2);
    for (n, frame) in (0..125).zip(media::pictures("h264", "48x32")) {
        stage.add(&sink, small.send(S * 698 / 100 + n * FRAME_US, 0, &frame.data));
    }
    for us in (S..12 * S).step_by(50_000) {
        let arrival = stage.at(us);
        stage.script(us, &sink, TapMessage::Heard { arrival });
    }
    stage.play().await;
    stage.end(12 * S).await;
    let dir = stage.folder();
    let summary = stage.recorder.finish().await.unwrap();
    examine(&dir, &summary);
    let file = dir.join(&summary.tracks[0].file);
    let times = packets(&file);
    assert_eq!(times.len(), 252);
    // No picture is put into the pause.
    assert!(times[74].0 < 3.95 && times[75].0 > 4.85, "{:?}", &times[73..77]);
    std::fs::read(file).unwrap()
}

/// The boxes that follow each other in these bytes, each with its content.
fn boxes(mut bytes: &[u8]) -> Vec<(&str, &[u8])> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let size = number(bytes);
        found.push((std::str::from_utf8(&bytes[4..8]).unwrap(), &bytes[8..size]));
        bytes = &bytes[size..];
    }
    found
}

fn number(bytes: &[u8]) -> usize {
    u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize
}

fn names<'a>(boxes: &[(&'a str, &[u8])]) -> Vec<&'a str> {
    boxes.iter().map(|(name, _)| *name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn h264_is_written_as_the_page_reads_it() {
    let file = recorded().await;
    if std::env::var_os("OYER_WRITE_TRACK").is_some() {
        std::fs::write(TRACK, &file).unwrap();
    }
    let all = boxes(&file);
    assert_eq!(names(&all)[..2], ["ftyp", "moov"]);
    let movie = names(&boxes(all[1].1)).join(" ");
    assert_eq!(movie, "mvhd trak mvex udta", "one track, and no edit list");
    assert_eq!(names(&boxes(boxes(all[1].1)[1].1)), ["tkhd", "mdia"]);
    let mut ticks_before = 0;
    for pair in all[2..].chunks(2) {
        assert_eq!(names(pair), ["moof", "mdat"]);
        let fragment = boxes(pair[0].1);
        assert_eq!(names(&fragment), ["mfhd", "traf"]);
        let run = boxes(fragment[1].1);
        assert_eq!(names(&run), ["tfhd", "tfdt", "trun"]);
        assert_eq!(run[0].1[1] & 2, 2, "places are told from the fragment on");
        let ticks = number(&run[1].1[8..]);
        assert!(ticks_before <= ticks && ticks < ticks_before + 150_000, "{ticks}");
        ticks_before = ticks;
    }
    // At 90,000 a second.
    let first = boxes(boxes(all[2].1)[1].1)[1].1;
    assert_eq!(number(&first[8..]), 81_000);
}
