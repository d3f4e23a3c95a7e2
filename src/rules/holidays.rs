//! Public holidays, computed. Poland: act of 18 January 1951 (Dz.U. 2025 poz. 296).

use jiff::ToSpan;
use jiff::civil::Date;

/// Which public holidays close the office.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Holidays {
    /// None.
    None,
    /// Those of Poland.
    Poland,
}

impl Holidays {
    /// The word of the configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Poland => "PL",
        }
    }

    /// The holiday's name in the country's language, or `None` on an ordinary day.
    pub fn name(self, date: Date) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Poland => fixed(date).or_else(|| movable(date)),
        }
    }
}

/// Christmas Eve has been a public holiday since this year.
const CHRISTMAS_EVE_SINCE: i16 = 2025;

fn fixed(date: Date) -> Option<&'static str> {
    match (date.month(), date.day()) {
        (1, 1) => Some("Nowy Rok"),
        (1, 6) => Some("Święto Trzech Króli"),
        (5, 1) => Some("Święto Państwowe"),
        (5, 3) => Some("Święto Narodowe Trzeciego Maja"),
        (8, 15) => Some("Wniebowzięcie Najświętszej Maryi Panny"),
        (11, 1) => Some("Wszystkich Świętych"),
        (11, 11) => Some("Narodowe Święto Niepodległości"),
        (12, 24) if date.year() >= CHRISTMAS_EVE_SINCE => Some("Wigilia Bożego Narodzenia"),
        (12, 25) => Some("pierwszy dzień Bożego Narodzenia"),
        (12, 26) => Some("drugi dzień Bożego Narodzenia"),
        _ => None,
    }
}

fn movable(date: Date) -> Option<&'static str> {
    let easter = easter_sunday(date.year())?;
    let is = |days: i64| easter.checked_add(days.days()).is_ok_and(|day| day == date);
    [
        (0, "Niedziela Wielkanocna"),
        (1, "Poniedziałek Wielkanocny"),
        (49, "Zielone Świątki"),
        (60, "Boże Ciało"),
    ]
    .into_iter()
    .find_map(|(days, name)| is(days).then_some(name))
}

/// Easter Sunday of the Gregorian calendar (the computus published anonymously in Nature, 1876).
fn easter_sunday(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let day_of_march = h + l - 7 * m + 114;
    let month = i8::try_from(day_of_march / 31).ok()?;
    let day = i8::try_from(day_of_march % 31 + 1).ok()?;
    Date::new(year, month, day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn easter_of_known_years() {
        for (y, m, d) in [
            (1961, 4, 2),
            (2000, 4, 23),
            (2008, 3, 23),
            (2011, 4, 24),
            (2023, 4, 9),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2027, 3, 28),
            (2038, 4, 25),
        ] {
            assert_eq!(easter_sunday(y), Some(date(y, m, d)));
        }
    }

    #[test]
    fn polish_year_2026() {
        let mut days = Vec::new();
        let mut day = date(2026, 1, 1);
        while day.year() == 2026 {
            if Holidays::Poland.name(day).is_some() {
                days.push((day.month(), day.day()));
            }
            day = day.tomorrow().unwrap();
        }
        let expected = [
            (1, 1),
            (1, 6),
            (4, 5),
            (4, 6),
            (5, 1),
            (5, 3),
            (5, 24),
            (6, 4),
            (8, 15),
            (11, 1),
            (11, 11),
            (12, 24),
            (12, 25),
            (12, 26),
        ];
        assert_eq!(days, expected);
        assert_eq!(Holidays::None.name(date(2026, 12, 25)), None);
    }

    #[test]
    fn christmas_eve_only_from_2025() {
        assert_eq!(Holidays::Poland.name(date(2024, 12, 24)), None);
        assert!(Holidays::Poland.name(date(2025, 12, 24)).is_some());
    }
}
