//! Sounds long enough to be used again and again from other places: voices, music, noise.
//! Made once a process, from fixed seeds, in about a tenth of a second; 4 MB.

mod voice;

use std::sync::LazyLock;

use super::random::Random;

/// Which loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Loop {
    /// A voice speaking without turns, 0 to [`VOICES`] - 1.
    Voice(u8),
    /// Music on hold.
    Music,
    /// Line noise, heavy in low frequencies.
    Noise,
    /// 50 Hz mains hum with its third harmonic.
    Hum,
    /// The 25 Hz of the ringing current.
    Ring,
}

/// How many voices there are.
pub(super) const VOICES: u8 = 6;

/// All loops; each has mean square 1 (voices while they speak).
pub(super) static LOOPS: LazyLock<Loops> = LazyLock::new(Loops::make);

pub(super) struct Loops {
    voices: Vec<Vec<f32>>,
    music: Vec<f32>,
    noise: Vec<f32>,
    hum: Vec<f32>,
    ring: Vec<f32>,
}

impl Loops {
    pub(super) fn get(&self, which: Loop) -> &[f32] {
        match which {
            Loop::Voice(number) => &self.voices[usize::from(number) % self.voices.len()],
            Loop::Music => &self.music,
            Loop::Noise => &self.noise,
            Loop::Hum => &self.hum,
            Loop::Ring => &self.ring,
        }
    }

    fn make() -> Self {
        Self {
            voices: (0..VOICES).map(voice::speak).collect(),
            music: music(),
            noise: noise(),
            hum: period(50.0, &[1.0, 0.0, 0.5]),
            ring: period(25.0, &[1.0]),
        }
    }
}

/// White noise over noise that falls with frequency; the length is prime, so that lines that
/// begin at different places never run alike for long.
fn noise() -> Vec<f32> {
    let mut random = Random::new(2, 0);
    let (mut slow, mut slower) = (0.0, 0.0);
    let mut samples: Vec<f32> = (0..65_537)
        .map(|_| {
            let white = random.noise();
            slow += 0.2 * (white - slow);
            slower += 0.03 * (white - slower);
            0.4 * white + slow + 2.0 * slower
        })
        .collect();
    normalise(&mut samples, 0.0);
    samples
}

/// Broken chords of plucked notes with their harmonics, 16 s.
fn music() -> Vec<f32> {
    const NOTES: [f64; 8] = [146.8, 174.6, 220.0, 261.6, 293.7, 220.0, 196.0, 164.8];
    const BEAT: usize = 2_400;
    let mut samples = vec![0.0f32; 128_000];
    let length = samples.len();
    for beat in 0..length / BEAT {
        let base = NOTES[(beat * 3 + beat / 8) % NOTES.len()];
        for n in 0..8_000 {
            let t = n as f64 / 8_000.0;
            let envelope = (-3.0 * t).exp() * (t * 200.0).min(1.0);
            let sound: f64 = (1..=5)
                .map(|h| {
                    let turns = base * f64::from(h) * t;
                    (turns * std::f64::consts::TAU).sin() / f64::from(h)
                })
                .sum();
            samples[(beat * BEAT + n) % length] += (sound * envelope) as f32;
        }
    }
    normalise(&mut samples, 0.0);
    samples
}

/// One period of a tone and its harmonics.
fn period(hz: f64, harmonics: &[f64]) -> Vec<f32> {
    let length = (8_000.0 / hz) as usize;
    let mut samples: Vec<f32> = (0..length)
        .map(|n| {
            let turns = n as f64 / length as f64;
            let parts = harmonics.iter().zip(1..);
            parts
                .map(|(gain, h)| gain * (turns * f64::from(h) * std::f64::consts::TAU).sin())
                .sum::<f64>() as f32
        })
        .collect();
    normalise(&mut samples, 0.0);
    samples
}

/// Scales to mean square 1 over the samples louder than `gate` times the peak, and limits peaks to
/// what a telephone's transmitter lets through (12 dB over the mean).
fn normalise(samples: &mut [f32], gate: f32) {
    let peak = samples.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
    let (mut energy, mut count) = (0.0f64, 0usize);
    for block in samples.chunks(160) {
        let mean = block.iter().map(|s| s * s).sum::<f32>() / block.len() as f32;
        if mean.sqrt() >= gate * peak {
            energy += f64::from(mean) * block.len() as f64;
            count += block.len();
        }
    }
    let scale = (count.max(1) as f64 / energy.max(1e-30)).sqrt() as f32;
    for sample in samples {
        *sample = (*sample * scale).clamp(-4.0, 4.0);
    }
}
