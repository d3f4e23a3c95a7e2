//! From partial sums to tone power: a few hops, rotated into phase and weighted, make a window.

use super::front::{Front, HOP};
use crate::words::RATE_HZ;
use pulp::{Simd, WithSimd};
use std::f64::consts::PI;

/// Hops kept: the longest window and the edges of a burst inside it.
pub(super) const SLOTS: usize = 12;

/// The phase between two hops tells frequencies apart up to this far from the bin (Hz).
const GAINS: usize = 50;

/// How long a bin listens, by what it must tell apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Span {
    /// 20 ms: tones that may be 40 Hz off.
    Short,
    /// 30 ms: 50 Hz off is nothing, 25 Hz off still 6 dB under the peak.
    Normal,
    /// 70 ms: two frequencies 40 Hz apart are two.
    Long,
}

impl Span {
    const fn weights(self) -> &'static [f32] {
        match self {
            Self::Short => &[1.0, 1.0],
            Self::Normal => &[1.0, 2.0, 1.0],
            Self::Long => &[1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0],
        }
    }

    /// Hops of the window.
    pub(super) const fn hops(self) -> usize {
        self.weights().len()
    }

    /// Amplitude of a tone `off_hz` from the bin, relative to one on it.
    pub(super) fn gain(self, off_hz: f32) -> f32 {
        let turn = PI * f64::from(off_hz) * HOP as f64 / f64::from(RATE_HZ);
        let within = if turn.abs() < 1e-6 {
            1.0
        } else {
            turn.sin() / turn
        };
        let middle = (self.hops() - 1) as f64 / 2.0;
        let sum: f64 = self
            .weights()
            .iter()
            .enumerate()
            .map(|(k, &w)| f64::from(w) * (2.0 * turn * (k as f64 - middle)).cos())
            .sum();
        let total: f32 = self.weights().iter().sum();
        (within * sum / f64::from(total)).abs() as f32
    }
}

/// One frequency the bank listens to.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Bin {
    /// Its frequency (Hz).
    pub(super) hz: f32,
    /// Its window.
    pub(super) span: Span,
}

/// One bin's view of every channel after a hop.
#[derive(Clone)]
struct View {
    /// Complex weight of the hop `k` back: the window's weight times the phase since then.
    taps: Vec<[f32; 2]>,
    /// Rotation of one hop at the bin's frequency.
    turn: [f32; 2],
    /// What makes a squared sum a mean square.
    power_scale: f32,
    energy_scale: f32,
    now: [Vec<f32>; 2],
    before: [Vec<f32>; 2],
    power: Vec<f32>,
    total: Vec<f32>,
    /// `power / total`.
    share: Vec<f32>,
    /// [`Span::gain`] for each Hz from 0.
    gains: Vec<f32>,
}

/// Windows of all bins over all channels.
pub(super) struct Windows {
    bins: Vec<Bin>,
    views: Vec<View>,
    /// The greatest share of any bin, by channel.
    peak: Vec<f32>,
}

/// What one bin says about one channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// Mean square of the tone (16-bit samples squared), corrected for its distance from the bin.
    pub(super) power: f32,
    /// Share of all that is heard, 0-1 (and a little above).
    pub(super) share: f32,
    /// Measured frequency (Hz).
    pub(super) hz: f32,
}

impl Windows {
    pub(super) fn new(bins: &[Bin], padded: usize) -> Self {
        Self {
            bins: bins.to_vec(),
            views: bins.iter().map(|bin| View::new(bin, padded)).collect(),
            peak: vec![0.0; padded],
        }
    }

    /// Takes the front end's latest hop into the windows.
    pub(super) fn hop(&mut self, front: &Front) {
        self.peak.fill(0.0);
        for (bin, view) in self.views.iter_mut().enumerate() {
            std::mem::swap(&mut view.now, &mut view.before);
            front.arch().dispatch(WindowPass {
                front,
                bin,
                view,
                peak: &mut self.peak,
            });
        }
    }

    /// Share of the bin's power in all that is heard, as if the tone were exactly on the bin:
    /// the quick look that decides whether [`Windows::reading`] is worth its price.
    pub(super) fn raw_share(&self, bin: usize, channel: usize) -> f32 {
        self.views[bin].share[channel]
    }

    /// The greatest raw share of any bin.
    pub(super) fn peak_share(&self, channel: usize) -> f32 {
        self.peak[channel]
    }

    /// Forgets everything heard.
    pub(super) fn reset(&mut self) {
        for view in &mut self.views {
            view.now.iter_mut().for_each(|part| part.fill(0.0));
        }
    }

    /// The bin's frequency (Hz).
    pub(super) fn hz(&self, bin: usize) -> f32 {
        self.bins[bin].hz
    }

    /// Hops of the bin's window.
    pub(super) fn hops(&self, bin: usize) -> usize {
        self.bins[bin].span.hops()
    }

    /// The careful look: frequency from the phase between two hops, power corrected for it.
    pub(super) fn reading(&self, bin: usize, channel: usize) -> Reading {
        let view = &self.views[bin];
        let (re, im) = (view.now[0][channel], view.now[1][channel]);
        let (re0, im0) = (view.before[0][channel], view.before[1][channel]);
        let [tr, ti] = view.turn;
        let (er, ei) = (re0 * tr - im0 * ti, re0 * ti + im0 * tr);
        let angle = (im * er - re * ei).atan2(re * er + im * ei);
        let hop_hz = RATE_HZ as f32 / HOP as f32;
        let off_hz = angle / (2.0 * std::f32::consts::PI) * hop_hz;
        let gain = view.gain(off_hz).max(0.25);
        let power = view.power[channel] / (gain * gain);
        Reading {
            power,
            share: power / (view.total[channel] + 1.0),
            hz: self.bins[bin].hz + off_hz,
        }
    }
}

impl View {
    fn new(bin: &Bin, padded: usize) -> Self {
        let hop_phase = 2.0 * PI * f64::from(bin.hz) * HOP as f64 / f64::from(RATE_HZ);
        let weights = bin.span.weights();
        let sum: f32 = weights.iter().sum();
        // Partial sums start at phase zero each hop; an older hop is `k` turns behind.
        let taps = weights.iter().enumerate().map(|(k, &weight)| {
            let phase = hop_phase * k as f64;
            [weight * phase.cos() as f32, weight * phase.sin() as f32]
        });
        Self {
            taps: taps.collect(),
            turn: [hop_phase.cos() as f32, hop_phase.sin() as f32],
            power_scale: 2.0 / (HOP as f32 * sum).powi(2),
            energy_scale: 1.0 / (HOP as f32 * sum),
            now: [vec![0.0; padded], vec![0.0; padded]],
            before: [vec![0.0; padded], vec![0.0; padded]],
            power: vec![0.0; padded],
            total: vec![0.0; padded],
            share: vec![0.0; padded],
            gains: (0..=GAINS).map(|hz| bin.span.gain(hz as f32)).collect(),
        }
    }

    /// [`Span::gain`], between whole Hz by a straight line.
    fn gain(&self, off_hz: f32) -> f32 {
        let off = off_hz.abs().min(GAINS as f32 - 1.0);
        let whole = off as usize;
        let part = off - whole as f32;
        self.gains[whole] + (self.gains[whole + 1] - self.gains[whole]) * part
    }
}

struct WindowPass<'a> {
    front: &'a Front,
    bin: usize,
    view: &'a mut View,
    peak: &'a mut [f32],
}

impl WithSimd for WindowPass<'_> {
    type Output = ();

    /// Plain loops: compiled for the vector unit at hand, and cheap, as they run once a hop.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let view = self.view;
        let [re, im] = &mut view.now;
        re.fill(0.0);
        im.fill(0.0);
        view.total.fill(0.0);
        for (k, &[wr, wi]) in view.taps.iter().enumerate() {
            let (from_re, from_im) = self.front.partial(self.bin, k);
            let weight = (wr * wr + wi * wi).sqrt().round();
            let energy = self.front.energy(k);
            for c in 0..re.len().min(from_re.len()).min(from_im.len()) {
                re[c] += wr * from_re[c] - wi * from_im[c];
                im[c] += wr * from_im[c] + wi * from_re[c];
            }
            for (total, &energy) in view.total.iter_mut().zip(energy) {
                *total += weight * energy * view.energy_scale;
            }
        }
        let powers = view.power.iter_mut().zip(re.iter()).zip(im.iter());
        let shares = view.share.iter_mut().zip(&view.total).zip(self.peak);
        for (((power, &re), &im), ((share, &total), peak)) in powers.zip(shares) {
            *power = (re * re + im * im) * view.power_scale;
            *share = *power / (total + 1.0);
            *peak = if *share > *peak { *share } else { *peak };
        }
    }
}
