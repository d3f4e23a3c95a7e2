//! What the coder makes is decoded by two decoders that are not ours, and compared in size with
//! what libFLAC makes.

use claxon::frame::FrameReader;
use proptest::prelude::*;
use std::io::Cursor;

use super::Coder;
use crate::vault::encode::{BLOCK, by_libflac};

fn frame(coder: &mut Coder, pcm: &[i16], channels: usize, number: u32) -> Vec<u8> {
    let mut out = Vec::new();
    coder.frame(pcm, channels, number, &mut out);
    out
}

fn decoded(frame: &[u8], channels: usize) -> Vec<i16> {
    let mut cursor = Cursor::new(frame);
    let block = FrameReader::new(&mut cursor)
        .read_next_or_eof(Vec::new())
        .expect("a sound frame")
        .expect("a frame");
    assert_eq!(cursor.position() as usize, frame.len());
    assert_eq!(block.channels() as usize, channels);
    let mut pcm = Vec::new();
    for at in 0..block.duration() {
        for channel in 0..channels as u32 {
            pcm.push(i16::try_from(block.sample(channel, at)).expect("16 bits"));
        }
    }
    pcm
}

/// Sounds that want different subframes, from silence to full-scale noise.
fn sound(kind: u8, samples: usize, mut seed: u32) -> Vec<i16> {
    let mut noise = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from((seed >> 16) as i16) / 32_768.0
    };
    let mut low = 0.0;
    let mut one = |at: usize| {
        let tone = (at as f64 * 0.334).sin();
        low = 0.95 * low + 0.05 * noise();
        match kind % 10 {
            0 => 0.0,
            1 => -7.0,
            2 => 32_767.4 * noise(),
            3 => 12_000.0 * tone,
            4 => 9_000.0 * low,
            5 => 8.0 * (2_000.0 * low + 300.0 * noise()).round(),
            6 => noise().round(),
            7 => {
                if at.is_multiple_of(2) {
                    32_767.0
                } else {
                    -32_768.0
                }
            }
            8 => {
                if at.is_multiple_of(331) {
                    30_000.0
                } else {
                    3.0 * noise()
                }
            }
            _ => (at as f64 / samples as f64).powi(3) * 20_000.0 * (tone + 0.1 * noise()),
        }
    };
    (0..samples).map(|at| one(at) as i16).collect()
}

fn interleaved(kinds: &[u8], samples: usize, seed: u32) -> Vec<i16> {
    let sides: Vec<Vec<i16>> = kinds
        .iter()
        .map(|&kind| sound(kind, samples, seed))
        .collect();
    (0..samples)
        .flat_map(|at| sides.iter().map(move |side| side[at]))
        .collect()
}

#[test]
fn every_kind_of_sound_comes_back_at_every_length() {
    let mut coder = Coder::new();
    let lengths = (1..70).chain([125, 255, 256, 257, 1_000, 1_999, BLOCK]);
    for samples in lengths {
        for kind in 0..10 {
            for kinds in [&[kind][..], &[kind, kind + 3]] {
                let pcm = interleaved(kinds, samples, 7);
                let frame = frame(&mut coder, &pcm, kinds.len(), samples as u32 * 977);
                assert_eq!(decoded(&frame, kinds.len()), pcm, "{kinds:?} of {samples}");
            }
        }
    }
}

#[test]
fn frames_are_about_as_small_as_libflacs() {
    let mut coder = Coder::new();
    let [mut ours, mut theirs] = [0, 0];
    for kind in 0..10 {
        for seed in 0..4 {
            let pcm = sound(kind, BLOCK, seed * 31 + 1);
            ours += frame(&mut coder, &pcm, 1, seed).len();
            theirs += by_libflac(&pcm, 1, 5).expect("it encodes").len();
        }
    }
    assert!(
        ours as f64 <= 1.02 * f64::from(theirs as u32),
        "{ours} against {theirs} bytes"
    );
}

proptest! {
    #[test]
    fn any_samples_come_back(
        pcm in proptest::collection::vec(any::<i16>(), 1..600),
        shift in 0u32..16,
        number in 0u32..1 << 31,
    ) {
        let pcm: Vec<i16> = pcm.iter().map(|sample| sample >> shift << (shift / 2)).collect();
        let frame = frame(&mut Coder::new(), &pcm, 1, number);
        prop_assert_eq!(decoded(&frame, 1), pcm);
    }

    #[test]
    fn any_two_sounds_side_by_side_come_back(
        kinds in any::<[u8; 2]>(), samples in 1usize..=BLOCK, seed in any::<u32>(),
    ) {
        let pcm = interleaved(&kinds, samples, seed);
        prop_assert_eq!(decoded(&frame(&mut Coder::new(), &pcm, 2, 0), 2), pcm);
    }
}
