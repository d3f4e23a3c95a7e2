//! The hook judged from sound, on lines whose tap passes no direct current.
//!
//! What there is to go by: the click of each hook step, whose sign tells opening from closing once
//! one of them is known; tones of the exchange and digits, which only a closed loop carries;
//! speech; the noise of a room, absent on an idle line; ringing, present only on one.
//!
//! * Off-hook is a click of the known kind, or one that a tone, a digit or speech proves. It is
//!   told at once in the first case (and taken back, by an on-hook at the same instant, when
//!   nothing follows in [`PROOF`]), with the proof in the second.
//! * On-hook is a click of the other kind with nothing but the idle line after it for
//!   [`FLASH_MAX`]; then it is told, back-dated. Without any click: a room that is heard no more,
//!   a ring, or a minute without a sound.
//! * Two clicks in that time are a flash, or the break of a dialled pulse.
//!
//! Takes frames of 10 ms and what the other detectors heard; tells [`Signal::Hook`],
//! [`Signal::Pulse`] and rings. Allocates nothing after `new`.

mod evidence;
mod floors;
mod judge;

use self::evidence::Evidence;
use self::floors::Floors;
use self::judge::State;
use super::click::{Click, ClickDetector};
use super::residue::ResidueRing;
use crate::signal::level::{FRAME, Frame};
use crate::signal::pulse::PulseTrain;
use crate::signal::tones::LiveBurst;
use crate::words::{HookState, SampleTime, Signal, ms};

/// Longest open loop that is a hook flash.
const FLASH_MAX: u64 = ms(800);
/// Nothing heard for so long after an off-hook that was told early: it was none.
const PROOF: u64 = ms(6_000);

/// See the module's description.
#[derive(Clone, Debug)]
pub struct AudioHook {
    /// End of the last frame.
    now: SampleTime,
    clicks: ClickDetector,
    ring: ResidueRing,
    floors: Floors,
    train: PulseTrain,
    /// The click of a closing loop, with its sign, once known.
    closing: Option<f32>,
    evidence: Evidence,
    state: State,
    /// A ring burst has been told and not yet its end.
    ringing: bool,
}

impl AudioHook {
    /// A line whose state is not known yet: taken as idle until something shows otherwise.
    pub fn new() -> Self {
        Self {
            now: SampleTime::default(),
            clicks: ClickDetector::new(),
            ring: ResidueRing::new(),
            floors: Floors::new(),
            train: PulseTrain::default(),
            closing: None,
            evidence: Evidence::default(),
            state: State::idle(),
            ringing: false,
        }
    }

    /// Whether the line is judged idle, so that caller identification may come.
    pub fn is_on_hook(&self) -> bool {
        matches!(self.state, State::OnHook(_))
    }

    /// `samples` are missing: what was half seen is forgotten, what is known stays.
    pub fn gap(&mut self, samples: u64, out: &mut dyn FnMut(Signal)) {
        self.now = self.now + samples;
        self.clicks.restart(self.now);
        self.train.reset();
        self.end_burst(out);
        self.forget_half_seen();
    }

    /// Takes a frame of [`FRAME`] samples, its measure, and the tone that sounds, if any.
    pub fn frame(
        &mut self,
        samples: &[i16],
        measured: &Frame,
        burst: Option<LiveBurst>,
        out: &mut dyn FnMut(Signal),
    ) {
        let start = self.now;
        self.now = start + FRAME as u64;
        let mut ring = None;
        self.ring
            .frame(start, samples, measured.band, &mut |signal| {
                ring = Some(signal);
            });
        if let Some(signal) = ring {
            self.rings(signal, out);
        }
        let mut found: [Option<Click>; 4] = [None; 4];
        let mut free = found.iter_mut();
        self.clicks.frame(samples, &mut |click| {
            if let Some(place) = free.next() {
                *place = Some(click);
            }
        });
        for click in found.into_iter().flatten() {
            self.clicked(click, out);
        }
        self.evidence.burst(burst, self.now);
        self.weigh(measured.band, out);
    }

    /// Takes what another detector heard. Call it before passing the signal on: the off-hook that
    /// a digit proves comes before the digit.
    pub fn heard(&mut self, signal: &Signal, out: &mut dyn FnMut(Signal)) {
        self.evidence.heard(signal);
        self.prove(out);
    }

    /// The input ends: closes what is certain.
    pub fn finish(&mut self, out: &mut dyn FnMut(Signal)) {
        self.end_burst(out);
        self.finish_parting(out);
    }

    fn tell(state: HookState, at: SampleTime, out: &mut dyn FnMut(Signal)) {
        out(Signal::Hook { at, state });
    }
}

impl Default for AudioHook {
    fn default() -> Self {
        Self::new()
    }
}
