//! The way back: messages to frames to octets of a timeslot, for the built-in exchange and for tests.
//!
//! Blocks nothing; allocates what is queued. [`HdlcWriter`] makes the octets of one direction,
//! [`LinkPair`] numbers and acknowledges the frames of both, [`MessageBuilder`] writes Q.931.

mod link;
mod message;

pub use link::{LinkPair, Sent};
pub use message::MessageBuilder;

use std::collections::VecDeque;

use super::bits::Variant;
use super::fcs;

/// What a direction carries between frames.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fill {
    /// Flags, as on primary rate.
    Flags,
    /// Ones, as on basic rate.
    Ones,
}

/// Makes the octets of one direction.
#[derive(Clone, Debug)]
pub struct HdlcWriter {
    fill: Fill,
    variant: Variant,
    bits: VecDeque<bool>,
    /// Phase of the fill's flag, in bits.
    phase: u8,
}

impl HdlcWriter {
    /// Nothing queued.
    pub fn new(fill: Fill, variant: Variant) -> Self {
        Self {
            fill,
            variant,
            bits: VecDeque::new(),
            phase: 0,
        }
    }

    /// Queues a frame (address to information) between flags.
    pub fn queue(&mut self, frame: &[u8]) {
        self.queue_with_check(frame, fcs::fcs16(frame));
    }

    /// Queues a frame with a check sequence of the caller's choice, e.g. a wrong one.
    pub fn queue_with_check(&mut self, frame: &[u8], check: [u8; 2]) {
        self.flag();
        let mut ones = 0;
        for octet in frame.iter().chain(&check) {
            for place in 0..8 {
                let bit = octet >> place & 1 == 1;
                self.bits.push_back(bit);
                ones = if bit { ones + 1 } else { 0 };
                if ones == 5 {
                    self.bits.push_back(false);
                    ones = 0;
                }
            }
        }
        self.flag();
    }

    /// Queues bits as they are, e.g. an abort or flags with a shared zero.
    pub fn queue_bits(&mut self, bits: impl IntoIterator<Item = bool>) {
        self.bits.extend(bits);
    }

    /// Whether only fill is left.
    pub fn is_idle(&self) -> bool {
        self.bits.is_empty()
    }

    /// Octets queued.
    pub fn waiting(&self) -> usize {
        self.bits.len().div_ceil(8)
    }

    /// Writes the next octets.
    pub fn fill(&mut self, octets: &mut [u8]) {
        for octet in octets {
            let wire = (0..8).fold(0, |octet, _| octet << 1 | u8::from(self.next_bit()));
            *octet = self.variant.apply(wire);
        }
    }

    fn next_bit(&mut self) -> bool {
        // A flag of the fill is never cut by a frame.
        if self.phase == 0
            && let Some(bit) = self.bits.pop_front()
        {
            return bit;
        }
        if self.fill == Fill::Ones {
            return true;
        }
        let bit = FLAG >> self.phase & 1 == 1;
        self.phase = (self.phase + 1) % 8;
        bit
    }

    fn flag(&mut self) {
        self.bits.extend((0..8).map(|place| FLAG >> place & 1 == 1));
    }
}

const FLAG: u8 = 0x7E;

#[cfg(test)]
mod tests {
    use super::super::hdlc::{Deframer, Outcome};
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let frames: [&[u8]; 3] = [&[2, 1, 0x7F], &[0xFF; 40], &[0, 1, 0, 0, 8, 2, 0, 1, 5]];
        for fill in [Fill::Flags, Fill::Ones] {
            let mut writer = HdlcWriter::new(fill, Variant::default());
            frames.iter().for_each(|frame| writer.queue(frame));
            let mut octets = [0; 120];
            writer.fill(&mut octets);
            assert!(writer.is_idle());
            let (mut deframer, mut rest, mut read) = (Deframer::default(), &octets[..], Vec::new());
            while !rest.is_empty() {
                let (used, outcome) = deframer.push(rest);
                rest = &rest[used..];
                if outcome == Some(Outcome::Frame) {
                    read.push(deframer.frame().to_vec());
                }
            }
            assert_eq!(read, frames);
        }
    }
}
