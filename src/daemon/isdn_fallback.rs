//! What happens to calls while an ISDN line's signalling is lost: calls under way are kept until
//! both directions have been silent for long, and sound on a free timeslot is a call of unknown
//! direction. When signalling is back, such a call runs until silence or until signalling names
//! another call on its timeslot.
//!
//! Judges, and leaves acting to the line. No clock: time is the card's sample time.

use std::collections::HashMap;

use crate::words::{CallEvent, CallFacts, CallKey, Direction, EndReason, SampleTime, Segment, ms};

use super::isdn_energy::Energy;

/// Silence of both directions after which a kept call is over.
const KEPT_SILENCE: u64 = ms(60_000);
/// The same for a call found by sound: two calls in a row should stay two.
const FOUND_SILENCE: u64 = ms(20_000);
/// How long a call that is heard nowhere (on hold, not yet on a channel) outlives its signalling:
/// T309 (Q.931 9.1).
const UNHEARD: u64 = ms(90_000);
/// Keys of calls found by sound, apart from those of the signalling.
const FIRST_KEY: u32 = 1 << 31;

/// What the line is to do.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a handful a day, consumed at once"
)]
pub(crate) enum Act {
    /// End a call of the signalling.
    Close(CallKey, SampleTime, EndReason),
    /// Follow this event of a call found by sound.
    Event(CallEvent),
}

/// A call found by sound.
#[derive(Clone)]
struct Found {
    key: CallKey,
    facts: CallFacts,
}

/// One timeslot.
struct Timeslot {
    energy: Energy,
    /// False for the one that carries the signalling.
    voice: bool,
    found: Option<Found>,
}

/// The timeslots of one line.
pub(crate) struct Fallback {
    lost_since: Option<SampleTime>,
    slots: Vec<Timeslot>,
    next_key: u32,
}

impl Fallback {
    /// A line whose timeslots, from 1 on, carry voice or not.
    pub(crate) fn new(voice: impl Iterator<Item = bool>) -> Self {
        let timeslot = |voice| Timeslot {
            energy: Energy::new(),
            voice,
            found: None,
        };
        Self {
            lost_since: None,
            slots: voice.map(timeslot).collect(),
            next_key: FIRST_KEY,
        }
    }

    /// One in the place of this one, which has failed inside at `now`: calls found by sound stay.
    pub(crate) fn renewed(&self, now: SampleTime) -> Self {
        let timeslot = |slot: &Timeslot| Timeslot {
            energy: Energy::since(now),
            voice: slot.voice,
            found: slot.found.clone(),
        };
        Self {
            lost_since: self.lost_since,
            slots: self.slots.iter().map(timeslot).collect(),
            next_key: self.next_key,
        }
    }

    /// A call whose signalling is forgotten: from now on it is one found by sound. One that is heard
    /// nowhere ends at `now`.
    pub(crate) fn adopt(&mut self, key: CallKey, facts: CallFacts, now: SampleTime) -> Option<Act> {
        let found = Found { key, facts };
        let segment = found.facts.segments.last();
        let heard = segment.filter(|segment| segment.end.is_none());
        let index = heard.and_then(|segment| usize::from(segment.timeslot).checked_sub(1));
        match index.and_then(|index| self.slots.get_mut(index)) {
            Some(slot) if slot.found.is_none() => {
                slot.found = Some(found);
                None
            }
            _ => Some(found.ended(now, EndReason::SignallingLost)),
        }
    }

    /// A sample of both directions of timeslot `index` + 1.
    pub(crate) fn audio(&mut self, index: usize, sides: [i16; 2], at: SampleTime) {
        self.slots[index].energy.push(sides, at);
    }

    /// What is to be done at `now`; `calls` are those under way and their timeslots (0 = none).
    pub(crate) fn judge(
        &mut self,
        now: SampleTime,
        lost: bool,
        calls: &HashMap<CallKey, usize>,
    ) -> Vec<Act> {
        let mut acts = Vec::new();
        if !lost {
            self.lost_since = None;
        }
        for index in 0..self.slots.len() {
            self.follow_found(index, now, calls, &mut acts);
        }
        if lost {
            let since = *self.lost_since.get_or_insert(now);
            self.let_go(now, since, calls, &mut acts);
            self.find(now, calls, &mut acts);
        }
        acts
    }

    /// The input is at its end.
    pub(crate) fn finish(&mut self, now: SampleTime) -> Vec<Act> {
        let found = self.slots.iter_mut().filter_map(|slot| slot.found.take());
        found
            .map(|found| found.ended(now, EndReason::EndOfInput))
            .collect()
    }

    fn follow_found(
        &mut self,
        index: usize,
        now: SampleTime,
        calls: &HashMap<CallKey, usize>,
        acts: &mut Vec<Act>,
    ) {
        let slot = &mut self.slots[index];
        let last = slot.energy.last_sound();
        let silent = now - last > FOUND_SILENCE;
        let Some(found) = slot.found.take_if(|found| {
            let another = |(key, at): (&CallKey, &usize)| *at == index + 1 && *key != found.key;
            silent || calls.iter().any(another)
        }) else {
            return;
        };
        acts.push(if silent {
            found.ended(last, EndReason::Silence)
        } else {
            found.ended(now, EndReason::Superseded)
        });
    }

    fn let_go(
        &self,
        now: SampleTime,
        since: SampleTime,
        calls: &HashMap<CallKey, usize>,
        acts: &mut Vec<Act>,
    ) {
        for (key, slot) in calls.iter().filter(|(key, _)| key.0 < FIRST_KEY) {
            let Some(slot) = slot.checked_sub(1).and_then(|index| self.slots.get(index)) else {
                if now - since > UNHEARD {
                    acts.push(Act::Close(*key, now, EndReason::SignallingLost));
                }
                continue;
            };
            let last = slot.energy.last_sound().max(since);
            if now - last > KEPT_SILENCE {
                acts.push(Act::Close(*key, last, EndReason::Silence));
            }
        }
    }

    fn find(&mut self, now: SampleTime, calls: &HashMap<CallKey, usize>, acts: &mut Vec<Act>) {
        for (slot, timeslot) in self.slots.iter_mut().zip(1u8..) {
            let taken = calls.values().any(|at| *at == usize::from(timeslot));
            let Some(begun) = slot.energy.in_use() else {
                continue;
            };
            if taken || !slot.voice || slot.found.is_some() {
                continue;
            }
            let mut facts = CallFacts::begun(begun.min(now), Direction::Unknown);
            facts.answered = Some(facts.start);
            facts.timeslot = Some(timeslot);
            facts.segments.push(Segment {
                timeslot,
                start: facts.start,
                end: None,
            });
            let key = CallKey(self.next_key);
            self.next_key = self.next_key.wrapping_add(1).max(FIRST_KEY);
            acts.push(Act::Event(CallEvent::Began {
                key,
                facts: facts.clone(),
            }));
            slot.found = Some(Found { key, facts });
        }
    }
}

impl Found {
    fn ended(mut self, at: SampleTime, reason: EndReason) -> Act {
        self.facts.end = Some(at);
        self.facts.end_reason = Some(reason);
        for segment in &mut self.facts.segments {
            segment.end.get_or_insert(at);
        }
        Act::Event(CallEvent::Ended {
            key: self.key,
            facts: self.facts,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two timeslots; sound where `sounds` says so, judged every 20 ms until `end`.
    fn run(
        end_s: u64,
        lost: impl Fn(u64) -> bool,
        mut calls: HashMap<CallKey, usize>,
        sounds: impl Fn(usize, u64) -> bool,
    ) -> Vec<Act> {
        let mut fallback = Fallback::new([true, true].into_iter());
        let mut all = Vec::new();
        for at in 0..end_s * 8_000 {
            for index in 0..2 {
                let sample = if at / 8 % 2 == 0 { 900 } else { -900 };
                let sample = if sounds(index, at / 8_000) { sample } else { 0 };
                fallback.audio(index, [0, sample], SampleTime(at));
            }
            if at % 160 != 0 {
                continue;
            }
            for act in fallback.judge(SampleTime(at), lost(at / 8_000), &calls) {
                match &act {
                    Act::Close(key, ..) | Act::Event(CallEvent::Ended { key, .. }) => {
                        calls.remove(key);
                    }
                    Act::Event(CallEvent::Began { key, facts }) => {
                        calls.insert(*key, usize::from(facts.timeslot.unwrap_or(0)));
                    }
                    Act::Event(_) => {}
                }
                all.push(act);
            }
        }
        all
    }

    #[test]
    fn a_kept_call_runs_on_while_it_sounds_and_ends_where_silence_began() {
        let calls = HashMap::from([(CallKey(1), 1)]);
        let acts = run(120, |s| s >= 10, calls, |index, s| index == 0 && s < 50);
        let [Act::Close(CallKey(1), at, EndReason::Silence)] = acts[..] else {
            panic!("{acts:?}");
        };
        assert!(at.0.abs_diff(400_000) <= 800, "{at:?}");
    }

    #[test]
    fn a_call_that_is_heard_nowhere_ends_with_t309() {
        let calls = HashMap::from([(CallKey(1), 0)]);
        let acts = run(120, |s| s >= 10, calls, |_, _| false);
        let [Act::Close(_, at, EndReason::SignallingLost)] = acts[..] else {
            panic!("{acts:?}");
        };
        assert!(at.0.abs_diff(800_000) <= 320, "{at:?}");
    }

    #[test]
    fn sound_on_a_free_timeslot_is_a_call_while_signalling_is_lost() {
        let sounds = |index: usize, s| index == 1 && (20..30).contains(&s);
        let acts = run(60, |s| s >= 10, HashMap::new(), sounds);
        let [
            Act::Event(CallEvent::Began { facts: begun, .. }),
            Act::Event(CallEvent::Ended { facts, .. }),
        ] = &acts[..]
        else {
            panic!("{acts:?}");
        };
        assert_eq!(
            (begun.direction, begun.timeslot),
            (Direction::Unknown, Some(2))
        );
        assert!(begun.start.0.abs_diff(160_000) <= 4_000, "{begun:?}");
        assert!(facts.end.is_some_and(|end| end.0.abs_diff(240_000) <= 800));
        assert!(
            run(60, |_| false, HashMap::new(), sounds).is_empty(),
            "signalling is there"
        );
    }
}
