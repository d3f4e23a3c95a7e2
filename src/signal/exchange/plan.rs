//! A call laid out in time: every sound, every step of the voltage, and the truth.

mod conversation;
mod dial;

use super::cue::{Cue, Sound, step};
use super::loops::{Loop, VOICES};
use super::random::Random;
use super::setup::Setup;
use super::{CallKind, Dialling, Parties, PlacedCall, ScriptedCall, caller_id, fax};
use crate::words::{Dbm0, Digits, Direction, SampleTime};

/// `seconds` in samples.
pub(super) fn samples(seconds: f64) -> u64 {
    SampleTime::from_seconds(seconds).0
}

/// What a line does during one call. Cues and steps are in the order of their starts.
pub(super) struct Plan {
    pub(super) cues: Vec<Cue>,
    /// New voltages.
    pub(super) steps: Vec<(u64, f32)>,
    /// Ring bursts.
    pub(super) rings: Vec<(u64, u64)>,
    pub(super) call: PlacedCall,
}

/// Lays out `call`, beginning at sample `start`.
pub(super) fn lay_out(
    call: &ScriptedCall,
    start: u64,
    setup: &Setup,
    parties: Parties,
    mut random: Random,
) -> Plan {
    let near = random.below(usize::from(VOICES)) as u8;
    let far = (near + 1 + random.below(usize::from(VOICES) - 1) as u8) % VOICES;
    let mut layout = Layout {
        script: call,
        setup,
        parties,
        random,
        voices: [near, far],
        cues: Vec::new(),
        steps: Vec::new(),
        rings: Vec::new(),
        call: begun(call, start),
    };
    match call.direction {
        Direction::Incoming => layout.incoming(start),
        Direction::Outgoing | Direction::Unknown => layout.outgoing(start),
    }
    layout.cues.sort_by_key(|cue| cue.start);
    Plan {
        cues: layout.cues,
        steps: layout.steps,
        rings: layout.rings,
        call: layout.call,
    }
}

fn begun(call: &ScriptedCall, start: u64) -> PlacedCall {
    PlacedCall {
        line: call.line,
        direction: call.direction,
        kind: call.kind,
        dialled: Digits::new(),
        dialling: None,
        caller: None,
        start: SampleTime(start),
        off_hook: None,
        answered: None,
        end: SampleTime(start),
        remote_end: None,
        consultation: Digits::new(),
        conversation_dtmf: Digits::new(),
        flashes: Vec::new(),
        rings: 0,
    }
}

struct Layout<'a> {
    script: &'a ScriptedCall,
    setup: &'a Setup,
    parties: Parties,
    random: Random,
    /// Our side's voice and theirs.
    voices: [u8; 2],
    cues: Vec<Cue>,
    steps: Vec<(u64, f32)>,
    rings: Vec<(u64, u64)>,
    call: PlacedCall,
}

impl Layout<'_> {
    fn incoming(&mut self, start: u64) {
        let stop = start + samples(self.script.ringing_s.max(0.3));
        let answered = matches!(self.script.kind, CallKind::Voice | CallKind::Fax);
        let mut at = start;
        while at < stop {
            // The exchange takes 30 ms to notice the answer; an unanswered burst is finished.
            let end = at + samples(1.0);
            let end = if answered {
                end.min(stop + samples(0.03))
            } else {
                end
            };
            self.rings.push((at, end));
            self.call.end = SampleTime(end);
            at += samples(5.0);
        }
        self.call.rings = self.rings.len() as u32;
        self.send_caller_id(start + samples(1.0), stop);
        if answered {
            self.off_hook(stop);
            self.call.answered = Some(SampleTime(stop));
            self.converse(stop);
        }
    }

    /// Caller ID after the first ring, cut off if someone answers.
    fn send_caller_id(&mut self, ring_end: u64, stop: u64) {
        let Some(caller) = &self.script.caller else {
            return;
        };
        let level = Dbm0(self.setup.fsk_dbm0);
        let sound = caller_id::transmission(caller, ring_end / samples(60.0), level);
        let start = ring_end + samples(self.random.between(0.5, 0.9));
        let whole = start + sound.len() as u64;
        if whole <= stop {
            self.call.caller = Some(caller.clone());
        }
        self.cue(start, whole.min(stop).max(start), Sound::Samples(sound));
    }

    fn outgoing(&mut self, start: u64) {
        self.off_hook(start);
        let tone = start + samples(self.random.between(0.2, 0.6));
        if self.script.number.is_empty() {
            let end = tone + samples(self.script.ringing_s.max(0.5));
            self.tone(tone, end);
            return self.on_hook(end);
        }
        let first = tone + samples(self.random.between(0.8, 2.0));
        let last = self.dial_after_tone(tone, first);
        let ready = last + samples(self.random.between(1.0, 2.5));
        match self.script.kind {
            CallKind::Abandoned => self.on_hook(ready),
            CallKind::Busy => {
                self.call.remote_end = Some(SampleTime(ready));
                let end = ready + samples(self.random.between(2.0, 5.0));
                self.busy(ready, end);
                self.on_hook(end);
            }
            CallKind::Unanswered | CallKind::Voice | CallKind::Fax => {
                let stop = ready + samples(self.script.ringing_s.max(0.2));
                self.ringback(ready, stop);
                if self.script.kind == CallKind::Unanswered {
                    return self.on_hook(stop);
                }
                self.call.answered = Some(SampleTime(stop));
                self.converse(stop);
            }
        }
    }

    fn dial_after_tone(&mut self, tone: u64, first: u64) -> u64 {
        let number = self.script.number.clone();
        self.call.dialling = Some(self.script.dialling);
        let (last, deaf_ms) = match self.script.dialling {
            Dialling::Dtmf => (self.dial_dtmf(first, &number), 30),
            Dialling::Pulse => (self.dial_pulse(first, &number), 20),
        };
        self.call.dialled = match self.script.dialling {
            Dialling::Dtmf => number,
            Dialling::Pulse => {
                Digits::from_text(&number.as_str().replace(|c: char| !c.is_ascii_digit(), ""))
            }
        };
        self.tone(tone, first + deaf_ms * 8);
        last
    }

    fn off_hook(&mut self, at: u64) {
        self.steps.push((at, self.setup.off_hook_v));
        self.call.off_hook = Some(SampleTime(at));
    }

    /// Our side hangs up; the room was audible until now.
    fn on_hook(&mut self, at: u64) {
        self.steps.push((at, self.setup.on_hook_v));
        self.call.end = SampleTime(at);
        if let Some(start) = self.call.off_hook {
            let level = self.setup.room_dbm0;
            self.play(start.0, at, Loop::Noise, level);
        }
    }

    fn cue(&mut self, start: u64, end: u64, sound: Sound) {
        self.cues.push(Cue { start, end, sound });
    }

    fn sine(&mut self, start: u64, end: u64, hz: f64, level: f32) {
        let peak = Dbm0(level).sine_peak();
        self.cue(
            start,
            end,
            Sound::Sine {
                step: step(hz),
                peak,
            },
        );
    }

    /// A loop from a random place.
    fn play(&mut self, start: u64, end: u64, from: Loop, level: f32) {
        let offset = self.random.below(1 << 20) as u32;
        let gain = Dbm0(level).mean_square().sqrt();
        self.cue(start, end, Sound::Loop { from, offset, gain });
    }

    /// The exchange's 425 Hz.
    fn tone(&mut self, start: u64, end: u64) {
        self.sine(start, end, self.setup.tone_hz, self.setup.tone_dbm0);
    }

    fn cadence(&mut self, start: u64, end: u64, on_s: f64, period_s: f64) {
        let mut at = start;
        while at < end {
            self.tone(at, (at + samples(on_s)).min(end));
            at += samples(period_s);
        }
    }

    fn ringback(&mut self, start: u64, end: u64) {
        self.cadence(start, end, 1.0, 5.0);
    }

    fn busy(&mut self, start: u64, end: u64) {
        self.cadence(start, end, 0.5, 1.0);
    }
}
