//! Calls as the call machine and the ISDN tracker tell them.

use super::{Digits, SampleTime};

/// On-hook (idle) or off-hook (in use).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HookState {
    /// The loop is open: idle.
    On,
    /// The loop is closed: in use.
    Off,
}

/// Who started a call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Direction {
    /// From the network to the office.
    Incoming,
    /// From the office.
    Outgoing,
    /// Not to be told, e.g. a call under way when recording began.
    Unknown,
}

impl Direction {
    /// The word of the JSON contract.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Incoming => "incoming",
            Self::Outgoing => "outgoing",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether the caller's number may be shown (ETSI EN 300 092, EN 300 659-3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Presentation {
    /// It may.
    Allowed,
    /// The caller withheld it (CLIR).
    Restricted,
    /// The network does not know it.
    Unavailable,
}

impl Presentation {
    /// The word of the JSON contract.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Restricted => "restricted",
            Self::Unavailable => "unavailable",
        }
    }
}

/// What the line claims about the caller. A claim, never an identity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// The number, if one was sent. With [`Presentation::Restricted`] it is kept but not shown.
    pub number: Option<Digits>,
    /// Name, printable characters only, at most 50.
    pub name: Option<String>,
    /// May it be shown.
    pub presentation: Presentation,
}

/// Distinguishes calls that one machine or tracker has under way at the same time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CallKey(pub u32);

/// Why a call ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EndReason {
    /// Our side hung up.
    OnHook,
    /// The far end had hung up (busy tone), or was busy.
    RemoteBusy,
    /// Nothing was heard for so long that the line must be idle.
    Silence,
    /// Ringing stopped unanswered.
    RingStopped,
    /// ISDN: cleared by a message.
    Release,
    /// ISDN: the channel or interface was restarted.
    Restart,
    /// ISDN: a new call took the same channel, the old one's end was not seen.
    Superseded,
    /// The D channel or the card was lost.
    SignallingLost,
    /// The line went dead.
    LineDead,
    /// The input ended.
    EndOfInput,
}

impl EndReason {
    /// The word of the JSON contract.
    pub const fn word(self) -> &'static str {
        match self {
            Self::OnHook => "on_hook",
            Self::RemoteBusy => "remote_busy",
            Self::Silence => "silence",
            Self::RingStopped => "ring_stopped",
            Self::Release => "release",
            Self::Restart => "restart",
            Self::Superseded => "superseded",
            Self::SignallingLost => "signalling_lost",
            Self::LineDead => "line_dead",
            Self::EndOfInput => "end_of_input",
        }
    }
}

/// A stretch of an ISDN call on one timeslot; hold and retrieve make several.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// 1-31 on a primary rate line, 1 or 2 (B1, B2) on a basic rate line.
    pub timeslot: u8,
    /// From.
    pub start: SampleTime,
    /// To; `None` while it lasts.
    pub end: Option<SampleTime>,
}

/// Everything known of one call so far.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallFacts {
    /// First ring, off-hook or SETUP.
    pub start: SampleTime,
    /// On-hook, end of the last ring burst, or first clearing message; `None` while it lasts.
    pub end: Option<SampleTime>,
    /// Who started it.
    pub direction: Direction,
    /// When it was answered; `None` if no one did.
    pub answered: Option<SampleTime>,
    /// Digits that set the call up, as dialled or signalled.
    pub dialled: Digits,
    /// Our own number as called, on ISDN lines (called party number of an incoming call is in
    /// `dialled`; this is the connected number, COLP).
    pub connected: Option<Digits>,
    /// Who calls, by caller ID or SETUP.
    pub caller: Option<Caller>,
    /// Redirecting number of a forwarded call.
    pub redirecting: Option<Digits>,
    /// Digits dialled after a hook flash.
    pub consultation: Option<Digits>,
    /// Why it ended; `None` while it lasts.
    pub end_reason: Option<EndReason>,
    /// Q.850 cause.
    pub cause: Option<u8>,
    /// ISDN channel last named for it: 1-31 on a primary rate line, 1 or 2 on a basic rate line. Known
    /// before the answer, when there are no segments yet; `None` on analog lines.
    pub timeslot: Option<u8>,
    /// ISDN segments from the answer on, in order, held stretches left out; empty on analog lines.
    pub segments: Vec<Segment>,
    /// Whether the bearer carries audio (false: a data call, logged without audio).
    pub audio: bool,
}

impl CallFacts {
    /// A call that has just begun.
    pub fn begun(start: SampleTime, direction: Direction) -> Self {
        Self {
            start,
            end: None,
            direction,
            answered: None,
            dialled: Digits::new(),
            connected: None,
            caller: None,
            redirecting: None,
            consultation: None,
            end_reason: None,
            cause: None,
            timeslot: None,
            segments: Vec::new(),
            audio: true,
        }
    }
}

/// What a call machine or tracker tells as it goes.
#[derive(Clone, PartialEq, Debug)]
pub enum CallEvent {
    /// A call began. Audio from its start on (and pre-roll before it) may belong to it.
    Began {
        /// Which.
        key: CallKey,
        /// What is known.
        facts: CallFacts,
    },
    /// Something was learnt: a digit, the caller, the answer, a timeslot.
    Changed {
        /// Which.
        key: CallKey,
        /// What is known now.
        facts: CallFacts,
    },
    /// It is over; `facts.end` and `facts.end_reason` are set.
    Ended {
        /// Which.
        key: CallKey,
        /// The whole.
        facts: CallFacts,
    },
    /// What looked like a call was not one (a click, a test ring); drop its audio.
    Withdrawn {
        /// Which.
        key: CallKey,
    },
}
