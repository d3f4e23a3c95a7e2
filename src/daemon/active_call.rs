//! A call under way as its line's recorder sees it: what is known of it, and what became of its audio so
//! far. No I/O.

use crate::rules::Reason;
use crate::words::{CallFacts, CallId, CallKey, Direction, LineIndex, SampleTime};

use super::anchor::Anchor;
use super::announcement_ear::AnnouncementEar;
use super::outputs::Ids;
use super::policy::Policy;
use super::take::Take;

/// What becomes of a call's audio.
pub(crate) enum Stage {
    /// Not decided: audio waits in memory.
    Waiting,
    /// On its way to disk.
    Recording(Take),
    /// Not recorded, or not any more.
    Refused(Reason),
}

/// A call under way, with what became of its audio so far.
pub(crate) struct ActiveCall {
    pub(super) id: CallId,
    pub(super) key: CallKey,
    pub(super) facts: CallFacts,
    pub(super) stage: Stage,
    pub(super) takes: u32,
    /// Ask the policy again at this position; zero: at once.
    pub(super) ask: SampleTime,
    /// What the numbers have proven. Once internal, always internal: digits typed later in the
    /// call cannot make it external.
    pub(super) external: Option<bool>,
    /// Audio before this position is another call's.
    pub(super) earliest: SampleTime,
    /// Whether the clock was synchronised when it began.
    pub(super) clock_synced: bool,
    /// Listens for the announcement, on calls that are to have one.
    pub(super) ear: Option<AnnouncementEar>,
}

impl ActiveCall {
    /// A call that has just begun.
    pub(super) fn begun(
        key: CallKey,
        facts: CallFacts,
        anchor: &Anchor,
        ids: &mut dyn Ids,
    ) -> Self {
        Self {
            id: CallId(ids.next(anchor.utc(facts.start).as_millisecond())),
            key,
            facts,
            stage: Stage::Waiting,
            takes: 0,
            ask: SampleTime(0),
            external: None,
            earliest: SampleTime(0),
            clock_synced: anchor.is_synchronised(),
            ear: None,
        }
    }

    /// Takes what was learnt of it.
    pub(super) fn learn(&mut self, facts: CallFacts, line: LineIndex, policy: &Policy) {
        self.facts = facts;
        self.ask = SampleTime(0);
        if self.external != Some(false) {
            self.external = policy.external(line, &self.facts);
        }
        if self.facts.direction == Direction::Outgoing || self.external == Some(false) {
            self.ear = None; // §4.1 is about those who call us
        }
    }
}
