//! What of a line's sound has leaked in from other lines, hop by hop, and which signals that
//! explains. Remembers 1.28 s; allocates nothing after `new`.

use crate::signal::level::FRAME;
use crate::words::{Dbm0, SampleTime, Signal};

/// What may be foreign matters where it is above the line's own floor by this factor.
const MATTERS: f32 = 2.0;
/// Sound is the line's own beyond this factor over what may be foreign (6 dB).
const OWN: f32 = 4.0;
/// Hops remembered.
const REMEMBERED: usize = 128;
/// Digits weaker than the line's own tones by this (dB), and than that, are another line's.
const DIGIT_BELOW: f32 = 24.0;
const WEAK_DIGIT: Dbm0 = Dbm0(-36.0);

/// See the module's description.
pub(super) struct Foreign {
    now: f32,
    /// Power of all that was heard, and of what may be foreign.
    hops: Box<[[f32; 2]; REMEMBERED]>,
    /// The start of a tone that was foreign.
    tone: Option<SampleTime>,
}

impl Foreign {
    pub(super) fn new() -> Self {
        Self {
            now: 0.0,
            hops: Box::new([[0.0; 2]; REMEMBERED]),
            tone: None,
        }
    }

    /// Takes the hop that ends at `end`: its band power, what of it may be foreign, and the floor.
    pub(super) fn hop(&mut self, end: SampleTime, band: f32, foreign: f32, floor: f32) {
        self.now = if foreign > floor * MATTERS {
            foreign
        } else {
            0.0
        };
        self.hops[place(end)] = [band, foreign];
    }

    /// After a loss nothing before it counts.
    pub(super) fn forget(&mut self) {
        self.hops.fill([0.0; 2]);
    }

    /// Power that may be foreign in this hop; 0 where it does not matter.
    pub(super) fn now(&self) -> f32 {
        self.now
    }

    /// Power from which on sound is the line's own.
    pub(super) fn own_from(&self) -> f32 {
        self.now * OWN
    }

    /// Whether all that sounded from `start` to `now` may be foreign.
    pub(super) fn fills(&self, start: SampleTime, now: SampleTime) -> bool {
        self.mean(start, now, now)
            .is_some_and(|[all, foreign]| all < foreign * OWN)
    }

    /// Whether a signal is another line's, `own` being the level of the line's own tones.
    pub(super) fn explains(&mut self, signal: &Signal, now: SampleTime, own: Option<Dbm0>) -> bool {
        match signal {
            Signal::Dtmf {
                start, end, level, ..
            } => {
                let weak = own.is_some_and(|own| level.0 < own.0 - DIGIT_BELOW);
                let pair = 2.0 * level.mean_square();
                let foreign = self.mean(*start, *end, now);
                weak && level.0 < WEAK_DIGIT.0
                    || foreign.is_some_and(|[_, foreign]| pair < foreign * OWN)
            }
            Signal::ToneOn { start, .. } => {
                let foreign = self.fills(*start, now);
                if foreign {
                    self.tone = Some(*start);
                }
                foreign
            }
            Signal::ToneOff { start, .. } => self.tone == Some(*start),
            _ => false,
        }
    }

    /// Mean power of all that sounded from `start` to `end`, and of what may be foreign; `None`
    /// of what is long past.
    fn mean(&self, start: SampleTime, end: SampleTime, now: SampleTime) -> Option<[f32; 2]> {
        let end = end.min(now);
        let most = (REMEMBERED - 1) as u64;
        let hops = ((end - start) / FRAME as u64).min(most).max(1);
        let behind = (now - end) / FRAME as u64;
        if hops + behind > most {
            return None;
        }
        let mut sums = [0.0; 2];
        for back in behind..behind + hops {
            let hop = self.hops[place(now.back(back * FRAME as u64))];
            sums = [sums[0] + hop[0], sums[1] + hop[1]];
        }
        Some(sums.map(|sum| sum / hops as f32))
    }
}

/// Where the hop that ends at `end` is remembered.
fn place(end: SampleTime) -> usize {
    (end.0 / FRAME as u64) as usize % REMEMBERED
}
