//! The tones of a pair, side by side for several channels, and what they put into other bins.

use super::limits::{HOP, WINDOW};
use super::response::share;
use crate::signal::bank::LANES;
use crate::words::RATE_HZ;
use std::f32::consts::{FRAC_2_PI, FRAC_PI_2};

/// A tone turns in a hop by half of π times its distance from the bin in widths of a bin: the
/// double of the turn's angle stands for the distance, and sine and cosine come without angles.
const _: () = assert!(WINDOW == 4 * HOP);

/// Where a frequency lies among the bins.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// In widths of a bin: the window's main lobe is two wide on either side.
    at: f32,
    /// Sine and cosine of π times it: those of a distance between two places follow from them.
    sine: f32,
    cosine: f32,
}

impl Place {
    pub(super) fn new(hz: f32) -> Self {
        let at = f64::from(hz) * WINDOW as f64 / f64::from(RATE_HZ);
        let (sine, cosine) = (std::f64::consts::PI * at).sin_cos();
        Self {
            at: at as f32,
            sine: sine as f32,
            cosine: cosine as f32,
        }
    }
}

/// How a tone shows in its bin.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) bin: usize,
    /// The bin's place.
    pub(super) place: Place,
    pub(super) amplitude: (f32, f32),
    /// See [`Spectrum::turn`](crate::signal::bank::Spectrum::turn).
    pub(super) turn: (f32, f32),
}

/// One tone of the pair of each channel.
pub(super) struct Tones {
    pub(super) bin: [u32; LANES],
    /// What the bin shows: its squared amplitude, and its turn.
    pub(super) raw: [f32; LANES],
    pub(super) x: [f32; LANES],
    pub(super) y: [f32; LANES],
    /// The bin's place and complex amplitude; the tone's own, once it has been settled.
    at: [f32; LANES],
    sine: [f32; LANES],
    cosine: [f32; LANES],
    re: [f32; LANES],
    im: [f32; LANES],
    /// The tone's own squared peak amplitude.
    pub(super) power: [f32; LANES],
    /// The strongest foreign component in the tone's group, squared peak amplitude.
    pub(super) beside: [f32; LANES],
}

impl Tones {
    pub(super) const NONE: Self = Self {
        bin: [0; LANES],
        raw: [0.0; LANES],
        x: [0.0; LANES],
        y: [0.0; LANES],
        at: [0.0; LANES],
        sine: [0.0; LANES],
        cosine: [0.0; LANES],
        re: [0.0; LANES],
        im: [0.0; LANES],
        power: [0.0; LANES],
        beside: [0.0; LANES],
    };

    pub(super) fn put(&mut self, lane: usize, shown: Shown) {
        self.bin[lane] = shown.bin as u32;
        (self.x[lane], self.y[lane]) = shown.turn;
        self.at[lane] = shown.place.at;
        self.sine[lane] = shown.place.sine;
        self.cosine[lane] = shown.place.cosine;
        (self.re[lane], self.im[lane]) = shown.amplitude;
    }

    /// Moves every tone from its bin to its own frequency, as its turn tells it.
    #[inline(always)]
    pub(super) fn settle(&mut self) {
        for lane in 0..LANES {
            let (x, y) = (self.x[lane], self.y[lane]);
            let length = (x * x + y * y).sqrt();
            // A bin that was empty before has not turned.
            let still = length < f32::MIN_POSITIVE;
            let length = if still { 1.0 } else { length };
            let (cosine, sine) = (if still { 1.0 } else { x / length }, y / length);
            let off = angle(sine, cosine) * FRAC_2_PI;
            let (cosine, sine) = (cosine * cosine - sine * sine, 2.0 * sine * cosine);
            let gain = 1.0 / share(off, sine);
            let (re, im) = (self.re[lane], self.im[lane]);
            let raw = re * re + im * im;
            self.raw[lane] = raw;
            self.power[lane] = raw * gain * gain;
            (self.re[lane], self.im[lane]) = (re * gain, im * gain);
            let (of_bin, along) = (self.sine[lane], self.cosine[lane]);
            self.at[lane] += off;
            self.sine[lane] = of_bin * cosine + along * sine;
            self.cosine[lane] = along * cosine - of_bin * sine;
        }
    }
}

/// One bin's complex amplitude on each channel: real parts, imaginary parts.
pub(super) type Amplitudes = [[f32; LANES]; 2];

/// Takes away from a bin what a tone puts there.
#[inline(always)]
pub(super) fn take([re, im]: &mut Amplitudes, place: Place, tones: &Tones) {
    for lane in 0..LANES {
        let sine = place.sine * tones.cosine[lane] - place.cosine * tones.sine[lane];
        let share = share(place.at - tones.at[lane], sine);
        re[lane] -= tones.re[lane] * share;
        im[lane] -= tones.im[lane] * share;
    }
}

/// The squares of a bin's amplitudes.
#[inline(always)]
pub(super) fn squares([re, im]: &Amplitudes) -> [f32; LANES] {
    let mut squares = [0.0; LANES];
    for lane in 0..LANES {
        squares[lane] = re[lane] * re[lane] + im[lane] * im[lane];
    }
    squares
}

/// The angle of a point of the unit circle, -π to π, to within 3·10⁻⁶: a polynomial for an eighth of
/// the circle, and the eighth.
#[inline(always)]
fn angle(sine: f32, cosine: f32) -> f32 {
    let (across, along) = (sine.abs(), cosine.abs());
    let steep = across > along;
    let slope = if steep {
        along / across
    } else {
        across / along
    };
    let square = slope * slope;
    let mut sum = -0.011_719_076;
    for term in [
        0.052_647_196,
        -0.116_426_33,
        0.193_540_32,
        -0.332_622_82,
        0.999_977_22,
    ] {
        sum = sum * square + term;
    }
    let eighth = sum * slope;
    let quarter = if steep { FRAC_PI_2 - eighth } else { eighth };
    let half = if cosine < 0.0 {
        std::f32::consts::PI - quarter
    } else {
        quarter
    };
    half.copysign(sine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_those_of_the_circle() {
        for step in -3_141..=3_141 {
            let exact = f64::from(step) / 1_000.0;
            let told = f64::from(angle(exact.sin() as f32, exact.cos() as f32));
            assert!((told - exact).abs() < 3e-6, "{exact}: {told}");
        }
    }

    #[test]
    fn a_tone_beside_its_bin_is_found_and_taken_away() {
        const BIN: f32 = 770.0;
        let mut tones = Tones::NONE;
        for lane in 0..LANES {
            // From 75 Hz below the bin to 75 above: one and a half widths.
            let hz = f64::from(BIN) + 10.0 * lane as f64 - 75.0;
            let turn = std::f64::consts::TAU * (hz - f64::from(BIN)) * HOP as f64 / 8_000.0;
            let x = (hz - f64::from(BIN)) / 50.0;
            let response = share(x as f32, (std::f64::consts::PI * x).sin() as f32);
            tones.put(
                lane,
                Shown {
                    bin: 1,
                    place: Place::new(BIN),
                    amplitude: (3_000.0 * response, -4_000.0 * response),
                    turn: (2e6 * turn.cos() as f32, 2e6 * turn.sin() as f32),
                },
            );
        }
        tones.settle();
        for lane in 0..LANES {
            let off = (tones.power[lane] / 2.5e7 - 1.0).abs();
            assert!(off < 1e-3, "lane {lane}: {}", tones.power[lane]);
            let mut bin = [[0.0; LANES]; 2];
            let x = (770.0 + 10.0 * lane as f64 - 75.0 - 852.0) / 50.0;
            let response = share(x as f32, (std::f64::consts::PI * x).sin() as f32);
            (bin[0][lane], bin[1][lane]) = (3_000.0 * response, -4_000.0 * response);
            take(&mut bin, Place::new(852.0), &tones);
            assert!(squares(&bin)[lane] < 25.0, "lane {lane}: {bin:?}");
        }
    }
}
