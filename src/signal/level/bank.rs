//! Measures the frames of many ears at once: one vector lane is one ear.
//!
//! The filters of an ear wait for their own last sample, so that one ear alone leaves most of the
//! machine idle. Lane by lane and vector by vector the same arithmetic runs in the same order (no
//! fused multiplications): the measures are the same to the last bit. Allocates in `new` only.

use pulp::{Arch, Simd, WithSimd};

use super::{CORNER_HZ, FRAME, Frame, LOUD, MAINS, SETTLES};
use crate::signal::bank::{Arithmetic, LANES};
use crate::signal::tile::{Tiles, vectors};
use crate::words::RATE_HZ;

/// What the filters keep per lane: two low-passes.
const LOWS: usize = 2;
/// What a frame sums up per lane: power, band, still, hum, peak, count at the peak.
const SUMS: usize = 6;
/// Hops in a period of the mains.
const MAINS_HOPS: usize = MAINS / FRAME;

/// The level filters of all ears.
pub struct LevelBank {
    arch: Arch,
    /// `[group][filter][lane]`.
    lows: Vec<f32>,
    /// What lay above 250 Hz in one mains period: `[group][sample][lane]`.
    mains: Vec<f32>,
    /// Where in that period the next frame goes: 0 or the middle.
    at: usize,
    frames: Vec<Frame>,
}

impl LevelBank {
    /// For `ears` ears that heard silence.
    pub fn new(ears: usize, arithmetic: Arithmetic) -> Self {
        let groups = ears.div_ceil(LANES);
        Self {
            arch: arithmetic.arch(),
            lows: vec![0.0; groups * LOWS * LANES],
            mains: vec![0.0; groups * MAINS * LANES],
            at: 0,
            frames: vec![Frame::default(); ears],
        }
    }

    /// Measures the newest hop of every ear.
    pub fn frame(&mut self, tiles: &Tiles) -> &[Frame] {
        let groups = self
            .lows
            .chunks_exact_mut(LOWS * LANES)
            .zip(self.mains.chunks_exact_mut(MAINS * LANES))
            .zip(self.frames.chunks_mut(LANES));
        for (group, ((lows, mains), frames)) in groups.enumerate() {
            let mut sums = [0.0; SUMS * LANES];
            self.arch.dispatch(Measure {
                ears: frames.len(),
                samples: tiles.hop(group, 0),
                before: tiles.hop(group, MAINS_HOPS),
                lows,
                mains: &mut mains[self.at * LANES..][..FRAME * LANES],
                sums: &mut sums,
            });
            for (lane, frame) in frames.iter_mut().enumerate() {
                let mean = |sum: usize| sums[sum * LANES + lane] / FRAME as f32;
                *frame = Frame {
                    power: mean(0),
                    band: mean(1),
                    still: mean(2),
                    hum: mean(3),
                    peak: sums[4 * LANES + lane] as u16,
                    at_peak: sums[5 * LANES + lane] as u16,
                };
            }
        }
        self.at = (self.at + FRAME) % MAINS;
        &self.frames
    }
}

/// One frame of one group of lanes.
struct Measure<'a> {
    ears: usize,
    samples: &'a [f32],
    /// The samples one mains period before.
    before: &'a [f32],
    lows: &'a mut [f32],
    mains: &'a mut [f32],
    sums: &'a mut [f32],
}

impl WithSimd for Measure<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (samples, _) = S::as_simd_f32s(self.samples);
        let (before, _) = S::as_simd_f32s(self.before);
        let (lows, _) = S::as_mut_simd_f32s(self.lows);
        let (mains, _) = S::as_mut_simd_f32s(self.mains);
        let (sums, _) = S::as_mut_simd_f32s(self.sums);
        match vectors::<S>(self.ears, 0) {
            2 => measure::<S, 2>(simd, 0, (samples, before), (lows, mains), sums),
            vectors => {
                for vector in 0..vectors {
                    measure::<S, 1>(simd, vector, (samples, before), (lows, mains), sums);
                }
            }
        }
    }
}

/// Measures `V` vectors of lanes from `vector` on; two at once fill each other's waiting times.
#[inline(always)]
fn measure<S: Simd, const V: usize>(
    simd: S,
    vector: usize,
    (samples, before): (&[S::f32s], &[S::f32s]),
    (lows, mains): (&mut [S::f32s], &mut [S::f32s]),
    sums: &mut [S::f32s],
) {
    let width = LANES / S::F32_LANES;
    let share = (-std::f32::consts::TAU * CORNER_HZ / RATE_HZ as f32).exp();
    let (stays, follows) = (simd.splat_f32s(share), simd.splat_f32s(1.0 - share));
    let passes = simd.splat_f32s((1.0 + share) / 2.0);
    let (settles, half) = (simd.splat_f32s(SETTLES), simd.splat_f32s(0.5));
    let mut state: [[S::f32s; V]; LOWS] =
        std::array::from_fn(|low| std::array::from_fn(|v| lows[low * width + vector + v]));
    let mut total = [[simd.splat_f32s(0.0); V]; 5];
    let rows = samples
        .chunks_exact(width)
        .zip(before.chunks_exact(width))
        .zip(mains.chunks_exact_mut(width));
    for ((row, before), mains) in rows {
        for v in 0..V {
            let x = row[vector + v];
            let mut high = x;
            // Two one-pole high-passes: 12 dB an octave.
            for low in &mut state {
                let above = simd.sub_f32s(high, low[v]);
                let step = simd.add_f32s(simd.mul_f32s(high, follows), settles);
                low[v] = simd.add_f32s(simd.mul_f32s(low[v], stays), step);
                high = simd.mul_f32s(above, passes);
            }
            let moved = simd.sub_f32s(high, mains[vector + v]);
            mains[vector + v] = high;
            let parts = [
                simd.mul_f32s(x, x),
                simd.mul_f32s(high, high),
                simd.mul_f32s(moved, moved),
                simd.mul_f32s(x, before[vector + v]),
            ];
            for (sum, part) in total.iter_mut().zip(parts) {
                sum[v] = simd.add_f32s(sum[v], part);
            }
            total[4][v] = simd.max_f32s(total[4][v], magnitude(simd, x));
        }
    }
    for v in 0..V {
        total[2][v] = simd.mul_f32s(total[2][v], half);
        sums[5 * width + vector + v] = at_peak(simd, vector + v, samples, total[4][v]);
    }
    for (low, state) in state.iter().enumerate() {
        lows[low * width + vector..][..V].copy_from_slice(state);
    }
    for (sum, total) in total.iter().enumerate() {
        sums[sum * width + vector..][..V].copy_from_slice(total);
    }
}

/// The larger of a value and its opposite: what `abs` is, where that is not compiled into one step.
#[inline(always)]
fn magnitude<S: Simd>(simd: S, value: S::f32s) -> S::f32s {
    simd.max_f32s(value, simd.sub_f32s(simd.splat_f32s(0.0), value))
}

/// How many samples lie at or next to the peak of their lane, where that is [`LOUD`].
#[inline(always)]
fn at_peak<S: Simd>(simd: S, vector: usize, samples: &[S::f32s], peak: S::f32s) -> S::f32s {
    let width = LANES / S::F32_LANES;
    let (none, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
    if simd.reduce_max_f32s(peak) < f32::from(LOUD) {
        return none;
    }
    let loud = simd.less_than_or_equal_f32s(simd.splat_f32s(f32::from(LOUD)), peak);
    // The whole part of peak/2048: added to 1.5 * 2^23, a number keeps no fraction.
    let part = simd.mul_f32s(peak, simd.splat_f32s(1.0 / 2_048.0));
    let lower = simd.sub_f32s(part, simd.splat_f32s(0.5 - 1.0 / 4_096.0));
    let whole = simd.splat_f32s(12_582_912.0);
    let near = simd.sub_f32s(simd.add_f32s(lower, whole), whole);
    let top = simd.sub_f32s(peak, near);
    let mut count = none;
    for row in samples.chunks_exact(width) {
        let reaches = simd.less_than_or_equal_f32s(top, magnitude(simd, row[vector]));
        count = simd.add_f32s(count, simd.select_f32s(reaches, one, none));
    }
    simd.select_f32s(loud, count, none)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Channel `c` of 37: noise of its own level, some of it clipped, some channels silent.
    fn sample(n: usize, c: usize) -> i16 {
        let mut bits = (n * 37 + c) as u32;
        for _ in 0..3 {
            bits = bits.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) ^ (bits >> 15);
        }
        let level = [0, 3, 300, 9_000, 60_000][c % 5];
        (i64::from(bits >> 16) * level / 32_768 - level).clamp(-32_768, 32_767) as i16
    }

    /// A frame's measurements, bit by bit.
    type Bits = (u32, u32, u32, u32, u16, u16);

    /// All frames as bits, of all channels together or of one alone.
    fn measure(channels: std::ops::Range<usize>, arithmetic: Arithmetic) -> Vec<Vec<Bits>> {
        let count = channels.len();
        let mut bank = LevelBank::new(count, arithmetic);
        let mut tiles = Tiles::new(&(0..count).collect::<Vec<_>>(), arithmetic);
        (0..9)
            .map(|frame| {
                let hop: Vec<i16> = (frame * FRAME..(frame + 1) * FRAME)
                    .flat_map(|n| channels.clone().map(move |c| sample(n, c)))
                    .collect();
                tiles.take(&hop, count);
                let frames = bank.frame(&tiles);
                let bits = |f: &Frame| {
                    let [power, band, still, hum] =
                        [f.power, f.band, f.still, f.hum].map(f32::to_bits);
                    (power, band, still, hum, f.peak, f.at_peak)
                };
                frames.iter().map(bits).collect()
            })
            .collect()
    }

    #[test]
    fn vectors_and_single_lanes_measure_the_same_to_the_last_bit() {
        let best = measure(0..37, Arithmetic::Best);
        assert_eq!(best, measure(0..37, Arithmetic::Scalar));
        for channel in [0, 1, 17, 36] {
            let alone = measure(channel..channel + 1, Arithmetic::Best);
            for (all, alone) in best.iter().zip(alone) {
                assert_eq!(all[channel], alone[0], "channel {channel}");
            }
        }
    }

    #[test]
    fn the_peak_and_what_lies_next_to_it_are_counted() {
        let mut bank = LevelBank::new(1, Arithmetic::Best);
        let mut audio = [0; FRAME];
        audio[3] = i16::MIN;
        audio[4] = i16::MAX;
        audio[5] = -32_752; // 32,768 less a 2,048th
        audio[6] = -32_751;
        let mut tiles = Tiles::new(&[0], Arithmetic::Best);
        tiles.take(&audio, 1);
        let frame = bank.frame(&tiles)[0];
        assert_eq!((frame.peak, frame.at_peak), (32_768, 3));
        tiles.take(&[0; FRAME], 1);
        let silent = bank.frame(&tiles)[0];
        assert_eq!((silent.peak, silent.at_peak), (0, 0));
    }
}
