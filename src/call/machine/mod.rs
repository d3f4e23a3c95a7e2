//! The call machine of one analog line: signals in, call events out.
//!
//! Like `quinn-proto`: [`CallMachine::handle`] takes what was heard, [`CallMachine::advance`] lets
//! sample time pass, [`CallMachine::poll`] yields what is to be told. It reads no clock, does no
//! I/O and never blocks; it allocates for digits and for events not yet polled.
//!
//! Signals name the true instants and may come late, each by at most [`CallSettings::lag`]; what
//! is decided depends on those instants alone, so a timer goes off `lag` after it is due and the
//! result does not depend on when `advance` is called. Signals may be out of order by as much.
//!
//! * A call starts at its first ring or off-hook and ends on-hook; unanswered, at the end of the
//!   last ring burst.
//! * An open loop of up to [`CallSettings::flash_max`] is a hook flash, never an end; digits after
//!   it belong to the consultation.
//! * Digits belong to `dialled` until the set-up is over: ringback, busy, answer or speech.
//! * An off-hook taken back (on-hook at or before its own instant) was no call: `Withdrawn`.

mod active;
mod ringing;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use self::active::Active;
use self::ringing::Ringing;
use super::timers::{Timer, TimerTable};
use crate::words::{
    CallEvent, CallFacts, CallKey, Caller, Direction, EndReason, Fault, HookState, SampleTime,
    Signal, Tone, ms,
};

/// Times of a line's call machine, in samples.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CallSettings {
    /// Longest open loop that is still a hook flash (ETSI R-key and hand-made ones: 50-800 ms).
    pub flash_max: u64,
    /// Longest pause between two ring bursts of one call, where no pause was measured yet.
    pub ring_pause_max: u64,
    /// How late a signal may be told.
    pub lag: u64,
    /// Nothing heard for so long ends the call; `None` where the loop is sensed.
    pub silence: Option<u64>,
}

impl CallSettings {
    /// For lines whose loop is sensed by voltage or contact.
    pub const fn sensed() -> Self {
        Self {
            flash_max: ms(800),
            ring_pause_max: ms(6_500),
            lag: ms(500),
            silence: None,
        }
    }

    /// For AC-coupled lines, where off-hook and on-hook are judged from sound.
    pub const fn audio() -> Self {
        Self {
            lag: ms(5_000),
            silence: Some(ms(180_000)),
            ..Self::sensed()
        }
    }
}

#[derive(Debug)]
enum Phase {
    Idle,
    Ringing(Ringing),
    Active(Active),
    /// The loop opened at the instant given: a flash or the end.
    Parted(Active, SampleTime),
}

/// See the module's description.
#[derive(Debug)]
pub struct CallMachine {
    settings: CallSettings,
    phase: Phase,
    timers: TimerTable,
    events: VecDeque<CallEvent>,
    next_key: u32,
    /// Caller identification sent before the first ring.
    early_caller: Option<(SampleTime, Caller)>,
    dead: bool,
}

/// How long a caller identification waits for the first ring.
const EARLY_CALLER: u64 = ms(8_000);
/// A line that goes dead so soon after off-hook, with nothing heard, was being cut, not used.
const CUT_WITHIN: u64 = ms(5_000);

impl CallMachine {
    /// An idle line.
    pub fn new(settings: CallSettings) -> Self {
        Self {
            settings,
            phase: Phase::Idle,
            timers: TimerTable::default(),
            events: VecDeque::new(),
            next_key: 0,
            early_caller: None,
            dead: false,
        }
    }

    /// Takes one signal of the line.
    pub fn handle(&mut self, signal: &Signal) {
        match signal {
            Signal::Hook { at, state } => self.hook(*at, *state),
            Signal::RingOn { start } => self.ring_on(*start),
            Signal::RingOff { start, end } => self.ring_off(*start, *end),
            Signal::CallerId { at, caller } => self.caller(*at, caller),
            Signal::FaultOn {
                fault: Fault::Dead,
                start,
            } => self.dead(*start),
            Signal::FaultOff {
                fault: Fault::Dead, ..
            } => self.dead = false,
            Signal::FaultOn { .. } | Signal::FaultOff { .. } => {}
            heard => self.heard(heard),
        }
    }

    /// Lets sample time pass up to `now`, the end of what the detectors have seen.
    pub fn advance(&mut self, now: SampleTime) {
        while let Some(timer) = self.timers.take_due(now) {
            match timer {
                Timer::Parted => self.settle(),
                Timer::RingPause => self.ringing_stopped(),
                Timer::Silence => self.fell_silent(),
            }
        }
    }

    /// When [`CallMachine::advance`] next has something to do.
    pub fn next_deadline(&self) -> Option<SampleTime> {
        self.timers.next()
    }

    /// The next thing to tell.
    pub fn poll(&mut self) -> Option<CallEvent> {
        self.events.pop_front()
    }

    /// `samples` are missing from `at` on. A loss proves nothing: whatever is under way goes on,
    /// and its pauses grow by the loss.
    pub fn gap(&mut self, at: SampleTime, samples: u64) {
        let _ = at;
        for timer in [Timer::RingPause, Timer::Silence] {
            self.timers.postpone(timer, samples);
        }
    }

    /// The input ends at `now`: closes what is open.
    pub fn finish(&mut self, now: SampleTime) {
        self.advance(now);
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => {}
            Phase::Ringing(ringing) => {
                self.end(ringing.key, ringing.facts, now, EndReason::EndOfInput);
            }
            Phase::Active(call) => self.end(call.key, call.facts, now, EndReason::EndOfInput),
            Phase::Parted(call, at) => self.hung_up(call, at),
        }
        self.timers.stop_all();
    }

    /// Up to where what has happened is sure to belong to the call under way, given that the
    /// detectors have seen everything up to `now`. An open loop may be the end of the call, and
    /// what follows it the next one's.
    pub fn settled(&self, now: SampleTime) -> SampleTime {
        match &self.phase {
            Phase::Parted(_, at) => now.min(*at),
            Phase::Idle | Phase::Ringing(_) | Phase::Active(_) => now,
        }
    }

    /// Whether a call is under way, and which.
    pub fn current(&self) -> Option<(CallKey, &CallFacts)> {
        match &self.phase {
            Phase::Idle => None,
            Phase::Ringing(ringing) => Some((ringing.key, &ringing.facts)),
            Phase::Active(call) | Phase::Parted(call, _) => Some((call.key, &call.facts)),
        }
    }

    fn hook(&mut self, at: SampleTime, state: HookState) {
        match state {
            HookState::Off if !self.dead => self.off_hook(at),
            HookState::Off => {}
            HookState::On => self.on_hook(at),
        }
    }

    fn off_hook(&mut self, at: SampleTime) {
        if let Phase::Parted(_, parted) = &self.phase
            && at - *parted > self.settings.flash_max
        {
            self.settle();
        }
        if let Phase::Ringing(ringing) = &self.phase
            && ringing.is_over_at(at, &self.settings)
        {
            self.ringing_stopped();
        }
        self.phase = match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => Phase::Active(self.seized(at)),
            Phase::Ringing(ringing) => Phase::Active(self.answered(ringing, at)),
            Phase::Active(call) => Phase::Active(call),
            Phase::Parted(mut call, _) => {
                self.timers.stop(Timer::Parted);
                call.flashed(at);
                self.changed(call.key, &call.facts);
                Phase::Active(call)
            }
        };
        self.listen(at);
    }

    fn on_hook(&mut self, at: SampleTime) {
        self.phase = match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Active(call) if at <= call.seized => self.taken_back(call),
            Phase::Active(call) => {
                let due = at + self.settings.flash_max + self.settings.lag;
                self.timers.set(Timer::Parted, due);
                Phase::Parted(call, at)
            }
            other => other,
        };
    }

    /// The off-hook was a mistake: an outgoing call never was, an incoming one still rings.
    fn taken_back(&mut self, call: Active) -> Phase {
        self.timers.stop_all();
        match call.rang {
            Some(mut ringing) => {
                ringing.facts.caller = call.facts.caller;
                self.changed(ringing.key, &ringing.facts);
                self.timers
                    .set(Timer::RingPause, ringing.deadline(&self.settings));
                Phase::Ringing(*ringing)
            }
            None => {
                self.events
                    .push_back(CallEvent::Withdrawn { key: call.key });
                Phase::Idle
            }
        }
    }

    /// The open loop was no flash.
    fn settle(&mut self) {
        self.timers.stop(Timer::Parted);
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Parted(call, at) => self.hung_up(call, at),
            other => self.phase = other,
        }
    }

    fn hung_up(&mut self, call: Active, at: SampleTime) {
        self.timers.stop_all();
        let key = call.key;
        let (reason, facts) = call.closed(at);
        self.end(key, facts, at, reason);
    }

    fn seized(&mut self, at: SampleTime) -> Active {
        let direction = if at == SampleTime::default() {
            Direction::Unknown
        } else {
            Direction::Outgoing
        };
        let facts = CallFacts::begun(at, direction);
        let key = self.began(&facts);
        Active::new(key, facts, at, None)
    }

    fn answered(&mut self, ringing: Ringing, at: SampleTime) -> Active {
        self.timers.stop(Timer::RingPause);
        let mut facts = ringing.facts.clone();
        facts.answered = Some(at);
        self.changed(ringing.key, &facts);
        Active::new(ringing.key, facts, at, Some(Box::new(ringing)))
    }

    /// Tones, digits and voices.
    fn heard(&mut self, signal: &Signal) {
        if let Signal::ToneOn {
            tone: Tone::Dial | Tone::SecondDial,
            start,
        } = signal
        {
            self.split_off_the_ringing(*start);
        }
        let (Phase::Active(call) | Phase::Parted(call, _)) = &mut self.phase else {
            return;
        };
        let (key, changed) = (call.key, call.heard(signal));
        if changed {
            let facts = call.facts.clone();
            self.changed(key, &facts);
        }
        if let Some(until) = active::heard_until(signal) {
            self.listen(until);
        }
    }

    /// Whoever lifts the handset after the caller gave up hears the dial tone: two calls.
    fn split_off_the_ringing(&mut self, dial: SampleTime) {
        let Phase::Active(call) = &mut self.phase else {
            return;
        };
        if !call.is_new_seizure(dial) {
            return;
        }
        let (at, Some(ringing)) = (call.seized, call.rang.take()) else {
            return;
        };
        let ended = ringing.last_end;
        self.end(ringing.key, ringing.facts, ended, EndReason::RingStopped);
        self.phase = Phase::Active(self.seized(at));
    }

    fn dead(&mut self, start: SampleTime) {
        self.dead = true;
        self.timers.stop_all();
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Idle => {}
            Phase::Ringing(ringing) => {
                let ended = ringing.last_end;
                self.end(ringing.key, ringing.facts, ended, EndReason::RingStopped);
            }
            Phase::Active(call) | Phase::Parted(call, _)
                if call.is_untouched() && start - call.seized < CUT_WITHIN =>
            {
                self.events
                    .push_back(CallEvent::Withdrawn { key: call.key });
            }
            Phase::Active(call) => {
                let key = call.key;
                let (_, facts) = call.closed(start);
                self.end(key, facts, start, EndReason::LineDead);
            }
            Phase::Parted(call, at) => self.hung_up(call, at),
        }
    }

    fn fell_silent(&mut self) {
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Active(call) => {
                self.timers.stop_all();
                let (key, at) = (call.key, call.last_heard);
                let (_, facts) = call.closed(at);
                self.end(key, facts, at, EndReason::Silence);
            }
            other => self.phase = other,
        }
    }

    /// Something was heard up to `until`: silence starts anew.
    fn listen(&mut self, until: SampleTime) {
        if let Some(silence) = self.settings.silence {
            self.timers
                .set(Timer::Silence, until + silence + self.settings.lag);
        }
    }

    fn began(&mut self, facts: &CallFacts) -> CallKey {
        let key = CallKey(self.next_key);
        self.next_key = self.next_key.wrapping_add(1);
        self.events.push_back(CallEvent::Began {
            key,
            facts: facts.clone(),
        });
        key
    }

    fn changed(&mut self, key: CallKey, facts: &CallFacts) {
        self.events.push_back(CallEvent::Changed {
            key,
            facts: facts.clone(),
        });
    }

    fn end(&mut self, key: CallKey, mut facts: CallFacts, at: SampleTime, reason: EndReason) {
        facts.end = Some(at.max(facts.start));
        facts.end_reason = Some(reason);
        self.events.push_back(CallEvent::Ended { key, facts });
    }
}
