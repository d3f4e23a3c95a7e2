//! How long a recording is kept (§3.4, §3.5).
//!
//! A term in months ends with the end of the day that bears the same date, or of the last day of a
//! shorter month (Civil Code art. 112). A Saturday or holiday does not move it: art. 115 is about
//! acts to be done, and deletion is none. The day of recording is the local day of the call's start.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The first instant at which a recording that began at `start` may be deleted: the end of its last
/// day. `None` beyond the calendar's range.
pub fn due(start: Timestamp, months: u16, zone: &TimeZone) -> Option<Timestamp> {
    let last_day = last_day(zone.to_datetime(start).date(), months)?;
    let midnight = last_day.tomorrow().ok()?.to_datetime(Time::midnight());
    zone.to_ambiguous_timestamp(midnight).later().ok()
}

/// The last day on which a recording of `day` is kept.
fn last_day(day: Date, months: u16) -> Option<Date> {
    day.checked_add(i64::from(months).months()).ok()
}

/// The first day whose recordings are still within their term on the day `today`: what began on an
/// earlier one has come to its end. `None` beyond the calendar's range.
pub fn kept_since(today: Date, months: u16) -> Option<Date> {
    let mut day = today.checked_sub(i64::from(months).months()).ok()?;
    // 31 July less three months is 30 April, whose term ended on 30 July.
    while last_day(day, months)? < today {
        day = day.tomorrow().ok()?;
    }
    Some(day)
}

/// Why a recording is kept beyond its term.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HoldKind {
    /// Evidence in proceedings, until they end finally (§3.4).
    Evidence,
    /// Restriction of processing (GDPR art. 18): kept, and not played either.
    Restriction,
}

impl HoldKind {
    /// The word of the register.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Restriction => "restriction",
        }
    }

    /// The kind of a word of the register.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Evidence, Self::Restriction]
            .into_iter()
            .find(|kind| kind.word() == word)
    }

    /// Whether listening is forbidden while it lasts.
    pub const fn forbids_playback(self) -> bool {
        matches!(self, Self::Restriction)
    }
}

/// A hold on one recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hold {
    /// Why.
    pub kind: HoldKind,
    /// When it was released; `None` while it stands.
    pub released: Option<Timestamp>,
}

/// What is to become of a recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It stays; without a hold it goes at `until`.
    Keep {
        /// The later of the end of its term and the release of its last hold.
        until: Timestamp,
    },
    /// A hold stands, whatever the term.
    Held {
        /// A restriction is among the holds: it may not be played.
        no_playback: bool,
    },
    /// It is to be deleted, and has been since then.
    DueSince(
        /// The later of the end of its term and the release of its last hold.
        Timestamp,
    ),
    /// Its hold was refused or left without justification: the administrator deletes it before its
    /// term (§3.5). Nothing deletes it by itself.
    DeleteList,
}

/// The fate of a recording whose term ends at `due`, at the instant `now` of a trusted clock.
///
/// `refused` is the written refusal of a hold (§3.5). A standing hold outweighs everything.
pub fn fate(due: Timestamp, holds: &[Hold], refused: bool, now: Timestamp) -> Fate {
    // A release is a fact of the log, and `now` lags behind it: it is never "still to come".
    let stands = |hold: &&Hold| hold.released.is_none();
    let mut standing = holds.iter().filter(stands).peekable();
    if standing.peek().is_some() {
        return Fate::Held {
            no_playback: standing.any(|hold| hold.kind.forbids_playback()),
        };
    }
    let releases = holds.iter().filter_map(|hold| hold.released);
    let since = releases.fold(due, Timestamp::max);
    if now >= since {
        Fate::DueSince(since)
    } else if refused {
        Fate::DeleteList
    } else {
        Fate::Keep { until: since }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn warsaw() -> TimeZone {
        TimeZone::get("Europe/Warsaw").unwrap()
    }

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Start of the call and the first instant of deletion, both with Warsaw's offset.
    const TERMS: [(&str, &str); 8] = [
        ("2026-11-30T10:00:00+01:00", "2027-03-01T00:00:00+01:00"),
        ("2023-11-30T10:00:00+01:00", "2024-03-01T00:00:00+01:00"),
        ("2027-01-31T10:00:00+01:00", "2027-05-01T00:00:00+02:00"),
        ("2026-12-31T10:00:00+01:00", "2027-04-01T00:00:00+02:00"),
        ("2026-08-25T23:59:59+02:00", "2026-11-26T00:00:00+01:00"),
        ("2026-08-26T00:00:00+02:00", "2026-11-27T00:00:00+01:00"),
        ("2026-12-29T00:30:00+01:00", "2027-03-30T00:00:00+02:00"),
        ("2026-05-31T15:00:00+02:00", "2026-09-01T00:00:00+02:00"),
    ];

    #[test]
    fn three_calendar_months() {
        for (start, end) in TERMS {
            assert_eq!(
                due(instant(start), 3, &warsaw()),
                Some(instant(end)),
                "{start}"
            );
        }
        assert_eq!(last_day(date(2027, 11, 30), 3), Some(date(2028, 2, 29)));
    }

    #[test]
    fn what_began_before_a_day_has_come_to_its_end() {
        let since = [
            (date(2026, 7, 31), date(2026, 5, 1)),
            (date(2027, 2, 28), date(2026, 11, 28)),
            (date(2027, 3, 1), date(2026, 12, 1)),
            (date(2028, 2, 29), date(2027, 11, 29)),
        ];
        for (today, day) in since {
            assert_eq!(kept_since(today, 3), Some(day), "{today}");
        }
        let mut today = date(2026, 1, 1);
        for _ in 0..1_500 {
            let day = kept_since(today, 3).unwrap();
            assert!(last_day(day, 3).unwrap() >= today);
            assert!(last_day(day.yesterday().unwrap(), 3).unwrap() < today);
            today = today.tomorrow().unwrap();
        }
    }

    #[test]
    fn a_hold_outlasts_the_term_and_its_release_is_the_new_one() {
        let term = instant("2027-03-01T00:00:00+01:00");
        let (before, after) = (
            instant("2027-02-01T00:00:00Z"),
            instant("2027-06-01T00:00:00Z"),
        );
        let standing = Hold {
            kind: HoldKind::Evidence,
            released: None,
        };
        assert_eq!(fate(term, &[], false, before), Fate::Keep { until: term });
        assert_eq!(fate(term, &[], false, term), Fate::DueSince(term));
        assert_eq!(
            fate(term, &[standing], true, after),
            Fate::Held { no_playback: false }
        );
        let restricted = Hold {
            kind: HoldKind::Restriction,
            released: None,
        };
        assert_eq!(
            fate(term, &[standing, restricted], false, after),
            Fate::Held { no_playback: true }
        );
        let released = Hold {
            released: Some(instant("2027-05-05T00:00:00Z")),
            ..standing
        };
        assert_eq!(
            fate(term, &[released], false, after),
            Fate::DueSince(instant("2027-05-05T00:00:00Z"))
        );
        let early = Hold {
            released: Some(instant("2027-01-05T00:00:00Z")),
            ..standing
        };
        assert_eq!(
            fate(term, &[early], false, before),
            Fate::Keep { until: term }
        );
        assert_eq!(fate(term, &[early], true, before), Fate::DeleteList);
        assert_eq!(fate(term, &[early], true, after), Fate::DueSince(term));
    }

    /// The trusted clock is two minutes behind the one that dates the log.
    #[test]
    fn a_release_that_the_trusted_clock_has_not_reached_holds_nothing() {
        let now = instant("2027-02-01T00:00:00Z");
        let released = Hold {
            kind: HoldKind::Restriction,
            released: Some(instant("2027-02-01T00:01:30Z")),
        };
        let (before, term) = (now, instant("2027-03-01T00:00:00Z"));
        assert_eq!(fate(term, &[released], true, now), Fate::DeleteList);
        assert_eq!(
            fate(term, &[released], false, now),
            Fate::Keep { until: term }
        );
        assert_eq!(
            fate(before, &[released], false, now),
            Fate::Keep {
                until: instant("2027-02-01T00:01:30Z")
            }
        );
    }

    proptest! {
        #[test]
        fn due_is_never_before_the_months_are_over(
            seconds in 1_600_000_000_i64..2_500_000_000,
            months in 1_u16..25,
        ) {
            let (zone, start) = (warsaw(), Timestamp::from_second(seconds).unwrap());
            let due = due(start, months, &zone).unwrap();
            let (first, end) = (zone.to_datetime(start).date(), zone.to_datetime(due));
            prop_assert_eq!(end.time(), Time::midnight());
            let kept = end.date().yesterday().unwrap();
            let month_count = |d: Date| i32::from(d.year()) * 12 + i32::from(d.month());
            prop_assert_eq!(month_count(kept) - month_count(first), i32::from(months));
            let same_or_last = kept.day() == first.day()
                || (kept.day() < first.day() && kept == kept.last_of_month());
            prop_assert!(same_or_last, "{first} -> {kept}");
        }
    }
}
