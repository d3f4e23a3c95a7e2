//! The wiring test: what a technician sees of each line, and the check list that ticks itself.
//!
//! Pure: readings and the time come as arguments. Meters and detected signals only; there is no
//! audio in a [`Reading`] and none can be asked for (§5.4). Nothing here is stored but the report
//! the technician asks for, which holds no numbers.

mod check;
mod reading;
mod report;
mod thresholds;

use std::collections::BTreeMap;

pub use check::{LineCheck, Step};
pub use reading::{Counts, Reading};
pub use report::report;
pub use thresholds::{Proposal, Thresholds};

/// How long a peak stands before it falls (s).
const HOLD_S: f64 = 3.0;

/// Everything known of the lines since the test began.
#[derive(Clone, Debug, Default)]
pub struct Wiring {
    lines: Vec<WiredLine>,
    places: BTreeMap<String, usize>,
}

/// One line in the test.
#[derive(Clone, Debug)]
pub struct WiredLine {
    /// Its newest reading.
    pub reading: Reading,
    /// The check list.
    pub check: LineCheck,
    /// Voltages seen, on lines that have any.
    pub thresholds: Thresholds,
    /// Highest peak of the last seconds (dBm0).
    pub held_peak: f32,
    /// Highest peak of the whole test (dBm0).
    pub highest_peak: f32,
    held_since: f64,
}

impl Wiring {
    /// Takes one reading of every line, `now` seconds after the test began.
    pub fn update(&mut self, readings: Vec<Reading>, now: f64) {
        for reading in readings {
            match self.places.get(&reading.line) {
                Some(&at) => self.lines[at].update(reading, now),
                None => {
                    self.places.insert(reading.line.clone(), self.lines.len());
                    self.lines.push(WiredLine::new(reading, now));
                }
            }
        }
    }

    /// The lines in the recorder's order.
    pub fn lines(&self) -> &[WiredLine] {
        &self.lines
    }

    /// Lets held peaks go.
    pub fn reset_peaks(&mut self) {
        for line in &mut self.lines {
            line.held_peak = line.reading.peak_dbm0;
            line.highest_peak = line.reading.peak_dbm0;
        }
    }
}

impl WiredLine {
    fn new(reading: Reading, now: f64) -> Self {
        let mut thresholds = Thresholds::default();
        thresholds.see(&reading);
        Self {
            check: LineCheck::new(&reading),
            thresholds,
            held_peak: reading.peak_dbm0,
            highest_peak: reading.peak_dbm0,
            held_since: now,
            reading,
        }
    }

    fn update(&mut self, reading: Reading, now: f64) {
        self.check.see(&reading, now);
        self.thresholds.see(&reading);
        if reading.peak_dbm0 >= self.held_peak || now - self.held_since > HOLD_S {
            self.held_peak = reading.peak_dbm0;
            self.held_since = now;
        }
        self.highest_peak = self.highest_peak.max(reading.peak_dbm0);
        self.reading = reading;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(line: &str, peak: f32) -> Reading {
        Reading {
            line: line.into(),
            peak_dbm0: peak,
            ..Reading::default()
        }
    }

    #[test]
    fn a_peak_is_held_for_three_seconds() {
        let mut wiring = Wiring::default();
        for (now, peak) in [(0.0, -40.0), (1.0, -10.0), (2.0, -50.0), (3.9, -50.0)] {
            wiring.update(vec![reading("a", peak)], now);
        }
        assert_eq!(wiring.lines()[0].held_peak, -10.0);
        wiring.update(vec![reading("a", -50.0)], 4.1);
        assert_eq!(wiring.lines()[0].held_peak, -50.0);
        assert_eq!(wiring.lines()[0].highest_peak, -10.0);
        wiring.reset_peaks();
        assert_eq!(wiring.lines()[0].highest_peak, -50.0);
    }

    #[test]
    fn lines_stay_apart_and_in_order() {
        let mut wiring = Wiring::default();
        wiring.update(vec![reading("b", -1.0), reading("a", -2.0)], 0.0);
        wiring.update(vec![reading("a", -3.0), reading("b", -4.0)], 0.1);
        let names: Vec<_> = wiring
            .lines()
            .iter()
            .map(|l| l.reading.line.as_str())
            .collect();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(wiring.lines()[0].reading.peak_dbm0, -4.0);
    }
}
