//! One line's way from call events and audio to recordings.
//!
//! Holds the line's memory ring and its calls under way; asks the [`Policy`] about each and turns
//! the answers into [`Output`]s. Does no I/O and reads no clock: UTC comes from the card's anchor.
//!
//! * Audio leaves memory only for a call whose decision is [`Decision::Record`], only from the
//!   instant the decision names, and only as far as the call machine is settled that it still
//!   belongs to this call: what may turn out to be the next call's stays in memory.
//! * The pre-roll never reaches back into an earlier call or before the allowed instant.
//! * What is not recorded is wiped when its call ends.
//! * Where digits are to be silenced, audio leaves through a [`Muter`], two seconds late at most: a
//!   crash loses what it holds back.

use std::sync::Arc;

use crate::rules::{Decision, Reason};
use crate::signal::announcement::Announcement;
use crate::signal::mute::Muter;
use crate::words::{
    CallEvent, CallFacts, CallId, CallKey, EndReason, Gap, LineIndex, RecordingId, SampleTime, ms,
};

use super::active_call::{ActiveCall, Stage};
use super::anchor::Anchor;
use super::announcement_ear::AnnouncementEar;
use super::audio_ring::AudioRing;
use super::outputs::{CallNote, Ids, OpenRecording, Output};
use super::planes::Planes;
use super::policy::{Policy, Verdict};
use super::take::Take;

/// Audio is handed on in pieces of this many positions: a quarter of a second.
const CHUNK: u64 = ms(250);

/// Positions kept beside the pre-roll while no call is undecided: what a call machine may take to
/// settle what belongs to whom.
const UNSETTLED: u64 = ms(6_000);

/// How long after a call's end nothing is taken into the next one's pre-roll: ends told by sound or
/// voltage may be early by this much.
const GUARD: u64 = ms(200);

/// Positions a line's memory holds while no call is undecided.
fn settled(policy: &Policy) -> usize {
    (policy.pre_roll + UNSETTLED) as usize
}

/// One line's recorder.
pub(crate) struct LineRecorder {
    line: LineIndex,
    policy: Arc<Policy>,
    channels: u8,
    ring: AudioRing,
    /// Positions that must be held while a call is undecided.
    undecided: usize,
    calls: Vec<ActiveCall>,
    /// Positions kept from before a call's start.
    pre_roll: u64,
    /// End of the call before: nothing of it belongs to the next one's pre-roll.
    last_end: SampleTime,
    /// What callers of this line are to hear.
    announcement: Option<Arc<Announcement>>,
    /// For the next audio that is handed on.
    buffer: Vec<i16>,
}

impl LineRecorder {
    /// A line whose memory holds `memory` positions while a call is undecided.
    pub(crate) fn new(line: LineIndex, policy: Arc<Policy>, channels: u8, memory: usize) -> Self {
        Self {
            line,
            pre_roll: policy.pre_roll,
            channels,
            ring: AudioRing::new(memory.min(settled(&policy)), usize::from(channels)),
            undecided: memory,
            policy,
            calls: Vec::new(),
            last_end: SampleTime(0),
            announcement: None,
            buffer: Vec::new(),
        }
    }

    /// With an announcement that each incoming call is to have.
    pub(crate) fn with_announcement(mut self, announcement: Option<Arc<Announcement>>) -> Self {
        self.announcement = announcement;
        self
    }

    /// Without pre-roll: on a timeslot, what came before a call is another call's.
    pub(crate) fn without_pre_roll(mut self) -> Self {
        self.pre_roll = 0;
        self
    }

    /// One position of audio: a sample per channel.
    pub(crate) fn audio(&mut self, frame: &[i16]) {
        self.ring.push(frame);
    }

    /// A card's block, of which `picks` are this line's channels.
    pub(crate) fn block(&mut self, block: &Planes, picks: &[usize]) {
        self.ring.extend(block, picks);
    }

    /// Takes a buffer in which audio was handed on, and which is empty now.
    pub(crate) fn reuse(&mut self, buffer: Vec<i16>) {
        self.buffer = buffer;
    }

    /// Lost audio is kept as silence, so that times inside a recording stay true.
    pub(crate) fn gap(&mut self, gap: &Gap) {
        self.ring.push_silence(gap.samples);
    }

    /// Position after the newest audio.
    #[cfg(test)]
    pub(crate) fn end(&self) -> SampleTime {
        self.ring.end()
    }

    /// Whose it is.
    pub(crate) fn line(&self) -> LineIndex {
        self.line
    }

    /// The call under way, for the status.
    pub(crate) fn current(&self) -> Option<(CallId, &CallFacts, bool, Option<Reason>)> {
        self.calls.last().map(|call| {
            let (recording, reason) = match &call.stage {
                Stage::Waiting => (false, None),
                Stage::Recording(_) => (true, None),
                Stage::Refused(reason) => (false, Some(*reason)),
            };
            (call.id, &call.facts, recording, reason)
        })
    }

    /// Whether no call is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.calls.is_empty()
    }

    /// Takes one event of the line's call machine.
    pub(crate) fn event(
        &mut self,
        event: CallEvent,
        anchor: &Anchor,
        ids: &mut dyn Ids,
        out: &mut Vec<Output>,
    ) {
        match event {
            CallEvent::Began { key, facts } => {
                let start = facts.start;
                let call = ActiveCall::begun(key, facts, anchor, ids);
                self.enter(call, start.back(self.pre_roll), anchor, out);
            }
            CallEvent::Changed { key, facts } => {
                if let Some(at) = self.find(key) {
                    self.calls[at].learn(facts, self.line, &self.policy);
                    let note = Box::new(self.note(&self.calls[at], anchor));
                    out.push(Output::CallChanged(note));
                }
            }
            CallEvent::Ended { key, facts } => {
                if let Some(at) = self.find(key) {
                    let mut call = self.calls.remove(at);
                    let ask = call.ask;
                    call.learn(facts, self.line, &self.policy);
                    call.ask = ask;
                    self.finish(call, anchor, ids, out);
                }
            }
            CallEvent::Withdrawn { key } => {
                if let Some(at) = self.find(key) {
                    let call = self.calls.remove(at);
                    if let Stage::Recording(take) = &call.stage {
                        out.push(Output::Discard { recording: take.id });
                    }
                    out.push(Output::CallWithdrawn(call.id));
                }
            }
        }
    }

    /// A call comes onto this line (or timeslot): its audio begins at `earliest` or later.
    pub(crate) fn enter(
        &mut self,
        mut call: ActiveCall,
        earliest: SampleTime,
        anchor: &Anchor,
        out: &mut Vec<Output>,
    ) {
        let facts = call.facts.clone();
        if let (None, true, Some(known)) = (&call.ear, facts.audio, &self.announcement) {
            call.ear = Some(AnnouncementEar::new(Arc::clone(known), facts.start));
        }
        call.learn(facts, self.line, &self.policy);
        call.earliest = earliest;
        out.push(Output::CallBegan(Box::new(self.note(&call, anchor))));
        self.calls.push(call);
    }

    /// A call leaves this timeslot at `at` without ending (hold, transfer): its recording here is
    /// closed, another timeslot's recorder takes it on.
    pub(crate) fn leave(
        &mut self,
        key: CallKey,
        at: SampleTime,
        anchor: &Anchor,
        out: &mut Vec<Output>,
    ) -> Option<ActiveCall> {
        let mut call = self.calls.remove(self.find(key)?);
        self.write(&mut call, at, 1, out);
        let note = Box::new(self.note(&call, anchor));
        if let Stage::Recording(mut take) = std::mem::replace(&mut call.stage, Stage::Waiting) {
            take.close(note, at, out);
        }
        self.last_end = self.last_end.max(at);
        Some(call)
    }

    /// Hands on what may be written: audio up to `settled`, in pieces of [`CHUNK`], deciding anew
    /// wherever something has changed. Call it after each block.
    pub(crate) fn pump(
        &mut self,
        settled: SampleTime,
        anchor: &Anchor,
        ids: &mut dyn Ids,
        out: &mut Vec<Output>,
    ) {
        let mut calls = std::mem::take(&mut self.calls);
        for call in &mut calls {
            self.follow_rules(call, settled.min(self.ring.end()), anchor, ids, out);
            self.write(call, settled.min(self.ring.end()), CHUNK, out);
            if self.listen(call, settled.min(self.ring.end())) {
                out.push(Output::CallChanged(Box::new(self.note(call, anchor))));
            }
        }
        self.calls = calls;
        self.fit();
    }

    /// Makes room while a call is undecided, and gives it back once its audio was handed on: a
    /// minute of audio on each extension would be ten times what the rest of a line takes.
    fn fit(&mut self) {
        let small = self.undecided.min(settled(&self.policy));
        let waiting = |call: &ActiveCall| match &call.stage {
            Stage::Waiting => true,
            Stage::Recording(take) => self.ring.end() - take.written > small as u64,
            Stage::Refused(_) => false,
        };
        let wanted = match self.calls.iter().any(waiting) {
            true => self.undecided,
            false => small,
        };
        if self.ring.capacity() != wanted as u64 {
            self.ring.resize(wanted);
        }
    }

    /// The rules have changed (reload, suspension): ask again about every call.
    pub(crate) fn rules_changed(&mut self, policy: &Arc<Policy>) {
        self.policy = Arc::clone(policy);
        for call in &mut self.calls {
            call.ask = SampleTime(0);
        }
    }

    /// The call machine had to be replaced: what is under way ends here.
    pub(crate) fn abort(
        &mut self,
        reason: EndReason,
        anchor: &Anchor,
        ids: &mut dyn Ids,
        out: &mut Vec<Output>,
    ) {
        for mut call in std::mem::take(&mut self.calls) {
            call.facts.end = Some(self.ring.end());
            call.facts.end_reason = Some(reason);
            self.finish(call, anchor, ids, out);
        }
    }

    fn find(&self, key: CallKey) -> Option<usize> {
        self.calls.iter().position(|call| call.key == key)
    }

    fn note(&self, call: &ActiveCall, anchor: &Anchor) -> CallNote {
        CallNote {
            id: call.id,
            line: self.line,
            external: call.external,
            not_recorded: match &call.stage {
                Stage::Refused(reason) => Some(*reason),
                _ => None,
            },
            recorded: call.takes > 0,
            announcement: call
                .ear
                .as_ref()
                .map(|ear| ear.note(&call.facts))
                .unwrap_or_default(),
            facts: call.facts.clone(),
            clock_synced: call.clock_synced,
            anchor: anchor.clone(),
        }
    }

    /// Asks the policy at every position up to `to` at which its answer may change, and acts on it.
    fn follow_rules(
        &mut self,
        call: &mut ActiveCall,
        to: SampleTime,
        anchor: &Anchor,
        ids: &mut dyn Ids,
        out: &mut Vec<Output>,
    ) {
        while call.ask <= to {
            let at = call.ask.max(call.facts.start);
            let at = if call.ask == SampleTime(0) {
                at.max(to)
            } else {
                at
            };
            let verdict = self
                .policy
                .verdict(self.line, &call.facts, call.external, anchor, at);
            self.act(call, &verdict, anchor, ids, out);
            call.ask = match verdict.changes {
                Some(change) => anchor.sample(change).max(at + 1),
                None => SampleTime(u64::MAX),
            };
        }
    }

    fn act(
        &mut self,
        call: &mut ActiveCall,
        verdict: &Verdict,
        anchor: &Anchor,
        ids: &mut dyn Ids,
        out: &mut Vec<Output>,
    ) {
        let at = verdict.at;
        match (&call.stage, verdict.decision) {
            (Stage::Waiting | Stage::Refused(_), Decision::Record) => {
                let resumed = matches!(call.stage, Stage::Refused(_)) && call.takes > 0;
                let not_before = if resumed { at } else { SampleTime(0) };
                let allowed = anchor.sample(self.policy.not_before(&call.facts, anchor, at));
                let from = call.earliest.max(allowed).max(not_before);
                self.open(call, from, anchor, ids, out);
            }
            (Stage::Recording(_), Decision::Never(reason)) => {
                self.write(call, at, 1, out);
                let before = std::mem::replace(&mut call.stage, Stage::Refused(reason));
                if let Stage::Recording(mut take) = before {
                    take.close(Box::new(self.note(call, anchor)), at, out);
                }
            }
            (Stage::Waiting | Stage::Refused(_), Decision::Never(reason)) => {
                call.stage = Stage::Refused(reason);
            }
            (Stage::Recording(_), Decision::Record) | (_, Decision::HoldInMemory) => {}
        }
    }

    fn open(
        &self,
        call: &mut ActiveCall,
        from: SampleTime,
        anchor: &Anchor,
        ids: &mut dyn Ids,
        out: &mut Vec<Output>,
    ) {
        // Between two calls the pre-roll keeps clear of the one before, whose end is an estimate.
        let clear = (self.last_end + GUARD).min(call.facts.start);
        let from = from.max(clear).max(self.last_end).max(self.ring.start());
        let recording = RecordingId(ids.next(anchor.utc(from).as_millisecond()));
        let segment = call.takes;
        call.takes += 1;
        call.stage = Stage::Recording(Take {
            id: recording,
            from,
            written: from,
            muter: self
                .policy
                .mute_dtmf
                .then(|| Box::new(Muter::new(usize::from(self.channels)))),
        });
        let channels = self.channels;
        let call = self.note(call, anchor);
        out.push(Output::Open(Box::new(OpenRecording {
            recording,
            call,
            from,
            channels,
            segment,
        })));
    }

    /// Listens for the announcement up to `to`; whether it was just recognised.
    fn listen(&self, call: &mut ActiveCall, to: SampleTime) -> bool {
        let (ear, answered) = (&mut call.ear, call.facts.answered);
        ear.as_mut()
            .is_some_and(|ear| ear.hear(&self.ring, usize::from(self.channels), answered, to))
    }

    /// Hands on audio up to `to` once `least` positions have gathered.
    fn write(&mut self, call: &mut ActiveCall, to: SampleTime, least: u64, out: &mut Vec<Output>) {
        let Stage::Recording(take) = &mut call.stage else {
            return;
        };
        if to - take.written < least {
            return;
        }
        let room = (to - take.written) as usize * usize::from(self.channels);
        let mut samples = std::mem::take(&mut self.buffer);
        samples.reserve_exact(room);
        self.ring.copy(take.written, to, &mut samples);
        take.written = to;
        take.hand_on(samples, out);
    }

    fn finish(
        &mut self,
        mut call: ActiveCall,
        anchor: &Anchor,
        ids: &mut dyn Ids,
        out: &mut Vec<Output>,
    ) {
        let end = call.facts.end.unwrap_or(self.ring.end());
        call.ask = call.ask.min(end);
        self.follow_rules(&mut call, end, anchor, ids, out);
        self.write(&mut call, end, 1, out);
        self.listen(&mut call, end);
        let note = Box::new(self.note(&call, anchor));
        if let Stage::Recording(take) = &mut call.stage {
            take.close(note.clone(), end, out);
        }
        out.push(Output::CallEnded(note));
        self.last_end = self.last_end.max(end);
        if self.calls.is_empty() {
            self.ring.wipe_before(end);
        }
    }
}
