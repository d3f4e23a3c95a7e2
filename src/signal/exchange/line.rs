//! One line: its calls in order, its voltage and sound, and the tap that hears them.

use std::collections::VecDeque;

use super::cue::{Cue, add_loop};
use super::loops::{LOOPS, Loop};
use super::plan::{lay_out, samples};
use super::random::Random;
use super::setup::{Setup, Tap};
use super::{Calls, Exchange, Options, Parties, PlacedCall, ScriptedCall, Traffic};
use crate::signal::pcm::round_i16;
use crate::words::{DBM0_SINE_PEAK, Dbm0};

/// Samples per volt of sound on the wire: 0 dBm0 is 0.775 V rms.
const VOLT: f32 = DBM0_SINE_PEAK / (0.775 * std::f32::consts::SQRT_2);
/// What is left of the ring on an audio tap.
const RING_RESIDUE: Dbm0 = Dbm0(-40.0);
/// The faint click with which a ring burst starts and stops on an audio tap (samples).
const RING_CLICK: f32 = 1_200.0;
/// How a step of the voltage arrives, sample by sample: cable and converter end the band at 4 kHz.
const EDGE: [f32; 4] = [0.36, 0.41, 0.19, 0.04];
/// Shortest time between two calls of a line (s).
const LEAST_GAP_S: f64 = 0.5;
/// Shortest time between the last ring of a call nobody took and the next call (s).
const RING_APART_S: f64 = 6.5;

/// Where a line's calls come from.
enum Feed {
    Office(Traffic),
    Script(VecDeque<ScriptedCall>),
    Talk(f64),
}

pub(super) struct Line {
    number: usize,
    first_channel: usize,
    setup: Setup,
    tap: Tap,
    parties: Parties,
    feed: Feed,
    random: Random,
    /// End of the last call laid out.
    free: u64,
    /// Whether it was an unanswered incoming one.
    rang_out: bool,
    cues: VecDeque<Cue>,
    steps: VecDeque<(u64, f32)>,
    rings: VecDeque<(u64, u64)>,
    volts: f32,
    noise_from: u64,
    noise_gain: f32,
    hum_gain: f32,
    transformer: HighPass,
    late_edges: [f32; 3],
    sensed: f32,
}

impl Line {
    pub(super) fn new(number: usize, first_channel: usize, seed: u64, options: &Options) -> Self {
        let mut random = Random::new(seed, number as u64);
        let setup = Setup::draw(&mut random);
        let tap = match options.taps.len() {
            0 => Tap::Audio,
            count => options.taps[number % count],
        };
        let feed = match &options.calls {
            Calls::Office(traffic) => Feed::Office(*traffic),
            Calls::AlwaysTalking { talk_s } => Feed::Talk(*talk_s),
            Calls::Scripted(calls) => {
                let own = calls.iter().filter(|call| call.line == number);
                let mut own: Vec<_> = own.cloned().collect();
                own.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
                Feed::Script(own.into())
            }
        };
        Self {
            number,
            first_channel,
            tap,
            parties: options.parties,
            feed,
            free: 0,
            rang_out: false,
            cues: VecDeque::new(),
            steps: VecDeque::new(),
            rings: VecDeque::new(),
            volts: setup.on_hook_v,
            noise_from: random.below(65_537) as u64,
            noise_gain: Dbm0(setup.noise_dbm0).mean_square().sqrt(),
            hum_gain: Dbm0(setup.hum_dbm0).mean_square().sqrt(),
            transformer: HighPass::settled(setup.on_hook_v * setup.click_per_volt),
            late_edges: [setup.on_hook_v * setup.click_per_volt; 3],
            sensed: setup.on_hook_v,
            setup,
            random,
        }
    }

    pub(super) fn first_channel(&self) -> usize {
        self.first_channel
    }

    pub(super) fn channels(&self) -> usize {
        match self.tap {
            Tap::Audio | Tap::Dc { .. } => 1,
            Tap::Sense { .. } => 2,
        }
    }

    /// Whether the last call laid out is over at `now`.
    pub(super) fn needs_call(&self, now: u64) -> bool {
        self.free <= now
    }

    /// Lays out the next call; `None` when a script is at its end.
    pub(super) fn plan_next(&mut self) -> Option<PlacedCall> {
        let (call, start) = self.next_call()?;
        let dice = Random::new(self.random.next(), self.number as u64);
        let plan = lay_out(&call, start, &self.setup, self.parties, dice);
        self.cues.extend(plan.cues);
        self.steps.extend(plan.steps);
        self.rings.extend(plan.rings);
        self.free = plan.call.end.0;
        self.rang_out = plan.call.off_hook.is_none();
        Some(plan.call)
    }

    fn next_call(&mut self) -> Option<(ScriptedCall, u64)> {
        let least = self.free + samples(LEAST_GAP_S);
        match &mut self.feed {
            Feed::Script(calls) => {
                let call = calls.pop_front()?;
                let start = samples(call.start_s);
                Some((
                    call,
                    if self.free == 0 {
                        start.max(1)
                    } else {
                        start.max(least)
                    },
                ))
            }
            Feed::Office(traffic) => {
                let gap = traffic.gap(&mut self.random);
                // A ring within the pause of the one before would be the same call to any tap.
                let gap = if self.rang_out {
                    gap.max(RING_APART_S)
                } else {
                    gap
                };
                let call = traffic.draw(self.number, &mut self.random);
                Some((call, self.free + samples(gap)))
            }
            Feed::Talk(talk_s) => {
                let first = self.free == 0;
                let gap = if first {
                    self.random.between(0.5, 2.0)
                } else {
                    1.0
                };
                let mut call = ScriptedCall::incoming(self.number, 0.0, "");
                call.ringing_s = 1.2;
                // The first calls differ in length, so that lines do not hang up all at once.
                call.talk_s = if first {
                    *talk_s * self.random.between(0.1, 1.0)
                } else {
                    *talk_s
                };
                Some((call, self.free + samples(gap)))
            }
        }
    }

    /// Writes `length` frames from `now` on into the line's channels of `frames`.
    pub(super) fn render(&mut self, now: u64, length: usize, frames: &mut [i16], stride: usize) {
        let mut audio = [0.0f32; Exchange::CHUNK];
        let mut volts = [0.0f32; Exchange::CHUNK];
        let (audio, volts) = (&mut audio[..length], &mut volts[..length]);
        self.sound(now, audio);
        self.voltage(now, volts);
        let own = &mut frames[self.first_channel..];
        match self.tap {
            Tap::Audio => self.hear(now, audio, volts, own, stride),
            Tap::Dc { full_scale_volts } => {
                self.ring(now, volts);
                let scale = 32_768.0 / full_scale_volts;
                for ((out, sound), volt) in own.iter_mut().step_by(stride).zip(&*audio).zip(&*volts)
                {
                    *out = round_i16((volt + sound / VOLT) * scale);
                }
            }
            Tap::Sense { full_scale_volts } => {
                self.hear(now, audio, volts, own, stride);
                self.ring(now, volts);
                // One pole at 150 Hz.
                let part = 1.0 - (-std::f32::consts::TAU * 150.0 / 8_000.0).exp();
                let scale = 32_768.0 / full_scale_volts;
                for (out, volt) in own[1..].iter_mut().step_by(stride).zip(&*volts) {
                    self.sensed += part * (volt - self.sensed);
                    *out = round_i16(self.sensed * scale);
                }
            }
        }
        self.forget(now + length as u64);
    }

    fn sound(&self, now: u64, audio: &mut [f32]) {
        let noise = LOOPS.get(Loop::Noise);
        add_loop(noise, self.noise_from + now, self.noise_gain, audio);
        add_loop(
            LOOPS.get(Loop::Hum),
            self.noise_from + now,
            self.hum_gain,
            audio,
        );
        let end = now + audio.len() as u64;
        for cue in self.cues.iter().take_while(|cue| cue.start < end) {
            cue.add(now, audio);
        }
    }

    fn voltage(&mut self, now: u64, volts: &mut [f32]) {
        volts.fill(self.volts);
        let end = now + volts.len() as u64;
        while let Some(&(at, level)) = self.steps.front().filter(|step| step.0 < end) {
            volts[at.saturating_sub(now) as usize..].fill(level);
            self.volts = level;
            self.steps.pop_front();
        }
    }

    /// Adds the ringing current to the voltage.
    fn ring(&self, now: u64, volts: &mut [f32]) {
        let end = now + volts.len() as u64;
        for &(start, stop) in self.rings.iter().take_while(|ring| ring.0 < end) {
            let (from, to) = (start.max(now), stop.min(end));
            if from < to {
                let volts = &mut volts[(from - now) as usize..(to - now) as usize];
                add_loop(
                    LOOPS.get(Loop::Ring),
                    from - start,
                    self.setup.ring_vrms,
                    volts,
                );
            }
        }
    }

    /// Through the transformer to 16 bits.
    fn hear(&mut self, now: u64, audio: &[f32], volts: &[f32], own: &mut [i16], stride: usize) {
        let mut residue = [0.0f32; Exchange::CHUNK];
        let mut ringing = [0.0f32; Exchange::CHUNK];
        let end = now + audio.len() as u64;
        let rings = self.rings.iter().take_while(|ring| ring.0 < end);
        for &(start, stop) in rings {
            let (from, to) = (start.max(now), stop.min(end));
            if from < to {
                let span = (from - now) as usize..(to - now) as usize;
                ringing[span.clone()].fill(RING_CLICK);
                let gain = RING_RESIDUE.mean_square().sqrt();
                add_loop(
                    LOOPS.get(Loop::Ring),
                    from - start,
                    gain,
                    &mut residue[span],
                );
            }
        }
        let click = self.setup.click_per_volt;
        for (n, out) in own.iter_mut().step_by(stride).take(audio.len()).enumerate() {
            let edge = click * volts[n] + ringing[n];
            let late = &mut self.late_edges;
            let [a, b, c, d] = EDGE;
            let input = audio[n] + a * edge + b * late[0] + c * late[1] + d * late[2];
            *late = [edge, late[0], late[1]];
            *out = round_i16(self.transformer.pass(input) + residue[n]);
        }
    }

    /// Drops what is over.
    pub(super) fn forget(&mut self, now: u64) {
        while self.cues.front().is_some_and(|cue| cue.end <= now) {
            self.cues.pop_front();
        }
        while self.rings.front().is_some_and(|ring| ring.1 <= now) {
            self.rings.pop_front();
        }
    }
}

/// Second-order Butterworth high-pass, 300 Hz at 8 kHz.
struct HighPass {
    b: [f32; 3],
    a: [f32; 2],
    state: [f32; 2],
}

impl HighPass {
    /// As if `steady` had stood at its input for ever.
    fn settled(steady: f32) -> Self {
        let k = (std::f64::consts::PI * 300.0 / 8_000.0).tan();
        let norm = 1.0 / (1.0 + std::f64::consts::SQRT_2 * k + k * k);
        let b0 = norm as f32;
        let b = [b0, -2.0 * b0, b0];
        let a = [
            (2.0 * (k * k - 1.0) * norm) as f32,
            ((1.0 - std::f64::consts::SQRT_2 * k + k * k) * norm) as f32,
        ];
        let state = [-b0 * steady, b0 * steady];
        Self { b, a, state }
    }

    #[inline(always)]
    fn pass(&mut self, input: f32) -> f32 {
        let out = self.b[0] * input + self.state[0];
        self.state[0] = self.b[1] * input - self.a[0] * out + self.state[1];
        self.state[1] = self.b[2] * input - self.a[1] * out;
        out
    }
}
