//! The exchange: a seeded simulator of a telephone exchange and the people on its lines, as a
//! passive tap hears them. `linetap demo` runs on it, a technician without a card does, and so do
//! tests that must know exactly what happened.
//!
//! [`Exchange::fill`] makes interleaved 16-bit frames at 8 kHz, endlessly and the same however they
//! are cut; [`Exchange::truth`] tells of every call placed. Signals follow the Polish tone plan
//! (425 Hz: dial tone continuous, ringback 1/4 s, busy 0.5/0.5 s), V.23 caller ID in MDMF after the
//! first ring, DTMF and 10 pps pulse dialling; couplings stand at [`Tap`]. All numbers are
//! invented: they begin with area codes that the Polish plan does not use.
//!
//! No clock, no I/O; the seed alone decides. `fill` allocates when a call is laid out, a few
//! kilobytes every few seconds a line. 0 dBm0 = 0.775 V rms on the wire = a sine 3.14 dB below full
//! scale. Not modelled: echo, hook bounce, polarity reversal, metering pulses.

mod call;
mod caller_id;
mod cue;
mod fax;
mod line;
mod loops;
mod plan;
pub(crate) mod random;
mod setup;
mod traffic;

pub use call::{CallKind, Dialling, PlacedCall, ScriptedCall};
pub use setup::{Tap, marker_hz};
pub use traffic::Traffic;

use crate::words::SampleTime;
use line::Line;

/// What the exchange is to do.
#[derive(Clone, PartialEq, Debug)]
pub struct Options {
    /// How lines are tapped: line n by `taps[n % taps.len()]`; none = [`Tap::Audio`] for all.
    pub taps: Vec<Tap>,
    /// Which calls are placed.
    pub calls: Calls,
    /// What the parties say.
    pub parties: Parties,
    /// Whether [`Exchange::truth`] grows for ever; false for endless runs.
    pub keep_truth: bool,
}

impl Default for Options {
    /// A compact office on audio taps.
    fn default() -> Self {
        Self {
            taps: vec![Tap::Audio],
            calls: Calls::Office(Traffic::COMPACT),
            parties: Parties::Voices,
            keep_truth: true,
        }
    }
}

/// Which calls are placed.
#[derive(Clone, PartialEq, Debug)]
pub enum Calls {
    /// Random traffic.
    Office(Traffic),
    /// Exactly these. Calls of one line must not overlap; one that would is put off until 0.5 s
    /// after the end of the one before.
    Scripted(Vec<ScriptedCall>),
    /// Every line talks all the time, in calls of this length (s) one second apart: for load tests.
    AlwaysTalking {
        /// Seconds of one conversation.
        talk_s: f64,
    },
}

/// What is heard in a conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parties {
    /// Two synthetic voices taking turns.
    Voices,
    /// One steady tone of [`marker_hz`] a line, to prove that lines never mix.
    Markers,
}

/// The exchange and its lines.
pub struct Exchange {
    lines: Vec<Line>,
    channels: usize,
    now: u64,
    truth: Vec<PlacedCall>,
    keep_truth: bool,
}

impl Exchange {
    /// Samples rendered at once; calls are laid out at least this far ahead.
    const CHUNK: usize = 80;

    /// `lines` lines behaving as `options` and `seed` say.
    pub fn new(lines: usize, seed: u64, options: &Options) -> Self {
        let mut made = Vec::with_capacity(lines);
        let mut channels = 0;
        for number in 0..lines {
            let line = Line::new(number, channels, seed, options);
            channels += line.channels();
            made.push(line);
        }
        Self {
            lines: made,
            channels,
            now: 0,
            truth: Vec::new(),
            keep_truth: options.keep_truth,
        }
    }

    /// An exchange on which exactly `calls` happen; it has as many lines as they name.
    pub fn scripted(calls: Vec<ScriptedCall>) -> Self {
        let lines = calls.iter().map(|call| call.line + 1).max().unwrap_or(1);
        let calls = Calls::Scripted(calls);
        let options = Options {
            calls,
            ..Options::default()
        };
        Self::new(lines, 0, &options)
    }

    /// The calls that begin before `until`, without making a sample: what [`Exchange::truth`] will
    /// tell.
    pub fn plan(lines: usize, seed: u64, options: &Options, until: SampleTime) -> Vec<PlacedCall> {
        let mut exchange = Self::new(lines, seed, options);
        for line in &mut exchange.lines {
            while let Some(call) = line.plan_next() {
                line.forget(u64::MAX);
                if call.start >= until {
                    break;
                }
                exchange.truth.push(call);
            }
        }
        exchange.truth.sort_by_key(|call| (call.start, call.line));
        exchange.truth
    }

    /// Channels of one frame: one a line, two where a line has a sense channel.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The first channel of `line`, if there is such a line; a sense channel follows it.
    pub fn channel_of(&self, line: usize) -> Option<usize> {
        self.lines.get(line).map(Line::first_channel)
    }

    /// Samples made so far.
    pub fn now(&self) -> SampleTime {
        SampleTime(self.now)
    }

    /// Every call placed so far, in the order of laying out; the last of each line may lie ahead.
    /// Empty if [`Options::keep_truth`] is off.
    pub fn truth(&self) -> &[PlacedCall] {
        &self.truth
    }

    /// Makes the next frames; what does not fill a whole frame is left as it is.
    pub fn fill(&mut self, frames: &mut [i16]) {
        let channels = self.channels;
        if channels == 0 {
            return;
        }
        for chunk in frames.chunks_mut(Self::CHUNK * channels) {
            let length = chunk.len() / channels;
            for line in &mut self.lines {
                while line.needs_call(self.now) {
                    match line.plan_next() {
                        Some(call) if self.keep_truth => self.truth.push(call),
                        Some(_) => {}
                        None => break,
                    }
                }
                line.render(self.now, length, chunk, channels);
            }
            self.now += length as u64;
        }
    }
}

#[cfg(test)]
mod tests;
