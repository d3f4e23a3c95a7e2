//! Jumps: blocks of 1 ms that cannot be predicted from what came before, for all ears at once.
//!
//! One vector lane is one ear. What a jump is, the line's [`super::ClickDetector`] judges; this bank
//! says which blocks are worth it: those that stand out of the blocks before them, and, on a line
//! whose own steps are known, those in which the prediction misses as much as it does of such a
//! step, while what follows is not louder than one and has its shape. Measures are the same to the last
//! bit as one by one. Allocates in `new` only.

use pulp::{Arch, Simd, WithSimd};

use super::patterns::{EARLY, Patterns, SPAN, any};
use super::shape::Pattern;
use crate::signal::bank::{Arithmetic, LANES};
use crate::signal::fused::mul_add;
use crate::signal::level::FRAME;
use crate::signal::tile::{Tiles, vectors};
use crate::words::RATE_HZ;

/// The frequency whose tones stay out of the prediction's error (Hz).
const TONE_HZ: f32 = 425.0;
/// Samples that must follow a jump before it is judged.
pub(super) const AFTER: usize = 208;
/// Samples summed up when looking for jumps.
pub(super) const BLOCK: usize = 8;
/// Blocks in a hop.
pub(super) const BLOCKS: usize = FRAME / BLOCK;
/// Blocks kept before those of a hop: those a jump is compared with, and one between that may hold
/// its beginning.
pub(super) const BEFORE: usize = 16;
/// A jump's block stands out of the blocks before it by this factor in energy.
const STANDS_OUT: f32 = 30.0;
/// Weakest jump looked at, in sample values.
const WEAKEST: f32 = 60.0;
/// Samples summed up when looking at what follows a step.
const QUARTER: usize = 4;
/// Wherever in its block a step begins, its shape holds these quarters, counted from the block's
/// first.
const FOLLOW: std::ops::Range<usize> = 3..9;
/// Rows before the judged ones that are looked at: the prediction needs two.
const LEAD: usize = EARLY;
/// Of the tiles' hops, the judged blocks begin in this one, so many ago, at this row, and end in the
/// next.
const HOPS_AGO: usize = (AFTER + FRAME) / FRAME;
const FIRST: usize = (HOPS_AGO + 1) * FRAME - (AFTER + FRAME);
/// Quarters summed up: those of the judged blocks, and what the last one's shape holds.
const QUARTERS: usize = (BLOCKS - 1) * BLOCK / QUARTER + FOLLOW.end;

/// The factor of the prediction that has its zero at [`TONE_HZ`].
pub(super) fn turn() -> f32 {
    2.0 * (std::f32::consts::TAU * TONE_HZ / RATE_HZ as f32).cos()
}

/// What a line's own step must show in the block it begins in and behind it.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// Least error of the prediction.
    pub(super) least: f32,
    /// Most energy of the samples in [`FOLLOW`]; infinite where a tone may sound, under which a step has
    /// no shape yet.
    pub(super) most: f32,
    /// The step.
    pub(super) pattern: Pattern<'a>,
}

/// The blocks of the judged hop that are worth a look, one bit each, the earliest lowest.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Jumps {
    /// They stand out.
    pub(super) sudden: u32,
    /// They may be a step as the line's are known to be.
    pub(super) like: u32,
    /// They may be one even if no tone is taken off.
    pub(super) shaped: u32,
}

/// Whether a block stands out, given its energy and those of the [`BEFORE`] blocks before it. Speech
/// is told from a jump by the nearest blocks already.
pub(super) fn stands_out(here: f32, before: &[f32]) -> bool {
    let limit = here / (STANDS_OUT * BLOCK as f32 / ((BEFORE - 1) * BLOCK) as f32);
    let mut sum = 0.0;
    let mut compared = before[..BEFORE - 1].iter().rev();
    here >= WEAKEST * WEAKEST
        && compared.all(|energy| {
            sum += energy;
            sum <= limit
        })
}

/// Finds jumps on the first ears of a card.
pub struct JumpBank {
    arch: Arch,
    /// Energy of the prediction's errors in the last blocks judged: `[group][block][lane]`.
    kept: Vec<f32>,
    /// The lines' own steps, group by group.
    patterns: Vec<Patterns>,
    /// `[group][sudden, like, shaped][lane]`.
    found: Vec<[[u32; LANES]; 3]>,
}

impl JumpBank {
    /// For the first `ears` ears, which have heard silence.
    pub fn new(ears: usize, arithmetic: Arithmetic) -> Self {
        let groups = ears.div_ceil(LANES);
        Self {
            arch: arithmetic.arch(),
            kept: vec![0.0; groups * BEFORE * LANES],
            patterns: vec![Patterns::new(); groups],
            found: vec![[[0; LANES]; 3]; groups],
        }
    }

    /// Takes the newest hop; `sought` says what is looked for on an ear beside jumps that stand out,
    /// or [`None`] where nobody wants to know.
    pub fn hop<'a>(&mut self, tiles: &Tiles, sought: impl Fn(usize) -> Option<Option<Sought<'a>>>) {
        let groups = self.kept.chunks_exact_mut(BEFORE * LANES);
        let groups = groups.zip(&mut self.patterns).zip(&mut self.found);
        for (group, ((kept, patterns), found)) in groups.enumerate() {
            // Where nothing is known, no block may be a step.
            let (mut least, mut most) = ([f32::INFINITY; LANES], [0.0; LANES]);
            let mut wanted = false;
            for lane in 0..LANES {
                let known = sought(group * LANES + lane);
                wanted |= known.is_some();
                let known = known.flatten();
                patterns.know(lane, known.map(|known| known.pattern));
                if let Some(known) = known {
                    (least[lane], most[lane]) = (known.least * known.least, known.most);
                }
            }
            *found = [[0; LANES]; 3];
            if wanted {
                self.arch.dispatch(Screen {
                    ears: tiles.ears() - group * LANES,
                    earlier: &tiles.hop(group, HOPS_AGO)[(FIRST - LEAD) * LANES..],
                    later: tiles.hop(group, HOPS_AGO - 1),
                    kept,
                    least: &least,
                    most: &most,
                    patterns,
                    found,
                });
            }
        }
    }

    /// What is worth a look on an ear, in the hop that lies 26 ms before the newest one.
    pub fn jumps(&self, ear: usize) -> Jumps {
        let [sudden, like, shaped] = self.found[ear / LANES].map(|found| found[ear % LANES]);
        Jumps {
            sudden,
            like,
            shaped,
        }
    }
}

/// One hop of one group.
struct Screen<'a> {
    ears: usize,
    /// The judged blocks, [`LEAD`] rows before them, and what follows.
    earlier: &'a [f32],
    later: &'a [f32],
    kept: &'a mut [f32],
    /// [`Sought::least`] squared, and [`Sought::most`].
    least: &'a [f32; LANES],
    most: &'a [f32; LANES],
    patterns: &'a Patterns,
    found: &'a mut [[u32; LANES]; 3],
}

impl WithSimd for Screen<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = LANES / S::F32_LANES;
        let rows = (
            S::as_simd_f32s(self.earlier).0,
            S::as_simd_f32s(self.later).0,
        );
        let kept = S::as_mut_simd_f32s(self.kept).0;
        let [sudden, like, shaped] = self.found.each_mut().map(|f| S::as_mut_simd_u32s(f).0);
        let (least, most) = (S::as_simd_f32s(self.least).0, S::as_simd_f32s(self.most).0);
        for vector in 0..vectors::<S>(self.ears, 0) {
            let none = simd.splat_f32s(0.0);
            let mut energies = [none; BEFORE + BLOCKS];
            for (energy, kept) in energies.iter_mut().zip(kept.chunks_exact(width)) {
                *energy = kept[vector];
            }
            let peaks = measure(simd, rows, vector, &mut energies);
            for (kept, energy) in kept.chunks_exact_mut(width).zip(&energies[BLOCKS..]) {
                kept[vector] = *energy;
            }
            sudden[vector] = standing_out(simd, &energies);
            let sought = (least[vector], most[vector]);
            let found = alike(simd, rows, vector, &peaks, sought, self.patterns);
            [like[vector], shaped[vector]] = found;
        }
    }
}

/// How much the prediction missed of each judged block, appended to `energies`; the squares of what
/// it missed most.
#[inline(always)]
fn measure<S: Simd>(
    simd: S,
    (earlier, later): (&[S::f32s], &[S::f32s]),
    vector: usize,
    energies: &mut [S::f32s; BEFORE + BLOCKS],
) -> [S::f32s; BLOCKS] {
    let (width, none) = (LANES / S::F32_LANES, simd.splat_f32s(0.0));
    let turn = simd.splat_f32s(turn());
    let before = |rows: usize| earlier[(LEAD - rows) * width + vector];
    let (mut two, mut one) = (before(2), before(1));
    let mut peaks = [none; BLOCKS];
    let first = earlier[LEAD * width..].chunks_exact(BLOCK * width);
    let blocks = first.chain(later.chunks_exact(BLOCK * width));
    let places = energies[BEFORE..].iter_mut().zip(&mut peaks);
    for ((energy, peak), block) in places.zip(blocks) {
        let (mut sum, mut most) = (none, none);
        for row in block.chunks_exact(width) {
            let new = row[vector];
            let error = simd.add_f32s(simd.sub_f32s(new, simd.mul_f32s(turn, one)), two);
            let square = simd.mul_f32s(error, error);
            sum = simd.add_f32s(sum, square);
            most = simd.max_f32s(most, square);
            (two, one) = (one, new);
        }
        (*energy, *peak) = (sum, most);
    }
    peaks
}

/// The blocks that [`stands_out`].
#[inline(always)]
fn standing_out<S: Simd>(simd: S, energies: &[S::f32s; BEFORE + BLOCKS]) -> S::u32s {
    let none = simd.splat_u32s(0);
    let weakest = simd.splat_f32s(WEAKEST * WEAKEST);
    let share = simd.splat_f32s(STANDS_OUT * BLOCK as f32 / ((BEFORE - 1) * BLOCK) as f32);
    let mut found = none;
    for block in 0..BLOCKS {
        let here = energies[BEFORE + block];
        let strong = simd.less_than_or_equal_f32s(weakest, here);
        if simd.first_true_m32s(strong) == S::F32_LANES {
            continue;
        }
        let limit = simd.div_f32s(here, share);
        let mut sum = simd.splat_f32s(0.0);
        for energy in energies[block..block + BEFORE - 1].iter().rev() {
            sum = simd.add_f32s(sum, *energy);
        }
        let stands_out = simd.less_than_or_equal_f32s(sum, limit);
        let bit = simd.splat_u32s(1 << block);
        let both = simd.select_u32s(strong, bit, none);
        found = simd.or_u32s(found, simd.select_u32s(stands_out, both, none));
    }
    found
}

/// The blocks in which one of the line's own steps may begin, and those in which one may that no tone
/// hides.
#[inline(always)]
fn alike<S: Simd>(
    simd: S,
    (earlier, later): (&[S::f32s], &[S::f32s]),
    vector: usize,
    peaks: &[S::f32s; BLOCKS],
    (least, most): (S::f32s, S::f32s),
    patterns: &Patterns,
) -> [S::u32s; 2] {
    let (width, none) = (LANES / S::F32_LANES, simd.splat_u32s(0));
    let mut jump = none;
    for (block, peak) in peaks.iter().enumerate() {
        let jumps = simd.less_than_or_equal_f32s(least, *peak);
        let bit = simd.select_u32s(jumps, simd.splat_u32s(1 << block), none);
        jump = simd.or_u32s(jump, bit);
    }
    if !any(simd, jump) {
        return [none; 2];
    }
    let first = earlier.len() / width;
    let mut samples = [simd.splat_f32s(0.0); SPAN];
    let (old, new) = samples.split_at_mut(first);
    for (to, row) in old.iter_mut().zip(earlier.chunks_exact(width)) {
        *to = row[vector];
    }
    for (to, row) in new.iter_mut().zip(later.chunks_exact(width)) {
        *to = row[vector];
    }
    let may_be = simd.and_u32s(jump, not_louder(simd, &samples, most));
    if !any(simd, may_be) {
        return [none; 2];
    }
    let shaped = patterns.find(simd, vector, &samples, may_be);
    let toned = simd.less_than_or_equal_f32s(simd.splat_f32s(f32::MAX), most);
    let under_a_tone = simd.select_u32s(toned, may_be, none);
    [simd.or_u32s(shaped, under_a_tone), shaped]
}

/// The blocks behind which no more follows than `most`.
#[inline(always)]
fn not_louder<S: Simd>(simd: S, samples: &[S::f32s; SPAN], most: S::f32s) -> S::u32s {
    let mut quarters = [simd.splat_f32s(0.0); QUARTERS];
    let rows = samples[LEAD..].chunks_exact(QUARTER);
    for (quarter, rows) in quarters.iter_mut().zip(rows) {
        for row in rows {
            *quarter = mul_add(simd, *row, *row, *quarter);
        }
    }
    let none = simd.splat_u32s(0);
    let mut follow = none;
    for block in 0..BLOCKS {
        let from = block * (BLOCK / QUARTER);
        let mut sum = quarters[from + FOLLOW.start];
        for quarter in &quarters[from + FOLLOW.start + 1..from + FOLLOW.end] {
            sum = simd.add_f32s(sum, *quarter);
        }
        let within = simd.less_than_or_equal_f32s(sum, most);
        let bit = simd.select_u32s(within, simd.splat_u32s(1 << block), none);
        follow = simd.or_u32s(follow, bit);
    }
    follow
}
