//! From layer 3 messages to calls.
//!
//! Messages of both directions in the order they were on the line, with sample times, in; call
//! events out. Blocks nothing; keeps at most [`MAX_CALLS`] calls, the eldest is closed as superseded
//! when one more comes. It answers nothing and trusts nothing: a message may be lost, repeated, or
//! belong to a call that began before the recorder did.
//!
//! * Direction: who sent SETUP. A call is told apart by who allocated its reference, the value, and
//!   the terminal ([`Reference`]); on a bus an incoming call belongs to all terminals at once.
//! * Channel: the last message that names one. Segments run from the answer, interrupted by hold.
//! * End: the first clearing message; a terminal that lost the race for an incoming call, or refuses
//!   while another rings, ends nothing.

mod call;
mod clear;
mod hold;
mod setup;

use std::collections::VecDeque;

use super::Side;
use super::q931::{CallReference, Message, MessageKind};
use crate::words::{CallEvent, CallKey, Direction, EndReason, SampleTime};
pub use call::Reference;
use call::{Call, Phase};
use hold::Resume;

/// Calls kept at once: the 30 of a primary rate line, held and waiting ones, and what is clearing.
pub const MAX_CALLS: usize = 128;
/// A SETUP that no one answers is repeated once after this time (T303, Q.931 9.1).
const T303: u64 = 4 * 8_000;

/// A message with its way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heard {
    /// Who sent it.
    pub sender: Side,
    /// The terminal, or 127 for all.
    pub tei: u8,
    /// First octet of its frame.
    pub at: SampleTime,
    /// What it says.
    pub message: Message,
}

/// The calls of one D channel.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    calls: Vec<Call>,
    resumes: Vec<Resume>,
    events: VecDeque<CallEvent>,
    next_key: u32,
    /// When a message or poll of each side was last heard: network, user.
    heard: [Option<SampleTime>; 2],
    logical_channels: bool,
}

impl Tracker {
    /// No calls. With `logical_channels` the line numbers its channels 1-30 instead of by timeslot.
    pub fn new(logical_channels: bool) -> Self {
        Self {
            logical_channels,
            ..Self::default()
        }
    }

    /// A tracker in the place of this one, with its calls or without; see [`super::DChannel::renewed`].
    pub(super) fn renewed(&self, keep_calls: bool) -> Self {
        let calls = if keep_calls { &self.calls[..] } else { &[] };
        Self {
            calls: calls.to_vec(),
            resumes: Vec::new(),
            ..self.clone()
        }
    }

    /// The next thing to tell.
    pub fn poll(&mut self) -> Option<CallEvent> {
        self.events.pop_front()
    }

    /// Calls that are neither over nor parked.
    pub fn under_way(&self) -> usize {
        let busy = |call: &&Call| call.is_live() && !matches!(call.phase, Phase::Parked { .. });
        self.calls.iter().filter(busy).count()
    }

    /// A valid frame came from this side.
    pub fn heard_from(&mut self, side: Side, at: SampleTime) {
        self.heard[side.index()] = Some(at);
    }

    /// Octets on the heap.
    pub fn footprint(&self) -> usize {
        let calls: usize = self.calls.iter().map(Call::footprint).sum();
        calls
            + self.calls.capacity() * size_of::<Call>()
            + self.resumes.capacity() * size_of::<Resume>()
            + self.events.capacity() * size_of::<CallEvent>()
    }

    /// Takes one message.
    pub fn message(&mut self, heard: &Heard) {
        match heard.message.reference {
            CallReference::Dummy => {}
            CallReference::Global => {
                if heard.message.kind == MessageKind::Restart {
                    self.restart(heard);
                }
            }
            CallReference::Call {
                value,
                from_destination,
            } => {
                let originator = if from_destination {
                    heard.sender.other()
                } else {
                    heard.sender
                };
                let reference = Reference {
                    originator,
                    value,
                    tei: (heard.tei != super::lapd::TEI_BROADCAST).then_some(heard.tei),
                };
                self.call_message(reference, heard);
            }
        }
    }

    fn call_message(&mut self, reference: Reference, heard: &Heard) {
        let kind = heard.message.kind;
        let known = self.find(reference);
        match kind {
            MessageKind::Setup => return self.setup(reference, known, heard),
            MessageKind::Register => return self.register(reference, known, heard.at),
            MessageKind::Resume => return self.resume(reference, heard),
            MessageKind::ResumeAcknowledge => return self.resumed(reference, known, heard),
            MessageKind::ResumeReject => return self.forget_resume(reference),
            _ => {}
        }
        let Some(at) = known.or_else(|| self.stub(reference, heard)) else {
            return;
        };
        if !self.calls[at].is_live() {
            return self.after_the_end(at, heard);
        }
        match kind {
            MessageKind::Disconnect | MessageKind::Release | MessageKind::ReleaseComplete => {
                self.clearing(at, heard);
                if !self.calls[at].is_live() {
                    self.after_the_end(at, heard);
                }
            }
            MessageKind::Status if heard.message.elements.call_state == Some(0) => {
                self.null_state(at, heard);
            }
            _ => {
                let before = self.calls[at].facts.clone();
                self.progress(at, heard);
                self.tell_change(at, &before);
            }
        }
    }

    /// What moves a call on.
    fn progress(&mut self, at: usize, heard: &Heard) {
        match heard.message.kind {
            MessageKind::SetupAcknowledge
            | MessageKind::CallProceeding
            | MessageKind::Progress
            | MessageKind::Alerting => self.response(at, heard),
            MessageKind::Connect => self.connect(at, heard),
            MessageKind::ConnectAcknowledge => self.connect_acknowledge(at, heard),
            MessageKind::Information => self.digits(at, heard),
            MessageKind::HoldAcknowledge => self.calls[at].hold(heard.at),
            MessageKind::Retrieve => self.calls[at].requested = self.timeslot(heard),
            MessageKind::RetrieveAcknowledge => self.retrieved(at, heard),
            MessageKind::Suspend => self.calls[at].ask_to_park(heard),
            MessageKind::SuspendAcknowledge => self.calls[at].park(heard.at),
            _ => {}
        }
    }

    /// The timeslot a message names.
    fn timeslot(&self, heard: &Heard) -> Option<u8> {
        let channel = heard.message.elements.channel?;
        if channel.d_channel {
            return None;
        }
        if self.logical_channels {
            channel.from_logical().timeslot()
        } else {
            channel.timeslot()
        }
    }

    /// A message to or from one terminal may belong to a call offered to all.
    fn find(&self, reference: Reference) -> Option<usize> {
        let matching = |wanted: Reference| {
            let mut calls = self.calls.iter();
            calls.position(|call| call.reference == Some(wanted))
        };
        matching(reference).or_else(|| {
            (reference.originator == Side::Network)
                .then(|| {
                    matching(Reference {
                        tei: None,
                        ..reference
                    })
                })
                .flatten()
        })
    }

    /// A call whose SETUP was not heard: it was under way before, or the message was damaged.
    fn stub(&mut self, reference: Reference, heard: &Heard) -> Option<usize> {
        use MessageKind as Kind;
        let answered = match heard.message.kind {
            Kind::Hold
            | Kind::HoldAcknowledge
            | Kind::HoldReject
            | Kind::Retrieve
            | Kind::RetrieveAcknowledge
            | Kind::RetrieveReject
            | Kind::Suspend
            | Kind::SuspendAcknowledge
            | Kind::Notify
            | Kind::UserInformation => Some(heard.at),
            Kind::SetupAcknowledge
            | Kind::CallProceeding
            | Kind::Progress
            | Kind::Alerting
            | Kind::Connect
            | Kind::ConnectAcknowledge
            | Kind::Information
            | Kind::Disconnect => None,
            // Nothing begins with these: the rest of a call that is over, or no call at all.
            _ => return None,
        };
        let at = self.open(reference, heard.at, Phase::SettingUp);
        let call = &mut self.calls[at];
        call.facts.answered = answered;
        if answered.is_some() {
            call.phase = Phase::Active;
        }
        let facts = call.facts.clone();
        self.events.push_back(CallEvent::Began {
            key: call.key,
            facts,
        });
        Some(at)
    }

    /// Room for one more call, not yet told.
    fn open(&mut self, reference: Reference, at: SampleTime, phase: Phase) -> usize {
        if self.calls.len() >= MAX_CALLS {
            let spent = self.calls.iter().position(|call| !call.is_live());
            let eldest = spent.unwrap_or(0);
            self.end(eldest, at, EndReason::Superseded, None);
            self.calls.remove(eldest);
        }
        self.next_key = self.next_key.wrapping_add(1);
        let direction = match reference.originator {
            Side::Network => Direction::Incoming,
            Side::User => Direction::Outgoing,
        };
        let key = CallKey(self.next_key);
        self.calls
            .push(Call::new(key, reference, at, direction, phase));
        self.calls.len() - 1
    }

    fn tell_change(&mut self, at: usize, before: &crate::words::CallFacts) {
        if let Some(call) = self.calls.get(at)
            && call.is_live()
            && call.facts != *before
        {
            self.events.push_back(CallEvent::Changed {
                key: call.key,
                facts: call.facts.clone(),
            });
        }
    }
}
