//! Recognises the office's announcement on a tapped line: a matched filter on the recording
//! itself, in the plane of time and frequency.
//!
//! Sound is seen as [`BANDS`] band amplitudes every 20 ms, compressed as the ear does. The last
//! [`WINDOW_MS`] of a line are correlated with every place of the recording at once, so a start in
//! the middle, a loop, another level, A-law, the line's own frequency response, noise and somebody
//! talking over it change the score, not the place. Speech of anybody else, the same voice
//! included, scores low.
//!
//! No clock, no file: the recording comes as samples. [`Announcement`] is made once and shared;
//! an [`AnnouncementDetector`] takes its memory when made (about 25 bytes per millisecond of
//! announcement) and never blocks.

use crate::words::{RATE_HZ, SampleTime, ms};
use std::collections::VecDeque;
use std::f32::consts::PI;
use std::sync::Arc;

/// Bands between 300 and 3400 Hz.
const BANDS: usize = 16;
/// Frequencies looked at in each band.
const PER_BAND: usize = 2;
/// Samples between two looks: 20 ms.
const HOP: usize = ms(20) as usize;
/// Samples of one look.
const LOOK: usize = 256;
/// Length of a stretch that is correlated (ms), or the whole announcement if that is shorter.
const WINDOW_MS: u64 = 2_500;
/// Shortest announcement that can be told from speech (ms).
const SHORTEST_MS: u64 = 1_000;
/// Longest part of an announcement that is used (ms).
const LONGEST_MS: u64 = 120_000;
/// Correlation that is believed. The recording through a line with noise as loud as itself, or under
/// another voice as loud, still gives 0.8; the same voice reading another text stays below 0.65.
const SURE: f64 = 0.72;
/// Mean amplitude per band of a look below which there is nothing to hear (about -60 dBm0).
const FAINT: f32 = 1.5;

type Look = [f32; BANDS];

/// The recording cannot be recognised.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unusable {
    /// Too short.
    #[error("the announcement lasts {0} ms; record at least {SHORTEST_MS} ms")]
    Short(u64),
    /// Nothing in it.
    #[error("the announcement is silent; record it again")]
    Silent,
}

/// The recorded announcement, ready to be found.
#[derive(Clone, Debug)]
pub struct Announcement {
    eye: Eye,
    looks: Vec<Look>,
    /// Looks in a window.
    window: usize,
    /// Of the window ending at each look: sum per band, and energy around the mean.
    sums: Vec<[f64; BANDS]>,
    spreads: Vec<f64>,
    samples: u64,
}

/// A stretch of the announcement was heard.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Heard {
    /// Where the recognised stretch begins on the line, ±40 ms.
    pub at: SampleTime,
    /// Where it begins in the announcement, in samples.
    pub offset: u64,
    /// Correlation, 0.72 (just believed) to 1 (the recording itself).
    pub score: f32,
}

/// What has been heard so far, from the first recognised stretch to the last.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Hearing {
    /// The first stretch recognised.
    pub first: Heard,
    /// End of the last stretch recognised.
    pub until: SampleTime,
    /// Where that is in the announcement, in samples.
    pub reached: u64,
    /// Best correlation so far.
    pub best: f32,
}

impl Announcement {
    /// Prepares a recording at 8 kHz. Beyond two minutes it is not used.
    ///
    /// # Errors
    /// [`Unusable`] if it is shorter than a second or silent.
    pub fn from_samples(samples: &[i16]) -> Result<Self, Unusable> {
        let samples = &samples[..samples.len().min(ms(LONGEST_MS) as usize)];
        let length_ms = samples.len() as u64 * 1_000 / u64::from(RATE_HZ);
        if length_ms < SHORTEST_MS {
            return Err(Unusable::Short(length_ms));
        }
        let eye = Eye::new();
        let looks: Vec<Look> = samples
            .windows(LOOK)
            .step_by(HOP)
            .map(|window| eye.look(window))
            .collect();
        let window = looks.len().min((ms(WINDOW_MS) as usize) / HOP);
        let mut sums = Vec::with_capacity(looks.len());
        let mut spreads = Vec::with_capacity(looks.len());
        let mut running = Running::default();
        for (at, look) in looks.iter().enumerate() {
            running.add(look);
            if at >= window {
                running.drop(&looks[at - window]);
            }
            sums.push(running.sums);
            spreads.push(running.spread(window));
        }
        if !looks.iter().any(audible) {
            return Err(Unusable::Silent);
        }
        Ok(Self {
            eye,
            looks,
            window,
            sums,
            spreads,
            samples: samples.len() as u64,
        })
    }

    /// Its length in samples.
    pub fn len(&self) -> u64 {
        self.samples
    }

    /// Never: an empty recording is refused.
    pub fn is_empty(&self) -> bool {
        self.samples == 0
    }
}

/// Listens for one announcement on one line.
#[derive(Clone, Debug)]
pub struct AnnouncementDetector {
    announcement: Arc<Announcement>,
    /// Samples not yet looked at; the first is at `next`.
    samples: VecDeque<i16>,
    next: SampleTime,
    /// The last looks, one window of them.
    past: VecDeque<Look>,
    running: Running,
    /// For each place of the announcement: products of it and what came before with the line.
    products: Vec<f64>,
    hearing: Option<Hearing>,
}

impl AnnouncementDetector {
    /// A detector that has heard nothing.
    pub fn new(announcement: Arc<Announcement>) -> Self {
        Self {
            samples: VecDeque::with_capacity(2 * LOOK),
            next: SampleTime::default(),
            past: VecDeque::with_capacity(announcement.window + 1),
            running: Running::default(),
            products: vec![0.0; announcement.looks.len()],
            hearing: None,
            announcement,
        }
    }

    /// Takes samples, the first of which is at `start`; input that does not follow on the input
    /// before begins anew. `out` gets the first stretch recognised, once.
    pub fn push(&mut self, samples: &[i16], start: SampleTime, out: &mut dyn FnMut(Heard)) {
        if start != self.next + self.samples.len() as u64 {
            self.restart(start);
        }
        for &sample in samples {
            self.samples.push_back(sample);
            if self.samples.len() == LOOK {
                self.look(out);
                self.samples.drain(..HOP);
                self.next = self.next + HOP as u64;
            }
        }
    }

    /// Everything heard of it so far.
    pub fn hearing(&self) -> Option<Hearing> {
        self.hearing
    }

    /// Forgets what was heard, for the next call; `start` is the next sample's time.
    pub fn restart(&mut self, start: SampleTime) {
        self.samples.clear();
        self.next = start;
        self.past.clear();
        self.running = Running::default();
        self.products.fill(0.0);
        self.hearing = None;
    }

    fn look(&mut self, out: &mut dyn FnMut(Heard)) {
        let announcement = Arc::clone(&self.announcement);
        let (window, looks) = (announcement.window, &announcement.looks);
        let look = announcement.eye.look(self.samples.make_contiguous());
        let old = (self.past.len() == window)
            .then(|| self.past.pop_front())
            .flatten();
        self.running.add(&look);
        if let Some(old) = &old {
            self.running.drop(old);
        }
        // Walk backwards: each place inherits the products of the place before it.
        for place in (0..looks.len()).rev() {
            let inherited = if place == 0 {
                0.0
            } else {
                self.products[place - 1]
            };
            let gone = match (&old, place.checked_sub(window)) {
                (Some(old), Some(first)) => product(old, &looks[first]),
                _ => 0.0,
            };
            self.products[place] = inherited + product(&look, &looks[place]) - gone;
        }
        self.past.push_back(look);
        if self.past.len() == window && self.past.iter().any(audible) {
            self.judge(out);
        }
    }

    fn judge(&mut self, out: &mut dyn FnMut(Heard)) {
        let known = &*self.announcement;
        let spread = self.running.spread(known.window);
        let mut best = (0.0, 0);
        for place in known.window - 1..known.looks.len() {
            let means: f64 = (0..BANDS)
                .map(|band| self.running.sums[band] * known.sums[place][band])
                .sum();
            let shared = self.products[place] - means / known.window as f64;
            let both = (spread * known.spreads[place]).sqrt().max(1e-6);
            if shared / both > best.0 {
                best = (shared / both, place);
            }
        }
        let (score, place) = best;
        if score < SURE {
            return;
        }
        let stretch = ((known.window - 1) * HOP + LOOK) as u64;
        let end = self.next + LOOK as u64;
        let reached = (place * HOP + LOOK) as u64;
        let first = Heard {
            at: end.back(stretch),
            offset: reached.saturating_sub(stretch),
            score: score as f32,
        };
        if self.hearing.is_none() {
            out(first);
        }
        let hearing = self.hearing.get_or_insert(Hearing {
            first,
            until: end,
            reached,
            best: score as f32,
        });
        hearing.until = end;
        hearing.reached = reached;
        hearing.best = hearing.best.max(score as f32);
    }
}

/// Sums over a sliding window of looks.
#[derive(Clone, Debug, Default)]
struct Running {
    sums: [f64; BANDS],
    squares: f64,
}

impl Running {
    fn add(&mut self, look: &Look) {
        self.squares += product(look, look);
        for (sum, &value) in self.sums.iter_mut().zip(look) {
            *sum += f64::from(value);
        }
    }

    fn drop(&mut self, look: &Look) {
        self.squares -= product(look, look);
        for (sum, &value) in self.sums.iter_mut().zip(look) {
            *sum -= f64::from(value);
        }
    }

    /// Energy around each band's mean.
    fn spread(&self, window: usize) -> f64 {
        let means: f64 = self.sums.iter().map(|sum| sum * sum).sum();
        (self.squares - means / window as f64).max(0.0)
    }
}

fn product(a: &Look, b: &Look) -> f64 {
    let sum: f32 = a.iter().zip(b).map(|(a, b)| a * b).sum();
    f64::from(sum)
}

fn audible(look: &Look) -> bool {
    look.iter().sum::<f32>() > FAINT * BANDS as f32
}

/// Turns samples into band amplitudes.
#[derive(Clone, Debug)]
struct Eye {
    /// Windowed cosines and sines of each frequency.
    table: Vec<[[f32; LOOK]; 2]>,
}

impl Eye {
    fn new() -> Self {
        let count = BANDS * PER_BAND;
        let table = (0..count).map(|n| {
            // Equal steps of the ear's scale (mel) from 300 to 3400 Hz.
            let mel = |hz: f32| (1.0 + hz / 700.0).ln();
            let part = (n as f32 + 0.5) / count as f32;
            let hz = 700.0 * ((mel(300.0) + (mel(3_400.0) - mel(300.0)) * part).exp() - 1.0);
            [PI / 2.0, 0.0].map(|shift| {
                std::array::from_fn(|at| {
                    let hann = 0.5 - 0.5 * (2.0 * PI * at as f32 / LOOK as f32).cos();
                    let phase = 2.0 * PI * hz * at as f32 / RATE_HZ as f32;
                    hann * (phase + shift).sin() / LOOK as f32
                })
            })
        });
        Self {
            table: table.collect(),
        }
    }

    fn look(&self, samples: &[i16]) -> Look {
        let mut window = [0.0; LOOK];
        for (to, &from) in window.iter_mut().zip(samples) {
            *to = f32::from(from);
        }
        let mut look = [0.0; BANDS];
        for (band, pair) in look.iter_mut().zip(self.table.chunks(PER_BAND)) {
            let power: f32 = pair
                .iter()
                .flatten()
                .map(|wave| dot(&window, wave).powi(2))
                .sum();
            // Loudness goes with the 0.3rd power of the energy (Stevens).
            *band = power.powf(0.3);
        }
        look
    }
}

/// Eight sums side by side, so that a vector unit can be used.
fn dot(a: &[f32; LOOK], b: &[f32; LOOK]) -> f32 {
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests;
