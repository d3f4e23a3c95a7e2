//! Clicks: what is left of a hook step behind an AC coupling.
//!
//! A transformer passes the loop's step as one jump that swings back within some milliseconds.
//! Speech, tones and digits can be predicted from the samples before; a jump cannot. The
//! prediction used has its zero at 425 Hz, so that the exchange's own tones do not hide a click.
//!
//! A click is told 26 ms after it, when it is known to stand alone; its sign tells opening from
//! closing, once one of both is known. All ears are screened at once, one vector lane each, for
//! blocks of 1 ms that stand out; only those are judged one by one. Allocates in `new` only.

use pulp::Arch;

use crate::signal::bank::{Arithmetic, LANES};
use crate::signal::level::FRAME;
use crate::signal::tile::{KEPT, Past, Tiles};
use crate::words::{RATE_HZ, SampleTime};

/// The frequency whose tones stay out of the prediction's error (Hz).
const TONE_HZ: f32 = 425.0;
/// Samples that must follow a jump before it is judged.
const AFTER: usize = 208;
/// Samples summed up when looking for jumps.
const BLOCK: usize = 8;
/// Blocks in a hop.
const BLOCKS: usize = FRAME / BLOCK;
/// Blocks whose energies are kept: those of a hop judged, those before and those after it.
const RING: usize = 64;
/// A jump's block stands out of the blocks before it by this factor in energy.
const STANDS_OUT: f32 = 30.0;
/// Blocks before the jump that it is compared with; the nearest may hold its beginning.
const BEFORE: usize = 15;
/// The jump's own samples hold this share of the energy around it.
const COMPACT: f32 = 0.55;
/// What follows has at most this share of the jump's power.
const FADES: f32 = 0.004;
/// Samples of one period of the tone.
const PERIOD: usize = 19;
/// Samples of a period of the mains.
const MAINS: usize = 160;
/// Weakest jump looked at, in sample values.
const WEAKEST: f32 = 60.0;

/// One hook step as it came through the coupling.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Click {
    /// Its first sample.
    pub at: SampleTime,
    /// The swing, in sample values, with its sign.
    pub size: f32,
}

/// Finds clicks on the first ears of a card.
pub struct ClickBank {
    arch: Arch,
    turn: f32,
    /// Energy of the prediction's errors: `[group][block of the ring][lane]`.
    energies: Vec<f32>,
    /// Where in the ring the next hop's first block goes.
    at: usize,
    /// Samples still to come before the history is full.
    missing: usize,
    /// Time of the last click told of each ear, so that none is told twice.
    last: Vec<SampleTime>,
}

impl ClickBank {
    /// For the first `ears` ears.
    pub fn new(ears: usize, arithmetic: Arithmetic) -> Self {
        Self {
            arch: arithmetic.arch(),
            turn: 2.0 * (std::f32::consts::TAU * TONE_HZ / RATE_HZ as f32).cos(),
            energies: vec![0.0; ears.div_ceil(LANES) * RING * LANES],
            at: 0,
            missing: KEPT * FRAME,
            last: vec![SampleTime::default(); ears],
        }
    }

    /// Forgets everything.
    pub fn restart(&mut self) {
        self.missing = KEPT * FRAME;
    }

    /// Looks at the newest hop, which ends at `now`; `out` gets the ear and its click.
    pub fn hop(&mut self, tiles: &Tiles, now: SampleTime, out: &mut dyn FnMut(usize, Click)) {
        self.missing = self.missing.saturating_sub(FRAME);
        for (group, ears) in self.last.chunks_mut(LANES).enumerate() {
            let rings = self.energies.as_chunks_mut::<LANES>().0;
            let mut found = [[false; LANES]; BLOCKS];
            let screen = Screen {
                rows: tiles.hop(group, 0).as_chunks::<LANES>().0,
                before: tiles.hop(group, 1).as_chunks::<LANES>().0,
                energies: &mut rings[group * RING..][..RING],
                at: self.at,
                turn: self.turn,
            };
            self.arch.dispatch(
                #[inline(always)]
                || screen.look(&mut found),
            );
            if self.missing > 0 || *found.as_flattened() == [false; BLOCKS * LANES] {
                continue;
            }
            for (block, found) in found.iter().enumerate() {
                let end = AFTER + FRAME - block * BLOCK;
                for (lane, last) in ears.iter_mut().enumerate().filter(|(lane, _)| found[*lane]) {
                    let ear = group * LANES + lane;
                    let judge = Judge::new(tiles.past(ear), self.turn);
                    if let Some((back, size)) = judge.judge(end)
                        && now.back(back as u64) - *last > 16
                    {
                        let at = now.back(back as u64);
                        *last = at;
                        out(ear, Click { at, size });
                    }
                }
            }
        }
        self.at = (self.at + BLOCKS) % RING;
    }
}

/// One hop of one group.
struct Screen<'a> {
    rows: &'a [[f32; LANES]],
    /// The hop before.
    before: &'a [[f32; LANES]],
    energies: &'a mut [[f32; LANES]],
    at: usize,
    turn: f32,
}

impl Screen<'_> {
    /// Which blocks stand out of the ones before them. Sums in another order than one by one may
    /// differ in the last digits; nothing hangs on those.
    #[inline(always)]
    fn look(mut self, found: &mut [[bool; LANES]; BLOCKS]) {
        self.measure();
        // Blocks that can be judged now, and as many before the first as it is compared with.
        let first = self.at + RING - AFTER / BLOCK;
        let energy = |n: usize| &self.energies[(first + n - BEFORE - 1) % RING];
        let mut twos = [[0.0; LANES]; BLOCKS + BEFORE - 1];
        for (n, sum) in twos.iter_mut().enumerate() {
            *sum = add(energy(n), energy(n + 1));
        }
        let mut fours = [[0.0; LANES]; BLOCKS + BEFORE - 3];
        for (n, sum) in fours.iter_mut().enumerate() {
            *sum = add(&twos[n], &twos[n + 2]);
        }
        for (n, found) in found.iter_mut().enumerate() {
            let eight = add(&fours[n], &fours[n + 4]);
            let seven = add(&add(&fours[n + 8], &twos[n + 12]), energy(n + 14));
            let before = add(&eight, &seven);
            let here = energy(n + BEFORE + 1);
            const LIMIT: f32 = 1.0 / (STANDS_OUT / BEFORE as f32);
            for (lane, found) in found.iter_mut().enumerate() {
                *found = here[lane] >= WEAKEST * WEAKEST && before[lane] <= here[lane] * LIMIT;
            }
        }
    }

    /// How much the prediction missed of each block of the hop.
    #[inline(always)]
    fn measure(&mut self) {
        let last = &self.before[FRAME - 2..];
        let (mut two, mut one) = (last[0], last[1]);
        for (n, block) in self.rows.chunks_exact(BLOCK).enumerate() {
            let mut sum = [0.0; LANES];
            for row in block {
                for lane in 0..LANES {
                    let error = row[lane] - self.turn * one[lane] + two[lane];
                    sum[lane] += error * error;
                }
                (two, one) = (one, *row);
            }
            self.energies[(self.at + n) % RING] = sum;
        }
    }
}

#[inline(always)]
fn add(a: &[f32; LANES], b: &[f32; LANES]) -> [f32; LANES] {
    std::array::from_fn(|lane| a[lane] + b[lane])
}

/// Judges one ear's block. Places are samples before the end of what is known: larger is earlier.
struct Judge<'a> {
    past: Past<'a>,
    turn: f32,
}

impl<'a> Judge<'a> {
    fn new(past: Past<'a>, turn: f32) -> Self {
        Self { past, turn }
    }

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
        let around = self.errors(onset + 12, 108);
        if own < COMPACT * around {
            return None;
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
        let mut bank = ClickBank::new(1, Arithmetic::Best);
        for (n, hop) in (1..).zip(all.chunks_exact(FRAME)) {
            tiles.take(hop, 1);
            bank.hop(&tiles, SampleTime(n * FRAME as u64), &mut |_, click| {
                clicks.push(click)
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
