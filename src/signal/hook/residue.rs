//! Ringing as it comes through an AC coupling: a residue of the ringing voltage far below 300 Hz.
//!
//! The samples are averaged to one value a millisecond. Where the line hums, a comb takes away
//! the hum and its harmonics, which repeat every 20 ms, and doubles the 25 Hz of ringing; where it
//! does not, ringing of 50 Hz is heard too. Allocates nothing.

use crate::signal::ring::RingDetector;
use crate::words::{SampleTime, Signal, ms};

/// One period of mains hum, in values.
const HUM: usize = 20;
/// Values of each of the two moving averages.
const MEAN: usize = 8;
/// Smallest hysteresis, in sample values: some -66 dBm0.
const WEAKEST: f32 = 16.0;
/// A usual swing that would need a hysteresis above this is hum.
const HUMS: f32 = 40.0;
/// So many values must be heard before it is believed that nothing hums.
const YOUNG: u32 = 3_000;
/// The hysteresis stands above the usual swing by this factor.
const ABOVE_USUAL: f32 = 4.0;

/// The hysteresis stands above this share of the sound's amplitude.
const SOUND: f32 = 0.15;

/// See the module's description.
#[derive(Clone, Debug)]
pub struct ResidueRing {
    values: [f32; HUM],
    combed: Path,
    plain: Path,
    at: usize,
    /// Whether the comb is in use: something hums.
    hums: bool,
    /// Values heard so far, rings apart.
    age: u32,
    detector: RingDetector,
}

/// Two moving averages, and the usual swing behind them while nothing rings.
#[derive(Clone, Debug, Default)]
struct Path {
    first: Mean,
    second: Mean,
    usual: f32,
}

impl Path {
    fn step(&mut self, value: f32, rings: bool) -> f32 {
        let value = self.first.step(value);
        let value = self.second.step(value);
        if !rings {
            self.usual += (value.abs() - self.usual) * 0.001;
        }
        value
    }
}

#[derive(Clone, Debug, Default)]
struct Mean {
    values: [f32; MEAN],
    at: usize,
}

impl Mean {
    fn step(&mut self, value: f32) -> f32 {
        self.values[self.at] = value;
        self.at = (self.at + 1) % MEAN;
        self.values.iter().sum::<f32>() / MEAN as f32
    }
}

impl ResidueRing {
    /// A line that does not ring.
    pub fn new() -> Self {
        Self {
            values: [0.0; HUM],
            combed: Path::default(),
            plain: Path::default(),
            at: 0,
            hums: true,
            age: 0,
            detector: RingDetector::new(),
        }
    }

    /// Whether a burst is going on.
    pub fn is_ringing(&self) -> bool {
        self.detector.is_ringing()
    }

    /// Takes a frame, whose length is a multiple of 8 and whose first sample is at `start`, and
    /// its band power: what leaks of loud sound into the low end is no ring.
    pub fn frame(
        &mut self,
        start: SampleTime,
        frame: &[i16],
        band: f32,
        out: &mut dyn FnMut(Signal),
    ) {
        let sound = band.sqrt() * SOUND;
        for (n, samples) in (0u64..).zip(frame.chunks_exact(8)) {
            let sum: i32 = samples.iter().map(|&sample| i32::from(sample)).sum();
            let value = sum as f32 / 8.0;
            let combed = value - std::mem::replace(&mut self.values[self.at], value);
            self.at = (self.at + 1) % HUM;
            let rings = self.detector.is_ringing();
            let (combed, plain) = (
                self.combed.step(combed, rings),
                self.plain.step(value, rings),
            );
            if !rings {
                self.age = self.age.saturating_add(1);
                self.hums = self.age < YOUNG || self.plain.usual * ABOVE_USUAL > HUMS;
            }
            let (smooth, usual) = if self.hums {
                (combed, self.combed.usual)
            } else {
                (plain, self.plain.usual)
            };
            let hysteresis = (usual * ABOVE_USUAL).max(WEAKEST).max(sound);
            // The two averages delay by 7 ms.
            let at = (start + n * 8).back(ms(7));
            if let Some(signal) = self.detector.step(at, smooth, hysteresis) {
                out(signal);
            }
        }
    }

    /// Ends a burst under way.
    pub fn stop(&mut self) -> Option<Signal> {
        self.detector.stop()
    }
}

impl Default for ResidueRing {
    fn default() -> Self {
        Self::new()
    }
}
