//! Years of virtual time with random calls, holds, releases, refusals, restarts and clock steps: no
//! recording goes early, none is more than a day late, none that is held goes at all.
//!
//! The janitor here is the one the recorder has: once an hour it asks the clock guard, and deletes
//! what the rules call due. It sees the wall clock only; the test knows the true time.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use linetap::rules::{ClockGuard, Fate, Hold, HoldKind, due, fate};
use proptest::prelude::*;

const HOURS: i64 = 2 * 366 * 24;

#[derive(Clone, Debug)]
struct Call {
    start_hour: i64,
    second: i64,
    /// Hours after the start at which a hold is placed, and hours it lasts; `None` = for ever.
    hold: Option<(i64, Option<i64>)>,
}

/// What happens to the machine at an hour.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// The wall clock is wrong by so many seconds for so many hours.
    Step { seconds: i64, hours: i64 },
    /// The machine is off for so many hours.
    Off { hours: i64 },
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let hold = prop::option::weighted(0.3, (0_i64..2_000, prop::option::of(1_i64..6_000)));
    let call = (0..HOURS - 3_000, 0_i64..3_600, hold).prop_map(|(start_hour, second, hold)| Call {
        start_hour,
        second,
        hold,
    });
    prop::collection::vec(call, 1..60)
}

fn events() -> impl Strategy<Value = Vec<(i64, Event)>> {
    let small =
        (-60_i64..=60, 1_i64..100).prop_map(|(seconds, hours)| Event::Step { seconds, hours });
    let years = (
        prop_oneof![-300_000_000_i64..-200, 200_i64..300_000_000],
        1_i64..200,
    )
        .prop_map(|(seconds, hours)| Event::Step { seconds, hours });
    let off = (1_i64..100).prop_map(|hours| Event::Off { hours });
    prop::collection::vec((0..HOURS, prop_oneof![small, years, off]), 0..12)
}

struct Machine {
    guard: ClockGuard,
    wrong_by: i64,
    wrong_until: i64,
    off_until: i64,
    /// Hours in a row without a trusted clock.
    blind: i64,
}

impl Machine {
    /// One hour on; the trusted instant, if the machine runs and believes its clock.
    fn hour(&mut self, hour: i64, truth: Timestamp, events: &[(i64, Event)]) -> Option<Timestamp> {
        for (_, event) in events.iter().filter(|(at, _)| *at == hour) {
            match *event {
                Event::Step { seconds, hours } => {
                    (self.wrong_by, self.wrong_until) = (seconds, hour + hours);
                }
                // The hardware clock keeps time while the machine is off.
                Event::Off { hours } if self.off_until <= hour && hour >= self.wrong_until => {
                    self.off_until = hour + hours;
                    self.guard = ClockGuard::resume(self.guard.last_trusted());
                }
                Event::Off { .. } => {}
            }
        }
        if hour < self.off_until {
            self.blind += 1;
            return None;
        }
        if hour >= self.wrong_until {
            self.wrong_by = 0;
        }
        let wall = truth + SignedDuration::from_secs(self.wrong_by);
        let first = self.off_until == hour && hour > 0;
        let elapsed = SignedDuration::from_hours(i64::from(!first));
        let trusted = self.guard.observe(elapsed, wall).trusted();
        self.blind = if trusted.is_some() { 0 } else { self.blind + 1 };
        trusted
    }
}

/// The holds of a call as they stand at an hour after its start.
fn holds(call: &Call, start: Timestamp, age: i64) -> Vec<Hold> {
    let placed = call.hold.filter(|&(placed, _)| placed <= age);
    let hold = placed.map(|(placed, lasts)| Hold {
        kind: HoldKind::Evidence,
        released: lasts.map(|lasts| start + (placed + lasts).hours()),
    });
    hold.into_iter().collect()
}

/// By the regulation's words: the end of the term, or of the hold if that is later (§3.4); a hold
/// placed when the recording was already due comes too late to matter here.
fn due_since(call: &Call, start: Timestamp, term: Timestamp) -> Option<Timestamp> {
    match call.hold {
        None => Some(term),
        Some((placed, _)) if start + placed.hours() >= term => Some(term),
        Some((_, None)) => None,
        Some((placed, Some(lasts))) => Some(term.max(start + (placed + lasts).hours())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn never_early_at_most_a_day_late_and_no_held_one(calls in calls(), events in events()) {
        let zone = TimeZone::get("Europe/Warsaw").expect("zone");
        let begin: Timestamp = "2026-01-01T00:00:00Z".parse().expect("instant");
        let mut machine = Machine {
            guard: ClockGuard::resume(Some(begin)),
            wrong_by: 0,
            wrong_until: 0,
            off_until: 0,
            blind: 0,
        };
        let mut blind_since_due = vec![0_i64; calls.len()];
        let mut gone = vec![false; calls.len()];
        for hour in 0..HOURS {
            let truth = begin + hour.hours();
            let trusted = machine.hour(hour, truth, &events);
            for (index, call) in calls.iter().enumerate() {
                let age = hour - call.start_hour;
                // Nothing is near its end in the first month.
                if gone[index] || age < 24 * 28 {
                    continue;
                }
                let start = begin + call.start_hour.hours() + call.second.seconds();
                let term = due(start, 3, &zone).expect("in range");
                let holds = holds(call, start, age);
                let truly = due_since(call, start, term).filter(|&since| truth >= since);
                if machine.blind > 0 && truly.is_some() {
                    blind_since_due[index] += 1;
                }
                if let Some(now) = trusted
                    && let Fate::DueSince(_) = fate(term, &holds, false, now)
                {
                    prop_assert!(truly.is_some(), "term {term}, {call:?}, gone at {truth}");
                    gone[index] = true;
                }
                if let (Some(since), false) = (truly, gone[index]) {
                    // The guard follows a small step no faster than 500 ppm.
                    let late = truth.duration_since(since).as_hours() - blind_since_due[index];
                    prop_assert!(late < 24, "due since {since}, still there at {truth}");
                }
            }
        }
    }
}
