//! What one window of the bank shows.

use super::rare::RareBins;
use super::transform::Rings;
use super::{Bank, LANES};
use crate::words::{RATE_HZ, SampleTime};

/// The amplitudes of one window on all channels.
pub struct Spectrum<'a> {
    pub(super) end: SampleTime,
    pub(super) bank: &'a Bank,
    pub(super) rings: Rings<'a>,
}

impl Spectrum<'_> {
    /// Time just after the window's last sample.
    pub fn end(&self) -> SampleTime {
        self.end
    }

    /// Time of the window's middle; before the start of the clock it reads as zero.
    pub fn middle(&self) -> SampleTime {
        self.end.back(self.bank.window as u64 / 2)
    }

    /// Complex amplitude (real, imaginary) of bin `bin` on `channel`.
    ///
    /// # Panics
    /// If there is no such bin or channel.
    pub fn bin(&self, bin: usize, channel: usize) -> (f32, f32) {
        self.read(0, bin, channel)
    }

    /// The same of the window one hop earlier.
    pub fn before(&self, bin: usize, channel: usize) -> (f32, f32) {
        self.read(1, bin, channel)
    }

    /// Squared magnitude: the squared peak value of a sine at the bin's frequency.
    pub fn power(&self, bin: usize, channel: usize) -> f32 {
        let (re, im) = self.bin(bin, channel);
        re * re + im * im
    }

    /// How the amplitude has turned since the window before, against a sine at exactly the bin's
    /// frequency: a complex number whose angle is the deviation and whose length is the product
    /// of both magnitudes. Sums of it over several hops average the deviation.
    pub fn turn(&self, bin: usize, channel: usize) -> (f32, f32) {
        let (re, im) = self.bin(bin, channel);
        let (re0, im0) = self.before(bin, channel);
        let (x, y) = (re * re0 + im * im0, im * re0 - re * im0);
        let (c, s) = self.bank.unturn[bin];
        (x * c - y * s, x * s + y * c)
    }

    /// Deviation in Hz that a sum of [`Spectrum::turn`] stands for, within ±4000/hop.
    pub fn deviation(&self, turn: (f32, f32)) -> f32 {
        turn.1.atan2(turn.0) * (RATE_HZ as f32 / (std::f32::consts::TAU * self.bank.hop as f32))
    }

    /// Frequency of bin `bin` in Hz.
    pub fn frequency(&self, bin: usize) -> f32 {
        self.bank.frequencies[bin]
    }

    /// The bins of one group of [`LANES`] channels, `[bin][re, im][lane]`, for vector code.
    pub(crate) fn group(&self, group: usize) -> &[f32] {
        let size = self.bank.spectrum_size();
        &self.bank.spectra[0][group * size..][..size]
    }

    /// The rare bins of some channels of one group of [`LANES`], by their lanes in it.
    pub(crate) fn rare(&self, group: usize, lanes: &[usize], bins: &mut [RareBins]) {
        let heard = (self.bank, self.rings);
        self.bank.rare.of(heard, group, lanes, bins);
    }

    fn read(&self, which: usize, bin: usize, channel: usize) -> (f32, f32) {
        let at = channel / LANES * self.bank.spectrum_size() + bin * 2 * LANES + channel % LANES;
        let spectrum = &self.bank.spectra[which];
        (spectrum[at], spectrum[at + LANES])
    }
}
