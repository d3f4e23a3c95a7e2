//! Writes Q.931 messages, element by element in the order called.

use super::super::Interface;
use super::super::q931::{CALL_CONTROL, MessageKind};

/// A message being written.
#[derive(Clone, Debug)]
pub struct MessageBuilder {
    interface: Interface,
    octets: Vec<u8>,
}

impl MessageBuilder {
    /// A message about call `value`; `from_destination` if its sender did not allocate the value.
    /// Value 0 is the global reference.
    pub fn new(
        interface: Interface,
        value: u16,
        from_destination: bool,
        kind: MessageKind,
    ) -> Self {
        let mut octets = vec![CALL_CONTROL];
        let flag = if from_destination { 0x80 } else { 0 };
        match interface {
            Interface::Pri => octets.extend([2, flag | (value >> 8) as u8 & 0x7F, value as u8]),
            Interface::Bri => octets.extend([1, flag | value as u8 & 0x7F]),
        }
        octets.push(kind.octet());
        Self { interface, octets }
    }

    /// Any element: identifier and content, at most 255 octets of it.
    pub fn element(mut self, id: u8, content: &[u8]) -> Self {
        let content = &content[..content.len().min(255)];
        self.octets.extend([id, content.len() as u8]);
        self.octets.extend(content);
        self
    }

    /// An element of one octet, e.g. a shift.
    pub fn single(mut self, id: u8) -> Self {
        self.octets.push(id | 0x80);
        self
    }

    /// Bearer capability: 3.1 kHz audio, A-law.
    pub fn audio(self) -> Self {
        self.element(0x04, &[0x90, 0x90, 0xA3])
    }

    /// Bearer capability: unrestricted digital.
    pub fn data(self) -> Self {
        self.element(0x04, &[0x88, 0x90])
    }

    /// Channel identification: this timeslot (or B channel) and, if `exclusive`, no other.
    pub fn channel(self, timeslot: u8, exclusive: bool) -> Self {
        let preferred = if exclusive { 0x08 } else { 0 };
        match self.interface {
            Interface::Pri => self.element(0x18, &[0xA1 | preferred, 0x83, 0x80 | timeslot]),
            Interface::Bri => self.element(0x18, &[0x80 | preferred | timeslot & 3]),
        }
    }

    /// Called party number: octet 3 and digits.
    pub fn called(self, kind_and_plan: u8, digits: &str) -> Self {
        let content = [&[0x80 | kind_and_plan], digits.as_bytes()].concat();
        self.element(0x70, &content)
    }

    /// Calling party number: octet 3, octet 3a (presentation and screening), digits.
    pub fn calling(self, kind_and_plan: u8, presentation: u8, digits: &str) -> Self {
        self.number(0x6C, kind_and_plan, presentation, digits)
    }

    /// Connected number.
    pub fn connected(self, kind_and_plan: u8, presentation: u8, digits: &str) -> Self {
        self.number(0x4C, kind_and_plan, presentation, digits)
    }

    /// Redirecting number with its reason (octet 3b).
    pub fn redirecting(self, kind_and_plan: u8, reason: u8, digits: &str) -> Self {
        let octets = [kind_and_plan & 0x7F, 0x03, 0x80 | reason];
        self.element(0x74, &[&octets, digits.as_bytes()].concat())
    }

    /// Cause, as said by the user.
    pub fn cause(self, value: u8) -> Self {
        self.element(0x08, &[0x80, 0x80 | value])
    }

    /// Sending complete.
    pub fn complete(self) -> Self {
        self.single(0xA1)
    }

    /// The octets.
    pub fn build(self) -> Vec<u8> {
        self.octets
    }

    fn number(self, id: u8, kind_and_plan: u8, presentation: u8, digits: &str) -> Self {
        let octets = [kind_and_plan & 0x7F, 0x80 | presentation];
        self.element(id, &[&octets, digits.as_bytes()].concat())
    }
}
