//! The numbering plan: what a number proves about a call (§1.5: only external calls are recorded).
//!
//! The answer is as early as it can be *proven*: digits come one by one, and audio of an internal
//! call must not reach a disk because its first digits looked external. What is not proven stays
//! [`NumberClass::Undecided`]. Reads nothing, allocates only for [`NumberingPlan::canonical`].

use super::pattern::{NATIONAL, Pattern};
use crate::words::{Digits, Direction};

/// What digits say about a call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NumberClass {
    /// A number of the office's own exchange.
    Internal,
    /// A number of the public network. Stays so whatever digits follow.
    External,
    /// An emergency number: external, and never mistaken for an extension.
    Emergency,
    /// Not proven either way: more digits are needed.
    Undecided,
}

impl NumberClass {
    /// For the rules: external, internal or not known.
    pub const fn external(self) -> Option<bool> {
        match self {
            Self::Internal => Some(false),
            Self::External | Self::Emergency => Some(true),
            Self::Undecided => None,
        }
    }
}

/// Emergency and alarm numbers of Poland: 112, 99x, and the other services of the 98x range.
const EMERGENCY: [&str; 14] = [
    "112", "981", "984", "985", "986", "987", "991", "992", "993", "994", "996", "997", "998",
    "999",
];

/// What makes a number internal, and how the outside is dialled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NumberingPlan {
    internal: Vec<Pattern>,
    outside_prefix: String,
    country: String,
}

impl NumberingPlan {
    /// `outside_prefix` is what an extension dials before an outside number (may be empty);
    /// `country` the country code without `+`. Both hold digits only.
    pub fn new(internal: Vec<Pattern>, outside_prefix: &str, country: &str) -> Self {
        Self {
            internal,
            outside_prefix: outside_prefix.to_owned(),
            country: country.to_owned(),
        }
    }

    /// The patterns of internal numbers.
    pub fn internal(&self) -> &[Pattern] {
        &self.internal
    }

    /// What is dialled before an outside number.
    pub fn outside_prefix(&self) -> &str {
        &self.outside_prefix
    }

    /// The country code.
    pub fn country(&self) -> &str {
        &self.country
    }

    /// What `digits` prove while more may follow. A caller's number comes whole, so on incoming
    /// calls this is [`NumberingPlan::conclude`].
    pub fn classify(&self, digits: &Digits, direction: Direction) -> NumberClass {
        match direction {
            Direction::Incoming => self.conclude(digits, direction),
            Direction::Outgoing | Direction::Unknown => self.prove(digits.as_str()),
        }
    }

    /// What `digits` say when no more will follow: dialling has ended, or signalling said so.
    /// `Undecided` remains for what is neither internal nor provably outside.
    pub fn conclude(&self, digits: &Digits, direction: Direction) -> NumberClass {
        let digits = digits.as_str();
        let outside = self.without_prefix(digits);
        if is_emergency(digits) {
            return NumberClass::Emergency;
        }
        if self.is_internal(digits) {
            return NumberClass::Internal;
        }
        if direction != Direction::Incoming && outside.is_some_and(is_emergency) {
            return NumberClass::Emergency;
        }
        if self.is_outside(digits, direction) {
            return NumberClass::External;
        }
        NumberClass::Undecided
    }

    /// The number as it is compared and searched: `+48523730000` for every way of writing it.
    /// Internal, emergency and short numbers stay as they are.
    pub fn canonical(&self, digits: &Digits, direction: Direction) -> Digits {
        let text = digits.as_str();
        if text.starts_with('+') || is_emergency(text) || self.is_internal(text) {
            return digits.clone();
        }
        // A national number is never cut: 052373000 may be one, 0523730000 is dialled with prefix.
        let dialled = match direction {
            Direction::Outgoing if text.len() > NATIONAL => self.without_prefix(text),
            _ => None,
        };
        let bare = dialled.unwrap_or(text);
        let abroad = bare.strip_prefix("00").filter(|rest| !rest.is_empty());
        let full = match (abroad, bare.strip_prefix(self.country.as_str())) {
            (Some(rest), _) => format!("+{rest}"),
            (None, Some(rest)) if rest.len() == NATIONAL => format!("+{bare}"),
            _ if bare.len() == NATIONAL => format!("+{}{bare}", self.country),
            _ if bare.len() == NATIONAL + 1 && bare.starts_with('0') => {
                format!("+{}{}", self.country, &bare[1..])
            }
            _ => bare.to_owned(),
        };
        Digits::from_text(&full)
    }

    /// Proof from a beginning: true whatever digits follow.
    fn prove(&self, digits: &str) -> NumberClass {
        if digits.is_empty() {
            return NumberClass::Undecided;
        }
        let longer_internal =
            |pattern: &Pattern| pattern.places() > digits.len() && pattern.may_become(digits);
        if self.internal.iter().any(longer_internal) {
            return NumberClass::Undecided;
        }
        let now = self.conclude_outgoing(digits);
        // Without an outside prefix 234 may also be the beginning of 234 567 890.
        if now == NumberClass::Internal && self.outside_prefix.is_empty() {
            return NumberClass::Undecided;
        }
        now
    }

    fn conclude_outgoing(&self, digits: &str) -> NumberClass {
        self.conclude(&Digits::from_text(digits), Direction::Outgoing)
    }

    fn is_internal(&self, digits: &str) -> bool {
        !is_emergency(digits) && self.internal.iter().any(|pattern| pattern.matches(digits))
    }

    /// Whether a number that is not internal is provably outside.
    fn is_outside(&self, digits: &str, direction: Direction) -> bool {
        let is_service = digits.starts_with(['*', '#', 'A', 'B', 'C', 'D']);
        if digits.is_empty() || is_service {
            return false;
        }
        if digits.starts_with('+') || digits.len() >= NATIONAL {
            return true;
        }
        direction != Direction::Incoming
            && (self.outside_prefix.is_empty() || digits.starts_with(&self.outside_prefix))
            && !self
                .internal
                .iter()
                .any(|pattern| pattern.may_become(digits))
    }

    fn without_prefix<'d>(&self, digits: &'d str) -> Option<&'d str> {
        let prefix = Some(self.outside_prefix.as_str()).filter(|prefix| !prefix.is_empty())?;
        digits.strip_prefix(prefix)
    }
}

/// Whether it is, whole, an emergency number.
pub fn is_emergency(digits: &str) -> bool {
    EMERGENCY.contains(&digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plan(patterns: &[&str], prefix: &str) -> NumberingPlan {
        let patterns = patterns.iter().map(|text| Pattern::parse(text).unwrap());
        NumberingPlan::new(patterns.collect(), prefix, "48")
    }

    fn dialled(plan: &NumberingPlan, text: &str) -> NumberClass {
        plan.classify(&Digits::from_text(text), Direction::Outgoing)
    }

    fn calling(plan: &NumberingPlan, text: &str) -> NumberClass {
        plan.classify(&Digits::from_text(text), Direction::Incoming)
    }

    #[test]
    fn digit_by_digit_with_an_outside_prefix() {
        use NumberClass::{Emergency, External, Internal, Undecided};
        let plan = plan(&["[2-4]XX"], "0");
        for (text, class) in [
            ("", Undecided),
            ("2", Undecided),
            ("23", Undecided),
            ("234", Internal),
            ("0", External),
            ("0112", Emergency),
            ("052373", External),
            ("1", Undecided),
            ("112", Emergency),
            ("997", Emergency),
            ("5", Undecided),
            ("52373000", Undecided),
            ("523730000", External),
            ("234567890", External),
            ("*21", Undecided),
            ("+4", External),
        ] {
            assert_eq!(dialled(&plan, text), class, "{text}");
        }
    }

    #[test]
    fn without_a_prefix_what_no_pattern_can_match_is_outside() {
        use NumberClass::{Emergency, External, Internal, Undecided};
        let plan = plan(&["[2-4]XX"], "");
        assert_eq!(dialled(&plan, "234"), Undecided, "may become 234 567 890");
        let whole = plan.conclude(&Digits::from_text("234"), Direction::Outgoing);
        assert_eq!(whole, Internal);
        assert_eq!(dialled(&plan, "2345"), External);
        assert_eq!(dialled(&plan, "5"), External);
        assert_eq!(dialled(&plan, "998"), Emergency);
    }

    #[test]
    fn an_emergency_number_is_never_internal_and_waits_where_extensions_begin_with_it() {
        let all = plan(&["XXX", "11XX"], "0");
        assert_eq!(
            dialled(&all, "112"),
            NumberClass::Undecided,
            "1125 is an extension"
        );
        assert_eq!(dialled(&all, "1125"), NumberClass::Internal);
        let whole = all.conclude(&Digits::from_text("112"), Direction::Outgoing);
        assert_eq!(whole, NumberClass::Emergency);
        for number in EMERGENCY {
            assert_eq!(
                dialled(&plan(&["XXX"], "0"), number),
                NumberClass::Emergency
            );
        }
    }

    #[test]
    fn callers() {
        let plan = plan(&["[2-4]XX"], "0");
        assert_eq!(calling(&plan, "523730000"), NumberClass::External);
        assert_eq!(calling(&plan, "+48523730000"), NumberClass::External);
        assert_eq!(calling(&plan, "0048523730000"), NumberClass::External);
        assert_eq!(calling(&plan, "301"), NumberClass::Internal);
        assert_eq!(calling(&plan, ""), NumberClass::Undecided, "withheld");
        assert_eq!(calling(&plan, "0301"), NumberClass::Undecided);
    }

    #[test]
    fn one_number_however_written() {
        let plan = plan(&["[2-4]XX"], "0");
        for (text, direction) in [
            ("523730000", Direction::Incoming),
            ("0523730000", Direction::Outgoing),
            ("0523730000", Direction::Incoming),
            ("48523730000", Direction::Incoming),
            ("+48523730000", Direction::Incoming),
            ("0048523730000", Direction::Incoming),
            ("00048523730000", Direction::Outgoing),
        ] {
            let canonical = plan.canonical(&Digits::from_text(text), direction);
            assert_eq!(canonical.as_str(), "+48523730000", "{text}");
        }
        for short in ["301", "112", "19115"] {
            let digits = Digits::from_text(short);
            assert_eq!(plan.canonical(&digits, Direction::Outgoing).as_str(), short);
        }
    }

    fn plans() -> impl Strategy<Value = NumberingPlan> {
        let pattern = "([0-9X]|\\[[0-4]-[5-9]\\]){1,5}";
        let prefix = prop_oneof![Just(""), Just("0"), Just("9")];
        (prop::collection::vec(pattern, 0..4), prefix).prop_map(|(texts, prefix)| {
            let patterns = texts.iter().map(|text| Pattern::parse(text).unwrap());
            NumberingPlan::new(patterns.collect(), prefix, "48")
        })
    }

    proptest! {
        #[test]
        fn what_was_called_external_never_turns_internal(
            plan in plans(),
            digits in "[0-9]{1,12}",
        ) {
            let mut external = false;
            for end in 1..=digits.len() {
                let part = Digits::from_text(&digits[..end]);
                let class = plan.classify(&part, Direction::Outgoing);
                let whole = plan.conclude(&part, Direction::Outgoing);
                if external {
                    prop_assert_ne!(class, NumberClass::Internal);
                    prop_assert_ne!(whole, NumberClass::Internal);
                }
                external |= class.external() == Some(true);
            }
        }

        #[test]
        fn emergency_and_national_numbers_are_never_internal(
            plan in plans(),
            national in "[1-9][0-9]{8}",
            emergency in prop::sample::select(&EMERGENCY[..]),
        ) {
            for direction in [Direction::Incoming, Direction::Outgoing, Direction::Unknown] {
                let class = |text: &str| plan.conclude(&Digits::from_text(text), direction);
                prop_assert_eq!(class(&national), NumberClass::External);
                prop_assert_eq!(class(emergency), NumberClass::Emergency);
            }
        }
    }
}
