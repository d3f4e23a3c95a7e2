//! One window judged: which pair of tones is there, and what else is in their bands.

use super::limits::{HIGH_HZ, HOP, LOW_HZ, WINDOW};
use crate::signal::bank::{Arithmetic, Spectrum};
use crate::words::RATE_HZ;
use pulp::{Arch, Simd, WithSimd};
use std::f32::consts::PI;

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

/// First bin of the rows, of the columns, and those that lie elsewhere, as in [`BINS_HZ`].
const ROWS: std::ops::Range<usize> = 0..4;
const COLUMNS: std::ops::Range<usize> = 4..8;
pub(super) const BETWEEN: usize = 8;
/// From this bin on they are computed only for channels with a pair of tones.
pub(super) const RARE_FROM: usize = 9;
const BELOW: std::ops::Range<usize> = 9..11;
const BESIDE_COLUMNS: std::ops::Range<usize> = 11..15;
const ABOVE: std::ops::Range<usize> = 15..18;

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

/// Judges windows. Holds the response of the bank's window.
pub(super) struct Judge {
    arch: Arch,
    lobe: Lobe,
    /// For each tone, how far it may turn.
    near: [Near; 8],
    /// The bins of every window, and those of the channels with a pair.
    always: Bins,
    rare: Bins,
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

impl Judge {
    pub(super) fn new(arithmetic: Arithmetic) -> Self {
        Self {
            arch: arithmetic.arch(),
            lobe: Lobe::new(),
            near: std::array::from_fn(|tone| Near::new(BINS_HZ[tone])),
            always: Bins::new(&BINS_HZ[..RARE_FROM]),
            rare: Bins::new(&BINS_HZ[RARE_FROM..]),
        }
    }

    /// The pair in this window of `channel`, if nothing at the other tones and between the groups
    /// is stronger than `limit` times its tones.
    pub(super) fn pair(&self, spectrum: &Spectrum<'_>, channel: usize, limit: f32) -> Option<Pair> {
        let low = self.strongest(spectrum, channel, ROWS.start)?;
        let high = self.strongest(spectrum, channel, COLUMNS.start)?;
        let mut pair = Pair {
            low,
            high,
            in_low: 0.0,
            in_high: 0.0,
        };
        let left = self
            .always
            .left(self.arch, |bin| spectrum.bin(bin, channel), &pair);
        let other = |bins: std::ops::Range<usize>, own: usize| {
            let left = bins.filter(|&bin| bin != own).map(|bin| left[bin]);
            left.fold(0.0, f32::max)
        };
        pair.in_low = other(ROWS, low.bin);
        pair.in_high = other(COLUMNS, high.bin);
        let clean = left[BETWEEN] < limit * pair.weaker()
            && pair.in_low < limit * low.power
            && pair.in_high < limit * high.power;
        clean.then_some(pair)
    }

    /// The pair's reading, given the rare bins, if nothing else in the columns' band is stronger
    /// than `limit` times the high tone.
    pub(super) fn read(
        &self,
        pair: &Pair,
        rare: impl Fn(usize) -> (f32, f32),
        limit: f32,
    ) -> Option<Reading> {
        let left = self.rare.left(self.arch, rare, pair);
        let most = |bins: std::ops::Range<usize>| {
            let left = &left[bins.start - RARE_FROM..bins.end - RARE_FROM];
            left.iter().copied().fold(0.0, f32::max)
        };
        let in_high = most(BESIDE_COLUMNS);
        let weaker = pair.weaker();
        (in_high < limit * pair.high.power).then(|| Reading {
            low: pair.low.reading(pair.in_low),
            high: pair.high.reading(in_high.max(pair.in_high)),
            below: most(BELOW) / weaker,
            above: most(ABOVE) / weaker,
        })
    }

    /// The strongest of the four bins from `first`, at its measured frequency.
    fn strongest(
        &self,
        spectrum: &Spectrum<'_>,
        channel: usize,
        first: usize,
    ) -> Option<Component> {
        let mut bin = first;
        let mut raw = spectrum.power(first, channel);
        for candidate in first + 1..first + 4 {
            let power = spectrum.power(candidate, channel);
            if power > raw {
                (bin, raw) = (candidate, power);
            }
        }
        let turn = spectrum.turn(bin, channel);
        if !self.near[bin].holds(turn) {
            return None;
        }
        let deviation = spectrum.deviation(turn);
        let (re, im) = spectrum.bin(bin, channel);
        let gain = 1.0 / self.lobe.at(deviation);
        Some(Component {
            bin,
            raw,
            frequency: BINS_HZ[bin] + deviation,
            amplitude: (re * gain, im * gain),
            power: raw * gain * gain,
            turn,
        })
    }
}

/// Two tones that nothing seen so far speaks against, and what was seen.
pub(super) struct Pair {
    low: Component,
    high: Component,
    in_low: f32,
    in_high: f32,
}

impl Pair {
    fn weaker(&self) -> f32 {
        self.low.power.min(self.high.power)
    }
}

#[derive(Clone, Copy)]
struct Component {
    bin: usize,
    raw: f32,
    frequency: f32,
    amplitude: (f32, f32),
    power: f32,
    turn: (f32, f32),
}

impl Component {
    fn reading(&self, residue: f32) -> ToneReading {
        ToneReading {
            index: self.bin % 4,
            raw: self.raw,
            power: self.power,
            turn: self.turn,
            residue: residue / self.power,
        }
    }
}

/// Some of the bank's bins, side by side: what a tone beside them puts there.
struct Bins {
    count: usize,
    /// Their places, in widths of a bin.
    places: [f32; Self::ROOM],
    /// Sine and cosine of π times the place: those of a distance from a tone follow from them.
    sines: [f32; Self::ROOM],
    cosines: [f32; Self::ROOM],
}

impl Bins {
    /// Whole vectors of them.
    const ROOM: usize = 16;
    /// Width of a bin (Hz).
    const WIDTH: f32 = RATE_HZ as f32 / WINDOW as f32;
    /// Nearer than this to where the response's fraction has no value, its limit is taken.
    const NEAR: f32 = 0.02;

    fn new(hz: &[f32]) -> Self {
        let place = |bin: usize| hz.get(bin).map_or(0.0, |hz| f64::from(hz / Self::WIDTH));
        let turn = |bin: usize| std::f64::consts::PI * place(bin);
        Self {
            count: hz.len(),
            places: std::array::from_fn(|bin| place(bin) as f32),
            sines: std::array::from_fn(|bin| turn(bin).sin() as f32),
            cosines: std::array::from_fn(|bin| turn(bin).cos() as f32),
        }
    }

    /// Power left in each bin after taking away what the pair puts there.
    fn left(
        &self,
        arch: Arch,
        value: impl Fn(usize) -> (f32, f32),
        pair: &Pair,
    ) -> [f32; Self::ROOM] {
        let (mut re, mut im) = ([0.0; Self::ROOM], [0.0; Self::ROOM]);
        for bin in 0..self.count {
            (re[bin], im[bin]) = value(bin);
        }
        arch.dispatch(Left {
            bins: self,
            re,
            im,
            tones: [Beside::new(&pair.low), Beside::new(&pair.high)],
        })
    }
}

/// A tone among the bins.
#[derive(Clone, Copy)]
struct Beside {
    /// Its place, in widths of a bin, with the sine and cosine of π times it.
    place: f32,
    sine: f32,
    cosine: f32,
    amplitude: (f32, f32),
}

impl Beside {
    fn new(tone: &Component) -> Self {
        let place = tone.frequency / Bins::WIDTH;
        let turns = (place / 2.0) as i32;
        let (sine, cosine) = (PI * (place - 2.0 * turns as f32)).sin_cos();
        Self {
            place,
            sine,
            cosine,
            amplitude: tone.amplitude,
        }
    }
}

/// What is left of some bins beside two tones.
struct Left<'a> {
    bins: &'a Bins,
    re: [f32; Bins::ROOM],
    im: [f32; Bins::ROOM],
    tones: [Beside; 2],
}

impl WithSimd for Left<'_> {
    type Output = [f32; Bins::ROOM];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        let Self {
            bins,
            mut re,
            mut im,
            tones,
        } = self;
        for tone in tones {
            for bin in 0..Bins::ROOM {
                let x = bins.places[bin] - tone.place;
                let sine = bins.sines[bin] * tone.cosine - bins.cosines[bin] * tone.sine;
                let share = share(x, sine);
                re[bin] -= tone.amplitude.0 * share;
                im[bin] -= tone.amplitude.1 * share;
            }
        }
        for bin in 0..Bins::ROOM {
            re[bin] = re[bin] * re[bin] + im[bin] * im[bin];
        }
        re
    }
}

/// [`exact`] at `x`, given the sine of πx; 0 from [`Lobe::BINS`] on.
#[inline(always)]
fn share(x: f32, sine: f32) -> f32 {
    let away = x.abs();
    let (at, beside) = (away < Bins::NEAR, (away - 1.0).abs() < Bins::NEAR);
    // sin(πx)/π is x near 0 and |x| - |x|² near 1, but for a part in a thousand.
    let off = if at { x } else { away - 1.0 };
    let bow = 1.0 - PI * PI / 6.0 * off * off;
    let limit = if at { 1.0 - x * x } else { away + away * away };
    let near = at | beside;
    let above = if near { bow } else { sine };
    let below = if near { limit } else { PI * x * (1.0 - x * x) };
    if away < Lobe::BINS as f32 {
        above / below
    } else {
        0.0
    }
}

/// Response of a Hann window of [`WINDOW`] samples, so many Hz from its bin; 1 at the bin.
struct Lobe {
    table: Vec<f32>,
}

impl Lobe {
    /// Steps of the table for each of the window's bins (8000 / [`WINDOW`] Hz).
    const STEPS: usize = 64;
    /// Beyond so many bins the response is below -65 dB.
    const BINS: usize = 8;

    fn new() -> Self {
        let steps = 0..=Self::BINS * Self::STEPS + 1;
        Self {
            table: steps
                .map(|step| exact(step as f64 / Self::STEPS as f64) as f32)
                .collect(),
        }
    }

    fn at(&self, offset_hz: f32) -> f32 {
        const PER_HZ: f32 = (Lobe::STEPS * WINDOW) as f32 / RATE_HZ as f32;
        let place = offset_hz.abs() * PER_HZ;
        let step = place as usize;
        if step >= Self::BINS * Self::STEPS {
            return 0.0;
        }
        let (a, b) = (self.table[step], self.table[step + 1]);
        a + (b - a) * (place - step as f32)
    }
}

/// The response `x` bins away: sin(πx) / (πx (1 - x²)).
fn exact(x: f64) -> f64 {
    let angle = std::f64::consts::PI * x;
    if x.abs() < 1e-6 {
        1.0
    } else if (x.abs() - 1.0).abs() < 1e-6 {
        0.5
    } else {
        angle.sin() / (angle * (1.0 - x * x))
    }
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

    #[test]
    fn shares_are_those_of_the_windows_response() {
        for thousandth in -9_000..9_000 {
            let x = f64::from(thousandth) / 1_000.0;
            let expected = if x.abs() < 8.0 { exact(x) } else { 0.0 };
            let share = share(x as f32, (std::f64::consts::PI * x).sin() as f32);
            let off = (f64::from(share) - expected).abs();
            assert!(off < 2e-4, "{x}: {share} {expected}");
        }
    }

    #[test]
    fn lobe_is_that_of_the_banks_window() {
        let lobe = Lobe::new();
        for hz in [0.0f32, 13.0, 25.0, 50.0, 73.0, 100.0, 156.0, 331.0, -73.0] {
            let mut sum = 0.0f64;
            for n in 0..WINDOW {
                let t = n as f64 - (WINDOW as f64 - 1.0) / 2.0;
                let weight = 1.0 + (std::f64::consts::TAU * t / WINDOW as f64).cos();
                sum += weight * (std::f64::consts::TAU * f64::from(hz) * t / 8_000.0).cos();
            }
            let exact = (sum / WINDOW as f64) as f32;
            assert!(
                (lobe.at(hz) - exact).abs() < 1e-3,
                "{hz} Hz: {} {exact}",
                lobe.at(hz)
            );
        }
    }
}
