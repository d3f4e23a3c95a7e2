//! Sound that belongs to another line: the same line on two channels, or crosstalk.
//!
//! Compares the signs of the samples of each hop between all lines of a card. Independent speech
//! agrees in half of them; the same signal, however weak, in nearly all, or in nearly none if one
//! tap is reversed. Judged over seconds, and only while one line speaks and no tone sounds: dial
//! tones of two lines are alike by nature. Costs nothing while nobody speaks, and never more than
//! [`SPEAKERS`] comparisons a line and hop: where more lines speak they take turns. Memory grows
//! with the square of the lines compared (at most 64).

use pulp::{Arch, Simd, WithSimd};

use super::bank::LANES;
use crate::words::{Dbm0, Fault, SampleTime, Signal};

/// Samples compared in a hop: one bit each.
const BITS: u32 = 80;
/// Speakers that the lines are compared with in one hop.
const SPEAKERS: usize = 8;
/// Louder than this a line speaks.
const SPEAKS: Dbm0 = Dbm0(-35.0);
/// Weaker than the speaker by less than this factor on average (4 dB) it is the same line.
const SAME: f32 = 0.4;
/// On a line in use, sound weaker than this share of the speaker's (7 dB) is its own.
const ALOUD: f32 = 0.2;
/// And by less than this (55 dB) it leaks audibly.
const AUDIBLE: f32 = 3.2e-6;
/// Share of one hop in the running mean (some 2 s of speech).
const SHARE: f32 = 0.01;
/// Mean agreement, -1 to 1, that shows a fault, and that shows it gone.
const AGREES: f32 = 0.7;
const DIFFERS: f32 = 0.35;

/// What the comparison needs of one line in one hop.
#[derive(Clone, Copy, Default, Debug)]
pub struct Trace {
    /// The signs of its samples.
    pub signs: u128,
    /// Its band power.
    pub band: f32,
    /// Its noise floor.
    pub floor: f32,
    /// Whether it sounds like speech, not like a tone.
    pub speech: bool,
    /// Whether its loop is open: then what is heard on it is not its own.
    pub on_hook: bool,
}

/// Compares the lines of a card.
#[derive(Clone, Debug)]
pub struct LeakWatch {
    arch: Arch,
    /// How alike what each group of lines carries is to what line `a` speaks, at
    /// `a * groups + group`.
    alike: Vec<Alike>,
    /// The leak told of each line, with its start and the line it comes from.
    told: Vec<Option<(Fault, SampleTime, usize)>>,
    /// The line whose turn it is to be the first speaker.
    turn: usize,
    /// This hop of each group of lines.
    groups: Vec<Group>,
}

/// Running means of a group of lines beside one speaker.
#[derive(Clone, Copy, Default, Debug)]
struct Alike {
    /// Agreement.
    agreement: [f32; LANES],
    /// Logarithm of the ratio of the powers.
    ratio: [f32; LANES],
}

/// One hop of a group of lines.
#[derive(Clone, Copy, Default, Debug)]
struct Group {
    /// Band power; negative where nothing is heard.
    bands: [f32; LANES],
    /// Share of a speaker's power below which sound is the line's own.
    own_below: [f32; LANES],
    logs: [f32; LANES],
    signs: [[u32; LANES]; 3],
    /// Whether a leak has been told of a line.
    told: [bool; LANES],
}

impl LeakWatch {
    /// For `lines` lines.
    pub fn new(lines: usize) -> Self {
        let groups = lines.div_ceil(LANES);
        Self {
            arch: Arch::new(),
            alike: vec![Alike::default(); lines * groups],
            told: vec![None; lines],
            turn: 0,
            groups: vec![Group::default(); groups],
        }
    }

    /// Compares one hop ending at `now`; `out` gets the line and its fault.
    pub fn hop(&mut self, now: SampleTime, traces: &[Trace], out: &mut dyn FnMut(usize, Signal)) {
        let speaks = SPEAKS.mean_square();
        let first = std::mem::take(&mut self.turn);
        let lines = (first..traces.len()).chain(0..first.min(traces.len()));
        let mut speakers = lines
            .filter(|line| traces[*line].speech && traces[*line].band >= speaks)
            .peekable();
        if speakers.peek().is_none() {
            return;
        }
        for ((group, traces), told) in (self.groups.iter_mut())
            .zip(traces.chunks(LANES))
            .zip(self.told.chunks(LANES))
        {
            group.take(traces, told);
        }
        for (count, a) in speakers.enumerate() {
            if count == SPEAKERS {
                self.turn = a;
                break;
            }
            for place in 0..self.groups.len() {
                let striking = self.compare(a, &traces[a], place);
                for lane in (0..LANES).filter(|lane| striking[*lane]) {
                    let b = place * LANES + lane;
                    self.judge(now, a, (b, &traces[b]), out);
                }
            }
        }
    }

    /// Compares a group of lines with line `a`; says where there is something to tell, or told.
    fn compare(&mut self, a: usize, from: &Trace, place: usize) -> [bool; LANES] {
        let speaker = Speaker {
            band: from.band,
            log: self.groups[a / LANES].logs[a % LANES],
            signs: parts(from.signs),
            lane: (a / LANES == place).then_some(a % LANES),
        };
        let alike = &mut self.alike[a * self.groups.len() + place];
        let group = &self.groups[place];
        self.arch.dispatch(Compare {
            speaker,
            group,
            alike,
        })
    }

    /// Tells a leak from line `a` on line `b`, or its end.
    fn judge(
        &mut self,
        now: SampleTime,
        a: usize,
        (b, to): (usize, &Trace),
        out: &mut dyn FnMut(usize, Signal),
    ) {
        let alike = &self.alike[a * self.groups.len() + b / LANES];
        let mean = alike.agreement[b % LANES].abs();
        let fault = if alike.ratio[b % LANES] > SAME.ln() {
            Fault::Duplicate
        } else {
            Fault::Crosstalk
        };
        match self.told[b] {
            Some((Fault::Crosstalk, ..)) if !to.on_hook => {}
            None if mean > AGREES && (fault == Fault::Duplicate || to.on_hook) => {
                self.told[b] = Some((fault, now, a));
                out(b, Signal::FaultOn { fault, start: now });
            }
            Some((fault, start, source)) if source == a && mean < DIFFERS => {
                self.told[b] = None;
                out(
                    b,
                    Signal::FaultOff {
                        fault,
                        start,
                        end: now,
                    },
                );
            }
            _ => {}
        }
        self.groups[b / LANES].told[b % LANES] = self.told[b].is_some();
    }
}

impl Group {
    fn take(&mut self, traces: &[Trace], told: &[Option<(Fault, SampleTime, usize)>]) {
        for (lane, (to, told)) in traces.iter().zip(told).enumerate() {
            let heard = to.band > to.floor * 2.0;
            self.bands[lane] = if heard { to.band } else { -1.0 };
            self.own_below[lane] = if to.on_hook { 0.0 } else { ALOUD };
            self.logs[lane] = to.band.max(f32::MIN_POSITIVE).ln();
            for (signs, part) in self.signs.iter_mut().zip(parts(to.signs)) {
                signs[lane] = part;
            }
            self.told[lane] = told.is_some();
        }
    }
}

/// A comparison of a speaker and a group of lines.
struct Compare<'a> {
    speaker: Speaker,
    group: &'a Group,
    alike: &'a mut Alike,
}

impl WithSimd for Compare<'_> {
    type Output = [bool; LANES];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> [bool; LANES] {
        self.speaker.compare(self.group, self.alike)
    }
}

/// A line that the others are compared with.
struct Speaker {
    band: f32,
    log: f32,
    signs: [u32; 3],
    /// Its own lane, where it is of the same group.
    lane: Option<usize>,
}

impl Speaker {
    #[inline(always)]
    fn compare(&self, to: &Group, alike: &mut Alike) -> [bool; LANES] {
        let mut heard: [bool; LANES] = std::array::from_fn(|lane| {
            let band = to.bands[lane];
            (band > self.band * AUDIBLE)
                & (band >= self.band * to.own_below[lane])
                & (band <= self.band * 1.01)
        });
        if let Some(lane) = self.lane {
            heard[lane] = false;
        }
        if heard == [false; LANES] {
            return heard;
        }
        let differ: [u32; LANES] = std::array::from_fn(|lane| {
            (self.signs[0] ^ to.signs[0][lane]).count_ones()
                + (self.signs[1] ^ to.signs[1][lane]).count_ones()
                + (self.signs[2] ^ to.signs[2][lane]).count_ones()
        });
        std::array::from_fn(|lane| {
            let share = if heard[lane] { SHARE } else { 0.0 };
            let agrees = 1.0 - 2.0 * differ[lane] as f32 / BITS as f32;
            let mean = &mut alike.agreement[lane];
            *mean += (agrees - *mean) * share;
            let striking = mean.abs() >= DIFFERS;
            let ratio = &mut alike.ratio[lane];
            *ratio += (to.logs[lane] - self.log - *ratio) * share;
            heard[lane] & (striking | to.told[lane])
        })
    }
}

/// Signs as the lanes have them: the first 16 samples, and twice 32.
fn parts(signs: u128) -> [u32; 3] {
    [(signs >> 64) as u32, (signs >> 32) as u32, signs as u32]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(hops: u64, b: impl Fn(u128) -> Trace) -> Vec<(usize, Signal)> {
        let mut told = Vec::new();
        let mut watch = LeakWatch::new(2);
        let mut signs = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835_u128;
        for n in 0..hops {
            signs = signs
                .rotate_left(7)
                .wrapping_mul(0x2545_f491_4f6c_dd1d_u128)
                | 1;
            let mask = (1 << BITS) - 1;
            let speaker = Trace {
                signs: signs & mask,
                band: Dbm0(-15.0).mean_square(),
                floor: 1.0,
                speech: true,
                on_hook: false,
            };
            let other = b(signs & mask);
            watch.hop(
                SampleTime(n * 80),
                &[speaker, other],
                &mut |line, signal| {
                    told.push((line, signal));
                },
            );
        }
        told
    }

    fn listener(signs: u128, dbm0: f32) -> Trace {
        Trace {
            signs,
            band: Dbm0(dbm0).mean_square(),
            floor: 1.0,
            speech: true,
            on_hook: true,
        }
    }

    #[test]
    fn the_same_line_twice_and_crosstalk_are_told_apart() {
        let reversed = run(400, |signs| listener(!signs & ((1 << BITS) - 1), -15.5));
        assert!(matches!(
            reversed[..],
            [(
                1,
                Signal::FaultOn {
                    fault: Fault::Duplicate,
                    ..
                }
            )]
        ));
        let leak = run(400, |signs| listener(signs, -50.0));
        assert!(matches!(
            leak[..],
            [(
                1,
                Signal::FaultOn {
                    fault: Fault::Crosstalk,
                    ..
                }
            )]
        ));
    }

    #[test]
    fn other_speech_is_no_leak() {
        let other = |signs: u128| listener(signs.reverse_bits() >> 48, -15.5);
        assert!(run(4_000, other).is_empty());
    }
}
