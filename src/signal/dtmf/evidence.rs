//! Is it a key or a voice: what all windows of a pair say together.
//!
//! A genuine digit is two steady sines and nothing else: its frequencies do not waver, its bands
//! are empty beside the tones, nothing sounds at the columns' second harmonics, and it is clean
//! from edge to edge. A voice that happens to have two harmonics in the right places fails most of
//! these a little. No single limit separates the two under noise; the weighted sum does.
//!
//! The weights were fitted (logistic regression) to 5,387 voice-made pairs out of 82 hours of
//! altered prompts and 5,000 genuine digits at the yardstick's limits, and then left alone. The
//! conformance test and `docs/detectors.md` hold what they achieve.

use super::reading::{Reading, ToneReading};

/// Gathers what the clean windows of a candidate say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    windows: u32,
    low: Steadiness,
    high: Steadiness,
    below: Ratios,
    above: Ratios,
}

/// How still one tone stands.
#[derive(Clone, Copy, Debug)]
struct Steadiness {
    residue: Ratios,
    turn: (f32, f32),
    turned: f32,
    weakest: f32,
    strongest: f32,
}

impl Evidence {
    pub(super) fn new() -> Self {
        Self {
            windows: 0,
            low: Steadiness::new(),
            high: Steadiness::new(),
            below: Ratios::new(),
            above: Ratios::new(),
        }
    }

    /// Adds a clean window. The first of a tone is best left out: the onset is still in it.
    pub(super) fn add(&mut self, reading: &Reading) {
        self.windows += 1;
        self.low.add(&reading.low);
        self.high.add(&reading.high);
        self.below.add(reading.below);
        self.above.add(reading.above);
    }

    /// Mean deviations of the low and the high tone: sums of turns, see the bank.
    pub(super) fn turns(&self) -> [(f32, f32); 2] {
        [self.low.turn, self.high.turn]
    }

    /// Log odds that this is a digit, given its length in ms and the part of it that was clean.
    pub(super) fn score(&self, length_ms: f32, clean_part: f32) -> f32 {
        let windows = self.windows.max(1) as f32;
        let [low, high] = [self.low, self.high].map(|tone| tone.residue.decibels() / windows);
        let [low_jitter, high_jitter] = [self.low, self.high].map(|tone| tone.jitter_db());
        let swing = self.low.swing_db().max(self.high.swing_db());
        -0.46 * low.max(high).max(-30.0)
            - 0.04 * low.min(high).max(-30.0)
            - 0.215 * low_jitter.max(high_jitter).max(-30.0)
            - 0.256 * low_jitter.min(high_jitter).max(-40.0)
            - 0.09 * (self.below.decibels() / windows).max(-20.0)
            - 0.336 * (self.above.decibels() / windows).max(-25.0)
            + 12.4 * clean_part.min(1.0)
            - 0.795 * swing.min(6.0)
            + 0.46 * length_ms.min(45.0)
            - 60.2
    }
}

impl Steadiness {
    fn new() -> Self {
        Self {
            residue: Ratios::new(),
            turn: (0.0, 0.0),
            turned: 0.0,
            weakest: f32::MAX,
            strongest: 0.0,
        }
    }

    fn add(&mut self, tone: &ToneReading) {
        self.residue.add(tone.residue);
        self.turn.0 += tone.turn.0;
        self.turn.1 += tone.turn.1;
        let (x, y) = tone.turn;
        self.turned += (x * x + y * y).sqrt();
        self.weakest = self.weakest.min(tone.power);
        self.strongest = self.strongest.max(tone.power);
    }

    /// How much the frequency wavers: the part of the turning that does not add up.
    fn jitter_db(&self) -> f32 {
        decibels(1.0 - self.turn.0.hypot(self.turn.1) / self.turned.max(f32::MIN_POSITIVE))
    }

    fn swing_db(&self) -> f32 {
        decibels(self.strongest / self.weakest)
    }
}

/// Power ratios whose decibels add up: multiplied, with the logarithm left for the end.
#[derive(Clone, Copy, Debug)]
struct Ratios {
    product: f64,
    /// What the product has been relieved of before it became too small.
    decibels: f64,
}

impl Ratios {
    const fn new() -> Self {
        Self {
            product: 1.0,
            decibels: 0.0,
        }
    }

    /// Adds a ratio, not below -70 dB.
    fn add(&mut self, ratio: f32) {
        self.product *= f64::from(ratio.max(1e-7));
        if !(1e-200..1e200).contains(&self.product) {
            self.decibels += 10.0 * self.product.log10();
            self.product = 1.0;
        }
    }

    fn decibels(self) -> f32 {
        (self.decibels + 10.0 * self.product.log10()) as f32
    }
}

/// Power ratio in dB, not below -70.
fn decibels(ratio: f32) -> f32 {
    10.0 * ratio.max(1e-7).log10()
}
