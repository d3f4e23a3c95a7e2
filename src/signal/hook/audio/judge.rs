//! Weighs clicks, evidence and floors into hook states.

use super::{AudioHook, FLASH_MAX, PROOF};
use crate::signal::hook::click::Click;
use crate::signal::pulse::{BREAK_MAX, Train};
use crate::words::{HookState, SampleTime, Signal, ms};

/// How the sizes of two hook steps of one line may differ, as a factor.
const ALIKE: std::ops::Range<f32> = 0.55..1.8;
/// A click may come so long before the evidence that it closed the loop.
const CLICK_BEFORE: u64 = ms(6_000);
/// A dial tone comes so long after off-hook where there was no click.
const DIAL_DELAY: u64 = ms(350);
/// Ringing so long after an off-hook shows that there was none.
const RING_AFTER: u64 = ms(250);
/// Clicks and their tails are kept out of what is measured after them.
const TAIL: u64 = ms(30);
/// Frames of sound that show that the loop was not opened.
const SOUND: u32 = 4;
/// Without any sound at all for so long the line is idle.
const SILENCE: u64 = ms(60_000);
/// Blocks of 200 ms on the idle floor that show an on-hook without a click.
const SETTLED: u32 = 20;

#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    OnHook(OnHook),
    OffHook(OffHook),
    Parting(Parting),
}

#[derive(Clone, Copy, Default, Debug)]
pub(super) struct OnHook {
    /// The strongest click of late, of unknown kind.
    click: Option<Click>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct OffHook {
    since: SampleTime,
    click: Option<Click>,
    /// Something has shown that the loop is closed.
    proven: bool,
    /// Since when the line has rested on the idle floor, and for how many blocks.
    settled: (SampleTime, u32),
}

/// A click that may have opened the loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parting {
    before: OffHook,
    opened: Click,
    sound: u32,
    sum: f32,
    frames: u32,
}

impl State {
    pub(super) fn idle() -> Self {
        Self::OnHook(OnHook::default())
    }
}

impl AudioHook {
    /// A gap: a parting half seen is none.
    pub(super) fn forget_half_seen(&mut self) {
        match &mut self.state {
            State::OnHook(on) => on.click = None,
            State::OffHook(off) => off.settled.1 = 0,
            State::Parting(parting) => self.state = State::OffHook(parting.before),
        }
        self.floors.cut();
    }

    pub(super) fn rings(&mut self, signal: Signal, out: &mut dyn FnMut(Signal)) {
        match (&self.state, &signal) {
            (State::OffHook(off), Signal::RingOn { start })
                if !off.proven && *start > off.since + RING_AFTER =>
            {
                Self::tell(HookState::On, off.since, out);
                self.hang_up();
            }
            (State::OnHook(_), Signal::RingOn { .. }) => {}
            (_, Signal::RingOff { .. }) if self.ringing => {}
            _ => return,
        }
        self.ringing = matches!(signal, Signal::RingOn { .. });
        out(signal);
    }

    /// Ends a burst under way, as when the loop closes.
    pub(super) fn end_burst(&mut self, out: &mut dyn FnMut(Signal)) {
        if let Some(signal) = self.ring.stop()
            && std::mem::take(&mut self.ringing)
        {
            out(signal);
        }
    }

    pub(super) fn clicked(&mut self, click: Click, out: &mut dyn FnMut(Signal)) {
        match self.state {
            State::OnHook(on) => self.clicked_on_hook(on, click, out),
            State::OffHook(off) => {
                if self.opens(&off, click) {
                    self.state = State::Parting(Parting {
                        before: off,
                        opened: click,
                        sound: 0,
                        sum: 0.0,
                        frames: 0,
                    });
                }
            }
            State::Parting(parting) => self.clicked_again(parting, click, out),
        }
    }

    fn clicked_on_hook(&mut self, on: OnHook, click: Click, out: &mut dyn FnMut(Signal)) {
        if self
            .closing
            .is_some_and(|closing| alike(closing, click.size))
        {
            self.lift(click.at, Some(click), false, out);
            return;
        }
        let stronger = on.click.is_none_or(|known| {
            click.at - known.at > CLICK_BEFORE || click.size.abs() >= known.size.abs() * 0.7
        });
        if stronger && self.closing.is_none() {
            self.state = State::OnHook(OnHook { click: Some(click) });
        }
    }

    fn opens(&self, off: &OffHook, click: Click) -> bool {
        let closing = off.click.map(|click| click.size).or(self.closing);
        closing.is_none_or(|closing| alike(-closing, click.size))
    }

    fn clicked_again(&mut self, parting: Parting, click: Click, out: &mut dyn FnMut(Signal)) {
        if !alike(-parting.opened.size, click.size) {
            return;
        }
        let open = click.at - parting.opened.at;
        self.state = State::OffHook(parting.before);
        if open <= BREAK_MAX {
            self.train.push(parting.opened.at, click.at);
        } else if open <= FLASH_MAX {
            self.flash(parting.opened.at, click.at, out);
        } else {
            self.state = State::Parting(parting);
            self.finish_parting(out);
            self.clicked(click, out);
        }
    }

    fn flash(&mut self, opened: SampleTime, closed: SampleTime, out: &mut dyn FnMut(Signal)) {
        self.floors.cut();
        Self::tell(HookState::On, opened, out);
        Self::tell(HookState::Off, closed, out);
    }

    /// The loop closed at `at`.
    fn lift(
        &mut self,
        at: SampleTime,
        click: Option<Click>,
        proven: bool,
        out: &mut dyn FnMut(Signal),
    ) {
        if proven && let Some(click) = click {
            self.learn(click.size);
        }
        self.train.reset();
        self.floors.cut();
        self.state = State::OffHook(OffHook {
            since: at,
            click,
            proven,
            settled: (at, 0),
        });
        Self::tell(HookState::Off, at, out);
        self.end_burst(out);
    }

    fn learn(&mut self, closing: f32) {
        let known = self.closing.unwrap_or(closing);
        self.closing = Some(if alike(known, closing) {
            known + (closing - known) * 0.3
        } else {
            closing
        });
    }

    fn hang_up(&mut self) {
        self.state = State::idle();
        self.train.reset();
        self.floors.cut();
        self.evidence.used_up();
    }

    /// Something was heard: does it prove that the loop is closed.
    pub(super) fn prove(&mut self, out: &mut dyn FnMut(Signal)) {
        match &mut self.state {
            State::OnHook(on) => {
                let click = on.click;
                let proof = self.evidence.proof;
                let Some(start) = proof.or(self.evidence.voice_since(self.now)) else {
                    return;
                };
                let click = click
                    .filter(|click| click.at <= start + ms(40) && start - click.at < CLICK_BEFORE);
                let at = click.map_or_else(
                    || {
                        if proof.is_some() {
                            start.back(DIAL_DELAY)
                        } else {
                            start
                        }
                    },
                    |click| click.at,
                );
                self.evidence.used_up();
                self.lift(at, click, true, out);
            }
            State::OffHook(off) if !off.proven => {
                let since = off.since;
                let proven = self.evidence.proof.is_some_and(|proof| proof >= since)
                    || self.evidence.voice_from(since);
                if proven {
                    off.proven = true;
                    if let Some(click) = off.click {
                        self.learn(click.size);
                    }
                    self.evidence.used_up();
                }
            }
            State::OffHook(_) | State::Parting(_) => self.evidence.used_up(),
        }
    }

    /// Every frame: what the level and the time say.
    pub(super) fn weigh(&mut self, band: f32, out: &mut dyn FnMut(Signal)) {
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

    fn weigh_off_hook(&mut self, mut off: OffHook, band: f32, out: &mut dyn FnMut(Signal)) {
        if self.train.is_complete(self.now) {
            self.digit(out);
        }
        if let Some(mean) = self.floors.used(band) {
            let rests = self.floors.rests_idle(mean);
            if off.settled.1 == 0 {
                off.settled.0 = self.now.back(ms(200));
            }
            off.settled.1 = if rests == Some(true) {
                off.settled.1 + 1
            } else {
                0
            };
            self.state = State::OffHook(off);
        }
        let heard = self.evidence.last.unwrap_or(off.since).max(off.since);
        let silent = !self.evidence.is_speaking() && self.now - heard > SILENCE;
        if !off.proven && self.now - off.since > PROOF {
            Self::tell(HookState::On, off.since, out);
            self.hang_up();
        } else if off.settled.1 >= SETTLED || silent {
            let at = if silent { heard } else { off.settled.0 };
            Self::tell(HookState::On, at, out);
            self.hang_up();
        }
    }

    fn digit(&mut self, out: &mut dyn FnMut(Signal)) {
        match self.train.take() {
            Some(Train::Digit(at, digit)) => out(Signal::Pulse { at, digit }),
            Some(Train::Flash(opened, closed)) => self.flash(opened, closed, out),
            Some(Train::Noise) | None => {}
        }
    }

    fn weigh_parting(&mut self, mut parting: Parting, band: f32, out: &mut dyn FnMut(Signal)) {
        let since = self.now - parting.opened.at;
        if since > TAIL + ms(10) {
            let idle = self.floors.of_idle();
            parting.sound += u32::from(idle.is_some_and(|idle| band > idle * 6.0));
            parting.sum += band;
            parting.frames += 1;
        }
        self.state = State::Parting(parting);
        if parting.sound >= SOUND {
            self.state = State::OffHook(parting.before);
        } else if since > FLASH_MAX + ms(40) {
            self.finish_parting(out);
        }
    }

    /// Nothing closed the loop again: on-hook, unless the room is still heard.
    pub(super) fn finish_parting(&mut self, out: &mut dyn FnMut(Signal)) {
        let State::Parting(parting) = self.state else {
            return;
        };
        let mean = parting.sum / parting.frames.max(1) as f32;
        if self.floors.rests_idle(mean) == Some(false) {
            self.state = State::OffHook(parting.before);
            return;
        }
        self.digit(out);
        self.learn(-parting.opened.size);
        Self::tell(HookState::On, parting.opened.at, out);
        self.hang_up();
    }
}

/// Whether two steps have the same sign and nearly the same size.
fn alike(a: f32, b: f32) -> bool {
    ALIKE.contains(&(b / a))
}
