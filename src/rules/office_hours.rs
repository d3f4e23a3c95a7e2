//! When the office is open (§3.2: recording takes place in office hours).
//!
//! The rule is the wall clock's: an instant is inside the hours when the clock on the office's wall
//! shows a time inside one of the day's spans. On the night the clocks go back a span that covers
//! 02:00-03:00 therefore lasts an hour longer, and an hour less when they go forward.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::{Holidays, TimeOfDay, WorkSpan};

/// What happens to a call already under way when the office opens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AtOpening {
    /// It is not recorded.
    Skip,
    /// It is recorded from that moment.
    Join,
}

/// What happens to a call under way when the office closes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AtClosing {
    /// Recording ends with the hours.
    Stop,
    /// It is recorded to its end.
    Finish,
}

/// The parts of a schedule. Spans of one day are sorted and do not overlap: the configuration
/// reader has seen to it.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The office's zone.
    pub zone: TimeZone,
    /// Monday first.
    pub week: [Vec<WorkSpan>; 7],
    /// Public holidays that close the office.
    pub holidays: Holidays,
    /// Further days on which it is closed.
    pub closed: BTreeSet<Date>,
    /// Days with hours of their own; they beat `closed` and holidays.
    pub open: BTreeMap<Date, Vec<WorkSpan>>,
    /// Calls under way at opening.
    pub at_opening: AtOpening,
    /// Calls under way at closing.
    pub at_closing: AtClosing,
}

/// How a call lies to the office hours at one moment of its life.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct HoursSinceStart {
    /// Open when the call started.
    pub at_start: bool,
    /// Open now.
    pub now: bool,
    /// Open at every moment from the start until now.
    pub throughout: bool,
}

/// The office's hours in its zone.
#[derive(Clone, Debug)]
pub struct OfficeHours(Schedule);

/// How far ahead the next opening or closing is looked for (days).
const HORIZON_DAYS: usize = 800;

impl OfficeHours {
    /// The hours of a schedule.
    pub fn new(schedule: Schedule) -> Self {
        Self(schedule)
    }

    /// The schedule they were made of.
    pub fn schedule(&self) -> &Schedule {
        &self.0
    }

    /// The spans of one day, in order; empty when the office is closed.
    pub fn spans(&self, date: Date) -> &[WorkSpan] {
        if let Some(spans) = self.0.open.get(&date) {
            return spans;
        }
        if self.0.closed.contains(&date) || self.0.holidays.name(date).is_some() {
            return &[];
        }
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        self.0.week.get(weekday).map_or(&[], Vec::as_slice)
    }

    /// Whether the office is open at `at`.
    pub fn open_at(&self, at: Timestamp) -> bool {
        let local = self.0.zone.to_datetime(at);
        let minute =
            u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        self.spans(local.date())
            .iter()
            .any(|span| span.minutes().contains(&minute))
    }

    /// The first instant after `after` at which open becomes closed or closed becomes open; `None`
    /// if that does not happen within two years (never open, or always).
    pub fn next_change(&self, after: Timestamp) -> Option<Timestamp> {
        let open = self.open_at(after);
        if self.every_day() == Some(open) {
            return None;
        }
        let mut date = self.0.zone.to_datetime(after).date();
        for _ in 0..HORIZON_DAYS {
            if self.whole_day(date) == Some(open) {
                date = date.tomorrow().ok()?;
                continue; // looking up its instants is what takes time
            }
            let change = self
                .edges(date)
                .into_iter()
                .find(|&at| at > after && self.open_at(at) != open);
            if change.is_some() {
                return change;
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// Whether a day is open from midnight to midnight, or closed; `None` if it is open in part.
    fn whole_day(&self, date: Date) -> Option<bool> {
        whole(self.spans(date))
    }

    /// The same of every day there is; `None` where days differ or may differ.
    fn every_day(&self) -> Option<bool> {
        let Schedule {
            week, closed, open, ..
        } = &self.0;
        let exceptions =
            self.0.holidays != Holidays::None || !closed.is_empty() || !open.is_empty();
        let monday = whole(&week[0]).filter(|_| !exceptions)?;
        let same = |day: &Vec<WorkSpan>| whole(day) == Some(monday);
        week.iter().all(same).then_some(monday)
    }

    /// Since when the office has been open at `at`: audio from before it must not be kept. `None`
    /// when it is closed. An opening more than two days back is told as two days back.
    pub fn open_since(&self, at: Timestamp) -> Option<Timestamp> {
        if !self.open_at(at) {
            return None;
        }
        let mut earlier = at.checked_sub(48.hours()).ok()?;
        let mut since = earlier;
        while let Some(change) = self.next_change(earlier).filter(|&change| change <= at) {
            since = change;
            earlier = change;
        }
        Some(since)
    }

    /// How a call that began at `start` lies to the hours at `now`.
    pub fn since_start(&self, start: Timestamp, now: Timestamp) -> HoursSinceStart {
        let at_start = self.open_at(start);
        let unchanged = self.next_change(start).is_none_or(|change| change > now);
        HoursSinceStart {
            at_start,
            now: self.open_at(now),
            throughout: at_start && unchanged,
        }
    }

    /// Seconds of a day on which a line is due to be recorded. With a clock change inside a span
    /// an hour more or less than the clock faces say.
    pub fn open_seconds(&self, date: Date) -> u64 {
        let edges = self.edges(date);
        let seconds = edges
            .windows(2)
            .filter(|pair| self.open_at(pair[0]))
            .map(|pair| pair[1].as_second() - pair[0].as_second())
            .sum::<i64>();
        seconds.unsigned_abs()
    }

    /// A canonical text of the schedule: two schedules that mean the same have the same text.
    pub fn canonical(&self) -> String {
        let mut text = format!("zone {}\n", self.0.zone.iana_name().unwrap_or("unnamed"));
        for (day, spans) in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
            .iter()
            .zip(&self.0.week)
        {
            write_spans(&mut text, day, spans);
        }
        for date in &self.0.closed {
            write_spans(&mut text, &date.to_string(), &[]);
        }
        for (date, spans) in &self.0.open {
            write_spans(&mut text, &date.to_string(), spans);
        }
        let rest = (self.0.holidays, self.0.at_opening, self.0.at_closing);
        text.push_str(&format!("{rest:?}\n"));
        text
    }

    /// Every instant of a day at which the hours can change: its begin and end, the ends of its
    /// spans (each of them, where the clock shows it twice), and the clock changes. In order.
    fn edges(&self, date: Date) -> Vec<Timestamp> {
        let midnight = |day: Date| {
            let clock = day.to_datetime(Time::midnight());
            self.0.zone.to_ambiguous_timestamp(clock).compatible().ok()
        };
        let (Some(begin), Some(end)) = (midnight(date), date.tomorrow().ok().and_then(midnight))
        else {
            return Vec::new();
        };
        let clocks = self
            .spans(date)
            .iter()
            .flat_map(|span| [span.from(), span.to()]);
        let mut edges: Vec<_> = clocks
            .filter_map(|clock| clock.on(date))
            .flat_map(|clock| self.instants(clock))
            .filter(|at| (begin..end).contains(at))
            .collect();
        edges.extend([begin, end]);
        let clock_changes = self
            .0
            .zone
            .following(begin)
            .map(|change| change.timestamp());
        edges.extend(clock_changes.take_while(|&at| at < end));
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// The instants at which the wall clock shows `clock`: one, two in autumn, none in spring.
    fn instants(&self, clock: DateTime) -> Vec<Timestamp> {
        let ambiguous = self.0.zone.to_ambiguous_timestamp(clock);
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => {
                ambiguous.compatible().ok().into_iter().collect()
            }
            AmbiguousOffset::Fold { .. } => [ambiguous.earlier(), ambiguous.later()]
                .into_iter()
                .flatten()
                .collect(),
            AmbiguousOffset::Gap { .. } => Vec::new(),
        }
    }
}

fn whole(spans: &[WorkSpan]) -> Option<bool> {
    match spans {
        [] => Some(false),
        [span] if span.minutes() == (0..TimeOfDay::END.minutes()) => Some(true),
        _ => None,
    }
}

fn write_spans(text: &mut String, day: &str, spans: &[WorkSpan]) {
    text.push_str(day);
    for span in spans {
        // Writing to a String does not fail.
        let _ = write!(text, " {}-{}", span.from(), span.to());
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, datetime};

    fn span(from: &str, to: &str) -> WorkSpan {
        WorkSpan::new(
            TimeOfDay::parse(from).unwrap(),
            TimeOfDay::parse(to).unwrap(),
        )
        .unwrap()
    }

    fn schedule() -> Schedule {
        let usual = vec![span("07:30", "12:00"), span("12:30", "15:30")];
        let mut week: [Vec<WorkSpan>; 7] = std::array::from_fn(|_| usual.clone());
        week[1] = vec![span("07:30", "17:00")];
        week[5].clear();
        week[6].clear();
        Schedule {
            zone: TimeZone::get("Europe/Warsaw").unwrap(),
            week,
            holidays: Holidays::Poland,
            closed: BTreeSet::from([date(2026, 12, 31)]),
            open: BTreeMap::from([
                (date(2026, 12, 19), vec![span("08:00", "12:00")]),
                (date(2026, 12, 24), vec![span("08:00", "10:00")]),
            ]),
            at_opening: AtOpening::Skip,
            at_closing: AtClosing::Stop,
        }
    }

    fn at(hours: &OfficeHours, y: i16, m: i8, d: i8, h: i8, min: i8) -> Timestamp {
        let clock = datetime(y, m, d, h, min, 0, 0);
        let zone = &hours.schedule().zone;
        zone.to_ambiguous_timestamp(clock).compatible().unwrap()
    }

    #[test]
    fn days_that_are_alike_are_passed_over_to_the_first_that_differs() {
        let day = || vec![span("00:00", "24:00")];
        let always = Schedule {
            week: std::array::from_fn(|_| day()),
            holidays: Holidays::None,
            closed: BTreeSet::new(),
            open: BTreeMap::new(),
            ..schedule()
        };
        let hours = OfficeHours::new(always.clone());
        let now = at(&hours, 2026, 11, 23, 9, 0);
        assert_eq!(hours.next_change(now), None);
        assert_eq!(hours.open_since(now), now.checked_sub(48.hours()).ok());
        let hours = OfficeHours::new(Schedule {
            closed: BTreeSet::from([date(2027, 3, 28)]), // the clocks go forward on it
            ..always.clone()
        });
        let closing = at(&hours, 2027, 3, 28, 0, 0);
        assert_eq!(hours.next_change(now), Some(closing));
        let opening = hours.next_change(closing).expect("it opens again");
        assert_eq!(opening, at(&hours, 2027, 3, 29, 0, 0));
        assert_eq!(opening.duration_since(closing).as_hours(), 23);
        let never = OfficeHours::new(Schedule {
            week: std::array::from_fn(|_| Vec::new()),
            ..always
        });
        assert_eq!(never.next_change(now), None);
    }

    #[test]
    fn days_breaks_holidays_and_exceptions() {
        let hours = OfficeHours::new(schedule());
        let open = |m, d, h, min| hours.open_at(at(&hours, 2026, m, d, h, min));
        assert!(!open(11, 23, 7, 29) && open(11, 23, 7, 30), "Monday");
        assert!(
            open(11, 23, 11, 59) && !open(11, 23, 12, 0) && open(11, 23, 12, 30),
            "break"
        );
        assert!(
            open(11, 24, 16, 59) && !open(11, 24, 17, 0),
            "Tuesday is longer"
        );
        assert!(!open(11, 22, 10, 0), "Sunday");
        assert!(!open(11, 11, 10, 0), "Independence Day, a Wednesday");
        assert!(!open(6, 4, 10, 0), "Corpus Christi, a Thursday");
        assert!(!open(12, 31, 10, 0), "closed by date");
        assert!(
            open(12, 19, 8, 0) && !open(12, 19, 12, 0),
            "Saturday opened by date"
        );
        assert!(
            open(12, 24, 9, 0) && !open(12, 24, 10, 0),
            "a dated opening beats a holiday"
        );
    }

    #[test]
    fn next_change_walks_over_a_long_weekend() {
        let hours = OfficeHours::new(schedule());
        let closed = at(&hours, 2026, 4, 3, 15, 30);
        assert_eq!(
            hours.next_change(at(&hours, 2026, 4, 3, 14, 0)),
            Some(closed)
        );
        assert_eq!(
            hours.next_change(closed),
            Some(at(&hours, 2026, 4, 7, 7, 30)),
            "Easter Monday is closed"
        );
        let never = OfficeHours::new(Schedule {
            week: Default::default(),
            open: BTreeMap::new(),
            ..schedule()
        });
        assert_eq!(never.next_change(closed), None);
    }

    #[test]
    fn open_since_names_the_last_opening() {
        let hours = OfficeHours::new(schedule());
        assert_eq!(
            hours.open_since(at(&hours, 2026, 11, 23, 13, 5)),
            Some(at(&hours, 2026, 11, 23, 12, 30))
        );
        assert_eq!(hours.open_since(at(&hours, 2026, 11, 23, 12, 5)), None);
    }

    #[test]
    fn clock_changes_make_the_night_shorter_and_longer() {
        let night = vec![span("00:00", "06:00"), span("22:00", "24:00")];
        let hours = OfficeHours::new(Schedule {
            week: std::array::from_fn(|_| night.clone()),
            holidays: Holidays::None,
            ..schedule()
        });
        assert_eq!(hours.open_seconds(date(2026, 3, 28)), 8 * 3600);
        assert_eq!(hours.open_seconds(date(2026, 3, 29)), 7 * 3600, "spring");
        assert_eq!(hours.open_seconds(date(2026, 10, 25)), 9 * 3600, "autumn");
        let evening = at(&hours, 2026, 10, 24, 23, 0);
        let morning = at(&hours, 2026, 10, 25, 6, 0);
        assert_eq!(
            hours.next_change(evening),
            Some(morning),
            "24:00 joins 00:00"
        );
    }

    #[test]
    fn an_hour_shown_twice_is_open_twice() {
        let hours = OfficeHours::new(Schedule {
            week: std::array::from_fn(|_| vec![span("02:15", "02:45")]),
            holidays: Holidays::None,
            ..schedule()
        });
        assert_eq!(hours.open_seconds(date(2026, 10, 25)), 2 * 30 * 60);
        assert_eq!(
            hours.open_seconds(date(2026, 3, 29)),
            0,
            "02:15 never comes"
        );
        let first: Timestamp = "2026-10-25T00:15:00Z".parse().unwrap();
        let mut changes = vec![first];
        for _ in 0..3 {
            changes.extend(hours.next_change(*changes.last().unwrap()));
        }
        let texts: Vec<_> = changes.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "2026-10-25T00:15:00Z",
                "2026-10-25T00:45:00Z",
                "2026-10-25T01:15:00Z",
                "2026-10-25T01:45:00Z"
            ]
        );
    }
}
