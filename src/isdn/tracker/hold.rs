//! Hold and retrieve (Q.932 6), suspend and resume (Q.931 5.6).

use super::call::{Phase, Reference};
use super::{Heard, Tracker};
use crate::words::CallEvent;

/// Resumes asked for and not yet answered, at most.
const MAX_RESUMES: usize = 16;

/// A RESUME not yet acknowledged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Resume {
    reference: Reference,
    identity: Vec<u8>,
}

impl Tracker {
    /// RETRIEVE ACKNOWLEDGE: back, perhaps on another channel.
    pub(super) fn retrieved(&mut self, at: usize, heard: &Heard) {
        let named = self.timeslot(heard);
        let call = &mut self.calls[at];
        let timeslot = named.or(call.requested.take()).or(call.facts.timeslot);
        call.facts.timeslot = timeslot.or(call.facts.timeslot);
        if call.phase == Phase::Held {
            call.answer(heard.at);
        }
        if let Some(timeslot) = timeslot {
            call.use_timeslot(timeslot, heard.at);
            self.close_stale(at, timeslot, heard.at);
        }
    }

    /// RESUME: remembered until the network accepts it.
    pub(super) fn resume(&mut self, reference: Reference, heard: &Heard) {
        self.forget_resume(reference);
        if self.resumes.len() >= MAX_RESUMES {
            self.resumes.remove(0);
        }
        let identity = heard.message.elements.call_identity.clone();
        self.resumes.push(Resume {
            reference,
            identity: identity.unwrap_or_default(),
        });
    }

    pub(super) fn forget_resume(&mut self, reference: Reference) {
        self.resumes.retain(|resume| resume.reference != reference);
    }

    /// RESUME ACKNOWLEDGE: the parked call goes on under a new reference.
    pub(super) fn resumed(&mut self, reference: Reference, known: Option<usize>, heard: &Heard) {
        let asked = self
            .resumes
            .iter()
            .find(|resume| resume.reference == reference);
        let identity = asked.map(|resume| resume.identity.clone());
        self.forget_resume(reference);
        if let Some(stale) = known {
            if self.calls[stale].is_live() {
                return;
            }
            self.calls.remove(stale);
        }
        let parked = self.find_parked(identity.as_deref());
        let at = parked.unwrap_or_else(|| self.open(reference, heard.at, Phase::SettingUp));
        let timeslot = self.timeslot(heard);
        let call = &mut self.calls[at];
        call.reference = Some(reference);
        call.winner = None;
        call.facts.timeslot = timeslot.or(call.facts.timeslot);
        if parked.is_none() {
            // Parked before the recorder began: who called whom is not to be told.
            call.facts.direction = crate::words::Direction::Unknown;
        }
        call.answer(heard.at);
        let (key, facts) = (call.key, call.facts.clone());
        self.events.push_back(match parked {
            Some(_) => CallEvent::Changed { key, facts },
            None => CallEvent::Began { key, facts },
        });
        if let Some(timeslot) = timeslot {
            self.close_stale(at, timeslot, heard.at);
        }
    }

    /// By identity; a RESUME that was not heard takes up the only parked call.
    fn find_parked(&self, wanted: Option<&[u8]>) -> Option<usize> {
        let parked = |phase: &Phase| match phase {
            Phase::Parked { identity, .. } => wanted.is_none_or(|wanted| wanted == identity),
            _ => false,
        };
        let mut matching = self
            .calls
            .iter()
            .enumerate()
            .filter(|(_, call)| parked(&call.phase));
        let (first, _) = matching.next()?;
        (wanted.is_some() || matching.next().is_none()).then_some(first)
    }
}
