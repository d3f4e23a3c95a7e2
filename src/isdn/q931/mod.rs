//! Q.931 / ETSI EN 300 403-1 messages: header and the information elements that matter to a call.
//!
//! Octets of one layer 3 message in, a [`Message`] out. Blocks nothing; allocates only the digits and
//! texts it keeps, each bounded by the length of its element. What parses is used: a truncated last
//! element is read as far as it goes, unknown elements and other codesets are stepped over, a broken
//! element leaves its field empty. Only a header that cannot be read gives `None`.

mod kind;

pub use kind::MessageKind;

use super::ie::Elements;

/// Protocol discriminator of call control (Q.931 4.2).
pub const CALL_CONTROL: u8 = 0x08;

/// Call reference (Q.931 4.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CallReference {
    /// No reference: call-independent.
    Dummy,
    /// Reference 0: the whole interface.
    Global,
    /// One call.
    Call {
        /// Value, 7 bits on basic rate, 15 on primary rate.
        value: u16,
        /// Set by the side that did not allocate the value.
        from_destination: bool,
    },
}

/// One message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Whose.
    pub reference: CallReference,
    /// What.
    pub kind: MessageKind,
    /// With.
    pub elements: Elements,
}

impl Message {
    /// Reads a message; `None` for another protocol discriminator, a call reference longer than two
    /// octets, or a header cut short.
    pub fn parse(octets: &[u8]) -> Option<Self> {
        let (&[discriminator, length], rest) = octets.split_first_chunk::<2>()?;
        if discriminator != CALL_CONTROL || length & 0xF0 != 0 {
            return None;
        }
        let (reference, rest) = match length {
            0 => (CallReference::Dummy, rest),
            1 | 2 => {
                let (value, rest) = rest.split_at_checked(usize::from(length))?;
                (reference(value), rest)
            }
            _ => return None,
        };
        let (&kind, elements) = rest.split_first()?;
        Some(Self {
            reference,
            kind: MessageKind::from_octet(kind),
            elements: Elements::parse(elements),
        })
    }
}

fn reference(octets: &[u8]) -> CallReference {
    let value = octets
        .iter()
        .fold(0u16, |value, &octet| value << 8 | u16::from(octet));
    let flag = 0x80u16 << (8 * (octets.len() - 1));
    match value & !flag {
        0 => CallReference::Global,
        value_only => CallReference::Call {
            value: value_only,
            from_destination: value & flag != 0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn call_references_of_both_lengths() {
        let reference = |octets: &[u8]| Message::parse(octets).map(|m| m.reference);
        let call = |value, from_destination| {
            Some(CallReference::Call {
                value,
                from_destination,
            })
        };
        assert_eq!(reference(&[8, 1, 0x81, 0x07]), call(1, true));
        assert_eq!(reference(&[8, 2, 0x00, 0x81, 0x05]), call(0x81, false));
        assert_eq!(reference(&[8, 2, 0x80, 0x02, 0x05]), call(2, true));
        assert_eq!(
            reference(&[8, 2, 0x80, 0x00, 0x46]),
            Some(CallReference::Global)
        );
        assert_eq!(reference(&[8, 0, 0x62]), Some(CallReference::Dummy));
    }

    #[test]
    fn unreadable_headers() {
        for octets in [
            &[8][..],
            &[8, 1],
            &[8, 2, 0, 1],
            &[3, 1, 1, 5],
            &[8, 0x12, 1, 5],
            &[8, 3, 1, 1, 1, 5],
        ] {
            assert_eq!(Message::parse(octets), None, "{octets:x?}");
        }
    }
}
