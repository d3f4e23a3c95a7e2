//! Facility (Q.932 8.2.3): of the services it may carry, who diverted the call here.
//!
//! Networks name the diverting number to a private exchange in the invoke component
//! divertingLegInformation2 (EN 300 207-1; ECMA-174 between exchanges) instead of a redirecting
//! number. Components and elements of any other kind are stepped over; an encoding that cannot be
//! followed (cut short, of indefinite length) ends the reading. Allocates the digits only.

use super::number::{NumberType, PartyNumber, Plan, Screening, digits, number_type};
use crate::words::Presentation;

/// Protocol profiles: remote operations, networking extensions.
const OPERATIONS: u8 = 0x11;
const EXTENSIONS: u8 = 0x1F;
/// Tags (X.690 8.1.2).
const INTEGER: u8 = 0x02;
const ENUMERATED: u8 = 0x0A;
const NUMERIC: u8 = 0x12;
const SEQUENCE: u8 = 0x30;
/// Constructed and primitive, context-specific.
const CONTEXT: u8 = 0xA0;
const CONTEXT_PRIMITIVE: u8 = 0x80;
const INVOKE: u8 = CONTEXT | 1;

/// The elements of an encoding, one after the other: tag and content.
#[derive(Clone, Copy)]
struct Encoding<'a>(&'a [u8]);

impl<'a> Iterator for Encoding<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&[tag, length], rest) = self.0.split_first_chunk::<2>()?;
        let (length, rest) = match length {
            0..=0x7F => (usize::from(length), rest),
            0x81 => rest
                .split_first()
                .map(|(l, rest)| (usize::from(*l), rest))?,
            // An element of information is shorter than 256 octets; 0x80 is of indefinite length.
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }
}

/// The diverting number, from octet 3 on.
pub(super) fn diverting(content: &[u8]) -> Option<PartyNumber> {
    let profile = content.first()? & 0x1F;
    let end = content.iter().position(|octet| octet & 0x80 != 0)?;
    let operation = match profile {
        OPERATIONS => 15,
        EXTENSIONS => 21,
        _ => return None,
    };
    let mut components = Encoding(&content[end + 1..]);
    components.find_map(|(tag, component)| {
        let invoked = tag == INVOKE;
        invoked.then(|| argument(component, operation)).flatten()
    })
}

/// The diverting number of an invoke component, if it invokes `operation`.
fn argument(invoke: &[u8], operation: u8) -> Option<PartyNumber> {
    let mut parts = Encoding(invoke);
    let (INTEGER, _) = parts.next()? else {
        return None;
    };
    // The component may be linked to another.
    let mut parts = parts.filter(|(tag, _)| *tag != CONTEXT_PRIMITIVE);
    if parts.next()? != (INTEGER, &[operation]) {
        return None;
    }
    let (SEQUENCE, argument) = parts.next()? else {
        return None;
    };
    let (_, presented) = Encoding(argument).find(|(tag, _)| *tag == CONTEXT | 1)?;
    let (tag, party) = Encoding(presented).next()?;
    let presentation = match tag {
        CONTEXT => Presentation::Allowed,
        0xA3 => Presentation::Restricted,
        // Withheld, or lost on the way: there is no number.
        _ => return None,
    };
    party_number(party, presentation)
}

fn party_number(party: &[u8], presentation: Presentation) -> Option<PartyNumber> {
    let (tag, number) = Encoding(party).next()?;
    let (kind, plan, number) = match tag {
        CONTEXT_PRIMITIVE => (NumberType::Unknown, Plan::Unknown, number),
        0xA1 | 0xA5 => {
            let mut parts = Encoding(number);
            let (ENUMERATED, &[kind]) = parts.next()? else {
                return None;
            };
            let (NUMERIC, number) = parts.next()? else {
                return None;
            };
            let plan = [Plan::Telephone, Plan::Private][usize::from(tag == 0xA5)];
            (number_type(kind), plan, number)
        }
        _ => return None,
    };
    Some(PartyNumber {
        kind,
        plan,
        presentation,
        screening: Screening::Unscreened,
        digits: digits(number),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Diverted once, unconditionally, from the national number 12345.
    const DIVERTED: [u8; 33] = [
        0x91, 0xA1, 0x1E, 0x02, 0x01, 0x01, 0x02, 0x01, 0x0F, 0x30, 0x16, 0x02, 0x01, 0x01, 0x0A,
        0x01, 0x01, 0xA1, 0x0E, 0xA0, 0x0C, 0xA1, 0x0A, 0x0A, 0x01, 0x02, 0x12, 0x05, b'1', b'2',
        b'3', b'4', b'5',
    ];

    fn read(content: &[u8]) -> Option<(String, NumberType, Presentation)> {
        let number = diverting(content)?;
        let text = number.digits.as_str().to_owned();
        Some((text, number.kind, number.presentation))
    }

    fn changed(at: usize, octet: u8) -> [u8; 33] {
        let mut content = DIVERTED;
        content[at] = octet;
        content
    }

    #[test]
    fn who_diverted_the_call() {
        let whom = |presentation| Some(("12345".to_owned(), NumberType::National, presentation));
        assert_eq!(read(&DIVERTED), whom(Presentation::Allowed));
        assert_eq!(read(&changed(19, 0xA3)), whom(Presentation::Restricted));
        let charge = [0xA1, 0x07, 0x02, 0x01, 0x02, 0x02, 0x01, 0x24, 0x05];
        let behind_another = [&[0x91][..], &charge, &DIVERTED[1..]].concat();
        assert_eq!(read(&behind_another), whom(Presentation::Allowed));
    }

    #[test]
    fn other_services_and_broken_encodings_are_nothing() {
        for (at, octet) in [
            (0, 0x92),
            (1, 0xA2),
            (8, 0x0D),
            (17, 0xA2),
            (19, 0x81),
            (2, 0x80),
        ] {
            assert_eq!(read(&changed(at, octet)), None, "{at}");
        }
        for cut in 0..DIVERTED.len() {
            assert_eq!(read(&DIVERTED[..cut]), None, "{cut}");
        }
        for at in 0..DIVERTED.len() {
            for octet in 0..=255 {
                read(&changed(at, octet));
            }
        }
    }
}
