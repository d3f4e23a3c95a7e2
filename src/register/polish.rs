//! Polish as an office writes it: dates, times, numbers with their nouns.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

const MONTHS: [&str; 12] = [
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
];

/// `26 listopada 2026 r.`
pub fn date(day: Date) -> String {
    let month = MONTHS[usize::try_from(day.month() - 1).unwrap_or(0) % 12];
    format!("{} {month} {} r.", day.day(), day.year())
}

/// The date at the beginning of `2026-11-26` or `2026-11-26T10:15:02.250+01:00`; what is none stays
/// as it is.
pub fn date_of(text: &str) -> String {
    let day = text.get(..10).and_then(|day| day.parse().ok());
    day.map_or_else(|| text.to_owned(), date)
}

/// The day of `2026-11-26T10:15:02` in figures, for tables: `26.11.2026`.
pub(super) fn day_of(text: &str) -> String {
    let day = text.get(..10).and_then(|day| day.parse::<Date>().ok());
    day.map_or_else(
        || text.to_owned(),
        |day| day.strftime("%d.%m.%Y").to_string(),
    )
}

/// The time of `2026-11-26T10:15:02.250+01:00`: `10:15:02`.
pub fn clock_of(text: &str) -> String {
    text.get(11..19).unwrap_or_default().to_owned()
}

/// `26 listopada 2026 r., godz. 10:15` in a zone.
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    let local = zone.to_datetime(at);
    let (hour, minute) = (local.hour(), local.minute());
    format!("{}, godz. {hour}:{minute:02}", date(local.date()))
}

/// A number with its noun: 1 `rozmowa`, 2 `rozmowy`, 5 `rozmów`, 12 `rozmów`, 22 `rozmowy`.
pub fn counted(count: u64, one: &str, few: &str, many: &str) -> String {
    let noun = match (count, count % 100, count % 10) {
        (1, _, _) => one,
        (_, 12..=14, _) => many,
        (_, _, 2..=4) => few,
        _ => many,
    };
    format!("{count} {noun}")
}

/// The text with its one-letter words bound to the next, and numbers to what they number: none of
/// them may end a line.
pub(super) fn bound(text: &str) -> String {
    let mut words = text.split(' ').peekable();
    let mut out = String::with_capacity(text.len() + 8);
    while let Some(word) = words.next() {
        out.push_str(word);
        if words.peek().is_some() {
            let letter = word.trim_start_matches(['(', '„']);
            let alone = matches!(letter, "a" | "i" | "o" | "u" | "w" | "z" | "W" | "Z" | "O");
            // „2026 r.”, „§ 5”, „ust. 5” and „nr 7” are not torn apart either.
            let next = words.peek().copied().unwrap_or_default();
            let of_year = next.starts_with("r.") && word.ends_with(|c: char| c.is_ascii_digit());
            let counted = matches!(letter, "§" | "ust." | "lit." | "nr" | "Nr" | "art.")
                && next.starts_with(|c: char| c.is_ascii_alphanumeric());
            let bind = alone || of_year || counted;
            out.push(if bind { '\u{a0}' } else { ' ' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_ends_with_one_letter() {
        let text = "W związku z art. 6 (a także i o) w „z zasad”, d) z";
        let bound = bound(text);
        assert_eq!(
            bound,
            "W\u{a0}związku z\u{a0}art.\u{a0}6 (a\u{a0}także i\u{a0}o) w\u{a0}„z\u{a0}zasad”, d) z"
        );
        assert_eq!(bound.replace('\u{a0}', " "), text);
    }

    #[test]
    fn dates_and_nouns_are_declined() {
        assert_eq!(date_of("2026-11-26"), "26 listopada 2026 r.");
        assert_eq!(
            date_of("2026-01-05T08:00:00.000+01:00"),
            "5 stycznia 2026 r."
        );
        assert_eq!(date_of("nieustalona"), "nieustalona");
        assert_eq!(clock_of("2026-01-05T08:00:07.000+01:00"), "08:00:07");
        let at: Timestamp = "2026-03-29T07:05:00Z".parse().unwrap();
        let zone = TimeZone::get("Europe/Warsaw").unwrap();
        assert_eq!(moment(at, &zone), "29 marca 2026 r., godz. 9:05");
        let calls = |n| counted(n, "rozmowa", "rozmowy", "rozmów");
        let all = [0, 1, 2, 5, 12, 21, 22, 112].map(calls);
        let expected = [
            "0 rozmów",
            "1 rozmowa",
            "2 rozmowy",
            "5 rozmów",
            "12 rozmów",
            "21 rozmów",
            "22 rozmowy",
            "112 rozmów",
        ];
        assert_eq!(all, expected);
    }
}
