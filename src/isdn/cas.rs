//! CAS: lines whose calls are signalled by four bits a channel in timeslot 16 (ITU-T G.704 5.1.3.2.2,
//! line signalling R2 of Q.421), instead of a D channel.
//!
//! Octets of timeslot 16 of both directions with sample times in, call events out; digits are heard
//! in band by others and handed in with [`CasLine::digit`]. Blocks nothing, allocates nothing beyond
//! 30 calls and events not yet polled. Bits must hold [`Patterns::debounce`] samples; while the
//! multiframe is lost calls run on. National variants differ in their patterns: [`Patterns`] is
//! configuration.

mod multiframe;

use std::collections::VecDeque;

use super::Side;
use crate::words::{
    CallEvent, CallFacts, CallKey, Digit, Direction, EndReason, SampleTime, Segment, ms,
};
pub use multiframe::{Abcd, Multiframe};

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

    /// A digit heard in band on a timeslot. It counts until the call is answered.
    pub fn digit(&mut self, timeslot: u8, digit: Digit) {
        let call = self
            .channels
            .get_mut(usize::from(timeslot))
            .and_then(|c| c.call.as_mut());
        if let Some(call) = call
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
            if patterns.is(bits, patterns.idle) {
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
            self.end(index, at, EndReason::Release);
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
mod tests {
    use super::*;

    /// Timeslot 16 of one direction: all channels idle but one, whose bits change at these times.
    fn stream(timeslot: u8, changes: &[(u64, Abcd)], samples: u64) -> Vec<u8> {
        let bits_at = |at: u64| {
            let past = changes.iter().rev().find(|(from, _)| *from <= at);
            past.map_or(0b1001, |(_, bits)| *bits)
        };
        let octet = |at: u64| {
            let frame = (at % 16) as u8;
            if frame == 0 {
                return 0x0B;
            }
            let bits = |slot: u8| {
                if slot == timeslot {
                    bits_at(at)
                } else {
                    0b1001
                }
            };
            bits(frame) << 4 | bits(frame + 16)
        };
        (0..samples).map(octet).collect()
    }

    fn run(network: &[u8], user: &[u8], digits: &str, timeslot: u8) -> Vec<CallFacts> {
        let mut line = CasLine::new(Patterns::default());
        let mut ended = Vec::new();
        for (n, (net, usr)) in network.chunks(50).zip(user.chunks(50)).enumerate() {
            let at = SampleTime(n as u64 * 50);
            line.push(Side::Network, net, at);
            line.push(Side::User, usr, at);
            if at.0 == 4_000 {
                let digits = digits.chars().filter_map(Digit::from_char);
                digits.for_each(|digit| line.digit(timeslot, digit));
            }
            while let Some(event) = line.poll() {
                if let CallEvent::Ended { facts, .. } = event {
                    ended.push(facts);
                }
            }
        }
        ended
    }

    #[test]
    fn an_outgoing_call_by_r2_line_signals() {
        for timeslot in [1, 15, 17, 31] {
            let user = stream(timeslot, &[(1_600, 0b0001), (40_000, 0b1001)], 60_000);
            let back = [(1_800, 0b1101), (16_000, 0b0101), (40_400, 0b1001)];
            let calls = run(&stream(timeslot, &back, 60_000), &user, "523", timeslot);
            let [call] = &calls[..] else {
                panic!("{calls:?}");
            };
            assert_eq!(call.direction, Direction::Outgoing);
            assert_eq!(
                (call.timeslot, call.dialled.as_str()),
                (Some(timeslot), "523")
            );
            let near = |found: Option<SampleTime>, truth: u64| {
                found.is_some_and(|t| t.0.abs_diff(truth) <= 16)
            };
            assert!(
                near(Some(call.start), 1_600) && near(call.answered, 16_000),
                "{call:?}"
            );
            assert!(near(call.end, 40_000), "{call:?}");
        }
    }

    #[test]
    fn clear_back_ends_an_incoming_call_and_glitches_do_not() {
        let net = [
            (1_600, 0b0001),
            (20_000, 0b1001),
            (20_064, 0b0001),
            (41_000, 0b1001),
        ];
        let user = [
            (1_800, 0b1101),
            (16_000, 0b0101),
            (40_000, 0b1101),
            (42_000, 0b1001),
        ];
        let calls = run(&stream(5, &net, 60_000), &stream(5, &user, 60_000), "", 5);
        let [call] = &calls[..] else {
            panic!("{calls:?}");
        };
        assert_eq!(call.direction, Direction::Incoming);
        assert!(
            call.end.is_some_and(|end| end.0.abs_diff(40_000) <= 16),
            "{call:?}"
        );
    }

    #[test]
    fn no_answer_is_no_segment() {
        let net = [(1_600, 0b0001), (30_000, 0b1001)];
        let user = [(1_800, 0b1101), (30_100, 0b1001)];
        let calls = run(&stream(9, &net, 40_000), &stream(9, &user, 40_000), "", 9);
        assert_eq!(calls.len(), 1);
        assert_eq!((calls[0].answered, calls[0].segments.len()), (None, 0));
    }
}
