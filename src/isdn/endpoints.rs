//! All LAPD links of one D channel: frames of both directions in the order they were on the line in,
//! layer 3 messages out, with sender and terminal.
//!
//! The sender is whom the command/response bit names, where it does; who is wired to which receiver
//! is learnt from it ([`Endpoints::swapped`]). Only call control (SAPI 0) and TEI management are
//! read. Blocks nothing; keeps one state per terminal endpoint, 127 at most. A link reset clears no
//! call (Q.931 5.8.9).

use std::collections::BTreeMap;

use super::Side;
use super::lapd::{Control, Frame, SAPI_CALL_CONTROL, SAPI_MANAGEMENT, TEI_BROADCAST};
use super::link::{Numbered, Sequence};
use super::tei::TeiMessage;
use crate::words::SampleTime;

/// Frames that must contradict the wiring before it is taken for swapped.
const SWAP_VOTES: i8 = 2;
const VOTES_MAX: i8 = 8;

/// Layer 3 octets with their way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Layer3 {
    pub(super) sender: Side,
    pub(super) tei: u8,
    pub(super) at: SampleTime,
    pub(super) octets: Vec<u8>,
}

/// When a frame was on the line, and which receiver heard it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reception {
    pub(super) side: Side,
    pub(super) start: SampleTime,
    pub(super) end: SampleTime,
}

/// The links of one D channel.
#[derive(Clone, Default, Debug)]
pub(super) struct Endpoints {
    /// By terminal endpoint: what the network sends, what the user sends.
    links: BTreeMap<u8, [Sequence; 2]>,
    /// Above zero: the receivers are as told; below: swapped.
    votes: i8,
    swapped: bool,
}

impl Endpoints {
    /// Whether the receiver said to hear the network hears the user.
    pub(super) fn swapped(&self) -> bool {
        self.swapped
    }

    /// Octets on the heap.
    pub(super) fn footprint(&self) -> usize {
        let link = |pair: &[Sequence; 2]| pair.iter().map(Sequence::footprint).sum::<usize>();
        let links: usize = self.links.values().map(link).sum();
        links + self.links.len() * 2 * size_of::<[Sequence; 2]>()
    }

    /// Takes one frame; returns its sender, or `None` if it is no LAPD frame.
    pub(super) fn frame(
        &mut self,
        octets: &[u8],
        heard: Reception,
        out: &mut Vec<Layer3>,
    ) -> Option<Side> {
        let frame = Frame::parse(octets)?;
        let sender = self.sender(&frame, heard.side);
        match frame.sapi {
            SAPI_CALL_CONTROL => self.call_control(&frame, sender, heard, out),
            SAPI_MANAGEMENT => self.management(&frame),
            _ => {}
        }
        Some(sender)
    }

    /// Frames the tap has lost in each direction since the last call.
    pub(super) fn take_lost(&mut self) -> [u64; 2] {
        let mut lost = [0; 2];
        for pair in self.links.values_mut() {
            for (sum, sequence) in lost.iter_mut().zip(pair) {
                *sum += sequence.take_lost();
            }
        }
        lost
    }

    /// When a held frame is let go.
    pub(super) fn next_deadline(&self) -> Option<SampleTime> {
        let sequences = self.links.values().flatten();
        sequences.filter_map(Sequence::deadline).min()
    }

    /// Lets time pass until `now`.
    pub(super) fn expire(&mut self, now: SampleTime, out: &mut Vec<Layer3>) {
        for (&tei, pair) in &mut self.links {
            for (side, sequence) in [Side::Network, Side::User].into_iter().zip(pair) {
                let mut released = Vec::new();
                sequence.expire(now, &mut released);
                forward(released, side, tei, out);
            }
        }
    }

    fn sender(&mut self, frame: &Frame<'_>, side: Side) -> Side {
        let Some(from_network) = frame.from_network() else {
            return if self.swapped { side.other() } else { side };
        };
        let sender = if from_network {
            Side::Network
        } else {
            Side::User
        };
        let vote = if sender == side { 1 } else { -1 };
        self.votes = (self.votes + vote).clamp(-VOTES_MAX, VOTES_MAX);
        let swapped = match self.votes {
            votes if votes <= -SWAP_VOTES => true,
            votes if votes >= SWAP_VOTES => false,
            _ => self.swapped,
        };
        if swapped != self.swapped {
            self.swapped = swapped;
            // What was learnt from supervisory frames belongs to the other direction.
            self.links.clear();
        }
        sender
    }

    fn call_control(
        &mut self,
        frame: &Frame<'_>,
        sender: Side,
        heard: Reception,
        out: &mut Vec<Layer3>,
    ) {
        let tei = frame.tei;
        if let Control::Ui = frame.control {
            return out.push(Layer3 {
                sender,
                tei,
                at: heard.start,
                octets: frame.info.to_vec(),
            });
        }
        if tei == TEI_BROADCAST {
            return;
        }
        let pair = self.links.entry(tei).or_default();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        match frame.control {
            Control::I { ns, nr } => {
                pair[sender.other().index()].acknowledged(nr, &mut theirs);
                let numbered = Numbered {
                    info: frame.info.to_vec(),
                    at: heard.start,
                    end: heard.end,
                };
                pair[sender.index()].frame(ns, numbered, &mut ours);
            }
            Control::Ready { nr } | Control::Reject { nr } => {
                pair[sender.other().index()].acknowledged(nr, &mut theirs);
            }
            Control::Sabme => {
                pair[sender.index()].reset(&mut ours);
                pair[sender.other().index()].reset(&mut theirs);
            }
            _ => {}
        }
        forward(theirs, sender.other(), tei, out);
        forward(ours, sender, tei, out);
    }

    /// A terminal that gets or loses its identifier begins a new link.
    fn management(&mut self, frame: &Frame<'_>) {
        match TeiMessage::parse(frame.info) {
            Some(TeiMessage::Assigned(_, tei)) => {
                self.links.remove(&tei);
            }
            Some(TeiMessage::Remove(TEI_BROADCAST)) => self.links.retain(|&tei, _| tei < 64),
            Some(TeiMessage::Remove(tei)) => {
                self.links.remove(&tei);
            }
            _ => {}
        }
    }
}

fn forward(frames: Vec<Numbered>, sender: Side, tei: u8, out: &mut Vec<Layer3>) {
    out.extend(frames.into_iter().map(|frame| Layer3 {
        sender,
        tei,
        at: frame.at,
        octets: frame.info,
    }));
}
