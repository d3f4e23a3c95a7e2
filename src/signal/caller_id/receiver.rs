//! Finds FSK bursts on one channel and reads the message in each.

use super::bits;
use super::demodulator::{DIFFERENCE_GAIN, Filters, differences, high_pass};
use super::message::{self, CallerMessage};
use crate::words::{Dbm0, SampleTime, Signal, ms};

/// Samples looked at together: 10 ms.
const HOP: usize = 80;
/// Hops kept from before the carrier was sure.
const BEFORE: usize = 8;
/// Longest burst that is kept: the longest message takes 2.6 s with seizure and marks.
const LONGEST: usize = ms(3_000) as usize;
/// Hops of carrier a message takes at least: 80 marks and 12 bytes make 167 ms.
const SHORTEST: u32 = 14;
/// Weakest carrier (dBm0) looked at.
const FLOOR: Dbm0 = Dbm0(-46.0);
/// How much of a hop must be carrier to begin, and to go on.
const BEGIN: f32 = 0.76;
const KEEP: f32 = 0.7;
/// Hops with carrier that begin a burst, and without that end it.
const SURE: u32 = 4;
const LOST: u32 = 4;
/// Caller-ID receiver for one channel at 8 kHz. Run it while the line is on-hook: what comes
/// after the answer is anybody's sound.
///
/// Never blocks. Where it is quiet it costs an energy sum; it keeps 80 ms
/// of samples, and up to 3 s while a carrier lasts (a longer one is read when it reaches that,
/// and then ignored until it ends). The message is told when its burst has ended. Input whose
/// `start` does not follow on the input before begins anew.
#[derive(Clone, Debug)]
pub struct FskReceiver {
    filters: Filters,
    floor: f32,
    /// Sample time of the next sample expected.
    next: SampleTime,
    /// Samples since the burst or a little before; the last hop may be incomplete.
    kept: Vec<i16>,
    /// How many of `kept` have been looked at.
    seen: usize,
    state: State,
    last: Option<CallerMessage>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    /// No carrier; so many hops in a row looked like one.
    Idle { hits: u32 },
    /// Carrier for so many hops; so many in a row did not look like it.
    Burst { hops: u32, misses: u32 },
    /// A carrier too long to be a message, until it ends.
    Endless { misses: u32 },
}

impl Default for FskReceiver {
    fn default() -> Self {
        Self::new()
    }
}

impl FskReceiver {
    /// A receiver that has heard nothing.
    pub fn new() -> Self {
        Self {
            filters: Filters::default(),
            floor: FLOOR.mean_square() * DIFFERENCE_GAIN * HOP as f32,
            next: SampleTime::default(),
            kept: Vec::new(),
            seen: 0,
            state: State::Idle { hits: 0 },
            last: None,
        }
    }

    /// Takes samples, the first of which is at `start`.
    pub fn push(&mut self, samples: &[i16], start: SampleTime, out: &mut dyn FnMut(Signal)) {
        if start != self.next {
            self.restart();
        }
        self.next = start;
        let mut samples = samples;
        while !samples.is_empty() {
            let room = HOP - (self.kept.len() - self.seen);
            let (now, later) = samples.split_at(room.min(samples.len()));
            self.kept.extend_from_slice(now);
            self.next = self.next + now.len() as u64;
            samples = later;
            if now.len() == room {
                self.hop(out);
            }
        }
    }

    /// Forgets everything heard, e.g. when the line went off-hook.
    pub fn restart(&mut self) {
        self.kept.clear();
        self.seen = 0;
        self.state = State::Idle { hits: 0 };
    }

    /// The latest message as a whole, with its date.
    pub fn last(&self) -> Option<&CallerMessage> {
        self.last.as_ref()
    }

    fn hop(&mut self, out: &mut dyn FnMut(Signal)) {
        // Windows reach back into the hop before.
        let look = &self.kept[self.seen.saturating_sub(9)..];
        let mut samples = [0.0; HOP + 9];
        let filled = samples.iter_mut().zip(differences(look));
        let count = filled.map(|(to, x)| *to = x).count();
        let likeness = if energy(&samples) < self.floor {
            0.0
        } else {
            self.filters.likeness(&samples[..count])
        };
        self.seen = self.kept.len();
        self.state = match self.state {
            State::Idle { hits } if likeness < BEGIN => self.idle(hits.min(1) / 2),
            State::Idle { hits } if hits + 1 < SURE => self.idle(hits + 1),
            State::Idle { .. } => State::Burst {
                hops: SURE,
                misses: 0,
            },
            State::Burst { hops, misses } => self.burst(hops + 1, next_miss(misses, likeness), out),
            State::Endless { misses } => {
                self.forget_old();
                match next_miss(misses, likeness) {
                    LOST => State::Idle { hits: 0 },
                    misses => State::Endless { misses },
                }
            }
        };
    }

    fn idle(&mut self, hits: u32) -> State {
        self.forget_old();
        State::Idle { hits }
    }

    fn forget_old(&mut self) {
        // Twice the room, so that the move is rare.
        if self.kept.len() >= 2 * BEFORE * HOP {
            self.kept.drain(..self.kept.len() - BEFORE * HOP);
            self.seen = self.kept.len();
        }
    }

    fn burst(&mut self, hops: u32, misses: u32, out: &mut dyn FnMut(Signal)) -> State {
        let full = self.kept.len() >= LONGEST;
        if misses < LOST && !full {
            return State::Burst { hops, misses };
        }
        if hops >= SHORTEST {
            self.read(out);
        }
        self.kept.clear();
        self.kept.shrink_to(2 * BEFORE * HOP);
        self.seen = 0;
        if full {
            State::Endless { misses }
        } else {
            State::Idle { hits: 0 }
        }
    }

    fn read(&mut self, out: &mut dyn FnMut(Signal)) {
        let samples = high_pass(&self.kept);
        let soft = self.filters.soft(&samples);
        let found = bits::read(&soft, |bytes| message::parse(bytes).ok());
        if let Some((message, end)) = found {
            let begin = self.next.back(self.kept.len() as u64);
            out(Signal::CallerId {
                at: begin + end as u64,
                caller: message.caller.clone(),
            });
            self.last = Some(message);
        }
    }
}

/// Sum of squares, in eight sums side by side.
fn energy(samples: &[f32]) -> f32 {
    let (eights, rest) = samples.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for eight in eights {
        for (sum, x) in sums.iter_mut().zip(eight) {
            *sum += x * x;
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|x| x * x).sum::<f32>()
}

fn next_miss(misses: u32, likeness: f32) -> u32 {
    if likeness < KEEP { misses + 1 } else { 0 }
}
