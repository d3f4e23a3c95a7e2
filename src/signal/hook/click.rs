//! Clicks: what is left of a hook step behind an AC coupling.
//!
//! A transformer passes the loop's step as one jump that swings back within some milliseconds.
//! Speech, tones and digits can be predicted from the samples before; a jump cannot. The
//! prediction used has its zero at 425 Hz, so that the exchange's own tones do not hide a click.
//!
//! A click is told 26 ms after it, when it is known to stand alone; its sign tells opening from
//! closing, once one of both is known. Which blocks are worth a judgement is found for all ears at
//! once ([`super::JumpBank`]). Allocates nothing.

use super::jumps::{AFTER, BLOCK, BLOCKS, turn};
use crate::signal::level::FRAME;
use crate::signal::tile::{KEPT, Past};
use crate::words::{RATE_HZ, SampleTime};

/// The frequency whose tones stay out of the prediction's error (Hz).
pub(super) const TONE_HZ: f32 = 425.0;
/// The jump's own samples hold this share of the energy around it.
const COMPACT: f32 = 0.55;
/// What follows has at most this share of the jump's power.
const FADES: f32 = 0.004;
/// Samples of one period of the tone.
const PERIOD: usize = 19;
/// Samples of a period of the mains.
const MAINS: usize = 160;

/// One hook step as it came through the coupling.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Click {
    /// Its first sample.
    pub at: SampleTime,
    /// The swing, in sample values, with its sign.
    pub size: f32,
}

/// Finds clicks on one line.
#[derive(Clone, Debug)]
pub struct ClickDetector {
    /// Hops still to come before the history is full.
    missing: usize,
    /// Time of the last click told, so that none is told twice.
    last: SampleTime,
}

impl ClickDetector {
    /// A silent line.
    pub fn new() -> Self {
        Self {
            missing: KEPT,
            last: SampleTime::default(),
        }
    }

    /// Forgets everything.
    pub fn restart(&mut self) {
        self.missing = KEPT;
    }

    /// Takes a hop that ends at `now`: what was heard of late, and the blocks with a jump
    /// ([`super::JumpBank::jumps`]).
    pub fn frame(
        &mut self,
        past: Past<'_>,
        jumps: u16,
        now: SampleTime,
        out: &mut dyn FnMut(Click),
    ) {
        self.missing = self.missing.saturating_sub(1);
        if self.missing > 0 || jumps == 0 {
            return;
        }
        let judge = Judge { past, turn: turn() };
        for block in (0..BLOCKS).filter(|block| jumps >> block & 1 == 1) {
            if let Some((onset, size)) = judge.judge(AFTER + FRAME - block * BLOCK) {
                let at = now.back(onset as u64);
                if at - self.last > 16 {
                    self.last = at;
                    out(Click { at, size });
                }
            }
        }
    }
}

impl Default for ClickDetector {
    fn default() -> Self {
        Self::new()
    }
}

/// Judges one ear's block. Places are samples before the end of what is known: larger is earlier.
struct Judge<'a> {
    past: Past<'a>,
    turn: f32,
}

impl Judge<'_> {
    fn sample(&self, back: usize) -> f32 {
        self.past.back(back)
    }

    /// What the prediction missed of a sample.
    fn error(&self, back: usize) -> f32 {
        self.sample(back) - self.turn * self.sample(back + 1) + self.sample(back + 2)
    }

    /// Energy of the errors from `from` on, so many of them.
    fn errors(&self, from: usize, count: usize) -> f32 {
        (from + 1 - count..=from)
            .rev()
            .map(|back| self.error(back).powi(2))
            .sum()
    }

    /// Energy of the samples from `from` on, so many of them.
    fn energy(&self, from: usize, count: usize) -> f32 {
        (from + 1 - count..=from)
            .rev()
            .map(|back| self.sample(back).powi(2))
            .sum()
    }

    /// The click in the block from `block` on, if it is one: its first sample and its swing.
    fn judge(&self, block: usize) -> Option<(usize, f32)> {
        let top = (block + 1 - BLOCK..=block)
            .rev()
            .max_by(|a, b| self.error(*a).abs().total_cmp(&self.error(*b).abs()))?;
        let most = self.error(top).abs();
        // The block may have caught only the tail of a jump, or its first ripple.
        if (top - 12..=top + 12).any(|back| self.error(back).abs() > most) {
            return None;
        }
        let onset = (top..=top + 3)
            .rev()
            .find(|back| self.error(*back).abs() > 0.3 * most)?;
        let own = self.errors(onset + 2, 8);
        let mut around = 0.0;
        for back in (onset - 95..=onset + 12).rev() {
            around += self.error(back).powi(2);
            if own < COMPACT * around {
                return None;
            }
        }
        let count = (AFTER - 96).min(onset - 96);
        let fades = self.errors(onset - 96, count) / count as f32 <= FADES * most * most;
        fades.then(|| (onset, self.swing(onset)))
    }

    /// The largest excursion within a millisecond of the jump. A tone that goes on through the
    /// jump is taken off; one that the jump cuts off leaves the excursion as it is.
    fn swing(&self, onset: usize) -> f32 {
        let before = onset + PERIOD + 1;
        let goes_on = self.energy(onset - 96, PERIOD) > 0.25 * self.energy(before, PERIOD);
        let tone = if goes_on {
            self.tone(before)
        } else {
            (0.0, 0.0)
        };
        let hums = !goes_on && self.hums(onset);
        let excursion = |back: usize| {
            let (sin, cos) = angle(before - back).sin_cos();
            let hum = if hums { self.sample(back + MAINS) } else { 0.0 };
            self.sample(back) - tone.0 * cos - tone.1 * sin - hum
        };
        (onset - 7..=onset)
            .rev()
            .map(excursion)
            .max_by(|a, b| a.abs().total_cmp(&b.abs()))
            .unwrap_or(0.0)
    }

    /// Whether what sounds before the jump repeats with the mains.
    fn hums(&self, onset: usize) -> bool {
        let (last, count) = (onset + MAINS / 2, MAINS / 2 - 1);
        let both: f32 = (last + 1 - count..=last)
            .rev()
            .map(|back| self.sample(back) * self.sample(back + MAINS))
            .sum();
        both > 0.9 * (self.energy(last, count) * self.energy(last + MAINS, count)).sqrt()
    }

    /// The tone in one period of samples, as its cosine and sine parts.
    fn tone(&self, from: usize) -> (f32, f32) {
        let scale = 2.0 / PERIOD as f32;
        (0..PERIOD).fold((0.0, 0.0), |sum, n| {
            let (sin, cos) = angle(n).sin_cos();
            let x = self.sample(from - n) * scale;
            (sum.0 + x * cos, sum.1 + x * sin)
        })
    }
}

fn angle(samples: usize) -> f32 {
    samples as f32 * std::f32::consts::TAU * TONE_HZ / RATE_HZ as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::bank::Arithmetic;
    use crate::signal::hook::JumpBank;
    use crate::signal::tile::Tiles;

    /// A 40 V step behind a 300 Hz coupling, as a jump of 1,700 that swings back.
    fn step(n: usize, at: usize, sign: f32) -> f32 {
        if n < at {
            return 0.0;
        }
        let t = (n - at) as f32 / 8_000.0;
        let w = std::f32::consts::TAU * 300.0 / std::f32::consts::SQRT_2;
        sign * 1_700.0 * (-w * t).exp() * ((w * t).cos() - (w * t).sin())
    }

    fn run(samples: usize, value: impl Fn(usize) -> f32) -> Vec<Click> {
        let all: Vec<i16> = (0..samples).map(|n| value(n) as i16).collect();
        let mut clicks = Vec::new();
        let mut tiles = Tiles::new(&[0], Arithmetic::Best);
        let mut bank = JumpBank::new(1, Arithmetic::Best);
        let mut detector = ClickDetector::new();
        for (n, hop) in (1..).zip(all.chunks_exact(FRAME)) {
            tiles.take(hop, 1);
            bank.hop(&tiles);
            let now = SampleTime(n * FRAME as u64);
            detector.frame(tiles.past(0), bank.jumps(0), now, &mut |click| {
                clicks.push(click);
            });
        }
        clicks
    }

    #[test]
    fn steps_are_found_in_quiet_and_under_a_tone() {
        let tone = |n: usize| 4_000.0 * (n as f32 * 425.0 / 8_000.0 * std::f32::consts::TAU).sin();
        let quiet = run(16_000, |n| step(n, 6_003, 1.0) + step(n, 9_001, -1.0));
        let busy = run(16_000, |n| {
            if n < 9_000 {
                tone(n)
            } else {
                step(n, 9_000, 1.0)
            }
        });
        let dial = run(16_000, |n| tone(n) + step(n, 9_000, 1.0));
        let times = |clicks: &[Click]| clicks.iter().map(|c| c.at.0).collect::<Vec<_>>();
        assert_eq!(times(&quiet), [6_003, 9_001]);
        assert!(quiet[0].size > 1_500.0 && quiet[1].size < -1_500.0);
        for (clicks, sizes) in [(busy, 1_500.0..9_000.0), (dial, 1_300.0..2_100.0)] {
            let found =
                |click: &Click| click.at.0.abs_diff(9_000) < 3 && sizes.contains(&click.size);
            assert!(clicks.iter().any(found), "{clicks:?}");
        }
    }

    #[test]
    fn the_start_of_a_tone_or_a_digit_is_no_click() {
        let onset = |hz: f32| {
            move |n: usize| {
                let phase = n as f32 * hz / 8_000.0 * std::f32::consts::TAU;
                if n > 8_000 {
                    4_000.0 * (phase + 1.0).sin()
                } else {
                    0.0
                }
            }
        };
        for hz in [425.0, 941.0, 1_336.0, 2_100.0] {
            let clicks = run(16_000, onset(hz));
            assert!(hz == 425.0 || clicks.is_empty(), "{hz}: {clicks:?}");
        }
    }
}
