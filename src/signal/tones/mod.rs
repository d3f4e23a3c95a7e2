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

use super::bank::{Arithmetic, LANES};
use super::hops::Hops;
use super::tile::Tiles;
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
    /// What [`burst::look_for`] gave for the plan's sounds.
    gains: Vec<f32>,
    ears: Vec<Ear>,
    rhythms: Vec<Rhythm>,
    /// Channels on which something goes on.
    busy: Vec<bool>,
    /// Frames of a hop that is not yet complete.
    hops: Hops,
    /// The hops of a bank that takes frames.
    tiles: Option<Tiles>,
    /// Sample time of the end of the last whole hop.
    now: u64,
    /// What a gap ended, told with the next push.
    pending: Vec<(usize, Signal)>,
}

impl ToneBank {
    /// A bank for `channels` channels (at least 1) that listens for `plan`, at sample time 0.
    pub fn new(channels: usize, plan: &TonePlan) -> Self {
        Self::with_arithmetic(channels, plan, Arithmetic::Best)
    }

    /// The same, computing as told. What it tells is the same, to the last bit.
    pub fn with_arithmetic(channels: usize, plan: &TonePlan, arithmetic: Arithmetic) -> Self {
        let channels = channels.max(1);
        let of: Vec<usize> = (0..channels).collect();
        Self {
            tiles: Some(Tiles::new(&of, arithmetic)),
            ..Self::hearing(channels, plan, arithmetic)
        }
    }

    /// A bank that hears a card's ears.
    pub(crate) fn hearing(ears: usize, plan: &TonePlan, arithmetic: Arithmetic) -> Self {
        let front = Front::new(ears, &plan.bins, arithmetic);
        let mut windows = Windows::new(&plan.bins, front.groups());
        let gains = burst::look_for(&plan.sounds, &mut windows);
        Self {
            plan: plan.clone(),
            channels: ears,
            windows,
            gains,
            front,
            ears: vec![Ear::default(); ears],
            rhythms: vec![Rhythm::default(); ears],
            busy: vec![false; ears],
            hops: Hops::new(HOP, ears.max(1)),
            tiles: None,
            now: 0,
            pending: Vec::new(),
        }
    }

    /// Takes interleaved frames; `out` gets the channel and what was heard on it. Samples of an
    /// incomplete last frame are dropped.
    pub fn push(&mut self, frames: &[i16], out: &mut dyn FnMut(usize, Signal)) {
        self.tell_pending(out);
        let Some(mut tiles) = self.tiles.take() else {
            return;
        };
        let mut hops = std::mem::take(&mut self.hops);
        hops.push(frames, |hop| {
            tiles.take(hop, self.channels);
            self.hop(&tiles, out);
        });
        self.hops = hops;
        self.tiles = Some(tiles);
    }

    /// Takes the newest hop of a card's ears.
    pub(crate) fn hear(&mut self, tiles: &Tiles, out: &mut dyn FnMut(usize, Signal)) {
        self.tell_pending(out);
        self.hop(tiles, out);
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
        self.tell_pending(out);
        self.busy.fill(false);
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

    /// Whether a clean pitch sounds on `channel`, as [`ToneBank::burst`] knows it.
    pub(crate) fn sounds(&self, channel: usize) -> bool {
        let burst = self.ears.get(channel).and_then(Ear::burst);
        burst.is_some_and(|burst| burst.clean)
    }

    /// Channels of a frame.
    pub fn channels(&self) -> usize {
        self.channels
    }

    fn tell_pending(&mut self, out: &mut dyn FnMut(usize, Signal)) {
        for (channel, signal) in self.pending.drain(..) {
            out(channel, signal);
        }
    }

    fn hop(&mut self, tiles: &Tiles, out: &mut dyn FnMut(usize, Signal)) {
        self.front.hop(tiles);
        self.windows.hop(&self.front);
        self.now += HOP as u64;
        for group in 0..self.front.groups() {
            let worth = self.windows.worth_a_look(group);
            let first = group * LANES;
            let busy = &self.busy[first..self.channels.min(first + LANES)];
            if !busy.contains(&true) && *worth == [false; LANES] {
                continue;
            }
            for ear in first..first + busy.len() {
                let worth = self.windows.worth_a_look(group)[ear % LANES];
                if self.busy[ear] || worth {
                    self.follow(ear, worth, out);
                }
            }
        }
    }

    fn follow(&mut self, channel: usize, worth: bool, out: &mut dyn FnMut(usize, Signal)) {
        let sight = Sight {
            front: &self.front,
            windows: &self.windows,
            sounds: &self.plan.sounds,
            gains: &self.gains,
            ear: channel,
            now: self.now,
        };
        let (ear, rhythm) = (&mut self.ears[channel], &mut self.rhythms[channel]);
        let mut tell = |signal| out(channel, signal);
        match ear.hop(sight, worth) {
            Step::Going(burst) => rhythm.going(&burst, &self.plan.rows, &mut tell),
            Step::Ended(burst) => rhythm.ended(burst, &self.plan.rows, &mut tell),
            Step::Nothing => {
                let energy = sight.energy(2);
                rhythm.silent(self.now, energy, &self.plan.rows, &mut tell);
            }
        }
        self.busy[channel] = !(ear.idle() && rhythm.idle());
    }
}
