//! One ISDN line inside its card's worker: the D channel's calls, and a recorder for each timeslot
//! in which they are heard, both directions as one stereo recording (A = our side).
//!
//! A call is recorded on the timeslot its last message names, from the answer or, if so configured,
//! from the moment that timeslot is known; hold and retrieve close one recording and open the next
//! (segments of one call). Without a timeslot a call is logged without audio. While signalling is
//! lost, sound decides ([`Fallback`]); where it fails inside, see [`GuardedSignalling`].
//! Both receivers are channels of one card, so their samples are aligned by the card's own frames.

use std::collections::HashMap;
use std::sync::Arc;

use crate::isdn::{Interface, Notice, Side};
use crate::signal::announcement::Announcement;
use crate::signal::g711;
use crate::words::{CallEvent, CallFacts, CallKey, Gap, LineIndex, SampleTime};

use super::active_call::ActiveCall;
use super::anchor::Anchor;
use super::chain::Chain;
use super::guarded_signalling::GuardedSignalling;
use super::isdn_fallback::{Act, Fallback};
use super::isdn_signalling::{Protocol, Signalling};
use super::line_recorder::LineRecorder;
use super::outputs::{Ids, Output};
use super::planes::Planes;
use super::policy::Policy;
use super::router::Router;

/// How an ISDN line lies on its card's channels.
#[derive(Clone, Debug)]
pub(crate) struct IsdnLayout {
    /// How calls are signalled.
    pub(crate) protocol: Protocol,
    /// From seizure, or only from the answer on.
    pub(crate) from_seizure: bool,
    /// Channels with the D bits (or timeslot 16) our side and the network send.
    pub(crate) d_channel: [usize; 2],
    /// Channels of each delivered timeslot: ours, theirs.
    pub(crate) bearers: Vec<[usize; 2]>,
}

/// Where a call is heard: a place in `slots`; 0 is no timeslot.
type Slot = usize;

/// A line's D channel and recorders.
pub(crate) struct IsdnChain {
    name: String,
    line: LineIndex,
    layout: IsdnLayout,
    signalling: GuardedSignalling,
    /// Recorder 0 hears nothing: calls that have no timeslot (yet). Then one a timeslot.
    slots: Vec<LineRecorder>,
    calls: HashMap<CallKey, Slot>,
    out: Vec<Output>,
    /// D bits of a basic rate line not yet an octet: value and count, ours and theirs.
    bits: [(u8, u8); 2],
    lost: u64,
    /// Position after the last block.
    now: SampleTime,
}

impl IsdnChain {
    /// Puts a line together. `policy` decides for each call.
    pub(crate) fn new(
        name: String,
        line: LineIndex,
        layout: IsdnLayout,
        policy: &Arc<Policy>,
        announcement: Option<&Arc<Announcement>>,
    ) -> Self {
        let recorder = |memory| {
            LineRecorder::new(line, Arc::clone(policy), 2, memory)
                .without_pre_roll()
                .with_announcement(announcement.cloned())
        };
        let memory = policy.memory(line);
        let slots = std::iter::once(1).chain(layout.bearers.iter().map(|_| memory));
        let signalling = Signalling::new(layout.protocol, layout.bearers.len());
        let fallback = Fallback::new(layout.bearers.iter().map(|bearer| {
            bearer
                .iter()
                .all(|channel| !layout.d_channel.contains(channel))
        }));
        Self {
            signalling: GuardedSignalling::new(name.clone(), signalling, fallback),
            name,
            line,
            slots: slots.map(recorder).collect(),
            layout,
            calls: HashMap::new(),
            out: Vec::new(),
            bits: [(0, 0); 2],
            lost: 0,
            now: SampleTime(0),
        }
    }

    /// Calls under way.
    pub(crate) fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Calls whose audio goes to the vault.
    pub(crate) fn recording(&self) -> usize {
        let taken = |slot: &&LineRecorder| slot.current().is_some_and(|(.., taken, _)| taken);
        self.slots.iter().filter(taken).count()
    }

    /// Whether the D channel is lost.
    pub(crate) fn is_deaf(&self) -> bool {
        self.signalling.is_lost()
    }

    /// Panics of its signalling that were caught since the start.
    pub(crate) fn failures(&self) -> u32 {
        self.signalling.failures()
    }

    /// Samples lost since the start.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    fn follow(&mut self, anchor: &Anchor, ids: &mut dyn Ids) {
        while let Some(notice) = self.signalling.poll_notice() {
            self.tell(notice);
        }
        while let Some(event) = self.signalling.poll() {
            self.event(event, anchor, ids);
        }
        let acts = self.signalling.adopt(self.now);
        if !acts.is_empty() {
            self.act(acts, anchor, ids);
        }
    }

    fn act(&mut self, acts: Vec<Act>, anchor: &Anchor, ids: &mut dyn Ids) {
        for act in acts {
            match act {
                Act::Close(key, at, reason) => {
                    self.signalling.step(self.now, |signalling, _| {
                        signalling.close(key, at, reason);
                    });
                }
                Act::Event(event) => {
                    if let CallEvent::Began { facts, .. } = &event {
                        let slot = facts.timeslot.unwrap_or(0);
                        log::warn!(
                            "line {}: sound on timeslot {slot} is taken as a call: signalling is lost",
                            self.name
                        );
                    }
                    self.event(event, anchor, ids);
                }
            }
        }
        self.follow(anchor, ids);
    }

    fn event(&mut self, event: CallEvent, anchor: &Anchor, ids: &mut dyn Ids) {
        match &event {
            CallEvent::Began { key, facts } => {
                let call = ActiveCall::begun(*key, facts.clone(), anchor, ids);
                let (slot, from) = self.place(facts, facts.start);
                self.slots[slot].enter(call, from, anchor, &mut self.out);
                self.calls.insert(*key, slot);
            }
            CallEvent::Changed { key, facts } => {
                self.follow_timeslot(*key, facts, anchor);
                self.pass(*key, event, anchor, ids);
            }
            CallEvent::Ended { key, .. } | CallEvent::Withdrawn { key } => {
                let key = *key;
                self.pass(key, event, anchor, ids);
                self.calls.remove(&key);
            }
        }
    }

    fn pass(&mut self, key: CallKey, event: CallEvent, anchor: &Anchor, ids: &mut dyn Ids) {
        if let Some(slot) = self.calls.get(&key) {
            self.slots[*slot].event(event, anchor, ids, &mut self.out);
        }
    }

    /// Moves a call whose timeslot has changed from one recorder to another.
    fn follow_timeslot(&mut self, key: CallKey, facts: &CallFacts, anchor: &Anchor) {
        let (to, from) = self.place(facts, self.now);
        let Some(slot) = self.calls.get_mut(&key).filter(|slot| **slot != to) else {
            return;
        };
        let ended = facts.segments.iter().rev().find_map(|segment| segment.end);
        let left = ended.unwrap_or(from);
        let call = self.slots[*slot].leave(key, left, anchor, &mut self.out);
        *slot = to;
        if let Some(call) = call {
            self.slots[to].enter(call, from, anchor, &mut self.out);
        }
    }

    /// Where a call is heard now, and since when.
    fn place(&self, facts: &CallFacts, known_since: SampleTime) -> (Slot, SampleTime) {
        let slot = |timeslot: u8| {
            let slot = usize::from(timeslot);
            let known = (1..self.slots.len()).contains(&slot);
            if known { slot } else { 0 }
        };
        match (facts.segments.last(), facts.timeslot) {
            (Some(segment), _) if segment.end.is_none() => (slot(segment.timeslot), segment.start),
            (None, Some(timeslot)) if self.layout.from_seizure => (slot(timeslot), known_since),
            _ => (0, facts.start),
        }
    }

    fn tell(&self, notice: Notice) {
        match notice {
            Notice::Locked {
                receiver, variant, ..
            } => {
                log::info!(
                    "line {}: D channel of {receiver:?} heard ({variant:?})",
                    self.name
                );
            }
            Notice::Swapped { swapped: true, .. } => {
                log::warn!(
                    "line {}: the two receivers are swapped; correct `channels`",
                    self.name
                );
            }
            Notice::Swapped { .. } => log::info!("line {}: receivers are right again", self.name),
            Notice::Lost { .. } => log::error!(
                "line {}: signalling lost; calls under way are kept, new ones are found by sound",
                self.name
            ),
            Notice::Back { .. } => log::info!("line {}: signalling is back", self.name),
            Notice::FramesLost { frames, .. } => {
                log::warn!(
                    "line {}: {frames} D channel frames were not heard",
                    self.name
                );
            }
        }
    }
}

impl Chain for IsdnChain {
    fn audio(&mut self, block: &Planes, at: SampleTime) {
        for (slot, bearer) in self.slots[1..].iter_mut().zip(&self.layout.bearers) {
            slot.block(block, bearer);
        }
        for _ in 0..block.frames() {
            self.slots[0].audio(&[0, 0]);
        }
        self.now = at + block.frames() as u64;
        let (layout, bits) = (&self.layout, &mut self.bits);
        self.signalling.step(self.now, |signalling, fallback| {
            for (index, [ours, theirs]) in layout.bearers.iter().enumerate() {
                let sides = block.of(*ours).iter().zip(block.of(*theirs));
                for ((ours, theirs), time) in sides.zip(at.0..) {
                    fallback.audio(index, [*ours, *theirs], SampleTime(time));
                }
            }
            for (d, side) in [Side::User, Side::Network].into_iter().enumerate() {
                let samples = block.of(layout.d_channel[d]).iter();
                let octets = samples.map(|sample| g711::to_a_law(*sample));
                if let Protocol::D(Interface::Bri) = layout.protocol {
                    let (packed, first) = pack(&mut bits[d], octets, at);
                    signalling.push(side, &packed, first);
                } else {
                    let octets: Vec<u8> = octets.collect();
                    signalling.push(side, &octets, at);
                }
            }
            signalling.voice(block, &layout.bearers);
        });
    }

    fn gap(&mut self, gap: &Gap) {
        self.lost += gap.samples;
        self.bits = [(0, 0); 2];
        for slot in &mut self.slots {
            slot.gap(gap);
        }
        self.signalling
            .step(self.now, |signalling, _| signalling.gap(gap));
    }

    fn rules_changed(&mut self, policy: &Arc<Policy>) {
        for slot in &mut self.slots {
            slot.rules_changed(policy);
        }
    }

    fn pump(&mut self, now: SampleTime, anchor: &Anchor, ids: &mut dyn Ids) {
        self.signalling
            .step(now, |signalling, _| signalling.advance(now));
        self.follow(anchor, ids);
        let calls = &self.calls;
        let acts = self.signalling.step(now, |signalling, fallback| {
            fallback.judge(now, signalling.is_lost(), calls)
        });
        self.act(acts, anchor, ids);
        for slot in &mut self.slots[1..] {
            slot.pump(now, anchor, ids, &mut self.out);
        }
    }

    fn finish(&mut self, now: SampleTime, anchor: &Anchor, ids: &mut dyn Ids) {
        self.signalling
            .step(now, |signalling, _| signalling.finish(now));
        self.follow(anchor, ids);
        let acts = self
            .signalling
            .step(now, |_, fallback| fallback.finish(now));
        self.act(acts, anchor, ids);
    }

    fn send(&mut self, router: &Router) {
        let line = usize::from(self.line.0);
        for output in self.out.drain(..) {
            router.line(line, output);
        }
    }

    fn is_idle(&self) -> bool {
        self.calls.is_empty()
    }
}

/// Packs the first two bits of each octet of a basic rate D channel, four samples to an octet.
/// Returns the octets and the position of the first.
fn pack(
    rest: &mut (u8, u8),
    octets: impl Iterator<Item = u8>,
    at: SampleTime,
) -> (Vec<u8>, SampleTime) {
    let first = at.back(u64::from(rest.1));
    let mut packed = Vec::new();
    for octet in octets {
        rest.0 = (rest.0 << 2) | (octet >> 6);
        rest.1 += 1;
        if rest.1 == 4 {
            packed.push(rest.0);
            *rest = (0, 0);
        }
    }
    (packed, first)
}

#[cfg(test)]
mod tests;
