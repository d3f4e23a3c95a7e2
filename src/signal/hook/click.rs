//! Clicks: what is left of a hook step behind an AC coupling.
//!
//! A transformer passes the loop's step as one jump that swings back within some milliseconds.
//! Speech, tones and digits can be predicted from the samples before; a jump cannot. The
//! prediction used has its zero at 425 Hz, so that the exchange's own tones do not hide a click.
//!
//! A click is told 26 ms after it, when it is known to stand alone; its sign tells opening from
//! closing, once one of both is known; then others are also known by their shape
//! ([`super::shape`]). Keeps 160 ms of samples; allocates nothing after `new`.

use super::shape::{Shape, Steps};
use super::sine::Sine;
use crate::signal::level::FRAME;
use crate::signal::tile::Past;
use crate::words::{RATE_HZ, SampleTime};

/// The frequency whose tones stay out of the prediction's error (Hz).
const TONE_HZ: f32 = 425.0;
/// Samples kept, and room for more, so that they are moved rarely.
const KEPT: usize = 640;
const ROOM: usize = 2 * KEPT;
/// Samples that must follow a jump before it is judged.
const AFTER: usize = 208;
/// Samples summed up when looking for jumps.
const BLOCK: usize = 8;
/// A jump's block stands out of the blocks before it by this factor in energy.
const STANDS_OUT: f32 = 30.0;
/// Samples before the jump that it is compared with.
const BEFORE: usize = 120;
/// The jump's own samples hold this share of the energy around it.
const COMPACT: f32 = 0.55;
/// What follows has at most this share of the jump's power.
const FADES: f32 = 0.004;
/// Samples of one period of the tone.
const PERIOD: usize = 19;
/// Samples of a period of the mains.
const MAINS: usize = 160;
/// Share of a period of hum in the mean of the last ones.
const HUM_SHARE: f32 = 0.1;
/// What the prediction misses of a known step, at least, as a share of its swing.
const JUMP: f32 = 0.3;
/// Samples before a jump in which a tone is measured (10 ms).
const TONE: usize = 80;
/// Weakest jump looked at, in sample values.
const WEAKEST: f32 = 60.0;

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

/// Finds clicks on one channel.
#[derive(Clone, Debug)]
pub struct ClickDetector {
    samples: Box<[f32; ROOM]>,
    errors: Box<[f32; ROOM]>,
    /// Energy of the errors, block by block.
    energies: Box<[f32; ROOM / BLOCK]>,
    /// End of what is in `samples` and `errors`; the last [`KEPT`] before it count.
    end: usize,
    /// Sample time of the end of `samples`.
    now: SampleTime,
    /// Time of the last click told, so that none is told twice.
    last: SampleTime,
    turn: f32,
    /// One period of the mains hum, and the place of the next sample in it, while it hums.
    hum: Box<[f32; MAINS]>,
    phase: usize,
    hums: bool,
    /// Samples still to come before the history is full.
    missing: usize,
    /// What the line's own steps look like.
    steps: Steps,
}

impl ClickDetector {
    /// A silent channel.
    pub fn new() -> Self {
        Self {
            samples: Box::new([0.0; ROOM]),
            errors: Box::new([0.0; ROOM]),
            energies: Box::new([0.0; ROOM / BLOCK]),
            end: KEPT,
            now: SampleTime::default(),
            last: SampleTime::default(),
            turn: 2.0 * (std::f32::consts::TAU * TONE_HZ / RATE_HZ as f32).cos(),
            hum: Box::new([0.0; MAINS]),
            phase: 0,
            hums: false,
            missing: KEPT,
            steps: Steps::new(),
        }
    }

    /// Forgets everything; the next sample is at `next`.
    pub fn restart(&mut self, next: SampleTime) {
        self.now = next;
        self.missing = KEPT;
    }

    /// Whether the line hums: then the hum is taken off before clicks are looked for.
    pub fn hums(&mut self, hums: bool) {
        if hums && !self.hums {
            self.hum.fill(0.0);
        }
        self.hums = hums;
    }

    /// The click told at `at` closed the loop, or opened it.
    pub fn learn(&mut self, at: SampleTime, closed: bool) {
        self.steps.learn(at, closed);
    }

    /// Takes the newest hop of what was heard.
    pub fn frame(&mut self, past: Past<'_>, out: &mut dyn FnMut(Click)) {
        let frame: [f32; FRAME] = std::array::from_fn(|n| past.back(FRAME - n));
        if self.end + frame.len() > ROOM {
            let kept = self.end - KEPT..self.end;
            self.samples.copy_within(kept.clone(), 0);
            self.errors.copy_within(kept.clone(), 0);
            self.energies
                .copy_within(kept.start / BLOCK..kept.end / BLOCK, 0);
            self.end = KEPT;
        }
        self.predict(&frame);
        self.end += frame.len();
        self.now = self.now + frame.len() as u64;
        self.missing = self.missing.saturating_sub(frame.len());
        if self.missing > 0 {
            return;
        }
        let from = self.end - AFTER - frame.len();
        for block in (from..self.end - AFTER).step_by(BLOCK) {
            let found = self.judge(block).or_else(|| self.recognise(block));
            if let Some(click) = found.map(|(onset, size)| self.click(onset, size))
                && click.at - self.last > 16
            {
                self.last = click.at;
                out(click);
            }
        }
    }

    /// Appends a frame, what the prediction missed of it, and how much that is.
    fn predict(&mut self, frame: &[f32; FRAME]) {
        let end = self.end + frame.len();
        self.samples[self.end..end].copy_from_slice(frame);
        if self.hums {
            self.take_hum_off(end);
        }
        let with_two_before = self.samples[self.end - 2..end].windows(3);
        for (error, last) in self.errors[self.end..end].iter_mut().zip(with_two_before) {
            *error = last[2] - self.turn * last[1] + last[0];
        }
        let (blocks, _) = self.errors[self.end..end].as_chunks::<BLOCK>();
        for (place, block) in self.energies[self.end / BLOCK..].iter_mut().zip(blocks) {
            *place = block.iter().map(|error| error * error).sum();
        }
    }

    /// Takes what repeats with the mains off the newest samples.
    fn take_hum_off(&mut self, end: usize) {
        for sample in &mut self.samples[self.end..end] {
            let hum = &mut self.hum[self.phase];
            *sample -= *hum;
            *hum += *sample * HUM_SHARE;
            self.phase = (self.phase + 1) % MAINS;
        }
    }

    /// Whether a block stands out. Speech is told from a jump by the nearest blocks already.
    fn stands_out(&self, block: usize) -> bool {
        let here = self.energies[block];
        let limit = here / (STANDS_OUT * BLOCK as f32 / BEFORE as f32);
        let mut before = 0.0;
        here >= WEAKEST * WEAKEST
            && self.energies[block - 1 - BEFORE / BLOCK..block - 1]
                .iter()
                .rev()
                .all(|energy| {
                    before += energy;
                    before <= limit
                })
    }

    /// A jump of any shape that stands alone: its onset and size.
    fn judge(&self, block: usize) -> Option<(usize, f32)> {
        if !self.stands_out(block / BLOCK) {
            return None;
        }
        let top = (block..block + BLOCK)
            .max_by(|a, b| self.errors[*a].abs().total_cmp(&self.errors[*b].abs()))?;
        // The block may have caught only the tail of a jump, or its first ripple.
        let around = top - 12..top + 13;
        let beaten = |n: usize| self.errors[n].abs() > self.errors[top].abs();
        if around.clone().any(beaten) {
            return None;
        }
        let onset =
            (top - 3..=top).find(|n| self.errors[*n].abs() > 0.3 * self.errors[top].abs())?;
        let own = energy(&self.errors[onset - 2..onset + 6]);
        let around = energy(&self.errors[onset - 12..onset + 96]);
        let after = &self.errors[onset + 96..(onset + AFTER).min(self.end)];
        let fades = energy(after) / after.len() as f32 <= FADES * self.errors[top].powi(2);
        (own >= COMPACT * around && fades).then(|| (onset, self.swing(onset)))
    }

    /// A step as this line's are known to be, whatever sounds around it: its onset and size.
    fn recognise(&self, block: usize) -> Option<(usize, f32)> {
        let swing = self.steps.swing()?;
        let least = JUMP * swing.abs();
        if self.energies[block / BLOCK] < least * least {
            return None;
        }
        let first = (block..block + BLOCK).find(|n| self.errors[*n].abs() >= least)?;
        let sound = self.sound(first - 3);
        let best = (first - 3..first + 3)
            .filter_map(|onset| Some((onset, self.steps.compare(&self.shape(onset, &sound))?)))
            .max_by(|a, b| a.1.likeness.total_cmp(&b.1.likeness))?;
        best.1.is_step().then_some((best.0, best.1.size * swing))
    }

    fn click(&mut self, onset: usize, size: f32) -> Click {
        let at = self.now.back((self.end - onset) as u64);
        let shape = self.shape(onset, &self.sound(onset));
        let likeness = self.steps.compare(&shape).map(|like| like.likeness);
        self.steps.keep(at, shape);
        Click { at, size, likeness }
    }

    /// What follows `onset` beside the sound that went on through it.
    fn shape(&self, onset: usize, sound: &Sound) -> Shape {
        std::array::from_fn(|n| self.excursion(onset + n, sound))
    }

    /// The largest excursion within a millisecond of the jump.
    fn swing(&self, onset: usize) -> f32 {
        let sound = self.sound(onset);
        (onset..onset + 8)
            .map(|n| self.excursion(n, &sound))
            .max_by(|a, b| a.abs().total_cmp(&b.abs()))
            .unwrap_or(0.0)
    }

    /// How far a sample is from what sounded before and went on.
    fn excursion(&self, n: usize, sound: &Sound) -> f32 {
        let tone = sound
            .tone
            .map_or(0.0, |tone| tone.at((n - sound.from) as f32));
        self.samples[n] - tone
    }

    /// What sounds before `onset` and goes on through it. A tone that the jump cuts off leaves
    /// the excursion as it is.
    fn sound(&self, onset: usize) -> Sound {
        let from = onset - TONE - 1;
        let before = &self.samples[from..from + TONE];
        let after = energy(&self.samples[onset + 96..onset + 96 + PERIOD]);
        let goes_on = after > 0.25 * energy(&before[TONE - PERIOD..]);
        let tone = goes_on.then(|| Sine::fit(before)).flatten();
        Sound { from, tone }
    }
}

impl Default for ClickDetector {
    fn default() -> Self {
        Self::new()
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
        for hop in all.chunks_exact(FRAME) {
            tiles.take(hop, 1);
            detector.frame(tiles.past(0), &mut |click| clicks.push(click));
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
