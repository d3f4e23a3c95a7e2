//! FSK samples to soft bits: two matched filters a bit long, weighed against each other.
//!
//! V.23 (1300/2100 Hz) and Bell 202 (1200/2200 Hz) lie so close that filters half-way between
//! them lose less than 0.2 dB on either; nobody has to say which one a line carries.

use crate::words::RATE_HZ;
use std::f32::consts::PI;

/// Samples of one bit at 1200 baud.
pub(super) const BIT: f32 = RATE_HZ as f32 / 1_200.0;
/// Samples of the matched filters: one bit, rounded.
pub(super) const TAPS: usize = 7;
/// Half-way between V.23 and Bell 202 (Hz).
pub(super) const MARK_HZ: f32 = 1_260.0;
pub(super) const SPACE_HZ: f32 = 2_140.0;
/// Corner of the high-pass for reading (Hz).
const HIGH_PASS_HZ: f32 = 600.0;

/// The pair of matched filters: for each sample cosine and sine of mark, then of space, so that
/// the four sums run side by side.
#[derive(Clone, Debug)]
pub(super) struct Filters {
    taps: [[f32; 4]; TAPS],
}

impl Default for Filters {
    fn default() -> Self {
        let taps = std::array::from_fn(|n| {
            let [mark, space] =
                [MARK_HZ, SPACE_HZ].map(|hz| 2.0 * PI * hz * n as f32 / RATE_HZ as f32);
            [mark.cos(), mark.sin(), space.cos(), space.sin()]
        });
        Self { taps }
    }
}

/// Samples without hum, dial tone and the tail of a ring, for reading: a second-order Butterworth
/// high-pass.
pub(super) fn high_pass(samples: &[i16]) -> Vec<f32> {
    let k = (PI * HIGH_PASS_HZ / RATE_HZ as f32).tan();
    let norm = 1.0 / (1.0 + std::f32::consts::SQRT_2 * k + k * k);
    let a1 = 2.0 * (k * k - 1.0) * norm;
    let a2 = (1.0 - std::f32::consts::SQRT_2 * k + k * k) * norm;
    let (mut s1, mut s2) = (0.0, 0.0);
    let step = |&sample: &i16| {
        let x = f32::from(sample) * norm;
        let y = x + s1;
        s1 = s2 - 2.0 * x - a1 * y;
        s2 = x - a2 * y;
        y
    };
    samples.iter().map(step).collect()
}

impl Filters {
    /// Squared envelopes of mark and space over the samples from the start of `window`; silence
    /// at its end.
    fn squares(&self, window: &[f32]) -> [f32; 2] {
        let mut sums = [0.0; 4];
        for (x, tap) in window.iter().zip(&self.taps) {
            for (sum, tap) in sums.iter_mut().zip(tap) {
                *sum += x * tap;
            }
        }
        let [mark_re, mark_im, space_re, space_im] = sums.map(|sum| sum * sum);
        [mark_re + mark_im, space_re + space_im]
    }

    /// Soft decisions for a window beginning at each sample: positive is mark, and a clean bit
    /// reads about ±1.
    pub(super) fn soft(&self, samples: &[f32]) -> Vec<f32> {
        let envelopes: Vec<[f32; 2]> = (0..samples.len())
            .map(|at| self.squares(&samples[at..]).map(f32::sqrt))
            .collect();
        // Each tone has its own strength (twist); the likelihood of a tone of known strength in
        // white noise weighs its envelope with that strength and takes half its energy off.
        let mark = strength(&envelopes, 0);
        let space = strength(&envelopes, 1);
        let bias = (mark * mark - space * space) / 2.0;
        let mut soft: Vec<f32> = envelopes
            .iter()
            .map(|[m, s]| mark * m - space * s - bias)
            .collect();
        let mut sizes: Vec<f32> = soft.iter().map(|d| d.abs()).collect();
        let middle = sizes.len() / 2;
        let typical = sizes
            .select_nth_unstable_by(middle, f32::total_cmp)
            .1
            .max(1e-3);
        soft.iter_mut().for_each(|d| *d /= typical);
        soft
    }
}

/// The envelope that one sample in ten exceeds: the tone's own, not its leakage or a click.
fn strength(envelopes: &[[f32; 2]], tone: usize) -> f32 {
    let mut sorted: Vec<f32> = envelopes.iter().map(|pair| pair[tone]).collect();
    let at = sorted.len() * 9 / 10;
    *sorted.select_nth_unstable_by(at, f32::total_cmp).1
}
