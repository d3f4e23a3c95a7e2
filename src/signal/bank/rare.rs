//! Bins that are needed seldom: of two channels at a time, with the bins side by side in the vectors.
//!
//! Two, because the sums of one would wait for each other longer than the machine needs to reckon them.

use pulp::{Simd, WithSimd};

use super::transform::{BINS_PER_PASS, coefficients, hann};
use super::{Bank, LANES, RARE};

/// One channel's rare bins: real parts, imaginary parts.
pub(crate) type RareBins = [[f32; RARE]; 2];

/// The rare bins of a bank.
pub(super) struct Rare {
    /// `[folded sample][cos, -sin][bin]`.
    rows: Vec<f32>,
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
        Self { rows }
    }

    pub(super) fn of(&self, bank: &Bank, channels: [usize; 2]) -> [RareBins; 2] {
        let size = bank.window * LANES;
        let mut sums = [[[0.0; RARE]; 2]; 2];
        bank.arch.dispatch(TwoLanes {
            rings: channels.map(|channel| &bank.history[channel / LANES * size..][..size]),
            lanes: channels.map(|channel| channel % LANES),
            head: bank.head,
            rows: &self.rows,
            sums: &mut sums,
        });
        sums
    }
}

/// All rare bins of two channels.
struct TwoLanes<'a> {
    rings: [&'a [f32]; 2],
    lanes: [usize; 2],
    head: usize,
    rows: &'a [f32],
    sums: &'a mut [RareBins; 2],
}

impl WithSimd for TwoLanes<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        match RARE / S::F32_LANES {
            1 => two_lanes::<S, 1>(simd, &mut self),
            2 => two_lanes::<S, 2>(simd, &mut self),
            4 => two_lanes::<S, 4>(simd, &mut self),
            _ => two_lanes::<S, RARE>(simd, &mut self),
        }
    }
}

/// The sums of two channels in `V` vectors of bins.
#[inline(always)]
fn two_lanes<S: Simd, const V: usize>(simd: S, work: &mut TwoLanes<'_>) {
    let ([first, second], [lane, beside]) = (work.rings.map(|ring| ring.as_chunks().0), work.lanes);
    let (first, second): (&[[f32; LANES]], &[[f32; LANES]]) = (first, second);
    let (lane, beside, window) = (lane % LANES, beside % LANES, first.len());
    let second = &second[..window];
    let mut later = (work.head + window / 2) % window;
    let mut earlier = (later + window - 1) % window;
    let mut sums = [[[simd.splat_f32s(0.0); V]; 2]; 2];
    let (rows, _) = S::as_simd_f32s(work.rows);
    for row in rows.chunks_exact(2 * V) {
        let after = [first[later][lane], second[later][beside]];
        let before = [first[earlier][lane], second[earlier][beside]];
        later = if later + 1 == window { 0 } else { later + 1 };
        earlier = if earlier == 0 {
            window - 1
        } else {
            earlier - 1
        };
        for of in 0..2 {
            let even = simd.splat_f32s(after[of] + before[of]);
            let odd = simd.splat_f32s(after[of] - before[of]);
            for v in 0..V {
                let [re, im] = &mut sums[of];
                re[v] = simd.mul_add_e_f32s(even, row[v], re[v]);
                im[v] = simd.mul_add_e_f32s(odd, row[V + v], im[v]);
            }
        }
    }
    for (to, from) in work
        .sums
        .as_flattened_mut()
        .iter_mut()
        .zip(sums.as_flattened())
    {
        S::as_mut_simd_f32s(to).0.copy_from_slice(from);
    }
}
