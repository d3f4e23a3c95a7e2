//! Shared by the ISDN tests: drives a D channel over whole streams and gathers what it tells.

#![allow(dead_code, reason = "each test binary uses its part")]

pub(crate) mod scenario;
pub(crate) mod scripts;

use linetap::isdn::{DChannel, Interface, Notice, Options, Side};
use linetap::words::{CallEvent, CallFacts, SampleTime};

/// Everything a D channel told.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Told {
    pub(crate) events: Vec<CallEvent>,
    pub(crate) notices: Vec<Notice>,
    /// Facts of the ended calls, by their start.
    pub(crate) calls: Vec<CallFacts>,
    pub(crate) footprint: usize,
}

impl Told {
    pub(crate) fn gather(&mut self, channel: &mut DChannel) {
        self.footprint = self.footprint.max(channel.footprint());
        while let Some(event) = channel.poll() {
            if let CallEvent::Ended { facts, .. } = &event {
                self.calls.push(facts.clone());
            }
            self.events.push(event);
        }
        while let Some(notice) = channel.poll_notice() {
            self.notices.push(notice);
        }
        self.calls.sort_by_key(|facts| facts.start);
    }
}

/// Plays two streams of octets in blocks of these sizes, one after the other and round again.
pub(crate) fn play(interface: Interface, network: &[u8], user: &[u8], blocks: &[usize]) -> Told {
    let mut channel = DChannel::new(interface, Options::default());
    let mut told = Told::default();
    let per_octet = interface.samples_per_octet();
    let mut at = [0usize; 2];
    let mut sizes = blocks.iter().cycle();
    while at[0] < network.len() || at[1] < user.len() {
        for (side, stream) in [(Side::Network, network), (Side::User, user)] {
            let from = at[side as usize];
            let size = *sizes.next().expect("a cycle");
            let to = (from + size).min(stream.len());
            channel.push(side, &stream[from..to], SampleTime(from as u64 * per_octet));
            at[side as usize] = to;
        }
        told.gather(&mut channel);
    }
    channel.finish(SampleTime(network.len().max(user.len()) as u64 * per_octet));
    told.gather(&mut channel);
    told
}
