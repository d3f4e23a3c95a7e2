//! Call-progress, special information and fax tones on many channels at once.
//!
//! [`ToneBank`] takes interleaved frames at 8 kHz of any number at a time and tells
//! [`Signal::ToneOn`] as soon as a rhythm of its [`TonePlan`] is sure, [`Signal::ToneOff`] when it
//! is over; both name the first burst's start, `ToneOff` also the last burst's end, within 30 ms.
//! Beside that [`ToneBank::burst`] shows a single burst some 40 ms after it began.
//!
//! Nothing blocks. Memory is taken in [`ToneBank::new`]; the list of recent bursts of a channel
//! grows to eight once. The result does not depend on how the input is cut, on other channels or
//! on the vector unit. After a gap nothing of what was before counts.

mod burst;
mod cadence;
mod countries;
mod front;
mod plan;
mod window;

pub use plan::{Cadence, Pitch, TonePlan, ToneRow};

use super::hops::Hops;
use crate::words::{Dbm0, SampleTime, Signal};
use burst::{Ear, Sight, Step};
use cadence::Rhythm;
use front::{Front, HOP};
use window::Windows;

/// A pitch of the plan that sounds right now, whatever its rhythm.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LiveBurst {
    /// Nominal frequency (Hz), the lower one of a pair.
    pub nominal_hz: f32,
    /// Measured frequency (Hz).
    pub hz: f32,
    /// Where it began, ±10 ms.
    pub start: SampleTime,
    /// Level of the tone.
    pub level: Dbm0,
    /// Steady and alone on the line, as a tone of the exchange is and speech is not.
    pub clean: bool,
}

/// Listens for a plan's tones on all channels of a card. See the module's contract.
pub struct ToneBank {
    plan: TonePlan,
    channels: usize,
    front: Front,
    windows: Windows,
    ears: Vec<Ear>,
    rhythms: Vec<Rhythm>,
    /// Frames of a hop that is not yet complete.
    hops: Hops,
    /// Sample time of the end of the last whole hop.
    now: u64,
    /// What a gap ended, told with the next push.
    pending: Vec<(usize, Signal)>,
}

impl ToneBank {
    /// A bank for `channels` channels (at least 1) that listens for `plan`, at sample time 0.
    pub fn new(channels: usize, plan: &TonePlan) -> Self {
        let channels = channels.max(1);
        let front = Front::new(channels, &plan.bins);
        Self {
            plan: plan.clone(),
            channels,
            windows: Windows::new(&plan.bins, front.padded()),
            front,
            ears: vec![Ear::default(); channels],
            rhythms: vec![Rhythm::default(); channels],
            hops: Hops::new(HOP, channels),
            now: 0,
            pending: Vec::new(),
        }
    }

    /// Takes interleaved frames; `out` gets the channel and what was heard on it. Samples of an
    /// incomplete last frame are dropped.
    pub fn push(&mut self, frames: &[i16], out: &mut dyn FnMut(usize, Signal)) {
        for (channel, signal) in self.pending.drain(..) {
            out(channel, signal);
        }
        let mut hops = std::mem::take(&mut self.hops);
        hops.push(frames, |hop| self.hop(hop, out));
        self.hops = hops;
    }

    /// `samples` were lost on every channel. Tones that were on are told off with the next push.
    pub fn gap(&mut self, samples: u64) {
        let mut pending = std::mem::take(&mut self.pending);
        self.finish(&mut |channel, signal| pending.push((channel, signal)));
        self.pending = pending;
        self.now += self.hops.waiting() + samples;
        self.hops.clear();
        self.front.reset();
        self.windows.reset();
    }

    /// The input has ended: tones that are on are told off.
    pub fn finish(&mut self, out: &mut dyn FnMut(usize, Signal)) {
        for (channel, signal) in self.pending.drain(..) {
            out(channel, signal);
        }
        for (channel, (ear, rhythm)) in self.ears.iter_mut().zip(&mut self.rhythms).enumerate() {
            let mut tell = |signal| out(channel, signal);
            if let Some(burst) = ear.cut() {
                rhythm.ended(burst, &self.plan.rows, &mut tell);
            }
            rhythm.cut(&self.plan.rows, &mut tell);
        }
    }

    /// The pitch that sounds on `channel`, known some 40 ms after it began and until some 60 ms
    /// after it ended.
    pub fn burst(&self, channel: usize) -> Option<LiveBurst> {
        let burst = self.ears.get(channel)?.burst()?;
        let bin = self.plan.sounds[burst.sound].bins.0;
        Some(LiveBurst {
            nominal_hz: self.plan.bins[bin].hz,
            hz: burst.hz,
            start: SampleTime(burst.start),
            level: Dbm0::from_mean_square(burst.power / front::passed(burst.hz)),
            clean: burst.clean,
        })
    }

    /// Channels of a frame.
    pub fn channels(&self) -> usize {
        self.channels
    }

    fn hop(&mut self, frames: &[i16], out: &mut dyn FnMut(usize, Signal)) {
        self.front.hop(frames);
        self.windows.hop(&self.front);
        self.now += HOP as u64;
        for channel in 0..self.channels {
            let sight = Sight {
                front: &self.front,
                windows: &self.windows,
                sounds: &self.plan.sounds,
                channel,
                now: self.now,
            };
            let (ear, rhythm) = (&mut self.ears[channel], &mut self.rhythms[channel]);
            if ear.idle() && rhythm.idle() && !sight.worth_a_look() {
                continue;
            }
            let mut tell = |signal| out(channel, signal);
            match ear.hop(sight) {
                Step::Going(burst) => rhythm.going(&burst, &self.plan.rows, &mut tell),
                Step::Ended(burst) => rhythm.ended(burst, &self.plan.rows, &mut tell),
                Step::Nothing => {
                    let energy = sight.energy(2);
                    rhythm.silent(self.now, energy, &self.plan.rows, &mut tell);
                }
            }
        }
    }
}
