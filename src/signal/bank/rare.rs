//! Bins that are needed seldom: of some channels of a group, with the bins side by side in the vectors.
//!
//! Two channels at a time, because the sums of one would wait for each other longer than the machine needs
//! to reckon them. The window is folded for the whole group: both are quick beside the sums.

use std::cell::RefCell;

use pulp::{Simd, WithSimd};

use super::transform::{BINS_PER_PASS, Rings, coefficients, fold, hann};
use super::{Bank, LANES, RARE};
use crate::signal::fused::mul_add;
use crate::signal::tile::vectors;

/// One channel's rare bins: real parts, imaginary parts.
pub(crate) type RareBins = [[f32; RARE]; 2];

/// The rare bins of a bank.
pub(super) struct Rare {
    /// `[folded sample][cos, -sin][bin]`.
    rows: Vec<f32>,
    /// Room for a group's folded window: `[sample][lane]`, sums and differences.
    folded: RefCell<[Vec<f32>; 2]>,
}

impl Rare {
    pub(super) fn new(half: usize, frequencies: &[f32]) -> Self {
        let passes = coefficients(half, frequencies, hann(half));
        let mut rows = vec![0.0; half * 2 * RARE];
        for bin in 0..frequencies.len() {
            let (pass, place) = (bin / BINS_PER_PASS, bin % BINS_PER_PASS);
            for step in 0..half {
                for part in 0..2 {
                    let from = ((pass * half + step) * BINS_PER_PASS + place) * 2 + part;
                    rows[(step * 2 + part) * RARE + bin] = passes[from];
                }
            }
        }
        let room = vec![0.0; half * LANES];
        Self {
            rows,
            folded: RefCell::new([room.clone(), room]),
        }
    }

    /// Those of these lanes of one group, in their order.
    pub(super) fn of(
        &self,
        (bank, rings): (&Bank, Rings<'_>),
        group: usize,
        lanes: &[usize],
        bins: &mut [RareBins],
    ) {
        let [even, odd] = &mut *self.folded.borrow_mut();
        bank.arch.dispatch(SomeLanes {
            ring: rings.of(group),
            head: rings.head,
            ears: bank.channels - group * LANES,
            lanes,
            rows: &self.rows,
            even,
            odd,
            bins,
        });
    }
}

/// All rare bins of some lanes.
struct SomeLanes<'a> {
    ring: &'a [f32],
    head: usize,
    ears: usize,
    lanes: &'a [usize],
    rows: &'a [f32],
    even: &'a mut [f32],
    odd: &'a mut [f32],
    bins: &'a mut [RareBins],
}

impl WithSimd for SomeLanes<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (ring, _) = S::as_simd_f32s(self.ring);
        let (even, _) = S::as_mut_simd_f32s(&mut *self.even);
        let (odd, _) = S::as_mut_simd_f32s(&mut *self.odd);
        let vectors = vectors::<S>(self.ears, 0);
        fold(simd, ring, (self.head, vectors), even, odd);
        let folded = (self.even.as_chunks().0, self.odd.as_chunks().0);
        for (lanes, bins) in self.lanes.chunks(2).zip(self.bins.chunks_mut(2)) {
            // An odd one is reckoned twice.
            let lanes = [lanes[0], lanes[lanes.len() - 1]];
            let sums = match RARE / S::F32_LANES {
                1 => two_lanes::<S, 1>(simd, lanes, folded, self.rows),
                2 => two_lanes::<S, 2>(simd, lanes, folded, self.rows),
                4 => two_lanes::<S, 4>(simd, lanes, folded, self.rows),
                _ => two_lanes::<S, RARE>(simd, lanes, folded, self.rows),
            };
            bins.copy_from_slice(&sums[..bins.len()]);
        }
    }
}

/// The sums of two lanes in `V` vectors of bins.
#[inline(always)]
fn two_lanes<S: Simd, const V: usize>(
    simd: S,
    [lane, beside]: [usize; 2],
    (even, odd): (&[[f32; LANES]], &[[f32; LANES]]),
    rows: &[f32],
) -> [RareBins; 2] {
    let lanes = [lane % LANES, beside % LANES];
    let mut sums = [[[simd.splat_f32s(0.0); V]; 2]; 2];
    let (rows, _) = S::as_simd_f32s(rows);
    for ((even, odd), row) in even.iter().zip(odd).zip(rows.chunks_exact(2 * V)) {
        for of in 0..2 {
            let [re, im] = &mut sums[of];
            let even = simd.splat_f32s(even[lanes[of]]);
            let odd = simd.splat_f32s(odd[lanes[of]]);
            for v in 0..V {
                re[v] = mul_add(simd, even, row[v], re[v]);
                im[v] = mul_add(simd, odd, row[V + v], im[v]);
            }
        }
    }
    let mut bins = [[[0.0; RARE]; 2]; 2];
    for (to, from) in bins.as_flattened_mut().iter_mut().zip(sums.as_flattened()) {
        S::as_mut_simd_f32s(to).0.copy_from_slice(from);
    }
    bins
}
