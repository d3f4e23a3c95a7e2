//! The check list of one line. A step is ticked when the recorder has noticed it since the test
//! began, whatever the order, and stays ticked.

use super::Reading;

/// Keys of a telephone, in the order a technician presses them.
const KEYS: &str = "1234567890*#";

/// What is to be seen of every line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Handset lifted.
    Lifted,
    /// Dial tone heard.
    DialTone,
    /// All twelve keys, 1-0 * #, dialled.
    Dialled,
    /// A call came in: ringing.
    Rang,
    /// With caller identification.
    CallerId,
    /// Hung up.
    HungUp,
}

impl Step {
    /// All steps, in the order they are done.
    pub const ALL: [Self; 6] = [
        Self::Lifted,
        Self::DialTone,
        Self::Dialled,
        Self::Rang,
        Self::CallerId,
        Self::HungUp,
    ];

    /// What the technician does, and what must be noticed.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Lifted => "lift the handset: off-hook seen",
            Self::DialTone => "listen: dial tone heard",
            Self::Dialled => "dial 1 2 3 4 5 6 7 8 9 0 * #: each digit heard",
            Self::Rang => "call the line from a mobile: ringing heard",
            Self::CallerId => "let it ring twice: caller ID received",
            Self::HungUp => "hang up: on-hook seen",
        }
    }
}

/// One line's list.
#[derive(Clone, PartialEq, Debug)]
pub struct LineCheck {
    first: super::Counts,
    /// When each step was ticked (s since the test began).
    at: [Option<f64>; 6],
    keys: Vec<char>,
    seen_digits: String,
    lifted_at: Option<u32>,
}

impl LineCheck {
    /// A list with nothing ticked: what was noticed before `reading` does not count.
    pub fn new(reading: &Reading) -> Self {
        Self {
            first: reading.counts,
            at: [None; 6],
            keys: Vec::new(),
            seen_digits: reading.digits.clone(),
            lifted_at: None,
        }
    }

    /// When a step was ticked, if it was.
    pub fn at(&self, step: Step) -> Option<f64> {
        self.at[step as usize]
    }

    /// Steps ticked.
    pub fn done(&self) -> usize {
        self.at.iter().flatten().count()
    }

    /// Keys heard so far, in the order of the keypad.
    pub fn keys(&self) -> String {
        KEYS.chars().filter(|key| self.keys.contains(key)).collect()
    }

    pub(super) fn see(&mut self, reading: &Reading, now: f64) {
        let (first, counts) = (self.first, reading.counts);
        if counts.off_hooks < first.off_hooks || counts.digits < first.digits {
            // The recorder was restarted: its counters begin again, what is ticked stays.
            self.first = super::Counts::default();
            return self.see(reading, now);
        }
        self.see_digits(&reading.digits);
        if counts.off_hooks > first.off_hooks {
            self.tick(Step::Lifted, now);
            self.lifted_at.get_or_insert(counts.on_hooks);
        }
        if counts.dial_tones > first.dial_tones {
            self.tick(Step::DialTone, now);
        }
        if self.keys.len() == KEYS.len() {
            self.tick(Step::Dialled, now);
        }
        if counts.rings > first.rings {
            self.tick(Step::Rang, now);
        }
        if counts.caller_ids > first.caller_ids {
            self.tick(Step::CallerId, now);
        }
        if self
            .lifted_at
            .is_some_and(|before| counts.on_hooks > before)
        {
            self.tick(Step::HungUp, now);
        }
    }

    fn tick(&mut self, step: Step, now: f64) {
        self.at[step as usize].get_or_insert(now);
    }

    /// Keys of digits that were not there in the reading before.
    fn see_digits(&mut self, digits: &str) {
        let new = digits.strip_prefix(self.seen_digits.as_str());
        for key in new.unwrap_or(digits).chars() {
            if KEYS.contains(key) && !self.keys.contains(&key) {
                self.keys.push(key);
            }
        }
        digits.clone_into(&mut self.seen_digits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::wiring::Counts;

    fn reading(digits: &str, counts: Counts) -> Reading {
        Reading {
            digits: digits.into(),
            counts,
            ..Reading::default()
        }
    }

    fn counts(off_hooks: u32, on_hooks: u32) -> Counts {
        Counts {
            off_hooks,
            on_hooks,
            ..Counts::default()
        }
    }

    #[test]
    fn what_was_noticed_before_the_test_ticks_nothing() {
        let before = reading("123", counts(5, 5));
        let mut check = LineCheck::new(&before);
        check.see(&before, 1.0);
        assert_eq!((check.done(), check.keys().as_str()), (0, ""));
    }

    #[test]
    fn hanging_up_counts_only_after_lifting() {
        let mut check = LineCheck::new(&reading("", counts(1, 0)));
        check.see(&reading("", counts(1, 1)), 1.0);
        assert_eq!(check.at(Step::HungUp), None);
        check.see(&reading("", counts(2, 1)), 2.0);
        assert_eq!(check.at(Step::Lifted), Some(2.0));
        assert_eq!(check.at(Step::HungUp), None);
        check.see(&reading("", counts(2, 2)), 3.0);
        assert_eq!(check.at(Step::HungUp), Some(3.0));
    }

    #[test]
    fn all_twelve_keys_tick_dialling_also_over_two_attempts() {
        let mut check = LineCheck::new(&Reading::default());
        check.see(&reading("1234", counts(0, 0)), 1.0);
        check.see(&reading("12345678", counts(0, 0)), 2.0);
        check.see(&reading("90", counts(0, 0)), 3.0);
        assert_eq!(check.keys(), "1234567890");
        assert_eq!(check.at(Step::Dialled), None);
        check.see(&reading("90*#", counts(0, 0)), 4.0);
        assert_eq!(check.at(Step::Dialled), Some(4.0));
    }

    #[test]
    fn a_call_with_caller_id_ticks_two_steps_and_a_restart_keeps_them() {
        let mut check = LineCheck::new(&reading("", counts(3, 3)));
        let rang = Counts {
            rings: 2,
            caller_ids: 1,
            ..counts(3, 3)
        };
        check.see(&reading("", rang), 5.0);
        assert!(check.at(Step::Rang).is_some() && check.at(Step::CallerId).is_some());
        check.see(&reading("", counts(0, 0)), 6.0);
        check.see(&reading("", counts(1, 0)), 7.0);
        assert_eq!((check.done(), check.at(Step::Lifted)), (3, Some(7.0)));
    }
}
