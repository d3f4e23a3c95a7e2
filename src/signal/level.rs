//! Levels of one channel: frames of 10 ms, a meter for people, the noise floor it rests on.
//!
//! Powers are mean squared 16-bit sample values. The band power leaves out what lies below some
//! 250 Hz (hum, ring residue), so that it tells sound from the wire's own troubles. Allocates
//! nothing.

mod bank;

use crate::words::Dbm0;
pub use bank::LevelBank;

/// Samples of a frame: 10 ms.
pub const FRAME: usize = 80;
/// Samples of a period of the mains (50 Hz).
const MAINS: usize = 160;
/// A peak from which on it is counted how often it is reached.
pub const LOUD: u16 = 12_000;
/// Keeps a filter on a silent input from settling into denormal numbers, which cost much time.
const SETTLES: f32 = 1e-12;
/// Corner of the band power (Hz).
const CORNER_HZ: f32 = 250.0;
/// The floor is the quietest stretch of the last two spans of so many frames (2 x 4 s).
const SPAN: u32 = 400;
/// Frames averaged before the minimum is taken.
const STRETCH: u32 = 10;

/// What one frame measured.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Frame {
    /// Mean square of everything.
    pub power: f32,
    /// Mean square above some 250 Hz.
    pub band: f32,
    /// Mean square above some 250 Hz of what does not repeat with the mains: noise without hum.
    pub still: f32,
    /// Mean square of what does repeat with the mains (every 20 ms); noise and speech leave some
    /// of either sign.
    pub hum: f32,
    /// Largest magnitude, 0-32768.
    pub peak: u16,
    /// Samples at or next to that magnitude, where that is [`LOUD`]: many where something clips.
    pub at_peak: u16,
}

/// Follows the measures of one channel: level, peak and noise floor.
#[derive(Clone, Debug)]
pub struct LevelMeter {
    /// Smoothed power (some 300 ms) and slowly falling peak.
    power: f32,
    peak: f32,
    floor: NoiseFloor,
}

impl LevelMeter {
    /// A channel that was silent.
    pub fn new() -> Self {
        Self {
            power: 0.0,
            peak: 0.0,
            floor: NoiseFloor::new(),
        }
    }

    /// Takes what a frame measured.
    pub fn frame(&mut self, frame: &Frame) {
        self.power += (frame.power - self.power) * 0.033;
        self.peak = f32::from(frame.peak).max(self.peak * 0.98);
        self.floor.frame(frame.band);
    }

    /// Level over some 300 ms.
    pub fn level(&self) -> Dbm0 {
        Dbm0::from_mean_square(self.power)
    }

    /// Peak of the last second or so, as the level of a sine with that peak.
    pub fn peak(&self) -> Dbm0 {
        Dbm0::from_mean_square(self.peak * self.peak / 2.0)
    }

    /// Mean square of the quietest 100 ms of the last seconds, above 250 Hz.
    pub fn floor(&self) -> f32 {
        self.floor.get()
    }
}

impl Default for LevelMeter {
    fn default() -> Self {
        Self::new()
    }
}

/// Minimum statistics over the last seconds.
#[derive(Clone, Debug)]
struct NoiseFloor {
    stretch: (f32, u32),
    frames: u32,
    now: f32,
    before: f32,
}

impl NoiseFloor {
    fn new() -> Self {
        Self {
            stretch: (0.0, 0),
            frames: 0,
            now: f32::MAX,
            before: f32::MAX,
        }
    }

    fn frame(&mut self, power: f32) {
        self.stretch.0 += power;
        self.stretch.1 += 1;
        if self.stretch.1 == STRETCH {
            self.now = self.now.min(self.stretch.0 / STRETCH as f32);
            self.stretch = (0.0, 0);
        }
        self.frames += 1;
        if self.frames == SPAN {
            self.before = std::mem::replace(&mut self.now, f32::MAX);
            self.frames = 0;
        }
    }

    fn get(&self) -> f32 {
        let floor = self.now.min(self.before);
        if floor == f32::MAX { 0.0 } else { floor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::bank::Arithmetic;
    use crate::signal::tile::Tiles;
    use crate::words::RATE_HZ;

    fn sine(hz: f32, dbm0: f32, samples: usize) -> Vec<i16> {
        let step = std::f32::consts::TAU * hz / RATE_HZ as f32;
        let peak = Dbm0(dbm0).sine_peak();
        (0..samples)
            .map(|n| (peak * (step * n as f32).sin()) as i16)
            .collect()
    }

    fn measure(samples: &[i16]) -> (LevelMeter, Frame) {
        let mut meter = LevelMeter::new();
        let mut bank = LevelBank::new(1, Arithmetic::Best);
        let mut tiles = Tiles::new(&[0], Arithmetic::Best);
        let mut last = Frame::default();
        for frame in samples.as_chunks::<FRAME>().0 {
            tiles.take(frame, 1);
            last = bank.frame(&tiles)[0];
            meter.frame(&last);
        }
        (meter, last)
    }

    #[test]
    fn a_sine_measures_as_its_level_and_hum_stays_out_of_the_band() {
        let (meter, frame) = measure(&sine(1_000.0, -10.0, 16_000));
        assert!((meter.level().0 + 10.0).abs() < 0.1);
        assert!((meter.peak().0 + 10.0).abs() < 0.2);
        assert!((Dbm0::from_mean_square(frame.band).0 + 10.0).abs() < 1.5);
        let (_, hum) = measure(&sine(50.0, -20.0, 16_000));
        assert!(Dbm0::from_mean_square(hum.band).0 < -45.0);
    }

    #[test]
    fn the_floor_survives_speech_and_follows_the_line() {
        let quiet = sine(900.0, -70.0, 8_000);
        let loud = sine(900.0, -15.0, 24_000);
        let (meter, _) = measure(&[quiet.clone(), loud.clone()].concat());
        assert!((Dbm0::from_mean_square(meter.floor()).0 + 70.0).abs() < 2.5);
        let (meter, _) = measure(&[quiet, loud.repeat(4)].concat());
        assert!(Dbm0::from_mean_square(meter.floor()).0 > -17.0);
    }
}
