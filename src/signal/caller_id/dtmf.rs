//! Caller ID sent as DTMF digits before the first ring (annex to ETSI EN 300 659-1).
//!
//! `A` or `D`, the number, `C` (or `#`); `B` and a two-digit code, or `D1#`-`D3#`, where there is
//! no number. Bounded, never blocks, takes no clock: a pause over half a second begins anew.

use crate::words::{Caller, Digit, Digits, Presentation, SampleTime, Signal, ms};

/// Longest pause between two digits of one message, in samples.
const PAUSE: u64 = ms(500);

/// Reads DTMF caller ID from the digits heard while the line is on-hook.
#[derive(Clone, Debug, Default)]
pub struct DtmfCallerId {
    frame: Option<Frame>,
}

#[derive(Clone, Debug)]
struct Frame {
    opener: char,
    digits: Digits,
    end: SampleTime,
}

impl DtmfCallerId {
    /// A reader that has heard nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one digit with its first and last sample; gives a [`Signal::CallerId`] when it
    /// closes a message.
    pub fn push(&mut self, digit: Digit, start: SampleTime, end: SampleTime) -> Option<Signal> {
        let open = self.frame.take();
        let open = open.filter(|frame| start - frame.end <= PAUSE);
        let c = digit.as_char();
        match (open, c) {
            (Some(frame), 'C' | '#') => frame
                .close(c)
                .map(|caller| Signal::CallerId { at: end, caller }),
            (Some(mut frame), '0'..='9') => {
                // A number longer than fits is not a number; wait for the next opener.
                self.frame = frame.digits.push(digit).then_some(Frame { end, ..frame });
                None
            }
            (_, 'A' | 'B' | 'D') => {
                self.frame = Some(Frame {
                    opener: c,
                    digits: Digits::new(),
                    end,
                });
                None
            }
            _ => None,
        }
    }

    /// Forgets a message under way, e.g. at a gap or when the line went off-hook.
    pub fn restart(&mut self) {
        self.frame = None;
    }
}

impl Frame {
    fn close(self, closer: char) -> Option<Caller> {
        let (number, presentation) = match (self.opener, self.digits.as_str(), closer) {
            (_, "", _) => return None,
            ('B', "10", _) | ('D', "1", '#') => (None, Presentation::Restricted),
            ('B', "00", _) | ('D', "2" | "3", '#') => (None, Presentation::Unavailable),
            ('B', ..) => return None,
            // A digit or two is a code we do not know, never a caller.
            (_, short, _) if short.len() < 3 => return None,
            _ => (Some(self.digits), Presentation::Allowed),
        };
        Some(Caller {
            number,
            name: None,
            presentation,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(text: &str, step_ms: u64) -> Option<Caller> {
        let mut reader = DtmfCallerId::new();
        let mut heard = None;
        for (n, c) in text.chars().enumerate() {
            let start = SampleTime(ms(step_ms) * n as u64);
            let digit = Digit::from_char(c).unwrap();
            if let Some(Signal::CallerId { caller, .. }) = reader.push(digit, start, start + ms(70))
            {
                heard = Some(caller);
            }
        }
        heard
    }

    #[test]
    fn a_framed_number_is_a_caller() {
        for text in [
            "A523730000C",
            "D523730000C",
            "D523730000#",
            "12A5A523730000C",
        ] {
            let caller = hear(text, 140).expect(text);
            assert_eq!(caller.number.unwrap().as_str(), "523730000", "{text}");
            assert_eq!(caller.presentation, Presentation::Allowed);
        }
    }

    #[test]
    fn absence_is_told_with_its_reason() {
        for (text, presentation) in [
            ("B10C", Presentation::Restricted),
            ("D1#", Presentation::Restricted),
            ("B00C", Presentation::Unavailable),
            ("D3#", Presentation::Unavailable),
        ] {
            let caller = hear(text, 140).expect(text);
            assert_eq!((caller.number, caller.presentation), (None, presentation));
        }
    }

    #[test]
    fn what_is_not_framed_is_not_a_caller() {
        assert_eq!(hear("523730000", 140), None);
        assert_eq!(hear("A523730000", 140), None);
        assert_eq!(hear("AC", 140), None);
        assert_eq!(hear("B77C", 140), None);
        assert_eq!(hear("A523730000C", 700), None, "dialled by hand");
        let endless = format!("A{}C", "7".repeat(99));
        assert_eq!(hear(&endless, 140), None);
    }
}
