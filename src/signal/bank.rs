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
use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::level::FRAME;
use super::tile::Tiles;
use crate::words::{RATE_HZ, SampleTime};
use rare::Rare;
pub(crate) use rare::RareBins;
pub use spectrum::Spectrum;
use transform::{BINS_PER_PASS, Rings, Transform};

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
    /// Samples of the tiles since the start or the last silence, up to a window of them.
    heard: usize,
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
            heard: 0,
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
            self.passed(count, None, each);
            rest = later;
        }
    }

    /// Takes the newest hop of all ears; they must be as many as the bank has channels. Such a bank is
    /// never pushed to. It listens to the tiles themselves once they hold a whole window since the start
    /// or a loss.
    pub(crate) fn hear(&mut self, tiles: &Tiles, each: &mut dyn FnMut(&Spectrum<'_>)) {
        let mut at = 0;
        while at < FRAME {
            let count = self.missing.min(FRAME - at);
            if self.heard < self.window {
                self.keep(tiles, at..at + count);
            }
            at += count;
            self.heard = (self.heard + count).min(self.window);
            let whole = self.heard == self.window;
            self.passed(count, whole.then(|| tiles.rings(at)), each);
        }
    }

    /// Before [`Bank::silence`]: keeps the window that it listened to in the tiles.
    pub(crate) fn recall(&mut self, tiles: &Tiles) {
        if self.heard == self.window {
            self.head = 0;
            let Rings { rows, head, .. } = tiles.rings(FRAME);
            let from = head + rows - self.window;
            for group in 0..tiles.groups() {
                let ring = tiles.rings(FRAME).of(group).as_chunks::<LANES>().0;
                let kept = &mut self.history[group * self.window * LANES..];
                let kept = kept.as_chunks_mut::<LANES>().0;
                for (row, kept) in kept[..self.window].iter_mut().enumerate() {
                    *kept = ring[(from + row) % rows];
                }
            }
        }
    }

    /// Copies these samples of the newest hop into the rings.
    fn keep(&mut self, tiles: &Tiles, samples: Range<usize>) {
        let rings = self.history.chunks_exact_mut(self.window * LANES);
        for (group, ring) in rings.enumerate() {
            let rows = tiles.hop(group, 0).as_chunks::<LANES>().0;
            let ring = ring.as_chunks_mut::<LANES>().0;
            for (place, row) in rows[samples.clone()].iter().enumerate() {
                ring[(self.head + place) % self.window] = *row;
            }
        }
        self.head = (self.head + samples.len()) % self.window;
    }

    /// Takes `samples` samples of silence on every channel.
    pub fn silence(&mut self, samples: usize, each: &mut dyn FnMut(&Spectrum<'_>)) {
        self.heard = 0;
        let mut rest = samples;
        while rest > 0 {
            let count = self.missing.min(rest);
            for _ in 0..count {
                self.clear_row();
            }
            self.passed(count, None, each);
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
        self.heard = 0;
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

    /// So many samples have come into these rings, or into the bank's own.
    fn passed(
        &mut self,
        samples: usize,
        heard: Option<Rings<'_>>,
        each: &mut dyn FnMut(&Spectrum<'_>),
    ) {
        self.now = self.now + samples as u64;
        self.missing -= samples;
        if self.missing > 0 {
            return;
        }
        self.missing = self.hop;
        self.spectra.swap(0, 1);
        let own = Rings {
            samples: &self.history,
            rows: self.window,
            head: self.head,
        };
        let rings = heard.unwrap_or(own);
        self.arch.dispatch(Transform {
            ears: self.channels,
            rings,
            coefficients: &self.coefficients,
            even: &mut self.even,
            odd: &mut self.odd,
            spectrum: &mut self.spectra[0],
        });
        each(&Spectrum {
            end: self.now,
            bank: self,
            rings,
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
mod tests;
