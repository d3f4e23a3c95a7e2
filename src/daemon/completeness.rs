//! How complete a day is: of the seconds in which each line was due to be watched (the office
//! hours, times the lines), how many were. What is missing comes from the gap ledger.
//!
//! Pure: the rows and the time are arguments. Gaps of a card count for each of its lines; gaps that
//! overlap on one line count once.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::index::{GapRow, IndexError, Reader};
use crate::rules::OfficeHours;
use crate::words::RATE_HZ;

/// A line and its card, as the configuration names them.
pub(crate) type Wired = (String, String);

/// Gaps that began so long before a day may reach into it.
const REACH: SignedDuration = SignedDuration::from_hours(24 * 62);

/// One day's figures, in line-seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Completeness {
    /// Due: the open seconds of the day that have passed, times the lines.
    pub(crate) due_s: f64,
    /// Of those, without audio.
    pub(crate) missing_s: f64,
}

impl Completeness {
    /// Watched out of due, 0 to 1; `None` on a day on which nothing is due.
    pub(crate) fn share(self) -> Option<f64> {
        (self.due_s > 0.0).then(|| (1.0 - self.missing_s / self.due_s).clamp(0.0, 1.0))
    }
}

/// The figures of `day`, as far as it has passed at `now`.
///
/// # Errors
/// The index's.
pub(crate) fn of_day(
    reader: &Reader,
    hours: &OfficeHours,
    lines: &[Wired],
    day: Date,
    now: Timestamp,
) -> Result<Completeness, IndexError> {
    let zone = &hours.schedule().zone;
    let at = |day: Date| zone.to_timestamp(day.into()).unwrap_or(now);
    let (from, end) = (at(day), at(day.checked_add(1.days()).unwrap_or(day)));
    let to = end.min(now).max(from);
    let since = from.saturating_sub(REACH).unwrap_or(Timestamp::MIN);
    let gaps = reader.gaps(since, to)?;
    Ok(figures(hours, lines, (from, to), &gaps))
}

fn figures(
    hours: &OfficeHours,
    lines: &[Wired],
    (from, to): (Timestamp, Timestamp),
    gaps: &[GapRow],
) -> Completeness {
    let mut sum = Completeness {
        due_s: open_between(hours, from, to) * lines.len() as f64,
        missing_s: 0.0,
    };
    for (line, card) in lines {
        let mut covered = from;
        for gap in gaps.iter().filter(|gap| concerns(gap, line, card)) {
            let end = gap.at.saturating_add(length(gap)).unwrap_or(to).min(to);
            let begin = gap.at.max(covered);
            if end > begin {
                sum.missing_s += open_between(hours, begin, end);
                covered = end;
            }
        }
    }
    sum
}

fn concerns(gap: &GapRow, line: &str, card: &str) -> bool {
    match &gap.line {
        Some(of) => of == line,
        None => gap.card == card && !gap.cause.starts_with("clock_step"),
    }
}

fn length(gap: &GapRow) -> SignedDuration {
    let ms = gap.samples / (u64::from(RATE_HZ) / 1_000);
    SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// Open seconds in `from..to`.
fn open_between(hours: &OfficeHours, from: Timestamp, to: Timestamp) -> f64 {
    let mut sum = 0.0;
    let mut at = from;
    while at < to {
        let next = hours.next_change(at).map_or(to, |next| next.min(to));
        if hours.open_at(at) {
            sum += next.duration_since(at).as_secs_f64();
        }
        if next <= at {
            break;
        }
        at = next;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::words::GapCause;

    fn hours() -> OfficeHours {
        let text = "[office]\nname = \"O\"\ntimezone = \"Europe/Warsaw\"\n[hours]\n\
                    mon = [\"08:00-16:00\"]\n";
        let config = Config::parse(text, "test").expect("in order");
        config.require_hours().expect("hours").clone()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("timestamp")
    }

    #[test]
    fn gaps_in_the_hours_count_once_for_each_line_they_concern() {
        let lines: Vec<Wired> = ["A", "B"].map(|line| (line.into(), "card".into())).into();
        let day = (at("2026-11-22T23:00:00Z"), at("2026-11-23T23:00:00Z"));
        let none = figures(&hours(), &lines, day, &[]);
        assert_eq!((none.due_s, none.missing_s), (57_600.0, 0.0));
        let gap = |from: &str, seconds: u64| {
            GapRow::of_card("card", at(from), seconds * 8_000, GapCause::NotRunning)
        };
        // From Friday to half an hour after opening, then one that overlaps it, one at night.
        let friday = gap("2026-11-20T07:30:00Z", 72 * 3_600);
        let over = gap("2026-11-23T07:20:00Z", 1_200);
        let night = gap("2026-11-23T20:00:00Z", 600);
        let line = GapRow {
            line: Some("B".into()),
            ..gap("2026-11-23T12:00:00Z", 60)
        };
        let set = GapRow {
            cause: "clock_step".into(),
            ..gap("2026-11-23T12:00:00Z", 9_999)
        };
        let sum = figures(&hours(), &lines, day, &[friday, over, line, set, night]);
        assert_eq!(sum.missing_s, 2.0 * (1_800.0 + 600.0) + 60.0);
        assert!((sum.share().expect("due") - (1.0 - 4_860.0 / 57_600.0)).abs() < 1e-9);
    }
}
