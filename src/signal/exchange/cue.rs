//! Sounds with a place in time. A cue is a function of the sample's absolute position alone, so
//! that a cut through it changes nothing.

use std::sync::{Arc, LazyLock};

use super::loops::{LOOPS, Loop};

const TABLE_BITS: u32 = 11;

/// One period of a sine with its first point repeated, for interpolation (error below -110 dB).
static SINE: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let length = 1usize << TABLE_BITS;
    (0..=length)
        .map(|n| (n as f64 / length as f64 * std::f64::consts::TAU).sin() as f32)
        .collect()
});

/// A sound from `start` to before `end` (samples since the start of the exchange).
#[derive(Clone, Debug)]
pub(super) struct Cue {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) sound: Sound,
}

#[derive(Clone, Debug)]
pub(super) enum Sound {
    /// A steady sine: 2^32 = one turn a sample, and its peak; phase 0 at the cue's start.
    Sine { step: u32, peak: f32 },
    /// An endless loop of mean square 1, times `gain`.
    Loop { from: Loop, offset: u32, gain: f32 },
    /// Samples as they are, from the cue's start.
    Samples(Arc<[f32]>),
}

/// The phase step of a frequency at 8 kHz.
pub(super) fn step(hz: f64) -> u32 {
    (hz / 8_000.0 * 4_294_967_296.0).round() as i64 as u32
}

/// The sine of a phase of 2^32 a turn.
#[inline(always)]
pub(super) fn sine(phase: u32) -> f32 {
    interpolate(&SINE, phase)
}

#[inline(always)]
fn interpolate(table: &[f32], phase: u32) -> f32 {
    let index = (phase >> (32 - TABLE_BITS)) as usize;
    let part = (phase << TABLE_BITS >> 8) as f32 / 16_777_216.0;
    table[index] + (table[index + 1] - table[index]) * part
}

impl Cue {
    /// Adds this cue to `audio`, whose first sample stands at `now`.
    pub(super) fn add(&self, now: u64, audio: &mut [f32]) {
        let from = self.start.max(now);
        let to = self.end.min(now + audio.len() as u64);
        if from >= to {
            return;
        }
        let audio = &mut audio[(from - now) as usize..(to - now) as usize];
        let position = from - self.start;
        match &self.sound {
            Sound::Sine { step, peak } => {
                let table = &SINE[..];
                let mut phase = step.wrapping_mul(position as u32);
                for sample in audio {
                    *sample += peak * interpolate(table, phase);
                    phase = phase.wrapping_add(*step);
                }
            }
            Sound::Loop { from, offset, gain } => {
                add_loop(
                    LOOPS.get(*from),
                    u64::from(*offset) + position,
                    *gain,
                    audio,
                );
            }
            Sound::Samples(samples) => {
                let rest = samples.get(position as usize..).unwrap_or_default();
                for (sample, own) in audio.iter_mut().zip(rest) {
                    *sample += own;
                }
            }
        }
    }
}

/// Adds `gain` times the loop from `position` on.
pub(super) fn add_loop(samples: &[f32], position: u64, gain: f32, mut audio: &mut [f32]) {
    let mut at = (position % samples.len() as u64) as usize;
    while !audio.is_empty() {
        let run = audio.len().min(samples.len() - at);
        let (now, later) = audio.split_at_mut(run);
        for (sample, own) in now.iter_mut().zip(&samples[at..at + run]) {
            *sample += gain * own;
        }
        audio = later;
        at = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_keeps_its_phase_through_every_cut() {
        let cue = Cue {
            start: 100,
            end: 900,
            sound: Sound::Sine {
                step: step(425.0),
                peak: 1_000.0,
            },
        };
        let mut whole = vec![0.0; 1_000];
        cue.add(0, &mut whole);
        let mut cut = vec![0.0; 1_000];
        for at in (0..1_000).step_by(37) {
            let end = (at + 37).min(1_000);
            cue.add(at as u64, &mut cut[at..end]);
        }
        assert_eq!(whole, cut);
        for (n, &sample) in whole.iter().enumerate().skip(100).take(800) {
            let angle = 425.0 * (n - 100) as f64 / 8_000.0 * std::f64::consts::TAU;
            assert!(
                (f64::from(sample) - 1_000.0 * angle.sin()).abs() < 0.01,
                "{n}"
            );
        }
        assert!(whole[..100].iter().chain(&whole[900..]).all(|&s| s == 0.0));
    }
}
