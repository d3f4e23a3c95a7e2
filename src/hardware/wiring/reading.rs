//! What the recorder tells of one line, a few times a second.

use serde::{Deserialize, Serialize};

/// How often something was noticed since the recorder started. Counters, so that nothing short is
/// missed between two readings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// The handset was lifted.
    pub off_hooks: u32,
    /// It was hung up.
    pub on_hooks: u32,
    /// Dial tone began.
    pub dial_tones: u32,
    /// A ring burst began.
    pub rings: u32,
    /// Caller identification arrived with a valid checksum.
    pub caller_ids: u32,
    /// A digit was dialled.
    pub digits: u32,
}

/// One line now. No audio, and of a caller's number the last digits only.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Name from the configuration.
    pub line: String,
    /// Its card.
    pub card: String,
    /// `idle`, `ringing`, `dialling`, `in_call`, `dead`, `waiting`.
    pub state: String,
    /// Level of the last 300 ms (dBm0).
    pub level_dbm0: f32,
    /// Peak of the last second (dBm0).
    pub peak_dbm0: f32,
    /// Noise floor (dBm0).
    pub noise_dbm0: f32,
    /// Loop voltage, where it is sensed (V).
    pub volts: Option<f32>,
    /// Whether the loop is closed, once it is known.
    pub off_hook: Option<bool>,
    /// Whether it rings now.
    pub ringing: bool,
    /// Tones sounding now.
    pub tones: Vec<String>,
    /// Faults present now.
    pub faults: Vec<String>,
    /// Digits of the call being dialled; never those typed in a conversation.
    pub digits: String,
    /// End of the last caller's number, or `restricted`, `unavailable`.
    pub caller: Option<String>,
    /// Counters since the recorder started.
    pub counts: Counts,
    /// Milliseconds since the newest frame.
    pub last_frame_age_ms: Option<u64>,
}
