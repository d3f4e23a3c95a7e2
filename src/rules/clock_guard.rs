//! Whether the wall clock may be believed when something is to be deleted.
//!
//! A wrong clock must never delete early. The guard compares the wall clock with a clock that no
//! one can set (CLOCK_BOOTTIME, passed in as elapsed time) and hands out a *trusted now* that runs
//! no faster than that one. It reads no clock itself and does not allocate.
//!
//! A step beyond the tolerance stops deletion until the clock comes back to where it must be, or an
//! administrator confirms it ([`ClockGuard::confirm`]); recording goes on meanwhile.

use jiff::{SignedDuration, Timestamp};

/// Largest difference between wall clock and elapsed time that counts as ordinary: NTP's corrections
/// and leap seconds, not a hand on the clock.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(120);

/// Fastest a healthy quartz runs against the wall clock: one part in this (500 ppm, as the kernel
/// allows NTP to slew).
const SLEW_ONE_IN: i32 = 2_000;

/// Longest stop of the machine after which its clock is believed without question: an Easter with
/// a day at each end. A wrong clock ahead by less than that, at a start, cannot be told.
const LONGEST_STOP: SignedDuration = SignedDuration::from_hours(5 * 24);

/// What the guard thinks of one reading of the wall clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClockVerdict {
    /// Deletion may go on.
    Trusted {
        /// An instant that has certainly passed: the tolerance (two minutes) behind the slower of
        /// the wall clock and the last trusted reading plus the time elapsed.
        now: Timestamp,
    },
    /// The clock jumped: no deletion, raise an alarm.
    Implausible {
        /// Where the clock should be.
        expected: Timestamp,
        /// Where it is.
        wall: Timestamp,
    },
}

impl ClockVerdict {
    /// The instant deletion may reckon with, if it may go on.
    pub fn trusted(self) -> Option<Timestamp> {
        match self {
            Self::Trusted { now } => Some(now),
            Self::Implausible { .. } => None,
        }
    }
}

/// Follows the wall clock from reading to reading.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockGuard {
    /// The last trusted instant, carried forward by the time elapsed since; `None` before the first
    /// reading of a new machine.
    expected: Option<Timestamp>,
    /// No reading has been trusted since the machine started, so it may have stood still.
    just_started: bool,
}

impl ClockGuard {
    /// After a start: `last` is the last trusted instant that was stored, `None` on a new machine.
    pub const fn resume(last: Option<Timestamp>) -> Self {
        Self {
            expected: last,
            just_started: true,
        }
    }

    /// One reading: the wall clock shows `wall`, and `elapsed` has passed since the last reading
    /// (or since the start) by a clock that cannot be set.
    pub fn observe(&mut self, elapsed: SignedDuration, wall: Timestamp) -> ClockVerdict {
        let elapsed = elapsed.max(SignedDuration::ZERO);
        let Some(last) = self.expected else {
            return self.trust(wall);
        };
        let expected = last.checked_add(elapsed).unwrap_or(Timestamp::MAX);
        let ahead = wall.duration_since(expected);
        let plausible = if self.just_started {
            ahead >= -TOLERANCE && ahead <= LONGEST_STOP
        } else {
            ahead.abs() <= TOLERANCE
        };
        if !plausible {
            self.expected = Some(expected);
            return ClockVerdict::Implausible { expected, wall };
        }
        if self.just_started {
            return self.trust(wall);
        }
        let fastest = expected
            .checked_add(elapsed / SLEW_ONE_IN)
            .unwrap_or(Timestamp::MAX);
        self.trust(wall.min(fastest))
    }

    /// The administrator confirms that the wall clock is right (a logged act).
    pub fn confirm(&mut self, wall: Timestamp) {
        self.trust(wall);
    }

    /// What to store, so that the guard survives a restart.
    pub const fn last_trusted(&self) -> Option<Timestamp> {
        self.expected
    }

    fn trust(&mut self, now: Timestamp) -> ClockVerdict {
        *self = Self {
            expected: Some(now),
            just_started: false,
        };
        let passed = now.checked_sub(TOLERANCE).unwrap_or(Timestamp::MIN);
        ClockVerdict::Trusted { now: passed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    /// What is trusted when the clock is believed at `at`.
    fn believed(at: Timestamp) -> Option<Timestamp> {
        Some(at - TOLERANCE)
    }

    fn minutes(n: i64) -> SignedDuration {
        SignedDuration::from_mins(n)
    }

    #[test]
    fn ordinary_time_is_trusted() {
        let mut guard = ClockGuard::resume(None);
        assert_eq!(
            guard.observe(minutes(0), noon()).trusted(),
            believed(noon())
        );
        let later = noon() + 10.minutes();
        assert_eq!(guard.observe(minutes(10), later).trusted(), believed(later));
    }

    #[test]
    fn jumps_by_years_stop_deletion_until_the_clock_is_back() {
        let mut guard = ClockGuard::resume(Some(noon()));
        guard.observe(minutes(0), noon());
        for years in [-10, 5] {
            let wrong = noon() + (years * 8766).hours();
            assert_eq!(guard.observe(minutes(1), wrong).trusted(), None);
        }
        let right = noon() + 3.minutes();
        assert_eq!(guard.observe(minutes(1), right).trusted(), believed(right));
    }

    #[test]
    fn many_small_steps_forward_do_not_add_up() {
        let mut guard = ClockGuard::resume(Some(noon()));
        guard.observe(minutes(0), noon());
        let (mut truth, mut wall, mut alarms) = (noon(), noon(), 0);
        for _ in 0..600 {
            truth += minutes(1);
            wall = wall + minutes(1) + SignedDuration::from_secs(60);
            match guard.observe(minutes(1), wall) {
                ClockVerdict::Trusted { now } => assert!(now < truth),
                ClockVerdict::Implausible { .. } => alarms += 1,
            }
        }
        assert!(alarms > 500);
    }

    #[test]
    fn a_machine_that_stood_still_for_long_asks_for_confirmation() {
        let mut guard = ClockGuard::resume(Some(noon()));
        let late = noon() + (60 * 24).hours();
        assert_eq!(guard.observe(minutes(1), late).trusted(), None);
        guard.confirm(late);
        let next = late + 1.minutes();
        assert_eq!(guard.observe(minutes(1), next).trusted(), believed(next));
        let mut weekend = ClockGuard::resume(Some(noon()));
        let monday = noon() + (3 * 24).hours();
        assert_eq!(
            weekend.observe(minutes(1), monday).trusted(),
            believed(monday)
        );
    }
}
