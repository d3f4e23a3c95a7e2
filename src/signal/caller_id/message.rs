//! The caller-ID message: SDMF and MDMF of ETSI EN 300 659-3 (and Bellcore GR-30).
//!
//! Whatever bytes come in, parsing ends without panic after at most 258 of them, keeps at most
//! [`Digits::MAX`] digits and [`NAME_MAX`] printable characters, and refuses a message whose
//! checksum, lengths or digits do not add up: no caller is better than a wrong one.

use crate::words::{Caller, Digits, Presentation};

/// Most characters of a name that are kept.
pub const NAME_MAX: usize = 50;
/// Bytes beside the body: type, length, checksum.
const FRAME: usize = 3;

const SDMF_CALL_SETUP: u8 = 0x04;
const MDMF_CALL_SETUP: u8 = 0x80;
const PARAM_DATE: u8 = 0x01;
const PARAM_NUMBER: u8 = 0x02;
const PARAM_NO_NUMBER: u8 = 0x04;
const PARAM_NAME: u8 = 0x07;

/// Date and time as the exchange sent them; its clock, not ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CallDate {
    /// 1-12.
    pub month: u8,
    /// 1-31.
    pub day: u8,
    /// 0-23.
    pub hour: u8,
    /// 0-59.
    pub minute: u8,
}

/// A whole message with a valid checksum.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallerMessage {
    /// Who calls, as claimed.
    pub caller: Caller,
    /// When, as claimed.
    pub date: Option<CallDate>,
}

/// Why bytes are not a caller-ID message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// Not a call set-up message (0x04 or 0x80): a message waiting lamp, a tariff, noise.
    #[error("message type {0:#04x} does not announce a call")]
    Type(u8),
    /// Fewer or more bytes than the length says, or a parameter that reaches beyond its message.
    #[error("lengths inside the message do not add up")]
    Length,
    /// The sum of all bytes is not a multiple of 256.
    #[error("checksum is wrong")]
    Checksum,
    /// A number or date holds something else than digits.
    #[error("number or date holds characters that cannot be dialled")]
    Digits,
}

/// Whether a receiver may believe that a message begins with this type.
pub(super) fn announces_call(kind: u8) -> bool {
    kind == SDMF_CALL_SETUP || kind == MDMF_CALL_SETUP
}

/// Length of a whole message whose second byte is `length`.
pub(super) fn whole_length(length: u8) -> usize {
    usize::from(length) + FRAME
}

/// Reads a whole message: type, length, body, checksum.
///
/// # Errors
/// See [`Refused`]; nothing of a refused message is worth keeping.
pub fn parse(message: &[u8]) -> Result<CallerMessage, Refused> {
    let [kind, length, rest @ ..] = message else {
        return Err(Refused::Length);
    };
    if !announces_call(*kind) {
        return Err(Refused::Type(*kind));
    }
    if message.len() != whole_length(*length) {
        return Err(Refused::Length);
    }
    if message
        .iter()
        .fold(0u8, |sum, &byte| sum.wrapping_add(byte))
        != 0
    {
        return Err(Refused::Checksum);
    }
    let body = &rest[..usize::from(*length)];
    if *kind == SDMF_CALL_SETUP {
        single(body)
    } else {
        multiple(body)
    }
}

/// SDMF: MMDDHHMM, then the number or the letter that says why there is none.
fn single(body: &[u8]) -> Result<CallerMessage, Refused> {
    let (when, who) = body.split_at_checked(8).ok_or(Refused::Length)?;
    let date = Some(date(when)?);
    let (number, presentation) = match who {
        [] => (None, Presentation::Unavailable),
        [letter] if letter.is_ascii_alphabetic() => (None, absence(*letter)),
        digits => (Some(number(digits)?), Presentation::Allowed),
    };
    let caller = Caller {
        number,
        name: None,
        presentation,
    };
    Ok(CallerMessage { caller, date })
}

fn multiple(mut body: &[u8]) -> Result<CallerMessage, Refused> {
    let (mut digits, mut reason, mut name, mut when) = (None, None, None, None);
    while let [kind, length, rest @ ..] = body {
        let length = usize::from(*length);
        let (value, next) = rest.split_at_checked(length).ok_or(Refused::Length)?;
        body = next;
        match *kind {
            PARAM_DATE => when = Some(date(value)?),
            PARAM_NUMBER if !value.is_empty() => digits = Some(number(value)?),
            PARAM_NO_NUMBER => reason = value.first().map(|&letter| absence(letter)),
            PARAM_NAME => name = printable(value),
            _ => {}
        }
    }
    if !body.is_empty() {
        return Err(Refused::Length);
    }
    let known = if digits.is_some() {
        Presentation::Allowed
    } else {
        Presentation::Unavailable
    };
    let caller = Caller {
        number: digits,
        name,
        presentation: reason.unwrap_or(known),
    };
    Ok(CallerMessage { caller, date: when })
}

/// "P" is private; "O" and everything else: not available.
fn absence(letter: u8) -> Presentation {
    if letter == b'P' {
        Presentation::Restricted
    } else {
        Presentation::Unavailable
    }
}

fn date(value: &[u8]) -> Result<CallDate, Refused> {
    let digits: &[u8; 8] = value.try_into().map_err(|_| Refused::Length)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return Err(Refused::Digits);
    }
    let two = |at: usize| (digits[at] - b'0') * 10 + digits[at + 1] - b'0';
    let date = CallDate {
        month: two(0),
        day: two(2),
        hour: two(4),
        minute: two(6),
    };
    // An exchange whose clock was never set sends zeros.
    let possible = date.month <= 12 && date.day <= 31 && date.hour < 24 && date.minute < 60;
    possible.then_some(date).ok_or(Refused::Digits)
}

fn number(value: &[u8]) -> Result<Digits, Refused> {
    let kept: Vec<u8> = value
        .iter()
        .copied()
        .filter(|c| !b" -".contains(c))
        .collect();
    let dialled = |c: &u8| c.is_ascii_digit() || b"*#ABCD".contains(c);
    let plain = kept.strip_prefix(b"+").unwrap_or(&kept);
    if plain.is_empty() || !plain.iter().all(dialled) {
        return Err(Refused::Digits);
    }
    Ok(Digits::from_text(&String::from_utf8_lossy(&kept)))
}

fn printable(value: &[u8]) -> Option<String> {
    let printable = value.iter().filter(|c| (0x20..0x7f).contains(*c));
    let name: String = printable.take(NAME_MAX).map(|&c| char::from(c)).collect();
    let name = name.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn closed(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut message = vec![kind, body.len() as u8];
        message.extend(body);
        let sum = message
            .iter()
            .fold(0u8, |sum, &byte| sum.wrapping_add(byte));
        message.push(sum.wrapping_neg());
        message
    }

    fn number_of(message: &[u8]) -> Result<String, Refused> {
        parse(message).map(|found| found.caller.number.unwrap_or_default().as_str().to_owned())
    }

    #[test]
    fn mdmf_gives_date_number_and_name() {
        let body = b"\x01\x0801151234\x02\x09523730000\x07\x11URZAD\x1b[2J \x00MIASTA";
        let found = parse(&closed(0x80, body)).unwrap();
        assert_eq!(found.caller.number.unwrap().as_str(), "523730000");
        assert_eq!(found.caller.name.unwrap(), "URZAD[2J MIASTA");
        assert_eq!(found.caller.presentation, Presentation::Allowed);
        let date = found.date.unwrap();
        assert_eq!(
            (date.month, date.day, date.hour, date.minute),
            (1, 15, 12, 34)
        );
    }

    #[test]
    fn sdmf_gives_date_and_number() {
        assert_eq!(
            number_of(&closed(4, b"01151234523730000")).unwrap(),
            "523730000"
        );
    }

    #[test]
    fn absence_is_told_with_its_reason() {
        for (kind, body, presentation) in [
            (0x80, &b"\x04\x01P"[..], Presentation::Restricted),
            (0x80, b"\x04\x01O", Presentation::Unavailable),
            (0x80, b"\x01\x0801151234", Presentation::Unavailable),
            (0x04, b"01151234P", Presentation::Restricted),
            (0x04, b"01151234O", Presentation::Unavailable),
        ] {
            let caller = parse(&closed(kind, body)).unwrap().caller;
            assert_eq!((caller.number, caller.presentation), (None, presentation));
        }
    }

    #[test]
    fn what_does_not_add_up_is_refused() {
        let good = closed(0x80, b"\x02\x09523730000");
        let mut damaged = good.clone();
        damaged[5] ^= 1;
        assert_eq!(parse(&damaged), Err(Refused::Checksum));
        assert_eq!(parse(&good[..good.len() - 1]), Err(Refused::Length));
        assert_eq!(parse(&[]), Err(Refused::Length));
        assert_eq!(
            parse(&closed(0x82, b"\x0b\x01\xff")),
            Err(Refused::Type(0x82))
        );
        assert_eq!(parse(&closed(0x80, b"\x02\x7f5237")), Err(Refused::Length));
        assert_eq!(
            parse(&closed(0x80, b"\x02\x0452\x0737")),
            Err(Refused::Digits)
        );
        assert_eq!(
            parse(&closed(0x80, b"\x01\x0813329999")),
            Err(Refused::Digits)
        );
    }

    #[test]
    fn long_names_and_numbers_are_capped() {
        let body = [&b"\x02\x50"[..], &[b'7'; 80], b"\x07\x60", &[b'N'; 96]].concat();
        let caller = parse(&closed(0x80, &body)).unwrap().caller;
        assert_eq!(caller.number.unwrap().len(), Digits::MAX);
        assert_eq!(caller.name.unwrap().len(), NAME_MAX);
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_without_panic_into_bounded_text(
            kind in prop_oneof![Just(0x80u8), Just(4), any::<u8>()],
            body in prop::collection::vec(
                prop_oneof![0u8..12, b'0'..=b'9', any::<u8>()], 0..255),
            close in any::<bool>(),
        ) {
            let message = if close { closed(kind, &body) } else { body };
            if let Ok(found) = parse(&message) {
                let name = found.caller.name.unwrap_or_default();
                prop_assert!(name.len() <= NAME_MAX);
                prop_assert!(name.chars().all(|c| !c.is_control()));
                let number = found.caller.number.unwrap_or_default();
                prop_assert!(number.len() <= Digits::MAX);
            }
        }
    }
}
