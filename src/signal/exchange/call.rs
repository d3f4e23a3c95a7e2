//! Calls before and after they happen: what a script asks for and the truth that came of it.

use crate::words::{Caller, Digits, Direction, Presentation, SampleTime};

/// What becomes of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallKind {
    /// Answered, two people talk.
    Voice,
    /// Answered, two fax machines: CNG, CED, then modem noise (not decodable).
    Fax,
    /// Rings (or hears ringback) until someone gives up.
    Unanswered,
    /// Outgoing: the far end is busy. Incoming calls cannot be.
    Busy,
    /// Outgoing: hung up after the digits given, before anything was heard; perhaps none.
    Abandoned,
}

/// How digits are sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialling {
    /// ITU-T Q.23.
    Dtmf,
    /// Loop disconnect, 10 pulses a second, 60 ms break, 40 ms make; DTMF-only digits are left out.
    Pulse,
}

/// One call of a script. Seconds; what is not given comes from [`ScriptedCall::incoming`] or
/// [`ScriptedCall::outgoing`].
#[derive(Clone, PartialEq, Debug)]
pub struct ScriptedCall {
    /// On which line, from 0.
    pub line: usize,
    /// First ring, or off-hook (s from the start).
    pub start_s: f64,
    /// Who calls.
    pub direction: Direction,
    /// What becomes of it.
    pub kind: CallKind,
    /// Outgoing: what is dialled.
    pub number: Digits,
    /// Outgoing: how.
    pub dialling: Dialling,
    /// Incoming: what caller ID sends after the first ring; `None` = nothing.
    pub caller: Option<Caller>,
    /// From the first ring, or from the first ringback, to the answer or the giving up (s).
    pub ringing_s: f64,
    /// Talk after the answer (s); digits, hold, pause and consultation come on top.
    pub talk_s: f64,
    /// The far end hangs up first: busy tone until our side does, 1-4 s later.
    pub far_hangs_up: bool,
    /// Digits pressed in the conversation.
    pub conversation_dtmf: Digits,
    /// Number dialled after a hook flash; a second flash returns to the first party.
    pub consultation: Digits,
    /// Music on hold from the far end in the middle of the conversation (s, 0 = none).
    pub hold_s: f64,
    /// Nobody speaks in the middle of the conversation (s, 0 = no long pause).
    pub pause_s: f64,
}

impl ScriptedCall {
    /// An incoming voice call, answered after 6 s, 10 s long. An empty `number` sends no caller ID.
    pub fn incoming(line: usize, start_s: f64, number: &str) -> Self {
        let number = Digits::from_text(number);
        let caller = (!number.is_empty()).then_some(Caller {
            number: Some(number),
            name: None,
            presentation: Presentation::Allowed,
        });
        Self {
            direction: Direction::Incoming,
            caller,
            ..Self::outgoing(line, start_s, "")
        }
    }

    /// An outgoing voice call by DTMF, answered after 6 s of ringback, 10 s long.
    pub fn outgoing(line: usize, start_s: f64, number: &str) -> Self {
        Self {
            line,
            start_s,
            direction: Direction::Outgoing,
            kind: CallKind::Voice,
            number: Digits::from_text(number),
            dialling: Dialling::Dtmf,
            caller: None,
            ringing_s: 6.0,
            talk_s: 10.0,
            far_hangs_up: false,
            conversation_dtmf: Digits::new(),
            consultation: Digits::new(),
            hold_s: 0.0,
            pause_s: 0.0,
        }
    }
}

/// A call as it happened.
#[derive(Clone, PartialEq, Debug)]
pub struct PlacedCall {
    /// On which line, from 0.
    pub line: usize,
    /// Who called.
    pub direction: Direction,
    /// What became of it.
    pub kind: CallKind,
    /// Digits dialled to set it up; empty for incoming calls.
    pub dialled: Digits,
    /// How they were dialled; `None` if nothing was.
    pub dialling: Option<Dialling>,
    /// What caller ID sent; `None` if nothing.
    pub caller: Option<Caller>,
    /// First ring or off-hook.
    pub start: SampleTime,
    /// Our side's off-hook; `None` if never.
    pub off_hook: Option<SampleTime>,
    /// Our off-hook of an incoming call, the far end's of an outgoing one.
    pub answered: Option<SampleTime>,
    /// Our on-hook; the end of the last ring burst if never off-hook.
    pub end: SampleTime,
    /// Start of the busy tone, if the far end hung up first or was busy.
    pub remote_end: Option<SampleTime>,
    /// Digits dialled after a hook flash.
    pub consultation: Digits,
    /// Digits pressed in the conversation.
    pub conversation_dtmf: Digits,
    /// Starts of the hook flashes.
    pub flashes: Vec<SampleTime>,
    /// Ring bursts.
    pub rings: u32,
}
