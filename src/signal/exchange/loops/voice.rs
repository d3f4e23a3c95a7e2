//! A voice that says nothing: glottal pulses through moving formants, hissing consonants,
//! syllables, phrases and pauses for breath. Rich in harmonics of its own pitch, as speech is and
//! DTMF is not.

use super::super::random::Random;
use super::normalise;

/// Pitch (Hz) and length of the vocal tract relative to a man's (formant scale), voice by voice.
const SPEAKERS: [(f64, f64); 6] = [
    (98.0, 1.0),
    (205.0, 1.16),
    (122.0, 1.02),
    (228.0, 1.18),
    (141.0, 1.05),
    (187.0, 1.13),
];

/// Formants of a, e, i, o, u, y (Hz).
const VOWELS: [[f64; 3]; 6] = [
    [730.0, 1_250.0, 2_450.0],
    [540.0, 1_750.0, 2_480.0],
    [290.0, 2_200.0, 2_900.0],
    [520.0, 900.0, 2_400.0],
    [310.0, 800.0, 2_250.0],
    [370.0, 1_500.0, 2_400.0],
];
const BANDWIDTHS: [f64; 3] = [70.0, 100.0, 140.0];
const LENGTH: usize = 128_000;

/// 16 s of speaker `number`.
pub(super) fn speak(number: u8) -> Vec<f32> {
    let mut speaker = Speaker::new(number);
    let mut samples = Vec::with_capacity(LENGTH);
    while samples.len() < LENGTH {
        let syllables = 5 + speaker.random.below(9);
        for position in 0..syllables {
            speaker.syllable(position as f64 / syllables as f64, &mut samples);
        }
        let breath = (speaker.random.between(0.15, 0.45) * 8_000.0) as usize;
        samples.resize(samples.len() + breath, 0.0);
    }
    samples.truncate(LENGTH);
    normalise(&mut samples, 0.05);
    samples
}

struct Speaker {
    random: Random,
    pitch: f64,
    tract: f64,
    formants: [f64; 3],
    resonators: [[f64; 2]; 3],
    glottis: f64,
}

impl Speaker {
    fn new(number: u8) -> Self {
        let (pitch, tract) = SPEAKERS[usize::from(number) % SPEAKERS.len()];
        Self {
            random: Random::new(1, u64::from(number)),
            pitch,
            tract,
            formants: VOWELS[0],
            resonators: [[0.0; 2]; 3],
            glottis: 0.0,
        }
    }

    /// A consonant now and then, and a vowel; the pitch falls along the phrase.
    fn syllable(&mut self, along: f64, samples: &mut Vec<f32>) {
        if self.random.chance(0.6) {
            self.consonant(samples);
        }
        let target = VOWELS[self.random.below(VOWELS.len())].map(|hz| hz * self.tract);
        let length = (self.random.between(0.09, 0.24) * 8_000.0) as usize;
        let loud = self.random.between(0.6, 1.0);
        let pitch = self.pitch * (1.15 - 0.3 * along) * self.random.between(0.93, 1.07);
        for n in 0..length {
            let part = n as f64 / length as f64;
            let envelope = (part * std::f64::consts::PI).sin().powf(0.6) * loud;
            for (formant, goal) in self.formants.iter_mut().zip(target) {
                *formant += 0.004 * (goal - *formant);
            }
            let hz = pitch * (1.0 + 0.06 * (part * 5.0).sin());
            let source = self.glottal(hz) + 0.01 * f64::from(self.random.noise());
            samples.push((self.tract_filter(source) * envelope) as f32);
        }
    }

    /// A hiss, or the silence and burst of a plosive.
    fn consonant(&mut self, samples: &mut Vec<f32>) {
        let hiss = self.random.chance(0.5);
        let length = (self.random.between(0.03, 0.09) * 8_000.0) as usize;
        let mut last = 0.0;
        for n in 0..length {
            let white = self.random.noise();
            let high = white - 0.8 * last;
            last = white;
            let part = n as f32 / length as f32;
            let gain = match hiss {
                true => 0.12 * (part * std::f32::consts::PI).sin(),
                false if part > 0.7 => 0.4 * (1.0 - part),
                false => 0.0,
            };
            samples.push(high * gain);
        }
    }

    /// Flow through the vocal folds, differentiated by the lips: a slow opening, a sharp closing.
    fn glottal(&mut self, hz: f64) -> f64 {
        let jitter = 1.0 + 0.01 * f64::from(self.random.noise());
        self.glottis = (self.glottis + hz * jitter / 8_000.0).fract();
        let open = self.glottis / 0.62;
        if open < 1.0 {
            2.0 * open - 3.0 * open * open
        } else {
            0.0
        }
    }

    fn tract_filter(&mut self, source: f64) -> f64 {
        let mut signal = source;
        for (index, state) in self.resonators.iter_mut().enumerate() {
            let radius = (-std::f64::consts::PI * BANDWIDTHS[index] / 8_000.0).exp();
            let angle = std::f64::consts::TAU * self.formants[index] / 8_000.0;
            let (b, c) = (2.0 * radius * angle.cos(), -radius * radius);
            let out = (1.0 - b - c) * signal + b * state[0] + c * state[1];
            *state = [out, state[0]];
            signal = out;
        }
        signal
    }
}
