//! The rules of the office, applied to the lines of the configuration: what may be kept of a call
//! at a given instant. Asks `rules` and `call::NumberingPlan`; holds no audio and reads no clock.

use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use crate::call::NumberingPlan;
use crate::rules::{Decision, LineRole, OfficeHours, Situation, decide};
use crate::words::{CallFacts, Direction, LineIndex, SampleTime, ms};

use super::anchor::Anchor;

/// What the rules know of one line.
#[derive(Debug)]
pub(crate) struct LineRules {
    /// Trunk or extension.
    pub(crate) role: LineRole,
    /// Suspended by the director's order.
    pub(crate) suspended: AtomicBool,
}

/// The rules in force. Made anew on reload; shared by all workers.
#[derive(Debug)]
pub(crate) struct Policy {
    /// Office hours with what happens at opening and closing.
    pub(crate) hours: OfficeHours,
    /// What makes a number internal.
    pub(crate) numbering: NumberingPlan,
    /// Lines in the order of the configuration.
    pub(crate) lines: Vec<LineRules>,
    /// Audio kept from before a call's start, in samples.
    pub(crate) pre_roll: u64,
    /// Whether digits typed in a conversation are silenced in its recording.
    pub(crate) mute_dtmf: bool,
}

/// An answer of the policy about one instant of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    /// The instant asked about.
    pub(crate) at: SampleTime,
    /// What to do with the audio of that instant.
    pub(crate) decision: Decision,
    /// When the hours next change: ask again there.
    pub(crate) changes: Option<Timestamp>,
}

impl Policy {
    /// Whether the call is external: `None` while nothing proves it either way.
    pub(crate) fn external(&self, line: LineIndex, facts: &CallFacts) -> Option<bool> {
        match self.lines[usize::from(line.0)].role {
            LineRole::Trunk => Some(true),
            LineRole::Extension => self.by_number(facts),
        }
    }

    fn by_number(&self, facts: &CallFacts) -> Option<bool> {
        let number = match facts.direction {
            Direction::Outgoing => Some(&facts.dialled),
            _ => facts
                .caller
                .as_ref()
                .and_then(|caller| caller.number.as_ref()),
        }?;
        let over = facts.end.is_some() || facts.answered.is_some();
        let class = if over {
            self.numbering.conclude(number, facts.direction)
        } else {
            self.numbering.classify(number, facts.direction)
        };
        class.external()
    }

    /// What may be kept of the call's audio at `at`.
    pub(crate) fn verdict(
        &self,
        line: LineIndex,
        facts: &CallFacts,
        external: Option<bool>,
        anchor: &Anchor,
        at: SampleTime,
    ) -> Verdict {
        let now = anchor.utc(at);
        let rules = &self.lines[usize::from(line.0)];
        let start = anchor.utc(facts.start);
        let schedule = self.hours.schedule();
        let decision = decide(&Situation {
            role: Some(rules.role),
            external,
            audio: facts.audio,
            ended: facts.end.is_some(),
            hours: self.hours.since_start(start, now),
            at_opening: schedule.at_opening,
            at_closing: schedule.at_closing,
            suspended: rules.suspended.load(Ordering::Acquire),
        });
        Verdict {
            at,
            decision,
            changes: self.hours.next_change(now),
        }
    }

    /// With [`Decision::Record`] at `at`: audio from before this instant must not be kept.
    pub(crate) fn not_before(
        &self,
        facts: &CallFacts,
        anchor: &Anchor,
        at: SampleTime,
    ) -> Timestamp {
        let now = anchor.utc(at);
        let open_since = |at| self.hours.open_since(at);
        open_since(now)
            .or_else(|| open_since(anchor.utc(facts.start)))
            .unwrap_or(now)
    }

    /// Positions a line's memory must hold: the pre-roll and what may be undecided.
    pub(crate) fn memory(&self, line: LineIndex) -> usize {
        let undecided = match self.lines[usize::from(line.0)].role {
            LineRole::Trunk => ms(6_000),
            LineRole::Extension => ms(60_000),
        };
        usize::try_from(self.pre_roll + undecided).unwrap_or(usize::MAX)
    }
}
