//! The samples of a line that hums, with the hum taken off: what clicks are looked for in there.
//!
//! Kept apart from the other ears', sample by sample, since every line hums in its own way.

use super::jumps::{AFTER, BEFORE, BLOCK, BLOCKS, Jumps, stands_out, turn};
use crate::signal::level::FRAME;
use crate::signal::tile::Past;

/// Samples kept, and room for more, so that they are moved rarely.
pub(super) const KEPT: usize = 640;
const ROOM: usize = 2 * KEPT;
/// Samples of a period of the mains.
const MAINS: usize = 160;
/// Share of a period of hum in the mean of the last ones.
const SHARE: f32 = 0.1;

/// See the module's description.
#[derive(Clone, Debug)]
pub(super) struct Hummed {
    samples: Box<[f32; ROOM]>,
    /// End of what is in `samples`; the last [`KEPT`] before it count.
    end: usize,
    /// One period of the hum, and the place of the next sample in it.
    hum: [f32; MAINS],
    phase: usize,
    /// Energies of the last blocks judged.
    energies: [f32; BEFORE],
}

impl Hummed {
    /// A line that has begun to hum with the newest hop of `past`.
    pub(super) fn new(past: Past<'_>) -> Self {
        let mut hummed = Self {
            samples: Box::new([0.0; ROOM]),
            end: KEPT,
            hum: [0.0; MAINS],
            phase: 0,
            energies: [0.0; BEFORE],
        };
        for (place, back) in (FRAME + 1..=KEPT).rev().enumerate() {
            hummed.samples[FRAME + place] = past.back(back);
        }
        let first = KEPT - AFTER - BEFORE * BLOCK;
        hummed.energies = std::array::from_fn(|block| hummed.energy(first + block * BLOCK).0);
        hummed
    }

    /// Takes the newest hop: with its hum taken off if it still hums.
    pub(super) fn take(&mut self, past: Past<'_>, hums: bool) {
        if self.end + FRAME > ROOM {
            self.samples.copy_within(self.end - KEPT..self.end, 0);
            self.end = KEPT;
        }
        for n in 0..FRAME {
            let mut sample = past.back(FRAME - n);
            if hums {
                let hum = &mut self.hum[self.phase];
                sample -= *hum;
                *hum += sample * SHARE;
                self.phase = (self.phase + 1) % MAINS;
            }
            self.samples[self.end + n] = sample;
        }
        self.end += FRAME;
    }

    /// Hums anew, in another way.
    pub(super) fn forget(&mut self) {
        self.hum = [0.0; MAINS];
    }

    /// The last [`KEPT`] samples.
    pub(super) fn samples(&self) -> &[f32] {
        &self.samples[self.end - KEPT..self.end]
    }

    /// What is worth a look in the hop that can be judged now; `least` is what the prediction misses of
    /// the line's own step. Call it once after each hop.
    pub(super) fn jumps(&mut self, least: Option<f32>) -> Jumps {
        let first = self.end - AFTER - FRAME;
        let mut energies = [0.0; BEFORE + BLOCKS];
        energies[..BEFORE].copy_from_slice(&self.energies);
        let mut jumps = Jumps::default();
        for block in 0..BLOCKS {
            let (energy, peak) = self.energy(first + block * BLOCK);
            energies[BEFORE + block] = energy;
            let sudden = stands_out(energy, &energies[block..]);
            let like = least.is_some_and(|least| peak >= least);
            jumps.sudden |= u32::from(sudden) << block;
            jumps.like |= u32::from(like) << block;
        }
        self.energies.copy_from_slice(&energies[BLOCKS..]);
        jumps.shaped = jumps.like; // nobody has looked
        jumps
    }

    /// Energy of the prediction's errors in a block, and the largest of them.
    fn energy(&self, block: usize) -> (f32, f32) {
        let turn = turn();
        let with_two_before = self.samples[block - 2..block + BLOCK].windows(3);
        let errors = with_two_before.map(|last| last[2] - turn * last[1] + last[0]);
        errors.fold((0.0, 0.0f32), |(sum, most), error| {
            (sum + error * error, most.max(error.abs()))
        })
    }
}
