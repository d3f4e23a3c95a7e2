//! Sample time: the clock of the signal path.

use std::ops::{Add, Sub};

/// Samples per second of everything behind the line worker's converter (Hz).
pub const RATE_HZ: u32 = 8_000;

/// `milliseconds` as a count of samples at [`RATE_HZ`].
pub const fn ms(milliseconds: u64) -> u64 {
    milliseconds * (RATE_HZ as u64) / 1_000
}

/// A position on one card's time line: samples at 8 kHz since the card was opened, lost samples
/// counted as if they had come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct SampleTime(pub u64);

impl SampleTime {
    /// The nearest position to `seconds`; negative and NaN give zero.
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * f64::from(RATE_HZ)).round() as u64)
    }

    /// Seconds since the start.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / f64::from(RATE_HZ)
    }

    /// `samples` earlier, not before the start.
    pub fn back(self, samples: u64) -> Self {
        Self(self.0.saturating_sub(samples))
    }
}

/// Later by a number of samples.
impl Add<u64> for SampleTime {
    type Output = Self;
    fn add(self, samples: u64) -> Self {
        Self(self.0 + samples)
    }
}

/// Samples from the right operand to the left; zero if the right one is later.
impl Sub for SampleTime {
    type Output = u64;
    fn sub(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_samples_agree() {
        assert_eq!(SampleTime::from_seconds(1.25), SampleTime(10_000));
        assert_eq!(SampleTime::from_seconds(-3.0), SampleTime(0));
        assert_eq!(ms(40), 320);
        assert_eq!(SampleTime(5) - SampleTime(9), 0);
    }
}
