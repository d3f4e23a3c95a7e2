//! The office hours against the wall clock, minute by minute, over random schedules and years.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use linetap::rules::{AtClosing, AtOpening, Holidays, OfficeHours, Schedule, TimeOfDay, WorkSpan};
use proptest::prelude::*;

fn spans() -> impl Strategy<Value = Vec<WorkSpan>> {
    prop::collection::btree_set(0_u16..=96, 0..7).prop_map(|quarters| {
        let clocks: Vec<_> = quarters
            .into_iter()
            .filter_map(|quarter| TimeOfDay::new(quarter / 4, quarter % 4 * 15))
            .collect();
        clocks
            .chunks_exact(2)
            .filter_map(|pair| WorkSpan::new(pair[0], pair[1]))
            .collect()
    })
}

fn days() -> impl Strategy<Value = Date> {
    let any = (2024_i16..2030, 1_i16..=365).prop_map(|(year, day)| {
        let first = date(year, 1, 1);
        first.checked_add(i64::from(day).days()).expect("in range")
    });
    let clock_changes = prop::sample::select(vec![
        date(2026, 3, 29),
        date(2026, 10, 25),
        date(2027, 3, 28),
        date(2027, 10, 31),
        date(2024, 12, 24),
        date(2025, 12, 24),
    ]);
    prop_oneof![any, clock_changes]
}

fn hours(
    week: Vec<Vec<WorkSpan>>,
    open: BTreeMap<Date, Vec<WorkSpan>>,
    closed: Date,
) -> OfficeHours {
    OfficeHours::new(Schedule {
        zone: TimeZone::get("Europe/Warsaw").expect("zone"),
        week: week.try_into().expect("seven days"),
        holidays: Holidays::Poland,
        closed: BTreeSet::from([closed]),
        open,
        at_opening: AtOpening::Skip,
        at_closing: AtClosing::Stop,
    })
}

/// Midnight to midnight in minutes of true time.
fn minutes_of(day: Date, zone: &TimeZone) -> Vec<Timestamp> {
    let midnight = |day: Date| {
        let clock = day.at(0, 0, 0, 0);
        zone.to_ambiguous_timestamp(clock)
            .compatible()
            .expect("in range")
    };
    let (mut at, end) = (midnight(day), midnight(day.tomorrow().expect("in range")));
    let mut minutes = Vec::new();
    while at < end {
        minutes.push(at);
        at += 1.minute();
    }
    minutes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_wall_clock_decides_every_minute(
        week in prop::collection::vec(spans(), 7),
        exception in (days(), spans()),
        closed in days(),
        day in days(),
    ) {
        let hours = hours(week.clone(), BTreeMap::from([exception.clone()]), closed);
        let zone = &hours.schedule().zone;
        let weekday = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs());
        let expected = if exception.0 == day {
            exception.1.clone()
        } else if closed == day || Holidays::Poland.name(day).is_some() {
            Vec::new()
        } else {
            week[weekday].clone()
        };
        let mut open_minutes = 0;
        let mut change = None;
        for at in minutes_of(day, zone) {
            let clock = zone.to_datetime(at).time();
            let minute = u16::from(clock.hour().unsigned_abs()) * 60
                + u16::from(clock.minute().unsigned_abs());
            let inside = |span: &WorkSpan| {
                span.from().minutes() <= minute && minute < span.to().minutes()
            };
            let open = expected.iter().any(inside);
            prop_assert_eq!(hours.open_at(at), open, "{}", at);
            open_minutes += u64::from(open);
            // Each change is announced beforehand, and none that does not come.
            if let Some((announced, before)) = change {
                prop_assert_eq!(open != before, announced == Some(at), "{}", at);
            }
            if change.is_none_or(|(_, before)| before != open) {
                change = Some((hours.next_change(at), open));
            }
            let since = hours.open_since(at);
            prop_assert_eq!(since.is_some(), open);
            prop_assert!(since.is_none_or(|since| since <= at));
        }
        prop_assert_eq!(hours.open_seconds(day), open_minutes * 60);
    }
}
