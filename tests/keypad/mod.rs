//! Makes the signals DTMF receivers are judged by: keys, noise, hum, dial tone, a voice, A-law.
//!
//! Everything is reckoned from the seed; the same seed gives the same samples on every machine.
#![allow(dead_code)] // each test and bench uses its own part

pub(crate) mod yardstick;

use std::f64::consts::TAU;

use linetap::words::DBM0_SINE_PEAK;

/// The sixteen keys in the order of the keypad, row by row.
pub(crate) const KEYS: [char; 16] = [
    '1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D',
];
const LOW: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

/// Peak of a sine of `dbm0`.
pub(crate) fn peak(dbm0: f64) -> f64 {
    f64::from(DBM0_SINE_PEAK) * 10f64.powf(dbm0 / 20.0)
}

/// SplitMix64.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly from 0 up to 1.
    pub(crate) fn even(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Gaussian with unit variance, by the sum of twelve.
    pub(crate) fn gauss(&mut self) -> f64 {
        (0..12).map(|_| self.even()).sum::<f64>() - 6.0
    }
}

/// How keys are pressed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Press {
    /// Tone and pause, ms; up to `jitter_ms` is added to each pause.
    pub(crate) on_ms: f64,
    pub(crate) off_ms: f64,
    pub(crate) jitter_ms: f64,
    /// Levels of the tones, dBm0.
    pub low_dbm0: f64,
    pub high_dbm0: f64,
    /// Frequency errors: part of the frequency, and Hz (away from nominal, same sign).
    pub(crate) low_off: (f64, f64),
    pub(crate) high_off: (f64, f64),
    /// An interruption in the middle of the tone, ms.
    pub(crate) interruption_ms: f64,
    /// Each key so often in a row, or all keys in turn so often.
    pub(crate) repeats: usize,
    pub(crate) same_in_a_row: bool,
}

impl Default for Press {
    fn default() -> Self {
        Self {
            on_ms: 50.0,
            off_ms: 60.0,
            jitter_ms: 13.0,
            low_dbm0: -13.0,
            high_dbm0: -13.0,
            low_off: (0.0, 0.0),
            high_off: (0.0, 0.0),
            interruption_ms: 0.0,
            repeats: 2,
            same_in_a_row: false,
        }
    }
}

/// A key as it was pressed: first sample, one past the last, which.
pub(crate) type Pressed = (usize, usize, char);

impl Press {
    /// The signal, between 200 ms of silence at both ends, and its truth.
    pub(crate) fn make(&self, dice: &mut Dice) -> (Vec<f64>, Vec<Pressed>) {
        let (mut signal, mut truth) = (vec![0.0; 1_600], Vec::new());
        for place in 0..16 * self.repeats {
            let key = if self.same_in_a_row {
                place / self.repeats
            } else {
                place % 16
            };
            let start = signal.len();
            self.tone(key, dice, &mut signal);
            truth.push((start, signal.len(), KEYS[key]));
            let pause = self.off_ms + self.jitter_ms * dice.even();
            signal.resize(signal.len() + (pause * 8.0).round() as usize, 0.0);
        }
        signal.resize(signal.len() + 1_600, 0.0);
        (signal, truth)
    }

    fn tone(&self, key: usize, dice: &mut Dice, signal: &mut Vec<f64>) {
        let length = (self.on_ms * 8.0).round() as usize;
        let broken = (self.interruption_ms * 8.0).round() as usize;
        let hole = (length - broken) / 2..(length - broken) / 2 + broken;
        let low = LOW[key / 4] * (1.0 + self.low_off.0) + self.low_off.1;
        let high = HIGH[key % 4] * (1.0 + self.high_off.0) + self.high_off.1;
        let (phase_low, phase_high) = (TAU * dice.even(), TAU * dice.even());
        for n in 0..length {
            let t = n as f64 / 8_000.0;
            let sum = peak(self.low_dbm0) * (TAU * low * t + phase_low).sin()
                + peak(self.high_dbm0) * (TAU * high * t + phase_high).sin();
            signal.push(if hole.contains(&n) { 0.0 } else { sum });
        }
    }

    /// Mean square of the pair.
    pub(crate) fn power(&self) -> f64 {
        (peak(self.low_dbm0).powi(2) + peak(self.high_dbm0).powi(2)) / 2.0
    }
}

/// Adds a continuous sine.
pub(crate) fn add_sine(signal: &mut [f64], hz: f64, dbm0: f64) {
    for (n, sample) in signal.iter_mut().enumerate() {
        *sample += peak(dbm0) * (TAU * hz * n as f64 / 8_000.0 + hz).sin();
    }
}

/// Adds white noise of the given mean square.
pub(crate) fn add_noise(signal: &mut [f64], mean_square: f64, dice: &mut Dice) {
    for sample in signal {
        *sample += mean_square.sqrt() * dice.gauss();
    }
}

/// A voice without a pause: glottal pulses of gliding pitch through three gliding formants, with
/// unvoiced stretches; mean square 1.
pub(crate) fn voice(samples: usize, dice: &mut Dice) -> Vec<f64> {
    let mut out = Vec::with_capacity(samples + 2_000);
    let mut formants = [(500.0, 60.0), (1_500.0, 90.0), (2_500.0, 120.0)];
    let (mut pitch, mut phase) = (90.0 + 160.0 * dice.even(), 0.0);
    let mut state = [[0.0f64; 2]; 3];
    while out.len() < samples {
        let length = 400 + (1_600.0 * dice.even()) as usize;
        let voiced = dice.even() < 0.8;
        let to_pitch = (pitch * (0.8 + 0.4 * dice.even())).clamp(80.0, 320.0);
        let to = [
            250.0 + 650.0 * dice.even(),
            800.0 + 1_400.0 * dice.even(),
            2_300.0 + 900.0 * dice.even(),
        ];
        for n in 0..length {
            let part = n as f64 / length as f64;
            phase += (pitch + (to_pitch - pitch) * part) / 8_000.0;
            let pulse = phase >= 1.0;
            phase = phase.fract();
            let mut x = if voiced {
                f64::from(u8::from(pulse)) * 8.0
            } else {
                0.3 * dice.gauss()
            };
            for ((y, (from, width)), to) in state.iter_mut().zip(formants).zip(to) {
                let angle = TAU * (from + (to - from) * part) / 8_000.0;
                let radius = (-std::f64::consts::PI * width / 8_000.0).exp();
                let next = x * (1.0 - radius) * 2.0 + 2.0 * radius * angle.cos() * y[0]
                    - radius * radius * y[1];
                *y = [next, y[0]];
                x = next + 0.1 * x;
            }
            out.push(x);
        }
        pitch = to_pitch;
        formants = [(to[0], 60.0), (to[1], 90.0), (to[2], 120.0)];
    }
    out.truncate(samples);
    let rms = (out.iter().map(|x| x * x).sum::<f64>() / samples as f64).sqrt();
    out.iter().map(|x| x / rms).collect()
}

/// To 16 bits, clipped as a card clips.
pub(crate) fn to_linear(signal: &[f64]) -> Vec<i16> {
    signal
        .iter()
        .map(|x| x.round().clamp(-32_768.0, 32_767.0) as i16)
        .collect()
}

/// What A-law (ITU-T G.711) leaves of a sample.
pub(crate) fn through_a_law(sample: i16) -> i16 {
    let negative = sample < 0;
    let magnitude = (if negative {
        -(i32::from(sample) + 1)
    } else {
        i32::from(sample)
    }) >> 3;
    let segment = (magnitude.max(1).ilog2() as i32 - 4).max(0);
    let step = segment.max(1);
    let value = ((magnitude >> step << step) + (1 << (step - 1))) << 3;
    (if negative { -value } else { value }) as i16
}
