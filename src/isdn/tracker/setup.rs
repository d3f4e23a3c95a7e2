//! Setting up: SETUP, responses, digits, answer (Q.931 5.1, 5.2).

use super::super::ie::{Bearer, Elements, PartyNumber, append};
use super::call::{Phase, Reference, Terminal};
use super::{Heard, T303, Tracker};
use crate::words::{
    CallEvent, CallFacts, Caller, Digits, Direction, EndReason, Presentation, SampleTime,
};

/// Offers so close together may have crossed on the line: 1 s.
const CROSSING: u64 = 8_000;

impl Tracker {
    pub(super) fn setup(&mut self, reference: Reference, known: Option<usize>, heard: &Heard) {
        if let Some(at) = known {
            if self.is_repetition(at, heard) {
                self.calls[at].last_setup = heard.at;
                return;
            }
            self.end(at, heard.at, EndReason::Superseded, None);
            self.calls.remove(at);
        }
        let at = self.open(reference, heard.at, Phase::Offered);
        let timeslot = self.timeslot(heard);
        learn_setup(&mut self.calls[at].facts, &heard.message.elements);
        self.calls[at].facts.timeslot = timeslot;
        let call = &self.calls[at];
        self.events.push_back(CallEvent::Began {
            key: call.key,
            facts: call.facts.clone(),
        });
    }

    /// T303 ran out and the same SETUP comes again.
    fn is_repetition(&self, at: usize, heard: &Heard) -> bool {
        let call = &self.calls[at];
        let begun = matches!(call.phase, Phase::Offered | Phase::SettingUp);
        let mut same = CallFacts::begun(call.facts.start, call.facts.direction);
        learn_setup(&mut same, &heard.message.elements);
        let called = same.dialled.as_str();
        begun
            && heard.at - call.last_setup <= 2 * T303
            && call.facts.dialled.as_str().starts_with(called)
            && call.facts.caller == same.caller
    }

    pub(super) fn response(&mut self, at: usize, heard: &Heard) {
        let offered = self.calls[at].phase == Phase::Offered;
        if self.is_from_destination(at, heard) {
            self.note_terminal(at, heard.tei);
            if offered {
                self.calls[at].phase = Phase::SettingUp;
            }
        }
        self.take_timeslot(at, heard);
        if offered {
            self.claim_offered(at);
        }
    }

    pub(super) fn connect(&mut self, at: usize, heard: &Heard) {
        if !self.is_from_destination(at, heard) {
            return;
        }
        self.note_terminal(at, heard.tei);
        let call = &mut self.calls[at];
        if call.is_broadcast() {
            // The first to lift has it, unless the network acknowledges another.
            if call.winner.is_some_and(|winner| winner != heard.tei) {
                return;
            }
            call.winner = Some(heard.tei);
        }
        let offered = self.calls[at].phase == Phase::Offered;
        self.take_timeslot(at, heard);
        if offered {
            self.claim_offered(at);
        }
        let call = &mut self.calls[at];
        call.answer(heard.at);
        let connected = heard.message.elements.connected.as_ref().and_then(shown);
        if connected.is_some() {
            call.facts.connected = connected;
        }
    }

    pub(super) fn connect_acknowledge(&mut self, at: usize, heard: &Heard) {
        if self.is_from_destination(at, heard) {
            return;
        }
        self.take_timeslot(at, heard);
        let call = &mut self.calls[at];
        if call.is_broadcast() {
            call.winner = Some(heard.tei);
        }
        if call.facts.answered.is_none() {
            call.answer(heard.at);
        }
    }

    /// Digits of overlap sending. Once answered, keys pressed are the conversation's own.
    pub(super) fn digits(&mut self, at: usize, heard: &Heard) {
        if self.is_from_destination(at, heard) || self.calls[at].facts.answered.is_some() {
            return;
        }
        if let Some(digits) = called_digits(&heard.message.elements) {
            append(&mut self.calls[at].facts.dialled, digits);
        }
    }

    pub(super) fn take_timeslot(&mut self, at: usize, heard: &Heard) {
        if let Some(timeslot) = self.timeslot(heard) {
            let moved = self.calls[at].facts.timeslot != Some(timeslot);
            self.calls[at].use_timeslot(timeslot, heard.at);
            if moved {
                self.close_stale(at, timeslot, heard.at);
            }
        }
    }

    /// The other end took the offer up, or refused it for another reason than its channel: then that
    /// channel was free, and a call still on it ended unheard, at the latest when this one was
    /// offered. Not before: the offer itself may name a busy channel by mistake, and be refused.
    pub(super) fn claim_offered(&mut self, at: usize) {
        let facts = &self.calls[at].facts;
        if let Some(timeslot) = facts.timeslot {
            let offered = facts.start;
            self.close_stale(at, timeslot, offered);
        }
    }

    /// A channel carries one call: whoever else is on it, is there no more. Except where both ends
    /// have just offered a call on it: one of them will be moved or refused (Q.931 5.7).
    pub(super) fn close_stale(&mut self, newcomer: usize, timeslot: u8, now: SampleTime) {
        let new = &self.calls[newcomer];
        let (originator, start) = (new.reference.map(|r| r.originator), new.facts.start);
        for at in 0..self.calls.len() {
            let call = &self.calls[at];
            let crossing = call.phase == Phase::Offered || call.facts.start + CROSSING >= start;
            let glare = crossing && call.reference.map(|r| r.originator) != originator;
            if at != newcomer && call.occupies(timeslot) && !glare {
                self.end(at, now, EndReason::Superseded, None);
            }
        }
    }

    fn is_from_destination(&self, at: usize, heard: &Heard) -> bool {
        let reference = self.calls[at].reference;
        reference.is_some_and(|reference| reference.originator != heard.sender)
    }

    fn note_terminal(&mut self, at: usize, tei: u8) {
        let call = &mut self.calls[at];
        if call.is_broadcast() && !call.terminals.iter().any(|terminal| terminal.tei == tei) {
            call.refused = None;
            call.terminals.push(Terminal {
                tei,
                cleared: false,
            });
        }
    }
}

fn called_digits(elements: &Elements) -> Option<&Digits> {
    let called = elements.called.as_ref().map(|number| &number.digits);
    called
        .filter(|digits| !digits.is_empty())
        .or(elements.keypad.as_ref())
}

fn learn_setup(facts: &mut CallFacts, elements: &Elements) {
    facts.audio = elements.bearer.is_none_or(Bearer::is_audio);
    facts.dialled = called_digits(elements).cloned().unwrap_or_default();
    facts.redirecting = elements.redirecting.as_ref().and_then(shown);
    facts.caller = elements.calling.as_ref().map(|calling| Caller {
        number: number(calling),
        name: elements.display.clone(),
        presentation: calling.presentation,
    });
    if facts.caller.is_none() && facts.direction == Direction::Incoming {
        facts.caller = Some(Caller {
            number: None,
            name: elements.display.clone(),
            presentation: Presentation::Unavailable,
        });
    }
}

fn number(party: &PartyNumber) -> Option<Digits> {
    (!party.digits.is_empty()).then(|| party.digits.clone())
}

/// A withheld connected (COLR) or redirecting number has no place to say so, and is not kept.
fn shown(party: &PartyNumber) -> Option<Digits> {
    number(party).filter(|_| party.presentation == Presentation::Allowed)
}
