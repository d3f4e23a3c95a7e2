//! Dialled and signalled digits.

use std::fmt;

/// One of the sixteen DTMF digits; pulse dialling gives `0`-`9`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Digit(u8);

impl Digit {
    /// Low frequencies in rows, high in columns (ITU-T Q.23).
    pub const GRID: [[Self; 4]; 4] = [
        [Self(b'1'), Self(b'2'), Self(b'3'), Self(b'A')],
        [Self(b'4'), Self(b'5'), Self(b'6'), Self(b'B')],
        [Self(b'7'), Self(b'8'), Self(b'9'), Self(b'C')],
        [Self(b'*'), Self(b'0'), Self(b'#'), Self(b'D')],
    ];

    /// The digit of a character `0`-`9`, `*`, `#`, `A`-`D`.
    pub fn from_char(c: char) -> Option<Self> {
        matches!(c, '0'..='9' | '*' | '#' | 'A'..='D').then_some(Self(c as u8))
    }

    /// Its character.
    pub fn as_char(self) -> char {
        char::from(self.0)
    }
}

/// The country code of Poland: calls at home come without it.
const HOME: &str = "48";

/// A string of digits as dialled or signalled, nothing added or removed: `0`-`9`, `*`, `#`,
/// `A`-`D`, and a leading `+` where signalling said "international". At most [`Digits::MAX`].
///
/// Its `Debug` shows only the length: numbers are personal data and stay out of logs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digits(String);

impl Digits {
    /// Longest string kept; what a hostile line sends beyond it is dropped.
    pub const MAX: usize = 40;

    /// Digits of a whole number in Poland.
    pub const WHOLE: usize = 9;

    /// An empty string of digits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the digits of `text` and a leading `+`; everything else is dropped.
    pub fn from_text(text: &str) -> Self {
        let mut digits = Self::new();
        for (at, c) in text.chars().enumerate() {
            if at == 0 && c == '+' {
                digits.0.push(c);
            } else if let Some(digit) = Digit::from_char(c) {
                digits.push(digit);
            }
        }
        digits
    }

    /// The digits in which every spelling of a number ends, as lines signal it and as people write it:
    /// without the prefix of calls abroad, at home without country code and trunk prefix.
    pub fn ending(text: &str) -> String {
        let all: String = text.chars().filter(char::is_ascii_digit).collect();
        let digits = all.strip_prefix("00").unwrap_or(&all);
        let at_home = [HOME, "0"].into_iter().find_map(|prefix| {
            let rest = digits.strip_prefix(prefix)?;
            (rest.len() == Self::WHOLE).then_some(rest)
        });
        at_home.unwrap_or(digits).to_owned()
    }

    /// The same of a whole number: with fewer digits other people's numbers end alike.
    pub fn whole_ending(text: &str) -> Option<String> {
        let ending = Self::ending(text);
        (ending.len() >= Self::WHOLE).then_some(ending)
    }

    /// Appends one digit; false if the string is full.
    pub fn push(&mut self, digit: Digit) -> bool {
        let room = self.0.len() < Self::MAX;
        if room {
            self.0.push(digit.as_char());
        }
        room
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Number of characters.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({} hidden)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_digits_only_and_is_capped() {
        assert_eq!(
            Digits::from_text("+48 (52) 373-00-00").as_str(),
            "+48523730000"
        );
        assert_eq!(Digits::from_text("12+3").as_str(), "123");
        assert_eq!(Digits::from_text(&"7".repeat(99)).len(), Digits::MAX);
    }

    #[test]
    fn every_spelling_of_a_number_ends_alike() {
        for (written, ending) in [
            ("52 555 01 99", "525550199"),
            ("+48 52 555 01 99", "525550199"),
            (" +48 52-555-01-99", "525550199"),
            ("0048525550199", "525550199"),
            ("0 52 555-01-99", "525550199"),
            ("48 555 01 99", "485550199"),
            ("+49 30 5550199", "49305550199"),
            ("0199", "0199"),
        ] {
            assert_eq!(Digits::ending(written), ending, "{written}");
        }
    }

    #[test]
    fn debug_hides_the_number() {
        assert!(!format!("{:?}", Digits::from_text("523730000")).contains("5237"));
    }
}
