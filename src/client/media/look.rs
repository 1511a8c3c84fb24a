//! What a made-up person looks and sounds like, so that each can be told from the others after decoding.

/// A colour in eight-bit RGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// Luma and the two chroma values, BT.601 limited range: what VP8 carries (RFC 6386, section 9.2).
    pub fn to_yuv(self) -> (u8, u8, u8) {
        let (r, g, b) = (f32::from(self.0), f32::from(self.1), f32::from(self.2));
        let y = 16.0 + 0.257 * r + 0.504 * g + 0.098 * b;
        let u = 128.0 - 0.148 * r - 0.291 * g + 0.439 * b;
        let v = 128.0 + 0.439 * r - 0.368 * g - 0.071 * b;
        (y.round() as u8, u.round() as u8, v.round() as u8)
    }

    /// Back from `to_yuv`.
    pub fn from_yuv(y: u8, u: u8, v: u8) -> Self {
        let (y, u, v) = (f32::from(y) - 16.0, f32::from(u) - 128.0, f32::from(v) - 128.0);
        let clamp = |value: f32| value.round().clamp(0.0, 255.0) as u8;
        Rgb(
            clamp(1.164 * y + 1.596 * v),
            clamp(1.164 * y - 0.392 * u - 0.813 * v),
            clamp(1.164 * y + 2.017 * u),
        )
    }

    /// The greatest difference in one channel.
    pub fn distance(self, other: Self) -> u8 {
        self.0
            .abs_diff(other.0)
            .max(self.1.abs_diff(other.1))
            .max(self.2.abs_diff(other.2))
    }
}

/// One person's look: the colour behind the clock, and the pitch of the tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// A plain name of the colour.
    pub name: &'static str,
    /// Background of the picture.
    pub colour: Rgb,
    /// Pitch in Hz.
    pub tone_hz: u32,
}

/// The looks that there are; no two share a colour or a pitch.
pub const LOOKS: [Look; 6] = [
    Look {
        name: "blue",
        colour: Rgb(20, 60, 170),
        tone_hz: 300,
    },
    Look {
        name: "green",
        colour: Rgb(20, 120, 40),
        tone_hz: 450,
    },
    Look {
        name: "red",
        colour: Rgb(170, 30, 30),
        tone_hz: 600,
    },
    Look {
        name: "purple",
        colour: Rgb(130, 30, 150),
        tone_hz: 750,
    },
    Look {
        name: "ochre",
        colour: Rgb(160, 120, 20),
        tone_hz: 900,
    },
    Look {
        name: "teal",
        colour: Rgb(20, 130, 140),
        tone_hz: 1050,
    },
];

/// How far, in one channel, a decoded colour may be from its look.
const COLOUR_TOLERANCE: u8 = 24;

impl Look {
    /// The look with this colour, if the colour is near enough to one.
    pub fn by_colour(colour: Rgb) -> Option<Look> {
        LOOKS
            .into_iter()
            .filter(|look| look.colour.distance(colour) <= COLOUR_TOLERANCE)
            .min_by_key(|look| look.colour.distance(colour))
    }

    /// The look with this pitch.
    pub fn by_tone(hz: u32) -> Option<Look> {
        LOOKS.into_iter().find(|look| look.tone_hz == hz)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_survive_yuv_and_stay_apart() {
        for look in LOOKS {
            let (y, u, v) = look.colour.to_yuv();
            let back = Rgb::from_yuv(y, u, v);
            assert!(back.distance(look.colour) <= 4, "{look:?} came back as {back:?}");
            assert_eq!(Look::by_colour(back), Some(look));
            for other in LOOKS.into_iter().filter(|other| *other != look) {
                assert!(other.colour.distance(look.colour) > 2 * COLOUR_TOLERANCE);
                assert!(other.tone_hz.abs_diff(look.tone_hz) >= 150);
            }
        }
        assert_eq!(Look::by_colour(Rgb(255, 255, 255)), None);
    }
}
