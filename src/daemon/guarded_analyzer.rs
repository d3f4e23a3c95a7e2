//! A card's detectors behind a guard: a panic in one of them costs what it half knew, never audio.
//!
//! The recorders get their audio beside the detectors, so a recording under way goes on whatever
//! happens here. After a panic the detectors are built anew at the card's position, what the old
//! ones had begun to tell (tones, rings, speech, faults) is told as ended, and the panic is counted
//! for the status and its alarm. Allocates only then; never blocks.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::signal::{Analyzer, LineSetup, Meters};
use crate::words::{SampleTime, Signal};

/// See the module.
pub(crate) struct GuardedAnalyzer {
    setups: Vec<LineSetup>,
    channels: usize,
    analyzer: Analyzer,
    /// Frames and lost samples taken so far: where new detectors begin.
    position: SampleTime,
    /// What was told as begun and not yet as ended.
    open: Vec<(usize, Signal)>,
    failures: u32,
    /// A test's panic, at the push that passes this position.
    #[cfg(test)]
    pub(crate) trap: Option<SampleTime>,
}

impl GuardedAnalyzer {
    /// Detectors for `setups` on a card of `channels` channels.
    pub(crate) fn new(setups: Vec<LineSetup>, channels: usize) -> Self {
        Self {
            analyzer: Analyzer::new(&setups, channels),
            setups,
            channels,
            position: SampleTime(0),
            open: Vec::new(),
            failures: 0,
            #[cfg(test)]
            trap: None,
        }
    }

    /// Takes whole frames; `out` gets what is heard, with the line's place.
    pub(crate) fn push(&mut self, frames: &[i16], out: &mut Vec<(usize, Signal)>) {
        self.position = self.position + (frames.len() / self.channels) as u64;
        #[cfg(test)]
        let trapped = self.trap.take_if(|at| *at <= self.position).is_some();
        self.guarded(out, |analyzer, tell| {
            #[cfg(test)]
            assert!(!trapped, "a detector that fails");
            analyzer.push(frames, tell);
        });
    }

    /// `samples` are missing.
    pub(crate) fn gap(&mut self, samples: u64, out: &mut Vec<(usize, Signal)>) {
        self.position = self.position + samples;
        self.guarded(out, |analyzer, tell| analyzer.gap(samples, tell));
    }

    /// The input is at its end.
    pub(crate) fn finish(&mut self, out: &mut Vec<(usize, Signal)>) {
        self.guarded(out, |analyzer, tell| analyzer.finish(tell));
    }

    /// What a line's instruments show.
    pub(crate) fn meters(&self, line: usize) -> Option<Meters> {
        self.analyzer.meters(line)
    }

    /// Panics caught since the start.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    fn guarded(
        &mut self,
        out: &mut Vec<(usize, Signal)>,
        step: impl FnOnce(&mut Analyzer, &mut dyn FnMut(usize, Signal)),
    ) {
        let (analyzer, open) = (&mut self.analyzer, &mut self.open);
        // Whatever a panic leaves of the detectors is thrown away below.
        let held = catch_unwind(AssertUnwindSafe(|| {
            step(analyzer, &mut |line, signal| {
                note(open, line, &signal);
                out.push((line, signal));
            });
        }));
        if held.is_err() {
            self.rebuild(out);
        }
    }

    fn rebuild(&mut self, out: &mut Vec<(usize, Signal)>) {
        self.failures = self.failures.saturating_add(1);
        if self.failures.is_power_of_two() {
            let times = self.failures;
            log::error!(
                "detectors failed and were built anew ({times} since the start); \
                 recordings go on, signals of the last seconds may be missed"
            );
        }
        let end = self.position;
        let ended = self.open.drain(..);
        out.extend(ended.filter_map(|(line, begun)| Some((line, ended_at(&begun, end)?))));
        self.analyzer = Analyzer::new(&self.setups, self.channels);
        self.analyzer.gap(end.0, &mut |_, _| {});
    }
}

/// The signal that ends what `begun` began; `None` if it is complete in itself.
fn ended_at(begun: &Signal, end: SampleTime) -> Option<Signal> {
    match *begun {
        Signal::ToneOn { tone, start } => Some(Signal::ToneOff { tone, start, end }),
        Signal::RingOn { start } => Some(Signal::RingOff { start, end }),
        Signal::VoiceOn { start } => Some(Signal::VoiceOff { start, end }),
        Signal::FaultOn { fault, start } => Some(Signal::FaultOff { fault, start, end }),
        _ => None,
    }
}

fn note(open: &mut Vec<(usize, Signal)>, line: usize, signal: &Signal) {
    let ends = |begun: &Signal| match (begun, signal) {
        (Signal::ToneOn { tone, .. }, Signal::ToneOff { tone: ended, .. }) => tone == ended,
        (Signal::FaultOn { fault, .. }, Signal::FaultOff { fault: ended, .. }) => fault == ended,
        (Signal::RingOn { .. }, Signal::RingOff { .. })
        | (Signal::VoiceOn { .. }, Signal::VoiceOff { .. }) => true,
        _ => false,
    };
    open.retain(|(of, begun)| *of != line || !ends(begun));
    if ended_at(signal, SampleTime(0)).is_some() {
        open.push((line, signal.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{CallMachine, CallSettings};
    use crate::signal::{HookMode, Volts};
    use crate::words::{CallEvent, HookState, ms};

    const BLOCK: usize = 160;

    /// Two lines whose second channel carries 48 V, and 8 V from 2 s to 12 s on the first, with a
    /// dial tone there from 2.5 s to 8 s.
    fn frame(at: u64) -> [i16; 4] {
        let volts = |volts: f64| (volts / 150.0 * 32_768.0) as i16;
        let off = (ms(2_000)..ms(12_000)).contains(&at);
        let tone = (ms(2_500)..ms(8_000)).contains(&at);
        let turn = at as f64 * 425.0 * std::f64::consts::TAU / 8_000.0;
        let audio = if tone {
            (turn.sin() * 3_000.0) as i16
        } else {
            0
        };
        [audio, volts(if off { 8.0 } else { 48.0 }), 0, volts(48.0)]
    }

    fn heard(trap: Option<SampleTime>) -> (Vec<(usize, Signal)>, Vec<CallEvent>, u32) {
        let volts = Volts::default();
        let setup = |audio| LineSetup {
            audio,
            other: None,
            hook: HookMode::Sense {
                channel: audio + 1,
                volts,
            },
        };
        let mut analyzer = GuardedAnalyzer::new(vec![setup(0), setup(2)], 4);
        analyzer.trap = trap;
        let mut machine = CallMachine::new(CallSettings::sensed());
        let (mut all, mut events) = (Vec::new(), Vec::new());
        for block in 0..ms(16_000) / BLOCK as u64 {
            let first = block * BLOCK as u64;
            let frames: Vec<i16> = (first..first + BLOCK as u64).flat_map(frame).collect();
            let mut signals = Vec::new();
            analyzer.push(&frames, &mut signals);
            for (_, signal) in signals.iter().filter(|(line, _)| *line == 0) {
                machine.handle(signal);
            }
            machine.advance(SampleTime(first + BLOCK as u64));
            events.extend(std::iter::from_fn(|| machine.poll()));
            all.append(&mut signals);
        }
        (all, events, analyzer.failures())
    }

    fn ends(events: &[CallEvent]) -> Vec<SampleTime> {
        let end = |event: &CallEvent| match event {
            CallEvent::Ended { facts, .. } => facts.end,
            _ => None,
        };
        events.iter().filter_map(end).collect()
    }

    #[test]
    fn a_call_under_way_outlives_its_detectors_and_ends_by_its_hook() {
        let (_, whole, none) = heard(None);
        let (signals, events, failures) = heard(Some(SampleTime(ms(6_000))));
        assert_eq!((none, failures), (0, 1));
        assert_eq!(ends(&events), ends(&whole), "the same end, by the hook");
        assert_eq!(ends(&events).len(), 1);
        let back_on = |(line, signal): &(usize, Signal)| {
            let on =
                matches!(signal, Signal::Hook { at, state: HookState::On } if at.0 > ms(11_900));
            *line == 0 && on
        };
        assert!(signals.iter().any(back_on), "{signals:?}");
    }

    #[test]
    fn what_had_begun_is_told_as_ended_where_the_detectors_failed() {
        let trap = SampleTime(ms(6_000));
        let (signals, ..) = heard(Some(trap));
        let tone_ends = |(_, signal): &(usize, Signal)| matches!(signal, Signal::ToneOff { end, .. } if *end == trap);
        assert!(signals.iter().any(tone_ends), "{signals:?}");
    }
}
