//! Line faults one line shows by itself, for the technician: hum, clipping, low level, one silent
//! direction, no dial tone, a drifting idle voltage. (Dead lines: `hook`; leaks between lines:
//! `leak`.)
//!
//! Fed with frames of 10 ms and the line's signals; tells [`Signal::FaultOn`] when a fault has
//! lasted long enough to be one and [`Signal::FaultOff`] when it is gone. Allocates nothing.

use crate::words::{Dbm0, Fault, HookState, SampleTime, Signal, Tone, ms};

use super::level::{Frame, LOUD};

/// Hum above this is a fault, and below [`HUM_OFF`] no longer.
const HUM_ON: Dbm0 = Dbm0(-50.0);
const HUM_OFF: Dbm0 = Dbm0(-54.0);
/// Frames over which hum is averaged (some 2 s), and must stay for.
const HUM_SHARE: f32 = 0.005;
const HUM_FRAMES: u32 = 500;
/// A frame clips with so many of its 80 samples at its peak, if that is this high.
const AT_PEAK: u16 = 9;
/// And with so many at full scale.
const AT_FULL_SCALE: u16 = 4;
const FULL_SCALE: u16 = 32_600;
/// Noise up to this is quiet.
const QUIET: Dbm0 = Dbm0(-50.0);
/// Hum has no more than this above 250 Hz; tones of whole multiples of 50 Hz have.
const HARMONICS: Dbm0 = Dbm0(-38.0);
/// Frames of speech without clipping that show it gone (a minute).
const CLEAN_FRAMES: u32 = 6_000;
/// Clipping frames that make a fault; each is forgotten after some 2 s.
const CLIP_FRAMES: f32 = 5.0;
const CLIP_FADES: f32 = 0.995;
/// Hook steps overload the input for so long.
const STEP: u64 = ms(500);
/// The loudest 300 ms of a conversation weaker than this is a fault.
const LOW_LEVEL: Dbm0 = Dbm0(-32.0);
/// Frames of speech a call must have before its level says anything (2 s).
const SPOKEN: u32 = 200;
/// Calls in a row that show the same before it is a fault.
const CALLS: u32 = 2;
/// Seizures in a row without a dial tone.
const NO_DIAL_CALLS: u32 = 20;
/// The idle voltage may move by this share from what it was first.
const DRIFT: f32 = 0.15;
/// Frames of on-hook that settle the idle voltage (10 s), and that drift must last.
const DRIFT_FRAMES: u32 = 1_000;

/// Watches one line. See the module's description.
#[derive(Clone, Debug)]
pub struct FaultWatch {
    hum: Watched,
    hum_power: f32,
    hum_frames: u32,
    clipping: Watched,
    clipped: f32,
    low: Watched,
    low_calls: u32,
    one_sided: Watched,
    one_sided_calls: u32,
    no_dial: Watched,
    no_dial_calls: u32,
    drift: Watched,
    idle_volts: Option<f32>,
    volts: f32,
    volt_frames: u32,
    unclipped: u32,
    ringing: bool,
    dead: bool,
    call: Call,
}

/// A fault that is on or off.
#[derive(Clone, Copy, Debug)]
struct Watched {
    fault: Fault,
    since: Option<SampleTime>,
}

/// What is noticed during one seizure.
#[derive(Clone, Copy, Default, Debug)]
struct Call {
    off_hook: Option<SampleTime>,
    rang: bool,
    dial: bool,
    digits: bool,
    /// Speech frames by direction, and the loudest smoothed power.
    spoken: [u32; 2],
    smooth: f32,
    loudest: f32,
}

type Out<'a> = &'a mut dyn FnMut(Signal);

impl Watched {
    fn new(fault: Fault) -> Self {
        Self { fault, since: None }
    }

    fn set(&mut self, on: bool, now: SampleTime, out: Out<'_>) {
        match (self.since, on) {
            (None, true) => {
                self.since = Some(now);
                out(Signal::FaultOn {
                    fault: self.fault,
                    start: now,
                });
            }
            (Some(start), false) => {
                self.since = None;
                out(Signal::FaultOff {
                    fault: self.fault,
                    start,
                    end: now,
                });
            }
            _ => {}
        }
    }
}

impl FaultWatch {
    /// A line in order.
    pub fn new() -> Self {
        Self {
            hum: Watched::new(Fault::Hum),
            hum_power: 0.0,
            hum_frames: 0,
            clipping: Watched::new(Fault::Clipping),
            clipped: 0.0,
            low: Watched::new(Fault::LowLevel),
            low_calls: 0,
            one_sided: Watched::new(Fault::OneSided),
            one_sided_calls: 0,
            no_dial: Watched::new(Fault::NoDialTone),
            no_dial_calls: 0,
            drift: Watched::new(Fault::DcDrift),
            idle_volts: None,
            volts: 0.0,
            volt_frames: 0,
            unclipped: 0,
            ringing: false,
            dead: false,
            call: Call::default(),
        }
    }

    /// Takes the frame of both directions (the second is silent where there is one), and the loop
    /// voltage, ending at `now`.
    pub fn frame(
        &mut self,
        now: SampleTime,
        frames: &[Frame; 2],
        speaking: bool,
        volts: Option<f32>,
        out: Out<'_>,
    ) {
        // Speech and tones repeat too; hum is what does so while nothing else sounds.
        let quiet = frames
            .iter()
            .all(|frame| frame.still < QUIET.mean_square() && frame.band < HARMONICS.mean_square());
        if quiet && !self.ringing {
            self.hums(now, frames[0].hum.max(frames[1].hum), out);
        }
        let used = self.call.off_hook.is_some_and(|since| now - since > STEP);
        let clips = |frame: &Frame| match frame.peak {
            FULL_SCALE.. => frame.at_peak >= AT_FULL_SCALE,
            LOUD.. => frame.at_peak >= AT_PEAK,
            _ => false,
        };
        if used && speaking {
            self.clips(now, frames.iter().any(clips), out);
            self.call.listen(frames);
        }
        let idle = self.call.off_hook.is_none() && !self.ringing && !self.dead;
        if let Some(volts) = volts.filter(|_| idle) {
            self.drifts(now, volts.abs(), out);
        }
    }

    fn clips(&mut self, now: SampleTime, clips: bool, out: Out<'_>) {
        self.clipped = self.clipped * CLIP_FADES + f32::from(u8::from(clips));
        self.unclipped = if clips { 0 } else { self.unclipped + 1 };
        if self.clipped >= CLIP_FRAMES {
            self.clipping.set(true, now, out);
        } else if self.unclipped >= CLEAN_FRAMES {
            self.clipping.set(false, now, out);
        }
    }

    fn hums(&mut self, now: SampleTime, hum: f32, out: Out<'_>) {
        self.hum_power += (hum - self.hum_power) * HUM_SHARE;
        let on = self.hum.since.is_some();
        let limit = if on { HUM_OFF } else { HUM_ON };
        let above = self.hum_power > limit.mean_square();
        self.hum_frames = if above == on { 0 } else { self.hum_frames + 1 };
        if self.hum_frames >= HUM_FRAMES {
            self.hum_frames = 0;
            self.hum.set(above, now, out);
        }
    }

    fn drifts(&mut self, now: SampleTime, volts: f32, out: Out<'_>) {
        self.volts += (volts - self.volts) * 0.01;
        self.volt_frames += 1;
        if self.volt_frames < DRIFT_FRAMES {
            return;
        }
        self.volt_frames = 0;
        let first = *self.idle_volts.get_or_insert(self.volts);
        self.drift
            .set((self.volts - first).abs() > first * DRIFT, now, out);
    }

    /// Takes a signal of the line.
    pub fn heard(&mut self, now: SampleTime, signal: &Signal, out: Out<'_>) {
        match signal {
            Signal::RingOn { .. } => {
                self.call.rang = true;
                self.ringing = true;
            }
            Signal::RingOff { .. } => {
                self.ringing = false;
                self.volt_frames = 0;
            }
            Signal::FaultOn { fault, .. } => self.dead |= *fault == Fault::Dead,
            Signal::FaultOff { fault, .. } => {
                self.dead &= *fault != Fault::Dead;
                self.volt_frames = 0;
            }
            Signal::Hook {
                at,
                state: HookState::Off,
            } => self.call.off_hook = Some(*at),
            Signal::Hook { .. } => {
                let call = std::mem::take(&mut self.call);
                self.judge(now, &call, out);
            }
            Signal::ToneOn {
                tone: Tone::Dial | Tone::SecondDial,
                ..
            } => self.call.dial = true,
            Signal::Dtmf { .. } | Signal::Pulse { .. } => self.call.digits = true,
            _ => {}
        }
    }

    /// A seizure is over: what it says of the line.
    fn judge(&mut self, now: SampleTime, call: &Call, out: Out<'_>) {
        let spoken = call.spoken[0].max(call.spoken[1]);
        if spoken >= SPOKEN {
            let low = call.loudest < LOW_LEVEL.mean_square();
            self.low_calls = if low { self.low_calls + 1 } else { 0 };
            self.low.set(self.low_calls >= CALLS, now, out);
            let one = call.spoken[0].min(call.spoken[1]) == 0;
            self.one_sided_calls = if one { self.one_sided_calls + 1 } else { 0 };
        }
        if call.dial {
            self.no_dial_calls = 0;
        } else if call.digits && !call.rang {
            self.no_dial_calls += 1;
        }
        self.no_dial
            .set(self.no_dial_calls >= NO_DIAL_CALLS, now, out);
    }

    /// For lines with two directions: whether one of them stays silent through calls.
    pub fn judge_directions(&mut self, now: SampleTime, out: Out<'_>) {
        let silent = self.one_sided_calls >= CALLS;
        self.one_sided.set(silent, now, out);
    }
}

impl Default for FaultWatch {
    fn default() -> Self {
        Self::new()
    }
}

impl Call {
    fn listen(&mut self, frames: &[Frame; 2]) {
        let audible = Dbm0(-50.0).mean_square();
        for (spoken, frame) in self.spoken.iter_mut().zip(frames) {
            *spoken += u32::from(frame.band > audible);
        }
        let power = frames[0].band.max(frames[1].band);
        self.smooth += (power - self.smooth) * 0.033;
        self.loudest = self.loudest.max(self.smooth);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(frames: u64, frame: impl Fn(u64) -> Frame) -> Vec<Signal> {
        let mut told = Vec::new();
        let mut watch = FaultWatch::new();
        let off = Signal::Hook {
            at: SampleTime(0),
            state: HookState::Off,
        };
        watch.heard(SampleTime(0), &off, &mut |_| ());
        for n in 0..frames {
            let both = [frame(n), Frame::default()];
            watch.frame(SampleTime(n * 80), &both, true, None, &mut |s| told.push(s));
        }
        told
    }

    #[test]
    fn hum_is_told_once_it_stays() {
        let hum = |n: u64| Frame {
            hum: if (1_000..3_000).contains(&n) {
                Dbm0(-44.0).mean_square()
            } else {
                0.0
            },
            ..Frame::default()
        };
        let told = run(6_000, hum);
        assert!(matches!(
            told[..],
            [
                Signal::FaultOn {
                    fault: Fault::Hum,
                    ..
                },
                Signal::FaultOff {
                    fault: Fault::Hum,
                    ..
                }
            ]
        ));
        assert!(run(6_000, |n| if n % 100 < 5 { hum(2_000) } else { hum(0) }).is_empty());
    }

    #[test]
    fn flat_tops_are_clipping_and_loud_speech_is_not() {
        let flat = Frame {
            peak: 32_760,
            at_peak: 20,
            ..Frame::default()
        };
        let loud = Frame {
            peak: 32_760,
            at_peak: 3,
            ..Frame::default()
        };
        assert_eq!(run(500, |n| if n % 7 == 0 { flat } else { loud }).len(), 1);
        assert!(run(500, |_| loud).is_empty());
    }

    #[test]
    fn twenty_seizures_without_a_dial_tone_are_a_fault() {
        let mut watch = FaultWatch::new();
        let mut told = Vec::new();
        let digit = Signal::Pulse {
            at: SampleTime(0),
            digit: crate::words::Digit::from_char('1').unwrap(),
        };
        for _ in 0..NO_DIAL_CALLS {
            for state in [HookState::Off, HookState::On] {
                watch.heard(SampleTime(0), &digit, &mut |_| ());
                let hook = Signal::Hook {
                    at: SampleTime(0),
                    state,
                };
                watch.heard(SampleTime(0), &hook, &mut |s| told.push(s));
            }
        }
        assert_eq!(told.len(), 1);
    }
}
