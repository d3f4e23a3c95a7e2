//! Party numbers: called (Q.931 4.5.8), calling (4.5.10), connected (EN 300 097), redirecting
//! (Q.952). Digits are kept as sent, nothing added or removed.

use crate::words::{Digits, Presentation};

/// Type of number (octet 3, bits 7-5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum NumberType {
    /// As dialled, prefixes included.
    #[default]
    Unknown,
    /// With country code, without prefix.
    International,
    /// With area code, without prefix.
    National,
    /// Network specific.
    Network,
    /// Local.
    Subscriber,
    /// Abbreviated.
    Abbreviated,
}

/// Numbering plan (octet 3, bits 4-1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum Plan {
    /// Unknown.
    #[default]
    Unknown,
    /// E.164: the public telephone network.
    Telephone,
    /// Private.
    Private,
    /// Any other.
    Other(u8),
}

/// Who vouches for the number (octet 3a, bits 2-1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum Screening {
    /// The user gave it, no one checked.
    #[default]
    Unscreened,
    /// The user gave it, the network checked it.
    Passed,
    /// The user gave it, the check failed.
    Failed,
    /// The network gave it.
    Network,
}

/// A number with its octets 3 and 3a.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartyNumber {
    /// Type.
    pub kind: NumberType,
    /// Plan.
    pub plan: Plan,
    /// May it be shown.
    pub presentation: Presentation,
    /// Who vouches for it.
    pub screening: Screening,
    /// The digits.
    pub digits: Digits,
}

impl PartyNumber {
    /// Reads octet 3 on; an empty element gives `None`.
    pub fn parse(content: &[u8]) -> Option<Self> {
        let (&third, mut rest) = content.split_first()?;
        let mut presented = 0x80;
        let mut extended = third & 0x80 == 0;
        let mut first = true;
        while extended {
            let Some((&octet, after)) = rest.split_first() else {
                break;
            };
            if std::mem::take(&mut first) {
                presented = octet;
            }
            extended = octet & 0x80 == 0;
            rest = after;
        }
        Some(Self {
            kind: number_type(third >> 4 & 7),
            plan: plan(third & 15),
            presentation: presentation(presented >> 5 & 3),
            screening: screening(presented & 3),
            digits: digits(rest),
        })
    }
}

pub(super) fn number_type(code: u8) -> NumberType {
    match code {
        1 => NumberType::International,
        2 => NumberType::National,
        3 => NumberType::Network,
        4 => NumberType::Subscriber,
        6 => NumberType::Abbreviated,
        _ => NumberType::Unknown,
    }
}

fn plan(code: u8) -> Plan {
    match code {
        0 => Plan::Unknown,
        1 => Plan::Telephone,
        9 => Plan::Private,
        other => Plan::Other(other),
    }
}

fn presentation(code: u8) -> Presentation {
    match code {
        0 => Presentation::Allowed,
        2 => Presentation::Unavailable,
        // 3 is reserved: not shown, to be safe.
        _ => Presentation::Restricted,
    }
}

fn screening(code: u8) -> Screening {
    match code {
        0 => Screening::Unscreened,
        1 => Screening::Passed,
        2 => Screening::Failed,
        _ => Screening::Network,
    }
}

/// IA5 digits; anything else is dropped.
pub(super) fn digits(octets: &[u8]) -> Digits {
    let text: String = octets.iter().map(|o| char::from(o & 0x7F)).collect();
    Digits::from_text(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octet_3a_is_optional_and_3b_is_stepped_over() {
        let plain = PartyNumber::parse(&[0xC1, b'1', b'1']).expect("a number");
        assert_eq!(
            (plain.kind, plain.presentation),
            (NumberType::Subscriber, Presentation::Allowed)
        );
        let withheld = PartyNumber::parse(&[0x21, 0xA3, b'5']).expect("a number");
        assert_eq!(withheld.presentation, Presentation::Restricted);
        assert_eq!(
            (withheld.screening, withheld.digits.as_str()),
            (Screening::Network, "5")
        );
        let redirecting = PartyNumber::parse(&[0x21, 0x01, 0x8F, b'7', b'8']).expect("a number");
        assert_eq!(redirecting.digits.as_str(), "78");
        assert_eq!(redirecting.presentation, Presentation::Allowed);
        let unavailable = PartyNumber::parse(&[0x00, 0xC3]).expect("a number");
        assert_eq!(unavailable.presentation, Presentation::Unavailable);
        assert!(
            PartyNumber::parse(&[0x21])
                .expect("a number")
                .digits
                .is_empty()
        );
        assert_eq!(PartyNumber::parse(&[]), None);
    }
}
