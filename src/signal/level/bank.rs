//! Measures the frames of many channels at once: one vector lane is one channel.
//!
//! The filters of a channel wait for their own last sample, so that one channel alone leaves most
//! of the machine idle. Lane by lane and vector by vector the same arithmetic runs in the same
//! order (no fused multiplications): the measures are the same to the last bit. Allocates in `new`
//! only.

use pulp::{Arch, Simd, WithSimd};

use super::{CORNER_HZ, FRAME, Frame, MAINS, SETTLES};
use crate::signal::bank::{Arithmetic, LANES};
use crate::words::RATE_HZ;

/// What the filters keep per lane: two low-passes.
const LOWS: usize = 2;
/// What a frame sums up per lane: power, band, still, hum, peak, count at the peak.
const SUMS: usize = 6;

/// The level filters of all channels.
pub struct LevelBank {
    arch: Arch,
    /// `[group][filter][lane]`.
    lows: Vec<f32>,
    /// One mains period: `[group][sample][all, above 250 Hz][lane]`.
    mains: Vec<f32>,
    /// Where in that period the next frame goes: 0 or the middle.
    at: usize,
    /// Samples of one group: `[sample][lane]`.
    samples: Vec<f32>,
    frames: Vec<Frame>,
}

impl LevelBank {
    /// For `channels` channels that were silent.
    pub fn new(channels: usize, arithmetic: Arithmetic) -> Self {
        let groups = channels.div_ceil(LANES);
        Self {
            arch: arithmetic.arch(),
            lows: vec![0.0; groups * LOWS * LANES],
            mains: vec![0.0; groups * MAINS * 2 * LANES],
            at: 0,
            samples: vec![0.0; FRAME * LANES],
            frames: vec![Frame::default(); channels],
        }
    }

    /// Measures one frame of every channel; `audio` gives a channel's [`FRAME`] samples.
    pub fn frame<'a>(&mut self, audio: impl Fn(usize) -> &'a [i16; FRAME]) -> &[Frame] {
        let groups = self
            .lows
            .chunks_exact_mut(LOWS * LANES)
            .zip(self.mains.chunks_exact_mut(MAINS * 2 * LANES))
            .zip(self.frames.chunks_mut(LANES));
        for (group, ((lows, mains), frames)) in groups.enumerate() {
            for lane in 0..frames.len() {
                let places = self.samples[lane..].iter_mut().step_by(LANES);
                for (place, sample) in places.zip(audio(group * LANES + lane)) {
                    *place = f32::from(*sample);
                }
            }
            let mut sums = [0.0; SUMS * LANES];
            self.arch.dispatch(Measure {
                samples: &self.samples,
                lows,
                mains: &mut mains[self.at * 2 * LANES..][..FRAME * 2 * LANES],
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
    samples: &'a [f32],
    lows: &'a mut [f32],
    mains: &'a mut [f32],
    sums: &'a mut [f32],
}

impl WithSimd for Measure<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (samples, _) = S::as_simd_f32s(self.samples);
        let (lows, _) = S::as_mut_simd_f32s(self.lows);
        let (mains, _) = S::as_mut_simd_f32s(self.mains);
        let (sums, _) = S::as_mut_simd_f32s(self.sums);
        match LANES / S::F32_LANES {
            2 => measure::<S, 2>(simd, 0, samples, (lows, mains), sums),
            width => {
                for vector in 0..width {
                    measure::<S, 1>(simd, vector, samples, (lows, mains), sums);
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
    samples: &[S::f32s],
    (lows, mains): (&mut [S::f32s], &mut [S::f32s]),
    sums: &mut [S::f32s],
) {
    let width = LANES / S::F32_LANES;
    let share = (-std::f32::consts::TAU * CORNER_HZ / RATE_HZ as f32).exp();
    let (follows, passes) = (
        simd.splat_f32s(1.0 - share),
        simd.splat_f32s((1.0 + share) / 2.0),
    );
    let (settles, half) = (simd.splat_f32s(SETTLES), simd.splat_f32s(0.5));
    let mut state: [[S::f32s; V]; LOWS] =
        std::array::from_fn(|low| std::array::from_fn(|v| lows[low * width + vector + v]));
    let mut total = [[simd.splat_f32s(0.0); V]; 5];
    let rows = samples
        .chunks_exact(width)
        .zip(mains.chunks_exact_mut(2 * width));
    for (row, mains) in rows {
        for v in 0..V {
            let x = row[vector + v];
            let mut high = x;
            // Two one-pole high-passes: 12 dB an octave.
            for low in &mut state {
                let above = simd.sub_f32s(high, low[v]);
                let step = simd.add_f32s(simd.mul_f32s(above, follows), settles);
                low[v] = simd.add_f32s(low[v], step);
                high = simd.mul_f32s(above, passes);
            }
            let before = (mains[vector + v], mains[width + vector + v]);
            mains[vector + v] = x;
            mains[width + vector + v] = high;
            let moved = simd.sub_f32s(high, before.1);
            let parts = [
                simd.mul_f32s(x, x),
                simd.mul_f32s(high, high),
                simd.mul_f32s(simd.mul_f32s(moved, moved), half),
                simd.mul_f32s(x, before.0),
            ];
            for (sum, part) in total.iter_mut().zip(parts) {
                sum[v] = simd.add_f32s(sum[v], part);
            }
            total[4][v] = simd.max_f32s(total[4][v], simd.abs_f32s(x));
        }
    }
    for (low, state) in state.iter().enumerate() {
        lows[low * width + vector..][..V].copy_from_slice(state);
    }
    for (sum, total) in total.iter().enumerate() {
        sums[sum * width + vector..][..V].copy_from_slice(total);
    }
    for v in 0..V {
        sums[5 * width + vector + v] = at_peak(simd, vector + v, samples, total[4][v]);
    }
}

/// How many samples lie at or next to the peak of their lane.
#[inline(always)]
fn at_peak<S: Simd>(simd: S, vector: usize, samples: &[S::f32s], peak: S::f32s) -> S::f32s {
    let width = LANES / S::F32_LANES;
    let (none, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
    // The whole part of peak/2048: added to 1.5 * 2^23, a number keeps no fraction.
    let part = simd.mul_f32s(peak, simd.splat_f32s(1.0 / 2_048.0));
    let lower = simd.sub_f32s(part, simd.splat_f32s(0.5 - 1.0 / 4_096.0));
    let whole = simd.splat_f32s(12_582_912.0);
    let near = simd.sub_f32s(simd.add_f32s(lower, whole), whole);
    let top = simd.sub_f32s(peak, near);
    let mut count = none;
    for row in samples.chunks_exact(width) {
        let reaches = simd.less_than_or_equal_f32s(top, simd.abs_f32s(row[vector]));
        count = simd.add_f32s(count, simd.select_f32s(reaches, one, none));
    }
    count
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
        let mut bank = LevelBank::new(channels.len(), arithmetic);
        (0..9)
            .map(|frame| {
                let audio: Vec<[i16; FRAME]> = channels
                    .clone()
                    .map(|c| std::array::from_fn(|n| sample(frame * FRAME + n, c)))
                    .collect();
                let frames = bank.frame(|channel| &audio[channel]);
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
        let frame = bank.frame(|_| &audio)[0];
        assert_eq!((frame.peak, frame.at_peak), (32_768, 3));
        let silent = bank.frame(|_| &[0; FRAME])[0];
        assert_eq!((silent.peak, silent.at_peak), (0, FRAME as u16));
    }
}
