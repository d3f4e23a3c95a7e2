//! CAS: lines whose calls are signalled by four bits a channel in timeslot 16 (ITU-T G.704 5.1.3.2.2,
//! line signalling R2 of Q.421), instead of a D channel.
//!
//! Octets of timeslot 16 of both directions with sample times in, call events out; digits are heard
//! in band by others and handed in with [`CasLine::digit`]. Blocks nothing, allocates nothing beyond
//! 30 calls and events not yet polled. Bits must hold [`Patterns::debounce`] samples; while the
//! multiframe is lost calls run on. National variants differ in their patterns: [`Patterns`] is
//! configuration.

mod multiframe;
mod pulses;

use std::collections::VecDeque;

use super::Side;
use crate::words::{
    CallEvent, CallFacts, CallKey, Digit, Direction, EndReason, SampleTime, Segment, ms,
};
pub use multiframe::{Abcd, Multiframe};
use pulses::{Dialled, Pulses};

/// What bits mean. Patterns are ABCD with A the most significant; `mask` says which of them count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patterns {
    /// Bits that carry line signals (R2: A and B).
    pub mask: u8,
    /// Both ends at rest; clear forward; release guard.
    pub idle: u8,
    /// Forward: the channel is taken.
    pub seize: u8,
    /// Backward: the called end has answered.
    pub answer: u8,
    /// Backward: the called end has hung up. After seizing and before the answer the same bits may
    /// acknowledge the seizure, and do not end the call.
    pub clear_back: u8,
    /// Backward: the network takes the call down.
    pub forced_release: u8,
    /// Forward, before the answer: the break of a dialling pulse. It may look like idle: only what
    /// lasts longer than a break clears the call.
    pub pulse: Option<u8>,
    /// How long bits must hold, in samples.
    pub debounce: u64,
}

impl Default for Patterns {
    /// R2 digital version: idle 1001, seize 0001, answer 0101, clear back 1101, forced release 0001.
    fn default() -> Self {
        Self {
            mask: 0b1100,
            idle: 0b1001,
            seize: 0b0001,
            answer: 0b0101,
            clear_back: 0b1101,
            forced_release: 0b0001,
            pulse: None,
            debounce: ms(20),
        }
    }
}

impl Patterns {
    fn is(&self, bits: Abcd, pattern: u8) -> bool {
        (bits ^ pattern) & self.mask == 0
    }
}

/// One channel of a line with CAS.
#[derive(Clone, Debug)]
struct Channel {
    /// Settled bits of network and user.
    bits: [Option<Abcd>; 2],
    /// Bits seen but not yet settled, since when.
    coming: [Option<(Abcd, SampleTime)>; 2],
    call: Option<Call>,
}

#[derive(Clone, Debug)]
struct Call {
    key: CallKey,
    forward: Side,
    facts: CallFacts,
    /// The backward end has left idle: its return to idle is the release guard.
    acknowledged: bool,
    pulses: Pulses,
}

/// The 30 channels of one line with CAS.
#[derive(Clone, Debug)]
pub struct CasLine {
    patterns: Patterns,
    frames: [Multiframe; 2],
    channels: Vec<Channel>,
    events: VecDeque<CallEvent>,
    next_key: u32,
}

impl CasLine {
    /// Nothing heard yet.
    pub fn new(patterns: Patterns) -> Self {
        let channel = Channel {
            bits: [None; 2],
            coming: [None; 2],
            call: None,
        };
        Self {
            patterns,
            frames: [Multiframe::new(), Multiframe::new()],
            channels: vec![channel; 32],
            events: VecDeque::new(),
            next_key: 0,
        }
    }

    /// A line in the place of this one, which has failed inside: the multiframes are found anew. Keys
    /// stay unique; the calls under way come along or are forgotten.
    pub fn renewed(&self, keep_calls: bool) -> Self {
        let mut line = Self {
            events: self.events.clone(),
            next_key: self.next_key,
            ..Self::new(self.patterns)
        };
        if keep_calls {
            line.channels.clone_from(&self.channels);
        }
        line
    }

    /// Octets of timeslot 16 of one direction, the first at `at`; one octet a sample.
    pub fn push(&mut self, side: Side, octets: &[u8], at: SampleTime) {
        for (n, &octet) in octets.iter().enumerate() {
            let now = at + n as u64;
            let Some(pair) = self.frames[side.index()].push(octet) else {
                continue;
            };
            self.bits(side, pair.timeslot, pair.low, now);
            self.bits(side, pair.timeslot + 16, pair.high, now);
        }
    }

    /// Octets of one direction are missing: the multiframe is found anew, calls run on.
    pub fn gap(&mut self, side: Side) {
        self.frames[side.index()] = Multiframe::new();
        for channel in &mut self.channels {
            channel.coming[side.index()] = None;
        }
    }

    /// Whether the multiframe of a direction is found.
    pub fn is_aligned(&self, side: Side) -> bool {
        self.frames[side.index()].is_aligned()
    }

    /// A digit heard in band on a timeslot, as sent by `side`. The calling end's count until the
    /// call is answered.
    pub fn digit(&mut self, side: Side, timeslot: u8, digit: Digit) {
        let call = self
            .channels
            .get_mut(usize::from(timeslot))
            .and_then(|c| c.call.as_mut());
        if let Some(call) = call
            && call.forward == side
            && call.facts.answered.is_none()
            && call.facts.dialled.push(digit)
        {
            self.events.push_back(CallEvent::Changed {
                key: call.key,
                facts: call.facts.clone(),
            });
        }
    }

    /// The next call event.
    pub fn poll(&mut self) -> Option<CallEvent> {
        self.events.pop_front()
    }

    /// Ends a call that someone else knows is over, e.g. by silence while timeslot 16 is lost.
    pub fn close(&mut self, key: CallKey, at: SampleTime, reason: EndReason) {
        let is = |channel: &Channel| channel.call.as_ref().is_some_and(|call| call.key == key);
        if let Some(index) = self.channels.iter().position(is) {
            self.end(index, at, reason);
        }
    }

    /// The input ended: so do all calls.
    pub fn finish(&mut self, now: SampleTime) {
        for timeslot in 0..self.channels.len() {
            self.end(timeslot, now, EndReason::EndOfInput);
        }
    }

    fn bits(&mut self, side: Side, timeslot: u8, bits: Abcd, now: SampleTime) {
        let index = usize::from(timeslot);
        let channel = &mut self.channels[index];
        if channel.bits[side.index()] == Some(bits) {
            channel.coming[side.index()] = None;
            self.dial(side, timeslot, now);
            return;
        }
        match channel.coming[side.index()] {
            Some((coming, since)) if coming == bits => {
                if now - since >= self.patterns.debounce {
                    channel.coming[side.index()] = None;
                    channel.bits[side.index()] = Some(bits);
                    self.settled(side, index, bits, since);
                }
            }
            _ => channel.coming[side.index()] = Some((bits, now)),
        }
    }

    fn settled(&mut self, side: Side, index: usize, bits: Abcd, at: SampleTime) {
        let patterns = self.patterns;
        let Some(call) = &mut self.channels[index].call else {
            let other = self.channels[index].bits[side.other().index()];
            let free = other.is_some_and(|bits| patterns.is(bits, patterns.idle));
            if free && patterns.is(bits, patterns.seize) {
                self.begin(side, index, at);
            }
            return;
        };
        if side == call.forward {
            let dialling = call.facts.answered.is_none();
            if dialling && patterns.pulse.is_some_and(|pulse| patterns.is(bits, pulse)) {
                call.pulses.broken(at);
            } else if dialling && patterns.is(bits, patterns.seize) {
                call.pulses.made(at);
            } else if patterns.is(bits, patterns.idle) {
                self.end(index, at, EndReason::Release);
            }
            return;
        }
        let answered = call.facts.answered.is_some();
        if patterns.is(bits, patterns.answer) && !answered {
            call.answer(index as u8, at);
            self.events.push_back(CallEvent::Changed {
                key: call.key,
                facts: call.facts.clone(),
            });
        } else if patterns.is(bits, patterns.clear_back) {
            call.acknowledged = true;
            if answered {
                self.end(index, at, EndReason::Release);
            }
        } else if patterns.is(bits, patterns.forced_release)
            || (patterns.is(bits, patterns.idle) && call.acknowledged)
        {
            // The guard answers a break that has turned out to be the end.
            let at = call.pulses.broken_since().unwrap_or(at);
            self.end(index, at, EndReason::Release);
        }
    }

    /// Lets dialling by pulses go on while the bits of the calling end hold.
    fn dial(&mut self, side: Side, timeslot: u8, now: SampleTime) {
        let Some(call) = &mut self.channels[usize::from(timeslot)].call else {
            return;
        };
        if side != call.forward {
            return;
        }
        match call.pulses.advance(now) {
            Some(Dialled::Digit(digit)) => self.digit(side, timeslot, digit),
            Some(Dialled::Cleared(at)) => self.end(usize::from(timeslot), at, EndReason::Release),
            None => {}
        }
    }

    fn begin(&mut self, forward: Side, index: usize, at: SampleTime) {
        self.next_key = self.next_key.wrapping_add(1);
        let key = CallKey(self.next_key);
        let direction = match forward {
            Side::Network => Direction::Incoming,
            Side::User => Direction::Outgoing,
        };
        let mut facts = CallFacts::begun(at, direction);
        facts.timeslot = Some(index as u8);
        self.events.push_back(CallEvent::Began {
            key,
            facts: facts.clone(),
        });
        self.channels[index].call = Some(Call {
            key,
            forward,
            facts,
            acknowledged: false,
            pulses: Pulses::default(),
        });
    }

    fn end(&mut self, index: usize, at: SampleTime, reason: EndReason) {
        let Some(Call { key, mut facts, .. }) = self.channels[index].call.take() else {
            return;
        };
        facts.end = Some(at);
        facts.end_reason = Some(reason);
        if let Some(segment) = facts.segments.last_mut() {
            segment.end = Some(at);
        }
        self.events.push_back(CallEvent::Ended { key, facts });
    }
}

impl Call {
    fn answer(&mut self, timeslot: u8, at: SampleTime) {
        self.acknowledged = true;
        self.facts.answered = Some(at);
        self.facts.segments.push(Segment {
            timeslot,
            start: at,
            end: None,
        });
    }
}

#[cfg(test)]
mod tests;
