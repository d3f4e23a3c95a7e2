//! DTMF on every channel of a card (ITU-T Q.23, Q.24; ETSI ES 201 235-3).
//!
//! Input: interleaved 16-bit frames at 8 kHz, blocks of any length; the result does not depend on
//! how the input is cut. Output: [`Signal::Dtmf`] when a digit has ended, or after 2 s while it is
//! still held; start and end are good to ±10 ms at the yardstick's noise limits. Lost samples make
//! no digit and double none. `new` allocates, nothing else does; nothing blocks and nothing fails.
//!
//! Every 5 ms a 20 ms window of all channels is measured by the vector bank, at the eight tones
//! and at the places where a digit has nothing. A branch-free gate picks the channels with a
//! plausible pair; only those are judged, side by side ([`reading`]), and timed one by one
//! ([`lane`]). The tolerances stand in [`limits`].

mod evidence;
mod gate;
mod lane;
mod limits;
mod reading;
mod response;
mod tones;

pub use lane::Context;
pub use limits::{HIGH_HZ, LOW_HZ};

use super::bank::{Arithmetic, Bank, LANES, Plan, Spectrum};
use super::tile::Tiles;
use crate::words::{SampleTime, Signal};

use gate::Gate;
use lane::Lane;
use limits::{HOP, WINDOW};
use reading::{Batch, Reading};

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
    batch: Batch,
    lanes: Vec<Lane>,
    /// Channels with a pair of tones under observation, beside those whose gate is open.
    active: Vec<bool>,
}

impl DtmfBank {
    /// Receivers for `channels` interleaved channels, all in [`Context::Dialling`].
    pub fn new(channels: usize) -> Self {
        Self::with_arithmetic(channels, Arithmetic::Best)
    }

    /// The same, computing as told. What it tells is the same, to the last bit.
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
                batch: Batch::new(arithmetic),
                lanes: vec![Lane::default(); channels],
                active: vec![false; channels],
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

    /// Before [`DtmfBank::gap`] and [`DtmfBank::finish`] of a bank that hears: the tiles it last heard.
    pub(crate) fn recall(&mut self, tiles: &Tiles) {
        self.bank.recall(tiles);
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
            let channels = group * LANES..self.active.len().min((group + 1) * LANES);
            let open = self.gate.count(group);
            if open == 0 && !self.active[channels.clone()].contains(&true) {
                continue;
            }
            if self.batch.len() + open > LANES {
                self.judge(spectrum, out);
            }
            for channel in channels {
                let added = self.gate.pair(channel).is_some_and(|pair| {
                    let limit = self.lanes[channel].limits().residue;
                    self.batch.add(spectrum, channel, pair, limit)
                });
                if !added && self.active[channel] {
                    self.follow(spectrum, channel, None, out);
                }
            }
        }
        self.judge(spectrum, out);
    }

    /// Judges the channels gathered so far, and shows them their windows.
    fn judge(&mut self, spectrum: &Spectrum<'_>, out: &mut dyn FnMut(usize, Signal)) {
        if self.batch.len() == 0 {
            return;
        }
        self.batch.judge(spectrum);
        for lane in 0..self.batch.len() {
            let channel = self.batch.channel(lane);
            let reading = self.batch.reading(lane);
            if reading.is_some() || self.active[channel] {
                self.follow(spectrum, channel, reading.as_ref(), out);
            }
        }
        self.batch.clear();
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
        let past = |hops, tone| self.gate.power(channel, hops, tone);
        let lane = &mut self.lanes[channel];
        lane.hop(middle, &past, reading, &mut |signal| out(channel, signal));
        self.active[channel] = lane.is_active();
    }
}
