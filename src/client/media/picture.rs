//! The moving test picture: role, clock, frame number, a strip of snow with a wandering bar, and a flash at the start
//! of each second. The snow gives the encoder as much work as a person who moves.

use super::font;
use super::look::{Look, Rgb};
use std::time::Duration;

/// Width in pixels.
pub const WIDTH: usize = 640;
/// Height in pixels.
pub const HEIGHT: usize = 360;
/// How long the flash (and the beep that goes with it) lasts from the start of each second.
pub const FLASH: Duration = Duration::from_millis(100);

/// The part of the picture where nothing but the background is ever drawn: x, y, width, height.
pub const PROBE: (usize, usize, usize, usize) = (40, 304, 120, 40);

/// Left upper corner of the clock, and the size of its dots.
const CLOCK: (usize, usize) = (32, 100);
const CLOCK_DOT: usize = 6;

const WHITE: u8 = 235;
/// Between the brightest background and white.
const BRIGHT: u8 = 180;
const DARK: u8 = 40;

/// The planes of a 4:2:0 picture to draw on. A stride may be longer than the line.
pub struct Canvas<'a> {
    /// Luma.
    pub y: &'a mut [u8],
    /// Bytes from one luma line to the next.
    pub y_stride: usize,
    /// First chroma plane.
    pub u: &'a mut [u8],
    /// Second chroma plane.
    pub v: &'a mut [u8],
    /// Bytes from one chroma line to the next.
    pub chroma_stride: usize,
}

impl Canvas<'_> {
    /// Draws frame number `frame`, which shows `elapsed` since the start.
    pub fn draw(&mut self, look: Look, title: &str, elapsed: Duration, frame: u64) {
        self.fill(look.colour);
        self.snow(232, 56, frame);
        let bar = (frame as usize * 8) % WIDTH;
        self.luma(bar, 232, 24, 56, DARK);
        if elapsed.subsec_nanos() < FLASH.subsec_nanos() {
            self.block(480, 304, 128, 40);
        }
        self.text(32, 32, 6, title);
        self.text(CLOCK.0, CLOCK.1, CLOCK_DOT, &clock(elapsed));
        self.text(32, 172, 4, &format!("{frame:08}"));
    }

    fn fill(&mut self, colour: Rgb) {
        let (y, u, v) = colour.to_yuv();
        self.y.fill(y);
        self.u.fill(u);
        self.v.fill(v);
    }

    /// A rectangle of one luma value, cut off at the right edge.
    fn luma(&mut self, x: usize, y: usize, width: usize, height: usize, value: u8) {
        let end = (x + width).min(WIDTH);
        for row in y..(y + height).min(HEIGHT) {
            if let Some(line) = self.y.get_mut(row * self.y_stride + x..row * self.y_stride + end) {
                line.fill(value);
            }
        }
    }

    /// Cells of a brightness that nobody foresees, new in every frame.
    fn snow(&mut self, y: usize, height: usize, frame: u64) {
        const CELL: usize = 8;
        let mut dice = (frame as u32).wrapping_mul(0x9e37_79b9) | 1;
        for row in (y..y + height).step_by(CELL) {
            for x in (0..WIDTH).step_by(CELL) {
                dice ^= dice << 13;
                dice ^= dice >> 17;
                dice ^= dice << 5;
                self.luma(x, row, CELL, CELL, 60 + (dice % 128) as u8);
            }
        }
    }

    /// A white rectangle, without the background's colour. Even coordinates.
    fn block(&mut self, x: usize, y: usize, width: usize, height: usize) {
        self.luma(x, y, width, height, WHITE);
        for plane in [&mut *self.u, &mut *self.v] {
            for row in y / 2..(y + height) / 2 {
                let start = row * self.chroma_stride + x / 2;
                if let Some(line) = plane.get_mut(start..start + width / 2) {
                    line.fill(128);
                }
            }
        }
    }

    fn text(&mut self, x: usize, y: usize, dot: usize, text: &str) {
        for (position, character) in text.chars().enumerate() {
            let left = x + position * (font::COLUMNS + 1) * dot;
            for (column, dots) in font::glyph(character).into_iter().enumerate() {
                for row in (0..font::ROWS).filter(|row| dots & (1 << row) != 0) {
                    self.luma(left + column * dot, y + row * dot, dot, dot, WHITE);
                }
            }
        }
    }
}

/// `hh:mm:ss.mmm`
fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!(
        "{:02}:{:02}:{:02}.{:03}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        elapsed.subsec_millis()
    )
}

/// Reads the clock: `luma` tells the brightness of a point. None when there is no clock that can be read.
pub fn read_clock(luma: impl Fn(usize, usize) -> Option<u8>) -> Option<Duration> {
    let mut fields = [0_u64; 4];
    let mut field = 0;
    for (position, form) in "00:00:00.000".chars().enumerate() {
        let left = CLOCK.0 + position * (font::COLUMNS + 1) * CLOCK_DOT;
        let mut dots = [0_u8; font::COLUMNS];
        for (column, dots) in dots.iter_mut().enumerate() {
            for row in 0..font::ROWS {
                let x = left + column * CLOCK_DOT + CLOCK_DOT / 2;
                let y = CLOCK.1 + row * CLOCK_DOT + CLOCK_DOT / 2;
                *dots |= u8::from(luma(x, y)? > BRIGHT) << row;
            }
        }
        if form == '0' {
            let digit = ('0'..='9').position(|digit| font::glyph(digit) == dots)?;
            fields[field] = fields[field] * 10 + digit as u64;
        } else if font::glyph(form) == dots {
            field += 1;
        } else {
            return None;
        }
    }
    let [hours, minutes, seconds, millis] = fields;
    Some(Duration::from_millis(
        ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis,
    ))
}

#[cfg(test)]
mod tests {
    use super::super::look::LOOKS;
    use super::*;

    fn drawn(elapsed: Duration, frame: u64) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let mut planes = (
            vec![0; WIDTH * HEIGHT],
            vec![0; WIDTH * HEIGHT / 4],
            vec![0; WIDTH * HEIGHT / 4],
        );
        Canvas {
            y: &mut planes.0,
            y_stride: WIDTH,
            u: &mut planes.1,
            v: &mut planes.2,
            chroma_stride: WIDTH / 2,
        }
        .draw(LOOKS[0], "DEFENCE COUNSEL", elapsed, frame);
        planes
    }

    #[test]
    fn the_probe_shows_the_background_whatever_is_drawn() {
        let (y, u, v) = LOOKS[0].colour.to_yuv();
        let (px, py, width, height) = PROBE;
        for frame in 0..200 {
            let planes = drawn(Duration::from_millis(frame * 40), frame);
            for row in py..py + height {
                for x in px..px + width {
                    assert_eq!(planes.0[row * WIDTH + x], y);
                    let chroma = row / 2 * WIDTH / 2 + x / 2;
                    assert_eq!((planes.1[chroma], planes.2[chroma]), (u, v));
                }
            }
        }
    }

    #[test]
    fn the_flash_starts_each_second_and_every_frame_differs() {
        let flash = |planes: &(Vec<u8>, _, _)| planes.0[320 * WIDTH + 500] == WHITE;
        assert!(flash(&drawn(Duration::from_millis(3080), 77)));
        assert!(!flash(&drawn(Duration::from_millis(3100), 77)));
        assert_ne!(
            drawn(Duration::from_millis(40), 1),
            drawn(Duration::from_millis(80), 2)
        );
        assert_eq!(clock(Duration::from_millis(3_723_004)), "01:02:03.004");
    }
}
