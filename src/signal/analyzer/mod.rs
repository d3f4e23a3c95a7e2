//! All detectors of one card: interleaved frames in, signals of lines out.
//!
//! [`Analyzer::push`] takes frames at 8 kHz of any number at a time and works through them in hops
//! of 10 ms; the result does not depend on how the input is cut, and lines do not influence one
//! another, but for what leaks from one into the other, which is known of up to 64 lines next to
//! one another. Signals come as soon as they are sure, with their true instants, at most
//! [`Analyzer::LAG`] late (the audio hook's on-hook; ringback's end comes after a missed burst).
//! After [`Analyzer::gap`] nothing half seen before counts. Nothing blocks; memory is taken in
//! `new`, but for caller identification under way. Channels of a line that the card does not have
//! read as silence.

mod contact;
mod coupling;
mod ears;
mod foreign;
mod lane;

use self::ears::Ears;
use self::lane::Lane;
use super::bank::Arithmetic;
use super::crosstalk::{Crosstalk, NEAR};
use super::hook::HookMode;
use super::hops::Hops;
use super::leak::{LeakWatch, Trace};
use super::level::FRAME;
use crate::words::{Dbm0, SampleTime, Signal, ms};

/// Where a line lies among a card's channels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LineSetup {
    /// The channel with its audio: all of it, or our side.
    pub audio: usize,
    /// Their side, where the two directions are tapped apart.
    pub other: Option<usize>,
    /// How its hook is sensed.
    pub hook: HookMode,
}

/// What a technician wants to see of a line now. Never audio.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Meters {
    /// Level over the last 300 ms, of the louder direction.
    pub level: Dbm0,
    /// Peak of the last second, as the level of a sine with that peak.
    pub peak: Dbm0,
    /// The quietest 100 ms of the last seconds, above 250 Hz.
    pub noise_floor: Dbm0,
    /// Mean loop voltage of the last 10 ms, on lines that carry one.
    pub volts: Option<f32>,
    /// Whether the loop is closed, as far as is known; always false on ISDN lines.
    pub off_hook: bool,
}

/// All detectors of a card. See the module's contract.
pub struct Analyzer {
    channels: usize,
    sections: Vec<Section>,
    now: SampleTime,
    /// Samples of a hop that is not yet complete.
    hops: Hops,
}

impl Analyzer {
    /// The latest that a hook step, ring or digit is told after the instant it names, in samples.
    /// Lines whose loop is sensed need a tenth of it. Later come, from an AC-coupled line, only
    /// what has no click: off-hook shown by speech alone (6 s) and on-hook shown by silence (60 s,
    /// 4 s after a busy tone), and the ends of cadences (after a missed burst).
    pub const LAG: u64 = ms(5_000);

    /// Detectors for `lines` on a card of `channels` interleaved channels.
    pub fn new(lines: &[LineSetup], channels: usize) -> Self {
        Self::with_arithmetic(lines, channels, Arithmetic::Best)
    }

    /// The same, computing as told. What it tells is the same, to the last bit.
    pub fn with_arithmetic(lines: &[LineSetup], channels: usize, arithmetic: Arithmetic) -> Self {
        let channels = channels.max(1);
        let sections = lines.chunks(NEAR);
        Self {
            channels,
            sections: sections
                .map(|lines| Section::new(lines, arithmetic))
                .collect(),
            now: SampleTime::default(),
            hops: Hops::new(FRAME, channels),
        }
    }

    /// Takes interleaved frames; `out` gets a line's position in `lines` and what was heard there.
    /// Samples of an incomplete last frame are dropped.
    pub fn push(&mut self, frames: &[i16], out: &mut dyn FnMut(usize, Signal)) {
        let mut hops = std::mem::take(&mut self.hops);
        let channels = self.channels;
        // Section by section, so that what one knows is fetched once for several hops.
        hops.runs(frames, |run| {
            let begun = self.now;
            self.now = begun + (run.len() / channels) as u64;
            self.each(out, |section, out| {
                let mut now = begun;
                for hop in run.chunks_exact(FRAME * channels) {
                    now = now + FRAME as u64;
                    section.hop(now, hop, channels, out);
                }
            });
        });
        self.hops = hops;
    }

    /// `samples` are missing on every channel.
    pub fn gap(&mut self, samples: u64, out: &mut dyn FnMut(usize, Signal)) {
        let lost = self.hops.waiting() + samples;
        self.hops.clear();
        self.now = self.now + lost;
        let now = self.now;
        self.each(out, |section, out| section.gap(lost, now, out));
    }

    /// The input has ended: tells what was still going on.
    pub fn finish(&mut self, out: &mut dyn FnMut(usize, Signal)) {
        self.each(out, Section::finish);
    }

    /// End of what has been worked through: whole hops of 10 ms.
    pub fn now(&self) -> SampleTime {
        self.now
    }

    /// What a line's instruments show.
    pub fn meters(&self, line: usize) -> Option<Meters> {
        let section = self.sections.get(line / NEAR)?;
        Some(section.lanes.get(line % NEAR)?.meters())
    }

    /// Section by section, whose lines count from its first.
    fn each(
        &mut self,
        out: &mut dyn FnMut(usize, Signal),
        mut work: impl FnMut(&mut Section, &mut dyn FnMut(usize, Signal)),
    ) {
        for (place, section) in self.sections.iter_mut().enumerate() {
            work(section, &mut |line, signal| {
                out(place * NEAR + line, signal);
            });
        }
    }
}

/// The detectors of up to [`NEAR`] lines, whose state stays in the nearest caches while a hop is
/// worked through.
struct Section {
    ears: Ears,
    lanes: Vec<Lane>,
    crosstalk: Crosstalk,
    bands: Vec<f32>,
    leaks: LeakWatch,
    traces: Vec<Trace>,
}

impl Section {
    fn new(lines: &[LineSetup], arithmetic: Arithmetic) -> Self {
        Self {
            ears: Ears::new(lines, arithmetic),
            lanes: lines.iter().map(Lane::new).collect(),
            crosstalk: Crosstalk::new(lines.len(), arithmetic),
            bands: Vec::with_capacity(lines.len()),
            leaks: LeakWatch::new(lines.len()),
            traces: Vec::with_capacity(lines.len()),
        }
    }

    fn gap(&mut self, lost: u64, now: SampleTime, out: &mut dyn FnMut(usize, Signal)) {
        self.ears.gap(lost);
        for (line, lane) in self.lanes.iter_mut().enumerate() {
            lane.gap(lost, now, &mut |signal| out(line, signal));
        }
    }

    fn finish(&mut self, out: &mut dyn FnMut(usize, Signal)) {
        let lanes = &mut self.lanes;
        self.ears.finish(&mut |line, signal| {
            lanes[line].heard(signal, &mut |signal| out(line, signal));
        });
        for (line, lane) in lanes.iter_mut().enumerate() {
            lane.finish(&mut |signal| out(line, signal));
        }
    }

    /// Takes a hop of frames that ends at `now`.
    fn hop(
        &mut self,
        now: SampleTime,
        hop: &[i16],
        channels: usize,
        out: &mut dyn FnMut(usize, Signal),
    ) {
        let (lanes, ears) = (&mut self.lanes, &mut self.ears);
        ears.take(hop, channels);
        for (line, lane) in lanes.iter_mut().enumerate() {
            lane.begin();
            lane.sense(hop, channels, || ears.audio(line), &mut |signal| {
                out(line, signal);
            });
        }
        ears.measure(lanes);
        self.bands.clear();
        self.bands.extend(lanes.iter().map(Lane::band));
        let foreign = self.crosstalk.hop(&self.bands);
        for (lane, foreign) in lanes.iter_mut().zip(foreign) {
            lane.leaks_in(*foreign);
        }
        ears.hop(lanes, &mut |lanes, line, signal| {
            lanes[line].heard(signal, &mut |signal| out(line, signal));
        });
        ears.look(lanes);
        for (line, lane) in lanes.iter_mut().enumerate() {
            lane.judge(&ears.heard(line), &mut |signal| out(line, signal));
            if let Some(context) = lane.new_context() {
                ears.set_context(line, context);
            }
        }
        self.traces.clear();
        let signs = lanes.iter().zip(ears.signs());
        self.traces
            .extend(signs.map(|(lane, signs)| lane.trace(signs)));
        self.leaks.hop(now, &self.traces, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::exchange::{Exchange, Options};

    /// What is told of 19 lines of the exchange in 40 s, to the last bit of a level.
    fn heard(arithmetic: Arithmetic, other: bool) -> Vec<(usize, String)> {
        let mut exchange = Exchange::new(19, 3, &Options::default());
        let channels = exchange.channels();
        let line = |audio| LineSetup {
            audio,
            other: other.then_some(channels - 1 - audio),
            hook: HookMode::Audio,
        };
        let lines: Vec<LineSetup> = (0..channels).map(line).collect();
        let mut analyzer = Analyzer::with_arithmetic(&lines, channels, arithmetic);
        let mut told = Vec::new();
        let mut frames = vec![0; channels * 8_000];
        for _ in 0..40 {
            exchange.fill(&mut frames);
            analyzer.push(&frames, &mut |line, signal| {
                told.push((line, format!("{signal:?}")));
            });
        }
        told
    }

    #[test]
    fn vectors_and_single_lanes_tell_the_same() {
        for other in [false, true] {
            let best = heard(Arithmetic::Best, other);
            assert!(best.len() > 100);
            assert_eq!(best, heard(Arithmetic::Scalar, other));
        }
    }
}
