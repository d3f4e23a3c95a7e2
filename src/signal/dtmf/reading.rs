//! One window judged: which pair of tones is there, and what else is in their bands.
//!
//! Channels with a plausible pair are gathered in a [`Batch`], one a lane, whatever group of the
//! bank they come from, and judged together.

use super::gate::{max, min};
use super::limits::{HIGH_HZ, HOP, LOW_HZ};
use super::tones::{Amplitudes, Place, Shown, Tones, squares, take};
use crate::signal::bank::{Arithmetic, LANES, RARE, RareBins, Spectrum};
use crate::words::RATE_HZ;
use pulp::{Arch, Simd, WithSimd};
use std::ops::Range;

/// Bins of the bank: the eight tones first, then the places where a genuine digit has nothing.
#[rustfmt::skip]
pub(super) const BINS_HZ: [f32; 18] = [
    LOW_HZ[0], LOW_HZ[1], LOW_HZ[2], LOW_HZ[3], HIGH_HZ[0], HIGH_HZ[1], HIGH_HZ[2], HIGH_HZ[3],
    // between rows and columns
    1075.0,
    // below the rows, two bins from hum (150 Hz) and dial tones (350-440 Hz)
    250.0, 550.0,
    // between the columns and above them, where the rows' second harmonics lie too
    1272.0, 1406.0, 1555.0, 1711.0,
    // second harmonics of the columns
    2418.0, 2672.0, 2954.0,
];

/// First bins of the rows, of the columns, and of those that lie elsewhere, as in [`BINS_HZ`].
const ROWS: Range<usize> = 0..4;
const COLUMNS: Range<usize> = 4..8;
pub(super) const BETWEEN: usize = 8;
/// From this bin on they are computed only for channels with a pair of tones.
pub(super) const RARE_FROM: usize = 9;
const RARE_COUNT: usize = BINS_HZ.len() - RARE_FROM;
/// The rare bins, counted from there.
const BELOW: Range<usize> = 0..2;
const BESIDE_COLUMNS: Range<usize> = 2..6;
const ABOVE: Range<usize> = 6..9;

/// A tone farther than this from its nominal frequency is not one, part of the frequency. Wider
/// than any limit, because one window under noise is not the whole tone.
const FAR_OFF: f32 = 0.05;

/// One tone of a pair in one window.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToneReading {
    /// Row or column, 0 to 3.
    pub(super) index: usize,
    /// Squared peak amplitude as the nominal bin shows it.
    pub(super) raw: f32,
    /// Squared peak amplitude at the measured frequency.
    pub(super) power: f32,
    /// Complex turn since the window before, see [`Spectrum::turn`].
    pub(super) turn: (f32, f32),
    /// Strongest foreign component in the tone's group, relative to `power`.
    pub(super) residue: f32,
}

impl ToneReading {
    fn of(tones: &Tones, lane: usize) -> Self {
        Self {
            index: tones.bin[lane] as usize % 4,
            raw: tones.raw[lane],
            power: tones.power[lane],
            turn: (tones.x[lane], tones.y[lane]),
            residue: tones.beside[lane] / tones.power[lane],
        }
    }
}

/// A clean pair of tones in one window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) low: ToneReading,
    pub(super) high: ToneReading,
    /// Strongest component below the rows, relative to the weaker tone.
    pub(super) below: f32,
    /// Strongest component at the columns' second harmonics, relative to the weaker tone.
    pub(super) above: f32,
}

/// The turns that stand for a deviation of up to [`FAR_OFF`], without reckoning angles.
#[derive(Clone, Copy)]
struct Near {
    /// Squared cosine of the largest angle, with its sign.
    cosine: f32,
}

impl Near {
    fn new(hz: f32) -> Self {
        let turn = std::f32::consts::TAU * FAR_OFF * hz * HOP as f32 / RATE_HZ as f32;
        let cosine = turn.cos();
        Self {
            cosine: cosine * cosine.abs(),
        }
    }

    fn holds(self, (x, y): (f32, f32)) -> bool {
        x * x.abs() >= self.cosine * (x * x + y * y)
    }
}

/// Up to [`LANES`] channels with a plausible pair in one window.
pub(super) struct Batch {
    arch: Arch,
    near: [Near; 8],
    places: [Place; BINS_HZ.len()],
    channels: [usize; LANES],
    count: usize,
    pairs: Pairs,
    /// Room for the rare bins of one group's channels.
    heard: [RareBins; LANES],
}

/// What is known of them. Lanes beyond the count hold anything.
struct Pairs {
    low: Tones,
    high: Tones,
    /// Largest in-band power beside a tone, relative to it.
    limit: [f32; LANES],
    always: [Amplitudes; RARE_FROM],
    rare: [Amplitudes; RARE_COUNT],
    /// Strongest component below the rows, and at the columns' second harmonics.
    below: [f32; LANES],
    above: [f32; LANES],
    /// Not zero: nothing seen so far speaks against the pair.
    clean: [u32; LANES],
}

impl Batch {
    pub(super) fn new(arithmetic: Arithmetic) -> Self {
        Self {
            arch: arithmetic.arch(),
            near: std::array::from_fn(|tone| Near::new(BINS_HZ[tone])),
            places: BINS_HZ.map(Place::new),
            channels: [0; LANES],
            count: 0,
            pairs: Pairs {
                low: Tones::NONE,
                high: Tones::NONE,
                limit: [0.0; LANES],
                always: [[[0.0; LANES]; 2]; RARE_FROM],
                rare: [[[0.0; LANES]; 2]; RARE_COUNT],
                below: [0.0; LANES],
                above: [0.0; LANES],
                clean: [0; LANES],
            },
            heard: [[[0.0; RARE]; 2]; LANES],
        }
    }

    /// So many channels are in it.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn channel(&self, lane: usize) -> usize {
        self.channels[lane]
    }

    pub(super) fn clear(&mut self) {
        self.count = 0;
    }

    /// Adds a channel whose strongest row and column these are, 0 to 3 each, unless one of the two
    /// is far off its frequency. Nothing may lie in either group above `limit` times the tone.
    pub(super) fn add(
        &mut self,
        spectrum: &Spectrum<'_>,
        channel: usize,
        (row, column): (usize, usize),
        limit: f32,
    ) -> bool {
        let low = self.shown(spectrum, channel, ROWS.start + row);
        let high = self.shown(spectrum, channel, COLUMNS.start + column);
        let (Some(low), Some(high)) = (low, high) else {
            return false;
        };
        let lane = self.count;
        self.count += 1;
        self.channels[lane] = channel;
        self.pairs.low.put(lane, low);
        self.pairs.high.put(lane, high);
        self.pairs.limit[lane] = limit;
        let rows = spectrum.group(channel / LANES).as_chunks::<LANES>().0;
        let bins = self.pairs.always.as_flattened_mut().iter_mut();
        for (bin, row) in bins.zip(rows) {
            bin[lane] = row[channel % LANES];
        }
        true
    }

    fn shown(&self, spectrum: &Spectrum<'_>, channel: usize, bin: usize) -> Option<Shown> {
        let turn = spectrum.turn(bin, channel);
        self.near[bin].holds(turn).then(|| Shown {
            bin,
            place: self.places[bin],
            amplitude: spectrum.bin(bin, channel),
            turn,
        })
    }

    /// Judges all of them.
    pub(super) fn judge(&mut self, spectrum: &Spectrum<'_>) {
        self.arch.dispatch(AtSight {
            places: &self.places[..RARE_FROM],
            pairs: &mut self.pairs,
        });
        if self.pairs.clean[..self.count]
            .iter()
            .all(|&clean| clean == 0)
        {
            return;
        }
        self.listen(spectrum);
        self.arch.dispatch(Closely {
            places: &self.places[RARE_FROM..],
            pairs: &mut self.pairs,
        });
    }

    /// The reading of one of them, if its pair is clean.
    pub(super) fn reading(&self, lane: usize) -> Option<Reading> {
        let pairs = &self.pairs;
        (pairs.clean[lane] != 0).then(|| Reading {
            low: ToneReading::of(&pairs.low, lane),
            high: ToneReading::of(&pairs.high, lane),
            below: pairs.below[lane],
            above: pairs.above[lane],
        })
    }

    /// Has the rare bins computed of those that are clean so far, group by group.
    fn listen(&mut self, spectrum: &Spectrum<'_>) {
        let (pairs, mut from) = (&mut self.pairs, 0);
        for of_group in self.channels[..self.count].chunk_by(|a, b| a / LANES == b / LANES) {
            let (mut places, mut lanes, mut count) = ([0; LANES], [0; LANES], 0);
            for (place, channel) in (from..).zip(of_group) {
                if pairs.clean[place] != 0 {
                    (places[count], lanes[count]) = (place, channel % LANES);
                    count += 1;
                }
            }
            from += of_group.len();
            let bins = &mut self.heard[..count];
            spectrum.rare(of_group[0] / LANES, &lanes[..count], bins);
            for (&place, [re, im]) in places.iter().zip(&*bins) {
                for (to, (re, im)) in pairs.rare.iter_mut().zip(re.iter().zip(im)) {
                    (to[0][place], to[1][place]) = (*re, *im);
                }
            }
        }
    }
}

/// The pairs by the bins that are computed of all channels.
struct AtSight<'a> {
    places: &'a [Place],
    pairs: &'a mut Pairs,
}

impl WithSimd for AtSight<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Pairs {
            low,
            high,
            limit,
            always,
            clean,
            ..
        } = self.pairs;
        low.settle();
        high.settle();
        leave(always, self.places, low, high);
        low.beside = strongest_but(&always[ROWS], ROWS.start, &low.bin);
        high.beside = strongest_but(&always[COLUMNS], COLUMNS.start, &high.bin);
        let between = squares(&always[BETWEEN]);
        for lane in 0..LANES {
            let (a, b) = (low.power[lane], high.power[lane]);
            let alone = (between[lane] < limit[lane] * min(a, b))
                & (low.beside[lane] < limit[lane] * a)
                & (high.beside[lane] < limit[lane] * b);
            clean[lane] = u32::from(alone);
        }
    }
}

/// And by the rare bins.
struct Closely<'a> {
    places: &'a [Place],
    pairs: &'a mut Pairs,
}

impl WithSimd for Closely<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Pairs {
            low,
            high,
            limit,
            rare,
            below,
            above,
            clean,
            ..
        } = self.pairs;
        leave(rare, self.places, low, high);
        let none = [u32::MAX; LANES];
        let beside = strongest_but(&rare[BESIDE_COLUMNS], 0, &none);
        *below = strongest_but(&rare[BELOW], 0, &none);
        *above = strongest_but(&rare[ABOVE], 0, &none);
        for lane in 0..LANES {
            let weaker = min(low.power[lane], high.power[lane]);
            below[lane] /= weaker;
            above[lane] /= weaker;
            let alone = beside[lane] < limit[lane] * high.power[lane];
            clean[lane] = if alone { clean[lane] } else { 0 };
            high.beside[lane] = max(beside[lane], high.beside[lane]);
        }
    }
}

/// Takes away from some bins what the pair puts there.
#[inline(always)]
fn leave(bins: &mut [Amplitudes], places: &[Place], low: &Tones, high: &Tones) {
    for (bin, place) in bins.iter_mut().zip(places) {
        take(bin, *place, low);
        take(bin, *place, high);
    }
}

/// The strongest of some bins, the first of which has the number `first`, but for one of them.
#[inline(always)]
fn strongest_but(bins: &[Amplitudes], first: usize, own: &[u32; LANES]) -> [f32; LANES] {
    let mut strongest = [0.0; LANES];
    for (bin, amplitudes) in (first as u32..).zip(bins) {
        let power = squares(amplitudes);
        for lane in 0..LANES {
            let counts = (own[lane] != bin) & (power[lane] > strongest[lane]);
            strongest[lane] = if counts { power[lane] } else { strongest[lane] };
        }
    }
    strongest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_near_up_to_its_limit() {
        for hz in [LOW_HZ[0], HIGH_HZ[3]] {
            let near = Near::new(hz);
            let turn = |off: f32| {
                let angle = std::f32::consts::TAU * off * HOP as f32 / RATE_HZ as f32;
                (3e5 * angle.cos(), 3e5 * angle.sin())
            };
            let most = FAR_OFF * hz;
            assert!(
                [0.0, most - 0.1, 0.1 - most]
                    .map(turn)
                    .map(|t| near.holds(t))
                    == [true; 3]
            );
            assert!(
                [most + 0.1, -0.1 - most, 99.0]
                    .map(turn)
                    .map(|t| near.holds(t))
                    == [false; 3]
            );
        }
    }
}
