//! The sealed files, decoded: each shows and lets hear only its person, on its stretch of the record and in step.

use super::course::{Course, Part, Stretch};
use super::{RehearseError, io};
use crate::client::media::MediaError;
use crate::client::media::decode::{PictureDecoder, SoundDecoder};
use crate::client::media::look::Look;
use crate::client::media::tone::Heard;
use crate::rtp::codec::Codec;
use crate::rtp::source::Source;
use crate::wire::api::RecordedTrack;
use ffmpeg_next as ff;
use std::path::Path;
use std::time::Duration;

/// A picture may be taken so long before the record runs and still reach it: its way through encoder and network.
const ON_THE_WAY: Duration = Duration::from_millis(500);
/// How far the clock in the picture may run from the timeline of the file, beside what its own computer stood still.
const DRIFT_MS_MAX: i64 = 200;
/// Until the recorder has the sender's reports (one a second) it places pictures by their arrival.
const SETTLED_MS: i64 = 2_500;
/// COURT.md: lip-sync error below 100 ms. A packet of sound lasts 20 ms.
const LIP_SYNC_MS_MAX: i64 = 100 + 20;

/// What a file of pictures shows.
#[derive(Debug, Default)]
pub struct Film {
    /// Frames.
    frames: u64,
    /// Milliseconds of the camera's clock less milliseconds of the file, and where in the file, of each frame.
    offsets: Vec<(i64, i64)>,
    /// What is wrong with it.
    pub faults: Vec<String>,
}

/// What a file of sound lets hear.
#[derive(Debug, Default)]
pub struct Sound {
    own: u64,
    /// Where in the file, in milliseconds, beeps begin.
    beeps: Vec<i64>,
    /// What is wrong with it.
    pub faults: Vec<String>,
}

/// Decodes a file of pictures of this person on this stretch.
pub fn film(path: &Path, part: &Part, stretch: &Stretch) -> Result<Film, RehearseError> {
    let mut decoder = PictureDecoder::new(Codec::Vp8)?;
    let mut film = Film::default();
    let earliest = stretch.began.ordered.checked_sub(ON_THE_WAY);
    packets(path, |at_ms, data| {
        film.frames += 1;
        let Some(shown) = decoder.look(data)? else {
            film.faults.push(format!("nothing can be seen at {at_ms} ms"));
            return Ok(());
        };
        if Look::by_colour(shown.background) != Some(part.look) {
            film.faults.push(format!("at {at_ms} ms it shows somebody else"));
        }
        match shown.clock {
            None => film
                .faults
                .push(format!("at {at_ms} ms its clock cannot be read")),
            Some(clock) => {
                film.offsets.push((clock.as_millis() as i64 - at_ms, at_ms));
                let taken = part.clock_started + clock;
                if earliest.is_some_and(|earliest| taken < earliest) || taken > stretch.ended.accepted {
                    film.faults.push(format!(
                        "the picture at {at_ms} ms, of {clock:.3?} on its clock, was taken off the record"
                    ));
                }
            }
        }
        Ok(())
    })?;
    if film.frames == 0 {
        film.faults.push("it holds no picture".to_owned());
    }
    let settled = || film.offsets.iter().filter(|(_, at_ms)| *at_ms >= SETTLED_MS);
    let allowed = DRIFT_MS_MAX + part.longest_pause(Source::Camera, stretch).as_millis() as i64;
    if let (Some((least, here)), Some((most, there))) = (settled().min(), settled().max())
        && most - least > allowed
    {
        let apart = most - least;
        film.faults.push(format!(
            "its clock and its timeline are {apart} ms further apart at {there} ms than at {here} ms"
        ));
    }
    Ok(film)
}

/// Decodes a file of sound of this person.
pub fn sound(path: &Path, part: &Part) -> Result<Sound, RehearseError> {
    let mut decoder = SoundDecoder::new()?;
    let mut sound = Sound::default();
    let mut before = None;
    packets(path, |at_ms, data| {
        let heard = decoder.listen(data)?;
        match heard {
            Some(Heard::Tone(hz)) if hz == part.look.tone_hz => sound.own += 1,
            Some(Heard::Tone(_)) => sound.faults.push(format!("at {at_ms} ms somebody else is heard")),
            // A beep that begins after a silence may have begun in it.
            Some(Heard::Beep) if before == Some(Heard::Tone(part.look.tone_hz)) => sound.beeps.push(at_ms),
            Some(Heard::Beep) | None => {}
        }
        before = heard;
        Ok(())
    })?;
    if sound.own == 0 {
        sound.faults.push("nobody is heard in it".to_owned());
    }
    Ok(sound)
}

/// The beep comes with the full second on the picture's clock. None when nothing can be compared, or all is in step.
pub fn out_of_step(film: &Film, sound: &Sound) -> Option<String> {
    let mut offsets: Vec<i64> = film.offsets.iter().map(|(offset, _)| *offset).collect();
    offsets.sort_unstable();
    let offset = *offsets.get(offsets.len() / 2)?;
    let mut skews: Vec<i64> = sound
        .beeps
        .iter()
        .map(|beep| (beep + offset + 500).rem_euclid(1_000) - 500)
        .collect();
    skews.sort_unstable();
    let skew = *skews.get(skews.len() / 2)?;
    (skew.abs() > LIP_SYNC_MS_MAX).then(|| format!("sound and picture are {skew} ms apart"))
}

/// Every packet of a file's only stream, with its time in milliseconds.
fn packets(
    path: &Path,
    mut take: impl FnMut(i64, &[u8]) -> Result<(), MediaError>,
) -> Result<(), RehearseError> {
    // An absolute path is never taken for an address.
    let path = path.canonicalize().map_err(io(format!("{}", path.display())))?;
    let mut input = ff::format::input(&path).map_err(MediaError::from)?;
    for (stream, packet) in input.packets() {
        let (Some(at), Some(data)) = (packet.pts(), packet.data()) else {
            continue;
        };
        let base = stream.time_base();
        let ms = i128::from(at) * i128::from(base.numerator()) * 1000 / i128::from(base.denominator().max(1));
        take(i64::try_from(ms).unwrap_or_default(), data)?;
    }
    Ok(())
}

/// Decodes all track files of a recording, which lies in this folder. Gives what is wrong, each with its file.
pub fn faults(
    folder: &Path,
    tracks: &[RecordedTrack],
    course: &Course,
) -> Result<Vec<String>, RehearseError> {
    let mut faults = Vec::new();
    let mut films = Vec::new();
    let mut sounds = Vec::new();
    for track in tracks {
        let found = course.part(track.participant).zip(course.stretch(track.segment));
        let Some((part, stretch)) = found else {
            faults.push(format!("{} is of nobody who took part", track.file));
            continue;
        };
        let path = folder.join(&track.file);
        let whose = (track.participant, track.segment);
        let wrong = if track.source.is_audio() {
            let mut sound = sound(&path, part)?;
            let wrong = std::mem::take(&mut sound.faults);
            sounds.push((whose, &track.file, sound));
            wrong
        } else {
            let mut film = film(&path, part, stretch)?;
            let wrong = std::mem::take(&mut film.faults);
            films.push((whose, film));
            wrong
        };
        // A file that is wrong from beginning to end says so once.
        if let Some(first) = wrong.first() {
            faults.push(format!("{}: {first} ({} in all)", track.file, wrong.len()));
        }
    }
    for (whose, file, sound) in &sounds {
        let film = films.iter().find(|(of, _)| of == whose);
        if let Some(fault) = film.and_then(|(_, film)| out_of_step(film, sound)) {
            faults.push(format!("{file}: {fault}"));
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beep_belongs_to_the_full_second() {
        let film = Film {
            offsets: vec![(5_300, 0), (5_300, 40), (5_310, 80)],
            ..Film::default()
        };
        let beeps = |beeps: &[i64]| Sound {
            beeps: beeps.to_vec(),
            ..Sound::default()
        };
        assert_eq!(out_of_step(&film, &beeps(&[700, 1_720, 2_680])), None);
        assert!(out_of_step(&film, &beeps(&[900, 1_900, 2_900])).is_some());
        assert!(out_of_step(&film, &beeps(&[500, 1_500, 2_500])).is_some());
        assert_eq!(out_of_step(&film, &beeps(&[])), None);
    }
}
