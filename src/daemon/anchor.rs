//! From sample time to UTC: one anchor per card, moved by a slow regression.
//!
//! A card's crystal is off by tens of ppm. Each read that carries a device time gives a pair
//! (samples, UTC); over the last five minutes a line is fitted through them, and what it says of the
//! rate is the card's drift. UTC of a sample never jumps by more than the fit moves, and the
//! distance between two samples of one call is their distance in samples at the nominal rate.
//! Virtual time has no drift: UTC is start plus samples.

use jiff::{SignedDuration, Timestamp};

use crate::words::{RATE_HZ, SampleTime};

/// Pairs kept for the fit, one every [`PAIR_EVERY_S`] seconds: 320 s.
const PAIRS: usize = 64;
const PAIR_EVERY_S: f64 = 5.0;

/// An error that changes by more between two pairs is a clock that was set, no drift: 500 ppm, the
/// most a clock is slewed, are 2.5 ms in that time.
const STEP_S: f64 = 0.5;

/// Fewest seconds of pairs before a drift is claimed.
const DRIFT_AFTER_S: f64 = 60.0;

/// One card's tie to UTC.
#[derive(Clone, Debug)]
pub(crate) struct Anchor {
    utc: Timestamp,
    at: SampleTime,
    pairs: Vec<(f64, f64)>,
    /// Whether the clock it follows was synchronised when last looked at.
    synchronised: bool,
}

impl Anchor {
    /// Sample `at` was taken at `utc`.
    pub(crate) fn new(at: SampleTime, utc: Timestamp) -> Self {
        Self {
            utc,
            at,
            pairs: Vec::with_capacity(PAIRS),
            synchronised: true,
        }
    }

    /// Notes whether the clock is synchronised now.
    pub(crate) fn note_synchronised(&mut self, is: bool) {
        self.synchronised = is;
    }

    /// Whether the clock was synchronised when last looked at.
    pub(crate) fn is_synchronised(&self) -> bool {
        self.synchronised
    }

    /// UTC of a sample, before or after the anchor.
    pub(crate) fn utc(&self, at: SampleTime) -> Timestamp {
        let samples = i128::from(at.0) - i128::from(self.at.0);
        let nanos = samples * 1_000_000_000 / i128::from(RATE_HZ);
        let nanos = i64::try_from(nanos).unwrap_or(i64::MAX);
        self.utc
            .saturating_add(SignedDuration::from_nanos(nanos))
            .unwrap_or(self.utc)
    }

    /// The first sample at or after `utc`; the card's first sample if that is earlier.
    pub(crate) fn sample(&self, utc: Timestamp) -> SampleTime {
        let nanos = utc.duration_since(self.utc).as_nanos();
        let samples = (nanos * i128::from(RATE_HZ) + 999_999_999).div_euclid(1_000_000_000);
        let at = i128::from(self.at.0) + samples;
        SampleTime(u64::try_from(at.max(0)).unwrap_or(u64::MAX))
    }

    /// Tells that sample `at` was taken at `utc` by the device's own time.
    pub(crate) fn observe(&mut self, at: SampleTime, utc: Timestamp) {
        let seconds = (at.0 as f64 - self.at.0 as f64) / f64::from(RATE_HZ);
        if self
            .pairs
            .last()
            .is_some_and(|(last, _)| seconds - last < PAIR_EVERY_S)
        {
            return;
        }
        let error = utc.duration_since(self.utc(at)).as_secs_f64();
        let set = |(_, before): &(f64, f64)| (error - before).abs() > STEP_S;
        if self.pairs.last().is_some_and(set) {
            self.pairs.clear(); // a line through both sides of a step would lead anywhere
        }
        if self.pairs.len() == PAIRS {
            self.pairs.remove(0);
        }
        self.pairs.push((seconds, error));
    }

    /// Moves the anchor to `at` with the offset the fit gives there, so that long runs stay true.
    /// Called between calls only: a call keeps one anchor from start to end.
    pub(crate) fn settle(&mut self, at: SampleTime) {
        let Some((slope, offset)) = self.fit() else {
            return;
        };
        let seconds = (at.0 as f64 - self.at.0 as f64) / f64::from(RATE_HZ);
        let error = slope * seconds + offset;
        let utc = self.utc(at);
        self.utc = utc
            .saturating_add(SignedDuration::from_secs_f64(error))
            .unwrap_or(utc);
        self.at = at;
        for pair in &mut self.pairs {
            *pair = (pair.0 - seconds, pair.1 - error);
        }
    }

    /// How much faster than nominal the card runs, in parts per million; `None` until
    /// it has been watched for [`DRIFT_AFTER_S`] seconds.
    pub(crate) fn drift_ppm(&self) -> Option<f64> {
        let watched = self.pairs.last()?.0 - self.pairs.first()?.0;
        let (slope, _) = self.fit()?;
        (watched >= DRIFT_AFTER_S).then_some(-slope * 1e6)
    }

    /// Least squares: error in seconds = slope * seconds + offset.
    fn fit(&self) -> Option<(f64, f64)> {
        let n = self.pairs.len() as f64;
        if n < 2.0 {
            return None;
        }
        let mean_x = self.pairs.iter().map(|p| p.0).sum::<f64>() / n;
        let mean_y = self.pairs.iter().map(|p| p.1).sum::<f64>() / n;
        let xx = self
            .pairs
            .iter()
            .map(|p| (p.0 - mean_x).powi(2))
            .sum::<f64>();
        let xy = self
            .pairs
            .iter()
            .map(|p| (p.0 - mean_x) * (p.1 - mean_y))
            .sum::<f64>();
        let slope = xy / xx;
        Some((slope, mean_y - slope * mean_x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        "2026-11-23T08:00:00Z".parse().expect("timestamp")
    }

    #[test]
    fn samples_and_utc_are_each_others_inverse() {
        let anchor = Anchor::new(SampleTime(8_000), start());
        assert_eq!(
            anchor.utc(SampleTime(16_000)),
            start() + SignedDuration::from_secs(1)
        );
        assert_eq!(
            anchor.utc(SampleTime(0)),
            start() - SignedDuration::from_secs(1)
        );
        for at in [0u64, 1, 7_999, 8_001, 123_456_789] {
            assert_eq!(anchor.sample(anchor.utc(SampleTime(at))), SampleTime(at));
        }
    }

    #[test]
    fn a_clock_that_is_set_moves_the_anchor_there_and_no_further() {
        let mut anchor = Anchor::new(SampleTime(0), start());
        let year = SignedDuration::from_hours(24 * 365);
        for second in (0..600).step_by(5) {
            let utc = start() + SignedDuration::from_secs(second);
            let wall = if second < 300 { utc } else { utc + year };
            let at = SampleTime(second as u64 * 8_000);
            anchor.observe(at, wall);
            anchor.settle(at);
            let off = anchor.utc(at).duration_since(wall).as_secs_f64();
            // One pair after the step makes no line yet.
            assert!(off.abs() < 1.0 || second == 300, "{off} s at {second}");
        }
    }

    #[test]
    fn a_card_300_ppm_fast_is_seen_and_followed() {
        let mut anchor = Anchor::new(SampleTime(0), start());
        // A fast card gives 8000 * (1 + 300e-6) samples a true second.
        let true_utc = |s: f64| start() + SignedDuration::from_secs_f64(s);
        for second in (0..400).step_by(2) {
            let samples = (f64::from(second) * 8_000.0 * (1.0 + 300e-6)).round();
            let jitter = if second % 4 == 0 { 0.000_5 } else { -0.000_5 };
            anchor.observe(
                SampleTime(samples as u64),
                true_utc(f64::from(second) + jitter),
            );
        }
        let drift = anchor.drift_ppm().expect("watched for minutes");
        assert!((drift - 300.0).abs() < 10.0, "{drift}");
        let at = SampleTime((400.0 * 8_000.0 * (1.0 + 300e-6)) as u64);
        anchor.settle(at);
        let error = anchor.utc(at).duration_since(true_utc(400.0)).as_secs_f64();
        assert!(error.abs() < 0.002, "{error}");
    }
}
