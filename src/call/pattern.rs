//! Patterns of internal numbers: `[2-4]XX` is three digits, the first of them 2 to 4.

/// Digits of a national number; this many or more are never internal.
pub(super) const NATIONAL: usize = 9;

/// Why a pattern of `internal` cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PatternError {
    /// Nothing in it.
    #[error("is empty: give one place per digit, for example \"[2-4]XX\"")]
    Empty,
    /// A character without meaning.
    #[error("holds {0:?}: use digits, X for any digit, and [2-4] or [239] for some")]
    Character(char),
    /// A bracket that is not closed, is empty or runs backwards.
    #[error("has a bad bracket: write [2-4] or [239]")]
    Bracket,
    /// Nine places or more.
    #[error("has nine places or more: such numbers are never internal")]
    TooLong,
}

/// One place of a pattern: a bit for each digit allowed.
type Place = u16;

/// A pattern of internal numbers, e.g. `[2-4]XX`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern {
    places: Vec<Place>,
    text: String,
}

impl Pattern {
    /// From its text: digits, `X` (any digit), `[2-4]`, `[239]`.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let mut places = Vec::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            places.push(match c {
                'X' | 'x' => 0x3ff,
                '[' => bracket(&mut rest)?,
                _ => bit(c).ok_or(PatternError::Character(c))?,
            });
        }
        match places.len() {
            0 => Err(PatternError::Empty),
            NATIONAL.. => Err(PatternError::TooLong),
            _ => Ok(Self {
                places,
                text: text.to_owned(),
            }),
        }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Digits of a number that matches.
    pub(super) fn places(&self) -> usize {
        self.places.len()
    }

    /// Whether `digits` could be the beginning of, or a whole, matching number.
    pub(super) fn may_become(&self, digits: &str) -> bool {
        digits.len() <= self.places.len()
            && digits
                .chars()
                .zip(&self.places)
                .all(|(c, place)| bit(c).is_some_and(|bit| place & bit != 0))
    }

    /// Whether `digits` match it in full.
    pub(super) fn matches(&self, digits: &str) -> bool {
        digits.len() == self.places.len() && self.may_become(digits)
    }

    /// Whether every number of it begins with `prefix`, or some of them might.
    pub fn may_begin_with(&self, prefix: &str) -> bool {
        prefix
            .chars()
            .zip(&self.places)
            .all(|(c, place)| bit(c).is_some_and(|bit| place & bit != 0))
    }
}

fn bit(c: char) -> Option<Place> {
    c.to_digit(10).map(|digit| 1 << digit)
}

/// What stands between `[` and `]`.
fn bracket(rest: &mut std::str::Chars<'_>) -> Result<Place, PatternError> {
    let mut place = 0;
    let mut last: Option<u32> = None;
    let mut range = false;
    loop {
        match rest.next() {
            Some(']') if place != 0 && !range => return Ok(place),
            Some('-') if last.is_some() && !range => range = true,
            Some(c) => {
                let digit = c.to_digit(10).ok_or(PatternError::Bracket)?;
                let from = match last {
                    Some(from) if range => from,
                    _ => digit,
                };
                if from > digit {
                    return Err(PatternError::Bracket);
                }
                place |= (from..=digit).fold(0, |bits, digit| bits | 1 << digit);
                last = (!range).then_some(digit);
                range = false;
            }
            None => return Err(PatternError::Bracket),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_patterns_say_why() {
        for (text, error) in [
            ("", PatternError::Empty),
            ("2YX", PatternError::Character('Y')),
            ("[4-2]X", PatternError::Bracket),
            ("[2-", PatternError::Bracket),
            ("[]X", PatternError::Bracket),
            ("[2-]X", PatternError::Bracket),
            ("XXXXXXXXX", PatternError::TooLong),
        ] {
            assert_eq!(Pattern::parse(text), Err(error), "{text}");
        }
        assert!(Pattern::parse("[239]X").unwrap().matches("95"));
        assert!(!Pattern::parse("[2-46]X").unwrap().matches("55"));
    }
}
