//! The detectors that listen to many channels at once: digits and tones. One ear per direction of
//! a line; lines on the D channel alone need none of their signals but get them all the same.

use super::LineSetup;
use super::lane::Lane;
use crate::signal::bank::Arithmetic;
use crate::signal::dtmf::{Context, DtmfBank};
use crate::signal::level::{FRAME, LevelBank};
use crate::signal::tones::{LiveBurst, ToneBank, TonePlan};
use crate::words::{SampleTime, Signal, Tone, ms};

/// Times of one digit or tone on both directions of a line differ by less than this.
const SAME: u64 = ms(60);

/// Noise of the last bit, in place of digital silence.
const FAINT: [i16; FRAME] = {
    let mut faint = [0; FRAME];
    let mut state = 0x2545_f491_u32;
    let mut n = 0;
    while n < FRAME {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        faint[n] = (state & 1) as i16;
        n += 1;
    }
    faint
};

/// See the module's description.
pub(super) struct Ears {
    levels: LevelBank,
    dtmf: DtmfBank,
    tones: ToneBank,
    /// The line and the direction (0 or 1) of each ear.
    of: Vec<(usize, usize)>,
    /// The ears of each line.
    at: Vec<[Option<usize>; 2]>,
    /// Interleaved audio of one hop.
    audio: Vec<i16>,
    /// What was heard in this hop.
    heard: Vec<(usize, Signal)>,
    /// Last digit and tone of each line that has two directions.
    last: Vec<Last>,
}

#[derive(Clone, Copy, Default)]
struct Last {
    digit: Option<(usize, SampleTime, SampleTime)>,
    tone: Option<(usize, Tone, SampleTime)>,
}

impl Ears {
    pub(super) fn new(lines: &[LineSetup]) -> Self {
        let mut of = Vec::new();
        let mut at = Vec::new();
        for (line, setup) in lines.iter().enumerate() {
            let mut ears = [Some(of.len()), None];
            of.push((line, 0));
            if setup.other.is_some() {
                ears[1] = Some(of.len());
                of.push((line, 1));
            }
            at.push(ears);
        }
        let plan = TonePlan::of("pl").unwrap_or_default();
        Self {
            levels: LevelBank::new(of.len(), Arithmetic::Best),
            dtmf: DtmfBank::new(of.len()),
            tones: ToneBank::new(of.len(), &plan),
            audio: vec![0; of.len() * FRAME],
            heard: Vec::new(),
            last: vec![Last::default(); lines.len()],
            of,
            at,
        }
    }

    /// Measures what each line carries in this hop.
    pub(super) fn measure(&mut self, lanes: &mut [Lane]) {
        let of = &self.of;
        let frames = self.levels.frame(|ear| {
            let (line, direction) = of[ear];
            lanes[line].audio(direction)
        });
        for ((line, direction), frame) in of.iter().zip(frames) {
            lanes[*line].measured(*direction, *frame);
        }
    }

    pub(super) fn hop(
        &mut self,
        lanes: &mut [Lane],
        out: &mut dyn FnMut(&mut [Lane], usize, Signal),
    ) {
        let ears = self.of.len();
        if ears == 0 {
            return;
        }
        for (ear, (line, direction)) in self.of.iter().enumerate() {
            let samples = lanes[*line].audio(*direction);
            // Digital silence lets filters settle into denormal numbers, which cost much time.
            let silent = samples.iter().all(|sample| *sample == samples[0]);
            let samples = if silent { &FAINT[..] } else { samples };
            for (place, sample) in self.audio[ear..].iter_mut().step_by(ears).zip(samples) {
                *place = *sample;
            }
        }
        let heard = &mut self.heard;
        self.dtmf
            .push(&self.audio, &mut |ear, signal| heard.push((ear, signal)));
        self.tones
            .push(&self.audio, &mut |ear, signal| heard.push((ear, signal)));
        self.tell(&mut |line, signal| out(lanes, line, signal));
    }

    pub(super) fn gap(&mut self, samples: u64) {
        self.dtmf.gap(samples);
        self.tones.gap(samples);
    }

    pub(super) fn finish(&mut self, out: &mut dyn FnMut(usize, Signal)) {
        let heard = &mut self.heard;
        self.dtmf
            .finish(&mut |ear, signal| heard.push((ear, signal)));
        self.tones
            .finish(&mut |ear, signal| heard.push((ear, signal)));
        self.tell(out);
    }

    /// The tones that sound now in both directions of a line.
    pub(super) fn bursts(&self, line: usize) -> [Option<LiveBurst>; 2] {
        self.at[line].map(|ear| ear.and_then(|ear| self.tones.burst(ear)))
    }

    pub(super) fn set_context(&mut self, line: usize, context: Context) {
        for ear in self.at[line].into_iter().flatten() {
            self.dtmf.set_context(ear, context);
        }
    }

    fn tell(&mut self, out: &mut dyn FnMut(usize, Signal)) {
        for (ear, signal) in self.heard.drain(..) {
            let (line, _) = self.of[ear];
            let double = self.at[line][1].is_some() && self.last[line].has(ear, &signal);
            if !double {
                out(line, signal);
            }
        }
    }
}

impl Last {
    /// Whether the other direction has told `signal` already: a hybrid leaks.
    fn has(&mut self, ear: usize, signal: &Signal) -> bool {
        match signal {
            Signal::Dtmf { start, end, .. } => {
                let double = self.digit.is_some_and(|(other, from, to)| {
                    other != ear && *start <= to && *end + SAME >= from
                });
                if !double {
                    self.digit = Some((ear, *start, *end));
                }
                double
            }
            Signal::ToneOn { tone, start } => {
                let double = self.tone.is_some_and(|(other, known, from)| {
                    other != ear && known == *tone && near(*start, from)
                });
                if !double {
                    self.tone = Some((ear, *tone, *start));
                }
                double
            }
            Signal::ToneOff { tone, start, .. } => self.tone.is_some_and(|(other, known, from)| {
                other != ear && known == *tone && near(*start, from)
            }),
            _ => false,
        }
    }
}

fn near(a: SampleTime, b: SampleTime) -> bool {
    a.0.abs_diff(b.0) < SAME
}
