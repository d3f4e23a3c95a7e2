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
//!   [`FLASH_MAX`]; then it is told, back-dated. A click that ends a tone may be the tone's own
//!   end, so the tone's next burst is waited for. Without any click: a room that is heard no more,
//!   a ring, a new dial tone, or a minute without a sound.
//! * Two clicks in that time are a flash, or the break of a dialled pulse.
//!
//! Takes frames of 10 ms and what the other detectors heard; tells [`Signal::Hook`],
//! [`Signal::Pulse`] and rings. Allocates nothing after `new`.

mod evidence;
mod floors;
mod idle;
mod parting;
mod used;

use std::collections::VecDeque;

use self::evidence::Evidence;
use self::floors::Floors;
use self::idle::OnHook;
use self::parting::Parting;
use self::used::OffHook;
use super::Sound;
use super::click::{Click, ClickDetector};
use super::residue::ResidueRing;
use crate::signal::level::{FRAME, Frame};
use crate::signal::pulse::PulseTrain;
use crate::signal::tones::LiveBurst;
use crate::words::{Dbm0, HookState, SampleTime, Signal, ms};

/// Longest open loop that is a hook flash.
const FLASH_MAX: u64 = ms(800);
/// Nothing heard for so long after an off-hook that was told early: it was none.
const PROOF: u64 = ms(6_000);
/// Clicks are judged so long after them: by then it is known whether a tone began there.
const CLICK_WAITS: u64 = ms(90);
/// The same in frames.
const CLICK_FRAMES: usize = CLICK_WAITS as usize / FRAME;
/// Clicks that wait to be judged.
const CLICKS: usize = 8;
/// How the sizes of two hook steps of one line may differ, as a factor.
const ALIKE: std::ops::Range<f32> = 0.7..1.45;

/// See the module's description.
#[derive(Clone, Debug)]
pub struct AudioHook {
    /// End of the last frame.
    now: SampleTime,
    detector: ClickDetector,
    /// Still band powers of the frames since the last click judged, so that levels are weighed against
    /// clicks of the same time.
    bands: VecDeque<f32>,
    /// Clicks not judged yet.
    clicks: VecDeque<Click>,
    /// The last three clicks: a ring has two of its own, dialled pulses have more.
    clicked: [SampleTime; 3],
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

#[derive(Clone, Copy, Debug)]
enum State {
    OnHook(OnHook),
    OffHook(OffHook),
    Parting(Parting),
}

type Out<'a> = &'a mut dyn FnMut(Signal);

impl AudioHook {
    /// A line whose state is not known yet: taken as idle until something shows otherwise.
    pub fn new() -> Self {
        Self {
            now: SampleTime::default(),
            detector: ClickDetector::new(),
            bands: VecDeque::with_capacity(CLICK_FRAMES + 1),
            clicks: VecDeque::with_capacity(CLICKS),
            clicked: [SampleTime::default(); 3],
            ring: ResidueRing::new(),
            floors: Floors::new(),
            train: PulseTrain::default(),
            closing: None,
            evidence: Evidence::default(),
            state: State::OnHook(OnHook::default()),
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
        self.detector.restart();
        self.clicks.clear();
        self.bands.clear();
        self.train.reset();
        self.end_burst(out);
        self.floors.cut();
        match &mut self.state {
            State::OnHook(on) => on.forget(),
            State::OffHook(off) => off.forget(),
            State::Parting(parting) => self.state = State::OffHook(parting.before()),
        }
    }

    /// Takes what was heard in a frame of [`FRAME`] samples, its measure, the tone that sounds, if
    /// any, and how strong the line's own tones are, once known.
    pub fn frame(
        &mut self,
        sound: &Sound<'_>,
        measured: &Frame,
        (burst, own): (Option<LiveBurst>, Option<Dbm0>),
        out: &mut dyn FnMut(Signal),
    ) {
        let start = self.now;
        self.now = start + FRAME as u64;
        self.evidence.own_level(own);
        self.evidence.burst(burst, self.now);
        let mut ring = None;
        self.ring
            .frame(start, sound.residue, measured.band, &mut |signal| {
                ring = Some(signal);
            });
        if let Some(signal) = ring {
            self.rings(signal, out);
        }
        let clicks = &mut self.clicks;
        self.detector
            .frame(sound.past, sound.jumps, self.now, &mut |click| {
                if clicks.len() < CLICKS {
                    clicks.push_back(click);
                }
            });
        while let Some(click) = self.clicks.front().copied()
            && self.now - click.at >= CLICK_WAITS
        {
            self.clicks.pop_front();
            self.clicked.rotate_left(1);
            self.clicked[2] = click.at;
            if !self.evidence.tone_began_at(click.at) {
                self.clicked(click, out);
            }
        }
        self.bands.push_back(measured.still);
        if self.bands.len() > CLICK_FRAMES
            && let Some(band) = self.bands.pop_front()
        {
            self.weigh(band, out);
        }
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
        if let State::Parting(parting) = self.state {
            self.part(parting, out);
        }
    }

    fn clicked(&mut self, click: Click, out: Out<'_>) {
        match self.state {
            State::OnHook(on) => self.clicked_on_hook(on, click, out),
            State::OffHook(off) => self.clicked_off_hook(off, click, out),
            State::Parting(parting) => self.clicked_again(parting, click, out),
        }
    }

    /// Every frame: what the level and the time say.
    fn weigh(&mut self, band: f32, out: Out<'_>) {
        self.evidence.level(band);
        self.prove(out);
        match self.state {
            State::OnHook(_) => {
                if !self.ring.is_ringing() && !self.evidence.is_speaking() {
                    self.floors.idle(band);
                }
            }
            State::OffHook(off) => self.weigh_off_hook(off, band, out),
            State::Parting(parting) => self.weigh_parting(parting, band, out),
        }
    }

    /// Something was heard: does it prove that the loop is closed.
    fn prove(&mut self, out: Out<'_>) {
        match self.state {
            State::OnHook(on) => self.prove_on_hook(on, out),
            State::OffHook(off) => self.prove_off_hook(off, out),
            State::Parting(_) => self.evidence.used_up(),
        }
    }

    fn rings(&mut self, signal: Signal, out: Out<'_>) {
        match (self.state, &signal) {
            (State::OnHook(_), Signal::RingOn { .. }) => {}
            (_, Signal::RingOff { .. }) if self.ringing => {}
            (State::OffHook(off), _) => {
                self.rings_off_hook(off, signal, out);
                return;
            }
            (State::Parting(parting), Signal::RingOn { start }) if *start > parting.opened_at() => {
                self.part(parting, out);
                self.rings(signal, out);
                return;
            }
            _ => return,
        }
        self.ringing = matches!(signal, Signal::RingOn { .. });
        out(signal);
    }

    /// Ends a burst under way, as when the loop closes.
    fn end_burst(&mut self, out: Out<'_>) {
        if let Some(signal) = self.ring.stop()
            && std::mem::take(&mut self.ringing)
        {
            out(signal);
        }
    }

    /// The loop closed at `at`.
    fn lift(&mut self, at: SampleTime, click: Option<Click>, proven: bool, out: Out<'_>) {
        if proven && let Some(click) = click {
            self.learn(click.size);
        }
        self.train.reset();
        self.floors.cut();
        self.state = State::OffHook(OffHook::new(at, click, proven));
        tell(HookState::Off, at, out);
        self.end_burst(out);
    }

    /// The loop opened at `at`.
    fn hang_up(&mut self, at: SampleTime, out: Out<'_>) {
        self.state = State::OnHook(OnHook::default());
        self.train.reset();
        self.floors.cut();
        self.evidence.used_up();
        tell(HookState::On, at, out);
    }

    fn flash(&mut self, opened: SampleTime, closed: SampleTime, out: Out<'_>) {
        self.floors.cut();
        if let State::OffHook(off) = &mut self.state {
            off.flashed(closed);
        }
        tell(HookState::On, opened, out);
        tell(HookState::Off, closed, out);
    }

    /// A click of this size closed the loop.
    fn learn(&mut self, closing: f32) {
        let known = self.closing.unwrap_or(closing);
        self.closing = Some(if alike(known, closing) {
            known + (closing - known) * 0.3
        } else {
            closing
        });
    }
}

impl Default for AudioHook {
    fn default() -> Self {
        Self::new()
    }
}

fn tell(state: HookState, at: SampleTime, out: Out<'_>) {
    out(Signal::Hook { at, state });
}

/// Whether two steps have the same sign and nearly the same size.
fn alike(a: f32, b: f32) -> bool {
    ALIKE.contains(&(b / a))
}
