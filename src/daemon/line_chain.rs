//! One line inside its card's worker: audio, call machine and recorder in step.
//!
//! A panic in the call machine is caught here: the line's calls are closed as they stand, a new
//! machine takes over, the fault is counted, and no other line notices.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::call::{CallMachine, CallSettings};
use crate::words::{CallFacts, CallId, EndReason, Gap, SampleTime, Signal};

use super::anchor::Anchor;
use super::chain::Chain;
use super::line_recorder::LineRecorder;
use super::outputs::{Ids, Output};
use super::planes::Planes;
use super::policy::Policy;
use super::router::Router;
use super::wiring::Touched;
use crate::rules::Reason;

/// A line's machine, recorder and what they have put out.
pub(crate) struct LineChain {
    /// Name, for messages.
    name: String,
    settings: CallSettings,
    machine: CallMachine,
    recorder: LineRecorder,
    /// Channels of the card that carry this line: ours, and theirs where both are tapped.
    channels: Vec<usize>,
    out: Vec<Output>,
    /// Panics caught since the start.
    failures: u32,
    /// The machine was just replaced; its calls are still to be closed.
    broken: bool,
    /// Lost samples since the start.
    lost: u64,
    /// What was heard last, for the status.
    heard: Heard,
    /// What was noticed so far, for the wiring view.
    touched: Touched,
}

/// What a line has just heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// Tones sounding now.
    pub(crate) tones: Vec<&'static str>,
    /// Faults present now.
    pub(crate) faults: Vec<&'static str>,
    /// Whether the line is off-hook, once it is known.
    pub(crate) off_hook: Option<bool>,
    /// Whether it is ringing.
    pub(crate) ringing: bool,
}

impl LineChain {
    /// Puts a line together.
    pub(crate) fn new(
        name: String,
        settings: CallSettings,
        recorder: LineRecorder,
        channels: Vec<usize>,
    ) -> Self {
        Self {
            machine: CallMachine::new(settings),
            name,
            settings,
            recorder,
            channels,
            out: Vec::new(),
            failures: 0,
            broken: false,
            lost: 0,
            heard: Heard::default(),
            touched: Touched::default(),
        }
    }

    /// Takes what a detector heard on this line.
    pub(crate) fn signal(&mut self, signal: &Signal) {
        self.heard.note(signal);
        let answered = self
            .current()
            .is_some_and(|(_, facts, ..)| facts.answered.is_some());
        self.touched.note(signal, answered);
        self.guarded(|machine| machine.handle(signal));
    }

    /// The call under way: id, facts, recording or not, and why not.
    pub(crate) fn current(&self) -> Option<(CallId, &CallFacts, bool, Option<Reason>)> {
        self.recorder.current()
    }

    /// What it hears now.
    pub(crate) fn heard(&self) -> &Heard {
        &self.heard
    }

    /// What was noticed so far.
    pub(crate) fn touched(&self) -> &Touched {
        &self.touched
    }

    /// Samples lost since the start.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    /// Panics caught since the start.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    fn follow(&mut self, anchor: &Anchor, ids: &mut dyn Ids) {
        if std::mem::take(&mut self.broken) {
            self.recorder
                .abort(EndReason::SignallingLost, anchor, ids, &mut self.out);
        }
        while let Some(event) = self.machine.poll() {
            self.recorder.event(event, anchor, ids, &mut self.out);
        }
    }

    fn guarded(&mut self, step: impl FnOnce(&mut CallMachine)) {
        // Whatever a panic leaves of the machine is thrown away below.
        let held = catch_unwind(AssertUnwindSafe(|| step(&mut self.machine)));
        if held.is_err() {
            self.failures += 1;
            self.broken = true;
            self.machine = CallMachine::new(self.settings);
            log::error!(
                "line {}: its call machine failed and was replaced",
                self.name
            );
        }
    }
}

impl Chain for LineChain {
    fn audio(&mut self, block: &Planes, _at: SampleTime) {
        self.recorder.block(block, &self.channels);
    }

    fn gap(&mut self, gap: &Gap) {
        self.lost += gap.samples;
        self.recorder.gap(gap);
        self.guarded(|machine| machine.gap(gap.at, gap.samples));
    }

    fn rules_changed(&mut self, policy: &Arc<Policy>) {
        self.recorder.rules_changed(policy);
    }

    fn pump(&mut self, now: SampleTime, anchor: &Anchor, ids: &mut dyn Ids) {
        self.guarded(|machine| machine.advance(now));
        self.follow(anchor, ids);
        let settled = self.machine.settled(now);
        self.recorder.pump(settled, anchor, ids, &mut self.out);
    }

    fn finish(&mut self, now: SampleTime, anchor: &Anchor, ids: &mut dyn Ids) {
        self.guarded(|machine| machine.finish(now));
        self.follow(anchor, ids);
    }

    fn send(&mut self, router: &Router) {
        let line = usize::from(self.recorder.line().0);
        for output in self.out.drain(..) {
            if matches!(output, Output::Audio { .. })
                && let Some(spare) = router.spare()
            {
                self.recorder.reuse(spare);
            }
            router.line(line, output);
        }
    }

    fn is_idle(&self) -> bool {
        self.recorder.is_idle()
    }
}

impl Heard {
    fn note(&mut self, signal: &Signal) {
        match signal {
            Signal::ToneOn { tone, .. } => push_once(&mut self.tones, tone.word()),
            Signal::ToneOff { tone, .. } => self.tones.retain(|word| *word != tone.word()),
            Signal::FaultOn { fault, .. } => push_once(&mut self.faults, fault.word()),
            Signal::FaultOff { fault, .. } => self.faults.retain(|word| *word != fault.word()),
            Signal::Hook { state, .. } => {
                self.off_hook = Some(*state == crate::words::HookState::Off);
            }
            Signal::RingOn { .. } => self.ringing = true,
            Signal::RingOff { .. } => self.ringing = false,
            Signal::Dtmf { .. }
            | Signal::Pulse { .. }
            | Signal::CallerId { .. }
            | Signal::Reversal { .. }
            | Signal::VoiceOn { .. }
            | Signal::VoiceOff { .. } => {}
        }
    }
}

fn push_once(words: &mut Vec<&'static str>, word: &'static str) {
    if !words.contains(&word) {
        words.push(word);
    }
}
