//! Where the lines' own steps may lie, for a group of ears at once: each ear's samples correlated with the
//! shape of that line's step.
//!
//! Speech misses the prediction by as much as a step does in every tenth block; hardly any of it has a
//! step's shape. What is found here [`super::ClickDetector`] judges again, in its own way; nothing that it
//! would take for a step is missed, unless a tone is to be taken off first. Allocates in `new` only.

use std::ops::Range;

use pulp::Simd;

use super::jumps::{BLOCK, BLOCKS};
use super::shape::{LEAST, LIKE, MOST, ONSETS, PLACES, Pattern, SHAPE};
use crate::signal::bank::LANES;
use crate::signal::fused::mul_add;

/// Samples before the first judged block in which one of its steps may begin.
pub(super) const EARLY: usize = ONSETS;
/// Places in a hop at which a step may begin, whole [`STEP`]s: the last five are the last block's.
const STARTS: usize = (BLOCKS * BLOCK + PLACES - 1).next_multiple_of(STEP);
/// Places correlated side by side.
const STEP: usize = 4;
/// Samples of a shape that are correlated first: most of its energy is in the jump. What the others can add
/// is known, and where that is too little they are not looked at.
const HEAD: usize = 16;
/// Samples looked at.
pub(super) const SPAN: usize = STARTS + SHAPE - 1;
/// Least square of a likeness, with room for rounding.
const LIKELY: f32 = LIKE * LIKE * 0.98;

/// The steps of a group of ears.
#[derive(Clone, Debug)]
pub(super) struct Patterns {
    /// Of each ear's step, which one it is; none where none is known.
    versions: [Option<u32>; LANES],
    /// `[sample][lane]`.
    shapes: Box<[[f32; LANES]; SHAPE]>,
    energies: [f32; LANES],
    /// Least square of the head's product, as a share of the energy of what it is correlated with.
    heads: [f32; LANES],
}

impl Patterns {
    /// None is known.
    pub(super) fn new() -> Self {
        Self {
            versions: [None; LANES],
            shapes: Box::new([[0.0; LANES]; SHAPE]),
            energies: [0.0; LANES],
            heads: [0.0; LANES],
        }
    }

    /// Takes over the step of an ear, if it is another one than before.
    pub(super) fn know(&mut self, lane: usize, pattern: Option<Pattern<'_>>) {
        let version = pattern.map(|pattern| pattern.version);
        if self.versions[lane] == version {
            return;
        }
        self.versions[lane] = version;
        self.energies[lane] = pattern.map_or(0.0, |pattern| pattern.energy);
        for (at, row) in self.shapes.iter_mut().enumerate() {
            row[lane] = pattern.map_or(0.0, |pattern| pattern.shape[at]);
        }
        self.heads[lane] = pattern.map_or(0.0, head);
    }

    /// Those of the blocks `wanted` (one bit each) in which a step of the line's shape may begin, of one
    /// vector of ears: `samples` begin [`EARLY`] before the first block.
    #[inline(always)]
    pub(super) fn find<S: Simd>(
        &self,
        simd: S,
        vector: usize,
        samples: &[S::f32s; SPAN],
        wanted: S::u32s,
    ) -> S::u32s {
        let none = simd.splat_u32s(0);
        let least = self.bound(simd, vector, LEAST);
        let most = self.bound(simd, vector, MOST);
        let likely = self.bound(simd, vector, LIKELY);
        let heads = S::as_simd_f32s(&self.heads).0[vector];
        let mut energy = energy_of(simd, samples);
        let mut found = none;
        for first in (0..STARTS).step_by(STEP) {
            let energies = energies_from(simd, &mut energy, first, samples);
            let blocks = blocks_of(first) | blocks_of(first + STEP - 1);
            let here = simd.and_u32s(wanted, simd.splat_u32s(blocks));
            if !any(simd, here) {
                continue;
            }
            let strong = within(simd, &energies, least, most);
            if !any_of(simd, &strong, here) {
                continue;
            }
            let samples = &samples[first..first + STEP + SHAPE - 1];
            let nothing = [simd.splat_f32s(0.0); STEP];
            let products = self.correlate(simd, vector, samples, 0..HEAD, nothing);
            let by_head = reach(simd, &products, heads, &energies, &strong);
            if !any_of(simd, &by_head, here) {
                continue;
            }
            let products = self.correlate(simd, vector, samples, HEAD..SHAPE, products);
            let like = reach(simd, &products, likely, &energies, &by_head);
            for (place, like) in (first..).zip(like) {
                let blocks = simd.splat_u32s(blocks_of(place));
                found = simd.or_u32s(found, simd.select_u32s(like, blocks, none));
            }
        }
        simd.and_u32s(found, wanted)
    }

    /// So many times the energy of each step.
    #[inline(always)]
    fn bound<S: Simd>(&self, simd: S, vector: usize, share: f32) -> S::f32s {
        let energies = S::as_simd_f32s(&self.energies).0;
        simd.mul_f32s(energies[vector], simd.splat_f32s(share))
    }

    /// The products of the shapes with what begins at [`STEP`] places, of these of their samples, added to
    /// what others gave.
    #[inline(always)]
    fn correlate<S: Simd>(
        &self,
        simd: S,
        vector: usize,
        samples: &[S::f32s],
        part: Range<usize>,
        mut sums: [S::f32s; STEP],
    ) -> [S::f32s; STEP] {
        for (at, row) in part.clone().zip(&self.shapes[part]) {
            let shape = S::as_simd_f32s(row).0[vector];
            for (sum, sample) in sums.iter_mut().zip(&samples[at..at + STEP]) {
                *sum = mul_add(simd, *sample, shape, *sum);
            }
        }
        sums
    }
}

/// What the square of the head's product with samples must be at least for the whole product to be
/// [`LIKELY`], as a share of the samples' energy: the others' product is at most the root of both energies.
fn head(pattern: Pattern<'_>) -> f32 {
    let rest: f32 = pattern.shape[HEAD..]
        .iter()
        .map(|value| value * value)
        .sum();
    let least = (LIKELY * pattern.energy).sqrt() - rest.sqrt();
    // With room for rounding.
    0.99 * least.max(0.0).powi(2)
}

/// Energy of what lies at the first place: four sums, for one would wait for itself.
#[inline(always)]
fn energy_of<S: Simd>(simd: S, samples: &[S::f32s; SPAN]) -> S::f32s {
    let mut sums = [simd.splat_f32s(0.0); 4];
    for four in samples[..SHAPE].as_chunks::<4>().0 {
        for (sum, sample) in sums.iter_mut().zip(four) {
            *sum = mul_add(simd, *sample, *sample, *sum);
        }
    }
    let [a, b, c, d] = sums;
    simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d))
}

/// Energies of what lies at [`STEP`] places from `first` on; `energy` is the first one's, then that of the
/// place behind them. (Plain loops, here and below: closures are compiled without the vectors' features.)
#[inline(always)]
fn energies_from<S: Simd>(
    simd: S,
    energy: &mut S::f32s,
    first: usize,
    samples: &[S::f32s; SPAN],
) -> [S::f32s; STEP] {
    let mut energies = [*energy; STEP];
    let mut moved = simd.splat_f32s(0.0);
    for (place, at) in (first..).zip(&mut energies) {
        *at = simd.add_f32s(*at, moved);
        if place + SHAPE < SPAN {
            let (new, old) = (samples[place + SHAPE], samples[place]);
            let (new, old) = (simd.mul_f32s(new, new), simd.mul_f32s(old, old));
            moved = simd.add_f32s(moved, simd.sub_f32s(new, old));
        }
    }
    *energy = simd.add_f32s(*energy, moved);
    energies
}

/// Those of the energies that lie between two bounds.
#[inline(always)]
fn within<S: Simd>(
    simd: S,
    energies: &[S::f32s; STEP],
    least: S::f32s,
    most: S::f32s,
) -> [S::m32s; STEP] {
    let mut strong = [simd.less_than_or_equal_f32s(least, most); STEP];
    for (strong, energy) in strong.iter_mut().zip(energies) {
        let enough = simd.less_than_or_equal_f32s(least, *energy);
        *strong = simd.and_m32s(enough, simd.less_than_or_equal_f32s(*energy, most));
    }
    strong
}

/// Those of `places` where the product's square is such a share of the energy.
#[inline(always)]
fn reach<S: Simd>(
    simd: S,
    products: &[S::f32s; STEP],
    share: S::f32s,
    energies: &[S::f32s; STEP],
    places: &[S::m32s; STEP],
) -> [S::m32s; STEP] {
    let mut reached = *places;
    for (place, (product, energy)) in reached.iter_mut().zip(products.iter().zip(energies)) {
        let square = simd.mul_f32s(*product, *product);
        let enough = simd.less_than_or_equal_f32s(simd.mul_f32s(share, *energy), square);
        *place = simd.and_m32s(*place, enough);
    }
    reached
}

/// Whether there is a block in any lane.
#[inline(always)]
pub(super) fn any<S: Simd>(simd: S, blocks: S::u32s) -> bool {
    let found = simd.greater_than_u32s(blocks, simd.splat_u32s(0));
    simd.first_true_m32s(found) < S::F32_LANES
}

/// Whether any of the places counts in a lane that has a block there.
#[inline(always)]
fn any_of<S: Simd>(simd: S, places: &[S::m32s; STEP], here: S::u32s) -> bool {
    let mut all = places[0];
    for place in &places[1..] {
        all = simd.or_m32s(all, *place);
    }
    any(simd, simd.select_u32s(all, here, simd.splat_u32s(0)))
}

/// The blocks, one bit each, to which a step that begins at this place may belong.
fn blocks_of(place: usize) -> u32 {
    let last = place / BLOCK;
    let mut blocks = 0;
    for block in last.saturating_sub(1)..=last {
        if block < BLOCKS && place < block * BLOCK + BLOCK + PLACES - 1 {
            blocks |= 1 << block;
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A jump that swings back.
    fn shape() -> [f32; SHAPE] {
        std::array::from_fn(|n| match n.checked_sub(2) {
            Some(n) => 1_700.0 * (-0.17 * n as f32).exp() * (0.17 * n as f32).cos(),
            None => 0.0,
        })
    }

    fn found(samples: &[f32; SPAN]) -> u32 {
        let shape = shape();
        let mut patterns = Patterns::new();
        let energy = shape.iter().map(|x| x * x).sum();
        patterns.know(
            0,
            Some(Pattern {
                version: 1,
                shape: &shape,
                energy,
            }),
        );
        let all = u32::MAX >> (32 - BLOCKS);
        patterns.find(pulp::Scalar, 0, samples, all)
    }

    #[test]
    fn a_step_is_found_in_its_block_wherever_it_begins_and_which_way_it_goes() {
        for (at, size) in (0..BLOCKS * BLOCK).zip([1.0, -1.0, 0.7, -1.5].into_iter().cycle()) {
            // A step begins at most [`ONSETS`] before the first large error, and as many behind it.
            for early in 0..PLACES {
                let mut samples = [0.0; SPAN];
                let room = samples[at + early..].iter_mut();
                for (sample, value) in room.zip(shape()) {
                    *sample = value * size;
                }
                let blocks = found(&samples);
                assert!(blocks >> (at / BLOCK) & 1 == 1, "{at} {early} {blocks:b}");
            }
        }
    }

    #[test]
    fn what_is_louder_weaker_or_of_another_shape_is_not_found() {
        let with = |value: &dyn Fn(usize) -> f32| {
            let mut samples = [0.0; SPAN];
            for (n, sample) in samples.iter_mut().enumerate() {
                *sample = value(n);
            }
            found(&samples)
        };
        let step = |n: usize, size: f32| shape().get(n.wrapping_sub(30)).map_or(0.0, |x| x * size);
        assert_ne!(with(&|n| step(n, 1.0)), 0);
        assert_eq!(with(&|n| step(n, 0.3)), 0);
        assert_eq!(with(&|n| step(n, 3.0)), 0);
        assert_eq!(with(&|n| 900.0 * (n as f32 * 0.4).sin()), 0);
    }
}
