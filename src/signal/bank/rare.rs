//! Bins that are needed seldom: of one channel, with the bins side by side in the vectors, or of a
//! group of channels as the transform has them. Both give the same values to the last bit.

use std::cell::RefCell;

use pulp::{Simd, WithSimd};

use super::transform::{BINS_PER_PASS, Transform, coefficients, hann};
use super::{Bank, LANES, RARE};

/// The rare bins of a bank.
pub(super) struct Rare {
    bins: usize,
    /// As the transform needs them.
    passes: Vec<f32>,
    /// `[folded sample][cos, -sin][bin]`.
    rows: Vec<f32>,
    /// Room for a group's folded window.
    folded: RefCell<[Vec<f32>; 2]>,
}

impl Rare {
    pub(super) fn new(half: usize, frequencies: &[f32]) -> Self {
        let passes = coefficients(half, frequencies, hann(half));
        let room = if frequencies.is_empty() {
            0
        } else {
            half * LANES
        };
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
        Self {
            bins: frequencies.len(),
            passes,
            rows,
            folded: RefCell::new([vec![0.0; room], vec![0.0; room]]),
        }
    }

    pub(super) fn of(&self, bank: &Bank, channel: usize) -> [(f32, f32); RARE] {
        let ring = &bank.history[channel / LANES * bank.window * LANES..][..bank.window * LANES];
        let mut sums = [[0.0; RARE]; 2];
        bank.arch.dispatch(OneLane {
            ring,
            lane: channel % LANES,
            head: bank.head,
            rows: &self.rows,
            sums: &mut sums,
        });
        std::array::from_fn(|bin| (sums[0][bin], sums[1][bin]))
    }

    pub(super) fn of_group(&self, bank: &Bank, group: usize) -> [[[f32; LANES]; 2]; RARE] {
        let mut bins = [[[0.0; LANES]; 2]; RARE];
        if self.bins == 0 {
            return bins;
        }
        let [even, odd] = &mut *self.folded.borrow_mut();
        let count = self.bins.next_multiple_of(BINS_PER_PASS);
        bank.arch.dispatch(Transform {
            ears: bank.channels - group * LANES,
            history: &bank.history[group * bank.window * LANES..][..bank.window * LANES],
            window: bank.window,
            head: bank.head,
            coefficients: &self.passes,
            even,
            odd,
            spectrum: bins[..count].as_flattened_mut().as_flattened_mut(),
        });
        bins
    }
}

/// All rare bins of one channel.
struct OneLane<'a> {
    ring: &'a [f32],
    lane: usize,
    head: usize,
    rows: &'a [f32],
    sums: &'a mut [[f32; RARE]; 2],
}

impl WithSimd for OneLane<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        match RARE / S::F32_LANES {
            1 => one_lane::<S, 1>(simd, &mut self),
            2 => one_lane::<S, 2>(simd, &mut self),
            4 => one_lane::<S, 4>(simd, &mut self),
            _ => one_lane::<S, RARE>(simd, &mut self),
        }
    }
}

/// The sums of one channel in `V` vectors of bins.
#[inline(always)]
fn one_lane<S: Simd, const V: usize>(simd: S, work: &mut OneLane<'_>) {
    let window = work.ring.len() / LANES;
    let half = window / 2;
    let at = |n: usize| work.ring[(work.head + n) % window * LANES + work.lane];
    let mut sums = [[simd.splat_f32s(0.0); V]; 2];
    let (rows, _) = S::as_simd_f32s(work.rows);
    for (step, row) in rows.chunks_exact(2 * V).enumerate() {
        let (later, earlier) = (at(half + step), at(half - 1 - step));
        let folded = [later + earlier, later - earlier];
        for (part, (sums, folded)) in sums.iter_mut().zip(folded).enumerate() {
            let folded = simd.splat_f32s(folded);
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = simd.mul_add_e_f32s(folded, row[part * V + v], *sum);
            }
        }
    }
    for (to, from) in work.sums.iter_mut().zip(sums) {
        S::as_mut_simd_f32s(to).0.copy_from_slice(&from);
    }
}
