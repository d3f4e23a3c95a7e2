//! Takes DTMF digits out of a recording's sound, so that a PIN or a card number typed in a
//! conversation is not kept (MISSION §3.3).
//!
//! A delay line: interleaved frames at 8 kHz go in, the same number of frames comes out, in order and
//! unaltered but for the spans in which a digit sounds on any channel; there all channels are
//! silence, [`MARGIN`] before the digit and behind it included, because a digit typed on one side
//! echoes on the other. What comes out may be written at once: a frame leaves only when no digit can
//! be told of it any more. That takes 80 ms, and while a pair of tones sounds as long as that lasts,
//! [`Muter::LAG`] at most: what has sounded like one digit for half a second is silenced as it comes,
//! whatever is thought of it at its end, so that a crash costs no more than a second.
//!
//! The result does not depend on how the input is cut. `new` allocates, the delay line grows once to
//! the lag; nothing blocks and nothing fails. Which digit it was is forgotten at once. Levels,
//! frequencies and lengths that make a digit: `signal::dtmf`, while dialling (the willing side).

use zeroize::Zeroize;

use super::dtmf::DtmfBank;
use crate::words::{SampleTime, Signal, ms};

/// Silence beyond a digit's edges, samples: their estimate is good to 10 ms.
const MARGIN: u64 = ms(20);

/// Frames worked through at a time: one measurement of the receiver.
const STEP: usize = 40;

/// How far back the start of a digit that shows only now may lie, margin included.
const REACH: u64 = ms(80);

/// A pair of tones that has lasted so long is silenced without waiting for its end.
const LONG: u64 = ms(500);

/// A stretch that was silenced: positions within the recording, the end not included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Muted {
    /// First silent frame.
    pub from: SampleTime,
    /// After the last one.
    pub to: SampleTime,
}

/// See the module's contract.
pub struct Muter {
    channels: usize,
    receiver: DtmfBank,
    /// Frames taken and not given out yet; the first lies at `out`.
    held: Vec<i16>,
    out: SampleTime,
    end: SampleTime,
    /// Frames of `held` the receiver has not had yet: less than a step.
    unheard: usize,
    /// To be silenced, in order, not touching one another.
    spans: Vec<Muted>,
}

impl Muter {
    /// The longest a frame is held back, samples.
    pub const LAG: u64 = ms(600);

    /// A delay line for `channels` interleaved channels; its first frame is position 0.
    pub fn new(channels: usize) -> Self {
        let channels = channels.max(1);
        Self {
            channels,
            receiver: DtmfBank::new(channels),
            held: Vec::new(),
            out: SampleTime(0),
            end: SampleTime(0),
            unheard: 0,
            spans: Vec::new(),
        }
    }

    /// Takes whole frames. `ready` gets what may be written, `muted` each span once it is complete.
    pub fn push(&mut self, frames: &[i16], ready: &mut Vec<i16>, muted: &mut Vec<Muted>) {
        let mut frames = frames;
        while !frames.is_empty() {
            let room = (STEP - self.unheard) * self.channels;
            let (now, later) = frames.split_at(frames.len().min(room));
            self.held.extend_from_slice(now);
            self.unheard += now.len() / self.channels;
            frames = later;
            if self.unheard == STEP {
                self.hear();
            }
        }
        self.release(self.settled(), ready, muted);
    }

    /// The recording is at its end: gives out the rest.
    pub fn finish(&mut self, ready: &mut Vec<i16>, muted: &mut Vec<Muted>) {
        self.hear();
        let mut told = Vec::new();
        self.receiver
            .finish(&mut |_, signal| told.extend(extent(&signal)));
        for span in told {
            self.silence(span);
        }
        let end = self.end;
        self.spans.retain(|span| span.from < end);
        for span in &mut self.spans {
            span.to = span.to.min(end);
        }
        self.release(end, ready, muted);
    }

    /// Gives the receiver what it has not had.
    fn hear(&mut self) {
        let fresh = self.held.len() - self.unheard * self.channels;
        self.end = self.end + self.unheard as u64;
        self.unheard = 0;
        let mut told = Vec::new();
        self.receiver.push(&self.held[fresh..], &mut |_, signal| {
            told.extend(extent(&signal));
        });
        for span in told {
            self.silence(span);
        }
        let held_on = |channel| self.receiver.is_held(channel);
        let long = (0..self.channels)
            .filter_map(|channel| self.receiver.undecided_since(channel))
            .filter(|start| self.is_long(*start))
            .min();
        let held = (0..self.channels).any(held_on).then_some(self.end);
        let from = long.map(|start| start.back(MARGIN)).or(held);
        if let Some(from) = from {
            let to = self.end + MARGIN;
            self.silence(Muted { from, to });
        }
    }

    fn is_long(&self, start: SampleTime) -> bool {
        start + LONG <= self.end
    }

    /// Everything before this is judged.
    fn settled(&self) -> SampleTime {
        let sounding = (0..self.channels)
            .filter_map(|channel| self.receiver.undecided_since(channel))
            .filter(|start| !self.is_long(*start))
            .map(|start| start.back(MARGIN));
        sounding.fold(self.end.back(REACH), SampleTime::min)
    }

    /// Adds a span and merges it with those it touches.
    fn silence(&mut self, mut span: Muted) {
        span.from = span.from.max(self.out);
        if span.to <= span.from {
            return;
        }
        let (out, end) = (span.from, span.to);
        self.spans.retain(|other| {
            let apart = other.to < out || end < other.from;
            if !apart {
                span.from = span.from.min(other.from);
                span.to = span.to.max(other.to);
            }
            apart
        });
        let place = self.spans.partition_point(|other| other.from < span.from);
        self.spans.insert(place, span);
    }

    /// Gives out everything before `to`.
    fn release(&mut self, to: SampleTime, ready: &mut Vec<i16>, muted: &mut Vec<Muted>) {
        let count = usize::try_from(to - self.out).unwrap_or(0) * self.channels;
        let first = ready.len();
        ready.extend(self.held.drain(..count));
        let (out, until) = (self.out, self.out.max(to));
        for span in &self.spans {
            let at = |position: SampleTime| (position.min(until) - out) as usize * self.channels;
            ready[first + at(span.from)..first + at(span.to)].fill(0);
        }
        let complete = self
            .spans
            .iter()
            .take_while(|span| span.to <= until)
            .count();
        muted.extend(self.spans.drain(..complete));
        self.out = until;
    }
}

/// What is left of the sound goes with the delay line.
impl Drop for Muter {
    fn drop(&mut self) {
        self.held.zeroize();
    }
}

impl std::fmt::Debug for Muter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Muter at {:?}", self.out)
    }
}

fn extent(signal: &Signal) -> Option<Muted> {
    match signal {
        Signal::Dtmf { start, end, .. } => Some(Muted {
            from: start.back(MARGIN),
            to: *end + MARGIN,
        }),
        _ => None,
    }
}
