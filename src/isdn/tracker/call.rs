//! One call of the tracker: its reference, its phase, its channel and segments.

use super::super::Side;
use super::Heard;
use crate::words::{CallFacts, CallKey, Direction, SampleTime, Segment};

/// What tells a call apart on one D channel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Reference {
    /// Who allocated the value: both ends may use the same one for different calls.
    pub originator: Side,
    /// Call reference value.
    pub value: u16,
    /// The terminal; `None` for a call offered to all of a bus.
    pub tei: Option<u8>,
}

/// How far a call is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// SETUP, no response yet.
    Offered,
    /// Responded to, not answered.
    SettingUp,
    /// Answered.
    Active,
    /// On hold: the B channel is free for others.
    Held,
    /// Suspended; the reference is free, the call is known by its identity.
    Parked {
        /// Call identity, possibly empty.
        identity: Vec<u8>,
        /// Since.
        since: SampleTime,
    },
    /// Over and told; absorbs what still comes with its reference.
    Clearing {
        /// Until then.
        until: SampleTime,
    },
}

/// A terminal that answered a call offered to all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Terminal {
    pub(super) tei: u8,
    pub(super) cleared: bool,
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) key: CallKey,
    /// `None` while parked.
    pub(super) reference: Option<Reference>,
    pub(super) facts: CallFacts,
    pub(super) phase: Phase,
    pub(super) last_setup: SampleTime,
    /// Terminals of a call offered to all, in the order of their response.
    pub(super) terminals: Vec<Terminal>,
    /// The terminal that has the call.
    pub(super) winner: Option<u8>,
    /// All terminals so far have refused: when and why the last one did.
    pub(super) refused: Option<(SampleTime, Option<u8>)>,
    /// Channel asked for in RETRIEVE.
    pub(super) requested: Option<u8>,
    /// Call identity of a SUSPEND not yet acknowledged.
    pub(super) parking: Vec<u8>,
}

impl Call {
    pub(super) fn new(
        key: CallKey,
        reference: Reference,
        at: SampleTime,
        direction: Direction,
        phase: Phase,
    ) -> Self {
        Self {
            key,
            reference: Some(reference),
            facts: CallFacts::begun(at, direction),
            phase,
            last_setup: at,
            terminals: Vec::new(),
            winner: None,
            refused: None,
            requested: None,
            parking: Vec::new(),
        }
    }

    /// Not over.
    pub(super) fn is_live(&self) -> bool {
        !matches!(self.phase, Phase::Clearing { .. })
    }

    /// Offered to all terminals of a bus.
    pub(super) fn is_broadcast(&self) -> bool {
        self.reference
            .is_some_and(|reference| reference.tei.is_none())
    }

    /// Whether it takes up its timeslot.
    pub(super) fn occupies(&self, timeslot: u8) -> bool {
        let seizing = matches!(
            self.phase,
            Phase::Offered | Phase::SettingUp | Phase::Active
        );
        seizing && self.facts.timeslot == Some(timeslot)
    }

    pub(super) fn footprint(&self) -> usize {
        self.terminals.capacity() * size_of::<Terminal>()
            + self.parking.capacity()
            + self.facts.segments.capacity() * size_of::<Segment>()
            + 256
    }

    /// The call is on this timeslot from `at` on.
    pub(super) fn use_timeslot(&mut self, timeslot: u8, at: SampleTime) {
        let moved = self.facts.timeslot.replace(timeslot) != Some(timeslot);
        if self.phase == Phase::Active && (moved || !self.has_open_segment()) {
            self.close_segment(at);
            self.open_segment(at);
        }
    }

    /// Both ends are connected from `at` on.
    pub(super) fn answer(&mut self, at: SampleTime) {
        self.facts.answered.get_or_insert(at);
        self.phase = Phase::Active;
        if !self.has_open_segment() {
            self.open_segment(at);
        }
    }

    /// HOLD ACKNOWLEDGE.
    pub(super) fn hold(&mut self, at: SampleTime) {
        if self.phase == Phase::Active {
            self.close_segment(at);
            self.phase = Phase::Held;
        }
    }

    /// SUSPEND.
    pub(super) fn ask_to_park(&mut self, heard: &Heard) {
        self.parking = heard
            .message
            .elements
            .call_identity
            .clone()
            .unwrap_or_default();
    }

    /// SUSPEND ACKNOWLEDGE.
    pub(super) fn park(&mut self, at: SampleTime) {
        self.close_segment(at);
        self.reference = None;
        self.phase = Phase::Parked {
            identity: std::mem::take(&mut self.parking),
            since: at,
        };
    }

    pub(super) fn close_segment(&mut self, at: SampleTime) {
        if let Some(segment) = self.facts.segments.last_mut() {
            segment.end.get_or_insert(at);
        }
    }

    fn has_open_segment(&self) -> bool {
        self.facts
            .segments
            .last()
            .is_some_and(|segment| segment.end.is_none())
    }

    fn open_segment(&mut self, at: SampleTime) {
        // A hostile line may hold and retrieve for ever; the stretch then stays one.
        if self.facts.segments.len() >= MAX_SEGMENTS {
            self.facts.segments.pop();
        }
        if let Some(timeslot) = self.facts.timeslot {
            self.facts.segments.push(Segment {
                timeslot,
                start: at,
                end: None,
            });
        }
    }
}

/// Segments kept of one call.
const MAX_SEGMENTS: usize = 256;
