//! Pulse dialling: short breaks of a closed loop, counted into digits (10 pps, break to make 1.5:1
//! to 2:1; 7-14 pps accepted). Fed with the breaks; allocates nothing.

use crate::words::{Digit, SampleTime, ms};

/// A break this long or longer belongs to no digit.
pub const BREAK_MAX: u64 = ms(110);
/// A make this long ends the digit (shortest pause between digits: some 200 ms).
pub const DIGIT_PAUSE: u64 = ms(150);
/// A single break so long is a hook flash (an R key makes 80-120 ms), not the digit 1 ...
const FLASH_MIN: u64 = ms(80);
/// ... unless this line's other digits have breaks as long.
const BREAK_TOLERANCE: u64 = ms(12);

/// What a train of breaks meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Train {
    /// A digit, from its first break.
    Digit(SampleTime, Digit),
    /// A flash, from opening to closing.
    Flash(SampleTime, SampleTime),
    /// Nothing dialled: too many breaks.
    Noise,
}

/// Collects the breaks of one digit.
#[derive(Clone, Default, Debug)]
pub struct PulseTrain {
    pulses: u32,
    first: SampleTime,
    /// Start and end of the last break.
    last: (SampleTime, SampleTime),
    /// Length of the breaks of digits dialled so far.
    usual: Option<u64>,
}

impl PulseTrain {
    /// A break from `opened` to `closed`, shorter than [`BREAK_MAX`].
    pub fn push(&mut self, opened: SampleTime, closed: SampleTime) {
        if self.pulses == 0 {
            self.first = opened;
        }
        self.pulses += 1;
        self.last = (opened, closed);
    }

    /// Whether the loop has been closed long enough at `now` for the digit to be over.
    pub fn is_complete(&self, now: SampleTime) -> bool {
        self.pulses > 0 && now - self.last.1 >= DIGIT_PAUSE
    }

    /// Ends the train and says what it was.
    pub fn take(&mut self) -> Option<Train> {
        let pulses = std::mem::take(&mut self.pulses);
        let length = self.last.1 - self.last.0;
        let digit = match pulses {
            0 => return None,
            1 if self.is_flash(length) => return Some(Train::Flash(self.last.0, self.last.1)),
            1..=10 => Digit::from_char(char::from(b'0' + (pulses % 10) as u8)),
            _ => None,
        };
        if pulses > 1 {
            self.usual = Some(length);
        }
        Some(digit.map_or(Train::Noise, |digit| Train::Digit(self.first, digit)))
    }

    fn is_flash(&self, length: u64) -> bool {
        match self.usual {
            Some(usual) => length > usual + BREAK_TOLERANCE,
            None => length >= FLASH_MIN,
        }
    }

    /// Forgets everything, as after on-hook.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn train(breaks: u64, length: u64, period: u64) -> Option<Train> {
        let mut train = PulseTrain::default();
        for n in 0..breaks {
            let opened = SampleTime(ms(100 + n * period));
            train.push(opened, opened + ms(length));
        }
        train.take()
    }

    #[test]
    fn breaks_are_counted_into_digits() {
        for (count, digit) in (1..=10).zip("1234567890".chars()) {
            for (length, period) in [(60, 100), (67, 100), (75, 125), (50, 83)] {
                let expected = Digit::from_char(digit).map(|d| Train::Digit(SampleTime(800), d));
                assert_eq!(train(count, length, period), expected);
            }
        }
        assert_eq!(train(11, 60, 100), Some(Train::Noise));
        assert_eq!(train(0, 60, 100), None);
    }

    #[test]
    fn an_r_key_is_a_flash() {
        for length in [80, 100, 105] {
            assert_eq!(
                train(1, length, 200),
                Some(Train::Flash(SampleTime(800), SampleTime(800 + ms(length))))
            );
        }
    }
}
