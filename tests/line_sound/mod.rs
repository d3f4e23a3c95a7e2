//! A telephone line as a tap hears it: loop voltage, ringing, tones, digits, speech-like sound and
//! noise, rendered as one of three couplings.

use std::f32::consts::{SQRT_2, TAU};

const RATE: f32 = 8_000.0;
/// Peak sample of 0 dBm0.
const PEAK: f32 = 22_827.5;
/// Volts at full scale of channels that carry the loop voltage.
const FULL_SCALE: f32 = 150.0;

/// How the tap is coupled to the line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Coupling {
    /// A transformer: sound only, hook steps as clicks.
    Ac,
    /// Sound on top of the loop voltage.
    Dc,
    /// Sound behind a transformer, the loop voltage on a second channel.
    Sense,
}

/// One line and what happens on it.
pub(crate) struct Line {
    audio: Vec<f32>,
    closed: Vec<bool>,
    ringing: Vec<bool>,
    cut: Vec<bool>,
}

fn at(seconds: f64) -> usize {
    (seconds * f64::from(RATE)).round() as usize
}

fn level(dbm0: f32) -> f32 {
    PEAK * 10f32.powf(dbm0 / 20.0)
}

fn sine(hz: f32, n: usize) -> f32 {
    (TAU * hz * n as f32 / RATE).sin()
}

impl Line {
    /// An idle line of so many seconds.
    pub(crate) fn new(seconds: f64) -> Self {
        let samples = at(seconds);
        Self {
            audio: vec![0.0; samples],
            closed: vec![false; samples],
            ringing: vec![false; samples],
            cut: vec![false; samples],
        }
    }

    /// The loop is closed.
    pub(crate) fn off_hook(&mut self, from: f64, to: f64) {
        self.closed[at(from)..at(to)].fill(true);
    }

    /// The exchange rings.
    pub(crate) fn ring(&mut self, from: f64, to: f64) {
        self.ringing[at(from)..at(to)].fill(true);
    }

    /// The wire is cut.
    pub(crate) fn cut(&mut self, from: f64, to: f64) {
        self.cut[at(from)..at(to)].fill(true);
    }

    /// Dial tone, until just after the first digit has begun.
    pub(crate) fn dial_tone(&mut self, from: f64, to: f64) {
        self.tone(&[425.0], -14.0, from, to + 0.02);
    }

    /// Ringback or busy tone.
    pub(crate) fn cadence(&mut self, from: f64, to: f64, on: f64, pause: f64) {
        let mut start = from;
        while start < to {
            self.tone(&[425.0], -16.0, start, to.min(start + on));
            start += on + pause;
        }
    }

    /// DTMF digits, 80 ms each and 80 ms apart.
    pub(crate) fn dial(&mut self, from: f64, digits: &str) {
        for (n, digit) in digits.chars().enumerate() {
            let place = "123456789*0#".find(digit).expect("a digit of a telephone");
            let low = [697.0, 770.0, 852.0, 941.0][place / 3];
            let high = [1_209.0, 1_336.0, 1_477.0][place % 3];
            let start = from + 0.16 * n as f64;
            self.tone(&[low, high], -11.0, start, start + 0.08);
        }
    }

    /// Pulse dialling at 10 pps, 60 ms break, 0.8 s between digits.
    pub(crate) fn pulse_dial(&mut self, from: f64, digits: &str) {
        let mut start = from;
        for digit in digits.chars() {
            let pulses = digit.to_digit(10).filter(|digit| *digit > 0).unwrap_or(10);
            for _ in 0..pulses {
                self.closed[at(start)..at(start + 0.06)].fill(false);
                start += 0.1;
            }
            start += 0.8;
        }
    }

    /// Speech-like sound: harmonics of a moving pitch in syllables, with pauses between words.
    pub(crate) fn talk(&mut self, from: f64, to: f64) {
        let mut phase = 0.0f32;
        for n in at(from)..at(to) {
            let t = n as f32 / RATE;
            let pitch = 130.0 + 30.0 * (TAU * 0.7 * t).sin();
            phase = (phase + TAU * pitch / RATE) % TAU;
            let syllable = (TAU * 3.7 * t).sin().max(0.0) * (TAU * 0.37 * t).cos().abs();
            let sound: f32 = (1..16u8)
                .map(f32::from)
                .map(|k| (phase * k).sin() / (1.0 + (k - 4.0).abs()))
                .sum();
            self.audio[n] += level(-14.0) * syllable * sound;
        }
    }

    fn tone(&mut self, pitches: &[f32], dbm0: f32, from: f64, to: f64) {
        let (from, to) = (at(from), at(to).min(self.audio.len()));
        for n in from..to {
            let edge = (n - from).min(to - n).min(16) as f32 / 16.0;
            let sum: f32 = pitches.iter().map(|hz| sine(*hz, n - from)).sum();
            self.audio[n] += level(dbm0) * edge * sum;
        }
    }

    /// Interleaved samples: one channel, or two with [`Coupling::Sense`]. `polarity` is 1 or -1.
    pub(crate) fn render(&self, coupling: Coupling, polarity: f32, seed: u32) -> Vec<i16> {
        let mut noise = Noise(seed.wrapping_mul(2_654_435_761) | 1);
        let mut coil = Coil::default();
        let mut frames = Vec::new();
        for n in 0..self.audio.len() {
            let volts = polarity * self.volts(n);
            let room = if self.closed[n] { level(-72.0) } else { 0.0 };
            let sound = self.audio[n] + room * noise.next();
            let wire = level(-76.0) * noise.next();
            let residue = if self.ringing[n] && !self.closed[n] {
                level(-40.0) * sine(25.0, n)
            } else {
                0.0
            };
            let on_loop = volts / FULL_SCALE * 32_768.0;
            match coupling {
                Coupling::Dc => {
                    let scale = 1.095_4 / PEAK / FULL_SCALE * 32_768.0;
                    frames.push((on_loop + (sound + wire) * scale).round() as i16);
                }
                Coupling::Ac | Coupling::Sense => {
                    let step = polarity * self.loop_volts(n) * 40.0;
                    frames.push((coil.step(step + sound) + wire + residue).round() as i16);
                    if matches!(coupling, Coupling::Sense) {
                        frames.push(on_loop.round() as i16);
                    }
                }
            }
        }
        frames
    }

    fn loop_volts(&self, n: usize) -> f32 {
        match (self.cut[n], self.closed[n]) {
            (true, _) => 0.0,
            (false, true) => 8.5,
            (false, false) => 49.0,
        }
    }

    fn volts(&self, n: usize) -> f32 {
        let ring = if self.ringing[n] && !self.cut[n] && !self.closed[n] {
            95.0 * sine(25.0, n)
        } else {
            0.0
        };
        self.loop_volts(n) + ring
    }
}

/// A transformer: second-order high-pass at 300 Hz.
#[derive(Default)]
struct Coil {
    x: [f32; 2],
    y: [f32; 2],
    ready: bool,
}

impl Coil {
    fn step(&mut self, x: f32) -> f32 {
        if !std::mem::replace(&mut self.ready, true) {
            self.x = [x; 2];
        }
        let w = (std::f32::consts::PI * 300.0 / RATE).tan();
        let norm = 1.0 / (1.0 + SQRT_2 * w + w * w);
        let y = norm
            * (x - 2.0 * self.x[0] + self.x[1]
                - 2.0 * (w * w - 1.0) * self.y[0]
                - (1.0 - SQRT_2 * w + w * w) * self.y[1]);
        self.x = [x, self.x[0]];
        self.y = [y, self.y[0]];
        y
    }
}

/// Noise of mean square one half, as a sine of peak one has.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f32 {
        let mut sum = 0.0;
        for _ in 0..6 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 17;
            self.0 ^= self.0 << 5;
            sum += self.0 as f32 / u32::MAX as f32 - 0.5;
        }
        sum
    }
}
