//! Test signals: what `linetap tone` sends for back-to-back tests. Pure: samples come out, nothing
//! is played here.
//!
//! Levels are dBm0 (0 dBm0 = a sine 3.14 dB below full scale); of a digit each of its two tones has
//! the level given. Every signal begins and ends at zero over 2 ms, so that it makes no click that a
//! detector could take for pulse dialling.

use std::f64::consts::TAU;

use crate::words::{Dbm0, Digit};

/// Rise and fall of every burst (s).
const RAMP_S: f64 = 0.002;

/// Highest level: two tones of it do not clip (dBm0).
pub const MAX_LEVEL: f32 = -3.0;

/// What is sent.
#[derive(Clone, PartialEq, Debug)]
pub enum TestSignal {
    /// Digits, one after the other.
    Dtmf {
        /// Which.
        digits: Vec<Digit>,
        /// Length of each (s).
        on_s: f64,
        /// Pause after each (s).
        off_s: f64,
    },
    /// One frequency.
    Steady {
        /// Hz.
        hz: f64,
        /// Length (s).
        seconds: f64,
    },
    /// From one frequency to another, by equal ratios in equal times.
    Sweep {
        /// Hz.
        from_hz: f64,
        /// Hz.
        to_hz: f64,
        /// Length (s).
        seconds: f64,
    },
}

/// What of a signal stands between two silences.
enum Burst {
    Tones([f64; 2]),
    Sweep { from_hz: f64, to_hz: f64 },
    Silence,
}

impl TestSignal {
    /// The samples at `rate` frames a second, full scale ±1.
    pub fn samples(&self, rate: u32, level: Dbm0) -> Vec<f32> {
        let peak = f64::from(level.sine_peak()) / 32_768.0;
        let mut samples = Vec::new();
        for (burst, seconds) in self.bursts() {
            let count = (seconds * f64::from(rate)).round() as usize;
            let sample = |at: usize| {
                let time = at as f64 / f64::from(rate);
                let envelope = ramp(time, seconds);
                (peak * envelope * burst.value(time, seconds)) as f32
            };
            samples.extend((0..count).map(sample));
        }
        samples
    }

    fn bursts(&self) -> Vec<(Burst, f64)> {
        match self {
            Self::Dtmf {
                digits,
                on_s,
                off_s,
            } => digits
                .iter()
                .flat_map(|digit| {
                    let tones = Burst::Tones(frequencies(*digit));
                    [(tones, *on_s), (Burst::Silence, *off_s)]
                })
                .collect(),
            Self::Steady { hz, seconds } => vec![(Burst::Tones([*hz, 0.0]), *seconds)],
            Self::Sweep {
                from_hz,
                to_hz,
                seconds,
            } => {
                let (from_hz, to_hz) = (*from_hz, *to_hz);
                vec![(Burst::Sweep { from_hz, to_hz }, *seconds)]
            }
        }
    }
}

impl Burst {
    fn value(&self, time: f64, seconds: f64) -> f64 {
        match self {
            Self::Silence => 0.0,
            Self::Tones([low, high]) => (TAU * low * time).sin() + (TAU * high * time).sin(),
            Self::Sweep { from_hz, to_hz } => {
                // The phase is the integral of from · (to/from)^(t/T).
                let ratio = (to_hz / from_hz).ln();
                if ratio.abs() < 1e-9 {
                    return (TAU * from_hz * time).sin();
                }
                let turns = from_hz * seconds / ratio * ((ratio * time / seconds).exp() - 1.0);
                (TAU * turns).sin()
            }
        }
    }
}

fn ramp(time: f64, seconds: f64) -> f64 {
    let edge = time.min(seconds - time).max(0.0);
    (edge / RAMP_S).min(1.0)
}

/// The two tones of a digit (ITU-T Q.23).
fn frequencies(digit: Digit) -> [f64; 2] {
    const LOW: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
    const HIGH: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
    let rows = Digit::GRID.iter().zip(LOW);
    let found =
        rows.flat_map(|(row, low)| row.iter().zip(HIGH).map(move |(d, high)| (*d, low, high)));
    let mut pair = [LOW[0], HIGH[0]];
    for (candidate, low, high) in found {
        if candidate == digit {
            pair = [low, high];
        }
    }
    pair
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{Analyzer, HookMode, LineSetup};
    use crate::words::{Signal, Tone};

    fn heard(signal: &TestSignal, level: f32) -> Vec<Signal> {
        let pcm: Vec<i16> = signal
            .samples(8_000, Dbm0(level))
            .into_iter()
            .map(|sample| (sample * 32_768.0).round() as i16)
            .chain([0; 8_000])
            .collect();
        let line = LineSetup {
            audio: 0,
            other: None,
            hook: HookMode::Audio,
        };
        let mut analyzer = Analyzer::new(&[line], 1);
        let mut all = Vec::new();
        analyzer.push(&pcm, &mut |_, signal| all.push(signal));
        analyzer.finish(&mut |_, signal| all.push(signal));
        all
    }

    #[test]
    fn every_digit_sent_is_the_digit_heard() {
        let text = "1234567890*#ABCD";
        let signal = TestSignal::Dtmf {
            digits: text.chars().filter_map(Digit::from_char).collect(),
            on_s: 0.07,
            off_s: 0.07,
        };
        for level in [-30.0, MAX_LEVEL] {
            let digits: String = heard(&signal, level)
                .iter()
                .filter_map(|signal| match signal {
                    Signal::Dtmf { digit, .. } => Some(digit.as_char()),
                    _ => None,
                })
                .collect();
            assert_eq!(digits, text, "at {level} dBm0");
        }
    }

    #[test]
    fn a_steady_425_hz_is_dial_tone_and_1020_hz_is_not() {
        let is_dial = |hz: f64| {
            let signal = TestSignal::Steady { hz, seconds: 4.0 };
            heard(&signal, -10.0).iter().any(|signal| {
                matches!(
                    signal,
                    Signal::ToneOn {
                        tone: Tone::Dial,
                        ..
                    }
                )
            })
        };
        assert!(is_dial(425.0));
        assert!(!is_dial(1_020.0));
    }

    #[test]
    fn a_level_is_the_level_of_the_sine() {
        let signal = TestSignal::Steady {
            hz: 1_020.0,
            seconds: 1.0,
        };
        let samples = signal.samples(48_000, Dbm0(-10.0));
        let square = samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32;
        let level = Dbm0::from_mean_square(square * 32_768.0 * 32_768.0);
        assert!((level.0 + 10.0).abs() < 0.05, "{level:?}");
    }

    #[test]
    fn a_sweep_passes_through_all_frequencies_at_one_level() {
        let signal = TestSignal::Sweep {
            from_hz: 300.0,
            to_hz: 3_400.0,
            seconds: 4.0,
        };
        let samples = signal.samples(8_000, Dbm0(-10.0));
        let crossings = |part: &[f32]| {
            let signs = part
                .windows(2)
                .filter(|pair| (pair[0] < 0.0) != (pair[1] < 0.0));
            signs.count() as f64 / 2.0 / (part.len() as f64 / 8_000.0)
        };
        let (first, last) = (crossings(&samples[..800]), crossings(&samples[31_200..]));
        assert!((290.0..330.0).contains(&first), "{first}");
        assert!((3_150.0..3_400.0).contains(&last), "{last}");
        let middle = crossings(&samples[15_600..16_400]);
        assert!(
            (960.0..1_060.0).contains(&middle),
            "{middle}: not logarithmic"
        );
    }
}
