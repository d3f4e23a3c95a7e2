//! How much of each ear's sound is an FSK carrier, for all ears at once.
//!
//! Looked at are differences of samples two apart: a band-pass around 2 kHz that weakens hum (-27 dB
//! at 50 Hz) and dial tone (-8 dB) and has no memory. One vector lane is one ear; groups in which
//! nobody listens cost nothing, others a fourth until something like a carrier is heard. Allocates in `new` only.

use std::f32::consts::PI;

use pulp::{Arch, Simd, WithSimd};

use super::demodulator::{MARK_HZ, SPACE_HZ, TAPS};
use crate::signal::bank::{Arithmetic, LANES};
use crate::signal::fused::mul_add;
use crate::signal::level::FRAME;
use crate::signal::tile::{Tiles, vectors};
use crate::words::{Dbm0, RATE_HZ};

/// How much of a hop must be carrier for one to begin.
pub(super) const BEGIN: f32 = 0.76;
/// While nothing has begun only one hop in so many is looked at; once it is carrier, those before it
/// are looked at too.
const EVERY: usize = 4;
/// Weakest carrier (dBm0) looked at.
const FLOOR: Dbm0 = Dbm0(-46.0);
/// What the differences make of the power of a mark.
const DIFFERENCE_GAIN: f32 = 2.8;
/// From one window to the next, samples.
const STEP: usize = 4;
/// Samples by which the windows reach back into the hop before.
const REACH: usize = TAPS;
/// Taps of a window on either side of its middle.
const HALF: usize = TAPS / 2;

/// See the module's description.
pub struct CarrierBank {
    arch: Arch,
    /// Cosines and sines of mark and of space, from the middle of a window outwards.
    taps: [[f32; 4]; HALF],
    floor: f32,
    groups: Vec<Group>,
    /// Counts hops up to [`EVERY`].
    turn: usize,
}

/// How an ear listens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Listening {
    /// Not at all.
    Not,
    /// For a carrier to begin.
    Waits,
    /// To a carrier: every hop counts.
    Hears,
}

/// The ears of a group.
#[derive(Clone, Copy, Default)]
struct Group {
    /// The hop before held carrier.
    awake: bool,
    likeness: [f32; LANES],
    before: [u32; LANES],
}

impl CarrierBank {
    /// For the first `ears` ears.
    pub fn new(ears: usize, arithmetic: Arithmetic) -> Self {
        let taps = std::array::from_fn(|n| {
            let turn = 2.0 * PI * (n + 1) as f32 / RATE_HZ as f32;
            let [mark, space] = [MARK_HZ * turn, SPACE_HZ * turn];
            [mark.cos(), mark.sin(), space.cos(), space.sin()]
        });
        Self {
            arch: arithmetic.arch(),
            taps,
            floor: FLOOR.mean_square() * DIFFERENCE_GAIN * FRAME as f32,
            groups: vec![Group::default(); ears.div_ceil(LANES)],
            turn: 0,
        }
    }

    /// Takes the newest hop; `listens` says how an ear does.
    pub fn hop(&mut self, tiles: &Tiles, listens: impl Fn(usize) -> Listening) {
        self.turn = (self.turn + 1) % EVERY;
        for group in 0..self.groups.len() {
            let listens: [Listening; LANES] =
                std::array::from_fn(|lane| listens(group * LANES + lane));
            let Group {
                awake,
                likeness,
                before,
            } = &mut self.groups[group];
            let asleep = !*awake && !listens.contains(&Listening::Hears);
            (*awake, *likeness, *before) = (false, [0.0; LANES], [0; LANES]);
            let deaf = listens == [Listening::Not; LANES];
            if deaf || asleep && self.turn > 0 {
                continue;
            }
            let hop = self.look(tiles, group, 0);
            let begins = |likeness: &[f32; LANES], lane: usize| {
                listens[lane] != Listening::Not && likeness[lane] >= BEGIN
            };
            let mut begun: [bool; LANES] = std::array::from_fn(|lane| begins(&hop, lane));
            let mut before = [0; LANES];
            let awake = begun.contains(&true);
            for ago in 1..EVERY {
                if !asleep || !begun.contains(&true) {
                    break;
                }
                let hop = self.look(tiles, group, ago);
                for lane in 0..LANES {
                    begun[lane] &= begins(&hop, lane);
                    before[lane] += u32::from(begun[lane]);
                }
            }
            self.groups[group] = Group {
                awake,
                likeness: std::array::from_fn(|lane| match listens[lane] {
                    Listening::Not => 0.0,
                    _ => hop[lane],
                }),
                before,
            };
        }
    }

    /// How much of a hop is carrier on each ear of a group.
    fn look(&self, tiles: &Tiles, group: usize, ago: usize) -> [f32; LANES] {
        let mut sums = [[0.0; LANES]; 3];
        self.arch.dispatch(Look {
            ears: tiles.ears() - group * LANES,
            now: tiles.hop(group, ago),
            before: &tiles.hop(group, ago + 1)[(FRAME - REACH - 2) * LANES..],
            taps: &self.taps,
            floor: self.floor,
            sums: &mut sums,
        });
        let [energy, tone, all] = sums;
        std::array::from_fn(|lane| {
            if energy[lane] >= self.floor {
                tone[lane] * 2.0 / (TAPS as f32 * (1.0 + all[lane]))
            } else {
                0.0
            }
        })
    }

    /// How much of an ear's newest hop is one of the two tones, 0-1: white noise gives 0.62 (1 %
    /// above 0.75), FSK 0.95, at 4 dB over white noise still 0.86 (1 % below 0.75). Nothing where it
    /// is too weak.
    pub fn likeness(&self, ear: usize) -> f32 {
        self.groups[ear / LANES].likeness[ear % LANES]
    }

    /// How many hops in a row before the newest one were carrier too, of those that were not looked
    /// at when they came.
    pub fn before(&self, ear: usize) -> u32 {
        self.groups[ear / LANES].before[ear % LANES]
    }
}

/// One hop of one group.
struct Look<'a> {
    ears: usize,
    now: &'a [f32],
    /// The samples before it that the windows reach.
    before: &'a [f32],
    taps: &'a [[f32; 4]; HALF],
    floor: f32,
    /// Energy of the differences, of the stronger tone in all windows, and of all in all windows.
    sums: &'a mut [[f32; LANES]; 3],
}

impl WithSimd for Look<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = LANES / S::F32_LANES;
        let (now, before) = (S::as_simd_f32s(self.now).0, S::as_simd_f32s(self.before).0);
        let floor = simd.splat_f32s(self.floor);
        let two = simd.splat_f32s(2.0);
        let [energies, tones, alls] = self.sums.each_mut().map(|sum| S::as_mut_simd_f32s(sum).0);
        for vector in 0..vectors::<S>(self.ears, 0) {
            let rows = before.chunks_exact(width).chain(now.chunks_exact(width));
            let mut rows = rows.map(|row| row[vector]);
            let none = simd.splat_f32s(0.0);
            let (mut old, mut middle) = (rows.next().unwrap_or(none), rows.next().unwrap_or(none));
            let mut differences = [none; REACH + FRAME];
            let (mut energy, mut all) = (none, none);
            for (n, (difference, new)) in differences.iter_mut().zip(rows).enumerate() {
                *difference = simd.sub_f32s(new, old);
                (old, middle) = (middle, new);
                let square = simd.mul_f32s(*difference, *difference);
                energy = simd.add_f32s(energy, square);
                // So many windows hold this one.
                let once = !(STEP..FRAME + STEP).contains(&n) || n % STEP == STEP - 1;
                let held = if once {
                    square
                } else {
                    simd.mul_f32s(square, two)
                };
                all = simd.add_f32s(all, held);
            }
            (energies[vector], alls[vector]) = (energy, all);
            if simd.first_true_m32s(simd.less_than_or_equal_f32s(floor, energy)) < S::F32_LANES {
                tones[vector] = stronger(simd, &differences, self.taps);
            }
        }
    }
}

/// Sum of the squared envelopes of the stronger tone in each window.
#[inline(always)]
fn stronger<S: Simd>(
    simd: S,
    differences: &[S::f32s; REACH + FRAME],
    taps: &[[f32; 4]; HALF],
) -> S::f32s {
    let taps = taps.map(|tap| tap.map(|tap| simd.splat_f32s(tap)));
    let mut tone = simd.splat_f32s(0.0);
    for window in differences.windows(TAPS).step_by(STEP) {
        let none = simd.splat_f32s(0.0);
        let mut sums = [window[HALF], none, window[HALF], none];
        for (n, tap) in taps.iter().enumerate() {
            let (later, earlier) = (window[HALF + 1 + n], window[HALF - 1 - n]);
            let even = simd.add_f32s(later, earlier);
            let odd = simd.sub_f32s(later, earlier);
            for (k, part) in [even, odd, even, odd].into_iter().enumerate() {
                sums[k] = mul_add(simd, part, tap[k], sums[k]);
            }
        }
        let squares = sums.map(|sum| simd.mul_f32s(sum, sum));
        let mark = simd.add_f32s(squares[0], squares[1]);
        let space = simd.add_f32s(squares[2], squares[3]);
        tone = simd.add_f32s(tone, simd.max_f32s(mark, space));
    }
    tone
}
