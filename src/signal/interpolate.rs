//! From 8 kHz up to the rate of an output: windowed-sinc interpolation, for playing telephone sound.
//!
//! Keeps the last [`TAPS`] samples; the result does not depend on how the input is cut. Band limit
//! 3.7 kHz, so that nothing is heard of the images above 4 kHz (50 dB down).

use std::f64::consts::PI;

use crate::words::RATE_HZ;

/// Samples of input that one of output is made from.
const TAPS: usize = 32;

/// Cut-off, in parts of the input's rate.
const CUT_OFF: f64 = 3_700.0 / RATE_HZ as f64;

/// See the module.
#[derive(Clone, Debug)]
pub struct Interpolator {
    /// Input samples for each output sample.
    step: f64,
    /// The newest input, oldest first.
    past: [f32; TAPS],
    /// Where the next output lies behind the middle of `past`, in samples of input; below 1.
    phase: f64,
}

impl Interpolator {
    /// Towards `rate` (Hz), which is 8,000 or more.
    pub fn new(rate: u32) -> Self {
        Self {
            step: f64::from(RATE_HZ) / f64::from(rate.max(1)),
            past: [0.0; TAPS],
            phase: 0.0,
        }
    }

    /// Takes samples and appends what they give, full scale ±1.
    pub fn push(&mut self, samples: &[i16], out: &mut Vec<f32>) {
        for &sample in samples {
            self.past.rotate_left(1);
            self.past[TAPS - 1] = f32::from(sample) / 32_768.0;
            while self.phase < 1.0 {
                out.push(self.between());
                self.phase += self.step;
            }
            self.phase -= 1.0;
        }
    }

    fn between(&self) -> f32 {
        let middle = TAPS as f64 / 2.0 - 1.0 + self.phase;
        let taps = self.past.iter().zip(0i32..);
        let sum: f64 = taps
            .map(|(&sample, at)| f64::from(sample) * kernel(f64::from(at) - middle))
            .sum();
        sum as f32
    }
}

/// A sinc of the cut-off behind a Hann window.
fn kernel(x: f64) -> f64 {
    let half = TAPS as f64 / 2.0;
    if x.abs() >= half {
        return 0.0;
    }
    let sinc = match x == 0.0 {
        true => 1.0,
        false => (2.0 * PI * CUT_OFF * x).sin() / (2.0 * PI * CUT_OFF * x),
    };
    2.0 * CUT_OFF * sinc * 0.5 * (1.0 + (PI * x / half).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, count: usize) -> Vec<i16> {
        (0..count)
            .map(|n| (10_000.0 * (2.0 * PI * hz * n as f64 / 8_000.0).sin()) as i16)
            .collect()
    }

    /// Amplitude of `hz` at `rate`.
    fn amplitude(sound: &[f32], hz: f64, rate: f64) -> f64 {
        let turn = |n: usize| 2.0 * PI * hz * n as f64 / rate;
        let sums = sound.iter().enumerate().fold((0.0, 0.0), |(c, s), (n, x)| {
            let x = f64::from(*x);
            (c + x * turn(n).cos(), s + x * turn(n).sin())
        });
        2.0 * f64::hypot(sums.0, sums.1) / sound.len() as f64
    }

    #[test]
    fn a_tone_keeps_its_level_and_has_no_image() {
        for rate in [8_000, 44_100, 48_000] {
            let mut out = Vec::new();
            Interpolator::new(rate).push(&tone(1_000.0, 8_000), &mut out);
            assert!(out.len().abs_diff(rate as usize) <= 1, "{}", out.len());
            let tail = &out[rate as usize / 10..];
            let there = amplitude(tail, 1_000.0, f64::from(rate));
            assert!(
                (there - 10_000.0 / 32_768.0).abs() < 0.003,
                "{rate} {there}"
            );
            if rate > 14_000 {
                assert!(amplitude(tail, 7_000.0, f64::from(rate)) < 0.001);
            }
        }
    }

    #[test]
    fn the_result_does_not_depend_on_how_the_input_is_cut() {
        let input = tone(700.0, 2_000);
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        Interpolator::new(44_100).push(&input, &mut whole);
        let mut by_parts = Interpolator::new(44_100);
        input
            .chunks(37)
            .for_each(|part| by_parts.push(part, &mut parts));
        assert_eq!(whole, parts);
    }
}
