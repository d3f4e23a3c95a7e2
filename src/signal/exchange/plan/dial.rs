//! Digits, by DTMF and by pulses.

use super::{Layout, samples};
use crate::words::{Digit, Digits};

const LOW_HZ: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH_HZ: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

impl Layout<'_> {
    /// Dials from `at`; returns the end of the last digit.
    pub(super) fn dial_dtmf(&mut self, at: u64, digits: &Digits) -> u64 {
        let (on, off) = (
            samples(self.random.between(0.07, 0.12)),
            samples(self.random.between(0.06, 0.12)),
        );
        let level = self.setup.dtmf_dbm0;
        let mut at = at;
        for digit in digits.as_str().chars().filter_map(Digit::from_char) {
            let Some((row, column)) = place(digit) else {
                continue;
            };
            // The high tone is sent 2 dB louder: cables eat it.
            self.sine(at, at + on, LOW_HZ[row], level - 2.0);
            self.sine(at, at + on, HIGH_HZ[column], level);
            at += on + off;
        }
        at.saturating_sub(off)
    }

    /// Dials from `at`; returns the end of the last pulse's make.
    pub(super) fn dial_pulse(&mut self, at: u64, digits: &Digits) -> u64 {
        let open = self.setup.on_hook_v;
        let closed = self.setup.off_hook_v;
        let mut at = at;
        let mut last = at;
        for digit in digits.as_str().chars().filter_map(|c| c.to_digit(10)) {
            let pulses = if digit == 0 { 10 } else { digit };
            for pulse in 0..pulses {
                self.steps.push((at, open));
                // Between pulses the dial shorts the set: less voltage than in talk.
                let make = if pulse + 1 == pulses {
                    closed
                } else {
                    0.6 * closed
                };
                self.steps.push((at + samples(0.06), make));
                at += samples(0.1);
            }
            last = at;
            at += samples(self.random.between(0.65, 0.9));
        }
        last
    }
}

fn place(digit: Digit) -> Option<(usize, usize)> {
    Digit::GRID.iter().enumerate().find_map(|(row, digits)| {
        let column = digits.iter().position(|other| *other == digit)?;
        Some((row, column))
    })
}
