//! Sound that belongs to another line: the same line on two channels, or crosstalk.
//!
//! Compares the signs of the samples of each hop between all lines of a card. Independent speech
//! agrees in half of them; the same signal, however weak, in nearly all, or in nearly none if one
//! tap is reversed. Judged over seconds, and only while one line speaks and no tone sounds: dial
//! tones of two lines are alike by nature. Costs nothing while nobody speaks, and never more than
//! [`SPEAKERS`] comparisons a line and hop: where more lines speak they take turns. Memory grows
//! with the square of a card's lines (at most 64).

use crate::words::{Dbm0, Fault, SampleTime, Signal};

/// Samples compared in a hop: one bit each.
const BITS: u32 = 80;
/// Speakers that the lines are compared with in one hop.
const SPEAKERS: usize = 32;
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
    lines: usize,
    /// Mean agreement of what line `b` carries with what line `a` speaks, at `a * lines + b`.
    agreement: Vec<f32>,
    /// Mean logarithm of the ratio of their powers.
    ratio: Vec<f32>,
    /// The leak told of each line, with its start and the line it comes from.
    told: Vec<Option<(Fault, SampleTime, usize)>>,
    /// The line whose turn it is to be the first speaker.
    turn: usize,
    /// Logarithm of each line's band power in this hop.
    logs: Vec<f32>,
}

impl LeakWatch {
    /// For `lines` lines.
    pub fn new(lines: usize) -> Self {
        Self {
            lines,
            agreement: vec![0.0; lines * lines],
            ratio: vec![0.0; lines * lines],
            told: vec![None; lines],
            turn: 0,
            logs: Vec::with_capacity(lines),
        }
    }

    /// Compares one hop ending at `now`; `out` gets the line and its fault.
    pub fn hop(&mut self, now: SampleTime, traces: &[Trace], out: &mut dyn FnMut(usize, Signal)) {
        let speaks = SPEAKS.mean_square();
        self.logs.clear();
        self.logs.extend(
            traces
                .iter()
                .map(|trace| trace.band.max(f32::MIN_POSITIVE).ln()),
        );
        let first = std::mem::take(&mut self.turn);
        let lines = (first..traces.len()).chain(0..first.min(traces.len()));
        let speakers = lines.filter(|line| traces[*line].speech && traces[*line].band >= speaks);
        for (count, a) in speakers.enumerate() {
            if count == SPEAKERS {
                self.turn = a;
                break;
            }
            let from = &traces[a];
            for (b, to) in traces.iter().enumerate() {
                let heard = to.band > to.floor * 2.0 && to.band > from.band * AUDIBLE;
                let own = !to.on_hook && to.band < from.band * ALOUD;
                if a != b && heard && !own && to.band <= from.band * 1.01 {
                    self.compare(now, (a, from), (b, to), out);
                }
            }
        }
    }

    fn compare(
        &mut self,
        now: SampleTime,
        (a, from): (usize, &Trace),
        (b, to): (usize, &Trace),
        out: &mut dyn FnMut(usize, Signal),
    ) {
        let differ = (from.signs ^ to.signs).count_ones() as f32;
        let agrees = 1.0 - 2.0 * differ / BITS as f32;
        let mean = &mut self.agreement[a * self.lines + b];
        *mean += (agrees - *mean) * SHARE;
        let mean = mean.abs();
        let ratio = &mut self.ratio[a * self.lines + b];
        *ratio += (self.logs[b] - self.logs[a] - *ratio) * SHARE;
        if mean < DIFFERS && self.told[b].is_none() {
            return;
        }
        let fault = if *ratio > SAME.ln() {
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
    }
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
