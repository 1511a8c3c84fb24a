//! RTP payload format for H.264 (RFC 6184): single NAL units, STAP-A and FU-A. Out come Annex B byte streams.

use super::{Addition, Key, Piece};

const START_CODE: [u8; 4] = [0, 0, 0, 1];
const IDR: u8 = 5;
const SPS: u8 = 7;
const PPS: u8 = 8;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// Parameter sets are kept: a key frame without them is not decodable on its own.
#[derive(Debug, Default)]
pub(super) struct State {
    sps: Option<Vec<u8>>,
    pps: Option<Vec<u8>>,
}

impl State {
    /// Start codes in, aggregation and fragmentation out. `open`: a frame is being put together.
    pub(super) fn parse<'a>(&mut self, payload: &'a [u8], open: bool) -> Option<Piece<'a>> {
        let (&head, rest) = payload.split_first()?;
        let mut bytes = Vec::with_capacity(payload.len() + 8);
        let mut begins = true;
        match head & 0x1F {
            1..=23 => self.unit(payload, &mut bytes),
            STAP_A => {
                let mut rest = rest;
                while !rest.is_empty() {
                    let (&[high, low], after) = rest.split_first_chunk::<2>()?;
                    let (unit, after) =
                        after.split_at_checked(usize::from(u16::from_be_bytes([high, low])))?;
                    self.unit(unit, &mut bytes);
                    rest = after;
                }
            }
            FU_A => {
                let (&fragment, rest) = rest.split_first()?;
                if fragment & 0x80 != 0 {
                    bytes.extend_from_slice(&START_CODE);
                    bytes.push(head & 0xE0 | fragment & 0x1F);
                } else {
                    begins = open;
                }
                bytes.extend_from_slice(rest);
            }
            _ => return None,
        }
        (!bytes.is_empty()).then_some(Piece {
            begins,
            bytes: Addition::Owned(bytes),
        })
    }

    /// A key frame is an access unit with an IDR picture; missing parameter sets are put before it.
    pub(super) fn key_frame(&mut self, frame: &mut Vec<u8>) -> Key {
        let kinds: Vec<u8> = units(frame)
            .filter_map(|unit| Some(unit.first()? & 0x1F))
            .collect();
        if kinds.is_empty() {
            return Key::Damaged;
        }
        if !kinds.contains(&IDR) {
            return Key::Delta;
        }
        let (Some(sps), Some(pps)) = (&self.sps, &self.pps) else {
            return Key::Damaged;
        };
        if !kinds.contains(&SPS) || !kinds.contains(&PPS) {
            let bare = std::mem::take(frame);
            *frame = [&START_CODE[..], sps, &START_CODE, pps, &bare].concat();
        }
        match sps_size(sps) {
            Some((width, height)) => Key::Frame(width, height),
            None => Key::Damaged,
        }
    }

    /// SPS and PPS in Annex B, for the file's header.
    pub(super) fn parameters(&self) -> Option<Vec<u8>> {
        let (sps, pps) = (self.sps.as_ref()?, self.pps.as_ref()?);
        Some([&START_CODE[..], sps, &START_CODE, pps].concat())
    }

    fn unit(&mut self, unit: &[u8], out: &mut Vec<u8>) {
        match unit.first().map(|head| head & 0x1F) {
            Some(SPS) => self.sps = Some(unit.to_vec()),
            Some(PPS) => self.pps = Some(unit.to_vec()),
            Some(_) => {}
            None => return,
        }
        out.extend_from_slice(&START_CODE);
        out.extend_from_slice(unit);
    }
}

/// Width and height from the sequence parameter set in a payload: alone, or in a STAP-A.
pub(in crate::rtp) fn size(payload: &[u8]) -> Option<(u16, u16)> {
    let (&head, mut rest) = payload.split_first()?;
    let sps = match head & 0x1F {
        SPS => payload,
        STAP_A => loop {
            let (&[high, low], after) = rest.split_first_chunk::<2>()?;
            let (unit, after) = after.split_at_checked(usize::from(u16::from_be_bytes([high, low])))?;
            if unit.first().is_some_and(|head| head & 0x1F == SPS) {
                break unit;
            }
            rest = after;
        },
        _ => return None,
    };
    let (width, height) = sps_size(sps)?;
    Some((width.try_into().ok()?, height.try_into().ok()?))
}

/// NAL units of an Annex B stream that was put together with four-byte start codes.
fn units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut starts: Vec<usize> = stream
        .windows(4)
        .enumerate()
        .filter(|(_, w)| *w == START_CODE)
        .map(|(at, _)| at)
        .collect();
    starts.push(stream.len());
    let spans: Vec<(usize, usize)> = starts.windows(2).map(|w| (w[0] + 4, w[1])).collect();
    spans.into_iter().filter_map(|(from, to)| stream.get(from..to))
}

/// Picture size out of a sequence parameter set (H.264, 7.3.2.1.1), cropping applied.
fn sps_size(sps: &[u8]) -> Option<(u32, u32)> {
    let bytes = without_emulation_prevention(sps.get(1..)?);
    let mut bits = Bits {
        bytes: &bytes,
        at: 24,
    };
    let profile = *bytes.first()?;
    bits.golomb()?;
    let mut chroma = 1;
    if [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135].contains(&profile) {
        chroma = bits.golomb()?;
        if chroma == 3 {
            bits.take(1)?;
        }
        bits.golomb()?;
        bits.golomb()?;
        bits.take(1)?;
        if bits.take(1)? == 1 {
            // Scaling matrices: no sender in WebRTC has them.
            return None;
        }
    }
    bits.golomb()?;
    match bits.golomb()? {
        0 => {
            bits.golomb()?;
        }
        1 => {
            bits.take(1)?;
            bits.golomb()?;
            bits.golomb()?;
            for _ in 0..bits.golomb()?.min(255) {
                bits.golomb()?;
            }
        }
        _ => {}
    }
    bits.golomb()?;
    bits.take(1)?;
    let width = bits.golomb()?.checked_add(1)?.checked_mul(16)?;
    let rows = bits.golomb()?.checked_add(1)?.checked_mul(16)?;
    let frames_only = bits.take(1)?;
    let height = rows.checked_mul(2 - frames_only)?;
    if frames_only == 0 {
        bits.take(1)?;
    }
    bits.take(1)?;
    let (mut crop_x, mut crop_y) = (0u32, 0u32);
    if bits.take(1)? == 1 {
        let [left, right, top, bottom] = [bits.golomb()?, bits.golomb()?, bits.golomb()?, bits.golomb()?];
        let unit_x = if chroma == 1 || chroma == 2 { 2 } else { 1 };
        let unit_y = (if chroma == 1 { 2 } else { 1 }) * (2 - frames_only);
        crop_x = left.checked_add(right)?.checked_mul(unit_x)?;
        crop_y = top.checked_add(bottom)?.checked_mul(unit_y)?;
    }
    let size = (width.checked_sub(crop_x)?, height.checked_sub(crop_y)?);
    (size.0 > 0 && size.1 > 0 && size.0 <= 16_384 && size.1 <= 16_384).then_some(size)
}

/// H.264, 7.3.1: the 3 in 0 0 3 is not data.
fn without_emulation_prevention(unit: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(unit.len());
    let mut zeros = 0;
    for &byte in unit {
        if byte == 3 && zeros >= 2 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        bytes.push(byte);
    }
    bytes
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = *self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    /// Exp-Golomb (H.264, 9.1).
    fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if zeros > 30 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.take(zeros)?)
    }
}
