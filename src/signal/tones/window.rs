//! From partial sums to tone power: a few hops, rotated into phase and weighted, make a window.

use super::front::{Front, HOP};
use crate::signal::bank::LANES;
use crate::signal::tile::{HALF, first, fit_in_half};
use crate::words::RATE_HZ;
use pulp::{Simd, WithSimd};
use std::f64::consts::PI;

/// Hops kept: the longest window and the edges of a burst inside it.
pub(super) const SLOTS: usize = 12;

/// The phase between two hops tells frequencies apart up to this far from the bin (Hz).
const GAINS: usize = 50;

/// A tone is not taken to be farther from the bin than what leaves so much of its amplitude.
const LEAST_GAIN: f32 = 0.25;

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
    /// In the order of their numbers.
    const ALL: [Self; 3] = [Self::Short, Self::Normal, Self::Long];

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

/// One bin's view of every ear after a hop.
#[derive(Clone)]
struct View {
    span: Span,
    /// Complex weight of the hop `k` back: the window's weight times the phase since then.
    taps: Vec<[f32; 2]>,
    /// Rotation of one hop at the bin's frequency.
    turn: [f32; 2],
    /// What makes a squared sum a mean square.
    power_scale: f32,
    /// `[group][re, im][lane]`.
    now: Vec<[[f32; LANES]; 2]>,
    before: Vec<[[f32; LANES]; 2]>,
    /// The tone's power as a part of all that is heard, `[group][lane]`.
    share: Vec<[f32; LANES]>,
    /// [`Span::gain`] for each Hz from 0.
    gains: Vec<f32>,
}

/// Windows of all bins over all ears.
pub(super) struct Windows {
    bins: Vec<Bin>,
    views: Vec<View>,
    /// Mean square of all that is heard, `[group][span][lane]`.
    totals: Vec<[[f32; LANES]; Span::ALL.len()]>,
    /// Each sound's bins, and the raw share of each that can begin a burst of it.
    beginnings: Vec<(usize, usize, f32)>,
    /// Which ears may hear a sound begin, `[group][lane]`.
    worth: Vec<[bool; LANES]>,
}

/// What one bin says about one ear.
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
    /// For so many groups of ears.
    pub(super) fn new(bins: &[Bin], groups: usize) -> Self {
        Self {
            bins: bins.to_vec(),
            views: bins.iter().map(|bin| View::new(bin, groups)).collect(),
            totals: vec![[[0.0; LANES]; Span::ALL.len()]; groups],
            beginnings: Vec::new(),
            worth: vec![[false; LANES]; groups],
        }
    }

    /// From now on an ear is worth a look where each of these two bins has this raw share.
    pub(super) fn look_for(&mut self, first: usize, second: usize, share: f32) {
        self.beginnings.push((first, second, share));
    }

    /// Takes the front end's latest hop into the windows.
    pub(super) fn hop(&mut self, front: &Front) {
        let arch = front.arch();
        arch.dispatch(Take {
            windows: self,
            front,
        });
    }

    /// Which ears of a group may hear a sound begin; the others need no [`Windows::reading`].
    pub(super) fn worth_a_look(&self, group: usize) -> &[bool; LANES] {
        &self.worth[group]
    }

    /// Share of the bin's power in all that is heard, as if the tone were exactly on the bin:
    /// the quick look that decides whether [`Windows::reading`] is worth its price.
    pub(super) fn raw_share(&self, bin: usize, ear: usize) -> f32 {
        self.views[bin].share[ear / LANES][ear % LANES]
    }

    /// The least part of its power that a tone up to `off_hz` from the bin shows there.
    pub(super) fn least_gain(&self, bin: usize, off_hz: f32) -> f32 {
        let gain = self.views[bin].gain(off_hz).max(LEAST_GAIN);
        gain * gain * 0.99
    }

    /// Forgets everything heard.
    pub(super) fn reset(&mut self) {
        for view in &mut self.views {
            view.now.as_flattened_mut().fill([0.0; LANES]);
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
    pub(super) fn reading(&self, bin: usize, ear: usize) -> Reading {
        let (group, lane) = (ear / LANES, ear % LANES);
        let view = &self.views[bin];
        let [re, im] = view.now[group].map(|part| part[lane]);
        let [re0, im0] = view.before[group].map(|part| part[lane]);
        let [tr, ti] = view.turn;
        let (er, ei) = (re0 * tr - im0 * ti, re0 * ti + im0 * tr);
        let angle = (im * er - re * ei).atan2(re * er + im * ei);
        let hop_hz = RATE_HZ as f32 / HOP as f32;
        let off_hz = angle / (2.0 * std::f32::consts::PI) * hop_hz;
        let gain = view.gain(off_hz).max(LEAST_GAIN);
        let power = (re * re + im * im) * view.power_scale / (gain * gain);
        Reading {
            power,
            share: power / (self.totals[group][view.span as usize][lane] + 1.0),
            hz: self.bins[bin].hz + off_hz,
        }
    }
}

/// The front end's latest hop, on its way into the windows.
struct Take<'a> {
    windows: &'a mut Windows,
    front: &'a Front,
}

impl WithSimd for Take<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Windows {
            views,
            totals,
            beginnings,
            worth,
            ..
        } = self.windows;
        for (group, (totals, worth)) in totals.iter_mut().zip(worth).enumerate() {
            let heard = (self.front, group);
            match fit_in_half(self.front.ears(), group) {
                true => take::<HALF>(heard, views, totals),
                false => take::<LANES>(heard, views, totals),
            }
            *worth = [false; LANES];
            for &(first, second, least) in &*beginnings {
                let (first, second) = (&views[first].share, &views[second].share);
                let (first, second) = (&first[group], &second[group]);
                for (lane, worth) in worth.iter_mut().enumerate() {
                    *worth |= (first[lane] >= least) & (second[lane] >= least);
                }
            }
        }
    }
}

/// Takes the latest hop of one group, of which `W` lanes are in use.
#[inline(always)]
fn take<const W: usize>(
    (front, group): (&Front, usize),
    views: &mut [View],
    totals: &mut [[f32; LANES]; Span::ALL.len()],
) {
    for (totals, span) in totals.iter_mut().zip(Span::ALL) {
        totals[..W].copy_from_slice(&total::<W>(front, span, group));
    }
    for (bin, view) in views.iter_mut().enumerate() {
        view.take(front, bin, group, first::<W>(&totals[view.span as usize]));
    }
}

impl View {
    fn new(bin: &Bin, groups: usize) -> Self {
        let hop_phase = 2.0 * PI * f64::from(bin.hz) * HOP as f64 / f64::from(RATE_HZ);
        let weights = bin.span.weights();
        let sum: f32 = weights.iter().sum();
        // Partial sums have phase zero in the middle of their hop; an older hop is `k` turns behind.
        let taps = weights.iter().enumerate().map(|(k, &weight)| {
            let phase = hop_phase * k as f64;
            [weight * phase.cos() as f32, weight * phase.sin() as f32]
        });
        Self {
            span: bin.span,
            taps: taps.collect(),
            turn: [hop_phase.cos() as f32, hop_phase.sin() as f32],
            power_scale: 2.0 / (HOP as f32 * sum).powi(2),
            now: vec![[[0.0; LANES]; 2]; groups],
            before: vec![[[0.0; LANES]; 2]; groups],
            share: vec![[0.0; LANES]; groups],
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

    /// Takes the latest hop of one group: plain loops, compiled for the vector unit at hand.
    #[inline(always)]
    fn take<const W: usize>(&mut self, front: &Front, bin: usize, group: usize, total: &[f32; W]) {
        let (mut re, mut im) = ([0.0; W], [0.0; W]);
        for (k, &[wr, wi]) in self.taps.iter().enumerate() {
            let partial = front.partials(bin, k, group);
            let (from_re, from_im) = (first::<W>(&partial[0]), first::<W>(&partial[1]));
            for lane in 0..W {
                re[lane] += wr * from_re[lane] - wi * from_im[lane];
                im[lane] += wr * from_im[lane] + wi * from_re[lane];
            }
        }
        for (lane, share) in self.share[group][..W].iter_mut().enumerate() {
            let power = (re[lane] * re[lane] + im[lane] * im[lane]) * self.power_scale;
            *share = power / (total[lane] + 1.0);
        }
        let both = self.now[group].iter_mut().zip(&mut self.before[group]);
        for ((now, before), new) in both.zip([re, im]) {
            before[..W].copy_from_slice(&now[..W]);
            now[..W].copy_from_slice(&new);
        }
    }
}

/// Mean square of all that a window of this span holds.
#[inline(always)]
fn total<const W: usize>(front: &Front, span: Span, group: usize) -> [f32; W] {
    let weights = span.weights();
    let scale = 1.0 / (HOP as f32 * weights.iter().sum::<f32>());
    let mut total = [0.0; W];
    for (k, &weight) in weights.iter().enumerate() {
        let energy = first::<W>(front.energies(k, group));
        for lane in 0..W {
            total[lane] += weight * energy[lane] * scale;
        }
    }
    total
}
