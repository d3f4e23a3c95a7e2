//! Finds FSK bursts on a line and reads the message in each.

use super::bits;
use super::carrier::{BEGIN, CarrierBank, Listening};
use super::demodulator::{Filters, high_pass};
use super::message::{self, CallerMessage};
use crate::signal::bank::Arithmetic;
use crate::signal::hops::Hops;
use crate::signal::level::FRAME;
use crate::signal::tile::{KEPT, Past, Tiles};
use crate::words::{SampleTime, Signal, ms};

/// Longest burst that is kept: the longest message takes 2.6 s with seizure and marks.
const LONGEST: usize = ms(3_000) as usize;
/// Hops of carrier a message takes at least: 80 marks and 12 bytes make 167 ms.
const SHORTEST: u32 = 14;
/// How much of a hop must be carrier to go on.
const KEEP: f32 = 0.7;
/// Hops with carrier that begin a burst, and without that end it.
const SURE: u32 = 4;
const LOST: u32 = 4;

/// Caller-ID receiver for one line of a card, behind a [`CarrierBank`]. Run it while the line is
/// on-hook: what comes after the answer is anybody's sound.
///
/// Never blocks. It keeps up to 3 s of samples while a carrier lasts (a longer one is read when it
/// reaches that, and then ignored until it ends) and nothing otherwise. The message is told when
/// its burst has ended.
#[derive(Clone, Debug)]
pub struct FskLine {
    state: State,
    /// Samples since the burst or a little before, while one lasts.
    kept: Vec<i16>,
    /// Hops heard in a row, as far as [`KEPT`].
    heard: usize,
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

impl FskLine {
    /// A receiver that has heard nothing.
    pub fn new() -> Self {
        Self {
            state: State::Idle { hits: 0 },
            kept: Vec::new(),
            heard: 0,
            last: None,
        }
    }

    /// How it listens at present.
    pub fn listening(&self) -> Listening {
        match self.state {
            State::Idle { .. } => Listening::Waits,
            State::Burst { .. } | State::Endless { .. } => Listening::Hears,
        }
    }

    /// Takes the newest hop, which ends at `end` and is so much like a carrier, as so many before it
    /// were that were not told of.
    pub fn hop(
        &mut self,
        (likeness, before): (f32, u32),
        past: Past<'_>,
        end: SampleTime,
        out: &mut dyn FnMut(Signal),
    ) {
        let before = before.min(self.heard as u32);
        self.heard = (self.heard + 1).min(KEPT);
        self.state = match self.state {
            State::Idle { .. } if likeness < BEGIN => State::Idle { hits: 0 },
            State::Idle { hits } if hits.max(before) + 1 < SURE => State::Idle {
                hits: hits.max(before) + 1,
            },
            State::Idle { .. } => {
                self.keep(past, self.heard);
                State::Burst {
                    hops: SURE,
                    misses: 0,
                }
            }
            State::Burst { hops, misses } => {
                self.keep(past, 1);
                self.burst(hops + 1, next_miss(misses, likeness), end, out)
            }
            State::Endless { misses } => match next_miss(misses, likeness) {
                LOST => State::Idle { hits: 0 },
                misses => State::Endless { misses },
            },
        };
    }

    /// Forgets everything heard, e.g. when the line went off-hook.
    pub fn restart(&mut self) {
        self.kept.clear();
        self.heard = 0;
        self.state = State::Idle { hits: 0 };
    }

    /// The latest message as a whole, with its date.
    pub fn last(&self) -> Option<&CallerMessage> {
        self.last.as_ref()
    }

    /// Keeps the last so many hops.
    fn keep(&mut self, past: Past<'_>, hops: usize) {
        let samples = (1..=hops * FRAME).rev();
        self.kept.extend(samples.map(|back| past.back(back) as i16));
    }

    fn burst(
        &mut self,
        hops: u32,
        misses: u32,
        end: SampleTime,
        out: &mut dyn FnMut(Signal),
    ) -> State {
        let full = self.kept.len() >= LONGEST;
        if misses < LOST && !full {
            return State::Burst { hops, misses };
        }
        if hops >= SHORTEST {
            self.read(end, out);
        }
        self.kept = Vec::new();
        if full {
            State::Endless { misses }
        } else {
            State::Idle { hits: 0 }
        }
    }

    fn read(&mut self, end: SampleTime, out: &mut dyn FnMut(Signal)) {
        let soft = Filters::default().soft(&high_pass(&self.kept));
        let found = bits::read(&soft, |bytes| message::parse(bytes).ok());
        if let Some((message, ended)) = found {
            let begin = end.back(self.kept.len() as u64);
            out(Signal::CallerId {
                at: begin + ended as u64,
                caller: message.caller.clone(),
            });
            self.last = Some(message);
        }
    }
}

impl Default for FskLine {
    fn default() -> Self {
        Self::new()
    }
}

fn next_miss(misses: u32, likeness: f32) -> u32 {
    if likeness < KEEP { misses + 1 } else { 0 }
}

/// The same for one channel of samples at 8 kHz by itself. Input whose `start` does not follow on
/// the input before begins anew.
pub struct FskReceiver {
    tiles: Tiles,
    carrier: CarrierBank,
    line: FskLine,
    hops: Hops,
    /// Sample time of the next sample expected, and of the next hop's first.
    next: SampleTime,
    done: SampleTime,
}

impl FskReceiver {
    /// A receiver that has heard nothing.
    pub fn new() -> Self {
        Self {
            tiles: Tiles::new(&[0], Arithmetic::Best),
            carrier: CarrierBank::new(1, Arithmetic::Best),
            line: FskLine::new(),
            hops: Hops::new(FRAME, 1),
            next: SampleTime::default(),
            done: SampleTime::default(),
        }
    }

    /// Takes samples, the first of which is at `start`.
    pub fn push(&mut self, samples: &[i16], start: SampleTime, out: &mut dyn FnMut(Signal)) {
        if start != self.next {
            self.restart();
            self.done = start;
        }
        self.next = start + samples.len() as u64;
        let Self {
            tiles,
            carrier,
            line,
            hops,
            done,
            ..
        } = self;
        hops.push(samples, |hop| {
            tiles.take(hop, 1);
            carrier.hop(tiles, |ear| match ear {
                0 => line.listening(),
                _ => Listening::Not,
            });
            *done = *done + FRAME as u64;
            let heard = (carrier.likeness(0), carrier.before(0));
            line.hop(heard, tiles.past(0), *done, out);
        });
    }

    /// Forgets everything heard.
    pub fn restart(&mut self) {
        self.hops.clear();
        self.done = self.next;
        self.line.restart();
    }

    /// The latest message as a whole, with its date.
    pub fn last(&self) -> Option<&CallerMessage> {
        self.line.last()
    }
}

impl Default for FskReceiver {
    fn default() -> Self {
        Self::new()
    }
}
