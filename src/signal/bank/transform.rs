//! The vector kernel of the bank: one window of every channel against every bin.
//!
//! The window is even about its middle, so samples equally far from the middle are first added
//! (for the cosines) and subtracted (for the sines): half the multiplications.

use std::f64::consts::{PI, TAU};

use pulp::{Simd, WithSimd};

use super::LANES;
use crate::signal::fused::mul_add;
use crate::signal::tile::vectors;
use crate::words::RATE_HZ;

/// Bins whose sums stay in registers during one pass over the window.
pub(in crate::signal) const BINS_PER_PASS: usize = 3;

/// Coefficients of one folded sample in one pass: cosine and sine of each bin.
const STEP: usize = 2 * BINS_PER_PASS;

/// The Hann window by the distance from its middle in samples. Its weights sum to one, so that a
/// sine gives half its peak on either side of zero, and its peak with both.
pub(super) fn hann(half: usize) -> impl Fn(f64) -> f64 {
    move |offset| (1.0 + (PI * offset / half as f64).cos()) / half as f64
}

/// `[pass][folded sample][bin][cos, -sin]`, times the window's weight at that distance from its
/// middle; missing bins are zero.
pub(in crate::signal) fn coefficients(
    half: usize,
    frequencies: &[f32],
    weight: impl Fn(f64) -> f64,
) -> Vec<f32> {
    let passes = frequencies.len().div_ceil(BINS_PER_PASS);
    let mut all = Vec::with_capacity(passes * half * STEP);
    for bins in frequencies.chunks(BINS_PER_PASS) {
        for step in 0..half {
            let offset = step as f64 + 0.5;
            let weight = weight(offset);
            for bin in 0..BINS_PER_PASS {
                let angle = bins
                    .get(bin)
                    .map(|&f| TAU * f64::from(f) * offset / f64::from(RATE_HZ));
                all.push(angle.map_or(0.0, |angle| weight * angle.cos()) as f32);
                all.push(angle.map_or(0.0, |angle| -weight * angle.sin()) as f32);
            }
        }
    }
    all
}

/// The last samples of every group: `[group][row of the ring][lane]`.
#[derive(Clone, Copy)]
pub(in crate::signal) struct Rings<'a> {
    pub(in crate::signal) samples: &'a [f32],
    /// Rows of a group's ring, at least those of a window.
    pub(in crate::signal) rows: usize,
    /// Where in each ring the next row goes.
    pub(in crate::signal) head: usize,
}

impl<'a> Rings<'a> {
    /// One group's ring.
    pub(super) fn of(self, group: usize) -> &'a [f32] {
        let size = self.rows * LANES;
        &self.samples[group * size..][..size]
    }
}

/// One transform of all groups, over the newest rows of each ring: twice as many as `even` has. In lanes
/// beyond `ears` the spectrum stays as it is, but for those that share a vector with an ear.
pub(in crate::signal) struct Transform<'a> {
    pub(in crate::signal) ears: usize,
    pub(in crate::signal) rings: Rings<'a>,
    pub(in crate::signal) coefficients: &'a [f32],
    pub(in crate::signal) even: &'a mut [f32],
    pub(in crate::signal) odd: &'a mut [f32],
    pub(in crate::signal) spectrum: &'a mut [f32],
}

impl WithSimd for Transform<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let half = self.even.len() / LANES;
        let passes = self.coefficients.len() / (half * STEP);
        let size = passes * BINS_PER_PASS * 2 * LANES;
        let (even, _) = S::as_mut_simd_f32s(self.even);
        let (odd, _) = S::as_mut_simd_f32s(self.odd);
        for (group, spectrum) in self.spectrum.chunks_exact_mut(size).enumerate() {
            let (ring, _) = S::as_simd_f32s(self.rings.of(group));
            let vectors = vectors::<S>(self.ears, group);
            fold(simd, ring, (self.rings.head, vectors), even, odd);
            let coefficients = self.coefficients.chunks_exact(half * STEP);
            let (spectrum, _) = S::as_mut_simd_f32s(spectrum);
            let pass_size = spectrum.len() / passes;
            for (coefficients, out) in coefficients.zip(spectrum.chunks_exact_mut(pass_size)) {
                match vectors {
                    2 => project::<S, 2>(simd, coefficients, even, odd, 0, out),
                    vectors => {
                        for vector in 0..vectors {
                            project::<S, 1>(simd, coefficients, even, odd, vector, out);
                        }
                    }
                }
            }
        }
    }
}

/// Sums and differences of the samples equally far from the window's middle; the window ends before `head`.
#[inline(always)]
pub(super) fn fold<S: Simd>(
    simd: S,
    ring: &[S::f32s],
    (head, vectors): (usize, usize),
    even: &mut [S::f32s],
    odd: &mut [S::f32s],
) {
    let width = LANES / S::F32_LANES;
    let (rows, half) = (ring.len() / width, even.len() / width);
    let mut later = (head + rows - half) % rows;
    let mut earlier = (later + rows - 1) % rows;
    for (even, odd) in even
        .chunks_exact_mut(width)
        .zip(odd.chunks_exact_mut(width))
    {
        let a = &ring[earlier * width..][..width];
        let b = &ring[later * width..][..width];
        for vector in 0..vectors {
            even[vector] = simd.add_f32s(b[vector], a[vector]);
            odd[vector] = simd.sub_f32s(b[vector], a[vector]);
        }
        later = if later + 1 == rows { 0 } else { later + 1 };
        earlier = if earlier == 0 { rows - 1 } else { earlier - 1 };
    }
}

/// One pass: the sums of [`BINS_PER_PASS`] bins over the folded window, for `V` vectors of lanes
/// from `vector` on. Two vectors share each coefficient loaded, and all sums stay in registers.
#[inline(always)]
fn project<S: Simd, const V: usize>(
    simd: S,
    coefficients: &[f32],
    even: &[S::f32s],
    odd: &[S::f32s],
    vector: usize,
    out: &mut [S::f32s],
) {
    let width = LANES / S::F32_LANES;
    let mut sums = [[simd.splat_f32s(0.0); V]; STEP];
    let (steps, _) = coefficients.as_chunks::<STEP>();
    let rows = even.chunks_exact(width).zip(odd.chunks_exact(width));
    for ((even, odd), step) in rows.zip(steps) {
        for (part, samples) in [even, odd].into_iter().enumerate() {
            let samples: [S::f32s; V] = std::array::from_fn(|v| samples[vector + v]);
            for bin in 0..BINS_PER_PASS {
                let coefficient = simd.splat_f32s(step[2 * bin + part]);
                for v in 0..V {
                    let sum = &mut sums[2 * bin + part][v];
                    *sum = mul_add(simd, samples[v], coefficient, *sum);
                }
            }
        }
    }
    for (row, sum) in out.chunks_exact_mut(width).zip(sums) {
        row[vector..vector + V].copy_from_slice(&sum);
    }
}
