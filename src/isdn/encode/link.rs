//! Both ends of the LAPD links of one D channel: numbers frames and acknowledges them at once.

use std::collections::BTreeMap;

use super::super::Side;

/// A frame to be put on the line (address to information).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    /// By whom.
    pub sender: Side,
    /// What.
    pub frame: Vec<u8>,
}

/// Numbers of what each end of a link has sent, and of what it has had from the other.
#[derive(Clone, Copy, Default, Debug)]
struct Numbers {
    sent: [u8; 2],
    had: [u8; 2],
}

/// The links of one D channel, seen from above.
#[derive(Clone, Default, Debug)]
pub struct LinkPair {
    links: BTreeMap<u8, Numbers>,
}

impl LinkPair {
    /// No link is up.
    pub fn new() -> Self {
        Self::default()
    }

    /// SABME by `sender`, UA by the other end; both count from 0.
    pub fn establish(&mut self, sender: Side, tei: u8) -> [Sent; 2] {
        self.links.insert(tei, Numbers::default());
        let answering = sender.other();
        [
            sent(sender, address(sender, true, 0, tei), &[0x7F], &[]),
            sent(answering, address(answering, false, 0, tei), &[0x73], &[]),
        ]
    }

    /// A numbered frame with a layer 3 message, and its acknowledgement.
    pub fn send(&mut self, sender: Side, tei: u8, message: &[u8]) -> [Sent; 2] {
        [
            self.information(sender, tei, message),
            self.ready(sender.other(), tei),
        ]
    }

    /// A numbered frame alone.
    pub fn information(&mut self, sender: Side, tei: u8, message: &[u8]) -> Sent {
        let numbers = self.links.entry(tei).or_default();
        let ns = numbers.sent[sender.index()];
        let nr = numbers.had[sender.index()];
        numbers.sent[sender.index()] = (ns + 1) & 127;
        let control = [ns << 1, nr << 1];
        sent(sender, address(sender, true, 0, tei), &control, message)
    }

    /// RR: `sender` has everything the other end has sent.
    pub fn ready(&mut self, sender: Side, tei: u8) -> Sent {
        let numbers = self.links.entry(tei).or_default();
        let nr = numbers.sent[sender.other().index()];
        self.has(sender, tei, nr)
    }

    /// How many frames `sender` has numbered so far (modulo 128).
    pub fn numbered(&self, sender: Side, tei: u8) -> u8 {
        self.links
            .get(&tei)
            .map_or(0, |numbers| numbers.sent[sender.index()])
    }

    /// RR: `sender` has what the other end numbered before `nr`, and not yet what came after.
    pub fn has(&mut self, sender: Side, tei: u8, nr: u8) -> Sent {
        self.links.entry(tei).or_default().had[sender.index()] = nr;
        sent(
            sender,
            address(sender, false, 0, tei),
            &[0x01, nr << 1],
            &[],
        )
    }

    /// REJ: `sender` wants everything again from `nr` on.
    pub fn reject(&self, sender: Side, tei: u8, nr: u8) -> Sent {
        sent(
            sender,
            address(sender, false, 0, tei),
            &[0x09, nr << 1],
            &[],
        )
    }

    /// An unnumbered frame: broadcasts (TEI 127), TEI management (SAPI 63).
    pub fn unnumbered(&self, sender: Side, sapi: u8, tei: u8, info: &[u8]) -> Sent {
        sent(sender, address(sender, true, sapi, tei), &[0x03], info)
    }
}

/// Commands of the network and responses of the user carry C/R = 1 (Q.921 3.3.2).
fn address(sender: Side, command: bool, sapi: u8, tei: u8) -> [u8; 2] {
    let cr = (sender == Side::Network) == command;
    [sapi << 2 | u8::from(cr) << 1, tei << 1 | 1]
}

fn sent(sender: Side, address: [u8; 2], control: &[u8], info: &[u8]) -> Sent {
    Sent {
        sender,
        frame: [&address, control, info].concat(),
    }
}
