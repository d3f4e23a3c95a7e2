//! Random calls on a simulated primary rate line, for whoever has no card yet. Same seed, same calls.

use super::{D_CHANNEL, E1Call, TIMESLOTS};
use crate::words::{Digits, Direction};

/// Mean idle time of a timeslot between two calls (s).
const GAP_S: f64 = 40.0;
/// Mean length of a conversation (s).
const TALK_S: f64 = 45.0;

/// Calls of each timeslot, one after the other.
pub(super) struct E1Traffic {
    state: u64,
    /// When each timeslot is next seized (s).
    next_s: [f64; TIMESLOTS],
}

impl E1Traffic {
    pub(super) fn new(seed: u64) -> Self {
        let mut traffic = Self {
            state: seed ^ 0x9e37_79b9_7f4a_7c15,
            next_s: [0.0; TIMESLOTS],
        };
        for slot in 0..TIMESLOTS {
            traffic.next_s[slot] = 1.0 + traffic.unit() * GAP_S;
        }
        traffic
    }

    /// Calls that begin before `until_s`.
    pub(super) fn until(&mut self, until_s: f64) -> Vec<E1Call> {
        let mut calls = Vec::new();
        for slot in (1..TIMESLOTS).filter(|slot| *slot != D_CHANNEL) {
            while self.next_s[slot] < until_s {
                let call = self.draw(slot);
                let gap = self.exponential(GAP_S).max(2.0);
                self.next_s[slot] = call.start_s + call.length_s + gap;
                calls.push(call);
            }
        }
        calls
    }

    fn draw(&mut self, slot: usize) -> E1Call {
        let outgoing = self.unit() < 0.45;
        let ringing = 2.0 + self.unit() * 10.0;
        let answered = self.unit() < 0.8;
        let talk = if answered {
            self.exponential(TALK_S).max(3.0)
        } else {
            5.0
        };
        let number = |n: f64| Digits::from_text(&format!("555{:06}", (n * 1e6) as u32));
        E1Call {
            start_s: self.next_s[slot],
            direction: if outgoing {
                Direction::Outgoing
            } else {
                Direction::Incoming
            },
            timeslot: slot as u8,
            called: number(self.unit()),
            calling: number(self.unit()),
            answer_s: answered.then_some(ringing),
            length_s: ringing + talk,
        }
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        (-mean * (1.0 - self.unit()).ln()).min(4.0 * mean)
    }

    /// 0 to below 1 (splitmix64).
    fn unit(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}
