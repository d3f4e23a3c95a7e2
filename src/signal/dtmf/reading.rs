//! One window judged: which pair of tones is there, and what else is in their bands.

use super::limits::{HIGH_HZ, LOW_HZ, WINDOW};
use crate::signal::bank::Spectrum;
use crate::words::RATE_HZ;

/// Bins of the bank: the eight tones first, then the places where a genuine digit has nothing.
pub(super) const BINS_HZ: [f32; 24] = [
    LOW_HZ[0], LOW_HZ[1], LOW_HZ[2], LOW_HZ[3], HIGH_HZ[0], HIGH_HZ[1], HIGH_HZ[2], HIGH_HZ[3],
    // below the band, between hum (150 Hz), dial tone (350-440 Hz) and the lowest row
    250.0, 550.0, 620.0, // between the groups
    1010.0, 1075.0, 1140.0,
    // between the columns, which is also where the rows' second harmonics lie
    1272.0, 1406.0, 1555.0, 1711.0, // above, and the columns' second harmonics
    1882.0, 2100.0, 2418.0, 2672.0, 2954.0, 3266.0,
];

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

/// A pair of tones in one window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) low: ToneReading,
    pub(super) high: ToneReading,
    /// Strongest component below, between and above the groups, relative to the weaker tone:
    /// below the band, between the groups, and at the columns' second harmonics.
    pub(super) below: f32,
    pub(super) between: f32,
    pub(super) above: f32,
}

/// Judges the window of `channel`.
pub(super) fn read(spectrum: &Spectrum<'_>, channel: usize) -> Reading {
    let low = Component::strongest(spectrum, channel, 0);
    let high = Component::strongest(spectrum, channel, 4);
    let mut residues = [0.0f32; BINS_HZ.len()];
    for (bin, residue) in residues.iter_mut().enumerate() {
        if bin != low.bin && bin != high.bin {
            *residue = beside(spectrum, channel, bin, &[low, high]);
        }
    }
    let worst = |bins: &[f32]| bins.iter().fold(0.0f32, |a, &b| a.max(b));
    let weaker = low.power.min(high.power);
    let in_low = worst(&residues[..4]);
    let in_high = worst(&residues[4..8]).max(worst(&residues[14..18]));
    Reading {
        low: low.reading(in_low),
        high: high.reading(in_high),
        below: worst(&residues[8..11]) / weaker,
        between: worst(&residues[11..14]) / weaker,
        above: worst(&residues[20..24]) / weaker,
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
    /// The strongest of the four bins from `first`, at its measured frequency.
    fn strongest(spectrum: &Spectrum<'_>, channel: usize, first: usize) -> Self {
        let mut bin = first;
        let mut raw = spectrum.power(first, channel);
        for candidate in first + 1..first + 4 {
            let power = spectrum.power(candidate, channel);
            if power > raw {
                (bin, raw) = (candidate, power);
            }
        }
        let turn = spectrum.turn(bin, channel);
        let deviation = spectrum.deviation(turn).clamp(-60.0, 60.0);
        let (re, im) = spectrum.bin(bin, channel);
        let gain = 1.0 / lobe(deviation);
        Self {
            bin,
            raw,
            frequency: spectrum.frequency(bin) + deviation,
            amplitude: (re * gain, im * gain),
            power: raw * gain * gain,
            turn,
        }
    }

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

/// Power left in `bin` after taking away what `tones` put there.
fn beside(spectrum: &Spectrum<'_>, channel: usize, bin: usize, tones: &[Component; 2]) -> f32 {
    let (mut re, mut im) = spectrum.bin(bin, channel);
    for tone in tones {
        let share = lobe(spectrum.frequency(bin) - tone.frequency);
        re -= tone.amplitude.0 * share;
        im -= tone.amplitude.1 * share;
    }
    re * re + im * im
}

/// Response of a Hann window of [`WINDOW`] samples, `offset` Hz from its bin; 1 at the bin.
fn lobe(offset: f32) -> f32 {
    let x = offset * (WINDOW as f32 / RATE_HZ as f32);
    if x.abs() > 8.0 {
        return 0.0; // below -65 dB
    }
    let angle = std::f32::consts::PI * x;
    if angle.abs() < 1e-3 {
        return 1.0;
    }
    let below_one = 1.0 - x * x;
    if below_one.abs() < 1e-3 {
        return 0.5; // sin(πx)/(πx) and 1-x² vanish together one bin away
    }
    angle.sin() / (angle * below_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lobe_is_that_of_a_hann_window() {
        for hz in [0.0f32, 13.0, 25.0, 50.0, 73.0, 100.0, 156.0, 331.0] {
            let mut sum = 0.0f64;
            for n in 0..WINDOW {
                let t = n as f64 - (WINDOW as f64 - 1.0) / 2.0;
                let weight = 1.0 + (std::f64::consts::TAU * t / WINDOW as f64).cos();
                sum += weight * (std::f64::consts::TAU * f64::from(hz) * t / 8_000.0).cos();
            }
            let exact = (sum / WINDOW as f64) as f32;
            assert!(
                (lobe(hz) - exact).abs() < 2e-3,
                "{hz} Hz: {} {exact}",
                lobe(hz)
            );
        }
    }
}
