//! Cards' samples to 16 bits or to float. Plain functions over whole samples; nothing allocates
//! beyond the growth of the output, nothing fails.
//!
//! 16-bit input and G.711 are exact. Wider input is rounded to the nearest 16-bit value (halves
//! upwards, saturating, no dither: telephone noise is far above half a step). Float full scale is
//! ±1.0 = ±32,768; what is not a number reads as silence.

use super::g711::{A_LAW, MU_LAW};
use crate::words::Encoding;

/// Appends the samples of `raw` to `out` as 16-bit values, in the order in which they stand there.
/// A broken sample at the end of `raw` is left out.
pub fn decode_i16(encoding: Encoding, raw: &[u8], out: &mut Vec<i16>) {
    let samples = raw.chunks_exact(encoding.bytes());
    match encoding {
        // In pieces of a known length, which are moved as they are.
        Encoding::S16Le => out.extend(raw.as_chunks().0.iter().copied().map(i16::from_le_bytes)),
        Encoding::S16Be => out.extend(samples.map(|b| i16::from_be_bytes([b[0], b[1]]))),
        Encoding::S24Packed => out.extend(samples.map(|b| narrow(s24_packed(b)))),
        Encoding::S24In32 => out.extend(samples.map(|b| narrow(s24_in_32(b)))),
        Encoding::S32Le => out.extend(samples.map(|b| narrow(s32_le(b)))),
        Encoding::ALaw => out.extend(raw.iter().map(|&code| A_LAW[usize::from(code)])),
        Encoding::MuLaw => out.extend(raw.iter().map(|&code| MU_LAW[usize::from(code)])),
        Encoding::F32Le => out.extend(samples.map(|b| round_i16(f32_le(b)))),
    }
}

/// Appends the samples of `raw` to `out` as floats in units of a 16-bit step, unrounded.
pub fn decode_f32(encoding: Encoding, raw: &[u8], out: &mut Vec<f32>) {
    const STEP: f32 = 1.0 / 65_536.0;
    let samples = raw.chunks_exact(encoding.bytes());
    match encoding {
        Encoding::S16Le => out.extend(samples.map(|b| f32::from(s16_le(b)))),
        Encoding::S16Be => out.extend(samples.map(|b| f32::from(i16::from_be_bytes([b[0], b[1]])))),
        Encoding::S24Packed => out.extend(samples.map(|b| s24_packed(b) as f32 * STEP)),
        Encoding::S24In32 => out.extend(samples.map(|b| s24_in_32(b) as f32 * STEP)),
        Encoding::S32Le => out.extend(samples.map(|b| s32_le(b) as f32 * STEP)),
        Encoding::ALaw => out.extend(raw.iter().map(|&code| f32::from(A_LAW[usize::from(code)]))),
        Encoding::MuLaw => out.extend(raw.iter().map(|&code| f32::from(MU_LAW[usize::from(code)]))),
        Encoding::F32Le => out.extend(samples.map(f32_le)),
    }
}

/// The nearest 16-bit value, saturating.
#[inline(always)]
pub fn round_i16(value: f32) -> i16 {
    // `as` saturates and turns NaN into 0.
    (value + 0.5).floor() as i16
}

fn s16_le(bytes: &[u8]) -> i16 {
    i16::from_le_bytes([bytes[0], bytes[1]])
}

/// All wide integers are handled left-justified in 32 bits.
fn s24_packed(bytes: &[u8]) -> i32 {
    i32::from_le_bytes([0, bytes[0], bytes[1], bytes[2]])
}

/// Some drivers leave the fourth byte undefined.
fn s24_in_32(bytes: &[u8]) -> i32 {
    i32::from_le_bytes([0, bytes[0], bytes[1], bytes[2]])
}

fn s32_le(bytes: &[u8]) -> i32 {
    i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn f32_le(bytes: &[u8]) -> f32 {
    let value = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    // One broken sample must not poison a resampler's memory.
    if value.is_finite() {
        (value * 32_768.0).clamp(-131_072.0, 131_072.0)
    } else {
        0.0
    }
}

fn narrow(wide: i32) -> i16 {
    (wide.saturating_add(0x8000) >> 16) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(encoding: Encoding, raw: &[u8]) -> Vec<i16> {
        let mut exact = Vec::new();
        decode_i16(encoding, raw, &mut exact);
        let mut wide = Vec::new();
        decode_f32(encoding, raw, &mut wide);
        let rounded: Vec<i16> = wide.into_iter().map(round_i16).collect();
        assert_eq!(exact, rounded, "{encoding:?}: both ways agree");
        exact
    }

    #[test]
    fn sixteen_bits_are_exact() {
        let all: Vec<i16> = (i16::MIN..=i16::MAX).collect();
        let little: Vec<u8> = all.iter().flat_map(|s| s.to_le_bytes()).collect();
        let big: Vec<u8> = all.iter().flat_map(|s| s.to_be_bytes()).collect();
        assert_eq!(decoded(Encoding::S16Le, &little), all);
        assert_eq!(decoded(Encoding::S16Be, &big), all);
    }

    #[test]
    fn wider_samples_round_and_saturate() {
        let values = [0x12_3480, 0x12_347f, 0x7f_ffff, -0x80_0000, -0x80, -0x81];
        let expected = [0x1235, 0x1234, 0x7fff, -0x8000, 0, -1];
        let of = |bytes: fn(i32) -> Vec<u8>| -> Vec<u8> {
            values.iter().flat_map(|&v: &i32| bytes(v)).collect()
        };
        let packed = of(|v| v.to_le_bytes()[..3].to_vec());
        let loose = of(|v| [&v.to_le_bytes()[..3], &[0x5a]].concat());
        let full = of(|v| (v << 8).to_le_bytes().to_vec());
        assert_eq!(decoded(Encoding::S24Packed, &packed), expected);
        assert_eq!(decoded(Encoding::S24In32, &loose), expected);
        assert_eq!(decoded(Encoding::S32Le, &full), expected);
    }

    #[test]
    fn floats_have_full_scale_one_and_no_poison() {
        let values = [0.5f32, -1.0, 1.0, 2e9, f32::NAN, f32::NEG_INFINITY, 0.25];
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let expected = [16_384, -32_768, 32_767, 32_767, 0, 0, 8_192];
        assert_eq!(decoded(Encoding::F32Le, &raw), expected);
    }

    #[test]
    fn laws_expand_and_a_broken_sample_is_left_out() {
        assert_eq!(decoded(Encoding::ALaw, &[0xd5, 0x2a]), [8, -32_256]);
        assert_eq!(decoded(Encoding::MuLaw, &[0xff, 0x00]), [0, -32_124]);
        assert_eq!(decoded(Encoding::S16Le, &[1, 0, 9]), [1]);
    }
}
