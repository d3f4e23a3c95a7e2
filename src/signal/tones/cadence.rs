//! From bursts to tones: which row of the plan has this rhythm.
//!
//! One [`Rhythm`] per channel, run once a hop and only where something sounds or has sounded.

use super::burst::{Burst, QUIET};
use super::plan::{Cadence, Row};
use crate::words::{SampleTime, Signal, Tone, ms};

/// Bursts remembered: enough for six of the fastest rhythm.
const MEMORY: usize = 8;
/// Measuring error of an on or off time (ms), beside the row's tolerance.
const ERROR_MS: u32 = 30;
/// Quiet after the last burst before a rhythm is told (ms), or the row's off time if shorter.
const CONFIRM_MS: u32 = 120;
/// After so much quiet (ms) every rhythm has been judged.
const SETTLED_MS: u64 = 600;
/// Bursts of one tone agree within this (Hz), and within 4 dB.
const SAME_HZ: f32 = 8.0;
const SAME_LEVEL: f32 = 2.5;
/// A burst that is the only evidence is as near to the table as this (Hz): nearer than the notes
/// 415 and 440 Hz are to 425 Hz, and 1109 Hz to 1100 Hz. A continuous tone that is farther off
/// must last longer by this factor.
const ALONE_HZ: f32 = 8.0;
const FARTHER_LONGER: u32 = 3;
/// A dial tone cut short by the first digit lasts at least this (ms).
const SHORT_DIAL_MS: u32 = 330;
/// Most a sequence may pause between its parts (ms), and before it repeats.
const PART_GAP_MS: u64 = 60;
const SEQUENCE_GAP_MS: u64 = 1_500;

/// A tone that has been told and not yet taken back.
#[derive(Clone, Copy, Debug)]
struct Active {
    row: usize,
    start: u64,
    end: u64,
}

/// One channel's recent bursts and what they have been found to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Rhythm {
    recent: Vec<Burst>,
    active: Option<Active>,
    /// Loudest hop since the last burst's end (mean square).
    after: f32,
    /// Whether the latest burst has been judged.
    settled: bool,
    /// Quiet behind it (samples) at which it is judged next: until then nothing new can be said of it.
    next: u64,
}

/// Where told tones go.
pub(super) type Tell<'a> = &'a mut dyn FnMut(Signal);

impl Rhythm {
    /// Whether there is nothing to follow.
    pub(super) fn idle(&self) -> bool {
        self.recent.is_empty() && self.active.is_none()
    }

    /// A burst goes on.
    pub(super) fn going(&mut self, burst: &Burst, rows: &[Row], tell: Tell<'_>) {
        for (index, row) in rows.iter().enumerate() {
            let Cadence::Continuous { sure_ms } = row.cadence else {
                continue;
            };
            let told = self.active.is_some_and(|active| active.row == index);
            let sure_ms = match exact(burst, row.hz) {
                true => sure_ms,
                false => sure_ms * FARTHER_LONGER,
            };
            if row.sounds[0] == burst.sound && burst.clean && burst.ms() >= sure_ms && !told {
                self.switch_to(index, burst.start, burst.end, rows, tell);
            }
        }
    }

    /// A burst has ended.
    pub(super) fn ended(&mut self, burst: Burst, rows: &[Row], tell: Tell<'_>) {
        self.after = 0.0;
        (self.settled, self.next) = (false, 0);
        if self.recent.len() == MEMORY {
            self.recent.remove(0);
        }
        self.recent.push(burst);
        self.sequence(rows, tell);
        if let Some(active) = self.active
            && !self.extend(active, &burst, rows)
        {
            self.stop(rows, tell);
        }
        self.close_continuous(burst, rows, tell);
    }

    /// Nothing sounds. `energy`: mean square of a hop 20 ms ago, past any edge.
    pub(super) fn silent(&mut self, now: u64, energy: f32, rows: &[Row], tell: Tell<'_>) {
        let Some(&last) = self.recent.last() else {
            return;
        };
        let gap = now.saturating_sub(last.end);
        if gap >= ms(40) {
            self.after = self.after.max(energy);
        }
        if !self.settled && (ms(90)..ms(100)).contains(&gap) {
            self.short_dial(last, rows, tell);
        }
        if !self.settled && gap >= self.next {
            self.judge(gap, rows, tell);
        }
        if let Some(active) = self.active
            && now.saturating_sub(active.end) > patience(rows[active.row].cadence)
        {
            self.stop(rows, tell);
        }
        if gap > ms(8_000) {
            self.recent.clear();
        }
    }

    /// The input ends or has a hole: what is told is taken back, what is half heard forgotten.
    pub(super) fn cut(&mut self, rows: &[Row], tell: Tell<'_>) {
        self.stop(rows, tell);
        self.recent.clear();
    }

    fn stop(&mut self, rows: &[Row], tell: Tell<'_>) {
        if let Some(active) = self.active.take() {
            tell(Signal::ToneOff {
                tone: rows[active.row].tone,
                start: SampleTime(active.start),
                end: SampleTime(active.end),
            });
        }
    }

    fn switch_to(&mut self, row: usize, start: u64, end: u64, rows: &[Row], tell: Tell<'_>) {
        self.stop(rows, tell);
        tell(Signal::ToneOn {
            tone: rows[row].tone,
            start: SampleTime(start),
        });
        self.active = Some(Active { row, start, end });
    }

    /// Whether `burst` belongs to the tone already told; it may be cut short at its end.
    fn extend(&mut self, active: Active, burst: &Burst, rows: &[Row]) -> bool {
        let row = &rows[active.row];
        let gap = burst.start.saturating_sub(active.end);
        let fits = row.sounds.contains(&burst.sound)
            && match row.cadence {
                Cadence::Continuous { .. } => burst.start <= active.start,
                Cadence::Parts { .. } => gap <= ms(SEQUENCE_GAP_MS),
                Cadence::Bursts {
                    steps_ms,
                    tolerance_percent,
                    ..
                } => {
                    let longest = steps_ms.iter().map(|step| step[0]).max().unwrap_or(0);
                    let on = burst.ms() <= longest + slack(longest, tolerance_percent);
                    // One burst may have been missed under speech.
                    let missed = steps_ms.iter().any(|&[on, off]| {
                        near(gap, on + 2 * off, tolerance_percent) && on + off < 1_500
                    });
                    let off = |&[_, off]: &[u32; 2]| near(gap, off, tolerance_percent);
                    let time = on && (missed || steps_ms.iter().any(off));
                    burst.end <= active.end || (time && self.resembles(burst, row))
                }
            };
        if fits {
            self.active = Some(Active {
                end: burst.end.max(active.end),
                ..active
            });
        }
        fits
    }

    /// Whether `burst` sounds like the ones of the same pitch before it, as speech does not.
    fn resembles(&self, burst: &Burst, row: &Row) -> bool {
        let before = self
            .recent
            .iter()
            .rev()
            .skip(1)
            .find(|other| other.sound == row.sounds[0]);
        let full = match row.cadence {
            Cadence::Bursts {
                steps_ms,
                tolerance_percent,
                ..
            } => steps_ms
                .iter()
                .any(|&[on, _]| near(ms(u64::from(burst.ms())), on, tolerance_percent)),
            _ => false,
        };
        before.is_some_and(|before| alike(before, burst)) && (burst.clean || full)
    }

    /// A continuous tone is over as soon as its burst is.
    fn close_continuous(&mut self, burst: Burst, rows: &[Row], tell: Tell<'_>) {
        let Some(active) = self.active else { return };
        if matches!(rows[active.row].cadence, Cadence::Continuous { .. }) {
            self.active = Some(Active {
                end: burst.end,
                ..active
            });
            self.stop(rows, tell);
            self.settled = true;
        }
    }

    /// A dial tone that the first digit cut short: the digit sounds before the tone is gone.
    fn short_dial(&mut self, last: Burst, rows: &[Row], tell: Tell<'_>) {
        let alone = self.recent.iter().rev().nth(1);
        let alone = alone.is_none_or(|other| last.start.saturating_sub(other.end) > ms(2_500));
        let loud = self.after > last.power * 0.15;
        let dial = rows.iter().position(|row| {
            row.sounds[0] == last.sound
                && row.tone == Tone::Dial
                && matches!(row.cadence, Cadence::Continuous { sure_ms } if last.ms() < sure_ms)
        });
        let Some(dial) = dial else { return };
        let alone = alone && last.fresh && exact(&last, rows[dial].hz);
        if alone && loud && last.clean && last.ms() >= SHORT_DIAL_MS && self.active.is_none() {
            self.switch_to(dial, last.start, last.end, rows, tell);
            self.stop(rows, tell);
            self.settled = true;
        }
    }

    fn judge(&mut self, gap: u64, rows: &[Row], tell: Tell<'_>) {
        self.next = ms(SETTLED_MS);
        for (index, row) in rows.iter().enumerate() {
            let Cadence::Bursts {
                steps_ms,
                tolerance_percent,
                sure_after,
            } = row.cadence
            else {
                continue;
            };
            for phase in 0..steps_ms.len() {
                let confirm = confirm_ms(steps_ms, phase, tolerance_percent);
                let confirm = ms(u64::from(confirm));
                if gap < confirm {
                    self.next = self.next.min(confirm);
                    continue;
                }
                let (points, start) = self.points(row, steps_ms, tolerance_percent, phase);
                let alone = points == 2 && !self.stands_alone(row.hz);
                if points >= 2 * sure_after && !alone {
                    self.found(index, start, rows, tell);
                    return;
                }
            }
        }
        self.settled = gap >= ms(SETTLED_MS);
    }

    /// Whether the last burst is believable by itself: exactly on its frequency, out of quiet and
    /// into quiet, as hardly a note of a tune is.
    fn stands_alone(&self, hz: f32) -> bool {
        self.recent
            .last()
            .is_some_and(|last| exact(last, hz) && last.fresh && self.after < last.power * QUIET)
    }

    fn found(&mut self, row: usize, start: u64, rows: &[Row], tell: Tell<'_>) {
        self.settled = true;
        let Some(end) = self.recent.last().map(|last| last.end) else {
            return;
        };
        match self.active {
            Some(active) if active.row == row => {}
            _ => self.switch_to(row, start, end, rows, tell),
        }
    }

    /// How well the latest bursts fit the row if the last one is its step `phase`: two points for
    /// a clean burst, one for a rough one; and where the first of them began.
    fn points(
        &self,
        row: &Row,
        steps_ms: &[[u32; 2]],
        percent: u32,
        mut phase: usize,
    ) -> (u32, u64) {
        let (mut points, mut start) = (0, 0);
        let mut next: Option<&Burst> = None;
        for burst in self.recent.iter().rev() {
            let [on, _] = steps_ms[phase];
            let on_fits = near(ms(u64::from(burst.ms())), on, percent);
            let agrees = next.is_none_or(|next| {
                let before = steps_ms[phase][1];
                near(next.start.saturating_sub(burst.end), before, percent) && alike(burst, next)
            });
            if burst.sound != row.sounds[0] || !on_fits || !agrees {
                break;
            }
            points += if burst.clean { 2 } else { 1 };
            start = burst.start;
            next = Some(burst);
            phase = (phase + steps_ms.len() - 1) % steps_ms.len();
        }
        (points, start)
    }

    /// Special information tone: its parts in order, each of the right length.
    fn sequence(&mut self, rows: &[Row], tell: Tell<'_>) {
        for (index, row) in rows.iter().enumerate() {
            let Cadence::Parts { min_ms, max_ms } = row.cadence else {
                continue;
            };
            let Some(first) = self.recent.len().checked_sub(row.sounds.len()) else {
                continue;
            };
            let parts = &self.recent[first..];
            let lengths = parts.iter().zip(&row.sounds).all(|(part, &sound)| {
                part.sound == sound && (min_ms..=max_ms).contains(&part.ms())
            });
            let gaps = parts
                .windows(2)
                .all(|two| two[1].start.saturating_sub(two[0].end) <= ms(PART_GAP_MS));
            let told = self.active.is_some_and(|active| active.row == index);
            if lengths && gaps && !told {
                let (start, end) = (parts[0].start, parts[parts.len() - 1].end);
                self.switch_to(index, start, end, rows, tell);
                self.settled = true;
            }
        }
    }
}

/// Quiet that must follow the step `phase` (ms): enough to rule out a rhythm that goes on.
fn confirm_ms(steps_ms: &[[u32; 2]], phase: usize, percent: u32) -> u32 {
    let off = steps_ms[phase][1];
    let shorter = steps_ms
        .iter()
        .map(|step| step[1])
        .filter(|&other| other < off)
        .max();
    match shorter {
        Some(shorter) => shorter + slack(shorter, percent) + ERROR_MS,
        None => CONFIRM_MS.min(off / 2),
    }
}

/// Whether `samples` is `expected` ms within the tolerance.
fn near(samples: u64, expected: u32, percent: u32) -> bool {
    let slack = ms(u64::from(slack(expected, percent)));
    samples.abs_diff(ms(u64::from(expected))) <= slack
}

fn exact(burst: &Burst, hz: f32) -> bool {
    (burst.hz - hz).abs() <= ALONE_HZ
}

fn slack(expected: u32, percent: u32) -> u32 {
    expected * percent / 100 + ERROR_MS
}

fn alike(a: &Burst, b: &Burst) -> bool {
    let level = a.power.max(b.power) <= SAME_LEVEL * a.power.min(b.power);
    (a.hz - b.hz).abs() <= SAME_HZ && level
}

/// How long after its last burst a tone is over, in samples.
fn patience(cadence: Cadence) -> u64 {
    match cadence {
        Cadence::Continuous { .. } => 0,
        Cadence::Parts { .. } => ms(SEQUENCE_GAP_MS),
        Cadence::Bursts {
            steps_ms,
            tolerance_percent,
            ..
        } => {
            let longest = steps_ms.iter().map(|step| step[1]).max().unwrap_or(0);
            let period: u32 = steps_ms.iter().map(|step| step[0] + step[1]).sum();
            // A burst of a fast rhythm may drown in speech.
            let missed = if period < 1_500 { period } else { 0 };
            ms(u64::from(
                longest + slack(longest, tolerance_percent) + missed,
            ))
        }
    }
}
