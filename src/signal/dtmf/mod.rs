//! DTMF on every channel of a card (ITU-T Q.23, Q.24; ETSI ES 201 235-3).
//!
//! Input: interleaved 16-bit frames at 8 kHz, blocks of any length; the result does not depend on
//! how the input is cut. Output: [`Signal::Dtmf`] when a digit has ended, or after 2 s while it is
//! still held; start and end are good to ±10 ms at the yardstick's noise limits. Lost samples make
//! no digit and double none. `new` allocates, nothing else does; nothing blocks and nothing fails.
//!
//! Every 5 ms a 20 ms window of all channels is measured by the vector bank, at the eight tones
//! and at the places where a digit has nothing. A branch-free gate picks the channels with a
//! plausible pair; only those are judged one by one ([`reading`]), and timed ([`lane`]). The
//! tolerances stand in [`limits`].

mod evidence;
mod gate;
mod lane;
mod limits;
mod reading;

pub use lane::Context;
pub use limits::{HIGH_HZ, LOW_HZ};

use super::bank::{Arithmetic, Bank, LANES, Plan, Spectrum};
use super::tile::Tiles;
use crate::words::{SampleTime, Signal};
use std::ops::Range;

use gate::Gate;
use lane::Lane;
use limits::{HOP, WINDOW};
use reading::{Judge, Pair, Reading};

/// So many channels of a group with a pair, and their rare bins are computed together.
const TOGETHER: usize = 5;

/// DTMF receivers for all channels of a card.
pub struct DtmfBank {
    bank: Bank,
    desk: Desk,
    /// Digits that a loss has cut off, told with the next block.
    waiting: Vec<(usize, Signal)>,
}

/// All that is not the bank, so that both can be borrowed at once.
struct Desk {
    gate: Gate,
    judge: Judge,
    lanes: Vec<Lane>,
    /// Channels with a pair of tones under observation, beside those whose gate is open.
    active: Vec<bool>,
    /// The channels of one group with a pair in this window.
    pairs: Vec<(usize, Pair)>,
}

impl DtmfBank {
    /// Receivers for `channels` interleaved channels, all in [`Context::Dialling`].
    pub fn new(channels: usize) -> Self {
        Self::with_arithmetic(channels, Arithmetic::Best)
    }

    /// The same, computing as told. The decisions are the same.
    pub fn with_arithmetic(channels: usize, arithmetic: Arithmetic) -> Self {
        let plan = Plan {
            window: WINDOW,
            hop: HOP,
            frequencies: &reading::BINS_HZ[..reading::RARE_FROM],
            rare: &reading::BINS_HZ[reading::RARE_FROM..],
        };
        Self {
            bank: Bank::new(channels, &plan, arithmetic),
            desk: Desk {
                gate: Gate::new(channels, arithmetic),
                judge: Judge::new(arithmetic),
                lanes: vec![Lane::default(); channels],
                active: vec![false; channels],
                pairs: Vec::with_capacity(LANES),
            },
            waiting: Vec::with_capacity(channels),
        }
    }

    /// How willingly digits are believed on `channel` from now on. Unknown channels are ignored.
    pub fn set_context(&mut self, channel: usize, context: Context) {
        if let Some(lane) = self.desk.lanes.get_mut(channel) {
            lane.set_context(context);
        }
    }

    /// Takes interleaved frames; `out` gets the channel and the digit.
    pub fn push(&mut self, frames: &[i16], out: &mut dyn FnMut(usize, Signal)) {
        for (channel, signal) in self.waiting.drain(..) {
            out(channel, signal);
        }
        let desk = &mut self.desk;
        self.bank
            .push(frames, &mut |spectrum| desk.hop(spectrum, out));
    }

    /// Takes the newest hop of a card's ears, which are as many as there are channels.
    pub(crate) fn hear(&mut self, tiles: &Tiles, out: &mut dyn FnMut(usize, Signal)) {
        for (channel, signal) in self.waiting.drain(..) {
            out(channel, signal);
        }
        let desk = &mut self.desk;
        self.bank
            .hear(tiles, &mut |spectrum| desk.hop(spectrum, out));
    }

    /// `samples` samples are missing. What was heard before stands by itself and is told with the
    /// next block; a digit that still sounds after the loss is not told twice.
    pub fn gap(&mut self, samples: u64) {
        let lost_at = self.bank.now();
        let next = lost_at + samples;
        let Self {
            bank,
            desk,
            waiting,
        } = self;
        bank.silence(3 * WINDOW, &mut |spectrum| {
            desk.hop(spectrum, &mut |channel, mut signal| {
                if let Signal::Dtmf { end, .. } = &mut signal {
                    *end = lost_at.min(*end);
                }
                waiting.push((channel, signal));
            });
        });
        for lane in &mut desk.lanes {
            lane.lost(lost_at, next);
        }
        desk.active.fill(false);
        desk.gate.forget();
        bank.restart(next);
    }

    /// The input has ended: tells the digits that were still sounding or just over.
    pub fn finish(&mut self, out: &mut dyn FnMut(usize, Signal)) {
        self.gap(0);
        self.push(&[], out);
    }

    /// Since when a pair of tones has sounded on `channel` of which it is not known yet whether it is
    /// a digit. Every digit told later begins there, or within the last 60 ms.
    pub fn undecided_since(&self, channel: usize) -> Option<SampleTime> {
        let start = self.desk.lanes.get(channel)?.undecided_since()?;
        Some(SampleTime(start.max(0.0) as u64))
    }

    /// Whether a digit that was told already still sounds on `channel`.
    pub fn is_held(&self, channel: usize) -> bool {
        let lane = self.desk.lanes.get(channel);
        lane.is_some_and(Lane::is_held)
    }

    /// Time of the next sample to come.
    pub fn now(&self) -> SampleTime {
        self.bank.now()
    }
}

impl Desk {
    fn hop(&mut self, spectrum: &Spectrum<'_>, out: &mut dyn FnMut(usize, Signal)) {
        self.gate.hop(spectrum);
        for group in 0..self.active.len().div_ceil(LANES) {
            let first = group * LANES;
            let active = &self.active[first..self.active.len().min(first + LANES)];
            if self.gate.is_shut(group) && !active.contains(&true) {
                continue;
            }
            let channels = first..first + active.len();
            self.pair(spectrum, channels.clone());
            let pairs = std::mem::take(&mut self.pairs);
            let together = pairs.len() >= TOGETHER;
            let together = together.then(|| spectrum.rare_group(group));
            let mut next = pairs.iter().peekable();
            for channel in channels {
                let pair = next.next_if(|(of, _)| *of == channel);
                let reading = pair.and_then(|(_, pair)| {
                    let limit = self.residue(channel);
                    if let Some(bins) = &together {
                        let lane = channel % LANES;
                        let value = |bin: usize| (bins[bin][0][lane], bins[bin][1][lane]);
                        return self.judge.read(pair, value, limit);
                    }
                    let bins = spectrum.rare(channel);
                    self.judge.read(pair, |bin| bins[bin], limit)
                });
                if reading.is_some() || self.active[channel] {
                    self.follow(spectrum, channel, reading.as_ref(), out);
                }
            }
            self.pairs = pairs;
        }
    }

    /// Finds the channels with a pair of tones in this window, by what is computed of all.
    fn pair(&mut self, spectrum: &Spectrum<'_>, channels: Range<usize>) {
        self.pairs.clear();
        for channel in channels.filter(|channel| self.gate.is_open(*channel)) {
            let limit = self.lanes[channel].limits().residue;
            let pair = self.judge.pair(spectrum, channel, limit);
            self.pairs.extend(pair.map(|pair| (channel, pair)));
        }
    }

    fn residue(&self, channel: usize) -> f32 {
        self.lanes[channel].limits().residue
    }

    /// Shows a channel its window.
    fn follow(
        &mut self,
        spectrum: &Spectrum<'_>,
        channel: usize,
        reading: Option<&Reading>,
        out: &mut dyn FnMut(usize, Signal),
    ) {
        let middle = spectrum.end().0 as f64 - lane::half_window();
        let past = |hops| self.gate.powers(channel, hops);
        let lane = &mut self.lanes[channel];
        lane.hop(middle, &past, reading, &mut |signal| out(channel, signal));
        self.active[channel] = lane.is_active();
    }
}
