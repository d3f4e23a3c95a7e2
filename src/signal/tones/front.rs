//! The tone bank's front end: one high-pass and a few single-frequency correlators, channels side
//! by side in the lanes of a vector.
//!
//! Contract: works on whole hops of [`HOP`] samples (10 ms) of interleaved frames and allocates
//! only in [`Front::new`]. Multiplications and additions are never fused and never reordered, so
//! every vector width, and none, gives the same bits.

use super::window::{Bin, SLOTS};
use crate::words::RATE_HZ;
use pulp::{Arch, Simd, WithSimd};
use std::f64::consts::PI;

/// Samples of one hop.
pub(super) const HOP: usize = 80;
/// Widest vector there is (AVX-512); channels are padded to a multiple of it.
const MAX_LANES: usize = 16;
/// Corner of the high-pass (Hz): mains hum and its third harmonic must not hide a tone.
const HIGH_PASS_HZ: f64 = 300.0;

/// Second-order Butterworth high-pass, direct form II transposed.
#[derive(Clone, Copy)]
struct HighPass {
    b0: f32,
    b1: f32,
    a1: f32,
    a2: f32,
}

impl HighPass {
    fn new(corner_hz: f64) -> Self {
        let k = (PI * corner_hz / f64::from(RATE_HZ)).tan();
        let norm = 1.0 / (1.0 + std::f64::consts::SQRT_2 * k + k * k);
        Self {
            b0: norm as f32,
            b1: (-2.0 * norm) as f32,
            a1: (2.0 * (k * k - 1.0) * norm) as f32,
            a2: ((1.0 - std::f64::consts::SQRT_2 * k + k * k) * norm) as f32,
        }
    }
}

/// What the high-pass leaves of the power at `hz`, 0-1.
pub(super) fn passed(hz: f32) -> f32 {
    let tan = |hz: f64| (PI * hz / f64::from(RATE_HZ)).tan();
    let ratio = tan(HIGH_PASS_HZ) / tan(f64::from(hz).max(1.0));
    (1.0 / (1.0 + ratio.powi(4))) as f32
}

/// Filter states and the last [`SLOTS`] hops of every channel.
pub(super) struct Front {
    arch: Arch,
    channels: usize,
    padded: usize,
    high_pass: HighPass,
    states: [Vec<f32>; 2],
    /// `cos` and `-sin` of each bin over one hop.
    twiddles: Vec<[[f32; 2]; HOP]>,
    tile: Vec<f32>,
    /// `[slot][bin][re, im][channel]`.
    partials: Vec<f32>,
    /// `[slot][channel]`: sum of squares of the hop.
    energies: Vec<f32>,
    /// Slot of the latest hop.
    slot: usize,
}

impl Front {
    /// A front end at rest.
    pub(super) fn new(channels: usize, bins: &[Bin]) -> Self {
        let padded = channels.next_multiple_of(MAX_LANES);
        Self {
            arch: Arch::new(),
            channels,
            padded,
            high_pass: HighPass::new(HIGH_PASS_HZ),
            states: [vec![0.0; padded], vec![0.0; padded]],
            twiddles: bins.iter().map(|bin| twiddles(bin.hz)).collect(),
            tile: vec![0.0; 2 * HOP * MAX_LANES],
            partials: vec![0.0; SLOTS * bins.len() * 2 * padded],
            energies: vec![0.0; SLOTS * padded],
            slot: 0,
        }
    }

    /// Forgets everything heard.
    pub(super) fn reset(&mut self) {
        self.states.iter_mut().for_each(|state| state.fill(0.0));
        self.partials.fill(0.0);
        self.energies.fill(0.0);
    }

    /// Channels, rounded up to whole vectors.
    pub(super) fn padded(&self) -> usize {
        self.padded
    }

    /// The vector unit in use.
    pub(super) fn arch(&self) -> Arch {
        self.arch
    }

    /// The partial sums of `bin`, `back` hops ago: real parts and imaginary parts by channel.
    pub(super) fn partial(&self, bin: usize, back: usize) -> (&[f32], &[f32]) {
        let bins = self.twiddles.len();
        let at = ((self.slot_back(back) * bins + bin) * 2) * self.padded;
        let both = &self.partials[at..at + 2 * self.padded];
        both.split_at(self.padded)
    }

    /// Sums of squares of the hop `back` hops ago, by channel.
    pub(super) fn energy(&self, back: usize) -> &[f32] {
        let at = self.slot_back(back) * self.padded;
        &self.energies[at..at + self.padded]
    }

    fn slot_back(&self, back: usize) -> usize {
        (self.slot + SLOTS - back) % SLOTS
    }

    /// Takes one hop: `HOP * channels` interleaved samples.
    pub(super) fn hop(&mut self, frames: &[i16]) {
        self.slot = (self.slot + 1) % SLOTS;
        let partial_len = self.twiddles.len() * 2 * self.padded;
        let [s1, s2] = &mut self.states;
        self.arch.dispatch(HopPass {
            frames,
            channels: self.channels,
            padded: self.padded,
            high_pass: self.high_pass,
            s1,
            s2,
            tile: &mut self.tile,
            twiddles: &self.twiddles,
            partials: &mut self.partials[self.slot * partial_len..][..partial_len],
            energies: &mut self.energies[self.slot * self.padded..][..self.padded],
        });
    }
}

fn twiddles(hz: f32) -> [[f32; 2]; HOP] {
    std::array::from_fn(|n| {
        let phase = 2.0 * PI * f64::from(hz) * n as f64 / f64::from(RATE_HZ);
        [phase.cos() as f32, -phase.sin() as f32]
    })
}

struct HopPass<'a> {
    frames: &'a [i16],
    channels: usize,
    padded: usize,
    high_pass: HighPass,
    s1: &'a mut [f32],
    s2: &'a mut [f32],
    tile: &'a mut [f32],
    twiddles: &'a [[[f32; 2]; HOP]],
    partials: &'a mut [f32],
    energies: &'a mut [f32],
}

impl WithSimd for HopPass<'_> {
    type Output = ();

    /// Two vectors at a time where there are two: the recursion of the high-pass waits for its own
    /// results, and the other vector's fill the waiting.
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = S::F32_LANES;
        let mut first = 0;
        while first < self.channels {
            if first + lanes < self.channels && first + 2 * lanes <= self.padded {
                self.vectors::<S, 2>(simd, first);
                first += 2 * lanes;
            } else {
                self.vectors::<S, 1>(simd, first);
                first += lanes;
            }
        }
    }
}

impl HopPass<'_> {
    /// One hop of `V` vectors of channels, from `first` on.
    #[inline(always)]
    fn vectors<S: Simd, const V: usize>(&mut self, simd: S, first: usize) {
        let lanes = S::F32_LANES;
        for v in 0..V {
            self.load(first + v * lanes, lanes, v);
        }
        self.filter::<S, V>(simd, first);
        for v in 0..V {
            let mut bin = 0;
            let at = (first + v * lanes, v);
            for chunk in self.twiddles.chunks(4) {
                match chunk {
                    [a, b, c, d] => self.correlate(simd, at, bin, [a, b, c, d]),
                    [a, b, c] => self.correlate(simd, at, bin, [a, b, c]),
                    [a, b] => self.correlate(simd, at, bin, [a, b]),
                    [a] => self.correlate(simd, at, bin, [a]),
                    _ => {}
                }
                bin += chunk.len();
            }
        }
    }

    /// Copies the lanes' samples into tile `v`; lanes beyond the last channel are silent.
    #[inline(always)]
    fn load(&mut self, first: usize, lanes: usize, v: usize) {
        let used = self.channels.saturating_sub(first).min(lanes);
        let tile = &mut self.tile[v * HOP * lanes..][..HOP * lanes];
        if used < lanes {
            tile.fill(0.0);
        }
        let frames = self.frames.chunks_exact(self.channels);
        for (to, frame) in tile.chunks_exact_mut(lanes).zip(frames) {
            let from = &frame[first.min(self.channels)..][..used];
            for (to, &from) in to.iter_mut().zip(from) {
                *to = f32::from(from);
            }
        }
    }

    #[inline(always)]
    fn filter<S: Simd, const V: usize>(&mut self, simd: S, first: usize) {
        let lanes = S::F32_LANES;
        let b0 = simd.splat_f32s(self.high_pass.b0);
        let b1 = simd.splat_f32s(self.high_pass.b1);
        let a1 = simd.splat_f32s(self.high_pass.a1);
        let a2 = simd.splat_f32s(self.high_pass.a2);
        let range = first..first + V * lanes;
        let mut s1: [S::f32s; V] =
            std::array::from_fn(|v| S::as_simd_f32s(&self.s1[range.clone()]).0[v]);
        let mut s2: [S::f32s; V] =
            std::array::from_fn(|v| S::as_simd_f32s(&self.s2[range.clone()]).0[v]);
        let mut energy = [simd.splat_f32s(0.0); V];
        let tile = S::as_mut_simd_f32s(&mut self.tile[..V * HOP * lanes]).0;
        for n in 0..HOP {
            for v in 0..V {
                let x = tile[v * HOP + n];
                let outer = simd.mul_f32s(b0, x);
                let y = simd.add_f32s(outer, s1[v]);
                let middle = simd.add_f32s(simd.mul_f32s(b1, x), s2[v]);
                s1[v] = simd.sub_f32s(middle, simd.mul_f32s(a1, y));
                s2[v] = simd.sub_f32s(outer, simd.mul_f32s(a2, y));
                energy[v] = simd.add_f32s(energy[v], simd.mul_f32s(y, y));
                tile[v * HOP + n] = y;
            }
        }
        S::as_mut_simd_f32s(&mut self.s1[range.clone()])
            .0
            .copy_from_slice(&s1);
        S::as_mut_simd_f32s(&mut self.s2[range.clone()])
            .0
            .copy_from_slice(&s2);
        S::as_mut_simd_f32s(&mut self.energies[range])
            .0
            .copy_from_slice(&energy);
    }

    #[inline(always)]
    fn correlate<S: Simd, const N: usize>(
        &mut self,
        simd: S,
        (first, v): (usize, usize),
        bin: usize,
        twiddles: [&[[f32; 2]; HOP]; N],
    ) {
        let lanes = S::F32_LANES;
        let zero = simd.splat_f32s(0.0);
        let (mut re, mut im) = ([zero; N], [zero; N]);
        let tile = S::as_simd_f32s(&self.tile[v * HOP * lanes..][..HOP * lanes]).0;
        for (n, &y) in tile.iter().enumerate().take(HOP) {
            for k in 0..N {
                let [cos, sin] = twiddles[k][n];
                re[k] = simd.add_f32s(re[k], simd.mul_f32s(y, simd.splat_f32s(cos)));
                im[k] = simd.add_f32s(im[k], simd.mul_f32s(y, simd.splat_f32s(sin)));
            }
        }
        for k in 0..N {
            let at = (bin + k) * 2 * self.padded + first;
            S::as_mut_simd_f32s(&mut self.partials[at..at + lanes]).0[0] = re[k];
            let at = at + self.padded;
            S::as_mut_simd_f32s(&mut self.partials[at..at + lanes]).0[0] = im[k];
        }
    }
}
