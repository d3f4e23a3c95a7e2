//! The call machine while the line rings: bursts, their pause, the caller's number.

use super::{CallMachine, CallSettings, EARLY_CALLER, Phase};
use crate::call::timers::Timer;
use crate::words::{CallFacts, CallKey, Caller, Direction, EndReason, SampleTime, ms};

/// How much longer than measured a ring pause may be.
const PAUSE_SLACK: u64 = ms(1_500);

/// A call that rings and is not answered yet.
#[derive(Clone, Debug)]
pub(super) struct Ringing {
    pub(super) key: CallKey,
    pub(super) facts: CallFacts,
    /// End of the last burst; its start while it lasts.
    pub(super) last_end: SampleTime,
    bursting: bool,
    /// The longest pause between two bursts so far.
    pause: Option<u64>,
}

impl Ringing {
    /// When a burst that has not come by then will not come.
    pub(super) fn deadline(&self, settings: &CallSettings) -> SampleTime {
        let pause = self
            .pause
            .map_or(settings.ring_pause_max, |pause| pause + PAUSE_SLACK);
        self.last_end + pause + settings.lag
    }

    /// Whether ringing had already stopped when something happened at `at`.
    pub(super) fn is_over_at(&self, at: SampleTime, settings: &CallSettings) -> bool {
        !self.bursting && at + settings.lag > self.deadline(settings)
    }
}

impl CallMachine {
    pub(super) fn ring_on(&mut self, start: SampleTime) {
        if self.dead {
            return;
        }
        if let Phase::Parted(_, at) = &self.phase
            && start > *at
        {
            self.settle();
        }
        if let Phase::Ringing(ringing) = &self.phase
            && ringing.is_over_at(start, &self.settings)
        {
            self.ringing_stopped();
        }
        match &mut self.phase {
            Phase::Idle => self.first_ring(start),
            Phase::Ringing(ringing) => {
                let pause = start - ringing.last_end;
                ringing.pause = Some(ringing.pause.map_or(pause, |known| known.max(pause)));
                ringing.bursting = true;
                ringing.last_end = start;
                self.timers.stop(Timer::RingPause);
            }
            Phase::Active(_) | Phase::Parted(..) => {}
        }
    }

    fn first_ring(&mut self, start: SampleTime) {
        let mut facts = CallFacts::begun(start, Direction::Incoming);
        facts.caller = self
            .early_caller
            .take()
            .filter(|(at, _)| start - *at < EARLY_CALLER)
            .map(|(_, caller)| caller);
        let key = self.began(&facts);
        self.phase = Phase::Ringing(Ringing {
            key,
            facts,
            last_end: start,
            bursting: true,
            pause: None,
        });
    }

    pub(super) fn ring_off(&mut self, start: SampleTime, end: SampleTime) {
        if let Phase::Ringing(ringing) = &mut self.phase
            && start >= ringing.facts.start
        {
            ringing.bursting = false;
            ringing.last_end = end;
            self.timers
                .set(Timer::RingPause, ringing.deadline(&self.settings));
        }
    }

    pub(super) fn ringing_stopped(&mut self) {
        self.timers.stop(Timer::RingPause);
        match std::mem::replace(&mut self.phase, Phase::Idle) {
            Phase::Ringing(ringing) => {
                let ended = ringing.last_end;
                self.end(ringing.key, ringing.facts, ended, EndReason::RingStopped);
            }
            other => self.phase = other,
        }
    }

    /// Caller identification counts while the line is idle or rings; after the answer it is a
    /// recording or a forgery.
    pub(super) fn caller(&mut self, at: SampleTime, caller: &Caller) {
        match &mut self.phase {
            Phase::Idle => self.early_caller = Some((at, caller.clone())),
            Phase::Ringing(ringing) => {
                ringing.facts.caller = Some(caller.clone());
                let (key, facts) = (ringing.key, ringing.facts.clone());
                self.changed(key, &facts);
            }
            Phase::Active(call) | Phase::Parted(call, _) => {
                if call.rang.is_some() && at <= call.seized {
                    call.facts.caller = Some(caller.clone());
                    let (key, facts) = (call.key, call.facts.clone());
                    self.changed(key, &facts);
                }
            }
        }
    }
}
