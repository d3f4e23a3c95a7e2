//! An ISDN line's signalling behind a guard: a panic in it costs the messages of some seconds, never
//! audio.
//!
//! The recorders get their audio beside it, so recordings under way go on whatever happens here.
//! After a panic bit order, links and what was heard so far are begun anew, the calls under way are
//! taken along: their ends are still told by signalling. If that fails within [`SOON`] again, the
//! calls themselves may be what it fails on; they are then forgotten there and run on as calls found
//! by sound ([`Fallback::adopt`]). Each panic is counted for the status and its alarm. Allocates only
//! then; never blocks.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::isdn::Notice;
use crate::words::{CallEvent, CallFacts, CallKey, SampleTime, ms};

use super::isdn_fallback::{Act, Fallback};
use super::isdn_signalling::Signalling;

/// Two failures within this time have one cause.
const SOON: u64 = ms(2_000);

/// See the module.
pub(crate) struct GuardedSignalling {
    /// Name of the line, for messages.
    name: String,
    signalling: Signalling,
    fallback: Fallback,
    failures: u32,
    failed_at: Option<SampleTime>,
    /// Calls under way as the signalling has told them.
    told: HashMap<CallKey, CallFacts>,
    /// The signalling has forgotten them.
    forgotten: bool,
    /// A test's panics: each at the first step at or past its position.
    #[cfg(test)]
    pub(crate) traps: Vec<SampleTime>,
}

impl GuardedSignalling {
    /// Guards these two of the line `name`.
    pub(crate) fn new(name: String, signalling: Signalling, fallback: Fallback) -> Self {
        Self {
            name,
            signalling,
            fallback,
            failures: 0,
            failed_at: None,
            told: HashMap::new(),
            forgotten: false,
            #[cfg(test)]
            traps: Vec::new(),
        }
    }

    /// Does one step at `now`; if it fails, nothing comes of it.
    pub(crate) fn step<R: Default>(
        &mut self,
        now: SampleTime,
        step: impl FnOnce(&mut Signalling, &mut Fallback) -> R,
    ) -> R {
        let (signalling, fallback) = (&mut self.signalling, &mut self.fallback);
        #[cfg(test)]
        let trapped = self.traps.first().is_some_and(|trap| *trap <= now);
        // Of what a panic leaves only whole calls and events are taken along below.
        let held = catch_unwind(AssertUnwindSafe(|| {
            #[cfg(test)]
            assert!(!trapped, "signalling that fails");
            step(signalling, fallback)
        }));
        held.unwrap_or_else(|_| {
            #[cfg(test)]
            if trapped {
                self.traps.remove(0);
            }
            self.renew(now);
            R::default()
        })
    }

    /// The next call event.
    pub(crate) fn poll(&mut self) -> Option<CallEvent> {
        let event = self.signalling.poll()?;
        match &event {
            CallEvent::Began { key, facts } | CallEvent::Changed { key, facts } => {
                self.told.insert(*key, facts.clone());
            }
            CallEvent::Ended { key, .. } | CallEvent::Withdrawn { key } => {
                self.told.remove(key);
            }
        }
        Some(event)
    }

    /// The next thing for the log.
    pub(crate) fn poll_notice(&mut self) -> Option<Notice> {
        self.signalling.poll_notice()
    }

    /// Whether calls can no longer be followed.
    pub(crate) fn is_lost(&self) -> bool {
        self.signalling.is_lost()
    }

    /// Panics caught since the start.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// Hands calls that the signalling has forgotten to those found by sound. Poll before.
    pub(crate) fn adopt(&mut self, now: SampleTime) -> Vec<Act> {
        if !std::mem::take(&mut self.forgotten) {
            return Vec::new();
        }
        let forgotten: Vec<_> = self.told.drain().collect();
        self.step(now, |_, fallback| {
            let adopted = forgotten.into_iter();
            let acts = adopted.filter_map(|(key, facts)| fallback.adopt(key, facts, now));
            acts.collect()
        })
    }

    fn renew(&mut self, now: SampleTime) {
        self.failures = self.failures.saturating_add(1);
        let again = self.failed_at.replace(now);
        let again = again.is_some_and(|before| now - before < SOON);
        self.forgotten |= again;
        self.signalling = self.signalling.renewed(!again);
        self.fallback = self.fallback.renewed(now);
        if self.failures.is_power_of_two() {
            log::error!(
                "line {}: its signalling failed and was begun anew ({} times since the start); \
                 recordings go on, messages of the last seconds may be missed",
                self.name,
                self.failures
            );
        }
    }
}
