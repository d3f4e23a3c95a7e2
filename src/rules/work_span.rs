//! Parts of a day on the clock's face: times of day and the spans between them.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

/// A time of day in whole minutes, 00:00 to 24:00.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// 24:00, the end of a day.
    pub const END: Self = Self(24 * 60);

    /// From hours and minutes; `None` beyond 24:00 or for minutes over 59.
    pub const fn new(hour: u16, minute: u16) -> Option<Self> {
        if minute > 59 || hour > 24 || (hour == 24 && minute > 0) {
            return None;
        }
        Some(Self(hour * 60 + minute))
    }

    /// Exactly `HH:MM`.
    pub fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.split_once(':')?;
        let two = |part: &str| {
            (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse::<u16>().ok())
                .flatten()
        };
        Self::new(two(hour)?, two(minute)?)
    }

    /// Minutes since 00:00.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// The local date and time at which a day reaches it; 24:00 is the next day's 00:00.
    pub(super) fn on(self, date: Date) -> Option<DateTime> {
        date.to_datetime(Time::midnight())
            .checked_add(i64::from(self.0).minutes())
            .ok()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// Part of a day, from `from` up to but not including `to`; `from < to`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WorkSpan {
    from: TimeOfDay,
    to: TimeOfDay,
}

impl WorkSpan {
    /// `None` unless `from` is before `to`.
    pub fn new(from: TimeOfDay, to: TimeOfDay) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    /// Its beginning.
    pub const fn from(self) -> TimeOfDay {
        self.from
    }

    /// Its end, not included.
    pub const fn to(self) -> TimeOfDay {
        self.to
    }

    /// Its minutes since 00:00.
    pub(super) fn minutes(self) -> std::ops::Range<u16> {
        self.from.0..self.to.0
    }

    /// Whether two spans share a minute.
    pub fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_strict() {
        for bad in [
            "25:00", "24:01", "7:30", "07:60", "07.30", "", "07:30 ", "+7:30",
        ] {
            assert_eq!(TimeOfDay::parse(bad), None, "{bad}");
        }
        assert_eq!(TimeOfDay::parse("24:00"), Some(TimeOfDay::END));
        assert_eq!(TimeOfDay::parse("07:30").unwrap().to_string(), "07:30");
    }
}
