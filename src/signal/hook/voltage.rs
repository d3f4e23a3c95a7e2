//! The hook by voltage: an open loop shows the exchange's battery (24-60 V), a closed one a few
//! volts, a cut one none. Ringing, pulse dialling, hook flash, reversal and dead line with it.
//!
//! Takes samples in volts at 8 kHz, looks at means of 1 ms, allocates nothing. Off-hook is told
//! 40 ms after it (a ring crosses zero for less), on-hook 110 ms after it (pulses are shorter);
//! both name the true instant, to the millisecond.

use super::Volts;
use crate::signal::pulse::{BREAK_MAX, PulseTrain, Train};
use crate::signal::ring::RingDetector;
use crate::words::{Fault, HookState, SampleTime, Signal, ms};

/// How long the voltage must stay low before an idle loop counts as closed.
const CLOSES: u64 = ms(40);
/// Contact bounce in a loop that was closed just now.
const BOUNCE: u64 = ms(10);
/// How long the voltage must be gone before the line counts as dead.
const DIES: u64 = ms(400);
/// Sound so soon after a step of the loop is the step.
const MOVES: u64 = ms(250);
/// A reversal settles within this time.
const REVERSES: u64 = ms(60);
/// Ring swings count beyond this share of the idle voltage around it.
const RING_SWING: f32 = 0.3;
/// Voltage is looked at once per so many samples.
const STEP: u32 = 8;

/// One judgement for the line: a signal told to `out`.
type Out<'a> = &'a mut dyn FnMut(Signal);

/// See the module's description.
#[derive(Clone, Debug)]
pub struct VoltageHook {
    volts: Volts,
    now: SampleTime,
    sum: f32,
    count: u32,
    state: Loop,
    /// Since when the voltage disagrees with `state`, and the sum and count of |V| since.
    doubt: Option<Doubt>,
    /// Since when the voltage is gone.
    gone: Option<SampleTime>,
    /// When the loop last opened or closed.
    moved: SampleTime,
    dead: bool,
    train: PulseTrain,
    ring: RingDetector,
    /// Mean voltage with the loop open.
    idle: f32,
    /// Sign of the voltage with the loop closed, and since when it is the other one.
    polarity: f32,
    reversing: Option<SampleTime>,
}

#[derive(Clone, Copy, Debug)]
enum Loop {
    /// Not known yet: the input has only begun.
    Unknown,
    /// On-hook.
    Open,
    /// Off-hook.
    Closed,
    /// Open since then, and not yet for as long as it takes to be on-hook.
    Broken(SampleTime),
}

#[derive(Clone, Copy, Debug)]
struct Doubt {
    since: SampleTime,
    sum: f32,
    count: f32,
}

impl VoltageHook {
    /// A line whose state is not known yet.
    pub fn new(volts: Volts) -> Self {
        Self {
            volts,
            now: SampleTime::default(),
            sum: 0.0,
            count: 0,
            state: Loop::Unknown,
            doubt: None,
            gone: None,
            moved: SampleTime::default(),
            dead: false,
            train: PulseTrain::default(),
            ring: RingDetector::new(),
            idle: 0.0,
            polarity: 0.0,
            reversing: None,
        }
    }

    /// Takes one sample, in volts.
    pub fn push(&mut self, volts: f32, out: Out<'_>) {
        self.sum += volts;
        self.count += 1;
        if self.count == STEP {
            let mean = self.sum / STEP as f32;
            self.sum = 0.0;
            self.count = 0;
            self.step(mean, out);
            self.now = self.now + u64::from(STEP);
        }
    }

    /// `samples` are missing: what was half seen is forgotten.
    pub fn gap(&mut self, samples: u64, out: Out<'_>) {
        self.now = self.now + samples;
        self.doubt = None;
        self.gone = None;
        self.reversing = None;
        self.train.reset();
        if let Some(signal) = self.ring.stop() {
            out(signal);
        }
        if let Loop::Broken(since) = self.state {
            self.parted(since, out);
        }
    }

    /// Whether the loop opened or closed within the last quarter of a second: what is heard then
    /// is the step, not speech.
    pub fn is_moving(&self) -> bool {
        matches!(self.state, Loop::Broken(_)) || self.now - self.moved < MOVES
    }

    /// Whether the loop is open, so that caller identification may come.
    pub fn is_on_hook(&self) -> bool {
        matches!(self.state, Loop::Open | Loop::Unknown)
    }

    fn step(&mut self, volts: f32, out: Out<'_>) {
        self.life(volts, out);
        let low = volts.abs() < self.volts.off_hook_below;
        match self.state {
            Loop::Unknown => self.first_look(low, volts, out),
            Loop::Open => {
                self.listen_for_ring(volts, out);
                if self.disagrees(low, volts, CLOSES) {
                    self.close(out);
                }
            }
            Loop::Closed => {
                self.watch_polarity(volts, out);
                if self.train.is_complete(self.now) {
                    self.digit(out);
                }
                if self.disagrees(!low, volts, BOUNCE) {
                    let since = self.doubt.take().map_or(self.now, |doubt| doubt.since);
                    self.state = Loop::Broken(since);
                }
            }
            Loop::Broken(since) => {
                if self.disagrees(low, volts, BOUNCE) {
                    self.mend(since);
                } else if self.now - since > BREAK_MAX && self.doubt.is_none() {
                    self.digit(out);
                    self.parted(since, out);
                }
            }
        }
    }

    /// Whether `other` has held for `long` without a break.
    fn disagrees(&mut self, other: bool, volts: f32, long: u64) -> bool {
        if !other {
            self.doubt = None;
            return false;
        }
        let doubt = self.doubt.get_or_insert(Doubt {
            since: self.now,
            sum: 0.0,
            count: 0.0,
        });
        doubt.sum += volts.abs();
        doubt.count += 1.0;
        self.now + u64::from(STEP) - doubt.since >= long
    }

    fn first_look(&mut self, low: bool, volts: f32, out: Out<'_>) {
        if self.disagrees(low, volts, CLOSES) {
            self.close(out);
        } else if !low && self.now >= SampleTime(CLOSES) {
            self.idle = volts;
            self.state = Loop::Open;
        }
    }

    /// The loop closed where the doubt began, unless the voltage is simply gone.
    fn close(&mut self, out: Out<'_>) {
        let Some(doubt) = self.doubt else { return };
        if self.dead || doubt.sum / doubt.count < self.volts.dead_below {
            return;
        }
        self.doubt = None;
        self.moved = self.now;
        if let Some(signal) = self.ring.stop() {
            out(signal);
        }
        self.train.reset();
        self.polarity = 0.0;
        self.state = Loop::Closed;
        out(Signal::Hook {
            at: doubt.since,
            state: HookState::Off,
        });
    }

    /// A break ended: part of a digit, or a flash.
    fn mend(&mut self, opened: SampleTime) {
        let closed = self.doubt.take().map_or(self.now, |doubt| doubt.since);
        self.train.push(opened, closed);
        self.moved = self.now;
        self.state = Loop::Closed;
    }

    fn parted(&mut self, since: SampleTime, out: Out<'_>) {
        self.state = Loop::Open;
        self.moved = self.now;
        self.train.reset();
        out(Signal::Hook {
            at: since,
            state: HookState::On,
        });
    }

    fn digit(&mut self, out: Out<'_>) {
        match self.train.take() {
            Some(Train::Digit(at, digit)) => out(Signal::Pulse { at, digit }),
            Some(Train::Flash(opened, closed)) => {
                out(Signal::Hook {
                    at: opened,
                    state: HookState::On,
                });
                out(Signal::Hook {
                    at: closed,
                    state: HookState::Off,
                });
            }
            Some(Train::Noise) | None => {}
        }
    }

    fn listen_for_ring(&mut self, volts: f32, out: Out<'_>) {
        if !self.ring.is_ringing() {
            self.idle += (volts - self.idle) * 0.002;
        }
        let hysteresis = (self.idle.abs() * RING_SWING).max(self.volts.dead_below * 3.0);
        if let Some(signal) = self.ring.step(self.now, volts - self.idle, hysteresis) {
            out(signal);
        }
    }

    /// Dead: no voltage at all. Not a closed loop, which keeps some volts.
    fn life(&mut self, volts: f32, out: Out<'_>) {
        if volts.abs() >= self.volts.dead_below {
            if self.dead {
                self.revives(out);
            } else {
                self.gone = None;
            }
            return;
        }
        let since = *self.gone.get_or_insert(self.now);
        if !self.dead && self.now - since >= DIES {
            self.dead = true;
            out(Signal::FaultOn {
                fault: Fault::Dead,
                start: since,
            });
        }
    }

    fn revives(&mut self, out: Out<'_>) {
        let start = self.gone.take().unwrap_or(self.now);
        self.dead = false;
        self.doubt = None;
        out(Signal::FaultOff {
            fault: Fault::Dead,
            start,
            end: self.now,
        });
        if let Loop::Closed | Loop::Broken(_) = self.state {
            self.parted(start, out);
        }
    }

    fn watch_polarity(&mut self, volts: f32, out: Out<'_>) {
        if volts.abs() < self.volts.dead_below || volts.signum() == self.polarity {
            self.reversing = None;
            return;
        }
        let since = *self.reversing.get_or_insert(self.now);
        if self.now - since < REVERSES {
            return;
        }
        self.reversing = None;
        let first = self.polarity == 0.0;
        self.polarity = volts.signum();
        if !first {
            out(Signal::Reversal { at: since });
        }
    }
}
