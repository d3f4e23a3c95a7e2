//! How much of what a line carries may have leaked in from the card's other lines.
//!
//! Whenever one line is loud, another's power beside it is an upper bound of the leak between the
//! two; the lowest bound of late is taken for the leak itself. So energies alone decide, a quiet
//! moment of each line is enough to know all leaks into it, and a line that never was quiet beside
//! a loud one is left alone. Costs a minimum and a sum for each pair and hop, while one is loud.

use pulp::{Arch, Simd, WithSimd};

use super::bank::{Arithmetic, LANES};
use crate::words::Dbm0;

/// A line louder than this may be heard on others.
const LOUD: Dbm0 = Dbm0(-35.0);
/// Loud for so many hops it is sound, which leaks, and no click, which need not.
const SOUND: u32 = 4;
/// A bound above this share (24 dB down) is no leak: the other line was never quiet yet.
const LEAKS: f32 = 4e-3;
/// A bound rises by so much in each hop in which its line is loud (1 dB in 4 s), so that it
/// follows when a leak grows.
const RISES: f32 = 1.000_58;
/// Share of a hop in the means that are compared (80 ms): a hook's click is no part of a leak.
const SHARE: f32 = 0.125;

/// Lines that may leak into one another: as many channels as one card has.
pub(super) const NEAR: usize = 64;
/// The same in groups of lanes.
const GROUPS: usize = NEAR / LANES;

/// See the module's description.
#[derive(Clone, Debug)]
pub(super) struct Crosstalk {
    arch: Arch,
    /// For each line, the bound of its share that is heard on the others.
    shares: Vec<[[f32; LANES]; GROUPS]>,
    /// Mean power of each line of late.
    means: [[f32; LANES]; GROUPS],
    /// Hops for which each line has been loud.
    loud: [u32; NEAR],
    foreign: [[f32; LANES]; GROUPS],
}

impl Crosstalk {
    /// For `lines` lines, at most [`NEAR`].
    pub(super) fn new(lines: usize, arithmetic: Arithmetic) -> Self {
        Self {
            arch: arithmetic.arch(),
            shares: vec![[[1.0; LANES]; GROUPS]; lines],
            means: [[0.0; LANES]; GROUPS],
            loud: [0; NEAR],
            foreign: [[0.0; LANES]; GROUPS],
        }
    }

    /// Takes the band power of each line in a hop; gives how much of it is foreign, by line.
    pub(super) fn hop(&mut self, bands: &[f32]) -> &[f32] {
        let loud = LOUD.mean_square();
        let means = self.means.as_flattened_mut();
        for ((mean, run), band) in means.iter_mut().zip(&mut self.loud).zip(bands) {
            *mean += (band - *mean) * SHARE;
            *run = if *band < loud { 0 } else { *run + 1 };
        }
        let arch = self.arch;
        arch.dispatch(Weigh {
            crosstalk: self,
            bands,
        });
        self.foreign.as_flattened()
    }
}

/// One hop of all lines.
struct Weigh<'a> {
    crosstalk: &'a mut Crosstalk,
    bands: &'a [f32],
}

impl WithSimd for Weigh<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Crosstalk {
            shares,
            means,
            loud,
            foreign,
            ..
        } = self.crosstalk;
        let groups = shares.len().div_ceil(LANES);
        *foreign = [[0.0; LANES]; GROUPS];
        let speakers = shares.iter_mut().zip(self.bands).zip(&*loud);
        for (speaker, ((shares, &from), run)) in speakers.enumerate() {
            if *run < SOUND {
                continue;
            }
            let inverse = 1.0 / means[speaker / LANES][speaker % LANES];
            let others = shares.iter_mut().zip(&*means).zip(&mut *foreign);
            for ((shares, means), foreign) in others.take(groups) {
                for lane in 0..LANES {
                    let (risen, seen) = (shares[lane] * RISES, means[lane] * inverse);
                    let share = if seen < risen { seen } else { risen };
                    shares[lane] = share;
                    foreign[lane] += if share < LEAKS { share * from } else { 0.0 };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What line 1 has of foreign sound after `hops` hops of these powers (dBm0).
    fn run(crosstalk: &mut Crosstalk, hops: u32, powers: [f32; 2]) -> f32 {
        let bands = powers.map(|dbm0| Dbm0(dbm0).mean_square());
        let foreign = (0..hops).map(|_| crosstalk.hop(&bands)[1]).last();
        Dbm0::from_mean_square(foreign.unwrap_or_default()).0
    }

    #[test]
    fn a_leak_is_known_from_the_first_quiet_moment_on() {
        let mut crosstalk = Crosstalk::new(2, Arithmetic::Best);
        // Both are in use: nothing is known.
        assert!(run(&mut crosstalk, 200, [-15.0, -15.0]) < -90.0);
        // One rests: what it carries is the other's, and so much of it stays foreign.
        assert!((run(&mut crosstalk, 150, [-15.0, -50.0]) + 50.0).abs() < 0.5);
        assert!((run(&mut crosstalk, 20, [-15.0, -15.0]) + 50.0).abs() < 0.5);
        assert!((run(&mut crosstalk, 20, [-25.0, -60.0]) + 60.0).abs() < 0.5);
        // A click that does not leak hardly lowers the bound: it stays in the speaker's mean for
        // a moment, and less is taken for foreign, never more.
        run(&mut crosstalk, 1_000, [-70.0, -70.0]);
        run(&mut crosstalk, 1, [-10.0, -70.0]);
        let after = run(&mut crosstalk, 20, [-15.0, -50.0]);
        assert!((-52.5..-49.5).contains(&after), "{after}");
    }
}
