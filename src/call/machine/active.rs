//! A call off-hook: set-up, answer, conversation, consultation.

use super::ringing::Ringing;
use crate::words::{
    CallFacts, CallKey, Digit, Digits, Direction, EndReason, SampleTime, Signal, Tone, ms,
};

/// The far end speaks so long after it lifts, at the least: handset to ear.
const ANSWER_TO_SPEECH: u64 = ms(400);
/// An answering fax is silent so long before its 2100 Hz (ITU-T T.30: 1.8 to 2.5 s).
const ANSWER_TO_CED: u64 = ms(1_800);
/// Speech sooner than this after a digit is the dialling party's own.
const DIGIT_TO_SPEECH: u64 = ms(1_000);
/// A dial tone within this time of off-hook shows a new seizure.
const SEIZURE_TO_DIAL: u64 = ms(3_000);
/// Stretches of speech remembered until it is known when ringback ended.
const VOICES: usize = 16;

/// A call whose loop is closed, or open for a flash.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) key: CallKey,
    pub(super) facts: CallFacts,
    /// Off-hook.
    pub(super) seized: SampleTime,
    /// The ringing before it; boxed, because it is only needed while the answer is young.
    pub(super) rang: Option<Box<Ringing>>,
    /// When anything was last heard.
    pub(super) last_heard: SampleTime,
    leg: Leg,
    /// A consultation after a flash; its answer is not the call's.
    consulting: bool,
}

/// One attempt to reach someone: the call itself, or a consultation.
#[derive(Default, Debug)]
struct Leg {
    last_digit: Option<SampleTime>,
    ringback: Option<Ringback>,
    busy: Option<SampleTime>,
    answered: Option<SampleTime>,
    /// Polarity reversal: the exchange itself says that the call was answered.
    reversed: Option<SampleTime>,
    /// Starts and latest known ends of speech.
    voices: Vec<(SampleTime, SampleTime)>,
}

#[derive(Clone, Copy, Debug)]
struct Ringback {
    start: SampleTime,
    /// `None` while it goes on.
    end: Option<SampleTime>,
}

/// The last instant at which `signal` shows that the line is in use.
pub(super) fn heard_until(signal: &Signal) -> Option<SampleTime> {
    match signal {
        Signal::Dtmf { end, .. } | Signal::ToneOff { end, .. } | Signal::VoiceOff { end, .. } => {
            Some(*end)
        }
        Signal::ToneOn { start, .. } | Signal::VoiceOn { start } => Some(*start),
        Signal::Pulse { at, .. } | Signal::Reversal { at } => Some(*at),
        _ => None,
    }
}

impl Active {
    pub(super) fn new(
        key: CallKey,
        facts: CallFacts,
        seized: SampleTime,
        rang: Option<Box<Ringing>>,
    ) -> Self {
        let leg = Leg {
            answered: facts.answered,
            ..Leg::default()
        };
        Self {
            key,
            facts,
            seized,
            rang,
            last_heard: seized,
            leg,
            consulting: false,
        }
    }

    /// Nothing has shown that anyone used the line.
    pub(super) fn is_untouched(&self) -> bool {
        self.rang.is_none() && self.last_heard == self.seized
    }

    /// Whether a dial tone from `dial` on shows that the off-hook did not answer the ringing.
    pub(super) fn is_new_seizure(&self, dial: SampleTime) -> bool {
        self.rang.as_ref().is_some_and(|ringing| {
            !self.consulting
                && dial >= self.seized
                && dial - self.seized < SEIZURE_TO_DIAL
                && self.seized > ringing.last_end
        })
    }

    /// The loop was opened for a moment and closed again at `at`.
    pub(super) fn flashed(&mut self, at: SampleTime) {
        self.facts.consultation.get_or_insert_with(Digits::new);
        self.consulting = true;
        self.leg = Leg::default();
        self.last_heard = self.last_heard.max(at);
    }

    /// Takes what was heard; true if the facts changed.
    pub(super) fn heard(&mut self, signal: &Signal) -> bool {
        if let Some(until) = heard_until(signal) {
            if until < self.seized {
                return false;
            }
            self.last_heard = self.last_heard.max(until);
        }
        match signal {
            Signal::Dtmf {
                digit, start, end, ..
            } => return self.digit(*digit, *start, *end),
            Signal::Pulse { at, digit } => return self.digit(*digit, *at, *at),
            Signal::ToneOn { tone, start } => self.tone_on(*tone, *start),
            Signal::ToneOff { tone, start, end } => self.tone_off(*tone, *start, *end),
            Signal::VoiceOn { start } => self.leg.voice(*start, *start),
            Signal::VoiceOff { start, end } => self.leg.voice(*start, *end),
            Signal::Reversal { at } => self.leg.reversed(*at),
            _ => return false,
        }
        self.judge_answer()
    }

    fn digit(&mut self, digit: Digit, start: SampleTime, end: SampleTime) -> bool {
        let open = self.leg.is_open_at(start);
        if !open || (self.facts.direction == Direction::Incoming && !self.consulting) {
            return false;
        }
        self.leg.last_digit = Some(end);
        self.leg.busy = None;
        if self.consulting {
            self.facts
                .consultation
                .get_or_insert_with(Digits::new)
                .push(digit)
        } else {
            self.facts.dialled.push(digit)
        }
    }

    fn tone_on(&mut self, tone: Tone, start: SampleTime) {
        match tone {
            Tone::Ringback if self.leg.may_ring_back(start) => {
                self.leg.ringback = Some(Ringback { start, end: None });
            }
            Tone::Busy | Tone::Congestion | Tone::SpecialInformation => {
                self.leg.busy = Some(start);
            }
            Tone::FaxAnswer => self.leg.fax(start),
            _ => {}
        }
    }

    fn tone_off(&mut self, tone: Tone, start: SampleTime, end: SampleTime) {
        if tone == Tone::Ringback && self.leg.may_ring_back(start) {
            self.leg.ringback = Some(Ringback {
                start,
                end: Some(end),
            });
        }
    }

    /// Recomputes when the far end answered; true if that changed the call's facts.
    fn judge_answer(&mut self) -> bool {
        if self.facts.direction == Direction::Incoming && !self.consulting {
            return false;
        }
        let answered = self.leg.judge_answer();
        if self.consulting || self.facts.answered == answered {
            return false;
        }
        self.facts.answered = answered;
        true
    }

    /// The facts at the on-hook `at`, and why it came to that.
    pub(super) fn closed(self, at: SampleTime) -> (EndReason, CallFacts) {
        let mut facts = self.facts;
        facts.answered = facts.answered.filter(|answered| *answered < at);
        let reached = facts.answered.is_some() || !facts.dialled.is_empty();
        let reason = match self.leg.busy {
            Some(busy) if busy < at && reached && !self.leg.voice_after(busy) => {
                EndReason::RemoteBusy
            }
            _ => EndReason::OnHook,
        };
        (reason, facts)
    }
}

impl Leg {
    /// Whether a digit at `start` still belongs to the set-up.
    fn is_open_at(&self, start: SampleTime) -> bool {
        let answered = self.answered.is_some_and(|at| at < start);
        let ringing = self.ringback.is_some_and(|ringback| ringback.start < start);
        !answered && !ringing
    }

    /// Ringback counts after digits only; a broken dial tone may resemble it.
    fn may_ring_back(&self, start: SampleTime) -> bool {
        self.last_digit
            .is_some_and(|digit| digit <= start + ms(100))
    }

    fn voice(&mut self, start: SampleTime, end: SampleTime) {
        let room = self.voices.len() < VOICES;
        match self.voices.iter_mut().find(|voice| voice.0 == start) {
            Some(known) => known.1 = end,
            None if room => self.voices.push((start, end)),
            None => {}
        }
    }

    fn voice_after(&self, at: SampleTime) -> bool {
        self.voices.iter().any(|voice| voice.0 > at)
    }

    fn fax(&mut self, ced: SampleTime) {
        self.voice(ced.back(ANSWER_TO_CED - ANSWER_TO_SPEECH), ced);
    }

    /// Some exchanges reverse the loop when the called party answers, and back when it clears.
    fn reversed(&mut self, at: SampleTime) {
        if self.last_digit.is_some() && self.answered.is_none() && self.busy.is_none() {
            self.reversed = Some(at);
        }
    }

    /// When the far end answered, as far as is known now: a later burst of ringback takes back
    /// what speech before it suggested.
    fn judge_answer(&mut self) -> Option<SampleTime> {
        let digit = self.last_digit?;
        self.answered = match (self.reversed, self.ringback) {
            (Some(at), _) => Some(at),
            (None, Some(ringback)) => self.spoken_after(ringback.end.unwrap_or(ringback.start)),
            (None, None) => self
                .answered
                .or_else(|| self.spoken_after(digit + DIGIT_TO_SPEECH)),
        };
        self.answered
    }

    fn spoken_after(&self, earliest: SampleTime) -> Option<SampleTime> {
        self.voices
            .iter()
            .filter(|voice| voice.1 >= earliest)
            .map(|voice| voice.0.back(ANSWER_TO_SPEECH).max(earliest))
            .min()
    }
}
