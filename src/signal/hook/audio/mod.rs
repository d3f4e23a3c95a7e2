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
use super::click::{Click, ClickDetector, Heard};
use super::jumps::Sought;
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
/// Sound is the line's own beyond this factor over what may be foreign (5 dB).
const FOREIGN: f32 = 3.0;
/// Hum from here on is taken off the samples before clicks are looked for.
const HUM: Dbm0 = Dbm0(-55.0);
/// It is measured while nothing else is louder than this, and believed slowly (2 s).
const HUM_QUIET: Dbm0 = Dbm0(-50.0);
const HUM_RISES: f32 = 1.02;
const HUM_FALLS: f32 = 0.3;
/// A click less like the line's known step than this is none.
const UNLIKE: f32 = 0.7;
/// And one so like it is one for certain.
const CERTAIN: f32 = 0.95;
/// How the sizes of two hook steps of one line may differ, as a factor.
const ALIKE: std::ops::Range<f32> = 0.7..1.45;

/// See the module's description.
#[derive(Clone, Debug)]
pub struct AudioHook {
    /// End of the last frame.
    now: SampleTime,
    detector: ClickDetector,
    /// Still and foreign band powers of the frames since the last click judged, so that levels are
    /// weighed against clicks of the same time.
    bands: [(f32, f32); CLICK_FRAMES],
    /// Frames since the start or a loss: the newest lies at their number less one, modulo the room.
    frames: usize,
    /// Clicks not judged yet.
    clicks: VecDeque<Click>,
    /// The last three clicks: a ring has two of its own, dialled pulses have more.
    clicked: [SampleTime; 3],
    ring: ResidueRing,
    floors: Floors,
    train: PulseTrain,
    /// The click of a closing loop, with its sign, once known.
    closing: Option<f32>,
    /// Another step has shown that it is right.
    confirmed: bool,
    evidence: Evidence,
    /// Power of the mains hum.
    hum: f32,
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

/// What is known of a frame beside its samples and measure.
#[derive(Clone, Copy, Default, Debug)]
pub struct Around {
    /// The tone that sounds, if any.
    pub burst: Option<LiveBurst>,
    /// How strong the line's own tones are, once known.
    pub own: Option<Dbm0>,
    /// Band power that may have leaked in from other lines; 0 where it does not matter.
    pub foreign: f32,
}

type Out<'a> = &'a mut dyn FnMut(Signal);

impl AudioHook {
    /// A line whose state is not known yet: taken as idle until something shows otherwise.
    pub fn new() -> Self {
        Self {
            now: SampleTime::default(),
            detector: ClickDetector::new(),
            bands: [(0.0, 0.0); CLICK_FRAMES],
            frames: 0,
            clicks: VecDeque::with_capacity(CLICKS),
            clicked: [SampleTime::default(); 3],
            ring: ResidueRing::new(),
            floors: Floors::new(),
            train: PulseTrain::default(),
            closing: None,
            confirmed: false,
            evidence: Evidence::default(),
            hum: 0.0,
            state: State::OnHook(OnHook::default()),
            ringing: false,
        }
    }

    /// Whether the line is judged idle, so that caller identification may come.
    pub fn is_on_hook(&self) -> bool {
        matches!(self.state, State::OnHook(_))
    }

    /// What clicks are looked for in the next frame; `toned`: a tone of the exchange sounds.
    pub fn sought(&self, toned: bool) -> Option<Sought<'_>> {
        self.detector.sought(toned)
    }

    /// `samples` are missing: what was half seen is forgotten, what is known stays.
    pub fn gap(&mut self, samples: u64, out: &mut dyn FnMut(Signal)) {
        self.now = self.now + samples;
        self.detector.restart(self.now);
        self.clicks.clear();
        self.frames = 0;
        self.train.reset();
        self.end_burst(out);
        self.floors.cut();
        match &mut self.state {
            State::OnHook(on) => on.forget(),
            State::OffHook(off) => off.forget(),
            State::Parting(parting) => self.state = State::OffHook(parting.before()),
        }
    }

    /// Takes what was heard in a frame of [`FRAME`] samples, its measure, and what else is known of
    /// it.
    pub fn frame(
        &mut self,
        sound: &Sound<'_>,
        measured: &Frame,
        around: Around,
        out: &mut dyn FnMut(Signal),
    ) {
        let start = self.now;
        self.now = start + FRAME as u64;
        self.evidence.own_level(around.own);
        self.evidence.burst(around.burst, self.now);
        self.hum(measured);
        let mut ring = None;
        self.ring
            .frame(start, sound.residue, measured.band, &mut |signal| {
                ring = Some(signal);
            });
        if let Some(signal) = ring {
            self.rings(signal, out);
        }
        let clicks = &mut self.clicks;
        let heard = Heard {
            past: sound.past,
            jumps: sound.jumps,
            power: measured.power,
            toned: sound.toned,
        };
        self.detector.frame(heard, &mut |click| {
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
        let place = &mut self.bands[self.frames % CLICK_FRAMES];
        let (band, foreign) = std::mem::replace(place, (measured.still, around.foreign));
        self.frames += 1;
        if self.frames > CLICK_FRAMES {
            self.weigh(band, foreign, out);
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
    fn weigh(&mut self, band: f32, foreign: f32, out: Out<'_>) {
        let own = if band > foreign * FOREIGN { band } else { 0.0 };
        self.evidence.level(own);
        self.prove(out);
        match self.state {
            State::OnHook(_) => {
                let quiet = foreign == 0.0 && !self.evidence.is_speaking();
                if quiet && !self.ring.is_ringing() {
                    self.floors.idle(band);
                }
            }
            State::OffHook(off) => self.weigh_off_hook(off, band, foreign, out),
            State::Parting(parting) => self.weigh_parting(parting, band, foreign, out),
        }
    }

    /// Follows how loud the mains are at the least: what hums now and then is speech.
    fn hum(&mut self, measured: &Frame) {
        if measured.still < HUM_QUIET.mean_square() {
            let most = self.hum * HUM_RISES + 1.0;
            self.hum = if measured.hum < self.hum {
                self.hum + (measured.hum - self.hum) * HUM_FALLS
            } else {
                measured.hum.min(most)
            };
            self.detector.hums(self.hum > HUM.mean_square());
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
            self.learn(click, true);
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

    /// This click closed the loop, or opened it.
    fn learn(&mut self, click: Click, closed: bool) {
        self.detector.learn(click.at, closed);
        let closing = if closed { click.size } else { -click.size };
        let known = self.closing.unwrap_or(closing);
        self.confirmed = self.closing.is_some() && alike(known, closing);
        self.closing = Some(if self.confirmed {
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

/// Whether a click may be a hook step, by its shape.
fn may_be_step(click: &Click) -> bool {
    click.likeness.is_none_or(|likeness| likeness >= UNLIKE)
}

/// Whether a click is a hook step for certain, by its shape.
fn is_certain(click: &Click) -> bool {
    click.likeness.is_some_and(|likeness| likeness >= CERTAIN)
}

/// Whether two steps have the same sign and nearly the same size.
fn alike(a: f32, b: f32) -> bool {
    ALIKE.contains(&(b / a))
}
