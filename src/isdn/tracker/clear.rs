//! Clearing: messages, RESTART, time (Q.931 5.3, 5.5, 9.1).

use super::super::Side;
use super::super::ie::RestartClass;
use super::super::lapd::TEI_BROADCAST;
use super::super::q931::MessageKind;
use super::call::{Call, Phase, Reference, Terminal};
use super::{Heard, T303, Tracker};
use crate::words::{CallEvent, CallKey, EndReason, SampleTime};

/// How long a reference absorbs late messages where no RELEASE COMPLETE freed it: an end may take a
/// call for alive long after a RESTART, and clear it only then.
const LINGER: u64 = 180 * 8_000;
/// The same behind a RELEASE COMPLETE, which the other end may not have had: three repetitions of a frame
/// (N200) at T200 = 1 s, and what that end had still to say.
const LINGER_WHEN_FREE: u64 = 5 * 8_000;
/// The same on a bus, where each terminal has its own last message: longer than two T308 (4 s each).
const LINGER_ON_BUS: u64 = 30 * 8_000;
/// How long a call offered is kept where responses cannot be heard (T301).
const T301: u64 = 180 * 8_000;
/// How long the network keeps a suspended call (T307).
const T307: u64 = 180 * 8_000;
/// Causes that say nothing of the channel's being free: unacceptable, none available, the requested
/// one not available, no such one.
const fn blames_the_channel(cause: u8) -> bool {
    matches!(cause, 6 | 34 | 44 | 82)
}

/// Cause of a terminal that did not get the call.
const NON_SELECTED: u8 = 26;

impl Tracker {
    /// DISCONNECT, RELEASE or RELEASE COMPLETE of a live call.
    pub(super) fn clearing(&mut self, at: usize, heard: &Heard) {
        let cause = heard.message.elements.cause.map(|cause| cause.value);
        let call = &self.calls[at];
        let loser = match call.winner {
            Some(winner) => winner != heard.tei && heard.tei != TEI_BROADCAST,
            None => false,
        };
        if call.is_broadcast() && loser {
            return;
        }
        let refused = call.phase == Phase::Offered && !cause.is_some_and(blames_the_channel);
        let open_bus = call.is_broadcast() && call.winner.is_none();
        if refused {
            self.claim_offered(at);
        }
        if !open_bus {
            self.end(at, heard.at, EndReason::Release, cause);
        } else if heard.sender == Side::User {
            self.terminal_refuses(at, heard, cause);
        } else if cause == Some(NON_SELECTED) {
            self.terminal_cleared(at, heard.tei);
        } else if !self.terminal_was_cleared(at, heard.tei) {
            self.end(at, heard.at, EndReason::Release, cause);
        }
    }

    /// STATUS with the null state: whoever says so knows of no such call. On a bus it is one terminal
    /// that has none; the call may be with another.
    pub(super) fn null_state(&mut self, at: usize, heard: &Heard) {
        if self.calls[at].is_broadcast() {
            return self.clearing(at, heard);
        }
        let cause = heard.message.elements.cause.map(|cause| cause.value);
        self.end(at, heard.at, EndReason::Release, cause);
    }

    /// The call ends when the last terminal of the bus has refused it.
    fn terminal_refuses(&mut self, at: usize, heard: &Heard, cause: Option<u8>) {
        if self.terminal_was_cleared(at, heard.tei) {
            return;
        }
        self.terminal_cleared(at, heard.tei);
        let call = &mut self.calls[at];
        if call.terminals.iter().all(|terminal| terminal.cleared) {
            call.refused = Some((heard.at, cause));
            call.phase = Phase::SettingUp;
        }
    }

    fn terminal_was_cleared(&self, at: usize, tei: u8) -> bool {
        let mut terminals = self.calls[at].terminals.iter();
        terminals.any(|terminal| terminal.tei == tei && terminal.cleared)
    }

    fn terminal_cleared(&mut self, at: usize, tei: u8) {
        let terminals = &mut self.calls[at].terminals;
        match terminals.iter_mut().find(|terminal| terminal.tei == tei) {
            Some(terminal) => terminal.cleared = true,
            None => terminals.push(Terminal { tei, cleared: true }),
        }
    }

    /// RESTART ends what is on its channels at once: the acknowledgement only confirms it.
    pub(super) fn restart(&mut self, heard: &Heard) {
        let elements = &heard.message.elements;
        let channels = elements.channel.map(|channel| {
            if self.logical_channels {
                channel.from_logical()
            } else {
                channel
            }
        });
        let all = match elements.restart {
            Some(RestartClass::Interface | RestartClass::AllInterfaces) => true,
            Some(RestartClass::Channels) => false,
            None => return,
        };
        for at in 0..self.calls.len() {
            let call = &self.calls[at];
            let slot = call.facts.timeslot;
            let on_named =
                slot.is_some_and(|s| call.occupies(s) && channels.is_some_and(|c| c.names(s)));
            if call.is_live() && (all || on_named) {
                self.end(at, heard.at, EndReason::Restart, None);
            }
        }
    }

    /// REGISTER: its reference is not that of a call.
    pub(super) fn register(&mut self, reference: Reference, known: Option<usize>, now: SampleTime) {
        if known.is_none() {
            let until = now + LINGER;
            self.open(reference, now, Phase::Clearing { until });
        }
    }

    /// The last message frees the reference of a call that is over; on a bus each terminal sends its own.
    pub(super) fn after_the_end(&mut self, at: usize, heard: &Heard) {
        let call = &mut self.calls[at];
        let last = heard.message.kind == MessageKind::ReleaseComplete && !call.is_broadcast();
        if let Phase::Clearing { until } = &mut call.phase
            && last
        {
            *until = (*until).min(heard.at + LINGER_WHEN_FREE);
        }
    }

    /// Ends a call that someone else knows is over, e.g. by silence while the D channel is lost.
    pub fn close(&mut self, key: CallKey, at: SampleTime, reason: EndReason) {
        if let Some(index) = self.calls.iter().position(|call| call.key == key) {
            self.end(index, at, reason, None);
        }
    }

    /// Ends all calls.
    pub fn close_all(&mut self, at: SampleTime, reason: EndReason) {
        for index in 0..self.calls.len() {
            self.end(index, at, reason, None);
        }
    }

    /// Tells the end of a call that is not over yet.
    pub(super) fn end(&mut self, at: usize, now: SampleTime, reason: EndReason, cause: Option<u8>) {
        let call = &mut self.calls[at];
        if !call.is_live() {
            return;
        }
        call.close_segment(now);
        call.facts.end = Some(now);
        call.facts.end_reason = Some(reason);
        call.facts.cause = cause;
        let linger = if call.is_broadcast() {
            LINGER_ON_BUS
        } else {
            LINGER
        };
        call.phase = Phase::Clearing {
            until: now + linger,
        };
        self.events.push_back(CallEvent::Ended {
            key: call.key,
            facts: call.facts.clone(),
        });
    }

    /// When time itself changes something.
    pub fn next_deadline(&self) -> Option<SampleTime> {
        self.calls
            .iter()
            .filter_map(|call| self.deadline(call))
            .min()
    }

    /// Lets time pass until `now`, one deadline after the other.
    pub fn expire(&mut self, now: SampleTime) {
        while let Some(at) = self.first_due(now) {
            self.time_out(at);
        }
    }

    fn first_due(&self, now: SampleTime) -> Option<usize> {
        let due = |(at, call): (usize, &Call)| self.deadline(call).map(|d| (d, at));
        let all = self.calls.iter().enumerate().filter_map(due);
        all.filter(|(deadline, _)| *deadline <= now)
            .min()
            .map(|(_, at)| at)
    }

    fn deadline(&self, call: &Call) -> Option<SampleTime> {
        match &call.phase {
            Phase::Clearing { until } => Some(*until),
            Phase::Parked { since, .. } => Some(*since + T307),
            Phase::Offered => {
                let destination = call.reference?.originator.other();
                let audible = self.heard[destination.index()].is_some();
                Some(call.last_setup + if audible { 2 * T303 + T303 / 2 } else { T301 })
            }
            Phase::SettingUp => {
                let (refused, _) = call.refused?;
                Some((refused + T303 / 4).max(call.last_setup + T303))
            }
            Phase::Active | Phase::Held => None,
        }
    }

    fn time_out(&mut self, at: usize) {
        let call = &self.calls[at];
        match call.phase {
            Phase::Parked { since, .. } => self.end(at, since + T307, EndReason::Release, None),
            Phase::Offered => {
                let gave_up = call.last_setup + T303;
                self.end(at, gave_up, EndReason::RingStopped, None);
            }
            Phase::SettingUp => {
                if let Some((refused, cause)) = call.refused {
                    self.end(at, refused, EndReason::Release, cause);
                }
            }
            Phase::Clearing { .. } => {
                self.calls.remove(at);
            }
            Phase::Active | Phase::Held => {}
        }
    }
}
