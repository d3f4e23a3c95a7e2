//! Clicks: what is left of a hook step behind an AC coupling.
//!
//! A transformer passes the loop's step as one jump that swings back within some milliseconds.
//! Speech, tones and digits can be predicted from the samples before; a jump cannot. The
//! prediction used has its zero at 425 Hz, so that the exchange's own tones do not hide a click.
//!
//! A click is told 26 ms after it, when it is known to stand alone; its sign tells opening from
//! closing, once one of both is known; then others are also known by their shape
//! ([`super::shape`]). Which blocks are worth a judgement is found for all ears at once
//! ([`super::JumpBank`]); a line that hums looks for itself ([`super::hum`]). Allocates only where a
//! line begins to hum.

use super::hum::{Hummed, KEPT};
use super::jumps::{AFTER, BLOCK, BLOCKS, Jumps, Sought, turn};
use super::shape::{ONSETS, SHAPES, Shape, Steps};
use super::sine::Sine;
use crate::signal::level::FRAME;
use crate::signal::tile::Past;
use crate::words::SampleTime;

/// The jump's own samples hold this share of the energy around it.
const COMPACT: f32 = 0.55;
/// What follows has at most this share of the jump's power.
const FADES: f32 = 0.004;
/// Samples of one period of the tone.
const PERIOD: usize = 19;
/// What the prediction misses of a known step, at least, as a share of its swing.
const JUMP: f32 = 0.3;
/// Samples before a jump in which a tone is measured (10 ms).
const TONE: usize = 80;
/// Samples behind a jump where its own swing is over.
const OVER: usize = 96;
/// While a tone sounds the powers of hops differ by less than this factor.
const STEADY: f32 = 1.15;
/// Hops whose power is kept, and those of them that lie before a judged jump.
const POWERS: usize = 7;
const HOPS_BEFORE: usize = 4;

/// One hook step as it came through the coupling.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Click {
    /// Its first sample.
    pub at: SampleTime,
    /// The swing, in sample values, with its sign.
    pub size: f32,
    /// Likeness to the line's known step, 0 to 1; `None` while none is known.
    pub likeness: Option<f32>,
}

/// What a click detector hears of one hop.
#[derive(Clone, Copy)]
pub struct Heard<'a> {
    /// What was heard of late.
    pub past: Past<'a>,
    /// Where it may be a click.
    pub jumps: Jumps,
    /// Power of the newest hop.
    pub power: f32,
    /// Whether a tone of the exchange sounds, or has just ended.
    pub toned: bool,
}

/// Finds clicks on one channel.
#[derive(Clone, Debug)]
pub struct ClickDetector {
    /// Sample time of the end of what was heard.
    now: SampleTime,
    /// Time of the last click told, so that none is told twice.
    last: SampleTime,
    /// The samples without their hum, while the line hums and until all kept ones are free of it.
    hummed: Option<Box<Hummed>>,
    hums: bool,
    /// Samples still to come before that.
    fading: usize,
    /// Samples still to come before the history is full.
    missing: usize,
    /// What the line's own steps look like.
    steps: Steps,
    /// Power of the last hops, the newest first.
    powers: [f32; POWERS],
}

impl ClickDetector {
    /// A silent channel.
    pub fn new() -> Self {
        Self {
            now: SampleTime::default(),
            last: SampleTime::default(),
            hummed: None,
            hums: false,
            fading: 0,
            missing: KEPT,
            steps: Steps::new(),
            powers: [0.0; POWERS],
        }
    }

    /// Forgets everything; the next sample is at `next`.
    pub fn restart(&mut self, next: SampleTime) {
        self.now = next;
        self.missing = KEPT;
    }

    /// Whether the line hums: then the hum is taken off before clicks are looked for.
    pub fn hums(&mut self, hums: bool) {
        if let Some(hummed) = &mut self.hummed
            && hums
            && !self.hums
        {
            hummed.forget();
        }
        self.hums = hums;
    }

    /// The click told at `at` closed the loop, or opened it.
    pub fn learn(&mut self, at: SampleTime, closed: bool) {
        self.steps.learn(at, closed);
    }

    /// What is looked for in the next hop beside jumps that stand out: the line's own steps, once
    /// they are known. Under a tone they may be as loud as they will.
    pub fn sought(&self, toned: bool) -> Option<Sought<'_>> {
        let (swing, most) = self.steps.bounds()?;
        Some(Sought {
            least: JUMP * swing.abs(),
            most: if self.may_be_tone(toned) {
                f32::INFINITY
            } else {
                most
            },
            pattern: self.steps.pattern()?,
        })
    }

    /// Whether a tone may sound where a jump is judged.
    fn may_be_tone(&self, toned: bool) -> bool {
        let before = &self.powers[POWERS - HOPS_BEFORE..];
        let least = before.iter().copied().fold(f32::INFINITY, f32::min);
        toned || before.iter().all(|power| *power <= least * STEADY)
    }

    /// Takes the newest hop.
    pub fn frame(&mut self, heard: Heard<'_>, out: &mut dyn FnMut(Click)) {
        let may_be_tone = self.may_be_tone(heard.toned);
        let least = self.sought(heard.toned).map(|sought| sought.least);
        let [a, b, c, d, e, f, _] = self.powers;
        self.powers = [heard.power, a, b, c, d, e, f];
        self.now = self.now + FRAME as u64;
        let mut jumps = heard.jumps;
        if self.hums && self.hummed.is_none() {
            self.hummed = Some(Box::new(Hummed::new(heard.past)));
        }
        if let Some(hummed) = &mut self.hummed {
            hummed.take(heard.past, self.hums);
            jumps = hummed.jumps(least);
        }
        self.missing = self.missing.saturating_sub(FRAME);
        if self.missing == 0 && jumps != Jumps::default() {
            self.look(heard.past, jumps, may_be_tone, out);
        }
        self.fading = if self.hums {
            KEPT
        } else {
            self.fading.saturating_sub(FRAME)
        };
        if self.fading == 0 {
            self.hummed = None;
        }
    }

    /// Judges the blocks that are worth it.
    fn look(
        &mut self,
        past: Past<'_>,
        jumps: Jumps,
        may_be_tone: bool,
        out: &mut dyn FnMut(Click),
    ) {
        let hummed = self.hummed.take();
        let seen = Seen {
            samples: match &hummed {
                Some(hummed) => Samples::Own(hummed.samples()),
                None => Samples::Past(past),
            },
            may_be_tone,
        };
        for block in 0..BLOCKS {
            let place = KEPT - AFTER - FRAME + block * BLOCK;
            let is = |found: u32| found >> block & 1 == 1;
            let mut found = None;
            if is(jumps.sudden) {
                found = seen.judge(place);
            }
            if found.is_none() && is(jumps.like) {
                found = seen.recognise(place, is(jumps.shaped), &self.steps);
            }
            if let Some(click) = found.map(|(onset, size)| self.click(&seen, onset, size))
                && click.at - self.last > 16
            {
                self.last = click.at;
                out(click);
            }
        }
        self.hummed = hummed;
    }

    fn click(&mut self, seen: &Seen<'_>, onset: usize, size: f32) -> Click {
        let at = self.now.back((KEPT - onset) as u64);
        let shape: Shape = seen.excursions(onset, &seen.sound(onset));
        let likeness = self.steps.compare(&shape).map(|like| like.likeness);
        self.steps.keep(at, shape);
        Click { at, size, likeness }
    }
}

impl Default for ClickDetector {
    fn default() -> Self {
        Self::new()
    }
}

/// Where the samples of the last [`KEPT`] lie.
enum Samples<'a> {
    Past(Past<'a>),
    Own(&'a [f32]),
}

/// The last [`KEPT`] samples as they are judged; places count from the oldest.
struct Seen<'a> {
    samples: Samples<'a>,
    /// Whether a tone may sound.
    may_be_tone: bool,
}

impl Seen<'_> {
    /// Samples in a row.
    fn stretch<const N: usize>(&self, from: usize) -> [f32; N] {
        match &self.samples {
            Samples::Past(past) => past.stretch(KEPT - from),
            Samples::Own(samples) => std::array::from_fn(|n| samples[from + n]),
        }
    }

    /// What the prediction missed of `N` - 2 samples from `from` on.
    fn errors<const N: usize>(&self, from: usize) -> [f32; N] {
        let samples: [f32; N] = self.stretch(from - 2);
        let turn = turn();
        let mut errors = [0.0; N];
        for (error, last) in errors.iter_mut().zip(samples.windows(3)) {
            *error = last[2] - turn * last[1] + last[0];
        }
        errors
    }

    /// A jump of any shape that stands alone: its onset and size.
    fn judge(&self, block: usize) -> Option<(usize, f32)> {
        const NEAR: usize = 12;
        // The block may have caught only the tail of a jump, or its first ripple.
        let near: [f32; 2 * NEAR + BLOCK + 2] = self.errors(block - NEAR);
        let top = (NEAR..NEAR + BLOCK).max_by(|a, b| near[*a].abs().total_cmp(&near[*b].abs()))?;
        let most = near[top].abs();
        if near[top - NEAR..=top + NEAR].iter().any(|e| e.abs() > most) {
            return None;
        }
        let onset = (top - ONSETS..=top).find(|n| near[*n].abs() > 0.3 * most)? + block - NEAR;
        let around: [f32; NEAR + OVER + 2] = self.errors(onset - NEAR);
        let around = &around[..NEAR + OVER];
        if energy(&around[NEAR - 2..NEAR + 6]) < COMPACT * energy(around) {
            return None;
        }
        let after: [f32; AFTER - OVER + 2] = self.errors_to_end(onset + OVER);
        let after = &after[..(AFTER - OVER).min(KEPT - onset - OVER)];
        let fades = energy(after) / after.len() as f32 <= FADES * most.powi(2);
        fades.then(|| (onset, self.swing(onset)))
    }

    /// [`Seen::errors`], as far as there are samples.
    fn errors_to_end<const N: usize>(&self, from: usize) -> [f32; N] {
        let beyond = (from - 2 + N).saturating_sub(KEPT);
        let mut errors: [f32; N] = self.errors(from - beyond);
        errors.copy_within(beyond.., 0);
        errors
    }

    /// A step as this line's are known to be, whatever sounds around it: its onset and size. Where nothing
    /// is `shaped` like one, there may be one under a tone alone.
    fn recognise(&self, block: usize, shaped: bool, steps: &Steps) -> Option<(usize, f32)> {
        let (swing, _) = steps.bounds()?;
        let least = JUMP * swing.abs();
        let errors: [f32; BLOCK + 2] = self.errors(block);
        let first = block + errors[..BLOCK].iter().position(|e| e.abs() >= least)?;
        let from = first - ONSETS;
        let sound = match self.may_be_tone {
            true => self.sound(from),
            false => Sound { from, tone: None },
        };
        if sound.tone.is_none() && !shaped {
            return None;
        }
        let around: [f32; SHAPES] = self.excursions(from, &sound);
        let (place, best) = steps.most_like(&around)?;
        best.is_step().then_some((from + place, best.size * swing))
    }

    /// The largest excursion within a millisecond of the jump.
    fn swing(&self, onset: usize) -> f32 {
        let excursions: [f32; 8] = self.excursions(onset, &self.sound(onset));
        excursions
            .into_iter()
            .max_by(|a, b| a.abs().total_cmp(&b.abs()))
            .unwrap_or(0.0)
    }

    /// How far samples are from what sounded before and went on.
    fn excursions<const N: usize>(&self, from: usize, sound: &Sound) -> [f32; N] {
        let mut samples: [f32; N] = self.stretch(from);
        if let Some(tone) = &sound.tone {
            for (sample, tone) in samples.iter_mut().zip(tone.from(from - sound.from)) {
                *sample -= tone;
            }
        }
        samples
    }

    /// What sounds before `onset` and goes on through it. A tone that the jump cuts off leaves
    /// the excursion as it is.
    fn sound(&self, onset: usize) -> Sound {
        let from = onset - TONE - 1;
        let before: [f32; TONE] = self.stretch(from);
        let after: [f32; PERIOD] = self.stretch(onset + OVER);
        let goes_on = energy(&after) > 0.25 * energy(&before[TONE - PERIOD..]);
        let tone = goes_on.then(|| Sine::fit(&before)).flatten();
        Sound { from, tone }
    }
}

/// What sounds before a jump and goes on through it.
struct Sound {
    from: usize,
    tone: Option<Sine>,
}

fn energy(values: &[f32]) -> f32 {
    values.iter().map(|value| value * value).sum()
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
        let mut detector = ClickDetector::new();
        let mut bank = JumpBank::new(1, Arithmetic::Best);
        for hop in all.chunks_exact(FRAME) {
            tiles.take(hop, 1);
            bank.hop(&tiles, |_| Some(None));
            let heard = Heard {
                past: tiles.past(0),
                jumps: bank.jumps(0),
                power: 0.0,
                toned: false,
            };
            detector.frame(heard, &mut |click| clicks.push(click));
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
