//! The tone bank's front end: one high-pass and a few single-frequency correlators, ears side by
//! side in the lanes of a vector.
//!
//! Contract: works on whole hops of [`HOP`] samples (10 ms), group by group, and allocates only in
//! [`Front::new`].

use super::window::{Bin, SLOTS};
use crate::signal::bank::transform::{BINS_PER_PASS, Rings, Transform, coefficients};
use crate::signal::bank::{Arithmetic, LANES};
use crate::signal::level::FRAME;
use crate::signal::tile::{Tiles, vectors};
use crate::words::RATE_HZ;
use pulp::{Arch, Simd, WithSimd};
use std::f64::consts::PI;

/// Samples of one hop.
pub(super) const HOP: usize = FRAME;
/// Corner of the high-pass (Hz): mains hum and its third harmonic must not hide a tone.
const HIGH_PASS_HZ: f64 = 300.0;
/// Keeps the high-pass on a silent input from settling into denormal numbers, which cost much time.
const SETTLES: f32 = 1e-12;

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

/// Filter states and the last [`SLOTS`] hops of every ear.
pub(super) struct Front {
    arch: Arch,
    ears: usize,
    groups: usize,
    high_pass: HighPass,
    /// `[group][first, second][lane]`.
    states: Vec<f32>,
    /// The place of each bin among the distinct frequencies.
    places: Vec<usize>,
    /// Sums kept of each group and hop: distinct frequencies, rounded up to whole passes.
    sums: usize,
    coefficients: Vec<f32>,
    /// One group's hop behind the high-pass, and the same folded about its middle.
    filtered: Vec<f32>,
    folded: [Vec<f32>; 2],
    /// `[slot][group][frequency][re, im][lane]`, phase referred to the middle of the hop.
    partials: Vec<f32>,
    /// `[slot][group][lane]`: sum of squares of the hop.
    energies: Vec<f32>,
    /// Slot of the latest hop.
    slot: usize,
}

impl Front {
    /// A front end at rest.
    pub(super) fn new(ears: usize, bins: &[Bin], arithmetic: Arithmetic) -> Self {
        let groups = ears.div_ceil(LANES);
        let mut frequencies: Vec<f32> = Vec::new();
        let place = |bin: &Bin| {
            let known = frequencies.iter().position(|hz| *hz == bin.hz);
            known.unwrap_or_else(|| {
                frequencies.push(bin.hz);
                frequencies.len() - 1
            })
        };
        let places = bins.iter().map(place).collect();
        let sums = frequencies.len().next_multiple_of(BINS_PER_PASS);
        Self {
            arch: arithmetic.arch(),
            ears,
            groups,
            high_pass: HighPass::new(HIGH_PASS_HZ),
            states: vec![0.0; groups * 2 * LANES],
            places,
            sums,
            coefficients: coefficients(HOP / 2, &frequencies, |_| 1.0),
            filtered: vec![0.0; HOP * LANES],
            folded: [vec![0.0; HOP / 2 * LANES], vec![0.0; HOP / 2 * LANES]],
            partials: vec![0.0; SLOTS * groups * sums * 2 * LANES],
            energies: vec![0.0; SLOTS * groups * LANES],
            slot: 0,
        }
    }

    /// Forgets everything heard.
    pub(super) fn reset(&mut self) {
        self.states.fill(0.0);
        self.partials.fill(0.0);
        self.energies.fill(0.0);
    }

    /// Number of ears.
    pub(super) fn ears(&self) -> usize {
        self.ears
    }

    /// Groups of ears.
    pub(super) fn groups(&self) -> usize {
        self.groups
    }

    /// The vector unit in use.
    pub(super) fn arch(&self) -> Arch {
        self.arch
    }

    /// The partial sums of `bin` on a group of ears, `back` hops ago: real and imaginary parts.
    pub(super) fn partials(&self, bin: usize, back: usize, group: usize) -> &[[f32; LANES]] {
        let place = (self.slot_back(back) * self.groups + group) * self.sums + self.places[bin];
        &self.partials.as_chunks().0[place * 2..place * 2 + 2]
    }

    /// The same on one ear.
    pub(super) fn partial(&self, bin: usize, back: usize, ear: usize) -> (f32, f32) {
        let both = self.partials(bin, back, ear / LANES);
        (both[0][ear % LANES], both[1][ear % LANES])
    }

    /// Sums of squares of the hop `back` hops ago on a group of ears.
    pub(super) fn energies(&self, back: usize, group: usize) -> &[f32; LANES] {
        &self.energies.as_chunks().0[self.slot_back(back) * self.groups + group]
    }

    fn slot_back(&self, back: usize) -> usize {
        (self.slot + SLOTS - back) % SLOTS
    }

    /// Takes the newest hop.
    pub(super) fn hop(&mut self, tiles: &Tiles) {
        self.slot = (self.slot + 1) % SLOTS;
        let [even, odd] = &mut self.folded;
        let size = self.sums * 2 * LANES;
        for group in 0..self.groups {
            let place = self.slot * self.groups + group;
            let ears = self.ears - group * LANES;
            self.arch.dispatch(Filter {
                ears,
                samples: tiles.hop(group, 0),
                high_pass: self.high_pass,
                states: &mut self.states[group * 2 * LANES..][..2 * LANES],
                filtered: &mut self.filtered,
                energies: &mut self.energies[place * LANES..][..LANES],
            });
            self.arch.dispatch(Transform {
                ears,
                rings: Rings {
                    samples: &self.filtered,
                    rows: HOP,
                    head: 0,
                },
                coefficients: &self.coefficients,
                even,
                odd,
                spectrum: &mut self.partials[place * size..][..size],
            });
        }
    }
}

/// The high-pass on one hop of one group.
struct Filter<'a> {
    ears: usize,
    samples: &'a [f32],
    high_pass: HighPass,
    states: &'a mut [f32],
    filtered: &'a mut [f32],
    energies: &'a mut [f32],
}

impl WithSimd for Filter<'_> {
    type Output = ();

    /// Two vectors at a time where there are two: the recursion of the high-pass waits for its own
    /// results, and the other vector's fill the waiting.
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        match vectors::<S>(self.ears, 0) {
            2 => self.vectors::<S, 2>(simd, 0),
            vectors => (0..vectors).for_each(|vector| self.vectors::<S, 1>(simd, vector)),
        }
    }
}

impl Filter<'_> {
    /// `V` vectors of lanes, from `vector` on.
    #[inline(always)]
    fn vectors<S: Simd, const V: usize>(&mut self, simd: S, vector: usize) {
        let width = LANES / S::F32_LANES;
        let [b0, b1, a1, a2] = [
            self.high_pass.b0,
            self.high_pass.b1,
            self.high_pass.a1,
            self.high_pass.a2,
        ]
        .map(|factor| simd.splat_f32s(factor));
        let settles = simd.splat_f32s(SETTLES);
        let states = S::as_mut_simd_f32s(self.states).0;
        let mut s1: [S::f32s; V] = std::array::from_fn(|v| states[vector + v]);
        let mut s2: [S::f32s; V] = std::array::from_fn(|v| states[width + vector + v]);
        let mut energy = [simd.splat_f32s(0.0); V];
        let samples = S::as_simd_f32s(self.samples).0.chunks_exact(width);
        let filtered = S::as_mut_simd_f32s(self.filtered).0;
        for (row, filtered) in samples.zip(filtered.chunks_exact_mut(width)) {
            for v in 0..V {
                let x = row[vector + v];
                let outer = simd.mul_f32s(b0, x);
                let y = simd.add_f32s(outer, s1[v]);
                let middle = simd.add_f32s(simd.mul_f32s(b1, x), s2[v]);
                s1[v] = simd.sub_f32s(middle, simd.mul_f32s(a1, y));
                s2[v] = simd.sub_f32s(simd.add_f32s(outer, settles), simd.mul_f32s(a2, y));
                energy[v] = simd.add_f32s(energy[v], simd.mul_f32s(y, y));
                filtered[vector + v] = y;
            }
        }
        states[vector..vector + V].copy_from_slice(&s1);
        states[width + vector..][..V].copy_from_slice(&s2);
        S::as_mut_simd_f32s(self.energies).0[vector..vector + V].copy_from_slice(&energy);
    }
}
