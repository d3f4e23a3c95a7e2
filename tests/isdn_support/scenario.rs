//! Calls written as messages at times, put on the line of both directions as octets.

use linetap::isdn::encode::{Fill, HdlcWriter, LinkPair, MessageBuilder, Sent};
use linetap::isdn::q931::MessageKind;
use linetap::isdn::{Interface, Side, Variant};

use super::{Told, play};

/// Octets of both directions under way.
pub(crate) struct Scenario {
    pub(crate) interface: Interface,
    pub(crate) variant: Variant,
    links: LinkPair,
    frames: Vec<(u64, Sent)>,
}

impl Scenario {
    /// A line whose terminals 0 (and on a bus 64, 65) have their links up.
    pub(crate) fn new(interface: Interface) -> Self {
        let mut scenario = Self {
            interface,
            variant: Variant::default(),
            links: LinkPair::new(),
            frames: Vec::new(),
        };
        let teis: &[u8] = match interface {
            Interface::Pri => &[0],
            Interface::Bri => &[0, 64, 65],
        };
        for &tei in teis {
            let [sabme, ua] = scenario.links.establish(Side::User, tei);
            scenario.put(100, sabme);
            scenario.put(120, ua);
        }
        scenario
    }

    /// A message of call `value`, allocated by `originator`.
    pub(crate) fn message(
        &self,
        sender: Side,
        originator: Side,
        value: u16,
        kind: MessageKind,
    ) -> MessageBuilder {
        MessageBuilder::new(self.interface, value, sender != originator, kind)
    }

    /// Says a message on a numbered frame; it is acknowledged 5 ms after (20 ms on basic rate).
    pub(crate) fn say(&mut self, at_ms: u64, sender: Side, tei: u8, message: MessageBuilder) {
        let [frame, ready] = self.links.send(sender, tei, &message.build());
        self.put(at_ms, frame);
        let after = if self.interface == Interface::Pri {
            20
        } else {
            60
        };
        self.put(at_ms + after, ready);
    }

    /// Says it to all terminals.
    pub(crate) fn broadcast(&mut self, at_ms: u64, message: MessageBuilder) {
        let frame = self
            .links
            .unnumbered(Side::Network, 0, 127, &message.build());
        self.put(at_ms, frame);
    }

    /// A numbered frame alone, for tests of the link.
    pub(crate) fn frame(&mut self, sender: Side, message: MessageBuilder) -> Sent {
        self.links.information(sender, 0, &message.build())
    }

    /// The links, to reset them.
    pub(crate) fn links(&mut self) -> &mut LinkPair {
        &mut self.links
    }

    pub(crate) fn put(&mut self, at_ms: u64, frame: Sent) {
        self.frames.push((at_ms, frame));
    }

    /// The frames in the order of the line.
    pub(crate) fn sorted(&self) -> Vec<(u64, Sent)> {
        let mut frames = self.frames.clone();
        frames.sort_by_key(|(at, _)| *at);
        frames
    }

    /// Octets of both directions until `end_ms`.
    pub(crate) fn streams(&self, end_ms: u64) -> [Vec<u8>; 2] {
        [
            self.stream(Side::Network, end_ms),
            self.stream(Side::User, end_ms),
        ]
    }

    /// What a D channel tells of it.
    pub(crate) fn told(&self, end_ms: u64) -> Told {
        let [network, user] = self.streams(end_ms);
        play(self.interface, &network, &user, &[160])
    }

    fn stream(&self, sender: Side, end_ms: u64) -> Vec<u8> {
        let (fill, octets_per_ms) = match self.interface {
            Interface::Pri => (Fill::Flags, 8),
            Interface::Bri => (Fill::Ones, 2),
        };
        let mut writer = HdlcWriter::new(fill, self.variant);
        let mut stream = vec![0; (end_ms * octets_per_ms) as usize];
        let mut written = 0;
        for (at, sent) in self.sorted() {
            if sent.sender == sender {
                let until = ((at * octets_per_ms) as usize).clamp(written, stream.len());
                writer.fill(&mut stream[written..until]);
                written = until;
                writer.queue(&sent.frame);
            }
        }
        writer.fill(&mut stream[written..]);
        stream
    }
}
