//! Sound that is not a signal: speech-like syllables and music-like notes.

use super::{Dice, samples};
use linetap::words::RATE_HZ;
use std::f64::consts::TAU;

/// Speech-like: voiced syllables with a gliding pitch and two formants, hisses, pauses. The seed
/// is the text and the voice. Peak about 12,000.
pub fn speech(seconds: f64, seed: u64) -> Vec<f64> {
    let mut dice = Dice::new(seed);
    let mut sound = Vec::with_capacity(samples(seconds));
    let voice = dice.between(90.0, 240.0);
    while sound.len() < samples(seconds) {
        match dice.below(8) {
            0 => sound.extend(vec![0.0; samples(dice.between(0.05, 0.5))]),
            1 => hiss(&mut sound, &mut dice),
            _ => vowel(&mut sound, voice, &mut dice),
        }
    }
    sound.truncate(samples(seconds));
    sound
}

fn vowel(sound: &mut Vec<f64>, voice: f64, dice: &mut Dice) {
    let length = samples(dice.between(0.06, 0.28));
    let (from, to) = (
        voice * dice.between(0.8, 1.25),
        voice * dice.between(0.8, 1.25),
    );
    let formants = [
        [dice.between(270.0, 850.0), dice.between(270.0, 850.0)],
        [dice.between(850.0, 2_500.0), dice.between(850.0, 2_500.0)],
    ];
    let loud = dice.between(2_000.0, 9_000.0);
    let mut phase = 0.0;
    for n in 0..length {
        let part = n as f64 / length as f64;
        let pitch = from + (to - from) * part;
        phase += TAU * pitch / f64::from(RATE_HZ);
        let envelope = (std::f64::consts::PI * part).sin().powf(0.5);
        let mut x = 0.0;
        for harmonic in 1..=(3_400.0 / pitch) as usize {
            let hz = pitch * harmonic as f64;
            let gain: f64 = formants
                .iter()
                .zip([90.0, 140.0])
                .map(|([a, b], width)| {
                    let centre = a + (b - a) * part;
                    1.0 / (1.0 + ((hz - centre) / width).powi(2))
                })
                .sum();
            x += gain * (phase * harmonic as f64).sin();
        }
        sound.push(loud * envelope * x);
    }
}

fn hiss(sound: &mut Vec<f64>, dice: &mut Dice) {
    let length = samples(dice.between(0.04, 0.15));
    let loud = dice.between(300.0, 2_000.0);
    let mut before = 0.0;
    for _ in 0..length {
        let white = dice.normal();
        sound.push(loud * (white - 0.8 * before));
        before = white;
    }
}

/// Music-like: chords of one to three notes of the tempered scale, plucked or held, with up to
/// five harmonics, steady tempo. Worse than real music, as a fifth of the notes are pure sines.
pub fn music(seconds: f64, seed: u64) -> Vec<f64> {
    let mut dice = Dice::new(seed);
    let mut sound = vec![0.0; samples(seconds)];
    let beat = dice.between(0.25, 0.75);
    let mut start = 0.0;
    while start < seconds {
        let length = beat * [0.5, 1.0, 1.0, 2.0][dice.below(4)];
        for _ in 0..=dice.below(3) {
            note(&mut sound, start, length, &mut dice);
        }
        start += length;
    }
    sound
}

fn note(sound: &mut [f64], start: f64, length: f64, dice: &mut Dice) {
    let hz = 440.0 * 2f64.powf((dice.below(36) as f64 - 18.0) / 12.0);
    let harmonics = if dice.below(5) == 0 {
        1
    } else {
        2 + dice.below(4)
    };
    let decay = if dice.below(2) == 0 {
        0.0
    } else {
        dice.between(1.0, 6.0)
    };
    let loud = dice.between(1_000.0, 5_000.0);
    let first = samples(start).min(sound.len());
    let last = samples(start + length * dice.between(0.7, 1.0)).clamp(first, sound.len());
    for (n, x) in sound[first..last].iter_mut().enumerate() {
        let t = n as f64 / f64::from(RATE_HZ);
        let edge = n.min(last - first - n) as f64 / 80.0;
        for k in 1..=harmonics {
            let wave = (TAU * hz * k as f64 * t).sin() / (k * k) as f64;
            *x += loud * edge.min(1.0) * (-decay * t).exp() * wave;
        }
    }
}
