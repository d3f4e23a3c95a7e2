//! The feature bank: windowed spectra at chosen frequencies, for all channels of a card at once.
//!
//! * Input: interleaved 16-bit frames at 8 kHz, blocks of any length; the result does not depend on
//!   how the input is cut. Output: every `hop` samples one [`Spectrum`] of the last `window` samples.
//! * A bin is the complex amplitude at one frequency under a Hann window, phase referred to the
//!   middle of the window, scaled so that a sine of peak `a` at that frequency reads as magnitude
//!   `a` (16-bit sample units). The main lobe is ±2·8000/window Hz wide, side lobes are below
//!   -31 dB and fall by 18 dB per octave.
//! * One vector lane is one channel; which vectors the machine has is found at run time. Without
//!   any, the same arithmetic runs lane by lane.
//! * `new` allocates; `push`, `silence` and `restart` do not. Nothing blocks, nothing fails: a block
//!   that is not a whole number of frames is a programming error and its remainder is dropped.
//!
//! Any detector that needs tones may own a bank:
//!
//! ```
//! use linetap::signal::bank::{Arithmetic, Bank, Plan};
//! let plan = Plan { window: 320, hop: 80, frequencies: &[425.0, 350.0], rare: &[] };
//! let mut bank = Bank::new(2, &plan, Arithmetic::Best);
//! let frames = vec![0i16; 2 * 800];
//! bank.push(&frames, &mut |spectrum| assert!(spectrum.power(0, 1) < 1.0));
//! ```
//!
//! Frequency is measured by [`Spectrum::deviation`]: the phase advance since the spectrum before,
//! unambiguous within ±4000/hop Hz.

mod rare;
mod spectrum;
pub(super) mod transform;

use std::f64::consts::TAU;

use pulp::{Arch, Simd, WithSimd};

use super::level::FRAME;
use super::tile::Tiles;
use crate::words::{RATE_HZ, SampleTime};
use rare::Rare;
pub(crate) use rare::RareBins;
pub use spectrum::Spectrum;
use transform::{BINS_PER_PASS, Transform};

/// Channels are kept in groups of this many lanes: a multiple of every vector width in use.
pub const LANES: usize = 16;

/// With which instructions a bank computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arithmetic {
    /// The widest vectors this machine has.
    Best,
    /// One lane at a time; for machines without vectors, and to compare.
    Scalar,
}

impl Arithmetic {
    pub(crate) fn arch(self) -> Arch {
        match self {
            Self::Best => Arch::new(),
            Self::Scalar => Arch::Scalar,
        }
    }
}

/// What a bank measures.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// Length of the Hann window in samples; even, at least 2.
    pub window: usize,
    /// Samples from one spectrum to the next, 1 to `window`.
    pub hop: usize,
    /// Frequencies of the bins in Hz, 0 to 4000.
    pub frequencies: &'a [f32],
    /// Frequencies of more bins, at most [`RARE`], which are computed only where someone asks.
    pub rare: &'a [f32],
}

/// The most rare bins there can be.
pub const RARE: usize = 16;

/// Overlapping windowed spectra of all channels.
pub struct Bank {
    channels: usize,
    window: usize,
    hop: usize,
    frequencies: Vec<f32>,
    /// `e^(-jω·hop)` of each bin, as (cos, sin).
    unturn: Vec<(f32, f32)>,
    arch: Arch,
    coefficients: Vec<f32>,
    /// `[group][sample of the ring][lane]`.
    history: Vec<f32>,
    /// Where in the ring the next sample goes, which is where the oldest one lies.
    head: usize,
    /// Samples still missing until the next spectrum.
    missing: usize,
    now: SampleTime,
    /// Two spectra, `[group][bin][re, im][lane]`: the newest and the one before.
    spectra: [Vec<f32>; 2],
    even: Vec<f32>,
    odd: Vec<f32>,
    rare: Rare,
}

impl Bank {
    /// A bank for `channels` channels. Its clock stands at zero and its past is silence.
    pub fn new(channels: usize, plan: &Plan<'_>, arithmetic: Arithmetic) -> Self {
        let groups = channels.div_ceil(LANES);
        let bins = plan.frequencies.len().next_multiple_of(BINS_PER_PASS);
        let spectrum = vec![0.0; groups * bins * 2 * LANES];
        let half = plan.window / 2;
        Self {
            channels,
            window: half * 2,
            hop: plan.hop,
            frequencies: plan.frequencies.to_vec(),
            unturn: plan
                .frequencies
                .iter()
                .map(|&f| unturn(f, plan.hop))
                .collect(),
            arch: arithmetic.arch(),
            coefficients: transform::coefficients(half, plan.frequencies, transform::hann(half)),
            history: vec![0.0; groups * half * 2 * LANES],
            head: 0,
            missing: plan.hop,
            now: SampleTime(0),
            spectra: [spectrum.clone(), spectrum],
            even: vec![0.0; half * LANES],
            odd: vec![0.0; half * LANES],
            rare: Rare::new(half, plan.rare),
        }
    }

    /// Number of channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Time of the next sample to come.
    pub fn now(&self) -> SampleTime {
        self.now
    }

    /// Takes interleaved frames and hands out each spectrum as it becomes complete.
    pub fn push(&mut self, frames: &[i16], each: &mut dyn FnMut(&Spectrum<'_>)) {
        if self.channels == 0 {
            return;
        }
        let mut rest = frames;
        while rest.len() >= self.channels {
            let count = self.missing.min(rest.len() / self.channels);
            let (block, later) = rest.split_at(count * self.channels);
            self.take(block);
            self.passed(count, each);
            rest = later;
        }
    }

    /// Takes the newest hop of all ears; they must be as many as the bank has channels.
    pub(crate) fn hear(&mut self, tiles: &Tiles, each: &mut dyn FnMut(&Spectrum<'_>)) {
        let mut at = 0;
        while at < FRAME {
            let count = self.missing.min(FRAME - at).min(self.window - self.head);
            let (window, head) = (self.window, self.head);
            let rings = self.history.chunks_exact_mut(window * LANES);
            for (group, ring) in rings.enumerate() {
                let rows = &tiles.hop(group, 0)[at * LANES..][..count * LANES];
                ring[head * LANES..][..count * LANES].copy_from_slice(rows);
            }
            self.head = (head + count) % window;
            at += count;
            self.passed(count, each);
        }
    }

    /// Takes `samples` samples of silence on every channel.
    pub fn silence(&mut self, samples: usize, each: &mut dyn FnMut(&Spectrum<'_>)) {
        let mut rest = samples;
        while rest > 0 {
            let count = self.missing.min(rest);
            for _ in 0..count {
                self.clear_row();
            }
            self.passed(count, each);
            rest -= count;
        }
    }

    /// Samples were lost: the clock moves to `next`, the past is forgotten and reads as silence.
    pub fn restart(&mut self, next: SampleTime) {
        self.history.fill(0.0);
        self.spectra[0].fill(0.0);
        self.spectra[1].fill(0.0);
        self.missing = self.hop;
        self.head = 0;
        self.now = next;
    }

    fn take(&mut self, block: &[i16]) {
        let (channels, window, head) = (self.channels, self.window, self.head);
        self.arch.dispatch(Spread {
            block,
            channels,
            history: &mut self.history,
            window,
            head,
        });
        self.head = (head + block.len() / channels) % window;
    }

    fn clear_row(&mut self) {
        for group in self.history.chunks_exact_mut(self.window * LANES) {
            group[self.head * LANES..][..LANES].fill(0.0);
        }
        self.head = (self.head + 1) % self.window;
    }

    fn passed(&mut self, samples: usize, each: &mut dyn FnMut(&Spectrum<'_>)) {
        self.now = self.now + samples as u64;
        self.missing -= samples;
        if self.missing > 0 {
            return;
        }
        self.missing = self.hop;
        self.spectra.swap(0, 1);
        self.arch.dispatch(Transform {
            ears: self.channels,
            history: &self.history,
            window: self.window,
            head: self.head,
            coefficients: &self.coefficients,
            even: &mut self.even,
            odd: &mut self.odd,
            spectrum: &mut self.spectra[0],
        });
        each(&Spectrum {
            end: self.now,
            bank: self,
        });
    }

    /// Floats in the spectrum of one group.
    fn spectrum_size(&self) -> usize {
        self.frequencies.len().next_multiple_of(BINS_PER_PASS) * 2 * LANES
    }
}

fn unturn(frequency: f32, hop: usize) -> (f32, f32) {
    let angle = -TAU * f64::from(frequency) * hop as f64 / f64::from(RATE_HZ);
    (angle.cos() as f32, angle.sin() as f32)
}

/// Frames on their way into the rings.
struct Spread<'a> {
    block: &'a [i16],
    channels: usize,
    history: &'a mut [f32],
    window: usize,
    head: usize,
}

impl WithSimd for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { window, head, .. } = self;
        spread(self.block, self.channels, self.history, window, head);
    }
}

/// Writes interleaved frames into the rings, one lane a channel.
#[inline(always)]
fn spread(block: &[i16], channels: usize, history: &mut [f32], window: usize, head: usize) {
    let mut row = head;
    for frame in block.chunks_exact(channels) {
        for (samples, ring) in frame
            .chunks(LANES)
            .zip(history.chunks_exact_mut(window * LANES))
        {
            let lanes = &mut ring[row * LANES..][..LANES];
            if let Ok(full) = <&[i16; LANES]>::try_from(samples) {
                for (lane, &sample) in lanes.iter_mut().zip(full) {
                    *lane = f32::from(sample);
                }
            } else {
                for (lane, &sample) in lanes.iter_mut().zip(samples) {
                    *lane = f32::from(sample);
                }
            }
        }
        row += 1;
        if row == window {
            row = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan<'static> = Plan {
        window: 160,
        hop: 40,
        frequencies: &[425.0, 697.0, 1_209.0, 1_633.0, 2_100.0],
        rare: &[710.0, 1_000.0],
    };

    /// Channel `c` carries a sine of peak 1000 (c + 1) at 700 + 10 c Hz.
    fn frames(channels: usize, count: usize) -> Vec<i16> {
        let sample = |at: usize, c: usize| {
            let angle = TAU * (700.0 + 10.0 * c as f64) * at as f64 / 8_000.0;
            (1_000.0 * (c + 1) as f64 * angle.sin()).round() as i16
        };
        (0..count)
            .flat_map(|at| (0..channels).map(move |c| sample(at, c)))
            .collect()
    }

    /// Time, power of the second bin and deviation from it, per spectrum and channel.
    fn hear(bank: &mut Bank, frames: &[i16], cut: usize) -> Vec<(u64, f32, f32)> {
        let mut heard = Vec::new();
        let channels = bank.channels();
        for block in frames.chunks(cut * channels) {
            bank.push(block, &mut |s| {
                for c in 0..channels {
                    heard.push((s.end().0, s.power(1, c), s.deviation(s.turn(1, c))));
                }
            });
        }
        heard
    }

    #[test]
    fn reads_level_and_frequency_of_every_channel() {
        for arithmetic in [Arithmetic::Best, Arithmetic::Scalar] {
            let mut bank = Bank::new(20, &PLAN, arithmetic);
            let heard = hear(&mut bank, &frames(20, 400), 400);
            assert_eq!(heard.len(), 20 * 10);
            for (c, (end, power, deviation)) in heard[20 * 9..].iter().enumerate() {
                let off = 3.0 + 10.0 * c as f32;
                assert_eq!(*end, 400);
                if off < 30.0 {
                    let peak = power.sqrt() / (1_000.0 * (c + 1) as f32);
                    assert!((0.75..1.01).contains(&peak), "channel {c}: {peak}");
                }
                if off < 90.0 {
                    assert!((deviation - off).abs() < 0.5, "channel {c}: {deviation} Hz");
                }
            }
        }
    }

    #[test]
    fn cutting_changes_nothing() {
        let frames = frames(3, 1_000);
        let whole = hear(&mut Bank::new(3, &PLAN, Arithmetic::Best), &frames, 1_000);
        for cut in [1, 7, 39, 40, 41, 333] {
            let parts = hear(&mut Bank::new(3, &PLAN, Arithmetic::Best), &frames, cut);
            assert_eq!(whole, parts, "cut to {cut}");
        }
    }

    #[test]
    fn restart_forgets_and_moves_the_clock() {
        let mut bank = Bank::new(1, &PLAN, Arithmetic::Best);
        let first = hear(&mut bank, &frames(1, 500), 500);
        bank.restart(SampleTime(5_000));
        let again = hear(&mut bank, &frames(1, 500), 500);
        assert_eq!(again[0].0, 5_040);
        let shapes =
            |heard: &[(u64, f32, f32)]| heard.iter().map(|h| (h.1, h.2)).collect::<Vec<_>>();
        assert_eq!(shapes(&first), shapes(&again));
    }

    #[test]
    fn rare_bins_are_those_of_a_bank_that_always_has_them() {
        let always = Plan {
            frequencies: PLAN.rare,
            rare: &[],
            ..PLAN
        };
        for arithmetic in [Arithmetic::Best, Arithmetic::Scalar] {
            let mut bank = Bank::new(20, &PLAN, arithmetic);
            let mut other = Bank::new(20, &always, arithmetic);
            for block in frames(20, 400).chunks(20 * 40) {
                let mut expected = Vec::new();
                other.push(block, &mut |spectrum| {
                    expected = (0..40).map(|n| spectrum.bin(n % 2, n / 2)).collect();
                });
                bank.push(block, &mut |spectrum| {
                    for (group, lanes) in [(0, &[3, 0, 15, 7, 8][..]), (0, &[5, 9]), (1, &[2])] {
                        let mut told = [[[0.0; RARE]; 2]; LANES];
                        spectrum.rare(group, lanes, &mut told[..lanes.len()]);
                        for (lane, [re, im]) in lanes.iter().zip(told) {
                            let (channel, bins) = (group * LANES + lane, [0, 1]);
                            let bins = bins.map(|bin| (re[bin], im[bin]));
                            assert_eq!(bins, expected[2 * channel..][..2], "channel {channel}");
                        }
                    }
                    if spectrum.end().0 == 400 {
                        let mut told = [[[0.0; RARE]; 2]];
                        spectrum.rare(0, &[1], &mut told);
                        let [[re, im]] = told;
                        let power = re[0].hypot(im[0]);
                        assert!((power - 2_000.0).abs() < 2.0, "710 Hz on its bin");
                    }
                });
            }
        }
    }

    #[test]
    fn silence_is_like_zeros() {
        let mut bank = Bank::new(2, &PLAN, Arithmetic::Best);
        let mut other = Bank::new(2, &PLAN, Arithmetic::Best);
        hear(&mut bank, &frames(2, 130), 130);
        hear(&mut other, &frames(2, 130), 130);
        let zeros = hear(&mut other, &[0; 2 * 300], 300);
        let mut silent = Vec::new();
        bank.silence(300, &mut |s| {
            for c in 0..2 {
                silent.push((s.end().0, s.power(1, c), s.deviation(s.turn(1, c))));
            }
        });
        assert_eq!(zeros, silent);
        assert_eq!(bank.now(), SampleTime(430));
    }
}
