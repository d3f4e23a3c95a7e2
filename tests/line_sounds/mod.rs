//! Sounds of a telephone line made from nothing: tones, FSK, speech-like and music-like sound,
//! noise. Everything is deterministic: the same seed gives the same samples.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test and bench uses its own part of this module"
)]

use linetap::words::{Dbm0, RATE_HZ};
use std::f64::consts::TAU;

pub mod fsk;
pub mod voices;

/// xorshift64*: enough for noise, the same on every machine.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        dice.roll();
        dice.roll();
        dice
    }

    /// 0 to 1.
    pub fn roll(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.roll()
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.roll() * limit as f64) as usize
    }

    /// Normal distribution, mean 0, deviation 1.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.roll().max(1e-300).ln()).sqrt();
        radius * (TAU * self.roll()).cos()
    }
}

pub fn samples(seconds: f64) -> usize {
    (seconds * f64::from(RATE_HZ)).round() as usize
}

/// A stretch of line, as float samples of 16-bit scale.
#[derive(Clone, Default)]
pub struct Line(pub Vec<f64>);

impl Line {
    pub fn silent(seconds: f64) -> Self {
        Self(vec![0.0; samples(seconds)])
    }

    /// Adds a sine; both ends have 2 ms ramps, as an exchange's filters make them.
    pub fn tone(&mut self, hz: f64, level: f32, start: f64, end: f64) -> &mut Self {
        let (first, last) = (samples(start), samples(end).min(self.0.len()));
        let peak = f64::from(Dbm0(level).sine_peak());
        for n in first..last {
            let edge = (n - first).min(last - n) as f64 / 16.0;
            let t = n as f64 / f64::from(RATE_HZ);
            self.0[n] += peak * edge.min(1.0) * (TAU * hz * t).sin();
        }
        self
    }

    /// Adds a rhythm: each burst given as start and end.
    pub fn bursts(&mut self, hz: &[f64], level: f32, bursts: &[(f64, f64)]) -> &mut Self {
        for &(start, end) in bursts {
            for &hz in hz {
                self.tone(hz, level, start, end);
            }
        }
        self
    }

    /// Adds white noise up to 4 kHz.
    pub fn noise(&mut self, level: f32, dice: &mut Dice) -> &mut Self {
        let rms = f64::from(Dbm0(level).mean_square()).sqrt();
        self.0.iter_mut().for_each(|x| *x += rms * dice.normal());
        self
    }

    /// Adds other sound, so loud, from `start`.
    pub fn add(&mut self, other: &[f64], gain_db: f64, start: f64) -> &mut Self {
        let gain = 10f64.powf(gain_db / 20.0);
        for (to, from) in self.0.iter_mut().skip(samples(start)).zip(other) {
            *to += gain * from;
        }
        self
    }

    pub fn pcm(&self) -> Vec<i16> {
        self.0
            .iter()
            .map(|x| x.round().clamp(-32768.0, 32767.0) as i16)
            .collect()
    }

    /// Through G.711 A-law and back.
    pub fn a_law(&self) -> Vec<i16> {
        self.pcm().into_iter().map(a_law).collect()
    }
}

/// Root mean square.
pub fn rms(samples: &[f64]) -> f64 {
    (samples.iter().map(|x| x * x).sum::<f64>() / samples.len().max(1) as f64).sqrt()
}

/// What A-law makes of a 16-bit sample: 16 steps in each segment, read back in their middle.
fn a_law(sample: i16) -> i16 {
    let size = i32::from(sample).abs().min(32_767) >> 4;
    let step = if size < 32 {
        1
    } else {
        1 << (size.ilog2() - 4)
    };
    let size = (size / step * step) * 16 + step * 8;
    (size.min(32_767) * i32::from(sample).signum()) as i16
}

/// Frames of several lines, interleaved; shorter ones end in silence.
pub fn interleave(lines: &[Vec<i16>]) -> Vec<i16> {
    let longest = lines.iter().map(Vec::len).max().unwrap_or(0);
    let mut frames = Vec::with_capacity(longest * lines.len());
    for n in 0..longest {
        frames.extend(lines.iter().map(|line| line.get(n).copied().unwrap_or(0)));
    }
    frames
}
