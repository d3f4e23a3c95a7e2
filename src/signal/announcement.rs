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
//! an [`AnnouncementDetector`] takes its memory when made (about half a byte per millisecond of
//! announcement, beside 10 KiB) and never blocks. It costs nothing in silence, most while it
//! searches, and next to nothing once it follows the announcement.

mod eye;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::words::{RATE_HZ, SampleTime, ms};
use eye::Eye;

/// Bands between 300 and 3400 Hz.
const BANDS: usize = 16;
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
/// Below this the place is lost and searched for again.
const LOST: f64 = 0.45;
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
    /// Looks since one in which there was anything to hear.
    silent: usize,
    stage: Stage,
    hearing: Option<Hearing>,
}

/// Where in the announcement the line is.
#[derive(Clone, Debug)]
enum Stage {
    /// Not known. For each place: products of it and what came before with the line.
    Searching { products: Vec<f64> },
    /// At this place, as long as the two agree: a single correlation a look.
    Following { place: usize, product: f64 },
}

impl AnnouncementDetector {
    /// A detector that has heard nothing.
    pub fn new(announcement: Arc<Announcement>) -> Self {
        Self {
            samples: VecDeque::with_capacity(2 * LOOK),
            next: SampleTime::default(),
            past: VecDeque::with_capacity(announcement.window + 1),
            running: Running::default(),
            silent: 0,
            stage: Stage::searching(&announcement),
            hearing: None,
            announcement,
        }
    }

    /// Takes samples, the first of which is at `start`; where input does not follow on the input
    /// before, the search begins anew. `out` gets the first stretch recognised, once.
    pub fn push(&mut self, samples: &[i16], start: SampleTime, out: &mut dyn FnMut(Heard)) {
        if start != self.next + self.samples.len() as u64 {
            self.samples.clear();
            self.next = start;
            self.begin_anew();
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

    fn begin_anew(&mut self) {
        self.past.clear();
        self.running = Running::default();
        match &mut self.stage {
            Stage::Searching { products } => products.fill(0.0),
            stage @ Stage::Following { .. } => *stage = Stage::searching(&self.announcement),
        }
    }

    fn look(&mut self, out: &mut dyn FnMut(Heard)) {
        let known = Arc::clone(&self.announcement);
        let look = known.eye.look(self.samples.make_contiguous());
        self.silent = if audible(&look) { 0 } else { self.silent + 1 };
        if self.silent >= known.window {
            // A silent window matches nothing: the next sound begins a search at no cost till then.
            if self.silent == known.window {
                self.begin_anew();
            }
            return;
        }
        let old = (self.past.len() == known.window)
            .then(|| self.past.pop_front())
            .flatten();
        self.running.add(&look);
        if let Some(old) = &old {
            self.running.drop(old);
        }
        self.past.push_back(look);
        match &mut self.stage {
            Stage::Searching { products } => {
                known.step(products, &look, old.as_ref());
                self.search(&known, out);
            }
            Stage::Following { place, product } => {
                let next = *place + 1;
                let over = next >= known.looks.len();
                if !over {
                    *product += known.gained(next, &look, old.as_ref());
                    *place = next;
                }
                self.follow(&known, over);
            }
        }
    }

    fn search(&mut self, known: &Announcement, out: &mut dyn FnMut(Heard)) {
        let Stage::Searching { products } = &self.stage else {
            return;
        };
        if self.past.len() < known.window {
            return;
        }
        let (score, place) = known.best(products, &self.running);
        if score < SURE {
            return;
        }
        let product = products[place];
        self.stage = Stage::Following { place, product };
        let stretch = ((known.window - 1) * HOP + LOOK) as u64;
        let reached = (place * HOP + LOOK) as u64;
        let first = Heard {
            at: (self.next + LOOK as u64).back(stretch),
            offset: reached.saturating_sub(stretch),
            score: score as f32,
        };
        if self.hearing.is_none() {
            out(first);
        }
        self.heard(first, reached, score as f32);
    }

    fn follow(&mut self, known: &Announcement, over: bool) {
        let Stage::Following { place, product } = self.stage else {
            return;
        };
        if over {
            return self.begin_anew();
        }
        let score = known.score(
            place,
            product,
            &self.running,
            self.running.spread(known.window),
        );
        if score < LOST {
            return self.begin_anew();
        }
        if let (true, Some(hearing)) = (score >= SURE, self.hearing) {
            self.heard(hearing.first, (place * HOP + LOOK) as u64, score as f32);
        }
    }

    fn heard(&mut self, first: Heard, reached: u64, score: f32) {
        let until = self.next + LOOK as u64;
        let hearing = self.hearing.get_or_insert(Hearing {
            first,
            until,
            reached,
            best: score,
        });
        hearing.until = until;
        hearing.reached = reached;
        hearing.best = hearing.best.max(score);
    }
}

impl Stage {
    fn searching(announcement: &Announcement) -> Self {
        Self::Searching {
            products: vec![0.0; announcement.looks.len()],
        }
    }
}

impl Announcement {
    /// What a place's product gains with a look, and loses with the one that leaves the window.
    fn gained(&self, place: usize, look: &Look, old: Option<&Look>) -> f64 {
        let gone = match (old, place.checked_sub(self.window)) {
            (Some(old), Some(first)) => product(old, &self.looks[first]),
            _ => 0.0,
        };
        product(look, &self.looks[place]) - gone
    }

    /// Takes one look into every place's product.
    fn step(&self, products: &mut [f64], look: &Look, old: Option<&Look>) {
        // Walk backwards: each place inherits the products of the place before it.
        for place in (0..self.looks.len()).rev() {
            let inherited = match place {
                0 => 0.0,
                _ => products[place - 1],
            };
            products[place] = inherited + self.gained(place, look, old);
        }
    }

    /// Correlation of the line's window and the one that ends at `place`.
    fn score(&self, place: usize, product: f64, line: &Running, spread: f64) -> f64 {
        let sums = line.sums.iter().zip(&self.sums[place]);
        let means: f64 = sums.map(|(a, b)| a * b).sum();
        let shared = product - means / self.window as f64;
        shared / (spread * self.spreads[place]).sqrt().max(1e-6)
    }

    /// The best place and its score.
    fn best(&self, products: &[f64], line: &Running) -> (f64, usize) {
        let spread = line.spread(self.window);
        let mut best = (0.0, 0);
        for (place, product) in products.iter().enumerate().skip(self.window - 1) {
            let score = self.score(place, *product, line, spread);
            if score > best.0 {
                best = (score, place);
            }
        }
        best
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

#[cfg(test)]
mod tests;
