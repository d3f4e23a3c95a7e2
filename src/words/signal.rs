//! What detectors say about one channel. A closed list: a new detector adds a variant here.

use super::{Caller, Dbm0, Digit, HookState, SampleTime};

/// A call-progress or fax tone, named by its meaning.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Tone {
    /// Continuous 425 Hz (pl): the exchange waits for digits.
    Dial,
    /// 350 + 425 Hz (pl): second dial tone, as of a private exchange.
    SecondDial,
    /// 425 Hz, 1 s on, 4 s off (pl): the far end rings.
    Ringback,
    /// 425 Hz, 0.5 s on, 0.5 s off (pl).
    Busy,
    /// 425 Hz, 0.25 s on, 0.25 s off.
    Congestion,
    /// 425 Hz, two short bursts every 4 s.
    CallWaiting,
    /// 950, 1400, 1800 Hz in sequence (ITU-T E.180).
    SpecialInformation,
    /// CNG, 1100 Hz: a calling fax.
    FaxCalling,
    /// CED, 2100 Hz: an answering fax or modem.
    FaxAnswer,
}

impl Tone {
    /// The word of the JSON contract.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dial | Self::SecondDial => "dial",
            Self::Ringback => "ringback",
            Self::Busy => "busy",
            Self::Congestion => "congestion",
            Self::CallWaiting => "call_waiting",
            Self::SpecialInformation => "sit",
            Self::FaxCalling | Self::FaxAnswer => "fax",
        }
    }
}

/// Something wrong with the wire, for the technician and the administrator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fault {
    /// 0 V on a DC-sensed line, or no signal of any kind where there must be some.
    Dead,
    /// 50 Hz and harmonics above the limit.
    Hum,
    /// Samples at full scale.
    Clipping,
    /// One of two directions is silent through whole calls.
    OneSided,
    /// No dial tone for days of outgoing calls.
    NoDialTone,
    /// The idle voltage has moved.
    DcDrift,
    /// Two channels carry the same line.
    Duplicate,
    /// Another line's speech is audible here.
    Crosstalk,
    /// The level of speech is too low to be useful.
    LowLevel,
}

impl Fault {
    /// The word of the JSON contract.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dead => "dead",
            Self::Hum => "hum",
            Self::Clipping => "clipping",
            Self::OneSided => "one_sided",
            Self::NoDialTone => "no_dial_tone",
            Self::DcDrift => "dc_drift",
            Self::Duplicate => "duplicate",
            Self::Crosstalk => "crosstalk",
            Self::LowLevel => "low_level",
        }
    }
}

/// One thing heard or sensed on one channel. Times are sample times of the card.
///
/// `...On` comes as soon as it is sure, `...Off` when it is over; both name the true start.
#[derive(Clone, PartialEq, Debug)]
pub enum Signal {
    /// A DTMF digit, told when it has ended (or after 2 s if it is still held).
    Dtmf {
        /// Which digit.
        digit: Digit,
        /// First sample of the tone pair, ±10 ms.
        start: SampleTime,
        /// Just after its last sample, ±10 ms.
        end: SampleTime,
        /// Level of the stronger tone.
        level: Dbm0,
        /// 0 (barely) to 1 (certain).
        confidence: f32,
    },
    /// A cadence has been recognised.
    ToneOn {
        /// Which.
        tone: Tone,
        /// Start of its first burst.
        start: SampleTime,
    },
    /// It has ended.
    ToneOff {
        /// Which.
        tone: Tone,
        /// Start of its first burst.
        start: SampleTime,
        /// End of its last burst.
        end: SampleTime,
    },
    /// Caller identification with a valid checksum.
    CallerId {
        /// When the message ended.
        at: SampleTime,
        /// What it claims.
        caller: Caller,
    },
    /// The hook state changed, by voltage, contact or the judgement of the audio hook.
    Hook {
        /// When.
        at: SampleTime,
        /// To what.
        state: HookState,
    },
    /// A ring burst has begun.
    RingOn {
        /// Its start.
        start: SampleTime,
    },
    /// A ring burst has ended.
    RingOff {
        /// Its start.
        start: SampleTime,
        /// Its end.
        end: SampleTime,
    },
    /// A pulse-dialled digit.
    Pulse {
        /// Start of its first break.
        at: SampleTime,
        /// Which digit.
        digit: Digit,
    },
    /// The polarity of the loop voltage reversed while off-hook: some exchanges answer so.
    Reversal {
        /// When.
        at: SampleTime,
    },
    /// Sound that is no known tone has begun: speech, music, a modem.
    VoiceOn {
        /// Its start.
        start: SampleTime,
    },
    /// It has paused for a second or more.
    VoiceOff {
        /// Its start.
        start: SampleTime,
        /// Its end.
        end: SampleTime,
    },
    /// A fault has begun.
    FaultOn {
        /// Which.
        fault: Fault,
        /// When it began.
        start: SampleTime,
    },
    /// It is gone.
    FaultOff {
        /// Which.
        fault: Fault,
        /// When it began.
        start: SampleTime,
        /// When it ended.
        end: SampleTime,
    },
}
