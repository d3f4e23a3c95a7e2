//! Ringing: an alternating voltage of 15-50 Hz, in bursts.
//!
//! Looks at one value a millisecond, the voltage itself or the residue of it that passes an AC
//! coupling, and counts full swings through a hysteresis, so that neither hook steps nor pulse
//! dialling nor hum below the hysteresis is a ring. Allocates nothing.

use crate::words::{SampleTime, Signal, ms};

/// Periods accepted, in ms: 50 Hz to 14 Hz.
const PERIOD: std::ops::RangeInclusive<u64> = ms(18)..=ms(72);
/// Full periods in a row that make a burst.
const PERIODS: u32 = 2;
/// Without a swing for so long the burst is over.
const QUIET: u64 = ms(110);

/// See the module's description.
#[derive(Clone, Debug)]
pub struct RingDetector {
    high: bool,
    /// When the value last rose through the hysteresis.
    rose: Option<SampleTime>,
    periods: u32,
    /// First and last instant beyond the hysteresis.
    first: SampleTime,
    last: SampleTime,
    ringing: bool,
}

impl RingDetector {
    /// A silent line.
    pub fn new() -> Self {
        Self {
            high: false,
            rose: None,
            periods: 0,
            first: SampleTime(0),
            last: SampleTime(0),
            ringing: false,
        }
    }

    /// Whether a burst is going on.
    pub fn is_ringing(&self) -> bool {
        self.ringing
    }

    /// The value at `at`, its idle value subtracted; swings count beyond ±`hysteresis`.
    pub fn step(&mut self, at: SampleTime, value: f32, hysteresis: f32) -> Option<Signal> {
        if value.abs() > hysteresis {
            if at - self.last > QUIET {
                self.first = at;
            }
            self.last = at;
        }
        if self.high && value < -hysteresis {
            self.high = false;
        } else if !self.high && value > hysteresis {
            self.high = true;
            return self.rise(at);
        }
        self.rest(at)
    }

    fn rise(&mut self, at: SampleTime) -> Option<Signal> {
        let period = self.rose.replace(at).map(|before| at - before);
        if !period.is_some_and(|period| PERIOD.contains(&period)) {
            self.periods = 0;
            return None;
        }
        self.periods += 1;
        if self.ringing || self.periods < PERIODS {
            return None;
        }
        self.ringing = true;
        Some(Signal::RingOn { start: self.first })
    }

    /// The values until `at` were within the hysteresis.
    pub fn rest(&mut self, at: SampleTime) -> Option<Signal> {
        if at - self.last < QUIET {
            return None;
        }
        self.periods = 0;
        self.rose = None;
        self.stop()
    }

    /// Ends a burst under way, as when the loop closes.
    pub fn stop(&mut self) -> Option<Signal> {
        std::mem::take(&mut self.ringing).then_some(Signal::RingOff {
            start: self.first,
            end: self.last,
        })
    }
}

impl Default for RingDetector {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `seconds` of `value(ms)` through a detector.
    fn run(seconds: u64, value: impl Fn(u64) -> f32) -> Vec<Signal> {
        let mut detector = RingDetector::new();
        (0..seconds * 1_000)
            .filter_map(|t| detector.step(SampleTime(ms(t)), value(t), 12.0))
            .collect()
    }

    fn sine(hz: f32, t: u64) -> f32 {
        90.0 * (t as f32 / 1_000.0 * hz * std::f32::consts::TAU).sin()
    }

    #[test]
    fn every_ringing_frequency_is_a_burst_with_its_true_ends() {
        for hz in [15.0, 16.7, 20.0, 25.0, 30.0, 50.0] {
            let burst = 500..1_500;
            let heard = run(3, |t| if burst.contains(&t) { sine(hz, t) } else { 0.0 });
            let [Signal::RingOn { .. }, Signal::RingOff { start, end }] = heard[..] else {
                panic!("{hz} Hz: {heard:?}");
            };
            assert!((start.seconds() - 0.5).abs() < 0.02, "{hz} Hz: {start:?}");
            assert!((end.seconds() - 1.5).abs() < 0.03, "{hz} Hz: {end:?}");
        }
    }

    #[test]
    fn pulses_steps_and_weak_hum_are_no_ring() {
        let pulses = run(3, |t| if t % 100 < 60 { 40.0 } else { -20.0 });
        let step = run(3, |t| if t > 1_000 { 40.0 } else { 0.0 });
        let hum = run(3, |t| sine(50.0, t) / 9.0);
        assert!(pulses.is_empty() && step.is_empty() && hum.is_empty());
    }
}
