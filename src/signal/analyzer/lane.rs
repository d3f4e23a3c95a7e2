//! One line's own detectors, and how they hear of one another.

use super::contact::ContactRing;
use super::coupling::Coupling;
use super::ears::Heard;
use super::foreign::Foreign;
use super::{LineSetup, Meters};
use crate::signal::caller_id::{DtmfCallerId, FskLine, Listening};
use crate::signal::dtmf::Context;
use crate::signal::fault::FaultWatch;
use crate::signal::hook::{Around, AudioHook, HookMode, Residue, Sought, VoltageHook};
use crate::signal::leak::Trace;
use crate::signal::level::{FRAME, Frame, LevelMeter};
use crate::signal::tones::LiveBurst;
use crate::signal::voice::VoiceDetector;
use crate::words::{Dbm0, HookState, SampleTime, Signal, ms};

/// A tone must sound for so long for its level to count.
const TONE_LASTS: u64 = ms(150);
/// A line's own tones are not weaker than this.
const WEAKEST_TONE: Dbm0 = Dbm0(-38.0);
/// Sound weaker than the line's own tones by this (dB) comes from other lines.
const WHISPER_BELOW: f32 = 32.0;
/// A caller identification is at least so long.
const FSK_LASTS: u64 = ms(350);

/// See the module's description.
pub(super) struct Lane {
    setup: LineSetup,
    hook: Hook,
    meters: [LevelMeter; 2],
    measured: [Frame; 2],
    /// What leaks in from other lines.
    foreign: Foreign,
    voice: VoiceDetector,
    faults: FaultWatch,
    /// The tones of this hop, if any.
    toned: bool,
    fsk: FskLine,
    digits: DtmfCallerId,
    off_hook: bool,
    /// Level of the tones that the exchange sends on this line.
    own: Option<Dbm0>,
    /// Power below which sound is a whisper beside them.
    whisper: f32,
    context: Option<Context>,
    now: SampleTime,
    volts: Option<f32>,
}

enum Hook {
    Audio(Box<AudioHook>),
    /// The voltage, and the coupling where it shares the channel with the audio.
    Dc(Box<VoltageHook>, Coupling),
    /// The voltage or a contact on another channel, and the ringing beside it.
    Sense(Box<VoltageHook>, Box<ContactRing>),
    Isdn,
}

type Out<'a> = &'a mut dyn FnMut(Signal);

impl Lane {
    pub(super) fn new(setup: &LineSetup) -> Self {
        let hook = match setup.hook {
            HookMode::Audio => Hook::Audio(Box::default()),
            HookMode::Dc(volts) => {
                Hook::Dc(Box::new(VoltageHook::new(volts)), Coupling::new(volts))
            }
            HookMode::Sense { volts, .. } => {
                Hook::Sense(Box::new(VoltageHook::new(volts)), Box::default())
            }
            HookMode::Isdn => Hook::Isdn,
        };
        Self {
            setup: *setup,
            hook,
            meters: [LevelMeter::new(), LevelMeter::new()],
            measured: [Frame::default(); 2],
            foreign: Foreign::new(),
            voice: VoiceDetector::new(),
            faults: FaultWatch::new(),
            toned: false,
            fsk: FskLine::new(),
            digits: DtmfCallerId::new(),
            off_hook: false,
            own: None,
            whisper: Dbm0::SILENCE.mean_square(),
            context: None,
            now: SampleTime::default(),
            volts: None,
        }
    }

    /// A hop is there.
    pub(super) fn begin(&mut self) {
        self.now = self.now + FRAME as u64;
    }

    /// Senses the voltage in a hop of the card's frames, and takes it off the audio where the two
    /// share a channel: what is left is at 0 dBm0 levels.
    pub(super) fn sense<'a, A: Iterator<Item = &'a mut f32>>(
        &mut self,
        hop: &[i16],
        channels: usize,
        audio: impl FnOnce() -> A,
        out: Out<'_>,
    ) {
        let (hook, channel, volts) = match (&mut self.hook, self.setup.hook) {
            (Hook::Dc(hook, _), HookMode::Dc(volts)) => (hook, self.setup.audio, volts),
            (Hook::Sense(hook, _), HookMode::Sense { channel, volts }) => (hook, channel, volts),
            _ => return,
        };
        let mut told = Vec::new();
        let scale = volts.full_scale / 32_768.0;
        let mut sum = 0.0;
        for frame in hop.chunks_exact(channels) {
            let sample = frame.get(channel).copied().map_or(0.0, f32::from);
            hook.push(sample * scale, &mut |signal| told.push(signal));
            sum += sample;
        }
        self.volts = Some(sum * scale / FRAME as f32);
        if let Hook::Dc(_, coupling) = &mut self.hook {
            for sample in audio() {
                *sample = coupling.step(*sample);
            }
        }
        for signal in told {
            self.pass(signal, out);
        }
    }

    /// Whether caller identification may come.
    fn may_be_called(&self) -> bool {
        !self.off_hook && !matches!(self.hook, Hook::Isdn)
    }

    /// How it listens for caller identification.
    pub(super) fn listening(&self) -> Listening {
        match self.may_be_called() {
            true => self.fsk.listening(),
            false => Listening::Not,
        }
    }

    /// What clicks are looked for in this hop, if any are.
    pub(super) fn sought(&self, toned: bool) -> Option<Option<Sought<'_>>> {
        match &self.hook {
            Hook::Audio(hook) => Some(hook.sought(toned)),
            _ => None,
        }
    }

    /// Takes the measure of this hop's audio in one direction.
    pub(super) fn measured(&mut self, direction: usize, frame: Frame) {
        self.meters[direction].frame(&frame);
        self.measured[direction] = frame;
    }

    /// Band power of this hop.
    pub(super) fn band(&self) -> f32 {
        self.measured[0].band
    }

    /// Takes how much of this hop may have leaked in from other lines.
    pub(super) fn leaks_in(&mut self, foreign: f32) {
        let floor = self.meters[0].floor();
        self.foreign
            .hop(self.now, self.measured[0].band, foreign, floor);
    }

    /// Ringing that only the audio shows, beside a contact.
    fn ring_beside(&mut self, residue: Residue<'_>, out: Out<'_>) {
        let Hook::Sense(_, ring) = &mut self.hook else {
            return;
        };
        let start = self.now.back(FRAME as u64);
        let sound = (residue, self.measured[0].band);
        let mut told = None;
        ring.frame(start, sound, self.off_hook, &mut |signal| {
            told = Some(signal);
        });
        if let Some(signal) = told {
            self.pass(signal, out);
        }
    }

    /// Something was heard on one of this line's ears.
    pub(super) fn heard(&mut self, signal: Signal, out: Out<'_>) {
        match &signal {
            Signal::Dtmf { start, end, .. } | Signal::ToneOff { start, end, .. } => {
                self.voice.explain(*start, *end);
            }
            _ => {}
        }
        if self.foreign.explains(&signal, self.now, self.own) {
            return;
        }
        self.judged(|hook, out| hook.heard(&signal, out), out);
        let caller = self.dialled_caller(&signal);
        self.pass(signal, out);
        if let Some(caller) = caller {
            self.pass(caller, out);
        }
    }

    /// Caller identification in digits, before the first ring. Only where the loop is sensed:
    /// elsewhere digits on an idle line show that it is not idle.
    fn dialled_caller(&mut self, signal: &Signal) -> Option<Signal> {
        let idle = matches!(self.hook, Hook::Dc(..) | Hook::Sense(..)) && !self.off_hook;
        match signal {
            Signal::Dtmf {
                digit, start, end, ..
            } if idle => self.digits.push(*digit, *start, *end),
            _ => None,
        }
    }

    /// All ears have heard this hop: what does it mean for the line.
    pub(super) fn judge(&mut self, heard: &Heard<'_>, out: Out<'_>) {
        let own = |burst: &LiveBurst| !self.foreign.fills(burst.start, self.now);
        let bursts = heard.bursts.map(|burst| burst.filter(own));
        let burst = bursts[0].or(bursts[1]);
        for burst in bursts.into_iter().flatten().filter(|burst| burst.clean) {
            self.voice.explain(burst.start, self.now);
            self.learn_own(&burst);
        }
        let around = Around {
            burst,
            own: self.own,
            foreign: self.foreign.now(),
        };
        let measured = self.measured[0];
        self.judged(
            |hook, out| hook.frame(&heard.sound, &measured, around, out),
            out,
        );
        self.ring_beside(heard.sound.residue, out);
        self.toned = bursts.iter().any(Option::is_some);
        self.identify(heard, out);
        self.listen(out);
        let speaking = self.voice.is_speaking() && !self.toned;
        self.faults
            .frame(self.now, &self.measured, speaking, self.volts, out);
        if self.setup.other.is_some() {
            self.faults.judge_directions(self.now, out);
        }
    }

    /// What a comparison with other lines needs of this hop.
    pub(super) fn trace(&self, signs: u128) -> Trace {
        Trace {
            signs,
            band: self.measured[0].band,
            floor: self.meters[0].floor(),
            speech: !self.toned,
            on_hook: !self.off_hook,
        }
    }

    /// The exchange's tones are the loudest 425 Hz; what leaks in from other lines is far weaker.
    fn learn_own(&mut self, burst: &LiveBurst) {
        let exchange = burst.nominal_hz < 460.0 && self.now - burst.start >= TONE_LASTS;
        let known = self.own.map_or(WEAKEST_TONE.0, |own| own.0);
        if exchange && burst.level.0 > known - 10.0 {
            let share = if burst.level.0 > known { 0.3 } else { 0.01 };
            let own = Dbm0(known + (burst.level.0 - known) * share);
            self.own = Some(own);
            self.whisper = Dbm0(own.0 - WHISPER_BELOW).mean_square();
        }
    }

    /// Caller identification, while the line is on-hook.
    fn identify(&mut self, heard: &Heard<'_>, out: Out<'_>) {
        if !self.may_be_called() {
            return;
        }
        let mut told = None;
        self.fsk
            .hop(heard.carrier, heard.sound.past, self.now, &mut |signal| {
                told = Some(signal);
            });
        let leaks = told.is_some() && self.foreign.fills(self.now.back(FSK_LASTS), self.now);
        if let Some(signal) = told.filter(|_| !leaks) {
            self.judged(|hook, out| hook.heard(&signal, out), out);
            self.pass(signal, out);
        }
    }

    fn listen(&mut self, out: Out<'_>) {
        let louder = usize::from(self.measured[1].band > self.measured[0].band);
        let band = self.measured[louder].band;
        // Ten decibels above the floor is sound, and so is what stands above a whisper.
        let floor = self.meters[louder]
            .floor()
            .max(self.whisper / 10.0)
            .max(self.foreign.own_from() / 10.0);
        if let Hook::Dc(hook, _) | Hook::Sense(hook, _) = &self.hook
            && hook.is_moving()
        {
            let start = self.now.back(2 * FRAME as u64);
            self.voice.explain(start, self.now);
        }
        let mut told = None;
        self.voice
            .frame(band, floor, &mut |signal| told = Some(signal));
        if let Some(signal) = told {
            self.judged(|hook, out| hook.heard(&signal, out), out);
            self.pass(signal, out);
        }
    }

    /// Lets the audio hook, if this line has one, judge; passes on what it tells.
    fn judged(&mut self, judge: impl FnOnce(&mut AudioHook, Out<'_>), out: Out<'_>) {
        let mut told = Vec::new();
        if let Hook::Audio(hook) = &mut self.hook {
            judge(hook, &mut |signal| told.push(signal));
        }
        for signal in told {
            self.pass(signal, out);
        }
    }

    /// Takes notice of a signal of this line and passes it on.
    fn pass(&mut self, signal: Signal, out: Out<'_>) {
        if let Hook::Sense(_, ring) = &mut self.hook {
            ring.heard(&signal);
        }
        match &signal {
            Signal::Hook { state, .. } => {
                self.off_hook = *state == HookState::Off;
                self.context = Some(Context::Dialling);
                self.fsk.restart();
                self.digits.restart();
            }
            Signal::RingOff { start, end } => self.voice.explain(*start, *end),
            Signal::CallerId { .. } => {
                let mut told = None;
                self.voice.explain_all(&mut |signal| told = Some(signal));
                if let Some(signal) = told {
                    self.judged(|hook, out| hook.heard(&signal, out), out);
                    out(signal);
                }
            }
            Signal::VoiceOn { .. } => self.context = Some(Context::Conversation),
            _ => {}
        }
        self.faults.heard(self.now, &signal, out);
        out(signal);
    }

    /// How digits are to be believed from now on, if that changed.
    pub(super) fn new_context(&mut self) -> Option<Context> {
        self.context.take()
    }

    pub(super) fn gap(&mut self, samples: u64, now: SampleTime, out: Out<'_>) {
        self.now = now;
        self.fsk.restart();
        self.digits.restart();
        self.foreign.forget();
        let mut told = Vec::new();
        match &mut self.hook {
            Hook::Audio(hook) => hook.gap(samples, &mut |signal| told.push(signal)),
            Hook::Dc(hook, _) | Hook::Sense(hook, _) => {
                hook.gap(samples, &mut |signal| told.push(signal));
            }
            Hook::Isdn => {}
        }
        self.voice.restart(now, &mut |signal| told.push(signal));
        for signal in told {
            self.pass(signal, out);
        }
    }

    pub(super) fn finish(&mut self, out: Out<'_>) {
        let mut told = Vec::new();
        self.voice.stop(&mut |signal| told.push(signal));
        for signal in told {
            self.pass(signal, out);
        }
        self.judged(|hook, out| hook.finish(out), out);
    }

    pub(super) fn meters(&self) -> Meters {
        let [ours, theirs] = &self.meters;
        let louder = |a: Dbm0, b: Dbm0| if a.0 >= b.0 { a } else { b };
        let two = self.setup.other.is_some();
        let floor = if two {
            ours.floor().max(theirs.floor())
        } else {
            ours.floor()
        };
        Meters {
            level: louder(
                ours.level(),
                if two { theirs.level() } else { Dbm0::SILENCE },
            ),
            peak: louder(ours.peak(), if two { theirs.peak() } else { Dbm0::SILENCE }),
            noise_floor: Dbm0::from_mean_square(floor),
            volts: self.volts,
            off_hook: self.off_hook,
        }
    }
}
