//! Bursts: a pitch that begins, stays and ends, with its edges to a few milliseconds.

use super::front::{Front, HOP};
use super::plan::Sound;
use super::window::{Reading, SLOTS, Windows};
use crate::signal::bank::LANES;
use crate::words::{DBM0_SINE_PEAK, RATE_HZ};

/// Weakest tone believed: -43 dBm0 as a mean square; another line's crosstalk lies below.
const FLOOR: f32 = DBM0_SINE_PEAK * DBM0_SINE_PEAK / 2.0 * 5.0e-5;
/// Share of all that is heard that begins a burst, and that keeps one going.
const BEGIN_SHARE: f32 = 0.6;
const KEEP_SHARE: f32 = 0.35;
/// Weaker tone of a pair, as a share of all that is heard (6 dB of twist).
const PAIR_SHARE: f32 = 0.12;
/// Quick look: below this share no frequency offset within tolerance can explain it.
const GLANCE: f32 = 0.05;
/// Quieter hops (mean square) hold no tone.
pub(super) const QUIETEST: f32 = FLOOR * 0.25;
/// Hops without the pitch that end a burst: 40 ms. Phase reversals and clicks are shorter.
const MISSES: u32 = 4;
/// Hops behind the latest one that are surely not an edge yet.
const LAG: usize = 2;

/// Quiet, as a share of the tone's power (-12 dB).
pub(super) const QUIET: f32 = 0.06;

/// A finished or growing burst.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Burst {
    /// Which pitch of the plan.
    pub(super) sound: usize,
    /// First and last sample; the last is only right once it has ended.
    pub(super) start: u64,
    pub(super) end: u64,
    /// Measured frequency (Hz), of the first bin of a pair.
    pub(super) hz: f32,
    /// Mean square of the tone.
    pub(super) power: f32,
    /// Steady in frequency and level, and alone on the line.
    pub(super) clean: bool,
    /// Quiet came before it.
    pub(super) fresh: bool,
}

/// What a hop brought.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Step {
    /// No pitch of the plan.
    Nothing,
    /// It goes on.
    Going(Burst),
    /// It has ended.
    Ended(Burst),
}

/// Has the windows say which ears may hear one of the sounds begin. Gives the least part of its
/// power that each shows while its frequency is within tolerance.
pub(super) fn look_for(sounds: &[Sound], windows: &mut Windows) -> Vec<f32> {
    let look = |sound: &Sound| {
        let (first, second) = sound.bins;
        let gain = windows.least_gain(first, sound.tolerance_hz + 1.0);
        let alone = gain * BEGIN_SHARE;
        let least = second.map_or(alone, |_| GLANCE).max(GLANCE);
        windows.look_for(first, second.unwrap_or(first), least);
        gain
    };
    sounds.iter().map(look).collect()
}

/// Follows one channel.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ear {
    /// Pitch heard in the hop before, before it is believed.
    hint: Option<usize>,
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    sound: usize,
    start: u64,
    end: u64,
    misses: u32,
    /// Amplitude of a full hop, for the edges.
    full: f32,
    fresh: bool,
    stats: Stats,
    late: [Option<Reading>; LAG],
}

#[derive(Clone, Copy, Debug, Default)]
struct Stats {
    count: f32,
    hz: f32,
    hz_squares: f32,
    power: f32,
    power_squares: f32,
    share: f32,
}

impl Stats {
    fn take(&mut self, reading: Reading) {
        // Offsets from the first value keep the sums of squares exact enough in f32.
        self.count += 1.0;
        self.hz += reading.hz;
        self.hz_squares += (reading.hz - 425.0).powi(2);
        self.power += reading.power;
        self.power_squares += reading.power * reading.power;
        self.share += reading.share.min(1.0);
    }

    /// Frequency spread under 4 Hz, level spread under about 1 dB, and 70 % of what is heard.
    fn clean(&self) -> bool {
        let n = self.count.max(1.0);
        let hz = self.hz / n - 425.0;
        let power = self.power / n;
        let hz_spread = self.hz_squares / n - hz * hz;
        let power_spread = self.power_squares / n - power * power;
        hz_spread < 16.0 && power_spread < 0.05 * power * power && self.share / n > 0.7
    }
}

/// The bank's parts an ear looks at.
#[derive(Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) front: &'a Front,
    pub(super) windows: &'a Windows,
    pub(super) sounds: &'a [Sound],
    /// What [`look_for`] gave for them.
    pub(super) gains: &'a [f32],
    pub(super) ear: usize,
    /// Sample time of the end of the latest hop.
    pub(super) now: u64,
}

impl Sight<'_> {
    /// The strongest pitch of the plan in the latest windows, if it is one.
    fn pitch(&self, kept: Option<usize>) -> Option<(usize, Reading)> {
        if self.energy(0) < QUIETEST {
            return None;
        }
        let mut best: Option<(usize, Reading)> = None;
        for (index, sound) in self.sounds.iter().enumerate() {
            let needed = if kept == Some(index) {
                KEEP_SHARE
            } else {
                BEGIN_SHARE
            };
            let least = self.gains[index] * needed;
            let Some(reading) = self.sound(sound, least.max(GLANCE)) else {
                continue;
            };
            let better = best.is_none_or(|(_, other)| reading.share > other.share);
            if reading.share >= needed && reading.power >= FLOOR && better {
                best = Some((index, reading));
            }
        }
        best
    }

    /// Mean square of all that is heard in the hop `back` hops ago.
    pub(super) fn energy(&self, back: usize) -> f32 {
        self.heard(back) / HOP as f32
    }

    /// The same as a sum of squares.
    fn heard(&self, back: usize) -> f32 {
        self.front.energies(back, self.ear / LANES)[self.ear % LANES]
    }

    /// `least`: the raw share of a single tone below which it need not be looked at.
    fn sound(&self, sound: &Sound, least: f32) -> Option<Reading> {
        let off_hz = sound.tolerance_hz + 1.0;
        let Some(bin) = sound.bins.1 else {
            return self.tone(sound.bins.0, off_hz, least);
        };
        let first = self.tone(sound.bins.0, off_hz, GLANCE)?;
        let second = self.tone(bin, off_hz, GLANCE)?;
        let paired = first.share.min(second.share) >= PAIR_SHARE;
        paired.then_some(Reading {
            power: first.power + second.power,
            share: first.share + second.share,
            hz: first.hz,
        })
    }

    fn tone(&self, bin: usize, off_hz: f32, least: f32) -> Option<Reading> {
        if self.windows.raw_share(bin, self.ear) < least {
            return None;
        }
        let reading = self.windows.reading(bin, self.ear);
        let off = (reading.hz - self.windows.hz(bin)).abs();
        (off <= off_hz).then_some(reading)
    }

    /// Amplitude of the pitch in the hop `back` hops ago, in arbitrary units.
    fn amplitude(&self, sound: usize, back: usize) -> f32 {
        let (bin, second) = self.sounds[sound].bins;
        if second.is_some() {
            return self.heard(back);
        }
        let (re, im) = self.front.partial(bin, back, self.ear);
        re.hypot(im)
    }

    /// What [`Sight::amplitude`] is while the pitch lasts. The two tones of a pair beat.
    fn full(&self, sound: usize) -> f32 {
        let hops = if self.sounds[sound].bins.1.is_some() {
            4
        } else {
            1
        };
        let sum: f32 = (0..hops).map(|back| self.amplitude(sound, back)).sum();
        (sum / hops as f32).max(1.0)
    }

    /// Share of the amplitude below which a hop holds an edge.
    fn edge(&self, sound: usize) -> f32 {
        if self.sounds[sound].bins.1.is_some() {
            0.25
        } else {
            0.88
        }
    }

    /// Whether it was quiet before a burst that has just been believed.
    fn quiet_before(&self, sound: usize, power: f32) -> bool {
        let begun = self.windows.hops(self.sounds[sound].bins.0) + 2;
        (begun..SLOTS).all(|back| self.energy(back) < power * QUIET)
    }

    fn hop_start(&self, back: usize) -> u64 {
        self.now.saturating_sub(((back + 1) * HOP) as u64)
    }

    /// How much of a hop sounds, in samples, from its share of the full amplitude.
    fn inside(part: f32) -> u64 {
        // The first tenth is noise and leakage.
        ((part.clamp(0.1, 1.0) - 0.1) / 0.9 * HOP as f32) as u64
    }

    fn start_edge(&self, sound: usize, full: f32) -> u64 {
        let span = self.windows.hops(self.sounds[sound].bins.0);
        for back in 1..=span + 1 {
            let part = self.amplitude(sound, back) / full;
            if part < self.edge(sound) {
                return self.hop_start(back) + HOP as u64 - Self::inside(part);
            }
        }
        self.hop_start(span + 1)
    }

    fn end_edge(&self, sound: usize, full: f32) -> u64 {
        let span = self.windows.hops(self.sounds[sound].bins.0);
        for back in (0..=span).rev() {
            let part = self.amplitude(sound, back) / full;
            if part < self.edge(sound) {
                return self.hop_start(back) + Self::inside(part);
            }
        }
        self.hop_start(1)
    }
}

impl Ear {
    /// Whether nothing is going on: no burst, no hint of one.
    pub(super) fn idle(&self) -> bool {
        self.open.is_none() && self.hint.is_none()
    }

    /// The burst going on, if any.
    pub(super) fn burst(&self) -> Option<Burst> {
        self.open.as_ref().map(Open::burst)
    }

    /// Takes the latest hop, in which a burst may begin if it is `worth` a look.
    pub(super) fn hop(&mut self, sight: Sight<'_>, worth: bool) -> Step {
        if self.open.is_none() && !worth {
            self.hint = None;
            return Step::Nothing;
        }
        let kept = self.open.as_ref().map(|open| open.sound);
        let heard = sight.pitch(kept);
        let believed = heard.filter(|(sound, _)| self.hint == Some(*sound));
        self.hint = heard.map(|(sound, _)| sound);
        let Some(open) = &mut self.open else {
            self.open = believed.map(|(sound, reading)| Open::new(sound, reading, sight));
            return self.burst().map_or(Step::Nothing, Step::Going);
        };
        match heard {
            Some((sound, reading)) if sound == open.sound => open.keep(reading, sight),
            _ => open.miss(sight),
        }
        let other = believed.filter(|(sound, _)| *sound != open.sound);
        if open.misses < MISSES && other.is_none() {
            return Step::Going(open.burst());
        }
        let ended = open.burst();
        self.open = other.map(|(sound, reading)| Open::new(sound, reading, sight));
        Step::Ended(ended)
    }

    /// Ends what is going on, at a gap or the end of the input.
    pub(super) fn cut(&mut self) -> Option<Burst> {
        let burst = self.burst();
        *self = Self::default();
        burst
    }
}

impl Open {
    fn new(sound: usize, reading: Reading, sight: Sight<'_>) -> Self {
        let full = sight.full(sound);
        let mut stats = Stats::default();
        stats.take(reading);
        Self {
            sound,
            start: sight.start_edge(sound, full),
            end: sight.now,
            misses: 0,
            full,
            fresh: sight.quiet_before(sound, reading.power),
            stats,
            late: [None; LAG],
        }
    }

    fn keep(&mut self, reading: Reading, sight: Sight<'_>) {
        self.misses = 0;
        self.end = sight.now;
        if let Some(settled) = self.late[LAG - 1] {
            self.stats.take(settled);
            self.full += (sight.amplitude(self.sound, LAG) - self.full) * 0.2;
        }
        self.late.rotate_right(1);
        self.late[0] = Some(reading);
    }

    fn miss(&mut self, sight: Sight<'_>) {
        if self.misses == 0 {
            self.end = sight.end_edge(self.sound, self.full).max(self.start);
        }
        self.misses += 1;
        self.late = [None; LAG];
    }

    fn burst(&self) -> Burst {
        Burst {
            sound: self.sound,
            start: self.start,
            end: self.end,
            hz: self.stats.hz / self.stats.count.max(1.0),
            power: self.stats.power / self.stats.count.max(1.0),
            clean: self.stats.clean(),
            fresh: self.fresh,
        }
    }
}

impl Burst {
    /// How long it lasted (ms).
    pub(super) fn ms(&self) -> u32 {
        (self.end.saturating_sub(self.start) * 1_000 / u64::from(RATE_HZ)) as u32
    }
}
