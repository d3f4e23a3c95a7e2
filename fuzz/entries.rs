//! What the fuzz targets do with their input. `tests/isdn_corpus.rs` does the same with the corpora,
//! so that every input that once found something is tried at each test run.

#![allow(dead_code, reason = "each target uses one of the entries")]

use linetap::isdn::hdlc::{Deframer, MAX_FRAME, Outcome};
use linetap::isdn::q931::{Message, MessageKind};
use linetap::isdn::tracker::{Heard, Tracker};
use linetap::isdn::{DChannel, Interface, MEMORY_BOUND, Options, Side, fcs};
use linetap::words::{Digits, SampleTime};

fn check(channel: &mut DChannel) {
    assert!(channel.footprint() <= MEMORY_BOUND);
    while channel.poll().is_some() {}
    while channel.poll_notice().is_some() {}
}

/// Octets of a timeslot: frames are whole and checked, and do not depend on the cut.
pub(crate) fn hdlc(data: &[u8]) {
    let frames = |size: usize| {
        let (mut deframer, mut found) = (Deframer::default(), Vec::new());
        for mut block in data.chunks(size) {
            while !block.is_empty() {
                let (used, outcome) = deframer.push(block);
                assert!(used > 0);
                block = &block[used..];
                if outcome == Some(Outcome::Frame) {
                    assert!(deframer.frame().len() + 2 <= MAX_FRAME);
                    let whole = [deframer.frame(), &fcs::fcs16(deframer.frame())].concat();
                    assert!(fcs::intact(&whole));
                    found.push((deframer.frame().to_vec(), deframer.frame_opened()));
                }
            }
        }
        found
    };
    assert_eq!(frames(usize::MAX), frames(3));
    let mut channel = DChannel::new(Interface::Pri, Options::default());
    for (n, block) in data.chunks(97).enumerate() {
        let at = SampleTime(n as u64 * 97);
        channel.push(Side::Network, block, at);
        channel.push(Side::User, block, at);
        check(&mut channel);
    }
}

/// Frames, each after an octet with its length: bit 7 names the side.
pub(crate) fn lapd(data: &[u8]) {
    let mut channel = DChannel::new(Interface::Bri, Options::default());
    let (mut rest, mut at) = (data, 0);
    while let Some((&head, after)) = rest.split_first() {
        let side = if head & 0x80 == 0 {
            Side::Network
        } else {
            Side::User
        };
        let (frame, after) = after.split_at(after.len().min(usize::from(head & 0x7F)));
        channel.frame(side, frame, SampleTime(at));
        at += 400;
        channel.advance(SampleTime(at));
        check(&mut channel);
        rest = after;
    }
    channel.finish(SampleTime(at));
    check(&mut channel);
}

/// One message, said by both sides, then the same as other kinds.
pub(crate) fn q931(data: &[u8]) {
    let Some(message) = Message::parse(data) else {
        return;
    };
    for number in [&message.elements.called, &message.elements.calling]
        .into_iter()
        .flatten()
    {
        assert!(number.digits.len() <= Digits::MAX);
    }
    let mut tracker = Tracker::new(data.len() % 2 == 1);
    let kinds = MessageKind::NAMED.iter().map(|(_, kind)| *kind);
    for (n, kind) in [message.kind, MessageKind::Setup]
        .into_iter()
        .chain(kinds)
        .enumerate()
    {
        let heard = Heard {
            sender: if n % 3 == 0 {
                Side::Network
            } else {
                Side::User
            },
            tei: [0, 127][n % 2],
            at: SampleTime(n as u64 * 8_000),
            message: Message {
                kind,
                ..message.clone()
            },
        };
        tracker.message(&heard);
        tracker.expire(heard.at);
    }
    assert!(tracker.footprint() <= MEMORY_BOUND);
    while tracker.poll().is_some() {}
}
