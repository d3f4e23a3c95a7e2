//! Information elements (Q.931 4.5): the walk over them, and the ones a recorder needs.
//!
//! A repeated element: of calling numbers the more trustworthy is kept, of digits (called number,
//! keypad) all are joined, of everything else the last wins. Elements of codesets other than 0 are
//! stepped over, for one element after a non-locking shift, to the end after a locking one.

mod channel;
mod facility;
mod number;
mod service;

pub use channel::{ChannelId, RestartClass};
pub use number::{NumberType, PartyNumber, Plan, Screening};
pub use service::{Bearer, Cause, Transfer};

use crate::words::Digits;

/// Longest text kept of a display element, in characters.
pub const DISPLAY_MAX: usize = 50;

/// What the elements of a message said.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Elements {
    /// Bearer capability.
    pub bearer: Option<Bearer>,
    /// Cause.
    pub cause: Option<Cause>,
    /// Call state of a STATUS: 0 is null.
    pub call_state: Option<u8>,
    /// Identity under which a suspended call is parked; empty if none was given.
    pub call_identity: Option<Vec<u8>>,
    /// Channel identification.
    pub channel: Option<ChannelId>,
    /// Progress: tones or announcements are in band (description 8).
    pub in_band: bool,
    /// Notification: 0 suspended, 1 resumed, 0x79 held, 0x7A retrieved, 0x7B diverting.
    pub notification: Option<u8>,
    /// Display text, printable characters only.
    pub display: Option<String>,
    /// Keypad digits.
    pub keypad: Option<Digits>,
    /// Calling party number.
    pub calling: Option<PartyNumber>,
    /// Called party number.
    pub called: Option<PartyNumber>,
    /// Connected number (COLP).
    pub connected: Option<PartyNumber>,
    /// Who redirected the call here: a redirecting number, or the diverting one of a facility.
    pub redirecting: Option<PartyNumber>,
    /// Where to the call is redirected.
    pub redirection: Option<PartyNumber>,
    /// What a RESTART restarts.
    pub restart: Option<RestartClass>,
    /// No more digits follow.
    pub sending_complete: bool,
}

impl Elements {
    /// Reads elements until the octets end; what is cut short is read as far as it goes.
    pub fn parse(mut octets: &[u8]) -> Self {
        let mut elements = Self::default();
        let (mut locked, mut once) = (0u8, None);
        while let Some((&id, rest)) = octets.split_first() {
            if id & 0x80 != 0 {
                octets = rest;
                let codeset = once.take().unwrap_or(locked);
                match id {
                    0x90..=0x97 => locked = locked.max(id & 7),
                    0x98..=0x9F => once = Some(id & 7),
                    0xA1 if codeset == 0 => elements.sending_complete = true,
                    _ => {}
                }
                continue;
            }
            let Some((&length, rest)) = rest.split_first() else {
                break;
            };
            let (content, after) = rest.split_at(rest.len().min(usize::from(length)));
            if once.take().unwrap_or(locked) == 0 {
                elements.take(id, content);
            }
            octets = after;
        }
        elements
    }

    fn take(&mut self, id: u8, content: &[u8]) {
        match id {
            0x04 => replace(&mut self.bearer, Bearer::parse(content)),
            0x08 => replace(&mut self.cause, Cause::parse(content)),
            0x10 => self.call_identity = Some(content.to_vec()),
            0x14 => replace(&mut self.call_state, content.first().map(|o| o & 0x3F)),
            0x18 => replace(&mut self.channel, ChannelId::parse(content)),
            0x1C => {
                let named = self.redirecting.take();
                self.redirecting = named.or_else(|| facility::diverting(content));
            }
            0x1E => self.in_band |= content.get(1).is_some_and(|o| o & 0x7F == 8),
            0x27 => replace(&mut self.notification, content.first().map(|o| o & 0x7F)),
            0x28 => replace(&mut self.display, text(content)),
            0x2C => join(&mut self.keypad, &number::digits(content)),
            0x4C => replace(&mut self.connected, PartyNumber::parse(content)),
            0x6C => self.take_calling(content),
            0x70 => self.take_called(content),
            0x74 => replace(&mut self.redirecting, PartyNumber::parse(content)),
            0x76 => replace(&mut self.redirection, PartyNumber::parse(content)),
            0x79 => replace(&mut self.restart, RestartClass::parse(content)),
            _ => {}
        }
    }

    /// Two may come (special arrangement): the user's own claim and what the network knows.
    fn take_calling(&mut self, content: &[u8]) {
        let Some(new) = PartyNumber::parse(content) else {
            return;
        };
        let trusted = |number: &PartyNumber| {
            !number.digits.is_empty()
                && matches!(number.screening, Screening::Network | Screening::Passed)
        };
        if self
            .calling
            .as_ref()
            .is_none_or(|old| trusted(&new) || !trusted(old))
        {
            self.calling = Some(new);
        }
    }

    fn take_called(&mut self, content: &[u8]) {
        let Some(new) = PartyNumber::parse(content) else {
            return;
        };
        match &mut self.called {
            Some(old) => append(&mut old.digits, &new.digits),
            None => self.called = Some(new),
        }
    }
}

fn replace<T>(slot: &mut Option<T>, new: Option<T>) {
    if new.is_some() {
        *slot = new;
    }
}

fn join(slot: &mut Option<Digits>, more: &Digits) {
    append(slot.get_or_insert_default(), more);
}

/// Adds digits to the end; beyond [`Digits::MAX`] they are dropped.
pub(super) fn append(digits: &mut Digits, more: &Digits) {
    for c in more.as_str().chars() {
        if let Some(digit) = crate::words::Digit::from_char(c) {
            digits.push(digit);
        }
    }
}

fn text(content: &[u8]) -> Option<String> {
    // Octet 3 may be a character set with the extension bit (as 1TR6 and some exchanges send).
    let content = match content.split_first() {
        Some((first, rest)) if first & 0x80 != 0 => rest,
        _ => content,
    };
    let printable = content
        .iter()
        .map(|o| o & 0x7F)
        .filter(|o| (0x20..0x7F).contains(o));
    let text: String = printable.take(DISPLAY_MAX).map(char::from).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_of_a_setup() {
        let octets = [
            0x04, 3, 0x90, 0x90, 0xA3, 0x18, 3, 0xA9, 0x83, 0x92, 0x28, 4, b'U', b'r', b'z', b'.',
            0x6C, 6, 0x21, 0xA3, b'5', b'2', b'3', b'7', 0x70, 4, 0xC1, b'1', b'1', b'0', 0xA1,
        ];
        let elements = Elements::parse(&octets);
        assert_eq!(elements.bearer.map(|b| b.transfer), Some(Transfer::Audio31));
        assert_eq!(elements.channel.and_then(ChannelId::timeslot), Some(18));
        assert_eq!(elements.display.as_deref(), Some("Urz."));
        assert_eq!(
            elements.calling.map(|n| n.digits.as_str().to_owned()),
            Some("5237".into())
        );
        assert_eq!(
            elements.called.map(|n| n.digits.as_str().to_owned()),
            Some("110".into())
        );
        assert!(elements.sending_complete);
        for cut in 0..octets.len() {
            Elements::parse(&octets[..cut]);
        }
        let cut = Elements::parse(&octets[..octets.len() - 2]);
        assert_eq!(
            cut.called.map(|n| n.digits.as_str().to_owned()),
            Some("11".into())
        );
    }

    #[test]
    fn other_codesets_are_stepped_over() {
        let once = Elements::parse(&[0x9E, 0x70, 2, 0x81, b'1', 0x70, 2, 0x81, b'2']);
        assert_eq!(
            once.called.map(|n| n.digits.as_str().to_owned()),
            Some("2".into())
        );
        let locked = Elements::parse(&[0x08, 2, 0x80, 0x90, 0x96, 0x08, 2, 0x80, 0x91]);
        assert_eq!(locked.cause.map(|c| c.value), Some(16));
    }

    #[test]
    fn of_two_calling_numbers_the_networks_is_kept() {
        let own = [0x6C, 3, 0x21, 0x80, b'1'];
        let network = [0x6C, 3, 0x21, 0x83, b'2'];
        for both in [[own, network].concat(), [network, own].concat()] {
            let calling = Elements::parse(&both).calling.expect("a number");
            assert_eq!(calling.digits.as_str(), "2");
        }
    }
}
