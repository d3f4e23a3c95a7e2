//! Jumps: blocks of 1 ms that cannot be predicted from what came before, for all ears at once.
//!
//! One vector lane is one ear. What a jump is, the line's [`super::ClickDetector`] judges; speech is
//! told from it by the blocks before already, so that few need judging. Allocates in `new` only.

use pulp::Arch;

use super::click::TONE_HZ;
use crate::signal::bank::{Arithmetic, LANES};
use crate::signal::level::FRAME;
use crate::signal::tile::{Tiles, add};
use crate::words::RATE_HZ;

/// Samples that must follow a jump before it is judged.
pub(super) const AFTER: usize = 208;
/// Samples summed up when looking for jumps.
pub(super) const BLOCK: usize = 8;
/// Blocks in a hop.
pub(super) const BLOCKS: usize = FRAME / BLOCK;
/// Blocks whose energies are kept: those of a hop judged, those before and those after it.
const RING: usize = 64;
/// A jump's block stands out of the blocks before it by this factor in energy.
const STANDS_OUT: f32 = 30.0;
/// Blocks before the jump that it is compared with; the nearest may hold its beginning.
const BEFORE: usize = 15;
/// Weakest jump looked at, in sample values.
const WEAKEST: f32 = 60.0;

/// The factor of the prediction that has its zero at [`TONE_HZ`].
pub(super) fn turn() -> f32 {
    2.0 * (std::f32::consts::TAU * TONE_HZ / RATE_HZ as f32).cos()
}

/// Finds jumps on the first ears of a card.
pub struct JumpBank {
    arch: Arch,
    turn: f32,
    /// Energy of the prediction's errors: `[group][block of the ring][lane]`.
    energies: Vec<f32>,
    /// Where in the ring the next hop's first block goes.
    at: usize,
    jumps: Vec<[u16; LANES]>,
}

impl JumpBank {
    /// For the first `ears` ears, which have heard silence.
    pub fn new(ears: usize, arithmetic: Arithmetic) -> Self {
        let groups = ears.div_ceil(LANES);
        Self {
            arch: arithmetic.arch(),
            turn: turn(),
            energies: vec![0.0; groups * RING * LANES],
            at: 0,
            jumps: vec![[0; LANES]; groups],
        }
    }

    /// Takes the newest hop.
    pub fn hop(&mut self, tiles: &Tiles) {
        let rings = self.energies.as_chunks_mut::<LANES>().0;
        let groups = rings.chunks_exact_mut(RING).zip(&mut self.jumps);
        let (arch, at, turn) = (self.arch, self.at, self.turn);
        for (group, (energies, jumps)) in groups.enumerate() {
            let screen = Screen {
                rows: tiles.hop(group, 0).as_chunks::<LANES>().0,
                before: tiles.hop(group, 1).as_chunks::<LANES>().0,
                energies,
                at,
                turn,
            };
            *jumps = arch.dispatch(
                #[inline(always)]
                || screen.look(),
            );
        }
        self.at = (self.at + BLOCKS) % RING;
    }

    /// The blocks of an ear that jump, one bit each, the earliest lowest: of the hop that lies 26 ms
    /// before the newest one.
    pub fn jumps(&self, ear: usize) -> u16 {
        self.jumps[ear / LANES][ear % LANES]
    }
}

/// One hop of one group.
struct Screen<'a> {
    rows: &'a [[f32; LANES]],
    /// The hop before.
    before: &'a [[f32; LANES]],
    energies: &'a mut [[f32; LANES]],
    at: usize,
    turn: f32,
}

impl Screen<'_> {
    /// Which blocks stand out of the ones before them. Sums in another order than one by one may
    /// differ in the last digits; nothing hangs on those.
    #[inline(always)]
    fn look(mut self) -> [u16; LANES] {
        self.measure();
        // Blocks that can be judged now, and as many before the first as it is compared with.
        let first = self.at + RING - AFTER / BLOCK;
        let energy = |n: usize| &self.energies[(first + n - BEFORE - 1) % RING];
        let mut twos = [[0.0; LANES]; BLOCKS + BEFORE - 1];
        for (n, sum) in twos.iter_mut().enumerate() {
            *sum = add(energy(n), energy(n + 1));
        }
        let mut fours = [[0.0; LANES]; BLOCKS + BEFORE - 3];
        for (n, sum) in fours.iter_mut().enumerate() {
            *sum = add(&twos[n], &twos[n + 2]);
        }
        let mut jumps = [0; LANES];
        for n in 0..BLOCKS {
            let eight = add(&fours[n], &fours[n + 4]);
            let seven = add(&add(&fours[n + 8], &twos[n + 12]), energy(n + 14));
            let before = add(&eight, &seven);
            let here = energy(n + BEFORE + 1);
            for lane in 0..LANES {
                let stands_out = before[lane] <= here[lane] * (BEFORE as f32 / STANDS_OUT);
                let jumps_here = (here[lane] >= WEAKEST * WEAKEST) & stands_out;
                jumps[lane] |= u16::from(jumps_here) << n;
            }
        }
        jumps
    }

    /// How much the prediction missed of each block of the hop.
    #[inline(always)]
    fn measure(&mut self) {
        let last = &self.before[FRAME - 2..];
        let (mut two, mut one) = (last[0], last[1]);
        for (n, block) in self.rows.chunks_exact(BLOCK).enumerate() {
            let mut sum = [0.0; LANES];
            for row in block {
                for lane in 0..LANES {
                    let error = row[lane] - self.turn * one[lane] + two[lane];
                    sum[lane] += error * error;
                }
                (two, one) = (one, *row);
            }
            self.energies[(self.at + n) % RING] = sum;
        }
    }
}
